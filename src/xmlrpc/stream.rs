//! Calls that are encoded while they are sent: a mail of 25 MB is never in memory as a whole, neither itself nor as base64.

use std::cell::RefCell;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;

use super::{CodecError, Value, prepare};

/// Bytes in a database, a file or memory, which are read when they are needed, any number of times.
pub trait StoredBytes {
    fn size(&self) -> u64;

    /// Reads some of the bytes from position `at` on; none only at the end.
    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize>;
}

impl StoredBytes for Vec<u8> {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(at).ok().and_then(|at| self.get(at..)).unwrap_or(&[]);
        let taken = rest.len().min(into.len());
        into[..taken].copy_from_slice(&rest[..taken]);
        Ok(taken)
    }
}

/// A stream as [`StoredBytes`]: always read from its beginning to its end, whatever its position.
pub struct Seekable<S> {
    stream: RefCell<S>,
    size: u64,
}

impl<S: Read + Seek> Seekable<S> {
    pub fn new(mut stream: S) -> io::Result<Self> {
        let size = stream.seek(SeekFrom::End(0))?;
        Ok(Self { stream: RefCell::new(stream), size })
    }

    /// For what reads the stream itself.
    pub fn stream(&self) -> std::cell::RefMut<'_, S> {
        self.stream.borrow_mut()
    }
}

impl<S: Read + Seek> StoredBytes for Seekable<S> {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        let mut stream = self.stream();
        stream.seek(SeekFrom::Start(at))?;
        stream.read(into)
    }
}

/// Bytes in several pieces, which need not be in memory.
pub type SharedBytes<'a> = Vec<Stretch<'a>>;

/// One piece.
#[derive(Clone)]
pub enum Stretch<'a> {
    Held(Vec<u8>),
    Stored(&'a dyn StoredBytes, Range<u64>),
}

impl<'a> Stretch<'a> {
    pub fn all_of(stored: &'a dyn StoredBytes) -> Self {
        Stretch::Stored(stored, 0..stored.size())
    }

    pub fn length(&self) -> u64 {
        match self {
            Stretch::Held(bytes) => bytes.size(),
            Stretch::Stored(_, range) => range.end - range.start,
        }
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Stretch::Held(bytes) => bytes.read_at(at, into),
            Stretch::Stored(stored, range) => {
                let left = usize::try_from(range.end - range.start - at).unwrap_or(usize::MAX).min(into.len());
                stored.read_at(range.start + at, &mut into[..left])
            }
        }
    }
}

impl std::fmt::Debug for Stretch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.length())
    }
}

/// A parameter to send.
#[derive(Debug)]
pub enum Param<'a> {
    Value(Value),
    /// `<base64>`; in JSON, which has no bytes, the text that they are.
    Binary(SharedBytes<'a>),
    /// A text that holds base64, as Odoo's binary fields take it.
    BinaryText(SharedBytes<'a>),
    Array(Vec<Param<'a>>),
}

impl From<Value> for Param<'_> {
    fn from(value: Value) -> Self {
        Param::Value(value)
    }
}

/// A call ready to be sent: its length is known, its large values are not encoded yet.
#[derive(Debug)]
pub struct Outgoing<'a> {
    pieces: Vec<OutgoingPiece<'a>>,
    length: u64,
}

