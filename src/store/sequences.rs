//! Running numbers, without gaps: taken in the transaction that uses them.

use chrono::Datelike;
use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::prepared::prepared;
use super::schema::sequences;
use crate::domain::Moment;
use crate::domain::module::{Module, NumberFormat};

/// The number of the next record of this type, in its module's form: `2026-000001`, or `000001`.
pub fn number(db: &mut Db, module: &Module, at: Moment) -> Result<String, StoreError> {
    Ok(match module.number {
        NumberFormat::Year => {
            let year = at.year().to_string();
            format!("{year}-{:06}", next(db, &module.model, &year)?)
        }
        NumberFormat::Plain => format!("{:06}", next(db, &module.model, "")?),
    })
}

/// The next number of this record type and period (a year, or empty), from 1.
pub fn next(db: &mut Db, model: &str, period: &str) -> Result<i32, StoreError> {
    let row = (sequences::model.eq(model), sequences::period.eq(period), sequences::next.eq(2));
    let query = diesel::insert_into(sequences::table)
        .values(row)
        .on_conflict((sequences::model, sequences::period))
        .do_update()
        .set(sequences::next.eq(sequences::next + 1))
        .returning(sequences::next);
    let following: Option<i32> = prepared(query).one(db)?;
    Ok(following.ok_or(diesel::result::Error::NotFound)? - 1)
}
