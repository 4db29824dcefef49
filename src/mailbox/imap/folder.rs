//! What an open folder is asked and told beside downloads: size and date of its messages, and what became of them.

use std::collections::HashMap;

use super::ImapMailbox;
use super::conversation::{Fetch, SMALL};
use super::response::{self, Cost};
use super::session::{ImapSession, quoted};
use crate::domain::message::{HEADER_DIGEST_LIMIT, Proof, SourceKey, header_digest};
use crate::domain::words::Sentence;
use crate::mailbox::failure::{Doing, MailboxFailure};
use crate::mailbox::{
    AcknowledgeOrder, AfterFetchAction, Listed, MailboxError, MailboxProblem, Missing, RawMessage, ToldOutcome, failure,
};
use crate::say;

// Listing: size and date of messages, many at a time. What is missing in an answer is asked for again, alone.

/// Messages per command.
const TOGETHER: usize = 1_000;
const COST: Cost = Cost { literal: 1024, ..SMALL };

/// What is known of messages so far.
#[derive(Default)]
struct KnownMessages {
    fetched: HashMap<u32, Fetch>,
    /// The server's words for those that it would not tell of.
    refused: HashMap<u32, Sentence>,
}

impl ImapMailbox {
    pub(super) fn list_all(&mut self, keys: &[SourceKey]) -> Result<Vec<Result<Listed, Missing>>, MailboxError> {
        let mut uids: Vec<u32> = keys.iter().filter_map(|key| self.uid_of(key)).collect();
        uids.sort_unstable();
        let mut known = KnownMessages::default();
        for some in uids.chunks(TOGETHER) {
            self.learn(some, "(UID RFC822.SIZE INTERNALDATE)", &mut known)?;
            let sizeless = known.without(some, |fetch| fetch.size.is_some());
            if !sizeless.is_empty() {
                self.learn(&sizeless, "(UID RFC822.SIZE)", &mut known)?;
            }
            let dateless = known.without(some, |fetch| fetch.internal_date.is_some());
            let dateless: Vec<u32> = dateless.into_iter().filter(|uid| !known.refused.contains_key(uid)).collect();
            if !dateless.is_empty() {
                // Only once: a date can be done without.
                let mut found = KnownMessages::default();
                self.learn_once(&dateless, "(UID INTERNALDATE)", &mut found)?;
                found.fetched.into_iter().for_each(|(uid, fetch)| known.merge(uid, fetch));
            }
        }
        // What is not told of may be gone; what is gone is no fault.
        let unknown = known.without(&uids, |fetch| fetch.size.is_some());
        let present = match unknown.is_empty() {
            true => Vec::new(),
            false => self.command(|session| session.still_there(&unknown))?,
        };
        let place = self.account.place();
        Ok(keys
            .iter()
            .map(|key| {
                let uid = self.uid_of(key).ok_or(Missing::Gone)?;
                let fetch = known.fetched.get(&uid);
                let size = match (fetch.and_then(|fetch| fetch.size), known.refused.get(&uid)) {
                    (Some(size), _) => size,
                    (None, _) if present.binary_search(&uid).is_err() => return Err(Missing::Gone),
                    (None, Some(why)) => {
                        return Err(Missing::Refused(say!("mailbox-message-not-listed", place, why)));
                    }
                    // It has no size for it. How much there is shows when it comes.
                    (None, None) => 0,
                };
                Ok(Listed { key: key.clone(), size, internal_date: fetch.and_then(|fetch| fetch.internal_date) })
            })
            .collect())
    }

