//! Connections: the row and [`Connection`], one to one. As with incoming servers, the password is sealed for its
//! row, written and read on its own.

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::schema::{connections, handovers, servers};
use super::seal::SecretKey;
use crate::domain::connection::{BaseUrl, Connection, ConnectionState};
use crate::domain::id::ConnectionId;
use crate::domain::secret::Secret;
use crate::domain::{Moment, now};

/// A connection with what the row knows beside its settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub connection: Connection,
    pub has_password: bool,
    /// Counts saves: see [`update`].
    pub version: i32,
    pub create_date: Moment,
    pub write_date: Moment,
}

/// All, archived ones included, by name.
pub fn list(db: &mut Db) -> Result<Vec<Stored>, StoreError> {
    let rows = connections::table.order((connections::name, connections::id)).select(Row::as_select()).load(db)?;
    rows.into_iter().map(Row::into_stored).collect()
}

pub fn get(db: &mut Db, id: ConnectionId) -> Result<Option<Stored>, StoreError> {
    let row = connections::table.find(id.0).select(Row::as_select()).first(db).optional()?;
    row.map(Row::into_stored).transpose()
}

/// Inserts the settings (`connection.id` is ignored) without a password: see [`set_password`].
pub fn insert(db: &mut Db, connection: &Connection) -> Result<ConnectionId, StoreError> {
    let at = now();
    let values = (Settings::of(connection), connections::create_date.eq(at), connections::write_date.eq(at));
    let id: i32 = crate::on_backend!(db, conn => diesel::insert_into(connections::table)
        .values(values).returning(connections::id).get_result(conn))?;
    Ok(ConnectionId(id))
}

/// Writes the settings where the row still has `version`, and counts it up. False: somebody else saved meanwhile,
/// or the row is gone.
pub fn update(db: &mut Db, connection: &Connection, version: i32) -> Result<bool, StoreError> {
    let row = connections::table.find(connection.id.0).filter(connections::version.eq(version));
    let values = (Settings::of(connection), connections::version.eq(version + 1), connections::write_date.eq(now()));
    Ok(diesel::update(row).set(values).execute(db)? == 1)
}

/// Removes the row. False where there is none, or where a server or a message still points to it.
pub fn delete(db: &mut Db, id: ConnectionId) -> Result<bool, StoreError> {
    let fed: i64 = servers::table.filter(servers::connection_id.eq(id.0)).count().get_result(db)?;
    let queued: i64 = handovers::table.filter(handovers::connection_id.eq(id.0)).count().get_result(db)?;
    Ok(fed + queued == 0 && diesel::delete(connections::table.find(id.0)).execute(db)? == 1)
}

/// Seals the password for its row; None removes it.
pub fn set_password(
    db: &mut Db,
    key: &SecretKey,
    id: ConnectionId,
    password: Option<&Secret>,
) -> Result<(), StoreError> {
    let seal = |password| key.seal(&owner(id), password).map_err(|error| StoreError::Seal(error.to_string()));
    let sealed = password.map(seal).transpose()?;
    diesel::update(connections::table.find(id.0)).set(connections::password.eq(sealed)).execute(db)?;
    Ok(())
}

/// The password in clear; empty where none is saved. [`StoreError::Seal`] where the key is not the one that sealed
/// it.
pub fn password(db: &mut Db, key: &SecretKey, id: ConnectionId) -> Result<Secret, StoreError> {
    let sealed: Option<String> =
        connections::table.find(id.0).select(connections::password).first(db).optional()?.flatten();
    match sealed {
        None => Ok(Secret::default()),
        Some(sealed) => key.open(&owner(id), &sealed).map_err(|error| StoreError::Seal(error.to_string())),
    }
}

fn owner(id: ConnectionId) -> String {
    format!("connections.password:{id}")
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = connections)]
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
#[diesel(table_name = connections, treat_none_as_null = true)]
struct Settings {
    name: String,
    url: String,
    database: String,
    login: String,
    state: String,
    active: bool,
    server_version: Option<String>,
    workers: i32,
}

impl Settings {
    fn of(connection: &Connection) -> Self {
        Self {
            name: connection.name.clone(),
            url: connection.url.as_str().to_owned(),
            database: connection.database.clone(),
            login: connection.login.clone(),
            state: connection.state.code().to_owned(),
            active: connection.active,
            server_version: connection.server_version.clone(),
            workers: i32::from(connection.workers),
        }
    }
}

impl Row {
    fn into_stored(self) -> Result<Stored, StoreError> {
        let (id, settings) = (self.id, self.settings);
        let corrupt = |column: &str| StoreError::Corrupt(format!("connection {id}, column {column}"));
        Ok(Stored {
            connection: Connection {
                id: ConnectionId(id),
                name: settings.name,
                url: BaseUrl::parse(&settings.url).map_err(|_| corrupt("url"))?,
                database: settings.database,
                login: settings.login,
                state: ConnectionState::from_code(&settings.state).ok_or_else(|| corrupt("state"))?,
                active: settings.active,
                server_version: settings.server_version,
                workers: u8::try_from(settings.workers).map_err(|_| corrupt("workers"))?,
            },
            has_password: self.password.is_some(),
            version: self.version,
            create_date: self.create_date,
            write_date: self.write_date,
        })
    }
}
