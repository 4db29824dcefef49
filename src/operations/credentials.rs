//! Sign-in of API clients, which send their password or an API key with every call; and these keys, made and revoked.

pub use crate::store::sign_in::ApiKey;

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use chrono::{Days, NaiveDate};
use parking_lot::{Condvar, Mutex};
use serde_json::{Value, json};

use super::sessions::{self, NewSession, SessionOf, SignedIn};
use super::sign_in::{ClaimedUser, SignInError, check_password, log_signed_in, refuse};
use super::{App, OperationError, throttle, users};
use crate::domain::id::{ApiKeyId, UserId};
use crate::domain::person::{Caller, Login, User};
use crate::domain::rights::{AuditAction, Object, Right};
use crate::domain::secret::Secret;
use crate::domain::{Invalid, Moment, now};
use crate::say;
use crate::store::audit::{self, NewAuditEntry};
use crate::store::{self, Db, sign_in};

// What was right is remembered for five minutes after its last use as a keyed hash, so that a script pays for Argon2id
// once, and goes on while others at its address guess. Each call still looks whether it holds: a changed password,
// login or role, an archived account, a key that expired or was revoked count at once.

const REMEMBERED: Duration = Duration::from_secs(300);
const PATIENCE: Duration = Duration::from_secs(10);
/// Who wait for a check of the same credential, each with a thread; more don't wait for it.
const WAITING: usize = 64;
/// More than this many clients at once are no longer remembered.
const MOST: usize = 10_000;

/// Credentials that were right lately, with when they were used last, and those that are being checked.
#[derive(Default)]
pub struct Remembered {
    right: Mutex<HashMap<[u8; 32], (KnownCredentials, Instant)>>,
    checking: Mutex<Checking>,
    checked: Condvar,
}

