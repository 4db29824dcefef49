//! How far each running pass has come, in memory; what pages of other nodes show of it is said in the database.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::hosts::Hosts;
use crate::domain::id::ServerId;
use crate::domain::ledger::RunningPass;
use crate::domain::{Moment, now};

/// Counters of one pass; counted up by the pass, read by anybody.
pub struct Progress {
    since: Moment,
    found: AtomicU32,
    kept: AtomicU32,
    settled: AtomicU32,
    /// Of a large message on its way: bytes that are here, and all.
    large: Mutex<Option<(u64, u64)>>,
    /// Seconds to leave between two sign-ins.
    rest: AtomicU64,
    /// Where it holds a place.
    place: Option<(Hosts, String)>,
}

impl Default for Progress {
    fn default() -> Self {
        let (found, kept, settled) = Default::default();
        Self { since: now(), found, kept, settled, large: Mutex::default(), rest: AtomicU64::new(0), place: None }
    }
}

impl Progress {
    pub fn found(&self, messages: usize) {
        self.found.fetch_add(u32::try_from(messages).unwrap_or(u32::MAX), Ordering::Relaxed);
    }

    pub fn kept(&self) {
        self.kept.fetch_add(1, Ordering::Relaxed);
    }

    pub fn settled(&self) {
        self.settled.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether another pass waits for the place that this one holds.
    pub fn is_wanted(&self) -> bool {
        self.place.as_ref().is_some_and(|(hosts, host)| hosts.is_wanted(host))
    }

    /// So many of so many bytes are here of a large message; None where none is on its way.
    pub fn large(&self, bytes: Option<(u64, u64)>) {
        *self.large.lock() = bytes;
    }

    /// The server wants this time between two sign-ins, at least.
    pub fn must_rest(&self, rest: Duration) {
        self.rest.store(rest.as_secs(), Ordering::Relaxed);
    }

    pub fn rest(&self) -> Duration {
        Duration::from_secs(self.rest.load(Ordering::Relaxed))
    }

    pub fn snapshot(&self) -> RunningPass {
        RunningPass {
            since: self.since,
            found: self.found.load(Ordering::Relaxed),
            kept: self.kept.load(Ordering::Relaxed),
            settled: self.settled.load(Ordering::Relaxed),
            large: *self.large.lock(),
        }
    }
}

/// The passes that run in this process.
#[derive(Clone, Default)]
pub struct Board(Arc<Shown>);

#[derive(Default)]
struct Shown {
    running: Mutex<HashMap<ServerId, Arc<Progress>>>,
    /// Those that are due and find no place at their host.
    crowded_out: Mutex<HashSet<ServerId>>,
}

impl Board {
    /// Shows a pass until the entry is dropped; with the place at a host that it holds.
    pub fn enter(&self, server: ServerId, place: Option<(Hosts, String)>) -> PassProgress {
        let progress = Arc::new(Progress { place, ..Progress::default() });
        self.0.running.lock().insert(server, progress.clone());
        PassProgress { board: self.clone(), server, progress }
    }

    /// The pass over this server, where one runs here.
    pub fn running(&self, server: ServerId) -> Option<RunningPass> {
        self.0.running.lock().get(&server).map(|progress| progress.snapshot())
    }

    /// All passes that run here.
    pub fn all(&self) -> Vec<(ServerId, RunningPass)> {
        self.0.running.lock().iter().map(|(server, progress)| (*server, progress.snapshot())).collect()
    }

    /// These are due and wait for a place at their hosts; no others do.
    pub fn set_crowded_out(&self, servers: HashSet<ServerId>) {
        *self.0.crowded_out.lock() = servers;
    }

    /// Whether this one is due and waits for a place at its host.
    pub fn is_crowded_out(&self, server: ServerId) -> bool {
        self.0.crowded_out.lock().contains(&server)
    }
}

/// A pass on the board.
pub struct PassProgress {
    board: Board,
    server: ServerId,
    progress: Arc<Progress>,
}

impl std::ops::Deref for PassProgress {
    type Target = Progress;

    fn deref(&self) -> &Progress {
        &self.progress
    }
}

impl Drop for PassProgress {
    fn drop(&mut self) {
        self.board.0.running.lock().remove(&self.server);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_is_shown_while_it_runs() {
        let board = Board::default();
        let entry = board.enter(ServerId(7), None);
        entry.found(3);
        entry.kept();
        let running = board.running(ServerId(7)).unwrap();
        assert_eq!((running.found, running.kept, running.settled), (3, 1, 0));
        drop(entry);
        assert_eq!(board.running(ServerId(7)), None);
    }
}
