//! HTML of a mail as it may be shown: tidied, sanitised, and as plain text and back.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use memchr::memchr;
use percent_encoding::percent_decode_str;

use super::markup::{self, Space, Style, StyleSheet, Tag, Tags, is_white};

use crate::domain::text::html_of_lines;

/// Columns of the plain text.
const WIDTH: usize = 100;

/// What a person presses to see hidden text.
const SHOW_HIDDEN: &str = "Show hidden text";

/// What may be shown: no script, style, form or frame; images only from the mail itself; links that tell the other side
/// nothing.
static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    builder
        .add_generic_attributes(["dir"])
        .url_schemes(["http", "https", "mailto", "tel", "cid"].into())
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"))
        .attribute_filter(|element, attribute, value| {
            let cid = value.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("cid:"));
            let refused = match (element, attribute) {
                ("img", "src") => !cid,
                (_, "href" | "src" | "cite") => cid,
                _ => false,
            };
            (!refused).then(|| value.into())
        });
    builder
});

/// Sanitises HTML after [`tidy`]: ammonia takes quadratic time for untidy HTML.
pub(super) fn sanitise(tidy: &str) -> String {
    SANITISER.clean(tidy).to_string()
}

/// Sanitised HTML as plain text.
pub(super) fn to_text(html: &str) -> String {
    let text = html2text::config::plain_no_decorate()
        .raw_mode(true)
        .allow_width_overflow()
        .string_from_read(html.as_bytes(), WIDTH)
        .unwrap_or_else(|_| without_tags(html));
    let mut compact = String::with_capacity(text.len());
    // In plain text, a no-break space is a space.
    for line in text.replace('\u{a0}', " ").lines().map(str::trim_end) {
        if !line.is_empty() || !(compact.is_empty() || compact.ends_with("\n\n")) {
            compact.push_str(line);
            compact.push('\n');
        }
    }
    compact.truncate(compact.trim_end().len());
    compact
}

/// Text that the mail's HTML hides, or that is outside of its parts: shown on demand. The page puts its own words into the
/// summary.
pub(super) fn hidden(text: &str) -> String {
    let text = html_of_lines(text);
    format!("<details class=\"hidden-text\"><summary>{SHOW_HIDDEN}</summary>\n{text}</details>\n")
}

/// Whether there is anything to see.
pub(super) fn shows_something(html: &str) -> bool {
    let words = |piece: &str| !piece.replace("&nbsp;", " ").trim().is_empty();
    html.contains("<img") || html.split('<').any(|piece| words(piece.split_once('>').map_or(piece, |(_, text)| text)))
}

/// Only the words of sanitised HTML, without layout, to compare them.
pub(super) fn words(html: &str) -> String {
    without_tags(html).replace("&nbsp;", " ").replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")
}

/// Only the words, where even that fails.
fn without_tags(html: &str) -> String {
    html.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text)).collect::<Vec<_>>().join(" ")
}

/// Bytes of HTML that are kept.
pub(super) const LENGTH: usize = 512 << 10;
/// Elements that are kept, and how deep they nest.
const ELEMENTS: usize = 20_000;
const DEPTH: usize = 60;
/// Bytes of one attribute's value.
const VALUE: usize = 4 << 10;
/// `data:` images that become attachments.
const IMAGES: usize = 200;

#[derive(Debug, Default)]
pub(super) struct Tidied {
    pub html: String,
    /// What the sender's HTML hides, as simple HTML.
    pub hidden: String,
    /// How many images would have been loaded from elsewhere.
    pub remote_images: usize,
    /// Images within the HTML itself; in `html` they are links to `cid:` and [`image_id`].
    pub images: Vec<DataImage>,
    /// Content-IDs that the HTML shows.
    pub content_ids: Vec<String>,
    /// Something was beyond the limits.
    pub cut: bool,
}

/// A `data:` URI (RFC 2397).
#[derive(Debug)]
pub(super) struct DataImage {
    pub mimetype: String,
    pub base64: bool,
    /// Where its data is in the original HTML.
    pub payload: Range<usize>,
}

/// The Content-ID that stands for the `number`th `data:` image of a part.
pub(super) fn image_id(part: &str, number: usize) -> String {
    format!("image{number}.{part}@mailgate.invalid")
}

/// Parts of the mail that HTML may refer to by an address (RFC 2557): the address, and the Content-ID that replaces it.
pub(super) type Locations = Vec<(String, String)>;

