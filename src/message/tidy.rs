//! HTML made small, shallow and well nested before anything else parses it: real parsers are quadratic in unclosed
//! tags. It also takes out what Mailgate treats apart: remote images, `data:` images, `cid:` links. What is safe is
//! not decided here but by the sanitiser that follows.

use std::collections::HashMap;
use std::ops::Range;

use memchr::memchr;

use super::kind::percent_decoded;
use super::tags::{self, Tag, Tags};

/// Bytes of HTML that are kept.
pub const LENGTH: usize = 512 << 10;
/// Elements that are kept, and how deep they nest.
const ELEMENTS: usize = 20_000;
const DEPTH: usize = 60;
/// Bytes of one attribute's value.
const VALUE: usize = 4 << 10;
/// `data:` images that become attachments.
const IMAGES: usize = 200;

#[derive(Debug, Default)]
pub struct Tidied {
    pub html: String,
    /// Images that would have been loaded from elsewhere.
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
pub struct DataImage {
    pub mimetype: String,
    pub base64: bool,
    /// In the HTML that was tidied.
    pub payload: Range<usize>,
}

/// The Content-ID that stands for the `number`th `data:` image of a part.
pub fn image_id(part: &str, number: usize) -> String {
    format!("image{number}.{part}@mailgate.invalid")
}

/// Tidies the HTML of the part with this path.
pub fn tidy(html: &str, part: &str) -> Tidied {
    let mut tidy = Tidy { done: Tidied::default(), part, open: Vec::new(), skipped: HashMap::new(), elements: 0 };
    for tag in Tags::of(html) {
        if tidy.done.html.len() > LENGTH {
            tidy.done.cut = true;
            break;
        }
        match tag {
            Tag::Text(text) => tidy.text(text),
            Tag::Open { name, attributes } => tidy.start(html, name, attributes),
            Tag::Close { name } => tidy.end(name),
        }
    }
    while let Some(name) = tidy.open.pop() {
        tidy.close_tag(name);
    }
    tidy.done
}

struct Tidy<'h> {
    done: Tidied,
    part: &'h str,
    open: Vec<&'static str>,
    /// Elements too deep to be kept, whose end tags are still to come.
    skipped: HashMap<&'static str, usize>,
    elements: usize,
}

impl<'h> Tidy<'h> {
    fn text(&mut self, text: &str) {
        let room = (LENGTH + 1).saturating_sub(self.done.html.len());
        let end = text.floor_char_boundary(room);
        self.done.cut |= end < text.len();
        let mut rest = &text[..end];
        // A `<` that begins no tag.
        while let Some(at) = memchr(b'<', rest.as_bytes()) {
            self.done.html.push_str(&rest[..at]);
            self.done.html.push_str("&lt;");
            rest = &rest[at + 1..];
        }
        self.done.html.push_str(rest);
    }

    fn start(&mut self, html: &'h str, name: &str, attributes: &'h str) {
        let Some(name) = tags::known(name) else { return };
        if self.elements == ELEMENTS {
            self.done.cut = true;
            return;
        }
        for (closes, within) in tags::implied_ends(name) {
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
        for (attribute, value) in tags::attributes(attributes).filter(|(attribute, _)| tags::keeps(name, attribute)) {
            let value = if (name, attribute.as_str()) == ("img", "src") {
                self.image(html, value)
            } else {
                Some(value.to_owned())
            };
            let Some(value) = value.filter(|value| value.len() <= VALUE) else { continue };
            shown |= matches!(attribute.as_str(), "src" | "alt") && !value.trim().is_empty();
            tag.push_str(&format!(" {attribute}=\"{}\"", value.replace('"', "&quot;")));
        }
        // Without a picture and without words: a tracking pixel.
        if !shown {
            return;
        }
        tag.push('>');
        self.elements += 1;
        self.done.html.push_str(&tag);
        if !void {
            self.open.push(name);
        }
    }

    /// What stands for an image's source; None where it is not shown.
    fn image(&mut self, html: &'h str, source: &'h str) -> Option<String> {
        let source = source.trim();
        let scheme = |scheme: &str| source.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme));
        if scheme("cid:") {
            let id = percent_decoded(&source[4..].replace("&amp;", "&"));
            self.done.content_ids.push(String::from_utf8_lossy(&id).into_owned());
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
        self.done.remote_images += usize::from(!source.is_empty());
        None
    }

    fn end(&mut self, name: &str) {
        if name.eq_ignore_ascii_case("br") {
            self.done.html.push_str("<br>");
            return;
        }
        let Some(name) = tags::known(name) else { return };
        if let Some(count) = self.skipped.get_mut(name).filter(|count| **count > 0) {
            *count -= 1;
            return;
        }
        // An end tag inside a table's cell does not end what is around the table.
        let within: &[&str] = if tags::of_table(name) { &[] } else { &["td", "th", "table"] };
        self.end_within(&[name], within);
    }

    /// Ends the innermost element of these names and everything in it, unless one of `within` is met first.
    fn end_within(&mut self, names: &[&str], within: &[&str]) {
        for level in (0..self.open.len()).rev() {
            let open = self.open[level];
            if names.contains(&open) {
                for name in self.open.split_off(level).into_iter().rev() {
                    self.close_tag(name);
                }
                return;
            }
            if within.contains(&open) {
                return;
            }
        }
    }

    fn close_tag(&mut self, name: &str) {
        self.done.html.push_str("</");
        self.done.html.push_str(name);
        self.done.html.push('>');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(tidy(html, "1").html, expected, "{html}");
        }
    }

    #[test]
    fn images_are_told_apart() {
        let tidied = tidy(
            "<img src='https://x.example/a.png' alt='Logo'><img src=http://x.example/p.gif width=1>\
             <img src=\"cid:a%40b\"><img src=\"data:image/png;base64,iVBOR\"><img src='data:text/html,x'>",
            "1.2",
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
            let tidied = tidy(&piece.repeat(500_000 / piece.len()), "1");
            assert!(tidied.html.len() <= 3 * LENGTH, "{piece}");
            assert!(tidied.html.matches("<b>").count() <= ELEMENTS);
        }
        let tidied = tidy(&"<div>x".repeat(200), "1");
        assert_eq!(tidied.html.matches("<div>").count(), DEPTH);
        assert_eq!(tidied.html.matches('x').count(), 200);
    }
}
