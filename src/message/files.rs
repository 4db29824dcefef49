//! The files of a mail: parts that are not text, and what some parts contain (an attached mail, a signed part, Outlook's
//! `winmail.dat`, files written into a text).

use std::io::{self, Cursor, Read, Write};

use percent_encoding::percent_decode_str;
use sha2::{Digest, Sha256};

use super::html::{DataImage, image_id, tidy};
use super::kind::{MailKind, by_extension};
use super::scan::{MimePart, Tree, message_head, scan};
use super::source::{Section, SourceLines};
use super::transfer::{self, Transfer, decoder};
use super::{Source, outlook, text};
use crate::domain::message::Attachment;
use crate::domain::text::{PLAIN_BYTES, type_or_bytes};

/// Separates the path of an HTML part from the number of an image within its HTML.
const WITHIN: char = '#';
/// Bytes of an attached mail that are searched for its subject.
const HEADER: u64 = 64 << 10;
/// Characters of a name, its extension included.
const NAME: usize = 200;
/// Characters of an extension; a longer one is none.
const EXTENSION: usize = 12;

/// Measures bytes without keeping them.
struct Measure {
    /// In a text, which may be wrapped and trimmed on the way, white space does not count for the digest.
    is_text: bool,
    size: u64,
    counted: u64,
    hash: Sha256,
}

impl Measure {
    fn of(mimetype: &str) -> Self {
        let is_text = mimetype.starts_with("text/") || mimetype.starts_with("message/");
        Self { is_text, size: 0, counted: 0, hash: Sha256::new() }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        if self.is_text {
            let bytes: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
            self.counted += bytes.len() as u64;
            self.hash.update(&bytes);
        } else {
            self.counted += bytes.len() as u64;
            self.hash.update(bytes);
        }
    }

    fn digest(self) -> String {
        format!("{}:{}", self.counted, hex::encode(self.hash.finalize()))
    }
}

