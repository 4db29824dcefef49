//! The bridge: brings queued messages to their connections, in order per conversation, several side by side, and each
//! exactly once (DESIGN §4). One process at a time works on a connection; what waits stays in the ledger however long
//! the far end is away.

mod account;
mod carry;
mod parcel;
mod pauses;
mod round;
mod runner;

use std::sync::Arc;

use super::Intake;
use super::lock::{LockError, Locks};
use crate::delivery::odoo::{Network, Odoo, Remote, Trouble};
use crate::domain::certificate::Nameless;
use crate::domain::connection::Connection;
use crate::domain::id::ConnectionId;
use crate::domain::secret::Secret;
use crate::store::StoreError;

use super::stop::Stop;

pub use runner::Runner;

/// Signs in at a connection.
pub type Dial = Arc<dyn Fn(&Connection, &Secret, Nameless) -> Result<Box<dyn Remote>, Trouble> + Send + Sync>;

/// Signs in over the network.
pub fn dial(network: Network) -> Dial {
    Arc::new(move |connection, password, nameless| {
        let network = Network { nameless, ..network.clone() };
        Ok(Box::new(Odoo::sign_in(connection, password, &network)?))
    })
}

/// Everything that delivering to connections needs; cheap to clone.
#[derive(Clone)]
pub struct Bridge {
    intake: Intake,
    locks: Locks,
    dial: Dial,
}

/// Why a round over a connection ended early. What is wrong with the connection itself is written on it instead.
#[derive(Debug, thiserror::Error)]
pub enum BridgeError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Lock(#[from] LockError),
}

impl Bridge {
    pub fn new(intake: Intake, locks: Locks, dial: Dial) -> Self {
        Self { intake, locks, dial }
    }

    /// Delivers what is due at this connection until nothing is, the connection fails, or `stop` is requested. Does
    /// nothing where another process is at work on it, or where it is not used, paused or failing and not due yet.
    pub fn drain(&self, connection: ConnectionId, stop: &Stop) -> Result<(), BridgeError> {
        round::drain(self, connection, stop)
    }
}
