//! The ledger as its page shows it: filtered, counted by state, a page at a time.

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::schema::messages;
use super::search::ESCAPE;
use crate::domain::Moment;
use crate::domain::id::{MessageId, RecordId, ServerId};
use crate::domain::ledger::{Reason, State};

/// What the page shows; all conditions must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Any of these; empty is every state.
    pub states: Vec<State>,
    pub reason: Option<Reason>,
    pub server: Option<ServerId>,
    /// From [`super::search::patterns`].
    pub patterns: Vec<String>,
}

/// One line of the ledger.
#[derive(Debug, Clone)]
pub struct Line {
    pub id: MessageId,
    pub server_name: String,
    pub state: State,
    pub reason: Option<Reason>,
    pub reason_detail: Option<String>,
    pub subject: Option<String>,
    pub email_from: Option<String>,
    pub date: Option<Moment>,
    pub size: i64,
    /// Whether its source is here.
    pub has_source: bool,
    pub remote_url: Option<String>,
    pub res_model: Option<String>,
    pub res_id: Option<i32>,
    pub next_attempt: Option<Moment>,
    pub create_date: Moment,
}

type Row = (
    (i32, String, String, Option<String>, Option<String>),
    (Option<String>, Option<String>, Option<Moment>, i64, Option<i32>, Option<String>),
    (Option<String>, Option<i32>, Option<Moment>, Moment),
);

/// The condition of a [`Filter`] on a query over `messages`.
macro_rules! filtered {
    ($query:expr, $filter:expr) => {{
        let filter = $filter;
        let mut query = $query.into_boxed();
        if let Some(reason) = filter.reason {
            query = query.filter(messages::reason_code.eq(reason.code()));
        }
        if let Some(server) = filter.server {
            query = query.filter(messages::server_id.eq(server.0));
        }
        for pattern in &filter.patterns {
            query = query.filter(messages::search.like(pattern).escape(ESCAPE));
        }
        if !filter.states.is_empty() {
            query = query.filter(messages::state.eq_any(filter.states.iter().map(|state| state.code())));
        }
        query
    }};
}

/// One page, newest first; `limit` is 1,000 at most.
pub fn page(db: &mut Db, filter: &Filter, offset: i64, limit: i64) -> Result<Vec<Line>, StoreError> {
    // Found first, and only then looked up: what is skipped or sorted costs an entry of an index.
    let ids: Vec<i32> = filtered!(messages::table.select(messages::id), filter)
        .order(messages::id.desc())
        .offset(offset)
        .limit(limit)
        .load(db)?;
    let selected = messages::table.select((
        (messages::id, messages::server_name, messages::state, messages::reason_code, messages::reason_detail),
        (
            messages::subject,
            messages::email_from,
            messages::date,
            messages::size,
            messages::source_id,
            messages::remote_url,
        ),
        (messages::res_model, messages::res_id, messages::next_attempt, messages::create_date),
    ));
    let rows: Vec<Row> = selected.filter(messages::id.eq_any(ids)).order(messages::id.desc()).load(db)?;
    rows.into_iter().map(line).collect()
}

/// The ids that a filter shows, oldest first and above `after`: the order in which a bulk action takes them.
pub fn ids(db: &mut Db, filter: &Filter, after: MessageId, limit: i64) -> Result<Vec<MessageId>, StoreError> {
    let ids: Vec<i32> = filtered!(messages::table.select(messages::id), filter)
        .filter(messages::id.gt(after.0))
        .order(messages::id.asc())
        .limit(limit)
        .load(db)?;
    Ok(ids.into_iter().map(MessageId).collect())
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
        .filter(messages::res_id.eq(record.0))
        .filter(messages::connection_id.is_null())
        .filter(messages::state.eq(state.code()))
        .order(messages::id)
        .select(messages::id)
        .into_boxed();
    if let Some(reason) = reason {
        query = query.filter(messages::reason_code.eq(reason.code()));
    }
    let ids: Vec<i32> = query.load(db)?;
    Ok(ids.into_iter().map(MessageId).collect())
}

/// How many the filter shows, by state. The filter's own states don't matter.
pub fn counts(db: &mut Db, filter: &Filter) -> Result<Vec<(State, i64)>, StoreError> {
    let all_states = Filter { states: Vec::new(), ..filter.clone() };
    let rows: Vec<(String, i64)> =
        filtered!(messages::table.group_by(messages::state).select((messages::state, count_star())), &all_states)
            .load(db)?;
    rows.into_iter().map(|(code, count)| Ok((state(&code)?, count))).collect()
}

/// The mailboxes of the ledger by the name they had: those of deleted servers have no id any more.
pub fn servers(db: &mut Db) -> Result<Vec<(ServerId, String)>, StoreError> {
    use super::schema::servers;
    let rows: Vec<(i32, String)> = servers::table.select((servers::id, servers::name)).order(servers::name).load(db)?;
    Ok(rows.into_iter().map(|(id, name)| (ServerId(id), name)).collect())
}

fn state(code: &str) -> Result<State, StoreError> {
    State::from_code(code).ok_or_else(|| StoreError::Corrupt(format!("messages.state {code:?}")))
}

fn line(row: Row) -> Result<Line, StoreError> {
    let ((id, server_name, code, reason, reason_detail), (subject, email_from, date, size, source, remote_url), rest) =
        row;
    let (res_model, res_id, next_attempt, create_date) = rest;
    Ok(Line {
        id: MessageId(id),
        server_name,
        state: state(&code)?,
        reason: reason.as_deref().and_then(Reason::from_code),
        reason_detail,
        subject,
        email_from,
        date,
        size,
        has_source: source.is_some(),
        remote_url,
        res_model,
        res_id,
        next_attempt,
        create_date,
    })
}
