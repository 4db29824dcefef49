//! From the MIME tree to what a person reads: one HTML, one text, and the attachments. Every part is either shown or an
//! attachment; anything else is named in a note.

use std::io;

use super::files::{self, HELD, LEVELS, OpenedWrapper, Wrapper};
use super::html::{Locations, Tidied, tidy};
use super::kind::{Disposition, MailKind};
use super::outlook::Tnef;
use super::scan::{Tree, scan};
use super::source::Section;
use super::text::TextWords;
use super::{Source, calendar, charset, html, outlook, text, transfer};
use crate::domain::message::Attachment;
use crate::domain::text::html_of_lines;
use crate::domain::words::Sentence;
use crate::say;

/// Bytes of all texts together.
const ALL: usize = 2 << 20;
/// Bytes that are read of what stands outside the parts.
const OUTSIDE: u64 = 64 << 10;
/// Attachments that are listed.
const ATTACHMENTS: usize = 1_000;

/// What was read, with notes of what had to be assumed.
#[derive(Debug, Default)]
pub(super) struct MailBody {
    pub html: String,
    pub text: String,
    pub attachments: Vec<Attachment>,
    pub notes: Vec<Sentence>,
}

/// A text of the mail, in order of appearance.
#[derive(Default)]
struct TextPiece {
    html: String,
    /// None where there is only HTML.
    text: Option<String>,
    /// Whether the HTML is the mail's own, and not made from text.
    from_html: bool,
    /// Another form of a text that may be elsewhere in the mail; shown only if it says something else.
    beside: bool,
}

impl TextPiece {
    fn of_text(text: &str) -> Self {
        TextPiece { html: html_of_lines(text), text: Some(text.trim_end().to_owned()), ..TextPiece::default() }
    }

    fn words(&self) -> String {
        self.text.clone().unwrap_or_else(|| html::to_text(&self.html))
    }
}

/// The mail that is being read, or one attached to it.
struct OpenMail<'m> {
    source: &'m mut dyn Source,
    tree: &'m Tree,
    /// The path of the part that contains it, with a `/`; empty for the message itself.
    path: &'m str,
    level: usize,
    locations: Locations,
}

impl<'m> OpenMail<'m> {
    fn new(source: &'m mut dyn Source, tree: &'m Tree, path: &'m str, level: usize) -> Self {
        let mut mail = OpenMail { source, tree, path, level, locations: Locations::new() };
        for (index, part) in tree.parts.iter().enumerate() {
            if let Some(location) = part.kind.location.as_ref().filter(|_| part.kind.mimetype.starts_with("image/")) {
                mail.locations.push((location.clone(), mail.content_id(index).unwrap_or_default()));
            }
        }
        mail
    }

    /// The Content-ID by which the HTML refers to a part: its own, or one that replaces the address by which the HTML refers
    /// to it.
    fn content_id(&self, index: usize) -> Option<String> {
        let kind = self.kind(index);
        let of_location =
            || kind.location.as_ref().map(|_| format!("location.{}@mailgate.invalid", self.path_of(index)));
        kind.content_id.clone().or_else(of_location)
    }

    fn kind(&self, index: usize) -> &MailKind {
        &self.tree.parts[index].kind
    }

    fn path_of(&self, index: usize) -> String {
        format!("{}{}", self.path, self.tree.parts[index].path)
    }
}

/// Reads the texts of a message and lists its attachments.
pub(super) fn read(source: &mut dyn Source, tree: &Tree) -> io::Result<MailBody> {
    let mut reading = BodyReading::default();
    let mut mail = OpenMail::new(source, tree, "", 0);
    let mut pieces = reading.pieces(&mut mail, 0)?;
    if pieces.iter().all(|piece| piece.html.is_empty()) {
        pieces = reading.text_of_attached_mail(&mut mail)?;
    }
    if pieces.is_empty() {
        pieces = reading.text_of_attached_file(&mut mail)?;
    }
    reading.outside(&mut mail, &mut pieces)?;
    let BodyReading { remote_images, content_ids, mut body, hidden, .. } = reading;
    for attachment in &mut body.attachments {
        attachment.inline = attachment.content_id.as_ref().is_some_and(|id| content_ids.contains(id));
    }
    match remote_images {
        0 => {}
        count => body.notes.push(say!("note-images", count)),
    }
    let mut texts: Vec<String> = Vec::new();
    for piece in pieces {
        let text = piece.words();
        if !piece.beside || !TextWords::by(&texts.join("\n")).has(&text) {
            texts.push(text);
            body.html.push_str(&piece.html);
        }
    }
    body.text = texts.join("\n\n");
    if !hidden.is_empty() {
        body.html.push_str(&html::hidden(&hidden.join("\n\n")));
    }
    Ok(body)
}

