//! A client of the API: XML-RPC over Rocket's local client, written and read by our own codec (whose other end is
//! tested on a real Odoo's recordings).

use mailgate::xmlrpc::{DocumentLimits, FaultCode, MethodAnswer, Value, read_answer, write_call};
use rocket::http::ContentType;
use rocket::local::blocking::Client;

use crate::support::app::PASSWORD;
use crate::support::database::Place;
use crate::web::site::Site;

pub struct Api {
    pub site: Site,
    client: Client,
    uid: i32,
}

pub type Refused = (FaultCode, String);

impl Api {
    /// A system with `admin`, `officer` and `auditor`, and one of them signed in.
    pub fn new(place: &Place, login: &str) -> Self {
        Self::of(Site::new(place), login)
    }

    /// Nobody signed in yet.
    pub fn unsigned(site: Site) -> Self {
        let client = Client::untracked(mailgate::build(site.app.clone())).unwrap();
        Self { site, client, uid: 0 }
    }

    pub fn of(site: Site, login: &str) -> Self {
        let mut api = Self::unsigned(site);
        match api.common("authenticate", &[s("mailgate"), s(login), s(PASSWORD), list([])]) {
            Ok(Value::Integer(uid)) => api.uid = uid,
            other => panic!("{login} can't sign in: {other:?}"),
        }
        api
    }

    pub fn common(&self, method: &str, params: &[Value]) -> Result<Value, Refused> {
        self.post("/xmlrpc/2/common", method, params.to_vec())
    }

    /// `execute_kw` with as many positional arguments as there are.
    pub fn call_all(&self, model: &str, method: &str, args: Vec<Value>) -> Result<Value, Refused> {
        self.call_named(model, method, args, members([]))
    }

    /// `execute_kw` with a struct of named arguments besides.
    pub fn call_named(&self, model: &str, method: &str, args: Vec<Value>, named: Value) -> Result<Value, Refused> {
        let who = [s("mailgate"), Value::Integer(self.uid), s(PASSWORD)];
        let what = [s(model), s(method), Value::Array(args), named];
        self.post("/xmlrpc/2/object", "execute_kw", [who.as_slice(), &what].concat())
    }

    /// `execute_kw` with positional arguments.
    pub fn call<const N: usize>(&self, model: &str, method: &str, args: [Value; N]) -> Result<Value, Refused> {
        self.call_with(model, method, args, [])
    }

    pub fn call_with<const N: usize, const M: usize>(
        &self,
        model: &str,
        method: &str,
        args: [Value; N],
        named: [(&str, Value); M],
    ) -> Result<Value, Refused> {
        self.call_named(model, method, args.into(), members(named))
    }

    pub fn post(&self, path: &str, method: &str, params: Vec<Value>) -> Result<Value, Refused> {
        let document = write_call(method, params).unwrap();
        let response = self.client.post(path.to_owned()).header(ContentType::XML).body(document).dispatch();
        assert_eq!(response.status().code, 200, "{path} {method}");
        match read_answer(&response.into_bytes().unwrap(), &DocumentLimits::default()).unwrap() {
            MethodAnswer::Value(value) => Ok(value),
            MethodAnswer::Fault { code, message } => Err((code, message)),
        }
    }

    pub fn json(&self, path: &str, body: &serde_json::Value) -> serde_json::Value {
        let response = self.client.post(path.to_owned()).header(ContentType::JSON).body(body.to_string()).dispatch();
        serde_json::from_slice(&response.into_bytes().unwrap()).unwrap()
    }

    /// Posts these bytes as they are.
    pub fn raw(&self, path: &str, body: &[u8]) -> Vec<u8> {
        self.client.post(path.to_owned()).body(body).dispatch().into_bytes().unwrap_or_default()
    }
}

pub fn s(text: &str) -> Value {
    Value::String(text.to_owned())
}

pub fn list<const N: usize>(items: [Value; N]) -> Value {
    Value::Array(items.into())
}

pub fn members<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Struct(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// `(field, operator, value)`.
pub fn leaf(field: &str, operator: &str, value: Value) -> Value {
    list([s(field), s(operator), value])
}

/// The member of a struct.
#[track_caller]
pub fn member<'v>(value: &'v Value, name: &str) -> &'v Value {
    match value {
        Value::Struct(members) => members.get(name).unwrap_or_else(|| panic!("no {name} in {value:?}")),
        other => panic!("no struct: {other:?}"),
    }
}

/// The first of a list.
#[track_caller]
pub fn first(value: &Value) -> &Value {
    match value {
        Value::Array(items) if !items.is_empty() => &items[0],
        other => panic!("no list with something in it: {other:?}"),
    }
}
