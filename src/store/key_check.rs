//! The known value: sealed with the version of the secret key that is in use, it says which that is, and whether a process
//! has the right key at all.

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::schema::settings;
use crate::key::{SealError, SealProblem, SecretKey};

pub const NAME: &str = "key_check";

/// None where nothing was ever sealed.
pub fn get(db: &mut Db) -> Result<Option<String>, StoreError> {
    super::settings::get(db, NAME)
}

/// Takes up which version is in use, within the transaction that is about to seal: until that has ended, no other version
/// comes into use, so that nothing is left behind by who re-seals what is there. Without a known value the key is as it is.
pub fn in_use(db: &mut Db, key: &SecretKey) -> Result<(), StoreError> {
    let query = settings::table.find(NAME).select(settings::value);
    let known: Option<String> = match db {
        // A transaction that writes is alone.
        Db::Sqlite(conn) => query.first(conn).optional()?,
        Db::Postgres(conn) => query.for_share().first(conn).optional()?,
    };
    match known.map(|known| key.check(&known)) {
        Some(Err(problem)) => Err(locked(problem)),
        Some(Ok(_)) | None => Ok(()),
    }
}

fn locked(problem: SealProblem) -> StoreError {
    StoreError::Seal(SealError::Locked(problem))
}

/// The first one; where another process was quicker, its value stays.
pub fn put_first(db: &mut Db, known: &str) -> Result<(), StoreError> {
    crate::on_backend!(db, conn => diesel::insert_into(settings::table)
        .values((settings::name.eq(NAME), settings::value.eq(known)))
        .on_conflict_do_nothing()
        .execute(conn))?;
    Ok(())
}

/// Brings another version into use. False where what was in use is not `before` any more.
pub fn replace(db: &mut Db, before: &str, known: &str) -> Result<bool, StoreError> {
    let row = settings::table.find(NAME).filter(settings::value.eq(before));
    Ok(diesel::update(row).set(settings::value.eq(known)).execute(db)? == 1)
}
