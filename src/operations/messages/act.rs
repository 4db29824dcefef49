//! What a person decides about messages: one, corrected or as it is, or everything that a filter shows. The ledger does
//! it and keeps the history; the audit remembers who.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{LedgerRequest, existing};
use crate::domain::Invalid;
use crate::domain::alike::Likeness;
use crate::domain::connection::Connection;
use crate::domain::id::{ConnectionId, MessageId, PartnerId, RecordId};
use crate::domain::ledger::{Fate, MailState, Reason};
use crate::domain::message::{Address, has_address, normalize_address};
use crate::domain::person::Caller;
use crate::domain::rights::{AuditAction, Object, Right};
use crate::domain::setting::SettingsObject as _;
use crate::domain::words::{Complaint, Sentence};
use crate::operations::connections::{self, RemoteContact, RemoteContacts};
use crate::operations::partners::TypedPartner;
use crate::operations::{App, OperationError, ReadPurpose, partners as contacts, reading_for, require};
use crate::pipeline::{self, By, Correction, RepairError};
use crate::store::audit::{self, NewAuditEntry};
use crate::store::messages::view::MessageRow;
use crate::store::partners::{self, SenderLink};
use crate::store::sight::RecordSight;
use crate::store::{self, Db, StoreError, messages, records};
use crate::{complain, say};

crate::coded! {
    /// What can be done with a message.
    pub enum Deed {
        /// Route and deliver it again, as it is.
        Retry = "retry",
        /// Deliver it whatever made Mailgate hold or ignore it.
        Deliver = "deliver",
        /// Make its sender a contact where it goes to, and deliver it.
        CreateContact = "create_contact",
        /// Fetch it although it is larger than the mailbox's limit, or was not handed over.
        Download = "download",
        /// It makes no record; needs a reason.
        Dismiss = "dismiss",
    }
}

const MAX_REASON: usize = 500;

/// What a message is, as far as what can be done with it depends on that.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    pub state: MailState,
    pub reason: Option<Reason>,
    pub detail: Option<&'a Sentence>,
    pub has_source: bool,
}

impl Standing<'_> {
    /// What can be done with it.
    pub fn deeds(self) -> Vec<Deed> {
        let Self { state, reason, has_source, .. } = self;
        let undownloaded = matches!(reason, Some(Reason::TooLarge | Reason::NotDownloaded));
        let possible = |deed: &Deed| match deed {
            Deed::Retry => matches!(state, MailState::Held | MailState::Retrying) && has_source,
            Deed::Deliver => {
                matches!(state, MailState::Held | MailState::Ignored)
                    && self.yields_to_a_hand()
                    && (has_source || reason == Some(Reason::ImportUndone))
            }
            Deed::CreateContact => {
                state == MailState::Held
                    && reason == Some(Reason::UnknownSender)
                    && has_source
                    && !self.is_one_of(&[SEVERAL, NEEDS_SENDER])
                    && !self.is_one_of(&NO_SENDER)
            }
            Deed::Download => state == MailState::Held && undownloaded && !has_source,
            Deed::Dismiss => matches!(state, MailState::Held | MailState::Retrying),
        };
        Deed::ALL.iter().copied().filter(possible).collect()
    }

    /// Whether a person can say what it really is: who wrote it, what it becomes.
    pub fn can_be_corrected(self) -> bool {
        let Self { state, reason, has_source, .. } = self;
        let hopeless = matches!(reason, Some(Reason::Unreadable | Reason::NotAGrievance));
        matches!(state, MailState::Held | MailState::Ignored) && has_source && !hopeless
    }

    /// Whether a person who wants it delivered all the same can have that.
    fn yields_to_a_hand(self) -> bool {
        match self.reason {
            // Pressing the button gives the mail neither a text nor a record type, and *Not a grievance* is undone on the
            // record's own page.
            Some(Reason::Unreadable | Reason::NoRecordType | Reason::NotAGrievance) => false,
            Some(Reason::UnknownSender) => !self.is_one_of(&[SEVERAL, NEEDS_CONTACT, NEEDS_SENDER]),
            _ => true,
        }
    }

    fn is_one_of(self, keys: &[&str]) -> bool {
        self.detail.is_some_and(|detail| keys.iter().any(|key| detail.is_of(key)))
    }
}

/// Why a sender is unknown, by the keys of the words that routing and the way to a connection hold a mail with: several
/// registrants have the address; nobody has it, and the record type needs a contact; nobody has it.
const SEVERAL: &str = "trace-remote-registrants";
const NEEDS_CONTACT: &str = "trace-remote-contact-needed";
const NEEDS_SENDER: &str = "trace-remote-sender-needed";
const NO_SENDER: [&str; 2] = ["trace-remote-no-sender", "trace-sender-none"];

