//! Refuses a hostile document before a parser sees it: one pass over the bytes, nothing allocated.

use super::CodecError;

/// What a document may be. The defaults admit an attachment of 25 MB as base64, and a page of records.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of the whole document.
    pub bytes: usize,
    /// Elements within elements. A value takes up to four (`value`, `array`, `data`, `value`).
    pub depth: usize,
    /// Elements in all.
    pub elements: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 40_000_000, depth: 128, elements: 2_000_000 }
    }
}

impl Limits {
    /// Checks size, depth and count, and that there is no `<!DOCTYPE` (so no entity either).
    pub fn check(&self, document: &[u8]) -> Result<(), CodecError> {
        if document.len() > self.bytes {
            return Err(CodecError::TooLarge(self.bytes));
        }
        let (mut depth, mut elements) = (0usize, 0usize);
        let mut rest = document;
        while let Some(at) = memchr::memchr(b'<', rest) {
            rest = &rest[at + 1..];
            match rest.first() {
                Some(b'/') => depth = depth.saturating_sub(1),
                Some(b'?') => {}
                Some(b'!') if rest.starts_with(b"!DOCTYPE") || rest.starts_with(b"!ENTITY") => {
                    return Err(CodecError::Declarations);
                }
                Some(b'!') => {}
                _ => {
                    elements += 1;
                    let end = memchr::memchr(b'>', rest).ok_or(CodecError::Malformed)?;
                    if end == 0 || rest[end - 1] != b'/' {
                        depth += 1;
                    }
                    rest = &rest[end..];
                }
            }
            if depth > self.depth {
                return Err(CodecError::TooDeep(self.depth));
            }
            if elements > self.elements {
                return Err(CodecError::TooMany(self.elements));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_documents_are_refused_before_they_are_parsed() {
        let limits = Limits::default();
        assert_eq!(limits.check("<array>".repeat(100_000).as_bytes()), Err(CodecError::TooDeep(128)));
        assert_eq!(limits.check(b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>"), Err(CodecError::Declarations));
        assert_eq!(limits.check("<nil/>".repeat(2_000_001).as_bytes()), Err(CodecError::TooMany(2_000_000)));
        assert_eq!(Limits { bytes: 3, ..limits }.check(b"<x/>"), Err(CodecError::TooLarge(3)));
        assert_eq!(limits.check(b"<value"), Err(CodecError::Malformed));
        assert_eq!(limits.check(b"<?xml version='1.0'?><value><string>a &lt; b</string></value>"), Ok(()));
    }
}
