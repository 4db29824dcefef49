//! One record as its page shows it, and the changes that a person makes to it.

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::conversation;
use super::schema::{partners, records, stages, users};
use crate::domain::id::{PartnerId, PostId, RecordId, StageId, UserId};
use crate::domain::person::Role;
use crate::domain::{Moment, now};

/// A record with the names of what it points to.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Record {
    pub id: RecordId,
    pub model: String,
    pub number: String,
    pub name: String,
    pub description: String,
    pub stage: Stage,
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
    pub extra: serde_json::Map<String, serde_json::Value>,
    pub active: bool,
    pub new_mail: bool,
    pub last_mail_at: Moment,
    pub create_date: Moment,
    pub version: i32,
    /// The record that its first mail answers, whose people its sender was none of.
    pub answers: Option<RecordId>,
    /// The record that its mails went to.
    pub joined: Option<RecordId>,
    /// Folded text that searches look in.
    pub search: String,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Stage {
    pub id: StageId,
    pub code: String,
    pub name: String,
    pub closed: bool,
}

/// What a person changes at once; None leaves a value as it is.
#[derive(Debug, Clone, Default, AsChangeset)]
#[diesel(table_name = records)]
pub struct Changes {
    pub name: Option<String>,
    pub description: Option<String>,
    pub stage_id: Option<i32>,
    pub priority: Option<String>,
    pub partner_id: Option<Option<i32>>,
    pub partner_name: Option<Option<String>>,
    pub partner_email: Option<Option<String>>,
    pub user_id: Option<Option<i32>>,
    pub extra: Option<String>,
    pub active: Option<bool>,
    pub search: Option<String>,
}

type Row = (
    (i32, String, String, String, String, String),
    (i32, String, String, bool),
    (Option<i32>, Option<String>, Option<String>, Option<String>),
    (Option<i32>, Option<String>, Option<bool>, Option<String>),
    (String, bool, bool, i32, String),
    (Moment, Moment, Option<i32>, Option<i32>),
);

/// The record of this type with this id.
pub fn find(db: &mut Db, model: &str, id: RecordId) -> Result<Option<Record>, StoreError> {
    let row: Option<Row> = records::table
        .inner_join(stages::table)
        .left_join(partners::table)
        .left_join(users::table)
        .filter(records::model.eq(model))
        .filter(records::id.eq(id.0))
        .select((
            (records::id, records::model, records::number, records::name, records::description, records::priority),
            (stages::id, stages::code, stages::name, stages::closed),
            (records::partner_id, partners::name.nullable(), records::partner_name, records::partner_email),
            (records::user_id, users::name.nullable(), users::active.nullable(), users::role.nullable()),
            (records::extra, records::active, records::new_mail, records::version, records::search),
            (records::last_mail_at, records::create_date, records::answers_id, records::joined_id),
        ))
        .first(db)
        .optional()?;
    row.map(record).transpose()
}

fn record(row: Row) -> Result<Record, StoreError> {
    let ((id, model, number, name, description, priority), stage, partner, user, state, rest) = row;
    let extra = serde_json::from_str(&state.0)
        .map_err(|error| StoreError::Corrupt(format!("records.extra of record {id}: {error}")))?;
    Ok(Record {
        id: RecordId(id),
        model,
        number,
        name,
        description,
        stage: Stage { id: StageId(stage.0), code: stage.1, name: stage.2, closed: stage.3 },
        priority,
        partner: partner.0.zip(partner.1).map(|(id, name)| (PartnerId(id), name)),
        partner_name: partner.2,
        partner_email: partner.3,
        user_works: user.2 == Some(true) && user.3.as_deref() != Some(Role::Auditor.code()),
        user: user.0.zip(user.1).map(|(id, name)| (UserId(id), name)),
        extra,
        active: state.1,
        new_mail: state.2,
        version: state.3,
        search: state.4,
        last_mail_at: rest.0,
        create_date: rest.1,
        answers: rest.2.map(RecordId),
        joined: rest.3.map(RecordId),
    })
}

/// The records of any type that have this number.
pub fn by_number(db: &mut Db, number: &str) -> Result<Vec<(String, RecordId)>, StoreError> {
    let rows: Vec<(String, i32)> =
        records::table.filter(records::number.eq(number)).select((records::model, records::id)).load(db)?;
    Ok(rows.into_iter().map(|(model, id)| (model, RecordId(id))).collect())
}

/// Writes the changes if the record still has this version, which then counts on. False: somebody was faster.
pub fn change(db: &mut Db, id: RecordId, version: i32, changes: &Changes) -> Result<bool, StoreError> {
    let changed = diesel::update(records::table.find(id.0).filter(records::version.eq(version)))
        .set((changes, records::version.eq(version + 1), records::write_date.eq(now())))
        .execute(db)?;
    Ok(changed == 1)
}

/// Up to where a conversation was shown to somebody who acts on its record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Shown {
    /// To a client of the API, which may have read nothing.
    Nothing,
    /// Up to this mail, the newest on the page.
    UpTo(PostId),
    #[default]
    Everything,
}

/// Ends the mark *New mail* where all mail was shown; false where it stays. Not a change of version: nobody's typing
/// gets in the way of it.
pub fn mark_read(db: &mut Db, record: &Record, shown: Shown) -> Result<bool, StoreError> {
    if shown == Shown::Nothing {
        return Ok(false);
    }
    let row = records::table.find(record.id.0);
    // Waits for a delivery under way, which has marked the record already: what it brings is seen by the next line.
    diesel::update(row).set(records::new_mail.eq(records::new_mail)).execute(db)?;
    if let Shown::UpTo(last) = shown
        && conversation::mail_after(db, &record.model, record.id, last)?
    {
        return Ok(false);
    }
    diesel::update(row).set(records::new_mail.eq(false)).execute(db)?;
    Ok(true)
}

/// The stages of a record type in their order.
pub fn stages(db: &mut Db, model: &str) -> Result<Vec<Stage>, StoreError> {
    let rows: Vec<(i32, String, String, bool)> = stages::table
        .filter(stages::model.eq(model))
        .order((stages::sequence, stages::id))
        .select((stages::id, stages::code, stages::name, stages::closed))
        .load(db)?;
    Ok(rows.into_iter().map(|(id, code, name, closed)| Stage { id: StageId(id), code, name, closed }).collect())
}

/// Who can be made responsible: everybody active whose role may change records.
pub fn assignees(db: &mut Db) -> Result<Vec<(UserId, String)>, StoreError> {
    let rows: Vec<(i32, String)> = users::table
        .filter(users::active.eq(true))
        .filter(users::role.ne(Role::Auditor.code()))
        .order((users::name, users::id))
        .select((users::id, users::name))
        .load(db)?;
    Ok(rows.into_iter().map(|(id, name)| (UserId(id), name)).collect())
}
