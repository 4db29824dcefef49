//! `/xmlrpc/2/<service>`, and the legacy `/xmlrpc/<service>` whose fault codes are texts; values of XML-RPC and JSON into
//! each other.

use std::io::Write;
use std::net::IpAddr;
use std::sync::Arc;

use rocket::http::ContentType;
use rocket::{Data, Route, post, routes};
use serde_json::{Number, Value as Json};

use super::body::{self, CallHead, CallRefused, UnreadBody, WireAnswer, WireFormat, blocking};
use super::{Door, Ready};
use crate::api::fault::{ApiFault, FaultKind};
use crate::api::{arguments, wire};
use crate::operations::App;
use crate::say;
use crate::xmlrpc::{self, CallReader, CodecError, DateTime, DocumentLimits, FaultCode, Value, sendable};

pub(crate) fn routes() -> Vec<Route> {
    routes![call, legacy]
}

#[post("/xmlrpc/2/<service>", data = "<data>")]
async fn call(door: Door, service: &str, data: Data<'_>) -> Result<WireAnswer, CallRefused> {
    answer(door, service, data, |fault| (fault.code(), fault.text())).await
}

#[post("/xmlrpc/<service>", data = "<data>", rank = 2)]
async fn legacy(door: Door, service: &str, data: Data<'_>) -> Result<WireAnswer, CallRefused> {
    answer(door, service, data, ApiFault::legacy).await
}

type FaultStyle = fn(&ApiFault) -> (FaultCode, String);

/// Faults are answered 200, as XML-RPC wants.
async fn answer(door: Door, service: &str, data: Data<'_>, style: FaultStyle) -> Result<WireAnswer, CallRefused> {
    let (api, service) = (door.api.clone(), service.to_owned());
    let body = match body::read(&door, Arc::new(XmlCalls { is_object: service == "object" }), data).await {
        Ok(body) => body,
        Err(UnreadBody::Refused(refused)) => return Err(refused),
        Err(UnreadBody::Fault(fault, _)) => return blocking(move || faulty(&api.app, &fault, style)).await?,
    };
    blocking(move || {
        let read = |bytes: &[u8]| ((), ready(&api.app, door.address, &service, bytes));
        wire::carry_out(&api, body, read, |(), outcome| {
            let fault = match outcome {
                Ok(value) => {
                    let write = |to: &mut dyn Write| write_answer(&value, to);
                    match WireAnswer::new(ContentType::XML, &api.app.spool(), write) {
                        Ok(answer) => return Ok(answer),
                        Err(Unsendable::Overflow) => {
                            ApiFault::new(FaultKind::Application("OverflowError"), say!("api-int-limits").to_string())
                        }
                        Err(Unsendable::Io(error)) => return Err(wire::unwritten(&error)),
                    }
                }
                Err(fault) => fault,
            };
            faulty(&api.app, &fault, style)
        })
    })
    .await?
}

fn faulty(app: &App, fault: &ApiFault, style: FaultStyle) -> Result<WireAnswer, CallRefused> {
    let (code, text) = style(fault);
    let document = xmlrpc::write_fault(&code, &text).map_err(|_| CallRefused::FAILED)?;
    let write = |to: &mut dyn Write| to.write_all(document.as_bytes());
    WireAnswer::new(ContentType::XML, &app.spool(), write).map_err(|error| wire::unwritten(&error))
}

struct XmlCalls {
    is_object: bool,
}

impl WireFormat for XmlCalls {
    fn peek(&self, head: &[u8]) -> Option<CallHead> {
        if !self.is_object {
            return None;
        }
        let text = xmlrpc::beginning(head)?;
        let mut params = CallReader::new(&text).ok()?.map(|param| param.ok().map(to_json));
        let mut next = || params.next().flatten();
        let (database, user, password) = (next()?, next()?, next()?);
        let method = params.nth(1).flatten().and_then(|method| method.as_str().map(str::to_owned));
        let who = move |app: &App, address| wire::caller(app, &database, &user, &password, address);
        Some(CallHead { who: Box::new(who), method })
    }

