//! How fast mail becomes records of a real Odoo: by the bridge, and by its own gateway, in one run on one machine.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mailgate::domain::ledger::MailState;
use mailgate::domain::server::SenderPolicy;
use serde_json::json;

use super::company::{dial, mailbox};
use super::network;
use crate::outbox::world::Far;
use crate::support::database::Place;
use crate::support::fake_odoo::{LEAD, TICKET};
use crate::support::real_odoo::RealOdoo;

/// Mails of each turn.
const MAILS: usize = 50;
/// Turns of each way, one after the other, so that what else goes on meets both.
const TURNS: usize = 3;

fn sender(word: &str, number: usize) -> String {
    format!("s{number}.{word}@people.example")
}

/// A mail as people write it: some paragraphs as text and as HTML.
fn mail(word: &str, way: &str, number: usize) -> String {
    let from = sender(word, number);
    let text =
        "The payment of October has not come, and the office in town says that nobody knows of it.\r\n".repeat(12);
    let html = text.replace("\r\n", "<br>\r\n");
    format!(
        "From: Somebody <{from}>\r\nTo: grievances@ngo.example\r\nSubject: {word} {way} {number}\r\n\
         Date: Mon, 23 Nov 2026 10:00:00 +0100\r\nMessage-ID: <{word}.{way}.{number}@people.example>\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
         <p>{html}</p>\r\n--b--\r\n"
    )
}

/// What a way took for its mails.
#[derive(Default)]
struct Took {
    time: Duration,
    odoo: Duration,
    database: Duration,
}

impl Took {
    fn add(&mut self, real: &RealOdoo, work: impl FnOnce() -> Duration) {
        let before = real.worked();
        self.time += work();
        let worked = real.worked().since(before);
        self.odoo += worked.odoo;
        self.database += worked.database;
    }

    fn each(&self) -> String {
        let each = |took: Duration| took.as_secs_f64() * 1000.0 / (MAILS * TURNS) as f64;
        let (time, odoo, database) = (each(self.time), each(self.odoo), each(self.database));
        format!("{time:.1} ms a mail, of the processor's {odoo:.1} for Odoo and {database:.1} for its database")
    }
}

/// By its own gateway, and by the bridge.
fn measured(real: &RealOdoo, model: &str) -> (Took, Took) {
    let word = format!("v{}", mailgate::domain::now().and_utc().timestamp_micros());
    let people: Vec<_> = (0..MAILS)
        .map(|number| json!({"name": format!("Somebody {number}"), "email": sender(&word, number), "is_registrant": true}))
        .collect();
    real.call("res.partner", "create", json!([people]), json!({}));
    let place = Place::sqlite();
    let far = Far::reached_by(&place, real.connection.clone(), dial(real.password.clone(), network()));
    let server = mailbox(&far, model, SenderPolicy::Everyone);
    let own = |turn: &str| {
        let begun = Instant::now();
        for number in 0..MAILS {
            let source = json!({"base64": STANDARD.encode(mail(&word, &format!("own{turn}"), number))});
            real.call("mail.thread", "message_process", json!([model, source]), json!({}));
        }
        begun.elapsed()
    };
    let bridge = |turn: &str| {
        for number in 0..MAILS {
            far.receive_by(&server, &mail(&word, &format!("bridge{turn}"), number));
        }
        let begun = Instant::now();
        far.drain();
        begun.elapsed()
    };
    // Each once before it counts: what is asked for once, and what Odoo keeps in mind.
    own("warm");
    bridge("warm");
    let (mut by_own, mut by_bridge) = (Took::default(), Took::default());
    for turn in 0..TURNS {
        by_own.add(real, || own(&turn.to_string()));
        by_bridge.add(real, || bridge(&turn.to_string()));
    }
    let all = (MAILS * (TURNS + 1)) as i64;
    assert_eq!(far.world.counts(), [(MailState::Delivered, all)]);
    let made = json!([[["name", "=like", format!("{word} bridge%")]]]);
    assert_eq!(real.call(model, "search_count", made, json!({})), all);
    (by_own, by_bridge)
}

#[test]
#[ignore = "needs an Odoo"]
fn a_real_odoo_takes_as_many_mails_a_second_as_by_its_own_gateway() {
    for real in RealOdoo::all() {
        for model in [TICKET, LEAD] {
            if real.allowed(model, "search_count", json!([[]])).is_none() {
                continue;
            }
            let (own, bridge) = measured(&real, model);
            println!("{} {model}: {}; by its own gateway {}", real.version(), bridge.each(), own.each());
            assert!(bridge.time <= own.time, "{} {model}", real.version());
        }
    }
}
