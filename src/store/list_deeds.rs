//! What one person did to many records at once, kept for a while so that it can be undone.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::schema::list_deeds;
use super::values::Json;
use super::{Db, StoreError};
use crate::domain::id::{ListDeedId, RecordId, UserId};
use crate::domain::{Moment, now};

/// One record that was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    pub id: RecordId,
    /// Its version afterwards: another one says that somebody changed it since.
    pub version: i32,
    /// What its field held.
    pub before: String,
}

#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = list_deeds)]
pub struct NewListDeed<'a> {
    pub user_id: UserId,
    pub model: &'a str,
    /// The field that was written.
    pub deed: &'a str,
    /// How many were chosen and left as they are.
    pub kept: i32,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = list_deeds)]
pub struct ListDeed {
    pub user_id: UserId,
    pub model: String,
    pub deed: String,
    #[diesel(deserialize_as = Json<Vec<Changed>>)]
    pub changed: Vec<Changed>,
    pub kept: i32,
}

pub fn insert(db: &mut Db, new: &NewListDeed<'_>, changed: &[Changed]) -> Result<ListDeedId, StoreError> {
    let changed = serde_json::to_string(changed).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let row = (new, list_deeds::changed.eq(changed), list_deeds::create_date.eq(now()));
    Ok(crate::on_backend!(db, conn => diesel::insert_into(list_deeds::table)
        .values(row).returning(list_deeds::id).get_result(conn))?)
}

pub fn get(db: &mut Db, id: ListDeedId) -> Result<Option<ListDeed>, StoreError> {
    Ok(list_deeds::table.find(id).select(ListDeed::as_select()).first(db).optional()?)
}

/// False where it is gone already.
pub fn delete(db: &mut Db, id: ListDeedId) -> Result<bool, StoreError> {
    Ok(diesel::delete(list_deeds::table.find(id)).execute(db)? == 1)
}

/// Drops what was done before this moment.
pub fn forget(db: &mut Db, before: Moment) -> Result<(), StoreError> {
    diesel::delete(list_deeds::table.filter(list_deeds::create_date.lt(before))).execute(db)?;
    Ok(())
}
