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
