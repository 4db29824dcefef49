//! What a person decides about one message. The ledger does it and keeps the history; the audit remembers who.

use serde_json::{Value, json};

use super::existing;
use super::sender_desk::SenderDesk;
use crate::domain::Invalid;
use crate::domain::audit::AuditAction;
use crate::domain::fate::Fate;
use crate::domain::id::MessageId;
use crate::domain::ledger::{MailState, Reason};
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::domain::words::Sentence;
use crate::operations::{App, OperationError, require};
use crate::pipeline::{self, By, Correction, RepairError};
use crate::say;
use crate::store::audit::{self, NewAuditEntry};
use crate::store::messages::view::MessageRow;
use crate::store::{Db, StoreError};

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
pub(super) fn checked_reason(reason: &str) -> Result<&str, OperationError> {
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
