//! The same on a real Odoo 17 with OpenSPP's grievances, where `MAILGATE_TEST_ODOO=url,db,login,password` names one.

use std::time::Duration;

use mailgate::domain::handover::Method;
use mailgate::domain::ledger::Reason;
use mailgate::domain::server::SenderPolicy;
use mailgate::odoo::probe::probe;
use mailgate::odoo::{Arrived, DeliveryPlan, Remote, TroubleKind};
use serde_json::{Value as Json, json};

use super::{Mail, deliver, network, plain, record, sign_in, with_attachment};
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
#[ignore = "needs a real Odoo 17 with spp_grm, named by MAILGATE_TEST_ODOO"]
fn a_real_odoo_takes_mail_both_ways_and_mails_nobody() {
    let real = RealOdoo::named();
    // One that has other work answers a hurried test too late.
    wait_for("a test that passes", Duration::from_secs(60), || {
        let report = probe(&real.connection, &real.password, &network(), Duration::from_secs(20));
        report.passed().then_some(())
    });
    let mut odoo = sign_in(&real.connection, &real.password).unwrap();
    assert_eq!(odoo.check_target(TICKET).unwrap(), None);
    let types = odoo.record_types().unwrap();
    assert!(
        types.types.iter().any(|one| one.model == TICKET) && types.types.iter().all(|one| one.model != "mail.thread")
    );
    let mails = real.mails();
    let word = fresh();
    let email = format!("Amina.{word}@people.example");
    let amina = partner(&real, &email);

    let first = Mail::new(TICKET, &format!("{word}a"), plain(&format!("Amina <{email}>"), &format!("{word}a"), ""));
    let plan = odoo.plan(&first.shipment()).unwrap();
    assert!(matches!(plan, DeliveryPlan::Deliver { method: Method::Gateway, .. }), "{plan:?}");
    let (_, id) = {
        let arrived = deliver(&mut odoo, &first).unwrap();
        (record(&arrived).0.to_owned(), record(&arrived).1)
    };
    assert_eq!(ticket(&real, id)["partner_id"][0], amina);
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
    let stands = ticket(&real, made);
    assert_eq!(
        (&stands["partner_id"][0], &stands["name"], &stands["channel_id"][1]),
        (&json!(amina), &json!(format!("About {word}c")), &json!("Email"))
    );
    let posted = messages(&real, &format!("<{word}c@people.example>"));
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

    // An officer follows it: the next mail is logged, and nobody is mailed.
    let officer = real.call(
        "res.users",
        "search_read",
        json!([[["login", "=", real.connection.login]]]),
        json!({"fields": ["partner_id"]}),
    );
    real.call(TICKET, "message_subscribe", json!([[id]]), json!({"partner_ids": [officer[0]["partner_id"][0]]}));
    let reference = format!("References: <{word}a@people.example>\r\n");
    let reply = Mail::new(TICKET, &format!("{word}d"), plain(&email, &format!("{word}d"), &reference));
    assert_eq!(record(&deliver(&mut odoo, &reply).unwrap()), (TICKET, id));
    assert_eq!(real.mails(), mails, "nobody was mailed");
    println!("mail.mail before and after: {mails:?}");
}

#[test]
#[ignore = "needs a real Odoo 17 with spp_grm, named by MAILGATE_TEST_ODOO"]
fn a_real_odoos_answers_are_told_apart() {
    let real = RealOdoo::named();
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
    let contact = odoo.contact_by_email(&email.to_uppercase()).unwrap().unwrap();
    assert_eq!(
        (contact.name.as_str(), ticket(&real, record(&arrived).1)["partner_id"][0].as_i64()),
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
