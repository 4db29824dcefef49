//! A real Odoo 17 with OpenSPP's grievances, where `MAILGATE_TEST_ODOO=url,db,login,password` names one.

use mailgate::domain::connection::{BaseUrl, Connection};
use mailgate::domain::secret::Secret;
use serde_json::{Value as Json, json};

use super::account::Account;
use super::fake_odoo::connection;

pub struct RealOdoo {
    pub connection: Connection,
    pub password: Secret,
    account: Account,
}

impl RealOdoo {
    /// The one that is named, for the tests that are marked as needing it.
    pub fn named() -> Self {
        let words = Self::words();
        let [url, database, login, password] = &words;
        let connection = Connection {
            url: BaseUrl::parse(url).unwrap(),
            database: database.clone(),
            login: login.clone(),
            ..connection(url)
        };
        let account = Account::sign_in(url, database, login, password);
        Self { connection, password: Secret::new(password), account }
    }

    /// URL, database, login and password.
    pub fn words() -> [String; 4] {
        let words = std::env::var("MAILGATE_TEST_ODOO").unwrap_or_default();
        let words: Vec<String> = words.splitn(4, ',').map(str::to_owned).collect();
        words
            .try_into()
            .expect("this test needs MAILGATE_TEST_ODOO=url,db,login,password of a real Odoo 17 with spp_grm")
    }

    pub fn port(&self) -> u16 {
        self.connection.url.as_str().rsplit(':').next().unwrap().parse().expect("a URL with a port")
    }

    /// Calls a method; a fault fails the test.
    pub fn call(&self, model: &str, method: &str, args: Json, kwargs: Json) -> Json {
        self.account.call(model, method, args, kwargs)
    }

    /// How many mails Odoo has to send or has sent; None where the account may not see that.
    pub fn mails(&self) -> Option<i64> {
        let may = self.call("mail.mail", "check_access_rights", json!(["read", false]), json!({}));
        (may == json!(true)).then(|| self.call("mail.mail", "search_count", json!([[]]), json!({})).as_i64().unwrap())
    }
}
