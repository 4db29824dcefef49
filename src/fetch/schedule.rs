//! Fetches each server when it is due, on worker threads, and does what else is due beside that.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use parking_lot::Mutex;

use super::passes::{Passes, Unfinished};
use super::push;
use crate::background::chance;
use crate::domain::id::ServerId;
use crate::domain::now;
use crate::store::{Backend, StoreError, installation, server_status};

/// How many passes run at once.
#[derive(Debug, Clone, Copy)]
pub struct PassLimits {
    /// Passes that have run for less than `patience` (FETCH_WORKERS).
    pub workers: usize,
    /// A pass that takes longer leaves its worker to the next server, so that slow servers delay nobody.
    pub patience: Duration,
    /// Passes altogether; each costs a thread and a session.
    pub threads: usize,
}

impl PassLimits {
    pub fn with_workers(workers: usize) -> Self {
        let workers = workers.clamp(1, 64);
        Self { workers, patience: Duration::from_secs(5), threads: workers * 16 }
    }
}

/// How often the schedule is read if nobody wakes the scheduler, since other processes change it, too.
const TICK: Duration = Duration::from_secs(1);
/// A server that is fetched elsewhere is left alone for this long.
const ELSEWHERE: Duration = Duration::from_secs(5);
/// If one found no place at its mail server, all that wait for that server look again after this time, one after the other.
const CROWDED_OUT: Duration = Duration::from_millis(500);
/// If more servers than this came due while nothing ran, they are spread over [`SPREAD`].
const AT_ONCE: usize = 20;
const SPREAD: TimeDelta = TimeDelta::seconds(60);
/// A server that has been due for longer than this came due while nothing ran.
const LATE: TimeDelta = TimeDelta::seconds(10);
/// How often at least other nodes are told how far passes have come.
const TELL_EVERY: Duration = Duration::from_secs(2);
const RETRY_EVERY: Duration = Duration::from_secs(5);
/// Mail that was kept within this time belongs to the pass that kept it. At the start none does, since whoever kept it is
/// dead.
const IN_HAND: TimeDelta = TimeDelta::minutes(1);
const SWEEP_EVERY: Duration = Duration::from_secs(24 * 3600);
/// The same where it failed.
const SWEEP_AGAIN: Duration = Duration::from_secs(3600);
/// How often it is looked whether that is over.
const SWEEP_LOOKED: Duration = Duration::from_secs(60);

/// The threads that fetch by themselves; stopped when told to or dropped.
pub struct Scheduler {
    passes: Passes,
    threads: Vec<JoinHandle<()>>,
}

impl Scheduler {
    /// Begins at once with what a dead process left unfinished and with what is due.
    pub fn start(passes: Passes, limits: PassLimits) -> std::io::Result<Self> {
        let desk = ScheduleDesk { passes: passes.clone(), limits, running: Arc::default() };
        let (upkeep, undoing, sweeping) = (passes.clone(), passes.clone(), passes.clone());
        let (listening, telling) = (passes.clone(), passes.clone());
        let threads = vec![
            std::thread::Builder::new().name("scheduler".into()).spawn(move || desk.work())?,
            std::thread::Builder::new().name("upkeep".into()).spawn(move || keep_up(&upkeep))?,
            std::thread::Builder::new().name("undo".into()).spawn(move || undo(&undoing))?,
            std::thread::Builder::new().name("sweep".into()).spawn(move || sweep(&sweeping))?,
            std::thread::Builder::new().name("push".into()).spawn(move || push::watch(&listening))?,
            std::thread::Builder::new().name("progress".into()).spawn(move || tell_progress(&telling))?,
        ];
        Ok(Self { passes, threads })
    }

    /// Lets a further thread be ended with the others; it looks at the stop of [`Passes`].
    pub fn with(mut self, thread: JoinHandle<()>) -> Self {
        self.threads.push(thread);
        self
    }

    fn end(&self) {
        self.passes.stop().request();
        self.passes.bell().ring();
        self.passes.work().push().wake();
    }

