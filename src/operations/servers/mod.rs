//! Incoming servers: what an administrator may do to them. Only a System Admin sees or changes their settings.

mod change;
mod endpoint;
mod form;
mod offer;
mod parse;
mod target;
mod test;
mod twins;
mod view;

pub use super::endpoints::{save, save_for_test};
pub use super::filter::Filter;
pub use change::{Footprint, archive, delete, duplicate, footprint, reset, set_start, trust, unarchive};
pub(super) use change::{delete_in, set_active_in};
pub use form::{Form, afters, starts};
pub use offer::{Chosen, Offer, RecordTypes, offer};
pub use test::{Certificate, Folder, Stage, StageState, Tested, test};
pub use view::{View, get, list};

use crate::domain::id::ServerId;
use crate::domain::person::Caller;
use crate::domain::server::IncomingServer;
use crate::operations::{OperationError, endpoints};
use crate::store::Db;
use crate::store::servers::Stored;

/// What is saved to.
pub type Target = endpoints::Target<ServerId>;
/// How saving ended.
pub type Saved = endpoints::Saved<View>;

/// For pages that show a form before there is anything to save.
pub fn may_change(caller: &Caller) -> Result<(), OperationError> {
    require_admin(caller)
}

fn require_admin(caller: &Caller) -> Result<(), OperationError> {
    endpoints::require_admin::<IncomingServer>(caller)
}

pub(super) fn find(db: &mut Db, id: ServerId) -> Result<Stored, OperationError> {
    endpoints::find(db, id)
}

/// Refused where one of these is built in; whether the others exist is not asked.
pub(super) fn none_built(db: &mut Db, ids: &[i32]) -> Result<(), OperationError> {
    ids.iter().try_for_each(|id| match find(db, ServerId(*id)) {
        Err(refused @ OperationError::Refused(_)) => Err(refused),
        Ok(_) | Err(OperationError::NotFound(_)) => Ok(()),
        Err(other) => Err(other),
    })
}

#[cfg(test)]
mod tests;
