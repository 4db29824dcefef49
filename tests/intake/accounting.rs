//! At the end of a pass every message that the server shows is accounted for, and one message never stops the others.

use diesel::prelude::*;
use mailgate::domain::ledger::{MailState, Reason};
use mailgate::domain::message::Came;
use mailgate::domain::protocol::Protocol;
use mailgate::domain::server::AfterFetch;
use mailgate::fetch::PassError;
use mailgate::store::StoreError;

use super::world::{World, mail};
use crate::support::database::{Place, on_both};
use crate::support::fake_mailbox::FakeMailbox;

on_both! {
    fn a_message_of_which_nothing_is_heard_is_an_error_of_the_server_with_its_count(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::imap(7));
        let server = world.server(Protocol::Imap, |_| {});
        (0..3).for_each(|number| mailbox.deliver(&mail(number)));
        mailbox.contents().mails[1].unmentioned = true;
        for _ in 0..2 {
            let pass = world.pass(&server, &mailbox);
            assert!(matches!(pass, Err(PassError::Unaccounted(1))), "{pass:?}");
            assert_eq!(world.count(MailState::Delivered), 2, "the others came");
        }
        mailbox.contents().mails[1].unmentioned = false;
        world.pass(&server, &mailbox).unwrap();
        assert_eq!((world.count(MailState::Delivered), world.ledger().len()), (3, 3));
    }

    fn a_message_that_cannot_be_told_of_waits_and_the_others_are_told(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::imap(7));
        let server = world.server(Protocol::Imap, |_| {});
        (0..3).for_each(|number| mailbox.deliver(&mail(number)));
        mailbox.contents().mails[1].untellable = true;
        world.pass(&server, &mailbox).unwrap();
        let seen: Vec<bool> = mailbox.contents().mails.iter().map(|mail| mail.seen).collect();
        assert_eq!(seen, [true, false, true]);
        mailbox.contents().mails[1].untellable = false;
        world.make_all_due();
        world.pass(&server, &mailbox).unwrap();
        assert!(mailbox.contents().mails.iter().all(|mail| mail.seen));
    }

    fn a_server_that_takes_nothing_says_so_on_itself(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::imap(7));
        let server = world.server(Protocol::Imap, |_| {});
        mailbox.deliver(&mail(1));
        mailbox.contents().mails[0].untellable = true;
        let pass = world.pass(&server, &mailbox);
        assert!(matches!(&pass, Err(PassError::Untold(said)) if said.contains("it is locked")), "{pass:?}");
        assert_eq!(world.count(MailState::Delivered), 1);
    }

    fn without_uidvalidity_new_mail_under_old_numbers_is_new_and_old_mail_is_not_doubled(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::imap(0));
        let server = world.server(Protocol::Imap, |_| {});
        (0..3).for_each(|number| mailbox.deliver(&mail(number)));
        world.pass(&server, &mailbox).unwrap();
        world.pass(&server, &mailbox).unwrap();
        assert_eq!((world.ledger().len(), mailbox.contents().downloads), (3, 3));
        {
            let mut contents = mailbox.contents();
            contents.mails.remove(0);
            contents.next = 1;
            let at = contents.mails[0].date;
            let left = std::mem::take(&mut contents.mails);
            contents.add(format!("{}A word more.\r\n", mail(7)).into_bytes(), at);
            contents.mails.extend(left);
        }
        world.pass(&server, &mailbox).unwrap();
        world.pass(&server, &mailbox).unwrap();
        assert_eq!((world.ledger().len(), world.count(MailState::Delivered)), (4, 4));
        assert!(mailbox.contents().mails[0].seen);
    }

    fn mail_of_which_fewer_bytes_came_is_marked_and_never_removed(place: &Place) {
        for after_fetch in [AfterFetch::Delete, AfterFetch::Move] {
            let (world, mailbox) = (World::open(place), FakeMailbox::imap(7));
            let server = world.server(Protocol::Imap, |server| {
                server.name = format!("{after_fetch:?}");
                server.folder = format!("{after_fetch:?}");
                server.after_fetch = after_fetch;
                server.move_to = Some("Done".into());
            });
            (0..2).for_each(|number| mailbox.deliver(&mail(number)));
            mailbox.contents().mails[0].came = Came::Fewer;
            world.pass(&server, &mailbox).unwrap();
            let left: Vec<bool> = mailbox.contents().mails.iter().map(|mail| mail.seen).collect();
            assert_eq!(left, [true], "one is removed, the other is marked: {after_fetch:?}");
        }
    }
}

/// The database refuses the source of one message.
#[test]
fn a_message_that_the_database_refuses_is_noted_and_the_others_are_kept() {
    let place = Place::sqlite();
    let (world, mailbox) = (World::open(&place), FakeMailbox::imap(7));
    let server = world.server(Protocol::Imap, |_| {});
    (0..9).for_each(|number| mailbox.deliver(&mail(number)));
    let sql = |sql: &str| {
        world.app.store.write(|db| diesel::sql_query(sql).execute(db).map(drop).map_err(StoreError::from)).unwrap();
    };
    sql(
        "CREATE TRIGGER refuse BEFORE INSERT ON messages WHEN NEW.source_key = 'imap:7:5' AND NEW.source_id IS NOT NULL \
         BEGIN SELECT RAISE(ABORT, 'no'); END",
    );
    world.pass(&server, &mailbox).unwrap();
    assert_eq!(world.count(MailState::Delivered), 8);
    let row = world.ledger().into_iter().find(|line| line.state != MailState::Delivered).unwrap();
    assert_eq!((row.state, row.reason), (MailState::Retrying, Some(Reason::Fault)));
    assert!(!mailbox.contents().mails[4].seen, "what is not kept is not told");
    sql("DROP TRIGGER refuse");
    world.pass(&server, &mailbox).unwrap();
    assert_eq!(world.count(MailState::Delivered), 9);
}
