//! Records as their list shows them: filtered, sorted, counted, a page at a time. The order and the conditions are a
//! person's choice of many, so the statements are put together here; every value is bound.
//!
//! A page begins behind the last line of the one before it ([`ListCursor`]), and counts end at [`COUNTED`]: neither costs
//! more where there is more.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate, NaiveTime};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
use serde_json::{Map, Value};

use super::RecordStage;
use crate::domain::Moment;
use crate::domain::id::{CategoryId, PartnerId, PostId, RecordId, StageId, TagId, UserId, model_code};
use crate::store::posts::{text_of, text_sql};
use crate::store::query::{self, Bind, Direction, Statement};
use crate::store::schema::{partners, posts, records, stages, users};
use crate::store::search::WordHits;
use crate::store::sight::RecordSight;
use crate::store::values::Json;
use crate::store::{Backend, Db, StoreError};

/// Counts are exact up to here.
pub const COUNTED: i64 = 1_000;
/// A tally goes up to here where each look at a list goes through many that are hidden in it, too.
pub const TALLIED: i64 = 2_000;
/// Mails of one record that its line counts.
pub const MAILS: i64 = 100;
/// Characters of a mail that its line may show some of.
const SAID: usize = 240;

/// What the list shows; all conditions must hold. What was joined to another record, or taken back with its import, is in
/// no list.
#[derive(Debug, Clone, Default)]
pub struct RecordFilter {
    /// Of whoever looks at it.
    pub sight: RecordSight,
    pub model: String,
    pub words: Option<WordHits>,
    pub stage: Option<StageId>,
    /// In a stage that ends it, or in one that does not.
    pub closed: Option<bool>,
    pub assigned: Option<Assigned>,
    /// Only records with mail that nobody has acted upon.
    pub new_mail: bool,
    /// Those marked *Not a grievance*, instead of all others.
    pub archived: bool,
    /// Dated at this moment or later, and before that one.
    pub since: Option<Moment>,
    pub before: Option<Moment>,
    /// Only records with a file.
    pub files: bool,
    /// Of one of these.
    pub categories: Option<Vec<CategoryId>>,
    pub tag: Option<TagId>,
    /// Choices in fields that the type adds: names of the module's fields, and codes.
    pub choices: Vec<(String, String)>,
    pub due: DueFilter,
    /// Settled at the first moment or later, and before the second, if there is one.
    pub settled: Option<(Moment, Option<Moment>)>,
    /// Dated in the month that begins so, in UTC: one of the parts in which what is of an age is gone through.
    pub month: Option<Moment>,
    /// What is narrowed to by a press is gone through, and not what it is narrowed to further: which of the two is less SQLite has no
    /// figures of.
    pub pressed_first: bool,
}

/// When what a list shows is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DueFilter {
    #[default]
    Whenever,
    /// From this moment on, if any, and before that one.
    Within(Option<Moment>, Moment),
    /// There is no deadline, or the time stands still.
    Never,
}

impl RecordFilter {
    /// Its words, where more have them than are known.
    pub fn many(&self) -> Option<&WordHits> {
        self.words.as_ref().filter(|words| words.are_many())
    }

    /// Of what has its words, only the newest that are known.
    pub fn newest(&self) -> Self {
        Self { words: self.words.as_ref().map(WordHits::newest), ..self.clone() }
    }

    /// Of an age.
    fn is_dated(&self) -> bool {
        self.since.is_some() || self.before.is_some()
    }

    /// Of an age, and nothing else that an index has in an order of its own, but for whether it is settled.
    fn is_only_dated(&self) -> bool {
        self.is_dated()
            && self.month.is_none()
            && self.words.is_none()
            && self.assigned.is_none()
            && !self.new_mail
            && self.categories.is_none()
            && self.tag.is_none()
            && self.choices.is_empty()
            && self.due == DueFilter::Whenever
            && self.settled.is_none()
    }

    /// Open or settled, of which each has its part of an index: what it shows is in these.
    fn parts(&self) -> Vec<Self> {
        let closed = self.closed.map_or(vec![false, true], |closed| vec![closed]);
        closed.into_iter().map(|closed| Self { closed: Some(closed), ..self.clone() }).collect()
    }

    /// Of what is shown, or of what was archived instead.
    fn archived(&self) -> Archived {
        if self.archived { Archived::Only } else { Archived::No }
    }

    /// Whatever words a record has.
    pub fn wordless(&self) -> Self {
        Self { words: None, ..self.clone() }
    }

    /// Narrowed by more than a press: no index counts each of its tabs.
    pub fn is_searched(&self) -> bool {
        self.words.is_some()
            || self.since.is_some()
            || self.before.is_some()
            || self.files
            || self.categories.is_some()
            || self.tag.is_some()
            || !self.choices.is_empty()
            || self.settled.is_some()
    }
}

crate::coded! {
    /// What a list is sorted by.
    pub enum RecordOrder {
        Number = "number",
        Title = "title",
        From = "from",
        /// In the order of the stages.
        Stage = "stage",
        Assigned = "assigned",
        Priority = "priority",
        Date = "date",
        /// What is due first comes first, and what is never due last.
        Due = "due",
        /// The newest mail, whatever the stage: a reply moves its record up.
        LastMail = "last_mail",
    }
}

/// The SQL of when a record is due, for conditions and orders alike, as the index has it.
fn due_sql(dialect: Backend) -> &'static str {
    match dialect {
        Backend::Sqlite => "COALESCE(t.due, '9999-12-31 00:00:00')",
        Backend::Postgres => "COALESCE(t.due, TIMESTAMP '9999-12-31 00:00:00')",
    }
}

/// The SQL of the month that a record is dated in, as the index has it.
fn month_sql(dialect: Backend) -> &'static str {
    match dialect {
        Backend::Sqlite => "substr(t.date, 1, 7)",
        Backend::Postgres => "date_trunc('month', t.date)",
    }
}

/// The month of a moment, to be compared with that.
fn month_bind(dialect: Backend, at: Moment) -> Bind {
    match dialect {
        Backend::Sqlite => Bind::Text(at.format("%Y-%m").to_string()),
        Backend::Postgres => Bind::Moment(at.date().with_day(1).map_or(at, |first| first.and_time(NaiveTime::MIN))),
    }
}

/// Of a month as text, which begins with its year and its number.
fn first_of_month(month: &str) -> Option<Moment> {
    let first: NaiveDate = format!("{}-01", month.get(..7)?).parse().ok()?;
    Some(first.and_time(NaiveTime::MIN))
}

/// Characters by which choices are told apart: an index of PostgreSQL takes no value of any length.
const CHOICE: usize = 100;

/// The SQL of a choice in a field that the type adds, as the indexes of some have it. Its name is one of a module, which is
/// letters, digits and underscores.
fn choice_sql(dialect: Backend, field: &str) -> String {
    match dialect {
        Backend::Sqlite => format!("substr(t.extra ->> '{field}', 1, {CHOICE})"),
        Backend::Postgres => format!("substr(t.extra::jsonb ->> '{field}', 1, {CHOICE})"),
    }
}

