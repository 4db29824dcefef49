//! Joining: a record that answers another one's mail goes into it. Its mails and notes move, it leaves the lists and says
//! where they went.

use serde_json::json;

use super::change::{conflict, write_audit_of};
use super::note::tell;
use super::{existing, module, title};
use crate::complain;
use crate::domain::Invalid;
use crate::domain::audit::AuditAction;
use crate::domain::id::RecordId;
use crate::domain::module::Module;
use crate::domain::now;
use crate::domain::person::Caller;
use crate::domain::post::PostKind;
use crate::domain::rights::{Object, Right};
use crate::ledger::verdict;
use crate::operations::{App, OperationError, require};
use crate::say;
use crate::store::records::view::{Changes, Record};
use crate::store::records::{self, FoundRecord, view};
use crate::store::sight::RecordSight;
use crate::store::{Db, StoreError, teams};

/// Moves what was said on a record to another one of its type, and says which that is: the one with the number `into`, or
/// the one that it answers. `version` is the one of the record that goes, as the person saw it. Saying it twice changes
/// nothing.
pub fn join(
    app: &App,
    caller: &Caller,
    model: &str,
    id: RecordId,
    version: i32,
    into: Option<&str>,
) -> Result<RecordId, OperationError> {
    require(caller, Right::Write, Object::Records, || say!("deed-join-records"))?;
    let module = module(app, model)?;
    app.store.write(|db| {
        let sight = RecordSight::of(db, caller)?;
        let record = existing(db, caller, module, id)?;
        if let Some(joined) = record.joined {
            return Ok(joined);
        }
        let answered = match into.map(str::trim) {
            Some(number) => {
                let numbered = view::by_number(db, sight, number)?.into_iter().find(|(other, _)| other == model);
                let unknown = || Invalid::new("into", say!("join-unknown", label = module.label, number));
                numbered.map(|(_, id)| id).ok_or_else(unknown)?
            }
            None => record
                .answers
                .ok_or_else(|| OperationError::NotFound(say!("join-nothing", number = record.number).into()))?,
        };
        join_to(db, caller, module, &record, version, answered)
    })
}

/// As [`join`], of records by their ids, within the caller's transaction: whatever version the one that goes has.
pub fn join_in(
    app: &App,
    db: &mut Db,
    caller: &Caller,
    model: &str,
    id: RecordId,
    into: RecordId,
) -> Result<RecordId, OperationError> {
    require(caller, Right::Write, Object::Records, || say!("deed-join-records"))?;
    let module = module(app, model)?;
    let record = existing(db, caller, module, id)?;
    if record.joined == Some(into) {
        return Ok(into);
    }
    still_open(&record)?;
    join_to(db, caller, module, &record, record.version, into)
}

fn join_to(
    db: &mut Db,
    caller: &Caller,
    module: &Module,
    record: &Record,
    version: i32,
    into: RecordId,
) -> Result<RecordId, OperationError> {
    let (model, id) = (module.model.as_str(), record.id);
    let into = existing(db, caller, module, into)?;
    let target = existing(db, caller, module, into.joined.unwrap_or(into.id))?;
    if target.id == id {
        return Err(Invalid::new("into", say!("join-itself", number = record.number)).into());
    }
    let gone = Changes { active: Some(false), ..Changes::default() };
    if !records::view::change(db, id, version, &gone)? {
        return Err(conflict(record));
    }
    // Whichever of the two was judged *Not a grievance*: what stands on the joined one is one after all.
    for judged in [record, &target].into_iter().filter(|judged| !judged.active) {
        verdict::a_grievance_after_all(db, model, judged.id, &caller.login)?;
    }
    let (from, to) = (found(db, record)?, found(db, &target)?);
    let moved = view::join(db, &from, &to, now())?;
    conceal(db, caller, record, &target)?;
    tell(db, caller, record, PostKind::Notification, &say!("join-told", title = called(&target)))?;
    let words = say!("join-told-there", title = called(record), moved);
    tell(db, caller, &target, PostKind::Notification, &words)?;
    let (before, after) = (json!({ "record": record.number }), json!({ "record": target.number }));
    write_audit_of(db, caller, AuditAction::Join, record, Some(before), after)?;
    Ok(target.id)
}

/// As the other one's conversation names it, which more people may read.
fn called(record: &Record) -> String {
    if record.confidential { record.number.clone() } else { title(record) }
}

/// What is said on a confidential record stays so wherever it goes.
fn conceal(db: &mut Db, caller: &Caller, from: &Record, to: &Record) -> Result<(), StoreError> {
    if from.confidential && !to.confidential {
        teams::mark(db, to.id)?;
        let worker = to.user.as_ref().map(|(user, _)| *user);
        worker.into_iter().chain(caller.user).try_for_each(|user| teams::name_person(db, to.id, user))?;
    }
    // Names on a record that is open say nothing of who may read another.
    if from.confidential {
        teams::copy_names(db, from.id, to.id)?;
    }
    Ok(())
}

fn found(db: &mut Db, record: &Record) -> Result<FoundRecord, OperationError> {
    let gone = || OperationError::NotFound(say!("join-gone", number = record.number).into());
    records::found(db, &[record.id])?.pop().ok_or_else(gone)
}

/// Refuses what a person does to a record that was joined, or taken back with its import: its page says where it went.
pub(super) fn still_open(record: &Record) -> Result<(), OperationError> {
    if record.joined.is_some() {
        return Err(OperationError::Conflict(complain!("join-done", number = record.number)));
    }
    match record.undone {
        None => Ok(()),
        Some(_) => Err(OperationError::Conflict(complain!("record-undone", number = record.number))),
    }
}
