//! One IMAP session: signed in, with one folder open.

use std::io;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::conversation::{Completion, Conversation, Fetch, Folder, FolderStatus, ImapAnswer, OpenedFolder, SMALL};
use super::response::{self, Cost};
use super::uid_sets;
use crate::domain::message::{HEADER_DIGEST_LIMIT, header_digest};
use crate::domain::protocol::Security;
use crate::domain::secret::Secret;
use crate::domain::stage::StageName;
use crate::mailbox::account::{MailAccount, Mechanism, TokenAttempt, with_token};
use crate::mailbox::dial::{CAPABILITIES, GreetingRequest, Opening, StageWatch, StartTls, dial, turns_away};
use crate::mailbox::failure::{self, Doing, MailboxFailure, asks_to_wait};
use crate::mailbox::probe::FolderIdentity;
use crate::mailbox::wire::{BufferedWire, words};
use crate::mailbox::{HEADER, MailboxError, MailboxProblem, RawMessage};
use crate::{complain, say};

/// Messages per SEARCH, so that no answer comes near the limit of a line: 5,000 UIDs are 55 kB at most.
const WINDOW: u32 = 5_000;
/// UIDs per SEARCH.
const TOGETHER: usize = 1_000;
/// How many messages a folder is recognised by.
const NEWEST: usize = 5;
/// Folders that are shown.
const FOLDERS: usize = 200;

/// A signed-in connection; once a folder was entered, that is open.
pub(super) struct ImapSession {
    pub(super) conversation: Conversation,
    /// IDLE (RFC 2177).
    pub idles: bool,
    /// NOTIFY (RFC 5465): tells of folders that are not open, too.
    pub notifies: bool,
    /// UIDPLUS (RFC 4315): chosen messages can be expunged.
    pub uidplus: bool,
    /// MOVE (RFC 6851).
    pub moves: bool,
    /// The folder's name as the server takes it.
    folder: Vec<u8>,
    /// Whether the folder was opened with SELECT; EXAMINE changes nothing, not even `\Recent`.
    writable: bool,
    /// 0 where the server gives none.
    pub uid_validity: u32,
    pub uid_next: Option<u32>,
    /// Messages in the folder when it was opened, where the server says so.
    pub exists: Option<u32>,
    /// Somebody removed messages since the folder was opened: sequence numbers have moved.
    pub expunged: bool,
}

/// Exchange accepts any token of its directory, and says only afterwards that it does not open this mailbox.
fn not_connected(failure: MailboxFailure, account: &MailAccount) -> MailboxError {
    let error = failure.into_error(account);
    match &account.tokens {
        Some(tokens) if error.complaint.what.contains("authenticated but not connected") => {
            MailboxError { problem: MailboxProblem::SignIn, ..error.with_remedy(tokens.remedy()) }
        }
        _ => error,
    }
}

/// The answer to a FETCH, by UID, and how the command ended.
type FetchedMessages = (Vec<(u32, Fetch)>, Result<(), MailboxFailure>);

impl ImapSession {
    /// Connects and signs in; no folder is open yet.
    pub(super) fn sign_in(account: &MailAccount, watch: &mut dyn StageWatch) -> Result<Self, MailboxError> {
        let (conversation, before) = sign_in(account, watch)?;
        watch.passed(StageName::SignIn, say!("mailbox-signed-in", user = account.username), "");
        Self::begin(conversation, before).map_err(|failure| not_connected(failure, account))
    }

    /// Begins on a connection that is signed in; `before` are the capabilities that it had until then.
    pub(super) fn begin(mut conversation: Conversation, before: Vec<String>) -> Result<Self, MailboxFailure> {
        // Servers list more capabilities after the sign-in.
        let after = conversation.ask(SMALL, Doing::ListCapabilities, b"CAPABILITY", &[])?;
        let offers = |capability: &str| {
            let known = if after.capabilities.is_empty() { &before } else { &after.capabilities };
            known.iter().any(|have| have == capability)
        };
        if offers("ID") || before.iter().any(|have| have == "ID") {
            introduce(&mut conversation)?;
        }
        Ok(Self {
            idles: offers("IDLE"),
            notifies: offers("NOTIFY"),
            uidplus: offers("UIDPLUS"),
            moves: offers("MOVE"),
            folder: response::encode_name(&conversation.account.folder).into_bytes(),
            conversation,
            writable: false,
            uid_validity: 0,
            uid_next: None,
            exists: None,
            expunged: false,
        })
    }

