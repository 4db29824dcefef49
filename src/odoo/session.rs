//! A connection that is signed in, and the words for why it is not; and a new API key of its account.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{NaiveDate, TimeDelta};

use super::ahead::Ahead;
use super::fault::{OdooFault, OdooFaultKind};
use super::http::{Network, Reached, Unanswered};
use super::models::OdooFields;
use super::wire::{CallError, Execute, Json2, OdooRow, Transport, XmlRpc, id, members, numbers, text};
use super::{Trouble, TroubleKind};
use crate::domain::connection::{BaseUrl, Connection, RemoteProtocol};
use crate::domain::expiry::CertificateTaken;
use crate::domain::now;
use crate::domain::secret::Secret;
use crate::domain::words::Sentence;
use crate::xmlrpc::{Param, Value};
use crate::{complain, say};

/// One signed-in account at one Odoo. Its calls block and end within the limits of its [`Network`].
pub struct Odoo {
    wire: Box<dyn Transport>,
    connection: Connection,
    version: OdooVersion,
    fields: HashMap<String, Arc<OdooFields>>,
    pub(super) known: KnownThere,
    pub(super) ahead: Ahead,
}

/// What changes seldom over there, so that a session asks for it once.
#[derive(Default)]
pub(super) struct KnownThere {
    /// Catchall and bounce addresses.
    pub special_addresses: Option<Vec<String>>,
    /// Aliases among these recipients.
    pub aliases: HashMap<Vec<String>, Vec<OdooRow>>,
    /// Models whose records are numbered without a gap.
    pub gapless: HashMap<String, bool>,
    /// Whether the account may make followers by themselves.
    pub makes_followers: Option<bool>,
    /// Models whose records may be made together with others.
    pub alike: HashMap<String, bool>,
}

impl std::fmt::Debug for Odoo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Odoo").field("connection", &self.connection).field("version", &self.version).finish()
    }
}

/// The way to a connection over this API.
pub(super) fn wire(
    connection: &Connection,
    protocol: RemoteProtocol,
    password: &Secret,
    network: &Network,
) -> Result<Box<dyn Transport>, Trouble> {
    Ok(match protocol {
        RemoteProtocol::XmlRpc => Box::new(XmlRpc::new(connection, password, network)?),
        RemoteProtocol::Json2 => Box::new(Json2::new(connection, password, network)?),
    })
}

/// The names of its databases; None where the server does not list them.
pub fn databases(connection: &Connection, network: &Network) -> Result<Option<Vec<String>>, Trouble> {
    let mut wire = XmlRpc::new(connection, &Secret::default(), network)?;
    match wire.databases() {
        Ok(names) => Ok(Some(names)),
        Err(CallError::Fault(_)) => Ok(None),
        // A proxy may keep that service to itself, and leave the rest open.
        Err(CallError::Unanswered(Unanswered::Trouble(Reached::Server, _))) if wire.version().is_ok() => Ok(None),
        Err(error) => Err(of_reading(connection, error)),
    }
}

impl Odoo {
    /// Asks for the version and signs in.
    pub fn sign_in(connection: &Connection, password: &Secret, network: &Network) -> Result<Self, Trouble> {
        let mut wire = wire(connection, connection.speaks(), password, network)?;
        let version = wire.version().map_err(|error| of_reading(connection, error))?;
        Self::over(wire, connection, version)
    }

    /// Signs in over a wire whose version is known.
    pub(super) fn over(
        mut wire: Box<dyn Transport>,
        connection: &Connection,
        version: OdooVersion,
    ) -> Result<Self, Trouble> {
        match wire.sign_in() {
            Ok(true) => Ok(Self {
                wire,
                connection: connection.clone(),
                version,
                fields: HashMap::new(),
                known: KnownThere::default(),
                ahead: Ahead::default(),
            }),
            Ok(false) => Err(denied(connection)),
            Err(error) => Err(of_reading(connection, error)),
        }
    }

