//! The names that programs give rows: module and name are unique, and lead to a model's row, which may be gone.

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::schema::external_ids;
use crate::domain::id::ExternalId;
use crate::domain::{Moment, now};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = external_ids)]
pub struct StoredExternalId {
    pub id: i32,
    pub module: String,
    pub name: String,
    pub model: String,
    pub res_id: i32,
    pub create_date: Moment,
    pub write_date: Moment,
}

pub fn get(db: &mut Db, id: i32) -> Result<Option<StoredExternalId>, StoreError> {
    Ok(external_ids::table.find(id).select(StoredExternalId::as_select()).first(db).optional()?)
}

pub fn find(db: &mut Db, name: &ExternalId) -> Result<Option<StoredExternalId>, StoreError> {
    let row = external_ids::table
        .filter(external_ids::module.eq(&name.module))
        .filter(external_ids::name.eq(&name.name))
        .select(StoredExternalId::as_select());
    Ok(row.first(db).optional()?)
}

/// The rows of a model that have one: the row's id and the external id, in the order in which they were given.
pub fn of_rows(db: &mut Db, model: &str, ids: &[i32]) -> Result<Vec<(i32, ExternalId)>, StoreError> {
    let mut found = Vec::new();
    for ids in ids.chunks(500) {
        let rows: Vec<StoredExternalId> = external_ids::table
            .filter(external_ids::model.eq(model))
            .filter(external_ids::res_id.eq_any(ids))
            .order(external_ids::id)
            .select(StoredExternalId::as_select())
            .load(db)?;
        found.extend(rows.into_iter().map(|row| (row.res_id, ExternalId { module: row.module, name: row.name })));
    }
    Ok(found)
}

pub fn insert(db: &mut Db, name: &ExternalId, model: &str, res_id: i32) -> Result<i32, StoreError> {
    let row = (
        (external_ids::module.eq(&name.module), external_ids::name.eq(&name.name)),
        (external_ids::model.eq(model), external_ids::res_id.eq(res_id)),
        (external_ids::create_date.eq(now()), external_ids::write_date.eq(now())),
    );
    Ok(crate::on_backend!(db, conn => diesel::insert_into(external_ids::table)
        .values(row).returning(external_ids::id).get_result(conn))?)
}

pub fn update(db: &mut Db, id: i32, name: &ExternalId, model: &str, res_id: i32) -> Result<(), StoreError> {
    let row = (
        (external_ids::module.eq(&name.module), external_ids::name.eq(&name.name)),
        (external_ids::model.eq(model), external_ids::res_id.eq(res_id), external_ids::write_date.eq(now())),
    );
    diesel::update(external_ids::table.find(id)).set(row).execute(db)?;
    Ok(())
}

pub fn delete(db: &mut Db, id: i32) -> Result<(), StoreError> {
    diesel::delete(external_ids::table.find(id)).execute(db)?;
    Ok(())
}
