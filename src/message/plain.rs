//! Plain text as HTML: escaped, its lines kept, its addresses made links.

/// Paragraphs with `dir=auto`, so that each reads in its own direction.
pub fn to_html(text: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::to_html;

    #[test]
    fn lines_and_paragraphs_are_kept_and_markup_is_text() {
        assert_eq!(
            to_html("<b>a</b>\nb & c\n\n\n\"d\"\n"),
            "<p dir=\"auto\">&lt;b&gt;a&lt;/b&gt;<br>\nb &amp; c</p>\n<p dir=\"auto\">&quot;d&quot;</p>\n"
        );
        assert_eq!(to_html(" \n\n "), "");
    }

    #[test]
    fn addresses_become_links_and_nothing_else_does() {
        let html = to_html("see https://a.example/x?y=1&z=\"2, or (mail a.b@c.example). javascript://x a@b");
        assert!(html.contains("<a href=\"https://a.example/x?y=1&amp;z=\" rel=\"noopener noreferrer nofollow\">"));
        assert!(html.contains("<a href=\"mailto:a.b@c.example\""));
        assert!(!html.contains("href=\"javascript") && !html.contains("mailto:a@b"));
    }
}
