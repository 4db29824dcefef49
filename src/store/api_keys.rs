//! API keys, found by the SHA-256 of the key. A row that is gone is a key that is revoked.

use diesel::prelude::*;

use super::schema::api_keys;
use super::{Db, StoreError};
use crate::domain::id::{ApiKeyId, UserId};
use crate::domain::{Moment, now};

/// A key as pages show it: never the key itself.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = api_keys)]
pub struct ApiKey {
    pub id: ApiKeyId,
    #[diesel(column_name = user_id)]
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

/// A person's keys, the newest first.
pub fn of_user(db: &mut Db, user: UserId) -> Result<Vec<ApiKey>, StoreError> {
    let newest = api_keys::table.filter(api_keys::user_id.eq(user)).order(api_keys::id.desc());
    Ok(newest.select(ApiKey::as_select()).load(db)?)
}

pub fn get(db: &mut Db, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
    Ok(api_keys::table.find(id).select(ApiKey::as_select()).first(db).optional()?)
}

pub fn by_hash(db: &mut Db, key_hash: &str) -> Result<Option<ApiKey>, StoreError> {
    let query = api_keys::table.filter(api_keys::key_hash.eq(key_hash));
    Ok(query.select(ApiKey::as_select()).first(db).optional()?)
}

/// Fails with a unique violation where the person has a key of this name: ask [`of_user`] in the same transaction.
pub fn insert(
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

pub fn used(db: &mut Db, id: ApiKeyId) -> Result<(), StoreError> {
    diesel::update(api_keys::table.find(id)).set(api_keys::last_used.eq(now())).execute(db)?;
    Ok(())
}

/// Revokes it, which ends the sessions that it opened.
pub fn delete(db: &mut Db, id: ApiKeyId) -> Result<(), StoreError> {
    diesel::delete(api_keys::table.find(id)).execute(db)?;
    Ok(())
}
