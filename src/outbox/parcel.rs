//! A message that a round has taken up: what is known of it here, and its bytes.

use std::io;
use std::path::Path;
use std::sync::LazyLock;

use tempfile::{SpooledTempFile, spooled_tempfile_in};

use super::{Outbox, conversation};
use crate::domain::connection::FarValues;
use crate::domain::id::{ConnectionId, MessageId, ServerId, SourceId};
use crate::domain::ledger::Fate;
use crate::domain::ledger::Handover;
use crate::domain::message::LedgerEntry;
use crate::domain::message::Message;
use crate::domain::server::{IncomingServer, SenderPolicy, SharedAddress};
use crate::ledger::outbox::{Queued, end};
use crate::odoo::{DecodedFiles, Original, Seekable, Shipment, StoredBytes};
use crate::store::blob::{self, BlobError};
use crate::store::{Db, StoreError, handovers, messages, sender_links, servers};
use crate::{ledger, message};

/// A message in hand.
pub(super) struct Parcel<'a> {
    /// As it stands in the queue.
    pub queued: Queued,
    /// The same with the record over there of the mail that it answers, which may have arrived since it was queued.
    pub handover: Handover,
    /// The records over there that its conversation went on with, where that one is gone.
    pub successors: std::vec::IntoIter<i32>,
    /// The contact there that the sender's address belongs to, as a person said of an earlier mail.
    pub linked: Option<i32>,
    pub message: Message,
    pub source: Raw<'a>,
    pub server: Option<IncomingServer>,
}

/// What a server that is gone sets.
static NO_VALUES: LazyLock<FarValues> = LazyLock::new(FarValues::default);

impl Parcel<'_> {
    /// As it goes out; `in_company` as [`Shipment`] has it.
    pub(super) fn shipment(&self, in_company: bool) -> Shipment<'_> {
        Shipment {
            message: &self.message,
            source: &self.source,
            handover: &self.handover,
            // A server that is gone can't be asked what it takes: nothing is sent for people nobody knows.
            sender_policy: self.server.as_ref().map_or(SenderPolicy::Known, |server| server.sender_policy),
            shared_address: self.server.as_ref().map_or(SharedAddress::Ask, |server| server.shared_address),
            linked: self.linked,
            values: self.server.as_ref().map_or(&NO_VALUES, |server| &server.far_values),
            in_company,
            attach: self.server.as_ref().is_none_or(|server| server.attach),
            original: self.server.as_ref().is_some_and(|server| server.original),
        }
    }
}

/// None where there is nothing to deliver: it was moved meanwhile, or can't be read and is held now.
pub(super) fn open(outbox: &Outbox, connection: ConnectionId, id: MessageId) -> Result<Option<Parcel<'_>>, StoreError> {
    let store = &outbox.store;
    let Some((row, queued, server)) = store.read(|db| load(db, connection, id))? else { return Ok(None) };
    let source = Raw::open(outbox, row.source).map_err(|error| match error {
        BlobError::Store(error) => error,
        BlobError::Io(error) => StoreError::Corrupt(format!("source of message {id}: {error}")),
    })?;
    let read = message::read(&mut *source.copy.stream(), row.received(), &row.sha256);
    let mut message = match read {
        Ok(message) => message,
        Err(error) => {
            let fate = Fate::Held(ledger::unreadable(&error, &format!("message {id}"))?);
            store.write(|db| end(db, &queued, &fate, false, &[]))?;
            return Ok(None);
        }
    };
    if let Some(sender) = &queued.handover.sender {
        message.from = sender.clone();
    }
    let mut handover = queued.handover.clone();
    let mut successors = Vec::new().into_iter();
    if handover.record.is_none() {
        let known = store.read(|db| conversation::known(db, &[(connection, &message)]))?;
        successors = known.records(connection, &message, &handover.model).into_iter();
        handover.record = successors.next();
    }
    let linked = match (handover.partner, message.from.normalized()) {
        (None, Some(address)) => store.read(|db| sender_links::of(db, connection, &address))?.map(|link| link.partner),
        _ => None,
    };
    Ok(Some(Parcel { queued, handover, successors, linked, message, source, server }))
}

/// Bytes of a mail, and of its attachments, above which they go through a file.
const IN_MEMORY: usize = 1 << 20;

/// The stored mail, copied so that nothing waits for our database while the far end listens.
pub(super) struct Raw<'a> {
    copy: Seekable<SpooledTempFile>,
    spool: &'a Path,
}

impl Raw<'_> {
    fn open(outbox: &Outbox, source: Option<SourceId>) -> Result<Raw<'_>, BlobError> {
        let mut copy = spooled(&outbox.spool)?;
        if let Some(source) = source {
            blob::copy(&outbox.store, source, &mut copy)?;
        }
        Ok(Raw { copy: Seekable::new(copy)?, spool: &outbox.spool })
    }
}

fn spooled(spool: &Path) -> io::Result<SpooledTempFile> {
    std::fs::create_dir_all(spool)?;
    Ok(spooled_tempfile_in(IN_MEMORY, spool))
}

impl StoredBytes for Raw<'_> {
    fn size(&self) -> u64 {
        self.copy.size()
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        self.copy.read_at(at, into)
    }
}

impl Original for Raw<'_> {
    fn attachments(&self, parts: &[&str]) -> io::Result<DecodedFiles> {
        let (mut file, mut source) = (spooled(self.spool)?, self.copy.stream());
        let (mut ranges, mut at) = (Vec::with_capacity(parts.len()), 0);
        for part in parts {
            let end = at + io::copy(&mut message::part(&mut *source, part)?, &mut file)?;
            ranges.push(at..end);
            at = end;
        }
        Ok(DecodedFiles { bytes: Box::new(Seekable::new(file)?), ranges })
    }
}

type Loaded = (LedgerEntry, Queued, Option<IncomingServer>);

fn load(db: &mut Db, connection: ConnectionId, id: MessageId) -> Result<Option<Loaded>, StoreError> {
    let Some(row) = messages::load(db, &[id])?.pop() else { return Ok(None) };
    let Some(handover) = handovers::get(db, id, connection)? else { return Ok(None) };
    let server = row.server.map(|server: ServerId| servers::get(db, server)).transpose()?.flatten();
    let queued = Queued { id, connection, attempts: row.attempts, handover };
    Ok(Some((row, queued, server.map(|stored| stored.settings))))
}
