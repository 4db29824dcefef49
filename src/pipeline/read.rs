//! Reading kept messages, outside any transaction.

use std::collections::{HashMap, HashSet};
use std::io::Cursor;

use super::Pipeline;
use super::repair::Wish;
use crate::domain::gateway::Call;
use crate::domain::id::MessageId;
use crate::domain::ledger::Reason;
use crate::domain::message::Message;
use crate::domain::source::SourceKey;
use crate::domain::{Moment, now};
use crate::store::blob::Reader;
use crate::store::messages::Kept;
use crate::store::messages::similar::{self, Older};
use crate::store::{Db, Store, StoreError, gateway_calls};
use crate::{ledger, message};

/// A message of the ledger, read.
pub(super) struct Reading {
    pub row: Kept,
    pub message: Message,
    pub fingerprint: String,
    /// What the client of the mail gateway asked for that handed it over.
    pub call: Option<Call>,
}

/// Why one could not be read.
pub(super) struct Failure {
    pub row: Kept,
    pub reason: Reason,
    pub detail: String,
}

/// Messages that were read when they were downloaded.
pub type AtHand = HashMap<MessageId, Message>;

/// Reads each message; one that can't be read does not delay the next.
pub(super) fn read(
    store: &Store,
    rows: Vec<Kept>,
    at_hand: &mut AtHand,
    wish: &Wish<'_>,
) -> Result<(Vec<Reading>, Vec<Failure>), StoreError> {
    let (mut readings, mut failures) = (Vec::new(), Vec::new());
    for row in rows {
        let read = match at_hand.remove(&row.id) {
            Some(message) => Ok(message),
            None => match read_kept(store, &row) {
                // The database holds it no more as it was kept: no reason to stop the others.
                Err(error) if error.may_be_the_data() => {
                    Err((Reason::Fault, fault(row.id, &format!("its source can't be read: {error}"))))
                }
                read => read?,
            },
        };
        match read {
            Ok(mut message) => {
                let fingerprint = message.fingerprint(row.digest());
                if let Some(sender) = &wish.correction.sender {
                    message.from = sender.clone();
                }
                readings.push(Reading { row, message, fingerprint, call: None });
            }
            Err((reason, detail)) => failures.push(Failure { row, reason, detail }),
        }
    }
    Ok((readings, failures))
}

/// Brings back what clients of the mail gateway asked for.
pub(super) fn recall(db: &mut Db, readings: &mut [Reading]) -> Result<(), StoreError> {
    let by_api = |reading: &&Reading| matches!(reading.row.source_key.parse(), Ok(SourceKey::Api { .. }));
    let ids: Vec<MessageId> = readings.iter().filter(by_api).map(|reading| reading.row.id).collect();
    if !ids.is_empty() {
        let mut calls = gateway_calls::of(db, &ids)?;
        readings.iter_mut().for_each(|reading| reading.call = calls.remove(&reading.row.id));
    }
    Ok(())
}

/// Reads a message that is not kept yet. None where that fails: it is read again once it is kept, and then its failure
/// has a place where it is said.
pub(super) fn read_fetched(source: &[u8], received: Moment, sha256: &str) -> Option<Message> {
    message::read(&mut Cursor::new(source), received, sha256).ok()
}

/// What a header says without its mail; None where it says nothing.
pub fn read_header(header: &[u8], received: Moment) -> Option<Message> {
    read_fetched(header, received, "")
}

/// The message, or why it can't be read.
pub type Read = Result<Message, (Reason, String)>;

fn read_kept(store: &Store, row: &Kept) -> Result<Read, StoreError> {
    let Some(source) = row.source else {
        return Ok(Err((Reason::NotDownloaded, "Its source is not here.".into())));
    };
    let received = row.date.unwrap_or(row.create_date);
    parse(&mut Reader::open(store, source)?, received, row.digest(), &format!("message {}", row.id))
}

/// Reads one mail; `whose` names it in the log.
pub fn parse(
    source: &mut dyn message::Source,
    received: Moment,
    sha256: &str,
    whose: &str,
) -> Result<Read, StoreError> {
    match message::read(source, received, sha256) {
        Ok(message) => Ok(Ok(message)),
        Err(error) => ledger::unreadable(&error, whose).map(Err),
    }
}

const OTHER_MAIL: &str =
    "Other mail came under the same Message-ID; the two were told apart by what they say and carry.";

