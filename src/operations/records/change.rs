//! Changes to a record's fields. Each is checked against the version that the person saw, told in the record's
//! conversation and written to the audit.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::plan::{Change, Plan};
use super::{WRITERS, existing, module, note::tell, title};
use crate::domain::audit::Action;
use crate::domain::id::RecordId;
use crate::domain::module::Module;
use crate::domain::person::Caller;
use crate::operations::{App, OperationError, require};
use crate::store::Db;
use crate::store::audit::{self, Entry};
use crate::store::record_view::{self, Record};

/// Odoo's stars.
pub const PRIORITIES: [(&str, &str); 4] = [("0", "Low"), ("1", "Medium"), ("2", "High"), ("3", "Very high")];

/// What a person typed.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    /// The record's version as the person saw it.
    pub version: i32,
    /// By field name; fields that aren't named stay as they are. `stage_id` takes the stage's code, `user_id` and
    /// `partner_id` an id or nothing, `description` text or HTML.
    pub values: BTreeMap<String, String>,
}

/// Whoever changes a record has seen its mail: the mark *New mail* goes too.
pub fn change(app: &App, caller: &Caller, model: &str, id: RecordId, edit: &Edit) -> Result<(), OperationError> {
    require(caller, &WRITERS, "change records")?;
    let module = module(app, model)?;
    app.store.write(|db| {
        let record = existing(db, module, id)?;
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
    require(caller, &WRITERS, "change records")?;
    let mut plan = Plan::default();
    plan.columns(db, module, record, &edit.values)?;
    plan.sender(record, &edit.values);
    plan.extra(module, record, &edit.values);
    if !plan.invalid.is_empty() {
        return Err(OperationError::Invalid(plan.invalid));
    }
    if plan.told.is_empty() {
        return Ok(());
    }
    plan.changes.new_mail = Some(false);
    if !record_view::change(db, record.id, edit.version, &plan.changes)? {
        return Err(conflict(record));
    }
    let lines: Vec<String> =
        plan.told.iter().map(|one| format!("{}: {} → {}", one.label, one.before, one.after)).collect();
    tell(db, caller, record, "notification", &lines.join("\n"))?;
    let side = |pick: fn(&Change) -> &String| {
        Value::Object(plan.told.iter().map(|one| (one.name.clone(), Value::from(pick(one).as_str()))).collect())
    };
    write_audit(db, caller, record, side(|one| &one.before), side(|one| &one.after))
}

/// Ends the mark *New mail*; a page that is only looked at changes nothing.
pub fn mark_read(app: &App, caller: &Caller, model: &str, id: RecordId) -> Result<(), OperationError> {
    require(caller, &WRITERS, "change records")?;
    let module = module(app, model)?;
    app.store.write(|db| {
        let record = existing(db, module, id)?;
        if !record.new_mail {
            return Ok(());
        }
        record_view::mark_read(db, id)?;
        write_audit(db, caller, &record, json!({"new_mail": true}), json!({"new_mail": false}))
    })
}

pub(super) fn conflict(record: &Record) -> OperationError {
    OperationError::Conflict(format!(
        "Somebody else changed {} meanwhile. What it says now is shown beside what you typed; look at both, then save again.",
        record.number
    ))
}

pub(super) fn write_audit(
    db: &mut Db,
    caller: &Caller,
    record: &Record,
    before: Value,
    after: Value,
) -> Result<(), OperationError> {
    write_audit_of(db, caller, Action::Write, record, Some(before), after)
}

pub(super) fn write_audit_of(
    db: &mut Db,
    caller: &Caller,
    action: Action,
    record: &Record,
    before: Option<Value>,
    after: Value,
) -> Result<(), OperationError> {
    let entry = Entry {
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
