//! Guessing passwords is slowed down per account and per address: from the sixth failure on each further try has
//! to wait, twice as long each time. Nobody sleeps: whoever comes too early is told when to come again.

use std::net::IpAddr;

use chrono::TimeDelta;

use crate::domain::person::Login;
use crate::domain::{Moment, now};
use crate::store::{Db, StoreError, sign_in_failures};

/// Failures that cost nothing.
const FREE: i32 = 5;
/// Seconds: the longest wait, and after how long without a failure a subject is forgotten.
const LONGEST: i64 = 15 * 60;
const FORGET: i64 = 24 * 3600;

/// Counted under these names: the account, and the address (an IPv6 network of 64 bits is one address).
pub struct Subjects(Vec<String>);

impl Subjects {
    pub fn new(login: Option<&Login>, address: Option<IpAddr>) -> Self {
        let account = login.map(|login| format!("login:{}", login.as_str()));
        let address = address.map(|address| match address.to_canonical() {
            IpAddr::V4(address) => format!("address:{address}"),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                format!("address:{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        });
        Self(account.into_iter().chain(address).collect())
    }

    pub fn account(&self) -> Option<&str> {
        self.0.iter().map(String::as_str).find(|subject| subject.starts_with("login:"))
    }
}

/// Takes a try before the password is looked at, as if it failed, so that many tries at once count like many in
/// a row. Err: seconds to wait.
pub fn take(db: &mut Db, subjects: &Subjects) -> Result<Result<(), i64>, StoreError> {
    let at = now();
    let mut wait = 0;
    let mut counted = Vec::new();
    for subject in &subjects.0 {
        let known = sign_in_failures::get(db, subject)?.filter(|known| (at - known.last_at).num_seconds() < FORGET);
        let failures = known.map_or(0, |known| known.failures);
        if let Some(known) = known {
            let due: Moment = known.last_at + TimeDelta::seconds(pause(failures));
            wait = wait.max((due - at).num_milliseconds().max(0).unsigned_abs().div_ceil(1000) as i64);
        }
        counted.push((subject, failures + 1));
    }
    if wait > 0 {
        return Ok(Err(wait));
    }
    for (subject, failures) in counted {
        sign_in_failures::set(db, subject, failures, at)?;
    }
    Ok(Ok(()))
}

/// Seconds the next try has to wait because this one failed; 0 as long as failures are free.
pub fn penalty(db: &mut Db, subjects: &Subjects) -> Result<i64, StoreError> {
    let mut longest = 0;
    for subject in &subjects.0 {
        longest = longest.max(sign_in_failures::get(db, subject)?.map_or(0, |known| pause(known.failures)));
    }
    Ok(longest)
}

/// The try succeeded: the account starts afresh, and the address gets its one try back (somebody who knows one
/// password must not be free to guess others).
pub fn succeeded(db: &mut Db, subjects: &Subjects) -> Result<(), StoreError> {
    for subject in &subjects.0 {
        let known = sign_in_failures::get(db, subject)?;
        match known.filter(|known| known.failures > 1 && subjects.account() != Some(subject)) {
            Some(known) => sign_in_failures::set(db, subject, known.failures - 1, known.last_at)?,
            None => sign_in_failures::delete(db, subject)?,
        }
    }
    sign_in_failures::delete_before(db, now() - TimeDelta::seconds(FORGET))
}

/// 2, 4, 8 … seconds from the sixth failure on.
fn pause(failures: i32) -> i64 {
    match failures - FREE {
        ..=0 => 0,
        over => (1_i64 << over.min(10)).min(LONGEST),
    }
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
        let subject = |text: &str| Subjects::new(None, text.parse().ok()).0;
        assert_eq!(subject("2001:db8:1:2::5"), subject("2001:db8:1:2:ffff::1"));
        assert_ne!(subject("2001:db8:1:2::5"), subject("2001:db8:1:3::5"));
        assert_eq!(subject("::ffff:192.0.2.1"), subject("192.0.2.1"));
    }
}
