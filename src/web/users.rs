//! Users: the list, and the form of one.

use rocket::{Route, get, post, routes};
use rocket_dyn_templates::context;
use serde::Serialize;

use super::cookies::Tone;
use super::forms::{Posted, TypedFields, field_errors};
use super::guards::Visitor;
use super::preferences::ApiKeyLine;
use super::render::{PageAnswer, Reply};
use super::sheet::{self, Around};
use crate::domain::id::UserId;
use crate::domain::person::Caller;
use crate::domain::secret::Secret;
use crate::domain::{Invalid, words};
use crate::operations::credentials::{self, ApiKey};
use crate::operations::users::{self, User, UserForm};
use crate::operations::{App, OperationError, sessions};

pub(super) fn routes() -> Vec<Route> {
    routes![list, new, add, edit, change, set_password, sign_out, archive]
}

/// The page of an account (None: a new one) with its form as stored, or as typed.
fn page(visitor: &Visitor<'_>, user: Option<&User>, form: &UserForm, keys: &[ApiKey], errors: &[Invalid]) -> Reply {
    let context = context! {
        user: user.map(UserShown::of),
        fields: sheet::fields(form, &[], &Around::new(visitor.language())),
        errors: field_errors(errors),
        keys: keys.iter().map(ApiKeyLine::of).collect::<Vec<_>>(),
    };
    let reply = Reply::page("users/form.html", context);
    sheet::unprocessable(reply, !errors.is_empty())
}

#[derive(Serialize)]
struct UserShown<'a> {
    id: UserId,
    name: &'a str,
    login: &'a str,
    role: &'static str,
    language: &'a str,
    time_zone: &'a str,
    active: bool,
}

impl<'a> UserShown<'a> {
    fn of(user: &'a User) -> Self {
        let User { id, login, name, role, language, time_zone, active, .. } = user;
        Self { id: *id, name, login, role: role.code(), language, time_zone, active: *active }
    }
}

/// The page of a saved account, with its form as typed and what is wrong with it.
async fn saved_page(visitor: &Visitor<'_>, id: UserId, form: Option<UserForm>, errors: Vec<Invalid>) -> PageAnswer {
    let (user, keys) = visitor
        .run(move |app, caller| Ok((users::get(app, caller, id)?, credentials::keys_of(app, caller, id)?)))
        .await?;
    let form = form.unwrap_or_else(|| UserForm::of(&user));
    Ok(page(visitor, Some(&user), &form, &keys, &errors))
}

fn own_password(form: &TypedFields, field: &str) -> Secret {
    Secret::new(form.get(field))
}

/// The page of a form with what was typed: see [`super::kept`]. A button beside the form brings no fields.
pub(super) async fn again(visitor: &Visitor<'_>, rest: &[&str], form: &TypedFields) -> Option<PageAnswer> {
    Some(match rest {
        ["new"] => match visitor.run(users::list).await {
            Ok(_) => Ok(page(visitor, None, &sheet::read(form), &[], &[])),
            Err(error) => Err(error.into()),
        },
        [id, ..] => {
            let typed = form.has("login").then(|| sheet::read(form));
            saved_page(visitor, UserId(id.parse().ok()?), typed, Vec::new()).await
        }
        _ => return None,
    })
}

#[get("/settings/users")]
async fn list(visitor: Visitor<'_>) -> PageAnswer {
    let found = visitor.run(users::list).await?;
    let users: Vec<UserShown<'_>> = found.iter().map(UserShown::of).collect();
    Ok(Reply::page("users/list.html", context! { users }))
}

#[get("/settings/users/new")]
async fn new(visitor: Visitor<'_>) -> PageAnswer {
    // Asked for its check of the role.
    visitor.run(users::list).await?;
    let mut form = UserForm::fresh();
    form.set("language", visitor.language());
    form.set("time_zone", &visitor.session.user.time_zone);
    Ok(page(&visitor, None, &form, &[], &[]))
}

#[post("/settings/users/new", data = "<posted>")]
async fn add(visitor: Visitor<'_>, posted: Posted) -> PageAnswer {
    let form: UserForm = sheet::read(&posted);
    let (session, own, typed) = (visitor.session.clone(), own_password(&posted, "own_password"), form.clone());
    match visitor.run(move |app, caller| users::add_confirmed(app, caller, &session, &own, &typed)).await {
        Ok(id) => Ok(saved(&visitor, id)),
        Err(OperationError::Invalid(errors)) => Ok(page(&visitor, None, &form, &[], &errors)),
        Err(error) => Err(error.into()),
    }
}

#[get("/settings/users/<id>")]
async fn edit(visitor: Visitor<'_>, id: i32) -> PageAnswer {
    saved_page(&visitor, UserId(id), None, Vec::new()).await
}

#[post("/settings/users/<id>", data = "<posted>")]
async fn change(visitor: Visitor<'_>, id: i32, posted: Posted) -> PageAnswer {
    let (id, form) = (UserId(id), sheet::read(&posted));
    let (session, own, typed) = (visitor.session.clone(), own_password(&posted, "own_password"), form.clone());
    match visitor.run(move |app, caller| users::change_confirmed(app, caller, &session, &own, id, &typed)).await {
        Ok(()) => Ok(saved(&visitor, id)),
        Err(OperationError::Invalid(errors)) => saved_page(&visitor, id, Some(form), errors).await,
        Err(error) => Err(error.into()),
    }
}

#[post("/settings/users/<id>/password", data = "<form>")]
async fn set_password(visitor: Visitor<'_>, id: i32, form: Posted) -> PageAnswer {
    let (id, password) = (UserId(id), Secret::new(form.get("password")));
    let (session, own) = (visitor.session.clone(), own_password(&form, "own_password_to_set"));
    let set =
        move |app: &App, caller: &Caller| users::set_password_confirmed(app, caller, &session, &own, id, &password);
    match visitor.run(set).await {
        Ok(()) => {
            let text = words::text(visitor.language(), "users-password-set");
            Ok(Reply::go(format!("/settings/users/{id}")).flash(Tone::Good, text))
        }
        Err(OperationError::Invalid(errors)) => saved_page(&visitor, id, None, errors).await,
        Err(error) => Err(error.into()),
    }
}

#[post("/settings/users/<id>/sign-out", data = "<_form>")]
async fn sign_out(visitor: Visitor<'_>, id: i32, _form: Posted) -> PageAnswer {
    let id = UserId(id);
    visitor.run(move |app, caller| sessions::end_sessions_of(app, caller, id)).await?;
    let text = words::text(visitor.language(), "users-signed-out");
    Ok(Reply::go(format!("/settings/users/{id}")).flash(Tone::Good, text))
}

#[post("/settings/users/<id>/archive", data = "<form>")]
async fn archive(visitor: Visitor<'_>, id: i32, form: Posted) -> PageAnswer {
    let (id, active) = (UserId(id), form.get("active") == "1");
    let back = Reply::go(format!("/settings/users/{id}"));
    match visitor.run(move |app, caller| users::set_active(app, caller, id, active)).await {
        Ok(()) => Ok(back.flash(Tone::Good, words::text(visitor.language(), "saved"))),
        Err(OperationError::Refused(why)) => Ok(back.flash(Tone::Bad, why.in_language(visitor.language()))),
        Err(error) => Err(error.into()),
    }
}

fn saved(visitor: &Visitor<'_>, id: UserId) -> Reply {
    Reply::go(format!("/settings/users/{id}")).flash(Tone::Good, words::text(visitor.language(), "saved"))
}
