//! Downloading: small messages many at a time, large ones alone and through a file. What fails together is asked for in
//! parts, down to the one message that can't be had.

use std::collections::HashMap;
use std::io::{self, Write};
use std::slice::from_ref;
use std::time::{Duration, Instant};

use super::response::Cost;
use super::session::ImapSession;
use super::{ImapMailbox, uid_sets};
use crate::domain::message::{Came, SourceKey};
use crate::domain::words::Sentence;
use crate::mailbox::failure::{Doing, Losses, MailboxFailure, asks_to_wait, generous, may_be_one_messages, no_room};
use crate::mailbox::wire::{BodyWriter, twice};
use crate::mailbox::{
    Download, Each, FetchError, Listed, MailboxError, MailboxProblem, MessageParts, Missing, RawMessage, Stopped,
};
use crate::say;

/// The most that one command asks for: bytes of all its messages together, and messages.
const TOGETHER: (u64, usize) = (2 << 20, 500);
/// How often a message alone is asked for.
const TRIES: usize = 2;
/// After so many answers in a row that ask to wait, Mailgate does wait: it takes as many to find the one message of 500 that
/// they may be about.
const REFUSALS: usize = 12;

/// Messages to ask for together.
struct FetchBatch<'a> {
    messages: Vec<&'a Listed>,
    /// How often it was asked for, where it is one message alone.
    tries: usize,
}

/// What is still to be asked for, and what has gone wrong since a message last came.
#[derive(Default)]
struct FetchWork<'a> {
    batches: Vec<FetchBatch<'a>>,
    losses: Losses,
    /// Answers in a row that asked to wait.
    asked_to_wait: usize,
}

impl<'a> FetchBatch<'a> {
    /// It is one message, which is asked for no more.
    fn was_last_try(&self) -> bool {
        self.messages.len() == 1 && self.tries + 1 >= TRIES
    }

    /// These of its messages, once more.
    fn again(&self, messages: Vec<&'a Listed>) -> Self {
        Self { messages, tries: if self.messages.len() == 1 { self.tries + 1 } else { 0 } }
    }

    /// The same messages in so many parts; the last one first, as the next batch is taken from the end.
    fn split(&self, ways: usize) -> impl Iterator<Item = FetchBatch<'a>> {
        self.messages.chunks(self.messages.len().div_ceil(ways)).rev().map(|some| self.again(some.to_vec()))
    }
}

impl ImapMailbox {
    pub(super) fn fetch_all(&mut self, batch: &[Listed], each: &mut Each<'_>) -> Result<(), FetchError> {
        let mut work = FetchWork::default();
        let mut rest = batch;
        while !rest.is_empty() {
            let most = self.pace.bytes().min(TOGETHER.0);
            let (group, after) = rest.split_at(together(rest, self.account.env.limits.in_memory as u64, most));
            rest = after;
            work.batches.push(FetchBatch { messages: group.iter().collect(), tries: 0 });
            while let Some(batch) = work.batches.pop() {
                // Where the server can't be reached any more, the messages are not to blame.
                self.command(|_| Ok(()))?;
                let begun = Instant::now();
                match self.attempt(|session| fetch_together(session, &batch.messages)) {
                    Ok(bodies) => {
                        let bytes = bodies.values().filter_map(|body| body.size().ok()).sum();
                        self.pace.took(bytes, begun.elapsed());
                        self.batch_came(batch, bodies, &mut work, each)?;
                    }
                    Err(MailboxFailure::Refused { said, .. }) => self.batch_refused(batch, &said, &mut work, each)?,
                    Err(MailboxFailure::Broken(error)) if !may_be_one_messages(&error) => return Err(error.into()),
                    Err(MailboxFailure::Broken(error)) => self.batch_broke(batch, error, &mut work, each)?,
                }
            }
        }
        Ok(())
    }

