//! How this installation is: the first page, with what needs attention; and `/healthz`, `/readyz` and `/metrics`, for whoever watches
//! over Mailgate. Nobody signs in for these; the figures are for this machine, or for who knows their token.

use std::sync::Arc;

use rocket::http::{ContentType, Header, Status};
use rocket::request::{FromRequest, Outcome};
use rocket::tokio::task::spawn_blocking;
use rocket::{Request, Responder, Route, State, get, routes};
use rocket_dyn_templates::context;
use serde_json::json;
use subtle::ConstantTimeEq;

use super::forms::query_string;
use super::guards::Visitor;
use super::render::{self, PageAnswer, Reply};
use super::settings::ExpiryShown;
use crate::config::Config;
use crate::domain::now;
use crate::operations::overview::{self, DAYS, RecordCounts};
use crate::operations::records::ShownCount;
use crate::operations::{App, confidential, health, sessions, throttle};
use crate::web::records::list;

pub(super) fn routes() -> Vec<Route> {
    routes![show]
}

#[get("/")]
async fn show(visitor: Visitor<'_>) -> PageAnswer {
    let overview = visitor.run(overview::overview).await?;
    let kept = visitor.run(sessions::kept_forms).await?;
    let proxy = visitor.run(throttle::proxy_noticed).await?;
    let unnamed = visitor.run(confidential::unnamed).await?;
    let line = visitor.run(overview::ends_line).await?;
    let ends = line.as_ref().map(|line| {
        let next = line.next.as_ref().map(|next| ExpiryShown::of(next, now()));
        context! { soon: line.soon, unknown: line.unknown, next }
    });
    // Their numbers as people read them, and the person's own work as lists show it.
    let work = |one: &RecordCounts| {
        let number = |count: ShownCount| list::counted(&visitor, count);
        json!({
            "model": &one.model,
            "label": &one.label,
            "none": one.none,
            "new_mail": number(one.new_mail),
            "mine": number(one.mine),
            "unassigned": number(one.unassigned),
            "open": number(one.open),
            "has_new_mail": one.new_mail.count > 0,
            "new_mails": one.new_mail.count,
            "nobodys": one.unassigned.count,
            "late": one.overdue.count,
            "overdue": number(one.overdue),
            "overdue_query": query_string([
                ("show", "overdue"),
                ("colleague", one.overdue_of.map(|user| user.to_string()).unwrap_or_default().as_str()),
            ]),
            "stages": one.stages.iter().map(|(code, name, count)| json!({"code": code, "name": name, "count": number(*count)})).collect::<Vec<_>>(),
            "ages": one.ages.iter().map(|age| json!({
                "code": age.code,
                "count": number(age.count),
                "query": query_string([
                    ("since", age.since.map(|day| day.to_string()).unwrap_or_default().as_str()),
                    ("until", age.until.map(|day| day.to_string()).unwrap_or_default().as_str()),
                ]),
            })).collect::<Vec<_>>(),
            "lines": list::lines(&one.work, &one.gists),
            "heads": list::plain_heads(&visitor),
        })
    };
    let records: Vec<_> = overview.records.iter().map(work).collect();
    let mailboxes: Vec<_> = overview
        .mailboxes
        .iter()
        .map(|one| {
            json!({
                "id": one.id,
                "name": one.name,
                "confirmed": one.confirmed,
                "failing_since": one.failing_since,
                "last_mail": one.last_mail,
                "bars": render::bars(&[&one.days], 84, 20),
                "mails": one.days.iter().sum::<i64>(),
                "days": one.days.iter().map(i64::to_string).collect::<Vec<_>>().join(", "),
            })
        })
        .collect();
    // Mails beside the records of all types, a pair a day.
    let made: Vec<i64> =
        (0..DAYS).map(|day| overview.records.iter().filter_map(|one| one.days.get(day)).sum()).collect();
    let days = overview.first_day.iter_days().zip(overview.mails.iter().zip(&made));
    let days: Vec<_> = days
        .map(|(day, (mails, records))| json!({"day": day.to_string(), "mails": mails, "records": records}))
        .collect();
    let lately = json!({
        "bars": render::bars(&[&overview.mails, &made], 560, 120),
        "most": overview.mails.iter().chain(&made).max(),
        "days": days,
        "mails": overview.mails.iter().sum::<i64>(),
        "records": made.iter().sum::<i64>(),
    });
    let held = overview.ledger.iter().find(|(code, _)| *code == "held").map_or(0, |(_, count)| *count);
    let kept: Vec<_> = kept.into_iter().map(|(id, at)| (id.0, at)).collect();
    Ok(Reply::page(
        "overview/overview.html",
        context! { records, mailboxes, lately, held, overview: &overview, kept, proxy, ends, unnamed },
    ))
}

/// What is answered, as plain text.
type PlainAnswer = (Status, (ContentType, String));

pub(super) fn health_routes() -> Vec<Route> {
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
