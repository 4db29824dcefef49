//! Signing in: a password is checked, guesses are slowed down, and the log says who came in and who did not.

use std::net::IpAddr;

use super::passwords::{self, HashQueue, HashTurn};
use super::sessions::{self, NewSession, SessionOf};
use super::throttle::{self, Guess, GuessStanding, GuessedAccount};
use super::{App, OperationError};
use crate::domain::id::UserId;
use crate::domain::person::{Caller, Login, Role, User};
use crate::domain::rights::AuditAction;
use crate::domain::secret::Secret;
use crate::domain::text::shorten;
use crate::say;
use crate::store::audit::{self, NewAuditEntry};
use crate::store::{self, Db, StoreError};

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
    address: Option<IpAddr>,
    cookies: &Cookies,
) -> Result<NewSession, SignInError> {
    let device = cookies.device.as_ref();
    let (user, hash) = check_password(app, ClaimedUser::Login(login), password, address, device)?;
    log_signed_in(&user.login, address, "password");
    let device = throttle::cookie_for(app, device, user.id, &hash)?;
    let session = sessions::begin(app, user, SessionOf::Pages, address, cookies.session.as_ref())?;
    Ok(NewSession { device: Some(device), ..session })
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
    address: Option<IpAddr>,
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
    address: Option<IpAddr>,
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
    address: Option<IpAddr>,
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
    Ok(audit::write(
        db,
        &NewAuditEntry::new(
            caller,
            AuditAction::SignInFailed,
            "res.users",
            caller.user.map(|user| user.0),
            &caller.login,
        ),
    )?)
}

/// Characters of a login that are logged: what is typed may be a page of text.
const LOGIN: usize = 100;

// The lines of the log that say who came in, who did not, and who was refused: one line each, for people and for tools
// as fail2ban (`docs/fail2ban`), whose filter knows these words. The address comes first and the login is quoted with
// its control characters escaped, so that no login can look like another line or another address.

/// With a password or an API key, on a page or over the API. Clients send it with each call: only the first one is logged.
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
