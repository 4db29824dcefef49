//! One message of the ledger as its page shows it, with its history.

use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text, Timestamp};

use crate::domain::Moment;
use crate::domain::id::{ConnectionId, MessageId, RecordId, ServerId, SourceId};
use crate::domain::ledger::{MailState, Reason};
use crate::domain::route::TraceStep;
use crate::domain::words::Sentence;
use crate::store::messages::fate::{self, object_model, settled_at};
use crate::store::schema::{fates, message_history, messages};
use crate::store::values::{RouteTrace, SentenceLines, Sha256Digits};
use crate::store::{Db, StoreError};

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = messages)]
pub struct MessageRow {
    pub id: MessageId,
    /// None once the incoming server is deleted; its name stays.
    #[diesel(select_expression = fates::server_id)]
    pub server: Option<ServerId>,
    pub server_name: String,
    pub source_key: String,
    #[diesel(select_expression = fates::state)]
    pub state: MailState,
    #[diesel(select_expression = fates::reason_code)]
    pub reason: Option<Reason>,
    #[diesel(select_expression = fates::reason_detail)]
    pub reason_detail: Option<Sentence>,
    #[diesel(select_expression = fates::attempts)]
    pub attempts: i32,
    #[diesel(select_expression = fates::next_attempt)]
    pub next_attempt: Option<Moment>,
    /// None while it is not downloaded, and once its source is not kept any more.
    #[diesel(column_name = source_id)]
    pub source: Option<SourceId>,
    pub size: i64,
    #[diesel(deserialize_as = Sha256Digits)]
    pub sha256: Option<String>,
    pub message_id: Option<String>,
    pub subject: Option<String>,
    pub email_from: Option<String>,
    pub date: Option<Moment>,
    /// What it is to become.
    #[diesel(select_expression = object_model(), select_expression_type = SqlLiteral<Nullable<Text>>)]
    pub object_model: Option<String>,
    #[diesel(select_expression = fates::connection_id)]
    pub connection: Option<ConnectionId>,
    /// What it became: see [`Message::record`].
    #[diesel(select_expression = fates::res_model)]
    res_model: Option<String>,
    #[diesel(select_expression = fates::res_id)]
    res_id: Option<RecordId>,
    #[diesel(select_expression = fates::remote_url)]
    pub remote_url: Option<String>,
    /// Of its own, or the one that it shares.
    #[diesel(select_expression = fates::trace, deserialize_as = RouteTrace)]
    pub trace: Vec<TraceStep>,
    #[diesel(select_expression = fates::trace_id)]
    trace_id: Option<i32>,
    /// What was assumed, one sentence each.
    #[diesel(select_expression = fates::notes, deserialize_as = SentenceLines)]
    pub notes: Vec<Sentence>,
    pub create_date: Moment,
}

impl MessageRow {
    /// The record that it became: its type, and its id here or at the connection.
    pub fn record(&self) -> Option<(&str, RecordId)> {
        self.res_model.as_deref().zip(self.res_id)
    }
}

pub fn find(db: &mut Db, id: MessageId) -> Result<Option<MessageRow>, StoreError> {
    let mut row: Option<MessageRow> = messages::table
        .inner_join(fates::table)
        .filter(messages::id.eq(id))
        .select(MessageRow::as_select())
        .first(db)
        .optional()?;
    if let Some(row) = &mut row
        && let Some(shared) = row.trace_id
    {
        row.trace = fate::trace(db, shared)?;
    }
    Ok(row)
}

/// The record in this database that a message made or joined.
pub fn record_here(db: &mut Db, id: MessageId) -> Result<Option<RecordId>, StoreError> {
    let here = fates::table.find(id).filter(fates::connection_id.is_null()).select(fates::res_id);
    Ok(here.first::<Option<RecordId>>(db).optional()?.flatten())
}

/// One change of state.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = message_history)]
pub struct Event {
    pub at: Moment,
    pub state: MailState,
    #[diesel(column_name = reason_code)]
    pub reason: Option<Reason>,
    pub detail: Option<Sentence>,
    /// None where Mailgate itself did it.
    pub login: Option<String>,
}

/// When a message came, and what came of it.
#[derive(Queryable, Selectable)]
#[diesel(table_name = messages)]
struct WholeWay {
    #[diesel(column_name = create_date)]
    came: Moment,
    #[diesel(select_expression = settled_at(), select_expression_type = SqlLiteral<Timestamp>)]
    at: Moment,
    #[diesel(select_expression = fates::state)]
    state: MailState,
    #[diesel(select_expression = fates::reason_code)]
    reason: Option<Reason>,
    #[diesel(select_expression = fates::reason_detail)]
    detail: Option<Sentence>,
}

/// Every change of state, oldest first; at most the newest 200. Without a line of its own, it came and came to its end by itself.
pub fn history(db: &mut Db, id: MessageId) -> Result<Vec<Event>, StoreError> {
    let newest = message_history::table
        .filter(message_history::message_id.eq(id))
        .order(message_history::id.desc())
        .limit(200)
        .select(Event::as_select());
    let mut events: Vec<Event> = newest.load(db)?;
    events.reverse();
    if !events.is_empty() {
        return Ok(events);
    }
    let row = messages::table.inner_join(fates::table).filter(messages::id.eq(id));
    let Some(row) = row.select(WholeWay::as_select()).first(db).optional()? else { return Ok(events) };
    let WholeWay { came, at, state, reason, detail } = row;
    events.push(Event { at: came, state: MailState::Received, reason: None, detail: None, login: None });
    if state.is_settled() {
        events.push(Event { at, state, reason, detail, login: None });
    }
    Ok(events)
}
