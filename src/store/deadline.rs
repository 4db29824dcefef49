//! How long reading may take. A person or a client may ask for what takes a database minutes; whoever reads for them does
//! so within a deadline, and a statement that is at work when it passes is ended. What writes has none: mail that is being
//! kept is never given up for being slow.
//!
//! The deadline belongs to the thread, as the statements do that it runs. PostgreSQL watches over its statements itself
//! (`statement_timeout`, see `connection`); SQLite asks us every so often while it works.

use std::cell::Cell;
use std::sync::Once;
use std::time::{Duration, Instant};

/// Steps of SQLite's machine between two looks at the clock: some microseconds, so that looking costs nothing, and few
/// enough that an end comes soon where each step is a long text to search.
const STEPS: std::ffi::c_int = 1000;

#[derive(Debug, Clone, Copy)]
struct Deadline {
    at: Instant,
    allowed: Duration,
}

thread_local! {
    static HOLDS: Cell<Option<Deadline>> = const { Cell::new(None) };
}

/// Runs work that may read for so long, or until the deadline that holds already, where that comes earlier.
pub fn within<T>(allowed: Duration, work: impl FnOnce() -> T) -> T {
    let mine = Deadline { at: Instant::now() + allowed, allowed };
    let earlier = HOLDS.get().filter(|holds| holds.at <= mine.at);
    let _restored = Restored::after(Some(earlier.unwrap_or(mine)));
    work()
}

/// Runs work that nothing ends.
pub(super) fn without<T>(work: impl FnOnce() -> T) -> T {
    let _restored = Restored::after(None);
    work()
}

/// How long this thread might read, where that time is over.
pub fn passed() -> Option<Duration> {
    let holds = HOLDS.get()?;
    (Instant::now() >= holds.at).then_some(holds.allowed)
}

/// Puts back what held before, also where the work panics: the thread goes on to other work.
struct Restored(Option<Deadline>);

impl Restored {
    fn after(now: Option<Deadline>) -> Self {
        Self(HOLDS.replace(now))
    }
}

impl Drop for Restored {
    fn drop(&mut self) {
        HOLDS.set(self.0);
    }
}

/// Has every SQLite connection that is opened from now on ask for the deadline while it works.
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
}
