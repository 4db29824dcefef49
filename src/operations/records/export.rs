//! What is taken out of a record type: all that a list shows, and a month in numbers. Whoever takes something out is in
//! the audit.

use std::collections::HashMap;

use chrono::{Datelike, Months, NaiveDate, NaiveDateTime, TimeZone};
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::list::AskedFilter;
use super::{PRIORITIES, RecordQuery, field, module};
use crate::domain::due::first_moment;
use crate::domain::id::{CategoryId, RecordId, TagId};
use crate::domain::module::{FieldKind, Module, ModuleField};
use crate::domain::person::Caller;
use crate::domain::rights::{AuditAction, Object, Right};
use crate::domain::text::{SheetCell, SheetFormat, clock};
use crate::domain::words::Sentence;
use crate::domain::{Moment, now};
use crate::operations::categories::{self, OfferedClasses};
use crate::operations::{App, OperationError, indexing, require, users};
use crate::say;
use crate::store::audit::{self, NewAuditEntry};
use crate::store::records::list::{ExportRow, RecordFilter};
use crate::store::records::report::{ReportClass, ReportCount, SettledAlike};
use crate::store::records::{self, list as stored, report as reported};
use crate::store::sight::RecordSight;
use crate::store::{Db, at_one_moment, categories as stored_categories, kept, servers};

// The columns that there are, and their cells row by row. The same columns are ticked the next time.

/// Rows of one file.
pub const EXPORTED: usize = 100_000;
/// Rows that are read at once.
const AT_ONCE: usize = 500;

/// What a column of a file tells of a record.
#[derive(Debug, Clone, PartialEq)]
enum ExportColumn {
    Number,
    Title,
    Contact,
    SenderName,
    SenderEmail,
    Stage,
    Closed,
    Assigned,
    Priority,
    Category,
    Tags,
    NewMail,
    Date,
    LastMail,
    Due,
    ClosedAt,
    Made,
    /// A field that the type adds.
    Own(ModuleField),
}

impl ExportColumn {
    /// What it is called in forms and in the database.
    fn code(&self) -> &str {
        match self {
            Self::Number => "number",
            Self::Title => "name",
            Self::Contact => "partner_id",
            Self::SenderName => "partner_name",
            Self::SenderEmail => "partner_email",
            Self::Stage => "stage_id",
            Self::Closed => "closed",
            Self::Assigned => "user_id",
            Self::Priority => "priority",
            Self::Category => "category_id",
            Self::Tags => "tag_ids",
            Self::NewMail => "new_mail",
            Self::Date => "date",
            Self::LastMail => "last_mail_at",
            Self::Due => "due",
            Self::ClosedAt => "closed_at",
            Self::Made => "create_date",
            Self::Own(field) => &field.name,
        }
    }

    fn label(&self, module: &Module) -> Sentence {
        let named = |usual: Sentence| field::label(module, self.code(), usual);
        match self {
            Self::Number => named(say!("records-number")),
            Self::Title => named(say!("records-title")),
            Self::Contact => named(say!("records-contact")),
            Self::SenderName => say!("records-from"),
            Self::SenderEmail => say!("records-contact-email"),
            Self::Stage => say!("records-stage"),
            Self::Closed => say!("records-show-closed"),
            Self::Assigned => say!("records-assigned"),
            Self::Priority => say!("records-priority"),
            Self::Category => module.category().map_or_else(Sentence::default, |field| field.label.clone()),
            Self::Tags => module.tags().map_or_else(Sentence::default, |field| field.label.clone()),
            Self::NewMail => say!("records-new-mail"),
            Self::Date => say!("records-date"),
            Self::LastMail => say!("records-last-mail"),
            Self::Due => say!("records-due"),
            Self::ClosedAt => say!("records-closed-at"),
            Self::Made => say!("records-made"),
            Self::Own(field) => field.label.clone(),
        }
    }
}

fn all(module: &Module) -> Vec<ExportColumn> {
    use ExportColumn::{
        Assigned, Category, Closed, ClosedAt, Contact, Date, Due, LastMail, Made, NewMail, Number, Own, Priority,
        SenderEmail, SenderName, Stage, Tags, Title,
    };
    let of_all = [Number, Title, Contact, SenderName, SenderEmail, Stage, Closed, Assigned, Priority];
    let times = [NewMail, Date, LastMail, Made, ClosedAt];
    let classes = [module.category().map(|_| Category), module.tags().map(|_| Tags)];
    let due = module.due.as_ref().map(|_| Due);
    let own = field::editable(module).cloned().map(Own);
    of_all.into_iter().chain(classes.into_iter().flatten()).chain(times).chain(due).chain(own).collect()
}

