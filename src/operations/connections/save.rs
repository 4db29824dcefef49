//! Saving what a form or an API call gives: all of it or nothing, and never over somebody else's change.

use serde_json::{Map, Value};

use super::form::Form;
use super::parse::parse;
use super::view::View;
use crate::domain::audit::Action;
use crate::domain::connection::{Connection, ConnectionState};
use crate::domain::id::ConnectionId;
use crate::domain::person::Caller;
use crate::operations::servers::Difference;
use crate::operations::{App, OperationError};
use crate::store::connections::{self, Stored};
use crate::store::seal::SecretKey;
use crate::store::{Db, StoreError, audit};

/// What is saved to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    New,
    /// New, unless a connection with exactly these settings is there already: a form that was sent twice makes one.
    Once,
    /// `version` is that of the [`View`] which the person edited.
    Existing {
        id: ConnectionId,
        version: i32,
    },
}

#[derive(Debug)]
pub enum Saved {
    Done(Box<View>),
    /// Nothing was saved: somebody else did meanwhile.
    Conflict(Box<Conflict>),
}

/// Both versions, to choose from. Saving again with the version of `current` saves anyway.
#[derive(Debug)]
pub struct Conflict {
    pub current: View,
    /// Where the two differ, in the order of the form.
    pub differences: Vec<Difference>,
}

/// *Save*: stays Confirmed unless the address, the database or the account changed.
pub fn save(app: &App, caller: &Caller, target: Target, form: &Form) -> Result<Saved, OperationError> {
    app.store.write(|db| save_in(db, &app.key, caller, target, form))
}

/// As [`save`], within the caller's transaction.
pub(in crate::operations) fn save_in(
    db: &mut Db,
    key: &SecretKey,
    caller: &Caller,
    target: Target,
    form: &Form,
) -> Result<Saved, OperationError> {
    super::require_admin(caller)?;
    let mut existing = match target {
        Target::New | Target::Once => None,
        Target::Existing { id, .. } => Some(super::find(db, id)?),
    };
    let mut connection = parse(form, existing.as_ref()).map_err(OperationError::Invalid)?;
    match (target, &existing) {
        (Target::Existing { version, .. }, Some(stored)) if stored.version != version => {
            let differences = differences(&stored.connection, &connection);
            if !differences.is_empty() {
                let current = View::read(db, stored.clone())?;
                return Ok(Saved::Conflict(Box::new(Conflict { current, differences })));
            }
        }
        (Target::Once, _) => {
            existing = twin(db, key, &connection, form)?;
            if let Some(stored) = &existing {
                connection = stored.connection.clone();
            }
        }
        _ => {}
    }
    let new_password = is_new_password(db, key, existing.as_ref(), form)?;
    if new_password || existing.as_ref().is_some_and(|old| must_be_tested(&old.connection, &connection)) {
        connection.state = ConnectionState::Draft;
    }
    match &existing {
        None => connection.id = connections::insert(db, &connection)?,
        Some(old) if old.connection == connection && !new_password => return view(db, connection.id),
        Some(old) => expect_written(connections::update(db, &connection, old.version)?, &connection.name)?,
    }
    if new_password {
        connections::set_password(db, key, connection.id, Some(&form.password))?;
    }
    let action = if existing.is_some() { Action::Write } else { Action::Create };
    remember(db, caller, action, existing.as_ref().map(|old| &old.connection), &connection, new_password)?;
    view(db, connection.id)
}

fn view(db: &mut Db, id: ConnectionId) -> Result<Saved, OperationError> {
    let stored = super::find(db, id)?;
    Ok(Saved::Done(Box::new(View::read(db, stored)?)))
}

/// A connection that says exactly what the form says, password included.
fn twin(db: &mut Db, key: &SecretKey, connection: &Connection, form: &Form) -> Result<Option<Stored>, OperationError> {
    for stored in connections::list(db)? {
        if stored.connection.active
            && differences(&stored.connection, connection).is_empty()
            && !is_new_password(db, key, Some(&stored), form)?
        {
            return Ok(Some(stored));
        }
    }
    Ok(None)
}

/// With PostgreSQL two saves may meet between reading and writing.
pub(super) fn expect_written(written: bool, name: &str) -> Result<(), OperationError> {
    if written {
        return Ok(());
    }
    Err(OperationError::Conflict(format!(
        "Somebody else changed “{name}” at this very moment. Look at it, then try again."
    )))
}

/// What a test has vouched for is not what would be delivered to now.
fn must_be_tested(old: &Connection, new: &Connection) -> bool {
    (&old.url, &old.database, &old.login) != (&new.url, &new.database, &new.login)
}

/// Typing the saved password again (as browsers like to) changes nothing.
fn is_new_password(
    db: &mut Db,
    key: &SecretKey,
    existing: Option<&Stored>,
    form: &Form,
) -> Result<bool, OperationError> {
    if form.password.is_empty() {
        return Ok(false);
    }
    match existing.map(|old| connections::password(db, key, old.connection.id)) {
        None | Some(Err(StoreError::Seal(_))) => Ok(true),
        Some(Ok(saved)) => Ok(saved != form.password),
        Some(Err(error)) => Err(error.into()),
    }
}

fn differences(theirs: &Connection, yours: &Connection) -> Vec<Difference> {
    let (theirs, yours) = (Form::of(theirs), Form::of(yours));
    let pairs = theirs.values().zip(yours.values());
    pairs
        .filter(|((_, theirs), (_, yours))| theirs != yours)
        .map(|((field, theirs), (_, yours))| Difference { field, theirs: theirs.into(), yours: yours.into() })
        .collect()
}

/// Writes the audit: of a change only what changed, and of a password only that it did.
pub(super) fn remember(
    db: &mut Db,
    caller: &Caller,
    action: Action,
    before: Option<&Connection>,
    after: &Connection,
    new_password: bool,
) -> Result<(), StoreError> {
    let old = before.map(settings);
    let mut new = settings(after);
    let old = old.map(|mut old| {
        old.retain(|field, value| new.get(field) != Some(value));
        old
    });
    if let Some(old) = &old {
        new.retain(|field, _| old.contains_key(field));
    }
    if new_password {
        new.insert("password".into(), if before.is_some() { "changed" } else { "set" }.into());
    }
    let entry = audit::Entry {
        caller,
        action,
        object_model: super::MODEL,
        object_id: Some(after.id.0),
        object_name: &after.name,
        before: old.map(Value::Object),
        after: Some(Value::Object(new)),
    };
    audit::write(db, &entry)
}

pub(super) fn settings(connection: &Connection) -> Map<String, Value> {
    let form = Form::of(connection);
    let mut settings: Map<String, Value> =
        form.values().map(|(field, value)| (field.to_owned(), value.into())).collect();
    settings.insert("state".into(), connection.state.code().into());
    settings.insert("active".into(), connection.active.into());
    settings
}
