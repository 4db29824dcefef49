//! The timing of passes, with work that only takes time; fetching for real is tested against mail servers.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::domain::server::{Access, AfterFetch, IncomingServer, SenderPolicy, ServerState, ServerType, StartWith};
use crate::domain::tally::Tally;
use crate::intake::lock::{Locks, Terms};
use crate::intake::passes::Work;
use crate::intake::progress::Progress;
use crate::intake::stop::Stop;
use crate::store::server_status::Failure;
use crate::store::{Store, servers};

/// Servers named `slow` never end by themselves, `failing` ones fail, others are done at once.
#[derive(Default)]
struct Pretended {
    slow: Mutex<HashSet<ServerId>>,
    failing: Mutex<HashSet<ServerId>>,
    passes: Mutex<HashMap<ServerId, usize>>,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
}

impl Pretended {
    fn passes(&self, server: ServerId) -> usize {
        lock(&self.passes).get(&server).copied().unwrap_or_default()
    }
}

impl Work for Pretended {
    fn pass(&self, server: ServerId, stop: &Stop, progress: &Progress) -> Result<Tally, Unfinished> {
        progress.found(1);
        *lock(&self.passes).entry(server).or_default() += 1;
        if lock(&self.failing).contains(&server) {
            return Err(Unfinished::Failed(Failure { words: "refused".into(), remedy: "wait".into() }));
        }
        let running = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(running, Ordering::SeqCst);
        while lock(&self.slow).contains(&server) && !stop.requested() {
            std::thread::sleep(Duration::from_millis(2));
        }
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        if stop.requested() { Err(Unfinished::Stopped) } else { Ok(Tally { fetched: 1, ..Tally::default() }) }
    }

    fn resume(&self, _grace: chrono::TimeDelta) -> Result<(), StoreError> {
        Ok(())
    }

    fn sweep(&self) -> Result<(), StoreError> {
        Ok(())
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
    let work = Arc::new(Pretended::default());
    let passes = Passes::new(store.clone(), locks, work.clone()).unwrap();
    Bench { _folder: folder, store, work, passes }
}

impl Bench {
    fn server(&self) -> ServerId {
        let server = IncomingServer {
            id: ServerId(0),
            name: "Support".into(),
            server_type: ServerType::Local,
            state: ServerState::Done,
            active: true,
            access: Access::Local { maildir: None },
            folder: "INBOX".into(),
            start_with: StartWith::All,
            start_date: None,
            after_fetch: AfterFetch::Keep,
            move_to: None,
            delete_after_days: 14,
            size_limit_mb: 50,
            interval_minutes: 5,
            priority: 5,
            attach: true,
            original: false,
            connection: None,
            object_model: None,
            sender_policy: SenderPolicy::Everyone,
            no_other_fetcher: false,
        };
        self.store.write(|db| servers::insert(db, &server)).unwrap()
    }

    fn status(&self, server: ServerId) -> server_status::Status {
        self.store.read(|db| server_status::get(db, server)).unwrap()
    }

    fn start(&self, workers: usize) -> Scheduler {
        let limits = Limits { patience: Duration::from_millis(100), ..Limits::with_workers(workers) };
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
    lock(&bench.work.slow).extend(&slow);
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
    lock(&bench.work.failing).insert(server);
    let _scheduler = bench.start(2);
    until("a first failure", || bench.status(server).failures == 1);
    let since = bench.status(server).failing_since;
    bench.passes.request(server).wait(Duration::from_secs(20)).unwrap().unwrap_err();
    let status = bench.status(server);
    assert_eq!((status.failures, status.failing_since), (2, since));
    assert_eq!((status.last_error.as_deref(), status.last_remedy.as_deref()), (Some("refused"), Some("wait")));
    assert!(status.next_fetch.unwrap() > now() + chrono::TimeDelta::minutes(7), "tried less often");
    lock(&bench.work.failing).clear();
    bench.store.write(|db| server_status::schedule(db, server, now())).unwrap();
    bench.passes.bell().ring();
    until("it is well again", || bench.status(server).failures == 0);
    let status = bench.status(server);
    assert_eq!((status.last_error, status.last_remedy, status.failing_since), (None, None, None));
    assert_eq!(bench.work.passes(server), 3);
}

#[test]
fn whoever_asks_gets_a_pass_that_began_later_and_passes_never_overlap() {
    let bench = bench();
    let server = bench.server();
    lock(&bench.work.slow).insert(server);
    let first = bench.passes.request(server);
    until("the first pass runs", || bench.work.passes(server) == 1);
    let later: Vec<_> = (0..5).map(|_| bench.passes.request(server)).collect();
    assert!(first.wait(Duration::from_millis(20)).is_none(), "it goes on by itself");
    lock(&bench.work.slow).clear();
    for ticket in later {
        assert_eq!(ticket.wait(Duration::from_secs(20)).unwrap().unwrap().fetched, 1);
    }
    assert_eq!(bench.work.passes(server), 2, "five who ask at once share one pass");
    assert_eq!(bench.work.most_at_once.load(Ordering::SeqCst), 1);
}
