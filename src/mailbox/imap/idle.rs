//! Waiting for mail (IDLE, RFC 2177): a session that stays open, and hears when the server has something to say. One
//! thread has hundreds of them, so nothing here waits but their beginning and their end.

use std::io::{self, BufRead, ErrorKind};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::conversation::{Conversation, FolderStatus, SMALL, number, word};
use super::session::{ImapSession, quoted, status_of};
use super::{FolderExtent, ImapMailbox, response};
use crate::domain::words::Sentence;
use crate::mailbox::failure::{Doing, MailboxFailure};
use crate::mailbox::wire::{LINE_LIMIT, words};
use crate::mailbox::{Mailbox, MailboxError, MailboxProblem};
use crate::say;

/// How often those folders are looked at that the server tells nothing of by itself.
const IN_TURN: Duration = Duration::from_secs(30);
/// Bytes that may come before the server is asked again whether it is there: enough for a flag changed on a hundred thousand
/// mails.
const HEARD: usize = 4 << 20;
/// How often in a row a server may end the waiting by itself.
const ENDED: u32 = 5;

/// A session that waits. Dropping it is safe at any time.
pub struct IdleSession {
    session: ImapSession,
    /// What each folder held, of those that can be opened; the first one is open.
    folders: Vec<FolderExtent>,
    /// The server tells of the other folders, too (NOTIFY, RFC 5465).
    is_notified: bool,
    /// Messages in the open folder, and how many of them are `\Recent`; None where that is not known.
    exists: Option<u32>,
    recent: Option<u32>,
    step: IdleStep,
    /// The tag of the last command.
    tag: String,
    /// When the server is next asked whether it is there; in any other step, the moment by which it has to answer.
    until: Instant,
    /// The beginning of a line whose end has not come.
    partial: Vec<u8>,
    /// Bytes that came since the server was asked last.
    heard: usize,
    /// How often in a row the server ended the waiting by itself.
    ended: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum IdleStep {
    /// IDLE was sent.
    Beginning,
    Idling,
    /// DONE was sent.
    Ending,
    /// STATUS of this one of the folders was sent.
    Looking(usize),
}

/// What a session heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Heard {
    /// The server has begun to announce.
    pub begun: bool,
    /// Mail may have come.
    pub news: bool,
}

/// Why a session can't wait any more.
#[derive(Debug)]
pub enum Lost {
    /// The server refuses to announce mail, in these words.
    Refused(Sentence),
    Broken(MailboxError),
}

impl IdleSession {
    /// Opens the first of these folders that can be opened, and asks the server to announce what comes into any of them.
    /// True where mail may have come since they were surveyed.
    pub(super) fn begin(mailbox: ImapMailbox, folders: &[&str]) -> Result<(Self, bool), MailboxError> {
        let ImapMailbox { account, session, surveyed, .. } = mailbox;
        let over = || account.broken(&ErrorKind::UnexpectedEof.into(), Doing::Wait);
        let mut session = session.ok_or_else(over)?;
        let (open, others) = enter_first(&mut session, folders)?;
        let is_notified = !others.is_empty() && session.notifies && notify(&mut session, others)?;
        let mut reach = vec![open];
        for folder in others {
            let status = session.status(folder).map_err(|failure| failure.into_error(&account))?;
            reach.extend(status.map(|status| FolderExtent::of(folder, &status)));
        }
        let is_beyond =
            |now: &FolderExtent| surveyed.iter().any(|then| then.folder == now.folder && now.is_beyond(then));
        let news = reach.iter().any(is_beyond);
        let mut idle = Self {
            exists: session.exists,
            recent: None,
            session: session.rest(true).map_err(|error| account.broken(&error, Doing::Wait))?,
            folders: reach,
            is_notified,
            step: IdleStep::Beginning,
            tag: String::new(),
            until: Instant::now(),
            partial: Vec::new(),
            heard: 0,
            ended: 0,
        };
        idle.idle().map_err(|error| idle.broken(&error))?;
        Ok((idle, news))
    }

    /// How mail is announced, in words.
    pub fn words(&self) -> Sentence {
        match (self.folders.as_slice(), self.is_notified) {
            ([_] | [], _) => say!("mailbox-at-once"),
            (_, true) => say!("mailbox-at-once-all"),
            ([first, ..], false) => {
                say!("mailbox-at-once-first", folder = first.folder, seconds = IN_TURN.as_secs())
            }
        }
    }

    /// The socket to poll for incoming bytes; None for a script.
    pub fn tcp(&mut self) -> Option<Arc<TcpStream>> {
        self.conversation().wire.tcp()
    }

    /// When [`IdleSession::tick`] has something to do.
    pub fn until(&self) -> Instant {
        self.until
    }

