//! The ledger as its page shows it: filtered, counted by state, a page at a time.

use diesel::dsl::count_star;
use diesel::prelude::*;

use crate::domain::Moment;
use crate::domain::id::{ConnectionId, MessageId, RecordId, ServerId, SourceId};
use crate::domain::ledger::{MailState, Reason};
use crate::domain::words::Sentence;
use crate::store::schema::{fates, messages, servers};
use crate::store::search::ESCAPE;
use crate::store::{Db, StoreError};

/// What the page shows; all conditions must hold.
#[derive(Debug, Clone, Default)]
pub struct LedgerFilter {
    /// Any of these; empty is every state.
    pub states: Vec<MailState>,
    pub reason: Option<Reason>,
    pub server: Option<ServerId>,
    /// Those that go there, and wait, are held or have arrived.
    pub connection: Option<ConnectionId>,
    /// From [`crate::store::search::patterns`].
    pub patterns: Vec<String>,
}

/// One line of the ledger.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = messages)]
pub struct LedgerLine {
    pub id: MessageId,
    pub server_name: String,
    #[diesel(select_expression = fates::state)]
    pub state: MailState,
    #[diesel(select_expression = fates::reason_code)]
    pub reason: Option<Reason>,
    #[diesel(select_expression = fates::reason_detail)]
    pub reason_detail: Option<Sentence>,
    pub subject: Option<String>,
    pub email_from: Option<String>,
    pub date: Option<Moment>,
    pub size: i64,
    /// None where it is not here.
    #[diesel(column_name = source_id)]
    pub source: Option<SourceId>,
    #[diesel(select_expression = fates::remote_url)]
    pub remote_url: Option<String>,
    #[diesel(select_expression = fates::res_model)]
    pub res_model: Option<String>,
    #[diesel(select_expression = fates::res_id)]
    pub res_id: Option<RecordId>,
    #[diesel(select_expression = fates::next_attempt)]
    pub next_attempt: Option<Moment>,
    pub create_date: Moment,
}

/// A query over the fates that a [`Filter`] shows; over the mails with them where words are searched.
/// `$begin` makes it of the tables and the column that has the id, `$end` reads what it finds.
macro_rules! found {
    ($filter:expr, |$from:ident, $id:ident| $begin:expr, |$query:ident| $end:expr) => {{
        let filter: &LedgerFilter = $filter;
        if filter.patterns.is_empty() {
            let ($from, $id) = (fates::table, fates::id);
            let $query = of_fate!($begin.into_boxed(), filter);
            $end
        } else {
            let ($from, $id) = (messages::table.inner_join(fates::table), messages::id);
            let mut query = of_fate!($begin.into_boxed(), filter);
            for pattern in &filter.patterns {
                query = query.filter(messages::search.like(pattern).escape(ESCAPE));
            }
            let $query = query;
            $end
        }
    }};
}

/// The part of a [`Filter`] that the fates answer.
macro_rules! of_fate {
    ($query:expr, $filter:expr) => {{
        let mut query = $query;
        if let Some(reason) = $filter.reason {
            query = query.filter(fates::reason_code.eq(reason));
        }
        if let Some(server) = $filter.server {
            query = query.filter(fates::server_id.eq(server));
        }
        if let Some(connection) = $filter.connection {
            query = query.filter(fates::connection_id.eq(connection));
        }
        if !$filter.states.is_empty() {
            query = query.filter(fates::state.eq_any(&$filter.states));
        }
        query
    }};
}

/// One page, newest first; `limit` is 1,000 at most.
pub fn page(db: &mut Db, filter: &LedgerFilter, offset: i64, limit: i64) -> Result<Vec<LedgerLine>, StoreError> {
    // Found first, and only then looked up: what is skipped or sorted costs an entry of an index.
    let ids: Vec<MessageId> =
        found!(filter, |from, id| from.select(id).order(id.desc()).offset(offset).limit(limit), |query| query
            .load(db)?);
    let lines = messages::table.inner_join(fates::table).filter(messages::id.eq_any(ids)).order(messages::id.desc());
    Ok(lines.select(LedgerLine::as_select()).load(db)?)
}

/// The ids that a filter shows, oldest first and above `after`: the order in which a bulk action takes them.
pub fn ids(db: &mut Db, filter: &LedgerFilter, after: MessageId, limit: i64) -> Result<Vec<MessageId>, StoreError> {
    Ok(found!(filter, |from, id| from.select(id).filter(id.gt(after)).order(id.asc()).limit(limit), |query| query
        .load(db)?))
}

/// The messages of one local record that are in this state for this reason.
pub fn of_record(
    db: &mut Db,
    model: &str,
    record: RecordId,
    state: MailState,
    reason: Option<Reason>,
) -> Result<Vec<MessageId>, StoreError> {
    let mut query = fates::table
        .filter(fates::res_model.eq(model))
        .filter(fates::res_id.eq(record))
        .filter(fates::connection_id.is_null())
        .filter(fates::state.eq(state))
        .order(fates::id)
        .select(fates::id)
        .into_boxed();
    if let Some(reason) = reason {
        query = query.filter(fates::reason_code.eq(reason));
    }
    Ok(query.load(db)?)
}

/// How many the filter shows, by state. The filter's own states don't matter.
pub fn counts(db: &mut Db, filter: &LedgerFilter) -> Result<Vec<(MailState, i64)>, StoreError> {
    let all_states = LedgerFilter { states: Vec::new(), ..filter.clone() };
    Ok(found!(&all_states, |from, _id| from.group_by(fates::state).select((fates::state, count_star())), |query| query
        .load(db)?))
}

/// The mailboxes of the ledger by the name they had: those of deleted servers have no id any more.
pub fn servers(db: &mut Db) -> Result<Vec<(ServerId, String)>, StoreError> {
    Ok(servers::table.select((servers::id, servers::name)).order(servers::name).load(db)?)
}
