//! Commands and their answers on one IMAP connection: what is sent, and all that comes until its tagged line.

use std::collections::HashMap;
use std::io::{self, ErrorKind};

use chrono::{DateTime, NaiveDateTime};

use super::response::{self, Cost, Response, ResponseReader, ResponseValue};
use crate::domain::Moment;
use crate::domain::server::is_same_folder;
use crate::domain::words::Sentence;
use crate::mailbox::account::MailAccount;
use crate::mailbox::failure::{Doing, MailboxFailure, asks_to_wait, no_room};
use crate::mailbox::wire::{BufferedWire, words};
use crate::mailbox::{MailboxError, MailboxProblem, RawMessage};
use crate::say;

/// An answer that carries no message.
pub(super) const SMALL: Cost = Cost { bytes: 4 << 20, literal: 64 << 10, in_memory: 64 << 10 };

/// Messages that one command may find.
const FOUND: usize = 1_000_000;

/// How the server ended a command, with its words: its response code and text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Completion {
    Ok(String),
    No(String),
    Bad(String),
}

/// Everything that a server said to one command.
#[derive(Debug)]
pub(super) struct ImapAnswer {
    pub completion: Completion,
    pub fetched: Vec<Fetch>,
    /// UIDs that a search found.
    pub found: Vec<u32>,
    pub folders: Vec<Folder>,
    /// In upper case.
    pub capabilities: Vec<String>,
    pub opened: OpenedFolder,
    /// What STATUS says.
    pub statuses: Vec<FolderStatus>,
    /// Somebody removed messages: sequence numbers have moved.
    pub expunged: bool,
}

/// What STATUS says of a folder that is not open.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct FolderStatus {
    /// Its name as the server writes it, without quotes; empty where the server sent it as a literal.
    pub folder: Vec<u8>,
    pub uid_validity: Option<u32>,
    pub uid_next: Option<u32>,
    pub messages: Option<u32>,
}

impl FolderStatus {
    /// Reads `INBOX (UIDVALIDITY 7 UIDNEXT 12)`.
    pub(super) fn read(rest: &[u8]) -> Self {
        let open = rest.iter().rposition(|byte| *byte == b'(').unwrap_or(rest.len());
        let (name, values) = rest.split_at(open);
        let name = name.trim_ascii();
        let folder = match name.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\"")) {
            Some(quoted) => unescaped(quoted),
            None => name.to_vec(),
        };
        let mut status = Self { folder, ..Self::default() };
        let mut words = values.split(|byte| byte.is_ascii_whitespace() || matches!(byte, b'(' | b')'));
        while let Some(word) = words.next() {
            match word.to_ascii_uppercase().as_slice() {
                b"UIDVALIDITY" => status.uid_validity = words.next().and_then(number),
                b"UIDNEXT" => status.uid_next = words.next().and_then(number).filter(|next| *next > 0),
                b"MESSAGES" => status.messages = words.next().and_then(number),
                _ => {}
            }
        }
        status
    }

    /// Whether the server calls this folder so.
    pub(super) fn is_of(&self, folder: &str) -> bool {
        let encoded = response::encode_name(folder);
        let said = std::str::from_utf8(&self.folder);
        encoded.as_bytes() == self.folder || said.is_ok_and(|said| is_same_folder(&encoded, said))
    }
}

/// The content of a quoted string, without its escapes.
fn unescaped(quoted: &[u8]) -> Vec<u8> {
    let mut bytes = quoted.iter();
    let mut plain = Vec::with_capacity(quoted.len());
    while let Some(byte) = bytes.next() {
        plain.push(if *byte == b'\\' { *bytes.next().unwrap_or(byte) } else { *byte });
    }
    plain
}

/// What is said of one message.
#[derive(Debug, Default)]
pub(super) struct Fetch {
    pub uid: Option<u32>,
    /// RFC822.SIZE.
    pub size: Option<u64>,
    pub internal_date: Option<Moment>,
    /// The whole message, or a part of it.
    pub body: Option<RawMessage>,
    /// Where that part begins.
    pub origin: Option<u64>,
    /// Its header, or the first part of it.
    pub header: Option<RawMessage>,
}

