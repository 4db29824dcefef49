//! Who wrote a held message: found among the contacts of this database or of the connection that the message goes to,
//! or made.

use std::collections::HashMap;

use serde_json::json;

use super::act::{address, redeliver};
use super::{BATCH, existing};
use crate::domain::address::{Address, has_address, normalize};
use crate::domain::alike::Likeness;
use crate::domain::audit::AuditAction;
use crate::domain::complaint::Complaint;
use crate::domain::connection::Connection;
use crate::domain::id::{ConnectionId, MessageId, PartnerId};
use crate::domain::ledger::{Fate, Reason};
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::domain::setting::SettingsObject as _;
use crate::domain::words::Sentence;
use crate::operations::connections::{self, RemoteContact, RemoteContacts};
use crate::operations::partners::TypedPartner;
use crate::operations::{App, OperationError, partners as contacts, require};
use crate::pipeline::Correction;
use crate::store::audit::{self, NewAuditEntry};
use crate::store::messages::view::MessageRow;
use crate::store::sender_links::{self, SenderLink};
use crate::store::sight::RecordSight;
use crate::store::{self, Db, StoreError, messages, partners};
use crate::{complain, say};

/// Contacts to choose the sender from.
#[derive(Debug)]
pub struct Candidates {
    /// Where they are, if not in this database: the connection's name.
    pub connection: Option<String>,
    pub found: Vec<RemoteContact>,
    /// Those of this database whom the sender may be, the likeliest first.
    pub likely: Vec<(partners::Partner, Likeness)>,
    /// Why the connection could not be asked.
    pub problem: Option<Sentence>,
    /// Other mail that is held because this same sender is unknown.
    pub others: usize,
    /// The contact at the connection that this address belongs to, as a person said of an earlier mail.
    pub remembered: Option<SenderLink>,
}

/// How a sender is linked beside the one mail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Linking {
    /// Everything else that is held because this sender is unknown is delivered, too.
    pub others: bool,
    /// This mail alone: nothing is remembered of the address, neither here nor there. Somebody else wrote or forwarded it.
    pub once: bool,
}

/// The connection that a message goes to: where it was routed to, else where its incoming server feeds.
pub(super) fn connection_of(db: &mut Db, message: &MessageRow) -> Result<Option<ConnectionId>, StoreError> {
    match (message.connection, message.server) {
        (Some(id), _) => Ok(Some(id)),
        (None, Some(server)) if message.record().is_none() => {
            Ok(store::servers::get(db, server)?.and_then(|stored| stored.settings.connection))
        }
        _ => Ok(None),
    }
}

/// What a message is to become: what it was routed to, else what its incoming server says.
pub(super) fn model_of(db: &mut Db, message: &MessageRow) -> Result<Option<String>, StoreError> {
    match (&message.object_model, message.server) {
        (Some(model), _) => Ok(Some(model.clone())),
        (None, Some(server)) => Ok(store::servers::get(db, server)?.and_then(|stored| stored.settings.object_model)),
        (None, None) => Ok(None),
    }
}

/// Contacts with all the words in name, address or phone, registrants first.
pub fn candidates(app: &App, caller: &Caller, id: MessageId, typed: &str) -> Result<Candidates, OperationError> {
    require(caller, Right::Read, Object::Contacts, || say!("deed-read-contacts"))?;
    let (connection, others, remembered, likely) = app.store.read(|db| {
        let message = existing(db, caller, id)?;
        let sight = RecordSight::of(db, caller)?;
        let remembered = match (connection_of(db, &message)?, written_by(&message)) {
            (Some(connection), Some(address)) => sender_links::of(db, connection, &address)?,
            _ => None,
        };
        let connection = match connection_of(db, &message)? {
            Some(id) => store::connections::get(db, id)?.map(|stored| stored.settings),
            None => None,
        };
        let likely = match &connection {
            None => {
                let (name, address) = contacts::name_and_address(message.email_from.as_deref().unwrap_or_default());
                contacts::alike_in(db, caller, (&name, &address), None)?
            }
            Some(_) => Vec::new(),
        };
        Ok::<_, OperationError>((connection, others(db, sight, &message)?.len(), remembered, likely))
    })?;
    let (found, problem) = match &connection {
        None => {
            let found = contacts::search(app, caller, typed)?.into_iter();
            let local = |one: partners::Partner| RemoteContact {
                id: one.id.0,
                name: one.name,
                email: one.email,
                phone: one.phone,
                is_registrant: one.is_registrant,
            };
            (found.map(local).collect(), None)
        }
        Some(connection) => match connections::contacts(app, caller, connection.id, typed) {
            Ok(found) => (found, None),
            Err(OperationError::Refused(words)) => (Vec::new(), Some(words.in_full())),
            Err(error) => return Err(error),
        },
    };
    let connection = connection.map(|connection| connection.name);
    Ok(Candidates { connection, found, likely, problem, others, remembered })
}

