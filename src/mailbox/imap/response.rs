//! Reading one response (RFC 3501 section 7): its lines and literals, within bounds.
//!
//! This is written by hand although there are crates for it. Of IMAP's grammar a dozen words are needed here, and what
//! must not be wrong is the framing: where a message begins and ends, and whether it came whole. The crates read the
//! whole grammar as it should be: one 8-bit byte in a folder's name, a doubled blank or a date that is NIL ends the
//! session, looks like a BYE, and takes a batch of messages with it. None of them bounds what a server may send, and
//! their parsers recurse. A layer in front that bounds, cuts out the bodies and mends the lines has to know all that is
//! known here. So framing is strict here and everything else lenient: what is not understood is skipped, and what was
//! asked for and did not come is asked for again.

use std::io::{self, BufRead, ErrorKind, Write};
use std::ops::Range;
use std::time::Duration;

use base64::Engine;
use base64::alphabet::IMAP_MUTF7;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use memchr::{memchr, memmem, memrchr};

use crate::domain::words::Sentence;
use crate::mailbox::RawMessage;
use crate::mailbox::wire::{BodyWriter, BufferedWire, LINE_LIMIT};
use crate::say;

/// Literals in one response; those that Mailgate asks for have two at most.
const LITERALS: usize = 16;
/// Parentheses that may be open at once: a BODYSTRUCTURE, which nobody asked for, is nested.
const DEPTH: usize = 32;
/// How long to wait for the rest of a literal once the answer's last line seems to stand in it.
const OVERDUE: Duration = Duration::from_secs(1);

/// What the answer to one command may cost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cost {
    /// Bytes of the whole answer.
    pub bytes: u64,
    /// Bytes of one literal in it.
    pub literal: u64,
    /// Bytes of a literal above which it goes through a file.
    pub in_memory: usize,
}

/// A response, or as much of it as has come.
#[derive(Debug, Default)]
pub(super) struct Response {
    /// Its lines, without the literals between them.
    text: Vec<u8>,
    tokens: Vec<Token>,
    literals: Vec<Option<RawMessage>>,
    /// Its form is broken: a string without its end, too many parentheses.
    malformed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Word(Range<usize>),
    /// Between the quotes, still escaped.
    Quoted(Range<usize>),
    Literal(usize),
}

/// What stands for one value.
#[derive(Debug)]
pub(super) enum ResponseValue {
    Nil,
    Word(Vec<u8>),
    /// A quoted string or a literal.
    Text(RawMessage),
    List,
}

impl ResponseValue {
    /// A number, quoted or not.
    pub(super) fn number(&self) -> Option<u64> {
        match self {
            ResponseValue::Word(bytes) | ResponseValue::Text(RawMessage::Memory(bytes)) => {
                std::str::from_utf8(bytes).ok()?.trim().parse().ok()
            }
            _ => None,
        }
    }

    /// Its bytes; None for NIL, a list, and what is too large for memory.
    pub(super) fn bytes(&self) -> Option<&[u8]> {
        match self {
            ResponseValue::Word(bytes) | ResponseValue::Text(RawMessage::Memory(bytes)) => Some(bytes),
            _ => None,
        }
    }
}

impl Response {
    /// The first line as it came, without its end and trailing blanks.
    pub(super) fn line(&self) -> &[u8] {
        self.text.trim_ascii_end()
    }

    pub(super) fn has_literal(&self) -> bool {
        !self.literals.is_empty()
    }

    fn clear(&mut self) {
        self.text.clear();
        self.tokens.clear();
        self.literals.clear();
        self.malformed = false;
    }

    /// The pairs of `* 7 FETCH (NAME value …)`, names in upper case. None where the response does not have that form to its
    /// end.
    pub(super) fn attributes(&mut self) -> Option<Vec<(String, ResponseValue)>> {
        let tokens = std::mem::take(&mut self.tokens);
        let mut rest = tokens.get(3..)?.iter().cloned().peekable();
        if self.malformed || rest.next()? != Token::Open {
            return None;
        }
        let mut pairs = Vec::new();
        loop {
            let name = match rest.next()? {
                Token::Word(name) => name,
                Token::Close => return rest.next().is_none().then_some(pairs),
                _ => return None,
            };
            let mut name = self.text[name].to_ascii_uppercase();
            // `BODY []`
            while let Some(Token::Word(section)) = rest.peek()
                && self.text[section.start] == b'['
            {
                name.extend(self.text[section.clone()].to_ascii_uppercase());
                rest.next();
            }
            name.retain(|byte| *byte != b' ');
            let value = match rest.peek()? {
                Token::Close => ResponseValue::Nil,
                Token::Open => {
                    let mut depth = 0_usize;
                    loop {
                        match rest.next()? {
                            Token::Open => depth += 1,
                            Token::Close => depth -= 1,
                            _ => {}
                        }
                        if depth == 0 {
                            break ResponseValue::List;
                        }
                    }
                }
                _ => self.value(rest.next()?)?,
            };
            pairs.push((String::from_utf8_lossy(&name).into_owned(), value));
        }
    }

