//! Saving, archiving and deleting aliases, each with its audit.

use serde_json::{Map, Value};

use super::form::{FIELDS, Form, parse};
use super::{MODEL, find, require_admin};
use crate::domain::Invalid;
use crate::domain::alias::Alias;
use crate::domain::audit::Action;
use crate::domain::id::AliasId;
use crate::domain::person::Caller;
use crate::operations::{App, OperationError};
use crate::store::audit::{self, Entry};
use crate::store::{Db, StoreError, aliases};

/// What is saved to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A form that was sent twice makes one alias: the second finds the first.
    New,
    /// `version` is that of the [`super::View`] which the person edited; None saves over whatever is there.
    Existing { id: AliasId, version: Option<i32> },
}

/// Saves all of it or nothing, and never over somebody else's change.
pub fn save(app: &App, caller: &Caller, target: Target, form: &Form) -> Result<AliasId, OperationError> {
    app.store.write(|db| save_in(app, db, caller, target, form))
}

/// The same within the caller's transaction.
pub fn save_in(
    app: &App,
    db: &mut Db,
    caller: &Caller,
    target: Target,
    form: &Form,
) -> Result<AliasId, OperationError> {
    require_admin(caller)?;
    let before = match target {
        Target::New => None,
        Target::Existing { id, .. } => Some(find(db, id)?),
    };
    let (id, active) = before.as_ref().map_or((AliasId(0), true), |before| (before.alias.id, before.alias.active));
    let mut alias = parse(db, app, form, id, active)?;
    if let Some(other) = aliases::by_address(db, &alias.address)?.filter(|other| other.alias.id != id) {
        if before.is_none() && (Alias { id: other.alias.id, ..alias.clone() }) == other.alias {
            return Ok(other.alias.id);
        }
        let words = format!("There is an alias {} already, perhaps archived. Change that one.", alias.address);
        return Err(Invalid::new("name", words).into());
    }
    let Some(before) = before else {
        alias.id = aliases::insert(db, &alias)?;
        remember(db, caller, Action::Create, None, Some(&alias))?;
        return Ok(alias.id);
    };
    let Target::Existing { version, .. } = target else { return Ok(alias.id) };
    if alias != before.alias {
        let unchanged = version.is_none_or(|version| version == before.version);
        if !unchanged || !aliases::update(db, &alias, before.version)? {
            return Err(OperationError::Conflict(format!(
                "Somebody else changed the alias {} meanwhile. Nothing is saved: open it again to see what it says \
                     now, then repeat your change.",
                before.alias.address
            )));
        }
        remember(db, caller, Action::Write, Some(&before.alias), Some(&alias))?;
    }
    Ok(alias.id)
}

/// Archived aliases route nothing and are not listed; their address stays taken.
pub fn archive(app: &App, caller: &Caller, id: AliasId) -> Result<(), OperationError> {
    app.store.write(|db| set_active_in(db, caller, id, false))
}

pub fn unarchive(app: &App, caller: &Caller, id: AliasId) -> Result<(), OperationError> {
    app.store.write(|db| set_active_in(db, caller, id, true))
}

pub fn set_active_in(db: &mut Db, caller: &Caller, id: AliasId, active: bool) -> Result<(), OperationError> {
    require_admin(caller)?;
    let before = find(db, id)?;
    let alias = Alias { active, ..before.alias.clone() };
    if alias != before.alias && aliases::update(db, &alias, before.version)? {
        let action = if active { Action::Unarchive } else { Action::Archive };
        remember(db, caller, action, Some(&before.alias), Some(&alias))?;
    }
    Ok(())
}

/// Removes it; records that it made stay.
pub fn delete(app: &App, caller: &Caller, id: AliasId) -> Result<(), OperationError> {
    app.store.write(|db| delete_in(db, caller, id))
}

pub fn delete_in(db: &mut Db, caller: &Caller, id: AliasId) -> Result<(), OperationError> {
    require_admin(caller)?;
    let before = find(db, id)?;
    aliases::delete(db, id)?;
    Ok(remember(db, caller, Action::Delete, Some(&before.alias), None)?)
}

fn remember(
    db: &mut Db,
    caller: &Caller,
    action: Action,
    before: Option<&Alias>,
    after: Option<&Alias>,
) -> Result<(), StoreError> {
    let Some(named) = after.or(before) else { return Ok(()) };
    let shown = |alias: &Alias| Value::Object(settings(alias));
    let entry = Entry {
        caller,
        action,
        object_model: MODEL,
        object_id: Some(named.id.0),
        object_name: &named.address.to_string(),
        before: before.map(shown),
        after: after.map(shown),
    };
    audit::write(db, &entry)
}

fn settings(alias: &Alias) -> Map<String, Value> {
    let form = Form::of(alias);
    let values = [form.name, form.domain, form.object_model, form.contact, form.defaults, form.record];
    let mut settings: Map<String, Value> =
        FIELDS.into_iter().zip(values).map(|(field, value)| (field.to_owned(), value.into())).collect();
    settings.insert("active".into(), alias.active.into());
    settings
}
