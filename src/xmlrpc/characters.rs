//! Text on its way in and out of XML 1.0.

use std::borrow::Cow;

use super::CodecError;

/// The document as UTF-8, from whatever its declaration names (UTF-8 where it names nothing).
pub(super) fn to_utf8(document: &[u8]) -> Result<Cow<'_, str>, CodecError> {
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
