//! IMAP (RFC 3501): a folder as a [`Mailbox`].

mod conversation;
mod fetch;
mod folder;
mod idle;
mod response;
mod session;

use std::collections::HashSet;

use chrono::NaiveDate;

use crate::domain::message::SourceKey;
use crate::domain::words::Sentence;
use crate::say;

pub use self::idle::{Heard, IdleSession, Lost};
pub(super) use self::session::OPENING;

use self::conversation::{Conversation, FolderStatus};
use self::session::ImapSession;
use super::account::MailAccount;
use super::dial::{StageWatch, Unwatched};
use super::failure::{Doing, Losses, MailboxFailure};
use super::probe::FolderSeen;
use super::wire::BufferedWire;
use super::{
    Abilities, AcknowledgeOrder, Each, FetchError, Listed, Mailbox, MailboxError, MailboxProblem, MessageParts,
    Missing, StartChoice, Survey, ToldOutcome,
};
use crate::domain::expiry::CertificateTaken;
use fetch::FetchPace;

/// How often a survey begins anew when somebody removes messages meanwhile.
const SURVEYS: usize = 5;

pub(super) struct ImapMailbox {
    account: MailAccount,
    /// None once it broke; the next command signs in again.
    session: Option<ImapSession>,
    /// What the UIDs of this mailbox belong to, since it was opened.
    uid_validity: u32,
    pace: FetchPace,
    /// The server gives no parts of a message, or gives them wrongly.
    only_whole: bool,
    /// The folders as they were surveyed.
    surveyed: Vec<FolderExtent>,
}

/// How far a folder reaches: mail that comes later makes it reach further.
#[derive(Debug, Clone, PartialEq, Eq)]
struct FolderExtent {
    folder: String,
    /// UIDNEXT.
    uid_next: Option<u32>,
    messages: Option<u32>,
}

impl FolderExtent {
    fn of(folder: &str, status: &FolderStatus) -> Self {
        Self { folder: folder.to_owned(), uid_next: status.uid_next, messages: status.messages }
    }

    /// Whether mail may have come since it reached as far as `before`.
    fn is_beyond(&self, before: &FolderExtent) -> bool {
        match (self.uid_next.zip(before.uid_next), self.messages.zip(before.messages)) {
            (Some((now, before)), _) => now != before,
            (None, Some((now, before))) => now > before,
            (None, None) => false,
        }
    }
}

/// Does something for these UIDs, and says for which it is done.
type Act<'a> = dyn FnMut(&mut ImapSession, &[u32]) -> Result<Vec<u32>, MailboxFailure> + 'a;

impl ImapMailbox {
    /// Connects and signs in; no folder is open yet.
    pub(super) fn open(account: MailAccount, watch: &mut dyn StageWatch) -> Result<Self, MailboxError> {
        let session = ImapSession::sign_in(&account, watch)?;
        Ok(Self::of(account, session))
    }

    /// On a connection that is signed in, with the account's folder open.
    pub(super) fn signed_in(account: MailAccount, wire: BufferedWire) -> Result<Self, MailboxFailure> {
        let mut session = ImapSession::begin(Conversation::new(wire, &account), Vec::new())?;
        session.examine()?;
        Ok(Self::of(account, session))
    }

    fn of(account: MailAccount, session: ImapSession) -> Self {
        Self {
            account,
            uid_validity: session.uid_validity,
            session: Some(session),
            pace: FetchPace::default(),
            only_whole: false,
            surveyed: Vec::new(),
        }
    }

    /// Does something in the session, signing in again where the last one broke.
    fn attempt<T>(
        &mut self,
        act: impl FnOnce(&mut ImapSession) -> Result<T, MailboxFailure>,
    ) -> Result<T, MailboxFailure> {
        let mut session = match self.session.take() {
            Some(session) => session,
            None => {
                let mut session =
                    ImapSession::sign_in(&self.account, &mut Unwatched).map_err(MailboxFailure::Broken)?;
                session.enter(&self.account.folder).map_err(MailboxFailure::Broken)?;
                if session.uid_validity != self.uid_validity {
                    let words = say!("mailbox-numbered-anew", place = self.account.place());
                    return Err(MailboxFailure::Broken(MailboxError::new(MailboxProblem::Folder, words)));
                }
                session
            }
        };
        let result = act(&mut session);
        if !matches!(result, Err(MailboxFailure::Broken(_))) {
            self.session = Some(session);
        }
        result
    }

