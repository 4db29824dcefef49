//! JSON-2: chosen by the test where the key opens it, and the same there as over XML-RPC.

use mailgate::domain::connection::{Connection, ProtocolChoice, RemoteProtocol};
use mailgate::domain::handover::Method;
use mailgate::domain::ledger::Reason;
use mailgate::domain::secret::Secret;
use mailgate::domain::stage::StageName;
use mailgate::odoo::probe::{OdooReport, probe};
use mailgate::odoo::{Arrived, DeliveryPlan, Odoo, Remote, TargetProblem, TroubleKind, databases};
use serde_json::json;

use super::{Mail, check_target, deliver, network, plain, record, sign_in, with_attachment};
use crate::support::fake_odoo::{FakeOdoo, Front, LEAD, TICKET};

const AMINA: &str = "amina@people.example";

/// One of version 19.
fn newer() -> FakeOdoo {
    let fake = FakeOdoo::start();
    fake.world().version = "19.0".into();
    fake.world().partner("Amina Diallo", AMINA, true);
    fake
}

fn by(fake: &FakeOdoo, protocol: ProtocolChoice) -> Connection {
    Connection { protocol, ..fake.connection() }
}

fn tested(fake: &FakeOdoo, protocol: ProtocolChoice, password: &str) -> OdooReport {
    probe(&by(fake, protocol), &Secret::new(password), &network(), std::time::Duration::from_secs(20))
}

fn signed_in(fake: &FakeOdoo) -> Odoo {
    sign_in(&by(fake, ProtocolChoice::Json2), &fake.password()).unwrap()
}

fn seen(report: &OdooReport, name: StageName) -> String {
    report.stages.iter().find(|stage| stage.name == name).unwrap().words().to_string()
}

#[test]
fn the_test_chooses_what_the_far_end_has_and_the_account_opens() {
    let fake = newer();
    let automatic = ProtocolChoice::Automatic;
    let report = tested(&fake, automatic, "key");
    assert!(report.passed(), "{report:?}");
    assert_eq!(report.spoken, Some(RemoteProtocol::Json2));
    assert!(seen(&report, StageName::SignIn).contains("JSON-2"));
    assert!(!fake.world().calls.iter().any(|call| call.starts_with("db.")), "that service need not be there");

    // A password opens XML-RPC alone; what that costs later is said.
    fake.world().key = "another".into();
    let report = tested(&fake, automatic, "key");
    assert_eq!(report.spoken, Some(RemoteProtocol::XmlRpc), "{report:?}");
    assert!(seen(&report, StageName::SignIn).contains("leaves Odoo after 19.0"));
    let forced = tested(&fake, ProtocolChoice::Json2, "key");
    assert_eq!(forced.failure().unwrap().name, StageName::SignIn, "{forced:?}");

    fake.world().key = "key".into();
    assert_eq!(tested(&fake, ProtocolChoice::XmlRpc, "key").spoken, Some(RemoteProtocol::XmlRpc));
    // Odoo 20 has no XML-RPC any more.
    fake.world().has_xmlrpc = false;
    fake.world().version = "20.0".into();
    let report = tested(&fake, automatic, "key");
    assert!(report.passed(), "{report:?}");
    assert_eq!((report.spoken, report.version.unwrap().major), (Some(RemoteProtocol::Json2), 20));

    let older = FakeOdoo::start();
    assert_eq!(tested(&older, automatic, "key").spoken, Some(RemoteProtocol::XmlRpc));
    assert!(!older.world().calls.iter().any(|call| call.starts_with("json2.")), "it is not asked for what it has not");
    let forced = tested(&older, ProtocolChoice::Json2, "key");
    assert_eq!(forced.failure().unwrap().name, StageName::Version, "{forced:?}");
}