/// A folder as LIST has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Folder {
    pub name: Vec<u8>,
    pub can_be_opened: bool,
}

/// What SELECT and EXAMINE say.
#[derive(Debug, Default)]
pub(super) struct OpenedFolder {
    pub uid_validity: Option<u32>,
    pub uid_next: Option<u32>,
    pub exists: Option<u32>,
    pub read_only: bool,
}

/// What was said of messages in however many responses, put together by their sequence numbers.
#[derive(Debug, Default)]
struct Gathered {
    here: HashMap<u32, Fetch>,
    /// Those whose sequence number may belong to another message by now.
    before: Vec<Fetch>,
}

impl Gathered {
    fn add(&mut self, sequence: u32, new: Fetch) {
        let known = self.here.entry(sequence).or_default();
        if known.uid.is_some() && new.uid.is_some() && known.uid != new.uid {
            self.before.push(std::mem::take(known));
        }
        known.uid = new.uid.or(known.uid);
        known.size = new.size.or(known.size);
        known.internal_date = new.internal_date.or(known.internal_date);
        known.origin = new.origin.or(known.origin);
        known.body = new.body.or(known.body.take());
        known.header = new.header.or(known.header.take());
    }

    /// A message was removed, and the numbers have moved: what is not complete is asked for again.
    fn renumber(&mut self) {
        self.before.extend(self.here.drain().map(|(_, fetch)| fetch).filter(|fetch| fetch.uid.is_some()));
    }

    fn all(self) -> Vec<Fetch> {
        self.before.into_iter().chain(self.here.into_values()).collect()
    }
}

/// A connection on which commands are sent one after the other.
pub(super) struct Conversation {
    pub wire: BufferedWire,
    pub account: MailAccount,
    /// Nobody can guess it, so no mail can hold an answer's end.
    tags: String,
    number: u32,
    /// How often the server asked the last command to continue.
    pub continued: usize,
    /// What the server said when it last asked to continue; empty where it said nothing.
    pub challenge: String,
}

impl Conversation {
    pub(super) fn new(wire: BufferedWire, account: &MailAccount) -> Self {
        let random = uuid::Uuid::new_v4().simple().to_string();
        Self {
            wire,
            account: account.clone(),
            tags: format!("m{}n", &random[..10]),
            number: 0,
            continued: 0,
            challenge: String::new(),
        }
    }

    /// See [`BufferedWire::rest`].
    pub(super) fn rest(self, at_rest: bool) -> io::Result<Self> {
        Ok(Self { wire: self.wire.rest(at_rest)?, ..self })
    }

    /// What the next command begins with.
    pub(super) fn next_tag(&mut self) -> String {
        self.number += 1;
        format!("{}{}", self.tags, self.number)
    }

    /// Sends a command that must succeed.
    pub(super) fn run(&mut self, cost: Cost, doing: Doing, command: &[u8]) -> Result<ImapAnswer, MailboxFailure> {
        let answer = self.ask(cost, doing, command, &[])?;
        match &answer.completion {
            Completion::Ok(_) => Ok(answer),
            Completion::No(said) | Completion::Bad(said) => Err(MailboxFailure::refused(&self.account, doing, said)),
        }
    }

    /// Sends a command, then the next of `more` each time the server asks to continue, and reads everything up to the tagged
    /// answer.
    pub(super) fn ask(
        &mut self,
        cost: Cost,
        doing: Doing,
        command: &[u8],
        more: &[Vec<u8>],
    ) -> Result<ImapAnswer, MailboxFailure> {
        let tag = self.next_tag();
        self.wire.clock.begin();
        let mut bye = None;
        self.exchange(&tag, cost, command, more, &mut bye)
            .map_err(|error| MailboxFailure::Broken(self.ended(&error, doing, bye)))
    }

