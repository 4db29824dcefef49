//! The SQL of a [`Query`]: static text with a placeholder for each value.

use diesel::backend::Backend;
use diesel::deserialize::QueryableByName;
use diesel::pg::Pg;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{Array, BigInt, Bool, Date, HasSqlType, Integer, Text, Timestamp};
use diesel::sqlite::Sqlite;
use diesel::{QueryResult, RunQueryDsl};

use super::expressions;
use super::{Bind, Column, ColumnKind, Comparison, Condition, Direction, Expression, Query, SortKey, Table};
use crate::domain::filter::{Pattern, Shape};
use crate::store::sight::RecordSight;
use crate::store::{Backend as StoreBackend, Db};

/// Text and its values, in order.
#[derive(Debug)]
pub(crate) struct Statement {
    dialect: StoreBackend,
    text: String,
    values: Vec<SqlValue>,
    /// The table whose rows a column of few leads to ([`OF_FEW`]), for SQLite.
    led: Option<&'static str>,
    /// Whose it is: what a table shows them.
    sight: RecordSight,
}

/// What stands for a placeholder.
#[derive(Debug)]
enum SqlValue {
    One(Bind),
    /// A list in the place of one: an array, or with SQLite a text in JSON.
    AnyOf(Vec<Bind>),
}

/// Each has four arguments at most in [`Statement::object`].
const COLUMNS_AT_ONCE: usize = 25;

/// As [`super::select`]: JSON objects of a row, in a column `line`.
pub(super) fn select(query: &Query<'_>, sight: RecordSight, dialect: StoreBackend) -> Statement {
    let mut statement = Statement::of(sight, dialect);
    if query.order.is_empty() {
        statement.text += "SELECT ";
        statement.objects(&query.columns);
        statement.text += " AS line";
        statement.from(query.table, &query.condition);
        statement.part(query.limit, query.offset);
        return statement;
    }
    // Found and sorted by their ids first, and only then read, one after another: what is sorted stands in memory.
    statement.text += "WITH found AS MATERIALIZED (SELECT t.id";
    statement.from(query.table, &query.condition);
    // SQLite, which knows no figures of what the rows hold, would rather read the order off an index, and go through all of
    // them for the few that are asked for: a plus keeps it from that.
    let plus = if dialect == StoreBackend::Sqlite && finds_few(query.table, &query.condition) { "+" } else { "" };
    for (n, key) in query.order.iter().enumerate() {
        statement.text += if n == 0 { " ORDER BY " } else { ", " };
        statement.text += plus;
        statement.sort_key(key);
        // An id is never empty: to say more of it would keep SQLite from reading the order off an index.
        let empty = key.column.field != "id";
        statement.text += match key.direction {
            Direction::Ascending if empty => " ASC NULLS LAST",
            Direction::Descending if empty => " DESC NULLS FIRST",
            Direction::Ascending => " ASC",
            Direction::Descending => " DESC",
        };
    }
    statement.part(query.limit, query.offset);
    statement.text += ") SELECT (SELECT ";
    statement.objects(&query.columns);
    let table = statement.table(query.table.name);
    statement.text += &format!(" FROM {table} t WHERE t.id = found.id) AS line FROM found");
    statement
}

/// Columns with an index, of whose values each stands in few rows.
const OF_FEW: [(&str, &str); 10] = [
    ("records", "t.id"),
    ("records", "t.partner_id"),
    ("records", "t.partner_email"),
    ("partners", "t.id"),
    ("partners", "t.email"),
    ("posts", "t.id"),
    ("posts", "t.message_id"),
    (expressions::messages::LEDGER, "t.id"),
    (expressions::messages::LEDGER, "t.message_id"),
    (expressions::messages::LEDGER, "t.email_from"),
];

/// Whether a row must have one of some values of such a column.
fn finds_few(table: &Table, condition: &Condition<'_>) -> bool {
    condition.is_led_by(&|column| is_of_few(table.name, column))
}

fn is_of_few(table: &str, column: &Column) -> bool {
    match column.sql {
        Expression::Plain(sql) => OF_FEW.contains(&(table, sql)),
        Expression::Named(_) | Expression::Beside { .. } | Expression::Member(_) => false,
    }
}

