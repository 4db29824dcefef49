//! *Renew the key*: a new API key of the connection's account, made there with its password, which is used once and kept
//! nowhere.

use super::ConnectionView;
use super::remote::{self, RemoteAccount};
use crate::domain::Invalid;
use crate::domain::audit::AuditAction;
use crate::domain::connection::Connection;
use crate::domain::id::ConnectionId;
use crate::domain::person::Caller;
use crate::domain::rights::Right;
use crate::domain::secret::Secret;
use crate::operations::settings::{self, find, require_for};
use crate::operations::{App, OperationError};
use crate::say;
use crate::store::{connection_status, connections};

/// The key that is saved must still open the account. The new one is tried before it takes its place.
pub fn renew_key(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    password: &Secret,
) -> Result<ConnectionView, OperationError> {
    require_for::<Connection>(caller, Right::Write)?;
    if password.is_empty() {
        return Err(Invalid::new("account_password", say!("connection-renew-password")).into());
    }
    let account = RemoteAccount::open(app, id)?;
    let version = account.version;
    let new = remote::new_key(app, account, password)?;
    app.store.write(|db| {
        let stored = settings::tested::<Connection>(db, id, version)?;
        let connection = Connection { key_expires: Some(new.until), ..stored.settings.clone() };
        settings::expect_written(connections::update(db, &connection, stored.version)?, &connection)?;
        connections::set_password(db, &app.key, id, Some(&new.key))?;
        connection_status::works(db, id)?;
        let secrets = ["password"];
        settings::remember(db, caller, AuditAction::Write, Some(&stored.settings), Some(&connection), &secrets)?;
        let stored = find::<Connection>(db, id)?;
        Ok(ConnectionView::read(db, stored)?)
    })
}
