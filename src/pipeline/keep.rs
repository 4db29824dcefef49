//! The first step: a mail's source and its row in the ledger, committed before anybody is told of it.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Cursor, Read, Seek, Write};

use sha2::{Digest, Sha256};

use super::{KeepError, Pipeline};
use crate::domain::fate::{Fate, Why};
use crate::domain::gateway::Call;
use crate::domain::id::{MessageId, SourceId};
use crate::domain::ledger::{Reason, State};
use crate::domain::mail::Entry;
use crate::domain::message::Message;
use crate::domain::server::IncomingServer;
use crate::domain::source::{HEADER_DIGEST_LIMIT, SourceKey, header_digest};
use crate::domain::words::Sentence;
use crate::domain::{Moment, now};
use crate::ledger::{self, Acknowledge, Arrival};
use crate::mailbox::Body;
use crate::message;
use crate::say;
use crate::store::blob::{self, BlobError};
use crate::store::mailboxes::{self, Mailbox};
use crate::store::messages::known::{self, Known};
use crate::store::{Db, StoreError, acknowledgements, messages};

/// A mail at its door: what the place that it comes from says of it, and what of it is here.
pub struct Incoming {
    pub key: SourceKey,
    /// Bytes, as the place that it comes from announces it.
    pub size: u64,
    /// When that place received it.
    pub received: Option<Moment>,
    pub expected: Expected,
    pub content: Content,
    /// What a client of the mail gateway asks for.
    pub call: Option<Call>,
}

/// What the ledger expects of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// A first row, or one more generation of a key that stood for other mail.
    New { generation: i32 },
    /// The source of a row that has none yet.
    Source { of: MessageId, attempts: i32 },
}

/// What is here of a mail.
pub enum Content {
    Here(Box<Bytes>),
    /// It is known and not downloaded; what its header says, where its server shows that.
    NotHere {
        fate: Fate,
        header: Option<Box<Message>>,
    },
}

/// The raw bytes of a mail, with their digests.
pub struct Bytes {
    body: Body,
    pub size: u64,
    pub sha256: String,
    header_digest: String,
    /// What had to be assumed to take it in, one plain sentence each; they stand on the message for good.
    pub notes: Vec<Sentence>,
    /// When its mail server is to be told; None where it never is.
    pub acknowledge: Option<Acknowledge>,
    /// Read, where that needs no file: the time for it is while others are kept.
    message: Option<Message>,
}

impl Bytes {
    pub fn new(mut body: Body, received: Moment) -> std::io::Result<Self> {
        let (size, sha256, header_digest) = match &mut body {
            Body::Memory(bytes) => (bytes.len() as u64, hex::encode(Sha256::digest(&bytes)), header_digest(bytes)),
            Body::File(file) => digest_file(file)?,
        };
        // Where that fails, it is read again once it is kept, and then its failure has a place where it is said.
        let message = match &body {
            Body::Memory(bytes) => message::read(&mut Cursor::new(bytes), received, &sha256).ok(),
            Body::File(_) => None,
        };
        Ok(Self { body, size, sha256, header_digest, notes: Vec::new(), acknowledge: None, message })
    }

    /// What it says: as it was read when it came, or read now. `whose` names it in the log.
    pub(super) fn read(&mut self, received: Moment, whose: &str) -> Result<Result<Message, Why>, StoreError> {
        if let Some(message) = self.message.take() {
            return Ok(Ok(message));
        }
        match &mut self.body {
            Body::Memory(bytes) => super::parse(&mut Cursor::new(bytes), received, &self.sha256, whose),
            Body::File(file) => super::parse(file, received, &self.sha256, whose),
        }
    }

    /// Writes the source within the caller's transaction.
    fn write(&mut self, db: &mut Db) -> Result<SourceId, BlobError> {
        match &mut self.body {
            Body::Memory(bytes) => blob::write_known(db, &mut bytes.as_slice(), self.size, &self.sha256),
            Body::File(file) => {
                file.rewind()?;
                blob::write_known(db, file, self.size, &self.sha256)
            }
        }
    }

    fn as_source(&self, id: SourceId) -> ledger::Source<'_> {
        let Self { sha256, header_digest, notes, acknowledge, .. } = self;
        ledger::Source { id, sha256, header_digest, notes, acknowledge: *acknowledge }
    }
}

