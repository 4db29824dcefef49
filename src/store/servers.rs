//! Incoming servers: the row and [`IncomingServer`], one to one. A password is never part of either: it is
//! sealed for its row, written and read on its own.

mod api;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::schema::{acknowledgements, mailboxes, messages, servers};
use super::sealed::Place;
use super::stored;
use crate::domain::id::{ConnectionId, ServerId};
use crate::domain::ledger::AckState;
use crate::domain::secret::Secret;
use crate::domain::server::{
    Access, AfterFetch, Fingerprint256, Host, IncomingServer, Port, Protocol, Security, SenderPolicy, ServerState,
    ServerType, StartWith,
};
use crate::domain::{Moment, now};
use crate::key::SecretKey;

pub use api::api;

/// A server with what the row knows beside its settings.
pub type Stored = stored::Stored<IncomingServer>;

/// All that a person configures, archived ones included, in the order of Server Priority. Never the built-in
/// API server.
pub fn list(db: &mut Db) -> Result<Vec<Stored>, StoreError> {
    servers::table
        .filter(servers::server_type.ne(ServerType::Api.code()))
        .order((servers::priority, servers::id))
        .select(Row::as_select())
        .load(db)?
        .into_iter()
        .map(Row::into_stored)
        .collect()
}

pub fn get(db: &mut Db, id: ServerId) -> Result<Option<Stored>, StoreError> {
    let row = servers::table.find(id.0).select(Row::as_select()).first(db).optional()?;
    row.map(Row::into_stored).transpose()
}

/// Those that are fetched, in the order of Server Priority: Confirmed and not archived.
pub fn confirmed(db: &mut Db) -> Result<Vec<IncomingServer>, StoreError> {
    let mut found = list(db)?;
    found.retain(|stored| stored.settings.active && stored.settings.state == ServerState::Done);
    Ok(found.into_iter().map(|stored| stored.settings).collect())
}

/// Inserts the settings (`server.id` is ignored) without a password: see [`set_password`].
pub fn insert(db: &mut Db, server: &IncomingServer) -> Result<ServerId, StoreError> {
    let values = (Settings::of(server), servers::create_date.eq(now()), servers::write_date.eq(now()));
    let id: i32 = crate::on_backend!(db, conn => diesel::insert_into(servers::table)
        .values(values).returning(servers::id).get_result(conn))?;
    Ok(ServerId(id))
}

/// Writes the settings where the row still has `version`, and counts it up. False: somebody else saved
/// meanwhile, or the row is gone.
pub fn update(db: &mut Db, server: &IncomingServer, version: i32) -> Result<bool, StoreError> {
    let row = servers::table.find(server.id.0).filter(servers::version.eq(version));
    let values = (Settings::of(server), servers::version.eq(version + 1), servers::write_date.eq(now()));
    Ok(diesel::update(row).set(values).execute(db)? == 1)
}

/// Removes the row; its mailboxes and ledger stay (`server_id` becomes empty there). False where there is none.
pub fn delete(db: &mut Db, id: ServerId) -> Result<bool, StoreError> {
    Ok(diesel::delete(servers::table.find(id.0)).execute(db)? == 1)
}

/// Seals the password for its row; None removes it.
pub fn set_password(db: &mut Db, key: &SecretKey, id: ServerId, password: Option<&Secret>) -> Result<(), StoreError> {
    let sealed = stored::seal(db, key, owner(id), password)?;
    diesel::update(servers::table.find(id.0)).set(servers::password.eq(sealed)).execute(db)?;
    Ok(())
}

/// The password in clear; empty where none is saved. [`StoreError::Seal`] where the key is not the one that sealed it.
pub fn password(db: &mut Db, key: &SecretKey, id: ServerId) -> Result<Secret, StoreError> {
    let sealed: Option<Option<String>> = servers::table.find(id.0).select(servers::password).first(db).optional()?;
    stored::open(key, owner(id), sealed.flatten().as_deref())
}

/// What belongs to a server and outlives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Footprint {
    /// Rows of the ledger.
    pub messages: i64,
    /// Of those, the ones the mail server still has to be told about.
    pub untold: i64,
}

pub fn footprint(db: &mut Db, id: ServerId) -> Result<Footprint, StoreError> {
    let messages = messages::table.filter(messages::server_id.eq(id.0)).count().get_result(db)?;
    let untold = acknowledgements::table
        .inner_join(messages::table)
        .filter(messages::server_id.eq(id.0).and(acknowledgements::state.eq(AckState::Pending.code())))
        .count()
        .get_result(db)?;
    Ok(Footprint { messages, untold })
}

/// Whether the mailbox it points to now had its first fetch (which decides what is new, once and for all).
pub fn was_fetched(db: &mut Db, id: ServerId) -> Result<bool, StoreError> {
    let found: Option<i32> = mailboxes::table
        .inner_join(servers::table.on(mailboxes::server_id.eq(servers::id.nullable())))
        .filter(servers::id.eq(id.0).and(mailboxes::floor_at.is_not_null()))
        .filter(servers::host.eq(mailboxes::host.nullable()).and(servers::username.eq(mailboxes::username.nullable())))
        .filter(servers::folder.eq(mailboxes::folder))
        .select(mailboxes::id)
        .first(db)
        .optional()?;
    Ok(found.is_some())
}

