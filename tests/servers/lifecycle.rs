//! Archive, copy, delete and reset, by their pages.

use mailgate::domain::person::Caller;
use mailgate::domain::server::Protocol;
use mailgate::operations::servers::{self, Filter};
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
        let all = servers::list(&site.app, &Caller::command_line(), &Filter::default()).unwrap();
        assert_eq!(all.len(), 2);
    }
}
