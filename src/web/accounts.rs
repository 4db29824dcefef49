//! Accounts: each as an administrator keeps it, and as its owner does on *Preferences*.

use rocket::http::CookieJar;
use rocket::{Route, get, post, routes};
use rocket_dyn_templates::context;
use serde::Serialize;

use super::forms::{Posted, TypedFields, field_errors};
use super::guards::{self, Tone, Visitor};
use super::render::{PageAnswer, Reply};
use super::sheet::{self, Around};
use crate::domain::id::{ApiKeyId, UserId};
use crate::domain::person::{Caller, languages, time_zones};
use crate::domain::secret::Secret;
use crate::domain::{Invalid, Moment, now, words};
use crate::operations::credentials::{self, ApiKey, KeyForm};
use crate::operations::sessions::{self, Ending, OpenSession};
use crate::operations::users::{self, User, UserForm};
use crate::operations::{App, OperationError};

pub(super) fn routes() -> Vec<Route> {
    routes![list, new, add, edit, change, set_password, sign_out_user, archive]
}

/// The page of an account (None: a new one) with its form as stored, or as typed.
fn user_page(
    visitor: &Visitor<'_>,
    user: Option<&User>,
    form: &UserForm,
    keys: &[ApiKey],
    errors: &[Invalid],
) -> Reply {
    let context = context! {
        user: user.map(UserShown::of),
        fields: sheet::fields(form, &[], &Around::new(visitor.language())),
        errors: field_errors(errors),
        keys: keys.iter().map(ApiKeyLine::of).collect::<Vec<_>>(),
    };
    Reply::page("users/form.html", context).unprocessable_if(!errors.is_empty())
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
    Ok(user_page(visitor, Some(&user), &form, &keys, &errors))
}

fn own_password(form: &TypedFields, field: &str) -> Secret {
    Secret::new(form.get(field))
}