#[derive(Default)]
struct BodyReading {
    /// Bytes of text so far.
    used: usize,
    /// Bytes of opened wrappers that are held now.
    held: u64,
    remote_images: usize,
    content_ids: Vec<String>,
    /// Texts that are shown only on demand.
    hidden: Vec<String>,
    body: MailBody,
}

impl BodyReading {
    fn note(&mut self, note: Sentence) {
        if !self.body.notes.contains(&note) {
            self.body.notes.push(note);
        }
    }

    fn list(&mut self, attachment: Attachment) {
        if self.body.attachments.len() < ATTACHMENTS {
            self.body.attachments.push(attachment);
        } else {
            self.note(say!("note-more-files"));
        }
    }

    fn pieces(&mut self, mail: &mut OpenMail, index: usize) -> io::Result<Vec<TextPiece>> {
        let children: Vec<usize> = mail.tree.children(index).map(|(child, _)| child).collect();
        let mimetype = mail.kind(index).mimetype.as_str();
        if mimetype == "multipart/alternative" && !children.is_empty() {
            return self.best_of(mail, &children);
        }
        if children.is_empty() {
            return self.part(mail, index, true);
        }
        if mimetype == "multipart/encrypted" {
            self.note_encrypted("");
        }
        let signed = mimetype == "multipart/signed";
        let mut pieces = Vec::new();
        for (number, child) in children.into_iter().enumerate() {
            if signed && number > 0 && mail.kind(child).is_signature() {
                let name = mail.kind(child).name.as_deref().unwrap_or(&mail.kind(child).mimetype);
                let name = text::line(name, 60);
                self.note(say!("note-signature", name));
                continue;
            }
            let first = pieces.is_empty();
            pieces.extend(self.part(mail, child, first)?);
        }
        Ok(pieces)
    }

    /// Reads a part with everything in it. `first`: no text was read before it.
    fn part(&mut self, mail: &mut OpenMail, index: usize, first: bool) -> io::Result<Vec<TextPiece>> {
        let kind = mail.kind(index);
        if mail.tree.children(index).next().is_some() {
            return self.pieces(mail, index);
        }
        if self.is_text(mail, index, first) {
            return self.text(mail, index);
        }
        match Wrapper::of(kind) {
            Some(Wrapper::Smime | Wrapper::Tnef) => self.open(mail, index),
            _ if kind.is_calendar() => self.calendar(mail, index),
            _ => self.attach(mail, index),
        }
    }

    /// Whether a part is read as text, rather than attached.
    fn is_text(&self, mail: &OpenMail, index: usize, first: bool) -> bool {
        let kind = mail.kind(index);
        // A multipart without parts is text (RFC 2045 §5.2), and so is the only part of a mail.
        if kind.is_multipart() || kind.doubtful {
            return true;
        }
        if index == 0 && mail.tree.parts.len() == 1 {
            let nameless_file = kind.mimetype == "application/octet-stream" && kind.name.is_none();
            return kind.is_text() || nameless_file;
        }
        kind.is_body_text() && (first || kind.name.is_none())
    }

    /// RFC 2046 §5.1.4: the same text in several forms. HTML is shown, with the plain text kept beside it. Forms that say
    /// different things are no alternatives, so all of them are shown.
    fn best_of(&mut self, mail: &mut OpenMail, children: &[usize]) -> io::Result<Vec<TextPiece>> {
        let (amp, others): (Vec<usize>, Vec<usize>) = children.iter().partition(|child| mail.kind(**child).is_amp());
        let (mut forms, mut beside) = (Vec::new(), Vec::new());
        for child in others {
            let files = matches!(Wrapper::of(mail.kind(child)), Some(Wrapper::Tnef)) || mail.kind(child).is_calendar();
            let pieces = self.part(mail, child, true)?;
            if files {
                beside.extend(pieces);
            } else if pieces.iter().any(|piece| !piece.html.is_empty()) {
                forms.push(pieces);
            }
        }
        for child in amp {
            if forms.is_empty() {
                forms.push(self.part(mail, child, true)?);
            } else {
                self.note(say!("note-amp"));
            }
        }
        let mut shown = self.different(forms);
        shown.extend(beside);
        Ok(shown)
    }

