//! The ledger as its page shows it: filtered, counted by state, a page at a time.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};

use crate::domain::Moment;
use crate::domain::id::{ConnectionId, MessageId, RecordId, ServerId, SourceId};
use crate::domain::ledger::{MailState, Reason};
use crate::domain::words::Sentence;
use crate::store::query::{self, Bind, Statement};
use crate::store::records::list::{COUNTED, LOOKS, PASSED, PASSED_IN_A_LOOK, ShownCount};
use crate::store::schema::{fates, ledger_counts, messages, servers};
use crate::store::search::WordHits;
use crate::store::sight::RecordSight;
use crate::store::{Backend, Db, StoreError};

/// What the page shows; all conditions must hold.
#[derive(Debug, Clone, Default)]
pub struct LedgerFilter {
    /// Of whoever looks at it: what is hidden from them is found by no word of it.
    pub sight: RecordSight,
    /// Any of these; empty is every state.
    pub states: Vec<MailState>,
    pub reason: Option<Reason>,
    pub server: Option<ServerId>,
    /// Those that go there, and wait, are held or have arrived.
    pub connection: Option<ConnectionId>,
    pub words: Option<WordHits>,
}

impl LedgerFilter {
    /// Its words, where more have them than are known.
    pub fn many(&self) -> Option<&WordHits> {
        self.words.as_ref().filter(|words| words.are_many())
    }

    /// By anything but the state.
    pub fn narrows(&self) -> bool {
        self.reason.is_some() || self.server.is_some() || self.connection.is_some() || self.words.is_some()
    }

    /// The same, a state at a time.
    fn by_state(&self) -> Vec<LedgerFilter> {
        let states = if self.states.is_empty() { MailState::ALL } else { &self.states };
        states.iter().map(|state| LedgerFilter { states: vec![*state], ..self.clone() }).collect()
    }
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
    /// It is confidential, and whoever looks at it is not named for it: nothing of the mail stands here.
    #[diesel(select_expression = fates::id.is_null())]
    pub hidden: bool,
}

impl LedgerLine {
    fn hide(&mut self) {
        self.hidden = true;
        (self.subject, self.email_from, self.reason_detail, self.source) = (None, None, None, None);
        (self.res_model, self.res_id, self.remote_url) = (None, None, None);
    }
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

/// What must hold of `fates f`.
fn conditions(statement: &mut Statement, filter: &LedgerFilter) {
    wordless_conditions(statement, filter);
    if let Some(words) = &filter.words {
        statement.text(" AND ");
        words.narrow(statement, "f.id");
    }
}

/// Whatever words it has.
fn wordless_conditions(statement: &mut Statement, filter: &LedgerFilter) {
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
    if filter.words.is_some()
        && let Some(hidden) = filter.sight.hides_mail(statement.dialect())
    {
        statement.text(&format!(" AND NOT {hidden}"));
    }
}

/// Where a page of the ledger is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LedgerPart {
    /// The newest.
    #[default]
    First,
    /// Those that came before this one.
    Older(MessageId),
    /// Those that came behind it: the ones next to it.
    Newer(MessageId),
}

/// One page, newest first, `limit` is 1,000 at most; and whether there are more in the direction that was looked.
pub fn page(
    db: &mut Db,
    filter: &LedgerFilter,
    part: LedgerPart,
    limit: i64,
) -> Result<(Vec<LedgerLine>, bool), StoreError> {
    // Found first, and only then looked up: what is skipped or sorted costs an entry of an index. One more than is shown says
    // whether there are more.
    let found = match filter.many() {
        Some(words) => on_the_way(db, filter, words, part, limit + 1, &mut { LOOKS })?,
        None => None,
    };
    let mut ids = match found {
        Some(found) => found,
        None => next(db, filter, part, limit + 1, filter.words.as_ref())?,
    };
    let more = ids.len() as i64 > limit;
    ids.truncate(usize::try_from(limit).unwrap_or_default());
    let lines = messages::table.inner_join(fates::table).filter(messages::id.eq_any(&ids)).order(messages::id.desc());
    let mut lines: Vec<LedgerLine> = lines.select(LedgerLine::as_select()).load(db)?;
    let hidden = filter.sight.hidden_mails(db, &ids)?;
    lines.iter_mut().filter(|line| hidden.contains(&line.id)).for_each(LedgerLine::hide);
    Ok((lines, more))
}

