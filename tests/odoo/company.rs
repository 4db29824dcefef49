//! Mails of one round that are delivered together: what is asked for all at once, what is made by one call, and what becomes
//! of it where that call is refused or cut.

use std::sync::Arc;
use std::time::Duration;

use mailgate::domain::connection::{Connection, ProtocolChoice, Together};
use mailgate::domain::ledger::MailState;
use mailgate::domain::protocol::Protocol;
use mailgate::domain::server::{IncomingServer, SenderPolicy};
use mailgate::odoo::{Network, Odoo};
use mailgate::outbox::Dial;
use serde_json::{Value as Json, json};

use super::cuts::breaking;
use super::{network, plain, with_attachment};
use crate::outbox::world::Far;
use crate::support::database::Place;
use crate::support::fake_odoo::{FakeOdoo, LEAD, TICKET, connection};
use crate::support::real_odoo::RealOdoo;
use crate::support::wait_for;

/// Both external APIs, and a version that speaks them.
const APIS: [(&str, ProtocolChoice); 2] = [("17.0", ProtocolChoice::XmlRpc), ("19.0", ProtocolChoice::Json2)];

/// Mails of the test of cuts.
const MAILS: usize = 60;

/// Signs in with the far end's key.
pub(super) fn dial(password: mailgate::domain::secret::Secret, network: Network) -> Dial {
    Arc::new(move |connection, _, _| Ok(Box::new(Odoo::sign_in(connection, &password, &network)?)))
}

/// An installation that delivers to the fake, by way of this port.
fn far(place: &Place, fake: &FakeOdoo, port: u16, protocol: ProtocolChoice, network: Network) -> Far {
    let connection = Connection {
        protocol,
        workers: 2,
        together: Together::Always,
        ..connection(&format!("http://127.0.0.1:{port}"))
    };
    Far::reached_by(place, connection, dial(fake.password(), network))
}

/// A mailbox that feeds the connection.
pub(super) fn mailbox(far: &Far, model: &str, policy: SenderPolicy) -> IncomingServer {
    far.world.server(Protocol::Pop, |server| {
        server.connection = Some(far.connection);
        server.object_model = Some(model.into());
        server.sender_policy = policy;
    })
}

fn calls(fake: &FakeOdoo) -> usize {
    fake.world().calls.iter().filter(|call| *call == "object.execute_kw" || call.starts_with("json2.")).count()
}

#[test]
fn a_rounds_new_mails_are_asked_for_at_once_and_made_by_one_call() {
    for (version, protocol) in APIS {
        let (place, fake) = (Place::sqlite(), FakeOdoo::start());
        fake.world().version = version.into();
        let far = far(&place, &fake, fake.port, protocol, network());
        let server = mailbox(&far, TICKET, SenderPolicy::Create);
        let known: Vec<i32> = (0..18)
            .map(|number| fake.world().partner("Somebody", &format!("p{number}@people.example"), true))
            .collect();
        let sender = |number: usize| match number {
            0..18 => format!("Somebody <p{number}@people.example>"),
            _ => "A Stranger <stranger@people.example>".to_owned(),
        };
        let name = |number: usize| format!("together{number}");
        for number in 0..20 {
            let mail = match number {
                3 => with_attachment(&sender(number), &name(number)),
                _ => plain(&sender(number), &name(number), ""),
            };
            far.receive_by(&server, &mail);
        }
        far.drain();
        assert_eq!(far.world.counts(), [(MailState::Delivered, 20)], "{version}");
        let asked = calls(&fake);
        let world = fake.world();
        assert_eq!(world.tickets(), 20);
        for number in 0..20 {
            let posted = world.messages(&format!("<{}@people.example>", name(number)));
            let records = world.named(TICKET, &format!("About {}", name(number)));
            assert_eq!((posted.len(), records.len()), (1, 1), "{version} {number}");
            let row = &world.tables[TICKET][&records[0]];
            let contact = &row["partner_id"];
            assert_eq!(posted[0]["author_id"], *contact);
            assert!(known.get(number).is_none_or(|partner| contact == partner), "{version} {number}");
            let follows = world.followers(TICKET, records[0]).iter().any(|partner| contact == partner);
            assert_eq!(follows, version == "17.0", "whoever wrote hears of the answer, by itself on 19");
        }
        assert_eq!(world.rows("res.partner").len(), 20, "the account's, those known, and one for the stranger");
        assert_eq!(world.rows("ir.attachment").len(), 1);
        let together: Vec<usize> =
            world.loads.iter().filter(|(model, _)| model == TICKET).map(|(_, rows)| *rows).collect();
        assert_eq!(together, [10, 10], "{version}: a call of each worker");
        assert!(world.mails.is_empty(), "{:?}", world.mails);
        drop(world);
        // A post of each, and what is asked and done for all.
        println!("{version}: {asked} calls for 20 mails");
        assert!(asked <= 20 + 40, "{version}: {asked} calls");
    }
}

