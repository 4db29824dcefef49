//! IMAP (RFC 3501): a folder as a [`Mailbox`].

mod acknowledge;
mod fetch;
mod session;
mod sets;
mod utf7;

use chrono::NaiveDate;

use crate::domain::source::SourceKey;

use self::session::Session;
use self::sets::uid_sets;
use super::account::Account;
use super::dial::{Unwatched, Watch};
use super::failure::Failure;
use super::probe::FolderSeen;
use super::{Acknowledge, Choice, Each, FetchError, Listed, Mailbox, MailboxError, Missing, Survey, Told};

/// How often a survey begins anew when somebody removes messages meanwhile.
const SURVEYS: usize = 5;

pub(super) struct ImapMailbox {
    account: Account,
    /// None once it broke; the next command signs in again.
    session: Option<Session>,
}

impl ImapMailbox {
    pub fn open(account: Account, watch: &mut dyn Watch) -> Result<Self, MailboxError> {
        let session = Session::open(&account, watch)?;
        Ok(Self { account, session: Some(session) })
    }

    /// What a probe shows of the folder.
    pub fn look(&mut self) -> Result<FolderSeen, MailboxError> {
        self.command(|session| {
            let unread = session.search("UNSEEN")?.len() as u64;
            let folders = session.folders()?;
            Ok(FolderSeen { messages: session.exists.into(), unread: Some(unread), folders })
        })
    }

    /// Does something in the session, signing in again where the last one broke.
    fn attempt<T>(&mut self, act: impl FnOnce(&mut Session) -> Result<T, Failure>) -> Result<T, Failure> {
        let mut session = match self.session.take() {
            Some(session) => session,
            None => Session::open(&self.account, &mut Unwatched).map_err(Failure::Broken)?,
        };
        let result = act(&mut session);
        if !matches!(result, Err(Failure::Broken(_))) {
            self.session = Some(session);
        }
        result
    }

    fn command<T>(&mut self, act: impl FnOnce(&mut Session) -> Result<T, Failure>) -> Result<T, MailboxError> {
        self.attempt(act).map_err(|failure| failure.into_error(&self.account))
    }
}

/// The UID behind a key, where it belongs to the folder as it is now.
fn uid_of(key: &SourceKey, session: &Session) -> Option<u32> {
    match key {
        SourceKey::Imap { uid_validity, uid } if *uid_validity == session.uid_validity => Some(*uid),
        _ => None,
    }
}

impl Mailbox for ImapMailbox {
    fn survey(&mut self) -> Result<Survey, MailboxError> {
        self.command(|session| {
            for _ in 0..SURVEYS {
                session.examine()?;
                let uids = session.search("ALL")?;
                if session.expunged {
                    continue;
                }
                let uid_validity = session.uid_validity;
                return Ok(Survey {
                    uid_validity: Some(uid_validity),
                    uid_next: session.uid_next,
                    keys: uids.into_iter().map(|uid| SourceKey::Imap { uid_validity, uid }).collect(),
                    sizes: Vec::new(),
                });
            }
            Err(Failure::Refused { doing: "hold still", said: "messages are removed all the time".into() })
        })
    }

    fn choose(&mut self, choice: Choice) -> Result<Vec<SourceKey>, MailboxError> {
        let criteria = match choice {
            Choice::Unread => "UNSEEN".to_owned(),
            Choice::Since(day) => format!("SINCE {}", imap_date(day)),
        };
        self.command(|session| {
            for _ in 0..SURVEYS {
                let uids = session.search(&criteria)?;
                if !session.expunged {
                    let uid_validity = session.uid_validity;
                    return Ok(uids.into_iter().map(|uid| SourceKey::Imap { uid_validity, uid }).collect());
                }
                session.examine()?;
            }
            Err(Failure::Refused { doing: "hold still", said: "messages are removed all the time".into() })
        })
    }

    fn list(&mut self, keys: &[SourceKey]) -> Result<Vec<Result<Listed, Missing>>, MailboxError> {
        self.command(|session| {
            let mut uids: Vec<u32> = keys.iter().filter_map(|key| uid_of(key, session)).collect();
            uids.sort_unstable();
            let uid_validity = session.uid_validity;
            let mut listed = std::collections::HashMap::new();
            for set in uid_sets(&uids, 1_000) {
                let query = "(UID RFC822.SIZE INTERNALDATE)";
                let fetches = session.run((4 << 20, 1024), "list messages", |imap| imap.uid_fetch(set, query))?;
                for fetch in fetches.iter() {
                    if let (Some(uid), Some(size)) = (fetch.uid, fetch.size) {
                        let key = SourceKey::Imap { uid_validity, uid };
                        let internal_date = fetch.internal_date().map(|date| date.naive_utc());
                        listed.insert(key.clone(), Listed { key, size: size.into(), internal_date });
                    }
                }
            }
            Ok(keys.iter().map(|key| listed.remove(key).ok_or(Missing::Gone)).collect())
        })
    }

    fn fetch(&mut self, batch: &[Listed], each: &mut Each<'_>) -> Result<(), FetchError> {
        self.fetch_all(batch, each)
    }

    fn acknowledge(&mut self, batch: &[Acknowledge]) -> Result<Vec<Told>, MailboxError> {
        self.command(|session| acknowledge::acknowledge(session, batch))
    }

    fn close(&mut self) -> Result<(), MailboxError> {
        match self.session.take() {
            // Nothing depends on LOGOUT: whatever was told was answered.
            Some(mut session) => session.close().or(Ok(())),
            None => Ok(()),
        }
    }
}

/// `5-Nov-2026`, in English whatever the locale.
fn imap_date(day: NaiveDate) -> String {
    day.format("%-d-%b-%Y").to_string()
}
