//! Bringing the schema up to date. Each migration is a step in a transaction of its own: an upgrade that was killed goes on with
//! the step that it was in.

use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use diesel::backend::Backend;
use diesel::migration::{MigrationSource, MigrationVersion};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness};

use super::connection::StoreError;

/// The step that copies the ledger. SQLite keeps both copies, and then what further steps write, within the space of as much again.
const COPIES: &str = "20261128000240";

/// How often whoever started it is told how far it is: what is over sooner is not worth a word.
const TELL: Duration = Duration::from_secs(3);

/// Runs the migrations that are missing, unless there are some that this program does not know; whether there were any.
/// `room`: the file that must have space beside it for what is copied.
pub(super) fn bring_up_to_date<B: Backend>(
    conn: &mut impl MigrationHarness<B>,
    ours: EmbeddedMigrations,
    database: &str,
    room: Option<&Path>,
) -> Result<bool, StoreError> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| StoreError::Migration(error.to_string());
    let known = MigrationSource::<B>::migrations(&ours).map_err(failed)?;
    let applied = conn.applied_migrations().map_err(failed)?;
    let is_unknown = |version: &MigrationVersion<'_>| known.iter().all(|step| step.name().version() != *version);
    let unknown: Vec<_> = applied.iter().rev().filter(|version| is_unknown(version)).map(ToString::to_string).collect();
    if !unknown.is_empty() {
        return Err(StoreError::Newer { database: database.to_owned(), unknown });
    }
    let mut missing = conn.pending_migrations(ours).map_err(failed)?;
    if missing.is_empty() {
        return Ok(false);
    }
    // Whoever else starts meanwhile, such as the pipe of a mail server, waits, and finds it done.
    let folder = room.and_then(Path::parent).map(|folder| match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    });
    let held = |folder: &Path| {
        let folder = File::open(folder)?;
        if folder.try_lock().is_err() {
            tracing::warn!("another process brings the database up to date; this one waits for it");
            folder.lock()?;
        }
        Ok::<_, std::io::Error>(folder)
    };
    // A database that is no plain file is the system's to guard.
    let held = folder
        .filter(|folder| folder.is_dir())
        .map(held)
        .transpose()
        .map_err(|error| StoreError::Migration(error.to_string()))?;
    if held.is_some() {
        let applied = conn.applied_migrations().map_err(failed)?;
        missing.retain(|step| applied.iter().all(|version| step.name().version() != *version));
    }
    let copies = missing.iter().any(|step| step.name().version().to_string() == COPIES);
    if let Some(file) = room.filter(|_| copies && !applied.is_empty()) {
        has_room(file, database)?;
    }
    let names: Vec<String> = missing.iter().map(|step| step.name().to_string()).collect();
    telling(&names, |at| {
        for (number, step) in missing.iter().enumerate() {
            at.store(number, Ordering::Relaxed);
            conn.run_migration(step).map_err(failed)?;
        }
        Ok(!missing.is_empty())
    })
}

/// Whether as much is free as the database has.
fn has_room(file: &Path, database: &str) -> Result<(), StoreError> {
    // A database that is no plain file is the system's to judge.
    let (Ok(found), Ok(disk)) = (std::fs::metadata(file), rustix::fs::statvfs(file)) else { return Ok(()) };
    // What a start that was killed has left of a log is written over.
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    let log = std::fs::metadata(log).map_or(0, |log| log.len());
    let (needed, free) = (found.len(), disk.f_bavail * disk.f_frsize + log);
    if free < needed { Err(StoreError::NoRoom { database: database.to_owned(), needed, free }) } else { Ok(()) }
}

/// Does the work, which says by its number which step it is at; that is told while it goes on.
fn telling<T>(steps: &[String], work: impl FnOnce(&AtomicUsize) -> T) -> T {
    if steps.is_empty() {
        return work(&AtomicUsize::new(0));
    }
    let (at, begun, (over, is_over)) = (AtomicUsize::new(0), Instant::now(), channel::<()>());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let is_over = is_over;
            while is_over.recv_timeout(TELL) == Err(RecvTimeoutError::Timeout) {
                let number = at.load(Ordering::Relaxed);
                let (step, of, seconds) = (steps.get(number), steps.len(), begun.elapsed().as_secs());
                tracing::warn!(
                    step,
                    number = number + 1,
                    of,
                    seconds,
                    "the database is brought up to date; a start that is killed goes on here"
                );
            }
        });
        let done = work(&at);
        drop(over);
        done
    })
}
