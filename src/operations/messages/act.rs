//! What a person decides about one message. The ledger does it and keeps the history; the audit remembers who.

use serde_json::json;

use super::{WRITERS, existing};
use crate::domain::Invalid;
use crate::domain::audit::Action;
use crate::domain::id::MessageId;
use crate::domain::ledger::{Reason, State};
use crate::domain::person::Caller;
use crate::intake::{self, Correction, RepairError};
use crate::operations::{App, OperationError, require};
use crate::store::audit::{self, Entry};
use crate::store::message_view::Message;

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
pub fn possible(state: State, reason: Option<Reason>, has_source: bool) -> Vec<Deed> {
    let undownloaded = matches!(reason, Some(Reason::TooLarge | Reason::NotDownloaded));
    Deed::ALL
        .iter()
        .copied()
        .filter(|deed| match deed {
            Deed::Retry => matches!(state, State::Held | State::Retrying) && has_source,
            Deed::Deliver => matches!(state, State::Held | State::Ignored) && has_source,
            Deed::Download => state == State::Held && undownloaded && !has_source,
            Deed::Dismiss => matches!(state, State::Held | State::Retrying),
        })
        .collect()
}

/// Does it, and says in which state the message is then. `reason` matters for [`Deed::Dismiss`] only.
pub fn act(app: &App, caller: &Caller, id: MessageId, deed: Deed, reason: &str) -> Result<State, OperationError> {
    require(caller, &WRITERS, "decide about messages")?;
    let message = app.store.read(|db| existing(db, id))?;
    let state = match deed {
        Deed::Retry => redeliver(app, caller, id, &Correction::default())?,
        Deed::Deliver => redeliver(app, caller, id, &Correction { force: true, ..Correction::default() })?,
        Deed::Download => {
            intake::download_anyway(&app.intake(), id, &caller.login)?;
            message.state
        }
        Deed::Dismiss => {
            intake::dismiss(&app.intake(), id, checked_reason(reason)?, &caller.login)?;
            State::Ignored
        }
    };
    let action = match deed {
        Deed::Retry | Deed::Download => Action::Retry,
        Deed::Deliver => Action::Deliver,
        Deed::Dismiss => Action::Dismiss,
    };
    let detail = (deed == Deed::Dismiss).then(|| reason.trim().to_owned());
    remember(app, caller, &message, action, json!({"state": state.code(), "reason": detail}))?;
    Ok(state)
}

/// A reason that is worth keeping: one line that says something.
pub(super) fn checked_reason(reason: &str) -> Result<&str, OperationError> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(
            Invalid::new("reason", "Say why it is dismissed; whoever looks for this mail later reads it.").into()
        );
    }
    if reason.chars().count() > MAX_REASON || reason.chars().any(char::is_control) {
        let words = format!("A reason is one line of at most {MAX_REASON} characters.");
        return Err(Invalid::new("reason", words).into());
    }
    Ok(reason)
}

pub(super) fn redeliver(
    app: &App,
    caller: &Caller,
    id: MessageId,
    correction: &Correction,
) -> Result<State, OperationError> {
    Ok(intake::redeliver(&app.intake(), id, correction, &caller.login)?.state)
}

pub(super) fn remember(
    app: &App,
    caller: &Caller,
    message: &Message,
    action: Action,
    after: serde_json::Value,
) -> Result<(), OperationError> {
    app.store.write(|db| {
        audit::write(
            db,
            &Entry {
                caller,
                action,
                object_model: "mailgate.message",
                object_id: Some(message.id.0),
                object_name: message.subject.as_deref().unwrap_or(&message.source_key),
                before: Some(json!({"state": message.state.code(), "reason_code": message.reason.map(Reason::code)})),
                after: Some(after),
            },
        )
    })?;
    Ok(())
}

impl From<RepairError> for OperationError {
    fn from(error: RepairError) -> Self {
        match error {
            RepairError::Store(error) => error.into(),
            RepairError::NotFound(_) => OperationError::NotFound(error.to_string()),
            RepairError::NotNow(words) => OperationError::Refused(words),
        }
    }
}
