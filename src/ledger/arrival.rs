//! How a message comes into the ledger: with its source, or only as a key.

use super::Change;
use crate::domain::fate::Fate;
use crate::domain::id::{MailboxId, MessageId, SourceId};
use crate::domain::ledger::State;
use crate::domain::mail::Entry;
use crate::domain::message::{Message, join_notes};
use crate::domain::server::IncomingServer;
use crate::domain::source::Came;
use crate::domain::text::{fold, shorten};
use crate::domain::{Moment, now};
use crate::store::messages::{self, NewMessage};
use crate::store::{Db, StoreError, acknowledgements};

/// A message as its door shows it, and what is kept of it.
#[derive(Debug, Clone)]
pub struct Arrival<'a> {
    pub mailbox: MailboxId,
    pub server: &'a IncomingServer,
    pub source_key: &'a str,
    /// Above 0 where the key stood for other mail before.
    pub generation: i32,
    /// Bytes, as the server lists it.
    pub size: u64,
    /// When the server received it.
    pub date: Option<Moment>,
    pub content: Content<'a>,
}

/// When the mail server is to be told of a message, and how much of it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acknowledge {
    pub due: Moment,
    pub came: Came,
}

/// What is here of a message.
#[derive(Debug, Clone, Copy)]
pub enum Content<'a> {
    /// Its source, committed with the row: it waits for its route.
    Source(Source<'a>),
    /// Nothing but its key, with its fate, and what its header says where the server showed it.
    Nothing { fate: &'a Fate, header: Option<&'a Message> },
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

/// The first line of a message's life; what stands in the ledger of it now.
pub fn receive(db: &mut Db, arrival: &Arrival<'_>) -> Result<Entry, StoreError> {
    let at = now();
    let Arrival { mailbox, server, source_key, generation, size, date, content } = *arrival;
    let (source, change) = match content {
        Content::Source(source) => {
            (Some(source), Change { state: State::Received, reason: None, detail: None, next: None })
        }
        Content::Nothing { fate, .. } => (None, Change::to(fate)?),
    };
    let attempts = i32::from(change.state == State::Retrying);
    let notes = source.and_then(|source| join_notes(None, source.notes));
    let row = NewMessage {
        mailbox_id: mailbox,
        server_id: server.id,
        server_name: &server.name,
        source_key,
        generation,
        state: change.state,
        reason_code: change.reason,
        reason_detail: change.detail,
        attempts,
        next_attempt: change.next,
        source_id: source.map(|source| source.id),
        size: i64::try_from(size).unwrap_or(i64::MAX),
        header_digest: source.map(|source| source.header_digest),
        sha256: source.map(|source| source.sha256),
        date,
        connection_id: server.connection,
        notes: notes.as_deref(),
        settled_at: change.state.is_settled().then_some(at),
        create_date: at,
        write_date: at,
    };
    let id = messages::insert(db, &row)?;
    messages::remember(db, id, change.state, change.reason, change.detail, None)?;
    if let Content::Nothing { header: Some(header), .. } = content {
        describe(db, id, header, &server.name)?;
    }
    if let Some(tell) = source.and_then(|source| source.acknowledge) {
        acknowledgements::insert(db, id, mailbox, tell.due, tell.came)?;
    }
    Ok(Entry {
        id,
        mailbox,
        server: Some(server.id),
        connection: server.connection,
        server_name: server.name.clone(),
        source_key: source_key.to_owned(),
        state: change.state,
        reason: change.reason,
        attempts,
        source: source.map(|source| source.id),
        sha256: source.map_or_else(String::new, |source| source.sha256.to_owned()),
        object_model: None,
        date,
        notes,
        create_date: at,
    })
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
