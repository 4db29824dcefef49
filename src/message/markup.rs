//! A tokenizer for HTML and its styles: tags and text, and as much of CSS as mailers use.

use std::collections::HashMap;

use memchr::{memchr, memmem};

pub(super) enum Tag<'h> {
    Text(&'h str),
    Open { name: &'h str, attributes: &'h str },
    Close { name: &'h str },
}

/// HTML cut into tags and texts, in order. Comments, declarations and the contents of scripts and styles are left out; only
/// elements that occur in mail are known.
pub(super) struct Tags<'h> {
    rest: &'h str,
    /// A title without an end was found; further ones are not looked for.
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

    /// Skips the contents of an element without markup. A title that is never closed must not cost the rest.
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
        // A leading `=` is part of the name.
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

/// Elements whose contents are not text of the mail.
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

/// The element's name, if it is kept.
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

/// Elements without contents.
pub(super) fn is_void(name: &str) -> bool {
    const VOID: &[&str] =
        &["br", "hr", "img", "input", "meta", "link", "col", "area", "base", "wbr", "source", "embed"];
    VOID.iter().any(|void| void.eq_ignore_ascii_case(name))
}

/// What the start tag of an element ends implicitly: the innermost of the first names, unless one of the others comes first.
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

/// Bytes of style sheets, and rules, that are read.
const LENGTH: usize = 256 << 10;
const RULES: usize = 2_000;

/// What a set of declarations does to text: whether it is hidden from readers of the HTML, and which white space counts.
/// Only as much of CSS is known as mailers use for that.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Style {
    pub hides: bool,
    /// `display` says that the element is shown, whatever a style sheet says.
    shows: bool,
    /// Which line ends and runs of blanks count.
    pub space: Option<Space>,
    /// The text is white; the background may be set elsewhere.
    pub white: bool,
    pub background: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    Folded,
    Lines,
    All,
}

impl Style {
    /// Reads a `style` attribute, or the inside of a rule.
    pub(super) fn of(declarations: &str) -> Self {
        let declarations = declarations.to_ascii_lowercase();
        let (mut style, mut set) = (Style::default(), HashMap::new());
        for declaration in declarations.split(';').take(100) {
            let Some((name, value)) = declaration.split_once(':') else { continue };
            set.insert(name.trim(), value.trim().trim_end_matches("!important").trim());
        }
        let get = |name: &str| set.get(name).copied().unwrap_or_default();
        let is_nothing = |name: &str| length(get(name)).is_some_and(|length| length <= 0.0);
        let far_away = |name: &str| length(get(name)).is_some_and(|length| length <= -500.0);
        let background = [get("background-color"), get("background")].into_iter().find(|value| !value.is_empty());
        style.shows = !matches!(get("display"), "" | "none");
        style.background = background.is_some_and(|value| !matches!(value, "none" | "transparent" | "inherit"));
        style.white = is_white(get("color"));
        let same_color =
            background.is_some_and(|background| background == get("color") || (style.white && is_white(background)));
        style.hides = get("display") == "none"
            || matches!(get("visibility"), "hidden" | "collapse")
            || is_nothing("opacity")
            || length(get("font-size")).is_some_and(|size| size <= 1.0 && !get("font-size").contains('m'))
            || get("mso-hide") == "all"
            || get("color") == "transparent"
            || (get("overflow") == "hidden"
                && ["height", "max-height", "width", "max-width"].into_iter().any(is_nothing))
            || far_away("text-indent")
            || (matches!(get("position"), "absolute" | "fixed") && (far_away("left") || far_away("top")))
            || same_color;
        style.space = match get("white-space") {
            "pre" | "pre-wrap" | "break-spaces" => Some(Space::All),
            "pre-line" => Some(Space::Lines),
            "normal" | "nowrap" => Some(Space::Folded),
            _ => None,
        };
        style
    }

    /// This style together with a style sheet's. A `display` of its own wins over hiding.
    fn over(self, sheet: Style) -> Style {
        Style {
            hides: self.hides || (sheet.hides && !self.shows),
            shows: self.shows || sheet.shows,
            space: self.space.or(sheet.space),
            white: self.white || sheet.white,
            background: self.background || sheet.background,
        }
    }
}

/// `0`, `0px`, `1pt`, `-9999px` as a number; of percentages only zero is known.
fn length(value: &str) -> Option<f32> {
    let end = value.find(|c: char| !(c.is_ascii_digit() || "+-.".contains(c))).unwrap_or(value.len());
    let number: f32 = value[..end].parse().ok()?;
    (number == 0.0 || matches!(&value[end..], "px" | "pt" | "")).then_some(number)
}

pub(super) fn is_white(color: &str) -> bool {
    let compact: String = color.to_ascii_lowercase().split_whitespace().collect();
    matches!(compact.as_str(), "white" | "#fff" | "#ffffff" | "rgb(255,255,255)")
}

/// Those rules in the style sheets of some HTML whose selector is only a class or an identifier.
#[derive(Debug, Default)]
pub(super) struct StyleSheet {
    rules: HashMap<String, Style>,
    colors: bool,
}

