//! A Maildir on this machine as a [`Mailbox`]. It lies below one folder that the operator has set, symbolic links
//! resolved, and only plain files in `new` and `cur` count. Identical files are one mail.

use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use chrono::NaiveDate;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};

use crate::domain::Moment;
use crate::domain::message::SourceKey;
use crate::domain::text::shorten;
use crate::domain::words::Sentence;
use crate::{complain, say};

use super::probe::FolderSeen;
use super::{
    Abilities, AcknowledgeOrder, AfterFetchAction, Download, Each, FetchError, HEADER, Listed, Mailbox, MailboxError,
    MailboxProblem, Missing, RawMessage, StartChoice, Stopped, Survey, ToldOutcome,
};

pub(super) struct LocalMailbox {
    maildir: PathBuf,
    /// Bytes above which a body is handed on as a file.
    in_memory: usize,
    /// What the last survey found: files by key.
    found: HashMap<SourceKey, Vec<PathBuf>>,
}

impl LocalMailbox {
    /// `maildir` lies below `root`, or is relative to it.
    pub(super) fn open(maildir: &Path, root: &Path, in_memory: usize) -> Result<Self, MailboxError> {
        let wrong = |path: &Path, why: Sentence| {
            let (path, root) = (path.display().to_string(), root.display().to_string());
            MailboxError::new(MailboxProblem::Local, complain!("mailbox-maildir-unusable", path, why, root))
        };
        let said = |error: io::Error| Sentence::verbatim(error.to_string());
        let root = root.canonicalize().map_err(|error| wrong(root, said(error)))?;
        let path = root.join(maildir);
        let maildir = path.canonicalize().map_err(|error| wrong(&path, said(error)))?;
        if !maildir.starts_with(&root) {
            return Err(wrong(&path, say!("mailbox-maildir-elsewhere")));
        }
        for part in ["new", "cur"] {
            let folder = maildir.join(part);
            match folder.symlink_metadata() {
                Ok(metadata) if metadata.is_dir() => {}
                Ok(_) => return Err(wrong(&path, say!("mailbox-maildir-no-folder", part))),
                Err(error) => return Err(wrong(&path, say!("mailbox-maildir-folder", part, error))),
            }
        }
        Ok(Self { maildir, in_memory, found: HashMap::new() })
    }

    /// The plain files in `new` and `cur` that are not marked as trashed, oldest first.
    fn files(&self) -> Result<Vec<MaildirFile>, MailboxError> {
        let mut files = Vec::new();
        for part in ["new", "cur"] {
            let folder = self.maildir.join(part);
            for entry in fs::read_dir(&folder).map_err(|error| broken(&folder, &error))? {
                let entry = entry.map_err(|error| broken(&folder, &error))?;
                let path = entry.path();
                // Does not follow a symbolic link. What vanishes meanwhile was moved by somebody.
                let Ok(metadata) = entry.metadata() else { continue };
                let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
                if metadata.is_file() && !hidden && !flags(&path).contains('T') {
                    files.push(MaildirFile { path, metadata });
                }
            }
        }
        files.sort_by_cached_key(|file| (file.metadata.mtime(), file.path.file_name().map(|name| name.to_owned())));
        Ok(files)
    }

    fn paths(&mut self, key: &SourceKey) -> Result<Vec<PathBuf>, MailboxError> {
        let stale = |paths: &Vec<PathBuf>| paths.iter().any(|path| !path.exists());
        if self.found.get(key).is_none_or(stale) {
            self.survey()?;
        }
        Ok(self.found.get(key).cloned().unwrap_or_default())
    }

    fn read(&mut self, listed: &Listed) -> Result<Result<RawMessage, Missing>, MailboxError> {
        let maildir = self.maildir.clone();
        let unreadable = |error: io::Error| {
            Missing::Refused(say!("mailbox-message-file-unreadable", maildir = maildir.display().to_string(), error))
        };
        let in_memory = self.in_memory as u64;
        let open = |path: &Path| -> io::Result<RawMessage> {
            let mut file = File::open(path)?;
            if file.metadata()?.len() > in_memory {
                return Ok(RawMessage::File(file));
            }
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            Ok(RawMessage::Memory(bytes))
        };
        Ok(match self.found.get(&listed.key).and_then(|paths| paths.first()).map(|path| open(path)) {
            Some(Ok(body)) => Ok(body),
            Some(Err(error)) if error.kind() != ErrorKind::NotFound => Err(unreadable(error)),
            _ => match self.paths(&listed.key)?.first() {
                Some(path) => open(path).map_err(unreadable),
                None => Err(Missing::Gone),
            },
        })
    }
}

/// A file of the Maildir.
struct MaildirFile {
    path: PathBuf,
    metadata: Metadata,
}

impl MaildirFile {
    /// When it was put there.
    fn moment(&self) -> Option<Moment> {
        changed(&self.metadata)
    }
}

fn changed(metadata: &Metadata) -> Option<Moment> {
    Some(chrono::DateTime::from_timestamp(metadata.mtime(), 0)?.naive_utc())
}

impl Mailbox for LocalMailbox {
    fn abilities(&self) -> Abilities {
        Abilities { chooses: false, marks: true, tells_at_close: false, reuses_keys: false, announces: false }
    }