    /// Flags (in upper case) and name of `* LIST (\Flags) "/" name`.
    pub(super) fn folder(&mut self) -> Option<(Vec<String>, Vec<u8>)> {
        let tokens = std::mem::take(&mut self.tokens);
        let flags_end = tokens.iter().position(|token| *token == Token::Close)?;
        let flags = tokens[..flags_end].iter().filter_map(|token| match token {
            Token::Word(word) => Some(String::from_utf8_lossy(&self.text[word.clone()]).to_ascii_uppercase()),
            _ => None,
        });
        let flags = flags.collect();
        match tokens.get(flags_end + 2..)? {
            // A name with blanks that should have been quoted.
            [Token::Word(first), .., Token::Word(last)] => Some((flags, self.text[first.start..last.end].to_vec())),
            [one] => match self.value(one.clone())? {
                ResponseValue::Text(RawMessage::Memory(name)) | ResponseValue::Word(name) => Some((flags, name)),
                _ => None,
            },
            _ => None,
        }
    }

    fn value(&mut self, token: Token) -> Option<ResponseValue> {
        Some(match token {
            Token::Word(word) if self.text[word.clone()].eq_ignore_ascii_case(b"NIL") => ResponseValue::Nil,
            Token::Word(word) => ResponseValue::Word(self.text[word].to_vec()),
            Token::Quoted(text) => ResponseValue::Text(RawMessage::Memory(unescape(&self.text[text]))),
            Token::Literal(number) => ResponseValue::Text(self.literals.get_mut(number)?.take()?),
            Token::Open | Token::Close => return None,
        })
    }

    /// Cuts the line from `start` on into tokens.
    fn tokenize(&mut self, start: usize) {
        let text = self.text.as_slice();
        let mut depth = self.tokens.iter().fold(0_usize, |depth, token| match token {
            Token::Open => depth + 1,
            Token::Close => depth.saturating_sub(1),
            _ => depth,
        });
        let mut at = start;
        while let Some(byte) = text.get(at) {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => at += 1,
                b'(' | b')' => {
                    let open = *byte == b'(';
                    depth = if open { depth + 1 } else { depth.saturating_sub(1) };
                    self.malformed |= depth > DEPTH;
                    self.tokens.push(if open { Token::Open } else { Token::Close });
                    at += 1;
                }
                b'"' => match quoted_end(text, at + 1) {
                    Some(end) => {
                        self.tokens.push(Token::Quoted(at + 1..end));
                        at = end + 1;
                    }
                    None => {
                        self.malformed = true;
                        return;
                    }
                },
                _ => {
                    let end = word_end(text, at);
                    self.tokens.push(Token::Word(at..end));
                    at = end;
                }
            }
        }
    }
}

fn quoted_end(text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match text.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            b'\r' | b'\n' => return None,
            _ => at += 1,
        }
    }
}

/// An atom ends at a blank, a parenthesis or a quote; `BODY[HEADER.FIELDS (DATE)]<0>` is one.
fn word_end(text: &[u8], mut at: usize) -> usize {
    let start = at;
    while let Some(byte) = text.get(at) {
        match byte {
            b'[' => match memchr(b']', &text[at..]) {
                Some(length) => at += length + 1,
                None => at += 1,
            },
            b' ' | b'\t' | b'\r' | b'\n' | b'(' | b')' => break,
            b'"' if at > start => break,
            _ => at += 1,
        }
    }
    at
}

fn unescape(quoted: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(quoted.len());
    let mut bytes = quoted.iter();
    while let Some(byte) = bytes.next() {
        text.push(if *byte == b'\\' { *bytes.next().unwrap_or(byte) } else { *byte });
    }
    text
}

/// Reads the responses to one command.
pub(super) struct ResponseReader<'a> {
    pub wire: &'a mut BufferedWire,
    pub cost: Cost,
    /// The tag of the command that they answer.
    pub tag: &'a str,
}

