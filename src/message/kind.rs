//! What a part is, by its Content-Type, -Disposition, -Transfer-Encoding and -ID (RFC 2045, 2183, 2231, 2392).

use percent_encoding::percent_decode_str;

use super::charset;
use super::head::{self, MailHead};
use super::text::Flowed;
use super::transfer::Transfer;

#[derive(Debug, Clone, Default)]
pub(super) struct MailKind {
    /// Lower case, `type/subtype`.
    pub mimetype: String,
    /// The field's value, where that was no MIME type.
    pub corrected: Option<String>,
    /// The field has no usable value: the part is text (RFC 2045 §5.2) unless its bytes are not.
    pub doubtful: bool,
    pub charset: Option<String>,
    /// `format=flowed` (RFC 3676).
    pub flowed: Option<Flowed>,
    pub boundary: Option<Vec<u8>>,
    pub report_type: Option<String>,
    /// The file name as sent: not safe yet.
    pub name: Option<String>,
    pub disposition: Disposition,
    /// Without angle brackets.
    pub content_id: Option<String>,
    /// The address by which HTML may refer to the part (RFC 2557).
    pub location: Option<String>,
    pub transfer: Transfer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Disposition {
    #[default]
    Unstated,
    Inline,
    Attachment,
}

impl MailKind {
    /// Reads a part's header; `default` is the type of a part without one: `text/plain`, in a digest `message/rfc822`.
    pub(super) fn of(head: &MailHead, default: &str) -> Self {
        let content_type = content_type(head);
        let disposition = head.raw("content-disposition").map(|value| ParamValue::parse(&value)).unwrap_or_default();
        let name = disposition.get("filename").or_else(|| disposition.get("name")).or_else(|| {
            let named = content_type.as_ref()?;
            named.get("name").or_else(|| named.get("filename"))
        });
        let name = name.filter(|name| !name.trim().is_empty());
        let Some(content_type) = content_type else {
            return MailKind { mimetype: default.to_owned(), ..MailKind::beside_type(head, name, &disposition) };
        };
        let boundary = content_type.get("boundary").map(|text| text.trim_end().as_bytes().to_vec());
        let stated = content_type.word.as_str();
        let read = canonical(stated, name.as_deref(), boundary.is_some());
        MailKind {
            corrected: (read.as_deref() != Some(stated)).then(|| stated.to_owned()),
            doubtful: read.is_none(),
            mimetype: read.unwrap_or_else(|| "text/plain".to_owned()),
            charset: content_type.get("charset"),
            flowed: content_type.get("format").filter(|format| format.trim().eq_ignore_ascii_case("flowed")).map(
                |_| {
                    let delsp = content_type.get("delsp");
                    Flowed { delete_space: delsp.is_some_and(|delsp| delsp.trim().eq_ignore_ascii_case("yes")) }
                },
            ),
            boundary,
            report_type: content_type.get("report-type").map(|text| text.to_ascii_lowercase()),
            ..MailKind::beside_type(head, name, &disposition)
        }
    }

    /// Reads the other fields.
    fn beside_type(head: &MailHead, name: Option<String>, disposition: &ParamValue) -> Self {
        MailKind {
            name,
            disposition: match disposition.word.as_str() {
                "" | "form-data" => Disposition::Unstated,
                "inline" => Disposition::Inline,
                // Unknown dispositions mean attachments (RFC 2183 §2.8).
                _ => Disposition::Attachment,
            },
            content_id: head
                .text("content-id")
                .map(|id| id.trim_matches(['<', '>', ' ']).to_owned())
                .filter(|id| !id.is_empty() && id.len() <= 500),
            location: head
                .text("content-location")
                .map(|location| location.chars().filter(|c| !c.is_whitespace()).collect::<String>())
                .filter(|location| !location.is_empty() && location.len() <= 2_000),
            transfer: head.raw("content-transfer-encoding").map(|value| Transfer::parse(&value)).unwrap_or_default(),
            ..MailKind::default()
        }
    }

    /// Takes the part for a multipart: its body shows that it is one.
    pub(super) fn make_multipart(&mut self) {
        self.corrected.get_or_insert_with(|| self.mimetype.clone());
        self.doubtful = false;
        self.mimetype = "multipart/mixed".to_owned();
    }

    pub(super) fn is_multipart(&self) -> bool {
        self.mimetype.starts_with("multipart/")
    }

    /// Text that a reader sees as the mail's body, unless it is an attachment.
    pub(super) fn is_body_text(&self) -> bool {
        self.disposition != Disposition::Attachment && self.is_text()
    }

    /// Text that can be shown.
    pub(super) fn is_text(&self) -> bool {
        self.is_html() || matches!(self.mimetype.as_str(), "text/plain" | "text/enriched" | "text/richtext")
    }

    pub(super) fn is_html(&self) -> bool {
        self.is_amp() || matches!(self.mimetype.as_str(), "text/html" | "application/xhtml+xml")
    }

