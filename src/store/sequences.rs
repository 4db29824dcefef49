//! Running numbers, without gaps: taken in the transaction that uses them.

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::schema::sequences;

/// The next number of this record type and period (a year, or empty), from 1.
pub fn next(db: &mut Db, model: &str, period: &str) -> Result<i32, StoreError> {
    let row = (sequences::model.eq(model), sequences::period.eq(period), sequences::next.eq(2));
    let following: i32 = crate::on_backend!(db, conn => diesel::insert_into(sequences::table)
        .values(row)
        .on_conflict((sequences::model, sequences::period))
        .do_update()
        .set(sequences::next.eq(sequences::next + 1))
        .returning(sequences::next)
        .get_result(conn))?;
    Ok(following - 1)
}