    fn learn(&mut self, uids: &[u32], items: &'static str, known: &mut KnownMessages) -> Result<(), MailboxError> {
        let KnownMessages { fetched, refused } = known;
        let mut act = |session: &mut super::ImapSession, part: &[u32]| {
            let mut done = Vec::new();
            for set in uid_sets(part, TOGETHER) {
                let (answers, ended) = session.fetch(COST, Doing::List, (&set, part), items)?;
                for (uid, fetch) in answers {
                    done.push(uid);
                    merge(fetched, uid, fetch);
                }
                // What was said before a refusal was said: only those not told of are asked for again.
                if let Err(refusal) = ended
                    && !part.iter().all(|uid| fetched.get(uid).is_some_and(|fetch| fetch.size.is_some()))
                {
                    return Err(refusal);
                }
            }
            // What it does not mention is asked for again by the caller, and missed there.
            Ok(part.to_vec())
        };
        self.by_parts(uids, &mut act, &mut |uid, why| {
            refused.insert(uid, why);
        })
    }

    fn learn_once(&mut self, uids: &[u32], items: &str, known: &mut KnownMessages) -> Result<(), MailboxError> {
        self.command(|session| {
            for set in uid_sets(uids, TOGETHER) {
                let (answers, _) = session.fetch(COST, Doing::List, (&set, uids), items)?;
                answers.into_iter().for_each(|(uid, fetch)| known.merge(uid, fetch));
            }
            Ok(())
        })
    }
}

impl KnownMessages {
    fn merge(&mut self, uid: u32, fetch: Fetch) {
        merge(&mut self.fetched, uid, fetch);
    }

    fn without(&self, uids: &[u32], has: impl Fn(&Fetch) -> bool) -> Vec<u32> {
        uids.iter().copied().filter(|uid| !self.fetched.get(uid).is_some_and(&has)).collect()
    }
}

fn merge(fetched: &mut HashMap<u32, Fetch>, uid: u32, new: Fetch) {
    let known = fetched.entry(uid).or_default();
    known.size = new.size.or(known.size);
    known.internal_date = new.internal_date.or(known.internal_date);
}

// Telling the server what became of messages: `\Seen`, deleted, moved. Before a deletion or a move the message there
// must still be the one we have, and nobody else's deletions are ever completed.

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
    let name = response::encode_name(folder);
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
            let error =
                MailboxError::new(MailboxProblem::Folder, words).with_remedy(failure::folder_remedy(folder, &shown));
            Err(MailboxFailure::Broken(error))
        }
        Err(broken) => Err(broken),
    }
}

// UID sets (RFC 3501 `sequence-set`), short enough for any server's limit of a command line.

/// Bytes of one set; servers take lines of 8,000 at least (RFC 7162).
const LENGTH: usize = 4_000;

/// Ascending UIDs as sets of ranges, such as `1:3,7`, each of at most `count` messages.
pub(super) fn uid_sets(uids: &[u32], count: usize) -> Vec<String> {
    let mut sets = Vec::new();
    for chunk in uids.chunks(count.max(1)) {
        let mut set = String::new();
        let mut rest = chunk;
        while let [first, ..] = rest {
            let run = rest
                .iter()
                .zip(u64::from(*first)..)
                .take_while(|(uid, expected)| u64::from(**uid) == *expected)
                .count();
            if set.len() > LENGTH {
                sets.push(std::mem::take(&mut set));
            }
            if !set.is_empty() {
                set.push(',');
            }
            set.push_str(&first.to_string());
            if run > 1 {
                set.push_str(&format!(":{}", rest[run - 1]));
            }
            rest = &rest[run..];
        }
        sets.push(set);
    }
    sets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_become_ranges_and_lines_stay_short() {
        assert_eq!(uid_sets(&[1, 2, 3, 7, 9, 10], 100), ["1:3,7,9:10"]);
        assert_eq!(uid_sets(&[1, 2, 3, u32::MAX], 2), ["1:2", "3,4294967295"]);
        assert!(uid_sets(&[], 2).is_empty());
        let odd: Vec<u32> = (0..10_000).map(|n| 2_000_000_001 + n * 2).collect();
        let sets = uid_sets(&odd, 1_000);
        assert!(sets.iter().all(|set| set.len() < LENGTH + 30));
        assert_eq!(sets.iter().map(|set| set.split(',').count()).sum::<usize>(), odd.len());
    }
}
