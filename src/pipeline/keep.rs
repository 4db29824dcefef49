//! Keeping: sources and their rows in the ledger, a batch in one durable commit.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Cursor, Read, Seek, Write};

use chrono::TimeDelta;
use sha2::{Digest, Sha256};

use super::read::{AtHand, read_fetched};
use super::settle::Settled;
use super::{KeepError, Pipeline};
use crate::domain::id::{MessageId, SourceId};
use crate::domain::ledger::{Reason, State};
use crate::domain::message::Message;
use crate::domain::now;
use crate::domain::server::{AfterFetch, IncomingServer, ServerType};
use crate::domain::source::{Came, HEADER_DIGEST_LIMIT, SourceKey, header_digest};
use crate::ledger::{self, Arrival, Kept};
use crate::mailbox::{Body, Download, Listed};
use crate::store::blob::{self, BlobError};
use crate::store::mailboxes::{self, Mailbox};
use crate::store::messages::known::{self, Known};
use crate::store::{Db, StoreError, acknowledgements, messages};

/// What is known of messages and not downloaded, and why.
pub type Noted = Vec<(Listed, Expected, Kept<'static>)>;

/// What became of a batch.
#[derive(Default)]
pub struct Outcome {
    /// New messages, committed.
    pub ids: Vec<MessageId>,
    /// Those of them that are read already.
    pub at_hand: AtHand,
    /// Could not be committed, each for a fault of its own.
    pub refused: Noted,
}

/// Commits a batch. What another pass kept meanwhile is left out. Where the database refuses the batch, it is halved
/// down to the one message that it refuses.
pub fn keep(
    pipeline: &Pipeline,
    server: &IncomingServer,
    mailbox: &Mailbox,
    batch: &mut [Fetched],
    outcome: &mut Outcome,
) -> Result<(), BlobError> {
    let keys: Vec<String> = batch.iter().map(|fetched| fetched.listed.key.to_string()).collect();
    let committed = pipeline.store.write(|db| {
        mailboxes::lock(db, mailbox.id)?;
        let known: HashMap<String, Known> = known::newest(db, mailbox.id, &keys)?.into_iter().collect();
        batch
            .iter_mut()
            .zip(&keys)
            .map(|(fetched, key)| keep_fetched(db, server, mailbox, fetched, key, known.get(key)))
            .collect::<Result<Vec<_>, BlobError>>()
    });
    match committed {
        Ok(ids) => {
            for (id, fetched) in ids.into_iter().zip(batch) {
                let Some(id) = id else { continue };
                outcome.ids.push(id);
                outcome.at_hand.extend(fetched.message.take().map(|message| (id, message)));
            }
            Ok(())
        }
        Err(BlobError::Store(error)) if !error.may_be_the_data() => Err(BlobError::Store(error)),
        Err(error) => match batch {
            [] => Err(error),
            [one] => {
                let detail = ledger::fault(&one.listed.key.to_string(), &format!("it could not be kept: {error}"));
                let reason = Reason::Fault;
                let why = Kept::NotYet { reason, detail, next_attempt: now() };
                outcome.refused.push((one.listed.clone(), one.expected, why));
                Ok(())
            }
            _ => {
                let (first, second) = batch.split_at_mut(batch.len() / 2);
                keep(pipeline, server, mailbox, first, outcome)?;
                keep(pipeline, server, mailbox, second, outcome)
            }
        },
    }
}

pub(super) fn keep_fetched(
    db: &mut Db,
    server: &IncomingServer,
    mailbox: &Mailbox,
    fetched: &mut Fetched,
    key: &str,
    known: Option<&Known>,
) -> Result<Option<MessageId>, BlobError> {
    let tell = tell(server, fetched.came);
    match (fetched.expected, known) {
        (Expected::Source { of, .. }, _) => {
            if messages::lock(db, &[of], &[State::Retrying])?.is_empty() {
                return Ok(None);
            }
            let source = fetched.write(db)?;
            ledger::downloaded(db, of, mailbox.id, fetched.listed.size, kept_source(fetched, source, tell))?;
            return Ok(Some(of));
        }
        (Expected::New { generation }, Some(known)) if known.generation >= generation => return Ok(None),
        (Expected::New { .. }, Some(known)) if known.sha256.as_deref() == Some(&fetched.sha256) => {
            // The same mail after all: only what the server says of it has changed.
            known::resize(db, known.id, fetched.listed.size)?;
            if let Some(tell) = tell.filter(|_| known.is_told()) {
                acknowledgements::renew(db, known.id, tell.due)?;
            }
            return Ok(None);
        }
        (Expected::New { .. }, _) => {}
    }
    let Expected::New { generation } = fetched.expected else { return Ok(None) };
    let source = fetched.write(db)?;
    let body = Kept::Source(kept_source(fetched, source, tell));
    Ok(Some(ledger::receive(db, &arrival(server, mailbox, &fetched.listed, key, generation, body))?))
}

fn kept_source(fetched: &Fetched, id: SourceId, acknowledge: Option<ledger::Acknowledge>) -> ledger::Source<'_> {
    let Fetched { sha256, header_digest, notes, .. } = fetched;
    ledger::Source { id, sha256, header_digest, notes, acknowledge }
}

