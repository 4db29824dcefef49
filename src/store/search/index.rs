//! The indexes that searches look in: what is to be brought up to date, what is read for that, and what is written.
//!
//! Triggers note in `search_pending` what changed, in the transaction that changed it, whoever it was; whoever indexes works
//! the notes off behind it. So the index has no part in a delivery: it can be late, or broken, and no mail waits for it.
//! Whoever takes notes deletes them in the transaction that writes the index. Two who take the same ones at a time begin with
//! the same oldest one, and the second finds it gone: what it has read may be older than what the first one wrote.

use std::collections::{HashMap, HashSet};

use diesel::connection::SimpleConnection;
use diesel::dsl::{max, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::{PARTS, RecordPart, Searched};
use crate::domain::conversation::PostKind;
use crate::domain::id::{MessageId, PartnerId, PostId, RecordId};
use crate::domain::tokens::Sought;
use crate::store::packed::unpacked_post;
use crate::store::posts::{text_of, text_sql};
use crate::store::query::{self, Bind, Statement};
use crate::store::schema::{
    attachments, messages, partners, posts, records, search_backlog, search_pending, searched_parts,
};
use crate::store::{Backend, Db, StoreError};

crate::coded! {
    /// What a note of a change is about.
    pub enum PendingKind {
        /// All that is indexed of a record.
        Record = "record",
        /// A mail or a note came to a record.
        Post = "post",
        Message = "message",
        Partner = "partner",
        /// The names of a contact changed, which its records have, too.
        Contact = "contact",
    }
}

/// A note of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = search_pending)]
pub struct PendingChange {
    pub id: i64,
    pub kind: PendingKind,
    #[diesel(column_name = of_id)]
    pub of: i32,
}

/// The oldest notes that are to be worked off.
pub fn pending(db: &mut Db, limit: i64) -> Result<Vec<PendingChange>, StoreError> {
    let query = search_pending::table.filter(search_pending::failed.eq(false)).order(search_pending::id).limit(limit);
    Ok(query.select(PendingChange::as_select()).load(db)?)
}

/// The newest note there is, 0 where there is none.
pub fn newest_note(db: &mut Db) -> Result<i64, StoreError> {
    let newest: Option<i64> =
        search_pending::table.filter(search_pending::failed.eq(false)).select(max(search_pending::id)).first(db)?;
    Ok(newest.unwrap_or_default())
}

/// Whether a note is left up to this one.
pub fn is_left(db: &mut Db, up_to: i64) -> Result<bool, StoreError> {
    let query = search_pending::table.filter(search_pending::failed.eq(false)).filter(search_pending::id.le(up_to));
    Ok(query.select(search_pending::id).first::<i64>(db).optional()?.is_some())
}

/// Takes notes off, to write what they are about within the same transaction. False: somebody else took one of them.
pub fn take(db: &mut Db, changes: &[PendingChange]) -> Result<bool, StoreError> {
    let ids: Vec<i64> = changes.iter().map(|change| change.id).collect();
    Ok(diesel::delete(search_pending::table.filter(search_pending::id.eq_any(&ids))).execute(db)? == ids.len())
}

/// What a note is about can't be indexed. It waits for the next start or hour, and stops no other.
pub fn give_up(db: &mut Db, change: &PendingChange) -> Result<(), StoreError> {
    diesel::update(search_pending::table.find(change.id)).set(search_pending::failed.eq(true)).execute(db)?;
    Ok(())
}

/// What could not be indexed is tried again. How many there are.
pub fn try_again(db: &mut Db) -> Result<usize, StoreError> {
    let failed = search_pending::table.filter(search_pending::failed.eq(true));
    Ok(diesel::update(failed).set(search_pending::failed.eq(false)).execute(db)?)
}

/// How many could not be indexed.
pub fn failed(db: &mut Db) -> Result<i64, StoreError> {
    Ok(search_pending::table.filter(search_pending::failed.eq(true)).count().get_result(db)?)
}

/// How many notes are left, `most` at most.
pub fn pending_count(db: &mut Db, most: i64) -> Result<i64, StoreError> {
    let some = search_pending::table.filter(search_pending::failed.eq(false)).select(search_pending::id).limit(most);
    Ok(i64::try_from(some.load::<i64>(db)?.len()).unwrap_or(i64::MAX))
}

/// A table that was filled before it was indexed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = search_backlog)]
pub struct OlderRows {
    pub kind: PendingKind,
    pub newest: i32,
    /// The rows up to this one are left.
    pub left_to: i32,
}

pub fn backlog(db: &mut Db) -> Result<Vec<OlderRows>, StoreError> {
    Ok(search_backlog::table.order(search_backlog::kind).select(OlderRows::as_select()).load(db)?)
}

/// Notes the newest rows of a backlog, of `ids` numbers, as changed. Its end is the end of the backlog.
pub fn note_backlog(db: &mut Db, of: &OlderRows, ids: i32) -> Result<(), StoreError> {
    let left = (of.left_to - ids).max(0);
    let mine =
        search_backlog::table.filter(search_backlog::kind.eq(of.kind)).filter(search_backlog::left_to.eq(of.left_to));
    let taken = match left {
        0 => diesel::delete(mine).execute(db)?,
        _ => diesel::update(mine).set(search_backlog::left_to.eq(left)).execute(db)?,
    };
    // Somebody else was faster.
    if taken == 0 {
        return Ok(());
    }
    macro_rules! note {
        ($table:ident, $id:ident) => {
            $table::table
                .filter($table::id.gt($id(left)).and($table::id.le($id(of.left_to))))
                .order($table::id.desc())
                .select($table::id)
                .load::<$id>(db)?
                .into_iter()
                .map(|id| id.0)
                .collect()
        };
    }
    let ids: Vec<i32> = match of.kind {
        PendingKind::Record => note!(records, RecordId),
        PendingKind::Message => note!(messages, MessageId),
        PendingKind::Partner => note!(partners, PartnerId),
        PendingKind::Post | PendingKind::Contact => Vec::new(),
    };
    note(db, of.kind, &ids)
}

/// Notes that these changed.
fn note(db: &mut Db, kind: PendingKind, ids: &[i32]) -> Result<(), StoreError> {
    for some in ids.chunks(500) {
        let rows: Vec<_> =
            some.iter().map(|id| (search_pending::kind.eq(kind), search_pending::of_id.eq(id))).collect();
        crate::on_backend!(db, conn => diesel::insert_into(search_pending::table).values(&rows).execute(conn))?;
    }
    Ok(())
}

/// The names of a contact changed: its records are to be indexed anew.
pub fn note_records_of(db: &mut Db, contact: PartnerId) -> Result<(), StoreError> {
    let theirs: Vec<RecordId> = records::table.filter(records::partner_id.eq(contact)).select(records::id).load(db)?;
    let ids: Vec<i32> = theirs.into_iter().map(|id| id.0).collect();
    note(db, PendingKind::Record, &ids)
}

/// A record is to be indexed anew.
pub fn note_record(db: &mut Db, id: RecordId) -> Result<(), StoreError> {
    note(db, PendingKind::Record, &[id.0])
}

/// What names a record, and what it is described with.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = records)]
pub struct DescribedRecord {
    pub model: String,
    #[diesel(embed)]
    pub names: RecordNames,
    /// HTML.
    pub description: String,
}

/// What names a record.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = records)]
pub struct RecordNames {
    pub id: RecordId,
    pub number: String,
    pub name: String,
    pub partner_name: Option<String>,
    pub partner_email: Option<String>,
    /// The linked contact, as it is called now.
    #[diesel(select_expression = partners::name.nullable())]
    pub contact: Option<String>,
    #[diesel(select_expression = partners::email.nullable())]
    pub contact_email: Option<String>,
    #[diesel(select_expression = partners::phone.nullable())]
    pub contact_phone: Option<String>,
}

impl RecordNames {
    /// Without what other records bring that were joined to it.
    pub fn texts(self) -> Vec<String> {
        let own = [self.contact, self.contact_email, self.contact_phone, self.partner_name, self.partner_email];
        number_texts(&self.number).into_iter().chain([self.name]).chain(own.into_iter().flatten()).collect()
    }
}

/// A record is found by its number, and by what that ends in.
pub fn number_texts(number: &str) -> [String; 2] {
    let last = number.rsplit('-').next().unwrap_or_default().trim_start_matches('0');
    [number.to_owned(), last.to_owned()]
}

/// Those of these records whose own names have all of the words, without what other records brought that were joined to them.
pub(super) fn named(db: &mut Db, ids: &[i32], sought: &Sought) -> Result<Vec<i32>, StoreError> {
    let mut has = Vec::new();
    for some in ids.chunks(500) {
        let some: Vec<RecordId> = some.iter().copied().map(RecordId).collect();
        let rows = names(db, &some)?.into_iter().map(|row| (row.id.0, row.texts()));
        has.extend(rows.filter(|(_, texts)| sought.is_in(texts)).map(|(id, _)| id));
    }
    Ok(has)
}

/// What names these records.
pub fn names(db: &mut Db, of: &[RecordId]) -> Result<Vec<RecordNames>, StoreError> {
    let rows = records::table.left_join(partners::table).filter(records::id.eq_any(of));
    Ok(rows.select(RecordNames::as_select()).load(db)?)
}

/// Those of these records that there are.
pub fn records(db: &mut Db, ids: &[RecordId]) -> Result<Vec<DescribedRecord>, StoreError> {
    let query = records::table.left_join(partners::table).filter(records::id.eq_any(ids));
    let mut found: Vec<DescribedRecord> = query.select(DescribedRecord::as_select()).load(db)?;
    // The mail that says what a record is about may have gone to another one.
    let moved = records::table
        .inner_join(posts::table.on(posts::describes.eq(records::id.nullable())))
        .filter(records::id.eq_any(ids).and(posts::res_id.ne(records::id)));
    for (id, html) in moved.select((records::id, unpacked_post("body_html"))).load::<(RecordId, String)>(db)? {
        found.iter_mut().filter(|record| record.names.id == id).for_each(|record| record.description.clone_from(&html));
    }
    Ok(found)
}

/// A record whose mails went to another one, which is found by its number and sender, too.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = records)]
pub struct JoinedNames {
    #[diesel(select_expression = records::joined_id.assume_not_null())]
    pub into: RecordId,
    pub number: String,
    pub partner_name: Option<String>,
    pub partner_email: Option<String>,
}

pub fn joined(db: &mut Db, into: &[RecordId]) -> Result<Vec<JoinedNames>, StoreError> {
    Ok(records::table
        .filter(records::joined_id.eq_any(into))
        .order(records::id)
        .select(JoinedNames::as_select())
        .load(db)?)
}

/// A mail or a note of a record's conversation.
#[derive(Debug, Clone, Queryable)]
pub struct SaidText {
    pub id: PostId,
    pub record: RecordId,
    pub email_from: Option<String>,
    pub subject: String,
    pub body_text: String,
}

/// The columns of a [`SaidText`], with so many characters of the text.
macro_rules! said_columns {
    ($characters:expr) => {{
        let text = sql::<diesel::sql_types::Text>(&text_sql("posts", $characters));
        (posts::id, posts::res_id, posts::email_from, posts::subject, text)
    }};
}

/// Mails and notes of these records from one of them on, by record and then in their order, `limit` at most.
pub fn said(db: &mut Db, of: &[RecordId], from: (RecordId, PostId), limit: i64) -> Result<Vec<SaidText>, StoreError> {
    let of: Vec<RecordId> = of.iter().copied().filter(|record| *record >= from.0).collect();
    let models = records::table.filter(records::id.eq_any(&of)).select(records::model);
    // Which they are comes first: what is sorted would be unpacked for that.
    let ids: Vec<PostId> = posts::table
        .filter(posts::model.eq_any(models))
        .filter(posts::res_id.eq_any(&of))
        .filter(posts::message_type.ne(PostKind::Notification))
        .filter(posts::res_id.ne(from.0).or(posts::id.ge(from.1)))
        .order((posts::res_id, posts::id))
        .limit(limit)
        .select(posts::id)
        .load(db)?;
    Ok(posts::table
        .filter(posts::id.eq_any(ids))
        .order((posts::res_id, posts::id))
        .select(said_columns!(WHOLE))
        .load::<SaidText>(db)?
        .into_iter()
        .map(SaidText::read)
        .collect())
}

impl SaidText {
    fn read(self) -> Self {
        Self { body_text: text_of(self.body_text), ..self }
    }
}

/// The newest mails and notes of each of these records of a type, of one `limit` at most and of each text its beginning, to show what a
/// search found in them; a record's newest first.
pub fn newest_said(db: &mut Db, model: &str, of: &[RecordId], limit: i64) -> Result<Vec<SaidText>, StoreError> {
    let ids: Vec<String> = of.iter().map(RecordId::to_string).collect();
    let newest = diesel::dsl::sql::<diesel::sql_types::Bool>(
        "posts.id IN (SELECT s.id FROM (SELECT n.id, ROW_NUMBER() OVER (PARTITION BY n.res_id ORDER BY n.id DESC) AS place FROM posts n \
         WHERE n.model = ",
    )
    .bind::<diesel::sql_types::Text, _>(model)
    .sql(&format!(
        " AND n.res_id IN ({}) AND n.message_type <> 'notification') s WHERE s.place <= {limit})",
        ids.join(", ")
    ));
    let said = posts::table.filter(newest).order((posts::res_id, posts::id.desc()));
    Ok(said.select(said_columns!(SHOWN)).load::<SaidText>(db)?.into_iter().map(SaidText::read).collect())
}

/// Characters of a text that a search shows some of.
const SHOWN: usize = 50_000;
/// More than any text has.
const WHOLE: usize = 1_000_000_000;

/// Those of these records whose description is the text of one of their mails, which is indexed with that.
pub fn described_by_mail(db: &mut Db, of: &[RecordId]) -> Result<Vec<RecordId>, StoreError> {
    let mail = posts::table
        .filter(posts::model.eq(records::model))
        .filter(posts::res_id.eq(records::id))
        // What is packed came after the time when a record had a description of its own for that.
        .filter(posts::describes.eq(records::id.nullable()).or(posts::body_html.eq(records::description)));
    Ok(records::table.filter(records::id.eq_any(of)).filter(diesel::dsl::exists(mail)).select(records::id).load(db)?)
}

/// The name of a file on a record.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = attachments)]
pub struct FileName {
    #[diesel(select_expression = attachments::res_id.assume_not_null())]
    pub record: RecordId,
    pub post_id: Option<PostId>,
    pub name: String,
}

/// The files of these posts, and those of these records that came with none.
pub fn files(db: &mut Db, of: &[RecordId], with: &[PostId]) -> Result<Vec<FileName>, StoreError> {
    let mut found: Vec<FileName> = attachments::table
        .filter(attachments::post_id.eq_any(with))
        .filter(attachments::res_id.is_not_null())
        .order(attachments::id)
        .select(FileName::as_select())
        .load(db)?;
    let models = records::table.filter(records::id.eq_any(of)).select(records::model.nullable());
    let own: Vec<FileName> = attachments::table
        .filter(attachments::model.eq_any(models))
        .filter(attachments::res_id.eq_any(of))
        // SQLite would go through all that came with no post.
        .filter(sql::<Bool>("+attachments.post_id IS NULL"))
        .order(attachments::id)
        .select(FileName::as_select())
        .load(db)?;
    found.extend(own);
    Ok(found)
}

/// What a message of the ledger is found by, or a contact.
#[derive(Debug, Clone, Default)]
pub struct SearchedTexts {
    pub id: i32,
    pub texts: Vec<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = messages)]
