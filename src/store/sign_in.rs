//! What is known of signing in: failures, counted per pair of account and source (an address, a browser, a session), the
//! passwords that strangers tried per account, by the hour, and where people signed in from before.

use diesel::dsl::{count_star, max};
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::connection::{Db, StoreError};
use super::schema::{known_addresses, sign_in_failures, sign_in_tries};
use crate::domain::Moment;
use crate::domain::id::UserId;

/// How often sign-in failed for a pair, and when last.
#[derive(Debug, Clone, Copy, Queryable, Selectable)]
#[diesel(table_name = sign_in_failures)]
pub struct Failures {
    pub failures: i32,
    pub last_at: Moment,
}

/// Until this transaction ends nobody else counts for the account or at the source: what two nodes read at the same time
/// would let one try too many pass. SQLite has one writer anyway.
pub fn lock(db: &mut Db, account: &str, source: &str) -> Result<(), StoreError> {
    let Db::Postgres(conn) = db else { return Ok(()) };
    // Always in this order, so that two never wait for each other.
    for (class, name) in [(7_103_428, account), (7_103_429, source)] {
        diesel::sql_query(format!("SELECT pg_advisory_xact_lock({class}, hashtext($1))"))
            .bind::<Text, _>(name)
            .execute(conn)?;
    }
    Ok(())
}

pub fn get(db: &mut Db, account: &str, source: &str) -> Result<Option<Failures>, StoreError> {
    let pair = sign_in_failures::table.find((account, source));
    Ok(pair.select(Failures::as_select()).first(db).optional()?)
}

/// What is known of a pair from now on.
pub fn set(
    db: &mut Db,
    (account, source, network): (&str, &str, &str),
    failures: i32,
    at: Moment,
) -> Result<(), StoreError> {
    crate::on_backend!(db, conn => diesel::insert_into(sign_in_failures::table)
        .values((
            sign_in_failures::account.eq(account),
            sign_in_failures::source.eq(source),
            sign_in_failures::network.eq(network),
            sign_in_failures::failures.eq(failures),
            sign_in_failures::last_at.eq(at),
        ))
        .on_conflict((sign_in_failures::account, sign_in_failures::source))
        .do_update()
        .set((sign_in_failures::failures.eq(failures), sign_in_failures::last_at.eq(at)))
        .execute(conn))?;
    Ok(())
}

pub fn delete(db: &mut Db, account: &str, source: &str) -> Result<(), StoreError> {
    diesel::delete(sign_in_failures::table.find((account, source))).execute(db)?;
    Ok(())
}

/// All that was counted for an account.
pub fn delete_of(db: &mut Db, account: &str) -> Result<(), StoreError> {
    diesel::delete(sign_in_failures::table.filter(sign_in_failures::account.eq(account))).execute(db)?;
    diesel::delete(sign_in_tries::table.filter(sign_in_tries::account.eq(account))).execute(db)?;
    Ok(())
}

/// On how many accounts sign-in failed at this source since then, and when last.
pub fn accounts_at(db: &mut Db, source: &str, since: Moment) -> Result<(i32, Option<Moment>), StoreError> {
    let (accounts, last): (i64, Option<Moment>) = sign_in_failures::table
        .filter(sign_in_failures::source.eq(source))
        .filter(sign_in_failures::last_at.gt(since))
        .select((count_star(), max(sign_in_failures::last_at)))
        .first(db)?;
    Ok((i32::try_from(accounts).unwrap_or(i32::MAX), last))
}

/// From how many sources of a network sign-in to this account failed since then.
pub fn sources_in(db: &mut Db, account: &str, network: &str, since: Moment) -> Result<i64, StoreError> {
    Ok(sign_in_failures::table
        .filter(sign_in_failures::account.eq(account))
        .filter(sign_in_failures::network.eq(network))
        .filter(sign_in_failures::last_at.gt(since))
        .count()
        .get_result(db)?)
}

/// Passwords that strangers tried on this account in the slots after `slot`, oldest first.
pub fn tries(db: &mut Db, account: &str, slot: i32) -> Result<Vec<(i32, i32)>, StoreError> {
    Ok(sign_in_tries::table
        .filter(sign_in_tries::account.eq(account))
        .filter(sign_in_tries::slot.gt(slot))
        .order(sign_in_tries::slot)
        .select((sign_in_tries::slot, sign_in_tries::tries))
        .load(db)?)
}

/// One more try, or with -1 one less.
pub fn count_try(db: &mut Db, account: &str, slot: i32, by: i32) -> Result<(), StoreError> {
    crate::on_backend!(db, conn => diesel::insert_into(sign_in_tries::table)
        .values((sign_in_tries::account.eq(account), sign_in_tries::slot.eq(slot), sign_in_tries::tries.eq(by)))
        .on_conflict((sign_in_tries::account, sign_in_tries::slot))
        .do_update()
        .set(sign_in_tries::tries.eq(sign_in_tries::tries + by))
        .execute(conn))?;
    Ok(())
}

/// Forgets pairs that have been quiet since `before` and slots up to `slot`. Of more than `most` rows of either those go
/// that failed the fewest times: whoever floods the tables with new names does not wash away what he did to one.
pub fn tidy(db: &mut Db, before: Moment, slot: i32, most: i64) -> Result<(), StoreError> {
    diesel::delete(sign_in_failures::table.filter(sign_in_failures::last_at.lt(before))).execute(db)?;
    diesel::delete(sign_in_tries::table.filter(sign_in_tries::slot.le(slot))).execute(db)?;
    let pairs: i64 = sign_in_failures::table.count().get_result(db)?;
    if pairs > most {
        let spare = pairs - most;
        diesel::sql_query(format!(
            "DELETE FROM sign_in_failures WHERE (account, source) IN \
             (SELECT account, source FROM sign_in_failures ORDER BY failures, last_at LIMIT {spare})"
        ))
        .execute(db)?;
    }
    let slots: i64 = sign_in_tries::table.count().get_result(db)?;
    if slots > most {
        let spare = slots - most;
        diesel::sql_query(format!(
            "DELETE FROM sign_in_tries WHERE (account, slot) IN \
             (SELECT account, slot FROM sign_in_tries ORDER BY tries, slot LIMIT {spare})"
        ))
        .execute(db)?;
    }
    Ok(())
}

/// Rows of both tables.
pub fn rows(db: &mut Db) -> Result<i64, StoreError> {
    let pairs: i64 = sign_in_failures::table.count().get_result(db)?;
    let slots: i64 = sign_in_tries::table.count().get_result(db)?;
    Ok(pairs + slots)
}

/// When this person signed in from there last.
pub fn last_from(db: &mut Db, user: UserId, address: &str) -> Result<Option<Moment>, StoreError> {
    Ok(known_addresses::table.find((user, address)).select(known_addresses::last_at).first(db).optional()?)
}

/// The person signed in from there; of more than `most` addresses the ones left longest go, and those from before `since`.
pub fn remember_address(
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
