//! Connections: what an administrator does with them, and what the system behind one is asked while a person waits (its databases, its
//! record types, the contacts from which the sender of a held message is chosen). Only a System Admin sees or changes their settings.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;

use super::settings::{self, KeptObject, find, remember, require_for, set_active_in};
use super::{App, OperationError};
use crate::domain::connection::{BaseUrl, Connection, ConnectionState};
use crate::domain::expiry::Nameless;
use crate::domain::id::ConnectionId;
use crate::domain::message::Address;
use crate::domain::person::Caller;
use crate::domain::rights::{AuditAction, Object, Right};
use crate::domain::secret::Secret;
use crate::domain::server::{Access, IncomingServer, SenderPolicy};
use crate::domain::setting::SettingsObject;
use crate::domain::stage::{self, StageName, TestStage};
use crate::domain::words::{Complaint, Sentence};
use crate::domain::{Invalid, now, reach};
use crate::key::SecretKey;
use crate::odoo::probe::OdooReport;
use crate::odoo::{self, Network, NewKey, Odoo, OdooSettable, RecordTarget, Trouble};
use crate::operations::partners::{self, TypedPartner};
use crate::operations::require;
use crate::store::audit::{self, NewAuditEntry};
use crate::store::connections::{self, StoredConnection};
use crate::store::{Db, StoreError};
use crate::{complain, say};

pub use super::settings::{FieldFilter, save, save_for_test};
pub use crate::store::connections::{ConnectionStatus, Usage};

/// A connection as a form or an API call gives it.
pub type ConnectionForm = settings::SettingForm<Connection>;
/// What is saved to.
pub type ConnectionTarget = settings::SettingTarget<ConnectionId>;
/// How saving ended.
pub type ConnectionSaved = settings::Saved<ConnectionView>;

/// A connection, what delivering knows of it, and whether a password is saved (the password itself is never shown).
#[derive(Debug, Clone)]
pub struct ConnectionView {
    pub connection: Connection,
    pub secrets: Vec<&'static str>,
    /// To be given back when saving: see [`SettingTarget`](crate::operations::settings::SettingTarget).
    pub version: i32,
    pub status: ConnectionStatus,
    /// What depends on it.
    pub usage: Usage,
}

impl ConnectionView {
    fn new(stored: StoredConnection, status: ConnectionStatus, usage: Usage) -> Self {
        let StoredConnection { settings: connection, secrets, version, .. } = stored;
        Self { connection, secrets, version, status, usage }
    }

    fn read(db: &mut Db, stored: StoredConnection) -> Result<Self, StoreError> {
        let id = stored.settings.id;
        let usage = connections::usage(db)?.remove(&id).unwrap_or_default();
        Ok(Self::new(stored, connections::status(db, id)?, usage))
    }
}

/// Those whose name, address, database or login fits, by name.
pub fn list(app: &App, caller: &Caller, filter: &FieldFilter) -> Result<Vec<ConnectionView>, OperationError> {
    require_for::<Connection>(caller, Right::Read)?;
    let (found, mut status, mut usage) = app.store.read(|db| {
        Ok::<_, OperationError>((connections::list(db)?, connections::statuses(db)?, connections::usage(db)?))
    })?;
    let shows = |connection: &Connection| {
        let Connection { name, url, database, login, .. } = connection;
        filter.shows(connection.active, &format!("{name} {} {database} {login}", url.as_str()))
    };
    let found = found.into_iter().filter(|stored| shows(&stored.settings));
    Ok(found
        .map(|stored| {
            let id = stored.settings.id;
            ConnectionView::new(stored, status.remove(&id).unwrap_or_default(), usage.remove(&id).unwrap_or_default())
        })
        .collect())
}

pub fn get(app: &App, caller: &Caller, id: ConnectionId) -> Result<ConnectionView, OperationError> {
    settings::get::<Connection>(app, caller, id)
}

/// For pages that show a form before there is anything to save.
pub fn may_change(caller: &Caller) -> Result<(), OperationError> {
    require_for::<Connection>(caller, Right::Write)
}

/// Nothing is sent to an archived connection, and it is not listed; what is on its way to it waits.
pub fn set_active(app: &App, caller: &Caller, id: ConnectionId, active: bool) -> Result<(), OperationError> {
    app.store.write(|db| set_active_in::<Connection>(db, caller, id, active))
}

