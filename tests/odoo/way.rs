//! Which way a message goes, and what is there afterwards.

use mailgate::domain::address::Address;
use mailgate::domain::handover::Method;
use mailgate::domain::ledger::Reason;
use mailgate::domain::server::SenderPolicy;
use mailgate::odoo::{Arrived, DeliveryPlan, Remote};
use serde_json::json;

use super::{Mail, deliver, plain, record, signed_in, with_attachment};
use crate::support::fake_odoo::{FakeOdoo, LEAD, TICKET};

const AMINA: &str = "Amina Diallo <amina@people.example>";

fn method(plan: &DeliveryPlan) -> Method {
    match plan {
        DeliveryPlan::Deliver { method, .. } => *method,
        DeliveryPlan::Hold { detail, .. } => panic!("held: {detail}"),
    }
}

#[test]
fn a_registrants_mail_goes_through_the_gateway_there_and_its_reply_joins() {
    let fake = FakeOdoo::start();
    fake.world().partner("Somebody", "amina@people.example", false);
    let amina = fake.world().partner("Amina Diallo", "amina@people.example", true);
    let mut odoo = signed_in(&fake);
    let mail = Mail::new(TICKET, "one", plain(AMINA, "one", ""));
    let DeliveryPlan::Deliver { method, partner, trace, .. } = odoo.plan(&mail.shipment()).unwrap() else { panic!() };
    assert_eq!((method, partner), (Method::Gateway, Some(amina)), "registrants come first");
    assert!(trace.iter().any(|step| step.rule == "method" && step.why.contains("mail gateway")), "{trace:?}");
    let arrived = odoo.deliver(&mail.shipment(), method, partner, false).unwrap();
    let (model, id) = record(&arrived);
    let url = format!("http://127.0.0.1:{}/web#id={id}&model=spp.grm.ticket&view_type=form", fake.port);
    assert_eq!(arrived, Arrived::Record { model: TICKET.into(), id, url });
    assert_eq!(
        fake.world().tables[TICKET][&id]["partner_id"],
        amina,
        "as the plan says, not the first of that address"
    );
    let reply = Mail::new(model, "two", plain(AMINA, "two", "In-Reply-To: <one@people.example>\r\n"));
    assert_eq!(record(&deliver(&mut odoo, &reply).unwrap()), (TICKET, id));
    assert_eq!(fake.world().tickets(), 1);
    assert_eq!(fake.world().mails, Vec::<String>::new());
}

#[test]
fn an_address_written_otherwise_is_made_and_posted_so_that_no_refusal_is_mailed() {
    let fake = FakeOdoo::start();
    let amina = fake.world().partner("Amina Diallo", "Amina Diallo <Amina@people.example>", true);
    let mut odoo = signed_in(&fake);
    let mut mail = Mail::new(TICKET, "one", with_attachment("AMINA+grm@People.example", "one"));
    mail.original = true;
    let plan = odoo.plan(&mail.shipment()).unwrap();
    assert_eq!(method(&plan), Method::CreateAndPost);
    let (_, id) = record(&deliver(&mut odoo, &mail).unwrap());
    let world = fake.world();
    assert_eq!(world.tables[TICKET][&id]["partner_id"], amina);
    assert_eq!(world.tables[TICKET][&id]["name"], "About one");
    let posted = world.messages("<one@people.example>");
    assert_eq!(posted.len(), 1);
    assert_eq!((&posted[0]["res_id"], &posted[0]["author_id"]), (&json!(id), &json!(amina)));
    assert_eq!(posted[0]["email_from"], "AMINA+grm@People.example");
    assert_eq!(posted[0]["date"], "2026-11-23 09:00:00");
    let files: Vec<_> =
        world.rows("ir.attachment").iter().map(|row| (row["name"].clone(), row["datas"].clone())).collect();
    assert_eq!(files[0], (json!("photo.png"), json!("AAEC")));
    assert_eq!((files.len(), &files[1].0), (2, &json!("original_email.eml")));
    assert_eq!(posted[0]["attachment_ids"].as_array().unwrap().len(), 2);
    assert!(world.mails.is_empty(), "{:?}", world.mails);
}

