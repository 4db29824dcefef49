//! What is done with several records of a list at once, and undone.

use rocket::post;

use super::asked::ListAsked;
use crate::domain::id::{ListDeedId, PostId, RecordId, TagId};
use crate::domain::words;
use crate::operations::OperationError;
use crate::operations::records::{self, ManyChosen, ManyDeed};
use crate::web::cookies::Tone;
use crate::web::csrf::Posted;
use crate::web::forms::TypedFields;
use crate::web::guards::Visitor;
use crate::web::render::{PageAnswer, Reply};

/// The list that the form stood on.
fn list_of(form: &TypedFields) -> ListAsked {
    ListAsked::of_query(form.get("list"))
}

/// A way back to the list with something to say above it.
fn back(asked: &ListAsked, model: &str, more: &str) -> String {
    let path = asked.address(&format!("/records/{model}"));
    let joint = if path.contains('?') { '&' } else { '?' };
    if more.is_empty() { path } else { format!("{path}{joint}{more}") }
}

#[post("/records/<model>/many", data = "<form>")]
pub(super) async fn run(visitor: Visitor<'_>, model: &str, form: Posted) -> PageAnswer {
    let asked = list_of(&form);
    let say = |key: &str| words::text(visitor.language(), key);
    let given = |name: &str| Some(form.get(name)).filter(|value| !value.is_empty());
    let set = |field: &str, value: &str| ManyDeed::Set(field.to_owned(), value.to_owned());
    let tag = given("to_tag").and_then(|id| id.parse().ok()).map(TagId);
    let deed = match form.get("deed") {
        "assign" if form.get("assign") == super::asked::NOBODY => Some(set("user_id", "")),
        "assign" => given("assign").map(|user| set("user_id", user)),
        "stage" => given("to_stage").map(|stage| set("stage_id", stage)),
        "category" => given("to_category").zip(given("category_field")).map(|(id, field)| {
            let id = if id == super::asked::NOBODY { "" } else { id };
            set(field, id)
        }),
        "tag" => tag.map(|tag| ManyDeed::Tag(tag, true)),
        "untag" => tag.map(|tag| ManyDeed::Tag(tag, false)),
        "not" => Some(ManyDeed::Active(false)),
        "after_all" => Some(ManyDeed::Active(true)),
        _ => None,
    };
    let Some(deed) = deed else {
        return Ok(Reply::go(back(&asked, model, "")).flash(Tone::Warning, say("records-many-what")));
    };
    let chosen = match form.has("all") {
        true => ManyChosen::All(Box::new(asked.with(|_| {}).query)),
        false => ManyChosen::These(form.all("id").filter_map(|id| id.parse().ok().map(RecordId)).collect()),
    };
    if matches!(&chosen, ManyChosen::These(none) if none.is_empty()) {
        return Ok(Reply::go(back(&asked, model, "")).flash(Tone::Warning, say("records-many-none")));
    }
    let (of, seen) = (model.to_owned(), PostId(form.get("newest").parse().unwrap_or_default()));
    match visitor.run(move |app, caller| records::many(app, caller, &of, &chosen, &deed, seen)).await {
        Ok(done) => {
            let more = done.id.map(|id| format!("done={id}")).unwrap_or_default();
            Ok(Reply::go(back(&asked, model, &more)))
        }
        Err(error @ OperationError::Invalid(_)) => {
            Ok(Reply::go(back(&asked, model, "")).flash(Tone::Bad, error.complaint().in_language(visitor.language())))
        }
        Err(error) => Err(error.into()),
    }
}

#[post("/records/<model>/many/<id>/undo", data = "<form>")]
pub(super) async fn undo(visitor: Visitor<'_>, model: &str, id: i32, form: Posted) -> PageAnswer {
    let (asked, of) = (list_of(&form), model.to_owned());
    let done = visitor.run(move |app, caller| records::undo(app, caller, &of, ListDeedId(id))).await?;
    let counts = [("count", done.changed.into()), ("kept", done.kept.into())];
    let said = words::with(visitor.language(), "records-many-undone", &counts);
    Ok(Reply::go(back(&asked, model, "")).flash(Tone::Good, said))
}
