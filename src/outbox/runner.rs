//! Keeps every connection's queue moving in a process that serves: a thread per connection that has something due.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::Mutex;

use super::Outbox;
use crate::background::{Bell, Stop};
use crate::domain::id::ConnectionId;
use crate::domain::now;
use crate::store::{StoreError, handovers};

/// How long nothing is looked up where nobody rings: other processes queue mail, too.
const TICK: Duration = Duration::from_secs(1);

/// Looks which connections have something due, and drains each on a thread of its own.
pub struct Runner {
    outbox: Outbox,
    stop: Stop,
    bell: Bell,
    busy: Arc<Mutex<HashSet<ConnectionId>>>,
}

impl Runner {
    pub fn start(outbox: Outbox, stop: Stop, bell: Bell) -> std::io::Result<JoinHandle<()>> {
        let runner = Self { outbox, stop, bell, busy: Arc::default() };
        std::thread::Builder::new().name("outbox".into()).spawn(move || runner.run())
    }

    fn run(&self) {
        let mut heard = 0;
        while !self.stop.requested() {
            if let Err(error) = self.begin_due() {
                tracing::error!(%error, "the queues of the connections could not be read; trying again");
            }
            heard = self.bell.wait(heard, TICK);
        }
        // Deliveries end with the call that is under way; waiting for that leaves nothing half done.
        while !self.busy.lock().is_empty() {
            heard = self.bell.wait(heard, TICK);
        }
    }

    fn begin_due(&self) -> Result<(), StoreError> {
        for connection in self.outbox.store.read(|db| handovers::connections_due(db, now()))? {
            if self.busy.lock().insert(connection) {
                self.begin(connection);
            }
        }
        Ok(())
    }

    fn begin(&self, connection: ConnectionId) {
        let (outbox, stop, bell, busy) = (self.outbox.clone(), self.stop.clone(), self.bell.clone(), self.busy.clone());
        let spawned = std::thread::Builder::new().name(format!("outbox-{connection}")).spawn(move || {
            match catch_unwind(AssertUnwindSafe(|| outbox.drain(connection, &stop))) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(%connection, %error, "a round of deliveries failed; trying again"),
                Err(_) => tracing::error!(%connection, "a round of deliveries panicked; trying again"),
            }
            // Not again at once where another process is at it, or the database is away.
            if !stop.requested() {
                std::thread::sleep(TICK);
            }
            busy.lock().remove(&connection);
            bell.ring();
        });
        if let Err(error) = spawned {
            tracing::error!(%connection, %error, "no thread could be started for deliveries");
            self.busy.lock().remove(&connection);
        }
    }
}
