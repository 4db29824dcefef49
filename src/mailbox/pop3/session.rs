//! One signed-in POP3 session: RFC 1939, with CAPA and PIPELINING (RFC 2449) and AUTH PLAIN (RFC 5034).

use std::collections::HashMap;
use std::io::{self, BufRead, ErrorKind, Write};

use super::listing::{self, Entry};
use super::message::{Head, Place};
use crate::domain::source::header_digest;
use crate::mailbox::MailboxError;
use crate::mailbox::account::Account;
use crate::mailbox::dial::{Dialled, Watch, dial};
use crate::mailbox::failure::{Failure, generous, no_room};
use crate::mailbox::probe::StageName;
use crate::mailbox::wire::Wire;

/// Commands that are sent at once where the server offers PIPELINING: few enough to fit into any buffer.
const PIPELINE: usize = 50;
/// Messages in a maildrop.
const MESSAGES: usize = 1_000_000;

pub(super) struct Session {
    wire: Wire,
    account: Account,
    pipelining: bool,
    entries: Vec<Entry>,
    places: HashMap<String, usize>,
    /// False from sending a command until its whole answer is read: what breaks between leaves it so.
    in_step: bool,
}

/// Gets each command's place and status (the server's words after `-ERR`), and reads what follows a good one.
pub(super) type Answer<'a, E> = dyn FnMut(&mut Session, usize, Result<(), String>) -> Result<(), E> + 'a;

impl Session {
    /// Connects, signs in and lists what is there.
    pub fn open(account: &Account, watch: &mut dyn Watch) -> Result<Self, MailboxError> {
        let dialled = dial(account, watch)?;
        let pipelining = dialled.offers("PIPELINING");
        let plain = dialled
            .capabilities
            .iter()
            .any(|line| line.starts_with("SASL ") && line.split(' ').any(|word| word == "PLAIN"));
        let Dialled { wire, .. } = dialled;
        let mut session = Self {
            wire,
            account: account.clone(),
            pipelining,
            entries: Vec::new(),
            places: HashMap::new(),
            in_step: true,
        };
        session.sign_in(plain)?;
        watch.passed(StageName::SignIn, format!("Signed in as “{}”.", account.username), "");
        session.entries = listing::list(&mut session).map_err(|failure| failure.into_error(account))?;
        session.places = session.entries.iter().map(|entry| entry.uidl.clone()).zip(0..).collect();
        Ok(session)
    }

    fn sign_in(&mut self, plain: bool) -> Result<(), MailboxError> {
        let account = self.account.clone();
        let (user, password) = (&account.username, account.password.reveal());
        if [user, password].iter().any(|text| text.contains(['\r', '\n', '\0'])) {
            return Err(account.refused_sign_in("a username or password has no line ends"));
        }
        let steps = match plain {
            true => ["AUTH PLAIN".to_owned(), account.plain_response()],
            false => [format!("USER {user}"), format!("PASS {password}")],
        };
        for step in steps {
            self.send(&step, "sign in").map_err(|failure| failure.into_error(&account))?;
            let line = self.wire.line().map_err(|error| account.broken(&error, "sign in"))?;
            if !line.starts_with('+') {
                return Err(account.refused_sign_in(line.trim_start_matches("-ERR")));
            }
        }
        self.in_step = true;
        Ok(())
    }

