//! Incoming servers as pages and the API show them.

use crate::domain::id::ServerId;
use crate::domain::person::Caller;
use crate::domain::server::{Access, IncomingServer};
use crate::domain::text::fold;
use crate::operations::{App, OperationError};
use crate::store::server_status::{self, Status};
use crate::store::servers::{self, Stored};

/// A server, what fetching knows of it, and whether a password is saved (the password itself is never shown).
#[derive(Debug, Clone)]
pub struct View {
    pub server: IncomingServer,
    pub has_password: bool,
    /// To be given back when saving: see [`super::save`].
    pub version: i32,
    pub status: Status,
}

impl View {
    pub(super) fn new(stored: Stored, status: Status) -> Self {
        Self { server: stored.server, has_password: stored.has_password, version: stored.version, status }
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

/// Which servers to show.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Words that must all occur in name, server name or username; case and accents don't matter.
    pub search: String,
    /// The archived ones instead of the others.
    pub archived: bool,
}

/// In the order of Server Priority.
pub fn list(app: &App, caller: &Caller, filter: &Filter) -> Result<Vec<View>, OperationError> {
    super::require_admin(caller)?;
    let (found, mut status) = app.store.read(|db| {
        let found = servers::list(db)?;
        Ok::<_, OperationError>((found, server_status::all(db)?))
    })?;
    let words = fold(&filter.search);
    Ok(found
        .into_iter()
        .filter(|stored| stored.server.active != filter.archived)
        .map(|stored| {
            let status = status.remove(&stored.server.id).unwrap_or_default();
            View::new(stored, status)
        })
        .filter(|view| {
            let text = fold(&format!("{} {} {}", view.server.name, view.host(), view.username()));
            words.split(' ').all(|word| text.contains(word))
        })
        .collect())
}

pub fn get(app: &App, caller: &Caller, id: ServerId) -> Result<View, OperationError> {
    super::require_admin(caller)?;
    app.store.read(|db| {
        let stored = super::find(db, id)?;
        Ok(View::new(stored, server_status::get(db, id)?))
    })
}
