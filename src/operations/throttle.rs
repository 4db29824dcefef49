//! Guessing passwords is slowed down so that it hurts the guesser alone. Nobody sleeps: whoever comes too early is told
//! when to come again.
//!
//! - **A pair of account and source** (an address, with IPv6 its network of 64 bits) has five free failures; from the
//!   sixth on each further try waits, twice as long each time. What one address does to an account costs no other.
//! - **An address that fails on many accounts** waits in the same way before it tries one more: spraying. It is the number
//!   of accounts that counts, so a script with one old password does not hold up the office around it.
//! - **An account** has at most 25 passwords of strangers checked in any hour, from however many addresses. The last of
//!   them are for addresses that have not failed yet, so that the few addresses which most guessers have don't use them up.
//! - **Who is known** is outside all this: a browser that the person signed in with before, and the
//!   first tries from an address that the person signed in from before. Each has its own count of failures, which no
//!   stranger can spend.
//!
//! What remains possible. Somebody with a dozen addresses in different networks can use up what an account has for
//! strangers, hour after hour: then its owner gets in with a known browser, from a known address, with an API key or with a
//! session that is open, and only a new browser in a new place has to wait. A stranger at an address cannot be told from
//! another one: were the right password of a fresh address always looked at, thousands of addresses would be thousands of
//! guesses. And whoever sits at the known address of a person has five guesses there which are not among those of strangers.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use chrono::TimeDelta;
use parking_lot::Mutex;

use super::{App, OperationError, require, sessions};
use crate::config::Config;
use crate::domain::id::UserId;
use crate::domain::person::{Caller, Login, User};
use crate::domain::rights::{Object, Right};
use crate::domain::secret::Secret;
use crate::domain::words::Sentence;
use crate::domain::{Moment, now};
use crate::say;
use crate::store::{Db, StoreError, installation, sign_in};

/// Failures that cost nothing.
const FREE: i32 = 5;
/// Seconds: the longest wait, and after how long without a failure a pair is forgotten.
const LONGEST: i64 = 15 * 60;
const FORGET: i64 = 24 * 3600;
/// Seconds of a slot, and how many of them an hour touches at most.
const SLOT: i64 = 600;
const SLOTS: i32 = 7;
/// Rows kept of each table; tries between two looks at them.
const MOST_ROWS: i64 = 20_000;
const TIDY_EVERY: u32 = 256;
/// Addresses known for each account, and for how many days after the last sign-in from there.
const KNOWN_ADDRESSES: usize = 10;
const KNOWN_DAYS: i64 = 90;

/// Whose password is tried. By login and by number are counted apart: were they not, an answer to one would tell whether
/// the other is an account, and which.
#[derive(Debug, Clone)]
pub enum GuessedAccount {
    Login(Login),
    Number(UserId),
    /// What can be no account's login.
    Impossible,
}

impl GuessedAccount {
    /// As it is counted. No login begins with a tab.
    fn name(&self) -> String {
        match self {
            GuessedAccount::Login(login) => login.as_str().to_owned(),
            GuessedAccount::Number(id) => format!("\t{id}"),
            GuessedAccount::Impossible => "\t".into(),
        }
    }

    /// Tries of strangers in an hour: all, and those of them that addresses may use which have failed before. With the five
    /// of a known address that makes the 30 which are promised.
    fn budget(&self) -> (i32, i32) {
        match self {
            GuessedAccount::Login(_) => (19, 12),
            GuessedAccount::Number(_) | GuessedAccount::Impossible => (6, 5),
        }
    }
}

/// A try at a password, by whom and from where.
#[derive(Debug, Clone)]
pub struct Guess {
    account: String,
    budget: (i32, i32),
    source: String,
    network: String,
    standing: GuessStanding,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GuessStanding {
    Stranger,
    /// The person signed in from this address before.
    KnownAddress,
    /// The person's own browser, or session.
    Own,
}

impl Guess {
    /// From an address, at which the `owner` of the account, if there is one, may have signed in before.
    pub fn at(
        db: &mut Db,
        account: &GuessedAccount,
        owner: Option<UserId>,
        address: Option<IpAddr>,
    ) -> Result<Self, StoreError> {
        let (source, network) = place(address);
        let last = match owner {
            Some(owner) => sign_in::last_from(db, owner, &source)?,
            None => None,
        };
        let known = last.is_some_and(|last| now() - last < TimeDelta::days(KNOWN_DAYS));
        let standing = if known { GuessStanding::KnownAddress } else { GuessStanding::Stranger };
        Ok(Self { account: account.name(), budget: account.budget(), source, network, standing })
    }

