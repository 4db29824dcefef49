//! A record's page: its conversation, its fields, its stage.

use std::collections::BTreeMap;

use rocket::get;
use rocket::http::Status;
use rocket_dyn_templates::context;
use serde_json::{Value, json};

use super::path;
use crate::domain::Invalid;
use crate::domain::id::RecordId;
use crate::domain::module::FieldKind;
use crate::operations::records::{self, PRIORITIES, View, field};
use crate::web::forms::field_errors;
use crate::web::guards::Visitor;
use crate::web::posts;
use crate::web::render::{Answer, Reply};
use crate::web::words;

#[get("/records/<model>/<id>")]
pub async fn show(visitor: Visitor<'_>, model: &str, id: i32) -> Answer {
    answer(&visitor, model.to_owned(), RecordId(id), Said::default()).await
}

/// What a form that was not done leaves on the page: nothing typed is lost.
#[derive(Default)]
pub struct Said {
    pub status: Option<Status>,
    pub typed: BTreeMap<String, String>,
    pub note: String,
    pub errors: Vec<Invalid>,
    /// A change by somebody else, in words.
    pub conflict: Option<String>,
}

pub async fn answer(visitor: &Visitor<'_>, model: String, id: RecordId, said: Said) -> Answer {
    let view = visitor.run(move |app, caller| records::view(app, caller, &model, id)).await?;
    let path = path(&view.module.model, id);
    let posts: Vec<Value> =
        view.posts.iter().map(|post| posts::context(visitor, &path, post, &view.record.name)).collect();
    let stages: Vec<(&str, &str)> =
        view.stages.iter().map(|stage| (stage.code.as_str(), stage.name.as_str())).collect();
    let label = |column: &str, usual: &str| {
        field::label(&view.module, column, &words::text(visitor.language(), usual)).to_owned()
    };
    let reply = Reply::page(
        "records/page.html",
        context! {
            path: &path,
            list_path: format!("/records/{}", view.module.model),
            list_label: &view.module.label_plural,
            label: &view.module.label,
            record: &view.record,
            stages,
            posts,
            hidden_posts: view.posts_total - view.posts.len() as i64,
            fields: fields(&view, &said),
            name: said.typed.get("name").unwrap_or(&view.record.name),
            priority: said.typed.get("priority").unwrap_or(&view.record.priority),
            user_id: said.typed.get("user_id").cloned().unwrap_or_else(|| assigned(&view)),
            priorities: PRIORITIES.map(|(code, _)| (code, words::text(visitor.language(), &format!("records-priority-{code}")))),
            assignees: view.assignees.iter().map(|(id, name)| (id.to_string(), name)).collect::<Vec<_>>(),
            description: description(&view, &path),
            name_label: label("name", "records-title"),
            partner_label: label("partner_id", "records-contact"),
            suggested: &view.suggested,
            may_change: view.may_change,
            note: &said.note,
            errors: field_errors(&said.errors),
            conflict: &said.conflict,
        },
    );
    Ok(reply.status(said.status.unwrap_or(Status::Ok)))
}

fn assigned(view: &View) -> String {
    view.record.user.as_ref().map_or(String::new(), |(id, _)| id.to_string())
}

/// What the record says beside its conversation: nothing where the first mail says it already.
fn description(view: &View, path: &str) -> Option<String> {
    let record = &view.record;
    let told = record.description.is_empty() || view.posts.iter().any(|post| post.body_html == record.description);
    (!told).then(|| posts::shown(&record.description, &[], path))
}

fn fields(view: &View, said: &Said) -> Vec<Value> {
    let shown = |one| {
        let now = field::typed(&view.record.extra, one);
        let typed = said.typed.get(&one.name).cloned().unwrap_or(now);
        json!({
            "name": one.name,
            "label": one.label,
            "input": input(one.kind),
            "required": one.required,
            "options": one.selection,
            "checked": matches!(typed.as_str(), "true" | "1"),
            "words": field::words(&view.record.extra, one),
            "value": if one.kind == FieldKind::Datetime { typed.replacen(' ', "T", 1) } else { typed },
        })
    };
    field::editable(&view.module).map(shown).collect()
}

/// What a field is typed into.
fn input(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Text | FieldKind::Html => "area",
        FieldKind::Selection => "select",
        FieldKind::Boolean => "checkbox",
        FieldKind::Integer | FieldKind::Float => "number",
        FieldKind::Date => "date",
        FieldKind::Datetime => "datetime-local",
        FieldKind::Char | FieldKind::Many2one => "text",
    }
}
