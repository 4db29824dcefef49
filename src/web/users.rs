//! Users: the list, and the form of one.

use rocket::http::Status;
use rocket::{Route, get, post, routes};
use rocket_dyn_templates::context;
use serde::Serialize;

use super::api_keys::Line;
use super::cookies::Tone;
use super::csrf::Posted;
use super::forms::{FieldError, Fields, field_errors};
use super::guards::Visitor;
use super::render::{Answer, Reply};
use super::words;
use crate::domain::id::UserId;
use crate::domain::person::{Caller, Role};
use crate::domain::secret::Secret;
use crate::operations::api_keys::{self, ApiKey};
use crate::operations::users::{self, LANGUAGES, User, UserForm};
use crate::operations::{App, OperationError, accounts, open_sessions};

pub fn routes() -> Vec<Route> {
    routes![list, new, add, edit, change, set_password, sign_out, archive]
}

/// A user as templates see it: as stored, or as typed.
#[derive(Serialize)]
struct Shown {
    /// None while it is new.
    id: Option<UserId>,
    login: String,
    name: String,
    role: String,
    language: String,
    time_zone: String,
    active: bool,
}

impl From<User> for Shown {
    fn from(user: User) -> Self {
        let User { id, login, name, role, language, time_zone, active, .. } = user;
        Self { id: Some(id), login, name, role: role.code().into(), language, time_zone, active }
    }
}

impl Shown {
    fn typed(form: &UserForm, id: Option<UserId>, active: bool) -> Self {
        let UserForm { login, name, role, language, time_zone, .. } = form.clone();
        Self { id, login, name, role, language, time_zone, active }
    }
}

/// The names of the world's time zones, for a select: those called by a continent or an ocean, UTC, and the one that is
/// `chosen`. The rest are older names of the same zones.
pub(super) fn time_zones(chosen: &str) -> Vec<(&'static str, &'static str)> {
    const PARTS: [&str; 10] =
        ["Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"];
    let named = |name: &str| name.split_once('/').is_some_and(|(part, _)| PARTS.contains(&part));
    let names = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
    names.filter(|name| named(name) || *name == "UTC" || *name == chosen).map(|name| (name, name)).collect()
}

fn form_page(user: Shown, keys: &[ApiKey], errors: &[FieldError]) -> Reply {
    let keys: Vec<Line<'_>> = keys.iter().map(Line::of).collect();
    let roles: Vec<(&str, &str)> = Role::ALL.iter().map(|role| (role.code(), role.label())).collect();
    let languages = LANGUAGES;
    let time_zones = time_zones(&user.time_zone);
    Reply::page("users/form.html", context! { errors, roles, languages, time_zones, user, keys })
}

async fn keys_of(visitor: &Visitor<'_>, id: UserId) -> Result<Vec<ApiKey>, OperationError> {
    visitor.run(move |app, caller| api_keys::of_user(app, caller, id)).await
}

fn typed(form: &Fields) -> UserForm {
    UserForm {
        login: form.get("login").into(),
        name: form.get("name").into(),
        role: form.get("role").into(),
        language: form.get("language").into(),
        time_zone: form.get("time_zone").into(),
        password: Secret::new(form.get("password")),
    }
}

fn own_password(form: &Fields, field: &str) -> Secret {
    Secret::new(form.get(field))
}

/// The page of a form with what was typed: see [`super::again`]. A button beside the form brings no fields.
pub async fn again(visitor: &Visitor<'_>, rest: &[&str], form: &Fields) -> Option<Answer> {
    Some(match rest {
        ["new"] => match visitor.run(users::list).await {
            Ok(_) => Ok(form_page(Shown::typed(&typed(form), None, true), &[], &[])),
            Err(error) => Err(error.into()),
        },
        [id, ..] => show(visitor, UserId(id.parse().ok()?), form.has("login").then_some(form)).await,
        _ => return None,
    })
}

async fn show(visitor: &Visitor<'_>, id: UserId, form: Option<&Fields>) -> Answer {
    let user = visitor.run(move |app, caller| users::get(app, caller, id)).await?;
    let keys = keys_of(visitor, id).await?;
    let shown = match form {
        Some(form) => Shown::typed(&typed(form), Some(id), user.active),
        None => user.into(),
    };
    Ok(form_page(shown, &keys, &[]))
}

#[get("/settings/users")]
async fn list(visitor: Visitor<'_>) -> Answer {
    let users: Vec<Shown> = visitor.run(users::list).await?.into_iter().map(Shown::from).collect();
    Ok(Reply::page("users/list.html", context! { users }))
}

