//! The way from a mailbox over `mailgate serve` into an Odoo.

use serde_json::{Value as Json, json};

use super::Site;
use crate::support::account::Account;
use crate::support::app::{PASSWORD, Serving};
use crate::support::dovecot::{self, Dovecot, MailUser};
use crate::support::fake_odoo::TICKET;

/// Database, login and password of the fake.
pub const FAKE: [&str; 3] = ["openspp", "bridge@example.org", "key"];

/// An installation whose mailbox feeds an Odoo.
pub struct Way {
    pub site: Site,
    pub serving: Serving,
    pub api: Account,
    pub feed: Feed,
}

/// A mailbox and the Odoo that its mail goes to.
pub struct Feed {
    pub user: MailUser,
    pub server: Json,
    /// The address of the far end.
    pub url: String,
}

impl Feed {
    /// Set up through the API, as a script does it.
    pub fn new(api: &Account, name: &str, port: u16, [database, login, password]: [&str; 3]) -> Self {
        let user = Dovecot::shared().user("bridge");
        let url = format!("http://127.0.0.1:{port}");
        let connection = json!({"name": name, "url": url, "database": database, "login": login, "password": password});
        let connection = api.call("mailgate.connection", "create", json!([connection]), json!({}));
        assert_eq!(api.call("mailgate.connection", "button_test", json!([[connection]]), json!({})), json!(true));
        let server = json!({
            "name": name, "server_type": "imap", "server": "localhost", "port": Dovecot::shared().imaps_port,
            "is_ssl": true, "user": user.name, "password": dovecot::PASSWORD, "start_with": "all",
            "connection_id": connection, "object_model": TICKET, "sender_policy": "create", "no_other_fetcher": true,
        });
        let server = api.call("fetchmail.server", "create", json!([server]), json!({}));
        api.call("fetchmail.server", "button_confirm_login", json!([[server]]), json!({}));
        Self { user, server, url }
    }

    /// New mail comes and is fetched, whether or not the Odoo takes it now.
    pub fn receive(&self, api: &Account, mails: impl Iterator<Item = Mail>) {
        mails.for_each(|mail| self.user.deliver(mail.source.as_bytes()));
        api.call("fetchmail.server", "fetch_mail", json!([[self.server]]), json!({}));
    }
}

impl Way {
    /// Into the Odoo at this port.
    pub fn to(port: u16, account: [&str; 3]) -> Self {
        let site = Site::new();
        site.installation.add_user("admin", "system_admin");
        let serving = site.installation.serve();
        let api = sign_in(&serving);
        let feed = Feed::new(&api, "Our OpenSPP", port, account);
        Self { site, serving, api, feed }
    }

    pub fn receive(&self, mails: impl Iterator<Item = Mail>) {
        self.feed.receive(&self.api, mails);
    }

    /// `kill -9`, and a new start.
    pub fn dies(&mut self) {
        self.serving.child.kill().unwrap();
        self.serving.child.wait().unwrap();
        self.starts();
    }

    pub fn starts(&mut self) {
        self.serving = self.site.installation.serve();
        self.api = sign_in(&self.serving);
    }

    pub fn count(&self, domain: Json) -> u64 {
        self.api.call("mailgate.message", "search_count", json!([domain]), json!({})).as_u64().unwrap()
    }

    pub fn delivered(&self) -> u64 {
        self.count(json!([["state", "=", "delivered"]]))
    }

    /// The ledger's rows: state, Message-ID, record and link.
    pub fn ledger(&self) -> Vec<Json> {
        let fields = json!({"fields": ["state", "message_id", "res_model", "res_id", "remote_url", "acknowledged"]});
        let rows = self.api.call("mailgate.message", "search_read", json!([[]]), fields);
        rows.as_array().unwrap().clone()
    }
}

fn sign_in(serving: &Serving) -> Account {
    Account::sign_in(&serving.url, "mailgate", "admin", PASSWORD)
}

pub struct Mail {
    pub message_id: String,
    pub source: String,
}

impl Mail {
    /// Some from people who are known there, some from strangers, some with a file, some that answer the one before.
    pub fn number(run: &str, number: usize) -> Self {
        let id = |number: usize| format!("<{run}.{number}@people.example>");
        let from = match number % 4 {
            0 => format!("amina.{run}@people.example"),
            1 => format!("stranger{number}.{run}@people.example"),
            _ => format!("Amina.{run}@people.example"),
        };
        let answers = if number % 4 == 3 { format!("In-Reply-To: {}\r\n", id(number - 1)) } else { String::new() };
        let body = match number % 4 {
            2 => {
                "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee the photo.\r\n\
                 --b\r\nContent-Type: image/png; name=photo.png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--b--\r\n"
            }
            _ => "\r\nMy payment is missing.\r\n",
        };
        let source = format!(
            "From: <{from}>\r\nTo: grievances@ngo.example\r\nSubject: {run} {number}\r\nMessage-ID: {}\r\n{answers}\
             Date: Mon, 23 Nov 2026 10:00:00 +0100\r\nMIME-Version: 1.0\r\n{body}",
            id(number)
        );
        Self { message_id: id(number), source }
    }

    pub fn makes_a_record(number: usize) -> bool {
        number % 4 != 3
    }
}
