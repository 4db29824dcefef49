//! Telling the server what became of messages: `\Seen`, deleted, moved. Before a deletion or a move the message there
//! must still be the one we have, and nobody else's deletions are ever completed.

use std::collections::HashMap;

use super::conversation::SMALL;
use super::response::Cost;
use super::session::Session;
use super::sets::uid_sets;
use super::sign_in::quoted;
use super::{ImapMailbox, utf7};
use crate::domain::source::{HEADER_DIGEST_LIMIT, Proof, header_digest};
use crate::domain::words::Sentence;
use crate::mailbox::failure::{Doing, Failure};
use crate::mailbox::{Acknowledge, Action, Body, MailboxError, Problem, Told, remedy};
use crate::say;

/// Messages whose headers are compared at once.
const COMPARED: usize = 50;
/// Messages per command.
const TOLD: usize = 1_000;

impl ImapMailbox {
    pub(super) fn tell_all(&mut self, batch: &[Acknowledge]) -> Result<Vec<Told>, MailboxError> {
        self.command(Session::make_writable)?;
        let mut told: HashMap<u32, Told> = HashMap::new();
        let mut waiting: Vec<(u32, &Action)> =
            batch.iter().filter_map(|one| Some((self.uid_of(&one.key)?, &one.action))).collect();
        waiting.sort_unstable_by_key(|(uid, _)| *uid);
        // One round per different action.
        while let Some((_, action)) = waiting.first().copied() {
            let (now, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(_, one)| is_same_kind(one, action));
            waiting = later;
            let uids = match action {
                Action::Seen => {
                    let uids: Vec<u32> = now.iter().map(|(uid, _)| *uid).collect();
                    self.command(|session| session.present(&uids))?
                }
                Action::Delete(_) | Action::Move { .. } => self.identical(&now, &mut told)?,
            };
            match action {
                Action::Seen => self.tell(&uids, &mut told, &mut |session, set| set_flag(session, set, "\\Seen"))?,
                Action::Delete(_) => self.tell(&uids, &mut told, &mut delete)?,
                Action::Move { folder, .. } => {
                    self.tell(&uids, &mut told, &mut |session, set| move_to(session, set, folder))?;
                }
            }
        }
        Ok(batch
            .iter()
            .map(|one| self.uid_of(&one.key).and_then(|uid| told.remove(&uid)).unwrap_or(Told::Gone))
            .collect())
    }

    fn tell(
        &mut self,
        uids: &[u32],
        told: &mut HashMap<u32, Told>,
        act: &mut dyn FnMut(&mut Session, &str) -> Result<(), Failure>,
    ) -> Result<(), MailboxError> {
        let mut refused = Vec::new();
        for some in uids.chunks(TOLD) {
            let mut act = |session: &mut Session, part: &[u32]| {
                session.make_writable()?;
                uid_sets(part, TOLD).iter().try_for_each(|set| act(session, set))?;
                Ok(part.to_vec())
            };
            self.by_parts(some, &mut act, &mut |uid, why| refused.push((uid, why)))?;
        }
        told.extend(uids.iter().map(|uid| (*uid, Told::Done)));
        let place = self.account.place();
        let words = |why: Sentence| Told::Refused(say!("mailbox-message-not-told-of", place, why));
        told.extend(refused.into_iter().map(|(uid, why)| (uid, words(why))));
        Ok(())
    }

    /// UIDs of those that are still there, with the size and header that we know. Of one that can't be compared, `told`
    /// has the reason.
    fn identical(&mut self, those: &[(u32, &Action)], told: &mut HashMap<u32, Told>) -> Result<Vec<u32>, MailboxError> {
        let proofs: HashMap<u32, &Proof> =
            those.iter().filter_map(|(uid, action)| Some((*uid, proof(action)?))).collect();
        let items = format!("(UID RFC822.SIZE BODY.PEEK[HEADER]<0.{HEADER_DIGEST_LIMIT}>)");
        let literal = 4 * HEADER_DIGEST_LIMIT as u64;
        let uids: Vec<u32> = those.iter().map(|(uid, _)| *uid).collect();
        let mut same = Vec::with_capacity(uids.len());
        let mut refused = Vec::new();
        for some in uids.chunks(COMPARED) {
            let mut act = |session: &mut Session, part: &[u32]| {
                let cost =
                    Cost { bytes: (literal + 1024) * COMPARED as u64, literal, in_memory: 4 * HEADER_DIGEST_LIMIT };
                let mut compared = Vec::new();
                for set in uid_sets(part, COMPARED) {
                    let (fetched, ended) = session.fetch(cost, Doing::Compare, (&set, part), &items)?;
                    ended?;
                    for (uid, fetch) in fetched {
                        let Some(Body::Memory(header)) = fetch.header else { continue };
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
            let words = |why: Sentence| Told::Refused(say!("mailbox-message-not-compared", why));
            told.extend(refused.into_iter().map(|(uid, why)| (uid, words(why))));
        }
        same.sort_unstable();
        same.dedup();
        Ok(same)
    }
}

fn is_same_kind(one: &Action, other: &Action) -> bool {
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

fn set_flag(session: &mut Session, set: &str, flag: &str) -> Result<(), Failure> {
    session.run(SMALL, Doing::Mark, format!("UID STORE {set} +FLAGS.SILENT ({flag})")).map(drop)
}

/// Without UIDPLUS only marks them: EXPUNGE would also complete what other people marked.
fn delete(session: &mut Session, set: &str) -> Result<(), Failure> {
    set_flag(session, set, "\\Deleted")?;
    if session.uidplus {
        session.run(SMALL, Doing::Delete, format!("UID EXPUNGE {set}"))?;
    }
    Ok(())
}

fn move_to(session: &mut Session, set: &str, folder: &str) -> Result<(), Failure> {
    let name = utf7::encode(folder);
    let verb = if session.moves { "MOVE" } else { "COPY" };
    let command = [format!("UID {verb} {set} ").as_bytes(), &quoted(&name)].concat();
    match session.run(SMALL, Doing::Move, command) {
        Ok(_) if session.moves => Ok(()),
        Ok(_) => delete(session, set),
        Err(Failure::Refused { doing, said }) => {
            let folders = session.folders()?;
            if folders.iter().any(|there| there.name == name.as_bytes()) {
                return Err(Failure::Refused { doing, said });
            }
            let words = say!("mailbox-folder-not-moved-to", folder, said);
            let shown = session.shown(&folders);
            let error = MailboxError::new(Problem::Folder, words).with_remedy(remedy::folder(folder, &shown));
            Err(Failure::Broken(error))
        }
        Err(broken) => Err(broken),
    }
}
