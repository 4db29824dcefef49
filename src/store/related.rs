//! Records that belong together: one names what its first mail answers, and one went into another.

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::records::Found;
use super::schema::{attachments, messages, posts, records};
use crate::domain::Moment;
use crate::domain::id::RecordId;

/// A record as another one names it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Related {
    pub id: RecordId,
    pub number: String,
    pub name: String,
    /// Who wrote its first mail.
    pub sender: Option<String>,
    pub version: i32,
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

type Row = (i32, String, String, Option<String>, Option<String>, i32);

macro_rules! columns {
    () => {
        (records::id, records::number, records::name, records::partner_name, records::partner_email, records::version)
    };
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
        let row: Option<Row> = records::table.find(other.0).select(columns!()).first(db).optional()?;
        Ok(row.map(related))
    };
    let (answers, joined) = (one(answers)?, one(joined)?);
    let answering = records::table.filter(records::answers_id.eq(id.0)).filter(records::joined_id.is_null());
    let answered_by: Vec<Row> = answering.order(records::id.desc()).limit(limit).select(columns!()).load(db)?;
    let answered_by_total: i64 = match answered_by.len() as i64 == limit {
        true => answering.select(count_star()).get_result(db)?,
        false => answered_by.len() as i64,
    };
    let here = records::table.filter(records::joined_id.eq(id.0)).order(records::id.desc()).limit(limit);
    let joined_here: Vec<Row> = here.select(columns!()).load(db)?;
    Ok(Relations {
        answers,
        joined,
        answered_by: answered_by.into_iter().map(related).collect(),
        answered_by_total,
        joined_here: joined_here.into_iter().map(related).collect(),
    })
}

fn related((id, number, name, partner_name, partner_email, version): Row) -> Related {
    Related { id: RecordId(id), number, name, sender: partner_name.or(partner_email), version }
}

/// Moves all that was said on `from` to `to`, of the same type: mails with their rows in the ledger, notes and
/// attachments. What changed on `from` stays there. Whatever led to `from` leads to `to` from now on. How many mails
/// and notes moved.
pub fn join(db: &mut Db, from: &Found, to: &Found, search: &str, at: Moment) -> Result<usize, StoreError> {
    let (model, old, new) = (from.model.as_str(), from.id.0, to.id.0);
    let of_old = posts::table.filter(posts::model.eq(model)).filter(posts::res_id.eq(old));
    let moved =
        diesel::update(of_old.filter(posts::message_type.ne("notification"))).set(posts::res_id.eq(new)).execute(db)?;
    diesel::update(attachments::table.filter(attachments::model.eq(model)).filter(attachments::res_id.eq(old)))
        .set(attachments::res_id.eq(new))
        .execute(db)?;
    let in_ledger = messages::table.filter(messages::res_model.eq(model)).filter(messages::res_id.eq(old));
    diesel::update(in_ledger.filter(messages::connection_id.is_null())).set(messages::res_id.eq(new)).execute(db)?;
    diesel::update(records::table.filter(records::joined_id.eq(old))).set(records::joined_id.eq(new)).execute(db)?;
    diesel::update(records::table.filter(records::answers_id.eq(old)).filter(records::id.ne(new)))
        .set(records::answers_id.eq(new))
        .execute(db)?;
    diesel::update(records::table.find(old)).set(records::joined_id.eq(new)).execute(db)?;
    let mut people = to.people.clone();
    people.welcome(&from.people);
    let row: (bool, Moment) = records::table.find(old).select((records::new_mail, records::last_mail_at)).first(db)?;
    let (new_mail, last): (bool, Moment) =
        records::table.find(new).select((records::new_mail, records::last_mail_at)).first(db)?;
    diesel::update(records::table.find(new))
        .set((
            records::active.eq(true),
            records::people.eq(people.as_str()),
            records::new_mail.eq(new_mail || row.0 || !to.active),
            records::last_mail_at.eq(last.max(row.1)),
            records::search.eq(records::search.concat(format!(" {search}"))),
            records::write_date.eq(at),
        ))
        .execute(db)?;
    Ok(moved)
}
