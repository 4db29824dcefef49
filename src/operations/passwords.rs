//! Passwords: which may be set, and how one is hashed and checked.

use std::collections::VecDeque;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use parking_lot::{Condvar, Mutex};

use super::OperationError;
use crate::domain::Invalid;
use crate::domain::secret::Secret;
use crate::domain::text::fold;
use crate::domain::words::Sentence;
use crate::{complain, say};

// Argon2id, few hashes at once: each takes 19 MiB and a core, and sign-in is open to everybody. Strangers have half the
// cores and two at most; who is known has as many of his own, so that no queue of guessers stands before him.

/// Characters, not bytes; the upper limit keeps hashing cheap.
const MIN_LENGTH: usize = 10;
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
    why_usual(password.reveal(), login, name).map_or(Ok(()), |why| Err(Invalid::new(field, why)))
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

// Passwords that are tried first: the usual ones, those made of the account's own words or ours, and those that follow
// the keyboard, the alphabet or themselves. Length alone lets them through. Asked only where a password is set: who has
// one since before keeps it.

/// Of at least ten characters, lower case, one a line. Each stands for its kind too: `password123` for `P@ssw0rd2026!`.
const USUAL: &str = include_str!("usual_passwords.txt");
/// Words of this installation that anybody would try.
const OURS: [&str; 3] = ["mailgate", "openspp", "grievance"];
/// Neighbours on keyboards (QWERTY, AZERTY, QWERTZ), in rows and columns.
const ROWS: [&str; 12] = [
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
    "qwertzuiop",
    "yxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "zaq1xsw2cde3vfr4bgt5nhy6mju7",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
];
/// Letters of a name or login below which it stands in too many good passwords by chance.
const SHORTEST_WORD: usize = 4;

/// Why this would be among the first to be tried for this person, as a sentence.
fn why_usual(password: &str, login: &str, name: &str) -> Option<Sentence> {
    let plain = fold(password);
    let squeezed = squeeze(&plain);
    if [plain.as_str(), squeezed.as_str()].iter().any(|text| is_run(text) || is_repetition(text)) {
        return Some(say!("password-row"));
    }
    if is_usual(&plain) {
        return Some(say!("password-usual"));
    }
    if let Some(word) = OURS.iter().find(|word| held(&squeezed, &plain, word)) {
        return Some(say!("password-ours", word));
    }
    let holds = |words: &[&str]| {
        words.iter().any(|word| word.chars().count() >= SHORTEST_WORD && held(&squeezed, &plain, word))
    };
    let (login, name) = (fold(login), fold(name));
    let (whole_login, whole_name) = (squeeze(&login), squeeze(&name));
    // Of an address its host is left out: everybody's password may speak of the place he works at.
    let local = login.split('@').next().unwrap_or_default();
    let local_whole = squeeze(local);
    let between = |c: char| !c.is_alphanumeric();
    if holds(&[&whole_login, &local_whole]) || holds(&local.split(between).collect::<Vec<_>>()) {
        return Some(say!("password-login"));
    }
    if holds(&[&whole_name]) || holds(&name.split(between).collect::<Vec<_>>()) {
        return Some(say!("password-name"));
    }
    None
}

/// Whether a word stands in it, also with signs between its letters or in place of some.
fn held(squeezed: &str, plain: &str, word: &str) -> bool {
    squeezed.contains(word) || letters(plain).contains(word)
}

fn is_usual(plain: &str) -> bool {
    let core = core(plain);
    // Shorter ones are syllables.
    let of_a_kind = |line: &str| core.len() >= 5 && self::core(line) == core;
    USUAL.lines().any(|line| line == plain || of_a_kind(line))
}

/// The word behind the usual decoration: `P@ssw0rd2026!` is `password`.
fn core(plain: &str) -> String {
    letters(plain.trim_matches(|c: char| !c.is_alphabetic()))
}

/// Letters alone, signs and digits that look like one taken for it.
fn letters(plain: &str) -> String {
    let read = |c| match c {
        '@' | '4' => 'a',
        '3' | '€' => 'e',
        '1' | '!' => 'i',
        '0' => 'o',
        '$' | '5' => 's',
        '7' => 't',
        c => c,
    };
    plain.chars().map(read).filter(|c| c.is_alphabetic()).collect()
}

fn squeeze(plain: &str) -> String {
    plain.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Pieces of four characters or more on average, each going up, down or along a row of keys, or staying where it is.
fn is_run(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let breaks = chars.windows(2).filter(|pair| !is_step(pair[0], pair[1])).count();
    !chars.is_empty() && (breaks + 1) * 4 <= chars.len()
}

fn is_step(from: char, to: char) -> bool {
    let along = |row: &&str| {
        let mut pairs = row.chars().zip(row.chars().skip(1));
        pairs.any(|(a, b)| (a, b) == (from, to) || (b, a) == (from, to))
    };
    u32::from(from).abs_diff(u32::from(to)) <= 1
        || matches!((from, to), ('9', '0') | ('0', '9'))
        || ROWS.iter().any(along)
}

/// A piece of up to six characters again and again, the last time perhaps cut off.
fn is_repetition(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    (1..=6).any(|piece| piece * 2 <= chars.len() && chars.iter().zip(&chars[piece..]).all(|(a, b)| a == b))
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

    fn refused(password: &str) -> bool {
        why_usual(password, "amina.diallo@example.org", "Amina Diallo").is_some()
    }

    #[test]
    fn what_is_tried_first_is_refused() {
        for password in [
            "1234567890",
            "0987654321",
            "abcdefghij",
            "ZYXWVUTSRQ",
            "aaaaaaaaaaaa",
            "__________",
            "1111122222",
            "qwertyuiop",
            "Azertyuiop",
            "1qaz2wsx3edc",
            "1q2w3e4r5t",
            "1 2 3 4 5 6 7 8 9 0",
            "qwerty123456",
            "abc123abc123",
            "mail-mail-mail",
            "абвгдежзик",
            "password123",
            "Password2026!",
            "P@ssw0rd-2026",
            "Pa$$w0rd1234",
            "!!Welcome2026!!",
            "iloveyou1234",
            "motdepasse1",
            "contraseña1",
            "Mailgate-2026",
            "our m@ilg@te here",
            "OpenSPP forever",
            "Grievance desk 7",
            "amina.diallo@example.org",
            "xx-amina-diallo-xx",
            "AMINA and a goat",
            "Díállo is at work",
            "a.m.i.n.a the great",
        ] {
            assert!(refused(password), "{password}");
        }
    }

    #[test]
    fn good_passwords_are_taken() {
        for password in [
            "correct horse battery staple",
            "another quite long one",
            "k7wq-x2mf-9rpd-h4ta",
            "nous partons demain matin",
            "property of the crown",
            "3f9a1c77e0",
            "pässwörter",
            "example with forty goats",
            "yellow river stone",
        ] {
            assert!(
                !refused(password),
                "{password}: {:?}",
                why_usual(password, "amina.diallo@example.org", "Amina Diallo")
            );
        }
        assert_eq!(why_usual("two goats by the sea", "bo", "Bo Li"), None, "two letters stand everywhere");
    }

    #[test]
    fn the_list_is_what_it_says() {
        let lines: Vec<&str> = USUAL.lines().collect();
        assert!(lines.len() >= 200, "{}", lines.len());
        for line in &lines {
            assert!(line.chars().count() >= 10 && fold(line) == *line, "{line:?}");
        }
        let mut once = lines.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once, lines, "sorted, each once");
    }
}
