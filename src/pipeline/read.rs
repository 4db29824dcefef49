//! The second step: what a mail says, and what it is recognised by. Outside of any transaction.
//!
//! Mail may have come before under a fingerprint of the first formula: then this mail gets the same, so that older claims
//! still count. And if other mail came under the same Message-ID, a note says so.

use std::collections::{HashMap, HashSet};
use std::io::Cursor;
use std::sync::Arc;

use super::Pipeline;
use super::repair::Wish;
use crate::domain::id::{MessageId, ServerId};
use crate::domain::ledger::{Reason, Why};
use crate::domain::message::{LedgerEntry, Mail, Message, SourceKey, kept_fingerprint};
use crate::domain::server::IncomingServer;
use crate::domain::words::Sentence;
use crate::domain::{Moment, now};
use crate::store::blob::SourceReader;
use crate::store::messages::similar::{self, Older};
use crate::store::{Store, StoreError, messages};
use crate::{ledger, message, say};

/// The servers that mails came by, with their present settings.
pub(super) type ServersOfMails = HashMap<ServerId, Arc<IncomingServer>>;

/// An entry of the ledger, with what its mail says, if that was read on arrival.
pub(super) type UnreadMail = (LedgerEntry, Option<Box<Message>>);

/// A batch after reading.
pub(super) struct Sorted {
    pub mails: Vec<Mail>,
    pub unreadable: Vec<(LedgerEntry, Why)>,
}

/// Reads each mail. One that can't be read does not delay the next, and is returned with the reason.
pub(super) fn read(
    pipeline: &Pipeline,
    servers: &ServersOfMails,
    entries: Vec<UnreadMail>,
    wish: &Wish<'_>,
) -> Result<Sorted, StoreError> {
    let handed_over =
        |(entry, _): &&UnreadMail| entry.source_key.parse().is_ok_and(|key: SourceKey| key.is_of_gateway());
    let ids: Vec<MessageId> = entries.iter().filter(handed_over).map(|(entry, _)| entry.id).collect();
    let mut calls = match ids.is_empty() {
        true => HashMap::new(),
        false => pipeline.store.read(|db| messages::calls(db, &ids))?,
    };
    let (mut mails, mut unreadable) = (Vec::new(), Vec::new());
    for (mut entry, message) in entries {
        let read = match message {
            Some(message) => Ok(*message),
            None => match read_entry(&pipeline.store, &entry) {
                // The database does not hold it any more as it was kept, which is no reason to stop the others.
                Err(error) if error.may_be_the_data() => {
                    Err(Why::new(Reason::Fault, fault(entry.id, &format!("its source can't be read: {error}"))))
                }
                read => read?,
            },
        };
        match read {
            Ok(message) => {
                entry.object_model = wish.correction.model.clone().or(entry.object_model);
                let server = entry.server.and_then(|id| servers.get(&id)).cloned();
                let call = calls.remove(&entry.id);
                mails.push(Mail { entry, server, call, message, fingerprint: String::new() });
            }
            Err(why) => unreadable.push((entry, why)),
        }
    }
    let mut read: Vec<(&mut Message, &str)> =
        mails.iter_mut().map(|Mail { entry, message, .. }| (message, entry.sha256.as_str())).collect();
    let fingerprints = recognise(pipeline, &mut read)?;
    mails.iter_mut().zip(fingerprints).for_each(|(mail, fingerprint)| mail.fingerprint = fingerprint);
    if let Some(sender) = &wish.correction.sender {
        mails.iter_mut().for_each(|mail| mail.message.from = sender.clone());
    }
    Ok(Sorted { mails, unreadable })
}

/// What a header alone says; None where it says nothing.
pub fn read_header(header: &[u8], received: Moment) -> Option<Message> {
    message::read(&mut Cursor::new(header), received, "").ok()
}

fn read_entry(store: &Store, entry: &LedgerEntry) -> Result<Result<Message, Why>, StoreError> {
    let Some(source) = entry.source else {
        return Ok(Err(Why::new(Reason::NotDownloaded, say!("detail-source-gone"))));
    };
    parse(&mut SourceReader::open(store, source)?, entry.received(), &entry.sha256, &format!("message {}", entry.id))
}

