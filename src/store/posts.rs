//! Entries of a record's conversation and their attachments, as they are written.

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::prepared::prepared_for_one;
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

/// A record on which a mail with this Message-ID stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    pub message_id: String,
    pub model: String,
    pub record: RecordId,
    /// False where the record is gone.
    pub exists: bool,
}

/// Where mails with these Message-IDs stand, newest post first.
pub fn threads(db: &mut Db, message_ids: &[&str]) -> Result<Vec<Thread>, StoreError> {
    let mut found = Vec::new();
    for some in message_ids.chunks(500) {
        let query = posts::table
            .left_join(records::table.on(records::id.eq(posts::res_id).and(records::model.eq(posts::model))))
            .filter(posts::message_id.eq_any(some))
            .order(posts::id.desc())
            .select((posts::message_id, posts::model, posts::res_id, records::id.nullable()));
        let rows: Vec<(String, String, i32, Option<i32>)> = prepared_for_one(some, query).load(db)?;
        found.extend(rows.into_iter().map(|(message_id, model, record, exists)| Thread {
            message_id,
            model,
            record: RecordId(record),
            exists: exists.is_some(),
        }));
    }
    Ok(found)
}
