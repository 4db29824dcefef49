//! Aliases: addresses that the mail gateway turns into records. What an administrator may do to them.

mod form;
mod save;
mod view;

pub use super::filter::Filter;
pub use form::{FIELDS, Form};
pub use save::{Target, archive, delete, save, unarchive};
pub(super) use save::{delete_in, save_in, set_active_in};
pub use view::{View, get, list, may_change};

use crate::domain::id::AliasId;
use crate::domain::person::{Caller, Role};
use crate::operations::{OperationError, require};
use crate::store::Db;
use crate::store::aliases::{self, Stored};

/// The name that the API and the audit use.
const MODEL: &str = "mail.alias";

fn require_admin(caller: &Caller) -> Result<(), OperationError> {
    require(caller, &[Role::SystemAdmin], "see or change aliases")
}

pub(super) fn find(db: &mut Db, id: AliasId) -> Result<Stored, OperationError> {
    aliases::get(db, id)?.ok_or_else(|| OperationError::NotFound(format!("There is no alias {id} (any more).")))
}
