//! A mail on our page, whether it stands on a record or is held: who wrote it, its text, its attachments. The text was
//! sanitised when the mail was read; here its own pictures get an address.

use rocket_dyn_templates::tera::escape_html;
use serde_json::{Value, json};

use super::guards::Visitor;
use crate::domain::conversation::PostKind;
use crate::domain::id::AttachmentId;
use crate::domain::message::Mark;
use crate::domain::text::to_html;
use crate::domain::{tokens, words};
use crate::operations::attachments::{FileContent, FileLook, is_picture};
use crate::operations::records::{AttachmentFile, Post};
use crate::say;

/// Files that unfold on a page.
#[derive(Default)]
pub(super) struct Unfolding {
    /// The page's address with all that it was asked for, but for which file is open.
    pub page: String,
    /// The file that is open, and what it says.
    pub open: Option<(AttachmentId, FileContent)>,
    /// Quoted text and signatures are shown, too: on paper nothing unfolds.
    pub whole: bool,
}

impl Unfolding {
    fn link(&self, file: AttachmentId) -> String {
        let joint = if self.page.contains('?') { '&' } else { '?' };
        format!("{}{joint}open={file}", self.page)
    }

    /// How a file is shown beside its download.
    fn file(&self, visitor: &Visitor<'_>, path: &str, post: &Post, file: &AttachmentFile) -> Value {
        let look = FileLook::of(file);
        let content = self.open.as_ref().filter(|(open, _)| *open == file.id);
        json!({
            "id": file.id,
            "name": file.name,
            "size": file.size,
            "picture": is_picture(&file.mimetype),
            "in_body": shows(&post.body_html, file),
            "pdf": (look == Some(FileLook::Pdf)).then(|| format!("{path}/attachments/{}/open", file.id)),
            "unfolds": (look == Some(FileLook::Unfolds)).then(|| self.link(file.id)),
            "folds": &self.page,
            "content": content.map(|(_, content)| said_by(visitor, content)),
        })
    }
}

/// What an open file says, for `records/file.html`.
fn said_by(visitor: &Visitor<'_>, content: &FileContent) -> Value {
    match content {
        FileContent::Text { text, is_cut } => json!({"text": text, "is_cut": is_cut}),
        FileContent::Html(html) => json!({"html": ready(visitor, html, &[], "")}),
        FileContent::Mail(mail) => json!({
            "is_mail": true,
            "from": mail.from.display(),
            "to": mail.to.iter().map(|to| to.display()).collect::<Vec<_>>().join(", "),
            "date": mail.date,
            "subject": mail.subject,
            "html": ready(visitor, &mail.body_html, &[], ""),
            "files": mail.attachments.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(),
        }),
        FileContent::Unreadable => json!({"unreadable": true}),
    }
}

/// Sanitised HTML as a page shows it.
pub(super) fn ready(visitor: &Visitor<'_>, html: &str, files: &[AttachmentFile], path: &str) -> String {
    folded(&unfolded(visitor, html, files, path), &words::text(visitor.language(), "records-show-quoted"))
}

fn unfolded(visitor: &Visitor<'_>, html: &str, files: &[AttachmentFile], path: &str) -> String {
    let word = |key: &str| words::text(visitor.language(), key);
    let shown = shown(html, files, &visitor.visit.url(path), &word("records-blocked"));
    elsewhere(&with_words(&shown, &word("records-show-hidden")))
}

/// What `records/post.html` shows of one entry. Its attachments are found below `path`; `title` is a subject that the
/// page says already.
pub(super) fn context(visitor: &Visitor<'_>, path: &str, post: &Post, title: &str, unfolding: &Unfolding) -> Value {
    let files: Vec<Value> = post.attachments.iter().map(|file| unfolding.file(visitor, path, post, file)).collect();
    let mark_words =
        |mark: Mark| words::text(visitor.language(), &format!("records-mark-{}", mark.code().replace('_', "-")));
    let marks: Vec<String> = post.marks.iter().filter_map(|code| Mark::from_code(code)).map(mark_words).collect();
    // A mail is from whom it names; of anything else that is said by whoever wrote it.
    let is_mail = post.kind == PostKind::Email;
    let said = if is_mail { None } else { post.email_from.as_ref().or(post.said_author.as_ref()) };
    let mut notes = post.notes.clone();
    if tokens::is_cut(&post.body_text) {
        notes.push(say!("records-search-cut", most = tokens::MOST_WORDS));
    }
    let ours = post.said.as_ref().map(|said| to_html(&said.in_language(visitor.language())));
    let html = ours.as_deref().unwrap_or(&post.body_html);
    json!({
        "id": post.id,
        "ledger_id": post.ledger_id,
        "kind": post.kind.code(),
        "from": post.email_from.as_ref().filter(|_| is_mail).or(post.author.as_ref()),
        "said_from": said,
        "author": post.author,
        "subject": (post.subject != title).then_some(&post.subject),
        "body": if unfolding.whole {
            unfolded(visitor, html, &post.attachments, path)
        } else {
            ready(visitor, html, &post.attachments, path)
        },
        "date": post.date,
        "marks": marks,
        "notes": notes,
        "files": files,
    })
}

