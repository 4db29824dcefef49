//! What fetching knows of an incoming server: when it was last fetched, what came of it, and since when and why
//! it fails. A server without a row was never confirmed.

use std::collections::HashMap;

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::schema::server_status;
use crate::domain::Moment;
use crate::domain::id::ServerId;

#[derive(Debug, Clone, Default, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = server_status)]
pub struct Status {
    pub last_fetch: Option<Moment>,
    pub next_fetch: Option<Moment>,
    /// Passes that failed since the last good one.
    pub failures: i32,
    pub failing_since: Option<Moment>,
    pub last_error: Option<String>,
    pub last_remedy: Option<String>,
    /// JSON: fetched, delivered, held, ignored, retrying of the last pass.
    pub last_result: Option<String>,
    /// The certificate seen at the last confirmation, as 64 hexadecimal digits.
    pub certificate_sha256: Option<String>,
    pub certificate_until: Option<Moment>,
}

pub fn get(db: &mut Db, id: ServerId) -> Result<Status, StoreError> {
    let row = server_status::table.find(id.0).select(Status::as_select()).first(db).optional()?;
    Ok(row.unwrap_or_default())
}

pub fn all(db: &mut Db) -> Result<HashMap<ServerId, Status>, StoreError> {
    let rows: Vec<(i32, Status)> =
        server_status::table.select((server_status::server_id, Status::as_select())).load(db)?;
    Ok(rows.into_iter().map(|(id, status)| (ServerId(id), status)).collect())
}

/// A test has passed: the first fetch is due at `next_fetch`, and earlier failures are over.
pub fn confirm(
    db: &mut Db,
    id: ServerId,
    next_fetch: Moment,
    certificate: Option<(&str, Moment)>,
) -> Result<(), StoreError> {
    ensure(db, id)?;
    diesel::update(server_status::table.find(id.0))
        .set((
            server_status::next_fetch.eq(next_fetch),
            server_status::failures.eq(0),
            server_status::failing_since.eq(None::<Moment>),
            server_status::last_error.eq(None::<String>),
            server_status::last_remedy.eq(None::<String>),
            server_status::certificate_sha256.eq(certificate.map(|(sha256, _)| sha256)),
            server_status::certificate_until.eq(certificate.map(|(_, until)| until)),
        ))
        .execute(db)?;
    Ok(())
}

/// Makes the row where there is none.
pub fn ensure(db: &mut Db, id: ServerId) -> Result<(), StoreError> {
    crate::on_backend!(db, conn => diesel::insert_into(server_status::table)
        .values(server_status::server_id.eq(id.0))
        .on_conflict_do_nothing()
        .execute(conn))?;
    Ok(())
}
