//! From the MIME tree to what a person reads: one HTML, one text, and the attachments beside them.

use std::io;

use super::kind::{Disposition, Kind};
use super::scan::Tree;
use super::tidy::{Tidied, tidy};
use super::{Source, charset, clean, files, html, plain, text};
use crate::domain::message::Attachment;

/// Bytes of all texts together.
const ALL: usize = 2 << 20;
/// Mails within mails that are looked into for a text.
const LEVELS: usize = 5;

/// What was read, and what had to be said about it.
#[derive(Debug, Default)]
pub struct Body {
    pub html: String,
    pub text: String,
    pub attachments: Vec<Attachment>,
    pub notes: Vec<String>,
}

/// A text of the mail, in order of appearance.
struct Piece {
    html: String,
    /// None where there is only HTML.
    text: Option<String>,
    /// The mail's own HTML, not made from text.
    from_html: bool,
}

/// Reads the texts of a message and lists its attachments.
pub fn read(source: &mut dyn Source, tree: &Tree) -> io::Result<Body> {
    let mut reading =
        Reading { source, tree, used: 0, remote_images: 0, content_ids: Vec::new(), body: Body::default() };
    let mut pieces = reading.pieces(0)?;
    if pieces.is_empty() {
        pieces = reading.text_of_attached_mail()?;
    }
    let Reading { remote_images, content_ids, mut body, .. } = reading;
    for attachment in &mut body.attachments {
        attachment.inline = attachment.content_id.as_ref().is_some_and(|id| content_ids.contains(id));
    }
    match remote_images {
        0 => {}
        1 => body.notes.push("1 remote image was not loaded.".to_owned()),
        count => body.notes.push(format!("{count} remote images were not loaded.")),
    }
    let texts: Vec<String> =
        pieces.iter().map(|piece| piece.text.clone().unwrap_or_else(|| html::to_text(&piece.html))).collect();
    body.html = pieces.into_iter().map(|piece| piece.html).collect();
    body.text = texts.join("\n\n");
    Ok(body)
}

struct Reading<'r> {
    source: &'r mut dyn Source,
    tree: &'r Tree,
    /// Bytes of text so far.
    used: usize,
    remote_images: usize,
    content_ids: Vec<String>,
    body: Body,
}