#[test]
fn an_unknown_module_over_there_has_its_say_in_each_mail() {
    // What extends the record type, as far as the account may see that, what is chosen, and how many are made together.
    let cases = [
        (Some("spp_grm, spp_grm_registry"), Together::Automatic, 2),
        (Some("our_own, spp_grm"), Together::Automatic, 0),
        (Some("our_own, spp_grm"), Together::Always, 2),
        (None, Together::Automatic, 0),
        (Some("spp_grm"), Together::Never, 0),
    ];
    for (case, (modules, together, wanted)) in cases.into_iter().enumerate() {
        let (place, fake) = (Place::sqlite(), FakeOdoo::start());
        if let Some(modules) = modules {
            let mut world = fake.world();
            world.forbidden.remove("ir.model.read");
            let rows = world.tables.get_mut("ir.model").unwrap().values_mut();
            rows.filter(|row| row["model"] == TICKET).for_each(|row| row["modules"] = json!(modules));
        }
        let connection = Connection { workers: 1, together, ..connection(&format!("http://127.0.0.1:{}", fake.port)) };
        let far = Far::reached_by(&place, connection, dial(fake.password(), network()));
        let server = mailbox(&far, TICKET, SenderPolicy::Known);
        for number in 0..2 {
            let email = format!("m{number}@people.example");
            fake.world().partner("Somebody", &email, true);
            far.receive_by(&server, &plain(&email, &format!("module{case}{number}"), ""));
        }
        far.drain();
        assert_eq!(far.world.counts(), [(MailState::Delivered, 2)], "{modules:?} {together:?}");
        let world = fake.world();
        let together_there: usize = world.loads.iter().filter(|(model, _)| model == TICKET).map(|(_, rows)| rows).sum();
        assert_eq!((together_there, world.tickets()), (wanted, 2), "{modules:?} {together:?}");
    }
}

#[test]
fn mail_of_one_address_is_shared_by_all_sessions() {
    let (place, fake) = (Place::sqlite(), FakeOdoo::start());
    let far = far(&place, &fake, fake.port, ProtocolChoice::XmlRpc, network());
    let server = mailbox(&far, TICKET, SenderPolicy::Create);
    for number in 0..12 {
        far.receive_by(&server, &plain("form@people.example", &format!("form{number}"), ""));
    }
    far.drain();
    assert_eq!(far.world.counts(), [(MailState::Delivered, 12)]);
    let world = fake.world();
    let together: Vec<usize> = world.loads.iter().filter(|(model, _)| model == TICKET).map(|(_, rows)| *rows).collect();
    assert_eq!(together, [6, 6], "a call of each worker");
    assert_eq!(world.rows("res.partner").len(), 2, "the account's, and one contact for all");
}

