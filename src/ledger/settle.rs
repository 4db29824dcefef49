//! How a message's way ends, or is put off: routed and delivered, failed, dismissed by a person.

use super::{StateChange, turn};
use crate::domain::fate::{Fate, Why};
use crate::domain::id::MessageId;
use crate::domain::ledger::{MailState, Reason};
use crate::domain::mail::Mail;
use crate::domain::message::join_notes;
use crate::domain::route::{TraceStep, trace_to_text};
use crate::domain::text::shorten;
use crate::domain::words::Sentence;
use crate::domain::{Moment, now};
use crate::message::Unreadable;
use crate::say;
use crate::store::messages::{self, MessageReading, fate as fates};
use crate::store::{Db, StoreError, claims};

/// Writes what was read of a mail, how it was routed, and its fate; `notes` come to those that it has. The state that it
/// is in now.
pub fn settle(
    db: &mut Db,
    mail: &Mail,
    fate: &Fate,
    notes: &[Sentence],
    trace: &[TraceStep],
    login: Option<&str>,
) -> Result<MailState, StoreError> {
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
        subject: &subject,
        email_from: &from,
        date: message.date,
        marks: marks.as_deref(),
    };
    messages::read(db, entry.id, &reading)?;
    let settled = fates::FateWritten {
        state: change.state,
        reason_code: change.reason,
        reason_detail: change.detail,
        next_attempt: change.next,
        object_model: fate.model().or(entry.object_model.as_deref()),
        connection_id: entry.connection,
        res_model: fate.record().map(|(model, _)| model),
        res_id: fate.record().map(|(_, id)| id),
        trace: Some(&trace),
        notes: notes.as_deref(),
        settled_at: change.state.is_settled().then_some(at),
        write_date: at,
    };
    fates::settle(db, entry.id, &settled)?;
    fates::remember(db, &[change.event(entry.id, at, login)])?;
    Ok(change.state)
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
