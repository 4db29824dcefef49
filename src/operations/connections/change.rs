//! The smaller deeds: archive, take back into use, delete.

use super::view::View;
use crate::domain::audit::Action;
use crate::domain::connection::Connection;
use crate::domain::id::ConnectionId;
use crate::domain::person::Caller;
use crate::operations::endpoints::{remember, set_active_in};
use crate::operations::{App, OperationError};
use crate::store::Db;
use crate::store::connections::{self, Usage};

/// Nothing is sent to an archived connection, and it is not listed; what is on its way to it waits.
pub fn archive(app: &App, caller: &Caller, id: ConnectionId) -> Result<View, OperationError> {
    app.store.write(|db| set_active_in::<Connection>(db, caller, id, false))
}

pub fn unarchive(app: &App, caller: &Caller, id: ConnectionId) -> Result<View, OperationError> {
    app.store.write(|db| set_active_in::<Connection>(db, caller, id, true))
}

/// Removes the settings and the password. Refused while an incoming server feeds it or mail waits for it.
pub fn delete(app: &App, caller: &Caller, id: ConnectionId) -> Result<(), OperationError> {
    app.store.write(|db| delete_in(db, caller, id))
}

/// As [`delete`], within the caller's transaction.
pub(in crate::operations) fn delete_in(db: &mut Db, caller: &Caller, id: ConnectionId) -> Result<(), OperationError> {
    super::require_admin(caller)?;
    let connection = super::find(db, id)?.settings;
    let usage = connections::usage(db)?.remove(&id).unwrap_or_default();
    if !connections::delete(db, id)? {
        return Err(OperationError::Refused(in_use(&connection.name, &usage)));
    }
    Ok(remember(db, caller, Action::Delete, Some(&connection), None, false)?)
}

fn in_use(name: &str, usage: &Usage) -> String {
    let mut words = format!("“{name}” is still in use, so it is not deleted.");
    if !usage.servers.is_empty() {
        let servers = usage.servers.iter().map(|(_, name)| format!("“{name}”")).collect::<Vec<_>>().join(", ");
        words.push_str(&format!(" These incoming servers feed it: {servers}. Choose another connection there first."));
    }
    if usage.unfinished > 0 {
        words.push_str(&format!(
            " Mail on its way to it, or held before it: {}. Wait until it is delivered, or dismiss it under Messages.",
            usage.unfinished
        ));
    }
    words + " To stop delivering for a while, archive it instead."
}
