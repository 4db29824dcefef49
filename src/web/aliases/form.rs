//! New, show and Save. What was typed comes back whatever happens.

use rocket::http::Status;
use rocket::{Route, get, post, routes};
use rocket_dyn_templates::context;
use serde::Serialize;

use super::{BASE, page_of};
use crate::domain::Invalid;
use crate::domain::alias::AliasContact;
use crate::domain::id::AliasId;
use crate::operations::OperationError;
use crate::operations::aliases::{self, FIELDS, Form, Target, View};
use crate::web::cookies::Tone;
use crate::web::csrf::Posted;
use crate::web::forms::{Fields, field_errors};
use crate::web::guards::Visitor;
use crate::web::render::{Answer, Reply};
use crate::web::words;

pub fn routes() -> Vec<Route> {
    routes![new, show, create, change]
}

#[get("/settings/technical/email/aliases/new")]
async fn new(visitor: Visitor<'_>) -> Answer {
    visitor.run(|_, caller| aliases::may_change(caller)).await?;
    Ok(Page { form: Form::fresh(), ..Page::default() }.reply(&visitor))
}

#[get("/settings/technical/email/aliases/<id>")]
async fn show(visitor: Visitor<'_>, id: i32) -> Answer {
    let view = visitor.run(move |app, caller| aliases::get(app, caller, AliasId(id))).await?;
    Ok(Page { form: Form::of(&view.alias), view: Some(view), ..Page::default() }.reply(&visitor))
}

#[post("/settings/technical/email/aliases/new", data = "<posted>")]
async fn create(visitor: Visitor<'_>, posted: Posted) -> Answer {
    submit(visitor, Target::New, posted).await
}

#[post("/settings/technical/email/aliases/<id>", data = "<posted>")]
async fn change(visitor: Visitor<'_>, id: i32, posted: Posted) -> Answer {
    let version = Some(posted.get("version").parse().unwrap_or_default());
    submit(visitor, Target::Existing { id: AliasId(id), version }, posted).await
}

async fn submit(visitor: Visitor<'_>, target: Target, posted: Posted) -> Answer {
    let form = read(&posted);
    let typed = form.clone();
    let (errors, problem) = match visitor.run(move |app, caller| aliases::save(app, caller, target, &typed)).await {
        Ok(id) => {
            let saved = words::text(visitor.language(), "saved");
            return Ok(Reply::go(page_of(id.0)).flash(Tone::Good, saved));
        }
        Err(OperationError::Invalid(errors)) => (errors, None),
        Err(OperationError::Conflict(words)) => (Vec::new(), Some(words)),
        Err(error) => return Err(error.into()),
    };
    let view = view(&visitor, target).await?;
    Ok(Page { view, form, errors, problem }.reply(&visitor).status(Status::UnprocessableEntity))
}

fn read(posted: &Fields) -> Form {
    let mut form = Form::default();
    for field in FIELDS {
        form.set(field, posted.get(field));
    }
    form
}

/// What is saved, in the version that the person knows: somebody else's is not taken over by correcting a field.
async fn view(visitor: &Visitor<'_>, target: Target) -> Result<Option<View>, OperationError> {
    let Target::Existing { id, version } = target else { return Ok(None) };
    let view = visitor.run(move |app, caller| aliases::get(app, caller, id)).await?;
    Ok(Some(View { version: version.unwrap_or(view.version), ..view }))
}

/// The page of a form with what was typed: see [`crate::web::again`]. A button beside the form brings no fields.
pub async fn again(visitor: &Visitor<'_>, rest: &[&str], form: &Fields) -> Option<Answer> {
    let target = match rest {
        ["new"] => Target::New,
        [id, ..] => Target::Existing { id: AliasId(id.parse().ok()?), version: form.get("version").parse().ok() },
        _ => return None,
    };
    Some(match view(visitor, target).await {
        Ok(Some(view)) if !form.has("version") => {
            Ok(Page { form: Form::of(&view.alias), view: Some(view), ..Page::default() }.reply(visitor))
        }
        Ok(view) => Ok(Page { form: read(form), view, ..Page::default() }.reply(visitor)),
        Err(error) => Err(error.into()),
    })
}

/// The page of one alias, or of a new one.
#[derive(Default)]
struct Page {
    /// None: a new one.
    view: Option<View>,
    form: Form,
    errors: Vec<Invalid>,
    /// What happened that no field is to blame for.
    problem: Option<String>,
}

#[derive(Serialize)]
struct Shown {
    id: i32,
    address: String,
    active: bool,
}

impl Page {
    fn reply(self, visitor: &Visitor<'_>) -> Reply {
        let view = self.view.as_ref();
        let word = |key: &str| words::text(visitor.language(), key);
        let Form { name, domain, object_model, contact, defaults, record } = self.form;
        Reply::page(
            "aliases/form.html",
            context! {
                base: BASE,
                action: view.map_or_else(|| format!("{BASE}/new"), |view| page_of(view.alias.id.0)),
                alias: view.map(|View { alias, .. }| Shown {
                    id: alias.id.0,
                    address: alias.address.to_string(),
                    active: alias.active,
                }),
                version: view.map(|view| view.version),
                name, domain, object_model, contact, defaults, record,
                record_types: visitor.visit.app.modules.all().iter()
                    .map(|module| (module.model.clone(), module.label.clone())).collect::<Vec<_>>(),
                contacts: AliasContact::ALL.iter()
                    .map(|contact| (contact.code(), word(&format!("aliases-contact-{contact}")))).collect::<Vec<_>>(),
                errors: field_errors(&self.errors),
                problem: self.problem,
            },
        )
    }
}