/// Removes the settings and the password. Refused while an incoming server feeds it or mail waits for it.
pub fn delete(app: &App, caller: &Caller, id: ConnectionId) -> Result<(), OperationError> {
    app.store.write(|db| delete_in(db, caller, id))
}

/// As [`delete`], within the caller's transaction.
pub fn delete_in(db: &mut Db, caller: &Caller, id: ConnectionId) -> Result<(), OperationError> {
    require_for::<Connection>(caller, Right::Unlink)?;
    let connection = find::<Connection>(db, id)?.settings;
    let usage = connections::usage(db)?.remove(&id).unwrap_or_default();
    if !connections::delete(db, id)? {
        return Err(OperationError::Refused(in_use(&connection.name, &usage)));
    }
    Ok(remember(db, caller, AuditAction::Delete, Some(&connection), None, &[])?)
}

fn in_use(name: &str, usage: &Usage) -> Complaint {
    let mut words = vec![say!("connection-in-use", name)];
    if !usage.servers.is_empty() {
        let servers = usage.servers.iter().map(|(_, name)| format!("“{name}”")).collect::<Vec<_>>().join(", ");
        words.push(say!("connection-in-use-servers", servers));
    }
    if usage.unfinished > 0 {
        words.push(say!("connection-in-use-mail", count = usage.unfinished));
    }
    Complaint::new(Sentence::several(words), say!("connection-in-use-archive"))
}

impl KeptObject for Connection {
    type View = ConnectionView;

    /// Mail goes on while the far end is away.
    const TEST_RESETS: bool = false;

    fn rows(db: &mut Db) -> Result<Vec<StoredConnection>, StoreError> {
        connections::list(db)
    }

    fn row(db: &mut Db, id: Self::Id) -> Result<Option<StoredConnection>, StoreError> {
        connections::get(db, id)
    }

    fn insert(&self, db: &mut Db) -> Result<Self::Id, StoreError> {
        connections::insert(db, self)
    }

    fn update(&self, db: &mut Db, version: i32) -> Result<bool, StoreError> {
        connections::update(db, self, version)
    }

    fn secret(db: &mut Db, key: &SecretKey, id: Self::Id, _: &str) -> Result<Secret, StoreError> {
        connections::password(db, key, id)
    }

    fn set_secret(
        db: &mut Db,
        key: &SecretKey,
        id: Self::Id,
        _: &str,
        password: Option<&Secret>,
    ) -> Result<(), StoreError> {
        connections::set_password(db, key, id, password)
    }

    fn set_active(&mut self, active: bool) {
        self.active = active;
    }

    fn reset(&mut self) {
        self.state = ConnectionState::Draft;
    }

    fn complete(
        &mut self,
        _app: &App,
        _db: &mut Db,
        form: &ConnectionForm,
        existing: Option<&StoredConnection>,
    ) -> Result<Vec<Invalid>, OperationError> {
        Ok(password(form, &self.url, existing).err().into_iter().collect())
    }

    fn readable_at(&self) -> Option<&str> {
        Some(self.url.host()).filter(|host| !self.url.is_encrypted() && !reach::is_loopback(host))
    }

    fn view(_app: &App, db: &mut Db, stored: StoredConnection) -> Result<ConnectionView, OperationError> {
        Ok(ConnectionView::read(db, stored)?)
    }

    fn shown(view: &ConnectionView) -> (&Self, i32, &[&'static str]) {
        (&view.connection, view.version, &view.secrets)
    }
}

/// An empty field keeps the saved password, but only for the address that it was typed for: else whoever may edit the form could
/// have it sent to a host of their own, or without encryption.
fn password(form: &ConnectionForm, url: &BaseUrl, existing: Option<&StoredConnection>) -> Result<(), Invalid> {
    if form.has_password()? {
        return Ok(());
    }
    let Some(old) = existing.filter(|stored| stored.secrets.contains(&"password")).map(|stored| &stored.settings.url)
    else {
        return Err(Invalid::new("password", say!("connection-password")));
    };
    if url.authority() != old.authority() {
        let words = say!("connection-password-again", url = old.as_str());
        return Err(Invalid::new("password", words));
    }
    if old.is_encrypted() && !url.is_encrypted() {
        let words = say!("connection-password-readable");
        return Err(Invalid::new("password", words));
    }
    Ok(())
}

// *Test*: the staged test of a saved connection, which is Confirmed when all stages pass. An incoming server whose records go
// to a connection ends its own test with stages from here: the connection answers, mail can become such records there, and
// nothing else fetches the mailbox.

/// What the far end has for a test, so that the whole of it ends within 20 s.
const TIME: Duration = Duration::from_secs(18);

/// How a test went.
#[derive(Debug)]
pub struct ConnectionTested {
    /// As it is after the test.
    pub view: ConnectionView,
    /// Every stage once, in order.
    pub stages: Vec<TestStage>,
}

impl ConnectionTested {
    pub fn passed(&self) -> bool {
        self.failure().is_none()
    }