/// The columns that there are: code, label, and whether the person took it out last. Nothing taken out yet: all of them.
pub fn export_columns(
    app: &App,
    caller: &Caller,
    model: &str,
) -> Result<Vec<(String, Sentence, bool)>, OperationError> {
    require(caller, Right::Read, Object::Records, || say!("deed-read-records"))?;
    let module = module(app, model)?;
    let chosen = match caller.user {
        Some(user) => app.store.read(|db| Ok::<_, OperationError>(kept::columns_out(db, user, model)?))?,
        None => None,
    };
    let is_chosen = |code: &str| chosen.as_ref().is_none_or(|chosen| chosen.iter().any(|one| one == code));
    let told = |one: &ExportColumn| (one.code().to_owned(), one.label(module), is_chosen(one.code()));
    Ok(all(module).iter().map(told).collect())
}

/// A list that is taken out.
pub struct ListExport {
    pub module: Module,
    columns: Vec<ExportColumn>,
    /// In the list's order.
    ids: Vec<RecordId>,
    /// The list has more, or may have.
    more: bool,
    zone: Tz,
    categories: HashMap<CategoryId, String>,
    tags: HashMap<TagId, String>,
}

impl ListExport {
    /// The labels of its columns.
    pub fn head(&self) -> Vec<Sentence> {
        self.columns.iter().map(|column| column.label(&self.module)).collect()
    }
}

/// Finds what somebody takes out, [`EXPORTED`] records at most, before the first of them is sent: what takes too long is answered
/// in words, and whatever moves in the list after that, no row is missed, and none comes twice. The audit has it from here on.
/// `asked` is the list's address, `format` that of the file; `columns` are codes, none of them stands for all.
pub fn begin_export(
    app: &App,
    caller: &Caller,
    model: &str,
    query: RecordQuery,
    (asked, format): (&str, SheetFormat),
    columns: &[String],
) -> Result<ListExport, OperationError> {
    require(caller, Right::Read, Object::Records, || say!("deed-read-records"))?;
    let module = module(app, model)?.clone();
    // The file has what the list shows, which waits for the index, too.
    if !query.search.is_empty() {
        indexing::wait(app)?;
    }
    let mut chosen: Vec<ExportColumn> = all(&module);
    if chosen.iter().any(|one| columns.iter().any(|code| code == one.code())) {
        chosen.retain(|one| columns.iter().any(|code| code == one.code()));
    }
    let most = i64::try_from(EXPORTED).unwrap_or(i64::MAX);
    // A list by stage or person is found group by group: nothing moves between two of them meanwhile.
    let (ids, more) = app.find_for_export(caller, |db| {
        at_one_moment(db, |db| {
            let asked = AskedFilter::of(db, caller, &module, &query)?;
            Ok(stored::ids(db, &asked.filter, (query.order, query.direction), most)?)
        })
    })?;
    app.store.write(|db| {
        let codes: Vec<String> = chosen.iter().map(|one| one.code().to_owned()).collect();
        if let Some(user) = caller.user {
            kept::put_columns(db, user, model, &codes)?;
        }
        let entry = NewAuditEntry {
            caller,
            action: AuditAction::Export,
            object_model: model,
            object_id: None,
            object_name: &module.label_plural,
            before: None,
            after: Some(serde_json::json!({ "list": asked, "file": format.code(), "columns": codes })),
        };
        audit::write(db, &entry)?;
        let OfferedClasses { categories, tags } = categories::on_offer(db, caller, &module)?;
        Ok(ListExport {
            zone: users::zone_in(db, caller)?,
            categories: categories.into_iter().map(|(one, _)| (one.id, one.path)).collect(),
            tags: tags.into_iter().map(|one| (one.id, one.name)).collect(),
            columns: chosen,
            ids,
            more,
            module,
        })
    })
}

