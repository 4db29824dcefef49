//! Test, and what it says.

use mailgate::domain::connection::ConnectionState;
use mailgate::domain::now;
use mailgate::domain::words::{Complaint, Sentence};
use mailgate::store::connections;
use rocket::http::Status;

use super::{far_end, new, only, page_of};
use crate::support::database::on_both;
use crate::support::fake_odoo::{FakeOdoo, Front, OWN_PASSWORD, World};
use crate::support::form::{but, press, step};
use crate::support::free_port;
use crate::web::site::{Page, Site};

/// What stands in the first `role=alert` of the result.
fn alert(page: &Page) -> &str {
    let (_, rest) = page.body.split_once(r#"role="alert" id="tested""#).expect("a result");
    rest.split("</details>").next().unwrap()
}

on_both! {
    fn a_test_that_passes_confirms_and_lets_what_waits_go_on(place: &Place) {
        let (site, odoo) = (Site::new(place), FakeOdoo::start());
        let browser = site.signed_in("admin");
        let page = press(&browser, &new(), "test", &far_end(&odoo));
        assert_eq!((page.status, step(&page)), (Status::Ok, "Confirmed"), "{}", page.body);
        for words in [
            "Version 17.0 answers. Not encrypted: the password travels readable.",
            "Connect", "Version", "Database", "Sign-in", "Mail gateway", "Record types", "Contacts",
        ] {
            assert!(alert(&page).contains(words), "{words}: {}", alert(&page));
        }
        let view = only(&site);
        assert_eq!(view.connection.server_version.as_deref(), Some("17.0"));

        let id = view.connection.id;
        let why = Complaint::new(Sentence::verbatim("The password was refused."), Sentence::default());
        site.app.store.write(|db| connections::pause(db, id, now(), now(), &why)).unwrap();
        let version = view.version.to_string();
        let again = but(far_end(&odoo), &[("password", ""), ("version", &version)]);
        let page = press(&browser, &page_of(&view), "test", &again);
        assert_eq!((page.status, step(&page)), (Status::Ok, "Confirmed"), "{}", page.body);
        assert_eq!(only(&site).status.paused_since, None);
    }

    fn a_key_that_ends_is_renewed_with_the_account_s_password_which_is_kept_nowhere(place: &Place) {
        let (site, odoo) = (Site::new(place), FakeOdoo::start());
        let browser = site.signed_in("admin");
        press(&browser, &new(), "test", &far_end(&odoo));
        let here = page_of(&only(&site));
        assert!(!browser.get(&here).body.contains("Renew the key"), "17's keys have no end");
        odoo.world().version = "19.0".into();
        let version = only(&site).version.to_string();
        let again = but(far_end(&odoo), &[("password", ""), ("version", &version)]);
        press(&browser, &here, "test", &again);
        browser.get(&here).says("Renew the key");
        let renew = |password: &str| browser.submit(&here, &format!("{here}/renew-key"), &[("account_password", password)]);
        for (wrong, words) in [("key", "Odoo refused the password"), ("", "Type the password with which a person")] {
            assert_eq!(renew(wrong).location, here);
            browser.get(&here).says(words);
            assert_eq!(odoo.world().key, "key", "nothing is made");
        }
        renew(OWN_PASSWORD);
        browser.get(&here).says("Renewed. The new key is tried and saved.");
        let view = only(&site);
        let until = (now() + chrono::TimeDelta::days(90)).date();
        assert_eq!((view.connection.state, view.connection.key_expires), (ConnectionState::Done, Some(until)));
        assert_eq!(odoo.world().key, "a newer key");
        let saved = site.app.store.read(|db| connections::password(db, &site.app.key, view.connection.id)).unwrap();
        assert_eq!(saved.reveal(), "a newer key");
        let filter = mailgate::store::audit::AuditFilter::default();
        let (audit, _) = site.app.store.read(|db| mailgate::store::audit::list(db, &filter, 0, 100)).unwrap();
        let audit = format!("{audit:?}");
        assert!(audit.contains("password") && !audit.contains(OWN_PASSWORD) && !audit.contains("a newer key"), "{audit}");
    }

    fn a_far_end_that_is_away_leaves_it_confirmed(place: &Place) {
        let (site, odoo) = (Site::new(place), FakeOdoo::start());
        let browser = site.signed_in("admin");
        press(&browser, &new(), "test", &far_end(&odoo));
        odoo.world().front = Front::Status(502);
        let view = only(&site);
        let version = view.version.to_string();
        let again = but(far_end(&odoo), &[("password", ""), ("version", &version)]);
        let page = press(&browser, &page_of(&view), "test", &again);
        assert_eq!((page.status, step(&page)), (Status::Ok, "Confirmed"));
        assert!(alert(&page).contains("It stays Confirmed: mail waits"), "{}", alert(&page));
        assert_eq!(only(&site).connection.state, ConnectionState::Done);
    }
}

/// Each ends Not Confirmed, with what happened and what to do, everything typed saved and the password nowhere.
#[test]
fn a_failed_test_says_what_to_do() {
    let site = Site::new(&crate::support::database::Place::sqlite());
    let browser = site.signed_in("admin");
    let closed = format!("http://127.0.0.1:{}", free_port());
    let nothing: fn(&mut World) = |_| ();
    type Case<'a> = (&'a [(&'static str, &'a str)], fn(&mut World), &'a str, &'a str);
    let cases: [Case<'_>; 8] = [
        (&[("url", &closed)], nothing, "did not accept a connection", "Check that OpenSPP runs on 127.0.0.1"),
        (
            &[("url", "http://no-such-host.invalid"), ("readable_ok", "1")],
            nothing,
            "No server called",
            "Check the spelling",
        ),
        (&[], |world| world.front = Front::Html, "answers with a web page", "without /web or /odoo"),
        (&[], |world| world.front = Front::Redirect, "sends on to", "https://new.example.org"),
        (&[("database", "other")], nothing, "has no database “other”", "It has: openspp."),
        (&[("password", "not-the-password")], nothing, "refused login or password", "Check login and password."),
        (
            &[],
            |world| world.forbidden.extend(["mail.message.create".into()]),
            "may not feed the mail gateway",
            "Give the connection",
        ),
        (
            &[],
            |world| world.forbidden.extend(["res.partner.read".into()]),
            "may not read contacts",
            "Give the connection",
        ),
    ];
    for (number, (changes, world, words, remedy)) in cases.into_iter().enumerate() {
        let odoo = FakeOdoo::start();
        world(&mut odoo.world());
        let name = format!("Case {number}");
        let fields = but(but(far_end(&odoo), &[("name", &name)]), changes);
        let page = press(&browser, &new(), "test", &fields);
        assert_eq!((page.status, step(&page)), (Status::Ok, "Not Confirmed"), "{changes:?}");
        for part in [words, remedy, "Everything you typed is saved"] {
            assert!(alert(&page).contains(part), "{changes:?} {part}: {}", alert(&page));
        }
        page.says(&format!(r#"value="{name}""#));
        for secret in ["not-the-password", r#"value="key""#] {
            assert!(!page.body.contains(secret), "{changes:?} shows the password");
        }
    }
}

#[test]
fn load_offers_the_databases_and_saves_nothing() {
    let (site, odoo) = (Site::new(&crate::support::database::Place::sqlite()), FakeOdoo::start());
    let browser = site.signed_in("admin");
    let fields = but(far_end(&odoo), &[("database", "")]);
    let page = press(&browser, &new(), "load", &fields);
    assert_eq!(page.status, Status::Ok);
    page.says(r#"<option value="openspp">"#);
    page.says("It has one database:");
    // There is only this one.
    page.says(r#"name="database" type="text" value="openspp""#);
    page.says(r#"value="bridge@example.org""#);
    odoo.world().lists_databases = false;
    press(&browser, &new(), "load", &fields).says("It lists no databases");
    odoo.world().front = Front::Html;
    press(&browser, &new(), "load", &fields).says("answers with a web page");
    let wrong = press(&browser, &new(), "load", &but(fields, &[("url", "openspp")]));
    assert_eq!(wrong.status, Status::UnprocessableEntity);
    wrong.says(r#"id="url-error""#);
    let all = mailgate::operations::connections::list(
        &site.app,
        &mailgate::domain::person::Caller::command_line(),
        &Default::default(),
    );
    assert!(all.unwrap().is_empty());
}

#[test]
fn addresses_that_are_no_servers_are_not_dialled() {
    let site = Site::new(&crate::support::database::Place::sqlite());
    let browser = site.signed_in("admin");
    let odoo = FakeOdoo::start();
    for url in [
        "http://169.254.169.254",
        "https://169.254.169.254/latest",
        "http://2852039166",
        "http://[fe80::1]:8069",
        "http://[::ffff:169.254.169.254]",
        "http://[fd00:ec2::254]",
        "http://0.0.0.0:8069",
        "http://100.100.100.200",
    ] {
        let fields = but(far_end(&odoo), &[("url", url), ("readable_ok", "1")]);
        let page = press(&browser, &new(), "test", &fields);
        assert_eq!(page.status, Status::Ok, "{url}: {}", page.body);
        assert!(alert(&page).contains("Mailgate does not connect to"), "{url}: {}", alert(&page));
        press(&browser, &new(), "load", &fields).says("Mailgate does not connect to");
    }
}

on_both! {
    fn without_https_a_person_agrees_for_each_host(place: &Place) {
        let (site, odoo) = (Site::new(place), FakeOdoo::start());
        let browser = site.signed_in("admin");
        let fields = but(far_end(&odoo), &[("url", "http://odoo.invalid")]);
        let page = press(&browser, &new(), "test", &fields);
        assert_eq!((page.status, step(&page)), (Status::UnprocessableEntity, "Not Confirmed"), "{}", page.body);
        page.says("Password and mail may travel readable to odoo.invalid");
        page.says(r#"value="http://odoo.invalid""#);
        page.says(r#"id="readable_ok-error""#);
        assert!(!page.body.contains(r#"id="tested""#), "nothing was tested");
        // Saved, with the password: it need not be typed again.
        let view = only(&site);
        let version = view.version.to_string();
        let typed = [("password", ""), ("version", version.as_str()), ("readable_for", "odoo.invalid"), ("readable_ok", "1")];
        let page = press(&browser, &page_of(&view), "test", &but(fields.clone(), &typed));
        assert!(alert(&page).contains("No server called “odoo.invalid”"), "{}", page.body);

        // Another host is asked for again, whatever was ticked.
        let elsewhere = but(but(fields, &typed), &[("url", "http://other.invalid"), ("password", "x")]);
        let page = press(&browser, &page_of(&view), "test", &elsewhere);
        assert_eq!(page.status, Status::UnprocessableEntity);
        page.says("Password and mail may travel readable to other.invalid");

        // What is confirmed already goes on, with a word.
        let view = only(&site);
        let url = mailgate::domain::connection::BaseUrl::parse("http://other.invalid").unwrap();
        let confirmed =
            mailgate::domain::connection::Connection { url, state: ConnectionState::Done, ..view.connection.clone() };
        site.app.store.write(|db| mailgate::store::connections::update(db, &confirmed, view.version)).unwrap();
        let page = browser.get(&page_of(&view));
        page.says("It was confirmed so and goes on");
        assert_eq!(step(&page), "Confirmed");
    }
}
