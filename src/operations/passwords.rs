//! Argon2id, few hashes at once: each takes 19 MiB and a core, and sign-in is open to everybody. Strangers have half the
//! cores and two at most; who is known has as many of his own, so that no queue of guessers stands before him.

use std::collections::VecDeque;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use parking_lot::{Condvar, Mutex};

use super::{OperationError, usual_passwords};
use crate::complain;
use crate::domain::Invalid;
use crate::domain::secret::Secret;
use crate::say;

/// Characters, not bytes; the upper limit keeps hashing cheap.
pub const MIN_LENGTH: usize = 10;
const MAX_LENGTH: usize = 200;
/// Hashes of one queue at once, however many cores there are: 38 MiB.
const AT_ONCE: usize = 2;
/// Who waits longer, or would be one more than this many, is told to come again: each one who waits holds a thread.
const PATIENCE: Duration = Duration::from_secs(10);
const WAITING: usize = 64;

/// Checked instead of a hash where a login is unknown, so that both take the same time. Nobody knows its password.
const DECOY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZS1zYWx0LW9mLW91cnM$7ZyZ3J5xSgJm4m3tQvQhRrMwq7P0d2mQ9hVb1uYk0cE";

/// Says what a new password needs, under the name of its field. `login` and `name` are whose it shall be.
pub fn check(field: &'static str, password: &Secret, login: &str, name: &str) -> Result<(), Invalid> {
    let length = password.reveal().chars().count();
    if length < MIN_LENGTH {
        return Err(Invalid::new(field, say!("password-short", min_length = MIN_LENGTH)));
    }
    if length > MAX_LENGTH {
        return Err(Invalid::new(field, say!("password-long", max_length = MAX_LENGTH)));
    }
    usual_passwords::why(password.reveal(), login, name).map_or(Ok(()), |why| Err(Invalid::new(field, why)))
}

/// Argon2id with a fresh salt, as a PHC string.
pub fn hash(password: &Secret) -> Result<String, OperationError> {
    let _turn = HashTurn::take(HashQueue::Known)?;
    let hash: PasswordHash = Argon2::default()
        .hash_password(password.reveal().as_bytes())
        .map_err(|error| OperationError::Refused(complain!("password-not-hashed", error = error.to_string())))?;
    Ok(hash.to_string())
}

/// Whether the password is the hash's; with no hash the same work is done and the answer is no.
pub fn verify(_turn: &HashTurn, password: &Secret, hash: Option<&str>) -> bool {
    // Longer ones were never accepted, so they can't be right; their length is no reason to work.
    let text: String = password.reveal().chars().take(MAX_LENGTH + 1).collect();
    let matches = PasswordHash::new(hash.unwrap_or(DECOY))
        .is_ok_and(|parsed| Argon2::default().verify_password(text.as_bytes(), &parsed).is_ok());
    matches && hash.is_some()
}

/// Whether a stored hash costs other work than one made today: it is made anew when its password is typed again.
pub fn is_outdated(hash: &str) -> bool {
    match (PasswordHash::new(hash), PasswordHash::new(DECOY)) {
        (Ok(old), Ok(new)) => (old.algorithm, old.version, old.params) != (new.algorithm, new.version, new.params),
        _ => false,
    }
}

/// Who waits for whom: in either queue whoever came first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashQueue {
    Strangers,
    /// People signed in, with a browser or at an address that is known, and the command line.
    Known,
}

struct WaitingLine {
    running: usize,
    waiting: VecDeque<u64>,
    next: u64,
}

static STRANGERS: (Mutex<WaitingLine>, Condvar) = (Mutex::new(WaitingLine::new()), Condvar::new());
static KNOWN: (Mutex<WaitingLine>, Condvar) = (Mutex::new(WaitingLine::new()), Condvar::new());

impl WaitingLine {
    const fn new() -> Self {
        Self { running: 0, waiting: VecDeque::new(), next: 0 }
    }
}

impl HashQueue {
    fn line(self) -> &'static (Mutex<WaitingLine>, Condvar) {
        match self {
            HashQueue::Strangers => &STRANGERS,
            HashQueue::Known => &KNOWN,
        }
    }
}

/// A place of the queue in which a hash may run; given back when dropped.
pub struct HashTurn(HashQueue);

impl HashTurn {
    /// Waits for a place, ten seconds at most.
    pub fn take(queue: HashQueue) -> Result<Self, OperationError> {
        let at_once = available_parallelism().map_or(1, |cores| cores.get() / 2).clamp(1, AT_ONCE);
        let (line, freed) = queue.line();
        let mut line = line.lock();
        let busy = || OperationError::Refused(complain!("sign-in-crowd"));
        if line.waiting.len() >= WAITING {
            return Err(busy());
        }
        let me = line.next;
        line.next += 1;
        line.waiting.push_back(me);
        let end = Instant::now() + PATIENCE;
        while line.running >= at_once || line.waiting.front() != Some(&me) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                line.waiting.retain(|one| *one != me);
                freed.notify_all();
                return Err(busy());
            }
            freed.wait_for(&mut line, left);
        }
        line.waiting.pop_front();
        line.running += 1;
        // Where there is another place, it is the next one's.
        freed.notify_all();
        Ok(Self(queue))
    }
}

impl Drop for HashTurn {
    fn drop(&mut self) {
        let (line, freed) = self.0.line();
        line.lock().running -= 1;
        freed.notify_all();
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
        let turn = HashTurn::take(HashQueue::Strangers).unwrap();
        assert!(verify(&turn, &right, Some(&hash)));
        assert!(!verify(&turn, &Secret::new("wrong horse battery"), Some(&hash)));
        assert!(!verify(&turn, &right, None));
    }

    #[test]
    fn the_decoy_costs_as_much_as_a_real_hash() {
        let decoy = PasswordHash::new(DECOY).unwrap();
        let real = PasswordHash::new(&hash(&Secret::new("correct horse battery")).unwrap()).unwrap();
        assert_eq!((decoy.algorithm, decoy.version, &decoy.params), (real.algorithm, real.version, &real.params));
        assert_eq!(decoy.hash.unwrap().len(), real.hash.unwrap().len());
    }

    #[test]
    fn strangers_have_half_the_cores_at_most() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let _turn = HashTurn::take(HashQueue::Strangers).unwrap();
                    most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    verify_without_turn();
                    running.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        let cores = available_parallelism().map_or(1, |cores| cores.get());
        assert!((1..=(cores / 2).clamp(1, AT_ONCE)).contains(&most.into_inner()), "half the cores are left");
    }

    /// As long as a hash takes.
    fn verify_without_turn() {
        let _ = PasswordHash::new(DECOY).map(|hash| Argon2::default().verify_password(b"x", &hash));
    }

    #[test]
    fn a_short_password_is_refused_in_words() {
        let check = |text: &str| check("password", &Secret::new(text), "rosa", "Rosa");
        assert!(check("pass word").unwrap_err().message.contains("10 characters"));
        check("pässwörter").unwrap();
    }
}
