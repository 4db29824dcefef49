//! A month in numbers, as a page with its picture, and as a file.

use chrono::{Datelike, Days, Months, NaiveDate};
use rocket::get;
use rocket_dyn_templates::context;
use serde_json::{Value, json};

use crate::domain::text::{SheetCell, SheetFormat};
use crate::domain::{now, words};
use crate::operations::records::{self, MonthReport, ReportLine};
use crate::web::download::{FileDownload, SendAs, SheetWriter};
use crate::web::errors::PageFailure;
use crate::web::forms::query_string;
use crate::web::guards::Visitor;
use crate::web::render;
use crate::web::render::{PageAnswer, Reply};

fn month_name(language: &str, first: NaiveDate) -> String {
    let month = words::text(language, &format!("month-long-{}", first.month()));
    words::with(language, "report-month", &[("month", month.into()), ("year", first.year().into())])
}

/// Its numbers as the page shows them.
fn shown(language: &str, line: &ReportLine) -> Value {
    let days = line.median_days.map(|days| words::number(language, days));
    json!({"label": line.label, "received": line.received, "settled": line.settled, "days": days, "open": line.open})
}

#[get("/records/<model>/report?<month>")]
pub(super) async fn show(visitor: Visitor<'_>, model: &str, month: Option<&str>) -> PageAnswer {
    let (of, typed) = (model.to_owned(), month.unwrap_or_default().to_owned());
    let report = visitor
        .run(move |app, caller| {
            let first = records::month_of(app, caller, &typed)?;
            records::report(app, caller, &of, first)
        })
        .await?;
    let language = visitor.language();
    let named = |first: NaiveDate| first.format("%Y-%m").to_string();
    let previous = report.first.checked_sub_months(Months::new(1)).unwrap_or(report.first);
    let (received, settled): (Vec<i64>, Vec<i64>) = report.days.iter().copied().unzip();
    let days = report.first.iter_days().zip(&report.days);
    let days: Vec<Value> = days
        .map(|(day, (received, settled))| json!({"day": day.to_string(), "received": received, "settled": settled}))
        .collect();
    let groups: Vec<Value> = report
        .groups
        .iter()
        .map(|group| {
            let lines: Vec<Value> = group.lines.iter().map(|line| shown(language, line)).collect();
            json!({"label": group.label, "lines": lines})
        })
        .collect();
    let path = format!("/records/{model}");
    let last = report.behind.checked_sub_days(Days::new(1)).unwrap_or(report.first);
    let (since, until) = (report.first.to_string(), last.to_string());
    let list = query_string([("show", "all"), ("since", &since), ("until", &until)]);
    Ok(Reply::page(
        "records/report.html",
        context! {
            path: format!("{path}/report"),
            list_path: &path,
            list_label: &report.module.label_plural,
            received_path: format!("{path}?{list}"),
            month: named(report.first),
            month_name: month_name(language, report.first),
            previous: named(previous),
            previous_name: month_name(language, previous),
            // Not one that is to come.
            next: (report.behind <= now().date()).then(|| named(report.behind)),
            next_name: month_name(language, report.behind),
            all: shown(language, &report.all),
            before: shown(language, &report.before),
            bars: render::bars(&[&received, &settled], 560, 120),
            most: received.iter().chain(&settled).max(),
            days,
            groups,
            cut: report.cut,
        },
    ))
}

#[get("/records/<model>/report/file?<month>&<file>")]
pub(super) async fn file(
    visitor: Visitor<'_>,
    model: &str,
    month: Option<&str>,
    file: Option<&str>,
) -> Result<FileDownload, PageFailure> {
    let format = file.and_then(SheetFormat::from_code).unwrap_or(SheetFormat::Xlsx);
    let (of, typed) = (model.to_owned(), month.unwrap_or_default().to_owned());
    let report = visitor
        .run(move |app, caller| {
            let first = records::month_of(app, caller, &typed)?;
            records::take_report(app, caller, &of, first, format)
        })
        .await?;
    let language = visitor.language().to_owned();
    let label = report.module.label_plural.in_language(&language);
    let name = format!("{label} {}.{}", report.first.format("%Y-%m"), format.code());
    Ok(FileDownload::new(name, format.media_type().into(), SendAs::Attachment, move |to| {
        let title = month_name(&language, report.first);
        let mut file = SheetWriter::begin(format, to, (&title, &language), &head(&language))?;
        rows(&report, &language).iter().try_for_each(|row| file.row(row))?;
        file.end()
    }))
}

fn head(language: &str) -> Vec<String> {
    let keys = ["report-by", "report-what", "report-received", "report-settled", "report-median", "report-open"];
    keys.iter().map(|key| words::text(language, key)).collect()
}

fn rows(report: &MonthReport, language: &str) -> Vec<Vec<SheetCell>> {
    let row = |group: String, line: &ReportLine| {
        let count = |count: usize| SheetCell::Number(count as f64);
        vec![
            SheetCell::text(group),
            SheetCell::text(line.label.in_language(language)),
            count(line.received),
            count(line.settled),
            line.median_days.map_or(SheetCell::Nothing, SheetCell::Number),
            count(line.open),
        ]
    };
    let groups = report.groups.iter().flat_map(|group| group.lines.iter().map(move |line| (group, line)));
    let grouped = groups.map(|(group, line)| row(group.label.in_language(language), line));
    std::iter::once(row(month_name(language, report.first), &report.all)).chain(grouped).collect()
}
