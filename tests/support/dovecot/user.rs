//! A user's mail on disk: putting some in, and seeing what became of it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use mailgate::domain::secret::Secret;

use super::{INSTALL, PASSWORD};

/// One account and its Maildir.
pub struct MailUser {
    pub name: String,
    pub maildir: PathBuf,
    delivered: AtomicU32,
}

impl MailUser {
    pub(super) fn create(name: String, home: PathBuf) -> Self {
        let user = Self { name, maildir: home.join("Maildir"), delivered: AtomicU32::new(0) };
        user.create_folder("INBOX");
        own(&home);
        user
    }

    pub fn password(&self) -> Secret {
        Secret::new(PASSWORD)
    }

    /// Puts one message into the inbox, unread, as an MTA would.
    pub fn deliver(&self, source: &[u8]) {
        self.deliver_to("INBOX", source);
    }

    pub fn deliver_to(&self, folder: &str, source: &[u8]) {
        let folder = self.folder(folder);
        let number = self.delivered.fetch_add(1, Ordering::SeqCst);
        // Dovecot orders by these names, so they count up.
        let name = format!("{}.M{number:08}.test", 1_700_000_000 + number);
        let partial = folder.join("tmp").join(&name);
        std::fs::write(&partial, source).unwrap();
        own(&partial);
        std::fs::rename(&partial, folder.join("new").join(&name)).unwrap();
    }

    /// Makes a folder (its name as on disk: modified UTF-7), or sees that it is there.
    pub fn create_folder(&self, name: &str) {
        let folder = self.folder(name);
        for part in ["tmp", "new", "cur"] {
            std::fs::create_dir_all(folder.join(part)).unwrap();
            own(&folder.join(part));
        }
        own(&folder);
        own(&self.maildir);
    }

    /// The inbox's messages in the order of delivery.
    pub fn messages(&self) -> Vec<Vec<u8>> {
        self.messages_in("INBOX")
    }

    pub fn messages_in(&self, folder: &str) -> Vec<Vec<u8>> {
        self.files(folder).into_iter().map(|path| std::fs::read(path).unwrap()).collect()
    }

    /// The inbox's Maildir flags in the order of delivery: `S` is seen, `T` deleted; `""` none.
    pub fn flags(&self) -> Vec<String> {
        let flags = |path: PathBuf| {
            path.to_string_lossy().rsplit_once(":2,").map(|(_, flags)| flags.to_owned()).unwrap_or_default()
        };
        self.files("INBOX").into_iter().map(flags).collect()
    }

    /// Gives the inbox another UIDVALIDITY and its messages other UIDs, as a restored server does.
    pub fn reset_uid_validity(&self) {
        for entry in std::fs::read_dir(&self.maildir).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("dovecot")) {
                std::fs::remove_file(path).unwrap();
            }
        }
        // A new UIDVALIDITY is the present second: write another one, so that no test waits for the clock.
        static NEXT: AtomicU32 = AtomicU32::new(1_000_000_000);
        let list = self.maildir.join("dovecot-uidlist");
        let guid = format!("{:032x}", NEXT.load(Ordering::SeqCst));
        std::fs::write(&list, format!("3 V{} N1 G{guid}\n", NEXT.fetch_add(1, Ordering::SeqCst))).unwrap();
        own(&list);
    }

    fn folder(&self, name: &str) -> PathBuf {
        if name == "INBOX" { self.maildir.clone() } else { self.maildir.join(format!(".{}", name.replace('/', "."))) }
    }

    fn files(&self, folder: &str) -> Vec<PathBuf> {
        let folder = self.folder(folder);
        let mut files: Vec<PathBuf> = ["new", "cur"]
            .iter()
            .filter_map(|part| std::fs::read_dir(folder.join(part)).ok())
            .flat_map(|entries| entries.map(|entry| entry.unwrap().path()))
            .collect();
        files.sort_by_key(|path| path.file_name().unwrap().to_owned());
        files
    }
}

/// As root, mail belongs to Debian's `dovecot` user (Dovecot refuses root's); as anyone else, to oneself.
pub(super) fn mail_owner() -> Option<(u32, u32)> {
    static OWNER: OnceLock<Option<(u32, u32)>> = OnceLock::new();
    *OWNER.get_or_init(|| {
        let number = |option| {
            let output = Command::new("id").args([option, "dovecot"]).output().expect("id");
            String::from_utf8_lossy(&output.stdout).trim().parse().expect(INSTALL)
        };
        (id("-u") == "0").then(|| (number("-u"), number("-g")))
    })
}

pub(super) fn own(path: &Path) {
    if let Some((user, group)) = mail_owner() {
        std::os::unix::fs::chown(path, Some(user), Some(group)).unwrap();
    }
}

pub(super) fn id(option: &str) -> String {
    let output = Command::new("id").arg(option).output().expect("id");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