/// How linking a sender ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// What became of the message itself.
    pub fate: Fate,
    /// The contact, by its id where the message goes to.
    pub contact: i32,
    /// Other mail of the sender that was delivered along with it, or is on its way.
    pub others: usize,
}

/// The sender is this contact (by its id in this database, or at the connection that the message goes to); then it is
/// delivered.
///
/// A contact without an address gets the sender's. With another one, the mail counts here as written from the contact's
/// own; of a connection it is remembered whose the sender's address is, unless it is for once.
pub fn link_sender(
    app: &App,
    caller: &Caller,
    id: MessageId,
    contact: i32,
    linking: Linking,
) -> Result<Linked, OperationError> {
    require(caller, Right::Write, Object::HeldMail, || say!("deed-link-senders"))?;
    let (message, connection, others) = app.store.read(|db| {
        let message = existing(db, caller, id)?;
        let sight = RecordSight::of(db, caller)?;
        let others = if linking.others { others(db, sight, &message)? } else { Vec::new() };
        Ok::<_, OperationError>((message.clone(), connection_of(db, &message)?, others))
    })?;
    let (name, correction) = match connection {
        None => here(app, caller, &message, PartnerId(contact), linking.once)?,
        Some(connection) => {
            let contact = connections::contact(app, caller, connection, contact)?;
            if let Some(address) = written_by(&message).filter(|_| !linking.once) {
                there(app, caller, &message, connection, &contact, &address)?;
            }
            (contact.name, Correction { remote_partner: Some(contact.id), ..Correction::default() })
        }
    };
    let after = json!({ "sender": &name });
    let deliver = |message: &MessageRow| redeliver(app, caller, message, &correction, &after);
    let fate = deliver(&message)?;
    let mut gone_on = 0;
    for other in &others {
        match deliver(other) {
            Ok(Fate::Held(_)) => {}
            Ok(_) => gone_on += 1,
            // Somebody decided about it meanwhile.
            Err(OperationError::Refused(_) | OperationError::NotFound(_) | OperationError::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Linked { fate, contact, others: gone_on })
}

/// The sender of a message as the form of a new contact begins.
pub fn sender_as_contact(app: &App, caller: &Caller, id: MessageId) -> Result<contacts::TypedPartner, OperationError> {
    require(caller, Right::Write, Object::HeldMail, || say!("deed-link-senders"))?;
    let message = app.store.read(|db| existing(db, caller, id))?;
    let (name, email) = contacts::name_and_address(message.email_from.as_deref().unwrap_or_default());
    let name = if name.is_empty() { email.clone() } else { name };
    Ok(contacts::TypedPartner { name, email, is_registrant: true, ..contacts::TypedPartner::default() })
}

/// Makes a contact where the message goes to, and links it.
pub fn create_sender(
    app: &App,
    caller: &Caller,
    id: MessageId,
    typed: &contacts::TypedPartner,
    linking: Linking,
) -> Result<Linked, OperationError> {
    require(caller, Right::Write, Object::HeldMail, || say!("deed-link-senders"))?;
    let connection = app.store.read(|db| {
        let message = existing(db, caller, id)?;
        waits_for_a_contact(&message)?;
        Ok::<_, OperationError>(connection_of(db, &message)?)
    })?;
    let contact = match connection {
        None => contacts::create(app, caller, typed)?.0,
        Some(connection) => connections::create_contact(app, caller, connection, typed)?,
    };
    link_sender(app, caller, id, contact, linking)
}

/// Links the sender with its contact where the message goes to: the one that there is, or one that is made of it.
pub fn link_own_sender(app: &App, caller: &Caller, id: MessageId, linking: Linking) -> Result<Linked, OperationError> {
    require(caller, Right::Write, Object::HeldMail, || say!("deed-link-senders"))?;
    let message = app.store.read(|db| existing(db, caller, id))?;
    waits_for_a_contact(&message)?;
    let (_, _, contact) = SenderDesk::new(app, caller).contact_of(&message)?;
    link_sender(app, caller, id, contact, linking)
}

/// Before a contact is made that no mail would be linked with.
fn waits_for_a_contact(message: &MessageRow) -> Result<(), OperationError> {
    match message.standing().can_be_corrected() {
        true => Ok(()),
        false => {
            let (id, state) = (message.id.0, message.state.label());
            Err(OperationError::Refused(say!("repair-nothing", id, state).into()))
        }
    }
}

/// The sender's address as addresses are compared.
fn written_by(message: &MessageRow) -> Option<String> {
    normalize(&contacts::name_and_address(message.email_from.as_deref().unwrap_or_default()).1)
}

/// A contact of a connection gets the address where it has none, and it is remembered that it is its. What has the address
/// already is found by it, alone or beside others of whom one was chosen this time: then what was said before of another
/// contact counts no more.
fn there(
    app: &App,
    caller: &Caller,
    message: &MessageRow,
    connection: ConnectionId,
    contact: &RemoteContact,
    address: &str,
) -> Result<(), OperationError> {
    let (_, written) = contacts::name_and_address(message.email_from.as_deref().unwrap_or_default());
    if contact.email.is_none() {
        connections::give_address(app, caller, connection, contact, &written)?;
    }
    let is_found = contact.email.as_ref().is_some_and(|own| has_address(own, address));
    app.store.write(|db| {
        let before = sender_links::of(db, connection, address)?;
        let said = match &before {
            Some(before) if before.partner == contact.id => return Ok(()),
            None if is_found => return Ok(()),
            Some(_) if is_found => {
                sender_links::forget(db, connection, address)?;
                None
            }
            _ => {
                sender_links::put(db, connection, address, (contact.id, &contact.name), &caller.login)?;
                Some(contact.id)
            }
        };
        let after = json!({ "address": address, "contact": said });
        remember_link(db, caller, connection, &contact.name, before.as_ref(), Some(after))
    })
}

/// The audit of what is remembered of an address.
fn remember_link(
    db: &mut Db,
    caller: &Caller,
    connection: ConnectionId,
    name: &str,
    before: Option<&SenderLink>,
    after: Option<serde_json::Value>,
) -> Result<(), OperationError> {
    let entry = NewAuditEntry {
        caller,
        action: AuditAction::Write,
        object_model: Connection::MODEL,
        object_id: Some(connection.0),
        object_name: name,
        before: before.map(|before| json!({ "contact": before.partner })),
        after,
    };
    Ok(audit::write(db, &entry)?)
}

/// What was said of this sender's address is forgotten: from the next mail on the address itself counts.
pub fn forget_sender(app: &App, caller: &Caller, id: MessageId) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::HeldMail, || say!("deed-link-senders"))?;
    app.store.write(|db| {
        let message = existing(db, caller, id)?;
        let (Some(connection), Some(address)) = (connection_of(db, &message)?, written_by(&message)) else {
            return Ok(());
        };
        let Some(before) = sender_links::of(db, connection, &address)? else { return Ok(()) };
        sender_links::forget(db, connection, &address)?;
        let after = json!({ "address": address, "contact": null });
        remember_link(db, caller, connection, &before.name, Some(&before), Some(after))
    })
}

