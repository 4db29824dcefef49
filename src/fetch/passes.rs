//! Runs a pass over a server, from its lock to its status; lets several callers wait for the same pass, and says how far
//! each has come.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use parking_lot::{Condvar, Mutex};
use prometheus::{HistogramOpts, HistogramVec};

use super::hosts::Hosts;
use super::push::Push;
use super::{Fetcher, PassError, listen, pass};
use crate::background::{Bell, LockError, Locks, Stop, chance};
use crate::domain::fetching::{PassTally, RunningPass};
use crate::domain::id::ServerId;
use crate::domain::server::IncomingServer;
use crate::domain::words::Complaint;
use crate::domain::{Moment, now};
use crate::key::{SealError, SealProblem};
use crate::pipeline::{repair, resume, retention};
use crate::store::{Store, StoreError, server_status, servers};
use crate::{complain, descriptors, mailbox};

/// What passes do: [`Fetcher`] in a running Mailgate, something simpler in tests of the timing.
pub trait Work: Send + Sync {
    /// Fetches one server to the end: everything found is kept, settled and acknowledged.
    fn pass(&self, server: &Arc<IncomingServer>, stop: &Stop, progress: &Progress) -> Result<PassTally, Unfinished>;
    /// Takes up what a dead process left unfinished and nobody has touched for `grace`, and what is due to be tried again.
    fn resume(&self, grace: TimeDelta) -> Result<(), StoreError>;
    /// Drops sources that were kept long enough; this may take long.
    fn sweep(&self, stop: &Stop) -> Result<(), StoreError>;
    /// Continues imports that are being undone or taken up again, with a batch of each; false where nothing is left to do.
    fn undo(&self) -> Result<bool, StoreError>;
    /// Connects to a server, so that it announces mail; fetches nothing.
    fn listen(&self, server: &Arc<IncomingServer>);
    /// The sessions that wait for mail.
    fn push(&self) -> &Push;
}

/// Why a pass was not finished. What it kept until then stays kept.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Unfinished {
    /// The mailbox failed; this is counted and shown on the server.
    #[error("{}", .0.what)]
    Failed(Complaint),
    /// A fault of this machine, and not of the mailbox: shown on the server all the same, and tried again soon.
    #[error("{}", .0.what)]
    Here(Complaint),
    /// The mail server asks to be left alone, for this long where it says so: not a failure at first.
    #[error("{}", .why.what)]
    Asked { why: Complaint, wait: Option<Duration> },
    /// All places at its mail server are taken.
    #[error("the mail server is at work for as many mailboxes as it is asked to at once (HOST_CONNECTIONS)")]
    CrowdedOut,
    /// It left its place to another mailbox while it fetched large mail, and continues soon; with what it has brought until
    /// then.
    #[error("large mail is still to be fetched; the pass gave its place at the mail server to another one")]
    GaveWay(PassTally),
    /// A pass elsewhere took longer than this one could wait.
    #[error("another pass over this server has not ended yet; it goes on by itself")]
    Waited,
    #[error("Mailgate is shutting down; the pass goes on at the next start")]
    Stopped,
    /// A person stopped the import that it was fetching. The next pass fetches everything else, at once.
    #[error("the import was stopped")]
    Halted,
    /// The secret key is missing or wrong: the password can't be opened. No fault of the mailbox.
    #[error("{0}")]
    Locked(SealProblem),
    /// Not confirmed, archived or deleted.
    #[error("the server is not confirmed (any more)")]
    NotConfirmed,
    /// The database or the data folder. Its words are for the log.
    #[error("the database or the data folder failed: {0}")]
    Store(String),
}

impl From<StoreError> for Unfinished {
    fn from(error: StoreError) -> Self {
        Unfinished::Store(error.to_string())
    }
}

impl From<LockError> for Unfinished {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Waited => Unfinished::Waited,
            LockError::Stopped => Unfinished::Stopped,
            LockError::File { source, .. } if descriptors::ran_out(&source) => {
                Unfinished::Here(descriptors::exhausted())
            }
            LockError::File { path, source } => {
                let path = path.display().to_string();
                Unfinished::Here(complain!("fetch-lock-unusable", path, error = source))
            }
            LockError::Store(error) => error.into(),
        }
    }
}

/// How long a requested pass waits for one that runs elsewhere.
const WAIT_FOR_LOCK: Duration = Duration::from_secs(600);

/// This machine may soon have again what it lacked.
const AFTER_OURS: TimeDelta = TimeDelta::minutes(1);

