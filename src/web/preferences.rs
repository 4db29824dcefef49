//! What everybody sets for themselves: language, time zone, password, where they are signed in, and the API keys of
//! their scripts. Keys are also revoked by an administrator on a user's page.

use rocket::http::{CookieJar, Status};
use rocket::{Route, get, post, routes};
use rocket_dyn_templates::context;
use serde::Serialize;

use super::cookies::{self, Tone};
use super::forms::{Posted, TypedFields, field_errors};
use super::guards::Visitor;
use super::render::{PageAnswer, Reply};
use crate::domain::id::ApiKeyId;
use crate::domain::person::{languages, time_zones};
use crate::domain::secret::Secret;
use crate::domain::{Invalid, Moment, now, words};
use crate::operations::credentials::{self, ApiKey, KeyForm};
use crate::operations::sessions::{self, Ending, OpenSession};
use crate::operations::{OperationError, users};

pub(super) fn routes() -> Vec<Route> {
    routes![show, save, shortcuts, change_password, sign_out_elsewhere, create_key, revoke_key, revoke_key_of]
}

/// What the page shows beside what is saved.
#[derive(Default)]
pub(super) struct PreferencesShown {
    pub errors: Vec<Invalid>,
    /// Language and time zone as they were typed.
    pub typed: Option<(String, String)>,
    /// The session that was chosen to be ended.
    pub session: String,
    /// Name and last day of a new API key as they were typed.
    pub new_key: (String, String),
    /// The key that was just made.
    pub made: Option<Secret>,
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

pub(super) async fn page(visitor: &Visitor<'_>, shown: PreferencesShown) -> PageAnswer {
    let session = visitor.session.clone();
    let (keys, sessions) = visitor
        .run(move |app, _| Ok((credentials::own_keys(app, &session)?, sessions::own_sessions(app, &session)?)))
        .await?;
    let user = &visitor.session.user;
    let (language, time_zone) = shown.typed.unwrap_or_else(|| (user.language.clone(), user.time_zone.clone()));
    let status = if shown.errors.is_empty() { Status::Ok } else { Status::UnprocessableEntity };
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
    Ok(page.status(status))
}

/// The page with what was typed in one of its forms: see [`super::kept`].
pub(super) async fn again(visitor: &Visitor<'_>, form: &TypedFields) -> PageAnswer {
    let text = |name: &str| form.get(name).to_owned();
    let typed = form.has("language").then(|| (text("language"), text("time_zone")));
    let new_key = (text("key_name"), text("key_expires"));
    page(visitor, PreferencesShown { typed, new_key, session: text("session"), ..PreferencesShown::default() }).await
}

#[get("/preferences")]
async fn show(visitor: Visitor<'_>) -> PageAnswer {
    page(&visitor, PreferencesShown::default()).await
}

#[post("/preferences", data = "<form>")]
async fn save(visitor: Visitor<'_>, form: Posted) -> PageAnswer {
    let (language, zone) = (form.get("language").to_owned(), form.get("time_zone").to_owned());
    let typed = (language.clone(), zone.clone());
    let session = visitor.session.clone();
    let result =
        visitor.run(move |app, caller| users::set_language_and_zone(app, caller, &session, &language, &zone)).await;
    match result {
        Ok(()) => Ok(Reply::go("/preferences").flash(Tone::Good, words::text(&typed.0, "saved"))),
        Err(OperationError::Invalid(errors)) => {
            page(&visitor, PreferencesShown { errors, typed: Some(typed), ..PreferencesShown::default() }).await
        }
        Err(error) => Err(error.into()),
    }
}

#[post("/preferences/shortcuts", data = "<form>")]
async fn shortcuts(visitor: Visitor<'_>, form: Posted) -> PageAnswer {
    let (session, on) = (visitor.session.clone(), form.has("shortcuts"));
    visitor.run(move |app, _| users::set_shortcuts(app, &session, on)).await?;
    Ok(Reply::go("/preferences").flash(Tone::Good, words::text(visitor.language(), "saved")))
}

#[post("/preferences/password", data = "<form>")]
async fn change_password(visitor: Visitor<'_>, jar: &CookieJar<'_>, form: Posted) -> PageAnswer {
    let (current, new) = (Secret::new(form.get("current_password")), Secret::new(form.get("new_password")));
    let (session, device) = (visitor.session.clone(), cookies::device(jar, &visitor.visit.app.config));
    let result = visitor
        .run(move |app, caller| users::change_password(app, caller, &session, &current, &new, device.as_ref()))
        .await;
    match result {
        Ok(session) => {
            cookies::set_session(jar, &visitor.visit.app.config, &session);
            let text = words::text(visitor.language(), "preferences-password-changed");
            Ok(Reply::go("/preferences").flash(Tone::Good, text))
        }
        Err(OperationError::Invalid(errors)) => {
            page(&visitor, PreferencesShown { errors, ..PreferencesShown::default() }).await
        }
        Err(error) => Err(error.into()),
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
    match visitor.run(move |app, caller| sessions::end_sessions(app, caller, &session, &ending, &password)).await {
        Ok(ended) => {
            let text = words::with(visitor.language(), "sessions-ended", &[("count", ended.into())]);
            Ok(Reply::go("/preferences").flash(Tone::Good, text))
        }
        Err(OperationError::Invalid(errors)) => {
            page(&visitor, PreferencesShown { errors, session: chosen, ..PreferencesShown::default() }).await
        }
        Err(error) => Err(error.into()),
    }
}

// API keys, on the same page.

/// A key in a list.
#[derive(Serialize)]
pub(super) struct ApiKeyLine<'a> {
    id: i32,
    name: &'a str,
    create_date: Moment,
    last_used: Option<Moment>,
    expires_at: Option<Moment>,
    expired: bool,
}

impl<'a> ApiKeyLine<'a> {
    pub(super) fn of(key: &'a ApiKey) -> Self {
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
    match visitor.run(move |app, caller| credentials::create_key(app, caller, &session, &form)).await {
        Ok(key) => page(&visitor, PreferencesShown { made: Some(key), ..PreferencesShown::default() }).await,
        Err(OperationError::Invalid(errors)) => {
            page(&visitor, PreferencesShown { errors, new_key, ..PreferencesShown::default() }).await
        }
        Err(error) => Err(error.into()),
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
    Ok(Reply::go(back).flash(Tone::Good, words::text(visitor.language(), "keys-revoked")))
}
