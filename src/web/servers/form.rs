//! New, show, Save and Test & Confirm. One form serves all: what was typed comes back whatever happens.

use rocket::http::Status;
use rocket::{Route, get, post, routes};

use super::result::Result as Tested;
use super::view::Page;
use super::{BASE, page_of};
use crate::domain::id::ServerId;
use crate::domain::server::ServerState;
use crate::operations::OperationError;
use crate::operations::fetch;
use crate::operations::servers::{self, FIELDS, Form, Saved, Target, View};
use crate::web::cookies::Tone;
use crate::web::csrf::Posted;
use crate::web::guards::Visitor;
use crate::web::render::{Answer, Reply};
use crate::web::words;

pub fn routes() -> Vec<Route> {
    routes![new, show, create, change, follow]
}

#[get("/settings/technical/email/incoming/new")]
async fn new(visitor: Visitor<'_>) -> Answer {
    visitor.run(|_, caller| servers::may_change(caller)).await?;
    Page { form: Form::fresh(), ..Page::default() }.reply(&visitor).await
}

#[get("/settings/technical/email/incoming/<id>")]
async fn show(visitor: Visitor<'_>, id: i32) -> Answer {
    let (view, running) = visitor
        .run(move |app, caller| {
            let id = ServerId(id);
            Ok((servers::get(app, caller, id)?, fetch::running(app, caller, id)?))
        })
        .await?;
    let mut page = Page::of(view);
    page.running = running.map(|running| (running.found, running.kept));
    page.reply(&visitor).await
}

#[post("/settings/technical/email/incoming/new", data = "<posted>")]
async fn create(visitor: Visitor<'_>, posted: Posted) -> Answer {
    submit(visitor, Target::Once, posted).await
}

#[post("/settings/technical/email/incoming/<id>", data = "<posted>")]
async fn change(visitor: Visitor<'_>, id: i32, posted: Posted) -> Answer {
    let version = posted.get("version").parse().unwrap_or_default();
    submit(visitor, Target::Existing { id: ServerId(id), version }, posted).await
}

/// Saves nothing: the form with what follows from Server Type, SSL/TLS and the target, for htmx to take its pieces
/// from.
#[post("/settings/technical/email/incoming/follow", data = "<posted>", rank = 0)]
async fn follow(visitor: Visitor<'_>, posted: Posted) -> Answer {
    visitor.run(|_, caller| servers::may_change(caller)).await?;
    Page { form: read(&posted), ask: posted.has("reload"), ..Page::default() }.reply(&visitor).await
}

/// The form as it was posted; what was not typed over has followed.
fn read(posted: &Posted) -> Form {
    let mut form = Form::default();
    for field in FIELDS {
        form.set(field, posted.get(field));
    }
    form.set("password", posted.get("password"));
    form.follow();
    form
}

async fn submit(visitor: Visitor<'_>, target: Target, posted: Posted) -> Answer {
    let form = read(&posted);
    if posted.has("reload") {
        // Without JavaScript: nothing is saved, and the form comes back with the record types of the connection.
        return Page { view: current(&visitor, target).await, form, ask: true, ..Page::default() }
            .reply(&visitor)
            .await;
    }
    let to_test = posted.has("test");
    let typed = form.clone();
    let saved = visitor
        .run(move |app, caller| match to_test {
            true => servers::save_for_test(app, caller, target, &typed),
            false => servers::save(app, caller, target, &typed),
        })
        .await;
    let again = match saved {
        Ok(Saved::Done(view)) if to_test => return test(&visitor, *view).await,
        Ok(Saved::Done(view)) => {
            let key = match view.server.state {
                ServerState::Draft => "servers-saved-draft",
                ServerState::Done => "servers-saved",
            };
            let words = words::text(visitor.language(), key);
            return Ok(Reply::go(page_of(view.server.id.0)).flash(Tone::Good, words));
        }
        Ok(Saved::Conflict(conflict)) => {
            Page { view: Some(conflict.current.clone()), form, conflict: Some(conflict), ..Page::default() }
        }
        Err(OperationError::Invalid(errors)) => {
            Page { view: current(&visitor, target).await, form, errors, ..Page::default() }
        }
        Err(OperationError::Conflict(words) | OperationError::Refused(words)) => {
            Page { view: current(&visitor, target).await, form, problem: Some(words), ..Page::default() }
        }
        Err(error) => return Err(error.into()),
    };
    Ok(again.reply(&visitor).await?.status(Status::UnprocessableEntity))
}

/// What is saved, beside what was typed.
async fn current(visitor: &Visitor<'_>, target: Target) -> Option<View> {
    let Target::Existing { id, version } = target else { return None };
    let view = visitor.run(move |app, caller| servers::get(app, caller, id)).await.ok()?;
    // Somebody else's version is not taken over by correcting a field: the conflict is still to be shown.
    Some(View { version, ..view })
}

/// The second half of *Test & Confirm*. A failed test answers 200 as well: the page is right, the mailbox is wrong.
pub async fn test(visitor: &Visitor<'_>, view: View) -> Answer {
    let id = view.server.id;
    let page = match visitor.run(move |app, caller| servers::test(app, caller, id)).await {
        Ok(tested) => {
            let result = Tested::of(&tested, visitor);
            Page { tested: Some(result), ..Page::of(tested.view) }
        }
        Err(OperationError::Conflict(words) | OperationError::Refused(words)) => {
            Page { problem: Some(words), ..Page::of(view) }
        }
        Err(error) => return Err(error.into()),
    };
    Ok(page.reply(visitor).await?.at(format!("{BASE}/{id}")))
}
