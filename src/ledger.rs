//! The only writer of a message's state: everything that happens to a message, each step with its line of history. Every
//! function works within the caller's transaction, so that a state never says more than what is committed with it.

use crate::domain::handover::{AttemptEnd, Handover, HandoverAttempt};
use crate::domain::id::{ConnectionId, ImportId, MailboxId, MessageId, RecordId, SourceId};
use crate::domain::ledger::{Fate, MailState, Reason, Why};
use crate::domain::message::{Came, LedgerEntry, Mail, Message, join_notes};
use crate::domain::route::{TraceStep, trace_to_text};
use crate::domain::server::IncomingServer;
use crate::domain::text::shorten;
use crate::domain::words::Sentence;
use crate::domain::{Moment, now};
use crate::message::Unreadable;
use crate::say;
use crate::store::acknowledgements::{self, NewAcknowledgement};
use crate::store::claims::{self, Claim};
use crate::store::messages::fate::{self, FateWritten, Move, NewEvent, NewFate};
use crate::store::messages::{self, Downloaded, MessageReading, NewMessage};
use crate::store::{Db, StoreError, handovers};

/// The states in which a message waits for its route or its delivery.
pub const OPEN: &[MailState] = &[MailState::Received, MailState::Routed, MailState::Delivering, MailState::Retrying];
/// The states from which a person may have it delivered again.
pub const REPAIRABLE: &[MailState] = &[MailState::Held, MailState::Ignored, MailState::Retrying];

/// A change of a message's state, with everything that belongs to it.
#[derive(Clone, Copy)]
struct StateChange<'a> {
    state: MailState,
    reason: Option<Reason>,
    detail: Option<&'a Sentence>,
    next: Option<Moment>,
}

impl<'a> StateChange<'a> {
    fn to(fate: &'a Fate) -> Result<Self, StoreError> {
        let not_kept = || StoreError::Corrupt("a mail that is not kept has no row to write its fate on".into());
        let next = match fate {
            Fate::Retrying { next, .. } => Some(*next),
            _ => None,
        };
        Ok(Self { state: fate.state().ok_or_else(not_kept)?, reason: fate.reason(), detail: fate.detail(), next })
    }

    /// Its line in the message's history.
    fn event<'l>(&self, message: MessageId, at: Moment, login: Option<&'l str>) -> NewEvent<'l> {
        let Self { state, reason, detail, .. } = *self;
        NewEvent { message_id: message, at, state, reason_code: reason, detail: detail.cloned(), login }
    }
}

/// States in which a message may have no history beside its row and its fate.
const UNTOLD: &[MailState] = &[MailState::Received, MailState::Delivered, MailState::Held, MailState::Ignored];

/// Moves a message from one of these states, with a line in its history. False if it is in none of them any more.
fn turn(
    db: &mut Db,
    id: MessageId,
    from: &[MailState],
    to: StateChange<'_>,
    attempts: i32,
    login: Option<&str>,
) -> Result<bool, StoreError> {
    if from.iter().any(|state| UNTOLD.contains(state)) {
        if fate::lock(db, &[id], from)?.is_empty() {
            return Ok(false);
        }
        fate::write_out_history(db, &[id])?;
    }
    let at = now();
    let row = Move {
        state: to.state,
        reason_code: to.reason,
        reason_detail: to.detail,
        attempts,
        next_attempt: to.next,
        settled_at: None,
        write_date: at,
    };
    let moved = fate::advance(db, id, from, &row)?;
    if moved {
        fate::remember(db, &[to.event(id, at, login)])?;
    }
    Ok(moved)
}

// How a message comes into the ledger: with its source, or only as a key.

/// A message as it arrives, and what is stored of it.
#[derive(Debug, Clone)]
pub struct Arrival<'a> {
    pub mailbox: MailboxId,
    pub server: &'a IncomingServer,
    pub source_key: &'a str,
    /// Above 0 if the key belonged to other mail before.
    pub generation: i32,
    /// Bytes, as the server lists it.
    pub size: u64,
    /// When the server received it.
    pub date: Option<Moment>,
    /// The import that it belongs to.
    pub import: Option<ImportId>,
    pub content: ArrivedContent<'a>,
}

