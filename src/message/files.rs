//! Attachments: what is said of them when a message is read, and their bytes when somebody asks.

use std::io::{self, Cursor, Read, Write};

use percent_encoding::percent_decode_str;
use sha2::{Digest, Sha256};

use super::kind::by_extension;
use super::scan::{MimePart, message_head};
use super::source::{Section, SourceLines};
use super::tidy::{DataImage, image_id, tidy};
use super::transfer::{Transfer, decoder};
use super::wrapper::{self, Wrapper, WrapperEnd};
use super::{Source, clean, text};
use crate::domain::media_type;
use crate::domain::message::Attachment;

/// Between the path of an HTML part and the number of an image within its HTML.
const WITHIN: char = '#';
/// Bytes of an attached mail that are searched for its subject.
const HEADER: u64 = 64 << 10;
/// Characters of a name, its extension included.
const NAME: usize = 200;
/// Longer ones are no extension.
const EXTENSION: usize = 12;

/// Measures bytes that are not kept.
struct Measure {
    /// Of texts, which are wrapped and trimmed on the way, white space does not count for the digest.
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

/// Describes a part; its bytes are measured, not kept. `within` is the path of the mail that it is a part of.
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

/// Describes a file that stands within a part, at `path`.
pub(super) fn within(
    given: Option<&str>,
    mimetype: Option<&str>,
    bytes: &[u8],
    path: String,
    number: usize,
) -> Attachment {
    let extension = given.and_then(|name| name.rsplit_once('.')).map(|(_, extension)| extension.to_ascii_lowercase());
    let mimetype = mimetype.map(|stated| media_type::or_bytes(&stated.trim().to_ascii_lowercase()).to_owned());
    let mimetype = mimetype.filter(|mimetype| mimetype != media_type::BYTES);
    let mimetype = mimetype.unwrap_or_else(|| {
        extension.and_then(|extension| by_extension(&extension)).unwrap_or(media_type::BYTES).to_owned()
    });
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

/// Describes an image that stands in the HTML itself.
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
    match (wrapper::find(source, place)?, image) {
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

/// A name that is safe to store, to show and to save, from the one that the mail gives, or from the type where it gives none. `number` (from 1) tells
/// nameless ones apart.
fn safe_name(given: Option<&str>, mimetype: &str, number: usize) -> String {
    let cleaned = clean::line(given.unwrap_or_default(), usize::MAX);
    // Only the last step of a path: both kinds of slash, since the reader's system is not known.
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

/// Device names of Windows, which no file may have there.
fn is_reserved(stem: &str) -> bool {
    let stem = stem.split('.').next().unwrap_or_default().trim().to_ascii_lowercase();
    matches!(stem.as_str(), "con" | "prn" | "aux" | "nul")
        || matches!(stem.strip_prefix("com").or(stem.strip_prefix("lpt")), Some(digit) if digit.len() == 1 && digit.as_bytes()[0].is_ascii_digit())
}

/// What a file of this type is usually called by.
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
}
