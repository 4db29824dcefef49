//! Choosing a record's contact: found by its words, or made new.

use std::collections::BTreeMap;

use rocket::http::Status;
use rocket::{get, post};
use rocket_dyn_templates::context;
use serde_json::json;

use super::{change, path};
use crate::domain::Invalid;
use crate::domain::id::RecordId;
use crate::operations::records::{self, field};
use crate::operations::{OperationError, partners};
use crate::say;
use crate::web::csrf::Posted;
use crate::web::forms::{TypedFields, field_errors};
use crate::web::guards::Visitor;
use crate::web::render::{PageAnswer, Reply};

#[get("/records/<model>/<id>/contact?<q>")]
pub(super) async fn show(visitor: Visitor<'_>, model: &str, id: i32, q: Option<&str>) -> PageAnswer {
    answer(&visitor, model, RecordId(id), q, None, Vec::new()).await
}

/// `partner_id` empty unlinks.
#[post("/records/<model>/<id>/contact", data = "<form>")]
pub(super) async fn link(visitor: Visitor<'_>, model: &str, id: i32, form: Posted) -> PageAnswer {
    let values = BTreeMap::from([("partner_id".to_owned(), form.get("partner_id").to_owned())]);
    change::edit(&visitor, model, RecordId(id), change::RecordForm::read(&visitor, model, &form), values, "/contact")
        .await
}

/// Makes a contact and links it.
#[post("/records/<model>/<id>/contact/new", data = "<form>")]
pub(super) async fn create(visitor: Visitor<'_>, model: &str, id: i32, form: Posted) -> PageAnswer {
    let typed = typed(&form);
    let new = typed.clone();
    match visitor.run(move |app, caller| partners::create(app, caller, &new)).await {
        Ok(partner) => {
            let values = BTreeMap::from([("partner_id".to_owned(), partner.to_string())]);
            change::edit(&visitor, model, RecordId(id), change::RecordForm::version(&form), values, "/contact").await
        }
        Err(OperationError::Invalid(errors)) => answer(&visitor, model, RecordId(id), None, Some(typed), errors).await,
        Err(error) => Err(error.into()),
    }
}

fn typed(form: &TypedFields) -> partners::TypedPartner {
    partners::TypedPartner {
        name: form.get("name").to_owned(),
        email: form.get("email").to_owned(),
        phone: form.get("phone").to_owned(),
        is_registrant: form.has("is_registrant"),
        ..partners::TypedPartner::default()
    }
}

pub(super) async fn again(visitor: &Visitor<'_>, model: &str, id: RecordId, form: &TypedFields) -> PageAnswer {
    answer(visitor, model, id, None, form.has("name").then(|| typed(form)), Vec::new()).await
}

async fn answer(
    visitor: &Visitor<'_>,
    model: &str,
    id: RecordId,
    q: Option<&str>,
    typed: Option<partners::TypedPartner>,
    errors: Vec<Invalid>,
) -> PageAnswer {
    let of = model.to_owned();
    let view = visitor.run(move |app, caller| records::view(app, caller, &of, id)).await?;
    let record = &view.record;
    // Without a search: whoever may be meant, by the sender's name.
    let q = q.map_or_else(|| record.partner_name.clone().unwrap_or_default(), str::to_owned);
    let search = q.clone();
    let found = visitor.run(move |app, caller| partners::search(app, caller, &search)).await?;
    let typed = typed.unwrap_or_else(|| partners::TypedPartner {
        name: record.partner_name.clone().unwrap_or_default(),
        email: record.partner_email.clone().unwrap_or_default(),
        is_registrant: true,
        ..partners::TypedPartner::default()
    });
    let status = if errors.is_empty() { Status::Ok } else { Status::UnprocessableEntity };
    let label = field::label(&view.module, "partner_id", say!("records-contact"));
    let context = context! {
        path: path(model, id),
        record,
        label,
        q,
        found,
        likely: view.suggested.iter().map(|(one, likeness)| json!({"id": one.id, "name": one.name, "email": one.email, "is_registrant": one.is_registrant, "like": likeness.code()})).collect::<Vec<_>>(),
        name: typed.name,
        email: typed.email,
        phone: typed.phone,
        is_registrant: typed.is_registrant,
        may_change: view.may_change,
        errors: field_errors(&errors),
    };
    Ok(Reply::page("records/contact.html", context).status(status))
}
