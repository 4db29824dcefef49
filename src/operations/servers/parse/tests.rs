//! What is accepted, and what is said about the rest.

use super::*;
use crate::domain::now;

const ROOT: &str = "/srv/mail";

fn filled() -> Form {
    let mut form = Form::fresh();
    for (field, value) in [
        ("name", "Grievance Mailbox"),
        ("server", "imap.example.org"),
        ("user", "support@example.org"),
        ("password", "s3cret"),
        ("object_model", "spp.grm.ticket"),
    ] {
        form.set(field, value);
    }
    form
}

fn read(form: &Form, existing: Option<&Stored>) -> Result<IncomingServer, Vec<Invalid>> {
    let modules = Modules::load(Path::new("/nonexistent")).unwrap();
    let connections = [ConnectionId(3)];
    parse(form, &Against { existing, connections: &connections, modules: &modules, mail_root: Path::new(ROOT) })
}

fn complaints(form: &Form, existing: Option<&Stored>) -> Vec<String> {
    let mut fields: Vec<String> =
        read(form, existing).unwrap_err().into_iter().map(|invalid| invalid.field.into_owned()).collect();
    fields.sort_unstable();
    fields
}

fn saved() -> Stored {
    let server = IncomingServer { id: ServerId(7), ..read(&filled(), None).unwrap() };
    Stored { settings: server, has_password: true, version: 1, create_date: now(), write_date: now() }
}

#[test]
fn a_saved_server_reads_back_as_it_is() {
    let stored = saved();
    assert_eq!(read(&Form::of(&stored.settings), Some(&stored)), Ok(stored.settings));
}

#[test]
fn everything_wrong_is_said_at_once() {
    let mut form = filled();
    for (field, value) in [
        ("name", " "),
        ("server", "imap://x"),
        ("port", "0"),
        ("starttls", "on"),
        ("user", ""),
        ("password", ""),
        ("tls_fingerprint", "abc"),
        ("object_model", "no.such"),
        ("start_with", "since"),
        ("after_fetch", "move"),
        ("delete_after_days", "-1"),
        ("size_limit_mb", "5000"),
        ("interval_minutes", "0"),
        ("priority", "high"),
        ("sender_policy", "x"),
    ] {
        form.set(field, value);
    }
    let expected = [
        "delete_after_days",
        "interval_minutes",
        "move_to",
        "name",
        "object_model",
        "password",
        "port",
        "priority",
        "sender_policy",
        "server",
        "size_limit_mb",
        "start_date",
        "starttls",
        "tls_fingerprint",
        "user",
    ];
    assert_eq!(complaints(&form, None), expected);
}

#[test]
fn a_type_takes_only_what_it_can_do() {
    let mut form = filled();
    form.set("server_type", "pop");
    form.set("start_with", "unread");
    form.set("after_fetch", "seen");
    assert_eq!(complaints(&form, None), ["after_fetch", "start_with"]);
    form.set("server_type", "api");
    assert_eq!(complaints(&form, None), ["server_type"]);
}

#[test]
fn a_saved_password_goes_only_where_it_was_typed_for() {
    let stored = saved();
    let with = |changes: &[(&str, &str)]| {
        let mut form = Form::of(&stored.settings);
        for (field, value) in changes {
            form.set(field, value);
        }
        form
    };
    assert!(read(&with(&[("name", "Other"), ("port", "1993")]), Some(&stored)).is_ok());
    for change in [&[("server", "evil.example.org")][..], &[("is_ssl", "")], &[("is_ssl", ""), ("starttls", "on")]] {
        assert_eq!(complaints(&with(change), Some(&stored)), ["password"], "{change:?}");
        assert!(read(&with(&[change, &[("password", "again")]].concat()), Some(&stored)).is_ok());
    }
}

#[test]
fn trust_in_a_certificate_does_not_move_to_another_host() {
    let mut stored = saved();
    if let Access::Network { trusted, .. } = &mut stored.settings.access {
        *trusted = Fingerprint256::parse(&"ab".repeat(32)).ok();
    }
    let mut form = Form::of(&stored.settings);
    form.set("server", "other.example.org");
    form.set("password", "x");
    let trusted = |form: &Form| match read(form, Some(&stored)).unwrap().access {
        Access::Network { trusted, .. } => trusted.is_some(),
        Access::Local { .. } => false,
    };
    assert!(!trusted(&form));
    form.set("tls_fingerprint", &"cd".repeat(32));
    assert!(trusted(&form));
}

#[test]
fn a_maildir_lies_below_the_root() {
    let mut form = filled();
    form.set("server_type", "local");
    form.set("start_with", "all");
    for fine in ["", "grm", "office/grm", "/srv/mail/grm"] {
        form.set("maildir", fine);
        assert!(read(&form, None).is_ok(), "{fine}");
    }
    for wrong in ["../etc", "/etc/passwd", "/srv/mail/../x", "grm/../../x", "/srv/mail", "/srv/mailbox"] {
        form.set("maildir", wrong);
        assert_eq!(complaints(&form, None), ["maildir"], "{wrong}");
    }
}
