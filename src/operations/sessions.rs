//! Sessions: opened for who signed in, resumed by their cookie, listed and ended; and the forms that came after the end of one, kept
//! for whoever wrote them. A session is a random token of 256 bits in a cookie; the database knows only its SHA-256.

use std::net::IpAddr;

use chrono::TimeDelta;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{App, OperationError, require, users};
use crate::domain::id::{ApiKeyId, KeptFormId, UserId};
use crate::domain::person::{Caller, User};
use crate::domain::rights::{AuditAction, Object, Right};
use crate::domain::secret::Secret;
use crate::domain::words::Sentence;
use crate::domain::{Invalid, Moment, now};
use crate::key::SealError;
use crate::store::audit::{self, NewAuditEntry};
use crate::store::sealed::SealedColumn;
use crate::store::sign_in::{self, KeptForm, Session};
use crate::store::{self, Db, StoreError, installation};
use crate::{complain, say};

/// A session ends after this long without a request, and at the latest after this long.
const IDLE: TimeDelta = TimeDelta::hours(12);
const LONGEST: TimeDelta = TimeDelta::days(14);
/// `last_seen` is written at most this often, so that reading pages costs no writes.
const TOUCH: TimeDelta = TimeDelta::minutes(5);

const FORM_TOKEN: &str = "sessions.csrf_token";
/// What the tokens of clients' sessions begin with. It is hashed with them, so that none becomes a page's without it.
const API_PREFIX: &str = "mgs_";

/// Where a session is of use.
#[derive(Debug, Clone, Copy)]
pub(super) enum SessionOf {
    Pages,
    /// Opened with this key, or with a password.
    Api(Option<ApiKeyId>),
}

/// A session just made: its token goes into the cookie and nowhere else.
pub struct NewSession {
    pub token: Secret,
    pub user: User,
    /// What the browser carries from now on to be known again: see [`throttle::cookie_for`]. Only where a person signed in.
    pub device: Option<Secret>,
}

/// Whom a cookie belongs to.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub user: User,
    pub csrf_token: String,
    pub developer_mode: bool,
    /// The session's key in the database; not the token.
    pub token_hash: String,
    /// A client of the API opened it: it calls objects, and opens no page.
    pub of_api: bool,
}

/// Opens a session in place of the `old` one, and audits it, for somebody whose password or API key is known to be right.
pub(super) fn begin(
    app: &App,
    user: User,
    of: SessionOf,
    address: Option<IpAddr>,
    old: Option<&Secret>,
) -> Result<NewSession, OperationError> {
    app.store.write(|db| {
        if let Some(old) = old {
            sign_in::delete_session(db, &digest(old))?;
        }
        sign_in::delete_ended_sessions(db, now() - IDLE, now() - LONGEST)?;
        audit::write(db, &entry(&caller_of(&user, address), AuditAction::SignIn, &user))?;
        open(app, db, user, of, address)
    })
}

/// Opens a session for somebody whose password is known to be right, within the caller's transaction.
pub(super) fn open(
    app: &App,
    db: &mut Db,
    user: User,
    of: SessionOf,
    address: Option<IpAddr>,
) -> Result<NewSession, OperationError> {
    let (prefix, api_key) = match of {
        SessionOf::Pages => ("", None),
        SessionOf::Api(key) => (API_PREFIX, key),
    };
    let token = Secret::new(format!("{prefix}{}", random_token()?));
    let row = sign_in::Session {
        token_hash: digest(&token),
        user_id: user.id,
        csrf_token: form_token(app, user.id)?,
        developer_mode: false,
        address: address.map(|address| address.to_string()),
        create_date: now(),
        last_seen: now(),
        api_key_id: api_key,
    };
    sign_in::insert_session(db, &row)?;
    Ok(NewSession { token, user, device: None })
}

/// What the forms of a session carry: nobody can guess it, and after the session has ended it still says whose page it
/// was.
fn form_token(app: &App, user: UserId) -> Result<String, OperationError> {
    let words = format!("{user}-{}-{}", now().and_utc().timestamp(), random_token()?);
    let signature = app.key.sign(FORM_TOKEN, &words);
    Ok(format!("{words}.{signature}"))
}

/// Whose page a form was on, by the token that it carries, whether that session has ended or not. None for a token that
/// is not ours, or older than any session.
pub fn writer(app: &App, token: &str) -> Option<UserId> {
    let (words, signature) = token.split_once('.')?;
    if !app.key.verify(FORM_TOKEN, words, signature) {
        return None;
    }
    let (user, rest) = words.split_once('-')?;
    let age = now().and_utc().timestamp() - rest.split('-').next()?.parse::<i64>().ok()?;
    (age < 2 * LONGEST.num_seconds()).then(|| user.parse().ok().map(UserId)).flatten()
}