impl StyleSheet {
    pub(super) fn of(html: &str) -> Self {
        let mut sheet = StyleSheet::default();
        let (mut rest, mut left) = (html, LENGTH);
        while let Some(start) = find_tag(rest, "<style") {
            let Some(inside) = rest[start..].find('>').map(|end| &rest[start + end + 1..]) else { break };
            let end = find_tag(inside, "</style").unwrap_or(inside.len());
            let css = &inside[..inside.floor_char_boundary(end.min(left))];
            sheet.colors |= css.contains("background");
            sheet.read(css);
            left -= css.len();
            rest = &inside[end..];
        }
        sheet
    }

    fn read(&mut self, css: &str) {
        let css = without_comments(css);
        let mut rest = css.as_str();
        while let Some(open) = rest.find('{') {
            let selectors = rest[..open].trim();
            let inside = &rest[open + 1..];
            // Rules for other media, and other blocks of rules, are skipped.
            let end = if selectors.starts_with('@') { end_of_block(inside) } else { inside.find('}') };
            let end = end.unwrap_or(inside.len());
            if !selectors.starts_with('@') {
                let style = Style::of(&inside[..end]);
                for selector in selectors.split(',').filter_map(simple) {
                    if self.rules.len() < RULES {
                        let rule = self.rules.entry(selector).or_default();
                        *rule = style.over(Style { hides: rule.hides && !style.shows, ..*rule });
                    }
                }
            }
            rest = inside.get(end + 1..).unwrap_or_default();
        }
    }

    /// Whether the rules may set a background somewhere.
    pub(super) fn colors(&self) -> bool {
        self.colors
    }

    /// What a style attribute, classes and an identifier do together.
    pub(super) fn style(&self, inline: &str, classes: &str, id: &str) -> Style {
        let mut style = if inline.is_empty() { Style::default() } else { Style::of(inline) };
        if !self.rules.is_empty() {
            let names = classes.split_whitespace().take(20).map(|class| format!(".{}", class.to_ascii_lowercase()));
            for name in names.chain((!id.is_empty()).then(|| format!("#{}", id.trim().to_ascii_lowercase()))) {
                style = self.rules.get(&name).map_or(style, |rule| style.over(*rule));
            }
        }
        style
    }
}

fn find_tag(html: &str, tag: &str) -> Option<usize> {
    let finder = memmem::Finder::new(&tag.as_bytes()[..1]);
    finder.find_iter(html.as_bytes()).find(|at| {
        html.as_bytes().get(*at..at + tag.len()).is_some_and(|found| found.eq_ignore_ascii_case(tag.as_bytes()))
    })
}

fn without_comments(css: &str) -> String {
    let mut kept = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, after)) = rest.split_once("/*") {
        kept.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, beyond)| beyond);
    }
    kept.push_str(rest);
    kept.replace("<!--", "").replace("-->", "")
}

/// Where a block of blocks ends.
fn end_of_block(css: &str) -> Option<usize> {
    let mut depth = 0_usize;
    css.char_indices().find_map(|(at, c)| {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
        None
    })
}

/// `.class`, `#id`, or one of them behind an element's name.
fn simple(selector: &str) -> Option<String> {
    let selector = selector.trim();
    let start = selector.find(['.', '#'])?;
    let name = &selector[start + 1..];
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    (plain(&selector[..start]) && plain(name) && !name.is_empty()).then(|| selector[start..].to_ascii_lowercase())
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

    #[test]
    fn what_nobody_can_see_is_hidden() {
        for (style, hides) in [
            ("display:none", true),
            ("DISPLAY : None !important", true),
            ("visibility:hidden", true),
            ("opacity:0", true),
            ("opacity:0.5", false),
            ("font-size:0px", true),
            ("font-size:1px;color:#fff", true),
            ("font-size:1em", false),
            ("font-size:0", true),
            ("mso-hide:all", true),
            ("max-height:0;overflow:hidden", true),
            ("max-height:0", false),
            ("overflow:hidden;height:100%", false),
            ("color:#fff;background:#FFFFFF", true),
            ("color:#fff;background:#0078d4", false),
            ("text-indent:-9999px", true),
            ("position:absolute;left:-5000px", true),
            ("display:block", false),
            ("color:red", false),
        ] {
            assert_eq!(Style::of(style).hides, hides, "{style}");
        }
    }

    #[test]
    fn style_sheets_speak_of_classes() {
        let sheet = StyleSheet::of(
            "<STYLE type='text/css'>/* .a{} */ .x, td.y { display:none } #z{white-space:pre} \
             @media print { .p { display:none } } .q{display:none} .q{display:block} .a .b{display:none}</style>",
        );
        for (class, hides) in [("x", true), ("n Y", true), ("p", false), ("q", false), ("b", false)] {
            assert_eq!(sheet.style("", class, "").hides, hides, "{class}");
        }
        assert_eq!(sheet.style("", "", "z").space, Some(Space::All));
        assert!(!sheet.style("display:block", "x", "").hides);
    }

    #[test]
    fn hostile_sheets_end() {
        for piece in ["{", "}", ".a{", "@media{", "/*", "<style>", "<style>.a{display:none}</style>", "a:b;", ",.a"] {
            let _ = StyleSheet::of(&format!("<style>{}", piece.repeat(500_000 / piece.len())));
            let _ = Style::of(&piece.repeat(500_000 / piece.len()));
        }
    }
}
