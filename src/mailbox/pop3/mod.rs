//! POP3 (RFC 1939): a maildrop as a [`Mailbox`], with our own client for the protocol.

mod session;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, Write};
use std::time::Duration;

use chrono::NaiveDate;
use memchr::memchr;

pub(super) use self::session::OPENING;

use self::session::{PopSession, RETRIEVING};
use super::account::MailAccount;
use super::dial::{StageWatch, Unwatched};
use super::failure::{Doing, Losses, MailboxFailure, SignInRefusal, asks_to_wait, no_room, throttles};
use super::probe::FolderSeen;
use super::wire::{BodyWriter, BufferedWire};
use super::{
    Abilities, AcknowledgeOrder, AfterFetchAction, Download, Each, FetchError, HEADER, Listed, Mailbox, MailboxError,
    MailboxProblem, Missing, RawMessage, StartChoice, Stopped, Survey, ToldOutcome,
};
use crate::domain::expiry::CertificateTaken;
use crate::domain::message::{Came, HEADER_DIGEST_LIMIT, SourceKey, header_digest};
use crate::domain::words::Sentence;
use crate::{complain, say};

pub(super) struct PopMailbox {
    account: MailAccount,
    /// None once it broke; the next command signs in again.
    session: Option<PopSession>,
    memory: Memory,
}

/// What outlives a broken session.
#[derive(Default)]
struct Memory {
    /// UIDLs whose deletion waits for QUIT.
    deleted: HashSet<String>,
    /// UIDLs that were downloaded in this pass: they need no comparison before they are deleted.
    fetched: HashSet<String>,
    /// The server sends more or less than it announces: one command is sent at a time, and each answer is checked.
    careful: bool,
}

impl PopMailbox {
    pub(super) fn open(account: MailAccount, watch: &mut dyn StageWatch) -> Result<Self, MailboxError> {
        let session = PopSession::open(&account, false, watch)?;
        Ok(Self { account, session: Some(session), memory: Memory::default() })
    }

    /// On a connection that is signed in.
    pub(super) fn signed_in(
        account: MailAccount,
        wire: BufferedWire,
        pipelining: bool,
    ) -> Result<Self, MailboxFailure> {
        let session = PopSession::begin(&account, wire, pipelining)?;
        Ok(Self { account, session: Some(session), memory: Memory::default() })
    }

    /// Does something in the session, signing in again where the last one broke. The server has forgotten what it was told
    /// to delete there, so it is told again.
    fn attempt<T, E: From<MailboxFailure>>(
        &mut self,
        act: impl FnOnce(&mut PopSession, &mut Memory) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut session = match self.session.take() {
            Some(session) => session,
            None => {
                let open = PopSession::open(&self.account, self.memory.careful, &mut Unwatched);
                let mut session = open.map_err(MailboxFailure::Broken)?;
                let deleted: Vec<String> = self.memory.deleted.iter().cloned().collect();
                let uidls: Vec<&str> = deleted.iter().map(String::as_str).collect();
                for (uidl, refusal) in deleted.iter().zip(session.delete(&uidls)?) {
                    if refusal.is_some() {
                        self.memory.deleted.remove(uidl);
                    }
                }
                session
            }
        };
        let result = act(&mut session, &mut self.memory);
        // A session that stopped within an answer is dropped without QUIT.
        if session.is_usable() {
            self.session = Some(session);
        }
        result
    }

    fn command<T>(
        &mut self,
        act: impl FnOnce(&mut PopSession, &mut Memory) -> Result<T, MailboxFailure>,
    ) -> Result<T, MailboxError> {
        self.attempt(act).map_err(|failure| failure.into_error(&self.account))
    }
}

fn uidl_of(key: &SourceKey) -> Option<&str> {
    match key {
        SourceKey::Pop { uidl } => Some(uidl),
        _ => None,
    }
}

impl Mailbox for PopMailbox {
    fn abilities(&self) -> Abilities {
        Abilities { chooses: false, marks: false, tells_at_close: true, reuses_keys: true, announces: false }
    }

