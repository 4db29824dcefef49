//! Named values of the whole installation.

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::schema::settings;

pub fn get(db: &mut Db, name: &str) -> Result<Option<String>, StoreError> {
    Ok(settings::table.find(name).select(settings::value).first(db).optional()?)
}

pub fn set(db: &mut Db, name: &str, value: &str) -> Result<(), StoreError> {
    crate::on_backend!(db, conn => diesel::insert_into(settings::table)
        .values((settings::name.eq(name), settings::value.eq(value)))
        .on_conflict(settings::name)
        .do_update()
        .set(settings::value.eq(value))
        .execute(conn))?;
    Ok(())
}

pub fn delete(db: &mut Db, name: &str) -> Result<(), StoreError> {
    diesel::delete(settings::table.find(name)).execute(db)?;
    Ok(())
}

/// Those of these names that are there, each with its name.
pub fn named(db: &mut Db, names: &[String]) -> Result<Vec<(String, String)>, StoreError> {
    let row = (settings::name, settings::value);
    Ok(settings::table.filter(settings::name.eq_any(names)).select(row).load(db)?)
}
