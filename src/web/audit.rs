//! The audit: who did what, newest first.

use rocket::{Route, get, routes};
use rocket_dyn_templates::context;
use serde::Serialize;
use serde_json::{Map, Value};

use super::forms::Pager;
use super::guards::Visitor;
use super::render::{PageAnswer, Reply};
use crate::domain::Moment;
use crate::domain::audit::AuditAction;
use crate::domain::text::fold;
use crate::domain::words::Sentence;
use crate::operations::audit::{self, AuditFilter, AuditRow};

pub(super) fn routes() -> Vec<Route> {
    routes![list]
}

const PER_PAGE: i64 = 50;

#[derive(Serialize)]
struct AuditLine {
    at: Moment,
    login: String,
    address: Option<String>,
    action: Sentence,
    tone: &'static str,
    object_model: String,
    object_id: Option<i32>,
    object_name: String,
    changes: Vec<AuditChange>,
}

/// One field that is not what it was.
#[derive(Serialize, Debug, PartialEq)]
struct AuditChange {
    field: String,
    before: Option<String>,
    after: Option<String>,
}

#[get("/settings/audit?<action>&<login>&<model>&<id>&<page>")]
async fn list(
    visitor: Visitor<'_>,
    action: Option<&str>,
    login: Option<&str>,
    model: Option<&str>,
    id: Option<i32>,
    page: Option<i64>,
) -> PageAnswer {
    let given = |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let filter = AuditFilter {
        action: action.and_then(AuditAction::from_code),
        login: given(login).map(|login| login.to_lowercase()),
        object_model: given(model),
        object_id: id,
    };
    let page = Pager::page(page);
    let chosen = filter.clone();
    let found =
        visitor.run(move |app, caller| audit::list(app, caller, &chosen, (page - 1) * PER_PAGE, PER_PAGE)).await?;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let (login, model) = (text(&filter.login), text(&filter.object_model));
    let action = filter.action.map_or("", AuditAction::code);
    let object_id = filter.object_id.map(|id| id.to_string()).unwrap_or_default();
    let query = [("action", action), ("login", &login), ("model", &model), ("id", &object_id)];
    let pager = Pager::new("/settings/audit", &query, page, PER_PAGE, found.count);
    let lines: Vec<AuditLine> = found.rows.into_iter().map(line).collect();
    let named = |action: &AuditAction| (action.code(), action.label().in_language(visitor.language()));
    let mut actions: Vec<(&str, String)> = AuditAction::ALL.iter().map(named).collect();
    actions.sort_by_key(|(_, label)| fold(label));
    let models = found.models;
    Ok(Reply::page("audit/list.html", context! { lines, pager, actions, models, action, login, model, object_id }))
}

fn line(row: AuditRow) -> AuditLine {
    let action = AuditAction::from_code(&row.action);
    let tone = match action {
        Some(AuditAction::SignInFailed) => "bad",
        Some(AuditAction::Delete | AuditAction::Archive | AuditAction::TrustCertificate) => "warning",
        Some(AuditAction::Create | AuditAction::Confirm) => "good",
        _ => "quiet",
    };
    AuditLine {
        at: row.at,
        login: row.login,
        address: row.address,
        action: action.map_or_else(|| Sentence::verbatim("?"), AuditAction::label),
        tone,
        object_model: row.object_model,
        object_id: row.object_id,
        object_name: row.object_name,
        changes: changes(row.before.as_deref(), row.after.as_deref()),
    }
}

/// The fields that differ.
fn changes(before: Option<&str>, after: Option<&str>) -> Vec<AuditChange> {
    let read = |text: Option<&str>| -> Map<String, Value> {
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    };
    let (before, after) = (read(before), read(after));
    let fields = before.keys().chain(after.keys().filter(|field| !before.contains_key(*field)));
    fields
        .filter(|field| before.get(*field) != after.get(*field))
        .map(|field| AuditChange {
            field: field.clone(),
            before: before.get(field).map(plain),
            after: after.get(field).map(plain),
        })
        .collect()
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "–".into(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_told() {
        let found = changes(Some(r#"{"name":"A","port":1}"#), Some(r#"{"name":"A","port":2,"folder":null}"#));
        let told: Vec<_> = found.iter().map(|c| (c.field.as_str(), c.before.as_deref(), c.after.as_deref())).collect();
        assert_eq!(told, [("port", Some("1"), Some("2")), ("folder", None, Some("–"))]);
        assert_eq!(changes(None, None), []);
    }
}
