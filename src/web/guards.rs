//! Who asks, and from where: worked out once per request, and required where a page is only for people signed in; and the four
//! cookies that say it.
//!
//! The cookies are the session's token, the token of forms before there is a session, who signed in with this browser before, and one
//! message for the next page. All are `HttpOnly`, `SameSite=Lax`, below `PUBLIC_URL`'s path, and `Secure` where that is https. Then
//! their names say so (see [`Config::cookie_name`](crate::config::Config::cookie_name)), and no neighbour on the host or its domain can
//! plant one.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use rocket::fairing::{Fairing, Info, Kind};
use rocket::http::uri::Origin;
use rocket::http::{Cookie, CookieJar, Method, SameSite, Status};
use rocket::request::{FromRequest, Outcome};
use rocket::time::Duration;
use rocket::tokio::task::spawn_blocking;
use rocket::{Request, Response};
use serde::{Deserialize, Serialize};

use super::forms;
use crate::config::Config;
use crate::domain::person::Caller;
use crate::domain::secret::Secret;
use crate::domain::{Invalid, words};
use crate::operations::keys::{self, KeyProblem};
use crate::operations::overview::{Banner, BannerCache};
use crate::operations::sessions::{self, NewSession, SignedIn};
use crate::operations::{App, OperationError, ReadPurpose, reading_for, throttle};

/// A page that was left open sends this with what it asks by itself.
const UNATTENDED: &str = "X-Unattended";

/// What is known about a request, whether somebody is signed in or not.
pub struct WebVisit {
    pub app: Arc<App>,
    pub address: Option<IpAddr>,
    pub session: Option<SignedIn>,
    /// What forms on this page carry: the session's token, or that of the cookie before there is one, masked.
    pub csrf_token: String,
    /// What a posted form must carry once unmasked; None where the browser sent no cookie, and no form is taken.
    pub expected_csrf_token: Option<String>,
    /// The request comes from htmx and wants a part of a page.
    pub htmx: bool,
    pub banner: Banner,
    /// What the browser asks for, of the languages there are.
    asked_language: &'static str,
    /// Why what is sealed can't be opened.
    pub key: Option<KeyProblem>,
    /// Nobody can say who asks: the database is away.
    pub away: bool,
}

impl WebVisit {
    /// None only where `build` did not manage an App, or where the operating system has no random numbers.
    pub async fn of<'r>(request: &'r Request<'_>) -> Option<&'r Self> {
        let known = request.local_cache(OnceLock::<Self>::new);
        if let Some(visit) = known.get() {
            return Some(visit);
        }
        let visit = Self::look(request).await?;
        Some(known.get_or_init(|| visit))
    }

    /// What [`WebVisit::of`] found out earlier in this request; None where no guard asked.
    pub fn known<'r>(request: &'r Request<'_>) -> Option<&'r Self> {
        request.local_cache(OnceLock::<Self>::new).get()
    }

    async fn look(request: &Request<'_>) -> Option<Self> {
        let app = request.rocket().state::<Arc<App>>()?.clone();
        let token = session(request.cookies(), &app.config);
        let mut away = false;
        let session = match token {
            None => None,
            Some(token) => {
                let app = app.clone();
                let is_used = request.headers().get_one(UNATTENDED).is_none();
                let session = blocking(move || sessions::resume(&app, &token, is_used)).await.unwrap_or_else(|error| {
                    tracing::error!(%error, "a session could not be looked up");
                    away = true;
                    None
                });
                session.filter(|session| !session.of_api)
            }
        };
        let known = match &session {
            Some(session) => Some(session.csrf_token.clone()),
            None => form_token(request.cookies(), &app.config),
        };
        let csrf_token = match &known {
            Some(token) => forms::masked(token)?,
            None => {
                let token = sessions::random_token()
                    .inspect_err(|error| tracing::error!(%error, "a page has no token for its forms"))
                    .ok()?;
                set_form_token(request.cookies(), &app.config, &token);
                forms::masked(&token)?
            }
        };
        let banner = match (&session, request.rocket().state::<BannerCache>()) {
            (Some(_), Some(cache)) => reading_for(ReadPurpose::Page, || cache.get(&app)).unwrap_or_default(),
            _ => Banner::default(),
        };
        Some(Self {
            address: address_of(request, &app.config),
            key: keys::problem(&app),
            app,
            session,
            csrf_token,
            expected_csrf_token: known,
            htmx: request.headers().contains("HX-Request"),
            banner,
            asked_language: asked_language(request),
            away,
        })
    }

