//! Sources are dropped when their time is over, and nothing that a person can open goes with them.

use std::cell::Cell;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use mailgate::domain::id::{PostId, RecordId, SourceId};
use mailgate::domain::ledger::{MailState, Reason};
use mailgate::domain::protocol::Protocol;
use mailgate::domain::{Moment, now};
use mailgate::pipeline::{Correction, redeliver, retention};
use mailgate::store::blob::{LooseSource, SourceReader};
use mailgate::store::schema::{source_chunks, sources};
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

/// Bytes that nothing makes less of, of three chunks.
fn photo() -> Vec<u8> {
    let mut state = 1_u32;
    let mut byte = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..5 << 19).map(|_| byte()).collect()
}

/// Of four.
fn with_photo() -> String {
    let lines: Vec<String> = photo().chunks(57).map(|line| STANDARD.encode(line)).collect();
    format!(
        "Message-ID: <photo@x>\r\nFrom: c@people.example\r\nSubject: A photo\r\nMIME-Version: 1.0\r\nContent-Type: image/jpeg; \
         name=photo.jpg\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=photo.jpg\r\n\r\n{}\r\n",
        lines.join("\r\n")
    )
}

/// What is old by then loses its source.
fn sweep(world: &World, moment: Moment) -> usize {
    retention::sweep_settled_before(world.pipeline(), moment, &|| false).unwrap()
}

/// The chunks of all sources, and the sources that nothing refers to.
fn stored(world: &World) -> (i64, i64) {
    let count = |db: &mut Db| {
        let chunks = source_chunks::table.count().get_result(db)?;
        Ok::<_, StoreError>((chunks, sources::table.filter(sources::size.lt(0_i64)).count().get_result(db)?))
    };
    world.app.store.read(count).unwrap()
}

/// The files of a record that stand by themselves.
fn files(world: &World, record: RecordId) -> Vec<Vec<u8>> {
    let store = &world.app.store;
    let posts = store.read(|db| posts::posts(db, GRIEVANCE, record, None, 10)).unwrap().posts;
    let bytes = |source| {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut SourceReader::open(store, source).unwrap(), &mut bytes).unwrap();
        bytes
    };
    let all = posts.iter().flat_map(|post| &post.attachments);
    all.filter(|file| file.part.is_none()).map(|file| bytes(file.source_id)).collect()
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
        assert_eq!(retention::sweep(world.pipeline(), &|| false).unwrap(), 0, "nothing is 90 days old");
        let said = |record| {
            let posts = world.app.store.read(|db| posts::posts(db, GRIEVANCE, record, None, 10)).unwrap().posts;
            posts.into_iter().map(|post| (post.body_html, post.body_text)).collect::<Vec<_>>()
        };
        let records: Vec<_> = world.ledger().iter().filter_map(|line| line.res_id).collect();
        let before: Vec<_> = records.iter().map(|record| said(*record)).collect();
        assert!(before[1][0].0.contains("<b>card</b> of household 40 was never"), "{before:?}");
        assert!(before[1][0].1.contains("The card of household 40 was never"), "{before:?}");
        let later = now() + TimeDelta::seconds(1);
        assert_eq!(sweep(&world, later), 2);
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
        assert_eq!(files(&world, record), [b"a,b\n1,2\n"]);
    }

    fn what_comes_between_two_steps_loses_no_source_that_it_needs(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::imap(7));
        let (store, server) = (&world.app.store, world.server(Protocol::Imap, |server| server.size_limit_mb = 10));
        for mail in [WITH_ATTACHMENT, WITH_ATTACHMENT, with_photo().as_str()] {
            mailbox.deliver(mail);
        }
        world.pass(&server, &mailbox).unwrap();
        assert_eq!(world.states()[1], (MailState::Ignored, Some(Reason::Duplicate)));
        let ids: Vec<_> = world.ledger().iter().map(|line| line.id).collect();
        let kept = || -> Vec<bool> {
            ids.iter().map(|id| store.read(|db| messages::load(db, &[*id])).unwrap()[0].source.is_some()).collect()
        };
        let before = stored(&world);
        assert_eq!(before, (6, 0));

        // A person has the duplicate delivered, and while the photo is written out one more file stands in its mail.
        let (old, steps) = (now(), Cell::new(0));
        let come_between = || {
            steps.set(steps.get() + 1);
            if steps.get() == 1 {
                let force = Correction { force: true, ..Correction::default() };
                let settled = redeliver(world.pipeline(), ids[1], &force, "amina").unwrap();
                assert_eq!(settled.fate.state(), Some(MailState::Delivered));
            }
            if steps.get() == 7 {
                let again = "INSERT INTO attachments (post_id, model, res_id, name, mimetype, size, inline, source_id, part, create_date) \
                             SELECT post_id, model, res_id, name, mimetype, size, inline, source_id, part, create_date \
                             FROM attachments WHERE name = 'photo.jpg'";
                store.write(|db| db.batch_execute(again).map_err(StoreError::from)).unwrap();
            }
            false
        };
        assert_eq!(retention::sweep_settled_before(world.pipeline(), old, &come_between).unwrap(), 1);
        assert_eq!((kept(), stored(&world)), (vec![false, true, true], before), "and what was written of the photo is gone");

        // Whoever has to end does so while the photo is written out; others come to write before each step.
        let (later, steps) = (now(), Cell::new(0));
        let end = || {
            steps.set(steps.get() + 1);
            store.write(|_| Ok::<_, StoreError>(())).unwrap();
            steps.get() >= 5
        };
        assert_eq!(retention::sweep_settled_before(world.pipeline(), later, &end).unwrap(), 1);
        assert_eq!((kept(), stored(&world)), (vec![false, false, true], before));

        assert_eq!((sweep(&world, later), kept(), stored(&world)), (1, vec![false; 3], (8, 0)));
        let records: Vec<_> = world.ledger().iter().map(|line| line.res_id.unwrap()).collect();
        assert!(files(&world, records[1]).iter().any(|file| file == b"a,b\n1,2\n"));
        assert!(files(&world, records[2]) == [photo(), photo()]);

        // What a process left behind when it was killed goes after a day, and not what is being written now.
        for age in [TimeDelta::days(2), TimeDelta::hours(1)] {
            let mut left = LooseSource::begin(store).unwrap();
            assert!(left.add_chunk(store, &mut photo().as_slice()).unwrap());
            let row = sources::create_date.eq(now() - age);
            store
                .write(|db| diesel::update(sources::table.find(left.id)).set(row).execute(db).map_err(StoreError::from))
                .unwrap();
        }
        assert_eq!((retention::sweep(world.pipeline(), &|| false).unwrap(), stored(&world)), (0, (9, 1)));
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
        let dropped = sweep(&world, now() + TimeDelta::seconds(1));
        assert_eq!(dropped, if is_packed { 1 } else { 2 }, "the other one is dropped");
    }
}
