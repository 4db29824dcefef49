//! What lists are narrowed to, kept under a name: somebody's own, or shared with everybody.

use diesel::prelude::*;

use super::schema::{saved_filters, users};
use super::{Db, StoreError};
use crate::domain::id::{SavedFilterId, UserId};
use crate::domain::now;

/// A saved filter, with the name of who keeps it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = saved_filters)]
pub struct SavedFilter {
    pub id: SavedFilterId,
    pub user_id: UserId,
    pub model: String,
    pub name: String,
    /// As the list's address says it: `show=closed&stage=done`.
    pub asked: String,
    pub shared: bool,
    #[diesel(select_expression = users::name)]
    pub keeper: String,
}

/// What is kept of it, under one name of one person.
#[derive(Debug, Clone, Copy, Insertable, AsChangeset)]
#[diesel(table_name = saved_filters)]
pub struct NewSavedFilter<'a> {
    pub user_id: UserId,
    pub model: &'a str,
    pub name: &'a str,
    pub asked: &'a str,
    pub shared: bool,
}

/// A record type's, by name: a person's own and those that are shared.
pub fn of_person(db: &mut Db, user: Option<UserId>, model: &str) -> Result<Vec<SavedFilter>, StoreError> {
    let joined = saved_filters::table.inner_join(users::table).filter(saved_filters::model.eq(model));
    let theirs = saved_filters::shared.eq(true).or(saved_filters::user_id.eq(user.unwrap_or(UserId(0))));
    let found = joined.filter(theirs).order((saved_filters::name, saved_filters::id));
    Ok(found.select(SavedFilter::as_select()).load(db)?)
}

pub fn get(db: &mut Db, id: SavedFilterId) -> Result<Option<SavedFilter>, StoreError> {
    let joined = saved_filters::table.inner_join(users::table).filter(saved_filters::id.eq(id));
    Ok(joined.select(SavedFilter::as_select()).first(db).optional()?)
}

/// Takes the place of the same person's of the same name.
pub fn put(db: &mut Db, new: &NewSavedFilter<'_>) -> Result<SavedFilterId, StoreError> {
    let at = saved_filters::write_date.eq(now());
    let key = (saved_filters::user_id, saved_filters::model, saved_filters::name);
    Ok(crate::on_backend!(db, conn => diesel::insert_into(saved_filters::table)
        .values((new, at)).on_conflict(key).do_update().set((new, at)).returning(saved_filters::id).get_result(conn))?)
}

/// Another name, and whether it is shared.
pub fn change(db: &mut Db, id: SavedFilterId, name: &str, shared: bool) -> Result<(), StoreError> {
    let set = (saved_filters::name.eq(name), saved_filters::shared.eq(shared), saved_filters::write_date.eq(now()));
    diesel::update(saved_filters::table.find(id)).set(set).execute(db)?;
    Ok(())
}

pub fn delete(db: &mut Db, id: SavedFilterId) -> Result<(), StoreError> {
    diesel::delete(saved_filters::table.find(id)).execute(db)?;
    Ok(())
}
