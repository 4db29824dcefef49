//! Accounts: who may sign in, in which role, and what each person sets for themselves.

use serde_json::Value;

use super::{App, OperationError, api_keys, passwords, require, settings, throttle};
use crate::complain;
use crate::domain::Invalid;
use crate::domain::audit::AuditAction;
use crate::domain::id::UserId;
pub use crate::domain::person::User;
use crate::domain::person::{Caller, Login, Role};
use crate::domain::rights::{Object, Right};
use crate::domain::secret::Secret;
use crate::domain::setting::{SettingsObject, in_order, read};
pub use crate::domain::words::LANGUAGES;
use crate::say;
use crate::store::audit::{self, NewAuditEntry};
use crate::store::{self, Db, sessions};

/// What a person typed about an account. The password is needed for a new one, and ignored when one is changed: see
/// [`set_password`].
pub type UserForm = settings::SettingForm<User>;

/// A new account, checked, its password hashed (before the transaction: hashing takes long).
pub struct PreparedUser {
    pub user: User,
    password_hash: String,
}

impl PreparedUser {
    pub fn password_hash(&self) -> &str {
        &self.password_hash
    }
}

pub(super) fn prepare(form: &UserForm) -> Result<PreparedUser, OperationError> {
    let (user, password) = parse_new(form).map_err(OperationError::Invalid)?;
    Ok(PreparedUser { user, password_hash: passwords::hash(&password)? })
}

/// A new account but for its hash.
fn parse_new(form: &UserForm) -> Result<(User, Secret), Vec<Invalid>> {
    let password = form.secret("password").cloned().unwrap_or_default();
    let mut user = User::blank();
    let mut wrong = read(form, &mut user);
    wrong.extend(passwords::check("password", &password, form.text("login"), form.text("name")).err());
    if wrong.is_empty() { Ok((user, password)) } else { Err(in_order::<User>(wrong)) }
}

/// The account as it was before, with everything but the password as the form says.
fn parse(form: &UserForm, before: &User) -> Result<User, Vec<Invalid>> {
    let mut user = before.clone();
    let wrong = read(form, &mut user);
    if wrong.is_empty() { Ok(user) } else { Err(wrong) }
}

/// What is wrong with a form, of a new account or (`new` is false) of one that is changed, as far as it shows by itself.
pub(super) fn wrong_in(form: &UserForm, new: bool) -> Vec<Invalid> {
    let wrong = if new { parse_new(form).err() } else { parse(form, &User::blank()).err() };
    wrong.unwrap_or_default()
}

pub fn insert(db: &mut Db, caller: &Caller, new: &PreparedUser) -> Result<User, OperationError> {
    free_login(db, &new.user)?;
    let id = store::users::insert(db, &new.user, &new.password_hash)?;
    let user = load(db, id)?;
    write_audit(db, caller, AuditAction::Create, None, &user)?;
    Ok(user)
}

pub fn list(app: &App, caller: &Caller) -> Result<Vec<User>, OperationError> {
    require(caller, Right::Read, Object::Users, || say!("deed-see-the-users"))?;
    app.store.read(|db| Ok(store::users::list(db)?))
}

/// People to assign records to: active officers and administrators. Everybody signed in may ask.
pub fn assignable(app: &App, _caller: &Caller) -> Result<Vec<User>, OperationError> {
    let mut users = app.store.read(|db| Ok::<_, OperationError>(store::users::list(db)?))?;
    users.retain(|user| user.active && user.role.may(Right::Write, Object::Records));
    Ok(users)
}

pub fn get(app: &App, caller: &Caller, id: UserId) -> Result<User, OperationError> {
    app.store.read(|db| get_in(db, caller, id))
}

/// As [`get`], within the caller's transaction.
pub fn get_in(db: &mut Db, caller: &Caller, id: UserId) -> Result<User, OperationError> {
    require(caller, Right::Read, Object::Users, || say!("deed-see-the-users"))?;
    load(db, id)
}

pub fn add(app: &App, caller: &Caller, form: &UserForm) -> Result<UserId, OperationError> {
    let new = to_add(caller, form)?;
    app.store.write(|db| Ok(insert(db, caller, &new)?.id))
}

/// The first half of [`add`], before the transaction: hashing takes long. [`insert`] is the second.
pub fn to_add(caller: &Caller, form: &UserForm) -> Result<PreparedUser, OperationError> {
    require(caller, Right::Create, Object::Users, || say!("deed-add-a-user"))?;
    prepare(form)
}

/// Changes everything but the password.
pub fn change(app: &App, caller: &Caller, id: UserId, form: &UserForm) -> Result<(), OperationError> {
    app.store.write(|db| change_in(db, caller, id, form))
}

