//! How a worker of a round delivers the mails that it takes up: each is looked for, planned, begun, delivered and settled, and
//! what can be done for several at once is done for them together. A step that must survive a crash is committed before the
//! next one begins.

use std::collections::{BTreeSet, HashSet};
use std::io;
use std::path::Path;
use std::sync::LazyLock;

use tempfile::{SpooledTempFile, spooled_tempfile_in};

use super::Outbox;
use super::round::{self, Gates};
use crate::domain::connection::FarValues;
use crate::domain::handover::{AttemptEnd, Handover, HandoverAttempt, Method};
use crate::domain::id::{ConnectionId, MessageId, RecordId, ServerId, SourceId};
use crate::domain::ledger::{Fate, Reason, Why};
use crate::domain::message::{LedgerEntry, Message};
use crate::domain::route::TraceStep;
use crate::domain::server::{IncomingServer, SenderPolicy, SharedAddress};
use crate::domain::words::Sentence;
use crate::domain::{Moment, now};
use crate::ledger::{self, Queued, begin_attempt, end_attempt};
use crate::odoo::{
    Arrived, DecodedFiles, DeliveryPlan, Original, RecordOrder, Remote, Seekable, Shipment, StoredBytes, Trouble,
    TroubleKind,
};
use crate::store::blob::{self, BlobError};
use crate::store::{Db, StoreError, handovers, messages, partners, servers};
use crate::{message, outbox, say};

/// One message, and how far a round has brought it.
pub(super) struct Carrier<'a> {
    outbox: &'a Outbox,
    parcel: Parcel<'a>,
    /// The last attempt before this round, by its row in the queue.
    before: Option<HandoverAttempt>,
    stage: CarryStage,
}

/// How far it is.
enum CarryStage {
    /// Nothing was asked for it yet.
    TakenUp,
    /// It was planned together with others.
    Planned(Course),
    /// Its record was made together with others; the mail itself is still to be posted there.
    Made(Course),
    /// It was begun together with others, but got no record: it is delivered by itself.
    Alone,
    /// It was made together with others and posted; what is done at once for all of these is still to come.
    Posted(Arrived, Vec<TraceStep>),
}

/// How it is to be delivered.
pub(super) struct Course {
    method: Method,
    partner: Option<i32>,
    new_contact: bool,
    is_new: bool,
    trace: Vec<TraceStep>,
}

/// `Ok(Ok)`: the message is settled, or waits until it is looked at again. `Ok(Err)`: the session can't be used any more, and the
/// message is tried again.
pub(super) type CarryOutcome = Result<Result<(), Trouble>, StoreError>;

impl<'a> Carrier<'a> {
    pub(super) fn new(outbox: &'a Outbox, parcel: Parcel<'a>) -> Self {
        let before = parcel.queued.handover.attempt.clone();
        Self { outbox, parcel, before, stage: CarryStage::TakenUp }
    }

    /// No delivery of it was begun yet, so that nothing of ours can be at the far end.
    fn is_untried(&self) -> bool {
        self.before.is_none() && self.parcel.queued.handover.attempt.is_none()
    }

    /// Plans it together with others. False where that settled it. Where the far end could not be asked, it is planned again by
    /// itself.
    fn plan_in_company(&mut self, remote: &mut dyn Remote) -> Result<bool, StoreError> {
        match self.plan(remote, true) {
            Ok(DeliveryPlan::Hold { reason, detail, trace }) => {
                self.settle(&Fate::held(reason, detail), false, &trace)?;
                return Ok(false);
            }
            Ok(DeliveryPlan::Deliver { method, partner, new_contact, is_new, trace }) => {
                self.stage = CarryStage::Planned(Course { method, partner, new_contact, is_new, trace });
            }
            Err(_) => {}
        }
        Ok(true)
    }