    /// Ends all passes at their next safe point; those that have not ended within `grace` are left behind, which is as safe
    /// as a crash. True if everything ended.
    pub fn stop(mut self, grace: Duration) -> bool {
        self.end();
        let deadline = Instant::now() + grace;
        while self.threads.iter().any(|thread| !thread.is_finished()) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(20));
        }
        std::mem::take(&mut self.threads).iter().all(JoinHandle::is_finished)
    }
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        self.end();
    }
}

struct Current {
    since: Instant,
    host: Option<String>,
    /// How long it is left alone after its end.
    ended: Option<Pause>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Pause {
    wait: Duration,
    /// All places at its mail server were taken.
    crowded_out: bool,
}

/// What is done for a server on a thread of its own.
#[derive(Debug, Clone, Copy)]
enum DeskJob {
    Pass,
    /// It is connected to, so that it announces mail.
    Listen,
}

#[derive(Clone)]
struct ScheduleDesk {
    passes: Passes,
    limits: PassLimits,
    /// What runs, and what ended so recently that it must not begin again.
    running: Arc<Mutex<HashMap<ServerId, Current>>>,
}

impl ScheduleDesk {
    fn work(&self) {
        let mut heard = 0;
        if let Err(error) = self.spread_late() {
            tracing::error!(%error, "what came due while nothing ran is fetched all at once");
        }
        while !self.passes.stop().requested() {
            if let Err(error) = self.begin_due() {
                tracing::error!(%error, "the schedule could not be read; trying again");
            }
            heard = self.passes.bell().wait(heard, TICK);
        }
        // Passes end at their next safe point; a shutdown that waits for them leaves nothing half done.
        while self.running.lock().values().any(|current| current.ended.is_none()) {
            heard = self.passes.bell().wait(heard, TICK);
        }
    }

    /// At the start: if many mailboxes came due while nothing ran, few of them are fetched in the same second.
    fn spread_late(&self) -> Result<(), StoreError> {
        let (at, spread) = (now(), SPREAD.num_milliseconds() as f64);
        let when = || at + TimeDelta::milliseconds((spread * chance()) as i64);
        let late = self.passes.store().write(|db| server_status::spread_late(db, at - LATE, AT_ONCE, when))?;
        if late > 0 {
            tracing::info!(servers = late, "came due while nothing ran; fetched over the next minute");
        }
        Ok(())
    }

    fn begin_due(&self) -> Result<(), StoreError> {
        let push = self.passes.work().push();
        let announced = push.announced();
        let mut due = self.passes.store().read(|db| server_status::due(db, now(), &announced))?;
        // Somebody may be waiting for announced mail.
        due.sort_by_key(|server| !announced.contains(&server.server()));
        self.running.lock().retain(|_, current| current.ended.is_none_or(|pause| current.since.elapsed() < pause.wait));
        let mut crowded_out = HashSet::new();
        for server in due {
            let (id, host) = (server.server(), server.mail_host());
            match self.room_for(id, host) {
                PassRoom::Free => self.begin(id, host.map(str::to_owned), DeskJob::Pass),
                PassRoom::NoneAtHost => {
                    host.iter().for_each(|host| self.passes.hosts().want(host));
                    crowded_out.insert(id);
                }
                PassRoom::None => {}
            }
        }
        self.passes.board().set_crowded_out(crowded_out);
        let connect = push.to_connect();
        if connect.is_empty() {
            return Ok(());
        }
        for server in self.passes.store().read(|db| server_status::places(db, &connect))? {
            let (id, host) = (server.server(), server.mail_host());
            if matches!(self.room_for(id, host), PassRoom::Free) {
                self.begin(id, host.map(str::to_owned), DeskJob::Listen);
            }
        }
        Ok(())
    }

    fn room_for(&self, server: ServerId, host: Option<&str>) -> PassRoom {
        let running = self.running.lock();
        let all = || running.values().filter(|current| current.ended.is_none());
        let is_there = |current: &&Current| host.is_some() && current.host.as_deref() == host;
        let found_none = |current: &Current| current.ended.is_some_and(|pause| pause.crowded_out);
        if running.get(&server).is_some_and(|current| !found_none(current)) {
            return PassRoom::None;
        }
        if running.values().filter(is_there).any(found_none)
            || all().filter(is_there).count() >= self.passes.hosts().most()
        {
            return PassRoom::NoneAtHost;
        }
        if all().count() >= self.limits.threads {
            // Passes that have only large mail left let others in.
            all().filter_map(|current| current.host.as_deref()).for_each(|host| self.passes.hosts().want(host));
            return PassRoom::None;
        }
        let young = all().filter(|current| current.since.elapsed() < self.limits.patience).count();
        if young < self.limits.workers { PassRoom::Free } else { PassRoom::None }
    }

