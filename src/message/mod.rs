//! Raw bytes to `domain::message::Message`: pure, bounded, never panics.
//!
//! Reading is two steps. `scan` walks the source once and finds the MIME tree as byte ranges; what is needed of
//! each part is then read through its range: the texts (`body`), the first lines of a delivery report
//! (`automatic`). The message is never whole in memory, and an attachment's bytes stay in the source until
//! [`part`] is asked for them.

mod address;
mod automatic;
mod body;
mod calendar;
mod charset;
mod date;
mod digest;
mod files;
mod head;
mod html;
mod kind;
mod markup;
mod outlook;
mod phrases;
mod scan;
mod source;
mod text;
mod transfer;

use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::domain::Moment;
use crate::domain::message::{Address, Mark, Message};
use crate::domain::text::html_of_lines;
use crate::domain::words::Sentence;
use crate::say;
use head::MailHead;

pub use date::arrival;
pub use source::Source;

/// Parts that are listed; further ones are only in the source.
const PARTS: usize = 1_000;
/// Characters of a subject.
const SUBJECT: usize = 1_000;

/// Why there is no message.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Nothing but white space, so there is no mail in it.
    #[error("the mail is empty: it has neither a header nor a body")]
    Empty,
    /// The source could not be read; worth trying again.
    #[error("the stored mail could not be read: {0}")]
    Source(#[from] io::Error),
    /// A bug in Mailgate: the parser met something unforeseen.
    #[error("the parser panicked")]
    Panicked,
}

/// Reads a message from its start, wherever the source is positioned. `received` replaces a missing date; `sha256` (hex, of
/// the source) makes the Message-ID of a mail that has none. A panic within becomes [`Unreadable::Panicked`]: one mail must
/// not take the others with it.
pub fn read(source: &mut dyn Source, received: Moment, sha256: &str) -> Result<Message, Unreadable> {
    catch_unwind(AssertUnwindSafe(|| parse(source, received, sha256))).unwrap_or(Err(Unreadable::Panicked))
}

fn parse(source: &mut dyn Source, received: Moment, sha256: &str) -> Result<Message, Unreadable> {
    let mut tree = scan::scan(source)?;
    let charset = tree.parts.iter().filter(|part| part.kind.is_body_text()).find_map(|part| part.kind.charset.clone());
    tree.head.assume_charset(charset);
    let head = &tree.head;
    let body = body::read(source, &tree)?;
    if head.is_empty() && body.text.trim().is_empty() && body.attachments.is_empty() {
        return Err(Unreadable::Empty);
    }
    let mut notes = Vec::new();
    let stated_id = head.raw("message-id").and_then(|value| head::message_id(&value));
    if stated_id.is_none() {
        notes.push(say!("note-no-message-id"));
    }
    let from = address::sender(head, &mut notes);
    let stated_from = address::stated_sender(head).unwrap_or_else(|| from.clone());
    let stated_date = stated_date(head, received, &mut notes);
    let stated_subject = stated_subject(head, &mut notes);
    let automatic = automatic::judge(source, &tree, &stated_from, &body.text)?;
    let first_digest = digest::first(head, &stated_from, &stated_subject, &body.text);
    let digest = digest::second(source, &tree, &stated_subject, &body.text, &body.attachments)?;
    let (mut body_html, mut body_text) = (body.html, body.text);
    if body_text.trim().is_empty() {
        notes.push(say!("note-no-text"));
        body_text = "(no text)".to_owned();
    }
    if body_html.is_empty() {
        body_html = html_of_lines(&body_text);
    }
    notes.extend(body.notes);
    note_limits(&tree, &mut notes);
    notes.dedup();
    Ok(Message {
        has_message_id: stated_id.is_some(),
        message_id: stated_id.unwrap_or_else(|| derived_id(sha256)),
        marks: marks(&tree, &automatic, &stated_subject),
        from,
        reply_to: addresses(head, &["reply-to"]),
        to: addresses(head, &["to"]),
        cc: addresses(head, &["cc"]),
        delivered_to: addresses(
            head,
            &["x-original-to", "delivered-to", "envelope-to", "x-envelope-to", "x-forwarded-to"],
        ),
        date: stated_date.unwrap_or(received),
        subject: if stated_subject.is_empty() { "(no subject)".to_owned() } else { stated_subject },
        in_reply_to: message_ids(head, &["in-reply-to"]),
        references: message_ids(head, &["references"]),
        original_ids: message_ids(head, ORIGINAL_IDS),
        quoted_ids: head::quoted_ids(&body_text),
        conversation: head.raw("thread-index").and_then(|value| head::conversation(&value)),
        body_html,
        body_text,
        attachments: body.attachments,
        automatic,
        spam: head.text("x-spam-flag").is_some_and(|flag| flag.eq_ignore_ascii_case("yes")),
        notes,
        digest,
        first_digest,
    })
}

