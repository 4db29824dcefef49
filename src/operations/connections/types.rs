//! What mail can become at a connection: its own record types, as it told them last.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::remote::{self, Account};
use crate::domain::id::ConnectionId;
use crate::domain::person::Caller;
use crate::operations::{App, OperationError};

/// A model of the far end that holds conversations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordType {
    /// Technical name.
    pub model: String,
    /// What a person reads there.
    pub label: String,
}

/// What a connection told of its record types.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offered {
    /// By label.
    pub types: Vec<RecordType>,
    /// False where the account may not read which there are: then these are the usual ones, and another is typed by
    /// its technical name.
    pub complete: bool,
}

/// What connections told last, so that a page need not ask again.
#[derive(Debug, Default)]
pub struct RememberedTypes(Mutex<HashMap<ConnectionId, Offered>>);

/// Asks the connection now.
pub fn record_types(app: &App, caller: &Caller, id: ConnectionId) -> Result<Offered, OperationError> {
    super::require_admin(caller)?;
    let offered = remote::record_types(app, &Account::open(app, id)?)?;
    let mut known = app.record_types.0.lock();
    known.insert(id, offered.clone());
    Ok(offered)
}

/// What it told last, if it was asked since this process began.
pub fn known_types(app: &App, id: ConnectionId) -> Option<Offered> {
    app.record_types.0.lock().get(&id).cloned()
}