/// The SQL of a text as lists sort it, as the indexes have it: its beginning, whatever the case. SQLite folds ASCII alone,
/// which needs no function of ours: other programs can write to an index of it, too.
fn folded(dialect: Backend, text: &str) -> String {
    match dialect {
        Backend::Sqlite => format!("substr({text}, 1, 100) COLLATE NOCASE"),
        Backend::Postgres => format!("lower(substr({text}, 1, 100))"),
    }
}

impl RecordOrder {
    /// The way in which it is sorted until somebody turns it round.
    pub fn usual(self) -> Direction {
        match self {
            Self::Priority | Self::Date | Self::LastMail => Direction::Descending,
            _ => Direction::Ascending,
        }
    }

    /// The column or expression; of an order that goes by groups, the group with the place in it.
    fn key(self, dialect: Backend) -> String {
        let last_mail = "CAST(t.last_mail_at AS TEXT)";
        match self {
            Self::Number => "t.number".into(),
            Self::Title => folded(dialect, "t.name"),
            Self::From => folded(dialect, "COALESCE(t.contact_name, t.partner_name, t.partner_email, '')"),
            Self::Stage => format!("CAST(t.stage_id AS TEXT) || ' ' || {last_mail}"),
            Self::Assigned => format!("CAST(COALESCE(t.user_id, 0) AS TEXT) || ' ' || {last_mail}"),
            Self::Priority => "t.priority".into(),
            Self::Date => "t.date".into(),
            Self::Due => due_sql(dialect).into(),
            Self::LastMail => "t.last_mail_at".into(),
        }
    }

    /// The index that has the records of a type in this order, whatever they are narrowed to.
    fn walked(self) -> Option<&'static str> {
        Some(match self {
            Self::Number => "records_number",
            Self::Title => "records_title",
            Self::From => "records_from",
            Self::Priority => "records_priority",
            Self::Date => "records_age",
            // Each has an index for what lists are narrowed to, or goes by groups of which each has one.
            Self::Due | Self::LastMail | Self::Stage | Self::Assigned => return None,
        })
    }

    /// A key as [`page`] gave it, for the comparison. None where it is none.
    fn bind(self, key: &str) -> Option<Bind> {
        Some(match self {
            Self::Date | Self::Due | Self::LastMail => {
                Bind::Moment(Moment::parse_from_str(key, "%Y-%m-%d %H:%M:%S%.f").ok()?)
            }
            _ => Bind::Text(key.to_owned()),
        })
    }
}

/// Whose work a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assigned {
    To(UserId),
    Nobody,
}

/// A place in a list: that of the record with this id, whose sort key was this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListCursor {
    pub key: String,
    pub id: RecordId,
}

/// One line of the list.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = records)]
pub struct RecordLine {
    pub id: RecordId,
    pub model: String,
    pub number: String,
    pub name: String,
    /// The linked contact, as it is called now.
    #[diesel(select_expression = partners::name.nullable())]
    pub contact: Option<String>,
    /// The sender as the mail named him.
    pub partner_name: Option<String>,
    pub partner_email: Option<String>,
    #[diesel(embed)]
    pub stage: RecordStage,
    #[diesel(embed)]
    pub assignee: Option<Assignee>,
    /// Odoo's stars: `0` to `3`.
    pub priority: String,
    pub new_mail: bool,
    pub last_mail_at: Moment,
    pub date: Moment,
    pub category_id: Option<CategoryId>,
    pub due: Option<Moment>,
    pub closed_at: Option<Moment>,
    /// The fields that the type adds.
    #[diesel(deserialize_as = Json<Map<String, Value>>)]
    pub extra: Map<String, Value>,
}

/// Who is responsible for a record.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct Assignee {
    pub name: String,
    /// False: the account was archived.
    pub active: bool,
}

/// What a record's conversation puts into its line.
#[derive(Debug, Clone, QueryableByName)]
pub struct Gist {
    #[diesel(sql_type = Integer)]
    pub id: RecordId,
    /// Up to [`MAILS`].
    #[diesel(sql_type = BigInt)]
    pub mails: i64,
    #[diesel(sql_type = Bool)]
    pub files: bool,
    /// The beginning of its newest mail.
    #[diesel(sql_type = Nullable<Text>)]
    pub said: Option<String>,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Integer)]
    id: RecordId,
    #[diesel(sql_type = Text)]
    key: String,
}

#[derive(QueryableByName)]
struct ListCount {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// One page of a list.
#[derive(Debug, Default)]
pub struct RecordPage {
    pub lines: Vec<RecordLine>,
    /// The places of the first and the last line.
    pub first: Option<ListCursor>,
    pub last: Option<ListCursor>,
    /// There are more in the direction that was looked.
    pub more: bool,
}

/// Where a page is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Part {
    #[default]
    First,
    After(ListCursor),
    Before(ListCursor),
}

/// One page, in its order; `limit` is 1,000 at most.
pub fn page(
    db: &mut Db,
    filter: &RecordFilter,
    order: (RecordOrder, Direction),
    part: &Part,
    limit: i64,
) -> Result<RecordPage, StoreError> {
    let (found, more) = found(db, filter, order, part, limit)?;
    // Found first, and only then looked up with all that belongs to them.
    let ids: Vec<RecordId> = found.iter().map(|found| found.id).collect();
    let joined = records::table.inner_join(stages::table).left_join(users::table).left_join(partners::table);
    let mut lines: Vec<RecordLine> =
        joined.filter(records::id.eq_any(&ids)).select(RecordLine::as_select()).load(db)?;
    let place: HashMap<RecordId, usize> = ids.into_iter().zip(0..).collect();
    lines.sort_by_key(|line| place.get(&line.id).copied());
    let cursor = |found: &Found| ListCursor { key: found.key.clone(), id: found.id };
    Ok(RecordPage { lines, first: found.first().map(cursor), last: found.last().map(cursor), more })
}

/// The first `limit` of these records that are in a list, in the order of the ids; and whether there are more.
pub fn listed(
    db: &mut Db,
    sight: RecordSight,
    ids: &[RecordId],
    limit: usize,
) -> Result<(Vec<RecordLine>, bool), StoreError> {
    let (mut lines, mut more): (Vec<RecordLine>, bool) = (Vec::new(), false);
    for some in ids.chunks(100) {
        let joined = records::table.inner_join(stages::table).left_join(users::table).left_join(partners::table);
        let there = joined.filter(records::id.eq_any(some)).filter(records::active.eq(true));
        let mut found: Vec<RecordLine> = there.select(RecordLine::as_select()).load(db)?;
        let hidden = sight.hidden_of(db, some)?;
        found.retain(|line| !hidden.contains(&line.id));
        found.sort_by_key(|line| some.iter().position(|id| *id == line.id));
        lines.extend(found);
        if lines.len() > limit {
            lines.truncate(limit);
            more = true;
            break;
        }
    }
    Ok((lines, more))
}

