//! One message on its way over: looked for, planned, begun, delivered, settled. Each step that must survive a crash
//! is committed before the next one.

use std::io;
use std::path::Path;
use std::sync::LazyLock;

use tempfile::{SpooledTempFile, spooled_tempfile_in};

use super::account::OutboxAccount;
use super::{Outbox, conversation, pauses};
use crate::domain::far_values::FarValues;
use crate::domain::fate::{Fate, Why};
use crate::domain::handover::{AttemptEnd, Handover, HandoverAttempt, Method};
use crate::domain::id::{ConnectionId, MessageId, RecordId, ServerId, SourceId};
use crate::domain::ledger::Reason;
use crate::domain::mail::LedgerEntry;
use crate::domain::message::Message;
use crate::domain::route::TraceStep;
use crate::domain::server::{IncomingServer, SenderPolicy, SharedAddress};
use crate::domain::words::Sentence;
use crate::domain::{Moment, now};
use crate::ledger::outbox::{Queued, begin, end};
use crate::odoo::{
    Arrived, DecodedFiles, DeliveryPlan, Original, Remote, Seekable, Shipment, StoredBytes, Trouble, TroubleKind,
};
use crate::say;
use crate::store::blob::{self, BlobError};
use crate::store::{Db, StoreError, handovers, messages, sender_links, servers};

use crate::{ledger, message};

/// What carrying one message came to.
pub(super) enum Carried {
    /// The far end answered, or it was never asked.
    Settled,
    /// The session can't be used any more; the message is tried again.
    Troubled(Trouble),
}

pub(super) fn carry(
    outbox: &Outbox,
    account: &OutboxAccount,
    remote: &mut dyn Remote,
    id: MessageId,
) -> Result<Carried, StoreError> {
    let Some(parcel) = open(outbox, account.connection.id, id)? else { return Ok(Carried::Settled) };
    match (Carrier { outbox, parcel }).go(remote)? {
        Ok(()) => Ok(Carried::Settled),
        Err(trouble) => Ok(Carried::Troubled(trouble)),
    }
}

struct Carrier<'a> {
    outbox: &'a Outbox,
    parcel: Parcel<'a>,
}

type CarryOutcome = Result<Result<(), Trouble>, StoreError>;