    /// Of several forms of a text, those that are needed to say everything, in their order.
    fn different(&mut self, forms: Vec<Vec<TextPiece>>) -> Vec<TextPiece> {
        let is_rich = |pieces: &[TextPiece]| pieces.iter().any(|piece| piece.from_html);
        let Some(best) = forms.iter().rposition(|pieces| is_rich(pieces)).or(forms.len().checked_sub(1)) else {
            return Vec::new();
        };
        let words = |pieces: &[TextPiece]| pieces.iter().map(TextPiece::words).collect::<Vec<_>>().join("\n\n");
        // Only the words, to compare them, since laying out HTML costs time.
        let seen = |pieces: &[TextPiece]| match is_rich(pieces) {
            true => pieces.iter().map(|piece| html::words(&piece.html)).collect(),
            false => words(pieces),
        };
        let best_is_rich = is_rich(&forms[best]);
        let said = TextWords::by(&seen(&forms[best]));
        let (mut kept, mut plain) = (Vec::new(), None);
        for (at, pieces) in forms.into_iter().enumerate() {
            let rich = is_rich(&pieces);
            if at == best {
                kept.push((at, pieces));
            } else if !said.has(&seen(&pieces)) {
                self.note(say!("note-forms"));
                kept.push((at, pieces));
            } else if rich || !best_is_rich || plain.is_some() {
                self.note(match rich {
                    true => say!("note-text-form-html"),
                    false => say!("note-text-form-plain"),
                });
            } else {
                plain = Some(words(&pieces));
            }
        }
        let mut shown = Vec::new();
        for (at, pieces) in kept {
            match plain.take_if(|_| at == best) {
                Some(text) => {
                    let html = pieces.iter().map(|piece| piece.html.as_str()).collect();
                    shown.push(TextPiece { html, text: Some(text), from_html: true, beside: false });
                }
                None => shown.extend(pieces),
            }
        }
        shown
    }

    fn text(&mut self, mail: &mut OpenMail, index: usize) -> io::Result<Vec<TextPiece>> {
        let tree = mail.tree;
        let part = &tree.parts[index];
        if self.used >= ALL {
            return self.attach(mail, index);
        }
        let text::Text { text: decoded, mut cut, assumed } = text::of_part(mail.source, part)?;
        let is_certain = part.kind.is_text() && !part.kind.doubtful;
        if !is_certain && !text::is_plausible(&decoded) {
            return self.attach(mail, index);
        }
        if let Some(assumed) = assumed {
            self.note(assumed.sentence(say!("note-text")));
        }
        self.note_corrected(&part.kind);
        let mut pieces = Vec::new();
        if part.kind.is_html() {
            pieces.extend(self.html(&decoded, &mail.path_of(index), &mail.locations, &mut cut));
        } else {
            let words = match part.kind.mimetype.as_str() {
                "text/enriched" => text::without_commands(&decoded, false),
                "text/richtext" => text::without_commands(&decoded, true),
                _ => self.without_files(mail, index, decoded, &mut cut)?,
            };
            let text = text::lines(&words);
            self.used += text.len();
            if text.contains("-----BEGIN PGP MESSAGE-----") {
                self.note_encrypted("");
            }
            if text.contains("(This file must be converted with BinHex") {
                self.note(say!("note-binhex-in-text"));
            }
            pieces.push(TextPiece::of_text(&text));
        }
        // A file that is shown as the text is listed as a file all the same.
        let is_file = part.kind.name.is_some() && part.kind.disposition == Disposition::Attachment;
        if cut {
            self.note(say!("note-long-text"));
        }
        if cut || is_file {
            self.attach(mail, index)?;
        }
        pieces.retain(|piece| !piece.html.is_empty());
        Ok(pieces)
    }

    /// The HTML of the part with this path. Text that it hides is kept apart, unless all of it is hidden.
    fn html(&mut self, decoded: &str, path: &str, locations: &Locations, cut: &mut bool) -> Option<TextPiece> {
        let tidied = tidy(decoded, path, locations);
        *cut |= tidied.cut;
        self.images(path, decoded, &tidied);
        let mut clean = html::sanitise(&tidied.html);
        let hidden = if tidied.hidden.is_empty() { String::new() } else { html::sanitise(&tidied.hidden) };
        self.used += clean.len() + hidden.len();
        let words = html::words(&hidden);
        if words.contains(char::is_alphanumeric) {
            if html::shows_something(&clean) {
                self.note(say!("note-hidden"));
                self.hidden.push(html::to_text(&hidden));
            } else {
                self.note(say!("note-all-hidden"));
                clean = hidden;
            }
        }
        let html = format!("<div dir=\"auto\">{clean}</div>\n");
        html::shows_something(&clean).then_some(TextPiece { html, from_html: true, ..TextPiece::default() })
    }

