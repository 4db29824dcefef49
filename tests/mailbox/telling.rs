//! What the server is told, and what it is never told.

use mailgate::domain::message::Proof;
use mailgate::domain::protocol::{Protocol, Security};
use mailgate::mailbox::{AcknowledgeOrder, AfterFetchAction, MailboxProblem, Missing, ToldOutcome};

use super::{WAYS, delete, fetch_all, mail, move_to, proof, seen, session};
use crate::support::dovecot::{Dovecot, Setup};

#[test]
fn deletion_works_on_every_way_and_in_a_later_session() {
    let dovecot = Dovecot::shared();
    for (protocol, security) in WAYS {
        let user = dovecot.user("delete");
        (0..4).for_each(|n| user.deliver(&mail(&format!("mail {n}"))));
        let server = dovecot.server(protocol, security, &user);
        let mut mailbox = session(&server, &user);
        let fetched = fetch_all(mailbox.as_mut());
        assert_eq!(mailbox.acknowledge(&[delete(&fetched[0])]).unwrap(), [ToldOutcome::Done]);
        mailbox.close().unwrap();
        assert_eq!(user.messages().len(), 3, "{protocol:?} {security:?}");

        let mut later = session(&server, &user);
        let batch: Vec<_> = [0, 1, 3].iter().map(|n| delete(&fetched[*n])).collect();
        assert_eq!(later.acknowledge(&batch).unwrap(), [ToldOutcome::Gone, ToldOutcome::Done, ToldOutcome::Done]);
        later.close().unwrap();
        assert_eq!(user.messages(), [mail("mail 2")], "{protocol:?} {security:?}");
    }
}

#[test]
fn pop_deletes_nothing_before_the_session_is_closed() {
    let dovecot = Dovecot::shared();
    let user = dovecot.user("quit");
    user.deliver(&mail("stays"));
    let server = dovecot.server(Protocol::Pop, Security::None, &user);
    let mut mailbox = session(&server, &user);
    let fetched = fetch_all(mailbox.as_mut());
    mailbox.acknowledge(&[delete(&fetched[0])]).unwrap();
    drop(mailbox);
    assert_eq!(fetch_all(session(&server, &user).as_mut()).len(), 1);
}

#[test]
fn another_message_under_the_same_key_is_left_alone() {
    let dovecot = Dovecot::shared();
    for (protocol, security) in WAYS {
        let user = dovecot.user("other");
        user.deliver(&mail("one"));
        let server = dovecot.server(protocol, security, &user);
        let fetched = fetch_all(session(&server, &user).as_mut());
        let known = proof(&fetched[0]);
        let like = |proof| AcknowledgeOrder { key: fetched[0].0.key.clone(), action: AfterFetchAction::Delete(proof) };
        let digest = like(Proof { header_digest: "00".repeat(32), ..known.clone() });
        let size = like(Proof { size: known.size + 1, ..known });
        let mut mailbox = session(&server, &user);
        assert_eq!(mailbox.acknowledge(&[digest, size]).unwrap(), [ToldOutcome::Gone, ToldOutcome::Gone]);
        mailbox.close().unwrap();
        assert_eq!(user.messages().len(), 1, "{protocol:?} {security:?}");
    }
}

#[test]
fn imap_marks_as_seen_only_what_it_is_told() {
    let dovecot = Dovecot::shared();
    let user = dovecot.user("seen");
    (0..3).for_each(|n| user.deliver(&mail(&n.to_string())));
    let server = dovecot.server(Protocol::Imap, Security::None, &user);
    let mut mailbox = session(&server, &user);
    let fetched = fetch_all(mailbox.as_mut());
    let batch = [seen(&fetched[0]), seen(&fetched[2])];
    assert_eq!(mailbox.acknowledge(&batch).unwrap(), [ToldOutcome::Done, ToldOutcome::Done]);
    mailbox.close().unwrap();
    assert_eq!(user.flags(), ["S", "", "S"]);
}

#[test]
fn imap_moves_to_a_folder_or_says_which_there_are() {
    let dovecot = Dovecot::shared();
    let user = dovecot.user("move");
    user.create_folder("Done &- gone");
    (0..3).for_each(|n| user.deliver(&mail(&n.to_string())));
    let server = dovecot.server(Protocol::Imap, Security::None, &user);
    let mut mailbox = session(&server, &user);
    let fetched = fetch_all(mailbox.as_mut());
    let batch = [move_to("Done & gone", &fetched[0]), seen(&fetched[1]), move_to("Done & gone", &fetched[2])];
    assert_eq!(mailbox.acknowledge(&batch).unwrap(), [ToldOutcome::Done, ToldOutcome::Done, ToldOutcome::Done]);
    assert_eq!(user.messages_in("Done &- gone"), [mail("0"), mail("2")]);
    assert_eq!(user.messages(), [mail("1")]);
    let error = mailbox.acknowledge(&[move_to("Nowhere", &fetched[1])]).unwrap_err();
    assert_eq!(error.problem, MailboxProblem::Folder);
    assert!(
        error.complaint.remedy.contains("“Nowhere”") && error.complaint.remedy.contains("Done & gone"),
        "{error:?}"
    );
}

#[test]
fn without_uidplus_and_move_nobody_elses_deletions_are_completed() {
    let plain = "protocol imap {\n  imap_capability = IMAP4rev1\n}\n";
    let dovecot = Dovecot::start(&Setup { extra: plain, ..Setup::default() });
    let user = dovecot.user("old");
    user.create_folder("Archive");
    (0..3).for_each(|n| user.deliver(&mail(&n.to_string())));
    let server = dovecot.server(Protocol::Imap, Security::None, &user);
    let mut mailbox = session_at(&dovecot, &server, &user);
    let fetched = fetch_all(mailbox.as_mut());
    let batch = [move_to("Archive", &fetched[0]), delete(&fetched[1])];
    assert_eq!(mailbox.acknowledge(&batch).unwrap(), [ToldOutcome::Done, ToldOutcome::Done]);
    mailbox.close().unwrap();
    assert_eq!(user.messages_in("Archive"), [mail("0")]);
    // Marked, for the mailbox's owner to expunge.
    assert_eq!(user.flags(), ["T", "T", ""]);
}

fn session_at(
    dovecot: &Dovecot,
    server: &mailgate::domain::server::IncomingServer,
    user: &crate::support::dovecot::MailUser,
) -> Box<dyn mailgate::mailbox::Mailbox> {
    mailgate::mailbox::open(server, &user.password(), &dovecot.environment()).unwrap()
}

#[test]
fn after_a_new_uidvalidity_old_keys_are_gone() {
    let dovecot = Dovecot::shared();
    let user = dovecot.user("validity");
    user.deliver(&mail("one"));
    let server = dovecot.server(Protocol::Imap, Security::None, &user);
    let fetched = fetch_all(session(&server, &user).as_mut());
    user.reset_uid_validity();
    let mut mailbox = session(&server, &user);
    let survey = mailbox.survey().unwrap();
    assert_ne!(survey.keys, [fetched[0].0.key.clone()]);
    assert_eq!(mailbox.list(&[fetched[0].0.key.clone()]).unwrap(), [Err(Missing::Gone)]);
    assert_eq!(mailbox.acknowledge(&[delete(&fetched[0])]).unwrap(), [ToldOutcome::Gone]);
    assert_eq!(user.messages().len(), 1);
}