#[derive(Debug)]
enum OutgoingPiece<'a> {
    Text(String),
    Encoded(SharedBytes<'a>),
    /// UTF-8 as the inside of a JSON string, and how long that is.
    Escaped(SharedBytes<'a>, u64),
}

impl<'a> Outgoing<'a> {
    pub fn call(method: &str, params: Vec<Param<'a>>) -> Result<Self, CodecError> {
        let mut pieces = Pieces(Vec::new());
        pieces.text("<?xml version='1.0'?>\n<methodCall><methodName>");
        // A method's name is plain; as a string it would need escaping.
        if !method.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.:/".contains(&byte)) {
            return Err(CodecError::Unsendable);
        }
        pieces.text(method);
        pieces.text("</methodName><params>");
        for param in params {
            pieces.text("<param>");
            pieces.param(param)?;
            pieces.text("</param>");
        }
        pieces.text("</params></methodCall>\n");
        let pieces = pieces.0;
        let length = pieces.iter().map(OutgoingPiece::length).sum();
        Ok(Self { pieces, length })
    }

    /// A JSON object with these members (RFC 8259). [`CodecError::Unsendable`] where bytes that are to be a text are no
    /// UTF-8, or can't be read.
    pub fn object(members: Vec<(&str, Param<'a>)>) -> Result<Self, CodecError> {
        let mut pieces = Pieces(Vec::new());
        for (number, (name, param)) in members.into_iter().enumerate() {
            pieces.text(if number == 0 { "{" } else { "," });
            pieces.text(&format!("{}:", Json::from(name)));
            pieces.json(param)?;
        }
        if pieces.0.is_empty() {
            pieces.text("{");
        }
        pieces.text("}");
        let pieces = pieces.0;
        let length = pieces.iter().map(OutgoingPiece::length).sum();
        Ok(Self { pieces, length })
    }

    /// Bytes of the whole document.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The document, from its beginning.
    pub fn reader(&self) -> OutgoingReader<'_> {
        OutgoingReader { pieces: &self.pieces, piece: 0, part: 0, at: 0, buffer: Vec::new(), read: 0 }
    }
}

struct Pieces<'a>(Vec<OutgoingPiece<'a>>);

impl<'a> Pieces<'a> {
    fn text(&mut self, text: &str) {
        match self.0.last_mut() {
            Some(OutgoingPiece::Text(last)) => last.push_str(text),
            _ => self.0.push(OutgoingPiece::Text(text.to_owned())),
        }
    }

    fn param(&mut self, param: Param<'a>) -> Result<(), CodecError> {
        match param {
            Param::Value(value) => self.text(&prepare(value).to_xml().map_err(|_| CodecError::Unsendable)?),
            Param::Binary(bytes) => self.encoded("base64", bytes),
            Param::BinaryText(bytes) => self.encoded("string", bytes),
            Param::Array(items) => {
                self.text("<value><array><data>");
                for item in items {
                    self.param(item)?;
                }
                self.text("</data></array></value>");
            }
        }
        Ok(())
    }

    fn json(&mut self, param: Param<'a>) -> Result<(), CodecError> {
        match param {
            Param::Value(value) => self.text(&plain_json(value)?.to_string()),
            Param::Binary(bytes) => {
                let length = escaped_length(&bytes).ok_or(CodecError::Unsendable)?;
                self.text("\"");
                self.0.push(OutgoingPiece::Escaped(bytes, length));
                self.text("\"");
            }
            Param::BinaryText(bytes) => {
                self.text("\"");
                self.0.push(OutgoingPiece::Encoded(bytes));
                self.text("\"");
            }
            Param::Array(items) => {
                self.text("[");
                for (number, item) in items.into_iter().enumerate() {
                    if number > 0 {
                        self.text(",");
                    }
                    self.json(item)?;
                }
                self.text("]");
            }
        }
        Ok(())
    }

    fn encoded(&mut self, element: &str, bytes: SharedBytes<'a>) {
        self.text(&format!("<value><{element}>"));
        self.0.push(OutgoingPiece::Encoded(bytes));
        self.text(&format!("</{element}></value>"));
    }
}

impl OutgoingPiece<'_> {
    fn length(&self) -> u64 {
        match self {
            OutgoingPiece::Text(text) => text.len() as u64,
            OutgoingPiece::Encoded(bytes) => bytes.iter().map(Stretch::length).sum::<u64>().div_ceil(3) * 4,
            OutgoingPiece::Escaped(_, length) => *length,
        }
    }
}

/// The bytes that are encoded at a time; a multiple of three, so that padding is only at the end.
const STEP: usize = 3 << 12;

