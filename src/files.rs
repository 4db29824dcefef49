//! Files are private: only Mailgate's own user reads what it makes. If others could read or change a file, that is corrected
//! at each start if the file is Mailgate's own, and otherwise refused with an explanation. Group and world both count as
//! *others*: a grievance is nobody's business.
//!
//! What stays possible on purpose: a data folder of mode 0711, which an MTA passes through to a Maildir below it; a key that
//! root makes readable (mode 0640 or less); and any mode on a read-only mount in memory, which is how container managers
//! provide secrets where nobody else can look.

use std::ffi::OsString;
use std::fs::{self, Metadata, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::StatVfsMountFlags;

/// Whoever is not the owner.
const OTHERS: u32 = 0o077;
/// Reading and writing by others; passing through a folder shows nothing of it.
const EXPOSED: u32 = 0o066;
const WRITABLE: u32 = 0o022;
const BY_WORLD: u32 = 0o004;
const STICKY: u32 = 0o1000;
const ROOT: u32 = 0;

/// The files that SQLite keeps beside its database.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];
/// What a data folder is recognised by.
const OURS: [&str; 8] =
    ["mailgate.db", "secret.key", "mailgate-demo", "locks", "spool", "templates", "modules", "mail"];
/// What a file system creates in its own root.
const LOST_AND_FOUND: &str = "lost+found";

/// Others can read or change something that only Mailgate may, and Mailgate may not or can't correct it.
#[derive(Debug, thiserror::Error)]
#[error("{path} {what}. {remedy}")]
pub struct Exposed {
    path: PathBuf,
    what: String,
    remedy: String,
}

/// From now on, everything that this program makes is for its own user alone. To be called before anything is made.
pub fn make_privately() {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(OTHERS));
}

/// The files of one installation.
pub struct Files<'a> {
    pub data_dir: &'a Path,
    /// SQLite's file; None with PostgreSQL.
    pub database: Option<&'a Path>,
    pub key: &'a Path,
    /// The files below it belong to whoever delivers there.
    pub mail_root: &'a Path,
}

impl Files<'_> {
    /// Corrects Mailgate's own files and refuses the others; a file that does not exist is private. The log names what was
    /// corrected.
    pub fn guard(&self) -> Result<(), Exposed> {
        self.guard_data_dir()?;
        if let Some(database) = self.database.and_then(|path| fs::canonicalize(path).ok()) {
            guard_parent(&database, self.data_dir)?;
            guard_own(&database)?;
            for suffix in BESIDE {
                let mut name = OsString::from(&database);
                name.push(suffix);
                guard_own(Path::new(&name))?;
            }
        }
        self.guard_key()
    }

    fn guard_data_dir(&self) -> Result<(), Exposed> {
        let path = self.data_dir;
        let Ok(meta) = fs::metadata(path) else { return Ok(()) };
        if meta.uid() != me() {
            let what = format!("is the data folder and belongs to user {}, while this is user {}", meta.uid(), me());
            return Err(Exposed {
                path: path.to_owned(),
                what,
                remedy: format!(
                    "Run Mailgate as that user (sudo -u '#{}' mailgate …; an MTA's pipe has a setting for it, as Postfix's \
                     user=), or set MAILGATE_DATA_DIR to a folder that does not exist yet: Mailgate makes it",
                    meta.uid()
                ),
            });
        }
        if meta.mode() & STICKY != 0 && meta.mode() & WRITABLE != 0 || self.is_somebody_elses(&meta) {
            return Err(Exposed {
                path: path.to_owned(),
                what: format!(
                    "is no folder of Mailgate's own, and others can read it (mode {:04o})",
                    meta.mode() & 0o7777
                ),
                remedy: format!(
                    "Set MAILGATE_DATA_DIR to a folder that does not exist yet, which Mailgate makes, or close this one to \
                     others: chmod 700 {}",
                    path.display()
                ),
            });
        }
        mend(path, &meta, EXPOSED)?;
        let open = fs::metadata(path).is_ok_and(|meta| meta.mode() & 0o011 != 0);
        let Ok(entries) = fs::read_dir(path) else { return Ok(()) };
        for entry in entries.flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            let Ok(meta) = fs::symlink_metadata(&path) else { continue };
            if meta.is_symlink() || self.mail_root.starts_with(&path) || name == LOST_AND_FOUND {
                continue;
            }
            if meta.uid() == me() {
                mend(&path, &meta, EXPOSED)?;
            } else if open && meta.is_file() && meta.mode() & EXPOSED != 0 {
                return Err(not_ours(&path, &meta));
            }
        }
        Ok(())
    }

    /// Whether a folder that is open to others has nothing of Mailgate's in it: then it may be everybody's, and is not
    /// closed to them.
    fn is_somebody_elses(&self, meta: &Metadata) -> bool {
        let Ok(entries) = fs::read_dir(self.data_dir) else { return false };
        let mut names =
            entries.flatten().map(|entry| entry.file_name()).filter(|name| name != LOST_AND_FOUND).peekable();
        meta.mode() & EXPOSED != 0 && names.peek().is_some() && !names.any(|name| OURS.iter().any(|ours| name == *ours))
    }

    /// Checks the folders of the key even if there is no key yet, since it is about to be made there.
    fn guard_key(&self) -> Result<(), Exposed> {
        guard_parent(self.key, self.data_dir)?;
        let Ok(path) = fs::canonicalize(self.key) else { return Ok(()) };
        guard_parent(&path, self.data_dir)?;
        let Ok(meta) = fs::metadata(&path) else { return Ok(()) };
        if !meta.is_file() || is_handed_out(&path, &meta) {
            return Ok(());
        }
        match meta.uid() {
            uid if uid == me() => mend(&path, &meta, EXPOSED),
            ROOT if meta.mode() & (WRITABLE | BY_WORLD) == 0 => Ok(()),
            ROOT => Err(Exposed {
                what: format!(
                    "is the secret key, and everybody can read or change it (mode {:04o})",
                    meta.mode() & 0o7777
                ),
                remedy: format!(
                    "Let only Mailgate's group read it: chgrp {0} {1} && chmod 640 {1}; in a container give the secret the \
                     mode 0440 and the group {0}",
                    rustix::process::getegid().as_raw(),
                    path.display()
                ),
                path,
            }),
            _ => Err(not_ours(&path, &meta)),
        }
    }
}

