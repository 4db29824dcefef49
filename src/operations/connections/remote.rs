//! What is asked of the system behind a connection while a person waits, and its words for an operation: its databases, its
//! record types, and its contacts, where a held message needs its sender.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;

use crate::domain::address::Address;
use crate::domain::audit::AuditAction;
use crate::domain::certificate::Nameless;
use crate::domain::connection::{BaseUrl, Connection, ConnectionState};
use crate::domain::id::ConnectionId;
use crate::domain::now;
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::domain::secret::Secret;
use crate::domain::setting::SettingsObject;
use crate::domain::words::Sentence;
use crate::odoo::probe::OdooReport;
use crate::odoo::{self, Network, NewKey, Odoo, OdooSettable, Trouble};
use crate::operations::partners::{self, TypedPartner};
use crate::operations::settings::{find, require_for};
use crate::operations::{App, OperationError, require};
use crate::say;
use crate::store::audit::{self, NewAuditEntry};
use crate::store::{connection_status, connections};

/// Of one call; and of everything that one page asks for.
const STEP: Duration = Duration::from_secs(6);
const TIME: Duration = Duration::from_secs(10);

/// A saved connection with its password in clear, on its way to the network.
#[derive(Debug)]
pub(super) struct RemoteAccount {
    pub connection: Connection,
    /// Of the row that it was read from.
    pub version: i32,
    password: Secret,
    /// As long as it is confirmed.
    nameless: Nameless,
}

impl RemoteAccount {
    pub(super) fn open(app: &App, id: ConnectionId) -> Result<Self, OperationError> {
        app.store.read(|db| {
            let stored = find::<Connection>(db, id)?;
            let password = connections::password(db, &app.key, id)?;
            let nameless = match stored.settings.state {
                ConnectionState::Done => Nameless::since(connection_status::get(db, id)?.nameless_since, now()),
                ConnectionState::Draft => Nameless::Refused,
            };
            Ok(Self { connection: stored.settings, version: stored.version, password, nameless })
        })
    }

    pub(super) fn sign_in(&self, app: &App, time: Duration) -> Result<Odoo, Trouble> {
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

pub(super) fn probe(app: &App, account: &RemoteAccount, time: Duration) -> OdooReport {
    odoo::probe::probe(&account.connection, &account.password, &network(app), time)
}

/// The databases that the server at this address lists; none where it lists none.
pub fn databases(app: &App, caller: &Caller, url: &str) -> Result<Vec<String>, OperationError> {
    require_for::<Connection>(caller, Right::Read)?;
    let anybody = Connection { url: BaseUrl::parse(url)?, login: String::new(), ..Connection::blank() };
    let listed = odoo::databases(&anybody, &network(app).hurried(STEP, TIME)).map_err(refused)?;
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

/// What connections told last, so that a page need not ask again.
#[derive(Debug, Default)]
pub struct RememberedTypes(Mutex<HashMap<ConnectionId, OfferedModels>>);

/// Asks the connection now.
pub fn record_types(app: &App, caller: &Caller, id: ConnectionId) -> Result<OfferedModels, OperationError> {
    require_for::<Connection>(caller, Right::Read)?;
    let account = RemoteAccount::open(app, id)?;
    let found = account.sign_in(app, TIME).and_then(|mut odoo| odoo.record_types()).map_err(refused)?;
    let types = found.types.into_iter().map(|one| RemoteModel { model: one.model, label: one.label });
    let offered = OfferedModels { types: types.collect(), complete: found.complete };
    let mut known = app.record_types.0.lock();
    known.insert(id, offered.clone());
    Ok(offered)
}

/// What it told last, if it was asked since this process began.
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

/// A new key of the account, which opens it as the old one does.
pub(super) fn new_key(app: &App, account: RemoteAccount, password: &Secret) -> Result<NewKey, OperationError> {
    let new = account.sign_in(app, TIME).and_then(|mut odoo| odoo.new_key(password)).map_err(refused)?;
    let renewed = RemoteAccount { password: new.key.clone(), ..account };
    renewed.sign_in(app, TIME).map_err(refused)?;
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
    let found = account.sign_in(app, TIME).and_then(|mut odoo| odoo.search_contacts(typed)).map_err(refused)?;
    Ok(found.into_iter().map(contact_of).collect())
}

/// One contact, if it is still there.
pub fn contact(app: &App, caller: &Caller, id: ConnectionId, contact: i32) -> Result<RemoteContact, OperationError> {
    require(caller, Right::Read, Object::Contacts, || say!("deed-read-contacts"))?;
    let account = RemoteAccount::open(app, id)?;
    let found = account.sign_in(app, TIME).and_then(|mut odoo| odoo.contact(contact)).map_err(refused)?;
    found.map(contact_of).ok_or_else(|| OperationError::NotFound(say!("connection-contact-gone").into()))
}

/// Gives a contact there the address that a person linked it with. The audit has it before it is asked for.
pub fn give_address(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    contact: &RemoteContact,
    address: &str,
) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::HeldMail, || say!("deed-link-senders"))?;
    let account = RemoteAccount::open(app, id)?;
    let entry = NewAuditEntry {
        caller,
        action: AuditAction::Write,
        object_model: Connection::MODEL,
        object_id: Some(id.0),
        object_name: &contact.name,
        before: Some(
            serde_json::json!({ "connection": account.connection.name, "contact": contact.id, "email": null }),
        ),
        after: Some(
            serde_json::json!({ "connection": account.connection.name, "contact": contact.id, "email": address }),
        ),
    };
    app.store.write(|db| audit::write(db, &entry))?;
    let mut odoo = account.sign_in(app, TIME).map_err(refused)?;
    // Where the account may not, the link helps this mail alone.
    odoo.give_address(contact.id, address).map(drop).map_err(refused)
}

/// Makes a contact there. The audit has it before it is asked for: what happens at the far end can't be undone here.
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
    let entry = NewAuditEntry {
        caller,
        action: AuditAction::Create,
        object_model: Connection::MODEL,
        object_id: Some(id.0),
        object_name: new.name,
        before: None,
        after: Some(after),
    };
    app.store.write(|db| audit::write(db, &entry))?;
    let (email, phone) = (new.email.unwrap_or_default(), new.phone.unwrap_or_default());
    let mut odoo = account.sign_in(app, TIME).map_err(refused)?;
    odoo.create_contact(new.name, email, phone, new.is_registrant).map_err(refused)
}

/// Of several mails' contacts together.
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

    /// The contact of an address there: the one that there is, or one that is made, as a registrant where records of this
    /// type want such. The audit has it before it is asked for. None where several registrants have the address.
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
        let name = if sender.name.is_empty() { &sender.address } else { &sender.name };
        let after = serde_json::json!({
            "connection": self.account.connection.name, "name": name, "email": sender.address, "is_registrant": registrant,
        });
        let entry = NewAuditEntry {
            caller,
            action: AuditAction::Create,
            object_model: Connection::MODEL,
            object_id: Some(self.account.connection.id.0),
            object_name: name,
            before: None,
            after: Some(after),
        };
        app.store.write(|db| audit::write(db, &entry))?;
        self.ask(|odoo| odoo.make_contact(sender, registrant)).map(Some)
    }

    /// Whether the far end did not answer, or opens nothing to this account, so that it is of no use to ask it again; what it
    /// refuses of one contact says nothing about the next.
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
    account.sign_in(app, TIME).and_then(|mut odoo| odoo.has_record(model, record)).map_err(refused)
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
