//! The secret key of an installation: what passwords are sealed with at rest, and what tokens are signed with.
//!
//! A key has versions, one in each line of its file ([`KeyFile`]). One of them is *in use*: the database says which, by a
//! value that is sealed with it ([`SecretKey::known_value`]) and that also tells a wrong key from the right one. What is
//! sealed or signed names its version, and every version in the file opens; what meets a version that it does not have
//! reads the file again. From each version a key of its own is derived for each purpose (HKDF-SHA256, RFC 5869).
//!
//! Where the key is missing or wrong, nothing is sealed and what was sealed does not open ([`SealProblem`]); all else goes on:
//! short-lived tokens are signed with a key that this process made up for itself.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use chacha20poly1305::aead::{Aead, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use parking_lot::RwLock;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::complain;
use crate::domain::secret::Secret;
use crate::domain::words::Complaint;

const NONCE: usize = 24;

/// What the known value is sealed for, and its text.
const KNOWN_OWNER: &str = "settings.key_check";
const KNOWN: &str = "mailgate";

/// The number of a line of the key file, from 1; 0 is the process's own key, which no file has.
pub type VersionNumber = u32;
const OF_THIS_PROCESS: VersionNumber = 0;

/// Why what is sealed in this database can't be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.complaint().what)]
pub enum SealProblem {
    Missing { file: String },
    Unreadable { file: String, why: String },
    Wrong { file: String },
    Behind { file: String, needed: VersionNumber },
}

impl SealProblem {
    /// For the words of pages.
    pub fn code(&self) -> &'static str {
        match self {
            SealProblem::Missing { .. } => "missing",
            SealProblem::Unreadable { .. } => "unreadable",
            SealProblem::Wrong { .. } => "wrong",
            SealProblem::Behind { .. } => "behind",
        }
    }

    pub fn file(&self) -> &str {
        match self {
            SealProblem::Missing { file }
            | SealProblem::Unreadable { file, .. }
            | SealProblem::Wrong { file }
            | SealProblem::Behind { file, .. } => file,
        }
    }

    /// The problem in words, with what an administrator can do about it.
    pub fn complaint(&self) -> Complaint {
        match self {
            SealProblem::Missing { file } => complain!("seal-missing", file),
            SealProblem::Unreadable { file, why } => complain!("seal-unreadable", file, why),
            SealProblem::Wrong { file } => complain!("seal-wrong", file),
            SealProblem::Behind { file, needed } => complain!("seal-behind", file, needed),
        }
    }
}

/// Why something was not sealed or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.complaint().what)]
pub enum SealError {
    Locked(#[from] SealProblem),
    /// This one value can't be opened, although the key is right.
    NotOpened,
    NoRandom,
}

impl SealError {
    pub fn complaint(&self) -> Complaint {
        match self {
            SealError::Locked(problem) => problem.complaint(),
            SealError::NotOpened => complain!("seal-not-opened"),
            SealError::NoRandom => complain!("seal-no-random"),
        }
    }
}

impl From<getrandom::Error> for SealError {
    fn from(_: getrandom::Error) -> Self {
        SealError::NoRandom
    }
}

/// The secret key of this installation, as this process knows it; cheap to clone, and all clones learn together.
#[derive(Clone)]
pub struct SecretKey(Arc<KeyInner>);

struct KeyInner {
    /// None in tests.
    file: Option<KeyFile>,
    ring: RwLock<Ring>,
    own: Version,
}

#[derive(Clone)]
struct Ring {
    versions: Vec<Version>,
    in_use: Result<VersionNumber, SealProblem>,
}

/// The keys that are derived from one version.
#[derive(Clone)]
struct Version {
    /// The key that sealed before keys had versions.
    master: [u8; 32],
    sealing: [u8; 32],
    signing: [u8; 32],
    /// Distinguishes versions with the same number, without revealing anything of the key.
    id: String,
}

impl Version {
    fn new(master: [u8; 32]) -> Result<Self, SealError> {
        let mut id = [0; 8];
        expand(&master, "id", &mut id)?;
        Ok(Self { master, sealing: derive(&master, "seal")?, signing: derive(&master, "sign")?, id: hex::encode(id) })
    }

