//! What happens to a message that could not be read, downloaded or delivered.

use crate::domain::id::MessageId;
use crate::domain::ledger::{Reason, State};
use crate::domain::{Moment, now};
use crate::message::Unreadable;
use crate::store::messages::{self, Move};
use crate::store::{Db, StoreError};

/// How often a message is tried again before a person must look.
const ATTEMPTS: i32 = 4;

/// When to try again after so many attempts: in 1, 2, 4 minutes.
pub fn backoff(attempts: i32) -> Moment {
    now() + chrono::TimeDelta::minutes(1 << attempts.clamp(0, 6))
}

/// A message could not be downloaded or delivered for a reason that may pass: it is tried again from `next` on, and
/// after four attempts held.
pub fn try_again(
    db: &mut Db,
    id: MessageId,
    attempts: i32,
    (waiting, given_up): (Reason, Reason),
    detail: &str,
    next: Moment,
) -> Result<State, StoreError> {
    if attempts + 1 >= ATTEMPTS {
        fail(db, id, attempts + 1, given_up, detail)?;
        return Ok(State::Held);
    }
    change(db, id, State::Retrying, Some(waiting), Some(detail), attempts + 1, Some(next))?;
    Ok(State::Retrying)
}

/// Logs an unexpected fault under a number that a person can quote; gives back what stands on the message.
pub fn fault(whose: &str, what: &str) -> String {
    let number = uuid::Uuid::new_v4().simple().to_string()[..8].to_owned();
    tracing::error!(whose, number, "{what}");
    format!("Fault {number}.")
}

/// What stands on a message that can't be read; `whose` names it in the log. An error where its source itself fails.
pub fn unreadable(error: &Unreadable, whose: &str) -> Result<(Reason, String), StoreError> {
    match error {
        Unreadable::Empty => Ok((Reason::Unreadable, format!("{error}."))),
        Unreadable::Panicked => Ok((Reason::Fault, fault(whose, &error.to_string()))),
        Unreadable::Source(error) => Err(StoreError::Corrupt(format!("source of {whose}: {error}"))),
    }
}

/// A message can't be read or delivered: a person must look at it.
pub fn fail(db: &mut Db, id: MessageId, attempts: i32, reason: Reason, detail: &str) -> Result<(), StoreError> {
    change(db, id, State::Held, Some(reason), Some(detail), attempts, None)
}

fn change(
    db: &mut Db,
    id: MessageId,
    state: State,
    reason: Option<Reason>,
    detail: Option<&str>,
    attempts: i32,
    next_attempt: Option<Moment>,
) -> Result<(), StoreError> {
    let at = now();
    let to = Move {
        state,
        reason_code: reason,
        reason_detail: detail,
        attempts,
        next_attempt,
        settled_at: state.is_settled().then_some(at),
        write_date: at,
    };
    if messages::advance(db, id, State::ALL, &to)? {
        messages::remember(db, id, state, reason, detail, None)?;
    }
    Ok(())
}