/// The page of a form with what was typed: see [`super::forms::keep_for`]. A button beside the form brings no fields.
pub(super) async fn user_again(visitor: &Visitor<'_>, rest: &[&str], form: &TypedFields) -> Option<PageAnswer> {
    Some(match rest {
        ["new"] => match visitor.run(users::list).await {
            Ok(_) => Ok(user_page(visitor, None, &sheet::read(form), &[], &[])),
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
    Ok(user_page(&visitor, None, &form, &[], &[]))
}

#[post("/settings/users/new", data = "<posted>")]
async fn add(visitor: Visitor<'_>, posted: Posted) -> PageAnswer {
    let form: UserForm = sheet::read(&posted);
    let (session, own, typed) = (visitor.session.clone(), own_password(&posted, "own_password"), form.clone());
    match visitor.submit(move |app, caller| users::add_confirmed(app, caller, &session, &own, &typed)).await? {
        Ok(id) => Ok(saved(&visitor, id)),
        Err(errors) => Ok(user_page(&visitor, None, &form, &[], &errors)),
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
    match visitor.submit(move |app, caller| users::change_confirmed(app, caller, &session, &own, id, &typed)).await? {
        Ok(()) => Ok(saved(&visitor, id)),
        Err(errors) => saved_page(&visitor, id, Some(form), errors).await,
    }
}

#[post("/settings/users/<id>/password", data = "<form>")]
async fn set_password(visitor: Visitor<'_>, id: i32, form: Posted) -> PageAnswer {
    let (id, password) = (UserId(id), Secret::new(form.get("password")));
    let (session, own) = (visitor.session.clone(), own_password(&form, "own_password_to_set"));
    let set =
        move |app: &App, caller: &Caller| users::set_password_confirmed(app, caller, &session, &own, id, &password);
    match visitor.submit(set).await? {
        Ok(()) => Ok(Reply::done(&visitor, format!("/settings/users/{id}"), "users-password-set")),
        Err(errors) => saved_page(&visitor, id, None, errors).await,
    }
}

#[post("/settings/users/<id>/sign-out", data = "<_form>")]
async fn sign_out_user(visitor: Visitor<'_>, id: i32, _form: Posted) -> PageAnswer {
    let id = UserId(id);
    visitor.run(move |app, caller| sessions::end_sessions_of(app, caller, id)).await?;
    Ok(Reply::done(&visitor, format!("/settings/users/{id}"), "users-signed-out"))
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
    Reply::done(visitor, format!("/settings/users/{id}"), "saved")
}

pub(super) fn own_routes() -> Vec<Route> {
    routes![show_own, save_own, shortcuts, change_password, sign_out_elsewhere, create_key, revoke_key, revoke_key_of]
}

/// What the page shows beside what is saved.
#[derive(Default)]
struct PreferencesShown {
    errors: Vec<Invalid>,
    /// Language and time zone as they were typed.
    typed: Option<(String, String)>,
    /// The session that was chosen to be ended.
    session: String,
    /// Name and last day of a new API key as they were typed.
    new_key: (String, String),
    /// The key that was just made.
    made: Option<Secret>,
}

/// A session in the list.
#[derive(Serialize)]
struct SessionLine<'a> {
    name: &'a str,
    since: Moment,
    last_seen: Moment,
    address: Option<&'a str>,
    by_api_key: bool,
    here: bool,
}

impl<'a> SessionLine<'a> {
    fn of(session: &'a OpenSession) -> Self {
        let OpenSession { name, since, last_seen, address, by_api_key, here } = session;
        let (since, last_seen, by_api_key, here) = (*since, *last_seen, *by_api_key, *here);
        Self { name, since, last_seen, address: address.as_deref(), by_api_key, here }
    }
}

async fn own_page(visitor: &Visitor<'_>, shown: PreferencesShown) -> PageAnswer {
    let session = visitor.session.clone();
    let (keys, sessions) = visitor
        .run(move |app, _| Ok((credentials::own_keys(app, &session)?, sessions::own_sessions(app, &session)?)))
        .await?;
    let user = &visitor.session.user;
    let (language, time_zone) = shown.typed.unwrap_or_else(|| (user.language.clone(), user.time_zone.clone()));
    let (key_name, key_expires) = shown.new_key;
    let page = Reply::page(
        "preferences/preferences.html",
        context! {
            languages: languages(),
            time_zones: time_zones(&time_zone),
            language,
            time_zone,
            shortcuts: user.shortcuts,
            sessions: sessions.iter().map(SessionLine::of).collect::<Vec<_>>(),
            session: shown.session,
            keys: keys.iter().map(ApiKeyLine::of).collect::<Vec<_>>(),
            key_name,
            key_expires,
            made: shown.made.as_ref().map(Secret::reveal),
            errors: field_errors(&shown.errors),
        },
    );
    Ok(page.unprocessable_if(!shown.errors.is_empty()))
}

/// The page with what was typed in one of its forms: see [`super::forms::keep_for`].
pub(super) async fn own_again(visitor: &Visitor<'_>, form: &TypedFields) -> PageAnswer {
    let text = |name: &str| form.get(name).to_owned();
    let typed = form.has("language").then(|| (text("language"), text("time_zone")));
    let new_key = (text("key_name"), text("key_expires"));
    own_page(visitor, PreferencesShown { typed, new_key, session: text("session"), ..PreferencesShown::default() })
        .await
}

#[get("/preferences")]
async fn show_own(visitor: Visitor<'_>) -> PageAnswer {
    own_page(&visitor, PreferencesShown::default()).await
}

#[post("/preferences", data = "<form>")]
async fn save_own(visitor: Visitor<'_>, form: Posted) -> PageAnswer {
    let (language, zone) = (form.get("language").to_owned(), form.get("time_zone").to_owned());
    let typed = (language.clone(), zone.clone());
    let session = visitor.session.clone();
    match visitor
        .submit(move |app, caller| users::set_language_and_zone(app, caller, &session, &language, &zone))
        .await?
    {
        Ok(()) => Ok(Reply::go("/preferences").flash(Tone::Good, words::text(&typed.0, "saved"))),
        Err(errors) => {
            own_page(&visitor, PreferencesShown { errors, typed: Some(typed), ..PreferencesShown::default() }).await
        }
    }
}

#[post("/preferences/shortcuts", data = "<form>")]
async fn shortcuts(visitor: Visitor<'_>, form: Posted) -> PageAnswer {
    let (session, on) = (visitor.session.clone(), form.has("shortcuts"));
    visitor.run(move |app, _| users::set_shortcuts(app, &session, on)).await?;
    Ok(Reply::done(&visitor, "/preferences", "saved"))
}

#[post("/preferences/password", data = "<form>")]
async fn change_password(visitor: Visitor<'_>, jar: &CookieJar<'_>, form: Posted) -> PageAnswer {
    let (current, new) = (Secret::new(form.get("current_password")), Secret::new(form.get("new_password")));
    let (session, device) = (visitor.session.clone(), guards::device(jar, &visitor.visit.app.config));
    match visitor
        .submit(move |app, caller| users::change_password(app, caller, &session, &current, &new, device.as_ref()))
        .await?
    {
        Ok(session) => {
            guards::set_session(jar, &visitor.visit.app.config, &session);
            Ok(Reply::done(&visitor, "/preferences", "preferences-password-changed"))
        }
        Err(errors) => own_page(&visitor, PreferencesShown { errors, ..PreferencesShown::default() }).await,
    }
}

#[post("/preferences/sessions", data = "<form>")]
async fn sign_out_elsewhere(visitor: Visitor<'_>, form: Posted) -> PageAnswer {
    let (chosen, password) = (form.get("session").to_owned(), Secret::new(form.get("session_password")));
    let ending = match chosen.as_str() {
        // The page begins with it.
        "" | "others" => Ending::Others,
        name => Ending::One(name.to_owned()),
    };
    let session = visitor.session.clone();
    match visitor.submit(move |app, caller| sessions::end_sessions(app, caller, &session, &ending, &password)).await? {
        Ok(ended) => {
            let text = words::with(visitor.language(), "sessions-ended", &[("count", ended.into())]);
            Ok(Reply::go("/preferences").flash(Tone::Good, text))
        }
        Err(errors) => {
            own_page(&visitor, PreferencesShown { errors, session: chosen, ..PreferencesShown::default() }).await
        }
    }
}

// API keys, on the same page.

/// A key in a list.
#[derive(Serialize)]
struct ApiKeyLine<'a> {
    id: i32,
    name: &'a str,
    create_date: Moment,
    last_used: Option<Moment>,
    expires_at: Option<Moment>,
    expired: bool,
}

impl<'a> ApiKeyLine<'a> {
    fn of(key: &'a ApiKey) -> Self {
        let ApiKey { id, name, create_date, last_used, expires_at, .. } = key;
        Self {
            id: id.0,
            name,
            create_date: *create_date,
            last_used: *last_used,
            expires_at: *expires_at,
            expired: key.is_expired(now()),
        }
    }
}

/// The page itself answers (no redirect): the key is shown this once and written nowhere.
#[post("/preferences/keys", data = "<posted>")]
async fn create_key(visitor: Visitor<'_>, posted: Posted) -> PageAnswer {
    let form = KeyForm {
        name: posted.get("key_name").to_owned(),
        expires: posted.get("key_expires").to_owned(),
        password: Secret::new(posted.get("key_password")),
    };
    let new_key = (form.name.clone(), form.expires.clone());
    let session = visitor.session.clone();
    match visitor.submit(move |app, caller| credentials::create_key(app, caller, &session, &form)).await? {
        Ok(key) => own_page(&visitor, PreferencesShown { made: Some(key), ..PreferencesShown::default() }).await,
        Err(errors) => own_page(&visitor, PreferencesShown { errors, new_key, ..PreferencesShown::default() }).await,
    }
}

#[post("/preferences/keys/<id>/revoke", data = "<_posted>")]
async fn revoke_key(visitor: Visitor<'_>, id: i32, _posted: Posted) -> PageAnswer {
    key_revoked(&visitor, id, "/preferences".into()).await
}

#[post("/settings/users/<user>/keys/<id>/revoke", data = "<_posted>")]
async fn revoke_key_of(visitor: Visitor<'_>, user: i32, id: i32, _posted: Posted) -> PageAnswer {
    key_revoked(&visitor, id, format!("/settings/users/{user}")).await
}

async fn key_revoked(visitor: &Visitor<'_>, id: i32, back: String) -> PageAnswer {
    visitor.run(move |app, caller| credentials::revoke_key(app, caller, ApiKeyId(id))).await?;
    Ok(Reply::done(visitor, back, "keys-revoked"))
}