/// The ids of the first that a filter shows, `limit` of them, however much has to be read for its phrases until as many have them; and
/// whether there are more, or may be.
pub fn ids(
    db: &mut Db,
    filter: &RecordFilter,
    order: (RecordOrder, Direction),
    limit: i64,
) -> Result<(Vec<RecordId>, bool), StoreError> {
    let enough = usize::try_from(limit).unwrap_or_default();
    let (words, more) = match filter.words.clone().map(|words| words.whole(db, enough)).transpose()? {
        Some((words, more)) => (Some(words), more),
        None => (None, false),
    };
    let filter = RecordFilter { words, ..filter.clone() };
    let (first, others) = found(db, &filter, order, &Part::First, limit)?;
    Ok((first.into_iter().map(|found| found.id).collect(), more || others))
}

/// The neighbours of a record in a list: the one before it and the one behind it. It need not be in the list itself.
pub fn neighbours(
    db: &mut Db,
    filter: &RecordFilter,
    order: (RecordOrder, Direction),
    id: RecordId,
) -> Result<(Option<RecordId>, Option<RecordId>), StoreError> {
    let key = order.0.key(query::dialect(db));
    let mut own = Statement::new(query::dialect(db));
    own.text(&format!("SELECT t.id, CAST({key} AS TEXT) AS key FROM records t WHERE t.id = "));
    own.bind(Bind::Integer(id.0.into()));
    filter.sight.narrow(&mut own);
    let Some(Found { key, id }) = own.load::<Found>(db)?.pop() else { return Ok((None, None)) };
    let cursor = ListCursor { key, id };
    let mut one = |part: Part| -> Result<Option<RecordId>, StoreError> {
        Ok(found(db, filter, order, &part, 1)?.0.pop().map(|found| found.id))
    };
    Ok((one(Part::Before(cursor.clone()))?, one(Part::After(cursor))?))
}

fn found(
    db: &mut Db,
    filter: &RecordFilter,
    (order, direction): (RecordOrder, Direction),
    part: &Part,
    limit: i64,
) -> Result<(Vec<Found>, bool), StoreError> {
    let (cursor, looked) = match part {
        Part::First => (None, direction),
        Part::After(cursor) => (Some(cursor), direction),
        Part::Before(cursor) => (Some(cursor), direction.reversed()),
    };
    // One more than is shown says whether there are more.
    let mut found = behind(db, filter, (order, looked), cursor, limit + 1, &mut { LOOKS })?;
    let more = found.len() as i64 > limit;
    found.truncate(usize::try_from(limit).unwrap_or_default());
    if looked != direction {
        found.reverse();
    }
    Ok((found, more))
}

/// So many behind a place, in the way that is looked. No order is sorted anew that an index has, and none goes through
/// all records for the few that are asked for.
fn behind(
    db: &mut Db,
    filter: &RecordFilter,
    (order, looked): (RecordOrder, Direction),
    cursor: Option<&ListCursor>,
    limit: i64,
    looks: &mut usize,
) -> Result<Vec<Found>, StoreError> {
    // Settled or not, an index has each of them in its order: the two are laid together.
    let apart = filter.closed.is_none() && filter.stage.is_none() && !filter.new_mail;
    match order {
        RecordOrder::Stage | RecordOrder::Assigned => in_groups(db, filter, (order, looked), cursor, limit, looks),
        RecordOrder::LastMail if goes_by_months(db, filter)? => {
            let mut months = Vec::new();
            for part in filter.parts() {
                months.extend(by_months(db, &part)?);
            }
            together(db, &months, (order, looked), cursor, limit, looks)
        }
        RecordOrder::Date if filter.words.is_none() => {
            let parts = match filter.stage {
                Some(asked) if filter.closed.is_none() => {
                    let stages = super::stages(db, &filter.model)?;
                    let closed = stages.iter().find(|stage| stage.id == asked).map(|stage| stage.closed);
                    vec![RecordFilter { closed: Some(closed.unwrap_or_default()), ..filter.clone() }]
                }
                _ => filter.parts(),
            };
            together(db, &parts, (order, looked), cursor, limit, looks)
        }
        RecordOrder::Due if apart => together(db, &filter.parts(), (order, looked), cursor, limit, looks),
        RecordOrder::LastMail if apart && filter.assigned.is_some() => {
            together(db, &filter.parts(), (order, looked), cursor, limit, looks)
        }
        _ => run(db, filter, (order, looked), cursor, limit, looks),
    }
}

/// What is of an age has an order by the last mail in an index of months: where it is much, and where a press leaves it more than is gone
/// through at once.
fn goes_by_months(db: &mut Db, filter: &RecordFilter) -> Result<bool, StoreError> {
    if !filter.is_only_dated() {
        return Ok(false);
    }
    if filter.stage.is_some() {
        let Some(led) = shown_by_presses(db, std::slice::from_ref(filter))?.pop().flatten() else { return Ok(false) };
        if led.pressed_first {
            return Ok(false);
        }
    }
    Ok(count_up_to(db, filter, SORTED)? > SORTED)
}

#[derive(QueryableByName)]
struct FoundMonth {
    #[diesel(sql_type = Nullable<Text>)]
    month: Option<String>,
}

/// The months in which there is anything of an age, of what is open or of what is settled: the newest first.
fn by_months(db: &mut Db, part: &RecordFilter) -> Result<Vec<RecordFilter>, StoreError> {
    // Nobody is told of them: what is hidden counts.
    let (model, closed, archived) = (part.model.clone(), part.closed, part.archived);
    let any = RecordFilter { sight: RecordSight::machine(), model, closed, archived, ..RecordFilter::default() };
    let (mut months, mut below) = (Vec::new(), part.before.map(|before| ("<=", before)));
    loop {
        let mut statement = Statement::new(query::dialect(db));
        let (dialect, month) = (statement.dialect(), month_sql(statement.dialect()));
        // The greatest of those below the last one stands at an end of them in the index.
        statement.text(&format!("SELECT CAST(MAX({month}) AS TEXT) AS month FROM records t WHERE "));
        conditions(&mut statement, &any);
        for (sign, at) in below.into_iter().chain(part.since.map(|since| (">=", since))) {
            statement.text(&format!(" AND {month} {sign} "));
            statement.bind(month_bind(dialect, at));
        }
        let found = statement.load::<FoundMonth>(db)?.pop().and_then(|found| found.month);
        let Some(begins) = found.and_then(|month| first_of_month(&month)) else { return Ok(months) };
        months.push(RecordFilter { month: Some(begins), ..part.clone() });
        if months.len() == MONTHS {
            // What is older than that has a wrong date, as a rule: it is one part, and sorted.
            months.push(RecordFilter { before: Some(begins), ..part.clone() });
            return Ok(months);
        }
        below = Some(("<", begins));
    }
}

