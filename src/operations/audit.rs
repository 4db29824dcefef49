//! Reading the audit, and whether it is whole. Writing it is part of each operation.
//!
//! The chain of hashes shows a row that was changed, taken out or put in; who can write the database could compute it anew.
//! So its end is signed every minute with a key that is not in the database, and only after what came since the last
//! signature was found whole. What remains possible to somebody with the database alone: to take the newest rows away
//! together with their signatures, as an older copy of the database would. A copy that is shipped (`AUDIT_LOG`) tells that.

pub use crate::store::audit::AuditRow;

use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use chrono_tz::Tz;
use parking_lot::{Condvar, Mutex};
use serde_json::{Value, json};

use super::{App, OperationError, require, sessions, users};
use crate::domain::due::first_moment;
use crate::domain::id::{MessageId, RecordId};
use crate::domain::person::Caller;
use crate::domain::rights::{AuditAction, Object, Right};
use crate::domain::text::SheetFormat;
use crate::domain::words::Sentence;
use crate::say;
use crate::store::audit::{AuditFilter, ChainEnd, NewAuditEntry};
use crate::store::sight::RecordSight;
use crate::store::{self, Db, Store, StoreError, installation};

/// Which entries somebody asks for; days are those of their own zone.
#[derive(Debug, Clone, Default)]
pub struct AuditQuery {
    pub action: Option<AuditAction>,
    pub login: Option<String>,
    pub object_model: Option<String>,
    pub object_id: Option<i32>,
    /// On this day or later; on that day or earlier.
    pub since: Option<NaiveDate>,
    pub until: Option<NaiveDate>,
}

impl AuditQuery {
    fn filter(&self, db: &mut Db, caller: &Caller) -> Result<AuditFilter, StoreError> {
        let zone = users::zone_in(db, caller)?;
        Ok(AuditFilter {
            action: self.action,
            login: self.login.clone(),
            object_model: self.object_model.clone(),
            object_id: self.object_id,
            since: self.since.map(|day| first_moment(zone, day)),
            before: self.until.and_then(|day| day.succ_opt()).map(|day| first_moment(zone, day)),
        })
    }
}

/// A page of the audit, newest first.
pub struct AuditPage {
    pub rows: Vec<AuditRow>,
    /// Of the whole selection.
    pub count: i64,
    /// Object models that occur anywhere, for the filter.
    pub models: Vec<String>,
    /// Login and name of each account, for the filter.
    pub people: Vec<(String, String)>,
}

pub fn list(
    app: &App,
    caller: &Caller,
    query: &AuditQuery,
    offset: i64,
    limit: i64,
) -> Result<AuditPage, OperationError> {
    require(caller, Right::Read, Object::Audit, || say!("deed-read-the-audit"))?;
    app.search(caller, |db| {
        let filter = query.filter(db, caller)?;
        let (mut rows, count) = store::audit::list(db, &filter, offset, limit)?;
        conceal(app, db, caller, &mut rows)?;
        let people = store::users::list(db)?.into_iter().map(|user| (user.login, user.name));
        Ok(AuditPage { rows, count, models: store::audit::models(db)?, people: people.collect() })
    })
}

/// Rows of one file.
pub const TAKEN_OUT: usize = 100_000;
/// Rows that are read at once for it.
const AT_ONCE: usize = 500;

/// Entries that are taken out.
pub struct AuditExport {
    /// Of the person's clock.
    pub zone: Tz,
    /// The newest first.
    ids: Vec<i32>,
    /// There are more.
    more: bool,
}

/// Finds the entries that somebody takes out, the newest [`TAKEN_OUT`] at most, before the first of them is sent: what takes too
/// long is answered in words. The audit has it from here on, `asked` being the page's address.
pub fn begin_file(
    app: &App,
    caller: &Caller,
    query: &AuditQuery,
    (asked, format): (&str, SheetFormat),
) -> Result<AuditExport, OperationError> {
    require(caller, Right::Read, Object::Audit, || say!("deed-read-the-audit"))?;
    let mut ids = app.find_for_export(caller, |db| {
        let filter = query.filter(db, caller)?;
        Ok(store::audit::ids(db, &filter, i64::try_from(TAKEN_OUT).unwrap_or(i64::MAX) + 1)?)
    })?;
    let more = ids.len() > TAKEN_OUT;
    ids.truncate(TAKEN_OUT);
    app.store.write(|db| {
        store::audit::write(
            db,
            &NewAuditEntry::new(caller, AuditAction::Export, "mailgate.audit", None, &say!("nav-audit"))
                .changed(None, Some(serde_json::json!({ "list": asked, "file": format.code() }))),
        )?;
        Ok(AuditExport { zone: users::zone_in(db, caller)?, ids, more })
    })
}