impl ResponseReader<'_> {
    /// The next response. Fails with `InvalidData` where it breaks a bound.
    pub(super) fn read(&mut self, response: &mut Response) -> io::Result<()> {
        response.clear();
        self.line(&mut response.text)?;
        if !has_structure(&response.text) {
            return Ok(());
        }
        let mut start = 0;
        while let Some((before, size)) = literal(&response.text[start..]) {
            if response.literals.len() == LITERALS {
                return Err(broken(say!("mailbox-limit-parts")));
            }
            response.text.truncate(start + before);
            response.tokenize(start);
            response.tokens.push(Token::Literal(response.literals.len()));
            let body = self.literal(size)?;
            response.literals.push(Some(body));
            start = response.text.len();
            self.line(&mut response.text)?;
        }
        response.tokenize(start);
        Ok(())
    }

    /// Adds the next line, with its end, to `text`.
    fn line(&mut self, text: &mut Vec<u8>) -> io::Result<()> {
        let start = text.len();
        loop {
            let bytes = self.wire.fill_buf()?;
            if bytes.is_empty() {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            let end = memchr(b'\n', bytes);
            let part = &bytes[..end.map_or(bytes.len(), |at| at + 1)];
            if text.len() - start + part.len() > LINE_LIMIT {
                return Err(broken(say!("mailbox-limit-line")));
            }
            text.extend_from_slice(part);
            let count = part.len();
            self.wire.consume(count);
            self.pay(count)?;
            if end.is_some() {
                return Ok(());
            }
        }
    }

    fn literal(&mut self, size: u64) -> io::Result<RawMessage> {
        if size > self.cost.literal {
            return Err(broken(say!("mailbox-limit-data")));
        }
        let mut body = BodyWriter::new(self.cost.in_memory);
        let mut tail = Vec::new();
        let mut left = size;
        while left > 0 {
            // Some servers announce more than they send, and wait.
            let overdue = self.wire.is_drained() && self.ends_answer(&tail);
            if overdue {
                self.wire.clock.hurry(OVERDUE);
            }
            let bytes = match self.wire.fill_buf() {
                Err(error) if overdue && error.kind() == ErrorKind::TimedOut => {
                    return Err(broken(say!("mailbox-limit-announced")));
                }
                bytes => bytes?,
            };
            if bytes.is_empty() {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            let count = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
            body.write_all(&bytes[..count]).map_err(no_room)?;
            tail.clear();
            tail.extend_from_slice(&bytes[count.saturating_sub(256)..count]);
            self.wire.consume(count);
            self.pay(count)?;
            left -= count as u64;
            if overdue {
                self.wire.clock.begin();
            }
        }
        body.finish().map_err(no_room)
    }

    /// Whether these bytes end as an answer does: with its tagged line.
    fn ends_answer(&self, tail: &[u8]) -> bool {
        tail.ends_with(b"\n") && memmem::rfind(tail, format!("\n{} ", self.tag).as_bytes()).is_some()
    }

    fn pay(&mut self, count: usize) -> io::Result<()> {
        self.cost.bytes =
            self.cost.bytes.checked_sub(count as u64).ok_or_else(|| broken(say!("mailbox-limit-answer")))?;
        Ok(())
    }
}

fn broken(limit: Sentence) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, limit)
}

/// A large message did not fit into its temporary file: no fault of the server's.
fn no_room(error: io::Error) -> io::Error {
    io::Error::new(ErrorKind::StorageFull, error.to_string())
}

