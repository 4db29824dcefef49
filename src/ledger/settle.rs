//! How a message's way ends, or is put off: routed and delivered, failed, dismissed by a person.

use super::{StateChange, turn};
use crate::domain::id::MessageId;
use crate::domain::ledger::{Fate, Why};
use crate::domain::ledger::{MailState, Reason};
use crate::domain::message::Mail;
use crate::domain::message::join_notes;
use crate::domain::route::{TraceStep, trace_to_text};
use crate::domain::text::shorten;
use crate::domain::words::Sentence;
use crate::domain::{Moment, now};
use crate::message::Unreadable;
use crate::say;
use crate::store::messages::fate::{self as fates, FateWritten, NewEvent};
use crate::store::messages::{self, MessageReading};
use crate::store::{Db, StoreError, claims, traces};

/// What was read of mails, how they were routed, and their fates: put together mail by mail, and written with their batch.
#[derive(Default)]
pub struct SettledRows<'m> {
    readings: Vec<(MessageId, MessageReading<'m>)>,
    fates: Vec<(MessageId, FateWritten)>,
    traces: Vec<String>,
    events: Vec<NewEvent<'m>>,
}

impl SettledRows<'_> {
    pub fn write(&mut self, db: &mut Db) -> Result<(), StoreError> {
        let texts: Vec<&str> = self.traces.iter().map(String::as_str).collect();
        let kept = traces::keep(db, &texts)?;
        for ((_, fate), trace) in self.fates.iter_mut().zip(&self.traces) {
            fate.trace_id = kept.get(trace).copied();
            // Where its text is not to be seen among those that are kept, it is the mail's own.
            fate.trace = fate.trace_id.is_none().then(|| trace.clone());
        }
        messages::read(db, &self.readings)?;
        fates::settle(db, &self.fates)?;
        fates::remember(db, &self.events)
    }
}

/// What is to be written of one mail; `notes` come to those that it has.
pub fn settle<'m>(
    rows: &mut SettledRows<'m>,
    mail: &'m Mail,
    fate: &Fate,
    notes: &[Sentence],
    trace: &[TraceStep],
    login: Option<&'m str>,
) -> Result<(), StoreError> {
    let at = now();
    let Mail { entry, message, fingerprint, .. } = mail;
    let change = StateChange::to(fate)?;
    let notes = join_notes(join_notes(entry.notes.as_deref(), notes).as_deref(), &message.notes);
    let subject = shorten(&message.subject, 500);
    let from = shorten(&message.from.display(), 500);
    let marks: Vec<&str> = message.marks.iter().map(|mark| mark.code()).collect();
    let json = |value: serde_json::Result<String>| value.map_err(|error| StoreError::Corrupt(error.to_string()));
    let marks = if marks.is_empty() { None } else { Some(json(serde_json::to_string(&marks))?) };
    let trace = json(trace_to_text(trace))?;
    let reading = MessageReading {
        fingerprint,
        message_id: &message.message_id,
        subject,
        email_from: from,
        date: message.date,
        marks,
    };
    let settled = FateWritten {
        state: change.state,
        reason_code: change.reason,
        reason_detail: change.detail.cloned(),
        next_attempt: change.next,
        object_model: fate.model().or(entry.object_model.as_deref()).map(str::to_owned),
        connection_id: entry.connection,
        res_model: fate.record().map(|(model, _)| model.to_owned()),
        res_id: fate.record().map(|(_, id)| id),
        trace: None,
        notes,
        settled_at: change.state.is_settled().then_some(at),
        write_date: at,
        trace_id: None,
    };
    rows.readings.push((entry.id, reading));
    rows.fates.push((entry.id, settled));
    rows.traces.push(trace);
    rows.events.push(change.event(entry.id, at, login));
    Ok(())
}

/// How often a message is tried again before a person must look.
const ATTEMPTS: i32 = 4;

/// When to try again after so many attempts: in 1, 2, 4 minutes.
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

/// Ends the way of a message of which nothing is known but its row.
pub fn end(db: &mut Db, id: MessageId, attempts: i32, fate: &Fate) -> Result<(), StoreError> {
    turn(db, id, MailState::ALL, StateChange::to(fate)?, attempts, None).map(|_| ())
}

/// Logs an unexpected fault under a number that a person can quote; gives back what stands on the message.
pub fn fault(whose: &str, what: &str) -> Sentence {
    let number = uuid::Uuid::new_v4().simple().to_string()[..8].to_owned();
    tracing::error!(whose, number, "{what}");
    say!("detail-fault", number)
}

/// Why a message can't be read; `whose` names it in the log. An error where its source itself fails.
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
    claims::free(db, id)?;
    Ok(Some(fate))
}

/// A message that is known only by its key is to be downloaded by the next pass. None where it is not held.
pub fn want(db: &mut Db, id: MessageId, login: &str) -> Result<Option<Fate>, StoreError> {
    let why = Why::new(Reason::NotDownloaded, say!("detail-next-fetch"));
    let fate = Fate::Retrying { why, next: now() };
    Ok(turn(db, id, &[MailState::Held], StateChange::to(&fate)?, 0, Some(login))?.then_some(fate))
}
