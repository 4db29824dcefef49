//! Sources are dropped when their time is over, and nothing that a person can open goes with them.

use chrono::TimeDelta;
use mailgate::domain::now;
use mailgate::domain::protocol::Protocol;
use mailgate::pipeline::retention;
use mailgate::store::blob::SourceReader;
use mailgate::store::{messages, posts};

use super::world::{GRIEVANCE, World, mail, mail_with};
use crate::support::database::on_both;
use crate::support::fake_mailbox::FakeMailbox;

const WITH_ATTACHMENT: &str = "Message-ID: <a@x>\r\nFrom: a@people.example\r\nSubject: With a list\r\n\
    MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n\
    See the list.\r\n--b\r\nContent-Type: text/csv; name=list.csv\r\nContent-Transfer-Encoding: base64\r\n\
    Content-Disposition: attachment; filename=list.csv\r\n\r\nYSxiCjEsMgo=\r\n--b--\r\n";

on_both! {
    fn attachments_outlive_the_source_they_were_cut_from(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::imap(7));
        let server = world.server(Protocol::Imap, |_| {});
        let archive = world.server(Protocol::Imap, |server| server.original = true);
        mailbox.deliver(WITH_ATTACHMENT);
        mailbox.deliver(&mail_with("Message-ID: <s@x>\r\nX-Spam-Flag: YES\r\n", "Win", "now"));
        world.pass(&server, &mailbox).unwrap();
        let kept = FakeMailbox::imap(8);
        kept.deliver(&mail(5));
        world.pass(&archive, &kept).unwrap();
        assert_eq!(retention::sweep(world.pipeline()).unwrap(), 0, "nothing is 90 days old");
        let later = now() + TimeDelta::seconds(1);
        assert_eq!(retention::sweep_settled_before(world.pipeline(), later).unwrap(), 1);
        let sources: Vec<bool> = world
            .ledger()
            .iter()
            .map(|line| world.app.store.read(|db| messages::view::find(db, line.id)).unwrap().unwrap().source.is_some())
            .collect();
        assert_eq!(sources, [false, true, true], "held mail and originals keep theirs");
        let record = world.ledger()[0].res_id.unwrap();
        let posts = world.app.store.read(|db| posts::posts(db, GRIEVANCE, record, None, 10)).unwrap().posts;
        let file = &posts[0].attachments[0];
        assert_eq!((file.name.as_str(), file.part.as_deref()), ("list.csv", None));
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut SourceReader::open(&world.app.store, file.source_id).unwrap(), &mut bytes).unwrap();
        assert_eq!(bytes, b"a,b\n1,2\n");
    }
}
