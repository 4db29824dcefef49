//! Deeds that change an endpoint without its form: each with its audit, and nothing where nothing changes.

use super::{Endpoint, expect_written, find, found, remember, require_admin};
use crate::domain::audit::Action;
use crate::domain::person::Caller;
use crate::operations::{App, OperationError};
use crate::store::{Db, Stored};

/// Changes it by `edit`.
pub(in crate::operations) fn change<T: Endpoint>(
    app: &App,
    caller: &Caller,
    id: T::Id,
    action: Action,
    edit: impl FnOnce(&mut T) -> Result<(), OperationError>,
) -> Result<T::View, OperationError> {
    app.store.write(|db| change_in(db, caller, id, action, edit))
}

/// As [`change`], within the caller's transaction.
pub(in crate::operations) fn change_in<T: Endpoint>(
    db: &mut Db,
    caller: &Caller,
    id: T::Id,
    action: Action,
    edit: impl FnOnce(&mut T) -> Result<(), OperationError>,
) -> Result<T::View, OperationError> {
    require_admin::<T>(caller)?;
    let stored = find::<T>(db, id)?;
    let mut new = stored.settings.clone();
    edit(&mut new)?;
    if new != stored.settings {
        expect_written((T::TABLE.update)(db, &new, stored.version)?, &new)?;
        remember(db, caller, action, Some(&stored.settings), Some(&new), false)?;
    }
    found::<T>(db, id)
}

/// Archives it, or takes it back into use.
pub(in crate::operations) fn set_active_in<T: Endpoint>(
    db: &mut Db,
    caller: &Caller,
    id: T::Id,
    active: bool,
) -> Result<T::View, OperationError> {
    let action = if active { Action::Unarchive } else { Action::Archive };
    change_in(db, caller, id, action, |endpoint: &mut T| {
        endpoint.set_active(active);
        Ok(())
    })
}

/// The row that a test was about; refused where somebody saved meanwhile, since that is not what was tested.
pub(in crate::operations) fn tested<T: Endpoint>(
    db: &mut Db,
    id: T::Id,
    version: i32,
) -> Result<Stored<T>, OperationError> {
    let stored = find::<T>(db, id)?;
    if stored.version == version {
        return Ok(stored);
    }
    Err(OperationError::Conflict(format!(
        "Somebody changed “{}” while it was tested, so it is not confirmed. Look at it, then test again.",
        stored.settings.facts().name
    )))
}
