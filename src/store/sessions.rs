//! Sessions of signed-in people, found by the SHA-256 of their token; and forms that came when their sender was signed out, of
//! which each person has few, and not for long.

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::schema::{kept_forms, sessions};
use crate::domain::Moment;
use crate::domain::id::{ApiKeyId, KeptFormId, UserId};

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions)]
pub struct Session {
    pub token_hash: String,
    pub user_id: UserId,
    pub csrf_token: String,
    pub developer_mode: bool,
    pub address: Option<String>,
    pub create_date: Moment,
    pub last_seen: Moment,
    /// The API key that opened it, whose end is its own.
    pub api_key_id: Option<ApiKeyId>,
}

pub fn insert(db: &mut Db, session: &Session) -> Result<(), StoreError> {
    diesel::insert_into(sessions::table).values(session).execute(db)?;
    Ok(())
}

pub fn get(db: &mut Db, token_hash: &str) -> Result<Option<Session>, StoreError> {
    Ok(sessions::table.find(token_hash).select(Session::as_select()).first(db).optional()?)
}

pub fn touch(db: &mut Db, token_hash: &str, last_seen: Moment) -> Result<(), StoreError> {
    diesel::update(sessions::table.find(token_hash)).set(sessions::last_seen.eq(last_seen)).execute(db)?;
    Ok(())
}

pub fn set_developer_mode(db: &mut Db, token_hash: &str, on: bool) -> Result<(), StoreError> {
    diesel::update(sessions::table.find(token_hash)).set(sessions::developer_mode.eq(on)).execute(db)?;
    Ok(())
}

pub fn delete(db: &mut Db, token_hash: &str) -> Result<(), StoreError> {
    diesel::delete(sessions::table.find(token_hash)).execute(db)?;
    Ok(())
}

/// A person's sessions, ended ones among them, the newest first.
pub fn of_user(db: &mut Db, user: UserId) -> Result<Vec<Session>, StoreError> {
    let of_user = sessions::table.filter(sessions::user_id.eq(user));
    let newest = of_user.order((sessions::create_date.desc(), sessions::token_hash));
    Ok(newest.select(Session::as_select()).load(db)?)
}

/// Signs a person out everywhere; gives how many sessions there were.
pub fn delete_of(db: &mut Db, user: UserId) -> Result<usize, StoreError> {
    Ok(diesel::delete(sessions::table.filter(sessions::user_id.eq(user))).execute(db)?)
}

/// Drops what has ended: idle since before `idle`, or made before `made`.
pub fn delete_ended(db: &mut Db, idle: Moment, made: Moment) -> Result<(), StoreError> {
    diesel::delete(sessions::table.filter(sessions::last_seen.lt(idle).or(sessions::create_date.lt(made))))
        .execute(db)?;
    Ok(())
}

/// Whose form it was, and where it was sent to; what is typed in it is sealed.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = kept_forms)]
pub struct KeptForm {
    pub user_id: UserId,
    /// Below Mailgate's own path.
    pub path: String,
    pub fields: String,
    pub create_date: Moment,
}

/// Keeps a form; of one person's, only this and the newest `others`, and of anybody's none from before `since`.
pub fn keep_form(db: &mut Db, form: &KeptForm, others: i64, since: Moment) -> Result<KeptFormId, StoreError> {
    diesel::delete(kept_forms::table.filter(kept_forms::create_date.lt(since))).execute(db)?;
    let kept: Vec<KeptFormId> = kept_forms::table
        .filter(kept_forms::user_id.eq(form.user_id))
        .order(kept_forms::id.desc())
        .limit(others)
        .select(kept_forms::id)
        .load(db)?;
    if let Some(oldest) = kept.last() {
        let older = kept_forms::table.filter(kept_forms::user_id.eq(form.user_id)).filter(kept_forms::id.lt(*oldest));
        diesel::delete(older).execute(db)?;
    }
    Ok(crate::on_backend!(db, conn => diesel::insert_into(kept_forms::table)
        .values(form).returning(kept_forms::id).get_result(conn))?)
}

/// A form of this person's; nobody else's is found.
pub fn kept_form(db: &mut Db, user: UserId, id: KeptFormId) -> Result<Option<KeptForm>, StoreError> {
    let own = kept_forms::table.find(id).filter(kept_forms::user_id.eq(user));
    Ok(own.select(KeptForm::as_select()).first(db).optional()?)
}

/// This person's forms, newest first, with their time.
pub fn kept_forms(db: &mut Db, user: UserId) -> Result<Vec<(KeptFormId, Moment)>, StoreError> {
    Ok(kept_forms::table
        .filter(kept_forms::user_id.eq(user))
        .order(kept_forms::id.desc())
        .select((kept_forms::id, kept_forms::create_date))
        .load(db)?)
}

pub fn forget_form(db: &mut Db, user: UserId, id: KeptFormId) -> Result<(), StoreError> {
    diesel::delete(kept_forms::table.find(id).filter(kept_forms::user_id.eq(user))).execute(db)?;
    Ok(())
}
