//! Rows of the ledger as they are written and taken up again: which state follows which is `ledger`'s. What pages show of
//! them is in [`list`] and [`view`], what a pass asks about its mailbox in [`known`], what routing asks about mail like the
//! one at hand in [`similar`], and whose source's time is over in [`expiry`].

pub mod expiry;
pub mod known;
pub mod list;
pub mod similar;
pub mod view;

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::prepared::{columns, prepared, prepared_for_one};
use super::schema::{handovers, message_history, messages};
use super::values::{Json, to_json};
use super::{Db, StoreError};
use crate::domain::id::{ConnectionId, MailboxId, MessageId, RecordId, ServerId, SourceId};
use crate::domain::ledger::{Reason, State};
use crate::domain::mail::Entry;
use crate::domain::route::Step;
use crate::domain::words::Sentence;
use crate::domain::{Moment, now};

/// A message as it is first seen.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = messages, treat_none_as_default_value = false)]
pub struct NewMessage<'a> {
    pub mailbox_id: MailboxId,
    pub server_id: ServerId,
    pub server_name: &'a str,
    pub source_key: &'a str,
    pub generation: i32,
    pub state: State,
    pub reason_code: Option<Reason>,
    pub reason_detail: Option<&'a Sentence>,
    pub attempts: i32,
    pub next_attempt: Option<Moment>,
    pub source_id: Option<SourceId>,
    pub size: i64,
    pub header_digest: Option<&'a str>,
    pub sha256: Option<&'a str>,
    pub date: Option<Moment>,
    pub connection_id: Option<ConnectionId>,
    /// A sentence a line.
    pub notes: Option<&'a str>,
    pub settled_at: Option<Moment>,
    pub create_date: Moment,
    pub write_date: Moment,
}

pub fn insert(db: &mut Db, new: &NewMessage<'_>) -> Result<MessageId, StoreError> {
    Ok(crate::on_backend!(db, conn => diesel::insert_into(messages::table)
        .values(new).returning(messages::id).get_result(conn))?)
}

/// What routing found out and decided; written whole.
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = messages, treat_none_as_null = true)]
pub struct Settled<'a> {
    pub state: State,
    pub reason_code: Option<Reason>,
    pub reason_detail: Option<&'a Sentence>,
    pub next_attempt: Option<Moment>,
    pub fingerprint: Option<&'a str>,
    pub message_id: Option<&'a str>,
    pub subject: Option<&'a str>,
    pub email_from: Option<&'a str>,
    pub date: Option<Moment>,
    pub object_model: Option<&'a str>,
    pub connection_id: Option<ConnectionId>,
    pub res_model: Option<&'a str>,
    pub res_id: Option<RecordId>,
    pub trace: Option<&'a str>,
    pub marks: Option<&'a str>,
    pub notes: Option<&'a str>,
    pub search: &'a str,
    pub settled_at: Option<Moment>,
    pub write_date: Moment,
}

pub fn settle(db: &mut Db, id: MessageId, settled: &Settled<'_>) -> Result<(), StoreError> {
    let query = diesel::update(messages::table.find(id)).set(settled).returning(messages::id);
    prepared(query).one::<MessageId>(db)?;
    Ok(())
}

/// What a message says of itself by its header alone.
#[derive(Debug, AsChangeset)]
#[diesel(table_name = messages)]
pub struct Described<'a> {
    pub subject: &'a str,
    pub email_from: &'a str,
    pub message_id: Option<&'a str>,
    pub date: Moment,
    pub search: &'a str,
}

pub fn describe(db: &mut Db, id: MessageId, described: &Described<'_>) -> Result<(), StoreError> {
    diesel::update(messages::table.find(id)).set(described).execute(db)?;
    Ok(())
}

/// The source of a message that was only known until now: it waits for its route.
pub fn downloaded(
    db: &mut Db,
    id: MessageId,
    source: SourceId,
    (size, sha256, header_digest): (u64, &str, &str),
    notes: Option<&str>,
) -> Result<(), StoreError> {
    diesel::update(messages::table.find(id))
        .set((
            messages::size.eq(i64::try_from(size).unwrap_or(i64::MAX)),
            messages::state.eq(State::Received),
            messages::reason_code.eq(None::<Reason>),
            messages::reason_detail.eq(None::<Sentence>),
            messages::next_attempt.eq(None::<Moment>),
            messages::settled_at.eq(None::<Moment>),
            messages::source_id.eq(source),
            messages::sha256.eq(sha256),
            messages::header_digest.eq(header_digest),
            messages::notes.eq(notes),
            messages::write_date.eq(now()),
        ))
        .execute(db)?;
    Ok(())
}

/// Only the state and its reason, from one of `from`. False where it is in another state by now.
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = messages, treat_none_as_null = true)]
pub struct Move<'a> {
    pub state: State,
    pub reason_code: Option<Reason>,
    pub reason_detail: Option<&'a Sentence>,
    pub attempts: i32,
    pub next_attempt: Option<Moment>,
    pub settled_at: Option<Moment>,
    pub write_date: Moment,
}

