//! What Odoo's faults mean, and what to do about them. On `/xmlrpc/2` the code is 1 for a traceback, 2 for a rule that
//! refuses, 3 for a refused password and 4 for a missing right; the legacy endpoint has words instead.

use crate::domain::text::shorten;
use crate::domain::words::Sentence;
use crate::say;
use crate::xmlrpc::FaultCode;

/// A fault that was told apart. It means that the call's transaction was undone, except for [`Kind::Nothing`] and
/// [`Kind::Unclear`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OdooFault {
    pub kind: OdooFaultKind,
    /// Odoo's own words: the last line of a traceback, or the whole message; at most 600 characters.
    pub said: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OdooFaultKind {
    /// Login, password or key is wrong, or expired.
    Denied,
    /// The account may not do this.
    Forbidden,
    /// There is no such database.
    Database,
    /// The model is not there (any more).
    Model,
    /// A rule of the model refuses: UserError, ValidationError, MissingError, a missing required field, a constraint.
    Rule,
    /// The method returned nothing, which XML-RPC can't say; what it did is committed.
    Nothing,
    /// The far end is busy or starting; nothing was done.
    Busy,
    /// The far end lost its database: what was done may be committed, or not.
    Unclear,
    /// Any other exception of the far end's code.
    Program,
}

const BUSY: &[&str] = &[
    "could not serialize access",
    "deadlock detected",
    "could not obtain lock",
    "canceling statement due to",
    "Connection Pool Is Full",
    "too many clients",
    "too many connections",
    "remaining connection slots",
    "the database system is",
    "Connection refused",
    "concurrent update",
    "No space left on device",
    "MemoryError",
    // Its code and its database are being brought together.
    "UndefinedColumn",
    "UndefinedTable",
];

const UNCLEAR: &[&str] = &[
    "server closed the connection",
    "terminating connection",
    "connection already closed",
    "SSL connection has been closed",
    "could not receive data",
    "could not send data",
];

pub(super) fn read(code: &FaultCode, message: &str) -> OdooFault {
    let kind = match code {
        FaultCode::Number(number) => by_number(*number, message),
        FaultCode::Word(word) => by_word(word, message),
    };
    // The legacy endpoint puts the words of a refusal into the code.
    let words = match code {
        FaultCode::Word(word) if message.trim().is_empty() => {
            word.split_once("\n\n").map_or(word.as_str(), |two| two.1)
        }
        _ => message,
    };
    OdooFault { kind, said: last_words(words) }
}

/// The method returned nothing.
pub(super) fn nothing() -> OdooFault {
    OdooFault { kind: OdooFaultKind::Nothing, said: String::new() }
}

/// Of JSON-2: the HTTP status, the exception's name with its module, and its message.
pub(super) fn of_status(status: u16, name: &str, message: &str) -> OdooFault {
    let ours = name.starts_with("odoo.exceptions.") || name.starts_with("werkzeug.exceptions.");
    let words = match ours {
        true => message.to_owned(),
        false => format!("{}: {message}", name.trim_start_matches("builtins.")),
    };
    let kind = match exception(name) {
        name if name.ends_with("AccessError") => OdooFaultKind::Forbidden,
        name if name.ends_with("AccessDenied") || status == 401 => OdooFaultKind::Denied,
        name if name.ends_with("NotFound") && message.starts_with("the model ") => OdooFaultKind::Model,
        name if name.starts_with("werkzeug.") => OdooFaultKind::Program,
        // A rule may be refused in the words of a lock, as by a model that wraps them.
        _ if ours && is_passing(message) => OdooFaultKind::Busy,
        _ if ours => OdooFaultKind::Rule,
        _ => by_traceback(&words),
    };
    OdooFault { kind, said: last_words(&words) }
}

/// Whether words of the far end speak of something that passes, such as a lock that another call holds.
pub(super) fn is_passing(words: &str) -> bool {
    BUSY.iter().chain(UNCLEAR).any(|sign| words.contains(sign))
        || words.contains("ir_model_data_module_name_uniq_index")
}

fn by_number(number: i32, message: &str) -> OdooFaultKind {
    match number {
        2 if no_model(message) => OdooFaultKind::Model,
        2 => OdooFaultKind::Rule,
        3 => OdooFaultKind::Denied,
        4 => OdooFaultKind::Forbidden,
        _ => by_traceback(message),
    }
}

