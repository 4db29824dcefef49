//! Reading the audit. Writing it is part of each operation.

use super::{App, OperationError, require};
use crate::domain::person::{Caller, Role};
pub use crate::store::audit::{Filter, Row};
use crate::store::{self};

/// A page of the audit, newest first.
pub struct Page {
    pub rows: Vec<Row>,
    /// Of the whole selection.
    pub count: i64,
    /// Object models that occur anywhere, for the filter.
    pub models: Vec<String>,
}

pub fn list(app: &App, caller: &Caller, filter: &Filter, offset: i64, limit: i64) -> Result<Page, OperationError> {
    require(caller, &[Role::SystemAdmin, Role::Auditor], "read the audit")?;
    app.search(caller, |db| {
        let (rows, count) = store::audit::list(db, filter, offset, limit)?;
        Ok(Page { rows, count, models: store::audit::models(db)? })
    })
}