    /// Waits before a connection that broke is begun anew.
    fn pause(&self, in_a_row: u32) {
        std::thread::sleep(self.account.pause(in_a_row));
    }

    fn command<T>(
        &mut self,
        act: impl FnOnce(&mut ImapSession) -> Result<T, MailboxFailure>,
    ) -> Result<T, MailboxError> {
        self.attempt(act).map_err(|failure| failure.into_error(&self.account))
    }

    /// Does something for these UIDs together, and where the server refuses that or ends the session over it, for each
    /// part of them, down to the one that can't be had: `alone` hears why. `act` says which it has done; those are not
    /// asked for again.
    fn by_parts(
        &mut self,
        uids: &[u32],
        act: &mut Act<'_>,
        alone: &mut dyn FnMut(u32, Sentence),
    ) -> Result<(), MailboxError> {
        let mut losses = Losses::default();
        let mut work = vec![uids.to_vec()];
        while let Some(mut part) = work.pop() {
            let mut done = Vec::new();
            let ended = self.attempt(|session| {
                done = act(session, &part)?;
                Ok(())
            });
            let (why, ways) = match ended {
                Ok(()) => {
                    losses = Losses::default();
                    let before = part.len();
                    let done: HashSet<u32> = done.into_iter().collect();
                    part.retain(|uid| !done.contains(uid));
                    if part.is_empty() {
                        continue;
                    }
                    // What an answer leaves out is asked for once more, alone.
                    if before == 1 {
                        alone(part[0], say!("mailbox-message-not-mentioned", place = self.account.place()));
                        continue;
                    }
                    work.extend(part.iter().rev().map(|uid| vec![*uid]));
                    continue;
                }
                Err(MailboxFailure::Refused { said, .. }) => (said, 2),
                Err(MailboxFailure::Broken(error)) => {
                    let (why, is_line) = (error.complaint.what.clone(), error.problem != MailboxProblem::Protocol);
                    let ways = losses.count(error)?;
                    if is_line {
                        self.pause(losses.in_a_row());
                    }
                    // A server that can't be reached any more is no matter of these messages.
                    self.command(|_| Ok(()))?;
                    (why, ways)
                }
            };
            match part.as_slice() {
                [one] => alone(*one, why),
                _ => work.extend(part.chunks(part.len().div_ceil(ways)).rev().map(<[u32]>::to_vec)),
            }
        }
        Ok(())
    }

    /// Its UID, where this key belongs to the folder as it is now.
    fn uid_of(&self, key: &SourceKey) -> Option<u32> {
        match key {
            SourceKey::Imap { uid_validity, uid } if *uid_validity == self.uid_validity => Some(*uid),
            _ => None,
        }
    }

    fn keys(&self, uids: Vec<u32>) -> Vec<SourceKey> {
        let uid_validity = self.uid_validity;
        uids.into_iter().map(|uid| SourceKey::Imap { uid_validity, uid }).collect()
    }

    /// UIDs, while nobody removes messages meanwhile.
    fn hold_still(
        &mut self,
        find: &dyn Fn(&mut ImapSession) -> Result<Vec<u32>, MailboxFailure>,
    ) -> Result<(Vec<u32>, Option<u32>), MailboxError> {
        let uid_validity = self.uid_validity;
        self.command(|session| {
            for _ in 0..SURVEYS {
                let uids = find(session)?;
                if !session.expunged && session.uid_validity == uid_validity {
                    return Ok((uids, session.uid_next));
                }
                session.examine()?;
            }
            Err(MailboxFailure::Refused { doing: Doing::HoldStill, said: say!("mailbox-removed-all-the-time") })
        })
    }
}

impl Mailbox for ImapMailbox {
    fn abilities(&self) -> Abilities {
        let announces = self.session.as_ref().is_some_and(|session| session.idles);
        Abilities { chooses: true, marks: true, tells_at_close: false, reuses_keys: false, announces }
    }

    fn enter(&mut self, folder: &str) -> Result<(), MailboxError> {
        folder.clone_into(&mut self.account.folder);
        let mut session = match self.session.take() {
            Some(session) => session,
            None => ImapSession::sign_in(&self.account, &mut Unwatched)?,
        };
        let entered = session.enter(folder);
        if entered.as_ref().err().is_none_or(|error| error.problem == MailboxProblem::Folder) {
            self.uid_validity = session.uid_validity;
            self.session = Some(session);
        }
        entered
    }

