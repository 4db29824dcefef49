//! A record that comes by no mail: a call, a visit, a form on paper.

use std::collections::BTreeMap;

use rocket::http::Status;
use rocket::{get, post};
use rocket_dyn_templates::context;
use serde_json::{Value, json};

use super::list::indented;
use super::page::{self, input};
use super::{change, path};
use crate::domain::module::{FieldKind, Module};
use crate::domain::rights::{Object, Right};
use crate::domain::{Invalid, words};
use crate::operations::OperationError;
use crate::operations::categories::KeptTag;
use crate::operations::records::{self, PRIORITIES, field};
use crate::say;
use crate::web::forms::{Posted, TypedFields, field_errors};
use crate::web::guards::Visitor;
use crate::web::render::{PageAnswer, Reply};

/// The columns that the form has beside the module's own fields.
const COLUMNS: [&str; 5] = ["name", "description", "partner_name", "partner_email", "priority"];

#[get("/records/<model>/new")]
pub(super) async fn show(visitor: Visitor<'_>, model: &str) -> PageAnswer {
    answer(&visitor, model, None, Vec::new()).await
}

#[post("/records/<model>/new", data = "<form>")]
pub(super) async fn make(visitor: Visitor<'_>, model: &str, form: Posted) -> PageAnswer {
    let mut values = values(&visitor, model, &form);
    if form.has("mine")
        && let Some(me) = visitor.caller.user
    {
        values.insert("user_id".to_owned(), me.to_string());
    }
    let of = model.to_owned();
    match visitor.run(move |app, caller| records::create(app, caller, &of, &values)).await {
        Ok(id) => Ok(Reply::go(path(model, id))),
        Err(OperationError::Invalid(errors)) => answer(&visitor, model, Some(&form), errors).await,
        Err(error) => Err(error.into()),
    }
}

/// What the form holds, by field name.
fn values(visitor: &Visitor<'_>, model: &str, form: &TypedFields) -> BTreeMap<String, String> {
    let module = visitor.visit.app.modules.get(model);
    let own = module.into_iter().flat_map(field::editable).map(|field| field.name.as_str());
    let all =
        COLUMNS.iter().map(|name| (*name, (*name).to_owned())).chain(own.map(|name| (name, change::input_name(name))));
    let zone = page::zone(visitor);
    let times: Vec<&str> = module
        .into_iter()
        .flat_map(field::editable)
        .filter(|field| field.kind == FieldKind::Datetime)
        .map(|field| field.name.as_str())
        .collect();
    let given = all.map(|(name, input)| match times.contains(&name) {
        true => (name.to_owned(), page::to_utc(zone, form.get(&input))),
        false => (name.to_owned(), form.get(&input).to_owned()),
    });
    // What was emptied of the module's own fields is empty, and not as it is by default.
    let mut given: BTreeMap<String, String> =
        given.filter(|(name, value)| !value.is_empty() || !COLUMNS.contains(&name.as_str())).collect();
    if let Some(field) = module.and_then(Module::category) {
        given.insert(field.name.clone(), form.get(&change::input_name(&field.name)).to_owned());
    }
    if let Some(field) = module.and_then(Module::tags) {
        let ids: Vec<&str> = form.all("tag").filter(|id| !id.is_empty()).collect();
        given.insert(field.name.clone(), ids.join(","));
    }
    given
}

/// The page of the form with what was typed: see [`crate::web::kept`].
pub(super) async fn again(visitor: &Visitor<'_>, model: &str, form: &TypedFields) -> PageAnswer {
    answer(visitor, model, Some(form), Vec::new()).await
}

async fn answer(visitor: &Visitor<'_>, model: &str, typed: Option<&TypedFields>, errors: Vec<Invalid>) -> PageAnswer {
    let of = model.to_owned();
    let records::HandEntry { module, categories, tags } =
        visitor.run(move |app, caller| records::entry(app, caller, &of)).await?;
    let categories: Vec<(String, String)> =
        categories.iter().map(|(one, depth)| (one.id.to_string(), indented(&one.name, *depth))).collect();
    let chosen: Vec<&str> = typed.map(|form| form.all("tag").collect()).unwrap_or_default();
    let is_chosen = |tag: &KeptTag| chosen.contains(&tag.id.to_string().as_str());
    let tags: Vec<Value> =
        tags.iter().map(|tag| json!({"id": tag.id, "name": tag.name, "on": is_chosen(tag)})).collect();
    let value = |name: &str| typed.map_or("", |form| form.get(name));
    let fields = field::editable(&module).map(|one| {
        let name = change::input_name(&one.name);
        json!({
            "label": one.label,
            "input": input(one.kind),
            "required": one.required,
            "options": one.selection,
            "checked": match typed { Some(form) => form.has(&name), None => one.default.as_deref() == Some("true") },
            "value": match typed { Some(form) => form.get(&name).to_owned(), None => one.default.clone().unwrap_or_default() },
            "name": name,
        })
    });
    let word = |key: &str| words::text(visitor.language(), key);
    let context = context! {
        path: format!("/records/{model}"),
        list_label: &module.label_plural,
        label: &module.label,
        name_label: field::label(&module, "name", say!("records-title")),
        name: value("name"),
        description: value("description"),
        partner_name: value("partner_name"),
        partner_email: value("partner_email"),
        priority: typed.map_or("1", |form| form.get("priority")),
        priorities: PRIORITIES.map(|(code, _)| (code, word(&format!("records-priority-{code}")))),
        mine: typed.is_none_or(|form| form.has("mine")),
        category: module.category().map(|field| {
            let name = change::input_name(&field.name);
            json!({"label": field.label, "value": value(&name), "name": name, "options": categories})
        }),
        tags_label: module.tags().map(|field| &field.label),
        tags,
        fields: fields.collect::<Vec<_>>(),
        errors: field_errors(&errors),
    };
    let status = if errors.is_empty() { Status::Ok } else { Status::UnprocessableEntity };
    Ok(Reply::page("records/by_hand.html", context).status(status))
}

/// Whether the way to it is shown.
pub(super) fn is_offered(visitor: &Visitor<'_>) -> bool {
    visitor.caller.may(Right::Create, Object::Records)
}
