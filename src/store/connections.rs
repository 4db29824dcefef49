//! Connections: the row and [`Connection`], one to one. As with incoming servers, the password is sealed for its
//! row, written and read on its own.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::dsl::count_star;
use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::schema::{connections, fates, handovers, servers};
use super::sealed::SealedColumn;
use super::stored::{self, same_columns};
use crate::domain::connection::{BaseUrl, Connection, ConnectionState, ProtocolChoice, RemoteProtocol, Together};
use crate::domain::id::{ConnectionId, ServerId};
use crate::domain::ledger::MailState;
use crate::domain::secret::Secret;
use crate::domain::setting::SettingsObject as _;
use crate::domain::{Moment, now};
use crate::key::SecretKey;

/// A connection with what the row knows beside its settings.
pub type StoredConnection = stored::Stored<Connection>;

/// All, archived ones included, by name.
pub fn list(db: &mut Db) -> Result<Vec<StoredConnection>, StoreError> {
    let rows =
        connections::table.order((connections::name, connections::id)).select(ConnectionRow::as_select()).load(db)?;
    rows.into_iter().map(ConnectionRow::into_stored).collect()
}

pub fn get(db: &mut Db, id: ConnectionId) -> Result<Option<StoredConnection>, StoreError> {
    let row = connections::table.find(id).select(ConnectionRow::as_select()).first(db).optional()?;
    row.map(ConnectionRow::into_stored).transpose()
}

/// Inserts the settings (`connection.id` is ignored) without a password: see [`set_password`].
pub fn insert(db: &mut Db, connection: &Connection) -> Result<ConnectionId, StoreError> {
    let at = now();
    let values = (
        ConnectionColumns::of(connection),
        connections::url.eq(connection.url.as_str()),
        connections::create_date.eq(at),
        connections::write_date.eq(at),
    );
    Ok(crate::on_backend!(db, conn => diesel::insert_into(connections::table)
        .values(values).returning(connections::id).get_result(conn))?)
}

/// Writes the settings where the row still has `version`, and counts it up. False: somebody else saved meanwhile,
/// or the row is gone.
pub fn update(db: &mut Db, connection: &Connection, version: i32) -> Result<bool, StoreError> {
    let row = connections::table.find(connection.id).filter(connections::version.eq(version));
    let values = (
        ConnectionColumns::of(connection),
        connections::url.eq(connection.url.as_str()),
        connections::version.eq(version + 1),
        connections::write_date.eq(now()),
    );
    Ok(diesel::update(row).set(values).execute(db)? == 1)
}

/// Removes the row, and what its queue remembers of mail that is settled. False where there is none, or where a server
/// or a message still needs it.
pub fn delete(db: &mut Db, id: ConnectionId) -> Result<bool, StoreError> {
    let usage = usage(db)?.remove(&id).unwrap_or_default();
    if !usage.servers.is_empty() || usage.unfinished > 0 {
        return Ok(false);
    }
    diesel::delete(handovers::table.filter(handovers::connection_id.eq(id))).execute(db)?;
    Ok(diesel::delete(connections::table.find(id)).execute(db)? == 1)
}

/// What needs a connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    /// Incoming servers that feed it, archived ones included, by name.
    pub servers: Vec<(ServerId, String)>,
    /// Messages on their way to it.
    pub waiting: i64,
    /// Those, and the ones that are held before it.
    pub unfinished: i64,
    /// Held before it: they wait for a person.
    pub held: i64,
}

/// Each by its name.
pub fn names(db: &mut Db) -> Result<Vec<(ConnectionId, String)>, StoreError> {
    Ok(connections::table
        .order((connections::name, connections::id))
        .select((connections::id, connections::name))
        .load(db)?)
}

/// Of each connection that something needs.
pub fn usage(db: &mut Db) -> Result<HashMap<ConnectionId, Usage>, StoreError> {
    let mut usage: HashMap<ConnectionId, Usage> = HashMap::new();
    let fed: Vec<(ConnectionId, (ServerId, String))> = servers::table
        .filter(servers::connection_id.is_not_null())
        .order((servers::name, servers::id))
        .select((servers::connection_id.assume_not_null(), (servers::id, servers::name)))
        .load(db)?;
    for (connection, server) in fed {
        usage.entry(connection).or_default().servers.push(server);
    }
    for (connection, waiting) in super::handovers::waiting(db)? {
        usage.entry(connection).or_default().waiting = waiting.messages;
    }
    let unfinished: Vec<(ConnectionId, i64)> = handovers::table
        .inner_join(fates::table)
        .filter(fates::state.ne_all([MailState::Delivered, MailState::Ignored]))
        .group_by(handovers::connection_id)
        .select((handovers::connection_id, count_star()))
        .load(db)?;
    for (connection, count) in unfinished {
        usage.entry(connection).or_default().unfinished = count;
    }
    let held: Vec<(ConnectionId, i64)> = handovers::table
        .inner_join(fates::table)
        .filter(fates::state.eq(MailState::Held))
        .group_by(handovers::connection_id)
        .select((handovers::connection_id, count_star()))
        .load(db)?;
    for (connection, count) in held {
        usage.entry(connection).or_default().held = count;
    }
    Ok(usage)
}

/// Seals the password for its row; None removes it.
pub fn set_password(
    db: &mut Db,
    key: &SecretKey,
    id: ConnectionId,
    password: Option<&Secret>,
) -> Result<(), StoreError> {
    let sealed = stored::seal(db, key, owner(id), password)?;
    diesel::update(connections::table.find(id)).set(connections::password.eq(sealed)).execute(db)?;
    Ok(())
}

/// The password in clear; empty where none is saved. [`StoreError::Seal`] where the key is not the one that sealed it.
pub fn password(db: &mut Db, key: &SecretKey, id: ConnectionId) -> Result<Secret, StoreError> {
    let sealed: Option<Option<String>> =
        connections::table.find(id).select(connections::password).first(db).optional()?;
    stored::open(key, owner(id), sealed.flatten().as_deref())
}

fn owner(id: ConnectionId) -> (SealedColumn, i32) {
    (SealedColumn::ConnectionPassword, id.0)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = connections)]
struct ConnectionRow {
    id: ConnectionId,
    #[diesel(embed)]
    settings: ConnectionColumns,
    url: String,
    password: Option<String>,
    version: i32,
    create_date: Moment,
    write_date: Moment,
}

same_columns! {
    #[diesel(table_name = connections, treat_none_as_null = true)]
    struct ConnectionColumns of Connection {
        name: String,
        database: String,
        login: String,
        state: ConnectionState,
        active: bool,
        server_version: Option<String>,
        protocol: ProtocolChoice,
        spoken: Option<RemoteProtocol>,
        workers: i32,
        together: Together,
        key_expires: Option<NaiveDate>,
    }
}

impl ConnectionRow {
    fn into_stored(self) -> Result<StoredConnection, StoreError> {
        let id = self.id;
        let corrupt = |column: &str| StoreError::Corrupt(format!("connection {id}, column {column}"));
        let url = BaseUrl::parse(&self.url).map_err(|_| corrupt("url"))?;
        let mut settings = Connection { id, url, ..Connection::blank() };
        self.settings.set(&mut settings).map_err(corrupt)?;
        Ok(StoredConnection {
            settings,
            secrets: stored::saved([("password", self.password.is_some())]),
            version: self.version,
            create_date: self.create_date,
            write_date: self.write_date,
        })
    }
}
