//! Incoming servers as pages and the API show them.

use crate::domain::id::ServerId;
use crate::domain::person::Caller;
use crate::domain::server::{Access, IncomingServer};
use crate::operations::filter::Filter;
use crate::operations::{App, OperationError, endpoints};
use crate::store::server_status::{self, Status};
use crate::store::servers::{self, Stored};

/// A server, what fetching knows of it, and whether a password is saved (the password itself is never shown).
#[derive(Debug, Clone)]
pub struct View {
    pub server: IncomingServer,
    pub has_password: bool,
    /// To be given back when saving: see [`super::Target`].
    pub version: i32,
    pub status: Status,
}

impl View {
    pub(super) fn new(stored: Stored, status: Status) -> Self {
        Self { server: stored.settings, has_password: stored.has_password, version: stored.version, status }
    }

    /// Empty for Local servers.
    pub fn username(&self) -> &str {
        match &self.server.access {
            Access::Network { username, .. } => username,
            Access::Local { .. } => "",
        }
    }

    /// Empty for Local servers.
    pub fn host(&self) -> &str {
        match &self.server.access {
            Access::Network { host, .. } => host.as_str(),
            Access::Local { .. } => "",
        }
    }
}

/// Those whose name, server name or username fits, in the order of Server Priority.
pub fn list(app: &App, caller: &Caller, filter: &Filter) -> Result<Vec<View>, OperationError> {
    super::require_admin(caller)?;
    let (found, mut status) = app.store.read(|db| {
        let found = servers::list(db)?;
        Ok::<_, OperationError>((found, server_status::all(db)?))
    })?;
    let shows = |view: &View| {
        filter.shows(view.server.active, &format!("{} {} {}", view.server.name, view.host(), view.username()))
    };
    Ok(found
        .into_iter()
        .map(|stored| {
            let status = status.remove(&stored.settings.id).unwrap_or_default();
            View::new(stored, status)
        })
        .filter(shows)
        .collect())
}

pub fn get(app: &App, caller: &Caller, id: ServerId) -> Result<View, OperationError> {
    endpoints::get::<IncomingServer>(app, caller, id)
}
