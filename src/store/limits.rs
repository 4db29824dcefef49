//! Limits how long reading may take, and how much of it goes on at once. A person or a client may ask for something that
//! takes a database minutes: whoever asks for the worst keeps only their own share busy, and everything else has connections
//! and processors left.

use std::cell::Cell;
use std::sync::{Arc, Once};
use std::thread::LocalKey;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::domain::id::UserId;

/// Steps of SQLite's machine between two looks at the clock: they take some microseconds, so that looking costs nothing, and
/// are few enough that a statement ends soon even if each step searches a long text.
const STEPS: std::ffi::c_int = 1000;

/// What somebody reads for, which decides how long that may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadPurpose {
    /// A page, for which a person waits.
    Page,
    /// A call of a client; also whatever says nothing else: the command line, and what monitoring asks.
    Call,
    /// A file that a person exports, however much is in it.
    Export,
}

/// How long one read for each purpose may take.
#[derive(Debug, Clone, Copy)]
pub struct ReadPatience {
    pub page: Duration,
    pub call: Duration,
    pub export: Duration,
}

impl ReadPatience {
    /// The limit for the present purpose of this thread.
    pub(super) fn now(&self) -> Duration {
        match PURPOSE.get() {
            ReadPurpose::Page => self.page,
            ReadPurpose::Call => self.call,
            ReadPurpose::Export => self.export,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Deadline {
    at: Instant,
    allowed: Duration,
}

thread_local! {
    static HOLDS: Cell<Option<Deadline>> = const { Cell::new(None) };
    static PURPOSE: Cell<ReadPurpose> = const { Cell::new(ReadPurpose::Call) };
}

/// Runs work that reads for this purpose.
pub fn reading_for<T>(purpose: ReadPurpose, work: impl FnOnce() -> T) -> T {
    let _restored = Restored { cell: &PURPOSE, before: PURPOSE.replace(purpose) };
    work()
}

/// Runs work that may read for this long, or until the present deadline, whichever is earlier.
pub fn within<T>(allowed: Duration, work: impl FnOnce() -> T) -> T {
    let mine = Deadline { at: Instant::now() + allowed, allowed };
    let earlier = HOLDS.get().filter(|holds| holds.at <= mine.at);
    let _restored = Restored { cell: &HOLDS, before: HOLDS.replace(Some(earlier.unwrap_or(mine))) };
    work()
}

/// Runs work without a deadline.
pub(super) fn without<T>(work: impl FnOnce() -> T) -> T {
    let _restored = Restored { cell: &HOLDS, before: HOLDS.replace(None) };
    work()
}

/// How long this thread was allowed to read, if that time is over.
pub fn passed() -> Option<Duration> {
    let holds = HOLDS.get()?;
    (Instant::now() >= holds.at).then_some(holds.allowed)
}

/// Restores the earlier value, even if the work panics, since the thread goes on to other work.
struct Restored<T: Copy + 'static> {
    cell: &'static LocalKey<Cell<T>>,
    before: T,
}

impl<T: Copy> Drop for Restored<T> {
    fn drop(&mut self) {
        self.cell.set(self.before);
    }
}

/// Makes every SQLite connection that is opened from now on check the deadline while it works.
pub(super) fn watch_sqlite() {
    use libsqlite3_sys::{SQLITE_OK, sqlite3, sqlite3_api_routines, sqlite3_auto_extension, sqlite3_progress_handler};
    use std::ffi::{c_char, c_int, c_void};

    /// Anything but 0 ends the statement. SQLite calls it on the thread that runs the statement.
    unsafe extern "C" fn ask(_: *mut c_void) -> c_int {
        c_int::from(passed().is_some())
    }

    unsafe extern "C" fn opened(db: *mut sqlite3, _: *mut *mut c_char, _: *const sqlite3_api_routines) -> c_int {
        // SAFETY: SQLite hands over the connection that it has just opened; `ask` needs nothing of it.
        unsafe { sqlite3_progress_handler(db, STEPS, Some(ask), std::ptr::null_mut()) };
        SQLITE_OK
    }

    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Diesel keeps SQLite's own handle to itself; this is SQLite's way to a connection that others open.
        // SAFETY: it may be called at any time and from any thread; `opened` lives as long as the program.
        let registered = unsafe { sqlite3_auto_extension(Some(opened)) };
        if registered != SQLITE_OK {
            tracing::error!(code = registered, "SQLite takes no deadlines: long searches are not ended");
        }
    });
}

