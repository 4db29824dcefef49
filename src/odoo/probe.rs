//! The staged test of a connection: how far the way goes, and what to do where it ends.

use std::time::{Duration, Instant};

use super::http::{Reached, Unanswered};
use super::network::Network;
use super::session::{Odoo, of_reading};
use super::version::Version;
use super::wire::{CallError, Transport, XmlRpc};
use super::{Trouble, TroubleKind, remedy};
use crate::domain::connection::Connection;
use crate::domain::secret::Secret;
pub use crate::domain::stage::StageState;

crate::coded! {
    /// The stages in the order in which they are tried.
    pub enum StageName {
        Connect = "connect",
        Tls = "tls",
        Version = "version",
        Database = "database",
        SignIn = "sign_in",
        /// The account may feed the mail gateway.
        Gateway = "gateway",
        /// It may read the list of record types; where not, their names are typed.
        RecordTypes = "record_types",
        /// It may look senders up.
        Contacts = "contacts",
    }
}

/// One stage and how it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    pub name: StageName,
    pub state: StageState,
    pub elapsed_ms: u64,
    /// What was seen, or what went wrong: a sentence for the administrator. Empty where skipped.
    pub words: String,
    /// What to do where it failed.
    pub remedy: String,
}

/// How the test went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Every stage once, in order.
    pub stages: Vec<Stage>,
    /// What the far end says of itself.
    pub version: Option<Version>,
    /// The databases of the server; None where it does not list them, or was not reached.
    pub databases: Option<Vec<String>>,
}

impl Report {
    pub fn passed(&self) -> bool {
        self.failure().is_none()
    }

    /// The stage that failed.
    pub fn failure(&self) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.state == StageState::Failed)
    }
}

/// Waits of a single step, so that a silent server leaves time to find out why.
const STEP: Duration = Duration::from_secs(6);

/// Tests the way to this Odoo, stage by stage, without changing anything. Ends within `total`; name resolution
/// included.
pub fn probe(connection: &Connection, password: &Secret, network: &Network, total: Duration) -> Report {
    let network = network.hurried(STEP.min(total / 3), total);
    let mut prober = Prober { connection, since: Instant::now(), stages: Vec::new(), version: None, databases: None };
    if let Err(Failed(stage, trouble)) = prober.run(password, &network) {
        prober.push(stage, StageState::Failed, trouble.words.clone(), trouble.advice());
    }
    for name in StageName::ALL.iter().skip(prober.stages.len()) {
        let skipped = Stage {
            name: *name,
            state: StageState::Skipped,
            elapsed_ms: 0,
            words: String::new(),
            remedy: String::new(),
        };
        prober.stages.push(skipped);
    }
    Report { stages: prober.stages, version: prober.version, databases: prober.databases }
}

/// The stage at which it ended, and why.
struct Failed(StageName, Trouble);

struct Prober<'a> {
    connection: &'a Connection,
    /// When the present stage began.
    since: Instant,
    /// So far, without gaps.
    stages: Vec<Stage>,
    version: Option<Version>,
    databases: Option<Vec<String>>,
}

