//! Held mail: corrected, delivered, dismissed.

use mailgate::domain::ledger::MailState;
use mailgate::domain::protocol::Protocol;
use mailgate::domain::server::SenderPolicy;
use mailgate::store::messages::view;

use super::{LEDGER, SPAM};
use crate::intake::world::{World, mail_with};
use crate::support::database::on_both;
use crate::support::desk::Desk;
use crate::support::fake_mailbox::FakeMailbox;

on_both! {
    fn held_mail_is_dismissed_with_a_reason_and_delivered_after_all(place: &Place) {
        let desk = Desk::new(place);
        let id = desk.mail(SPAM);
        assert_eq!(desk.state(id), MailState::Held);
        let browser = desk.site.signed_in("officer");
        let (page, decide) = (format!("{LEDGER}/{id}"), format!("{LEDGER}/{id}/decide"));
        let history = || {
            let events = desk.site.app.store.read(|db| view::history(db, id)).unwrap();
            events.into_iter().map(|event| (event.state, event.login)).collect::<Vec<_>>()
        };
        let by = |state, login: Option<&str>| (state, login.map(str::to_owned));
        let came = [by(MailState::Received, None), by(MailState::Held, None)];
        assert_eq!(history(), came);
        let without = browser.submit(&page, &decide, &[("deed", "dismiss"), ("reason", " ")]);
        assert_eq!(without.status.code, 422);
        without.says("Say why it is dismissed");
        browser.submit(&page, &decide, &[("deed", "dismiss"), ("reason", "An advertisement")]);
        assert_eq!(desk.state(id), MailState::Ignored);
        browser.get(&page).says("An advertisement");
        assert_eq!(desk.audit("mailgate.message")[0].0, "dismiss");
        browser.submit(&page, &decide, &[("deed", "deliver")]);
        assert_eq!(desk.state(id), MailState::Delivered);
        browser.get(&desk.record(id)).says("Win");
        browser.get(&page).says("<bdi>officer</bdi>");
        let decided = [by(MailState::Ignored, Some("officer")), by(MailState::Delivered, Some("officer"))];
        assert_eq!(history(), [came, decided].concat());
    }

    fn the_button_of_a_line_delivers_it(place: &Place) {
        let desk = Desk::new(place);
        let id = desk.mail(SPAM);
        let browser = desk.site.signed_in("officer");
        let list = format!("{LEDGER}?state=held");
        let answer = browser.submit(&list, LEDGER, &[("state", "held"), ("deliver", &id.to_string())]);
        assert_eq!(answer.location, list);
        assert_eq!(desk.state(id), MailState::Delivered);
    }

    fn an_unknown_sender_is_made_a_contact_and_recognised_from_then_on(place: &Place) {
        let desk = Desk::with(place, SenderPolicy::Known);
        let id = desk.plain("Fatou Sow <fatou@people.example>", "Card lost", "Text");
        assert_eq!(desk.state(id), MailState::Held);
        let browser = desk.site.signed_in("officer");
        let sender = format!("{LEDGER}/{id}/sender");
        browser.get(&sender).says("value=\"fatou@people.example\"");
        let new = [("name", "Fatou Sow"), ("email", "fatou@people.example"), ("is_registrant", "1")];
        let answer = browser.submit(&sender, &format!("{sender}/new"), &new);
        assert_eq!(answer.status.code, 303, "{}", answer.body);
        assert_eq!(desk.state(id), MailState::Delivered);
        assert_eq!(desk.state(desk.plain("FATOU+grm@people.example", "Again", "Text")), MailState::Delivered);
    }

    fn a_corrected_message_joins_the_record_that_is_named(place: &Place) {
        let desk = Desk::new(place);
        let first = desk.plain("a@people.example", "First", "Text");
        let id = desk.mail(SPAM);
        let browser = desk.site.signed_in("officer");
        let (page, correct) = (format!("{LEDGER}/{id}"), format!("{LEDGER}/{id}/correct"));
        for (field, wrong) in [("record", "2026-999999"), ("sender", "nobody"), ("model", "no.such")] {
            let answer = browser.submit(&page, &correct, &[(field, wrong)]);
            assert_eq!(answer.status.code, 422, "{field}");
            answer.says(&format!("id=\"{field}-error\""));
            assert_eq!(desk.state(id), MailState::Held);
        }
        let (_, _, title) = desk.view(first).record.unwrap();
        let number = title.split(' ').next().unwrap();
        let answer = browser.submit(&page, &correct, &[("record", number), ("sender", "Awa <awa@people.example>")]);
        assert_eq!(answer.status.code, 303, "{}", answer.body);
        assert_eq!(desk.record(id), desk.record(first));
        browser.get(&desk.record(id)).says("awa@people.example");
    }

    fn what_is_delivered_is_not_decided_again(place: &Place) {
        let desk = Desk::new(place);
        let id = desk.plain("a@people.example", "First", "Text");
        let browser = desk.site.signed_in("officer");
        let page = format!("{LEDGER}/{id}");
        assert!(!browser.get(&page).body.contains("What to do"));
        browser.submit("/preferences", &format!("{page}/decide"), &[("deed", "dismiss"), ("reason", "x")]);
        assert_eq!(desk.state(id), MailState::Delivered);
        browser.get(&page).says("Only held mail");
    }

    fn what_was_too_large_is_downloaded_anyway_by_the_next_fetch(place: &Place) {
        let (desk, mailbox) = (Desk::new(place), FakeMailbox::imap(7));
        let world = World { app: desk.site.app.clone() };
        let server = world.server(Protocol::Imap, |server| server.size_limit_mb = 1);
        let long = "Where is my payment? ".repeat(60_000);
        mailbox.deliver(&mail_with("Message-ID: <large@people.example>\r\n", "Large", &long));
        mailbox.deliver(&mail_with("Message-ID: <gone@people.example>\r\n", "Gone", &long));
        assert_eq!(world.pass(&server, &mailbox).unwrap().held, 2);
        assert_eq!(mailbox.contents().downloads, 0);
        let browser = desk.site.signed_in("officer");
        let ids: Vec<_> = world.ledger().into_iter().map(|line| line.id).collect();
        for id in &ids {
            let page = format!("{LEDGER}/{id}");
            browser.get(&page).says("Download anyway");
            browser.submit(&page, &format!("{page}/decide"), &[("deed", "download")]);
            browser.get(&page).says("It is downloaded at the next fetch.");
            assert_eq!(desk.state(*id), MailState::Retrying);
        }
        mailbox.contents().mails.pop();
        world.pass(&server, &mailbox).unwrap();
        assert_eq!((desk.state(ids[0]), mailbox.contents().downloads), (MailState::Delivered, 1));
        browser.get(&desk.record(ids[0])).says("Where is my payment?");
        assert!(mailbox.contents().mails[0].seen, "the mail server is told like of any other");
        assert_eq!(desk.state(ids[1]), MailState::Held);
        browser.get(&format!("{LEDGER}/{}", ids[1])).says("It is not on the mail server any more.");
    }
}
