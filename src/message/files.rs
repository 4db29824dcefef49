//! Attachments: what is said of them when a message is read, and their bytes when somebody asks.

use std::io::{self, Cursor, Read};

use super::kind::percent_decoded;
use super::lines::Lines;
use super::scan::{Part, message_head, scan};
use super::section::Section;
use super::tidy::{DataImage, image_id, tidy};
use super::transfer::{Transfer, decoder};
use super::{Source, name, text};
use crate::domain::message::Attachment;

/// Between the path of an HTML part and the number of an image within its HTML.
const WITHIN: char = '#';

/// Describes a part; its bytes are counted, not kept.
pub fn of_part(source: &mut dyn Source, part: &Part, number: usize) -> io::Result<Attachment> {
    let size = match part.kind.transfer {
        Transfer::Identity => part.body.end - part.body.start,
        encoded => {
            let section = Section::new(source, part.body.clone())?;
            io::copy(&mut decoder(encoded, section), &mut io::sink())?
        }
    };
    let mut given = part.kind.name.clone();
    if given.is_none() && part.kind.mimetype == "message/rfc822" {
        let mut section = Section::new(source, part.body.clone())?;
        let subject = message_head(&mut Lines::open(&mut section)?)?.text("subject");
        given = subject.filter(|subject| !subject.is_empty()).map(|subject| subject.replace('/', "-") + ".eml");
    }
    Ok(Attachment {
        name: name::safe(given.as_deref(), &part.kind.mimetype, number),
        mimetype: part.kind.mimetype.clone(),
        size,
        content_id: part.kind.content_id.clone(),
        inline: false,
        part: part.path.clone(),
    })
}

/// Describes an image that stands in the HTML itself.
pub fn of_data_image(html: &str, image: &DataImage, part: &str, number: usize) -> Attachment {
    Attachment {
        name: format!("image{number}.{}", name::extension_of(&image.mimetype)),
        mimetype: image.mimetype.clone(),
        size: data(html, image).len() as u64,
        content_id: Some(image_id(part, number)),
        inline: true,
        part: format!("{part}{WITHIN}{number}"),
    }
}

fn data(html: &str, image: &DataImage) -> Vec<u8> {
    let bytes = percent_decoded(&html[image.payload.clone()]);
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
    let (path, image) = match path.split_once(WITHIN) {
        Some((path, number)) => (path, Some(number.parse::<usize>().map_err(|_| missing())?)),
        None => (path, None),
    };
    let tree = scan(source)?;
    let part = tree.parts.iter().find(|part| part.path == path).ok_or_else(missing)?;
    match image {
        None => Ok(decoder(part.kind.transfer, Section::new(source, part.body.clone())?)),
        Some(number) => {
            let (html, _) = text::of_part(source, part)?;
            let tidied = tidy(&html, path);
            let image = tidied.images.get(number).ok_or_else(missing)?;
            Ok(Box::new(Cursor::new(data(&html, image))))
        }
    }
}
