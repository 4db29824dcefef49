//! IMAP (RFC 3501): a folder as a [`Mailbox`].

mod conversation;
mod fetch;
mod idle;
mod response;
mod session;

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

pub use self::idle::{Heard, IdleSession, Lost};
pub(super) use self::session::OPENING;

use self::conversation::{Conversation, Fetch, FolderStatus, SMALL};
use self::fetch::FetchPace;
use self::response::Cost;
use self::session::{ImapSession, quoted};
use super::account::MailAccount;
use super::dial::{StageWatch, Unwatched};
use super::failure::{self, Doing, Losses, MailboxFailure};
use super::probe::FolderSeen;
use super::wire::BufferedWire;
use super::{
    Abilities, AcknowledgeOrder, AfterFetchAction, Each, FetchError, Listed, Mailbox, MailboxError, MailboxProblem,
    MessageParts, Missing, RawMessage, StartChoice, Survey, ToldOutcome,
};
use crate::domain::expiry::CertificateTaken;
use crate::domain::message::{HEADER_DIGEST_LIMIT, Proof, SourceKey, header_digest};
use crate::domain::words::Sentence;
use crate::say;

/// How often a survey is repeated when somebody removes messages meanwhile.
const SURVEYS: usize = 5;
/// Messages per command.
const TOGETHER: usize = 1_000;
/// Messages whose headers are compared at once.
const COMPARED: usize = 50;
/// The limits of an answer that lists messages.
const COST: Cost = Cost { literal: 1024, ..SMALL };

pub(super) struct ImapMailbox {
    account: MailAccount,
    /// None once it broke; the next command signs in again.
    session: Option<ImapSession>,
    /// The UIDVALIDITY that the UIDs of this mailbox belong to, since it was opened.
    uid_validity: u32,
    pace: FetchPace,
    /// The server sends no pieces of a message, or wrong ones.
    only_whole: bool,
    /// The folders as they were surveyed.
    surveyed: Vec<FolderExtent>,
}

/// What a folder holds, as far as it shows whether mail has come since.
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

    /// Whether mail may have come since `before`.
    fn is_beyond(&self, before: &FolderExtent) -> bool {
        match (self.uid_next.zip(before.uid_next), self.messages.zip(before.messages)) {
            (Some((now, before)), _) => now != before,
            (None, Some((now, before))) => now > before,
            (None, None) => false,
        }
    }
}