    /// In the server's order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub fn find(&self, uidl: &str) -> Option<&Entry> {
        self.places.get(uidl).and_then(|place| self.entries.get(*place))
    }

    /// Whether the server and we agree on where in the conversation we are.
    pub fn is_usable(&self) -> bool {
        self.in_step
    }

    /// DELE for these; None for each done, the server's words for each refused.
    pub fn delete(&mut self, uidls: &[&str]) -> Result<Vec<Option<String>>, Failure> {
        let commands: Vec<String> =
            uidls.iter().filter_map(|uidl| self.find(uidl)).map(|entry| format!("DELE {}", entry.number)).collect();
        let mut refusals = Vec::with_capacity(commands.len());
        self.talk(&commands, "delete messages", &mut |_, _, status| {
            refusals.push(status.err());
            Ok::<(), Failure>(())
        })?;
        Ok(refusals)
    }

    /// The header digest of each, None where the server won't say.
    pub fn header_digests(&mut self, uidls: &[&str]) -> Result<Vec<Option<String>>, Failure> {
        self.headers(uidls, header_digest)
    }

    /// What `read` makes of each header, None where the server won't say. A header comes as far as its digest needs it.
    pub fn headers<T>(&mut self, uidls: &[&str], read: fn(&[u8]) -> T) -> Result<Vec<Option<T>>, Failure> {
        let entries: Vec<Entry> = uidls.iter().filter_map(|uidl| self.find(uidl)).cloned().collect();
        self.headers_by("TOP {} 0", &entries, read)
    }

    /// The same by another command.
    pub fn headers_by<T>(
        &mut self,
        command: &str,
        entries: &[Entry],
        read: fn(&[u8]) -> T,
    ) -> Result<Vec<Option<T>>, Failure> {
        let commands: Vec<String> =
            entries.iter().map(|entry| command.replace("{}", &entry.number.to_string())).collect();
        let mut headers = Vec::with_capacity(entries.len());
        self.talk(&commands, "show headers", &mut |session, place, status| {
            let mut header = None;
            if status.is_ok() {
                let mut head = Head::default();
                session.read_message(&mut head, generous(entries[place].size), "show headers")?;
                header = Some(read(head.bytes()));
            }
            headers.push(header);
            Ok::<(), Failure>(())
        })?;
        Ok(headers)
    }

    /// RETR for each of these, in order.
    pub fn retrieve<E: From<Failure>>(&mut self, uidls: &[&str], answer: &mut Answer<'_, E>) -> Result<(), E> {
        let commands: Vec<String> =
            uidls.iter().filter_map(|uidl| self.find(uidl)).map(|entry| format!("RETR {}", entry.number)).collect();
        self.talk(&commands, "hand over messages", answer)
    }

    /// QUIT: the server deletes what it was told to.
    pub fn quit(&mut self) -> Result<(), Failure> {
        self.send("QUIT", "sign out")?;
        let status = self.status("sign out")?;
        status.map_err(|said| Failure::Refused { doing: "delete all it was told to", said })
    }

    /// Sends commands, several at once where the server can take them, and hands each answer's status on.
    fn talk<E: From<Failure>>(
        &mut self,
        commands: &[String],
        doing: &'static str,
        answer: &mut Answer<'_, E>,
    ) -> Result<(), E> {
        let at_once = if self.pipelining { PIPELINE } else { 1 };
        let mut place = 0;
        for chunk in commands.chunks(at_once) {
            self.send(&chunk.join("\r\n"), doing)?;
            for _ in chunk {
                self.wire.clock.begin();
                let status = self.status(doing)?;
                answer(self, place, status)?;
                place += 1;
            }
            self.in_step = true;
        }
        Ok(())
    }

    fn send(&mut self, command: &str, doing: &'static str) -> Result<(), Failure> {
        self.in_step = false;
        self.wire.clock.begin();
        self.wire.send(command).map_err(|error| self.broken(&error, doing))
    }

    /// `+OK`, or the server's words after `-ERR`.
    fn status(&mut self, doing: &'static str) -> Result<Result<(), String>, Failure> {
        let line = self.wire.line().map_err(|error| self.broken(&error, doing))?;
        if line.starts_with("+OK") {
            return Ok(Ok(()));
        }
        match line.strip_prefix("-ERR") {
            Some(said) => Ok(Err(self.account.said(said))),
            None => Err(Failure::Broken(self.account.strange(&format!("answered neither +OK nor -ERR: {line}")))),
        }
    }

    /// A listing with a number at the start of each line (LIST, UIDL).
    pub fn numbered(&mut self, command: &str, doing: &'static str) -> Result<Vec<(u32, String)>, Failure> {
        self.send(command, doing)?;
        if let Err(said) = self.status(doing)? {
            self.in_step = true;
            return Err(Failure::Refused { doing, said });
        }
        let mut listed = Vec::new();
        loop {
            let line = self.wire.line().map_err(|error| self.broken(&error, doing))?;
            if line == "." {
                self.in_step = true;
                return Ok(listed);
            }
            if listed.len() >= MESSAGES {
                return Err(Failure::Broken(self.account.strange("lists more than a million messages")));
            }
            let (number, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
            if let Ok(number) = number.parse() {
                listed.push((number, rest.trim().to_owned()));
            }
        }
    }

    /// Reads one message up to its final dot, undoing the dot-stuffing, of at most `limit` bytes.
    pub fn read_message(&mut self, to: &mut dyn Write, limit: u64, doing: &'static str) -> Result<(), Failure> {
        let mut place = Place::LineStart;
        let mut read = 0;
        loop {
            let bytes = match self.wire.fill_buf() {
                Ok([]) => return Err(self.broken(&ErrorKind::UnexpectedEof.into(), doing)),
                Ok(bytes) => bytes,
                Err(error) => return Err(self.broken(&error, doing)),
            };
            let used = place.unstuff(bytes, to).map_err(no_room)?;
            self.wire.consume(used);
            read += used as u64;
            if place == Place::End {
                return Ok(());
            }
            if read > limit {
                let error = io::Error::new(ErrorKind::InvalidData, "a message is much larger than listed");
                return Err(self.broken(&error, doing));
            }
        }
    }

    pub fn account(&self) -> &Account {
        &self.account
    }

    fn broken(&self, error: &io::Error, doing: &'static str) -> Failure {
        Failure::Broken(self.account.broken(error, doing))
    }
}
