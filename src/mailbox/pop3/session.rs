//! One POP3 session: its commands and their answers, and the sign-in.

use std::collections::HashMap;
use std::io::{self, BufRead, ErrorKind, Write};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};

use super::{KeptHead, MaildropEntry, PopLength, Unstuff, list_maildrop};
use crate::domain::message::header_digest;
use crate::domain::protocol::Security;
use crate::domain::secret::{Echo, Secret};
use crate::domain::stage::StageName;
use crate::domain::words::Sentence;
use crate::mailbox::account::{MailAccount, Mechanism, TokenAttempt, with_token};
use crate::mailbox::dial::{CAPABILITIES, Dialled, GreetingRequest, Opening, StageWatch, StartTls, dial};
use crate::mailbox::failure::{self, Doing, MailboxFailure, SignInRefusal, generous, no_room};
use crate::mailbox::wire::BufferedWire;
use crate::mailbox::{MailboxError, MailboxProblem};
use crate::say;

/// Commands that are sent at once where the server offers PIPELINING: few enough to fit into any buffer.
const PIPELINE: usize = 50;
/// The most messages that a maildrop may list.
const MESSAGES: usize = 1_000_000;
/// Blank lines that may stand before an answer.
const BLANK: usize = 10;
/// How long to wait for more of a message that seems to be complete.
const MORE: Duration = Duration::from_secs(3);

/// The first line of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum StatusLine {
    Ok,
    /// `+` alone, or a challenge: the server wants more.
    GoOn,
    /// The server's words.
    Err(String),
}

/// None where the line is no status at all. Some servers write `+ERR` for `-ERR`.
pub(super) fn status(line: &str) -> Option<StatusLine> {
    let line = line.trim_start();
    let is = |start: &str| line.get(..start.len()).is_some_and(|begins| begins.eq_ignore_ascii_case(start));
    match line {
        _ if is("+OK") => Some(StatusLine::Ok),
        _ if is("-ERR") || is("+ERR") => Some(StatusLine::Err(line[4..].trim().to_owned())),
        _ if line.starts_with("+ ") || line == "+" => Some(StatusLine::GoOn),
        _ => None,
    }
}

/// Skips what a server said twice: when the next command is sent, no answer may be outstanding.
fn skip_repeated(wire: &mut BufferedWire) {
    while let Some(end) = memchr::memchr(b'\n', wire.at_hand()) {
        let line = wire.at_hand()[..end].trim_ascii();
        if !line.is_empty() && !line.starts_with(b"+OK") {
            break;
        }
        wire.consume(end + 1);
    }
}

/// One signed-in POP3 session: RFC 1939, with PIPELINING (RFC 2449), as servers really speak it.
pub(super) struct PopSession {
    wire: BufferedWire,
    account: MailAccount,
    /// Several commands may be sent at once.
    pub pipelining: bool,
    entries: Vec<MaildropEntry>,
    places: HashMap<String, usize>,
    /// False while an answer is outstanding; where something breaks in between, it stays so.
    in_step: bool,
    /// The least time between two sign-ins, where the server says one.
    pub login_delay: Option<Duration>,
}

/// Gets each command's index and status (the server's words after `-ERR`), and reads what follows a good one.
type PopAnswer<'a, E> = dyn FnMut(&mut PopSession, usize, Result<(), String>) -> Result<(), E> + 'a;

impl PopSession {
    /// Connects, signs in and lists what is there. With `careful` one command is sent at a time, whatever the server
    /// offers.
    pub(super) fn open(account: &MailAccount, careful: bool, watch: &mut dyn StageWatch) -> Result<Self, MailboxError> {
        let dialled = sign_in(account, watch)?;
        let pipelining = dialled.offers("PIPELINING") && !careful;
        watch.passed(StageName::SignIn, say!("mailbox-signed-in", user = account.username), "");
        let login_delay = login_delay(&dialled.capabilities);
        let session = Self::begin(account, dialled.wire, pipelining);
        let session = session.map_err(|failure| failure.into_error(account).waiting(login_delay))?;
        Ok(Self { login_delay, ..session })
    }

