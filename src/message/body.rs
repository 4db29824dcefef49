//! From the MIME tree to what a person reads: one HTML, one text, and the attachments beside them.

use std::io::{self, Read};

use super::kind::{Disposition, Kind};
use super::scan::{Part, Tree, scan};
use super::section::Section;
use super::tidy::{Tidied, tidy};
use super::transfer::decoder;
use super::{Source, charset, clean, files, html, plain};
use crate::domain::message::Attachment;

/// Decoded bytes read of one HTML part: room for the images that some mailers write into it.
pub const HTML: u64 = 8 << 20;
/// Decoded bytes read of one text part, and of all texts together.
const TEXT: u64 = 1 << 20;
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
        let limit = if part.kind.is_html() { HTML } else { TEXT };
        let (decoded, mut cut) = text_of(self.source, part, limit)?;
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
        let text = attached_text(self.source, attached, LEVELS)?;
        if text.trim().is_empty() {
            return Ok(Vec::new());
        }
        self.body.notes.push("The mail has no text of its own; the text is that of the attached mail.".to_owned());
        Ok(vec![Piece { html: plain::to_html(&text), text: Some(text), from_html: false }])
    }
}

/// The first text of an attached mail, or of a mail attached to that one.
fn attached_text(source: &mut dyn Source, part: &Part, levels: usize) -> io::Result<String> {
    let mut section = Section::new(source, part.body.clone())?;
    let tree = scan(&mut section)?;
    if let Some(text) = tree.parts.iter().find(|part| part.kind.is_body_text() && !part.body.is_empty()) {
        let (decoded, _) = text_of(&mut section, text, TEXT)?;
        return Ok(match text.kind.is_html() {
            true => html::to_text(&html::sanitise(&tidy(&decoded, "").html)),
            false => clean::lines(&decoded).trim().to_owned(),
        });
    }
    match tree.parts.iter().find(|part| part.kind.mimetype == "message/rfc822") {
        Some(inner) if levels > 1 => attached_text(&mut section, inner, levels - 1),
        _ => Ok(String::new()),
    }
}

/// A part decoded to text, at most `limit` bytes of it, and whether there is more.
pub fn text_of(source: &mut dyn Source, part: &Part, limit: u64) -> io::Result<(String, bool)> {
    let section = Section::new(source, part.body.clone())?;
    let mut bytes = Vec::new();
    decoder(part.kind.transfer, section).take(limit + 1).read_to_end(&mut bytes)?;
    let cut = bytes.len() as u64 > limit;
    bytes.truncate(limit as usize);
    let label = part.kind.charset.clone().or_else(|| part.kind.is_html().then(|| meta_charset(&bytes)).flatten());
    Ok((charset::decode(label.as_deref(), &bytes), cut))
}

/// What an HTML text says of its own charset.
fn meta_charset(bytes: &[u8]) -> Option<String> {
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).to_ascii_lowercase();
    let (_, after) = start.split_once("charset=")?;
    Some(after.trim_start_matches(['"', '\'']).split(['"', '\'', ';', ' ', '/', '>']).next()?.to_owned())
}
