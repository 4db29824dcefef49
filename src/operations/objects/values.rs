//! Values of `create` and `write`, as the operations take them: text under a field's name.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::error::ObjectError;
use super::model::{Field, FieldType, Model};
use crate::domain::filter::python;

/// The one member of what stands for bytes among JSON values: XML-RPC has a type of its own for them.
const BINARY: &str = "base64";

/// Bytes that a client sent as such, not as a text.
pub fn of_bytes(bytes: &[u8]) -> Value {
    json!({ BINARY: BASE64.encode(bytes) })
}

/// The bytes of [`of_bytes`].
pub fn binary(value: &Value) -> Option<Vec<u8>> {
    match value.as_object()?.get(BINARY)? {
        Value::String(text) => BASE64.decode(text).ok(),
        _ => None,
    }
}

/// A value as text; empty where it is `false`. Many2one takes an id or `[id, name]`.
pub fn text(model: &Model, field: &Field, value: &Value) -> Result<String, ObjectError> {
    let wrong = || ObjectError::Value(format!("Wrong value for {}.{}: {}", model.name, field.name, python(value)));
    let text = match (field.kind, value) {
        (_, Value::Null) => String::new(),
        (FieldType::Boolean, Value::Bool(boolean)) => (if *boolean { "true" } else { "" }).to_owned(),
        (FieldType::Boolean, Value::Number(number)) => {
            (if number.as_i64() == Some(0) { "" } else { "true" }).to_owned()
        }
        (_, Value::Bool(false)) => String::new(),
        (FieldType::Integer | FieldType::Many2one, Value::Number(number)) if number.is_i64() => number.to_string(),
        (FieldType::Float, Value::Number(number)) => number.to_string(),
        (FieldType::Many2one, Value::Array(pair)) => match pair.first().and_then(Value::as_i64) {
            Some(id) => id.to_string(),
            None => return Err(wrong()),
        },
        // Python's truth of a text, as Odoo has it.
        (FieldType::Boolean, Value::String(text)) => (if text.is_empty() { "" } else { "true" }).to_owned(),
        (FieldType::Boolean, _) => return Err(wrong()),
        (_, Value::String(text)) => text.clone(),
        (FieldType::Char | FieldType::Text | FieldType::Html, Value::Number(number)) => number.to_string(),
        (FieldType::Binary, Value::Object(members)) => match members.get(BINARY).and_then(Value::as_str) {
            Some(base64) => base64.to_owned(),
            None => return Err(wrong()),
        },
        _ => return Err(wrong()),
    };
    let known = |code: &str| field.selection.iter().any(|(known, _)| known == code);
    if field.kind == FieldType::Selection && !text.is_empty() && !known(&text) {
        return Err(wrong());
    }
    Ok(text)
}
