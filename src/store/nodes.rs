//! The processes that serve: which versions of the secret key each has, and which of several may do something, until when (a
//! lease). All times are the database's own, so that the nodes' clocks need not agree.

use chrono::TimeDelta;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text, Timestamp};

use super::connection::{Db, StoreError};
use super::schema::{leases, nodes};
use crate::domain::{Moment, now};

/// A process that serves.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = nodes)]
pub struct Node {
    /// Where it runs.
    pub name: String,
    pub key_versions: String,
}

/// It is there, and has these versions.
pub fn report(db: &mut Db, name: &str, key_versions: &str) -> Result<(), StoreError> {
    let at = clock(db)?;
    crate::on_backend!(db, conn => diesel::insert_into(nodes::table)
        .values((nodes::name.eq(name), nodes::key_versions.eq(key_versions), nodes::seen.eq(at)))
        .on_conflict(nodes::name)
        .do_update()
        .set((nodes::key_versions.eq(key_versions), nodes::seen.eq(at)))
        .execute(conn))?;
    Ok(())
}

/// It ends.
pub fn leave(db: &mut Db, name: &str) -> Result<(), StoreError> {
    diesel::delete(nodes::table.find(name)).execute(db)?;
    Ok(())
}

/// Those that were there within this time, by name. What has not been there for a day is forgotten.
pub fn present(db: &mut Db, within: TimeDelta) -> Result<Vec<Node>, StoreError> {
    let at = clock(db)?;
    diesel::delete(nodes::table.filter(nodes::seen.lt(at - TimeDelta::days(1)))).execute(db)?;
    let present = nodes::table.filter(nodes::seen.ge(at - within)).order(nodes::name);
    Ok(present.select(Node::as_select()).load(db)?)
}

/// The database's own time.
pub(super) fn clock(db: &mut Db) -> Result<Moment, StoreError> {
    match db {
        Db::Sqlite(_) => Ok(now()),
        Db::Postgres(conn) => {
            Ok(diesel::select(sql::<Timestamp>("clock_timestamp() AT TIME ZONE 'UTC'")).get_result(conn)?)
        }
    }
}

/// Takes the lease where nobody holds it, or its holder has let it run out. One statement, so of two nodes one
/// gets it.
pub fn take_lease(db: &mut Db, name: &str, holder: &str, seconds: i32) -> Result<bool, StoreError> {
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

/// Whether somebody holds the lease, and it has not run out.
pub fn is_leased(db: &mut Db, name: &str) -> Result<bool, StoreError> {
    let at = clock(db)?;
    let held = leases::table.filter(leases::name.eq(name)).filter(leases::until.ge(at));
    Ok(diesel::select(diesel::dsl::exists(held)).get_result(db)?)
}

/// Prolongs a lease that is still this holder's; false where it has passed on.
pub fn renew_lease(db: &mut Db, name: &str, holder: &str, seconds: i32) -> Result<bool, StoreError> {
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
pub fn release_lease(db: &mut Db, name: &str, holder: &str) -> Result<(), StoreError> {
    let Db::Postgres(conn) = db else { return Ok(()) };
    diesel::sql_query("DELETE FROM leases WHERE name = $1 AND holder = $2")
        .bind::<Text, _>(name)
        .bind::<Text, _>(holder)
        .execute(conn)?;
    Ok(())
}

/// Says for this long that somebody waits for something of this name.
pub fn want(db: &mut Db, name: &str, seconds: i64) -> Result<(), StoreError> {
    let until = clock(db)? + TimeDelta::seconds(seconds);
    crate::on_backend!(db, conn => diesel::insert_into(leases::table)
        .values((leases::name.eq(name), leases::holder.eq(""), leases::until.eq(until)))
        .on_conflict(leases::name)
        .do_update()
        .set(leases::until.eq(until))
        .execute(conn))?;
    Ok(())
}

/// Whether somebody does.
pub fn is_wanted(db: &mut Db, name: &str) -> Result<bool, StoreError> {
    let at = clock(db)?;
    let said: i64 = leases::table.find(name).filter(leases::until.gt(at)).count().get_result(db)?;
    Ok(said > 0)
}
