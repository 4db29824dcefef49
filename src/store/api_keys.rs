//! API keys, found by the SHA-256 of the key. A row that is gone is a key that is revoked.

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::schema::api_keys;
use crate::domain::id::{ApiKeyId, UserId};
use crate::domain::{Moment, now};

/// A key as pages show it: never the key itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub user: UserId,
    pub name: String,
    /// None: it does not expire.
    pub expires_at: Option<Moment>,
    /// To within a few minutes.
    pub last_used: Option<Moment>,
    pub create_date: Moment,
}

impl ApiKey {
    pub fn is_expired(&self, at: Moment) -> bool {
        self.expires_at.is_some_and(|expires| expires <= at)
    }
}

type Columns = (i32, i32, String, Option<Moment>, Option<Moment>, Moment);

macro_rules! columns {
    () => {
        (
            api_keys::id,
            api_keys::user_id,
            api_keys::name,
            api_keys::expires_at,
            api_keys::last_used,
            api_keys::create_date,
        )
    };
}

fn read((id, user, name, expires_at, last_used, create_date): Columns) -> ApiKey {
    ApiKey { id: ApiKeyId(id), user: UserId(user), name, expires_at, last_used, create_date }
}

/// A person's keys, the newest first.
pub fn of_user(db: &mut Db, user: UserId) -> Result<Vec<ApiKey>, StoreError> {
    let rows: Vec<Columns> =
        api_keys::table.filter(api_keys::user_id.eq(user.0)).order(api_keys::id.desc()).select(columns!()).load(db)?;
    Ok(rows.into_iter().map(read).collect())
}

pub fn get(db: &mut Db, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
    Ok(api_keys::table.find(id.0).select(columns!()).first(db).optional()?.map(read))
}

pub fn by_hash(db: &mut Db, key_hash: &str) -> Result<Option<ApiKey>, StoreError> {
    Ok(api_keys::table.filter(api_keys::key_hash.eq(key_hash)).select(columns!()).first(db).optional()?.map(read))
}

/// Fails with a unique violation where the person has a key of this name: ask [`of_user`] in the same transaction.
pub fn insert(
    db: &mut Db,
    user: UserId,
    name: &str,
    key_hash: &str,
    expires_at: Option<Moment>,
) -> Result<ApiKeyId, StoreError> {
    let id: i32 = crate::on_backend!(db, conn => diesel::insert_into(api_keys::table)
        .values((
            api_keys::user_id.eq(user.0),
            api_keys::name.eq(name),
            api_keys::key_hash.eq(key_hash),
            api_keys::expires_at.eq(expires_at),
            api_keys::create_date.eq(now()),
        ))
        .returning(api_keys::id)
        .get_result(conn))?;
    Ok(ApiKeyId(id))
}

pub fn used(db: &mut Db, id: ApiKeyId) -> Result<(), StoreError> {
    diesel::update(api_keys::table.find(id.0)).set(api_keys::last_used.eq(now())).execute(db)?;
    Ok(())
}

/// Revokes it, which ends the sessions that it opened.
pub fn delete(db: &mut Db, id: ApiKeyId) -> Result<(), StoreError> {
    diesel::delete(api_keys::table.find(id.0)).execute(db)?;
    Ok(())
}