    fn images(&mut self, path: &str, decoded: &str, tidied: &Tidied) {
        self.remote_images += tidied.remote_images;
        self.content_ids.extend(tidied.content_ids.iter().cloned());
        for (number, image) in tidied.images.iter().enumerate() {
            self.list(files::of_data_image(decoded, image, path, number));
        }
    }

    /// A text without the files that may be within it, uuencoded; these become attachments.
    fn without_files(&mut self, mail: &mut OpenMail, index: usize, text: String, cut: &mut bool) -> io::Result<String> {
        if !text.contains("begin ") || mail.level == LEVELS {
            return Ok(text);
        }
        let places = transfer::uu_files(text.as_bytes());
        if places.is_empty() {
            return Ok(text);
        }
        // Files are often longer than what is read of a text.
        let part = &mail.tree.parts[index];
        let section = Section::whole(mail.source)?;
        let Some(bytes) = files::decoded_part(section, part, HELD.saturating_sub(self.held))? else { return Ok(text) };
        let files = transfer::uu_files(&bytes);
        for (number, file) in files.iter().enumerate() {
            let path = format!("{}/{}", mail.path_of(index), number + 1);
            let count = self.body.attachments.len() + 1;
            self.list(files::within(Some(&file.name), None, &file.bytes, path, count));
        }
        self.note(say!("note-uuencode"));
        let mut words = String::new();
        let mut from = 0;
        for file in &places {
            words.push_str(&text[from..file.place.start]);
            from = file.place.end;
        }
        words.push_str(&text[from..]);
        let outside = bytes.len() - files.iter().map(|file| file.place.len()).sum::<usize>();
        *cut &= outside > words.len();
        Ok(words)
    }

    fn calendar(&mut self, mail: &mut OpenMail, index: usize) -> io::Result<Vec<TextPiece>> {
        let decoded = text::of_part(mail.source, &mail.tree.parts[index])?.text;
        self.attach(mail, index)?;
        let words = calendar::words(&text::lines(&decoded));
        self.used += words.as_ref().map_or(0, |words| words.len());
        Ok(words.filter(|_| self.used < ALL).map(|words| TextPiece::of_text(&words)).into_iter().collect())
    }

    /// Opens a part that contains others: what is in it takes its place.
    fn open(&mut self, mail: &mut OpenMail, index: usize) -> io::Result<Vec<TextPiece>> {
        let (tree, level) = (mail.tree, mail.level + 1);
        let part = &tree.parts[index];
        let what = text::line(part.kind.name.as_deref().unwrap_or(&part.kind.mimetype), 60);
        if level > LEVELS {
            return self.attach(mail, index);
        }
        let path = format!("{}/", mail.path_of(index));
        let section = Section::whole(mail.source)?;
        let stream = match files::open_wrapper(section, part, HELD.saturating_sub(self.held))? {
            OpenedWrapper::Mail(section) => {
                self.note(say!("note-signed", what));
                return self.mail(section, &path, level, |reading, inner| reading.pieces(inner, 0));
            }
            OpenedWrapper::Tnef(stream) => Some(stream),
            OpenedWrapper::Encrypted => {
                self.note_encrypted(&what);
                None
            }
            OpenedWrapper::Closed => {
                self.note(say!("note-unopened", what));
                None
            }
        };
        let Some(stream) = stream else { return self.attach(mail, index) };
        let held = stream.len() as u64;
        self.held += held;
        let (pieces, whole) = self.tnef(&stream, &path, level);
        self.held -= held;
        if whole {
            self.note(say!("note-opened", what));
        } else {
            self.note(say!("note-damaged", what));
            self.attach(mail, index)?;
        }
        Ok(pieces)
    }

    /// Reads an attached mail.
    fn mail<T>(
        &mut self,
        mut section: Section<'_>,
        path: &str,
        level: usize,
        read: impl FnOnce(&mut Self, &mut OpenMail) -> io::Result<T>,
    ) -> io::Result<T> {
        let held = section.held_bytes();
        self.held += held;
        let tree = scan(&mut section)?;
        let read = read(self, &mut OpenMail::new(&mut section, &tree, path, level));
        self.held -= held;
        read
    }

