//! Reading the audit, and whether it is whole. Writing it is part of each operation.
//!
//! The chain of hashes shows a row that was changed, taken out or put in; who can write the database could compute it anew.
//! So its end is signed every minute with a key that is not in the database, and only after what came since the last
//! signature was found whole. What remains possible to somebody with the database alone: to take the newest rows away
//! together with their signatures, as an older copy of the database would. A copy that is shipped (`AUDIT_LOG`) tells that.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::{App, OperationError, preferences, require};
use crate::domain::audit::AuditAction;
use crate::domain::due::first_moment;
use crate::domain::id::{MessageId, RecordId};
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::domain::sheet_cell::SheetFormat;
use crate::domain::words::Sentence;
use crate::say;
pub use crate::store::audit::AuditRow;
use crate::store::audit::{AuditFilter, ChainEnd, NewAuditEntry};
use crate::store::sight::RecordSight;
use crate::store::{self, Db, Store, StoreError};

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
        let zone = preferences::zone_in(db, caller)?;
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

/// Whether somebody may take these entries out: the audit has that from here on, `asked` being the page's address. What
/// comes back is the zone of their clock.
pub fn begin_file(app: &App, caller: &Caller, asked: &str, format: SheetFormat) -> Result<Tz, OperationError> {
    require(caller, Right::Read, Object::Audit, || say!("deed-read-the-audit"))?;
    app.store.write(|db| {
        let entry = NewAuditEntry {
            caller,
            action: AuditAction::Export,
            object_model: "mailgate.audit",
            object_id: None,
            object_name: &say!("nav-audit"),
            before: None,
            after: Some(serde_json::json!({ "list": asked, "file": format.code() })),
        };
        store::audit::write(db, &entry)?;
        Ok(preferences::zone_in(db, caller)?)
    })
}

/// Hands these entries to `take`, newest first, so many at a time, [`TAKEN_OUT`] at most. True: there are more.
pub fn file(
    app: &App,
    caller: &Caller,
    query: &AuditQuery,
    mut take: impl FnMut(&[AuditRow]) -> std::io::Result<()>,
) -> Result<bool, OperationError> {
    let (mut below, mut left) = (i32::MAX, TAKEN_OUT);
    loop {
        let rows = app.search(caller, |db| {
            let filter = query.filter(db, caller)?;
            let mut rows = store::audit::below(db, &filter, below, store::audit::PAGE)?;
            conceal(app, db, caller, &mut rows)?;
            Ok(rows)
        })?;
        let Some(last) = rows.last() else { return Ok(false) };
        below = last.id;
        let some = &rows[..rows.len().min(left)];
        // Nobody reads it any more.
        if take(some).is_err() {
            return Ok(false);
        }
        if some.len() < rows.len() {
            return Ok(true);
        }
        left -= some.len();
    }
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
