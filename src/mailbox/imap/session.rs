//! One signed-in IMAP session with one folder open.

use std::io;

use super::conversation::{Completion, Conversation, Fetch, Folder, FolderStatus, ImapAnswer, OpenedFolder, SMALL};
use super::folder::uid_sets;
use super::response::{self, Cost};
use super::sign_in::{introduce, quoted, sign_in};
use crate::domain::source::{HEADER_DIGEST_LIMIT, header_digest};
use crate::domain::stage::StageName;
use crate::mailbox::account::MailAccount;
use crate::mailbox::dial::StageWatch;
use crate::mailbox::failure::{Doing, MailboxFailure, asks_to_wait};
use crate::mailbox::probe::FolderIdentity;
use crate::mailbox::wire::words;
use crate::mailbox::{HEADER, MailboxError, MailboxProblem, RawMessage, remedy};
use crate::{complain, say};

/// Messages per SEARCH, so that no answer comes near the limit of a line: 5,000 UIDs are 55 kB at most.
const WINDOW: u32 = 5_000;
/// UIDs per SEARCH.
const TOGETHER: usize = 1_000;
/// Messages that a folder is known by.
const NEWEST: usize = 5;
/// Folders that are shown.
const FOLDERS: usize = 200;

/// A signed-in connection, with a folder open once one was entered.
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

/// Exchange takes any token of its directory, and says only afterwards that it is not granted this mailbox.
fn not_connected(failure: MailboxFailure, account: &MailAccount) -> MailboxError {
    let error = failure.into_error(account);
    match &account.tokens {
        Some(tokens) if error.complaint.what.contains("authenticated but not connected") => {
            MailboxError { problem: MailboxProblem::SignIn, ..error.with_remedy(tokens.remedy()) }
        }
        _ => error,
    }
}

/// What came of a FETCH, by UID, and how the command ended.
pub(super) type FetchedMessages = (Vec<(u32, Fetch)>, Result<(), MailboxFailure>);

impl ImapSession {
    /// Connects and signs in; no folder is open yet.
    pub(super) fn sign_in(account: &MailAccount, watch: &mut dyn StageWatch) -> Result<Self, MailboxError> {
        let (conversation, before) = sign_in(account, watch)?;
        watch.passed(StageName::SignIn, say!("mailbox-signed-in", user = account.username), "");
        Self::begin(conversation, before).map_err(|failure| not_connected(failure, account))
    }

    /// On a connection that is signed in; `before` is what it offered until then.
    pub(super) fn begin(mut conversation: Conversation, before: Vec<String>) -> Result<Self, MailboxFailure> {
        // Servers tell more once one is signed in.
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

    /// With its connection at rest, or again as it was: see [`Conversation::rest`].
    pub(super) fn rest(self, at_rest: bool) -> io::Result<Self> {
        Ok(Self { conversation: self.conversation.rest(at_rest)?, ..self })
    }

    pub(super) fn account(&self) -> &MailAccount {
        &self.conversation.account
    }

    /// A command that needs to succeed.
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

    /// What tells the open folder from all others: its newest messages. One of them that can't be had is left out.
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
        // A server that does not heed the limit sends all of the header.
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

    /// What is said of these messages, as far as they are those asked for, and how that ended. `uids` is what `set`
    /// stands for, ascending.
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
        // One was asked for, and one without its UID has come.
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
                        return Err(MailboxFailure::Broken(error.with_remedy(remedy::folder(&wanted, &folders))));
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

    /// Some servers tell the UIDVALIDITY only when asked for it. One that has none at all numbers its messages for ever.
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
                        // A server that knows no numbers in a search may know the rest.
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

    /// UIDs of all messages, in ascending order. Where the search shows fewer than the folder holds, each is asked for.
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

    /// Those of these ascending UIDs that are there; all, where the server knows no such search.
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

    /// The same once the server has looked what others have removed.
    pub(super) fn still_there(&mut self, uids: &[u32]) -> Result<Vec<u32>, MailboxFailure> {
        match self.run(SMALL, Doing::LookAgain, "NOOP") {
            Ok(_) | Err(MailboxFailure::Refused { .. }) => self.present(uids),
            Err(broken) => Err(broken),
        }
    }

    /// What is said of a folder that is not open; None where nothing is.
    pub(super) fn status(&mut self, folder: &str) -> Result<Option<FolderStatus>, MailboxFailure> {
        match self.run(SMALL, Doing::LookAgain, status_of(folder)) {
            // Beside what was asked for, a server that notifies may tell of other folders.
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
