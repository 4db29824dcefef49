//! New, show, Load, Save and Test. One form serves all: what was typed comes back whatever happens.

use rocket::http::Status;
use rocket::{Route, get, post, routes};

use super::result::Result as Tested;
use super::view::{Databases, Page};
use super::{BASE, page_of};
use crate::domain::connection::ConnectionState;
use crate::domain::id::ConnectionId;
use crate::operations::OperationError;
use crate::operations::connections::{self, FIELDS, Form, Saved, Target, View};
use crate::web::cookies::Tone;
use crate::web::csrf::Posted;
use crate::web::guards::Visitor;
use crate::web::render::{Answer, Reply};
use crate::web::words;

pub fn routes() -> Vec<Route> {
    routes![new, show, create, change]
}

#[get("/settings/technical/email/connections/new")]
async fn new(visitor: Visitor<'_>) -> Answer {
    visitor.run(|_, caller| connections::may_change(caller)).await?;
    Ok(Page { form: Form::fresh(), ..Page::default() }.reply(&visitor))
}

#[get("/settings/technical/email/connections/<id>")]
async fn show(visitor: Visitor<'_>, id: i32) -> Answer {
    let view = visitor.run(move |app, caller| connections::get(app, caller, ConnectionId(id))).await?;
    Ok(Page::of(view).reply(&visitor))
}

#[post("/settings/technical/email/connections/new", data = "<posted>")]
async fn create(visitor: Visitor<'_>, posted: Posted) -> Answer {
    submit(visitor, Target::Once, posted).await
}

#[post("/settings/technical/email/connections/<id>", data = "<posted>")]
async fn change(visitor: Visitor<'_>, id: i32, posted: Posted) -> Answer {
    let version = posted.get("version").parse().unwrap_or_default();
    submit(visitor, Target::Existing { id: ConnectionId(id), version }, posted).await
}

async fn submit(visitor: Visitor<'_>, target: Target, posted: Posted) -> Answer {
    let mut form = Form::default();
    for field in FIELDS.into_iter().chain(["password"]) {
        form.set(field, posted.get(field));
    }
    if posted.has("load") {
        return load(&visitor, target, form).await;
    }
    let to_test = posted.has("test");
    let typed = form.clone();
    let saved = visitor.run(move |app, caller| connections::save(app, caller, target, &typed)).await;
    let again = match saved {
        Ok(Saved::Done(view)) if to_test => return test(&visitor, *view).await,
        Ok(Saved::Done(view)) => {
            let key = match view.connection.state {
                ConnectionState::Draft => "connections-saved-draft",
                ConnectionState::Done => "connections-saved",
            };
            let words = words::text(visitor.language(), key);
            return Ok(Reply::go(page_of(view.connection.id.0)).flash(Tone::Good, words));
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
    Ok(again.reply(&visitor).status(Status::UnprocessableEntity))
}

/// What is saved, beside what was typed.
async fn current(visitor: &Visitor<'_>, target: Target) -> Option<View> {
    let Target::Existing { id, version } = target else { return None };
    let view = visitor.run(move |app, caller| connections::get(app, caller, id)).await.ok()?;
    // Somebody else's version is not taken over by correcting a field: the conflict is still to be shown.
    Some(View { version, ..view })
}

/// *Load*: saves nothing, and offers the databases of the typed address.
async fn load(visitor: &Visitor<'_>, target: Target, mut form: Form) -> Answer {
    let url = form.text("url").to_owned();
    let (databases, errors) = match visitor.run(move |app, caller| connections::databases(app, caller, &url)).await {
        Ok(names) => {
            if let ([only], "") = (names.as_slice(), form.text("database")) {
                form.set("database", only);
            }
            let count = names.len();
            let words = words::with(visitor.language(), "connections-databases", &[("count", count.into())]);
            (Some(Databases { names, words }), Vec::new())
        }
        Err(OperationError::Invalid(errors)) => (None, errors),
        Err(OperationError::Refused(words)) => (Some(Databases { names: Vec::new(), words }), Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let status = if errors.is_empty() { Status::Ok } else { Status::UnprocessableEntity };
    let page = Page { view: current(visitor, target).await, form, errors, databases, ..Page::default() };
    Ok(page.reply(visitor).status(status))
}

/// The second half of *Test*. A failed test answers 200 as well: the page is right, the connection is wrong.
async fn test(visitor: &Visitor<'_>, view: View) -> Answer {
    let id = view.connection.id;
    let page = match visitor.run(move |app, caller| connections::test(app, caller, id)).await {
        Ok(tested) => {
            let result = Tested::of(&tested, visitor.language());
            Page { tested: Some(result), ..Page::of(tested.view) }
        }
        Err(OperationError::Conflict(words) | OperationError::Refused(words)) => {
            Page { problem: Some(words), ..Page::of(view) }
        }
        Err(error) => return Err(error.into()),
    };
    Ok(page.reply(visitor).at(format!("{BASE}/{id}")))
}
