//! One decision for everything that a filter shows, a bounded batch at a time: a request ends in time, and what
//! was done stays done.

use super::act::{checked_reason, possible};
use super::{Deed, LedgerRequest, act};
use crate::domain::fate::Fate;
use crate::domain::id::MessageId;
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::operations::{App, OperationError, require};
use crate::say;
use crate::store::messages;

/// Messages in one batch.
pub const BATCH: i64 = 200;

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
    let ids = app.store.read(|db| messages::list::ids(db, &query.filter(), after, BATCH))?;
    let mut batch = Batch::default();
    for id in &ids {
        let Some(message) = app.store.read(|db| messages::view::find(db, *id))? else { continue };
        if !possible(message.state, message.reason, message.source.is_some()).contains(&deed) {
            batch.left += 1;
            continue;
        }
        match act(app, caller, *id, deed, reason) {
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
