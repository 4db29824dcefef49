//! Accounts: who may sign in, and in which role; what an administrator does to them; what each person sets for
//! themselves; and the first administrator of an empty installation.

pub use crate::domain::person::User;

use serde_json::Value;
use subtle::ConstantTimeEq;

use super::passwords::{self, HashQueue, HashTurn};
use super::sessions::{self, NewSession, SessionOf, SignedIn};
use super::sign_in;
use super::throttle::{self, Guess, GuessedAccount};
use super::{App, OperationError, credentials, require, settings};
use crate::domain::Invalid;
use crate::domain::id::UserId;
use crate::domain::person::{Caller, Login, Role};
use crate::domain::rights::{AuditAction, Object, Right};
use crate::domain::secret::Secret;
use crate::domain::setting::{SettingsObject, in_order, read};
use crate::store::audit::{self, NewAuditEntry};
use crate::store::{self, Db, StoreError};
use crate::{complain, say};

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
fn wrong_in(form: &UserForm, new: bool) -> Vec<Invalid> {
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

/// Changes everything but the password, within the caller's transaction.
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
    store::sign_in::delete_sessions_of(db, id)?;
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
        store::sign_in::delete_sessions_of(db, id)?;
        credentials::revoke_keys(db, caller, &before)?;
    }
    write_audit(db, caller, if active { AuditAction::Unarchive } else { AuditAction::Archive }, Some(&before), &after)
}

pub(super) fn load(db: &mut Db, id: UserId) -> Result<User, OperationError> {
    store::users::get(db, id)?.ok_or_else(|| OperationError::NotFound(say!("user-missing", id).into()))
}

/// A person's own language and time zone.
fn set_preferences(
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
    Ok(audit::write(
        db,
        &NewAuditEntry::new(caller, action, User::MODEL, Some(after.id.0), &after.login)
            .changed(before.filter(|_| changed).map(told), changed.then(|| told(after))),
    )?)
}

// What an administrator does to accounts on pages, with the own password once more: whoever finds a screen left open,
// or has a copy of its cookie, makes no account that lasts. The API brings its credential with each call, and who is at
// the command line holds the data anyway: they do without.

/// The fields for the administrator's own password: on the form of an account, and on that of its password.
const OWN: &str = "own_password";
const OWN_TO_SET: &str = "own_password_to_set";

/// As [`add`].
pub fn add_confirmed(
    app: &App,
    caller: &Caller,
    session: &SignedIn,
    own: &Secret,
    form: &UserForm,
) -> Result<UserId, OperationError> {
    require(caller, Right::Create, Object::Users, || say!("deed-add-a-user"))?;
    confirm(app, caller, session, OWN, own, wrong_in(form, true))?;
    add(app, caller, form)
}

/// As [`change_in`]; the own password is needed for login and role alone.
pub fn change_confirmed(
    app: &App,
    caller: &Caller,
    session: &SignedIn,
    own: &Secret,
    id: UserId,
    form: &UserForm,
) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Users, || say!("deed-change-a-user"))?;
    let asked = app.store.read(|db| changes_access(db, id, form))?;
    if asked {
        confirm(app, caller, session, OWN, own, wrong_in(form, false))?;
    }
    app.store.write(|db| {
        // Somebody else may have changed it since the page was read.
        if !asked && changes_access(db, id, form)? {
            return Err(Invalid::new(OWN, say!("own-password-missing")).into());
        }
        change_in(db, caller, id, form)
    })
}

/// As [`set_password`].
pub fn set_password_confirmed(
    app: &App,
    caller: &Caller,
    session: &SignedIn,
    own: &Secret,
    id: UserId,
    password: &Secret,
) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Users, || say!("deed-set-a-password"))?;
    confirm(app, caller, session, OWN_TO_SET, own, Vec::new())?;
    set_password(app, caller, id, password)
}

/// What else is wrong is said along with a wrong password, so that everything is typed once more at most.
fn confirm(
    app: &App,
    caller: &Caller,
    session: &SignedIn,
    field: &'static str,
    own: &Secret,
    mut wrong: Vec<Invalid>,
) -> Result<(), OperationError> {
    match confirm_password(app, caller, session, field, own) {
        Ok(()) if wrong.is_empty() => Ok(()),
        Ok(()) => Err(OperationError::Invalid(wrong)),
        Err(OperationError::Invalid(own)) => {
            wrong.extend(own);
            Err(OperationError::Invalid(wrong))
        }
        Err(error) => Err(error),
    }
}

/// Whether the form says another login or role than the account has.
fn changes_access(db: &mut Db, id: UserId, form: &UserForm) -> Result<bool, OperationError> {
    let user = load(db, id)?;
    let same_login = Login::parse(form.text("login")).is_ok_and(|login| login.as_str() == user.login);
    Ok(!same_login || form.text("role") != user.role.code())
}

// What everybody sets for themselves: language, time zone and password.

/// The caller's own language and time zone; English and UTC for the command line.
pub fn language_and_zone(app: &App, caller: &Caller) -> Result<(String, String), OperationError> {
    let Some(id) = caller.user else { return Ok(("en".into(), "UTC".into())) };
    let user = app.store.read(|db| load(db, id))?;
    Ok((user.language, user.time_zone))
}

/// The caller's own time zone, within the caller's transaction; UTC for the command line.
pub(super) fn zone_in(db: &mut Db, caller: &Caller) -> Result<chrono_tz::Tz, StoreError> {
    let user = caller.user.map(|id| store::users::get(db, id)).transpose()?.flatten();
    Ok(user.and_then(|user| user.time_zone.parse().ok()).unwrap_or(chrono_tz::UTC))
}

