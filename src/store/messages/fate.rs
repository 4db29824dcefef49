//! What becomes of each message: its fate, and the history of its fate. Which state follows which is `ledger`'s.

use std::collections::{BTreeMap, HashMap, HashSet};

use diesel::dsl::{exists, not, sql};
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{Array, Integer, Nullable, Text, Timestamp};
use sha2::{Digest, Sha256};

use crate::domain::id::{ConnectionId, MessageId, RecordId, ServerId};
use crate::domain::ledger::{MailState, Reason};
use crate::domain::route::{TraceStep, trace_to_text};
use crate::domain::words::Sentence;
use crate::domain::{Moment, now};
use crate::store::connection::{insert_all, insert_missing};
use crate::store::prepared::{prepared, prepared_for_one};
use crate::store::schema::{fates, handovers, message_history, messages, traces};
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
    pub write_date: Moment,
}

/// The states in which nothing more happens to a message by itself.
const SETTLED: [MailState; 3] = [MailState::Delivered, MailState::Held, MailState::Ignored];

/// When a message that is settled came to be so: with that, its row was last written. Rows of older versions say it apart.
pub(super) fn settled_at() -> SqlLiteral<Timestamp> {
    sql("COALESCE(fates.settled_at, fates.write_date)")
}

/// What a message is to become, or became: where the two are the same, it is said once.
pub(super) fn object_model() -> SqlLiteral<Nullable<Text>> {
    sql("COALESCE(fates.object_model, fates.res_model)")
}

pub fn insert(db: &mut Db, new: &[NewFate<'_>]) -> Result<(), StoreError> {
    insert_all!(db, fates::table, new);
    Ok(())
}

/// What routing decided, and what came of it; written whole.
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = fates, treat_none_as_null = true)]
pub struct FateWritten {
    pub state: MailState,
    pub reason_code: Option<Reason>,
    pub reason_detail: Option<Sentence>,
    pub next_attempt: Option<Moment>,
    /// See `object_model`.
    pub object_model: Option<String>,
    pub connection_id: Option<ConnectionId>,
    pub res_model: Option<String>,
    pub res_id: Option<RecordId>,
    /// Of its own, where it shares none.
    pub trace: Option<String>,
    pub notes: Option<String>,
    /// None: see `settled_at`.
    pub settled_at: Option<Moment>,
    pub write_date: Moment,
    pub trace_id: Option<i32>,
}

