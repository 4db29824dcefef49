//! The real program: its commands, its processes beside each other, and their end at any moment.

mod access;
mod commands;
mod deliver;
mod etiquette;
mod fetch;
mod files;
mod front;
mod key;
mod kill;
mod newer;
mod nodes;
mod outbox;
mod push;
mod serve;
mod service;
mod thin;
mod undo;
mod way;
mod worst;

use std::io::Write;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::sync::Arc;

use diesel::prelude::*;
use mailgate::config::Config;
use mailgate::domain::id::ServerId;
use mailgate::domain::protocol::{Protocol, Security, ServerType};
use mailgate::domain::secret::Secret;
use mailgate::domain::server::{Access, IncomingServer};
use mailgate::operations::App;
use mailgate::store::schema::{messages, records};
use mailgate::store::{StoreError, servers};

use crate::support::app::Installation;
use crate::support::dovecot::{Dovecot, MailUser, PASSWORD};
use crate::support::postgres;

/// An installation of the real program, and a look into its database.
struct Site {
    installation: Installation,
    app: Arc<App>,
}

impl Site {
    fn new() -> Self {
        Self::with(Installation::new(), String::new())
    }

    fn with(installation: Installation, database_url: String) -> Self {
        let authorities = Dovecot::shared().certificate();
        let config = Config {
            data_dir: installation.data.clone(),
            ca_file: Some(authorities.clone()),
            database_url,
            ..Config::default()
        };
        let app = App::open(config).unwrap();
        Self { installation: installation.set("CA_FILE", authorities.display()), app }
    }

    /// Two nodes: data folders of their own, one key, one PostgreSQL.
    fn two_nodes() -> (Self, Self) {
        let mut two = Self::nodes(2).into_iter();
        two.next().zip(two.next()).expect("two nodes")
    }

    /// So many installations of one database and one key.
    fn nodes(count: usize) -> Vec<Self> {
        let url = postgres::database();
        let first = Self::with(Installation::new().set("DATABASE_URL", &url), url.clone());
        let key = first.installation.data.join("secret.key");
        let further = (1..count).map(|_| {
            let installation = Installation::new().set("DATABASE_URL", &url).set("SECRET_KEY_FILE", key.display());
            Self::with(installation, url.clone())
        });
        let further: Vec<Self> = further.collect();
        std::iter::once(first).chain(further).collect()
    }

    /// A confirmed server, due at once.
    fn add(&self, server: &IncomingServer) -> ServerId {
        self.app
            .store
            .write(|db| {
                let id = servers::insert(db, server)?;
                servers::set_password(db, &self.app.key, id, Some(&Secret::new(PASSWORD)))?;
                Ok::<_, StoreError>(id)
            })
            .unwrap()
    }

    /// A Dovecot account and a server that fetches all of it.
    fn add_account(&self, name: &str, protocol: Protocol) -> MailUser {
        let user = Dovecot::shared().user(name);
        self.add(&Dovecot::shared().server(protocol, Security::None, &user));
        user
    }

    /// A Local server and its Maildir.
    fn add_local(&self, name: &str) -> PathBuf {
        let maildir = self.app.config.mail_root().join(name);
        for part in ["cur", "new", "tmp"] {
            std::fs::create_dir_all(maildir.join(part)).unwrap();
        }
        self.add(&local(name, Some(maildir.clone())));
        maildir
    }

    /// Runs a command to its end.
    fn run(&self, arguments: &[&str], input: &str) -> Ended {
        let mut child = self
            .installation
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that reads nothing may be gone by now.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap().into()
    }

    /// The titles of all records, sorted.
    fn records(&self) -> Vec<String> {
        let read = |db: &mut _| records::table.select(records::name).order(records::name).load(db);
        self.app.store.read(|db| read(db).map_err(StoreError::from)).unwrap()
    }

    /// How many messages the ledger has seen.
    fn seen(&self) -> i64 {
        self.app.store.read(|db| messages::table.count().get_result(db).map_err(StoreError::from)).unwrap()
    }
}

/// How a command ended.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// A confirmed Local server.
fn local(name: &str, maildir: Option<PathBuf>) -> IncomingServer {
    let user = Dovecot::shared().user("unused");
    let like = Dovecot::shared().server(Protocol::Pop, Security::None, &user);
    IncomingServer { name: name.into(), server_type: ServerType::Local, access: Access::Local { maildir }, ..like }
}

/// The title of the mail with this number; they sort as the numbers do.
fn title(number: usize) -> String {
    format!("Complaint {number:04}")
}

fn titles(count: usize) -> Vec<String> {
    (0..count).map(title).collect()
}

/// A plain mail of its own.
fn mail(number: usize) -> String {
    format!(
        "From: Amina Diallo <amina{number}@people.example>\r\nTo: support@example.org\r\nSubject: {}\r\n\
         Message-ID: <{number}.{:x}@people.example>\r\nDate: Fri, 20 Nov 2026 10:00:00 +0000\r\n\r\n\
         Payment number {number} has not come.\r\n",
        title(number),
        number * 7919,
    )
}
