//! How many statements a piece of work gives to the database, on the thread that does it; and which statements a database was
//! given, by whichever thread.

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};
use std::sync::Once;

use diesel::connection::{InstrumentationEvent, set_default_instrumentation};
use parking_lot::Mutex;

thread_local! {
    static GIVEN: Cell<usize> = const { Cell::new(0) };
}

/// By the databases' addresses.
static HEARD: Mutex<Option<HashMap<String, BTreeSet<String>>>> = Mutex::new(None);

/// Counts from now on, in connections that are made from now on.
pub fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        set_default_instrumentation(|| {
            let mut of = String::new();
            Some(Box::new(move |event: InstrumentationEvent<'_>| match event {
                InstrumentationEvent::StartEstablishConnection { url, .. } => of = url.to_owned(),
                InstrumentationEvent::StartQuery { query, .. } => {
                    GIVEN.set(GIVEN.get() + 1);
                    if let Some(heard) = HEARD.lock().as_mut().and_then(|heard| heard.get_mut(&of)) {
                        let text = query.to_string();
                        heard.insert(text.split(" -- binds:").next().unwrap_or_default().to_owned());
                    }
                }
                _ => {}
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

/// Does the work, and says which statements the database at this address was given meanwhile; [`watch`] came before it was opened.
pub fn heard<T>(address: &str, work: impl FnOnce() -> T) -> (T, BTreeSet<String>) {
    HEARD.lock().get_or_insert_default().insert(address.to_owned(), BTreeSet::new());
    let done = work();
    (done, HEARD.lock().as_mut().and_then(|heard| heard.remove(address)).unwrap_or_default())
}
