//! Keeping: sources and their rows in the ledger, a batch in one durable commit.

use std::collections::HashMap;

use chrono::TimeDelta;

use super::fetched::{Expected, Fetched};
use super::read::AtHand;
use super::settle::Settled;
use super::{Intake, PassError};
use crate::domain::id::MessageId;
use crate::domain::ledger::{Reason, State};
use crate::domain::server::{AfterFetch, IncomingServer, ServerType};
use crate::domain::{Moment, now};
use crate::ledger::{self, Arrival, Kept};
use crate::mailbox::Listed;
use crate::store::blob::BlobError;
use crate::store::known::{self, Known};
use crate::store::mailboxes::{self, Mailbox};
use crate::store::{Db, StoreError, acknowledgements, messages};

/// Commits a batch. What another pass kept meanwhile is left out. Gives back the new messages, and those of them that
/// are read already.
pub(super) fn keep(
    intake: &Intake,
    server: &IncomingServer,
    mailbox: &Mailbox,
    mut batch: Vec<Fetched>,
) -> Result<(Vec<MessageId>, AtHand), PassError> {
    let keys: Vec<String> = batch.iter().map(|fetched| fetched.listed.key.to_string()).collect();
    let kept = intake.store.write(|db| {
        mailboxes::lock(db, mailbox.id)?;
        let known: HashMap<String, Known> = known::newest(db, mailbox.id, &keys)?.into_iter().collect();
        batch
            .iter_mut()
            .zip(&keys)
            .map(|(fetched, key)| keep_fetched(db, server, mailbox, fetched, key, known.get(key)))
            .collect::<Result<Vec<_>, BlobError>>()
    })?;
    let read = kept.iter().zip(batch).filter_map(|(id, fetched)| Some(((*id)?, fetched.message?)));
    let at_hand = read.collect();
    Ok((kept.into_iter().flatten().collect(), at_hand))
}

pub(super) fn keep_fetched(
    db: &mut Db,
    server: &IncomingServer,
    mailbox: &Mailbox,
    fetched: &mut Fetched,
    key: &str,
    known: Option<&Known>,
) -> Result<Option<MessageId>, BlobError> {
    let due = due(server);
    match (fetched.expected, known) {
        (Expected::Source { of, .. }, _) => {
            if messages::lock(db, &[of], &[State::Retrying])?.is_empty() {
                return Ok(None);
            }
            let source = fetched.write(db)?;
            ledger::downloaded(db, of, mailbox.id, source, (&fetched.sha256, &fetched.header_digest), due)?;
            return Ok(Some(of));
        }
        (Expected::New { generation }, Some(known)) if known.generation >= generation => return Ok(None),
        (Expected::New { .. }, Some(known)) if known.sha256.as_deref() == Some(&fetched.sha256) => {
            // The same mail after all: only what the server says of it has changed.
            known::resize(db, known.id, fetched.listed.size)?;
            if let Some(due) = due.filter(|_| known.told) {
                acknowledgements::renew(db, known.id, due)?;
            }
            return Ok(None);
        }
        (Expected::New { .. }, _) => {}
    }
    let Expected::New { generation } = fetched.expected else { return Ok(None) };
    let source = fetched.write(db)?;
    let body =
        Kept::Source { id: source, sha256: &fetched.sha256, header_digest: &fetched.header_digest, acknowledge: due };
    Ok(Some(ledger::receive(db, &arrival(server, mailbox, &fetched.listed, key, generation, body))?))
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
fn due(server: &IncomingServer) -> Option<Moment> {
    match (server.server_type, server.after_fetch) {
        (ServerType::Api, _) | (_, AfterFetch::Keep) => None,
        (ServerType::Pop, AfterFetch::Seen | AfterFetch::Move) => None,
        (_, AfterFetch::Delete) => Some(now() + TimeDelta::days(i64::from(server.delete_after_days))),
        (_, AfterFetch::Seen | AfterFetch::Move) => Some(now()),
    }
}

/// Takes messages into the ledger that are not downloaded, each with the reason, and says where that leaves them.
pub(super) fn note(
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
                (Expected::Source { of, attempts }, Kept::NotYet { detail, next_attempt }) => {
                    let reason = Reason::NotDownloaded;
                    let state = ledger::try_again(db, of, attempts, (reason, reason), detail, *next_attempt)?;
                    noted.push(Settled { message: of, state });
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
