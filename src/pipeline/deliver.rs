//! Carrying out one decision within the batch's transaction: a record here, a place in the outbox of a connection, or
//! neither.

use super::read::{Reading, fault};
use super::repair::Wish;
use super::{Pipeline, records};
use crate::domain::connection::Connection;
use crate::domain::id::{ConnectionId, MessageId};
use crate::domain::ledger::{Reason, State};
use crate::domain::message::join_notes;
use crate::domain::route::{Decision, Route, Step};
use crate::domain::server::IncomingServer;
use crate::ledger::{self, Outcome};
use crate::outbox::conversation;
use crate::outbox::queue::{self, Wanted};
use crate::store::claims::{self, Claim};
use crate::store::{Db, StoreError, savepoint};

/// What the message says of itself where nothing in it names the record that it joined.
const GUESSED: &str = "It cites no mail of its record: it joined it by its subject, or by the mail that it quotes.";

/// Delivers the message, or holds or ignores it, and writes that into the ledger. After an error the caller undoes the
/// whole transaction: part of a delivery may stand in it.
pub(super) fn carry_out(
    db: &mut Db,
    pipeline: &Pipeline,
    reading: &Reading,
    route: &Route,
    server: Option<&IncomingServer>,
    wish: &Wish<'_>,
) -> Result<Outcome, StoreError> {
    let mut trace = wish.trace();
    trace.extend(route.trace.iter().cloned());
    let outcome = deliver(db, pipeline, reading, &route.decision, server, wish, &mut trace)?;
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
    pipeline: &Pipeline,
    reading: &Reading,
    route: &Route,
    server: Option<&IncomingServer>,
    wish: &Wish<'_>,
) -> Result<Carried, StoreError> {
    savepoint(db, |db| carry_out(db, pipeline, reading, route, server, wish).map(Carried::Out)).or_else(
        |error: StoreError| {
            let row = &reading.row;
            let detail = fault(row.id, &format!("it could not be delivered: {error}"));
            let reasons = (Reason::Temporary, Reason::Fault);
            let backoff = ledger::backoff(row.attempts);
            ledger::try_again(db, row.id, row.attempts, reasons, &detail, backoff).map(Carried::Not)
        },
    )
}

/// Does what was decided. A record here is made or joined at once; for a connection the message is only queued.
fn deliver(
    db: &mut Db,
    pipeline: &Pipeline,
    reading: &Reading,
    decision: &Decision,
    server: Option<&IncomingServer>,
    wish: &Wish<'_>,
    trace: &mut Vec<Step>,
) -> Result<Outcome, StoreError> {
    let model = match decision {
        Decision::Held { reason, detail } => {
            return Ok(Outcome::Held { reason: *reason, detail: detail.clone() });
        }
        Decision::Ignored { reason, detail, .. } => {
            return Ok(Outcome::Ignored { reason: *reason, detail: detail.clone() });
        }
        Decision::NewRecord { model, .. } | Decision::Reply { model, .. } | Decision::HandOver { model, .. } => model,
    };
    let mut instead = |outcome: fn(String) -> Outcome, why: String| {
        trace.push(Step { rule: "delivery".into(), applied: true, why: why.clone() });
        Ok(outcome(why))
    };
    let claimed = match claim(db, reading, model, wish)? {
        Ok(claimed) => claimed,
        Err(other) => {
            let why = format!("The same mail as message {other}, which was delivered just before.");
            return instead(|detail| Outcome::Ignored { reason: Reason::Duplicate, detail }, why);
        }
    };
    let attach =
        server.is_none_or(|server| server.attach) && !reading.call.as_ref().is_some_and(|call| call.strip_attachments);
    let record = match decision {
        Decision::Held { .. } | Decision::Ignored { .. } => None,
        Decision::NewRecord { partner, new_contact, values, answers, .. } => {
            let partner = if *new_contact { records::contact(db, &reading.message)? } else { *partner };
            let record = records::make(db, pipeline, &reading.message, model, partner, values, *answers)?;
            records::post(db, reading, (model, record), partner, &[], attach)?;
            Some(record)
        }
        Decision::Reply { record, partner, guessed, .. } => {
            match records::join(db, &reading.message, (model, *record), *partner, *guessed)? {
                None => None,
                Some((record, marks)) => {
                    records::post(db, reading, (model, record), *partner, &marks, attach)?;
                    Some(record)
                }
            }
        }
        Decision::HandOver { record, apart, .. } => {
            let connection = reading.row.connection.ok_or_else(|| {
                StoreError::Corrupt(format!("message {} is for a connection and has none", reading.row.id))
            })?;
            let known = conversation::known(db, &[(connection, &reading.message)])?;
            let wanted = Wanted {
                model,
                record: *record,
                partner: wish.correction.remote_partner,
                sender: wish.correction.sender.as_ref(),
                forced: wish.correction.force,
                apart: *apart,
                conversation: &known.conversation(connection, &reading.message),
            };
            queue::put(db, reading.row.id, &reading.message, connection, &claimed, &wanted)?;
            return Ok(Outcome::Routed { model: model.clone() });
        }
    };
    match record {
        Some(record) => Ok(Outcome::Delivered { model: model.clone(), record }),
        None => {
            claims::free(db, reading.row.id)?;
            let why = "The record it was to join does not exist any more.".to_owned();
            instead(|detail| Outcome::Held { reason: Reason::RecordGone, detail }, why)
        }
    }
}

/// What claims are taken on: this database, or a connection.
pub(super) fn sink(connection: Option<ConnectionId>) -> String {
    connection.map_or_else(|| "local".to_owned(), Connection::sink)
}

/// Takes the claim of a message before anything is made of it (DESIGN §4): what was claimed, by which a repeat is known
/// again; or who holds it already.
fn claim(
    db: &mut Db,
    reading: &Reading,
    model: &str,
    wish: &Wish<'_>,
) -> Result<Result<String, MessageId>, StoreError> {
    let (id, fingerprint) = (reading.row.id, &reading.fingerprint);
    let sink = sink(reading.row.connection);
    let claim = Claim { sink: &sink, model, fingerprint };
    match claims::take(db, &claim, id)? {
        Ok(()) => Ok(Ok(fingerprint.clone())),
        Err(other) if !wish.correction.force => Ok(Err(other)),
        Err(_) => {
            // A claim of its own: this mail alone may make the second record.
            let fingerprint = format!("{fingerprint} again {id}");
            let own = Claim { fingerprint: &fingerprint, ..claim };
            Ok(claims::take(db, &own, id)?.map(|()| fingerprint))
        }
    }
}
