//! The processes that serve this installation, and what each holds at this moment.

use super::keys::PRESENT;
use super::{App, OperationError, require};
use crate::background::lock::LockName;
use crate::domain::Moment;
use crate::domain::id::{ConnectionId, ServerId};
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::say;
use crate::store::{Backend, StoreError, connections, nodes, servers};

/// A process that said within 90 s that it is there, or that holds something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeSeen {
    /// Its computer and its data folder.
    pub name: String,
    /// It is the one that was asked.
    pub is_here: bool,
    /// None where it has not said that it serves: a command, or one that ended without a word.
    pub serves: Option<NodeServes>,
    pub holds: Vec<HeldThing>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeServes {
    /// When it was started, by the clock of the database; None of a version that did not say so.
    pub since: Option<Moment>,
    /// When it said last that it is there.
    pub seen: Moment,
    /// Of Mailgate.
    pub version: String,
}

/// What one process works on, and no other meanwhile. The name is None once the object has been deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeldThing {
    Server(ServerId, Option<String>),
    Connection(ConnectionId, Option<String>),
    /// One of the places at a mail server.
    Place,
    /// Hearing what mail servers announce.
    Push,
}

/// Whether nodes share the work: with SQLite one process serves.
pub fn are_shared(app: &App) -> bool {
    app.store.backend() == Backend::Postgres
}

/// All of them, by name. With SQLite what they hold is locked in files, which tell of no holder, and the lists are empty.
pub fn list(app: &App, caller: &Caller) -> Result<Vec<NodeSeen>, OperationError> {
    require(caller, Right::Read, Object::Installation, || say!("deed-see-nodes"))?;
    let here = app.passes.node().to_owned();
    let (present, leases) =
        app.store.read(|db| Ok::<_, StoreError>((nodes::present(db, PRESENT)?, nodes::leases(db)?)))?;
    let mut found: Vec<NodeSeen> = present
        .into_iter()
        .map(|node| NodeSeen {
            is_here: node.name == here,
            serves: Some(NodeServes { since: node.since, seen: node.seen, version: node.version }),
            name: node.name,
            holds: Vec::new(),
        })
        .collect();
    for lease in leases {
        // Leases of other kinds have other holders.
        let Some((holder, what)) = lease.holder.rsplit_once(' ').zip(LockName::of_lease(&lease.name)) else { continue };
        let held = held(app, what)?;
        match found.iter_mut().find(|node| node.name == holder.0) {
            Some(node) => node.holds.push(held),
            None => found.push(NodeSeen {
                name: holder.0.to_owned(),
                is_here: holder.0 == here,
                serves: None,
                holds: vec![held],
            }),
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

fn held(app: &App, what: LockName) -> Result<HeldThing, StoreError> {
    Ok(match what {
        LockName::Server(id) => {
            HeldThing::Server(id, app.store.read(|db| servers::get(db, id))?.map(|server| server.settings.name))
        }
        LockName::Connection(id) => {
            let found = app.store.read(|db| connections::get(db, id))?;
            HeldThing::Connection(id, found.map(|connection| connection.settings.name))
        }
        LockName::AtHost { .. } => HeldThing::Place,
        LockName::Push => HeldThing::Push,
    })
}