/// Who asks: an account, or None for the command line.
type QueryAsker = Option<UserId>;

/// How many may wait for a place at once; each of them is a thread.
const MOST_WAITING: usize = 64;

/// Places for reads that may take long; cheap to clone.
#[derive(Debug, Clone)]
pub struct Share(Arc<LimitsInner>);

#[derive(Debug)]
struct LimitsInner {
    /// Places in all, and how many of them one account may hold.
    places: usize,
    each: usize,
    state: Mutex<LimitsState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct LimitsState {
    holding: Vec<QueryAsker>,
    /// Those who wait, in the order in which they came, each with a ticket.
    waiting: Vec<(u64, QueryAsker)>,
    last_ticket: u64,
}

/// No place became free in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy;

/// A place; given back when it is dropped.
#[derive(Debug)]
pub struct QueryPermit<'a> {
    share: &'a Share,
    who: QueryAsker,
}

impl Share {
    /// `places` for all, and one less for a single account: while it asks for the worst, the next one still finds a place.
    pub fn new(places: usize) -> Self {
        let (places, each) = (places.max(1), places.saturating_sub(1).max(1));
        Self(Arc::new(LimitsInner { places, each, state: Mutex::default(), changed: Condvar::new() }))
    }

    /// Enough to keep the processors busy, and one more: 3 with one or two processors, 5 at most.
    pub fn of_processors() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self::new(processors.clamp(2, 4) + 1)
    }

    /// Waits for a place, `patience` at most. Next is whoever has the fewest places, then whoever came first.
    pub fn enter(&self, who: QueryAsker, patience: Duration) -> Result<QueryPermit<'_>, Busy> {
        self.wait(who, patience, MOST_WAITING)
    }

    /// The same for something that has already begun, however many wait: it was let in once, and must not end in the middle.
    pub fn enter_again(&self, who: QueryAsker, patience: Duration) -> Result<QueryPermit<'_>, Busy> {
        self.wait(who, patience, usize::MAX)
    }

    fn wait(&self, who: QueryAsker, patience: Duration, most_waiting: usize) -> Result<QueryPermit<'_>, Busy> {
        let until = Instant::now() + patience;
        let mut state = self.0.state.lock();
        if state.waiting.len() >= most_waiting {
            return Err(Busy);
        }
        state.last_ticket += 1;
        let ticket = state.last_ticket;
        state.waiting.push((ticket, who));
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let is_next = self.next(&state) == Some(ticket);
            if is_next || left.is_zero() {
                state.waiting.retain(|(other, _)| *other != ticket);
                if !is_next {
                    return Err(Busy);
                }
                state.holding.push(who);
                // There may be a place for the next one, too.
                self.0.changed.notify_all();
                return Ok(QueryPermit { share: self, who });
            }
            self.0.changed.wait_for(&mut state, left);
        }
    }

    fn next(&self, state: &LimitsState) -> Option<u64> {
        if state.holding.len() >= self.0.places {
            return None;
        }
        let held = |who: &QueryAsker| state.holding.iter().filter(|holds| *holds == who).count();
        let may =
            state.waiting.iter().map(|(ticket, who)| (held(who), *ticket)).filter(|(held, _)| *held < self.0.each);
        may.min().map(|(_, ticket)| ticket)
    }
}

