//! Which way a message goes, and what is there afterwards.

use mailgate::domain::connection::FarValues;
use mailgate::domain::handover::Method;
use mailgate::domain::ledger::Reason;
use mailgate::domain::message::Address;
use mailgate::domain::server::{SenderPolicy, SharedAddress};
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
    assert_eq!(made, ["Bridge", "Stranger"]);
    assert!(world.mails.is_empty(), "{:?}", world.mails);
}

#[test]
fn two_registrants_with_one_address_are_for_a_person_to_choose_from() {
    let fake = FakeOdoo::start();
    let oldest = fake.world().partner("Amina Diallo", "amina@people.example", true);
    fake.world().partner("Her sister", "Sister <AMINA@people.example>", true);
    let mut odoo = signed_in(&fake);
    let mut mail = Mail::new(TICKET, "one", plain(AMINA, "one", ""));
    let plan = odoo.plan(&mail.shipment()).unwrap();
    let DeliveryPlan::Hold { reason: Reason::UnknownSender, detail, .. } = plan else { panic!("{plan:?}") };
    assert!(detail.contains("2 registrants"), "{detail}");
    // Whatever the mailbox does with unknown senders, and wanting it delivered chooses nobody either.
    for (forced, policy) in [(true, SenderPolicy::Known), (false, SenderPolicy::Everyone)] {
        (mail.handover.forced, mail.policy) = (forced, policy);
        let plan = odoo.plan(&mail.shipment()).unwrap();
        assert!(matches!(plan, DeliveryPlan::Hold { reason: Reason::UnknownSender, .. }), "{plan:?}");
        mail.shared_address = SharedAddress::Oldest;
        let DeliveryPlan::Deliver { partner, trace, .. } = odoo.plan(&mail.shipment()).unwrap() else { panic!() };
        assert_eq!(partner, Some(oldest));
        assert!(trace.iter().any(|step| step.why.contains("the oldest active one counts")), "{trace:?}");
        mail.shared_address = SharedAddress::Ask;
    }
    (mail.handover.forced, mail.policy, mail.handover.partner) = (false, SenderPolicy::Known, Some(oldest));
    assert!(matches!(odoo.plan(&mail.shipment()).unwrap(), DeliveryPlan::Deliver { .. }));
}

#[test]
fn whom_a_person_linked_an_address_with_counts_while_that_contact_is_there() {
    let fake = FakeOdoo::start();
    let binta = fake.world().partner("Binta", "binta@people.example", true);
    let mut odoo = signed_in(&fake);
    let mut mail = Mail::new(TICKET, "one", plain("Field Office <office@field.example>", "one", ""));
    mail.linked = Some(binta);
    let DeliveryPlan::Deliver { partner, trace, .. } = odoo.plan(&mail.shipment()).unwrap() else { panic!() };
    assert_eq!(partner, Some(binta));
    assert!(trace.iter().any(|step| step.why.contains("as a person said of an earlier mail")), "{trace:?}");
    let (_, id) = record(&deliver(&mut odoo, &mail).unwrap());
    assert_eq!(fake.world().tables[TICKET][&id]["partner_id"], binta);
    let mut later = Mail::new(TICKET, "two", plain("office@field.example", "two", ""));
    later.linked = Some(999);
    let DeliveryPlan::Hold { trace, .. } = odoo.plan(&later.shipment()).unwrap() else { panic!() };
    assert!(trace.iter().any(|step| step.why.contains("is not there any more")), "{trace:?}");
}

#[test]
fn a_contact_made_for_an_address_is_that_sender_s_whatever_address_it_has_by_now() {
    let fake = FakeOdoo::start();
    let mut odoo = signed_in(&fake);
    let mail = |name: &str| {
        let mut mail = Mail::new(TICKET, name, plain(AMINA, name, ""));
        mail.policy = SenderPolicy::Create;
        mail
    };
    deliver(&mut odoo, &mail("one")).unwrap();
    let made = fake.world().search("res.partner", &json!([["email", "=", "amina@people.example"]])).ok().unwrap()[0];
    let moved = json!("amina@elsewhere.example");
    let mut world = fake.world();
    let row = world.tables.get_mut("res.partner").unwrap().get_mut(&made).unwrap();
    row.extend([("email".into(), moved.clone()), ("email_normalized".into(), moved)]);
    drop(world);
    // The way is chosen before anything is begun, so that the attempt on record tells it.
    let mail = mail("two");
    let DeliveryPlan::Deliver { method, partner, new_contact, .. } = odoo.plan(&mail.shipment()).unwrap() else {
        panic!()
    };
    assert_eq!((method, partner, new_contact), (Method::CreateAndPost, Some(made), false));
}

