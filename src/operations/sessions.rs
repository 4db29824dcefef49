//! Signing in and out, and the lines of the log that say so; where a person is signed in, and ending that; and forms that came when
//! their sender was signed out. A session is a random token of 256 bits in a cookie; the database knows only its SHA-256.

use std::net::IpAddr;

use chrono::TimeDelta;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::passwords::{self, HashQueue, HashTurn};
use super::throttle::{self, Guess, GuessStanding, GuessedAccount};
use super::{App, OperationError, require, users};
use crate::domain::id::{ApiKeyId, KeptFormId, UserId};
use crate::domain::person::{Caller, Login, Role, User};
use crate::domain::rights::{AuditAction, Object, Right};
use crate::domain::secret::Secret;
use crate::domain::text::shorten;
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

#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Unknown login, wrong password or archived: never said which.
    #[error("{}", say!("login-wrong"))]
    Wrong,
    /// Too many failures; seconds until the next try.
    #[error("{}", say!("login-too-many", seconds = .retry_after))]
    TooMany { retry_after: i64 },
    #[error(transparent)]
    Other(#[from] OperationError),
}

/// What a browser sends along when somebody signs in with it.
#[derive(Debug, Clone, Default)]
pub struct Cookies {
    /// The session before, which ends here.
    pub session: Option<Secret>,
    /// Who signed in with this browser before: see [`throttle::cookie_for`].
    pub device: Option<Secret>,
}

/// Checks a password and opens a session.
pub fn sign_in(
    app: &App,
    login: &str,
    password: &Secret,
    address: Option<std::net::IpAddr>,
    cookies: &Cookies,
) -> Result<NewSession, SignInError> {
    let device = cookies.device.as_ref();
    let (user, hash) = check_password(app, ClaimedUser::Login(login), password, address, device)?;
    log_signed_in(&user.login, address, "password");
    let device = throttle::cookie_for(app, device, user.id, &hash)?;
    let session = begin(app, user, SessionOf::Pages, address, cookies.session.as_ref())?;
    Ok(NewSession { device: Some(device), ..session })
}

/// Opens a session in place of the `old` one, and audits it, for somebody whose password or API key is known to be right.
pub(super) fn begin(
    app: &App,
    user: User,
    of: SessionOf,
    address: Option<std::net::IpAddr>,
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

/// Whom somebody says to be.
#[derive(Debug, Clone, Copy)]
pub enum ClaimedUser<'a> {
    Login(&'a str),
    /// As Odoo's `execute` names one.
    Number(UserId),
}

impl ClaimedUser<'_> {
    fn account(self) -> GuessedAccount {
        match self {
            ClaimedUser::Login(login) => Login::parse(login).map_or(GuessedAccount::Impossible, GuessedAccount::Login),
            ClaimedUser::Number(id) => GuessedAccount::Number(id),
        }
    }

    /// The account and the stored hash of its password, unless it is archived.
    fn find(self, db: &mut Db) -> Result<Option<(User, String)>, StoreError> {
        let found = match self {
            ClaimedUser::Login(login) => match Login::parse(login) {
                Ok(login) => store::users::with_hash_by_login(db, &login)?,
                Err(_) => None,
            },
            ClaimedUser::Number(id) => store::users::with_hash(db, id)?,
        };
        Ok(found.filter(|(user, _)| user.active))
    }

    /// As the audit tells it.
    fn said(self) -> String {
        match self {
            ClaimedUser::Login(login) => shorten(login.trim(), 254),
            ClaimedUser::Number(id) => id.to_string(),
        }
    }
}

/// Checks a password without a session, throttled and audited alike: for the API, where every call brings one. Gives
/// back the stored hash that it was checked against, too. An account that there is not takes as long as one that there is.
pub fn check_password(
    app: &App,
    wanted: ClaimedUser<'_>,
    password: &Secret,
    address: Option<std::net::IpAddr>,
    device: Option<&Secret>,
) -> Result<(User, String), SignInError> {
    let account = wanted.account();
    let (found, guess, free) = app.store.read(|db| {
        let found = wanted.find(db)?;
        let browser = found.as_ref().and_then(|(user, hash)| throttle::recognise(app, device, user.id, hash));
        let guess = match browser {
            Some(name) => Guess::own(&account, &format!("browser {name}")),
            None => Guess::at(db, &account, found.as_ref().map(|(user, _)| user.id), address)?,
        };
        // Who has to wait anyway does not wait for a turn first.
        let free = throttle::ask(db, &guess)?;
        Ok::<_, OperationError>((found, guess, free))
    })?;
    if let Err(retry_after) = free {
        log_throttled(&wanted.said(), address, retry_after);
        return Err(SignInError::TooMany { retry_after });
    }
    // Before the try is counted: who is sent away because many wait has not failed, and of many at once at one address
    // hardly any count as failed while they are being looked at.
    let turn = HashTurn::take(match guess.standing() {
        GuessStanding::Stranger => HashQueue::Strangers,
        GuessStanding::KnownAddress | GuessStanding::Own => HashQueue::Known,
    })?;
    let taken = match app.store.write(|db| Ok::<_, OperationError>(throttle::take(db, &guess)?))? {
        Ok(taken) => taken,
        Err(retry_after) => {
            log_throttled(&wanted.said(), address, retry_after);
            return Err(SignInError::TooMany { retry_after });
        }
    };
    let matches = passwords::verify(&turn, password, found.as_ref().map(|(_, hash)| hash.as_str()));
    match found.filter(|_| matches) {
        Some((user, hash)) => {
            app.store.write(|db| {
                throttle::succeeded(db, &guess, taken)?;
                Ok::<_, OperationError>(throttle::remember_address(db, user.id, address)?)
            })?;
            // Its place is another's before anything else is hashed.
            drop(turn);
            let hash = match passwords::is_outdated(&hash) {
                true => hash_anew(app, user.id, hash, password)?,
                false => hash,
            };
            Ok((user, hash))
        }
        None => Err(failed(app, wanted, &guess, address)?),
    }
}