fn digest_file(file: &mut File) -> std::io::Result<(u64, String, String)> {
    file.rewind()?;
    let mut start = Vec::new();
    Read::take(&mut *file, HEADER_DIGEST_LIMIT as u64).read_to_end(&mut start)?;
    file.rewind()?;
    let mut digest = Sha256::new();
    let mut size = 0;
    let mut buffer = vec![0; 64 << 10];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        digest.update(&buffer[..count]);
        size += count as u64;
    }
    file.rewind()?;
    Ok((size, hex::encode(digest.finalize()), header_digest(&start)))
}

/// What keeping made of a mail.
#[derive(Debug)]
pub enum Kept {
    /// Its source is committed, and it waits for its route; what it says, where that was read already.
    Here(Box<Entry>, Option<Box<Message>>),
    /// It is known by its key alone, with this fate.
    NotHere(MessageId, Fate),
    /// It came before, as this message.
    Before(MessageId),
}

/// Commits a batch of one mailbox. Where the database refuses it, it is halved down to the one mail that it refuses: that
/// one is noted as not downloaded this time, and where even that is refused it is left out, which a pass finds out.
pub fn keep(
    pipeline: &Pipeline,
    server: &IncomingServer,
    mailbox: &Mailbox,
    batch: &mut [Incoming],
) -> Result<Vec<Kept>, BlobError> {
    let error = match pipeline.store.write(|db| keep_in(db, server, mailbox, batch)) {
        Err(BlobError::Store(error)) if !error.may_be_the_data() => return Err(error.into()),
        Err(error) => error,
        kept => return kept,
    };
    match batch {
        [] => Err(error),
        [Incoming { key, content: content @ Content::Here(_), .. }] => {
            let detail = ledger::fault(&key.to_string(), &format!("it could not be kept: {error}"));
            let fate = Fate::Retrying { why: Why::new(Reason::Fault, detail), next: now() };
            *content = Content::NotHere { fate, header: None };
            keep(pipeline, server, mailbox, batch)
        }
        [one] => {
            tracing::error!(key = %one.key, %error, "could not be noted");
            Ok(Vec::new())
        }
        _ => {
            let (first, second) = batch.split_at_mut(batch.len() / 2);
            let mut kept = keep(pipeline, server, mailbox, first)?;
            kept.extend(keep(pipeline, server, mailbox, second)?);
            Ok(kept)
        }
    }
}

/// The same within the caller's transaction: what became of each, in order. What others kept meanwhile came before.
pub(super) fn keep_in(
    db: &mut Db,
    server: &IncomingServer,
    mailbox: &Mailbox,
    batch: &mut [Incoming],
) -> Result<Vec<Kept>, BlobError> {
    let keys: Vec<String> = batch.iter().map(|incoming| incoming.key.to_string()).collect();
    mailboxes::lock(db, mailbox.id)?;
    let known: HashMap<String, Known> = known::newest(db, mailbox.id, &keys)?.into_iter().collect();
    let begun: Vec<Begun> = batch
        .iter_mut()
        .zip(&keys)
        .map(|(one, key)| begin(db, mailbox, one, known.get(key)))
        .collect::<Result<_, _>>()?;
    let mut arrivals = Vec::new();
    for ((incoming, key), begun) in batch.iter().zip(&keys).zip(&begun) {
        let Begun::New { generation, source } = *begun else { continue };
        let content = match (&incoming.content, source) {
            (Content::Here(bytes), Some(source)) => ledger::Content::Source(bytes.as_source(source)),
            (Content::Here(_), None) => return Err(StoreError::Corrupt(format!("{key} has no source")).into()),
            (Content::NotHere { fate, header }, _) => ledger::Content::Nothing { fate, header: header.as_deref() },
        };
        let Incoming { size, received: date, .. } = *incoming;
        arrivals.push(Arrival { mailbox: mailbox.id, server, source_key: key, generation, size, date, content });
    }
    let mut entries = ledger::receive(db, &arrivals)?.into_iter();
    let mut kept = Vec::new();
    for (incoming, begun) in batch.iter_mut().zip(begun) {
        kept.push(match begun {
            Begun::Done(kept) => kept,
            Begun::New { .. } => {
                let entry =
                    entries.next().ok_or_else(|| StoreError::Corrupt("a row of the ledger is missing".into()))?;
                if let Some(call) = &incoming.call {
                    messages::insert_call(db, entry.id, call)?;
                }
                match &mut incoming.content {
                    Content::Here(bytes) => Kept::Here(Box::new(entry), bytes.message.take().map(Box::new)),
                    Content::NotHere { fate, .. } => Kept::NotHere(entry.id, fate.clone()),
                }
            }
        });
    }
    Ok(kept)
}