impl Prober<'_> {
    fn run(&mut self, password: &Secret, network: &Network) -> Result<(), Failed> {
        let at = |stage| move |trouble| Failed(stage, trouble);
        let mut wire = XmlRpc::new(self.connection, password, network).map_err(at(StageName::Connect))?;
        let version = self.version(&mut wire)?;
        self.database(&mut wire)?;
        let url = self.connection.url.as_str().to_owned();
        let database = self.connection.database.clone();
        let mut odoo = match Odoo::over(Box::new(wire), self.connection, version) {
            Ok(odoo) => odoo,
            // A server that lists no databases says only now that there is none.
            Err(trouble) if trouble.remedy == remedy::database() => return Err(Failed(StageName::Database, trouble)),
            Err(trouble) => {
                self.passed_unlisted(&database);
                return Err(Failed(StageName::SignIn, trouble));
            }
        };
        self.passed_unlisted(&database);
        self.pass(StageName::SignIn, format!("{url} lets “{}” in.", self.connection.login));
        self.gateway(&mut odoo)?;
        self.record_types(&mut odoo)?;
        self.contacts(&mut odoo)
    }

    fn version(&mut self, wire: &mut XmlRpc) -> Result<Version, Failed> {
        let url = self.connection.url.as_str();
        let encrypted = self.connection.url.is_encrypted();
        let answer = wire.version();
        let reached = match &answer {
            Err(CallError::Unanswered(Unanswered::Trouble(reached, _))) => *reached,
            _ => Reached::Server,
        };
        if reached != Reached::Nothing {
            self.pass(StageName::Connect, format!("{url} accepts connections."));
        }
        if reached == Reached::Server {
            match encrypted {
                true => {
                    self.pass(StageName::Tls, "The connection is encrypted, and the certificate is trusted.".into())
                }
                false => self.absent(StageName::Tls, "Without encryption: what is sent can be read on the way.".into()),
            }
        }
        let version = answer.map_err(|error| {
            let stage = match reached {
                Reached::Nothing => StageName::Connect,
                Reached::Host => StageName::Tls,
                Reached::Server => StageName::Version,
            };
            Failed(stage, of_reading(self.connection, error))
        })?;
        let words = match Version::KNOWN.contains(&version.major) {
            true => format!("It is an Odoo {}.", version.text),
            false => format!("It is an Odoo {}; Mailgate knows 14 to 19 and goes on.", version.text),
        };
        self.pass(StageName::Version, words);
        self.version = Some(version.clone());
        Ok(version)
    }

    /// Leaves the stage open where the server does not list its databases: the sign-in shows.
    fn database(&mut self, wire: &mut XmlRpc) -> Result<(), Failed> {
        let names = match wire.databases() {
            Ok(names) => names,
            Err(CallError::Fault(_)) => return Ok(()),
            Err(error) => return Err(Failed(StageName::Database, of_reading(self.connection, error))),
        };
        let name = &self.connection.database;
        let found = names.contains(name);
        self.databases = Some(names.clone());
        if found {
            let words = format!("“{name}” is there, one of {}.", names.len());
            self.pass(StageName::Database, words);
            return Ok(());
        }
        let words = format!("{} has no database “{name}”.", self.connection.url.as_str());
        let remedy = match names.is_empty() {
            true => remedy::database(),
            false => format!("It has: {}.", crate::domain::text::shorten(&names.join(", "), 600)),
        };
        Err(Failed(StageName::Database, Trouble { kind: TroubleKind::Configuration, words, remedy }))
    }

    fn passed_unlisted(&mut self, database: &str) {
        if self.stages.iter().all(|stage| stage.name != StageName::Database) {
            self.pass(StageName::Database, format!("The server does not list its databases; “{database}” answers."));
        }
    }

    fn gateway(&mut self, odoo: &mut Odoo) -> Result<(), Failed> {
        let may = odoo.may("mail.message", "create").and_then(|may| Ok(may && odoo.may("mail.alias", "read")?));
        match may {
            Ok(true) => {
                self.pass(StageName::Gateway, "The account may feed the mail gateway.".into());
                Ok(())
            }
            Ok(false) => {
                let words =
                    format!("“{}” is no internal user and may not feed the mail gateway.", self.connection.login);
                Err(self.forbidden(StageName::Gateway, words))
            }
            Err(error) => Err(Failed(StageName::Gateway, of_reading(self.connection, error))),
        }
    }

    fn record_types(&mut self, odoo: &mut Odoo) -> Result<(), Failed> {
        let types = odoo.record_types().map_err(|trouble| Failed(StageName::RecordTypes, trouble))?;
        if types.complete {
            let words = format!("The account may read the list of record types: {}.", types.types.len());
            self.pass(StageName::RecordTypes, words);
        } else {
            let words = "The account may not read the list of record types; type the technical name of another than \
                         the usual ones.";
            self.absent(StageName::RecordTypes, words.into());
        }
        Ok(())
    }

    fn contacts(&mut self, odoo: &mut Odoo) -> Result<(), Failed> {
        let name = StageName::Contacts;
        let failed = |error| Failed(name, of_reading(self.connection, error));
        if !odoo.may("res.partner", "read").map_err(failed)? {
            let words = format!("“{}” may not read contacts, so senders can't be looked up.", self.connection.login);
            return Err(self.forbidden(name, words));
        }
        let words = match odoo.may("res.partner", "create").map_err(failed)? {
            true => "The account may read and create contacts.",
            false => "The account may read contacts, but not create them.",
        };
        self.pass(name, words.into());
        Ok(())
    }

    fn forbidden(&self, stage: StageName, words: String) -> Failed {
        Failed(stage, Trouble { kind: TroubleKind::Configuration, words, remedy: remedy::rights() })
    }

    fn pass(&mut self, name: StageName, words: String) {
        self.push(name, StageState::Passed, words, String::new());
    }

    fn absent(&mut self, name: StageName, words: String) {
        self.push(name, StageState::NotApplicable, words, String::new());
    }

    fn push(&mut self, name: StageName, state: StageState, words: String, remedy: String) {
        let elapsed_ms = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.stages.push(Stage { name, state, elapsed_ms, words, remedy });
        self.since = Instant::now();
    }
}
