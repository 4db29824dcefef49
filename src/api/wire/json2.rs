//! `/json/2/<model>/<method>`: Odoo 19's way of calling, with an API key as bearer, arguments by name, and errors by status.
//! Beside it the version, and the documentation that its clients turn arguments by position into named ones with.

use std::net::IpAddr;
use std::sync::Arc;

use rocket::http::{ContentType, Header, Method, Status};
use rocket::request::{FromRequest, Outcome};
use rocket::response::{self, Responder};
use rocket::route::{self, Handler};
use rocket::{Data, Request, Route, State, get, post, routes};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::body::{self, CallHead, CallRefused, UnreadBody, WireAnswer, WireFormat, blocking};
use super::json::{self, Ordered};
use super::services::{self, DATABASE, ObjectCall, Ready};
use super::{Door, JsonBody};
use crate::api::Api;
use crate::api::fault::{ApiFault, FaultKind};
use crate::domain::person::Caller;
use crate::domain::secret::Secret;
use crate::domain::text::shorten;
use crate::operations::{App, credentials};
use crate::say;

/// What clients of this way of calling know; those of the others hear of [`services::version`].
const VERSION: &str = "19.0";

pub(super) fn routes() -> Vec<Route> {
    let methods = [Method::Get, Method::Post, Method::Put, Method::Delete, Method::Patch];
    let astray = methods.map(|method| Route::ranked(20, method, "/json/2/<_..>", Astray));
    routes![call, version, json_version, documentation].into_iter().chain(astray).collect()
}

#[get("/web/version")]
fn version() -> (ContentType, String) {
    (ContentType::JSON, json!({"version_info": [19, 0, 0, "final", 0, ""], "version": VERSION}).to_string())
}

#[get("/json/version")]
fn json_version() -> (ContentType, String) {
    version()
}

/// The key of a request, and the database that it names.
struct Bearer {
    key: Option<Secret>,
    database: Option<String>,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Bearer {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        let one = |name: &str| request.headers().get_one(name);
        let key = one("Authorization").and_then(|header| header.trim().split_once(char::is_whitespace));
        let key = key.filter(|(scheme, key)| scheme.eq_ignore_ascii_case("bearer") && !key.trim().is_empty());
        let key = key.map(|(_, key)| Secret::new(key.trim()));
        let database = one("X-Odoo-Database").filter(|name| !name.is_empty()).map(str::to_owned);
        Outcome::Success(Self { key, database })
    }
}

impl Bearer {
    /// Who calls.
    fn caller(&self, app: &App, address: Option<IpAddr>) -> Result<Caller, ApiFault> {
        if let Some(name) = self.database.as_deref().filter(|name| *name != DATABASE) {
            let shown = shorten(name, 60);
            return Err(not_found(say!("api-database", shown, database = DATABASE).to_string()));
        }
        let unauthorized = |words: crate::domain::words::Sentence| {
            ApiFault::new(FaultKind::Http(401, "Unauthorized"), words.to_string())
        };
        let key = self.key.as_ref().ok_or_else(|| unauthorized(say!("api-json2-no-key")))?;
        credentials::sign_in_by_key(app, key, address).map_err(|error| match error {
            crate::operations::sessions::SignInError::Wrong => unauthorized(say!("api-json2-wrong-key")),
            other => services::refused(other),
        })
    }
}

fn not_found(words: String) -> ApiFault {
    ApiFault::new(FaultKind::Http(404, "NotFound"), words)
}

/// An answer, or an error in the shape and with the status that Odoo 19 has for it.
struct Json2Answer {
    answer: WireAnswer,
    status: Status,
}

impl Json2Answer {
    fn written(app: &App, outcome: Result<impl Serialize, ApiFault>) -> Result<Self, CallRefused> {
        Ok(match outcome {
            Ok(value) => Self { answer: as_json(app, &value)?, status: Status::Ok },
            Err(fault) => Self { answer: as_json(app, &told(&fault))?, status: Status::new(fault.status()) },
        })
    }
}

fn as_json(app: &App, value: &impl Serialize) -> Result<WireAnswer, CallRefused> {
    let write = |to: &mut dyn std::io::Write| serde_json::to_writer(to, value).map_err(std::io::Error::from);
    WireAnswer::new(ContentType::JSON, &app.spool(), write).map_err(|error| services::unwritten(&error))
}

/// Without a traceback, which would tell of the program and not of the call.
fn told(fault: &ApiFault) -> Ordered {
    let arguments = match fault.kind {
        FaultKind::Http(status, _) => json!([fault.message, status]),
        _ => json!([fault.message]),
    };
    Ordered::default()
        .with("name", fault.exception())
        .with("message", fault.message.as_str())
        .with("arguments", arguments)
        .with("context", json!({}))
        .with("debug", fault.text())
}

impl<'r> Responder<'r, 'static> for Json2Answer {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let mut response = self.answer.respond_to(request)?;
        response.set_status(self.status);
        if self.status == Status::Unauthorized {
            response.set_header(Header::new("WWW-Authenticate", "bearer"));
        }
        Ok(response)
    }
}

/// A body whose caller and method are known before it is read.
struct Json2Calls {
    bearer: Arc<Bearer>,
    method: String,
}

impl WireFormat for Json2Calls {
    fn peek(&self, _: &[u8]) -> Option<CallHead> {
        let bearer = self.bearer.clone();
        let who = move |app: &App, address| bearer.caller(app, address);
        Some(CallHead { who: Box::new(who), method: Some(self.method.clone()) })
    }

    /// An empty one is one without arguments.
    fn overhead(&self, body: &[u8]) -> Result<usize, ApiFault> {
        if body.trim_ascii().is_empty() { Ok(0) } else { json::overhead(body) }
    }
}

