//! What a month in numbers is counted from, by what a report groups records by. Triggers keep how many records of a type are dated on
//! each day, and how many of these are settled since when, with each change in its transaction: what was before costs nothing. Only of
//! a part of a day are records counted, as the days that are kept are those of UTC, and of what is hidden from whoever looks.
//!
//! On PostgreSQL each statement adds rows of its own, so that nobody waits for another one's, and [`add_up`] adds these to the numbers.

use std::collections::HashMap;
use std::ops::Range;
use std::str::FromStr;

use chrono::{Days, NaiveDate, NaiveTime, TimeDelta};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Timestamp};

use super::list::{self, RecordFilter, conditions};
use crate::domain::Moment;
use crate::domain::id::{CategoryId, ServerId, StageId, model_code};
use crate::store::query::{self, Bind, Statement};
use crate::store::schema::record_day_changes;
use crate::store::sight::RecordSight;
use crate::store::{Backend, Db, StoreError};

/// What a report groups records by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportClass {
    pub category_id: Option<CategoryId>,
    pub stage_id: StageId,
    /// How it came: a choice of the type's own.
    pub channel: Option<String>,
    /// Which incoming server brought its first mail.
    pub server_id: Option<ServerId>,
}

impl ReportClass {
    /// As the database has it in one text: numbers of stage, category and server, then the channel.
    fn read(text: &str) -> Self {
        let mut parts = text.splitn(4, ' ').map(|part| Some(part).filter(|part| !part.is_empty()));
        let mut number = || parts.next().flatten().and_then(|part| part.parse().ok());
        let (stage, category, server): (Option<i32>, Option<i32>, Option<i32>) = (number(), number(), number());
        Self {
            stage_id: StageId(stage.expect("each record has a stage, and its class begins with it")),
            category_id: category.map(CategoryId),
            server_id: server.map(ServerId),
            channel: parts.next().flatten().map(str::to_owned),
        }
    }

    /// The SQL of that text. On SQLite it is a column, which the index of ages has.
    fn sql(dialect: Backend) -> &'static str {
        match dialect {
            Backend::Sqlite => "t.report_class",
            Backend::Postgres => "report_class(t.stage_id, t.category_id, t.server_id, t.extra)",
        }
    }
}

