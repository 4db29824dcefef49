//! Rows of the ledger as they are written and taken up again. Who reads them for a page is `message_list` and
//! `message_view`; which state follows which is `ledger`'s.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::prepared::{prepared, prepared_for_one};
use super::schema::{handovers, message_history, messages};
use crate::domain::id::{ConnectionId, MailboxId, MessageId, ServerId, SourceId};
use crate::domain::ledger::{Reason, State};
use crate::domain::route::Step;
use crate::domain::{Moment, now};

/// A message as it is first seen.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = messages, treat_none_as_default_value = false)]
pub struct NewMessage<'a> {
    pub mailbox_id: i32,
    pub server_id: i32,
    pub server_name: &'a str,
    pub source_key: &'a str,
    pub generation: i32,
    pub state: &'a str,
    pub reason_code: Option<&'a str>,
    pub reason_detail: Option<&'a str>,
    pub attempts: i32,
    pub next_attempt: Option<Moment>,
    pub source_id: Option<i32>,
    pub size: i64,
    pub header_digest: Option<&'a str>,
    pub sha256: Option<&'a str>,
    pub date: Option<Moment>,
    pub connection_id: Option<i32>,
    /// A sentence a line.
    pub notes: Option<&'a str>,
    pub settled_at: Option<Moment>,
    pub create_date: Moment,
    pub write_date: Moment,
}

pub fn insert(db: &mut Db, new: &NewMessage<'_>) -> Result<MessageId, StoreError> {
    let id: i32 = crate::on_backend!(db, conn => diesel::insert_into(messages::table)
        .values(new).returning(messages::id).get_result(conn))?;
    Ok(MessageId(id))
}

/// What routing found out and decided; written whole.
#[derive(Debug, Clone, Default, AsChangeset)]
#[diesel(table_name = messages, treat_none_as_null = true)]
pub struct Settled<'a> {
    pub state: &'a str,
    pub reason_code: Option<&'a str>,
    pub reason_detail: Option<&'a str>,
    pub next_attempt: Option<Moment>,
    pub fingerprint: Option<&'a str>,
    pub message_id: Option<&'a str>,
    pub subject: Option<&'a str>,
    pub email_from: Option<&'a str>,
    pub date: Option<Moment>,
    pub object_model: Option<&'a str>,
    pub connection_id: Option<i32>,
    pub res_model: Option<&'a str>,
    pub res_id: Option<i32>,
    pub trace: Option<&'a str>,
    pub marks: Option<&'a str>,
    pub notes: Option<&'a str>,
    pub search: &'a str,
    pub settled_at: Option<Moment>,
    pub write_date: Moment,
}