/// Everything a pass needs, and those who wait for one. Cheap to clone.
#[derive(Clone)]
pub struct Passes(Arc<PassesInner>);

struct PassesInner {
    store: Store,
    locks: Locks,
    hosts: Hosts,
    work: Arc<dyn Work>,
    board: Board,
    stop: Stop,
    bell: Bell,
    durations: HistogramVec,
    /// Passes that were requested and have not begun yet: further requests share them.
    asked: Mutex<HashMap<ServerId, Arc<Ticket>>>,
}

impl Passes {
    pub fn new(store: Store, locks: Locks, hosts: Hosts, work: Arc<dyn Work>) -> Result<Self, prometheus::Error> {
        let help = HistogramOpts::new("mailgate_pass_seconds", "How long passes over incoming servers took.")
            .buckets(vec![0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0]);
        Ok(Self(Arc::new(PassesInner {
            durations: HistogramVec::new(help, &["outcome"])?,
            store,
            locks,
            hosts,
            work,
            board: Board::default(),
            stop: Stop::default(),
            bell: Bell::default(),
            asked: Mutex::default(),
        })))
    }

    /// For `/metrics`: seconds by outcome, `done`, `failed` or `interrupted`.
    pub fn durations(&self) -> &HistogramVec {
        &self.0.durations
    }

    pub fn stop(&self) -> &Stop {
        &self.0.stop
    }

    /// Rung when the schedule has changed.
    pub fn bell(&self) -> &Bell {
        &self.0.bell
    }

    pub fn work(&self) -> &dyn Work {
        &*self.0.work
    }

    pub(super) fn locks(&self) -> &Locks {
        &self.0.locks
    }

    /// The name by which an administrator knows this process.
    pub fn node(&self) -> &str {
        self.0.locks.node()
    }

    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The places at mail servers.
    pub fn hosts(&self) -> &Hosts {
        &self.0.hosts
    }

    /// What pages show of passes that run, or wait for a place.
    pub fn board(&self) -> &Board {
        &self.0.board
    }

    /// The pass over this server that runs in this process.
    pub fn running(&self, server: ServerId) -> Option<RunningPass> {
        self.0.board.running(server)
    }

    /// Requests a pass that begins after this call, on a thread of its own, and runs to its end whether or not somebody
    /// waits. However many requests there are, one pass waits to begin.
    pub fn request(&self, server: ServerId) -> Arc<Ticket> {
        let mut asked = self.0.asked.lock();
        if let Some(ticket) = asked.get(&server) {
            return ticket.clone();
        }
        let ticket = Arc::new(Ticket::default());
        asked.insert(server, ticket.clone());
        drop(asked);
        let (passes, shared) = (self.clone(), ticket.clone());
        let spawned = std::thread::Builder::new().name(format!("fetch-{server}")).spawn(move || {
            let mut tally = PassTally::default();
            let end = loop {
                let end = passes.run_from(server, WAIT_FOR_LOCK, || {
                    passes.0.asked.lock().remove(&server);
                });
                match end {
                    // Whoever waits for the pass waits for all of it.
                    Err(Unfinished::GaveWay(some)) => {
                        tally = tally + some;
                        std::thread::sleep(GIVEN);
                    }
                    Ok(rest) => break Ok(tally + rest),
                    Err(error) => break Err(error),
                }
            };
            passes.0.asked.lock().retain(|_, waiting| !Arc::ptr_eq(waiting, &shared));
            shared.finish(end);
        });
        if let Err(error) = spawned {
            self.0.asked.lock().remove(&server);
            let why = Unfinished::Store(format!("no thread could be started: {error}"));
            self.note_here(server, &why);
            ticket.finish(Err(why));
        }
        ticket
    }

    /// Runs a pass on this thread, after waiting `wait` at most for one that runs elsewhere.
    pub fn run(&self, server: ServerId, wait: Duration) -> Result<PassTally, Unfinished> {
        self.run_from(server, wait, || ())
    }