    fn look(&mut self, from: NaiveDate) -> Result<FolderSeen, MailboxError> {
        let files = self.files()?;
        let since = files.iter().filter(|file| file.moment().is_none_or(|at| at.date() >= from)).count();
        let unread = files.iter().filter(|file| !flags(&file.path).contains('S')).count();
        Ok(FolderSeen {
            messages: files.len() as u64,
            unread: Some(unread as u64),
            since: Some(since as u64),
            ..FolderSeen::default()
        })
    }

    fn survey(&mut self) -> Result<Survey, MailboxError> {
        let mut survey = Survey::default();
        self.found.clear();
        for file in self.files()? {
            let key = SourceKey::Local { sha256: sha256(&file) };
            let copies = self.found.entry(key.clone()).or_default();
            if copies.is_empty() {
                survey.keys.push(key);
                survey.sizes.push(file.metadata.len());
            }
            copies.push(file.path);
        }
        Ok(survey)
    }

    fn choose(&mut self, _: StartChoice) -> Result<Vec<SourceKey>, MailboxError> {
        Ok(self.survey()?.keys)
    }

    fn list(&mut self, keys: &[SourceKey]) -> Result<Vec<Result<Listed, Missing>>, MailboxError> {
        let mut listed = Vec::with_capacity(keys.len());
        for key in keys {
            let Some(metadata) = self.paths(key)?.first().and_then(|path| path.metadata().ok()) else {
                listed.push(Err(Missing::Gone));
                continue;
            };
            let internal_date = changed(&metadata);
            listed.push(Ok(Listed { key: key.clone(), size: metadata.len(), internal_date }));
        }
        Ok(listed)
    }

    fn headers(&mut self, keys: &[SourceKey]) -> Result<Vec<Option<Vec<u8>>>, MailboxError> {
        let start = |path: &PathBuf| {
            let mut start = Vec::new();
            File::open(path)?.take(HEADER as u64).read_to_end(&mut start)?;
            Ok::<_, io::Error>(start)
        };
        keys.iter().map(|key| Ok(self.paths(key)?.first().and_then(|path| start(path).ok()))).collect()
    }

    fn fetch(&mut self, batch: &[Listed], each: &mut Each<'_>) -> Result<(), FetchError> {
        for listed in batch {
            let body = self.read(listed)?;
            each(listed, body.map(Download::all)).map_err(|Stopped| FetchError::Stopped)?;
        }
        Ok(())
    }

    /// The key is the whole content's digest, so nothing else has to be compared.
    fn acknowledge(&mut self, batch: &[AcknowledgeOrder]) -> Result<Vec<ToldOutcome>, MailboxError> {
        let mut told = Vec::with_capacity(batch.len());
        for one in batch {
            let paths = self.paths(&one.key)?;
            for path in &paths {
                let done = match one.action {
                    AfterFetchAction::Seen => mark_seen(&self.maildir, path),
                    AfterFetchAction::Delete(_) => fs::remove_file(path),
                    // A Maildir has no other folder for us.
                    AfterFetchAction::Move { .. } => Ok(()),
                };
                match done {
                    Err(error) if error.kind() != ErrorKind::NotFound => return Err(broken(path, &error)),
                    _ => {}
                }
            }
            self.found.remove(&one.key);
            told.push(if paths.is_empty() { ToldOutcome::Gone } else { ToldOutcome::Done });
        }
        Ok(told)
    }

    fn close(&mut self) -> Result<(), MailboxError> {
        Ok(())
    }
}

fn broken(path: &Path, error: &io::Error) -> MailboxError {
    MailboxError::new(
        MailboxProblem::Local,
        complain!("mailbox-maildir-broken", path = path.display().to_string(), error),
    )
}

/// Moves a file to `cur` with the flag `S` (seen), keeping its other flags.
fn mark_seen(maildir: &Path, path: &Path) -> io::Result<()> {
    let have = flags(path);
    if have.contains('S') {
        return Ok(());
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let base = name.split(":2,").next().unwrap_or_default();
    // Flags stand in ASCII order.
    let mut all: Vec<char> = have.chars().chain(['S']).collect();
    all.sort_unstable();
    fs::rename(path, maildir.join("cur").join(format!("{base}:2,{}", String::from_iter(all))))
}

fn flags(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.rsplit_once(":2,").map(|(_, flags)| flags.to_owned()).unwrap_or_default()
}

/// What tells whether a file is still the one that was read: device, inode, size, and time of change in nanoseconds.
type Stamp = (u64, u64, u64, i64, i64);

/// A large Maildir is read once per process, not once per fetch.
static DIGESTS: LazyLock<Mutex<HashMap<Stamp, String>>> = LazyLock::new(Mutex::default);
const DIGESTS_KEPT: usize = 200_000;

/// SHA-256 (hex) of the content; of the name where the content can't be read, so that fetching it says why.
fn sha256(file: &MaildirFile) -> String {
    let data = &file.metadata;
    let stamp = (data.dev(), data.ino(), data.len(), data.mtime(), data.mtime_nsec());
    let digests = || DIGESTS.lock();
    if let Some(known) = digests().get(&stamp) {
        return known.clone();
    }
    let Ok(digest) = digest_of(&file.path) else {
        return hex::encode(Sha256::digest(format!("unreadable {}", shorten(&file.path.to_string_lossy(), 4096))));
    };
    let mut digests = digests();
    if digests.len() >= DIGESTS_KEPT {
        digests.clear();
    }
    digests.insert(stamp, digest.clone());
    digest
}

fn digest_of(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex::encode(hash.finalize())),
            got => hash.update(&buffer[..got]),
        }
    }
}
