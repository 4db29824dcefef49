//! A contact's page: what they wrote, their records, and their particulars to correct.

use rocket::http::Status;
use rocket::{Route, get, post, routes};
use rocket_dyn_templates::context;
use serde_json::json;

use super::forms::{Posted, TypedFields, field_errors};
use super::guards::Visitor;
use super::records::list;
use super::render::{PageAnswer, Reply};
use crate::domain::Invalid;
use crate::domain::id::{PartnerId, PartnerMergeId};
use crate::operations::partners::{self, TypedPartner};
use crate::operations::{OperationError, records};

pub(super) fn routes() -> Vec<Route> {
    routes![show, save, merge, unmerge]
}

fn path(id: PartnerId) -> String {
    format!("/contacts/{id}")
}

#[get("/contacts/<id>")]
async fn show(visitor: Visitor<'_>, id: i32) -> PageAnswer {
    answer(&visitor, PartnerId(id), None, Vec::new(), None).await
}

#[post("/contacts/<id>", data = "<form>")]
async fn save(visitor: Visitor<'_>, id: i32, form: Posted) -> PageAnswer {
    let id = PartnerId(id);
    let now = visitor.run(move |app, caller| partners::get(app, caller, id)).await?;
    let (seen, typed) = (with(TypedPartner::of(&now), &form, "was-"), with(TypedPartner::of(&now), &form, ""));
    let new = typed.clone();
    match visitor.run(move |app, caller| partners::change(app, caller, id, &seen, &new)).await {
        Ok(()) => Ok(Reply::done(&visitor, path(id), "saved")),
        Err(OperationError::Invalid(errors)) => answer(&visitor, id, Some(typed), errors, None).await,
        Err(OperationError::Conflict(said)) => {
            let said = said.in_language(visitor.language());
            answer(&visitor, id, Some(typed), Vec::new(), Some(said)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Another contact is this one.
#[post("/contacts/<id>/merge", data = "<form>")]
async fn merge(visitor: Visitor<'_>, id: i32, form: Posted) -> PageAnswer {
    let (kept, gone) = (PartnerId(id), PartnerId(form.get("other").parse().unwrap_or_default()));
    visitor.run(move |app, caller| partners::merge(app, caller, kept, gone)).await?;
    Ok(Reply::go(path(kept)))
}

#[post("/contacts/<id>/unmerge", data = "<form>")]
async fn unmerge(visitor: Visitor<'_>, id: i32, form: Posted) -> PageAnswer {
    let merge = PartnerMergeId(form.get("merge").parse().unwrap_or_default());
    visitor.run(move |app, caller| partners::unmerge(app, caller, merge)).await?;
    Ok(Reply::done(&visitor, path(PartnerId(id)), "contacts-unmerged"))
}

/// What the form holds; what it does not show stays as it is.
fn with(partner: TypedPartner, form: &TypedFields, prefix: &str) -> TypedPartner {
    let field = |name: &str| form.get(&format!("{prefix}{name}")).to_owned();
    let is_registrant = !field("is_registrant").is_empty();
    TypedPartner { name: field("name"), email: field("email"), phone: field("phone"), is_registrant, ..partner }
}

/// A new contact as a form holds it.
pub(super) fn typed(form: &TypedFields) -> TypedPartner {
    with(TypedPartner::default(), form, "")
}

/// The page of a form with what was typed: see [`super::forms::keep_for`].
pub(super) async fn again(visitor: &Visitor<'_>, id: i32, form: &TypedFields) -> PageAnswer {
    answer(visitor, PartnerId(id), Some(typed(form)), Vec::new(), None).await
}

async fn answer(
    visitor: &Visitor<'_>,
    id: PartnerId,
    typed: Option<TypedPartner>,
    errors: Vec<Invalid>,
    conflict: Option<String>,
) -> PageAnswer {
    let view = visitor.run(move |app, caller| records::person(app, caller, id)).await?;
    let status = match (errors.is_empty(), conflict.is_some() && !visitor.visit.htmx) {
        (true, false) if conflict.is_none() => Status::Ok,
        (_, true) => Status::Conflict,
        _ => Status::UnprocessableEntity,
    };
    let shown = |partner: &TypedPartner| json!({"name": partner.name, "email": partner.email, "phone": partner.phone, "is_registrant": partner.is_registrant});
    let saved = TypedPartner::of(&view.contact);
    let modules = visitor.visit.app.modules.clone();
    // Each type by itself: their stages and numbers are their own.
    let groups = modules.all().iter().map(|module| {
        let theirs: Vec<_> = view.records.iter().filter(|line| line.model == module.model).cloned().collect();
        json!({
            "label": module.label_plural,
            "path": format!("/records/{}", module.model),
            "lines": list::lines(&theirs, &view.gists),
        })
    });
    let mails = view.mails.iter().map(|mail| {
        let path = format!("/records/{}/{}#post-{}", mail.model, mail.record, mail.id);
        json!({"subject": mail.subject, "date": mail.date, "path": path})
    });
    let context = context! {
        path: path(id),
        contact: &view.contact,
        was: shown(&saved),
        typed: shown(typed.as_ref().unwrap_or(&saved)),
        groups: groups.filter(|group| group["lines"].as_array().is_some_and(|lines| !lines.is_empty())).collect::<Vec<_>>(),
        heads: list::plain_heads(visitor),
        mails: mails.collect::<Vec<_>>(),
        may_change: view.may_change,
        alike: view.alike.iter().map(|(one, likeness)| json!({"id": one.id, "name": one.name, "email": one.email, "like": likeness.code()})).collect::<Vec<_>>(),
        merge: &view.merge,
        merged: &view.merged,
        errors: field_errors(&errors),
        conflict,
    };
    Ok(Reply::page("contacts/page.html", context).status(status).at(path(id)))
}
