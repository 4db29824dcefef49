//! Files are private: what is made, what was open to others and is ours, and what is not.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Ended, Site, local, mail};
use crate::support::app::Installation;
use crate::support::wait_for;

/// Somebody on this machine who is not the one that runs the tests.
const OTHER: u32 = 64_001;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn give_away(path: &Path) {
    chown(path, Some(OTHER), Some(OTHER)).expect("these tests give files to another user, which only root may");
}

fn run(installation: &Installation, arguments: &[&str]) -> Ended {
    installation.command(arguments).env("MAILGATE_PORT", "0").output().unwrap().into()
}

/// An installation that was started once.
fn started() -> Installation {
    let installation = Installation::new();
    installation.run(&["user", "list"], "");
    installation
}

/// Every command is refused with 78 (but a pipe's, whose MTA keeps the mail), with words that name `path` and say what to do.
fn refused(installation: &Installation, path: &Path, remedy: &str) {
    for (command, code) in
        [(&["user", "list"][..], 78), (&["check"], 78), (&["serve"], 78), (&["deliver", "--server", "Pipe"], 75)]
    {
        let ended = run(installation, command);
        assert_eq!(ended.code, Some(code), "{command:?}: {ended:?}");
        assert!(ended.err.contains(path.to_str().unwrap()) && ended.err.contains(remedy), "{command:?}: {ended:?}");
    }
}

/// All below a folder, itself included.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(below(&path)) } else { found.push(path) }
    }
    found
}

fn assert_private(folder: &Path) {
    for path in below(folder) {
        assert_eq!(mode(&path) & 0o077, 0, "{} has mode {:o}", path.display(), mode(&path));
    }
}

/// `command` by a shell that keeps nothing from anybody.
fn with_open_umask(command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "umask 0; exec \"$@\"", "sh"])
        .arg(command.get_program())
        .args(command.get_args())
        .current_dir(command.get_current_dir().unwrap())
        .env_clear()
        .envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell
}

