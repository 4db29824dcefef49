//! Accounts: who may sign in, in which role, and what each person sets for themselves.

use serde_json::json;

use super::{App, OperationError, api_keys, passwords, require, throttle};
use crate::domain::Invalid;
use crate::domain::audit::Action;
use crate::domain::id::UserId;
use crate::domain::person::{Caller, Login, Role};
use crate::domain::secret::Secret;
use crate::store::audit::{self, Entry};
pub use crate::store::users::User;
use crate::store::{self, Db, sessions};

const ADMIN: &[Role] = &[Role::SystemAdmin];

/// The languages of the pages: code and own name. English is complete; what another lacks falls back to it.
pub const LANGUAGES: [(&str, &str); 2] = [("en", "English"), ("fr", "Français (en partie)")];

/// What a person typed about an account. Empty `language` and `time_zone` are English and UTC.
#[derive(Debug, Clone, Default)]
pub struct UserForm {
    pub login: String,
    pub name: String,
    pub role: String,
    pub language: String,
    pub time_zone: String,
    /// Needed for a new account; ignored when one is changed: see [`set_password`].
    pub password: Secret,
}

/// A new account, checked, its password hashed (before the transaction: hashing takes long).
pub(super) struct Prepared {
    pub login: Login,
    settings: Settings,
    password_hash: String,
}

impl Prepared {
    pub fn password_hash(&self) -> &str {
        &self.password_hash
    }
}

struct Settings {
    name: String,
    role: Role,
    language: String,
    time_zone: String,
}

pub(super) fn prepare(form: &UserForm) -> Result<Prepared, OperationError> {
    let (login, settings) = parse_new(form).map_err(OperationError::Invalid)?;
    Ok(Prepared { login, settings, password_hash: passwords::hash(&form.password)? })
}

/// A new account but for its hash.
fn parse_new(form: &UserForm) -> Result<(Login, Settings), Vec<Invalid>> {
    let password = passwords::check("password", &form.password, &form.login, &form.name);
    match (parse(form), password) {
        (Ok(right), Ok(())) => Ok(right),
        (right, password) => Err(right.err().into_iter().flatten().chain(password.err()).collect()),
    }
}

/// Everything but the password.
fn parse(form: &UserForm) -> Result<(Login, Settings), Vec<Invalid>> {
    match (Login::parse(&form.login), settings(form)) {
        (Ok(login), Ok(settings)) => Ok((login, settings)),
        (login, settings) => Err(login.err().into_iter().chain(settings.err().into_iter().flatten()).collect()),
    }
}

/// What is wrong with a form, of a new account or (`new` is false) of one that is changed, as far as it shows by itself.
pub(super) fn wrong_in(form: &UserForm, new: bool) -> Vec<Invalid> {
    if new { parse_new(form) } else { parse(form) }.err().unwrap_or_default()
}

fn settings(form: &UserForm) -> Result<Settings, Vec<Invalid>> {
    let mut wrong = Vec::new();
    let name = form.name.trim();
    if name.is_empty() || name.chars().count() > 200 || name.chars().any(char::is_control) {
        wrong.push(Invalid::new("name", "Enter the person's name, at most 200 characters."));
    }
    let role = Role::from_code(&form.role);
    if role.is_none() {
        wrong.push(Invalid::new("role", "Choose a role."));
    }
    let language = language(&form.language).map_err(|error| wrong.push(error)).unwrap_or_default();
    let time_zone = time_zone(&form.time_zone).map_err(|error| wrong.push(error)).unwrap_or_default();
    match role {
        Some(role) if wrong.is_empty() => Ok(Settings { name: name.to_owned(), role, language, time_zone }),
        _ => Err(wrong),
    }
}

fn language(code: &str) -> Result<String, Invalid> {
    let code = if code.is_empty() { "en" } else { code };
    let known = LANGUAGES.iter().find(|(known, _)| *known == code);
    known
        .map(|(known, _)| (*known).to_owned())
        .ok_or_else(|| Invalid::new("language", "Choose a language of the list."))
}

