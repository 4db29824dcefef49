//! What a person decides about one message. The ledger does it and keeps the history; the audit remembers who.

use serde_json::{Value, json};

use super::existing;
use crate::domain::Invalid;
use crate::domain::audit::AuditAction;
use crate::domain::fate::Fate;
use crate::domain::id::MessageId;
use crate::domain::ledger::{MailState, Reason};
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
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
        /// Fetch it although it is larger than the mailbox's limit, or was not handed over.
        Download = "download",
        /// It makes no record; needs a reason.
        Dismiss = "dismiss",
    }
}

impl Deed {
    pub fn label(self) -> &'static str {
        match self {
            Deed::Retry => "Retry",
            Deed::Deliver => "Deliver by hand",
            Deed::Download => "Download anyway",
            Deed::Dismiss => "Dismiss",
        }
    }
}

const MAX_REASON: usize = 500;

/// What can be done with a message as it stands.
pub fn possible(state: MailState, reason: Option<Reason>, has_source: bool) -> Vec<Deed> {
    let undownloaded = matches!(reason, Some(Reason::TooLarge | Reason::NotDownloaded));
    Deed::ALL
        .iter()
        .copied()
        .filter(|deed| match deed {
            Deed::Retry => matches!(state, MailState::Held | MailState::Retrying) && has_source,
            Deed::Deliver => {
                matches!(state, MailState::Held | MailState::Ignored)
                    && (has_source || reason == Some(Reason::ImportUndone))
            }
            Deed::Download => state == MailState::Held && undownloaded && !has_source,
            Deed::Dismiss => matches!(state, MailState::Held | MailState::Retrying),
        })
        .collect()
}

/// Does it, and says what becomes of the message. `reason` matters for [`Deed::Dismiss`] only.
pub fn act(app: &App, caller: &Caller, id: MessageId, deed: Deed, reason: &str) -> Result<Fate, OperationError> {
    require(caller, Right::Write, Object::HeldMail, || say!("deed-decide-about-messages"))?;
    let message = app.store.read(|db| existing(db, id))?;
    let action = match deed {
        Deed::Retry | Deed::Download => AuditAction::Retry,
        Deed::Deliver => AuditAction::Deliver,
        Deed::Dismiss => AuditAction::Dismiss,
    };
    let detail = (deed == Deed::Dismiss).then(|| reason.trim().to_owned());
    let after = json!({ "reason": detail });
    let told = remembered(caller, &message, action, &after);
    let by = By { login: &caller.login, remember: &told };
    Ok(match deed {
        Deed::Retry => pipeline::redeliver(app.pipeline(), id, &Correction::default(), by)?.fate,
        Deed::Deliver => {
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
