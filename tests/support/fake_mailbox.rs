//! A mailbox in memory, to step through what no real server does on demand: it breaks at any chosen point, forgets
//! its UIDVALIDITY, hands out UIDLs again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use mailgate::domain::message::{Came, SourceKey, header_digest};
use mailgate::domain::words::Sentence;
use mailgate::domain::{Moment, now};
use mailgate::mailbox::{
    Abilities, AcknowledgeOrder, AfterFetchAction, Download, Each, FetchError, Listed, Mailbox, MailboxError,
    MailboxProblem, Missing, RawMessage, StartChoice, Survey, ToldOutcome,
};

/// One message as the server has it.
#[derive(Debug, Clone)]
pub struct Mail {
    pub key: SourceKey,
    pub source: Vec<u8>,
    pub date: Moment,
    pub seen: bool,
    /// It can't be had, now.
    pub broken: bool,
    /// How much of it comes.
    pub came: Came,
    /// The server never mentions it when it is asked for its body.
    pub unmentioned: bool,
    /// It refuses to be told of it.
    pub untellable: bool,
    /// What the server says of its size, where that is not its size.
    pub claimed_size: Option<u64>,
}

#[derive(Debug, Default)]
pub struct Contents {
    /// As IMAP does; otherwise it is POP.
    pub numbers: bool,
    pub uid_validity: Option<u32>,
    pub next: u32,
    pub mails: Vec<Mail>,
    /// Steps until the connection breaks.
    pub breaks_after: Option<usize>,
    /// Bodies handed out.
    pub downloads: usize,
}

/// The server side, shared by its sessions.
#[derive(Debug, Clone, Default)]
pub struct FakeMailbox(Arc<Mutex<Contents>>);

impl FakeMailbox {
    pub fn imap(uid_validity: u32) -> Self {
        let contents = Contents { numbers: true, uid_validity: Some(uid_validity), next: 1, ..Contents::default() };
        Self(Arc::new(Mutex::new(contents)))
    }

    pub fn pop() -> Self {
        Self(Arc::new(Mutex::new(Contents { next: 1, ..Contents::default() })))
    }

    pub fn contents(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap()
    }

    pub fn deliver(&self, source: &str) {
        self.contents().add(source.as_bytes().to_vec(), now());
    }

    /// The server is rebuilt: it numbers anew, its mails keep their dates.
    pub fn renumber(&self, uid_validity: Option<u32>) {
        let mut contents = self.contents();
        contents.uid_validity = uid_validity;
        contents.next = 100 * u32::from(uid_validity.is_some()) + 1;
        for mail in std::mem::take(&mut contents.mails) {
            contents.add(mail.source, mail.date);
        }
    }

    pub fn session(&self) -> Session {
        Session { server: self.clone(), folders: None, deleted: Vec::new() }
    }

    /// Moves its last mail to another folder, as a person does.
    pub fn move_last_to(&self, other: &FakeMailbox) {
        let mail = self.contents().mails.pop().unwrap();
        other.contents().add(mail.source, mail.date);
    }
}

/// A session with an account that has these folders and no others.
pub fn account(folders: &[(&str, &FakeMailbox)]) -> Session {
    let folders: HashMap<_, _> = folders.iter().map(|(name, box_)| ((*name).to_owned(), (*box_).clone())).collect();
    Session { server: FakeMailbox::default(), folders: Some(folders), deleted: Vec::new() }
}

impl Contents {
    pub fn add(&mut self, source: Vec<u8>, date: Moment) {
        let key = match self.uid_validity {
            Some(uid_validity) => SourceKey::Imap { uid_validity, uid: self.next },
            None => SourceKey::Pop { uidl: self.next.to_string() },
        };
        self.next += 1;
        self.mails.push(Mail {
            key,
            source,
            date,
            seen: false,
            broken: false,
            came: Came::All,
            unmentioned: false,
            untellable: false,
            claimed_size: None,
        });
    }