/// As [`change`], within the caller's transaction.
pub fn change_in(db: &mut Db, caller: &Caller, id: UserId, form: &UserForm) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Users, || say!("deed-change-a-user"))?;
    let before = load(db, id)?;
    let after = parse(form, &before).map_err(OperationError::Invalid)?;
    free_login(db, &after)?;
    if before.role == Role::SystemAdmin && after.role != Role::SystemAdmin {
        keep_an_admin(db, &before)?;
    }
    store::users::update(db, &after)?;
    write_audit(db, caller, AuditAction::Write, Some(&before), &after)
}

/// Sets somebody's password and signs them out everywhere. Failed sign-ins count no more: this is how whoever was locked
/// out gets in again.
pub fn set_password(app: &App, caller: &Caller, id: UserId, password: &Secret) -> Result<(), OperationError> {
    let new = to_set(caller, password)?;
    app.store.write(|db| set_password_in(db, caller, id, &new))
}

/// A password that is to be set, with its hash.
pub struct NewPassword {
    password: Secret,
    hash: String,
}

/// The first half of [`set_password`], before the transaction: hashing takes long. [`set_password_in`] is the second.
pub fn to_set(caller: &Caller, password: &Secret) -> Result<NewPassword, OperationError> {
    require(caller, Right::Write, Object::Users, || say!("deed-set-a-password"))?;
    passwords::check("password", password, "", "")?;
    Ok(NewPassword { password: password.clone(), hash: passwords::hash(password)? })
}

pub fn set_password_in(db: &mut Db, caller: &Caller, id: UserId, new: &NewPassword) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Users, || say!("deed-set-a-password"))?;
    let user = load(db, id)?;
    passwords::check("password", &new.password, &user.login, &user.name)?;
    store::users::set_password_hash(db, id, &new.hash)?;
    sessions::delete_of(db, id)?;
    throttle::lift(db, &user)?;
    write_audit(db, caller, AuditAction::SetPassword, Some(&user), &user)
}

/// Archives an account, which signs its owner out and revokes the API keys, or brings it back, without them.
pub fn set_active(app: &App, caller: &Caller, id: UserId, active: bool) -> Result<(), OperationError> {
    app.store.write(|db| set_active_in(db, caller, id, active))
}

/// As [`set_active`], within the caller's transaction.
pub fn set_active_in(db: &mut Db, caller: &Caller, id: UserId, active: bool) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Users, || say!("deed-archive-a-user"))?;
    if !active && caller.user == Some(id) {
        return Err(OperationError::Refused(complain!("user-self")));
    }
    let before = load(db, id)?;
    if !active && before.role == Role::SystemAdmin {
        keep_an_admin(db, &before)?;
    }
    let after = User { active, ..before.clone() };
    store::users::update(db, &after)?;
    if !active {
        sessions::delete_of(db, id)?;
        api_keys::revoke_all(db, caller, &before)?;
    }
    write_audit(db, caller, if active { AuditAction::Unarchive } else { AuditAction::Archive }, Some(&before), &after)
}

pub(super) fn load(db: &mut Db, id: UserId) -> Result<User, OperationError> {
    store::users::get(db, id)?.ok_or_else(|| OperationError::NotFound(say!("user-missing", id).into()))
}

/// A person's own language and time zone.
pub(super) fn set_preferences(
    db: &mut Db,
    caller: &Caller,
    before: &User,
    language: &str,
    time_zone: &str,
) -> Result<(), OperationError> {
    let mut form = UserForm::of(before);
    form.set("language", language);
    form.set("time_zone", time_zone);
    let after = parse(&form, before).map_err(OperationError::Invalid)?;
    store::users::update(db, &after)?;
    write_audit(db, caller, AuditAction::Write, Some(before), &after)
}

fn free_login(db: &mut Db, user: &User) -> Result<(), OperationError> {
    match store::users::by_login(db, &Login::parse(&user.login)?)? {
        Some(other) if other.id != user.id => {
            let words = say!("user-twice", login = user.login);
            Err(Invalid::new("login", words).into())
        }
        _ => Ok(()),
    }
}

/// Somebody must be able to let the others in again.
fn keep_an_admin(db: &mut Db, leaving: &User) -> Result<(), OperationError> {
    if leaving.active && store::users::count_active_admins(db)? <= 1 {
        return Err(OperationError::Refused(complain!("user-last-admin", name = leaving.name)));
    }
    Ok(())
}

pub(super) fn write_audit(
    db: &mut Db,
    caller: &Caller,
    action: AuditAction,
    before: Option<&User>,
    after: &User,
) -> Result<(), OperationError> {
    let told = |user: &User| Value::Object(settings::told(user));
    let changed = before.is_none_or(|before| told(before) != told(after));
    let entry = NewAuditEntry {
        caller,
        action,
        object_model: User::MODEL,
        object_id: Some(after.id.0),
        object_name: &after.login,
        before: before.filter(|_| changed).map(told),
        after: changed.then(|| told(after)),
    };
    Ok(audit::write(db, &entry)?)
}
