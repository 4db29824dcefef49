//! What a mail's header says: its fields, unfolded and in letters, the identifiers in them, and the encoded words of RFC 2047.

use std::borrow::Cow;
use std::io::Read;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::charset::{self, Assumed};
use super::text;
use super::transfer::{Transfer, decoder};

/// Fields of one header that are kept.
const FIELDS: usize = 1_000;
/// Bytes of one field's value that are kept.
const VALUE: usize = 64 << 10;
/// Bytes of one header that are kept.
const BLOCK: usize = 512 << 10;

#[derive(Debug, Default)]
pub(super) struct MailHead {
    fields: Vec<HeaderField>,
    size: usize,
    charset: Option<String>,
    /// Something was over the limits and left out.
    pub cut: bool,
}

#[derive(Debug)]
struct HeaderField {
    name: String,
    value: Vec<u8>,
}

/// The name of a field line (RFC 5322 §2.2), and where its value starts. White space before the colon is tolerated.
pub(super) fn field_name(line: &[u8]) -> Option<(&[u8], usize)> {
    let colon = memchr::memchr(b':', line)?;
    let name = line[..colon].trim_ascii_end();
    (!name.is_empty() && name.len() <= 100 && name.iter().all(u8::is_ascii_graphic)).then_some((name, colon + 1))
}

impl MailHead {
    /// Takes the next line of the header: a field, or the continuation of the last one. Other lines are skipped.
    pub(super) fn push(&mut self, line: &[u8]) {
        if matches!(line.first(), Some(b' ' | b'\t')) {
            if let Some(field) = self.fields.last_mut() {
                let room = VALUE.saturating_sub(field.value.len()).min(BLOCK.saturating_sub(self.size));
                self.cut |= line.len() > room;
                field.value.extend_from_slice(&line[..line.len().min(room)]);
                self.size += line.len().min(room);
            }
            return;
        }
        let Some((name, start)) = field_name(line) else { return };
        if self.fields.len() == FIELDS || self.size >= BLOCK {
            self.cut = true;
            return;
        }
        let value = &line[start..];
        self.cut |= value.len() > VALUE;
        let value = value[..value.len().min(VALUE)].to_vec();
        self.size += name.len() + value.len();
        self.fields.push(HeaderField { name: String::from_utf8_lossy(name).to_ascii_lowercase(), value });
    }

    /// Takes a line that is neither a field nor a continuation as a continuation that has lost its leading blank. Fields
    /// that must be short and exact get none.
    pub(super) fn mend(&mut self, line: &[u8]) {
        const EXACT: &[&str] = &["from", "sender", "reply-to", "date", "message-id", "return-path", "mime-version"];
        if self.fields.last().is_some_and(|field| !EXACT.contains(&field.name.as_str())) {
            self.push(&[b" ", line].concat());
        }
    }

    /// Whether the last field says that more of it follows.
    pub(super) fn is_unfinished(&self) -> bool {
        self.fields.last().is_some_and(|field| field.value.trim_ascii_end().ends_with(b";"))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    /// The first field of this (lower-case) name, unfolded, as text but with its encoded words as they stand.
    pub(super) fn raw(&self, name: &str) -> Option<Cow<'_, str>> {
        self.all(name).next()
    }

    /// Every field of this name, like [`Head::raw`].
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = Cow<'_, str>> {
        self.fields.iter().filter(move |field| field.name == name).map(|field| self.as_text(&field.value).0)
    }

    /// The first field of this name, decoded, on one line.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.raw(name).map(|value| text::line(&decode_words(&value), usize::MAX))
    }

    /// As [`Head::text`], not yet on one line, and what was assumed about its charset.
    pub(super) fn decoded(&self, name: &str) -> Option<(String, Option<Assumed>)> {
        let value = &self.fields.iter().find(|field| field.name == name)?.value;
        let (raw, assumed) = self.as_text(value);
        let (text, of_words) = read_words(&raw);
        Some((text.into_owned(), assumed.or(of_words)))
    }

    /// The charset of the mail's text: what raw 8-bit bytes in its header are most likely written in.
    pub(super) fn assume_charset(&mut self, label: Option<String>) {
        self.charset = label;
    }

    /// Reads 8-bit bytes, which should not be there: as UTF-8 (RFC 6532), else in the charset of the text.
    fn as_text<'f>(&self, value: &'f [u8]) -> (Cow<'f, str>, Option<Assumed>) {
        match std::str::from_utf8(value.trim_ascii()) {
            Ok(text) => (Cow::Borrowed(text), None),
            Err(_) => {
                let label = self.charset.clone().or_else(|| self.body_charset());
                let read = charset::read(label.as_deref(), value.trim_ascii());
                (Cow::Owned(read.text), read.assumed)
            }
        }
    }

    fn body_charset(&self) -> Option<String> {
        let value = &self.fields.iter().find(|field| field.name == "content-type")?.value;
        let value = String::from_utf8_lossy(value).to_ascii_lowercase();
        let (_, after) = value.split_once("charset=")?;
        Some(after.trim_start_matches('"').split(['"', ';', ' ']).next()?.to_owned())
    }
}