/// Hands all that was found to `take`, so many rows at a time, in the list's order. True: the list has more.
pub fn export(
    app: &App,
    caller: &Caller,
    list: &ListExport,
    language: &str,
    mut take: impl FnMut(&[Vec<SheetCell>]) -> std::io::Result<()>,
) -> Result<bool, OperationError> {
    for some in list.ids.chunks(AT_ONCE) {
        let (rows, tags) = app.read_for_export(caller, |db| {
            // A slow download goes on while others conceal records.
            let hidden = RecordSight::of(db, caller)?.hidden_of(db, some)?;
            let mut rows = stored::rows(db, some)?;
            rows.retain(|row| !hidden.contains(&row.line.id));
            let tags = if list.tags.is_empty() { Vec::new() } else { stored_categories::tags_of(db, some)? };
            Ok((rows, tags))
        })?;
        let mut of: HashMap<RecordId, Vec<&str>> = HashMap::new();
        for one in &tags {
            of.entry(one.record_id).or_default().extend(list.tags.get(&one.tag_id).map(String::as_str));
        }
        let cells = |row: &ExportRow| {
            let tags = of.get(&row.line.id).map(|tags| tags.join(", ")).unwrap_or_default();
            list.columns.iter().map(|column| list.cell(column, row, &tags, language)).collect()
        };
        // Nobody reads it any more.
        if take(&rows.iter().map(cells).collect::<Vec<_>>()).is_err() {
            return Ok(false);
        }
    }
    Ok(list.more)
}

impl ListExport {
    fn cell(&self, column: &ExportColumn, row: &ExportRow, tags: &str, language: &str) -> SheetCell {
        let line = &row.line;
        let maybe = |text: Option<&String>| text.map_or(SheetCell::Nothing, SheetCell::text);
        let clock = |at: Moment| clock(self.zone, at);
        match column {
            ExportColumn::Number => SheetCell::text(&line.number),
            ExportColumn::Title => SheetCell::text(&line.name),
            ExportColumn::Contact => maybe(line.contact.as_ref()),
            ExportColumn::SenderName => maybe(line.partner_name.as_ref()),
            ExportColumn::SenderEmail => maybe(line.partner_email.as_ref()),
            ExportColumn::Stage => SheetCell::text(line.stage.words().in_language(language)),
            ExportColumn::Closed => SheetCell::Flag(line.stage.closed),
            ExportColumn::Assigned => maybe(line.assignee.as_ref().map(|assignee| &assignee.name)),
            ExportColumn::Priority => {
                let known = PRIORITIES.iter().find(|(code, _)| *code == line.priority);
                known.map_or(SheetCell::Nothing, |(_, words)| SheetCell::text(words().in_language(language)))
            }
            ExportColumn::Category => maybe(line.category_id.and_then(|id| self.categories.get(&id))),
            ExportColumn::Tags => SheetCell::text(tags),
            ExportColumn::NewMail => SheetCell::Flag(line.new_mail),
            ExportColumn::Date => clock(line.date),
            ExportColumn::LastMail => clock(line.last_mail_at),
            ExportColumn::Due => line.due.map_or(SheetCell::Nothing, clock),
            ExportColumn::ClosedAt => line.closed_at.map_or(SheetCell::Nothing, clock),
            ExportColumn::Made => clock(row.create_date),
            ExportColumn::Own(field) => self.own(field, line.extra.get(&field.name), row, language),
        }
    }

    /// A field that the type adds, as what it is.
    fn own(&self, field: &ModuleField, value: Option<&Value>, row: &ExportRow, language: &str) -> SheetCell {
        let text = value.and_then(Value::as_str);
        let kept = match field.kind {
            FieldKind::Integer | FieldKind::Float => value.and_then(Value::as_f64).map(SheetCell::Number),
            FieldKind::Boolean => Some(SheetCell::Flag(value == Some(&Value::Bool(true)))),
            FieldKind::Date => text.and_then(|text| text.parse::<NaiveDate>().ok()).map(SheetCell::Day),
            FieldKind::Datetime => {
                let at = text.and_then(|text| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok());
                at.map(|at| clock(self.zone, at))
            }
            _ => None,
        };
        kept.unwrap_or_else(|| SheetCell::text(field::words(&row.line.extra, field).in_language(language)))
    }
}

// A month in numbers: how many records were received and settled, how old they were then, and what was open at its end,
// in all and by what they are about. It costs what the month and the open work hold, however much there was before.

/// The field that says how a record came.
const CHANNEL: &str = "channel";
/// Settled records that a report counts and takes ages of; a figure that ends there says so.
const COUNTED_ROWS: usize = 50_000;

/// Numbers of a month.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReportLine {
    pub label: Sentence,
    pub received: usize,
    pub settled: usize,
    /// Days from a record's date to its end, of what was settled.
    pub median_days: Option<f64>,
    /// At the month's end.
    pub open: usize,
}

