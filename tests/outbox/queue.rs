//! What waits, what is sent when, and what is said meanwhile.

use mailgate::domain::fetching::ImportDeed;
use mailgate::domain::ledger::{MailState, Reason};
use mailgate::domain::now;
use mailgate::domain::person::Caller;
use mailgate::domain::protocol::Protocol;
use mailgate::domain::server::SenderPolicy;
use mailgate::odoo::TroubleKind;
use mailgate::operations::fetch;
use mailgate::pipeline::{Correction, dismiss, redeliver, repair};
use mailgate::store::{connections, handovers};

use super::far_end::Mishap;
use super::world::{Far, outbox};
use crate::intake::world::{HELPDESK, mail, mail_with};
use crate::support::database::on_both;
use crate::support::fake_mailbox::FakeMailbox;

on_both! {
    fn mail_waits_in_the_ledger_and_becomes_records_over_there(place: &Place) {
        let far = Far::open(place);
        far.receive_some(3);
        assert_eq!(far.world.counts(), [(MailState::Routed, 3)]);
        let waiting = far.world.app.store.read(handovers::waiting).unwrap();
        assert_eq!(waiting[&far.connection].messages, 3);
        far.drain();
        assert_eq!(far.world.counts(), [(MailState::Delivered, 3)]);
        assert_eq!(far.subjects().concat(), ["Grievance 0", "Grievance 1", "Grievance 2"]);
        let line = &far.world.ledger()[0];
        assert_eq!(line.res_model.as_deref(), Some("spp.grm.ticket"));
        assert!(far.world.app.store.read(handovers::waiting).unwrap().is_empty());
        assert!(far.status().last_delivery.is_some());
    }

    fn with_the_far_end_away_everything_waits_and_then_drains(place: &Place) {
        let far = Far::open(place);
        far.end.contents().closed = Some(TroubleKind::Temporary);
        far.receive_some(5);
        for _ in 0..3 {
            far.drain();
            far.hours_pass();
        }
        let status = far.status();
        assert_eq!((status.failures, status.paused_since), (3, None));
        assert!(status.failing_since.is_some() && status.last_error.is_some());
        assert_eq!(far.world.counts(), [(MailState::Routed, 5)], "the messages are not to blame");
        far.end.contents().closed = None;
        far.drain();
        assert_eq!(far.world.counts(), [(MailState::Delivered, 5)]);
        let status = far.status();
        assert_eq!((status.failures, status.failing_since, status.last_error), (0, None, None));
    }

    fn a_failing_connection_is_left_alone_until_its_time_comes(place: &Place) {
        let far = Far::open(place);
        far.end.contents().closed = Some(TroubleKind::Temporary);
        far.receive_some(1);
        far.drain();
        far.drain();
        far.drain();
        assert_eq!(far.end.contents().sign_ins, 1);
    }

    fn a_connection_is_signed_in_at_once_for_many_rounds_and_anew_where_it_does_not_go_on(place: &Place) {
        // Each worker has a session of its own.
        let far = Far::open(place).side_by_side(1);
        for number in 0..4 {
            far.receive(&mail(number));
            far.drain();
        }
        assert_eq!(far.end.contents().sign_ins, 1);
        far.end.contents().closed = Some(TroubleKind::Temporary);
        let id = far.receive(&mail(4));
        far.drain();
        assert_eq!((far.state(id), far.status().failures), (MailState::Routed, 1), "the message is not to blame");
        far.end.contents().closed = None;
        far.hours_pass();
        far.drain();
        assert_eq!((far.state(id), far.end.contents().sign_ins), (MailState::Delivered, 3));
        // An account that is another is signed in by itself.
        far.world.app.store.write(|db| {
            let mut stored = connections::get(db, far.connection)?.unwrap();
            stored.settings.login = "another@example.org".into();
            connections::update(db, &stored.settings, stored.version)
        }).unwrap();
        far.receive(&mail(5));
        far.drain();
        assert_eq!((far.world.counts(), far.end.contents().sign_ins), (vec![(MailState::Delivered, 6)], 4));
    }

    fn a_failing_connection_is_asked_again_although_nothing_waits_any_more(place: &Place) {
        let far = Far::open(place);
        far.end.befall(&[Mishap::Busy]);
        let id = far.receive(&mail(1));
        far.drain();
        far.end.contents().closed = Some(TroubleKind::Temporary);
        far.hours_pass();
        far.drain();
        assert!(far.status().failing_since.is_some());
        dismiss(far.world.pipeline(), id, "Not for us", "officer").unwrap();
        let due = || far.world.app.store.read(|db| handovers::connections_due(db, now())).unwrap();
        assert_eq!(due(), [], "not before its time");
        far.end.contents().closed = None;
        far.hours_pass();
        assert_eq!(due(), [far.connection]);
        far.drain();
        assert_eq!((far.status().failing_since, due()), (None, vec![]));
    }

    fn a_wrong_setting_pauses_the_connection_until_a_test_passes(place: &Place) {
        let far = Far::open(place);
        far.end.befall(&[Mishap::Fine, Mishap::WrongRights]);
        far.receive_some(8);
        far.drain();
        let status = far.status();
        assert!(status.paused_since.is_some());
        assert_eq!(status.last_remedy.as_deref(), Some("Set it right."));
        let failed = far.world.states().into_iter().filter(|(_, reason)| *reason == Some(Reason::Configuration)).count();
        assert_eq!(failed, 1);
        far.drain();
        let left = far.world.count(MailState::Routed) + far.world.count(MailState::Retrying);
        assert!(left > 0, "nothing more is sent while it is paused");
        far.world.app.store.write(|db| connections::works(db, far.connection)).unwrap();
        far.drain();
        assert_eq!(far.world.counts(), [(MailState::Delivered, 8)]);
        assert_eq!(far.end.contents().records.len(), 8);
    }

    fn one_message_that_fails_delays_no_other(place: &Place) {
        let far = Far::open(place);
        // The first call makes the records of all.
        far.end.befall(&[Mishap::Fine, Mishap::Busy]);
        far.receive_some(4);
        far.drain();
        assert_eq!(far.world.counts(), [(MailState::Delivered, 3), (MailState::Retrying, 1)]);
        far.hours_pass();
        far.drain();
        assert_eq!(far.world.counts(), [(MailState::Delivered, 4)]);
    }

    fn workers_share_what_is_due_by_sender_and_make_numbered_records_one_by_one(place: &Place) {
        let far = Far::open(place);
        far.end.contents().gapless = true;
        for number in 0..8 {
            let from = format!("person{}@people.example", number % 4);
            far.end.contents().contacts.push((from.clone(), 20 + number));
            far.receive(&mail(number as usize).replace("amina@people.example", &from));
        }
        far.drain();
        assert_eq!(far.world.counts(), [(MailState::Delivered, 8)]);
        let contents = far.end.contents();
        assert_eq!((contents.ahead.as_slice(), contents.side_by_side), ([4, 4].as_slice(), 1));
        assert_eq!(contents.sign_ins, 2, "a session for each");
    }

    fn a_message_that_always_fails_is_held_in_the_end(place: &Place) {
        let far = Far::open(place);
        let id = far.receive(&mail(1));
        for _ in 0..16 {
            assert_ne!(far.state(id), MailState::Held);
            far.end.befall(&[Mishap::Busy]);
            far.drain();
            far.hours_pass();
        }
        assert_eq!(far.world.states(), [(MailState::Held, Some(Reason::Undelivered))]);
    }

    fn what_the_target_refuses_is_held_with_its_words_and_can_be_retried(place: &Place) {
        let far = Far::open(place);
        far.end.befall(&[Mishap::Refused]);
        let id = far.receive(&mail(1));
        far.drain();
        let line = far.world.ledger().remove(0);
        assert_eq!((line.state, line.reason), (MailState::Held, Some(Reason::Refused)));
        assert_eq!(line.reason_detail.as_deref(), Some("A field is missing: district."));
        redeliver(far.world.pipeline(), id, &Correction::default(), "officer").unwrap();
        assert_eq!(far.state(id), MailState::Routed);
        far.drain();
        assert_eq!(far.state(id), MailState::Delivered);
    }

    fn an_unknown_sender_is_held_until_a_person_says_who_it_is(place: &Place) {
        let far = Far::open(place);
        let server = far.world.server(Protocol::Imap, |server| {
            server.connection = Some(far.connection);
            server.sender_policy = SenderPolicy::Known;
        });
        let stranger = mail_with("Message-ID: <s@x.example>\r\n", "From a cousin", "…").replace("amina@", "cousin@");
        let id = far.receive_by(&server, &stranger);
        far.drain();
        assert_eq!(far.world.states(), [(MailState::Held, Some(Reason::UnknownSender))]);
        assert!(far.end.contents().records.is_empty());
        let linked = Correction { remote_partner: Some(42), ..Correction::default() };
        redeliver(far.world.pipeline(), id, &linked, "officer").unwrap();
        far.drain();
        assert_eq!(far.state(id), MailState::Delivered);
        assert_eq!(far.end.contents().records[0].partner, Some(42));
    }

    fn two_processes_at_one_queue_deliver_each_message_once(place: &Place) {
        let far = Far::open(place);
        far.receive_some(40);
        let other = outbox(place, &far.world, far.end.dial());
        std::thread::scope(|scope| {
            for outbox in [&far.outbox, &other, &far.outbox] {
                scope.spawn(|| outbox.drain(far.connection, &Default::default()).unwrap());
            }
        });
        far.drain();
        assert_eq!(far.world.counts(), [(MailState::Delivered, 40)]);
        assert_eq!(far.end.contents().records.len(), 40);
    }

    fn the_same_mail_for_two_record_types_goes_out_under_two_message_ids(place: &Place) {
        let far = Far::open(place);
        let helpdesk = far.world.server(Protocol::Pop, |server| {
            server.connection = Some(far.connection);
            server.object_model = Some(HELPDESK.into());
        });
        far.receive(&mail(1));
        far.receive_by(&helpdesk, &mail(1));
        far.receive(&mail(1));
        far.drain();
        let records = far.end.contents().records.clone();
        assert_eq!(records.len(), 2);
        assert_eq!(records.iter().filter(|record| record.messages == ["<m1@people.example>"]).count(), 1);
        assert_eq!(far.world.counts(), [(MailState::Delivered, 2)], "the second copy in one mailbox is the same message");
    }

    fn what_the_far_end_had_already_is_delivered_beside_it_where_a_person_says_so(place: &Place) {
        let far = Far::open(place);
        far.end.knows("<m1@people.example>");
        let id = far.receive(&mail(1));
        far.drain();
        assert_eq!(far.world.states(), [(MailState::Ignored, Some(Reason::Duplicate))]);
        redeliver(far.world.pipeline(), id, &Correction { force: true, ..Correction::default() }, "officer").unwrap();
        far.drain();
        assert_eq!(far.state(id), MailState::Delivered);
        assert_eq!(far.subjects(), [["From elsewhere"], ["Grievance 1"]]);
    }

    fn different_mail_under_one_message_id_arrives_both_times(place: &Place) {
        let far = Far::open(place);
        let id = "Message-ID: <reused@broken.example>\r\n";
        far.receive(&mail_with(id, "First", "The well is dry."));
        far.receive(&mail_with(id, "Second", "The bridge is gone."));
        far.drain();
        assert_eq!(far.subjects(), [["First"], ["Second"]]);
        assert_eq!(far.world.counts(), [(MailState::Delivered, 2)]);
    }

    fn what_comes_in_one_fetch_is_told_apart_as_if_it_came_one_by_one(place: &Place) {
        let (far, mailbox) = (Far::open(place), FakeMailbox::imap(7));
        let server = far.world.server(Protocol::Imap, |server| {
            server.connection = Some(far.connection);
            server.object_model = Some("spp.grm.ticket".into());
        });
        let id = "Message-ID: <reused@broken.example>\r\n";
        mailbox.deliver(&mail_with(id, "First", "The well is dry."));
        mailbox.deliver(&mail_with(id, "Second", "The bridge is gone."));
        // Two people answer a circular that never came here.
        for sender in ["third", "fourth"] {
            let id = format!("Message-ID: <{sender}@people.example>\r\nIn-Reply-To: <circular@ministry.example>\r\n");
            let mail = mail_with(&id, sender, &format!("The card of {sender} is lost."));
            mailbox.deliver(&mail.replace("Amina Diallo", sender).replace("amina@", &format!("{sender}@")));
        }
        far.world.pass(&server, &mailbox).unwrap();
        (0..4).for_each(|_| far.drain());
        assert_eq!(far.subjects(), [["First"], ["Second"], ["fourth"], ["third"]]);
        assert_eq!(far.world.counts(), [(MailState::Delivered, 4)]);
    }

    fn held_mail_follows_its_server_to_another_target(place: &Place) {
        let far = Far::open(place);
        let here = far.world.server(Protocol::Pop, |server| server.object_model = None);
        let id = far.receive_by(&here, &mail(1));
        assert_eq!(far.world.states(), [(MailState::Held, Some(Reason::NoRecordType))]);
        let mut there = here.clone();
        there.connection = Some(far.connection);
        there.object_model = Some("spp.grm.ticket".into());
        assert!(far.world.app.store.write(|db| mailgate::store::servers::update(db, &there, 1)).unwrap());
        redeliver(far.world.pipeline(), id, &Correction::default(), "officer").unwrap();
        far.drain();
        assert_eq!(far.state(id), MailState::Delivered);
        assert_eq!(far.subjects(), [["Grievance 1"]]);
    }

    fn a_dismissed_message_is_not_sent(place: &Place) {
        let far = Far::open(place);
        far.end.befall(&[Mishap::Busy]);
        let id = far.receive(&mail(1));
        far.drain();
        dismiss(far.world.pipeline(), id, "Not for us", "officer").unwrap();
        far.hours_pass();
        far.drain();
        assert_eq!(far.state(id), MailState::Ignored);
        assert!(far.end.contents().records.is_empty());
    }

    fn an_undone_import_takes_back_what_waits_and_leaves_what_may_be_over_there(place: &Place) {
        let (far, mailbox) = (Far::open(place), FakeMailbox::imap(7));
        (0..4).for_each(|number| mailbox.deliver(&mail(number)));
        far.world.pass(&far.server, &mailbox).unwrap();
        far.end.contents().closed = Some(TroubleKind::Temporary);
        far.drain();
        let (app, person) = (&far.world.app, Caller::command_line());
        let import = || fetch::imports_of(app, &person, far.server.id).unwrap().remove(0);
        let decide = |deed| {
            fetch::decide_import(app, &person, far.server.id, import().id, deed).unwrap();
            while repair::go_on(far.world.pipeline()).unwrap() {}
            import().undo
        };
        assert_eq!(decide(ImportDeed::Undo).taken_back, 4, "nothing of them was sent");
        far.end.contents().closed = None;
        far.hours_pass();
        far.drain();
        assert!(far.end.contents().records.is_empty());
        decide(ImportDeed::Restore);
        mailgate::pipeline::resume(far.world.pipeline(), chrono::TimeDelta::zero()).unwrap();
        far.end.befall(&[Mishap::Fine, Mishap::Fine, Mishap::CutAfter, Mishap::Busy, Mishap::Busy]);
        far.hours_pass();
        far.drain();
        // What is over there, or may be, is brought to its end.
        let undone = decide(ImportDeed::Undo);
        assert_eq!((undone.taken_back, undone.handed_over), (0, 4), "{:?}", far.world.states());
        far.hours_pass();
        far.drain();
        assert_eq!(far.subjects().concat(), ["Grievance 0", "Grievance 1", "Grievance 2", "Grievance 3"]);
        assert_eq!(far.world.count(MailState::Delivered), 4);
    }
}
