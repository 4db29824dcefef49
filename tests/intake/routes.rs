//! What becomes of mail: replies, bounces, spam, mail that nobody can place, and mail that is damaged.

use mailgate::domain::ledger::{Fate, MailState, Reason, Why};
use mailgate::domain::message::Address;
use mailgate::domain::now;
use mailgate::domain::protocol::Protocol;
use mailgate::domain::server::SenderPolicy;
use mailgate::domain::words::Sentence;
use mailgate::pipeline::keep::{ExpectedMail, Incoming, MailContent, keep};
use mailgate::pipeline::{Correction, dismiss, download_anyway, redeliver};
use mailgate::store::mailboxes;

use super::world::{GRIEVANCE, HELPDESK, World, mail, mail_with};
use crate::support::database::on_both;
use crate::support::fake_mailbox::FakeMailbox;

const BOUNCE: &str = "Message-ID: <b@mta>\r\nFrom: MAILER-DAEMON@mta.example\r\nTo: grm@agency.example\r\n\
    Subject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n\
    Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\
    Content-Type: text/plain\r\n\r\nIt could not be delivered.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n\
    Reporting-MTA: dns; mta.example\r\n\r\nFinal-Recipient: rfc822; x@y.example\r\nAction: failed\r\n\
    Status: 5.1.1\r\n\r\n--b--\r\n";

const DELIVERED: (MailState, Option<Reason>) = (MailState::Delivered, None);

