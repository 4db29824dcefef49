//! From raw texts to an [`IncomingServer`] that is right, or everything that is wrong with it, field by field.

use std::path::{Component, Path, PathBuf};

use chrono::NaiveDate;

use super::form::{Form, afters, starts};
use super::target;
use crate::domain::Invalid;
use crate::domain::id::{ConnectionId, ServerId};
use crate::domain::server::{
    Access, AfterFetch, Fingerprint256, Host, IncomingServer, Port, Protocol, Security, ServerState, ServerType,
    StartWith,
};
use crate::modules::Modules;
use crate::store::servers::Stored;

/// What a form is read against.
pub struct Against<'a> {
    /// The row as it is now; None for a new server.
    pub existing: Option<&'a Stored>,
    /// The connections that may be chosen.
    pub connections: &'a [ConnectionId],
    pub modules: &'a Modules,
    pub mail_root: &'a Path,
}

/// Reads a form whose untouched values have followed ([`Form::follow`]). The state stays as it was (a new one is
/// Not Confirmed): [`super::save`] decides whether it may.
pub fn parse(form: &Form, against: &Against<'_>) -> Result<IncomingServer, Vec<Invalid>> {
    let mut wrong = Wrong::default();
    let existing = against.existing.map(|stored| &stored.settings);

    let name = wrong.take(form.line("name", 200).and_then(|name| match name.is_empty() {
        true => Err(Invalid::new("name", "Enter a name by which people know this mailbox.")),
        false => Ok(name),
    }));
    let server_type = wrong.take(
        form.server_type()
            .ok_or_else(|| Invalid::new("server_type", "Choose IMAP Server, POP Server or Local Server.")),
    );
    let access = match server_type {
        Some(ServerType::Imap) => network(form, Protocol::Imap, against, &mut wrong),
        Some(ServerType::Pop) => network(form, Protocol::Pop, against, &mut wrong),
        Some(_) => wrong.take(maildir(form, against.mail_root)).map(|maildir| Access::Local { maildir }),
        None => None,
    };
    let kind = server_type.unwrap_or(ServerType::Imap);
    let folder = wrong.take(form.line("folder", 255));
    let start_with = wrong.take(start_with(form, kind));
    let start_date = wrong.take(start_date(form, start_with));
    let after_fetch = wrong.take(after_fetch(form, kind));
    let move_to = wrong.take(move_to(form, after_fetch));
    let delete_after_days = wrong.take(number(form, "delete_after_days", 14, 0, 3650, "days"));
    let size_limit_mb = wrong.take(number(form, "size_limit_mb", 50, 1, 500, "megabytes"));
    let interval_minutes = wrong.take(number(form, "interval_minutes", 5, 1, 10_080, "minutes"));
    let priority = wrong.take(number(form, "priority", 5, -9999, 9999, "steps"));
    let target = target::parse(form, existing, against.connections, against.modules)
        .map_err(|invalid| wrong.0.extend(invalid))
        .ok();

    match (name, server_type, access, folder, start_with, start_date, after_fetch, move_to, target) {
        (
            Some(name),
            Some(server_type),
            Some(access),
            Some(folder),
            Some(start_with),
            Some(start_date),
            Some(after_fetch),
            Some(move_to),
            Some(target),
        ) if wrong.0.is_empty() => Ok(IncomingServer {
            id: existing.map_or(ServerId(0), |server| server.id),
            name,
            server_type,
            state: existing.map_or(ServerState::Draft, |server| server.state),
            active: existing.is_none_or(|server| server.active),
            access,
            folder: if folder.is_empty() { "INBOX".into() } else { folder },
            start_with,
            start_date,
            after_fetch,
            move_to,
            delete_after_days: delete_after_days.unwrap_or(14),
            size_limit_mb: size_limit_mb.unwrap_or(50),
            interval_minutes: interval_minutes.unwrap_or(5),
            priority: priority.unwrap_or(5),
            attach: form.flag("attach"),
            original: form.flag("original"),
            connection: target.connection,
            object_model: target.object_model,
            sender_policy: target.sender_policy,
            no_other_fetcher: target.no_other_fetcher,
        }),
        _ => Err(wrong.0),
    }
}

/// Collects what is wrong, so that a person sees all of it at once.
#[derive(Default)]
struct Wrong(Vec<Invalid>);

impl Wrong {
    fn take<T>(&mut self, parsed: Result<T, Invalid>) -> Option<T> {
        parsed.map_err(|invalid| self.0.push(invalid)).ok()
    }
}

fn network(form: &Form, protocol: Protocol, against: &Against<'_>, wrong: &mut Wrong) -> Option<Access> {
    let host = wrong.take(Host::parse(form.text("server")));
    let port = wrong.take(Port::parse(form.text("port")));
    if form.flag("is_ssl") && form.flag("starttls") {
        let words = "SSL/TLS encrypts from the first byte, STARTTLS a little later: untick one of the two.";
        wrong.0.push(Invalid::new("starttls", words));
    }
    let security = form.security();
    let username = wrong.take(form.line("user", 254).and_then(|user| match user.is_empty() {
        true => Err(Invalid::new("user", "Enter the username, mostly the full address of the mailbox.")),
        false => Ok(user),
    }));
    let trusted = match form.text("tls_fingerprint") {
        "" => Some(None),
        typed => wrong.take(Fingerprint256::parse(typed)).map(Some),
    };
    wrong.take(password(form, host.as_ref(), security, against.existing));
    let trusted = match (trusted?, host.as_ref(), against.existing.map(|stored| &stored.settings.access)) {
        // Trust belongs to a host: it does not move to another one unless typed anew.
        (same, Some(host), Some(Access::Network { host: old, trusted, .. })) if host != old && same == *trusted => None,
        (trusted, ..) => trusted,
    };
    Some(Access::Network { protocol, host: host?, port: port?, security, trusted, username: username? })
}