/// What became of these messages.
pub fn settle(db: &mut Db, settled: &[(MessageId, FateWritten)]) -> Result<(), StoreError> {
    let Db::Postgres(conn) = db else {
        for (id, fate) in settled {
            let query = diesel::update(fates::table.find(id)).set(fate).returning(fates::id);
            prepared(query).one::<MessageId>(db)?;
        }
        return Ok(());
    };
    macro_rules! column {
        ($fate:ident => $value:expr) => {
            settled.iter().map(|(_, $fate)| $value).collect::<Vec<_>>()
        };
    }
    diesel::sql_query(
        "UPDATE fates SET state = n.state, reason_code = n.reason_code, reason_detail = n.reason_detail, \
         next_attempt = n.next_attempt, object_model = n.object_model, connection_id = n.connection_id, \
         res_model = n.res_model, res_id = n.res_id, trace = n.trace, notes = n.notes, settled_at = n.settled_at, \
         write_date = n.write_date, trace_id = n.trace_id \
         FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) AS n (id, state, reason_code, \
         reason_detail, next_attempt, object_model, connection_id, res_model, res_id, trace, notes, settled_at, write_date, \
         trace_id) \
         WHERE fates.id = n.id",
    )
    .bind::<Array<Integer>, _>(settled.iter().map(|(id, _)| id.0).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(column!(fate => fate.state))
    .bind::<Array<Nullable<Text>>, _>(column!(fate => fate.reason_code))
    .bind::<Array<Nullable<Text>>, _>(column!(fate => fate.reason_detail.as_ref()))
    .bind::<Array<Nullable<Timestamp>>, _>(column!(fate => fate.next_attempt))
    .bind::<Array<Nullable<Text>>, _>(column!(fate => fate.object_model.as_deref()))
    .bind::<Array<Nullable<Integer>>, _>(column!(fate => fate.connection_id))
    .bind::<Array<Nullable<Text>>, _>(column!(fate => fate.res_model.as_deref()))
    .bind::<Array<Nullable<Integer>>, _>(column!(fate => fate.res_id))
    .bind::<Array<Nullable<Text>>, _>(column!(fate => fate.trace.as_deref()))
    .bind::<Array<Nullable<Text>>, _>(column!(fate => fate.notes.as_deref()))
    .bind::<Array<Nullable<Timestamp>>, _>(column!(fate => fate.settled_at))
    .bind::<Array<Timestamp>, _>(column!(fate => fate.write_date))
    .bind::<Array<Nullable<Integer>>, _>(column!(fate => fate.trace_id))
    .execute(conn)?;
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
    /// None: see `settled_at`.
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
    let (RouteTrace(own), shared): (RouteTrace, Option<i32>) =
        fates::table.find(id).select((fates::trace, fates::trace_id)).first(db)?;
    let mut whole = shared.map_or(Ok(own), |shared| trace(db, shared))?;
    whole.extend_from_slice(steps);
    let written = trace_to_text(&whole).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    // With steps of its own it is like no other.
    let own = (fates::trace.eq(written), fates::trace_id.eq(None::<i32>));
    diesel::update(fates::table.find(id)).set(own).execute(db)?;
    Ok(())
}

// How mails were routed, in the words that their pages show: a row for each that differs, since most mail comes to the same.

/// The ids of these traces, which are written where they are new.
pub fn keep_traces(db: &mut Db, all: &[&str]) -> Result<HashMap<String, i32>, StoreError> {
    // In one order, so that no two transactions wait for each other.
    let by_digest: BTreeMap<String, &str> =
        all.iter().map(|trace| (hex::encode(Sha256::digest(trace.as_bytes())), *trace)).collect();
    let mut ids = known_traces(db, &by_digest)?;
    if ids.len() < by_digest.len() {
        let new = by_digest.iter().filter(|(digest, _)| !ids.contains_key(*digest));
        let rows: Vec<_> =
            new.map(|(digest, trace)| (traces::digest.eq(digest.as_str()), traces::trace.eq(*trace))).collect();
        insert_missing!(db, traces::table, rows);
        ids = known_traces(db, &by_digest)?;
    }
    Ok(by_digest.into_iter().filter_map(|(digest, trace)| Some((trace.to_owned(), *ids.get(&digest)?))).collect())
}

/// The ids of those that are there, by their digests.
fn known_traces(db: &mut Db, of: &BTreeMap<String, &str>) -> Result<HashMap<String, i32>, StoreError> {
    let mut found = HashMap::new();
    for some in of.keys().map(String::as_str).collect::<Vec<_>>().chunks(500) {
        let query = traces::table.filter(traces::digest.eq_any(some)).select((traces::digest, traces::id));
        found.extend(prepared_for_one(some, query).load::<(String, i32)>(db)?);
    }
    Ok(found)
}

/// The trace with this id.
pub(super) fn trace(db: &mut Db, id: i32) -> Result<Vec<TraceStep>, StoreError> {
    let RouteTrace(trace) = traces::table.find(id).select(traces::trace.nullable()).first(db)?;
    Ok(trace)
}

/// One line of a message's history.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = message_history, treat_none_as_default_value = false)]
pub struct NewEvent<'a> {
    pub message_id: MessageId,
    pub at: Moment,
    pub state: MailState,
    pub reason_code: Option<Reason>,
    pub detail: Option<Sentence>,
    /// None where Mailgate itself did it.
    pub login: Option<&'a str>,
}

pub fn remember(db: &mut Db, new: &[NewEvent<'_>]) -> Result<(), StoreError> {
    insert_all!(db, message_history::table, new);
    Ok(())
}

/// Those of these messages that have lines in their history.
pub fn with_history(db: &mut Db, ids: &[MessageId]) -> Result<HashSet<MessageId>, StoreError> {
    let mut found = HashSet::new();
    for some in ids.chunks(500) {
        let of = message_history::table.filter(message_history::message_id.eq_any(some));
        let query = of.select(message_history::message_id).distinct();
        found.extend(prepared_for_one(some, query).load::<MessageId>(db)?);
    }
    Ok(found)
}

/// Most mail comes, is read and comes to its end by itself: of that, the ledger's row and the fate say when, and its history has no
/// line ([`super::view::history`] reads it from there). Before more happens to these messages, it is written out where that is so.
pub fn write_out_history(db: &mut Db, ids: &[MessageId]) -> Result<(), StoreError> {
    for some in ids.chunks(500) {
        let ids = some.iter().map(MessageId::to_string).collect::<Vec<_>>().join(", ");
        let query = diesel::sql_query(format!(
            "INSERT INTO message_history (message_id, at, state, reason_code, detail) \
             SELECT e.id, e.at, e.state, e.reason_code, e.detail FROM (\
             SELECT m.id, 0 AS n, m.create_date AS at, 'received' AS state, NULL AS reason_code, NULL AS detail \
             FROM messages m WHERE m.id IN ({ids}) UNION ALL \
             SELECT f.id, 1, COALESCE(f.settled_at, f.write_date), f.state, f.reason_code, f.reason_detail \
             FROM fates f WHERE f.id IN ({ids}) AND f.state IN ({})) e \
             WHERE NOT EXISTS (SELECT 1 FROM message_history h WHERE h.message_id = e.id) ORDER BY e.id, e.n",
            SETTLED.map(|state| format!("'{state}'")).join(", ")
        ));
        crate::on_backend!(db, conn => query.execute(conn))?;
    }
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
