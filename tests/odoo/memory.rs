//! A large mail passes in little memory: it is read and encoded while it is sent.

use mailgate::domain::connection::{Connection, ProtocolChoice};
use mailgate::domain::handover::Method;
use mailgate::domain::ledger::MailState;
use mailgate::domain::secret::Secret;
use mailgate::odoo::{Arrived, Remote};
use mailgate::outbox::dial;
use mailgate::store::connections;

use super::{Mail, network, sign_in};
use crate::outbox::world::Far;
use crate::support::database::Place;
use crate::support::fake_odoo::{FakeOdoo, TICKET, connection};
use crate::support::memory::growth;

/// Of the attachment, decoded.
const SIZE: usize = 25_000_000;
/// Bytes: buffers, a chunk of the source, and what the libraries take for one call.
const LIMIT: u64 = 6_000_000;
/// Bytes that a large attachment may take beyond a small one: buffers that a small one doesn't fill.
const MORE: u64 = 4_000_000;

fn large_mail() -> String {
    mail_with(SIZE)
}

/// A mail with an attachment of so many bytes.
fn mail_with(size: usize) -> String {
    let head = format!(
        "From: amina@people.example\r\nTo: grievances@ngo.example\r\nSubject: Large\r\nMessage-ID: <large-{size}@x>\r\n\
                MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n\
                See the scan.\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=scan.pdf\r\n\
                Content-Transfer-Encoding: base64\r\n\r\n"
    );
    let line = "QUJD".repeat(18) + "\r\n";
    let body = line.repeat(size / (18 * 3));
    format!("{head}{body}--b--\r\n")
}

#[test]
fn an_attachment_of_25_mb_takes_no_more_than_a_small_one() {
    let fake = FakeOdoo::start();
    let amina = fake.world().partner("Amina", "amina@people.example", true);
    let delivered = |method: &str, size: usize| {
        fake.world().version = if method == "json2" { "19.0" } else { "17.0" }.into();
        let argument = format!("{method} {} {amina} {size}", fake.port);
        let test = "odoo::memory::an_attachment_of_25_mb_takes_no_more_than_a_small_one";
        let prepare = |argument: &str| {
            let words: Vec<String> = argument.split(' ').map(str::to_owned).collect();
            let mail = Mail::new(TICKET, &format!("of-{}", words[3]), mail_with(words[3].parse().unwrap()));
            (words, mail)
        };
        let grown = growth(test, &argument, prepare, |(words, mail)| {
            let protocol = if words[0] == "json2" { ProtocolChoice::Json2 } else { ProtocolChoice::XmlRpc };
            let fake = Connection { protocol, ..connection(&format!("http://127.0.0.1:{}", words[1])) };
            let mut odoo = sign_in(&fake, &Secret::new("key")).unwrap();
            let method = if words[0] == "post" { Method::CreateAndPost } else { Method::Gateway };
            let partner = words[2].parse().ok();
            let arrived = odoo.deliver(&mail.shipment(), method, partner, false).unwrap();
            assert!(matches!(arrived, Arrived::Record { .. }), "{arrived:?}");
        });
        fake.world().tables.remove("mail.message");
        grown
    };
    for method in ["gateway", "post", "json2"] {
        let (small, large) = (delivered(method, 1_000), delivered(method, SIZE));
        println!("{method}: {small} bytes beside a small mail, {large} beside a large one");
        assert!(large < small + MORE, "{method}: {small} bytes beside a small mail, {large} beside a large one");
    }
    assert_eq!(fake.world().tickets(), 6);
}

#[test]
fn a_mail_of_25_mb_is_carried_from_the_database_to_the_connection_in_little_memory() {
    let fake = FakeOdoo::start();
    fake.world().partner("Amina", "amina@people.example", true);
    let test = "odoo::memory::a_mail_of_25_mb_is_carried_from_the_database_to_the_connection_in_little_memory";
    let prepare = |port: &str| {
        let place = Place::sqlite();
        let far = Far::reached_by(&place, connection(&format!("http://127.0.0.1:{port}")), dial(network()));
        let store = &far.world.app.store;
        store
            .write(|db| connections::set_password(db, &far.world.app.key, far.connection, Some(&Secret::new("key"))))
            .unwrap();
        far.receive(&large_mail());
        (place, far)
    };
    let grown = growth(test, &fake.port.to_string(), prepare, |(_, far)| {
        far.drain();
        let mail = far.world.ledger().pop().unwrap();
        assert_eq!(mail.state, MailState::Delivered, "{mail:?} {:?}", far.status());
    });
    assert_eq!(fake.world().tickets(), 1);
    assert!(grown < 2 * LIMIT, "{grown} bytes");
    println!("{grown} bytes");
}
