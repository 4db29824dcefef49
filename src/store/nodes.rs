//! The processes that serve, by name, and which versions of the secret key each has. All times are the database's own, so
//! that the nodes' clocks need not agree.

use chrono::TimeDelta;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Timestamp;

use super::connection::{Db, StoreError};
use super::schema::nodes;
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

fn clock(db: &mut Db) -> Result<Moment, StoreError> {
    match db {
        Db::Sqlite(_) => Ok(now()),
        Db::Postgres(conn) => {
            Ok(diesel::select(sql::<Timestamp>("clock_timestamp() AT TIME ZONE 'UTC'")).get_result(conn)?)
        }
    }
}