/// Does it, and says what becomes of the message. `reason` matters for [`Deed::Dismiss`] only.
pub fn act(app: &App, caller: &Caller, id: MessageId, deed: Deed, reason: &str) -> Result<Fate, OperationError> {
    require(caller, Right::Write, Object::HeldMail, || say!("deed-decide-about-messages"))?;
    let message = app.store.read(|db| existing(db, caller, id))?;
    if deed == Deed::CreateContact {
        // Before a contact is made of somebody whose mail waits for something else.
        if !message.standing().deeds().contains(&deed) {
            let state = message.state.label();
            return Err(OperationError::Refused(say!("repair-nothing", id = id.0, state).into()));
        }
        return SenderDesk::new(app, caller).deliver(&message);
    }
    let action = match deed {
        Deed::Retry | Deed::Download => AuditAction::Retry,
        Deed::Deliver | Deed::CreateContact => AuditAction::Deliver,
        Deed::Dismiss => AuditAction::Dismiss,
    };
    let detail = (deed == Deed::Dismiss).then(|| reason.trim().to_owned());
    let after = json!({ "reason": detail });
    let told = remembered(caller, &message, action, &after);
    let by = By { login: &caller.login, remember: &told };
    Ok(match deed {
        Deed::Retry => pipeline::redeliver(app.pipeline(), id, &Correction::default(), by)?.fate,
        Deed::Deliver | Deed::CreateContact => {
            let correction = Correction { force: true, ..Correction::default() };
            pipeline::redeliver(app.pipeline(), id, &correction, by)?.fate
        }
        Deed::Download => pipeline::download_anyway(app.pipeline(), id, by)?,
        Deed::Dismiss => pipeline::dismiss(app.pipeline(), id, checked_reason(reason)?, by)?,
    })
}

/// A reason that is worth keeping: one line that says something.
fn checked_reason(reason: &str) -> Result<&str, OperationError> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Invalid::new("reason", say!("dismiss-why")).into());
    }
    if reason.chars().count() > MAX_REASON || reason.chars().any(char::is_control) {
        let words = say!("dismiss-line", max_reason = MAX_REASON);
        return Err(Invalid::new("reason", words).into());
    }
    Ok(reason)
}

/// Routes and delivers it again, as corrected; the audit says so in the same transaction, with `after` beside the state that it is in then.
pub(super) fn redeliver(
    app: &App,
    caller: &Caller,
    message: &MessageRow,
    correction: &Correction,
    after: &Value,
) -> Result<Fate, OperationError> {
    let told = remembered(caller, message, AuditAction::Deliver, after);
    let by = By { login: &caller.login, remember: &told };
    Ok(pipeline::redeliver(app.pipeline(), message.id, correction, by)?.fate)
}

/// Writes the audit of a deed once its fate is known.
fn remembered<'a>(
    caller: &'a Caller,
    message: &'a MessageRow,
    action: AuditAction,
    after: &'a Value,
) -> impl Fn(&mut Db, &Fate) -> Result<(), StoreError> + 'a {
    move |db, fate| {
        let mut after = after.clone();
        after["state"] = fate.state().map(MailState::code).into();
        audit::write(
            db,
            &NewAuditEntry::new(
                caller,
                action,
                "mailgate.message",
                Some(message.id.0),
                message.subject.as_deref().unwrap_or(&message.source_key),
            )
            .changed(
                Some(json!({"state": message.state.code(), "reason_code": message.reason.map(Reason::code)})),
                Some(after),
            ),
        )
    }
}

impl From<RepairError> for OperationError {
    fn from(error: RepairError) -> Self {
        match error {
            RepairError::Store(error) => error.into(),
            RepairError::NotFound(id) => OperationError::NotFound(say!("message-missing", id).into()),
            RepairError::NotNow(words) => OperationError::Refused(words.into()),
        }
    }
}

// Correcting a held or ignored message: who wrote it, what it becomes, which record it joins.

/// What a person corrects before a message is delivered; empty corrects nothing.
#[derive(Debug, Clone, Default)]
pub struct MailCorrection {
    /// An address, for example `Amina Diallo <amina@people.example>`.
    pub sender: String,
    /// A record type's technical name.
    pub model: String,
    /// The number of the record to join.
    pub record: String,
    /// Or its id, here or at the connection that the message goes to.
    pub record_id: Option<RecordId>,
}

