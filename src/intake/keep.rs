//! Keeping: sources and their rows in the ledger, a batch in one durable commit.

use std::collections::HashMap;

use chrono::TimeDelta;

use super::fetched::{Expected, Fetched};
use super::read::{AtHand, numbered};
use super::settle::Settled;
use super::{Intake, PassError};
use crate::domain::id::{MessageId, SourceId};
use crate::domain::ledger::{Reason, State};
use crate::domain::now;
use crate::domain::server::{AfterFetch, IncomingServer, ServerType};
use crate::domain::source::Came;
use crate::ledger::{self, Arrival, Kept};
use crate::mailbox::Listed;
use crate::store::blob::BlobError;
use crate::store::known::{self, Known};
use crate::store::mailboxes::{self, Mailbox};
use crate::store::{Db, StoreError, acknowledgements, messages};

/// What is known of messages and not downloaded, and why.
pub(super) type Noted = Vec<(Listed, Expected, Kept<'static>)>;

/// What became of a batch.
#[derive(Default)]
pub(super) struct Outcome {
    /// New messages, committed.
    pub ids: Vec<MessageId>,
    /// Those of them that are read already.
    pub at_hand: AtHand,
    /// Could not be committed, each for a fault of its own.
    pub refused: Noted,
}

/// Commits a batch. What another pass kept meanwhile is left out. Where the database refuses the batch, it is halved
/// down to the one message that it refuses.
pub(super) fn keep(
    intake: &Intake,
    server: &IncomingServer,
    mailbox: &Mailbox,
    batch: &mut [Fetched],
    outcome: &mut Outcome,
) -> Result<(), PassError> {
    let keys: Vec<String> = batch.iter().map(|fetched| fetched.listed.key.to_string()).collect();
    let committed = intake.store.write(|db| {
        mailboxes::lock(db, mailbox.id)?;
        let known: HashMap<String, Known> = known::newest(db, mailbox.id, &keys)?.into_iter().collect();
        batch
            .iter_mut()
            .zip(&keys)
            .map(|(fetched, key)| keep_fetched(db, server, mailbox, fetched, key, known.get(key)))
            .collect::<Result<Vec<_>, BlobError>>()
    });
    match committed {
        Ok(ids) => {
            for (id, fetched) in ids.into_iter().zip(batch) {
                let Some(id) = id else { continue };
                outcome.ids.push(id);
                outcome.at_hand.extend(fetched.message.take().map(|message| (id, message)));
            }
            Ok(())
        }
        Err(BlobError::Store(error)) if !error.may_be_the_data() => Err(error.into()),
        Err(error) => match batch {
            [] => Err(error.into()),
            [one] => {
                let detail = numbered(&one.listed.key.to_string(), &format!("it could not be kept: {error}"));
                let reason = Reason::Fault;
                let why = Kept::NotYet { reason, detail, next_attempt: now() };
                outcome.refused.push((one.listed.clone(), one.expected, why));
                Ok(())
            }
            _ => {
                let (first, second) = batch.split_at_mut(batch.len() / 2);
                keep(intake, server, mailbox, first, outcome)?;
                keep(intake, server, mailbox, second, outcome)
            }
        },
    }
}

pub(super) fn keep_fetched(
    db: &mut Db,
    server: &IncomingServer,
    mailbox: &Mailbox,
    fetched: &mut Fetched,
    key: &str,
    known: Option<&Known>,
) -> Result<Option<MessageId>, BlobError> {
    let tell = tell(server, fetched.came);
    match (fetched.expected, known) {
        (Expected::Source { of, .. }, _) => {
            if messages::lock(db, &[of], &[State::Retrying])?.is_empty() {
                return Ok(None);
            }
            let source = fetched.write(db)?;
            ledger::downloaded(db, of, mailbox.id, fetched.listed.size, kept_source(fetched, source, tell))?;
            return Ok(Some(of));
        }
        (Expected::New { generation }, Some(known)) if known.generation >= generation => return Ok(None),
        (Expected::New { .. }, Some(known)) if known.sha256.as_deref() == Some(&fetched.sha256) => {
            // The same mail after all: only what the server says of it has changed.
            known::resize(db, known.id, fetched.listed.size)?;
            if let Some(tell) = tell.filter(|_| known.told) {
                acknowledgements::renew(db, known.id, tell.due)?;
            }
            return Ok(None);
        }
        (Expected::New { .. }, _) => {}
    }
    let Expected::New { generation } = fetched.expected else { return Ok(None) };
    let source = fetched.write(db)?;
    let body = Kept::Source(kept_source(fetched, source, tell));
    Ok(Some(ledger::receive(db, &arrival(server, mailbox, &fetched.listed, key, generation, body))?))
}

fn kept_source(fetched: &Fetched, id: SourceId, acknowledge: Option<ledger::Acknowledge>) -> ledger::Source<'_> {
    let Fetched { sha256, header_digest, notes, .. } = fetched;
    ledger::Source { id, sha256, header_digest, notes, acknowledge }
}