/// Message-IDs kept of References.
const IDS: usize = 100;
/// Characters of a Message-ID; a longer one is none (RFC 5322 §2.1.1).
const ID: usize = 998;
/// Message-IDs taken from quoted heads.
const QUOTED: usize = 10;
/// Bytes of a Thread-Index that name the conversation (MS-OXOMSG §2.2.1.3): six of time, sixteen of a GUID.
const CONVERSATION: usize = 22;
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Message-IDs with their angle brackets, in order, each once, as far as they can be recognised: also encoded as a word,
/// without brackets, or with a bracket that is never closed. White space inside one comes from folding. Where there are too
/// many, the first and the last ones are kept.
pub(super) fn message_ids(value: &str) -> Vec<String> {
    let value = readable(value);
    let mut ids = Vec::new();
    let mut rest = value.as_ref();
    while let Some((outside, after)) = rest.split_once('<') {
        without_brackets(outside, &mut ids);
        let (inside, beyond) = match after.find(['<', '>']) {
            // `<<id>>`, and one that is not closed before the next begins.
            Some(end) if after[end..].starts_with('<') => (&after[..end], &after[end..]),
            Some(end) => (&after[..end], &after[end + 1..]),
            None => (after, ""),
        };
        let closed = after.len() > inside.len();
        rest = beyond;
        within_brackets(inside, closed, &mut ids);
    }
    without_brackets(rest, &mut ids);
    if ids.is_empty() && !value.contains(['<', '@']) {
        // An id need not have an @, but a comment has blanks.
        let mut words = value.split_whitespace();
        if let (Some(word), None) = (words.next(), words.next()) {
            add_id(word, &mut ids);
        }
    }
    ids
}

fn within_brackets(inside: &str, closed: bool, ids: &mut Vec<String>) {
    let pieces = || inside.split(|c: char| c.is_whitespace() || c == ',').filter(|piece| !piece.is_empty());
    match pieces().filter(|piece| piece.contains('@')).count() {
        // Several ids share one pair of brackets.
        2.. => pieces().for_each(|piece| add_id(piece, ids)),
        // Where the bracket is never closed, what follows is a comment.
        1 if !closed && pieces().next().is_some_and(|first| first.contains('@')) => {
            pieces().take(1).for_each(|piece| add_id(piece, ids));
        }
        _ => add_id(inside, ids),
    }
}

/// Text outside of brackets is a comment, except for what looks like a Message-ID.
fn without_brackets(outside: &str, ids: &mut Vec<String>) {
    let pieces = outside.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | '>'));
    pieces.filter(|piece| piece.contains('@')).for_each(|piece| add_id(piece, ids));
}

fn add_id(id: &str, ids: &mut Vec<String>) {
    if let Some(id) = bracketed(id)
        && !ids.contains(&id)
    {
        if ids.len() == IDS {
            ids.remove(1);
        }
        ids.push(id);
    }
}

/// One Message-ID, with or without its brackets.
pub(super) fn message_id(value: &str) -> Option<String> {
    let value = readable(value);
    match value.trim_start_matches(|c: char| c == '<' || c.is_whitespace()) {
        inside if inside.len() < value.len() || !value.contains('<') => bracketed(inside.split('>').next()?),
        _ => bracketed(value.split_once('<')?.1.split('>').next()?),
    }
}

/// Mailers encode long ids as words (RFC 2047 forbids it), and some write them as HTML.
fn readable(value: &str) -> Cow<'_, str> {
    let value = decode_words(value);
    match value.contains("&lt;") {
        true => Cow::Owned(value.replace("&lt;", "<").replace("&gt;", ">")),
        false => value,
    }
}

