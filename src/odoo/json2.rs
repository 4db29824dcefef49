//! Odoo's JSON-2, since version 19: `POST /json/2/<model>/<method>` with arguments by name, and the account by its API key.

use serde_json::Value as Json;

use super::fault;
use super::http::{HttpAnswer, HttpPost, JSON, OdooHttp, Unanswered};
use super::network::Network;
use super::value::{id, numbers, rows, text_of, texts};
use super::version::{OdooVersion, argument_names};
use super::wire::{CallError, Execute, Transport, both_ends, hidden};
use super::{Trouble, TroubleKind};
use crate::domain::certificate::CertificateTaken;
use crate::domain::connection::{Connection, RemoteProtocol};
use crate::domain::secret::Echo;
use crate::domain::secret::Secret;
use crate::domain::words::Sentence;
use crate::xmlrpc::{Outgoing, Param, Value};
use crate::{complain, say};

pub(super) struct Json2 {
    http: OdooHttp,
    url: String,
    login: String,
    headers: [(&'static str, String); 2],
    /// Takes the key out of what the far end says.
    echo: Echo,
}

/// What a far end says of a call that failed.
#[derive(serde::Deserialize)]
struct Json2Error {
    /// The exception's, with its module.
    #[serde(default)]
    name: String,
    #[serde(default)]
    message: Json,
}

impl Json2 {
    pub(super) fn new(connection: &Connection, password: &Secret, network: &Network) -> Result<Self, Trouble> {
        let headers = [
            ("Authorization", format!("bearer {}", password.reveal())),
            ("X-Odoo-Database", connection.database.clone()),
        ];
        // What is no header can be no key either (RFC 9110, section 5.5).
        let is_sendable = |text: &str| text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
        if !headers.iter().all(|(_, value)| is_sendable(value)) {
            return Err(Trouble::new(TroubleKind::Configuration, say!("odoo-no-key", url = connection.url.as_str()))
                .with_remedy(say!("odoo-remedy-key")));
        }
        Ok(Self {
            http: OdooHttp::new(&connection.url, network)?,
            url: connection.url.as_str().to_owned(),
            login: connection.login.clone(),
            headers,
            echo: Echo::of(password, &[]),
        })
    }

    /// What failed is told without the key, which every call carries.
    fn call(&self, model: &str, method: &str, members: Vec<(&str, Param<'_>)>) -> Result<Value, CallError> {
        self.say(model, method, members).map_err(|error| hidden(&self.echo, error))
    }

    fn say(&self, model: &str, method: &str, members: Vec<(&str, Param<'_>)>) -> Result<Value, CallError> {
        let outgoing = Outgoing::object(members).map_err(|error| {
            Trouble::new(TroubleKind::Temporary, say!("odoo-call-unwritable", error = error.to_string()))
        })?;
        let path = format!("/json/2/{model}/{method}");
        let post = HttpPost { path: &path, kind: JSON, headers: &self.headers };
        let HttpAnswer { status, body } = self.http.post(&post, &mut outgoing.reader(), outgoing.length())?;
        if status == 200 {
            let answer = serde_json::from_slice(&body).map_err(|error| self.unreadable(&error))?;
            return match plain(answer) {
                // As XML-RPC has it, which has no word for nothing.
                Value::Nil => Err(CallError::Fault(fault::nothing())),
                value => Ok(value),
            };
        }
        let error: Json2Error = serde_json::from_slice(&body).map_err(|error| self.unreadable(&error))?;
        // Odoo names the exception with its module; whatever stands before it does not.
        if !error.name.contains('.') {
            return Err(self.http.refused(status, "", &String::from_utf8_lossy(&body), outgoing.length()).into());
        }
        // Before it is shortened and judged by its words: the key may say anything.
        let message = error.message.as_str().map_or_else(|| error.message.to_string(), str::to_owned);
        let (name, message) = (self.echo.hide_in(&error.name), self.echo.hide_in(&both_ends(&message)));
        Err(CallError::Fault(fault::of_status(status, &name, &message)))
    }

    /// An answer that can't be read says nothing about what was done.
    fn unreadable(&self, error: &serde_json::Error) -> CallError {
        let why = Sentence::verbatim(error.to_string());
        Trouble::new(TroubleKind::Cut, say!("odoo-answer-unreadable", url = self.url, why)).into()
    }
}

impl Transport for Json2 {
    fn protocol(&self) -> RemoteProtocol {
        RemoteProtocol::Json2
    }

    fn version(&mut self) -> Result<OdooVersion, CallError> {
        #[derive(serde::Deserialize)]
        struct Answer {
            version: String,
        }
        let answer = self.http.get_json("/web/version").map_err(|error| hidden(&self.echo, error.into()))?;
        let read: Result<Answer, _> = serde_json::from_slice(&answer.body);
        let read = read.map_err(|error| self.unreadable(&error))?;
        let version = OdooVersion::parse(&self.echo.hide_in(&read.version));
        version.ok_or_else(|| {
            let words = say!("odoo-answer-unreadable", url = self.url, why = say!("odoo-answer-no-version"));
            Trouble::new(TroubleKind::Temporary, words).into()
        })
    }

    fn certificate(&self) -> Option<CertificateTaken> {
        self.http.certificate()
    }

    /// JSON-2 has no service that lists them.
    fn databases(&mut self) -> Result<Vec<String>, CallError> {
        Err(CallError::Fault(fault::nothing()))
    }

    /// A key opens whatever account it belongs to, and names no login: that it is the connection's is asked for.
    fn sign_in(&mut self) -> Result<bool, CallError> {
        let context = match self.call("res.users", "context_get", Vec::new()) {
            Ok(Value::Struct(context)) => context,
            Ok(_) => return Ok(false),
            Err(CallError::Fault(fault)) if fault.kind == fault::OdooFaultKind::Denied => return Ok(false),
            Err(error) => return Err(error),
        };
        let Some(user) = context.get("uid").and_then(id) else { return Ok(false) };
        let own = vec![("ids", Param::from(numbers(&[user]))), ("fields", Param::from(texts(&["login"])))];
        let found = rows(self.call("res.users", "read", own)?);
        let other = found.first().and_then(|row| text_of(row, "login")).unwrap_or_default();
        if other.trim().eq_ignore_ascii_case(self.login.trim()) {
            return Ok(true);
        }
        let words = complain!("odoo-key-of-another", url = self.url, other, login = self.login);
        Err(Trouble::new(TroubleKind::Configuration, words).into())
    }

    fn execute(&mut self, call: Execute<'_>) -> Result<Value, CallError> {
        let names = argument_names(call.method);
        // A method that is called with more than it has a name for is a fault of ours, and nothing is sent.
        if call.args.len() > names.len() {
            return Err(Unanswered::from(Trouble::new(
                TroubleKind::Temporary,
                say!("odoo-call-unwritable", error = call.method),
            ))
            .into());
        }
        let positional = names.iter().copied().zip(call.args);
        let named = call.kwargs.into_iter().map(|(name, value)| (name, Param::from(value)));
        self.call(call.model, call.method, positional.chain(named).collect())
    }
}

/// JSON as the values of a far end: numbers of records are 32 bits wide.
fn plain(json: Json) -> Value {
    match json {
        Json::Null => Value::Nil,
        Json::Bool(flag) => Value::Boolean(flag),
        Json::Number(number) => match number.as_i64().and_then(|number| i32::try_from(number).ok()) {
            Some(number) => Value::Integer(number),
            None => Value::Double(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => Value::String(text),
        Json::Array(items) => Value::Array(items.into_iter().map(plain).collect()),
        Json::Object(members) => Value::Struct(members.into_iter().map(|(name, value)| (name, plain(value))).collect()),
    }
}