impl Carrier<'_> {
    fn go(&mut self, remote: &mut dyn Remote) -> CarryOutcome {
        if let Some(known) = self.look_for_it(remote)? {
            return Ok(known);
        }
        let plan = match self.plan(remote) {
            Ok(plan) => plan,
            // Nothing was begun: whatever happened to the question, nothing is left over there.
            Err(trouble) => return self.put_off(Trouble { kind: harmless(trouble.kind), ..trouble }),
        };
        let (method, partner, new_contact, trace) = match plan {
            DeliveryPlan::Deliver { method, partner, new_contact, trace } => {
                (self.kept_to(method), partner, new_contact, trace)
            }
            DeliveryPlan::Hold { reason, detail, trace } => {
                return self.settle(&Fate::held(reason, detail), false, &trace).map(Ok);
            }
        };
        let repeated = self.parcel.queued.handover.attempt.is_some();
        let attempt = HandoverAttempt { method, partner, begun: now(), end: AttemptEnd::Open };
        if !self.outbox.store.write(|db| begin(db, &mut self.parcel.queued, attempt))? {
            return Ok(Ok(()));
        }
        match remote.deliver(&self.parcel.shipment(), method, partner, new_contact) {
            // Of a repeat, the one that it doubles may be ours and was only late.
            Ok(Arrived::Duplicate { .. }) if repeated => match remote.find(&self.parcel.shipment()) {
                Ok(Some(arrived)) => self.arrived(arrived, &trace),
                Ok(None) => self.arrived(Arrived::Duplicate { record: None }, &trace),
                Err(trouble) => self.put_off(Trouble { kind: harmless(trouble.kind), ..trouble }),
            },
            Ok(arrived) => self.arrived(arrived, &trace),
            Err(trouble) => self.put_off(trouble),
        }
    }

    /// Where the record that it was to join has been deleted over there, it joins the one that its conversation has gone on
    /// with since, or becomes one of its own: what a person chose is held first, until a person wants it delivered all the
    /// same.
    fn plan(&mut self, remote: &mut dyn Remote) -> Result<DeliveryPlan, Trouble> {
        let (chosen, forced) = (self.parcel.queued.handover.record.is_some(), self.parcel.queued.handover.forced);
        let mut steps = Vec::new();
        loop {
            match remote.plan(&self.parcel.shipment())? {
                DeliveryPlan::Hold { reason: Reason::RecordGone, trace, .. }
                    if self.parcel.handover.record.is_some() && (forced || !chosen) =>
                {
                    steps.extend(trace);
                }
                DeliveryPlan::Deliver { method, partner, new_contact, trace } => {
                    steps.extend(trace);
                    return Ok(DeliveryPlan::Deliver { method, partner, new_contact, trace: steps });
                }
                DeliveryPlan::Hold { reason, detail, trace } => {
                    steps.extend(trace);
                    return Ok(DeliveryPlan::Hold { reason, detail, trace: steps });
                }
            }
            self.parcel.handover.record = self.parcel.successors.next();
            let why = match self.parcel.handover.record {
                Some(record) => say!("trace-remote-successor", record),
                None => say!("trace-remote-anew"),
            };
            steps.push(TraceStep { rule: "remote_thread".into(), applied: true, why });
        }
    }

    /// Once a record may have been made over there without its message, only the same way finds and completes it.
    fn kept_to(&self, planned: Method) -> Method {
        match &self.parcel.queued.handover.attempt {
            Some(HandoverAttempt { method: Method::CreateAndPost, .. }) => Method::CreateAndPost,
            _ => planned,
        }
    }

    fn arrived(&mut self, arrived: Arrived, trace: &[TraceStep]) -> CarryOutcome {
        self.mark(AttemptEnd::Answered);
        self.parcel.queued.handover.known_there = matches!(arrived, Arrived::Duplicate { .. });
        self.settle(&fate(arrived), false, trace).map(Ok)
    }

    /// The outcome of an earlier attempt, where that is not known here. None where the message is to be delivered.
    fn look_for_it(&mut self, remote: &mut dyn Remote) -> Result<Option<Result<(), Trouble>>, StoreError> {
        let Some(from) = self.parcel.queued.handover.attempt.as_ref().and_then(HandoverAttempt::absence_counts_from)
        else {
            return Ok(None);
        };
        match remote.find(&self.parcel.shipment()) {
            Ok(Some(arrived)) => {
                let trace = [TraceStep { rule: "found".into(), applied: true, why: say!("odoo-found") }];
                self.arrived(arrived, &trace).map(Some)
            }
            Ok(None) if now() < from => self.later(say!("odoo-looked-for-again"), from).map(Some),
            Ok(None) => match self.pause_before_repeat() {
                Some(next) => self.later(say!("odoo-delivered-again"), next).map(Some),
                None => Ok(None),
            },
            Err(trouble) => {
                let trouble = Trouble { kind: harmless(trouble.kind), ..trouble };
                Ok(Some(self.wait(trouble, None)?))
            }
        }
    }

    /// What failed more than once is looked for soon and repeated later and later. None where the pause is over.
    fn pause_before_repeat(&self) -> Option<Moment> {
        let queued = &self.parcel.queued;
        let failed = queued.handover.attempt.as_ref().and_then(HandoverAttempt::unclear_since)?;
        let before = queued.attempts - 1;
        let over = before < 0 || now() >= pauses::soonest_after_attempt(failed, before);
        (!over).then(|| pauses::after_attempt(failed, before))
    }

    fn later(&self, words: Sentence, next: Moment) -> CarryOutcome {
        let why = Why::new(Reason::Temporary, words);
        self.settle(&Fate::Retrying { why, next }, false, &[]).map(Ok)
    }

    /// Not delivered this time, as far as is known: when to look again depends on what may be going on over there.
    fn put_off(&mut self, trouble: Trouble) -> CarryOutcome {
        let at = now();
        match trouble.kind {
            TroubleKind::Cut => self.mark(AttemptEnd::Cut { at }),
            TroubleKind::TimedOut => self.mark(AttemptEnd::TimedOut { at }),
            TroubleKind::Temporary | TroubleKind::Configuration => self.mark_begun(AttemptEnd::Answered),
        }
        let earliest = self.parcel.queued.handover.attempt.as_ref().and_then(HandoverAttempt::looked_up_from);
        self.wait(trouble, earliest)
    }

    fn wait(&mut self, trouble: Trouble, earliest: Option<Moment>) -> CarryOutcome {
        let queued = &self.parcel.queued;
        let at = now();
        let why = |reason| Why::new(reason, trouble.complaint.what.clone());
        // Whether the failure is the message's own.
        let (fate, own) = match trouble.kind {
            // It waits for the connection, not the connection for it.
            TroubleKind::Configuration => (Fate::Retrying { why: why(Reason::Configuration), next: at }, false),
            _ if queued.attempts + 1 >= pauses::ATTEMPTS && earliest.is_none() => {
                (Fate::Held(why(Reason::Undelivered)), false)
            }
            _ => {
                // Where it may have arrived, that is found out soon.
                let next = earliest.unwrap_or_else(|| pauses::after_attempt(at, queued.attempts));
                (Fate::Retrying { why: why(Reason::Temporary), next }, true)
            }
        };
        self.settle(&fate, own, &[])?;
        Ok(Err(trouble))
    }

    fn mark(&mut self, how: AttemptEnd) {
        if let Some(attempt) = &mut self.parcel.queued.handover.attempt {
            attempt.end = how;
        }
    }

    /// Only this attempt: one from before whose outcome is unknown stays as it is.
    fn mark_begun(&mut self, how: AttemptEnd) {
        if let Some(attempt) = &mut self.parcel.queued.handover.attempt
            && attempt.end == AttemptEnd::Open
        {
            attempt.end = how;
        }
    }

    fn settle(&self, fate: &Fate, own: bool, trace: &[TraceStep]) -> Result<(), StoreError> {
        let Queued { id, connection, .. } = &self.parcel.queued;
        let store = &self.outbox.store;
        let delivered = matches!(fate, Fate::Arrived { .. });
        let written = store.write(|db| {
            let written = end(db, &self.parcel.queued, fate, own, trace)?;
            if delivered {
                crate::store::connection_status::delivered(db, *connection, now())?;
            }
            Ok::<_, StoreError>(written)
        })?;
        if !written {
            tracing::warn!(message = %id, "it was moved while it was delivered; the next look finds out");
        }
        Ok(())
    }
}

