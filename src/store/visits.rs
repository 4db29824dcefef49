//! Who has a record open: their pages say so every now and then, and what is old says nothing any more.

use diesel::prelude::*;

use super::schema::{users, visits};
use super::{Db, StoreError};
use crate::domain::id::{RecordId, UserId};
use crate::domain::{Moment, now};

/// This person's page is open now. What is older than `since` goes, of this record.
pub fn note(db: &mut Db, record: RecordId, user: UserId, since: Moment) -> Result<(), StoreError> {
    let seen = visits::seen.eq(now());
    crate::on_backend!(db, conn => diesel::insert_into(visits::table)
        .values((visits::record_id.eq(record), visits::user_id.eq(user), seen))
        .on_conflict((visits::record_id, visits::user_id)).do_update().set(seen).execute(conn))?;
    diesel::delete(visits::table.filter(visits::record_id.eq(record)).filter(visits::seen.lt(since))).execute(db)?;
    Ok(())
}

/// When this person's page said so last.
pub fn last(db: &mut Db, record: RecordId, user: UserId) -> Result<Option<Moment>, StoreError> {
    Ok(visits::table.find((record, user)).select(visits::seen).first(db).optional()?)
}

/// Whose pages said so since then, by name; `limit` at most.
pub fn since(db: &mut Db, record: RecordId, since: Moment, limit: i64) -> Result<Vec<(UserId, String)>, StoreError> {
    Ok(visits::table
        .inner_join(users::table)
        .filter(visits::record_id.eq(record))
        .filter(visits::seen.ge(since))
        .order((users::name, users::id))
        .limit(limit)
        .select((users::id, users::name))
        .load(db)?)
}
