//! Connections: what an administrator may do to them, and what is asked of the system behind one. Only a System Admin
//! sees or changes their settings.

mod remote;
mod renew;
mod test;

use super::settings::{self, KeptObject, find, remember, require_for, set_active_in};
use super::{App, OperationError};
use crate::domain::Invalid;
use crate::domain::audit::AuditAction;
use crate::domain::complaint::Complaint;
use crate::domain::connection::{BaseUrl, Connection, ConnectionState};
use crate::domain::id::ConnectionId;
use crate::domain::person::Caller;
use crate::domain::reach;
use crate::domain::rights::Right;
use crate::domain::secret::Secret;
use crate::domain::words::Sentence;
use crate::key::SecretKey;
use crate::say;
use crate::store::connections::{self, StoredConnection};
use crate::store::{Db, StoreError, connection_status};

pub use super::filter::FieldFilter;
pub use super::settings::{save, save_for_test};
pub use crate::store::connection_status::ConnectionStatus;
pub use crate::store::connections::Usage;
pub use remote::{
    OfferedModels, RememberedTypes, RemoteContact, RemoteContacts, RemoteModel, contact, contacts, create_contact,
    databases, give_address, has_record, known_types, record_types, settable,
};
pub use renew::renew_key;
pub use test::{ConnectionTested, check_target, test};

/// A connection as a form or an API call gives it.
pub type ConnectionForm = settings::SettingForm<Connection>;
/// What is saved to.
pub type ConnectionTarget = settings::SettingTarget<ConnectionId>;
/// How saving ended.
pub type ConnectionSaved = settings::Saved<ConnectionView>;

/// A connection, what delivering knows of it, and whether a password is saved (the password itself is never shown).
#[derive(Debug, Clone)]
pub struct ConnectionView {
    pub connection: Connection,
    pub secrets: Vec<&'static str>,
    /// To be given back when saving: see [`SettingTarget`](crate::operations::settings::SettingTarget).
    pub version: i32,
    pub status: ConnectionStatus,
    /// What depends on it.
    pub usage: Usage,
}

impl ConnectionView {
    fn new(stored: StoredConnection, status: ConnectionStatus, usage: Usage) -> Self {
        let StoredConnection { settings: connection, secrets, version, .. } = stored;
        Self { connection, secrets, version, status, usage }
    }

    fn read(db: &mut Db, stored: StoredConnection) -> Result<Self, StoreError> {
        let id = stored.settings.id;
        let usage = connections::usage(db)?.remove(&id).unwrap_or_default();
        Ok(Self::new(stored, connection_status::get(db, id)?, usage))
    }
}

/// Those whose name, address, database or login fits, by name.
pub fn list(app: &App, caller: &Caller, filter: &FieldFilter) -> Result<Vec<ConnectionView>, OperationError> {
    require_for::<Connection>(caller, Right::Read)?;
    let (found, mut status, mut usage) = app.store.read(|db| {
        Ok::<_, OperationError>((connections::list(db)?, connection_status::all(db)?, connections::usage(db)?))
    })?;
    let shows = |connection: &Connection| {
        let Connection { name, url, database, login, .. } = connection;
        filter.shows(connection.active, &format!("{name} {} {database} {login}", url.as_str()))
    };
    let found = found.into_iter().filter(|stored| shows(&stored.settings));
    Ok(found
        .map(|stored| {
            let id = stored.settings.id;
            ConnectionView::new(stored, status.remove(&id).unwrap_or_default(), usage.remove(&id).unwrap_or_default())
        })
        .collect())
}

pub fn get(app: &App, caller: &Caller, id: ConnectionId) -> Result<ConnectionView, OperationError> {
    settings::get::<Connection>(app, caller, id)
}

/// For pages that show a form before there is anything to save.
pub fn may_change(caller: &Caller) -> Result<(), OperationError> {
    require_for::<Connection>(caller, Right::Write)
}

/// Nothing is sent to an archived connection, and it is not listed; what is on its way to it waits.
pub fn set_active(app: &App, caller: &Caller, id: ConnectionId, active: bool) -> Result<(), OperationError> {
    app.store.write(|db| set_active_in::<Connection>(db, caller, id, active))
}

