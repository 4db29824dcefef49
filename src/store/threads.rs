//! What leads to a record: the signs of its mails.

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::prepared::prepared_for_one;
use super::schema::threads;
use crate::domain::id::RecordId;
use crate::domain::thread::Sign;

/// Values of one statement.
const AT_ONCE: usize = 500;

/// Which of these signs lead to which records, as they are stored: a record may have been joined to another.
pub fn leading(db: &mut Db, signs: &[String]) -> Result<Vec<(String, RecordId)>, StoreError> {
    let mut found = Vec::new();
    for some in signs.chunks(AT_ONCE) {
        let query = threads::table
            .filter(threads::sign.eq_any(some))
            .order((threads::sign, threads::record_id))
            .select((threads::sign, threads::record_id));
        found.extend(prepared_for_one(some, query).load::<(String, RecordId)>(db)?);
    }
    Ok(found)
}

/// From now on these signs lead to these records; those that did already still do.
pub fn lead(db: &mut Db, signs: &[(Sign, RecordId)]) -> Result<(), StoreError> {
    let rows: Vec<_> = signs
        .iter()
        .map(|(sign, record)| (threads::sign.eq(sign.to_string()), threads::record_id.eq(record)))
        .collect();
    for some in rows.chunks(AT_ONCE) {
        match db {
            Db::Sqlite(conn) => diesel::insert_or_ignore_into(threads::table).values(some).execute(conn)?,
            Db::Postgres(conn) => {
                diesel::insert_into(threads::table).values(some).on_conflict_do_nothing().execute(conn)?
            }
        };
    }
    Ok(())
}
