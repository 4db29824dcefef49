//! Odoo's three services, the same behind XML-RPC and JSON-RPC.

use std::net::IpAddr;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::fault::{Fault, Kind};
use crate::domain::filter::python;
use crate::domain::id::UserId;
use crate::domain::person::Caller;
use crate::domain::secret::Secret;
use crate::operations::sessions::SignInError;
use crate::operations::{App, credentials, objects};

/// The one database that there is.
pub const DATABASE: &str = "mailgate";
const VERSION: &str = "17.0";

/// Odoo's answer to `version`; clients choose their dialect by it.
pub fn version() -> Value {
    json!({
        "server_version": VERSION,
        "server_version_info": [17, 0, 0, "final", 0, ""],
        "server_serie": VERSION,
        "protocol_version": 1,
    })
}

/// One call of a service's method.
pub fn dispatch(
    app: &Arc<App>,
    address: Option<IpAddr>,
    service: &str,
    method: &str,
    params: Vec<Value>,
) -> Result<Value, Fault> {
    match service {
        "common" => common(app, address, method, params),
        "object" => object(app, address, method, params),
        "db" => db(app, method, &params),
        _ => Err(Fault::new(Kind::Application("KeyError"), service)),
    }
}

fn common(app: &App, address: Option<IpAddr>, method: &str, params: Vec<Value>) -> Result<Value, Fault> {
    expect(method, &params)?;
    match (method, params.as_slice()) {
        ("version", _) => Ok(version()),
        ("about", _) => Ok(json!("See https://www.odoo.com for the API that Mailgate speaks")),
        ("login" | "authenticate", [Value::String(database), Value::String(login), Value::String(password), ..]) => {
            known_database(database)?;
            match credentials::sign_in(app, login, &Secret::new(password.as_str()), address) {
                Ok(caller) => Ok(json!(caller.user.map(|user| user.0))),
                Err(SignInError::Wrong) => Ok(Value::Bool(false)),
                Err(error) => Err(refused(error)),
            }
        }
        ("login" | "authenticate", _) => Ok(Value::Bool(false)),
        _ => Err(Fault::new(Kind::Application("Exception"), format!("Method not found: {method}"))),
    }
}

/// The parameters that Odoo's function of this name has, all of them required; what comes too few or too many is refused
/// in Python's words. `authenticate` may do without the last: what the caller tells of himself is not used.
fn expect(method: &str, params: &[Value]) -> Result<(), Fault> {
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
        return Err(argument(
            &format!("exp_{method}"),
            &format!("takes {most} positional argument{plural} but {given} {were} given"),
        ));
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
    Err(argument(&format!("exp_{method}"), &format!("missing {count} required positional argument{plural}: {named}")))
}

fn object(app: &App, address: Option<IpAddr>, method: &str, params: Vec<Value>) -> Result<Value, Fault> {
    let mut params = params.into_iter();
    let (Some(database), Some(user), Some(password), Some(model), Some(name)) =
        (params.next(), params.next(), params.next(), params.next(), params.next())
    else {
        return Err(argument(method, "takes a database, a user's id, a password, a model and a method"));
    };
    known_database(database.as_str().unwrap_or_default())?;
    let caller = caller(app, &user, &password, address)?;
    let Some(name) = name.as_str() else { return Err(argument(method, "names the method as text")) };
    let model = model.as_str().map_or_else(|| python(&model), str::to_owned);
    let (args, kwargs) = match method {
        "execute" => (params.collect(), Map::new()),
        "execute_kw" if params.len() == 0 => {
            return Err(argument(method, "missing 1 required positional argument: 'args'"));
        }
        "execute_kw" if params.len() > 2 => {
            let given = params.len() + 5;
            return Err(argument(method, &format!("takes from 6 to 7 positional arguments but {given} were given")));
        }
        "execute_kw" => (list(method, params.next())?, members(method, params.next())?),
        _ => return Err(Fault::new(Kind::Application("NameError"), format!("Method not available {method}"))),
    };
    Ok(objects::call(app, &caller, &model, name, args, kwargs)?)
}

/// Who calls: a number as Odoo has it, also as text; the password is checked against that account.
fn caller(app: &App, user: &Value, password: &Value, address: Option<IpAddr>) -> Result<Caller, Fault> {
    let id = user.as_i64().or_else(|| user.as_str()?.trim().parse().ok()).and_then(|id| i32::try_from(id).ok());
    let (Some(id), Some(password)) = (id, password.as_str()) else { return Err(Fault::denied()) };
    credentials::sign_in_by_id(app, UserId(id), &Secret::new(password), address).map_err(refused)
}

pub fn refused(error: SignInError) -> Fault {
    match error {
        SignInError::Wrong => Fault::denied(),
        SignInError::TooMany { retry_after } => Fault::new(
            Kind::AccessDenied,
            format!("Too many login failures, please wait {retry_after} s before trying again."),
        ),
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

fn db(app: &App, method: &str, params: &[Value]) -> Result<Value, Fault> {
    expect(method, params)?;
    match method {
        "list" if app.config.list_databases => Ok(json!([DATABASE])),
        "list" => Err(Fault::denied()),
        "server_version" => Ok(json!(VERSION)),
        "db_exist" => Ok(json!(params.first().and_then(Value::as_str) == Some(DATABASE))),
        _ if OF_THE_MASTER.contains(&method) => Err(Fault::denied()),
        _ => Err(Fault::new(Kind::Application("KeyError"), format!("Method not found: {method}"))),
    }
}

pub fn known_database(name: &str) -> Result<(), Fault> {
    if name == DATABASE {
        return Ok(());
    }
    let shown = crate::domain::text::shorten(name, 60);
    Err(Fault::new(
        Kind::Application("psycopg2.OperationalError"),
        format!("database \"{shown}\" does not exist; the one here is \"{DATABASE}\""),
    ))
}

fn list(method: &str, value: Option<Value>) -> Result<Vec<Value>, Fault> {
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(argument(method, "takes the positional arguments as a list")),
    }
}

fn members(method: &str, value: Option<Value>) -> Result<Map<String, Value>, Fault> {
    match value {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(members)) => Ok(members),
        Some(_) => Err(argument(method, "takes the named arguments as a struct")),
    }
}

fn argument(method: &str, words: &str) -> Fault {
    Fault::new(Kind::Application("TypeError"), format!("{method}() {words}"))
}
