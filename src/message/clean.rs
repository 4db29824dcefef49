//! Decoded text made safe to store and to show.

/// Control characters, and those that reorder what stands around them: a name must not read backwards.
fn is_unwanted(c: char) -> bool {
    c.is_control() || is_reordering(c) || c == '\u{feff}'
}

/// Bidirectional embeddings, overrides and isolates (Unicode TR9).
pub(super) fn is_reordering(c: char) -> bool {
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

/// Takes over the printable ASCII without spaces that a text begins with, which most texts consist of, and gives the
/// rest.
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
    fn a_line_has_no_control_and_no_reordering_characters() {
        assert_eq!(line(" a\r\n\tb\0c\u{7}d \u{202e}gpj.exe", 100), "a b cd gpj.exe");
        assert_eq!(line("abcdef", 4), "abc…");
    }

    #[test]
    fn every_line_end_becomes_one_line_feed() {
        assert_eq!(lines("a\r\nb\rc\nd\0\u{1b}[1m\te"), "a\nb\nc\nd[1m\te");
    }
}
