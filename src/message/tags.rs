//! HTML cut into tags and text, and what is known of each tag: only what mail shows is known.

use memchr::{memchr, memmem};

pub(super) enum Tag<'h> {
    Text(&'h str),
    Open { name: &'h str, attributes: &'h str },
    Close { name: &'h str },
}

/// Tags and texts in order. Comments, declarations and the contents of scripts and styles are left out.
pub(super) struct Tags<'h> {
    rest: &'h str,
    /// A title without an end was met; further ones are not looked for again.
    endless_title: bool,
}

impl<'h> Tags<'h> {
    pub(super) fn of(html: &'h str) -> Self {
        Tags { rest: html, endless_title: false }
    }

    fn take(&mut self, length: usize) -> &'h str {
        let (taken, rest) = self.rest.split_at(length.min(self.rest.len()));
        self.rest = rest;
        taken
    }

    /// Up to and including `end`, or everything.
    fn skip_past(&mut self, end: &str) {
        let length = memmem::find(self.rest.as_bytes(), end.as_bytes()).map_or(self.rest.len(), |at| at + end.len());
        self.take(length);
    }

    /// The contents of an element that holds no markup. A title that is never closed is no reason to lose the rest.
    fn skip_raw(&mut self, name: &str) {
        let title = name.eq_ignore_ascii_case("title");
        if title && self.endless_title {
            return;
        }
        let bytes = self.rest.as_bytes();
        let end = memmem::find_iter(bytes, "</").find(|at| {
            bytes.get(at + 2..at + 2 + name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
        });
        self.endless_title = title && end.is_none();
        self.take(end.unwrap_or(if title { 0 } else { self.rest.len() }));
    }
}

impl<'h> Iterator for Tags<'h> {
    type Item = Tag<'h>;

    fn next(&mut self) -> Option<Tag<'h>> {
        loop {
            let bytes = self.rest.as_bytes();
            match bytes {
                [] => return None,
                [b'<', b'!', b'-', b'-', ..] => self.skip_past("-->"),
                [b'<', b'!' | b'?', ..] => self.skip_past(">"),
                [b'<', b'/', first, ..] if first.is_ascii_alphabetic() => {
                    let tag = self.take(tag_length(&bytes[1..]) + 1);
                    return Some(Tag::Close { name: name_of(&tag[2..]) });
                }
                [b'<', first, ..] if first.is_ascii_alphabetic() => {
                    let tag = self.take(tag_length(&bytes[1..]) + 1);
                    let name = name_of(&tag[1..]);
                    let attributes = tag[1 + name.len()..].trim_end_matches('>');
                    if RAW.iter().any(|raw| raw.eq_ignore_ascii_case(name)) {
                        self.skip_raw(name);
                        continue;
                    }
                    return Some(Tag::Open { name, attributes });
                }
                _ => {
                    let start = usize::from(bytes[0] == b'<');
                    let length = memchr(b'<', &bytes[start..]).map_or(bytes.len(), |at| start + at);
                    return Some(Tag::Text(self.take(length)));
                }
            }
        }
    }
}

/// Length of a tag up to and including its `>`, which does not count within a quoted value.
fn tag_length(bytes: &[u8]) -> usize {
    let (mut quote, mut before) = (None, 0);
    for (at, byte) in bytes.iter().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at + 1,
            (None, b'"' | b'\'') if before == b'=' => quote = Some(*byte),
            (Some(open), byte) if open == *byte => quote = None,
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            before = *byte;
        }
    }
    bytes.len()
}

fn name_of(tag: &str) -> &str {
    let end = tag.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>')).unwrap_or(tag.len());
    &tag[..end]
}

/// Attributes of a tag: name in lower case, value without quotes.
pub(super) fn attributes(text: &str) -> impl Iterator<Item = (String, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() {
            return None;
        }
        // A `=` that begins a name belongs to it.
        let ends = |c: char| c.is_ascii_whitespace() || matches!(c, '=' | '/' | '>');
        let end = rest.char_indices().skip(1).find(|(_, c)| ends(*c)).map_or(rest.len(), |(at, _)| at);
        let (name, after) = rest.split_at(end);
        let trimmed = after.trim_start();
        let Some(value) = trimmed.strip_prefix('=') else {
            rest = after;
            return Some((name.to_ascii_lowercase(), ""));
        };
        let value = value.trim_start();
        let (value, beyond) = match value.as_bytes().first() {
            Some(quote @ (b'"' | b'\'')) => {
                let inside = &value[1..];
                let end = memchr(*quote, inside.as_bytes()).unwrap_or(inside.len());
                (&inside[..end], inside.get(end + 1..).unwrap_or_default())
            }
            _ => value.split_at(value.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(value.len())),
        };
        rest = beyond;
        Some((name.to_ascii_lowercase(), value))
    })
}

