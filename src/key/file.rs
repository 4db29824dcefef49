//! The file of the secret key: one version a line, the first line the first version, each 64 hexadecimal digits. Blank
//! lines and what stands behind `#` don't count. It is written whole or not at all, and never over another key.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

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

/// More is no key file.
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

    /// What changes when the file does.
    pub fn stamp(&self) -> Option<(u64, i64, i64, u64)> {
        let meta = fs::metadata(&self.path).ok()?;
        Some((meta.ino(), meta.mtime(), meta.mtime_nsec(), meta.len()))
    }

    /// Makes it with one fresh version (mode 0600) where there is none; one that another process made meanwhile stays.
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

    /// Adds a fresh version behind the others; owner and mode stay. Where it is a link, what it leads to is replaced. The
    /// caller sees to it that only one process does this.
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

    /// Puts a fresh key in its place; what was there is moved aside and its new path given back.
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

/// Puts these versions durably into a file beside `path`. One that a killed process left there is written over.
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