/// Delivers a message as corrected. Nothing corrected is a delivery by hand.
pub fn correct(app: &App, caller: &Caller, id: MessageId, typed: &MailCorrection) -> Result<Fate, OperationError> {
    require(caller, Right::Write, Object::HeldMail, || say!("deed-correct-messages"))?;
    let message = app.store.read(|db| existing(db, caller, id))?;
    let (connection, routed) =
        app.store.read(|db| Ok::<_, StoreError>((connection_of(db, &message)?, model_of(db, &message)?)))?;
    let mut correction = read(app, caller, typed, connection.is_some())?;
    if let Some(record) = typed.record_id {
        let model = correction.model.clone().or(routed);
        let model = model.ok_or_else(|| Invalid::new("res_model", say!("correct-record-alone")))?;
        let is_there = match connection {
            Some(connection) => connections::has_record(app, connection, &model, record.0)?,
            None => {
                let found = app.store.read(|db| {
                    let sight = RecordSight::of(db, caller)?;
                    records::view::find(db, sight, &model, record)
                });
                found?.is_some()
            }
        };
        if !is_there {
            let words = match connection {
                Some(_) => say!("correct-record-there", record = record.0, model),
                None => say!("correct-record", number = record.0.to_string()),
            };
            return Err(Invalid::new("res_id", words).into());
        }
        correction.record = Some(record);
    }
    let mut after = json!({
        "sender": typed.sender.trim(), "record_type": typed.model.trim(), "record": typed.record.trim(),
    });
    if let Some(record) = typed.record_id {
        after["record"] = record.0.into();
    }
    redeliver(app, caller, &message, &correction, &after)
}

/// `elsewhere`: the message goes to a connection, which has record types and records of its own.
fn read(app: &App, caller: &Caller, typed: &MailCorrection, elsewhere: bool) -> Result<Correction, OperationError> {
    let mut correction = Correction { force: true, ..Correction::default() };
    let (sender, model, number) = (typed.sender.trim(), typed.model.trim(), typed.record.trim());
    if !sender.is_empty() {
        correction.sender = Some(address(sender)?);
    }
    if !model.is_empty() {
        if !elsewhere && app.modules.get(model).is_none() {
            return Err(Invalid::new("model", say!("correct-record-type")).into());
        }
        correction.model = Some(model.to_owned());
    }
    if !number.is_empty() && elsewhere {
        let words = say!("correct-connection");
        return Err(Invalid::new("record", words).into());
    }
    if !number.is_empty() {
        let found = app.store.read(|db| {
            let sight = RecordSight::of(db, caller)?;
            records::view::by_number(db, sight, number)
        })?;
        let mut fitting = found.into_iter().filter(|(known, _)| model.is_empty() || known == model);
        match (fitting.next(), fitting.next()) {
            (Some((known, record)), None) => {
                correction.model = Some(known);
                correction.record = Some(record);
            }
            (None, _) => {
                let words = say!("correct-record", number);
                return Err(Invalid::new("record", words).into());
            }
            (Some(_), Some(_)) => {
                let words = say!("correct-several");
                return Err(Invalid::new("model", words).into());
            }
        }
    }
    Ok(correction)
}

/// `Amina Diallo <amina@people.example>`, or the address alone.
pub(super) fn address(typed: &str) -> Result<Address, Invalid> {
    let (name, address) = contacts::name_and_address(typed);
    if normalize_address(&address).is_none()
        || typed.chars().any(char::is_control)
        || address.contains(char::is_whitespace)
    {
        return Err(Invalid::new("sender", say!("correct-sender")));
    }
    Ok(Address { name, address })
}

// One decision for everything that a filter shows, a bounded batch at a time: a request ends in time, and what was done
// stays done.

/// Messages in one batch.
pub const BATCH: i64 = 200;
/// A batch that asks other systems begins nothing more after this time, which no page should take longer than.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a batch brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    pub delivered: u32,
    pub held: u32,
    /// Dismissed, or found to be ignored.
    pub ignored: u32,
    /// Left for later by Mailgate itself: to be tried or downloaded.
    pub waiting: u32,
    /// Not possible for these in their state.
    pub left: u32,
    /// The first refusal, in words.
    pub words: Option<String>,
    /// Where the next batch begins; None when all is done.
    pub next: Option<MessageId>,
}

