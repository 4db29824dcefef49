//! JSON that is counted and cut without being built: what a body would take is known before it takes it, and what stands
//! in its first members is read although the rest is not there yet. A value that is used is read by serde_json.

use memchr::{memchr2, memchr3};

use crate::xmlrpc::{CodecError, DocumentLimits};

/// Bytes that serde_json takes besides those of texts: a slot in a list, the node of a struct (room for eleven members
/// from the first on), a further member, the header of a text.
const SLOT: usize = 64;
const NODE: usize = 700;
const MEMBER: usize = 128;
const TEXT: usize = 32;

/// What the values of `text` take in memory, without the bytes of their texts. The document is held against the limits
/// that XML has, and must end where its first value ends.
pub(crate) fn overhead(text: &[u8], limits: &DocumentLimits) -> Result<usize, CodecError> {
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
        assert!(overhead(hostile.as_bytes(), &LIMITS).unwrap() > 600_000_000);
        assert_eq!(overhead("[".repeat(129).as_bytes(), &LIMITS), Err(CodecError::TooDeep(128)));
        let many = format!("[{}0]", "0,".repeat(2_000_001));
        assert_eq!(overhead(many.as_bytes(), &LIMITS), Err(CodecError::TooMany(2_000_000)));
        let text = format!("{{\"a\": \"{}\"}}", "[{,\\\"".repeat(1_000_000));
        assert!(overhead(text.as_bytes(), &LIMITS).unwrap() < 1_000, "what stands in a text is text");
        for broken in ["[", "[}", "{]", "]", "\"", "\"\\\"", "{\"a\": [}", "{} {}", "\"a\" \"b\""] {
            assert_eq!(overhead(broken.as_bytes(), &LIMITS), Err(CodecError::Malformed), "{broken}");
        }
        for right in ["{}", " [1, {\"a\": \"b\"}] \n", "\"a\\\\\"", "5", "{\"a\": \"]\"}"] {
            assert!(overhead(right.as_bytes(), &LIMITS).is_ok(), "{right}");
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
