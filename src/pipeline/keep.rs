//! The first step: a mail's source and its row in the ledger, committed before anybody is told of it.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Cursor, Read, Seek, Write};

use sha2::{Digest, Sha256};

use super::{KeepError, Pipeline};
use crate::domain::id::{ImportId, MessageId, SourceId};
use crate::domain::ledger::{Fate, MailState, Reason, Why};
use crate::domain::message::{GatewayCall, HEADER_DIGEST_LIMIT, LedgerEntry, Message, SourceKey, header_digest};
use crate::domain::server::IncomingServer;
use crate::domain::words::Sentence;
use crate::domain::{Moment, now};
use crate::ledger::{self, AcknowledgeWhen, Arrival};
use crate::mailbox::RawMessage;
use crate::store::blob::{self, BlobError};
use crate::store::mailboxes::{self, MailboxRow};
use crate::store::messages::known::{self, KnownMessage};
use crate::store::{Db, StoreError, acknowledgements, messages};
use crate::{message, say};

/// A mail as it arrives: what the place that it comes from tells of it, and what of it is here.
pub struct Incoming {
    pub key: SourceKey,
    /// Its size in bytes, as that place announces it.
    pub size: u64,
    /// When that place received it.
    pub received: Option<Moment>,
    pub expected: ExpectedMail,
    pub content: MailContent,
    /// What the client of the mail gateway asks for.
    pub call: Option<GatewayCall>,
    /// The import that it belongs to.
    pub import: Option<ImportId>,
}

/// What the ledger expects of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectedMail {
    /// A first row, or one more generation of a key that stood for other mail.
    New { generation: i32 },
    /// The source of a row that has none yet.
    Source { of: MessageId, attempts: i32 },
}

/// How much of a mail is here.
pub enum MailContent {
    Here(Box<MailBytes>),
    /// It is known, but not downloaded; with what its header says, if its server shows that.
    NotHere {
        fate: Fate,
        header: Option<Box<Message>>,
    },
}

/// The raw bytes of a mail, with their digests.
pub struct MailBytes {
    body: RawMessage,
    pub size: u64,
    pub sha256: String,
    header_digest: String,
    /// What had to be assumed to take it in, one plain sentence each; the message shows them for ever.
    pub notes: Vec<Sentence>,
    /// When its mail server is to be told; None where it never is.
    pub acknowledge: Option<AcknowledgeWhen>,
    /// The mail as it was read on arrival, if it is small: there is time for that while others are kept.
    message: Option<Message>,
}

impl MailBytes {
    pub fn new(mut body: RawMessage, received: Moment) -> std::io::Result<Self> {
        let (size, sha256, header_digest) = match &mut body {
            RawMessage::Memory(bytes) => {
                (bytes.len() as u64, hex::encode(Sha256::digest(&bytes)), header_digest(bytes))
            }
            RawMessage::File(file) => digest_file(file)?,
        };
        // If that fails, it is read again once it is kept; then there is a place for the failure.
        let message = match &body {
            RawMessage::Memory(bytes) => message::read(&mut Cursor::new(bytes), received, &sha256).ok(),
            RawMessage::File(_) => None,
        };
        Ok(Self { body, size, sha256, header_digest, notes: Vec::new(), acknowledge: None, message })
    }

    /// What it says: as it was read on arrival, or read now. `whose` names it in the log.
    pub(super) fn read(&mut self, received: Moment, whose: &str) -> Result<Result<Message, Why>, StoreError> {
        if let Some(message) = self.message.take() {
            return Ok(Ok(message));
        }
        match &mut self.body {
            RawMessage::Memory(bytes) => super::parse(&mut Cursor::new(bytes), received, &self.sha256, whose),
            RawMessage::File(file) => super::parse(file, received, &self.sha256, whose),
        }
    }

    /// Writes the source within the caller's transaction.
    fn write(&mut self, db: &mut Db) -> Result<SourceId, BlobError> {
        match &mut self.body {
            RawMessage::Memory(bytes) => blob::write_known(db, &mut bytes.as_slice(), self.size),
            RawMessage::File(file) => {
                file.rewind()?;
                blob::write_known(db, file, self.size)
            }
        }
    }