on_both! {
    fn a_reply_joins_its_record_also_within_one_batch(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::imap(7));
        let server = world.server(Protocol::Imap, |_| {});
        let reply = |id: &str, to: &str| {
            mail_with(&format!("Message-ID: {id}\r\nReferences: <m1@people.example> {to}\r\n"), "Re: Grievance 1", id)
        };
        mailbox.deliver(&reply("<r1@x>", "<unknown@x>"));
        mailbox.deliver(&mail(1));
        mailbox.deliver(&mail(2));
        world.pass(&server, &mailbox).unwrap();
        mailbox.deliver(&reply("<r2@x>", "<r1@x>"));
        world.pass(&server, &mailbox).unwrap();
        let subjects: Vec<_> = world.records().into_values().collect();
        assert_eq!(
            subjects,
            [vec!["Grievance 1", "Re: Grievance 1", "Re: Grievance 1"], vec!["Grievance 2"]]
        );
    }

    fn what_is_no_persons_mail_makes_no_record_until_somebody_says_so(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::imap(7));
        let server = world.server(Protocol::Imap, |_| {});
        mailbox.deliver(BOUNCE);
        mailbox.deliver(&mail_with("Message-ID: <s@x>\r\nX-Spam-Flag: YES\r\n", "Win", "now"));
        let tally = world.pass(&server, &mailbox).unwrap();
        assert_eq!((tally.ignored, tally.held), (1, 1));
        assert_eq!(world.states(), [(MailState::Ignored, Some(Reason::Bounce)), (MailState::Held, Some(Reason::Spam))]);
        for line in world.ledger() {
            let plain = redeliver(world.pipeline(), line.id, &Correction::default(), "officer").unwrap();
            assert_eq!(plain.fate.state(), Some(line.state), "a plain retry decides the same");
            let force = Correction { force: true, ..Correction::default() };
            assert_eq!(redeliver(world.pipeline(), line.id, &force, "officer").unwrap().fate.state(), Some(MailState::Delivered));
            assert!(redeliver(world.pipeline(), line.id, &force, "officer").is_err(), "delivered already");
        }
        assert_eq!(world.records().len(), 2);
    }

    fn an_unknown_sender_is_held_corrected_and_then_known(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::imap(7));
        let strict = world.server(Protocol::Imap, |server| server.sender_policy = SenderPolicy::Known);
        mailbox.deliver(&mail(1));
        world.pass(&strict, &mailbox).unwrap();
        assert_eq!(world.states(), [(MailState::Held, Some(Reason::UnknownSender))]);
        // Another mailbox makes contacts of senders, one for all their mail.
        let (open, other) = (FakeMailbox::imap(1), FakeMailbox::imap(2));
        let open_server = world.server(Protocol::Imap, |server| server.sender_policy = SenderPolicy::Create);
        let from_fatou = |number: usize| mail(number).replace("Amina Diallo <amina@", "Fatou Sow <Fatou+grm@");
        open.deliver(&from_fatou(2));
        open.deliver(&from_fatou(3));
        world.pass(&open_server, &open).unwrap();
        drop(other);
        let fatou = Address { name: String::new(), address: "fatou@people.example".into() };
        let correction = Correction { sender: Some(fatou), ..Correction::default() };
        let settled = redeliver(world.pipeline(), world.ledger()[0].id, &correction, "officer").unwrap();
        assert_eq!(settled.fate.state(), Some(MailState::Delivered));
        assert_eq!(world.contacts(), ["Fatou Sow"]);
    }

    fn a_person_chooses_the_record_type_or_the_record(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::imap(7));
        let server = world.server(Protocol::Imap, |server| server.object_model = None);
        mailbox.deliver(&mail(1));
        mailbox.deliver(&mail(2));
        world.pass(&server, &mailbox).unwrap();
        assert_eq!(world.states(), [(MailState::Held, Some(Reason::NoRecordType)); 2]);
        let model = Correction { model: Some(HELPDESK.into()), ..Correction::default() };
        let ids: Vec<_> = world.ledger().iter().map(|line| line.id).collect();
        redeliver(world.pipeline(), ids[0], &model, "officer").unwrap();
        let record = world.ledger()[0].res_id;
        let join = Correction { record, ..model };
        redeliver(world.pipeline(), ids[1], &join, "officer").unwrap();
        assert_eq!(world.states(), [DELIVERED, DELIVERED]);
        let records: Vec<_> = world.records().into_iter().collect();
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].1, ["Grievance 1", "Grievance 2"]);
    }

    fn one_damaged_message_never_delays_the_next(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::imap(7));
        let server = world.server(Protocol::Imap, |_| {});
        mailbox.deliver("");
        mailbox.deliver(&mail(1));
        mailbox.deliver(&mail(2));
        mailbox.deliver(&mail(3));
        mailbox.contents().mails[1].broken = true;
        mailbox.contents().mails[2].claimed_size = Some(3_000_000);
        let tally = world.pass(&server, &mailbox).unwrap();
        assert_eq!((tally.fetched, tally.delivered, tally.held, tally.retrying), (2, 1, 2, 1));
        let of = |subject| world.ledger().into_iter().find(|line| line.subject.as_deref() == subject).unwrap().state;
        assert_eq!(of(Some("Grievance 3")), MailState::Delivered);
        // What is too large is not here, but its header says who wrote it and about what.
        let large = world.ledger().into_iter().find(|line| line.reason == Some(Reason::TooLarge)).unwrap();
        assert_eq!((large.subject.as_deref(), large.source), (Some("Grievance 2"), None));
        assert_eq!(large.email_from.as_deref(), Some("Amina Diallo <amina@people.example>"));
        // It is asked for a few times, and then left to a person.
        for _ in 0..4 {
            world.pass(&server, &mailbox).unwrap();
        }
        let mut reasons: Vec<_> = world.ledger().into_iter().filter_map(|line| line.reason).collect();
        reasons.sort();
        assert_eq!(reasons, [Reason::TooLarge, Reason::Unreadable, Reason::NotDownloaded]);
        assert_eq!(world.count(MailState::Held), 3);
        assert!(!mailbox.contents().mails[1].seen && !mailbox.contents().mails[2].seen, "what is not here is not told of");
        // Both can be had later.
        mailbox.contents().mails[1].broken = false;
        for line in world.ledger().into_iter().filter(|line| line.reason != Some(Reason::Unreadable)) {
            if line.state == MailState::Held {
                download_anyway(world.pipeline(), line.id, "officer").unwrap();
            }
        }
        assert_eq!(world.pass(&server, &mailbox).unwrap().delivered, 2);
        assert_eq!(world.records().len(), 3);
    }

    fn what_a_person_decides_while_the_mail_server_is_asked_stays_so(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::imap(7));
        let server = world.server(Protocol::Imap, |_| {});
        mailbox.deliver(&mail(1));
        mailbox.contents().mails[0].broken = true;
        world.pass(&server, &mailbox).unwrap();
        let [line] = &world.ledger()[..] else { panic!("one mail is known") };
        assert_eq!(line.state, MailState::Retrying);
        dismiss(world.pipeline(), line.id, "an old one", "officer").unwrap();
        // The pass asked before that, and hears only now that the mail can't be had, or is gone.
        let why = || Why::new(Reason::NotDownloaded, Sentence::verbatim("It is broken."));
        for fate in [Fate::Retrying { why: why(), next: now() }, Fate::Held(why())] {
            let asked = Incoming {
                key: "imap:7:1".parse().unwrap(),
                size: 100,
                received: None,
                expected: ExpectedMail::Source { of: line.id, attempts: 1 },
                content: MailContent::NotHere { fate, header: None },
                call: None,
                import: None,
            };
            let stored = world.app.store.write(|db| mailboxes::of(db, &server, server.first_folder())).unwrap();
            keep(world.pipeline(), &server, &stored, &mut [asked]).unwrap();
            assert_eq!(world.states(), [(MailState::Ignored, Some(Reason::Dismissed))]);
        }
    }

    fn a_forced_duplicate_and_a_dismissed_one_make_records(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::imap(7));
        let server = world.server(Protocol::Imap, |_| {});
        (0..2).for_each(|_| mailbox.deliver(&mail(1)));
        world.pass(&server, &mailbox).unwrap();
        let duplicate = world.ledger()[1].id;
        assert_eq!(world.states()[1], (MailState::Ignored, Some(Reason::Duplicate)));
        let force = Correction { force: true, ..Correction::default() };
        redeliver(world.pipeline(), duplicate, &force, "officer").unwrap();
        assert_eq!(world.states(), [DELIVERED, DELIVERED]);
        assert_eq!(world.records().len(), 2);
        assert!(dismiss(world.pipeline(), duplicate, "twice", "officer").is_err(), "a record has it");
    }

    fn a_machine_that_repeats_itself_is_held(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::imap(7));
        let server = world.server(Protocol::Imap, |_| {});
        for number in 0..25 {
            mailbox.deliver(&mail_with(&format!("Message-ID: <l{number}@x>\r\n"), "Ticket", &number.to_string()));
            mailbox.deliver(&mail(number));
        }
        world.pass(&server, &mailbox).unwrap();
        assert_eq!(world.count(MailState::Delivered), 45);
        assert_eq!(world.count(MailState::Held), 5);
        assert_eq!(world.records().keys().filter(|(model, _)| model == GRIEVANCE).count(), 45);
    }

    fn a_machine_that_answers_itself_is_held_too(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::imap(7));
        let server = world.server(Protocol::Imap, |_| {});
        for number in 0..25 {
            mailbox.deliver(&mail_with(&format!("Message-ID: <l{number}@x>\r\n"), "Re: Ticket", &number.to_string()));
        }
        world.pass(&server, &mailbox).unwrap();
        assert_eq!((world.count(MailState::Delivered), world.count(MailState::Held)), (20, 5));
        assert_eq!(world.records().len(), 1, "they answer one subject");
    }

    fn the_ledger_balances(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::imap(7));
        let server = world.server(Protocol::Imap, |_| {});
        for source in [BOUNCE.to_owned(), mail(1), mail(1), mail(2), String::new()] {
            mailbox.deliver(&source);
        }
        mailbox.contents().mails[3].broken = true;
        world.pass(&server, &mailbox).unwrap();
        mailgate::pipeline::keep_piped(world.pipeline(), &server, &mut mail(9).as_bytes()).unwrap();
        let counts = world.counts();
        let expected = [
            (MailState::Received, 1),
            (MailState::Delivered, 1),
            (MailState::Held, 1),
            (MailState::Ignored, 2),
            (MailState::Retrying, 1),
        ];
        assert_eq!(counts, expected);
        assert_eq!(counts.iter().map(|(_, count)| count).sum::<i64>(), 6);
    }
}
