//! Calls in JSON. `/jsonrpc` has the same services as XML-RPC, in JSON-RPC 2.0 with Odoo's error object. `/json/2/<model>/<method>` is
//! Odoo 19's: an API key as bearer, arguments by name, errors by status; with `/web/version` and `/doc-bearer`, by which its
//! clients find out the names of arguments.

use std::net::IpAddr;
use std::sync::Arc;

use memchr::{memchr2, memchr3};
use rocket::http::{ContentType, Header, Method, Status};
use rocket::request::{FromRequest, Outcome};
use rocket::response::{self, Responder};
use rocket::route::{self, Handler};
use rocket::{Data, Request, Route, State, get, post, routes};
use serde::ser::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::body::{self, CallHead, CallRefused, UnreadBody, WireAnswer, WireFormat, blocking};
use super::{DATABASE, Door, JsonBody, Ready};
use crate::api::fault::{ApiFault, FaultKind};
use crate::api::{Api, ObjectCall, wire};
use crate::domain::person::Caller;
use crate::domain::secret::Secret;
use crate::domain::text::shorten;
use crate::operations::{App, credentials};
use crate::say;
use crate::xmlrpc::{CodecError, DocumentLimits};

pub(crate) fn routes() -> Vec<Route> {
    routes![call]
}

#[post("/jsonrpc", data = "<data>")]
async fn call(door: Door, _json: JsonBody, data: Data<'_>) -> Result<WireAnswer, CallRefused> {
    let address = door.address;
    answered(door, JsonCalls, data, move |api, params| ready(&api.app, address, params)).await
}

/// Reads the body of a call and answers it: `work` makes the call of its parameters.
pub(crate) async fn answered(
    door: Door,
    wire: impl WireFormat,
    data: Data<'_>,
    work: impl FnOnce(&Api, SkimmedValue<'_>) -> Result<Ready, ApiFault> + Send + 'static,
) -> Result<WireAnswer, CallRefused> {
    let api = door.api.clone();
    let body = match body::read(&door, Arc::new(wire), data).await {
        Ok(body) => body,
        Err(UnreadBody::Refused(refused)) => return Err(refused),
        Err(UnreadBody::Fault(fault, head)) => {
            return blocking(move || written(&api.app, id(&head), Err(fault))).await?;
        }
    };
    blocking(move || {
        let read = |bytes: &[u8]| (id(bytes), params(bytes).and_then(|params| work(&api, params)));
        wire::carry_out(&api, body, read, |id, outcome| written(&api.app, id, outcome))
    })
    .await?
}

/// Reads `/jsonrpc`'s bodies.
struct JsonCalls;

impl WireFormat for JsonCalls {
    fn peek(&self, head: &[u8]) -> Option<CallHead> {
        let params = SkimmedValue { text: head.trim_ascii(), whole: false }.member("params")?;
        // The service may be unknown yet: some clients sort the members of the object, so that it comes last.
        if params.member("service").is_some_and(|service| service.string().as_deref() != Some("object")) {
            return None;
        }
        let mut args = params.member("args")?.items().map(|item| item.read::<Value>());
        let mut next = || args.next().flatten();
        let (database, user, password) = (next()?, next()?, next()?);
        let method = args.nth(1).flatten().and_then(|method| method.as_str().map(str::to_owned));
        let who = move |app: &App, address| wire::caller(app, &database, &user, &password, address);
        Some(CallHead { who: Box::new(who), method })
    }

    fn overhead(&self, body: &[u8]) -> Result<usize, ApiFault> {
        overhead(body)
    }
}

pub(crate) fn overhead(body: &[u8]) -> Result<usize, ApiFault> {
    overhead_within(body, &DocumentLimits { bytes: body.len(), ..DocumentLimits::default() }).map_err(|error| {
        match error {
            CodecError::Malformed => {
                ApiFault::new(FaultKind::Application("JSONDecodeError"), say!("api-no-json").to_string())
            }
            error => ApiFault::new(FaultKind::Application("ValueError"), error.to_string()),
        }
    })
}

/// The call's id, which its answer repeats. A long one is not taken: clients use numbers or short texts.
pub(crate) fn id(body: &[u8]) -> Value {
    let id = SkimmedValue { text: body.trim_ascii(), whole: false }.member("id").filter(|id| id.text.len() <= 256);
    id.and_then(SkimmedValue::read).unwrap_or_default()
}

/// The request's `params`; null where there are none.
pub(crate) fn params(body: &[u8]) -> Result<SkimmedValue<'_>, ApiFault> {
    let document = SkimmedValue::of(body);
    if document.text.first() != Some(&b'{') {
        return Err(ApiFault::new(FaultKind::Application("ValueError"), say!("api-no-json-rpc").to_string()));
    }
    Ok(document.member("params").unwrap_or(SkimmedValue { text: b"", whole: true }))
}

