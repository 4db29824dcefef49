//! The Odoo-compatible API that Mailgate serves: a face over `operations`. Two wire formats, XML-RPC and JSON-RPC,
//! end in the same three services (`common`, `object`, `db`); what an object can do stands in
//! [`crate::operations::objects`].

mod answer;
mod body;
mod budget;
mod convert;
mod fault;
pub(crate) mod fuzzing;
mod json;
mod services;
mod skim;
mod web_client;
mod xml;

use std::sync::Arc;

use rocket::data::ToByteUnit;
use rocket::http::{ContentType, Status};
use rocket::{Build, Request, Rocket, State, request};

use self::budget::Budget;
use crate::operations::App;

/// Mounts the API beside the pages: at the root, and at `PUBLIC_URL`'s path.
pub fn mount(rocket: Rocket<Build>, app: &App) -> Rocket<Build> {
    let rocket = rocket.manage(Arc::new(Budget::new()));
    let routes = || [xml::routes(), json::routes(), web_client::routes()].concat();
    match app.config.base_path() {
        "" => rocket.mount("/", routes()),
        path => rocket.mount("/", routes()).mount(path.to_owned(), routes()),
    }
}

/// Where a call comes in. One that announces more than is taken is refused before anything is read.
pub struct Door {
    app: Arc<App>,
    budget: Arc<Budget>,
    address: Option<std::net::IpAddr>,
    /// Bytes of the body, where they are announced.
    length: Option<usize>,
}

#[rocket::async_trait]
impl<'r> request::FromRequest<'r> for Door {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, ()> {
        let headers = request.headers();
        let length = headers.get_one("Content-Length").and_then(|length| length.parse::<u64>().ok());
        if length.is_some_and(|length| length > body::MOST.megabytes()) {
            return request::Outcome::Error((Status::PayloadTooLarge, ()));
        }
        let (app, budget) = (request.guard::<&State<Arc<App>>>().await, request.guard::<&State<Arc<Budget>>>().await);
        let (Some(app), Some(budget)) = (app.succeeded(), budget.succeeded()) else {
            return request::Outcome::Error((Status::InternalServerError, ()));
        };
        let socket = request.remote().map(|remote| remote.ip());
        let length = length.and_then(|length| usize::try_from(length).ok());
        let address = app.config.client_address(socket, |name| headers.get(name).last());
        request::Outcome::Success(Self { app: app.inner().clone(), budget: budget.inner().clone(), address, length })
    }
}

/// A body that is JSON, or does not say what it is. What says that it is something else is refused, and so is what a
/// browser sends for a page of another origin (Fetch Metadata, `Sec-Fetch-Site`): a page can send that much in its
/// visitor's name, also without a type, and no client of ours does.
pub struct Json;

#[rocket::async_trait]
impl<'r> request::FromRequest<'r> for Json {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, ()> {
        let is_json = |declared: &str| {
            let kind = ContentType::parse_flexible(declared.trim());
            kind.is_some_and(|kind| {
                let sub = kind.sub().as_str().to_ascii_lowercase();
                kind.top() == "application" && (sub == "json" || sub == "json-rpc" || sub.ends_with("+json"))
            })
        };
        let headers = request.headers();
        if headers.get("Sec-Fetch-Site").any(|site| !matches!(site, "same-origin" | "none")) {
            return request::Outcome::Error((Status::Forbidden, ()));
        }
        match headers.get("Content-Type").all(is_json) {
            true => request::Outcome::Success(Self),
            false => request::Outcome::Error((Status::UnsupportedMediaType, ())),
        }
    }
}