/// As [`super::count`], in a column `count`.
pub(super) fn count(table: &Table, condition: &Condition<'_>, sight: RecordSight, dialect: StoreBackend) -> Statement {
    let mut statement = Statement::of(sight, dialect);
    statement.text("SELECT COUNT(*) AS count");
    if dialect == StoreBackend::Postgres || !table.name.starts_with('(') {
        statement.from(table, condition);
        return statement;
    }
    // SQLite leaves out what a query does not need unless it counts: it counts the rows of one within. The limit keeps the
    // two apart.
    statement.text += " FROM (SELECT t.id";
    statement.from(table, condition);
    statement.text += " LIMIT -1)";
    statement
}

impl Statement {
    /// Another part of the store that puts a statement together: [`Self::text`] of its own, [`Self::bind`] for what came from
    /// elsewhere.
    pub(crate) fn new(dialect: StoreBackend) -> Self {
        Self::of(RecordSight::machine(), dialect)
    }

    /// What the tables it names show to somebody.
    pub(super) fn of(sight: RecordSight, dialect: StoreBackend) -> Self {
        Self { dialect, text: String::new(), values: Vec::new(), led: None, sight }
    }

    /// A table as it stands behind `FROM`: without what is hidden. Of a hidden mail the row is there, and nothing that it says.
    pub(super) fn table(&self, name: &str) -> String {
        let rows_of = |column: &str| {
            let seen = self.sight.condition(self.dialect, &format!("{name}.{column}"))?;
            Some(format!("(SELECT * FROM {name} WHERE {seen})"))
        };
        let narrowed = match name {
            "records" => rows_of("id"),
            "posts" | "attachments" => rows_of("res_id"),
            "record_tags" => rows_of("record_id"),
            expressions::messages::LEDGER => {
                self.sight.hides_mail(self.dialect).map(|hides| expressions::messages::without(&hides))
            }
            _ => None,
        };
        narrowed.unwrap_or_else(|| name.to_owned())
    }

    pub(crate) fn text(&mut self, sql: &str) {
        self.text += sql;
    }

    pub(crate) fn bind(&mut self, value: Bind) {
        match (self.dialect, &value) {
            // SQLite takes an index of some rows only for a condition that says what the index says.
            (StoreBackend::Sqlite, Bind::Boolean(is)) => self.text += if *is { "1" } else { "0" },
            _ => self.value(SqlValue::One(value)),
        }
    }

    /// What stands behind a column that is one of these: one value for all of them, since the databases bind only so many.
    pub(crate) fn any_of(&mut self, values: Vec<Bind>) {
        let (before, after) = match self.dialect {
            StoreBackend::Sqlite => ("IN (SELECT value FROM json_each(", "))"),
            StoreBackend::Postgres => ("= ANY(", ")"),
        };
        self.text += before;
        self.list(values);
        self.text += after;
    }

    /// A list in the place of one value: an array, or with SQLite a text in JSON.
    pub(crate) fn list(&mut self, values: Vec<Bind>) {
        self.value(SqlValue::AnyOf(values));
    }

    pub(crate) fn dialect(&self) -> StoreBackend {
        self.dialect
    }

    /// The rows that it finds.
    pub(crate) fn load<T>(&self, db: &mut Db) -> QueryResult<Vec<T>>
    where
        T: QueryableByName<Sqlite> + QueryableByName<Pg> + 'static,
    {
        match db {
            Db::Sqlite(conn) => self.sqlite().load(conn),
            Db::Postgres(conn) => self.postgres().load(conn),
        }
    }

    /// How many rows it changes.
    pub(crate) fn execute(&self, db: &mut Db) -> QueryResult<usize> {
        match db {
            Db::Sqlite(conn) => self.sqlite().execute(conn),
            Db::Postgres(conn) => self.postgres().execute(conn),
        }
    }

