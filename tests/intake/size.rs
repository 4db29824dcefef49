//! What mail takes of the disk.

use std::sync::Arc;

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use mailgate::domain::id::RecordId;
use mailgate::domain::message::SourceKey;
use mailgate::domain::now;
use mailgate::domain::protocol::Protocol;
use mailgate::mailbox::RawMessage;
use mailgate::pipeline::keep::{ExpectedMail, Incoming, KeptMail, MailBytes, MailContent, keep};
use mailgate::pipeline::settle;
use mailgate::store::records::view;
use mailgate::store::sight::RecordSight;
use mailgate::store::{Backend, StoreError, mailboxes};

use super::world::{GRIEVANCE, World, mail_with};
use crate::support::database::on_both;

const MAILS: u32 = 256;

/// A mail of about 4 kB that no other is like.
fn mail(number: u32) -> Vec<u8> {
    let mut chance = number;
    let words = (0..820).map(|_| {
        chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        format!("{:x}{}", chance >> 16, if chance >> 29 == 0 { "\r\n" } else { " " })
    });
    let body: String = words.collect();
    mail_with(&format!("Message-ID: <size{number}@people.example>\r\n"), &format!("Size {number}"), &body).into_bytes()
}

#[derive(QueryableByName)]
struct Bytes {
    #[diesel(sql_type = BigInt)]
    bytes: i64,
}

fn database(world: &World) -> i64 {
    let size = match world.app.store.backend() {
        Backend::Sqlite => {
            "SELECT (page_count - freelist_count) * page_size AS bytes \
                            FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
        }
        Backend::Postgres => "SELECT pg_database_size(current_database()) AS bytes",
    };
    let query = diesel::sql_query(size);
    world.app.store.read(|db| Ok::<_, StoreError>(query.get_result::<Bytes>(db)?.bytes)).unwrap()
}

on_both! {
    /// Before its words are indexed. That most mail is routed alike, and that a record is described by its first mail, takes
    /// nothing.
    fn a_mail_takes_no_more_than_its_source_and_what_is_shown_of_it(place: &Place) {
        let world = World::open(place);
        let server = Arc::new(world.server(Protocol::Imap, |_| {}));
        let mailbox = world.app.store.write(|db| mailboxes::of(db, &server, server.first_folder())).unwrap();
        let (before, mut raw) = (database(&world), 0);
        for first in (1..=MAILS).step_by(64) {
            let incoming = |number| {
                let bytes = MailBytes::new(RawMessage::Memory(mail(number)), now()).unwrap();
                Incoming {
                    key: SourceKey::Imap { uid_validity: 7, uid: number },
                    size: bytes.size,
                    received: None,
                    expected: ExpectedMail::New { generation: 0 },
                    content: MailContent::Here(Box::new(bytes)),
                    call: None,
                    import: None,
                }
            };
            let mut mails: Vec<Incoming> = (first..first + 64).map(incoming).collect();
            raw += mails.iter().map(|mail| mail.size).sum::<u64>();
            let kept = keep(world.pipeline(), &server, &mailbox, &mut mails).unwrap();
            let here = kept.into_iter().filter_map(|kept| match kept {
                KeptMail::Here(entry, message) => Some((*entry, message)),
                _ => None,
            });
            assert_eq!(settle(world.pipeline(), &server, here.collect()).unwrap().len(), 64);
        }
        let times = (database(&world) - before) as f64 / raw as f64;
        // Its source, compressed; rows and indexes; with PostgreSQL its text, as HTML. Another copy of that would be one more.
        let most = match world.app.store.backend() {
            Backend::Sqlite => 1.8,
            // Its rows are larger, and how far it has grown its files is by chance.
            Backend::Postgres => 3.8,
        };
        assert!(times < most, "{times:.2} times {} bytes of each mail", raw / u64::from(MAILS));
        let text = String::from_utf8(mail(1)).unwrap();
        let word = text.split("\r\n\r\n").nth(1).unwrap().split(' ').next().unwrap();
        let record = world.app.store.read(|db| view::find(db, RecordSight::machine(), GRIEVANCE, RecordId(1)));
        assert!(record.unwrap().unwrap().description.contains(word));
    }
}
