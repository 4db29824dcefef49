//! The value of Content-Type and its kin: one word and its parameters (RFC 2045 §5.1, RFC 2231), read as mailers
//! write them.
//!
//! Our own, since the libraries that read this grammar take everything up to the first semicolon for the type: what
//! lacks its semicolons, closes no quote or has blanks of other alphabets loses its charset, its name or its boundary,
//! and with it the parts of the mail.

use percent_encoding::percent_decode_str;

use super::charset;
use super::words;

/// Bytes and parameters looked at of one value.
const LENGTH: usize = 8 << 10;
const PARAMETERS: usize = 64;

#[derive(Debug, Clone, Default)]
pub(super) struct ParamValue {
    /// What stands before the parameters, in lower case, without blanks and quotes.
    pub word: String,
    /// Names in lower case, values as they stand between their quotes.
    params: Vec<(String, String)>,
}

impl ParamValue {
    pub(super) fn parse(text: &str) -> Self {
        let mut text = Cursor { rest: &text[..text.floor_char_boundary(LENGTH)] };
        let mut value = ParamValue::default();
        while value.params.len() < PARAMETERS {
            text.skip(|c| c.is_whitespace() || c == ';' || c == ',');
            text.skip_comments();
            if text.rest.is_empty() {
                break;
            }
            let name = text.take(|c| !c.is_whitespace() && !matches!(c, ';' | '=' | '('));
            let after = text.rest.trim_start();
            match after.strip_prefix('=') {
                Some(after) if !name.is_empty() => {
                    text.rest = after.trim_start();
                    let content = text.value(name.ends_with('*'));
                    value.params.push((name.trim_matches(['"', '\'']).to_ascii_lowercase(), content));
                }
                Some(after) => text.rest = after,
                None => value.add_word(name),
            }
        }
        value
    }

    /// `text / plain` is one word; of several the first one counts, and of a field's name within its value nothing.
    fn add_word(&mut self, word: &str) {
        let word = word.trim_matches(|c: char| c.is_whitespace() || "\"'<>,".contains(c)).replace('\\', "/");
        let joins = self.word.ends_with('/') || word.starts_with('/');
        if !word.ends_with(':') && (self.word.is_empty() || (joins && self.params.is_empty())) {
            self.word.push_str(&word.to_lowercase());
        }
    }

    /// A parameter, decoded. The extended form of RFC 2231 wins over the plain one.
    pub(super) fn get(&self, key: &str) -> Option<String> {
        let plain = || self.params.iter().find(|(name, value)| name == key && !value.is_empty());
        self.extended(key).or_else(|| plain().map(|(_, value)| words::decode(value).into_owned()))
    }

    /// `key*`, or `key*0*`, `key*1`, …: a charset and a language before the first, percent signs in those with a star.
    fn extended(&self, key: &str) -> Option<String> {
        let mut segments: Vec<(usize, bool, &str)> = Vec::new();
        for (name, value) in &self.params {
            let Some(index) = name.strip_prefix(key).and_then(|rest| rest.strip_prefix('*')) else { continue };
            let (index, encoded) = index.strip_suffix('*').map_or((index, index.is_empty()), |index| (index, true));
            let index = if index.is_empty() { Some(0) } else { index.parse().ok() };
            segments.extend(index.map(|index| (index, encoded, value.as_str())));
        }
        segments.sort_by_key(|(index, ..)| *index);
        segments.dedup_by_key(|(index, ..)| *index);
        let (_, encoded, first) = segments.first_mut()?;
        let mut label = None;
        if *encoded && let Some((charset, text)) = split_charset(first) {
            (label, *first) = (Some(charset), text);
        }
        if !segments.iter().any(|(_, encoded, _)| *encoded) {
            let joined: String = segments.iter().map(|(.., value)| *value).collect();
            return (!joined.is_empty()).then(|| words::decode(&joined).into_owned());
        }
        let bytes: Vec<u8> = segments
            .iter()
            .flat_map(|(_, encoded, value)| match encoded {
                true => percent_decode_str(value).collect(),
                false => value.as_bytes().to_vec(),
            })
            .collect();
        (!bytes.is_empty()).then(|| charset::decode(label, &bytes))
    }
}

/// `utf-8'en'text`.
fn split_charset(value: &str) -> Option<(&str, &str)> {
    let (charset, rest) = value.split_once('\'')?;
    Some((charset, rest.split_once('\'')?.1))
}

struct Cursor<'t> {
    rest: &'t str,
}

