//! One record as its page shows it, with those that it belongs together with, and the changes that a person makes to it.

use diesel::dsl::count_star;
use diesel::prelude::*;
use serde_json::{Map, Value};

use super::{FoundRecord, RecordStage, ends};
use crate::domain::conversation::PostKind;
use crate::domain::id::{CategoryId, ImportId, PartnerId, PostId, RecordId, ServerId, StageId, TagId, UserId};
use crate::domain::person::Role;
use crate::domain::rights::{Object, Right};
use crate::domain::{Moment, now};
use crate::store::packed::unpacked_post;
use crate::store::schema::{attachments, fates, partners, posts as post_rows, records, stages, threads, users};
use crate::store::search::index;
use crate::store::sight::RecordSight;
use crate::store::values::Json;
use crate::store::{Db, StoreError, categories, posts, query};

/// A record with the names of what it points to.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Record {
    pub id: RecordId,
    pub model: String,
    pub number: String,
    pub name: String,
    pub description: String,
    pub stage: RecordStage,
    /// Odoo's stars: `0` to `3`.
    pub priority: String,
    /// The linked contact, as it is called now.
    pub partner: Option<(PartnerId, String)>,
    /// The sender as the mail named him.
    pub partner_name: Option<String>,
    pub partner_email: Option<String>,
    pub user: Option<(UserId, String)>,
    /// False for somebody who was archived, or may not change records any more.
    pub user_works: bool,
    /// The fields that the module adds.
    pub extra: Map<String, Value>,
    pub active: bool,
    pub new_mail: bool,
    pub last_mail_at: Moment,
    /// When what it is about was written.
    pub date: Moment,
    pub create_date: Moment,
    pub version: i32,
    /// The record that its first mail answers, whose people its sender was none of.
    pub answers: Option<RecordId>,
    /// The record that its mails went to.
    pub joined: Option<RecordId>,
    /// Taken back with this import.
    pub undone: Option<ImportId>,
    pub category: Option<CategoryId>,
    /// By their names.
    pub tags: Vec<TagId>,
    /// The last moment at which it is in time; none while its time stands still.
    pub due: Option<Moment>,
    /// When it was settled.
    pub closed_at: Option<Moment>,
    /// Since when its time runs.
    pub due_from: Moment,
    /// Only those see it who are named for it.
    pub confidential: bool,
    /// It is so whatever its sensitivity.
    pub marked: bool,
    /// The incoming server that its first mail came by.
    pub server: Option<ServerId>,
}

/// What a person changes at once; None leaves a value as it is.
#[derive(Debug, Clone, Default, AsChangeset)]
#[diesel(table_name = records)]
pub struct Changes {
    pub name: Option<String>,
    pub description: Option<String>,
    pub stage_id: Option<StageId>,
    pub priority: Option<String>,
    pub partner_id: Option<Option<PartnerId>>,
    pub partner_name: Option<Option<String>>,
    pub partner_email: Option<Option<String>>,
    pub user_id: Option<Option<UserId>>,
    pub date: Option<Moment>,
    pub last_mail_at: Option<Moment>,
    pub extra: Option<String>,
    pub active: Option<bool>,
    pub category_id: Option<Option<CategoryId>>,
    pub due: Option<Option<Moment>>,
    pub closed_at: Option<Option<Moment>>,
    pub due_from: Option<Option<Moment>>,
    pub confidential: Option<bool>,
    pub marked: Option<bool>,
}

/// The record of this type with this id, for who sees it.
pub fn find(db: &mut Db, sight: RecordSight, model: &str, id: RecordId) -> Result<Option<Record>, StoreError> {
    let row = records::table
        .inner_join(stages::table)
        .left_join(partners::table)
        .left_join(users::table)
        .filter(records::model.eq(model))
        .filter(records::id.eq(id))
        .select(RecordRow::as_select())
        .first(db)
        .optional()?;
    let Some(mut record) = row.map(Record::from) else { return Ok(None) };
    if record.confidential && !sight.sees(db, id)? {
        return Ok(None);
    }
    if record.description.is_empty() {
        let told = post_rows::table.filter(post_rows::describes.eq(id)).select(unpacked_post("body_html"));
        record.description = told.first(db).optional()?.unwrap_or_default();
    }
    record.tags = categories::tags_of(db, &[id])?.into_iter().map(|one| one.tag_id).collect();
    Ok(Some(record))
}