pub(crate) fn read(piece: SkimmedValue<'_>) -> Result<Value, ApiFault> {
    piece
        .read()
        .ok_or_else(|| ApiFault::new(FaultKind::Application("JSONDecodeError"), say!("api-no-json").to_string()))
}

fn ready(app: &App, address: Option<std::net::IpAddr>, params: SkimmedValue<'_>) -> Result<Ready, ApiFault> {
    let text = |name: &str| params.member(name).and_then(SkimmedValue::string).unwrap_or_default();
    let args = params.member("args");
    let mut args = args.into_iter().flat_map(SkimmedValue::items).map(read);
    wire::dispatch(app, address, &text("service"), &text("method"), &mut args)
}

/// The answer, or Odoo's error object.
fn written(app: &App, id: Value, outcome: Result<Value, ApiFault>) -> Result<WireAnswer, CallRefused> {
    let envelope = enveloped(id, outcome);
    let write = |to: &mut dyn std::io::Write| serde_json::to_writer(to, &envelope).map_err(std::io::Error::from);
    WireAnswer::new(ContentType::JSON, &app.spool(), write).map_err(|error| wire::unwritten(&error))
}

fn enveloped(id: Value, outcome: Result<Value, ApiFault>) -> Value {
    match outcome {
        // As Odoo does it: an answer of nothing has no `result`.
        Ok(Value::Null) => json!({"jsonrpc": "2.0", "id": id}),
        Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
        Err(fault) => json!({"jsonrpc": "2.0", "id": id, "error": {
            "code": fault.outline().0,
            "message": fault.outline().1,
            "data": {
                "name": fault.exception(),
                "debug": fault.text(),
                "message": fault.message,
                "arguments": [fault.message],
                "context": {},
            },
        }}),
    }
}

/// A call of an object without a caller in its arguments: who calls is known by the session.
pub(crate) fn object_call(params: SkimmedValue<'_>) -> Result<ObjectCall, ApiFault> {
    let text = |name: &str| params.member(name).and_then(SkimmedValue::string).unwrap_or_default();
    let given = |name: &str| params.member(name).map_or(Ok(Value::Null), read);
    let (args, kwargs) = (given("args")?, given("kwargs")?);
    Ok(ObjectCall {
        model: text("model"),
        method: text("method"),
        args: if let Value::Array(args) = args { args } else { Vec::new() },
        kwargs: if let Value::Object(kwargs) = kwargs { kwargs } else { Default::default() },
    })
}

// A JSON object that keeps the order of its members, as some clients rely on it.

#[derive(Debug, Default)]
pub(crate) struct Ordered(Vec<(String, Member)>);

#[derive(Debug)]
enum Member {
    Value(Value),
    Object(Ordered),
}

impl Ordered {
    pub(crate) fn with(self, name: &str, value: impl Into<Value>) -> Self {
        self.and(name, Member::Value(value.into()))
    }

    pub(crate) fn with_members(self, name: &str, members: Vec<(String, Ordered)>) -> Self {
        let members = members.into_iter().map(|(name, member)| (name, Member::Object(member)));
        self.and(name, Member::Object(Ordered(members.collect())))
    }

    fn and(mut self, name: &str, member: Member) -> Self {
        self.0.push((name.to_owned(), member));
        self
    }
}

impl Serialize for Ordered {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, member)| (name, member)))
    }
}

impl Serialize for Member {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Member::Value(value) => value.serialize(serializer),
            Member::Object(object) => object.serialize(serializer),
        }
    }
}

// JSON is skimmed before it is parsed: so it is known how much memory a body would take, and its first members can be read while
// the rest has not come yet. Values that are used are then parsed by serde_json.

/// Bytes that serde_json takes besides those of texts: a slot in a list, the node of a struct (room for eleven members
/// from the first on), a further member, the header of a text.
const SLOT: usize = 64;
const NODE: usize = 700;
const MEMBER: usize = 128;
const TEXT: usize = 32;

/// What the values of `text` take in memory, without the bytes of their texts. The document is held against the limits
/// that XML has, and must end where its first value ends.
pub(crate) fn overhead_within(text: &[u8], limits: &DocumentLimits) -> Result<usize, CodecError> {
    let (mut open, mut elements, mut bytes) = (Vec::new(), 1usize, 0usize);
    let mut at = 0;
    let mut ended = false;
    while let Some(byte) = text.get(at) {
        if ended && !byte.is_ascii_whitespace() {
            return Err(CodecError::Malformed);
        }
        match byte {
            b'"' => {
                at += end_of_string(&text[at..]).ok_or(CodecError::Malformed)?;
                bytes += TEXT;
                ended = open.is_empty();
                continue;
            }
            b'{' | b'[' => {
                open.push(*byte);
                elements += 1;
                bytes += SLOT + if *byte == b'{' { NODE } else { 0 };
                if open.len() > limits.depth {
                    return Err(CodecError::TooDeep(limits.depth));
                }
            }
            b'}' | b']' => {
                if open.pop() != Some(*byte - 2) {
                    return Err(CodecError::Malformed);
                }
                ended = open.is_empty();
            }
            b',' => {
                elements += 1;
                bytes += if open.last() == Some(&b'{') { MEMBER } else { SLOT };
            }
            _ => {}
        }
        if elements > limits.elements {
            return Err(CodecError::TooMany(limits.elements));
        }
        at += 1;
    }
    if open.is_empty() { Ok(bytes) } else { Err(CodecError::Malformed) }
}