    fn exchange(
        &mut self,
        tag: &str,
        cost: Cost,
        command: &[u8],
        more: &[Vec<u8>],
        bye: &mut Option<String>,
    ) -> io::Result<ImapAnswer> {
        self.wire.send([tag.as_bytes(), b" ", command].concat())?;
        let mut more = more.iter();
        self.continued = 0;
        self.challenge.clear();
        let mut gathered = Gathered::default();
        let mut answer = ImapAnswer {
            completion: Completion::Ok(String::new()),
            fetched: Vec::new(),
            found: Vec::new(),
            folders: Vec::new(),
            capabilities: Vec::new(),
            opened: OpenedFolder::default(),
            statuses: Vec::new(),
            expunged: false,
        };
        let mut response = Response::default();
        let mut cost = cost;
        let mut literals = false;
        let mut strays = false;
        loop {
            let mut reader = ResponseReader { wire: &mut self.wire, cost, tag };
            reader.read(&mut response)?;
            cost = reader.cost;
            literals |= response.has_literal();
            let line = response.line();
            let (first, rest) = word(line);
            match first {
                b"*" => untagged(&mut response, &mut answer, &mut gathered, bye)?,
                b"+" => {
                    if !rest.is_empty() {
                        self.challenge = words(rest);
                    }
                    if let Some(next) = more.next() {
                        self.continued += 1;
                        self.wire.send(next)?;
                    } else if command.starts_with(b"AUTHENTICATE") {
                        // Whatever else it wants to know: cancel (RFC 3501 6.2.2).
                        self.wire.send("*")?;
                    }
                }
                _ if first.eq_ignore_ascii_case(tag.as_bytes()) => {
                    let (status, said) = word(rest);
                    code(said, &mut answer);
                    let said = words(said);
                    answer.completion = match status.to_ascii_uppercase().as_slice() {
                        b"OK" => Completion::Ok(said),
                        b"NO" => Completion::No(said),
                        b"BAD" => Completion::Bad(said),
                        _ => return Err(unreadable(say!("mailbox-limit-completion"))),
                    };
                    break;
                }
                b"" => {}
                // Behind a literal of the wrong length stands the rest of a message.
                _ => strays = true,
            }
            if strays && literals {
                return Err(unreadable(say!("mailbox-limit-length")));
            }
        }
        answer.fetched = gathered.all();
        Ok(answer)
    }

    fn ended(&self, error: &io::Error, doing: Doing, bye: Option<String>) -> MailboxError {
        match (error.kind(), bye) {
            (ErrorKind::StorageFull, _) => match no_room(io::Error::other(error.to_string())) {
                MailboxFailure::Broken(error) => error,
                MailboxFailure::Refused { said, .. } => MailboxError::new(MailboxProblem::Local, said),
            },
            (_, Some(said)) if asks_to_wait(&said) => self.account.busy(&said),
            (_, Some(said)) => {
                let (place, said) = (self.account.place(), self.account.said(&said));
                MailboxError::new(
                    MailboxProblem::Cut,
                    say!("mailbox-ended-session", place, doing = doing.words(), said),
                )
            }
            (_, None) => self.account.broken(error, doing),
        }
    }
}

fn unreadable(limit: Sentence) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, limit)
}

/// The first word of a line, and what follows it.
pub(super) fn word(line: &[u8]) -> (&[u8], &[u8]) {
    let line = line.trim_ascii_start();
    let end = line.iter().position(|byte| byte.is_ascii_whitespace()).unwrap_or(line.len());
    (&line[..end], line[end..].trim_ascii())
}

pub(super) fn number(word: &[u8]) -> Option<u32> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

