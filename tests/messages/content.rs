//! Held mail can be read before it is judged: its text and its attachments stand first on its page.

use mailgate::domain::ledger::MailState;

use super::LEDGER;
use crate::records::conversation::hostile;
use crate::support::database::on_both;
use crate::support::desk::Desk;
use crate::web::site::{Browser, Page};

/// A mail with all that a page must not run, held for being spam.
fn spam(desk: &Desk) -> mailgate::domain::id::MessageId {
    desk.mail(&format!("X-Spam-Flag: YES\n{}", hostile()))
}

fn page(browser: &Browser, id: mailgate::domain::id::MessageId) -> Page {
    browser.get(&format!("{LEDGER}/{id}"))
}

/// Where the words stand on the page.
fn place(page: &Page, words: &str) -> usize {
    page.body.find(words).unwrap_or_else(|| panic!("no {words} in {}", page.body))
}

on_both! {
    fn text_and_attachments_stand_before_the_buttons(place_of: &Place) {
        let desk = Desk::new(place_of);
        let held = spam(&desk);
        assert_eq!(desk.state(held), MailState::Held);
        let ignored = desk.mail(
            "From: c@people.example\nSubject: Out of office\nMessage-ID: <auto@x>\nAuto-Submitted: auto-replied\n\
             X-Autoreply: yes\nPrecedence: auto_reply\n\nI am away until Monday.\n",
        );
        assert_eq!(desk.state(ignored), MailState::Ignored);
        let browser = desk.site.signed_in("officer");
        let shown = page(&browser, held);
        let (text, file) = (place(&shown, "class=\"mailbody\""), place(&shown, "/attachments/2\" download"));
        assert!(text < file && file < place(&shown, "What to do"), "{}", shown.body);
        assert!(!shown.body.contains("<script>alert") && !shown.body.contains("https://tracker"), "{}", shown.body);
        assert!(place(&page(&browser, ignored), "I am away until Monday.") < place(&page(&browser, ignored), "Deliver by hand"));
        // Reading it is no deed.
        assert!(desk.audit("mailgate.message").is_empty());
        assert_eq!(desk.state(held), MailState::Held);
        browser.submit(&format!("{LEDGER}/{held}"), &format!("{LEDGER}/{held}/decide"), &[("deed", "deliver")]);
        let delivered = page(&browser, held);
        assert!(!delivered.body.contains("class=\"mailbody\""), "it stands on its record now");
    }

    fn attachments_leave_as_those_of_records_do(place_of: &Place) {
        let desk = Desk::new(place_of);
        let id = spam(&desk);
        let auditor = desk.site.signed_in("auditor");
        let shown = page(&auditor, id);
        assert!(shown.body.contains(&format!("src=\"{LEDGER}/{id}/attachments/")), "its own pictures are shown");
        assert!(!shown.body.contains("What to do"), "an auditor reads and decides nothing");
        let mut pictures = Vec::new();
        for number in [1, 2] {
            let path = format!("{LEDGER}/{id}/attachments/{number}");
            let file = auditor.get(&path);
            assert_eq!((file.status.code, file.header("Content-Type")), (200, "application/octet-stream"));
            assert!(file.header("Content-Disposition").starts_with("attachment; "));
            assert!(file.header("Content-Security-Policy").starts_with("sandbox"));
            assert_eq!(file.header("X-Content-Type-Options"), "nosniff");
            assert_eq!(file.body.contains("<svg"), number == 2, "{}", file.body);
            let inline = auditor.get(&format!("{path}/inline"));
            if inline.status.code == 200 {
                pictures.push(inline.header("Content-Type").to_owned());
            }
            assert_eq!(desk.site.browser().get(&path).status.code, 303, "nobody signed in");
        }
        assert_eq!(pictures, ["image/png"], "an SVG can carry a script");
        for nothing in ["3", "0", "-1"] {
            assert_eq!(auditor.get(&format!("{LEDGER}/{id}/attachments/{nothing}")).status.code, 404, "{nothing}");
        }
    }

    fn what_can_not_be_read_as_mail_says_so(place_of: &Place) {
        let desk = Desk::new(place_of);
        let id = desk.mail("\n \n\n");
        assert_eq!(desk.state(id), MailState::Held);
        let shown = page(&desk.site.signed_in("officer"), id);
        assert!(place(&shown, "It can&#x27;t be read as mail.") < place(&shown, "What to do"));
        shown.says("the mail is empty");
    }
}
