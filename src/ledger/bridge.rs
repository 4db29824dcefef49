//! How a queued message comes to its connection: from `routed` or `retrying` over `delivering` to its end.

use crate::domain::handover::{Attempt, End, Handover};
use crate::domain::id::{ConnectionId, MessageId, RecordId};
use crate::domain::ledger::{Reason, State};
use crate::domain::route::Step;
use crate::domain::{Moment, now};
use crate::store::messages::{self, Move};
use crate::store::{Db, StoreError, handovers};

/// The states in which a queued message may be taken up for its delivery.
const WAITING: &[State] = &[State::Routed, State::Retrying];

/// A queued message as the bridge has it in hand.
#[derive(Debug, Clone)]
pub struct Queued {
    pub id: MessageId,
    pub connection: ConnectionId,
    /// Failures that were its own, not the connection's.
    pub attempts: i32,
    pub handover: Handover,
}

/// Where a delivery leaves a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// On this record at the far end; `url` opens it.
    Delivered {
        model: String,
        id: i32,
        url: String,
    },
    Held {
        reason: Reason,
        detail: String,
    },
    Ignored {
        reason: Reason,
        detail: String,
    },
    /// Tried again from `next` on. `own`: the failure counts as the message's own.
    Waiting {
        reason: Reason,
        detail: String,
        next: Moment,
        own: bool,
    },
}

/// The delivery begins: committed before anything is sent. False where somebody moved or changed the message since it
/// was read; it comes up again by itself. Afterwards `queued` knows of the attempt.
pub fn begin(db: &mut Db, queued: &mut Queued, attempt: Attempt) -> Result<bool, StoreError> {
    if handovers::get(db, queued.id, queued.connection)?.as_ref() != Some(&queued.handover) {
        return Ok(false);
    }
    let to = moved(State::Delivering, None, None, queued.attempts, None);
    if !messages::advance(db, queued.id, WAITING, &to)? {
        return Ok(false);
    }
    queued.handover.attempt = Some(attempt);
    handovers::update(db, queued.id, &queued.handover)?;
    messages::remember(db, queued.id, State::Delivering, None, None, None)?;
    Ok(true)
}

/// The delivery ends, or is put off before it began. False where somebody moved the message meanwhile: what was done
/// at the far end is found there by the next attempt.
pub fn end(db: &mut Db, queued: &Queued, settlement: &Settlement, trace: &[Step]) -> Result<bool, StoreError> {
    let own = matches!(settlement, Settlement::Waiting { own: true, .. });
    let attempts = queued.attempts + i32::from(own);
    let (state, reason, detail, next) = match settlement {
        Settlement::Delivered { .. } => (State::Delivered, None, None, None),
        Settlement::Held { reason, detail } => (State::Held, Some(*reason), Some(detail.as_str()), None),
        Settlement::Ignored { reason, detail } => (State::Ignored, Some(*reason), Some(detail.as_str()), None),
        Settlement::Waiting { reason, detail, next, .. } => {
            (State::Retrying, Some(*reason), Some(detail.as_str()), Some(*next))
        }
    };
    let from = [State::Routed, State::Retrying, State::Delivering];
    if !messages::advance(db, queued.id, &from, &moved(state, reason, detail, attempts, next))? {
        return Ok(false);
    }
    if let Settlement::Delivered { model, id, url } = settlement {
        messages::arrived(db, queued.id, model, RecordId(*id), url)?;
    }
    handovers::update(db, queued.id, &queued.handover)?;
    messages::add_to_trace(db, queued.id, trace)?;
    messages::remember(db, queued.id, state, reason, detail, None)?;
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
        attempt.end = End::Cut { at };
        next = attempt.absence_counts_from().unwrap_or(at);
    }
    let detail = "Mailgate ended while this was being delivered; whether it arrived is looked up first.";
    let row = messages::load(db, &[id])?;
    let attempts = row.first().map_or(0, |row| row.attempts);
    let to = moved(State::Retrying, Some(Reason::Temporary), Some(detail), attempts, Some(next));
    if messages::advance(db, id, &[State::Delivering], &to)? {
        handovers::update(db, id, &handover)?;
        messages::remember(db, id, State::Retrying, Some(Reason::Temporary), Some(detail), None)?;
    }
    Ok(())
}

fn moved<'a>(
    state: State,
    reason: Option<Reason>,
    detail: Option<&'a str>,
    attempts: i32,
    next_attempt: Option<Moment>,
) -> Move<'a> {
    let at = now();
    Move {
        state,
        reason_code: reason,
        reason_detail: detail,
        attempts,
        next_attempt,
        settled_at: state.is_settled().then_some(at),
        write_date: at,
    }
}