fn bracketed(inside: &str) -> Option<String> {
    let id: String = inside.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    (!id.is_empty() && id.len() <= ID).then(|| format!("<{id}>"))
}

/// The Message-IDs that a text quotes from the headers of other mails, as some mailers quote the header, too: `> Message-ID:
/// <id>`.
pub(super) fn quoted_ids(text: &str) -> Vec<String> {
    let mut ids = Vec::new();
    let mut finder = memchr::memmem::find_iter(text.as_bytes(), b"essage-").take(QUOTED * 10);
    while let Some(at) = finder.next()
        && ids.len() < QUOTED
    {
        let start = text[..at].rfind('\n').map_or(0, |line| line + 1);
        let mut lines = text[start..].lines();
        let line = lines.next().unwrap_or_default().trim_start_matches(|c: char| !c.is_alphanumeric());
        let Some((name, value)) = line.split_once(':') else { continue };
        if !name.trim_end_matches(|c: char| !c.is_alphanumeric()).eq_ignore_ascii_case("message-id") {
            continue;
        }
        // A long one is on the next line.
        let value = if value.contains('@') { value } else { lines.next().unwrap_or_default() };
        let value = &value[..value.floor_char_boundary(ID + 100)];
        if value.contains('<') || value.contains("&lt;") {
            ids.extend(message_ids(value).into_iter().take(1).filter(|id| !ids.contains(id)).collect::<Vec<_>>());
        }
    }
    ids
}

/// The conversation that Outlook's Thread-Index names: its first 22 bytes; each answer adds five.
pub(super) fn conversation(thread_index: &str) -> Option<String> {
    let text: String = thread_index.chars().filter(|c| !c.is_whitespace()).take(2_000).collect();
    let mut bytes = LENIENT.decode(text).ok()?;
    if bytes.len() < CONVERSATION || bytes.iter().take(CONVERSATION).all(|byte| *byte == bytes[0]) {
        return None;
    }
    bytes.truncate(CONVERSATION);
    Some(hex::encode(bytes))
}

/// Bytes of one encoded word: far more than RFC 2047 allows, yet few enough for a header full of beginnings without an end.
const WORD: usize = 4 << 10;
/// Bytes of an encoded word whose end is missing.
const LOST: usize = 256;

/// Replaces the encoded words of an unfolded header value; see [`read_words`].
pub(super) fn decode_words(text: &str) -> Cow<'_, str> {
    read_words(text).0
}

/// Replaces the encoded words (RFC 2047) of an unfolded header value, and tells what was assumed about the first doubtful
/// one. They are read as leniently as mailers write them, in one pass however many there are. White space between two of
/// them is dropped; neighbours of one charset are joined before decoding, since mailers split characters and escape
/// sequences between words. A word within a word is decoded once.
fn read_words(text: &str) -> (Cow<'_, str>, Option<Assumed>) {
    if !text.contains("=?") {
        return (Cow::Borrowed(text), None);
    }
    let mut pass = Pass { decoded: String::with_capacity(text.len()), run: None, assumed: None };
    pass.over(text);
    let Pass { decoded, assumed, .. } = pass;
    let twice = decoded.trim();
    if twice.len() < text.len() && twice.starts_with("=?") && twice.ends_with("?=") {
        let mut again = Pass { decoded: String::with_capacity(decoded.len()), run: None, assumed };
        again.over(twice);
        return (Cow::Owned(again.decoded), again.assumed);
    }
    (Cow::Owned(decoded), assumed)
}

struct Pass<'a> {
    decoded: String,
    /// Neighbours that are decoded together: their charset and their bytes.
    run: Option<(&'a str, Vec<u8>)>,
    assumed: Option<Assumed>,
}

impl<'a> Pass<'a> {
    fn over(&mut self, text: &'a str) {
        let (mut copied, mut at) = (0, 0);
        let last_end = text.rfind("?=").unwrap_or(0);
        while let Some(start) = text[at..].find("=?").map(|found| at + found) {
            let Some(word) = Word::parse(&text[start..], start < last_end) else {
                at = start + 2;
                continue;
            };
            let between = &text[copied..start];
            if self.run.is_none() || !between.trim().is_empty() {
                self.flush();
                self.decoded.push_str(between);
            }
            match &mut self.run {
                Some((charset, bytes)) if charset.eq_ignore_ascii_case(word.charset) => {
                    bytes.append(&mut word.bytes());
                }
                _ => {
                    self.flush();
                    self.run = Some((word.charset, word.bytes()));
                }
            }
            at = start + word.length;
            copied = at;
        }
        self.flush();
        self.decoded.push_str(&text[copied..]);
    }

