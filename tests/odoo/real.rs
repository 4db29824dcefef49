//! The same on real Odoos with OpenSPP's grievances, where `MAILGATE_TEST_ODOO` names some; and beside them the same mail
//! through their own gateway, as their own fetching gives it in.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mailgate::domain::connection::FarValues;
use mailgate::domain::handover::Method;
use mailgate::domain::ledger::Reason;
use mailgate::domain::server::SenderPolicy;
use mailgate::odoo::probe::probe;
use mailgate::odoo::{Arrived, DeliveryPlan, RecordTarget, Remote, TargetProblem, TroubleKind};
use serde_json::{Value as Json, json};

use super::{Mail, check_target, deliver, network, plain, record, sign_in, with_attachment};
use crate::support::fake_odoo::TICKET;
use crate::support::real_odoo::RealOdoo;
use crate::support::wait_for;

/// A word that no earlier run used.
fn fresh() -> String {
    format!("t{}", mailgate::domain::now().and_utc().timestamp_micros())
}

fn partner(real: &RealOdoo, email: &str) -> i64 {
    let values = json!({"name": "Amina Diallo", "email": email, "is_registrant": true});
    real.call("res.partner", "create", json!([values]), json!({})).as_i64().unwrap()
}

fn ticket(real: &RealOdoo, id: i32) -> Json {
    real.call(TICKET, "read", json!([[id], ["name", "partner_id", "channel_id", "message_partner_ids"]]), json!({}))[0]
        .clone()
}

fn messages(real: &RealOdoo, message_id: &str) -> Vec<Json> {
    let fields = json!({"fields": ["model", "res_id", "author_id", "email_from", "date", "body", "subtype_id", "attachment_ids"]});
    let found = real.call("mail.message", "search_read", json!([[["message_id", "=", message_id]]]), fields);
    found.as_array().unwrap().clone()
}

#[test]
#[ignore = "needs an Odoo"]
fn a_real_odoo_takes_mail_both_ways_and_mails_nobody() {
    RealOdoo::all().iter().for_each(takes_mail_both_ways_and_mails_nobody);
}

fn takes_mail_both_ways_and_mails_nobody(real: &RealOdoo) {
    // One that has other work answers a hurried test too late.
    wait_for("a test that passes", Duration::from_secs(60), || {
        let report = probe(&real.connection, &real.password, &network(), Duration::from_secs(20));
        report.passed().then_some(())
    });
    let mut odoo = sign_in(&real.connection, &real.password).unwrap();
    assert_eq!(check_target(&mut odoo, TICKET).unwrap(), None);
    let types = odoo.record_types().unwrap();
    assert!(
        types.types.iter().any(|one| one.model == TICKET) && types.types.iter().all(|one| one.model != "mail.thread")
    );
    let mails = real.mails();
    let word = fresh();
    let email = format!("Amina.{word}@people.example");
    let amina = partner(real, &email);

    let first = Mail::new(TICKET, &format!("{word}a"), plain(&format!("Amina <{email}>"), &format!("{word}a"), ""));
    let plan = odoo.plan(&first.shipment()).unwrap();
    assert!(matches!(plan, DeliveryPlan::Deliver { method: Method::Gateway, .. }), "{plan:?}");
    let (_, id) = {
        let arrived = deliver(&mut odoo, &first).unwrap();
        (record(&arrived).0.to_owned(), record(&arrived).1)
    };
    assert_eq!(ticket(real, id)["partner_id"][0], amina);
    let again = odoo.deliver(&first.shipment(), Method::Gateway, None, false).unwrap();
    assert_eq!(again, Arrived::Duplicate { record: Some((TICKET.into(), id)) });

    let reference = format!("In-Reply-To: <{word}a@people.example>\r\n");
    let reply = Mail::new(TICKET, &format!("{word}b"), plain(&email, &format!("{word}b"), &reference));
    assert_eq!(record(&deliver(&mut odoo, &reply).unwrap()), (TICKET, id));

    let mut other = Mail::new(TICKET, &format!("{word}c"), with_attachment(&email.to_uppercase(), &format!("{word}c")));
    other.original = true;
    let plan = odoo.plan(&other.shipment()).unwrap();
    assert!(matches!(plan, DeliveryPlan::Deliver { method: Method::CreateAndPost, .. }), "{plan:?}");
    let arrived = deliver(&mut odoo, &other).unwrap();
    let (_, made) = record(&arrived);
    assert_eq!(deliver(&mut odoo, &other).unwrap(), arrived, "a repeat finds it");
    assert_eq!(odoo.find(&other.shipment()).unwrap(), Some(arrived));
    let stands = ticket(real, made);
    assert_eq!(
        (&stands["partner_id"][0], &stands["name"], &stands["channel_id"][1]),
        (&json!(amina), &json!(format!("About {word}c")), &json!("Email"))
    );
    let posted = messages(real, &format!("<{word}c@people.example>"));
    assert_eq!(posted.len(), 1);
    assert_eq!(
        (&posted[0]["res_id"], &posted[0]["date"], &posted[0]["author_id"][0]),
        (&json!(made), &json!("2026-11-23 09:00:00"), &json!(amina))
    );
    assert!(
        posted[0]["body"].as_str().unwrap().contains("See the photo.")
            && !posted[0]["body"].as_str().unwrap().contains("&lt;")
    );
    let files = real.call(
        "ir.attachment",
        "read",
        json!([posted[0]["attachment_ids"], ["name", "datas", "mimetype"]]),
        json!({}),
    );
    let mut files: Vec<_> =
        files.as_array().unwrap().iter().map(|file| (file["name"].clone(), file["datas"].clone())).collect();
    files.sort_by_key(|(name, _)| name.to_string());
    assert_eq!((files.len(), &files[1]), (2, &(json!("photo.png"), json!("AAEC"))));

    assert_eq!(real.mails(), mails, "nobody was mailed");
    println!("mail.mail before and after: {mails:?}");
}