struct MessageTexts {
    id: MessageId,
    subject: Option<String>,
    email_from: Option<String>,
    server_name: String,
}

pub fn messages(db: &mut Db, ids: &[i32]) -> Result<Vec<SearchedTexts>, StoreError> {
    let wanted: Vec<MessageId> = ids.iter().map(|id| MessageId(*id)).collect();
    let rows: Vec<MessageTexts> =
        messages::table.filter(messages::id.eq_any(&wanted)).select(MessageTexts::as_select()).load(db)?;
    let texts = |row: MessageTexts| SearchedTexts {
        id: row.id.0,
        texts: [row.subject, row.email_from, Some(row.server_name)].into_iter().flatten().collect(),
    };
    Ok(rows.into_iter().map(texts).collect())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = partners)]
struct PartnerTexts {
    id: PartnerId,
    name: String,
    email: Option<String>,
    phone: Option<String>,
}

pub fn partners(db: &mut Db, ids: &[i32]) -> Result<Vec<SearchedTexts>, StoreError> {
    let wanted: Vec<PartnerId> = ids.iter().map(|id| PartnerId(*id)).collect();
    let rows: Vec<PartnerTexts> =
        partners::table.filter(partners::id.eq_any(&wanted)).select(PartnerTexts::as_select()).load(db)?;
    let texts = |row: PartnerTexts| SearchedTexts {
        id: row.id.0,
        texts: [Some(row.name), row.email, row.phone].into_iter().flatten().collect(),
    };
    Ok(rows.into_iter().map(texts).collect())
}

