//! Reading kept messages, outside any transaction.

use std::collections::HashMap;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::repair::Wish;
use crate::domain::id::MessageId;
use crate::domain::ledger::Reason;
use crate::domain::message::Message;
use crate::message::{self, Unreadable};
use crate::store::blob::Reader;
use crate::store::messages::Kept;
use crate::store::{Store, StoreError};

/// A message of the ledger, read.
pub(super) struct Reading {
    pub row: Kept,
    pub message: Message,
    pub fingerprint: String,
}

/// Why one could not be read.
pub(super) struct Failure {
    pub row: Kept,
    pub reason: Reason,
    pub detail: String,
}

/// Sources that are still at hand since they were downloaded.
pub(super) type Bodies = HashMap<MessageId, Vec<u8>>;

/// Reads each message; one that can't be read does not delay the next.
pub(super) fn read(
    store: &Store,
    rows: Vec<Kept>,
    bodies: &mut Bodies,
    wish: &Wish<'_>,
) -> Result<(Vec<Reading>, Vec<Failure>), StoreError> {
    let (mut readings, mut failures) = (Vec::new(), Vec::new());
    for row in rows {
        let body = bodies.remove(&row.id);
        match read_one(store, &row, body)? {
            Ok(mut message) => {
                let fingerprint = message.fingerprint(&row.sha256);
                if let Some(sender) = &wish.correction.sender {
                    message.from = sender.clone();
                }
                readings.push(Reading { row, message, fingerprint });
            }
            Err((reason, detail)) => failures.push(Failure { row, reason, detail }),
        }
    }
    Ok((readings, failures))
}

/// The message, or why it can't be read.
pub(super) type Read = Result<Message, (Reason, String)>;

fn read_one(store: &Store, row: &Kept, body: Option<Vec<u8>>) -> Result<Read, StoreError> {
    let mut source: Box<dyn message::Source> = match (body, row.source) {
        (Some(bytes), _) => Box::new(Cursor::new(bytes)),
        (None, Some(id)) => Box::new(Reader::open(store, id)?),
        (None, None) => return Ok(Err((Reason::NotDownloaded, "Its source is not here.".into()))),
    };
    read_source(row, &mut *source)
}

/// Reads the source of one message.
pub(super) fn read_source(row: &Kept, source: &mut dyn message::Source) -> Result<Read, StoreError> {
    let received = row.date.unwrap_or(row.create_date);
    // A parser that meets what nobody thought of must not take the others' mail with it.
    let outcome = catch_unwind(AssertUnwindSafe(|| message::read(source, received, &row.sha256)));
    match outcome {
        Ok(Ok(message)) => Ok(Ok(message)),
        Ok(Err(Unreadable::Source(error))) => {
            Err(StoreError::Corrupt(format!("source of message {}: {error}", row.id)))
        }
        Ok(Err(error @ Unreadable::Empty)) => Ok(Err((Reason::Unreadable, format!("{error}.")))),
        Err(_) => Ok(Err((Reason::Fault, fault(row.id, "the parser panicked")))),
    }
}

/// Logs an unexpected fault under a number that a person can quote.
pub(super) fn fault(id: MessageId, what: &str) -> String {
    let number = uuid::Uuid::new_v4().simple().to_string()[..8].to_owned();
    tracing::error!(message = %id, number, "{what}");
    format!("Fault {number}.")
}
