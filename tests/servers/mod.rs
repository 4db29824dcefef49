//! Incoming servers: the guide on the level of HTTP against a real Dovecot, what is said when something is wrong,
//! and what must never be shown.

mod confirm;
mod discovery;
mod expiries;
mod form;
mod lifecycle;
mod oauth;
mod twins;
mod waits;

use std::sync::atomic::{AtomicU32, Ordering};

use mailgate::config::Config;
use mailgate::domain::person::Caller;
use mailgate::domain::protocol::Protocol;
use mailgate::operations::servers::{self, FieldFilter, ServerView};

use crate::support::database::Place;
use crate::support::dovecot::{Dovecot, MailUser, PASSWORD};
use crate::support::form::Fields;
use crate::web::site::{Page, Site};

const BASE: &str = "/settings/technical/email/incoming";

/// A site with one person of each role that trusts the tests' Dovecot.
fn site(place: &Place) -> Site {
    with(Config { ca_file: Some(Dovecot::shared().certificate()), ..place.config.clone() })
}

fn with(config: Config) -> Site {
    Site::with(config).peopled()
}

/// What the guide fills in, as a browser sends it.
fn filled(protocol: Protocol, user: &MailUser) -> Fields {
    let dovecot = Dovecot::shared();
    let (server_type, port) = match protocol {
        Protocol::Imap => ("imap", dovecot.imaps_port),
        Protocol::Pop => ("pop", dovecot.pops_port),
    };
    vec![
        ("name", "Grievance Mailbox".into()),
        ("server_type", server_type.into()),
        ("was_type", "imap".into()),
        ("server", "localhost".into()),
        ("port", port.to_string()),
        ("auto_port", "993".into()),
        ("is_ssl", "1".into()),
        ("user", user.name.clone()),
        ("password", PASSWORD.into()),
        ("action", "object_create".into()),
        ("object_model", "spp.grm.ticket".into()),
        ("start_with", "unread".into()),
        ("after_fetch", "seen".into()),
        ("attach", "1".into()),
    ]
}

fn new() -> String {
    format!("{BASE}/new")
}

fn page_of(view: &ServerView) -> String {
    format!("{BASE}/{}", view.server.id)
}

/// The one server that there is.
fn only(site: &Site) -> ServerView {
    let mut all = servers::list(&site.app, &Caller::command_line(), &FieldFilter::default()).unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

/// What stands in the first `role=alert`, tags and all.
fn alert(page: &Page) -> &str {
    page.body.split_once(r#"role="alert""#).map(|(_, rest)| rest.split("</form>").next().unwrap()).expect("an alert")
}

/// A grievance like no other.
fn mail(number: u32) -> Vec<u8> {
    static UNIQUE: AtomicU32 = AtomicU32::new(0);
    let unique = UNIQUE.fetch_add(1, Ordering::SeqCst);
    format!(
        "From: Amina <amina{unique}@people.example>\r\nTo: support@example.org\r\nSubject: Payment {number}\r\n\
         Message-ID: <{unique}@people.example>\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n\r\nIt is missing.\r\n"
    )
    .into_bytes()
}
