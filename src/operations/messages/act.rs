//! What a person decides about messages: one, corrected or as it is, or everything that a filter shows. The ledger does
//! it and keeps the history; the audit remembers who.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::sender::{SenderDesk, connection_of, model_of};
use super::{LedgerRequest, existing};
use crate::domain::Invalid;
use crate::domain::address::{Address, normalize};
use crate::domain::audit::AuditAction;
use crate::domain::id::{MessageId, RecordId};
use crate::domain::ledger::{Fate, MailState, Reason};
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::domain::words::Sentence;
use crate::operations::{App, OperationError, connections, partners as contacts, require};
use crate::pipeline::{self, By, Correction, RepairError};
use crate::say;
use crate::store::audit::{self, NewAuditEntry};
use crate::store::messages::view::MessageRow;
use crate::store::sight::RecordSight;
use crate::store::{Db, StoreError, messages, records};

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

    /// Whether wanting it delivered all the same can change anything.
    fn yields_to_a_hand(self) -> bool {
        match self.reason {
            // Neither a record type nor a text comes of wanting it; the last one is taken back on its record.
            Some(Reason::Unreadable | Reason::NoRecordType | Reason::NotAGrievance) => false,
            Some(Reason::UnknownSender) => !self.is_one_of(&[SEVERAL, NEEDS_CONTACT, NEEDS_SENDER]),
            _ => true,
        }
    }

    fn is_one_of(self, keys: &[&str]) -> bool {
        self.detail.is_some_and(|detail| keys.iter().any(|key| detail.is_of(key)))
    }
}

/// Why a sender is unknown, as the rules of routing and of the way to a connection say it: several registrants have the
/// address; such a record can't be without a contact, and nobody is named; nobody is named.
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
        let entry = NewAuditEntry {
            caller,
            action,
            object_model: "mailgate.message",
            object_id: Some(message.id.0),
            object_name: message.subject.as_deref().unwrap_or(&message.source_key),
            before: Some(json!({"state": message.state.code(), "reason_code": message.reason.map(Reason::code)})),
            after: Some(after),
        };
        audit::write(db, &entry)
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
    if normalize(&address).is_none() || typed.chars().any(char::is_control) || address.contains(char::is_whitespace) {
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
    let ids = app.store.read(|db| {
        let filter = query.filter(db, caller)?;
        messages::list::ids(db, &filter, after, BATCH)
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