/// The same month by something.
#[derive(Debug, Clone)]
pub struct ReportGroup {
    pub label: Sentence,
    pub lines: Vec<ReportLine>,
}

#[derive(Debug)]
pub struct MonthReport {
    pub module: Module,
    /// Its first day, and the one of the month behind it; days are those of the person's zone.
    pub first: NaiveDate,
    pub behind: NaiveDate,
    pub all: ReportLine,
    /// Of the month before, without what was open at its end.
    pub before: ReportLine,
    /// Received and settled on each of its days.
    pub days: Vec<(i64, i64)>,
    pub groups: Vec<ReportGroup>,
    /// There is more than is counted.
    pub cut: bool,
}

/// The first day of a month as `2026-11` names it; without one, of the month that it is in the person's zone.
pub fn month_of(app: &App, caller: &Caller, typed: &str) -> Result<NaiveDate, OperationError> {
    // Of a year that is written otherwise no day is kept.
    if let Ok(day) = format!("{typed}-01").parse::<NaiveDate>()
        && (1..=9999).contains(&day.year())
    {
        return Ok(day);
    }
    let zone = app.store.read(|db| Ok::<_, OperationError>(users::zone_in(db, caller)?))?;
    let today = zone.from_utc_datetime(&now()).date_naive();
    Ok(today.with_day(1).unwrap_or(today))
}

pub fn report(app: &App, caller: &Caller, model: &str, first: NaiveDate) -> Result<MonthReport, OperationError> {
    require(caller, Right::Read, Object::Records, || say!("deed-read-records"))?;
    let module = module(app, model)?.clone();
    app.search(caller, |db| at_one_moment(db, |db| count(db, caller, module, first)))
}

/// The same for a file, which the audit has.
pub fn take_report(
    app: &App,
    caller: &Caller,
    model: &str,
    first: NaiveDate,
    format: SheetFormat,
) -> Result<MonthReport, OperationError> {
    require(caller, Right::Read, Object::Records, || say!("deed-read-records"))?;
    let module = module(app, model)?.clone();
    let report = app.find_for_export(caller, |db| at_one_moment(db, |db| count(db, caller, module, first)))?;
    app.store.write(|db| {
        let entry = NewAuditEntry {
            caller,
            action: AuditAction::Export,
            object_model: model,
            object_id: None,
            object_name: &report.module.label_plural,
            before: None,
            after: Some(json!({ "report": first.format("%Y-%m").to_string(), "file": format.code() })),
        };
        Ok::<_, OperationError>(audit::write(db, &entry)?)
    })?;
    Ok(report)
}

/// What a report is made of.
struct MonthRows {
    received: Vec<ReportCount>,
    settled: Vec<SettledAlike>,
    open: Vec<ReportCount>,
}

fn count(db: &mut Db, caller: &Caller, module: Module, first: NaiveDate) -> Result<MonthReport, OperationError> {
    let zone = users::zone_in(db, caller)?;
    let month = |months: u32| first.checked_add_months(Months::new(months)).unwrap_or(first);
    let previous = first.checked_sub_months(Months::new(1)).unwrap_or(first);
    let [before, from, end] = [previous, first, month(1)].map(|day| first_moment(zone, day));
    let sight = RecordSight::of(db, caller)?;
    let base = RecordFilter { model: module.model.clone(), sight, ..RecordFilter::default() };
    let mut cut = false;
    let mut rows = |db: &mut Db, filter: RecordFilter| {
        let (rows, more) = reported::settled(db, &filter, COUNTED_ROWS)?;
        cut |= more;
        Ok::<_, OperationError>(rows)
    };
    let settled = |from, before| RecordFilter { settled: Some((from, Some(before))), ..base.clone() };
    let this = MonthRows {
        received: reported::received(db, &base, from, end)?,
        settled: rows(db, settled(from, end))?,
        open: reported::open_at(db, &base, end)?,
    };
    let earlier = MonthRows { received: Vec::new(), settled: rows(db, settled(before, from))?, open: Vec::new() };
    // Of the month before, and of each day.
    let days_begin = first.iter_days().take_while(|day| *day <= month(1)).map(|day| first_moment(zone, day));
    let begins: Vec<Moment> = std::iter::once(before).chain(days_begin).collect();
    let mut received_in = reported::received_between(db, &base, &begins)?;
    let received_before = usize::try_from(received_in.remove(0)).unwrap_or_default();
    Ok(MonthReport {
        all: line(say!("report-all"), &this, |_| true),
        before: ReportLine { received: received_before, ..line(say!("report-before"), &earlier, |_| true) },
        days: days(zone, first, received_in, &this.settled),
        groups: groups(db, caller, &module, &this)?,
        cut,
        first,
        behind: month(1),
        module,
    })
}

