//! What a part says it is: Content-Type, -Disposition, -Transfer-Encoding and -ID (RFC 2045, 2183, 2231, 2392).

use std::collections::BTreeMap;

use mailparse::{DispositionType, parse_content_disposition, parse_content_type};

use super::charset;
use super::head::Head;
use super::transfer::Transfer;
use super::words::{self, hex_pair};

/// Bytes and parameters looked at of one of these fields.
const LENGTH: usize = 8 << 10;
const PARAMETERS: usize = 64;

#[derive(Debug, Clone, Default)]
pub struct Kind {
    /// Lower case, `type/subtype`.
    pub mimetype: String,
    /// What the field said where it was no MIME type.
    pub corrected: Option<String>,
    pub charset: Option<String>,
    pub boundary: Option<Vec<u8>>,
    pub report_type: Option<String>,
    /// The file name as sent: not safe yet.
    pub name: Option<String>,
    pub disposition: Disposition,
    /// Without angle brackets.
    pub content_id: Option<String>,
    pub transfer: Transfer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Disposition {
    #[default]
    Unstated,
    Inline,
    Attachment,
}

impl Kind {
    /// `default` is what a part is that does not say: `text/plain`, in a digest `message/rfc822`.
    pub fn of(head: &Head, default: &str) -> Self {
        let stated = head.raw("content-type").filter(|value| !value.trim().is_empty());
        let content_type = parse_content_type(&bounded(stated.as_deref().unwrap_or(default)));
        let disposition = head.raw("content-disposition").map(|value| parse_content_disposition(&bounded(&value)));
        let name = disposition
            .as_ref()
            .and_then(|disposition| file_name(&disposition.params, "filename"))
            .or_else(|| file_name(&content_type.params, "name"));
        let mimetype = canonical(&content_type.mimetype, name.as_deref());
        Kind {
            corrected: (mimetype != content_type.mimetype).then_some(content_type.mimetype),
            mimetype,
            charset: content_type.params.get("charset").cloned(),
            boundary: content_type.params.get("boundary").map(|text| text.trim_end().as_bytes().to_vec()),
            report_type: content_type.params.get("report-type").map(|text| text.to_ascii_lowercase()),
            name,
            disposition: match disposition.map(|disposition| disposition.disposition) {
                None | Some(DispositionType::FormData) => Disposition::Unstated,
                Some(DispositionType::Inline) => Disposition::Inline,
                // Unknown ones are attachments (RFC 2183 §2.8).
                Some(DispositionType::Attachment | DispositionType::Extension(_)) => Disposition::Attachment,
            },
            content_id: head
                .text("content-id")
                .map(|id| id.trim_matches(['<', '>', ' ']).to_owned())
                .filter(|id| !id.is_empty() && id.len() <= 500),
            transfer: head.raw("content-transfer-encoding").map(|value| Transfer::parse(&value)).unwrap_or_default(),
        }
    }

    pub fn is_multipart(&self) -> bool {
        self.mimetype.starts_with("multipart/")
    }

    /// Text that a reader sees as the mail's body, unless it is an attachment.
    pub fn is_body_text(&self) -> bool {
        self.disposition != Disposition::Attachment
            && matches!(self.mimetype.as_str(), "text/plain" | "text/html" | "text/enriched" | "application/xhtml+xml")
    }

    pub fn is_html(&self) -> bool {
        matches!(self.mimetype.as_str(), "text/html" | "application/xhtml+xml")
    }
}

fn bounded(value: &str) -> String {
    let value = &value[..value.floor_char_boundary(LENGTH)];
    let end = value.match_indices(';').nth(PARAMETERS).map_or(value.len(), |(at, _)| at);
    value[..end].to_owned()
}

/// A type that is one, in spite of what broken mailers write.
fn canonical(stated: &str, name: Option<&str>) -> String {
    let stated = stated.trim();
    let token = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    match stated.split_once('/') {
        Some(("binary", "octet-stream")) => "application/octet-stream".to_owned(),
        Some((kind, subtype)) if token(kind) && token(subtype) && stated.len() <= 100 => stated.to_owned(),
        _ => {
            let extension = name.and_then(|name| name.rsplit_once('.')).map(|(_, extension)| extension.to_lowercase());
            by_extension(stated).or_else(|| by_extension(&extension?)).unwrap_or("application/octet-stream").to_owned()
        }
    }
}

fn by_extension(extension: &str) -> Option<&'static str> {
    Some(match extension {
        "text" | "txt" | "plain" => "text/plain",
        "html" | "htm" => "text/html",
        "pdf" => "application/pdf",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "zip" => "application/zip",
        "doc" => "application/msword",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xls" => "application/vnd.ms-excel",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _ => return None,
    })
}

/// A file name in any of the forms in use: RFC 2231, RFC 2047 in a quoted string, or plain.
fn file_name(params: &BTreeMap<String, String>, key: &str) -> Option<String> {
    let name = match params.get(key) {
        Some(value) => words::decode(value).into_owned(),
        None => extended(params, key)?,
    };
    (!name.trim().is_empty()).then_some(name)
}

/// RFC 2231 in a charset that mailparse doesn't know and therefore left encoded: `key*`, or `key*0*`, `key*1*`, …
fn extended(params: &BTreeMap<String, String>, key: &str) -> Option<String> {
    let mut segments: Vec<(usize, &str)> = params
        .iter()
        .filter_map(|(name, value)| {
            let index = name.strip_prefix(key)?.strip_prefix('*')?.trim_end_matches('*');
            Some((if index.is_empty() { 0 } else { index.parse().ok()? }, value.as_str()))
        })
        .collect();
    segments.sort_unstable();
    let joined: String = segments.iter().map(|(_, value)| *value).collect();
    let mut pieces = joined.splitn(3, '\'');
    match (pieces.next(), pieces.next(), pieces.next()) {
        (Some(label), Some(_), Some(text)) => Some(charset::decode(Some(label), &percent_decoded(text))),
        (Some(text), ..) if !text.is_empty() => Some(charset::decode(None, &percent_decoded(text))),
        _ => None,
    }
}

/// Percent-encoded text as bytes; what is no escape stays.
pub fn percent_decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match after {
            [high, low, beyond @ ..] if *first == b'%' && hex_pair(*high, *low).is_some() => {
                bytes.extend(hex_pair(*high, *low));
                rest = beyond;
            }
            _ => bytes.push(*first),
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(lines: &[&str]) -> Kind {
        let mut head = Head::default();
        lines.iter().for_each(|line| head.push(line.as_bytes()));
        Kind::of(&head, "text/plain")
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
        ] {
            assert_eq!(kind(&[&format!("Content-Type: {stated}")]).mimetype, expected, "{stated}");
        }
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
}
