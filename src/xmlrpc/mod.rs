//! The XML-RPC codec: bytes to calls and answers and back, as Odoo and its clients speak it. Values and documents
//! are `dxr`'s; what stands here is what it leaves open: limits before anything is parsed, other encodings than
//! UTF-8, characters that XML can't carry, fault codes that are strings (Odoo's legacy endpoint), and errors
//! that never repeat the document, since it may hold a password.

mod call;
mod stream;

pub use call::{CallReader, beginning};
pub use dxr::{DateTime, Value};
pub use stream::{Outgoing, Param, Seekable, SharedBytes, StoredBytes, Stretch, is_text};

use std::borrow::Cow;

use dxr::{MethodCall, MethodResponse};

/// Why a document was refused. It says what is wrong, and never repeats the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    #[error("the document is larger than {0} bytes")]
    TooLarge(usize),
    #[error("values are nested deeper than {0}")]
    TooDeep(usize),
    #[error("there are more than {0} elements")]
    TooMany(usize),
    #[error("the document declares entities or a type, which XML-RPC has no use for")]
    Declarations,
    #[error("the document's encoding is unknown")]
    Encoding,
    #[error("this is no XML-RPC document")]
    Malformed,
    #[error("a value can't be sent over XML-RPC")]
    Unsendable,
}

// Calls, answers and faults.

/// A method call.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub method: String,
    pub params: Vec<Value>,
}

/// The answer of a server.
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

/// The text of the document. Limits are checked against it, since in another encoding the same bytes may mean something
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

/// Removes characters that XML can't carry from every text.
fn prepare(value: Value) -> Value {
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

// Text on its way in and out of XML 1.0.

/// The document as UTF-8, from whatever its declaration names (UTF-8 where it names nothing).
fn to_utf8(document: &[u8]) -> Result<Cow<'_, str>, CodecError> {
    let encoding = match declared_encoding(document) {
        Some(label) => encoding_rs::Encoding::for_label(label).ok_or(CodecError::Encoding)?,
        None => encoding_rs::UTF_8,
    };
    let document = document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(document);
    // Stops at the first byte that is wrong.
    encoding.decode_without_bom_handling_and_without_replacement(document).ok_or(CodecError::Encoding)
}

/// `encoding="…"` of the XML declaration, which stands in the first line.
fn declared_encoding(document: &[u8]) -> Option<&[u8]> {
    let document = document.trim_ascii_start();
    let head = document.strip_prefix(b"<?xml")?;
    let head = &head[..head.windows(2).position(|two| two == b"?>")?];
    let at = head.windows(9).position(|nine| nine == b"encoding=")? + 9;
    let quote = *head.get(at)?;
    let label = &head[at + 1..];
    Some(&label[..label.iter().position(|byte| *byte == quote)?])
}

/// Leaves out what XML 1.0 can't carry in any form (control characters, U+FFFE, U+FFFF).
pub fn sendable(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_xml) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().filter(|c| is_xml(*c)).collect())
    }
}

/// XML 1.0, production 2.
fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{FFFD}' | '\u{10000}'..)
}

// Refuses a hostile document before a parser sees it: one pass over the text, nothing allocated.

/// The limits of a document. The defaults admit an attachment of 25 MB as base64, and a page of records.
#[derive(Debug, Clone, Copy)]
pub struct DocumentLimits {
    /// The most bytes of the whole document.
    pub bytes: usize,
    /// The deepest nesting of elements. A value takes up to four (`value`, `array`, `data`, `value`).
    pub depth: usize,
    /// The most elements.
    pub elements: usize,
}

impl Default for DocumentLimits {
    fn default() -> Self {
        Self { bytes: 40_000_000, depth: 128, elements: 2_000_000 }
    }
}

/// The contents of a document, counted before anything is built of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DocumentTally {
    pub elements: usize,
    /// How many of them are a `<struct>`, which takes the most memory.
    pub structs: usize,
}

impl DocumentLimits {
    /// Checks the size of a document as it came.
    fn check_size(&self, document: &[u8]) -> Result<(), CodecError> {
        if document.len() > self.bytes { Err(CodecError::TooLarge(self.bytes)) } else { Ok(()) }
    }

    /// Counts depth and elements of a decoded document, and checks that it declares nothing (so it has no entities either).
    /// Markup that may itself contain `<` or `>` is skipped as a whole; where XML forbids these and parsers disagree about
    /// their meaning, the document is refused.
    pub fn check(&self, document: &str) -> Result<DocumentTally, CodecError> {
        let (mut depth, mut tally) = (0usize, DocumentTally::default());
        let mut rest = document.as_bytes();
        while let Some(at) = memchr::memchr(b'<', rest) {
            rest = &rest[at + 1..];
            match rest.first() {
                Some(b'!') => rest = behind_declaration(rest)?,
                Some(b'?') => rest = behind(rest, 1, b"?>")?,
                Some(b'/') => {
                    let end = memchr::memchr2(b'>', b'<', rest).filter(|end| rest[*end] == b'>');
                    rest = &rest[end.ok_or(CodecError::Malformed)? + 1..];
                    depth = depth.saturating_sub(1);
                }
                _ => {
                    tally.elements += 1;
                    let end = end_of_tag(rest)?;
                    tally.structs += usize::from(rest.starts_with(b"struct"));
                    if end == 0 || rest[end - 1] != b'/' {
                        depth += 1;
                    }
                    rest = &rest[end + 1..];
                }
            }
            if depth > self.depth {
                return Err(CodecError::TooDeep(self.depth));
            }
            if tally.elements > self.elements {
                return Err(CodecError::TooMany(self.elements));
            }
        }
        Ok(tally)
    }
}

