//! Test & Confirm, and what it says.

use mailgate::domain::server::Protocol;
use rocket::http::Status;

use super::{alert, filled, mail, new, only, page_of, site, with};
use crate::support::database::on_both;
use crate::support::dovecot::{Dovecot, PASSWORD};
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
