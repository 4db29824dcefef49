//! Several folders of one account: each is a mailbox of its own, and a mail that is moved between them stays one record.

use chrono::TimeDelta;
use mailgate::domain::ledger::{MailState, Reason};
use mailgate::domain::now;
use mailgate::domain::protocol::{Protocol, Security};
use mailgate::domain::server::{AfterFetch, StartWith};
use mailgate::fetch::PassError;
use mailgate::mailbox::MailboxProblem;
use mailgate::pipeline::dismiss;
use mailgate::store::server_status;

use super::real_servers::{fetch, server, world};
use super::world::{World, mail, mail_with};
use crate::support::database::on_both;
use crate::support::dovecot::Dovecot;
use crate::support::fake_mailbox::{FakeMailbox, account};

const DELIVERED: (MailState, Option<Reason>) = (MailState::Delivered, None);
const DUPLICATE: (MailState, Option<Reason>) = (MailState::Ignored, Some(Reason::Duplicate));

on_both! {
    fn each_folder_has_a_numbering_and_a_first_fetch_of_its_own(place: &Place) {
        // The same UIDVALIDITY and UIDs in both: only the folder tells their mails apart.
        let (world, inbox, appeals) = (World::open(place), FakeMailbox::imap(7), FakeMailbox::imap(7));
        let both = || account(&[("INBOX", &inbox), ("Appeals", &appeals)]);
        let mut server = world.server(Protocol::Imap, |server| server.start_with = StartWith::New);
        let before = now() - TimeDelta::days(30);
        inbox.contents().add(mail(1).into_bytes(), before);
        appeals.contents().add(mail(2).into_bytes(), before);
        assert_eq!(world.pass_with(&server, both()).unwrap().fetched, 0);
        inbox.deliver(&mail(3));
        appeals.contents().add(mail(4).into_bytes(), before);
        assert_eq!(world.pass_with(&server, both()).unwrap().fetched, 1, "Appeals is not fetched yet");

        // What was there when the folder was added is not new, as in the first one.
        server.folder = "INBOX\nAppeals".into();
        assert_eq!(world.pass_with(&server, both()).unwrap().fetched, 0);
        inbox.deliver(&mail(5));
        appeals.contents().add(mail(6).into_bytes(), now() + TimeDelta::seconds(1));
        assert_eq!(world.pass_with(&server, both()).unwrap().delivered, 2);
        assert_eq!(world.pass_with(&server, both()).unwrap().fetched, 0);
        appeals.renumber(Some(8));
        world.pass_with(&server, both()).unwrap();
        assert_eq!(world.records().len(), 3, "three, five and six");
    }

    fn a_mail_that_is_moved_stays_one_record(place: &Place) {
        let (world, inbox, appeals) = (World::open(place), FakeMailbox::imap(7), FakeMailbox::imap(9));
        let both = || account(&[("INBOX", &inbox), ("Appeals", &appeals)]);
        let server = world.server(Protocol::Imap, |server| server.folder = "INBOX\nAppeals".into());
        inbox.deliver(&mail(1));
        world.pass_with(&server, both()).unwrap();
        inbox.move_last_to(&appeals);
        world.pass_with(&server, both()).unwrap();
        appeals.move_last_to(&inbox);
        world.pass_with(&server, both()).unwrap();
        assert_eq!(world.states(), [DELIVERED, DUPLICATE, DUPLICATE]);
        assert!(inbox.contents().mails[0].seen, "told where it lies now");
    }

    fn a_mail_that_waits_for_a_person_or_was_dismissed_does_not_come_again_by_being_moved(place: &Place) {
        let (world, inbox, appeals) = (World::open(place), FakeMailbox::imap(7), FakeMailbox::imap(9));
        let both = || account(&[("INBOX", &inbox), ("Appeals", &appeals)]);
        let server = world.server(Protocol::Imap, |server| {
            server.folder = "INBOX\nAppeals".into();
            server.object_model = None;
        });
        inbox.deliver(&mail_with("", "The well", "It is dry."));
        world.pass_with(&server, both()).unwrap();
        assert_eq!(world.count(MailState::Held), 1);
        inbox.move_last_to(&appeals);
        world.pass_with(&server, both()).unwrap();
        assert_eq!(world.states()[1], DUPLICATE);
        let held = world.ledger()[0].id;
        dismiss(world.pipeline(), held, "Not ours", "admin").unwrap();
        appeals.move_last_to(&inbox);
        world.pass_with(&server, both()).unwrap();
        assert_eq!((world.states()[2], world.records().len()), (DUPLICATE, 0));
    }

    fn a_folder_that_is_missing_or_breaks_stops_no_other(place: &Place) {
        let (world, inbox, appeals) = (World::open(place), FakeMailbox::imap(7), FakeMailbox::imap(9));
        let server = world.server(Protocol::Imap, |server| server.folder = "Gone\nINBOX\nAppeals".into());
        inbox.deliver(&mail(1));
        appeals.deliver(&mail(2));
        let tally = world.pass_with(&server, account(&[("INBOX", &inbox), ("Appeals", &appeals)])).unwrap();
        assert_eq!(tally.delivered, 2);
        let none = world.pass_with(&server, account(&[])).unwrap_err();
        assert!(matches!(none, PassError::Mailbox(error) if error.problem == MailboxProblem::Folder));

        inbox.contents().breaks_after = Some(0);
        appeals.deliver(&mail(3));
        let broken = world.pass_with(&server, account(&[("INBOX", &inbox), ("Appeals", &appeals)])).unwrap_err();
        let PassError::Mailbox(error) = broken else { panic!("{broken:?}") };
        assert_eq!(error.complaint.what, "Folder “INBOX”: The connection ended in the middle.");
        assert_eq!(world.count(MailState::Delivered), 3, "Appeals was fetched all the same");
    }

    fn a_missing_folder_is_named_on_its_server_until_it_is_there(place: &Place) {
        let (world, user) = (world(place), Dovecot::shared().user("folders"));
        user.create_folder("Appeals");
        let server = server(&world, &user, Protocol::Imap, Security::Tls, |server| {
            server.folder = "Complaints\nINBOX\nAppeals".into();
        });
        let warning = || world.app.store.read(|db| server_status::get(db, server.id)).unwrap().warning;
        user.deliver(mail(1).as_bytes());
        user.deliver_to("Appeals", mail(2).as_bytes());
        assert_eq!(fetch(&world, &server).unwrap().delivered, 2);
        let said = warning().expect("it is named").to_string();
        assert!(said.contains("There is no folder “Complaints”. This mailbox has: "), "{said}");
        assert_eq!(world.app.store.read(|db| server_status::get(db, server.id)).unwrap().failures, 0);
        user.create_folder("Complaints");
        user.deliver_to("Complaints", mail(3).as_bytes());
        assert_eq!(fetch(&world, &server).unwrap().delivered, 1);
        assert_eq!(warning(), None);
    }

    fn mail_is_moved_and_deleted_in_the_folder_where_it_lies(place: &Place) {
        let world = world(place);
        for (after, left) in [(AfterFetch::Move, 4), (AfterFetch::Delete, 0)] {
            let user = Dovecot::shared().user("folders");
            ["Appeals", "Done"].iter().for_each(|folder| user.create_folder(folder));
            let server = server(&world, &user, Protocol::Imap, Security::None, |server| {
                server.folder = "INBOX\nAppeals".into();
                server.after_fetch = after;
                server.move_to = (after == AfterFetch::Move).then(|| "Done".into());
                server.delete_after_days = 0;
            });
            for number in 0..2 {
                user.deliver(mail(10 * left + number).as_bytes());
                user.deliver_to("Appeals", mail(10 * left + number + 2).as_bytes());
            }
            assert_eq!(fetch(&world, &server).unwrap().delivered, 4);
            let there = ["INBOX", "Appeals", "Done"].map(|folder| user.messages_in(folder).len());
            assert_eq!(there, [0, 0, left], "{after}");
        }
    }
}