#[derive(Default)]
struct Checking {
    credentials: HashSet<[u8; 32]>,
    waiting: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct KnownCredentials {
    user: UserId,
    login: String,
    proof: CredentialProof,
}

/// What was shown to be right.
#[derive(Debug, Clone, PartialEq, Eq)]
enum CredentialProof {
    /// The stored hash that the password was checked against: another one is another password.
    Password(String),
    Key(ApiKeyId),
}

/// The caller with this login and password or API key.
pub fn sign_in(app: &App, login: &str, secret: &Secret, address: Option<IpAddr>) -> Result<Caller, SignInError> {
    let digest = digest(app, login, secret);
    if let Some(caller) = remembered(app, &digest, address)? {
        return Ok(caller);
    }
    // Many at once with the same credential are one check: whoever comes second learns what the first one found.
    let _turn = CheckTurn::take(&app.remembered, digest);
    if let Some(caller) = remembered(app, &digest, address)? {
        return Ok(caller);
    }
    checked(app, ClaimedUser::Login(login), login, digest, secret, address)
}

/// The caller whose API key this is, of clients that bring nothing else. A wrong one is told apart by nobody's name: it counts
/// as a failure at its address.
pub fn sign_in_by_key(app: &App, key: &Secret, address: Option<IpAddr>) -> Result<Caller, SignInError> {
    let digest = app.key.fingerprint("api credentials", &format!("key {}", key.reveal()));
    if let Some(caller) = remembered(app, &digest, address)? {
        return Ok(caller);
    }
    let _turn = CheckTurn::take(&app.remembered, digest);
    if let Some(caller) = remembered(app, &digest, address)? {
        return Ok(caller);
    }
    match by_key(app, None, key, address)? {
        Some((user, key)) => {
            let proof = CredentialProof::Key(key);
            app.remembered.put(digest, KnownCredentials { user: user.id, login: user.login.clone(), proof });
            Ok(sessions::caller_of(&user, address))
        }
        None => Err(refuse(app, ClaimedUser::Login(""), address)?),
    }
}

/// The caller of this number, as Odoo's `execute` names one, with this password or API key. A number that is nobody's is
/// answered like a wrong password, as late and as often.
pub fn sign_in_by_id(app: &App, id: UserId, secret: &Secret, address: Option<IpAddr>) -> Result<Caller, SignInError> {
    let found = app.store.read(|db| {
        let Some((user, hash)) = store::users::with_hash(db, id)?.filter(|(user, _)| user.active) else {
            return Ok(None);
        };
        let digest = digest(app, &user.login, secret);
        let right = match app.remembered.get(&digest) {
            Some(known) => holds(db, app, &known, &user, &hash)?,
            None => false,
        };
        Ok::<_, OperationError>(Some((user, digest, right)))
    })?;
    let login = match &found {
        Some((user, _, true)) => return Ok(sessions::caller_of(user, address)),
        Some((user, ..)) => user.login.as_str(),
        None => "",
    };
    // Nobody's number has turns and digests of its own, so that it takes the same way.
    let nobody = || self::digest(app, &format!("\t{id}"), secret);
    let digest = found.as_ref().map_or_else(nobody, |(_, digest, _)| *digest);
    let _turn = CheckTurn::take(&app.remembered, digest);
    if let Some(caller) = remembered(app, &digest, address)? {
        return Ok(caller);
    }
    checked(app, ClaimedUser::Number(id), login, digest, secret, address)
}

/// Checks a credential in earnest, and remembers it where it is right.
fn checked(
    app: &App,
    wanted: ClaimedUser<'_>,
    login: &str,
    digest: [u8; 32],
    secret: &Secret,
    address: Option<IpAddr>,
) -> Result<Caller, SignInError> {
    let (user, proof) = check(app, wanted, login, secret, address)?;
    app.remembered.put(digest, KnownCredentials { user: user.id, login: user.login.clone(), proof });
    Ok(sessions::caller_of(&user, address))
}

/// A session for clients that sign in once; one that a key opened ends with the key.
pub fn open_session(
    app: &App,
    login: &str,
    secret: &Secret,
    address: Option<IpAddr>,
) -> Result<NewSession, SignInError> {
    let (user, proof) = check(app, ClaimedUser::Login(login), login, secret, address)?;
    let key = match proof {
        CredentialProof::Key(key) => Some(key),
        CredentialProof::Password(_) => None,
    };
    Ok(sessions::begin(app, user, SessionOf::Api(key), address, None)?)
}

fn check(
    app: &App,
    wanted: ClaimedUser<'_>,
    login: &str,
    secret: &Secret,
    address: Option<IpAddr>,
) -> Result<(User, CredentialProof), SignInError> {
    if let Some((user, key)) = by_key(app, Some(login), secret, address)? {
        return Ok((user, CredentialProof::Key(key)));
    }
    if !app.config.api_passwords {
        return Err(refuse(app, wanted, address)?);
    }
    let (user, hash) = check_password(app, wanted, secret, address, None)?;
    log_signed_in(&user.login, address, "password");
    Ok((user, CredentialProof::Password(hash)))
}

/// A key can't be guessed, so looking for it is neither slow nor slowed down; a wrong one goes on as a password does. `login`
/// is whose it shall be, where the caller says who he is.
fn by_key(
    app: &App,
    login: Option<&str>,
    secret: &Secret,
    address: Option<IpAddr>,
) -> Result<Option<(User, ApiKeyId)>, OperationError> {
    let login = match login.map(Login::parse) {
        Some(Err(_)) => return Ok(None),
        Some(Ok(login)) => Some(login),
        None => None,
    };
    let whose = |user: &User| login.as_ref().is_none_or(|login| user.login == login.as_str());
    let found = app.store.read(|db| {
        let Some(key) = find_key(db, secret)? else { return Ok(None) };
        let user = store::users::get(db, key.user)?.filter(|user| user.active && whose(user));
        Ok::<_, OperationError>(user.map(|user| (user, key.id)))
    })?;
    if let Some((user, key)) = &found {
        app.store.write(|db| {
            throttle::remember_address(db, user.id, address)?;
            Ok::<_, OperationError>(store::sign_in::api_key_used(db, *key)?)
        })?;
        log_signed_in(&user.login, address, "API key");
    }
    Ok(found)
}

fn remembered(app: &App, digest: &[u8; 32], address: Option<IpAddr>) -> Result<Option<Caller>, OperationError> {
    let Some(known) = app.remembered.get(digest) else { return Ok(None) };
    app.store.read(|db| {
        let Some((user, hash)) = store::users::with_hash(db, known.user)? else { return Ok(None) };
        let right = holds(db, app, &known, &user, &hash)?;
        Ok(right.then(|| sessions::caller_of(&user, address)))
    })
}

/// Whether what was right is so still, `user` and `hash` being what the database says now.
fn holds(db: &mut Db, app: &App, known: &KnownCredentials, user: &User, hash: &str) -> Result<bool, OperationError> {
    let same = user.active && user.id == known.user && user.login == known.login;
    Ok(same
        && match &known.proof {
            CredentialProof::Password(checked) => app.config.api_passwords && checked == hash,
            CredentialProof::Key(id) => store::sign_in::api_key(db, *id)?.is_some_and(|key| !key.is_expired(now())),
        })
}

/// Keyed, so that a copy of this process's memory tells no password by trying.
fn digest(app: &App, login: &str, secret: &Secret) -> [u8; 32] {
    let login = Login::parse(login).map_or(String::new(), |login| login.as_str().to_owned());
    app.key.fingerprint("api credentials", &format!("{} {login}{}", login.len(), secret.reveal()))
}

/// The only check of this credential at this moment; given back when dropped.
struct CheckTurn<'a> {
    of: &'a Remembered,
    digest: [u8; 32],
}