    /// See [`super::Remote::goes_on`].
    pub(super) fn begin_again(&mut self) -> Result<(), CallError> {
        (self.known, self.ahead) = (KnownThere::default(), Ahead::default());
        self.read("res.users", "context_get", Vec::new(), Vec::new()).map(|_| ())
    }

    /// What was asked of the models does not hold any more.
    pub(super) fn forget_fields(&mut self) {
        self.fields.clear();
    }

    /// See [`super::Remote::certificate`].
    pub(super) fn shown_certificate(&self) -> Option<CertificateTaken> {
        self.wire.certificate()
    }

    pub fn protocol(&self) -> RemoteProtocol {
        self.wire.protocol()
    }

    pub fn version(&self) -> &OdooVersion {
        &self.version
    }

    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Calls a method that only reads: whatever fails, nothing was done.
    pub(super) fn read(
        &mut self,
        model: &str,
        method: &str,
        args: Vec<Value>,
        kwargs: Vec<(&'static str, Value)>,
    ) -> Result<Value, CallError> {
        let args = args.into_iter().map(Param::from).collect();
        self.wire.execute(Execute { model, method, args, kwargs }).map_err(harmless)
    }

    /// Calls a method that changes something.
    pub(super) fn write<'a>(
        &mut self,
        model: &'a str,
        method: &'a str,
        args: Vec<Param<'a>>,
        kwargs: Vec<(&'static str, Value)>,
    ) -> Result<Value, CallError> {
        self.wire.execute(Execute { model, method, args, kwargs })
    }

    /// See [`Odoo::fields`].
    pub(super) fn known_fields(&self, model: &str) -> Option<Arc<OdooFields>> {
        self.fields.get(model).cloned()
    }

    pub(super) fn learn_fields(&mut self, model: &str, fields: OdooFields) -> Arc<OdooFields> {
        let fields = Arc::new(fields);
        self.fields.insert(model.to_owned(), fields.clone());
        fields
    }

    /// An answer that makes no sense.
    pub(super) fn unexpected(&self, words: Sentence) -> CallError {
        Trouble::new(TroubleKind::Temporary, words).with_remedy(say!("odoo-remedy-unexpected")).into()
    }

    /// What a failed call means where no fault has a meaning of its own.
    pub(super) fn trouble(&self, error: CallError) -> Trouble {
        trouble(&self.connection, error)
    }
}

pub(super) fn of_reading(connection: &Connection, error: CallError) -> Trouble {
    trouble(connection, harmless(error))
}

/// Of a call that only reads: it can be repeated at once.
fn harmless(error: CallError) -> CallError {
    match error {
        CallError::Unanswered(Unanswered::Trouble(reached, trouble)) => {
            let kind = match trouble.kind {
                TroubleKind::Cut | TroubleKind::TimedOut => TroubleKind::Temporary,
                kind => kind,
            };
            CallError::Unanswered(Unanswered::Trouble(reached, Trouble { kind, ..trouble }))
        }
        CallError::Fault(fault) if fault.kind == OdooFaultKind::Unclear => {
            CallError::Fault(OdooFault { kind: OdooFaultKind::Busy, ..fault })
        }
        error => error,
    }
}

pub(super) fn denied(connection: &Connection) -> Trouble {
    let Connection { url, login, database, .. } = connection;
    Trouble::new(TroubleKind::Configuration, complain!("odoo-denied", url = url.as_str(), login, database))
}

pub(super) fn trouble(connection: &Connection, error: CallError) -> Trouble {
    let fault = match error {
        CallError::Unanswered(Unanswered::Trouble(_, trouble)) => return trouble,
        CallError::Unanswered(Unanswered::TooLarge(complaint)) => {
            return Trouble::new(TroubleKind::Configuration, complaint.in_full());
        }
        CallError::Fault(fault) => fault,
    };
    let Connection { url, login, database, .. } = connection;
    let (url, said) = (url.as_str(), &fault.said);
    match fault.kind {
        OdooFaultKind::Denied => denied(connection),
        OdooFaultKind::Database => Trouble::new(TroubleKind::Configuration, say!("odoo-no-database", url, database))
            .with_remedy(say!("odoo-remedy-database")),
        OdooFaultKind::Forbidden => Trouble::new(TroubleKind::Configuration, say!("odoo-forbidden", url, login, said))
            .with_remedy(say!("odoo-remedy-rights")),
        OdooFaultKind::Busy => Trouble::new(TroubleKind::Temporary, say!("odoo-busy", url, said)),
        OdooFaultKind::Unclear => Trouble::new(TroubleKind::Cut, say!("odoo-lost-database", url, said)),
        OdooFaultKind::Model | OdooFaultKind::Rule | OdooFaultKind::Nothing | OdooFaultKind::Program => {
            let refused = Trouble::new(TroubleKind::Temporary, say!("odoo-error", url, said))
                .with_remedy(say!("odoo-remedy-unexpected"));
            Trouble { is_refusal: true, ..refused }
        }
    }
}

// A new API key of the account, in place of one that ends. Odoo makes one only for who gives the account's password:
// its own wizard asks for that, in whatever way it is called, and takes no key for it.

/// Odoo's wizard that makes keys, and the one that asks who it is.
const MAKER: &str = "res.users.apikeys.description";
const CHECK: &str = "res.users.identitycheck";

/// The longest time that is asked for, in days.
const LONGEST: i64 = 365;

/// A key that was made.
#[derive(Debug)]
pub struct NewKey {
    pub key: Secret,
    /// Its last day.
    pub until: NaiveDate,
}

impl Odoo {
    /// Makes a key for as long as the account may have one, a year at most. The old one stays until it ends.
    pub fn new_key(&mut self, password: &Secret) -> Result<NewKey, Trouble> {
        if !self.version().makes_keys() {
            let version = self.version().text.clone();
            return Err(Trouble::new(TroubleKind::Configuration, complain!("odoo-no-key-renewal", version)));
        }
        self.make_key(password).map_err(|error| self.trouble(error))
    }