#[test]
fn an_unknown_sender_is_held_made_a_contact_or_delivered_as_the_mailbox_says() {
    let fake = FakeOdoo::start();
    let mut odoo = signed_in(&fake);
    let stranger = |model: &str, name: &str, policy| {
        let mut mail = Mail::new(model, name, plain("Stranger <x@unknown.example>", name, ""));
        mail.policy = policy;
        mail
    };
    for (model, policy) in
        [(TICKET, SenderPolicy::Known), (TICKET, SenderPolicy::Everyone), (LEAD, SenderPolicy::Known)]
    {
        let plan = odoo.plan(&stranger(model, "held", policy).shipment()).unwrap();
        assert!(matches!(plan, DeliveryPlan::Hold { reason: Reason::UnknownSender, .. }), "{plan:?}");
    }
    let lead = stranger(LEAD, "lead", SenderPolicy::Everyone);
    assert_eq!(record(&deliver(&mut odoo, &lead).unwrap()).0, LEAD);
    for name in ["first", "second"] {
        let mail = stranger(TICKET, name, SenderPolicy::Create);
        assert_eq!(record(&deliver(&mut odoo, &mail).unwrap()).0, TICKET);
    }
    let world = fake.world();
    let made: Vec<_> = world.rows("res.partner").iter().map(|row| row["name"].clone()).collect();
    assert_eq!(made, ["Stranger"]);
    assert!(world.mails.is_empty(), "{:?}", world.mails);
}

#[test]
fn two_first_mails_of_one_sender_in_other_letters_make_two_records_of_one_contact() {
    let fake = FakeOdoo::start();
    let mut odoo = signed_in(&fake);
    let mails = [("one", "amina@people.example"), ("two", "Amina@People.example")].map(|(name, from)| {
        let mut mail = Mail::new(TICKET, name, plain(from, name, ""));
        mail.policy = SenderPolicy::Create;
        mail
    });
    // As two workers do: both look before either has made the contact.
    let plans = mails.each_ref().map(|mail| odoo.plan(&mail.shipment()).unwrap());
    for (mail, plan) in mails.iter().zip(plans) {
        let DeliveryPlan::Deliver { method, partner, new_contact: true, .. } = plan else { panic!("{plan:?}") };
        let arrived = odoo.deliver(&mail.shipment(), method, partner, true).unwrap();
        assert_eq!(record(&arrived).0, TICKET);
    }
    let world = fake.world();
    assert_eq!((world.tickets(), world.rows("res.partner").len()), (2, 1));
    assert!(world.mails.is_empty(), "{:?}", world.mails);
}

#[test]
fn what_a_person_corrected_counts() {
    let fake = FakeOdoo::start();
    let amina = fake.world().partner("Amina Diallo", "amina@people.example", true);
    let other = fake.world().partner("Other", "other@people.example", true);
    let mut odoo = signed_in(&fake);
    let mut forwarded = Mail::new(TICKET, "one", plain("Clerk <clerk@ngo.example>", "one", ""));
    forwarded.handover.sender = Some(Address { name: "Amina".into(), address: "amina@people.example".into() });
    let (_, id) = record(&deliver(&mut odoo, &forwarded).unwrap());
    assert_eq!(fake.world().tables[TICKET][&id]["partner_id"], amina);
    assert_eq!(fake.world().messages("<one@people.example>")[0]["email_from"], "\"Amina\" <amina@people.example>");
    let mut linked = Mail::new(TICKET, "two", plain(AMINA, "two", ""));
    linked.handover.partner = Some(other);
    let (_, id) = record(&deliver(&mut odoo, &linked).unwrap());
    assert_eq!(fake.world().tables[TICKET][&id]["partner_id"], other);
}

