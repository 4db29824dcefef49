//! The audit: who did what, newest first, narrowed by day, person, deed and object; and the same as a file. All of it
//! in people's words.

use std::io;

use chrono::NaiveDate;
use rocket::http::uri::Origin;
use rocket::{Route, get, routes};
use rocket_dyn_templates::context;
use serde::Serialize;
use serde_json::Value;

use super::download::{FileDownload, SendAs, SheetWriter};
use super::errors::PageFailure;
use super::forms::{Pager, TypedFields, query_string};
use super::guards::Visitor;
use super::render::{PageAnswer, Reply};
use super::sheet::Around;
use crate::domain::Moment;
use crate::domain::alias::Alias;
use crate::domain::connection::Connection;
use crate::domain::module::{Module, category_model, tag_model};
use crate::domain::oauth::Provider;
use crate::domain::person::{Role, User};
use crate::domain::rights::{AuditAction, Object, Right};
use crate::domain::server::IncomingServer;
use crate::domain::setting::SettingsObject;
use crate::domain::text::{SheetCell, SheetFormat, clock, fold};
use crate::domain::words::{self, Sentence};
use crate::operations::audit::{self, AuditQuery, AuditRow};
use crate::operations::records::SAVED_FILTER;
use crate::say;

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
    let (kept, query) = (asked.kept(), asked.query);
    let plan = visitor.run(move |app, caller| audit::begin_file(app, caller, &query, (&kept, format))).await?;
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
                clock(plan.zone, row.at),
                SheetCell::text(&row.login),
                SheetCell::text(row.address.clone().unwrap_or_default()),
                SheetCell::text(said(AuditAction::from_code(&row.action)).in_language(&language)),
                SheetCell::text(words.object(&row.object_model)),
                SheetCell::text(words.name(&row.object_model, row.object_id, &row.object_name)),
                row.object_id.map_or(SheetCell::Nothing, |id| SheetCell::Number(id.into())),
                SheetCell::text(changes.into_iter().map(change).collect::<Vec<_>>().join("\n")),
            ]
        };
        let more = audit::file(&app, &caller, &plan, |rows| rows.iter().try_for_each(|row| file.row(&cells(row))));
        if more.map_err(io::Error::other)? {
            let count = [("count", audit::TAKEN_OUT.into())];
            file.row(&[SheetCell::Text(words::with(&language, "export-more", &count))])?;
        }
        file.end()
    }))
}

// The audit in people's words: what an object is called and where it is seen, and its fields and their values as forms
// call them. What has no words (of a module that is gone) is shown as it was written.

/// An object that is a table of fields.
struct SettingsWords {
    model: &'static str,
    name: fn() -> Sentence,
    object: Object,
    path: &'static str,
    label: fn(&str, &str) -> Option<String>,
    value: fn(&str, &str, &str) -> Option<String>,
}

const fn words_of<T: SettingsObject>(path: &'static str) -> SettingsWords {
    SettingsWords {
        model: T::MODEL,
        name: T::NAME,
        object: T::OBJECT,
        path,
        label: field_label::<T>,
        value: field_value::<T>,
    }
}

fn field_label<T: SettingsObject>(language: &str, field: &str) -> Option<String> {
    words::maybe(language, &format!("{}-field-{field}", T::WORDS), &[])
}

fn field_value<T: SettingsObject>(language: &str, field: &str, value: &str) -> Option<String> {
    let field = T::FIELDS.iter().find(|known| known.name == field)?;
    Some(Around::new(language).in_words(field, value))
}

const SETTINGS: [SettingsWords; 5] = [
    words_of::<IncomingServer>("/settings/technical/email/incoming"),
    words_of::<Connection>("/settings/technical/email/connections"),
    words_of::<Alias>("/settings/technical/email/aliases"),
    words_of::<Provider>("/settings/technical/email/providers"),
    words_of::<User>("/settings/users"),
];

