//! What the mail server is still to be told about each message; where that fails, it is tried again by itself.

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::SubsecRound;
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::connection::{Db, StoreError, insert_all};
use super::schema::{acknowledgements, messages};
use crate::domain::Moment;
use crate::domain::id::{MailboxId, MessageId};
use crate::domain::ledger::AckState;
use crate::domain::message::{Came, Proof};
use crate::domain::words::Sentence;

/// A message that the server is to be told about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueAcknowledgement {
    pub message: MessageId,
    pub source_key: String,
    /// Proof that the server's message is the one that is kept here. None where not all of it came: then it is never removed
    /// there.
    pub proof: Option<Proof>,
}

/// What the server and Mailgate know a message by.
#[derive(Queryable, Selectable)]
#[diesel(table_name = messages)]
struct ToldBy {
    id: MessageId,
    source_key: String,
    header_digest: Option<String>,
    #[diesel(deserialize_as = i64)]
    size: u64,
}

/// A header's digest as [`crate::domain::message::header_digest`] gives it: rows of older versions have all digits of the SHA-256.
fn short(digest: String) -> String {
    let whole = hex::decode(&digest).ok().filter(|bytes| bytes.len() == 32);
    whole.map_or(digest, |bytes| URL_SAFE_NO_PAD.encode(&bytes[..16]))
}

/// The mail server is to be told about a message. A message that it is never told about has no row.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = acknowledgements)]
pub struct NewAcknowledgement {
    message_id: MessageId,
    mailbox_id: MailboxId,
    state: AckState,
    due: Moment,
    removable: bool,
}

impl NewAcknowledgement {
    /// To be told from `due` on.
    pub fn new(message: MessageId, mailbox: MailboxId, due: Moment, came: Came) -> Self {
        let (state, removable) = (AckState::Pending, came == Came::All);
        // A fraction of a second earlier does no harm, and is shorter where moments are stored as texts.
        Self { message_id: message, mailbox_id: mailbox, state, due: due.trunc_subsecs(0), removable }
    }
}

/// It is to be told, now or later. The words are those of the index for such rows.
pub(super) fn is_pending() -> SqlLiteral<Bool> {
    sql("acknowledgements.state = 'pending'")
}

pub fn insert(db: &mut Db, new: &[NewAcknowledgement]) -> Result<(), StoreError> {
    insert_all!(db, acknowledgements::table, new);
    Ok(())
}

/// At most `limit` that are due, above the message `after`, in the ledger's order; `limit` is 10,000 at most.
pub fn due(
    db: &mut Db,
    mailbox: MailboxId,
    at: Moment,
    after: MessageId,
    limit: i64,
) -> Result<Vec<DueAcknowledgement>, StoreError> {
    // They are found by the index alone and only then looked up, since in a large mailbox all may wait.
    let due: Vec<(MessageId, bool)> = acknowledgements::table
        .filter(acknowledgements::mailbox_id.eq(mailbox))
        .filter(is_pending())
        .filter(acknowledgements::due.le(at))
        .filter(acknowledgements::message_id.gt(after))
        .order(acknowledgements::message_id)
        .limit(limit)
        .select((acknowledgements::message_id, acknowledgements::removable))
        .load(db)?;
    let ids: Vec<MessageId> = due.iter().map(|(id, _)| *id).collect();
    let removable: HashSet<MessageId> = due.into_iter().filter(|(_, removable)| *removable).map(|(id, _)| id).collect();
    let told = messages::table.filter(messages::id.eq_any(ids)).order(messages::id).select(ToldBy::as_select());
    let due = |told: ToldBy| DueAcknowledgement {
        proof: told
            .header_digest
            .map(short)
            .filter(|_| removable.contains(&told.id))
            .map(|header_digest| Proof { header_digest, size: told.size }),
        message: told.id,
        source_key: told.source_key,
    };
    Ok(told.load(db)?.into_iter().map(due).collect())
}

/// What the mail server has been told of a message.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = acknowledgements)]
pub struct Acknowledgement {
    pub state: AckState,
    pub due: Moment,
    pub last_error: Option<Sentence>,
}

/// None where the server is never told.
pub fn get(db: &mut Db, id: MessageId) -> Result<Option<Acknowledgement>, StoreError> {
    Ok(acknowledgements::table.find(id).select(Acknowledgement::as_select()).first(db).optional()?)
}

/// Whether anything waits to be told, due or not.
pub fn any_pending(db: &mut Db, mailbox: MailboxId) -> Result<bool, StoreError> {
    let some: Option<MessageId> = acknowledgements::table
        .filter(acknowledgements::mailbox_id.eq(mailbox))
        .filter(is_pending())
        .select(acknowledgements::message_id)
        .first(db)
        .optional()?;
    Ok(some.is_some())
}

/// Nothing more is to be told about these.
pub fn settle(db: &mut Db, ids: &[MessageId], state: AckState) -> Result<(), StoreError> {
    for some in ids.chunks(500) {
        diesel::update(acknowledgements::table.filter(acknowledgements::message_id.eq_any(some)))
            .set((acknowledgements::state.eq(state), acknowledgements::last_error.eq(None::<Sentence>)))
            .execute(db)?;
    }
    Ok(())
}

/// The server is told nothing about this message while that is taken back.
pub fn suspend(db: &mut Db, id: MessageId) -> Result<(), StoreError> {
    let pending = acknowledgements::table.find(id).filter(acknowledgements::state.eq(AckState::Pending));
    diesel::update(pending).set(acknowledgements::state.eq(AckState::Suspended)).execute(db)?;
    Ok(())
}

/// What the server was not told yet is told again.
pub fn resume(db: &mut Db, id: MessageId) -> Result<(), StoreError> {
    let suspended = acknowledgements::table.find(id).filter(acknowledgements::state.eq(AckState::Suspended));
    diesel::update(suspended).set(acknowledgements::state.eq(AckState::Pending)).execute(db)?;
    Ok(())
}

/// The server could not be told; the next pass tries again.
pub fn failed(db: &mut Db, ids: &[MessageId], error: &Sentence) -> Result<(), StoreError> {
    for some in ids.chunks(500) {
        diesel::update(acknowledgements::table.filter(acknowledgements::message_id.eq_any(some)))
            .set((
                acknowledgements::attempts.eq(acknowledgements::attempts + 1),
                acknowledgements::last_error.eq(error),
            ))
            .execute(db)?;
    }
    Ok(())
}

/// The server refused for this one message; it is told again from `due` on.
pub fn refused(db: &mut Db, id: MessageId, words: &Sentence, due: Moment) -> Result<(), StoreError> {
    failed(db, &[id], words)?;
    diesel::update(acknowledgements::table.find(id)).set(acknowledgements::due.eq(due)).execute(db)?;
    Ok(())
}

/// The message is on the server again as if nothing had been told: tell it again from `due` on, but after three times leave
/// it.
pub fn renew(db: &mut Db, id: MessageId, due: Moment) -> Result<(), StoreError> {
    let times: Option<i32> =
        acknowledgements::table.find(id).select(acknowledgements::attempts).first(db).optional()?;
    let Some(times) = times else { return Ok(()) };
    let state = if times < 3 { AckState::Pending } else { AckState::Gone };
    diesel::update(acknowledgements::table.find(id))
        .set((
            acknowledgements::state.eq(state),
            acknowledgements::due.eq(due),
            acknowledgements::attempts.eq(times + 1),
        ))
        .execute(db)?;
    Ok(())
}