/// A contact of this database: what to correct, and the contact's name.
fn here(
    app: &App,
    caller: &Caller,
    message: &MessageRow,
    partner: PartnerId,
    once: bool,
) -> Result<(String, Correction), OperationError> {
    let contact = contacts::get(app, caller, partner)?;
    let mut correction = Correction::default();
    match &contact.email {
        Some(email) => correction.sender = Some(Address { name: contact.name.clone(), address: email.clone() }),
        // The address would be the contact's from then on.
        None if once => return Err(OperationError::Refused(complain!("sender-once-here", name = contact.name))),
        None => {
            let given = address(message.email_from.as_deref().unwrap_or_default())?.address;
            app.store.write(|db| {
                partners::set_missing_email(db, &contact, &given)?;
                audit::write(
                    db,
                    &NewAuditEntry {
                        caller,
                        action: AuditAction::Write,
                        object_model: "res.partner",
                        object_id: Some(partner.0),
                        object_name: &contact.name,
                        before: Some(json!({"email": null})),
                        after: Some(json!({ "email": given })),
                    },
                )?;
                Ok::<_, OperationError>(())
            })?;
        }
    }
    Ok((contact.name, correction))
}

/// Other messages that are held because the sender of this one is unknown, for the same target; at most [`BATCH`].
fn others(db: &mut Db, sight: RecordSight, message: &MessageRow) -> Result<Vec<MessageRow>, OperationError> {
    let Some(address) = written_by(message) else { return Ok(Vec::new()) };
    if message.reason != Some(Reason::UnknownSender) {
        return Ok(Vec::new());
    }
    let target = connection_of(db, message)?;
    // The address as it was written may have a plus-part: its domain narrows, the rest is compared.
    let domain = address.split_once('@').map_or("", |(_, domain)| domain);
    let (mut found, mut after) = (Vec::new(), MessageId(0));
    loop {
        let ids = messages::list::held_of_domain(db, sight, Reason::UnknownSender, domain, after, BATCH)?;
        for id in &ids {
            let Some(other) = messages::view::find(db, *id)? else { continue };
            if other.id != message.id
                && written_by(&other).as_deref() == Some(address.as_str())
                && connection_of(db, &other)? == target
            {
                found.push(other);
            }
        }
        // Many may write from one domain.
        let is_full = i64::try_from(found.len()).is_ok_and(|count| count >= BATCH);
        match ids.last() {
            Some(last) if ids.len() as i64 == BATCH && !is_full => after = *last,
            _ => return Ok(found),
        }
    }
}

