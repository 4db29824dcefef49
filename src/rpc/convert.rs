//! Values of XML-RPC and of the operations (JSON), into each other.

use std::io::Write;

use serde_json::{Number, Value as Json};

use crate::operations::objects;
use crate::xmlrpc::{DateTime, Value, sendable};

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

/// Why a value can't be answered over XML-RPC.
#[derive(Debug, thiserror::Error)]
pub enum Unsendable {
    #[error("a number does not fit into XML-RPC's 32 bits")]
    Overflow,
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Writes an answer of this value. By hand, since the codec's own values would hold a large answer three times more on
/// its way out; what is written is read back by it in a test.
pub fn write_answer(value: &Json, to: &mut dyn Write) -> Result<(), Unsendable> {
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
    use crate::xmlrpc::{Answer, Limits, read_answer};

    #[test]
    fn what_is_written_is_what_the_codec_reads() {
        let value = json!({
            "a <b> & 'c' \"d\"": ["", "  \n ", "«Ünï» \u{0}x", 7, -2147483648i64, 0.5, 1e300, true, false, null, [], {}],
            "e": {"f": [{"g": 1.0}]},
        });
        let mut document = Vec::new();
        write_answer(&value, &mut document).unwrap();
        let Answer::Value(read) = read_answer(&document, &Limits::default()).unwrap() else { panic!() };
        let expected = json!({
            "a <b> & 'c' \"d\"": ["", "  \n ", "«Ünï» x", 7, -2147483648i64, 0.5, 1e300, true, false, false, [], {}],
            "e": {"f": [{"g": 1.0}]},
        });
        assert_eq!(to_json(read), expected);
        let overflow = write_answer(&json!([1i64 << 31]), &mut Vec::new());
        assert!(matches!(overflow, Err(Unsendable::Overflow)));
    }
}
