//! What all background work shares: how it learns that it must end, what wakes it early, locks for work that one process
//! does at a time, and the randomness that keeps things from happening all at once.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use sha2::{Digest, Sha256};

use crate::domain::id::{ConnectionId, ServerId};
use crate::store::{Backend, Store, StoreError, installation};

/// A request to stop, shared by who asks and who looks. A pass looks before each write and each command.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<BackgroundInner>);

#[derive(Debug, Default)]
struct BackgroundInner {
    asked: AtomicBool,
    parent: Option<Stop>,
    /// The moment at which it is requested by itself, unless it is put off.
    at: Option<Mutex<Instant>>,
}

impl Stop {
    /// Another request that follows this one, and can also be made alone.
    pub fn child(&self) -> Stop {
        Stop(Arc::new(BackgroundInner { parent: Some(self.clone()), ..BackgroundInner::default() }))
    }

    /// Such a child that is also requested by itself at this moment, whatever prevents others from requesting it; see
    /// [`Stop::put_off`].
    fn child_until(&self, at: Instant) -> Stop {
        let (parent, at) = (Some(self.clone()), Some(Mutex::new(at)));
        Stop(Arc::new(BackgroundInner { parent, at, ..BackgroundInner::default() }))
    }

    /// Moves the time of a `Stop::child_until`.
    pub fn put_off(&self, until: Instant) {
        if let Some(at) = &self.0.at {
            *at.lock() = until;
        }
    }

    pub fn request(&self) {
        self.0.asked.store(true, Ordering::Release);
    }

    pub fn requested(&self) -> bool {
        // For good: whoever has seen it must not go on because it was put off too late.
        if self.0.at.as_ref().is_some_and(|at| *at.lock() <= Instant::now()) {
            self.request();
        }
        self.0.asked.load(Ordering::Acquire) || self.0.parent.as_ref().is_some_and(Stop::requested)
    }
}

/// Wakes threads that wait for something to do.
#[derive(Clone, Default)]
pub struct Bell(Arc<(Mutex<u64>, Condvar)>);

impl Bell {
    pub fn ring(&self) {
        *self.0.0.lock() += 1;
        self.0.1.notify_all();
    }

    /// Waits until it rings after `heard`, or `wait` is over; returns how often it has rung.
    pub fn wait(&self, heard: u64, wait: Duration) -> u64 {
        let mut rung = self.0.0.lock();
        self.0.1.wait_while_for(&mut rung, |rung| *rung == heard, wait);
        *rung
    }
}

/// The name by which an administrator knows a process: its computer and its data folder.
pub fn node_name(data_dir: &Path) -> String {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let folder = data_dir.canonicalize().unwrap_or_else(|_| data_dir.to_owned());
    format!("{host}:{}", folder.display())
}

/// A random number between 0 and 1.
pub fn chance() -> f64 {
    let mut bytes = [0; 4];
    // Without randomness only the spread is missing.
    let _ = getrandom::fill(&mut bytes);
    f64::from(u32::from_ne_bytes(bytes)) / f64::from(u32::MAX)
}

// Locks: who may fetch a server, and who may deliver to a connection (ARCHITECTURE §4). With SQLite there is an
// operating-system lock per server in the data folder, so that `mailgate fetch` and a running `serve` take turns; with
// PostgreSQL a lease that its holder renews, so that a dead node's servers pass on.

/// How long a lease lives without being renewed, and how often it is.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    pub expiry: Duration,
    pub renewal: Duration,
}

impl Default for Terms {
    /// Together with the time until the schedule is read again, a dead node's servers are fetched elsewhere within 30 s.
    fn default() -> Self {
        Self { expiry: Duration::from_secs(20), renewal: Duration::from_secs(6) }
    }
}

impl Terms {
    /// How long the holder may work after it requested a renewal: the last third is left to it to end before another node
    /// may begin.
    fn safe(self) -> Duration {
        self.expiry * 2 / 3
    }
}

#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody else had it for all of the waiting time.
    #[error("another pass over this server has not ended yet")]
    Waited,
    #[error("told to stop")]
    Stopped,
    #[error("the lock file {path} can't be used: {source}. Mailgate needs to write its data folder")]
    File { path: PathBuf, source: std::io::Error },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What only one process may work on at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockName {
    Server(ServerId),
    Connection(ConnectionId),
    /// One of the connections that may be open to a mail server at once.
    AtHost {
        /// `imap.example.org`
        host: String,
        number: usize,
    },
    /// Listening to all mail servers that announce mail.
    Push,
}

impl From<ServerId> for LockName {
    fn from(id: ServerId) -> Self {
        LockName::Server(id)
    }
}

impl From<ConnectionId> for LockName {
    fn from(id: ConnectionId) -> Self {
        LockName::Connection(id)
    }
}