/// Gives each mail the fingerprint that it is known by, and notes where its Message-ID stands for other mail too.
pub(super) fn recognise(pipeline: &Pipeline, readings: &mut [Reading]) -> Result<(), StoreError> {
    let mails: Vec<(&Message, &str)> =
        readings.iter().map(|reading| (&reading.message, reading.row.digest())).collect();
    let told = tell_apart(pipeline, &mails)?;
    for (reading, told) in readings.iter_mut().zip(told) {
        reading.fingerprint = told.fingerprint;
        reading.message.notes.extend(told.note);
    }
    Ok(())
}

/// What a mail is known by.
pub(super) struct Told {
    pub fingerprint: String,
    /// Said where its Message-ID stands for other mail too.
    pub note: Option<String>,
}

/// Tells each of these mails, with the SHA-256 of its source, from those before it, in a statement for all of them.
pub(super) fn tell_apart(pipeline: &Pipeline, mails: &[(&Message, &str)]) -> Result<Vec<Told>, StoreError> {
    let known = known_as(pipeline, mails)?;
    let fingerprints: Vec<String> = mails
        .iter()
        .zip(known)
        .map(|((message, sha256), known)| known.unwrap_or_else(|| message.fingerprint(sha256)))
        .collect();
    let ids: Vec<&str> =
        mails.iter().filter(|(mail, _)| mail.has_message_id).map(|(mail, _)| mail.message_id.as_str()).collect();
    let before = match ids.is_empty() {
        true => HashSet::new(),
        false => pipeline.store.read(|db| similar::under_message_ids(db, &ids))?,
    };
    // Of one batch, the first came first.
    let mut here: HashMap<&str, &str> = HashMap::new();
    let other = mails.iter().zip(&fingerprints).map(|((mail, _), fingerprint)| {
        let id = mail.message_id.as_str();
        let first = here.entry(id).or_insert(fingerprint);
        let is_other = |(of, known): &(String, String)| of == id && known != fingerprint;
        mail.has_message_id && (before.iter().any(is_other) || first != fingerprint)
    });
    let notes: Vec<Option<String>> = other.map(|other| other.then(|| OTHER_MAIL.to_owned())).collect();
    Ok(fingerprints.into_iter().zip(notes).map(|(fingerprint, note)| Told { fingerprint, note }).collect())
}

/// The fingerprint that each of these mails, with the SHA-256 of its source, is known by from before; None where the
/// present formula's counts.
fn known_as(pipeline: &Pipeline, mails: &[(&Message, &str)]) -> Result<Vec<Option<String>>, StoreError> {
    if !pipeline.older_fingerprints || mails.is_empty() {
        return Ok(vec![None; mails.len()]);
    }
    let firsts: Vec<String> = mails.iter().map(|(message, _)| message.first_fingerprint()).collect();
    let sources: Vec<&str> = mails.iter().map(|(_, sha256)| *sha256).collect();
    let texts: Vec<&str> = firsts.iter().map(String::as_str).collect();
    let older = pipeline.store.read(|db| similar::older(db, &sources, &texts))?;
    let mut known = Vec::new();
    for ((message, sha256), first) in mails.iter().zip(&firsts) {
        // The same bytes are the same mail, however they are read by now.
        let mut found = older.iter().find(|other| other.sha256.as_deref() == Some(sha256));
        for other in older.iter().filter(|other| other.fingerprint == *first) {
            if found.is_none() && is_same(&pipeline.store, other, message)? {
                found = Some(other);
            }
        }
        known.push(found.map(|other| other.fingerprint.clone()));
    }
    Ok(known)
}

/// The first formula did not look at attachments. Where the older mail can't be read any more, mail that has some is taken
/// for another one: what is doubled is seen, what is lost is not.
fn is_same(store: &Store, older: &Older, message: &Message) -> Result<bool, StoreError> {
    if message.attachments.is_empty() && older.source.is_none() {
        return Ok(true);
    }
    let Some(source) = older.source else { return Ok(false) };
    let sha256 = older.sha256.as_deref().unwrap_or_default();
    let read = parse(&mut Reader::open(store, source)?, now(), sha256, &format!("message {}", older.id))?;
    Ok(read.map_or(message.attachments.is_empty(), |read| read.digest == message.digest))
}

/// Logs a fault of ours with this message under a number that a person can quote.
pub(super) fn fault(id: MessageId, what: &str) -> String {
    ledger::fault(&format!("message {id}"), what)
}
