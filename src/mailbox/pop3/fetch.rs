//! Downloading by POP: RETR, many at once where the server takes them so. A message is handed on when the answer behind
//! it has begun: only that shows that the line with a single dot was its end, and not a line of its text.

use super::message::{PopLength, Size};
use super::session::{PopSession, RETRIEVING};
use super::{Memory, PopMailbox, uidl_of};
use crate::domain::source::Came;
use crate::domain::words::Sentence;
use crate::mailbox::body::BodyWriter;
use crate::mailbox::failure::{Losses, MailboxFailure, no_room};
use crate::mailbox::refusal::{asks_to_wait, throttles};
use crate::mailbox::{Download, Each, FetchError, Listed, MailboxProblem, Missing, RawMessage, Stopped};
use crate::say;

/// Answers in a row that ask to wait, before that is done.
const REFUSALS: u32 = 3;

/// Why a download ended early.
enum DownloadEnd {
    Stopped,
    /// Something does not fit, and while several answers are on their way it can't be told what: it goes on with one
    /// command at a time.
    Doubt,
    /// The message had not ended where it seemed to.
    CutShort(Sentence),
    /// All is well, but the session is not usable any more.
    Renew,
    Failed(MailboxFailure),
}

impl From<MailboxFailure> for DownloadEnd {
    fn from(failure: MailboxFailure) -> Self {
        DownloadEnd::Failed(failure)
    }
}

impl From<Stopped> for DownloadEnd {
    fn from(_: Stopped) -> Self {
        DownloadEnd::Stopped
    }
}

impl PopMailbox {
    pub(super) fn fetch_all(&mut self, batch: &[Listed], each: &mut Each<'_>) -> Result<(), FetchError> {
        let mut losses = Losses::default();
        let mut rest = batch;
        // How many were left when a session broke.
        let mut broke_at = None;
        let in_memory = self.account.env.limits.in_memory;
        while !rest.is_empty() {
            // A server that can't be reached any more is no matter of a message.
            self.command(|_, _| Ok(()))?;
            let mut handed = 0;
            let result = self.attempt(|session, memory| {
                let mut retrieval =
                    Retrieval { session, memory, in_memory, handed: &mut handed, held: None, asked_to_wait: 0 };
                retrieval.all(rest, each)
            });
            rest = &rest[handed..];
            let (missing, at_once) = match result {
                Ok(()) | Err(DownloadEnd::Renew) => continue,
                Err(DownloadEnd::Stopped) => return Err(FetchError::Stopped),
                Err(DownloadEnd::Doubt) => {
                    self.memory.careful = true;
                    continue;
                }
                Err(DownloadEnd::CutShort(words)) => {
                    self.memory.careful = true;
                    (Missing::CutShort(words), false)
                }
                Err(DownloadEnd::Failed(failure)) => {
                    let error = failure.into_error(&self.account);
                    losses.count(error.clone())?;
                    if error.problem != MailboxProblem::Protocol {
                        std::thread::sleep(self.account.pause(losses.in_a_row()));
                    }
                    (bad_message(error.complaint.what.clone()), error.problem == MailboxProblem::Timeout)
                }
            };
            let again = broke_at.replace(rest.len()) == Some(rest.len());
            if let [first, after @ ..] = rest
                && (again || at_once)
            {
                self.command(|_, _| Ok(()))?;
                each(first, Err(missing)).map_err(|Stopped| FetchError::Stopped)?;
                rest = after;
            }
        }
        Ok(())
    }
}

fn bad_message(why: Sentence) -> Missing {
    Missing::Refused(say!("mailbox-message-refused-by-server", why))
}

/// In words for the message's row.
fn cut_short(listed: &Listed, received: u64) -> Sentence {
    match listed.size {
        0 => say!("mailbox-message-cut"),
        announced => say!("mailbox-message-cut-sizes", announced, received),
    }
}

struct Retrieval<'a> {
    session: &'a mut PopSession,
    memory: &'a mut Memory,
    in_memory: usize,
    /// Messages handed on so far.
    handed: &'a mut usize,
    /// The message behind those, until it is sure that it has ended.
    held: Option<HeldDownload>,
    /// Answers in a row that asked to wait.
    asked_to_wait: u32,
}

struct HeldDownload {
    listed: Listed,
    body: RawMessage,
    /// As it came.
    bytes: u64,
}