/// What a mail says, or why it can't be read; `whose` names it in the log.
pub fn parse(
    source: &mut dyn message::Source,
    received: Moment,
    sha256: &str,
    whose: &str,
) -> Result<Result<Message, Why>, StoreError> {
    match message::read(source, received, sha256) {
        Ok(message) => Ok(Ok(message)),
        Err(error) => ledger::unreadable(&error, whose).map(Err),
    }
}

/// Logs a bug of Mailgate's together with this message, under a number that people can quote.
pub(super) fn fault(id: MessageId, what: &str) -> Sentence {
    ledger::fault(&format!("message {id}"), what)
}

/// The fingerprint of each of these mails (with the SHA-256 of its source), found by one statement for all. If other mail
/// has the same Message-ID, the mail gets a note.
pub(super) fn recognise(pipeline: &Pipeline, mails: &mut [(&mut Message, &str)]) -> Result<Vec<String>, StoreError> {
    let known = known_as(pipeline, mails)?;
    let fingerprints: Vec<String> = mails
        .iter()
        .zip(known)
        .map(|((message, sha256), known)| known.unwrap_or_else(|| message.fingerprint(sha256)))
        .collect();
    let named = mails.iter().filter(|(message, _)| message.has_message_id);
    let ids: Vec<&str> = named.map(|(message, _)| message.message_id.as_str()).collect();
    let before = match ids.is_empty() {
        true => HashSet::new(),
        false => pipeline.store.read(|db| similar::under_message_ids(db, &ids))?,
    };
    // Within a batch, the first one came first.
    let mut here: HashMap<String, &str> = HashMap::new();
    for ((message, _), fingerprint) in mails.iter_mut().zip(&fingerprints).filter(|((one, _), _)| one.has_message_id) {
        let id = &message.message_id;
        let first = *here.entry(id.clone()).or_insert(fingerprint);
        let kept = kept_fingerprint(fingerprint);
        if first != fingerprint || before.iter().any(|(of, known)| *of == *id && *known != kept) {
            message.notes.push(say!("note-other-mail"));
        }
    }
    Ok(fingerprints)
}

/// The fingerprint by which each of these mails is known already; None where the present formula counts.
fn known_as(pipeline: &Pipeline, mails: &[(&mut Message, &str)]) -> Result<Vec<Option<String>>, StoreError> {
    if !pipeline.older_fingerprints || mails.is_empty() {
        return Ok(vec![None; mails.len()]);
    }
    let firsts: Vec<String> = mails.iter().map(|(message, _)| message.first_fingerprint()).collect();
    let sources: Vec<&str> = mails.iter().map(|(_, sha256)| *sha256).collect();
    let texts: Vec<&str> = firsts.iter().map(String::as_str).collect();
    let older = pipeline.store.read(|db| similar::older(db, &sources, &texts))?;
    let mut known = Vec::new();
    for ((message, sha256), first) in mails.iter().zip(&firsts) {
        // The same bytes are the same mail, however they are read today.
        let mut found = older.iter().find(|other| other.sha256.as_deref() == Some(*sha256));
        for other in older.iter().filter(|other| other.fingerprint == *first) {
            if found.is_none() && is_same(&pipeline.store, other, message)? {
                found = Some(other);
            }
        }
        known.push(found.map(|other| other.fingerprint.clone()));
    }
    Ok(known)
}

/// Whether they are the same mail: the first formula ignored attachments. If the older mail can't be read any more, mail
/// with attachments counts as another one: people notice what is doubled, but not what is lost.
fn is_same(store: &Store, older: &Older, message: &Message) -> Result<bool, StoreError> {
    if message.attachments.is_empty() && older.source.is_none() {
        return Ok(true);
    }
    let Some(source) = older.source else { return Ok(false) };
    let sha256 = older.sha256.as_deref().unwrap_or_default();
    let read = parse(&mut SourceReader::open(store, source)?, now(), sha256, &format!("message {}", older.id))?;
    Ok(read.map_or(message.attachments.is_empty(), |read| read.digest == message.digest))
}