/// When the mail server is to be told of a message, and how much of it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AcknowledgeWhen {
    pub due: Moment,
    pub came: Came,
}

impl AcknowledgeWhen {
    fn of(self, message: MessageId, mailbox: MailboxId) -> NewAcknowledgement {
        NewAcknowledgement::new(message, mailbox, self.due, self.came)
    }
}

/// How much of a message is here.
#[derive(Debug, Clone, Copy)]
pub enum ArrivedContent<'a> {
    /// Its source, committed with the row; it is to be routed.
    Source(ArrivedSource<'a>),
    /// Only its key, with its fate, and what its header says if the server showed it.
    Nothing { fate: &'a Fate, header: Option<&'a Message> },
}

/// A source that is here, and what is known of it beside the server's listing.
#[derive(Debug, Clone, Copy)]
pub struct ArrivedSource<'a> {
    pub id: SourceId,
    pub sha256: &'a str,
    pub header_digest: &'a str,
    /// What was assumed when it was fetched, one sentence each.
    pub notes: &'a [Sentence],
    /// None: the mail server is never told.
    pub acknowledge: Option<AcknowledgeWhen>,
}

/// Writes new messages of one mailbox; returns their entries in the ledger, in the same order.
pub fn receive(db: &mut Db, arrivals: &[Arrival<'_>]) -> Result<Vec<LedgerEntry>, StoreError> {
    if arrivals.is_empty() {
        return Ok(Vec::new());
    }
    let at = now();
    let received: Vec<Received<'_>> =
        arrivals.iter().map(|arrival| Received::of(arrival, at)).collect::<Result<_, _>>()?;
    let mails: Vec<NewMessage<'_>> = received.iter().map(Received::mail).collect();
    let ids = messages::insert(db, &mails)?;
    let numbered = || ids.iter().copied().zip(&received);
    let fates: Vec<NewFate<'_>> = numbered().map(|(id, received)| received.fate(id)).collect();
    fate::insert(db, &fates)?;
    // For a message that is here, its row says it.
    let only_known = numbered().filter(|(_, received)| received.source.is_none());
    let events: Vec<_> = only_known.map(|(id, received)| received.change.event(id, at, None)).collect();
    fate::remember(db, &events)?;
    let told = |(id, received): (MessageId, &Received<'_>)| {
        received.source.and_then(|source| source.acknowledge).map(|tell| tell.of(id, received.arrival.mailbox))
    };
    acknowledgements::insert(db, &numbered().filter_map(told).collect::<Vec<_>>())?;
    for (id, arrival) in ids.iter().zip(arrivals) {
        if let ArrivedContent::Nothing { header: Some(header), .. } = arrival.content {
            describe(db, *id, header)?;
        }
    }
    Ok(numbered().map(|(id, received)| received.entry(id)).collect())
}

/// An arrival with its first state.
struct Received<'a> {
    arrival: &'a Arrival<'a>,
    source: Option<ArrivedSource<'a>>,
    change: StateChange<'a>,
    attempts: i32,
    notes: Option<String>,
    at: Moment,
}

impl<'a> Received<'a> {
    fn of(arrival: &'a Arrival<'a>, at: Moment) -> Result<Self, StoreError> {
        let (source, change) = match arrival.content {
            ArrivedContent::Source(source) => {
                (Some(source), StateChange { state: MailState::Received, reason: None, detail: None, next: None })
            }
            ArrivedContent::Nothing { fate, .. } => (None, StateChange::to(fate)?),
        };
        let attempts = i32::from(change.state == MailState::Retrying);
        let notes = source.and_then(|source| join_notes(None, source.notes));
        Ok(Self { arrival, source, change, attempts, notes, at })
    }

