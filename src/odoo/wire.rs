//! What is said to an Odoo: its two protocols, XML-RPC (`/xmlrpc/2/common`, `/xmlrpc/2/object` and `/xmlrpc/2/db`) and JSON-2 since
//! version 19; and its values, where an empty one is `false` and a many2one is `[id, name]`.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value as Json;

use super::fault::{self, OdooFault};
use super::http::{HttpAnswer, HttpPost, JSON, Network, OdooHttp, Unanswered};
use super::session::{OdooVersion, argument_names};
use super::{Trouble, TroubleKind};
use crate::domain::connection::{Connection, RemoteProtocol};
use crate::domain::expiry::CertificateTaken;
use crate::domain::secret::{Echo, LOOKED_AT, Secret};
use crate::domain::words::Sentence;
use crate::xmlrpc::{DocumentLimits, FaultCode, MethodAnswer, Outgoing, Param, Value, read_answer};
use crate::{complain, say};

pub(super) struct XmlRpc {
    http: OdooHttp,
    url: String,
    database: String,
    login: String,
    password: Secret,
    /// Takes the password out of what the far end says.
    echo: Echo,
    /// The account's number, once signed in.
    uid: Option<i32>,
    limits: DocumentLimits,
}

impl XmlRpc {
    pub(super) fn new(connection: &Connection, password: &Secret, network: &Network) -> Result<Self, Trouble> {
        Ok(Self {
            http: OdooHttp::new(&connection.url, network)?,
            url: connection.url.as_str().to_owned(),
            database: connection.database.clone(),
            login: connection.login.clone(),
            password: password.clone(),
            // HTTP's own form of it (RFC 7617), which a proxy may say.
            echo: Echo::of(password, &[BASE64.encode(format!("{}:{}", connection.login, password.reveal()))]),
            uid: None,
            limits: DocumentLimits { bytes: network.limits.answer_bytes, ..DocumentLimits::default() },
        })
    }

    /// What failed is told without the password, which every call carries: the far end may quote its arguments.
    fn call(&self, service: &str, method: &str, params: Vec<Param<'_>>) -> Result<Value, CallError> {
        self.say(service, method, params).map_err(|error| hidden(&self.echo, error))
    }

    fn say(&self, service: &str, method: &str, params: Vec<Param<'_>>) -> Result<Value, CallError> {
        let outgoing = Outgoing::call(method, params).map_err(|error| {
            Trouble::new(TroubleKind::Temporary, say!("odoo-call-unwritable", error = error.to_string()))
        })?;
        let path = format!("/xmlrpc/2/{service}");
        let post = HttpPost { path: &path, kind: "text/xml", headers: &[] };
        let answer = self.http.post(&post, &mut outgoing.reader(), outgoing.length())?;
        match read_answer(&answer.body, &self.limits) {
            Ok(MethodAnswer::Value(value)) => Ok(value),
            Ok(MethodAnswer::Fault { code, message }) => {
                // Before it is shortened and judged by its words: the password may say anything.
                let code = match code {
                    FaultCode::Word(word) => FaultCode::Word(self.echo.hide_in(&word)),
                    number => number,
                };
                Err(CallError::Fault(fault::read(&code, &self.echo.hide_in(&both_ends(&message)))))
            }
            Err(error) => Err(self.unreadable(Sentence::verbatim(error.to_string()))),
        }
    }

    /// An answer that can't be read says nothing about what was done.
    fn unreadable(&self, why: Sentence) -> CallError {
        Trouble::new(TroubleKind::Cut, say!("odoo-answer-unreadable", url = self.url, why)).into()
    }
}

/// An error without the password.
pub(super) fn hidden(echo: &Echo, error: CallError) -> CallError {
    match error {
        // Its words were looked at before they were judged.
        CallError::Fault(fault) => CallError::Fault(fault),
        CallError::Unanswered(Unanswered::TooLarge(complaint)) => {
            Unanswered::TooLarge(complaint.changed(&|words| echo.hide_in(words))).into()
        }
        CallError::Unanswered(Unanswered::Trouble(reached, trouble)) => {
            let complaint = trouble.complaint.changed(&|words| echo.hide_in(words));
            Unanswered::Trouble(reached, Trouble { complaint, ..trouble }).into()
        }
    }
}

