//! Reads a call one parameter after the other, so that the caller is known before the rest is built. Written over an XML
//! reader, since dxr builds the whole document at once and copies a large value four times.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::{CodecError, Value, to_utf8};

/// The deepest nesting of values; [`super::Limits`] allows fewer.
const DEEPEST: usize = 64;

/// A call: its method, and an iterator of its parameters, which ends after an error.
pub struct CallReader<'a> {
    reader: Reader<&'a [u8]>,
    pub method: String,
    has_more: bool,
}

impl<'a> CallReader<'a> {
    /// `text` may end before the call does: then the missing part is an error where it would be. It is not checked against
    /// limits.
    pub fn new(text: &'a str) -> Result<Self, CodecError> {
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        let mut call = Self { reader, method: String::new(), has_more: true };
        call.enter("methodCall")?;
        call.enter("methodName")?;
        call.method = call.text()?.into_owned();
        call.has_more = match call.child()? {
            Some(params) if params.name().0 == "params" => true,
            Some(_) => return Err(CodecError::Malformed),
            None => false,
        };
        Ok(call)
    }

    fn param(&mut self) -> Result<Option<Value>, CodecError> {
        match self.child()? {
            Some(param) if param.name().0 == "param" => {
                self.enter("value")?;
                let value = self.value(0)?;
                self.end()?;
                Ok(Some(value))
            }
            Some(_) => Err(CodecError::Malformed),
            None => {
                // The end of the call itself; nothing may follow it.
                self.end()?;
                Ok(None)
            }
        }
    }

    fn event(&mut self) -> Result<Event<'a>, CodecError> {
        loop {
            match self.reader.read_event().map_err(|_| CodecError::Malformed)? {
                Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {}
                Event::DocType(_) => return Err(CodecError::Declarations),
                Event::Eof => return Err(CodecError::Malformed),
                event => return Ok(event),
            }
        }
    }

    /// The next element within this one; None where this one ends.
    fn child(&mut self) -> Result<Option<BytesStart<'a>>, CodecError> {
        loop {
            match self.event()? {
                Event::Start(start) => return Ok(Some(start)),
                Event::End(_) => return Ok(None),
                Event::Text(text) if text.trim().is_empty() => {}
                _ => return Err(CodecError::Malformed),
            }
        }
    }

    /// Goes into the next element, which must have this name.
    fn enter(&mut self, name: &str) -> Result<(), CodecError> {
        match self.child()? {
            Some(start) if start.name().0 == name => Ok(()),
            _ => Err(CodecError::Malformed),
        }
    }

    fn end(&mut self) -> Result<(), CodecError> {
        match self.child()? {
            None => Ok(()),
            Some(_) => Err(CodecError::Malformed),
        }
    }

    /// The content of this element, up to its end.
    fn text(&mut self) -> Result<Cow<'a, str>, CodecError> {
        let mut text = Cow::Borrowed("");
        loop {
            let event = self.event()?;
            if matches!(event, Event::End(_)) {
                return Ok(text);
            }
            add(&mut text, event)?;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, CodecError> {
        if depth > DEEPEST {
            return Err(CodecError::TooDeep(DEEPEST));
        }
        let mut text = Cow::Borrowed("");
        loop {
            match self.event()? {
                // A value that names no type is a string.
                Event::End(_) => return Ok(Value::String(text.into_owned())),
                Event::Start(kind) if text.trim().is_empty() => {
                    let value = self.typed(kind.name().0, depth)?;
                    self.end()?;
                    return Ok(value);
                }
                event => add(&mut text, event)?,
            }
        }
    }

    fn typed(&mut self, kind: &str, depth: usize) -> Result<Value, CodecError> {
        match kind {
            "array" => return self.array(depth),
            "struct" => return self.members(depth),
            _ => {}
        }
        let text = self.text()?;
        let wrong = |_| CodecError::Malformed;
        Ok(match kind {
            "string" => Value::String(text.into_owned()),
            "base64" => Value::Base64(decoded(&text)?),
            "int" | "i4" => Value::Integer(text.trim().parse().map_err(wrong)?),
            "i8" => Value::Long(text.trim().parse().map_err(wrong)?),
            "double" => Value::Double(text.trim().parse().map_err(|_| CodecError::Malformed)?),
            "dateTime.iso8601" => Value::DateTime(text.trim().parse().map_err(|_| CodecError::Malformed)?),
            "nil" => Value::Nil,
            "boolean" => match text.trim() {
                "0" => Value::Boolean(false),
                "1" => Value::Boolean(true),
                _ => return Err(CodecError::Malformed),
            },
            _ => return Err(CodecError::Malformed),
        })
    }

    fn array(&mut self, depth: usize) -> Result<Value, CodecError> {
        let mut items = Vec::new();
        match self.child()? {
            None => return Ok(Value::Array(items)),
            Some(data) if data.name().0 == "data" => {}
            Some(_) => return Err(CodecError::Malformed),
        }
        while let Some(value) = self.child()? {
            if value.name().0 != "value" {
                return Err(CodecError::Malformed);
            }
            items.push(self.value(depth + 1)?);
        }
        self.end()?;
        Ok(Value::Array(items))
    }

    fn members(&mut self, depth: usize) -> Result<Value, CodecError> {
        let mut members = BTreeMap::new();
        while let Some(member) = self.child()? {
            if member.name().0 != "member" {
                return Err(CodecError::Malformed);
            }
            self.enter("name")?;
            let name = self.text()?.into_owned();
            self.enter("value")?;
            members.insert(name, self.value(depth + 1)?);
            self.end()?;
        }
        Ok(Value::Struct(members))
    }
}

