//! Connections as pages and the API show them.

use std::collections::HashMap;

use crate::domain::connection::Connection;
use crate::domain::id::ConnectionId;
use crate::domain::person::Caller;
use crate::operations::filter::Filter;
use crate::operations::{App, OperationError, endpoints};
use crate::store::connection_status;
use crate::store::connections::{self, Stored};
use crate::store::{Db, StoreError};

pub use crate::store::connection_status::Status;
pub use crate::store::connections::Usage;

/// A connection, what delivering knows of it, and whether a password is saved (the password itself is never shown).
#[derive(Debug, Clone)]
pub struct View {
    pub connection: Connection,
    pub has_password: bool,
    /// To be given back when saving: see [`super::Target`].
    pub version: i32,
    pub status: Status,
    /// What depends on it.
    pub usage: Usage,
}

impl View {
    pub(super) fn read(db: &mut Db, stored: Stored) -> Result<Self, StoreError> {
        let id = stored.settings.id;
        Ok(Self {
            status: connection_status::get(db, id)?,
            usage: connections::usage(db)?.remove(&id).unwrap_or_default(),
            connection: stored.settings,
            has_password: stored.has_password,
            version: stored.version,
        })
    }
}

/// Those whose name, address, database or login fits, by name.
pub fn list(app: &App, caller: &Caller, filter: &Filter) -> Result<Vec<View>, OperationError> {
    super::require_admin(caller)?;
    let (found, mut status, mut usage) = app.store.read(|db| {
        Ok::<(Vec<Stored>, HashMap<ConnectionId, Status>, HashMap<ConnectionId, Usage>), OperationError>((
            connections::list(db)?,
            connection_status::all(db)?,
            connections::usage(db)?,
        ))
    })?;
    let shows = |connection: &Connection| {
        let Connection { name, url, database, login, .. } = connection;
        filter.shows(connection.active, &format!("{name} {} {database} {login}", url.as_str()))
    };
    Ok(found
        .into_iter()
        .filter(|stored| shows(&stored.settings))
        .map(|stored| View {
            status: status.remove(&stored.settings.id).unwrap_or_default(),
            usage: usage.remove(&stored.settings.id).unwrap_or_default(),
            connection: stored.settings,
            has_password: stored.has_password,
            version: stored.version,
        })
        .collect())
}

pub fn get(app: &App, caller: &Caller, id: ConnectionId) -> Result<View, OperationError> {
    endpoints::get::<Connection>(app, caller, id)
}