    /// Lists the files of a TNEF stream and gives its text; false where some of it could not be read.
    fn tnef(&mut self, bytes: &[u8], path: &str, level: usize) -> (Vec<TextPiece>, bool) {
        let Some(found) = outlook::read_tnef(bytes) else { return (Vec::new(), false) };
        let mut whole = !found.damaged;
        let mut pieces = self.text_of_tnef(&found, bytes, path);
        for (number, file) in found.files.iter().enumerate() {
            let path = format!("{path}{}", number + 1);
            if file.is_tnef && level < LEVELS {
                let (inner, inner_whole) = self.tnef(&bytes[file.bytes.clone()], &format!("{path}/"), level + 1);
                whole &= inner_whole;
                pieces.extend(inner);
                continue;
            }
            let count = self.body.attachments.len() + 1;
            let content_id = file.content_id.as_deref().map(|id| text::line(id.trim_matches(['<', '>']), 500));
            let inside = &bytes[file.bytes.clone()];
            let listed = files::within(file.name.as_deref(), file.mimetype.as_deref(), inside, path, count);
            self.list(Attachment { content_id: content_id.filter(|id| !id.is_empty()), ..listed });
        }
        (pieces, whole)
    }

    /// The text in its best form: HTML, else the RTF made from HTML, else plain text.
    fn text_of_tnef(&mut self, found: &Tnef, bytes: &[u8], path: &str) -> Vec<TextPiece> {
        if self.used >= ALL {
            return Vec::new();
        }
        let rtf = found.rtf.clone().and_then(|place| outlook::read_rtf(&outlook::decompress(&bytes[place])?));
        let (mut html, mut words) = (found.html.clone(), found.text.clone().filter(|text| !text.trim().is_empty()));
        match rtf {
            Some(outlook::Words::Html(found)) => html = html.or(Some(found)),
            Some(outlook::Words::Text(found)) => words = words.or(Some(found)),
            None => {}
        }
        // Images in it would have no path by which to find them.
        let html = html.and_then(|html| self.html(&without_data_images(&html), path, &Vec::new(), &mut false));
        let words = words.map(|words| TextPiece::of_text(&text::lines(&words)));
        let piece = html.or(words).filter(|piece| !piece.html.is_empty());
        piece.map(|piece| TextPiece { beside: true, ..piece }).into_iter().collect()
    }

    fn note_corrected(&mut self, kind: &MailKind) {
        if let Some(stated) = &kind.corrected {
            let stated = text::line(stated, 60);
            self.note(say!("note-type", stated, type = kind.mimetype));
        }
    }

    fn note_encrypted(&mut self, what: &str) {
        self.note(match what.is_empty() {
            true => say!("note-encrypted"),
            false => say!("note-part-encrypted", what),
        });
    }

    /// Lists a part as an attachment. It adds no text.
    fn attach(&mut self, mail: &mut OpenMail, index: usize) -> io::Result<Vec<TextPiece>> {
        let part = &mail.tree.parts[index];
        self.note_corrected(&part.kind);
        // Some mailers write empty parts without a name.
        if part.kind.name.is_none() && part.kind.disposition != Disposition::Attachment && part.body.is_empty() {
            return Ok(Vec::new());
        }
        match part.kind.mimetype.as_str() {
            "message/external-body" => self.note(say!("note-elsewhere")),
            "message/partial" => self.note(say!("note-piece")),
            "application/mac-binhex40" => self.note(say!("note-binhex")),
            _ => {}
        }
        let number = self.body.attachments.len() + 1;
        let attachment = files::of_part(mail.source, part, mail.path, number)?;
        self.list(Attachment { content_id: mail.content_id(index), ..attachment });
        Ok(Vec::new())
    }