impl Retrieval<'_> {
    fn all(&mut self, batch: &[Listed], each: &mut Each<'_>) -> Result<(), DownloadEnd> {
        while let rest @ [first, ..] = &batch[*self.handed..] {
            let there = |listed: &&Listed| uidl_of(&listed.key).is_some_and(|uidl| self.session.find(uidl).is_some());
            let some: Vec<&Listed> = rest.iter().take_while(there).collect();
            if some.is_empty() {
                self.hand_on(first, Err(Missing::Gone), each)?;
                continue;
            }
            for some in some.chunks(self.session.at_once()) {
                self.some(some, each)?;
            }
            if self.held.is_some() {
                let answered = self.session.confirm();
                self.sure(answered, each)?;
            }
        }
        Ok(())
    }

    /// Asks for all of these, and takes the answers.
    fn some(&mut self, some: &[&Listed], each: &mut Each<'_>) -> Result<(), DownloadEnd> {
        let uidls: Vec<&str> = some.iter().filter_map(|listed| uidl_of(&listed.key)).collect();
        self.session.ask_for(&uidls)?;
        for listed in some {
            let status = self.session.status(RETRIEVING);
            match self.sure(status, each)? {
                Ok(()) => self.held = self.take(listed, each)?,
                Err(said) => {
                    self.hand_on(listed, Err(bad_message(Sentence::verbatim(&said))), each)?;
                    // It may be said of this message alone, which is noted and comes last the next time.
                    self.asked_to_wait += u32::from(asks_to_wait(&said));
                    if throttles(&said) || self.asked_to_wait >= REFUSALS {
                        return Err(MailboxFailure::Broken(self.session.account().busy(&said)).into());
                    }
                }
            }
        }
        self.session.done();
        Ok(())
    }

    /// The answer behind a message has begun, or has not.
    fn sure<T>(&mut self, answer: Result<T, MailboxFailure>, each: &mut Each<'_>) -> Result<T, DownloadEnd> {
        let Some(held) = self.held.take() else { return Ok(answer?) };
        match answer {
            Err(MailboxFailure::Broken(error)) if error.problem == MailboxProblem::Protocol => {
                self.session.give_up();
                Err(DownloadEnd::CutShort(cut_short(&held.listed, held.bytes)))
            }
            // Where the connection ended, nothing came behind the message.
            answer => {
                self.hand_on(&held.listed, Ok(Download::all(held.body)), each)?;
                Ok(answer?)
            }
        }
    }

    /// Reads one message. None where it is handed on already.
    fn take(&mut self, listed: &Listed, each: &mut Each<'_>) -> Result<Option<HeldDownload>, DownloadEnd> {
        let (mut body, measure) = self.read(listed)?;
        let size = measure.beside(listed.size);
        if self.session.pipelining && (measure.glued.is_some() || size != Size::AsListed) {
            self.session.give_up();
            return Err(DownloadEnd::Doubt);
        }
        if let Some(end) = measure.glued {
            body.cut_off(end).map_err(no_room)?;
            self.hand_on(listed, Ok(Download::all(body.finish().map_err(no_room)?)), each)?;
            return Err(DownloadEnd::Renew);
        }
        let body = body.finish().map_err(no_room)?;
        if size == Size::Fewer {
            self.once_more(listed, body, measure.bytes, each)?;
            return Ok(None);
        }
        Ok(Some(HeldDownload { listed: listed.clone(), body, bytes: measure.bytes }))
    }

    fn read(&mut self, listed: &Listed) -> Result<(BodyWriter, PopLength), MailboxFailure> {
        let mut body = BodyWriter::new(self.in_memory);
        let measure = self.session.read_message(&mut body, listed.size, RETRIEVING)?;
        Ok((body, measure))
    }

    /// Fewer bytes came than were announced: either it is cut short, or the server announces another size than it sends.
    fn once_more(
        &mut self,
        listed: &Listed,
        mut first: RawMessage,
        bytes: u64,
        each: &mut Each<'_>,
    ) -> Result<(), DownloadEnd> {
        self.nothing_is_left(listed, bytes)?;
        let uidl = uidl_of(&listed.key).unwrap_or_default();
        self.session.ask_for(&[uidl])?;
        if let Err(said) = self.session.status(RETRIEVING)? {
            return self.hand_on(listed, Err(bad_message(Sentence::verbatim(said))), each);
        }
        let (second, measure) = self.read(listed)?;
        let mut second = second.finish().map_err(no_room)?;
        self.nothing_is_left(listed, measure.bytes)?;
        let download = if measure.beside(listed.size) != Size::Fewer {
            Ok(Download::all(second))
        } else if first.is_same(&mut second).map_err(no_room)? {
            Ok(Download { body: second, came: Came::Fewer })
        } else {
            let (announced, other) = (listed.size, measure.bytes);
            Err(Missing::CutShort(say!("mailbox-message-unlike", announced, one = bytes, other)))
        };
        self.hand_on(listed, download, each)
    }

    fn nothing_is_left(&mut self, listed: &Listed, bytes: u64) -> Result<(), DownloadEnd> {
        if self.session.nothing_is_left()? {
            return Ok(());
        }
        self.session.give_up();
        Err(DownloadEnd::CutShort(cut_short(listed, bytes)))
    }

    fn hand_on(
        &mut self,
        listed: &Listed,
        download: Result<Download, Missing>,
        each: &mut Each<'_>,
    ) -> Result<(), DownloadEnd> {
        *self.handed += 1;
        if let (Ok(_), Some(uidl)) = (&download, uidl_of(&listed.key)) {
            self.memory.fetched.insert(uidl.to_owned());
            self.asked_to_wait = 0;
        }
        Ok(each(listed, download)?)
    }
}
