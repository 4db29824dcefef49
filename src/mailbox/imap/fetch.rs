//! Downloading: small messages many at a time, large ones alone and through a file. What fails together is asked for in
//! parts, down to the one message that can't be had.

use std::collections::HashMap;
use std::io;
use std::time::Instant;

use super::ImapMailbox;
use super::response::Cost;
use super::session::ImapSession;
use super::sets::uid_sets;
use crate::domain::source::{Came, SourceKey};
use crate::mailbox::body::twice;
use crate::mailbox::failure::{Doing, Losses, MailboxFailure, generous, may_be_one_messages, no_room};
use crate::mailbox::refusal::asks_to_wait;
use crate::mailbox::{Download, Each, FetchError, Listed, MailboxError, MailboxProblem, Missing, RawMessage, Stopped};
use crate::say;

/// One answer: bytes of all messages in it together, and how many.
const TOGETHER: (u64, usize) = (2 << 20, 500);
/// How often a message alone is asked for.
const TRIES: usize = 2;
/// Answers in a row that ask to wait, before that is done: as many as it takes to find the one message of 500 that they may
/// be about.
const REFUSALS: usize = 12;

/// Messages to ask for together, and how often they were asked for alone.
struct FetchBatch<'a>(Vec<&'a Listed>, usize);

