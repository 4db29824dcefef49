//! What OdooRPC speaks besides: Odoo's web client's own calls, with a session cookie.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use rocket::http::{Cookie, CookieJar, SameSite};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::{Data, Route, post, routes};
use serde_json::Value;

use super::body::{CallHead, CallRefused, WireAnswer, WireFormat};
use super::json::{self, SkimmedValue};
use super::{DATABASE, Door, JsonBody, Ready};
use crate::api::fault::{ApiFault, FaultKind};
use crate::api::{Api, ObjectCall, wire};
use crate::config::Config;
use crate::domain::person::{Caller, Role};
use crate::domain::secret::Secret;
use crate::operations::{App, credentials, sessions};

/// Not Odoo's `session_id` (both may live on one host), nor that of the pages: this one only calls objects.
const COOKIE: &str = "mailgate_api";
/// Where clients of Odoo carry the `session_id` of its answer: in either of these.
const ODOO_HEADER: &str = "X-Openerp-Session-Id";
const ODOO_COOKIE: &str = "session_id";

/// The session that a request is made in, if it names one. What Odoo's clients carry it in is read where no page of a
/// browser asks, which tells its origin: a cookie of Odoo's name may be Odoo's own, and is never set here.
struct SessionToken(Option<Secret>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for SessionToken {
    type Error = Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Infallible> {
        let Some(api) = request.rocket().state::<Arc<Api>>() else { return Outcome::Success(Self(None)) };
        let cookie = |name: &str| request.cookies().get(name).map(|cookie| cookie.value().to_owned());
        let by_program = || {
            let header = request.headers().get_one(ODOO_HEADER).map(str::to_owned);
            header.or_else(|| cookie(ODOO_COOKIE)).filter(|_| !request.headers().contains("Origin"))
        };
        let token = cookie(&api.app.config.cookie_name(COOKIE)).or_else(by_program);
        Outcome::Success(Self(token.map(Secret::new)))
    }
}

pub(super) fn routes() -> Vec<Route> {
    routes![version_info, list, authenticate, session_info, check, call_kw, call_kw_named, destroy]
}

#[post("/web/webclient/version_info", data = "<data>")]
async fn version_info(door: Door, _json: JsonBody, data: Data<'_>) -> Result<WireAnswer, CallRefused> {
    answered(door, None, data, |_, _| Ok(Ready::Answer(wire::version()))).await
}

/// The databases, which may be kept to oneself.
#[post("/web/database/list", data = "<data>")]
async fn list(door: Door, _json: JsonBody, data: Data<'_>) -> Result<WireAnswer, CallRefused> {
    let address = door.address;
    answered(door, None, data, move |api, _| wire::dispatch(&api.app, address, "db", "list", &mut std::iter::empty()))
        .await
}

/// `token` is of the session whose calls on objects may be larger than what is taken of anybody.
async fn answered(
    door: Door,
    token: Option<Secret>,
    data: Data<'_>,
    work: impl FnOnce(&Api, SkimmedValue<'_>) -> Result<Ready, ApiFault> + Send + 'static,
) -> Result<WireAnswer, CallRefused> {
    json::answered(door, WebClientCalls { token }, data, work).await
}

/// Reads the bodies of the web client, whose caller is known by a cookie.
struct WebClientCalls {
    token: Option<Secret>,
}

impl WireFormat for WebClientCalls {
    fn peek(&self, head: &[u8]) -> Option<CallHead> {
        let token = self.token.clone()?;
        let params = SkimmedValue { text: head.trim_ascii(), whole: false }.member("params");
        let method = params.and_then(|params| params.member("method")).and_then(SkimmedValue::string);
        let who = move |app: &App, address| Ok(resumed(app, address, Some(&token))?.0);
        Some(CallHead { who: Box::new(who), method })
    }

    fn overhead(&self, body: &[u8]) -> Result<usize, ApiFault> {
        json::overhead(body)
    }
}

#[post("/web/session/authenticate", data = "<data>")]
async fn authenticate(
    door: Door,
    jar: &CookieJar<'_>,
    _json: JsonBody,
    data: Data<'_>,
) -> Result<WireAnswer, CallRefused> {
    let (token, opened) = std::sync::mpsc::channel();
    let (app, address) = (door.api.app.clone(), door.address);
    let answer = answered(door, None, data, move |api, params| {
        let (info, session) = sign_in(api, address, params)?;
        // Whoever waits for it is there as long as the request is.
        let _ = token.send(session);
        Ok(Ready::Answer(info))
    })
    .await?;
    if let Ok(token) = opened.try_recv() {
        jar.add(cookie(token.reveal().to_owned(), &app.config));
    }
    Ok(answer)
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

fn sign_in(api: &Api, address: Option<IpAddr>, params: SkimmedValue<'_>) -> Result<(Value, Secret), ApiFault> {
    let text = |name: &str| params.member(name).and_then(SkimmedValue::string).unwrap_or_default();
    wire::known_database(&text("db"))?;
    let password = Secret::new(text("password"));
    let session = credentials::open_session(&api.app, &text("login"), &password, address).map_err(wire::refused)?;
    let caller = sessions::caller_of(&session.user, address);
    let mut info = info(api, &caller, &session.user.name)?;
    // For clients that keep no cookies.
    info["session_id"] = session.token.reveal().into();
    Ok((info, session.token))
}

/// What Odoo's clients want to know of a session.
fn info(api: &Api, caller: &Caller, name: &str) -> Result<Value, ApiFault> {
    let admin = caller.role == Role::SystemAdmin;
    Ok(serde_json::json!({
        "uid": caller.user,
        "db": DATABASE,
        "username": caller.login,
        "name": name,
        "is_admin": admin,
        "is_system": admin,
        "user_context": api.call(caller, &api.room(), ObjectCall::new("res.users", "context_get", Vec::new()))?,
        "server_version": wire::version()["server_version"],
        "server_version_info": wire::version()["server_version_info"],
    }))
}

#[post("/web/session/get_session_info", data = "<data>")]
async fn session_info(
    door: Door,
    token: SessionToken,
    _json: JsonBody,
    data: Data<'_>,
) -> Result<WireAnswer, CallRefused> {
    within(door, token, data, info).await
}

/// Whether the session still lives.
#[post("/web/session/check", data = "<data>")]
async fn check(door: Door, token: SessionToken, _json: JsonBody, data: Data<'_>) -> Result<WireAnswer, CallRefused> {
    within(door, token, data, |_, _, _| Ok(Value::Null)).await
}

/// Answers within the session; `work` gets the caller and the account's name. A cookie could ride on another site's
/// request; only JSON from our own kind of client is read, and our cookie is `SameSite=Strict`.
async fn within(
    door: Door,
    SessionToken(token): SessionToken,
    data: Data<'_>,
    work: fn(&Api, &Caller, &str) -> Result<Value, ApiFault>,
) -> Result<WireAnswer, CallRefused> {
    let address = door.address;
    answered(door, None, data, move |api, _| {
        let (caller, name) = resumed(&api.app, address, token.as_ref())?;
        work(api, &caller, &name).map(Ready::Answer)
    })
    .await
}

#[post("/web/dataset/call_kw", data = "<data>")]
async fn call_kw(door: Door, token: SessionToken, _json: JsonBody, data: Data<'_>) -> Result<WireAnswer, CallRefused> {
    run(door, token, data).await
}

#[post("/web/dataset/call_kw/<_..>", data = "<data>", rank = 2)]
async fn call_kw_named(
    door: Door,
    token: SessionToken,
    _json: JsonBody,
    data: Data<'_>,
) -> Result<WireAnswer, CallRefused> {
    run(door, token, data).await
}

async fn run(door: Door, SessionToken(token): SessionToken, data: Data<'_>) -> Result<WireAnswer, CallRefused> {
    let address = door.address;
    answered(door, token.clone(), data, move |api, params| {
        let (caller, _) = resumed(&api.app, address, token.as_ref())?;
        Ok(Ready::Call(caller, json::object_call(params)?))
    })
    .await
}

/// Who has the session, and the account's name.
fn resumed(app: &App, address: Option<IpAddr>, token: Option<&Secret>) -> Result<(Caller, String), ApiFault> {
    let expired = || ApiFault::new(FaultKind::SessionExpired, "Session expired");
    let session = sessions::resume(app, token.ok_or_else(expired)?, true)?.filter(|session| session.of_api);
    let session = session.ok_or_else(expired)?;
    Ok((sessions::caller_of(&session.user, address), session.user.name))
}

#[post("/web/session/destroy", data = "<data>")]
async fn destroy(
    door: Door,
    token: SessionToken,
    jar: &CookieJar<'_>,
    _json: JsonBody,
    data: Data<'_>,
) -> Result<WireAnswer, CallRefused> {
    let (token, address) = (token.0, door.address);
    jar.remove(cookie(String::new(), &door.api.app.config));
    answered(door, None, data, move |api, _| {
        let session = token.map_or(Ok(None), |token| sessions::resume(&api.app, &token, true))?;
        if let Some(session) = session.filter(|session| session.of_api) {
            sessions::sign_out(&api.app, &sessions::caller_of(&session.user, address), &session)?;
        }
        Ok(Ready::Answer(Value::Null))
    })
    .await
}