/// Hands these entries to `take`, newest first, so many at a time. True: there are more.
pub fn file(
    app: &App,
    caller: &Caller,
    export: &AuditExport,
    mut take: impl FnMut(&[AuditRow]) -> std::io::Result<()>,
) -> Result<bool, OperationError> {
    for some in export.ids.chunks(AT_ONCE) {
        let rows = app.read_for_export(caller, |db| {
            let mut rows = store::audit::newest_of(db, some)?;
            conceal(app, db, caller, &mut rows)?;
            Ok(rows)
        })?;
        // Nobody reads it any more.
        if take(&rows).is_err() {
            return Ok(false);
        }
    }
    Ok(export.more)
}

/// Of what is done to confidential records and mail, those who are not named see that it was done, and to which number.
fn conceal(app: &App, db: &mut Db, caller: &Caller, rows: &mut [AuditRow]) -> Result<(), StoreError> {
    let sight = RecordSight::of(db, caller)?;
    let records: Vec<RecordId> = rows.iter().flat_map(|row| records_of(app, row)).collect();
    let mail = |row: &AuditRow| row.object_id.filter(|_| row.object_model == LEDGER).map(MessageId);
    let mails: Vec<MessageId> = rows.iter().filter_map(mail).collect();
    let (records, mails) = (sight.hidden_of(db, &records)?, sight.hidden_mails(db, &mails)?);
    let numbers = store::records::numbers(db, &records)?;
    for row in rows {
        let hidden = records_of(app, row).iter().any(|id| records.contains(id));
        if !hidden && !mail(row).is_some_and(|id| mails.contains(&id)) {
            continue;
        }
        // Who may read it is told by names and numbers alone.
        if row.action == AuditAction::NameReaders.code() {
            continue;
        }
        let number = row.object_id.filter(|_| app.modules.get(&row.object_model).is_some());
        row.object_name = number.and_then(|id| numbers.get(&RecordId(id)).cloned()).unwrap_or_default();
        (row.before, row.after) = (None, None);
    }
    Ok(())
}

/// What the audit calls mail.
const LEDGER: &str = "mailgate.message";

/// The records that a row is about: itself, or by a file on it or what a program calls it, as these were before and are now.
fn records_of(app: &App, row: &AuditRow) -> Vec<RecordId> {
    let is_type = |model: &str| app.modules.get(model).is_some();
    if is_type(&row.object_model) {
        return row.object_id.map(RecordId).into_iter().collect();
    }
    let placed = match row.object_model.as_str() {
        "ir.attachment" => "res_model",
        "ir.model.data" => "model",
        _ => return Vec::new(),
    };
    let of = |side: &Option<String>| {
        let side: serde_json::Value = serde_json::from_str(side.as_deref()?).ok()?;
        let id = side.get("res_id").filter(|_| side[placed].as_str().is_some_and(is_type))?;
        i32::try_from(id.as_i64()?).ok().map(RecordId)
    };
    [&row.before, &row.after].into_iter().filter_map(of).collect()
}

/// What became of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chain {
    /// All rows are as they were written; how many.
    Whole(i64),
    /// Which row is wrong first, in words.
    Broken(Sentence),
}

/// Goes through the whole audit, a page at a time, while others write.
pub fn verify(app: &App, caller: &Caller) -> Result<Chain, OperationError> {
    require(caller, Right::Read, Object::Audit, || say!("deed-check-the-audit"))?;
    let Some(end) = app.store.read(store::audit::end)? else { return Ok(Chain::Whole(0)) };
    let (mut last, mut hash, mut rows) = (0, String::new(), 0);
    // The key's own line of the check says that it is away.
    let can_tell = app.key.problem().is_none();
    let anchored = |last: i32, hash: &str| last != end.anchored || hash == end.anchor;
    let old = || {
        let words = say!("chain-anchor", id = end.anchored);
        Ok(Chain::Broken(words))
    };
    if end.anchored == 0 && !end.anchor.is_empty() {
        return old();
    }
    while last < end.last_id {
        let page = app.store.read(|db| store::audit::after(db, last, store::audit::PAGE))?;
        let Some(newest) = page.last().map(|row| row.id) else { break };
        let mut signed = app.store.read(|db| store::audit::checkpoints(db, last, newest))?.into_iter().peekable();
        for row in page.into_iter().take_while(|row| row.id <= end.last_id) {
            // The last one of old may be gone itself.
            if row.id > end.anchored && last < end.anchored {
                return old();
            }
            hash = row.link(&hash);
            if row.id > end.anchored && row.hash.as_ref() != Some(&hash) {
                return Ok(Chain::Broken(match row.hash {
                    Some(_) => say!("chain-changed", id = row.id),
                    None => say!("chain-foreign", id = row.id),
                }));
            }
            last = row.id;
            rows += 1;
            if !anchored(last, &hash) {
                return old();
            }
            if let Some(checkpoint) = signed.next_if(|checkpoint| checkpoint.audit_id <= row.id)
                && (checkpoint.audit_id != row.id || (can_tell && !is_signature(app, row.id, &hash, &checkpoint.mac)))
            {
                let id = checkpoint.audit_id;
                let words = say!("chain-signature", id);
                return Ok(Chain::Broken(words));
            }
        }
    }
    if last != end.last_id || hash != end.hash {
        return Ok(Chain::Broken(say!("chain-missing", last, id = end.last_id)));
    }
    Ok(Chain::Whole(rows))
}