/// The row of a record, and what it points to.
#[derive(Queryable, Selectable)]
#[diesel(table_name = records)]
struct RecordRow {
    id: RecordId,
    model: String,
    number: String,
    name: String,
    description: String,
    #[diesel(embed)]
    stage: RecordStage,
    priority: String,
    #[diesel(embed)]
    partner: Option<ContactRow>,
    partner_name: Option<String>,
    partner_email: Option<String>,
    #[diesel(embed)]
    user: Option<AssigneeRow>,
    #[diesel(deserialize_as = Json<Map<String, Value>>)]
    extra: Map<String, Value>,
    active: bool,
    new_mail: bool,
    last_mail_at: Moment,
    date: Moment,
    create_date: Moment,
    version: i32,
    answers_id: Option<RecordId>,
    joined_id: Option<RecordId>,
    undone_id: Option<ImportId>,
    category_id: Option<CategoryId>,
    due: Option<Moment>,
    closed_at: Option<Moment>,
    due_from: Option<Moment>,
    confidential: bool,
    marked: bool,
    server_id: Option<ServerId>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = partners)]
struct ContactRow {
    id: PartnerId,
    name: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
struct AssigneeRow {
    id: UserId,
    name: String,
    active: bool,
    role: Role,
}

impl From<RecordRow> for Record {
    fn from(row: RecordRow) -> Self {
        Self {
            id: row.id,
            model: row.model,
            number: row.number,
            name: row.name,
            description: row.description,
            stage: row.stage,
            priority: row.priority,
            partner: row.partner.map(|contact| (contact.id, contact.name)),
            partner_name: row.partner_name,
            partner_email: row.partner_email,
            user_works: row
                .user
                .as_ref()
                .is_some_and(|user| user.active && user.role.may(Right::Write, Object::Records)),
            user: row.user.map(|user| (user.id, user.name)),
            extra: row.extra,
            active: row.active,
            new_mail: row.new_mail,
            last_mail_at: row.last_mail_at,
            date: row.date,
            create_date: row.create_date,
            version: row.version,
            answers: row.answers_id,
            joined: row.joined_id,
            undone: row.undone_id,
            category: row.category_id,
            tags: Vec::new(),
            due: row.due,
            closed_at: row.closed_at,
            due_from: row.due_from.unwrap_or(row.date),
            confidential: row.confidential,
            marked: row.marked,
            server: row.server_id,
        }
    }
}

/// Keeps others from a record until the transaction ends, mail too: what is read of it afterwards is how it stays.
pub fn hold(db: &mut Db, id: RecordId) -> Result<(), StoreError> {
    if let Db::Postgres(conn) = db {
        records::table.find(id).select(records::id).for_no_key_update().first::<RecordId>(conn).optional()?;
    }
    Ok(())
}

/// The records of any type that have this number.
pub fn by_number(db: &mut Db, sight: RecordSight, number: &str) -> Result<Vec<(String, RecordId)>, StoreError> {
    // Each type has an index of its numbers, and a stage.
    let types = stages::table.select(stages::model).distinct();
    let numbered = records::table.filter(records::model.eq_any(types)).filter(records::number.eq(number));
    let mut found: Vec<(String, RecordId)> = numbered.select((records::model, records::id)).load(db)?;
    let ids: Vec<RecordId> = found.iter().map(|(_, id)| *id).collect();
    let hidden = sight.hidden_of(db, &ids)?;
    found.retain(|(_, id)| !hidden.contains(id));
    Ok(found)
}

/// Writes the changes if the record still has this version, which then counts on. False: somebody was faster.
pub fn change(db: &mut Db, id: RecordId, version: i32, changes: &Changes) -> Result<bool, StoreError> {
    let closed = changes.stage_id.map(|stage| records::closed.eq(ends!(stage)));
    let changed = diesel::update(records::table.find(id).filter(records::version.eq(version)))
        .set((changes, closed, records::version.eq(version + 1), records::write_date.eq(now())))
        .execute(db)?;
    if changed == 1 && changes.description.is_some() {
        let told = post_rows::table.filter(post_rows::describes.eq(id));
        if diesel::update(told).set(post_rows::describes.eq(None::<RecordId>)).execute(db)? > 0 {
            // The mail may be on another record by now: no trigger sees what this one is not found by any more.
            index::note_record(db, id)?;
        }
    }
    Ok(changed == 1)
}

/// Up to where a conversation was shown to somebody who acts on its record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ShownUpTo {
    /// To a client of the API, which may have read nothing.
    Nothing,
    /// Up to this mail, the newest on the page.
    UpTo(PostId),
    #[default]
    Everything,
}