fn by_word(word: &str, message: &str) -> OdooFaultKind {
    match word {
        _ if word.starts_with("warning -- ") && no_model(word) => OdooFaultKind::Model,
        _ if word.starts_with("warning -- ") => OdooFaultKind::Rule,
        "AccessDenied" => OdooFaultKind::Denied,
        "AccessError" => OdooFaultKind::Forbidden,
        _ => by_traceback(message),
    }
}

fn no_model(message: &str) -> bool {
    message.contains("Object ") && message.contains(" doesn't exist")
}

fn by_traceback(message: &str) -> OdooFaultKind {
    let last = last_words(message);
    let says = |signs: &[&str]| signs.iter().any(|sign| last.contains(sign));
    if last.contains("cannot marshal None") {
        OdooFaultKind::Nothing
    } else if last.contains("database \"") && last.contains("does not exist") {
        OdooFaultKind::Database
    } else if says(UNCLEAR) {
        OdooFaultKind::Unclear
    } else if says(BUSY) {
        OdooFaultKind::Busy
    } else if last.contains("unknown target model") || last.starts_with("KeyError: '") && last.contains('.') {
        OdooFaultKind::Model
    } else if ["UserError", "ValidationError", "MissingError", "IntegrityError", "NotNullViolation"]
        .iter()
        .any(|name| exception(&last).ends_with(name))
    {
        OdooFaultKind::Rule
    } else {
        match exception(&last) {
            name if name.ends_with("AccessDenied") => OdooFaultKind::Denied,
            name if name.ends_with("AccessError") => OdooFaultKind::Forbidden,
            _ => OdooFaultKind::Program,
        }
    }
}

/// The exception's name before its colon.
fn exception(last: &str) -> &str {
    last.split(':').next().unwrap_or_default().trim()
}

/// From the exception's line on where this is a traceback: its first line at the margin after the last frame.
fn last_words(message: &str) -> String {
    let message = message.trim();
    let words = if message.starts_with("Traceback (most recent call last)") {
        let margin = message.lines().rev().find(|line| is_exception(line));
        margin.and_then(|line| message.rfind(line)).map_or(message, |at| &message[at..])
    } else {
        message
    };
    let one_line = words.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    shorten(&one_line, 600)
}

/// `psycopg2.OperationalError: …`, at the margin.
fn is_exception(line: &str) -> bool {
    let name = line.split(':').next().unwrap_or_default();
    !name.is_empty()
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'))
        && !name.starts_with("Traceback")
        && ["Error", "Exception", "Denied", "Warning", "Violation", "Timeout"].iter().any(|end| name.ends_with(end))
}

// What to do where the way to an Odoo ends: which sentence of the catalogue fits.

pub(super) fn redirect(target: &str) -> Sentence {
    let base = target.split("/xmlrpc").next().unwrap_or_default();
    if base.starts_with("http://") || base.starts_with("https://") {
        say!("odoo-remedy-redirect", base)
    } else {
        say!("odoo-remedy-address")
    }
}

pub(super) fn certificate(reason: &str, host: &str) -> Sentence {
    if reason.contains("mismatch") {
        return say!("odoo-remedy-certificate-name", host);
    }
    if reason.contains("expired") || reason.contains("not yet valid") {
        return say!("odoo-remedy-certificate-date", host);
    }
    say!("odoo-remedy-certificate")
}