#[test]
fn a_reply_to_an_alias_as_well_is_left_to_odoo_s_own_rule_and_the_trace_says_so() {
    let fake = FakeOdoo::start();
    fake.world().partner("Amina Diallo", "amina@people.example", true);
    let alias = json!({"alias_name": "grievances", "alias_incoming_local": true, "alias_contact": "everyone", "alias_status": "valid"});
    fake.world().insert("mail.alias", alias);
    let mut odoo = signed_in(&fake);
    let says = |plan: DeliveryPlan| match plan {
        DeliveryPlan::Deliver { method, trace, .. } => (method, trace.iter().any(|step| step.rule == "remote_alias")),
        DeliveryPlan::Hold { detail, .. } => panic!("held: {detail}"),
    };
    let first = Mail::new(TICKET, "one", plain(AMINA, "one", ""));
    assert_eq!(says(odoo.plan(&first.shipment()).unwrap()), (Method::Gateway, false), "no reply");
    deliver(&mut odoo, &first).unwrap();
    let reply = plain(AMINA, "two", "References: <one@people.example>\r\n");
    let copied = reply.replace("To: grievances@ngo.example", "To: x@ngo.example\r\nCc: grievances@ngo.example");
    let reply = Mail::new(TICKET, "two", reply);
    assert_eq!(says(odoo.plan(&reply.shipment()).unwrap()), (Method::Gateway, true));
    let copied = Mail::new(TICKET, "three", copied);
    assert_eq!(says(odoo.plan(&copied.shipment()).unwrap()), (Method::Gateway, false), "it looks at To alone");
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
    let [first, second] = plans.map(|plan| match plan {
        DeliveryPlan::Deliver { method, partner, new_contact: true, .. } => (method, partner),
        plan => panic!("{plan:?}"),
    });
    let arrived = odoo.deliver(&mails[0].shipment(), first.0, first.1, true).unwrap();
    assert_eq!(record(&arrived).0, TICKET);
    // Its gateway would not find that contact by the other letters: nothing is begun by a way that was not on record.
    let trouble = odoo.deliver(&mails[1].shipment(), second.0, second.1, true).unwrap_err();
    assert!(trouble.complaint.what.contains("the way is chosen anew"), "{trouble:?}");
    assert_eq!(method(&odoo.plan(&mails[1].shipment()).unwrap()), Method::CreateAndPost);
    assert_eq!(record(&deliver(&mut odoo, &mails[1]).unwrap()).0, TICKET);
    let world = fake.world();
    assert_eq!((world.tickets(), world.rows("res.partner").len()), (2, 2), "the account's own, and hers");
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
fn a_reply_to_a_record_known_here_joins_it_or_is_held_where_that_is_gone() {
    let fake = FakeOdoo::start();
    let officer = fake.world().user("Officer", "officer@ngo.example");
    let ticket = fake.world().insert(TICKET, json!({"name": "old", "message_partner_ids": [officer]}));
    let mut odoo = signed_in(&fake);
    // There is no message on it yet, and then there is one; what they cite is not known there.
    for name in ["one", "two"] {
        let reference = "References: <elsewhere@people.example>\r\n";
        let mut reply = Mail::new(TICKET, name, plain("Stranger <x@unknown.example>", name, reference));
        reply.handover.record = Some(ticket);
        assert_eq!(method(&odoo.plan(&reply.shipment()).unwrap()), Method::Gateway);
        assert_eq!(record(&deliver(&mut odoo, &reply).unwrap()), (TICKET, ticket));
        let again = deliver(&mut odoo, &reply).unwrap();
        assert!(matches!(again, Arrived::Duplicate { record: Some((_, id)) } if id == ticket), "{again:?}");
    }
    let told = ["one", "two"].map(|name| (officer, format!("<{name}@people.example>")));
    assert_eq!(fake.world().told, told, "as Odoo's own gateway has it, once each");
    assert_eq!(fake.world().mails, Vec::<String>::new());
    let mut reply = Mail::new(TICKET, "three", plain(AMINA, "three", ""));
    reply.handover.record = Some(999);
    let plan = odoo.plan(&reply.shipment()).unwrap();
    assert!(matches!(plan, DeliveryPlan::Hold { reason: Reason::RecordGone, .. }), "{plan:?}");
}

#[test]
fn mail_that_is_not_to_join_what_it_answers_makes_a_record_of_its_own_by_the_gateway() {
    let fake = FakeOdoo::start();
    fake.world().partner("Amina Diallo", "amina@people.example", true);
    fake.world().partner("Neighbour", "neighbour@people.example", true);
    let mut odoo = signed_in(&fake);
    let first = Mail::new(TICKET, "one", plain(AMINA, "one", ""));
    deliver(&mut odoo, &first).unwrap();
    let reference = "In-Reply-To: <one@people.example>\r\nReferences: <one@people.example>\r\n";
    let mut other = Mail::new(TICKET, "two", plain("neighbour@people.example", "two", reference));
    other.handover.apart = true;
    assert_eq!(method(&odoo.plan(&other.shipment()).unwrap()), Method::Gateway);
    deliver(&mut odoo, &other).unwrap();
    assert_eq!(fake.world().tickets(), 2);
}

/// A far end of this version with a record of Amina's that she and an officer follow, and an outsider.
fn followed(version: &str) -> (FakeOdoo, [i32; 3], i32) {
    let fake = FakeOdoo::start();
    fake.world().version = version.into();
    let amina = fake.world().partner("Amina Diallo", "amina@people.example", true);
    let outsider = fake.world().partner("Partner NGO", "desk@partner.example", false);
    let officer = fake.world().user("Officer", "officer@ngo.example");
    let values = json!({"name": "old", "partner_id": amina, "message_partner_ids": [amina, officer, outsider]});
    let ticket = fake.world().insert(TICKET, values);
    (fake, [amina, officer, outsider], ticket)
}

#[test]
fn a_reply_is_told_to_whom_odoo_s_own_gateway_tells() {
    for version in ["17.0", "18.0", "19.0"] {
        let (fake, [_, officer, outsider], ticket) = followed(version);
        let mut odoo = signed_in(&fake);
        let mut reply = Mail::new(TICKET, "one", plain(AMINA, "one", ""));
        reply.handover.record = Some(ticket);
        deliver(&mut odoo, &reply).unwrap();
        let world = fake.world();
        assert_eq!(world.messages("<one@people.example>")[0]["subtype_xmlid"], "mail.mt_comment", "{version}");
        assert_eq!(world.told, [(officer, "<one@people.example>".to_owned())], "{version}");
        assert_eq!(world.mails, [format!("{outsider} hears of <one@people.example>")], "not the sender: {version}");
    }
}

#[test]
fn what_the_account_posts_itself_tells_users_by_name_and_nobody_outside() {
    for (version, subtype) in [("17.0", "mail.mt_note"), ("19.0", "mail.mt_comment")] {
        let (fake, [_, officer, _], ticket) = followed(version);
        let mut odoo = signed_in(&fake);
        let mut forwarded = Mail::new(TICKET, "one", plain("Clerk <clerk@ngo.example>", "one", ""));
        forwarded.handover.sender = Some(Address { name: "Amina".into(), address: "amina@people.example".into() });
        forwarded.handover.record = Some(ticket);
        let DeliveryPlan::Deliver { method, partner, trace, .. } = odoo.plan(&forwarded.shipment()).unwrap() else {
            panic!()
        };
        assert_eq!(method, Method::CreateAndPost);
        let says = trace.iter().any(|step| step.rule == "remote_told" && step.why.contains("17.0"));
        assert_eq!(says, version == "17.0", "{trace:?}");
        odoo.deliver(&forwarded.shipment(), method, partner, false).unwrap();
        let world = fake.world();
        assert_eq!(world.messages("<one@people.example>")[0]["subtype_xmlid"], subtype);
        assert_eq!(world.told, [(officer, "<one@people.example>".to_owned())]);
        assert!(world.mails.is_empty(), "{:?}", world.mails);
    }
}

#[test]
fn whoever_writes_follows_the_record_as_after_a_mail_to_odoo_s_own_gateway() {
    for (version, follows) in [("17.0", true), ("19.0", false)] {
        for from in ["amina@people.example", "AMINA+grm@People.example"] {
            let fake = FakeOdoo::start();
            fake.world().version = version.into();
            let amina = fake.world().partner("Amina Diallo", "amina@people.example", true);
            let mut odoo = signed_in(&fake);
            let mail = Mail::new(TICKET, "one", plain(from, "one", ""));
            let by_gateway = method(&odoo.plan(&mail.shipment()).unwrap()) == Method::Gateway;
            assert_eq!(by_gateway, from == "amina@people.example");
            let (_, id) = record(&deliver(&mut odoo, &mail).unwrap());
            let expected = if follows { vec![amina] } else { vec![] };
            assert_eq!(fake.world().followers(TICKET, id), expected, "{version} {from}");
            assert_eq!(fake.world().mails, Vec::<String>::new());
        }
    }
}

#[test]
fn the_grievances_of_openspp_2_say_who_complains_and_since_when() {
    let fake = FakeOdoo::start();
    fake.world().is_openspp2 = true;
    let person = json!({"name": "Amina", "email": "amina@people.example", "phone": "77 12", "is_registrant": true});
    let person = fake.world().insert("res.partner", person);
    let family = json!({"name": "Diallo", "email": "diallo@people.example", "is_registrant": true, "is_group": true});
    let family = fake.world().insert("res.partner", family);
    fake.world().partner("Other", "other@people.example", false);
    let mut odoo = signed_in(&fake);
    // By the gateway, and made here.
    for (number, upper) in [false, true].into_iter().enumerate() {
        for (address, who, registrant, household) in [
            ("amina@people.example", "beneficiary", json!(person), json!(null)),
            ("diallo@people.example", "beneficiary", json!(null), json!(family)),
            ("other@people.example", "non_beneficiary", json!(null), json!(null)),
        ] {
            let from = if upper { address.to_uppercase() } else { address.to_owned() };
            let name = format!("{}{number}", &address[..3]);
            let mail = Mail::new(TICKET, &name, plain(&format!("Somebody <{from}>"), &name, ""));
            let (_, id) = record(&deliver(&mut odoo, &mail).unwrap());
            let world = fake.world();
            let row = &world.tables[TICKET][&id];
            let told = |field: &str| row.get(field).cloned().unwrap_or_default();
            assert_eq!(told("complainant_type"), who, "{from}");
            assert_eq!((told("registrant_id"), told("household_id")), (registrant, household), "{from}");
            assert_eq!((told("contact_name"), told("contact_email")), (json!("Somebody"), json!(from)));
            assert_eq!(told("contact_phone") == "77 12", who == "beneficiary" && address.starts_with("amina"));
            assert_eq!(told("intake_date"), "2026-11-23 09:00:00", "a late bridge moves no deadline");
        }
    }
}

#[test]
fn what_the_server_sets_goes_into_new_records_both_ways_and_counts_more_than_the_mail() {
    let fake = FakeOdoo::start();
    fake.world().is_openspp2 = true;
    fake.world().partner("Amina Diallo", "amina@people.example", true);
    let mut odoo = signed_in(&fake);
    let mail = |from: &str, name: &str, values: &str| {
        let mut mail = Mail::new(TICKET, name, plain(from, name, "Importance: high\r\n"));
        mail.values = FarValues::parse(values).unwrap();
        mail
    };
    for (name, from, tags) in
        [("one", "amina@people.example", json!([[6, 0, [4, 7]]])), ("two", "AMINA+grm@People.example", json!([4, 7]))]
    {
        let (_, id) = record(&deliver(&mut odoo, &mail(from, name, "team_id = 3\ntag_ids = 4, 7")).unwrap());
        let row = fake.world().tables[TICKET][&id].clone();
        assert_eq!((&row["team_id"], &row["tag_ids"], &row["severity"]), (&json!(3), &tags, &json!("high")), "{name}");
        // A reply sets nothing.
        let reply = format!("r{name}");
        let mut reply =
            Mail::new(TICKET, &reply, plain(from, &reply, &format!("In-Reply-To: <{name}@people.example>\r\n")));
        reply.values = FarValues::parse("team_id = 9").unwrap();
        assert_eq!(record(&deliver(&mut odoo, &reply).unwrap()).1, id);
        assert_eq!(fake.world().tables[TICKET][&id]["team_id"], 3);
    }
    let (_, id) = record(&deliver(&mut odoo, &mail(AMINA, "three", "severity = low")).unwrap());
    assert_eq!(fake.world().tables[TICKET][&id]["severity"], "low");
    let wrong = odoo.plan(&mail(AMINA, "four", "district_id = 3").shipment()).unwrap();
    let DeliveryPlan::Hold { reason: Reason::Refused, detail, .. } = wrong else { panic!("{wrong:?}") };
    assert!(detail.contains("“district_id”"), "{detail}");
}

#[test]
fn an_unknown_sender_complains_anonymously_where_the_type_takes_that_and_nobody_is_mailed() {
    let fake = FakeOdoo::start();
    fake.world().is_openspp2 = true;
    let stranger = |name: &str| {
        let mut mail = Mail::new(TICKET, name, plain("Stranger <x@unknown.example>", name, ""));
        mail.policy = SenderPolicy::Anonymous;
        mail
    };
    let plan = signed_in(&fake).plan(&stranger("one").shipment()).unwrap();
    assert!(
        matches!(plan, DeliveryPlan::Hold { reason: Reason::UnknownSender, .. }),
        "its contact is required: {plan:?}"
    );
    fake.world().takes_anonymous = true;
    let mut odoo = signed_in(&fake);
    let DeliveryPlan::Deliver { method, partner: None, trace, .. } = odoo.plan(&stranger("two").shipment()).unwrap()
    else {
        panic!()
    };
    assert_eq!(method, Method::CreateAndPost, "its gateway would mail a refusal");
    assert!(trace.iter().any(|step| step.why.contains("an anonymous complaint")), "{trace:?}");
    let (_, id) = record(&deliver(&mut odoo, &stranger("two")).unwrap());
    let world = fake.world();
    let row = &world.tables[TICKET][&id];
    assert_eq!((&row["complainant_type"], &row["contact_email"]), (&json!("anonymous"), &json!("x@unknown.example")));
    assert!(row.get("partner_id").is_none() && world.mails.is_empty(), "{row:?} {:?}", world.mails);
}

#[test]
fn a_description_shows_the_images_of_the_mail() {
    let fake = FakeOdoo::start();
    fake.world().partner("Amina Diallo", "amina@people.example", true);
    let mut odoo = signed_in(&fake);
    let mail = |from: &str, name: &str| {
        let shown = with_attachment(from, name)
            .replace("text/plain\r\n\r\nSee the photo.", "text/html\r\n\r\n<p>See <img src=\"cid:photo@x\"></p>")
            .replace("attachment; filename=photo.png", "inline; filename=photo.png\r\nContent-ID: <photo@x>");
        Mail::new(TICKET, name, shown)
    };
    for (name, from) in [("one", "amina@people.example"), ("two", "AMINA+grm@People.example")] {
        let (_, id) = record(&deliver(&mut odoo, &mail(from, name)).unwrap());
        let description = fake.world().tables[TICKET][&id]["description"].clone();
        let description = description.as_str().unwrap();
        assert!(description.contains("\"/web/image/") && !description.contains("cid:"), "{name}: {description}");
    }
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
    // What changes seldom is asked once in a session.
    let mut odoo = signed_in(&fake);

    let reply = Mail::new(TICKET, "two", plain(AMINA, "two", "References: <one@people.example>\r\n"));
    assert_eq!(method(&odoo.plan(&reply.shipment()).unwrap()), Method::Gateway, "a reply does not go that way");
    assert_eq!(record(&deliver(&mut odoo, &reply).unwrap()), (TICKET, id));

    let alias = json!({"alias_name": "grievances", "alias_incoming_local": true, "alias_contact": "followers", "alias_status": "valid"});
    let alias = fake.world().insert("mail.alias", alias);
    let mut odoo = signed_in(&fake);
    let mail = Mail::new(TICKET, "three", plain(AMINA, "three", ""));
    assert_eq!(method(&odoo.plan(&mail.shipment()).unwrap()), Method::CreateAndPost, "not open to everyone");
    fake.world().tables.get_mut("mail.alias").unwrap().get_mut(&alias).unwrap()["alias_contact"] = json!("everyone");
    let mut odoo = signed_in(&fake);
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
