//! `/xmlrpc/2/<service>`, and the legacy `/xmlrpc/<service>` whose fault codes are texts.

use std::sync::Arc;

use rocket::http::{ContentType, Status};
use rocket::{Data, Route, State, post, routes};
use serde_json::Value;

use super::fault::{Fault, Kind};
use super::{Origin, blocking, body, convert, services};
use crate::operations::App;
use crate::xmlrpc::{self, FaultCode, Limits};

pub fn routes() -> Vec<Route> {
    routes![call, legacy]
}

type Answer = Result<(ContentType, String), Status>;

#[post("/xmlrpc/2/<service>", data = "<data>")]
async fn call(app: &State<Arc<App>>, origin: Origin, service: &str, data: Data<'_>) -> Answer {
    answer(app, origin, service, data, |fault| (fault.code(), fault.text())).await
}

#[post("/xmlrpc/<service>", data = "<data>", rank = 2)]
async fn legacy(app: &State<Arc<App>>, origin: Origin, service: &str, data: Data<'_>) -> Answer {
    answer(app, origin, service, data, Fault::legacy).await
}

/// Faults are answered 200, as XML-RPC wants.
async fn answer(
    app: &State<Arc<App>>,
    Origin(address): Origin,
    service: &str,
    data: Data<'_>,
    told: fn(&Fault) -> (FaultCode, String),
) -> Answer {
    let (app, service, body) = (app.inner().clone(), service.to_owned(), body(data).await?);
    let document = blocking(move || {
        let outcome = run(&app, address, &service, &body).and_then(|value| {
            let value = convert::to_xml(value)
                .ok_or_else(|| Fault::new(Kind::Application("OverflowError"), "int exceeds XML-RPC limits"))?;
            xmlrpc::write_answer(value).map_err(|error| Fault::new(Kind::Application("TypeError"), error.to_string()))
        });
        outcome.or_else(|fault| {
            let (code, text) = told(&fault);
            xmlrpc::write_fault(&code, &text)
        })
    });
    document.await?.map(|document| (ContentType::XML, document)).map_err(|_| Status::InternalServerError)
}

fn run(app: &Arc<App>, address: Option<std::net::IpAddr>, service: &str, body: &[u8]) -> Result<Value, Fault> {
    // Its size is bounded already.
    let limits = Limits { bytes: body.len(), ..Limits::default() };
    let call = xmlrpc::read_call(body, &limits)
        .map_err(|error| Fault::new(Kind::Application("ExpatError"), error.to_string()))?;
    let params = call.params.into_iter().map(convert::to_json).collect();
    services::dispatch(app, address, service, &call.method, params)
}
