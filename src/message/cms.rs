//! What an S/MIME part holds (RFC 8551): the content of a CMS SignedData (RFC 5652 §5), or that it is encrypted.
//!
//! Our own reader of twenty elements, since mailers write BER with lengths left open and strings in pieces, where the
//! libraries insist on DER and refuse; nothing is verified here, so nothing else of CMS is needed.

/// Elements within each other that are looked into.
const DEPTH: usize = 32;

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT_IDENTIFIER: u8 = 0x06;
const OCTETS: u8 = 0x04;
const OCTETS_IN_PIECES: u8 = 0x24;
const EXPLICIT: u8 = 0xa0;

/// 1.2.840.113549.1.7, and what follows it for each kind of content.
const PKCS7: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07];
const SIGNED: u8 = 2;
const ENVELOPED: u8 = 3;
/// 1.2.840.113549.1.9.16.1.23: AuthEnvelopedData (RFC 5083).
const AUTH_ENVELOPED: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x17];

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cms {
    /// The MIME entity that was signed.
    Signed(Vec<u8>),
    Encrypted,
}

/// Reads a ContentInfo. None where it is none, or holds nothing that can be shown (certificates, compressed data).
pub(super) fn read(bytes: &[u8]) -> Option<Cms> {
    let (info, _) = expect(bytes, SEQUENCE)?;
    let (kind, rest) = expect(info, OBJECT_IDENTIFIER)?;
    if kind == AUTH_ENVELOPED {
        return Some(Cms::Encrypted);
    }
    match kind.strip_prefix(PKCS7)? {
        [ENVELOPED] => Some(Cms::Encrypted),
        [SIGNED] => {
            let (explicit, _) = expect(rest, EXPLICIT)?;
            let (signed, _) = expect(explicit, SEQUENCE)?;
            let (_, _, rest) = element(signed, DEPTH)?;
            let (_, rest) = expect(rest, SET)?;
            let (encapsulated, _) = expect(rest, SEQUENCE)?;
            let (_, rest) = expect(encapsulated, OBJECT_IDENTIFIER)?;
            let (content, _) = expect(rest, EXPLICIT)?;
            let mut octets = Vec::new();
            collect(content, DEPTH, &mut octets);
            (!octets.is_empty()).then_some(Cms::Signed(octets))
        }
        _ => None,
    }
}

fn expect(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, body, rest) = element(bytes, DEPTH)?;
    (found == tag).then_some((body, rest))
}

/// The strings of bytes that `content` consists of, in one.
fn collect(content: &[u8], depth: usize, octets: &mut Vec<u8>) {
    let mut rest = content;
    while let Some((tag, body, after)) = element(rest, depth) {
        match tag {
            OCTETS => octets.extend_from_slice(body),
            OCTETS_IN_PIECES if depth > 0 => collect(body, depth - 1, octets),
            _ => return,
        }
        rest = after;
    }
}

/// Tag, contents and what follows of the element that `bytes` begin with. One that is cut off has what is there.
fn element(bytes: &[u8], depth: usize) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&length, rest) = rest.split_first()?;
    // Tags of several bytes don't come before what is looked for; nor does the mark of an end.
    if tag & 0x1f == 0x1f || (tag, length) == (0, 0) {
        return None;
    }
    match length {
        0..0x80 => Some(split(tag, rest, usize::from(length))),
        // Up to the mark of its end.
        0x80 => {
            let mut after = rest;
            while depth > 0
                && let Some((_, _, beyond)) = element(after, depth - 1)
            {
                after = beyond;
            }
            let body = &rest[..rest.len() - after.len()];
            Some((tag, body, after.strip_prefix(&[0, 0]).unwrap_or(after)))
        }
        _ => {
            let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            let length =
                digits.iter().try_fold(0_usize, |sum, digit| sum.checked_mul(256).map(|sum| sum | usize::from(*digit)));
            Some(split(tag, rest, length?))
        }
    }
}

fn split(tag: u8, bytes: &[u8], length: usize) -> (u8, &[u8], &[u8]) {
    let (body, rest) = bytes.split_at(length.min(bytes.len()));
    (tag, body, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(tag: u8, body: &[u8]) -> Vec<u8> {
        [&[tag, 0x82, (body.len() >> 8) as u8, body.len() as u8], body].concat()
    }

    fn open(tag: u8, body: &[u8]) -> Vec<u8> {
        [&[tag, 0x80], body, &[0, 0]].concat()
    }

    fn info(kind: u8, wrap: fn(u8, &[u8]) -> Vec<u8>, content: &[u8]) -> Vec<u8> {
        let oid = |last| [&[OBJECT_IDENTIFIER, 9], PKCS7, &[last]].concat();
        let encapsulated = wrap(SEQUENCE, &[oid(1), wrap(EXPLICIT, content)].concat());
        let signed = wrap(SEQUENCE, &[vec![2, 1, 1], wrap(SET, &[]), encapsulated, wrap(SET, &[])].concat());
        wrap(SEQUENCE, &[oid(kind), wrap(EXPLICIT, &signed)].concat())
    }

    #[test]
    fn what_was_signed_is_read_in_every_way_it_is_written() {
        let whole = der(OCTETS, b"Content-Type: text/plain\r\n\r\nwords");
        let pieces =
            open(OCTETS_IN_PIECES, &[der(OCTETS, b"Content-Type: text/plain\r\n"), der(OCTETS, b"\r\nwords")].concat());
        for content in [whole, pieces] {
            for wrap in [der, open] {
                let Some(Cms::Signed(found)) = read(&info(SIGNED, wrap, &content)) else { panic!() };
                assert_eq!(found, b"Content-Type: text/plain\r\n\r\nwords");
            }
        }
        assert_eq!(read(&info(ENVELOPED, der, b"")), Some(Cms::Encrypted));
        assert_eq!(read(&info(SIGNED, der, b"")), None);
        assert_eq!(read(b"no CMS at all"), None);
    }

    #[test]
    fn hostile_nesting_ends() {
        for bytes in [[0x30, 0x80].repeat(1 << 20), [0x24, 0x80].repeat(1 << 20), vec![0xff; 1 << 20]] {
            assert_eq!(read(&bytes), None);
            assert_eq!(read(&info(SIGNED, open, &bytes)), None);
        }
    }
}
