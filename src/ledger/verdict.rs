//! *Not a grievance*: what a person's word about a record means for the mail on it, both ways.
//!
//! The claims stay taken (ARCHITECTURE §4): should the mail server hand the same mail out again, it is a duplicate of
//! what was decided already, and nobody decides it twice.

use super::StateChange;
use crate::domain::id::RecordId;
use crate::domain::ledger::{MailState, Reason};
use crate::store::{Db, StoreError, messages};

/// The mail on this record is ignored, by this person.
pub fn not_a_grievance(db: &mut Db, model: &str, record: RecordId, login: &str) -> Result<(), StoreError> {
    turn(db, model, record, MailState::Delivered, MailState::Ignored, Some(login))
}

/// The mail on this record is delivered after all.
pub fn a_grievance_after_all(db: &mut Db, model: &str, record: RecordId, login: &str) -> Result<(), StoreError> {
    turn(db, model, record, MailState::Ignored, MailState::Delivered, Some(login))
}

/// A reply undoes the verdict: its writer thinks that it is one, and a person decides again.
pub fn a_reply_came(db: &mut Db, model: &str, record: RecordId) -> Result<(), StoreError> {
    turn(db, model, record, MailState::Ignored, MailState::Delivered, None)
}

fn turn(
    db: &mut Db,
    model: &str,
    record: RecordId,
    from: MailState,
    to: MailState,
    login: Option<&str>,
) -> Result<(), StoreError> {
    let reason = (to == MailState::Ignored).then_some(Reason::NotAGrievance);
    let was = (from == MailState::Ignored).then_some(Reason::NotAGrievance);
    for id in messages::list::of_record(db, model, record, from, was)? {
        super::turn(db, id, &[from], StateChange { state: to, reason, detail: None, next: None }, 0, login)?;
    }
    Ok(())
}
