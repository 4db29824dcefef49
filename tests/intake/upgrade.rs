//! What an older Mailgate has delivered is not delivered again by this one, though it tells mail apart otherwise by now.

use chrono::TimeDelta;
use diesel::prelude::*;
use mailgate::domain::id::MessageId;
use mailgate::domain::ledger::{MailState, Reason};
use mailgate::domain::now;
use mailgate::domain::protocol::Protocol;
use mailgate::store::StoreError;
use mailgate::store::schema::{claims, fates, messages};
use sha2::{Digest, Sha256};

use super::world::{World, mail, mail_with};
use crate::outbox::world::Far;
use crate::support::database::on_both;
use crate::support::fake_mailbox::FakeMailbox;

const DELIVERED: (MailState, Option<Reason>) = (MailState::Delivered, None);
const DUPLICATE: (MailState, Option<Reason>) = (MailState::Ignored, Some(Reason::Duplicate));

/// The formula that Mailgate began with: of the sender, the date, the subject and the beginning of the text.
fn first_fingerprint(message_id: &str, subject: &str, text: &str) -> String {
    let seen = format!("amina@people.example\nSun, 22 Nov 2026 10:00:00 +0000\n{subject}\n{text}");
    format!("{message_id} {}", hex::encode(Sha256::digest(seen)))
}

/// Leaves a message and its claims as the older Mailgate did.
fn make_old(world: &World, id: MessageId, fingerprint: &str) {
    world
        .app
        .store
        .write(|db| {
            diesel::update(messages::table.find(id.0)).set(messages::fingerprint.eq(fingerprint)).execute(db)?;
            let claimed = claims::table.filter(claims::message_id.eq(id.0));
            diesel::update(claimed).set(claims::fingerprint.eq(fingerprint)).execute(db)?;
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

fn well(number: usize) -> String {
    format!("The well of our village has been dry for {number} days.")
}

fn make_all_old(world: &World) {
    for (number, line) in world.ledger().into_iter().enumerate() {
        let subject = line.subject.unwrap();
        let id = format!("<m{number}@people.example>");
        make_old(world, line.id, &first_fingerprint(&id, &subject, &well(number)));
    }
}

fn scan(family: &str) -> String {
    let text = "--b\r\nContent-Type: text/plain\r\n\r\nPlease open the attached document.\r\n--b\r\n\
                Content-Type: application/pdf; name=scan.pdf\r\n\r\n";
    let body = format!("{text}%PDF-1 form of family {family}\r\n--b--");
    mail_with("Message-ID: <scan@mfp>\r\n", "Scanned", &body)
        .replace("text/plain; charset=utf-8", "multipart/mixed; boundary=b")
}

const SCANNED: &str = "Please open the attached document.";

on_both! {
    fn after_an_upgrade_a_changed_uidvalidity_doubles_nothing(place: &Place) {
        let mailbox = FakeMailbox::imap(7);
        let later = now() + TimeDelta::seconds(1);
        let server = {
            let world = World::open(place);
            let server = world.server(Protocol::Imap, |_| {});
            (0..5).for_each(|number| mailbox.contents().add(mail(number).into_bytes(), later));
            world.pass(&server, &mailbox).unwrap();
            assert_eq!(world.states(), [DELIVERED; 5]);
            make_all_old(&world);
            server
        };
        let world = World::open(place);
        // One is read otherwise by now than it was then: its bytes are the same.
        make_old(&world, world.ledger()[4].id, "<m4@people.example> read-otherwise");
        mailbox.contents().add(mail(9).into_bytes(), later);
        mailbox.renumber(Some(8));
        // One passed another relay since.
        let relayed = format!("Received: by another.example\r\n{}", mail(1));
        mailbox.contents().mails[1].source = relayed.into_bytes();
        world.pass(&server, &mailbox).unwrap();
        assert_eq!(world.records().len(), 6);
        assert_eq!(world.states()[5..], [DUPLICATE, DUPLICATE, DUPLICATE, DUPLICATE, DUPLICATE, DELIVERED]);
    }

    fn after_an_upgrade_another_mailbox_doubles_nothing(place: &Place) {
        let (first, second) = (FakeMailbox::imap(7), FakeMailbox::imap(9));
        {
            let world = World::open(place);
            let server = world.server(Protocol::Imap, |_| {});
            (0..3).for_each(|number| first.deliver(&mail(number)));
            world.pass(&server, &first).unwrap();
            make_all_old(&world);
        }
        let world = World::open(place);
        let other = world.server(Protocol::Imap, |_| {});
        (0..3).for_each(|number| second.deliver(&format!("Received: by other.example\r\n{}", mail(number))));
        world.pass(&other, &second).unwrap();
        assert_eq!(world.states(), [DELIVERED, DELIVERED, DELIVERED, DUPLICATE, DUPLICATE, DUPLICATE]);
    }

    fn after_an_upgrade_nothing_goes_to_a_connection_twice(place: &Place) {
        let far = Far::open(place);
        far.receive_some(3);
        far.drain();
        make_all_old(&far.world);
        let world = World::open(place);
        let relayed = |number: usize| format!("Received: by other.example\r\n{}", mail(number));
        for number in 0..3 {
            let pipeline = world.pipeline();
            let piped = mailgate::pipeline::keep_piped(pipeline, &far.server, &mut relayed(number).as_bytes());
            piped.unwrap().settle(pipeline).unwrap();
        }
        far.drain();
        assert_eq!(world.states()[3..], [DUPLICATE; 3]);
        assert_eq!(far.end.contents().records.len(), 3);
    }

    fn a_scanner_that_repeats_its_message_id_loses_nothing(place: &Place) {
        let mailbox = FakeMailbox::imap(7);
        let server = {
            let world = World::open(place);
            let server = world.server(Protocol::Imap, |_| {});
            mailbox.deliver(&scan("1"));
            world.pass(&server, &mailbox).unwrap();
            make_old(&world, world.ledger()[0].id, &first_fingerprint("<scan@mfp>", "Scanned", SCANNED));
            server
        };
        let world = World::open(place);
        for family in ["2", "3", "1", "2"] {
            mailbox.deliver(&scan(family));
        }
        world.pass(&server, &mailbox).unwrap();
        assert_eq!(world.states(), [DELIVERED, DELIVERED, DELIVERED, DUPLICATE, DUPLICATE]);
        let notes: Vec<Option<String>> =
            world.app.store.read(|db| fates::table.order(fates::id).select(fates::notes).load(db).map_err(StoreError::from)).unwrap();
        let said = |index: usize| notes[index].as_deref().unwrap_or_default().contains("under the same Message-ID");
        assert!(!said(0) && said(1) && said(2), "{notes:?}");
    }
}