    /// HTML that loads its contents from elsewhere when it is shown; usually beside another form of the text.
    pub(super) fn is_amp(&self) -> bool {
        self.mimetype == "text/x-amp-html"
    }

    pub(super) fn is_calendar(&self) -> bool {
        matches!(self.mimetype.as_str(), "text/calendar" | "application/ics")
    }

    /// Whether it is the signature of another part.
    pub(super) fn is_signature(&self) -> bool {
        let signatures = ["application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"];
        signatures.contains(&self.mimetype.as_str())
    }
}

/// The Content-Type field. Of several, the one with a boundary, which can't be an accident; else the first with a usable
/// value.
fn content_type(head: &MailHead) -> Option<ParamValue> {
    let fields: Vec<ParamValue> = head
        .all("content-type")
        .filter(|value| !value.trim().is_empty())
        .take(4)
        .map(|value| ParamValue::parse(&value))
        .collect();
    let bounded = fields.iter().position(|field| field.get("boundary").is_some());
    let typed = fields.iter().position(|field| canonical(&field.word, None, false).is_some());
    let best = bounded.or(typed).unwrap_or(0);
    fields.into_iter().nth(best)
}

/// The subtypes of multiparts, for a type whose first half is missing.
const MULTIPARTS: &[&str] = &["mixed", "alternative", "related", "report", "signed", "digest", "encrypted"];

/// A valid type, made of what broken mailers write; None where that is impossible.
fn canonical(stated: &str, name: Option<&str>, bounded: bool) -> Option<String> {
    let token = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    let of_name = || {
        let extension = name.and_then(|name| name.rsplit_once('.')).map(|(_, extension)| extension.to_lowercase());
        by_extension(&extension?)
    };
    let steps: Vec<&str> = stated.split('/').map(str::trim).filter(|step| !step.is_empty()).take(5).collect();
    let found = match steps.as_slice() {
        [] => of_name(),
        ["multipart", rest @ ..] => {
            let subtype = rest.iter().rfind(|step| **step != "multipart" && token(step)).unwrap_or(&"mixed");
            return Some(format!("multipart/{subtype}"));
        }
        ["binary", "octet-stream"] => Some("application/octet-stream"),
        ["text", "txt" | "text" | "ascii" | "utf-8" | "utf8"] | ["application" | "plain", "text" | "plain" | "txt"] => {
            Some("text/plain")
        }
        ["application" | "html", "html"] => Some("text/html"),
        [kind, subtype, ..] if token(kind) && token(subtype) && stated.len() <= 100 => {
            return Some(format!("{kind}/{subtype}"));
        }
        [subtype] if bounded && MULTIPARTS.contains(subtype) => return Some(format!("multipart/{subtype}")),
        ["application" | "image" | "audio" | "video" | "binary", ..] => of_name().or(Some("application/octet-stream")),
        ["message", ..] => Some("message/rfc822"),
        ["text", ..] => Some("text/plain"),
        [word, ..] => by_extension(word).or_else(of_name),
    };
    found.map(str::to_owned).or_else(|| bounded.then(|| "multipart/mixed".to_owned()))
}

/// The type of files with this (lower-case) ending.
pub(super) fn by_extension(extension: &str) -> Option<&'static str> {
    Some(match extension {
        "text" | "txt" | "plain" => "text/plain",
        "html" | "htm" => "text/html",
        "csv" => "text/csv",
        "ics" => "text/calendar",
        "vcf" => "text/vcard",
        "eml" => "message/rfc822",
        "pdf" => "application/pdf",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "mp3" => "audio/mpeg",
        "mp4" => "video/mp4",
        "zip" => "application/zip",
        "doc" => "application/msword",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xls" => "application/vnd.ms-excel",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _ => return None,
    })
}

/// Bytes of one value, and parameters, that are read.
const VALUE: usize = 8 << 10;
const PARAMETERS: usize = 64;

/// The value of Content-Type and similar fields: one word and its parameters (RFC 2045 §5.1, RFC 2231), as mailers write
/// them.
///
/// Our own reader, since libraries for this grammar take everything up to the first semicolon for the type: a value without
/// semicolons, with an open quote or with blanks of other alphabets would lose its charset, its name or its boundary, and
/// with it the parts of the mail.
#[derive(Debug, Clone, Default)]
pub(super) struct ParamValue {
    /// The text before the parameters, in lower case, without blanks and quotes.
    pub word: String,
    /// Names in lower case, values as they are between their quotes.
    params: Vec<(String, String)>,
}

impl ParamValue {
    pub(super) fn parse(text: &str) -> Self {
        let mut text = ParamCursor { rest: &text[..text.floor_char_boundary(VALUE)] };
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

    /// `text / plain` counts as one word; of several words the first counts, and a repeated field name is left out.
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
        self.extended(key).or_else(|| plain().map(|(_, value)| head::decode_words(value).into_owned()))
    }