pub fn advance(db: &mut Db, id: MessageId, from: &[State], to: &Move<'_>) -> Result<bool, StoreError> {
    let row = messages::table.find(id).filter(messages::state.eq_any(from));
    Ok(diesel::update(row).set(to).execute(db)? == 1)
}

/// The record at the far end that has the message.
pub fn arrived(db: &mut Db, id: MessageId, model: &str, record: RecordId, url: &str) -> Result<(), StoreError> {
    diesel::update(messages::table.find(id))
        .set((messages::res_model.eq(model), messages::res_id.eq(record), messages::remote_url.eq(url)))
        .execute(db)?;
    Ok(())
}

/// Adds steps to the trace of the message's route.
pub fn add_to_trace(db: &mut Db, id: MessageId, steps: &[Step]) -> Result<(), StoreError> {
    if steps.is_empty() {
        return Ok(());
    }
    let Json::<Vec<Step>>(mut trace) = messages::table.find(id).select(messages::trace).first(db)?;
    trace.extend_from_slice(steps);
    diesel::update(messages::table.find(id)).set(messages::trace.eq(to_json(&trace)?)).execute(db)?;
    Ok(())
}

/// One line of a message's history.
pub fn remember(
    db: &mut Db,
    id: MessageId,
    state: State,
    reason: Option<Reason>,
    detail: Option<&Sentence>,
    login: Option<&str>,
) -> Result<(), StoreError> {
    let row = (
        message_history::message_id.eq(id),
        message_history::at.eq(now()),
        message_history::state.eq(state),
        message_history::reason_code.eq(reason),
        message_history::detail.eq(detail),
        message_history::login.eq(login),
    );
    crate::on_backend!(db, conn => diesel::insert_into(message_history::table).values(row).execute(conn))?;
    Ok(())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = messages)]
struct EntryRow {
    id: MessageId,
    mailbox_id: MailboxId,
    server_id: Option<ServerId>,
    connection_id: Option<ConnectionId>,
    server_name: String,
    source_key: String,
    state: State,
    reason_code: Option<Reason>,
    attempts: i32,
    source_id: Option<SourceId>,
    sha256: Option<String>,
    object_model: Option<String>,
    date: Option<Moment>,
    notes: Option<String>,
    create_date: Moment,
}

impl From<EntryRow> for Entry {
    fn from(row: EntryRow) -> Self {
        Self {
            id: row.id,
            mailbox: row.mailbox_id,
            server: row.server_id,
            connection: row.connection_id,
            server_name: row.server_name,
            source_key: row.source_key,
            state: row.state,
            reason: row.reason_code,
            attempts: row.attempts,
            source: row.source_id,
            sha256: row.sha256.unwrap_or_default(),
            object_model: row.object_model,
            date: row.date,
            notes: row.notes,
            create_date: row.create_date,
        }
    }
}

/// What is needed to take these messages up, in the order of their numbers.
pub fn load(db: &mut Db, ids: &[MessageId]) -> Result<Vec<Entry>, StoreError> {
    let query = messages::table.filter(messages::id.eq_any(ids)).order(messages::id).select(columns::<EntryRow>());
    let rows: Vec<EntryRow> = prepared_for_one(ids, query).load(db)?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

/// Which of these are still in one of these states; nobody else moves them until the transaction ends.
pub fn lock(db: &mut Db, ids: &[MessageId], states: &[State]) -> Result<Vec<MessageId>, StoreError> {
    let query = messages::table
        .filter(messages::id.eq_any(ids))
        .filter(messages::state.eq_any(states))
        .order(messages::id)
        .select(messages::id);
    Ok(match db {
        // The transaction holds the only write lock there is.
        Db::Sqlite(conn) => query.load(conn)?,
        Db::Postgres(conn) => query.for_no_key_update().load(conn)?,
    })
}

/// Messages whose source is here and that wait for their route or their delivery, oldest first above `after`:
/// what a dead process left, which nobody has touched since then, and what is to be tried again by now. What is queued for a connection is the outbox's.
pub fn unsettled(
    db: &mut Db,
    server: Option<ServerId>,
    after: MessageId,
    limit: i64,
    untouched_since: Moment,
) -> Result<Vec<MessageId>, StoreError> {
    let waiting = [State::Received, State::Routed, State::Delivering];
    let queued = handovers::table.filter(handovers::message_id.eq(messages::id));
    let mut query = messages::table
        .filter(messages::source_id.is_not_null())
        .filter(messages::connection_id.is_null().or(not(exists(queued))))
        .filter(messages::id.gt(after))
        .filter(
            messages::state
                .eq_any(waiting)
                .and(messages::write_date.le(untouched_since))
                .or(messages::state.eq(State::Retrying).and(messages::next_attempt.le(now()))),
        )
        .order(messages::id)
        .limit(limit)
        .select(messages::id)
        .into_boxed();
    if let Some(server) = server {
        query = query.filter(messages::server_id.eq(server));
    }
    Ok(query.load(db)?)
}
