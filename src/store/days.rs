//! What came on each of some days, for charts. It costs what came on these days, however much there was before.

use std::collections::HashMap;

use diesel::dsl::max;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Timestamp};

use super::query::{self, Bind, Statement};
use super::schema::messages;
use super::{Backend, Db, StoreError};
use crate::domain::Moment;
use crate::domain::id::{MessageId, ServerId};
use crate::domain::ledger::MailState;

#[derive(QueryableByName)]
struct ServerDay {
    #[diesel(sql_type = Nullable<Integer>)]
    server_id: Option<ServerId>,
    #[diesel(sql_type = Integer)]
    day: i32,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct DayTotal {
    #[diesel(sql_type = Integer)]
    day: i32,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct LastMail {
    #[diesel(sql_type = Integer)]
    id: ServerId,
    #[diesel(sql_type = Nullable<Timestamp>)]
    at: Option<Moment>,
}

/// How many mails each incoming server brought from each of these moments to the next, and from the last one on; None for
/// mail whose server is deleted.
pub fn mails(db: &mut Db, starts: &[Moment]) -> Result<HashMap<Option<ServerId>, Vec<i64>>, StoreError> {
    let ends = ends(db, starts)?;
    let Some(first) = ends.first() else { return Ok(HashMap::new()) };
    let mut statement = Statement::new(query::dialect(db));
    // By their numbers: SQLite would go through an index of all of them that has the server.
    let fates = if statement.dialect() == Backend::Sqlite { "fates f NOT INDEXED" } else { "fates f" };
    statement.text(&format!(
        "SELECT d.server_id, d.day, COUNT(*) AS count FROM (SELECT f.server_id, {} AS day FROM {fates} WHERE f.id > {first}) d \
         GROUP BY d.server_id, d.day",
        day_of(&ends)
    ));
    let rows: Vec<ServerDay> = match db {
        Db::Sqlite(conn) => statement.sqlite().load(conn)?,
        Db::Postgres(conn) => statement.postgres().load(conn)?,
    };
    let mut all: HashMap<Option<ServerId>, Vec<i64>> = HashMap::new();
    for row in rows {
        let days = all.entry(row.server_id).or_insert_with(|| vec![0; starts.len()]);
        if let Some(day) = usize::try_from(row.day).ok().and_then(|day| days.get_mut(day)) {
            *day = row.count;
        }
    }
    Ok(all)
}

/// The last mail before each of these moments. Mails are numbered as they come, so it takes no index of moments: each is found by
/// halves, as a page of a book, all in one statement.
fn ends(db: &mut Db, starts: &[Moment]) -> Result<Vec<i32>, StoreError> {
    let newest: Option<MessageId> = messages::table.select(max(messages::id)).first(db)?;
    let newest = newest.filter(|_| !starts.is_empty());
    let Some(half) = newest.and_then(|newest| newest.0.checked_ilog2()).map(|power| 1 << power) else {
        return Ok(vec![0; starts.len()]);
    };
    let mut statement = Statement::new(query::dialect(db));
    statement.text("WITH RECURSIVE looked (day, start, number, step) AS (");
    for (day, start) in starts.iter().enumerate() {
        statement.text(&format!("SELECT {day}, "));
        statement.bind(Bind::Moment(*start));
        statement.text(&format!(", 0, {half} UNION ALL "));
    }
    statement.text(
        "SELECT l.day, l.start, CASE WHEN \
         (SELECT x.create_date FROM messages x WHERE x.id >= l.number + l.step ORDER BY x.id LIMIT 1) < l.start \
         THEN l.number + l.step ELSE l.number END, l.step / 2 FROM looked l WHERE l.step > 0) \
         SELECT day, CAST(number AS BIGINT) AS count FROM looked WHERE step = 0 ORDER BY day",
    );
    let found: Vec<DayTotal> = match db {
        Db::Sqlite(conn) => statement.sqlite().load(conn)?,
        Db::Postgres(conn) => statement.postgres().load(conn)?,
    };
    Ok(found.into_iter().map(|one| i32::try_from(one.count).unwrap_or(i32::MAX)).collect())
}

/// The SQL of the day of a mail of `fates f`.
fn day_of(ends: &[i32]) -> String {
    let cases: String =
        ends.iter().skip(1).enumerate().map(|(day, end)| format!(" WHEN f.id <= {end} THEN {day}")).collect();
    let last = ends.len().saturating_sub(1);
    if cases.is_empty() { last.to_string() } else { format!("CASE{cases} ELSE {last} END") }
}

/// How many records of a type were made from each of these moments to the next, and from the last one on: those that everybody
/// sees, as one count serves all.
pub fn records(db: &mut Db, model: &str, starts: &[Moment]) -> Result<Vec<i64>, StoreError> {
    let mut days = vec![0; starts.len()];
    let Some(first) = starts.first() else { return Ok(days) };
    let mut statement = Statement::new(query::dialect(db));
    statement.text("SELECT d.day, COUNT(*) AS count FROM (SELECT CASE");
    for (day, end) in starts.iter().skip(1).enumerate() {
        statement.text(" WHEN t.create_date < ");
        statement.bind(Bind::Moment(*end));
        statement.text(&format!(" THEN {day}"));
    }
    statement.text(&format!(" ELSE {} END AS day FROM records t WHERE t.model = ", starts.len() - 1));
    statement.bind(Bind::Text(model.to_owned()));
    statement.text(" AND t.confidential = FALSE AND t.create_date >= ");
    statement.bind(Bind::Moment(*first));
    statement.text(") d GROUP BY d.day");
    let rows: Vec<DayTotal> = match db {
        Db::Sqlite(conn) => statement.sqlite().load(conn)?,
        Db::Postgres(conn) => statement.postgres().load(conn)?,
    };
    for row in rows {
        if let Some(day) = usize::try_from(row.day).ok().and_then(|day| days.get_mut(day)) {
            *day = row.count;
        }
    }
    Ok(days)
}

/// When each incoming server brought its newest mail.
pub fn last_mails(db: &mut Db) -> Result<HashMap<ServerId, Moment>, StoreError> {
    let mut statement = Statement::new(query::dialect(db));
    // The newest of each state is one look into an index; of all states together it would be as many as there are mails. In the
    // order of a state, which is one: PostgreSQL would go back through all mails for one that there is none of.
    let states = MailState::ALL.iter().map(|state| format!("SELECT '{}' AS state", state.code()));
    let states = states.collect::<Vec<_>>().join(" UNION ALL ");
    statement.text(&format!(
        "SELECT s.id, (SELECT m.create_date FROM messages m WHERE m.id = (SELECT MAX(n.newest) FROM (\
         SELECT (SELECT f.id FROM fates f WHERE f.server_id = s.id AND f.state BETWEEN c.state AND c.state ORDER BY f.state DESC, f.id DESC LIMIT 1) \
         AS newest FROM ({states}) c) n)) AS at \
         FROM servers s"
    ));
    let rows: Vec<LastMail> = match db {
        Db::Sqlite(conn) => statement.sqlite().load(conn)?,
        Db::Postgres(conn) => statement.postgres().load(conn)?,
    };
    Ok(rows.into_iter().filter_map(|row| Some((row.id, row.at?))).collect())
}