/// Does something for these UIDs, and returns those for which it is done.
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

    /// Waits before a broken connection is opened again.
    fn pause(&self, in_a_row: u32) {
        std::thread::sleep(self.account.pause(in_a_row));
    }

    fn command<T>(
        &mut self,
        act: impl FnOnce(&mut ImapSession) -> Result<T, MailboxFailure>,
    ) -> Result<T, MailboxError> {
        self.attempt(act).map_err(|failure| failure.into_error(&self.account))
    }

    /// Does something for these UIDs together. Where the server refuses that, or ends the session over it, it is done for
    /// parts of them, down to the one that is to blame: `alone` hears of that one, and why. `act` returns those for which it
    /// is done; they are not asked for again.
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
                    // What an answer leaves out is asked for once more, by itself.
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
                    // Where the server can't be reached any more, the messages are not to blame.
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

    /// Finds UIDs, and repeats that where somebody removed messages meanwhile.
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
            // These figures and the list of folders are only shown: a server that won't tell them is no worse.
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
        // This only serves to notice the same folder under another host name: where it fails, the settings are right all the
        // same.
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
            0 => self.list(&keys)?.into_iter().map(|listed| listed.map_or(0, |listed| listed.size)).collect(),
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
        let mut uids: Vec<u32> = keys.iter().filter_map(|key| self.uid_of(key)).collect();
        uids.sort_unstable();
        let mut known = KnownMessages::default();
        for some in uids.chunks(TOGETHER) {
            self.learn(some, "(UID RFC822.SIZE INTERNALDATE)", &mut known)?;
            let sizeless = known.without(some, |fetch| fetch.size.is_some());
            if !sizeless.is_empty() {
                self.learn(&sizeless, "(UID RFC822.SIZE)", &mut known)?;
            }
            let dateless = known.without(some, |fetch| fetch.internal_date.is_some());
            let dateless: Vec<u32> = dateless.into_iter().filter(|uid| !known.refused.contains_key(uid)).collect();
            if !dateless.is_empty() {
                // Asked for only once: a message can do without a date.
                self.learn_once(&dateless, "(UID INTERNALDATE)", &mut known.fetched)?;
            }
        }
        // What the answers leave out may be gone, which is no fault.
        let unknown = known.without(&uids, |fetch| fetch.size.is_some());
        let present = match unknown.is_empty() {
            true => Vec::new(),
            false => self.command(|session| session.still_there(&unknown))?,
        };
        let place = self.account.place();
        Ok(keys
            .iter()
            .map(|key| {
                let uid = self.uid_of(key).ok_or(Missing::Gone)?;
                let fetch = known.fetched.get(&uid);
                let size = match (fetch.and_then(|fetch| fetch.size), known.refused.get(&uid)) {
                    (Some(size), _) => size,
                    (None, _) if present.binary_search(&uid).is_err() => return Err(Missing::Gone),
                    (None, Some(why)) => {
                        return Err(Missing::Refused(say!("mailbox-message-not-listed", place, why)));
                    }
                    // The server tells no size. How much there is shows when it comes.
                    (None, None) => 0,
                };
                Ok(Listed { key: key.clone(), size, internal_date: fetch.and_then(|fetch| fetch.internal_date) })
            })
            .collect())
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
        self.command(ImapSession::make_writable)?;
        let mut told: HashMap<u32, ToldOutcome> = HashMap::new();
        let mut waiting: Vec<(u32, &AfterFetchAction)> =
            batch.iter().filter_map(|one| Some((self.uid_of(&one.key)?, &one.action))).collect();
        waiting.sort_unstable_by_key(|(uid, _)| *uid);
        // One round for each different action.
        while let Some((_, action)) = waiting.first().copied() {
            let (now, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(_, one)| is_same_kind(one, action));
            waiting = later;
            let uids = match action {
                AfterFetchAction::Seen => {
                    let uids: Vec<u32> = now.iter().map(|(uid, _)| *uid).collect();
                    self.command(|session| session.present(&uids))?
                }
                AfterFetchAction::Delete(_) | AfterFetchAction::Move { .. } => self.identical(&now, &mut told)?,
            };
            match action {
                AfterFetchAction::Seen => {
                    self.tell(&uids, &mut told, &mut |session, set| set_flag(session, set, "\\Seen"))?;
                }
                AfterFetchAction::Delete(_) => self.tell(&uids, &mut told, &mut delete)?,
                AfterFetchAction::Move { folder, .. } => {
                    self.tell(&uids, &mut told, &mut |session, set| move_to(session, set, folder))?;
                }
            }
        }
        Ok(batch
            .iter()
            .map(|one| self.uid_of(&one.key).and_then(|uid| told.remove(&uid)).unwrap_or(ToldOutcome::Gone))
            .collect())
    }

    fn wait(self: Box<Self>, folders: &[&str]) -> Result<(IdleSession, bool), MailboxError> {
        IdleSession::begin(*self, folders)
    }

    fn certificate(&self) -> Option<CertificateTaken> {
        self.account.certificate()
    }

    fn close(&mut self) -> Result<(), MailboxError> {
        match self.session.take() {
            // Nothing depends on LOGOUT: all commands before it were answered.
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

// Listing: size and date of messages, many at a time. What an answer leaves out is asked for again, by itself.

/// What is known of messages so far.
#[derive(Default)]
struct KnownMessages {
    fetched: HashMap<u32, Fetch>,
    /// The server's words about those that it refuses to list.
    refused: HashMap<u32, Sentence>,
}

impl ImapMailbox {
    fn learn(&mut self, uids: &[u32], items: &'static str, known: &mut KnownMessages) -> Result<(), MailboxError> {
        let KnownMessages { fetched, refused } = known;
        let mut act = |session: &mut ImapSession, part: &[u32]| {
            let mut done = Vec::new();
            for set in uid_sets(part, TOGETHER) {
                let (answers, ended) = session.fetch(COST, Doing::List, (&set, part), items)?;
                for (uid, fetch) in answers {
                    done.push(uid);
                    merge(fetched, uid, fetch);
                }
                // What came before a refusal counts: only the others are asked for again.
                if let Err(refusal) = ended
                    && !part.iter().all(|uid| fetched.get(uid).is_some_and(|fetch| fetch.size.is_some()))
                {
                    return Err(refusal);
                }
            }
            // What the server leaves out is asked for again by the caller, and found missing there.
            Ok(part.to_vec())
        };
        self.by_parts(uids, &mut act, &mut |uid, why| {
            refused.insert(uid, why);
        })
    }

    fn learn_once(&mut self, uids: &[u32], items: &str, fetched: &mut HashMap<u32, Fetch>) -> Result<(), MailboxError> {
        self.command(|session| {
            for set in uid_sets(uids, TOGETHER) {
                let (answers, _) = session.fetch(COST, Doing::List, (&set, uids), items)?;
                answers.into_iter().for_each(|(uid, fetch)| merge(fetched, uid, fetch));
            }
            Ok(())
        })
    }
}

impl KnownMessages {
    fn without(&self, uids: &[u32], has: impl Fn(&Fetch) -> bool) -> Vec<u32> {
        uids.iter().copied().filter(|uid| !self.fetched.get(uid).is_some_and(&has)).collect()
    }
}

fn merge(fetched: &mut HashMap<u32, Fetch>, uid: u32, new: Fetch) {
    let known = fetched.entry(uid).or_default();
    known.size = new.size.or(known.size);
    known.internal_date = new.internal_date.or(known.internal_date);
}

// Telling the server what became of messages: `\Seen`, deleted, moved. Before a message is deleted or moved, it must still
// be the one that was fetched, and what other people marked as deleted is never expunged.

impl ImapMailbox {
    fn tell(
        &mut self,
        uids: &[u32],
        told: &mut HashMap<u32, ToldOutcome>,
        act: &mut dyn FnMut(&mut ImapSession, &str) -> Result<(), MailboxFailure>,
    ) -> Result<(), MailboxError> {
        let mut refused = Vec::new();
        for some in uids.chunks(TOGETHER) {
            let mut act = |session: &mut ImapSession, part: &[u32]| {
                session.make_writable()?;
                uid_sets(part, TOGETHER).iter().try_for_each(|set| act(session, set))?;
                Ok(part.to_vec())
            };
            self.by_parts(some, &mut act, &mut |uid, why| refused.push((uid, why)))?;
        }
        told.extend(uids.iter().map(|uid| (*uid, ToldOutcome::Done)));
        let place = self.account.place();
        let words = |why: Sentence| ToldOutcome::Refused(say!("mailbox-message-not-told-of", place, why));
        told.extend(refused.into_iter().map(|(uid, why)| (uid, words(why))));
        Ok(())
    }

    /// The UIDs of those messages that are still there with the size and header known here. For one that can't be compared,
    /// `told` gets the reason.
    fn identical(
        &mut self,
        those: &[(u32, &AfterFetchAction)],
        told: &mut HashMap<u32, ToldOutcome>,
    ) -> Result<Vec<u32>, MailboxError> {
        let proofs: HashMap<u32, &Proof> =
            those.iter().filter_map(|(uid, action)| Some((*uid, proof(action)?))).collect();
        let items = format!("(UID RFC822.SIZE BODY.PEEK[HEADER]<0.{HEADER_DIGEST_LIMIT}>)");
        let literal = 4 * HEADER_DIGEST_LIMIT as u64;
        let uids: Vec<u32> = those.iter().map(|(uid, _)| *uid).collect();
        let mut same = Vec::with_capacity(uids.len());
        let mut refused = Vec::new();
        for some in uids.chunks(COMPARED) {
            let mut act = |session: &mut ImapSession, part: &[u32]| {
                let cost =
                    Cost { bytes: (literal + 1024) * COMPARED as u64, literal, in_memory: 4 * HEADER_DIGEST_LIMIT };
                let mut compared = Vec::new();
                for set in uid_sets(part, COMPARED) {
                    let (fetched, ended) = session.fetch(cost, Doing::Compare, (&set, part), &items)?;
                    ended?;
                    for (uid, fetch) in fetched {
                        let Some(RawMessage::Memory(header)) = fetch.header else { continue };
                        compared.push(uid);
                        let known = proofs.get(&uid);
                        let size = fetch.size.unwrap_or(0);
                        if known.is_some_and(|one| one.size == size && one.header_digest == header_digest(&header)) {
                            same.push(uid);
                        }
                    }
                }
                Ok(compared)
            };
            self.by_parts(some, &mut act, &mut |uid, why| refused.push((uid, why)))?;
        }
        if !refused.is_empty() {
            let mut unsure: Vec<u32> = refused.iter().map(|(uid, _)| *uid).collect();
            unsure.sort_unstable();
            let present = self.command(|session| session.still_there(&unsure))?;
            refused.retain(|(uid, _)| present.binary_search(uid).is_ok());
            let words = |why: Sentence| ToldOutcome::Refused(say!("mailbox-message-not-compared", why));
            told.extend(refused.into_iter().map(|(uid, why)| (uid, words(why))));
        }
        same.sort_unstable();
        same.dedup();
        Ok(same)
    }
}

fn is_same_kind(one: &AfterFetchAction, other: &AfterFetchAction) -> bool {
    match (one, other) {
        (AfterFetchAction::Seen, AfterFetchAction::Seen)
        | (AfterFetchAction::Delete(_), AfterFetchAction::Delete(_)) => true,
        (AfterFetchAction::Move { folder, .. }, AfterFetchAction::Move { folder: other, .. }) => folder == other,
        _ => false,
    }
}

fn proof(action: &AfterFetchAction) -> Option<&Proof> {
    match action {
        AfterFetchAction::Seen => None,
        AfterFetchAction::Delete(proof) | AfterFetchAction::Move { proof, .. } => Some(proof),
    }
}

fn set_flag(session: &mut ImapSession, set: &str, flag: &str) -> Result<(), MailboxFailure> {
    session.run(SMALL, Doing::Mark, format!("UID STORE {set} +FLAGS.SILENT ({flag})")).map(drop)
}

/// Without UIDPLUS it only marks them: EXPUNGE would also remove what other people marked.
fn delete(session: &mut ImapSession, set: &str) -> Result<(), MailboxFailure> {
    set_flag(session, set, "\\Deleted")?;
    if session.uidplus {
        session.run(SMALL, Doing::Delete, format!("UID EXPUNGE {set}"))?;
    }
    Ok(())
}

fn move_to(session: &mut ImapSession, set: &str, folder: &str) -> Result<(), MailboxFailure> {
    let name = response::encode_name(folder);
    let verb = if session.moves { "MOVE" } else { "COPY" };
    let command = [format!("UID {verb} {set} ").as_bytes(), &quoted(&name)].concat();
    match session.run(SMALL, Doing::Move, command) {
        Ok(_) if session.moves => Ok(()),
        Ok(_) => delete(session, set),
        Err(MailboxFailure::Refused { doing, said }) => {
            let folders = session.folders()?;
            if folders.iter().any(|there| there.name == name.as_bytes()) {
                return Err(MailboxFailure::Refused { doing, said });
            }
            let words = say!("mailbox-folder-not-moved-to", folder, said);
            let shown = session.shown(&folders);
            let error =
                MailboxError::new(MailboxProblem::Folder, words).with_remedy(failure::folder_remedy(folder, &shown));
            Err(MailboxFailure::Broken(error))
        }
        Err(broken) => Err(broken),
    }
}

// UID sets (RFC 3501 `sequence-set`), short enough for any server's limit of a command line.

/// Bytes of one set; servers take lines of 8,000 at least (RFC 7162).
const LENGTH: usize = 4_000;

/// Ascending UIDs as sets of ranges, such as `1:3,7`, each of at most `count` messages.
fn uid_sets(uids: &[u32], count: usize) -> Vec<String> {
    let mut sets = Vec::new();
    for chunk in uids.chunks(count.max(1)) {
        let mut set = String::new();
        let mut rest = chunk;
        while let [first, ..] = rest {
            let run = rest
                .iter()
                .zip(u64::from(*first)..)
                .take_while(|(uid, expected)| u64::from(**uid) == *expected)
                .count();
            if set.len() > LENGTH {
                sets.push(std::mem::take(&mut set));
            }
            if !set.is_empty() {
                set.push(',');
            }
            set.push_str(&first.to_string());
            if run > 1 {
                set.push_str(&format!(":{}", rest[run - 1]));
            }
            rest = &rest[run..];
        }
        sets.push(set);
    }
    sets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_become_ranges_and_lines_stay_short() {
        assert_eq!(uid_sets(&[1, 2, 3, 7, 9, 10], 100), ["1:3,7,9:10"]);
        assert_eq!(uid_sets(&[1, 2, 3, u32::MAX], 2), ["1:2", "3,4294967295"]);
        assert!(uid_sets(&[], 2).is_empty());
        let odd: Vec<u32> = (0..10_000).map(|n| 2_000_000_001 + n * 2).collect();
        let sets = uid_sets(&odd, 1_000);
        assert!(sets.iter().all(|set| set.len() < LENGTH + 30));
        assert_eq!(sets.iter().map(|set| set.split(',').count()).sum::<usize>(), odd.len());
    }
}