impl Drop for QueryPermit<'_> {
    fn drop(&mut self) {
        let mut state = self.share.0.state.lock();
        if let Some(at) = state.holding.iter().position(|holds| *holds == self.who) {
            state.holding.swap_remove(at);
        }
        self.share.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earlier_deadline_holds_and_what_held_before_holds_again() {
        assert_eq!(passed(), None);
        within(Duration::ZERO, || {
            assert_eq!(passed(), Some(Duration::ZERO));
            within(Duration::from_secs(60), || assert_eq!(passed(), Some(Duration::ZERO)));
            without(|| {
                assert_eq!(passed(), None);
                within(Duration::from_secs(60), || assert_eq!(passed(), None));
            });
            assert_eq!(passed(), Some(Duration::ZERO));
        });
        let panicked = std::panic::catch_unwind(|| within(Duration::ZERO, || panic!("as planned")));
        assert!(panicked.is_err());
        assert_eq!(passed(), None);
    }

    #[test]
    fn what_is_read_for_holds_until_its_end() {
        let patience =
            ReadPatience { page: Duration::from_secs(1), call: Duration::from_secs(2), export: Duration::from_secs(3) };
        let seconds = || patience.now().as_secs();
        assert_eq!(seconds(), 2);
        reading_for(ReadPurpose::Page, || {
            assert_eq!(seconds(), 1);
            reading_for(ReadPurpose::Export, || assert_eq!(seconds(), 3));
            assert_eq!(seconds(), 1);
        });
        let panicked = std::panic::catch_unwind(|| reading_for(ReadPurpose::Page, || panic!("as planned")));
        assert!(panicked.is_err());
        assert_eq!(seconds(), 2);
    }

    const A: QueryAsker = Some(UserId(1));
    const B: QueryAsker = Some(UserId(2));

    #[test]
    fn one_account_leaves_a_place_to_the_next() {
        let share = Share::new(3);
        let first = share.enter(A, Duration::ZERO).unwrap();
        let _second = share.enter(A, Duration::ZERO).unwrap();
        assert_eq!(share.enter(A, Duration::from_millis(20)).unwrap_err(), Busy);
        let _other = share.enter(B, Duration::ZERO).unwrap();
        assert_eq!(share.enter(B, Duration::ZERO).unwrap_err(), Busy, "all places are taken");
        drop(first);
        assert!(share.enter(A, Duration::ZERO).is_ok());
    }

    #[test]
    fn a_place_that_is_given_back_goes_to_whoever_holds_the_fewest() {
        let share = Share::new(2);
        let first = share.enter(B, Duration::ZERO).unwrap();
        let second = share.enter(A, Duration::ZERO).unwrap();
        let came = |count: usize| {
            while share.0.state.lock().waiting.len() < count {
                std::thread::yield_now();
            }
        };
        std::thread::scope(|scope| {
            let waits = |who| {
                scope.spawn({
                    let share = &share;
                    move || share.enter(who, Duration::from_secs(10)).is_ok()
                })
            };
            let again = waits(A);
            came(1);
            let other = waits(Some(UserId(3)));
            came(2);
            drop(first);
            // `A` holds a place still and may hold no second one; the third account gets what became free.
            assert!(other.join().unwrap());
            drop(second);
            assert!(again.join().unwrap());
        });
    }

    #[test]
    fn only_so_many_wait() {
        let share = Share::new(1);
        let place = share.enter(A, Duration::ZERO).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..MOST_WAITING {
                scope.spawn(|| drop(share.enter(A, Duration::from_secs(10))));
            }
            while share.0.state.lock().waiting.len() < MOST_WAITING {
                std::thread::yield_now();
            }
            assert_eq!(share.enter(B, Duration::from_secs(10)).unwrap_err(), Busy);
            // A file that has begun is gone on with.
            let begun = scope.spawn(|| share.enter_again(B, Duration::from_secs(10)).is_ok());
            while share.0.state.lock().waiting.len() == MOST_WAITING && !begun.is_finished() {
                std::thread::yield_now();
            }
            drop(place);
            assert!(begun.join().unwrap());
        });
    }
}