    fn generate() -> Result<Self, SealError> {
        let mut master = [0; 32];
        getrandom::fill(&mut master)?;
        Self::new(master)
    }
}

fn derive(master: &[u8; 32], purpose: &str) -> Result<[u8; 32], SealError> {
    let mut key = [0; 32];
    expand(master, purpose, &mut key)?;
    Ok(key)
}

/// Never fails for the lengths that are used here.
fn expand(master: &[u8; 32], purpose: &str, key: &mut [u8]) -> Result<(), SealError> {
    let kdf = Hkdf::<Sha256>::new(Some(b"mailgate"), master);
    kdf.expand(purpose.as_bytes(), key).map_err(|_| SealError::NotOpened)
}

impl SecretKey {
    /// Reads the file. Which version is in use is known after [`SecretKey::check`].
    pub fn open(file: KeyFile) -> Result<Self, SealError> {
        let ring = read(&file);
        Ok(Self(Arc::new(KeyInner { file: Some(file), ring: RwLock::new(ring), own: Version::generate()? })))
    }

    /// A fresh key without a file, its first version in use.
    pub fn generate() -> Result<Self, SealError> {
        let ring = Ring { versions: vec![Version::generate()?], in_use: Ok(1) };
        Ok(Self(Arc::new(KeyInner { file: None, ring: RwLock::new(ring), own: Version::generate()? })))
    }

    /// What is wrong with it, as far as this process knows.
    pub fn problem(&self) -> Option<SealProblem> {
        self.ring().in_use.err()
    }

    /// The version that seals; None where there is a problem.
    pub fn in_use(&self) -> Option<VersionNumber> {
        self.ring().in_use.ok()
    }

    /// Notes that the file is not a key of this database, which the file itself can't tell.
    pub fn is_wrong(&self) {
        let file = self.file_name();
        self.change(|ring| ring.in_use = Err(SealProblem::Wrong { file }));
    }

    /// Reads the file again, for versions that were added. A process that has its key does not lose it because the file is
    /// away for the moment, or is another key.
    pub fn reload(&self) {
        let Some(new) = self.0.file.as_ref().map(read) else { return };
        self.change(|ring| {
            let same = |(one, other): (&Version, &Version)| one.id == other.id;
            let grown = new.versions.len() >= ring.versions.len() && ring.versions.iter().zip(&new.versions).all(same);
            match &ring.in_use {
                Ok(_) if grown => ring.versions = new.versions,
                Ok(_) => {}
                // A check will tell whether it is the right one now.
                Err(_) => {
                    ring.versions = new.versions;
                    if new.in_use.is_err() {
                        ring.in_use = new.in_use;
                    }
                }
            }
        });
    }

    /// Learns from the database's known value which version is in use; if no version opens it, the file is read again.
    pub fn check(&self, known: &str) -> Result<VersionNumber, SealProblem> {
        let (number, _) = split(known);
        let right = |ring: &Ring| ring.version(number).is_some_and(|version| opens_known(version, known));
        let mut ring = self.ring();
        let new = if right(&ring) { None } else { self.0.file.as_ref().map(read) };
        let read_again = new.is_some();
        if let Some(new) = new {
            ring = new;
        }
        let file = self.file_name();
        ring.in_use = match (right(&ring), &ring.in_use) {
            (true, _) => Ok(number),
            (false, Err(problem)) if ring.versions.is_empty() => Err(problem.clone()),
            (false, _) if ring.newest() < number => Err(SealProblem::Behind { file, needed: number }),
            (false, _) => Err(SealProblem::Wrong { file }),
        };
        self.change(|held| {
            if read_again {
                held.versions = ring.versions;
            }
            held.in_use = ring.in_use;
            held.in_use.clone()
        })
    }

    /// The known value of this version, for the database.
    pub fn known_value(&self, number: VersionNumber) -> Result<String, SealError> {
        let ring = self.ring();
        let version = ring.version(number).ok_or(SealError::NotOpened)?;
        seal(number, version, KNOWN_OWNER, &Secret::new(KNOWN))
    }

    /// Each version that the file has: its number, and what tells it from another of that number.
    pub fn held(&self) -> Vec<(VersionNumber, String)> {
        (1..).zip(self.ring().versions.into_iter().map(|version| version.id)).collect()
    }

    /// Seals `secret` for the row named by `owner`, for example `servers.password:7`, with the version in use.
    pub fn seal(&self, owner: &str, secret: &Secret) -> Result<String, SealError> {
        let ring = self.ring();
        let number = ring.in_use.clone()?;
        seal(number, ring.version(number).ok_or(SealError::NotOpened)?, owner, secret)
    }