/// One field that is not what it was, in words.
#[derive(serde::Serialize, Debug, PartialEq)]
struct AuditChange {
    pub field: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// Who reads it.
struct AuditWords {
    language: String,
    role: Role,
    modules: Vec<Module>,
}

impl AuditWords {
    fn of(visitor: &Visitor<'_>) -> Self {
        let modules = visitor.visit.app.modules.all().to_vec();
        Self { language: visitor.language().to_owned(), role: visitor.caller.role, modules }
    }

    /// The record type whose record it is, or a part of which.
    fn module(&self, named: impl Fn(&Module) -> bool) -> Option<&Module> {
        self.modules.iter().find(|module| named(module))
    }

    /// What people call an object of this model.
    pub(super) fn object(&self, model: &str) -> String {
        if let Some(settings) = SETTINGS.iter().find(|one| one.model == model) {
            return capital((settings.name)().in_language(&self.language));
        }
        if let Some(module) = self.module(|one| one.model == model) {
            return module.label.in_language(&self.language);
        }
        let part = |module: &Module| {
            let field = if category_model(&module.model) == model { module.category() } else { module.tags() };
            field.map(|field| field.label.clone())
        };
        let parted = self.module(|one| category_model(&one.model) == model || tag_model(&one.model) == model);
        let named = parted.and_then(part).or_else(|| {
            Some(match model {
                "res.partner" => say!("records-contact"),
                "mailgate.message" => say!("records-ledger"),
                "ir.attachment" => say!("audit-of-file"),
                "mailgate.key" => say!("audit-secret-key"),
                "mailgate.due" => say!("audit-of-deadlines"),
                "mailgate.audit" => say!("nav-audit"),
                "res.users.apikeys" => say!("audit-of-api-key"),
                "ir.model.data" => say!("audit-of-external-id"),
                "mailgate.team" => say!("audit-of-team"),
                SAVED_FILTER => say!("filters-one"),
                _ => return None,
            })
        });
        named.map_or_else(|| model.to_owned(), |named| named.in_language(&self.language))
    }

    /// What one object is called. Of what has no number the audit keeps a word of ours: a list goes by its type.
    pub(super) fn name(&self, model: &str, id: Option<i32>, name: &str) -> String {
        let listed = if model == "mailgate.due" { name } else { model };
        match self.module(|one| one.model == listed) {
            Some(module) if id.is_none() => module.label_plural.in_language(&self.language),
            _ if model == "mailgate.due" => words::text(&self.language, "working-days-title"),
            _ if model == "mailgate.audit" => String::new(),
            _ => name.to_owned(),
        }
    }

    /// Where an object is seen, if this reader may see it.
    pub(super) fn path(&self, model: &str, id: Option<i32>) -> Option<String> {
        let id = id?;
        let may = |object| self.role.may(Right::Read, object);
        if let Some(settings) = SETTINGS.iter().find(|one| one.model == model) {
            return may(settings.object).then(|| format!("{}/{id}", settings.path));
        }
        if self.module(|one| one.model == model).is_some() {
            return may(Object::Records).then(|| format!("/records/{model}/{id}"));
        }
        let kept = |module: &Module| {
            let part = if category_model(&module.model) == model { "categories" } else { "tags" };
            format!("/settings/records/{}/{part}/{id}", module.model)
        };
        let parted = self.module(|one| category_model(&one.model) == model || tag_model(&one.model) == model);
        if let Some(module) = parted {
            return self.role.may(Right::Write, Object::Categories).then(|| kept(module));
        }
        match model {
            "res.partner" if may(Object::Contacts) => Some(format!("/contacts/{id}")),
            "mailgate.message" if may(Object::Ledger) => Some(format!("/settings/technical/email/messages/{id}")),
            SAVED_FILTER if may(Object::SharedFilters) => Some(format!("/filters/{id}")),
            "mailgate.team" if self.role.may(Right::Write, Object::Users) => Some(format!("/settings/teams/{id}")),
            _ => None,
        }
    }