/// Does it to at most [`BATCH`] messages of the filter, oldest first, above `after`.
pub fn bulk(
    app: &App,
    caller: &Caller,
    query: &LedgerRequest,
    deed: Deed,
    reason: &str,
    after: MessageId,
) -> Result<Batch, OperationError> {
    require(caller, Right::Write, Object::HeldMail, || say!("deed-decide-about-messages"))?;
    if deed == Deed::Dismiss {
        checked_reason(reason)?;
    }
    // Oldest first, so a search reads all that it finds: no page waits for that.
    let ids = reading_for(ReadPurpose::Call, || {
        app.store.read(|db| {
            let filter = query.filter(db, caller)?;
            messages::list::ids(db, &filter, after, BATCH)
        })
    })?;
    let mut batch = Batch::default();
    let (begun, mut senders) = (Instant::now(), SenderDesk::new(app, caller));
    let mut last = None;
    for id in &ids {
        if begun.elapsed() > PATIENCE {
            batch.next = last;
            return Ok(batch);
        }
        last = Some(*id);
        let Some(message) = app.store.read(|db| messages::view::find(db, *id))? else { continue };
        if !message.standing().deeds().contains(&deed) {
            batch.left += 1;
            continue;
        }
        let done = match deed {
            Deed::CreateContact => senders.deliver(&message),
            _ => act(app, caller, *id, deed, reason),
        };
        match done {
            Ok(Fate::NewRecord { .. } | Fate::Reply { .. } | Fate::Arrived { .. }) => batch.delivered += 1,
            Ok(Fate::Held(_)) => batch.held += 1,
            Ok(Fate::Ignored(_)) => batch.ignored += 1,
            Ok(Fate::Queued { .. } | Fate::Retrying { .. } | Fate::Refused(_)) => batch.waiting += 1,
            Err(error @ (OperationError::Refused(_) | OperationError::NotFound(_) | OperationError::Conflict(_))) => {
                batch.left += 1;
                batch.words.get_or_insert_with(|| error.to_string());
            }
            Err(error) => return Err(error),
        }
    }
    if ids.len() as i64 == BATCH {
        batch.next = ids.last().copied();
    }
    Ok(batch)
}

/// The contacts from which a person chooses who wrote a held message: those of this database, or of the connection that the
/// message goes to.
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
            (Some(connection), Some(address)) => partners::link_of(db, connection, &address)?,
            _ => None,
        };
        let connection = match connection_of(db, &message)? {
            Some(id) => store::connections::get(db, id)?.map(|stored| stored.settings),
            None => None,
        };
        let likely = match &connection {
            None => {
                let (name, address) = contacts::name_and_address(message.email_from.as_deref().unwrap_or_default());
                contacts::alike(db, caller, (&name, &address), None)?
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
/// A contact without an address gets the sender's. If it has another one, a mail that stays here counts as written from the
/// contact's own address; for a connection Mailgate remembers whose address it is, unless the link is for this mail alone.
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
    normalize_address(&contacts::name_and_address(message.email_from.as_deref().unwrap_or_default()).1)
}

/// Links the sender with a contact of a connection. A contact without an address gets the sender's, and Mailgate remembers that
/// the address is this contact's. A contact that has the address already is found by it, so nothing is remembered; if another
/// contact was remembered for the address, that is forgotten.
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
        let before = partners::link_of(db, connection, address)?;
        let said = match &before {
            Some(before) if before.partner == contact.id => return Ok(()),
            None if is_found => return Ok(()),
            Some(_) if is_found => {
                partners::forget_link(db, connection, address)?;
                None
            }
            _ => {
                partners::put_link(db, connection, address, (contact.id, &contact.name), &caller.login)?;
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
    Ok(audit::write(
        db,
        &NewAuditEntry::new(caller, AuditAction::Write, Connection::MODEL, Some(connection.0), name)
            .changed(before.map(|before| json!({ "contact": before.partner })), after),
    )?)
}

/// What was said of this sender's address is forgotten: from the next mail on the address itself counts.
pub fn forget_sender(app: &App, caller: &Caller, id: MessageId) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::HeldMail, || say!("deed-link-senders"))?;
    app.store.write(|db| {
        let message = existing(db, caller, id)?;
        let (Some(connection), Some(address)) = (connection_of(db, &message)?, written_by(&message)) else {
            return Ok(());
        };
        let Some(before) = partners::link_of(db, connection, &address)? else { return Ok(()) };
        partners::forget_link(db, connection, &address)?;
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
                    &NewAuditEntry::new(caller, AuditAction::Write, "res.partner", Some(partner.0), &contact.name)
                        .changed(Some(json!({"email": null})), Some(json!({ "email": given }))),
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

/// Makes contacts for the senders of many mails: signs in once at each connection, and leaves out one that did not answer.
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
        let typed = TypedPartner {
            name: sender.contact_name().to_owned(),
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

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn a_sender_is_typed_with_or_without_a_name() {
        let read = address("Amina Diallo <amina@people.example>").unwrap();
        assert_eq!((read.name.as_str(), read.address.as_str()), ("Amina Diallo", "amina@people.example"));
        assert_eq!(address("amina@people.example").unwrap().name, "");
        for wrong in ["amina", "a b@c", "<>", "x <y>"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }
}
