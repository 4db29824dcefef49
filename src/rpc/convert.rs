//! Values of XML-RPC and of the operations (JSON), into each other.

use serde_json::{Number, Value as Json};

use crate::operations::objects;
use crate::xmlrpc::{DateTime, Value};

/// What a client sent.
pub fn to_json(value: Value) -> Json {
    match value {
        Value::Integer(number) => number.into(),
        Value::Long(number) => number.into(),
        Value::Boolean(boolean) => boolean.into(),
        Value::String(text) => text.into(),
        Value::Double(number) => Number::from_f64(number).map_or(Json::Null, Json::Number),
        Value::DateTime(moment) => date_time(&moment).into(),
        Value::Base64(bytes) => objects::of_bytes(&bytes),
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

/// What is answered; None where a number does not fit into XML-RPC's 32 bits.
pub fn to_xml(value: Json) -> Option<Value> {
    Some(match value {
        Json::Null => Value::Boolean(false),
        Json::Bool(boolean) => Value::Boolean(boolean),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Value::Integer(i32::try_from(whole).ok()?),
            None => Value::Double(number.as_f64()?),
        },
        Json::String(text) => Value::String(text),
        Json::Array(items) => Value::Array(items.into_iter().map(to_xml).collect::<Option<_>>()?),
        Json::Object(members) => {
            Value::Struct(members.into_iter().map(|(name, value)| Some((name, to_xml(value)?))).collect::<Option<_>>()?)
        }
    })
}
