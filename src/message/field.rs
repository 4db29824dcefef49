//! Single values out of header fields: message identifiers and conversations.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::words;

/// Message-IDs kept of References.
const IDS: usize = 100;
/// Characters of one; longer ones are none (RFC 5322 §2.1.1).
const ID: usize = 998;
/// Message-IDs taken from quoted heads.
const QUOTED: usize = 10;
/// Bytes of a Thread-Index that name the conversation (MS-OXOMSG §2.2.1.3): six of time, sixteen of a GUID.
const CONVERSATION: usize = 22;
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Message-IDs with their angle brackets, in order, each once, as far as they can be told: encoded as a word, without
/// brackets, with a bracket that is never closed. White space inside one comes from folding. Where there are too many,
/// the first and the last ones count.
pub(super) fn message_ids(value: &str) -> Vec<String> {
    let value = readable(value);
    let mut ids = Vec::new();
    let mut rest = value.as_ref();
    while let Some((outside, after)) = rest.split_once('<') {
        without_brackets(outside, &mut ids);
        let (inside, beyond) = match after.find(['<', '>']) {
            // `<<id>>`, and one that is not closed before the next begins.
            Some(end) if after[end..].starts_with('<') => (&after[..end], &after[end..]),
            Some(end) => (&after[..end], &after[end + 1..]),
            None => (after, ""),
        };
        let closed = after.len() > inside.len();
        rest = beyond;
        within_brackets(inside, closed, &mut ids);
    }
    without_brackets(rest, &mut ids);
    if ids.is_empty() && !value.contains(['<', '@']) {
        // An id need not have an @, but a comment has blanks.
        let mut words = value.split_whitespace();
        if let (Some(word), None) = (words.next(), words.next()) {
            add(word, &mut ids);
        }
    }
    ids
}

fn within_brackets(inside: &str, closed: bool, ids: &mut Vec<String>) {
    let pieces = || inside.split(|c: char| c.is_whitespace() || c == ',').filter(|piece| !piece.is_empty());
    match pieces().filter(|piece| piece.contains('@')).count() {
        // Several ids share one pair of brackets.
        2.. => pieces().for_each(|piece| add(piece, ids)),
        // Where the bracket is never closed, what follows is a comment.
        1 if !closed && pieces().next().is_some_and(|first| first.contains('@')) => {
            pieces().take(1).for_each(|piece| add(piece, ids));
        }
        _ => add(inside, ids),
    }
}

/// What stands outside of brackets are comments, but for what looks like an id.
fn without_brackets(outside: &str, ids: &mut Vec<String>) {
    let pieces = outside.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | '>'));
    pieces.filter(|piece| piece.contains('@')).for_each(|piece| add(piece, ids));
}

fn add(id: &str, ids: &mut Vec<String>) {
    if let Some(id) = bracketed(id)
        && !ids.contains(&id)
    {
        if ids.len() == IDS {
            ids.remove(1);
        }
        ids.push(id);
    }
}

/// One Message-ID, with or without its brackets.
pub(super) fn message_id(value: &str) -> Option<String> {
    let value = readable(value);
    match value.trim_start_matches(|c: char| c == '<' || c.is_whitespace()) {
        inside if inside.len() < value.len() || !value.contains('<') => bracketed(inside.split('>').next()?),
        _ => bracketed(value.split_once('<')?.1.split('>').next()?),
    }
}

/// Mailers encode long ids as words (RFC 2047 forbids it), and some write them as HTML.
fn readable(value: &str) -> Cow<'_, str> {
    let value = words::decode(value);
    match value.contains("&lt;") {
        true => Cow::Owned(value.replace("&lt;", "<").replace("&gt;", ">")),
        false => value,
    }
}

fn bracketed(inside: &str) -> Option<String> {
    let id: String = inside.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    (!id.is_empty() && id.len() <= ID).then(|| format!("<{id}>"))
}

/// The Message-IDs that a text quotes from the heads of other mails, as mailers do that quote more than the text:
/// `> Message-ID: <id>`.
pub(super) fn quoted_ids(text: &str) -> Vec<String> {
    let mut ids = Vec::new();
    let mut finder = memchr::memmem::find_iter(text.as_bytes(), b"essage-").take(QUOTED * 10);
    while let Some(at) = finder.next()
        && ids.len() < QUOTED
    {
        let start = text[..at].rfind('\n').map_or(0, |line| line + 1);
        let mut lines = text[start..].lines();
        let line = lines.next().unwrap_or_default().trim_start_matches(|c: char| !c.is_alphanumeric());
        let Some((name, value)) = line.split_once(':') else { continue };
        if !name.trim_end_matches(|c: char| !c.is_alphanumeric()).eq_ignore_ascii_case("message-id") {
            continue;
        }
        // A long one stands on the next line.
        let value = if value.contains('@') { value } else { lines.next().unwrap_or_default() };
        let value = &value[..value.floor_char_boundary(ID + 100)];
        if value.contains('<') || value.contains("&lt;") {
            ids.extend(message_ids(value).into_iter().take(1).filter(|id| !ids.contains(id)).collect::<Vec<_>>());
        }
    }
    ids
}