/// Tidies the HTML of the part with this path.
///
/// It is made small, shallow and well nested before anything else parses it, since real parsers take quadratic time for
/// unclosed tags. What Mailgate treats itself is taken out: remote images, `data:` images, `cid:` links. What is safe is not
/// decided here, but by the sanitiser that follows.
pub(super) fn tidy(html: &str, part: &str, locations: &Locations) -> Tidied {
    let mut tidy = Tidy {
        done: Tidied::default(),
        part,
        locations,
        sheet: StyleSheet::of(html),
        open: Vec::new(),
        looks: Vec::new(),
        hider: None,
        skipped: HashMap::new(),
        elements: 0,
    };
    for tag in Tags::of(html) {
        if tidy.done.html.len() + tidy.done.hidden.len() > LENGTH {
            tidy.done.cut = true;
            break;
        }
        match tag {
            Tag::Text(text) => tidy.text(text),
            Tag::Open { name, attributes } => tidy.start(html, name, attributes),
            Tag::Close { name } => tidy.end(name),
        }
    }
    tidy.close_from(0);
    tidy.done
}

/// How an open element affects the text in it.
#[derive(Clone, Copy)]
struct Look {
    space: Space,
    background: bool,
}

/// An element whose contents are hidden.
struct Hider {
    name: String,
    /// The open elements within it.
    within: Vec<String>,
}

struct Tidy<'h> {
    done: Tidied,
    part: &'h str,
    locations: &'h Locations,
    sheet: StyleSheet,
    open: Vec<&'static str>,
    /// One for each of `open`.
    looks: Vec<Look>,
    hider: Option<Hider>,
    /// Elements that were too deep to be kept, whose end tags are still to come.
    skipped: HashMap<&'static str, usize>,
    elements: usize,
}

impl<'h> Tidy<'h> {
    fn text(&mut self, text: &str) {
        let room = (LENGTH + 1).saturating_sub(self.done.html.len() + self.done.hidden.len());
        let end = text.floor_char_boundary(room);
        self.done.cut |= end < text.len();
        let text = &text[..end];
        if self.hider.is_some() {
            return push_text(text, &mut self.done.hidden);
        }
        match self.look().space {
            Space::Folded => push_text(text, &mut self.done.html),
            // White space between elements, not within a text.
            _ if text.trim().is_empty() && !ends_inline(&self.done.html) => push_text(text, &mut self.done.html),
            space => self.spaced(text, space),
        }
    }

    /// Writes text whose line ends and blanks count, in a way that every reader keeps.
    fn spaced(&mut self, text: &str, space: Space) {
        for (number, line) in text.split('\n').enumerate() {
            if number > 0 && self.elements < ELEMENTS {
                self.elements += 1;
                self.done.html.push_str("<br>");
            }
            if number > 0 {
                self.done.html.push('\n');
            }
            let line = line.strip_suffix('\r').unwrap_or(line);
            let indent = line.len() - line.trim_start_matches(' ').len();
            if space == Space::All && (line.contains("  ") || indent > 0) && self.done.html.len() < LENGTH / 2 {
                self.done.html.push_str(&"&nbsp;".repeat(indent));
                push_text(&line[indent..].replace("  ", "&nbsp; "), &mut self.done.html);
            } else {
                push_text(line, &mut self.done.html);
            }
        }
    }

    fn look(&self) -> Look {
        self.looks.last().copied().unwrap_or(Look { space: Space::Folded, background: false })
    }

    /// How the attributes of an element affect the text in it.
    fn style(&self, attributes: &str) -> Style {
        let (mut inline, mut class, mut id, mut is_hidden) = ("", "", "", false);
        let (mut white, mut background) = (false, false);
        for (attribute, value) in markup::attributes(attributes).take(100) {
            match attribute.as_str() {
                "style" => inline = value,
                "class" => class = value,
                "id" => id = value,
                "hidden" => is_hidden = true,
                "color" => white = is_white(value),
                "bgcolor" | "background" => background = true,
                _ => {}
            }
        }
        let mut style = self.sheet.style(inline, class, id);
        style.background |= background;
        // Without a background, white text is white on white.
        let unseen = (style.white || white) && !style.background && !self.look().background && !self.sheet.colors();
        style.hides |= is_hidden || unseen;
        style
    }

