//! How a message comes into the ledger: with its source, or only as a key.

use crate::domain::id::{ConnectionId, MailboxId, MessageId, ServerId, SourceId};
use crate::domain::ledger::{Reason, State};
use crate::domain::message::{Message, join_notes};
use crate::domain::source::Came;
use crate::domain::text::{fold, shorten};
use crate::domain::{Moment, now};
use crate::store::messages::{self, NewMessage};
use crate::store::{Db, StoreError, acknowledgements};

/// A message as a mailbox shows it, and what is kept of it.
#[derive(Debug, Clone)]
pub struct Arrival<'a> {
    pub mailbox: MailboxId,
    pub server: ServerId,
    pub server_name: &'a str,
    pub connection: Option<ConnectionId>,
    pub source_key: &'a str,
    /// Above 0 where the key stood for other mail before.
    pub generation: i32,
    /// Bytes, as the server lists it.
    pub size: u64,
    /// When the server received it.
    pub date: Option<Moment>,
    pub body: Kept<'a>,
}

/// When the mail server is to be told of a message, and how much of it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acknowledge {
    pub due: Moment,
    pub came: Came,
}

/// What is here of a message.
#[derive(Debug, Clone)]
pub enum Kept<'a> {
    /// Its source, committed with the row.
    Source(Source<'a>),
    /// Nothing but its key: too large, or not handed over (for good). What its header says, where the server showed it.
    Nothing { reason: Reason, detail: String, header: Option<Box<Message>> },
    /// Not handed over this time.
    NotYet { reason: Reason, detail: String, next_attempt: Moment },
}

/// A source that is here, and what is known of it beside what the mail server lists.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    pub id: SourceId,
    pub sha256: &'a str,
    pub header_digest: &'a str,
    /// What was assumed when it was fetched, one sentence each.
    pub notes: &'a [String],
    /// None: the mail server is never told.
    pub acknowledge: Option<Acknowledge>,
}

/// The first line of a message's life.
pub fn receive(db: &mut Db, arrival: &Arrival<'_>) -> Result<MessageId, StoreError> {
    let at = now();
    let mut row = NewMessage {
        mailbox_id: arrival.mailbox,
        server_id: arrival.server,
        server_name: arrival.server_name,
        source_key: arrival.source_key,
        generation: arrival.generation,
        state: State::Received,
        reason_code: None,
        reason_detail: None,
        attempts: 0,
        next_attempt: None,
        source_id: None,
        size: i64::try_from(arrival.size).unwrap_or(i64::MAX),
        header_digest: None,
        sha256: None,
        date: arrival.date,
        connection_id: arrival.connection,
        notes: None,
        settled_at: None,
        create_date: at,
        write_date: at,
    };
    let (mut tell, mut notes) = (None, None);
    let (state, reason, detail) = match &arrival.body {
        Kept::Source(source) => {
            row.source_id = Some(source.id);
            row.sha256 = Some(source.sha256);
            row.header_digest = Some(source.header_digest);
            notes = join_notes(None, source.notes);
            tell = source.acknowledge;
            (State::Received, None, None)
        }
        Kept::Nothing { reason, detail, .. } => {
            row.settled_at = Some(at);
            (State::Held, Some(*reason), Some(detail.as_str()))
        }
        Kept::NotYet { reason, detail, next_attempt } => {
            row.attempts = 1;
            row.next_attempt = Some(*next_attempt);
            (State::Retrying, Some(*reason), Some(detail.as_str()))
        }
    };
    row.state = state;
    row.reason_code = reason;
    row.reason_detail = detail;
    row.notes = notes.as_deref();
    let id = messages::insert(db, &row)?;
    messages::remember(db, id, state, reason, detail, None)?;
    if let Kept::Nothing { header: Some(header), .. } = &arrival.body {
        describe(db, id, header, arrival.server_name)?;
    }
    if let Some(tell) = tell {
        acknowledgements::insert(db, id, arrival.mailbox, tell.due, tell.came)?;
    }
    Ok(id)
}

/// The source of a message that was only known by its key until now; `size` is what the server lists it with.
pub fn downloaded(
    db: &mut Db,
    id: MessageId,
    mailbox: MailboxId,
    size: u64,
    source: Source<'_>,
) -> Result<(), StoreError> {
    let notes = join_notes(None, source.notes);
    messages::downloaded(db, id, source.id, (size, source.sha256, source.header_digest), notes.as_deref())?;
    messages::remember(db, id, State::Received, None, None, None)?;
    match source.acknowledge {
        Some(tell) => acknowledgements::insert(db, id, mailbox, tell.due, tell.came),
        None => Ok(()),
    }
}

/// Says of a message that is not here what its header says, so that a person knows what he decides about.
fn describe(db: &mut Db, id: MessageId, header: &Message, server_name: &str) -> Result<(), StoreError> {
    let subject = shorten(&header.subject, 500);
    let from = shorten(&header.from.display(), 500);
    let message_id = header.has_message_id.then_some(header.message_id.as_str());
    let search = fold(&[subject.as_str(), &from, message_id.unwrap_or_default(), server_name].join(" "));
    messages::describe(
        db,
        id,
        &messages::Described { subject: &subject, email_from: &from, message_id, date: header.date, search: &search },
    )
}
