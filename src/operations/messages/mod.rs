//! The ledger as people work with it: the list, one message, what it says and its source; what a person decides about
//! it, and about who wrote it, is in `act`. Reading is for all roles, deciding for officers and administrators.

mod act;

pub use crate::store::messages::list::{LedgerLine, LedgerPart};
pub use crate::store::messages::view::Event;
pub use act::{
    BATCH, Batch, Deed, Linked, Linking, MailCorrection, Standing, act, bulk, candidates, correct, create_sender,
    forget_sender, link_own_sender, link_sender, sender_as_contact,
};

use std::io::{Read, Write};

use super::{App, OperationError, indexing, require};
use crate::domain::conversation::PostKind;
use crate::domain::id::{AttachmentId, ConnectionId, MessageId, PostId, RecordId, ServerId, SourceId};
use crate::domain::ledger::{MailState, Reason};
use crate::domain::message::{Attachment, Message};
use crate::domain::person::Caller;
use crate::domain::rights::{AuditAction, Object, Right};
use crate::domain::tokens::Sought;
use crate::domain::words::Sentence;
use crate::operations::connections::known_types;
use crate::store::acknowledgements::{self, Acknowledgement};
use crate::store::attachments::AttachmentFile;
use crate::store::audit::{self, NewAuditEntry};
use crate::store::blob::{self, BlobError, SourceReader};
use crate::store::messages::list::LedgerFilter;
use crate::store::messages::view::MessageRow;
use crate::store::posts::Post;
use crate::store::records::list::{COUNTED, ShownCount};
use crate::store::search::WordHits;
use crate::store::sight::RecordSight;
use crate::store::{Db, StoreError, connections, messages, records};
use crate::{complain, pipeline, say};

impl MessageRow {
    /// What can be done with it.
    pub fn standing(&self) -> Standing<'_> {
        let Self { state, reason, .. } = *self;
        Standing { state, reason, detail: self.reason_detail.as_ref(), has_source: self.source.is_some() }
    }
}

impl LedgerLine {
    /// What can be done with it.
    pub fn standing(&self) -> Standing<'_> {
        let Self { state, reason, .. } = *self;
        Standing { state, reason, detail: self.reason_detail.as_ref(), has_source: self.source.is_some() }
    }
}

/// For who may see what it says: others are told that it is confidential.
fn existing(db: &mut Db, caller: &Caller, id: MessageId) -> Result<MessageRow, OperationError> {
    let found = messages::view::find(db, id)?;
    let found = found.ok_or_else(|| OperationError::NotFound(say!("message-missing", id).into()))?;
    match RecordSight::of(db, caller)?.hidden_mails(db, &[id])?.is_empty() {
        true => Ok(found),
        false => Err(OperationError::Denied(complain!("message-confidential", id))),
    }
}

// The ledger's list, with counts that balance: seen = delivered + held + ignored + retrying + waiting.

/// Messages on one page.
pub const PAGE: i64 = 80;

crate::coded! {
    /// The terms of the balance, as tabs.
    pub enum Tab {
        /// Every message ever seen.
        Seen = "seen",
        Held = "held",
        Retrying = "retrying",
        /// Received, routed or delivering.
        Waiting = "waiting",
        Delivered = "delivered",
        Ignored = "ignored",
    }
}

impl Tab {
    pub fn states(self) -> Vec<MailState> {
        match self {
            Tab::Seen => Vec::new(),
            Tab::Held => vec![MailState::Held],
            Tab::Retrying => vec![MailState::Retrying],
            Tab::Waiting => MailState::ALL.iter().copied().filter(|state| state.is_waiting()).collect(),
            Tab::Delivered => vec![MailState::Delivered],
            Tab::Ignored => vec![MailState::Ignored],
        }
    }

    pub fn label(self) -> Sentence {
        match self {
            Tab::Seen => say!("state-seen"),
            Tab::Held => say!("state-held"),
            Tab::Retrying => say!("state-retrying"),
            Tab::Waiting => say!("state-waiting"),
            Tab::Delivered => say!("state-delivered"),
            Tab::Ignored => say!("state-ignored"),
        }
    }
}

