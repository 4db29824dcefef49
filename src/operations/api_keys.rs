//! API keys: what a person's scripts sign in with instead of the password. A key is shown once, when it is made, and
//! kept as its SHA-256; it may do what its owner may, over the API alone, until it expires or is revoked.

use super::sessions::{self, SignedIn};
use super::{App, OperationError, preferences, users};
use crate::domain::audit::AuditAction;
use crate::domain::id::{ApiKeyId, UserId};
use crate::domain::person::{Caller, User};
use crate::domain::rights::{Object, Right};
use crate::domain::secret::Secret;
use crate::domain::{Invalid, Moment, now};
use crate::say;
use crate::store::audit::{self, NewAuditEntry};
use crate::store::{Db, api_keys};
use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

pub use crate::store::api_keys::ApiKey;

/// The name that Odoo has for it, in the audit.
const MODEL: &str = "res.users.apikeys";
/// What every key begins with, so that one that leaked is recognised.
const PREFIX: &str = "mgk_";
/// Keys that one person may have.
const MOST: usize = 50;

/// What a person typed.
#[derive(Debug, Clone, Default)]
pub struct KeyForm {
    pub name: String,
    /// The last day on which it works, as 2026-11-22 in UTC; empty: until it is revoked.
    pub expires: String,
    /// The person's own, so that nobody makes a key at a screen left open.
    pub password: Secret,
}

/// The caller's own keys.
pub fn own(app: &App, session: &SignedIn) -> Result<Vec<ApiKey>, OperationError> {
    app.store.read(|db| Ok(api_keys::of_user(db, session.user.id)?))
}

/// The keys of anybody, for an administrator.
pub fn of_user(app: &App, caller: &Caller, user: UserId) -> Result<Vec<ApiKey>, OperationError> {
    super::require(caller, Right::Read, Object::Users, || say!("deed-see-the-api-keys-of-others"))?;
    app.store.read(|db| Ok(api_keys::of_user(db, user)?))
}

/// Makes a key for the person of this session, and shows it for the only time.
pub fn create(app: &App, caller: &Caller, session: &SignedIn, form: &KeyForm) -> Result<Secret, OperationError> {
    let (name, expires_at) = match (name(&form.name), expiry(&form.expires)) {
        (Ok(name), Ok(expires_at)) => (name, expires_at),
        (name, expires) => return Err(OperationError::Invalid(name.err().into_iter().chain(expires.err()).collect())),
    };
    preferences::confirm(app, caller, session, "key_password", &form.password)?;
    let key = Secret::new(format!("{PREFIX}{}", sessions::random_token()?));
    let user = session.user.id;
    app.store.write(|db| {
        let known = api_keys::of_user(db, user)?;
        if known.iter().any(|key| key.name == name) {
            let words = say!("api-key-twice", name);
            return Err(Invalid::new("key_name", words).into());
        }
        if known.len() >= MOST {
            let words = say!("api-keys-most", most = MOST);
            return Err(Invalid::new("key_name", words).into());
        }
        let id = api_keys::insert(db, user, name, &sessions::digest(&key), expires_at)?;
        let login = session.user.login.as_str();
        let told = json!({"name": name, "login": login, "expires": expires_at.map(|at| at.date().to_string())});
        remember(db, caller, AuditAction::Create, (id, name), (None, Some(told)))
    })?;
    Ok(key)
}

/// Ends a key at once: one's own, or anybody's for an administrator.
pub fn revoke(app: &App, caller: &Caller, id: ApiKeyId) -> Result<(), OperationError> {
    app.store.write(|db| {
        let may = |key: &ApiKey| caller.may(Right::Write, Object::Users) || caller.user == Some(key.user);
        let Some(key) = api_keys::get(db, id)?.filter(may) else {
            return Err(OperationError::NotFound(say!("api-key-gone").into()));
        };
        let owner = users::load(db, key.user)?;
        api_keys::delete(db, id)?;
        let told = json!({"name": key.name, "login": owner.login});
        remember(db, caller, AuditAction::Delete, (id, &key.name), (Some(told), None))
    })
}

/// Ends all keys of somebody, each told by the audit, within the caller's transaction.
pub(super) fn revoke_all(db: &mut Db, caller: &Caller, owner: &User) -> Result<(), OperationError> {
    for key in api_keys::of_user(db, owner.id)? {
        api_keys::delete(db, key.id)?;
        let told = json!({"name": key.name, "login": owner.login});
        remember(db, caller, AuditAction::Delete, (key.id, &key.name), (Some(told), None))?;
    }
    Ok(())
}

/// Whose key this is, where it works at this moment.
pub(super) fn find(db: &mut Db, key: &Secret) -> Result<Option<ApiKey>, OperationError> {
    if !key.reveal().starts_with(PREFIX) {
        return Ok(None);
    }
    Ok(api_keys::by_hash(db, &sessions::digest(key))?.filter(|key| !key.is_expired(now())))
}

fn name(typed: &str) -> Result<&str, Invalid> {
    let name = typed.trim();
    if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        return Err(Invalid::new("key_name", say!("api-key-name")));
    }
    Ok(name)
}

/// The moment after the last day.
fn expiry(typed: &str) -> Result<Option<Moment>, Invalid> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    let last = NaiveDate::parse_from_str(typed, "%Y-%m-%d").ok();
    let end = last.and_then(|day| day.checked_add_days(Days::new(1))?.and_hms_opt(0, 0, 0));
    match end.filter(|end| *end > now()) {
        Some(end) => Ok(Some(end)),
        None => Err(Invalid::new("key_expires", say!("api-key-expires"))),
    }
}

fn remember(
    db: &mut Db,
    caller: &Caller,
    action: AuditAction,
    (id, name): (ApiKeyId, &str),
    (before, after): (Option<Value>, Option<Value>),
) -> Result<(), OperationError> {
    let entry =
        NewAuditEntry { caller, action, object_model: MODEL, object_id: Some(id.0), object_name: name, before, after };
    Ok(audit::write(db, &entry)?)
}