/// The first of its dates that can be read; where none can, or something had to be assumed, `notes` says so.
fn stated_date(head: &MailHead, received: Moment, notes: &mut Vec<Sentence>) -> Option<Moment> {
    let dates: Vec<_> = head.all("date").take(20).collect();
    let dated = dates.iter().find_map(|value| Some((value, date::read(value, received)?)));
    match (&dated, dates.first()) {
        (Some((value, dated)), _) => {
            let value = text::line(value, 60);
            notes.extend(
                dated.assumed.iter().map(|assumed| say!("note-date-assumed", date = value, assumed = assumed.words())),
            );
        }
        (None, None) => notes.push(say!("note-no-date")),
        (None, Some(value)) => {
            let value = text::line(value, 60);
            notes.push(say!("note-wrong-date", value));
        }
    }
    dated.map(|(_, dated)| dated.moment)
}

/// Its subject as one line; empty where it has none.
fn stated_subject(head: &MailHead, notes: &mut Vec<Sentence>) -> String {
    let (subject, assumed) = head.decoded("subject").unwrap_or_default();
    let subject = text::line(&subject, SUBJECT);
    notes.extend(assumed.map(|assumed| assumed.sentence(say!("note-subject"))));
    if subject.is_empty() {
        notes.push(say!("note-no-subject"));
    }
    subject
}

/// Says where the mail goes beyond what is read of one.
fn note_limits(tree: &scan::Tree, notes: &mut Vec<Sentence>) {
    if tree.head.cut {
        notes.push(say!("note-long-header"));
    }
    if tree.unlisted > 0 {
        notes.push(say!("note-parts", count = tree.unlisted));
    }
    if tree.too_deep {
        notes.push(say!("note-deep"));
    }
}

/// A client's HTML, sanitised as that of a mail is.
pub fn clean_html(html: &str) -> String {
    html::sanitise(&html::tidy(html, "", &Vec::new()).html)
}

/// The text of a file that says nothing of its charset.
pub fn text_of_file(bytes: &[u8]) -> String {
    charset::decode(None, bytes).replace("\r\n", "\n")
}

/// A client's HTML as plain text; sanitised first, so its time is bounded.
pub fn text_of_html(html: &str) -> String {
    html::to_text(&clean_html(html))
}

/// Opens the decoded bytes of one attachment ([`crate::domain::message::Attachment::part`]) as a stream. A part
/// that isn't there is `NotFound`.
pub fn part<'s>(source: &'s mut dyn Source, part: &str) -> io::Result<Box<dyn Read + 's>> {
    files::open(source, part)
}

/// The Message-ID of a mail that has none: the same whenever it is read again.
fn derived_id(sha256: &str) -> String {
    format!("<{}@mailgate.invalid>", text::line(sha256, 64))
}