impl LockName {
    /// The name of its lease.
    fn name(&self) -> String {
        match self {
            LockName::Server(id) => format!("server:{id}"),
            LockName::Connection(id) => format!("connection:{id}"),
            LockName::AtHost { host, number } => format!("host:{host}:{number}"),
            LockName::Push => "push".to_owned(),
        }
    }

    /// What a lease of this name is for; None for names of others.
    pub fn of_lease(name: &str) -> Option<Self> {
        let (kind, which) = name.split_once(':').unwrap_or((name, ""));
        match kind {
            "server" => which.parse().ok().map(|id| LockName::Server(ServerId(id))),
            "connection" => which.parse().ok().map(|id| LockName::Connection(ConnectionId(id))),
            "host" => {
                let (host, number) = which.rsplit_once(':')?;
                Some(LockName::AtHost { host: host.to_owned(), number: number.parse().ok()? })
            }
            "push" => Some(LockName::Push),
            _ => None,
        }
    }

    /// The name of its file; the name of a host may be too long for one.
    fn file(&self) -> String {
        match self {
            LockName::Server(id) => format!("server-{id}.lock"),
            LockName::Connection(id) => format!("connection-{id}.lock"),
            LockName::AtHost { host, number } => {
                let host = hex::encode(&Sha256::digest(host)[..16]);
                format!("host-{host}-{number}.lock")
            }
            LockName::Push => "push.lock".to_owned(),
        }
    }
}

/// Gives out one lock for each name, among all processes that share the database.
#[derive(Clone)]
pub struct Locks {
    store: Store,
    folder: PathBuf,
    node: String,
    terms: Terms,
}

/// The pause between two tries for a lock that somebody holds.
const TRY_AGAIN: Duration = Duration::from_millis(50);
const TRY_LEASE_AGAIN: Duration = Duration::from_millis(500);

impl Locks {
    /// `folder` is `DATA_DIR/locks`; the node is named after what holds it.
    pub fn new(store: Store, folder: PathBuf, terms: Terms) -> Self {
        let node = node_name(folder.parent().unwrap_or(&folder));
        Self { store, folder, node, terms }
    }

    /// The name of the process that takes them, as a page shows it.
    pub fn node(&self) -> &str {
        &self.node
    }

    /// Waits for the lock, `wait` at most; with zero it tries once. The guard's [`Guard::stop`] follows `stop`.
    pub fn acquire(&self, place: impl Into<LockName>, wait: Duration, stop: &Stop) -> Result<Guard, LockError> {
        let place = place.into();
        let deadline = Instant::now() + wait;
        loop {
            let pause = match self.store.backend() {
                Backend::Sqlite => match self.try_file(&place)? {
                    Some(file) => return Ok(Guard { stop: stop.child(), _hold: LockHold::File { file } }),
                    None => TRY_AGAIN,
                },
                Backend::Postgres => match self.try_lease(&place, stop)? {
                    Some(guard) => return Ok(guard),
                    None => TRY_LEASE_AGAIN,
                },
            };
            if stop.requested() {
                return Err(LockError::Stopped);
            }
            if Instant::now() + pause > deadline {
                return Err(LockError::Waited);
            }
            std::thread::sleep(pause);
        }
    }

    /// Whether somebody holds it, by a look that writes nothing; false also where only trying would tell.
    pub fn is_held(&self, place: &LockName) -> Result<bool, StoreError> {
        match self.store.backend() {
            Backend::Sqlite => Ok(false),
            Backend::Postgres => self.store.read(|db| installation::is_leased(db, &place.name())),
        }
    }