#[test]
fn a_key_s_last_day_is_read_where_the_account_may() {
    let fake = newer();
    let key = json!({"name": "mailgate", "scope": false, "expiration_date": "2027-02-16 21:50:29", "user_id.login": "bridge@example.org"});
    fake.world().insert("res.users.apikeys", key.clone());
    let report = tested(&fake, ProtocolChoice::Automatic, "key");
    assert_eq!(report.key_expires.unwrap().to_string(), "2027-02-16");
    fake.world().insert("res.users.apikeys", key);
    assert_eq!(tested(&fake, ProtocolChoice::Automatic, "key").key_expires, None, "which of them is ours nobody says");
    fake.world().forbidden.insert("res.users.apikeys.read".into());
    assert_eq!(tested(&fake, ProtocolChoice::Automatic, "key").key_expires, None);
}

#[test]
fn a_key_of_another_account_signs_nobody_in() {
    let fake = newer();
    let mut other = by(&fake, ProtocolChoice::Json2);
    other.login = "officer@ngo.example".into();
    let trouble = sign_in(&other, &fake.password()).unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Configuration, "{trouble:?}");
    let words = &trouble.complaint.what;
    assert!(words.contains("the key of “bridge@example.org”") && words.contains("“officer@ngo.example”"), "{words}");
    other.login = "Bridge@example.org".into();
    sign_in(&other, &fake.password()).unwrap();
}

#[test]
fn a_db_service_that_a_proxy_blocks_costs_nothing() {
    let fake = FakeOdoo::start();
    fake.world().db_service_blocked = true;
    let report = tested(&fake, ProtocolChoice::Automatic, "key");
    assert!(report.passed(), "{report:?}");
    assert_eq!(databases(&fake.connection(), &network()).unwrap(), None);
    let mut wrong = fake.connection();
    wrong.database = "other".into();
    let report = probe(&wrong, &fake.password(), &network(), std::time::Duration::from_secs(20));
    assert_eq!(report.failure().unwrap().name, StageName::Database, "{report:?}");
}

#[test]
fn mail_arrives_as_over_xml_rpc() {
    let fake = newer();
    let mut odoo = signed_in(&fake);
    let first = Mail::new(TICKET, "one", plain(AMINA, "one", ""));
    let arrived = deliver(&mut odoo, &first).unwrap();
    let (model, id) = record(&arrived);
    assert_eq!(model, TICKET);
    assert_eq!(odoo.find(&first.shipment()).unwrap(), Some(arrived.clone()));
    let again = odoo.deliver(&first.shipment(), Method::Gateway, None, false).unwrap();
    assert_eq!(again, Arrived::Duplicate { record: Some((TICKET.into(), id)) });
    let reply = Mail::new(TICKET, "two", plain(AMINA, "two", "In-Reply-To: <one@people.example>\r\n"));
    assert_eq!(record(&deliver(&mut odoo, &reply).unwrap()), (TICKET, id));

    let mut posted = Mail::new(TICKET, "three", with_attachment("AMINA+grm@People.example", "three"));
    posted.original = true;
    let arrived = deliver(&mut odoo, &posted).unwrap();
    assert_eq!(deliver(&mut odoo, &posted).unwrap(), arrived, "a repeat finds it");
    let files: Vec<_> = fake.world().rows("ir.attachment").iter().map(|row| row["datas"].clone()).collect();
    assert_eq!((files.len(), &files[0]), (2, &json!("AAEC")));

    // Bytes that JSON has no text for are decoded here.
    let latin =
        plain(AMINA, "four", "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n");
    let mut latin = Mail::new(TICKET, "four", latin);
    latin.source.0.extend(b"Caf\xe9\r\n");
    let plan = odoo.plan(&latin.shipment()).unwrap();
    assert!(matches!(plan, DeliveryPlan::Deliver { method: Method::CreateAndPost, .. }), "{plan:?}");
    deliver(&mut odoo, &latin).unwrap();
    assert_eq!(fake.world().tickets(), 3);
    assert!(fake.world().calls.iter().all(|call| call.starts_with("json2.")));
}