/// What the summary of hidden text says until the page puts its own words there.
const HIDDEN: &str = "<details class=\"hidden-text\"><summary>Show hidden text</summary>";

/// The HTML with the page's own words for what opens hidden text.
fn with_words(html: &str, show_hidden: &str) -> String {
    html.replace(HIDDEN, &format!("<details class=\"hidden-text\"><summary>{show_hidden}</summary>"))
}

/// The HTML with every `cid:` picture of this mail pointed to its attachment; one that can't be shown loses its
/// address and keeps its alternative text; one from elsewhere, whose address was taken out when the mail was read, is
/// named as `blocked`.
fn shown(html: &str, files: &[AttachmentFile], base: &str, blocked: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find("<img") {
        let (before, tag) = rest.split_at(start);
        out.push_str(before);
        let end = end_of_tag(tag);
        out.push_str(&picture(&tag[..end], files, base, blocked));
        rest = &tag[end..];
    }
    out.push_str(rest);
    out
}

/// A piece of sanitised HTML: a whole tag, or the text up to the next one.
fn pieces(html: &str) -> impl Iterator<Item = &str> {
    let mut rest = html;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = if rest.starts_with('<') { end_of_tag(rest) } else { rest.find('<').unwrap_or(rest.len()) };
        let (piece, behind) = rest.split_at(end);
        rest = behind;
        Some(piece)
    })
}

/// The HTML whose links open beside the page, so that what is typed there stays. They hand on no referrer and no window
/// already.
fn elsewhere(html: &str) -> String {
    pieces(html)
        .flat_map(|piece| match piece.strip_prefix("<a ") {
            Some(rest) => ["<a target=\"_blank\" ", rest],
            None => [piece, ""],
        })
        .collect()
}

/// The HTML with what it quotes, and the signature below it, behind a summary. A mail that is nothing else stays as it is.
fn folded(html: &str, summary: &str) -> String {
    let (mut out, mut run) = (String::with_capacity(html.len() + 64), String::new());
    // How deep within quotes, and within a signature to its end.
    let (mut depth, mut signed, mut said) = (0usize, false, false);
    let fold = |out: &mut String, run: &mut String| {
        if !run.trim().is_empty() {
            out.push_str(&format!("<details class=\"quoted\"><summary>{summary}</summary>{run}</details>"));
        }
        run.clear();
    };
    let all: Vec<&str> = pieces(html).collect();
    let mut at = 0;
    // Tags that are open around what stands here: a run never crosses one's end.
    let mut open = 0usize;
    while at < all.len() {
        let piece = all[at];
        if depth == 0 && !signed {
            if open == 0 && is_paragraph(piece) {
                let end = all[at..].iter().position(|piece| *piece == "</p>").map_or(all.len(), |end| at + end + 1);
                let paragraph = &all[at..end];
                let is_signature = paragraph.get(1).is_some_and(|text| text.trim_end() == "--");
                let (own, quoted) =
                    if is_signature { paragraph.split_at(0) } else { paragraph.split_at(quote_of(paragraph)) };
                signed = is_signature;
                if !own.is_empty() {
                    fold(&mut out, &mut run);
                    said |= own.iter().any(|piece| !piece.starts_with('<') && !piece.trim().is_empty());
                    out.extend(own.iter().copied());
                }
                match (own.is_empty(), quoted.is_empty()) {
                    // A paragraph that goes on with what it quotes is made two.
                    (false, false) => {
                        out.push_str("</p>");
                        run.push_str(piece);
                        run.extend(quoted.iter().copied());
                    }
                    _ => run.extend(quoted.iter().copied()),
                }
                at = end;
                continue;
            }
            if piece.starts_with("<blockquote") {
                depth = 1;
                run.push_str(piece);
            } else {
                if !piece.trim().is_empty() {
                    fold(&mut out, &mut run);
                }
                said |= !piece.starts_with('<') && !piece.trim().is_empty();
                match (piece.starts_with("</"), piece.starts_with('<')) {
                    (true, _) => open = open.saturating_sub(1),
                    (_, true) if !is_void(piece) => open += 1,
                    _ => {}
                }
                if run.is_empty() { out.push_str(piece) } else { run.push_str(piece) }
            }
        } else {
            if piece.starts_with("<blockquote") {
                depth += 1;
            } else if piece == "</blockquote>" {
                depth = depth.saturating_sub(1);
            }
            run.push_str(piece);
            if depth == 0 && !signed && open > 0 {
                fold(&mut out, &mut run);
            }
        }
        at += 1;
    }
    fold(&mut out, &mut run);
    if said { out } else { html.to_owned() }
}