impl Iterator for CallReader<'_> {
    type Item = Result<Value, CodecError>;

    fn next(&mut self) -> Option<Self::Item> {
        if !self.has_more {
            return None;
        }
        let param = self.param().transpose();
        self.has_more = matches!(param, Some(Ok(_)));
        param
    }
}

/// Adds the text of an event; nothing is copied while there is only one piece.
fn add<'a>(text: &mut Cow<'a, str>, event: Event<'a>) -> Result<(), CodecError> {
    let piece = match event {
        Event::Text(piece) => piece.xml10_content(),
        Event::CData(piece) => piece.xml10_content(),
        Event::GeneralRef(name) => {
            text.to_mut().push(character(&name)?);
            return Ok(());
        }
        _ => return Err(CodecError::Malformed),
    };
    if text.is_empty() {
        *text = piece;
    } else {
        text.to_mut().push_str(&piece);
    }
    Ok(())
}

/// The five entities that XML has without a declaration, and characters by number.
fn character(name: &BytesRef<'_>) -> Result<char, CodecError> {
    match &*name.borrow().into_inner() {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "apos" => Ok('\''),
        "quot" => Ok('"'),
        _ => name.resolve_char_ref().ok().flatten().ok_or(CodecError::Malformed),
    }
}

/// The characters of base64 that are decoded at a time where it has line breaks; a multiple of four.
const STEP: usize = 1 << 16;

/// Decodes base64, into which clients put line breaks.
fn decoded(text: &str) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let mut step = Vec::with_capacity(STEP.min(text.len()));
    let wrong = |_| CodecError::Malformed;
    for line in text.split_ascii_whitespace() {
        let mut line = line.as_bytes();
        while !line.is_empty() {
            let taken = line.len().min(STEP - step.len());
            step.extend_from_slice(&line[..taken]);
            line = &line[taken..];
            if step.len() == STEP {
                // Padding may only be at the end.
                if step.last() == Some(&b'=') && !(line.is_empty() && text.trim_end().ends_with('=')) {
                    return Err(CodecError::Malformed);
                }
                STANDARD.decode_vec(&step, &mut bytes).map_err(wrong)?;
                step.clear();
            }
        }
    }
    STANDARD.decode_vec(&step, &mut bytes).map_err(wrong)?;
    Ok(bytes)
}

/// The beginning of a document as text, even where its last character was cut.
pub fn beginning(head: &[u8]) -> Option<Cow<'_, str>> {
    (0..4).find_map(|cut| to_utf8(&head[..head.len().checked_sub(cut)?]).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(text: &str) -> Vec<Result<Value, CodecError>> {
        CallReader::new(text).unwrap().collect()
    }

    #[test]
    fn what_is_there_of_a_cut_call_is_read() {
        let whole = "<?xml version='1.0'?><methodCall><methodName>execute_kw</methodName><params><param><value>\
                     mailgate</value></param><param><value><int>7</int></value></param><param><value><string>a &lt; \
                     b</string></value></param></params></methodCall>";
        let all = [Value::String("mailgate".into()), Value::Integer(7), Value::String("a < b".into())];
        for end in 0..=whole.len() {
            let Ok(read) = CallReader::new(&whole[..end]) else { continue };
            let read: Vec<_> = read.collect();
            let right: Vec<Value> = read.iter().filter_map(|one| one.clone().ok()).collect();
            assert_eq!(right, all[..right.len()], "{end}");
            assert!(end == whole.len() || read.last().is_some_and(Result::is_err), "{end}");
        }
        assert_eq!(params(whole).len(), 3);
    }

    #[test]
    fn base64_is_read_in_lines_and_padding_only_at_its_end() {
        for size in [0, 1, 2, 3, 57, STEP / 4 * 3, STEP / 4 * 3 - 1, STEP + 100, 3 * STEP] {
            let bytes: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
            let text = STANDARD.encode(&bytes);
            let lines: Vec<&str> = text.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
            assert_eq!(decoded(&text).unwrap(), bytes, "{size}");
            assert_eq!(decoded(&lines.join("\r\n")).unwrap(), bytes, "{size}");
        }
        let early = "A".repeat(STEP - 1) + "=QUFB";
        for wrong in ["A", "QQ==QQ==", "*", "QQ=", &early] {
            assert_eq!(decoded(wrong), Err(CodecError::Malformed));
        }
    }

    #[test]
    fn depth_is_bounded_without_limits_too() {
        let deep = "<methodCall><methodName>x</methodName><params><param>".to_owned()
            + &"<value><array><data>".repeat(100_000);
        assert_eq!(params(&deep), [Err(CodecError::TooDeep(DEEPEST))]);
    }
}
