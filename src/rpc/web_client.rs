//! What OdooRPC speaks besides: Odoo's web client's own calls, with a session cookie.

use std::sync::Arc;

use rocket::http::{ContentType, Cookie, CookieJar, SameSite, Status};
use rocket::{Data, Route, State, post, routes};
use serde_json::{Map, Value, json};

use super::fault::{Fault, Kind};
use super::json::{enveloped, read};
use super::services::{self, DATABASE};
use super::{Json, Origin, blocking, body};
use crate::config::Config;
use crate::domain::person::{Caller, Role};
use crate::domain::secret::Secret;
use crate::operations::{App, credentials, objects, sessions};

/// Not Odoo's `session_id` (both may live on one host), nor that of the pages: this one only calls objects.
const COOKIE: &str = "mailgate_api";

pub fn routes() -> Vec<Route> {
    routes![version_info, list, authenticate, session_info, check, call_kw, call_kw_named, destroy]
}

type Answer = Result<(ContentType, String), Status>;

#[post("/web/webclient/version_info", data = "<data>")]
async fn version_info(_json: Json, data: Data<'_>) -> Answer {
    let request = read(&body(data).await?);
    let id = request.map_or(Value::Null, |request| request["id"].clone());
    Ok((ContentType::JSON, enveloped(id, Ok(services::version())).to_string()))
}

/// The databases, which may be kept to oneself.
#[post("/web/database/list", data = "<data>")]
async fn list(app: &State<Arc<App>>, origin: Origin, _json: Json, data: Data<'_>) -> Answer {
    let (app, body) = (app.inner().clone(), body(data).await?);
    let answer = blocking(move || {
        let request = read(&body);
        let id = request.as_ref().map_or(Value::Null, |request| request["id"].clone());
        enveloped(id, request.and_then(|_| services::dispatch(&app, origin.0, "db", "list", Vec::new())))
    });
    Ok((ContentType::JSON, answer.await?.to_string()))
}

#[post("/web/session/authenticate", data = "<data>")]
async fn authenticate(
    app: &State<Arc<App>>,
    origin: Origin,
    jar: &CookieJar<'_>,
    _json: Json,
    data: Data<'_>,
) -> Answer {
    let (shared, body) = (app.inner().clone(), body(data).await?);
    let (answer, token) = blocking(move || {
        let request = read(&body);
        let id = request.as_ref().map_or(Value::Null, |request| request["id"].clone());
        match request.and_then(|request| sign_in(&shared, origin.0, &request["params"])) {
            Ok((info, token)) => (enveloped(id, Ok(info)), Some(token)),
            Err(fault) => (enveloped(id, Err(fault)), None),
        }
    })
    .await?;
    if let Some(token) = token {
        jar.add(cookie(token.reveal().to_owned(), &app.config));
    }
    Ok((ContentType::JSON, answer.to_string()))
}

/// Scripts may use Mailgate's own address beside the public one, so it stands at the root.
fn cookie(token: String, config: &Config) -> Cookie<'static> {
    Cookie::build((config.cookie_name(COOKIE), token))
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(config.is_https())
        .path("/")
        .build()
}

fn token_of(jar: &CookieJar<'_>, config: &Config) -> Option<Secret> {
    jar.get(&config.cookie_name(COOKIE)).map(|cookie| Secret::new(cookie.value()))
}

fn sign_in(app: &App, address: Option<std::net::IpAddr>, params: &Value) -> Result<(Value, Secret), Fault> {
    let text = |name: &str| params[name].as_str().unwrap_or_default();
    services::known_database(text("db"))?;
    let password = Secret::new(text("password"));
    let session = credentials::open_session(app, text("login"), &password, address).map_err(services::refused)?;
    let caller = sessions::caller_of(&session.user, address);
    Ok((info(app, &caller, &session.user.name)?, session.token))
}

/// What Odoo's clients want to know of a session.
fn info(app: &App, caller: &Caller, name: &str) -> Result<Value, Fault> {
    let admin = caller.role == Role::SystemAdmin;
    Ok(json!({
        "uid": caller.user,
        "db": DATABASE,
        "username": caller.login,
        "name": name,
        "is_admin": admin,
        "is_system": admin,
        "user_context": objects::call(app, caller, "res.users", "context_get", Vec::new(), Map::new())?,
        "server_version": services::version()["server_version"],
        "server_version_info": services::version()["server_version_info"],
    }))
}