    /// With a browser or in a session of the account's owner, told apart by `name`.
    pub fn own(account: &GuessedAccount, name: &str) -> Self {
        Self {
            account: account.name(),
            budget: account.budget(),
            source: name.to_owned(),
            network: name.to_owned(),
            standing: GuessStanding::Own,
        }
    }

    pub fn standing(&self) -> GuessStanding {
        self.standing
    }

    fn pair(&self) -> (&str, &str, &str) {
        (&self.account, &self.source, &self.network)
    }
}

/// A try that was counted before the password is looked at.
#[derive(Debug, Clone, Copy)]
pub struct CountedTry {
    /// The slot in which it counts among those of strangers.
    charged: Option<i32>,
}

/// What a try would count as.
struct Judged {
    /// Failures of the pair so far.
    failures: i32,
    /// It counts among those of strangers.
    charged: bool,
}

/// Whether a try may be made now, without counting it. Err: seconds to wait.
pub fn ask(db: &mut Db, guess: &Guess) -> Result<Result<(), i64>, StoreError> {
    Ok(judge(db, guess, now())?.map(|_| ()))
}

/// Takes a try before the password is looked at, as if it failed, so that many tries at once count like many in
/// a row. Err: seconds to wait.
pub fn take(db: &mut Db, guess: &Guess) -> Result<Result<CountedTry, i64>, StoreError> {
    let at = now();
    sign_in::lock_failures(db, &guess.account, &guess.source)?;
    let Judged { failures, charged } = match judge(db, guess, at)? {
        Ok(judged) => judged,
        Err(wait) => return Ok(Err(wait)),
    };
    sign_in::set_failures(db, guess.pair(), failures.saturating_add(1), at)?;
    let charged = charged.then(|| slot(at));
    if let Some(slot) = charged {
        sign_in::count_try(db, &guess.account, slot, 1)?;
    }
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    if TAKEN.fetch_add(1, Ordering::Relaxed).is_multiple_of(TIDY_EVERY) {
        sign_in::tidy_failures(db, at - TimeDelta::seconds(FORGET), slot(at) - SLOTS, MOST_ROWS)?;
    }
    Ok(Ok(CountedTry { charged }))
}

/// Seconds the next try has to wait because this one failed; 0 as long as failures are free.
pub fn penalty(db: &mut Db, guess: &Guess) -> Result<i64, StoreError> {
    let failures = sign_in::failures(db, &guess.account, &guess.source)?.map_or(0, |known| known.failures);
    let spread = match guess.standing {
        GuessStanding::Stranger => sign_in::accounts_at(db, &guess.source, an_hour_before(now()))?.0,
        GuessStanding::KnownAddress | GuessStanding::Own => 0,
    };
    Ok(pause(failures).max(pause(spread)))
}

/// The try succeeded: the pair starts afresh, and strangers have their try back.
pub fn succeeded(db: &mut Db, guess: &Guess, taken: CountedTry) -> Result<(), StoreError> {
    sign_in::delete_failures(db, &guess.account, &guess.source)?;
    if let Some(slot) = taken.charged {
        sign_in::count_try(db, &guess.account, slot, -1)?;
    }
    Ok(())
}

/// From now on this person is known at this address; written once a day.
pub fn remember_address(db: &mut Db, user: UserId, address: Option<IpAddr>) -> Result<(), StoreError> {
    let ((source, _), at) = (place(address), now());
    if address.is_none() || sign_in::last_from(db, user, &source)?.is_some_and(|last| at - last < TimeDelta::days(1)) {
        return Ok(());
    }
    sign_in::remember_address(db, user, &source, at, at - TimeDelta::days(KNOWN_DAYS), KNOWN_ADDRESSES)
}

/// Nothing is counted against this account any more.
pub fn lift(db: &mut Db, user: &User) -> Result<(), StoreError> {
    sign_in::delete_failures_of(db, &user.login)?;
    sign_in::delete_failures_of(db, &GuessedAccount::Number(user.id).name())
}

fn judge(db: &mut Db, guess: &Guess, at: Moment) -> Result<Result<Judged, i64>, StoreError> {
    let known = sign_in::failures(db, &guess.account, &guess.source)?
        .filter(|known| (at - known.last_at).num_seconds() < FORGET);
    let failures = known.map_or(0, |known| known.failures);
    let charged = match guess.standing {
        GuessStanding::Own => false,
        GuessStanding::KnownAddress => failures >= FREE,
        GuessStanding::Stranger => true,
    };
    let mut wait = known.map_or(0, |known| until(known.last_at + TimeDelta::seconds(pause(failures)), at));
    if charged {
        let hour = an_hour_before(at);
        let (accounts, last) = sign_in::accounts_at(db, &guess.source, hour)?;
        // Those it fails on already have pauses of their own.
        if let Some(last) = last.filter(|_| failures == 0) {
            wait = wait.max(until(last + TimeDelta::seconds(pause(accounts)), at));
        }
        let many = guess.network != guess.source
            && sign_in::sources_in(db, &guess.account, &guess.network, hour)? >= i64::from(FREE);
        let (all, again) = guess.budget;
        let budget = if failures > 0 || many { again } else { all };
        let tries = sign_in::tries(db, &guess.account, slot(at) - SLOTS)?;
        wait = wait.max(budget_wait(&tries, budget, at));
    }
    Ok(if wait > 0 { Err(wait) } else { Ok(Judged { failures, charged }) })
}

/// Seconds until so many tries have become older than an hour that fewer than the budget are left.
fn budget_wait(tries: &[(i32, i32)], budget: i32, at: Moment) -> i64 {
    let mut left: i32 = tries.iter().map(|(_, tries)| tries).sum();
    let mut wait = 0;
    for (slot, tries) in tries {
        if left < budget {
            break;
        }
        left -= tries;
        wait = i64::from(slot + SLOTS) * SLOT - at.and_utc().timestamp();
    }
    wait
}

fn slot(at: Moment) -> i32 {
    i32::try_from(at.and_utc().timestamp() / SLOT).unwrap_or(i32::MAX - SLOTS)
}

fn an_hour_before(at: Moment) -> Moment {
    at - TimeDelta::hours(1)
}

/// Whole seconds, rounded up.
fn until(due: Moment, at: Moment) -> i64 {
    (due - at).num_milliseconds().max(0).unsigned_abs().div_ceil(1000) as i64
}

/// 2, 4, 8 … seconds from the sixth failure on.
fn pause(failures: i32) -> i64 {
    match failures - FREE {
        ..=0 => 0,
        over => (1_i64 << over.min(10)).min(LONGEST),
    }
}

/// An address and the network around it, as they are counted. One customer has an IPv6 network of 64 bits at least, and
/// often one of 48.
fn place(address: Option<IpAddr>) -> (String, String) {
    match address.map(|address| address.to_canonical()) {
        None => ("nowhere".into(), "nowhere".into()),
        Some(IpAddr::V4(address)) => (address.to_string(), address.to_string()),
        Some(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            (format!("{a:x}:{b:x}:{c:x}:{d:x}::/64"), format!("{a:x}:{b:x}:{c:x}::/48"))
        }
    }
}

// Browsers that somebody signed in with before. Each carries a cookie that only this installation can have made; it
// signs nobody in, but its password is looked at while strangers who guess have to wait ([`super::throttle`]).
//
// A cookie holds a few entries, one for each person who uses the browser: `<user>-<seconds>-<name>-<signature>`, joined
// by dots. The signature covers the person's password hash, so that a new password ends all of that person's entries.

/// Days that a browser is known after it was used last; browsers keep no cookie longer.
pub const DAYS: i64 = 400;
/// People who share one browser; whoever used it longest ago is forgotten.
const MOST: usize = 8;
const PURPOSE: &str = "browser";

/// The name of the browser, where this person signed in with it before and has the same password since.
pub fn recognise(app: &App, cookie: Option<&Secret>, user: UserId, password_hash: &str) -> Option<String> {
    let cookie = cookie?;
    entries(cookie).find_map(|entry| {
        let (said, issued) = (entry.user.parse::<i32>().ok()?, entry.issued.parse::<i64>().ok()?);
        let age = now().and_utc().timestamp().checked_sub(issued)?;
        if said != user.0 || !(0..DAYS * 86_400).contains(&age) {
            return None;
        }
        let message = message(user, entry.issued, entry.name, password_hash);
        app.key.verify(PURPOSE, &message, &entry.signature.replacen('-', ".", 1)).then(|| entry.name.to_owned())
    })
}

/// What the browser carries from now on: this person first, others as they are.
pub fn cookie_for(
    app: &App,
    cookie: Option<&Secret>,
    user: UserId,
    password_hash: &str,
) -> Result<Secret, OperationError> {
    let name = match recognise(app, cookie, user, password_hash) {
        Some(name) => name,
        None => sessions::random_token()?.chars().take(32).collect(),
    };
    let issued = now().and_utc().timestamp().to_string();
    // Dots part the entries.
    let signature = app.key.sign(PURPOSE, &message(user, &issued, &name, password_hash)).replacen('.', "-", 1);
    let number = user.0.to_string();
    let others = cookie.into_iter().flat_map(entries).filter(|entry| entry.user != number).take(MOST - 1);
    let all =
        std::iter::once(format!("{number}-{issued}-{name}-{signature}")).chain(others.map(|entry| entry.whole.into()));
    Ok(Secret::new(all.collect::<Vec<String>>().join(".")))
}

struct DeviceEntry<'a> {
    whole: &'a str,
    user: &'a str,
    issued: &'a str,
    name: &'a str,
    signature: &'a str,
}

