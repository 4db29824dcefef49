//! A record's conversation: its entries in order, each with its attachments, as they are written and as a page shows them.

use diesel::dsl::{exists, max, sql};
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{Binary, Text};

use super::attachments::{self, AttachmentFile, MailFiles};
use super::blob::{self, BlobError};
use super::connection::next_ids;
use super::packed::{KeptText, LARGEST_SOURCE, Packer, unpack, unpacked, unpacked_post, unreadable};
use super::schema::{fates, partners, posts, records, users};
use super::sight::RecordSight;
use super::values::{Json, SentenceLines};
use super::{Db, StoreError, query};
use crate::domain::conversation::PostKind;
use crate::domain::id::{MessageId, PartnerId, PostId, RecordId, SourceId, UserId};
use crate::domain::text::{lines_of, to_html};
use crate::domain::words::Sentence;
use crate::domain::{Moment, now};

/// An entry as it is written.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = posts, treat_none_as_default_value = false)]
pub struct NewPost<'a> {
    pub model: &'a str,
    #[diesel(column_name = res_id)]
    pub record: RecordId,
    /// A mail's row in the ledger.
    #[diesel(column_name = ledger_id)]
    pub ledger: Option<MessageId>,
    pub message_id: &'a str,
    #[diesel(column_name = message_type)]
    pub kind: PostKind,
    /// The account that wrote it.
    #[diesel(column_name = author_user_id)]
    pub user: Option<UserId>,
    /// The contact that wrote it, or that a client names as the author.
    #[diesel(column_name = author_partner_id)]
    pub partner: Option<PartnerId>,
    pub email_from: Option<String>,
    pub subject: &'a str,
    #[diesel(embed)]
    pub texts: KeptTexts<'a>,
    /// JSON: codes of [`crate::domain::message::Mark`].
    pub marks: Option<String>,
    pub date: Moment,
    pub create_date: Moment,
    /// What a sentence of Mailgate's is made of, as JSON.
    pub said: Option<String>,
    /// The record that its text describes.
    pub describes: Option<RecordId>,
}

/// What a post says.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = posts, treat_none_as_default_value = false)]
pub struct KeptTexts<'a> {
    body_html: KeptText<'a>,
    body_text: KeptText<'a>,
    /// The source that they are compressed against.
    packed_with: Option<SourceId>,
}

impl<'a> KeptTexts<'a> {
    pub fn plain(html: &'a str, text: &'a str) -> Self {
        Self { body_html: KeptText::Plain(html), body_text: KeptText::Plain(text), packed_with: None }
    }
}

pub fn insert(db: &mut Db, new: &NewPost<'_>) -> Result<PostId, StoreError> {
    Ok(crate::on_backend!(db, conn => diesel::insert_into(posts::table)
        .values(new).returning(posts::id).get_result(conn))?)
}

/// Stands instead of a text that its HTML was made from, and before HTML from which a text is to be read.
const MADE_OF: &str = "\u{1f}";

/// The first characters of the text of the post `of`, as SQL. [`text_of`] reads it.
pub(super) fn text_sql(of: &str, characters: usize) -> String {
    format!(
        "CASE WHEN {of}.body_text = '{MADE_OF}' THEN '{MADE_OF}' || substr({}, 1, {}) ELSE substr({}, 1, {characters}) END",
        unpacked(of, "body_html"),
        characters.saturating_mul(2),
        unpacked(of, "body_text")
    )
}

pub(super) fn text_of(read: String) -> String {
    match read.strip_prefix(MADE_OF) {
        Some(html) => lines_of(html),
        None => read,
    }
}

/// The mails of a batch for their records, with their attachments, written at the end of the batch.
#[derive(Debug, Default)]
pub struct PostRows<'m>(Vec<MailRows<'m>>);

#[derive(Debug)]
struct MailRows<'m> {
    post: NewPost<'m>,
    source: Option<SourceId>,
    files: Option<MailFiles<'m>>,
}

impl<'m> PostRows<'m> {
    /// Adds a mail, in the order in which they came to their record; with its source, if that is kept.
    pub fn push(&mut self, post: NewPost<'m>, source: Option<SourceId>, files: Option<MailFiles<'m>>) {
        self.0.push(MailRows { post, source, files });
    }