fn arrival<'a>(
    server: &'a IncomingServer,
    mailbox: &Mailbox,
    listed: &Listed,
    key: &'a str,
    generation: i32,
    body: Kept<'a>,
) -> Arrival<'a> {
    Arrival {
        mailbox: mailbox.id,
        server: server.id,
        server_name: &server.name,
        connection: server.connection,
        source_key: key,
        generation,
        size: listed.size,
        date: listed.internal_date,
        body,
    }
}

/// When the mail server is to be told; None where it never is.
fn tell(server: &IncomingServer, came: Came) -> Option<ledger::Acknowledge> {
    let due = match (server.server_type, server.after_fetch, came) {
        (ServerType::Api, ..) | (_, AfterFetch::Keep, _) => return None,
        // POP knows only deletion.
        (ServerType::Pop, AfterFetch::Seen | AfterFetch::Move, _) | (ServerType::Pop, _, Came::Fewer) => return None,
        (_, AfterFetch::Delete, Came::All) => now() + TimeDelta::days(i64::from(server.delete_after_days)),
        (_, AfterFetch::Seen | AfterFetch::Move, _) | (_, AfterFetch::Delete, Came::Fewer) => now(),
    };
    Some(ledger::Acknowledge { due, came })
}

/// Takes messages into the ledger that are not downloaded, each with the reason, and says where that leaves them. One
/// that the database refuses to note is left out alone: the pass counts it as unaccounted.
pub(super) fn note(
    intake: &Intake,
    server: &IncomingServer,
    mailbox: &Mailbox,
    those: &[(Listed, Expected, Kept<'static>)],
) -> Result<Vec<Settled>, StoreError> {
    match note_together(intake, server, mailbox, those) {
        Err(error) if !error.may_be_the_data() => Err(error),
        Err(error) if those.len() < 2 => {
            those.iter().for_each(|(listed, ..)| tracing::error!(key = %listed.key, %error, "could not be noted"));
            Ok(Vec::new())
        }
        Err(_) => {
            let (first, second) = those.split_at(those.len() / 2);
            let mut noted = note(intake, server, mailbox, first)?;
            noted.extend(note(intake, server, mailbox, second)?);
            Ok(noted)
        }
        noted => noted,
    }
}

fn note_together(
    intake: &Intake,
    server: &IncomingServer,
    mailbox: &Mailbox,
    those: &[(Listed, Expected, Kept<'static>)],
) -> Result<Vec<Settled>, StoreError> {
    let keys: Vec<String> = those.iter().map(|(listed, ..)| listed.key.to_string()).collect();
    intake.store.write(|db| {
        mailboxes::lock(db, mailbox.id)?;
        let known: HashMap<String, Known> = known::newest(db, mailbox.id, &keys)?.into_iter().collect();
        let mut noted = Vec::new();
        for ((listed, expected, body), key) in those.iter().zip(&keys) {
            match (*expected, body) {
                (Expected::Source { of, attempts }, Kept::NotYet { reason, detail, next_attempt }) => {
                    let state = ledger::try_again(db, of, attempts, (*reason, *reason), detail, *next_attempt)?;
                    noted.push(Settled { message: of, state });
                }
                (Expected::Source { of, attempts }, Kept::Nothing { reason, detail, .. }) => {
                    ledger::fail(db, of, attempts, *reason, detail)?;
                    noted.push(Settled { message: of, state: State::Held });
                }
                (Expected::New { generation }, _) if known.get(key).is_none_or(|k| k.generation < generation) => {
                    let arrival = arrival(server, mailbox, listed, key, generation, body.clone());
                    let state = if matches!(body, Kept::NotYet { .. }) { State::Retrying } else { State::Held };
                    noted.push(Settled { message: ledger::receive(db, &arrival)?, state });
                }
                (Expected::Source { .. } | Expected::New { .. }, _) => {}
            }
        }
        Ok(noted)
    })
}

/// What is said of a message above the limit.
pub(super) fn too_large(size: u64, server: &IncomingServer) -> String {
    format!("It has {:.1} MB; the limit is {} MB.", size as f64 / 1e6, server.size_limit_mb)
}