    pub fn failure(&self) -> Option<&TestStage> {
        stage::failure(&self.stages)
    }
}

/// Tests the connection as it is saved; all stages passed make it Confirmed, and what waits for it goes on. A failed
/// test is an answer too: it changes nothing.
pub fn test(app: &App, caller: &Caller, id: ConnectionId) -> Result<ConnectionTested, OperationError> {
    require_for::<Connection>(caller, Right::Write)?;
    let account = RemoteAccount::open(app, id)?;
    let report = probe(app, &account, TIME);
    let view = match report.passed() {
        true => confirm(app, caller, &account, &report)?,
        false => get(app, caller, id)?,
    };
    Ok(ConnectionTested { view, stages: report.stages })
}

fn confirm(
    app: &App,
    caller: &Caller,
    tested: &RemoteAccount,
    report: &OdooReport,
) -> Result<ConnectionView, OperationError> {
    let version = report.version.as_ref().map(|version| version.text.clone());
    app.store.write(|db| {
        let stored = settings::tested::<Connection>(db, tested.connection.id, tested.version)?;
        // When the key ends is known best by the far end, else by who entered it.
        let key_expires = report.key_expires.or(stored.settings.key_expires);
        let connection = Connection {
            state: ConnectionState::Done,
            server_version: version,
            spoken: report.spoken,
            key_expires,
            ..stored.settings.clone()
        };
        if connection != stored.settings {
            settings::expect_written(connections::update(db, &connection, stored.version)?, &connection)?;
        }
        connections::works(db, connection.id)?;
        // A certificate without names has failed the test, so this one has some.
        let until = report.certificate.as_ref().map(|taken| taken.until);
        connections::set_certificate(db, connection.id, until, None)?;
        settings::remember(db, caller, AuditAction::Confirm, Some(&stored.settings), Some(&connection), &[])?;
        let stored = find::<Connection>(db, connection.id)?;
        Ok(ConnectionView::read(db, stored)?)
    })
}

/// Checks the target within `time`. Changes nothing there.
pub fn check_target(app: &App, id: ConnectionId, server: &IncomingServer, time: Duration) -> Vec<TestStage> {
    let none: &[StageName] = match server.access {
        Access::Network { .. } => &[],
        Access::Local { .. } => &[StageName::Fetchers],
    };
    let (stages, _) = stage::run(stage::TARGET_ELSEWHERE, none, |way| {
        let (account, mut odoo) = connection(app, id, time)?;
        let (name, version) = (&account.connection.name, &odoo.version().text);
        way.passed(StageName::Connection, say!("target-connection", name, version));
        way.tried(StageName::RecordType, record_type(app, &account, &mut odoo, server));
        if let Access::Network { host, username, .. } = &server.access {
            let seen = fetchers(&account, &mut odoo, host.as_str(), username, server.no_other_fetcher);
            way.tried(StageName::Fetchers, seen);
        }
        Ok::<_, Complaint>(())
    });
    stages
}

fn connection(app: &App, id: ConnectionId, time: Duration) -> Result<(RemoteAccount, Odoo), Complaint> {
    let account = RemoteAccount::open(app, id).map_err(|error| error.complaint())?;
    let name = &account.connection.name;
    if !account.connection.active {
        return Err(complain!("target-connection-archived", name));
    }
    if !account.connection.is_used() {
        return Err(complain!("target-connection-draft", name));
    }
    let odoo = account.sign_in(app, time).map_err(Trouble::advised)?;
    Ok((account, odoo))
}

fn record_type(
    app: &App,
    account: &RemoteAccount,
    odoo: &mut Odoo,
    server: &IncomingServer,
) -> Result<Sentence, Complaint> {
    let Some(model) = server.object_model.as_deref() else { return Err(complain!("target-no-record-type")) };
    let anonymous = server.sender_policy == SenderPolicy::Anonymous;
    let target = RecordTarget { model, values: &server.far_values, anonymous };
    match odoo.check_target(&target).map_err(Trouble::advised)? {
        Some(problem) => Err(problem.complaint(model, &account.connection.login)),
        None => {
            let known = known_types(app, account.connection.id).unwrap_or_default().types;
            let label = known
                .into_iter()
                .find(|one| one.model == model)
                .map_or_else(|| Sentence::verbatim(model), |one| one.label);
            Ok(say!("target-there", label))
        }
    }
}

fn fetchers(
    account: &RemoteAccount,
    odoo: &mut Odoo,
    host: &str,
    user: &str,
    nobody_else: bool,
) -> Result<Sentence, Complaint> {
    let name = &account.connection.name;
    match odoo.fetchers(host, user).map_err(Trouble::advised)? {
        Some(names) if names.is_empty() => Ok(say!("target-fetchers-none", name)),
        Some(names) => Err(complain!("target-fetchers", names = names.join("”, “"))),
        None if nobody_else => Ok(say!("target-fetchers-said")),
        None => Err(complain!("target-fetchers-unknown", login = account.connection.login, name)),
    }
}

// *Renew the key*: a new API key of the connection's account, made there with its password, which is used once and kept
// nowhere.

/// Needs the saved key to work still. The new key is tried before it replaces the saved one.
pub fn renew_key(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    password: &Secret,
) -> Result<ConnectionView, OperationError> {
    require_for::<Connection>(caller, Right::Write)?;
    if password.is_empty() {
        return Err(Invalid::new("account_password", say!("connection-renew-password")).into());
    }
    let account = RemoteAccount::open(app, id)?;
    let version = account.version;
    let new = new_key(app, account, password)?;
    app.store.write(|db| {
        let stored = settings::tested::<Connection>(db, id, version)?;
        let connection = Connection { key_expires: Some(new.until), ..stored.settings.clone() };
        settings::expect_written(connections::update(db, &connection, stored.version)?, &connection)?;
        connections::set_password(db, &app.key, id, Some(&new.key))?;
        connections::works(db, id)?;
        let secrets = ["password"];
        settings::remember(db, caller, AuditAction::Write, Some(&stored.settings), Some(&connection), &secrets)?;
        let stored = find::<Connection>(db, id)?;
        Ok(ConnectionView::read(db, stored)?)
    })
}

/// How long one call may take, and all calls of one page together.
const STEP: Duration = Duration::from_secs(6);
const ASKING_TIME: Duration = Duration::from_secs(10);

/// A saved connection with its password in clear, on its way to the network.
#[derive(Debug)]
struct RemoteAccount {
    pub connection: Connection,
    /// The version of the row that it was read from.
    pub version: i32,
    password: Secret,
    /// Whether its certificate without names is still taken.
    nameless: Nameless,
}

impl RemoteAccount {
    fn open(app: &App, id: ConnectionId) -> Result<Self, OperationError> {
        app.store.read(|db| {
            let stored = find::<Connection>(db, id)?;
            let password = connections::password(db, &app.key, id)?;
            let nameless = match stored.settings.state {
                ConnectionState::Done => Nameless::since(connections::status(db, id)?.nameless_since, now()),
                ConnectionState::Draft => Nameless::Refused,
            };
            Ok(Self { connection: stored.settings, version: stored.version, password, nameless })
        })
    }