    pub fn write(mut self, db: &mut Db) -> Result<(), StoreError> {
        if self.0.is_empty() {
            return Ok(());
        }
        self.keep_once(db)?;
        let ids: Vec<PostId> = match db {
            Db::Sqlite(_) => self.0.iter().map(|mail| insert(db, &mail.post)).collect::<Result<_, _>>()?,
            Db::Postgres(conn) => {
                let ids: Vec<PostId> = next_ids(conn, "posts", self.0.len())?.into_iter().map(PostId).collect();
                for (ids, some) in ids.chunks(500).zip(self.0.chunks(500)) {
                    let rows: Vec<_> = ids.iter().zip(some).map(|(id, mail)| (posts::id.eq(*id), &mail.post)).collect();
                    diesel::insert_into(posts::table).values(rows).execute(conn)?;
                }
                ids
            }
        };
        let files = ids
            .into_iter()
            .zip(&self.0)
            .filter_map(|(id, mail)| Some((id, (mail.post.model, mail.post.record), mail.files?)));
        attachments::insert(db, &files.collect::<Vec<_>>(), now())
    }

    /// Leaves out of the texts what the sources of their mails, or the other texts, have already.
    fn keep_once(&mut self, db: &mut Db) -> Result<(), StoreError> {
        let is_packed = matches!(db, Db::Sqlite(_));
        let mut small = |mail: &MailRows<'_>| match mail.source {
            Some(id) if is_packed => match blob::small(db, id, LARGEST_SOURCE) {
                // Its texts were read before it was damaged, so they need no source.
                Err(BlobError::Io(error)) => {
                    tracing::warn!(source = %id, %error, "a source can't be read; the texts of its mail are packed by themselves");
                    Ok(None)
                }
                read => read,
            },
            _ => Ok(None),
        };
        let sources: Vec<Option<Vec<u8>>> =
            self.0.iter().map(&mut small).collect::<Result<_, _>>().map_err(unpackable)?;
        let mut packer = Packer::new().map_err(unpackable)?;
        for (mail, source) in self.0.iter_mut().zip(&sources) {
            let texts = &mut mail.post.texts;
            let (KeptText::Plain(html), KeptText::Plain(text)) = (&texts.body_html, &texts.body_text) else { continue };
            let (html, text, is_same) = (*html, *text, lines_of(html) == *text);
            if is_packed {
                texts.body_html = packer.pack_html(html, text, source.as_deref()).map_err(unpackable)?;
                texts.packed_with = mail.source.filter(|_| source.is_some());
            }
            texts.body_text = match is_same {
                true => KeptText::Plain(MADE_OF),
                false if is_packed => packer.pack(text, source.as_deref()).map_err(unpackable)?,
                false => KeptText::Plain(text),
            };
        }
        Ok(())
    }
}

fn unpackable(error: impl Into<BlobError>) -> StoreError {
    match error.into() {
        BlobError::Store(error) => error,
        BlobError::Io(error) => StoreError::Corrupt(format!("a text can't be packed: {error}")),
    }
}

/// Checks the stored texts of the next entries behind `after`, `limit` at most: returns the last one, and how many can't be
/// read. None where there are no more.
pub fn damaged(db: &mut Db, after: PostId, limit: i64) -> Result<Option<(PostId, i64)>, StoreError> {
    let behind = posts::table.filter(posts::id.gt(after));
    let ids: Vec<PostId> = behind.order(posts::id).limit(limit).select(posts::id).load(db)?;
    let Some(last) = ids.last().copied() else { return Ok(None) };
    let stands_in = unreadable().to_string();
    let damaged = unpacked_post("body_html").eq(&stands_in).or(unpacked_post("body_text").eq(&stands_in));
    let some = posts::table.filter(posts::id.gt(after)).filter(posts::id.le(last)).filter(damaged);
    Ok(Some((last, some.count().get_result(db)?)))
}

/// The texts of an entry as they are stored.
#[derive(Queryable)]
struct PackedTexts {
    id: PostId,
    html: Vec<u8>,
    text: Vec<u8>,
}