    /// As [`SecretKey::seal`]; if that is impossible, with the process's own key, since a value that can be opened until the
    /// process ends is better than none.
    pub fn seal_for_now(&self, owner: &str, secret: &Secret) -> Result<String, SealError> {
        match self.seal(owner, secret) {
            Err(SealError::Locked(_)) => seal(OF_THIS_PROCESS, &self.0.own, owner, secret),
            sealed => sealed,
        }
    }

    /// Opens what was sealed for the same `owner`, with whichever version.
    pub fn open_sealed(&self, owner: &str, sealed: &str) -> Result<Secret, SealError> {
        let (number, _) = split(sealed);
        if number == OF_THIS_PROCESS {
            return open(&self.0.own, owner, sealed).ok_or(SealError::NotOpened);
        }
        if self.ring().newest() < number {
            self.reload();
        }
        let ring = self.ring();
        let opened = ring.version(number).and_then(|version| open(version, owner, sealed));
        match (opened, ring.in_use) {
            (Some(secret), _) => Ok(secret),
            (None, Err(problem)) => Err(problem.into()),
            (None, Ok(_)) => Err(SealError::NotOpened),
        }
    }

    /// The version that sealed this.
    pub fn version_of(sealed: &str) -> VersionNumber {
        split(sealed).0
    }

    /// A code that only this installation can make for `message`, to be checked with [`SecretKey::verify`]. `purpose` keeps
    /// a signature for one use from counting for another. While the key is away, it is valid in this process alone.
    pub fn sign(&self, purpose: &str, message: &str) -> String {
        let ring = self.ring();
        let in_use = ring.in_use.as_ref().ok().and_then(|number| Some((*number, ring.version(*number)?)));
        let (number, version) = in_use.unwrap_or((OF_THIS_PROCESS, &self.0.own));
        format!("v{number}.{}", hex::encode(mac(version, purpose, message)))
    }

    /// Whether this is what [`SecretKey::sign`] made of the same, with whichever version.
    pub fn verify(&self, purpose: &str, message: &str, signature: &str) -> bool {
        let (number, code) = split(signature);
        let ring = self.ring();
        let version = if number == OF_THIS_PROCESS { Some(&self.0.own) } else { ring.version(number) };
        let expected = version.map(|version| hex::encode(mac(version, purpose, message)));
        expected.is_some_and(|expected| expected.as_bytes().ct_eq(code.as_bytes()).into())
    }

    /// A value that only this process can make from a message, to compare messages without storing them.
    pub fn fingerprint(&self, purpose: &str, message: &str) -> [u8; 32] {
        mac(&self.0.own, purpose, message)
    }

    /// As it is shown to people; empty in tests.
    pub fn file_name(&self) -> String {
        self.0.file.as_ref().map(|file| file.path().display().to_string()).unwrap_or_default()
    }

    pub fn file(&self) -> Option<&KeyFile> {
        self.0.file.as_ref()
    }

    fn ring(&self) -> Ring {
        self.0.ring.read().clone()
    }

    fn change<T>(&self, change: impl FnOnce(&mut Ring) -> T) -> T {
        change(&mut self.0.ring.write())
    }
}

impl Ring {
    fn version(&self, number: VersionNumber) -> Option<&Version> {
        self.versions.get(usize::try_from(number).ok()?.checked_sub(1)?)
    }

