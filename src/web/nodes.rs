//! *Nodes*: the processes that serve this installation, and what each of them works on now.

use rocket::{Route, get, routes};
use rocket_dyn_templates::context;
use serde::Serialize;

use super::guards::Visitor;
use super::render::{PageAnswer, Reply};
use crate::domain::{Moment, now};
use crate::operations::nodes::{self, HeldThing, NodeSeen};

/// Where the page is.
pub(super) const BASE: &str = "/settings/technical/nodes";

pub(super) fn routes() -> Vec<Route> {
    routes![list]
}

#[get("/settings/technical/nodes")]
async fn list(visitor: Visitor<'_>) -> PageAnswer {
    let found = visitor.run(nodes::list).await?;
    let several = nodes::are_shared(&visitor.visit.app);
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
