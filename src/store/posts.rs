//! Entries of a record's conversation and their attachments, as they are written.

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::schema::{attachments, posts, records};
use crate::domain::Moment;
use crate::domain::id::{PostId, RecordId};

/// A mail on a record.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = posts, treat_none_as_default_value = false)]
pub struct NewPost<'a> {
    pub model: &'a str,
    pub res_id: i32,
    pub ledger_id: Option<i32>,
    pub message_id: &'a str,
    /// `email`, `comment` or `notification`.
    pub message_type: &'a str,
    pub author_partner_id: Option<i32>,
    pub email_from: Option<&'a str>,
    pub subject: &'a str,
    pub body_html: &'a str,
    pub body_text: &'a str,
    /// JSON: codes of [`crate::domain::message::Mark`].
    pub marks: Option<&'a str>,
    pub date: Moment,
    pub create_date: Moment,
}

pub fn insert(db: &mut Db, new: &NewPost<'_>) -> Result<PostId, StoreError> {
    let id: i32 = crate::on_backend!(db, conn => diesel::insert_into(posts::table)
        .values(new).returning(posts::id).get_result(conn))?;
    Ok(PostId(id))
}

/// An attachment that stays within its mail's source.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = attachments, treat_none_as_default_value = false)]
pub struct NewAttachment<'a> {
    pub post_id: i32,
    pub model: &'a str,
    pub res_id: i32,
    pub name: &'a str,
    pub mimetype: &'a str,
    /// Bytes once decoded.
    pub size: i64,
    pub content_id: Option<&'a str>,
    pub inline: bool,
    pub source_id: i32,
    pub part: &'a str,
    pub create_date: Moment,
}

pub fn attach(db: &mut Db, new: &[NewAttachment<'_>]) -> Result<(), StoreError> {
    for some in new.chunks(500) {
        crate::on_backend!(db, conn => diesel::insert_into(attachments::table).values(some).execute(conn))?;
    }
    Ok(())
}

/// Who wrote the mails of these records, as the mails named them; the newest 1,000 of them all. What a client posted is
/// no mail, whomever it says it is from.
pub fn writers(db: &mut Db, records: &[RecordId]) -> Result<Vec<(RecordId, String)>, StoreError> {
    let rows: Vec<(i32, Option<String>)> = posts::table
        .filter(posts::res_id.eq_any(records.iter().map(|record| record.0)))
        .filter(posts::model.eq_any(
            records::table.filter(records::id.eq_any(records.iter().map(|record| record.0))).select(records::model),
        ))
        .filter(posts::ledger_id.is_not_null())
        .filter(posts::email_from.is_not_null())
        .order(posts::id.desc())
        .limit(1_000)
        .select((posts::res_id, posts::email_from))
        .load(db)?;
    Ok(rows.into_iter().filter_map(|(record, from)| Some((RecordId(record), from?))).collect())
}