    /// `key*`, or `key*0*`, `key*1`, …: a charset and a language stand before the first, and those with a star have percent
    /// escapes.
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
            return (!joined.is_empty()).then(|| head::decode_words(&joined).into_owned());
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

struct ParamCursor<'t> {
    rest: &'t str,
}

impl<'t> ParamCursor<'t> {
    fn take(&mut self, belongs: impl Fn(char) -> bool) -> &'t str {
        let end = self.rest.find(|c| !belongs(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn skip(&mut self, belongs: impl Fn(char) -> bool) {
        self.rest = self.rest.trim_start_matches(belongs);
    }

    /// Skips `(Plain text)`; a comment that is not closed goes to the next semicolon.
    fn skip_comments(&mut self) {
        while self.rest.starts_with('(') {
            let end = self.rest.find(')').map(|at| at + 1).or_else(|| self.rest.find(';')).unwrap_or(self.rest.len());
            self.rest = self.rest[end..].trim_start();
        }
    }

    /// The value behind a parameter's `=`. In an extended value (RFC 2231) single quotes quote nothing.
    fn value(&mut self, extended: bool) -> String {
        match self.rest.chars().next() {
            Some('"') => self.quoted('"'),
            Some('\'') if !extended && self.rest[1..].contains('\'') => self.quoted('\''),
            _ => self.unquoted(),
        }
    }

    /// A quote ends the value only where a value can end, since file names contain quotes that nobody escaped.
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
                    // An escape, unless the value ends here: Windows paths end in a backslash that nobody escaped.
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
        // The quote is never closed.
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

    fn kind(lines: &[&str]) -> MailKind {
        let mut head = MailHead::default();
        lines.iter().for_each(|line| head.push(line.as_bytes()));
        MailKind::of(&head, "text/plain")
    }

    #[test]
    fn broken_types_are_read_as_what_they_mean() {
        for (stated, expected) in [
            ("pdf;", "application/pdf"),
            ("binary/octet-stream", "application/octet-stream"),
            ("TEXT/HTML", "text/html"),
            ("text", "text/plain"),
            ("", "text/plain"),
            ("image/<script>", "application/octet-stream"),
            ("unknown; name=a.PNG", "image/png"),
            ("text/", "text/plain"),
            ("text / plain", "text/plain"),
            ("/html", "text/html"),
            ("application/text", "text/plain"),
            ("nonsense", "text/plain"),
            ("nonsense; boundary=x", "multipart/mixed"),
            ("alternative; boundary=x", "multipart/alternative"),
            ("multipart", "multipart/mixed"),
            ("multipart/; boundary=x", "multipart/mixed"),
            ("multipart/multipart/related; boundary=x", "multipart/related"),
            ("text/html/html", "text/html"),
            ("text/html text/plain", "text/html"),
            ("image/", "application/octet-stream"),
        ] {
            assert_eq!(kind(&[&format!("Content-Type: {stated}")]).mimetype, expected, "{stated}");
        }
    }

    #[test]
    fn of_two_types_the_one_with_a_boundary_counts() {
        let text = "Content-Type: text/plain; charset=utf-8";
        let multipart = "Content-Type: multipart/mixed; boundary=x";
        for lines in [[text, multipart], [multipart, text]] {
            assert_eq!(kind(&lines).mimetype, "multipart/mixed");
        }
        assert_eq!(kind(&["Content-Type: ???", text]).mimetype, "text/plain");
        assert!(!kind(&["Content-Type: ???", text]).doubtful && kind(&["Content-Type: ???"]).doubtful);
    }

    #[test]
    fn file_names_in_every_form() {
        for (disposition, expected) in [
            ("attachment; filename=\"=?utf-8?Q?62=5F@=3B,][)=3D.(=C3=87.txt?=\"", "62_@;,][)=.(Ç.txt"),
            ("attachment; filename*=iso-8859-1'fr'pi%E8ce.pdf", "pièce.pdf"),
            ("attachment; filename*0*=utf-8''%D9%85; filename*1*=%D8%B1.pdf", "مر.pdf"),
            ("attachment; filename*=x-unknown''%C3%A9.pdf", "é.pdf"),
            ("attachment; filename*0*=x-unknown''%C3; filename*1*=%A9.pdf", "é.pdf"),
            ("attachment; filename=\"a;b.pdf\"", "a;b.pdf"),
        ] {
            let kind = kind(&[&format!("Content-Disposition: {disposition}")]);
            assert_eq!(kind.name.as_deref(), Some(expected), "{disposition}");
        }
        assert_eq!(kind(&["Content-Type: image/png; name=x.png"]).name.as_deref(), Some("x.png"));
    }

    #[test]
    fn ten_thousand_parameters_cost_nothing() {
        let many: String = (0..10_000).map(|n| format!("; p{n}*0*=utf-8''x")).collect();
        assert_eq!(kind(&[&format!("Content-Type: text/html{many}")]).mimetype, "text/html");
    }

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