/// What a person asks the ledger for.
#[derive(Debug, Clone)]
pub struct LedgerRequest {
    pub tab: Tab,
    pub reason: Option<Reason>,
    pub server: Option<ServerId>,
    /// Where it goes.
    pub connection: Option<ConnectionId>,
    /// As typed.
    pub search: String,
    pub part: LedgerPart,
}

impl LedgerRequest {
    /// What may be one, with its brackets or without.
    fn message_id(&self) -> Option<String> {
        let typed = self.search.trim();
        let inner = typed.strip_prefix('<').unwrap_or(typed);
        let inner = inner.strip_suffix('>').unwrap_or(inner);
        (inner.contains('@') && !inner.contains(char::is_whitespace)).then(|| format!("<{inner}>"))
    }

    fn words(&self, db: &mut Db) -> Result<Option<WordHits>, StoreError> {
        let words = WordHits::of_messages(db, Sought::parse(&self.search))?;
        let (Some(words), Some(id)) = (words.clone(), self.message_id()) else { return Ok(words) };
        let ids = messages::list::by_message_id(db, &id)?;
        Ok(Some(words.with(ids.into_iter().map(|id| id.0))))
    }

    fn filter(&self, db: &mut Db, caller: &Caller) -> Result<LedgerFilter, StoreError> {
        Ok(LedgerFilter {
            sight: RecordSight::of(db, caller)?,
            states: self.tab.states(),
            reason: self.reason,
            server: self.server,
            connection: self.connection,
            words: self.words(db)?,
        })
    }
}

pub struct LedgerList {
    pub lines: Vec<LedgerLine>,
    /// There are more in the direction that was looked.
    pub more: bool,
    /// How many there are.
    pub total: ShownCount,
    /// Each tab with what it would show.
    pub tabs: Vec<(Tab, ShownCount)>,
    pub servers: Vec<(ServerId, String)>,
    /// Where mail goes beside this database, by name.
    pub connections: Vec<(ConnectionId, String)>,
}

pub fn list(app: &App, caller: &Caller, query: &LedgerRequest) -> Result<LedgerList, OperationError> {
    require(caller, Right::Read, Object::Ledger, || say!("deed-read-the-ledger"))?;
    if !query.search.is_empty() {
        indexing::wait(app)?;
    }
    app.search(caller, |db| {
        let filter = query.filter(db, caller)?;
        let counts = messages::list::counts(db, &filter)?;
        let count = |tab: Tab| {
            let states = tab.states();
            let mine = counts.iter().filter(|(state, _)| states.is_empty() || states.contains(state));
            let (count, or_more) = mine.fold((0, false), |(n, more), (_, one)| (n + one.count, more || one.or_more));
            match filter.narrows() {
                true => ShownCount { or_more: or_more || count > COUNTED, count: count.min(COUNTED) },
                false => ShownCount::exactly(count),
            }
        };
        let tabs: Vec<(Tab, ShownCount)> = Tab::ALL.iter().map(|tab| (*tab, count(*tab))).collect();
        let (lines, more) = messages::list::page(db, &filter, query.part, PAGE)?;
        let (servers, connections) = (messages::list::servers(db)?, connections::names(db)?);
        Ok(LedgerList { lines, more, total: count(query.tab), tabs, servers, connections })
    })
}

// Everything that a message's page shows.

pub struct MessageView {
    pub message: MessageRow,
    pub history: Vec<Event>,
    pub acknowledgement: Option<Acknowledgement>,
    /// The record of this installation that has it: model, id, and how a person calls it.
    pub record: Option<(String, RecordId, String)>,
    /// The name of the connection that it goes to; None is this database.
    pub connection: Option<String>,
    /// Record types it could become: technical name and label. Of a connection, what it told last.
    pub record_types: Vec<(String, Sentence)>,
    /// What the caller can do with it as it stands.
    pub deeds: Vec<Deed>,
    /// The caller can say who wrote it, and what it becomes.
    pub may_correct: bool,
}

