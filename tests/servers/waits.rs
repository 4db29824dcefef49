//! What a server's page says while it is not fetched for a reason that is no failure, and how a thin line is spared.

use std::collections::HashSet;

use mailgate::domain::now;
use mailgate::domain::protocol::Protocol;
use mailgate::domain::words::Sentence;
use mailgate::store::server_status;
use rocket::http::Status;

use super::{BASE, filled, new, only, page_of, site};
use crate::support::database::on_both;
use crate::support::dovecot::Dovecot;
use crate::support::form::press;

on_both! {
    fn a_server_that_waits_says_why_and_does_not_fail(place: &Place) {
        let site = site(place);
        let browser = site.signed_in("admin");
        press(&browser, &new(), "test", &filled(Protocol::Imap, &Dovecot::shared().user("waits")));
        let (id, here) = (only(&site).server.id, page_of(&only(&site)));
        let words = Sentence::verbatim("mail.example:993 asks Mailgate to wait: [THROTTLED] slow down");
        site.app.store.write(|db| server_status::waits(db, id, now(), now(), &words)).unwrap();
        let page = browser.get(&here);
        page.says("Asked to wait");
        page.says("[THROTTLED] slow down");
        page.says("Nothing is wrong, and it is fetched again by itself.");
        assert!(!page.body.contains("Failing since"), "{}", page.body);
        browser.get(BASE).says("[THROTTLED] slow down");
        // Others have all places at its host.
        site.app.passes.board().set_crowded_out(HashSet::from([id]));
        browser.get(&here).says("Mailgate uses 4 connections to it at a time.");
        site.app.passes.board().set_crowded_out(HashSet::new());
        assert!(!browser.get(&here).body.contains("connections to it at a time"));
        // A fetch that ends well ends it.
        browser.submit(&here, &format!("{here}/fetch"), &[]).says("nothing new");
        assert!(!browser.get(&here).body.contains("Asked to wait"));
    }

    fn a_traffic_limit_is_set_on_the_page(place: &Place) {
        let site = site(place);
        let browser = site.signed_in("admin");
        let limited = |limit: &str| {
            let mut fields = filled(Protocol::Imap, &Dovecot::shared().user("limit"));
            fields.push(("traffic_kb_s", limit.to_owned()));
            fields
        };
        let page = press(&browser, &new(), "test", &limited("many"));
        assert_eq!(page.status, Status::UnprocessableEntity);
        page.says("Traffic Limit (kB/s)");
        press(&browser, &new(), "test", &limited("2000"));
        assert_eq!(only(&site).server.traffic_kb_s, 2000);
        browser.get(&page_of(&only(&site))).says("2000");
    }
}
