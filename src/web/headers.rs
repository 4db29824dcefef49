//! Headers that every answer carries unless it set its own: pages, files, downloads, the API's answers, and errors.

use std::sync::Arc;

use rocket::fairing::{Fairing, Info, Kind};
use rocket::http::Header;
use rocket::shield::Shield;
use rocket::{Build, Request, Response, Rocket};

use crate::config::Config;
use crate::operations::App;

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