    /// Begins on a connection that is signed in.
    pub(super) fn begin(account: &MailAccount, wire: BufferedWire, pipelining: bool) -> Result<Self, MailboxFailure> {
        let mut session = Self {
            wire,
            account: account.clone(),
            pipelining,
            entries: Vec::new(),
            places: HashMap::new(),
            in_step: true,
            login_delay: None,
        };
        session.entries = list_maildrop(&mut session)?;
        session.places = session.entries.iter().map(|entry| entry.uidl.clone()).zip(0..).collect();
        Ok(session)
    }

    /// What is in the maildrop, in the server's order.
    pub(super) fn entries(&self) -> &[MaildropEntry] {
        &self.entries
    }

    pub(super) fn find(&self, uidl: &str) -> Option<&MaildropEntry> {
        self.places.get(uidl).and_then(|place| self.entries.get(*place))
    }

    /// Whether every answer was read, so that the next command's answer comes next.
    pub(super) fn is_usable(&self) -> bool {
        self.in_step
    }

    /// Something came that nobody asked for: the session ends here, without QUIT.
    pub(super) fn give_up(&mut self) {
        self.in_step = false;
    }

    /// Marks these as deleted (DELE): None for each that is done, the server's words for each refused.
    pub(super) fn delete(&mut self, uidls: &[&str]) -> Result<Vec<Option<String>>, MailboxFailure> {
        let commands: Vec<String> =
            uidls.iter().filter_map(|uidl| self.find(uidl)).map(|entry| format!("DELE {}", entry.number)).collect();
        let mut refusals = Vec::with_capacity(commands.len());
        self.talk(&commands, Doing::Delete, &mut |_, _, status| {
            refusals.push(status.err());
            Ok::<(), MailboxFailure>(())
        })?;
        Ok(refusals)
    }

    /// The header digest of each; None where the server won't show the header. TOP is optional, RETR is not.
    pub(super) fn header_digests(&mut self, uidls: &[&str]) -> Result<Vec<Option<String>>, MailboxFailure> {
        let mut digests = self.headers(uidls, header_digest)?;
        let missing: Vec<usize> = (0..digests.len()).filter(|place| digests[*place].is_none()).collect();
        let entries: Vec<MaildropEntry> =
            missing.iter().filter_map(|place| self.find(uidls[*place])).cloned().collect();
        for (place, digest) in missing.into_iter().zip(self.headers_by("RETR {}", &entries, header_digest)?) {
            digests[place] = digest;
        }
        Ok(digests)
    }

    /// What `read` makes of each header; None where the server won't show it. A header is read as far as its digest needs
    /// it.
    pub(super) fn headers<T>(
        &mut self,
        uidls: &[&str],
        read: fn(&[u8]) -> T,
    ) -> Result<Vec<Option<T>>, MailboxFailure> {
        let entries: Vec<MaildropEntry> = uidls.iter().filter_map(|uidl| self.find(uidl)).cloned().collect();
        self.headers_by("TOP {} 0", &entries, read)
    }

    /// As [`PopSession::headers`], by another command.
    pub(super) fn headers_by<T>(
        &mut self,
        command: &str,
        entries: &[MaildropEntry],
        read: fn(&[u8]) -> T,
    ) -> Result<Vec<Option<T>>, MailboxFailure> {
        let commands: Vec<String> =
            entries.iter().map(|entry| command.replace("{}", &entry.number.to_string())).collect();
        let mut headers = Vec::with_capacity(entries.len());
        self.talk(&commands, Doing::ShowHeaders, &mut |session, place, status| {
            let mut header = None;
            if status.is_ok() {
                let mut head = KeptHead::default();
                session.read_message(&mut head, entries[place].size, Doing::ShowHeaders)?;
                header = Some(read(head.bytes()));
            }
            headers.push(header);
            Ok::<(), MailboxFailure>(())
        })?;
        Ok(headers)
    }

