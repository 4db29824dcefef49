//! POP3 (RFC 1939): a maildrop as a [`Mailbox`], with our own client for the protocol.

mod maildrop;
mod session;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use chrono::NaiveDate;

use crate::domain::message::SourceKey;
use crate::say;

pub(super) use self::session::OPENING;

use self::session::PopSession;
use super::account::MailAccount;
use super::dial::{StageWatch, Unwatched};
use super::failure::MailboxFailure;
use super::probe::FolderSeen;
use super::wire::BufferedWire;
use super::{
    Abilities, AcknowledgeOrder, AfterFetchAction, Each, FetchError, HEADER, Listed, Mailbox, MailboxError, Missing,
    StartChoice, Survey, ToldOutcome,
};
use crate::domain::expiry::CertificateTaken;

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
    /// UIDLs downloaded by us just now: no comparison is needed before they are deleted.
    fetched: HashSet<String>,
    /// The server sends more or less than it says: one command at a time, and each answer is looked at.
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

    /// Does something in the session, signing in again where the last one broke. The server has forgotten what it was
    /// told to delete in that one, so it is told again.
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
        // A session that stopped in the middle of an answer is dropped without QUIT.
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
        self.fetch_all(batch, each)
    }

    /// POP knows only deletion; anything else is done by doing nothing.
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
    /// Looks whether the server did what it did not answer to: there are some that hang up on QUIT.
    fn are_gone(&self, deleted: &HashSet<String>) -> bool {
        let Ok(mut session) = PopSession::open(&self.account, true, &mut Unwatched) else { return false };
        let gone = !session.entries().iter().any(|entry| deleted.contains(&entry.uidl));
        // What it answers to QUIT now does not matter.
        let _ = session.quit();
        gone
    }
}
