//! New, show, Load, Save and Test. One form serves all: what was typed comes back whatever happens.

use rocket::http::Status;
use rocket::{Route, get, post, routes};

use super::result::Result as Tested;
use super::view::{Databases, Page};
use super::{BASE, page_of};
use crate::domain::connection::ConnectionState;
use crate::domain::id::ConnectionId;
use crate::operations::OperationError;
use crate::operations::connections::{self, Form, Target, View};
use crate::operations::endpoints::READABLE_OK;
use crate::web::cookies::Tone;
use crate::web::csrf::Posted;
use crate::web::endpoints::{self, Outcome, Sheet};
use crate::web::forms::Fields;
use crate::web::guards::Visitor;
use crate::web::render::{Answer, Reply};
use crate::web::words;

pub fn routes() -> Vec<Route> {
    routes![new, show, create, change]
}

#[get("/settings/technical/email/connections/new")]
async fn new(visitor: Visitor<'_>) -> Answer {
    visitor.run(|_, caller| connections::may_change(caller)).await?;
    let sheet = Sheet { form: Form::fresh(), ..Sheet::default() };
    Ok(Page { sheet, ..Page::default() }.reply(&visitor))
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

/// The page of a form with what was typed: see [`crate::web::again`]. A button beside the form brings no fields.
pub async fn again(visitor: &Visitor<'_>, rest: &[&str], form: &Fields) -> Option<Answer> {
    let target = match rest {
        ["new"] => Target::Once,
        [id, ..] => {
            let version = form.get("version").parse().unwrap_or_default();
            Target::Existing { id: ConnectionId(id.parse().ok()?), version }
        }
        _ => return None,
    };
    let page = match target {
        Target::Existing { id, .. } if !form.has("version") => {
            match visitor.run(move |app, caller| connections::get(app, caller, id)).await {
                Ok(view) => Page::of(view),
                Err(error) => return Some(Err(error.into())),
            }
        }
        target => Page { sheet: Sheet::typed(visitor, target, endpoints::read(form)).await, ..Page::default() },
    };
    Some(Ok(page.reply(visitor)))
}

async fn submit(visitor: Visitor<'_>, target: Target, posted: Posted) -> Answer {
    let form: Form = endpoints::read(&posted);
    if posted.has("load") {
        return load(&visitor, target, form).await;
    }
    let (to_test, agreed) = (posted.has("test"), form.flag(READABLE_OK));
    match endpoints::save(&visitor, target, form, to_test).await? {
        Outcome::Saved(view) if to_test => test(&visitor, *view, agreed).await,
        Outcome::Unagreed(view, why) => {
            let here = page_of(view.connection.id.0);
            let mut page = Page::of(*view);
            page.sheet.errors = vec![why];
            Ok(page.reply(&visitor).status(Status::UnprocessableEntity).at(here))
        }
        Outcome::Saved(view) => {
            let key = match view.connection.state {
                ConnectionState::Draft => "connections-saved-draft",
                ConnectionState::Done => "connections-saved",
            };
            let words = words::text(visitor.language(), key);
            Ok(Reply::go(page_of(view.connection.id.0)).flash(Tone::Good, words))
        }
        Outcome::Again(sheet) => {
            Ok(Page { sheet: *sheet, ..Page::default() }.reply(&visitor).status(Status::UnprocessableEntity))
        }
    }
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
    let sheet = Sheet { errors, ..Sheet::typed(visitor, target, form).await };
    let page = Page { sheet, databases, ..Page::default() };
    Ok(page.reply(visitor).status(status))
}

/// The second half of *Test*. A failed test answers 200 as well: the page is right, the connection is wrong.
async fn test(visitor: &Visitor<'_>, view: View, agreed: bool) -> Answer {
    let id = view.connection.id;
    let page = match visitor.run(move |app, caller| connections::test(app, caller, id)).await {
        Ok(tested) => {
            let result = Tested::of(&tested, visitor.language());
            let mut page = Page { tested: Some(result), ..Page::of(tested.view) };
            // What was ticked stays so on this page.
            page.sheet.form.set_flag(READABLE_OK, agreed);
            page
        }
        Err(OperationError::Conflict(words) | OperationError::Refused(words)) => {
            let mut page = Page::of(view);
            page.sheet.problem = Some(words);
            page
        }
        Err(error) => return Err(error.into()),
    };
    Ok(page.reply(visitor).at(format!("{BASE}/{id}")))
}