    fn make_key(&mut self, password: &Secret) -> Result<NewKey, CallError> {
        let fields = self.fields(MAKER)?;
        let offered = fields.get("duration").map(|field| field.choices.as_slice()).unwrap_or_default();
        let days =
            offered.iter().filter_map(|(days, _)| days.parse().ok()).filter(|days| (1..=LONGEST).contains(days)).max();
        let Some(days) = days else { return Err(self.no_key()) };
        let until = (now() + TimeDelta::days(days)).date();
        let wanted = members(vec![("name", text("Mailgate")), ("duration", text(&days.to_string()))]);
        let made = self.write(MAKER, "create", vec![wanted.into()], Vec::new())?;
        let made = id(&made).ok_or_else(|| self.no_key())?;
        let asks = self.write(MAKER, "make_key", vec![numbers(&[made]).into()], Vec::new())?;
        let asks = match asks {
            Value::Struct(asks) => asks.get("res_id").and_then(id),
            _ => None,
        };
        let asks = asks.ok_or_else(|| self.no_key())?;
        let context = members(vec![("password", text(password.reveal()))]);
        let answer = self.write(CHECK, "run_check", vec![numbers(&[asks]).into()], vec![("context", context)]);
        let answer = match answer {
            Err(CallError::Fault(fault)) if matches!(fault.kind, OdooFaultKind::Rule | OdooFaultKind::Denied) => {
                let login = self.connection().login.clone();
                return Err(Trouble::new(TroubleKind::Configuration, complain!("odoo-key-password", login)).into());
            }
            answer => answer?,
        };
        let key = match answer {
            Value::Struct(mut answer) => match answer.remove("context") {
                Some(Value::Struct(mut context)) => context.remove("default_key"),
                _ => None,
            },
            _ => None,
        };
        match key {
            Some(Value::String(key)) if !key.is_empty() => Ok(NewKey { key: Secret::new(key), until }),
            _ => Err(self.no_key()),
        }
    }