    fn begin(&self, server: ServerId, host: Option<String>, job: DeskJob) {
        self.running.lock().insert(server, Current { since: Instant::now(), host, ended: None });
        let desk = self.clone();
        let spawned = std::thread::Builder::new().name(format!("pass-{server}")).spawn(move || {
            let end = match job {
                DeskJob::Pass => desk.passes.run(server, Duration::ZERO).map(drop),
                DeskJob::Listen => {
                    desk.passes.listen(server);
                    Ok(())
                }
            };
            desk.end(
                server,
                match end {
                    Err(Unfinished::CrowdedOut) => Some(Pause { wait: CROWDED_OUT, crowded_out: true }),
                    Err(Unfinished::Waited | Unfinished::Here(_) | Unfinished::Store(_) | Unfinished::Locked(_)) => {
                        Some(Pause { wait: ELSEWHERE, crowded_out: false })
                    }
                    _ => None,
                },
            );
        });
        if let Err(error) = spawned {
            tracing::error!(%server, %error, "no thread could be started for a pass");
            self.end(server, Some(Pause { wait: ELSEWHERE, crowded_out: false }));
        }
    }

    /// `pause`: it is still due by the schedule, but nothing can be done about that now.
    fn end(&self, server: ServerId, pause: Option<Pause>) {
        let mut running = self.running.lock();
        if pause.is_some() {
            running.entry(server).and_modify(|current| {
                current.since = Instant::now();
                current.ended = pause;
            });
        } else {
            running.remove(&server);
        }
        drop(running);
        self.passes.bell().ring();
    }
}

/// Whether a pass may begin.
enum PassRoom {
    Free,
    /// All places at its mail server are taken.
    NoneAtHost,
    None,
}

/// Takes up what was left unfinished, at once, and then every few seconds what is due again.
fn keep_up(passes: &Passes) {
    let mut heard = 0;
    let mut grace = TimeDelta::zero();
    while !passes.stop().requested() {
        if let Err(error) = passes.work().resume(grace) {
            tracing::error!(%error, "what is due could not be delivered; trying again");
        }
        grace = IN_HAND;
        heard = passes.bell().wait(heard, RETRY_EVERY);
    }
}

/// Drops what was kept long enough, daily, beside everything else, since it may take hours.
fn sweep(passes: &Passes) {
    let (mut next, mut heard) = (Instant::now(), 0);
    while !passes.stop().requested() {
        if Instant::now() >= next {
            let wait = match passes.work().sweep(passes.stop()) {
                Ok(()) => SWEEP_EVERY,
                Err(error) => {
                    tracing::error!(%error, "what has had its time could not be dropped; trying again in an hour");
                    SWEEP_AGAIN
                }
            };
            next = Instant::now() + wait;
        }
        heard = passes.bell().wait(heard, SWEEP_LOOKED);
    }
}

/// Undoes imports and takes them up again, beside everything else, since it may take minutes.
fn undo(passes: &Passes) {
    let mut heard = 0;
    while !passes.stop().requested() {
        match passes.work().undo() {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::error!(%error, "an import could not be undone or taken up; trying again"),
        }
        heard = passes.bell().wait(heard, RETRY_EVERY);
    }
}

/// Writes into the database how far the passes of this node are, for the pages of other nodes. With SQLite there are none.
fn tell_progress(passes: &Passes) {
    let several = passes.store().backend() == Backend::Postgres;
    let (mut heard, mut told, mut next) = (0, false, Instant::now());
    while several && !passes.stop().requested() {
        if Instant::now() >= next {
            let running = passes.board().all();
            if told || !running.is_empty() {
                let node = passes.locks().node();
                match passes.store().write(|db| installation::report_passes(db, node, &running)) {
                    Ok(()) => told = !running.is_empty(),
                    Err(error) => tracing::warn!(%error, "other nodes' pages don't see how far passes have come"),
                }
            }
            next = Instant::now() + TELL_EVERY;
        }
        heard = passes.bell().wait(heard, TELL_EVERY);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::background::{Locks, Stop, Terms};
    use crate::domain::fetching::PassTally;
    use crate::domain::server::{AfterFetch, IncomingServer, ServerState};
    use crate::domain::setting::SettingsObject;
    use crate::domain::words::{Complaint, Sentence};
    use crate::fetch::hosts::Hosts;
    use crate::fetch::passes::{Progress, Work};
    use crate::fetch::push::Push;
    use crate::store::{Store, servers};

    /// Servers named `slow` never end by themselves, `failing` ones fail, others are done at once.
    struct Pretended {
        push: Push,
        slow: Mutex<HashSet<ServerId>>,
        failing: Mutex<HashSet<ServerId>>,
        passes: Mutex<HashMap<ServerId, usize>>,
        at_once: AtomicUsize,
        most_at_once: AtomicUsize,
    }

    impl Pretended {
        fn passes(&self, server: ServerId) -> usize {
            self.passes.lock().get(&server).copied().unwrap_or_default()
        }
    }

    impl Work for Pretended {
        fn pass(
            &self,
            server: &Arc<IncomingServer>,
            stop: &Stop,
            progress: &Progress,
        ) -> Result<PassTally, Unfinished> {
            let server = server.id;
            progress.found(1);
            *self.passes.lock().entry(server).or_default() += 1;
            if self.failing.lock().contains(&server) {
                return Err(Unfinished::Failed(Complaint::new(
                    Sentence::verbatim("refused"),
                    Sentence::verbatim("wait"),
                )));
            }
            let running = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
            self.most_at_once.fetch_max(running, Ordering::SeqCst);
            while self.slow.lock().contains(&server) && !stop.requested() {
                std::thread::sleep(Duration::from_millis(2));
            }
            self.at_once.fetch_sub(1, Ordering::SeqCst);
            if stop.requested() {
                Err(Unfinished::Stopped)
            } else {
                Ok(PassTally { fetched: 1, ..PassTally::default() })
            }
        }

        fn resume(&self, _grace: chrono::TimeDelta) -> Result<(), StoreError> {
            Ok(())
        }

        fn sweep(&self, _stop: &Stop) -> Result<(), StoreError> {
            Ok(())
        }

        fn undo(&self) -> Result<bool, StoreError> {
            Ok(false)
        }

        fn listen(&self, _server: &Arc<IncomingServer>) {}

        fn push(&self) -> &Push {
            &self.push
        }
    }

    struct Bench {
        _folder: tempfile::TempDir,
        store: Store,
        work: Arc<Pretended>,
        passes: Passes,
    }

    fn bench() -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("t.db").to_str().unwrap(), 8).unwrap();
        let locks = Locks::new(store.clone(), folder.path().join("locks"), Terms::default());
        let work = Arc::new(Pretended {
            push: Push::new(0).unwrap(),
            slow: Mutex::default(),
            failing: Mutex::default(),
            passes: Mutex::default(),
            at_once: AtomicUsize::new(0),
            most_at_once: AtomicUsize::new(0),
        });
        let hosts = Hosts::new(store.clone(), locks.clone(), 2);
        let passes = Passes::new(store.clone(), locks, hosts, work.clone()).unwrap();
        Bench { _folder: folder, store, work, passes }
    }