    fn flush(&mut self) {
        if let Some((label, bytes)) = self.run.take() {
            let read = charset::read(Some(label), &bytes);
            self.decoded.push_str(&read.text);
            self.assumed = self.assumed.take().or(read.assumed);
        }
    }
}

/// `=?charset*language?encoding?payload?=`.
struct Word<'a> {
    charset: &'a str,
    base64: bool,
    payload: &'a str,
    length: usize,
}

impl<'a> Word<'a> {
    /// Parses `text`, which begins with `=?`; `may_end` says that a `?=` follows somewhere. A word without its end goes to
    /// the next blank.
    fn parse(text: &'a str, may_end: bool) -> Option<Self> {
        let (label, _) = text[2..text.floor_char_boundary(72)].split_once('?')?;
        let after = 3 + label.len();
        let (encoding, _) = text[after..text.floor_char_boundary(after + 6)].split_once('?')?;
        let base64 = match encoding.trim() {
            "B" | "b" => true,
            "Q" | "q" => false,
            _ => return None,
        };
        let start = after + encoding.len() + 1;
        let payload = &text[start..];
        let near = &payload[..payload.floor_char_boundary(WORD)];
        let charset = label.split_once('*').map_or(label, |(charset, _)| charset).trim();
        // An end that belongs to another word does not count.
        let end = may_end.then(|| memchr::memmem::find(near.as_bytes(), b"?=")).flatten();
        if let Some(end) = end {
            let next = payload[..end].find("=?").filter(|next| Self::begins(&payload[*next..]));
            if next.is_none() {
                return Some(Self { charset, base64, payload: &payload[..end], length: start + end + 2 });
            }
        }
        let near = &near[..near.floor_char_boundary(LOST)];
        let end = near.find(|c: char| c.is_whitespace() || "<>\",".contains(c)).unwrap_or(near.len());
        let symbol = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
        let whole = end > 0 && (!base64 || payload[..end].bytes().all(symbol)) && charset::is_known(charset);
        whole.then(|| Self { charset, base64, payload: payload[..end].trim_end_matches('?'), length: start + end })
    }

    /// Whether what begins with `=?` looks like the beginning of a word.
    fn begins(text: &str) -> bool {
        let mut pieces = text[2..text.floor_char_boundary(80)].splitn(3, '?');
        let (label, encoding) = (pieces.next().unwrap_or_default(), pieces.next().unwrap_or_default());
        !label.is_empty() && pieces.next().is_some() && matches!(encoding, "B" | "b" | "Q" | "q")
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.payload.len());
        if self.base64 {
            // Reading from memory doesn't fail, and what was read before a failure would still be right.
            let _ = decoder(Transfer::Base64, self.payload.as_bytes()).read_to_end(&mut bytes);
            return bytes;
        }
        let mut payload = self.payload.as_bytes();
        while let [first, rest @ ..] = payload {
            payload = rest;
            match (first, rest) {
                (b'_', _) => bytes.push(b' '),
                (b'=', [high, low, after @ ..]) => match hex_pair(*high, *low) {
                    Some(byte) => {
                        bytes.push(byte);
                        payload = after;
                    }
                    None => bytes.push(b'='),
                },
                (byte, _) => bytes.push(*byte),
            }
        }
        bytes
    }
}