    fn look(&mut self, _from: NaiveDate) -> Result<FolderSeen, MailboxError> {
        self.command(|session, _| Ok(FolderSeen { messages: session.entries().len() as u64, ..FolderSeen::default() }))
    }

    fn survey(&mut self) -> Result<Survey, MailboxError> {
        self.command(|session, memory| {
            let there = || session.entries().iter().filter(|entry| !memory.deleted.contains(&entry.uidl));
            Ok(Survey {
                uid_validity: None,
                uid_next: None,
                keys: there().map(|entry| SourceKey::Pop { uidl: entry.uidl.clone() }).collect(),
                sizes: there().map(|entry| entry.size).collect(),
            })
        })
    }

    fn choose(&mut self, _: StartChoice) -> Result<Vec<SourceKey>, MailboxError> {
        Ok(self.survey()?.keys)
    }

    fn list(&mut self, keys: &[SourceKey]) -> Result<Vec<Result<Listed, Missing>>, MailboxError> {
        self.command(|session, _| {
            let size = |key: &SourceKey| uidl_of(key).and_then(|uidl| session.find(uidl)).map(|entry| entry.size);
            let listed = |key: &SourceKey| {
                let size = size(key).ok_or(Missing::Gone)?;
                Ok(Listed { key: key.clone(), size, internal_date: None })
            };
            Ok(keys.iter().map(listed).collect())
        })
    }

    fn headers(&mut self, keys: &[SourceKey]) -> Result<Vec<Option<Vec<u8>>>, MailboxError> {
        self.command(|session, _| {
            let there = |key: &&SourceKey| uidl_of(key).is_some_and(|uidl| session.find(uidl).is_some());
            let asked: Vec<&SourceKey> = keys.iter().filter(there).collect();
            let uidls: Vec<&str> = asked.iter().copied().filter_map(uidl_of).collect();
            let headers = session.headers(&uidls, |header| header[..header.len().min(HEADER)].to_vec())?;
            let mut shown: HashMap<&SourceKey, Option<Vec<u8>>> = asked.into_iter().zip(headers).collect();
            Ok(keys.iter().map(|key| shown.remove(key).flatten()).collect())
        })
    }

