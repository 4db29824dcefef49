//! How a queued message comes to its connection: from `routed` or `retrying` over `delivering` to its end.

use super::{StateChange, turn};
use crate::domain::id::{ConnectionId, MessageId};
use crate::domain::ledger::{AttemptEnd, Handover, HandoverAttempt};
use crate::domain::ledger::{Fate, Why};
use crate::domain::ledger::{MailState, Reason};
use crate::domain::now;
use crate::domain::route::TraceStep;
use crate::say;
use crate::store::{Db, StoreError, handovers, messages};

/// The states in which a queued message may be taken up for its delivery.
const WAITING: &[MailState] = &[MailState::Routed, MailState::Retrying];

/// The same, and while it goes on.
const ON_THE_WAY: [MailState; 3] = [MailState::Routed, MailState::Retrying, MailState::Delivering];

/// A queued message in the hand of a round.
#[derive(Debug, Clone)]
pub struct Queued {
    pub id: MessageId,
    pub connection: ConnectionId,
    /// Failures that were its own, not the connection's.
    pub attempts: i32,
    pub handover: Handover,
}

/// The delivery begins: committed before anything is sent. False where somebody moved or changed the message since it
/// was read; it comes up again by itself. Afterwards `queued` knows of the attempt. One that was begun with others and is in
/// hand still may begin anew.
pub fn begin(db: &mut Db, queued: &mut Queued, attempt: HandoverAttempt) -> Result<bool, StoreError> {
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

/// The delivery ends, or is put off before it began; `own` says that a failure counts as the message's own. False where
/// somebody moved the message meanwhile: what was done at the far end is found there by the next attempt.
pub fn end(db: &mut Db, queued: &Queued, fate: &Fate, own: bool, trace: &[TraceStep]) -> Result<bool, StoreError> {
    if !turn(db, queued.id, &ON_THE_WAY, StateChange::to(fate)?, queued.attempts + i32::from(own), None)? {
        return Ok(false);
    }
    if let Fate::Arrived { model, record, url } = fate {
        messages::fate::arrived(db, queued.id, model, *record, url)?;
    }
    handovers::update(db, queued.id, &queued.handover)?;
    messages::fate::add_to_trace(db, queued.id, trace)?;
    Ok(true)
}

/// A process died with the message in hand: its call may go on at the far end for a while, and its outcome is looked
/// up before anything is repeated.
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