    fn newest(&self) -> VersionNumber {
        VersionNumber::try_from(self.versions.len()).unwrap_or(VersionNumber::MAX)
    }
}

/// The first version counts as the one in use until the database says otherwise.
fn read(file: &KeyFile) -> Ring {
    let name = file.path().display().to_string();
    let none = |problem| Ring { versions: Vec::new(), in_use: Err(problem) };
    match file.read() {
        Ok(None) => none(SealProblem::Missing { file: name }),
        Err(error) => none(SealProblem::Unreadable { file: name, why: error.to_string() }),
        Ok(Some(masters)) => match masters.into_iter().map(Version::new).collect() {
            Ok(versions) => Ring { versions, in_use: Ok(1) },
            Err(error) => none(SealProblem::Unreadable { file: name, why: error.to_string() }),
        },
    }
}

/// `v2.…` is of version 2. A text without a version is from the time before versions: the first one.
fn split(text: &str) -> (VersionNumber, &str) {
    let named = text.strip_prefix('v').and_then(|rest| rest.split_once('.'));
    named.and_then(|(number, rest)| Some((number.parse().ok()?, rest))).unwrap_or((1, text))
}

fn seal(number: VersionNumber, version: &Version, owner: &str, secret: &Secret) -> Result<String, SealError> {
    let mut nonce = [0; NONCE];
    getrandom::fill(&mut nonce)?;
    let payload = Payload { msg: secret.reveal().as_bytes(), aad: owner.as_bytes() };
    let sealed = XChaCha20Poly1305::new(&version.sealing.into())
        .encrypt(&XNonce::from(nonce), payload)
        .map_err(|_| SealError::NoRandom)?;
    Ok(format!("v{number}.{}", BASE64.encode([nonce.as_slice(), &sealed].concat())))
}

fn open(version: &Version, owner: &str, sealed: &str) -> Option<Secret> {
    let (_, text) = split(sealed);
    // Before keys had versions, the secret key itself sealed.
    let key = if text.len() == sealed.len() { version.master } else { version.sealing };
    let bytes = BASE64.decode(text).ok()?;
    let (nonce, sealed) = bytes.split_at_checked(NONCE)?;
    let nonce: [u8; NONCE] = nonce.try_into().ok()?;
    let payload = Payload { msg: sealed, aad: owner.as_bytes() };
    let clear = XChaCha20Poly1305::new(&key.into()).decrypt(&XNonce::from(nonce), payload).ok()?;
    String::from_utf8(clear).ok().map(Secret::new)
}

fn opens_known(version: &Version, known: &str) -> bool {
    open(version, KNOWN_OWNER, known).is_some_and(|text| text.reveal() == KNOWN)
}

fn mac(version: &Version, purpose: &str, message: &str) -> [u8; 32] {
    // A key shorter than a block of SHA-256 is filled up with zeros.
    let mut block = [0; 64];
    block[..version.signing.len()].copy_from_slice(&version.signing);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    for part in [purpose, message] {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().into()
}

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

// The file of the secret key: one version a line, the first line being the first version, each with 64 hexadecimal digits.
// Blank lines and text behind `#` don't count. It is written completely or not at all, and never over another key.

/// Where the key is kept, whether it is there or not.
#[derive(Debug, Clone)]
pub struct KeyFile {
    path: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("line {0} holds no 64 hexadecimal digits")]
    Line(usize),
    #[error("it holds no 64 hexadecimal digits")]
    Empty,
}

/// A larger file is no key file.
const LONGEST: u64 = 1 << 20;

impl KeyFile {
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its versions, the oldest first; None where there is no file.
    pub fn read(&self) -> Result<Option<Vec<[u8; 32]>>, KeyFileError> {
        use std::io::Read;
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut text = String::new();
        file.take(LONGEST).read_to_string(&mut text)?;
        let mut versions = Vec::new();
        for (line, text) in (1..).zip(text.lines()) {
            let digits = text.split('#').next().unwrap_or_default().trim();
            if !digits.is_empty() {
                let bytes = hex::decode(digits).map_err(|_| KeyFileError::Line(line))?;
                versions.push(bytes.try_into().map_err(|_| KeyFileError::Line(line))?);
            }
        }
        if versions.is_empty() { Err(KeyFileError::Empty) } else { Ok(Some(versions)) }
    }

    /// Changes when the file does.
    pub fn stamp(&self) -> Option<(u64, i64, i64, u64)> {
        let meta = fs::metadata(&self.path).ok()?;
        Some((meta.ino(), meta.mtime(), meta.mtime_nsec(), meta.len()))
    }

    /// Makes the file with one new version (mode 0600) if there is none; one that another process made meanwhile stays.
    pub fn make(&self) -> Result<(), KeyFileError> {
        // Several processes may start at once; each has a name of its own.
        let suffix = format!("new-{}", std::process::id());
        let temporary = write_beside(&self.path, &suffix, &[fresh()?], 0o600)?;
        let linked = fs::hard_link(&temporary, &self.path);
        fs::remove_file(&temporary)?;
        match linked {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error.into()),
            _ => Ok(sync_folder(&self.path)?),
        }
    }