    fn fetch(&mut self, batch: &[Listed], each: &mut Each<'_>) -> Result<(), FetchError> {
        let mut losses = Losses::default();
        let mut rest = batch;
        // How many messages were left when a session broke.
        let mut broke_at = None;
        let in_memory = self.account.env.limits.in_memory;
        while !rest.is_empty() {
            // Where the server can't be reached any more, the message is not to blame.
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

    /// POP knows only deletion; nothing is done for any other action.
    fn acknowledge(&mut self, batch: &[AcknowledgeOrder]) -> Result<Vec<ToldOutcome>, MailboxError> {
        self.command(|session, memory| {
            let mut told = vec![ToldOutcome::Done; batch.len()];
            let (mut sure, mut doubtful) = (Vec::new(), Vec::new());
            for (place, one) in batch.iter().enumerate() {
                let AfterFetchAction::Delete(proof) = &one.action else { continue };
                match uidl_of(&one.key).and_then(|uidl| session.find(uidl)) {
                    Some(entry) if memory.deleted.contains(&entry.uidl) => {}
                    Some(entry) if entry.size != proof.size => told[place] = ToldOutcome::Gone,
                    Some(entry) if memory.fetched.contains(&entry.uidl) => sure.push((place, entry.uidl.clone())),
                    Some(entry) => doubtful.push((place, entry.uidl.clone(), &proof.header_digest)),
                    None => told[place] = ToldOutcome::Gone,
                }
            }
            // A rebuilt server hands out the same UIDLs again: a key of an earlier session proves nothing.
            let uidls: Vec<&str> = doubtful.iter().map(|(_, uidl, _)| uidl.as_str()).collect();
            let digests = session.header_digests(&uidls)?;
            for ((place, uidl, known), digest) in doubtful.into_iter().zip(digests) {
                if digest.as_ref() == Some(known) {
                    sure.push((place, uidl));
                } else {
                    told[place] = ToldOutcome::Gone;
                }
            }
            let uidls: Vec<&str> = sure.iter().map(|(_, uidl)| uidl.as_str()).collect();
            let refusals = session.delete(&uidls)?;
            for ((place, uidl), refusal) in sure.into_iter().zip(refusals) {
                match refusal {
                    None => memory.deleted.extend([uidl]),
                    Some(said) => told[place] = ToldOutcome::Refused(say!("mailbox-message-not-deleted", said)),
                }
            }
            Ok(told)
        })
    }

    fn certificate(&self) -> Option<CertificateTaken> {
        self.account.certificate()
    }

    fn rest(&self) -> Option<Duration> {
        self.session.as_ref().and_then(|session| session.login_delay)
    }

    fn close(&mut self) -> Result<(), MailboxError> {
        if self.memory.deleted.is_empty() && self.session.is_none() {
            return Ok(());
        }
        let quit = self.command(|session, _| session.quit());
        self.session = None;
        let deleted = std::mem::take(&mut self.memory.deleted);
        // Nothing but deletions depends on QUIT.
        if deleted.is_empty() {
            return Ok(());
        }
        quit.or_else(|error| self.are_gone(&deleted).then_some(()).ok_or(error))
    }
}

impl PopMailbox {
    /// Looks whether the server did delete although it did not answer: some hang up on QUIT.
    fn are_gone(&self, deleted: &HashSet<String>) -> bool {
        let Ok(mut session) = PopSession::open(&self.account, true, &mut Unwatched) else { return false };
        let gone = !session.entries().iter().any(|entry| deleted.contains(&entry.uidl));
        // What it answers to QUIT now does not matter.
        let _ = session.quit();
        gone
    }
}

// Downloading: RETR, several at once where the server allows that. A message is handed on when the next answer has begun:
// only that shows that the line with a single dot was its end, and not a line of its text.

/// After so many answers in a row that ask to wait, Mailgate does wait.
const REFUSALS: u32 = 3;

/// Why a download ended early.
enum DownloadEnd {
    Stopped,
    /// Something does not fit, and while several answers are on their way one can't tell what: the pass goes on with one
    /// command at a time.
    Doubt,
    /// The message had not ended where it seemed to.
    CutShort(Sentence),
    /// The message came well, but the session can't be used any more.
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
    /// The next message, until its end is certain.
    held: Option<HeldDownload>,
    /// Answers in a row that asked to wait.
    asked_to_wait: u32,
}

struct HeldDownload {
    listed: Listed,
    body: RawMessage,
    /// Bytes that came.
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

    /// Asks for all of these, and reads the answers.
    fn some(&mut self, some: &[&Listed], each: &mut Each<'_>) -> Result<(), DownloadEnd> {
        let uidls: Vec<&str> = some.iter().filter_map(|listed| uidl_of(&listed.key)).collect();
        self.session.ask_for(&uidls)?;
        for listed in some {
            let status = self.session.status(RETRIEVING);
            match self.sure(status, each)? {
                Ok(()) => self.held = self.take(listed, each)?,
                Err(said) => {
                    self.hand_on(listed, Err(bad_message(Sentence::verbatim(&said))), each)?;
                    // The refusal may be about this message alone, which is noted and comes last the next time.
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

    /// Hands on the message that waits for its end, now that the next answer has begun, or has not.
    fn sure<T>(&mut self, answer: Result<T, MailboxFailure>, each: &mut Each<'_>) -> Result<T, DownloadEnd> {
        let Some(held) = self.held.take() else { return Ok(answer?) };
        match answer {
            Err(MailboxFailure::Broken(error)) if error.problem == MailboxProblem::Protocol => {
                self.session.give_up();
                Err(DownloadEnd::CutShort(cut_short(&held.listed, held.bytes)))
            }
            // Where the connection ended, nothing followed the message.
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

// What is in the maildrop: LIST and UIDL, combined. A message that only one of them lists is there all the same.

/// One message in the maildrop.
#[derive(Debug, Clone, Default)]
struct MaildropEntry {
    number: u32,
    /// The UIDL as the server has it; where several messages have the same, the later ones get ` 2`, ` 3` … behind it, and
    /// where one has none, something else that identifies it. A UIDL has no spaces, so no other message has the same.
    uidl: String,
    /// Bytes.
    size: u64,
}

/// Asks for both lists. A server may refuse either where there is nothing to list.
fn list_maildrop(session: &mut PopSession) -> Result<Vec<MaildropEntry>, MailboxFailure> {
    let sizes = unless_refused(session.numbered("LIST", Doing::ListSizes))?;
    let uidls = unless_refused(session.numbered("UIDL", Doing::ListUidls))?;
    let (sizes, uidls) = match (sizes, uidls) {
        (Ok(sizes), Ok(uidls)) => (sizes, uidls),
        // Without sizes mail can be had; they are not needed to tell it apart.
        (Err(_), Ok(uidls)) => (Vec::new(), uidls),
        (Ok(sizes), Err(_)) if sizes.is_empty() => (Vec::new(), Vec::new()),
        (Ok(_), Err(said)) => return Err(MailboxFailure::Broken(no_uidl(session, &said))),
        (Err(_), Err(said)) => match session.count()? {
            Ok(0) => (Vec::new(), Vec::new()),
            Ok(_) => return Err(MailboxFailure::Broken(no_uidl(session, &said))),
            Err(_) => return Err(MailboxFailure::Refused { doing: Doing::ListAll, said: Sentence::verbatim(said) }),
        },
    };
    let mut entries: BTreeMap<u32, MaildropEntry> = BTreeMap::new();
    for (number, text) in sizes {
        let size = text.split_whitespace().next().and_then(|size| size.parse().ok()).unwrap_or(0);
        entries.insert(number, MaildropEntry { number, size, ..MaildropEntry::default() });
    }
    for (number, uidl) in uidls {
        entries.entry(number).or_insert(MaildropEntry { number, ..MaildropEntry::default() }).uidl = uidl;
    }
    let mut entries: Vec<MaildropEntry> = entries.into_values().collect();
    name_by_header(session, &mut entries)?;
    let mut times: HashMap<String, u32> = HashMap::new();
    for entry in &mut entries {
        let times = times.entry(entry.uidl.clone()).or_default();
        *times += 1;
        if *times > 1 {
            entry.uidl = format!("{} {times}", entry.uidl);
        }
    }
    Ok(entries)
}

/// The list, or the words of its refusal.
fn unless_refused<T>(listed: Result<T, MailboxFailure>) -> Result<Result<T, String>, MailboxFailure> {
    match listed {
        Ok(list) => Ok(Ok(list)),
        Err(MailboxFailure::Refused { said, .. }) => Ok(Err(said.to_string())),
        Err(broken) => Err(broken),
    }
}

/// It has mail and does not list UIDLs: for now, or never.
fn no_uidl(session: &PopSession, said: &str) -> MailboxError {
    let account = session.account();
    match SignInRefusal::of(said) {
        SignInRefusal::Passing => {
            MailboxError::new(MailboxProblem::Busy, say!("mailbox-no-list-now", place = account.place(), said))
        }
        _ => account.strange(complain!("mailbox-no-uidl", place = account.place(), said)),
    }
}

/// Messages that UIDL leaves out are known by the digest of their header, so that none is lost and none is taken twice; one
/// whose header can't be fetched, by its size: it can't be downloaded either, and the ledger says so.
fn name_by_header(session: &mut PopSession, entries: &mut [MaildropEntry]) -> Result<(), MailboxFailure> {
    let mut nameless: Vec<&mut MaildropEntry> = entries.iter_mut().filter(|entry| entry.uidl.is_empty()).collect();
    // TOP is optional, RETR is not.
    for command in ["TOP {} 0", "RETR {}"] {
        let asked: Vec<MaildropEntry> = nameless.iter().map(|entry| (**entry).clone()).collect();
        let digests = session.headers_by(command, &asked, header_digest)?;
        for (entry, digest) in nameless.iter_mut().zip(digests) {
            entry.uidl = digest.map(|digest| format!("header {digest}")).unwrap_or_default();
        }
        nameless.retain(|entry| entry.uidl.is_empty());
    }
    for entry in nameless {
        entry.uidl = format!("size {}", entry.size);
    }
    Ok(())
}

// A message as RETR and TOP send it: dot-stuffed, up to a line with a single dot.

/// Where in a multi-line answer the next byte stands (RFC 1939 section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum BytePosition {
    #[default]
    LineStart,
    Line,
    /// After a dot at the start of a line.
    Dot,
    /// After such a dot and a CR.
    DotCr,
    End,
}

/// Undoes the dot-stuffing of one message, and measures it.
#[derive(Debug, Default)]
struct Unstuff {
    place: BytePosition,
    /// The last bytes so far.
    tail: [u8; 3],
    /// Bytes that the message is to have, 0 where that is not known.
    listed: u64,
    /// The answer may have ended already: see [`Unstuff::glued_end`].
    seemed_whole: bool,
    measure: PopLength,
}

impl Unstuff {
    fn new(listed: u64) -> Self {
        Self { listed, ..Self::default() }
    }

    /// Writes what belongs to the message, and returns how many bytes were used, up to the end of the answer.
    fn pass(&mut self, bytes: &[u8], to: &mut dyn Write) -> io::Result<usize> {
        let mut used = 0;
        while let Some(byte) = bytes.get(used)
            && self.place != BytePosition::End
        {
            self.place = match (self.place, byte) {
                (BytePosition::LineStart, b'.') => BytePosition::Dot,
                (BytePosition::Dot, b'\r') => BytePosition::DotCr,
                (BytePosition::Dot | BytePosition::DotCr, b'\n') => BytePosition::End,
                (BytePosition::DotCr, _) => {
                    self.write(b"\r", to)?;
                    self.place = BytePosition::Line;
                    continue;
                }
                (place, _) => {
                    self.measure.stuffed += u64::from(place == BytePosition::Dot && *byte == b'.');
                    let rest = &bytes[used..];
                    let end = memchr(b'\n', rest);
                    let part = &rest[..end.map_or(rest.len(), |at| at + 1)];
                    self.write(part, to)?;
                    used += part.len();
                    self.place = if end.is_some() { BytePosition::LineStart } else { BytePosition::Line };
                    continue;
                }
            };
            used += 1;
        }
        Ok(used)
    }

    /// The answer is over.
    fn ended(&self) -> bool {
        self.place == BytePosition::End
    }

    /// Where a message does not end in a line end, the answer's end may follow without a line of its own: if the message is
    /// then exactly as long as listed, this many bytes at its end do not belong to it.
    fn glued_end(&self) -> Option<u64> {
        let end = match self.tail {
            [b'.', b'\r', b'\n'] => 3,
            [_, b'.', b'\n'] => 2,
            _ => return None,
        };
        (self.listed > 0 && self.measure.bytes.checked_sub(end) == Some(self.listed)).then_some(end)
    }

    fn write(&mut self, part: &[u8], to: &mut dyn Write) -> io::Result<()> {
        to.write_all(part)?;
        self.measure.bytes += part.len() as u64;
        if let Some((b'\n', before)) = part.split_last() {
            match before.last().unwrap_or(&self.tail[2]) {
                b'\r' => self.measure.crlf += 1,
                _ => self.measure.lf += 1,
            }
        }
        for byte in &part[part.len().saturating_sub(3)..] {
            self.tail = [self.tail[1], self.tail[2], *byte];
        }
        self.seemed_whole |= self.glued_end().is_some();
        Ok(())
    }
}

/// How long a message is, counted in each way that servers count it for LIST.
#[derive(Debug, Clone, Copy, Default)]
struct PopLength {
    bytes: u64,
    /// Lines that end in CRLF, and those that end in a bare LF.
    crlf: u64,
    lf: u64,
    /// Dots that were doubled.
    stuffed: u64,
    /// How many bytes at the end belong to the answer's end and not to the message.
    glued: Option<u64>,
}

/// A message beside its listed size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    AsListed,
    Fewer,
    More,
}

impl PopLength {
    /// Servers count line ends as CRLF or LF however they send them; with the doubled dots and the end of the answer or
    /// without; with the line end that they add after the last line or without. 0: no size is listed.
    fn beside(&self, listed: u64) -> Size {
        const LINE_END: u64 = 2;
        const ANSWER_END: u64 = 3;
        let least = (self.bytes - self.crlf).saturating_sub(LINE_END);
        let most = self.bytes + self.lf + self.stuffed + ANSWER_END;
        match listed {
            0 => Size::AsListed,
            _ if listed > most => Size::Fewer,
            _ if listed < least => Size::More,
            _ => Size::AsListed,
        }
    }
}

/// Keeps as much of a message as its header digest needs, and forgets the rest.
#[derive(Default)]
struct KeptHead(Vec<u8>);

impl KeptHead {
    fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Write for KeptHead {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = HEADER_DIGEST_LIMIT.saturating_sub(self.0.len());
        self.0.extend_from_slice(&bytes[..bytes.len().min(room)]);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The message, what was left, and how it ended.
    fn unstuff(answer: &[u8], at_once: usize) -> (Unstuff, Vec<u8>, usize) {
        let (mut unstuff, mut message, mut used) = (Unstuff::new(0), Vec::new(), 0);
        for part in answer.chunks(at_once) {
            used += unstuff.pass(part, &mut message).unwrap();
        }
        (unstuff, message, used)
    }

    #[test]
    fn dots_are_unstuffed_however_the_answer_is_cut() {
        let answer = b"Subject: x\r\n\r\n..one\r\n.two\r\n...\r\n.\rx\r\nlast.\r\n.\r\n+OK next\r\n";
        for size in 1..answer.len() {
            let (done, message, used) = unstuff(answer, size);
            assert!(done.ended());
            assert_eq!(message, b"Subject: x\r\n\r\n.one\r\ntwo\r\n..\r\n\rx\r\nlast.\r\n");
            assert_eq!(&answer[used..], b"+OK next\r\n");
            assert_eq!((done.measure.bytes, done.measure.crlf, done.measure.stuffed), (message.len() as u64, 7, 2));
        }
    }

    #[test]
    fn a_size_counted_in_any_usual_way_is_the_listed_one() {
        let (crlf, ..) = unstuff(b"a\r\n..b\r\nc\r\n.\r\n", 100);
        // With LF; without the last line end; as it is; with both dots; with the end of the answer.
        for listed in [0, 7, 8, 10, 11, 14] {
            assert_eq!(crlf.measure.beside(listed), Size::AsListed, "{listed}");
        }
        assert_eq!((crlf.measure.beside(15), crlf.measure.beside(4)), (Size::Fewer, Size::More));
        let (lf, ..) = unstuff(b"a\nb\nc\n.\n", 100);
        assert_eq!((lf.measure.beside(9), lf.measure.beside(13)), (Size::AsListed, Size::Fewer));
    }

    #[test]
    fn an_end_without_a_line_of_its_own_is_known_by_the_size() {
        for (answer, end) in [(&b"Subject: x\r\n\r\nlast.\r\n"[..], 3), (b"Subject: x\r\n\r\nlast.\n", 2)] {
            let listed = (answer.len() - end) as u64;
            for (listed, known) in [(listed, Some(end as u64)), (listed + 1, None), (0, None)] {
                let mut unstuff = Unstuff::new(listed);
                answer.chunks(4).for_each(|part| {
                    unstuff.pass(part, &mut Vec::new()).unwrap();
                });
                assert_eq!(
                    (unstuff.ended(), unstuff.glued_end(), unstuff.seemed_whole),
                    (false, known, known.is_some())
                );
            }
        }
    }
}