#[test]
#[ignore = "needs an Odoo"]
fn a_real_odoos_answers_are_told_apart() {
    RealOdoo::all().iter().for_each(answers_are_told_apart);
}

fn answers_are_told_apart(real: &RealOdoo) {
    let mut odoo = sign_in(&real.connection, &real.password).unwrap();
    let mails = real.mails();
    let word = fresh();
    let email = format!("b.{word}@people.example");
    let looping = Mail::new(TICKET, &word, plain(&email, &word, "References: <1-loop-detection-bounce-email@x>\r\n"));
    let dropped = odoo.deliver(&looping.shipment(), Method::Gateway, None, false).unwrap();
    assert!(matches!(&dropped, Arrived::Dropped { detail } if detail.contains("loop guard")), "{dropped:?}");
    let stranger = |policy| {
        let mut mail = Mail::new(TICKET, &word, plain(&format!("Stranger <{email}>"), &word, ""));
        mail.policy = policy;
        mail
    };
    let plan = odoo.plan(&stranger(SenderPolicy::Known).shipment()).unwrap();
    assert!(matches!(plan, DeliveryPlan::Hold { reason: Reason::UnknownSender, .. }), "{plan:?}");
    let refused = odoo.deliver(&stranger(SenderPolicy::Known).shipment(), Method::CreateAndPost, None, false).unwrap();
    assert!(matches!(refused, Arrived::Refused { .. }), "{refused:?}");
    let arrived = deliver(&mut odoo, &stranger(SenderPolicy::Create)).unwrap();
    let contact = odoo.contacts_by_email(&email.to_uppercase()).unwrap().remove(0);
    assert_eq!(
        (contact.name.as_str(), ticket(real, record(&arrived).1)["partner_id"][0].as_i64()),
        ("Stranger", Some(contact.id.into()))
    );
    let vanished = Mail::new("no.such", &word, plain(&email, &format!("{word}x"), ""));
    let plan = odoo.plan(&vanished.shipment()).unwrap();
    assert!(matches!(plan, DeliveryPlan::Hold { reason: Reason::NoRecordType, .. }), "{plan:?}");
    for method in [Method::Gateway, Method::CreateAndPost] {
        let refused = odoo.deliver(&vanished.shipment(), method, None, false).unwrap();
        assert!(matches!(&refused, Arrived::Refused { detail } if detail.contains("no.such")), "{refused:?}");
    }
    let mut wrong = real.connection.clone();
    wrong.database = "no_such_database".into();
    let trouble = sign_in(&wrong, &real.password).unwrap_err();
    assert!(
        trouble.kind == TroubleKind::Configuration && trouble.complaint.what.contains("has no database"),
        "{trouble:?}"
    );
    assert_eq!(real.mails(), mails, "nobody was mailed");
}

/// Every record type that the bridge is tried with, as far as it is there.
const MODELS: [&str; 7] = [
    TICKET,
    "crm.lead",
    "project.task",
    "maintenance.request",
    "hr.applicant",
    "helpdesk.ticket",
    // A model of our own, where one is installed.
    "own.thread",
];