    /// A field as the object's form calls it.
    fn field(&self, model: &str, field: &str) -> String {
        let settings = SETTINGS.iter().find(|one| one.model == model);
        let named = settings.and_then(|one| (one.label)(&self.language, field));
        let own = || {
            let module = self.module(|one| one.model == model)?;
            let known = module.fields.iter().find(|known| known.name == field)?;
            Some(known.label.in_language(&self.language))
        };
        let usual = || words::maybe(&self.language, &format!("audit-field-{}", field.replace('.', "-")), &[]);
        named.or_else(own).or_else(usual).unwrap_or_else(|| field.to_owned())
    }

    fn value(&self, model: &str, field: &str, value: &Value) -> String {
        let word = |key: &str| words::text(&self.language, key);
        let text = match value {
            Value::Null => return "–".into(),
            Value::Bool(yes) => return word(if *yes { "conflict-yes" } else { "conflict-no" }),
            Value::Array(all) => {
                return all.iter().map(|one| self.value(model, field, one)).collect::<Vec<_>>().join(", ");
            }
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let settings = SETTINGS.iter().find(|one| one.model == model);
        let said = settings.and_then(|one| (one.value)(&self.language, field, &text));
        let own = || {
            let module = self.module(|one| one.model == model)?;
            if field == "columns" {
                return Some(self.field(model, &text));
            }
            let known = module.fields.iter().find(|known| known.name == field)?;
            let (_, label) = known.selection.iter().find(|(code, _)| *code == text)?;
            Some(label.in_language(&self.language))
        };
        let code = || {
            let key = match (field, text.as_str()) {
                ("state", code) if model == "mailgate.message" => format!("state-{code}"),
                ("import", code) => format!("servers-import-badge-{code}"),
                ("reason_code", code) => format!("messages-reason-{}", code.replace('_', "-")),
                ("state", code) | (_, code @ ("changed" | "set" | "forgotten")) => format!("audit-value-{code}"),
                _ => return None,
            };
            words::maybe(&self.language, &key, &[])
        };
        said.or_else(own).or_else(code).unwrap_or(text)
    }

    /// The fields that differ between two JSON objects.
    pub(super) fn changes(&self, model: &str, before: Option<&str>, after: Option<&str>) -> Vec<AuditChange> {
        let read = |text: Option<&str>| -> serde_json::Map<String, Value> {
            text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
        };
        let (before, after) = (read(before), read(after));
        let fields = before.keys().chain(after.keys().filter(|field| !before.contains_key(*field)));
        let told = |side: &serde_json::Map<String, Value>, field: &String| {
            side.get(field).map(|value| self.value(model, field, value))
        };
        fields
            .filter(|field| before.get(*field) != after.get(*field))
            .map(|field| AuditChange {
                field: self.field(model, field),
                before: told(&before, field),
                after: told(&after, field),
            })
            .collect()
    }
}

/// What stands within a sentence elsewhere, at the beginning of one.
fn capital(words: String) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_told_and_in_words() {
        let words = AuditWords { language: "en".into(), role: Role::Auditor, modules: Vec::new() };
        let found = words.changes(
            "fetchmail.server",
            Some(r#"{"name":"A","port":1,"active":true}"#),
            Some(r#"{"name":"A","port":2,"active":false,"unheard":null}"#),
        );
        let told: Vec<_> = found.iter().map(|c| (c.field.as_str(), c.before.as_deref(), c.after.as_deref())).collect();
        let expected =
            [("Active", Some("Yes"), Some("No")), ("Port", Some("1"), Some("2")), ("unheard", None, Some("–"))];
        assert_eq!(told, expected);
        assert_eq!(words.changes("x", None, None), []);
        assert_eq!(words.path("res.users", Some(1)), None, "an auditor sees no accounts");
        assert_eq!(words.path("mailgate.message", Some(7)).as_deref(), Some("/settings/technical/email/messages/7"));
    }
}
