//! Carrying out one decision within the batch's transaction.

use super::elsewhere;
use super::read::{Reading, fault};
use super::repair::Wish;
use crate::delivery::{Delivered, Parcel, Sink, Target};
use crate::domain::ledger::{Reason, State};
use crate::domain::message::join_notes;
use crate::domain::route::{Decision, Route, Step};
use crate::domain::server::IncomingServer;
use crate::ledger::{self, Outcome};
use crate::store::{Db, StoreError, savepoint};

/// What the message says of itself where nothing in it names the record that it joined.
const GUESSED: &str = "It cites no mail of its record: it joined it by its subject, or by the mail that it quotes.";

/// Delivers the message, or holds or ignores it, and writes that into the ledger. After an error the caller undoes the
/// whole transaction: part of a delivery may stand in it.
pub(super) fn carry_out(
    db: &mut Db,
    sink: &dyn Sink,
    reading: &Reading,
    route: &Route,
    server: Option<&IncomingServer>,
    wish: &Wish<'_>,
) -> Result<Outcome, StoreError> {
    let mut trace = wish.trace();
    trace.extend(route.trace.iter().cloned());
    let outcome = match &route.decision {
        Decision::Held { reason, detail } => Outcome::Held { reason: *reason, detail: detail.clone() },
        Decision::Ignored { reason, detail, .. } => Outcome::Ignored { reason: *reason, detail: detail.clone() },
        Decision::HandOver { model, record, apart } => {
            let known = elsewhere::known(db, std::slice::from_ref(reading))?;
            let conversation = match reading.row.connection {
                Some(connection) => known.conversation(connection, &reading.message),
                None => reading.message.message_id.clone(),
            };
            let target = Target::HandOver {
                model,
                record: *record,
                partner: wish.correction.remote_partner,
                sender: wish.correction.sender.as_ref(),
                apart: *apart,
                conversation: &conversation,
            };
            deliver(db, sink, &parcel(reading, server, wish, target), &mut trace)?
        }
        Decision::NewRecord { model, partner, new_contact, values, answers } => {
            let target = Target::New { model, partner: *partner, new_contact: *new_contact, values, answers: *answers };
            deliver(db, sink, &parcel(reading, server, wish, target), &mut trace)?
        }
        Decision::Reply { model, record, partner, guessed } => {
            let target = Target::Reply { model, record: *record, partner: *partner, guessed: *guessed };
            deliver(db, sink, &parcel(reading, server, wish, target), &mut trace)?
        }
    };
    let guess = match (&route.decision, &outcome) {
        (Decision::Reply { guessed: true, .. }, Outcome::Delivered { .. }) => vec![GUESSED.to_owned()],
        _ => Vec::new(),
    };
    let notes = join_notes(reading.row.notes.as_deref(), &guess);
    let read = ledger::Reading {
        message: &reading.message,
        sender: &reading.message.from,
        fingerprint: &reading.fingerprint,
        notes: notes.as_deref(),
        server_name: &reading.row.server_name,
        chosen_model: wish.correction.model.as_deref().or(reading.row.object_model.as_deref()),
        connection: reading.row.connection,
    };
    ledger::settle(db, reading.row.id, &read, &outcome, &trace, wish.login)?;
    Ok(outcome)
}

/// What came of one message.
pub(super) enum Carried {
    Out(Outcome),
    /// It failed, and is in this state.
    Not(State),
}

/// As [`carry_out`], for a message that shares its transaction with no other: where it fails, all that was done for it is
/// undone, and it is tried again later.
pub(super) fn carry_out_alone(
    db: &mut Db,
    sink: &dyn Sink,
    reading: &Reading,
    route: &Route,
    server: Option<&IncomingServer>,
    wish: &Wish<'_>,
) -> Result<Carried, StoreError> {
    savepoint(db, |db| carry_out(db, sink, reading, route, server, wish).map(Carried::Out)).or_else(
        |error: StoreError| {
            let row = &reading.row;
            let detail = fault(row.id, &format!("it could not be delivered: {error}"));
            let reasons = (Reason::Temporary, Reason::Fault);
            let backoff = ledger::backoff(row.attempts);
            ledger::try_again(db, row.id, row.attempts, reasons, &detail, backoff).map(Carried::Not)
        },
    )
}

fn parcel<'a>(
    reading: &'a Reading,
    server: Option<&IncomingServer>,
    wish: &Wish<'_>,
    target: Target<'a>,
) -> Parcel<'a> {
    Parcel {
        ledger_id: reading.row.id,
        source: reading.row.source,
        message: &reading.message,
        fingerprint: &reading.fingerprint,
        forced: wish.correction.force,
        attach: server.is_none_or(|server| server.attach)
            && !reading.call.as_ref().is_some_and(|call| call.strip_attachments),
        target,
    }
}

fn deliver(db: &mut Db, sink: &dyn Sink, parcel: &Parcel<'_>, trace: &mut Vec<Step>) -> Result<Outcome, StoreError> {
    let (outcome, why) = match sink.deliver(db, parcel)? {
        Delivered::Record { model, record } => return Ok(Outcome::Delivered { model, record }),
        Delivered::Queued { model } => return Ok(Outcome::Routed { model }),
        Delivered::Duplicate(other) => {
            let why = format!("The same mail as message {other}, which was delivered just before.");
            (Outcome::Ignored { reason: Reason::Duplicate, detail: why.clone() }, why)
        }
        Delivered::Gone => {
            let why = "The record it was to join does not exist any more.".to_owned();
            (Outcome::Held { reason: Reason::RecordGone, detail: why.clone() }, why)
        }
    };
    trace.push(Step { rule: "delivery".into(), applied: true, why });
    Ok(outcome)
}
