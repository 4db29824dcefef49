//! Records as mail makes and moves them. What people read and change is in `record_list` and `record_view`.

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::schema::records;
use crate::domain::Moment;
use crate::domain::id::RecordId;

/// A record as a mail makes it.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = records, treat_none_as_default_value = false)]
pub struct NewRecord<'a> {
    pub model: &'a str,
    pub number: &'a str,
    pub name: &'a str,
    pub description: &'a str,
    pub stage_id: i32,
    pub priority: &'a str,
    pub partner_id: Option<i32>,
    pub partner_name: Option<&'a str>,
    pub partner_email: Option<&'a str>,
    pub user_id: Option<i32>,
    /// JSON object.
    pub extra: &'a str,
    pub new_mail: bool,
    pub last_mail_at: Moment,
    /// Folded: see [`crate::domain::text::fold`].
    pub search: &'a str,
    pub create_date: Moment,
    pub write_date: Moment,
}

pub fn insert(db: &mut Db, new: &NewRecord<'_>) -> Result<RecordId, StoreError> {
    let id: i32 = crate::on_backend!(db, conn => diesel::insert_into(records::table)
        .values(new).returning(records::id).get_result(conn))?;
    Ok(RecordId(id))
}

/// The address that a record answers to.
pub fn partner_email(db: &mut Db, model: &str, id: RecordId) -> Result<Option<String>, StoreError> {
    let row = records::table.find(id.0).filter(records::model.eq(model)).select(records::partner_email);
    Ok(row.first::<Option<String>>(db).optional()?.flatten())
}

/// A reply came: the record is marked and moves up, whatever its stage. False where there is no such record. Its
/// version stays: a reply refuses nobody's save.
pub fn mail_came(db: &mut Db, model: &str, id: RecordId, at: Moment) -> Result<bool, StoreError> {
    let changed = diesel::update(records::table.find(id.0).filter(records::model.eq(model)))
        .set((records::new_mail.eq(true), records::last_mail_at.eq(at), records::write_date.eq(at)))
        .execute(db)?;
    Ok(changed == 1)
}

pub fn exists(db: &mut Db, model: &str, id: RecordId) -> Result<bool, StoreError> {
    let found: Option<i32> =
        records::table.find(id.0).filter(records::model.eq(model)).select(records::id).first(db).optional()?;
    Ok(found.is_some())
}
