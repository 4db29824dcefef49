//! The wire formats of the API: two that end in Odoo's three services (`common`, `object`, `db`), the same behind both, and Odoo 19's,
//! which calls objects alone; and what a request must be before its body is read.

pub(super) mod body;
pub(super) mod json;
mod web_client;
pub(super) mod xml;

use std::net::IpAddr;
use std::sync::Arc;

use rocket::data::ToByteUnit;
use rocket::http::{ContentType, Status};
use rocket::{Request, Route, State, request};
use serde_json::{Map, Value, json};

use super::{Api, ObjectCall};
use crate::api::HANDS_MAIL_OVER;
use crate::api::arguments::is_nothing;
use crate::api::fault::{ApiFault, FaultKind};
use crate::domain::filter::python;
use crate::domain::id::UserId;
use crate::domain::person::Caller;
use crate::domain::secret::Secret;
use crate::operations::sign_in::SignInError;
use crate::operations::{App, credentials};
use crate::say;
use body::{Budget, CallRefused, RequestBody};

pub(super) fn routes() -> Vec<Route> {
    [xml::routes(), json::routes(), json::json2_routes(), web_client::routes()].concat()
}

/// Where a call comes in. One that announces more than is taken is refused before anything is read.
pub(super) struct Door {
    api: Arc<Api>,
    budget: Arc<Budget>,
    address: Option<std::net::IpAddr>,
    /// Bytes of the body, where they are announced.
    length: Option<usize>,
}

#[rocket::async_trait]
impl<'r> request::FromRequest<'r> for Door {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, ()> {
        let headers = request.headers();
        let length = headers.get_one("Content-Length").and_then(|length| length.parse::<u64>().ok());
        if length.is_some_and(|length| length > body::MOST.megabytes()) {
            return request::Outcome::Error((Status::PayloadTooLarge, ()));
        }
        let (api, budget) = (request.guard::<&State<Arc<Api>>>().await, request.guard::<&State<Arc<Budget>>>().await);
        let (Some(api), Some(budget)) = (api.succeeded(), budget.succeeded()) else {
            return request::Outcome::Error((Status::InternalServerError, ()));
        };
        let socket = request.remote().map(|remote| remote.ip());
        let length = length.and_then(|length| usize::try_from(length).ok());
        let address = api.app.config.client_address(socket, |name| headers.get(name).last());
        request::Outcome::Success(Self { api: api.inner().clone(), budget: budget.inner().clone(), address, length })
    }
}

/// A body that is JSON, or does not say what it is. What says that it is something else is refused, and so is what a
/// browser sends for a page of another origin (Fetch Metadata, `Sec-Fetch-Site`): a page can send that much in its
/// visitor's name, also without a type, and no client of ours does.
pub(super) struct JsonBody;

#[rocket::async_trait]
impl<'r> request::FromRequest<'r> for JsonBody {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, ()> {
        let is_json = |declared: &str| {
            let kind = ContentType::parse_flexible(declared.trim());
            kind.is_some_and(|kind| {
                let sub = kind.sub().as_str().to_ascii_lowercase();
                kind.top() == "application" && (sub == "json" || sub == "json-rpc" || sub.ends_with("+json"))
            })
        };
        let headers = request.headers();
        if headers.get("Sec-Fetch-Site").any(|site| !matches!(site, "same-origin" | "none")) {
            return request::Outcome::Error((Status::Forbidden, ()));
        }
        match headers.get("Content-Type").all(is_json) {
            true => request::Outcome::Success(Self),
            false => request::Outcome::Error((Status::UnsupportedMediaType, ())),
        }
    }
}

/// The one database that there is.
const DATABASE: &str = "mailgate";
const VERSION: &str = "17.0";

/// Odoo's answer to `version`; clients choose their dialect by it.
fn version() -> Value {
    json!({
        "server_version": VERSION,
        "server_version_info": [17, 0, 0, "final", 0, ""],
        "server_serie": VERSION,
        "protocol_version": 1,
    })
}

/// What is to be done, once all of its request is read.
pub(crate) enum Ready {
    Answer(Value),
    Call(Caller, ObjectCall),
}

impl Ready {
    /// What got its room as mail must be mail indeed.
    pub(crate) fn only(self, as_mail: bool) -> Result<Self, ApiFault> {
        match &self {
            Ready::Call(_, call) if call.method == HANDS_MAIL_OVER => Ok(self),
            _ if as_mail => {
                Err(ApiFault::new(FaultKind::Application("ValueError"), say!("api-changed-meanwhile").to_string()))
            }
            _ => Ok(self),
        }
    }
}