impl Write for Measure {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.take(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Describes a part as an attachment; its bytes are measured, not kept. `within` is the path of the mail that it is a part
/// of.
pub(super) fn of_part(source: &mut dyn Source, part: &MimePart, within: &str, number: usize) -> io::Result<Attachment> {
    let mut measure = Measure::of(&part.kind.mimetype);
    let section = Section::new(source, part.body.clone())?;
    io::copy(&mut decoder(part.kind.transfer, section), &mut measure)?;
    let mut given = part.kind.name.clone();
    if given.is_none() && Wrapper::of(&part.kind) == Some(Wrapper::Mail) {
        let mut start = Vec::new();
        let section = Section::new(source, part.body.clone())?;
        decoder(part.kind.transfer, section).take(HEADER).read_to_end(&mut start)?;
        let subject = message_head(&mut SourceLines::open(&mut Cursor::new(start))?)?.text("subject");
        given = subject.filter(|subject| !subject.is_empty()).map(|subject| subject.replace('/', "-") + ".eml");
    }
    Ok(Attachment {
        name: safe_name(given.as_deref(), &part.kind.mimetype, number),
        mimetype: part.kind.mimetype.clone(),
        size: measure.size,
        digest: measure.digest(),
        content_id: part.kind.content_id.clone(),
        inline: false,
        part: format!("{within}{}", part.path),
    })
}

/// Describes a file within a part, at `path`.
pub(super) fn within(
    given: Option<&str>,
    mimetype: Option<&str>,
    bytes: &[u8],
    path: String,
    number: usize,
) -> Attachment {
    let extension = given.and_then(|name| name.rsplit_once('.')).map(|(_, extension)| extension.to_ascii_lowercase());
    let mimetype = mimetype.map(|stated| type_or_bytes(&stated.trim().to_ascii_lowercase()).to_owned());
    let mimetype = mimetype.filter(|mimetype| mimetype != PLAIN_BYTES);
    let mimetype = mimetype
        .unwrap_or_else(|| extension.and_then(|extension| by_extension(&extension)).unwrap_or(PLAIN_BYTES).to_owned());
    let mut measure = Measure::of(&mimetype);
    measure.take(bytes);
    Attachment {
        name: safe_name(given, &mimetype, number),
        mimetype,
        size: measure.size,
        digest: measure.digest(),
        content_id: None,
        inline: false,
        part: path,
    }
}

/// Describes an image that is written into the HTML itself.
pub(super) fn of_data_image(html: &str, image: &DataImage, part: &str, number: usize) -> Attachment {
    let mut measure = Measure::of(&image.mimetype);
    measure.take(&data(html, image));
    Attachment {
        name: format!("image{number}.{}", extension_of(&image.mimetype)),
        mimetype: image.mimetype.clone(),
        size: measure.size,
        digest: measure.digest(),
        content_id: Some(image_id(part, number)),
        inline: true,
        part: format!("{part}{WITHIN}{number}"),
    }
}

fn data(html: &str, image: &DataImage) -> Vec<u8> {
    let bytes: Vec<u8> = percent_decode_str(&html[image.payload.clone()]).collect();
    if !image.base64 {
        return bytes;
    }
    let mut decoded = Vec::with_capacity(bytes.len());
    // Reading from memory doesn't fail, and what was read before a failure would still be right.
    let _ = decoder(Transfer::Base64, bytes.as_slice()).read_to_end(&mut decoded);
    decoded
}

/// See [`super::part`].
pub(super) fn open<'s>(source: &'s mut dyn Source, path: &str) -> io::Result<Box<dyn Read + 's>> {
    let missing = || io::Error::from(io::ErrorKind::NotFound);
    let (place, image) = match path.split_once(WITHIN) {
        Some((place, number)) => (place, Some(number.parse::<usize>().map_err(|_| missing())?)),
        None => (path, None),
    };
    match (find_wrapped(source, place)?, image) {
        (WrapperEnd::Bytes(bytes), None) => Ok(Box::new(Cursor::new(bytes))),
        (WrapperEnd::Bytes(_), Some(_)) => Err(missing()),
        (WrapperEnd::Part(section, part), None) => Ok(decoder(part.kind.transfer, section.narrow(part.body)?)),
        (WrapperEnd::Part(mut section, part), Some(number)) => {
            let html = text::of_part(&mut section, &part)?.text;
            let tidied = tidy(&html, place, &Vec::new());
            let image = tidied.images.get(number).ok_or_else(missing)?;
            Ok(Box::new(Cursor::new(data(&html, image))))
        }
    }
}

/// A name that is safe to store, to show and to save: from the name in the mail, or from the type where it has none.
/// `number` (from 1) tells files without a name apart.
fn safe_name(given: Option<&str>, mimetype: &str, number: usize) -> String {
    let cleaned = text::line(given.unwrap_or_default(), usize::MAX);
    // Only the last step of a path, after either kind of slash, since any system may have written it.
    let last = cleaned.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last.chars().map(|c| if "<>:\"|?*".contains(c) { '_' } else { c }).collect();
    let name = name.trim_matches(|c: char| c == '.' || c.is_whitespace());
    if name.is_empty() {
        return format!("attachment-{number}.{}", extension_of(mimetype));
    }
    let (stem, extension) = split(name);
    let stem = stem.trim_end();
    let room = NAME - extension.map_or(0, |extension| extension.chars().count() + 1);
    let mut safe: String = stem.chars().take(room).collect();
    if is_reserved(&safe) {
        safe.insert(0, '_');
    }
    if let Some(extension) = extension {
        safe.push('.');
        safe.push_str(extension);
    }
    safe
}

fn split(name: &str) -> (&str, Option<&str>) {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && (1..=EXTENSION).contains(&extension.chars().count()) => {
            (stem, Some(extension))
        }
        _ => (name, None),
    }
}