pub fn view(app: &App, caller: &Caller, id: MessageId) -> Result<MessageView, OperationError> {
    require(caller, Right::Read, Object::Ledger, || say!("deed-read-the-ledger"))?;
    app.store.read(|db| {
        let message = existing(db, caller, id)?;
        let sight = RecordSight::of(db, caller)?;
        let record = match message.record() {
            Some((model, record)) if message.remote_url.is_none() => records::view::find(db, sight, model, record)?
                .map(|found| (model.to_owned(), record, format!("{} {}", found.number, found.name))),
            _ => None,
        };
        let connection = act::connection_of(db, &message)?;
        let may_decide = caller.may(Right::Write, Object::HeldMail);
        Ok(MessageView {
            connection: match connection {
                Some(id) => connections::get(db, id)?.map(|stored| stored.settings.name),
                None => None,
            },
            record_types: record_types(app, connection),
            history: messages::view::history(db, id)?,
            acknowledgement: acknowledgements::get(db, id)?,
            record,
            deeds: if may_decide { message.standing().deeds() } else { Vec::new() },
            may_correct: may_decide && message.standing().can_be_corrected(),
            message,
        })
    })
}

fn record_types(app: &App, connection: Option<ConnectionId>) -> Vec<(String, Sentence)> {
    match connection {
        None => app.modules.all().iter().map(|one| (one.model.clone(), one.label.clone())).collect(),
        Some(id) => {
            known_types(app, id).unwrap_or_default().types.into_iter().map(|one| (one.model, one.label)).collect()
        }
    }
}

// What a mail says, read from its source when somebody looks: so that held mail is judged by its words and not by its
// reason alone. Nothing of it is stored; a mail that is delivered stands on its record instead.

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

// The raw source of a message. It may hold what a page never shows, so opening it is audited.

/// Bytes of a source that a page shows; the rest is in the download.
pub const HEAD: u64 = 1_000_000;

/// A source that was opened: the audit has it.
pub struct OpenedSource {
    pub message: MessageRow,
    pub source: SourceId,
    pub size: u64,
    /// The first [`HEAD`] bytes as text; bytes that are no UTF-8 are read as Windows-1252 would be.
    pub head: String,
}

/// Opens a source; `whole` says that it is to be downloaded, so that no text is read.
pub fn open_source(app: &App, caller: &Caller, id: MessageId, whole: bool) -> Result<OpenedSource, OperationError> {
    require(caller, Right::Read, Object::Ledger, || say!("deed-open-sources"))?;
    let (message, source) = app.store.write(|db| {
        let message = existing(db, caller, id)?;
        let Some(source) = message.source else {
            return Err(OperationError::Refused(say!("source-gone").into()));
        };
        audit::write(
            db,
            &NewAuditEntry::new(
                caller,
                AuditAction::OpenSource,
                "mailgate.message",
                Some(id.0),
                message.subject.as_deref().unwrap_or(&message.source_key),
            ),
        )?;
        Ok((message, source))
    })?;
    let mut reader = SourceReader::open(&app.store, source)?;
    let size = reader.size();
    let mut head = Vec::new();
    if !whole {
        let read = Read::take(&mut reader, HEAD).read_to_end(&mut head);
        read.map_err(|error| StoreError::Corrupt(format!("source {source}: {error}")))?;
    }
    Ok(OpenedSource { message, source, size, head: as_text(head) })
}

/// Bytes that are no UTF-8 are read as Windows-1252 would be.
fn as_text(mut bytes: Vec<u8>) -> String {
    if let Err(error) = std::str::from_utf8(&bytes)
        && error.error_len().is_none()
    {
        // Cut in the middle of a character.
        bytes.truncate(error.valid_up_to());
    }
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(error.as_bytes()).0.into_owned(),
    }
}

/// Writes the source's bytes, a piece at a time.
pub fn copy_source(app: &App, opened: &OpenedSource, to: &mut dyn Write) -> Result<u64, BlobError> {
    blob::copy(&app.store, opened.source, to)
}

#[cfg(test)]
mod tests {
    use super::{as_text, header_lines};

    #[test]
    fn a_header_ends_at_the_first_empty_line_whatever_its_charset() {
        assert_eq!(header_lines(b"\r\nFrom: a\r\nSubject: re\xe7u\r\n\r\nbody".to_vec()), "From: a\nSubject: reçu");
    }

    #[test]
    fn a_source_is_shown_whatever_its_charset() {
        assert_eq!(as_text("reçu".as_bytes()[..3].to_vec()), "re");
        assert_eq!(as_text(b"re\xe7u".to_vec()), "reçu");
    }
}
