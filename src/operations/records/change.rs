//! Changes to a record's fields. Each is checked against the version that the person saw, told in the record's
//! conversation and written to the audit.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::join::still_open;
use super::plan::{FieldChange, RecordPlan};
use super::{existing, field, module, note::tell, title};
use crate::complain;
use crate::domain::Moment;
use crate::domain::audit::AuditAction;
use crate::domain::id::RecordId;
use crate::domain::module::{Module, ModuleField};
use crate::domain::person::Caller;
use crate::domain::post::PostKind;
use crate::domain::rights::{Object, Right};
use crate::domain::words::{Sentence, SentenceMaker};
use crate::operations::{App, OperationError, require};
use crate::say;
use crate::store::audit::{self, NewAuditEntry};
use crate::store::records::view::{Changes, Record, ShownUpTo};
use crate::store::{Db, StoreError, categories, records, teams};

/// Odoo's stars.
pub const PRIORITIES: [(&str, SentenceMaker); 4] = [
    ("0", || say!("records-priority-0")),
    ("1", || say!("records-priority-1")),
    ("2", || say!("records-priority-2")),
    ("3", || say!("records-priority-3")),
];

/// What a person typed.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    /// The record's version as the person saw it.
    pub version: i32,
    /// What the form showed before anything was typed, by field name. With it, only what two people changed to
    /// different values is a conflict; without it, every difference to another version is.
    pub seen: BTreeMap<String, String>,
    /// Which mail the person saw.
    pub shown: ShownUpTo,
    /// When it was settled, where its old stage is given back to it; without it, a record that is closed is settled now.
    pub settled: Option<Moment>,
    /// By field name; fields that aren't named stay as they are. `stage_id` takes the stage's code, `user_id`,
    /// `partner_id` and the category an id or nothing, tags their ids with commas between, `description` text or HTML.
    pub values: BTreeMap<String, String>,
}

/// Whoever changes a record has acted on the mail that the page showed: the mark *New mail* goes with it.
pub fn change(app: &App, caller: &Caller, model: &str, id: RecordId, edit: &Edit) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Records, || say!("deed-change-records"))?;
    let module = module(app, model)?;
    app.store.write(|db| {
        let record = existing(db, caller, module, id)?;
        change_in(db, caller, module, &record, edit)
    })
}

/// As [`change`], of a record just read within the caller's transaction.
pub(super) fn change_in(
    db: &mut Db,
    caller: &Caller,
    module: &Module,
    record: &Record,
    edit: &Edit,
) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Records, || say!("deed-change-records"))?;
    still_open(record)?;
    let values = match edit.version == record.version {
        true => edit.values.clone(),
        false => merged(module, record, edit)?,
    };
    let mut plan = RecordPlan::default();
    plan.columns(db, module, record, &values)?;
    plan.settled(edit.settled);
    plan.sender(record, &values);
    plan.extra(module, record, &values);
    plan.classes(db, module, record, &values)?;
    plan.due(db, module, record)?;
    plan.sight(module, record);
    if !plan.invalid.is_empty() {
        return Err(OperationError::Invalid(plan.invalid));
    }
    if plan.told.is_empty() {
        return Ok(());
    }
    if !records::view::change(db, record.id, record.version, &plan.changes)? {
        return Err(conflict(record));
    }
    name_who_works(db, caller, record, &plan.changes)?;
    if let Some(tags) = &plan.tags {
        categories::set_tags(db, record.id, tags)?;
    }
    if let Some(clock) = &plan.clock {
        records::due::set_wait(db, record.id, clock)?;
    }
    records::view::mark_read(db, record, edit.shown)?;
    tell(db, caller, record, PostKind::Notification, &plan.words())?;
    let side = |pick: fn(&FieldChange) -> &Sentence| {
        Value::Object(plan.told.iter().map(|one| (one.name.clone(), Value::from(pick(one).as_str()))).collect())
    };
    write_audit(db, caller, record, side(|one| &one.before), side(|one| &one.after))
}

/// Whoever conceals a record is named for it, and whose it is; later on whoever it is given to.
fn name_who_works(db: &mut Db, caller: &Caller, record: &Record, changes: &Changes) -> Result<(), StoreError> {
    if !changes.confidential.unwrap_or(record.confidential) {
        return Ok(());
    }
    let is_new = changes.confidential == Some(true);
    let now = changes.user_id.unwrap_or(record.user.as_ref().map(|(user, _)| *user));
    let worker = now.filter(|_| is_new || changes.user_id.is_some());
    let concealer = caller.user.filter(|_| is_new);
    let named = worker.into_iter().chain(concealer);
    named.into_iter().try_for_each(|user| teams::name_person(db, record.id, user))
}