    /// Adds a new version behind the others; owner and mode stay. If it is a link, its target is replaced. The caller makes
    /// sure that only one process does this.
    pub fn add_version(&self) -> Result<(), KeyFileError> {
        let path = fs::canonicalize(&self.path)?;
        let meta = fs::metadata(&path)?;
        let mut versions = self.read()?.unwrap_or_default();
        versions.push(fresh()?);
        let temporary = write_beside(&path, "new", &versions, meta.mode() & 0o7777)?;
        if let Err(error) = std::os::unix::fs::chown(&temporary, Some(meta.uid()), Some(meta.gid())) {
            fs::remove_file(&temporary)?;
            return Err(error.into());
        }
        fs::rename(&temporary, &path)?;
        Ok(sync_folder(&path)?)
    }

    /// Replaces the file by a new key; the old file is moved aside, and its new path returned.
    pub fn start_afresh(&self) -> Result<Option<PathBuf>, KeyFileError> {
        let mut aside = None;
        if fs::symlink_metadata(&self.path).is_ok() {
            let path = (1..).map(|number| beside(&self.path, &format!("lost-{number}"))).find(|path| !path.exists());
            let path = path.ok_or(KeyFileError::Empty)?;
            fs::rename(&self.path, &path)?;
            aside = Some(path);
        }
        self.make()?;
        Ok(aside)
    }
}

/// `secret.key.SUFFIX`
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{suffix}"));
    name.into()
}