    /// How many commands may be on their way at once.
    pub(super) fn at_once(&self) -> usize {
        if self.pipelining { PIPELINE } else { 1 }
    }

    /// Asks for these messages, [`PopSession::at_once`] at most. The answers are to be read in the same order, each with
    /// [`PopSession::status`] and, where that is good, [`PopSession::read_message`]; then the session is
    /// [`PopSession::done`].
    pub(super) fn ask_for(&mut self, uidls: &[&str]) -> Result<(), MailboxFailure> {
        let commands: Vec<String> =
            uidls.iter().filter_map(|uidl| self.find(uidl)).map(|entry| format!("RETR {}", entry.number)).collect();
        self.send(&commands.join("\r\n"), RETRIEVING)
    }

    /// Says that every answer is read.
    pub(super) fn done(&mut self) {
        self.in_step = true;
    }

    /// Whether nothing unexpected stands before the answer to STAT, which can't be mistaken, as it tells how many messages
    /// there are.
    pub(super) fn nothing_is_left(&mut self) -> Result<bool, MailboxFailure> {
        self.send("STAT", RETRIEVING)?;
        let line = self.answer_line(RETRIEVING)?;
        let number = line.get(3..).and_then(|rest| rest.split_whitespace().next()?.parse::<usize>().ok());
        let right = match status(&line) {
            // Those that were marked as deleted don't count for all servers.
            Some(StatusLine::Ok) => number.is_some_and(|number| number <= self.entries.len()),
            Some(StatusLine::Err(_)) => true,
            Some(StatusLine::GoOn) | None => false,
        };
        self.in_step = right;
        Ok(right)
    }

    /// How many messages the server counts; its words where it says that the maildrop is empty, or does not tell.
    pub(super) fn count(&mut self) -> Result<Result<usize, String>, MailboxFailure> {
        self.send("STAT", Doing::Count)?;
        let line = self.answer_line(Doing::Count)?;
        self.in_step = true;
        Ok(match status(&line) {
            Some(StatusLine::Ok) => {
                let number = line.get(3..).and_then(|rest| rest.split_whitespace().next()?.parse().ok());
                number.ok_or_else(|| self.account.said(&line))
            }
            Some(StatusLine::Err(said)) => Err(self.account.said(&said)),
            Some(StatusLine::GoOn) | None => return Err(self.no_status(&line)),
        })
    }

    /// Sends a command that changes nothing: its answer shows that the one before had ended.
    pub(super) fn confirm(&mut self) -> Result<(), MailboxFailure> {
        self.send_after_message("NOOP", RETRIEVING)?;
        let answered = self.status(RETRIEVING).map(|_| ());
        self.in_step = answered.is_ok();
        answered
    }

    /// Ends the session (QUIT), upon which the server deletes what is marked.
    pub(super) fn quit(&mut self) -> Result<(), MailboxFailure> {
        self.send("QUIT", Doing::SignOut)?;
        let status = self.status(Doing::SignOut)?;
        status.map_err(|said| MailboxFailure::Refused { doing: Doing::DeleteAll, said: Sentence::verbatim(said) })
    }

