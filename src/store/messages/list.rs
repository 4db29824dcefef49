//! The ledger as its page shows it: filtered, counted by state, a page at a time.

use diesel::deserialize::QueryableByName;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};
use diesel::sqlite::Sqlite;

use crate::domain::Moment;
use crate::domain::id::{ConnectionId, MessageId, RecordId, ServerId, SourceId};
use crate::domain::ledger::{MailState, Reason};
use crate::domain::sought::Sought;
use crate::domain::words::Sentence;
use crate::store::query::{self, Bind, Statement};
use crate::store::schema::{fates, messages, servers};
use crate::store::{Db, StoreError, search};

/// What the page shows; all conditions must hold.
#[derive(Debug, Clone, Default)]
pub struct LedgerFilter {
    /// Any of these; empty is every state.
    pub states: Vec<MailState>,
    pub reason: Option<Reason>,
    pub server: Option<ServerId>,
    /// Those that go there, and wait, are held or have arrived.
    pub connection: Option<ConnectionId>,
    pub sought: Sought,
    /// Or what has this Message-ID.
    pub message_id: Option<String>,
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

#[derive(QueryableByName)]
struct FoundMessage {
    #[diesel(sql_type = Integer)]
    id: MessageId,
}

#[derive(QueryableByName)]
struct StateCount {
    #[diesel(sql_type = Text)]
    state: MailState,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How much of a search counts: for a page its newest hits, for what is done with all of them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hits {
    Newest,
    All,
}

/// What must hold of `fates f`.
fn conditions(statement: &mut Statement, filter: &LedgerFilter, hits: Hits) {
    statement.text("1 = 1");
    if let Some(reason) = filter.reason {
        statement.text(" AND f.reason_code = ");
        statement.bind(Bind::Text(reason.code().to_owned()));
    }
    if let Some(server) = filter.server {
        statement.text(" AND f.server_id = ");
        statement.bind(Bind::Integer(server.0.into()));
    }
    if let Some(connection) = filter.connection {
        statement.text(" AND f.connection_id = ");
        statement.bind(Bind::Integer(connection.0.into()));
    }
    for (n, state) in filter.states.iter().enumerate() {
        statement.text(if n == 0 { " AND f.state IN (" } else { ", " });
        statement.bind(Bind::Text(state.code().to_owned()));
    }
    if !filter.states.is_empty() {
        statement.text(")");
    }
    if filter.sought.is_empty() && filter.message_id.is_none() {
        return;
    }
    statement.text(" AND (");
    if let Some(id) = &filter.message_id {
        statement.text("f.id IN (SELECT m.id FROM messages m WHERE m.message_id = ");
        statement.bind(Bind::Text(id.clone()));
        statement.text(")");
    }
    if !filter.sought.is_empty() {
        if filter.message_id.is_some() {
            statement.text(" OR ");
        }
        match hits {
            Hits::Newest => search::messages_condition(statement, "f.id", &filter.sought),
            Hits::All => search::all_messages_condition(statement, "f.id", &filter.sought),
        }
    }
    statement.text(")");
}

fn load<T>(db: &mut Db, statement: &Statement) -> Result<Vec<T>, StoreError>
where
    T: QueryableByName<Sqlite> + QueryableByName<Pg> + 'static,
{
    Ok(match db {
        Db::Sqlite(conn) => statement.sqlite().load(conn)?,
        Db::Postgres(conn) => statement.postgres().load(conn)?,
    })
}

/// One page, newest first; `limit` is 1,000 at most.
pub fn page(db: &mut Db, filter: &LedgerFilter, offset: i64, limit: i64) -> Result<Vec<LedgerLine>, StoreError> {
    // Found first, and only then looked up: what is skipped or sorted costs an entry of an index.
    let mut statement = Statement::new(query::dialect(db));
    statement.text("SELECT f.id FROM fates f WHERE ");
    conditions(&mut statement, filter, Hits::Newest);
    statement.text(&format!(" ORDER BY f.id DESC LIMIT {limit} OFFSET {offset}"));
    let ids: Vec<MessageId> = load::<FoundMessage>(db, &statement)?.into_iter().map(|found| found.id).collect();
    let lines = messages::table.inner_join(fates::table).filter(messages::id.eq_any(ids)).order(messages::id.desc());
    Ok(lines.select(LedgerLine::as_select()).load(db)?)
}

/// The ids that a filter shows, oldest first and above `after`: the order in which a bulk action takes them.
pub fn ids(db: &mut Db, filter: &LedgerFilter, after: MessageId, limit: i64) -> Result<Vec<MessageId>, StoreError> {
    let mut statement = Statement::new(query::dialect(db));
    statement.text("SELECT f.id FROM fates f WHERE ");
    conditions(&mut statement, filter, Hits::All);
    statement.text(" AND f.id > ");
    statement.bind(Bind::Integer(after.0.into()));
    statement.text(&format!(" ORDER BY f.id LIMIT {limit}"));
    Ok(load::<FoundMessage>(db, &statement)?.into_iter().map(|found| found.id).collect())
}

/// The messages that are held for this reason and whose sender, as it was written, ends in this domain; at most `limit`.
pub fn held_of_domain(db: &mut Db, reason: Reason, domain: &str, limit: i64) -> Result<Vec<MessageId>, StoreError> {
    let ends: String = domain
        .chars()
        .flat_map(|c| [Some('\\').filter(|_| matches!(c, '%' | '_' | '\\')), Some(c)])
        .flatten()
        .collect();
    let mut statement = Statement::new(query::dialect(db));
    statement
        .text("SELECT f.id FROM fates f JOIN messages m ON m.id = f.id WHERE f.state = 'held' AND f.reason_code = ");
    statement.bind(Bind::Text(reason.code().to_owned()));
    statement.text(" AND lower(m.email_from) LIKE ");
    statement.bind(Bind::Text(format!("%@{ends}%")));
    statement.text(&format!(" ESCAPE '\\' ORDER BY f.id LIMIT {limit}"));
    Ok(load::<FoundMessage>(db, &statement)?.into_iter().map(|found| found.id).collect())
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
    let mut statement = Statement::new(query::dialect(db));
    statement.text("SELECT f.state, COUNT(*) AS count FROM fates f WHERE ");
    conditions(&mut statement, &all_states, Hits::Newest);
    statement.text(" GROUP BY f.state");
    Ok(load::<StateCount>(db, &statement)?.into_iter().map(|row| (row.state, row.count)).collect())
}

/// The mailboxes of the ledger by the name they had: those of deleted servers have no id any more.
pub fn servers(db: &mut Db) -> Result<Vec<(ServerId, String)>, StoreError> {
    Ok(servers::table.select((servers::id, servers::name)).order(servers::name).load(db)?)
}
