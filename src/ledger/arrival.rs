//! How a message comes into the ledger: with its source, or only as a key.

use super::StateChange;
use crate::domain::id::{ImportId, MailboxId, MessageId, SourceId};
use crate::domain::ledger::Fate;
use crate::domain::ledger::MailState;
use crate::domain::message::LedgerEntry;
use crate::domain::message::{Message, join_notes};
use crate::domain::server::IncomingServer;
use crate::domain::source::Came;
use crate::domain::text::shorten;
use crate::domain::words::Sentence;
use crate::domain::{Moment, now};
use crate::store::acknowledgements::{self, NewAcknowledgement};
use crate::store::messages::fate::{self, NewFate};
use crate::store::messages::{self, Downloaded, NewMessage};
use crate::store::{Db, StoreError};

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
    /// The import that it belongs to.
    pub import: Option<ImportId>,
    pub content: ArrivedContent<'a>,
}

/// When the mail server is to be told of a message, and how much of it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AcknowledgeWhen {
    pub due: Moment,
    pub came: Came,
}

impl AcknowledgeWhen {
    fn of(self, message: MessageId, mailbox: MailboxId) -> NewAcknowledgement {
        NewAcknowledgement::new(message, mailbox, self.due, self.came)
    }
}

/// What is here of a message.
#[derive(Debug, Clone, Copy)]
pub enum ArrivedContent<'a> {
    /// Its source, committed with the row: it waits for its route.
    Source(ArrivedSource<'a>),
    /// Nothing but its key, with its fate, and what its header says where the server showed it.
    Nothing { fate: &'a Fate, header: Option<&'a Message> },
}

/// A source that is here, and what is known of it beside what the mail server lists.
#[derive(Debug, Clone, Copy)]
pub struct ArrivedSource<'a> {
    pub id: SourceId,
    pub sha256: &'a str,
    pub header_digest: &'a str,
    /// What was assumed when it was fetched, one sentence each.
    pub notes: &'a [Sentence],
    /// None: the mail server is never told.
    pub acknowledge: Option<AcknowledgeWhen>,
}

/// The first line in the lives of these messages of one mailbox; what stands in the ledger of them now, in the same order.
pub fn receive(db: &mut Db, arrivals: &[Arrival<'_>]) -> Result<Vec<LedgerEntry>, StoreError> {
    if arrivals.is_empty() {
        return Ok(Vec::new());
    }
    let at = now();
    let received: Vec<Received<'_>> =
        arrivals.iter().map(|arrival| Received::of(arrival, at)).collect::<Result<_, _>>()?;
    let mails: Vec<NewMessage<'_>> = received.iter().map(Received::mail).collect();
    let ids = messages::insert(db, &mails)?;
    let numbered = || ids.iter().copied().zip(&received);
    let fates: Vec<NewFate<'_>> = numbered().map(|(id, received)| received.fate(id)).collect();
    fate::insert(db, &fates)?;
    let events: Vec<_> = numbered().map(|(id, received)| received.change.event(id, at, None)).collect();
    fate::remember(db, &events)?;
    let told = |(id, received): (MessageId, &Received<'_>)| {
        received.source.and_then(|source| source.acknowledge).map(|tell| tell.of(id, received.arrival.mailbox))
    };
    acknowledgements::insert(db, &numbered().filter_map(told).collect::<Vec<_>>())?;
    for (id, arrival) in ids.iter().zip(arrivals) {
        if let ArrivedContent::Nothing { header: Some(header), .. } = arrival.content {
            describe(db, *id, header)?;
        }
    }
    Ok(numbered().map(|(id, received)| received.entry(id)).collect())
}

/// An arrival with its first state.
struct Received<'a> {
    arrival: &'a Arrival<'a>,
    source: Option<ArrivedSource<'a>>,
    change: StateChange<'a>,
    attempts: i32,
    notes: Option<String>,
    at: Moment,
}

impl<'a> Received<'a> {
    fn of(arrival: &'a Arrival<'a>, at: Moment) -> Result<Self, StoreError> {
        let (source, change) = match arrival.content {
            ArrivedContent::Source(source) => {
                (Some(source), StateChange { state: MailState::Received, reason: None, detail: None, next: None })
            }
            ArrivedContent::Nothing { fate, .. } => (None, StateChange::to(fate)?),
        };
        let attempts = i32::from(change.state == MailState::Retrying);
        let notes = source.and_then(|source| join_notes(None, source.notes));
        Ok(Self { arrival, source, change, attempts, notes, at })
    }

    fn mail(&self) -> NewMessage<'_> {
        let Arrival { mailbox, server, source_key, generation, size, date, import, .. } = *self.arrival;
        NewMessage {
            mailbox_id: mailbox,
            server_name: &server.name,
            source_key,
            generation,
            source_id: self.source.map(|source| source.id),
            size: i64::try_from(size).unwrap_or(i64::MAX),
            header_digest: self.source.map(|source| source.header_digest),
            sha256: self.source.map(|source| source.sha256),
            date,
            create_date: self.at,
            import_id: import,
        }
    }

    fn fate(&self, id: MessageId) -> NewFate<'_> {
        NewFate {
            id,
            server_id: self.arrival.server.id,
            state: self.change.state,
            reason_code: self.change.reason,
            reason_detail: self.change.detail,
            attempts: self.attempts,
            next_attempt: self.change.next,
            connection_id: self.arrival.server.connection,
            notes: self.notes.as_deref(),
            settled_at: self.change.state.is_settled().then_some(self.at),
            write_date: self.at,
        }
    }

    fn entry(&self, id: MessageId) -> LedgerEntry {
        let Arrival { mailbox, server, source_key, date, import, .. } = *self.arrival;
        LedgerEntry {
            id,
            mailbox,
            server: Some(server.id),
            connection: server.connection,
            import,
            server_name: server.name.clone(),
            source_key: source_key.to_owned(),
            state: self.change.state,
            reason: self.change.reason,
            attempts: self.attempts,
            source: self.source.map(|source| source.id),
            sha256: self.source.map_or_else(String::new, |source| source.sha256.to_owned()),
            object_model: None,
            date,
            notes: self.notes.clone(),
            create_date: self.at,
        }
    }
}

/// The source of a message that was only known by its key until now; `size` is what the server lists it with.
pub fn downloaded(
    db: &mut Db,
    id: MessageId,
    mailbox: MailboxId,
    size: u64,
    source: ArrivedSource<'_>,
) -> Result<(), StoreError> {
    let ArrivedSource { id: source_id, sha256, header_digest, notes, acknowledge } = source;
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    messages::downloaded(db, id, &Downloaded { size, source_id, sha256, header_digest })?;
    let received = StateChange { state: MailState::Received, reason: None, detail: None, next: None };
    fate::receive(db, id, join_notes(None, notes).as_deref())?;
    fate::remember(db, &[received.event(id, now(), None)])?;
    acknowledgements::insert(db, acknowledge.map(|tell| tell.of(id, mailbox)).as_slice())
}

/// Says of a message that is not here what its header says, so that a person knows what he decides about.
fn describe(db: &mut Db, id: MessageId, header: &Message) -> Result<(), StoreError> {
    let subject = shorten(&header.subject, 500);
    let from = shorten(&header.from.display(), 500);
    let message_id = header.has_message_id.then_some(header.message_id.as_str());
    messages::describe(
        db,
        id,
        &messages::Described { subject: &subject, email_from: &from, message_id, date: header.date },
    )
}