/// Words of a message or a contact as they are indexed: folded, in their order; an empty one parts what does not belong together.
pub type PlacedWords = Vec<String>;

/// A part of a record's conversation with the names of the record.
#[derive(Debug, Clone)]
pub struct IndexedPart {
    pub at: RecordPart,
    /// The first of its posts; of the first part it does not matter.
    pub first_post: PostId,
    /// Folded.
    pub words: HashSet<String>,
}

/// Posts of a part, by their numbers.
#[derive(Debug, Clone, Copy)]
pub struct PartPosts {
    pub first: PostId,
    /// None: all that come behind.
    pub before: Option<PostId>,
}

/// What belongs to these parts.
pub fn posts_of_parts(db: &mut Db, parts: &[RecordPart]) -> Result<Vec<PartPosts>, StoreError> {
    let mut records: Vec<RecordId> = parts.iter().map(|part| part.record).collect();
    records.dedup();
    let ids: Vec<i32> = records.iter().map(|id| id.0).collect();
    let further = further_parts(db, &ids)?;
    let begins: HashMap<i64, i32> = searched_parts::table
        .filter(searched_parts::id.eq_any(further))
        .select((searched_parts::id, searched_parts::first_post))
        .load(db)?
        .into_iter()
        .collect();
    let first = |part: RecordPart| begins.get(&part.id()).copied().map(PostId);
    let posts = |part: &RecordPart| PartPosts {
        first: first(*part).unwrap_or(PostId(0)),
        before: first(RecordPart { part: part.part + 1, ..*part }),
    };
    Ok(parts.iter().map(posts).collect())
}