fn time_zone(name: &str) -> Result<String, Invalid> {
    let zone: Result<chrono_tz::Tz, _> = if name.is_empty() { "UTC" } else { name }.parse();
    zone.map(|zone| zone.name().to_owned())
        .map_err(|_| Invalid::new("time_zone", "Choose a time zone of the list, for example Africa/Nairobi."))
}

pub(super) fn insert(db: &mut Db, caller: &Caller, new: &Prepared) -> Result<User, OperationError> {
    if store::users::by_login(db, &new.login)?.is_some() {
        return Err(login_taken(&new.login).into());
    }
    let id = store::users::insert(
        db,
        &store::users::NewUser {
            login: &new.login,
            name: &new.settings.name,
            password_hash: &new.password_hash,
            role: new.settings.role,
            language: &new.settings.language,
            time_zone: &new.settings.time_zone,
        },
    )?;
    let user = load(db, id)?;
    write_audit(db, caller, Action::Create, None, &user)?;
    Ok(user)
}

pub fn list(app: &App, caller: &Caller) -> Result<Vec<User>, OperationError> {
    require(caller, ADMIN, "see the users")?;
    app.store.read(|db| Ok(store::users::list(db)?))
}

/// People to assign records to: active officers and administrators. Everybody signed in may ask.
pub fn assignable(app: &App, _caller: &Caller) -> Result<Vec<User>, OperationError> {
    let mut users = app.store.read(|db| Ok::<_, OperationError>(store::users::list(db)?))?;
    users.retain(|user| user.active && user.role != Role::Auditor);
    Ok(users)
}

pub fn get(app: &App, caller: &Caller, id: UserId) -> Result<User, OperationError> {
    require(caller, ADMIN, "see the users")?;
    app.store.read(|db| load(db, id))
}

pub fn add(app: &App, caller: &Caller, form: &UserForm) -> Result<UserId, OperationError> {
    let new = to_add(caller, form)?;
    app.store.write(|db| Ok(insert(db, caller, &new)?.id))
}

/// The first half of [`add`], before the transaction: hashing takes long. [`insert`] is the second.
pub(super) fn to_add(caller: &Caller, form: &UserForm) -> Result<Prepared, OperationError> {
    require(caller, ADMIN, "add a user")?;
    prepare(form)
}

/// Changes everything but the password.
pub fn change(app: &App, caller: &Caller, id: UserId, form: &UserForm) -> Result<(), OperationError> {
    app.store.write(|db| change_in(db, caller, id, form))
}

/// As [`change`], within the caller's transaction.
pub(super) fn change_in(db: &mut Db, caller: &Caller, id: UserId, form: &UserForm) -> Result<(), OperationError> {
    require(caller, ADMIN, "change a user")?;
    let (login, settings) = parse(form).map_err(OperationError::Invalid)?;
    let before = load(db, id)?;
    if store::users::by_login(db, &login)?.is_some_and(|other| other.id != id) {
        return Err(login_taken(&login).into());
    }
    if before.role == Role::SystemAdmin && settings.role != Role::SystemAdmin {
        keep_an_admin(db, &before)?;
    }
    let Settings { name, role, language, time_zone } = settings;
    let after = User { login: login.as_str().to_owned(), name, role, language, time_zone, ..before.clone() };
    store::users::update(db, &after)?;
    write_audit(db, caller, Action::Write, Some(&before), &after)
}

/// Sets somebody's password and signs them out everywhere. Failed sign-ins count no more: this is how whoever was locked
/// out gets in again.
pub fn set_password(app: &App, caller: &Caller, id: UserId, password: &Secret) -> Result<(), OperationError> {
    let new = to_set(caller, password)?;
    app.store.write(|db| set_password_in(db, caller, id, &new))
}

/// A password that is to be set, with its hash.
pub(super) struct NewPassword {
    password: Secret,
    hash: String,
}