    /// Opens this folder for reading.
    pub(super) fn enter(&mut self, folder: &str) -> Result<(), MailboxError> {
        folder.clone_into(&mut self.conversation.account.folder);
        self.folder = response::encode_name(folder).into_bytes();
        self.examine().map_err(|failure| not_connected(failure, self.account()))
    }

    /// See [`Conversation::rest`].
    pub(super) fn rest(self, at_rest: bool) -> io::Result<Self> {
        Ok(Self { conversation: self.conversation.rest(at_rest)?, ..self })
    }

    pub(super) fn account(&self) -> &MailAccount {
        &self.conversation.account
    }

    /// Sends a command that must succeed.
    pub(super) fn run(
        &mut self,
        cost: Cost,
        doing: Doing,
        command: impl AsRef<[u8]>,
    ) -> Result<ImapAnswer, MailboxFailure> {
        let answer = self.conversation.run(cost, doing, command.as_ref())?;
        self.expunged |= answer.expunged;
        Ok(answer)
    }

    /// What the open folder can be recognised by: its newest messages. One that can't be fetched is left out.
    pub(super) fn identity(&mut self) -> Result<FolderIdentity, MailboxFailure> {
        let mut uids = match self.exists {
            Some(0) => Vec::new(),
            Some(exists) => {
                let first = exists.saturating_sub(NEWEST as u32 - 1).max(1);
                self.run(SMALL, Doing::Search, format!("UID SEARCH {first}:{exists}"))?.found
            }
            None => self.all()?,
        };
        uids.sort_unstable();
        let mut newest = Vec::new();
        let items = format!("(UID BODY.PEEK[HEADER]<0.{HEADER_DIGEST_LIMIT}>)");
        let literal = 4 * HEADER_DIGEST_LIMIT as u64;
        let cost = Cost { bytes: literal + 1024, literal, in_memory: 4 * HEADER_DIGEST_LIMIT };
        for uid in uids.into_iter().rev().take(NEWEST) {
            let (fetched, _) = self.fetch(cost, Doing::ShowNewest, (&uid.to_string(), &[uid]), &items)?;
            newest.extend(fetched.into_iter().filter_map(|(uid, fetch)| match fetch.header {
                Some(RawMessage::Memory(header)) => Some((uid, header_digest(&header))),
                _ => None,
            }));
        }
        Ok(FolderIdentity { uid_validity: self.uid_validity, newest })
    }

    /// The start of a message's header; None where it is refused.
    pub(super) fn header(&mut self, uid: u32) -> Result<Option<Vec<u8>>, MailboxFailure> {
        // A server that ignores the limit sends the whole header.
        let literal = 4 * HEADER_DIGEST_LIMIT as u64;
        let cost = Cost { bytes: literal + 1024, literal, in_memory: 4 * HEADER_DIGEST_LIMIT };
        let items = format!("(UID BODY.PEEK[HEADER]<0.{HEADER}>)");
        let (fetched, ended) = self.fetch(cost, Doing::ShowHeader, (&uid.to_string(), &[uid]), &items)?;
        let header = fetched.into_iter().find_map(|(_, fetch)| match fetch.header {
            Some(RawMessage::Memory(header)) => Some(header),
            _ => None,
        });
        match ended {
            Ok(()) | Err(MailboxFailure::Refused { .. }) => Ok(header),
            Err(broken) => Err(broken),
        }
    }

