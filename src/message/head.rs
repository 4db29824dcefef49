//! The header block of a message or part: fields in order, unfolded, within limits.

use std::borrow::Cow;

use super::charset::{self, Assumed};
use super::clean;
use super::words;

/// Fields kept of one block.
const FIELDS: usize = 1_000;
/// Bytes kept of one field's value.
const VALUE: usize = 64 << 10;
/// Bytes kept of one block.
const BLOCK: usize = 512 << 10;

#[derive(Debug, Default)]
pub(super) struct MailHead {
    fields: Vec<HeaderField>,
    size: usize,
    charset: Option<String>,
    /// Something was longer than the limits and left out.
    pub cut: bool,
}

#[derive(Debug)]
struct HeaderField {
    name: String,
    value: Vec<u8>,
}

/// The name of a field line (RFC 5322 §2.2), and where its value starts. White space before the colon is forgiven.
pub(super) fn field_name(line: &[u8]) -> Option<(&[u8], usize)> {
    let colon = memchr::memchr(b':', line)?;
    let name = line[..colon].trim_ascii_end();
    (!name.is_empty() && name.len() <= 100 && name.iter().all(u8::is_ascii_graphic)).then_some((name, colon + 1))
}

impl MailHead {
    /// Takes the next line of the block: a field, or what goes on with the last one. Lines that are neither are
    /// passed over.
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

    /// Takes a line that is no field where a field or its continuation should stand, as the end of the last field: it
    /// lost the blank that it began with. What must be short and exact takes none.
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
        self.raw(name).map(|value| clean::line(&words::decode(&value), usize::MAX))
    }

    /// As [`Head::text`], not yet on one line, and what was assumed about its charset.
    pub(super) fn decoded(&self, name: &str) -> Option<(String, Option<Assumed>)> {
        let value = &self.fields.iter().find(|field| field.name == name)?.value;
        let (raw, assumed) = self.as_text(value);
        let (text, of_words) = words::read(&raw);
        Some((text.into_owned(), assumed.or(of_words)))
    }

    /// The charset of the mail's text: what raw 8-bit bytes in its header are most likely written in.
    pub(super) fn assume_charset(&mut self, label: Option<String>) {
        self.charset = label;
    }

    /// 8-bit bytes that should not be there: UTF-8 (RFC 6532), else the charset that the text has.
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
}
