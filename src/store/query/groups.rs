//! Rows in groups: what a client asks of a table in sums, its keys and aggregates chosen by him.

use super::sql::Statement;
use super::{Backend, Column, ColumnKind, Condition, Db, Direction, QueryLine, StoreError, Table, dialect};
use crate::store::sight::RecordSight;
use diesel::prelude::*;
use serde_json::{Map, Value};

/// What is asked for: the rows that the condition finds, in groups of the same keys.
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

/// What rows of a group have alike.
#[derive(Debug)]
pub struct GroupKey<'a> {
    pub column: &'a Column,
    /// Of a moment or a day, the stretch of time that it falls into.
    pub by: Option<Granularity>,
    /// The column holds an id of this table, whose label is read too.
    pub related: Option<&'a Table>,
}

crate::coded! {
    /// A stretch of time, told by its beginning in UTC.
    pub enum Granularity {
        Hour = "hour",
        Day = "day",
        /// From Sunday on.
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

/// The groups asked for, in order: the keys as `k0`, `k1`… (a many2one's label as `k0/label`), the aggregates as `a0`, `a1`….
/// `take` is told before each group how many bytes it comes in, and may end it.
pub fn groups<E: From<StoreError>>(
    db: &mut Db,
    sight: RecordSight,
    query: &GroupQuery<'_>,
    mut take: impl FnMut(usize) -> Result<(), E>,
) -> Result<Vec<Map<String, Value>>, E> {
    let statement = Statement::of_groups(query, sight, dialect(db));
    let lines: Vec<QueryLine> = match db {
        Db::Sqlite(conn) => statement.sqlite().load(conn),
        Db::Postgres(conn) => statement.postgres().load(conn),
    }
    .map_err(|error| E::from(StoreError::from(error)))?;
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

/// SQLite knows numbers alone.
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
            // To Odoo's clients an empty text is none.
            (None, ColumnKind::Text) => format!("NULLIF({sql}, '')"),
            (None, _) => sql,
        }
    }

    /// The beginning of the stretch that a moment falls into, as text.
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
                // The sixth day before, and from there on to Sunday.
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