fn owner(id: ServerId) -> (Place, i32) {
    (Place::ServerPassword, id.0)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = servers)]
struct Row {
    id: i32,
    #[diesel(embed)]
    settings: Settings,
    password: Option<String>,
    version: i32,
    create_date: Moment,
    write_date: Moment,
}

/// The columns that an administrator's settings fill.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = servers, treat_none_as_null = true)]
struct Settings {
    name: String,
    server_type: String,
    state: String,
    active: bool,
    host: Option<String>,
    port: i32,
    security: String,
    tls_fingerprint: Option<String>,
    username: Option<String>,
    maildir: Option<String>,
    folder: String,
    start_with: String,
    start_date: Option<NaiveDate>,
    after_fetch: String,
    move_to: Option<String>,
    delete_after_days: i32,
    size_limit_mb: i32,
    interval_minutes: i32,
    priority: i32,
    attach: bool,
    original: bool,
    connection_id: Option<i32>,
    object_model: Option<String>,
    sender_policy: String,
    no_other_fetcher: bool,
}

impl Settings {
    fn of(server: &IncomingServer) -> Self {
        let (host, port, security, trusted, username, maildir) = match &server.access {
            Access::Network { host, port, security, trusted, username, .. } => (
                Some(host.as_str().to_owned()),
                i32::from(port.0),
                *security,
                trusted.as_ref().map(|sha256| sha256.as_str().to_owned()),
                Some(username.clone()),
                None,
            ),
            Access::Local { maildir } => {
                let maildir = maildir.as_ref().map(|path| path.to_string_lossy().into_owned());
                (None, 0, Security::None, None, None, maildir)
            }
        };
        Self {
            name: server.name.clone(),
            server_type: server.server_type.code().to_owned(),
            state: server.state.code().to_owned(),
            active: server.active,
            host,
            port,
            security: security.code().to_owned(),
            tls_fingerprint: trusted,
            username,
            maildir,
            folder: server.folder.clone(),
            start_with: server.start_with.code().to_owned(),
            start_date: server.start_date,
            after_fetch: server.after_fetch.code().to_owned(),
            move_to: server.move_to.clone(),
            delete_after_days: i32::from(server.delete_after_days),
            size_limit_mb: i32::from(server.size_limit_mb),
            interval_minutes: i32::from(server.interval_minutes),
            priority: server.priority,
            attach: server.attach,
            original: server.original,
            connection_id: server.connection.map(|id| id.0),
            object_model: server.object_model.clone(),
            sender_policy: server.sender_policy.code().to_owned(),
            no_other_fetcher: server.no_other_fetcher,
        }
    }
}

impl Row {
    fn into_stored(self) -> Result<Stored, StoreError> {
        let id = self.id;
        Ok(Stored {
            settings: self.settings.into_server(id).map_err(|column| {
                StoreError::Corrupt(format!("incoming server {id}, column {column}: no value of this kind"))
            })?,
            has_password: self.password.is_some(),
            version: self.version,
            create_date: self.create_date,
            write_date: self.write_date,
        })
    }
}

impl Settings {
    /// Fails with the name of the column that holds something impossible.
    fn into_server(self, id: i32) -> Result<IncomingServer, &'static str> {
        let server_type = ServerType::from_code(&self.server_type).ok_or("server_type")?;
        let network = |protocol| -> Result<Access, &'static str> {
            Ok(Access::Network {
                protocol,
                host: Host::parse(self.host.as_deref().unwrap_or_default()).map_err(|_| "host")?,
                port: Port(u16::try_from(self.port).map_err(|_| "port")?),
                security: Security::from_code(&self.security).ok_or("security")?,
                trusted: self
                    .tls_fingerprint
                    .as_deref()
                    .map(Fingerprint256::parse)
                    .transpose()
                    .map_err(|_| "tls_fingerprint")?,
                username: self.username.clone().unwrap_or_default(),
            })
        };
        let access = match server_type {
            ServerType::Imap => network(Protocol::Imap)?,
            ServerType::Pop => network(Protocol::Pop)?,
            ServerType::Local | ServerType::Api => Access::Local { maildir: self.maildir.as_ref().map(Into::into) },
        };
        Ok(IncomingServer {
            id: ServerId(id),
            name: self.name,
            server_type,
            state: ServerState::from_code(&self.state).ok_or("state")?,
            active: self.active,
            access,
            folder: self.folder,
            start_with: StartWith::from_code(&self.start_with).ok_or("start_with")?,
            start_date: self.start_date,
            after_fetch: AfterFetch::from_code(&self.after_fetch).ok_or("after_fetch")?,
            move_to: self.move_to,
            delete_after_days: self.delete_after_days.try_into().map_err(|_| "delete_after_days")?,
            size_limit_mb: self.size_limit_mb.try_into().map_err(|_| "size_limit_mb")?,
            interval_minutes: self.interval_minutes.try_into().map_err(|_| "interval_minutes")?,
            priority: self.priority,
            attach: self.attach,
            original: self.original,
            connection: self.connection_id.map(ConnectionId),
            object_model: self.object_model,
            sender_policy: SenderPolicy::from_code(&self.sender_policy).ok_or("sender_policy")?,
            no_other_fetcher: self.no_other_fetcher,
        })
    }
}

#[cfg(test)]
mod tests;