/// What these filters show, each in its order, as one. Only for times, whose texts are in their order.
fn together(
    db: &mut Db,
    filters: &[RecordFilter],
    (order, looked): (RecordOrder, Direction),
    cursor: Option<&ListCursor>,
    limit: i64,
    looks: &mut usize,
) -> Result<Vec<Found>, StoreError> {
    let mut all = Vec::new();
    for one in filters {
        all.extend(run(db, one, (order, looked), cursor, limit, looks)?);
    }
    all.sort_by(|one: &Found, other| (&one.key, one.id).cmp(&(&other.key, other.id)));
    if looked == Direction::Descending {
        all.reverse();
    }
    all.truncate(usize::try_from(limit).unwrap_or_default());
    Ok(all)
}

/// Stage after stage, or person after person, each with its newest mail first.
fn in_groups(
    db: &mut Db,
    filter: &RecordFilter,
    (order, looked): (RecordOrder, Direction),
    cursor: Option<&ListCursor>,
    limit: i64,
    looks: &mut usize,
) -> Result<Vec<Found>, StoreError> {
    let mut groups = match order {
        RecordOrder::Stage => of_stages(db, filter)?,
        _ => of_people(db, filter)?,
    };
    if looked == Direction::Descending {
        groups.reverse();
    }
    let place = cursor.and_then(|cursor| {
        let (group, key) = cursor.key.split_once(' ')?;
        let at = groups.iter().position(|(id, _)| id.to_string() == group)?;
        Some((at, ListCursor { key: key.to_owned(), id: cursor.id }))
    });
    let first = place.as_ref().map_or(0, |(at, _)| *at);
    let within = (RecordOrder::LastMail, looked.reversed());
    let mut all = Vec::new();
    for (at, (id, group)) in groups.iter().enumerate().skip(first) {
        let left = limit - i64::try_from(all.len()).unwrap_or(limit);
        if left <= 0 {
            break;
        }
        let cursor = place.as_ref().filter(|(place, _)| *place == at).map(|(_, cursor)| cursor);
        let some = behind(db, group, within, cursor, left, looks)?;
        all.extend(some.into_iter().map(|one| Found { key: format!("{id} {}", one.key), ..one }));
    }
    Ok(all)
}

/// Those that show something, in their order.
fn of_stages(db: &mut Db, filter: &RecordFilter) -> Result<Vec<(i32, RecordFilter)>, StoreError> {
    let stages = super::stages(db, &filter.model)?.into_iter();
    let asked = stages.filter(|one| filter.stage.is_none_or(|stage| stage == one.id));
    let shown = asked.filter(|one| filter.closed.is_none_or(|closed| closed == one.closed));
    let of = |one: RecordStage| {
        // Of one person's, it is said for the index that has them by it.
        let closed = filter.assigned.map(|_| one.closed);
        (one.id.0, RecordFilter { stage: Some(one.id), closed, ..filter.clone() })
    };
    Ok(shown.map(of).collect())
}

/// Nobody first, then by name.
fn of_people(db: &mut Db, filter: &RecordFilter) -> Result<Vec<(i32, RecordFilter)>, StoreError> {
    if let Some(assigned) = filter.assigned {
        let id = if let Assigned::To(user) = assigned { user.0 } else { 0 };
        return Ok(vec![(id, filter.clone())]);
    }
    let mut people: Vec<(UserId, String)> = users::table.select((users::id, users::name)).load(db)?;
    people.sort_by_key(|(id, name)| (name.to_lowercase(), *id));
    let of = |assigned| RecordFilter { assigned: Some(assigned), ..filter.clone() };
    let named = people.into_iter().map(|(id, _)| (id.0, of(Assigned::To(id))));
    Ok(std::iter::once((0, of(Assigned::Nobody))).chain(named).collect())
}

/// How the records that a filter shows come into an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OrderedBy {
    /// An index has the order: it is gone through until there are enough.
    Walk(&'static str),
    /// What they are narrowed to by a press has it.
    Pressed,
    /// They are few, or a search found them: they are sorted.
    Sort,
    /// The same of an age, which an index has.
    SortAge,
    /// As the database finds best.
    Planner,
}

/// SQLite has no figures of how many rows there are of what, so it is told: what shows more than [`COUNTED`] is met soon
/// enough on the way through the index of its order, and less than that is sorted in no time.
fn ordered_by(db: &mut Db, filter: &RecordFilter, order: RecordOrder) -> Result<OrderedBy, StoreError> {
    let walked = order.walked().map(OrderedBy::Walk);
    if filter.month.is_some() {
        return Ok(if matches!(db, Db::Sqlite(_)) { OrderedBy::Walk("records_month") } else { OrderedBy::Planner });
    }
    let by = walked.or(filter.is_searched().then_some(OrderedBy::Pressed)).filter(|_| matches!(db, Db::Sqlite(_)));
    let Some(by) = by else { return Ok(OrderedBy::Planner) };
    if filter.words.is_some() {
        return Ok(if by == OrderedBy::Pressed { OrderedBy::Planner } else { OrderedBy::Sort });
    }
    // What is of an age may all stand at the far end of another order.
    let most = match order {
        RecordOrder::Number if filter.is_only_dated() => SORTED_BY_NUMBER,
        RecordOrder::Title | RecordOrder::From | RecordOrder::Priority | RecordOrder::LastMail
            if filter.is_only_dated() =>
        {
            SORTED
        }
        _ => COUNTED,
    };
    Ok(match by {
        _ if count_up_to(db, filter, most)? > most => by,
        _ if most > COUNTED && !filter.pressed_first => OrderedBy::SortAge,
        OrderedBy::Pressed => OrderedBy::Planner,
        _ => OrderedBy::Sort,
    })
}

fn run(
    db: &mut Db,
    filter: &RecordFilter,
    (order, looked): (RecordOrder, Direction),
    cursor: Option<&ListCursor>,
    limit: i64,
    looks: &mut usize,
) -> Result<Vec<Found>, StoreError> {
    if let Some(words) = filter.many()
        && limit < PASSED
        && let Some(found) = on_the_way(db, filter, words, (order, looked), cursor, limit, looks)?
    {
        return Ok(found);
    }
    let Some(filter) = shown_by_presses(db, std::slice::from_ref(filter))?.pop().flatten() else {
        return Ok(Vec::new());
    };
    let (key, by) = (order.key(query::dialect(db)), ordered_by(db, &filter, order)?);
    // What shows much is met soon in the order of what is narrowed to by a press.
    let pressed_first = filter.pressed_first || by == OrderedBy::Pressed;
    let filter = &RecordFilter { pressed_first, ..filter };
    let mut statement = Statement::new(query::dialect(db));
    let (indexed, plus) = match by {
        OrderedBy::Walk(index) => (format!(" INDEXED BY {index}"), ""),
        OrderedBy::SortAge => (" INDEXED BY records_age".to_owned(), "+"),
        OrderedBy::Sort => (String::new(), "+"),
        OrderedBy::Pressed | OrderedBy::Planner => (String::new(), ""),
    };
    statement.text(&format!("SELECT t.id, CAST({key} AS TEXT) AS key FROM "));
    rows_of(&mut statement, filter, filter.archived(), &indexed);
    let (sign, word) = match looked {
        Direction::Ascending => (">", "ASC"),
        Direction::Descending => ("<", "DESC"),
    };
    if let Some((cursor, value)) = cursor.and_then(|cursor| Some((cursor, order.bind(&cursor.key)?))) {
        // Said twice: SQLite begins at a place of an index by the first alone.
        statement.text(&format!(" AND {key} {sign}= "));
        statement.bind(value.clone());
        statement.text(&format!(" AND ({key}, t.id) {sign} ("));
        statement.bind(value);
        statement.text(", ");
        statement.bind(Bind::Integer(cursor.id.0.into()));
        statement.text(")");
    }
    statement.text(&format!(" ORDER BY {plus}{key} {word}, t.id {word} LIMIT {limit}"));
    Ok(statement.load(db)?)
}

