//! The staged test of a connection: how far the way goes, and what to do where it ends.

use std::time::Duration;

use super::http::{Reached, Unanswered};
use super::network::Network;
use super::session::{Odoo, of_reading};
use super::version::OdooVersion;
use super::wire::{CallError, Transport, XmlRpc};
use super::{Trouble, TroubleKind};
use crate::domain::certificate::CertificateTaken;
use crate::domain::connection::Connection;
use crate::domain::secret::Secret;
use crate::domain::stage::{self, StageName, StagedTest, TestStage};
use crate::domain::text::shorten;
use crate::domain::words::Sentence;
use crate::say;

/// How the test went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OdooReport {
    /// Every stage once, in order.
    pub stages: Vec<TestStage>,
    /// What the far end says of itself.
    pub version: Option<OdooVersion>,
    /// The databases of the server; None where it does not list them, or was not reached.
    pub databases: Option<Vec<String>>,
    /// Set where all of it passed over TLS.
    pub certificate: Option<CertificateTaken>,
}

impl OdooReport {
    pub fn passed(&self) -> bool {
        self.failure().is_none()
    }

    /// The stage that failed.
    pub fn failure(&self) -> Option<&TestStage> {
        stage::failure(&self.stages)
    }
}

/// Waits of a single step, so that a silent server leaves time to find out why.
const STEP: Duration = Duration::from_secs(6);

/// Tests the way to this Odoo, stage by stage, without changing anything. Ends within `total`; name resolution
/// included.
pub fn probe(connection: &Connection, password: &Secret, network: &Network, total: Duration) -> OdooReport {
    let network = network.hurried(STEP.min(total / 3), total);
    let (mut version, mut databases) = (None, None);
    let (stages, passed) = stage::run(stage::CONNECTION, &[], |way| {
        let mut prober = Prober { connection, way, version: &mut version, databases: &mut databases };
        prober.run(password, &network).map_err(Trouble::advised)
    });
    OdooReport { stages, version, databases, certificate: passed.ok().flatten() }
}

struct Prober<'a> {
    connection: &'a Connection,
    way: &'a mut StagedTest,
    version: &'a mut Option<OdooVersion>,
    databases: &'a mut Option<Vec<String>>,
}

impl Prober<'_> {
    fn run(&mut self, password: &Secret, network: &Network) -> Result<Option<CertificateTaken>, Trouble> {
        let mut wire = XmlRpc::new(self.connection, password, network)?;
        let version = self.version(&mut wire)?;
        self.database(&mut wire)?;
        let Connection { url, database, login, .. } = self.connection;
        let signed_in = Odoo::over(Box::new(wire), self.connection, version);
        // A server that lists no databases says only now that there is none.
        let no_database =
            signed_in.as_ref().is_err_and(|trouble| trouble.complaint.remedy == say!("odoo-remedy-database"));
        if !no_database && !self.way.is_behind(StageName::Database) {
            self.way.passed(StageName::Database, say!("odoo-database-answers", database));
        }
        let mut odoo = signed_in?;
        self.way.passed(StageName::SignIn, say!("odoo-signed-in", url = url.as_str(), login));
        self.gateway(&mut odoo)?;
        self.record_types(&mut odoo)?;
        self.contacts(&mut odoo)?;
        Ok(odoo.shown_certificate())
    }

    fn version(&mut self, wire: &mut XmlRpc) -> Result<OdooVersion, Trouble> {
        let answer = wire.version();
        let reached = match &answer {
            Err(CallError::Unanswered(Unanswered::Trouble(reached, _))) => *reached,
            _ => Reached::Server,
        };
        if reached != Reached::Nothing {
            self.way.passed(StageName::Connect, say!("odoo-connects", url = self.connection.url.as_str()));
        }
        if reached == Reached::Server {
            match self.connection.url.is_encrypted() {
                true => self.way.passed(StageName::Tls, say!("odoo-encrypted")),
                false => self.way.absent(StageName::Tls, say!("odoo-unencrypted")),
            }
        }
        let version = answer.map_err(|error| of_reading(self.connection, error))?;
        let seen = match OdooVersion::KNOWN.contains(&version.major) {
            true => say!("odoo-version", version = version.text),
            false => say!("odoo-version-unknown", version = version.text),
        };
        self.way.passed(StageName::Version, seen);
        *self.version = Some(version.clone());
        Ok(version)
    }

    /// Leaves the stage open where the server does not list its databases: the sign-in shows.
    fn database(&mut self, wire: &mut XmlRpc) -> Result<(), Trouble> {
        let names = match wire.databases() {
            Ok(names) => names,
            Err(CallError::Fault(_)) => return Ok(()),
            Err(error) => return Err(of_reading(self.connection, error)),
        };
        let Connection { url, database, .. } = self.connection;
        *self.databases = Some(names.clone());
        if names.contains(database) {
            self.way.passed(StageName::Database, say!("odoo-database-listed", database, count = names.len()));
            return Ok(());
        }
        let remedy = match names.is_empty() {
            true => say!("odoo-remedy-database"),
            false => say!("odoo-remedy-databases", names = shorten(&names.join(", "), 600)),
        };
        let words = say!("odoo-no-database", url = url.as_str(), database);
        Err(Trouble::new(TroubleKind::Configuration, words).with_remedy(remedy))
    }

    fn gateway(&mut self, odoo: &mut Odoo) -> Result<(), Trouble> {
        let may = odoo.may("mail.message", "create").and_then(|may| Ok(may && odoo.may("mail.alias", "read")?));
        if !may.map_err(|error| of_reading(self.connection, error))? {
            return Err(forbidden(say!("odoo-gateway-forbidden", login = self.connection.login)));
        }
        self.way.passed(StageName::Gateway, say!("odoo-gateway"));
        Ok(())
    }

    fn record_types(&mut self, odoo: &mut Odoo) -> Result<(), Trouble> {
        let types = odoo.record_types()?;
        match types.complete {
            true => self.way.passed(StageName::RecordTypes, say!("odoo-record-types", count = types.types.len())),
            false => self.way.absent(StageName::RecordTypes, say!("odoo-record-types-forbidden")),
        }
        Ok(())
    }

    fn contacts(&mut self, odoo: &mut Odoo) -> Result<(), Trouble> {
        let failed = |error| of_reading(self.connection, error);
        if !odoo.may("res.partner", "read").map_err(failed)? {
            return Err(forbidden(say!("odoo-contacts-forbidden", login = self.connection.login)));
        }
        let seen = match odoo.may("res.partner", "create").map_err(failed)? {
            true => say!("odoo-contacts"),
            false => say!("odoo-contacts-read"),
        };
        self.way.passed(StageName::Contacts, seen);
        Ok(())
    }
}

fn forbidden(words: Sentence) -> Trouble {
    Trouble::new(TroubleKind::Configuration, words).with_remedy(say!("odoo-remedy-rights"))
}
