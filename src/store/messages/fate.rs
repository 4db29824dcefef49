//! What becomes of each message: its fate, and the history of its fate. Which state follows which is `ledger`'s.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::domain::id::{ConnectionId, MessageId, RecordId, ServerId};
use crate::domain::ledger::{MailState, Reason};
use crate::domain::route::{TraceStep, trace_to_text};
use crate::domain::words::Sentence;
use crate::domain::{Moment, now};
use crate::store::connection::insert_all;
use crate::store::prepared::prepared;
use crate::store::schema::{fates, handovers, message_history, messages};
use crate::store::values::RouteTrace;
use crate::store::{Db, StoreError};

/// The fate of a mail as it is received.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = fates, treat_none_as_default_value = false)]
pub struct NewFate<'a> {
    pub id: MessageId,
    pub server_id: ServerId,
    pub state: MailState,
    pub reason_code: Option<Reason>,
    pub reason_detail: Option<&'a Sentence>,
    pub attempts: i32,
    pub next_attempt: Option<Moment>,
    pub connection_id: Option<ConnectionId>,
    /// A sentence a line.
    pub notes: Option<&'a str>,
    pub settled_at: Option<Moment>,
    pub write_date: Moment,
}

pub fn insert(db: &mut Db, new: &[NewFate<'_>]) -> Result<(), StoreError> {
    insert_all!(db, fates::table, new);
    Ok(())
}

/// What routing decided, and what came of it; written whole.
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = fates, treat_none_as_null = true)]
pub struct FateWritten<'a> {
    pub state: MailState,
    pub reason_code: Option<Reason>,
    pub reason_detail: Option<&'a Sentence>,
    pub next_attempt: Option<Moment>,
    pub object_model: Option<&'a str>,
    pub connection_id: Option<ConnectionId>,
    pub res_model: Option<&'a str>,
    pub res_id: Option<RecordId>,
    pub trace: Option<&'a str>,
    pub notes: Option<&'a str>,
    pub settled_at: Option<Moment>,
    pub write_date: Moment,
}

pub fn settle(db: &mut Db, id: MessageId, settled: &FateWritten<'_>) -> Result<(), StoreError> {
    let query = diesel::update(fates::table.find(id)).set(settled).returning(fates::id);
    prepared(query).one::<MessageId>(db)?;
    Ok(())
}

/// The source of a message came that was only known until now: it waits for its route.
pub fn receive(db: &mut Db, id: MessageId, notes: Option<&str>) -> Result<(), StoreError> {
    diesel::update(fates::table.find(id))
        .set((
            fates::state.eq(MailState::Received),
            fates::reason_code.eq(None::<Reason>),
            fates::reason_detail.eq(None::<Sentence>),
            fates::next_attempt.eq(None::<Moment>),
            fates::settled_at.eq(None::<Moment>),
            fates::notes.eq(notes),
            fates::write_date.eq(now()),
        ))
        .execute(db)?;
    Ok(())
}

/// Only the state and its reason, from one of `from`. False where it is in another state by now.
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = fates, treat_none_as_null = true)]
pub struct Move<'a> {
    pub state: MailState,
    pub reason_code: Option<Reason>,
    pub reason_detail: Option<&'a Sentence>,
    pub attempts: i32,
    pub next_attempt: Option<Moment>,
    pub settled_at: Option<Moment>,
    pub write_date: Moment,
}

pub fn advance(db: &mut Db, id: MessageId, from: &[MailState], to: &Move<'_>) -> Result<bool, StoreError> {
    let row = fates::table.find(id).filter(fates::state.eq_any(from));
    Ok(diesel::update(row).set(to).execute(db)? == 1)
}

/// The record at the far end that has the message.
pub fn arrived(db: &mut Db, id: MessageId, model: &str, record: RecordId, url: &str) -> Result<(), StoreError> {
    diesel::update(fates::table.find(id))
        .set((fates::res_model.eq(model), fates::res_id.eq(record), fates::remote_url.eq(url)))
        .execute(db)?;
    Ok(())
}

/// Adds steps to the trace of the message's route.
pub fn add_to_trace(db: &mut Db, id: MessageId, steps: &[TraceStep]) -> Result<(), StoreError> {
    if steps.is_empty() {
        return Ok(());
    }
    let RouteTrace(mut trace) = fates::table.find(id).select(fates::trace).first(db)?;
    trace.extend_from_slice(steps);
    let written = trace_to_text(&trace).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    diesel::update(fates::table.find(id)).set(fates::trace.eq(written)).execute(db)?;
    Ok(())
}

/// One line of a message's history.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = message_history, treat_none_as_default_value = false)]
pub struct NewEvent<'a> {
    pub message_id: MessageId,
    pub at: Moment,
    pub state: MailState,
    pub reason_code: Option<Reason>,
    pub detail: Option<&'a Sentence>,
    /// None where Mailgate itself did it.
    pub login: Option<&'a str>,
}

pub fn remember(db: &mut Db, new: &[NewEvent<'_>]) -> Result<(), StoreError> {
    insert_all!(db, message_history::table, new);
    Ok(())
}

/// Which of these are still in one of these states; nobody else moves them until the transaction ends.
pub fn lock(db: &mut Db, ids: &[MessageId], states: &[MailState]) -> Result<Vec<MessageId>, StoreError> {
    let query = fates::table
        .filter(fates::id.eq_any(ids))
        .filter(fates::state.eq_any(states))
        .order(fates::id)
        .select(fates::id);
    Ok(match db {
        // The transaction holds the only write lock there is.
        Db::Sqlite(conn) => query.load(conn)?,
        Db::Postgres(conn) => query.for_no_key_update().load(conn)?,
    })
}

/// Messages whose source is here and that wait for their route or their delivery, oldest first above `after`:
/// what a dead process left, which nobody has touched since then, and what is to be tried again by now. What is queued for
/// a connection is the outbox's.
pub fn unsettled(
    db: &mut Db,
    server: Option<ServerId>,
    after: MessageId,
    limit: i64,
    untouched_since: Moment,
) -> Result<Vec<MessageId>, StoreError> {
    let waiting = [MailState::Received, MailState::Routed, MailState::Delivering];
    let queued = handovers::table.filter(handovers::message_id.eq(fates::id));
    let mut query = fates::table
        .inner_join(messages::table)
        .filter(messages::source_id.is_not_null())
        .filter(fates::connection_id.is_null().or(not(exists(queued))))
        .filter(fates::id.gt(after))
        .filter(
            fates::state
                .eq_any(waiting)
                .and(fates::write_date.le(untouched_since))
                .or(fates::state.eq(MailState::Retrying).and(fates::next_attempt.le(now()))),
        )
        .order(fates::id)
        .limit(limit)
        .select(fates::id)
        .into_boxed();
    if let Some(server) = server {
        query = query.filter(fates::server_id.eq(server));
    }
    Ok(query.load(db)?)
}
