//! Test & Confirm, and what it says.

use mailgate::domain::person::Caller;
use mailgate::domain::protocol::Protocol;
use mailgate::domain::server::{IncomingServer, ServerState};
use mailgate::operations::fetch::{FetchOutcome, WAIT, fetch_now};
use mailgate::store::{server_status, servers};
use mailgate::xmlrpc::Value;
use rocket::http::Status;

use super::{alert, filled, mail, new, only, page_of, site, with};
use crate::rpc::client::Api;
use crate::support::database::on_both;
use crate::support::dovecot::{Dovecot, PASSWORD, Setup};
use crate::support::form::{but, press, step};

on_both! {
    fn the_guide_works_step_by_step(place: &Place) {
        let site = site(place);
        let browser = site.signed_in("admin");
        for protocol in [Protocol::Imap, Protocol::Pop] {
            let user = Dovecot::shared().user("guide");
            (0..2).for_each(|number| user.deliver(&mail(number)));
            let fields = filled(protocol, &user);
            let page = press(&browser, &new(), "test", &fields);
            assert_eq!((page.status, step(&page)), (Status::Ok, "Confirmed"), "{}", page.body);
            assert!(alert(&page).contains("Encrypted; certificate valid until"), "{}", alert(&page));
            assert!(alert(&page).contains("INBOX holds 2 mails"), "{}", alert(&page));
            assert!(alert(&page).contains("2 will be imported, starting"), "{}", alert(&page));

            // "Once the test is successful, click Save": with the password field empty, as the page now has it.
            let here = page_of(&only(&site));
            let version = only(&site).version.to_string();
            let page = press(&browser, &here, "save", &but(fields, &[("password", ""), ("version", &version)]));
            assert_eq!((page.status, page.location.as_str()), (Status::SeeOther, here.as_str()), "{}", page.body);
            let page = browser.get(&here);
            assert_eq!(step(&page), "Confirmed");
            page.says("Fetch Now");
            page.says("Reset Confirmation");
            page.says("A password is saved.");

            let page = browser.submit(&here, &format!("{here}/fetch"), &[]);
            page.says("2 new");
            page.says("2 delivered");
            browser.submit(&here, &format!("{here}/delete"), &[]);
        }
    }

    fn each_folder_is_tested_and_one_that_is_missing_is_named(place: &Place) {
        let site = site(place);
        let browser = site.signed_in("admin");
        let user = Dovecot::shared().user("folders");
        user.create_folder("Appeals");
        (0..2).for_each(|number| user.deliver(&mail(number)));
        user.deliver_to("Appeals", &mail(2));
        let fields = |folders: &str| [filled(Protocol::Imap, &user), vec![("folder", folders.to_owned())]].concat();
        let page = press(&browser, &new(), "test", &fields("Nowhere\r\nElsewhere"));
        assert_eq!((page.status, step(&page)), (Status::Ok, "Not Confirmed"));
        assert!(alert(&page).contains("There is no folder “Nowhere”"), "{}", alert(&page));

        let here = page_of(&only(&site));
        let version = only(&site).version.to_string();
        let fields = but(fields("INBOX\r\nNowhere\r\nAppeals"), &[("password", ""), ("version", &version)]);
        let page = press(&browser, &here, "test", &fields);
        assert_eq!((page.status, step(&page)), (Status::Ok, "Confirmed"), "{}", page.body);
        assert!(alert(&page).contains("INBOX, Appeals hold 3 mails together"), "{}", alert(&page));
        assert!(alert(&page).contains("There is no folder “Nowhere”"), "{}", alert(&page));
        let page = browser.get(&here);
        page.says("Not all are fetched");
        page.says("INBOX\nNowhere\nAppeals");
    }

    fn a_local_server_is_confirmed_and_fetched(place: &Place) {
        let site = site(place);
        let browser = site.signed_in("admin");
        let maildir = site.app.config.mail_root().join("grm");
        ["tmp", "new", "cur"].iter().for_each(|part| std::fs::create_dir_all(maildir.join(part)).unwrap());
        std::fs::write(maildir.join("new/1.local"), mail(7)).unwrap();
        let fields = vec![
            ("name", "Local".to_owned()),
            ("server_type", "local".into()),
            ("was_type", "imap".into()),
            ("maildir", "grm".into()),
            ("object_model", "spp.grm.ticket".into()),
        ];
        let page = press(&browser, &new(), "test", &fields);
        assert_eq!((page.status, step(&page)), (Status::Ok, "Confirmed"), "{}", page.body);
        page.says("mailgate deliver --server");
        let here = page_of(&only(&site));
        browser.submit(&here, &format!("{here}/fetch"), &[]).says("1 delivered");
    }

    fn a_certificate_without_authority_is_shown_and_can_be_trusted(place: &Place) {
        let site = with(place.config.clone());
        let browser = site.signed_in("admin");
        let user = Dovecot::shared().user("untrusted");
        let page = press(&browser, &new(), "test", &filled(Protocol::Imap, &user));
        assert_eq!((page.status, step(&page)), (Status::Ok, "Not Confirmed"));
        assert!(alert(&page).contains("unknown to this computer"), "{}", alert(&page));
        let (_, rest) = page.body.split_once(r#"name="sha256" value=""#).expect("a way to trust it");
        let sha256 = rest.split('"').next().unwrap().to_owned();
        assert_eq!(sha256.len(), 95);

        let here = page_of(&only(&site));
        let page = browser.submit(&here, &format!("{here}/trust"), &[("sha256", &sha256)]);
        assert_eq!((page.status, step(&page)), (Status::Ok, "Confirmed"), "{}", page.body);

        // Another one than the trusted: both are shown, and nothing is fetched until a person decides.
        let other = "ab".repeat(32);
        let version = only(&site).version.to_string();
        let changes = [("tls_fingerprint", other.as_str()), ("version", &version)];
        let page = press(&browser, &here, "test", &but(filled(Protocol::Imap, &user), &changes));
        assert_eq!((page.status, step(&page)), (Status::Ok, "Not Confirmed"));
        assert!(alert(&page).contains(&sha256) && alert(&page).contains("AB:AB:AB"), "{}", alert(&page));
    }
}

/// Each ends Not Confirmed, with the words that help, everything typed saved and the password nowhere.
#[test]
fn a_failed_test_says_what_to_do() {
    let place = crate::support::database::Place::sqlite();
    let site = site(&place);
    let browser = site.signed_in("admin");
    let dovecot = Dovecot::shared();
    let user = dovecot.user("failing");
    let (imap, imaps) = (dovecot.imap_port.to_string(), dovecot.imaps_port.to_string());
    let closed = crate::support::free_port().to_string();
    let cases: [(&[(&str, &str)], &str); 7] = [
        (&[("password", "not-the-password")], "refused the username or password. Try both in webmail."),
        (&[("port", &closed)], "did not accept a connection on port"),
        (&[("server", "no-such-host.invalid")], "Check the spelling."),
        (&[("port", &imap)], "does not begin with SSL/TLS."),
        (&[("port", &imaps), ("is_ssl", "")], "Not Confirmed."),
        (&[("folder", "Nowhere")], "There is no folder “Nowhere”."),
        (&[("object_model", "")], "No record type is chosen."),
    ];
    for (number, (changes, words)) in cases.into_iter().enumerate() {
        let name = format!("Case {number}");
        let fields = but(but(filled(Protocol::Imap, &user), &[("name", &name)]), changes);
        let page = press(&browser, &new(), "test", &fields);
        assert_eq!((page.status, step(&page)), (Status::Ok, "Not Confirmed"), "{changes:?}");
        assert!(alert(&page).contains(words), "{changes:?}: {}", alert(&page));
        assert!(alert(&page).contains("Everything you typed is saved"), "{changes:?}");
        page.says(&format!(r#"value="{name}""#));
        for secret in ["not-the-password", &format!(r#"value="{PASSWORD}""#)] {
            assert!(!page.body.contains(secret), "{changes:?} shows the password");
        }
    }
}

#[test]
fn many_waiting_mails_are_a_choice() {
    let place = crate::support::database::Place::sqlite();
    let site = site(&place);
    let browser = site.signed_in("admin");
    let user = Dovecot::shared().user("backlog");
    (0..60).for_each(|number| user.deliver(&mail(number)));
    let page = press(&browser, &new(), "test", &filled(Protocol::Imap, &user));
    assert!(
        alert(&page).contains("60 mails are waiting. The first fetch would create 60 Grievances."),
        "{}",
        alert(&page)
    );
    let here = page_of(&only(&site));
    let page = browser.submit(&here, &format!("{here}/start"), &[("start_with", "new")]);
    assert_eq!(page.status, Status::SeeOther);
    let view = only(&site);
    assert_eq!((view.server.start_with.code(), view.server.state.code()), ("new", "done"));
    browser.submit(&here, &format!("{here}/fetch"), &[]).says("Fetched: nothing new.");
}

on_both! {
    fn above_two_hundred_mails_a_person_chooses_before_it_is_confirmed(place: &Place) {
        let site = site(place);
        let browser = site.signed_in("admin");
        for protocol in [Protocol::Imap, Protocol::Pop] {
            let user = Dovecot::shared().user("many");
            (0..201).for_each(|number| user.deliver(&mail(number)));
            let page = press(&browser, &new(), "test", &but(filled(protocol, &user), &[("start_with", "all")]));
            assert_eq!((page.status, step(&page)), (Status::Ok, "Not Confirmed"), "{}", page.body);
            let said = alert(&page);
            assert!(said.contains("Not Confirmed until you choose what the first fetch imports."), "{said}");
            assert!(said.contains("201 mails are waiting. The first fetch would create 201 Grievances."), "{said}");
            let buttons: Vec<&str> = said.split(r#"name="start_with" value=""#).skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
            match protocol {
                Protocol::Imap => {
                    assert_eq!(buttons, ["since", "unread", "all", "new"]);
                    assert!(said.contains("<span>201</span>") && said.contains("201 since") && said.contains("<span>0</span>"), "{said}");
                }
                // A POP server tells dates only with the mails.
                Protocol::Pop => assert_eq!(buttons, ["since", "all", "new"]),
            }
            let view = only(&site);
            let here = page_of(&view);
            assert_eq!((view.server.state, view.status.next_fetch), (ServerState::Draft, None));
            assert_eq!(user.messages().len(), 201, "nothing was fetched");

            let page = browser.submit(&here, &format!("{here}/start"), &[("start_with", "since"), ("start_date", "2099-01-01")]);
            assert_eq!((page.status, step(&page)), (Status::Ok, "Confirmed"), "{}", page.body);
            let view = only(&site);
            assert_eq!((view.server.start_with.code(), view.server.start_date.unwrap().to_string()), ("since", "2099-01-01".into()));
            browser.submit(&here, &format!("{here}/fetch"), &[]).says("Fetched: nothing new.");

            // What was fetched before is no question any more.
            let version = only(&site).version.to_string();
            let form = but(filled(protocol, &user), &[("start_with", "all"), ("password", ""), ("version", &version)]);
            assert_eq!(step(&press(&browser, &here, "test", &form)), "Confirmed");
            browser.submit(&here, &format!("{here}/delete"), &[]);
        }
    }

    fn a_client_is_asked_nothing_and_two_hundred_mails_are_no_question(place: &Place) {
        let api = Api::of(site(place), "admin");
        let browser = api.site.signed_in("admin");
        let user = Dovecot::shared().user("client");
        (0..200).for_each(|number| user.deliver(&mail(number)));
        let page = press(&browser, &new(), "test", &filled(Protocol::Imap, &user));
        assert_eq!((page.status, step(&page)), (Status::Ok, "Confirmed"), "{}", page.body);
        user.deliver(&mail(201));
        let view = only(&api.site);
        let id = Value::Array(vec![Value::Integer(view.server.id.0)]);
        assert_eq!(api.call("fetchmail.server", "set_draft", [id.clone()]), Ok(Value::Boolean(true)));
        assert_eq!(api.call("fetchmail.server", "button_confirm_login", [id]), Ok(Value::Boolean(true)));
        assert_eq!(only(&api.site).server.state, ServerState::Done);
    }

    fn without_encryption_a_person_agrees_for_each_host(place: &Place) {
        let site = site(place);
        let browser = site.signed_in("admin");
        let user = Dovecot::shared().user("agree");
        let form = but(filled(Protocol::Imap, &user), &[("is_ssl", ""), ("server", "mail.invalid"), ("port", "4143")]);
        let page = press(&browser, &new(), "test", &form);
        assert_eq!((page.status, step(&page)), (Status::UnprocessableEntity, "Not Confirmed"), "{}", page.body);
        page.says("Password and mail may travel readable to mail.invalid");
        page.says(r#"value="mail.invalid""#);
        page.says(r#"value="4143""#);
        page.says(r#"id="readable_ok-error""#);
        assert!(!page.body.contains(r#"id="tested""#), "nothing was tested");
        let view = only(&site);
        assert!(view.secrets.contains(&"password"), "it need not be typed again");
        let version = view.version.to_string();
        let typed = [("password", ""), ("version", version.as_str()), ("readable_for", "mail.invalid"), ("readable_ok", "1")];
        let page = press(&browser, &page_of(&view), "test", &but(form.clone(), &typed));
        assert!(alert(&page).contains("No server called “mail.invalid”"), "{}", page.body);

        let elsewhere = but(but(form, &typed), &[("server", "other.invalid"), ("password", PASSWORD)]);
        let page = press(&browser, &page_of(&view), "test", &elsewhere);
        assert_eq!(page.status, Status::UnprocessableEntity);
        page.says("Password and mail may travel readable to other.invalid");
        assert!(!page.body.contains("checked> Password and mail"), "{}", page.body);

        // With encryption, or within this machine, nothing is asked.
        for (server, ssl) in [("mail.invalid", "1"), ("localhost", ""), ("127.0.0.1", "")] {
            let form = but(elsewhere.clone(), &[("server", server), ("is_ssl", ssl), ("readable_ok", "")]);
            let page = press(&browser, &new(), "test", &form);
            assert!(page.body.contains(r#"id="tested""#) && !page.body.contains("readable_ok"), "{server}: {}", page.body);
        }
    }

    fn a_server_confirmed_with_a_nameless_certificate_is_warned_of_and_then_refused(place: &Place) {
        let old = Dovecot::start(&Setup { names: "", ..Setup::default() });
        let site = with(mailgate::config::Config { ca_file: Some(old.certificate()), ..place.config.clone() });
        let browser = site.signed_in("admin");
        let user = old.user("old");
        user.deliver(&mail(1));
        let form = but(filled(Protocol::Imap, &user), &[("port", &old.imaps_port.to_string())]);
        let page = press(&browser, &new(), "test", &form);
        assert_eq!(step(&page), "Not Confirmed");
        assert!(alert(&page).contains("subjectAltName") && page.body.contains("Trust this certificate"), "{}", alert(&page));

        // As one that was confirmed before.
        let view = only(&site);
        let confirmed = IncomingServer { state: ServerState::Done, ..view.server.clone() };
        let store = &site.app.store;
        store.write(|db| servers::update(db, &confirmed, view.version)).unwrap();
        let fetch = || fetch_now(&site.app, &Caller::command_line(), view.server.id, WAIT).unwrap();
        assert!(matches!(fetch(), FetchOutcome::Done(tally) if tally.fetched == 1));
        let since = only(&site).status.nameless_since.expect("it is noted");
        assert!(matches!(fetch(), FetchOutcome::Done(_)));
        assert_eq!(only(&site).status.nameless_since, Some(since), "counted from the first time");
        let until = (since + chrono::TimeDelta::days(90)).format("%-d %b %Y").to_string();
        browser.get(&page_of(&view)).says(&format!("From {until} on Mailgate refuses it"));

        store.write(|db| server_status::set_certificate(db, view.server.id, None, Some(since - chrono::TimeDelta::days(90)))).unwrap();
        let refused = fetch();
        assert!(matches!(&refused, FetchOutcome::Failed(complaint) if complaint.what.contains("outdated way")), "{refused:?}");
    }
}