/// Does what a body says, and writes the answer while the room of both is kept. `read` makes the call ready, and gives what
/// the answer repeats of the body.
fn carry_out<T, X>(
    api: &Api,
    body: RequestBody,
    read: impl FnOnce(&[u8]) -> (X, Result<Ready, ApiFault>),
    write: impl FnOnce(X, Result<Value, ApiFault>) -> T,
) -> T {
    let RequestBody { bytes, as_mail, share: _share } = body;
    let (repeated, ready) = read(&bytes);
    // What the call took out of it is there a second time now.
    drop(bytes);
    let room = api.room();
    let outcome = ready.and_then(|ready| ready.only(as_mail)).and_then(|ready| match ready {
        Ready::Answer(value) => Ok(value),
        Ready::Call(caller, call) => Ok(api.call(&caller, &room, call)?),
    });
    write(repeated, outcome)
}

/// An answer that could not be written down.
fn unwritten(error: &std::io::Error) -> CallRefused {
    tracing::error!(%error, "an answer of the API could not be written: is there room in the data folder?");
    CallRefused::FAILED
}

/// The parameters of a call, each built when it is asked for.
type Params<'a> = &'a mut dyn Iterator<Item = Result<Value, ApiFault>>;

/// One call of a service's method. A call on an object is only made ready: its parameters are built once its caller is
/// known.
fn dispatch(
    app: &App,
    address: Option<IpAddr>,
    service: &str,
    method: &str,
    params: Params<'_>,
) -> Result<Ready, ApiFault> {
    match service {
        "common" => common(app, address, method, params.collect::<Result<_, _>>()?).map(Ready::Answer),
        "object" => object(app, address, method, params),
        "db" => db(app, method, &params.collect::<Result<Vec<_>, _>>()?).map(Ready::Answer),
        _ => Err(ApiFault::new(FaultKind::Application("KeyError"), service)),
    }
}

fn common(app: &App, address: Option<IpAddr>, method: &str, params: Vec<Value>) -> Result<Value, ApiFault> {
    expect(method, &params)?;
    match (method, params.as_slice()) {
        ("version", _) => Ok(version()),
        ("about", _) => Ok(json!(say!("api-about").to_string())),
        ("login" | "authenticate", [Value::String(database), Value::String(login), Value::String(password), ..]) => {
            known_database(database)?;
            match credentials::sign_in(app, login, &Secret::new(password.as_str()), address) {
                Ok(caller) => Ok(json!(caller.user.map(|user| user.0))),
                Err(SignInError::Wrong) => Ok(Value::Bool(false)),
                Err(error) => Err(refused(error)),
            }
        }
        ("login" | "authenticate", _) => Ok(Value::Bool(false)),
        _ => Err(ApiFault::new(FaultKind::Application("Exception"), say!("api-no-method", method).to_string())),
    }
}

/// The parameters that Odoo's function of this name has, all of them required; what comes too few or too many is refused
/// in Python's words. `authenticate` may do without the last: what the caller tells of himself is not used.
fn expect(method: &str, params: &[Value]) -> Result<(), ApiFault> {
    let (all, optional): (&[&str], usize) = match method {
        "version" => (&[], 0),
        "login" => (&["db", "login", "password"], 0),
        "authenticate" => (&["db", "login", "password", "user_agent_env"], 1),
        "db_exist" => (&["db_name"], 0),
        _ => return Ok(()),
    };
    let (given, most) = (params.len(), all.len());
    if given > most {
        let (plural, were) = (if most == 1 { "" } else { "s" }, if given == 1 { "was" } else { "were" });
        return Err(argument(&format!("exp_{method}"), &say!("api-takes-most", most, plural, given, were)));
    }
    if given + optional >= most {
        return Ok(());
    }
    let missing: Vec<String> = all[given..].iter().map(|name| format!("'{name}'")).collect();
    let named = match missing.as_slice() {
        [one] => one.clone(),
        [one, other] => format!("{one} and {other}"),
        [before @ .., last] => format!("{}, and {last}", before.join(", ")),
        [] => String::new(),
    };
    let (count, plural) = (missing.len(), if missing.len() == 1 { "" } else { "s" });
    Err(argument(&format!("exp_{method}"), &say!("api-missing-some", count, plural, named)))
}