/// Takes up an untagged response; what is of no use here is skipped.
fn untagged(
    response: &mut Response,
    answer: &mut ImapAnswer,
    gathered: &mut Gathered,
    bye: &mut Option<String>,
) -> io::Result<()> {
    let (_, line) = word(response.line());
    let (first, rest) = word(line);
    if let Some(number) = number(first) {
        let (kind, _) = word(rest);
        match kind.to_ascii_uppercase().as_slice() {
            b"EXISTS" => answer.opened.exists = Some(number),
            b"EXPUNGE" => {
                answer.expunged = true;
                gathered.renumber();
            }
            kind if kind.starts_with(b"FETCH") => {
                let literal = response.has_literal();
                match response.attributes() {
                    Some(attributes) => gathered.add(number, fetch(attributes)),
                    None if literal => {
                        return Err(unreadable(say!("mailbox-limit-length")));
                    }
                    None => {}
                }
            }
            _ => {}
        }
        return Ok(());
    }
    match first.to_ascii_uppercase().as_slice() {
        b"OK" | b"NO" | b"BAD" | b"PREAUTH" => code(rest, answer),
        b"BYE" => {
            bye.get_or_insert_with(|| words(rest));
        }
        b"CAPABILITY" => answer.capabilities.extend(capabilities(rest)),
        // What follows in parentheses is no UID (RFC 7162: `(MODSEQ 7)`).
        b"SEARCH" => {
            let uids = rest.split(|byte| *byte == b'(').next().unwrap_or_default();
            let uids = uids.split(|byte| byte.is_ascii_whitespace() || *byte == b',');
            answer.found.extend(uids.filter_map(number).filter(|uid| *uid > 0));
        }
        b"ESEARCH" => answer.found.extend(esearch(rest, FOUND.saturating_sub(answer.found.len()))),
        b"LIST" => {
            if let Some((flags, name)) = response.folder() {
                let closed = flags.iter().any(|flag| flag == "\\NOSELECT" || flag == "\\NONEXISTENT");
                answer.folders.push(Folder { name, can_be_opened: !closed });
            }
        }
        b"STATUS" => answer.statuses.push(FolderStatus::read(rest)),
        b"VANISHED" => answer.expunged = true,
        _ => {}
    }
    Ok(())
}

pub(super) fn capabilities(listed: &[u8]) -> impl Iterator<Item = String> {
    let words = listed.split(|byte| byte.is_ascii_whitespace()).filter(|word| !word.is_empty());
    words.map(|word| String::from_utf8_lossy(word).to_ascii_uppercase())
}

/// What a response code says: `[UIDVALIDITY 7] ok`.
fn code(said: &[u8], answer: &mut ImapAnswer) {
    let Some(inner) = said.strip_prefix(b"[") else { return };
    let inner = inner.split(|byte| *byte == b']').next().unwrap_or_default();
    let (name, value) = word(inner);
    match name.to_ascii_uppercase().as_slice() {
        b"UIDVALIDITY" => answer.opened.uid_validity = number(value).or(answer.opened.uid_validity),
        b"UIDNEXT" => answer.opened.uid_next = number(value).filter(|next| *next > 0),
        b"READ-ONLY" => answer.opened.read_only = true,
        b"CAPABILITY" => answer.capabilities.extend(capabilities(value)),
        _ => {}
    }
}

/// RFC 4731: `(TAG "a1") UID ALL 1:3,7`, from servers that answer so although they were asked otherwise; `most` at most.
fn esearch(rest: &[u8], most: usize) -> Vec<u32> {
    let words: Vec<&[u8]> = rest.split(|byte| byte.is_ascii_whitespace()).collect();
    let Some(at) = words.iter().position(|word| word.eq_ignore_ascii_case(b"ALL")) else { return Vec::new() };
    let set = words.get(at + 1).copied().unwrap_or_default();
    let mut found = Vec::new();
    for range in set.split(|byte| *byte == b',') {
        let mut ends = range.split(|byte| *byte == b':').map(number);
        let (first, last) = (ends.next().flatten(), ends.next().flatten());
        let Some(first) = first else { continue };
        let last = last.unwrap_or(first);
        let (first, last) = (first.min(last).max(1), first.max(last));
        found.extend((first..=last).take(most - found.len()));
    }
    found
}

fn fetch(attributes: Vec<(String, ResponseValue)>) -> Fetch {
    let mut fetch = Fetch::default();
    for (name, value) in attributes {
        // `BODY[]<0>`, and what some servers repeat of the question.
        let (name, origin) = name.split_once('<').unwrap_or((&name, ""));
        let name = name.replace(".PEEK", "");
        match name.as_str() {
            "UID" => fetch.uid = value.number().and_then(|uid| u32::try_from(uid).ok()).filter(|uid| *uid > 0),
            "RFC822.SIZE" => fetch.size = value.number(),
            "INTERNALDATE" => fetch.internal_date = value.bytes().and_then(internal_date),
            "BODY[]" | "RFC822" | "BINARY[]" => {
                fetch.body = text(value);
                fetch.origin = origin.split(['.', '>']).next().and_then(|origin| origin.parse().ok());
            }
            "BODY[HEADER]" | "RFC822.HEADER" => fetch.header = text(value),
            _ => {}
        }
    }
    fetch
}

