//! The text of one part, or of a mail that is attached.

use std::io::{self, Read};

use super::scan::{Part, scan};
use super::section::Section;
use super::tidy::tidy;
use super::transfer::decoder;
use super::{Source, charset, clean, html};

/// Decoded bytes read of one HTML part: room for the images that some mailers write into it.
const HTML: u64 = 8 << 20;
/// Decoded bytes read of one text part.
const TEXT: u64 = 1 << 20;

/// A part decoded to text, within the limits, and whether there is more.
pub fn of_part(source: &mut dyn Source, part: &Part) -> io::Result<(String, bool)> {
    let limit = if part.kind.is_html() { HTML } else { TEXT };
    let section = Section::new(source, part.body.clone())?;
    let mut bytes = Vec::new();
    decoder(part.kind.transfer, section).take(limit + 1).read_to_end(&mut bytes)?;
    let cut = bytes.len() as u64 > limit;
    bytes.truncate(limit as usize);
    let label = part.kind.charset.clone().or_else(|| part.kind.is_html().then(|| meta_charset(&bytes)).flatten());
    Ok((charset::decode(label.as_deref(), &bytes), cut))
}

/// What an HTML text says of its own charset.
fn meta_charset(bytes: &[u8]) -> Option<String> {
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).to_ascii_lowercase();
    let (_, after) = start.split_once("charset=")?;
    Some(after.trim_start_matches(['"', '\'']).split(['"', '\'', ';', ' ', '/', '>']).next()?.to_owned())
}

/// The first text of an attached mail, or of a mail attached to that one.
pub fn of_mail(source: &mut dyn Source, part: &Part, levels: usize) -> io::Result<String> {
    let mut section = Section::new(source, part.body.clone())?;
    let tree = scan(&mut section)?;
    if let Some(text) = tree.parts.iter().find(|part| part.kind.is_body_text() && !part.body.is_empty()) {
        let (decoded, _) = of_part(&mut section, text)?;
        return Ok(match text.kind.is_html() {
            true => html::to_text(&html::sanitise(&tidy(&decoded, "").html)),
            false => clean::lines(&decoded).trim().to_owned(),
        });
    }
    match tree.parts.iter().find(|part| part.kind.mimetype == "message/rfc822") {
        Some(inner) if levels > 1 => of_mail(&mut section, inner, levels - 1),
        _ => Ok(String::new()),
    }
}
