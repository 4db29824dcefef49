//! What a mail says, read from its source when somebody looks: so that held mail is judged by its words and not by its
//! reason alone. Nothing of it is stored; a mail that is delivered stands on its record instead.

use std::io::Read;

use super::existing;
use super::source::as_text;
use crate::domain::id::{AttachmentId, MessageId, PostId, SourceId};
use crate::domain::ledger::MailState;
use crate::domain::message::{Attachment, Message};
use crate::domain::person::Caller;
use crate::domain::post::PostKind;
use crate::domain::rights::{Object, Right};
use crate::domain::words::Sentence;
use crate::operations::{App, OperationError, require};
use crate::pipeline;
use crate::say;
use crate::store::StoreError;
use crate::store::attachments::AttachmentFile;
use crate::store::blob::SourceReader;
use crate::store::messages::view::MessageRow;
use crate::store::posts::Post;

/// Bytes of a header that are shown where the mail can't be read.
const HEADER: u64 = 64 << 10;

/// What is to be seen of a mail that stands on no record.
#[derive(Debug)]
pub enum MessageContent {
    /// As it would stand on a record. Its attachments go by their place in the mail, from 1 on: see [`attachment`].
    Mail(Box<Post>),
    /// It can't be read as mail, for this reason; its header lines as they came.
    Unreadable { why: Sentence, header: String },
}

/// None where its source is not here, or it is delivered. Reading takes as long as for a delivery: call it off the async
/// workers.
pub fn content(app: &App, caller: &Caller, message: &MessageRow) -> Result<Option<MessageContent>, OperationError> {
    require(caller, Right::Read, Object::Ledger, || say!("deed-read-mail"))?;
    let Some(source) = message.source.filter(|_| message.state != MailState::Delivered) else { return Ok(None) };
    Ok(Some(match read(app, message, source) {
        Ok(Ok(mail)) => MessageContent::Mail(Box::new(post(source, mail))),
        Ok(Err(why)) => MessageContent::Unreadable { why, header: header(app, source)? },
        // What is damaged can still be dismissed: the page must open.
        Err(StoreError::Corrupt(words)) => {
            tracing::error!(message = %message.id, words, "a stored mail can't be read");
            MessageContent::Unreadable { why: say!("detail-damaged"), header: String::new() }
        }
        Err(error) => return Err(error.into()),
    }))
}

/// The attachment at this place (from 1 on) of a mail whose source is here.
pub fn attachment(app: &App, caller: &Caller, id: MessageId, number: i32) -> Result<AttachmentFile, OperationError> {
    require(caller, Right::Read, Object::Attachments, || say!("deed-read-attachments"))?;
    let message = app.store.read(|db| existing(db, caller, id))?;
    let files = match message.source {
        Some(source) => read(app, &message, source)?.map_or(Vec::new(), |mail| post(source, mail).attachments),
        None => Vec::new(),
    };
    let found = files.into_iter().find(|file| file.id == AttachmentId(number));
    found.ok_or_else(|| OperationError::NotFound(say!("attachment-not-here").into()))
}

/// The mail, or why it can't be read.
fn read(app: &App, message: &MessageRow, source: SourceId) -> Result<Result<Message, Sentence>, StoreError> {
    let mut source = SourceReader::open(&app.store, source)?;
    let received = message.date.unwrap_or(message.create_date);
    let sha256 = message.sha256.as_deref().unwrap_or_default();
    let mail = pipeline::parse(&mut source, received, sha256, &format!("message {}", message.id))?;
    Ok(mail.map_err(|why| why.detail))
}

/// The mail as an entry of a conversation.
fn post(source: SourceId, mail: Message) -> Post {
    let from = mail.from.display();
    let file = |(attachment, number): (Attachment, i32)| AttachmentFile {
        id: AttachmentId(number),
        post_id: None,
        model: None,
        res_id: None,
        name: attachment.name,
        mimetype: attachment.mimetype,
        size: i64::try_from(attachment.size).unwrap_or(i64::MAX),
        content_id: attachment.content_id,
        inline: attachment.inline,
        source_id: source,
        part: Some(attachment.part),
    };
    Post {
        said: None,
        id: PostId(0),
        ledger_id: None,
        kind: PostKind::Email,
        email_from: Some(from).filter(|from| !from.is_empty()),
        author: None,
        said_author: None,
        subject: mail.subject,
        body_html: mail.body_html,
        body_text: mail.body_text,
        marks: mail.marks.iter().map(|mark| mark.code().to_owned()).collect(),
        // The page says them beside its facts.
        notes: Vec::new(),
        date: mail.date,
        attachments: mail.attachments.into_iter().zip(1..).map(file).collect(),
    }
}

/// The lines before the first empty one, as text.
fn header(app: &App, source: SourceId) -> Result<String, StoreError> {
    let mut start = Vec::new();
    let read = SourceReader::open(&app.store, source)?.take(HEADER).read_to_end(&mut start);
    read.map_err(|error| StoreError::Corrupt(format!("source {source}: {error}")))?;
    Ok(header_lines(start))
}

fn header_lines(start: Vec<u8>) -> String {
    let text = as_text(start);
    let lines = text.trim_start().lines().take_while(|line| !line.trim().is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::header_lines;

    #[test]
    fn a_header_ends_at_the_first_empty_line_whatever_its_charset() {
        assert_eq!(header_lines(b"\r\nFrom: a\r\nSubject: re\xe7u\r\n\r\nbody".to_vec()), "From: a\nSubject: reçu");
    }
}
