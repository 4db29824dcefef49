//! Aliases as pages and the API show them.

use super::{find, require_admin};
use crate::domain::alias::Alias;
use crate::domain::id::AliasId;
use crate::domain::person::Caller;
use crate::operations::filter::Filter;
use crate::operations::{App, OperationError};
use crate::store::aliases::{self, Stored};

#[derive(Debug, Clone)]
pub struct View {
    pub alias: Alias,
    /// To be given back when saving: see [`super::save`].
    pub version: i32,
    /// What people call its record type; the technical name where its module is gone.
    pub label: String,
}

impl View {
    pub(super) fn new(app: &App, stored: Stored) -> Self {
        let module = app.modules.get(&stored.alias.model);
        let label = module.map_or_else(|| stored.alias.model.clone(), |module| module.label.clone());
        Self { alias: stored.alias, version: stored.version, label }
    }
}

/// Those whose address or record type fits, by address.
pub fn list(app: &App, caller: &Caller, filter: &Filter) -> Result<Vec<View>, OperationError> {
    require_admin(caller)?;
    let found = app.store.read(|db| Ok::<_, OperationError>(aliases::list(db)?))?;
    let shows = |view: &View| {
        filter.shows(view.alias.active, &format!("{} {} {}", view.alias.address, view.label, view.alias.model))
    };
    Ok(found.into_iter().map(|stored| View::new(app, stored)).filter(shows).collect())
}

pub fn get(app: &App, caller: &Caller, id: AliasId) -> Result<View, OperationError> {
    require_admin(caller)?;
    Ok(View::new(app, app.store.read(|db| find(db, id))?))
}

/// For pages that show a form before there is anything to save.
pub fn may_change(caller: &Caller) -> Result<(), OperationError> {
    require_admin(caller)
}
