//! Listing: size and date of messages, many at a time. What is missing in an answer is asked for again, alone.

use std::collections::HashMap;

use super::ImapMailbox;
use super::conversation::{Fetch, SMALL};
use super::response::Cost;
use super::sets::uid_sets;
use crate::domain::source::SourceKey;
use crate::domain::words::Sentence;
use crate::mailbox::failure::Doing;
use crate::mailbox::{Listed, MailboxError, Missing};
use crate::say;

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