#[test]
fn a_reply_to_a_record_known_here_is_posted_there_or_held_where_that_is_gone() {
    let fake = FakeOdoo::start();
    let ticket = fake.world().insert(TICKET, json!({"name": "old", "message_partner_ids": [3]}));
    let mut odoo = signed_in(&fake);
    let mut reply = Mail::new(TICKET, "one", plain("Stranger <x@unknown.example>", "one", ""));
    reply.handover.record = Some(ticket);
    assert_eq!(record(&deliver(&mut odoo, &reply).unwrap()), (TICKET, ticket));
    assert_eq!(record(&deliver(&mut odoo, &reply).unwrap()), (TICKET, ticket));
    assert_eq!(fake.world().messages("<one@people.example>").len(), 1, "a repeat posts nothing");
    assert_eq!(fake.world().mails, Vec::<String>::new(), "who follows the record is not mailed");
    reply.handover.record = Some(999);
    let plan = odoo.plan(&reply.shipment()).unwrap();
    assert!(matches!(plan, DeliveryPlan::Hold { reason: Reason::RecordGone, .. }), "{plan:?}");
}

#[test]
fn the_gateway_is_left_out_where_it_would_mail_somebody() {
    let fake = FakeOdoo::start();
    fake.world().partner("Amina Diallo", "amina@people.example", true);
    fake.world()
        .insert("mail.alias.domain", json!({"catchall_email": "grievances@ngo.example", "bounce_email": "b@x"}));
    let mut odoo = signed_in(&fake);
    let mail = Mail::new(TICKET, "one", plain(AMINA, "one", ""));
    assert_eq!(method(&odoo.plan(&mail.shipment()).unwrap()), Method::CreateAndPost);
    let (_, id) = record(&deliver(&mut odoo, &mail).unwrap());
    fake.world().tables.remove("mail.alias.domain");

    fake.world().tables.get_mut(TICKET).unwrap().get_mut(&id).unwrap().insert("message_partner_ids".into(), json!([3]));
    let reply = Mail::new(TICKET, "two", plain(AMINA, "two", "References: <one@people.example>\r\n"));
    assert_eq!(method(&odoo.plan(&reply.shipment()).unwrap()), Method::CreateAndPost, "an officer follows it");
    assert_eq!(record(&deliver(&mut odoo, &reply).unwrap()), (TICKET, id));

    let alias = json!({"alias_name": "grievances", "alias_incoming_local": true, "alias_contact": "followers", "alias_status": "valid"});
    let alias = fake.world().insert("mail.alias", alias);
    let mail = Mail::new(TICKET, "three", plain(AMINA, "three", ""));
    assert_eq!(method(&odoo.plan(&mail.shipment()).unwrap()), Method::CreateAndPost, "not open to everyone");
    fake.world().tables.get_mut("mail.alias").unwrap().get_mut(&alias).unwrap()["alias_contact"] = json!("everyone");
    assert_eq!(method(&odoo.plan(&mail.shipment()).unwrap()), Method::Gateway);

    for n in 0..10 {
        let mail = Mail::new(TICKET, "x", plain(AMINA, &format!("many{n}"), "").replace("<one", "<x"));
        deliver(&mut odoo, &mail).unwrap();
    }
    assert_eq!(method(&odoo.plan(&mail.shipment()).unwrap()), Method::CreateAndPost, "she wrote often");
    assert!(fake.world().mails.is_empty(), "{:?}", fake.world().mails);
}

#[test]
fn the_same_mail_makes_a_second_record_only_under_a_derived_message_id() {
    let fake = FakeOdoo::start();
    fake.world().partner("Amina Diallo", "amina@people.example", true);
    let mut odoo = signed_in(&fake);
    let mut mail = Mail::new(TICKET, "one", plain(AMINA, "one", ""));
    deliver(&mut odoo, &mail).unwrap();
    mail.handover.model = LEAD.into();
    mail.handover.external_id = "mailgate.second".into();
    let again = deliver(&mut odoo, &mail).unwrap();
    assert!(matches!(&again, Arrived::Duplicate { record: Some((model, _)) } if model == TICKET), "{again:?}");
    mail.handover.message_id = "<derived@mailgate>".into();
    assert_eq!(record(&deliver(&mut odoo, &mail).unwrap()).0, LEAD);
    assert_eq!(fake.world().messages("<derived@mailgate>").len(), 1);
}