    fn step(&mut self) -> Result<(), MailboxError> {
        match &mut self.breaks_after {
            Some(0) => {
                Err(MailboxError::new(MailboxProblem::Cut, Sentence::verbatim("The connection ended in the middle.")))
            }
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

/// A signed-in session.
pub struct Session {
    /// The folder that is open.
    server: FakeMailbox,
    /// None where any folder is this one.
    folders: Option<HashMap<String, FakeMailbox>>,
    deleted: Vec<SourceKey>,
}

impl Mailbox for Session {
    fn abilities(&self) -> Abilities {
        let numbers = self.server.contents().numbers;
        Abilities {
            chooses: numbers,
            marks: numbers,
            tells_at_close: !numbers,
            reuses_keys: !numbers,
            announces: false,
        }
    }

    fn enter(&mut self, folder: &str) -> Result<(), MailboxError> {
        let Some(folders) = &self.folders else { return Ok(()) };
        let missing =
            || MailboxError::new(MailboxProblem::Folder, Sentence::verbatim(format!("There is no {folder}.")));
        self.server = folders.get(folder).ok_or_else(missing)?.clone();
        Ok(())
    }

    fn survey(&mut self) -> Result<Survey, MailboxError> {
        let mut contents = self.server.contents();
        contents.step()?;
        Ok(Survey {
            uid_validity: contents.uid_validity,
            uid_next: contents.uid_validity.map(|_| contents.next),
            keys: contents.mails.iter().map(|mail| mail.key.clone()).collect(),
            sizes: match contents.uid_validity {
                Some(1..) => Vec::new(),
                Some(0) | None => contents.mails.iter().map(size).collect(),
            },
        })
    }

    fn choose(&mut self, choice: StartChoice) -> Result<Vec<SourceKey>, MailboxError> {
        let mut contents = self.server.contents();
        contents.step()?;
        let chosen = |mail: &&Mail| match choice {
            StartChoice::Unread => !mail.seen,
            StartChoice::Since(day) => mail.date.date() >= day,
        };
        Ok(contents.mails.iter().filter(chosen).map(|mail| mail.key.clone()).collect())
    }

    fn list(&mut self, keys: &[SourceKey]) -> Result<Vec<Result<Listed, Missing>>, MailboxError> {
        let mut contents = self.server.contents();
        contents.step()?;
        let imap = contents.uid_validity.is_some();
        let listed =
            |mail: &Mail| Listed { key: mail.key.clone(), size: size(mail), internal_date: imap.then_some(mail.date) };
        let find = |key: &SourceKey| contents.mails.iter().find(|mail| mail.key == *key).ok_or(Missing::Gone);
        Ok(keys.iter().map(|key| find(key).map(listed)).collect())
    }

    fn headers(&mut self, keys: &[SourceKey]) -> Result<Vec<Option<Vec<u8>>>, MailboxError> {
        let mut contents = self.server.contents();
        contents.step()?;
        let header = |key: &SourceKey| Some(contents.mails.iter().find(|mail| mail.key == *key)?.source.clone());
        Ok(keys.iter().map(header).collect())
    }

    fn fetch(&mut self, batch: &[Listed], each: &mut Each<'_>) -> Result<(), FetchError> {
        for listed in batch {
            let body = {
                let mut contents = self.server.contents();
                contents.step()?;
                contents.downloads += 1;
                match contents.mails.iter().find(|mail| mail.key == listed.key) {
                    None => Err(Missing::Gone),
                    Some(mail) if mail.unmentioned => continue,
                    Some(mail) if mail.broken => Err(Missing::Refused(Sentence::verbatim("NO it is damaged"))),
                    Some(mail) => Ok(Download { body: RawMessage::Memory(mail.source.clone()), came: mail.came }),
                }
            };
            each(listed, body).map_err(|_| FetchError::Stopped)?;
        }
        Ok(())
    }

    fn acknowledge(&mut self, batch: &[AcknowledgeOrder]) -> Result<Vec<ToldOutcome>, MailboxError> {
        let mut contents = self.server.contents();
        contents.step()?;
        let mut told = Vec::new();
        for one in batch {
            let Some(mail) = contents.mails.iter_mut().find(|mail| mail.key == one.key) else {
                told.push(ToldOutcome::Gone);
                continue;
            };
            if mail.untellable {
                told.push(ToldOutcome::Refused(Sentence::verbatim("NO it is locked")));
                continue;
            }
            told.push(match &one.action {
                AfterFetchAction::Seen => {
                    mail.seen = true;
                    ToldOutcome::Done
                }
                AfterFetchAction::Delete(proof) | AfterFetchAction::Move { proof, .. } => {
                    if header_digest(&mail.source) == proof.header_digest && size(mail) == proof.size {
                        self.deleted.push(one.key.clone());
                        ToldOutcome::Done
                    } else {
                        ToldOutcome::Gone
                    }
                }
            });
        }
        if contents.uid_validity.is_some() {
            let deleted = std::mem::take(&mut self.deleted);
            contents.mails.retain(|mail| !deleted.contains(&mail.key));
        }
        Ok(told)
    }

    fn close(&mut self) -> Result<(), MailboxError> {
        let mut contents = self.server.contents();
        contents.step()?;
        contents.mails.retain(|mail| !self.deleted.contains(&mail.key));
        Ok(())
    }
}

fn size(mail: &Mail) -> u64 {
    mail.claimed_size.unwrap_or(mail.source.len() as u64)
}
