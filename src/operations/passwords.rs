//! Argon2id, at most two hashes at once: each takes 19 MiB and a core, and sign-in is open to everybody.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};

use super::OperationError;
use crate::domain::Invalid;
use crate::domain::secret::Secret;

/// Characters, not bytes; the upper limit keeps hashing cheap.
pub const MIN_LENGTH: usize = 10;
const MAX_LENGTH: usize = 200;
const AT_ONCE: usize = 2;
const PATIENCE: Duration = Duration::from_secs(10);

/// Checked instead of a hash where a login is unknown, so that both take the same time. Nobody knows its password.
const DECOY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZS1zYWx0LW9mLW91cnM$7ZyZ3J5xSgJm4m3tQvQhRrMwq7P0d2mQ9hVb1uYk0cE";

/// Says what a new password needs, under the name of its field.
pub fn check(field: &'static str, password: &Secret) -> Result<(), Invalid> {
    let length = password.reveal().chars().count();
    if length < MIN_LENGTH {
        return Err(Invalid::new(
            field,
            format!("A password has at least {MIN_LENGTH} characters. Three or four words are easy to remember."),
        ));
    }
    if length > MAX_LENGTH {
        return Err(Invalid::new(field, format!("A password has at most {MAX_LENGTH} characters.")));
    }
    Ok(())
}

/// Argon2id with a fresh salt, as a PHC string.
pub fn hash(password: &Secret) -> Result<String, OperationError> {
    let _turn = Turn::take()?;
    let hash: PasswordHash = Argon2::default()
        .hash_password(password.reveal().as_bytes())
        .map_err(|error| OperationError::Refused(format!("The password could not be hashed: {error}. Try again.")))?;
    Ok(hash.to_string())
}

/// Whether the password is the hash's; with no hash the same work is done and the answer is no.
pub fn verify(password: &Secret, hash: Option<&str>) -> Result<bool, OperationError> {
    let _turn = Turn::take()?;
    // Longer ones were never accepted, so they can't be right; their length is no reason to work.
    let text: String = password.reveal().chars().take(MAX_LENGTH + 1).collect();
    let matches = PasswordHash::new(hash.unwrap_or(DECOY))
        .is_ok_and(|parsed| Argon2::default().verify_password(text.as_bytes(), &parsed).is_ok());
    Ok(matches && hash.is_some())
}

static RUNNING: Mutex<usize> = Mutex::new(0);
static FREED: Condvar = Condvar::new();

/// One of the two places; given back when dropped.
struct Turn;

impl Turn {
    fn take() -> Result<Self, OperationError> {
        let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut running, waited) = FREED
            .wait_timeout_while(running, PATIENCE, |running| *running >= AT_ONCE)
            .unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return Err(OperationError::Refused("Too many people sign in at this moment. Try again shortly.".into()));
        }
        *running += 1;
        Ok(Self)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        FREED.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_verifies_and_an_unknown_login_never_does() {
        let right = Secret::new("correct horse battery");
        let hash = hash(&right).unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify(&right, Some(&hash)).unwrap());
        assert!(!verify(&Secret::new("wrong horse battery"), Some(&hash)).unwrap());
        assert!(!verify(&right, None).unwrap());
    }

    #[test]
    fn the_decoy_costs_as_much_as_a_real_hash() {
        let decoy = PasswordHash::new(DECOY).unwrap();
        let real = PasswordHash::new(&hash(&Secret::new("correct horse battery")).unwrap()).unwrap();
        assert_eq!(decoy.params, real.params);
        assert_eq!(decoy.hash.unwrap().len(), real.hash.unwrap().len());
    }

    #[test]
    fn no_more_than_two_hashes_run_at_once() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let _turn = Turn::take().unwrap();
                    most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    verify_without_turn();
                    running.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        assert!((1..=AT_ONCE).contains(&most.into_inner()));
    }

    /// As long as a hash takes.
    fn verify_without_turn() {
        let _ = PasswordHash::new(DECOY).map(|hash| Argon2::default().verify_password(b"x", &hash));
    }

    #[test]
    fn a_short_password_is_refused_in_words() {
        assert!(check("password", &Secret::new("123456789")).unwrap_err().message.contains("10 characters"));
        check("password", &Secret::new("pässwörter")).unwrap();
    }
}
