//! A large mail passes in little memory: it is encoded while it is sent.

use mailgate::domain::handover::Method;
use mailgate::odoo::{Arrived, Remote};

use super::{Mail, sign_in};
use crate::support::fake_odoo::{FakeOdoo, TICKET, connection};
use crate::support::memory::growth;

/// Of the attachment, decoded.
const SIZE: usize = 25_000_000;

fn large_mail() -> Mail {
    let head = "From: amina@people.example\r\nTo: grievances@ngo.example\r\nSubject: Large\r\nMessage-ID: <large@x>\r\n\
                MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n\
                See the scan.\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=scan.pdf\r\n\
                Content-Transfer-Encoding: base64\r\n\r\n";
    let line = "QUJD".repeat(18) + "\r\n";
    let body = line.repeat(SIZE / (18 * 3));
    Mail::new(TICKET, "large", format!("{head}{body}--b--\r\n"))
}

#[test]
fn an_attachment_of_25_mb_takes_less_than_twice_its_size() {
    let fake = FakeOdoo::start();
    let amina = fake.world().partner("Amina", "amina@people.example", true);
    for (method, limit) in [("gateway", 4_000_000), ("post", 2 * SIZE as u64)] {
        let argument = format!("{method} {} {amina}", fake.port);
        let test = "delivery::memory::an_attachment_of_25_mb_takes_less_than_twice_its_size";
        let prepare = |argument: &str| {
            let words: Vec<String> = argument.split(' ').map(str::to_owned).collect();
            (words, large_mail())
        };
        let grown = growth(test, &argument, prepare, |(words, mail)| {
            let fake = connection(&format!("http://127.0.0.1:{}", words[1]));
            let mut odoo = sign_in(&fake, &mailgate::domain::secret::Secret::new("key")).unwrap();
            let method = if words[0] == "gateway" { Method::Gateway } else { Method::CreateAndPost };
            let partner = words[2].parse().ok();
            let arrived = odoo.deliver(&mail.shipment(), method, partner, false).unwrap();
            assert!(matches!(arrived, Arrived::Record { .. }), "{arrived:?}");
        });
        assert!(grown < limit, "{method}: {grown} bytes");
        println!("{method}: {grown} bytes beside the mail");
        fake.world().tables.remove("mail.message");
    }
    assert_eq!(fake.world().tickets(), 2);
}
