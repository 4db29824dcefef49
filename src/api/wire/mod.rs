//! The wire formats of the API: two that end in the same three services (`common`, `object`, `db`), and Odoo 19's, which
//! calls objects alone; and what a request must be before its body is read.

pub(super) mod body;
pub(super) mod json;
mod json2;
mod services;
mod web_client;
pub(super) mod xml;

use std::sync::Arc;

use rocket::data::ToByteUnit;
use rocket::http::{ContentType, Status};
use rocket::{Request, Route, State, request};

use super::Api;
use body::Budget;

pub(super) fn routes() -> Vec<Route> {
    [xml::routes(), json::routes(), json2::routes(), web_client::routes()].concat()
}

/// Where a call comes in. One that announces more than is taken is refused before anything is read.
pub(super) struct Door {
    api: Arc<Api>,
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
        let (api, budget) = (request.guard::<&State<Arc<Api>>>().await, request.guard::<&State<Arc<Budget>>>().await);
        let (Some(api), Some(budget)) = (api.succeeded(), budget.succeeded()) else {
            return request::Outcome::Error((Status::InternalServerError, ()));
        };
        let socket = request.remote().map(|remote| remote.ip());
        let length = length.and_then(|length| usize::try_from(length).ok());
        let address = api.app.config.client_address(socket, |name| headers.get(name).last());
        request::Outcome::Success(Self { api: api.inner().clone(), budget: budget.inner().clone(), address, length })
    }
}

/// A body that is JSON, or does not say what it is. What says that it is something else is refused, and so is what a
/// browser sends for a page of another origin (Fetch Metadata, `Sec-Fetch-Site`): a page can send that much in its
/// visitor's name, also without a type, and no client of ours does.
pub(super) struct JsonBody;

#[rocket::async_trait]
impl<'r> request::FromRequest<'r> for JsonBody {
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
