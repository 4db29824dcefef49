//! Browsers that somebody signed in with before. Each carries a cookie that only this installation can have made; it signs
//! nobody in, but its password is looked at while strangers who guess have to wait ([`super::throttle`]).
//!
//! A cookie holds a few entries, one for each person who uses the browser: `<user>-<seconds>-<name>-<signature>`, joined by dots.
//! The signature covers the person's password hash, so that a new password ends all of that person's entries.

use super::{App, OperationError, sessions};
use crate::domain::id::UserId;
use crate::domain::now;
use crate::domain::secret::Secret;

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