/// Ends the mark *New mail* where all mail was shown; false where it stays. Not a change of version: nobody's typing
/// gets in the way of it.
pub fn mark_read(db: &mut Db, record: &Record, shown: ShownUpTo) -> Result<bool, StoreError> {
    if shown == ShownUpTo::Nothing {
        return Ok(false);
    }
    let row = records::table.find(record.id);
    // Waits for a delivery under way, which has marked the record already: what it brings is seen by the next line.
    diesel::update(row).set(records::new_mail.eq(records::new_mail)).execute(db)?;
    if let ShownUpTo::UpTo(last) = shown
        && posts::mail_after(db, &record.model, record.id, last)?
    {
        return Ok(false);
    }
    // Who reads what changed since then learns of it by the date.
    diesel::update(row).set((records::new_mail.eq(false), records::write_date.eq(now()))).execute(db)?;
    Ok(true)
}

/// A record as another one names it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = records)]
pub struct Related {
    pub id: RecordId,
    pub number: String,
    pub name: String,
    partner_name: Option<String>,
    partner_email: Option<String>,
    pub version: i32,
}

impl Related {
    /// Who wrote its first mail.
    pub fn sender(&self) -> Option<&str> {
        self.partner_name.as_deref().or(self.partner_email.as_deref())
    }
}

/// What a record has to do with others of its type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Relations {
    /// Its first mail answers mail of this one.
    pub answers: Option<Related>,
    /// Its mails are on this one now.
    pub joined: Option<Related>,
    /// The newest of those whose first mail answers mail of this one, and how many there are.
    pub answered_by: Vec<Related>,
    pub answered_by_total: i64,
    /// The newest of those whose mails came to this one.
    pub joined_here: Vec<Related>,
}

/// Of a record that names `answers` and went to `joined`; `limit` of each sort of others.
pub fn relations(
    db: &mut Db,
    sight: RecordSight,
    id: RecordId,
    answers: Option<RecordId>,
    joined: Option<RecordId>,
    limit: i64,
) -> Result<Relations, StoreError> {
    let mut one = |other: Option<RecordId>| -> Result<Option<Related>, StoreError> {
        let Some(other) = other else { return Ok(None) };
        if !sight.sees(db, other)? {
            return Ok(None);
        }
        Ok(records::table.find(other).select(Related::as_select()).first(db).optional()?)
    };
    let (answers, joined) = (one(answers)?, one(joined)?);
    let seen = sight.condition(query::dialect(db), "records.id").unwrap_or_else(|| "1 = 1".to_owned());
    let seen = || diesel::dsl::sql::<diesel::sql_types::Bool>(&seen);
    let answering =
        || records::table.filter(records::answers_id.eq(id)).filter(records::joined_id.is_null()).filter(seen());
    let newest = answering().order(records::id.desc()).limit(limit);
    let answered_by = newest.select(Related::as_select()).load(db)?;
    let answered_by_total: i64 = match answered_by.len() as i64 == limit {
        true => answering().select(count_star()).get_result(db)?,
        false => answered_by.len() as i64,
    };
    let here = records::table.filter(records::joined_id.eq(id)).filter(seen()).order(records::id.desc()).limit(limit);
    let joined_here = here.select(Related::as_select()).load(db)?;
    Ok(Relations { answers, joined, answered_by, answered_by_total, joined_here })
}