    /// Where a mail has nothing but an attached mail, that one's text is what its sender wants to say; its files are listed.
    fn text_of_attached_mail(&mut self, mail: &mut OpenMail) -> io::Result<Vec<TextPiece>> {
        let attached = mail.tree.parts.iter().position(|part| Wrapper::of(&part.kind) == Some(Wrapper::Mail));
        let Some(index) = attached.filter(|_| mail.level < LEVELS) else { return Ok(Vec::new()) };
        let (path, level) = (format!("{}/", mail.path_of(index)), mail.level + 1);
        let section = Section::whole(mail.source)?;
        let opened = files::open_wrapper(section, &mail.tree.parts[index], HELD.saturating_sub(self.held))?;
        let OpenedWrapper::Mail(section) = opened else { return Ok(Vec::new()) };
        let pieces = self.mail(section, &path, level, |reading, inner| {
            let pieces = reading.pieces(inner, 0)?;
            if pieces.iter().any(|piece| !piece.html.is_empty()) {
                return Ok(pieces);
            }
            reading.text_of_attached_mail(inner)
        })?;
        if !pieces.is_empty() {
            self.note(say!("note-text-of-mail"));
        }
        Ok(pieces)
    }

    /// Where the only text of a mail is a text file, that is shown: some phones and gateways send it so.
    fn text_of_attached_file(&mut self, mail: &mut OpenMail) -> io::Result<Vec<TextPiece>> {
        for index in 0..mail.tree.parts.len() {
            let part = &mail.tree.parts[index];
            let name =
                part.kind.name.as_deref().map_or_else(|| say!("note-file-without-name").to_string(), str::to_owned);
            let name = text::line(&name, 60);
            let nameless = part.kind.mimetype == "application/octet-stream" && part.kind.name.is_none();
            if !(part.kind.is_text() || nameless) || part.body.is_empty() {
                continue;
            }
            let text::Text { text: decoded, mut cut, .. } = text::of_part(mail.source, part)?;
            if !text::is_plausible(&decoded) {
                continue;
            }
            let piece = if part.kind.is_html() {
                let path = mail.path_of(index);
                self.html(&decoded, &path, &mail.locations, &mut cut)
            } else {
                Some(TextPiece::of_text(&text::lines(&decoded))).filter(|piece| !piece.html.is_empty())
            };
            if let Some(piece) = piece {
                self.note(say!("note-text-of-file", name));
                return Ok(vec![piece]);
            }
        }
        Ok(Vec::new())
    }

    /// The text before the first part and after the last one. Mail programs don't show it; it is kept where it is more than
    /// a hint for those that don't know MIME.
    fn outside(&mut self, mail: &mut OpenMail, pieces: &mut Vec<TextPiece>) -> io::Result<()> {
        for (part, place) in mail.tree.outside.iter().take(50) {
            if mail.tree.children(*part).next().is_none() || self.used >= ALL {
                continue;
            }
            let start = place.start..place.end.min(place.start + OUTSIDE);
            let mut section = Section::new(mail.source, start)?;
            let mut bytes = Vec::new();
            io::Read::read_to_end(&mut section, &mut bytes)?;
            let words = text::lines(&charset::decode(None, &bytes));
            let words = words.trim();
            if !words.contains(char::is_alphanumeric) || words.contains("MIME") || !text::is_plausible(words) {
                continue;
            }
            self.used += words.len();
            self.note(say!("note-outside"));
            if pieces.is_empty() {
                pieces.push(TextPiece::of_text(words));
            } else {
                self.hidden.push(words.to_owned());
            }
        }
        Ok(())
    }
}

fn without_data_images(html: &str) -> String {
    html.replace("data:image", "data:")
}

#[cfg(test)]
mod tests {
    use crate::domain::message::Message;
    use crate::say;

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
    const HTML: &str = "Content-Type: text/html\n\n<p>plain <b>words</b></p>";
    const PDF: &str = "Content-Type: application/pdf; name=a.pdf\n\n%PDF";

    #[test]
    fn of_alternatives_html_is_shown_and_text_is_kept() {
        for mail in [
            multipart("alternative", &[TEXT, HTML]),
            multipart("mixed", &[&multipart("alternative", &[TEXT, HTML]), PDF]),
        ] {
            let message = read(&mail);
            assert_eq!(message.body_html, "<div dir=\"auto\"><p>plain <b>words</b></p></div>\n");
            assert_eq!(message.body_text, "plain words");
        }
        let blank = multipart("alternative", &[TEXT, "Content-Type: text/html\n\n<p>&nbsp;</p>"]);
        assert_eq!(read(&blank).body_html, "<p dir=\"auto\">plain words</p>\n");
    }

