//! Sign-in Providers: applications that are kept once for several mailboxes. The list, the form, and deleting.

use rocket::{Route, get, post, routes};
use rocket_dyn_templates::context;
use serde::Serialize;

use super::cookies::Tone;
use super::csrf::Posted;
use super::forms::{Fields, field_errors};
use super::guards::Visitor;
use super::render::{Answer, Reply};
use super::sheet::{self, Around, Outcome};
use crate::domain::id::ProviderId;
use crate::domain::oauth::Provider;
use crate::domain::words;
use crate::operations::OperationError;
use crate::operations::providers::{self, Target, View};

type Sheet = sheet::Sheet<Provider>;

/// Where all of it lives.
const BASE: &str = "/settings/technical/email/providers";

pub fn routes() -> Vec<Route> {
    routes![list, new, show, create, change, ask_delete, delete]
}

/// The page of one provider.
fn page_of(id: ProviderId) -> String {
    format!("{BASE}/{id}")
}

#[get("/settings/technical/email/providers")]
async fn list(visitor: Visitor<'_>) -> Answer {
    let found = visitor.run(providers::list).await?;
    let found: Vec<Shown<'_>> = found.iter().map(Shown::of).collect();
    Ok(Reply::page("providers/list.html", context! { base: BASE, providers: found }))
}

#[get("/settings/technical/email/providers/new")]
async fn new(visitor: Visitor<'_>) -> Answer {
    visitor.run(|_, caller| providers::may_change(caller)).await?;
    Ok(page(&visitor, &Sheet::fresh()))
}

#[get("/settings/technical/email/providers/<id>")]
async fn show(visitor: Visitor<'_>, id: i32) -> Answer {
    let view = visitor.run(move |app, caller| providers::get(app, caller, ProviderId(id))).await?;
    Ok(page(&visitor, &Sheet::of(view)))
}

#[post("/settings/technical/email/providers/new", data = "<posted>")]
async fn create(visitor: Visitor<'_>, posted: Posted) -> Answer {
    submit(visitor, Target::Once, posted).await
}

#[post("/settings/technical/email/providers/<id>", data = "<posted>")]
async fn change(visitor: Visitor<'_>, id: i32, posted: Posted) -> Answer {
    submit(visitor, sheet::target(&posted, ProviderId(id)), posted).await
}

async fn submit(visitor: Visitor<'_>, target: Target, posted: Posted) -> Answer {
    match sheet::save::<Provider>(&visitor, target, sheet::read(&posted), false).await? {
        Outcome::Saved(view) | Outcome::Unagreed(view, _) => {
            let words = words::text(visitor.language(), "saved");
            Ok(Reply::go(page_of(view.provider.id)).flash(Tone::Good, words))
        }
        Outcome::Again(sheet) => Ok(page(&visitor, &sheet)),
    }
}

/// See [`super::again`].
pub async fn again(visitor: &Visitor<'_>, rest: &[&str], posted: &Fields) -> Option<Answer> {
    let sheet = Sheet::again(visitor, rest, posted, sheet::read(posted), ProviderId).await?;
    Some(sheet.map(|sheet| page(visitor, &sheet)))
}

/// A provider in the list and on its page.
#[derive(Serialize)]
struct Shown<'a> {
    id: i32,
    name: &'a str,
    authentication: &'static str,
    client_id: &'a str,
    expires: Option<String>,
    /// Incoming servers that it signs in: path and name.
    servers: Vec<(String, &'a str)>,
}

impl<'a> Shown<'a> {
    fn of(view: &'a View) -> Self {
        let Provider { id, name, authentication, application } = &view.provider;
        let path = |id: i32| format!("/settings/technical/email/incoming/{id}");
        Self {
            id: id.0,
            name,
            authentication: authentication.code(),
            client_id: &application.client_id,
            expires: application.expires.map(|date| date.to_string()),
            servers: view.servers.iter().map(|(id, name)| (path(id.0), name.as_str())).collect(),
        }
    }
}

fn page(visitor: &Visitor<'_>, sheet: &Sheet) -> Reply {
    let around = Around::new(visitor.language());
    let context = context! {
        base: BASE,
        action: sheet.object().map_or_else(|| format!("{BASE}/new"), |provider| page_of(provider.id)),
        provider: sheet.view.as_ref().map(Shown::of),
        version: sheet.version,
        fields: sheet.fields(&around),
        errors: field_errors(&sheet.errors),
        problem: &sheet.problem,
        conflict: sheet.differences(&around),
    };
    sheet::unprocessable(Reply::page("providers/form.html", context), sheet.is_wrong())
}

/// Names what goes, before anything goes.
#[get("/settings/technical/email/providers/<id>/delete")]
async fn ask_delete(visitor: Visitor<'_>, id: i32) -> Answer {
    let view = visitor.run(move |app, caller| providers::get(app, caller, ProviderId(id))).await?;
    Ok(Reply::page("providers/delete.html", context! { base: BASE, provider: Shown::of(&view) }))
}

#[post("/settings/technical/email/providers/<id>/delete", data = "<_posted>")]
async fn delete(visitor: Visitor<'_>, id: i32, _posted: Posted) -> Answer {
    let id = ProviderId(id);
    let deleted = visitor.run(move |app, caller| {
        let name = providers::get(app, caller, id)?.provider.name;
        providers::delete(app, caller, id)?;
        Ok(name)
    });
    match deleted.await {
        Ok(name) => {
            let words = words::with(visitor.language(), "providers-deleted", &[("name", name.into())]);
            Ok(Reply::go(BASE).flash(Tone::Good, words))
        }
        Err(OperationError::Refused(why)) => {
            Ok(Reply::go(page_of(id)).flash(Tone::Bad, why.in_language(visitor.language())))
        }
        Err(error) => Err(error.into()),
    }
}