    fn try_file(&self, place: &LockName) -> Result<Option<File>, LockError> {
        let path = self.folder.join(place.file());
        let failed = |source| LockError::File { path: path.clone(), source };
        std::fs::create_dir_all(&self.folder).map_err(failed)?;
        // The file stays: removing it would let two processes lock two different files of one name.
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    fn try_lease(&self, place: &LockName, stop: &Stop) -> Result<Option<Guard>, LockError> {
        // A new holder each time, so that two passes of one process exclude each other like those of two nodes.
        let lease = Lease {
            store: self.store.clone(),
            name: place.name(),
            holder: format!("{} {}", self.node, uuid::Uuid::new_v4()),
            terms: self.terms,
        };
        let taken = Instant::now();
        if !lease.store.write(|db| installation::take_lease(db, &lease.name, &lease.holder, lease.seconds()))? {
            return Ok(None);
        }
        // A renewal may wait for the database longer than the lease lives: then the deadline stops the pass.
        let stop = stop.child_until(taken + self.terms.safe());
        let (released, watch) = channel();
        let lost = stop.clone();
        let renewing = std::thread::spawn(move || lease.keep(&watch, &lost));
        Ok(Some(Guard { stop, _hold: LockHold::Lease { released: Some(released), renewing: Some(renewing) } }))
    }
}

/// A lock, held until it is dropped.
#[derive(Debug)]
pub struct Guard {
    stop: Stop,
    _hold: LockHold,
}

impl Guard {
    /// Requested as soon as the lease is lost, after which the pass must not write any more.
    pub fn stop(&self) -> &Stop {
        &self.stop
    }
}

#[derive(Debug)]
enum LockHold {
    /// Unlocked when it is closed, also by a kill.
    File {
        #[allow(dead_code, reason = "held for its drop")]
        file: File,
    },
    Lease {
        released: Option<Sender<()>>,
        renewing: Option<std::thread::JoinHandle<()>>,
    },
}

impl Drop for LockHold {
    fn drop(&mut self) {
        if let LockHold::Lease { released, renewing } = self {
            released.take();
            if let Some(thread) = renewing.take() {
                // It ends by itself; a panic in it does not matter here.
                let _ = thread.join();
            }
        }
    }
}

struct Lease {
    store: Store,
    name: String,
    holder: String,
    terms: Terms,
}

impl Lease {
    /// Renews until the guard is dropped, then releases.
    fn keep(&self, released: &std::sync::mpsc::Receiver<()>, lost: &Stop) {
        let mut pause = self.terms.renewal;
        while let Err(RecvTimeoutError::Timeout) = released.recv_timeout(pause) {
            let asked = Instant::now();
            match self.store.write(|db| installation::renew_lease(db, &self.name, &self.holder, self.seconds())) {
                Ok(true) => {
                    lost.put_off(asked + self.terms.safe());
                    pause = self.terms.renewal;
                }
                Ok(false) => {
                    tracing::warn!(lease = self.name, "another node has taken the lease over; this pass stops");
                    lost.request();
                    return;
                }
                Err(error) => {
                    tracing::warn!(lease = self.name, %error, "the lease could not be renewed");
                    pause = self.terms.renewal / 10;
                }
            }
        }
        if let Err(error) = self.store.write(|db| installation::release_lease(db, &self.name, &self.holder)) {
            tracing::warn!(lease = self.name, %error, "the lease could not be given back; it runs out by itself");
        }
    }

    fn seconds(&self) -> i32 {
        i32::try_from(self.terms.expiry.as_secs().max(1)).unwrap_or(i32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_stops_with_its_parent_but_not_the_other_way_round() {
        let shutdown = Stop::default();
        let (one, other) = (shutdown.child(), shutdown.child());
        one.request();
        assert!(one.requested() && !other.requested() && !shutdown.requested());
        shutdown.request();
        assert!(other.requested());
    }

    #[test]
    fn a_time_stops_by_itself_and_for_good_unless_it_is_put_off() {
        let (soon, later) = (Instant::now(), Instant::now() + Duration::from_secs(60));
        let pass = Stop::default().child_until(later);
        assert!(!pass.requested());
        pass.put_off(soon);
        assert!(pass.requested());
        pass.put_off(later);
        assert!(pass.requested(), "it was seen to be over");
    }

    #[test]
    fn what_a_lease_is_for_is_read_from_its_name() {
        let names = [
            LockName::Server(ServerId(7)),
            LockName::Connection(ConnectionId(8)),
            LockName::AtHost { host: "[::1]".to_owned(), number: 3 },
            LockName::Push,
        ];
        for name in names {
            assert_eq!(LockName::of_lease(&name.name()), Some(name));
        }
        assert_eq!(LockName::of_lease("wanted:imap.example.org"), None);
    }

    #[test]
    fn a_server_is_locked_once_and_others_are_free() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("t.db").to_str().unwrap(), 2).unwrap();
        let locks = Locks::new(store, folder.path().join("locks"), Terms::default());
        let stop = Stop::default();
        let guard = locks.acquire(ServerId(1), Duration::ZERO, &stop).unwrap();
        assert!(matches!(locks.acquire(ServerId(1), Duration::from_millis(120), &stop), Err(LockError::Waited)));
        locks.acquire(ServerId(2), Duration::ZERO, &stop).unwrap();
        let waiting = {
            let (locks, stop) = (locks.clone(), stop.clone());
            std::thread::spawn(move || locks.acquire(ServerId(1), Duration::from_secs(20), &stop).map(|_| ()))
        };
        drop(guard);
        waiting.join().unwrap().unwrap();
        let _held = locks.acquire(ServerId(1), Duration::ZERO, &stop).unwrap();
        stop.request();
        assert!(matches!(locks.acquire(ServerId(1), Duration::from_secs(20), &stop), Err(LockError::Stopped)));
    }
}