/// Reads an [`Outgoing`].
#[derive(Debug)]
pub struct OutgoingReader<'a> {
    pieces: &'a [OutgoingPiece<'a>],
    /// The position of the next bytes: the piece, the part within it, the byte within that.
    piece: usize,
    part: usize,
    at: u64,
    /// Bytes that are encoded and not read yet, from `read` on.
    buffer: Vec<u8>,
    read: usize,
}

impl OutgoingReader<'_> {
    /// Fills the buffer with the next bytes; leaves it empty at the end.
    fn fill(&mut self) -> io::Result<()> {
        self.buffer.clear();
        self.read = 0;
        while self.buffer.is_empty() {
            let Some(piece) = self.pieces.get(self.piece) else { return Ok(()) };
            match piece {
                OutgoingPiece::Text(text) => {
                    self.buffer.extend_from_slice(text.as_bytes());
                    self.piece += 1;
                }
                OutgoingPiece::Encoded(parts) | OutgoingPiece::Escaped(parts, _) => {
                    let bytes = self.next_step(parts)?;
                    if bytes.is_empty() {
                        (self.piece, self.part, self.at) = (self.piece + 1, 0, 0);
                    } else if matches!(piece, OutgoingPiece::Encoded(_)) {
                        self.buffer = STANDARD.encode(bytes).into_bytes();
                    } else {
                        bytes.iter().for_each(|byte| escape(*byte, &mut self.buffer));
                    }
                }
            }
        }
        Ok(())
    }

    fn next_step(&mut self, parts: &[Stretch<'_>]) -> io::Result<Vec<u8>> {
        step_of(parts, &mut self.part, &mut self.at)
    }
}

