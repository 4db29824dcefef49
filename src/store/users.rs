//! Accounts. A password is kept only as its Argon2id hash, which leaves this file through [`password_hash`], [`with_hash`] and
//! [`with_hash_by_login`] alone.

use diesel::prelude::*;

use super::prepared::{columns, prepared};
use super::schema::users;
use super::{Db, StoreError};
use crate::domain::id::UserId;
use crate::domain::person::{Login, Role, User};
use crate::domain::rights::{Object, Right};
use crate::domain::{Moment, now};

#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
struct UserRow {
    id: UserId,
    #[diesel(embed)]
    settings: UserColumns,
    create_date: Moment,
    write_date: Moment,
}

/// The columns that an administrator's settings fill.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = users)]
struct UserColumns {
    login: String,
    name: String,
    role: Role,
    language: String,
    time_zone: String,
    active: bool,
    shortcuts: bool,
}

impl UserColumns {
    fn of(user: &User) -> Self {
        let User { login, name, role, language, time_zone, active, shortcuts, .. } = user.clone();
        Self { login, name, role, language, time_zone, active, shortcuts }
    }
}

impl From<UserRow> for User {
    fn from(UserRow { id, settings, create_date, write_date }: UserRow) -> Self {
        let UserColumns { login, name, role, language, time_zone, active, shortcuts } = settings;
        Self { id, login, name, role, language, time_zone, active, shortcuts, create_date, write_date }
    }
}

/// Fails with a unique violation where the login is taken: ask [`by_login`] in the same transaction first.
pub fn insert(db: &mut Db, user: &User, password_hash: &str) -> Result<UserId, StoreError> {
    let at = now();
    let hash = users::password_hash.eq(password_hash);
    let row = (UserColumns::of(user), hash, users::create_date.eq(at), users::write_date.eq(at));
    Ok(crate::on_backend!(db, conn => diesel::insert_into(users::table)
        .values(row).returning(users::id).get_result(conn))?)
}

/// Writes everything but the password.
pub fn update(db: &mut Db, user: &User) -> Result<(), StoreError> {
    let values = (UserColumns::of(user), users::write_date.eq(now()));
    diesel::update(users::table.find(user.id)).set(values).execute(db)?;
    Ok(())
}

pub fn set_password_hash(db: &mut Db, id: UserId, hash: &str) -> Result<(), StoreError> {
    diesel::update(users::table.find(id))
        .set((users::password_hash.eq(hash), users::write_date.eq(now())))
        .execute(db)?;
    Ok(())
}

pub fn set_shortcuts(db: &mut Db, id: UserId, on: bool) -> Result<(), StoreError> {
    diesel::update(users::table.find(id)).set((users::shortcuts.eq(on), users::write_date.eq(now()))).execute(db)?;
    Ok(())
}

pub fn get(db: &mut Db, id: UserId) -> Result<Option<User>, StoreError> {
    let row = users::table.find(id).select(UserRow::as_select()).first(db).optional()?;
    Ok(row.map(User::from))
}

pub fn by_login(db: &mut Db, login: &Login) -> Result<Option<User>, StoreError> {
    let row = users::table.filter(users::login.eq(login)).select(UserRow::as_select()).first(db).optional()?;
    Ok(row.map(User::from))
}

/// The account, and the hash to check its sign-in against.
pub fn with_hash(db: &mut Db, id: UserId) -> Result<Option<(User, String)>, StoreError> {
    let query = users::table.find(id).select((columns::<UserRow>(), users::password_hash));
    let row: Option<(UserRow, String)> = prepared(query).one(db)?;
    Ok(row.map(|(row, hash)| (row.into(), hash)))
}

/// As [`with_hash`], by login.
pub fn with_hash_by_login(db: &mut Db, login: &Login) -> Result<Option<(User, String)>, StoreError> {
    let query = users::table.filter(users::login.eq(login)).select((UserRow::as_select(), users::password_hash));
    let row: Option<(UserRow, String)> = query.first(db).optional()?;
    Ok(row.map(|(row, hash)| (row.into(), hash)))
}

/// The hash to check a sign-in against; nothing else needs it.
pub fn password_hash(db: &mut Db, id: UserId) -> Result<String, StoreError> {
    Ok(users::table.find(id).select(users::password_hash).first(db)?)
}

/// All accounts by name, archived ones last.
pub fn list(db: &mut Db) -> Result<Vec<User>, StoreError> {
    let all = users::table.order((users::active.desc(), users::name, users::id)).select(UserRow::as_select());
    Ok(all.load(db)?.into_iter().map(User::from).collect())
}

pub fn count(db: &mut Db) -> Result<i64, StoreError> {
    Ok(users::table.count().get_result(db)?)
}

/// How many people may still administer this installation.
pub fn count_active_admins(db: &mut Db) -> Result<i64, StoreError> {
    let admins = users::table.filter(users::active.eq(true)).filter(users::role.eq(Role::SystemAdmin));
    Ok(admins.count().get_result(db)?)
}

/// Which of these addresses are the logins of active accounts.
pub fn among(db: &mut Db, addresses: &[&str]) -> Result<Vec<String>, StoreError> {
    let query = users::table.filter(users::login.eq_any(addresses)).filter(users::active.eq(true));
    Ok(query.select(users::login).load(db)?)
}

/// Who can be made responsible for a record: everybody active whose role may change records.
pub fn assignees(db: &mut Db) -> Result<Vec<(UserId, String)>, StoreError> {
    Ok(users::table
        .filter(users::active.eq(true))
        .filter(users::role.eq_any(Object::Records.roles(Right::Write)))
        .order((users::name, users::id))
        .select((users::id, users::name))
        .load(db)?)
}