#[test]
fn its_answers_are_told_apart() {
    let fake = newer();
    let mut odoo = signed_in(&fake);
    let looping = "References: <1.2-loop-detection-bounce-email@odoo>\r\n";
    let looping = Mail::new(TICKET, "loop", plain(AMINA, "loop", looping));
    let dropped = odoo.deliver(&looping.shipment(), Method::Gateway, None, false).unwrap();
    assert!(matches!(&dropped, Arrived::Dropped { detail } if detail.contains("loop guard")), "{dropped:?}");
    let mail = Mail::new(TICKET, "one", plain(AMINA, "one", ""));
    fake.world().required.insert(TICKET.into(), "district".into());
    for method in [Method::Gateway, Method::CreateAndPost] {
        let refused = odoo.deliver(&mail.shipment(), method, Some(1), false).unwrap();
        assert!(matches!(&refused, Arrived::Refused { detail } if detail.contains("district")), "{refused:?}");
    }
    fake.world().required.clear();
    assert_eq!(check_target(&mut odoo, TICKET).unwrap(), None);
    assert_eq!(check_target(&mut odoo, LEAD).unwrap(), None);
    assert_eq!(check_target(&mut odoo, "no.such").unwrap(), Some(TargetProblem::Missing));
    assert_eq!(fake.world().tickets(), 0);
    fake.world().missing.insert(TICKET.into());
    let plan = signed_in(&fake).plan(&mail.shipment()).unwrap();
    assert!(matches!(plan, DeliveryPlan::Hold { reason: Reason::NoRecordType, .. }), "{plan:?}");
    fake.world().missing.clear();
    fake.world().forbidden.insert("mail.message.read".into());
    let trouble = odoo.plan(&mail.shipment()).unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Configuration, "{trouble:?}");
    fake.world().key = "a new key".into();
    let trouble = odoo.plan(&mail.shipment()).unwrap_err();
    assert!(trouble.complaint.what.contains("refused login or password"), "{trouble:?}");
    let mut elsewhere = by(&fake, ProtocolChoice::Json2);
    elsewhere.database = "other".into();
    let trouble = sign_in(&elsewhere, &fake.password()).unwrap_err();
    assert!(trouble.complaint.what.contains("no database of that name"), "{trouble:?}");
}

#[test]
fn what_a_proxy_answers_is_no_answer_of_odoo() {
    let fake = newer();
    let mail = Mail::new(TICKET, "one", plain(AMINA, "one", ""));
    for (status, kind) in [
        (429, TroubleKind::Temporary),
        // Whether Odoo began, it does not say.
        (502, TroubleKind::Cut),
        (503, TroubleKind::Cut),
        (504, TroubleKind::TimedOut),
        (403, TroubleKind::Configuration),
    ] {
        fake.world().front = Front::Nothing;
        let mut odoo = signed_in(&fake);
        odoo.plan(&mail.shipment()).unwrap();
        fake.world().front = Front::JsonStatus(status);
        let trouble = odoo.deliver(&mail.shipment(), Method::Gateway, None, false).unwrap_err();
        assert_eq!(trouble.kind, kind, "{status}: {trouble:?}");
    }
    fake.world().front = Front::Nothing;
    deliver(&mut signed_in(&fake), &mail).unwrap();
}

#[test]
fn a_record_that_the_account_may_not_change_holds_up_its_own_mail_alone() {
    for protocol in [ProtocolChoice::Json2, ProtocolChoice::XmlRpc] {
        let fake = newer();
        let mut odoo = sign_in(&by(&fake, protocol), &fake.password()).unwrap();
        deliver(&mut odoo, &Mail::new(TICKET, "one", plain(AMINA, "one", ""))).unwrap();
        fake.world().forbidden.insert("mail.thread.message_process".into());
        let reply = Mail::new(TICKET, "two", plain(AMINA, "two", "In-Reply-To: <one@people.example>\r\n"));
        let refused = deliver(&mut odoo, &reply).unwrap();
        assert!(matches!(&refused, Arrived::Refused { detail } if detail.contains("may not change")), "{refused:?}");
        // Where it may make no records at all, that is the connection's.
        let trouble = deliver(&mut odoo, &Mail::new(TICKET, "three", plain(AMINA, "three", ""))).unwrap_err();
        assert_eq!(trouble.kind, TroubleKind::Configuration, "{trouble:?}");
    }
}
