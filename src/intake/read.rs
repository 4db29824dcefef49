//! Reading kept messages, outside any transaction.

use std::collections::HashMap;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::repair::Wish;
use crate::domain::Moment;
use crate::domain::gateway::Call;
use crate::domain::id::MessageId;
use crate::domain::ledger::Reason;
use crate::domain::message::Message;
use crate::domain::source::SourceKey;
use crate::message::{self, Unreadable};
use crate::store::blob::Reader;
use crate::store::messages::Kept;
use crate::store::{Db, Store, StoreError, gateway_calls};

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
pub(super) type AtHand = HashMap<MessageId, Message>;

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
                let fingerprint = message.fingerprint(&row.sha256);
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
    caught(&mut Cursor::new(source), received, sha256)?.ok()
}

/// What a header says without its mail; None where it says nothing.
pub(super) fn read_header(header: &[u8], received: Moment) -> Option<Message> {
    caught(&mut std::io::Cursor::new(header), received, "")?.ok()
}

/// The message, or why it can't be read.
pub type Read = Result<Message, (Reason, String)>;

fn read_kept(store: &Store, row: &Kept) -> Result<Read, StoreError> {
    match row.source {
        Some(source) => read_source(row, &mut Reader::open(store, source)?),
        None => Ok(Err((Reason::NotDownloaded, "Its source is not here.".into()))),
    }
}

/// Reads the source of one message.
pub(super) fn read_source(row: &Kept, source: &mut dyn message::Source) -> Result<Read, StoreError> {
    let received = row.date.unwrap_or(row.create_date);
    parse(source, received, &row.sha256, &format!("message {}", row.id))
}

/// Reads one mail; `what` names it in the log.
pub fn parse(source: &mut dyn message::Source, received: Moment, sha256: &str, what: &str) -> Result<Read, StoreError> {
    match caught(source, received, sha256) {
        Some(Ok(message)) => Ok(Ok(message)),
        Some(Err(Unreadable::Source(error))) => Err(StoreError::Corrupt(format!("source of {what}: {error}"))),
        Some(Err(error @ Unreadable::Empty)) => Ok(Err((Reason::Unreadable, format!("{error}.")))),
        None => Ok(Err((Reason::Fault, numbered(what, "the parser panicked")))),
    }
}

/// A parser that meets what nobody thought of must not take the others' mail with it: None where it panics.
fn caught(source: &mut dyn message::Source, received: Moment, sha256: &str) -> Option<Result<Message, Unreadable>> {
    catch_unwind(AssertUnwindSafe(|| message::read(source, received, sha256))).ok()
}

/// Logs an unexpected fault under a number that a person can quote.
pub(super) fn fault(id: MessageId, what: &str) -> String {
    numbered(&format!("message {id}"), what)
}

pub(super) fn numbered(whose: &str, what: &str) -> String {
    let number = uuid::Uuid::new_v4().simple().to_string()[..8].to_owned();
    tracing::error!(whose, number, "{what}");
    format!("Fault {number}.")
}
