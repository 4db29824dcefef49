//! Text that anybody may have written: folded for comparing, escaped for pages and for cells of spreadsheets; and content
//! types as mail states them.

use chrono::{NaiveDate, TimeZone};
use chrono_tz::Tz;
use unicode_normalization::char::{decompose_compatible, is_combining_mark};

use super::Moment;

/// Folds text for search, the same in queries and in the `search` columns of both databases: case,
/// accents, Arabic vowel marks and the tatweel don't matter, white space is one space.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() {
            fold_into(&mut folded, c);
        } else {
            // Character by character is as good as the whole text: what normalisation would reorder are the marks,
            // and they go.
            decompose_compatible(c, |part| {
                if !is_combining_mark(part) && part != '\u{0640}' {
                    fold_into(&mut folded, part);
                }
            });
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

fn fold_into(folded: &mut String, c: char) {
    if c.is_whitespace() || c.is_control() {
        if !folded.ends_with(' ') && !folded.is_empty() {
            folded.push(' ');
        }
    } else if c.is_ascii() {
        folded.push(c.to_ascii_lowercase());
    } else {
        folded.extend(c.to_lowercase());
    }
}

/// At most `max` characters of a text, cut at a character, with `…` where something was cut.
pub fn shorten(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some(_) => {
            let end = text.char_indices().nth(max.saturating_sub(1)).map_or(0, |(i, _)| i);
            format!("{}…", &text[..end])
        }
    }
}

/// Plain text as HTML: escaped, a blank line begins a paragraph, a line feed breaks the line.
pub fn to_html(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 16);
    for paragraph in text.split("\n\n").map(|paragraph| paragraph.trim_matches('\n')).filter(|p| !p.is_empty()) {
        html.push_str("<p>");
        for c in paragraph.chars() {
            match c {
                '&' => html.push_str("&amp;"),
                '<' => html.push_str("&lt;"),
                '>' => html.push_str("&gt;"),
                '"' => html.push_str("&quot;"),
                '\'' => html.push_str("&#39;"),
                '\n' => html.push_str("<br>"),
                c => html.push(c),
            }
        }
        html.push_str("</p>");
    }
    html
}

/// The text of a mail as HTML: escaped, its lines kept, its addresses made links. Paragraphs with `dir=auto`, so that each reads in its
/// own direction. What a mail's text was made into is kept as the text alone, so it stays what it is: [`lines_of`] reads it back.
pub fn html_of_lines(text: &str) -> String {
    let mut html = String::with_capacity(text.len() * 5 / 4 + 32);
    for paragraph in text.trim_end().split("\n\n") {
        let paragraph = paragraph.trim_matches('\n');
        if paragraph.trim().is_empty() {
            continue;
        }
        html.push_str("<p dir=\"auto\">");
        for (number, line) in paragraph.split('\n').enumerate() {
            if number > 0 {
                html.push_str("<br>\n");
            }
            link(line, &mut html);
        }
        html.push_str("</p>\n");
    }
    html
}

/// Escapes one line; web and mail addresses in it become links.
fn link(line: &str, html: &mut String) {
    if !line.contains("://") && !line.contains('@') {
        return escape(line, html);
    }
    for piece in line.split_inclusive(|c: char| c.is_whitespace() || "<>\"()".contains(c)) {
        let end = piece.trim_end_matches(|c: char| c.is_whitespace() || "<>\"().,;:!?'".contains(c)).len();
        let (word, rest) = piece.split_at(end);
        let address = match word.split_once("://") {
            Some(("http" | "https", host)) if !host.is_empty() => Some(String::new()),
            None if is_mail_address(word) => Some("mailto:".to_owned()),
            _ => None,
        };
        match address {
            Some(scheme) => {
                html.push_str("<a href=\"");
                html.push_str(&scheme);
                escape(word, html);
                html.push_str("\" rel=\"noopener noreferrer nofollow\">");
                escape(word, html);
                html.push_str("</a>");
            }
            None => escape(word, html),
        }
        escape(rest, html);
    }
}

fn is_mail_address(word: &str) -> bool {
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_+".contains(&byte));
    word.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && plain(local) && domain.contains('.') && plain(domain) && !domain.starts_with('.')
    })
}

/// Escapes for text and for double-quoted attributes.
pub fn escape(text: &str, html: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| matches!(byte, b'&' | b'<' | b'>' | b'"')) {
        html.push_str(&rest[..at]);
        html.push_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            _ => "&quot;",
        });
        rest = &rest[at + 1..];
    }
    html.push_str(rest);
}