#[get("/settings/users/new")]
async fn new(visitor: Visitor<'_>) -> Answer {
    // Asked for its check of the role.
    visitor.run(users::list).await?;
    let form = UserForm {
        role: Role::Officer.code().into(),
        language: visitor.language().into(),
        time_zone: visitor.session.user.time_zone.clone(),
        ..UserForm::default()
    };
    Ok(form_page(Shown::typed(&form, None, true), &[], &[]))
}

#[post("/settings/users/new", data = "<form>")]
async fn add(visitor: Visitor<'_>, form: Posted) -> Answer {
    let user = typed(&form);
    let shown = Shown::typed(&user, None, true);
    let (session, own) = (visitor.session.clone(), own_password(&form, "own_password"));
    match visitor.run(move |app, caller| accounts::add(app, caller, &session, &own, &user)).await {
        Ok(id) => Ok(saved(&visitor, id)),
        Err(OperationError::Invalid(errors)) => {
            Ok(form_page(shown, &[], &field_errors(&errors)).status(Status::UnprocessableEntity))
        }
        Err(error) => Err(error.into()),
    }
}

#[get("/settings/users/<id>")]
async fn edit(visitor: Visitor<'_>, id: i32) -> Answer {
    show(&visitor, UserId(id), None).await
}

#[post("/settings/users/<id>", data = "<form>")]
async fn change(visitor: Visitor<'_>, id: i32, form: Posted) -> Answer {
    let (id, user) = (UserId(id), typed(&form));
    let active = visitor.run(move |app, caller| users::get(app, caller, id)).await?.active;
    let shown = Shown::typed(&user, Some(id), active);
    let (session, own) = (visitor.session.clone(), own_password(&form, "own_password"));
    match visitor.run(move |app, caller| accounts::change(app, caller, &session, &own, id, &user)).await {
        Ok(()) => Ok(saved(&visitor, id)),
        Err(OperationError::Invalid(errors)) => {
            let keys = keys_of(&visitor, id).await?;
            Ok(form_page(shown, &keys, &field_errors(&errors)).status(Status::UnprocessableEntity))
        }
        Err(error) => Err(error.into()),
    }
}

#[post("/settings/users/<id>/password", data = "<form>")]
async fn set_password(visitor: Visitor<'_>, id: i32, form: Posted) -> Answer {
    let (id, password) = (UserId(id), Secret::new(form.get("password")));
    let user = visitor.run(move |app, caller| users::get(app, caller, id)).await?;
    let (session, own) = (visitor.session.clone(), own_password(&form, "own_password_to_set"));
    let set = move |app: &App, caller: &Caller| accounts::set_password(app, caller, &session, &own, id, &password);
    match visitor.run(set).await {
        Ok(()) => {
            let text = words::text(visitor.language(), "users-password-set");
            Ok(Reply::go(format!("/settings/users/{id}")).flash(Tone::Good, text))
        }
        Err(OperationError::Invalid(errors)) => {
            let keys = keys_of(&visitor, id).await?;
            Ok(form_page(user.into(), &keys, &field_errors(&errors)).status(Status::UnprocessableEntity))
        }
        Err(error) => Err(error.into()),
    }
}

#[post("/settings/users/<id>/sign-out", data = "<_form>")]
async fn sign_out(visitor: Visitor<'_>, id: i32, _form: Posted) -> Answer {
    let id = UserId(id);
    visitor.run(move |app, caller| open_sessions::end_all_of(app, caller, id)).await?;
    let text = words::text(visitor.language(), "users-signed-out");
    Ok(Reply::go(format!("/settings/users/{id}")).flash(Tone::Good, text))
}

#[post("/settings/users/<id>/archive", data = "<form>")]
async fn archive(visitor: Visitor<'_>, id: i32, form: Posted) -> Answer {
    let (id, active) = (UserId(id), form.get("active") == "1");
    let back = Reply::go(format!("/settings/users/{id}"));
    match visitor.run(move |app, caller| users::set_active(app, caller, id, active)).await {
        Ok(()) => Ok(back.flash(Tone::Good, words::text(visitor.language(), "saved"))),
        Err(OperationError::Refused(why)) => Ok(back.flash(Tone::Bad, why)),
        Err(error) => Err(error.into()),
    }
}

fn saved(visitor: &Visitor<'_>, id: UserId) -> Reply {
    Reply::go(format!("/settings/users/{id}")).flash(Tone::Good, words::text(visitor.language(), "saved"))
}
