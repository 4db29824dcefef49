//! `/healthz`, `/readyz` and `/metrics`, for whoever watches over Mailgate; nobody signs in for them.

use std::sync::Arc;

use rocket::http::{ContentType, Status};
use rocket::tokio::task::spawn_blocking;
use rocket::{Route, State, get, routes};

use crate::operations::{App, health};

/// What is answered, as plain text.
type Answer = (Status, (ContentType, String));

pub fn routes() -> Vec<Route> {
    routes![healthz, readyz, metrics]
}

/// The process is up.
#[get("/healthz")]
fn healthz() -> &'static str {
    "ok\n"
}

/// The database answers, too.
#[get("/readyz")]
async fn readyz(app: &State<Arc<App>>) -> Answer {
    let app = app.inner().clone();
    match spawn_blocking(move || health::is_ready(&app)).await {
        Ok(true) => plain(Status::Ok, "ready\n"),
        Ok(false) | Err(_) => plain(Status::ServiceUnavailable, "the database does not answer\n"),
    }
}

#[get("/metrics")]
async fn metrics(app: &State<Arc<App>>) -> Answer {
    let app = app.inner().clone();
    match spawn_blocking(move || health::metrics(&app)).await {
        Ok(Ok(text)) => (Status::Ok, (ContentType::new("text", "plain").with_params([("version", "0.0.4")]), text)),
        Ok(Err(error)) => {
            tracing::error!(?error, "no metrics");
            plain(Status::ServiceUnavailable, "the database does not answer\n")
        }
        Err(_) => plain(Status::InternalServerError, "Mailgate failed\n"),
    }
}

fn plain(status: Status, text: &str) -> Answer {
    (status, (ContentType::Plain, text.to_owned()))
}
