//! New, show, Save and Test & Confirm. One form serves all: what was typed comes back whatever happens.

use rocket::http::Status;
use rocket::{Route, get, post, routes};

use super::result::Result as Tested;
use super::view::Page;
use super::{BASE, page_of};
use crate::domain::id::ServerId;
use crate::domain::server::ServerState;
use crate::operations::OperationError;
use crate::operations::endpoints::{READABLE_FOR, READABLE_OK};
use crate::operations::fetch;
use crate::operations::servers::{self, Form, Target, View};
use crate::web::cookies::Tone;
use crate::web::csrf::Posted;
use crate::web::endpoints::{self, Outcome, Sheet};
use crate::web::forms::Fields;
use crate::web::guards::Visitor;
use crate::web::render::{Answer, Reply};
use crate::web::words;

pub fn routes() -> Vec<Route> {
    routes![new, show, create, change, follow]
}

#[get("/settings/technical/email/incoming/new")]
async fn new(visitor: Visitor<'_>) -> Answer {
    visitor.run(|_, caller| servers::may_change(caller)).await?;
    let sheet = Sheet { form: Form::fresh(), ..Sheet::default() };
    Page { sheet, ..Page::default() }.reply(&visitor).await
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
    let sheet = Sheet { form: read(&posted), ..Sheet::default() };
    Page { sheet, ask: posted.has("reload"), ..Page::default() }.reply(&visitor).await
}

/// The form as it was posted; what was not typed over has followed.
fn read(posted: &Fields) -> Form {
    let mut form: Form = endpoints::read(posted);
    form.follow();
    // A tick is for the host that it stood beside.
    let beside = form.text(READABLE_FOR).to_owned();
    if !beside.is_empty() && beside != form.readable_at() {
        form.set_flag(READABLE_OK, false);
    }
    form
}

/// The page of a form with what was typed: see [`crate::web::again`]. A button beside the form brings no fields.
pub async fn again(visitor: &Visitor<'_>, rest: &[&str], form: &Fields) -> Option<Answer> {
    let target = match rest {
        ["new"] => Target::Once,
        [id, ..] => {
            let version = form.get("version").parse().unwrap_or_default();
            Target::Existing { id: ServerId(id.parse().ok()?), version }
        }
        _ => return None,
    };
    let page = match target {
        Target::Existing { id, .. } if !form.has("version") => {
            match visitor.run(move |app, caller| servers::get(app, caller, id)).await {
                Ok(view) => Page::of(view),
                Err(error) => return Some(Err(error.into())),
            }
        }
        target => Page { sheet: Sheet::typed(visitor, target, read(form)).await, ..Page::default() },
    };
    Some(page.reply(visitor).await)
}

async fn submit(visitor: Visitor<'_>, target: Target, posted: Posted) -> Answer {
    let form = read(&posted);
    if posted.has("reload") {
        // Without JavaScript: nothing is saved, and the form comes back with the record types of the connection.
        let sheet = Sheet::typed(&visitor, target, form).await;
        return Page { sheet, ask: true, ..Page::default() }.reply(&visitor).await;
    }
    let to_test = posted.has("test");
    let agreed = form.flag(READABLE_OK);
    match endpoints::save(&visitor, target, form, to_test).await? {
        Outcome::Saved(view) if to_test => test(&visitor, *view, agreed).await,
        Outcome::Saved(view) => {
            let key = match view.server.state {
                ServerState::Draft => "servers-saved-draft",
                ServerState::Done => "servers-saved",
            };
            let words = words::text(visitor.language(), key);
            Ok(Reply::go(page_of(view.server.id.0)).flash(Tone::Good, words))
        }
        Outcome::Unagreed(view, why) => {
            let here = page_of(view.server.id.0);
            let mut page = Page::of(*view);
            page.sheet.errors = vec![why];
            Ok(page.reply(&visitor).await?.status(Status::UnprocessableEntity).at(here))
        }
        Outcome::Again(sheet) => {
            let page = Page { sheet: *sheet, ..Page::default() };
            Ok(page.reply(&visitor).await?.status(Status::UnprocessableEntity))
        }
    }
}

/// The second half of *Test & Confirm*. A failed test answers 200 as well: the page is right, the mailbox is wrong.
pub async fn test(visitor: &Visitor<'_>, view: View, agreed: bool) -> Answer {
    let id = view.server.id;
    let page = match visitor.run(move |app, caller| servers::test(app, caller, id)).await {
        Ok(tested) => {
            let result = Tested::of(&tested, visitor);
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
    Ok(page.reply(visitor).await?.at(format!("{BASE}/{id}")))
}
