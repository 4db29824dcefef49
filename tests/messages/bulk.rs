//! One decision for all that the filter shows.

use mailgate::domain::ledger::MailState;

use crate::support::database::on_both;
use crate::support::desk::Desk;

const ALL: &str = "/settings/technical/email/messages/all";

on_both! {
    fn everything_the_filter_shows_and_nothing_else(place: &Place) {
        let desk = Desk::new(place);
        let spam = |n: u32, word: &str| {
            desk.mail(&format!(
                "From: s{n}@x.example\nSubject: {word} {n}\nMessage-ID: <{n}@x>\nX-Spam-Flag: YES\n\nNow\n"
            ))
        };
        let lottery = [spam(1, "Lottery"), spam(2, "Lottery")];
        let water = spam(3, "Water");
        let browser = desk.site.signed_in("officer");
        let confirm = format!("{ALL}?deed=dismiss&state=held&q=lottery");
        browser.get(&confirm).says("2 messages make no record");
        let fields = [("deed", "dismiss"), ("state", "held"), ("q", "lottery")];
        let without = browser.submit(&confirm, ALL, &fields);
        assert_eq!(without.status.code, 422);
        without.says("id=\"because-error\"");
        browser.submit(&confirm, ALL, &[&fields[..], &[("because", "Advertisement")]].concat()).says("2 ignored");
        assert_eq!(lottery.map(|id| desk.state(id)), [MailState::Ignored, MailState::Ignored]);
        assert_eq!(desk.state(water), MailState::Held);
        browser.submit(&confirm, ALL, &[("deed", "deliver"), ("state", "ignored")]).says("2 delivered");
        assert_eq!(lottery.map(|id| desk.state(id)), [MailState::Delivered, MailState::Delivered]);
    }
}