pub fn settle(db: &mut Db, id: MessageId, settled: &Settled<'_>) -> Result<(), StoreError> {
    let query = diesel::update(messages::table.find(id.0)).set(settled).returning(messages::id);
    prepared(query).one::<i32>(db)?;
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
    diesel::update(messages::table.find(id.0)).set(described).execute(db)?;
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
    diesel::update(messages::table.find(id.0))
        .set((
            messages::size.eq(i64::try_from(size).unwrap_or(i64::MAX)),
            messages::state.eq(State::Received.code()),
            messages::reason_code.eq(None::<String>),
            messages::reason_detail.eq(None::<String>),
            messages::next_attempt.eq(None::<Moment>),
            messages::settled_at.eq(None::<Moment>),
            messages::source_id.eq(source.0),
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
    pub state: &'a str,
    pub reason_code: Option<&'a str>,
    pub reason_detail: Option<&'a str>,
    pub attempts: i32,
    pub next_attempt: Option<Moment>,
    pub settled_at: Option<Moment>,
    pub write_date: Moment,
}

pub fn advance(db: &mut Db, id: MessageId, from: &[State], to: &Move<'_>) -> Result<bool, StoreError> {
    let row = messages::table.find(id.0).filter(messages::state.eq_any(from.iter().map(|state| state.code())));
    Ok(diesel::update(row).set(to).execute(db)? == 1)
}

/// The record at the far end that has the message.
pub fn arrived(db: &mut Db, id: MessageId, model: &str, record: i32, url: &str) -> Result<(), StoreError> {
    diesel::update(messages::table.find(id.0))
        .set((messages::res_model.eq(model), messages::res_id.eq(record), messages::remote_url.eq(url)))
        .execute(db)?;
    Ok(())
}

/// Adds steps to the trace of the message's route.
pub fn add_to_trace(db: &mut Db, id: MessageId, steps: &[Step]) -> Result<(), StoreError> {
    if steps.is_empty() {
        return Ok(());
    }
    let json = |error: serde_json::Error| StoreError::Corrupt(format!("messages.trace: {error}"));
    let trace: Option<String> = messages::table.find(id.0).select(messages::trace).first(db)?;
    let mut trace: Vec<Step> = trace.map_or(Ok(Vec::new()), |trace| serde_json::from_str(&trace)).map_err(json)?;
    trace.extend_from_slice(steps);
    let trace = serde_json::to_string(&trace).map_err(json)?;
    diesel::update(messages::table.find(id.0)).set(messages::trace.eq(trace)).execute(db)?;
    Ok(())
}

/// One line of a message's history.
pub fn remember(
    db: &mut Db,
    id: MessageId,
    state: State,
    reason: Option<Reason>,
    detail: Option<&str>,
    login: Option<&str>,
) -> Result<(), StoreError> {
    let row = (
        message_history::message_id.eq(id.0),
        message_history::at.eq(now()),
        message_history::state.eq(state.code()),
        message_history::reason_code.eq(reason.map(Reason::code)),
        message_history::detail.eq(detail),
        message_history::login.eq(login),
    );
    crate::on_backend!(db, conn => diesel::insert_into(message_history::table).values(row).execute(conn))?;
    Ok(())
}

/// What is needed to take a message up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub id: MessageId,
    pub mailbox: MailboxId,
    pub server: Option<ServerId>,
    /// Where its record goes; None is this database.
    pub connection: Option<ConnectionId>,
    pub server_name: String,
    pub source_key: String,
    pub state: State,
    pub reason: Option<Reason>,
    pub attempts: i32,
    pub source: Option<SourceId>,
    pub sha256: String,
    /// What a person chose, or what it became.
    pub object_model: Option<String>,
    /// Once read, the mail's; until then, when the server received it.
    pub date: Option<Moment>,
    /// What was assumed about it until now, a sentence a line.
    pub notes: Option<String>,
    pub create_date: Moment,
}

type KeptRow = (
    (i32, i32, Option<i32>, String, String, String, Option<String>, i32),
    (Option<i32>, Option<i32>, Option<String>, Option<String>, Option<Moment>, Option<String>, Moment),
);

pub fn load(db: &mut Db, ids: &[MessageId]) -> Result<Vec<Kept>, StoreError> {
    let query = messages::table.filter(messages::id.eq_any(ids.iter().map(|id| id.0))).order(messages::id).select((
        (
            messages::id,
            messages::mailbox_id,
            messages::server_id,
            messages::server_name,
            messages::source_key,
            messages::state,
            messages::reason_code,
            messages::attempts,
        ),
        (
            messages::connection_id,
            messages::source_id,
            messages::sha256,
            messages::object_model,
            messages::date,
            messages::notes,
            messages::create_date,
        ),
    ));
    let rows: Vec<KeptRow> = prepared_for_one(ids, query).load(db)?;
    rows.into_iter().map(kept).collect()
}

fn kept(row: KeptRow) -> Result<Kept, StoreError> {
    let (known, (connection, source, sha256, object_model, date, notes, create_date)) = row;
    let (id, mailbox, server, server_name, source_key, code, reason, attempts) = known;
    Ok(Kept {
        id: MessageId(id),
        mailbox: MailboxId(mailbox),
        server: server.map(ServerId),
        connection: connection.map(ConnectionId),
        server_name,
        source_key,
        state: State::from_code(&code).ok_or_else(|| StoreError::Corrupt(format!("messages.state {code:?}")))?,
        reason: reason.as_deref().and_then(Reason::from_code),
        attempts,
        source: source.map(SourceId),
        sha256: sha256.unwrap_or_default(),
        object_model,
        date,
        notes,
        create_date,
    })
}

/// Which of these are still in one of these states; nobody else moves them until the transaction ends.
pub fn lock(db: &mut Db, ids: &[MessageId], states: &[State]) -> Result<Vec<MessageId>, StoreError> {
    let query = messages::table
        .filter(messages::id.eq_any(ids.iter().map(|id| id.0)))
        .filter(messages::state.eq_any(states.iter().map(|state| state.code())))
        .order(messages::id)
        .select(messages::id);
    let ids: Vec<i32> = match db {
        // The transaction holds the only write lock there is.
        Db::Sqlite(conn) => query.load(conn)?,
        Db::Postgres(conn) => query.for_no_key_update().load(conn)?,
    };
    Ok(ids.into_iter().map(MessageId).collect())
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
    let waiting = [State::Received, State::Routed, State::Delivering].map(State::code);
    let queued = handovers::table.filter(handovers::message_id.eq(messages::id));
    let mut query = messages::table
        .filter(messages::source_id.is_not_null())
        .filter(messages::connection_id.is_null().or(not(exists(queued))))
        .filter(messages::id.gt(after.0))
        .filter(
            messages::state
                .eq_any(waiting)
                .and(messages::write_date.le(untouched_since))
                .or(messages::state.eq(State::Retrying.code()).and(messages::next_attempt.le(now()))),
        )
        .order(messages::id)
        .limit(limit)
        .select(messages::id)
        .into_boxed();
    if let Some(server) = server {
        query = query.filter(messages::server_id.eq(server.0));
    }
    let ids: Vec<i32> = query.load(db)?;
    Ok(ids.into_iter().map(MessageId).collect())
}
