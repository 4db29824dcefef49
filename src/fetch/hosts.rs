//! Limits how many connections work at one mail server at once, over all mailboxes, processes and nodes: with more, a server
//! refuses some or slows down for everybody. Whoever finds no place waits, and those who have held one for long can see that
//! somebody waits.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::background::{Guard, LockError, LockName, Locks, Stop};
use crate::store::{Store, installation};

/// The pause between two looks for a free place.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// Who waits tells all processes so this often, and that counts for this many seconds.
const SAID_EVERY: Duration = Duration::from_secs(5);
const COUNTS: i64 = 10;

/// The places at all mail servers; cheap to clone.
#[derive(Clone)]
pub struct Hosts(Arc<HostsInner>);

struct HostsInner {
    store: Store,
    locks: Locks,
    most: usize,
    /// The servers at which somebody in this process waits for a place, and when that was last told.
    wanted: Mutex<HashMap<String, Instant>>,
}

impl Hosts {
    /// `most`: connections at one server (HOST_CONNECTIONS).
    pub fn new(store: Store, locks: Locks, most: usize) -> Self {
        Self(Arc::new(HostsInner { store, locks, most: most.max(1), wanted: Mutex::default() }))
    }

    /// Connections that may work at one server at once.
    pub fn most(&self) -> usize {
        self.0.most
    }

    /// Takes a place at this server (`imap.example.org`), which is held until it is dropped. None where none is free within
    /// `wait`; with zero it looks once.
    pub fn enter(&self, host: &str, wait: Duration, stop: &Stop) -> Result<Option<Guard>, LockError> {
        let deadline = Instant::now() + wait;
        loop {
            if stop.requested() {
                return Err(LockError::Stopped);
            }
            for number in 0..self.0.most {
                let place = LockName::AtHost { host: host.to_owned(), number };
                // Many may wait here, and looking costs the database less than trying.
                if self.0.locks.is_held(&place)? {
                    continue;
                }
                match self.0.locks.acquire(place, Duration::ZERO, stop) {
                    Ok(guard) => return Ok(Some(guard)),
                    Err(LockError::Waited) => {}
                    Err(error) => return Err(error),
                }
            }
            self.want(host);
            if Instant::now() + LOOK_AGAIN > deadline {
                return Ok(None);
            }
            std::thread::sleep(LOOK_AGAIN);
        }
    }

    /// Tells the others that somebody waits for a place at this server.
    pub fn want(&self, host: &str) {
        {
            let mut wanted = self.0.wanted.lock();
            wanted.retain(|_, said| said.elapsed() < SAID_EVERY);
            if wanted.contains_key(host) {
                return;
            }
            wanted.insert(host.to_owned(), Instant::now());
        }
        if let Err(error) = self.0.store.write(|db| installation::want(db, &wanted_name(host), COUNTS)) {
            tracing::warn!(host, %error, "that a pass waits for a place could not be said");
        }
    }

    /// Whether somebody, in any process, waits for a place at this server.
    pub fn is_wanted(&self, host: &str) -> bool {
        self.0.store.read(|db| installation::is_wanted(db, &wanted_name(host))).unwrap_or_else(|error| {
            tracing::warn!(host, %error, "whether a pass waits for a place could not be read");
            false
        })
    }
}

fn wanted_name(host: &str) -> String {
    format!("wanted:{host}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::background::Terms;

    #[test]
    fn a_server_has_so_many_places_and_another_has_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("t.db").to_str().unwrap(), 2).unwrap();
        let hosts =
            || Hosts::new(store.clone(), Locks::new(store.clone(), folder.path().join("locks"), Terms::default()), 2);
        // As two processes on one data folder.
        let (one, other, stop) = (hosts(), hosts(), Stop::default());
        let first = one.enter("mail.example", Duration::ZERO, &stop).unwrap();
        let second = other.enter("mail.example", Duration::ZERO, &stop).unwrap();
        assert!(first.is_some() && second.is_some() && !one.is_wanted("mail.example"));
        assert!(one.enter("mail.example", Duration::ZERO, &stop).unwrap().is_none());
        assert!(other.is_wanted("mail.example") && !other.is_wanted("other.example"));
        assert!(one.enter("other.example", Duration::ZERO, &stop).unwrap().is_some());
        drop(second);
        assert!(one.enter("mail.example", Duration::ZERO, &stop).unwrap().is_some());
    }
}