/// Where the string ends that `text` begins with: the position behind its closing quote.
fn end_of_string(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr2(b'"', b'\\', text.get(at..)?)?;
        match text[at] {
            b'"' => return Some(at + 1),
            _ => at += 2,
        }
    }
}

/// Where the value ends that `text` begins with; None where it is longer than the text.
fn end_of_value(text: &[u8]) -> Option<usize> {
    match text.first()? {
        b'"' => return end_of_string(text),
        b'{' | b'[' => {}
        _ => return text.iter().position(|byte| b",]}".contains(byte) || byte.is_ascii_whitespace()),
    }
    let (mut at, mut depth) = (0, 0usize);
    loop {
        match text.get(at)? {
            b'"' => at += end_of_string(&text[at..])?,
            b'{' | b'[' => (at, depth) = (at + 1, depth + 1),
            b'}' | b']' => {
                (at, depth) = (at + 1, depth.saturating_sub(1));
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {
                // On to the next quote or bracket, whichever comes first.
                let rest = text.get(at + 1..)?;
                let opens = memchr3(b'"', b'{', b'[', rest).unwrap_or(rest.len());
                let closes = memchr2(b'}', b']', &rest[..opens]).unwrap_or(opens);
                at += 1 + closes;
            }
        }
    }
}

/// A value as it stands in its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SkimmedValue<'a> {
    pub text: &'a [u8],
    /// All of it is there.
    pub whole: bool,
}

impl<'a> SkimmedValue<'a> {
    pub(crate) fn of(document: &'a [u8]) -> Self {
        Self { text: document.trim_ascii(), whole: true }
    }

    /// The items of a list; none of any other value.
    pub(crate) fn items(self) -> impl Iterator<Item = SkimmedValue<'a>> {
        self.parts(b'[').map(|(_, item)| item)
    }

    /// The member of this name; the last of several, as parsers take it.
    pub(crate) fn member(self, name: &str) -> Option<SkimmedValue<'a>> {
        let quoted = |key: &[u8]| serde_json::from_slice::<String>(key).is_ok_and(|key| key == name);
        self.parts(b'{').filter(|(key, _)| quoted(key)).last().map(|(_, value)| value)
    }

    /// Its text, where it is a string and all of it is there.
    pub(crate) fn string(self) -> Option<String> {
        self.read()
    }

    /// Its value as this type, where all of it is there and it is one.
    pub(crate) fn read<T: serde::de::DeserializeOwned>(self) -> Option<T> {
        if self.whole { serde_json::from_slice(self.text).ok() } else { None }
    }

    fn parts(self, open: u8) -> Parts<'a> {
        match self.text.split_first() {
            Some((first, rest)) if *first == open => Parts { rest, with_keys: open == b'{' },
            _ => Parts { rest: &[], with_keys: false },
        }
    }
}

struct Parts<'a> {
    rest: &'a [u8],
    with_keys: bool,
}

impl<'a> Parts<'a> {
    /// The next value, behind blanks and the separator.
    fn piece(&mut self, separator: u8) -> Option<SkimmedValue<'a>> {
        let skipped = self.rest.iter().position(|byte| !byte.is_ascii_whitespace() && *byte != separator)?;
        self.rest = &self.rest[skipped..];
        if b"]}".contains(self.rest.first()?) {
            return None;
        }
        let end = end_of_value(self.rest);
        let (text, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        Some(SkimmedValue { text, whole: end.is_some() })
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = (&'a [u8], SkimmedValue<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let key = if self.with_keys { self.piece(b',')?.text } else { &[] };
        let separator = if self.with_keys { b':' } else { b',' };
        Some((key, self.piece(separator)?))
    }
}

/// The version that clients of `/json/2` are told; those of the other formats are told [`wire::version`].
const VERSION: &str = "19.0";

pub(super) fn json2_routes() -> Vec<Route> {
    let methods = [Method::Get, Method::Post, Method::Put, Method::Delete, Method::Patch];
    let astray = methods.map(|method| Route::ranked(20, method, "/json/2/<_..>", Astray));
    routes![call_method, version, json_version, documentation].into_iter().chain(astray).collect()
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
            crate::operations::sign_in::SignInError::Wrong => unauthorized(say!("api-json2-wrong-key")),
            other => wire::refused(other),
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
    WireAnswer::new(ContentType::JSON, &app.spool(), write).map_err(|error| wire::unwritten(&error))
}

/// An error as Odoo 19 writes it, but without a traceback, which would be about our program and not about the call.
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
        if body.trim_ascii().is_empty() { Ok(0) } else { overhead(body) }
    }
}