    /// Reads all that has come, without waiting for more.
    pub fn hear(&mut self) -> Result<Heard, Lost> {
        let mut heard = Heard::default();
        loop {
            let (taken, whole) = match self.session.conversation.wire.fill_buf() {
                Ok([]) => return Err(Lost::Broken(self.broken(&ErrorKind::UnexpectedEof.into()))),
                Ok(bytes) => match memchr::memchr(b'\n', bytes) {
                    Some(end) => {
                        self.partial.extend_from_slice(&bytes[..end]);
                        (end + 1, true)
                    }
                    None => {
                        self.partial.extend_from_slice(bytes);
                        (bytes.len(), false)
                    }
                },
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(heard),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(Lost::Broken(self.broken(&error))),
            };
            self.conversation().wire.consume(taken);
            self.heard += taken;
            if self.heard > HEARD || self.partial.len() > LINE_LIMIT {
                let place = self.session.account().place();
                return Err(Lost::Broken(MailboxError::new(
                    MailboxProblem::Protocol,
                    say!("mailbox-speaks-too-much", place),
                )));
            }
            if whole {
                let line = std::mem::take(&mut self.partial);
                self.take(line.trim_ascii_end(), &mut heard)?;
            }
        }
    }

    /// Asks the server whether it is there, where that is due; fails where it has not answered in time. So a connection that
    /// died silently is noticed, and none idles so long that the server ends it (RFC 2177: 29 minutes).
    pub fn tick(&mut self, now: Instant) -> Result<(), Lost> {
        if now < self.until {
            return Ok(());
        }
        match self.step {
            IdleStep::Idling => {
                (self.heard, self.ended) = (0, 0);
                self.send(b"DONE", IdleStep::Ending).map_err(|error| Lost::Broken(self.broken(&error)))
            }
            IdleStep::Beginning | IdleStep::Ending | IdleStep::Looking(_) => {
                Err(Lost::Broken(self.broken(&ErrorKind::TimedOut.into())))
            }
        }
    }

    /// Ends the waiting and gives the session back. Waits for the server's answer, within the time limit of an answer.
    pub fn end(mut self) -> Result<Box<dyn Mailbox>, MailboxError> {
        let (step, tag, is_notified) = (self.step, std::mem::take(&mut self.tag), self.is_notified);
        let mut partial = std::mem::take(&mut self.partial);
        let account = self.session.account().clone();
        let broken = |error: io::Error| account.broken(&error, Doing::Wait);
        let mut session = self.session.rest(false).map_err(broken)?;
        let wire = &mut session.conversation.wire;
        wire.clock.begin();
        wire.clock.hurry(account.env.limits.answer);
        let mut told = matches!(step, IdleStep::Ending | IdleStep::Looking(_));
        if step == IdleStep::Idling {
            wire.send("DONE").map_err(broken)?;
            told = true;
        }
        loop {
            partial.extend(wire.line_bytes().map_err(broken)?);
            let line = std::mem::take(&mut partial);
            match word(&line) {
                (b"+", _) if !told => {
                    wire.send("DONE").map_err(broken)?;
                    told = true;
                }
                (b"*", rest) if word(rest).0.eq_ignore_ascii_case(b"BYE") => {
                    return Err(broken(ErrorKind::UnexpectedEof.into()));
                }
                (first, _) if first.eq_ignore_ascii_case(tag.as_bytes()) => break,
                _ => {}
            }
        }
        if is_notified {
            session.run(SMALL, Doing::Wait, "NOTIFY NONE").map_err(|failure| failure.into_error(&account))?;
        }
        Ok(Box::new(ImapMailbox::of(account, session)))
    }

    /// Signs out, without waiting for an answer.
    pub fn leave(mut self) {
        let end: &[u8] = if self.step == IdleStep::Idling { b"DONE\r\nbye LOGOUT" } else { b"bye LOGOUT" };
        // The server sees the connection end in any case.
        let _ = self.conversation().wire.send(end);
    }

    fn conversation(&mut self) -> &mut Conversation {
        &mut self.session.conversation
    }

    fn broken(&self, error: &io::Error) -> MailboxError {
        self.session.account().broken(error, Doing::Wait)
    }

    fn send(&mut self, line: &[u8], step: IdleStep) -> io::Result<()> {
        self.step = step;
        self.until = Instant::now() + self.session.account().env.limits.answer;
        self.conversation().wire.send(line)
    }

    /// Sends a command.
    fn command(&mut self, command: &[u8], step: IdleStep) -> io::Result<()> {
        self.tag = self.conversation().next_tag();
        let line = [self.tag.as_bytes(), b" ", command].concat();
        self.send(&line, step)
    }

    fn idle(&mut self) -> io::Result<()> {
        self.command(b"IDLE", IdleStep::Beginning)
    }

    fn take(&mut self, line: &[u8], heard: &mut Heard) -> Result<(), Lost> {
        match word(line) {
            (b"*", rest) => self.untagged(rest, heard),
            (b"+", _) if self.step == IdleStep::Beginning => {
                let check = self.session.account().env.limits.check;
                let check = if self.folders.len() > 1 { check.min(IN_TURN) } else { check };
                self.step = IdleStep::Idling;
                self.until = Instant::now() + check;
                heard.begun = true;
                Ok(())
            }
            (first, rest) if first.eq_ignore_ascii_case(self.tag.as_bytes()) => self.completed(rest),
            _ => Ok(()),
        }
    }