    /// The record that one call makes for it together with those of others; None where it is delivered in another way.
    pub(super) fn order(&self) -> Option<RecordOrder<'_>> {
        match &self.stage {
            CarryStage::Planned(Course {
                method: Method::CreateAndPost, partner, new_contact, is_new: true, ..
            }) if self.is_untried() || self.is_in_hand() => {
                let shipment = self.parcel.shipment(true);
                Some(RecordOrder { shipment, partner: *partner, new_contact: *new_contact })
            }
            _ => None,
        }
    }

    /// Writes that its delivery begins as planned. False where somebody decided otherwise about it meanwhile.
    fn begin(&mut self, db: &mut Db) -> Result<bool, StoreError> {
        let CarryStage::Planned(Course { method, partner, .. }) = &self.stage else { return Ok(false) };
        let attempt = HandoverAttempt { method: *method, partner: *partner, begun: now(), end: AttemptEnd::Open };
        begin_attempt(db, &mut self.parcel.queued, attempt)
    }

    /// Goes on by what came of [`Carrier::order`].
    pub(super) fn ordered(&mut self, outcome: Result<bool, Trouble>) -> Result<(), StoreError> {
        let stage = std::mem::replace(&mut self.stage, CarryStage::Alone);
        match (outcome, stage) {
            (Ok(true), CarryStage::Planned(course)) => self.stage = CarryStage::Made(course),
            (Ok(_), _) => {}
            // As after any cut call, the next round looks for it.
            (Err(trouble), _) => drop(self.put_off(trouble)?),
        }
        Ok(())
    }

    fn is_in_hand(&self) -> bool {
        self.parcel.queued.handover.attempt.as_ref().is_some_and(|attempt| attempt.end == AttemptEnd::Open)
    }

    /// The round ends before its turn: the next one takes it up.
    pub(super) fn leave(&mut self) -> Result<(), StoreError> {
        if self.before.is_some() || !self.is_in_hand() {
            return Ok(());
        }
        self.mark(AttemptEnd::Answered);
        let why = Why::new(Reason::Temporary, say!("detail-ended"));
        self.settle(&Fate::Retrying { why, next: now() }, false, &[])
    }

    pub(super) fn go(&mut self, remote: &mut dyn Remote, gates: &Gates) -> CarryOutcome {
        let course = match std::mem::replace(&mut self.stage, CarryStage::TakenUp) {
            CarryStage::Made(course) => return self.complete(remote, course),
            CarryStage::Planned(course) => course,
            stage => {
                if matches!(stage, CarryStage::TakenUp)
                    && let Some(known) = self.look_for_it(remote)?
                {
                    return Ok(known);
                }
                match self.plan(remote, false) {
                    Ok(DeliveryPlan::Deliver { method, partner, new_contact, is_new, trace }) => {
                        Course { method: self.kept_to(method), partner, new_contact, is_new, trace }
                    }
                    Ok(DeliveryPlan::Hold { reason, detail, trace }) => {
                        return self.settle(&Fate::held(reason, detail), false, &trace).map(Ok);
                    }
                    // Nothing was begun: whatever happened to the question, nothing is left over there.
                    Err(trouble) => return self.put_off(Trouble { kind: harmless(trouble.kind), ..trouble }),
                }
            }
        };
        let model = &self.parcel.queued.handover.model;
        let gate = (course.is_new && remote.is_gapless(model)).then(|| gates.of(model));
        let _turn = gate.as_ref().map(|gate| gate.lock());
        if !self.begin_now(&course)? {
            return Ok(Ok(()));
        }
        self.deliver(remote, &course)
    }

    /// Posts the mail on the record that was made for it. Its row says that the delivery began when the records of all were
    /// made; where that is a while ago it is written anew, since that moment says until when the far end may still be at work.
    fn complete(&mut self, remote: &mut dyn Remote, course: Course) -> CarryOutcome {
        let is_fresh = self.parcel.queued.handover.attempt.as_ref().is_some_and(|attempt| attempt.is_fresh(now()));
        if !is_fresh && !self.begin_now(&course)? {
            return Ok(Ok(()));
        }
        let Course { method, partner, new_contact, trace, .. } = course;
        match remote.deliver(&self.parcel.shipment(false), method, partner, new_contact) {
            Ok(arrived) => {
                self.mark(AttemptEnd::Answered);
                self.parcel.queued.handover.known_there = matches!(arrived, Arrived::Duplicate { .. });
                self.stage = CarryStage::Posted(arrived, trace);
                Ok(Ok(()))
            }
            Err(trouble) => self.put_off(trouble),
        }
    }

    /// Whether it was posted and is not settled yet.
    pub(super) fn is_posted(&self) -> bool {
        matches!(self.stage, CarryStage::Posted(..))
    }

    /// It was posted, but what is done at once for all may not have been: the next round looks for it and completes that.
    pub(super) fn left(&mut self, trouble: &Trouble) -> Result<(), StoreError> {
        self.put_off(Trouble { kind: TroubleKind::Cut, ..trouble.clone() }).map(drop)
    }

    /// Settles it, once what is done for all at once has been done.
    fn settle_posted(&mut self, db: &mut Db) -> Result<(), StoreError> {
        match std::mem::replace(&mut self.stage, CarryStage::Alone) {
            CarryStage::Posted(arrived, trace) => self.settle_in(db, &fate(arrived), false, &trace),
            stage => {
                self.stage = stage;
                Ok(())
            }
        }
    }

    fn begin_now(&mut self, course: &Course) -> Result<bool, StoreError> {
        let Course { method, partner, .. } = *course;
        let attempt = HandoverAttempt { method, partner, begun: now(), end: AttemptEnd::Open };
        self.outbox.store.write(|db| begin_attempt(db, &mut self.parcel.queued, attempt))
    }

    fn deliver(&mut self, remote: &mut dyn Remote, course: &Course) -> CarryOutcome {
        let Course { method, partner, new_contact, trace, .. } = course;
        match remote.deliver(&self.parcel.shipment(false), *method, *partner, *new_contact) {
            // It was sent before: the mail that the far end has already may be our own, whose call was only late.
            Ok(Arrived::Duplicate { .. }) if self.before.is_some() => match remote.find(&self.parcel.shipment(false)) {
                Ok(Some(arrived)) => self.arrived(arrived, trace),
                Ok(None) => self.arrived(Arrived::Duplicate { record: None }, trace),
                Err(trouble) => self.put_off(Trouble { kind: harmless(trouble.kind), ..trouble }),
            },
            Ok(arrived) => self.arrived(arrived, trace),
            Err(trouble) => self.put_off(trouble),
        }
    }

    /// Plans its delivery. Where the record that it was to join has been deleted over there, it joins the one on which its
    /// conversation went on, or becomes a record of its own. If a person had chosen that record, the mail is held instead, until
    /// a person wants it delivered all the same.
    fn plan(&mut self, remote: &mut dyn Remote, in_company: bool) -> Result<DeliveryPlan, Trouble> {
        let (chosen, forced) = (self.parcel.queued.handover.record.is_some(), self.parcel.queued.handover.forced);
        let mut steps = Vec::new();
        loop {
            match remote.plan(&self.parcel.shipment(in_company))? {
                DeliveryPlan::Hold { reason: Reason::RecordGone, trace, .. }
                    if self.parcel.handover.record.is_some() && (forced || !chosen) =>
                {
                    steps.extend(trace);
                }
                DeliveryPlan::Deliver { method, partner, new_contact, is_new, trace } => {
                    steps.extend(trace);
                    return Ok(DeliveryPlan::Deliver { method, partner, new_contact, is_new, trace: steps });
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

    /// An earlier attempt may have made the record without the mail: only by the same method is it found and completed.
    fn kept_to(&self, planned: Method) -> Method {
        match &self.before {
            Some(HandoverAttempt { method: Method::CreateAndPost, .. }) => Method::CreateAndPost,
            _ => planned,
        }
    }

    fn arrived(&mut self, arrived: Arrived, trace: &[TraceStep]) -> CarryOutcome {
        self.mark(AttemptEnd::Answered);
        self.parcel.queued.handover.known_there = matches!(arrived, Arrived::Duplicate { .. });
        self.settle(&fate(arrived), false, trace).map(Ok)
    }

    /// Finds out how an earlier attempt ended, where that is not known here. None where the message is to be delivered (again).
    fn look_for_it(&mut self, remote: &mut dyn Remote) -> Result<Option<Result<(), Trouble>>, StoreError> {
        let Some(from) = self.parcel.queued.handover.attempt.as_ref().and_then(HandoverAttempt::absence_counts_from)
        else {
            return Ok(None);
        };
        match remote.find(&self.parcel.shipment(false)) {
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

    /// After several failures it is looked for soon, but repeated later and later: until when. None where the pause is over.
    fn pause_before_repeat(&self) -> Option<Moment> {
        let queued = &self.parcel.queued;
        let failed = queued.handover.attempt.as_ref().and_then(HandoverAttempt::unclear_since)?;
        let before = queued.attempts - 1;
        let over = before < 0 || now() >= round::soonest_after_attempt(failed, before);
        (!over).then(|| round::after_attempt(failed, before))
    }

    fn later(&self, words: Sentence, next: Moment) -> CarryOutcome {
        let why = Why::new(Reason::Temporary, words);
        self.settle(&Fate::Retrying { why, next }, false, &[]).map(Ok)
    }

    /// It was not delivered this time, as far as is known. When it is looked at again depends on whether the far end may still be
    /// at work on it.
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
        // `own`: the failure counts against this message.
        let (fate, own) = match trouble.kind {
            // It waits for the connection, and holds up no other mail.
            TroubleKind::Configuration => (Fate::Retrying { why: why(Reason::Configuration), next: at }, false),
            _ if queued.attempts + 1 >= round::ATTEMPTS && earliest.is_none() => {
                (Fate::Held(why(Reason::Undelivered)), false)
            }
            _ => {
                // Where it may have arrived, look soon.
                let next = earliest.unwrap_or_else(|| round::after_attempt(at, queued.attempts));
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

    /// Writes how this attempt ended. An earlier one whose outcome is unknown stays as it is.
    fn mark_begun(&mut self, how: AttemptEnd) {
        if let Some(attempt) = &mut self.parcel.queued.handover.attempt
            && attempt.end == AttemptEnd::Open
        {
            attempt.end = how;
        }
    }

    fn settle(&self, fate: &Fate, own: bool, trace: &[TraceStep]) -> Result<(), StoreError> {
        self.outbox.store.write(|db| self.settle_in(db, fate, own, trace))
    }

    fn settle_in(&self, db: &mut Db, fate: &Fate, own: bool, trace: &[TraceStep]) -> Result<(), StoreError> {
        let Queued { id, connection, .. } = &self.parcel.queued;
        let written = end_attempt(db, &self.parcel.queued, fate, own, trace)?;
        if matches!(fate, Fate::Arrived { .. }) {
            crate::store::connections::delivered(db, *connection, now())?;
        }
        if !written {
            tracing::warn!(message = %id, "it was moved while it was delivered; the next look finds out");
        }
        Ok(())
    }
}

/// Where a call only reads, a cut leaves nothing behind: it counts as a passing trouble.
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

/// A message that a round has taken up: what is known of it here, and its bytes.
pub(super) struct Parcel<'a> {
    /// As it stands in the queue.
    pub queued: Queued,
    /// What the queue says is to be made of it, brought up to date: the mail that it answers may have arrived since.
    pub handover: Handover,
    /// Where its conversation went on over there, in case the record that it was to join is gone.
    pub successors: std::vec::IntoIter<i32>,
    /// The contact there that the sender's address belongs to, as a person said of an earlier mail.
    pub linked: Option<i32>,
    pub message: Message,
    pub source: Raw<'a>,
    pub server: Option<IncomingServer>,
}

/// A server that was deleted sets no values in new records.
static NO_VALUES: LazyLock<FarValues> = LazyLock::new(FarValues::default);

impl Parcel<'_> {
    /// As it goes out; `in_company` as [`Shipment`] has it.
    pub(super) fn shipment(&self, in_company: bool) -> Shipment<'_> {
        Shipment {
            message: &self.message,
            source: &self.source,
            handover: &self.handover,
            // The server was deleted, and with it the choice whose mail it takes: only people who are known there count.
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
    let Some(source) = row.source else {
        let fate = Fate::Held(Why::new(Reason::NotDownloaded, say!("detail-source-gone")));
        store.write(|db| end_attempt(db, &queued, &fate, false, &[]))?;
        return Ok(None);
    };
    let source = Raw::open(outbox, source).map_err(|error| match error {
        BlobError::Store(error) => error,
        BlobError::Io(error) => StoreError::Corrupt(format!("source of message {id}: {error}")),
    })?;
    let read = message::read(&mut *source.copy.stream(), row.received(), &row.sha256);
    let mut message = match read {
        Ok(message) => message,
        Err(error) => {
            let fate = Fate::Held(ledger::unreadable(&error, &format!("message {id}"))?);
            store.write(|db| end_attempt(db, &queued, &fate, false, &[]))?;
            return Ok(None);
        }
    };
    if let Some(sender) = &queued.handover.sender {
        message.from = sender.clone();
    }
    let mut handover = queued.handover.clone();
    let mut successors = Vec::new().into_iter();
    if handover.record.is_none() {
        let known = store.read(|db| outbox::known(db, &[(connection, &message)]))?;
        successors = known.records(connection, &message, &handover.model).into_iter();
        handover.record = successors.next();
    }
    let linked = match (handover.partner, message.from.normalized()) {
        (None, Some(address)) => store.read(|db| partners::link_of(db, connection, &address))?.map(|link| link.partner),
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
    fn open(outbox: &Outbox, source: SourceId) -> Result<Raw<'_>, BlobError> {
        let mut copy = spooled(&outbox.spool)?;
        blob::copy(&outbox.store, source, &mut copy)?;
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

// Mails that one worker takes up together: what can be asked for all of them at once is asked so, and new records that the
// far end may make together are made by one call. After that each is delivered by itself, so that none holds up another.
// Where a call was cut in the middle, its mails are looked for one by one.

/// Bytes of mail that are taken up together; one mail may have more.
const BYTES: u64 = 16 << 20;

/// Opens mails in their order, up to [`BYTES`]; the rest stays in `ids`.
pub(super) fn open_batch<'a>(
    outbox: &'a Outbox,
    connection: ConnectionId,
    ids: &mut Vec<MessageId>,
) -> Result<Vec<Carrier<'a>>, StoreError> {
    let (mut carriers, mut bytes, mut opened) = (Vec::with_capacity(ids.len()), 0, 0);
    for id in ids.iter() {
        if bytes > BYTES {
            break;
        }
        opened += 1;
        if let Some(parcel) = open(outbox, connection, *id)? {
            bytes += parcel.source.size();
            carriers.push(Carrier::new(outbox, parcel));
        }
    }
    ids.drain(..opened);
    Ok(carriers)
}

/// Asks what all of them need to know, and makes the records of those that can be made together. Returns those that are to be
/// delivered. A [`Trouble`] is the session's: the mails that it hit have been put off, and the others are among those returned.
pub(super) fn prepare_batch<'a>(
    outbox: &Outbox,
    remote: &mut dyn Remote,
    gates: &Gates,
    mut carriers: Vec<Carrier<'a>>,
) -> Result<(Vec<Carrier<'a>>, Option<Trouble>), StoreError> {
    let models = in_company(&carriers);
    let asked = {
        let untried = carriers.iter().filter(|carrier| carrier.is_untried());
        let shipments: Vec<Shipment<'_>> =
            untried.map(|carrier| carrier.parcel.shipment(models.contains(&carrier.parcel.handover.model))).collect();
        remote.look_ahead(&shipments)
    };
    // Each asks for itself, and so finds out what is wrong.
    if asked.is_err() {
        return Ok((carriers, None));
    }
    let mut trouble = None;
    for model in models {
        let mut kept = Vec::with_capacity(carriers.len());
        for mut carrier in carriers {
            let is_one = carrier.parcel.handover.model == model && carrier.is_untried();
            if !is_one || carrier.plan_in_company(remote)? {
                kept.push(carrier);
            }
        }
        (carriers, trouble) = make_together(outbox, remote, gates, &model, kept)?;
        if trouble.is_some() {
            break;
        }
    }
    Ok((carriers, trouble))
}

/// The record types that more than one of these mails is to become, as far as is known by now.
fn in_company(carriers: &[Carrier<'_>]) -> BTreeSet<String> {
    let mut once = HashSet::new();
    let new = carriers.iter().filter(|carrier| carrier.is_untried() && carrier.parcel.handover.record.is_none());
    new.map(|carrier| carrier.parcel.handover.model.as_str())
        .filter(|model| !once.insert(*model))
        .map(str::to_owned)
        .collect()
}

/// Makes their records by one call. That the delivery of each begins is committed before it, as for a single mail.
fn make_together<'a>(
    outbox: &Outbox,
    remote: &mut dyn Remote,
    gates: &Gates,
    model: &str,
    mut carriers: Vec<Carrier<'a>>,
) -> Result<(Vec<Carrier<'a>>, Option<Trouble>), StoreError> {
    let mut names = HashSet::new();
    let mut ordered: Vec<usize> = Vec::new();
    for (at, carrier) in carriers.iter().enumerate() {
        let Some(order) = carrier.order().filter(|order| order.shipment.handover.model == model) else { continue };
        let handover = order.shipment.handover;
        // Two mails with one external id would become one record.
        if names.insert(handover.message_id.clone()) && names.insert(handover.external_id.clone()) {
            ordered.push(at);
        }
    }
    if ordered.len() < 2 {
        return Ok((carriers, None));
    }
    let gate = remote.is_gapless(model).then(|| gates.of(model));
    let turn = gate.as_ref().map(|gate| gate.lock());
    let begun: Vec<bool> =
        outbox.store.write(|db| ordered.iter().map(|at| carriers[*at].begin(db)).collect::<Result<_, StoreError>>())?;
    let moved: HashSet<usize> = ordered.iter().zip(&begun).filter(|(_, begun)| !**begun).map(|(at, _)| *at).collect();
    ordered.retain(|at| !moved.contains(at));
    let outcomes = {
        let orders: Vec<_> = ordered.iter().filter_map(|at| carriers[*at].order()).collect();
        remote.make_records(&orders)
    };
    drop(turn);
    let (mut trouble, mut cut) = (None, HashSet::new());
    for (at, outcome) in ordered.into_iter().zip(outcomes) {
        if let Err(what) = &outcome {
            trouble.get_or_insert_with(|| what.clone());
            cut.insert(at);
        }
        carriers[at].ordered(outcome)?;
    }
    let rest = carriers.into_iter().enumerate().filter(|(at, _)| !moved.contains(at) && !cut.contains(at));
    Ok((rest.map(|(_, carrier)| carrier).collect(), trouble))
}

/// Settles those that were made together and posted, in one commit. If it fails, the next round looks for each of them.
pub(super) fn settle_batch(outbox: &Outbox, mut posted: Vec<Carrier<'_>>) -> Result<(), StoreError> {
    if posted.is_empty() {
        return Ok(());
    }
    outbox.store.write(|db| posted.iter_mut().try_for_each(|carrier| carrier.settle_posted(db)))
}