#[post("/json/2/<model>/<method>", data = "<data>")]
async fn call_method(
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
            // A caller without a valid key is told that first, and not what is wrong with the body.
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
        let read = |bytes: &[u8]| (makes, ready_call(&api, &bearer, address, (&model, &method), bytes));
        wire::carry_out(&api, body, read, |is_made, outcome| {
            let outcome = outcome.map(|value| match value {
                // Odoo 19 answers a list of ids, also for a single row.
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

fn ready_call(
    api: &Api,
    bearer: &Bearer,
    address: Option<IpAddr>,
    (model, method): (&str, &str),
    body: &[u8],
) -> Result<Ready, ApiFault> {
    let caller = bearer.caller(&api.app, address)?;
    let mut named = match body.trim_ascii() {
        b"" => Map::new(),
        body => match read(SkimmedValue::of(body)).map_err(unparsed)? {
            Value::Object(named) => named,
            // As Odoo takes it: no arguments.
            _ => Map::new(),
        },
    };
    // The model is in the path.
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

/// Answers all other addresses below `/json/2`.
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
    let fields = |model: &str| api.call(caller, &api.room(), ObjectCall::new(model, "fields_get", Vec::new()));
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

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: DocumentLimits = DocumentLimits { bytes: 1 << 30, depth: 128, elements: 2_000_000 };

    #[test]
    fn what_a_body_would_take_is_told_before_it_takes_it() {
        let hostile = format!("[{}0]", "{\"\":0},".repeat(900_000));
        assert!(overhead_within(hostile.as_bytes(), &LIMITS).unwrap() > 600_000_000);
        assert_eq!(overhead_within("[".repeat(129).as_bytes(), &LIMITS), Err(CodecError::TooDeep(128)));
        let many = format!("[{}0]", "0,".repeat(2_000_001));
        assert_eq!(overhead_within(many.as_bytes(), &LIMITS), Err(CodecError::TooMany(2_000_000)));
        let text = format!("{{\"a\": \"{}\"}}", "[{,\\\"".repeat(1_000_000));
        assert!(overhead_within(text.as_bytes(), &LIMITS).unwrap() < 1_000, "what stands in a text is text");
        for broken in ["[", "[}", "{]", "]", "\"", "\"\\\"", "{\"a\": [}", "{} {}", "\"a\" \"b\""] {
            assert_eq!(overhead_within(broken.as_bytes(), &LIMITS), Err(CodecError::Malformed), "{broken}");
        }
        for right in ["{}", " [1, {\"a\": \"b\"}] \n", "\"a\\\\\"", "5", "{\"a\": \"]\"}"] {
            assert!(overhead_within(right.as_bytes(), &LIMITS).is_ok(), "{right}");
        }
    }

    #[test]
    fn what_is_there_of_a_cut_body_is_read() {
        let whole = r#" {"id": 7, "par\u0061ms": {"service": "object", "args": ["mail\"gate", 2, "a]b", [1, {"x": []}]], "method": "execute"} } "#;
        let document = SkimmedValue::of(whole.as_bytes());
        let params = document.member("params").unwrap();
        assert_eq!(document.member("id").unwrap().read::<u8>(), Some(7));
        assert_eq!(params.member("method").unwrap().string().as_deref(), Some("execute"));
        let items: Vec<_> = params.member("args").unwrap().items().collect();
        assert_eq!(items.iter().map(|item| item.whole).collect::<Vec<_>>(), [true; 4]);
        assert_eq!(items[0].string().as_deref(), Some("mail\"gate"));
        assert_eq!(items[3].text, b"[1, {\"x\": []}]");
        for end in 0..whole.len() {
            let cut = SkimmedValue { text: whole.as_bytes()[..end].trim_ascii(), whole: false };
            let Some(args) = cut.member("params").and_then(|params| params.member("args")) else { continue };
            let found: Vec<_> = args.items().filter(|item| item.whole).map(|item| item.text).collect();
            let all: Vec<_> = items.iter().map(|item| item.text).collect();
            assert_eq!(found, all[..found.len()], "{end}");
        }
        assert!(document.member("nothing").is_none() && document.items().next().is_none());
        let twice = SkimmedValue::of(br#"{"a": 1, "a": 2}"#);
        assert_eq!(twice.member("a").unwrap().read::<u8>(), Some(2));
    }
}