    /// The last command was answered, so the next one follows.
    fn completed(&mut self, rest: &[u8]) -> Result<(), Lost> {
        let (status, said) = word(rest);
        let is_refused = !status.eq_ignore_ascii_case(b"OK");
        let after = match self.step {
            IdleStep::Beginning | IdleStep::Idling if is_refused => {
                return Err(Lost::Refused(Sentence::verbatim(self.session.account().said(&words(said)))));
            }
            IdleStep::Beginning | IdleStep::Idling => {
                self.ended += 1;
                if self.ended > ENDED {
                    let place = self.session.account().place();
                    return Err(Lost::Refused(say!("mailbox-ends-waiting", place)));
                }
                0
            }
            IdleStep::Ending => 0,
            IdleStep::Looking(folder) => folder,
        };
        let sent = match self.folders.get(after + 1) {
            Some(next) => {
                let command = status_of(&next.folder);
                self.command(&command, IdleStep::Looking(after + 1))
            }
            None => self.idle(),
        };
        sent.map_err(|error| Lost::Broken(self.broken(&error)))
    }

    /// Only what may mean new mail is news, and not that mails were removed or their flags changed.
    fn untagged(&mut self, rest: &[u8], heard: &mut Heard) -> Result<(), Lost> {
        let (first, rest) = word(rest);
        if let Some(number) = number(first) {
            match word(rest).0.to_ascii_uppercase().as_slice() {
                b"EXISTS" => {
                    heard.news |= self.exists != Some(number);
                    self.exists = Some(number);
                }
                b"RECENT" => {
                    heard.news |= self.recent.is_some_and(|recent| number > recent);
                    self.recent = Some(number);
                }
                b"EXPUNGE" => {
                    self.exists = self.exists.map(|exists| exists.saturating_sub(1));
                    self.recent = None;
                }
                b"FETCH" => heard.news |= self.exists.is_some_and(|exists| number > exists),
                _ => {}
            }
            return Ok(());
        }
        match first.to_ascii_uppercase().as_slice() {
            b"BYE" => {
                let account = self.session.account();
                let (place, said) = (account.place(), account.said(&words(rest)));
                let complaint = say!("mailbox-ended-session", place, doing = Doing::Wait.words(), said);
                return Err(Lost::Broken(MailboxError::new(MailboxProblem::Cut, complaint)));
            }
            b"STATUS" => self.reaches(&FolderStatus::read(rest), heard),
            // It does not say how many messages are left.
            b"VANISHED" => self.exists = None,
            _ => {}
        }
        Ok(())
    }

    /// Takes up what STATUS says of another folder.
    fn reaches(&mut self, status: &FolderStatus, heard: &mut Heard) {
        let asked = if let IdleStep::Looking(asked) = self.step { Some(asked) } else { None };
        let named = self.folders.iter().position(|extent| status.is_of(&extent.folder));
        // EXISTS tells of the open folder; a folder whose name is not understood may be any.
        let Some(index) = named.or(asked) else {
            heard.news = true;
            return;
        };
        if index == 0 {
            return;
        }
        let known = &mut self.folders[index];
        let now = FolderExtent::of(&known.folder, status);
        heard.news |= now.is_beyond(known);
        known.uid_next = now.uid_next.or(known.uid_next);
        known.messages = now.messages.or(known.messages);
    }
}

/// Opens the first of these folders that can be opened; returns it with those behind it.
fn enter_first<'a, 'f>(
    session: &mut ImapSession,
    folders: &'a [&'f str],
) -> Result<(FolderExtent, &'a [&'f str]), MailboxError> {
    let mut closed = None;
    for (index, folder) in folders.iter().enumerate() {
        match session.enter(folder) {
            Ok(()) => {
                let folder = (*folder).to_owned();
                let open = FolderExtent { folder, uid_next: session.uid_next, messages: session.exists };
                return Ok((open, &folders[index + 1..]));
            }
            Err(error) if error.problem == MailboxProblem::Folder => closed = closed.or(Some(error)),
            Err(error) => return Err(error),
        }
    }
    Err(closed.unwrap_or_else(|| session.account().broken(&ErrorKind::UnexpectedEof.into(), Doing::Wait)))
}

/// Asks the server to tell of these folders, too. False where it refuses.
fn notify(session: &mut ImapSession, others: &[&str]) -> Result<bool, MailboxError> {
    let names = others.iter().map(|folder| quoted(response::encode_name(folder))).collect::<Vec<_>>().join(&b' ');
    let events: &[u8] = b"(MessageNew MessageExpunge)";
    let command = [b"NOTIFY SET (selected ", events, b") (mailboxes (", &*names, b") ", events, b")"].concat();
    match session.run(SMALL, Doing::Wait, command) {
        Ok(_) => Ok(true),
        Err(MailboxFailure::Refused { .. }) => Ok(false),
        Err(broken) => Err(broken.into_error(session.account())),
    }
}