/// The next so many of a part, with these words or whatever words they have.
fn next(
    db: &mut Db,
    filter: &LedgerFilter,
    part: LedgerPart,
    limit: i64,
    words: Option<&WordHits>,
) -> Result<Vec<MessageId>, StoreError> {
    let mut statement = Statement::new(query::dialect(db));
    // What is known to have the words is looked up by its number.
    let is_known = words.is_some_and(|words| !words.are_many()) && statement.dialect() == Backend::Sqlite;
    let source = if is_known { "fates f NOT INDEXED" } else { "fates f" };
    let (behind, way) = match part {
        LedgerPart::First => (None, "DESC"),
        LedgerPart::Older(than) => (Some((" AND f.id < ", than)), "DESC"),
        LedgerPart::Newer(than) => (Some((" AND f.id > ", than)), "ASC"),
    };
    // Each state stands in its order in an index; of all of them the next ones are taken.
    let parts = if words.is_some() { vec![filter.clone()] } else { filter.by_state() };
    for (n, one) in parts.iter().enumerate() {
        statement.text(if n == 0 { "SELECT id FROM (" } else { " UNION ALL SELECT id FROM (" });
        statement.text(&format!("SELECT f.id FROM {source} WHERE "));
        wordless_conditions(&mut statement, one);
        if let Some(words) = words {
            statement.text(" AND ");
            words.narrow(&mut statement, "f.id");
        }
        if let Some((compared, id)) = behind {
            statement.text(compared);
            statement.bind(Bind::Integer(id.0.into()));
        }
        statement.text(&format!(" ORDER BY f.id {way} LIMIT {limit}) s{n}"));
    }
    statement.text(&format!(" ORDER BY id {way} LIMIT {limit}"));
    Ok(statement.load::<FoundMessage>(db)?.into_iter().map(|found| found.id).collect())
}

/// What many have is met soon: the messages are gone through, and each looked at whether it has the words. None where that takes
/// more than `looks`.
fn on_the_way(
    db: &mut Db,
    filter: &LedgerFilter,
    words: &WordHits,
    part: LedgerPart,
    limit: i64,
    looks: &mut usize,
) -> Result<Option<Vec<MessageId>>, StoreError> {
    let most = usize::try_from(limit).unwrap_or_default();
    let (mut all, mut place) = (Vec::new(), part);
    let (mut passed, mut step) = (0, limit.clamp(100, 2_000));
    while passed < PASSED && *looks > 0 {
        let some = next(db, filter, place, step, None)?;
        let is_end = (some.len() as i64) < step;
        if let Some(last) = some.last() {
            place =
                if matches!(part, LedgerPart::Newer(_)) { LedgerPart::Newer(*last) } else { LedgerPart::Older(*last) };
        }
        let Some(has) = words.among(db, &some, |id| id.0, most - all.len(), looks)? else { return Ok(None) };
        all.extend(has);
        if is_end || all.len() >= most {
            return Ok(Some(all));
        }
        passed += step;
        *looks = looks.saturating_sub(some.len() / PASSED_IN_A_LOOK);
        step = (step * 2).min(2_000);
    }
    Ok(None)
}

/// The ids that a filter shows, oldest first and above `after`: the order in which a bulk action takes them.
pub fn ids(db: &mut Db, filter: &LedgerFilter, after: MessageId, limit: i64) -> Result<Vec<MessageId>, StoreError> {
    let mut statement = Statement::new(query::dialect(db));
    statement.text("SELECT f.id FROM fates f WHERE ");
    conditions(&mut statement, filter);
    statement.text(" AND f.id > ");
    statement.bind(Bind::Integer(after.0.into()));
    if let Some(hidden) = filter.sight.hides_mail(statement.dialect()) {
        statement.text(&format!(" AND NOT {hidden}"));
    }
    statement.text(&format!(" ORDER BY f.id LIMIT {limit}"));
    Ok(statement.load::<FoundMessage>(db)?.into_iter().map(|found| found.id).collect())
}

