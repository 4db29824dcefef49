//! From raw texts to a [`Connection`] that is right, or everything that is wrong with it, field by field.

use super::form::Form;
use crate::domain::Invalid;
use crate::domain::connection::{BaseUrl, Connection, ConnectionState};
use crate::domain::id::ConnectionId;
use crate::store::connections::Stored;

/// Deliveries side by side, at most.
const MAX_WORKERS: u8 = 8;

/// Reads a form against the row as it is now (None for a new connection). State and version stay as they were:
/// [`super::save`] decides whether they may.
pub fn parse(form: &Form, existing: Option<&Stored>) -> Result<Connection, Vec<Invalid>> {
    let mut wrong = Vec::new();
    let mut take = |parsed: Result<String, Invalid>| parsed.map_err(|invalid| wrong.push(invalid)).unwrap_or_default();
    let name = take(line(form, "name", 200, "Enter a name by which people know this system, for example OpenSPP."));
    let database =
        take(line(form, "database", 100, "Enter the database's name; Load shows those that the server lists."));
    let login = take(line(form, "login", 254, "Enter the login of the account that Mailgate uses there."));
    let url = BaseUrl::parse(form.text("url")).map_err(|invalid| wrong.push(invalid)).ok();
    if let Err(invalid) = password(form, url.as_ref(), existing) {
        wrong.push(invalid);
    }
    let workers = workers(form).map_err(|invalid| wrong.push(invalid)).ok();
    let old = existing.map(|stored| &stored.settings);
    match (url, workers) {
        (Some(url), Some(workers)) if wrong.is_empty() => Ok(Connection {
            id: old.map_or(ConnectionId(0), |old| old.id),
            name,
            url,
            database,
            login,
            state: old.map_or(ConnectionState::Draft, |old| old.state),
            active: old.is_none_or(|old| old.active),
            server_version: old.and_then(|old| old.server_version.clone()),
            workers,
        }),
        _ => Err(wrong),
    }
}

/// One line of text that is not empty, at most `max` characters.
fn line(form: &Form, field: &'static str, max: usize, missing: &str) -> Result<String, Invalid> {
    match form.line(field, max)? {
        empty if empty.is_empty() => Err(Invalid::new(field, missing)),
        text => Ok(text),
    }
}

/// An empty field keeps the saved password, but never for a place it was not typed for: else whoever may edit the
/// form could send it to a host of their own, or in the clear.
fn password(form: &Form, url: Option<&BaseUrl>, existing: Option<&Stored>) -> Result<(), Invalid> {
    if form.has_password()? {
        return Ok(());
    }
    let Some(old) = existing.filter(|stored| stored.has_password).map(|stored| &stored.settings.url) else {
        return Err(Invalid::new("password", "Enter the account's password, or an API key of it."));
    };
    match url {
        Some(url) if host(url) != host(old) => {
            let words = format!("The saved password was typed for {}. Type it again for this address.", old.as_str());
            Err(Invalid::new("password", words))
        }
        Some(url) if old.is_encrypted() && !url.is_encrypted() => {
            let words = "Without https:// the password travels readable. Type it again if it may travel this way.";
            Err(Invalid::new("password", words))
        }
        _ => Ok(()),
    }
}

/// Host and port.
fn host(url: &BaseUrl) -> &str {
    let rest = url.as_str().split_once("://").map_or("", |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default()
}

fn workers(form: &Form) -> Result<u8, Invalid> {
    match form.text("workers") {
        "" => Ok(2),
        text => text
            .parse()
            .ok()
            .filter(|number| (1..=MAX_WORKERS).contains(number))
            .ok_or_else(|| Invalid::new("workers", format!("Enter a whole number from 1 to {MAX_WORKERS}."))),
    }
}
