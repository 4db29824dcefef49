//! How mail is told apart (ARCHITECTURE §4): the same is never taken twice, other mail is never taken for it.

use chrono::TimeDelta;
use mailgate::domain::ledger::{MailState, Reason};
use mailgate::domain::now;
use mailgate::domain::protocol::Protocol;
use mailgate::domain::server::{Access, IncomingServer, StartWith};
use mailgate::pipeline::keep_piped;

use super::world::{GRIEVANCE, HELPDESK, World, mail, mail_with};
use crate::support::database::on_both;
use crate::support::fake_mailbox::FakeMailbox;

const DELIVERED: (MailState, Option<Reason>) = (MailState::Delivered, None);
const DUPLICATE: (MailState, Option<Reason>) = (MailState::Ignored, Some(Reason::Duplicate));

fn first_fetch(world: &World, start_with: StartWith, mailbox: &FakeMailbox) -> IncomingServer {
    let server = world.server(Protocol::Imap, |server| server.start_with = start_with);
    world.pass(&server, mailbox).unwrap();
    server
}

on_both! {
    fn what_the_first_fetch_did_not_choose_stays_out_for_ever(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::imap(7));
        (0..4).for_each(|number| mailbox.deliver(&mail(number)));
        mailbox.contents().mails[1].seen = true;
        let server = first_fetch(&world, StartWith::Unread, &mailbox);
        assert_eq!(world.ledger().len(), 3);
        mailbox.contents().mails[1].seen = false;
        mailbox.deliver(&mail(4));
        // New mail that somebody has read before us is new all the same.
        mailbox.contents().mails[4].seen = true;
        let tally = world.pass(&server, &mailbox).unwrap();
        assert_eq!((tally.fetched, tally.delivered), (1, 1));
        let subjects: Vec<_> = world.ledger().into_iter().filter_map(|line| line.subject).collect();
        assert_eq!(subjects, ["Grievance 0", "Grievance 2", "Grievance 3", "Grievance 4"]);
    }

    fn only_new_mail_is_taken_where_that_was_chosen(place: &Place) {
        for mailbox in [FakeMailbox::imap(7), FakeMailbox::pop()] {
            let world = World::open(place);
            let protocol = if mailbox.contents().uid_validity.is_some() { Protocol::Imap } else { Protocol::Pop };
            let before = world.ledger().len();
            mailbox.deliver(&mail(before));
            let server = world.server(protocol, |server| server.start_with = StartWith::New);
            assert_eq!(world.pass(&server, &mailbox).unwrap().fetched, 0);
            mailbox.deliver(&mail(before + 10));
            assert_eq!(world.pass(&server, &mailbox).unwrap().fetched, 1);
            assert_eq!(world.pass(&server, &mailbox).unwrap().fetched, 0);
        }
    }

    fn since_a_date_counts_on_pop_by_what_the_mail_itself_says(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::pop());
        for (number, day) in [(1, 10), (2, 20)] {
            let received = format!("Received: by mx.people.example; {day} Nov 2026 10:00:00 +0000\r\n");
            mailbox.deliver(&mail_with(&received, &format!("Grievance {number}"), "Nobody came."));
        }
        mailbox.deliver("From: amina@people.example\r\nDate: 1 Jan 2026 10:00:00 +0000\r\nSubject: Old\r\n\r\nx");
        mailbox.deliver("From: amina@people.example\r\nSubject: In doubt it is taken\r\n\r\nx");
        let server = world.server(Protocol::Pop, |server| {
            server.start_with = StartWith::Since;
            server.start_date = chrono::NaiveDate::from_ymd_opt(2026, 11, 20);
        });
        world.pass(&server, &mailbox).unwrap();
        let subjects: Vec<_> = world.ledger().into_iter().filter_map(|line| line.subject).collect();
        assert_eq!(subjects, ["Grievance 2", "In doubt it is taken"]);
        assert_eq!(mailbox.contents().mails.len(), 2, "what is out of scope stays on the server");
        assert_eq!(world.pass(&server, &mailbox).unwrap().fetched, 0);
    }

    fn a_changed_uidvalidity_brings_nothing_twice_and_loses_nothing(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::imap(7));
        // Read long ago, never chosen.
        mailbox.contents().add(mail(0).into_bytes(), now() - TimeDelta::days(30));
        mailbox.contents().mails[0].seen = true;
        let server = first_fetch(&world, StartWith::Unread, &mailbox);
        mailbox.contents().add(mail(1).into_bytes(), now() + TimeDelta::seconds(1));
        mailbox.contents().add(mail(2).into_bytes(), now() + TimeDelta::seconds(1));
        world.pass(&server, &mailbox).unwrap();
        mailbox.contents().add(mail(3).into_bytes(), now() + TimeDelta::seconds(1));
        mailbox.renumber(Some(8));
        world.pass(&server, &mailbox).unwrap();
        assert_eq!(world.records().len(), 3, "one, two and three");
        assert_eq!(world.count(MailState::Delivered), 3);
        assert!(world.ledger().iter().all(|line| line.subject.as_deref() != Some("Grievance 0")));
        assert!(mailbox.contents().mails[1..].iter().all(|mail| mail.seen), "told of under its new number, too");
        assert_eq!(world.pass(&server, &mailbox).unwrap().fetched, 0);
    }

    fn a_pop_box_rebuilt_with_the_same_uidls_holds_new_mail(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::pop());
        let server = world.server(Protocol::Pop, |server| server.delete_after_days = 14);
        (0..3).for_each(|number| mailbox.deliver(&mail(number)));
        world.pass(&server, &mailbox).unwrap();
        // One is other mail of the same size, one has another size, one is the same mail.
        mailbox.contents().mails.clear();
        mailbox.contents().next = 1;
        mailbox.deliver(&mail(7));
        mailbox.deliver(&mail(1000));
        mailbox.deliver(&mail(2));
        let tally = world.pass(&server, &mailbox).unwrap();
        assert_eq!((tally.fetched, tally.delivered), (2, 2));
        assert_eq!(world.records().len(), 5);
        assert_eq!(world.pass(&server, &mailbox).unwrap().fetched, 0);
    }

    fn other_mail_under_a_known_uidl_is_never_deleted_unread(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::pop());
        let server = world.server(Protocol::Pop, |server| server.delete_after_days = 14);
        mailbox.deliver(&mail(1));
        world.pass(&server, &mailbox).unwrap();
        mailbox.contents().mails[0].source = mail(2).into_bytes();
        world.make_all_due();
        let tally = world.pass(&server, &mailbox).unwrap();
        assert_eq!((tally.fetched, tally.delivered), (1, 1), "it is found out when the first is to be deleted");
        assert_eq!(world.states(), [DELIVERED, DELIVERED]);
        world.make_all_due();
        world.pass(&server, &mailbox).unwrap();
        assert!(mailbox.contents().mails.is_empty());
    }

    fn mail_that_was_deleted_and_stands_there_again_is_looked_at_again(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::pop());
        let server = world.server(Protocol::Pop, |_| {});
        mailbox.deliver(&mail(1));
        world.pass(&server, &mailbox).unwrap();
        assert!(mailbox.contents().mails.is_empty());
        mailbox.contents().next = 1;
        mailbox.deliver(&mail(2));
        assert_eq!(world.pass(&server, &mailbox).unwrap().delivered, 1);
        assert_eq!(world.records().len(), 2);
    }

    fn an_edited_user_or_folder_is_another_mailbox_with_the_same_claims(place: &Place) {
        let (world, first, second) = (World::open(place), FakeMailbox::imap(7), FakeMailbox::imap(7));
        let mut server = world.server(Protocol::Imap, |_| {});
        first.deliver(&mail(1));
        world.pass(&server, &first).unwrap();
        server.folder = "Grievances".into();
        second.deliver(&mail(2));
        second.deliver(&mail(1));
        world.pass(&server, &second).unwrap();
        let Access::Network { username, .. } = &mut server.access else { panic!() };
        *username = "other".into();
        let third = FakeMailbox::imap(7);
        third.deliver(&mail(3));
        world.pass(&server, &third).unwrap();
        assert_eq!(world.states(), [DELIVERED, DELIVERED, DUPLICATE, DELIVERED]);
        // Back again: what was known there is still known.
        server.folder = "INBOX".into();
        *match &mut server.access { Access::Network { username, .. } => username, Access::Local { .. } => panic!() } =
            "grm".into();
        assert_eq!(world.pass(&server, &first).unwrap().fetched, 0);
    }

    fn the_same_mail_to_two_mailboxes_of_different_record_types_makes_both(place: &Place) {
        let (world, one, other) = (World::open(place), FakeMailbox::imap(7), FakeMailbox::imap(9));
        let grievances = world.server(Protocol::Imap, |_| {});
        let helpdesk = world.server(Protocol::Imap, |server| server.object_model = Some(HELPDESK.into()));
        let also_grievances = world.server(Protocol::Imap, |_| {});
        let reply = mail_with("Message-ID: <r@x>\r\nIn-Reply-To: <m1@people.example>\r\n", "Re: Grievance 1", "Still.");
        for mailbox in [&one, &other] {
            mailbox.deliver(&mail(1));
            mailbox.deliver(&reply);
        }
        world.pass(&grievances, &one).unwrap();
        world.pass(&helpdesk, &other).unwrap();
        let both = ["Grievance 1".to_owned(), "Re: Grievance 1".to_owned()];
        let year = now().format("%Y").to_string();
        let records = world.records();
        assert_eq!(records[&(GRIEVANCE.to_owned(), format!("{year}-000001"))], both);
        assert_eq!(records[&(HELPDESK.to_owned(), "000001".to_owned())], both);
        world.pass(&also_grievances, &other).unwrap();
        assert_eq!(world.states(), [DELIVERED, DELIVERED, DELIVERED, DELIVERED, DUPLICATE, DUPLICATE]);
    }

    fn mail_without_a_message_id_is_told_apart_by_what_it_says(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::imap(7));
        let server = world.server(Protocol::Imap, |_| {});
        mailbox.deliver(&mail_with("", "The well", "It is dry."));
        mailbox.deliver(&mail_with("", "The well", "It is dry."));
        mailbox.deliver(&mail_with("", "The well", "It is dry again."));
        // Broken mailers give every mail the same Message-ID.
        mailbox.deliver(&mail_with("Message-ID: <1@x>\r\n", "The road", "It is flooded."));
        mailbox.deliver(&mail_with("Message-ID: <1@x>\r\n", "The bridge", "It is gone."));
        world.pass(&server, &mailbox).unwrap();
        assert_eq!(world.states(), [DELIVERED, DUPLICATE, DELIVERED, DELIVERED, DELIVERED]);
        assert_eq!(world.records().len(), 4);
    }

    fn the_pipe_keeps_an_identical_delivery_once(place: &Place) {
        let world = World::open(place);
        let server = world.server(Protocol::Imap, |_| {});
        let keep = |text: &str| keep_piped(world.pipeline(), &server, &mut text.as_bytes()).unwrap().id;
        let first = keep(&mail(1));
        assert_eq!(keep(&mail(1)), first);
        assert_ne!(keep(&mail(2)), first);
        assert_eq!(world.ledger().len(), 2);
    }
}