#[test]
fn what_is_made_is_private_whatever_the_umask() {
    let installation = Installation::new();
    let folder = installation.data.with_file_name("demo");
    let port = crate::support::free_port();
    let mut command = with_open_umask(&installation.command(&["demo", "--folder", folder.to_str().unwrap()]));
    let mut demo =
        command.env("MAILGATE_PORT", port.to_string()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let url = format!("http://127.0.0.1:{port}/healthz");
    wait_for("the demo", std::time::Duration::from_secs(60), || ureq::get(&url).call().ok());
    let files = below(&folder);
    for made in ["mailgate.db", "mailgate.db-wal", "secret.key", "mail/samples/cur", "locks"] {
        assert!(files.contains(&folder.join(made)), "{made} is not among {files:?}");
    }
    assert_private(&folder);
    demo.kill().unwrap();
    demo.wait().unwrap();
    assert!(with_open_umask(&installation.command(&["user", "list"])).status().unwrap().success());
    assert_private(&installation.data);
}

#[test]
fn what_was_open_to_others_is_closed_at_the_next_start() {
    // The database stays open, so that what SQLite keeps beside it is there.
    let site = Site::new();
    site.add(&local("Pipe", None));
    let data = &site.installation.data;
    fs::write(data.join("copy.db"), "a backup").unwrap();
    set_mode(data, 0o775);
    let files = ["mailgate.db", "mailgate.db-wal", "mailgate.db-shm", "secret.key", "copy.db"];
    for (file, open) in files.iter().zip([0o644, 0o666, 0o640, 0o604, 0o664]) {
        set_mode(&data.join(file), open);
    }
    let ended = site.run(&["deliver", "--server", "Pipe"], &mail(1));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for file in files {
        assert_eq!(mode(&data.join(file)), 0o600, "{file}");
        assert!(ended.err.contains(file), "{file} is not named in {ended:?}");
    }
    assert_eq!(mode(data), 0o700);
    let again = site.run(&["check"], "");
    assert!(!again.err.contains("open to others"), "{again:?}");
    assert!(again.out.contains("ok      files"), "{again:?}");
}

#[test]
fn a_database_and_a_key_elsewhere_are_private_too() {
    let installation = Installation::new();
    let elsewhere = installation.data.with_file_name("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let (database, key) = (elsewhere.join("mail.db"), elsewhere.join("key"));
    symlink(&database, elsewhere.join("link.db")).unwrap();
    symlink(&key, elsewhere.join("link.key")).unwrap();
    let installation = installation
        .set("DATABASE_URL", format!("sqlite://{}", elsewhere.join("link.db").display()))
        .set("SECRET_KEY_FILE", elsewhere.join("link.key").display());
    fs::write(&key, format!("{}\n", "5a".repeat(32))).unwrap();
    installation.run(&["user", "list"], "");
    for file in [&database, &key] {
        set_mode(file, 0o644);
    }
    set_mode(&elsewhere, 0o777);
    installation.run(&["user", "list"], "");
    assert_eq!((mode(&database), mode(&key)), (0o600, 0o600));
    assert_eq!(mode(&elsewhere) & 0o022, 0, "nobody else puts another key there");
}

#[test]
fn what_is_not_ours_is_refused_and_left_as_it_is() {
    for (file, open) in [("", 0o755), ("", 0o700), ("mailgate.db", 0o644), ("secret.key", 0o644), ("secret.key", 0o600)]
    {
        let installation = started();
        let path = if file.is_empty() { installation.data.clone() } else { installation.data.join(file) };
        set_mode(&path, open);
        give_away(&path);
        refused(&installation, &path, "Run Mailgate as that user");
        assert_eq!(mode(&path), open);
    }
}

#[test]
fn a_folder_that_is_everybodys_is_not_closed_to_them() {
    let parent = tempfile::tempdir().unwrap();
    let shared = parent.path().join("shared");
    fs::create_dir(&shared).unwrap();
    fs::write(shared.join("thesis.txt"), "years").unwrap();
    for open in [0o755, 0o1777] {
        set_mode(&shared, open);
        let installation = Installation::new().set("DATA_DIR", shared.display());
        refused(&installation, &shared, "MAILGATE_DATA_DIR");
        assert_eq!(mode(&shared), open);
    }
    set_mode(&shared, 0o700);
    Installation::new().set("DATA_DIR", shared.display()).run(&["user", "list"], "");
}

#[test]
fn a_key_that_others_can_replace_is_refused() {
    let installation = Installation::new();
    let folder = installation.data.with_file_name("keys");
    fs::create_dir(&folder).unwrap();
    give_away(&folder);
    let installation = installation.set("SECRET_KEY_FILE", folder.join("key").display());
    refused(&installation, &folder, "chown");
    assert!(!folder.join("key").exists(), "no key is made there");
}

#[test]
fn what_is_shared_on_purpose_stays_so() {
    let installation = started();
    let data = &installation.data;
    let maildir = data.join("mail/support/new");
    fs::create_dir_all(&maildir).unwrap();
    set_mode(&data.join("mail"), 0o771);
    set_mode(&maildir, 0o2770);
    set_mode(data, 0o711);
    installation.run(&["user", "list"], "");
    assert_eq!((mode(data), mode(&data.join("mail")), mode(&maildir)), (0o711, 0o771, 0o2770));
}

/// As under systemd, in a container, or wherever root keeps what a service may read.
#[test]
fn a_key_from_root_is_read_by_the_group_and_never_by_everybody() {
    let installation = Installation::new();
    let (data, folder) = (&installation.data, installation.data.with_file_name("keys"));
    let key = folder.join("key");
    fs::create_dir(data).unwrap();
    fs::create_dir(&folder).unwrap();
    give_away(data);
    for open in [data.parent().unwrap(), &folder] {
        set_mode(open, 0o711);
    }
    fs::write(&key, format!("{}\n", "5a".repeat(32))).unwrap();
    chown(&key, Some(0), Some(OTHER)).unwrap();
    // The program may lie where only we get to. Another process copies it: whatever another test starts while we have a
    // file open for writing inherits it for an instant, and such a file can't be run.
    let program = folder.join("mailgate");
    let copied = Command::new("install").args(["-m", "755", env!("CARGO_BIN_EXE_mailgate")]).arg(&program).status();
    assert!(copied.unwrap().success());
    let as_other = |file_mode: u32| -> Ended {
        set_mode(&key, file_mode);
        let command = installation.command(&["user", "list"]);
        let mut other = Command::new(&program);
        other.args(command.get_args()).current_dir(data).env_clear();
        other.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        other.env("MAILGATE_SECRET_KEY_FILE", &key).uid(OTHER).gid(OTHER).output().unwrap().into()
    };
    for right in [0o440, 0o640] {
        let ended = as_other(right);
        assert_eq!(ended.code, Some(0), "{right:o}: {ended:?}");
    }
    for wrong in [0o444, 0o644, 0o660, 0o666] {
        let ended = as_other(wrong);
        assert_eq!(ended.code, Some(78), "{wrong:o}: {ended:?}");
        assert!(ended.err.contains(&format!("chgrp {OTHER}")), "{ended:?}");
        assert_eq!(mode(&key), wrong);
    }
}