/// Two hexadecimal digits as a byte.
pub(super) fn hex_pair(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    Some((digit(high)? << 4 | digit(low)?) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &[u8]) -> MailHead {
        let mut head = MailHead::default();
        text.split(|byte| *byte == b'\n').for_each(|line| head.push(line));
        head
    }

    #[test]
    fn fields_are_unfolded_and_found_in_any_case() {
        let head = head(b"SUBJECT : one\n two\n\t=?utf-8?Q?tr=C3=A9s?=\nnonsense\nTo: a\nTo: b");
        assert_eq!(head.text("subject").as_deref(), Some("one two trés"));
        assert_eq!(head.all("to").collect::<Vec<_>>(), ["a", "b"]);
        assert!(!head.has("cc"));
    }

    #[test]
    fn raw_bytes_follow_the_charset_of_the_body() {
        let head = head(b"Content-Type: text/plain; charset=\"koi8-r\"\nSubject: \xf0\xd2\xc9\xd7\xc5\xd4");
        assert_eq!(head.text("subject").as_deref(), Some("Привет"));
    }

    #[test]
    fn a_block_keeps_within_its_limits() {
        let mut head = MailHead::default();
        head.push(&[b"Subject: ".as_slice(), &vec![b'x'; 1 << 20]].concat());
        (0..5_000).for_each(|n| head.push(format!("X-{n}: {}", "y".repeat(500)).as_bytes()));
        assert!(head.cut && head.fields.len() <= FIELDS && head.size < BLOCK + VALUE);
    }

    #[test]
    fn identifiers_are_unfolded_and_told_once() {
        assert_eq!(message_ids("<a@b>\t<c\r\n @d> text <a@b> <>"), ["<a@b>", "<c@d>"]);
        for value in [" a@b ", "<a@b>", "<<a@b>>", "<a@b", "x <a@b>", "&lt;a@b&gt;", "=?us-ascii?Q?=3Ca=40b=3E?="] {
            assert_eq!(message_id(value), Some("<a@b>".into()), "{value}");
        }
        assert_eq!(message_id("<>"), None);
        let many: String = (0..500).map(|n| format!("<{n}@x>")).collect();
        let ids = message_ids(&many);
        assert_eq!((ids.len(), ids[0].as_str(), ids[99].as_str()), (100, "<0@x>", "<499@x>"));
    }

    #[test]
    fn identifiers_are_found_however_they_are_written() {
        for (value, expected) in [
            ("a@b", vec!["<a@b>"]),
            ("a@b c@d", vec!["<a@b>", "<c@d>"]),
            ("<a@b", vec!["<a@b>"]),
            ("<a@b <c@d>", vec!["<a@b>", "<c@d>"]),
            ("<a@b\r\n\tc@d>", vec!["<a@b>", "<c@d>"]),
            ("<a@b (Amina's mail)", vec!["<a@b>"]),
            ("<<a@b>>", vec!["<a@b>"]),
            ("<a@b>,<c@d>;e@f", vec!["<a@b>", "<c@d>", "<e@f>"]),
            ("Your message of Monday <a@b>", vec!["<a@b>"]),
            ("=?utf-8?q?=3Ca=40b=3E?=\r\n =?utf-8?q?_=3Cc=40d=3E?=", vec!["<a@b>", "<c@d>"]),
            ("=?utf-8?B?PGFAYj4=?=", vec!["<a@b>"]),
            ("&lt;a@b&gt;", vec!["<a@b>"]),
            ("<20261121.17>", vec!["<20261121.17>"]),
            ("20261121.17", vec!["<20261121.17>"]),
            ("your mail of Monday", vec![]),
        ] {
            assert_eq!(message_ids(value), expected, "{value}");
        }
        let started = std::time::Instant::now();
        for hostile in ["<", "<a@b ", "a@", "&lt;", "=?utf-8?q?=3C?= "] {
            message_ids(&hostile.repeat(20_000));
        }
        assert!(started.elapsed().as_secs() < 2, "{:?}", started.elapsed());
    }

    #[test]
    fn a_quoted_head_names_its_mail() {
        let text = "no card\n----- Original Message -----\nFrom: Officer\n> *Message-ID:* <a@b>\nMessage-Id:\n <c@d>\n\
            my Message-ID: is <none@of.these>\nMessage-ID: who knows\n";
        assert_eq!(quoted_ids(text), ["<a@b>", "<c@d>"]);
        assert!(quoted_ids(&"Message-ID: <a@b".repeat(50_000)).len() <= 1);
    }

    #[test]
    fn outlooks_answers_name_their_conversation() {
        let first = "AdnxYz0BAgMEBQYHCAkKCwwNDg8QEQ==";
        let answer = "AdnxYz0BAgMEBQYHCAkKCwwNDg8Q\r\n EQABAgMEBQ==";
        assert!(conversation(first).is_some());
        assert_eq!(
            conversation(first).map(|index| index[..40].to_owned()),
            conversation(answer).map(|index| index[..40].to_owned())
        );
        for none in ["", "AdnxYz0=", "no base64 at all!", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="] {
            assert_eq!(conversation(none), None, "{none}");
        }
    }

    #[test]
    fn words_in_any_charset() {
        assert_eq!(decode_words("=?windows-1256?B?48fhIOPR4w==?= x"), "مال مرم x");
        assert_eq!(decode_words("=?ISO-8859-1*fr?q?Pay=E9_=E0_tort?="), "Payé à tort");
        assert_eq!(decode_words("=?x-unknown?Q?caf=C3=A9?="), "café");
        assert_eq!(decode_words("=?utf-8?Q?a b?="), "a b");
    }

    #[test]
    fn characters_split_between_words_are_healed() {
        assert_eq!(decode_words("=?utf-8?B?w6k=?= =?utf-8?B?w6k=?="), "éé");
        assert_eq!(decode_words("=?utf-8?Q?=C3?=\t=?UTF-8?Q?=A9?="), "é");
        assert_eq!(decode_words("=?utf-8?Q?a?= b =?utf-8?Q?c?="), "a b c");
        // An escape sequence at each end, one between two words, and a word that goes on in the state of the one before.
        assert_eq!(decode_words("=?iso-2022-jp?B?GyRCJSsbKEI=?= =?iso-2022-jp?B?GyRCJSsbKEI=?="), "カカ");
        assert_eq!(decode_words("=?iso-2022-jp?Q?=1B$?= =?iso-2022-jp?Q?B%+?= =?iso-2022-jp?Q?%+=1B(B?="), "カカ");
    }

    #[test]
    fn words_as_careless_mailers_write_them() {
        for (text, expected) in [
            ("=?utf-8?Q?open=C3=A9", "opené"),
            ("=?utf-8?B?w6k", "é"),
            ("=?utf-8?B?w6k= =?utf-8?B?w6k=?=", "éé"),
            ("=? utf-8 ?Q?caf=C3=A9?=", "café"),
            ("=?utf-8? b ?w6k?=", "é"),
            ("=?utf-8?B?w6 k=?=", "é"),
            ("\"=?utf-8?Q?Am=C3=A9lie?=\" <a@b>", "\"Amélie\" <a@b>"),
            ("(=?utf-8?Q?Am=C3=A9lie?=)", "(Amélie)"),
            ("=?utf-8?Q?=3D=3Futf-8=3FB=3Fw6k=3D=3F=3D?=", "é"),
            ("=?utf-8?Q?Why??=", "Why?"),
            ("=?utf-8?Q?a?==?utf-8?Q?b?=", "ab"),
            ("=??Q?abc?=", "abc"),
        ] {
            assert_eq!(decode_words(text), expected, "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_word_stays() {
        for text in ["=?", "=?utf-8?", "=?utf-8?X?abc?=", "1 =? 2 ?= 3", "=?utf-8?Q?", "=?nonsense-9?Q?open"] {
            assert_eq!(decode_words(text), text);
        }
        assert_eq!(decode_words("=? =?utf-8?Q?a?="), "=? a");
    }

    #[test]
    fn very_many_openings_are_read_in_one_pass() {
        // A field is cut at 64 kB before it comes here.
        for hostile in ["=?utf-8?Q?", "=?utf-8?B?a ", "=?x", "=?a?q?b?= ", "=?utf-8?Q?a=?"] {
            for end in ["?=", ""] {
                let text = hostile.repeat((128 << 10) / hostile.len()) + end;
                let started = std::time::Instant::now();
                assert!(decode_words(&text).len() <= text.len());
                assert!(started.elapsed().as_secs() < 2, "{hostile} {:?}", started.elapsed());
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_comes_back_from_words_of_any_length(text in "[^\u{feff}\u{1b}=?]{1,40}", cut in 1..20_usize, q in proptest::bool::ANY) {
            use base64::Engine;
            use base64::engine::general_purpose::STANDARD;
            let word = |bytes: &[u8]| match q {
                true => format!("=?utf-8?q?{}?=", bytes.iter().map(|byte| format!("={byte:02X}")).collect::<String>()),
                false => format!("=?utf-8?b?{}?=", STANDARD.encode(bytes)),
            };
            let words: Vec<String> = text.as_bytes().chunks(cut).map(word).collect();
            let joined = words.join("\t ");
            proptest::prop_assert_eq!(decode_words(&joined), text);
        }
    }
}
