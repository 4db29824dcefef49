//! `/xmlrpc/2/<service>`, and the legacy `/xmlrpc/<service>` whose fault codes are texts.

use std::net::IpAddr;
use std::sync::Arc;

use rocket::http::ContentType;
use rocket::{Data, Route, post, routes};

use super::Door;
use super::answer::Answer;
use super::body::{self, Asked, Body, Unread, Wire};
use super::budget::{Refused, blocking};
use super::convert::{self, Unsendable};
use super::fault::{Fault, Kind};
use super::services::{self, Ready};
use crate::operations::App;
use crate::xmlrpc::{self, CallReader, CodecError, FaultCode, Limits};

pub fn routes() -> Vec<Route> {
    routes![call, legacy]
}

#[post("/xmlrpc/2/<service>", data = "<data>")]
async fn call(door: Door, service: &str, data: Data<'_>) -> Result<Answer, Refused> {
    answer(door, service, data, |fault| (fault.code(), fault.text())).await
}

#[post("/xmlrpc/<service>", data = "<data>", rank = 2)]
async fn legacy(door: Door, service: &str, data: Data<'_>) -> Result<Answer, Refused> {
    answer(door, service, data, Fault::legacy).await
}

type Told = fn(&Fault) -> (FaultCode, String);

/// Faults are answered 200, as XML-RPC wants.
async fn answer(door: Door, service: &str, data: Data<'_>, told: Told) -> Result<Answer, Refused> {
    let (app, service) = (door.app.clone(), service.to_owned());
    let body = match body::read(&door, Arc::new(Calls { is_object: service == "object" }), data).await {
        Ok(body) => body,
        Err(Unread::Refused(refused)) => return Err(refused),
        Err(Unread::Fault(fault, _)) => return blocking(move || faulty(&app, &fault, told)).await?,
    };
    blocking(move || {
        let Body { bytes, as_mail, share } = body;
        let ready = ready(&app, door.address, &service, &bytes).and_then(|ready| ready.only(as_mail));
        // What the call took out of it is there a second time now.
        drop(bytes);
        let answer = services::finish(&app, ready, |outcome| {
            let fault = match outcome {
                Ok(value) => {
                    let write = |to: &mut dyn std::io::Write| convert::write_answer(&value, to);
                    match Answer::new(ContentType::XML, &app.spool(), write) {
                        Ok(answer) => return Ok(answer),
                        Err(Unsendable::Overflow) => {
                            Fault::new(Kind::Application("OverflowError"), "int exceeds XML-RPC limits")
                        }
                        Err(Unsendable::Io(error)) => return Err(services::unwritten(&error)),
                    }
                }
                Err(fault) => fault,
            };
            faulty(&app, &fault, told)
        });
        drop(share);
        answer
    })
    .await?
}

fn faulty(app: &App, fault: &Fault, told: Told) -> Result<Answer, Refused> {
    let (code, text) = told(fault);
    let document = xmlrpc::write_fault(&code, &text).map_err(|_| Refused::FAILED)?;
    let write = |to: &mut dyn std::io::Write| to.write_all(document.as_bytes());
    Answer::new(ContentType::XML, &app.spool(), write).map_err(|error| services::unwritten(&error))
}

struct Calls {
    is_object: bool,
}

impl Wire for Calls {
    fn peek(&self, head: &[u8]) -> Option<Asked> {
        if !self.is_object {
            return None;
        }
        let text = xmlrpc::beginning(head)?;
        let mut params = CallReader::new(&text).ok()?.map(|param| param.ok().map(convert::to_json));
        let mut next = || params.next().flatten();
        let (database, user, password) = (next()?, next()?, next()?);
        let method = params.nth(1).flatten().and_then(|method| method.as_str().map(str::to_owned));
        let who = move |app: &App, address| services::caller(app, &database, &user, &password, address);
        Some(Asked { who: Box::new(who), method })
    }

    fn overhead(&self, body: &[u8]) -> Result<usize, Fault> {
        let (text, tally) = xmlrpc::checked(body, &limits(body)).map_err(malformed)?;
        // In another encoding than UTF-8 the text is there once more.
        let decoded = if matches!(text, std::borrow::Cow::Owned(_)) { text.len() } else { 0 };
        Ok(decoded + tally.structs * NODE + tally.elements * ELEMENT)
    }
}

/// Bytes that the values of a call take for each `<struct>`, and for each other element.
const NODE: usize = 700;
const ELEMENT: usize = 48;

/// Its size is bounded already.
fn limits(body: &[u8]) -> Limits {
    Limits { bytes: body.len(), ..Limits::default() }
}

fn malformed(error: CodecError) -> Fault {
    Fault::new(Kind::Application("ExpatError"), error.to_string())
}

fn ready(app: &App, address: Option<IpAddr>, service: &str, body: &[u8]) -> Result<Ready, Fault> {
    let (text, _) = xmlrpc::checked(body, &limits(body)).map_err(malformed)?;
    let mut call = CallReader::new(&text).map_err(malformed)?;
    let method = std::mem::take(&mut call.method);
    let mut params = call.map(|param| param.map(convert::to_json).map_err(malformed));
    services::dispatch(app, address, service, &method, &mut params)
}