#[test]
fn one_record_that_is_refused_keeps_no_other_and_a_duplicate_makes_none() {
    let (place, fake) = (Place::sqlite(), FakeOdoo::start());
    // All of one address: else each worker would have some.
    let url = format!("http://127.0.0.1:{}", fake.port);
    let connection = Connection { workers: 1, together: Together::Always, ..connection(&url) };
    let far = Far::reached_by(&place, connection, dial(fake.password(), network()));
    let server = mailbox(&far, LEAD, SenderPolicy::Everyone);
    fake.world().unwanted_name = Some("About refused1".into());
    for number in 0..4 {
        let name = format!("refused{number}");
        far.receive_by(&server, &plain(&format!("r{number}@people.example"), &name, ""));
    }
    far.drain();
    // By the gateway there, which makes no difference of it.
    assert_eq!(far.world.counts(), [(MailState::Delivered, 4)]);
    assert_eq!(fake.world().rows(LEAD).len(), 4);

    fake.world().unwanted_name = None;
    let elsewhere = plain("d0@people.example", "there0", "");
    let source = json!({"base64": base64::Engine::encode(&base64::engine::general_purpose::STANDARD, elsewhere)});
    let args = [json!(LEAD), source, json!({}), json!(false), json!(false)];
    fake.world()
        .call(
            "object",
            "execute_kw",
            &[
                json!("openspp"),
                json!(6),
                json!("key"),
                json!("mail.thread"),
                json!("message_process"),
                json!(args),
                json!({}),
            ],
        )
        .map_err(|_| "refused")
        .unwrap();
    for number in 0..5 {
        far.receive_by(&server, &plain("d0@people.example", &format!("there{number}"), ""));
    }
    far.drain();
    assert_eq!(far.world.counts(), [(MailState::Delivered, 8), (MailState::Ignored, 1)]);
    let world = fake.world();
    assert_eq!(world.rows(LEAD).len(), 9);
    assert_eq!(world.loads.iter().rfind(|(model, _)| model == LEAD), Some(&(LEAD.to_owned(), 4)));
    assert!(world.mails.is_empty(), "{:?}", world.mails);
}

#[test]
fn a_round_that_is_cut_anywhere_leaves_each_mail_there_once() {
    for (version, protocol) in APIS {
        let (place, fake) = (Place::sqlite(), FakeOdoo::start());
        fake.world().version = version.into();
        fake.world().late = Duration::from_millis(3);
        fake.world().forbidden.remove("mail.followers.create");
        let mut network = network();
        network.limits.answer = Duration::from_millis(400);
        network.limits.read = Duration::from_millis(400);
        let proxy = breaking(fake.port, 150);
        let far = far(&place, &fake, proxy.port, protocol, network);
        let server = mailbox(&far, TICKET, SenderPolicy::Create);
        for number in 0..MAILS {
            let from = format!("cut{}@people.example", number % 40);
            let mail = match number % 10 {
                7 => with_attachment(&from, &format!("cut{number}")),
                _ => plain(&from, &format!("cut{number}"), ""),
            };
            far.receive_by(&server, &mail);
        }
        for round in 0.. {
            assert!(round < 60, "it does not come to an end: {:?}", far.world.states());
            far.drain();
            let over = || (proxy.open() == 0 && fake.running() == 0).then_some(());
            wait_for("calls end", Duration::from_secs(20), over);
            if far.world.counts() == [(MailState::Delivered, MAILS as i64)] {
                break;
            }
            far.hours_pass();
        }
        let world = fake.world();
        for number in 0..MAILS {
            let messages = world.messages(&format!("<cut{number}@people.example>")).len();
            let records = world.named(TICKET, &format!("About cut{number}"));
            assert_eq!((messages, records.len()), (1, 1), "mail {number}");
            let row = &world.tables[TICKET][&records[0]];
            let follows = world.followers(TICKET, records[0]).iter().any(|partner| row["partner_id"] == *partner);
            assert_eq!(follows, version == "17.0", "mail {number}: its sender hears of the answer");
        }
        assert_eq!(world.rows("res.partner").len(), 1 + 40, "the account's, and one for each sender");
        assert_eq!(world.rows("ir.attachment").len(), MAILS / 10);
        let together = world.loads.iter().filter(|(model, rows)| model == TICKET && *rows > 1).count();
        println!("{version}: {} cuts, {together} times made together", proxy.struck());
        assert!(together > 0 && proxy.struck() > 10, "{together} {}", proxy.struck());
        assert!(world.mails.is_empty(), "{:?}", world.mails);
    }
}

