//! Connections: what an administrator may do to them, and what is asked of the system behind one. Only a System Admin
//! sees or changes their settings.

mod change;
mod contacts;
mod endpoint;
mod form;
mod parse;
mod remote;
mod target;
mod test;
mod types;
mod view;

pub use super::endpoints::save;
pub use super::filter::Filter;
pub(super) use change::delete_in;
pub use change::{archive, delete, unarchive};
pub use contacts::{Contact, contact, create as create_contact, search as contacts};
pub use form::Form;
pub use target::{check_target, skipped_target};
pub use test::{Tested, test};
pub use types::{Offered, RecordType, RememberedTypes, known_types, record_types};
pub use view::{Status, Usage, View, get, list};

use crate::domain::connection::{BaseUrl, Connection};
use crate::domain::id::ConnectionId;
use crate::domain::person::Caller;
use crate::operations::{App, OperationError, endpoints};
use crate::store::Db;
use crate::store::connections::Stored;

/// What is saved to.
pub type Target = endpoints::Target<ConnectionId>;
/// How saving ended.
pub type Saved = endpoints::Saved<View>;

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
    endpoints::require_admin::<Connection>(caller)
}

pub(super) fn find(db: &mut Db, id: ConnectionId) -> Result<Stored, OperationError> {
    endpoints::find(db, id)
}
