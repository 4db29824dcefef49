//! A mailbox that a person signs in to, by the words of the pages; the provider's page is on another origin, as in life.

use super::{installation, mail, sign_in};
use crate::support::browser::Browser;
use crate::support::dovecot::Dovecot;
use crate::support::token_server::{CLIENT_ID, CLIENT_SECRET, TokenServer};

#[test]
fn a_person_signs_in_to_a_mailbox() {
    let installation = installation();
    let serving = installation.serve();
    follow(&Browser::open(&serving.url));
}

#[test]
fn a_person_signs_in_to_a_mailbox_without_javascript() {
    let installation = installation();
    let serving = installation.serve();
    follow(&Browser::without_javascript(&serving.url));
}

#[test]
fn a_type_that_is_one_providers_fills_in_the_rest() {
    let installation = installation();
    let serving = installation.serve();
    let browser = Browser::open(&serving.url);
    sign_in(&browser, "admin");
    browser.goto("/settings/technical/email/incoming/new");
    browser.choose("Outlook OAuth Authentication");
    browser.see_value("Server Name", "outlook.office365.com");
    browser.see_value("Authentication", "microsoft");
    assert_eq!(browser.value("Port"), "993");
    browser.choose("Gmail OAuth Authentication");
    browser.see_value("Server Name", "imap.gmail.com");
    browser.see_value("Authentication", "google");
    browser.see("Client Secret");
    browser.choose("POP Server");
    browser.see_value("Server Name", "");
    browser.see_value("Authentication", "password");
}

fn follow(browser: &Browser) {
    let mailbox = Dovecot::shared().user("signs-in");
    let provider = TokenServer::start(&mailbox.name);
    mailbox.deliver(&mail(1, "Payment missing"));
    sign_in(browser, "admin");
    browser.goto("/settings/technical/email/incoming/new");
    browser.fill("Name", "Grievance Mailbox");
    browser.fill("Server Name", "localhost");
    browser.fill("Port", &Dovecot::shared().imaps_port.to_string());
    browser.select("Authentication", "Other OAuth2");
    browser.fill("Username", &mailbox.name);
    browser.fill("Client ID", CLIENT_ID);
    browser.fill("Client Secret", CLIENT_SECRET);
    browser.press("Advanced");
    browser.fill("Address to Sign In", &provider.url("authorize"));
    browser.fill("Address of Tokens", &provider.url("token"));
    browser.select("Create a New Record", "Grievance");

    // Saved, and on to the provider by a plain link.
    browser.press("Sign In");
    browser.see("The application must have this redirect address");
    browser.press(&format!("Sign in at 127.0.0.1:{}", provider.port));
    browser.press("Allow");
    browser.see("Signed in for Grievance Mailbox.");
    assert_eq!(browser.text_of("[aria-current=step]"), "Not Confirmed");
    browser.press("Test & Confirm");
    browser.see("INBOX holds one mail");
    assert_eq!(browser.text_of("[aria-current=step]"), "Confirmed");
    browser.press("Fetch Now");
    browser.see("1 delivered");
}
