//! A record's conversation as its page shows it: posts in order, each with its attachments.

use diesel::dsl::{exists, max};
use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::schema::{attachments, messages, partners, posts, users};
use crate::domain::id::{AttachmentId, MessageId, PartnerId, PostId, RecordId, SourceId, UserId};
use crate::domain::text::to_html;
use crate::domain::{Moment, now};

/// One entry: a mail, a note, or a change of ours.
#[derive(Debug, Clone)]
pub struct Post {
    pub id: PostId,
    /// The mail's row in the ledger.
    pub ledger_id: Option<MessageId>,
    /// `email`, `comment` or `notification`.
    pub message_type: String,
    /// The mail's From; of anything else only what a client said.
    pub email_from: Option<String>,
    /// The account that wrote it, by its name; of a mail the contact.
    pub author: Option<String>,
    /// The contact whom an account named as the author of what it wrote.
    pub said_author: Option<String>,
    pub subject: String,
    /// Sanitised when the mail was read.
    pub body_html: String,
    pub body_text: String,
    /// Codes of [`crate::domain::message::Mark`].
    pub marks: Vec<String>,
    /// What was assumed about the mail, one sentence each.
    pub notes: Vec<String>,
    pub date: Moment,
    pub attachments: Vec<File>,
}

/// An attachment of a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
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

type PostRow = (
    (i32, Option<i32>, String, Option<String>),
    (Option<String>, Option<String>, Option<String>),
    (String, String, String, Option<String>, Moment),
);

type FileRow = (
    (i32, Option<i32>, Option<String>, Option<i32>),
    (String, String, i64, Option<String>, bool),
    (i32, Option<String>),
);

/// A part of a record's conversation, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// The mail that began it, where that is older than `posts`.
    pub first: Option<Post>,
    pub posts: Vec<Post>,
    /// How many entries are older than `posts`, without `first`.
    pub older: i64,
    /// How many are newer.
    pub newer: i64,
    /// The newest mail and the newest entry of the record, shown here or not.
    pub newest_mail: Option<PostId>,
    pub newest: Option<PostId>,
}

/// The posts of a record.
macro_rules! of_record {
    ($model:expr, $id:expr) => {
        posts::table.filter(posts::model.eq($model)).filter(posts::res_id.eq($id.0))
    };
}

/// The `limit` posts of a record that come before this one; without one, its newest.
pub fn posts(db: &mut Db, model: &str, id: RecordId, before: Option<PostId>, limit: i64) -> Result<Part, StoreError> {
    let total: i64 = of_record!(model, id).count().get_result(db)?;
    let before = before.map_or(i32::MAX, |post| post.0);
    let ids: Vec<i32> = of_record!(model, id)
        .filter(posts::id.lt(before))
        .order(posts::id.desc())
        .limit(limit)
        .select(posts::id)
        .load(db)?;
    let mut shown = read(db, &ids)?;
    let older = match shown.first() {
        Some(oldest) => of_record!(model, id).filter(posts::id.lt(oldest.id.0)).count().get_result(db)?,
        None => 0,
    };
    let newer = total - older - shown.len() as i64;
    let mut first = match shown.first() {
        Some(oldest) if older > 0 => {
            let mails = of_record!(model, id).filter(posts::message_type.eq("email"));
            let ids: Vec<i32> =
                mails.filter(posts::id.lt(oldest.id.0)).order(posts::id).limit(1).select(posts::id).load(db)?;
            read(db, &ids)?.pop()
        }
        _ => None,
    };
    let ids: Vec<i32> = first.iter().chain(&shown).map(|post| post.id.0).collect();
    for file in files(db, &ids)? {
        if let Some(post) = first.iter_mut().chain(&mut shown).find(|post| Some(post.id) == file.post_id) {
            post.attachments.push(file);
        }
    }
    let newest: Option<i32> = of_record!(model, id).select(max(posts::id)).first(db)?;
    let newest_mail: Option<i32> =
        of_record!(model, id).filter(posts::message_type.eq("email")).select(max(posts::id)).first(db)?;
    Ok(Part {
        older: older - i64::from(first.is_some()),
        newer,
        first,
        posts: shown,
        newest_mail: newest_mail.map(PostId),
        newest: newest.map(PostId),
    })
}

