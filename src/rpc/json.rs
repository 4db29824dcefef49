//! `/jsonrpc`: the same services in JSON-RPC 2.0, with Odoo's error object.

use std::sync::Arc;

use rocket::http::{ContentType, Status};
use rocket::{Data, Route, State, post, routes};
use serde_json::{Value, json};

use super::fault::{Fault, Kind};
use super::{Origin, blocking, body, services};
use crate::operations::App;

pub fn routes() -> Vec<Route> {
    routes![call]
}

#[post("/jsonrpc", data = "<data>")]
async fn call(app: &State<Arc<App>>, origin: Origin, data: Data<'_>) -> Result<(ContentType, String), Status> {
    let (app, body) = (app.inner().clone(), body(data).await?);
    let answer = blocking(move || {
        let request = read(&body);
        let id = request.as_ref().map_or(Value::Null, |request| request["id"].clone());
        enveloped(id, request.and_then(|request| run(&app, origin.0, &request["params"])))
    });
    Ok((ContentType::JSON, answer.await?.to_string()))
}

/// A request's envelope; its depth is bounded by the parser.
pub fn read(body: &[u8]) -> Result<Value, Fault> {
    let request: Value = serde_json::from_slice(body)
        .map_err(|_| Fault::new(Kind::Application("JSONDecodeError"), "the request is no JSON"))?;
    match request.is_object() {
        true => Ok(request),
        false => Err(Fault::new(Kind::Application("ValueError"), "the request is no JSON-RPC object")),
    }
}

fn run(app: &Arc<App>, address: Option<std::net::IpAddr>, params: &Value) -> Result<Value, Fault> {
    let text = |name: &str| params[name].as_str().unwrap_or_default();
    let args = params["args"].as_array().cloned().unwrap_or_default();
    services::dispatch(app, address, text("service"), text("method"), args)
}

/// The answer, or Odoo's error object.
pub fn enveloped(id: Value, outcome: Result<Value, Fault>) -> Value {
    match outcome {
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