/// What many have is met soon: the list is gone through in its order, and each record looked at whether it has the words. None
/// where that would take longer than to put together all that have them.
fn on_the_way(
    db: &mut Db,
    filter: &RecordFilter,
    words: &WordHits,
    (order, looked): (RecordOrder, Direction),
    cursor: Option<&ListCursor>,
    limit: i64,
    looks: &mut usize,
) -> Result<Option<Vec<Found>>, StoreError> {
    let (plain, most) = (filter.wordless(), usize::try_from(limit).unwrap_or_default());
    let (mut all, mut place) = (Vec::new(), cursor.cloned());
    let (mut passed, mut step) = (0, limit.clamp(100, 2_000));
    while passed < PASSED && *looks > 0 {
        let some = behind(db, &plain, (order, looked), place.as_ref(), step, &mut 0)?;
        let is_end = (some.len() as i64) < step;
        place = some.last().map(|last| ListCursor { key: last.key.clone(), id: last.id });
        let rows: Vec<&Found> = some.iter().collect();
        let Some(has) = words.among(db, &rows, |row| row.id.0, most - all.len(), looks)? else { return Ok(None) };
        all.extend(has.into_iter().map(|one| Found { id: one.id, key: one.key.clone() }));
        if is_end || all.len() >= most {
            return Ok(Some(all));
        }
        passed += step;
        *looks = looks.saturating_sub(some.len() / PASSED_IN_A_LOOK);
        step = (step * 2).min(2_000);
    }
    Ok(None)
}

/// Whether there is any record with words that many have, beside the newest that are known. None where it takes more than `looks` to
/// find out.
pub fn is_any_older(db: &mut Db, filter: &RecordFilter, looks: &mut usize) -> Result<Option<bool>, StoreError> {
    let Some(words) = filter.many() else { return Ok(Some(false)) };
    let order = if filter.due == DueFilter::Whenever { RecordOrder::LastMail } else { RecordOrder::Due };
    // The oldest that is known may have more behind it.
    let found = on_the_way(db, filter, &words.older(), (order, order.usual()), None, 2, looks)?;
    Ok(found.map(|found| found.iter().any(|one| !words.knows(one.id.0))))
}

/// Rows that are passed on such a way, and those of them that are looked up one by one, at most; and as many rows cost what one
/// look does.
pub(in crate::store) const PASSED: i64 = 20_000;
pub const LOOKS: usize = 1_000;
pub(in crate::store) const PASSED_IN_A_LOOK: usize = 20;

/// What of a type is in lists: of what is active, of what is archived, or of both.
#[derive(Debug, Clone, Copy)]
enum Archived {
    No,
    Only,
    Both,
}

pub(super) fn conditions(statement: &mut Statement, filter: &RecordFilter) {
    conditions_of(statement, filter, filter.archived());
}

fn conditions_of(statement: &mut Statement, filter: &RecordFilter, archived: Archived) {
    wordless_conditions(statement, filter, archived);
    if let Some(words) = &filter.words {
        statement.text(" AND ");
        words.narrow(statement, "t.id");
    }
    filter.sight.narrow(statement);
}

/// What stands behind FROM. Where all that have the words are known, these lead: SQLite would go through an index of all records of the
/// type.
fn rows_of(statement: &mut Statement, filter: &RecordFilter, archived: Archived, indexed: &str) {
    let is_sqlite = statement.dialect() == Backend::Sqlite;
    let Some(known) = filter.words.as_ref().filter(|_| is_sqlite).and_then(WordHits::all_known) else {
        statement.text(&format!("records t{indexed} WHERE "));
        return conditions_of(statement, filter, archived);
    };
    statement.text("json_each(");
    statement.list(known.into_iter().map(|id| Bind::Integer(id.into())).collect());
    statement.text(") j CROSS JOIN records t NOT INDEXED ON t.id = j.value WHERE ");
    wordless_conditions(statement, filter, archived);
    filter.sight.narrow(statement);
}

