//! An incoming server that feeds a connection: its record types, and what its test checks there.

use mailgate::config::Config;
use mailgate::domain::person::Caller;
use mailgate::domain::server::{IncomingServer, SenderPolicy};
use mailgate::operations::servers::{self, FieldFilter};
use rocket::http::{Header, Status};
use serde_json::json;

use super::{far_end, new, only};
use crate::support::database::{Place, on_both};
use crate::support::dovecot::{Dovecot, MailUser, PASSWORD};
use crate::support::fake_odoo::FakeOdoo;
use crate::support::form::{Fields, but, press, step};
use crate::web::site::{Browser, Page, Site};

const INCOMING: &str = "/settings/technical/email/incoming";
const NEW: &str = "/settings/technical/email/incoming/new";
const FOLLOW: &str = "/settings/technical/email/incoming/follow";

/// A site that trusts the tests' Dovecot, an administrator on it, and a confirmed connection.
fn connected(place: &Place, odoo: &FakeOdoo) -> (Site, Browser, String) {
    let site = Site::with(Config { ca_file: Some(Dovecot::shared().certificate()), ..place.config.clone() });
    site.add("admin", mailgate::domain::person::Role::SystemAdmin);
    let browser = site.signed_in("admin");
    let page = press(&browser, &new(), "test", &far_end(odoo));
    assert_eq!(step(&page), "Confirmed", "{}", page.body);
    let id = only(&site).connection.id.to_string();
    (site, browser, id)
}

/// What the guide fills in, and the connection.
fn filled(user: &MailUser, connection: &str) -> Fields {
    vec![
        ("name", "Grievance Mailbox".into()),
        ("server_type", "imap".into()),
        ("was_type", "imap".into()),
        ("server", "localhost".into()),
        ("port", Dovecot::shared().imaps_port.to_string()),
        ("is_ssl", "1".into()),
        ("user", user.name.clone()),
        ("password", PASSWORD.into()),
        ("connection_id", connection.into()),
        ("object_model", "spp.grm.ticket".into()),
        ("sender_policy", "everyone".into()),
        ("auto_policy", "everyone".into()),
        ("no_other_fetcher", "1".into()),
        ("attach", "1".into()),
    ]
}

fn server(site: &Site) -> IncomingServer {
    let mut all = servers::list(&site.app, &Caller::command_line(), &FieldFilter::default()).unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0).server
}