fn arrival<'a>(
    server: &'a IncomingServer,
    mailbox: &Mailbox,
    listed: &Listed,
    key: &'a str,
    generation: i32,
    body: Kept<'a>,
) -> Arrival<'a> {
    Arrival {
        mailbox: mailbox.id,
        server: server.id,
        server_name: &server.name,
        connection: server.connection,
        source_key: key,
        generation,
        size: listed.size,
        date: listed.internal_date,
        body,
    }
}

/// When the mail server is to be told; None where it never is.
fn tell(server: &IncomingServer, came: Came) -> Option<ledger::Acknowledge> {
    let due = match (server.server_type, server.after_fetch, came) {
        (ServerType::Api, ..) | (_, AfterFetch::Keep, _) => return None,
        // POP knows only deletion.
        (ServerType::Pop, AfterFetch::Seen | AfterFetch::Move, _) | (ServerType::Pop, _, Came::Fewer) => return None,
        (_, AfterFetch::Delete, Came::All) => now() + TimeDelta::days(i64::from(server.delete_after_days)),
        (_, AfterFetch::Seen | AfterFetch::Move, _) | (_, AfterFetch::Delete, Came::Fewer) => now(),
    };
    Some(ledger::Acknowledge { due, came })
}

/// Takes messages into the ledger that are not downloaded, each with the reason, and says where that leaves them. One
/// that the database refuses to note is left out alone: the pass counts it as unaccounted.
pub fn note(
    pipeline: &Pipeline,
    server: &IncomingServer,
    mailbox: &Mailbox,
    those: &[(Listed, Expected, Kept<'static>)],
) -> Result<Vec<Settled>, StoreError> {
    match note_together(pipeline, server, mailbox, those) {
        Err(error) if !error.may_be_the_data() => Err(error),
        Err(error) if those.len() < 2 => {
            those.iter().for_each(|(listed, ..)| tracing::error!(key = %listed.key, %error, "could not be noted"));
            Ok(Vec::new())
        }
        Err(_) => {
            let (first, second) = those.split_at(those.len() / 2);
            let mut noted = note(pipeline, server, mailbox, first)?;
            noted.extend(note(pipeline, server, mailbox, second)?);
            Ok(noted)
        }
        noted => noted,
    }
}

fn note_together(
    pipeline: &Pipeline,
    server: &IncomingServer,
    mailbox: &Mailbox,
    those: &[(Listed, Expected, Kept<'static>)],
) -> Result<Vec<Settled>, StoreError> {
    let keys: Vec<String> = those.iter().map(|(listed, ..)| listed.key.to_string()).collect();
    pipeline.store.write(|db| {
        mailboxes::lock(db, mailbox.id)?;
        let known: HashMap<String, Known> = known::newest(db, mailbox.id, &keys)?.into_iter().collect();
        let mut noted = Vec::new();
        for ((listed, expected, body), key) in those.iter().zip(&keys) {
            match (*expected, body) {
                (Expected::Source { of, attempts }, Kept::NotYet { reason, detail, next_attempt }) => {
                    let state = ledger::try_again(db, of, attempts, (*reason, *reason), detail, *next_attempt)?;
                    noted.push(Settled { message: of, state });
                }
                (Expected::Source { of, attempts }, Kept::Nothing { reason, detail, .. }) => {
                    ledger::fail(db, of, attempts, *reason, detail)?;
                    noted.push(Settled { message: of, state: State::Held });
                }
                (Expected::New { generation }, _) if known.get(key).is_none_or(|k| k.generation < generation) => {
                    let arrival = arrival(server, mailbox, listed, key, generation, body.clone());
                    let state = if matches!(body, Kept::NotYet { .. }) { State::Retrying } else { State::Held };
                    noted.push(Settled { message: ledger::receive(db, &arrival)?, state });
                }
                (Expected::Source { .. } | Expected::New { .. }, _) => {}
            }
        }
        Ok(noted)
    })
}

/// What is said of a message above the limit.
pub fn too_large(size: u64, server: &IncomingServer) -> String {
    format!("It has {:.1} MB; the limit is {} MB.", size as f64 / 1e6, server.size_limit_mb)
}

/// What the ledger expects of a message that is downloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// A first row, or one more generation of a key that stood for other mail.
    New { generation: i32 },
    /// The source of a row that has none yet.
    Source { of: MessageId, attempts: i32 },
}

/// A message as it came from the mail server, with its digests.
pub struct Fetched {
    pub listed: Listed,
    pub expected: Expected,
    pub body: Body,
    pub came: Came,
    pub size: u64,
    pub sha256: String,
    pub header_digest: String,
    /// What had to be assumed to take it from this server, one plain sentence each; they stand on the message for good.
    pub notes: Vec<String>,
    /// Read, where that needs no file: the time for it is while others are kept.
    pub message: Option<Message>,
}

impl Fetched {
    pub fn new(listed: Listed, expected: Expected, download: Download) -> std::io::Result<Self> {
        let Download { mut body, came } = download;
        let (size, sha256, header) = match &mut body {
            Body::Memory(bytes) => (bytes.len() as u64, hex::encode(Sha256::digest(&bytes)), header_digest(bytes)),
            Body::File(file) => digest_file(file)?,
        };
        let message = match &body {
            Body::Memory(bytes) => read_fetched(bytes, listed.internal_date.unwrap_or_else(now), &sha256),
            Body::File(_) => None,
        };
        let notes = Vec::new();
        Ok(Self { listed, expected, body, came, size, sha256, header_digest: header, notes, message })
    }

    /// Writes the source within the caller's transaction.
    pub fn write(&mut self, db: &mut Db) -> Result<SourceId, BlobError> {
        match &mut self.body {
            Body::Memory(bytes) => blob::write_known(db, &mut bytes.as_slice(), self.size, &self.sha256),
            Body::File(file) => {
                file.rewind()?;
                blob::write_known(db, file, self.size, &self.sha256)
            }
        }
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

/// More than this of one message is never taken, in bytes.
const MOST: u64 = 1 << 30;

/// Keeps one message that is handed over (`mailgate deliver`, the gateway API) and returns after the commit. A
/// second identical delivery to the same server finds the first. One above the server's limit is kept, and held.
pub fn keep_one(pipeline: &Pipeline, server: &IncomingServer, body: &mut dyn Read) -> Result<MessageId, KeepError> {
    let body = take_in(pipeline, body)?;
    let nowhere = SourceKey::Local { sha256: String::new() };
    let listed = Listed { key: nowhere, size: 0, internal_date: None };
    let mut fetched = Fetched::new(listed, Expected::New { generation: 0 }, Download::all(body))?;
    let sha256 = fetched.sha256.clone();
    fetched.listed.key = match server.server_type {
        ServerType::Api => SourceKey::Api { sha256 },
        _ => SourceKey::Local { sha256 },
    };
    fetched.listed.size = fetched.size;
    let key = fetched.listed.key.to_string();
    // Nobody is to be told: it was handed over.
    let server = &IncomingServer { after_fetch: AfterFetch::Keep, ..server.clone() };
    Ok(pipeline.store.write(|db| {
        let mailbox = mailboxes::of(db, server)?;
        mailboxes::lock(db, mailbox.id)?;
        if let Some((_, known)) = known::newest(db, mailbox.id, std::slice::from_ref(&key))?.pop() {
            return Ok(known.id);
        }
        let Some(id) = keep_fetched(db, server, &mailbox, &mut fetched, &key, None)? else {
            return Err(StoreError::Corrupt(format!("{key} was not kept")).into());
        };
        if fetched.size > server.size_limit() {
            let detail = too_large(fetched.size, server);
            ledger::fail(db, id, 0, Reason::TooLarge, &detail)?;
        }
        Ok::<_, BlobError>(id)
    })?)
}

/// Reads a message to its end: in memory while it is small, in the spool folder when it is not.
fn take_in(pipeline: &Pipeline, from: &mut dyn Read) -> Result<Body, KeepError> {
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
