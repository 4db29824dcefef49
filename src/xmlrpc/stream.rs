//! Calls that are encoded while they are sent: a mail of 25 MB is never there a second time as base64.

use std::borrow::Cow;
use std::io::{self, Read};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::document::prepare;
use super::{CodecError, Value};

/// Bytes that need not lie in one piece.
pub type Bytes<'a> = Vec<Cow<'a, [u8]>>;

/// A parameter on its way out.
#[derive(Debug)]
pub enum Param<'a> {
    Value(Value),
    /// `<base64>`.
    Binary(Bytes<'a>),
    /// A `<string>` that holds base64, as Odoo's binary fields take it.
    BinaryText(Bytes<'a>),
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
    pieces: Vec<Piece<'a>>,
    length: u64,
}

#[derive(Debug)]
enum Piece<'a> {
    Text(String),
    Encoded(Bytes<'a>),
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
        let length = pieces.iter().map(Piece::length).sum();
        Ok(Self { pieces, length })
    }

    /// Bytes of the whole document.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The document, from its beginning.
    pub fn reader(&self) -> Reader<'_> {
        Reader { pieces: &self.pieces, piece: 0, part: 0, at: 0, buffer: Vec::new(), read: 0 }
    }
}

struct Pieces<'a>(Vec<Piece<'a>>);

impl<'a> Pieces<'a> {
    fn text(&mut self, text: &str) {
        match self.0.last_mut() {
            Some(Piece::Text(last)) => last.push_str(text),
            _ => self.0.push(Piece::Text(text.to_owned())),
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

    fn encoded(&mut self, element: &str, bytes: Bytes<'a>) {
        self.text(&format!("<value><{element}>"));
        self.0.push(Piece::Encoded(bytes));
        self.text(&format!("</{element}></value>"));
    }
}

impl Piece<'_> {
    fn length(&self) -> u64 {
        match self {
            Piece::Text(text) => text.len() as u64,
            Piece::Encoded(bytes) => bytes.iter().map(|part| part.len() as u64).sum::<u64>().div_ceil(3) * 4,
        }
    }
}

/// Bytes that are encoded at a time; a multiple of three, so that padding stands only at the end.
const STEP: usize = 3 << 12;

/// Reads an [`Outgoing`].
#[derive(Debug)]
pub struct Reader<'a> {
    pieces: &'a [Piece<'a>],
    /// Where the next bytes come from: the piece, the part within it, the byte within that.
    piece: usize,
    part: usize,
    at: usize,
    /// Encoded and not read yet, from `read` on.
    buffer: Vec<u8>,
    read: usize,
}

impl Reader<'_> {
    /// Fills the buffer with what comes next; leaves it empty at the end.
    fn fill(&mut self) {
        self.buffer.clear();
        self.read = 0;
        while self.buffer.is_empty() {
            let Some(piece) = self.pieces.get(self.piece) else { return };
            match piece {
                Piece::Text(text) => {
                    self.buffer.extend_from_slice(text.as_bytes());
                    self.piece += 1;
                }
                Piece::Encoded(parts) => {
                    let bytes = self.next_step(parts);
                    if bytes.is_empty() {
                        (self.piece, self.part, self.at) = (self.piece + 1, 0, 0);
                    } else {
                        self.buffer = STANDARD.encode(bytes).into_bytes();
                    }
                }
            }
        }
    }

    fn next_step(&mut self, parts: &[Cow<'_, [u8]>]) -> Vec<u8> {
        let mut step = Vec::with_capacity(STEP);
        while let Some(part) = parts.get(self.part) {
            let rest = &part[self.at..];
            let taken = rest.len().min(STEP - step.len());
            step.extend_from_slice(&rest[..taken]);
            self.at += taken;
            if step.len() == STEP {
                break;
            }
            (self.part, self.at) = (self.part + 1, 0);
        }
        step
    }
}

impl Read for Reader<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.read == self.buffer.len() {
            self.fill();
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
    use crate::xmlrpc::{Limits, read_call};

    fn sent(outgoing: &Outgoing<'_>) -> Vec<u8> {
        let mut document = Vec::new();
        outgoing.reader().read_to_end(&mut document).unwrap();
        assert_eq!(document.len() as u64, outgoing.length());
        document
    }

    #[test]
    fn what_is_streamed_is_what_would_have_been_written() {
        for size in [0, 1, 2, 3, STEP - 1, STEP, STEP + 1, 3 * STEP + 2] {
            let bytes: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
            let (left, right) = bytes.split_at(size / 3);
            let split = || vec![Cow::Borrowed(left), Cow::Owned(right.to_vec())];
            let params = vec![
                Value::String("a <b> & \u{0}c".into()).into(),
                Param::Array(vec![Param::Binary(split()), Param::BinaryText(split()), Value::Integer(7).into()]),
            ];
            let call = read_call(&sent(&Outgoing::call("execute_kw", params).unwrap()), &Limits::default()).unwrap();
            let text = STANDARD.encode(&bytes);
            let array = vec![Value::Base64(bytes), Value::String(text), Value::Integer(7)];
            assert_eq!(call.method, "execute_kw");
            assert_eq!(call.params, [Value::String("a <b> & c".into()), Value::Array(array)], "{size}");
        }
    }

    #[test]
    fn a_method_is_a_plain_name() {
        assert!(matches!(Outgoing::call("a</methodName>", Vec::new()), Err(CodecError::Unsendable)));
    }
}
