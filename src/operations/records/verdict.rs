//! *Not a grievance*, and back: the record leaves the lists, its mail is ignored in the ledger, and nothing is lost.

use serde_json::json;

use super::change::{conflict, write_audit_of};
use super::join::still_open;
use super::note::tell;
use super::{existing, module, title};
use crate::complain;
use crate::domain::audit::AuditAction;
use crate::domain::id::RecordId;
use crate::domain::module::Module;
use crate::domain::person::Caller;
use crate::domain::post::PostKind;
use crate::domain::rights::{Object, Right};
use crate::ledger::verdict;
use crate::operations::{App, OperationError, require};
use crate::pipeline::undo;
use crate::say;
use crate::store::audit::{self, NewAuditEntry};
use crate::store::records::undone;
use crate::store::records::view::{Changes, Record, ShownUpTo};
use crate::store::{Db, posts, records};

/// `version` is the record's as the person saw it, `shown` the mail. Saying it twice changes nothing.
pub fn not_a_grievance(
    app: &App,
    caller: &Caller,
    model: &str,
    id: RecordId,
    version: i32,
    shown: ShownUpTo,
) -> Result<(), OperationError> {
    turn(app, caller, model, id, (version, shown), false)
}

/// Undoes [`not_a_grievance`].
pub fn a_grievance_after_all(
    app: &App,
    caller: &Caller,
    model: &str,
    id: RecordId,
    version: i32,
    shown: ShownUpTo,
) -> Result<(), OperationError> {
    turn(app, caller, model, id, (version, shown), true)
}

fn turn(
    app: &App,
    caller: &Caller,
    model: &str,
    id: RecordId,
    seen: (i32, ShownUpTo),
    active: bool,
) -> Result<(), OperationError> {
    let module = module(app, model)?;
    app.store.write(|db| {
        let record = existing(db, caller, module, id)?;
        turn_in(db, caller, module, &record, seen, active)
    })
}

/// Either of the two, of a record just read within the caller's transaction.
pub(super) fn turn_in(
    db: &mut Db,
    caller: &Caller,
    module: &Module,
    record: &Record,
    (version, shown): (i32, ShownUpTo),
    active: bool,
) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Records, || say!("deed-decide-what-is-a-grievance"))?;
    if active && record.undone.is_some() {
        return take_up(db, caller, record);
    }
    still_open(record)?;
    if record.active == active {
        return Ok(());
    }
    let (model, id) = (module.model.as_str(), record.id);
    let changes = Changes { active: Some(active), ..Changes::default() };
    if !records::view::change(db, id, version, &changes)? {
        return Err(conflict(record));
    }
    if let (false, ShownUpTo::UpTo(last)) = (active, shown)
        && posts::mail_after(db, model, id, last)?
    {
        // It would leave the lists with a mail that nobody has read.
        return Err(OperationError::Conflict(complain!("record-mail-came", number = record.number)));
    }
    records::view::mark_read(db, record, shown)?;
    let (action, words) = if active {
        verdict::a_grievance_after_all(db, model, id, &caller.login)?;
        (AuditAction::Unarchive, say!("record-after-all", label = module.label))
    } else {
        verdict::not_a_grievance(db, model, id, &caller.login)?;
        (AuditAction::Archive, say!("record-not-a", label = module.label))
    };
    tell(db, caller, record, PostKind::Notification, &words)?;
    let entry = NewAuditEntry {
        caller,
        action,
        object_model: model,
        object_id: Some(id.0),
        object_name: &title(record),
        before: None,
        after: None,
    };
    Ok(audit::write(db, &entry)?)
}

/// A record that was taken back with its import is there again, and its mail is delivered.
fn take_up(db: &mut Db, caller: &Caller, record: &Record) -> Result<(), OperationError> {
    undo::take_up_record(db, &record.model, record.id, Some(&caller.login))?;
    if undone::is_undone(db, record.id)? {
        return Err(OperationError::Conflict(complain!("record-undone-again", number = record.number)));
    }
    write_audit_of(db, caller, AuditAction::Unarchive, record, None, json!({ "import": "taken up again" }))
}