// *Create a contact and deliver*: held mail whose sender nobody knows, one or many. A contact that was made meanwhile
// is taken; where several registrants have the address, a person says whose mail it is.

/// Signs in once at each connection, and asks one that is away no more.
pub(super) struct SenderDesk<'a> {
    app: &'a App,
    caller: &'a Caller,
    connections: HashMap<ConnectionId, Result<RemoteContacts, Complaint>>,
}

impl<'a> SenderDesk<'a> {
    pub(super) fn new(app: &'a App, caller: &'a Caller) -> Self {
        Self { app, caller, connections: HashMap::new() }
    }

    /// Makes the contact where there is none, and delivers the mail as its.
    pub(super) fn deliver(&mut self, message: &MessageRow) -> Result<Fate, OperationError> {
        let (sender, place, contact) = self.contact_of(message)?;
        let correction = Correction { remote_partner: place.map(|_| contact), ..Correction::default() };
        redeliver(self.app, self.caller, message, &correction, &json!({ "sender": sender.display() }))
    }

    /// Who wrote it, which connection it goes to, and the sender's contact there or here.
    pub(super) fn contact_of(
        &mut self,
        message: &MessageRow,
    ) -> Result<(Address, Option<ConnectionId>, i32), OperationError> {
        let sender = address(message.email_from.as_deref().unwrap_or_default())
            .map_err(|_| OperationError::Refused(complain!("sender-without-address")))?;
        let (connection, model) = self.app.store.read(|db| {
            Ok::<_, StoreError>((connection_of(db, message)?, model_of(db, message)?.unwrap_or_default()))
        })?;
        let contact = match connection {
            None => self.here(&sender, &model)?,
            Some(connection) => self.there(connection, &sender, &model)?,
        };
        Ok((sender, connection, contact))
    }

    fn here(&self, sender: &Address, model: &str) -> Result<i32, OperationError> {
        if let Some(known) = self.app.store.read(|db| store::partners::by_email(db, &sender.address))? {
            return Ok(known.id.0);
        }
        let name = if sender.name.is_empty() { &sender.address } else { &sender.name };
        let typed = TypedPartner {
            name: name.clone(),
            email: sender.address.clone(),
            is_registrant: self.app.modules.get(model).is_some_and(|module| module.registrants),
            ..TypedPartner::default()
        };
        Ok(contacts::create(self.app, self.caller, &typed)?.0)
    }

    fn there(&mut self, connection: ConnectionId, sender: &Address, model: &str) -> Result<i32, OperationError> {
        let (app, caller) = (self.app, self.caller);
        let open = match self.connections.remove(&connection) {
            Some(known) => known,
            None => match RemoteContacts::open(app, caller, connection) {
                Ok(open) => Ok(open),
                Err(OperationError::Refused(why)) => Err(why),
                Err(error) => return Err(error),
            },
        };
        let (open, found) = match open {
            Err(why) => (Err(why.clone()), Err(OperationError::Refused(why))),
            Ok(mut contacts) => match contacts.of_sender(app, caller, sender, model) {
                Err(OperationError::Refused(why)) if contacts.is_away() => {
                    (Err(why.clone()), Err(OperationError::Refused(why)))
                }
                found => (Ok(contacts), found),
            },
        };
        self.connections.insert(connection, open);
        found?.ok_or_else(|| OperationError::Refused(complain!("sender-several", who = sender.display())))
    }
}
