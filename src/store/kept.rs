//! What is kept for somebody who works on records: filters of lists and their columns, what was done to many records at
//! once, what was typed and not sent, and who has a record open.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::connection::first_locked;
use super::prepared::columns;
use super::schema::{drafts, list_columns, list_deeds, saved_filters, users, visits};
use super::values::{Json, to_json};
use super::{Db, StoreError};
use crate::domain::id::{ListDeedId, RecordId, SavedFilterId, UserId};
use crate::domain::{Moment, now};

/// A filter of a list, kept under a name: somebody's own, or shared with everybody.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = saved_filters)]
pub struct SavedFilter {
    pub id: SavedFilterId,
    pub user_id: UserId,
    pub model: String,
    pub name: String,
    /// As in the list's address: `show=closed&stage=done`.
    pub asked: String,
    pub shared: bool,
    #[diesel(select_expression = users::name)]
    pub keeper: String,
}

/// What is written of a filter, under one name of one person.
#[derive(Debug, Clone, Copy, Insertable, AsChangeset)]
#[diesel(table_name = saved_filters)]
pub struct NewSavedFilter<'a> {
    pub user_id: UserId,
    pub model: &'a str,
    pub name: &'a str,
    pub asked: &'a str,
    pub shared: bool,
}

/// The filters of a record type, by name: a person's own, and those that are shared.
pub fn filters_of(db: &mut Db, user: Option<UserId>, model: &str) -> Result<Vec<SavedFilter>, StoreError> {
    let joined = saved_filters::table.inner_join(users::table).filter(saved_filters::model.eq(model));
    let theirs = saved_filters::shared.eq(true).or(saved_filters::user_id.eq(user.unwrap_or(UserId(0))));
    let found = joined.filter(theirs).order((saved_filters::name, saved_filters::id));
    Ok(found.select(SavedFilter::as_select()).load(db)?)
}

pub fn filter(db: &mut Db, id: SavedFilterId) -> Result<Option<SavedFilter>, StoreError> {
    let joined = saved_filters::table.inner_join(users::table).filter(saved_filters::id.eq(id));
    Ok(joined.select(SavedFilter::as_select()).first(db).optional()?)
}

/// Writes a filter, in place of the same person's filter with the same name.
pub fn put_filter(db: &mut Db, new: &NewSavedFilter<'_>) -> Result<SavedFilterId, StoreError> {
    let at = saved_filters::write_date.eq(now());
    let key = (saved_filters::user_id, saved_filters::model, saved_filters::name);
    Ok(crate::on_backend!(db, conn => diesel::insert_into(saved_filters::table)
        .values((new, at)).on_conflict(key).do_update().set((new, at)).returning(saved_filters::id).get_result(conn))?)
}

/// Changes the name, and whether it is shared.
pub fn change_filter(db: &mut Db, id: SavedFilterId, name: &str, shared: bool) -> Result<(), StoreError> {
    let set = (saved_filters::name.eq(name), saved_filters::shared.eq(shared), saved_filters::write_date.eq(now()));
    diesel::update(saved_filters::table.find(id)).set(set).execute(db)?;
    Ok(())
}

pub fn delete_filter(db: &mut Db, id: SavedFilterId) -> Result<(), StoreError> {
    diesel::delete(saved_filters::table.find(id)).execute(db)?;
    Ok(())
}

/// The codes of the columns; None if nothing was exported yet.
pub fn columns_out(db: &mut Db, user: UserId, model: &str) -> Result<Option<Vec<String>>, StoreError> {
    let row: Option<String> =
        list_columns::table.find((user, model)).select(list_columns::codes).first(db).optional()?;
    Ok(row.map(|codes| codes.split_whitespace().map(str::to_owned).collect()))
}

/// Remembers which columns of a list somebody exported last.
pub fn put_columns(db: &mut Db, user: UserId, model: &str, columns: &[String]) -> Result<(), StoreError> {
    let same = list_columns::codes.eq(columns.join(" "));
    let row = (list_columns::user_id.eq(user), list_columns::model.eq(model), same.clone());
    let key = (list_columns::user_id, list_columns::model);
    crate::on_backend!(db, conn => diesel::insert_into(list_columns::table)
        .values(row).on_conflict(key).do_update().set(same).execute(conn))?;
    Ok(())
}

/// One record that was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    pub id: RecordId,
    /// Its version afterwards: if it has another one, somebody has changed it since.
    pub version: i32,
    /// The value that its field had.
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
    /// How many records were chosen, but left as they are.
    pub kept: i32,
}

/// What one person did to many records at once, kept for a while so that it can be undone.
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

/// To be called before anything is done: each share of the work is added to it.
pub fn begin_deed(db: &mut Db, new: &NewListDeed<'_>) -> Result<ListDeedId, StoreError> {
    let row = (new, list_deeds::changed.eq("[]"), list_deeds::create_date.eq(now()), list_deeds::finished.eq(false));
    Ok(crate::on_backend!(db, conn => diesel::insert_into(list_deeds::table)
        .values(row).returning(list_deeds::id).get_result(conn))?)
}

/// Writes what there is to undo, within the transaction that changed it.
pub fn set_deed(db: &mut Db, id: ListDeedId, changed: &[Changed], kept: i32, finished: bool) -> Result<(), StoreError> {
    let set =
        (list_deeds::changed.eq(to_json(&changed)?), list_deeds::kept.eq(kept), list_deeds::finished.eq(finished));
    diesel::update(list_deeds::table.find(id)).set(set).execute(db)?;
    Ok(())
}