/// What a test says, in the result and in the stages.
fn alert(page: &Page) -> &str {
    page.body.split_once(r#"id="tested""#).map(|(_, rest)| rest.split("</details>").next().unwrap()).expect("a result")
}

on_both! {
    fn its_target_is_checked_and_unknown_senders_are_held_unless_a_person_says_otherwise(place: &Place) {
        let odoo = FakeOdoo::start();
        let (site, browser, connection) = connected(place, &odoo);
        let user = Dovecot::shared().user("bridged");
        let page = press(&browser, NEW, "test", &filled(&user, &connection));
        assert_eq!((page.status, step(&page)), (Status::Ok, "Confirmed"), "{}", page.body);
        for words in ["“OpenSPP” answers, version 17.0.", "You say that nothing else fetches this mailbox."] {
            assert!(alert(&page).contains(words), "{words}: {}", alert(&page));
        }
        assert_eq!(odoo.world().tickets(), 0, "the trial stays nowhere");
        let saved = server(&site);
        assert_eq!(saved.connection.map(|id| id.to_string()).as_deref(), Some(connection.as_str()));
        assert_eq!((saved.sender_policy, saved.no_other_fetcher), (SenderPolicy::Known, true));

        // Another choice of a person's stays, and what was confirmed for one target is not for another.
        let here = format!("{INCOMING}/{}", saved.id);
        let version = |site: &Site| {
            servers::get(&site.app, &Caller::command_line(), server(site).id).unwrap().version.to_string()
        };
        let chosen = [("sender_policy", "create"), ("auto_policy", "known"), ("password", ""), ("version", &version(&site))];
        press(&browser, &here, "save", &but(filled(&user, &connection), &chosen));
        assert_eq!(server(&site).sender_policy, SenderPolicy::Create);
        assert_eq!(step(&browser.get(&here)), "Confirmed");
        let elsewhere = [("connection_id", ""), ("password", ""), ("version", &version(&site))];
        let page = press(&browser, &here, "save", &but(filled(&user, &connection), &elsewhere));
        assert_eq!(page.status, Status::SeeOther, "{}", page.body);
        assert_eq!(step(&browser.get(&here)), "Not Confirmed");
        assert_eq!((server(&site).connection, server(&site).no_other_fetcher), (None, false));
    }

    fn fields_there_are_chosen_from_what_is_there(place: &Place) {
        let odoo = FakeOdoo::start();
        odoo.world().is_openspp2 = true;
        let (site, browser, connection) = connected(place, &odoo);
        let team = odoo.world().insert("spp.grm.team", json!({"display_name": "Payments"}));
        let tags = ["Urgent", "Card"].map(|name| odoo.world().insert("spp.grm.ticket.tag", json!({"display_name": name})));
        let typed = but(
            filled(&Dovecot::shared().user("fields"), &connection),
            &[("far_values", "priority = 2\nnonsense"), ("shared_address", "oldest")],
        );
        let page = press(&browser, NEW, "save", &typed);
        assert_eq!(page.status, Status::UnprocessableEntity);
        page.says("“nonsense” is no field with its value.");
        let page = press(&browser, NEW, "save", &but(typed, &[("far_values", "priority = 2")]));
        assert_eq!(page.status, Status::SeeOther, "{}", page.body);
        let here = format!("{INCOMING}/{}", server(&site).id);
        browser.get(&here).says("Choose from the connected system");
        let fields = format!("{here}/fields");
        let page = browser.get(&fields);
        page.says(&format!(r#"<option value="{team}">Payments</option>"#));
        let (team, first, second) = (team.to_string(), tags[0].to_string(), tags[1].to_string());
        let version = servers::get(&site.app, &Caller::command_line(), server(&site).id).unwrap().version.to_string();
        let chosen = [
            ("version", version.as_str()),
            ("shown", "team_id"),
            ("team_id", &team),
            ("shown", "tag_ids"),
            ("tag_ids", &first),
            ("tag_ids", &second),
            ("shown", "severity"),
            ("severity", ""),
        ];
        let saved = browser.submit(&fields, &fields, &chosen);
        assert_eq!((saved.status, saved.location.as_str()), (Status::SeeOther, here.as_str()), "{}", saved.body);
        let set = server(&site).far_values.to_string();
        assert_eq!(set, format!("priority = 2\ntag_ids = {first}, {second}\nteam_id = {team}"));
        browser.get(&fields).says(&format!(r#"<option value="{team}" selected>Payments</option>"#));
        let other = browser.submit(&fields, &fields, &[("version", version.as_str()), ("shown", "team_id"), ("team_id", "")]);
        assert_eq!(other.location, fields, "somebody saved meanwhile");
        assert_eq!(server(&site).far_values.to_string(), set);
    }

    fn reload_offers_the_record_types_of_the_connection(place: &Place) {
        let odoo = FakeOdoo::start();
        odoo.world().forbidden.remove("ir.model.read");
        let (site, browser, connection) = connected(place, &odoo);
        let user = Dovecot::shared().user("types");
        let page = browser.get(NEW);
        page.says(r#"<option value="helpdesk.ticket""#);
        page.says(">This database</option>");

        // Without JavaScript: nothing is saved, nothing typed is lost.
        let page = press(&browser, NEW, "reload", &filled(&user, &connection));
        assert_eq!(page.status, Status::Ok);
        for part in [
            r#"<option value="crm.lead">Lead/Opportunity</option>"#,
            r#"<option value="spp.grm.ticket" selected>Grievance</option>"#,
            r#"value="Grievance Mailbox""#,
            r#"name="auto_policy" value="known""#,
        ] {
            page.says(part);
        }
        assert!(!page.body.contains(r#"<option value="helpdesk.ticket""#), "these are not this database's");
        assert!(servers::list(&site.app, &Caller::command_line(), &FieldFilter::default()).unwrap().is_empty());

        // With it: the same by htmx, when the connection is chosen.
        let token = browser.get(NEW).csrf_token();
        let fields = [("csrf_token", token.as_str()), ("connection_id", &connection), ("reload", "1")];
        let page = browser.post_with(FOLLOW, &fields, Some(Header::new("HX-Request", "true")));
        page.says(r#"<option value="crm.lead">Lead/Opportunity</option>"#);
        let fields = [("csrf_token", token.as_str()), ("connection_id", ""), ("reload", "1")];
        browser.post_with(FOLLOW, &fields, []).says(r#"<option value="helpdesk.ticket""#);
    }

    fn where_record_types_cant_be_read_a_typed_name_is_checked(place: &Place) {
        let odoo = FakeOdoo::start();
        let (_site, browser, connection) = connected(place, &odoo);
        let user = Dovecot::shared().user("typed");
        let page = press(&browser, NEW, "reload", &filled(&user, &connection));
        page.says("may not read which record types there are: type the technical name");
        page.says(r#"name="object_model" type="text" value="spp.grm.ticket""#);

        let try_out = |model: &str| {
            let fields = but(filled(&user, &connection), &[("object_model", model), ("name", &format!("To {model}"))]);
            press(&browser, NEW, "test", &fields)
        };
        let page = press(&browser, NEW, "save", &but(filled(&user, &connection), &[("object_model", "Two words")]));
        assert_eq!(page.status, Status::UnprocessableEntity);
        page.says("Enter the record type&#x27;s technical name, for example spp.grm.ticket.");
        for (model, words) in [
            ("no.such.model", "There is no record type “no.such.model” there."),
            ("res.country", "have no conversation"),
            ("", "No record type is chosen."),
        ] {
            let page = try_out(model);
            assert_eq!((page.status, step(&page)), (Status::Ok, "Not Confirmed"), "{model}");
            assert!(alert(&page).contains(words), "{model}: {}", alert(&page));
        }
        odoo.world().forbidden.insert("crm.lead.create".into());
        assert!(alert(&try_out("crm.lead")).contains("may not read and create records of “crm.lead”"));
        odoo.world().required.insert("spp.grm.ticket".into(), "district".into());
        assert!(alert(&try_out("spp.grm.ticket")).contains("requires district, which a mail can&#x27;t fill"));
    }
}

#[test]
fn a_second_fetcher_is_found_or_a_person_says_that_there_is_none() {
    let (odoo, user) = (FakeOdoo::start(), Dovecot::shared().user("rival"));
    let place = Place::sqlite();
    let (_site, browser, connection) = connected(&place, &odoo);
    let without = but(filled(&user, &connection), &[("no_other_fetcher", "")]);
    let page = press(&browser, NEW, "test", &without);
    assert_eq!(step(&page), "Not Confirmed");
    assert!(alert(&page).contains("may not read which mailboxes “OpenSPP” fetches itself."), "{}", alert(&page));
    assert!(alert(&page).contains("tick “Nothing else fetches this mailbox” and test again."), "{}", alert(&page));

    odoo.world().forbidden.remove("fetchmail.server.read");
    let rival =
        json!({"name": "Old fetcher", "active": true, "state": "done", "server": "localhost", "user": user.name});
    odoo.world().insert("fetchmail.server", rival);
    // What is seen counts more than what is said.
    for fields in [without.clone(), filled(&user, &connection)] {
        let page = press(&browser, NEW, "test", &but(fields, &[("name", "Rivals")]));
        assert_eq!(step(&page), "Not Confirmed");
        let words = "OpenSPP already fetches this mailbox (“Old fetcher”).";
        assert!(alert(&page).contains(words), "{}", alert(&page));
        assert!(alert(&page).contains("Archive that server there first"), "{}", alert(&page));
    }
    // One press tells of both, since neither depends on the other.
    let page = press(&browser, NEW, "test", &but(without.clone(), &[("name", "Both"), ("object_model", "x_missing")]));
    for words in ["There is no record type “x_missing” there.", "OpenSPP already fetches this mailbox (“Old fetcher”)."]
    {
        assert!(alert(&page).contains(words), "{}", alert(&page));
    }
    for row in odoo.world().tables.get_mut("fetchmail.server").unwrap().values_mut() {
        row.insert("active".into(), json!(false));
    }
    let page = press(&browser, NEW, "test", &but(without, &[("name", "Alone")]));
    assert_eq!(step(&page), "Confirmed", "{}", page.body);
    assert!(alert(&page).contains("“OpenSPP” does not fetch this mailbox itself."), "{}", alert(&page));
}

#[test]
fn a_connection_that_is_not_confirmed_or_does_not_answer_confirms_no_server() {
    let (odoo, user) = (FakeOdoo::start(), Dovecot::shared().user("unconfirmed"));
    let place = Place::sqlite();
    let (site, browser, connection) = connected(&place, &odoo);
    odoo.world().password = "changed there".into();
    let page = press(&browser, NEW, "test", &filled(&user, &connection));
    assert_eq!(step(&page), "Not Confirmed");
    assert!(alert(&page).contains("refused login or password"), "{}", alert(&page));
    page.says(r#"<li class="skipped"><strong>Record type</strong>"#);

    let view = only(&site);
    let version = view.version.to_string();
    let changed = but(far_end(&odoo), &[("password", "changed there"), ("version", &version)]);
    press(&browser, &super::page_of(&view), "save", &changed);
    let page = press(&browser, NEW, "test", &but(filled(&user, &connection), &[("name", "Again")]));
    assert!(alert(&page).contains("The connection “OpenSPP” is not confirmed."), "{}", alert(&page));
    assert!(alert(&page).contains("press Test there first"), "{}", alert(&page));
}
