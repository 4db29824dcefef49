//! seen = delivered + held + ignored + retrying + waiting, whatever the filter; and what one message's page tells.

use super::{LEDGER, SPAM};
use crate::support::database::on_both;
use crate::support::desk::Desk;
use crate::web::site::Page;

fn count(page: &Page, tab: &str) -> u32 {
    let (_, rest) = page.body.split_once(&format!("data-count=\"{tab}\">")).unwrap_or_else(|| panic!("{}", page.body));
    rest.split('<').next().unwrap().parse().unwrap()
}

on_both! {
    fn the_tabs_balance_and_filters_keep_the_balance(place: &Place) {
        let desk = Desk::new(place);
        desk.plain("Awa <awa@people.example>", "Reçu perdu", "Text");
        desk.plain("b@people.example", "Other", "Text");
        desk.mail(SPAM);
        desk.mail(
            "From: c@people.example\nSubject: Out of office\nMessage-ID: <auto@x>\nAuto-Submitted: auto-replied\n\
             X-Autoreply: yes\nPrecedence: auto_reply\n\nAway\n",
        );
        let browser = desk.site.signed_in("officer");
        let page = browser.get(LEDGER);
        assert_eq!(
            ["seen", "delivered", "held", "ignored", "retrying", "waiting"].map(|tab| count(&page, tab)),
            [4, 2, 1, 1, 0, 0]
        );
        let server = format!("server={}", desk.server.id);
        for (filter, seen) in [("q=recu", 1), (&server, 4), ("q=nobody", 0), ("reason=spam", 1), ("state=held", 4)] {
            let page = browser.get(&format!("{LEDGER}?{filter}"));
            let terms = ["delivered", "held", "ignored", "retrying", "waiting"].map(|tab| count(&page, tab));
            assert_eq!((count(&page, "seen"), terms.iter().sum()), (seen, seen), "{filter}");
        }
        let held = browser.get(&format!("{LEDGER}?state=held"));
        held.says("The mail server marked it as spam");
        assert!(!held.body.contains("Out of office"));
    }

    fn a_message_page_tells_the_whole_story(place: &Place) {
        let desk = Desk::new(place);
        let id = desk.plain("Awa <awa@people.example>", "Reçu perdu", "Text");
        let browser = desk.site.signed_in("auditor");
        let page = browser.get(&format!("{LEDGER}/{id}"));
        for words in ["How it was routed", "History", &desk.record(id), "awa@people.example", "left as it is"] {
            page.says(words);
        }
        assert_eq!(browser.get(&format!("{LEDGER}/999999")).status.code, 404);
    }

    fn opening_a_source_is_audited_and_shows_text(place: &Place) {
        let desk = Desk::new(place);
        let id = desk.mail("From: a@x.example\nSubject: S\nMessage-ID: <s@x>\n\n<script>alert(1)</script>\n");
        let browser = desk.site.signed_in("auditor");
        browser.get(&format!("{LEDGER}/{id}/source")).says("&lt;script&gt;alert(1)");
        assert_eq!(desk.audit("mailgate.message")[0].0, "open_source");
        let file = browser.get(&format!("{LEDGER}/{id}/source.eml"));
        assert!(file.body.starts_with("From: a@x.example\r\n"));
        assert!(file.header("Content-Disposition").starts_with("attachment"));
        assert_eq!(desk.audit("mailgate.message").len(), 2);
    }
}