fn addresses(head: &MailHead, names: &[&str]) -> Vec<Address> {
    let mut found: Vec<Address> = Vec::new();
    for address in names.iter().flat_map(|name| head.all(name).take(20)).flat_map(|value| address::list(&value)) {
        if found.len() < 200 && !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

/// The fields in which relays, lists and mailers keep the Message-ID that a mail had before they gave it their own.
const ORIGINAL_IDS: &[&str] = &[
    "x-original-message-id",
    "original-message-id",
    "x-original-messageid",
    "x-google-original-message-id",
    "x-gmail-original-message-id",
    "x-microsoft-original-message-id",
    "x-mailman-original-message-id",
    "x-message-id",
    "resent-message-id",
];

/// The Message-IDs in all fields of these names: some mailers write one field for each.
fn message_ids(head: &MailHead, names: &[&str]) -> Vec<String> {
    let mut fields = names.iter().flat_map(|name| head.all(name).take(20));
    let Some(first) = fields.next() else { return Vec::new() };
    let mut value = first.into_owned();
    for field in fields {
        // A bracket that is never closed ends with its field.
        if value.matches('<').count() > value.matches('>').count() {
            value.push('>');
        }
        value.push(' ');
        value.push_str(&field);
    }
    head::message_ids(&value)
}

fn marks(tree: &scan::Tree, automatic: &crate::domain::message::Automatic, subject: &str) -> Vec<Mark> {
    use crate::domain::message::Automatic;
    let head = &tree.head;
    let value = |name| head.text(name).unwrap_or_default().to_ascii_lowercase();
    let list = head.has("list-id") || matches!(value("precedence").as_str(), "list" | "bulk" | "junk");
    let forwarded = ["resent-from", "x-forwarded-to", "x-forwarded-for"].iter().any(|name| head.has(name))
        || phrases::is_forward(subject)
        || tree.parts.iter().any(|part| part.kind.mimetype == "message/rfc822");
    [
        (matches!(automatic, Automatic::Perhaps { .. }), Mark::PerhapsAutomatic),
        (list, Mark::MailingList),
        (value("auto-submitted").starts_with("auto-generated"), Mark::AutoGenerated),
        (forwarded, Mark::Forwarded),
    ]
    .into_iter()
    .filter_map(|(applies, mark)| applies.then_some(mark))
    .collect()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn received() -> Moment {
        chrono::NaiveDate::from_ymd_opt(2026, 11, 22).unwrap().and_hms_opt(9, 0, 0).unwrap()
    }

    #[test]
    fn what_is_missing_has_a_stated_substitute() {
        let message = read(&mut Cursor::new(b"X: y\n\n \n"), received(), "0123456789abcdef").unwrap();
        assert_eq!(message.message_id, "<0123456789abcdef@mailgate.invalid>");
        assert_eq!((message.subject.as_str(), message.body_text.as_str()), ("(no subject)", "(no text)"));
        assert_eq!((message.date, message.has_message_id, message.from), (received(), false, Address::default()));
        assert_eq!(message.notes.len(), 5, "{:?}", message.notes);
        let dated = read(&mut Cursor::new(b"Date: tomorrow\nReply-To: a@b.example\n\nx"), received(), "00").unwrap();
        assert_eq!((dated.date, dated.from.address.as_str()), (received(), "a@b.example"));
        assert!(dated.notes.iter().any(|note| note.contains("“tomorrow”")), "{:?}", dated.notes);
    }

    #[test]
    fn nothing_at_all_is_no_mail() {
        for nothing in ["", "\r\n\r\n", " \n"] {
            assert!(matches!(read(&mut Cursor::new(nothing), received(), "00"), Err(Unreadable::Empty)), "{nothing:?}");
        }
    }

    #[test]
    fn everyone_who_was_written_to_is_known_and_spam_is_marked() {
        let mail = b"From: a@b.example\nTo: c@d.example, C@d.example\nCc: e@f.example\nDelivered-To: g@h.example\n\
            X-Original-To: i@j.example\nX-Spam-Flag: YES\nIn-Reply-To: <r@s>\nReferences: <p@q>\n\t<r@s>\n\nx";
        let message = read(&mut Cursor::new(mail), received(), "00").unwrap();
        assert_eq!((message.to.len(), message.cc.len(), message.delivered_to.len(), message.spam), (2, 1, 2, true));
        assert_eq!(
            (message.in_reply_to, message.references),
            (vec!["<r@s>".into()], vec!["<p@q>".into(), "<r@s>".into()])
        );
    }

    #[test]
    fn a_digest_tells_mails_with_one_message_id_apart() {
        let digest = |mail: &str| read(&mut Cursor::new(mail.as_bytes()), received(), "00").unwrap().digest;
        let one = digest("Message-ID: <a@b>\nSubject: s\n\none");
        assert_ne!(one, digest("Message-ID: <a@b>\nSubject: s\n\ntwo"));
        assert_eq!(one, digest("Received: elsewhere\nMessage-ID: <a@b>\nSubject: s\n\none"));
    }
}
