//! Records that belong together: one names what its first mail answers, and one went into another.

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::Found;
use crate::domain::Moment;
use crate::domain::id::RecordId;
use crate::domain::post::PostKind;
use crate::store::schema::{attachments, fates, posts, records};
use crate::store::{Db, StoreError};

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
pub fn of(
    db: &mut Db,
    id: RecordId,
    answers: Option<RecordId>,
    joined: Option<RecordId>,
    limit: i64,
) -> Result<Relations, StoreError> {
    let mut one = |other: Option<RecordId>| -> Result<Option<Related>, StoreError> {
        let Some(other) = other else { return Ok(None) };
        Ok(records::table.find(other).select(Related::as_select()).first(db).optional()?)
    };
    let (answers, joined) = (one(answers)?, one(joined)?);
    let answering = records::table.filter(records::answers_id.eq(id)).filter(records::joined_id.is_null());
    let newest = answering.order(records::id.desc()).limit(limit);
    let answered_by = newest.select(Related::as_select()).load(db)?;
    let answered_by_total: i64 = match answered_by.len() as i64 == limit {
        true => answering.select(count_star()).get_result(db)?,
        false => answered_by.len() as i64,
    };
    let here = records::table.filter(records::joined_id.eq(id)).order(records::id.desc()).limit(limit);
    let joined_here = here.select(Related::as_select()).load(db)?;
    Ok(Relations { answers, joined, answered_by, answered_by_total, joined_here })
}

/// Moves all that was said on `from` to `to`, of the same type: mails with their rows in the ledger, notes and
/// attachments. What changed on `from` stays there. Whatever led to `from` leads to `to` from now on. How many mails
/// and notes moved.
pub fn join(db: &mut Db, from: &Found, to: &Found, search: &str, at: Moment) -> Result<usize, StoreError> {
    let (model, old, new) = (from.model.as_str(), from.id, to.id);
    let of_old = posts::table.filter(posts::model.eq(model)).filter(posts::res_id.eq(old));
    let moved = diesel::update(of_old.filter(posts::message_type.ne(PostKind::Notification)))
        .set(posts::res_id.eq(new))
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
            records::search.eq(records::search.concat(format!(" {search}"))),
            records::write_date.eq(at),
        ))
        .execute(db)?;
    Ok(moved)
}

/// What a list shows of a record's mail.
#[derive(Queryable, Selectable)]
#[diesel(table_name = records)]
struct Mail {
    new_mail: bool,
    last_mail_at: Moment,
}

fn mail_of(db: &mut Db, id: RecordId) -> Result<Mail, StoreError> {
    Ok(records::table.find(id).select(Mail::as_select()).first(db)?)
}