#[derive(QueryableByName)]
struct CountedClass {
    #[diesel(sql_type = Text)]
    class: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct CountedDay {
    #[diesel(sql_type = Text)]
    day: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct DatedRow {
    #[diesel(sql_type = Timestamp)]
    date: Moment,
}

#[derive(QueryableByName)]
struct SettledRow {
    #[diesel(sql_type = Text)]
    class: String,
    #[diesel(sql_type = Text)]
    date: String,
    #[diesel(sql_type = Text)]
    closed_at: String,
}

/// How many records are alike in all that a report groups them by; less than none where they are taken off another count.
#[derive(Debug, Clone)]
pub struct ReportCount {
    pub class: ReportClass,
    pub count: i64,
}

/// Settled records that are alike in that.
#[derive(Debug, Clone)]
pub struct SettledAlike {
    pub class: ReportClass,
    /// Of each, when it was settled, and how old it was then.
    pub ends: Vec<(Moment, TimeDelta)>,
}

/// What was dated from one moment on and before another one, of all that `base` shows, which is a whole type.
pub fn received(db: &mut Db, base: &RecordFilter, from: Moment, end: Moment) -> Result<Vec<ReportCount>, StoreError> {
    let filter = dated(base, from, end);
    let (first, last) = (next_day(from), day_of(end));
    if first > last || base.sight.hides_many(db)? {
        return counted(db, &filter);
    }
    let mut all = kept(db, base, &DATED, (Some(first), Some(last)))?;
    let whole = unhidden(base);
    all.extend(counted(db, &dated(&whole, from, first))?);
    all.extend(counted(db, &dated(&whole, last, end))?);
    all.extend(hidden(db, &filter)?);
    Ok(all)
}

/// What was open at a moment: what still is, and what was settled since.
pub fn open_at(db: &mut Db, base: &RecordFilter, end: Moment) -> Result<Vec<ReportCount>, StoreError> {
    let open = |base: &RecordFilter| RecordFilter { closed: Some(false), before: Some(end), ..base.clone() };
    let settled_since =
        |base: &RecordFilter| RecordFilter { settled: Some((end, None)), before: Some(end), ..base.clone() };
    if base.sight.hides_many(db)? {
        let mut all = counted(db, &open(base))?;
        all.extend(counted(db, &settled_since(base))?);
        return Ok(all);
    }
    let (whole, day, next) = (unhidden(base), day_of(end), next_day(end));
    let mut all = kept(db, base, &[OPEN], (None, Some(day)))?;
    all.extend(counted(db, &RecordFilter { since: Some(day), ..open(&whole) })?);
    // What was dated before the next day and is settled since: all that was both since, but for what was only dated then.
    all.extend(kept(db, base, &[OVER], (Some(next), None))?);
    all.extend(taken_off(kept(db, base, &[SETTLED], (Some(next), None))?));
    // The same at the moment itself.
    let meanwhile = RecordFilter { settled: Some((end, Some(next))), ..settled_since(&whole) };
    let later = RecordFilter { closed: Some(true), settled: Some((next, None)), ..dated(&whole, end, next) };
    if end < next {
        all.extend(counted(db, &meanwhile)?);
        all.extend(taken_off(counted(db, &later)?));
    }
    all.extend(hidden(db, &open(base))?);
    all.extend(hidden(db, &settled_since(base))?);
    Ok(all)
}

/// How many were dated from each of these moments to the next one.
pub fn received_between(db: &mut Db, base: &RecordFilter, moments: &[Moment]) -> Result<Vec<i64>, StoreError> {
    let (Some(first), Some(last)) = (moments.first().copied(), moments.last().copied()) else { return Ok(Vec::new()) };
    if base.sight.hides_many(db)? {
        let stretches: Vec<RecordFilter> = moments.windows(2).map(|two| dated(base, two[0], two[1])).collect();
        return list::whole_counts(db, &stretches);
    }
    // Of the day in which a moment stands, the shorter part is counted.
    let begins_near = |at: Moment| at - day_of(at) <= TimeDelta::hours(12);
    let whole = unhidden(base);
    let part =
        |at: Moment| if begins_near(at) { dated(&whole, day_of(at), at) } else { dated(&whole, at, next_day(at)) };
    let within: Vec<Moment> = moments.iter().copied().filter(|at| *at != day_of(*at)).collect();
    let parts = list::whole_counts(db, &within.iter().copied().map(part).collect::<Vec<_>>())?;
    let parts: HashMap<Moment, i64> = within.into_iter().zip(parts).collect();
    let days = kept_by_day(db, base, day_of(first), next_day(last))?;
    let hidden: Vec<Moment> = hidden_dates(db, &dated(base, first, last))?;
    // How many there are from the first day on, before a moment.
    let before = |at: Moment| {
        let end = text_of_day(if begins_near(at) { day_of(at) } else { next_day(at) });
        let whole: i64 = days.iter().filter(|(day, _)| **day < end).map(|(_, count)| count).sum();
        let part = parts.get(&at).copied().unwrap_or_default();
        let hidden = hidden.iter().filter(|date| **date < at).count();
        whole + if begins_near(at) { part } else { -part } - i64::try_from(hidden).unwrap_or_default()
    };
    let before: Vec<i64> = moments.iter().copied().map(before).collect();
    Ok(before.windows(2).map(|two| (two[1] - two[0]).max(0)).collect())
}

/// What a filter shows that was settled at a known moment, `most` of it; and whether there is more.
pub fn settled(db: &mut Db, filter: &RecordFilter, most: usize) -> Result<(Vec<SettledAlike>, bool), StoreError> {
    let mut statement = Statement::new(query::dialect(db));
    let class = ReportClass::sql(statement.dialect());
    statement.text(&format!(
        "SELECT {class} AS class, CAST(t.date AS TEXT) AS date, CAST(t.closed_at AS TEXT) AS closed_at FROM records t WHERE "
    ));
    conditions(&mut statement, filter);
    statement.text(&format!(" LIMIT {}", most + 1));
    let rows: Vec<SettledRow> = statement.load(db)?;
    let more = rows.len() > most;
    let (mut all, mut places): (Vec<SettledAlike>, HashMap<String, usize>) = (Vec::new(), HashMap::new());
    for row in rows.into_iter().take(most) {
        let place = match places.get(&row.class) {
            Some(place) => *place,
            None => {
                all.push(SettledAlike { class: ReportClass::read(&row.class), ends: Vec::new() });
                places.insert(row.class, all.len() - 1);
                all.len() - 1
            }
        };
        let wrong = || StoreError::Corrupt(format!("a record of {} or its end at {}", row.date, row.closed_at));
        let (date, end) = moment(&row.date).zip(moment(&row.closed_at)).ok_or_else(wrong)?;
        all[place].ends.push((end, end - date));
    }
    Ok((all, more))
}

/// A moment as both databases write it: `2026-11-22 10:00:34.25`. Of a month there are two for each of tens of thousands of records: Diesel
/// tries one form after another on each, which takes longer than all else.
fn moment(text: &str) -> Option<Moment> {
    fn number<N: FromStr>(text: &str, at: Range<usize>) -> Option<N> {
        text.get(at)?.parse().ok()
    }
    let date = NaiveDate::from_ymd_opt(number(text, 0..4)?, number(text, 5..7)?, number(text, 8..10)?)?;
    let nanoseconds: u32 = match text.get(20..29.min(text.len())) {
        Some(part) => part.parse::<u32>().ok()?.checked_mul(10u32.pow(9 - part.len() as u32))?,
        None => 0,
    };
    date.and_hms_nano_opt(number(text, 11..13)?, number(text, 14..16)?, number(text, 17..19)?, nanoseconds)
}

// Days are those of UTC, as texts: `2026-11-22`.

fn day_of(at: Moment) -> Moment {
    at.date().and_time(NaiveTime::MIN)
}

/// The same moment where a day begins with it.
fn next_day(at: Moment) -> Moment {
    let day = day_of(at);
    if day == at { at } else { day.checked_add_days(Days::new(1)).unwrap_or(at) }
}

fn text_of_day(day: Moment) -> String {
    day.format("%Y-%m-%d").to_string()
}

fn dated(base: &RecordFilter, since: Moment, before: Moment) -> RecordFilter {
    RecordFilter { since: Some(since), before: Some(before), ..base.clone() }
}

/// Kinds of kept numbers: of what is open, of what nobody knows when it was settled, and of what is settled, each by the day of its date;
/// and of what is settled once more, by the day from which on it was both dated and settled.
const OPEN: i64 = 0;
const SETTLED_SOMETIME: i64 = 1;
const SETTLED: i64 = 2;
const OVER: i64 = 3;
const DATED: [i64; 3] = [OPEN, SETTLED_SOMETIME, SETTLED];

/// What is kept, of some kinds and of the days from one on and before another.
fn of_kept(statement: &mut Statement, model: &str, kinds: &[i64], (from, before): (Option<Moment>, Option<Moment>)) {
    statement.text(match statement.dialect() {
        Backend::Sqlite => " FROM record_days WHERE model_code = ",
        Backend::Postgres => {
            " FROM (SELECT model_code, kind, day, class, count FROM record_days \
             UNION ALL SELECT model_code, kind, day, class, count FROM record_day_changes) d WHERE model_code = "
        }
    });
    statement.bind(Bind::Text(model_code(model).to_owned()));
    let kinds: Vec<String> = kinds.iter().map(i64::to_string).collect();
    statement.text(&format!(" AND kind IN ({})", kinds.join(", ")));
    for (sign, day) in from.map(|day| (">=", day)).into_iter().chain(before.map(|day| ("<", day))) {
        statement.text(&format!(" AND day {sign} "));
        statement.bind(Bind::Text(text_of_day(day)));
    }
}

/// By class, what is hidden included.
fn kept(
    db: &mut Db,
    base: &RecordFilter,
    kinds: &[i64],
    days: (Option<Moment>, Option<Moment>),
) -> Result<Vec<ReportCount>, StoreError> {
    let mut statement = Statement::new(query::dialect(db));
    statement.text("SELECT class, CAST(SUM(count) AS BIGINT) AS count");
    of_kept(&mut statement, &base.model, kinds, days);
    statement.text(" GROUP BY class HAVING SUM(count) <> 0");
    by_class(db, &statement)
}

/// By day, what is hidden included.
fn kept_by_day(
    db: &mut Db,
    base: &RecordFilter,
    from: Moment,
    before: Moment,
) -> Result<HashMap<String, i64>, StoreError> {
    let mut statement = Statement::new(query::dialect(db));
    statement.text("SELECT day, CAST(SUM(count) AS BIGINT) AS count");
    of_kept(&mut statement, &base.model, &DATED, (Some(from), Some(before)));
    statement.text(" GROUP BY day");
    Ok(statement.load::<CountedDay>(db)?.into_iter().map(|row| (row.day, row.count)).collect())
}

fn unhidden(base: &RecordFilter) -> RecordFilter {
    RecordFilter { sight: RecordSight::machine(), ..base.clone() }
}

/// What a filter shows, record by record; nothing where it ends before it begins.
fn counted(db: &mut Db, filter: &RecordFilter) -> Result<Vec<ReportCount>, StoreError> {
    if filter.since.zip(filter.before).is_some_and(|(since, before)| since >= before) {
        return Ok(Vec::new());
    }
    let mut statement = Statement::new(query::dialect(db));
    let class = ReportClass::sql(statement.dialect());
    statement.text(&format!("SELECT {class} AS class, COUNT(*) AS count FROM records t WHERE "));
    conditions(&mut statement, filter);
    statement.text(" GROUP BY 1");
    by_class(db, &statement)
}

/// What of it is hidden from whoever looks, taken off.
fn hidden(db: &mut Db, filter: &RecordFilter) -> Result<Vec<ReportCount>, StoreError> {
    let class = ReportClass::sql(query::dialect(db));
    let Some(mut statement) = of_hidden(db, filter, &format!("{class} AS class, -COUNT(*) AS count")) else {
        return Ok(Vec::new());
    };
    statement.text(" GROUP BY 1");
    by_class(db, &statement)
}

fn hidden_dates(db: &mut Db, filter: &RecordFilter) -> Result<Vec<Moment>, StoreError> {
    let Some(statement) = of_hidden(db, filter, "t.date") else { return Ok(Vec::new()) };
    Ok(statement.load::<DatedRow>(db)?.into_iter().map(|row| row.date).collect())
}

/// Something of what a filter would show if nothing were hidden, and is. Hidden ones are few, and looked up one by one.
fn of_hidden(db: &mut Db, filter: &RecordFilter, what: &str) -> Option<Statement> {
    let hidden = filter.sight.hidden()?;
    let mut statement = Statement::new(query::dialect(db));
    let source = match statement.dialect() {
        Backend::Sqlite => "records t NOT INDEXED",
        Backend::Postgres => "records t",
    };
    statement.text(&format!("SELECT {what} FROM {source} WHERE t.id IN ({hidden}) AND "));
    conditions(&mut statement, &unhidden(filter));
    Some(statement)
}

fn taken_off(counts: Vec<ReportCount>) -> impl Iterator<Item = ReportCount> {
    counts.into_iter().map(|one| ReportCount { count: -one.count, ..one })
}

fn by_class(db: &mut Db, statement: &Statement) -> Result<Vec<ReportCount>, StoreError> {
    let read = |row: CountedClass| ReportCount { class: ReportClass::read(&row.class), count: row.count };
    Ok(statement.load::<CountedClass>(db)?.into_iter().map(read).collect())
}

/// Adds to the numbers what PostgreSQL keeps beside them, where that is more than so many rows.
pub fn add_up(db: &mut Db, beyond: i64) -> Result<(), StoreError> {
    let Db::Postgres(conn) = db else { return Ok(()) };
    let rows: i64 = record_day_changes::table.count().get_result(conn)?;
    if rows <= beyond {
        return Ok(());
    }
    // What others add meanwhile is not seen here, and stays. In one order, so that no two of them wait for each other.
    diesel::sql_query(
        "WITH taken AS (DELETE FROM record_day_changes RETURNING model_code, kind, day, class, count) \
         INSERT INTO record_days (model_code, kind, day, class, count) \
         SELECT model_code, kind, day, class, SUM(count) FROM taken GROUP BY 1, 2, 3, 4 HAVING SUM(count) <> 0 ORDER BY 1, 2, 3, 4 \
         ON CONFLICT (model_code, kind, day, class) DO UPDATE SET count = record_days.count + EXCLUDED.count",
    )
    .execute(conn)?;
    diesel::sql_query("DELETE FROM record_days WHERE count = 0").execute(conn)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_report_groups_by_is_read_from_one_text() {
        let class = |category, channel: &str, server| ReportClass {
            category_id: category,
            stage_id: StageId(3),
            channel: Some(channel.to_owned()).filter(|channel| !channel.is_empty()),
            server_id: server,
        };
        assert_eq!(ReportClass::read("3   "), class(None, "", None));
        assert_eq!(ReportClass::read("3 12 7 by hand"), class(Some(CategoryId(12)), "by hand", Some(ServerId(7))));
        assert_eq!(ReportClass::read("3  7 mail"), class(None, "mail", Some(ServerId(7))));
    }
    #[test]
    fn moments_are_read_as_both_databases_write_them() {
        for text in
            ["2026-11-22 10:00:34", "2026-11-22 10:00:34.805170", "2026-11-22 23:59:59.5", "2024-02-29 00:00:00.000001"]
        {
            assert_eq!(moment(text), Moment::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").ok(), "{text}");
        }
        for wrong in ["", "2026-11-22", "2026-13-22 10:00:34", "2026-11-22 10:00:34.", "2026-11-22 10:00:34.x"] {
            assert_eq!(moment(wrong), None, "{wrong}");
        }
    }
}