    /// Sends commands, several at once where the server allows that, and passes each answer's status on.
    fn talk<E: From<MailboxFailure>>(
        &mut self,
        commands: &[String],
        doing: Doing,
        answer: &mut PopAnswer<'_, E>,
    ) -> Result<(), E> {
        let mut place = 0;
        for chunk in commands.chunks(self.at_once()) {
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

    fn send(&mut self, command: &str, doing: Doing) -> Result<(), MailboxFailure> {
        skip_repeated(&mut self.wire);
        self.send_after_message(command, doing)
    }

    /// Whatever follows a message is no repetition: it shows that the message had not ended.
    fn send_after_message(&mut self, command: &str, doing: Doing) -> Result<(), MailboxFailure> {
        self.in_step = false;
        self.wire.clock.begin();
        self.wire.send(command).map_err(|error| self.broken(&error, doing))
    }

    /// The next line that is not blank.
    fn answer_line(&mut self, doing: Doing) -> Result<String, MailboxFailure> {
        let mut line = String::new();
        for _ in 0..BLANK {
            line = self.wire.line().map_err(|error| self.broken(&error, doing))?;
            if !line.trim().is_empty() {
                break;
            }
        }
        Ok(line)
    }

    /// `+OK`, or the server's words after `-ERR`.
    pub(super) fn status(&mut self, doing: Doing) -> Result<Result<(), String>, MailboxFailure> {
        self.wire.clock.begin();
        let line = self.answer_line(doing)?;
        match status(&line) {
            Some(StatusLine::Ok) => Ok(Ok(())),
            Some(StatusLine::Err(said)) => Ok(Err(self.account.said(&said))),
            Some(StatusLine::GoOn) | None => Err(self.no_status(&line)),
        }
    }

    fn no_status(&self, line: &str) -> MailboxFailure {
        let (place, line) = (self.account.place(), self.account.said(line));
        MailboxFailure::Broken(self.account.strange(say!("mailbox-strange-status", place, line)))
    }

    /// A listing with a number at the start of each line (LIST, UIDL).
    pub(super) fn numbered(&mut self, command: &str, doing: Doing) -> Result<Vec<(u32, String)>, MailboxFailure> {
        self.send(command, doing)?;
        if let Err(said) = self.status(doing)? {
            self.in_step = true;
            return Err(MailboxFailure::Refused { doing, said: Sentence::verbatim(said) });
        }
        let mut listed = Vec::new();
        loop {
            let line = self.wire.line_bytes().map_err(|error| self.broken(&error, doing))?;
            let line = line.trim_ascii();
            if line == b"." {
                self.in_step = true;
                return Ok(listed);
            }
            if listed.len() >= MESSAGES {
                let what = say!("mailbox-strange-million", place = self.account.place());
                return Err(MailboxFailure::Broken(self.account.strange(what)));
            }
            let digits = line.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let (number, rest) = line.split_at(digits);
            let number = std::str::from_utf8(number).ok().and_then(|number| number.parse().ok());
            if let Some(number) = number
                && rest.first().is_none_or(u8::is_ascii_whitespace)
            {
                listed.push((number, told_apart(rest.trim_ascii())));
            }
        }
    }

    /// Reads one message up to its final dot, undoing the dot-stuffing, of about the `listed` size (0: not known).
    pub(super) fn read_message(
        &mut self,
        to: &mut dyn Write,
        listed: u64,
        doing: Doing,
    ) -> Result<PopLength, MailboxFailure> {
        let mut unstuff = Unstuff::new(listed);
        loop {
            let seems_whole = self.wire.at_hand().is_empty() && unstuff.glued_end().is_some();
            if self.pipelining && self.wire.at_hand().is_empty() && unstuff.seemed_whole {
                // The next answers may have been taken for text of this message.
                unstuff.measure.glued = Some(0);
                return Ok(unstuff.measure);
            }
            if seems_whole {
                self.wire.clock.hurry(MORE);
            }
            let bytes = match self.wire.fill_buf() {
                Ok([]) => Err(ErrorKind::UnexpectedEof.into()),
                other => other,
            };
            let bytes = match bytes {
                Ok(bytes) => bytes,
                // Some servers don't begin a new line for the end of the answer.
                Err(_) if seems_whole => {
                    self.in_step = false;
                    let mut measure = unstuff.measure;
                    measure.glued = unstuff.glued_end();
                    return Ok(measure);
                }
                Err(error) => return Err(self.broken(&error, doing)),
            };
            let used = unstuff.pass(bytes, to).map_err(no_room)?;
            self.wire.consume(used);
            if unstuff.ended() {
                return Ok(unstuff.measure);
            }
            if unstuff.measure.bytes > generous(listed) {
                let error = io::Error::new(ErrorKind::InvalidData, say!("mailbox-limit-listed"));
                return Err(self.broken(&error, doing));
            }
            if seems_whole {
                self.wire.clock.begin();
            }
        }
    }

    pub(super) fn account(&self) -> &MailAccount {
        &self.account
    }

    fn broken(&self, error: &io::Error, doing: Doing) -> MailboxFailure {
        MailboxFailure::Broken(self.account.broken(error, doing))
    }
}

/// What a session does when it downloads, for the words of a failure.
pub(super) const RETRIEVING: Doing = Doing::HandOver;

/// The rest of a line of a listing. A UIDL is for comparing, and has no spaces: one that is not UTF-8 is written in another
/// form, so that no two become the same.
fn told_apart(rest: &[u8]) -> String {
    match std::str::from_utf8(rest) {
        Ok(text) => text.to_owned(),
        Err(_) => format!("bytes {}", hex::encode(rest)),
    }
}

/// RFC 1939, 2449, 2595 4.
pub(in crate::mailbox) const OPENING: Opening = Opening {
    greeting: "+OK",
    capabilities,
    is_reticent: true,
    starttls: StartTls { command: "STLS", capability: "STLS", accepted: "+OK", aside: None },
    takes_passwords: |_| true,
};

/// CAPA (RFC 2449), which some servers do not know.
fn capabilities(account: &MailAccount, wire: &mut BufferedWire) -> Result<Vec<String>, MailboxError> {
    let broken = |error| account.broken(&error, Doing::ListCapabilities);
    let mut capabilities = Vec::new();
    wire.send("CAPA").map_err(broken)?;
    let mut line = wire.line().map_err(broken)?;
    for _ in 0..CAPABILITIES {
        if line.trim().is_empty() {
            line = wire.line().map_err(broken)?;
        } else {
            break;
        }
    }
    if !line.to_ascii_uppercase().starts_with("+OK") {
        return Ok(capabilities);
    }
    for _ in 0..CAPABILITIES {
        let line = wire.line().map_err(broken)?.to_ascii_uppercase();
        match line.trim() {
            "." => return Ok(capabilities),
            capability => capabilities.push(capability.to_owned()),
        }
    }
    Err(account.strange(say!("mailbox-strange-capabilities-without-end", place = account.place())))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PopSignIn {
    Plain,
    UserPass,
    Login,
    /// Sends a digest of the password and the greeting's timestamp. By MD5, so it is tried last.
    Apop,
}

/// Why a way to sign in failed.
enum Failed {
    /// The server refuses this way.
    Way(String),
    /// It accepts no password without encryption.
    Unencrypted(String),
    /// It hung up on the first command of this way.
    HungUp(MailboxError),
    /// No other way may be tried.
    Final(MailboxError),
}

impl Failed {
    fn hiding(self, secret: &Echo) -> Self {
        let hide = |error: MailboxError| MailboxError {
            complaint: error.complaint.changed(&|words| secret.hide_in(words)),
            ..error
        };
        match self {
            Failed::Way(said) => Failed::Way(secret.hide_in(&said)),
            Failed::Unencrypted(said) => Failed::Unencrypted(secret.hide_in(&said)),
            Failed::HungUp(error) => Failed::HungUp(hide(error)),
            Failed::Final(error) => Failed::Final(hide(error)),
        }
    }
}

/// Connects and signs in: SASL PLAIN (RFC 5034), USER and PASS (RFC 1939), SASL LOGIN, APOP. The next way is tried only where the
/// server refused the way, not the password: a wrong password is sent once, and locks nobody out.
pub(super) fn sign_in(account: &MailAccount, watch: &mut dyn StageWatch) -> Result<Dialled, MailboxError> {
    match &account.tokens {
        Some(tokens) => with_token(account, &**tokens, watch, |token, watch| by_token(account, token, watch)),
        None => by_password(account, watch),
    }
}

/// AUTH (RFC 5034). A token is longer than the 255 bytes that its command may have, so it follows when the server asks for
/// it.
fn by_token(
    account: &MailAccount,
    token: &Secret,
    watch: &mut dyn StageWatch,
) -> Result<TokenAttempt<Dialled>, MailboxError> {
    let mut dialled = dial(account, GreetingRequest::Capabilities, watch)?;
    let lines = dialled.capabilities.iter().filter_map(|line| line.strip_prefix("SASL "));
    let offered: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    let Some(mechanism) = Mechanism::of(|name| offered.contains(&name)) else { return Ok(TokenAttempt::NotOffered) };
    let messages =
        [format!("AUTH {}", mechanism.name()), mechanism.response(account, token), mechanism.end().to_owned()];
    let broken = |error| account.broken(&error, Doing::SignIn);
    let mut challenge = String::new();
    for message in messages {
        dialled.wire.clock.begin();
        dialled.wire.send(message).map_err(broken)?;
        let line = dialled.wire.line().map_err(broken)?;
        match status(&line) {
            Some(StatusLine::Ok) => return Ok(TokenAttempt::In(dialled)),
            Some(StatusLine::Err(said)) => return Ok(TokenAttempt::Refused { said, challenge }),
            Some(StatusLine::GoOn) => challenge = line.trim_start_matches('+').trim().to_owned(),
            None => {
                let (place, line) = (account.place(), account.said(&line));
                return Err(account.strange(say!("mailbox-strange-sign-in", place, line)));
            }
        }
    }
    Err(account.strange(say!("mailbox-asks-more-than-a-token", place = account.place())))
}

fn by_password(account: &MailAccount, watch: &mut dyn StageWatch) -> Result<Dialled, MailboxError> {
    let mut refused = Vec::new();
    let mut unencrypted = None;
    let mut last = String::new();
    let mut ask = GreetingRequest::Capabilities;
    'dial: loop {
        let mut dialled = dial(account, ask, watch)?;
        let mut hung_up = None;
        let mut tried = false;
        for way in ways(account, &dialled) {
            if refused.contains(&way) || (unencrypted.is_some() && way != PopSignIn::Apop) {
                continue;
            }
            match take(way, account, &mut dialled) {
                Ok(()) => return Ok(dialled),
                Err(Failed::Final(error)) => {
                    let delay = login_delay(&dialled.capabilities);
                    return Err(if error.problem == MailboxProblem::Busy { error.waiting(delay) } else { error });
                }
                Err(Failed::Way(said)) => last = said,
                Err(Failed::Unencrypted(said)) => unencrypted = Some(said),
                // It hung up on the question before.
                Err(Failed::HungUp(_)) if dialled.capabilities.is_empty() && ask == GreetingRequest::Capabilities => {
                    ask = GreetingRequest::Nothing;
                    continue 'dial;
                }
                // Or because of the way before, which it had refused.
                Err(Failed::HungUp(_)) if tried => continue 'dial,
                Err(Failed::HungUp(error)) => hung_up = Some(error),
            }
            tried = true;
            refused.push(way);
            if hung_up.is_some() {
                break;
            }
        }
        match hung_up {
            Some(error) if !ways(account, &dialled).iter().any(|way| !refused.contains(way)) => return Err(error),
            Some(_) => {}
            None => return Err(no_way(account, unencrypted, &last)),
        }
    }
}

fn no_way(account: &MailAccount, unencrypted: Option<String>, said: &str) -> MailboxError {
    let place = account.place();
    match unencrypted {
        Some(said) => {
            let words = say!("mailbox-no-plain-sign-in-saying", place, said = account.said(&said));
            MailboxError::new(MailboxProblem::NoStartTls, words).with_remedy(failure::no_starttls(account.protocol))
        }
        None => {
            let words = say!("mailbox-no-sign-in-saying", place, said = account.said(said));
            MailboxError::new(MailboxProblem::SignIn, words).with_remedy(failure::no_way_remedy(account.security))
        }
    }
}

/// The least time between two sign-ins (RFC 2449 §6.5: `LOGIN-DELAY 900`; a `USER` behind it means that it differs from user
/// to user).
pub(super) fn login_delay(capabilities: &[String]) -> Option<Duration> {
    let line = capabilities.iter().find_map(|line| line.strip_prefix("LOGIN-DELAY "))?;
    let seconds = line.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_secs(seconds)).filter(|delay| !delay.is_zero())
}

/// The ways to sign in, the best first.
fn ways(account: &MailAccount, dialled: &Dialled) -> Vec<PopSignIn> {
    let offers = |mechanism: &str| {
        dialled
            .capabilities
            .iter()
            .filter_map(|line| line.strip_prefix("SASL "))
            .any(|line| line.split_whitespace().any(|word| word == mechanism))
    };
    // In RFC 1939 each takes one line, which can't hold a line end.
    let on_one_line =
        ![account.username.as_str(), account.password.reveal()].iter().any(|text| text.contains(['\r', '\n']));
    let mut ways = Vec::new();
    if offers("PLAIN") {
        ways.push(PopSignIn::Plain);
    }
    if on_one_line {
        ways.push(PopSignIn::UserPass);
    }
    if offers("LOGIN") {
        ways.push(PopSignIn::Login);
    }
    // Where the server lists nothing, or refuses USER.
    if !offers("PLAIN") {
        ways.push(PopSignIn::Plain);
    }
    if timestamp(&dialled.greeting).is_some() && !account.username.contains(['\r', '\n', ' ']) {
        ways.push(PopSignIn::Apop);
    }
    ways
}

/// For APOP (RFC 1939): what stands in angle brackets in the greeting and looks like a Message-ID.
fn timestamp(greeting: &str) -> Option<&str> {
    let from = greeting.find('<')?;
    let length = greeting[from..].find('>')?;
    Some(&greeting[from..=from + length]).filter(|stamp| stamp.contains('@'))
}

fn take(way: PopSignIn, account: &MailAccount, dialled: &mut Dialled) -> Result<(), Failed> {
    let (user, password) = (account.username.as_str(), account.password.reveal());
    let stamp = timestamp(&dialled.greeting).unwrap_or_default().to_owned();
    let mut steps = Steps { account, wire: &mut dialled.wire };
    match way {
        PopSignIn::Plain => {
            steps.ask("AUTH PLAIN")?;
            steps.prove(&account.plain_response())
        }
        PopSignIn::UserPass => {
            steps.ask_for(user)?;
            steps.prove(&format!("PASS {password}"))
        }
        PopSignIn::Login => {
            steps.ask("AUTH LOGIN")?;
            steps.ask(&STANDARD.encode(user))?;
            steps.prove(&STANDARD.encode(password))
        }
        PopSignIn::Apop => {
            let digest = hex::encode(Md5::digest(format!("{stamp}{password}")));
            // Someone who knows the digest could guess the password.
            let hide = Echo::of(&Secret::new(digest.as_str()), &[]);
            steps.prove(&format!("APOP {user} {digest}")).map_err(|failed| failed.hiding(&hide))
        }
    }
}

struct Steps<'a> {
    account: &'a MailAccount,
    wire: &'a mut BufferedWire,
}