    fn start(&mut self, html: &'h str, name: &str, attributes: &'h str) {
        let known = markup::known(name);
        if self.hider.is_some() && self.stays_hidden(name) {
            return;
        }
        let style = self.style(attributes);
        let root = ["html", "body", "head"].iter().any(|root| root.eq_ignore_ascii_case(name));
        if style.hides && !root {
            for (closes, within) in known.map(markup::implied_ends).unwrap_or_default() {
                self.end_within(closes, within);
            }
            // An element without contents leaves nothing.
            if !markup::is_void(name) {
                self.hider = Some(Hider { name: name.to_ascii_lowercase(), within: Vec::new() });
            }
            return;
        }
        let Some(name) = known else { return };
        if self.elements == ELEMENTS {
            self.done.cut = true;
            return;
        }
        for (closes, within) in markup::implied_ends(name) {
            self.end_within(closes, within);
        }
        let void = matches!(name, "br" | "hr" | "img");
        if !void && self.open.len() == DEPTH {
            *self.skipped.entry(name).or_default() += 1;
            return;
        }
        let mut tag = String::from("<");
        tag.push_str(name);
        let mut shown = name != "img";
        for (attribute, value) in markup::attributes(attributes).filter(|(attribute, _)| markup::keeps(name, attribute))
        {
            let value = if (name, attribute.as_str()) == ("img", "src") {
                self.image(html, value)
            } else {
                Some(value.to_owned())
            };
            let Some(value) = value.filter(|value| value.len() <= VALUE) else { continue };
            shown |= matches!(attribute.as_str(), "src" | "alt") && !value.trim().is_empty();
            tag.push_str(&format!(" {attribute}=\"{}\"", value.replace('"', "&quot;")));
        }
        // Without a picture or words it is a tracking pixel.
        if !shown {
            return;
        }
        tag.push('>');
        self.elements += 1;
        self.done.html.push_str(&tag);
        if !void {
            let around = self.look();
            let space = if name == "pre" { Space::Folded } else { style.space.unwrap_or(around.space) };
            self.open.push(name);
            self.looks.push(Look { space, background: around.background || style.background });
        }
    }

    /// Whether an element that begins belongs to what is hidden; ends what is hidden where it doesn't.
    fn stays_hidden(&mut self, name: &str) -> bool {
        let Some(hider) = &mut self.hider else { return false };
        let implied = markup::known(name).map(markup::implied_ends).unwrap_or_default();
        let ends = |(closes, _): &(&[&str], &[&str])| closes.contains(&hider.name.as_str());
        if hider.within.is_empty() && implied.iter().any(ends) {
            self.done.hidden.push_str("<br>");
            self.hider = None;
            return false;
        }
        if name.eq_ignore_ascii_case("br") || markup::is_block(name) {
            self.done.hidden.push_str("<br>");
        }
        if !markup::is_void(name) && hider.within.len() < 2 * DEPTH {
            hider.within.push(name.to_ascii_lowercase());
        }
        true
    }

    /// The same of an element that ends.
    fn ends_hidden(&mut self, name: &str) -> bool {
        let Some(hider) = &mut self.hider else { return false };
        if let Some(at) = hider.within.iter().rposition(|open| open.eq_ignore_ascii_case(name)) {
            hider.within.truncate(at);
            return true;
        }
        let own = hider.name.eq_ignore_ascii_case(name);
        let around = markup::known(name).is_some_and(|name| self.open.contains(&name));
        if own || around {
            self.done.hidden.push_str("<br>");
            self.hider = None;
        }
        own || !around
    }

