//! The lines of the log that say who came in, who did not, and who was refused: one line each, for people and for tools
//! as fail2ban (`docs/fail2ban`), whose filter knows these words. The address comes first and the login is quoted with
//! its control characters escaped, so that no login can look like another line or another address.

use std::net::IpAddr;

use crate::domain::person::Caller;
use crate::domain::text::shorten;

/// Characters of a login that are logged: what is typed may be a page of text.
const LOGIN: usize = 100;

/// With a password or an API key, on a page or over the API; for clients that send it with each call only the first time.
pub fn signed_in(login: &str, address: Option<IpAddr>, with: &'static str) {
    tracing::info!(target: TARGET, address = %shown(address), login = ?shorten(login, LOGIN), with, "signed in");
}

pub fn failed(login: &str, address: Option<IpAddr>) {
    tracing::warn!(target: TARGET, address = %shown(address), login = ?shorten(login, LOGIN), "sign-in failed");
}

/// A try that was not looked at, for it came too early.
pub fn throttled(login: &str, address: Option<IpAddr>, seconds: i64) {
    let login = shorten(login, LOGIN);
    tracing::warn!(target: TARGET, address = %shown(address), ?login, seconds, "sign-in throttled");
}

/// Somebody signed in asked for what the role does not allow.
pub fn refused(caller: &Caller, role: &str, what: &str) {
    let (address, login) = (shown(caller.address), shorten(&caller.login, LOGIN));
    tracing::warn!(target: TARGET, %address, ?login, role, what = ?shorten(what, LOGIN), "refused by role");
}

const TARGET: &str = concat!(env!("CARGO_PKG_NAME"), "::access");

fn shown(address: Option<IpAddr>) -> String {
    address.map_or("-".into(), |address| address.to_canonical().to_string())
}
