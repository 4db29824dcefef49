//! What a mail costs the database on its way: a statement for a batch is worth more than one for each mail.

use std::sync::Arc;

use mailgate::domain::message::{Came, SourceKey};
use mailgate::domain::now;
use mailgate::domain::protocol::Protocol;
use mailgate::ledger::AcknowledgeWhen;
use mailgate::mailbox::RawMessage;
use mailgate::pipeline::keep::{ExpectedMail, Incoming, KeptMail, MailBytes, MailContent, keep};
use mailgate::pipeline::settle;
use mailgate::store::{Backend, mailboxes};

use super::world::{World, mail};
use crate::support::database::on_both;
use crate::support::statements::{given, watch};

fn incoming(number: usize) -> Incoming {
    let text = mail(number).into_bytes();
    let size = text.len() as u64;
    let mut bytes = MailBytes::new(RawMessage::Memory(text), now()).unwrap();
    bytes.acknowledge = Some(AcknowledgeWhen { due: now(), came: Came::All });
    Incoming {
        key: SourceKey::Imap { uid_validity: 7, uid: u32::try_from(number).unwrap() + 1 },
        size,
        received: None,
        expected: ExpectedMail::New { generation: 0 },
        content: MailContent::Here(Box::new(bytes)),
        call: None,
        import: None,
    }
}

on_both! {
    fn what_is_written_of_a_mail_is_written_with_its_batch(place: &Place) {
        watch();
        let world = World::open(place);
        let server = Arc::new(world.server(Protocol::Imap, |_| {}));
        let store = &world.app.store;
        let mailbox = store.write(|db| mailboxes::of(db, &server, server.first_folder())).unwrap();
        let mut first = 0;
        let mut batch = |count: usize| {
            let mut mails: Vec<Incoming> = (first..first + count).map(incoming).collect();
            first += count;
            let (kept, keeping) = given(|| keep(world.pipeline(), &server, &mailbox, &mut mails).unwrap());
            let here = kept.into_iter().map(|kept| match kept {
                KeptMail::Here(entry, message) => (*entry, message),
                other => panic!("{other:?}"),
            });
            let (settled, settling) = given(|| settle(world.pipeline(), &server, here.collect()).unwrap());
            assert_eq!(settled.len(), count);
            (keeping, settling)
        };
        batch(1);
        let (few, many) = (batch(10), batch(30));
        let each = ((many.0 - few.0) as f64 / 20.0, (many.1 - few.1) as f64 / 20.0);
        let expected = match store.backend() {
            // The source and its chunk, the mail, its fate, and what its server is to be told.
            // Then its source once more, which its text is packed beside.
            Backend::Sqlite => (5.0, 7.0),
            // Rows of one table go in one statement.
            Backend::Postgres => (0.0, 0.0),
        };
        // Its claim, its record's number, the record, its post, what the mail says, and its fate.
        assert_eq!(each, expected, "statements for each mail: keeping, settling");
    }
}
