//! Real Odoos with OpenSPP's grievances, where `MAILGATE_TEST_ODOO` names some, separated by spaces:
//! `url,db,login,password url,db,login,password`.

use std::time::Duration;

use mailgate::domain::connection::{BaseUrl, Connection};
use mailgate::domain::secret::Secret;
use mailgate::odoo::Network;
use mailgate::odoo::probe::probe;
use serde_json::{Value as Json, json};

use super::account::Account;
use super::fake_odoo::connection;

pub struct RealOdoo {
    pub connection: Connection,
    pub password: Secret,
    account: Account,
}

/// Processor time.
#[derive(Debug, Default, Clone, Copy)]
pub struct Worked {
    pub odoo: Duration,
    pub database: Duration,
}

impl Worked {
    pub fn since(self, before: Self) -> Self {
        Self { odoo: self.odoo - before.odoo, database: self.database - before.database }
    }
}

/// The sockets that listen at a port, by their inodes.
fn listening(port: u16) -> Vec<String> {
    let port = format!(":{port:04X}");
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let rows = table.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>());
    let here = rows.filter(|row| row[1].ends_with(&port) && row[3] == "0A");
    here.map(|row| format!("socket:[{}]", row[9])).collect()
}

fn holds_one(process: &std::path::Path, inodes: &[String]) -> bool {
    let files = std::fs::read_dir(process.join("fd")).into_iter().flatten().flatten();
    files.filter_map(|file| std::fs::read_link(file.path()).ok()).any(|to| inodes.iter().any(|inode| to == *inode))
}

impl RealOdoo {
    /// All that are named, for the tests that are marked as needing them.
    pub fn all() -> Vec<Self> {
        let named = std::env::var("MAILGATE_TEST_ODOO").unwrap_or_default();
        let named: Vec<Self> = named.split_whitespace().map(Self::of).collect();
        assert!(
            !named.is_empty(),
            "this test needs MAILGATE_TEST_ODOO=url,db,login,password of a real Odoo with spp_grm"
        );
        named
    }

    fn of(words: &str) -> Self {
        let [url, database, login, password] = &Self::split(words);
        let connection = Connection {
            url: BaseUrl::parse(url).unwrap(),
            database: database.clone(),
            login: login.clone(),
            ..connection(url)
        };
        let account = Account::sign_in(url, database, login, password);
        let password = Secret::new(password);
        // Over the API that the test chooses: JSON-2 where an API key is given for a password.
        let report = probe(&connection, &password, &Network::default(), Duration::from_secs(30));
        let connection = Connection { spoken: report.spoken, ..connection };
        Self { connection, password, account }
    }

    /// URL, database, login and password of each.
    pub fn named() -> Vec<[String; 4]> {
        let named = std::env::var("MAILGATE_TEST_ODOO").unwrap_or_default();
        named.split_whitespace().map(Self::split).collect()
    }

    fn split(words: &str) -> [String; 4] {
        let words: Vec<String> = words.splitn(4, ',').map(str::to_owned).collect();
        words.try_into().expect("MAILGATE_TEST_ODOO names each as url,db,login,password")
    }

    /// For example `17.0`.
    pub fn version(&self) -> String {
        self.account.version()
    }

    pub fn port(&self) -> u16 {
        self.connection.url.as_str().rsplit(':').next().unwrap().parse().expect("a URL with a port")
    }

    /// Processor time that the Odoo itself and its database have taken so far, where they run on this machine.
    pub fn worked(&self) -> Worked {
        let inodes = listening(self.port());
        let database = format!(" {} ", self.connection.database);
        let mut worked = Worked::default();
        for process in std::fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path()) {
            let Ok(line) = std::fs::read(process.join("cmdline")) else { continue };
            let time = if String::from_utf8_lossy(&line).starts_with("postgres: ") {
                String::from_utf8_lossy(&line).contains(&database).then_some(&mut worked.database)
            } else {
                holds_one(&process, &inodes).then_some(&mut worked.odoo)
            };
            if let (Some(time), Ok(stat)) = (time, std::fs::read_to_string(process.join("stat"))) {
                let after_name = stat.rsplit(')').next().unwrap();
                let ticks: u64 =
                    after_name.split_whitespace().skip(11).take(2).map(|one| one.parse::<u64>().unwrap()).sum();
                *time += Duration::from_millis(ticks * 10);
            }
        }
        worked
    }

    /// Calls a method; a fault fails the test.
    pub fn call(&self, model: &str, method: &str, args: Json, kwargs: Json) -> Json {
        self.account.call(model, method, args, kwargs)
    }

    /// What a method answers; None where the account may not call it.
    pub fn allowed(&self, model: &str, method: &str, args: Json) -> Option<Json> {
        self.account.allowed(model, method, args)
    }

    /// How many mails Odoo has to send or has sent; None where the account may not see that.
    pub fn mails(&self) -> Option<i64> {
        self.account.allowed("mail.mail", "search_count", json!([[]]))?.as_i64()
    }
}
