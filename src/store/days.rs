//! What came on each of some days, for charts. The cost depends on what came on these days, not on how much there is in all.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Timestamp};

use super::query::{self, Bind, Statement};
use super::schema::messages;
use super::{Backend, Db, StoreError};
use crate::domain::Moment;
use crate::domain::id::{MessageId, ServerId, model_code};
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
    // Mails are numbered in the order in which they come, so the first one of a day is one look into an index; its server is
    // in the same row as the number.
    let mut firsts: Vec<Option<MessageId>> = Vec::with_capacity(starts.len());
    for start in starts {
        let first = messages::table.filter(messages::create_date.ge(start)).order(messages::create_date);
        firsts.push(first.select(messages::id).first(db).optional()?);
    }
    let Some(first) = firsts.first().copied().flatten() else { return Ok(HashMap::new()) };
    let ends = firsts.iter().skip(1).enumerate();
    let cases: String = ends
        .filter_map(|(day, end)| Some(format!(" WHEN f.id < {} THEN {day}", (*end)?)))
        .chain([format!(" ELSE {}", last_with(&firsts))])
        .collect();
    let mut statement = Statement::new(query::dialect(db));
    let case = match cases.contains("WHEN") {
        true => format!("CASE{cases} END"),
        false => last_with(&firsts).to_string(),
    };
    // Read by their numbers, since SQLite would use an index of all of them that has the server.
    let fates = if statement.dialect() == Backend::Sqlite { "fates f NOT INDEXED" } else { "fates f" };
    statement.text(&format!(
        "SELECT d.server_id, d.day, COUNT(*) AS count FROM (SELECT f.server_id, {case} AS day FROM {fates} WHERE f.id >= {first}) d \
         GROUP BY d.server_id, d.day"
    ));
    let rows: Vec<ServerDay> = statement.load(db)?;
    let mut all: HashMap<Option<ServerId>, Vec<i64>> = HashMap::new();
    for row in rows {
        let days = all.entry(row.server_id).or_insert_with(|| vec![0; starts.len()]);
        if let Some(day) = usize::try_from(row.day).ok().and_then(|day| days.get_mut(day)) {
            *day = row.count;
        }
    }
    Ok(all)
}

/// The last day that has any mail.
fn last_with(firsts: &[Option<MessageId>]) -> usize {
    firsts.iter().rposition(Option::is_some).unwrap_or_default()
}

/// How many records of a type were made from each of these moments to the next, and from the last one on. Only those that
/// everybody sees, so that one count serves all.
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
    statement.text(&format!(" ELSE {} END AS day FROM records t WHERE t.model_code = ", starts.len() - 1));
    statement.bind(Bind::Text(model_code(model).to_owned()));
    statement.text(" AND t.confidential = FALSE AND t.create_date >= ");
    statement.bind(Bind::Moment(*first));
    statement.text(") d GROUP BY d.day");
    let rows: Vec<DayTotal> = statement.load(db)?;
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
    // The newest mail of each state is one look into an index, but the newest of all states together would read all mails.
    // The states are given as a range of one, since PostgreSQL would read back through all mails for a state that has none.
    let states = MailState::ALL.iter().map(|state| format!("SELECT '{}' AS state", state.code()));
    let states = states.collect::<Vec<_>>().join(" UNION ALL ");
    statement.text(&format!(
        "SELECT s.id, (SELECT m.create_date FROM messages m WHERE m.id = (SELECT MAX(n.newest) FROM (\
         SELECT (SELECT f.id FROM fates f WHERE f.server_id = s.id AND f.state BETWEEN c.state AND c.state ORDER BY f.state DESC, f.id DESC LIMIT 1) \
         AS newest FROM ({states}) c) n)) AS at \
         FROM servers s"
    ));
    let rows: Vec<LastMail> = statement.load(db)?;
    Ok(rows.into_iter().filter_map(|row| Some((row.id, row.at?))).collect())
}