/// An empty field keeps the saved password, but never for a place it was not typed for: else whoever may edit
/// the form could send it to a host of their own, or in the clear.
fn password(form: &Form, host: Option<&Host>, security: Security, existing: Option<&Stored>) -> Result<(), Invalid> {
    if form.has_password()? {
        return Ok(());
    }
    match existing.filter(|stored| stored.has_password).map(|stored| &stored.settings.access) {
        Some(Access::Network { host: old, security: before, .. }) => {
            if host.is_some_and(|host| host != old) {
                let words =
                    format!("The saved password was typed for {}. Type it again for this server.", old.as_str());
                return Err(Invalid::new("password", words));
            }
            if safety(security) < safety(*before) {
                let words = "The connection becomes less safe. Type the password again if it may travel this way.";
                return Err(Invalid::new("password", words));
            }
            Ok(())
        }
        _ => Err(Invalid::new("password", "Enter the mailbox's password.")),
    }
}

fn safety(security: Security) -> u8 {
    match security {
        Security::None => 0,
        Security::StartTls => 1,
        Security::Tls => 2,
    }
}

/// A path below `root`, given absolutely or from there on; it need not exist yet (the test says whether it does).
fn maildir(form: &Form, root: &Path) -> Result<Option<PathBuf>, Invalid> {
    let text = form.line("maildir", 500)?;
    if text.is_empty() {
        return Ok(None);
    }
    let path = PathBuf::from(text);
    let inside = if path.is_absolute() { path.strip_prefix(root).ok() } else { Some(path.as_path()) };
    let plain = |path: &Path| {
        path.components().next().is_some() && path.components().all(|part| matches!(part, Component::Normal(_)))
    };
    if inside.is_some_and(plain) {
        return Ok(Some(path));
    }
    let words = format!("A Maildir must lie below {}: enter its path from there on, without “..”.", root.display());
    Err(Invalid::new("maildir", words))
}

fn start_with(form: &Form, server_type: ServerType) -> Result<StartWith, Invalid> {
    let allowed = starts(server_type);
    coded(form, "start_with", allowed[0], StartWith::from_code).filter(|start| allowed.contains(start)).ok_or_else(
        || {
            let words = format!("A {} can't tell this apart: choose another start.", server_type.label());
            Invalid::new("start_with", words)
        },
    )
}

/// Kept only where it counts.
fn start_date(form: &Form, start_with: Option<StartWith>) -> Result<Option<NaiveDate>, Invalid> {
    if start_with != Some(StartWith::Since) {
        return Ok(None);
    }
    NaiveDate::parse_from_str(form.text("start_date"), "%Y-%m-%d")
        .map(Some)
        .map_err(|_| Invalid::new("start_date", "Enter the first day to import, as 2026-11-22."))
}

fn after_fetch(form: &Form, server_type: ServerType) -> Result<AfterFetch, Invalid> {
    let allowed = afters(server_type);
    coded(form, "after_fetch", allowed[0], AfterFetch::from_code).filter(|after| allowed.contains(after)).ok_or_else(
        || {
            let words = format!("A {} can't do this: choose another action.", server_type.label());
            Invalid::new("after_fetch", words)
        },
    )
}

/// Kept only where it counts.
fn move_to(form: &Form, after_fetch: Option<AfterFetch>) -> Result<Option<String>, Invalid> {
    if after_fetch != Some(AfterFetch::Move) {
        return Ok(None);
    }
    let folder = form.line("move_to", 255)?;
    if folder.is_empty() {
        return Err(Invalid::new("move_to", "Enter the folder that fetched mail is moved to."));
    }
    if folder == form.text("folder") || (folder.eq_ignore_ascii_case("inbox") && form.text("folder").is_empty()) {
        return Err(Invalid::new("move_to", "This is the folder that is fetched. Enter another one."));
    }
    Ok(Some(folder))
}

fn number<T>(form: &Form, field: &'static str, default: T, min: i32, max: i32, unit: &str) -> Result<T, Invalid>
where
    T: TryFrom<i32>,
{
    let text = form.text(field);
    if text.is_empty() {
        return Ok(default);
    }
    let number = text.parse::<i32>().ok().filter(|number| (min..=max).contains(number));
    number
        .and_then(|number| T::try_from(number).ok())
        .ok_or_else(|| Invalid::new(field, format!("Enter a whole number from {min} to {max} ({unit}).")))
}

/// The default where nothing is given; None where the code is unknown.
fn coded<T>(form: &Form, field: &str, default: T, from_code: fn(&str) -> Option<T>) -> Option<T> {
    match form.text(field) {
        "" => Some(default),
        code => from_code(code),
    }
}

#[cfg(test)]
mod tests;
