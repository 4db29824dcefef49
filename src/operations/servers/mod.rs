//! Incoming servers: what an administrator may do to them. Only a System Admin sees or changes their settings.

mod change;
mod form;
mod offer;
mod parse;
mod save;
mod target;
mod test;
mod view;

pub use change::{Footprint, archive, delete, duplicate, footprint, reset, set_start, trust, unarchive};
pub(super) use change::{delete_in, set_active_in};
pub use form::{FIELDS, Form, afters, starts};
pub use offer::{Chosen, Offer, RecordTypes, offer};
pub(super) use save::save_in;
pub use save::{Conflict, Difference, Saved, Target, save, save_for_test};
pub use test::{Certificate, Folder, Stage, StageState, Tested, test};
pub use view::{Filter, View, get, list};

use crate::domain::id::ServerId;
use crate::domain::person::{Caller, Role};
use crate::operations::{OperationError, require};
use crate::store::Db;
use crate::store::servers::{self, Stored};

/// The name that the API and the audit use.
const MODEL: &str = "fetchmail.server";

/// For pages that show a form before there is anything to save.
pub fn may_change(caller: &Caller) -> Result<(), OperationError> {
    require_admin(caller)
}

fn require_admin(caller: &Caller) -> Result<(), OperationError> {
    require(caller, &[Role::SystemAdmin], "see or change incoming servers")
}

pub(super) fn find(db: &mut Db, id: ServerId) -> Result<Stored, OperationError> {
    servers::get(db, id)?.ok_or_else(|| {
        OperationError::NotFound(format!("There is no incoming server {id} (any more). Go back to the list."))
    })
}

#[cfg(test)]
mod tests;