/// Whether a response is more than a line of text, and so may hold literals: `* 7 FETCH`, `* LIST`. In any other one, plain
/// text could look like a literal.
fn has_structure(line: &[u8]) -> bool {
    let mut words = line.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let is = |word: Option<&[u8]>, name: &[u8]| {
        word.and_then(|word| word.get(..name.len())).is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    words.next() == Some(b"*") && (is(words.next(), b"LIST") || is(words.next(), b"FETCH"))
}

/// Where the announcement begins in a line that ends in `{size}`, and the size.
fn literal(line: &[u8]) -> Option<(usize, u64)> {
    let inner = line.trim_ascii_end().strip_suffix(b"}")?;
    let start = memrchr(b'{', inner)?;
    let size = std::str::from_utf8(&inner[start + 1..]).ok()?.trim_end_matches(['+', '-']).parse().ok()?;
    // BINARY writes `~{size}`.
    Some((if inner[..start].ends_with(b"~") { start - 1 } else { start }, size))
}

// Folder names in IMAP: modified UTF-7 (RFC 3501 5.1.3).

const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &IMAP_MUTF7,
    GeneralPurposeConfig::new().with_encode_padding(false).with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A folder's name for a command.
pub(super) fn encode_name(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    let mut shifted: Vec<u16> = Vec::new();
    for c in name.chars() {
        if matches!(c, ' '..='~') {
            unshift(&mut encoded, &mut shifted);
            encoded.push(c);
            if c == '&' {
                encoded.push('-');
            }
        } else {
            shifted.extend(c.encode_utf16(&mut [0; 2]).iter());
        }
    }
    unshift(&mut encoded, &mut shifted);
    encoded
}

fn unshift(encoded: &mut String, shifted: &mut Vec<u16>) {
    if !shifted.is_empty() {
        let bytes: Vec<u8> = shifted.drain(..).flat_map(u16::to_be_bytes).collect();
        encoded.push('&');
        encoded.push_str(&ENGINE.encode(bytes));
        encoded.push('-');
    }
}

/// A folder's name for people; unchanged where it is no modified UTF-7.
pub(super) fn decode_name(name: &str) -> String {
    try_decode_name(name).unwrap_or_else(|| name.to_owned())
}

fn try_decode_name(name: &str) -> Option<String> {
    let mut decoded = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, shifted)) = rest.split_once('&') {
        decoded.push_str(before);
        let (shifted, after) = shifted.split_once('-')?;
        if shifted.is_empty() {
            decoded.push('&');
        } else {
            let bytes = ENGINE.decode(shifted).ok()?;
            let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            decoded.push_str(&String::from_utf16(&units).ok()?);
        }
        rest = after;
    }
    decoded.push_str(rest);
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Attributes of one line, with their values as words.
    fn attributes(line: &[u8]) -> Option<Vec<(String, String)>> {
        let mut response = Response { text: line.to_vec(), ..Response::default() };
        response.tokenize(0);
        let shown = |value: &ResponseValue| match value {
            ResponseValue::Nil => "NIL".to_owned(),
            ResponseValue::List => "()".to_owned(),
            value => String::from_utf8_lossy(value.bytes().unwrap()).into_owned(),
        };
        Some(response.attributes()?.iter().map(|(name, value)| (name.clone(), shown(value))).collect())
    }

    #[test]
    fn attributes_are_read_however_they_are_spelled() {
        for (line, read) in [
            ("* 7 FETCH (UID 3 RFC822.SIZE 12)", "UID=3 RFC822.SIZE=12"),
            ("*  7  fetch  (  uid  3   rfc822.size  \"12\"  )  ", "UID=3 RFC822.SIZE=12"),
            ("* 7 FETCH (FLAGS (\\Seen (x) ) UID 3 INTERNALDATE NIL)", "FLAGS=() UID=3 INTERNALDATE=NIL"),
            ("* 7 FETCH (BODY [] \"a\\\"b\\\\c\" UID 3)", "BODY[]=a\"b\\c UID=3"),
            ("* 7 FETCH (BODY[HEADER.FIELDS (DATE)]<0> \"x\")", "BODY[HEADER.FIELDS(DATE)]<0>=x"),
            ("* 7 FETCH (UID 3 RFC822.SIZE)", "UID=3 RFC822.SIZE=NIL"),
            ("* 7 FETCH(UID 3)", "UID=3"),
        ] {
            let pairs = attributes(line.as_bytes()).unwrap_or_else(|| panic!("{line}"));
            let shown: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
            assert_eq!(shown.join(" "), read, "{line}");
        }
    }

    #[test]
    fn what_is_not_whole_is_not_read() {
        for line in [
            &b"* 7 FETCH (UID 3"[..],
            b"* 7 FETCH (UID 3) rest of a message",
            b"* 7 FETCH (BODY[] \"no end)",
            b"* 7 FETCH (UID 3))",
            b"* 7 FETCH UID 3",
            b"* 7 FETCH",
        ] {
            assert_eq!(attributes(line), None, "{}", String::from_utf8_lossy(line));
        }
        let nested = [&b"* 7 FETCH (X "[..], &b"(".repeat(400), &b")".repeat(400), b")"].concat();
        assert_eq!(attributes(&nested), None);
    }

    #[test]
    fn a_literal_is_announced_at_the_end_of_a_structured_line_only() {
        assert_eq!(literal(b"* 7 FETCH (BODY[] {12}\r\n"), Some((18, 12)));
        assert_eq!(literal(b"* 7 FETCH (BINARY[] ~{12+} \r\n"), Some((20, 12)));
        assert_eq!(literal(b"* 7 FETCH (UID {x}\r\n"), None);
        assert!(has_structure(b"* 7 FETCH (") && has_structure(b"*  LIST () NIL"));
        assert!(!has_structure(b"* OK hello {1000}") && !has_structure(b"a1 FETCH {12}"));
    }

    #[test]
    fn folder_names_of_any_script_survive() {
        for (name, encoded) in
            [("Entwürfe", "Entw&APw-rfe"), ("R&D", "R&-D"), ("~peter/台北/日本語", "~peter/&U,BTFw-/&ZeVnLIqe-")]
        {
            assert_eq!(encode_name(name), encoded);
            assert_eq!(decode_name(encoded), name);
        }
        assert_eq!(decode_name("broken &***"), "broken &***");
    }
}
