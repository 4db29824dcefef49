//! How people and clients sign in: failures, the sessions of those who are signed in, and API keys.

use diesel::dsl::{count_star, max};
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::connection::{Db, StoreError};
use super::schema::{api_keys, kept_forms, known_addresses, sessions, sign_in_failures, sign_in_tries};
use crate::domain::id::{ApiKeyId, KeptFormId, UserId};
use crate::domain::{Moment, now};

/// How often signing in failed for a pair of account and source (an address, a browser, a session), and when last.
#[derive(Debug, Clone, Copy, Queryable, Selectable)]
#[diesel(table_name = sign_in_failures)]
pub struct Failures {
    pub failures: i32,
    pub last_at: Moment,
}

/// Locks the counts of the account and of the source until this transaction ends: if two nodes read them at the same time,
/// one try too many would pass. SQLite has only one writer anyway.
pub fn lock_failures(db: &mut Db, account: &str, source: &str) -> Result<(), StoreError> {
    let Db::Postgres(conn) = db else { return Ok(()) };
    // Always in this order, so that two never wait for each other.
    for (class, name) in [(7_103_428, account), (7_103_429, source)] {
        diesel::sql_query(format!("SELECT pg_advisory_xact_lock({class}, hashtext($1))"))
            .bind::<Text, _>(name)
            .execute(conn)?;
    }
    Ok(())
}

pub fn failures(db: &mut Db, account: &str, source: &str) -> Result<Option<Failures>, StoreError> {
    let pair = sign_in_failures::table.find((account, source));
    Ok(pair.select(Failures::as_select()).first(db).optional()?)
}

