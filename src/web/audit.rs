//! The audit: who did what, newest first, narrowed by day, person, deed and object; and the same as a file.

use std::io;

use chrono::NaiveDate;
use rocket::http::uri::Origin;
use rocket::{Route, get, routes};
use rocket_dyn_templates::context;
use serde::Serialize;

use super::audit_words::{AuditChange, AuditWords};
use super::download::{FileDownload, SendAs};
use super::errors::PageFailure;
use super::forms::{Pager, TypedFields, query_string};
use super::guards::Visitor;
use super::render::{PageAnswer, Reply};
use super::sheet_file::SheetWriter;
use crate::domain::Moment;
use crate::domain::audit::AuditAction;
use crate::domain::sheet_cell::{SheetCell, SheetFormat, clock};
use crate::domain::text::fold;
use crate::domain::words::{self, Sentence};
use crate::operations::audit::{self, AuditQuery, AuditRow};

pub(super) fn routes() -> Vec<Route> {
    routes![list, file]
}

const PATH: &str = "/settings/audit";
const PER_PAGE: i64 = 50;

#[derive(Serialize)]
struct AuditLine {
    at: Moment,
    login: String,
    address: Option<String>,
    action: Sentence,
    tone: &'static str,
    /// What the object is called, and where it is seen.
    object: String,
    path: Option<String>,
    object_id: Option<i32>,
    object_name: String,
    changes: Vec<AuditChange>,
}

/// What the address asks for.
struct AuditAsked {
    query: AuditQuery,
    page: i64,
}

impl AuditAsked {
    fn read(uri: &Origin<'_>) -> Self {
        let fields = TypedFields::parse(uri.query().map_or("", |query| query.as_str()));
        let given = |name: &str| Some(fields.get(name).trim()).filter(|text| !text.is_empty());
        let day = |name: &str| given(name).and_then(|day| day.parse::<NaiveDate>().ok());
        let query = AuditQuery {
            action: given("action").and_then(AuditAction::from_code),
            login: given("login").map(str::to_lowercase),
            object_model: given("model").map(str::to_owned),
            object_id: given("id").and_then(|id| id.parse().ok()),
            since: day("since"),
            until: day("until"),
        };
        Self { query, page: Pager::page(given("page").and_then(|page| page.parse().ok())) }
    }