impl ImapMailbox {
    pub(super) fn fetch_all(&mut self, batch: &[Listed], each: &mut Each<'_>) -> Result<(), FetchError> {
        let mut losses = Losses::default();
        let mut asked_to_wait = 0;
        let mut rest = batch;
        while !rest.is_empty() {
            let most = self.pace.bytes().min(TOGETHER.0);
            let (group, after) = rest.split_at(together(rest, self.account.env.limits.in_memory as u64, most));
            rest = after;
            let mut work = vec![FetchBatch(group.iter().collect(), 0)];
            while let Some(FetchBatch(part, tries)) = work.pop() {
                // A server that can't be reached any more is no matter of these messages.
                self.command(|_| Ok(()))?;
                let begun = Instant::now();
                match self.attempt(|session| fetch_together(session, &part)) {
                    Ok(mut bodies) => {
                        let bytes = bodies.values().filter_map(|body| body.size().ok()).sum();
                        self.pace.took(bytes, begun.elapsed());
                        let mut came = Vec::with_capacity(part.len());
                        let mut missing = Vec::new();
                        for listed in &part {
                            match self.uid_of(&listed.key).and_then(|uid| bodies.remove(&uid)) {
                                Some(body) => came.push((*listed, body)),
                                None => missing.push(*listed),
                            }
                        }
                        if !came.is_empty() {
                            losses = Losses::default();
                            asked_to_wait = 0;
                        }
                        self.hand_on(came, each)?;
                        match missing.as_slice() {
                            [one] if part.len() == 1 && tries + 1 >= TRIES => self.miss(one, each)?,
                            _ => work.extend(
                                missing
                                    .into_iter()
                                    .rev()
                                    .map(|one| FetchBatch(vec![one], if part.len() == 1 { tries + 1 } else { 0 })),
                            ),
                        }
                    }
                    Err(MailboxFailure::Refused { said, .. }) => {
                        asked_to_wait += usize::from(asks_to_wait(&said));
                        let enough = asked_to_wait >= REFUSALS;
                        let busy = enough.then(|| self.account.busy(&said));
                        let words = say!("mailbox-message-refused", place = self.account.place(), said);
                        match part.as_slice() {
                            [one] if tries + 1 >= TRIES => self.give_up(one, Missing::Refused(words), each)?,
                            // Noted, so that it never stops the others behind it each time.
                            [first, ..] if enough => each(first, Err(Missing::Refused(words))).map_err(stopped)?,
                            _ => split(&mut work, part, tries, 2),
                        }
                        if let Some(busy) = busy {
                            return Err(busy.into());
                        }
                    }
                    Err(MailboxFailure::Broken(error)) if !may_be_one_messages(&error) => return Err(error.into()),
                    Err(MailboxFailure::Broken(error)) => {
                        let late = error.problem == MailboxProblem::Timeout;
                        let is_line = error.problem != MailboxProblem::Protocol;
                        let words = say!("mailbox-message-broken", why = error.complaint.what);
                        let counted = losses.count(error);
                        if is_line {
                            self.pace.broke();
                            self.pause(losses.in_a_row());
                        }
                        self.command(|_| Ok(()))?;
                        let alone = part.len() == 1 && (late || tries + 1 >= TRIES);
                        // Where the server is given up, the first is noted all the same: else it stopped the others
                        // behind it each time.
                        if let Some(first) = part.first().filter(|_| alone || counted.is_err()) {
                            each(first, Err(Missing::CutShort(words))).map_err(stopped)?;
                        }
                        let ways = counted?;
                        if !alone {
                            split(&mut work, part, tries, ways);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Hands on what came. Where fewer bytes came than were announced, they are fetched once more.
    fn hand_on(&mut self, came: Vec<(&Listed, RawMessage)>, each: &mut Each<'_>) -> Result<(), FetchError> {
        let mut fewer = Vec::new();
        for (listed, body) in came {
            if body.size().map_err(unreadable)? < listed.size {
                fewer.push((listed, body));
            } else {
                each(listed, Ok(Download { body, came: Came::All })).map_err(stopped)?;
            }
        }
        if fewer.is_empty() {
            return Ok(());
        }
        let again: Vec<&Listed> = fewer.iter().map(|(listed, _)| *listed).collect();
        let mut second = HashMap::new();
        for group in parts_of(&again, self.account.env.limits.in_memory as u64) {
            match self.attempt(|session| fetch_together(session, group)) {
                Ok(bodies) => second.extend(bodies),
                Err(MailboxFailure::Broken(error)) if error.problem == MailboxProblem::Local => {
                    return Err(error.into());
                }
                Err(MailboxFailure::Refused { .. } | MailboxFailure::Broken(_)) => {}
            }
        }
        for (listed, first) in fewer {
            let download = match self.uid_of(&listed.key).and_then(|uid| second.remove(&uid)) {
                Some(second) => twice(first, second, listed.size).map_err(unreadable)?,
                None => Err(Missing::CutShort(say!(
                    "mailbox-message-short",
                    place = self.account.place(),
                    announced = listed.size,
                    came = first.size().map_err(unreadable)?,
                ))),
            };
            each(listed, download).map_err(stopped)?;
        }
        Ok(())
    }

    /// A message of which an OK answer holds nothing: gone, or nothing to be had of it.
    fn miss(&mut self, listed: &Listed, each: &mut Each<'_>) -> Result<(), FetchError> {
        let words = say!("mailbox-message-missing", place = self.account.place());
        self.give_up(listed, Missing::Refused(words), each)
    }

    /// Where the server does not show it any more, it is gone.
    fn give_up(&mut self, listed: &Listed, why: Missing, each: &mut Each<'_>) -> Result<(), FetchError> {
        let there = match self.uid_of(&listed.key) {
            None => false,
            Some(uid) => match self.attempt(|session| session.still_there(&[uid])) {
                Ok(found) => found.contains(&uid),
                Err(MailboxFailure::Refused { .. }) => true,
                Err(MailboxFailure::Broken(error)) => return Err(error.into()),
            },
        };
        each(listed, Err(if there { why } else { Missing::Gone })).map_err(stopped)
    }
}

fn split<'a>(work: &mut Vec<FetchBatch<'a>>, part: Vec<&'a Listed>, tries: usize, ways: usize) {
    let tries = if part.len() == 1 { tries + 1 } else { 0 };
    work.extend(part.chunks(part.len().div_ceil(ways)).rev().map(|some| FetchBatch(some.to_vec(), tries)));
}

/// How many of these fit into one answer; one that is large or of unknown size comes alone.
fn together(those: &[Listed], in_memory: u64, most: u64) -> usize {
    let mut bytes = 0;
    let small = those.iter().take(TOGETHER.1).take_while(|listed| {
        bytes += listed.size;
        (1..=in_memory).contains(&listed.size) && bytes <= most
    });
    small.count().max(1)
}

fn parts_of<'a>(those: &'a [&'a Listed], in_memory: u64) -> Vec<&'a [&'a Listed]> {
    match those.iter().all(|listed| listed.size <= in_memory) {
        true => vec![those],
        false => those.chunks(1).collect(),
    }
}

pub(super) fn stopped(Stopped: Stopped) -> FetchError {
    FetchError::Stopped
}

/// A body that went through a file can't be read back.
pub(super) fn unreadable(error: io::Error) -> FetchError {
    match no_room(error) {
        MailboxFailure::Broken(error) => error.into(),
        MailboxFailure::Refused { said, .. } => MailboxError::new(MailboxProblem::Local, said).into(),
    }
}

/// The bodies of these messages by UID: each in a literal filled to its length, and all closed by the tagged OK.
fn fetch_together(session: &mut ImapSession, part: &[&Listed]) -> Result<HashMap<u32, RawMessage>, MailboxFailure> {
    let uid = |listed: &&Listed| match listed.key {
        SourceKey::Imap { uid_validity, uid } if uid_validity == session.uid_validity => Some(uid),
        _ => None,
    };
    let mut uids: Vec<u32> = part.iter().filter_map(uid).collect();
    uids.sort_unstable();
    let account = session.account();
    let mut literal = generous(part.iter().map(|listed| listed.size).max().unwrap_or(0));
    let mut bytes = generous(part.iter().map(|listed| listed.size + 1024).sum());
    if part.len() == 1 {
        // Whatever is announced: what comes is taken, up to what this mailbox takes.
        literal = literal.max(account.size_limit);
        bytes = bytes.max(literal + (64 << 10));
    }
    let cost = Cost { bytes, literal, in_memory: account.env.limits.in_memory };
    let mut bodies = HashMap::with_capacity(part.len());
    for set in uid_sets(&uids, TOGETHER.1) {
        let (fetched, ended) = session.fetch(cost, Doing::HandOver, (&set, &uids), "(UID BODY.PEEK[])")?;
        ended?;
        bodies.extend(fetched.into_iter().filter_map(|(uid, fetch)| Some((uid, fetch.body?))));
    }
    Ok(bodies)
}