fn wordless_conditions(statement: &mut Statement, filter: &RecordFilter, archived: Archived) {
    statement.text("t.model_code = ");
    statement.bind(Bind::Text(model_code(&filter.model).to_owned()));
    // Compared, not named alone: so SQLite finds them in an index.
    statement.text(match archived {
        Archived::No => " AND t.active = TRUE",
        Archived::Only => " AND t.active = FALSE AND t.joined_id IS NULL AND t.undone_id IS NULL",
        Archived::Both => " AND (t.active = TRUE OR t.joined_id IS NULL AND t.undone_id IS NULL)",
    });
    let further = if filter.pressed_first && statement.dialect() == Backend::Sqlite { "+" } else { "" };
    if let Some(closed) = filter.closed {
        // A stage says it, too: its own index leads.
        let plus = if filter.stage.is_some() && filter.assigned.is_none() { further } else { "" };
        statement.text(&format!(" AND {plus}t.closed = {}", if closed { "TRUE" } else { "FALSE" }));
    }
    match filter.assigned {
        Some(Assigned::To(user)) => {
            statement.text(" AND t.user_id = ");
            statement.bind(Bind::Integer(user.0.into()));
        }
        Some(Assigned::Nobody) => statement.text(" AND t.user_id IS NULL"),
        None => {}
    }
    if let Some(stage) = filter.stage {
        let column = match statement.dialect() {
            // What a report groups by begins with it, and the index of ages has that: rows are not read for it.
            Backend::Sqlite if filter.is_only_dated() && !filter.pressed_first => "CAST(t.report_class AS INTEGER)",
            // The index of new mail leads where there is little of it: the stage's own may hold nearly all records.
            _ if filter.new_mail => "+t.stage_id",
            _ => "t.stage_id",
        };
        statement.text(&format!(" AND {column} = "));
        statement.bind(Bind::Integer(stage.0.into()));
    }
    if filter.new_mail {
        // As the index says it that has these alone.
        statement.text(match statement.dialect() {
            Backend::Sqlite => " AND t.new_mail = 1",
            Backend::Postgres => " AND t.new_mail = TRUE",
        });
    }
    if let Some(month) = filter.month {
        statement.text(&format!(" AND {} = ", month_sql(statement.dialect())));
        statement.bind(month_bind(statement.dialect(), month));
    }
    if filter.is_dated() && filter.closed.is_none() && filter.settled.is_none() && !filter.new_mail {
        // An index has what is open and what is settled each by its date.
        statement.text(" AND t.closed IN (FALSE, TRUE)");
    }
    // What has new mail is little, and so is what is due: their indexes lead.
    let is_led = filter.new_mail || matches!(filter.due, DueFilter::Within(..));
    let dated = if is_led && statement.dialect() == Backend::Sqlite { "+" } else { further };
    for (moment, compared) in [(filter.since, ">="), (filter.before, "<")] {
        if let Some(moment) = moment {
            statement.text(&format!(" AND {dated}t.date {compared} "));
            statement.bind(Bind::Moment(moment));
        }
    }
    if let Some((from, before)) = filter.settled {
        statement.text(" AND t.closed_at >= ");
        statement.bind(Bind::Moment(from));
        if let Some(before) = before {
            statement.text(" AND t.closed_at < ");
            statement.bind(Bind::Moment(before));
        }
    }
    if filter.files {
        statement.text(&format!(" AND {FILES}"));
    }
    match filter.due {
        DueFilter::Whenever => {}
        DueFilter::Never => statement.text(" AND t.due IS NULL"),
        DueFilter::Within(from, before) => {
            let due = due_sql(statement.dialect());
            if let Some(from) = from {
                statement.text(&format!(" AND {due} >= "));
                statement.bind(Bind::Moment(from));
            }
            statement.text(&format!(" AND {due} < "));
            statement.bind(Bind::Moment(before));
        }
    }
    if let Some(categories) = &filter.categories {
        statement.text(&format!(" AND {further}t.category_id "));
        statement.any_of(categories.iter().map(|id| Bind::Integer(id.0.into())).collect());
    }
    if let Some(tag) = filter.tag {
        statement.text(" AND t.id IN (SELECT g.record_id FROM record_tags g WHERE g.tag_id = ");
        statement.bind(Bind::Integer(tag.0.into()));
        statement.text(")");
    }
    for (field, code) in &filter.choices {
        statement.text(&format!(" AND {further}{} = ", choice_sql(statement.dialect(), field)));
        statement.bind(Bind::Text(code.chars().take(CHOICE).collect()));
    }
}

/// A record has a file that is no picture within its text.
const FILES: &str = "EXISTS (SELECT 1 FROM attachments a WHERE a.model = t.model AND a.res_id = t.id \
    AND (a.inline = FALSE OR a.content_id IS NULL))";

/// How many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct ShownCount {
    pub count: i64,
    /// There are more, or may be.
    pub or_more: bool,
}

impl ShownCount {
    pub fn exactly(count: i64) -> Self {
        Self { count, or_more: false }
    }

    /// Where no more than one above [`COUNTED`] were counted.
    pub fn up_to(count: i64) -> Self {
        Self { count: count.min(COUNTED), or_more: count > COUNTED }
    }

    /// So many, and there may be more.
    pub fn at_least(count: i64) -> Self {
        Self { count: count.min(COUNTED), or_more: true }
    }

    /// So many are known of a search for what very many have; whether there are more was looked for. Whoever does not see all is told
    /// only of more that was found: what else has these words may be hidden.
    pub fn known(count: i64, found: Option<bool>, may_tell: bool) -> Self {
        match found {
            Some(true) => Self::at_least(count.max(1)),
            None if may_tell => Self::at_least(count),
            Some(false) | None => Self::up_to(count),
        }
    }

    /// The same where so many were seen: of words that many have, a list may show more than are known.
    pub fn having_seen(self, seen: i64) -> Self {
        Self { count: self.count.max(seen.min(COUNTED)), ..self }
    }

    /// There is any, or may be.
    pub fn is_any(self) -> bool {
        self.count > 0 || self.or_more
    }

    /// There are more than that, or may be.
    pub fn is_above(self, count: i64) -> bool {
        self.count > count || self.or_more
    }
}

/// A list of an age goes through so many months, 50 years if nothing is left out.
const MONTHS: usize = 600;
/// So few of an age are sorted, whatever the order; and so few by a number, which goes with the date.
const SORTED: i64 = 4_000;
const SORTED_BY_NUMBER: i64 = 100_000;
/// So few are gone through, whatever they are narrowed to further.
const FEW: i64 = 10_000;

/// The same filters, by what the numbers that are kept say of their presses, whoever looks: None shows nothing.
fn shown_by_presses(db: &mut Db, filters: &[RecordFilter]) -> Result<Vec<Option<RecordFilter>>, StoreError> {
    let is_known = |filter: &RecordFilter| {
        // A month's index leads whatever it shows.
        filter.is_searched() && filter.due == DueFilter::Whenever && filter.month.is_none()
    };
    let kept = match filters.iter().find(|filter| is_known(filter)) {
        Some(one) => super::counts::kept(db, RecordSight::machine(), &one.model)?,
        None => None,
    };
    let led = |filter: &RecordFilter| {
        let shown = kept.as_ref().filter(|_| is_known(filter)).map(|kept| filter.count(kept));
        // Nothing but open or settled: what is of an age stands in an index of each.
        let is_led = filter.is_only_dated() && filter.stage.is_none();
        let pressed_first = filter.pressed_first || !is_led && shown.is_some_and(|shown| shown <= FEW);
        (shown != Some(0)).then(|| RecordFilter { pressed_first, ..filter.clone() })
    };
    Ok(filters.iter().map(led).collect())
}

/// How many a filter shows, one more than `most` at most.
fn count_up_to(db: &mut Db, filter: &RecordFilter, most: i64) -> Result<i64, StoreError> {
    Ok(counts_up_to(db, std::slice::from_ref(filter), most)?.first().copied().unwrap_or_default())
}

/// How many each filter of a type shows, [`COUNTED`] and one at most, in one statement.
pub fn counts(db: &mut Db, filters: &[RecordFilter]) -> Result<Vec<i64>, StoreError> {
    counts_up_to(db, filters, COUNTED)
}

fn counts_up_to(db: &mut Db, filters: &[RecordFilter], most: i64) -> Result<Vec<i64>, StoreError> {
    let mut counted = Vec::with_capacity(filters.len());
    let filters = shown_by_presses(db, filters)?;
    // Under SQLite's bound for the terms of a compound.
    for some in filters.chunks(100) {
        let mut statement = Statement::new(query::dialect(db));
        for (n, filter) in some.iter().enumerate() {
            let union = if n > 0 { " UNION ALL " } else { "" };
            let Some(filter) = filter else {
                statement.text(&format!("{union}SELECT {n} AS n, CAST(0 AS BIGINT) AS count"));
                continue;
            };
            statement.text(&format!("{union}SELECT {n} AS n, COUNT(*) AS count FROM (SELECT 1 FROM "));
            rows_of(&mut statement, filter, filter.archived(), "");
            statement.text(&format!(" LIMIT {}) c{n}", most + 1));
        }
        statement.text(" ORDER BY n");
        counted.extend(statement.load::<ListCount>(db)?.into_iter().map(|row| row.count));
    }
    Ok(counted)
}

