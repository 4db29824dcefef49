//! The text of one part.

use std::io::{self, Read};

use super::charset::Assumed;
use super::flowed::unflow;
use super::scan::Part;
use super::section::Section;
use super::transfer::decoder;
use super::{Source, charset, clean};

/// Decoded bytes read of one HTML part: room for the images that some mailers write into it.
const HTML: u64 = 8 << 20;
/// Decoded bytes read of one text part.
const TEXT: u64 = 1 << 20;

/// A part decoded to text, within the limits.
pub struct Text {
    pub text: String,
    /// There is more.
    pub cut: bool,
    /// What was assumed about its charset.
    pub assumed: Option<Assumed>,
}

/// Reads a text part.
pub fn of_part(source: &mut dyn Source, part: &Part) -> io::Result<Text> {
    let limit = if part.kind.is_html() { HTML } else { TEXT };
    let section = Section::new(source, part.body.clone())?;
    let mut bytes = Vec::new();
    decoder(part.kind.transfer, section).take(limit + 1).read_to_end(&mut bytes)?;
    let cut = bytes.len() as u64 > limit;
    bytes.truncate(limit as usize);
    let label = part.kind.charset.clone().or_else(|| part.kind.is_html().then(|| meta_charset(&bytes)).flatten());
    let charset::Decoded { text, assumed } = charset::read(label.as_deref(), &bytes);
    // What is shown of a text has its lines cleaned first, since what flows is told by their ends.
    let text = match part.kind.flowed.filter(|_| !part.kind.is_html()) {
        Some(flowed) => unflow(&clean::lines(&text), flowed),
        None => text,
    };
    Ok(Text { text, cut, assumed })
}

/// What an HTML text says of its own charset.
fn meta_charset(bytes: &[u8]) -> Option<String> {
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).to_ascii_lowercase();
    let (_, after) = start.split_once("charset=")?;
    Some(after.trim_start_matches(['"', '\'']).split(['"', '\'', ';', ' ', '/', '>']).next()?.to_owned())
}

/// text/enriched (RFC 1896), or its forerunner text/richtext (RFC 1341), without its commands.
pub fn without_commands(text: &str, richtext: bool) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut silent = 0_usize;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if !richtext && let Some(after) = rest.strip_prefix("<<") {
            shown.push('<');
            rest = after;
            continue;
        }
        let command =
            rest.strip_prefix('<').and_then(|inside| inside.get(..inside.floor_char_boundary(62))?.split_once('>'));
        if let Some((command, _)) = command.filter(|(command, _)| {
            command.trim_start_matches('/').chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        }) {
            rest = &rest[command.len() + 2..];
            match command.to_ascii_lowercase().as_str() {
                "param" | "comment" => silent += 1,
                "/param" | "/comment" => silent = silent.saturating_sub(1),
                "nl" | "np" | "/paragraph" if silent == 0 => shown.push('\n'),
                "lt" if silent == 0 => shown.push('<'),
                _ => {}
            }
            continue;
        }
        rest = &rest[c.len_utf8()..];
        if silent == 0 {
            shown.push(c);
        }
    }
    shown
}

/// Whether decoded bytes can be words: binary data has zeros and other control characters.
pub fn is_plausible(text: &str) -> bool {
    let start = &text[..text.floor_char_boundary(4 << 10)];
    let strange = start.chars().filter(|c| c.is_control() && !c.is_whitespace() && *c != '\u{1b}').count();
    let unreadable = start.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count();
    !start.contains('\0') && strange * 50 <= start.len() && unreadable * 10 <= start.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_of_enriched_text_are_not_shown() {
        let text = "<bold>My card</bold> was <color><param>red</param>taken</color>, 1 << 2 & a < b";
        assert_eq!(without_commands(text, false), "My card was taken, 1 < 2 & a < b");
        assert_eq!(without_commands("My card<nl>was<comment>x</comment> taken", true), "My card\nwas taken");
    }
}
