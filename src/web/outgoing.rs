//! What every answer is sent with: headers that it did not set itself, and gzip where it is a page.

use std::io::Read;
use std::sync::Arc;

use flate2::Compression;
use flate2::read::GzEncoder;
use rocket::fairing::{Fairing, Info, Kind};
use rocket::http::{ContentType, Header, Method};
use rocket::shield::Shield;
use rocket::{Build, Request, Response, Rocket};

use crate::config::Config;
use crate::operations::App;

// Headers of pages, files, downloads, the API's answers, and errors.

/// Nothing but our own files, no inline script or style, never in a frame.
const CSP: &str = "default-src 'none'; object-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                   form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const HEADERS: [(&str, &str); 8] = [
    ("Content-Security-Policy", CSP),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ("Cache-Control", "no-store"),
];

/// Has every answer carry them. Rocket's own shield is put away: it would set laxer ones first, which then stay.
pub(super) fn attach(rocket: Rocket<Build>) -> Rocket<Build> {
    rocket.attach(Shield::new()).attach(SecurityHeaders)
}

/// Adds what the answer does not say itself. `Strict-Transport-Security` (RFC 6797) is sent only where people come by
/// https, and only when the setting asks for it: it binds the whole host, whatever else lives there.
pub(super) fn complete(response: &mut Response<'_>, config: &Config) {
    for (name, value) in HEADERS {
        if !response.headers().contains(name) {
            response.set_header(Header::new(name, value));
        }
    }
    if config.hsts_days > 0 && config.is_https() {
        let seconds = u64::from(config.hsts_days) * 24 * 3600;
        response.set_header(Header::new("Strict-Transport-Security", format!("max-age={seconds}")));
    }
}

struct SecurityHeaders;

#[rocket::async_trait]
impl Fairing for SecurityHeaders {
    fn info(&self) -> Info {
        Info { name: "security headers", kind: Kind::Response }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        if let Some(app) = request.rocket().state::<Arc<App>>() {
            complete(response, &app.config);
        }
    }
}

// Pages go over the line as gzip: a list is a tenth of itself. The one secret that stands on a page beside what others
// wrote, its token for forms, is masked anew in every answer (see [`super::forms::masked`]), so that the length of a
// page tells nothing of it (BREACH). Downloads and streams are not packed.

/// Below this, a packed page takes as many packets as it would anyway (bytes).
const WORTH_IT: usize = 1_000;

/// Whether a browser takes gzip (RFC 9110, 12.5.3).
pub(super) fn takes_gzip(request: &Request<'_>) -> bool {
    let wanted = request.headers().get("Accept-Encoding").flat_map(|value| value.split(','));
    wanted.into_iter().any(|encoding| {
        let mut parts = encoding.split(';').map(str::trim);
        parts.next() == Some("gzip") && !parts.any(|weight| matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

pub(super) struct PackedPages;

#[rocket::async_trait]
impl Fairing for PackedPages {
    fn info(&self) -> Info {
        Info { name: "packed pages", kind: Kind::Response }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        let is_page = response.content_type().is_some_and(|kind| kind == ContentType::HTML);
        if !is_page || response.headers().contains("Content-Encoding") {
            return;
        }
        response.adjoin_header(Header::new("Vary", "Accept-Encoding"));
        // A page is whole in memory before it is sent.
        let size = response.body().preset_size();
        if request.method() == Method::Head || !takes_gzip(request) || size.is_none_or(|size| size < WORTH_IT) {
            return;
        }
        let page = match response.body_mut().to_bytes().await {
            Ok(page) => page,
            Err(error) => return tracing::warn!(%error, "a page could not be read"),
        };
        let mut packed = Vec::with_capacity(page.len() / 4);
        match GzEncoder::new(page.as_slice(), Compression::fast()).read_to_end(&mut packed) {
            Ok(_) => {
                response.set_header(Header::new("Content-Encoding", "gzip"));
                response.set_sized_body(packed.len(), std::io::Cursor::new(packed));
            }
            Err(error) => {
                tracing::warn!(%error, "a page could not be packed");
                response.set_sized_body(page.len(), std::io::Cursor::new(page));
            }
        }
    }
}
