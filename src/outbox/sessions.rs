//! Sessions that are kept from round to round, so that a connection is signed in at about once an hour and its models are
//! not asked for anew each time.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::domain::connection::Connection;
use crate::domain::id::ConnectionId;
use crate::domain::secret::Secret;
use crate::odoo::Remote;

/// After that it is signed in anew.
const LONGEST: Duration = Duration::from_secs(3600);
/// As many as a connection may have workers.
const MOST: usize = 8;

/// A session, and when it was signed in.
pub(super) struct KeptSession {
    pub remote: Box<dyn Remote>,
    since: Instant,
}

impl KeptSession {
    pub(super) fn new(remote: Box<dyn Remote>) -> Self {
        Self { remote, since: Instant::now() }
    }
}

/// Those of one connection, with the settings that they were signed in by.
struct KeptOf {
    connection: Connection,
    password: Secret,
    free: Vec<KeptSession>,
}

impl KeptOf {
    fn is_by(&self, connection: &Connection, password: &Secret) -> bool {
        self.connection == *connection && self.password.reveal() == password.reveal()
    }
}

/// What is kept by a process; cheap to clone.
#[derive(Clone, Default)]
pub(super) struct KeptSessions(Arc<Mutex<HashMap<ConnectionId, KeptOf>>>);

impl KeptSessions {
    /// One that is signed in by these settings and not too old. It may have ended meanwhile.
    pub(super) fn take(&self, connection: &Connection, password: &Secret) -> Option<KeptSession> {
        let mut kept = self.0.lock();
        let of = kept.get_mut(&connection.id)?;
        if !of.is_by(connection, password) {
            kept.remove(&connection.id);
            return None;
        }
        of.free.retain(|session| session.since.elapsed() < LONGEST);
        of.free.pop()
    }

    pub(super) fn keep(&self, connection: &Connection, password: &Secret, session: KeptSession) {
        let mut kept = self.0.lock();
        let blank = || KeptOf { connection: connection.clone(), password: password.clone(), free: Vec::new() };
        let of = kept.entry(connection.id).or_insert_with(blank);
        if !of.is_by(connection, password) {
            *of = blank();
        }
        if of.free.len() < MOST {
            of.free.push(session);
        }
    }
}