/// What is to be written of an edit of an older version: what was typed over. Where somebody else typed over the same
/// field, and something else, nobody's word is lost.
fn merged(module: &Module, record: &Record, edit: &Edit) -> Result<BTreeMap<String, String>, OperationError> {
    let mut values = edit.values.clone();
    values.retain(|name, typed| edit.seen.get(name).is_none_or(|seen| !same(module, name, seen, typed)));
    for (name, typed) in &values {
        let Some(now) = value(module, record, name) else { continue };
        let untouched = edit.seen.get(name).is_some_and(|seen| same(module, name, seen, &now));
        if !untouched && !same(module, name, &now, typed) {
            return Err(conflict(record));
        }
    }
    Ok(values)
}

/// A record's field as a form shows it; None where there is no such field.
pub fn value(module: &Module, record: &Record, name: &str) -> Option<String> {
    let id = |id: i32| id.to_string();
    Some(match name {
        "name" => record.name.clone(),
        "description" => record.description.clone(),
        "stage_id" => record.stage.code.clone(),
        "priority" => record.priority.clone(),
        "user_id" => record.user.as_ref().map(|(user, _)| id(user.0)).unwrap_or_default(),
        "partner_id" => record.partner.as_ref().map(|(partner, _)| id(partner.0)).unwrap_or_default(),
        "partner_name" => record.partner_name.clone().unwrap_or_default(),
        "partner_email" => record.partner_email.clone().unwrap_or_default(),
        _ if is(module.category(), name) => record.category.map(|category| id(category.0)).unwrap_or_default(),
        _ if is(module.tags(), name) => record.tags.iter().map(|tag| id(tag.0)).collect::<Vec<_>>().join(","),
        _ => field::typed(&record.extra, field::editable(module).find(|field| field.name == name)?),
    })
}

fn is(field: Option<&ModuleField>, name: &str) -> bool {
    field.is_some_and(|field| field.name == name)
}

/// Whether two texts mean the same value of a field: `1` and `true` of a box, a time with `T` or a blank.
pub fn same(module: &Module, name: &str, one: &str, other: &str) -> bool {
    let plain = |text: &str| text.trim().replace("\r\n", "\n");
    if plain(one) == plain(other) {
        return true;
    }
    if is(module.tags(), name) {
        let set = |text: &str| text.split(',').map(|id| id.trim().to_owned()).collect::<BTreeSet<_>>();
        return set(one) == set(other);
    }
    let own = field::editable(module).find(|field| field.name == name);
    own.is_some_and(|own| match (field::parse(own, one), field::parse(own, other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    })
}

/// Ends the mark *New mail*; a page that is only looked at changes nothing.
pub fn mark_read(
    app: &App,
    caller: &Caller,
    model: &str,
    id: RecordId,
    shown: ShownUpTo,
) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Records, || say!("deed-change-records"))?;
    let module = module(app, model)?;
    app.store.write(|db| {
        let record = existing(db, caller, module, id)?;
        mark_read_in(db, caller, &record, shown)
    })
}

/// As [`mark_read`], of a record just read within the caller's transaction.
pub(super) fn mark_read_in(
    db: &mut Db,
    caller: &Caller,
    record: &Record,
    shown: ShownUpTo,
) -> Result<(), OperationError> {
    if !record.new_mail {
        return Ok(());
    }
    if records::view::mark_read(db, record, shown)? {
        write_audit(db, caller, record, json!({"new_mail": true}), json!({"new_mail": false}))?;
    }
    Ok(())
}

pub(super) fn conflict(record: &Record) -> OperationError {
    OperationError::Conflict(complain!("record-changed", number = record.number))
}

pub(super) fn write_audit(
    db: &mut Db,
    caller: &Caller,
    record: &Record,
    before: Value,
    after: Value,
) -> Result<(), OperationError> {
    write_audit_of(db, caller, AuditAction::Write, record, Some(before), after)
}

pub(super) fn write_audit_of(
    db: &mut Db,
    caller: &Caller,
    action: AuditAction,
    record: &Record,
    before: Option<Value>,
    after: Value,
) -> Result<(), OperationError> {
    let entry = NewAuditEntry {
        caller,
        action,
        object_model: &record.model,
        object_id: Some(record.id.0),
        object_name: &title(record),
        before,
        after: Some(after),
    };
    audit::write(db, &entry)?;
    Ok(())
}