/// The messages above `after` that are held for this reason and whose sender, as it was written, ends in this domain; the
/// oldest `limit`.
pub fn held_of_domain(
    db: &mut Db,
    sight: RecordSight,
    reason: Reason,
    domain: &str,
    after: MessageId,
    limit: i64,
) -> Result<Vec<MessageId>, StoreError> {
    let ends: String = domain
        .chars()
        .flat_map(|c| [Some('\\').filter(|_| matches!(c, '%' | '_' | '\\')), Some(c)])
        .flatten()
        .collect();
    let mut statement = Statement::new(query::dialect(db));
    statement
        .text("SELECT f.id FROM fates f JOIN messages m ON m.id = f.id WHERE f.state = 'held' AND f.reason_code = ");
    statement.bind(Bind::Text(reason.code().to_owned()));
    statement.text(" AND f.id > ");
    statement.bind(Bind::Integer(after.0.into()));
    statement.text(" AND lower(m.email_from) LIKE ");
    statement.bind(Bind::Text(format!("%@{ends}%")));
    statement.text(" ESCAPE '\\'");
    if let Some(hidden) = sight.hides_mail(statement.dialect()) {
        statement.text(&format!(" AND NOT {hidden}"));
    }
    statement.text(&format!(" ORDER BY f.id LIMIT {limit}"));
    Ok(statement.load::<FoundMessage>(db)?.into_iter().map(|found| found.id).collect())
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

/// How many messages are in each state, exactly.
pub fn balance(db: &mut Db) -> Result<Vec<(MailState, i64)>, StoreError> {
    let mut statement = Statement::new(query::dialect(db));
    statement.text(
        "SELECT state, CAST(SUM(count) AS BIGINT) AS count FROM ledger_counts GROUP BY state HAVING SUM(count) <> 0",
    );
    Ok(statement.load::<StateCount>(db)?.into_iter().map(|row| (row.state, row.count)).collect())
}

/// So many lines of counts are one sum.
const LINES: i64 = 500;

/// Adds up the counts that stand in many lines: what [`balance`] adds up itself until then.
pub fn add_up(db: &mut Db) -> Result<(), StoreError> {
    let lines: i64 = ledger_counts::table.count().get_result(db)?;
    if lines <= LINES {
        return Ok(());
    }
    // What others add meanwhile is not seen here, and stays.
    let taken: Vec<(String, i64)> = crate::on_backend!(db, conn => diesel::delete(ledger_counts::table)
        .returning((ledger_counts::state, ledger_counts::count)).get_results(conn))?;
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for (state, count) in taken {
        *sums.entry(state).or_default() += count;
    }
    let rows: Vec<_> =
        sums.iter().map(|(state, count)| (ledger_counts::state.eq(state), ledger_counts::count.eq(count))).collect();
    crate::on_backend!(db, conn => diesel::insert_into(ledger_counts::table).values(&rows).execute(conn))?;
    Ok(())
}

/// How many the filter shows, by state. The filter's own states don't matter. Where it narrows nothing, they are exact. Of words that
/// many have, the newest that are known are counted.
pub fn counts(db: &mut Db, filter: &LedgerFilter) -> Result<Vec<(MailState, ShownCount)>, StoreError> {
    let all_states = LedgerFilter { states: Vec::new(), ..filter.clone() };
    if !all_states.narrows() {
        let exact = balance(db)?.into_iter();
        return Ok(exact.map(|(state, count)| (state, ShownCount::exactly(count))).collect());
    }
    let mut statement = Statement::new(query::dialect(db));
    if let Some(words) = &all_states.words {
        let known = LedgerFilter { words: Some(words.newest()), ..all_states.clone() };
        statement.text("SELECT f.state, COUNT(*) AS count FROM fates f WHERE ");
        conditions(&mut statement, &known);
        statement.text(" GROUP BY f.state");
    } else {
        for (n, one) in all_states.by_state().iter().enumerate() {
            let (union, code) = (if n > 0 { " UNION ALL " } else { "" }, one.states[0].code());
            statement.text(&format!(
                "{union}SELECT '{code}' AS state, COUNT(*) AS count FROM (SELECT 1 FROM fates f WHERE "
            ));
            conditions(&mut statement, one);
            statement.text(&format!(" LIMIT {}) s{n}", COUNTED + 1));
        }
    }
    let counted = statement.load::<StateCount>(db)?.into_iter();
    let counted: Vec<(MailState, i64)> = counted.map(|row| (row.state, row.count)).collect();
    let Some(words) = all_states.many() else {
        return Ok(counted.into_iter().map(|(state, count)| (state, ShownCount::up_to(count))).collect());
    };
    let (mut looks, sees_all, older) = (LOOKS, all_states.sight.sees_all(), words.older());
    let known = |one: LedgerFilter| {
        let state = one.states[0];
        let count = counted.iter().find(|(one, _)| *one == state).map_or(0, |(_, count)| *count);
        let found = match sees_all && count > 0 {
            true => None,
            false => on_the_way(db, &one, &older, LedgerPart::First, 2, &mut looks)?,
        };
        let found = found.map(|found| found.iter().any(|one| !words.knows(one.0)));
        Ok((state, ShownCount::known(count, found, sees_all)))
    };
    all_states.by_state().into_iter().map(known).collect()
}

/// The messages that have this Message-ID.
pub fn by_message_id(db: &mut Db, id: &str) -> Result<Vec<MessageId>, StoreError> {
    Ok(messages::table.filter(messages::message_id.eq(id)).select(messages::id).limit(COUNTED).load(db)?)
}

/// The mailboxes of the ledger by the name they had: those of deleted servers have no id any more.
pub fn servers(db: &mut Db) -> Result<Vec<(ServerId, String)>, StoreError> {
    Ok(servers::table.select((servers::id, servers::name)).order(servers::name).load(db)?)
}