#[test]
#[ignore = "needs an Odoo"]
fn a_real_odoo_takes_mail_for_every_record_type() {
    for real in RealOdoo::all() {
        let mut odoo = sign_in(&real.connection, &real.password).unwrap();
        let word = fresh();
        let email = format!("amina.{word}@people.example");
        let amina: i32 = partner(&real, &email).try_into().unwrap();
        let mut taken = Vec::new();
        for (number, model) in MODELS.into_iter().enumerate() {
            if real.allowed(model, "search_count", json!([[]])).is_none() {
                continue;
            }
            let before = real.call(model, "search_count", json!([[]]), json!({}));
            assert_eq!(check_target(&mut odoo, model).unwrap(), None, "{} {model}", real.version());
            assert_eq!(real.call(model, "search_count", json!([[]]), json!({})), before, "nothing stays");
            for (letter, from) in [("a", email.clone()), ("b", email.to_uppercase())] {
                let name = format!("{word}{number}{letter}");
                let mail = Mail::new(model, &name, with_attachment(&from, &name));
                assert_eq!(record(&deliver(&mut odoo, &mail).unwrap()).0, model, "{} {model}", real.version());
            }
            let name = format!("{word}{number}c");
            let mail = Mail::new(model, &name, with_attachment(&email, &name));
            let posted = odoo.deliver(&mail.shipment(), Method::CreateAndPost, Some(amina), false).unwrap();
            assert_eq!(record(&posted).0, model, "{} {model}, without the gateway", real.version());
            taken.push(model);
        }
        assert!(taken.len() > 1, "{taken:?}");
        println!("{}: {taken:?}", real.version());
    }
}

#[test]
#[ignore = "needs an Odoo"]
fn a_real_odoo_offers_its_fields_and_takes_what_a_server_sets() {
    const LEAD: &str = "crm.lead";
    for real in RealOdoo::all() {
        let mut odoo = sign_in(&real.connection, &real.password).unwrap();
        let word = fresh();
        let email = format!("amina.{word}@people.example");
        partner(&real, &email);
        let tags = ["one", "two"].map(|name| {
            real.call("crm.tag", "create", json!([{"name": format!("{word} {name}")}]), json!({})).as_i64().unwrap()
        });
        let offered = odoo.settable(LEAD).unwrap();
        let field = |name: &str| offered.iter().find(|field| field.name == name);
        let choices = &field("tag_ids").expect("its tags are offered").choices;
        let label = (tags[1].to_string(), format!("{word} two"));
        assert!(choices.contains(&label), "{}: {choices:?}", real.version());
        assert!(field("priority").is_some() && field("partner_id").is_none(), "{offered:?}");
        let values = FarValues::parse(&format!("tag_ids = {}, {}\npriority = 2", tags[0], tags[1])).unwrap();
        let target = RecordTarget { model: LEAD, values: &values, anonymous: false };
        assert_eq!(odoo.check_target(&target).unwrap(), None, "{}", real.version());
        let gone = FarValues::parse("team_id = 2147483600").unwrap();
        let refused = odoo.check_target(&RecordTarget { values: &gone, ..target }).unwrap();
        assert!(matches!(refused, Some(TargetProblem::Refused(_))), "{}: {refused:?}", real.version());
        let mut methods = Vec::new();
        for letter in ["a", "b"] {
            let name = format!("{word}{letter}");
            let mut mail = Mail::new(LEAD, &name, plain(&email, &name, ""));
            mail.values = values.clone();
            // What a person corrected, the gateway there must not have.
            mail.handover.sender = (letter == "b").then(|| mail.message.from.clone());
            let DeliveryPlan::Deliver { method, .. } = odoo.plan(&mail.shipment()).unwrap() else { panic!() };
            methods.push(method);
            let (_, id) = record(&deliver(&mut odoo, &mail).unwrap());
            let row = real.call(LEAD, "read", json!([[id], ["tag_ids", "priority"]]), json!({}))[0].clone();
            let mut set: Vec<i64> = serde_json::from_value(row["tag_ids"].clone()).unwrap();
            set.sort_unstable();
            assert_eq!((set, &row["priority"]), (tags.to_vec(), &json!("2")), "{} {method:?}", real.version());
        }
        assert_eq!(methods, [Method::Gateway, Method::CreateAndPost], "{}", real.version());
    }
}