    /// Hands on what the answer holds; what it leaves out is asked for once more, alone.
    fn batch_came<'a>(
        &mut self,
        batch: FetchBatch<'a>,
        mut bodies: HashMap<u32, RawMessage>,
        work: &mut FetchWork<'a>,
        each: &mut Each<'_>,
    ) -> Result<(), FetchError> {
        let mut came = Vec::with_capacity(batch.messages.len());
        let mut missing = Vec::new();
        for listed in &batch.messages {
            match self.uid_of(&listed.key).and_then(|uid| bodies.remove(&uid)) {
                Some(body) => came.push((*listed, body)),
                None => missing.push(*listed),
            }
        }
        if !came.is_empty() {
            work.losses = Losses::default();
            work.asked_to_wait = 0;
        }
        self.hand_on(came, each)?;
        match missing.as_slice() {
            [one] if batch.was_last_try() => self.miss(one, each)?,
            _ => work.batches.extend(missing.into_iter().rev().map(|one| batch.again(vec![one]))),
        }
        Ok(())
    }

    /// Asks for the batch in parts, down to the message that is refused.
    fn batch_refused<'a>(
        &mut self,
        batch: FetchBatch<'a>,
        said: &Sentence,
        work: &mut FetchWork<'a>,
        each: &mut Each<'_>,
    ) -> Result<(), FetchError> {
        work.asked_to_wait += usize::from(asks_to_wait(said));
        let busy = (work.asked_to_wait >= REFUSALS).then(|| self.account.busy(said));
        let why = Missing::Refused(say!("mailbox-message-refused", place = self.account.place(), said));
        match batch.messages.as_slice() {
            [one] if batch.was_last_try() => self.give_up(one, why, each)?,
            // Noted, so that it does not stop those behind it each time.
            [first, ..] if busy.is_some() => each(first, Err(why)).map_err(stopped)?,
            _ => work.batches.extend(batch.split(2)),
        }
        busy.map_or(Ok(()), |busy| Err(busy.into()))
    }

    /// Asks for the batch in parts, down to the message over which the session ends.
    fn batch_broke<'a>(
        &mut self,
        batch: FetchBatch<'a>,
        error: MailboxError,
        work: &mut FetchWork<'a>,
        each: &mut Each<'_>,
    ) -> Result<(), FetchError> {
        let late = error.problem == MailboxProblem::Timeout;
        let is_line = error.problem != MailboxProblem::Protocol;
        let why = Missing::CutShort(say!("mailbox-message-broken", why = error.complaint.what));
        let counted = work.losses.count(error);
        if is_line {
            self.pace.broke();
            self.pause(work.losses.in_a_row());
        }
        self.command(|_| Ok(()))?;
        let given_up = batch.was_last_try() || late && batch.messages.len() == 1;
        // Where the server is given up, the first message is noted all the same: else it would stop those behind it each
        // time.
        if let Some(first) = batch.messages.first().filter(|_| given_up || counted.is_err()) {
            each(first, Err(why)).map_err(stopped)?;
        }
        let ways = counted?;
        if !given_up {
            work.batches.extend(batch.split(ways));
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

    /// A message that is missing in an answer ended by OK: it is gone, or can't be fetched.
    fn miss(&mut self, listed: &Listed, each: &mut Each<'_>) -> Result<(), FetchError> {
        let words = say!("mailbox-message-missing", place = self.account.place());
        self.give_up(listed, Missing::Refused(words), each)
    }

    /// Notes why a message could not be fetched; one that the server does not show any more is gone.
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

/// The error of reading back a body that went through a file.
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
        // Whatever size was announced, the message is accepted up to the mailbox's limit.
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

// One large message is fetched in pieces (`BODY.PEEK[]<from.length>`, RFC 3501 §6.4.5): where the connection breaks, only
// the current piece is lost, and over a slow one the pieces are small. What has come is kept beyond the session, so that the
// next one goes on from there; where anything about it is odd, the whole message is fetched anew.

/// After so many breaks in a row, without a piece between them, the message is left for a later pass.
const BREAKS: u32 = 5;
/// A piece that took this long is written down at once: over a fast connection the few that a break costs are not worth
/// that.
const SLOW: Duration = Duration::from_secs(1);
/// How many pieces of a message may be smaller than any that is asked for.
const FEW: u64 = 100;
/// Bytes beyond the announced end that are asked for, to see that it is one.
const BEYOND: u64 = 64;

/// How many bytes are asked for at once: what is expected to come within [`FetchPace::TIME`], and half as many after each
/// break.
#[derive(Debug)]
pub(super) struct FetchPace {
    /// Bytes a second, once that is known.
    rate: Option<f64>,
    /// The most that is asked for, since the connection broke.
    most: u64,
}

impl Default for FetchPace {
    fn default() -> Self {
        Self { rate: None, most: Self::MOST }
    }
}

impl FetchPace {
    const TIME: f64 = 8.0;
    const FIRST: u64 = 256 << 10;
    const LEAST: u64 = 4 << 10;
    const MOST: u64 = 2 << 20;

    pub(super) fn bytes(&self) -> u64 {
        let expected = self.rate.map_or(Self::FIRST, |rate| (rate * Self::TIME) as u64);
        expected.clamp(Self::LEAST, self.most)
    }

    pub(super) fn took(&mut self, bytes: u64, time: Duration) {
        self.rate = Some(bytes as f64 / time.as_secs_f64().max(0.001));
        // Some six pieces come between two breaks: little is lost with one, and little time is spent on asking.
        self.most = (self.most + self.most / 8).min(Self::MOST);
    }

    /// What was asked for did not come, so less is asked for next.
    pub(super) fn broke(&mut self) {
        self.most = (self.bytes() / 2).max(Self::LEAST);
    }
}

/// How the pieces of a message ended.
enum End {
    Whole,
    /// Ended before what was announced had come.
    Short,
    /// The server does not send pieces as it should.
    Odd,
}

impl ImapMailbox {
    pub(super) fn fetch_in_pieces(
        &mut self,
        listed: &Listed,
        parts: &mut dyn MessageParts,
        each: &mut Each<'_>,
    ) -> Result<(), FetchError> {
        let uid = match self.uid_of(&listed.key) {
            // Without a UIDVALIDITY nothing says that a later session has the same message under this UID.
            Some(uid) if listed.size > 0 && self.uid_validity != 0 && !self.only_whole => uid,
            _ => return self.fetch_all(from_ref(listed), each),
        };
        let mut shorter: Option<RawMessage> = None;
        loop {
            let mut body = BodyWriter::new(self.account.env.limits.in_memory);
            let came = parts.take_up(listed, &mut body).map_err(unreadable)?;
            let mut transfer = PieceTransfer { uid, listed, body, came, put_down: came, fresh: false };
            let Some(end) = self.pieces(&mut transfer, parts, each)? else { return Ok(()) };
            if matches!(end, End::Odd) {
                self.only_whole = true;
                parts.forget(listed);
                return self.fetch_all(from_ref(listed), each);
            }
            let body = transfer.body.finish().map_err(unreadable)?;
            let download = match (end, shorter.take()) {
                (End::Short, None) => {
                    // Once more, from its beginning.
                    parts.forget(listed);
                    shorter = Some(body);
                    continue;
                }
                (End::Short, Some(first)) => twice(first, body, listed.size).map_err(unreadable)?,
                (End::Whole | End::Odd, _) => Ok(Download::all(body)),
            };
            return each(listed, download).map_err(stopped);
        }
    }

    /// Fetches what is missing. None where the message was given up, and `each` knows why.
    fn pieces(
        &mut self,
        transfer: &mut PieceTransfer<'_>,
        parts: &mut dyn MessageParts,
        each: &mut Each<'_>,
    ) -> Result<Option<End>, FetchError> {
        let (mut breaks, mut pieces) = (0, 0);
        loop {
            let (uid, from, length) = (transfer.uid, transfer.came, transfer.next(self.pace.bytes()));
            let begun = Instant::now();
            let error = match self.attempt(|session| session.piece(uid, from, length)) {
                Ok(Some(piece)) => {
                    breaks = 0;
                    self.pace.took(piece.len() as u64, begun.elapsed());
                    transfer.body.write_all(&piece).map_err(unreadable)?;
                    transfer.came += piece.len() as u64;
                    transfer.fresh = true;
                    pieces += 1;
                    // Less than was asked for means the end where everything announced has come; before that, it may be all
                    // that the server sends at once.
                    if (piece.len() as u64) < length && transfer.came >= transfer.listed.size {
                        return Ok(Some(End::Whole));
                    }
                    if piece.is_empty() {
                        return Ok(Some(End::Short));
                    }
                    let most = generous(transfer.listed.size).max(self.account.size_limit);
                    if pieces > FEW + transfer.listed.size / FetchPace::LEAST || transfer.came > most {
                        return Ok(Some(End::Odd));
                    }
                    if begun.elapsed() >= SLOW {
                        transfer.put_down(parts)?;
                    }
                    if parts.goes_on(transfer.listed, transfer.came).is_err() {
                        transfer.put_down(parts)?;
                        return Err(FetchError::Stopped);
                    }
                    continue;
                }
                // Gone, or no part of it to be had.
                Ok(None) => return Ok(Some(End::Odd)),
                Err(MailboxFailure::Refused { said, .. }) if asks_to_wait(&said) => self.account.busy(&said),
                Err(MailboxFailure::Refused { .. }) => return Ok(Some(End::Odd)),
                Err(MailboxFailure::Broken(error)) => error,
            };
            match error.problem {
                // It does not keep to the part that was asked for.
                MailboxProblem::Protocol => return Ok(Some(End::Odd)),
                MailboxProblem::Cut | MailboxProblem::Timeout | MailboxProblem::Connect => {}
                _ => {
                    transfer.put_down(parts)?;
                    return Err(error.into());
                }
            }
            breaks += 1;
            self.pace.broke();
            transfer.put_down(parts)?;
            if parts.goes_on(transfer.listed, transfer.came).is_err() {
                return Err(FetchError::Stopped);
            }
            if breaks >= BREAKS {
                return self.give_up_for_now(transfer, error, each);
            }
            self.pause(breaks);
        }
    }

    /// The connection is too bad, or the server hangs up because of this very message: then that is noted, and it stops no
    /// other one.
    fn give_up_for_now(
        &mut self,
        transfer: &PieceTransfer<'_>,
        error: MailboxError,
        each: &mut Each<'_>,
    ) -> Result<Option<End>, FetchError> {
        // Where the server can't be reached any more, the messages are not to blame.
        self.command(|_| Ok(()))?;
        if transfer.fresh {
            return Err(error.into());
        }
        let words = say!("mailbox-message-broken", why = error.complaint.what);
        each(transfer.listed, Err(Missing::CutShort(words))).map_err(stopped)?;
        Ok(None)
    }
}

/// One message on its way.
struct PieceTransfer<'a> {
    uid: u32,
    listed: &'a Listed,
    body: BodyWriter,
    /// Bytes that have come, and how many of them are kept beyond this session.
    came: u64,
    put_down: u64,
    /// Something came in this session.
    fresh: bool,
}

impl PieceTransfer<'_> {
    /// How many bytes to ask for next. The last piece is asked for more than is left: that less comes shows the end.
    fn next(&self, bytes: u64) -> u64 {
        let left = self.listed.size.saturating_sub(self.came);
        if (1..=bytes).contains(&left) { left + BEYOND } else { bytes }
    }

    fn put_down(&mut self, parts: &mut dyn MessageParts) -> Result<(), FetchError> {
        if self.put_down < self.came {
            let listed = self.listed;
            self.body.since(self.put_down, &mut |at, bytes| parts.add(listed, at, bytes)).map_err(unreadable)?;
            self.put_down = self.came;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thin_line_is_asked_for_little_at_a_time() {
        let mut pace = FetchPace::default();
        assert_eq!(pace.bytes(), 256 << 10);
        pace.took(256 << 10, Duration::from_secs(16));
        assert_eq!(pace.bytes(), 128 << 10);
        pace.broke();
        assert_eq!(pace.bytes(), 64 << 10);
        (0..20).for_each(|_| pace.broke());
        assert_eq!(pace.bytes(), FetchPace::LEAST);
        let fast = Duration::from_millis(10);
        pace.took(1 << 20, fast);
        assert!(pace.bytes() < 2 * FetchPace::LEAST, "{}: not all at once again", pace.bytes());
        (0..60).for_each(|_| pace.took(1 << 20, fast));
        assert_eq!(pace.bytes(), FetchPace::MOST);
    }
}