    #[test]
    fn alternatives_that_say_different_things_are_all_shown() {
        let phone = "Content-Type: text/plain\n\nSent from my phone";
        let advert = "Content-Type: text/html\n\n<p>Sent with Mobile Mail</p>";
        let two = read(&multipart("alternative", &[phone, TEXT]));
        assert_eq!(two.body_text, "Sent from my phone\n\nplain words");
        let after = read(&multipart("alternative", &[advert, TEXT]));
        assert!(after.body_html.contains("Mobile Mail") && after.body_html.contains("plain words"));
        assert!(after.notes[0].contains("say different things"), "{:?}", after.notes);
        let twice = read(&multipart("alternative", &[TEXT, TEXT]));
        assert_eq!((twice.body_text.as_str(), twice.notes.len()), ("plain words", 1));
        let amp = "Content-Type: text/x-amp-html\n\n<p>dynamic</p>";
        let beside = read(&multipart("alternative", &[TEXT, amp, HTML]));
        assert!(!beside.body_html.contains("dynamic") && beside.attachments.is_empty());
        assert!(beside.notes[0].contains("AMP"), "{:?}", beside.notes);
        assert_eq!(read(&multipart("alternative", &[amp])).body_text, "dynamic");
    }

    #[test]
    fn what_the_root_says_is_the_text_whatever_it_is_called() {
        for head in [
            "Content-Disposition: attachment\nContent-Type: text/plain",
            "Content-Type: text/",
            "Content-Type: application/text",
            "Content-Type: application/octet-stream",
            "Content-Type: multipart/mixed",
            "Content-Type: multipart/mixed; boundary=never-seen",
            "Content-Type: text/richtext",
            "Content-Type: nonsense",
        ] {
            let message = read(&format!("{head}\n\nMy card was taken."));
            assert_eq!(message.body_text, "My card was taken.", "{head}");
            assert!(message.attachments.is_empty(), "{head}");
        }
        let file = "Content-Type: text/html; name=body.html\nContent-Disposition: attachment\n\n<p>My card</p>";
        for mail in [multipart("mixed", &[file]), format!("{file}\n")] {
            let message = read(&mail);
            assert_eq!((message.body_text.as_str(), message.attachments.len()), ("My card", 1), "{mail}");
        }
        let binary = read("Content-Type: nonsense\nContent-Transfer-Encoding: base64\n\nAAECAwQFBgcICQ==\n");
        assert_eq!((binary.body_text.as_str(), binary.attachments.len()), ("(no text)", 1));
    }

    #[test]
    fn files_in_a_text_leave_it() {
        let file = "begin 644 list.csv\n;=FEL;&%G93MA;6]U;G0*06MO<V]M8F\\[,3(*\n`\nend\n";
        let mail = format!("Content-Type: text/plain\n\nThe list.\n\n{file}\nThank you.\n");
        let message = read(&mail);
        assert_eq!(message.body_text, "The list.\n\n\nThank you.");
        let [list] = message.attachments.as_slice() else { panic!("{:?}", message.attachments) };
        assert_eq!((list.name.as_str(), list.mimetype.as_str(), list.part.as_str()), ("list.csv", "text/csv", "1/1"));
        let mut source = std::io::Cursor::new(format!("Subject: s\n{mail}").into_bytes());
        let bytes = std::io::read_to_string(super::super::part(&mut source, "1/1").unwrap()).unwrap();
        assert_eq!((bytes.as_str(), list.size), ("village;amount\nAkosombo;12\n", bytes.len() as u64));
    }

    #[test]
    fn an_encoded_mail_within_a_mail_is_opened() {
        use base64::Engine;
        let inner = format!("Subject: inner\n{}", multipart("mixed", &[TEXT, PDF]));
        let encoded = base64::engine::general_purpose::STANDARD.encode(&inner);
        let carrier = format!("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n{encoded}");
        let mail = multipart("digest", &[&carrier]);
        let message = read(&mail);
        assert_eq!(message.body_text, "plain words");
        let names: Vec<_> = message.attachments.iter().map(|file| (file.name.as_str(), file.part.as_str())).collect();
        assert_eq!(names, [("inner.eml", "1"), ("a.pdf", "1/2")]);
        let mut source = std::io::Cursor::new(format!("Subject: s\n{mail}").into_bytes());
        assert_eq!(std::io::read_to_string(super::super::part(&mut source, "1/2").unwrap()).unwrap(), "%PDF");
        for nowhere in ["1/9", "1/", "/1", "1/2/1", "9/1", "1/0"] {
            assert!(super::super::part(&mut source, nowhere).is_err(), "{nowhere}");
        }
    }