/// The next bytes of these parts, from `at` within `part` on; none at the end.
fn step_of(parts: &[Stretch<'_>], part: &mut usize, at: &mut u64) -> io::Result<Vec<u8>> {
    let (mut step, mut filled) = (vec![0; STEP], 0);
    while let Some(present) = parts.get(*part)
        && filled < STEP
    {
        let read = present.read_at(*at, &mut step[filled..])?;
        (filled, *at) = (filled + read, *at + read as u64);
        if *at == present.length() {
            (*part, *at) = (*part + 1, 0);
        } else if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    step.truncate(filled);
    Ok(step)
}

/// One byte of UTF-8 inside a JSON string (RFC 8259, section 7). [`escaped_length`] must count the same length.
fn escape(byte: u8, into: &mut Vec<u8>) {
    match byte {
        b'"' | b'\\' => into.extend([b'\\', byte]),
        b'\n' => into.extend(b"\\n"),
        b'\r' => into.extend(b"\\r"),
        b'\t' => into.extend(b"\\t"),
        0..0x20 => into.extend(format!("\\u{byte:04x}").into_bytes()),
        _ => into.push(byte),
    }
}

/// The length of these bytes inside a JSON string; None where they are no UTF-8, or can't be read.
fn escaped_length(parts: &[Stretch<'_>]) -> Option<u64> {
    let (mut part, mut at, mut length) = (0, 0, 0);
    // The beginning of a character whose rest comes in the next step.
    let mut open: Vec<u8> = Vec::new();
    loop {
        let step = step_of(parts, &mut part, &mut at).ok()?;
        if step.is_empty() {
            return open.is_empty().then_some(length);
        }
        length += step
            .iter()
            .map(|byte| match byte {
                b'"' | b'\\' | b'\n' | b'\r' | b'\t' => 2,
                0..0x20 => 6,
                _ => 1,
            })
            .sum::<u64>();
        open.extend(step);
        let whole = match std::str::from_utf8(&open) {
            Ok(_) => open.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => return None,
        };
        open.drain(..whole);
    }
}

/// Whether these bytes can be a text of JSON.
pub fn is_text(bytes: &SharedBytes<'_>) -> bool {
    escaped_length(bytes).is_some()
}

fn plain_json(value: Value) -> Result<Json, CodecError> {
    Ok(match value {
        Value::Nil => Json::Null,
        Value::Boolean(flag) => flag.into(),
        Value::Integer(number) => number.into(),
        Value::Double(number) => number.into(),
        Value::String(text) => text.into(),
        Value::Array(items) => items.into_iter().map(plain_json).collect::<Result<_, _>>()?,
        Value::Struct(members) => {
            let member = |(name, value)| Ok((name, plain_json(value)?));
            Json::Object(members.into_iter().map(member).collect::<Result<_, CodecError>>()?)
        }
        // Dates and bytes have no form of their own in JSON.
        _ => return Err(CodecError::Unsendable),
    })
}

impl Read for OutgoingReader<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.read == self.buffer.len() {
            self.fill()?;
        }
        let rest = &self.buffer[self.read..];
        let taken = rest.len().min(into.len());
        into[..taken].copy_from_slice(&rest[..taken]);
        self.read += taken;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmlrpc::{DocumentLimits, read_call};

    fn sent(outgoing: &Outgoing<'_>) -> Vec<u8> {
        let mut document = Vec::new();
        outgoing.reader().read_to_end(&mut document).unwrap();
        assert_eq!(document.len() as u64, outgoing.length());
        document
    }

    #[test]
    fn what_is_streamed_as_json_is_read_back_as_it_was() {
        let mail = "From: \"Am\u{ed}na\" <a@x>\r\n\r\n\t\\ \0 \u{1f600} ".repeat(2 * STEP / 40);
        let stored = mail.clone().into_bytes();
        let half = stored.len() as u64 / 2 + 1;
        let split = || vec![Stretch::Stored(&stored, 0..half), Stretch::Stored(&stored, half..stored.size())];
        let members = vec![
            ("message", Param::Binary(split())),
            ("datas", Param::Array(vec![Param::BinaryText(split()), Value::Nil.into()])),
            ("ids", Value::Array(vec![Value::Integer(7)]).into()),
        ];
        let read: Json = serde_json::from_slice(&sent(&Outgoing::object(members).unwrap())).unwrap();
        assert_eq!(read["message"], mail);
        assert_eq!(read["datas"], serde_json::json!([STANDARD.encode(&stored), null]));
        assert_eq!(read["ids"], serde_json::json!([7]));
        assert_eq!(sent(&Outgoing::object(Vec::new()).unwrap()), b"{}");
        for latin in [&b"caf\xe9"[..], b"\xf0\x9f\x98"] {
            let latin = vec![Stretch::Held(latin.to_vec())];
            assert!(!is_text(&latin));
            assert!(Outgoing::object(vec![("message", Param::Binary(latin))]).is_err());
        }
    }

    #[test]
    fn what_is_streamed_is_what_would_have_been_written() {
        for size in [0, 1, 2, 3, STEP - 1, STEP, STEP + 1, 3 * STEP + 2] {
            let bytes: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
            let (at, stored) = (size / 3, Seekable::new(io::Cursor::new(bytes.clone())).unwrap());
            let split = || vec![Stretch::Held(bytes[..at].to_vec()), Stretch::Stored(&stored, at as u64..size as u64)];
            let params = vec![
                Value::String("a <b> & \u{0}c".into()).into(),
                Param::Array(vec![Param::Binary(split()), Param::BinaryText(split()), Value::Integer(7).into()]),
            ];
            let call =
                read_call(&sent(&Outgoing::call("execute_kw", params).unwrap()), &DocumentLimits::default()).unwrap();
            let text = STANDARD.encode(&bytes);
            let array = vec![Value::Base64(bytes.clone()), Value::String(text), Value::Integer(7)];
            assert_eq!(call.method, "execute_kw");
            assert_eq!(call.params, [Value::String("a <b> & c".into()), Value::Array(array)], "{size}");
        }
    }

    #[test]
    fn bytes_that_are_missing_end_the_call() {
        let stored = vec![1; 10];
        let params = vec![Param::Binary(vec![Stretch::Stored(&stored, 5..20)])];
        let outgoing = Outgoing::call("execute_kw", params).unwrap();
        assert_eq!(outgoing.reader().read_to_end(&mut Vec::new()).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn a_method_is_a_plain_name() {
        assert!(matches!(Outgoing::call("a</methodName>", Vec::new()), Err(CodecError::Unsendable)));
    }
}