/// Whom the cookie's token belongs to; None where the session ended, or the API key that opened it, or the person was
/// archived.
///
/// `is_used`: somebody is at work. A page that asks by itself lengthens no session.
pub fn resume(app: &App, token: &Secret, is_used: bool) -> Result<Option<SignedIn>, OperationError> {
    let token_hash = digest(token);
    let found = app.store.read(|db| {
        let Some(session) = sign_in::session(db, &token_hash)? else { return Ok(None) };
        if let Some(key) = session.api_key_id
            && sign_in::api_key(db, key)?.is_none_or(|key| key.is_expired(now()))
        {
            return Ok(None);
        }
        let user = store::users::get(db, session.user_id)?;
        Ok::<_, OperationError>(user.filter(|user| user.active).map(|user| (session, user)))
    })?;
    let Some((session, user)) = found.filter(|(session, _)| is_alive(session, now())) else { return Ok(None) };
    if is_used && now() - session.last_seen > TOUCH {
        app.store.write(|db| sign_in::touch_session(db, &token_hash, now()).map_err(OperationError::from))?;
    }
    let (csrf_token, developer_mode) = (session.csrf_token, session.developer_mode);
    // Also one that a key opened before the two were told apart.
    let of_api = token.reveal().starts_with(API_PREFIX) || session.api_key_id.is_some();
    Ok(Some(SignedIn { user, csrf_token, developer_mode, token_hash, of_api }))
}

pub fn sign_out(app: &App, caller: &Caller, session: &SignedIn) -> Result<(), OperationError> {
    app.store.write(|db| {
        sign_in::delete_session(db, &session.token_hash)?;
        audit::write(db, &entry(caller, AuditAction::SignOut, &session.user))?;
        Ok(())
    })
}

/// Developer mode belongs to the session; only who may see the technical settings can turn it on.
pub fn set_developer_mode(app: &App, caller: &Caller, session: &SignedIn, on: bool) -> Result<(), OperationError> {
    super::require(caller, Right::Write, Object::Installation, || say!("deed-use-the-developer-mode"))?;
    app.store.write(|db| Ok(sign_in::set_developer_mode(db, &session.token_hash, on)?))
}

pub fn caller_of(user: &User, address: Option<IpAddr>) -> Caller {
    Caller { user: Some(user.id), login: user.login.clone(), role: user.role, address }
}

/// 256 random bits as 64 hexadecimal digits.
pub fn random_token() -> Result<String, OperationError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(no_random)?;
    Ok(hex::encode(bytes))
}

fn no_random(error: getrandom::Error) -> OperationError {
    OperationError::Refused(complain!("no-random", error = error.to_string()))
}

pub(super) fn digest(token: &Secret) -> String {
    hex::encode(Sha256::digest(token.reveal().as_bytes()))
}

fn is_alive(session: &sign_in::Session, at: Moment) -> bool {
    at - session.last_seen < IDLE && at - session.create_date < LONGEST
}

pub(super) fn entry<'a>(caller: &'a Caller, action: AuditAction, user: &'a User) -> NewAuditEntry<'a> {
    NewAuditEntry::new(caller, action, "res.users", Some(user.id.0), &user.login)
}

// Where a person is signed in, and ending it: by oneself, or everywhere at once by an administrator.

/// A session that has not ended, as its owner sees it.
#[derive(Debug, Clone)]
pub struct OpenSession {
    /// Names it among those of its owner; signs nobody in.
    pub name: String,
    pub since: Moment,
    /// To within a few minutes.
    pub last_seen: Moment,
    pub address: Option<String>,
    /// An API key opened it.
    pub by_api_key: bool,
    /// The one that asks.
    pub here: bool,
}

/// Which sessions end.
#[derive(Debug, Clone)]
pub enum Ending {
    /// The one of this [`OpenSession::name`].
    One(String),
    /// All but the one that asks.
    Others,
}

/// The caller's own, the newest first.
pub fn own_sessions(app: &App, session: &SignedIn) -> Result<Vec<OpenSession>, OperationError> {
    let rows = app.store.read(|db| alive(db, session.user.id))?;
    let shown = |row: Session| OpenSession {
        here: row.token_hash == session.token_hash,
        name: name_of(&row).to_owned(),
        since: row.create_date,
        last_seen: row.last_seen,
        address: row.address,
        by_api_key: row.api_key_id.is_some(),
    };
    Ok(rows.into_iter().map(shown).collect())
}

/// Signs the caller out elsewhere, which asks for the own password: whoever holds a stolen session shall not throw its owner
/// out. Gives how many sessions ended.
pub fn end_sessions(
    app: &App,
    caller: &Caller,
    session: &SignedIn,
    ending: &Ending,
    password: &Secret,
) -> Result<usize, OperationError> {
    users::confirm_password(app, caller, session, "session_password", password)?;
    app.store.write(|db| {
        let mut rows = alive(db, session.user.id)?;
        rows.retain(|row| row.token_hash != session.token_hash);
        if let Ending::One(name) = ending {
            rows.retain(|row| name_of(row) == name);
            if rows.is_empty() {
                return Err(Invalid::new("session", say!("session-ended")).into());
            }
        }
        for row in &rows {
            store::sign_in::delete_session(db, &row.token_hash)?;
        }
        tell(db, caller, &session.user, &rows)?;
        Ok(rows.len())
    })
}