/// Stores the texts that are compressed against this source by themselves, so that it may be dropped. If they can't be read,
/// nothing is changed.
pub fn stand_alone(db: &mut Db, source: SourceId) -> Result<(), BlobError> {
    let (html, text) = (sql::<Binary>("posts.body_html"), sql::<Binary>("posts.body_text"));
    let beside: Vec<PackedTexts> =
        posts::table.filter(posts::packed_with.eq(source)).select((posts::id, html, text)).load(db)?;
    let Db::Sqlite(_) = db else { return Ok(()) };
    let clear = if beside.is_empty() { None } else { blob::small(db, source, LARGEST_SOURCE)? };
    for PackedTexts { id, html, text } in beside {
        let (html, text) = (unpack(&html, clear.as_deref())?, unpack(&text, clear.as_deref())?);
        let mut packer = Packer::new()?;
        let lines = if text == MADE_OF { lines_of(&html) } else { text.clone() };
        let texts = (
            posts::body_html.eq(packer.pack_html(&html, &lines, None)?),
            posts::body_text.eq(packer.pack(&text, None)?),
            posts::packed_with.eq(None::<SourceId>),
        );
        crate::on_backend!(db, conn => diesel::update(posts::table.find(id)).set(texts).execute(conn))?;
    }
    Ok(())
}

/// What Mailgate or a person adds to a conversation; mail comes in when it is delivered.
pub struct Addition<'a> {
    pub model: &'a str,
    pub record: RecordId,
    pub kind: PostKind,
    pub author: Option<UserId>,
    /// The contact that a client names as the author.
    pub partner: Option<PartnerId>,
    pub email_from: Option<&'a str>,
    pub subject: &'a str,
    pub body_html: &'a str,
    pub body_text: &'a str,
    /// For a sentence of Mailgate's, what [`Sentence::made_of`] gives: a page says it in its reader's language.
    pub said: Option<String>,
}

pub fn add(db: &mut Db, new: &Addition<'_>) -> Result<PostId, StoreError> {
    let at = now();
    let post = NewPost {
        model: new.model,
        record: new.record,
        ledger: None,
        message_id: &format!("<{}@mailgate.invalid>", uuid::Uuid::new_v4()),
        kind: new.kind,
        user: new.author,
        partner: new.partner,
        email_from: new.email_from.map(str::to_owned),
        subject: new.subject,
        texts: KeptTexts::plain(new.body_html, new.body_text),
        marks: None,
        date: at,
        create_date: at,
        said: new.said.clone(),
        describes: None,
    };
    insert(db, &post)
}

/// Adds a sentence by Mailgate itself to a record.
pub fn say(db: &mut Db, model: &str, record: RecordId, text: &Sentence) -> Result<PostId, StoreError> {
    let new = Addition {
        model,
        record,
        kind: PostKind::Notification,
        author: None,
        partner: None,
        email_from: None,
        subject: "",
        body_html: &to_html(text),
        body_text: text,
        said: text.made_of().map(|made_of| made_of.to_string()),
    };
    add(db, &new)
}

/// An entry as a page shows it: a mail, a note, or a change.
#[derive(Debug, Clone)]
pub struct Post {
    pub id: PostId,
    /// The mail's row in the ledger.
    pub ledger_id: Option<MessageId>,
    pub kind: PostKind,
    /// The mail's From; for anything else only what a client said.
    pub email_from: Option<String>,
    /// The name of the account that wrote it; for a mail, of the contact.
    pub author: Option<String>,
    /// The contact whom an account named as the author of what it wrote.
    pub said_author: Option<String>,
    pub subject: String,
    /// Sanitised when the mail was read.
    pub body_html: String,
    pub body_text: String,
    /// What it says, if it is a sentence of Mailgate's.
    pub said: Option<Sentence>,
    /// Codes of [`crate::domain::message::Mark`].
    pub marks: Vec<String>,
    /// What was assumed about the mail, one sentence each.
    pub notes: Vec<Sentence>,
    pub date: Moment,
    pub attachments: Vec<AttachmentFile>,
}

/// An entry with the names of what it refers to.
#[derive(Queryable, Selectable)]
#[diesel(table_name = posts)]
struct PostRow {
    id: PostId,
    ledger_id: Option<MessageId>,
    message_type: PostKind,
    email_from: Option<String>,
    #[diesel(select_expression = partners::name.nullable())]
    partner: Option<String>,
    #[diesel(select_expression = users::name.nullable())]
    user: Option<String>,
    subject: String,
    #[diesel(select_expression = unpacked_post("body_html"), select_expression_type = SqlLiteral<Text>)]
    body_html: String,
    #[diesel(select_expression = unpacked_post("body_text"), select_expression_type = SqlLiteral<Text>)]
    body_text: String,
    #[diesel(deserialize_as = Json<Vec<String>>)]
    marks: Vec<String>,
    #[diesel(select_expression = fates::notes.nullable(), deserialize_as = SentenceLines)]
    notes: Vec<Sentence>,
    date: Moment,
    said: Option<String>,
}

