//! What the mail server is still to be told of each message; retried on its own.

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::schema::{acknowledgements, messages};
use crate::domain::Moment;
use crate::domain::id::{MailboxId, MessageId};
use crate::domain::ledger::AckState;

/// One to tell, with what proves that the server's message is the one we keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    pub message: MessageId,
    pub source_key: String,
    pub header_digest: String,
    /// Bytes, as the server listed it.
    pub size: u64,
}

/// The mail server is to be told, from `due` on. A message of which it is never told has no row.
pub fn insert(db: &mut Db, message: MessageId, mailbox: MailboxId, due: Moment) -> Result<(), StoreError> {
    let row = (
        acknowledgements::message_id.eq(message.0),
        acknowledgements::mailbox_id.eq(mailbox.0),
        acknowledgements::state.eq(AckState::Pending.code()),
        acknowledgements::due.eq(due),
    );
    crate::on_backend!(db, conn => diesel::insert_into(acknowledgements::table).values(row).execute(conn))?;
    Ok(())
}

/// At most `limit` that are due, above the message `after`, in the ledger's order; `limit` is 10,000 at most. Each was
/// inserted together with its source, so it has a header digest; where one were missing, nothing on the server is like it.
pub fn due(db: &mut Db, mailbox: MailboxId, at: Moment, after: MessageId, limit: i64) -> Result<Vec<Due>, StoreError> {
    // Found by the index alone, and only then looked up: of a large mailbox all wait to be told.
    let ids: Vec<i32> = acknowledgements::table
        .filter(acknowledgements::mailbox_id.eq(mailbox.0))
        .filter(acknowledgements::state.eq(AckState::Pending.code()))
        .filter(acknowledgements::due.le(at))
        .filter(acknowledgements::message_id.gt(after.0))
        .order(acknowledgements::message_id)
        .limit(limit)
        .select(acknowledgements::message_id)
        .load(db)?;
    let rows: Vec<(i32, String, Option<String>, i64)> = messages::table
        .filter(messages::id.eq_any(ids))
        .order(messages::id)
        .select((messages::id, messages::source_key, messages::header_digest, messages::size))
        .load(db)?;
    Ok(rows
        .into_iter()
        .map(|(id, source_key, header_digest, size)| Due {
            message: MessageId(id),
            source_key,
            header_digest: header_digest.unwrap_or_default(),
            size: u64::try_from(size).unwrap_or_default(),
        })
        .collect())
}

/// Whether anything waits to be told, due or not.
pub fn any_pending(db: &mut Db, mailbox: MailboxId) -> Result<bool, StoreError> {
    let some: Option<i32> = acknowledgements::table
        .filter(acknowledgements::mailbox_id.eq(mailbox.0))
        .filter(acknowledgements::state.eq(AckState::Pending.code()))
        .select(acknowledgements::message_id)
        .first(db)
        .optional()?;
    Ok(some.is_some())
}

/// Ends the telling of these.
pub fn settle(db: &mut Db, ids: &[MessageId], state: AckState) -> Result<(), StoreError> {
    for some in ids.chunks(500) {
        diesel::update(acknowledgements::table.filter(acknowledgements::message_id.eq_any(some.iter().map(|id| id.0))))
            .set((acknowledgements::state.eq(state.code()), acknowledgements::last_error.eq(None::<String>)))
            .execute(db)?;
    }
    Ok(())
}

/// The server did not take it; the next pass tells it again.
pub fn failed(db: &mut Db, ids: &[MessageId], error: &str) -> Result<(), StoreError> {
    for some in ids.chunks(500) {
        diesel::update(acknowledgements::table.filter(acknowledgements::message_id.eq_any(some.iter().map(|id| id.0))))
            .set((
                acknowledgements::attempts.eq(acknowledgements::attempts + 1),
                acknowledgements::last_error.eq(error),
            ))
            .execute(db)?;
    }
    Ok(())
}

/// The message stands on the server again as if it had not been told: tell it once more from `due` on, but after
/// three times leave it.
pub fn renew(db: &mut Db, id: MessageId, due: Moment) -> Result<(), StoreError> {
    let times: Option<i32> =
        acknowledgements::table.find(id.0).select(acknowledgements::attempts).first(db).optional()?;
    let Some(times) = times else { return Ok(()) };
    let state = if times < 3 { AckState::Pending } else { AckState::Gone };
    diesel::update(acknowledgements::table.find(id.0))
        .set((
            acknowledgements::state.eq(state.code()),
            acknowledgements::due.eq(due),
            acknowledgements::attempts.eq(times + 1),
        ))
        .execute(db)?;
    Ok(())
}