impl Steps<'_> {
    /// Sends a step before the password: a refusal can't be about the password.
    fn ask(&mut self, command: &str) -> Result<(), Failed> {
        match self.answer(command)? {
            StatusLine::Ok | StatusLine::GoOn => Ok(()),
            StatusLine::Err(said) => match SignInRefusal::of(&said) {
                SignInRefusal::Command | SignInRefusal::Password => Err(Failed::Way(said)),
                other => Err(self.refused(other, said)),
            },
        }
    }

    /// Sends USER: the server may refuse the name.
    fn ask_for(&mut self, user: &str) -> Result<(), Failed> {
        match self.answer(&format!("USER {user}"))? {
            StatusLine::Ok | StatusLine::GoOn => Ok(()),
            StatusLine::Err(said) => Err(self.refused(SignInRefusal::of(&said), said)),
        }
    }

    /// Sends the step with the password.
    fn prove(&mut self, secret: &str) -> Result<(), Failed> {
        match self.answer(secret) {
            Ok(StatusLine::Ok) => Ok(()),
            Ok(StatusLine::GoOn) => {
                let what = say!("mailbox-strange-more-than-password", place = self.account.place());
                Err(Failed::Final(self.account.strange(what)))
            }
            Ok(StatusLine::Err(said)) => Err(self.refused(SignInRefusal::of(&said), said)),
            // The password may have been the reason.
            Err(Failed::HungUp(error)) => Err(Failed::Final(error)),
            Err(failed) => Err(failed),
        }
    }

    fn refused(&self, refusal: SignInRefusal, said: String) -> Failed {
        match refusal {
            SignInRefusal::Command => Failed::Way(said),
            SignInRefusal::Unencrypted if self.account.security == Security::None => Failed::Unencrypted(said),
            // The connection is encrypted: the words must mean something else.
            SignInRefusal::Unencrypted => Failed::Way(said),
            _ => Failed::Final(self.account.refused_sign_in(&said)),
        }
    }

    fn answer(&mut self, command: &str) -> Result<StatusLine, Failed> {
        let account = self.account;
        let broken = |error| {
            let error = account.broken(&error, Doing::SignIn);
            if error.problem == MailboxProblem::Cut { Failed::HungUp(error) } else { Failed::Final(error) }
        };
        self.wire.clock.begin();
        skip_repeated(self.wire);
        self.wire.send(command).map_err(broken)?;
        loop {
            let line = self.wire.line().map_err(broken)?;
            match status(&line) {
                // Judged without the password, whose letters may look like a code.
                Some(StatusLine::Err(said)) => return Ok(StatusLine::Err(account.said(&said))),
                Some(status) => return Ok(status),
                None if line.trim().is_empty() => {}
                None => {
                    let (place, line) = (account.place(), account.said(&line));
                    return Err(Failed::Final(account.strange(say!("mailbox-strange-sign-in", place, line))));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_known_however_it_is_written() {
        assert_eq!(status("+OK"), Some(StatusLine::Ok));
        assert_eq!(status("+ok 3 messages"), Some(StatusLine::Ok));
        assert_eq!(status("-ERR wrong"), Some(StatusLine::Err("wrong".into())));
        assert_eq!(status("+ERR Server error"), Some(StatusLine::Err("Server error".into())));
        assert_eq!((status("+"), status("+ Vw==")), (Some(StatusLine::GoOn), Some(StatusLine::GoOn)));
        assert_eq!((status("Second half"), status("."), status("")), (None, None, None));
    }

    #[test]
    fn uidls_of_any_bytes_stay_different() {
        assert_eq!(told_apart("é1".as_bytes()), "é1");
        assert_ne!(told_apart(b"\xff1"), told_apart(b"\xfe1"));
    }

    #[test]
    fn the_timestamp_of_a_greeting_is_known_from_other_brackets() {
        let greeting = "+OK POP3 ready <1896.697170952@dbc.mtview.ca.us>";
        assert_eq!(timestamp(greeting), Some("<1896.697170952@dbc.mtview.ca.us>"));
        assert_eq!(timestamp("+OK ready <soon>"), None);
        assert_eq!(timestamp("+OK ready >x@y<"), None);
        // The example of RFC 1939.
        let digest = hex::encode(Md5::digest("<1896.697170952@dbc.mtview.ca.us>tanstaaf"));
        assert_eq!(digest, "c4c9334bac560ecc979e58001b3e22fb");
    }
}