    fn mail(&self) -> NewMessage<'_> {
        let Arrival { mailbox, server, source_key, generation, size, date, import, .. } = *self.arrival;
        NewMessage {
            mailbox_id: mailbox,
            server_name: &server.name,
            source_key,
            generation,
            source_id: self.source.map(|source| source.id),
            size: i64::try_from(size).unwrap_or(i64::MAX),
            header_digest: self.source.map(|source| source.header_digest),
            sha256: self.source.map(|source| messages::kept_sha256(source.sha256)),
            date,
            create_date: self.at,
            import_id: import,
        }
    }

    fn fate(&self, id: MessageId) -> NewFate<'_> {
        NewFate {
            id,
            server_id: self.arrival.server.id,
            state: self.change.state,
            reason_code: self.change.reason,
            reason_detail: self.change.detail,
            attempts: self.attempts,
            next_attempt: self.change.next,
            connection_id: self.arrival.server.connection,
            notes: self.notes.as_deref(),
            write_date: self.at,
        }
    }

    fn entry(&self, id: MessageId) -> LedgerEntry {
        let Arrival { mailbox, server, source_key, date, import, .. } = *self.arrival;
        LedgerEntry {
            id,
            mailbox,
            server: Some(server.id),
            connection: server.connection,
            import,
            server_name: server.name.clone(),
            source_key: source_key.to_owned(),
            state: self.change.state,
            reason: self.change.reason,
            attempts: self.attempts,
            source: self.source.map(|source| source.id),
            sha256: self.source.map_or_else(String::new, |source| source.sha256.to_owned()),
            object_model: None,
            date,
            notes: self.notes.clone(),
            create_date: self.at,
        }
    }
}

/// Writes the source of a message of which only the key was known; `size` is what the server lists.
pub fn downloaded(
    db: &mut Db,
    id: MessageId,
    mailbox: MailboxId,
    size: u64,
    source: ArrivedSource<'_>,
) -> Result<(), StoreError> {
    let ArrivedSource { id: source_id, sha256, header_digest, notes, acknowledge } = source;
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    let sha256 = messages::kept_sha256(sha256);
    messages::downloaded(db, id, &Downloaded { size, source_id, sha256, header_digest })?;
    let received = StateChange { state: MailState::Received, reason: None, detail: None, next: None };
    fate::receive(db, id, join_notes(None, notes).as_deref())?;
    fate::remember(db, &[received.event(id, now(), None)])?;
    acknowledgements::insert(db, acknowledge.map(|tell| tell.of(id, mailbox)).as_slice())
}

/// Writes what the header of a message says that is not here, so that a person knows what they decide about.
fn describe(db: &mut Db, id: MessageId, header: &Message) -> Result<(), StoreError> {
    let subject = shorten(&header.subject, 500);
    let from = shorten(&header.from.display(), 500);
    let message_id = header.has_message_id.then_some(header.message_id.as_str());
    messages::describe(
        db,
        id,
        &messages::Described { subject: &subject, email_from: &from, message_id, date: header.date },
    )
}

// How a message's way ends, or is put off: routed and delivered, failed, dismissed by a person.