    fn no_key(&self) -> CallError {
        self.unexpected(say!("odoo-unexpected-key", url = self.connection().url.as_str()))
    }
}

/// Which version the far end says it is. What differs between Odoo 14 and 19 is asked here, and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OdooVersion {
    /// For example `17.0`, `17.0-20241005` or `saas~17.2`.
    pub text: String,
    /// 14 to 19, or another number that was not tried.
    pub major: u32,
}

impl OdooVersion {
    /// The versions that are spoken to.
    pub const KNOWN: std::ops::RangeInclusive<u32> = 14..=19;

    /// None where the text begins with no number.
    pub fn parse(text: &str) -> Option<Self> {
        let number = text.trim_start_matches("saas~").split(['.', '-', '+']).next()?;
        Some(Self { text: text.to_owned(), major: number.parse().ok()? })
    }

    /// Where a browser opens the record. Odoo 18 has new addresses; the old ones stay understood, but only within the
    /// web client's own start page.
    pub fn record_url(&self, base: &BaseUrl, model: &str, id: i32) -> String {
        let base = base.as_str();
        if self.major >= 18 {
            format!("{base}/odoo/{model}/{id}")
        } else {
            format!("{base}/web#id={id}&model={model}&view_type=form")
        }
    }

    /// It speaks JSON-2.
    pub(super) fn has_json2(&self) -> bool {
        self.major >= 19
    }

    /// `check_access_rights` gave way to `has_access`.
    pub(super) fn has_access_method(&self) -> bool {
        self.major >= 18
    }

    /// Catchall and bounce addresses stand in `mail.alias.domain`; before 17 in settings that only administrators read.
    pub(super) fn has_alias_domains(&self) -> bool {
        self.major >= 17
    }

    /// `message_post` takes its body for plain text unless told otherwise; before 17 it took it for HTML.
    pub(super) fn escapes_bodies(&self) -> bool {
        self.major >= 17
    }

    /// `message_post` takes `notify_skip_followers`, so that only those are told who are named.
    pub(super) fn can_skip_followers(&self) -> bool {
        self.major >= 19
    }

    /// Its wizard makes a key for a caller who gives the account's password; before, keys have no end.
    fn makes_keys(&self) -> bool {
        self.major >= 19
    }

    /// Whoever writes to the gateway follows the record from then on; since 19 only users do, and an officer's answer
    /// offers the others by itself.
    pub(super) fn has_senders_follow(&self) -> bool {
        self.major < 19
    }
}

/// What 19 calls the arguments of a method that stand by position elsewhere, in their order; `ids` are the records.
pub(super) fn argument_names(method: &str) -> &'static [&'static str] {
    match method {
        "check_object_reference" => &["module", "xml_id"],
        "create" => &["vals_list"],
        "default_get" => &["fields"],
        "fields_get" => &["allfields"],
        "has_access" => &["ids", "operation"],
        "load" => &["fields", "data"],
        "make_key" | "message_post" | "message_subscribe" | "run_check" | "unlink" => &["ids"],
        "message_process" => &["model", "message", "custom_values", "save_original", "strip_attachments", "thread_id"],
        "read" => &["ids", "fields"],
        "search" | "search_read" => &["domain"],
        "write" => &["ids", "vals"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_open_records_where_they_show_them() {
        let base = BaseUrl::parse("https://openspp.example.org").unwrap();
        let url = |text: &str| OdooVersion::parse(text).unwrap().record_url(&base, "spp.grm.ticket", 7);
        for old in ["14.0", "17.0-20241005", "17.0+e", "saas~17.2"] {
            assert_eq!(url(old), "https://openspp.example.org/web#id=7&model=spp.grm.ticket&view_type=form", "{old}");
        }
        assert_eq!(url("18.0"), "https://openspp.example.org/odoo/spp.grm.ticket/7");
        assert_eq!(url("saas~18.3"), "https://openspp.example.org/odoo/spp.grm.ticket/7");
        assert_eq!(OdooVersion::parse("newest"), None);
    }
}