/// Signs anybody out everywhere, for an administrator. Password and API keys go on working.
pub fn end_sessions_of(app: &App, caller: &Caller, id: UserId) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Users, || say!("deed-sign-somebody-out"))?;
    app.store.write(|db| {
        let user = users::load(db, id)?;
        let rows = alive(db, id)?;
        store::sign_in::delete_sessions_of(db, id)?;
        tell(db, caller, &user, &rows)
    })
}

/// Without those that are over, by time or with their API key, and wait to be cleared away.
fn alive(db: &mut Db, user: UserId) -> Result<Vec<Session>, OperationError> {
    let mut rows = store::sign_in::sessions_of(db, user)?;
    rows.retain(|row| is_alive(row, now()));
    let keys = store::sign_in::api_keys_of(db, user)?;
    let works = |id: ApiKeyId| keys.iter().any(|key| key.id == id && !key.is_expired(now()));
    rows.retain(|row| row.api_key_id.is_none_or(works));
    Ok(rows)
}

/// Long enough to be the only one, and of the token's digest, not of the token.
fn name_of(row: &Session) -> &str {
    row.token_hash.get(..16).unwrap_or(&row.token_hash)
}

fn tell(db: &mut Db, caller: &Caller, user: &User, ended: &[Session]) -> Result<(), OperationError> {
    let addresses: Vec<&str> = ended.iter().filter_map(|row| row.address.as_deref()).collect();
    let before = json!({"sessions": ended.len(), "addresses": addresses.join(", ")});
    Ok(audit::write(db, &entry(caller, AuditAction::SignOut, user).changed(Some(before), None))?)
}

/// How many forms of one person wait, and how long.
const OTHERS: i64 = 9;
const KEPT_LONGEST: TimeDelta = TimeDelta::days(7);

/// Sealed before its row has a number.
fn owner() -> String {
    SealedColumn::KeptForm.owner(0)
}

/// A form as it was sent.
#[derive(Debug, Clone)]
pub struct FormAsSent {
    /// Below Mailgate's own path.
    pub path: String,
    pub fields: Vec<(String, String)>,
}

/// Keeps a form that came when its sender was signed out, or after somebody else had signed in, for the person whose page it was
/// (see [`writer`]). It is shown to nobody else. Passwords are left out.
pub fn keep_form(app: &App, writer: UserId, form: FormAsSent) -> Result<KeptFormId, OperationError> {
    let mut fields = form.fields;
    fields.retain(|(name, _)| !is_secret(name));
    let text = serde_json::to_string(&fields)
        .map_err(|error| OperationError::Refused(Sentence::verbatim(error.to_string()).into()))?;
    app.store.write(|db| {
        match installation::key_in_use(db, &app.key) {
            // Better kept until this process ends than not at all.
            Err(StoreError::Seal(SealError::Locked(_))) => {}
            other => other?,
        }
        let fields = app.key.seal_for_now(&owner(), &Secret::new(text)).map_err(StoreError::from)?;
        let form = KeptForm { user_id: writer, path: form.path, fields, create_date: now() };
        Ok(sign_in::keep_form(db, &form, OTHERS, now() - KEPT_LONGEST)?)
    })
}

/// The caller's own.
pub fn kept_form(app: &App, caller: &Caller, id: KeptFormId) -> Result<FormAsSent, OperationError> {
    let missing = || OperationError::NotFound(say!("kept-form-gone").into());
    let user = caller.user.ok_or_else(missing)?;
    let row = app.store.read(|db| Ok::<_, OperationError>(sign_in::kept_form(db, user, id)?))?.ok_or_else(missing)?;
    // Sealed with another key, or by another version: as good as gone.
    let fields =
        app.key.open_sealed(&owner(), &row.fields).ok().and_then(|text| serde_json::from_str(text.reveal()).ok());
    Ok(FormAsSent { path: row.path, fields: fields.ok_or_else(missing)? })
}

/// What the caller wrote that was not sent, newest first.
pub fn kept_forms(app: &App, caller: &Caller) -> Result<Vec<(KeptFormId, Moment)>, OperationError> {
    match caller.user {
        Some(user) => app.store.read(|db| Ok(sign_in::kept_forms(db, user)?)),
        None => Ok(Vec::new()),
    }
}

/// It was sent again.
pub fn forget_form(app: &App, caller: &Caller, id: KeptFormId) -> Result<(), OperationError> {
    match caller.user {
        Some(user) => app.store.write(|db| Ok(sign_in::forget_form(db, user, id)?)),
        None => Ok(()),
    }
}

/// A field that no page shows again.
fn is_secret(name: &str) -> bool {
    name == "token" || ["password", "secret", "csrf_token", "certificate"].iter().any(|part| name.contains(part))
}
