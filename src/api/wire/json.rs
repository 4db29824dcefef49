//! `/jsonrpc`: the same services in JSON-RPC 2.0, with Odoo's error object.

use std::sync::Arc;

use rocket::http::ContentType;
use rocket::{Data, Route, post, routes};
use serde_json::{Value, json};

use super::answer::{CallRefused, WireAnswer, blocking};
use super::body::{self, CallHead, UnreadBody, WireFormat};
use super::services::{self, ObjectCall, Ready};
use super::skim::{self, SkimmedValue};
use super::{Door, JsonBody};
use crate::api::Api;
use crate::api::fault::{ApiFault, FaultKind};
use crate::operations::App;
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

/// Reads the body of a call, and answers what `work` makes ready of its parameters.
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
        services::carry_out(&api, body, read, |id, outcome| written(&api.app, id, outcome))
    })
    .await?
}

/// Reads `/jsonrpc`'s bodies.
struct JsonCalls;

impl WireFormat for JsonCalls {
    fn peek(&self, head: &[u8]) -> Option<CallHead> {
        let params = SkimmedValue { text: head.trim_ascii(), whole: false }.member("params")?;
        // Clients that sort their members name the service last.
        if params.member("service").is_some_and(|service| service.string().as_deref() != Some("object")) {
            return None;
        }
        let mut args = params.member("args")?.items().map(|item| item.read::<Value>());
        let mut next = || args.next().flatten();
        let (database, user, password) = (next()?, next()?, next()?);
        let method = args.nth(1).flatten().and_then(|method| method.as_str().map(str::to_owned));
        let who = move |app: &App, address| services::caller(app, &database, &user, &password, address);
        Some(CallHead { who: Box::new(who), method })
    }

    fn overhead(&self, body: &[u8]) -> Result<usize, ApiFault> {
        overhead(body)
    }
}

pub(crate) fn overhead(body: &[u8]) -> Result<usize, ApiFault> {
    skim::overhead(body, &DocumentLimits { bytes: body.len(), ..DocumentLimits::default() }).map_err(
        |error| match error {
            CodecError::Malformed => {
                ApiFault::new(FaultKind::Application("JSONDecodeError"), say!("api-no-json").to_string())
            }
            error => ApiFault::new(FaultKind::Application("ValueError"), error.to_string()),
        },
    )
}

/// The call's identity, which is told again. Nobody numbers his calls with more than a short text.
pub(crate) fn id(body: &[u8]) -> Value {
    let id = SkimmedValue { text: body.trim_ascii(), whole: false }.member("id").filter(|id| id.text.len() <= 256);
    id.and_then(SkimmedValue::read).unwrap_or_default()
}

/// The request's `params`, which are nothing where there are none.
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
    services::dispatch(app, address, &text("service"), &text("method"), &mut args)
}

/// The answer, or Odoo's error object.
fn written(app: &App, id: Value, outcome: Result<Value, ApiFault>) -> Result<WireAnswer, CallRefused> {
    let envelope = enveloped(id, outcome);
    let write = |to: &mut dyn std::io::Write| serde_json::to_writer(to, &envelope).map_err(std::io::Error::from);
    WireAnswer::new(ContentType::JSON, &app.spool(), write).map_err(|error| services::unwritten(&error))
}

fn enveloped(id: Value, outcome: Result<Value, ApiFault>) -> Value {
    match outcome {
        // As Odoo has it, nothing is no result.
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

/// A call on an object whose caller is known otherwise than by its arguments.
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
