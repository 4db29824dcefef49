//! Attachments: of a mail, which stay within its source until that is dropped, and files of their own.

use diesel::prelude::*;

use super::blob::StoredSource;
use super::schema::attachments;
use super::{Db, StoreError};
use crate::domain::id::{AttachmentId, PostId, RecordId, SourceId};
use crate::domain::message::Attachment;
use crate::domain::{Moment, now};

/// An attachment that stays within its mail's source.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = attachments, treat_none_as_default_value = false)]
struct NewAttachment<'a> {
    post_id: PostId,
    model: &'a str,
    res_id: RecordId,
    name: &'a str,
    mimetype: &'a str,
    /// Bytes once decoded.
    size: i64,
    content_id: Option<&'a str>,
    inline: bool,
    source_id: SourceId,
    part: &'a str,
    create_date: Moment,
}

/// The attachments of a mail, within its source.
#[derive(Debug, Clone, Copy)]
pub struct MailFiles<'a> {
    pub source: SourceId,
    pub files: &'a [Attachment],
}

/// The files of mails that are posts of these records now.
pub(super) fn insert(
    db: &mut Db,
    of: &[(PostId, (&str, RecordId), MailFiles<'_>)],
    create_date: Moment,
) -> Result<(), StoreError> {
    let rows = of.iter().flat_map(|(post, (model, record), files)| {
        files.files.iter().map(|file| NewAttachment {
            post_id: *post,
            model,
            res_id: *record,
            name: &file.name,
            mimetype: &file.mimetype,
            size: i64::try_from(file.size).unwrap_or(i64::MAX),
            content_id: file.content_id.as_deref(),
            inline: file.inline,
            source_id: files.source,
            part: &file.part,
            create_date,
        })
    });
    let new: Vec<NewAttachment<'_>> = rows.collect();
    for some in new.chunks(500) {
        crate::on_backend!(db, conn => diesel::insert_into(attachments::table).values(some).execute(conn))?;
    }
    Ok(())
}

/// A file of its own, not a part of a mail; [`place`] puts it on a record.
pub fn insert_file(db: &mut Db, name: &str, mimetype: &str, stored: &StoredSource) -> Result<AttachmentId, StoreError> {
    let row = (
        attachments::name.eq(name),
        attachments::mimetype.eq(mimetype),
        attachments::size.eq(i64::try_from(stored.size).unwrap_or(i64::MAX)),
        attachments::inline.eq(false),
        attachments::source_id.eq(stored.id),
        attachments::create_date.eq(now()),
    );
    Ok(crate::on_backend!(db, conn => diesel::insert_into(attachments::table)
        .values(row).returning(attachments::id).get_result(conn))?)
}

/// The attachment belongs to this record, and to this post of its conversation where there is one.
pub fn place(
    db: &mut Db,
    id: AttachmentId,
    model: &str,
    record: RecordId,
    post: Option<PostId>,
) -> Result<(), StoreError> {
    diesel::update(attachments::table.find(id))
        .set((attachments::model.eq(model), attachments::res_id.eq(record), attachments::post_id.eq(post)))
        .execute(db)?;
    Ok(())
}

/// An attachment as it is shown and opened.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = attachments)]
pub struct AttachmentFile {
    pub id: AttachmentId,
    pub post_id: Option<PostId>,
    pub model: Option<String>,
    pub res_id: Option<RecordId>,
    pub name: String,
    pub mimetype: String,
    /// Bytes once decoded.
    pub size: i64,
    pub content_id: Option<String>,
    pub inline: bool,
    pub source_id: SourceId,
    /// Where it stands in the mail's source; None: the source is the attachment itself.
    pub part: Option<String>,
}

/// An attachment, whatever it belongs to.
pub fn get(db: &mut Db, id: AttachmentId) -> Result<Option<AttachmentFile>, StoreError> {
    Ok(attachments::table.find(id).select(AttachmentFile::as_select()).first(db).optional()?)
}

/// The records that these attachments are on.
pub fn records_of(db: &mut Db, ids: &[i32]) -> Result<Vec<RecordId>, StoreError> {
    let mut found = Vec::new();
    for some in ids.chunks(500) {
        let of = attachments::table.filter(attachments::id.eq_any(some)).select(attachments::res_id).distinct();
        found.extend(of.load::<Option<RecordId>>(db)?.into_iter().flatten());
    }
    Ok(found)
}

/// One attachment of this record.
pub fn of_record(
    db: &mut Db,
    model: &str,
    record: RecordId,
    id: AttachmentId,
) -> Result<Option<AttachmentFile>, StoreError> {
    let own = attachments::table.find(id).filter(attachments::model.eq(model)).filter(attachments::res_id.eq(record));
    Ok(own.select(AttachmentFile::as_select()).first(db).optional()?)
}

/// The attachments of these posts.
pub fn of_posts(db: &mut Db, posts: &[PostId]) -> Result<Vec<AttachmentFile>, StoreError> {
    let theirs = attachments::table.filter(attachments::post_id.eq_any(posts)).order(attachments::id);
    Ok(theirs.select(AttachmentFile::as_select()).load(db)?)
}

/// Attachments that are parts of this source, and where they stand in it.
pub fn within(db: &mut Db, source: SourceId) -> Result<Vec<(AttachmentId, String)>, StoreError> {
    Ok(attachments::table
        .filter(attachments::source_id.eq(source))
        .filter(attachments::part.is_not_null())
        .order(attachments::id)
        .select((attachments::id, attachments::part.assume_not_null()))
        .load(db)?)
}

/// The attachment has bytes of its own now.
pub fn stand_alone(db: &mut Db, id: AttachmentId, source: SourceId) -> Result<(), StoreError> {
    diesel::update(attachments::table.find(id))
        .set((attachments::source_id.eq(source), attachments::part.eq(None::<String>)))
        .execute(db)?;
    Ok(())
}