/// Of a record there: what its fields say, but for what differs from mail to mail.
fn said_of(real: &RealOdoo, model: &str, id: i64) -> Json {
    let fields = real.call(model, "fields_get", json!([[]]), json!({"attributes": ["store", "type"]}));
    let told = |(name, field): (&String, &Json)| {
        let is_plain = field["store"] == true && field["type"] != "one2many" && field["type"] != "binary";
        let is_own =
            matches!(name.as_str(), "id" | "number" | "name") || name.contains("date") || name.contains("message");
        (is_plain && !is_own).then(|| name.clone())
    };
    let names: Vec<String> = fields.as_object().unwrap().iter().filter_map(told).collect();
    let mut row = real.call(model, "read", json!([[id], names]), json!({}))[0].clone();
    row.as_object_mut().unwrap().remove("id");
    for (name, value) in row.as_object_mut().unwrap() {
        if *value == "" {
            *value = json!(false);
        }
        // Which elements a text stands in is the reader's own.
        if let Json::String(html) = &*value
            && name == "description"
        {
            let plain: String = html.split('<').filter_map(|part| part.rsplit('>').next()).collect();
            *value = json!(plain.trim());
        }
    }
    row["followers"] = real.call(
        "mail.followers",
        "search_read",
        json!([[["res_model", "=", model], ["res_id", "=", id]]]),
        json!({"fields": ["partner_id", "subtype_ids"], "order": "partner_id"}),
    );
    row["followers"].as_array_mut().unwrap().iter_mut().for_each(|row| row["id"] = json!(0));
    row["posts"] = real.call(
        "mail.message",
        "search_read",
        json!([[["model", "=", model], ["res_id", "=", id]]]),
        json!({"fields": ["author_id", "email_from", "subtype_id", "message_type", "is_internal", "notified_partner_ids", "create_uid"], "order": "id"}),
    );
    row["posts"].as_array_mut().unwrap().iter_mut().for_each(|row| row["id"] = json!(0));
    row
}

#[test]
#[ignore = "needs an Odoo"]
fn a_real_odoo_has_the_same_of_a_mail_alone_and_together() {
    for real in RealOdoo::all() {
        for model in [TICKET, LEAD] {
            if real.allowed(model, "search_count", json!([[]])).is_none() {
                continue;
            }
            let word = format!("a{}", mailgate::domain::now().and_utc().timestamp_micros());
            let email = format!("amina.{word}@people.example");
            let amina = json!({"name": "Amina Diallo", "email": email, "is_registrant": true});
            real.call("res.partner", "create", json!([amina]), json!({}));
            let place = Place::sqlite();
            let connection = Connection { together: Together::Always, ..real.connection.clone() };
            let far = Far::reached_by(&place, connection, dial(real.password.clone(), network()));
            let server = mailbox(&far, model, SenderPolicy::Everyone);
            let mail = |number: usize| plain(&format!("Amina Diallo <{email}>"), &format!("{word}{number}"), "");
            far.receive_by(&server, &mail(0));
            far.drain();
            for number in 1..3 {
                far.receive_by(&server, &mail(number));
            }
            far.drain();
            assert_eq!(far.world.counts(), [(MailState::Delivered, 3)], "{} {model}", real.version());
            let said: Vec<Json> = (0..3)
                .map(|number| {
                    let posted = json!([[["message_id", "=", format!("<{word}{number}@people.example>")]]]);
                    let posted = real.call("mail.message", "search_read", posted, json!({"fields": ["res_id"]}));
                    assert_eq!(posted.as_array().unwrap().len(), 1, "{} {model} {number}", real.version());
                    said_of(&real, model, posted[0]["res_id"].as_i64().unwrap())
                })
                .collect();
            assert_eq!(said[1], said[2]);
            let differs = |(name, value): (&String, &Json)| {
                (said[1][name] != *value).then(|| format!("{name}: alone {value}, together {}", said[1][name]))
            };
            let differences: Vec<String> = said[0].as_object().unwrap().iter().filter_map(differs).collect();
            assert!(differences.is_empty(), "{} {model}: {differences:#?}", real.version());
        }
    }
}