    fn sign_in(&self, app: &App, time: Duration) -> Result<Odoo, Trouble> {
        let network = Network { nameless: self.nameless, ..network(app) };
        Odoo::sign_in(&self.connection, &self.password, &network.hurried(STEP, time))
    }
}

fn network(app: &App) -> Network {
    Network { authorities: app.config.ca_file.clone(), ..Network::default() }
}

/// What happened, and what to do.
fn refused(trouble: Trouble) -> OperationError {
    OperationError::Refused(trouble.complaint)
}

fn probe(app: &App, account: &RemoteAccount, time: Duration) -> OdooReport {
    odoo::probe::probe(&account.connection, &account.password, &network(app), time)
}

/// The databases that the server at this address lists; none where it lists none.
pub fn databases(app: &App, caller: &Caller, url: &str) -> Result<Vec<String>, OperationError> {
    require_for::<Connection>(caller, Right::Read)?;
    let anybody = Connection { url: BaseUrl::parse(url)?, login: String::new(), ..Connection::blank() };
    let listed = odoo::databases(&anybody, &network(app).hurried(STEP, ASKING_TIME)).map_err(refused)?;
    Ok(listed.unwrap_or_default())
}

/// A model of the far end that holds conversations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteModel {
    /// Technical name.
    pub model: String,
    /// What a person reads there.
    pub label: Sentence,
}