/// A string; a word too, since some servers leave the quotes out. NIL is nothing.
fn text(value: ResponseValue) -> Option<RawMessage> {
    match value {
        ResponseValue::Text(body) => Some(body),
        ResponseValue::Nil | ResponseValue::List | ResponseValue::Word(_) => None,
    }
}

/// ` 4-Nov-2026 09:15:00 +0300` in UTC, in every form in which servers write it; without a zone as it stands.
fn internal_date(text: &[u8]) -> Option<Moment> {
    let text = std::str::from_utf8(text).ok()?.split_whitespace().collect::<Vec<_>>().join(" ");
    let zoned = ["%d-%b-%Y %H:%M:%S %z", "%d %b %Y %H:%M:%S %z", "%a, %d %b %Y %H:%M:%S %z", "%+"];
    let zoned = zoned.iter().find_map(|form| DateTime::parse_from_str(&text, form).ok());
    let without = ["%d-%b-%Y %H:%M:%S", "%d-%b-%Y %H:%M", "%d %b %Y %H:%M:%S"];
    zoned.map(|date| date.naive_utc()).or_else(|| {
        let start = text.rsplit_once(' ').map_or("", |(start, _)| start);
        let read = |text: &str| without.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
        read(&text).or_else(|| read(start))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_servers_write_them() {
        for (text, utc) in [
            ("24-Nov-2026 09:15:00 +0000", "2026-11-24 09:15:00"),
            (" 4-Nov-2026 09:15:00 +0300", "2026-11-04 06:15:00"),
            ("4-Nov-2026 09:15:00 +0300", "2026-11-04 06:15:00"),
            ("04-nov-2026 09:15:00 -0130", "2026-11-04 10:45:00"),
            ("04-Nov-2026  09:15:00  +03:00", "2026-11-04 06:15:00"),
            ("04-Nov-2026 09:15:00", "2026-11-04 09:15:00"),
            ("04-Nov-2026 09:15:00 GMT", "2026-11-04 09:15:00"),
        ] {
            assert_eq!(internal_date(text.as_bytes()).map(|date| date.to_string()).as_deref(), Some(utc), "{text}");
        }
        for none in ["", "0-Jan-0000 00:00:00 +0000", "yesterday", "31-Feb-2026 00:00:00 +0000"] {
            assert_eq!(internal_date(none.as_bytes()), None, "{none}");
        }
    }

    #[test]
    fn what_is_said_of_a_folder_is_read_however_its_name_is_written() {
        for (said, folder, uid_next, messages) in [
            (&b"INBOX (MESSAGES 3 UIDNEXT 12)"[..], &b"INBOX"[..], Some(12), Some(3)),
            (b"\"Two \\\"words\\\" (2026)\" (uidnext 4)", b"Two \"words\" (2026)", Some(4), None),
            (b"  Gr&APw-n   ( MESSAGES 0  UIDNEXT 0 )", b"Gr&APw-n", None, Some(0)),
            (b"X", b"X", None, None),
        ] {
            let status = FolderStatus::read(said);
            assert_eq!((&*status.folder, status.uid_next, status.messages), (folder, uid_next, messages));
        }
    }

    #[test]
    fn an_extended_search_is_read_and_its_ranges_are_bounded() {
        assert_eq!(esearch(b"(TAG \"a1\") UID ALL 1:3,9,7:6", 100), [1, 2, 3, 9, 6, 7]);
        assert_eq!(esearch(b"(TAG \"a1\") UID ALL 1:4294967295,1:4294967295", 100).len(), 100);
        assert!(esearch(b"(TAG \"a1\") UID COUNT 3", 100).is_empty());
    }
}