/// What a message set going: its subtype, and whom it told.
fn told(real: &RealOdoo, message_id: &str) -> (String, Vec<i64>, i64) {
    let found = messages(real, message_id);
    assert_eq!(found.len(), 1, "{message_id}");
    let fields = json!({"fields": ["notified_partner_ids"]});
    let domain = json!([[["message_id", "=", message_id]]]);
    let row = real.call("mail.message", "search_read", domain, fields)[0].clone();
    let mut told: Vec<i64> = serde_json::from_value(row["notified_partner_ids"].clone()).unwrap();
    told.sort_unstable();
    (found[0]["subtype_id"][1].as_str().unwrap().to_owned(), told, found[0]["res_id"].as_i64().unwrap())
}

fn followers(real: &RealOdoo, id: i64) -> Vec<i64> {
    let row = real.call(TICKET, "read", json!([[id], ["message_partner_ids"]]), json!({}))[0].clone();
    let mut followers: Vec<i64> = serde_json::from_value(row["message_partner_ids"].clone()).unwrap();
    followers.sort_unstable();
    followers
}

/// As their own fetching hands it to their gateway.
fn fetched_there(real: &RealOdoo, mail: &Mail) {
    let source = json!({"base64": STANDARD.encode(&mail.source.0)});
    real.call("mail.thread", "message_process", json!([TICKET, source]), json!({}));
}

#[test]
#[ignore = "needs an Odoo"]
fn a_real_odoo_tells_of_a_mail_whom_its_own_gateway_tells() {
    for real in RealOdoo::all() {
        let mut odoo = sign_in(&real.connection, &real.password).unwrap();
        let version = real.version();
        let word = fresh();
        let email = format!("amina.{word}@people.example");
        let amina = partner(&real, &email);
        let outsider = partner(&real, &format!("desk.{word}@partner.example"));
        let user = json!([{"name": "Officer", "login": format!("officer.{word}"), "email": format!("officer.{word}@ngo.example")}]);
        let made = real.call("res.users", "create", user, json!({"context": {"no_reset_password": true}}));
        let read = json!([made.as_array().cloned().unwrap_or_else(|| vec![made.clone()]), ["partner_id"]]);
        let officer = real.call("res.users", "read", read, json!({}))[0]["partner_id"][0].as_i64().unwrap();
        let mut seen = Vec::new();
        // There by their own fetching, and by the bridge through the gateway and without it.
        for (way, from) in [("own", email.clone()), ("gateway", email.clone()), ("post", email.to_uppercase())] {
            let name = |letter: &str| format!("{word}{way}{letter}");
            let mut give = |mail: &Mail| match way {
                "own" => fetched_there(&real, mail),
                _ => drop(deliver(&mut odoo, mail).unwrap()),
            };
            // Their own lookup takes an address letter by letter.
            give(&Mail::new(TICKET, &name("a"), plain(&from, &name("a"), "")));
            let (_, first, ticket) = told(&real, &format!("<{}@people.example>", name("a")));
            let begun = followers(&real, ticket);
            let subscribed = json!({"partner_ids": [officer, outsider]});
            real.call(TICKET, "message_subscribe", json!([[ticket]]), subscribed);
            let reference = format!("In-Reply-To: <{}@people.example>\r\n", name("a"));
            give(&Mail::new(TICKET, &name("b"), plain(&from, &name("b"), &reference)));
            let (subtype, reply, on) = told(&real, &format!("<{}@people.example>", name("b")));
            assert_eq!(on, ticket, "{version} {way}");
            let answer =
                json!({"body": "We look into it.", "message_type": "comment", "subtype_xmlid": "mail.mt_comment"});
            let answer = real.call(TICKET, "message_post", json!([[ticket]]), answer);
            let answer = match &answer {
                Json::Array(ids) => ids[0].clone(),
                id => id.clone(),
            };
            let row =
                real.call("mail.message", "read", json!([[answer], ["notified_partner_ids"]]), json!({}))[0].clone();
            let mut answered: Vec<i64> = serde_json::from_value(row["notified_partner_ids"].clone()).unwrap();
            answered.sort_unstable();
            let replied = followers(&real, ticket);
            println!(
                "{version} {way}: {subtype}, first {first:?}, reply {reply:?}, followers {begun:?} {replied:?}, answer {answered:?}; amina {amina} officer {officer} outsider {outsider}"
            );
            assert!(reply.contains(&officer), "{version} {way}: the officer hears of it");
            assert!(!reply.contains(&amina), "{version} {way}: the sender does not");
            seen.push((subtype, first, reply, begun, replied, answered));
        }
        assert_eq!(seen[1], seen[0], "{version}: by the gateway");
        assert_eq!(seen[2], seen[0], "{version}: the first by ourselves");
    }
}
