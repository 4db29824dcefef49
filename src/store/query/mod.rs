//! Searching and reading for the API, where the caller chooses fields, conditions and order. The SQL contains only names
//! from [`Table`]s; every value from a caller is bound. Rows come as JSON objects that the database builds, so that one
//! query reads any choice of fields.

pub mod expressions;
mod sql;

use diesel::connection::DefaultLoadingMode;
use diesel::pg::PgRowByRowLoadingMode;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Text};
use serde_json::{Map, Value};

use super::connection::{Backend, Db, StoreError};
use super::sight::RecordSight;
use super::{limits, packed};
use crate::domain::Moment;
use crate::domain::filter::Pattern;
use crate::domain::message::short_digest;
pub(super) use sql::Statement;

/// A table that the API may read.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// What stands behind `FROM`: its name, or a query in brackets.
    pub name: &'static str,
    /// What a many2one shows of a row: an SQL expression over this table's columns, prefixed `r.`.
    pub label: &'static str,
    pub columns: Vec<Column>,
}

/// A column, or an expression that can be read and compared like one.
#[derive(Debug, PartialEq, Eq)]
pub struct Column {
    /// The field's name in the API: letters, digits and underscores (module files are checked for it).
    pub field: String,
    pub sql: Expression,
    pub kind: ColumnKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// SQL over the table's columns, which are named with the prefix `t.`.
    Plain(&'static str),
    /// The table's column of this name.
    Named(&'static str),
    /// The column of another table that has a row for each of this one's, named by its column `key`.
    Beside { table: &'static str, key: &'static str, column: &'static str },
    /// The field of this name in a text column that holds a JSON object.
    Member(&'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    Integer,
    Text,
    Boolean,
    /// UTC, read as `2026-11-22 10:00:34`.
    Moment,
    Date,
}

/// A question of the API.
#[derive(Debug)]
pub struct Query<'a> {
    pub table: &'a Table,
    pub condition: Condition<'a>,
    pub order: Vec<SortKey<'a>>,
    pub limit: Option<i64>,
    pub offset: i64,
    /// Columns to read, and for each many2one the table whose label is read too (as `<field>/label`).
    pub columns: Vec<(&'a Column, Option<&'a Table>)>,
}

/// What must hold of a row, in terms of columns: `api::search` makes it from a client's domain.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition<'a> {
    Constant(bool),
    All(Vec<Condition<'a>>),
    Any(Vec<Condition<'a>>),
    Not(Box<Condition<'a>>),
    /// No value (for text, also the empty text, which Odoo's clients can't tell from none).
    Empty(&'a Column),
    /// False where the column has no value.
    Compare(&'a Column, Comparison, Bind),
    /// One of these; false where the column has no value.
    OneOf(&'a Column, Vec<Bind>),
    /// A text that matches the pattern; false where the column has no value.
    Like(&'a Column, Pattern),
    /// The column holds the id of a row of another table for which this holds.
    Related(&'a Column, &'a Table, Box<Condition<'a>>),
    /// The column holds the id of a row of a tree for which this holds, or of one below it; with `up` of one above it. `parent`
    /// is the table's column that names the row above.
    InTree {
        column: &'a Column,
        table: &'a Table,
        parent: &'a Column,
        up: bool,
        condition: Box<Condition<'a>>,
    },
    /// A row of another table, for which this holds, has the value of `column` in its column `back`.
    Holds {
        column: &'a Column,
        table: &'a Table,
        back: &'a Column,
        condition: Box<Condition<'a>>,
    },
}

impl Condition<'_> {
    /// Whether a row must have one of some values of such a column.
    pub fn is_led_by(&self, is_such: &dyn Fn(&Column) -> bool) -> bool {
        match self {
            Condition::All(all) => all.iter().any(|one| one.is_led_by(is_such)),
            Condition::Compare(column, Comparison::Equal, _) | Condition::OneOf(column, _) => is_such(column),
            _ => false,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A value of a caller.
#[derive(Debug, Clone, PartialEq)]
pub enum Bind {
    Integer(i64),
    Text(String),
    Boolean(bool),
    Moment(Moment),
    Date(chrono::NaiveDate),
}

/// What rows are sorted by.
#[derive(Debug)]
pub struct SortKey<'a> {
    pub column: &'a Column,
    /// The column holds an id of this table: the rows are sorted by that table's column.
    pub related: Option<(&'a Table, &'a Column)>,
    /// The column holds whole texts, of which the first 256 characters count, since what is sorted is kept in memory.
    pub is_long: bool,
    pub direction: Direction,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

impl Direction {
    pub fn reversed(self) -> Self {
        match self {
            Direction::Ascending => Direction::Descending,
            Direction::Descending => Direction::Ascending,
        }
    }
}

impl Table {
    pub fn column(&self, field: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.field == field)
    }
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// For SQLite, whose `LIKE` always ignores the case of ASCII letters, and whose `lower` knows no other letters:
    /// [`crate::domain::filter::like`].
    fn mailgate_like(text: Text, pattern: Text) -> Bool;
    /// [`str::to_lowercase`]
    fn mailgate_lower(text: Text) -> Text;
    /// [`crate::domain::message::short_digest`], for migrations.
    fn mailgate_short_digest(text: Text) -> Text;
    /// As PostgreSQL's, but for the first part only.
    fn split_part(text: Nullable<Text>, between: Text, part: Integer) -> Nullable<Text>;
}

/// Makes Mailgate's functions known to a new SQLite connection.
pub fn register(conn: &mut SqliteConnection) -> QueryResult<()> {
    packed::register(conn)?;
    mailgate_lower_utils::register_impl(conn, |text: String| text.to_lowercase())?;
    mailgate_short_digest_utils::register_impl(conn, |text: String| short_digest(text.as_bytes()))?;
    split_part_utils::register_impl(conn, |text: Option<String>, between: String, _: i32| {
        text.map(|text| text.split(&between).next().unwrap_or_default().to_owned())
    })?;
    mailgate_like_utils::register_impl(conn, |text: String, pattern: String| {
        // SQLite checks the clock only every so many steps, and each step may be one of these.
        limits::passed().is_none() && crate::domain::filter::like(&text, &pattern)
    })
}

#[derive(QueryableByName)]
struct QueryLine {
    #[diesel(sql_type = Text)]
    line: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// The rows, in order. A boolean is a boolean, an empty column is null. `take` is called before each row with its size in
/// bytes, and may end the reading.
pub fn select<E: From<StoreError>>(
    db: &mut Db,
    sight: RecordSight,
    query: &Query<'_>,
    mut take: impl FnMut(usize) -> Result<(), E>,
) -> Result<Vec<Map<String, Value>>, E> {
    let mut rows = Vec::new();
    each::<E>(db, sight, query, |line| {
        take(line.len())?;
        rows.push(row(line, query)?);
        Ok(())
    })?;
    Ok(rows)
}

/// The ids of the rows, in order, for queries that need little else.
pub fn ids<E: From<StoreError>>(db: &mut Db, sight: RecordSight, query: &Query<'_>) -> Result<Vec<i32>, E> {
    let mut ids = Vec::new();
    each::<E>(db, sight, query, |line| {
        let id = row(line, query)?.get("id").and_then(Value::as_i64).and_then(|id| i32::try_from(id).ok());
        ids.extend(id);
        Ok(())
    })?;
    Ok(ids)
}

/// One row after the other, so that not all of them need to be there at once.
fn each<E: From<StoreError>>(
    db: &mut Db,
    sight: RecordSight,
    query: &Query<'_>,
    mut with: impl FnMut(&str) -> Result<(), E>,
) -> Result<(), E> {
    let statement = sql::select(query, sight, dialect(db));
    let failed = |error: diesel::result::Error| E::from(StoreError::from(error));
    match db {
        Db::Sqlite(conn) => {
            let lines = statement.sqlite().load_iter::<QueryLine, DefaultLoadingMode>(conn).map_err(failed)?;
            lines.into_iter().try_for_each(|line| with(&line.map_err(failed)?.line))
        }
        Db::Postgres(conn) => {
            let lines = statement.postgres().load_iter::<QueryLine, PgRowByRowLoadingMode>(conn).map_err(failed)?;
            lines.into_iter().try_for_each(|line| with(&line.map_err(failed)?.line))
        }
    }
}

/// How many rows the condition finds.
pub fn count(db: &mut Db, sight: RecordSight, table: &Table, condition: &Condition<'_>) -> Result<i64, StoreError> {
    let statement = sql::count(table, condition, sight, dialect(db));
    let counted: Vec<Count> = statement.load(db)?;
    Ok(counted.first().map_or(0, |counted| counted.count))
}

/// Whose SQL this connection speaks.
pub(super) fn dialect(db: &Db) -> Backend {
    match db {
        Db::Sqlite(_) => Backend::Sqlite,
        Db::Postgres(_) => Backend::Postgres,
    }
}

fn row(line: &str, query: &Query<'_>) -> Result<Map<String, Value>, StoreError> {
    let mut row = Map::new();
    for part in serde_json::Deserializer::from_str(line).into_iter::<Map<String, Value>>() {
        row.extend(part.map_err(|error| StoreError::Corrupt(format!("{}: {error}", query.table.name)))?);
    }
    for (column, _) in &query.columns {
        if let (ColumnKind::Boolean, Some(value)) = (column.kind, row.get_mut(&column.field))
            && let Some(number) = value.as_i64()
        {
            *value = Value::Bool(number != 0);
        }
    }
    Ok(row)
}

/// A question for groups: the rows that meet the condition, in groups with the same keys.
#[derive(Debug)]
pub struct GroupQuery<'a> {
    pub table: &'a Table,
    pub condition: Condition<'a>,
    pub keys: Vec<GroupKey<'a>>,
    pub aggregates: Vec<Aggregate<'a>>,
    pub order: Vec<(GroupOrder<'a>, Direction)>,
    pub limit: Option<i64>,
    pub offset: i64,
}

/// A key that the rows of a group have in common.
#[derive(Debug)]
pub struct GroupKey<'a> {
    pub column: &'a Column,
    /// For a moment or a day, the period that it falls into.
    pub by: Option<Granularity>,
    /// The column holds an id of this table, whose label is read too.
    pub related: Option<&'a Table>,
}

crate::coded! {
    /// A period, named by its beginning in UTC.
    pub enum Granularity {
        Hour = "hour",
        Day = "day",
        /// Begins on Sunday.
        Week = "week",
        Month = "month",
        Quarter = "quarter",
        Year = "year",
    }
}

#[derive(Debug)]
pub enum Aggregate<'a> {
    Count,
    Of(AggregateFunction, &'a Column, AggregateKind),
}

crate::coded! {
    /// PostgreSQL's functions, as far as Odoo's clients name them.
    pub enum AggregateFunction {
        Count = "count",
        CountDistinct = "count_distinct",
        Sum = "sum",
        Avg = "avg",
        Min = "min",
        Max = "max",
        BoolAnd = "bool_and",
        BoolOr = "bool_or",
    }
}

/// How a column's values count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AggregateKind {
    AsStored,
    /// Numbers that are kept as text.
    Number,
}

/// What groups are sorted by.
#[derive(Debug)]
pub enum GroupOrder<'a> {
    /// The key in this place; one that holds an id by that column of its table.
    Key(usize, Option<(&'a Table, &'a Column)>),
    Aggregate(usize),
}

/// The groups, in order: the keys as `k0`, `k1`… (a many2one's label as `k0/label`), the aggregates as `a0`, `a1`…. `take`
/// is called before each group with its size in bytes, and may end the reading.
pub fn groups<E: From<StoreError>>(
    db: &mut Db,
    sight: RecordSight,
    query: &GroupQuery<'_>,
    mut take: impl FnMut(usize) -> Result<(), E>,
) -> Result<Vec<Map<String, Value>>, E> {
    let statement = Statement::of_groups(query, sight, dialect(db));
    let lines: Vec<QueryLine> = statement.load(db).map_err(|error| E::from(StoreError::from(error)))?;
    let mut groups = Vec::new();
    for QueryLine { line } in lines {
        take(line.len())?;
        let corrupt = |error| StoreError::Corrupt(format!("{}: {error}", query.table.name));
        let mut group: Map<String, Value> = serde_json::from_str(&line).map_err(corrupt)?;
        for (at, key) in query.keys.iter().enumerate() {
            boolean(&mut group, &format!("k{at}"), key.column.kind == ColumnKind::Boolean);
        }
        for (at, aggregate) in query.aggregates.iter().enumerate() {
            let is_boolean = match aggregate {
                Aggregate::Of(AggregateFunction::BoolAnd | AggregateFunction::BoolOr, ..) => true,
                Aggregate::Of(AggregateFunction::Min | AggregateFunction::Max, column, _) => {
                    column.kind == ColumnKind::Boolean
                }
                _ => false,
            };
            boolean(&mut group, &format!("a{at}"), is_boolean);
        }
        groups.push(group);
    }
    Ok(groups)
}

/// SQLite stores booleans as numbers.
fn boolean(group: &mut Map<String, Value>, name: &str, is_boolean: bool) {
    if let Some(value) = group.get_mut(name).filter(|_| is_boolean)
        && let Some(number) = value.as_i64()
    {
        *value = Value::Bool(number != 0);
    }
}

impl Statement {
    fn of_groups(query: &GroupQuery<'_>, sight: RecordSight, dialect: Backend) -> Self {
        let mut statement = Self::of(sight, dialect);
        statement.text("WITH found AS (SELECT ");
        let keys = query.keys.iter().enumerate().map(|(at, key)| format!("{} AS k{at}", statement.key(key)));
        let aggregates = query.aggregates.iter().enumerate();
        let aggregates = aggregates.map(|(at, aggregate)| format!("{} AS a{at}", statement.aggregate(aggregate)));
        let columns: Vec<String> = keys.chain(aggregates).collect();
        statement.text(&columns.join(", "));
        statement.from(query.table, &query.condition);
        if !query.keys.is_empty() {
            let places: Vec<String> = (1..=query.keys.len()).map(|place| place.to_string()).collect();
            statement.text(&format!(" GROUP BY {}", places.join(", ")));
        }
        statement.text(") SELECT ");
        statement.text(match dialect {
            Backend::Sqlite => "json_object(",
            Backend::Postgres => "json_build_object(",
        });
        let mut members = Vec::new();
        for (at, key) in query.keys.iter().enumerate() {
            members.push(format!("'k{at}', k{at}"));
            if let Some(related) = key.related {
                let (label, table) = (related.label, statement.table(related.name));
                members.push(format!("'k{at}/label', (SELECT {label} FROM {table} r WHERE r.id = found.k{at})"));
            }
        }
        members.extend((0..query.aggregates.len()).map(|at| format!("'a{at}', a{at}")));
        statement.text(&members.join(", "));
        statement.text(match dialect {
            Backend::Sqlite => ") AS line FROM found",
            Backend::Postgres => ")::text AS line FROM found",
        });
        for (at, (order, direction)) in query.order.iter().enumerate() {
            statement.text(if at == 0 { " ORDER BY " } else { ", " });
            let term = statement.group_order(query, order);
            statement.text(&term);
            statement.text(match direction {
                Direction::Ascending => " ASC NULLS LAST",
                Direction::Descending => " DESC NULLS FIRST",
            });
        }
        statement.part(query.limit, query.offset);
        statement
    }

    fn key(&self, key: &GroupKey<'_>) -> String {
        let sql = self.sql(key.column);
        match (key.by, key.column.kind) {
            (Some(by), kind) => self.beginning(&sql, by, kind == ColumnKind::Date),
            // For Odoo's clients an empty text is no value.
            (None, ColumnKind::Text) => format!("NULLIF({sql}, '')"),
            (None, _) => sql,
        }
    }

    /// The beginning of the period that a moment falls into, as text.
    fn beginning(&self, sql: &str, by: Granularity, is_day: bool) -> String {
        let clock = if is_day { "" } else { " 00:00:00" };
        match self.dialect() {
            Backend::Sqlite => {
                let format = match by {
                    Granularity::Hour => "%Y-%m-%d %H:00:00".to_owned(),
                    Granularity::Day | Granularity::Week => format!("%Y-%m-%d{clock}"),
                    Granularity::Month => format!("%Y-%m-01{clock}"),
                    Granularity::Year => format!("%Y-01-01{clock}"),
                    Granularity::Quarter => {
                        let month = format!("((CAST(strftime('%m', {sql}) AS INTEGER) - 1) / 3 * 3 + 1)");
                        return format!("(strftime('%Y-', {sql}) || printf('%02d-01{clock}', {month}))");
                    }
                };
                // Back to the sixth day before, and from there on to Sunday.
                let back = if by == Granularity::Week { ", '-6 days', 'weekday 0'" } else { "" };
                format!("strftime('{format}', {sql}{back})")
            }
            Backend::Postgres => {
                let (before, after) =
                    if by == Granularity::Week { (" + INTERVAL '1 day'", " - INTERVAL '1 day'") } else { ("", "") };
                let format = if is_day { "YYYY-MM-DD" } else { "YYYY-MM-DD HH24:MI:SS" };
                format!("to_char(date_trunc('{by}', {sql}{before}){after}, '{format}')")
            }
        }
    }

    fn aggregate(&self, aggregate: &Aggregate<'_>) -> String {
        let Aggregate::Of(function, column, kind) = aggregate else { return "COUNT(*)".to_owned() };
        let read = match (kind, column.kind) {
            (AggregateKind::Number, _) => format!("CAST(NULLIF({}, '') AS DOUBLE PRECISION)", self.sql(column)),
            (AggregateKind::AsStored, ColumnKind::Moment) => self.as_text(column),
            (AggregateKind::AsStored, ColumnKind::Text) => format!("NULLIF({}, '')", self.sql(column)),
            (AggregateKind::AsStored, _) => self.sql(column),
        };
        match (function, self.dialect()) {
            (AggregateFunction::Count, _) => format!("COUNT({read})"),
            (AggregateFunction::CountDistinct, _) => format!("COUNT(DISTINCT {read})"),
            (AggregateFunction::Sum, _) => format!("SUM({read})"),
            (AggregateFunction::Avg, _) => format!("AVG({read})"),
            (AggregateFunction::BoolAnd, Backend::Postgres) => format!("bool_and({read})"),
            (AggregateFunction::BoolOr, Backend::Postgres) => format!("bool_or({read})"),
            (AggregateFunction::Min | AggregateFunction::BoolAnd, _) => format!("MIN({read})"),
            (AggregateFunction::Max | AggregateFunction::BoolOr, _) => format!("MAX({read})"),
        }
    }

    fn group_order(&self, query: &GroupQuery<'_>, order: &GroupOrder<'_>) -> String {
        let collated = |sql: String, kind: ColumnKind| match (kind, self.dialect()) {
            (ColumnKind::Text, Backend::Postgres) => format!("{sql} COLLATE \"C\""),
            _ => sql,
        };
        match order {
            GroupOrder::Aggregate(at) => format!("a{at}"),
            GroupOrder::Key(at, None) => {
                let is_text =
                    query.keys.get(*at).is_some_and(|key| key.by.is_some() || key.column.kind == ColumnKind::Text);
                collated(format!("k{at}"), if is_text { ColumnKind::Text } else { ColumnKind::Integer })
            }
            // Within the inner brackets `t` is the related table.
            GroupOrder::Key(at, Some((table, theirs))) => {
                let sorted = format!("SELECT t.id, {} AS sort_key FROM {} t", self.sql(theirs), self.table(table.name));
                collated(format!("(SELECT r.sort_key FROM ({sorted}) r WHERE r.id = found.k{at})"), theirs.kind)
            }
        }
    }
}