#[post("/json/2/<model>/<method>", data = "<data>")]
async fn call(
    door: Door,
    bearer: Bearer,
    _json: JsonBody,
    model: &str,
    method: &str,
    data: Data<'_>,
) -> Result<Json2Answer, CallRefused> {
    let (api, address, bearer) = (door.api.clone(), door.address, Arc::new(bearer));
    let wire = Json2Calls { bearer: bearer.clone(), method: method.to_owned() };
    let body = match body::read(&door, Arc::new(wire), data).await {
        Ok(body) => body,
        Err(UnreadBody::Refused(refused)) => return Err(refused),
        Err(UnreadBody::Fault(fault, _)) => {
            // Whoever is nobody hears that, and not what is wrong with the body.
            return blocking(move || {
                let fault = bearer.caller(&api.app, address).err().unwrap_or(fault);
                Json2Answer::written(&api.app, Err::<(), _>(unparsed(fault)))
            })
            .await?;
        }
    };
    let (model, method) = (model.to_owned(), method.to_owned());
    blocking(move || {
        let makes = matches!(method.as_str(), "create" | "message_post");
        let read = |bytes: &[u8]| (makes, ready(&api, &bearer, address, (&model, &method), bytes));
        services::carry_out(&api, body, read, |is_made, outcome| {
            let outcome = outcome.map(|value| match value {
                // Odoo 19 answers the rows that were made, one of them too.
                Value::Number(id) if is_made => json!([id]),
                value => value,
            });
            Json2Answer::written(&api.app, outcome)
        })
    })
    .await?
}

/// A body that is no JSON.
fn unparsed(fault: ApiFault) -> ApiFault {
    match fault.kind {
        FaultKind::Application("JSONDecodeError") => {
            let words = say!("api-json2-no-json", error = fault.message);
            ApiFault::new(FaultKind::Http(400, "BadRequest"), words.to_string())
        }
        _ => fault,
    }
}

fn ready(
    api: &Api,
    bearer: &Bearer,
    address: Option<IpAddr>,
    (model, method): (&str, &str),
    body: &[u8],
) -> Result<Ready, ApiFault> {
    let caller = bearer.caller(&api.app, address)?;
    let mut named = match body.trim_ascii() {
        b"" => Map::new(),
        body => match json::read(super::json::SkimmedValue::of(body)).map_err(unparsed)? {
            Value::Object(named) => named,
            // As Odoo takes it: no arguments.
            _ => Map::new(),
        },
    };
    // What the path says counts.
    named.remove("__model__");
    named.remove("__method__");
    let found = api.models.find(model).ok_or_else(|| not_found(say!("api-json2-no-model", model).to_string()))?;
    if method.starts_with('_') {
        return Err(ApiFault::new(FaultKind::AccessError, say!("api-json2-private", model, method).to_string()));
    }
    let no_method = || not_found(say!("api-json2-no-method", model, method).to_string());
    let signature = found.signature(method).ok_or_else(no_method)?;
    let args = signature.bind(model, &mut named)?;
    Ok(Ready::Call(caller, ObjectCall { model: model.to_owned(), method: method.to_owned(), args, kwargs: named }))
}

/// Whatever else is asked below `/json/2`.
#[derive(Clone)]
struct Astray;

#[rocket::async_trait]
impl Handler for Astray {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> route::Outcome<'r> {
        let Some(api) = request.rocket().state::<Arc<Api>>().cloned() else {
            return route::Outcome::forward(data, Status::InternalServerError);
        };
        let fault = not_found(say!("api-json2-astray").to_string());
        let answer = blocking(move || Json2Answer::written(&api.app, Err::<(), _>(fault))).await.flatten();
        route::Outcome::from(request, answer)
    }
}

/// `/doc-bearer/<model>.json`: the fields of a model, and its methods with their parameters in order.
#[get("/doc-bearer/<file>")]
async fn documentation(
    api: &State<Arc<Api>>,
    door: Door,
    bearer: Bearer,
    file: &str,
) -> Result<Json2Answer, CallRefused> {
    let (api, file) = (api.inner().clone(), file.to_owned());
    blocking(move || {
        let told = bearer.caller(&api.app, door.address).and_then(|caller| documented(&api, &caller, &file));
        Json2Answer::written(&api.app, told)
    })
    .await?
}

fn documented(api: &Api, caller: &Caller, file: &str) -> Result<Ordered, ApiFault> {
    let asked = file.strip_suffix(".json").unwrap_or(file);
    let fields = |model: &str| api.call(caller, &api.room(), model, "fields_get", Vec::new(), Map::new());
    if asked == "index" {
        let mut models = Vec::new();
        for model in api.models.all() {
            let Value::Object(fields) = fields(&model.name)? else { continue };
            let labels: Map<String, Value> =
                fields.into_iter().map(|(name, field)| (name, json!({"string": field["string"]}))).collect();
            let methods: Vec<&str> = model.signatures().map(|signature| signature.name).collect();
            models.push(json!({"model": model.name, "name": model.label, "fields": labels, "methods": methods}));
        }
        return Ok(Ordered::default().with("modules", json!(["mailgate"])).with("models", models));
    }
    let model =
        api.models.find(asked).ok_or_else(|| not_found(say!("api-json2-no-model", model = asked).to_string()))?;
    let methods = model.signatures().map(|signature| (signature.name.to_owned(), signature.told())).collect();
    Ok(Ordered::default()
        .with("model", model.name.as_str())
        .with("name", model.label.as_str())
        .with("doc", Value::Null)
        .with("fields", fields(&model.name)?)
        .with_members("methods", methods))
}