impl From<PostRow> for Post {
    fn from(row: PostRow) -> Self {
        Self {
            id: row.id,
            ledger_id: row.ledger_id,
            kind: row.message_type,
            email_from: row.email_from,
            said_author: row.partner.clone().filter(|_| row.user.is_some()),
            author: row.user.or(row.partner),
            said: match row.said {
                Some(said) => {
                    let made_of = serde_json::from_str(&said).ok();
                    made_of.map(|made_of| Sentence::of_parts(row.body_text.clone(), Some(&made_of)))
                }
                None => Some(unreadable()).filter(|unreadable| row.body_html == **unreadable),
            },
            subject: row.subject,
            body_text: if row.body_text == MADE_OF { lines_of(&row.body_html) } else { row.body_text },
            body_html: row.body_html,
            marks: row.marks,
            notes: row.notes,
            date: row.date,
            attachments: Vec::new(),
        }
    }
}

/// A part of a record's conversation, oldest first.
#[derive(Debug, Clone, Default)]
pub struct ConversationPart {
    /// The mail that began it, where that is older than `posts`.
    pub first: Option<Post>,
    pub posts: Vec<Post>,
    /// How many entries are older than `posts`, without `first`.
    pub older: i64,
    /// How many are newer.
    pub newer: i64,
    /// The newest entry of the record, shown here or not.
    pub newest: Option<PostId>,
}

/// The posts of a record.
macro_rules! of_record {
    ($model:expr, $id:expr) => {
        posts::table.filter(posts::model.eq($model)).filter(posts::res_id.eq($id))
    };
}

/// The mails among them.
macro_rules! mails_of {
    ($model:expr, $id:expr) => {
        of_record!($model, $id).filter(posts::message_type.eq(PostKind::Email))
    };
}

/// The `limit` posts of a record that come before this one; without one, its newest.
pub fn posts(
    db: &mut Db,
    model: &str,
    id: RecordId,
    before: Option<PostId>,
    limit: i64,
) -> Result<ConversationPart, StoreError> {
    let total: i64 = of_record!(model, id).count().get_result(db)?;
    let ids: Vec<PostId> = of_record!(model, id)
        .filter(posts::id.lt(before.unwrap_or(PostId(i32::MAX))))
        .order(posts::id.desc())
        .limit(limit)
        .select(posts::id)
        .load(db)?;
    let mut shown = read(db, &ids)?;
    let older = match shown.first() {
        Some(oldest) => of_record!(model, id).filter(posts::id.lt(oldest.id)).count().get_result(db)?,
        None => 0,
    };
    let newer = total - older - shown.len() as i64;
    let mut first = match shown.first() {
        Some(oldest) if older > 0 => {
            let first = mails_of!(model, id).filter(posts::id.lt(oldest.id)).order(posts::id).select(posts::id);
            let first: Option<PostId> = first.first(db).optional()?;
            read(db, first.as_slice())?.pop()
        }
        _ => None,
    };
    let ids: Vec<PostId> = first.iter().chain(&shown).map(|post| post.id).collect();
    for file in attachments::of_posts(db, &ids)? {
        if let Some(post) = first.iter_mut().chain(&mut shown).find(|post| Some(post.id) == file.post_id) {
            post.attachments.push(file);
        }
    }
    Ok(ConversationPart {
        older: older - i64::from(first.is_some()),
        newer,
        first,
        posts: shown,
        newest: of_record!(model, id).select(max(posts::id)).first(db)?,
    })
}

/// These posts, oldest first, without their attachments.
fn read(db: &mut Db, ids: &[PostId]) -> Result<Vec<Post>, StoreError> {
    let rows = posts::table
        .left_join(partners::table.on(partners::id.nullable().eq(posts::author_partner_id)))
        .left_join(users::table.on(users::id.nullable().eq(posts::author_user_id)))
        .left_join(fates::table.on(fates::id.nullable().eq(posts::ledger_id)))
        .filter(posts::id.eq_any(ids))
        .order(posts::id)
        .select(PostRow::as_select())
        .load(db)?;
    Ok(rows.into_iter().map(Post::from).collect())
}

/// A mail as the list of its writer's mails shows it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = posts)]
pub struct WrittenMail {
    pub id: PostId,
    pub model: String,
    #[diesel(column_name = res_id)]
    pub record: RecordId,
    pub subject: String,
    pub date: Moment,
}