/// What a connection told of its record types.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OfferedModels {
    /// By label.
    pub types: Vec<RemoteModel>,
    /// False where the account may not read which there are: then these are the usual ones, and another is typed by
    /// its technical name.
    pub complete: bool,
}

/// The record types that connections listed last, so that a page need not ask again.
#[derive(Debug, Default)]
pub struct RememberedTypes(Mutex<HashMap<ConnectionId, OfferedModels>>);

/// Asks the connection now.
pub fn record_types(app: &App, caller: &Caller, id: ConnectionId) -> Result<OfferedModels, OperationError> {
    require_for::<Connection>(caller, Right::Read)?;
    let account = RemoteAccount::open(app, id)?;
    let found = account.sign_in(app, ASKING_TIME).and_then(|mut odoo| odoo.record_types()).map_err(refused)?;
    let types = found.types.into_iter().map(|one| RemoteModel { model: one.model, label: one.label });
    let offered = OfferedModels { types: types.collect(), complete: found.complete };
    let mut known = app.record_types.0.lock();
    known.insert(id, offered.clone());
    Ok(offered)
}

/// What a connection listed last, if it was asked since this process began.
pub fn known_types(app: &App, id: ConnectionId) -> Option<OfferedModels> {
    app.record_types.0.lock().get(&id).cloned()
}

/// The fields of a record type there that each new record can be given a value of, with their choices. Asks the connection
/// now.
pub fn settable(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    model: &str,
) -> Result<(String, Vec<OdooSettable>), OperationError> {
    require_for::<Connection>(caller, Right::Read)?;
    let account = RemoteAccount::open(app, id)?;
    let found = account.sign_in(app, MANY).and_then(|mut odoo| odoo.settable(model)).map_err(refused)?;
    Ok((account.connection.name, found))
}

/// Has the account make a new key, with the rights of the old one.
fn new_key(app: &App, account: RemoteAccount, password: &Secret) -> Result<NewKey, OperationError> {
    let new = account.sign_in(app, ASKING_TIME).and_then(|mut odoo| odoo.new_key(password)).map_err(refused)?;
    let renewed = RemoteAccount { password: new.key.clone(), ..account };
    renewed.sign_in(app, ASKING_TIME).map_err(refused)?;
    Ok(new)
}

/// A contact there (`res.partner`).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RemoteContact {
    /// Its id at the far end.
    pub id: i32,
    pub name: String,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub is_registrant: bool,
}

/// Contacts with all the words in name, address or phone, registrants first; at most [`partners::FOUND`].
pub fn contacts(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    typed: &str,
) -> Result<Vec<RemoteContact>, OperationError> {
    require(caller, Right::Read, Object::Contacts, || say!("deed-read-contacts"))?;
    let account = RemoteAccount::open(app, id)?;
    let found = account.sign_in(app, ASKING_TIME).and_then(|mut odoo| odoo.search_contacts(typed)).map_err(refused)?;
    Ok(found.into_iter().map(contact_of).collect())
}

/// One contact, if it is still there.
pub fn contact(app: &App, caller: &Caller, id: ConnectionId, contact: i32) -> Result<RemoteContact, OperationError> {
    require(caller, Right::Read, Object::Contacts, || say!("deed-read-contacts"))?;
    let account = RemoteAccount::open(app, id)?;
    let found = account.sign_in(app, ASKING_TIME).and_then(|mut odoo| odoo.contact(contact)).map_err(refused)?;
    found.map(contact_of).ok_or_else(|| OperationError::NotFound(say!("connection-contact-gone").into()))
}

/// Gives a contact there the address that a person linked it with. The audit is written before the far end is asked.
pub fn give_address(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    contact: &RemoteContact,
    address: &str,
) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::HeldMail, || say!("deed-link-senders"))?;
    let account = RemoteAccount::open(app, id)?;
    let told = |email: Option<&str>| serde_json::json!({ "connection": account.connection.name, "contact": contact.id, "email": email });
    app.store.write(|db| {
        audit::write(
            db,
            &NewAuditEntry::new(caller, AuditAction::Write, Connection::MODEL, Some(id.0), &contact.name)
                .changed(Some(told(None)), Some(told(Some(address)))),
        )
    })?;
    let mut odoo = account.sign_in(app, ASKING_TIME).map_err(refused)?;
    // Where the account may not do that, the link counts for this mail alone.
    odoo.give_address(contact.id, address).map(drop).map_err(refused)
}