/// Names of devices on Windows, where no file may be called so.
fn is_reserved(stem: &str) -> bool {
    let stem = stem.split('.').next().unwrap_or_default().trim().to_ascii_lowercase();
    matches!(stem.as_str(), "con" | "prn" | "aux" | "nul")
        || matches!(stem.strip_prefix("com").or(stem.strip_prefix("lpt")), Some(digit) if digit.len() == 1 && digit.as_bytes()[0].is_ascii_digit())
}

/// The usual extension of files of this type.
fn extension_of(mimetype: &str) -> &'static str {
    match mimetype {
        "text/plain" => "txt",
        "text/html" => "html",
        "text/calendar" => "ics",
        "text/csv" => "csv",
        "message/rfc822" | "message/global" => "eml",
        "message/delivery-status" | "text/rfc822-headers" => "txt",
        "image/jpeg" | "image/jpg" => "jpg",
        "image/png" => "png",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "image/heic" => "heic",
        "audio/ogg" => "ogg",
        "audio/mpeg" => "mp3",
        "audio/mp4" => "m4a",
        "video/mp4" => "mp4",
        "application/pdf" => "pdf",
        "application/zip" => "zip",
        "application/msword" => "doc",
        "application/pgp-signature" => "asc",
        "application/pkcs7-signature" | "application/x-pkcs7-signature" => "p7s",
        "application/ms-tnef" => "dat",
        _ => "bin",
    }
}

/// Decoded bytes of wrappers in memory at once: enough for a mail of the usual limit of 50 MB, in base64.
pub(super) const HELD: u64 = 40 << 20;
/// How many wrappers within each other are opened.
pub(super) const LEVELS: usize = 5;

/// Parts that contain something else: a mail, a signed part, Outlook's `winmail.dat`, files written into a text. What is
/// within has a path behind the wrapper's, after a `/`: `2/1.3` is a part of the mail in part 2, `2/1` the first file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrapper {
    Mail,
    Smime,
    Tnef,
}

impl Wrapper {
    pub(super) fn of(kind: &MailKind) -> Option<Self> {
        let name = kind.name.as_deref().unwrap_or_default().to_ascii_lowercase();
        match kind.mimetype.as_str() {
            "message/rfc822" | "message/global" => Some(Wrapper::Mail),
            "application/pkcs7-mime" | "application/x-pkcs7-mime" => Some(Wrapper::Smime),
            "application/ms-tnef" | "application/vnd.ms-tnef" => Some(Wrapper::Tnef),
            "application/octet-stream" if name.ends_with(".p7m") => Some(Wrapper::Smime),
            mimetype if !mimetype.starts_with("multipart/") && name == "winmail.dat" => Some(Wrapper::Tnef),
            _ => None,
        }
    }
}

/// What is in a wrapper.
pub(super) enum OpenedWrapper<'s> {
    /// A mail, or the entity that was signed.
    Mail(Section<'s>),
    /// The stream, for [`outlook::read_tnef`].
    Tnef(Vec<u8>),
    Encrypted,
    /// Nothing that can be read, or too much of it.
    Closed,
}

/// Opens a part of `section`. No more than `limit` bytes are decoded into memory.
pub(super) fn open_wrapper<'s>(section: Section<'s>, part: &MimePart, limit: u64) -> io::Result<OpenedWrapper<'s>> {
    let Some(wrapper) = Wrapper::of(&part.kind) else { return Ok(OpenedWrapper::Closed) };
    if (wrapper, part.kind.transfer) == (Wrapper::Mail, Transfer::Identity) {
        return Ok(OpenedWrapper::Mail(section.narrow(part.body.clone())?));
    }
    let Some(bytes) = decoded_part(section, part, limit)? else { return Ok(OpenedWrapper::Closed) };
    Ok(match wrapper {
        Wrapper::Mail => OpenedWrapper::Mail(Section::held(bytes)),
        Wrapper::Tnef if outlook::is_tnef(&bytes) => OpenedWrapper::Tnef(bytes),
        Wrapper::Tnef => OpenedWrapper::Closed,
        Wrapper::Smime => match read_cms(&bytes) {
            Some(Cms::Signed(content)) => OpenedWrapper::Mail(Section::held(content)),
            Some(Cms::Encrypted) => OpenedWrapper::Encrypted,
            None => OpenedWrapper::Closed,
        },
    })
}