/// A traceback may be long: how it begins and ends is what is read of it.
fn both_ends(message: &str) -> Cow<'_, str> {
    const BEGIN: usize = 1 << 10;
    if message.len() <= LOOKED_AT {
        return Cow::Borrowed(message);
    }
    let end = message.len() - (LOOKED_AT - 2 * BEGIN);
    let begin = (0..=BEGIN).rev().find(|at| message.is_char_boundary(*at)).unwrap_or(0);
    let end = (end..=message.len()).find(|at| message.is_char_boundary(*at)).unwrap_or(message.len());
    Cow::Owned(format!("{}\n{}", &message[..begin], &message[end..]))
}

impl Transport for XmlRpc {
    fn protocol(&self) -> RemoteProtocol {
        RemoteProtocol::XmlRpc
    }

    fn version(&mut self) -> Result<OdooVersion, CallError> {
        let value = self.call("common", "version", Vec::new())?;
        let text = match value {
            Value::Struct(mut members) => match members.remove("server_version") {
                Some(Value::String(text)) => text,
                _ => String::new(),
            },
            _ => String::new(),
        };
        OdooVersion::parse(&self.echo.hide_in(&text)).ok_or_else(|| self.unreadable(say!("odoo-answer-no-version")))
    }

    fn certificate(&self) -> Option<CertificateTaken> {
        self.http.certificate()
    }

    fn databases(&mut self) -> Result<Vec<String>, CallError> {
        match self.call("db", "list", Vec::new())? {
            Value::Array(names) => Ok(names
                .into_iter()
                .filter_map(|name| match name {
                    Value::String(name) => Some(self.echo.hide_in(&name)),
                    _ => None,
                })
                .collect()),
            _ => Err(self.unreadable(say!("odoo-answer-no-databases"))),
        }
    }

    fn sign_in(&mut self) -> Result<bool, CallError> {
        let text = |text: &str| Param::from(Value::String(text.to_owned()));
        let nothing = Value::Struct(Default::default()).into();
        let params = vec![text(&self.database), text(&self.login), text(self.password.reveal()), nothing];
        self.uid = match self.call("common", "authenticate", params)? {
            Value::Integer(uid) if uid > 0 => Some(uid),
            _ => None,
        };
        Ok(self.uid.is_some())
    }

    fn execute(&mut self, call: Execute<'_>) -> Result<Value, CallError> {
        let text = |text: &str| Param::from(Value::String(text.to_owned()));
        let kwargs = call.kwargs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let params = vec![
            text(&self.database),
            Value::Integer(self.uid.unwrap_or_default()).into(),
            text(self.password.reveal()),
            text(call.model),
            text(call.method),
            Param::Array(call.args),
            Value::Struct(kwargs).into(),
        ];
        self.call("object", "execute_kw", params)
    }
}

/// The way to one database of one Odoo, as one account.
pub(super) trait Transport: Send {
    fn protocol(&self) -> RemoteProtocol;

    /// Needs no account.
    fn version(&mut self) -> Result<OdooVersion, CallError>;

    /// The databases of the server; it may refuse to list them. Needs no account.
    fn databases(&mut self) -> Result<Vec<String>, CallError>;

    /// The certificate that the far end showed; None where nothing is encrypted.
    fn certificate(&self) -> Option<CertificateTaken>;

    /// False where login, password or key is refused.
    fn sign_in(&mut self) -> Result<bool, CallError>;