/// Removes the settings and the password. Refused while an incoming server feeds it or mail waits for it.
pub fn delete(app: &App, caller: &Caller, id: ConnectionId) -> Result<(), OperationError> {
    app.store.write(|db| delete_in(db, caller, id))
}

/// As [`delete`], within the caller's transaction.
pub fn delete_in(db: &mut Db, caller: &Caller, id: ConnectionId) -> Result<(), OperationError> {
    require_for::<Connection>(caller, Right::Unlink)?;
    let connection = find::<Connection>(db, id)?.settings;
    let usage = connections::usage(db)?.remove(&id).unwrap_or_default();
    if !connections::delete(db, id)? {
        return Err(OperationError::Refused(in_use(&connection.name, &usage)));
    }
    Ok(remember(db, caller, AuditAction::Delete, Some(&connection), None, &[])?)
}

fn in_use(name: &str, usage: &Usage) -> Complaint {
    let mut words = vec![say!("connection-in-use", name)];
    if !usage.servers.is_empty() {
        let servers = usage.servers.iter().map(|(_, name)| format!("“{name}”")).collect::<Vec<_>>().join(", ");
        words.push(say!("connection-in-use-servers", servers));
    }
    if usage.unfinished > 0 {
        words.push(say!("connection-in-use-mail", count = usage.unfinished));
    }
    Complaint::new(Sentence::several(words), say!("connection-in-use-archive"))
}

impl KeptObject for Connection {
    type View = ConnectionView;

    /// Mail goes on while the far end is away.
    const TEST_RESETS: bool = false;

    fn rows(db: &mut Db) -> Result<Vec<StoredConnection>, StoreError> {
        connections::list(db)
    }

    fn row(db: &mut Db, id: Self::Id) -> Result<Option<StoredConnection>, StoreError> {
        connections::get(db, id)
    }

    fn insert(&self, db: &mut Db) -> Result<Self::Id, StoreError> {
        connections::insert(db, self)
    }

    fn update(&self, db: &mut Db, version: i32) -> Result<bool, StoreError> {
        connections::update(db, self, version)
    }

    fn secret(db: &mut Db, key: &SecretKey, id: Self::Id, _: &str) -> Result<Secret, StoreError> {
        connections::password(db, key, id)
    }

    fn set_secret(
        db: &mut Db,
        key: &SecretKey,
        id: Self::Id,
        _: &str,
        password: Option<&Secret>,
    ) -> Result<(), StoreError> {
        connections::set_password(db, key, id, password)
    }

    fn set_active(&mut self, active: bool) {
        self.active = active;
    }

    fn reset(&mut self) {
        self.state = ConnectionState::Draft;
    }

    fn complete(
        &mut self,
        _app: &App,
        _db: &mut Db,
        form: &ConnectionForm,
        existing: Option<&StoredConnection>,
    ) -> Result<Vec<Invalid>, OperationError> {
        Ok(password(form, &self.url, existing).err().into_iter().collect())
    }

    fn readable_at(&self) -> Option<&str> {
        Some(self.url.host()).filter(|host| !self.url.is_encrypted() && !reach::is_loopback(host))
    }

    fn view(_app: &App, db: &mut Db, stored: StoredConnection) -> Result<ConnectionView, OperationError> {
        Ok(ConnectionView::read(db, stored)?)
    }

    fn shown(view: &ConnectionView) -> (&Self, i32, &[&'static str]) {
        (&view.connection, view.version, &view.secrets)
    }
}

/// An empty field keeps the saved password, but never for a place it was not typed for: else whoever may edit the
/// form could send it to a host of their own, or in the clear.
fn password(form: &ConnectionForm, url: &BaseUrl, existing: Option<&StoredConnection>) -> Result<(), Invalid> {
    if form.has_password()? {
        return Ok(());
    }
    let Some(old) = existing.filter(|stored| stored.secrets.contains(&"password")).map(|stored| &stored.settings.url)
    else {
        return Err(Invalid::new("password", say!("connection-password")));
    };
    if url.authority() != old.authority() {
        let words = say!("connection-password-again", url = old.as_str());
        return Err(Invalid::new("password", words));
    }
    if old.is_encrypted() && !url.is_encrypted() {
        let words = say!("connection-password-readable");
        return Err(Invalid::new("password", words));
    }
    Ok(())
}
