//! One record as its page shows it, and the changes that a person makes to it.

use diesel::prelude::*;
use serde_json::{Map, Value};

use crate::domain::id::{PartnerId, PostId, RecordId, StageId, UserId};
use crate::domain::person::Role;
use crate::domain::rights::{Object, Right};
use crate::domain::{Moment, now};
use crate::store::schema::{partners, records, stages, users};
use crate::store::stages::Stage;
use crate::store::values::Json;
use crate::store::{Db, StoreError, posts};

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
    pub extra: Map<String, Value>,
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
    pub extra: Option<String>,
    pub active: Option<bool>,
    pub search: Option<String>,
}

/// The record of this type with this id.
pub fn find(db: &mut Db, model: &str, id: RecordId) -> Result<Option<Record>, StoreError> {
    let row = records::table
        .inner_join(stages::table)
        .left_join(partners::table)
        .left_join(users::table)
        .filter(records::model.eq(model))
        .filter(records::id.eq(id))
        .select(Row::as_select())
        .first(db)
        .optional()?;
    Ok(row.map(Record::from))
}

/// The row of a record, and what it points to.
#[derive(Queryable, Selectable)]
#[diesel(table_name = records)]
struct Row {
    id: RecordId,
    model: String,
    number: String,
    name: String,
    description: String,
    #[diesel(embed)]
    stage: Stage,
    priority: String,
    #[diesel(embed)]
    partner: Option<Contact>,
    partner_name: Option<String>,
    partner_email: Option<String>,
    #[diesel(embed)]
    user: Option<Assignee>,
    #[diesel(deserialize_as = Json<Map<String, Value>>)]
    extra: Map<String, Value>,
    active: bool,
    new_mail: bool,
    last_mail_at: Moment,
    create_date: Moment,
    version: i32,
    answers_id: Option<RecordId>,
    joined_id: Option<RecordId>,
    search: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = partners)]
struct Contact {
    id: PartnerId,
    name: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
struct Assignee {
    id: UserId,
    name: String,
    active: bool,
    role: Role,
}

impl From<Row> for Record {
    fn from(row: Row) -> Self {
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
            create_date: row.create_date,
            version: row.version,
            answers: row.answers_id,
            joined: row.joined_id,
            search: row.search,
        }
    }
}

/// The records of any type that have this number.
pub fn by_number(db: &mut Db, number: &str) -> Result<Vec<(String, RecordId)>, StoreError> {
    Ok(records::table.filter(records::number.eq(number)).select((records::model, records::id)).load(db)?)
}

/// Writes the changes if the record still has this version, which then counts on. False: somebody was faster.
pub fn change(db: &mut Db, id: RecordId, version: i32, changes: &Changes) -> Result<bool, StoreError> {
    let changed = diesel::update(records::table.find(id).filter(records::version.eq(version)))
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
    let row = records::table.find(record.id);
    // Waits for a delivery under way, which has marked the record already: what it brings is seen by the next line.
    diesel::update(row).set(records::new_mail.eq(records::new_mail)).execute(db)?;
    if let Shown::UpTo(last) = shown
        && posts::mail_after(db, &record.model, record.id, last)?
    {
        return Ok(false);
    }
    diesel::update(row).set(records::new_mail.eq(false)).execute(db)?;
    Ok(true)
}
