//! The only writer of a message's state: what a message goes through, each step with its line of history. Every
//! function works within the caller's transaction, so that a state never says more than what is committed with it.

mod arrival;
pub mod outbox;
mod settle;
pub mod undo;
pub mod verdict;

pub use arrival::{AcknowledgeWhen, Arrival, ArrivedContent, ArrivedSource, downloaded, receive};
pub use settle::{SettledRows, backoff, dismiss, end, fault, put_off, settle, unreadable, want};

use crate::domain::id::MessageId;
use crate::domain::ledger::Fate;
use crate::domain::ledger::{MailState, Reason};
use crate::domain::words::Sentence;
use crate::domain::{Moment, now};
use crate::store::messages::fate::{self, Move, NewEvent};
use crate::store::{Db, StoreError};

/// The states in which a message waits for its route or its delivery.
pub const OPEN: &[MailState] = &[MailState::Received, MailState::Routed, MailState::Delivering, MailState::Retrying];
/// Those from which a person may have it delivered again.
pub const REPAIRABLE: &[MailState] = &[MailState::Held, MailState::Ignored, MailState::Retrying];

/// A change of a message's state, beside what it becomes.
#[derive(Clone, Copy)]
struct StateChange<'a> {
    state: MailState,
    reason: Option<Reason>,
    detail: Option<&'a Sentence>,
    next: Option<Moment>,
}

impl<'a> StateChange<'a> {
    fn to(fate: &'a Fate) -> Result<Self, StoreError> {
        let not_kept = || StoreError::Corrupt("a mail that is not kept has no row to write its fate on".into());
        let next = match fate {
            Fate::Retrying { next, .. } => Some(*next),
            _ => None,
        };
        Ok(Self { state: fate.state().ok_or_else(not_kept)?, reason: fate.reason(), detail: fate.detail(), next })
    }

    /// Its line in the message's history.
    fn event<'l>(&self, message: MessageId, at: Moment, login: Option<&'l str>) -> NewEvent<'l> {
        let Self { state, reason, detail, .. } = *self;
        NewEvent { message_id: message, at, state, reason_code: reason, detail: detail.cloned(), login }
    }
}

/// Moves a message that stands in one of these states, with a line in its history. False where it stands in another by now.
fn turn(
    db: &mut Db,
    id: MessageId,
    from: &[MailState],
    to: StateChange<'_>,
    attempts: i32,
    login: Option<&str>,
) -> Result<bool, StoreError> {
    let at = now();
    let row = Move {
        state: to.state,
        reason_code: to.reason,
        reason_detail: to.detail,
        attempts,
        next_attempt: to.next,
        settled_at: to.state.is_settled().then_some(at),
        write_date: at,
    };
    let moved = fate::advance(db, id, from, &row)?;
    if moved {
        fate::remember(db, &[to.event(id, at, login)])?;
    }
    Ok(moved)
}
