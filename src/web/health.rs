//! `/healthz`, `/readyz` and `/metrics`, for whoever watches over Mailgate. Nobody signs in for these; the figures are for this
//! machine, or for who knows their token.

use std::sync::Arc;

use rocket::http::{ContentType, Header, Status};
use rocket::request::{FromRequest, Outcome};
use rocket::tokio::task::spawn_blocking;
use rocket::{Request, Responder, Route, State, get, routes};
use subtle::ConstantTimeEq;

use crate::config::Config;
use crate::operations::{App, health};

/// What is answered, as plain text.
type PlainAnswer = (Status, (ContentType, String));

pub(super) fn routes() -> Vec<Route> {
    routes![healthz, readyz, metrics]
}

/// The process is up.
#[get("/healthz")]
fn healthz() -> &'static str {
    "ok\n"
}

/// The database answers, too.
#[get("/readyz")]
async fn readyz(app: &State<Arc<App>>) -> PlainAnswer {
    let app = app.inner().clone();
    match spawn_blocking(move || health::is_ready(&app)).await {
        Ok(true) => plain(Status::Ok, "ready\n"),
        Ok(false) | Err(_) => plain(Status::ServiceUnavailable, "the database does not answer\n"),
    }
}

/// Who asks for the figures.
enum MetricsReader {
    Known,
    /// The token is missing or wrong.
    Unknown,
    /// There is no token, and the request came from elsewhere, or through something that passed it on.
    Elsewhere,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for MetricsReader {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        let Some(app) = request.rocket().state::<Arc<App>>() else {
            return Outcome::Error((Status::InternalServerError, ()));
        };
        Outcome::Success(Self::of(request, &app.config))
    }
}

impl MetricsReader {
    fn of(request: &Request<'_>, config: &Config) -> Self {
        let token = config.metrics_token.reveal();
        if !token.is_empty() {
            let given = request.headers().get_one("Authorization").and_then(|value| value.trim().split_once(' '));
            let given =
                given.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, given)| given.trim());
            let known = given.is_some_and(|given| bool::from(given.as_bytes().ct_eq(token.as_bytes())));
            return if known { Self::Known } else { Self::Unknown };
        }
        let passed_on = request.headers().iter().any(|header| {
            let name = header.name().as_str().to_ascii_lowercase();
            matches!(name.as_str(), "x-real-ip" | "forwarded" | "via") || name.starts_with("x-forwarded")
        });
        let here = request.remote().is_some_and(|peer| peer.ip().to_canonical().is_loopback());
        if here && !passed_on { Self::Known } else { Self::Elsewhere }
    }
}

#[derive(Responder)]
enum MetricsRefused {
    #[response(status = 401)]
    Unknown(&'static str, Header<'static>),
    #[response(status = 403)]
    Elsewhere(&'static str),
}

#[get("/metrics")]
async fn metrics(app: &State<Arc<App>>, reader: MetricsReader) -> Result<PlainAnswer, MetricsRefused> {
    match reader {
        MetricsReader::Known => Ok(figures(app.inner().clone()).await),
        MetricsReader::Unknown => Err(MetricsRefused::Unknown(
            "Send the token of MAILGATE_METRICS_TOKEN as Authorization: Bearer.\n",
            Header::new("WWW-Authenticate", "Bearer realm=\"mailgate\""),
        )),
        MetricsReader::Elsewhere => Err(MetricsRefused::Elsewhere(
            "Without MAILGATE_METRICS_TOKEN the figures are shown only to this machine itself.\n",
        )),
    }
}

async fn figures(app: Arc<App>) -> PlainAnswer {
    match spawn_blocking(move || health::metrics(&app)).await {
        Ok(Ok(text)) => (Status::Ok, (ContentType::new("text", "plain").with_params([("version", "0.0.4")]), text)),
        Ok(Err(error)) => {
            tracing::error!(?error, "no metrics");
            plain(Status::ServiceUnavailable, "the database does not answer\n")
        }
        Err(_) => plain(Status::InternalServerError, "Mailgate failed\n"),
    }
}

fn plain(status: Status, text: &str) -> PlainAnswer {
    (status, (ContentType::Plain, text.to_owned()))
}