    #[test]
    fn a_detached_signature_is_named_and_an_encrypted_mail_too() {
        let signature = "Content-Type: application/pgp-signature; name=signature.asc\n\n-----BEGIN PGP SIGNATURE-----";
        let signed = read(&multipart("signed", &[TEXT, signature]));
        assert!(signed.attachments.is_empty() && signed.notes[0].contains("signature.asc"), "{:?}", signed.notes);
        let version = "Content-Type: application/pgp-encrypted\n\nVersion: 1";
        let secret = "Content-Type: application/octet-stream; name=encrypted.asc\n\n-----BEGIN PGP MESSAGE-----";
        let encrypted = read(&multipart("encrypted", &[version, secret]));
        assert_eq!(encrypted.attachments.len(), 2);
        assert!(encrypted.notes.iter().any(|note| note.contains("encrypted")), "{:?}", encrypted.notes);
    }

    #[test]
    fn an_invitation_is_told_in_words_and_attached() {
        let event = "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\n\
            DTSTART:20261201T130000Z\nSUMMARY:Visit\nEND:VEVENT\nEND:VCALENDAR\n";
        for mail in
            [multipart("alternative", &[TEXT, HTML, event]), multipart("mixed", &[TEXT, event]), event.to_owned()]
        {
            let message = read(&mail);
            assert!(
                message.body_text.contains("Invitation: Visit\nWhen: Tuesday 1 December 2026, 13:00 UTC"),
                "{mail}"
            );
            assert_eq!(message.attachments.len(), 1);
        }
    }

    #[test]
    fn words_outside_the_parts_wait_to_be_asked_for() {
        let mail = multipart("mixed", &[TEXT]) + "The footer of a list.\n";
        let message = read(&mail.replacen("\n\n", "\n\nThis is a multi-part message in MIME format.\n", 1));
        assert_eq!(message.body_text, "plain words");
        let (shown, hidden) = message.body_html.split_once("<details class=\"hidden-text\">").unwrap();
        assert!(shown.contains("plain words") && hidden.contains("The footer of a list.") && !hidden.contains("MIME"));
    }

    #[test]
    fn hidden_text_waits_to_be_asked_for() {
        let html = "Content-Type: text/html\n\n<div style=\"display:none\">Half price</div><p>My card</p>";
        let message = read(html);
        assert_eq!(message.body_text, "My card");
        let (shown, hidden) = message.body_html.split_once("<details class=\"hidden-text\">").unwrap();
        assert!(shown.contains("My card") && !shown.contains("Half price") && hidden.contains("Half price"));
        assert!(message.notes[0].contains("Show hidden text"), "{:?}", message.notes);
        let all = read("Content-Type: text/html\n\n<div hidden>My card</div>");
        assert_eq!((all.body_text.as_str(), all.body_html.contains("details")), ("My card", false));
        let kept = read("Content-Type: text/html\n\n<div style='white-space:pre-wrap'>one\ntwo  three</div>");
        assert_eq!(kept.body_text, "one\ntwo  three");
        let pre = read("Content-Type: text/html\n\n<pre>one\n  two</pre>");
        assert_eq!(pre.body_text, "one\n  two");
    }

    #[test]
    fn pictures_known_by_their_address_are_shown() {
        let html = "Content-Type: text/html\n\n<p>see <img src=\"http://x.example/a.png\"></p>";
        let picture = "Content-Type: image/png\nContent-Location: http://x.example/a.png\n\nPNG";
        let message = read(&multipart("related", &[html, picture]));
        let id = message.attachments[0].content_id.as_deref().unwrap();
        assert!(message.attachments[0].inline && message.body_html.contains(&format!("cid:{id}")), "{message:?}");
    }

    #[test]
    fn several_texts_follow_each_other() {
        let message = read(&multipart("mixed", &[HTML, PDF, "Content-Type: text/html\n\n<p>more</p>", TEXT]));
        assert_eq!(message.body_text, "plain words\n\nmore\n\nplain words");
        assert_eq!(message.attachments.len(), 1);
    }

    #[test]
    fn a_single_file_is_an_attachment_and_no_text() {
        let message = read(&format!("{PDF}\n"));
        assert_eq!((message.attachments[0].name.as_str(), message.attachments[0].part.as_str()), ("a.pdf", "1"));
        assert_eq!(
            (message.body_text.as_str(), message.notes.as_slice()),
            ("(no text)", [say!("note-no-text")].as_slice())
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