    fn as_source(&self, id: SourceId) -> ledger::ArrivedSource<'_> {
        let Self { sha256, header_digest, notes, acknowledge, .. } = self;
        ledger::ArrivedSource { id, sha256, header_digest, notes, acknowledge: *acknowledge }
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

/// What came of keeping a mail.
#[derive(Debug)]
pub enum KeptMail {
    /// Its source is committed, and it is to be routed; with what it says, if that was read already.
    Here(Box<LedgerEntry>, Option<Box<Message>>),
    /// Only its key is known, with this fate.
    NotHere(MessageId, Fate),
    /// It came before, as this message.
    Before(MessageId),
}

/// Commits a batch from one mailbox. If the database refuses it, it is halved down to the one mail that is to blame. That
/// one is noted as not downloaded this time; if even the note is refused, it is left out, which the pass then notices.
pub fn keep(
    pipeline: &Pipeline,
    server: &IncomingServer,
    mailbox: &MailboxRow,
    batch: &mut [Incoming],
) -> Result<Vec<KeptMail>, BlobError> {
    let error = match pipeline.store.write(|db| keep_in(db, server, mailbox, batch)) {
        Err(BlobError::Store(error)) if !error.may_be_the_data() => return Err(error.into()),
        Err(error) => error,
        kept => return kept,
    };
    match batch {
        [] => Err(error),
        [Incoming { key, content: content @ MailContent::Here(_), .. }] => {
            let detail = ledger::fault(&key.to_string(), &format!("it could not be kept: {error}"));
            let fate = Fate::Retrying { why: Why::new(Reason::Fault, detail), next: now() };
            *content = MailContent::NotHere { fate, header: None };
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

/// The same within the caller's transaction; returns what became of each, in order. Mail that others kept meanwhile has come
/// before.
pub(super) fn keep_in(
    db: &mut Db,
    server: &IncomingServer,
    mailbox: &MailboxRow,
    batch: &mut [Incoming],
) -> Result<Vec<KeptMail>, BlobError> {
    let keys: Vec<String> = batch.iter().map(|incoming| incoming.key.to_string()).collect();
    mailboxes::lock(db, mailbox.id)?;
    let known: HashMap<String, KnownMessage> = known::newest(db, mailbox.id, &keys)?.into_iter().collect();
    let begun: Vec<BegunKeeping> = batch
        .iter_mut()
        .zip(&keys)
        .map(|(one, key)| begin(db, mailbox, one, known.get(key)))
        .collect::<Result<_, _>>()?;
    let mut sources = write_sources(db, batch, &begun)?.into_iter();
    let mut arrivals = Vec::new();
    for ((incoming, key), begun) in batch.iter().zip(&keys).zip(&begun) {
        let BegunKeeping::New { generation } = *begun else { continue };
        let source = matches!(incoming.content, MailContent::Here(_)).then(|| sources.next()).flatten();
        let content = match (&incoming.content, source) {
            (MailContent::Here(bytes), Some(source)) => ledger::ArrivedContent::Source(bytes.as_source(source)),
            (MailContent::Here(_), None) => return Err(StoreError::Corrupt(format!("{key} has no source")).into()),
            (MailContent::NotHere { fate, header }, _) => {
                ledger::ArrivedContent::Nothing { fate, header: header.as_deref() }
            }
        };
        let Incoming { size, received: date, import, .. } = *incoming;
        arrivals.push(Arrival {
            mailbox: mailbox.id,
            server,
            source_key: key,
            generation,
            size,
            date,
            import,
            content,
        });
    }
    let mut entries = ledger::receive(db, &arrivals)?.into_iter();
    let mut kept = Vec::new();
    for (incoming, begun) in batch.iter_mut().zip(begun) {
        kept.push(match begun {
            BegunKeeping::Done(kept) => kept,
            BegunKeeping::New { .. } => {
                let entry =
                    entries.next().ok_or_else(|| StoreError::Corrupt("a row of the ledger is missing".into()))?;
                if let Some(call) = &incoming.call {
                    messages::insert_call(db, entry.id, call)?;
                }
                match &mut incoming.content {
                    MailContent::Here(bytes) => KeptMail::Here(Box::new(entry), bytes.message.take().map(Box::new)),
                    MailContent::NotHere { fate, .. } => KeptMail::NotHere(entry.id, fate.clone()),
                }
            }
        });
    }
    Ok(kept)
}

/// What keeping one mail of a batch leads to, before the rows of all are written.
enum BegunKeeping {
    Done(KeptMail),
    /// It gets a row; so does its source, if that is here.
    New {
        generation: i32,
    },
}

/// Writes the sources of new mails, as far as they are here, in order.
fn write_sources(db: &mut Db, batch: &mut [Incoming], begun: &[BegunKeeping]) -> Result<Vec<SourceId>, BlobError> {
    let new = batch.iter_mut().zip(begun).filter(|(_, begun)| matches!(begun, BegunKeeping::New { .. }));
    let here = new.filter_map(|(incoming, _)| match &mut incoming.content {
        MailContent::Here(bytes) => Some(bytes),
        MailContent::NotHere { .. } => None,
    });
    let (mut ids, mut small) = (Vec::new(), Vec::new());
    for bytes in here {
        if let RawMessage::File(_) = bytes.body {
            ids.extend(blob::write_small(db, &std::mem::take(&mut small))?);
            ids.push(bytes.write(db)?);
            continue;
        }
        let bytes: &MailBytes = bytes;
        if let RawMessage::Memory(body) = &bytes.body {
            small.push(body.as_slice());
        }
    }
    ids.extend(blob::write_small(db, &small)?);
    Ok(ids)
}

fn begin(
    db: &mut Db,
    mailbox: &MailboxRow,
    incoming: &mut Incoming,
    known: Option<&KnownMessage>,
) -> Result<BegunKeeping, BlobError> {
    let Incoming { size, expected, content, .. } = incoming;
    let generation = match (*expected, known) {
        (ExpectedMail::Source { of, attempts }, _) => {
            return source_of(db, mailbox, of, attempts, *size, content).map(BegunKeeping::Done);
        }
        (ExpectedMail::New { generation }, Some(known)) if known.generation >= generation => {
            return Ok(BegunKeeping::Done(KeptMail::Before(known.id)));
        }
        (ExpectedMail::New { generation }, _) => generation,
    };
    let MailContent::Here(bytes) = content else { return Ok(BegunKeeping::New { generation }) };
    if let Some(known) = known.filter(|known| known.sha256.as_deref() == Some(&bytes.sha256)) {
        // It is the same mail after all; only its size on the server has changed.
        known::resize(db, known.id, *size)?;
        if let Some(tell) = bytes.acknowledge.filter(|_| known.is_told()) {
            acknowledgements::renew(db, known.id, tell.due)?;
        }
        return Ok(BegunKeeping::Done(KeptMail::Before(known.id)));
    }
    Ok(BegunKeeping::New { generation })
}

/// What becomes of a message of which only the key was known until now.
fn source_of(
    db: &mut Db,
    mailbox: &MailboxRow,
    of: MessageId,
    attempts: i32,
    size: u64,
    content: &mut MailContent,
) -> Result<KeptMail, BlobError> {
    // A person may have decided about it while the mail server was asked.
    if messages::fate::lock(db, &[of], &[MailState::Retrying])?.is_empty() {
        return Ok(KeptMail::Before(of));
    }
    let bytes = match content {
        MailContent::Here(bytes) => bytes,
        MailContent::NotHere { fate: Fate::Retrying { why, next }, .. } => {
            return Ok(KeptMail::NotHere(of, ledger::put_off(db, of, attempts, why.clone(), why.reason, *next)?));
        }
        MailContent::NotHere { fate, .. } => {
            ledger::end(db, of, attempts, fate)?;
            return Ok(KeptMail::NotHere(of, fate.clone()));
        }
    };
    let source = bytes.write(db)?;
    ledger::downloaded(db, of, mailbox.id, size, bytes.as_source(source))?;
    let entry = messages::load(db, &[of])?.pop();
    let entry = entry.ok_or_else(|| StoreError::Corrupt(format!("message {of} is gone")))?;
    Ok(KeptMail::Here(Box::new(entry), bytes.message.take().map(Box::new)))
}

/// The most that is taken of one message, in bytes.
const MOST: u64 = 1 << 30;

/// Reads a message that is handed over to its end: into memory while it is small, into the spool folder when it is not.
pub(super) fn spool(pipeline: &Pipeline, from: &mut dyn Read) -> Result<RawMessage, KeepError> {
    let in_memory = pipeline.in_memory as u64;
    let mut start = Vec::new();
    Read::take(&mut *from, in_memory + 1).read_to_end(&mut start)?;
    if start.len() as u64 <= in_memory {
        return Ok(RawMessage::Memory(start));
    }
    std::fs::create_dir_all(&pipeline.spool)?;
    let mut file = tempfile::tempfile_in(&pipeline.spool)?;
    let size = std::io::copy(&mut Cursor::new(start).chain(Read::take(from, MOST)), &mut file)?;
    if size > MOST {
        return Err(KeepError::TooLarge(MOST));
    }
    file.flush()?;
    file.rewind()?;
    Ok(RawMessage::File(file))
}

/// The reason for holding a message above the limit of its server.
pub fn too_large(size: u64, server: &IncomingServer) -> Why {
    let size = format!("{:.1}", size as f64 / 1e6);
    Why::new(Reason::TooLarge, say!("detail-size", size, limit = server.size_limit_mb))
}
