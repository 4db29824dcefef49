//! Attachments: what is said of them when a message is read, and their bytes when somebody asks.

use std::io::{self, Cursor, Read, Write};

use percent_encoding::percent_decode_str;
use sha2::{Digest, Sha256};

use super::kind::by_extension;
use super::lines::Lines;
use super::scan::{Part, message_head};
use super::section::Section;
use super::tidy::{DataImage, image_id, tidy};
use super::transfer::{Transfer, decoder};
use super::wrapper::{self, Found, Wrapper};
use super::{Source, name, text};
use crate::domain::media_type;
use crate::domain::message::Attachment;

/// Between the path of an HTML part and the number of an image within its HTML.
const WITHIN: char = '#';
/// Bytes of an attached mail that are searched for its subject.
const HEADER: u64 = 64 << 10;

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
pub fn of_part(source: &mut dyn Source, part: &Part, within: &str, number: usize) -> io::Result<Attachment> {
    let mut measure = Measure::of(&part.kind.mimetype);
    let section = Section::new(source, part.body.clone())?;
    io::copy(&mut decoder(part.kind.transfer, section), &mut measure)?;
    let mut given = part.kind.name.clone();
    if given.is_none() && Wrapper::of(&part.kind) == Some(Wrapper::Mail) {
        let mut start = Vec::new();
        let section = Section::new(source, part.body.clone())?;
        decoder(part.kind.transfer, section).take(HEADER).read_to_end(&mut start)?;
        let subject = message_head(&mut Lines::open(&mut Cursor::new(start))?)?.text("subject");
        given = subject.filter(|subject| !subject.is_empty()).map(|subject| subject.replace('/', "-") + ".eml");
    }
    Ok(Attachment {
        name: name::safe(given.as_deref(), &part.kind.mimetype, number),
        mimetype: part.kind.mimetype.clone(),
        size: measure.size,
        digest: measure.digest(),
        content_id: part.kind.content_id.clone(),
        inline: false,
        part: format!("{within}{}", part.path),
    })
}

/// Describes a file that stands within a part, at `path`.
pub fn within(given: Option<&str>, mimetype: Option<&str>, bytes: &[u8], path: String, number: usize) -> Attachment {
    let extension = given.and_then(|name| name.rsplit_once('.')).map(|(_, extension)| extension.to_ascii_lowercase());
    let mimetype = mimetype.map(|stated| media_type::or_bytes(&stated.trim().to_ascii_lowercase()).to_owned());
    let mimetype = mimetype.filter(|mimetype| mimetype != media_type::BYTES);
    let mimetype = mimetype.unwrap_or_else(|| {
        extension.and_then(|extension| by_extension(&extension)).unwrap_or(media_type::BYTES).to_owned()
    });
    let mut measure = Measure::of(&mimetype);
    measure.take(bytes);
    Attachment {
        name: name::safe(given, &mimetype, number),
        mimetype,
        size: measure.size,
        digest: measure.digest(),
        content_id: None,
        inline: false,
        part: path,
    }
}

/// Describes an image that stands in the HTML itself.
pub fn of_data_image(html: &str, image: &DataImage, part: &str, number: usize) -> Attachment {
    let mut measure = Measure::of(&image.mimetype);
    measure.take(&data(html, image));
    Attachment {
        name: format!("image{number}.{}", name::extension_of(&image.mimetype)),
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
pub fn open<'s>(source: &'s mut dyn Source, path: &str) -> io::Result<Box<dyn Read + 's>> {
    let missing = || io::Error::from(io::ErrorKind::NotFound);
    let (place, image) = match path.split_once(WITHIN) {
        Some((place, number)) => (place, Some(number.parse::<usize>().map_err(|_| missing())?)),
        None => (path, None),
    };
    match (wrapper::find(source, place)?, image) {
        (Found::Bytes(bytes), None) => Ok(Box::new(Cursor::new(bytes))),
        (Found::Bytes(_), Some(_)) => Err(missing()),
        (Found::Part(section, part), None) => Ok(decoder(part.kind.transfer, section.narrow(part.body)?)),
        (Found::Part(mut section, part), Some(number)) => {
            let html = text::of_part(&mut section, &part)?.text;
            let tidied = tidy(&html, place, &Vec::new());
            let image = tidied.images.get(number).ok_or_else(missing)?;
            Ok(Box::new(Cursor::new(data(&html, image))))
        }
    }
}