/// A cut of what only reads leaves nothing behind.
fn harmless(kind: TroubleKind) -> TroubleKind {
    match kind {
        TroubleKind::Cut | TroubleKind::TimedOut | TroubleKind::Temporary => TroubleKind::Temporary,
        TroubleKind::Configuration => TroubleKind::Configuration,
    }
}

fn fate(arrived: Arrived) -> Fate {
    match arrived {
        Arrived::Record { model, id, url } => Fate::Arrived { model, record: RecordId(id), url },
        Arrived::Duplicate { record } => {
            let words = match record {
                Some((model, id)) => say!("odoo-duplicate-on", id, model),
                None => say!("odoo-duplicate"),
            };
            Fate::ignored(Reason::Duplicate, words)
        }
        Arrived::Dropped { detail } => Fate::held(Reason::Loop, detail),
        Arrived::Refused { detail } => Fate::held(Reason::Refused, detail),
    }
}

/// A message in hand.
struct Parcel<'a> {
    /// As it stands in the queue.
    queued: Queued,
    /// The same with the record over there of the mail that it answers, which may have arrived since it was queued.
    handover: Handover,
    /// The records over there that its conversation went on with, where that one is gone.
    successors: std::vec::IntoIter<i32>,
    /// The contact there that the sender's address belongs to, as a person said of an earlier mail.
    linked: Option<i32>,
    message: Message,
    source: Raw<'a>,
    server: Option<IncomingServer>,
}

/// What a server that is gone sets.
static NO_VALUES: LazyLock<FarValues> = LazyLock::new(FarValues::default);

impl Parcel<'_> {
    fn shipment(&self) -> Shipment<'_> {
        Shipment {
            message: &self.message,
            source: &self.source,
            handover: &self.handover,
            // A server that is gone can't be asked what it takes: nothing is sent for people nobody knows.
            sender_policy: self.server.as_ref().map_or(SenderPolicy::Known, |server| server.sender_policy),
            shared_address: self.server.as_ref().map_or(SharedAddress::Ask, |server| server.shared_address),
            linked: self.linked,
            values: self.server.as_ref().map_or(&NO_VALUES, |server| &server.far_values),
            attach: self.server.as_ref().is_none_or(|server| server.attach),
            original: self.server.as_ref().is_some_and(|server| server.original),
        }
    }
}

/// None where there is nothing to deliver: it was moved meanwhile, or can't be read and is held now.
fn open(outbox: &Outbox, connection: ConnectionId, id: MessageId) -> Result<Option<Parcel<'_>>, StoreError> {
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
struct Raw<'a> {
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
