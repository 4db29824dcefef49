//! One decision for everything that a filter shows, a bounded batch at a time: a request ends in time, and what
//! was done stays done.

use std::time::{Duration, Instant};

use super::act::checked_reason;
use super::sender_desk::SenderDesk;
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