/// These posts, oldest first, without their attachments.
fn read(db: &mut Db, ids: &[i32]) -> Result<Vec<Post>, StoreError> {
    let rows: Vec<PostRow> = posts::table
        .left_join(partners::table.on(partners::id.nullable().eq(posts::author_partner_id)))
        .left_join(users::table.on(users::id.nullable().eq(posts::author_user_id)))
        .left_join(messages::table.on(messages::id.nullable().eq(posts::ledger_id)))
        .filter(posts::id.eq_any(ids))
        .order(posts::id)
        .select((
            (posts::id, posts::ledger_id, posts::message_type, posts::email_from),
            (partners::name.nullable(), users::name.nullable(), messages::notes.nullable()),
            (posts::subject, posts::body_html, posts::body_text, posts::marks, posts::date),
        ))
        .load(db)?;
    Ok(rows.into_iter().map(post).collect())
}

/// Whether a mail came to this record behind that post.
pub fn mail_after(db: &mut Db, model: &str, id: RecordId, post: PostId) -> Result<bool, StoreError> {
    let later = of_record!(model, id).filter(posts::message_type.eq("email")).filter(posts::id.gt(post.0));
    Ok(diesel::select(exists(later)).get_result(db)?)
}

/// Whether this person wrote the same note behind that post already.
pub fn note_after(
    db: &mut Db,
    model: &str,
    id: RecordId,
    post: PostId,
    author: UserId,
    text: &str,
) -> Result<Option<PostId>, StoreError> {
    let found: Option<i32> = of_record!(model, id)
        .filter(posts::id.gt(post.0))
        .filter(posts::message_type.eq("comment"))
        .filter(posts::author_user_id.eq(author.0))
        .filter(posts::body_text.eq(text))
        .select(posts::id)
        .first(db)
        .optional()?;
    Ok(found.map(PostId))
}

fn post(row: PostRow) -> Post {
    let (
        (id, ledger_id, message_type, email_from),
        (partner, user, notes),
        (subject, body_html, body_text, marks, date),
    ) = row;
    Post {
        id: PostId(id),
        ledger_id: ledger_id.map(MessageId),
        message_type,
        email_from,
        author: user.clone().or_else(|| partner.clone()),
        said_author: partner.filter(|_| user.is_some()),
        subject,
        body_html,
        body_text,
        marks: marks.and_then(|marks| serde_json::from_str(&marks).ok()).unwrap_or_default(),
        notes: notes.iter().flat_map(|notes| notes.lines()).map(str::to_owned).collect(),
        date,
        attachments: Vec::new(),
    }
}

/// What Mailgate or a person here adds to a conversation; mail comes in by `delivery`.
pub struct NewPost<'a> {
    pub model: &'a str,
    pub record: RecordId,
    /// `comment` or `notification`.
    pub message_type: &'a str,
    pub author: Option<UserId>,
    /// Whom a client names as the author.
    pub partner: Option<PartnerId>,
    pub email_from: Option<&'a str>,
    pub subject: &'a str,
    pub body_html: &'a str,
    pub body_text: &'a str,
}

pub fn add(db: &mut Db, new: &NewPost<'_>) -> Result<PostId, StoreError> {
    let at = now();
    let id: i32 = crate::on_backend!(db, conn => diesel::insert_into(posts::table)
        .values((
            posts::model.eq(new.model),
            posts::res_id.eq(new.record.0),
            posts::message_id.eq(format!("<{}@mailgate.invalid>", uuid::Uuid::new_v4())),
            posts::message_type.eq(new.message_type),
            posts::author_user_id.eq(new.author.map(|user| user.0)),
            posts::author_partner_id.eq(new.partner.map(|partner| partner.0)),
            posts::email_from.eq(new.email_from),
            posts::subject.eq(new.subject),
            posts::body_html.eq(new.body_html),
            posts::body_text.eq(new.body_text),
            posts::date.eq(at),
            posts::create_date.eq(at),
        ))
        .returning(posts::id)
        .get_result(conn))?;
    Ok(PostId(id))
}

