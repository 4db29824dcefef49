//! Settling: reading, routing and delivering what is kept, a batch in one transaction.

use chrono::TimeDelta;

use super::deliver::{self, Carried};
use super::read::{self, AtHand, Failure, Reading};
use super::repair::Wish;
use super::route::{self, Servers};
use super::{Pipeline, leads};
use crate::domain::id::{MessageId, ServerId};
use crate::domain::ledger::{Reason, State};
use crate::domain::{Moment, now};
use crate::ledger;
use crate::store::messages::{self, Kept};
use crate::store::{Db, StoreError, handovers, threads as store_threads};

/// What became of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    pub message: MessageId,
    pub state: State,
}

/// So many messages share a transaction.
pub const BATCH: usize = 64;

/// Routes and delivers these messages, as far as they still wait for it, and says what became of each.
pub fn settle(pipeline: &Pipeline, ids: &[MessageId]) -> Result<Vec<Settled>, StoreError> {
    let mut settled = Vec::new();
    for some in ids.chunks(BATCH) {
        settled.extend(settle_batch(pipeline, some, &mut AtHand::new(), &Wish::default())?);
    }
    Ok(settled)
}

/// The same for a batch that was kept just now, of which some are read already.
pub fn settle_kept(pipeline: &Pipeline, ids: &[MessageId], at_hand: &mut AtHand) -> Result<Vec<Settled>, StoreError> {
    settle_batch(pipeline, ids, at_hand, &Wish::default())
}

/// Takes up what a dead process left in hand, and what is to be tried again by now. What somebody has touched within
/// `grace` is left to him: a pass settles what it keeps by itself, within moments.
pub fn resume(pipeline: &Pipeline, grace: TimeDelta) -> Result<Vec<Settled>, StoreError> {
    resume_where(pipeline, None, now() - grace)
}

/// The same for one server, whose lock the caller holds: nobody else has anything of it in hand.
pub fn resume_server(pipeline: &Pipeline, server: ServerId) -> Result<Vec<Settled>, StoreError> {
    resume_where(pipeline, Some(server), now())
}

fn resume_where(
    pipeline: &Pipeline,
    server: Option<ServerId>,
    untouched_since: Moment,
) -> Result<Vec<Settled>, StoreError> {
    let mut settled = Vec::new();
    let mut after = MessageId(0);
    loop {
        let ids = pipeline.store.read(|db| messages::unsettled(db, server, after, BATCH as i64, untouched_since))?;
        let Some(last) = ids.last() else { return Ok(settled) };
        after = *last;
        settled.extend(settle(pipeline, &ids)?);
    }
}

pub(super) fn settle_batch(
    pipeline: &Pipeline,
    ids: &[MessageId],
    at_hand: &mut AtHand,
    wish: &Wish<'_>,
) -> Result<Vec<Settled>, StoreError> {
    let (rows, servers) = pipeline.store.read(|db| {
        let mut rows = messages::load(db, ids)?;
        rows.retain(|row| wish.takes_up().contains(&row.state));
        let servers = route::servers_of(db, rows.iter().filter_map(|row| row.server))?;
        aim(db, &mut rows, &servers)?;
        Ok::<_, StoreError>((rows, servers))
    })?;
    let (mut readings, failures) = read::read(&pipeline.store, rows, at_hand, wish)?;
    pipeline.store.read(|db| read::recall(db, &mut readings))?;
    read::recognise(pipeline, &mut readings)?;
    let mut settled = Vec::new();
    if !failures.is_empty() {
        settled.extend(hold(pipeline, &failures, wish)?);
    }
    while !readings.is_empty() {
        let wave = next_wave(&mut readings);
        settled.extend(settle_wave(pipeline, &servers, &wave, wish)?);
    }
    Ok(settled)
}

/// Mail goes where its server points to now, unless it may have reached another connection already.
fn aim(db: &mut Db, rows: &mut [Kept], servers: &Servers) -> Result<(), StoreError> {
    for row in rows {
        let Some(server) = row.server.and_then(|id| servers.get(&id)) else { continue };
        if row.connection == server.connection {
            continue;
        }
        let handover = row.connection.map(|old| handovers::get(db, row.id, old)).transpose()?.flatten();
        if handover.is_none_or(|handover| handover.attempt.is_none()) {
            row.connection = server.connection;
        }
    }
    Ok(())
}

