//! Long work shows how far it is, on the page that is open.

use super::{mail, sign_in};
use crate::support::app::Installation;
use crate::support::browser::Browser;
use crate::support::dovecot::{self, Dovecot};
use crate::support::fault::{Fault, FaultProxy};

#[test]
fn a_fetch_that_takes_its_time_is_seen_without_a_reload() {
    let dovecot = Dovecot::shared();
    let mailbox = dovecot.user("slow");
    mailbox.deliver(&mail(1, "Well"));
    // The test gets through; the fetch meets a server that falls silent.
    let port = dovecot.imap_port;
    let slow = FaultProxy::each(port, |connection| if connection == 0 { Fault::None } else { Fault::StallAfter(0) });
    let installation = Installation::new().with_user("admin", "system_admin");
    let serving = installation.serve();
    let browser = Browser::open(&serving.url);
    sign_in(&browser, "admin");
    browser.goto("/settings/technical/email/incoming/new");
    browser.untick("SSL/TLS");
    for (label, value) in [("Name", "Slow"), ("Server Name", "localhost"), ("Username", mailbox.name.as_str())] {
        browser.fill(label, value);
    }
    browser.fill("Port", &slow.port.to_string());
    browser.fill("Password", dovecot::PASSWORD);
    browser.select("Create a New Record", "Grievance");
    browser.press("Test & Confirm");
    browser.see("Confirmed.");
    browser.press("Fetch Now");
    browser.see("Fetching: 0 of 0 messages are here.");
    assert_eq!(browser.console(), Vec::<String>::new());
}
