//! What a person decides about a message.

use crate::domain::id::MessageId;
use crate::domain::ledger::{Reason, State};
use crate::domain::now;
use crate::store::messages::{self, Move};
use crate::store::{Db, StoreError, claims};

/// It makes no record, for this reason. Its claim is free again. False where it is neither held nor retried.
pub fn dismiss(db: &mut Db, id: MessageId, reason: &str, login: &str) -> Result<bool, StoreError> {
    let at = now();
    let to = Move {
        state: State::Ignored,
        reason_code: Some(Reason::Dismissed),
        reason_detail: Some(reason),
        attempts: 0,
        next_attempt: None,
        settled_at: Some(at),
        write_date: at,
    };
    if !messages::advance(db, id, &[State::Held, State::Retrying], &to)? {
        return Ok(false);
    }
    claims::free(db, id)?;
    messages::remember(db, id, State::Ignored, Some(Reason::Dismissed), Some(reason), Some(login))?;
    Ok(true)
}

/// A message that is known only by its key is to be downloaded by the next pass. False where it is not held.
pub fn want(db: &mut Db, id: MessageId, login: &str) -> Result<bool, StoreError> {
    let at = now();
    let detail = "It is downloaded at the next fetch.";
    let to = Move {
        state: State::Retrying,
        reason_code: Some(Reason::NotDownloaded),
        reason_detail: Some(detail),
        attempts: 0,
        next_attempt: Some(at),
        settled_at: None,
        write_date: at,
    };
    if !messages::advance(db, id, &[State::Held], &to)? {
        return Ok(false);
    }
    messages::remember(db, id, State::Retrying, Some(Reason::NotDownloaded), Some(detail), Some(login))?;
    Ok(true)
}
