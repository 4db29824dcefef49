//! JSON of calls: `/jsonrpc`, the same services in JSON-RPC 2.0 with Odoo's error object; and what `/json/2` reads and
//! writes with, too.

use std::sync::Arc;

use memchr::{memchr2, memchr3};
use rocket::http::ContentType;
use rocket::{Data, Route, post, routes};
use serde::ser::{Serialize, Serializer};
use serde_json::{Value, json};

use super::body::{self, CallHead, CallRefused, UnreadBody, WireAnswer, WireFormat, blocking};
use super::services::{self, ObjectCall, Ready};
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
    overhead_within(body, &DocumentLimits { bytes: body.len(), ..DocumentLimits::default() }).map_err(|error| {
        match error {
            CodecError::Malformed => {
                ApiFault::new(FaultKind::Application("JSONDecodeError"), say!("api-no-json").to_string())
            }
            error => ApiFault::new(FaultKind::Application("ValueError"), error.to_string()),
        }
    })
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

// A JSON object whose members stand in the order in which they were named: some clients go by it.

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

// JSON that is counted and cut without being built: what a body would take is known before it takes it, and what stands
// in its first members is read although the rest is not there yet. A value that is used is read by serde_json.

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

/// Just behind the closing quote of a string that `text` begins with.
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

/// Just behind the value that `text` begins with; None where it goes on behind the text's end.
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
                // To the next that matters; brackets are looked for one kind at a time, whichever comes first.
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
    /// It ends before the document does.
    pub whole: bool,
}

impl<'a> SkimmedValue<'a> {
    pub(crate) fn of(document: &'a [u8]) -> Self {
        Self { text: document.trim_ascii(), whole: true }
    }

    /// The values of a list; of anything else none.
    pub(crate) fn items(self) -> impl Iterator<Item = SkimmedValue<'a>> {
        self.parts(b'[').map(|(_, item)| item)
    }

    /// The member of this name; of several the last, as everybody reads it.
    pub(crate) fn member(self, name: &str) -> Option<SkimmedValue<'a>> {
        let quoted = |key: &[u8]| serde_json::from_slice::<String>(key).is_ok_and(|key| key == name);
        self.parts(b'{').filter(|(key, _)| quoted(key)).last().map(|(_, value)| value)
    }

    /// What it says, where it is a text and whole.
    pub(crate) fn string(self) -> Option<String> {
        self.read()
    }

    /// What it says, where it is whole and of that kind.
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
    /// The value that stands next, behind blanks and what separates it.
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