    fn overhead(&self, body: &[u8]) -> Result<usize, ApiFault> {
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
fn limits(body: &[u8]) -> DocumentLimits {
    DocumentLimits { bytes: body.len(), ..DocumentLimits::default() }
}

fn malformed(error: CodecError) -> ApiFault {
    ApiFault::new(FaultKind::Application("ExpatError"), error.to_string())
}

fn ready(app: &App, address: Option<IpAddr>, service: &str, body: &[u8]) -> Result<Ready, ApiFault> {
    let (text, _) = xmlrpc::checked(body, &limits(body)).map_err(malformed)?;
    let mut call = CallReader::new(&text).map_err(malformed)?;
    let method = std::mem::take(&mut call.method);
    let mut params = call.map(|param| param.map(to_json).map_err(malformed));
    wire::dispatch(app, address, service, &method, &mut params)
}

/// What a client sent.
pub(crate) fn to_json(value: Value) -> Json {
    match value {
        Value::Integer(number) => number.into(),
        Value::Long(number) => number.into(),
        Value::Boolean(boolean) => boolean.into(),
        Value::String(text) => text.into(),
        Value::Double(number) => Number::from_f64(number).map_or(Json::Null, Json::Number),
        Value::DateTime(moment) => date_time(&moment).into(),
        Value::Base64(bytes) => arguments::of_bytes(&bytes),
        Value::Array(items) => items.into_iter().map(to_json).collect(),
        Value::Struct(members) => members.into_iter().map(|(name, value)| (name, to_json(value))).collect(),
        _ => Json::Null,
    }
}

/// As domains and fields write moments.
fn date_time(moment: &DateTime) -> String {
    let (year, month, day) = (moment.year(), moment.month(), moment.day());
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}", moment.hour(), moment.minute(), moment.second())
}

/// Why a value can't be answered over XML-RPC.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unsendable {
    #[error("a number does not fit into XML-RPC's 32 bits")]
    Overflow,
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Writes an answer of this value. By hand, since the codec's own values would hold a large answer three times more on
/// its way out; what is written is read back by it in a test.
pub(crate) fn write_answer(value: &Json, to: &mut dyn Write) -> Result<(), Unsendable> {
    to.write_all(b"<?xml version='1.0'?>\n<methodResponse><params><param>")?;
    write_value(value, to)?;
    Ok(to.write_all(b"</param></params></methodResponse>\n")?)
}

fn write_value(value: &Json, to: &mut dyn Write) -> Result<(), Unsendable> {
    to.write_all(b"<value>")?;
    match value {
        Json::Null | Json::Bool(false) => to.write_all(b"<boolean>0</boolean>")?,
        Json::Bool(true) => to.write_all(b"<boolean>1</boolean>")?,
        Json::Number(number) => match number.as_i64() {
            Some(whole) => {
                let whole = i32::try_from(whole).map_err(|_| Unsendable::Overflow)?;
                write!(to, "<i4>{whole}</i4>")?;
            }
            None => write!(to, "<double>{}</double>", number.as_f64().ok_or(Unsendable::Overflow)?)?,
        },
        Json::String(text) => {
            to.write_all(b"<string>")?;
            write_text(text, to)?;
            to.write_all(b"</string>")?;
        }
        Json::Array(items) => {
            to.write_all(b"<array><data>")?;
            items.iter().try_for_each(|item| write_value(item, to))?;
            to.write_all(b"</data></array>")?;
        }
        Json::Object(members) => {
            to.write_all(b"<struct>")?;
            for (name, value) in members {
                to.write_all(b"<member><name>")?;
                write_text(name, to)?;
                to.write_all(b"</name>")?;
                write_value(value, to)?;
                to.write_all(b"</member>")?;
            }
            to.write_all(b"</struct>")?;
        }
    }
    Ok(to.write_all(b"</value>")?)
}

/// Without what XML can't carry.
fn write_text(text: &str, to: &mut dyn Write) -> std::io::Result<()> {
    let text = sendable(text);
    let mut rest = text.as_bytes();
    while let Some(at) = memchr::memchr3(b'<', b'>', b'&', rest) {
        to.write_all(&rest[..at])?;
        to.write_all(match rest[at] {
            b'<' => b"&lt;",
            b'>' => b"&gt;",
            _ => b"&amp;",
        })?;
        rest = &rest[at + 1..];
    }
    to.write_all(rest)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::xmlrpc::{DocumentLimits, MethodAnswer, read_answer};

    #[test]
    fn what_is_written_is_what_the_codec_reads() {
        let value = json!({
            "a <b> & 'c' \"d\"": ["", "  \n ", "«Ünï» \u{0}x", 7, -2_147_483_648_i64, 0.5, 1e300, true, false, null, [], {}],
            "e": {"f": [{"g": 1.0}]},
        });
        let mut document = Vec::new();
        write_answer(&value, &mut document).unwrap();
        let MethodAnswer::Value(read) = read_answer(&document, &DocumentLimits::default()).unwrap() else { panic!() };
        let expected = json!({
            "a <b> & 'c' \"d\"": ["", "  \n ", "«Ünï» x", 7, -2_147_483_648_i64, 0.5, 1e300, true, false, false, [], {}],
            "e": {"f": [{"g": 1.0}]},
        });
        assert_eq!(to_json(read), expected);
        let overflow = write_answer(&json!([1i64 << 31]), &mut Vec::new());
        assert!(matches!(overflow, Err(Unsendable::Overflow)));
    }
}