/// What keeping one mail of a batch comes to, before the rows of all are written.
enum Begun {
    Done(Kept),
    /// It gets a row; its source is written, where it is here.
    New {
        generation: i32,
        source: Option<SourceId>,
    },
}

fn begin(db: &mut Db, mailbox: &Mailbox, incoming: &mut Incoming, known: Option<&Known>) -> Result<Begun, BlobError> {
    let Incoming { size, expected, content, .. } = incoming;
    let generation = match (*expected, known) {
        (Expected::Source { of, attempts }, _) => {
            return source_of(db, mailbox, of, attempts, *size, content).map(Begun::Done);
        }
        (Expected::New { generation }, Some(known)) if known.generation >= generation => {
            return Ok(Begun::Done(Kept::Before(known.id)));
        }
        (Expected::New { generation }, _) => generation,
    };
    let Content::Here(bytes) = content else { return Ok(Begun::New { generation, source: None }) };
    if let Some(known) = known.filter(|known| known.sha256.as_deref() == Some(&bytes.sha256)) {
        // The same mail after all: only what the server says of it has changed.
        known::resize(db, known.id, *size)?;
        if let Some(tell) = bytes.acknowledge.filter(|_| known.is_told()) {
            acknowledgements::renew(db, known.id, tell.due)?;
        }
        return Ok(Begun::Done(Kept::Before(known.id)));
    }
    Ok(Begun::New { generation, source: Some(bytes.write(db)?) })
}

/// What comes of a message that was only known by its key until now.
fn source_of(
    db: &mut Db,
    mailbox: &Mailbox,
    of: MessageId,
    attempts: i32,
    size: u64,
    content: &mut Content,
) -> Result<Kept, BlobError> {
    // A person may have decided about it while the mail server was asked.
    if messages::fate::lock(db, &[of], &[State::Retrying])?.is_empty() {
        return Ok(Kept::Before(of));
    }
    let bytes = match content {
        Content::Here(bytes) => bytes,
        Content::NotHere { fate: Fate::Retrying { why, next }, .. } => {
            return Ok(Kept::NotHere(of, ledger::put_off(db, of, attempts, why.clone(), why.reason, *next)?));
        }
        Content::NotHere { fate, .. } => {
            ledger::end(db, of, attempts, fate)?;
            return Ok(Kept::NotHere(of, fate.clone()));
        }
    };
    let source = bytes.write(db)?;
    ledger::downloaded(db, of, mailbox.id, size, bytes.as_source(source))?;
    let entry = messages::load(db, &[of])?.pop();
    let entry = entry.ok_or_else(|| StoreError::Corrupt(format!("message {of} is gone")))?;
    Ok(Kept::Here(Box::new(entry), bytes.message.take().map(Box::new)))
}

/// More than this of one message is never taken, in bytes.
const MOST: u64 = 1 << 30;

/// Reads a message that is handed over to its end: in memory while it is small, in the spool folder when it is not.
pub(super) fn spool(pipeline: &Pipeline, from: &mut dyn Read) -> Result<Body, KeepError> {
    let in_memory = pipeline.in_memory as u64;
    let mut start = Vec::new();
    Read::take(&mut *from, in_memory + 1).read_to_end(&mut start)?;
    if start.len() as u64 <= in_memory {
        return Ok(Body::Memory(start));
    }
    std::fs::create_dir_all(&pipeline.spool)?;
    let mut file = tempfile::tempfile_in(&pipeline.spool)?;
    let size = std::io::copy(&mut Cursor::new(start).chain(Read::take(from, MOST)), &mut file)?;
    if size > MOST {
        return Err(KeepError::TooLarge(MOST));
    }
    file.flush()?;
    file.rewind()?;
    Ok(Body::File(file))
}

/// What is said of a message above the limit of its server.
pub fn too_large(size: u64, server: &IncomingServer) -> Why {
    let size = format!("{:.1}", size as f64 / 1e6);
    Why::new(Reason::TooLarge, say!("detail-size", size, limit = server.size_limit_mb))
}