/// Takes out those that belong to no other message of the batch: the others join the records that these make.
fn next_wave(readings: &mut Vec<Reading>) -> Vec<Reading> {
    let mut waits = leads::wait_for_others(readings).into_iter();
    let (later, wave): (Vec<_>, Vec<_>) =
        std::mem::take(readings).into_iter().partition(|_| waits.next().unwrap_or_default());
    if wave.is_empty() {
        // They answer each other in a circle.
        return later;
    }
    *readings = later;
    wave
}

fn hold(pipeline: &Pipeline, failures: &[Failure], wish: &Wish<'_>) -> Result<Vec<Settled>, StoreError> {
    pipeline.store.write(|db| {
        let ids: Vec<MessageId> = failures.iter().map(|failure| failure.row.id).collect();
        let open = messages::lock(db, &ids, wish.takes_up())?;
        let mut settled = Vec::new();
        for failure in failures.iter().filter(|failure| open.contains(&failure.row.id)) {
            ledger::fail(db, failure.row.id, failure.row.attempts + 1, failure.reason, &failure.detail)?;
            wish.remember(db, State::Held)?;
            settled.push(Settled { message: failure.row.id, state: State::Held });
        }
        Ok(settled)
    })
}

/// All in one transaction; where that fails, one by one, so that one message's trouble is its own.
fn settle_wave(
    pipeline: &Pipeline,
    servers: &Servers,
    wave: &[Reading],
    wish: &Wish<'_>,
) -> Result<Vec<Settled>, StoreError> {
    let error = match (commit(pipeline, servers, wave, wish), wave) {
        (Err(error), [one]) if error.may_be_the_data() => return put_off(pipeline, one, &error, wish),
        (Err(error), [_, _, ..]) => error,
        (done, _) => return done,
    };
    tracing::warn!(messages = wave.len(), %error, "a batch was not committed; its messages are tried one by one");
    let mut settled = Vec::new();
    let mut failed = None;
    for one in wave {
        match settle_wave(pipeline, servers, std::slice::from_ref(one), wish) {
            Ok(done) => settled.extend(done),
            Err(error) => failed = Some(error),
        }
    }
    match failed {
        Some(error) if settled.is_empty() => Err(error),
        _ => Ok(settled),
    }
}

/// The database refuses what is to be written of this one message: it is tried again later, and stops no other.
fn put_off(
    pipeline: &Pipeline,
    one: &Reading,
    error: &StoreError,
    wish: &Wish<'_>,
) -> Result<Vec<Settled>, StoreError> {
    let row = &one.row;
    let detail = read::fault(row.id, &format!("it could not be delivered: {error}"));
    pipeline.store.write(|db| {
        if messages::lock(db, &[row.id], wish.takes_up())?.is_empty() {
            return Ok(Vec::new());
        }
        let reasons = (Reason::Temporary, Reason::Fault);
        let next = ledger::backoff(row.attempts);
        let state = ledger::try_again(db, row.id, row.attempts, reasons, &detail, next)?;
        wish.remember(db, state)?;
        Ok(vec![Settled { message: row.id, state }])
    })
}

fn commit(
    pipeline: &Pipeline,
    servers: &Servers,
    wave: &[Reading],
    wish: &Wish<'_>,
) -> Result<Vec<Settled>, StoreError> {
    let facts = pipeline.store.read(|db| route::gather(db, &pipeline.modules, servers, wave, wish))?;
    let routes: Vec<_> =
        wave.iter().zip(&facts).map(|(reading, facts)| crate::routing::decide(&reading.message, facts)).collect();
    pipeline.store.write(|db| {
        let ids: Vec<MessageId> = wave.iter().map(|reading| reading.row.id).collect();
        let open = messages::lock(db, &ids, wish.takes_up())?;
        let (mut settled, mut signs) = (Vec::new(), Vec::new());
        for ((reading, route), facts) in wave.iter().zip(&routes).zip(&facts) {
            if !open.contains(&reading.row.id) {
                continue;
            }
            let server = reading.row.server.and_then(|id| servers.get(&id));
            // In a batch one error undoes all, and they are tried one by one: a savepoint for each would cost every
            // batch what hardly any needs.
            let carried = match wave.len() {
                1 => deliver::carry_out_alone(db, pipeline, reading, route, server, wish)?,
                _ => Carried::Out(deliver::carry_out(db, pipeline, reading, route, server, wish)?),
            };
            let state = match carried {
                Carried::Not(state) => state,
                Carried::Out(outcome) => {
                    signs.extend(leads::left_by(db, reading, &outcome, &facts.leads)?);
                    outcome.state()
                }
            };
            wish.remember(db, state)?;
            settled.push(Settled { message: reading.row.id, state });
        }
        store_threads::lead(db, &signs)?;
        Ok(settled)
    })
}
