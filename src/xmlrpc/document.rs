//! Calls, answers and faults.

use std::borrow::Cow;

use dxr::{MethodCall, MethodResponse, Value};

use super::call::CallReader;
use super::characters::{sendable, to_utf8};
use super::{CodecError, DocumentLimits, DocumentTally};

/// A method call.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub method: String,
    pub params: Vec<Value>,
}

/// What a server answers.
#[derive(Debug, Clone, PartialEq)]
pub enum MethodAnswer {
    Value(Value),
    Fault { code: FaultCode, message: String },
}

/// A number on `/xmlrpc/2`, a word on Odoo's legacy endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultCode {
    Number(i32),
    Word(String),
}

/// Reads a call within `limits`.
pub fn read_call(document: &[u8], limits: &DocumentLimits) -> Result<Call, CodecError> {
    let text = checked(document, limits)?.0;
    let mut call = CallReader::new(&text)?;
    let params = call.by_ref().collect::<Result<_, _>>()?;
    Ok(Call { method: call.method, params })
}

/// Reads an answer within `limits`; a fault is an answer too.
pub fn read_answer(document: &[u8], limits: &DocumentLimits) -> Result<MethodAnswer, CodecError> {
    let (text, _) = checked(document, limits)?;
    match fault_value(&text) {
        Some(value) => fault(Value::from_xml(value).map_err(|_| CodecError::Malformed)?),
        None => MethodResponse::from_xml(&text)
            .map(|response| MethodAnswer::Value(response.value))
            .map_err(|_| CodecError::Malformed),
    }
}

/// The document's text, which is what the limits are held against: in another encoding the same bytes may say something
/// else.
pub fn checked<'a>(document: &'a [u8], limits: &DocumentLimits) -> Result<(Cow<'a, str>, DocumentTally), CodecError> {
    limits.check_size(document)?;
    let text = to_utf8(document)?;
    let tally = limits.check(&text)?;
    Ok((text, tally))
}

/// The `<value>` within `<fault>`. Cut out by hand: dxr knows numeric fault codes only.
fn fault_value(text: &str) -> Option<&str> {
    let body = &text[text.find("<methodResponse>")? + "<methodResponse>".len()..];
    let inside = body.trim_start().strip_prefix("<fault>")?;
    Some(inside[..inside.rfind("</fault>")?].trim())
}

fn fault(value: Value) -> Result<MethodAnswer, CodecError> {
    let Value::Struct(mut members) = value else { return Err(CodecError::Malformed) };
    let code = match members.remove("faultCode") {
        Some(Value::Integer(number)) => FaultCode::Number(number),
        Some(Value::String(word)) => FaultCode::Word(word),
        _ => return Err(CodecError::Malformed),
    };
    let Some(Value::String(message)) = members.remove("faultString") else { return Err(CodecError::Malformed) };
    Ok(MethodAnswer::Fault { code, message })
}

/// Writes a call.
pub fn write_call(method: &str, params: Vec<Value>) -> Result<String, CodecError> {
    let params = params.into_iter().map(prepare).collect();
    declared(MethodCall { name: method.into(), params }.to_xml())
}

/// Writes a successful answer.
pub fn write_answer(value: Value) -> Result<String, CodecError> {
    declared(MethodResponse { value: prepare(value) }.to_xml())
}

/// Writes a fault, with Odoo's legacy string codes too.
pub fn write_fault(code: &FaultCode, message: &str) -> Result<String, CodecError> {
    let code = match code {
        FaultCode::Number(number) => Value::Integer(*number),
        FaultCode::Word(word) => Value::String(sendable(word).into_owned()),
    };
    let members = [("faultCode".to_owned(), code), ("faultString".to_owned(), Value::String(sendable(message).into()))];
    let value = Value::Struct(members.into()).to_xml().map_err(|_| CodecError::Unsendable)?;
    declared(Ok(format!("<methodResponse><fault>{value}</fault></methodResponse>")))
}

fn declared(document: Result<String, dxr::Error>) -> Result<String, CodecError> {
    let document = document.map_err(|_| CodecError::Unsendable)?;
    Ok(format!("<?xml version='1.0'?>\n{document}\n"))
}

/// Leaves out of every text what XML can't carry.
pub(super) fn prepare(value: Value) -> Value {
    match value {
        Value::String(text) => match sendable(&text) {
            Cow::Borrowed(_) => Value::String(text),
            Cow::Owned(clean) => Value::String(clean),
        },
        Value::Array(items) => Value::Array(items.into_iter().map(prepare).collect()),
        Value::Struct(members) => Value::Struct(
            members.into_iter().map(|(name, value)| (sendable(&name).into_owned(), prepare(value))).collect(),
        ),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(document: &str) -> MethodAnswer {
        read_answer(document.as_bytes(), &DocumentLimits::default()).unwrap()
    }

    #[test]
    fn every_value_of_odoo_comes_back_as_it_was() {
        let value = Value::Array(vec![
            Value::Integer(-7),
            Value::Boolean(false),
            Value::String("  \n <b>«Ünï»</b> & مرحبا ".into()),
            Value::String(String::new()),
            Value::Double(0.5),
            Value::Base64(vec![0, 1, 255]),
            Value::Array(vec![]),
            Value::Struct([("a b".to_owned(), Value::Array(vec![Value::Integer(1)]))].into()),
            Value::Nil,
        ]);
        assert_eq!(answer(&write_answer(value.clone()).unwrap()), MethodAnswer::Value(value.clone()));
        let call = write_call("execute_kw", vec![value.clone()]).unwrap();
        let read = read_call(call.as_bytes(), &DocumentLimits::default()).unwrap();
        assert_eq!(read, Call { method: "execute_kw".into(), params: vec![value] });
    }

    #[test]
    fn fault_codes_are_numbers_or_words() {
        for code in [FaultCode::Number(3), FaultCode::Word("AccessDenied".into())] {
            let document = write_fault(&code, "Access Denied <x>").unwrap();
            assert_eq!(answer(&document), MethodAnswer::Fault { code, message: "Access Denied <x>".into() });
        }
    }

    #[test]
    fn errors_never_repeat_the_document() {
        let error = read_call(b"<methodCall><password>hunter2</password>", &DocumentLimits::default()).unwrap_err();
        assert!(!error.to_string().contains("hunter2"));
    }

    #[test]
    fn truncated_documents_and_wrong_types_are_errors() {
        let whole = write_answer(Value::Array(vec![Value::Integer(1), Value::String("x".into())])).unwrap();
        for end in 0..whole.trim_end().len() {
            assert!(read_answer(&whole.as_bytes()[..end], &DocumentLimits::default()).is_err(), "{end}");
        }
        for wrong in ["<int>1e9</int>", "<int>99999999999</int>", "<boolean>maybe</boolean>", "<base64>*</base64>"] {
            let document =
                format!("<methodResponse><params><param><value>{wrong}</value></param></params></methodResponse>");
            assert!(read_answer(document.as_bytes(), &DocumentLimits::default()).is_err(), "{wrong}");
        }
    }
}