/// There are parts with this number or a higher one.
pub(super) fn is_any_part(db: &mut Db, from: i64) -> Result<bool, StoreError> {
    let any = searched_parts::table.filter(searched_parts::id.ge(from)).select(searched_parts::id).first::<i64>(db);
    Ok(any.optional()?.is_some())
}

/// The parts of these records behind their first ones, as the index numbers them.
pub(super) fn further_parts(db: &mut Db, of: &[i32]) -> Result<Vec<i64>, StoreError> {
    let mut query = searched_parts::table.select(searched_parts::id).into_boxed();
    for id in of {
        let (low, high) = further(RecordId(*id));
        query = query.or_filter(searched_parts::id.ge(low).and(searched_parts::id.lt(high)));
    }
    Ok(if of.is_empty() { Vec::new() } else { query.load(db)? })
}

/// Where they stand.
fn further(record: RecordId) -> (i64, i64) {
    (i64::from(record.0) * PARTS, (i64::from(record.0) + 1) * PARTS)
}

/// Where the last part of these records' conversations begins; those that have but one are left out.
pub fn last_parts(db: &mut Db, of: &[RecordId]) -> Result<HashMap<RecordId, (i64, PostId)>, StoreError> {
    let mut found = HashMap::new();
    for record in of {
        let (low, high) = further(*record);
        let last: Option<(i64, i32)> = searched_parts::table
            .filter(searched_parts::id.ge(low).and(searched_parts::id.lt(high)))
            .order(searched_parts::id.desc())
            .select((searched_parts::id, searched_parts::first_post))
            .first(db)
            .optional()?;
        if let Some((id, first)) = last {
            found.insert(*record, (id % PARTS, PostId(first)));
        }
    }
    Ok(found)
}