fn entries(cookie: &Secret) -> impl Iterator<Item = DeviceEntry<'_>> {
    let plain = |text: &&str| text.len() < 150 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    cookie.reveal().split('.').take(MOST).filter(plain).filter_map(|whole| {
        let mut parts = whole.splitn(4, '-');
        let (user, issued, name, signature) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        Some(DeviceEntry { whole, user, issued, name, signature })
    })
}

/// None of the parts but the last has blanks.
fn message(user: UserId, issued: &str, name: &str, password_hash: &str) -> String {
    format!("{user} {issued} {name} {password_hash}")
}

/// Where the peer's address stands, so that `mailgate check` knows of it too.
const SETTING: &str = "unknown_proxy";
/// Requests in a row with such a header before a public address is taken for a proxy: anybody can send one.
const IN_A_ROW: u32 = 20;

/// Notices a proxy that nobody told Mailgate of (`TRUSTED_PROXY`), by the requests since the start. Behind one, everybody seems to
/// come from its address, and one who guesses passwords slows all others down.
#[derive(Debug, Default)]
pub struct ProxyWatch {
    noticed: AtomicBool,
    last: Mutex<Option<IpAddr>>,
    row: AtomicU32,
}

/// What a request tells of the way it took.
#[derive(Debug, Clone, Copy)]
pub struct RequestPath {
    /// The socket's other end.
    pub peer: IpAddr,
    /// It carries `X-Forwarded-For`, `X-Real-IP` or `Forwarded`.
    pub forwarded: bool,
    /// A browser asks for a page under the name that `PUBLIC_URL` has.
    pub public_page: bool,
}

