//! The *Settings* page, with the developer mode at its foot, and two pages below it that only show: the processes that
//! serve this installation, and what ends when.

use rocket::{Route, get, post, routes};
use rocket_dyn_templates::context;
use serde::Serialize;

use super::forms::Posted;
use super::guards::Visitor;
use super::render::{PageAnswer, Reply};
use crate::domain::expiry::{Expiry, ExpiryKind, ExpiryOf, Nearness};
use crate::domain::{Moment, now};
use crate::operations::health::{self, HeldThing, NodeSeen};
use crate::operations::{overview, sessions, throttle, users};

pub(super) fn routes() -> Vec<Route> {
    routes![show, developer_mode, all_nodes, ends]
}

#[get("/settings")]
async fn show(visitor: Visitor<'_>) -> PageAnswer {
    let users = visitor.run(users::list).await?;
    let active = users.iter().filter(|user| user.active).count();
    let proxy = visitor.run(throttle::proxy_noticed).await?;
    let version = env!("CARGO_PKG_VERSION");
    Ok(Reply::page("settings/settings.html", context! { active_users: active, version, proxy }))
}

#[post("/settings/developer-mode", data = "<form>")]
async fn developer_mode(visitor: Visitor<'_>, form: Posted) -> PageAnswer {
    let (session, on) = (visitor.session.clone(), form.get("active") == "1");
    visitor.run(move |app, caller| sessions::set_developer_mode(app, caller, &session, on)).await?;
    Ok(Reply::go("/settings"))
}

// *Nodes*: the processes that serve this installation, and what each of them works on now.

/// Where the page is.
pub(super) const NODES: &str = "/settings/technical/nodes";

#[get("/settings/technical/nodes")]
async fn all_nodes(visitor: Visitor<'_>) -> PageAnswer {
    let found = visitor.run(health::nodes).await?;
    let several = health::are_nodes_shared(&visitor.visit.app);
    let nodes: Vec<NodeShown> = found.into_iter().map(NodeShown::of).collect();
    Ok(Reply::page("nodes/list.html", context! { nodes, several }))
}

#[derive(Serialize)]
struct NodeShown {
    name: String,
    is_here: bool,
    serves: bool,
    version: String,
    since: Option<Moment>,
    /// Seconds since it said that it is there.
    seen: i64,
    mailboxes: Vec<HeldShown>,
    connections: Vec<HeldShown>,
    listens: bool,
    /// Places at mail servers.
    places: usize,
}

#[derive(Serialize)]
struct HeldShown {
    name: Option<String>,
    path: String,
}

impl NodeShown {
    fn of(node: NodeSeen) -> Self {
        let mut shown = Self {
            name: node.name,
            is_here: node.is_here,
            serves: node.serves.is_some(),
            version: node.serves.as_ref().map(|serves| serves.version.clone()).unwrap_or_default(),
            since: node.serves.as_ref().and_then(|serves| serves.since),
            seen: node.serves.as_ref().map_or(0, |serves| (now() - serves.seen).num_seconds().max(0)),
            mailboxes: Vec::new(),
            connections: Vec::new(),
            listens: false,
            places: 0,
        };
        for held in node.holds {
            match held {
                HeldThing::Server(id, name) => {
                    let path = format!("/settings/technical/email/incoming/{id}");
                    shown.mailboxes.push(HeldShown { name, path });
                }
                HeldThing::Connection(id, name) => {
                    let path = format!("/settings/technical/email/connections/{id}");
                    shown.connections.push(HeldShown { name, path });
                }
                HeldThing::Place => shown.places += 1,
                HeldThing::Push => shown.listens = true,
            }
        }
        shown
    }
}

// *What ends when*: the page, and how one of them is shown elsewhere.

/// Where the page is.
pub(super) const ENDS: &str = "/settings/technical/email/ends";

#[get("/settings/technical/email/ends")]
async fn ends(visitor: Visitor<'_>) -> PageAnswer {
    let found = visitor.run(overview::all_ends).await?;
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
