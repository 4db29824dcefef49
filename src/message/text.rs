//! The text of one part: decoded, cleaned of invisible characters, with flowing lines joined (RFC 3676), and compared with
//! other forms of it.

use std::io::{self, Read};

use super::Source;
use super::charset::{self, Assumed};
use super::scan::MimePart;
use super::source::Section;
use super::transfer::decoder;

/// Decoded bytes of one HTML part that are read: enough for the images that some mailers write into it.
const HTML: u64 = 8 << 20;
/// Decoded bytes of one text part that are read.
const TEXT: u64 = 1 << 20;

/// A part decoded to text, within the limits.
pub(super) struct Text {
    pub text: String,
    /// There was more than that.
    pub cut: bool,
    /// What was assumed about its charset.
    pub assumed: Option<Assumed>,
}

/// Reads a text part.
pub(super) fn of_part(source: &mut dyn Source, part: &MimePart) -> io::Result<Text> {
    let limit = if part.kind.is_html() { HTML } else { TEXT };
    let section = Section::new(source, part.body.clone())?;
    let mut bytes = Vec::new();
    decoder(part.kind.transfer, section).take(limit + 1).read_to_end(&mut bytes)?;
    let cut = bytes.len() as u64 > limit;
    bytes.truncate(limit as usize);
    let label = part.kind.charset.clone().or_else(|| part.kind.is_html().then(|| meta_charset(&bytes)).flatten());
    let charset::Decoded { text, assumed } = charset::read(label.as_deref(), &bytes);
    // The lines are cleaned first, since their ends tell what flows.
    let text = match part.kind.flowed.filter(|_| !part.kind.is_html()) {
        Some(flowed) => unflow(&lines(&text), flowed),
        None => text,
    };
    Ok(Text { text, cut, assumed })
}

/// The charset that an HTML text names.
fn meta_charset(bytes: &[u8]) -> Option<String> {
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).to_ascii_lowercase();
    let (_, after) = start.split_once("charset=")?;
    Some(after.trim_start_matches(['"', '\'']).split(['"', '\'', ';', ' ', '/', '>']).next()?.to_owned())
}

/// text/enriched (RFC 1896), or its forerunner text/richtext (RFC 1341), without its commands.
pub(super) fn without_commands(text: &str, richtext: bool) -> String {
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

/// Whether decoded bytes can be text: binary data has zeros and other control characters.
pub(super) fn is_plausible(text: &str) -> bool {
    let start = &text[..text.floor_char_boundary(4 << 10)];
    let strange = start.chars().filter(|c| c.is_control() && !c.is_whitespace() && *c != '\u{1b}').count();
    let unreadable = start.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count();
    !start.contains('\0') && strange * 50 <= start.len() && unreadable * 10 <= start.len()
}

/// How the lines of a flowing text (RFC 3676) are joined: a blank at a line's end means that the next line continues it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flowed {
    /// `delsp=yes`: the blank at the end is not part of the text, so that words, and scripts without blanks, can be broken.
    pub delete_space: bool,
}

/// Joins flowing lines; all line ends are line feeds already.
fn unflow(text: &str, flowed: Flowed) -> String {
    let mut joined = String::with_capacity(text.len());
    // How deeply a line is quoted that the next one continues.
    let mut open: Option<usize> = None;
    for line in text.split('\n') {
        let unquoted = line.trim_start_matches('>');
        let depth = line.len() - unquoted.len();
        let content = unquoted.strip_prefix(' ').unwrap_or(unquoted);
        // A signature's separator ends in a blank and does not flow.
        let signature = content == "-- ";
        if open != Some(depth) || signature {
            if open.is_some() {
                joined.push('\n');
            }
            joined.extend(std::iter::repeat_n('>', depth));
            if depth > 0 {
                joined.push(' ');
            }
        }
        let flows = !signature && content.ends_with(' ');
        joined.push_str(if flows && flowed.delete_space { &content[..content.len() - 1] } else { content });
        open = flows.then_some(depth);
        if !flows {
            joined.push('\n');
        }
    }
    // Removes the line end that was added behind its last line, not the text's own.
    joined.truncate(joined.len() - usize::from(open.is_none()));
    joined
}

/// Letters that are compared at a time: fewer than a sentence has, but too many to agree by chance.
const LETTERS: usize = 8;
/// Bytes of each form that are compared.
const COMPARED: usize = 64 << 10;

/// The words of a text, to compare its other forms with. Alternatives should say the same (RFC 2046 §5.1.4); some mailers
/// put different words into them, and then neither may be left out.
pub(super) struct TextWords {
    letters: Vec<char>,
    /// The numbers of all its pieces, in order.
    pieces: Vec<u64>,
}

impl TextWords {
    pub(super) fn by(text: &str) -> Self {
        let letters = letters(text);
        let mut pieces: Vec<u64> = letters.windows(LETTERS).map(number).collect();
        pieces.sort_unstable();
        Self { letters, pieces }
    }

    /// Whether this text has most of what `form` says. White space, case and punctuation don't count; neither do web
    /// addresses, which only plain text has to write out.
    pub(super) fn has(&self, form: &str) -> bool {
        let form = letters(form);
        if form.len() < LETTERS {
            return form.is_empty() || self.letters.windows(form.len()).any(|some| some == form);
        }
        let pieces = form.chunks_exact(LETTERS);
        let (all, found) =
            (pieces.len(), pieces.filter(|piece| self.pieces.binary_search(&number(piece)).is_ok()).count());
        found * 2 >= all
    }
}