    pub(crate) fn sqlite(&self) -> BoxedSqlQuery<'_, Sqlite, SqlQuery> {
        self.bound(|query, values| query.bind::<Text, _>(json(values)))
    }

    pub(crate) fn postgres(&self) -> BoxedSqlQuery<'_, Pg, SqlQuery> {
        self.bound(|query, values| {
            // All of a list are of its column's kind.
            macro_rules! array {
                ($kind:ident, $sql:ty) => {
                    query.bind::<Array<$sql>, _>(
                        values
                            .iter()
                            .filter_map(|value| if let Bind::$kind(value) = value { Some(value.clone()) } else { None })
                            .collect::<Vec<_>>(),
                    )
                };
            }
            match values.first() {
                Some(Bind::Boolean(_)) => array!(Boolean, Bool),
                Some(Bind::Text(_)) => array!(Text, Text),
                Some(Bind::Moment(_)) => array!(Moment, Timestamp),
                Some(Bind::Date(_)) => array!(Date, Date),
                Some(Bind::Integer(_)) | None => array!(Integer, BigInt),
            }
        })
    }

    fn bound<'a, DB>(
        &'a self,
        any_of: impl Fn(BoxedSqlQuery<'a, DB, SqlQuery>, &'a [Bind]) -> BoxedSqlQuery<'a, DB, SqlQuery>,
    ) -> BoxedSqlQuery<'a, DB, SqlQuery>
    where
        DB: Backend + HasSqlType<Bool> + 'a,
        i64: diesel::serialize::ToSql<BigInt, DB>,
        bool: diesel::serialize::ToSql<Bool, DB>,
        str: diesel::serialize::ToSql<Text, DB>,
        chrono::NaiveDate: diesel::serialize::ToSql<Date, DB>,
        chrono::NaiveDateTime: diesel::serialize::ToSql<Timestamp, DB>,
        DB: HasSqlType<BigInt> + HasSqlType<Text> + HasSqlType<Date> + HasSqlType<Timestamp> + HasSqlType<Integer>,
    {
        self.values.iter().fold(diesel::sql_query(&self.text).into_boxed(), |query, value| match value {
            SqlValue::One(Bind::Integer(number)) => query.bind::<BigInt, _>(*number),
            SqlValue::One(Bind::Boolean(boolean)) => query.bind::<Bool, _>(*boolean),
            SqlValue::One(Bind::Text(text)) => query.bind::<Text, _>(text.as_str()),
            SqlValue::One(Bind::Moment(moment)) => query.bind::<Timestamp, _>(*moment),
            SqlValue::One(Bind::Date(date)) => query.bind::<Date, _>(*date),
            SqlValue::AnyOf(values) => any_of(query, values),
        })
    }

    fn value(&mut self, value: SqlValue) {
        self.values.push(value);
        match self.dialect {
            StoreBackend::Sqlite => self.text += "?",
            StoreBackend::Postgres => self.text += &format!("${}", self.values.len()),
        }
    }

    pub(super) fn from(&mut self, table: &Table, condition: &Condition<'_>) {
        self.text += &format!(" FROM {} t WHERE ", self.table(table.name));
        let few = self.dialect == StoreBackend::Sqlite && finds_few(table, condition);
        let outer = std::mem::replace(&mut self.led, few.then_some(table.name));
        self.condition(condition);
        self.led = outer;
    }

    /// Keeps SQLite from being led by another column than one of few: of two in an index, it would rather have those.
    fn plus(&self, column: &Column) -> &'static str {
        match self.led {
            Some(table) if !is_of_few(table, column) => "+",
            _ => "",
        }
    }

    pub(super) fn part(&mut self, limit: Option<i64>, offset: i64) {
        if limit.is_some() || offset > 0 {
            self.text += " LIMIT ";
            self.value(SqlValue::One(Bind::Integer(limit.unwrap_or(i64::MAX))));
            self.text += " OFFSET ";
            self.value(SqlValue::One(Bind::Integer(offset)));
        }
    }

    /// JSON objects of so many columns one behind the other: PostgreSQL takes 100 arguments of a function at most.
    fn objects(&mut self, columns: &[(&Column, Option<&Table>)]) {
        let (first, rest) = columns.split_at(columns.len().min(COLUMNS_AT_ONCE));
        self.object(first);
        for columns in rest.chunks(COLUMNS_AT_ONCE) {
            self.text += " || ";
            self.object(columns);
        }
    }

    fn object(&mut self, columns: &[(&Column, Option<&Table>)]) {
        self.text += match self.dialect {
            StoreBackend::Sqlite => "json_object(",
            StoreBackend::Postgres => "json_build_object(",
        };
        for (n, (column, related)) in columns.iter().enumerate() {
            let comma = if n == 0 { "" } else { ", " };
            let read = if column.kind == ColumnKind::Moment { self.as_text(column) } else { self.sql(column) };
            self.text += &format!("{comma}'{}', {read}", column.field);
            if let Some(related) = related {
                // The related table has the prefix `r.` in its label.
                self.text += &format!(
                    ", '{}/label', (SELECT {} FROM {} r WHERE r.id = {})",
                    column.field,
                    related.label,
                    self.table(related.name),
                    self.sql(column)
                );
            }
        }
        self.text += match self.dialect {
            StoreBackend::Sqlite => ")",
            StoreBackend::Postgres => ")::text",
        };
    }

    pub(super) fn sql(&self, column: &Column) -> String {
        match (&column.sql, self.dialect) {
            (Expression::Plain(sql), _) => (*sql).to_owned(),
            (Expression::Named(column), _) => format!("t.{column}"),
            (Expression::Beside { table, key, column }, _) => {
                format!("(SELECT b.{column} FROM {table} b WHERE b.{key} = t.id)")
            }
            (Expression::Member(json), StoreBackend::Sqlite) => format!("({json} ->> '{}')", column.field),
            (Expression::Member(json), StoreBackend::Postgres) => format!("({json}::jsonb ->> '{}')", column.field),
        }
    }

    /// A column as the text that a client reads.
    pub(super) fn as_text(&self, column: &Column) -> String {
        let sql = self.sql(column);
        match (column.kind, self.dialect) {
            (ColumnKind::Text, _) => sql,
            (ColumnKind::Moment, StoreBackend::Sqlite) => format!("strftime('%Y-%m-%d %H:%M:%S', {sql})"),
            (ColumnKind::Moment, StoreBackend::Postgres) => format!("to_char({sql}, 'YYYY-MM-DD HH24:MI:SS')"),
            _ => format!("CAST({sql} AS TEXT)"),
        }
    }

    fn sort_key(&mut self, key: &SortKey<'_>) {
        if key.is_long {
            self.text += &format!("substr({}, 1, 256)", self.sql(key.column));
            return self.collate(key.column);
        }
        let Some((table, theirs)) = key.related else { return self.comparable(key.column) };
        // Within the inner brackets `t` is the related table, outside of them the one that is read.
        self.text += &format!("(SELECT r.sort_key FROM (SELECT t.id, {} AS sort_key", self.sql(theirs));
        self.text += &format!(" FROM {} t) r WHERE r.id = {})", self.table(table.name), self.sql(key.column));
        self.collate(theirs);
    }

    /// A column so that both databases compare and sort it alike: text by its code points.
    fn comparable(&mut self, column: &Column) {
        self.text += &self.sql(column);
        self.collate(column);
    }

    fn collate(&mut self, column: &Column) {
        if (column.kind, self.dialect) == (ColumnKind::Text, StoreBackend::Postgres) {
            self.text += " COLLATE \"C\"";
        }
    }

    fn joined(&mut self, conditions: &[Condition<'_>], word: &str, none: &str) {
        match conditions {
            [] => self.text += none,
            [condition] => self.condition(condition),
            // In halves: SQLite counts a chain as so many levels of depth, and takes 1,000 of them.
            _ => {
                let (left, right) = conditions.split_at(conditions.len() / 2);
                self.text += "(";
                self.joined(left, word, none);
                self.text += word;
                self.joined(right, word, none);
                self.text += ")";
            }
        }
    }

    /// Writes a condition that is true or false, never unknown, so that `NOT` means the opposite.
    fn condition(&mut self, condition: &Condition<'_>) {
        match condition {
            Condition::Constant(true) => self.text += "1 = 1",
            Condition::Constant(false) => self.text += "1 = 0",
            Condition::All(conditions) => self.joined(conditions, " AND ", "1 = 1"),
            Condition::Any(conditions) => self.joined(conditions, " OR ", "1 = 0"),
            Condition::Not(condition) => {
                self.text += "NOT (";
                self.condition(condition);
                self.text += ")";
            }
            Condition::Empty(column) => {
                self.text += &match column.kind {
                    ColumnKind::Text => format!("({0} IS NULL OR {0} = '')", self.sql(column)),
                    _ => format!("{} IS NULL", self.sql(column)),
                };
            }
            Condition::Compare(column, comparison, value) => {
                self.text += &format!("({} IS NOT NULL AND {}", self.sql(column), self.plus(column));
                // Whatever the order, texts are equal or not: an index has the database's own order.
                match comparison {
                    Comparison::Equal => self.text += &self.sql(column),
                    _ => self.comparable(column),
                }
                self.text += match comparison {
                    Comparison::Equal => " = ",
                    Comparison::Less => " < ",
                    Comparison::LessOrEqual => " <= ",
                    Comparison::Greater => " > ",
                    Comparison::GreaterOrEqual => " >= ",
                };
                self.value(SqlValue::One(value.clone()));
                self.text += ")";
            }
            Condition::OneOf(_, values) if values.is_empty() => self.text += "1 = 0",
            Condition::OneOf(column, values) => {
                self.text += &format!("({0} IS NOT NULL AND {1}{0} ", self.sql(column), self.plus(column));
                self.any_of(values.clone());
                self.text += ")";
            }
            Condition::Like(column, pattern) => self.like(column, pattern),
            Condition::Related(column, table, condition) => {
                self.text += &format!("({0} IS NOT NULL AND {0} IN (SELECT t.id", self.sql(column));
                self.from(table, condition);
                self.text += "))";
            }
            Condition::InTree { column, table, parent, up, condition } => {
                self.text +=
                    &format!("({0} IS NOT NULL AND {0} IN (WITH RECURSIVE tree(id) AS (SELECT t.id", self.sql(column));
                self.from(table, condition);
                let (name, parent) = (self.table(table.name), self.sql(parent));
                // `UNION` also ends where rows should stand in a circle.
                self.text += &match up {
                    false => format!(" UNION SELECT t.id FROM {name} t JOIN tree ON {parent} = tree.id"),
                    true => format!(
                        " UNION SELECT {parent} FROM {name} t JOIN tree ON t.id = tree.id WHERE {parent} IS NOT NULL"
                    ),
                };
                self.text += ") SELECT id FROM tree))";
            }
            Condition::Holds { column, table, back, condition } => {
                self.text += &format!("({} IN (SELECT {}", self.sql(column), self.sql(back));
                self.from(table, condition);
                self.text += &format!(" AND {} IS NOT NULL))", self.sql(back));
            }
        }
    }

    fn like(&mut self, column: &Column, pattern: &Pattern) {
        let text = self.as_text(column);
        // Both sides in small letters, in the database or, where it knows but ASCII's, by ours.
        let (before, after, pattern) = match (pattern.ignore_case, self.dialect) {
            (false, _) => ("", "", pattern.clone()),
            (true, StoreBackend::Sqlite) => ("mailgate_lower(", ")", pattern.folded()),
            (true, StoreBackend::Postgres) => ("lower(", " COLLATE \"und-x-icu\")", pattern.clone()),
        };
        let lower_too = self.dialect == StoreBackend::Postgres;
        self.text += &format!("({text} IS NOT NULL AND ");
        let (open, middle, close, wanted) = match (pattern.shape, self.dialect) {
            (Shape::Exactly(wanted), _) => ("", " = ", "", wanted),
            (Shape::Within(wanted), StoreBackend::Sqlite) => ("instr(", ", ", ") > 0", wanted),
            // The same as strpos, and what an index of trigrams can lead to where an administrator made one.
            (Shape::Within(wanted), StoreBackend::Postgres) => ("", " LIKE ", "", within(&wanted)),
            (Shape::Like(wanted), StoreBackend::Sqlite) => ("mailgate_like(", ", ", ")", wanted),
            (Shape::Like(wanted), StoreBackend::Postgres) => ("", " LIKE ", "", wanted),
        };
        self.text += &format!("{open}{before}{text}{after}{middle}");
        self.text += if lower_too { before } else { "" };
        self.value(SqlValue::One(Bind::Text(wanted)));
        self.text += if lower_too { after } else { "" };
        self.text += close;
        self.text += ")";
    }
}

/// A pattern that finds this text as it is within others.
fn within(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// Values as SQLite stores them, in a JSON array.
fn json(values: &[Bind]) -> String {
    let value = |value: &Bind| match value {
        Bind::Integer(number) => serde_json::Value::from(*number),
        Bind::Text(text) => text.as_str().into(),
        Bind::Boolean(boolean) => (*boolean).into(),
        Bind::Moment(moment) => moment.format("%F %T%.f").to_string().into(),
        Bind::Date(date) => date.to_string().into(),
    };
    serde_json::Value::Array(values.iter().map(value).collect()).to_string()
}