/// The decoded bytes of a part; None where they are more than `limit`.
pub(super) fn decoded_part(section: Section<'_>, part: &MimePart, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let section = section.narrow(part.body.clone())?;
    let most = match part.kind.transfer {
        Transfer::Identity | Transfer::QuotedPrintable => section.size(),
        Transfer::Base64 | Transfer::Uuencode => section.size() / 4 * 3 + 3,
    };
    // Reserved at once, so that it does not take twice as much while it grows.
    let mut bytes = Vec::with_capacity(most.min(limit + 1) as usize);
    decoder(part.kind.transfer, section).take(limit + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}

/// Where a path leads.
pub(super) enum WrapperEnd<'s> {
    Part(Section<'s>, Box<MimePart>),
    Bytes(Vec<u8>),
}

/// Follows a path from the message itself.
fn find_wrapped<'s>(source: &'s mut dyn Source, path: &str) -> io::Result<WrapperEnd<'s>> {
    let missing = || io::Error::from(io::ErrorKind::NotFound);
    let mut level = OpenedWrapper::Mail(Section::whole(source)?);
    let mut steps = path.split('/').take(LEVELS * 2 + 1).peekable();
    while let Some(step) = steps.next() {
        let last = steps.peek().is_none();
        let number = || step.parse::<usize>().ok().and_then(|number| number.checked_sub(1)).ok_or_else(missing);
        level = match level {
            OpenedWrapper::Mail(mut section) => {
                let Tree { parts, .. } = scan(&mut section)?;
                let part = parts.into_iter().find(|part| part.path == step && !step.is_empty()).ok_or_else(missing)?;
                if last {
                    return Ok(WrapperEnd::Part(section, Box::new(part)));
                }
                // A part may have been read as text although its type is another one: a multipart without a boundary.
                if part.kind.is_text() || Wrapper::of(&part.kind).is_none() {
                    let text = decoded_part(section, &part, HELD)?.ok_or_else(missing)?;
                    let number = steps.next().and_then(|step| step.parse::<usize>().ok()).ok_or_else(missing)?;
                    let file = transfer::uu_files(&text).into_iter().nth(number.wrapping_sub(1)).ok_or_else(missing)?;
                    return Ok(WrapperEnd::Bytes(file.bytes));
                }
                open_wrapper(section, &part, HELD)?
            }
            OpenedWrapper::Tnef(mut bytes) => {
                let files = outlook::read_tnef(&bytes).ok_or_else(missing)?.files;
                let file = files.get(number()?).ok_or_else(missing)?;
                bytes.truncate(file.bytes.end);
                bytes.drain(..file.bytes.start);
                if last {
                    return Ok(WrapperEnd::Bytes(bytes));
                }
                OpenedWrapper::Tnef(bytes)
            }
            OpenedWrapper::Encrypted | OpenedWrapper::Closed => return Err(missing()),
        };
    }
    Err(missing())
}

/// How many elements within each other are read.
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