    impl Bench {
        fn server(&self) -> ServerId {
            let server = IncomingServer {
                id: ServerId(0),
                name: "Support".into(),
                state: ServerState::Done,
                after_fetch: AfterFetch::Keep,
                ..IncomingServer::blank()
            };
            self.store.write(|db| servers::insert(db, &server)).unwrap()
        }

        fn status(&self, server: ServerId) -> server_status::ServerStatus {
            self.store.read(|db| server_status::get(db, server)).unwrap()
        }

        fn start(&self, workers: usize) -> Scheduler {
            let limits = PassLimits { patience: Duration::from_millis(100), ..PassLimits::with_workers(workers) };
            Scheduler::start(self.passes.clone(), limits).unwrap()
        }
    }

    fn until(what: &str, mut holds: impl FnMut() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !holds() {
            assert!(Instant::now() < deadline, "not within 20 s: {what}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn slow_servers_delay_no_other_and_end_when_told_to() {
        let bench = bench();
        let slow: Vec<ServerId> = (0..3).map(|_| bench.server()).collect();
        bench.work.slow.lock().extend(&slow);
        let quick = bench.server();
        let scheduler = bench.start(2);
        until("the quick one is fetched while three slow ones hold both workers", || {
            bench.status(quick).last_fetch.is_some()
        });
        assert!(bench.passes.running(slow[0]).is_some_and(|running| running.found == 1));
        assert_eq!(bench.status(slow[0]).last_fetch, None);
        assert!(scheduler.stop(Duration::from_secs(10)));
        assert!(slow.iter().all(|server| bench.passes.running(*server).is_none()));
    }

    #[test]
    fn a_failure_stands_on_the_server_until_a_pass_ends_well() {
        let bench = bench();
        let server = bench.server();
        bench.work.failing.lock().insert(server);
        let _scheduler = bench.start(2);
        until("a first failure", || bench.status(server).failures == 1);
        let since = bench.status(server).failing_since;
        bench.passes.request(server).wait(Duration::from_secs(20)).unwrap().unwrap_err();
        let status = bench.status(server);
        assert_eq!((status.failures, status.failing_since), (2, since));
        assert_eq!((status.last_error.as_deref(), status.last_remedy.as_deref()), (Some("refused"), Some("wait")));
        assert!(status.next_fetch.unwrap() > now() + chrono::TimeDelta::minutes(7), "tried less often");
        bench.work.failing.lock().clear();
        bench.store.write(|db| server_status::schedule(db, server, now())).unwrap();
        bench.passes.bell().ring();
        until("it is well again", || bench.status(server).failures == 0);
        let status = bench.status(server);
        assert_eq!((status.last_error, status.last_remedy, status.failing_since), (None, None, None));
        assert_eq!(bench.work.passes(server), 3);
    }

    #[test]
    fn what_came_due_while_nothing_ran_is_not_fetched_in_the_same_second() {
        let bench = bench();
        let late = now() - TimeDelta::hours(1);
        let schedule = |server: &ServerId| bench.store.write(|db| server_status::schedule(db, *server, late)).unwrap();
        let few: Vec<ServerId> = (0..3).map(|_| bench.server()).collect();
        few.iter().for_each(schedule);
        let scheduler = bench.start(4);
        until("few are fetched at once", || few.iter().all(|server| bench.work.passes(*server) == 1));
        drop(scheduler);
        let bench = self::bench();
        let many: Vec<ServerId> = (0..60).map(|_| bench.server()).collect();
        let schedule = |server: &ServerId| bench.store.write(|db| server_status::schedule(db, *server, late)).unwrap();
        many.iter().for_each(schedule);
        let scheduler = bench.start(4);
        until("each has a time of its own", || many.iter().all(|server| bench.status(*server).next_fetch > Some(late)));
        let next: Vec<_> = many.iter().filter_map(|server| bench.status(*server).next_fetch).collect();
        let seconds: HashSet<i64> = next.iter().map(|next| next.and_utc().timestamp()).collect();
        assert!(seconds.len() > 20, "{next:?}");
        assert!(next.iter().all(|next| *next < now() + TimeDelta::minutes(6)));
        drop(scheduler);
    }

    #[test]
    fn whoever_asks_gets_a_pass_that_began_later_and_passes_never_overlap() {
        let bench = bench();
        let server = bench.server();
        bench.work.slow.lock().insert(server);
        let first = bench.passes.request(server);
        until("the first pass runs", || bench.work.passes(server) == 1);
        let later: Vec<_> = (0..5).map(|_| bench.passes.request(server)).collect();
        assert!(first.wait(Duration::from_millis(20)).is_none(), "it goes on by itself");
        bench.work.slow.lock().clear();
        for ticket in later {
            assert_eq!(ticket.wait(Duration::from_secs(20)).unwrap().unwrap().fetched, 1);
        }
        assert_eq!(bench.work.passes(server), 2, "five who ask at once share one pass");
        assert_eq!(bench.work.most_at_once.load(Ordering::SeqCst), 1);
    }
}
