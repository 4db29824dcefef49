//! Without encryption the password and the mail can be read by everybody on the way. On a page a person says by a tick that
//! it shall be so before it is tested; over the API, who leaves `is_ssl` false or writes `http://` has said it. The tick
//! is for one host.

use super::{Endpoint, Form};
use crate::domain::Invalid;

/// The tick.
pub const READABLE_OK: &str = "readable_ok";
/// The host that it stood beside, which the page carries along.
pub const READABLE_FOR: &str = "readable_for";

/// None where nothing travels readable, or a person has agreed to it for this host.
pub(super) fn not_agreed<T: Endpoint>(settings: &T, form: &Form<T>) -> Option<Invalid> {
    let host = settings.readable_at()?;
    let beside = form.text(READABLE_FOR);
    if form.flag(READABLE_OK) && (beside.is_empty() || beside == host) {
        return None;
    }
    let words = format!(
        "Nothing is encrypted on the way to {host}: everybody there can read the password and the mail. Use SSL/TLS, or tick \
         this if it shall be so, and test again. What you typed is saved."
    );
    Some(Invalid::new(READABLE_OK, words))
}