impl<'a> CheckTurn<'a> {
    /// Waits as long as another check of the same credential goes on, up to the patience; then they go on side by side.
    fn take(of: &'a Remembered, digest: [u8; 32]) -> Self {
        let mut checking = of.checking.lock();
        if checking.waiting < WAITING {
            checking.waiting += 1;
            of.checked.wait_while_for(&mut checking, |checking| checking.credentials.contains(&digest), PATIENCE);
            checking.waiting -= 1;
        }
        checking.credentials.insert(digest);
        Self { of, digest }
    }
}

impl Drop for CheckTurn<'_> {
    fn drop(&mut self) {
        self.of.checking.lock().credentials.remove(&self.digest);
        self.of.checked.notify_all();
    }
}

impl Remembered {
    fn get(&self, digest: &[u8; 32]) -> Option<KnownCredentials> {
        let mut known = self.right.lock();
        let (known, used) = known.get_mut(digest).filter(|(_, used)| used.elapsed() < REMEMBERED)?;
        *used = Instant::now();
        Some(known.clone())
    }

    fn put(&self, digest: [u8; 32], right: KnownCredentials) {
        let mut known = self.right.lock();
        if known.len() >= MOST {
            known.retain(|_, (_, used)| used.elapsed() < REMEMBERED);
        }
        if known.len() < MOST {
            known.insert(digest, (right, Instant::now()));
        }
    }
}

// API keys: what a person's scripts sign in with instead of the password. A key is shown once, when it is made, and
// kept as its SHA-256; it may do what its owner may, over the API alone, until it expires or is revoked.

/// The name that Odoo has for it, in the audit.
const MODEL: &str = "res.users.apikeys";
/// What every key begins with, so that one that leaked is recognised.
const PREFIX: &str = "mgk_";
/// Keys that one person may have.
const MOST_KEYS: usize = 50;

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
pub fn own_keys(app: &App, session: &SignedIn) -> Result<Vec<ApiKey>, OperationError> {
    app.store.read(|db| Ok(sign_in::api_keys_of(db, session.user.id)?))
}