    /// `begun` is called once lock and place are taken: requests after that need another pass.
    fn run_from(&self, server: ServerId, wait: Duration, begun: impl FnOnce()) -> Result<PassTally, Unfinished> {
        let deadline = Instant::now() + wait;
        let guard = match self.0.locks.acquire(server, wait, &self.0.stop) {
            Ok(guard) => guard,
            Err(error) => return self.not_begun(server, error.into()),
        };
        let push = self.0.work.push();
        push.connects(server);
        let stored = match self.0.store.read(|db| servers::get(db, server)) {
            Ok(stored) => stored,
            Err(error) => return self.not_begun(server, StoreError::into(error)),
        };
        let Some(settings) = stored.map(|stored| stored.settings).filter(IncomingServer::is_fetched) else {
            return Err(Unfinished::NotConfirmed);
        };
        let settings = Arc::new(settings);
        let left = deadline.saturating_duration_since(Instant::now());
        let entered = settings.mail_host().map(|host| self.0.hosts.enter(host, left, guard.stop())).transpose();
        let _place = match entered {
            Ok(Some(None)) => return Err(Unfinished::CrowdedOut),
            Ok(place) => place.flatten(),
            Err(error) => return self.not_begun(server, error.into()),
        };
        begun();
        let announced = push.begins(server);
        let place = settings.mail_host().map(|host| (self.0.hosts.clone(), host.to_owned()));
        let entry = self.0.board.enter(server, place);
        let started = Instant::now();
        let pass = || self.0.work.pass(&settings, guard.stop(), &entry);
        let end = catch_unwind(AssertUnwindSafe(pass)).unwrap_or_else(|_| Err(Unfinished::Failed(fault())));
        let end = end.map_err(explained);
        push.ended(server, announced, &end);
        self.note(server, settings.interval_minutes, (started.elapsed(), entry.rest()), &end)?;
        end
    }

    /// Connects on this thread to a server that is to announce mail. It takes a place at the mail server for as long as that
    /// takes; a session that waits for mail needs none.
    pub(super) fn listen(&self, server: ServerId) {
        let push = self.0.work.push();
        push.connects(server);
        let settings = match self.0.store.read(|db| servers::get(db, server)) {
            Ok(stored) => {
                stored.map(|stored| stored.settings).filter(|settings| settings.is_fetched() && settings.push)
            }
            Err(error) => {
                tracing::error!(%server, %error, "could not be connected to");
                return push.interrupted(server);
            }
        };
        let Some(settings) = settings.map(Arc::new) else { return };
        let Some(host) = settings.mail_host() else { return };
        let _place = match self.0.hosts.enter(host, Duration::ZERO, &self.0.stop) {
            Ok(Some(place)) => place,
            Ok(None) => return push.crowded_out(server),
            Err(error) => {
                tracing::error!(%server, %error, "could not be connected to");
                return push.interrupted(server);
            }
        };
        if catch_unwind(AssertUnwindSafe(|| self.0.work.listen(&settings))).is_err() {
            push.interrupted(server);
        }
    }

    /// Notes a pass that could not even begin, so that nobody waits for its mail without a reason.
    fn not_begun(&self, server: ServerId, why: Unfinished) -> Result<PassTally, Unfinished> {
        let why = explained(why);
        if let Unfinished::Here(_) | Unfinished::Store(_) = why {
            self.note_here(server, &why);
        }
        Err(why)
    }

    /// Writes on the server that this machine could not fetch it, if that can be written.
    fn note_here(&self, server: ServerId, why: &Unfinished) {
        let failure = match why {
            Unfinished::Here(failure) => failure.clone(),
            _ => complain!("fetch-store-failed"),
        };
        tracing::error!(%server, error = %why, remedy = %failure.remedy, "could not be fetched");
        let at = now();
        let next = at + AFTER_OURS;
        if let Err(error) = self.0.store.write(|db| server_status::failed(db, server, at, next, &failure)) {
            tracing::error!(%server, %error, "nor could that be written on the server");
        }
    }

