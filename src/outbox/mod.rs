//! What goes out to an OpenSPP/Odoo: queued messages are brought to their connections, in order per conversation, several
//! side by side, and each exactly once (ARCHITECTURE §4). One process at a time works on a connection; what waits stays in the
//! ledger however long the far end is away.

pub mod queue;

mod carry;
mod round;

use std::path::PathBuf;
use std::sync::Arc;

use crate::background::Stop;
use crate::background::{LockError, Locks};
use crate::domain::certificate::Nameless;
use crate::domain::connection::Connection;
use crate::domain::id::ConnectionId;
use crate::domain::secret::Secret;
use crate::key::SecretKey;
use crate::odoo::{Network, Odoo, Remote, Trouble};
use crate::store::{Store, StoreError};

pub use round::Runner;

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
pub struct Outbox {
    store: Store,
    /// Opens the passwords of connections.
    key: SecretKey,
    locks: Locks,
    dial: Dial,
    /// The folder of mail that is on its way out and large.
    spool: PathBuf,
    sessions: round::KeptSessions,
}

/// Why a round over a connection ended early. What is wrong with the connection itself is written on it instead.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Lock(#[from] LockError),
}

impl Outbox {
    pub fn new(store: Store, key: SecretKey, locks: Locks, dial: Dial, spool: PathBuf) -> Self {
        Self { store, key, locks, dial, spool, sessions: Default::default() }
    }

    /// Delivers what is due at this connection until nothing is, the connection fails, or `stop` is requested. Does
    /// nothing where another process is at work on it, or where it is not used, paused or failing and not due yet.
    pub fn drain(&self, connection: ConnectionId, stop: &Stop) -> Result<(), OutboxError> {
        round::drain(self, connection, stop)
    }
}