/// As [`deed`], and locks it until the transaction ends.
pub fn hold_deed(db: &mut Db, id: ListDeedId) -> Result<Option<ListDeed>, StoreError> {
    let row = list_deeds::table.find(id).select(columns::<ListDeed>());
    Ok(first_locked!(db, row, for_update))
}

pub fn deed(db: &mut Db, id: ListDeedId) -> Result<Option<ListDeed>, StoreError> {
    Ok(list_deeds::table.find(id).select(ListDeed::as_select()).first(db).optional()?)
}

/// The newest unfinished deed of somebody that was begun before this moment and changed something.
pub fn deeds_broken_off(
    db: &mut Db,
    user: UserId,
    model: &str,
    before: Moment,
) -> Result<Option<ListDeedId>, StoreError> {
    let theirs = list_deeds::table.filter(list_deeds::user_id.eq(user)).filter(list_deeds::model.eq(model));
    let broken = theirs.filter(list_deeds::finished.eq(false)).filter(list_deeds::create_date.lt(before));
    let newest = broken.filter(list_deeds::changed.ne("[]")).order(list_deeds::id.desc()).select(list_deeds::id);
    Ok(newest.first(db).optional()?)
}

/// False where it is gone already.
pub fn delete_deed(db: &mut Db, id: ListDeedId) -> Result<bool, StoreError> {
    Ok(diesel::delete(list_deeds::table.find(id)).execute(db)? == 1)
}

/// Deletes what was done before this moment.
pub fn forget_deeds(db: &mut Db, before: Moment) -> Result<(), StoreError> {
    diesel::delete(list_deeds::table.filter(list_deeds::create_date.lt(before))).execute(db)?;
    Ok(())
}

/// Fields by their names.
pub type TypedOver = std::collections::BTreeMap<String, String>;

/// What a person typed on a record's page and did not send, as it was on the page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordDraft {
    pub note: String,
    /// The fields that were typed over.
    pub typed: TypedOver,
    /// Each field as the page showed it before.
    pub seen: TypedOver,
}

impl RecordDraft {
    pub fn is_empty(&self) -> bool {
        self.note.trim().is_empty() && self.typed.is_empty()
    }
}

pub fn draft(db: &mut Db, user: UserId, record: RecordId) -> Result<Option<RecordDraft>, StoreError> {
    let row: Option<String> = drafts::table.find((user, record)).select(drafts::typed).first(db).optional()?;
    row.map(|text| serde_json::from_str(&text).map_err(|error| StoreError::Corrupt(error.to_string()))).transpose()
}

/// Writes a draft, in place of what was typed there before. Only the newest `most` drafts of a person are kept, and none of
/// anybody from before `since`.
pub fn put_draft(
    db: &mut Db,
    user: UserId,
    record: RecordId,
    draft: &RecordDraft,
    (most, since): (i64, Moment),
) -> Result<(), StoreError> {
    let typed = serde_json::to_string(draft).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let row = (drafts::user_id.eq(user), drafts::record_id.eq(record));
    let same = (drafts::typed.eq(typed), drafts::write_date.eq(now()));
    crate::on_backend!(db, conn => diesel::insert_into(drafts::table)
        .values((row, same.clone())).on_conflict((drafts::user_id, drafts::record_id)).do_update().set(same).execute(conn))?;
    let own = drafts::table.filter(drafts::user_id.eq(user));
    let older: Option<Moment> =
        own.order(drafts::write_date.desc()).offset(most).select(drafts::write_date).first(db).optional()?;
    if let Some(older) = older {
        diesel::delete(own.filter(drafts::write_date.le(older))).execute(db)?;
    }
    diesel::delete(drafts::table.filter(drafts::write_date.lt(since))).execute(db)?;
    Ok(())
}

pub fn forget_draft(db: &mut Db, user: UserId, record: RecordId) -> Result<(), StoreError> {
    diesel::delete(drafts::table.find((user, record))).execute(db)?;
    Ok(())
}

/// Notes that this person has the record's page open, which pages report every now and then. Reports from before `since` are
/// deleted.
pub fn note_visit(db: &mut Db, record: RecordId, user: UserId, since: Moment) -> Result<(), StoreError> {
    let seen = visits::seen.eq(now());
    crate::on_backend!(db, conn => diesel::insert_into(visits::table)
        .values((visits::record_id.eq(record), visits::user_id.eq(user), seen))
        .on_conflict((visits::record_id, visits::user_id)).do_update().set(seen).execute(conn))?;
    diesel::delete(visits::table.filter(visits::record_id.eq(record)).filter(visits::seen.lt(since))).execute(db)?;
    Ok(())
}

/// When this person's page reported last.
pub fn last_visit(db: &mut Db, record: RecordId, user: UserId) -> Result<Option<Moment>, StoreError> {
    Ok(visits::table.find((record, user)).select(visits::seen).first(db).optional()?)
}

/// Whose pages have reported since then, by name; `limit` at most.
pub fn visits_since(
    db: &mut Db,
    record: RecordId,
    since: Moment,
    limit: i64,
) -> Result<Vec<(UserId, String)>, StoreError> {
    Ok(visits::table
        .inner_join(users::table)
        .filter(visits::record_id.eq(record))
        .filter(visits::seen.ge(since))
        .order((users::name, users::id))
        .limit(limit)
        .select((users::id, users::name))
        .load(db)?)
}