    /// The person's own, or what the browser asks for where nobody is signed in.
    pub fn language(&self) -> &str {
        self.session.as_ref().map_or(self.asked_language, |session| &session.user.language)
    }

    /// An address of ours below Mailgate's own path.
    pub fn path(&self, uri: &Origin<'_>) -> String {
        let path = uri.path().as_str();
        let path = path.strip_prefix(self.app.config.base_path()).unwrap_or(path);
        if path.is_empty() { "/".into() } else { path.to_owned() }
    }

    /// A link within Mailgate: `path` begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.app.config.base_path())
    }
}

/// What the browser asks for, of the languages there are.
pub(super) fn asked_language(request: &Request<'_>) -> &'static str {
    let asked: Vec<&str> = request.headers().get("Accept-Language").collect();
    words::asked_for(&asked.join(","))
}

/// Runs an operation for a page, which may wait for the database, where waiting delays nobody. A panic goes on here.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    // In a box: else all that waits for a task would be compiled for each operation anew.
    let work: Box<dyn FnOnce() -> T + Send> = Box::new(work);
    match spawn_blocking(|| reading_for(ReadPurpose::Page, work)).await {
        Ok(value) => value,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for &'r WebVisit {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        match WebVisit::of(request).await {
            Some(visit) => Outcome::Success(visit),
            None => Outcome::Error((Status::InternalServerError, ())),
        }
    }
}

/// Somebody signed in. Anybody else is sent to `/login` and comes back afterwards; a form that he sent waits for him
/// (see `super::forms::keep_for`).
pub struct Visitor<'r> {
    pub visit: &'r WebVisit,
    pub session: &'r SignedIn,
    pub caller: Caller,
}

impl Visitor<'_> {
    /// Calls a blocking operation as this person.
    pub async fn run<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&App, &Caller) -> Result<T, OperationError> + Send + 'static,
    ) -> Result<T, OperationError> {
        let (app, caller) = (self.visit.app.clone(), self.caller.clone());
        blocking(move || operation(&app, &caller)).await
    }

    /// The same with what was typed into a form: what is wrong with that is an outcome of its own, which the form's page says.
    pub async fn submit<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&App, &Caller) -> Result<T, OperationError> + Send + 'static,
    ) -> Result<Result<T, Vec<Invalid>>, OperationError> {
        match self.run(operation).await {
            Ok(done) => Ok(Ok(done)),
            Err(OperationError::Invalid(errors)) => Ok(Err(errors)),
            Err(error) => Err(error),
        }
    }

    pub fn language(&self) -> &str {
        self.visit.language()
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Visitor<'r> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        let Some(visit) = WebVisit::of(request).await else { return Outcome::Error((Status::InternalServerError, ())) };
        match &visit.session {
            Some(session) => {
                let caller = sessions::caller_of(&session.user, visit.address);
                Outcome::Success(Self { visit, session, caller })
            }
            // Whoever is signed in stays so.
            None if visit.away => Outcome::Error((Status::ServiceUnavailable, ())),
            None if request.method() == Method::Post => {
                request.local_cache(|| SignedOut(true));
                Outcome::Forward(Status::Unauthorized)
            }
            None => Outcome::Error((Status::Unauthorized, ())),
        }
    }
}

/// A form for people signed in came from somebody who is not.
pub struct SignedOut(bool);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for &'r SignedOut {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        match request.local_cache(|| SignedOut(false)) {
            out @ SignedOut(true) => Outcome::Success(out),
            SignedOut(false) => Outcome::Forward(Status::NotFound),
        }
    }
}

// Where a request comes from: the socket's address, or what the one trusted proxy says; and whether there is a proxy
// that nobody told of.

/// The client's address: see [`Config::client_address`].
pub fn address_of(request: &Request<'_>, config: &Config) -> Option<IpAddr> {
    config.client_address(request.remote().map(|remote| remote.ip()), |name| request.headers().get(name).last())
}

/// Looks at each request, of pages and API, until one shows a proxy ([`throttle`]).
pub struct UnknownProxy(pub Arc<App>);

#[rocket::async_trait]
impl Fairing for UnknownProxy {
    fn info(&self) -> Info {
        Info { name: "unknown proxy", kind: Kind::Response }
    }