/// A number for a piece. Pieces with the same number are too rare to make up half of a text, and a hash that withstands
/// people who look for such pieces would take a fifth of the time that intake takes.
fn number(letters: &[char]) -> u64 {
    letters.iter().fold(0, |number: u64, letter| number.wrapping_mul(0x1000_0000_01b3).wrapping_add((*letter).into()))
}

fn letters(text: &str) -> Vec<char> {
    let text = &text[..text.floor_char_boundary(COMPARED)];
    let ends = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '[' | ']' | '"');
    let mut letters = Vec::with_capacity(text.len());
    for word in text.split(ends).filter(|word| !(word.as_bytes().contains(&b':') && word.contains("://"))) {
        if word.is_ascii() {
            let ascii = word.bytes().filter(u8::is_ascii_alphanumeric);
            letters.extend(ascii.map(|letter| char::from(letter.to_ascii_lowercase())));
        } else {
            letters.extend(word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase));
        }
    }
    letters
}

/// Control characters, and characters that reorder the text around them: a name must not read backwards.
fn is_unwanted(c: char) -> bool {
    c.is_control() || is_reordering(c) || c == '\u{feff}'
}

/// Bidirectional embeddings, overrides and isolates (Unicode TR9).
fn is_reordering(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// One line: control and reordering characters out, runs of white space one space, at most `max` characters.
pub(super) fn line(text: &str, max: usize) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        rest = take_printable(rest, &mut cleaned);
        let mut chars = rest.chars();
        let Some(c) = chars.next() else { break };
        rest = chars.as_str();
        if c.is_whitespace() || c == '\0' {
            if !cleaned.is_empty() && !cleaned.ends_with(' ') {
                cleaned.push(' ');
            }
        } else if !is_unwanted(c) {
            cleaned.push(c);
        }
    }
    cleaned.truncate(cleaned.trim_end().len());
    if cleaned.len() <= max { cleaned } else { crate::domain::text::shorten(&cleaned, max) }
}

/// Several lines: every line end becomes a line feed, other control characters but the tab go.
pub(super) fn lines(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        rest = take_printable(rest, &mut cleaned);
        let mut chars = rest.chars();
        let Some(c) = chars.next() else { break };
        rest = chars.as_str();
        match c {
            '\r' => {
                rest = rest.strip_prefix('\n').unwrap_or(rest);
                cleaned.push('\n');
            }
            ' ' | '\n' | '\t' => cleaned.push(c),
            '\u{c}' | '\u{b}' | '\u{2028}' | '\u{2029}' => cleaned.push('\n'),
            c if c.is_control() || c == '\u{feff}' => {}
            c => cleaned.push(c),
        }
    }
    cleaned
}

/// Copies the printable ASCII without spaces at the beginning of a text, which most texts consist of, and returns the rest.
fn take_printable<'t>(text: &'t str, cleaned: &mut String) -> &'t str {
    let length = text.bytes().position(|byte| !byte.is_ascii_graphic()).unwrap_or(text.len());
    let (printable, rest) = text.split_at(length);
    cleaned.push_str(printable);
    rest
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

    fn both(text: &str) -> [String; 2] {
        [false, true].map(|delete_space| unflow(text, Flowed { delete_space }))
    }

    #[test]
    fn lines_that_end_in_a_blank_go_on() {
        assert_eq!(both("one \ntwo\nthree\n"), ["one two\nthree\n", "onetwo\nthree\n"]);
        assert_eq!(both("https://a.example/alb \nums"), ["https://a.example/alb ums", "https://a.example/albums"]);
        assert_eq!(both("one  \ntwo")[1], "one two");
        assert_eq!(both("村のポンプが壊れてい \nて、水が")[1], "村のポンプが壊れていて、水が");
        assert_eq!(both("one \n\ntwo"), ["one \ntwo", "one\ntwo"]);
    }

    #[test]
    fn quotations_signatures_and_stuffing_are_kept_apart() {
        assert_eq!(both("> one \n> two\n>> deep \nmine")[0], "> one two\n>> deep \nmine");
        assert_eq!(both("Amina \n-- \nThe office")[0], "Amina \n-- \nThe office");
        assert_eq!(both(" From here\n > no quote")[0], "From here\n> no quote");
    }

    proptest::proptest! {
        #[test]
        fn nothing_but_blanks_and_line_ends_is_lost(text in "[a-c> \\n]{0,60}", delete_space in proptest::bool::ANY) {
            let letters = |text: &str| text.chars().filter(char::is_ascii_alphabetic).collect::<String>();
            let read = unflow(&text, Flowed { delete_space });
            proptest::prop_assert_eq!(letters(&text), letters(&read));
        }
    }

    fn says(text: &str, form: &str) -> bool {
        TextWords::by(text).has(form)
    }

    #[test]
    fn forms_of_one_text_are_told_from_different_texts() {
        let html = "My card was taken by the clerk. See our page.";
        assert!(says(html, "*My card* was taken\nby the clerk. See our page <https://a.example/x>."));
        assert!(says(html, "") && says("我的卡被拿走了，请帮助我", "我的卡被\n拿走了，请帮助我"));
        assert!(!says("Sent with Mobile Mail", "My card was taken by the clerk."));
        assert!(!says(html, "Sent from my phone") && !says(html, "Hello"));
    }

    #[test]
    fn a_line_has_no_control_and_no_reordering_characters() {
        assert_eq!(line(" a\r\n\tb\0c\u{7}d \u{202e}gpj.exe", 100), "a b cd gpj.exe");
        assert_eq!(line("abcdef", 4), "abc…");
    }

    #[test]
    fn every_line_end_becomes_one_line_feed() {
        assert_eq!(lines("a\r\nb\rc\nd\0\u{1b}[1m\te"), "a\nb\nc\nd[1m\te");
    }
}