    fn look(&mut self, from: NaiveDate) -> Result<FolderSeen, MailboxError> {
        let mut seen = self.command(|session| {
            let messages = match session.exists {
                Some(exists) => exists.into(),
                None => session.all()?.len() as u64,
            };
            // How many are unread or came since a day, and which folders there are, is only shown: a server that won't say is
            // no worse.
            let mut count = |criteria: &str| match session.search(criteria) {
                Ok(found) => Ok(Some(found.len() as u64)),
                Err(MailboxFailure::Refused { .. }) => Ok(None),
                Err(broken) => Err(broken),
            };
            let unread = count(&StartChoice::Unread.criteria())?;
            let since = count(&StartChoice::Since(from).criteria())?;
            let folders = match session.folders() {
                Ok(folders) => session.shown(&folders),
                Err(MailboxFailure::Refused { .. }) => Vec::new(),
                Err(broken) => return Err(broken),
            };
            Ok(FolderSeen { messages, unread, since, folders, ..FolderSeen::default() })
        })?;
        // Only to find the same folder under another host name: what goes wrong here is no fault of the settings.
        seen.identities.extend(self.command(ImapSession::identity));
        Ok(seen)
    }

    fn survey(&mut self) -> Result<Survey, MailboxError> {
        let uid_validity = self.command(|session| {
            session.examine()?;
            Ok(session.uid_validity)
        })?;
        self.uid_validity = uid_validity;
        let (uids, uid_next) = self.hold_still(&ImapSession::all)?;
        let keys = self.keys(uids);
        let folder = self.account.folder.clone();
        self.surveyed.retain(|extent| extent.folder != folder);
        self.surveyed.push(FolderExtent { folder, uid_next, messages: u32::try_from(keys.len()).ok() });
        // Without a UIDVALIDITY nothing says whether a UID still stands for the same message: its size has to.
        let sizes = match uid_validity {
            0 => self.list_all(&keys)?.into_iter().map(|listed| listed.map_or(0, |listed| listed.size)).collect(),
            _ => Vec::new(),
        };
        Ok(Survey { uid_validity: Some(uid_validity), uid_next, keys, sizes })
    }

    fn choose(&mut self, choice: StartChoice) -> Result<Vec<SourceKey>, MailboxError> {
        let criteria = choice.criteria();
        let (uids, _) = self.hold_still(&|session| session.search(&criteria))?;
        Ok(self.keys(uids))
    }

    fn list(&mut self, keys: &[SourceKey]) -> Result<Vec<Result<Listed, Missing>>, MailboxError> {
        self.list_all(keys)
    }

    fn headers(&mut self, keys: &[SourceKey]) -> Result<Vec<Option<Vec<u8>>>, MailboxError> {
        let uids: Vec<Option<u32>> = keys.iter().map(|key| self.uid_of(key)).collect();
        self.command(|session| uids.iter().map(|uid| uid.map_or(Ok(None), |uid| session.header(uid))).collect())
    }

    fn fetch(&mut self, batch: &[Listed], each: &mut Each<'_>) -> Result<(), FetchError> {
        self.fetch_all(batch, each)
    }

    fn fetch_large(
        &mut self,
        one: &Listed,
        parts: &mut dyn MessageParts,
        each: &mut Each<'_>,
    ) -> Result<(), FetchError> {
        self.fetch_in_pieces(one, parts, each)
    }

    fn acknowledge(&mut self, batch: &[AcknowledgeOrder]) -> Result<Vec<ToldOutcome>, MailboxError> {
        self.tell_all(batch)
    }

    fn wait(self: Box<Self>, folders: &[&str]) -> Result<(IdleSession, bool), MailboxError> {
        IdleSession::begin(*self, folders)
    }

    fn certificate(&self) -> Option<CertificateTaken> {
        self.account.certificate()
    }

    fn close(&mut self) -> Result<(), MailboxError> {
        match self.session.take() {
            // Nothing depends on LOGOUT: whatever was told was answered.
            Some(mut session) => session.close().or(Ok(())),
            None => Ok(()),
        }
    }
}

impl StartChoice {
    /// What SEARCH is asked for (RFC 3501 6.4.4).
    fn criteria(self) -> String {
        match self {
            StartChoice::Unread => "UNSEEN".to_owned(),
            StartChoice::Since(day) => format!("SINCE {}", imap_date(day)),
        }
    }
}

/// `5-Nov-2026`, in English whatever the locale.
fn imap_date(day: NaiveDate) -> String {
    day.format("%-d-%b-%Y").to_string()
}
