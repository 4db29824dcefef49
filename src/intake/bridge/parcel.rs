//! A queued message opened for its delivery: its source, what it says, and what is known of its place over there.

use std::io::{Cursor, Read};

use crate::delivery::odoo::Shipment;
use crate::domain::handover::Handover;
use crate::domain::id::{ConnectionId, MessageId, ServerId};
use crate::domain::message::Message;
use crate::domain::server::{IncomingServer, SenderPolicy};
use crate::intake::read::read_source;
use crate::intake::{Intake, elsewhere};
use crate::ledger::bridge::{Queued, Settlement, end};
use crate::message;
use crate::store::blob::Reader;
use crate::store::messages::Kept;
use crate::store::{Db, StoreError, handovers, messages, servers};

/// A message in hand.
pub(super) struct Parcel {
    /// As it stands in the queue.
    pub queued: Queued,
    /// The same with the record over there of the mail that it answers, which may have arrived since it was queued.
    handover: Handover,
    message: Message,
    source: Vec<u8>,
    server: Option<IncomingServer>,
}

impl Parcel {
    pub fn shipment(&self) -> Shipment<'_> {
        Shipment {
            message: &self.message,
            source: &self.source,
            cut,
            handover: &self.handover,
            // A server that is gone can't be asked what it takes: nothing is sent for people nobody knows.
            sender_policy: self.server.as_ref().map_or(SenderPolicy::Known, |server| server.sender_policy),
            attach: self.server.as_ref().is_none_or(|server| server.attach),
            original: self.server.as_ref().is_some_and(|server| server.original),
        }
    }
}

/// None where there is nothing to deliver: it was moved meanwhile, or can't be read and is held now.
pub(super) fn open(intake: &Intake, connection: ConnectionId, id: MessageId) -> Result<Option<Parcel>, StoreError> {
    let store = &intake.store;
    let Some((row, queued, server)) = store.read(|db| load(db, connection, id))? else { return Ok(None) };
    let source = match row.source {
        Some(source) => bytes(Reader::open(store, source)?, id)?,
        None => Vec::new(),
    };
    let mut message = match read_source(&row, &mut Cursor::new(&source))? {
        Ok(message) => message,
        Err((reason, detail)) => {
            store.write(|db| end(db, &queued, &Settlement::Held { reason, detail }, &[]))?;
            return Ok(None);
        }
    };
    if let Some(sender) = &queued.handover.sender {
        message.from = sender.clone();
    }
    let mut handover = queued.handover.clone();
    if handover.record.is_none() {
        let known = store.read(|db| elsewhere::known_of(db, connection, &message))?;
        handover.record = known.record(connection, &message, &handover.model);
    }
    Ok(Some(Parcel { queued, handover, message, source, server }))
}

/// The decoded bytes of one part of the source.
fn cut(source: &[u8], part: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    message::part(&mut Cursor::new(source), part).ok()?.read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

type Loaded = (Kept, Queued, Option<IncomingServer>);

fn load(db: &mut Db, connection: ConnectionId, id: MessageId) -> Result<Option<Loaded>, StoreError> {
    let Some(row) = messages::load(db, &[id])?.pop() else { return Ok(None) };
    let Some(handover) = handovers::get(db, id, connection)? else { return Ok(None) };
    let server = row.server.map(|server: ServerId| servers::get(db, server)).transpose()?.flatten();
    let queued = Queued { id, connection, attempts: row.attempts, handover };
    Ok(Some((row, queued, server.map(|stored| stored.settings))))
}

fn bytes(mut reader: Reader, id: MessageId) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::with_capacity(usize::try_from(reader.size()).unwrap_or_default());
    reader.read_to_end(&mut bytes).map_err(|error| StoreError::Corrupt(format!("source of message {id}: {error}")))?;
    Ok(bytes)
}