/// Writes parts of records.
pub fn write_records(db: &mut Db, parts: &[IndexedPart]) -> Result<(), StoreError> {
    write(db, Searched::Records, parts.iter().map(|part| (part.at.id(), unplaced(&part.words))).collect())?;
    for part in parts.iter().filter(|part| part.at.part > 0) {
        let row = (searched_parts::id.eq(part.at.id()), searched_parts::first_post.eq(part.first_post.0));
        let same = searched_parts::first_post.eq(part.first_post.0);
        crate::on_backend!(db, conn => diesel::insert_into(searched_parts::table)
            .values(row).on_conflict(searched_parts::id).do_update().set(same).execute(conn))?;
    }
    Ok(())
}

/// Forgets the parts of a record from this one on.
pub fn forget_record(db: &mut Db, record: RecordId, from: i64) -> Result<(), StoreError> {
    let (low, high) = further(record);
    let later = searched_parts::table.filter(searched_parts::id.ge(low + from).and(searched_parts::id.lt(high)));
    let mut ids: Vec<i64> = later.select(searched_parts::id).load(db)?;
    diesel::delete(later).execute(db)?;
    ids.extend((from == 0).then_some(i64::from(record.0)));
    remove(db, Searched::Records, &ids)
}

pub fn write_messages(db: &mut Db, rows: &[(i32, PlacedWords)]) -> Result<(), StoreError> {
    write_placed(db, Searched::Messages, rows)
}

