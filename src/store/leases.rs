//! Leases: who of several nodes may do something, until when. All times are the database's own, so that the
//! nodes' clocks need not agree.

use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};

use super::connection::{Db, StoreError};

/// Takes the lease where nobody holds it, or its holder has let it run out. One statement, so of two nodes one
/// gets it.
pub fn take(db: &mut Db, name: &str, holder: &str, seconds: i32) -> Result<bool, StoreError> {
    let Db::Postgres(conn) = db else { return Ok(true) };
    let rows = diesel::sql_query(
        "INSERT INTO leases (name, holder, until) \
         VALUES ($1, $2, clock_timestamp() AT TIME ZONE 'UTC' + make_interval(secs => $3)) \
         ON CONFLICT (name) DO UPDATE SET holder = EXCLUDED.holder, until = EXCLUDED.until \
         WHERE leases.until < clock_timestamp() AT TIME ZONE 'UTC'",
    )
    .bind::<Text, _>(name)
    .bind::<Text, _>(holder)
    .bind::<Integer, _>(seconds)
    .execute(conn)?;
    Ok(rows == 1)
}

/// Prolongs a lease that is still this holder's; false where it has passed on.
pub fn renew(db: &mut Db, name: &str, holder: &str, seconds: i32) -> Result<bool, StoreError> {
    let Db::Postgres(conn) = db else { return Ok(true) };
    let rows = diesel::sql_query(
        "UPDATE leases SET until = clock_timestamp() AT TIME ZONE 'UTC' + make_interval(secs => $3) \
         WHERE name = $1 AND holder = $2",
    )
    .bind::<Text, _>(name)
    .bind::<Text, _>(holder)
    .bind::<Integer, _>(seconds)
    .execute(conn)?;
    Ok(rows == 1)
}

/// Gives a lease back at once.
pub fn release(db: &mut Db, name: &str, holder: &str) -> Result<(), StoreError> {
    let Db::Postgres(conn) = db else { return Ok(()) };
    diesel::sql_query("DELETE FROM leases WHERE name = $1 AND holder = $2")
        .bind::<Text, _>(name)
        .bind::<Text, _>(holder)
        .execute(conn)?;
    Ok(())
}