    /// What replaces an image's source; None where it is not shown.
    fn image(&mut self, html: &'h str, source: &'h str) -> Option<String> {
        let source = source.trim();
        let scheme = |scheme: &str| source.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme));
        if scheme("cid:") {
            let id = source[4..].replace("&amp;", "&");
            self.done.content_ids.push(percent_decode_str(&id).decode_utf8_lossy().into_owned());
            return Some(source.to_owned());
        }
        if scheme("data:image/")
            && self.done.images.len() < IMAGES
            && let Some((header, payload)) = source[5..].split_once(',')
            && header.len() <= 200
        {
            let number = self.done.images.len();
            let start = payload.as_ptr() as usize - html.as_ptr() as usize;
            let mimetype = header.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            let base64 = header.to_ascii_lowercase().ends_with("base64");
            self.done.images.push(DataImage { mimetype, base64, payload: start..start + payload.len() });
            let id = image_id(self.part, number);
            let link = format!("cid:{id}");
            self.done.content_ids.push(id);
            return Some(link);
        }
        let address = source.replace("&amp;", "&");
        if let Some((_, id)) = self.locations.iter().find(|(location, _)| *location == address) {
            self.done.content_ids.push(id.clone());
            return Some(format!("cid:{id}"));
        }
        self.done.remote_images += usize::from(!source.is_empty());
        None
    }

    fn end(&mut self, name: &str) {
        if self.hider.is_some() && self.ends_hidden(name) {
            return;
        }
        if name.eq_ignore_ascii_case("br") {
            self.done.html.push_str("<br>");
            return;
        }
        let Some(name) = markup::known(name) else { return };
        if let Some(count) = self.skipped.get_mut(name).filter(|count| **count > 0) {
            *count -= 1;
            return;
        }
        // An end tag inside a table's cell does not end what is around the table.
        let within: &[&str] = if markup::of_table(name) { &[] } else { &["td", "th", "table"] };
        self.end_within(&[name], within);
    }

    /// Ends the innermost element of these names and everything in it, unless one of `within` is met first.
    fn end_within(&mut self, names: &[&str], within: &[&str]) {
        for level in (0..self.open.len()).rev() {
            let open = self.open[level];
            if names.contains(&open) {
                return self.close_from(level);
            }
            if within.contains(&open) {
                return;
            }
        }
    }

    fn close_from(&mut self, level: usize) {
        self.looks.truncate(level);
        for name in self.open.split_off(level).into_iter().rev() {
            self.close_tag(name);
        }
    }

    fn close_tag(&mut self, name: &str) {
        self.done.html.push_str("</");
        self.done.html.push_str(name);
        self.done.html.push('>');
    }
}

/// Writes text as it is, except for a `<` that begins no tag.
fn push_text(text: &str, html: &mut String) {
    let mut rest = text;
    while let Some(at) = memchr(b'<', rest.as_bytes()) {
        html.push_str(&rest[..at]);
        html.push_str("&lt;");
        rest = &rest[at + 1..];
    }
    html.push_str(rest);
}

