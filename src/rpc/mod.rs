//! The Odoo-compatible API that Mailgate serves: a face over `operations`. Two wire formats, XML-RPC and JSON-RPC,
//! end in the same three services (`common`, `object`, `db`); what an object can do stands in
//! [`crate::operations::objects`].

mod convert;
mod fault;
mod json;
mod services;
mod web_client;
mod xml;

use std::sync::Arc;

use rocket::data::{Data, ToByteUnit};
use rocket::http::{ContentType, Status};
use rocket::{Build, Request, Rocket, State, request};

use crate::operations::App;

/// Mounts the API beside the pages: at the root, and at `PUBLIC_URL`'s path.
pub fn mount(rocket: Rocket<Build>, app: &App) -> Rocket<Build> {
    let routes = || [xml::routes(), json::routes(), web_client::routes()].concat();
    match app.config.base_path() {
        "" => rocket.mount("/", routes()),
        path => rocket.mount("/", routes()).mount(path.to_owned(), routes()),
    }
}

/// Megabytes of one request: a mail with an attachment of 25 MB, encoded once for the mail and again for XML-RPC.
const BODY: u64 = 64;

/// Where a call comes from. One that announces more than is taken is refused before anything is read.
pub struct Origin(pub Option<std::net::IpAddr>);

#[rocket::async_trait]
impl<'r> request::FromRequest<'r> for Origin {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, ()> {
        let length = request.headers().get_one("Content-Length").and_then(|length| length.parse::<u64>().ok());
        if length.is_some_and(|length| length > BODY.megabytes()) {
            return request::Outcome::Error((Status::PayloadTooLarge, ()));
        }
        match request.guard::<&State<Arc<App>>>().await {
            request::Outcome::Success(app) => {
                let (socket, headers) = (request.remote().map(|remote| remote.ip()), request.headers());
                let (real, forwarded) = (headers.get_one("X-Real-IP"), headers.get("X-Forwarded-For").last());
                request::Outcome::Success(Self(app.config.client_address(socket, real, forwarded)))
            }
            _ => request::Outcome::Error((Status::InternalServerError, ())),
        }
    }
}

/// A body that is JSON, or does not say what it is. What says that it is something else is refused: a page of another
/// site can send that much in its visitor's name, and no client of ours does.
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
        match request.headers().get("Content-Type").all(is_json) {
            true => request::Outcome::Success(Self),
            false => request::Outcome::Error((Status::UnsupportedMediaType, ())),
        }
    }
}

/// The whole body, or 413 where it is larger than any call of ours needs.
async fn body(data: Data<'_>) -> Result<Vec<u8>, Status> {
    let bytes = data.open(BODY.megabytes()).into_bytes().await.map_err(|_| Status::BadRequest)?;
    if bytes.is_complete() { Ok(bytes.into_inner()) } else { Err(Status::PayloadTooLarge) }
}

/// Runs blocking work away from the async workers.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Status> {
    rocket::tokio::task::spawn_blocking(work).await.map_err(|_| Status::InternalServerError)
}
