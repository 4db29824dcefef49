//! An account at an Odoo, or at what speaks like one, over XML-RPC and HTTP.

use std::io::Read;
use std::time::Duration;

use mailgate::xmlrpc::{DocumentLimits, MethodAnswer, Outgoing, read_answer};
use serde_json::{Value as Json, json};

use super::fake_odoo::{from_json, to_json};

pub struct Account {
    url: String,
    /// Database, number and password, as each call names them.
    who: [Json; 3],
}

impl Account {
    pub fn sign_in(url: &str, database: &str, login: &str, password: &str) -> Self {
        let mut account =
            Self { url: url.trim_end_matches('/').into(), who: [json!(database), Json::Null, json!(password)] };
        let params = [json!(database), json!(login), json!(password), json!({})];
        account.who[1] = account.post("common", "authenticate", &params);
        assert!(account.who[1].is_number(), "{url} does not let {login} in");
        account
    }

    /// Calls a method; a fault fails the test.
    pub fn call(&self, model: &str, method: &str, args: Json, kwargs: Json) -> Json {
        let call = [json!(model), json!(method), args, kwargs];
        self.post("object", "execute_kw", &[self.who.as_slice(), &call].concat())
    }

    /// What a method answers; None where the account may not call it.
    pub fn allowed(&self, model: &str, method: &str, args: Json) -> Option<Json> {
        let call = [json!(model), json!(method), args, json!({})];
        match self.ask("object", "execute_kw", &[self.who.as_slice(), &call].concat()) {
            MethodAnswer::Value(value) => Some(to_json(&value)),
            MethodAnswer::Fault { .. } => None,
        }
    }

    pub fn version(&self) -> String {
        self.post("common", "version", &[])["server_version"].as_str().unwrap().to_owned()
    }

    /// The words of the fault that a call of a method ends with.
    pub fn refused(&self, model: &str, method: &str, args: Json) -> String {
        let call = [json!(model), json!(method), args, json!({})];
        match self.ask("object", "execute_kw", &[self.who.as_slice(), &call].concat()) {
            MethodAnswer::Fault { message, .. } => message,
            MethodAnswer::Value(value) => panic!("{model}.{method} is no fault: {value:?}"),
        }
    }

    fn post(&self, service: &str, method: &str, params: &[Json]) -> Json {
        let what = if service == "object" { &params[4] } else { &json!(method) };
        match self.ask(service, method, params) {
            MethodAnswer::Value(value) => to_json(&value),
            MethodAnswer::Fault { message, .. } => panic!("{what}: {message}"),
        }
    }

    fn ask(&self, service: &str, method: &str, params: &[Json]) -> MethodAnswer {
        let params = params.iter().map(|param| from_json(param).into()).collect();
        let outgoing = Outgoing::call(method, params).unwrap();
        let mut document = Vec::new();
        outgoing.reader().read_to_end(&mut document).unwrap();
        let url = format!("{}/xmlrpc/2/{service}", self.url);
        let request = ureq::post(url).config().timeout_global(Some(Duration::from_secs(120))).build();
        let answer = request.content_type("text/xml").send(&document[..]).unwrap().body_mut().read_to_vec().unwrap();
        read_answer(&answer, &DocumentLimits::default()).unwrap()
    }
}
