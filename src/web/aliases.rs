//! Aliases: the list, the form, and the smaller deeds.

use rocket::{Route, get, post, routes};
use rocket_dyn_templates::context;
use serde::Serialize;

use super::forms::{Posted, TypedFields, field_errors};
use super::guards::{Tone, Visitor};
use super::render::{PageAnswer, Reply};
use super::sheet::{self, Around, SaveOutcome};
use crate::domain::alias::Alias;
use crate::domain::id::AliasId;
use crate::domain::module::Module;
use crate::domain::words;
use crate::operations::aliases::{self, AliasTarget, AliasView, FieldFilter};

type AliasSheet = sheet::FormSheet<Alias>;

/// Where all of it lives.
const BASE: &str = "/settings/technical/email/aliases";

pub(super) fn routes() -> Vec<Route> {
    routes![list, new, show, create, change, archive, unarchive, ask_delete, delete]
}

/// The page of one alias.
fn page_of(id: AliasId) -> String {
    format!("{BASE}/{id}")
}

#[get("/settings/technical/email/aliases?<q>&<archived>")]
async fn list(visitor: Visitor<'_>, q: Option<&str>, archived: Option<&str>) -> PageAnswer {
    let filter = FieldFilter { search: q.unwrap_or_default().trim().to_owned(), archived: archived == Some("1") };
    let asked = filter.clone();
    let found = visitor.run(move |app, caller| aliases::list(app, caller, &asked)).await?;
    let found: Vec<AliasLine<'_>> = found.iter().map(AliasLine::of).collect();
    let FieldFilter { search, archived } = filter;
    Ok(Reply::page("aliases/list.html", context! { base: BASE, aliases: found, search, archived }))
}

#[derive(Serialize)]
struct AliasLine<'a> {
    id: i32,
    address: String,
    every_domain: bool,
    label: &'a str,
    model: &'a str,
    contact: &'static str,
    record: Option<i32>,
}

impl<'a> AliasLine<'a> {
    fn of(view: &'a AliasView) -> Self {
        let alias = &view.alias;
        Self {
            id: alias.id.0,
            address: alias.address.to_string(),
            every_domain: alias.address.domain().is_empty(),
            label: &view.label,
            model: &alias.model,
            contact: alias.contact.code(),
            record: alias.record.map(|record| record.0),
        }
    }
}

#[get("/settings/technical/email/aliases/new")]
async fn new(visitor: Visitor<'_>) -> PageAnswer {
    visitor.run(|_, caller| aliases::may_change(caller)).await?;
    Ok(page(&visitor, AliasSheet::fresh()))
}

#[get("/settings/technical/email/aliases/<id>")]
async fn show(visitor: Visitor<'_>, id: i32) -> PageAnswer {
    let view = visitor.run(move |app, caller| aliases::get(app, caller, AliasId(id))).await?;
    Ok(page(&visitor, AliasSheet::of(view)))
}

#[post("/settings/technical/email/aliases/new", data = "<posted>")]
async fn create(visitor: Visitor<'_>, posted: Posted) -> PageAnswer {
    submit(visitor, AliasTarget::Once, posted).await
}

#[post("/settings/technical/email/aliases/<id>", data = "<posted>")]
async fn change(visitor: Visitor<'_>, id: i32, posted: Posted) -> PageAnswer {
    submit(visitor, sheet::target(&posted, AliasId(id)), posted).await
}

async fn submit(visitor: Visitor<'_>, target: AliasTarget, posted: Posted) -> PageAnswer {
    match sheet::save::<Alias>(&visitor, target, sheet::read(&posted), false).await? {
        SaveOutcome::Saved(view) | SaveOutcome::Unagreed(view, _) => Ok(go(&visitor, view.alias.id, "saved")),
        SaveOutcome::Again(sheet) => Ok(page(&visitor, *sheet)),
    }
}

/// See [`super::forms::keep_for`].
pub(super) async fn again(visitor: &Visitor<'_>, rest: &[&str], posted: &TypedFields) -> Option<PageAnswer> {
    let sheet = AliasSheet::again(visitor, rest, posted, sheet::read(posted), AliasId).await?;
    Some(sheet.map(|sheet| page(visitor, sheet)))
}

#[derive(Serialize)]
struct AliasShown {
    id: i32,
    address: String,
    active: bool,
}

fn page(visitor: &Visitor<'_>, sheet: AliasSheet) -> Reply {
    let modules = visitor.visit.app.modules.all().iter();
    let label = |module: &Module| (module.model.clone(), module.label.in_language(visitor.language()));
    let record_types = modules.map(label).collect();
    let around = Around { options: vec![("object_model", record_types)], ..Around::new(visitor.language()) };
    let alias = sheet.object();
    let context = context! {
        base: BASE,
        action: alias.map_or_else(|| format!("{BASE}/new"), |alias| page_of(alias.id)),
        alias: alias.map(|alias| AliasShown { id: alias.id.0, address: alias.address.to_string(), active: alias.active }),
        version: sheet.version,
        fields: sheet.fields(&around),
        errors: field_errors(&sheet.errors),
        problem: &sheet.problem,
        conflict: sheet.differences(&around),
    };
    Reply::page("aliases/form.html", context).unprocessable_if(sheet.is_wrong())
}

#[post("/settings/technical/email/aliases/<id>/archive", data = "<_posted>")]
async fn archive(visitor: Visitor<'_>, id: i32, _posted: Posted) -> PageAnswer {
    visitor.run(move |app, caller| aliases::set_active(app, caller, AliasId(id), false)).await?;
    Ok(go(&visitor, AliasId(id), "aliases-archived-done"))
}

#[post("/settings/technical/email/aliases/<id>/unarchive", data = "<_posted>")]
async fn unarchive(visitor: Visitor<'_>, id: i32, _posted: Posted) -> PageAnswer {
    visitor.run(move |app, caller| aliases::set_active(app, caller, AliasId(id), true)).await?;
    Ok(go(&visitor, AliasId(id), "aliases-unarchived"))
}

fn go(visitor: &Visitor<'_>, id: AliasId, key: &str) -> Reply {
    Reply::done(visitor, page_of(id), key)
}

/// Names what goes and what stays, before anything goes.
#[get("/settings/technical/email/aliases/<id>/delete")]
async fn ask_delete(visitor: Visitor<'_>, id: i32) -> PageAnswer {
    let view = visitor.run(move |app, caller| aliases::get(app, caller, AliasId(id))).await?;
    let address = view.alias.address.to_string();
    Ok(Reply::page("aliases/delete.html", context! { base: BASE, id, address }))
}

#[post("/settings/technical/email/aliases/<id>/delete", data = "<_posted>")]
async fn delete(visitor: Visitor<'_>, id: i32, _posted: Posted) -> PageAnswer {
    let address = visitor
        .run(move |app, caller| {
            let address = aliases::get(app, caller, AliasId(id))?.alias.address.to_string();
            aliases::delete(app, caller, AliasId(id))?;
            Ok(address)
        })
        .await?;
    let words = words::with(visitor.language(), "aliases-deleted", &[("address", address.into())]);
    Ok(Reply::go(BASE).flash(Tone::Good, words))
}
