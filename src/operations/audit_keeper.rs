//! Beside the deeds, in a thread of its own: signs the end of the audit's chain, and ships the audit where `AUDIT_LOG` says.
//! No deed waits for it. How far it came stands in the database, after the lines are written durably: whatever ends the
//! process, no line is lost, and the last few may come twice, with the same `id`.

use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use serde_json::{Value, json};

use super::{App, OperationError, audit, sessions};
use crate::store::audit::AuditRow;
use crate::store::{self, nodes, settings};

/// The last row that was shipped.
const SETTING: &str = "audit_shipped";
const LEASE: &str = "audit";
const LEASE_SECONDS: i32 = 30;
const PAUSE: Duration = Duration::from_millis(500);
const SIGN_EVERY: Duration = Duration::from_secs(60);
/// After a failure it is tried again, and said again, this much later.
const RETRY: Duration = Duration::from_secs(30);
/// Bytes of a datagram that a syslog socket surely takes; what changed is left out of a longer one.
const DATAGRAM: usize = 60_000;

/// Where the audit goes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Destination {
    /// RFC 5424, facility authpriv, severity informational.
    Syslog(PathBuf),
    File(PathBuf),
}

impl Destination {
    fn of(setting: &str) -> Option<Self> {
        match setting.trim() {
            "" => None,
            "syslog" => Some(Self::Syslog("/dev/log".into())),
            other => Some(match other.strip_prefix("syslog:") {
                Some(socket) => Self::Syslog(socket.into()),
                None => Self::File(other.into()),
            }),
        }
    }
}

/// The thread; ends when it is dropped, having shipped what there is.
pub struct AuditShipper {
    end: Arc<(Mutex<bool>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

impl AuditShipper {
    pub fn start(app: Arc<App>) -> std::io::Result<Self> {
        // Two nodes of one name would both ship.
        let holder = sessions::random_token().map_err(std::io::Error::other)?;
        let end = Arc::new((Mutex::new(false), Condvar::new()));
        let seen = end.clone();
        let thread = std::thread::Builder::new().name("audit".into()).spawn(move || run(&app, &holder, &seen))?;
        Ok(Self { end, thread: Some(thread) })
    }
}

impl Drop for AuditShipper {
    fn drop(&mut self) {
        *self.end.0.lock() = true;
        self.end.1.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(app: &App, holder: &str, end: &(Mutex<bool>, Condvar)) {
    let destination = Destination::of(&app.config.audit_log);
    let (mut next_sign, mut next_ship) = (Instant::now(), Instant::now());
    loop {
        let over = {
            let mut ended = end.0.lock();
            end.1.wait_while_for(&mut ended, |ended| !*ended, PAUSE);
            *ended
        };
        if over || Instant::now() >= next_sign {
            next_sign = Instant::now() + SIGN_EVERY;
            match audit::sign(app) {
                Ok(Ok(())) => {}
                Ok(Err(entry)) => {
                    tracing::error!(entry, "the audit is not whole and was not signed; mailgate check tells more");
                }
                Err(error) => tracing::warn!(%error, "the audit could not be signed"),
            }
        }
        if let Some(destination) = &destination
            && (over || Instant::now() >= next_ship)
            && let Err(error) = ship(app, destination, holder)
        {
            next_ship = Instant::now() + RETRY;
            tracing::error!(%error, "the audit could not be shipped; it is kept, and tried again");
        }
        if over {
            // Another node goes on at once. Where it can't be given back, it runs out.
            let _ = app.store.read(|db| nodes::release_lease(db, LEASE, holder));
            return;
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum ShipError {
    #[error("{path}: {source}. Look at MAILGATE_AUDIT_LOG, the file's folder and the space there")]
    Io { path: PathBuf, source: std::io::Error },
    #[error(transparent)]
    Operation(#[from] OperationError),
}

/// All that is new. With several nodes the one that holds the lease does it.
fn ship(app: &App, destination: &Destination, holder: &str) -> Result<(), ShipError> {
    loop {
        let rows = app.store.read(|db| {
            let mine = nodes::renew_lease(db, LEASE, holder, LEASE_SECONDS)?
                || nodes::take_lease(db, LEASE, holder, LEASE_SECONDS)?;
            if !mine {
                return Ok(Vec::new());
            }
            let shipped = settings::get(db, SETTING)?.and_then(|id| id.parse().ok()).unwrap_or(0);
            Ok::<_, OperationError>(store::audit::after(db, shipped, store::audit::PAGE)?)
        })?;
        let Some(last) = rows.last().map(|row| row.id) else { return Ok(()) };
        let (path, written) = match destination {
            Destination::File(path) => (path, append(path, &rows)),
            Destination::Syslog(path) => (path, send(path, &rows)),
        };
        written.map_err(|source| ShipError::Io { path: path.clone(), source })?;
        app.store.write(|db| Ok::<_, OperationError>(settings::set(db, SETTING, &last.to_string())?))?;
    }
}

/// Opened anew each time, so that it may be rotated.
fn append(path: &Path, rows: &[AuditRow]) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
    let mut lines = String::new();
    if file.metadata()?.len() > 0 {
        // What was cut short is a line by itself; its row comes once more.
        let mut end = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut end)?;
        if end != *b"\n" {
            lines.push('\n');
        }
    }
    for row in rows {
        lines.push_str(&told(row, true).to_string());
        lines.push('\n');
    }
    file.write_all(lines.as_bytes())?;
    file.sync_data()
}

fn send(path: &Path, rows: &[AuditRow]) -> std::io::Result<()> {
    let socket = UnixDatagram::unbound()?;
    socket.connect(path)?;
    // A reader that hangs delays this thread alone, and its end not for long.
    socket.set_write_timeout(Some(Duration::from_secs(2)))?;
    let process = std::process::id();
    for row in rows {
        let head = format!("<86>1 {}Z - mailgate {process} audit - ", row.at.format("%Y-%m-%dT%H:%M:%S%.6f"));
        let mut line = format!("{head}{}", told(row, true));
        if line.len() > DATAGRAM {
            line = format!("{head}{}", told(row, false));
        }
        socket.send(line.as_bytes())?;
    }
    Ok(())
}

/// A row as it is shipped; JSON escapes what would break a line.
fn told(row: &AuditRow, whole: bool) -> Value {
    let parsed = |text: &Option<String>| -> Value {
        let text = text.as_deref().filter(|_| whole);
        text.map_or(Value::Null, |text| serde_json::from_str(text).unwrap_or_else(|_| text.into()))
    };
    json!({
        "id": row.id,
        "at": format!("{}Z", row.at.format("%Y-%m-%dT%H:%M:%S%.6f")),
        "user_id": row.user_id,
        "login": row.login,
        "address": row.address,
        "action": row.action,
        "object_model": row.object_model,
        "object_id": row.object_id,
        "object_name": row.object_name,
        "before": parsed(&row.before),
        "after": parsed(&row.after),
        "shortened": !whole,
        "hash": row.hash,
    })
}
