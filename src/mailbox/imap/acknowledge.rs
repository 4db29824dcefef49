//! Telling the server what became of messages: `\Seen`, deleted, moved. Before a deletion or a move the message there
//! must still be the one we have, and nobody else's deletions are ever completed.

use std::collections::HashMap;

use super::conversation::SMALL;
use super::response::Cost;
use super::session::ImapSession;
use super::sets::uid_sets;
use super::sign_in::quoted;
use super::{ImapMailbox, utf7};
use crate::domain::source::{HEADER_DIGEST_LIMIT, Proof, header_digest};
use crate::domain::words::Sentence;
use crate::mailbox::failure::{Doing, MailboxFailure};
use crate::mailbox::{
    AcknowledgeOrder, AfterFetchAction, MailboxError, MailboxProblem, RawMessage, ToldOutcome, remedy,
};
use crate::say;

/// Messages whose headers are compared at once.
const COMPARED: usize = 50;
/// Messages per command.
const TOLD: usize = 1_000;

impl ImapMailbox {
    pub(super) fn tell_all(&mut self, batch: &[AcknowledgeOrder]) -> Result<Vec<ToldOutcome>, MailboxError> {
        self.command(ImapSession::make_writable)?;
        let mut told: HashMap<u32, ToldOutcome> = HashMap::new();
        let mut waiting: Vec<(u32, &AfterFetchAction)> =
            batch.iter().filter_map(|one| Some((self.uid_of(&one.key)?, &one.action))).collect();
        waiting.sort_unstable_by_key(|(uid, _)| *uid);
        // One round per different action.
        while let Some((_, action)) = waiting.first().copied() {
            let (now, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(_, one)| is_same_kind(one, action));
            waiting = later;
            let uids = match action {
                AfterFetchAction::Seen => {
                    let uids: Vec<u32> = now.iter().map(|(uid, _)| *uid).collect();
                    self.command(|session| session.present(&uids))?
                }
                AfterFetchAction::Delete(_) | AfterFetchAction::Move { .. } => self.identical(&now, &mut told)?,
            };
            match action {
                AfterFetchAction::Seen => {
                    self.tell(&uids, &mut told, &mut |session, set| set_flag(session, set, "\\Seen"))?;
                }
                AfterFetchAction::Delete(_) => self.tell(&uids, &mut told, &mut delete)?,
                AfterFetchAction::Move { folder, .. } => {
                    self.tell(&uids, &mut told, &mut |session, set| move_to(session, set, folder))?;
                }
            }
        }
        Ok(batch
            .iter()
            .map(|one| self.uid_of(&one.key).and_then(|uid| told.remove(&uid)).unwrap_or(ToldOutcome::Gone))
            .collect())
    }

    fn tell(
        &mut self,
        uids: &[u32],
        told: &mut HashMap<u32, ToldOutcome>,
        act: &mut dyn FnMut(&mut ImapSession, &str) -> Result<(), MailboxFailure>,
    ) -> Result<(), MailboxError> {
        let mut refused = Vec::new();
        for some in uids.chunks(TOLD) {
            let mut act = |session: &mut ImapSession, part: &[u32]| {
                session.make_writable()?;
                uid_sets(part, TOLD).iter().try_for_each(|set| act(session, set))?;
                Ok(part.to_vec())
            };
            self.by_parts(some, &mut act, &mut |uid, why| refused.push((uid, why)))?;
        }
        told.extend(uids.iter().map(|uid| (*uid, ToldOutcome::Done)));
        let place = self.account.place();
        let words = |why: Sentence| ToldOutcome::Refused(say!("mailbox-message-not-told-of", place, why));
        told.extend(refused.into_iter().map(|(uid, why)| (uid, words(why))));
        Ok(())
    }