    /// Writes on the server how the pass ended. `rest`: the time that its mail server wants between two sign-ins.
    fn note(
        &self,
        server: ServerId,
        interval_minutes: u16,
        (took, rest): (Duration, Duration),
        end: &Result<PassTally, Unfinished>,
    ) -> Result<(), Unfinished> {
        let at = now();
        let seconds = took.as_secs_f64();
        let outcome = match end {
            Ok(_) => "done",
            Err(Unfinished::Failed(_)) => "failed",
            Err(_) => "interrupted",
        };
        self.0.durations.with_label_values(&[outcome]).observe(seconds);
        match end {
            Ok(tally) => {
                tracing::info!(%server, seconds, ?tally, "fetched");
                let next = next_fetch(at, interval_minutes, chance()).max(after(at, rest, chance()));
                self.0.store.write(|db| server_status::succeeded(db, server, at, next, tally))?;
            }
            Err(Unfinished::GaveWay(tally)) => {
                tracing::info!(%server, seconds, ?tally, "gave its place to another mailbox; large mail comes later");
                let next = after(at, GIVEN, chance()).max(after(at, rest, chance()));
                self.0.store.write(|db| server_status::succeeded(db, server, at, next, tally))?;
            }
            Err(Unfinished::Failed(failure)) => {
                tracing::warn!(%server, seconds, failure = %failure.what, "could not be fetched");
                self.0.store.write(|db| {
                    let failures = server_status::get(db, server)?.failures;
                    let next = next_after_failure(at, interval_minutes, failures, chance());
                    server_status::failed(db, server, at, next, failure)
                })?;
            }
            Err(Unfinished::Asked { why, wait }) => {
                tracing::info!(%server, seconds, asked = %why.what, "the mail server asks to wait");
                self.0.store.write(|db| {
                    let status = server_status::get(db, server)?;
                    let next = next_after_failure(at, interval_minutes, status.waits, chance());
                    let next = next.max(after(at, wait.unwrap_or_default().max(rest), chance()));
                    let for_long = status.waiting_since.is_some_and(|since| at - since > WAITING);
                    // Once it counts as failing, only a good pass ends that.
                    match for_long || status.failing_since.is_some() {
                        true => server_status::failed(db, server, at, next, why),
                        false => server_status::waits(db, server, at, next, &why.what),
                    }
                })?;
            }
            Err(Unfinished::Halted) => {
                tracing::info!(%server, seconds, "the import was stopped");
                self.0.store.write(|db| server_status::schedule(db, server, after(at, rest, chance())))?;
            }
            // The log has said so at the start.
            Err(Unfinished::Locked(_)) => {}
            Err(why @ (Unfinished::Here(_) | Unfinished::Store(_))) => self.note_here(server, why),
            Err(error) => tracing::warn!(%server, seconds, %error, "a pass did not end"),
        }
        Ok(())
    }
}

/// A pass that was requested.
#[derive(Default)]
pub struct Ticket {
    end: Mutex<Option<Result<PassTally, Unfinished>>>,
    ended: Condvar,
}

impl Ticket {
    /// How the pass ended; None if it did not within `wait`, in which case it goes on.
    pub fn wait(&self, wait: Duration) -> Option<Result<PassTally, Unfinished>> {
        let mut end = self.end.lock();
        self.ended.wait_while_for(&mut end, |end| end.is_none(), wait);
        end.clone()
    }

    fn finish(&self, end: Result<PassTally, Unfinished>) {
        *self.end.lock() = Some(end);
        self.ended.notify_all();
    }
}

/// How long a pass that left its place leaves it to others.
const GIVEN: Duration = Duration::from_secs(5);
/// A server that only asks to wait for longer than this counts as failing.
const WAITING: TimeDelta = TimeDelta::hours(6);
/// No server is left alone for longer than this, whatever it says.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

/// An interval from `at`, plus or minus up to a tenth by `chance` (0 to 1), so that mailboxes that were set up together, or
/// were found waiting together, don't stay together.
pub fn next_fetch(at: Moment, interval_minutes: u16, chance: f64) -> Moment {
    let seconds = f64::from(interval_minutes.max(1)) * 60.0;
    at + TimeDelta::milliseconds((seconds * (0.9 + 0.2 * chance) * 1000.0) as i64)
}

/// After `wait`, or up to a tenth of it later.
fn after(at: Moment, wait: Duration, chance: f64) -> Moment {
    let wait = wait.min(LONGEST_WAIT);
    at + TimeDelta::from_std(wait.mul_f64(1.0 + 0.1 * chance)).unwrap_or_default()
}

/// After the first failure the usual interval, then twice as long each time, up to an hour (or the interval, if that is
/// longer); up to a fifth less by chance, so that a server that comes back is not met by all at once.
fn next_after_failure(at: Moment, interval_minutes: u16, failures_before: i32, chance: f64) -> Moment {
    let interval = i64::from(interval_minutes.max(1)) * 60;
    let longest = interval.max(3600);
    let doubled = interval.saturating_mul(1 << failures_before.clamp(0, 12)).min(longest);
    at + TimeDelta::seconds((doubled as f64 * (1.0 - 0.2 * chance)) as i64)
}

/// If file descriptors have run out, that is the reason, whatever the failure says: databases and name services have other
/// words for it.
fn explained(why: Unfinished) -> Unfinished {
    match why {
        Unfinished::Failed(_) | Unfinished::Here(_) | Unfinished::Store(_) if descriptors::are_exhausted() => {
            tracing::error!(error = %why, "out of file descriptors");
            Unfinished::Here(descriptors::exhausted())
        }
        other => other,
    }
}

/// A bug that ended one pass; its place in the code is in the log.
fn fault() -> Complaint {
    complain!("fetch-fault")
}