/// As plain text becomes HTML: a mail's, or a note's.
fn is_paragraph(tag: &str) -> bool {
    matches!(tag, "<p>" | "<p dir=\"auto\">")
}

/// Where the lines at a paragraph's end begin that are marked as mailers mark what they quote: at 0 where all are, behind
/// the paragraph where none is.
fn quote_of(paragraph: &[&str]) -> usize {
    let mut begins = paragraph.len();
    // Each line with where it begins; the first begins with the paragraph's tag.
    let starts: Vec<usize> =
        (0..paragraph.len()).filter(|at| *at == 0 || paragraph[at - 1].starts_with("<br")).collect();
    for start in starts.into_iter().rev() {
        let line = paragraph[start..].iter().take_while(|piece| !piece.starts_with("<br"));
        let text = line.copied().find(|piece| !piece.starts_with('<') && !piece.trim().is_empty());
        // Where something is open, a paragraph is not made two.
        let is_open = paragraph[..start].iter().skip(1).fold(0_i32, |open, piece| match piece.starts_with("</") {
            true => open - 1,
            false => open + i32::from(piece.starts_with('<') && !is_void(piece)),
        }) != 0;
        match text {
            Some(text) if text.trim_start().starts_with("&gt;") && !is_open => begins = start,
            Some(_) => break,
            None => {}
        }
    }
    begins
}

/// An element that has no end of its own.
fn is_void(tag: &str) -> bool {
    ["<br", "<hr", "<img", "<wbr", "<col"]
        .iter()
        .any(|void| tag.strip_prefix(void).is_some_and(|rest| rest.starts_with([' ', '>', '/'])))
}

/// Whether the body shows this attachment itself.
fn shows(html: &str, file: &AttachmentFile) -> bool {
    let Some(id) = &file.content_id else { return false };
    is_picture(&file.mimetype) && html.split("src=\"cid:").skip(1).any(|rest| names(rest, id))
}

/// Just behind the `>` of a tag; a `>` within quotes doesn't count.
fn end_of_tag(tag: &str) -> usize {
    let mut quoted = false;
    for (at, c) in tag.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '>' if !quoted => return at + 1,
            _ => {}
        }
    }
    tag.len()
}

fn picture(tag: &str, files: &[AttachmentFile], base: &str, blocked: &str) -> String {
    let Some(start) = tag.find(" src=\"cid:") else {
        // Its alternative text, as it stands there.
        let alt = tag.split_once(" alt=\"").map_or("", |(_, rest)| rest.split('"').next().unwrap_or_default());
        return format!("<span class=\"badge\">{blocked}</span> {}", alt.replace('<', "&lt;").replace('>', "&gt;"));
    };
    let value = start + " src=\"".len();
    let Some(length) = tag[value..].find('"') else { return tag.to_owned() };
    let named = &tag[value + "cid:".len()..];
    let found = files
        .iter()
        .find(|file| is_picture(&file.mimetype) && file.content_id.as_ref().is_some_and(|id| names(named, id)));
    let (before, after) = (&tag[..start], &tag[value + length + 1..]);
    match found {
        Some(file) => {
            // A picture without words goes by its name.
            let alt =
                if tag.contains(" alt=\"") { String::new() } else { format!(" alt=\"{}\"", escape_html(&file.name)) };
            format!("{before} src=\"{base}/attachments/{}/inline\" loading=\"lazy\"{alt}{after}", file.id)
        }
        None => format!("{before}{after}"),
    }
}

