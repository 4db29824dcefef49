//! Connections: what an administrator may do to them, and what is asked of the system behind one. Only a System Admin
//! sees or changes their settings.

mod change;
mod contacts;
mod form;
mod parse;
mod remote;
mod save;
mod target;
mod test;
mod types;
mod view;

pub use change::{archive, delete, unarchive};
pub(super) use change::{delete_in, set_active_in};
pub use contacts::{Contact, contact, create as create_contact, search as contacts};
pub use form::{FIELDS, Form};
pub(super) use save::save_in;
pub use save::{Conflict, Saved, Target, save};
pub use target::{check_target, skipped_target};
pub use test::{Tested, test};
pub use types::{Offered, RecordType, RememberedTypes, known_types, record_types};
pub use view::{Filter, Status, Usage, View, get, list};

use crate::domain::connection::BaseUrl;
use crate::domain::id::ConnectionId;
use crate::domain::person::{Caller, Role};
use crate::operations::{App, OperationError, require};
use crate::store::Db;
use crate::store::connections::{self, Stored};

/// The name that the API and the audit use.
const MODEL: &str = "mailgate.connection";

/// For pages that show a form before there is anything to save.
pub fn may_change(caller: &Caller) -> Result<(), OperationError> {
    require_admin(caller)
}

/// The databases that the server at this address lists; none where it lists none.
pub fn databases(app: &App, caller: &Caller, url: &str) -> Result<Vec<String>, OperationError> {
    require_admin(caller)?;
    remote::databases(app, &BaseUrl::parse(url)?)
}

fn require_admin(caller: &Caller) -> Result<(), OperationError> {
    require(caller, &[Role::SystemAdmin], "see or change connections")
}

pub(super) fn find(db: &mut Db, id: ConnectionId) -> Result<Stored, OperationError> {
    connections::get(db, id)?.ok_or_else(|| {
        OperationError::NotFound(format!("There is no connection {id} (any more). Go back to the list."))
    })
}