/// How many records of a type are alike in all that the list can be narrowed to by a press.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Alike {
    #[diesel(sql_type = Bool)]
    pub active: bool,
    #[diesel(sql_type = Bool)]
    pub closed: bool,
    #[diesel(sql_type = Integer)]
    pub stage: StageId,
    #[diesel(sql_type = Nullable<Integer>)]
    pub user: Option<UserId>,
    #[diesel(sql_type = Bool)]
    pub new_mail: bool,
    /// Due before now.
    #[diesel(sql_type = Bool)]
    pub overdue: bool,
    #[diesel(sql_type = BigInt)]
    pub count: i64,
}

/// All records of a type that a search finds, counted in one go, since each look at them costs the same: what a filter of
/// this search shows is a sum of this. None where there are more than `most`: then each is counted by itself.
pub fn tally(db: &mut Db, searched: &RecordFilter, now: Moment, most: i64) -> Result<Option<Vec<Alike>>, StoreError> {
    let filter = RecordFilter {
        closed: None,
        stage: None,
        assigned: None,
        new_mail: false,
        due: DueFilter::Whenever,
        ..searched.clone()
    };
    // Of an age, an index says sooner that there are more.
    if filter.is_only_dated() && count_up_to(db, &filter, most)? > most {
        return Ok(None);
    }
    let mut all = Vec::new();
    // Those with words are looked up one by one; an index of all has what is archived by itself.
    let parts: &[Archived] = if filter.words.is_some() { &[Archived::Both] } else { &[Archived::No, Archived::Only] };
    for archived in parts {
        let mut statement = Statement::new(query::dialect(db));
        let due = due_sql(statement.dialect());
        statement.text(
            "SELECT active, closed, stage, \"user\", new_mail, overdue, COUNT(*) AS count FROM (SELECT t.active, t.closed, \
             t.stage_id AS stage, t.user_id AS \"user\", t.new_mail, ",
        );
        statement.text(&format!("{due} < "));
        statement.bind(Bind::Moment(now));
        statement.text(" AS overdue FROM ");
        rows_of(&mut statement, &filter, *archived, "");
        statement.text(&format!(" LIMIT {}) s GROUP BY active, closed, stage, \"user\", new_mail, overdue", most + 1));
        all.extend(statement.load::<Alike>(db)?);
        if all.iter().map(|alike| alike.count).sum::<i64>() > most {
            return Ok(None);
        }
    }
    Ok(Some(all))
}

impl RecordFilter {
    /// How many records it shows, by a tally of its search; of due dates a tally knows only what is overdue.
    pub fn count(&self, tally: &[Alike]) -> i64 {
        let assigned = |user: Option<UserId>| match self.assigned {
            Some(Assigned::To(wanted)) => user == Some(wanted),
            Some(Assigned::Nobody) => user.is_none(),
            None => true,
        };
        tally
            .iter()
            .filter(|alike| alike.active != self.archived)
            .filter(|alike| self.closed.is_none_or(|closed| alike.closed == closed))
            .filter(|alike| self.stage.is_none_or(|stage| alike.stage == stage))
            .filter(|alike| assigned(alike.user) && (alike.new_mail || !self.new_mail))
            .filter(|alike| alike.overdue || self.due == DueFilter::Whenever)
            .map(|alike| alike.count)
            .sum()
    }
}

/// Who wrote, in all that a record may know of them.
#[derive(Debug, Clone, Default)]
pub struct Writer {
    pub partner: Option<PartnerId>,
    /// As mails name it.
    pub emails: Vec<String>,
}

/// The newest records of a person, of any type, without this one; at most `limit`.
pub fn of_person(
    db: &mut Db,
    sight: RecordSight,
    who: &Writer,
    but: Option<RecordId>,
    limit: i64,
) -> Result<Vec<RecordLine>, StoreError> {
    let mut ids: Vec<RecordId> = Vec::new();
    let seen = sight.condition(query::dialect(db), "records.id").unwrap_or_else(|| "1 = 1".to_owned());
    let seen = || diesel::dsl::sql::<Bool>(&seen);
    let others = || {
        let active = records::table.filter(records::active.eq(true)).filter(seen());
        active.order(records::id.desc()).limit(limit + 1)
    };
    if let Some(partner) = who.partner {
        ids.extend(others().filter(records::partner_id.eq(partner)).select(records::id).load::<RecordId>(db)?);
    }
    if !who.emails.is_empty() {
        // Whom a record is linked to, it is of, whatever address it came from.
        let unlinked = others().filter(records::partner_email.eq_any(&who.emails));
        ids.extend(unlinked.filter(records::partner_id.is_null()).select(records::id).load::<RecordId>(db)?);
    }
    ids.retain(|id| Some(*id) != but);
    ids.sort_unstable_by(|one, other| other.cmp(one));
    ids.truncate(usize::try_from(limit).unwrap_or_default());
    let joined = records::table.inner_join(stages::table).left_join(users::table).left_join(partners::table);
    let found = joined.filter(records::id.eq_any(&ids)).order(records::id.desc());
    Ok(found.select(RecordLine::as_select()).load(db)?)
}

/// A record as a file of the list has it.
#[derive(Debug, Clone, Queryable)]
pub struct ExportRow {
    pub line: RecordLine,
    pub create_date: Moment,
}

/// These records, in this order; what is gone meanwhile is left out.
pub fn rows(db: &mut Db, ids: &[RecordId]) -> Result<Vec<ExportRow>, StoreError> {
    let joined = records::table.inner_join(stages::table).left_join(users::table).left_join(partners::table);
    let found = joined.filter(records::id.eq_any(ids)).select((RecordLine::as_select(), records::create_date));
    let mut rows: Vec<ExportRow> = found.load(db)?;
    let place: HashMap<RecordId, usize> = ids.iter().copied().zip(0..).collect();
    rows.sort_by_key(|row| place.get(&row.line.id).copied());
    Ok(rows)
}

/// How many each filter of a type shows, all of them.
pub fn whole_counts(db: &mut Db, filters: &[RecordFilter]) -> Result<Vec<i64>, StoreError> {
    counts_up_to(db, filters, i64::from(i32::MAX))
}

