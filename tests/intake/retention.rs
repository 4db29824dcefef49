//! Sources are dropped when their time is over, and nothing that a person can open goes with them.

use chrono::TimeDelta;
use diesel::prelude::*;
use mailgate::domain::id::{PostId, SourceId};
use mailgate::domain::now;
use mailgate::domain::protocol::Protocol;
use mailgate::pipeline::repair;
use mailgate::store::blob::SourceReader;
use mailgate::store::schema::source_chunks;
use mailgate::store::{Backend, Db, StoreError, messages, posts};

use super::world::{GRIEVANCE, World, mail, mail_with};
use crate::support::database::on_both;
use crate::support::fake_mailbox::FakeMailbox;

const WITH_ATTACHMENT: &str = "Message-ID: <a@x>\r\nFrom: a@people.example\r\nSubject: With a list\r\n\
    MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n\
    See the list.\r\n--b\r\nContent-Type: text/csv; name=list.csv\r\nContent-Transfer-Encoding: base64\r\n\
    Content-Disposition: attachment; filename=list.csv\r\n\r\nYSxiCjEsMgo=\r\n--b--\r\n";

/// What is shown of it is kept beside its source.
fn long() -> String {
    let rows: String =
        (1..=60).map(|n| format!("<p>The <b>card</b> of household {n} was never brought back.</p>\r\n")).collect();
    let head = "Message-ID: <long@x>\r\nFrom: b@people.example\r\nSubject: Many cards\r\nMIME-Version: 1.0\r\n";
    format!("{head}Content-Type: text/html\r\n\r\n{rows}")
}

on_both! {
    fn attachments_and_texts_outlive_the_source_they_were_cut_from(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::imap(7));
        let server = world.server(Protocol::Imap, |_| {});
        let archive = world.server(Protocol::Imap, |server| server.original = true);
        mailbox.deliver(WITH_ATTACHMENT);
        mailbox.deliver(&long());
        mailbox.deliver(&mail_with("Message-ID: <s@x>\r\nX-Spam-Flag: YES\r\n", "Win", "now"));
        world.pass(&server, &mailbox).unwrap();
        let kept = FakeMailbox::imap(8);
        kept.deliver(&mail(5));
        world.pass(&archive, &kept).unwrap();
        assert_eq!(repair::sweep(world.pipeline()).unwrap(), 0, "nothing is 90 days old");
        let said = |record| {
            let posts = world.app.store.read(|db| posts::posts(db, GRIEVANCE, record, None, 10)).unwrap().posts;
            posts.into_iter().map(|post| (post.body_html, post.body_text)).collect::<Vec<_>>()
        };
        let records: Vec<_> = world.ledger().iter().filter_map(|line| line.res_id).collect();
        let before: Vec<_> = records.iter().map(|record| said(*record)).collect();
        assert!(before[1][0].0.contains("<b>card</b> of household 40 was never"), "{before:?}");
        assert!(before[1][0].1.contains("The card of household 40 was never"), "{before:?}");
        let later = now() + TimeDelta::seconds(1);
        assert_eq!(repair::sweep_settled_before(world.pipeline(), later).unwrap(), 2);
        assert_eq!(records.iter().map(|record| said(*record)).collect::<Vec<_>>(), before);
        let sources: Vec<bool> = world
            .ledger()
            .iter()
            .map(|line| world.app.store.read(|db| messages::view::find(db, line.id)).unwrap().unwrap().source.is_some())
            .collect();
        assert_eq!(sources, [false, false, true, true], "held mail and originals keep theirs");
        let record = world.ledger()[0].res_id.unwrap();
        let posts = world.app.store.read(|db| posts::posts(db, GRIEVANCE, record, None, 10)).unwrap().posts;
        let file = &posts[0].attachments[0];
        assert_eq!((file.name.as_str(), file.part.as_deref()), ("list.csv", None));
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut SourceReader::open(&world.app.store, file.source_id).unwrap(), &mut bytes).unwrap();
        assert_eq!(bytes, b"a,b\n1,2\n");
    }

    fn what_is_damaged_is_said_and_holds_nothing_up(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::imap(7));
        mailbox.deliver(&long());
        mailbox.deliver(WITH_ATTACHMENT);
        world.pass(&world.server(Protocol::Imap, |_| {}), &mailbox).unwrap();
        let damage = |db: &mut Db| {
            let nothing = source_chunks::data.eq(vec![0_u8]);
            diesel::update(source_chunks::table.filter(source_chunks::source_id.eq(SourceId(1)))).set(nothing).execute(db)
        };
        world.app.store.write(|db| damage(db).map_err(StoreError::from)).unwrap();
        let record = world.ledger()[0].res_id.unwrap();
        let posts = world.app.store.read(|db| posts::posts(db, GRIEVANCE, record, None, 10)).unwrap().posts;
        let is_packed = world.app.store.backend() == Backend::Sqlite;
        assert_eq!(posts[0].said.is_some(), is_packed, "{posts:?}");
        assert_eq!(posts[0].body_html.contains("damaged"), is_packed, "{posts:?}");
        let counted = world.app.store.read(|db| posts::damaged(db, PostId(0), 10)).unwrap();
        assert_eq!(counted.map(|(_, damaged)| damaged), Some(i64::from(is_packed)));
        let dropped = repair::sweep_settled_before(world.pipeline(), now() + TimeDelta::seconds(1)).unwrap();
        assert_eq!(dropped, if is_packed { 1 } else { 2 }, "the other one is dropped");
    }
}