impl<'t> Cursor<'t> {
    fn take(&mut self, belongs: impl Fn(char) -> bool) -> &'t str {
        let end = self.rest.find(|c| !belongs(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn skip(&mut self, belongs: impl Fn(char) -> bool) {
        self.rest = self.rest.trim_start_matches(belongs);
    }

    /// `(Plain text)`; one that is not closed is passed over to the next semicolon.
    fn skip_comments(&mut self) {
        while self.rest.starts_with('(') {
            let end = self.rest.find(')').map(|at| at + 1).or_else(|| self.rest.find(';')).unwrap_or(self.rest.len());
            self.rest = self.rest[end..].trim_start();
        }
    }

    /// What stands behind a parameter's `=`. In an extended value (RFC 2231) single quotes are no quotes.
    fn value(&mut self, extended: bool) -> String {
        match self.rest.chars().next() {
            Some('"') => self.quoted('"'),
            Some('\'') if !extended && self.rest[1..].contains('\'') => self.quoted('\''),
            _ => self.unquoted(),
        }
    }

    /// A quote ends a value where the value can end: file names have quotes of their own that nobody escaped.
    fn quoted(&mut self, quote: char) -> String {
        let mut content = String::new();
        let mut chars = self.rest[1..].char_indices();
        while let Some((at, c)) = chars.next() {
            let after = &self.rest[1 + at + c.len_utf8()..];
            if c == quote && ends_value(after) {
                self.rest = after;
                return content;
            }
            match after.chars().next() {
                Some(escaped @ ('"' | '\\')) if c == '\\' && quote == '"' => {
                    // An escape, unless it is the end: Windows paths end in a backslash that nobody escaped.
                    if escaped == '"' && ends_value(&after[1..]) && !after[1..].contains('"') {
                        content.push(c);
                    } else {
                        content.push(escaped);
                        chars.next();
                    }
                }
                _ => content.push(c),
            }
        }
        // Never closed.
        self.rest = &self.rest[1..];
        self.unquoted()
    }

    /// Up to the semicolon, or to the next parameter where the semicolon was forgotten.
    fn unquoted(&mut self) -> String {
        let mut end = self.rest.len();
        for (at, c) in self.rest.char_indices() {
            let after = &self.rest[at + c.len_utf8()..];
            if c == ';' || (c.is_whitespace() && begins_parameter(after)) {
                end = at;
                break;
            }
        }
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken.trim().to_owned()
    }
}

fn ends_value(after: &str) -> bool {
    let trimmed = after.trim_start();
    trimmed.is_empty()
        || trimmed.starts_with([';', '('])
        || (trimmed.starts_with(',') && begins_parameter(&trimmed[1..]))
        || begins_parameter(trimmed)
}

/// `name=` or `name*0*=`, or a comment.
fn begins_parameter(text: &str) -> bool {
    let text = text.trim_start();
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "-*_".contains(c))).unwrap_or(text.len());
    text.starts_with('(') || (end > 0 && end < 40 && text[end..].trim_start().starts_with('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lacks_its_punctuation_is_read() {
        for (text, word, key, expected) in [
            ("text/plain; charset=utf-8", "text/plain", "charset", Some("utf-8")),
            ("text/plain charset=utf-8", "text/plain", "charset", Some("utf-8")),
            ("multipart/mixed boundary=\"a b\"", "multipart/mixed", "boundary", Some("a b")),
            ("text / plain ; charset = utf-8 ;", "text/plain", "charset", Some("utf-8")),
            ("text/plain;\u{a0}charset=utf-8", "text/plain", "charset", Some("utf-8")),
            ("text/plain;charset=\"utf-8", "text/plain", "charset", Some("utf-8")),
            ("text/plain;; ; charset='utf-8'", "text/plain", "charset", Some("utf-8")),
            ("text/plain, charset=utf-8", "text/plain", "charset", Some("utf-8")),
            ("\"text/html\"; charset=utf-8", "text/html", "charset", Some("utf-8")),
            ("Content-Type: text/html; charset=utf-8", "text/html", "charset", Some("utf-8")),
            ("text/html; text/html; charset=utf-8", "text/html", "charset", Some("utf-8")),
            ("text\\html (page); charset=(x) utf-8", "text/html", "charset", Some("(x) utf-8")),
            ("text/plain; charset=us-ascii (Plain text)", "text/plain", "charset", Some("us-ascii")),
            ("a/b; name=\"x.pdf\"\tx-kind=scan", "a/b", "name", Some("x.pdf")),
            ("a/b; name=my letter.pdf; x=1", "a/b", "name", Some("my letter.pdf")),
            ("a/b; name=\"the \"new\" card.pdf\"; x=1", "a/b", "name", Some("the \"new\" card.pdf")),
            ("a/b; name=\"C:\\temp\\x.pdf\"", "a/b", "name", Some("C:\\temp\\x.pdf")),
            ("a/b; name=\"a\\\"b.pdf\"", "a/b", "name", Some("a\"b.pdf")),
            ("multipart/mixed; boundary==_a=b", "multipart/mixed", "boundary", Some("=_a=b")),
            ("multipart/mixed; boundary=----=_Part_1", "multipart/mixed", "boundary", Some("----=_Part_1")),
            ("; charset=utf-8", "", "charset", Some("utf-8")),
            ("= ; =", "", "charset", None),
            ("", "", "charset", None),
        ] {
            let value = ParamValue::parse(text);
            assert_eq!((value.word.as_str(), value.get(key).as_deref()), (word, expected), "{text}");
        }
    }

    #[test]
    fn extended_parameters_win_whatever_the_order() {
        for (text, expected) in [
            ("a; filename*=utf-8''%C3%A9.pdf; filename=e.pdf", "é.pdf"),
            ("a; filename=\"e.pdf\"; filename*=utf-8''%C3%A9.pdf", "é.pdf"),
            ("a; filename*1=\"b.pdf\"; filename*0=\"a-\"", "a-b.pdf"),
            ("a; filename*0*=utf-8''%C3%A9; filename*1=\"%41.pdf\"", "é%41.pdf"),
            ("a; filename*0*=iso-8859-1'fr'pi%E8; filename*1*=ce.pdf", "pièce.pdf"),
            ("a; filename*=\"utf-8''%C3%A9.pdf\"", "é.pdf"),
            ("a; filename*=%C3%A9.pdf", "é.pdf"),
            ("a; filename*=utf-8''; filename=e.pdf", "e.pdf"),
            ("a; filename*0=\"=?utf-8?Q?=C3\"; filename*1=\"=A9.pdf?=\"", "é.pdf"),
        ] {
            assert_eq!(ParamValue::parse(text).get("filename").as_deref(), Some(expected), "{text}");
        }
    }
}