    /// `length` bytes of a message from `from` on, or as many as there are. None where the answer has no such part.
    pub(super) fn piece(&mut self, uid: u32, from: u64, length: u64) -> Result<Option<Vec<u8>>, MailboxFailure> {
        let in_memory = usize::try_from(length).unwrap_or(usize::MAX);
        let cost = Cost { bytes: length + (64 << 10), literal: length, in_memory };
        let items = format!("(UID BODY.PEEK[]<{from}.{length}>)");
        let (fetched, ended) = self.fetch(cost, Doing::HandOver, (&uid.to_string(), &[uid]), &items)?;
        ended?;
        let part = fetched.into_iter().find(|(_, fetch)| fetch.origin == Some(from));
        Ok(part.and_then(|(_, fetch)| match fetch.body {
            Some(RawMessage::Memory(bytes)) => Some(bytes),
            Some(RawMessage::File(_)) => None,
            // NIL: there is nothing from there on.
            None => Some(Vec::new()),
        }))
    }

    /// What the server tells of these messages, and how the command ended. What it tells of others is left out. `uids` is
    /// what `set` stands for, ascending.
    pub(super) fn fetch(
        &mut self,
        cost: Cost,
        doing: Doing,
        (set, uids): (&str, &[u32]),
        items: &str,
    ) -> Result<FetchedMessages, MailboxFailure> {
        let command = format!("UID FETCH {set} {items}");
        let answer = self.conversation.ask(cost, doing, command.as_bytes(), &[])?;
        self.expunged |= answer.expunged;
        let mut fetched = Vec::with_capacity(answer.fetched.len());
        let mut unnamed = Vec::new();
        for fetch in answer.fetched {
            match fetch.uid {
                Some(uid) if uids.binary_search(&uid).is_ok() => fetched.push((uid, fetch)),
                Some(_) => {}
                None => unnamed.push(fetch),
            }
        }
        // One message was asked for, and one came without its UID.
        if let ([uid], true, [_]) = (uids, fetched.is_empty(), unnamed.as_slice()) {
            fetched.extend(unnamed.pop().map(|fetch| (*uid, fetch)));
        }
        let ended = match answer.completion {
            Completion::Ok(_) => Ok(()),
            Completion::No(said) | Completion::Bad(said) => Err(MailboxFailure::refused(self.account(), doing, &said)),
        };
        Ok((fetched, ended))
    }

    /// Opens the folder anew, without changing anything in it.
    pub(super) fn examine(&mut self) -> Result<(), MailboxFailure> {
        self.select("EXAMINE")
    }

    /// Opens the folder so that flags can be set, unless it is already open so.
    pub(super) fn make_writable(&mut self) -> Result<(), MailboxFailure> {
        if self.writable {
            return Ok(());
        }
        self.select("SELECT")?;
        if self.writable {
            Ok(())
        } else {
            let complaint = complain!("mailbox-folder-read-only", folder = self.account().folder);
            Err(MailboxFailure::Broken(MailboxError::new(MailboxProblem::Folder, complaint)))
        }
    }

    fn select(&mut self, verb: &str) -> Result<(), MailboxFailure> {
        self.writable = false;
        let doing = Doing::Open;
        let command = |folder: &[u8]| [verb.as_bytes(), b" ", &quoted(folder)].concat();
        let answer = match self.run(SMALL, doing, command(&self.folder)) {
            Err(MailboxFailure::Refused { said, .. }) if asks_to_wait(&said) => {
                return Err(MailboxFailure::Broken(self.account().busy(&said)));
            }
            Err(MailboxFailure::Refused { said, .. }) => {
                let folders = self.folders().unwrap_or_default();
                // Some servers name folders in 8-bit characters, where they should not.
                let wanted = self.account().folder.clone();
                let spelled = folders.iter().find(|folder| folder.name != self.folder && shown(folder) == wanted);
                match spelled.map(|folder| folder.name.clone()) {
                    Some(name) => {
                        let answer = self.run(SMALL, doing, command(&name))?;
                        self.folder = name;
                        answer
                    }
                    None => {
                        let folders: Vec<String> = self.shown(&folders);
                        let words = say!("mailbox-folder-closed", folder = wanted, said);
                        let error = MailboxError::new(MailboxProblem::Folder, words);
                        return Err(MailboxFailure::Broken(
                            error.with_remedy(failure::folder_remedy(&wanted, &folders)),
                        ));
                    }
                }
            }
            answer => answer?,
        };
        let OpenedFolder { uid_validity, uid_next, exists, read_only } = answer.opened;
        self.uid_validity = match uid_validity {
            Some(validity) => validity,
            None => self.ask_validity()?,
        };
        self.uid_next = uid_next;
        self.exists = exists;
        self.writable = verb == "SELECT" && !read_only;
        self.expunged = false;
        Ok(())
    }