/// The keys of anybody, for an administrator.
pub fn keys_of(app: &App, caller: &Caller, user: UserId) -> Result<Vec<ApiKey>, OperationError> {
    super::require(caller, Right::Read, Object::Users, || say!("deed-see-the-api-keys-of-others"))?;
    app.store.read(|db| Ok(sign_in::api_keys_of(db, user)?))
}

/// Makes a key for the person of this session, and shows it for the only time.
pub fn create_key(app: &App, caller: &Caller, session: &SignedIn, form: &KeyForm) -> Result<Secret, OperationError> {
    let (name, expires_at) = match (key_name(&form.name), expiry(&form.expires)) {
        (Ok(name), Ok(expires_at)) => (name, expires_at),
        (name, expires) => {
            return Err(OperationError::Invalid(name.err().into_iter().chain(expires.err()).collect()));
        }
    };
    users::confirm_password(app, caller, session, "key_password", &form.password)?;
    let key = Secret::new(format!("{PREFIX}{}", sessions::random_token()?));
    let user = session.user.id;
    app.store.write(|db| {
        let known = sign_in::api_keys_of(db, user)?;
        if known.iter().any(|key| key.name == name) {
            let words = say!("api-key-twice", name);
            return Err(Invalid::new("key_name", words).into());
        }
        if known.len() >= MOST_KEYS {
            let words = say!("api-keys-most", most = MOST_KEYS);
            return Err(Invalid::new("key_name", words).into());
        }
        let id = sign_in::insert_api_key(db, user, name, &sessions::digest(&key), expires_at)?;
        let login = session.user.login.as_str();
        let told = json!({"name": name, "login": login, "expires": expires_at.map(|at| at.date().to_string())});
        remember_key(db, caller, AuditAction::Create, (id, name), (None, Some(told)))
    })?;
    Ok(key)
}

/// Ends a key at once: one's own, or anybody's for an administrator.
pub fn revoke_key(app: &App, caller: &Caller, id: ApiKeyId) -> Result<(), OperationError> {
    app.store.write(|db| {
        let may = |key: &ApiKey| caller.may(Right::Write, Object::Users) || caller.user == Some(key.user);
        let Some(key) = sign_in::api_key(db, id)?.filter(may) else {
            return Err(OperationError::NotFound(say!("api-key-gone").into()));
        };
        let owner = users::load(db, key.user)?;
        sign_in::delete_api_key(db, id)?;
        let told = json!({"name": key.name, "login": owner.login});
        remember_key(db, caller, AuditAction::Delete, (id, &key.name), (Some(told), None))
    })
}

/// Ends all keys of somebody, each told by the audit, within the caller's transaction.
pub(super) fn revoke_keys(db: &mut Db, caller: &Caller, owner: &User) -> Result<(), OperationError> {
    for key in sign_in::api_keys_of(db, owner.id)? {
        sign_in::delete_api_key(db, key.id)?;
        let told = json!({"name": key.name, "login": owner.login});
        remember_key(db, caller, AuditAction::Delete, (key.id, &key.name), (Some(told), None))?;
    }
    Ok(())
}

/// Whose key this is, where it works at this moment.
fn find_key(db: &mut Db, key: &Secret) -> Result<Option<ApiKey>, OperationError> {
    if !key.reveal().starts_with(PREFIX) {
        return Ok(None);
    }
    Ok(sign_in::api_key_by_hash(db, &sessions::digest(key))?.filter(|key| !key.is_expired(now())))
}

fn key_name(typed: &str) -> Result<&str, Invalid> {
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

fn remember_key(
    db: &mut Db,
    caller: &Caller,
    action: AuditAction,
    (id, key_name): (ApiKeyId, &str),
    (before, after): (Option<Value>, Option<Value>),
) -> Result<(), OperationError> {
    Ok(audit::write(db, &NewAuditEntry::new(caller, action, MODEL, Some(id.0), key_name).changed(before, after))?)
}
