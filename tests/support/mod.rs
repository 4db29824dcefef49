//! What tests stand on: real servers on free loopback ports in temporary folders, stopped when dropped.

pub mod account;
pub mod app;
pub mod browser;
pub mod cost;
pub mod crowd;
pub mod database;
pub mod desk;
pub mod dovecot;
pub mod fake_mailbox;
pub mod fake_odoo;
pub mod fault;
pub mod form;
pub mod imap_server;
pub mod memory;
pub mod name_server;
pub mod nginx;
pub mod node;
pub mod pop_server;
pub mod postgres;
pub mod python;
pub mod real_odoo;
pub mod statements;
pub mod token_server;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A folder that is shared beside the repository and no part of it, for the tests that are marked as needing it. Where the
/// repository is a work tree, it may lie further up. `scripts/test` looks for it in the same way.
pub fn shared(name: &str) -> PathBuf {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().skip(1);
    let mut folders = above.map(|folder| folder.join("shared").join(name));
    folders
        .find(|folder| folder.is_dir())
        .unwrap_or_else(|| panic!("this test needs ../shared/{name}, which is not there"))
}

/// Listens on a loopback port of its own.
pub fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// A loopback port that nobody listens on at this moment.
pub fn free_port() -> u16 {
    listen().1
}

/// Asks until there is an answer; fails with `what` when there is none within `limit`.
pub fn wait_for<T>(what: &str, limit: Duration, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + limit;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < end, "not within {limit:?}: {what}");
        std::thread::sleep(Duration::from_millis(25));
    }
}

/// Sets it where it ends, also by a panic: threads that go on until then are waited for, and would be for ever.
pub struct Over<'a>(pub &'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Sends a signal (`TERM`, `KILL`) to a process, or with `-` before its number to its whole group.
pub fn signal(name: &str, process: &str) {
    Command::new("sh").args(["-c", &format!("kill -s {name} -- {process} 2>/dev/null")]).status().unwrap();
}

/// Asks a process to end, and kills it when it does not within `limit`. True when it ended by itself.
pub fn stop(child: &mut Child, limit: Duration) -> bool {
    signal("TERM", &child.id().to_string());
    let end = Instant::now() + limit;
    while Instant::now() < end {
        if child.try_wait().unwrap().is_some() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    false
}