/// Writes what is known of a pair.
pub fn set_failures(
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

pub fn delete_failures(db: &mut Db, account: &str, source: &str) -> Result<(), StoreError> {
    diesel::delete(sign_in_failures::table.find((account, source))).execute(db)?;
    Ok(())
}

/// Deletes all that was counted for an account.
pub fn delete_failures_of(db: &mut Db, account: &str) -> Result<(), StoreError> {
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

/// Counts one more try, or with -1 one less.
pub fn count_try(db: &mut Db, account: &str, slot: i32, by: i32) -> Result<(), StoreError> {
    crate::on_backend!(db, conn => diesel::insert_into(sign_in_tries::table)
        .values((sign_in_tries::account.eq(account), sign_in_tries::slot.eq(slot), sign_in_tries::tries.eq(by)))
        .on_conflict((sign_in_tries::account, sign_in_tries::slot))
        .do_update()
        .set(sign_in_tries::tries.eq(sign_in_tries::tries + by))
        .execute(conn))?;
    Ok(())
}

/// Deletes pairs that have been quiet since `before`, and slots up to `slot`. If either table has more than `most` rows,
/// those with the fewest failures go: flooding the tables with new names does not wash away what was counted for one.
pub fn tidy_failures(db: &mut Db, before: Moment, slot: i32, most: i64) -> Result<(), StoreError> {
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

/// When this person signed in from there last.
pub fn last_from(db: &mut Db, user: UserId, address: &str) -> Result<Option<Moment>, StoreError> {
    Ok(known_addresses::table.find((user, address)).select(known_addresses::last_at).first(db).optional()?)
}

/// Remembers that the person signed in from there. If there are more than `most` addresses, the least recent go, and so do
/// those from before `since`.
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

/// Sessions of signed-in people, found by the SHA-256 of their token. And forms that arrived after their sender was signed
/// out, of which each person has few, and not for long.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions)]
pub struct Session {
    pub token_hash: String,
    pub user_id: UserId,
    pub csrf_token: String,
    pub developer_mode: bool,
    pub address: Option<String>,
    pub create_date: Moment,
    pub last_seen: Moment,
    /// The API key that opened it, and with which it ends.
    pub api_key_id: Option<ApiKeyId>,
}

pub fn insert_session(db: &mut Db, session: &Session) -> Result<(), StoreError> {
    diesel::insert_into(sessions::table).values(session).execute(db)?;
    Ok(())
}

pub fn session(db: &mut Db, token_hash: &str) -> Result<Option<Session>, StoreError> {
    Ok(sessions::table.find(token_hash).select(Session::as_select()).first(db).optional()?)
}

pub fn touch_session(db: &mut Db, token_hash: &str, last_seen: Moment) -> Result<(), StoreError> {
    diesel::update(sessions::table.find(token_hash)).set(sessions::last_seen.eq(last_seen)).execute(db)?;
    Ok(())
}

pub fn set_developer_mode(db: &mut Db, token_hash: &str, on: bool) -> Result<(), StoreError> {
    diesel::update(sessions::table.find(token_hash)).set(sessions::developer_mode.eq(on)).execute(db)?;
    Ok(())
}

pub fn delete_session(db: &mut Db, token_hash: &str) -> Result<(), StoreError> {
    diesel::delete(sessions::table.find(token_hash)).execute(db)?;
    Ok(())
}

/// A person's sessions, ended ones among them, the newest first.
pub fn sessions_of(db: &mut Db, user: UserId) -> Result<Vec<Session>, StoreError> {
    let of_user = sessions::table.filter(sessions::user_id.eq(user));
    let newest = of_user.order((sessions::create_date.desc(), sessions::token_hash));
    Ok(newest.select(Session::as_select()).load(db)?)
}

/// Signs a person out everywhere; gives how many sessions there were.
pub fn delete_sessions_of(db: &mut Db, user: UserId) -> Result<usize, StoreError> {
    Ok(diesel::delete(sessions::table.filter(sessions::user_id.eq(user))).execute(db)?)
}

/// Deletes sessions that have ended: idle since before `idle`, or made before `made`.
pub fn delete_ended_sessions(db: &mut Db, idle: Moment, made: Moment) -> Result<(), StoreError> {
    diesel::delete(sessions::table.filter(sessions::last_seen.lt(idle).or(sessions::create_date.lt(made))))
        .execute(db)?;
    Ok(())
}

/// A form: whose it was, and where it was sent; its contents are sealed.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = kept_forms)]
pub struct KeptForm {
    pub user_id: UserId,
    /// Below Mailgate's own path.
    pub path: String,
    pub fields: String,
    pub create_date: Moment,
}

/// Keeps a form. Of one person's forms only this and the newest `others` stay, and of anybody's none from before `since`.
pub fn keep_form(db: &mut Db, form: &KeptForm, others: i64, since: Moment) -> Result<KeptFormId, StoreError> {
    diesel::delete(kept_forms::table.filter(kept_forms::create_date.lt(since))).execute(db)?;
    let kept: Vec<KeptFormId> = kept_forms::table
        .filter(kept_forms::user_id.eq(form.user_id))
        .order(kept_forms::id.desc())
        .limit(others)
        .select(kept_forms::id)
        .load(db)?;
    if let Some(oldest) = kept.last() {
        let older = kept_forms::table.filter(kept_forms::user_id.eq(form.user_id)).filter(kept_forms::id.lt(*oldest));
        diesel::delete(older).execute(db)?;
    }
    Ok(crate::on_backend!(db, conn => diesel::insert_into(kept_forms::table)
        .values(form).returning(kept_forms::id).get_result(conn))?)
}

/// A form of this person's; nobody else's is found.
pub fn kept_form(db: &mut Db, user: UserId, id: KeptFormId) -> Result<Option<KeptForm>, StoreError> {
    let own = kept_forms::table.find(id).filter(kept_forms::user_id.eq(user));
    Ok(own.select(KeptForm::as_select()).first(db).optional()?)
}

/// This person's forms, newest first, with their time.
pub fn kept_forms(db: &mut Db, user: UserId) -> Result<Vec<(KeptFormId, Moment)>, StoreError> {
    Ok(kept_forms::table
        .filter(kept_forms::user_id.eq(user))
        .order(kept_forms::id.desc())
        .select((kept_forms::id, kept_forms::create_date))
        .load(db)?)
}

pub fn forget_form(db: &mut Db, user: UserId, id: KeptFormId) -> Result<(), StoreError> {
    diesel::delete(kept_forms::table.find(id).filter(kept_forms::user_id.eq(user))).execute(db)?;
    Ok(())
}

/// An API key as pages show it: never the key itself, of which the database has only the SHA-256. A key is revoked by deleting its
/// row.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = api_keys)]
pub struct ApiKey {
    pub id: ApiKeyId,
    #[diesel(column_name = user_id)]
    pub user: UserId,
    pub name: String,
    /// None: it does not expire.
    pub expires_at: Option<Moment>,
    /// Accurate to a few minutes.
    pub last_used: Option<Moment>,
    pub create_date: Moment,
}

impl ApiKey {
    pub fn is_expired(&self, at: Moment) -> bool {
        self.expires_at.is_some_and(|expires| expires <= at)
    }
}

/// A person's keys, the newest first.
pub fn api_keys_of(db: &mut Db, user: UserId) -> Result<Vec<ApiKey>, StoreError> {
    let newest = api_keys::table.filter(api_keys::user_id.eq(user)).order(api_keys::id.desc());
    Ok(newest.select(ApiKey::as_select()).load(db)?)
}

pub fn api_key(db: &mut Db, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
    Ok(api_keys::table.find(id).select(ApiKey::as_select()).first(db).optional()?)
}

pub fn api_key_by_hash(db: &mut Db, key_hash: &str) -> Result<Option<ApiKey>, StoreError> {
    let query = api_keys::table.filter(api_keys::key_hash.eq(key_hash));
    Ok(query.select(ApiKey::as_select()).first(db).optional()?)
}

/// Fails with a unique violation where the person has a key of this name: ask [`api_keys_of`] in the same transaction.
pub fn insert_api_key(
    db: &mut Db,
    user: UserId,
    name: &str,
    key_hash: &str,
    expires_at: Option<Moment>,
) -> Result<ApiKeyId, StoreError> {
    let row = (
        api_keys::user_id.eq(user),
        api_keys::name.eq(name),
        api_keys::key_hash.eq(key_hash),
        api_keys::expires_at.eq(expires_at),
        api_keys::create_date.eq(now()),
    );
    Ok(crate::on_backend!(db, conn => diesel::insert_into(api_keys::table)
        .values(row).returning(api_keys::id).get_result(conn))?)
}

pub fn api_key_used(db: &mut Db, id: ApiKeyId) -> Result<(), StoreError> {
    diesel::update(api_keys::table.find(id)).set(api_keys::last_used.eq(now())).execute(db)?;
    Ok(())
}

/// Revokes it, which ends the sessions that it opened.
pub fn delete_api_key(db: &mut Db, id: ApiKeyId) -> Result<(), StoreError> {
    diesel::delete(api_keys::table.find(id)).execute(db)?;
    Ok(())
}