/// Reads a ContentInfo, which is what an S/MIME part contains (RFC 8551): the content of a CMS SignedData (RFC 5652 §5), or
/// that it is encrypted. None where it is none, or has nothing that can be shown (certificates, compressed data).
///
/// Our own reader of twenty elements, since mailers write BER with open lengths and strings in pieces, where libraries
/// insist on DER; nothing is verified here, so nothing else of CMS is needed.
fn read_cms(bytes: &[u8]) -> Option<Cms> {
    let (info, _) = expect_element(bytes, SEQUENCE)?;
    let (kind, rest) = expect_element(info, OBJECT_IDENTIFIER)?;
    if kind == AUTH_ENVELOPED {
        return Some(Cms::Encrypted);
    }
    match kind.strip_prefix(PKCS7)? {
        [ENVELOPED] => Some(Cms::Encrypted),
        [SIGNED] => {
            let (explicit, _) = expect_element(rest, EXPLICIT)?;
            let (signed, _) = expect_element(explicit, SEQUENCE)?;
            let (_, _, rest) = element(signed, DEPTH)?;
            let (_, rest) = expect_element(rest, SET)?;
            let (encapsulated, _) = expect_element(rest, SEQUENCE)?;
            let (_, rest) = expect_element(encapsulated, OBJECT_IDENTIFIER)?;
            let (content, _) = expect_element(rest, EXPLICIT)?;
            let mut octets = Vec::new();
            collect(content, DEPTH, &mut octets);
            (!octets.is_empty()).then_some(Cms::Signed(octets))
        }
        _ => None,
    }
}

fn expect_element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, body, rest) = element(bytes, DEPTH)?;
    (found == tag).then_some((body, rest))
}

/// The byte strings in `content`, joined.
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

/// Tag, contents and rest of the element at the beginning of `bytes`. One that is cut off has what there is of it.
fn element(bytes: &[u8], depth: usize) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&length, rest) = rest.split_first()?;
    // A tag of several bytes, or the mark of an end, does not come before what is looked for.
    if tag & 0x1f == 0x1f || (tag, length) == (0, 0) {
        return None;
    }
    match length {
        0..0x80 => Some(split_element(tag, rest, usize::from(length))),
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
            Some(split_element(tag, rest, length?))
        }
    }
}

fn split_element(tag: u8, bytes: &[u8], length: usize) -> (u8, &[u8], &[u8]) {
    let (body, rest) = bytes.split_at(length.min(bytes.len()));
    (tag, body, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_on_every_system() {
        for (given, expected) in [
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\a\\carte.pdf", "carte.pdf"),
            ("photo\u{202e}gpj.exe", "photogpj.exe"),
            ("a\r\nb\0.txt", "a b.txt"),
            ("CON.txt", "_CON.txt"),
            ("com1", "_com1"),
            (".htaccess", "htaccess"),
            ("what?<now>.png", "what__now_.png"),
            ("صورة البطاقة.jpg", "صورة البطاقة.jpg"),
        ] {
            assert_eq!(safe_name(Some(given), "image/png", 1), expected, "{given:?}");
        }
    }

    #[test]
    fn a_name_is_never_empty_and_never_long() {
        assert_eq!(safe_name(None, "image/png", 3), "attachment-3.png");
        assert_eq!(safe_name(Some("..."), "application/x-unknown", 1), "attachment-1.bin");
        let long = safe_name(Some(&format!("{}.pdf", "é".repeat(1000))), "application/pdf", 1);
        assert_eq!(long.chars().count(), 200);
        assert!(long.ends_with("é.pdf"));
    }

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
                let Some(Cms::Signed(found)) = read_cms(&info(SIGNED, wrap, &content)) else { panic!() };
                assert_eq!(found, b"Content-Type: text/plain\r\n\r\nwords");
            }
        }
        assert_eq!(read_cms(&info(ENVELOPED, der, b"")), Some(Cms::Encrypted));
        assert_eq!(read_cms(&info(SIGNED, der, b"")), None);
        assert_eq!(read_cms(b"no CMS at all"), None);
    }

    #[test]
    fn hostile_nesting_ends() {
        for bytes in [[0x30, 0x80].repeat(1 << 20), [0x24, 0x80].repeat(1 << 20), vec![0xff; 1 << 20]] {
            assert_eq!(read_cms(&bytes), None);
            assert_eq!(read_cms(&info(SIGNED, open, &bytes)), None);
        }
    }
}