pub fn write_partners(db: &mut Db, rows: &[(i32, PlacedWords)]) -> Result<(), StoreError> {
    write_placed(db, Searched::Partners, rows)
}

fn write_placed(db: &mut Db, of: Searched, rows: &[(i32, PlacedWords)]) -> Result<(), StoreError> {
    let written = match query::dialect(db) {
        Backend::Sqlite => spaced,
        Backend::Postgres => placed,
    };
    write(db, of, rows.iter().map(|(id, words)| (i64::from(*id), written(words))).collect())
}

pub fn forget_messages(db: &mut Db, ids: &[i32]) -> Result<(), StoreError> {
    remove(db, Searched::Messages, &ids.iter().map(|id| i64::from(*id)).collect::<Vec<_>>())
}

pub fn forget_partners(db: &mut Db, ids: &[i32]) -> Result<(), StoreError> {
    remove(db, Searched::Partners, &ids.iter().map(|id| i64::from(*id)).collect::<Vec<_>>())
}

fn remove(db: &mut Db, of: Searched, ids: &[i64]) -> Result<(), StoreError> {
    let id = if query::dialect(db) == Backend::Sqlite { "rowid" } else { "id" };
    for one in ids {
        let mut statement = Statement::new(query::dialect(db));
        statement.text(&format!("DELETE FROM {} WHERE {id} = ", of.table()));
        statement.bind(Bind::Integer(*one));
        statement.execute(db)?;
    }
    Ok(())
}

/// Many in a statement, each with its words as the database reads them.
fn write(db: &mut Db, of: Searched, mut rows: Vec<(i64, String)>) -> Result<(), StoreError> {
    for some in rows.chunks_mut(100) {
        let mut statement = Statement::new(query::dialect(db));
        let table = of.table();
        let (begins, ends) = match statement.dialect() {
            Backend::Sqlite => (format!("INSERT OR REPLACE INTO {table} (rowid, words) VALUES "), (", ", ")")),
            Backend::Postgres => (format!("INSERT INTO {table} (id, words) VALUES "), (", CAST(", " AS tsvector))")),
        };
        statement.text(&begins);
        for (n, (id, words)) in some.iter_mut().enumerate() {
            statement.text(if n == 0 { "(" } else { ", (" });
            statement.bind(Bind::Integer(*id));
            statement.text(ends.0);
            statement.bind(Bind::Text(std::mem::take(words)));
            statement.text(ends.1);
        }
        if statement.dialect() == Backend::Postgres {
            statement.text(" ON CONFLICT (id) DO UPDATE SET words = EXCLUDED.words");
        }
        statement.execute(db)?;
    }
    Ok(())
}

