//! Acknowledging: the mail server is told what to do with mail that is kept; where that fails, it is tried again by itself.

use std::collections::HashSet;

use chrono::TimeDelta;

use super::PassError;
use crate::domain::id::MessageId;
use crate::domain::ledger::AckState;
use crate::domain::message::{Proof, SourceKey};
use crate::domain::now;
use crate::domain::server::{AfterFetch, IncomingServer};
use crate::domain::words::Sentence;
use crate::mailbox::{Abilities, AcknowledgeOrder, AfterFetchAction, Mailbox, ToldOutcome};
use crate::pipeline::Pipeline;
use crate::store::mailboxes::MailboxRow;
use crate::store::{Db, StoreError, acknowledgements};

/// Messages per command.
const AT_ONCE: i64 = 200;

/// What came of telling the mail server.
#[derive(Debug, Default)]
pub(super) struct Acknowledged {
    /// Told, but it takes effect only when the session ends.
    pub on_close: Vec<MessageId>,
    /// The server refused all of it, in these words.
    pub refusal: Option<Sentence>,
    /// Under these keys the server now has other mail than is kept here: that mail is new.
    pub replaced: Vec<SourceKey>,
}

/// Tells the server everything that is due. A message that is not there any more is done.
pub(super) fn acknowledge(
    pipeline: &Pipeline,
    server: &IncomingServer,
    mailbox: &MailboxRow,
    session: &mut dyn Mailbox,
    present: &HashSet<SourceKey>,
) -> Result<Acknowledged, PassError> {
    let abilities = session.abilities();
    let mut outcome = Acknowledged::default();
    let mut after = MessageId(0);
    let mut anything_done = false;
    loop {
        let due = pipeline.store.read(|db| acknowledgements::due(db, mailbox.id, now(), after, AT_ONCE))?;
        let Some(last) = due.last() else { break };
        after = last.message;
        let mut outcomes = Ends::default();
        let mut ids = Vec::with_capacity(due.len());
        let mut batch = Vec::with_capacity(due.len());
        for due in due {
            let Some(action) = action(server, abilities, due.proof) else {
                // The settings have changed, so the server is told nothing about it any more.
                outcomes.none.push(due.message);
                continue;
            };
            match due.source_key.parse() {
                Ok(key) if present.contains(&key) => {
                    ids.push(due.message);
                    batch.push(AcknowledgeOrder { key, action });
                }
                _ => outcomes.gone.push(due.message),
            }
        }
        if !batch.is_empty() {
            let told = match session.acknowledge(&batch) {
                Ok(told) => told,
                Err(error) => {
                    pipeline.store.write(|db| acknowledgements::failed(db, &ids, &error.complaint.what))?;
                    return Err(error.into());
                }
            };
            for ((id, one), told) in ids.into_iter().zip(batch).zip(told) {
                match told {
                    ToldOutcome::Done if abilities.tells_at_close => outcome.on_close.push(id),
                    ToldOutcome::Done => outcomes.done.push(id),
                    ToldOutcome::Gone => {
                        outcomes.gone.push(id);
                        outcome.replaced.push(one.key);
                    }
                    ToldOutcome::Refused(words) => outcomes.refused.push((id, words)),
                }
            }
        }
        anything_done |= !outcomes.done.is_empty() || !outcome.on_close.is_empty();
        outcome.refusal = outcome.refusal.or_else(|| outcomes.refused.first().map(|(_, words)| words.clone()));
        pipeline.store.write(|db| outcomes.settle(db))?;
    }
    outcome.refusal = outcome.refusal.filter(|_| !anything_done);
    Ok(outcome)
}

/// What came of telling the server about a batch.
#[derive(Default)]
struct Ends {
    done: Vec<MessageId>,
    gone: Vec<MessageId>,
    none: Vec<MessageId>,
    refused: Vec<(MessageId, Sentence)>,
}

impl Ends {
    fn settle(&self, db: &mut Db) -> Result<(), StoreError> {
        acknowledgements::settle(db, &self.done, AckState::Done)?;
        acknowledgements::settle(db, &self.gone, AckState::Gone)?;
        acknowledgements::settle(db, &self.none, AckState::None)?;
        // An hour: the message itself is here, so there is no hurry.
        let later = now() + TimeDelta::hours(1);
        self.refused.iter().try_for_each(|(id, words)| acknowledgements::refused(db, *id, words, later))
    }
}

/// To be called after the session was closed properly.
pub(super) fn closed(pipeline: &Pipeline, told: &[MessageId]) -> Result<(), StoreError> {
    if told.is_empty() {
        return Ok(());
    }
    pipeline.store.write(|db| acknowledgements::settle(db, told, AckState::Done))
}

/// The action by the present settings, not those when the mail was fetched. Without a proof nothing is removed: the mail is
/// only marked.
fn action(server: &IncomingServer, abilities: Abilities, proof: Option<Proof>) -> Option<AfterFetchAction> {
    match (server.after_fetch, &server.move_to, proof) {
        (AfterFetch::Keep, ..) => None,
        (AfterFetch::Delete, _, Some(proof)) => Some(AfterFetchAction::Delete(proof)),
        _ if !abilities.marks => None,
        (AfterFetch::Move, Some(folder), Some(proof)) => Some(AfterFetchAction::Move { folder: folder.clone(), proof }),
        (AfterFetch::Seen | AfterFetch::Move | AfterFetch::Delete, ..) => Some(AfterFetchAction::Seen),
    }
}
