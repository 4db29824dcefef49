//! Sign-in Providers: applications that are kept once for several mailboxes. The list, the form, and deleting.

use rocket::{Route, get, post, routes};
use rocket_dyn_templates::context;
use serde::Serialize;

use super::forms::{Posted, TypedFields, field_errors};
use super::guards::{Tone, Visitor};
use super::render::{PageAnswer, Reply};
use super::sheet::{self, Around, SaveOutcome};
use crate::domain::id::ProviderId;
use crate::domain::oauth::Provider;
use crate::domain::words;
use crate::operations::OperationError;
use crate::operations::providers::{self, ProviderTarget, ProviderView};

type ProviderSheet = sheet::FormSheet<Provider>;

/// Where all of it lives.
const BASE: &str = "/settings/technical/email/providers";

pub(super) fn routes() -> Vec<Route> {
    routes![list, new, show, create, change, ask_delete, delete]
}

/// The page of one provider.
fn page_of(id: ProviderId) -> String {
    format!("{BASE}/{id}")
}

#[get("/settings/technical/email/providers")]
async fn list(visitor: Visitor<'_>) -> PageAnswer {
    let found = visitor.run(providers::list).await?;
    let found: Vec<ProviderShown<'_>> = found.iter().map(ProviderShown::of).collect();
    Ok(Reply::page("providers/list.html", context! { base: BASE, providers: found }))
}

#[get("/settings/technical/email/providers/new")]
async fn new(visitor: Visitor<'_>) -> PageAnswer {
    visitor.run(|_, caller| providers::may_change(caller)).await?;
    Ok(page(&visitor, &ProviderSheet::fresh()))
}

#[get("/settings/technical/email/providers/<id>")]
async fn show(visitor: Visitor<'_>, id: i32) -> PageAnswer {
    let view = visitor.run(move |app, caller| providers::get(app, caller, ProviderId(id))).await?;
    Ok(page(&visitor, &ProviderSheet::of(view)))
}

#[post("/settings/technical/email/providers/new", data = "<posted>")]
async fn create(visitor: Visitor<'_>, posted: Posted) -> PageAnswer {
    submit(visitor, ProviderTarget::Once, posted).await
}

#[post("/settings/technical/email/providers/<id>", data = "<posted>")]
async fn change(visitor: Visitor<'_>, id: i32, posted: Posted) -> PageAnswer {
    submit(visitor, sheet::target(&posted, ProviderId(id)), posted).await
}

async fn submit(visitor: Visitor<'_>, target: ProviderTarget, posted: Posted) -> PageAnswer {
    match sheet::save::<Provider>(&visitor, target, sheet::read(&posted), false).await? {
        SaveOutcome::Saved(view) | SaveOutcome::Unagreed(view, _) => {
            Ok(Reply::done(&visitor, page_of(view.provider.id), "saved"))
        }
        SaveOutcome::Again(sheet) => Ok(page(&visitor, &sheet)),
    }
}

/// See [`super::forms::keep_for`].
pub(super) async fn again(visitor: &Visitor<'_>, rest: &[&str], posted: &TypedFields) -> Option<PageAnswer> {
    let sheet = ProviderSheet::again(visitor, rest, posted, sheet::read(posted), ProviderId).await?;
    Some(sheet.map(|sheet| page(visitor, &sheet)))
}

/// A provider in the list and on its page.
#[derive(Serialize)]
struct ProviderShown<'a> {
    id: i32,
    name: &'a str,
    authentication: &'static str,
    client_id: &'a str,
    expires: Option<String>,
    /// Incoming servers that it signs in: path and name.
    servers: Vec<(String, &'a str)>,
}

impl<'a> ProviderShown<'a> {
    fn of(view: &'a ProviderView) -> Self {
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

fn page(visitor: &Visitor<'_>, sheet: &ProviderSheet) -> Reply {
    let around = Around::new(visitor.language());
    let context = context! {
        base: BASE,
        action: sheet.object().map_or_else(|| format!("{BASE}/new"), |provider| page_of(provider.id)),
        provider: sheet.view.as_ref().map(ProviderShown::of),
        version: sheet.version,
        fields: sheet.fields(&around),
        errors: field_errors(&sheet.errors),
        problem: &sheet.problem,
        conflict: sheet.differences(&around),
    };
    Reply::page("providers/form.html", context).unprocessable_if(sheet.is_wrong())
}

/// Names what goes, before anything goes.
#[get("/settings/technical/email/providers/<id>/delete")]
async fn ask_delete(visitor: Visitor<'_>, id: i32) -> PageAnswer {
    let view = visitor.run(move |app, caller| providers::get(app, caller, ProviderId(id))).await?;
    Ok(Reply::page("providers/delete.html", context! { base: BASE, provider: ProviderShown::of(&view) }))
}

#[post("/settings/technical/email/providers/<id>/delete", data = "<_posted>")]
async fn delete(visitor: Visitor<'_>, id: i32, _posted: Posted) -> PageAnswer {
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