/// Whether what was written last continues within its line.
fn ends_inline(html: &str) -> bool {
    !html.ends_with('>')
        || ["</span>", "</a>", "</b>", "</i>", "</u>", "</em>", "</strong>"].iter().any(|end| html.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_active_and_nothing_remote_gets_through() {
        let html = sanitise(
            "<p onclick='x()' style='color:red' dir=rtl>a</p><script>x</script><form action=x><input></form>\
             <a href='javascript:x'>b</a><a href='https://x.example'>c</a><a href='cid:x'>d</a>\
             <img src='https://x.example/a'><img src='cid:x' onerror='y'><iframe src=x></iframe><base href=x>",
        );
        for gone in [
            "onclick",
            "style",
            "script",
            "form",
            "input",
            "javascript",
            "a href=\"cid",
            "iframe",
            "onerror",
            "base",
            "src=\"https",
        ] {
            assert!(!html.contains(gone), "{gone} in {html}");
        }
        assert!(html.contains("<p dir=\"rtl\">a</p>") && html.contains("src=\"cid:x\""));
        assert!(html.contains("<a href=\"https://x.example\" rel=\"noopener noreferrer nofollow\">c</a>"));
    }

    #[test]
    fn white_space_and_empty_elements_show_nothing() {
        for (html, shown) in [("<p>&nbsp;</p>\n<br>", false), ("a", true), ("<p>a", true), ("<p><img></p>", true)] {
            assert_eq!(shows_something(html), shown, "{html}");
        }
    }

    #[test]
    fn html_reads_as_text() {
        assert_eq!(
            to_text("<p>one<br>two</p><p>three &amp; <b>four</b></p><ul><li>five</li></ul>"),
            "one\ntwo\n\nthree & four\n* five"
        );
    }

    #[test]
    fn what_is_open_is_closed_and_what_is_closed_was_open() {
        for (html, expected) in [
            ("<p>a<p>b", "<p>a</p><p>b</p>"),
            ("<b><p>a</b>b</p>", "<b><p>a</p></b>b"),
            ("<ul><li>a<li>b<ul><li>c</ul></ul>", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>"),
            (
                "<table><tr><td>a<td>b<tr><td>c</table>",
                "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>",
            ),
            ("<div><table><tr><td></div>x", "<div><table><tr><td>x</td></tr></table></div>"),
            ("a < b </i> <x>c</x> <BR/>", "a &lt; b  c <br>"),
            ("<!DOCTYPE html><?xml version='1.0'?><!-- <p> -->a<style>p{}</style><title>t</title>", "a"),
            (
                "<a href=http://a.example/?x=1 onclick='x' title='\"'>l</a>",
                "<a href=\"http://a.example/?x=1\" title=\"&quot;\">l</a>",
            ),
        ] {
            assert_eq!(tidy(html, "1", &Vec::new()).html, expected, "{html}");
        }
    }

    #[test]
    fn what_is_hidden_is_kept_apart() {
        for (html, shown, hidden) in [
            ("<div style='display:none'>a<p>b</p></div>c", "c", "a<br>b<br>"),
            ("<p>a<span hidden>b</span>c</p>", "<p>ac</p>", "b<br>"),
            ("<p style=display:none>a<p>b", "<p>b</p>", "a<br>"),
            ("<table><tr><td style=display:none>a<td>b</table>", "<table><tr><td>b</td></tr></table>", "a<br>"),
            ("<div><font style='font-size:0'>a</div>b", "<div></div>b", "a<br>"),
            ("<div style='display:none'><div>a</div>b</div>c", "c", "<br>ab<br>"),
            ("<style>.x{display:none}</style><i class=x>a</i>b", "b", "a<br>"),
            ("<font color=white>a</font>b", "b", "a<br>"),
            (
                "<table><tr><td bgcolor=blue><b style='color:#fff'>a</b></table>",
                "<table><tr><td><b>a</b></td></tr></table>",
                "",
            ),
            ("<img style='display:none' src='cid:x'>a<br hidden>", "a", ""),
            ("<body style='display:none'>a", "a", ""),
        ] {
            let tidied = tidy(html, "1", &Vec::new());
            assert_eq!((tidied.html.as_str(), tidied.hidden.as_str()), (shown, hidden), "{html}");
        }
    }

    #[test]
    fn white_space_that_styles_keep_is_kept() {
        for (html, expected) in [
            ("<div style='white-space:pre-wrap'>a\r\nb  c\n d</div>", "<div>a<br>\nb&nbsp; c<br>\n&nbsp;d</div>"),
            ("<div style='white-space:pre-line'>a\nb  c</div>", "<div>a<br>\nb  c</div>"),
            (
                "<div style='white-space:pre'><p>a\nb</p>\n<p style='white-space:normal'>c\nd</p></div>",
                "<div><p>a<br>\nb</p>\n<p>c\nd</p></div>",
            ),
            ("<pre style='white-space:pre-wrap'>a\nb</pre>", "<pre>a\nb</pre>"),
            ("<style>.k{white-space:pre}</style><p class=k>a\nb", "<p>a<br>\nb</p>"),
        ] {
            assert_eq!(tidy(html, "1", &Vec::new()).html, expected, "{html}");
        }
    }

    #[test]
    fn images_are_found_by_their_address() {
        let locations = vec![("http://x.example/a.png?b&c".to_owned(), "l@x".to_owned())];
        let tidied =
            tidy("<img src='http://x.example/a.png?b&amp;c'><img src='http://x.example/b.png'>", "1", &locations);
        assert_eq!((tidied.html.as_str(), tidied.remote_images), ("<img src=\"cid:l@x\">", 1));
        assert_eq!(tidied.content_ids, ["l@x"]);
    }

    #[test]
    fn images_are_told_apart() {
        let tidied = tidy(
            "<img src='https://x.example/a.png' alt='Logo'><img src=http://x.example/p.gif width=1>\
             <img src=\"cid:a%40b\"><img src=\"data:image/png;base64,iVBOR\"><img src='data:text/html,x'>",
            "1.2",
            &Vec::new(),
        );
        assert_eq!(
            tidied.html,
            "<img alt=\"Logo\"><img src=\"cid:a%40b\"><img src=\"cid:image0.1.2@mailgate.invalid\">"
        );
        assert_eq!(tidied.remote_images, 3);
        assert_eq!(tidied.content_ids, ["a@b", "image0.1.2@mailgate.invalid"]);
        assert_eq!((tidied.images[0].mimetype.as_str(), tidied.images[0].payload.len()), ("image/png", 5));
    }

    #[test]
    fn hostile_markup_is_bounded() {
        for piece in ["<div>", "<b a=1></i>", "<p><b></p>", "<a", "<!--", "<title>", "<table><b>", "\"<img src=\"", "<"]
        {
            let tidied = tidy(&piece.repeat(500_000 / piece.len()), "1", &Vec::new());
            assert!(tidied.html.len() <= 3 * LENGTH, "{piece}");
            assert!(tidied.html.matches("<b>").count() <= ELEMENTS);
        }
        let tidied = tidy(&"<div>x".repeat(200), "1", &Vec::new());
        assert_eq!(tidied.html.matches("<div>").count(), DEPTH);
        assert_eq!(tidied.html.matches('x').count(), 200);
    }
}
