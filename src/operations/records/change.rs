//! Changes to a record's fields. Each is checked against the version that the person saw, told in the record's
//! conversation and written to the audit.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{WRITERS, existing, field, module, note::tell, title};
use crate::domain::audit::Action;
use crate::domain::id::{PartnerId, RecordId, StageId, UserId};
use crate::domain::module::Module;
use crate::domain::person::Caller;
use crate::domain::{Invalid, text};
use crate::operations::{App, OperationError, require};
use crate::store::audit::{self, Entry};
use crate::store::record_view::{self, Changes, Record};
use crate::store::{Db, StoreError, partners};

/// Odoo's stars.
pub const PRIORITIES: [(&str, &str); 4] = [("0", "Low"), ("1", "Medium"), ("2", "High"), ("3", "Very high")];
const MAX_TITLE: usize = 500;

/// What a person typed.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    /// The record's version as the person saw it.
    pub version: i32,
    /// By field name; fields that aren't named stay as they are. `stage_id` takes the stage's code, `user_id` and
    /// `partner_id` an id or nothing.
    pub values: BTreeMap<String, String>,
}

/// One field's change, in words.
struct Change {
    name: String,
    label: String,
    before: String,
    after: String,
}

/// Whoever changes a record has seen its mail: the mark *New mail* goes too.
pub fn change(app: &App, caller: &Caller, model: &str, id: RecordId, edit: &Edit) -> Result<(), OperationError> {
    require(caller, &WRITERS, "change records")?;
    let module = module(app, model)?;
    app.store.write(|db| {
        let record = existing(db, module, id)?;
        let mut plan = Plan { changes: Changes::default(), told: Vec::new(), invalid: Vec::new() };
        plan.columns(db, module, &record, &edit.values)?;
        plan.extra(module, &record, &edit.values);
        if !plan.invalid.is_empty() {
            return Err(OperationError::Invalid(plan.invalid));
        }
        if plan.told.is_empty() {
            return Ok(());
        }
        plan.changes.new_mail = Some(false);
        if !record_view::change(db, id, edit.version, &plan.changes)? {
            return Err(conflict(&record));
        }
        let lines: Vec<String> =
            plan.told.iter().map(|one| format!("{}: {} → {}", one.label, one.before, one.after)).collect();
        tell(db, caller, &record, "notification", &lines.join("\n"))?;
        let side = |pick: fn(&Change) -> &String| {
            Value::Object(plan.told.iter().map(|one| (one.name.clone(), Value::from(pick(one).as_str()))).collect())
        };
        write_audit(db, caller, &record, side(|one| &one.before), side(|one| &one.after))
    })
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

/// What is to be written, to be told, and what was not right.
struct Plan {
    changes: Changes,
    told: Vec<Change>,
    invalid: Vec<Invalid>,
}

impl Plan {
    fn tell(&mut self, name: &str, label: &str, before: impl Into<String>, after: impl Into<String>) {
        let word = |text: String| if text.is_empty() { "—".to_owned() } else { text };
        self.told.push(Change {
            name: name.to_owned(),
            label: label.to_owned(),
            before: word(before.into()),
            after: word(after.into()),
        });
    }

    fn columns(
        &mut self,
        db: &mut Db,
        module: &Module,
        record: &Record,
        values: &BTreeMap<String, String>,
    ) -> Result<(), StoreError> {
        let value = |name: &str| values.get(name).map(|typed| typed.trim());
        let mut search = record.search.clone();
        if let Some(name) = value("name").filter(|name| *name != record.name) {
            self.name(module, record, name);
            search = renamed(&search, &record.name, name);
        }
        if let Some(code) = value("stage_id").filter(|code| *code != record.stage.code) {
            self.stage(db, record, code)?;
        }
        if let Some(code) = value("priority").filter(|code| *code != record.priority) {
            self.priority(module, record, code);
        }
        if let Some(id) = value("user_id") {
            self.user(db, module, record, id)?;
        }
        if let Some(id) = value("partner_id") {
            self.partner(db, module, record, id, &mut search)?;
        }
        self.changes.search = Some(search).filter(|search| *search != record.search);
        Ok(())
    }

    fn name(&mut self, module: &Module, record: &Record, name: &str) {
        let label = field::label(module, "name", "Title");
        if name.is_empty() {
            self.invalid.push(Invalid::new("name", format!("{label} is required.")));
        } else if name.chars().count() > MAX_TITLE {
            self.invalid.push(Invalid::new("name", format!("{label} takes at most {MAX_TITLE} characters.")));
        } else {
            self.changes.name = Some(name.to_owned());
            self.tell("name", label, &record.name, name);
        }
    }

    fn stage(&mut self, db: &mut Db, record: &Record, code: &str) -> Result<(), StoreError> {
        match record_view::stages(db, &record.model)?.into_iter().find(|stage| stage.code == code) {
            Some(stage) => {
                let StageId(id) = stage.id;
                self.changes.stage_id = Some(id);
                self.tell("stage_id", "Stage", &record.stage.name, stage.name);
            }
            None => self.invalid.push(Invalid::new("stage_id", "There is no such stage. Choose one of the list.")),
        }
        Ok(())
    }

    fn priority(&mut self, module: &Module, record: &Record, code: &str) {
        let word = |code: &str| PRIORITIES.iter().find(|(known, _)| *known == code).map(|(_, word)| *word);
        match word(code) {
            Some(after) => {
                self.changes.priority = Some(code.to_owned());
                let label = field::label(module, "priority", "Priority");
                self.tell("priority", label, word(&record.priority).unwrap_or_default(), after);
            }
            None => self.invalid.push(Invalid::new("priority", "There is no such priority. Choose one of the list.")),
        }
    }

    fn user(&mut self, db: &mut Db, module: &Module, record: &Record, typed: &str) -> Result<(), StoreError> {
        let chosen = typed.parse().ok().map(UserId);
        if chosen == record.user.as_ref().map(|(id, _)| *id) && (chosen.is_some() || typed.is_empty()) {
            return Ok(());
        }
        let known = record_view::assignees(db)?.into_iter().find(|(id, _)| Some(*id) == chosen);
        if known.is_none() && !typed.is_empty() {
            self.invalid.push(Invalid::new("user_id", "This person can't be assigned any more. Choose another."));
            return Ok(());
        }
        self.changes.user_id = Some(known.as_ref().map(|(id, _)| id.0));
        let before = record.user.as_ref().map_or("", |(_, name)| name);
        let label = field::label(module, "user_id", "Assigned to");
        self.tell("user_id", label, before, known.map_or(String::new(), |(_, name)| name));
        Ok(())
    }

    fn partner(
        &mut self,
        db: &mut Db,
        module: &Module,
        record: &Record,
        typed: &str,
        search: &mut String,
    ) -> Result<(), StoreError> {
        let chosen = typed.parse().ok().map(PartnerId);
        if chosen == record.partner.as_ref().map(|(id, _)| *id) && (chosen.is_some() || typed.is_empty()) {
            return Ok(());
        }
        let known = match chosen {
            Some(id) => partners::find(db, id)?,
            None => None,
        };
        if known.is_none() && !typed.is_empty() {
            self.invalid.push(Invalid::new("partner_id", "This contact does not exist any more. Choose another."));
            return Ok(());
        }
        self.changes.partner_id = Some(known.as_ref().map(|partner| partner.id.0));
        let before = record.partner.as_ref().map_or("", |(_, name)| name);
        let after = known.map_or(String::new(), |partner| partner.name);
        *search = renamed(search, before, &after);
        self.tell("partner_id", field::label(module, "partner_id", "Contact"), before, after);
        Ok(())
    }

    fn extra(&mut self, module: &Module, record: &Record, values: &BTreeMap<String, String>) {
        let mut extra: Map<String, Value> = record.extra.clone();
        for field in field::editable(module) {
            let Some(typed) = values.get(&field.name) else { continue };
            match field::parse(field, typed) {
                Ok(value) if field::typed(&extra, field) == value_typed(&value) => {}
                Ok(value) => {
                    let before = field::words(&extra, field);
                    extra.insert(field.name.clone(), value);
                    self.tell(&field.name, &field.label, before, field::words(&extra, field));
                }
                Err(invalid) => self.invalid.push(invalid),
            }
        }
        if extra != record.extra {
            self.changes.extra = Some(Value::Object(extra).to_string());
        }
    }
}

fn value_typed(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The search text once a name in it has become another.
fn renamed(search: &str, before: &str, after: &str) -> String {
    let (before, after) = (text::fold(before), text::fold(after));
    if !before.is_empty() && search.contains(&before) {
        search.replacen(&before, &after, 1)
    } else {
        format!("{search} {after}").trim().to_owned()
    }
}
