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
    /// None, and a line that says so, where no Odoo is named.
    pub fn named(test: &str) -> Option<Self> {
        let Ok(words) = std::env::var("MAILGATE_TEST_ODOO") else {
            println!("{test} did not run: set MAILGATE_TEST_ODOO=url,db,login,password to a real Odoo 17 with spp_grm");
            return None;
        };
        let words: Vec<&str> = words.splitn(4, ',').collect();
        let [url, database, login, password] = words[..] else { panic!("MAILGATE_TEST_ODOO=url,db,login,password") };
        let connection = Connection {
            url: BaseUrl::parse(url).unwrap(),
            database: database.into(),
            login: login.into(),
            ..connection(url)
        };
        let account = Account::sign_in(url, database, login, password);
        Some(Self { connection, password: Secret::new(password), account })
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
