//! The buttons beside the form: Fetch Now, Reset Confirmation, archive, duplicate, delete, trust, choose a start.

use chrono::NaiveDate;
use rocket::{Route, get, post, routes};
use rocket_dyn_templates::context;

use super::view::{Fetched, Page};
use super::{BASE, form, page_of};
use crate::domain::id::ServerId;
use crate::domain::server::StartWith;
use crate::operations::fetch::{self, FetchOutcome};
use crate::operations::{OperationError, servers};
use crate::web::cookies::Tone;
use crate::web::csrf::Posted;
use crate::web::guards::Visitor;
use crate::web::render::{Answer, Reply};
use crate::web::words;

pub fn routes() -> Vec<Route> {
    routes![fetch_now, reset, archive, unarchive, duplicate, ask_delete, delete, trust, start]
}

/// Waits up to a minute. The page itself answers (no redirect), so that what came of it stands beside the status.
#[post("/settings/technical/email/incoming/<id>/fetch", data = "<_posted>")]
async fn fetch_now(visitor: Visitor<'_>, id: i32, _posted: Posted) -> Answer {
    let id = ServerId(id);
    let outcome = visitor.run(move |app, caller| fetch::fetch_now(app, caller, id, fetch::WAIT)).await;
    let said = match outcome {
        Ok(outcome) => said(&outcome, visitor.language()),
        Err(OperationError::Refused(text)) => Fetched { tone: "bad", text, remedy: String::new() },
        Err(error) => return Err(error.into()),
    };
    let view = visitor.run(move |app, caller| servers::get(app, caller, id)).await?;
    let page = Page { fetched: Some(said), ..Page::of(view) };
    Ok(page.reply(&visitor).await?.at(page_of(id.0)))
}

fn said(outcome: &FetchOutcome, language: &str) -> Fetched {
    let (tone, text, remedy) = match outcome {
        FetchOutcome::Done(tally) => {
            ("good", words::with(language, "servers-fetch-done", &[("count", tally.fetched.into())]), String::new())
        }
        FetchOutcome::Failed { words, remedy } => ("bad", words.clone(), remedy.clone()),
        FetchOutcome::Continues(_) => ("info", words::text(language, "servers-fetch-continues"), String::new()),
    };
    Fetched { tone, text, remedy }
}

#[post("/settings/technical/email/incoming/<id>/reset", data = "<_posted>")]
async fn reset(visitor: Visitor<'_>, id: i32, _posted: Posted) -> Answer {
    visitor.run(move |app, caller| servers::reset(app, caller, ServerId(id))).await?;
    Ok(go(&visitor, id, "servers-reset-done"))
}

#[post("/settings/technical/email/incoming/<id>/archive", data = "<_posted>")]
async fn archive(visitor: Visitor<'_>, id: i32, _posted: Posted) -> Answer {
    visitor.run(move |app, caller| servers::archive(app, caller, ServerId(id))).await?;
    Ok(go(&visitor, id, "servers-archived-done"))
}

#[post("/settings/technical/email/incoming/<id>/unarchive", data = "<_posted>")]
async fn unarchive(visitor: Visitor<'_>, id: i32, _posted: Posted) -> Answer {
    visitor.run(move |app, caller| servers::unarchive(app, caller, ServerId(id))).await?;
    Ok(go(&visitor, id, "servers-unarchived"))
}

#[post("/settings/technical/email/incoming/<id>/duplicate", data = "<_posted>")]
async fn duplicate(visitor: Visitor<'_>, id: i32, _posted: Posted) -> Answer {
    let copy = visitor.run(move |app, caller| servers::duplicate(app, caller, ServerId(id))).await?;
    Ok(go(&visitor, copy.0, "servers-duplicated"))
}

/// Names what goes and what stays, before anything goes.
#[get("/settings/technical/email/incoming/<id>/delete")]
async fn ask_delete(visitor: Visitor<'_>, id: i32) -> Answer {
    let (view, footprint) = visitor
        .run(move |app, caller| {
            let id = ServerId(id);
            Ok((servers::get(app, caller, id)?, servers::footprint(app, caller, id)?))
        })
        .await?;
    let (messages, untold) = (footprint.messages, footprint.untold);
    Ok(Reply::page("servers/delete.html", context! { base: BASE, id, name: view.server.name, messages, untold }))
}

#[post("/settings/technical/email/incoming/<id>/delete", data = "<_posted>")]
async fn delete(visitor: Visitor<'_>, id: i32, _posted: Posted) -> Answer {
    let name = visitor
        .run(move |app, caller| {
            let name = servers::get(app, caller, ServerId(id))?.server.name;
            servers::delete(app, caller, ServerId(id))?;
            Ok(name)
        })
        .await?;
    let words = words::with(visitor.language(), "servers-deleted", &[("name", name.into())]);
    Ok(Reply::go(BASE).flash(Tone::Good, words))
}

/// *Trust this certificate*: and tests again at once.
#[post("/settings/technical/email/incoming/<id>/trust", data = "<posted>")]
async fn trust(visitor: Visitor<'_>, id: i32, posted: Posted) -> Answer {
    let sha256 = posted.get("sha256").to_owned();
    let view = visitor.run(move |app, caller| servers::trust(app, caller, ServerId(id), &sha256)).await?;
    form::test(&visitor, view, false).await
}

/// What the first fetch imports, chosen when a test found many mails waiting.
#[post("/settings/technical/email/incoming/<id>/start", data = "<posted>")]
async fn start(visitor: Visitor<'_>, id: i32, posted: Posted) -> Answer {
    let start = StartWith::from_code(posted.get("start_with")).unwrap_or(StartWith::New);
    let date = NaiveDate::parse_from_str(posted.get("start_date"), "%Y-%m-%d").ok();
    visitor.run(move |app, caller| servers::set_start(app, caller, ServerId(id), start, date)).await?;
    Ok(go(&visitor, id, "servers-start-set"))
}

fn go(visitor: &Visitor<'_>, id: i32, key: &str) -> Reply {
    Reply::go(page_of(id)).flash(Tone::Good, words::text(visitor.language(), key))
}