    /// Beside the answer: by then the request has its true peer, whoever passed it on within this process.
    async fn on_response<'r>(&self, request: &'r Request<'_>, _: &mut Response<'r>) {
        let (app, headers) = (&self.0, request.headers());
        let Some(peer) = request.remote().map(|remote| remote.ip()) else { return };
        let forwarded = ["X-Forwarded-For", "X-Real-IP", "Forwarded"].iter().any(|name| headers.contains(name));
        let named = request.host().is_some_and(|host| names_proxy(&app.config, host.domain().as_str()));
        let page = headers.get_one("Accept").is_some_and(|accept| accept.contains("text/html"));
        if app.proxy.shows_proxy(&app.config, throttle::RequestPath { peer, forwarded, public_page: named && page }) {
            let app = app.clone();
            spawn_blocking(move || throttle::tell_proxy(&app, peer));
        }
    }
}

/// Whether this is the host of `PUBLIC_URL`, and not a name of this machine for itself.
fn names_proxy(config: &Config, host: &str) -> bool {
    let public =
        config.public_url.split_once("://").map_or("", |(_, rest)| rest.split(['/', ':']).next().unwrap_or(""));
    let own = public.is_empty() || public == "localhost" || public.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    !own && public.eq_ignore_ascii_case(host)
}

/// Not Odoo's `session_id`: both may live on one host.
const SESSION: &str = "mailgate_session";
/// It signs nobody in: see [`crate::operations::throttle`].
const DEVICE: &str = "mailgate_device";
const FORM: &str = "mailgate_form";
const FLASH: &str = "mailgate_flash";

/// How a message looks.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    Good,
    Warning,
    Bad,
}

/// One message, shown once on the next page.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Flash {
    pub tone: Tone,
    pub text: String,
}

fn cookie(config: &Config, name: &'static str, value: String) -> Cookie<'static> {
    let path = if config.base_path().is_empty() { "/" } else { config.base_path() };
    Cookie::build((config.cookie_name(name), value))
        .path(path.to_owned())
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(config.is_https())
        .build()
}

fn value<'a>(jar: &'a CookieJar<'_>, config: &Config, name: &'static str) -> Option<&'a str> {
    jar.get(&config.cookie_name(name)).map(Cookie::value)
}

pub fn session(jar: &CookieJar<'_>, config: &Config) -> Option<Secret> {
    value(jar, config, SESSION).map(Secret::new)
}

pub fn set_session(jar: &CookieJar<'_>, config: &Config, session: &NewSession) {
    jar.add(cookie(config, SESSION, session.token.reveal().to_owned()));
    if let Some(device) = &session.device {
        set_device(jar, config, device);
    }
    // A form rendered before signing in is worth nothing after it.
    jar.remove(cookie(config, FORM, String::new()));
}

/// Who signed in with this browser before, as [`crate::operations::throttle`] wrote it.
pub fn device(jar: &CookieJar<'_>, config: &Config) -> Option<Secret> {
    value(jar, config, DEVICE).map(Secret::new)
}

fn set_device(jar: &CookieJar<'_>, config: &Config, device: &Secret) {
    let mut cookie = cookie(config, DEVICE, device.reveal().to_owned());
    cookie.set_max_age(Duration::days(throttle::DAYS));
    jar.add(cookie);
}

pub fn remove_session(jar: &CookieJar<'_>, config: &Config) {
    jar.remove(cookie(config, SESSION, String::new()));
}

pub fn form_token(jar: &CookieJar<'_>, config: &Config) -> Option<String> {
    value(jar, config, FORM).filter(|token| token.len() == 64).map(str::to_owned)
}

fn set_form_token(jar: &CookieJar<'_>, config: &Config, token: &str) {
    jar.add(cookie(config, FORM, token.to_owned()));
}

pub fn set_flash(jar: &CookieJar<'_>, config: &Config, flash: &Flash) {
    let text = serde_json::to_string(flash).unwrap_or_default();
    let mut cookie = cookie(config, FLASH, text);
    cookie.set_max_age(Duration::minutes(1));
    jar.add(cookie);
}

/// Takes the message away with the page that shows it.
pub fn take_flash(jar: &CookieJar<'_>, config: &Config) -> Option<Flash> {
    let flash = serde_json::from_str(value(jar, config, FLASH)?).ok();
    jar.remove(cookie(config, FLASH, String::new()));
    flash
}
