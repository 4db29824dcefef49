//! Connections: their settings, and what delivering knows of each.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::dsl::count_star;
use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::schema::{connection_status, connections, fates, handovers, servers};
use super::sealed::{self, SealedColumn, same_columns};
use crate::domain::connection::{BaseUrl, Connection, ConnectionState, ProtocolChoice, RemoteProtocol, Together};
use crate::domain::id::{ConnectionId, ServerId};
use crate::domain::ledger::MailState;
use crate::domain::secret::Secret;
use crate::domain::setting::SettingsObject as _;
use crate::domain::words::{Complaint, Sentence};
use crate::domain::{Moment, now};
use crate::key::SecretKey;

/// A connection with what its row has beside the settings. As for incoming servers, the password is sealed for its row, and
/// written and read by itself.
pub type StoredConnection = sealed::Stored<Connection>;

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

/// Removes the row, and what its queue remembers of settled mail. False where there is none, or a server or message still
/// needs it.
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
    /// These, and the messages that are held for it.
    pub unfinished: i64,
    /// Messages that are held for it, waiting for a person.
    pub held: i64,
}

/// Each connection with its name.
pub fn names(db: &mut Db) -> Result<Vec<(ConnectionId, String)>, StoreError> {
    Ok(connections::table
        .order((connections::name, connections::id))
        .select((connections::id, connections::name))
        .load(db)?)
}

/// The usage of each connection that something needs.
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
    let sealed = sealed::seal(db, key, owner(id), password)?;
    diesel::update(connections::table.find(id)).set(connections::password.eq(sealed)).execute(db)?;
    Ok(())
}

/// The password in clear; empty where none is saved. [`StoreError::Seal`] where the key is not the one that sealed it.
pub fn password(db: &mut Db, key: &SecretKey, id: ConnectionId) -> Result<Secret, StoreError> {
    let sealed: Option<Option<String>> =
        connections::table.find(id).select(connections::password).first(db).optional()?;
    sealed::open(key, owner(id), sealed.flatten().as_deref())
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
            secrets: sealed::saved([("password", self.password.is_some())]),
            version: self.version,
            create_date: self.create_date,
            write_date: self.write_date,
        })
    }
}

/// What delivering knows of a connection: whether it is paused or failing, since when and why. A connection without
/// a row was never used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = connection_status)]
pub struct ConnectionStatus {
    /// Set while nothing is sent: something must be set right first, and a test must pass.
    pub paused_since: Option<Moment>,
    /// Set while the other system does not answer.
    pub failing_since: Option<Moment>,
    /// Failures since it last answered.
    pub failures: i32,
    /// When a failing or paused connection is tried again.
    pub next_attempt: Option<Moment>,
    pub last_error: Option<Sentence>,
    pub last_remedy: Option<Sentence>,
    pub last_delivery: Option<Moment>,
    /// When the certificate was first seen to name its host only in its common name, since the last test.
    pub nameless_since: Option<Moment>,
    /// When the certificate that it showed last ends.
    pub certificate_until: Option<Moment>,
}

pub fn status(db: &mut Db, id: ConnectionId) -> Result<ConnectionStatus, StoreError> {
    let row = connection_status::table.find(id).select(ConnectionStatus::as_select()).first(db).optional()?;
    Ok(row.unwrap_or_default())
}

pub fn statuses(db: &mut Db) -> Result<HashMap<ConnectionId, ConnectionStatus>, StoreError> {
    let rows: Vec<(ConnectionId, ConnectionStatus)> =
        connection_status::table.select((connection_status::connection_id, ConnectionStatus::as_select())).load(db)?;
    Ok(rows.into_iter().collect())
}

fn ensure(db: &mut Db, id: ConnectionId) -> Result<(), StoreError> {
    crate::on_backend!(db, conn => diesel::insert_into(connection_status::table)
        .values(connection_status::connection_id.eq(id))
        .on_conflict_do_nothing()
        .execute(conn))?;
    Ok(())
}

/// It answers, and earlier failures are over.
pub fn works(db: &mut Db, id: ConnectionId) -> Result<(), StoreError> {
    ensure(db, id)?;
    diesel::update(connection_status::table.find(id))
        .set((
            connection_status::paused_since.eq(None::<Moment>),
            connection_status::failing_since.eq(None::<Moment>),
            connection_status::failures.eq(0),
            connection_status::next_attempt.eq(None::<Moment>),
            connection_status::last_error.eq(None::<Sentence>),
            connection_status::last_remedy.eq(None::<Sentence>),
        ))
        .execute(db)?;
    Ok(())
}

/// Sets when the certificate of its host ends (None: nothing is encrypted), and since when that names the host only in its
/// common name (None: it has other names).
pub fn set_certificate(
    db: &mut Db,
    id: ConnectionId,
    until: Option<Moment>,
    nameless_since: Option<Moment>,
) -> Result<(), StoreError> {
    ensure(db, id)?;
    diesel::update(connection_status::table.find(id))
        .set((connection_status::certificate_until.eq(until), connection_status::nameless_since.eq(nameless_since)))
        .execute(db)?;
    Ok(())
}

/// A message arrived there.
pub fn delivered(db: &mut Db, id: ConnectionId, at: Moment) -> Result<(), StoreError> {
    ensure(db, id)?;
    diesel::update(connection_status::table.find(id)).set(connection_status::last_delivery.eq(at)).execute(db)?;
    Ok(())
}

/// It does not answer, and is tried again at `next`.
pub fn failing(db: &mut Db, id: ConnectionId, at: Moment, next: Moment, why: &Complaint) -> Result<(), StoreError> {
    failed_once_more(db, id, next, why)?;
    let row = connection_status::table.find(id).filter(connection_status::failing_since.is_null());
    diesel::update(row).set(connection_status::failing_since.eq(at)).execute(db)?;
    Ok(())
}

/// Something must be set right first; it is tested again at `next`.
pub fn pause(db: &mut Db, id: ConnectionId, at: Moment, next: Moment, why: &Complaint) -> Result<(), StoreError> {
    failed_once_more(db, id, next, why)?;
    let row = connection_status::table.find(id).filter(connection_status::paused_since.is_null());
    diesel::update(row).set(connection_status::paused_since.eq(at)).execute(db)?;
    Ok(())
}

fn failed_once_more(db: &mut Db, id: ConnectionId, next: Moment, why: &Complaint) -> Result<(), StoreError> {
    ensure(db, id)?;
    diesel::update(connection_status::table.find(id))
        .set((
            connection_status::failures.eq(connection_status::failures + 1),
            connection_status::next_attempt.eq(next),
            connection_status::last_error.eq(&why.what),
            connection_status::last_remedy.eq(&why.remedy),
        ))
        .execute(db)?;
    Ok(())
}
