//! The ledger: every message seen, and what people decide about those that wait for them.

mod act;
mod attachment;
mod bulk;
mod list;
mod page;
mod sender;
mod source;

use rocket::{FromForm, Route, routes};

use super::forms::{TypedFields, query_string};
use super::guards::Visitor;
use super::render::PageAnswer;
use crate::domain::id::{ConnectionId, MessageId, ServerId};
use crate::domain::ledger::Reason;
use crate::operations::messages::{LedgerPart, LedgerRequest, Tab};

/// Where the ledger stands, below Mailgate's own path.
const PATH: &str = "/settings/technical/email/messages";

pub(super) fn routes() -> Vec<Route> {
    routes![
        list::show,
        list::act,
        page::show,
        act::decide,
        act::correct,
        bulk::confirm,
        bulk::run,
        sender::show,
        sender::link,
        sender::create,
        sender::forget,
        source::show,
        source::download,
        attachment::download,
        attachment::inline,
        attachment::open,
    ]
}

/// The page of a form with what was typed: see [`super::again`].
pub(super) async fn again(visitor: &Visitor<'_>, rest: &[&str], form: &TypedFields) -> Option<PageAnswer> {
    match rest {
        ["all"] => bulk::again(visitor, form).await,
        [id, "sender", ..] => Some(sender::again(visitor, MessageId(id.parse().ok()?), form).await),
        [id, _] => Some(page::answer(visitor, MessageId(id.parse().ok()?), act::typed(form)).await),
        _ => None,
    }
}

fn path(id: MessageId) -> String {
    format!("{PATH}/{id}")
}

/// The filters of the list, as they stand in its address; what can't be read filters nothing.
#[derive(Debug, Clone, Default, FromForm)]
struct LedgerQuery {
    state: Option<String>,
    reason: Option<String>,
    server: Option<i32>,
    connection: Option<i32>,
    q: Option<String>,
    /// The page of those that came before this message, or behind it.
    older: Option<i32>,
    newer: Option<i32>,
    /// Which line of the whole list the page begins with, from 1: only told, never searched by.
    line: Option<i64>,
}

impl LedgerQuery {
    fn query(&self) -> LedgerRequest {
        LedgerRequest {
            tab: self.state.as_deref().and_then(Tab::from_code).unwrap_or(Tab::Seen),
            reason: self.reason.as_deref().and_then(Reason::from_code),
            server: self.server.map(ServerId),
            connection: self.connection.map(ConnectionId),
            search: self.q.clone().unwrap_or_default(),
            part: match (self.older, self.newer) {
                (Some(id), _) => LedgerPart::Older(MessageId(id)),
                (None, Some(id)) => LedgerPart::Newer(MessageId(id)),
                (None, None) => LedgerPart::First,
            },
        }
    }
}

/// The filters that a form carries.
fn carried(form: &TypedFields) -> LedgerRequest {
    let asked = LedgerQuery {
        state: Some(form.get("state").to_owned()),
        reason: Some(form.get("reason").to_owned()),
        server: form.get("server").parse().ok(),
        connection: form.get("connection").parse().ok(),
        q: Some(form.get("q").to_owned()),
        ..LedgerQuery::default()
    };
    asked.query()
}

/// The same filters as pairs of an address or a form, without the page.
fn pairs(query: &LedgerRequest) -> [(&'static str, String); 5] {
    [
        ("state", if query.tab == Tab::Seen { String::new() } else { query.tab.code().to_owned() }),
        ("reason", query.reason.map_or(String::new(), |reason| reason.code().to_owned())),
        ("server", query.server.map_or(String::new(), |server| server.to_string())),
        ("connection", query.connection.map_or(String::new(), |connection| connection.to_string())),
        ("q", query.search.clone()),
    ]
}

/// The list's address with these filters.
fn list_path(query: &LedgerRequest) -> String {
    let pairs = pairs(query);
    match query_string(pairs.iter().map(|(name, value)| (*name, value.as_str()))) {
        kept if kept.is_empty() => PATH.to_owned(),
        kept => format!("{PATH}?{kept}"),
    }
}
