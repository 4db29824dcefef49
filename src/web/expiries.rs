//! *What ends when*: the page, and how one of them is shown elsewhere.

use rocket::{Route, get, routes};
use rocket_dyn_templates::context;
use serde::Serialize;

use super::guards::Visitor;
use super::render::{PageAnswer, Reply};
use crate::domain::expiry::{Expiry, ExpiryKind, ExpiryOf, Nearness};
use crate::domain::{Moment, now};
use crate::operations::expiries;

/// Where the page is.
pub(super) const BASE: &str = "/settings/technical/email/ends";

pub(super) fn routes() -> Vec<Route> {
    routes![list]
}

#[get("/settings/technical/email/ends")]
async fn list(visitor: Visitor<'_>) -> PageAnswer {
    let found = visitor.run(expiries::list).await?;
    let shown: Vec<ExpiryShown<'_>> = found.iter().map(|expiry| ExpiryShown::of(expiry, now())).collect();
    Ok(Reply::page("expiries/list.html", context! { expiries: shown }))
}

/// One of them, for its line of the table or of the banner.
#[derive(Debug, Serialize)]
pub(super) struct ExpiryShown<'a> {
    kind: &'static str,
    /// The code of its [`Nearness`].
    near: &'static str,
    tone: &'static str,
    name: &'a str,
    /// The page where it is set right, or whose owner is asked to.
    path: String,
    /// As 2026-11-22, UTC.
    date: Option<String>,
    /// Whole days from today, and since.
    days: i64,
    past: i64,
    /// Completes the key of what to do: `kind`, or what is special about it.
    remedy: String,
}

impl<'a> ExpiryShown<'a> {
    pub(super) fn of(expiry: &'a Expiry, at: Moment) -> Self {
        let near = expiry.nearness(at);
        let days = expiry.until.map_or(0, |until| (until.date() - at.date()).num_days());
        let kind = expiry.kind.code();
        let remedy = match (expiry.kind, near) {
            (_, Nearness::Unknown) => "unknown".to_owned(),
            (ExpiryKind::ServerCertificate, _) if expiry.is_pinned => format!("{kind}-pinned"),
            _ => kind.to_owned(),
        };
        Self {
            kind,
            near: near.code(),
            tone: match near {
                Nearness::Ended => "bad",
                Nearness::Now | Nearness::Soon | Nearness::Unknown => "warning",
                Nearness::Later => "",
            },
            name: &expiry.name,
            path: match expiry.of {
                ExpiryOf::Server(id) => format!("/settings/technical/email/incoming/{id}"),
                ExpiryOf::Provider(id) => format!("/settings/technical/email/providers/{id}"),
                ExpiryOf::Connection(id) => format!("/settings/technical/email/connections/{id}"),
                ExpiryOf::Key { owner, .. } => format!("/settings/users/{owner}"),
            },
            date: expiry.until.map(|until| until.date().to_string()),
            days: days.max(0),
            past: (-days).max(0),
            remedy,
        }
    }
}
