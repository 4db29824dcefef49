//! One large message, in pieces (`BODY.PEEK[]<from.length>`, RFC 3501 §6.4.5): a line that breaks costs the piece that was
//! on its way, and a thin one is asked for little at a time. What has come is kept beyond the session, so that the next one
//! goes on where this one ended; anything odd about it, and the message is fetched whole and anew.

use std::io::Write;
use std::slice::from_ref;
use std::time::{Duration, Instant};

use super::ImapMailbox;
use super::fetch::{stopped, unreadable};
use crate::mailbox::body::{BodyWriter, twice};
use crate::mailbox::failure::{MailboxFailure, generous};
use crate::mailbox::refusal::asks_to_wait;
use crate::mailbox::{
    Download, Each, FetchError, Listed, MailboxError, MailboxProblem, MessageParts, Missing, RawMessage,
};
use crate::say;

/// Breaks in a row, without a piece between them, after which the line is given up for now.
const BREAKS: u32 = 5;
/// A piece that took as long is put down at once: on a fast line the few that a break costs are not worth it.
const SLOW: Duration = Duration::from_secs(1);
/// Pieces of a message that may be smaller than any that is asked for.
const FEW: u64 = 100;
/// Bytes beyond the announced end that are asked for, to see that it is one.
const BEYOND: u64 = 64;

/// How much is asked for at once: what is expected to come within [`FetchPace::TIME`], and half of it after each break.
#[derive(Debug)]
pub(super) struct FetchPace {
    /// Bytes a second, once that is known.
    rate: Option<f64>,
    /// No more than this, since the line broke.
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
        // About six of them between two breaks: little is lost with one, and little is spent on asking.
        self.most = (self.most + self.most / 8).min(Self::MOST);
    }

    /// What was asked for did not come: less is asked for.
    pub(super) fn broke(&mut self) {
        self.most = (self.bytes() / 2).max(Self::LEAST);
    }
}

/// How the pieces of a message ended.
enum End {
    Whole,
    /// Before what was announced had come.
    Short,
    /// The server does not give pieces as it should.
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
                    // Less than was asked for is the end where all that is announced has come; before, it may be all that its
                    // server gives at once.
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

    /// The line is too bad, or the server hangs up on this very message: then that is noted, and it stops no other.
    fn give_up_for_now(
        &mut self,
        transfer: &PieceTransfer<'_>,
        error: MailboxError,
        each: &mut Each<'_>,
    ) -> Result<Option<End>, FetchError> {
        // A server that can't be reached any more is no matter of this message.
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
    /// Bytes that are here, and those of them that outlive this session.
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
