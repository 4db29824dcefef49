//! A month in numbers: how many records were received and settled, how old they were then, and what was open at its end, in
//! all and by what they are about. It costs what the month and the open work hold, however much there was before.

use std::collections::HashMap;

use chrono::{Datelike, Months, NaiveDate, TimeZone};
use chrono_tz::Tz;
use serde_json::json;

use super::module;
use crate::domain::audit::AuditAction;
use crate::domain::due::first_moment;
use crate::domain::module::Module;
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::domain::sheet_cell::SheetFormat;
use crate::domain::words::Sentence;
use crate::domain::{Moment, now};
use crate::operations::categories::{self, OfferedClasses};
use crate::operations::{App, OperationError, preferences, require};
use crate::say;
use crate::store::audit::{self, NewAuditEntry};
use crate::store::records::list::{self as stored, RecordFilter, ReportRow};
use crate::store::sight::RecordSight;
use crate::store::{Db, records, servers};

/// The field that says how a record came.
const CHANNEL: &str = "channel";
/// Rows that a report counts of each kind; a figure that ends there says so.
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
    if let Ok(day) = format!("{typed}-01").parse::<NaiveDate>() {
        return Ok(day);
    }
    let zone = app.store.read(|db| Ok::<_, OperationError>(preferences::zone_in(db, caller)?))?;
    let today = zone.from_utc_datetime(&now()).date_naive();
    Ok(today.with_day(1).unwrap_or(today))
}

pub fn report(app: &App, caller: &Caller, model: &str, first: NaiveDate) -> Result<MonthReport, OperationError> {
    require(caller, Right::Read, Object::Records, || say!("deed-read-records"))?;
    let module = module(app, model)?.clone();
    app.search(caller, |db| count(db, caller, module, first))
}

/// The same for a file, which the audit has.
pub fn take_report(
    app: &App,
    caller: &Caller,
    model: &str,
    first: NaiveDate,
    format: SheetFormat,
) -> Result<MonthReport, OperationError> {
    let report = report(app, caller, model, first)?;
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
    received: Vec<ReportRow>,
    settled: Vec<ReportRow>,
    open: Vec<ReportRow>,
}

fn count(db: &mut Db, caller: &Caller, module: Module, first: NaiveDate) -> Result<MonthReport, OperationError> {
    let zone = preferences::zone_in(db, caller)?;
    let month = |months: u32| first.checked_add_months(Months::new(months)).unwrap_or(first);
    let previous = first.checked_sub_months(Months::new(1)).unwrap_or(first);
    let [before, from, end] = [previous, first, month(1)].map(|day| first_moment(zone, day));
    let sight = RecordSight::of(db, caller)?;
    let base = RecordFilter { model: module.model.clone(), sight, ..RecordFilter::default() };
    let channel = module.choices().find(|field| field.name == CHANNEL).map(|field| field.name.as_str());
    let mut cut = false;
    let mut rows = |filter: RecordFilter| {
        let mut rows = stored::report_rows(db, &filter, channel, COUNTED_ROWS + 1)?;
        cut |= rows.len() > COUNTED_ROWS;
        rows.truncate(COUNTED_ROWS);
        Ok::<_, OperationError>(rows)
    };
    let received = |from, before| RecordFilter { since: Some(from), before: Some(before), ..base.clone() };
    let settled = |from, before| RecordFilter { settled: Some((from, before)), ..base.clone() };
    let mut open = rows(RecordFilter { closed: Some(false), before: Some(end), ..base.clone() })?;
    // Open at the end, and settled since.
    open.extend(rows(RecordFilter { before: Some(end), ..settled(end, None) })?);
    let this = MonthRows { received: rows(received(from, end))?, settled: rows(settled(from, Some(end)))?, open };
    let earlier = MonthRows {
        received: rows(received(before, from))?,
        settled: rows(settled(before, Some(from)))?,
        open: Vec::new(),
    };
    Ok(MonthReport {
        all: line(say!("report-all"), &this, |_| true),
        before: line(say!("report-before"), &earlier, |_| true),
        days: days(zone, (first, month(1)), &this),
        groups: groups(db, caller, &module, &this)?,
        cut,
        first,
        behind: month(1),
        module,
    })
}

fn line(label: Sentence, rows: &MonthRows, counts: impl Fn(&ReportRow) -> bool) -> ReportLine {
    let count = |rows: &[ReportRow]| rows.iter().filter(|row| counts(row)).count();
    let settled = rows.settled.iter().filter(|row| counts(row));
    let ages = settled.filter_map(|row| Some(row.closed_at?.signed_duration_since(row.date).num_seconds().max(0)));
    ReportLine {
        label,
        received: count(&rows.received),
        settled: count(&rows.settled),
        median_days: median(ages.collect()),
        open: count(&rows.open),
    }
}

/// In days, to a tenth.
fn median(mut seconds: Vec<i64>) -> Option<f64> {
    seconds.sort_unstable();
    let upper = seconds.get(seconds.len() / 2)?;
    let lower = seconds.get((seconds.len() - 1) / 2)?;
    let days = (upper + lower) as f64 / 2.0 / 86_400.0;
    Some((days * 10.0).round() / 10.0)
}

fn days(zone: Tz, (first, behind): (NaiveDate, NaiveDate), rows: &MonthRows) -> Vec<(i64, i64)> {
    let mut days = vec![(0, 0); usize::try_from((behind - first).num_days()).unwrap_or_default()];
    let place = |at: Moment| {
        let day = zone.from_utc_datetime(&at).date_naive();
        usize::try_from((day - first).num_days()).ok()
    };
    for row in &rows.received {
        if let Some(day) = place(row.date).and_then(|place| days.get_mut(place)) {
            day.0 += 1;
        }
    }
    for row in &rows.settled {
        if let Some(day) = row.closed_at.and_then(place).and_then(|place| days.get_mut(place)) {
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
    key: impl Fn(&ReportRow) -> Option<K>,
) -> ReportGroup {
    let places: HashMap<K, usize> = named.iter().map(|(key, _)| key.clone()).zip(0..).collect();
    let place = |row: &ReportRow| key(row).and_then(|key| places.get(&key).copied());
    let names = named.into_iter().map(|(_, label)| label).zip((0..).map(Some));
    let lines = names.chain([(say!("report-none"), None)]);
    let lines = lines.map(|(label, at)| line(label, rows, |row| place(row) == at));
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