/// Begins the chain where there is none yet: see [`store::audit::begin`].
pub(super) fn begin(store: &Store) -> Result<(), StoreError> {
    store.write(|db| store::audit::begin(db).map(|_| ()))
}

/// Signs the end of the chain, unless it is signed. Err within: what came since the last signature is not whole, so it is
/// not signed.
pub(super) fn sign(app: &App) -> Result<Result<(), i32>, OperationError> {
    // Without it a signature would hold in this process alone.
    if app.key.problem().is_some() {
        return Ok(Ok(()));
    }
    app.store.write(|db| {
        let end = store::audit::begin(db)?;
        let before = store::audit::last_checkpoint(db)?;
        let signed = before.as_ref().map_or(0, |checkpoint| checkpoint.audit_id);
        if signed >= end.last_id {
            return Ok(Ok(()));
        }
        if let Err(wrong) = whole_since(app, db, signed, before.as_ref().map(|one| one.mac.as_str()), &end)? {
            return Ok(Err(wrong));
        }
        store::audit::add_checkpoint(db, end.last_id, &signature(app, end.last_id, &end.hash))?;
        Ok(Ok(()))
    })
}

fn whole_since(
    app: &App,
    db: &mut Db,
    signed: i32,
    mac: Option<&str>,
    end: &ChainEnd,
) -> Result<Result<(), i32>, StoreError> {
    let (mut last, mut hash) = (signed, String::new());
    match mac {
        Some(mac) => {
            // The old rows carry no hash; their anchor was signed.
            let found = if signed == end.anchored {
                Some(end.anchor.clone())
            } else {
                store::audit::get(db, signed)?.and_then(|row| row.hash)
            };
            let Some(found) = found else { return Ok(Err(signed)) };
            hash = found;
            if !is_signature(app, signed, &hash, mac) {
                return Ok(Err(signed));
            }
        }
        None if end.anchored > 0 => (last, hash) = (end.anchored, end.anchor.clone()),
        None => {}
    }
    while last < end.last_id {
        let page = store::audit::after(db, last, store::audit::PAGE)?;
        if page.is_empty() {
            return Ok(Err(last));
        }
        for row in page {
            hash = row.link(&hash);
            if row.hash.as_ref() != Some(&hash) {
                return Ok(Err(row.id));
            }
            last = row.id;
        }
    }
    Ok(if hash == end.hash { Ok(()) } else { Err(last) })
}

/// The two places that know the key. A new version of it signs from then on; what earlier ones signed stays signed.
fn is_signature(app: &App, id: i32, hash: &str, mac: &str) -> bool {
    app.key.verify(PURPOSE, &format!("{id} {hash}"), mac)
}

fn signature(app: &App, id: i32, hash: &str) -> String {
    app.key.sign(PURPOSE, &format!("{id} {hash}"))
}

const PURPOSE: &str = "audit";

// Beside the deeds, in a thread of its own: signs the end of the audit's chain, and ships the audit where `AUDIT_LOG`
// says. No deed waits for it. How far it came stands in the database, after the lines are written durably: whatever
// ends the process, no line is lost, and the last few may come twice, with the same `id`.

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
            match sign(app) {
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
            let _ = app.store.read(|db| installation::release_lease(db, LEASE, holder));
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
            let mine = installation::renew_lease(db, LEASE, holder, LEASE_SECONDS)?
                || installation::take_lease(db, LEASE, holder, LEASE_SECONDS)?;
            if !mine {
                return Ok(Vec::new());
            }
            let shipped = installation::setting(db, SETTING)?.and_then(|id| id.parse().ok()).unwrap_or(0);
            Ok::<_, OperationError>(store::audit::after(db, shipped, store::audit::PAGE)?)
        })?;
        let Some(last) = rows.last().map(|row| row.id) else { return Ok(()) };
        let (path, written) = match destination {
            Destination::File(path) => (path, append(path, &rows)),
            Destination::Syslog(path) => (path, send(path, &rows)),
        };
        written.map_err(|source| ShipError::Io { path: path.clone(), source })?;
        app.store.write(|db| Ok::<_, OperationError>(installation::set_setting(db, SETTING, &last.to_string())?))?;
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