/// The conversation of Outlook's Thread-Index: its first 22 bytes; each answer adds five.
pub(super) fn conversation(thread_index: &str) -> Option<String> {
    let text: String = thread_index.chars().filter(|c| !c.is_whitespace()).take(2_000).collect();
    let mut bytes = LENIENT.decode(text).ok()?;
    if bytes.len() < CONVERSATION || bytes.iter().take(CONVERSATION).all(|byte| *byte == bytes[0]) {
        return None;
    }
    bytes.truncate(CONVERSATION);
    Some(hex::encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_unfolded_and_told_once() {
        assert_eq!(message_ids("<a@b>\t<c\r\n @d> text <a@b> <>"), ["<a@b>", "<c@d>"]);
        for value in [" a@b ", "<a@b>", "<<a@b>>", "<a@b", "x <a@b>", "&lt;a@b&gt;", "=?us-ascii?Q?=3Ca=40b=3E?="] {
            assert_eq!(message_id(value), Some("<a@b>".into()), "{value}");
        }
        assert_eq!(message_id("<>"), None);
        let many: String = (0..500).map(|n| format!("<{n}@x>")).collect();
        let ids = message_ids(&many);
        assert_eq!((ids.len(), ids[0].as_str(), ids[99].as_str()), (100, "<0@x>", "<499@x>"));
    }

    #[test]
    fn identifiers_are_found_however_they_are_written() {
        for (value, expected) in [
            ("a@b", vec!["<a@b>"]),
            ("a@b c@d", vec!["<a@b>", "<c@d>"]),
            ("<a@b", vec!["<a@b>"]),
            ("<a@b <c@d>", vec!["<a@b>", "<c@d>"]),
            ("<a@b\r\n\tc@d>", vec!["<a@b>", "<c@d>"]),
            ("<a@b (Amina's mail)", vec!["<a@b>"]),
            ("<<a@b>>", vec!["<a@b>"]),
            ("<a@b>,<c@d>;e@f", vec!["<a@b>", "<c@d>", "<e@f>"]),
            ("Your message of Monday <a@b>", vec!["<a@b>"]),
            ("=?utf-8?q?=3Ca=40b=3E?=\r\n =?utf-8?q?_=3Cc=40d=3E?=", vec!["<a@b>", "<c@d>"]),
            ("=?utf-8?B?PGFAYj4=?=", vec!["<a@b>"]),
            ("&lt;a@b&gt;", vec!["<a@b>"]),
            ("<20261121.17>", vec!["<20261121.17>"]),
            ("20261121.17", vec!["<20261121.17>"]),
            ("your mail of Monday", vec![]),
        ] {
            assert_eq!(message_ids(value), expected, "{value}");
        }
        let started = std::time::Instant::now();
        for hostile in ["<", "<a@b ", "a@", "&lt;", "=?utf-8?q?=3C?= "] {
            message_ids(&hostile.repeat(20_000));
        }
        assert!(started.elapsed().as_secs() < 2, "{:?}", started.elapsed());
    }

    #[test]
    fn a_quoted_head_names_its_mail() {
        let text = "no card\n----- Original Message -----\nFrom: Officer\n> *Message-ID:* <a@b>\nMessage-Id:\n <c@d>\n\
            my Message-ID: is <none@of.these>\nMessage-ID: who knows\n";
        assert_eq!(quoted_ids(text), ["<a@b>", "<c@d>"]);
        assert!(quoted_ids(&"Message-ID: <a@b".repeat(50_000)).len() <= 1);
    }

    #[test]
    fn outlooks_answers_name_their_conversation() {
        let first = "AdnxYz0BAgMEBQYHCAkKCwwNDg8QEQ==";
        let answer = "AdnxYz0BAgMEBQYHCAkKCwwNDg8Q\r\n EQABAgMEBQ==";
        assert!(conversation(first).is_some());
        assert_eq!(
            conversation(first).map(|index| index[..40].to_owned()),
            conversation(answer).map(|index| index[..40].to_owned())
        );
        for none in ["", "AdnxYz0=", "no base64 at all!", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="] {
            assert_eq!(conversation(none), None, "{none}");
        }
    }
}