    /// Some servers tell the UIDVALIDITY only when asked for it; 0 for one that has none at all.
    fn ask_validity(&mut self) -> Result<u32, MailboxFailure> {
        let command = [b"STATUS ", &*quoted(&self.folder), b" (UIDVALIDITY)"].concat();
        match self.run(SMALL, Doing::UidValidity, command) {
            Ok(answer) => Ok(answer.statuses.first().and_then(|status| status.uid_validity).unwrap_or(0)),
            Err(MailboxFailure::Refused { .. }) => Ok(0),
            Err(broken) => Err(broken),
        }
    }

    /// UIDs of the folder's messages that meet `criteria`, in ascending order.
    pub(super) fn search(&mut self, criteria: &str) -> Result<Vec<u32>, MailboxFailure> {
        let mut found = Vec::new();
        match self.exists {
            Some(exists) => {
                for window in windows(exists) {
                    match self.run(SMALL, Doing::Search, format!("UID SEARCH {window} {criteria}")) {
                        Ok(answer) => found.extend(answer.found),
                        // A server that can't search by numbers may know the rest.
                        Err(MailboxFailure::Refused { .. }) => {
                            found = self.run(SMALL, Doing::Search, format!("UID SEARCH {criteria}"))?.found;
                            break;
                        }
                        Err(broken) => return Err(broken),
                    }
                }
            }
            None => found = self.run(SMALL, Doing::Search, format!("UID SEARCH {criteria}"))?.found,
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// UIDs of all messages, in ascending order. Where the search finds fewer than the folder holds, they are asked for one
    /// by one.
    pub(super) fn all(&mut self) -> Result<Vec<u32>, MailboxFailure> {
        let searched = self.search("ALL");
        let exists = self.exists.unwrap_or(0);
        let mut found = match searched {
            Ok(found) if found.len() >= exists as usize || self.expunged => return Ok(found),
            Ok(found) => found,
            Err(MailboxFailure::Refused { doing, said }) if exists == 0 => {
                return Err(MailboxFailure::Refused { doing, said });
            }
            Err(MailboxFailure::Refused { .. }) => Vec::new(),
            Err(broken) => return Err(broken),
        };
        for window in windows(exists) {
            match self.run(SMALL, Doing::Number, format!("FETCH {window} (UID)")) {
                Ok(answer) => found.extend(answer.fetched.iter().filter_map(|fetch| fetch.uid)),
                Err(MailboxFailure::Refused { .. }) => {}
                Err(broken) => return Err(broken),
            }
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// Which of these ascending UIDs are there; all of them, where the server knows no such search.
    pub(super) fn present(&mut self, uids: &[u32]) -> Result<Vec<u32>, MailboxFailure> {
        let mut found = Vec::new();
        for set in uid_sets(uids, TOGETHER) {
            match self.run(SMALL, Doing::Search, format!("UID SEARCH UID {set}")) {
                Ok(answer) => found.extend(answer.found),
                Err(MailboxFailure::Refused { .. }) => return Ok(uids.to_vec()),
                Err(broken) => return Err(broken),
            }
        }
        found.retain(|uid| uids.binary_search(uid).is_ok());
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// The same, after the server has noticed what others have removed.
    pub(super) fn still_there(&mut self, uids: &[u32]) -> Result<Vec<u32>, MailboxFailure> {
        match self.run(SMALL, Doing::LookAgain, "NOOP") {
            Ok(_) | Err(MailboxFailure::Refused { .. }) => self.present(uids),
            Err(broken) => Err(broken),
        }
    }

    /// What the server tells of a folder that is not open; None where it tells nothing.
    pub(super) fn status(&mut self, folder: &str) -> Result<Option<FolderStatus>, MailboxFailure> {
        match self.run(SMALL, Doing::LookAgain, status_of(folder)) {
            // A server that notifies may tell of other folders, too.
            Ok(ImapAnswer { mut statuses, .. }) => {
                let named = statuses.iter().position(|status| status.is_of(folder));
                Ok(named.map(|index| statuses.swap_remove(index)).or_else(|| statuses.pop()))
            }
            Err(MailboxFailure::Refused { .. }) => Ok(None),
            Err(broken) => Err(broken),
        }
    }

    /// The folders that can be opened.
    pub(super) fn folders(&mut self) -> Result<Vec<Folder>, MailboxFailure> {
        let mut folders = self.run(SMALL, Doing::ListFolders, "LIST \"\" \"*\"")?.folders;
        folders.retain(|folder| folder.can_be_opened);
        Ok(folders)
    }

    /// Their names for people, at most 200.
    pub(super) fn shown(&self, folders: &[Folder]) -> Vec<String> {
        folders.iter().map(|folder| self.account().said(&shown(folder))).take(FOLDERS).collect()
    }

    /// LOGOUT.
    pub(super) fn close(&mut self) -> Result<(), MailboxFailure> {
        self.run(SMALL, Doing::SignOut, "LOGOUT").map(drop)
    }
}

/// The command that asks for what [`ImapSession::status`] gives.
pub(super) fn status_of(folder: &str) -> Vec<u8> {
    [b"STATUS ", &*quoted(response::encode_name(folder)), b" (MESSAGES UIDNEXT)"].concat()
}

/// A folder's name for people.
fn shown(folder: &Folder) -> String {
    let name = words(&folder.name);
    if name.is_ascii() { response::decode_name(&name) } else { name }
}

/// Sequence numbers up to this one, as sets.
fn windows(exists: u32) -> impl Iterator<Item = String> {
    (1..=exists)
        .step_by(WINDOW as usize)
        .map(move |first| format!("{first}:{}", exists.min(first.saturating_add(WINDOW - 1))))
}

/// RFC 3501 6.1.1, 6.2.1, 7.1.1.
pub(in crate::mailbox) const OPENING: Opening = Opening {
    greeting: "* OK",
    capabilities,
    is_reticent: false,
    starttls: StartTls { command: "s STARTTLS", capability: "STARTTLS", accepted: "S OK", aside: Some('*') },
    takes_passwords: |dialled| !dialled.offers("LOGINDISABLED") || dialled.offers("AUTH=PLAIN"),
};

/// CAPABILITY (RFC 3501 6.1.1).
fn capabilities(account: &MailAccount, wire: &mut BufferedWire) -> Result<Vec<String>, MailboxError> {
    let broken = |error| account.broken(&error, Doing::ListCapabilities);
    let mut capabilities = Vec::new();
    wire.send("c CAPABILITY").map_err(broken)?;
    for _ in 0..CAPABILITIES {
        let line = wire.line().map_err(broken)?.to_ascii_uppercase();
        let mut words = line.split_ascii_whitespace();
        match (words.next(), words.next()) {
            (Some("*"), Some("CAPABILITY")) => capabilities.extend(words.map(str::to_owned)),
            (Some("*"), Some("BYE")) => {
                return Err(turns_away(account, &line));
            }
            // A server that does not list them has what every server has.
            (Some("C"), Some("OK" | "NO" | "BAD")) => return Ok(capabilities),
            (Some("*" | "+") | None, _) => {}
            _ => {
                let (place, line) = (account.place(), account.said(&line));
                return Err(account.strange(say!("mailbox-strange-capabilities", place, line)));
            }
        }
    }
    Err(account.strange(say!("mailbox-strange-capabilities-without-end", place = account.place())))
}

/// A way to sign in with a name and a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ImapSignIn {
    /// SASL PLAIN (RFC 4616), which allows any character, in UTF-8.
    Plain,
    /// LOGIN with quoted strings.
    Login,
    /// LOGIN with literals: what RFC 3501 demands for 8-bit characters, although more servers accept them in quotes.
    LoginLiterals,
    /// AUTHENTICATE LOGIN: no standard, but all that some servers have.
    AuthLogin,
}

/// Connects and signs in. Gives the conversation, and what the server can do (its capabilities, in upper case).
///
/// The ways to sign in are tried one after the other, each only where the server does not have the one before. A refused
/// password ends it: a password that is sent once locks nobody out. With a token there is one way, and a second try with a
/// new token.
///
/// Where a server hangs up instead of answering, the way that was tried may have been the reason: it is dialled again and gets
/// the next way, unless the password was sent already.
pub(super) fn sign_in(
    account: &MailAccount,
    watch: &mut dyn StageWatch,
) -> Result<(Conversation, Vec<String>), MailboxError> {
    match &account.tokens {
        Some(tokens) => with_token(account, &**tokens, watch, |token, watch| by_token(account, token, watch)),
        None => by_password(account, watch),
    }
}

/// AUTHENTICATE with the token at once where the server allows that (SASL-IR, RFC 4959), else when it asks to continue. The
/// reason that it gives before it refuses is answered as the mechanism demands.
fn by_token(
    account: &MailAccount,
    token: &Secret,
    watch: &mut dyn StageWatch,
) -> Result<TokenAttempt<(Conversation, Vec<String>)>, MailboxError> {
    let dialled = dial(account, GreetingRequest::Capabilities, watch)?;
    let offers = dialled.capabilities;
    let offered = |capability: &str| offers.iter().any(|have| have == capability);
    let Some(mechanism) = Mechanism::of(|name| offered(&format!("AUTH={name}"))) else {
        return Ok(TokenAttempt::NotOffered);
    };
    let response = mechanism.response(account, token);
    let (mut command, mut more) = (format!("AUTHENTICATE {}", mechanism.name()), Vec::new());
    if offered("SASL-IR") {
        command = format!("{command} {response}");
    } else {
        more.push(response.into_bytes());
    }
    more.push(mechanism.end().as_bytes().to_vec());
    let mut conversation = Conversation::new(dialled.wire, account);
    let answer = conversation.ask(SMALL, Doing::SignIn, command.as_bytes(), &more);
    match answer.map_err(|failure| failure.into_error(account))?.completion {
        Completion::Ok(_) => Ok(TokenAttempt::In((conversation, offers))),
        Completion::No(said) | Completion::Bad(said) => {
            Ok(TokenAttempt::Refused { said, challenge: std::mem::take(&mut conversation.challenge) })
        }
    }
}

fn by_password(account: &MailAccount, watch: &mut dyn StageWatch) -> Result<(Conversation, Vec<String>), MailboxError> {
    if account.username.contains('\0') || account.password.reveal().contains('\0') {
        return Err(account.refused_sign_in(&say!("mailbox-zero-bytes")));
    }
    let mut refused = Vec::new();
    let mut said = None;
    loop {
        let dialled = dial(account, GreetingRequest::Capabilities, watch)?;
        let offers = dialled.capabilities;
        let mut conversation = Conversation::new(dialled.wire, account);
        let left: Vec<ImapSignIn> = ways(account, &offers).into_iter().filter(|way| !refused.contains(way)).collect();
        let hung_up = match take(&left, &mut conversation, &mut refused, &mut said)? {
            WaysTaken::Signed => return Ok((conversation, offers)),
            WaysTaken::HungUp(error) => error,
            WaysTaken::Nothing => return Err(no_way(account, said)),
        };
        // There are as many connections as ways: each one uses up a way, or follows one that did.
        if !ways(account, &offers).iter().any(|way| !refused.contains(way)) {
            return Err(hung_up);
        }
    }
}

/// What came of the ways to sign in that were tried on one connection.
enum WaysTaken {
    Signed,
    /// Before it had seen the password.
    HungUp(MailboxError),
    /// No way is left.
    Nothing,
}

/// Tries these ways one after the other, and notes which of them the server refuses and what it said last.
fn take(
    ways: &[ImapSignIn],
    conversation: &mut Conversation,
    refused: &mut Vec<ImapSignIn>,
    said: &mut Option<String>,
) -> Result<WaysTaken, MailboxError> {
    let account = conversation.account.clone();
    for (tried, way) in ways.iter().enumerate() {
        // A server may hang up after a refusal. A password in the next command would be lost then, and could seem to be the
        // reason.
        if tried > 0 && way.begins_with_the_password() {
            match conversation.ask(SMALL, Doing::GoOn, b"NOOP", &[]) {
                Err(MailboxFailure::Broken(error)) if error.problem == MailboxProblem::Cut => {
                    return Ok(WaysTaken::HungUp(error));
                }
                Err(failure) => return Err(failure.into_error(&account)),
                Ok(_) => {}
            }
        }
        let (command, more) = way.words(&account);
        let answer = match conversation.ask(SMALL, Doing::SignIn, &command, &more) {
            Ok(answer) => answer,
            Err(MailboxFailure::Broken(error))
                if error.problem == MailboxProblem::Cut && !way.sent_it(conversation.continued) =>
            {
                // Where it had refused another way before, it may have hung up because of that one.
                if tried == 0 {
                    refused.push(*way);
                }
                return Ok(WaysTaken::HungUp(error));
            }
            Err(failure) => return Err(failure.into_error(&account)),
        };
        // Judged without the password, whose letters may look like a code.
        let words = match answer.completion {
            Completion::Ok(_) => return Ok(WaysTaken::Signed),
            Completion::No(words) | Completion::Bad(words) if asks_to_wait(&account.said(&words)) => {
                return Err(account.refused_sign_in(&words));
            }
            Completion::No(words) => match account.said(&words) {
                words if is_about_the_way(&words) => words,
                words => return Err(account.refused_sign_in(&words)),
            },
            Completion::Bad(words) => match account.said(&words) {
                words if is_about_the_person(&words) => return Err(account.refused_sign_in(&words)),
                words => words,
            },
        };
        *said = Some(words);
        refused.push(*way);
    }
    Ok(WaysTaken::Nothing)
}

fn no_way(account: &MailAccount, said: Option<String>) -> MailboxError {
    match said {
        Some(words) => account.refused_sign_in(&words),
        None if account.security == Security::None => {
            let words = say!("mailbox-no-plain-sign-in", place = account.place());
            MailboxError::new(MailboxProblem::NoStartTls, words).with_remedy(failure::no_starttls(account.protocol))
        }
        None => {
            let words = say!("mailbox-no-sign-in", place = account.place());
            MailboxError::new(MailboxProblem::SignIn, words)
        }
    }
}

fn ways(account: &MailAccount, offered: &[String]) -> Vec<ImapSignIn> {
    let offers = |capability: &str| offered.iter().any(|have| have == capability);
    let login = !offers("LOGINDISABLED");
    let texts = [account.username.as_str(), account.password.reveal()];
    let is_plain = texts.iter().all(|text| text.is_ascii());
    let has_lines = texts.iter().any(|text| text.contains(['\r', '\n']));
    let mut ways = Vec::new();
    ways.extend(offers("AUTH=PLAIN").then_some(ImapSignIn::Plain));
    ways.extend((login && !has_lines).then_some(ImapSignIn::Login));
    ways.extend((login && (has_lines || !is_plain)).then_some(ImapSignIn::LoginLiterals));
    ways.extend(offers("AUTH=LOGIN").then_some(ImapSignIn::AuthLogin));
    ways
}

impl ImapSignIn {
    fn begins_with_the_password(self) -> bool {
        self == ImapSignIn::Login
    }

    /// Whether the password was sent by the time the server had asked so often to continue.
    fn sent_it(self, continued: usize) -> bool {
        match self {
            ImapSignIn::Login => true,
            ImapSignIn::Plain => continued >= 1,
            ImapSignIn::LoginLiterals | ImapSignIn::AuthLogin => continued >= 2,
        }
    }

    /// The command, and what is sent each time the server asks to continue.
    fn words(self, account: &MailAccount) -> (Vec<u8>, Vec<Vec<u8>>) {
        let (user, password) = (account.username.as_str(), account.password.reveal());
        match self {
            ImapSignIn::Plain => (b"AUTHENTICATE PLAIN".to_vec(), vec![account.plain_response().into_bytes()]),
            ImapSignIn::Login => ([b"LOGIN ", &*quoted(user), b" ", &*quoted(password)].concat(), Vec::new()),
            ImapSignIn::LoginLiterals => {
                let command = format!("LOGIN {{{}}}", user.len());
                let more = [format!("{user} {{{}}}", password.len()), password.to_owned()];
                (command.into_bytes(), more.map(String::into_bytes).to_vec())
            }
            ImapSignIn::AuthLogin => {
                let more = [user, password].map(|text| STANDARD.encode(text).into_bytes());
                (b"AUTHENTICATE LOGIN".to_vec(), more.to_vec())
            }
        }
    }
}

/// A quoted string (RFC 3501 section 4.3).
pub(super) fn quoted(text: impl AsRef<[u8]>) -> Vec<u8> {
    let mut quoted = vec![b'"'];
    for byte in text.as_ref() {
        if matches!(byte, b'"' | b'\\') {
            quoted.push(b'\\');
        }
        quoted.push(*byte);
    }
    quoted.push(b'"');
    quoted
}

/// Whether a NO is about the command or mechanism: then nobody has looked at the password. Anything else, in whatever
/// language, refuses this person.
fn is_about_the_way(said: &str) -> bool {
    let said = said.to_lowercase();
    if said.starts_with("[cannot]") {
        return true;
    }
    if said.starts_with('[') || is_about_the_person(&said) {
        return false;
    }
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let way = has(&[
        "command",
        "mechanism",
        "method",
        "authenticate",
        "auth ",
        "auth=",
        "sasl",
        "argument",
        "login",
        "plain",
    ]);
    let not_here = has(&[
        "unknown",
        "unsupported",
        "not support",
        "disabled",
        "invalid argument",
        "arguments invalid",
        "unrecognized",
        "unrecognised",
        "not recognized",
        "not implemented",
        "unimplemented",
        "not available",
        "no such",
        "not enabled",
    ]);
    way && not_here
}

fn is_about_the_person(said: &str) -> bool {
    let said = said.to_lowercase();
    ["password", "credential", "user", "account", "mailbox", "[authenticationfailed]"]
        .iter()
        .any(|word| said.contains(word))
}

/// ID (RFC 2971): some providers open no folder for a client that has not said what it is.
pub(super) fn introduce(conversation: &mut Conversation) -> Result<(), MailboxFailure> {
    let command = concat!("ID (\"name\" \"Mailgate\" \"version\" \"", env!("CARGO_PKG_VERSION"), "\")");
    conversation.ask(SMALL, Doing::Introduce, command.as_bytes(), &[]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_speaks_of_the_way_leads_to_the_next() {
        for said in [
            "[CANNOT] not here",
            "AUTHENTICATE command unknown or arguments invalid",
            "no such mechanism",
            "Unsupported authentication mechanism",
            "LOGIN is disabled",
            "AUTHENTICATE PLAIN not supported",
            "Invalid argument",
            "Unrecognized command",
        ] {
            assert!(is_about_the_way(said), "{said}");
        }
        for said in [
            "",
            "LOGIN failed",
            "AUTHENTICATE failed.",
            "[AUTHENTICATIONFAILED] Invalid credentials (Failure)",
            "[AUTHENTICATIONFAILED] mechanism not supported for this person",
            "[ALERT] Please log in via your web browser",
            "Login disabled for this account",
            "Unknown user or wrong password",
            "LOGIN 登录失败：密码错误或未开通IMAP服务",
            "Échec : mot de passe erroné",
            "Falsches Kennwort",
        ] {
            assert!(!is_about_the_way(said), "{said}");
        }
    }

    #[test]
    fn any_character_can_be_quoted() {
        assert_eq!(quoted("a\"b\\ž"), "\"a\\\"b\\\\ž\"".as_bytes());
    }
}
