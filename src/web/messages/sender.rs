//! Who wrote a held message: a contact that is known already, or a new one. Then it is delivered.

use rocket::http::Status;
use rocket::{get, post};
use rocket_dyn_templates::context;
use serde_json::json;

use super::{act, page, path};
use crate::domain::Invalid;
use crate::domain::id::MessageId;
use crate::domain::words;
use crate::operations::messages::{self, Deed, Linked, Linking};
use crate::operations::{OperationError, partners};
use crate::web::cookies::Tone;
use crate::web::csrf::Posted;
use crate::web::forms::{TypedFields, field_errors};
use crate::web::guards::Visitor;
use crate::web::render::{PageAnswer, Reply};

#[get("/settings/technical/email/messages/<id>/sender?<q>")]
pub(super) async fn show(visitor: Visitor<'_>, id: i32, q: Option<&str>) -> PageAnswer {
    answer(&visitor, MessageId(id), q.unwrap_or_default(), None, Vec::new()).await
}

#[post("/settings/technical/email/messages/<id>/sender", data = "<form>")]
pub(super) async fn link(visitor: Visitor<'_>, id: i32, form: Posted) -> PageAnswer {
    let id = MessageId(id);
    let Ok(contact) = form.get("partner_id").parse() else { return Ok(Reply::go(path(id))) };
    let linking = linking(&form);
    let done = visitor.run(move |app, caller| messages::link_sender(app, caller, id, contact, linking)).await;
    said(&visitor, id, done).await
}

#[post("/settings/technical/email/messages/<id>/sender/new", data = "<form>")]
pub(super) async fn create(visitor: Visitor<'_>, id: i32, form: Posted) -> PageAnswer {
    let id = MessageId(id);
    let typed = typed(&form);
    let (new, linking) = (typed.clone(), linking(&form));
    let done = visitor.run(move |app, caller| messages::create_sender(app, caller, id, &new, linking)).await;
    match done {
        Err(OperationError::Invalid(errors)) => answer(&visitor, id, "", Some(typed), errors).await,
        done => said(&visitor, id, done).await,
    }
}

/// What is remembered of the address counts no more.
#[post("/settings/technical/email/messages/<id>/sender/forget", data = "<_form>")]
pub(super) async fn forget(visitor: Visitor<'_>, id: i32, _form: Posted) -> PageAnswer {
    let id = MessageId(id);
    visitor.run(move |app, caller| messages::forget_sender(app, caller, id)).await?;
    let words = words::text(visitor.language(), "messages-forgotten");
    Ok(Reply::go(format!("{}/sender", path(id))).flash(Tone::Good, words))
}

fn linking(form: &TypedFields) -> Linking {
    Linking { others: form.has("others"), once: form.has("once") }
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

pub(super) async fn again(visitor: &Visitor<'_>, id: MessageId, form: &TypedFields) -> PageAnswer {
    answer(visitor, id, "", form.has("name").then(|| typed(form)), Vec::new()).await
}

async fn said(visitor: &Visitor<'_>, id: MessageId, done: Result<Linked, OperationError>) -> PageAnswer {
    let others = done.as_ref().map_or(0, |linked| linked.others);
    let reply =
        act::answer(visitor, id, Deed::Deliver, done.map(|linked| linked.fate), page::MessagePageState::default())
            .await?;
    Ok(match others {
        0 => reply,
        count => {
            let words = words::with(visitor.language(), "messages-done-others", &[("count", count.into())]);
            reply.flash(Tone::Good, words)
        }
    })
}

async fn answer(
    visitor: &Visitor<'_>,
    id: MessageId,
    q: &str,
    typed: Option<partners::TypedPartner>,
    errors: Vec<Invalid>,
) -> PageAnswer {
    let view = visitor.run(move |app, caller| messages::view(app, caller, id)).await?;
    let search = q.to_owned();
    let candidates = visitor.run(move |app, caller| messages::candidates(app, caller, id, &search)).await?;
    let from = view.message.email_from.clone().unwrap_or_default();
    let (name, email) = partners::name_and_address(&from);
    let typed = typed.unwrap_or(partners::TypedPartner {
        name,
        email,
        is_registrant: true,
        ..partners::TypedPartner::default()
    });
    let status = if errors.is_empty() { Status::Ok } else { Status::UnprocessableEntity };
    let context = context! {
        path: path(id),
        subject: &view.message.subject,
        from,
        q,
        connection: candidates.connection,
        likely: candidates.likely.iter().map(|(one, likeness)| json!({"id": one.id, "name": one.name, "email": one.email, "is_registrant": one.is_registrant, "like": likeness.code()})).collect::<Vec<_>>(),
        found: candidates.found,
        problem: candidates.problem,
        others: candidates.others,
        name: typed.name,
        email: typed.email,
        phone: typed.phone,
        is_registrant: typed.is_registrant,
        remembered: candidates.remembered.map(|link| json!({"name": link.name, "login": link.login, "at": link.create_date})),
        may_act: view.may_correct,
        errors: field_errors(&errors),
    };
    Ok(Reply::page("messages/sender.html", context).status(status))
}
