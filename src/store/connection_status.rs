//! What delivering knows of a connection: whether it is paused or failing, since when and why. A connection without
//! a row was never used.

use std::collections::HashMap;

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::schema::connection_status;
use crate::domain::Moment;
use crate::domain::complaint::Complaint;
use crate::domain::id::ConnectionId;
use crate::domain::words::Sentence;

#[derive(Debug, Clone, Default, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = connection_status)]
pub struct ConnectionStatus {
    /// Set while nothing is sent: something must be set right first, and a test must pass.
    pub paused_since: Option<Moment>,
    /// Set while the far end does not answer.
    pub failing_since: Option<Moment>,
    /// Failures since it last answered.
    pub failures: i32,
    /// When a failing or paused connection is tried again.
    pub next_attempt: Option<Moment>,
    pub last_error: Option<Sentence>,
    pub last_remedy: Option<Sentence>,
    pub last_delivery: Option<Moment>,
    /// When the certificate was first seen to name no host but by its common name, since the last test.
    pub nameless_since: Option<Moment>,
    /// When the certificate ends that was shown last.
    pub certificate_until: Option<Moment>,
}

pub fn get(db: &mut Db, id: ConnectionId) -> Result<ConnectionStatus, StoreError> {
    let row = connection_status::table.find(id).select(ConnectionStatus::as_select()).first(db).optional()?;
    Ok(row.unwrap_or_default())
}

pub fn all(db: &mut Db) -> Result<HashMap<ConnectionId, ConnectionStatus>, StoreError> {
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

/// It answers, and what was wrong is over.
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

/// When the certificate that its host shows ends (None: nothing is encrypted), and since when that names no host but by its
/// common name (None: it has names).
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

/// It does not answer; it is asked again at `next`.
pub fn failing(db: &mut Db, id: ConnectionId, at: Moment, next: Moment, why: &Complaint) -> Result<(), StoreError> {
    failed_once_more(db, id, next, why)?;
    let row = connection_status::table.find(id).filter(connection_status::failing_since.is_null());
    diesel::update(row).set(connection_status::failing_since.eq(at)).execute(db)?;
    Ok(())
}

/// It must be set right first; a test is made again at `next`.
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
