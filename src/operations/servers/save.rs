//! Saving what a form or an API call gives: all of it or nothing, and never over somebody else's change.

use serde_json::{Map, Value};

use super::form::Form;
use super::parse::{Against, parse};
use super::view::View;
use crate::domain::audit::Action;
use crate::domain::id::{ConnectionId, ServerId};
use crate::domain::person::Caller;
use crate::domain::server::{Access, IncomingServer, ServerState};
use crate::operations::{App, OperationError};
use crate::store::seal::SecretKey;
use crate::store::servers::{self, Stored};
use crate::store::{Db, StoreError, audit, connections, server_status};

/// What is saved to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    New,
    /// New, unless a server with exactly these settings is there already: a form that was sent twice, by a double
    /// click or a reload, makes one.
    Once,
    /// `version` is that of the [`View`] which the person edited.
    Existing {
        id: ServerId,
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

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// As in [`super::FIELDS`].
    pub field: &'static str,
    pub theirs: String,
    pub yours: String,
}

/// *Save*: stays Confirmed unless the connection data or the target changed.
pub fn save(app: &App, caller: &Caller, target: Target, form: &Form) -> Result<Saved, OperationError> {
    write(app, caller, target, form, false)
}

/// The first half of *Test & Confirm*: saves as Not Confirmed, so that nothing typed is lost.
pub fn save_for_test(app: &App, caller: &Caller, target: Target, form: &Form) -> Result<Saved, OperationError> {
    write(app, caller, target, form, true)
}

fn write(app: &App, caller: &Caller, target: Target, form: &Form, to_test: bool) -> Result<Saved, OperationError> {
    app.store.write(|db| save_in(app, db, caller, target, form, to_test))
}

/// As [`save`] and [`save_for_test`], within the caller's transaction.
pub(in crate::operations) fn save_in(
    app: &App,
    db: &mut Db,
    caller: &Caller,
    target: Target,
    form: &Form,
    to_test: bool,
) -> Result<Saved, OperationError> {
    super::require_admin(caller)?;
    let mut form = form.clone();
    form.follow();
    let mut existing = match target {
        Target::New | Target::Once => None,
        Target::Existing { id, .. } => Some(super::find(db, id)?),
    };
    let mail_root = app.config.mail_root();
    let connections = usable_connections(db)?;
    let against = Against {
        existing: existing.as_ref(),
        connections: &connections,
        modules: &app.modules,
        mail_root: &mail_root,
    };
    let mut server = parse(&form, &against).map_err(OperationError::Invalid)?;
    match (target, &existing) {
        (Target::Existing { id, version }, Some(stored)) if stored.version != version => {
            let differences = differences(&stored.server, &server);
            if !differences.is_empty() {
                let current = View::new(stored.clone(), server_status::get(db, id)?);
                return Ok(Saved::Conflict(Box::new(Conflict { current, differences })));
            }
        }
        (Target::Once, _) => {
            existing = twin(db, &app.key, &server, &form)?;
            if let Some(stored) = &existing {
                server = stored.server.clone();
            }
        }
        _ => {}
    }
    let new_password = is_new_password(db, &app.key, existing.as_ref(), &form)?;
    if to_test || new_password || existing.as_ref().is_some_and(|old| must_be_tested(&old.server, &server)) {
        server.state = ServerState::Draft;
    }
    match &existing {
        None => server.id = servers::insert(db, &server)?,
        Some(old) if old.server == server && !new_password => return view(db, server.id),
        Some(old) => expect_written(servers::update(db, &server, old.version)?, &server.name)?,
    }
    match &server.access {
        Access::Local { .. } => servers::set_password(db, &app.key, server.id, None)?,
        Access::Network { .. } if new_password => {
            servers::set_password(db, &app.key, server.id, Some(&form.password))?;
        }
        Access::Network { .. } => {}
    }
    let action = if existing.is_some() { Action::Write } else { Action::Create };
    remember(db, caller, action, existing.as_ref().map(|old| &old.server), &server, new_password)?;
    view(db, server.id)
}

fn usable_connections(db: &mut Db) -> Result<Vec<ConnectionId>, StoreError> {
    let active = connections::list(db)?.into_iter().filter(|stored| stored.connection.active);
    Ok(active.map(|stored| stored.connection.id).collect())
}

fn view(db: &mut Db, id: ServerId) -> Result<Saved, OperationError> {
    Ok(Saved::Done(Box::new(View::new(super::find(db, id)?, server_status::get(db, id)?))))
}

/// A server that says exactly what the form says, password included.
fn twin(db: &mut Db, key: &SecretKey, server: &IncomingServer, form: &Form) -> Result<Option<Stored>, OperationError> {
    for stored in servers::list(db)? {
        if stored.server.active
            && differences(&stored.server, server).is_empty()
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

/// What a test has vouched for is not what would be fetched now.
fn must_be_tested(old: &IncomingServer, new: &IncomingServer) -> bool {
    (&old.access, &old.folder, &old.object_model, old.server_type, old.connection, old.no_other_fetcher)
        != (&new.access, &new.folder, &new.object_model, new.server_type, new.connection, new.no_other_fetcher)
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
    match existing.map(|old| servers::password(db, key, old.server.id)) {
        None | Some(Err(StoreError::Seal(_))) => Ok(true),
        Some(Ok(saved)) => Ok(saved != form.password),
        Some(Err(error)) => Err(error.into()),
    }
}

/// What the page carries along for itself is no setting.
fn is_setting(field: &str) -> bool {
    !matches!(field, "auto_port" | "auto_policy" | "was_type")
}

fn differences(theirs: &IncomingServer, yours: &IncomingServer) -> Vec<Difference> {
    let (theirs, yours) = (Form::of(theirs), Form::of(yours));
    let pairs = theirs.values().zip(yours.values());
    pairs
        .filter(|((field, theirs), (_, yours))| is_setting(field) && theirs != yours)
        .map(|((field, theirs), (_, yours))| Difference { field, theirs: theirs.into(), yours: yours.into() })
        .collect()
}

/// Writes the audit: of a change only what changed, and of a password only that it did.
pub(super) fn remember(
    db: &mut Db,
    caller: &Caller,
    action: Action,
    before: Option<&IncomingServer>,
    after: &IncomingServer,
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

pub(super) fn settings(server: &IncomingServer) -> Map<String, Value> {
    let form = Form::of(server);
    let mut settings: Map<String, Value> = form
        .values()
        .filter(|(field, _)| is_setting(field))
        .map(|(field, value)| (field.to_owned(), value.into()))
        .collect();
    settings.insert("state".into(), server.state.code().into());
    settings.insert("active".into(), server.active.into());
    settings
}