/// What the conversations of these records put into their lines: of those whose line shows it, the beginning of the newest mail.
pub fn gists(
    db: &mut Db,
    of: &[RecordId],
    is_said: impl Fn(RecordId) -> bool,
) -> Result<HashMap<RecordId, Gist>, StoreError> {
    if of.is_empty() {
        return Ok(HashMap::new());
    }
    let ids = |of: &mut dyn Iterator<Item = RecordId>| of.map(|id| id.to_string()).collect::<Vec<_>>().join(", ");
    let mails = "FROM posts m WHERE m.model = t.model AND m.res_id = t.id AND m.message_type = 'email'";
    let said = text_sql("m", SAID);
    let mut statement = Statement::new(query::dialect(db));
    statement.text(&format!(
        "SELECT t.id, (SELECT COUNT(*) FROM (SELECT 1 {mails} LIMIT {MAILS}) c) AS mails, {FILES} AS files, \
         CASE WHEN t.id IN ({}) THEN (SELECT {said} {mails} ORDER BY m.id DESC LIMIT 1) END AS said \
         FROM records t WHERE t.id IN ({})",
        // An id of none: PostgreSQL takes no empty list.
        ids(&mut of.iter().copied().filter(|id| is_said(*id)).chain([RecordId(0)])),
        ids(&mut of.iter().copied()),
    ));
    let read = |gist: Gist| (gist.id, Gist { said: gist.said.map(text_of), ..gist });
    Ok(statement.load::<Gist>(db)?.into_iter().map(read).collect())
}

/// The newest entry that there is on any record.
pub fn newest_post(db: &mut Db) -> Result<PostId, StoreError> {
    let newest: Option<PostId> = posts::table.select(diesel::dsl::max(posts::id)).first(db)?;
    Ok(newest.unwrap_or(PostId(0)))
}

/// How many records that a filter shows had mail behind that post, [`COUNTED`] at most.
pub fn arrived(db: &mut Db, filter: &RecordFilter, behind: PostId) -> Result<i64, StoreError> {
    let mut statement = Statement::new(query::dialect(db));
    statement.text("SELECT COUNT(DISTINCT m.res_id) AS count FROM (SELECT res_id FROM posts WHERE id > ");
    statement.bind(Bind::Integer(behind.0.into()));
    statement.text(" AND model = ");
    statement.bind(Bind::Text(filter.model.clone()));
    statement.text(&format!(
        " AND message_type = 'email' ORDER BY id LIMIT {COUNTED}) m JOIN records t ON t.id = m.res_id WHERE "
    ));
    conditions(&mut statement, filter);
    Ok(statement.load::<ListCount>(db)?.first().map_or(0, |row| row.count))
}

#[cfg(test)]
mod tests {
    use diesel::connection::SimpleConnection;

    use super::*;
    use crate::store::Store;

    #[derive(QueryableByName)]
    struct PlanStep {
        #[diesel(sql_type = Text)]
        detail: String,
    }

    #[test]
    fn no_list_shows_more_than_it_counts() {
        assert_eq!(ShownCount::at_least(36).having_seen(80), ShownCount::at_least(80));
        assert_eq!(ShownCount::at_least(360).having_seen(80), ShownCount::at_least(360));
        assert_eq!(ShownCount::up_to(5_000).having_seen(1_120), ShownCount::up_to(5_000));
    }

    #[test]
    fn an_age_is_gone_through_by_so_many_months_and_what_is_older_in_one_go() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("t.db").to_str().unwrap(), 2).unwrap();
        let fill = "INSERT INTO stages (id, model, code, name, place, closed) VALUES (1, 'm', 'new', 'New', 0, FALSE);
            WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 700)
            INSERT INTO records (id, model, number, name, description, stage_id, active, last_mail_at, date, model_code, create_date,
                write_date, closed)
            SELECT i, 'm', i, '', '', 1, TRUE, '2026-11-01 08:00:00', datetime('2026-11-15', '-' || i || ' months'), 'm',
                '2026-11-01 08:00:00', '2026-11-01 08:00:00', FALSE FROM c";
        store.write(|db| Ok::<_, StoreError>(db.batch_execute(fill)?)).unwrap();
        let part = RecordFilter {
            model: "m".into(),
            sight: RecordSight::machine(),
            closed: Some(false),
            before: Some(crate::domain::now()),
            ..RecordFilter::default()
        };
        let months = store.read(|db| by_months(db, &part)).unwrap();
        assert_eq!(months.len(), MONTHS + 1);
        let counts = store.read(|db| whole_counts(db, &months)).unwrap();
        assert!(counts[..MONTHS].iter().all(|count| *count == 1) && counts[MONTHS] == 100, "{counts:?}");
    }

    /// What SQLite does without figures of how many rows there are.
    #[test]
    fn what_a_press_shows_is_found_in_an_index_in_its_order() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("t.db").to_str().unwrap(), 2).unwrap();
        let base = RecordFilter { model: "m".into(), sight: RecordSight::machine(), ..RecordFilter::default() };
        let open = RecordFilter { closed: Some(false), ..base.clone() };
        let now = crate::domain::now();
        let day = Some(now);
        for (name, filter) in [
            ("open", open.clone()),
            ("closed", RecordFilter { closed: Some(true), ..base.clone() }),
            ("mine", RecordFilter { assigned: Some(Assigned::To(UserId(1))), ..open.clone() }),
            ("unassigned", RecordFilter { assigned: Some(Assigned::Nobody), ..open.clone() }),
            ("new mail", RecordFilter { new_mail: true, ..base.clone() }),
            ("a stage", RecordFilter { stage: Some(StageId(1)), ..base.clone() }),
            ("all", base.clone()),
            ("of an age", RecordFilter { since: day, before: day, ..open.clone() }),
            ("overdue", RecordFilter { due: DueFilter::Within(None, now), ..open.clone() }),
            (
                "a stage of an age",
                RecordFilter { stage: Some(StageId(1)), before: day, pressed_first: true, ..base.clone() },
            ),
        ] {
            let mut statement = Statement::new(Backend::Sqlite);
            statement.text("EXPLAIN QUERY PLAN SELECT t.id FROM records t WHERE ");
            conditions(&mut statement, &filter);
            // What it is narrowed to further stands in the row.
            let found = match filter.pressed_first {
                true => ["SEARCH t USING INDEX records_stage"; 2],
                // An index of an expression is none of columns.
                false => ["SEARCH t USING COVERING INDEX", "SEARCH t USING INDEX records_due"],
            };
            let (key, way) = match (filter.since, filter.due) {
                (Some(_), _) => ("t.date", "DESC"),
                (None, DueFilter::Within(..)) => (due_sql(Backend::Sqlite), "ASC"),
                _ => ("t.last_mail_at", "DESC"),
            };
            statement.text(&format!(" ORDER BY {key} {way}, t.id {way} LIMIT 81"));
            let plan: Vec<PlanStep> = store
                .read(|db| {
                    let Db::Sqlite(conn) = db else { unreachable!("it is SQLite") };
                    Ok::<_, StoreError>(statement.sqlite().load(conn)?)
                })
                .unwrap();
            let plan: Vec<&str> = plan.iter().map(|step| step.detail.as_str()).collect();
            assert!(
                matches!(plan.as_slice(), [one] if found.iter().any(|found| one.starts_with(found))),
                "{name}: {plan:?}"
            );
        }
    }
}
