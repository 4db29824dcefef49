//! The contacts of the system behind a connection, where a held message needs its sender.

use super::remote::{self, Account};
use crate::domain::audit::Action;
use crate::domain::connection::Connection;
use crate::domain::id::ConnectionId;
use crate::domain::person::{Caller, Role};
use crate::operations::endpoints::Endpoint;
use crate::operations::partners::{self, Typed};
use crate::operations::{App, OperationError, require};
use crate::store::audit::{self, Entry};

/// A contact there (`res.partner`).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Contact {
    /// Its id at the far end.
    pub id: i32,
    pub name: String,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub is_registrant: bool,
}

/// Contacts with all the words in name, address or phone, registrants first; at most [`partners::FOUND`].
pub fn search(app: &App, caller: &Caller, id: ConnectionId, typed: &str) -> Result<Vec<Contact>, OperationError> {
    require(caller, &[Role::SystemAdmin, Role::Officer, Role::Auditor], "read contacts")?;
    remote::contacts(app, &Account::open(app, id)?, typed)
}

/// One contact, if it is still there.
pub fn contact(app: &App, caller: &Caller, id: ConnectionId, contact: i32) -> Result<Contact, OperationError> {
    require(caller, &[Role::SystemAdmin, Role::Officer, Role::Auditor], "read contacts")?;
    remote::contact(app, &Account::open(app, id)?, contact)?
        .ok_or_else(|| OperationError::NotFound("This contact does not exist there any more.".into()))
}

/// Makes a contact there. The audit has it before it is asked for: what happens at the far end can't be undone here.
pub fn create(app: &App, caller: &Caller, id: ConnectionId, typed: &Typed) -> Result<i32, OperationError> {
    require(caller, &[Role::SystemAdmin, Role::Officer], "make contacts")?;
    let new = partners::checked(typed)?;
    let account = Account::open(app, id)?;
    let after = serde_json::json!({
        "connection": account.connection.name, "name": new.name, "email": new.email, "phone": new.phone,
        "is_registrant": new.is_registrant,
    });
    let entry = Entry {
        caller,
        action: Action::Create,
        object_model: Connection::MODEL,
        object_id: Some(id.0),
        object_name: new.name,
        before: None,
        after: Some(after),
    };
    app.store.write(|db| audit::write(db, &entry))?;
    remote::create_contact(app, &account, &new)
}