impl Reading<'_> {
    fn pieces(&mut self, index: usize) -> io::Result<Vec<Piece>> {
        let tree = self.tree;
        let part = &tree.parts[index];
        let children: Vec<usize> = tree.children(index).map(|(child, _)| child).collect();
        if part.kind.mimetype == "multipart/alternative" && !children.is_empty() {
            return self.best_of(&children);
        }
        if !children.is_empty() {
            let mut pieces = Vec::new();
            for child in children {
                let first = pieces.is_empty();
                pieces.extend(if self.is_body(child, first) { self.pieces(child)? } else { self.attach(child)? });
            }
            return Ok(pieces);
        }
        if self.is_body(index, true) { self.text(index) } else { self.attach(index) }
    }

    /// Whether a part is looked into or read for the text, rather than attached.
    fn is_body(&self, index: usize, first: bool) -> bool {
        let kind = &self.tree.parts[index].kind;
        if kind.is_multipart() {
            // Without the parts it promises, it is taken for text if it is the whole message.
            return index == 0 || self.tree.children(index).next().is_some();
        }
        kind.is_body_text() && (first || kind.name.is_none())
    }

    /// RFC 2046 §5.1.4: the same in several forms. HTML wins, the text is kept beside it.
    fn best_of(&mut self, children: &[usize]) -> io::Result<Vec<Piece>> {
        let mut forms = Vec::new();
        for child in children {
            forms.push(if self.is_body(*child, true) { self.pieces(*child)? } else { self.attach(*child)? });
        }
        forms.retain(|pieces| pieces.iter().any(|piece| !piece.html.is_empty()));
        let rich = |pieces: &Vec<Piece>| pieces.iter().any(|piece| piece.from_html);
        let plain_form = forms.iter().position(|pieces| !rich(pieces));
        let text = plain_form.map(|at| forms[at].iter().filter_map(|piece| piece.text.clone()).collect::<Vec<_>>());
        let Some(best) = forms.iter().rposition(rich).or(plain_form) else { return Ok(Vec::new()) };
        let best = forms.swap_remove(best);
        if !rich(&best) {
            return Ok(best);
        }
        let html = best.iter().map(|piece| piece.html.as_str()).collect();
        Ok(vec![Piece { html, text: text.map(|texts| texts.join("\n\n")), from_html: true }])
    }

    fn text(&mut self, index: usize) -> io::Result<Vec<Piece>> {
        let tree = self.tree;
        let part = &tree.parts[index];
        if self.used >= ALL {
            return self.attach(index);
        }
        let (decoded, mut cut) = text::of_part(self.source, part)?;
        self.note_charset(&part.kind);
        let piece = if part.kind.is_html() {
            let tidied = tidy(&decoded, &part.path);
            cut |= tidied.cut;
            self.images(index, &decoded, &tidied);
            let clean = html::sanitise(&tidied.html);
            self.used += clean.len();
            let html = if html::shows_something(&clean) {
                format!("<div dir=\"auto\">{clean}</div>\n")
            } else {
                String::new()
            };
            Piece { html, text: None, from_html: true }
        } else {
            let text = clean::lines(&decoded);
            self.used += text.len();
            Piece { html: plain::to_html(&text), text: Some(text.trim_end().to_owned()), from_html: false }
        };
        if cut {
            self.body.notes.push("A text is longer than is shown; all of it is attached.".to_owned());
            self.attach(index)?;
        }
        Ok(if piece.html.is_empty() { Vec::new() } else { vec![piece] })
    }

    fn images(&mut self, index: usize, decoded: &str, tidied: &Tidied) {
        self.remote_images += tidied.remote_images;
        self.content_ids.extend(tidied.content_ids.iter().cloned());
        let part = &self.tree.parts[index];
        for (number, image) in tidied.images.iter().enumerate() {
            let attachment = files::of_data_image(decoded, image, &part.path, number);
            self.body.attachments.push(attachment);
        }
    }

    fn note_charset(&mut self, kind: &Kind) {
        if let Some(label) = kind.charset.as_deref().filter(|label| !label.is_empty() && !charset::is_known(label)) {
            let label = clean::line(label, 40);
            self.body
                .notes
                .push(format!("The charset “{label}” is unknown; the text was read as UTF-8 or Windows-1252."));
        }
    }

    /// Lists a part, and all that is in it, as attachments. It adds no text.
    fn attach(&mut self, index: usize) -> io::Result<Vec<Piece>> {
        let part = &self.tree.parts[index];
        let number = self.body.attachments.len() + 1;
        if let Some(stated) = &part.kind.corrected {
            let stated = clean::line(stated, 60);
            self.body.notes.push(format!("The type “{stated}” of a part was read as {}.", part.kind.mimetype));
        }
        // Phantom parts that some mailers write: no name, no contents.
        if part.kind.name.is_none() && part.kind.disposition != Disposition::Attachment && part.body.is_empty() {
            return Ok(Vec::new());
        }
        let attachment = files::of_part(self.source, part, number)?;
        self.body.attachments.push(attachment);
        Ok(Vec::new())
    }

    /// A mail that only carries another one: that one's text is what its sender wants to say.
    fn text_of_attached_mail(&mut self) -> io::Result<Vec<Piece>> {
        let attached = self.tree.parts.iter().find(|part| part.kind.mimetype == "message/rfc822");
        let Some(attached) = attached else { return Ok(Vec::new()) };
        let text = text::of_mail(self.source, attached, LEVELS)?;
        if text.trim().is_empty() {
            return Ok(Vec::new());
        }
        self.body.notes.push("The mail has no text of its own; the text is that of the attached mail.".to_owned());
        Ok(vec![Piece { html: plain::to_html(&text), text: Some(text), from_html: false }])
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::message::Message;

    fn read(mail: &str) -> Message {
        let mail =
            format!("From: a@b.example\nDate: Sat, 21 Nov 2026 10:00:00 +0000\nMessage-ID: <a@b>\nSubject: s\n{mail}");
        super::super::read(&mut std::io::Cursor::new(mail.as_bytes()), crate::domain::now(), "00").unwrap()
    }

    fn multipart(subtype: &str, parts: &[&str]) -> String {
        let parts: String = parts.iter().map(|part| format!("--{subtype}\n{part}\n")).collect();
        format!("Content-Type: multipart/{subtype}; boundary={subtype}\n\n{parts}--{subtype}--\n")
    }

    const TEXT: &str = "Content-Type: text/plain\n\nplain words";
    const HTML: &str = "Content-Type: text/html\n\n<p>rich words</p>";
    const PDF: &str = "Content-Type: application/pdf; name=a.pdf\n\n%PDF";

    #[test]
    fn of_alternatives_html_is_shown_and_text_is_kept() {
        for mail in [
            multipart("alternative", &[TEXT, HTML]),
            multipart("mixed", &[&multipart("alternative", &[TEXT, HTML]), PDF]),
        ] {
            let message = read(&mail);
            assert_eq!(message.body_html, "<div dir=\"auto\"><p>rich words</p></div>\n");
            assert_eq!(message.body_text, "plain words");
        }
        let blank = multipart("alternative", &[TEXT, "Content-Type: text/html\n\n<p>&nbsp;</p>"]);
        assert_eq!(read(&blank).body_html, "<p dir=\"auto\">plain words</p>\n");
    }

    #[test]
    fn several_texts_follow_each_other() {
        let message = read(&multipart("mixed", &[HTML, PDF, "Content-Type: text/html\n\n<p>more</p>", TEXT]));
        assert_eq!(message.body_text, "rich words\n\nmore\n\nplain words");
        assert_eq!(message.attachments.len(), 1);
    }

    #[test]
    fn a_single_file_is_an_attachment_and_no_text() {
        let message = read(&format!("{PDF}\n"));
        assert_eq!((message.attachments[0].name.as_str(), message.attachments[0].part.as_str()), ("a.pdf", "1"));
        assert_eq!(
            (message.body_text.as_str(), message.notes.as_slice()),
            ("(no text)", ["The mail has no text.".to_owned()].as_slice())
        );
    }

    #[test]
    fn named_and_attached_texts_are_attachments() {
        let log = "Content-Type: text/plain; name=log.txt\nContent-Disposition: attachment\n\nlog";
        let notes = "Content-Type: text/plain; name=notes.txt\nContent-Disposition: inline\n\nnotes";
        let message = read(&multipart("mixed", &[TEXT, log, notes]));
        assert_eq!(message.body_text, "plain words");
        let names: Vec<_> = message.attachments.iter().map(|attachment| attachment.name.as_str()).collect();
        assert_eq!(names, ["log.txt", "notes.txt"]);
    }

    #[test]
    fn images_in_the_html_become_attachments() {
        let message = read("Content-Type: text/html\n\n<p>a<img src=\"data:image/png;base64,iVBORw0KGgo=\"></p>");
        let [image] = message.attachments.as_slice() else { panic!() };
        assert_eq!(
            (image.name.as_str(), image.size, image.part.as_str(), image.inline),
            ("image0.png", 8, "1#0", true)
        );
        assert!(message.body_html.contains("<img src=\"cid:image0.1@mailgate.invalid\">"), "{}", message.body_html);
    }

    #[test]
    fn a_mail_that_only_carries_another_has_its_text() {
        let inner = format!("Content-Type: message/rfc822\n\nSubject: inner\n{}", multipart("alternative", &[TEXT]));
        let twice = format!("Content-Type: message/rfc822\n\n{inner}");
        for mail in [multipart("mixed", &[&inner]), multipart("mixed", &[&twice]), inner] {
            let message = read(&mail);
            assert_eq!(message.body_text, "plain words", "{mail}");
            assert!(message.notes[0].contains("the text is that of the attached mail"), "{:?}", message.notes);
        }
    }

    #[test]
    fn charsets_that_are_unknown_or_wrong_are_said_or_healed() {
        let message = read("Content-Type: text/plain; charset=x-gibberish\n\nd\u{e9}j\u{e0}");
        assert_eq!(message.body_text, "d\u{e9}j\u{e0}");
        assert!(message.notes[0].contains("x-gibberish"), "{:?}", message.notes);
    }
}
