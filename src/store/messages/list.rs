//! The ledger as its page shows it: filtered, counted by state, a page at a time.

use diesel::dsl::count_star;
use diesel::prelude::*;

use crate::domain::Moment;
use crate::domain::id::{MessageId, RecordId, ServerId, SourceId};
use crate::domain::ledger::{Reason, State};
use crate::domain::words::Sentence;
use crate::store::schema::{messages, servers};
use crate::store::search::ESCAPE;
use crate::store::{Db, StoreError};

/// What the page shows; all conditions must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Any of these; empty is every state.
    pub states: Vec<State>,
    pub reason: Option<Reason>,
    pub server: Option<ServerId>,
    /// From [`crate::store::search::patterns`].
    pub patterns: Vec<String>,
}

/// One line of the ledger.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = messages)]
pub struct Line {
    pub id: MessageId,
    pub server_name: String,
    pub state: State,
    #[diesel(column_name = reason_code)]
    pub reason: Option<Reason>,
    pub reason_detail: Option<Sentence>,
    pub subject: Option<String>,
    pub email_from: Option<String>,
    pub date: Option<Moment>,
    pub size: i64,
    /// None where it is not here.
    #[diesel(column_name = source_id)]
    pub source: Option<SourceId>,
    pub remote_url: Option<String>,
    pub res_model: Option<String>,
    pub res_id: Option<RecordId>,
    pub next_attempt: Option<Moment>,
    pub create_date: Moment,
}

/// The condition of a [`Filter`] on a query over `messages`.
macro_rules! filtered {
    ($query:expr, $filter:expr) => {{
        let filter = $filter;
        let mut query = $query.into_boxed();
        if let Some(reason) = filter.reason {
            query = query.filter(messages::reason_code.eq(reason));
        }
        if let Some(server) = filter.server {
            query = query.filter(messages::server_id.eq(server));
        }
        for pattern in &filter.patterns {
            query = query.filter(messages::search.like(pattern).escape(ESCAPE));
        }
        if !filter.states.is_empty() {
            query = query.filter(messages::state.eq_any(&filter.states));
        }
        query
    }};
}

/// One page, newest first; `limit` is 1,000 at most.
pub fn page(db: &mut Db, filter: &Filter, offset: i64, limit: i64) -> Result<Vec<Line>, StoreError> {
    // Found first, and only then looked up: what is skipped or sorted costs an entry of an index.
    let ids: Vec<MessageId> = filtered!(messages::table.select(messages::id), filter)
        .order(messages::id.desc())
        .offset(offset)
        .limit(limit)
        .load(db)?;
    let found = messages::table.filter(messages::id.eq_any(ids)).order(messages::id.desc());
    Ok(found.select(Line::as_select()).load(db)?)
}

/// The ids that a filter shows, oldest first and above `after`: the order in which a bulk action takes them.
pub fn ids(db: &mut Db, filter: &Filter, after: MessageId, limit: i64) -> Result<Vec<MessageId>, StoreError> {
    Ok(filtered!(messages::table.select(messages::id), filter)
        .filter(messages::id.gt(after))
        .order(messages::id.asc())
        .limit(limit)
        .load(db)?)
}

/// The messages of one local record that are in this state for this reason.
pub fn of_record(
    db: &mut Db,
    model: &str,
    record: RecordId,
    state: State,
    reason: Option<Reason>,
) -> Result<Vec<MessageId>, StoreError> {
    let mut query = messages::table
        .filter(messages::res_model.eq(model))
        .filter(messages::res_id.eq(record))
        .filter(messages::connection_id.is_null())
        .filter(messages::state.eq(state))
        .order(messages::id)
        .select(messages::id)
        .into_boxed();
    if let Some(reason) = reason {
        query = query.filter(messages::reason_code.eq(reason));
    }
    Ok(query.load(db)?)
}

/// How many the filter shows, by state. The filter's own states don't matter.
pub fn counts(db: &mut Db, filter: &Filter) -> Result<Vec<(State, i64)>, StoreError> {
    let all_states = Filter { states: Vec::new(), ..filter.clone() };
    let by_state = messages::table.group_by(messages::state).select((messages::state, count_star()));
    Ok(filtered!(by_state, &all_states).load(db)?)
}

/// The mailboxes of the ledger by the name they had: those of deleted servers have no id any more.
pub fn servers(db: &mut Db) -> Result<Vec<(ServerId, String)>, StoreError> {
    Ok(servers::table.select((servers::id, servers::name)).order(servers::name).load(db)?)
}
