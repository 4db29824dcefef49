//! What was assumed about a message is said wherever it is shown.

use mailgate::domain::ledger::MailState;

use super::LEDGER;
use crate::support::database::on_both;
use crate::support::desk::Desk;

const UNDATED: &str = "From: Fatou <fatou@people.example>\nSubject: Well\nMessage-ID: <undated@people.example>\n\
                       X-Spam-Flag: YES\n\nDry\n";
const NOTE: &str = "The mail has no date; the time of receipt stands in for it.";

on_both! {
    fn it_stands_on_its_page_and_on_the_record_once(place: &Place) {
        let desk = Desk::new(place);
        let id = desk.mail(UNDATED);
        assert_eq!(desk.view(id).message.notes, [NOTE]);
        let browser = desk.site.signed_in("officer");
        let (page, decide) = (format!("{LEDGER}/{id}"), format!("{LEDGER}/{id}/decide"));
        browser.get(&page).says(NOTE);
        browser.submit(&page, &decide, &[("deed", "deliver")]);
        assert_eq!(desk.state(id), MailState::Delivered);
        assert_eq!(desk.view(id).message.notes, [NOTE], "read twice, said once");
        let record = browser.get(&desk.record(id));
        record.says("What was assumed (1)");
        record.says(NOTE);
    }

    fn nothing_is_said_where_nothing_was_assumed(place: &Place) {
        let desk = Desk::new(place);
        let id = desk.plain("a@people.example", "Well", "Dry");
        assert!(desk.view(id).message.notes.is_empty());
        let browser = desk.site.signed_in("officer");
        for page in [format!("{LEDGER}/{id}"), desk.record(id)] {
            let body = browser.get(&page).body;
            assert!(!body.contains("What was assumed"), "{body}");
        }
    }
}
