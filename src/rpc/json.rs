//! `/jsonrpc`: the same services in JSON-RPC 2.0, with Odoo's error object.

use std::sync::Arc;

use rocket::http::{ContentType, Status};
use rocket::{Data, Route, State, post, routes};
use serde_json::error::Category;
use serde_json::{Map, Value, json};

use super::fault::{Fault, Kind};
use super::{Json, Origin, blocking, body, services};
use crate::operations::App;

pub fn routes() -> Vec<Route> {
    routes![call]
}

#[post("/jsonrpc", data = "<data>")]
async fn call(
    app: &State<Arc<App>>,
    origin: Origin,
    _json: Json,
    data: Data<'_>,
) -> Result<(ContentType, String), Status> {
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
    // Read as an object from the first byte on: a list of a million zeros is refused before any of it is kept.
    let request: Result<Map<String, Value>, _> = serde_json::from_slice(body);
    request.map(Value::Object).map_err(|error| match error.classify() {
        Category::Data => Fault::new(Kind::Application("ValueError"), "the request is no JSON-RPC object"),
        _ => Fault::new(Kind::Application("JSONDecodeError"), "the request is no JSON"),
    })
}

fn run(app: &Arc<App>, address: Option<std::net::IpAddr>, params: &Value) -> Result<Value, Fault> {
    let text = |name: &str| params[name].as_str().unwrap_or_default();
    let args = params["args"].as_array().cloned().unwrap_or_default();
    services::dispatch(app, address, text("service"), text("method"), args)
}

/// The answer, or Odoo's error object.
pub fn enveloped(id: Value, outcome: Result<Value, Fault>) -> Value {
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