/// The first half of [`set_password`], before the transaction: hashing takes long. [`set_password_in`] is the second.
pub(super) fn to_set(caller: &Caller, password: &Secret) -> Result<NewPassword, OperationError> {
    require(caller, ADMIN, "set a password")?;
    passwords::check("password", password, "", "")?;
    Ok(NewPassword { password: password.clone(), hash: passwords::hash(password)? })
}

pub(super) fn set_password_in(
    db: &mut Db,
    caller: &Caller,
    id: UserId,
    new: &NewPassword,
) -> Result<(), OperationError> {
    require(caller, ADMIN, "set a password")?;
    let user = load(db, id)?;
    passwords::check("password", &new.password, &user.login, &user.name)?;
    store::users::set_password_hash(db, id, &new.hash)?;
    sessions::delete_of(db, id)?;
    throttle::lift(db, &user)?;
    write_audit(db, caller, Action::SetPassword, Some(&user), &user)
}

/// Archives an account, which signs its owner out and revokes the API keys, or brings it back, without them.
pub fn set_active(app: &App, caller: &Caller, id: UserId, active: bool) -> Result<(), OperationError> {
    app.store.write(|db| set_active_in(db, caller, id, active))
}

/// As [`set_active`], within the caller's transaction.
pub(super) fn set_active_in(db: &mut Db, caller: &Caller, id: UserId, active: bool) -> Result<(), OperationError> {
    require(caller, ADMIN, "archive a user")?;
    if !active && caller.user == Some(id) {
        return Err(OperationError::Refused("You can't archive yourself. Ask another System Admin.".into()));
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
    write_audit(db, caller, if active { Action::Unarchive } else { Action::Archive }, Some(&before), &after)
}

pub(super) fn load(db: &mut Db, id: UserId) -> Result<User, OperationError> {
    store::users::get(db, id)?.ok_or_else(|| OperationError::NotFound(format!("There is no user {id}.")))
}

/// A person's own language and time zone.
pub(super) fn set_preferences(
    db: &mut Db,
    caller: &Caller,
    before: &User,
    language_code: &str,
    zone: &str,
) -> Result<(), OperationError> {
    let (language, time_zone) = match (language(language_code), time_zone(zone)) {
        (Ok(language), Ok(time_zone)) => (language, time_zone),
        (language, zone) => {
            return Err(OperationError::Invalid(language.err().into_iter().chain(zone.err()).collect()));
        }
    };
    let after = User { language, time_zone, ..before.clone() };
    store::users::update(db, &after)?;
    write_audit(db, caller, Action::Write, Some(before), &after)
}

fn login_taken(login: &Login) -> Invalid {
    let login = login.as_str();
    Invalid::new("login", format!("There is a user {login} already, perhaps archived. Choose another login."))
}

/// Somebody must be able to let the others in again.
fn keep_an_admin(db: &mut Db, leaving: &User) -> Result<(), OperationError> {
    if leaving.active && store::users::count_active_admins(db)? <= 1 {
        return Err(OperationError::Refused(format!(
            "{} is the last active System Admin. Make somebody else one first.",
            leaving.name
        )));
    }
    Ok(())
}

pub(super) fn write_audit(
    db: &mut Db,
    caller: &Caller,
    action: Action,
    before: Option<&User>,
    after: &User,
) -> Result<(), OperationError> {
    let shown = |user: &User| {
        json!({
            "login": user.login, "name": user.name, "role": user.role.code(),
            "language": user.language, "time_zone": user.time_zone, "active": user.active,
        })
    };
    let (before, now) = match (before.map(shown), shown(after)) {
        (Some(before), after) if before == after => (None, None),
        (before, after) => (before, Some(after)),
    };
    let entry = Entry {
        caller,
        action,
        object_model: "res.users",
        object_id: Some(after.id.0),
        object_name: &after.login,
        before,
        after: now,
    };
    Ok(audit::write(db, &entry)?)
}