/// What FTS5's tokenizer makes words of: it parts at blanks alone, since nothing else in words is an ASCII sign.
fn spaced(words: &[String]) -> String {
    let mut text = String::with_capacity(words.iter().map(|word| word.len() + 1).sum());
    for word in words {
        // A word of its own, which no search asks for, so that no phrase goes over it.
        text.push_str(if word.is_empty() { "¶" } else { word });
        text.push(' ');
    }
    text
}

/// A `tsvector` in its own writing: `'card':3 'lost':9`.
fn placed(words: &[String]) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    for (place, word) in (1..).zip(words).filter(|(_, word)| !word.is_empty()) {
        // Writing into a text does not fail.
        let _ = write!(text, "'{word}':{place} ");
    }
    text
}

/// Words without places, for either.
fn unplaced(words: &HashSet<String>) -> String {
    words.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// Whether SQLite finds its indexes sound, which what can't be written to them is a reason to ask. PostgreSQL looks after its own.
pub fn is_sound(db: &mut Db) -> bool {
    let Db::Sqlite(conn) = db else { return true };
    [Searched::Records, Searched::Messages, Searched::Partners].iter().all(|of| {
        let table = of.table();
        conn.batch_execute(&format!("INSERT INTO {table} ({table}) VALUES ('integrity-check')")).is_ok()
    })
}

#[derive(QueryableByName)]
struct TableSql {
    #[diesel(sql_type = diesel::sql_types::Text)]
    sql: String,
}

/// Empties the indexes, and notes everything to be indexed anew, the newest first.
pub fn begin_anew(db: &mut Db) -> Result<(), StoreError> {
    for of in [Searched::Records, Searched::Messages, Searched::Partners] {
        let table = of.table();
        match db {
            Db::Sqlite(conn) => {
                // As it was made; emptying it would read what may be broken.
                let made = format!("SELECT sql FROM sqlite_master WHERE name = '{table}'");
                let made: TableSql = diesel::sql_query(made).get_result(conn)?;
                conn.batch_execute(&format!("DROP TABLE {table}; {};", made.sql))?;
            }
            Db::Postgres(conn) => conn.batch_execute(&format!("TRUNCATE {table}"))?,
        }
    }
    diesel::delete(searched_parts::table).execute(db)?;
    diesel::delete(search_pending::table).execute(db)?;
    diesel::delete(search_backlog::table).execute(db)?;
    let newest = [
        (PendingKind::Record, records::table.select(max(records::id)).first::<Option<RecordId>>(db)?.map(|id| id.0)),
        (
            PendingKind::Message,
            messages::table.select(max(messages::id)).first::<Option<MessageId>>(db)?.map(|id| id.0),
        ),
        (
            PendingKind::Partner,
            partners::table.select(max(partners::id)).first::<Option<PartnerId>>(db)?.map(|id| id.0),
        ),
    ];
    for (kind, newest) in newest {
        let Some(newest) = newest else { continue };
        let row =
            (search_backlog::kind.eq(kind), search_backlog::newest.eq(newest), search_backlog::left_to.eq(newest));
        crate::on_backend!(db, conn => diesel::insert_into(search_backlog::table).values(row).execute(conn))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_in_their_places_and_no_phrase_goes_over_a_gap() {
        let words: Vec<String> = "2026 000017  card".split(' ').map(str::to_owned).collect();
        assert_eq!(placed(&words), "'2026':1 '000017':2 'card':4 ");
        assert_eq!(spaced(&words), "2026 000017 ¶ card ");
        assert_eq!(unplaced(&HashSet::from(["card".to_owned()])), "card");
    }
}