/// Mailgate itself says something of a record.
pub fn say(db: &mut Db, model: &str, record: RecordId, text: &str) -> Result<PostId, StoreError> {
    let new = NewPost {
        model,
        record,
        message_type: "notification",
        author: None,
        partner: None,
        email_from: None,
        subject: "",
        body_html: &to_html(text),
        body_text: text,
    };
    add(db, &new)
}

macro_rules! file_columns {
    () => {
        (
            (attachments::id, attachments::post_id, attachments::model, attachments::res_id),
            (attachments::name, attachments::mimetype, attachments::size, attachments::content_id, attachments::inline),
            (attachments::source_id, attachments::part),
        )
    };
}

/// The attachments of these posts.
fn files(db: &mut Db, posts: &[i32]) -> Result<Vec<File>, StoreError> {
    let rows: Vec<FileRow> = attachments::table
        .filter(attachments::post_id.eq_any(posts))
        .order(attachments::id)
        .select(file_columns!())
        .load(db)?;
    Ok(rows.into_iter().map(file).collect())
}

/// One attachment of this record.
pub fn attachment(db: &mut Db, model: &str, record: RecordId, id: AttachmentId) -> Result<Option<File>, StoreError> {
    let row: Option<FileRow> = attachments::table
        .find(id.0)
        .filter(attachments::model.eq(model))
        .filter(attachments::res_id.eq(record.0))
        .select(file_columns!())
        .first(db)
        .optional()?;
    Ok(row.map(file))
}

/// A file of its own, not a part of a mail; [`place`] puts it on a record.
pub fn attach(
    db: &mut Db,
    name: &str,
    mimetype: &str,
    stored: &super::blob::Stored,
) -> Result<AttachmentId, StoreError> {
    let id: i32 = crate::on_backend!(db, conn => diesel::insert_into(attachments::table)
        .values((
            attachments::name.eq(name),
            attachments::mimetype.eq(mimetype),
            attachments::size.eq(i64::try_from(stored.size).unwrap_or(i64::MAX)),
            attachments::inline.eq(false),
            attachments::source_id.eq(stored.id.0),
            attachments::create_date.eq(now()),
        ))
        .returning(attachments::id)
        .get_result(conn))?;
    Ok(AttachmentId(id))
}

/// The attachment belongs to this record, and to this message of its conversation where there is one.
pub fn place(
    db: &mut Db,
    id: AttachmentId,
    model: &str,
    record: RecordId,
    post: Option<PostId>,
) -> Result<(), StoreError> {
    diesel::update(attachments::table.find(id.0))
        .set((
            attachments::model.eq(model),
            attachments::res_id.eq(record.0),
            attachments::post_id.eq(post.map(|post| post.0)),
        ))
        .execute(db)?;
    Ok(())
}

/// An attachment of whatever record.
pub fn any_attachment(db: &mut Db, id: AttachmentId) -> Result<Option<File>, StoreError> {
    let row: Option<FileRow> = attachments::table.find(id.0).select(file_columns!()).first(db).optional()?;
    Ok(row.map(file))
}

fn file(row: FileRow) -> File {
    let ((id, post_id, model, res_id), (name, mimetype, size, content_id, inline), (source_id, part)) = row;
    File {
        id: AttachmentId(id),
        post_id: post_id.map(PostId),
        model,
        res_id: res_id.map(RecordId),
        name,
        mimetype,
        size,
        content_id,
        inline,
        source_id: SourceId(source_id),
        part,
    }
}
