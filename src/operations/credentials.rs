//! Sign-in of API clients, which send their password or key with every call. What was right is remembered for five
//! minutes as a keyed hash, so that a script pays for Argon2id once; a changed password, an archived account and a
//! restart forget it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::sessions::{self, SignInError};
use super::{App, OperationError};
use crate::domain::id::UserId;
use crate::domain::person::{Caller, Login};
use crate::domain::secret::Secret;
use crate::store::users;

const REMEMBERED: Duration = Duration::from_secs(300);
/// More than this many clients at once are no longer remembered.
const MOST: usize = 10_000;

/// Credentials that were right lately.
#[derive(Default)]
pub struct Remembered(Mutex<HashMap<[u8; 32], (Known, Instant)>>);

#[derive(Clone)]
struct Known {
    user: UserId,
    /// The stored hash that the password was checked against: another one is another password.
    password_hash: String,
}

/// The caller with this login and password or API key.
pub fn sign_in(app: &App, login: &str, password: &Secret, address: Option<IpAddr>) -> Result<Caller, SignInError> {
    let digest = digest(app, login, password);
    if let Some(known) = app.remembered.get(&digest)
        && let Some(caller) = still_right(app, &known, address)?
    {
        return Ok(caller);
    }
    let user = sessions::check_password(app, login, password, address)?;
    let password_hash = app.store.read(|db| users::password_hash(db, user.id)).map_err(OperationError::from)?;
    app.remembered.put(digest, Known { user: user.id, password_hash });
    Ok(sessions::caller_of(&user, address))
}

/// The id of a login, for clients that sign in by id: Odoo's `execute` names a user by its number.
pub fn login_of(app: &App, id: i32) -> Result<Option<String>, OperationError> {
    Ok(app.store.read(|db| users::get(db, UserId(id)))?.filter(|user| user.active).map(|user| user.login))
}

fn still_right(app: &App, known: &Known, address: Option<IpAddr>) -> Result<Option<Caller>, OperationError> {
    Ok(app.store.read(|db| {
        let Some(user) = users::get(db, known.user)?.filter(|user| user.active) else { return Ok(None) };
        let unchanged = users::password_hash(db, known.user)? == known.password_hash;
        Ok::<_, crate::store::StoreError>(unchanged.then(|| sessions::caller_of(&user, address)))
    })?)
}

/// Keyed, so that a copy of this process's memory tells no password by trying.
fn digest(app: &App, login: &str, password: &Secret) -> [u8; 32] {
    let login = Login::parse(login).map_or(String::new(), |login| login.as_str().to_owned());
    // Any key length is right for HMAC; the fallback is unreachable and remembers nothing in common.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(app.key.bytes()) else { return [0; 32] };
    mac.update(&(login.len() as u64).to_be_bytes());
    mac.update(login.as_bytes());
    mac.update(password.reveal().as_bytes());
    mac.finalize().into_bytes().into()
}

impl Remembered {
    fn get(&self, digest: &[u8; 32]) -> Option<Known> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(digest).filter(|(_, at)| at.elapsed() < REMEMBERED).map(|(known, _)| known.clone())
    }

    fn put(&self, digest: [u8; 32], right: Known) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.retain(|_, (_, at)| at.elapsed() < REMEMBERED);
        }
        if known.len() < MOST {
            known.insert(digest, (right, Instant::now()));
        }
    }
}
