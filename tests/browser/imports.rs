//! The mail that stands in a mailbox already: asked about before it is imported, and taken back by a button.

use super::{mail, sign_in};
use crate::support::app::Installation;
use crate::support::browser::Browser;
use crate::support::dovecot::{self, Dovecot, MailUser};

/// The form of a new server for this mailbox, filled in.
fn fill(browser: &Browser, mailbox: &MailUser) {
    sign_in(browser, "admin");
    browser.goto("/settings/technical/email/incoming/new");
    browser.untick("SSL/TLS");
    for (label, value) in [("Name", "Years"), ("Server Name", "localhost"), ("Username", mailbox.name.as_str())] {
        browser.fill(label, value);
    }
    browser.fill("Port", &Dovecot::shared().imap_port.to_string());
    browser.fill("Password", dovecot::PASSWORD);
    browser.select("Create a New Record", "Grievance");
}

#[test]
fn an_import_is_undone_and_taken_up_again_on_the_open_page() {
    let mailbox = Dovecot::shared().user("years");
    (1..4).for_each(|number| mailbox.deliver(&mail(number, &format!("Year {number}"))));
    let installation = Installation::new().with_user("admin", "system_admin");
    let serving = installation.serve();
    let browser = Browser::open(&serving.url);
    fill(&browser, &mailbox);
    browser.press("Test & Confirm");
    browser.see("Confirmed.");
    browser.press("Fetch Now");
    browser.see("3 mails came with the first fetch.");
    browser.press("Undo the import");
    browser.see("The import is being undone.");
    // Without a reload.
    browser.see("3 mails were taken back");
    browser.see("stays as it is; it is told nothing more.");
    assert_eq!(browser.barriers(), Vec::<String>::new());
    browser.look(360, true);
    assert_eq!(browser.overflow(), 0);
    let here = browser.path();
    browser.goto("/records/spp.grm.ticket");
    assert!(!browser.text().contains("Year 1"));
    browser.goto(&here);
    browser.press("Take up again");
    browser.see("3 mails came with the first fetch.");
    browser.goto("/records/spp.grm.ticket");
    browser.see("Year 1");
    assert_eq!(browser.console(), Vec::<String>::new());
}

#[test]
fn more_than_two_hundred_mails_are_asked_about_without_javascript() {
    let mailbox = Dovecot::shared().user("hundreds");
    (0..201).for_each(|number| mailbox.deliver(&mail(number % 10, &format!("Many {number}"))));
    let installation = Installation::new().with_user("admin", "system_admin");
    let serving = installation.serve();
    let browser = Browser::without_javascript(&serving.url);
    fill(&browser, &mailbox);
    browser.press("Test & Confirm");
    browser.see("Not Confirmed until you choose what the first fetch imports.");
    browser.see("201 mails are waiting.");
    browser.press("Only new mail");
    browser.see("Confirmed.");
    browser.see("None of them will be imported");
}