/// The newest mails that a contact wrote.
pub fn written_by(
    db: &mut Db,
    sight: RecordSight,
    partner: PartnerId,
    limit: i64,
) -> Result<Vec<WrittenMail>, StoreError> {
    let seen = sight.condition(query::dialect(db), "posts.res_id").unwrap_or_else(|| "1 = 1".to_owned());
    Ok(posts::table
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>(&seen))
        .filter(posts::author_partner_id.eq(partner))
        .filter(posts::message_type.eq(PostKind::Email))
        .order(posts::id.desc())
        .limit(limit)
        .select(WrittenMail::as_select())
        .load(db)?)
}

/// The confidential records that these entries are on.
pub fn confidential_of(db: &mut Db, ids: &[i32]) -> Result<Vec<RecordId>, StoreError> {
    let mut found = Vec::new();
    for some in ids.chunks(500) {
        let secret = records::table
            .filter(diesel::dsl::sql::<diesel::sql_types::Bool>("records.confidential = TRUE"))
            .select(records::id);
        let of = posts::table.filter(posts::id.eq_any(some)).filter(posts::res_id.eq_any(secret));
        found.extend(of.select(posts::res_id).distinct().load::<RecordId>(db)?);
    }
    Ok(found)
}

/// How many mails a record has, counted up to `most`.
pub fn mails(db: &mut Db, model: &str, id: RecordId, most: i64) -> Result<usize, StoreError> {
    Ok(mails_of!(model, id).limit(most).select(posts::id).load::<PostId>(db)?.len())
}

/// A mail that is to leave its record.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = posts)]
pub struct SplitMail {
    pub id: PostId,
    #[diesel(column_name = ledger_id)]
    pub ledger: Option<MessageId>,
    pub message_id: String,
    #[diesel(column_name = author_partner_id)]
    pub partner: Option<PartnerId>,
    pub email_from: Option<String>,
    pub subject: String,
    #[diesel(select_expression = unpacked_post("body_html"), select_expression_type = SqlLiteral<Text>)]
    pub body_html: String,
    pub date: Moment,
}

/// The mail with this id on this record.
pub fn mail_to_split(db: &mut Db, model: &str, id: RecordId, post: PostId) -> Result<Option<SplitMail>, StoreError> {
    let mail = mails_of!(model, id).filter(posts::id.eq(post));
    Ok(mail.select(SplitMail::as_select()).first(db).optional()?)
}

/// When the newest mail of a record was written.
pub fn newest_mail(db: &mut Db, model: &str, id: RecordId) -> Result<Option<Moment>, StoreError> {
    Ok(mails_of!(model, id).select(max(posts::date)).first(db)?)
}

/// Whether a mail came to this record behind that post.
pub fn mail_after(db: &mut Db, model: &str, id: RecordId, post: PostId) -> Result<bool, StoreError> {
    Ok(diesel::select(exists(mails_of!(model, id).filter(posts::id.gt(post)))).get_result(db)?)
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
    Ok(of_record!(model, id)
        .filter(posts::id.gt(post))
        .filter(posts::message_type.eq(PostKind::Comment))
        .filter(posts::author_user_id.eq(author))
        .filter(posts::body_text.eq(text))
        .select(posts::id)
        .first(db)
        .optional()?)
}

/// What this person wrote behind that post, the newest first: as many notes as anybody writes at once.
pub fn notes_after(
    db: &mut Db,
    model: &str,
    id: RecordId,
    post: PostId,
    author: UserId,
) -> Result<Vec<String>, StoreError> {
    let theirs = of_record!(model, id).filter(posts::id.gt(post)).filter(posts::author_user_id.eq(author));
    let notes = theirs.filter(posts::message_type.eq(PostKind::Comment)).order(posts::id.desc());
    Ok(notes.limit(20).select(posts::body_text).load(db)?)
}

/// The senders of these records' mails, as the mails named them; the newest 1,000 of all. What a client posted does not
/// count, whoever it names as its sender.
pub fn writers(db: &mut Db, of: &[RecordId]) -> Result<Vec<(RecordId, String)>, StoreError> {
    Ok(posts::table
        .filter(posts::res_id.eq_any(of))
        .filter(posts::model.eq_any(records::table.filter(records::id.eq_any(of)).select(records::model)))
        .filter(posts::ledger_id.is_not_null())
        .filter(posts::email_from.is_not_null())
        .order(posts::id.desc())
        .limit(1_000)
        .select((posts::res_id, posts::email_from.assume_not_null()))
        .load(db)?)
}
