//! How many statements a piece of work gives to the database, on the thread that does it.

use std::cell::Cell;
use std::sync::Once;

use diesel::connection::{InstrumentationEvent, set_default_instrumentation};

thread_local! {
    static GIVEN: Cell<usize> = const { Cell::new(0) };
}

/// Counts from now on, in connections that are made from now on.
pub fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        set_default_instrumentation(|| {
            Some(Box::new(|event: InstrumentationEvent<'_>| {
                if matches!(event, InstrumentationEvent::StartQuery { .. }) {
                    GIVEN.set(GIVEN.get() + 1);
                }
            }))
        })
        .unwrap();
    });
}

/// Does the work, and says how many statements it gave.
pub fn given<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = GIVEN.get();
    let done = work();
    (done, GIVEN.get() - before)
}
