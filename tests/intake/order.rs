//! Promises 1 and 2: whatever breaks wherever, each mail makes one record.

use chrono::TimeDelta;
use mailgate::domain::ledger::MailState;
use mailgate::domain::protocol::Protocol;
use mailgate::fetch::PassError;

use super::world::{World, mail};
use crate::support::database::on_both;
use crate::support::fake_mailbox::FakeMailbox;

const MAILS: usize = 5;

/// Passes that break one step later each time, until one gets through.
fn break_everywhere(world: &World, protocol: Protocol, mailbox: &FakeMailbox) {
    let server = world.server(protocol, |_| {});
    for number in 0..MAILS {
        mailbox.deliver(&mail(number));
    }
    for step in 0.. {
        assert!(step < 100, "no pass got through");
        mailbox.contents().breaks_after = Some(step);
        match world.pass(&server, mailbox) {
            Ok(_) => break,
            Err(PassError::Mailbox(error)) => assert_eq!(error.complaint.what, "The connection ended in the middle."),
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(world.records().len(), MAILS);
    assert_eq!(world.count(MailState::Delivered), MAILS);
    assert_eq!(world.ledger().len(), MAILS, "every mail has one row");
}

on_both! {
    fn a_connection_that_breaks_at_any_step_doubles_and_loses_nothing_over_imap(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::imap(7));
        break_everywhere(&world, Protocol::Imap, &mailbox);
        assert!(mailbox.contents().mails.iter().all(|mail| mail.seen), "all are acknowledged");
    }

    fn a_connection_that_breaks_at_any_step_doubles_and_loses_nothing_over_pop(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::pop());
        break_everywhere(&world, Protocol::Pop, &mailbox);
        assert!(mailbox.contents().mails.is_empty(), "all are deleted, but none before it was kept");
    }

    fn three_passes_at_once_without_a_lock_make_each_record_once(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::imap(7));
        let server = world.server(Protocol::Imap, |_| {});
        for number in 0..150 {
            mailbox.deliver(&mail(number));
        }
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| world.pass(&server, &mailbox).unwrap());
            }
        });
        assert_eq!(world.records().len(), 150);
        assert_eq!(world.count(MailState::Delivered), 150);
        assert_eq!(world.ledger().len(), 150);
    }

    fn what_a_dead_process_left_unsettled_resumes(place: &Place) {
        let world = World::open(place);
        let server = world.server(Protocol::Imap, |_| {});
        let piped = mailgate::pipeline::keep_piped(world.pipeline(), &server, &mut mail(1).as_bytes()).unwrap();
        assert_eq!(world.states(), [(MailState::Received, None)]);
        let again = World::open(place);
        let in_hand = mailgate::pipeline::resume(again.pipeline(), TimeDelta::minutes(1)).unwrap();
        assert_eq!(in_hand, [], "a pass that runs may be at it");
        let settled = mailgate::pipeline::resume(again.pipeline(), TimeDelta::zero()).unwrap();
        assert_eq!(settled.iter().map(|one| (one.message, one.fate.state())).collect::<Vec<_>>(), [(piped.id, Some(MailState::Delivered))]);
        assert_eq!(mailgate::pipeline::resume(again.pipeline(), TimeDelta::zero()).unwrap(), []);
        assert_eq!(world.records().len(), 1);
    }
}
