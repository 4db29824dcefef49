//! Contacts and record types, as the pages offer them.

use mailgate::domain::connection::FarValues;
use mailgate::odoo::{OdooSettable, RecordTarget, TargetProblem, TroubleKind};
use serde_json::json;

use super::{check_target, signed_in};
use crate::support::fake_odoo::{FakeOdoo, LEAD, TICKET};

#[test]
fn contacts_are_found_by_name_address_and_number_with_registrants_first() {
    let fake = FakeOdoo::start();
    let plain = fake.world().partner("Amina Diallo", "amina@office.example", false);
    let registrant = fake.world().partner("Amina Keita", "Amina <amina@people.example>", true);
    let phone = json!({"name": "Binta", "phone": "+221 77 123", "is_registrant": true});
    let phone = fake.world().insert("res.partner", phone);
    let mut odoo = signed_in(&fake);
    let ids = |found: Vec<mailgate::odoo::OdooContact>| found.iter().map(|one| one.id).collect::<Vec<_>>();
    assert_eq!(ids(odoo.search_contacts("amina").unwrap()), [registrant, plain]);
    for typed in ["77 12", "+221 77 123", "22177123", "77-123"] {
        assert_eq!(ids(odoo.search_contacts(typed).unwrap()), [phone], "{typed}");
    }
    assert_eq!(ids(odoo.search_contacts("77 124").unwrap()), [] as [i32; 0]);
    assert_eq!(ids(odoo.search_contacts("%").unwrap()), [] as [i32; 0], "a wildcard is a character");
    for address in ["AMINA@people.example", "amina+grm@People.example"] {
        assert_eq!(odoo.contacts_by_email(address).unwrap()[0].id, registrant, "{address}");
    }
    assert_eq!(odoo.contacts_by_email("mina@people.example").unwrap(), []);
    let made = odoo.create_contact("Cheikh", "cheikh@people.example", "", true).unwrap();
    assert_eq!(
        odoo.contacts_by_email("cheikh@people.example").unwrap().first().map(|one| (one.id, one.is_registrant)),
        Some((made, true))
    );
}

#[test]
fn record_types_are_listed_or_the_usual_ones_are_tried() {
    let fake = FakeOdoo::start();
    let mut odoo = signed_in(&fake);
    let usual = odoo.record_types().unwrap();
    assert!(!usual.complete);
    assert_eq!(usual.types.iter().map(|one| one.model.as_str()).collect::<Vec<_>>(), [TICKET, LEAD]);
    fake.world().forbidden.remove("ir.model.read");
    let listed = odoo.record_types().unwrap();
    assert!(listed.complete);
    assert_eq!(listed.types.len(), 2);
}

#[test]
fn a_target_is_tried_and_nothing_stays() {
    let fake = FakeOdoo::start();
    let mut odoo = signed_in(&fake);
    assert_eq!(check_target(&mut odoo, TICKET).unwrap(), None);
    assert_eq!(fake.world().tickets(), 0);
    assert_eq!(check_target(&mut odoo, "no.such").unwrap(), Some(TargetProblem::Missing));
    assert_eq!(check_target(&mut odoo, "res.country").unwrap(), Some(TargetProblem::NoThread));
    assert_eq!(check_target(&mut odoo, LEAD).unwrap(), None);
    for model in [LEAD, "mail.message"] {
        assert_eq!(fake.world().rows(model).len(), 0, "{model}");
    }
    fake.world().refusing.insert(LEAD.into(), "TypeError: 'our_own_field'".into());
    let refused = check_target(&mut odoo, LEAD).unwrap();
    assert_eq!(refused, Some(TargetProblem::Refused("TypeError: 'our_own_field'".into())), "its gateway refuses mail");
    fake.world().refusing.clear();
    fake.world().required.insert(LEAD.into(), "district".into());
    let mut odoo = signed_in(&fake);
    let required = check_target(&mut odoo, LEAD).unwrap().unwrap();
    assert_eq!(required, TargetProblem::Required(vec!["district".into()]));
    assert!(required.complaint(LEAD, "bridge").what.contains("requires district, which a mail can't fill"));
    fake.world().forbidden.insert(format!("{TICKET}.create"));
    assert_eq!(check_target(&mut odoo, TICKET).unwrap(), Some(TargetProblem::Forbidden));
}

#[test]
fn what_a_server_sets_is_offered_from_there_and_tried_with_the_target() {
    let fake = FakeOdoo::start();
    fake.world().is_openspp2 = true;
    let team = fake.world().insert("spp.grm.team", json!({"display_name": "Payments"}));
    let mut odoo = signed_in(&fake);
    let offered = odoo.settable(TICKET).unwrap();
    let team = OdooSettable {
        name: "team_id".into(),
        label: "team_id".into(),
        several: false,
        choices: vec![(team.to_string(), "Payments".into())],
    };
    assert!(offered.contains(&team), "{offered:?}");
    assert!(offered.iter().all(|field| field.name != "partner_id" && field.name != "tag_ids"), "{offered:?}");
    let mut tried = |values: &str, anonymous| {
        let values = FarValues::parse(values).unwrap();
        odoo.check_target(&RecordTarget { model: TICKET, values: &values, anonymous }).unwrap()
    };
    assert_eq!(tried("team_id = 3", false), None);
    assert_eq!(tried("district_id = 3", false), Some(TargetProblem::Value("district_id".into())));
    assert_eq!(tried("", true), Some(TargetProblem::NotAnonymous));
    assert_eq!(fake.world().tickets(), 0);
}

#[test]
fn a_target_is_tried_again_while_a_delivery_is_in_the_way() {
    let fake = FakeOdoo::start();
    let mut odoo = signed_in(&fake);
    fake.world().locked = 2;
    assert_eq!(check_target(&mut odoo, TICKET).unwrap(), None);
    fake.world().locked = usize::MAX;
    let trouble = check_target(&mut odoo, TICKET).unwrap_err();
    assert!(trouble.kind == TroubleKind::Temporary && trouble.complaint.what.contains("is busy"), "{trouble:?}");
}

#[test]
fn another_fetcher_of_the_same_mailbox_is_seen_where_the_account_may_look() {
    let fake = FakeOdoo::start();
    let server = json!({"name": "Old", "server": "Mail.NGO.example", "user": "grievances", "active": true});
    fake.world().insert("fetchmail.server", server);
    let mut odoo = signed_in(&fake);
    assert_eq!(odoo.fetchers("mail.ngo.example", "grievances").unwrap(), None);
    fake.world().forbidden.remove("fetchmail.server.read");
    assert_eq!(odoo.fetchers("mail.ngo.example", "grievances").unwrap(), Some(vec!["Old".into()]));
    assert_eq!(odoo.fetchers("mail.ngo.example", "other").unwrap(), Some(vec![]));
}