/// The text of HTML that has its lines in paragraphs, escaped, without any other layout; of other HTML, or of a part of
/// some, its words.
pub fn lines_of(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    for (number, piece) in html.split('<').enumerate() {
        let (tag, mut rest) = match piece.split_once('>') {
            _ if number == 0 => ("", piece),
            Some(whole) => whole,
            None => continue,
        };
        match tag {
            "br" => text.push('\n'),
            _ if tag.starts_with("p ") && !text.is_empty() => text.push_str("\n\n"),
            _ => {}
        }
        while let Some(at) = rest.find(['&', '\n']) {
            text.push_str(&rest[..at]);
            let behind = &rest[at..];
            let (sign, length) = [("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("\n", "")]
                .into_iter()
                .find(|(written, _)| behind.starts_with(written))
                .map_or(("&", 1), |(written, sign)| (sign, written.len()));
            text.push_str(sign);
            rest = &behind[length..];
        }
        text.push_str(rest);
    }
    text
}

/// The content type of bytes of which nothing is known.
pub const PLAIN_BYTES: &str = "application/octet-stream";

/// The type, or [`PLAIN_BYTES`] where it is none (RFC 6838 §4.2): what is not well-formed could end a header, or mean one
/// thing here and another there.
pub fn type_or_bytes(given: &str) -> &str {
    let is_name = |name: &str| {
        name.len() <= 127
            && name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    match given.split_once('/') {
        Some((kind, subtype)) if is_name(kind) && is_name(subtype) => given,
        _ => PLAIN_BYTES,
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum SheetCell {
    Nothing,
    Text(String),
    Number(f64),
    Flag(bool),
    /// In the time zone of the reader.
    Clock(Moment),
    Day(NaiveDate),
}

impl SheetCell {
    /// Nothing where there is no text.
    pub fn text(text: impl Into<String>) -> Self {
        let text: String = text.into();
        if text.is_empty() { Self::Nothing } else { Self::Text(text) }
    }
}

/// A moment in this time zone, to the second.
pub fn clock(zone: Tz, at: Moment) -> SheetCell {
    let shown = zone.timestamp_opt(at.and_utc().timestamp(), 0).single();
    SheetCell::Clock(shown.map_or(at, |shown| shown.naive_local()))
}

/// Whether a spreadsheet may take a text for a formula (OWASP, *CSV Injection*): anybody may have written it.
pub fn is_like_a_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

crate::coded! {
    /// How a table is written into a file.
    pub enum SheetFormat {
        Csv = "csv",
        Xlsx = "xlsx",
    }
}

impl SheetFormat {
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_normalization::UnicodeNormalization;

    #[test]
    fn plain_text_stays_text_in_a_page() {
        assert_eq!(to_html("a <b>\nc\n\n\nd & \"e\""), "<p>a &lt;b&gt;<br>c</p><p>d &amp; &quot;e&quot;</p>");
    }

    #[test]
    fn search_ignores_case_accents_and_vowel_marks() {
        assert_eq!(fold("  Paiement  NON\nreçu "), "paiement non recu");
        assert_eq!(fold("مُحَمَّد"), fold("محمد"));
        assert_eq!(fold("ﻣﺤﻤﺪ"), fold("محمد"));
    }

    #[test]
    fn every_character_folds_as_its_compatibility_decomposition_without_marks() {
        let all: Vec<char> = ('\u{20}'..=char::MAX).collect();
        for some in all.chunks(1_000) {
            let text: String = some.iter().flat_map(|c| ['a', *c, '\u{301}', *c, 'B']).collect();
            let parts = text.nfkd().filter(|c| !is_combining_mark(*c) && *c != '\u{0640}');
            let lower: String = parts.flat_map(char::to_lowercase).collect();
            let spaced: String =
                lower.chars().map(|c| if c.is_whitespace() || c.is_control() { ' ' } else { c }).collect();
            assert_eq!(fold(&text), spaced.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "));
        }
    }

    #[test]
    fn shortening_never_splits_a_character() {
        assert_eq!(shorten("détail", 3), "dé…");
        assert_eq!(shorten("abc", 3), "abc");
    }

    #[test]
    fn plain_text_is_read_back_from_its_html() {
        for text in [
            "a",
            "a < b & \"c\" > d",
            "one\ntwo\n\n  three\n\nhttps://a.example/?b=1&c=2, or (d@e.example).",
            "&lt; <p dir",
        ] {
            assert_eq!(lines_of(&html_of_lines(text)), text);
        }
        assert_eq!(lines_of("<p dir=\"auto\">one<br>\ntwo <a hre"), "one\ntwo ");
    }

    #[test]
    fn lines_and_paragraphs_are_kept_and_markup_is_text() {
        assert_eq!(
            html_of_lines("<b>a</b>\nb & c\n\n\n\"d\"\n"),
            "<p dir=\"auto\">&lt;b&gt;a&lt;/b&gt;<br>\nb &amp; c</p>\n<p dir=\"auto\">&quot;d&quot;</p>\n"
        );
        assert_eq!(html_of_lines(" \n\n "), "");
    }

    #[test]
    fn addresses_become_links_and_nothing_else_does() {
        let html = html_of_lines("see https://a.example/x?y=1&z=\"2, or (mail a.b@c.example). javascript://x a@b");
        assert!(html.contains("<a href=\"https://a.example/x?y=1&amp;z=\" rel=\"noopener noreferrer nofollow\">"));
        assert!(html.contains("<a href=\"mailto:a.b@c.example\""));
        assert!(!html.contains("href=\"javascript") && !html.contains("mailto:a@b"));
    }

    #[test]
    fn only_a_well_formed_type_is_passed_on() {
        for right in ["image/png", "application/vnd.ms-excel", "image/svg+xml", "x/y"] {
            assert_eq!(type_or_bytes(right), right);
        }
        let long = format!("image/{}", "a".repeat(128));
        for wrong in [
            "",
            "image",
            "image/",
            "/png",
            "image/png\r\nX: y",
            "text/html; charset=utf-8",
            "a/b/c",
            "é/x",
            "a b/c",
            ".a/b",
            &long,
        ] {
            assert_eq!(type_or_bytes(wrong), PLAIN_BYTES, "{wrong:?}");
        }
    }
}
