//! A Maildir on this machine.

use std::path::Path;

use mailgate::domain::expiry::Nameless;
use mailgate::domain::protocol::{Protocol, Security, ServerType};
use mailgate::domain::server::{Access, IncomingServer};
use mailgate::mailbox::{Environment, MailboxError, MailboxProblem, ToldOutcome, open, probe};

use super::{delete, fetch_all, mail, seen};
use crate::support::dovecot::{Dovecot, quick};

fn maildir(root: &Path) {
    ["new", "cur", "tmp"].iter().for_each(|part| std::fs::create_dir_all(root.join("box").join(part)).unwrap());
}

fn local(maildir: &str) -> IncomingServer {
    let dovecot = Dovecot::shared();
    let mut server = dovecot.server(Protocol::Imap, Security::None, &dovecot.user("unused"));
    server.server_type = ServerType::Local;
    server.access = Access::Local { maildir: Some(maildir.into()) };
    server
}

fn environment(root: &Path) -> Environment {
    Environment {
        limits: quick(),
        authorities: None,
        nameless: Nameless::Refused,
        mail_root: root.to_owned(),
        traffic: Default::default(),
        chance: || 0.5,
    }
}

fn refusal(path: &str, root: &Path) -> MailboxError {
    open(&local(path), &Default::default(), &environment(root)).err().unwrap()
}

#[test]
fn what_is_there_is_fetched_once_marked_and_deleted() {
    let root = tempfile::tempdir().unwrap();
    maildir(root.path());
    let folder = root.path().join("box");
    std::fs::write(folder.join("new/1.a"), mail("one")).unwrap();
    std::fs::write(folder.join("new/1.b"), mail("one")).unwrap();
    std::fs::write(folder.join("cur/2.c:2,F"), mail("two")).unwrap();
    std::fs::write(folder.join("cur/3.d:2,ST"), mail("trashed")).unwrap();
    std::fs::write(folder.join("new/.hidden"), mail("hidden")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", folder.join("new/4.link")).unwrap();

    let mut mailbox = open(&local("box"), &Default::default(), &environment(root.path())).unwrap();
    let fetched = fetch_all(mailbox.as_mut());
    let mut sources: Vec<_> = fetched.iter().map(|(_, source)| source.clone().unwrap()).collect();
    sources.sort();
    assert_eq!(sources, [mail("one"), mail("two")]);
    let one = fetched.iter().find(|(_, source)| source.as_ref() == Ok(&mail("one"))).unwrap();
    let two = fetched.iter().find(|(_, source)| source.as_ref() == Ok(&mail("two"))).unwrap();
    assert_eq!(one.0.size, mail("one").len() as u64);

    // Told by another session, after somebody else has changed a flag.
    std::fs::rename(folder.join("cur/2.c:2,F"), folder.join("cur/2.c:2,FR")).unwrap();
    let mut mailbox = open(&local("box"), &Default::default(), &environment(root.path())).unwrap();
    let told = mailbox.acknowledge(&[delete(one), seen(two)]).unwrap();
    assert_eq!(told, [ToldOutcome::Done, ToldOutcome::Done]);
    assert!(folder.join("cur/2.c:2,FRS").exists());
    assert!(!folder.join("new/1.a").exists() && !folder.join("new/1.b").exists());
    assert_eq!(mailbox.acknowledge(&[delete(one)]).unwrap(), [ToldOutcome::Gone]);

    let report = probe::probe(&local("box"), &Default::default(), &environment(root.path()), quick().command);
    let folder = report.folder.unwrap();
    assert_eq!((folder.messages, folder.unread), (1, Some(0)));
}

#[test]
fn nothing_outside_the_mail_root_is_read() {
    let root = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    maildir(outside.path());
    std::os::unix::fs::symlink(outside.path().join("box"), root.path().join("link")).unwrap();
    for path in ["link", "../", outside.path().join("box").to_str().unwrap(), "/etc"] {
        let error = refusal(path, root.path());
        assert_eq!(error.problem, MailboxProblem::Local, "{path}: {error:?}");
        assert!(error.complaint.remedy.contains("lies below"), "{error:?}");
    }
    maildir(root.path());
    std::fs::remove_dir(root.path().join("box/new")).unwrap();
    std::os::unix::fs::symlink("/etc", root.path().join("box/new")).unwrap();
    assert!(refusal("box", root.path()).complaint.what.contains("new"));
    assert!(refusal("missing", root.path()).complaint.what.contains("missing"));
}