/// Elements whose contents are no text of the mail.
const RAW: &[&str] = &["script", "style", "title", "iframe", "noembed", "noframes", "xmp", "template"];

const KNOWN: &[&str] = &[
    "a",
    "abbr",
    "address",
    "b",
    "bdi",
    "bdo",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "dd",
    "del",
    "div",
    "dl",
    "dt",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
];

/// The name as we write it, where the element is kept.
pub(super) fn known(name: &str) -> Option<&'static str> {
    KNOWN.iter().find(|known| known.eq_ignore_ascii_case(name)).copied()
}

pub(super) fn of_table(name: &str) -> bool {
    matches!(name, "table" | "caption" | "thead" | "tbody" | "tfoot" | "tr" | "td" | "th")
}

/// Whether an attribute is worth keeping.
pub(super) fn keeps(name: &str, attribute: &str) -> bool {
    match attribute {
        "dir" | "lang" | "title" => true,
        "href" => name == "a",
        "src" | "alt" | "width" | "height" => name == "img",
        "colspan" | "rowspan" => matches!(name, "td" | "th"),
        "start" => name == "ol",
        _ => false,
    }
}

/// Elements that no paragraph can hold.
const BLOCKS: &[&str] = &[
    "address",
    "blockquote",
    "caption",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "pre",
    "table",
    "td",
    "th",
    "ul",
];

/// Whether an element begins a line of its own.
pub(super) fn is_block(name: &str) -> bool {
    BLOCKS.iter().chain(&["p", "tr"]).any(|block| block.eq_ignore_ascii_case(name))
}

/// Elements that hold nothing.
pub(super) fn is_void(name: &str) -> bool {
    const VOID: &[&str] =
        &["br", "hr", "img", "input", "meta", "link", "col", "area", "base", "wbr", "source", "embed"];
    VOID.iter().any(|void| void.eq_ignore_ascii_case(name))
}

/// What an element's start tag ends unsaid: the innermost of these names, unless one of the others is met first.
pub(super) fn implied_ends(name: &str) -> &'static [(&'static [&'static str], &'static [&'static str])] {
    const CELL: &[&str] = &["table", "td", "th"];
    match name {
        "li" => &[(&["li"], &["ul", "ol", "table", "td", "th"])],
        "dt" | "dd" => &[(&["dt", "dd"], &["dl", "table", "td", "th"])],
        "td" | "th" => &[(&["td", "th"], &["tr", "table"])],
        "tr" => &[(&["tr"], &["table"])],
        "thead" | "tbody" | "tfoot" => &[(&["thead", "tbody", "tfoot"], &["table"])],
        "a" => &[(&["a"], CELL)],
        name if BLOCKS.contains(&name) || name == "p" => &[(&["p"], BLOCKS)],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_in_every_spelling() {
        let found: Vec<_> = attributes(" A=1 b = '2 3'  c=\"4>\" d/ =e é=ü f=").collect();
        let expected = [("a", "1"), ("b", "2 3"), ("c", "4>"), ("d", ""), ("=e", ""), ("é", "ü"), ("f", "")];
        assert_eq!(found, expected.map(|(name, value)| (name.to_owned(), value)));
    }

    #[test]
    fn a_bracket_in_quotes_does_not_end_a_tag() {
        let shown: Vec<String> = Tags::of("<a title='>'>x</a><p class=it's>y")
            .map(|tag| match tag {
                Tag::Text(text) => text.to_owned(),
                Tag::Open { name, attributes } => format!("+{name}{attributes}"),
                Tag::Close { name } => format!("-{name}"),
            })
            .collect();
        assert_eq!(shown, ["+a title='>'", "x", "-a", "+p class=it's", "y"]);
    }
}