/// The text after a comment or a CDATA section; `rest` begins with the `!` of its opening.
fn behind_declaration(rest: &[u8]) -> Result<&[u8], CodecError> {
    if rest.starts_with(b"!--") {
        // Some parsers take these two for whole comments, others for the beginning of one.
        if rest.starts_with(b"!-->") || rest.starts_with(b"!--->") {
            return Err(CodecError::Malformed);
        }
        behind(rest, 3, b"-->")
    } else if rest.starts_with(b"![CDATA[") {
        behind(rest, 8, b"]]>")
    } else {
        Err(CodecError::Declarations)
    }
}

fn behind<'a>(rest: &'a [u8], from: usize, end: &[u8]) -> Result<&'a [u8], CodecError> {
    let at = memchr::memmem::find(&rest[from..], end).ok_or(CodecError::Malformed)?;
    Ok(&rest[from + at + end.len()..])
}

/// The most bytes of one tag: XML-RPC's names are short, and it has no attributes.
const LONGEST_TAG: usize = 4096;

/// The position of the `>` that ends a tag; one within quotes does not count.
fn end_of_tag(tag: &[u8]) -> Result<usize, CodecError> {
    let tag = &tag[..tag.len().min(LONGEST_TAG)];
    let first = memchr::memchr3(b'>', b'<', b'"', tag).ok_or(CodecError::Malformed)?;
    if tag[first] == b'>' && !tag[..first].contains(&b'\'') {
        return Ok(first);
    }
    let mut quote = None;
    for (at, byte) in tag.iter().enumerate() {
        match (byte, quote) {
            (b'<', _) => return Err(CodecError::Malformed),
            (b'"' | b'\'', None) => quote = Some(byte),
            (_, Some(open)) if byte == open => quote = None,
            (b'>', None) => return Ok(at),
            _ => {}
        }
    }
    Err(CodecError::Malformed)
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

    #[test]
    fn the_declared_encoding_is_read() {
        let latin = b"<?xml version=\"1.0\" encoding='iso-8859-1'?><x>\xe9</x>";
        assert!(to_utf8(latin).unwrap().ends_with("<x>é</x>"));
        assert_eq!(to_utf8(b"\xef\xbb\xbf<x/>").unwrap(), "<x/>");
        assert_eq!(to_utf8(b"<x>\xe9</x>"), Err(CodecError::Encoding));
        assert_eq!(to_utf8(b"<?xml version='1.0' encoding='klingon'?><x/>"), Err(CodecError::Encoding));
    }

    #[test]
    fn control_characters_are_left_out() {
        assert_eq!(sendable("a\u{0}b\u{8}\tc\u{FFFF}"), "ab\tc");
    }

    #[test]
    fn hostile_documents_are_refused_before_they_are_parsed() {
        let limits = DocumentLimits::default();
        assert_eq!(limits.check(&"<array>".repeat(100_000)), Err(CodecError::TooDeep(128)));
        for declaration in ["<!DOCTYPE x [<!ENTITY a 'b'>]><x/>", "<!doctype x><x/>", "<x><![INCLUDE[<y/>]]></x>"] {
            assert_eq!(limits.check(declaration), Err(CodecError::Declarations), "{declaration}");
        }
        assert_eq!(limits.check(&"<nil/>".repeat(2_000_001)), Err(CodecError::TooMany(2_000_000)));
        assert_eq!(DocumentLimits { bytes: 3, ..limits }.check_size(b"<x/>"), Err(CodecError::TooLarge(3)));
        assert_eq!(limits.check("<value"), Err(CodecError::Malformed));
        let plain = limits.check("<?xml version='1.0'?><value><string>a &lt; b</string></value>");
        assert_eq!(plain, Ok(DocumentTally { elements: 2, structs: 0 }));
    }

    #[test]
    fn what_hides_markup_does_not_fool_the_count() {
        let limits = DocumentLimits::default();
        // Each claims to close the element before it, to whoever looks at `</` and `>` alone.
        for lie in [
            "<!--</a>-->",
            "<!--></a>--->",
            "<![CDATA[</a>]]>",
            "<![CDATA[>]]]</a>]]>",
            "<?x </a>?>",
            "<?x ></a>?>",
            "<b c='</a>'/>",
            "<b c='></a>'/>",
        ] {
            let nested = format!("<a>{lie}").repeat(200);
            assert!(limits.check(&nested).is_err(), "{lie}");
        }
        for wrong in ["<a b='<c>'/>", "<a b=\"", "<!-->", "<!--->", "<!-- <a>", "<![CDATA[ <a>", "<?x <a>", "<a </a>"] {
            assert_eq!(limits.check(wrong), Err(CodecError::Malformed), "{wrong}");
        }
        let honest = "<a><!-- <b> --><![CDATA[<b>]]><?x <b>?><c d='>'/></a>";
        assert_eq!(limits.check(honest), Ok(DocumentTally { elements: 2, structs: 0 }));
    }
}