/// Checks a file that is Mailgate's alone.
fn guard_own(path: &Path) -> Result<(), Exposed> {
    match fs::metadata(path) {
        Ok(meta) if !meta.is_file() => Ok(()),
        Ok(meta) if meta.uid() == me() => mend(path, &meta, EXPOSED),
        Ok(meta) => Err(not_ours(path, &meta)),
        Err(_) => Ok(()),
    }
}

/// Somebody who may change a folder can replace a file in it, unless the sticky bit forbids that.
fn guard_parent(path: &Path, data_dir: &Path) -> Result<(), Exposed> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Ok(meta) = fs::metadata(parent) else { return Ok(()) };
    if fs::metadata(data_dir).is_ok_and(|data| (data.dev(), data.ino()) == (meta.dev(), meta.ino())) {
        return Ok(());
    }
    if meta.uid() != me() && meta.uid() != ROOT {
        return Err(not_ours(parent, &meta));
    }
    if meta.mode() & WRITABLE == 0 || meta.mode() & STICKY != 0 {
        return Ok(());
    }
    if meta.uid() == me() {
        return mend_to(parent, &meta, meta.mode() & !WRITABLE, WRITABLE);
    }
    Err(Exposed {
        what: format!("is a folder in which others can replace {}", path.display()),
        remedy: format!("Close it to them: chmod go-w {}", parent.display()),
        path: parent.to_owned(),
    })
}

/// Whether it is on a read-only mount in memory and belongs to Mailgate's user or root: then a container manager or systemd
/// has provided it.
fn is_handed_out(path: &Path, meta: &Metadata) -> bool {
    // <linux/magic.h>
    const TMPFS: u64 = 0x0102_1994;
    const RAMFS: u64 = 0x8584_58f6;
    let read_only = || rustix::fs::statvfs(path).is_ok_and(|mount| mount.f_flag.contains(StatVfsMountFlags::RDONLY));
    let in_memory = || {
        rustix::fs::statfs(path)
            .is_ok_and(|fs| u64::try_from(fs.f_type).is_ok_and(|kind| [TMPFS, RAMFS].contains(&kind)))
    };
    (meta.uid() == me() || meta.uid() == ROOT) && read_only() && in_memory()
}

/// Takes permissions from others, if `exposed` says that they have too many.
fn mend(path: &Path, meta: &Metadata, exposed: u32) -> Result<(), Exposed> {
    mend_to(path, meta, meta.mode() & !OTHERS, exposed)
}

fn mend_to(path: &Path, meta: &Metadata, mode: u32, exposed: u32) -> Result<(), Exposed> {
    let (before, mode) = (meta.mode() & 0o7777, mode & 0o7777);
    if before & exposed == 0 {
        return Ok(());
    }
    let mended = fs::set_permissions(path, Permissions::from_mode(mode)).and_then(|()| fs::metadata(path));
    match mended {
        Ok(meta) if meta.mode() & exposed == 0 => {
            tracing::warn!("{} was open to others (mode {before:04o}) and is private now ({mode:04o})", path.display());
            Ok(())
        }
        // It is gone by now, as SQLite's extra files may be.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Ok(_) | Err(_) => Err(Exposed {
            path: path.to_owned(),
            what: format!("can be read or changed by others (mode {before:04o}), and its mode can't be changed"),
            remedy: "Put it on a file system that keeps modes and can be written, see MAILGATE_DATA_DIR, \
                     MAILGATE_DATABASE_URL and MAILGATE_SECRET_KEY_FILE"
                .into(),
        }),
    }
}

fn not_ours(path: &Path, meta: &Metadata) -> Exposed {
    Exposed {
        path: path.to_owned(),
        what: format!("belongs to user {}, who can read and change it, while this is user {}", meta.uid(), me()),
        remedy: format!(
            "Run Mailgate as that user, or give it to this one: chown {} {} && chmod go= {1}",
            me(),
            path.display()
        ),
    }
}

fn me() -> u32 {
    rustix::process::geteuid().as_raw()
}