/// Makes a contact there. The audit is written before the far end is asked, as what happens there can't be undone here.
pub fn create_contact(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    typed: &TypedPartner,
) -> Result<i32, OperationError> {
    require(caller, Right::Create, Object::Contacts, || say!("deed-make-contacts"))?;
    let new = partners::checked(typed)?;
    let account = RemoteAccount::open(app, id)?;
    let after = serde_json::json!({
        "connection": account.connection.name, "name": new.name, "email": new.email, "phone": new.phone,
        "is_registrant": new.is_registrant,
    });
    app.store.write(|db| {
        audit::write(
            db,
            &NewAuditEntry::new(caller, AuditAction::Create, Connection::MODEL, Some(id.0), new.name)
                .changed(None, Some(after)),
        )
    })?;
    let (email, phone) = (new.email.unwrap_or_default(), new.phone.unwrap_or_default());
    let mut odoo = account.sign_in(app, ASKING_TIME).map_err(refused)?;
    odoo.create_contact(new.name, email, phone, new.is_registrant).map_err(refused)
}

/// How long the contacts of several mails may take together.
const MANY: Duration = Duration::from_secs(60);

/// The contacts of a connection, signed in once for several mails.
pub struct RemoteContacts {
    account: RemoteAccount,
    odoo: Odoo,
    is_away: bool,
}

impl RemoteContacts {
    pub fn open(app: &App, caller: &Caller, id: ConnectionId) -> Result<Self, OperationError> {
        require(caller, Right::Create, Object::Contacts, || say!("deed-make-contacts"))?;
        let account = RemoteAccount::open(app, id)?;
        let odoo = account.sign_in(app, MANY).map_err(refused)?;
        Ok(Self { account, odoo, is_away: false })
    }

    /// The contact of an address there, found or made; a new one is a registrant where records of this type want registrants. The
    /// audit is written before a contact is made. None where several registrants have the address.
    pub fn of_sender(
        &mut self,
        app: &App,
        caller: &Caller,
        sender: &Address,
        model: &str,
    ) -> Result<Option<i32>, OperationError> {
        let found = self.ask(|odoo| odoo.contacts_by_email(&sender.address))?;
        if found.iter().filter(|contact| contact.is_registrant).count() > 1 {
            return Ok(None);
        }
        if let Some(contact) = found.first() {
            return Ok(Some(contact.id));
        }
        let registrant = self.ask(|odoo| odoo.wants_registrants(model))?;
        let name = sender.contact_name();
        let after = serde_json::json!({
            "connection": self.account.connection.name, "name": name, "email": sender.address, "is_registrant": registrant,
        });
        app.store.write(|db| {
            audit::write(
                db,
                &NewAuditEntry::new(
                    caller,
                    AuditAction::Create,
                    Connection::MODEL,
                    Some(self.account.connection.id.0),
                    name,
                )
                .changed(None, Some(after)),
            )
        })?;
        self.ask(|odoo| odoo.make_contact(sender, registrant)).map(Some)
    }

    /// Whether asking again is of no use: the far end did not answer, or lets this account do nothing. (That it refused one contact
    /// says nothing about the next.)
    pub fn is_away(&self) -> bool {
        self.is_away
    }

    fn ask<T>(&mut self, call: impl FnOnce(&mut Odoo) -> Result<T, Trouble>) -> Result<T, OperationError> {
        call(&mut self.odoo).map_err(|trouble| {
            self.is_away |= !trouble.is_refusal;
            refused(trouble)
        })
    }
}

/// Whether a connection has this record, as far as its account may see.
pub fn has_record(app: &App, id: ConnectionId, model: &str, record: i32) -> Result<bool, OperationError> {
    let account = RemoteAccount::open(app, id)?;
    account.sign_in(app, ASKING_TIME).and_then(|mut odoo| odoo.has_record(model, record)).map_err(refused)
}

fn contact_of(found: odoo::OdooContact) -> RemoteContact {
    let given = |text: String| Some(text).filter(|text| !text.is_empty());
    RemoteContact {
        id: found.id,
        name: found.name,
        email: given(found.email),
        phone: given(found.phone),
        is_registrant: found.is_registrant,
    }
}
