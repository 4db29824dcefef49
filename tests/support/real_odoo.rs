//! A real Odoo 17 with OpenSPP's grievances, where `MAILGATE_TEST_ODOO=url,db,login,password` names one.

use std::io::Read;
use std::time::Duration;

use mailgate::domain::connection::{BaseUrl, Connection};
use mailgate::domain::secret::Secret;
use mailgate::xmlrpc::{Answer, Limits, Outgoing, read_answer};
use serde_json::{Value as Json, json};

use super::fake_odoo::{connection, from_json, to_json};

pub struct RealOdoo {
    pub connection: Connection,
    pub password: Secret,
    uid: Json,
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
        let mut odoo = Self { connection, password: Secret::new(password), uid: Json::Null };
        odoo.uid = odoo.post("common", "authenticate", &[json!(database), json!(login), json!(password), json!({})]);
        assert!(odoo.uid.is_number(), "the named Odoo does not let {login} in");
        Some(odoo)
    }

    pub fn port(&self) -> u16 {
        self.connection.url.as_str().rsplit(':').next().unwrap().parse().expect("a URL with a port")
    }

    /// Calls a method; a fault fails the test.
    pub fn call(&self, model: &str, method: &str, args: Json, kwargs: Json) -> Json {
        let account = [json!(self.connection.database), self.uid.clone(), json!(self.password.reveal())];
        let call = [json!(model), json!(method), args, kwargs];
        self.post("object", "execute_kw", &[account.as_slice(), call.as_slice()].concat())
    }

    /// How many mails Odoo has to send or has sent; None where the account may not see that.
    pub fn mails(&self) -> Option<i64> {
        let may = self.call("mail.mail", "check_access_rights", json!(["read", false]), json!({}));
        (may == json!(true)).then(|| self.call("mail.mail", "search_count", json!([[]]), json!({})).as_i64().unwrap())
    }

    fn post(&self, service: &str, method: &str, params: &[Json]) -> Json {
        let params = params.iter().map(|param| from_json(param).into()).collect();
        let outgoing = Outgoing::call(method, params).unwrap();
        let mut document = Vec::new();
        outgoing.reader().read_to_end(&mut document).unwrap();
        let url = format!("{}/xmlrpc/2/{service}", self.connection.url.as_str());
        let request = ureq::post(url).config().timeout_global(Some(Duration::from_secs(120))).build();
        let answer = request.send(&document[..]).unwrap().body_mut().read_to_vec().unwrap();
        match read_answer(&answer, &Limits::default()).unwrap() {
            Answer::Value(value) => to_json(&value),
            Answer::Fault { message, .. } => panic!("{method}: {message}"),
        }
    }
}
