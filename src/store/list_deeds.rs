//! What one person did to many records at once, kept for a while so that it can be undone.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::prepared::columns;
use super::schema::list_deeds;
use super::values::{Json, to_json};
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
    /// When it was settled, where it was.
    #[serde(default)]
    pub closed_at: Option<Moment>,
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
    pub finished: bool,
}

/// Before anything is done: what is done is added to it with each share.
pub fn begin(db: &mut Db, new: &NewListDeed<'_>) -> Result<ListDeedId, StoreError> {
    let row = (new, list_deeds::changed.eq("[]"), list_deeds::create_date.eq(now()), list_deeds::finished.eq(false));
    Ok(crate::on_backend!(db, conn => diesel::insert_into(list_deeds::table)
        .values(row).returning(list_deeds::id).get_result(conn))?)
}

/// Writes what there is to undo, within the transaction that changed it.
pub fn set(db: &mut Db, id: ListDeedId, changed: &[Changed], kept: i32, finished: bool) -> Result<(), StoreError> {
    let set =
        (list_deeds::changed.eq(to_json(&changed)?), list_deeds::kept.eq(kept), list_deeds::finished.eq(finished));
    diesel::update(list_deeds::table.find(id)).set(set).execute(db)?;
    Ok(())
}

/// As [`get`], and keeps others from it until the transaction ends.
pub fn hold(db: &mut Db, id: ListDeedId) -> Result<Option<ListDeed>, StoreError> {
    let row = list_deeds::table.find(id).select(columns::<ListDeed>());
    Ok(match db {
        // The transaction holds the only write lock there is.
        Db::Sqlite(conn) => row.first(conn).optional()?,
        Db::Postgres(conn) => row.for_update().first(conn).optional()?,
    })
}

pub fn get(db: &mut Db, id: ListDeedId) -> Result<Option<ListDeed>, StoreError> {
    Ok(list_deeds::table.find(id).select(ListDeed::as_select()).first(db).optional()?)
}

/// The newest deed of somebody that broke off: it was begun before this moment, is not finished, and changed something.
pub fn broken_off(db: &mut Db, user: UserId, model: &str, before: Moment) -> Result<Option<ListDeedId>, StoreError> {
    let theirs = list_deeds::table.filter(list_deeds::user_id.eq(user)).filter(list_deeds::model.eq(model));
    let broken = theirs.filter(list_deeds::finished.eq(false)).filter(list_deeds::create_date.lt(before));
    let newest = broken.filter(list_deeds::changed.ne("[]")).order(list_deeds::id.desc()).select(list_deeds::id);
    Ok(newest.first(db).optional()?)
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