impl ProxyWatch {
    /// Whether this request is the first that shows a proxy; true once.
    pub fn shows_proxy(&self, config: &Config, way: RequestPath) -> bool {
        let peer = way.peer.to_canonical();
        if self.noticed.load(Ordering::Relaxed) || config.trusted_proxy.map(|known| known.to_canonical()) == Some(peer)
        {
            return false;
        }
        let silent = config.trusted_proxy.is_none() && way.public_page && peer.is_loopback();
        let shows = match way.forwarded {
            true => is_ours(peer) || self.in_a_row(peer),
            false => {
                self.row.store(0, Ordering::Relaxed);
                silent
            }
        };
        shows && !self.noticed.swap(true, Ordering::Relaxed)
    }

    fn in_a_row(&self, peer: IpAddr) -> bool {
        let mut last = self.last.lock();
        if last.replace(peer) != Some(peer) {
            self.row.store(0, Ordering::Relaxed);
        }
        self.row.fetch_add(1, Ordering::Relaxed) + 1 >= IN_A_ROW
    }
}

/// On this machine or in its network, where proxies stand.
fn is_ours(peer: IpAddr) -> bool {
    match peer {
        IpAddr::V4(peer) => peer.is_loopback() || peer.is_private() || peer.is_link_local(),
        IpAddr::V6(peer) => peer.is_loopback() || peer.is_unique_local() || peer.is_unicast_link_local(),
    }
}

/// Says it in the log, and remembers it for the pages and for `mailgate check`.
pub fn tell_proxy(app: &App, peer: IpAddr) {
    let peer = peer.to_canonical();
    tracing::warn!(%peer, "{}", words(&peer.to_string()));
    let written =
        app.store.write(|db| Ok::<_, OperationError>(installation::set_setting(db, SETTING, &peer.to_string())?));
    if let Err(error) = written {
        tracing::warn!(%error, "what was noticed of a proxy could not be kept");
    }
}

