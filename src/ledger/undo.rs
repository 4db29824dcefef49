//! What an undone import means for a message of it, both ways: its claim is free meanwhile, and the mail server is told nothing
//! more of it. What it was told stays told.

use super::{StateChange, turn};
use crate::domain::id::MessageId;
use crate::domain::ledger::{Fate, Why};
use crate::domain::ledger::{MailState, Reason};
use crate::domain::now;
use crate::say;
use crate::store::claims::{self, Claim};
use crate::store::{Db, StoreError, acknowledgements};

/// It makes no record. False where it is not in this state any more.
pub fn take_back(db: &mut Db, id: MessageId, from: MailState, login: &str) -> Result<bool, StoreError> {
    let undone =
        StateChange { state: MailState::Ignored, reason: Some(Reason::ImportUndone), detail: None, next: None };
    if !turn(db, id, &[from], undone, 0, Some(login))? {
        return Ok(false);
    }
    claims::free(db, id)?;
    acknowledgements::suspend(db, id)?;
    Ok(true)
}

/// The record that it made has it again, by this person or by a reply; or it is a duplicate, because the same mail came again
/// meanwhile. None where it is not taken back (any more).
pub fn deliver_again(
    db: &mut Db,
    id: MessageId,
    claim: &Claim<'_>,
    record: Fate,
    login: Option<&str>,
) -> Result<Option<Fate>, StoreError> {
    let fate = match claims::take(db, claim, id)? {
        Ok(()) => record,
        Err(other) => Fate::ignored(Reason::Duplicate, say!("detail-same-mail", other = other.0)),
    };
    if !turn(db, id, &[MailState::Ignored], StateChange::to(&fate)?, 0, login)? {
        return Ok(None);
    }
    acknowledgements::resume(db, id)?;
    Ok(Some(fate))
}

/// It made no record: it goes its way again, from its route on, or from its download where it is not here. None where it is not
/// taken back (any more).
pub fn take_up(db: &mut Db, id: MessageId, is_here: bool, login: &str) -> Result<Option<Fate>, StoreError> {
    let why = match is_here {
        true => Why::new(Reason::Temporary, say!("detail-import-restored")),
        false => Why::new(Reason::NotDownloaded, say!("detail-next-fetch")),
    };
    let fate = Fate::Retrying { why, next: now() };
    if !turn(db, id, &[MailState::Ignored], StateChange::to(&fate)?, 0, Some(login))? {
        return Ok(None);
    }
    acknowledgements::resume(db, id)?;
    Ok(Some(fate))
}