    /// UIDs of those that are still there, with the size and header that we know. Of one that can't be compared, `told`
    /// has the reason.
    fn identical(
        &mut self,
        those: &[(u32, &AfterFetchAction)],
        told: &mut HashMap<u32, ToldOutcome>,
    ) -> Result<Vec<u32>, MailboxError> {
        let proofs: HashMap<u32, &Proof> =
            those.iter().filter_map(|(uid, action)| Some((*uid, proof(action)?))).collect();
        let items = format!("(UID RFC822.SIZE BODY.PEEK[HEADER]<0.{HEADER_DIGEST_LIMIT}>)");
        let literal = 4 * HEADER_DIGEST_LIMIT as u64;
        let uids: Vec<u32> = those.iter().map(|(uid, _)| *uid).collect();
        let mut same = Vec::with_capacity(uids.len());
        let mut refused = Vec::new();
        for some in uids.chunks(COMPARED) {
            let mut act = |session: &mut ImapSession, part: &[u32]| {
                let cost =
                    Cost { bytes: (literal + 1024) * COMPARED as u64, literal, in_memory: 4 * HEADER_DIGEST_LIMIT };
                let mut compared = Vec::new();
                for set in uid_sets(part, COMPARED) {
                    let (fetched, ended) = session.fetch(cost, Doing::Compare, (&set, part), &items)?;
                    ended?;
                    for (uid, fetch) in fetched {
                        let Some(RawMessage::Memory(header)) = fetch.header else { continue };
                        compared.push(uid);
                        let known = proofs.get(&uid);
                        let size = fetch.size.unwrap_or(0);
                        if known.is_some_and(|one| one.size == size && one.header_digest == header_digest(&header)) {
                            same.push(uid);
                        }
                    }
                }
                Ok(compared)
            };
            self.by_parts(some, &mut act, &mut |uid, why| refused.push((uid, why)))?;
        }
        if !refused.is_empty() {
            let mut unsure: Vec<u32> = refused.iter().map(|(uid, _)| *uid).collect();
            unsure.sort_unstable();
            let present = self.command(|session| session.still_there(&unsure))?;
            refused.retain(|(uid, _)| present.binary_search(uid).is_ok());
            let words = |why: Sentence| ToldOutcome::Refused(say!("mailbox-message-not-compared", why));
            told.extend(refused.into_iter().map(|(uid, why)| (uid, words(why))));
        }
        same.sort_unstable();
        same.dedup();
        Ok(same)
    }
}

fn is_same_kind(one: &AfterFetchAction, other: &AfterFetchAction) -> bool {
    match (one, other) {
        (AfterFetchAction::Seen, AfterFetchAction::Seen)
        | (AfterFetchAction::Delete(_), AfterFetchAction::Delete(_)) => true,
        (AfterFetchAction::Move { folder, .. }, AfterFetchAction::Move { folder: other, .. }) => folder == other,
        _ => false,
    }
}

fn proof(action: &AfterFetchAction) -> Option<&Proof> {
    match action {
        AfterFetchAction::Seen => None,
        AfterFetchAction::Delete(proof) | AfterFetchAction::Move { proof, .. } => Some(proof),
    }
}

fn set_flag(session: &mut ImapSession, set: &str, flag: &str) -> Result<(), MailboxFailure> {
    session.run(SMALL, Doing::Mark, format!("UID STORE {set} +FLAGS.SILENT ({flag})")).map(drop)
}

/// Without UIDPLUS only marks them: EXPUNGE would also complete what other people marked.
fn delete(session: &mut ImapSession, set: &str) -> Result<(), MailboxFailure> {
    set_flag(session, set, "\\Deleted")?;
    if session.uidplus {
        session.run(SMALL, Doing::Delete, format!("UID EXPUNGE {set}"))?;
    }
    Ok(())
}

fn move_to(session: &mut ImapSession, set: &str, folder: &str) -> Result<(), MailboxFailure> {
    let name = utf7::encode(folder);
    let verb = if session.moves { "MOVE" } else { "COPY" };
    let command = [format!("UID {verb} {set} ").as_bytes(), &quoted(&name)].concat();
    match session.run(SMALL, Doing::Move, command) {
        Ok(_) if session.moves => Ok(()),
        Ok(_) => delete(session, set),
        Err(MailboxFailure::Refused { doing, said }) => {
            let folders = session.folders()?;
            if folders.iter().any(|there| there.name == name.as_bytes()) {
                return Err(MailboxFailure::Refused { doing, said });
            }
            let words = say!("mailbox-folder-not-moved-to", folder, said);
            let shown = session.shown(&folders);
            let error = MailboxError::new(MailboxProblem::Folder, words).with_remedy(remedy::folder(folder, &shown));
            Err(MailboxFailure::Broken(error))
        }
        Err(broken) => Err(broken),
    }
}