/// What was read of mails, how they were routed, and their fates: collected mail by mail, and written at the end of their
/// batch.
#[derive(Default)]
pub struct SettledRows<'m> {
    readings: Vec<(MessageId, MessageReading<'m>)>,
    fates: Vec<(MessageId, FateWritten)>,
    traces: Vec<String>,
    /// Each with whether it says no more than the fate, as the first line may.
    events: Vec<(NewEvent<'m>, bool)>,
}

impl SettledRows<'_> {
    pub fn write(&mut self, db: &mut Db) -> Result<(), StoreError> {
        let texts: Vec<&str> = self.traces.iter().map(String::as_str).collect();
        let kept = fate::keep_traces(db, &texts)?;
        for ((_, fate), trace) in self.fates.iter_mut().zip(&self.traces) {
            fate.trace_id = kept.get(trace).copied();
            // If its text is not among those that are shared, the mail keeps its own.
            fate.trace = fate.trace_id.is_none().then(|| trace.clone());
        }
        messages::read(db, &self.readings)?;
        self.write_history(db)?;
        fate::settle(db, &self.fates)
    }

    /// A mail that is settled at once needs no line: see [`fate::write_out_history`].
    fn write_history(&mut self, db: &mut Db) -> Result<(), StoreError> {
        let of = |events: &[(NewEvent<'_>, bool)]| events.iter().map(|(event, _)| event.message_id).collect::<Vec<_>>();
        let told = fate::with_history(db, &of(&self.events))?;
        self.events.retain(|(event, is_fate)| !is_fate || told.contains(&event.message_id));
        fate::write_out_history(db, &of(&self.events))?;
        let events: Vec<NewEvent<'_>> = self.events.drain(..).map(|(event, _)| event).collect();
        fate::remember(db, &events)
    }
}

/// Adds what is to be written of one mail; `notes` are added to those that it has.
pub fn settle<'m>(
    rows: &mut SettledRows<'m>,
    mail: &'m Mail,
    fate: &Fate,
    notes: &[Sentence],
    trace: &[TraceStep],
    login: Option<&'m str>,
) -> Result<(), StoreError> {
    let at = now();
    let Mail { entry, message, .. } = mail;
    let change = StateChange::to(fate)?;
    let notes = join_notes(join_notes(entry.notes.as_deref(), notes).as_deref(), &message.notes);
    let subject = shorten(&message.subject, 500);
    let from = shorten(&message.from.display(), 500);
    let marks: Vec<&str> = message.marks.iter().map(|mark| mark.code()).collect();
    let json = |value: serde_json::Result<String>| value.map_err(|error| StoreError::Corrupt(error.to_string()));
    let marks = if marks.is_empty() { None } else { Some(json(serde_json::to_string(&marks))?) };
    let trace = json(trace_to_text(trace))?;
    let reading = MessageReading {
        fingerprint: mail.kept_fingerprint(),
        message_id: &message.message_id,
        subject,
        email_from: from,
        date: message.date,
        marks,
    };
    let becomes = fate.model().or(entry.object_model.as_deref());
    let became = fate.record().map(|(model, _)| model);
    let settled = FateWritten {
        state: change.state,
        reason_code: change.reason,
        reason_detail: change.detail.cloned(),
        next_attempt: change.next,
        object_model: becomes.filter(|model| became != Some(model)).map(str::to_owned),
        connection_id: entry.connection,
        res_model: became.map(str::to_owned),
        res_id: fate.record().map(|(_, id)| id),
        trace: None,
        notes,
        settled_at: None,
        write_date: at,
        trace_id: None,
    };
    rows.readings.push((entry.id, reading));
    rows.fates.push((entry.id, settled));
    rows.traces.push(trace);
    let is_fate = entry.state == MailState::Received && change.state.is_settled() && login.is_none();
    rows.events.push((change.event(entry.id, at, login), is_fate));
    Ok(())
}

/// How often a message is tried again before a person must look.
const ATTEMPTS: i32 = 4;

/// When to try again after this many attempts: after 1, 2, 4 minutes.
pub fn backoff(attempts: i32) -> Moment {
    now() + chrono::TimeDelta::minutes(1 << attempts.clamp(0, 6))
}

/// A message could not be downloaded or delivered for a reason that may pass: it is tried again from `next` on, and
/// after four attempts held for the reason `given_up`.
pub fn put_off(
    db: &mut Db,
    id: MessageId,
    attempts: i32,
    why: Why,
    given_up: Reason,
    next: Moment,
) -> Result<Fate, StoreError> {
    let fate = match attempts + 1 >= ATTEMPTS {
        true => Fate::held(given_up, why.detail),
        false => Fate::Retrying { why, next },
    };
    end(db, id, attempts + 1, &fate)?;
    Ok(fate)
}

/// Settles a message of which nothing is known but its row.
pub fn end(db: &mut Db, id: MessageId, attempts: i32, fate: &Fate) -> Result<(), StoreError> {
    turn(db, id, MailState::ALL, StateChange::to(fate)?, attempts, None).map(|_| ())
}

/// Logs an unexpected fault under a number that people can quote; returns the sentence for the message.
pub fn fault(whose: &str, what: &str) -> Sentence {
    let number = uuid::Uuid::new_v4().simple().to_string()[..8].to_owned();
    tracing::error!(whose, number, "{what}");
    say!("detail-fault", number)
}

/// Why a message can't be read; `whose` names it in the log. An error if its source itself fails.
pub fn unreadable(error: &Unreadable, whose: &str) -> Result<Why, StoreError> {
    match error {
        Unreadable::Empty => Ok(Why::new(Reason::Unreadable, say!("detail-empty"))),
        Unreadable::Panicked => Ok(Why::new(Reason::Fault, fault(whose, &error.to_string()))),
        Unreadable::Source(error) => Err(StoreError::Corrupt(format!("source of {whose}: {error}"))),
    }
}

/// A person decides that it makes no record, for this reason. Its claim is free again. None where it is neither held nor
/// retried.
pub fn dismiss(db: &mut Db, id: MessageId, reason: &str, login: &str) -> Result<Option<Fate>, StoreError> {
    let fate = Fate::ignored(Reason::Dismissed, Sentence::verbatim(reason));
    if !turn(db, id, &[MailState::Held, MailState::Retrying], StateChange::to(&fate)?, 0, Some(login))? {
        return Ok(None);
    }
    free_claims(db, id)?;
    Ok(Some(fate))
}

/// A message that was never read claims nothing.
fn free_claims(db: &mut Db, id: MessageId) -> Result<(), StoreError> {
    messages::fingerprint(db, id)?.map_or(Ok(()), |fingerprint| claims::free(db, id, &fingerprint))
}

/// Lets the next pass download a message of which only the key is known. None if it is not held.
pub fn want(db: &mut Db, id: MessageId, login: &str) -> Result<Option<Fate>, StoreError> {
    let why = Why::new(Reason::NotDownloaded, say!("detail-next-fetch"));
    let fate = Fate::Retrying { why, next: now() };
    Ok(turn(db, id, &[MailState::Held], StateChange::to(&fate)?, 0, Some(login))?.then_some(fate))
}

// How a queued message comes to its connection: from `routed` or `retrying` over `delivering` to its end.

/// The states in which a queued message may be taken up for its delivery.
const WAITING: &[MailState] = &[MailState::Routed, MailState::Retrying];

/// The same, and those while it is delivered.
const ON_THE_WAY: [MailState; 3] = [MailState::Routed, MailState::Retrying, MailState::Delivering];

/// A queued message that a round works on.
#[derive(Debug, Clone)]
pub struct Queued {
    pub id: MessageId,
    pub connection: ConnectionId,
    /// Failures that were its own, not the connection's.
    pub attempts: i32,
    pub handover: Handover,
}

/// Begins the delivery: committed before anything is sent. False if somebody moved or changed the message since it was read;
/// it comes up again by itself. Afterwards `queued` knows of the attempt. A message whose attempt was begun with others and
/// has not ended may begin again.
pub fn begin_attempt(db: &mut Db, queued: &mut Queued, attempt: HandoverAttempt) -> Result<bool, StoreError> {
    if handovers::get(db, queued.id, queued.connection)?.as_ref() != Some(&queued.handover) {
        return Ok(false);
    }
    let delivering = StateChange { state: MailState::Delivering, reason: None, detail: None, next: None };
    let in_hand = queued.handover.attempt.as_ref().is_some_and(|attempt| attempt.end == AttemptEnd::Open);
    let from = if in_hand { &ON_THE_WAY[..] } else { WAITING };
    if !turn(db, queued.id, from, delivering, queued.attempts, None)? {
        return Ok(false);
    }
    queued.handover.attempt = Some(attempt);
    handovers::update(db, queued.id, &queued.handover)?;
    Ok(true)
}

/// Ends the delivery, or puts it off before it began; `own` says that a failure is the message's own. False if somebody
/// moved the message meanwhile: the next attempt finds what was done over there.
pub fn end_attempt(
    db: &mut Db,
    queued: &Queued,
    fate: &Fate,
    own: bool,
    trace: &[TraceStep],
) -> Result<bool, StoreError> {
    if !turn(db, queued.id, &ON_THE_WAY, StateChange::to(fate)?, queued.attempts + i32::from(own), None)? {
        return Ok(false);
    }
    if let Fate::Arrived { model, record, url } = fate {
        fate::arrived(db, queued.id, model, *record, url)?;
    }
    handovers::update(db, queued.id, &queued.handover)?;
    fate::add_to_trace(db, queued.id, trace)?;
    Ok(true)
}

/// A process died while it delivered the message: its call may go on over there for a while, and its outcome is looked up
/// before anything is repeated.
pub fn left_in_hand(db: &mut Db, id: MessageId, connection: ConnectionId) -> Result<(), StoreError> {
    let Some(mut handover) = handovers::get(db, id, connection)? else {
        return Err(StoreError::Corrupt(format!("message {id} is in delivery without a place in the queue")));
    };
    let at = now();
    let mut next = at;
    if let Some(attempt) = &mut handover.attempt {
        attempt.end = AttemptEnd::Cut { at };
        next = attempt.looked_up_from().unwrap_or(at);
    }
    let attempts = messages::load(db, &[id])?.first().map_or(0, |entry| entry.attempts);
    let fate = Fate::Retrying { why: Why::new(Reason::Temporary, say!("detail-ended")), next };
    if turn(db, id, &[MailState::Delivering], StateChange::to(&fate)?, attempts, None)? {
        handovers::update(db, id, &handover)?;
    }
    Ok(())
}

// What undoing an import does to a message of it, and the way back: its claim is free meanwhile, and the mail server is told
// nothing more about it. What it was told before stays.

/// The message makes no record. False if it is not in this state any more.
pub fn take_back(db: &mut Db, id: MessageId, from: MailState, login: &str) -> Result<bool, StoreError> {
    let undone =
        StateChange { state: MailState::Ignored, reason: Some(Reason::ImportUndone), detail: None, next: None };
    if !turn(db, id, &[from], undone, 0, Some(login))? {
        return Ok(false);
    }
    free_claims(db, id)?;
    acknowledgements::suspend(db, id)?;
    Ok(true)
}

/// Its record has it again, because of this person or a reply; or it is a duplicate, if the same mail came again meanwhile.
/// None if it is not taken back (any more).
pub fn deliver_again(
    db: &mut Db,
    id: MessageId,
    claim: &Claim<'_>,
    record: Fate,
    login: Option<&str>,
) -> Result<Option<Fate>, StoreError> {
    let fate = match claims::take(db, claim, id)? {
        Ok(()) => record,
        Err(other) => Fate::ignored(Reason::Duplicate, say!("detail-same-mail", other = other.0)),
    };
    if !turn(db, id, &[MailState::Ignored], StateChange::to(&fate)?, 0, login)? {
        return Ok(None);
    }
    acknowledgements::resume(db, id)?;
    Ok(Some(fate))
}

/// It had made no record, so it is routed again, or downloaded if it is not here. None if it is not taken back (any more).
pub fn take_up(db: &mut Db, id: MessageId, is_here: bool, login: &str) -> Result<Option<Fate>, StoreError> {
    let why = match is_here {
        true => Why::new(Reason::Temporary, say!("detail-import-restored")),
        false => Why::new(Reason::NotDownloaded, say!("detail-next-fetch")),
    };
    let fate = Fate::Retrying { why, next: now() };
    if !turn(db, id, &[MailState::Ignored], StateChange::to(&fate)?, 0, Some(login))? {
        return Ok(None);
    }
    acknowledgements::resume(db, id)?;
    Ok(Some(fate))
}

// *Not a grievance*: what a person's verdict on a record does to the mail on it, and the way back.
//
// The claims stay taken (ARCHITECTURE §4): if the mail server shows the same mail again, it is a duplicate of what was
// decided already, and nobody decides it twice.

/// The mail on this record is ignored, by this person.
pub fn not_a_grievance(db: &mut Db, model: &str, record: RecordId, login: &str) -> Result<(), StoreError> {
    turn_all_of(db, model, record, MailState::Delivered, MailState::Ignored, Some(login))
}

/// The mail on this record is delivered after all.
pub fn a_grievance_after_all(db: &mut Db, model: &str, record: RecordId, login: &str) -> Result<(), StoreError> {
    turn_all_of(db, model, record, MailState::Ignored, MailState::Delivered, Some(login))
}

/// A reply undoes the verdict: its writer thinks that it is a grievance, and a person decides again.
pub fn a_reply_came(db: &mut Db, model: &str, record: RecordId) -> Result<(), StoreError> {
    turn_all_of(db, model, record, MailState::Ignored, MailState::Delivered, None)
}

fn turn_all_of(
    db: &mut Db,
    model: &str,
    record: RecordId,
    from: MailState,
    to: MailState,
    login: Option<&str>,
) -> Result<(), StoreError> {
    let reason = (to == MailState::Ignored).then_some(Reason::NotAGrievance);
    let was = (from == MailState::Ignored).then_some(Reason::NotAGrievance);
    for id in messages::list::of_record(db, model, record, from, was)? {
        turn(db, id, &[from], StateChange { state: to, reason, detail: None, next: None }, 0, login)?;
    }
    Ok(())
}