/// At the start of `serve`: what was noticed before may be mended.
pub fn forget_proxy(app: &App) -> Result<(), OperationError> {
    app.store.write(|db| Ok(installation::delete_setting(db, SETTING)?))
}

/// The address of a proxy that was noticed; nothing for others than administrators.
pub fn proxy_noticed(app: &App, caller: &Caller) -> Result<Option<String>, OperationError> {
    if !caller.may(Right::Read, Object::Installation) {
        return Ok(None);
    }
    app.store.read(|db| Ok(installation::setting(db, SETTING)?))
}

/// As [`proxy_noticed`], in a sentence with its remedy.
pub fn proxy_warning(app: &App, caller: &Caller) -> Result<Option<Sentence>, OperationError> {
    require(caller, Right::Read, Object::Installation, || say!("deed-check-the-installation"))?;
    Ok(proxy_noticed(app, caller)?.map(|peer| words(&peer)))
}

fn words(peer: &str) -> Sentence {
    say!("proxy-unknown", peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_begins_at_the_sixth_failure_and_has_an_end() {
        assert_eq!([4, 5, 6, 7, 8].map(pause), [0, 0, 2, 4, 8]);
        assert_eq!(pause(i32::MAX), LONGEST);
    }

    #[test]
    fn an_ipv6_network_is_one_address() {
        let place = |text: &str| place(text.parse().ok());
        assert_eq!(place("2001:db8:1:2::5"), place("2001:db8:1:2:ffff::1"));
        assert_ne!(place("2001:db8:1:2::5").0, place("2001:db8:1:3::5").0);
        assert_eq!(place("2001:db8:1:2::5").1, place("2001:db8:1:3::5").1);
        assert_eq!(place("::ffff:192.0.2.1"), place("192.0.2.1"));
    }

    #[test]
    fn the_tries_of_all_strangers_and_a_known_address_are_thirty_an_hour() {
        let login = GuessedAccount::Login(Login::parse("admin").unwrap()).budget();
        let number = GuessedAccount::Number(UserId(1)).budget();
        assert_eq!(login.0 + number.0 + FREE, 30);
        assert!(login.1 < login.0 && number.1 < number.0, "some are left for those who have not failed");
    }

    #[test]
    fn a_budget_has_room_again_an_hour_after_its_oldest_tries_at_the_earliest() {
        let at = chrono::DateTime::from_timestamp(1_000 * SLOT + 60, 0).unwrap().naive_utc();
        assert_eq!(budget_wait(&[(995, 3), (1_000, 4)], 8, at), 0);
        assert_eq!(budget_wait(&[(995, 3), (1_000, 5)], 8, at), 2 * SLOT - 60);
        assert_eq!(budget_wait(&[(995, 3), (1_000, 8)], 8, at), 7 * SLOT - 60);
        // A try at the very end of its slot is an hour old when the slot leaves.
        assert!(i64::from(SLOTS) * SLOT - SLOT >= 3600);
    }

    fn way(peer: &str, forwarded: bool, public_page: bool) -> RequestPath {
        RequestPath { peer: peer.parse().unwrap(), forwarded, public_page }
    }

    #[test]
    fn a_proxy_is_noticed_once_and_a_header_of_a_stranger_is_none() {
        let open = Config::default();
        let watch = ProxyWatch::default();
        assert!(!watch.shows_proxy(&open, way("127.0.0.1", false, false)));
        assert!((0..19).all(|_| !watch.shows_proxy(&open, way("203.0.113.1", true, false))));
        assert!(!watch.shows_proxy(&open, way("203.0.113.2", true, false)), "another one begins anew");
        assert!(watch.shows_proxy(&open, way("172.17.0.1", true, false)));
        assert!(!watch.shows_proxy(&open, way("172.17.0.1", true, false)), "once");
        assert!(ProxyWatch::default().shows_proxy(&open, way("::ffff:127.0.0.1", false, true)));
        let watch = ProxyWatch::default();
        assert!((0..20).any(|_| watch.shows_proxy(&open, way("203.0.113.1", true, false))));
        let known = Config { trusted_proxy: Some([127, 0, 0, 1].into()), ..Config::default() };
        assert!(!ProxyWatch::default().shows_proxy(&known, way("127.0.0.1", true, true)));
        assert!(ProxyWatch::default().shows_proxy(&known, way("10.0.0.1", true, false)), "not the one that is known");
    }
}