/// Whether `rest`, which begins behind `cid:` and goes on behind the quote, names this Content-ID (RFC 2392: it may
/// be percent-encoded).
fn names(rest: &str, id: &str) -> bool {
    let value = rest.split('"').next().unwrap_or_default().replace("&amp;", "&");
    value == id || rocket::http::RawStr::new(&value).percent_decode_lossy() == id
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{AttachmentId, SourceId};

    fn file(id: i32, content_id: &str, mimetype: &str) -> AttachmentFile {
        AttachmentFile {
            id: AttachmentId(id),
            post_id: None,
            model: None,
            res_id: None,
            name: "x".into(),
            mimetype: mimetype.into(),
            size: 1,
            content_id: Some(content_id.into()),
            inline: true,
            source_id: SourceId(1),
            part: None,
        }
    }

    #[test]
    fn pictures_of_the_mail_are_shown_and_nothing_else() {
        let files = [file(7, "a&b@x", "image/png"), file(8, "evil@x", "image/svg+xml")];
        let html = concat!(
            r#"<p>src="cid:a" <img alt="x > y" src="cid:a%26b@x"><img src="cid:evil@x" alt="no">"#,
            r#"<img src="cid:a&amp;b@x"><img alt="Logo > b"></p>"#
        );
        let shown = shown(html, &files, "/records/m/1", "Blocked");
        assert_eq!(
            shown,
            concat!(
                r#"<p>src="cid:a" <img alt="x > y" src="/records/m/1/attachments/7/inline" loading="lazy"><img alt="no">"#,
                r#"<img src="/records/m/1/attachments/7/inline" loading="lazy" alt="x">"#,
                r#"<span class="badge">Blocked</span> Logo &gt; b</p>"#
            )
        );
        assert!(shows(html, &files[0]) && !shows(html, &files[1]));
    }

    #[test]
    fn links_open_beside_the_page_and_nothing_else_changes() {
        let html = r#"<p>a <a href="https://x.example/?a=1&amp;b" rel="noopener">x</a> <img alt="<a href=y>"></p>"#;
        let beside = r#"<p>a <a target="_blank" href="https://x.example/?a=1&amp;b" rel="noopener">x</a> <img alt="<a href=y>"></p>"#;
        assert_eq!(elsewhere(html), beside);
    }

    #[test]
    fn what_a_mail_quotes_and_its_signature_are_folded_unless_it_is_nothing_else() {
        let fold = |inner: &str| format!("<details class=\"quoted\"><summary>Show</summary>{inner}</details>");
        for (html, shown) in [
            (
                "<p>Yes.</p><p>&gt; Is it?<br>&gt; Really?</p>",
                format!("<p>Yes.</p>{}", fold("<p>&gt; Is it?<br>&gt; Really?</p>")),
            ),
            (
                "<p>Yes.</p><p>-- <br>Awa</p><p>Phone</p>",
                format!("<p>Yes.</p>{}", fold("<p>-- <br>Awa</p><p>Phone</p>")),
            ),
            (
                "<div>Yes.<blockquote>a<blockquote>b</blockquote></blockquote></div><p>c</p>",
                format!("<div>Yes.{}</div><p>c</p>", fold("<blockquote>a<blockquote>b</blockquote></blockquote>")),
            ),
            ("<p>&gt; All of it<br>&gt; is quoted</p>", "<p>&gt; All of it<br>&gt; is quoted</p>".to_owned()),
            ("<blockquote>Forwarded</blockquote>", "<blockquote>Forwarded</blockquote>".to_owned()),
            ("<p>1 &gt; 0<br>and so on</p>", "<p>1 &gt; 0<br>and so on</p>".to_owned()),
            ("<p>&gt; Is it?<br>Yes.</p>", "<p>&gt; Is it?<br>Yes.</p>".to_owned()),
            (
                "<p dir=\"auto\">Yes.</p>\n<p dir=\"auto\">Awa wrote:<br>\n&gt; Is it?<br>\n&gt; Really?</p>",
                format!(
                    "<p dir=\"auto\">Yes.</p>\n<p dir=\"auto\">Awa wrote:<br></p>{}",
                    fold("<p dir=\"auto\">\n&gt; Is it?<br>\n&gt; Really?</p>")
                ),
            ),
            ("<p><a href=\"x\">Yes.<br>&gt; Is it?</a></p>", "<p><a href=\"x\">Yes.<br>&gt; Is it?</a></p>".to_owned()),
            (
                "<p dir=\"auto\">Yes.</p>\n<p dir=\"auto\">-- <br>\nAwa</p>",
                format!("<p dir=\"auto\">Yes.</p>\n{}", fold("<p dir=\"auto\">-- <br>\nAwa</p>")),
            ),
        ] {
            assert_eq!(folded(html, "Show"), shown);
        }
    }

    #[test]
    fn hidden_text_is_opened_by_the_pages_own_words() {
        let html = format!("<p>a</p>{HIDDEN}<p>b</p></details>");
        let shown = with_words(&html, "Montrer");
        assert_eq!(shown, "<p>a</p><details class=\"hidden-text\"><summary>Montrer</summary><p>b</p></details>");
    }
}