fn line(label: Sentence, rows: &MonthRows, counts: impl Fn(&ReportClass) -> bool) -> ReportLine {
    let count = |alike: &[ReportCount]| {
        let counted: i64 = alike.iter().filter(|alike| counts(&alike.class)).map(|alike| alike.count).sum();
        usize::try_from(counted).unwrap_or_default()
    };
    let settled = rows.settled.iter().filter(|alike| counts(&alike.class)).flat_map(|alike| &alike.ends);
    let ages: Vec<i64> = settled.map(|(_, age)| age.num_seconds().max(0)).collect();
    ReportLine {
        label,
        received: count(&rows.received),
        settled: ages.len(),
        median_days: median(ages),
        open: count(&rows.open),
    }
}

/// In days, to a tenth.
fn median(mut seconds: Vec<i64>) -> Option<f64> {
    if seconds.is_empty() {
        return None;
    }
    let (middle, is_odd) = (seconds.len() / 2, seconds.len() % 2 == 1);
    let (below, upper, _) = seconds.select_nth_unstable(middle);
    let lower = below.iter().max().filter(|_| !is_odd).unwrap_or(upper);
    let days = (*upper + *lower) as f64 / 2.0 / 86_400.0;
    Some((days * 10.0).round() / 10.0)
}

/// What was received on each day from the first on, with what was settled on it.
fn days(zone: Tz, first: NaiveDate, received: Vec<i64>, settled: &[SettledAlike]) -> Vec<(i64, i64)> {
    let mut days: Vec<(i64, i64)> = received.into_iter().map(|received| (received, 0)).collect();
    let place = |at: Moment| usize::try_from((zone.from_utc_datetime(&at).date_naive() - first).num_days()).ok();
    for (end, _) in settled.iter().flat_map(|alike| &alike.ends) {
        if let Some(day) = place(*end).and_then(|place| days.get_mut(place)) {
            day.1 += 1;
        }
    }
    days
}

fn groups(db: &mut Db, caller: &Caller, module: &Module, rows: &MonthRows) -> Result<Vec<ReportGroup>, OperationError> {
    let mut groups = Vec::new();
    if let Some(field) = module.category() {
        let OfferedClasses { categories, .. } = categories::on_offer(db, caller, module)?;
        let named = categories.into_iter().map(|(one, _)| (one.id, Sentence::verbatim(one.path)));
        groups.push(group(field.label.clone(), named.collect(), rows, |row| row.category_id));
    }
    let stages = records::stages(db, &module.model)?.into_iter().map(|stage| (stage.id, stage.words()));
    groups.push(group(say!("records-stage"), stages.collect(), rows, |row| Some(row.stage_id)));
    if let Some(field) = module.choices().find(|field| field.name == CHANNEL) {
        let named = field.selection.clone();
        groups.push(group(field.label.clone(), named, rows, |row| row.channel.clone()));
    }
    let servers = servers::list(db)?.into_iter().map(|one| (one.settings.id, Sentence::verbatim(one.settings.name)));
    groups.push(group(say!("report-mailbox"), servers.collect(), rows, |row| row.server_id));
    Ok(groups)
}

/// A line for each that has any number, in their order; the last is what has none of them.
fn group<K: std::hash::Hash + Eq + Clone>(
    label: Sentence,
    named: Vec<(K, Sentence)>,
    rows: &MonthRows,
    key: impl Fn(&ReportClass) -> Option<K>,
) -> ReportGroup {
    let places: HashMap<K, usize> = named.iter().map(|(key, _)| key.clone()).zip(0..).collect();
    let place = |class: &ReportClass| key(class).and_then(|key| places.get(&key).copied());
    let names = named.into_iter().map(|(_, label)| label).zip((0..).map(Some));
    let lines = names.chain([(say!("report-none"), None)]);
    let lines = lines.map(|(label, at)| line(label, rows, |class| place(class) == at));
    ReportGroup { label, lines: lines.filter(|line| line.received + line.settled + line.open > 0).collect() }
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_stands_in_the_middle() {
        let day = 86_400;
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![9 * day, day, 2 * day]), Some(2.0));
        assert_eq!(median(vec![day, 2 * day]), Some(1.5));
    }
}
