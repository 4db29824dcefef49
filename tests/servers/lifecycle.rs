//! Archive, copy, delete and reset, by their pages.

use mailgate::domain::person::Caller;
use mailgate::domain::protocol::Protocol;
use mailgate::domain::words::{Complaint, Sentence};
use mailgate::operations::servers::{self, FieldFilter};
use rocket::http::Status;

use super::{BASE, filled, mail, new, only, page_of, site};
use crate::support::database::on_both;
use crate::support::dovecot::Dovecot;
use crate::support::form::{press, step};

on_both! {
    fn a_server_goes_and_its_messages_stay(place: &Place) {
        let site = site(place);
        let browser = site.signed_in("admin");
        let user = Dovecot::shared().user("gone");
        user.deliver(&mail(1));
        press(&browser, &new(), "test", &filled(Protocol::Imap, &user));
        let here = page_of(&only(&site));
        browser.submit(&here, &format!("{here}/fetch"), &[]).says("1 delivered");

        let page = browser.get(&format!("{here}/delete"));
        page.says("one message in the ledger");
        page.says("its saved password");
        let page = browser.submit(&format!("{here}/delete"), &format!("{here}/delete"), &[]);
        assert_eq!((page.status, page.location.as_str()), (Status::SeeOther, BASE));
        browser.get(BASE).says("is deleted. Its messages stay in the ledger.");
        assert_eq!(browser.get(&here).status, Status::NotFound);
        browser.get("/settings/technical/email/messages").says("Payment 1");
    }

    fn archived_copied_and_reset(place: &Place) {
        let site = site(place);
        let browser = site.signed_in("admin");
        let user = Dovecot::shared().user("kept");
        press(&browser, &new(), "test", &filled(Protocol::Imap, &user));
        let here = page_of(&only(&site));
        assert_eq!(step(&browser.get(&here)), "Confirmed");
        browser.submit(&here, &format!("{here}/reset"), &[]);
        let page = browser.get(&here);
        assert_eq!(step(&page), "Not Confirmed");
        assert!(!page.body.contains("Fetch Now"));

        let page = browser.submit(&here, &format!("{here}/duplicate"), &[]);
        let copy = browser.get(&page.location);
        copy.says("Grievance Mailbox (copy)");
        copy.says("A password is saved.");
        assert_eq!(step(&copy), "Not Confirmed");

        browser.submit(&here, &format!("{here}/archive"), &[]);
        let name = r#">Grievance Mailbox<"#;
        assert!(!browser.get(BASE).body.contains(name));
        browser.get(&format!("{BASE}?archived=1")).says(name);
        browser.submit(&here, &format!("{here}/unarchive"), &[]);
        browser.get(&format!("{BASE}?q=GRIEVANCE+{}", user.name)).says(name);
        assert!(!browser.get(&format!("{BASE}?q=nothing")).body.contains(name));
        let all = servers::list(&site.app, &Caller::command_line(), &FieldFilter::default()).unwrap();
        assert_eq!(all.len(), 2);
    }

    fn the_built_in_server_is_nobodys_to_change(place: &Place) {
        let site = site(place);
        let built_in = site.app.store.write(mailgate::store::servers::api).unwrap();
        let browser = site.signed_in("admin");
        let here = format!("{BASE}/{}", built_in.id);
        let user = Dovecot::shared().user("builtin");
        let form = filled(Protocol::Imap, &user);
        let says = |page: crate::web::site::Page, what: &str| {
            assert_eq!(page.status, Status::Conflict, "{what}: {}", page.body);
            assert!(page.body.contains("The mail gateway is built in"), "{what}: {}", page.body);
        };
        for path in ["", "/delete"] {
            says(browser.get(&format!("{here}{path}")), path);
        }
        for deed in ["archive", "unarchive", "reset", "delete", "duplicate", "trust", "start", "fetch"] {
            let fields = [("sha256", "ab".repeat(32)), ("start_with", "new".into())];
            let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            says(browser.submit(BASE, &format!("{here}/{deed}"), &fields), deed);
        }
        for button in ["save", "test"] {
            let fields: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let fields = [fields.as_slice(), &[("version", "1"), (button, "1")]].concat();
            let page = browser.submit(BASE, &here, &fields);
            assert!(page.body.contains("The mail gateway is built in"), "{button}: {}", page.body);
        }
        let after = site.app.store.write(mailgate::store::servers::api).unwrap();
        assert_eq!(after, built_in);
    }

    fn a_server_that_only_a_pipe_feeds_is_confirmed_and_healthy(place: &Place) {
        let site = site(place);
        let browser = site.signed_in("admin");
        let user = Dovecot::shared().user("pipe");
        let form = crate::support::form::but(filled(Protocol::Imap, &user), &[("server_type", "local"), ("start_with", "all")]);
        let page = press(&browser, &new(), "test", &form);
        assert_eq!((page.status, step(&page)), (Status::Ok, "Confirmed"), "{}", page.body);
        page.says("Mail is taken from the pipe from now on.");
        // What an earlier Mailgate has written on it, which could not fetch from nowhere.
        let id = only(&site).server.id;
        let failure = Complaint::new(Sentence::verbatim("no Maildir"), Sentence::default());
        let now = mailgate::domain::now();
        site.app.store.write(|db| mailgate::store::server_status::failed(db, id, now, now, &failure)).unwrap();
        let outcome = mailgate::operations::fetch::fetch_now(
            &site.app,
            &Caller::command_line(),
            id,
            mailgate::operations::fetch::WAIT,
        );
        assert!(matches!(outcome, Ok(mailgate::operations::fetch::FetchOutcome::Done(_))), "{outcome:?}");
        let page = browser.get(&page_of(&only(&site)));
        assert!(!page.body.contains("Failing") && !page.body.contains("failing"), "{}", page.body);
        assert!(mailgate::operations::overview::failing(&site.app).unwrap().is_empty());
    }
}