pub(super) fn status(number: u16) -> Sentence {
    match number {
        401 | 403 | 407 => say!("odoo-remedy-proxy"),
        400 => say!("odoo-remedy-https"),
        _ => say!("odoo-remedy-address"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(code: i32, message: &str) -> OdooFaultKind {
        read(&FaultCode::Number(code), message).kind
    }

    fn traceback(last: &str) -> String {
        format!("Traceback (most recent call last):\n  File \"x.py\", line 1, in y\n    z()\n{last}\n")
    }

    #[test]
    fn faults_are_told_apart() {
        assert_eq!(kind(3, "Access Denied"), OdooFaultKind::Denied);
        assert_eq!(kind(4, "You are not allowed to access 'Models' (ir.model) records."), OdooFaultKind::Forbidden);
        assert_eq!(kind(2, "Object no.such.model doesn't exist"), OdooFaultKind::Model);
        assert_eq!(kind(2, "The operation cannot be completed: Missing required value"), OdooFaultKind::Rule);
        let by_last = |last: &str| kind(1, &traceback(last));
        assert_eq!(by_last("TypeError: cannot marshal None unless allow_none is enabled"), OdooFaultKind::Nothing);
        assert_eq!(by_last("AttributeError: 'NoneType' object has no attribute 'id'"), OdooFaultKind::Program);
        assert_eq!(
            by_last(
                "psycopg2.OperationalError: connection to server at \"::1\", port 5432 failed: FATAL:  database \"n\" does not exist\n"
            ),
            OdooFaultKind::Database
        );
        assert_eq!(
            by_last("psycopg2.errors.SerializationFailure: could not serialize access due to concurrent update"),
            OdooFaultKind::Busy
        );
        assert_eq!(
            by_last("psycopg2.OperationalError: server closed the connection unexpectedly\n\tThis probably means"),
            OdooFaultKind::Unclear
        );
        assert_eq!(by_last("psycopg2.pool.PoolError: The Connection Pool Is Full"), OdooFaultKind::Busy);
    }

    #[test]
    fn the_legacy_endpoint_says_the_same_in_words() {
        let fault = |word: &str, message: &str| read(&FaultCode::Word(word.into()), message);
        assert_eq!(fault("AccessDenied", "Access Denied").kind, OdooFaultKind::Denied);
        let refused = fault("warning -- UserError\n\nThe name is missing", "");
        assert_eq!(refused, OdooFault { kind: OdooFaultKind::Rule, said: "The name is missing".into() });
        assert_eq!(fault("warning -- UserError\n\nObject x.y doesn't exist", "").kind, OdooFaultKind::Model);
        let program = fault("invalid literal for int()", &traceback("ValueError: invalid literal for int()"));
        assert_eq!(program.kind, OdooFaultKind::Program);
    }

    #[test]
    fn json_2_says_the_same_by_status_and_name() {
        let kind = |status, name: &str, message: &str| of_status(status, name, message).kind;
        let (ours, werkzeug) = (|name| format!("odoo.exceptions.{name}"), |name| format!("werkzeug.exceptions.{name}"));
        assert_eq!(kind(401, &werkzeug("Unauthorized"), "Invalid apikey"), OdooFaultKind::Denied);
        assert_eq!(kind(403, &ours("AccessError"), "You are not allowed to access"), OdooFaultKind::Forbidden);
        assert_eq!(kind(403, &ours("AccessDenied"), "Access Denied"), OdooFaultKind::Denied);
        assert_eq!(kind(404, &werkzeug("NotFound"), "the model 'no.such' does not exist"), OdooFaultKind::Model);
        assert_eq!(kind(404, &ours("MissingError"), "Record does not exist"), OdooFaultKind::Rule);
        assert_eq!(kind(422, &ours("ValidationError"), "Missing required value"), OdooFaultKind::Rule);
        assert_eq!(kind(422, &werkzeug("UnprocessableEntity"), "missing a required argument"), OdooFaultKind::Program);
        let serialization = "could not serialize access due to concurrent update";
        assert_eq!(kind(500, "psycopg2.errors.SerializationFailure", serialization), OdooFaultKind::Busy);
        assert_eq!(kind(500, "psycopg2.errors.NotNullViolation", "null value in column"), OdooFaultKind::Rule);
        let unknown = of_status(500, "builtins.ValueError", "Mailbox unavailable - unknown target model no.such");
        assert_eq!(unknown.kind, OdooFaultKind::Model);
        assert_eq!(unknown.said, "ValueError: Mailbox unavailable - unknown target model no.such");
        assert_eq!(kind(500, "builtins.KeyError", "'no.such'"), OdooFaultKind::Model);
        assert_eq!(kind(500, "builtins.AttributeError", "'NoneType' object has no attribute"), OdooFaultKind::Program);
    }

    #[test]
    fn the_words_of_a_traceback_are_its_exception_alone() {
        let message = traceback("ValueError: Mailbox unavailable - unknown target model no.such");
        let fault = read(&FaultCode::Number(1), &message);
        assert_eq!(fault.said, "ValueError: Mailbox unavailable - unknown target model no.such");
        assert_eq!(fault.kind, OdooFaultKind::Model);
    }
}