    /// The filters, as the address says them.
    fn pairs(&self) -> [(&'static str, String); 6] {
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        [
            ("action", self.query.action.map_or("", AuditAction::code).to_owned()),
            ("login", self.query.login.clone().unwrap_or_default()),
            ("model", self.query.object_model.clone().unwrap_or_default()),
            ("id", self.query.object_id.map(|id| id.to_string()).unwrap_or_default()),
            ("since", day(self.query.since)),
            ("until", day(self.query.until)),
        ]
    }

    fn kept(&self) -> String {
        query_string(self.pairs().iter().map(|(name, value)| (*name, value.as_str())))
    }
}

#[get("/settings/audit")]
async fn list(visitor: Visitor<'_>, uri: &Origin<'_>) -> PageAnswer {
    let asked = AuditAsked::read(uri);
    let (query, page) = (asked.query.clone(), asked.page);
    let found =
        visitor.run(move |app, caller| audit::list(app, caller, &query, (page - 1) * PER_PAGE, PER_PAGE)).await?;
    let words = AuditWords::of(&visitor);
    let pairs = asked.pairs();
    let [action, login, model, object_id, since, until] = &pairs;
    let query = pairs.each_ref().map(|(name, value)| (*name, value.as_str()));
    let pager = Pager::new(PATH, &query, page, PER_PAGE, found.count);
    let lines: Vec<AuditLine> = found.rows.iter().map(|row| line(&words, row)).collect();
    let named = |action: &AuditAction| (action.code(), action.label().in_language(visitor.language()));
    let mut actions: Vec<(&str, String)> = AuditAction::ALL.iter().map(named).collect();
    actions.sort_by_key(|(_, label)| fold(label));
    let mut models: Vec<(&String, String)> = found.models.iter().map(|model| (model, words.object(model))).collect();
    models.sort_by_key(|(_, label)| fold(label));
    let kept = asked.kept();
    Ok(Reply::page(
        "audit/list.html",
        context! {
            path: PATH,
            lines,
            pager,
            actions,
            models,
            people: &found.people,
            action: &action.1,
            login: &login.1,
            model: &model.1,
            object_id: &object_id.1,
            since: &since.1,
            until: &until.1,
            is_narrowed: !kept.is_empty(),
            kept,
        },
    ))
}

fn line(words: &AuditWords, row: &AuditRow) -> AuditLine {
    let action = AuditAction::from_code(&row.action);
    let tone = match action {
        Some(AuditAction::SignInFailed) => "bad",
        Some(AuditAction::Delete | AuditAction::Archive | AuditAction::TrustCertificate) => "warning",
        Some(AuditAction::Create | AuditAction::Confirm) => "good",
        _ => "quiet",
    };
    AuditLine {
        at: row.at,
        login: row.login.clone(),
        address: row.address.clone(),
        action: said(action),
        tone,
        object: words.object(&row.object_model),
        path: words.path(&row.object_model, row.object_id),
        object_id: row.object_id,
        object_name: words.name(&row.object_model, row.object_id, &row.object_name),
        changes: words.changes(&row.object_model, row.before.as_deref(), row.after.as_deref()),
    }
}

fn said(action: Option<AuditAction>) -> Sentence {
    action.map_or_else(|| Sentence::verbatim("?"), AuditAction::label)
}

#[get("/settings/audit/file?<file>")]
async fn file(visitor: Visitor<'_>, file: Option<&str>, uri: &Origin<'_>) -> Result<FileDownload, PageFailure> {
    let asked = AuditAsked::read(uri);
    let format = file.and_then(SheetFormat::from_code).unwrap_or(SheetFormat::Csv);
    let kept = asked.kept();
    let zone = visitor.run(move |app, caller| audit::begin_file(app, caller, &kept, format)).await?;
    let (app, caller, words) = (visitor.visit.app.clone(), visitor.caller.clone(), AuditWords::of(&visitor));
    let language = visitor.language().to_owned();
    let title = words::text(&language, "nav-audit");
    let name = format!("{title}.{}", format.code());
    Ok(FileDownload::new(name, format.media_type().into(), SendAs::Attachment, move |to| {
        let keys = ["when", "user", "address", "action", "kind", "object", "number", "changes"];
        let head = keys.map(|key| words::text(&language, &format!("audit-{key}")));
        let mut file = SheetWriter::begin(format, to, (&title, &language), &head)?;
        let cells = |row: &AuditRow| {
            let change = |one: AuditChange| {
                let arguments = [
                    ("label", one.field),
                    ("before", one.before.unwrap_or_default()),
                    ("after", one.after.unwrap_or_default()),
                ];
                let told = words::with(&language, "records-told", &arguments.map(|(name, value)| (name, value.into())));
                // In a cell nothing stands around a number.
                told.replace(['\u{2068}', '\u{2069}'], "")
            };
            let changes = words.changes(&row.object_model, row.before.as_deref(), row.after.as_deref());
            [
                clock(zone, row.at),
                SheetCell::text(&row.login),
                SheetCell::text(row.address.clone().unwrap_or_default()),
                SheetCell::text(said(AuditAction::from_code(&row.action)).in_language(&language)),
                SheetCell::text(words.object(&row.object_model)),
                SheetCell::text(words.name(&row.object_model, row.object_id, &row.object_name)),
                row.object_id.map_or(SheetCell::Nothing, |id| SheetCell::Number(id.into())),
                SheetCell::text(changes.into_iter().map(change).collect::<Vec<_>>().join("\n")),
            ]
        };
        let more =
            audit::file(&app, &caller, &asked.query, |rows| rows.iter().try_for_each(|row| file.row(&cells(row))));
        if more.map_err(io::Error::other)? {
            let count = [("count", audit::TAKEN_OUT.into())];
            file.row(&[SheetCell::Text(words::with(&language, "export-more", &count))])?;
        }
        file.end()
    }))
}
