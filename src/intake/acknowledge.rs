//! Acknowledging: telling the mail server of what is kept, retried on its own.

use std::collections::HashSet;

use super::{Intake, PassError};
use crate::domain::id::MessageId;
use crate::domain::ledger::AckState;
use crate::domain::now;
use crate::domain::server::{AfterFetch, IncomingServer, ServerType};
use crate::domain::source::SourceKey;
use crate::mailbox::{Acknowledge, Action, Mailbox as Session, Told};
use crate::store::acknowledgements::{self, Due};
use crate::store::mailboxes::Mailbox;
use crate::store::{Db, StoreError};

/// Messages told of in one command.
const AT_ONCE: i64 = 200;

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Acknowledged {
    /// POP: told, but only the end of the session makes it count.
    pub on_close: Vec<MessageId>,
    /// Other mail stands under these keys than the one that we keep: it is new.
    pub replaced: Vec<SourceKey>,
}

/// Tells everything that is due. What is not on the server any more needs no telling.
pub(super) fn acknowledge(
    intake: &Intake,
    server: &IncomingServer,
    mailbox: &Mailbox,
    session: &mut dyn Session,
    present: &HashSet<SourceKey>,
) -> Result<Acknowledged, PassError> {
    let mut outcome = Acknowledged::default();
    let mut after = MessageId(0);
    loop {
        let due = intake.store.read(|db| acknowledgements::due(db, mailbox.id, now(), after, AT_ONCE))?;
        let Some(last) = due.last() else { return Ok(outcome) };
        after = last.message;
        let Some(action) = action(server) else {
            // The settings have changed: the server is told nothing any more.
            let ids: Vec<MessageId> = due.iter().map(|due| due.message).collect();
            intake.store.write(|db| acknowledgements::settle(db, &ids, AckState::None))?;
            continue;
        };
        let (there, gone): (Vec<_>, Vec<_>) = due
            .into_iter()
            .map(|due| (due.source_key.parse::<SourceKey>(), due))
            .partition(|(key, _)| key.as_ref().is_ok_and(|key| present.contains(key)));
        let mut gone: Vec<MessageId> = gone.into_iter().map(|(_, due)| due.message).collect();
        let there: Vec<(SourceKey, Due)> = there.into_iter().filter_map(|(key, due)| Some((key.ok()?, due))).collect();
        let batch: Vec<Acknowledge> = there
            .iter()
            .map(|(key, due)| Acknowledge {
                key: key.clone(),
                action: action.clone(),
                header_digest: due.header_digest.clone(),
                size: due.size,
            })
            .collect();
        let told = match session.acknowledge(&batch) {
            Ok(told) => told,
            Err(error) => {
                let ids: Vec<MessageId> = there.iter().map(|(_, due)| due.message).collect();
                intake.store.write(|db| acknowledgements::failed(db, &ids, &error.words))?;
                return Err(error.into());
            }
        };
        let mut done = Vec::new();
        for ((key, due), told) in there.into_iter().zip(told) {
            match told {
                Told::Done if server.server_type == ServerType::Pop => outcome.on_close.push(due.message),
                Told::Done => done.push(due.message),
                Told::Gone => {
                    gone.push(due.message);
                    outcome.replaced.push(key);
                }
            }
        }
        intake.store.write(|db| settle(db, &done, &gone))?;
    }
}

fn settle(db: &mut Db, done: &[MessageId], gone: &[MessageId]) -> Result<(), StoreError> {
    acknowledgements::settle(db, done, AckState::Done)?;
    acknowledgements::settle(db, gone, AckState::Gone)
}

/// After the session was closed well.
pub(super) fn closed(intake: &Intake, told: &[MessageId]) -> Result<(), StoreError> {
    if told.is_empty() {
        return Ok(());
    }
    intake.store.write(|db| acknowledgements::settle(db, told, AckState::Done))
}

/// What the settings say now, not when the mail was fetched.
fn action(server: &IncomingServer) -> Option<Action> {
    match (server.after_fetch, &server.move_to) {
        (AfterFetch::Keep, _) => None,
        (AfterFetch::Delete, _) => Some(Action::Delete),
        (AfterFetch::Seen | AfterFetch::Move, _) if server.server_type == ServerType::Pop => None,
        (AfterFetch::Move, Some(folder)) => Some(Action::Move { folder: folder.clone() }),
        (AfterFetch::Seen | AfterFetch::Move, _) => Some(Action::Seen),
    }
}