impl Work for Fetcher {
    fn pass(&self, server: &Arc<IncomingServer>, stop: &Stop, progress: &Progress) -> Result<PassTally, Unfinished> {
        Ok(pass(self, server, stop, progress)?)
    }

    fn resume(&self, grace: TimeDelta) -> Result<(), StoreError> {
        resume(&self.pipeline, grace).map(|_| ())
    }

    fn sweep(&self, stop: &Stop) -> Result<(), StoreError> {
        retention::sweep(&self.pipeline, &|| stop.requested()).map(|_| ())
    }

    fn undo(&self) -> Result<bool, StoreError> {
        repair::go_on(&self.pipeline)
    }

    fn listen(&self, server: &Arc<IncomingServer>) {
        listen(self, server);
    }

    fn push(&self) -> &Push {
        &self.push
    }
}

impl From<PassError> for Unfinished {
    fn from(error: PassError) -> Self {
        match error {
            PassError::Mailbox(error) => match error.problem {
                mailbox::MailboxProblem::Machine => Unfinished::Here(error.complaint),
                mailbox::MailboxProblem::Busy => Unfinished::Asked { why: error.complaint, wait: error.wait },
                _ => Unfinished::Failed(error.complaint),
            },
            PassError::Store(StoreError::Seal(SealError::Locked(problem))) => Unfinished::Locked(problem),
            PassError::Store(StoreError::Seal(error)) => Unfinished::Failed(error.complaint()),
            PassError::Unaccounted(count) => Unfinished::Failed(complain!("fetch-unaccounted", count)),
            PassError::Untold(why) => Unfinished::Failed(complain!("fetch-untold", why)),
            PassError::Store(error) => error.into(),
            PassError::Spool(error) => Unfinished::Here(complain!("fetch-no-room", error)),
            PassError::GaveWay(tally) => Unfinished::GaveWay(tally),
            PassError::Stopped => Unfinished::Stopped,
            PassError::Halted => Unfinished::Halted,
        }
    }
}

/// Counters of one pass, which the pass counts up and anybody reads.
///
/// They are in memory; what pages of other nodes show of them is written into the database.
pub struct Progress {
    since: Moment,
    found: AtomicU32,
    kept: AtomicU32,
    settled: AtomicU32,
    /// Of a large message that is being fetched: the bytes that are here, and all of them.
    large: Mutex<Option<(u64, u64)>>,
    /// Seconds to leave between two sign-ins.
    rest: AtomicU64,
    /// The place that it holds at a mail server.
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

    /// How many of how many bytes of a large message are here; None while none is being fetched.
    pub fn large(&self, bytes: Option<(u64, u64)>) {
        *self.large.lock() = bytes;
    }

    /// The server wants at least this time between two sign-ins.
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
    /// Servers that are due and find no place at their mail server.
    crowded_out: Mutex<HashSet<ServerId>>,
}

impl Board {
    /// Shows a pass until the entry is dropped; with the place that it holds.
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

    /// Sets which servers are due and wait for a place.
    pub fn set_crowded_out(&self, servers: HashSet<ServerId>) {
        *self.0.crowded_out.lock() = servers;
    }

    /// Whether this server is due and waits for a place.
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
    fn a_failing_server_is_tried_less_and_less_often_up_to_hourly() {
        let at = now();
        let minutes = |interval, failures, chance| {
            (next_after_failure(at, interval, failures, chance) - at).num_seconds() as f64 / 60.0
        };
        assert_eq!([0, 1, 2, 3, 4, 400].map(|n| minutes(5, n, 0.0)), [5.0, 10.0, 20.0, 40.0, 60.0, 60.0]);
        assert_eq!(minutes(5, 9, 1.0), 48.0);
        assert_eq!(minutes(240, 3, 0.0), 240.0, "never more often than the schedule says");
    }

    #[test]
    fn fetches_come_apart_by_a_tenth_of_the_interval() {
        let at = now();
        let seconds = |interval, chance| (next_fetch(at, interval, chance) - at).num_milliseconds() as f64 / 1000.0;
        assert_eq!([0.0, 0.5, 1.0].map(|chance| seconds(5, chance)), [270.0, 300.0, 330.0]);
        assert_eq!([0.0, 1.0].map(|chance| seconds(1, chance)), [54.0, 66.0]);
        assert_eq!((after(at, Duration::from_secs(900), 1.0) - at).num_seconds(), 990);
        assert_eq!((after(at, Duration::MAX, 0.0) - at).num_hours(), 24, "never for ever");
    }

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