#[post("/web/session/get_session_info", data = "<data>")]
async fn session_info(
    app: &State<Arc<App>>,
    origin: Origin,
    jar: &CookieJar<'_>,
    _json: Json,
    data: Data<'_>,
) -> Answer {
    within(app, origin, jar, data, |app, caller, name, _| info(app, caller, name)).await
}

/// Whether the session still lives.
#[post("/web/session/check", data = "<data>")]
async fn check(app: &State<Arc<App>>, origin: Origin, jar: &CookieJar<'_>, _json: Json, data: Data<'_>) -> Answer {
    within(app, origin, jar, data, |_, _, _, _| Ok(Value::Null)).await
}

#[post("/web/dataset/call_kw", data = "<data>")]
async fn call_kw(app: &State<Arc<App>>, origin: Origin, jar: &CookieJar<'_>, _json: Json, data: Data<'_>) -> Answer {
    run(app, origin, jar, data).await
}

#[post("/web/dataset/call_kw/<_..>", data = "<data>", rank = 2)]
async fn call_kw_named(
    app: &State<Arc<App>>,
    origin: Origin,
    jar: &CookieJar<'_>,
    _json: Json,
    data: Data<'_>,
) -> Answer {
    run(app, origin, jar, data).await
}

async fn run(app: &State<Arc<App>>, origin: Origin, jar: &CookieJar<'_>, data: Data<'_>) -> Answer {
    within(app, origin, jar, data, |app, caller, _, params| {
        let text = |name: &str| params[name].as_str().unwrap_or_default();
        let args = params["args"].as_array().cloned().unwrap_or_default();
        let kwargs = params["kwargs"].as_object().cloned().unwrap_or_default();
        Ok(objects::call(app, caller, text("model"), text("method"), args, kwargs)?)
    })
    .await
}

/// Answers within the session of the cookie; `work` gets the caller, the account's name and the parameters. A cookie
/// could ride on another site's request; only JSON from our own kind of client is read, and the cookie is
/// `SameSite=Strict`.
async fn within(
    app: &State<Arc<App>>,
    origin: Origin,
    jar: &CookieJar<'_>,
    data: Data<'_>,
    work: fn(&App, &Caller, &str, &Value) -> Result<Value, Fault>,
) -> Answer {
    let token = token_of(jar, &app.config);
    let (app, body) = (app.inner().clone(), body(data).await?);
    let answer = blocking(move || {
        let request = read(&body);
        let id = request.as_ref().map_or(Value::Null, |request| request["id"].clone());
        enveloped(id, request.and_then(|request| resumed(&app, origin.0, token, &request["params"], work)))
    });
    Ok((ContentType::JSON, answer.await?.to_string()))
}

fn resumed(
    app: &App,
    address: Option<std::net::IpAddr>,
    token: Option<Secret>,
    params: &Value,
    work: fn(&App, &Caller, &str, &Value) -> Result<Value, Fault>,
) -> Result<Value, Fault> {
    let expired = || Fault::new(Kind::SessionExpired, "Session expired");
    let session = sessions::resume(app, &token.ok_or_else(expired)?)?.ok_or_else(expired)?;
    let caller = sessions::caller_of(&session.user, address);
    work(app, &caller, &session.user.name, params)
}

#[post("/web/session/destroy", data = "<data>")]
async fn destroy(app: &State<Arc<App>>, origin: Origin, jar: &CookieJar<'_>, _json: Json, data: Data<'_>) -> Answer {
    let token = token_of(jar, &app.config);
    let (app, body) = (app.inner().clone(), body(data).await?);
    jar.remove(cookie(String::new(), &app.config));
    let answer = blocking(move || {
        let id = read(&body).map_or(Value::Null, |request| request["id"].clone());
        let ended = token.map_or(Ok(()), |token| match sessions::resume(&app, &token)? {
            Some(session) => sessions::sign_out(&app, &sessions::caller_of(&session.user, origin.0), &session),
            None => Ok(()),
        });
        enveloped(id, ended.map(|()| Value::Null).map_err(Fault::from))
    });
    Ok((ContentType::JSON, answer.await?.to_string()))
}
