//! Failed sign-ins, counted per account and per address.

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::schema::sign_in_failures;
use crate::domain::Moment;

/// How often sign-in failed for a subject, and when last.
#[derive(Debug, Clone, Copy, Queryable)]
pub struct Failures {
    pub failures: i32,
    pub last_at: Moment,
}

pub fn get(db: &mut Db, subject: &str) -> Result<Option<Failures>, StoreError> {
    Ok(sign_in_failures::table
        .find(subject)
        .select((sign_in_failures::failures, sign_in_failures::last_at))
        .first(db)
        .optional()?)
}

pub fn set(db: &mut Db, subject: &str, failures: i32, at: Moment) -> Result<(), StoreError> {
    crate::on_backend!(db, conn => diesel::insert_into(sign_in_failures::table)
        .values((
            sign_in_failures::subject.eq(subject),
            sign_in_failures::failures.eq(failures),
            sign_in_failures::last_at.eq(at),
        ))
        .on_conflict(sign_in_failures::subject)
        .do_update()
        .set((sign_in_failures::failures.eq(failures), sign_in_failures::last_at.eq(at)))
        .execute(conn))?;
    Ok(())
}

pub fn delete(db: &mut Db, subject: &str) -> Result<(), StoreError> {
    diesel::delete(sign_in_failures::table.find(subject)).execute(db)?;
    Ok(())
}

/// Forgets subjects that have been quiet since `before`, so that the table can't grow for ever.
pub fn delete_before(db: &mut Db, before: Moment) -> Result<(), StoreError> {
    diesel::delete(sign_in_failures::table.filter(sign_in_failures::last_at.lt(before))).execute(db)?;
    Ok(())
}
