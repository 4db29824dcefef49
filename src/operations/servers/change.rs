//! The smaller deeds: archive, duplicate, delete, reset, trust a certificate, choose what the first fetch takes.

use chrono::NaiveDate;

use super::twins;
use super::view::View;
use crate::domain::Invalid;
use crate::domain::audit::Action;
use crate::domain::id::ServerId;
use crate::domain::person::Caller;
use crate::domain::server::{Access, Fingerprint256, IncomingServer, ServerState, StartWith};
use crate::domain::text::shorten;
use crate::operations::endpoints::{self, change, change_in, remember};
use crate::operations::{App, OperationError};
use crate::store::{Db, StoreError, servers};

pub use crate::store::servers::Footprint;

/// Archived servers are not fetched and not listed; everything else stays.
pub fn archive(app: &App, caller: &Caller, id: ServerId) -> Result<View, OperationError> {
    app.store.write(|db| set_active_in(db, caller, id, false))
}

pub fn unarchive(app: &App, caller: &Caller, id: ServerId) -> Result<View, OperationError> {
    app.store.write(|db| set_active_in(db, caller, id, true))
}

/// Archives it, or takes it back into use: Not Confirmed where another server fetches the same mailbox meanwhile.
pub(in crate::operations) fn set_active_in(
    db: &mut Db,
    caller: &Caller,
    id: ServerId,
    active: bool,
) -> Result<View, OperationError> {
    super::require_admin(caller)?;
    if active {
        let server = super::find(db, id)?.settings;
        if server.state == ServerState::Done && twins::rival(db, &server)?.is_some() {
            change_in(db, caller, id, Action::ResetConfirmation, |server: &mut IncomingServer| {
                server.state = ServerState::Draft;
                Ok(())
            })?;
        }
    }
    endpoints::set_active_in::<IncomingServer>(db, caller, id, active)
}

/// *Reset Confirmation*: not fetched until it is tested again.
pub fn reset(app: &App, caller: &Caller, id: ServerId) -> Result<View, OperationError> {
    change(app, caller, id, Action::ResetConfirmation, |server: &mut IncomingServer| {
        server.state = ServerState::Draft;
        Ok(())
    })
}

/// Trusts this one certificate for this server; the test says next whether that is enough.
pub fn trust(app: &App, caller: &Caller, id: ServerId, sha256: &str) -> Result<View, OperationError> {
    let sha256 = Fingerprint256::parse(sha256)?;
    change(app, caller, id, Action::TrustCertificate, |server: &mut IncomingServer| match &mut server.access {
        Access::Network { trusted, .. } => {
            *trusted = Some(sha256);
            server.state = ServerState::Draft;
            Ok(())
        }
        Access::Local { .. } => {
            Err(OperationError::Refused("A Local Server has no certificate: nothing to trust.".into()))
        }
    })
}

/// What the first fetch takes; `date` counts for *since* alone. Has no effect on a mailbox that was fetched before.
pub fn set_start(
    app: &App,
    caller: &Caller,
    id: ServerId,
    start: StartWith,
    date: Option<NaiveDate>,
) -> Result<View, OperationError> {
    change(app, caller, id, Action::Write, |server: &mut IncomingServer| {
        if !super::starts(server.server_type).contains(&start) {
            let words = format!("A {} can't tell this apart: choose another start.", server.server_type.label());
            return Err(Invalid::new("start_with", words).into());
        }
        if start == StartWith::Since && date.is_none() {
            return Err(Invalid::new("start_date", "Enter the first day to import, as 2026-11-22.").into());
        }
        server.start_with = start;
        server.start_date = date.filter(|_| start == StartWith::Since);
        Ok(())
    })
}

/// A copy under another name, Not Confirmed and with the same password under its own seal. The original where
/// the key can't open it: then without.
pub fn duplicate(app: &App, caller: &Caller, id: ServerId) -> Result<ServerId, OperationError> {
    super::require_admin(caller)?;
    app.store.write(|db| {
        let original = super::find(db, id)?.settings;
        let mut copy = IncomingServer {
            name: format!("{} (copy)", shorten(&original.name, 190)),
            state: ServerState::Draft,
            active: true,
            ..original
        };
        copy.id = servers::insert(db, &copy)?;
        let password = match servers::password(db, &app.key, id) {
            Ok(password) => password,
            Err(StoreError::Seal(_)) => Default::default(),
            Err(error) => return Err(error.into()),
        };
        if !password.is_empty() {
            servers::set_password(db, &app.key, copy.id, Some(&password))?;
        }
        remember(db, caller, Action::Create, None, Some(&copy), !password.is_empty())?;
        Ok(copy.id)
    })
}

/// What a deletion would leave behind and take along.
pub fn footprint(app: &App, caller: &Caller, id: ServerId) -> Result<Footprint, OperationError> {
    super::require_admin(caller)?;
    app.store.read(|db| {
        super::find(db, id)?;
        Ok(servers::footprint(db, id)?)
    })
}

/// Removes the settings, the password and the status. The ledger, the records and the sources stay.
pub fn delete(app: &App, caller: &Caller, id: ServerId) -> Result<(), OperationError> {
    app.store.write(|db| delete_in(db, caller, id))
}

/// As [`delete`], within the caller's transaction.
pub(in crate::operations) fn delete_in(db: &mut Db, caller: &Caller, id: ServerId) -> Result<(), OperationError> {
    super::require_admin(caller)?;
    let server = super::find(db, id)?.settings;
    servers::delete(db, id)?;
    Ok(remember(db, caller, Action::Delete, Some(&server), None, false)?)
}
