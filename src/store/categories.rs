//! Categories: what records of a type are about, in a tree; and its tags, in a list. Both are few, so a record type's are
//! read together.

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::connection::insert_missing;
use super::schema::{categories, record_tags, records, tags};
use super::sight::RecordSight;
use super::{Db, StoreError, query};
use crate::domain::id::{CategoryId, RecordId, TagId};
use crate::domain::now;

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Identifiable, serde::Serialize)]
#[diesel(table_name = categories)]
pub struct Category {
    pub id: CategoryId,
    pub model: String,
    pub name: String,
    pub code: Option<String>,
    #[diesel(column_name = parent_id)]
    pub parent: Option<CategoryId>,
    /// Its name, behind the names of all above it: `Payments / Late`.
    pub path: String,
    pub sequence: i32,
    pub active: bool,
}

/// What is written of a category.
#[derive(Debug, Clone, PartialEq, Eq, Insertable, AsChangeset)]
#[diesel(table_name = categories, treat_none_as_null = true)]
pub struct NewCategory<'a> {
    pub model: &'a str,
    pub name: &'a str,
    pub code: Option<&'a str>,
    #[diesel(column_name = parent_id)]
    pub parent: Option<CategoryId>,
    pub path: &'a str,
    pub sequence: i32,
    pub active: bool,
}

/// All of a record type, archived ones too, in the order of their paths.
pub fn all(db: &mut Db, model: &str) -> Result<Vec<Category>, StoreError> {
    let ordered = categories::table.filter(categories::model.eq(model)).order((categories::path, categories::id));
    Ok(ordered.select(Category::as_select()).load(db)?)
}

pub fn insert(db: &mut Db, new: &NewCategory<'_>) -> Result<CategoryId, StoreError> {
    let row = (new, categories::create_date.eq(now()), categories::write_date.eq(now()));
    Ok(crate::on_backend!(db, conn => diesel::insert_into(categories::table)
        .values(row).returning(categories::id).get_result(conn))?)
}

pub fn update(db: &mut Db, id: CategoryId, new: &NewCategory<'_>) -> Result<(), StoreError> {
    diesel::update(categories::table.find(id)).set((new, categories::write_date.eq(now()))).execute(db)?;
    Ok(())
}

/// To be called after a category above it was renamed or moved.
pub fn set_path(db: &mut Db, id: CategoryId, path: &str) -> Result<(), StoreError> {
    let set = (categories::path.eq(path), categories::write_date.eq(now()));
    diesel::update(categories::table.find(id)).set(set).execute(db)?;
    Ok(())
}

/// Locks the tree until the transaction ends: two moves at a time could make a circle of it.
pub fn hold(db: &mut Db, model: &str) -> Result<(), StoreError> {
    if let Db::Postgres(conn) = db {
        diesel::sql_query("SELECT pg_advisory_xact_lock(7103431, hashtext($1))")
            .bind::<diesel::sql_types::Text, _>(model)
            .execute(conn)?;
    }
    Ok(())
}

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Identifiable, serde::Serialize)]
#[diesel(table_name = tags)]
pub struct KeptTag {
    pub id: TagId,
    pub model: String,
    pub name: String,
    pub active: bool,
}

/// All of a record type, archived ones too, by name.
pub fn tags(db: &mut Db, model: &str) -> Result<Vec<KeptTag>, StoreError> {
    let ordered = tags::table.filter(tags::model.eq(model)).order((tags::name, tags::id));
    Ok(ordered.select(KeptTag::as_select()).load(db)?)
}

pub fn insert_tag(db: &mut Db, model: &str, name: &str, active: bool) -> Result<TagId, StoreError> {
    let at = now();
    let row = (
        tags::model.eq(model),
        tags::name.eq(name),
        tags::active.eq(active),
        tags::create_date.eq(at),
        tags::write_date.eq(at),
    );
    Ok(crate::on_backend!(db, conn => diesel::insert_into(tags::table)
        .values(row).returning(tags::id).get_result(conn))?)
}

pub fn update_tag(db: &mut Db, id: TagId, name: &str, active: bool) -> Result<(), StoreError> {
    let set = (tags::name.eq(name), tags::active.eq(active), tags::write_date.eq(now()));
    diesel::update(tags::table.find(id)).set(set).execute(db)?;
    Ok(())
}

/// A tag on a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = record_tags)]
pub struct RecordTag {
    pub record_id: RecordId,
    pub tag_id: TagId,
}

/// The tags of these records, by name.
pub fn tags_of(db: &mut Db, of: &[RecordId]) -> Result<Vec<RecordTag>, StoreError> {
    let mut all = Vec::new();
    for some in of.chunks(500) {
        let joined = record_tags::table.inner_join(tags::table).filter(record_tags::record_id.eq_any(some));
        all.extend(joined.order((tags::name, tags::id)).select(RecordTag::as_select()).load(db)?);
    }
    Ok(all)
}

/// Gives a record exactly these tags.
pub fn set_tags(db: &mut Db, record: RecordId, wanted: &[TagId]) -> Result<(), StoreError> {
    let theirs = record_tags::table.filter(record_tags::record_id.eq(record));
    diesel::delete(theirs.filter(record_tags::tag_id.ne_all(wanted))).execute(db)?;
    let rows: Vec<_> = wanted.iter().map(|tag| RecordTag { record_id: record, tag_id: *tag }).collect();
    insert_missing!(db, record_tags::table, rows);
    Ok(())
}

/// The condition that somebody sees the record.
fn seen(db: &Db, sight: RecordSight, column: &str) -> SqlLiteral<Bool> {
    sql(&sight.condition(query::dialect(db), column).unwrap_or_else(|| "1 = 1".to_owned()))
}

/// How many records there are of each category of a type.
pub fn used_categories(db: &mut Db, sight: RecordSight, model: &str) -> Result<Vec<(CategoryId, i64)>, StoreError> {
    // So the index of records with a category is used, and not one of all records of the type.
    let of_model = sql::<Bool>("records.model || '' = ").bind::<diesel::sql_types::Text, _>(model);
    let of_model = records::table.filter(of_model).filter(records::category_id.is_not_null());
    let of_model = of_model.filter(seen(db, sight, "records.id"));
    let counted = (records::category_id.assume_not_null(), diesel::dsl::count_star());
    Ok(of_model.group_by(records::category_id).select(counted).load(db)?)
}

/// How many records have each tag of a type.
pub fn used_tags(db: &mut Db, sight: RecordSight, model: &str) -> Result<Vec<(TagId, i64)>, StoreError> {
    let of_model = record_tags::table.inner_join(tags::table).filter(tags::model.eq(model));
    let of_model = of_model.filter(seen(db, sight, "record_tags.record_id"));
    let counted = (record_tags::tag_id, diesel::dsl::count_star());
    Ok(of_model.group_by(record_tags::tag_id).select(counted).load(db)?)
}
