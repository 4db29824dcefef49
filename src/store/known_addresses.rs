//! Where people signed in from before: a few addresses for each account.

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::schema::known_addresses;
use crate::domain::Moment;
use crate::domain::id::UserId;

/// When this person signed in from there last.
pub fn last(db: &mut Db, user: UserId, address: &str) -> Result<Option<Moment>, StoreError> {
    Ok(known_addresses::table.find((user, address)).select(known_addresses::last_at).first(db).optional()?)
}

/// The person signed in from there; of more than `most` addresses the ones left longest go, and those from before `since`.
pub fn remember(
    db: &mut Db,
    user: UserId,
    address: &str,
    at: Moment,
    since: Moment,
    most: usize,
) -> Result<(), StoreError> {
    crate::on_backend!(db, conn => diesel::insert_into(known_addresses::table)
        .values((
            known_addresses::user_id.eq(user),
            known_addresses::address.eq(address),
            known_addresses::last_at.eq(at),
        ))
        .on_conflict((known_addresses::user_id, known_addresses::address))
        .do_update()
        .set(known_addresses::last_at.eq(at))
        .execute(conn))?;
    let kept: Vec<String> = known_addresses::table
        .filter(known_addresses::user_id.eq(user))
        .filter(known_addresses::last_at.gt(since))
        .order(known_addresses::last_at.desc())
        .select(known_addresses::address)
        .limit(i64::try_from(most).unwrap_or(i64::MAX))
        .load(db)?;
    diesel::delete(known_addresses::table)
        .filter(known_addresses::user_id.eq(user))
        .filter(known_addresses::address.ne_all(kept))
        .execute(db)?;
    Ok(())
}