/// Moves all that was said on `from` to `to`, of the same type: mails with their rows in the ledger, notes and
/// attachments. What changed on `from` stays there. Whatever led to `from` leads to `to` from now on. How many mails
/// and notes moved.
pub fn join(db: &mut Db, from: &FoundRecord, to: &FoundRecord, at: Moment) -> Result<usize, StoreError> {
    let (model, old, new) = (from.model.as_str(), from.id, to.id);
    let of_old = post_rows::table.filter(post_rows::model.eq(model)).filter(post_rows::res_id.eq(old));
    let moved = diesel::update(of_old.filter(post_rows::message_type.ne(PostKind::Notification)))
        .set(post_rows::res_id.eq(new))
        .execute(db)?;
    diesel::update(attachments::table.filter(attachments::model.eq(model)).filter(attachments::res_id.eq(old)))
        .set(attachments::res_id.eq(new))
        .execute(db)?;
    let in_ledger = fates::table.filter(fates::res_model.eq(model)).filter(fates::res_id.eq(old));
    diesel::update(in_ledger.filter(fates::connection_id.is_null())).set(fates::res_id.eq(new)).execute(db)?;
    diesel::update(records::table.filter(records::joined_id.eq(old))).set(records::joined_id.eq(new)).execute(db)?;
    diesel::update(records::table.filter(records::answers_id.eq(old)).filter(records::id.ne(new)))
        .set(records::answers_id.eq(new))
        .execute(db)?;
    diesel::update(records::table.find(old)).set(records::joined_id.eq(new)).execute(db)?;
    let mut people = to.people.clone();
    people.welcome(&from.people);
    let old = mail_of(db, old)?;
    let so_far = mail_of(db, new)?;
    diesel::update(records::table.find(new))
        .set((
            records::active.eq(true),
            records::people.eq(&people),
            records::new_mail.eq(so_far.new_mail || old.new_mail || !to.active),
            records::last_mail_at.eq(so_far.last_mail_at.max(old.last_mail_at)),
            records::write_date.eq(at),
        ))
        .execute(db)?;
    Ok(moved)
}

/// Moves one mail from `old` to `new`, of the same type, with its row in the ledger and its attachments; these signs lead
/// to `new` from now on.
pub fn split(
    db: &mut Db,
    model: &str,
    old: RecordId,
    new: RecordId,
    mail: &posts::SplitMail,
    signs: &[String],
) -> Result<(), StoreError> {
    diesel::update(post_rows::table.find(mail.id)).set(post_rows::res_id.eq(new)).execute(db)?;
    diesel::update(attachments::table.filter(attachments::post_id.eq(mail.id)))
        .set(attachments::res_id.eq(new))
        .execute(db)?;
    if let Some(ledger) = mail.ledger {
        let row = fates::table.find(ledger).filter(fates::connection_id.is_null());
        diesel::update(row).set(fates::res_id.eq(new)).execute(db)?;
    }
    let led = threads::table.filter(threads::sign.eq_any(signs)).filter(threads::record_id.eq(old));
    diesel::update(led).set(threads::record_id.eq(new)).execute(db)?;
    // It stands in lists by the newest mail that it still has.
    if let Some(newest) = posts::newest_mail(db, model, old)? {
        diesel::update(records::table.find(old)).set(records::last_mail_at.eq(newest.min(now()))).execute(db)?;
    }
    Ok(())
}

/// What a list shows of a record's mail.
#[derive(Queryable, Selectable)]
#[diesel(table_name = records)]
struct RecordMail {
    new_mail: bool,
    last_mail_at: Moment,
}

fn mail_of(db: &mut Db, id: RecordId) -> Result<RecordMail, StoreError> {
    Ok(records::table.find(id).select(RecordMail::as_select()).first(db)?)
}
