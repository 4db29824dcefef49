//! Two servers on one mailbox: they would share its mail.

use mailgate::domain::person::Caller;
use mailgate::domain::protocol::Protocol;
use mailgate::operations::servers::{self, FieldFilter, ServerView};

use super::{alert, filled, mail, new, page_of, site};
use crate::support::database::on_both;
use crate::support::dovecot::Dovecot;
use crate::support::form::{but, press, step};
use crate::web::site::Site;

fn named(site: &Site, name: &str) -> ServerView {
    let all = servers::list(&site.app, &Caller::command_line(), &FieldFilter::default()).unwrap();
    all.into_iter().find(|view| view.server.name == name).expect(name)
}

on_both! {
    fn a_second_server_on_a_mailbox_is_refused_until_one_is_archived(place: &Place) {
        let site = site(place);
        let browser = site.signed_in("admin");
        for protocol in [Protocol::Imap, Protocol::Pop] {
            let user = Dovecot::shared().user("twin");
            user.deliver(&mail(1));
            let (first, second) = (format!("First {protocol:?}"), format!("Second {protocol:?}"));
            // A server that is not confirmed fetches nothing, so it is in nobody's way.
            let saved = but(filled(protocol, &user), &[("name", &second), ("server", "LOCALHOST."), ("user", &user.name.to_uppercase())]);
            press(&browser, &new(), "save", &saved);
            let page = press(&browser, &new(), "test", &but(filled(protocol, &user), &[("name", &first)]));
            assert_eq!(step(&page), "Confirmed", "{}", alert(&page));

            let here = page_of(&named(&site, &second));
            let version = named(&site, &second).version.to_string();
            let page = press(&browser, &here, "test", &but(saved, &[("user", &user.name), ("version", &version)]));
            assert_eq!(step(&page), "Not Confirmed");
            let said = format!("“{first}” fetches this mailbox already.");
            assert!(alert(&page).contains(&said) && alert(&page).contains("Archive one"), "{}", alert(&page));

            let one = page_of(&named(&site, &first));
            browser.submit(&one, &format!("{one}/archive"), &[]);
            let version = named(&site, &second).version.to_string();
            let fields = but(filled(protocol, &user), &[("name", &second), ("version", &version)]);
            let page = press(&browser, &here, "test", &fields);
            assert_eq!(step(&page), "Confirmed", "{}", alert(&page));

            // Back in use, the first would be the second one.
            browser.submit(&one, &format!("{one}/unarchive"), &[]);
            assert_eq!(named(&site, &first).server.state.code(), "draft");
            assert_eq!(named(&site, &second).server.state.code(), "done");
        }
    }

    fn another_record_type_of_the_same_mail_is_confirmed_with_a_warning(place: &Place) {
        let site = site(place);
        let browser = site.signed_in("admin");
        let user = Dovecot::shared().user("both");
        press(&browser, &new(), "test", &but(filled(Protocol::Imap, &user), &[("name", "Grievances")]));
        let fields = but(filled(Protocol::Imap, &user), &[("name", "Tickets"), ("object_model", "helpdesk.ticket")]);
        let page = press(&browser, &new(), "test", &fields);
        assert_eq!(step(&page), "Confirmed", "{}", alert(&page));
        assert!(alert(&page).contains("“Grievances” fetches this mailbox too, and makes of each mail: Grievance."), "{}", alert(&page));

        // A later edit that makes them equal: the next test tells.
        let here = page_of(&named(&site, "Tickets"));
        let version = named(&site, "Tickets").version.to_string();
        let fields = but(fields, &[("object_model", "spp.grm.ticket"), ("version", &version)]);
        let page = press(&browser, &here, "test", &fields);
        assert_eq!(step(&page), "Not Confirmed");
        assert!(alert(&page).contains("“Grievances” fetches this mailbox already."), "{}", alert(&page));
    }

    fn one_host_with_two_names_is_known_by_what_the_folder_holds(place: &Place) {
        let site = site(place);
        let browser = site.signed_in("admin");
        let user = Dovecot::shared().user("names");
        (0..7).for_each(|number| user.deliver(&mail(number)));
        let test = |name: &str, host: &str, folder: &str| {
            let fields = but(filled(Protocol::Imap, &user), &[("name", name), ("server", host), ("folder", folder)]);
            press(&browser, &new(), "test", &fields)
        };
        let page = test("By name", "localhost", "INBOX");
        assert_eq!(step(&page), "Confirmed", "{}", alert(&page));
        let page = test("By address", "127.0.0.1", "inbox");
        assert_eq!(step(&page), "Not Confirmed");
        assert!(alert(&page).contains("“By name” fetches this mailbox already."), "{}", alert(&page));
        // Another folder of it is another mailbox.
        user.create_folder("Complaints");
        let page = test("Other folder", "127.0.0.1", "Complaints");
        assert_eq!(step(&page), "Confirmed", "{}", alert(&page));
    }
}
