//! Telling the server what became of messages: `\Seen`, deleted, moved. Before a deletion or a move the message there
//! must still be the one we have, and nobody else's deletions are ever completed.

use std::collections::HashSet;

use super::session::Session;
use super::sets::uid_sets;
use super::{uid_of, utf7};
use crate::domain::source::{HEADER_DIGEST_LIMIT, Proof, header_digest};
use crate::mailbox::failure::Failure;
use crate::mailbox::{Acknowledge, Action, MailboxError, Problem, Told, remedy};

const SMALL: (u64, u64) = (1 << 20, 64 << 10);
/// Messages whose headers are compared at once.
const COMPARED: usize = 50;
/// Messages per command.
const TOLD: usize = 1_000;

pub(super) fn acknowledge(session: &mut Session, batch: &[Acknowledge]) -> Result<Vec<Told>, Failure> {
    session.make_writable()?;
    let mut done: HashSet<u32> = HashSet::new();
    let mut waiting: Vec<&Acknowledge> = batch.iter().collect();
    // One round per different action.
    while let Some(action) = waiting.first().map(|first| first.action.clone()) {
        let (now, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|one| same_kind(&one.action, &action));
        waiting = later;
        let mut uids = match action {
            Action::Seen => present(session, &now)?,
            Action::Delete(_) | Action::Move { .. } => identical(session, &now)?,
        };
        uids.sort_unstable();
        for set in uid_sets(&uids, TOLD) {
            match &action {
                Action::Seen => set_flag(session, &set, "\\Seen")?,
                Action::Delete(_) => delete(session, &set)?,
                Action::Move { folder, .. } => move_to(session, &set, folder)?,
            }
        }
        done.extend(uids);
    }
    let told = |one: &Acknowledge| match uid_of(&one.key, session) {
        Some(uid) if done.contains(&uid) => Told::Done,
        _ => Told::Gone,
    };
    Ok(batch.iter().map(told).collect())
}

fn same_kind(one: &Action, other: &Action) -> bool {
    match (one, other) {
        (Action::Seen, Action::Seen) | (Action::Delete(_), Action::Delete(_)) => true,
        (Action::Move { folder, .. }, Action::Move { folder: other, .. }) => folder == other,
        _ => false,
    }
}

fn proof(action: &Action) -> Option<&Proof> {
    match action {
        Action::Seen => None,
        Action::Delete(proof) | Action::Move { proof, .. } => Some(proof),
    }
}

/// UIDs of those that are still there.
fn present(session: &mut Session, batch: &[&Acknowledge]) -> Result<Vec<u32>, Failure> {
    let mut uids: Vec<u32> = batch.iter().filter_map(|one| uid_of(&one.key, session)).collect();
    uids.sort_unstable();
    let mut found = Vec::with_capacity(uids.len());
    for set in uid_sets(&uids, TOLD) {
        found.extend(session.run(SMALL, "search the folder", |imap| imap.uid_search(format!("UID {set}")))?);
    }
    Ok(found)
}

/// UIDs of those that are still there, with the size and header that we know.
fn identical(session: &mut Session, batch: &[&Acknowledge]) -> Result<Vec<u32>, Failure> {
    let mut same = Vec::with_capacity(batch.len());
    let query = format!("(UID RFC822.SIZE BODY.PEEK[HEADER]<0.{HEADER_DIGEST_LIMIT}>)");
    for chunk in batch.chunks(COMPARED) {
        let mut uids: Vec<u32> = chunk.iter().filter_map(|one| uid_of(&one.key, session)).collect();
        uids.sort_unstable();
        for set in uid_sets(&uids, COMPARED) {
            let limit = HEADER_DIGEST_LIMIT as u64;
            let bytes = (limit + 1024) * COMPARED as u64;
            let fetches = session.run((bytes, limit), "compare messages", |imap| imap.uid_fetch(set, &query))?;
            for fetch in fetches.iter() {
                let (Some(uid), Some(size), Some(header)) = (fetch.uid, fetch.size, fetch.header()) else { continue };
                let known = chunk.iter().find(|one| uid_of(&one.key, session) == Some(uid));
                let alike =
                    |proof: &Proof| proof.size == u64::from(size) && proof.header_digest == header_digest(header);
                if known.and_then(|one| proof(&one.action)).is_some_and(alike) {
                    same.push(uid);
                }
            }
        }
    }
    Ok(same)
}

fn set_flag(session: &mut Session, set: &str, flag: &str) -> Result<(), Failure> {
    let query = format!("+FLAGS.SILENT ({flag})");
    session.run(SMALL, "mark messages", |imap| imap.uid_store(set, query)).map(drop)
}

/// Without UIDPLUS only marks them: EXPUNGE would also complete what other people marked.
fn delete(session: &mut Session, set: &str) -> Result<(), Failure> {
    set_flag(session, set, "\\Deleted")?;
    if session.uidplus {
        session.run(SMALL, "delete messages", |imap| imap.uid_expunge(set)).map(drop)?;
    }
    Ok(())
}

fn move_to(session: &mut Session, set: &str, folder: &str) -> Result<(), Failure> {
    let name = utf7::encode(folder);
    let moved = if session.moves {
        session.run(SMALL, "move messages", |imap| imap.uid_mv(set, &name))
    } else {
        let quoted = format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""));
        session.run(SMALL, "copy messages", |imap| imap.uid_copy(set, &quoted))
    };
    match moved {
        Ok(()) if session.moves => Ok(()),
        Ok(()) => delete(session, set),
        Err(Failure::Refused { said, .. }) => {
            let folders = session.folders()?;
            let words = format!("Messages could not be moved to the folder “{folder}”: {said}");
            let error = MailboxError::new(Problem::Folder, words).with_remedy(remedy::folder(folder, &folders));
            Err(Failure::Broken(error))
        }
        Err(broken) => Err(broken),
    }
}