/// The stored hash from now on. The person is in, whether it can be hashed anew at this moment or not.
fn hash_anew(app: &App, user: UserId, hash: String, password: &Secret) -> Result<String, OperationError> {
    let Ok(anew) = passwords::hash(password) else { return Ok(hash) };
    app.store.write(|db| {
        // Unless it was changed meanwhile.
        if store::users::password_hash(db, user)? != hash {
            return Ok(hash);
        }
        store::users::set_password_hash(db, user, &anew)?;
        Ok(anew)
    })
}

/// A failed sign-in where passwords are not taken at all: counted, audited and slowed down alike.
pub(super) fn refuse(
    app: &App,
    wanted: ClaimedUser<'_>,
    address: Option<std::net::IpAddr>,
) -> Result<SignInError, OperationError> {
    let (guess, taken) = app.store.write(|db| {
        let guess = Guess::at(db, &wanted.account(), None, address)?;
        let taken = throttle::take(db, &guess)?;
        Ok::<_, OperationError>((guess, taken))
    })?;
    match taken {
        Ok(_) => failed(app, wanted, &guess, address),
        Err(retry_after) => {
            log_throttled(&wanted.said(), address, retry_after);
            Ok(SignInError::TooMany { retry_after })
        }
    }
}

/// Remembers a failure; the sixth and later ones say how long to wait.
fn failed(
    app: &App,
    wanted: ClaimedUser<'_>,
    guess: &Guess,
    address: Option<std::net::IpAddr>,
) -> Result<SignInError, OperationError> {
    let login = wanted.said();
    let caller = Caller { user: None, login, role: Role::Auditor, address };
    app.store.write(|db| {
        note_failure(db, &caller)?;
        Ok(match throttle::penalty(db, guess)? {
            0 => SignInError::Wrong,
            retry_after => SignInError::TooMany { retry_after },
        })
    })
}

/// A wrong password, in the log and in the audit; the caller is who was tried, or whose session it was.
pub(super) fn note_failure(db: &mut Db, caller: &Caller) -> Result<(), OperationError> {
    log_failed(&caller.login, caller.address);
    let failure = NewAuditEntry {
        caller,
        action: AuditAction::SignInFailed,
        object_model: "res.users",
        object_id: caller.user.map(|user| user.0),
        object_name: &caller.login,
        before: None,
        after: None,
    };
    Ok(audit::write(db, &failure)?)
}

/// Opens a session for somebody whose password is known to be right, within the caller's transaction.
pub(super) fn open(
    app: &App,
    db: &mut Db,
    user: User,
    of: SessionOf,
    address: Option<std::net::IpAddr>,
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

pub fn caller_of(user: &User, address: Option<std::net::IpAddr>) -> Caller {
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
    NewAuditEntry {
        caller,
        action,
        object_model: "res.users",
        object_id: Some(user.id.0),
        object_name: &user.login,
        before: None,
        after: None,
    }
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
    let entry = audit::NewAuditEntry { before: Some(before), ..entry(caller, AuditAction::SignOut, user) };
    Ok(audit::write(db, &entry)?)
}

/// Characters of a login that are logged: what is typed may be a page of text.
const LOGIN: usize = 100;

/// With a password or an API key, on a page or over the API; for clients that send it with each call only the first time.
///
/// The lines of the log that say who came in, who did not, and who was refused: one line each, for people and for tools
/// as fail2ban (`docs/fail2ban`), whose filter knows these words. The address comes first and the login is quoted with
/// its control characters escaped, so that no login can look like another line or another address.
pub fn log_signed_in(login: &str, address: Option<IpAddr>, with: &'static str) {
    tracing::info!(target: TARGET, address = %shown(address), login = ?shorten(login, LOGIN), with, "signed in");
}

pub fn log_failed(login: &str, address: Option<IpAddr>) {
    tracing::warn!(target: TARGET, address = %shown(address), login = ?shorten(login, LOGIN), "sign-in failed");
}

/// A try that was not looked at, for it came too early.
fn log_throttled(login: &str, address: Option<IpAddr>, seconds: i64) {
    let login = shorten(login, LOGIN);
    tracing::warn!(target: TARGET, address = %shown(address), ?login, seconds, "sign-in throttled");
}

/// Somebody signed in asked for what the role does not allow.
pub fn log_refused(caller: &Caller, role: &str, what: &str) {
    let (address, login) = (shown(caller.address), shorten(&caller.login, LOGIN));
    tracing::warn!(target: TARGET, %address, ?login, role, what = ?shorten(what, LOGIN), "refused by role");
}

const TARGET: &str = concat!(env!("CARGO_PKG_NAME"), "::access");

fn shown(address: Option<IpAddr>) -> String {
    address.map_or("-".into(), |address| address.to_canonical().to_string())
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

/// Keeps a form for the person whose page it was. Passwords are left out.
///
/// Forms that came when their sender was signed out, or after somebody else had signed in: kept for whoever wrote them,
/// and shown to nobody else. A form's token says whose page it was (see [`writer`]).
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