/// Writes these versions durably into a file beside `path`, over one that a killed process may have left.
fn write_beside(path: &Path, suffix: &str, versions: &[[u8; 32]], mode: u32) -> Result<PathBuf, KeyFileError> {
    let temporary = beside(path, suffix);
    if let Err(error) = fs::remove_file(&temporary)
        && error.kind() != ErrorKind::NotFound
    {
        return Err(error.into());
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    for version in versions {
        writeln!(file, "{}", hex::encode(version))?;
    }
    file.set_permissions(Permissions::from_mode(mode))?;
    file.sync_all()?;
    Ok(temporary)
}

fn fresh() -> Result<[u8; 32], KeyFileError> {
    let mut version = [0; 32];
    getrandom::fill(&mut version).map_err(|error| std::io::Error::other(error.to_string()))?;
    Ok(version)
}

/// A name is durable once its folder is.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

// Tests of the key: what opens what, by row, version and purpose.

#[cfg(test)]
mod tests {
    use super::*;

    fn with_file(text: &str) -> (tempfile::TempDir, SecretKey) {
        let folder = tempfile::tempdir().unwrap();
        let file = KeyFile::new(folder.path().join("secret.key"));
        std::fs::write(file.path(), text).unwrap();
        (folder, SecretKey::open(file).unwrap())
    }

    #[test]
    fn a_sealed_password_opens_only_for_its_row_and_key() {
        let key = SecretKey::generate().unwrap();
        let sealed = key.seal("servers.password:7", &Secret::new("s3cret ü")).unwrap();
        assert!(!sealed.contains("s3cret"));
        assert_eq!(key.open_sealed("servers.password:7", &sealed).unwrap().reveal(), "s3cret ü");
        assert_eq!(key.open_sealed("servers.password:8", &sealed), Err(SealError::NotOpened));
        let other = SecretKey::generate().unwrap();
        assert_eq!(other.open_sealed("servers.password:7", &sealed), Err(SealError::NotOpened));
        for broken in ["x", "", "v1.", "v9.x", "v1.AAAA", "v4294967296.AAAA"] {
            assert_eq!(key.open_sealed("servers.password:7", broken), Err(SealError::NotOpened), "{broken}");
        }
    }

    #[test]
    fn what_was_sealed_before_keys_had_versions_opens() {
        let (_folder, key) = with_file(&"5a".repeat(32));
        // As the first release sealed: the secret key itself, and no version before it.
        let payload = Payload { msg: b"old", aad: b"servers.password:7" };
        let nonce = [7; NONCE];
        let sealed = XChaCha20Poly1305::new(&[0x5a; 32].into()).encrypt(&XNonce::from(nonce), payload).unwrap();
        let sealed = BASE64.encode([nonce.as_slice(), &sealed].concat());
        assert_eq!(SecretKey::version_of(&sealed), 1);
        assert_eq!(key.open_sealed("servers.password:7", &sealed).unwrap().reveal(), "old");
    }

    #[test]
    fn a_version_that_is_added_meanwhile_is_found_and_older_ones_still_open() {
        let (_folder, running) = with_file(&"5a".repeat(32));
        let file = running.file().unwrap().clone();
        let old = running.seal("x", &Secret::new("old")).unwrap();
        file.add_version().unwrap();
        let rotating = SecretKey::open(file).unwrap();
        rotating.check(&rotating.known_value(2).unwrap()).unwrap();
        let new = rotating.seal("x", &Secret::new("new")).unwrap();
        assert_eq!((SecretKey::version_of(&old), SecretKey::version_of(&new)), (1, 2));
        for key in [&running, &rotating] {
            assert_eq!(key.open_sealed("x", &old).unwrap().reveal(), "old");
            assert_eq!(key.open_sealed("x", &new).unwrap().reveal(), "new");
        }
        assert_eq!(SecretKey::version_of(&running.seal("x", &Secret::new("y")).unwrap()), 1, "the database says which");
    }

    #[test]
    fn a_known_value_tells_what_is_wrong() {
        let (_folder, key) = with_file(&"5a".repeat(32));
        let known = key.known_value(1).unwrap();
        assert_eq!(key.check(&known), Ok(1));
        let (_other_folder, other) = with_file(&"6b".repeat(32));
        assert!(matches!(other.check(&known), Err(SealProblem::Wrong { .. })));
        assert!(matches!(other.seal("x", &Secret::new("y")), Err(SealError::Locked(_))));
        key.file().unwrap().add_version().unwrap();
        key.reload();
        let newer = key.known_value(2).unwrap();
        let (_copy_folder, copy) = with_file(&"5a".repeat(32));
        assert!(matches!(copy.check(&newer), Err(SealProblem::Behind { needed: 2, .. })));
        std::fs::copy(key.file().unwrap().path(), copy.file().unwrap().path()).unwrap();
        assert_eq!(copy.check(&newer), Ok(2), "put right while the process runs");
        std::fs::remove_file(copy.file().unwrap().path()).unwrap();
        assert_eq!(copy.check(&newer), Ok(2), "it has the key");
        let gone = SecretKey::open(copy.file().unwrap().clone()).unwrap();
        assert!(matches!(gone.check(&newer), Err(SealProblem::Missing { .. })));
        let broken = with_file("short");
        assert!(
            matches!(broken.1.check(&newer), Err(SealProblem::Unreadable { why, .. }) if why.contains("64 hexadecimal"))
        );
    }

    #[test]
    fn a_signature_counts_for_its_purpose_and_message() {
        let (_folder, key) = with_file(&format!("{}\n# a word\n\n{}  # second\n", "5a".repeat(32), "6b".repeat(32)));
        assert_eq!(key.held().len(), 2);
        let signature = key.sign("form", "7 12");
        assert!(key.verify("form", "7 12", &signature));
        for (purpose, message) in [("form", "7 1"), ("for", "m7 12"), ("other", "7 12")] {
            assert!(!key.verify(purpose, message, &signature));
        }
        key.check(&key.known_value(2).unwrap()).unwrap();
        assert!(key.verify("form", "7 12", &signature), "an older version's counts");
        assert_ne!(key.sign("form", "7 12"), signature);
        key.is_wrong();
        let meanwhile = key.sign("form", "7 12");
        assert!(key.verify("form", "7 12", &meanwhile));
        assert!(!SecretKey::generate().unwrap().verify("form", "7 12", &meanwhile));
    }

    #[test]
    fn a_key_file_is_made_once_and_keeps_its_mode() {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let folder = tempfile::tempdir().unwrap();
        let file = KeyFile::new(folder.path().join("secret.key"));
        assert!(file.read().unwrap().is_none());
        file.make().unwrap();
        let first = file.read().unwrap();
        file.make().unwrap();
        assert_eq!(file.read().unwrap(), first);
        std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o400)).unwrap();
        file.add_version().unwrap();
        assert_eq!(file.read().unwrap().unwrap()[..1], first.unwrap()[..]);
        assert_eq!(std::fs::metadata(file.path()).unwrap().mode() & 0o777, 0o400);
        let aside = file.start_afresh().unwrap().unwrap();
        assert_eq!((file.read().unwrap().unwrap().len(), KeyFile::new(aside).read().unwrap().unwrap().len()), (1, 2));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing else is left");
    }
}