    /// Calls a method of a model.
    fn execute(&mut self, call: Execute<'_>) -> Result<Value, CallError>;
}

/// One call of a model's method.
#[derive(Debug)]
pub(super) struct Execute<'a> {
    pub model: &'a str,
    pub method: &'a str,
    pub args: Vec<Param<'a>>,
    pub kwargs: Vec<(&'static str, Value)>,
}

/// Why a call has no result.
#[derive(Debug)]
pub(super) enum CallError {
    /// The far end answered with a fault.
    Fault(OdooFault),
    /// There is no answer.
    Unanswered(Unanswered),
}

impl From<Unanswered> for CallError {
    fn from(unanswered: Unanswered) -> Self {
        CallError::Unanswered(unanswered)
    }
}

impl From<Trouble> for CallError {
    fn from(trouble: Trouble) -> Self {
        CallError::Unanswered(trouble.into())
    }
}

// Odoo's JSON-2, since version 19: `POST /json/2/<model>/<method>` with arguments by name, and the account by its API
// key.

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

/// A record as `read` and `search_read` give it.
pub(super) type OdooRow = std::collections::HashMap<String, Value>;

pub(super) fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

pub(super) fn texts(texts: &[&str]) -> Value {
    Value::Array(texts.iter().map(|one| text(one)).collect())
}

pub(super) fn numbers(numbers: &[i32]) -> Value {
    Value::Array(numbers.iter().copied().map(Value::Integer).collect())
}

/// One condition of a search domain.
pub(super) fn condition(field: &str, operator: &str, value: Value) -> Value {
    Value::Array(vec![text(field), text(operator), value])
}

/// A domain of which one condition has to hold; nothing where there is none.
pub(super) fn any_of(conditions: Vec<Value>) -> Value {
    let ors = conditions.len().saturating_sub(1);
    Value::Array(std::iter::repeat_n(text("|"), ors).chain(conditions).collect())
}

pub(super) fn members(entries: Vec<(&str, Value)>) -> Value {
    Value::Struct(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// The rows of an answer; what is none is left out.
pub(super) fn rows(value: Value) -> Vec<OdooRow> {
    let Value::Array(items) = value else { return Vec::new() };
    let row = |item| match item {
        Value::Struct(members) => Some(members.into_iter().collect()),
        _ => None,
    };
    items.into_iter().filter_map(row).collect()
}

/// A text; None where it is `false`, empty or something else.
pub(super) fn text_of(row: &OdooRow, field: &str) -> Option<String> {
    match row.get(field) {
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        _ => None,
    }
}

/// A number, or the number of a many2one.
pub(super) fn id_of(row: &OdooRow, field: &str) -> Option<i32> {
    row.get(field).and_then(id)
}

pub(super) fn id(value: &Value) -> Option<i32> {
    match value {
        Value::Integer(id) if *id > 0 => Some(*id),
        Value::Array(pair) => match pair.first() {
            Some(Value::Integer(id)) if *id > 0 => Some(*id),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn ids_of(row: &OdooRow, field: &str) -> Vec<i32> {
    match row.get(field) {
        Some(Value::Array(ids)) => ids.iter().filter_map(id).collect(),
        _ => Vec::new(),
    }
}

pub(super) fn is_true(row: &OdooRow, field: &str) -> bool {
    row.get(field) == Some(&Value::Boolean(true))
}

/// Text that `like` and `ilike` take literally.
pub(super) fn literal(text: &str) -> String {
    text.chars().flat_map(|c| matches!(c, '%' | '_' | '\\').then_some('\\').into_iter().chain([c])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_value_is_none_and_a_many2one_is_its_number() {
        let row: OdooRow = [
            ("name".to_owned(), Value::String("Amina".into())),
            ("email".to_owned(), Value::Boolean(false)),
            ("partner_id".to_owned(), Value::Array(vec![Value::Integer(7), Value::String("Amina".into())])),
        ]
        .into();
        assert_eq!(text_of(&row, "name").as_deref(), Some("Amina"));
        assert_eq!(text_of(&row, "email"), None);
        assert_eq!(id_of(&row, "partner_id"), Some(7));
        assert_eq!(id_of(&row, "email"), None);
    }

    #[test]
    fn wildcards_are_taken_literally() {
        assert_eq!(literal(r"a_b%c\d"), r"a\_b\%c\\d");
    }
}
