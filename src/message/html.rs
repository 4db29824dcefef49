//! HTML that may be shown: sanitised, and as plain text.

use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

use crate::domain::text::html_of_lines;

/// Columns of the plain text.
const WIDTH: usize = 100;

/// What a person chooses to see hidden text.
const SHOW_HIDDEN: &str = "Show hidden text";

/// What is let through: no script, style, form or frame; images only from the mail itself; links that tell the
/// other side nothing.
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

/// Sanitises HTML that is tidy (see [`super::tidy`]): ammonia is quadratic in what is not.
pub(super) fn sanitise(tidy: &str) -> String {
    SANITISER.clean(tidy).to_string()
}

/// Sanitised HTML as a reader of plain text gets it.
pub(super) fn to_text(html: &str) -> String {
    let text = html2text::config::plain_no_decorate()
        .raw_mode(true)
        .allow_width_overflow()
        .string_from_read(html.as_bytes(), WIDTH)
        .unwrap_or_else(|_| without_tags(html));
    let mut compact = String::with_capacity(text.len());
    // A blank that must not break is one in plain text.
    for line in text.replace('\u{a0}', " ").lines().map(str::trim_end) {
        if !line.is_empty() || !(compact.is_empty() || compact.ends_with("\n\n")) {
            compact.push_str(line);
            compact.push('\n');
        }
    }
    compact.truncate(compact.trim_end().len());
    compact
}

/// Text of the mail that its sender's HTML hides, or that stands outside its parts: shown when somebody asks. The page
/// puts its own words into the summary.
pub(super) fn hidden(text: &str) -> String {
    let text = html_of_lines(text);
    format!("<details class=\"hidden-text\"><summary>{SHOW_HIDDEN}</summary>\n{text}</details>\n")
}

/// Whether there is anything to see.
pub(super) fn shows_something(html: &str) -> bool {
    let words = |piece: &str| !piece.replace("&nbsp;", " ").trim().is_empty();
    html.contains("<img") || html.split('<').any(|piece| words(piece.split_once('>').map_or(piece, |(_, text)| text)))
}

/// The words of sanitised HTML alone, without its layout: what is compared.
pub(super) fn words(html: &str) -> String {
    without_tags(html).replace("&nbsp;", " ").replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")
}

/// Where even that fails: the words alone.
fn without_tags(html: &str) -> String {
    html.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text)).collect::<Vec<_>>().join(" ")
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
}
