//! Refuses a hostile document before a parser sees it: one pass over the text, nothing allocated.

use super::CodecError;

/// What a document may be. The defaults admit an attachment of 25 MB as base64, and a page of records.
#[derive(Debug, Clone, Copy)]
pub struct DocumentLimits {
    /// Bytes of the whole document.
    pub bytes: usize,
    /// Elements within elements. A value takes up to four (`value`, `array`, `data`, `value`).
    pub depth: usize,
    /// Elements in all.
    pub elements: usize,
}

impl Default for DocumentLimits {
    fn default() -> Self {
        Self { bytes: 40_000_000, depth: 128, elements: 2_000_000 }
    }
}

/// What a document holds, counted before anything is built of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DocumentTally {
    pub elements: usize,
    /// Those of them that are a `<struct>`: the dearest in memory.
    pub structs: usize,
}

impl DocumentLimits {
    /// Checks the size of a document as it came.
    pub fn check_size(&self, document: &[u8]) -> Result<(), CodecError> {
        if document.len() > self.bytes { Err(CodecError::TooLarge(self.bytes)) } else { Ok(()) }
    }

    /// Counts depth and elements of a decoded document, and sees that it declares nothing (so there is no entity
    /// either). Markup that may hold `<` or `>` itself is passed over as a whole; where XML forbids them and parsers
    /// disagree about what they mean, the document is refused.
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

/// What follows on a comment or a CDATA section, of which `rest` begins with the `!`.
fn behind_declaration(rest: &[u8]) -> Result<&[u8], CodecError> {
    if rest.starts_with(b"!--") {
        // Some take these two for whole comments, others for the beginning of one.
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

/// Bytes of one tag at most: XML-RPC's names are short, and it has no attributes.
const LONGEST_TAG: usize = 4096;

/// Where the `>` of a tag stands; one within quotes does not count.
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
