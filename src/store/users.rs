//! Accounts. A password is kept only as its Argon2id hash, which leaves this file through [`password_hash`], [`with_hash`] and
//! [`with_hash_by_login`] alone.

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::prepared::prepared;
use super::schema::users;
use crate::domain::id::UserId;
use crate::domain::person::{Login, Role};
use crate::domain::{Moment, now};

/// An account as pages and lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub login: String,
    pub name: String,
    pub role: Role,
    pub language: String,
    pub time_zone: String,
    pub active: bool,
    pub create_date: Moment,
    pub write_date: Moment,
}

type Columns = (i32, String, String, String, String, String, bool, Moment, Moment);

const COLUMNS: (
    users::id,
    users::login,
    users::name,
    users::role,
    users::language,
    users::time_zone,
    users::active,
    users::create_date,
    users::write_date,
) = (
    users::id,
    users::login,
    users::name,
    users::role,
    users::language,
    users::time_zone,
    users::active,
    users::create_date,
    users::write_date,
);

fn read(columns: Columns) -> Result<User, StoreError> {
    let (id, login, name, role, language, time_zone, active, create_date, write_date) = columns;
    let role = Role::from_code(&role).ok_or_else(|| StoreError::Corrupt(format!("role {role:?} of user {id}")))?;
    Ok(User { id: UserId(id), login, name, role, language, time_zone, active, create_date, write_date })
}

/// What a new account is made of.
pub struct NewUser<'a> {
    pub login: &'a Login,
    pub name: &'a str,
    pub password_hash: &'a str,
    pub role: Role,
    pub language: &'a str,
    pub time_zone: &'a str,
}

/// Fails with a unique violation where the login is taken: ask [`by_login`] in the same transaction first.
pub fn insert(db: &mut Db, new: &NewUser) -> Result<UserId, StoreError> {
    let id: i32 = crate::on_backend!(db, conn => diesel::insert_into(users::table)
        .values((
            users::login.eq(new.login.as_str()),
            users::name.eq(new.name),
            users::password_hash.eq(new.password_hash),
            users::role.eq(new.role.code()),
            users::language.eq(new.language),
            users::time_zone.eq(new.time_zone),
            users::active.eq(true),
            users::create_date.eq(now()),
            users::write_date.eq(now()),
        ))
        .returning(users::id)
        .get_result(conn))?;
    Ok(UserId(id))
}

/// Writes everything but the password.
pub fn update(db: &mut Db, user: &User) -> Result<(), StoreError> {
    diesel::update(users::table.find(user.id.0))
        .set((
            users::login.eq(&user.login),
            users::name.eq(&user.name),
            users::role.eq(user.role.code()),
            users::language.eq(&user.language),
            users::time_zone.eq(&user.time_zone),
            users::active.eq(user.active),
            users::write_date.eq(now()),
        ))
        .execute(db)?;
    Ok(())
}

pub fn set_password_hash(db: &mut Db, id: UserId, hash: &str) -> Result<(), StoreError> {
    diesel::update(users::table.find(id.0))
        .set((users::password_hash.eq(hash), users::write_date.eq(now())))
        .execute(db)?;
    Ok(())
}

pub fn get(db: &mut Db, id: UserId) -> Result<Option<User>, StoreError> {
    users::table.find(id.0).select(COLUMNS).first(db).optional()?.map(read).transpose()
}

pub fn by_login(db: &mut Db, login: &Login) -> Result<Option<User>, StoreError> {
    users::table.filter(users::login.eq(login.as_str())).select(COLUMNS).first(db).optional()?.map(read).transpose()
}

/// The account, and the hash to check its sign-in against.
pub fn with_hash(db: &mut Db, id: UserId) -> Result<Option<(User, String)>, StoreError> {
    let query = users::table.find(id.0).select((COLUMNS, users::password_hash));
    let row: Option<(Columns, String)> = prepared(query).one(db)?;
    row.map(|(columns, hash)| Ok((read(columns)?, hash))).transpose()
}

/// As [`with_hash`], by login.
pub fn with_hash_by_login(db: &mut Db, login: &Login) -> Result<Option<(User, String)>, StoreError> {
    let query = users::table.filter(users::login.eq(login.as_str())).select((COLUMNS, users::password_hash));
    let row: Option<(Columns, String)> = query.first(db).optional()?;
    row.map(|(columns, hash)| Ok((read(columns)?, hash))).transpose()
}

/// The hash to check a sign-in against; nothing else needs it.
pub fn password_hash(db: &mut Db, id: UserId) -> Result<String, StoreError> {
    Ok(users::table.find(id.0).select(users::password_hash).first(db)?)
}

/// All accounts by name, archived ones last.
pub fn list(db: &mut Db) -> Result<Vec<User>, StoreError> {
    let rows: Vec<Columns> =
        users::table.select(COLUMNS).order((users::active.desc(), users::name, users::id)).load(db)?;
    rows.into_iter().map(read).collect()
}

pub fn count(db: &mut Db) -> Result<i64, StoreError> {
    Ok(users::table.count().get_result(db)?)
}

/// How many people may still administer this installation.
pub fn count_active_admins(db: &mut Db) -> Result<i64, StoreError> {
    Ok(users::table
        .filter(users::active.eq(true))
        .filter(users::role.eq(Role::SystemAdmin.code()))
        .count()
        .get_result(db)?)
}

/// Which of these addresses are the logins of active accounts.
pub fn among(db: &mut Db, addresses: &[&str]) -> Result<Vec<String>, StoreError> {
    let query = users::table.filter(users::login.eq_any(addresses)).filter(users::active.eq(true));
    Ok(query.select(users::login).load(db)?)
}
