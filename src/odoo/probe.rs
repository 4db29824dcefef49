//! The staged test of a connection: how far the way goes, and what to do where it ends.

use std::time::Duration;

use chrono::NaiveDate;

use super::http::{Network, Reached, Unanswered};
use super::session::{Odoo, OdooVersion, of_reading, wire};
use super::wire::{CallError, Transport};
use super::{Trouble, TroubleKind};
use crate::domain::connection::{Connection, ProtocolChoice, RemoteProtocol};
use crate::domain::expiry::CertificateTaken;
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
    /// The databases of the server, where it has none of the name and lists them.
    pub databases: Option<Vec<String>>,
    /// What opened it; None where nothing did.
    pub spoken: Option<RemoteProtocol>,
    /// When the account's key ends there, where that can be read.
    pub key_expires: Option<NaiveDate>,
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
    let (mut version, mut databases, mut spoken, mut key_expires) = (None, None, None, None);
    let (stages, passed) = stage::run(stage::CONNECTION, &[], |way| {
        let (version, databases) = (&mut version, &mut databases);
        let (spoken, key_expires) = (&mut spoken, &mut key_expires);
        let mut prober = Prober { connection, way, version, databases, spoken, key_expires };
        prober.run(password, &network).map_err(Trouble::advised)
    });
    OdooReport { stages, version, databases, spoken, key_expires, certificate: passed.ok().flatten() }
}

struct Prober<'a> {
    connection: &'a Connection,
    way: &'a mut StagedTest,
    version: &'a mut Option<OdooVersion>,
    databases: &'a mut Option<Vec<String>>,
    spoken: &'a mut Option<RemoteProtocol>,
    key_expires: &'a mut Option<NaiveDate>,
}

impl Prober<'_> {
    fn run(&mut self, password: &Secret, network: &Network) -> Result<Option<CertificateTaken>, Trouble> {
        let (wire, version) = self.version(password, network)?;
        let mut odoo = match self.sign_in(wire, &version, password, network) {
            Ok(odoo) => odoo,
            Err(trouble) if trouble.complaint.remedy == say!("odoo-remedy-database") => {
                return Err(self.no_database(trouble, password, network));
            }
            Err(trouble) => {
                self.database_answers();
                return Err(trouble);
            }
        };
        self.database_answers();
        let Connection { url, login, .. } = self.connection;
        let (url, version) = (url.as_str(), &version.text);
        let seen = match odoo.protocol() {
            RemoteProtocol::Json2 => say!("odoo-signed-in-json2", url, login),
            RemoteProtocol::XmlRpc if odoo.version().has_json2() => say!("odoo-signed-in-xmlrpc", url, login, version),
            RemoteProtocol::XmlRpc => say!("odoo-signed-in", url, login),
        };
        self.way.passed(StageName::SignIn, seen);
        self.gateway(&mut odoo)?;
        self.record_types(&mut odoo)?;
        self.contacts(&mut odoo)?;
        *self.spoken = Some(odoo.protocol());
        *self.key_expires = odoo.key_expires();
        Ok(odoo.shown_certificate())
    }

    /// By what is wanted, or by XML-RPC and, where that is gone, by JSON-2.
    fn version(&mut self, password: &Secret, network: &Network) -> Result<(Box<dyn Transport>, OdooVersion), Trouble> {
        let automatic = self.connection.protocol == ProtocolChoice::Automatic;
        let first = if automatic { RemoteProtocol::XmlRpc } else { self.connection.speaks() };
        let mut way = wire(self.connection, first, password, network)?;
        let mut answer = way.version();
        if automatic && matches!(&answer, Err(CallError::Unanswered(unanswered)) if is_other_than_odoo(unanswered)) {
            let mut newer = wire(self.connection, RemoteProtocol::Json2, password, network)?;
            if let Ok(version) = newer.version() {
                (way, answer) = (newer, Ok(version));
            }
        }
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
        Ok((way, version))
    }

    /// By JSON-2 where that may be chosen and the key opens it; a password opens XML-RPC alone.
    fn sign_in(
        &self,
        way: Box<dyn Transport>,
        version: &OdooVersion,
        password: &Secret,
        network: &Network,
    ) -> Result<Odoo, Trouble> {
        let automatic = self.connection.protocol == ProtocolChoice::Automatic;
        if automatic && version.has_json2() && way.protocol() == RemoteProtocol::XmlRpc {
            let newer = wire(self.connection, RemoteProtocol::Json2, password, network);
            let newer = newer.and_then(|newer| Odoo::over(newer, self.connection, version.clone()));
            if let Ok(odoo) = newer {
                return Ok(odoo);
            }
        }
        Odoo::over(way, self.connection, version.clone())
    }

    /// Whoever judges login and password has the database.
    fn database_answers(&mut self) {
        self.way.passed(StageName::Database, say!("odoo-database-answers", database = self.connection.database));
    }

    /// Only now the server is asked for the names that it has, which many do not tell.
    fn no_database(&mut self, trouble: Trouble, password: &Secret, network: &Network) -> Trouble {
        let listed = wire(self.connection, RemoteProtocol::XmlRpc, password, network).ok();
        let names = listed.and_then(|mut wire| wire.databases().ok()).filter(|names| !names.is_empty());
        *self.databases = names.clone();
        match names {
            Some(names) => {
                let remedy = say!("odoo-remedy-databases", names = shorten(&names.join(", "), 600));
                Trouble { complaint: trouble.complaint.with_remedy(remedy), ..trouble }
            }
            None => trouble,
        }
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

/// Something answers, and it is not what was asked.
fn is_other_than_odoo(unanswered: &Unanswered) -> bool {
    let Unanswered::Trouble(Reached::Server, trouble) = unanswered else { return false };
    trouble.kind == TroubleKind::Configuration
}