fn object(app: &App, address: Option<IpAddr>, method: &str, params: Params<'_>) -> Result<Ready, ApiFault> {
    let mut next = || params.next().transpose();
    let (Some(database), Some(user), Some(password)) = (next()?, next()?, next()?) else {
        return Err(argument(method, &say!("api-object-arguments")));
    };
    let caller = caller(app, &database, &user, &password, address)?;
    let (Some(model), Some(name)) = (next()?, next()?) else {
        return Err(argument(method, &say!("api-object-arguments")));
    };
    let Some(name) = name.as_str() else { return Err(argument(method, &say!("api-method-text"))) };
    let model = model.as_str().map_or_else(|| python(&model), str::to_owned);
    let rest = params.collect::<Result<Vec<_>, _>>()?;
    let (args, kwargs) = match (method, rest.len()) {
        ("execute", _) => (rest, Map::new()),
        ("execute_kw", 0) => return Err(argument(method, &say!("api-missing-args"))),
        ("execute_kw", 1 | 2) => {
            let mut rest = rest.into_iter();
            (list(method, rest.next())?, members(method, rest.next())?)
        }
        ("execute_kw", more) => {
            let given = more + 5;
            return Err(argument(method, &say!("api-takes-six", given)));
        }
        _ => {
            return Err(ApiFault::new(
                FaultKind::Application("NameError"),
                say!("api-not-available", method).to_string(),
            ));
        }
    };
    Ok(Ready::Call(caller, ObjectCall { model, method: name.to_owned(), args, kwargs }))
}

/// Who calls: a number as Odoo has it, also as text; the password is checked against that account.
fn caller(
    app: &App,
    database: &Value,
    user: &Value,
    password: &Value,
    address: Option<IpAddr>,
) -> Result<Caller, ApiFault> {
    known_database(database.as_str().unwrap_or_default())?;
    let id = user.as_i64().or_else(|| user.as_str()?.trim().parse().ok()).and_then(|id| i32::try_from(id).ok());
    let (Some(id), Some(password)) = (id, password.as_str()) else { return Err(ApiFault::denied()) };
    credentials::sign_in_by_id(app, UserId(id), &Secret::new(password), address).map_err(refused)
}

fn refused(error: SignInError) -> ApiFault {
    match error {
        SignInError::Wrong => ApiFault::denied(),
        SignInError::TooMany { retry_after } => {
            ApiFault::new(FaultKind::AccessDenied, say!("api-login-failures", retry_after).to_string())
        }
        SignInError::Other(error) => error.into(),
    }
}

/// What Odoo asks the master password for, which nobody has here: databases are made and kept with other means.
const OF_THE_MASTER: [&str; 9] = [
    "change_admin_password",
    "create_database",
    "drop",
    "dump",
    "duplicate_database",
    "list_countries",
    "migrate_databases",
    "rename",
    "restore",
];

fn db(app: &App, method: &str, params: &[Value]) -> Result<Value, ApiFault> {
    expect(method, params)?;
    match method {
        "list" if app.config.list_databases => Ok(json!([DATABASE])),
        "list" => Err(ApiFault::denied()),
        "server_version" => Ok(json!(VERSION)),
        "db_exist" => Ok(json!(params.first().and_then(Value::as_str) == Some(DATABASE))),
        _ if OF_THE_MASTER.contains(&method) => Err(ApiFault::denied()),
        _ => Err(ApiFault::new(FaultKind::Application("KeyError"), say!("api-no-method", method).to_string())),
    }
}

fn known_database(name: &str) -> Result<(), ApiFault> {
    if name == DATABASE {
        return Ok(());
    }
    let shown = crate::domain::text::shorten(name, 60);
    Err(ApiFault::new(
        FaultKind::Application("psycopg2.OperationalError"),
        say!("api-database", shown, database = DATABASE).to_string(),
    ))
}

fn list(method: &str, value: Option<Value>) -> Result<Vec<Value>, ApiFault> {
    match value {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) => Ok(items),
        Some(value) if is_nothing(&value) => Ok(Vec::new()),
        Some(_) => Err(argument(method, &say!("api-positional"))),
    }
}

fn members(method: &str, value: Option<Value>) -> Result<Map<String, Value>, ApiFault> {
    match value {
        None => Ok(Map::new()),
        Some(Value::Object(members)) => Ok(members),
        Some(value) if is_nothing(&value) => Ok(Map::new()),
        Some(_) => Err(argument(method, &say!("api-named"))),
    }
}

fn argument(method: &str, words: &str) -> ApiFault {
    ApiFault::new(FaultKind::Application("TypeError"), format!("{method}() {words}"))
}