pub fn set_language_and_zone(
    app: &App,
    caller: &Caller,
    session: &SignedIn,
    language: &str,
    time_zone: &str,
) -> Result<(), OperationError> {
    app.store.write(|db| {
        let before = load(db, session.user.id)?;
        set_preferences(db, caller, &before, language, time_zone)
    })
}

/// Whether keys press buttons on one's pages.
pub fn set_shortcuts(app: &App, session: &SignedIn, on: bool) -> Result<(), OperationError> {
    app.store.write(|db| Ok(store::users::set_shortcuts(db, session.user.id, on)?))
}

/// Changes one's own password, which ends all of one's sessions and makes strangers of one's browsers: whoever has a copy of
/// this one's cookie is signed out, too. Gives back a new session for this browser, and what it is known by. Wrong current
/// passwords count as failed sign-ins, in this session alone.
pub fn change_password(
    app: &App,
    caller: &Caller,
    session: &SignedIn,
    current: &Secret,
    new: &Secret,
    device: Option<&Secret>,
) -> Result<NewSession, OperationError> {
    passwords::check("new_password", new, &session.user.login, &session.user.name)?;
    confirm_password(app, caller, session, "current_password", current)?;
    let id = session.user.id;
    let hash = passwords::hash(new)?;
    let opened = app.store.write(|db| {
        let user = load(db, id)?;
        store::users::set_password_hash(db, id, &hash)?;
        store::sign_in::delete_sessions_of(db, id)?;
        write_audit(db, caller, AuditAction::SetPassword, Some(&user), &user)?;
        let opened = sessions::open(app, db, user, SessionOf::Pages, caller.address)?;
        let key = sessions::digest(&opened.token);
        store::sign_in::set_developer_mode(db, &key, session.developer_mode)?;
        Ok::<_, OperationError>(opened)
    })?;
    let device = throttle::cookie_for(app, device, id, &hash)?;
    Ok(NewSession { device: Some(device), ..opened })
}

/// Whether this is the person's own password, said at `field` where it is not; wrong ones count as failed sign-ins
/// and are noted as such.
pub(super) fn confirm_password(
    app: &App,
    caller: &Caller,
    session: &SignedIn,
    field: &'static str,
    password: &Secret,
) -> Result<(), OperationError> {
    if password.reveal().is_empty() {
        return Err(Invalid::new(field, say!("own-password-missing")).into());
    }
    let account = Login::parse(&session.user.login).map_or(GuessedAccount::Impossible, GuessedAccount::Login);
    let guess = Guess::own(&account, &format!("session {}", session.token_hash));
    let too_many =
        |seconds: i64| -> OperationError { Invalid::new(field, say!("own-password-too-many", seconds)).into() };
    app.store.read(|db| Ok::<_, OperationError>(throttle::ask(db, &guess)?))?.map_err(too_many)?;
    let turn = HashTurn::take(HashQueue::Known)?;
    let (taken, hash) = app.store.write(|db| {
        let taken = throttle::take(db, &guess)?;
        Ok::<_, OperationError>((taken, store::users::password_hash(db, session.user.id)?))
    })?;
    let taken = taken.map_err(too_many)?;
    if !passwords::verify(&turn, password, Some(&hash)) {
        app.store.write(|db| sign_in::note_failure(db, caller))?;
        return Err(Invalid::new(field, say!("own-password-wrong")).into());
    }
    app.store.write(|db| Ok(throttle::succeeded(db, &guess, taken)?))
}

// The first administrator of an empty installation, made once, by whoever can read the terminal.

/// Where the SHA-256 of the one-time token stands until it is used.
const SETTING: &str = "setup_token";

/// Whether nobody can sign in yet.
pub fn is_setup_needed(app: &App) -> Result<bool, OperationError> {
    app.store.read(|db| Ok(store::users::count(db)? == 0))
}

/// At the start of `serve`: a fresh one-time token to print, or None once there is a user. An earlier token
/// stops working.
pub fn begin_setup(app: &App) -> Result<Option<Secret>, OperationError> {
    if !is_setup_needed(app)? {
        return Ok(None);
    }
    let token = Secret::new(sessions::random_token()?);
    app.store.write(|db| {
        Ok::<_, OperationError>(store::installation::set_setting(db, SETTING, &sessions::digest(&token))?)
    })?;
    Ok(Some(token))
}

/// Makes the first administrator, signs them in, and closes the door behind them.
pub fn finish_setup(
    app: &App,
    token: &str,
    form: &UserForm,
    address: Option<std::net::IpAddr>,
) -> Result<NewSession, OperationError> {
    let mut form = form.clone();
    form.set("role", Role::SystemAdmin.code());
    let given = sessions::digest(&Secret::new(token.trim()));
    let expected = app.store.read(|db| Ok::<_, OperationError>(store::installation::setting(db, SETTING)?))?;
    if !expected.is_some_and(|expected| expected.as_bytes().ct_eq(given.as_bytes()).into()) {
        // A line of the log and no row of the audit, which anybody could fill.
        sign_in::log_failed("/setup", address);
        return Err(Invalid::new("token", say!("setup-token-wrong")).into());
    }
    let new = prepare(&form)?;
    let caller = Caller { user: None, login: new.user.login.clone(), role: Role::SystemAdmin, address };
    let session = app.store.write(|db| {
        if store::users::count(db)? > 0 {
            return Err(OperationError::Refused(complain!("setup-done")));
        }
        let user = insert(db, &caller, &new)?;
        store::installation::delete_setting(db, SETTING)?;
        throttle::remember_address(db, user.id, address)?;
        sessions::open(app, db, user, SessionOf::Pages, address)
    })?;
    let device = throttle::cookie_for(app, None, session.user.id, new.password_hash())?;
    Ok(NewSession { device: Some(device), ..session })
}
