//! OpenSPP's guide to incoming e-mail, step by step, by its words.

use mailgate::domain::protocol::Protocol;

use super::{installation, mail, sign_in};
use crate::support::browser::Browser;
use crate::support::dovecot::{self, Dovecot};

#[test]
fn the_guide_works_by_its_words() {
    let (dovecot, installation) = (Dovecot::shared(), installation());
    let serving = installation.serve();
    let browser = Browser::open(&serving.url);
    follow(&browser, Protocol::Imap, dovecot);
    // The wrong password before the right one makes no noise either.
    assert_eq!(browser.console(), Vec::<String>::new());
}

#[test]
fn the_guide_works_without_javascript() {
    let (dovecot, installation) = (Dovecot::shared(), installation());
    let serving = installation.serve();
    let browser = Browser::without_javascript(&serving.url);
    follow(&browser, Protocol::Pop, dovecot);
}

#[test]
fn the_port_follows_until_a_person_types_one() {
    let installation = installation();
    let serving = installation.serve();
    let browser = Browser::open(&serving.url);
    sign_in(&browser, "admin");
    browser.goto("/settings/technical/email/incoming/new");
    assert_eq!(browser.value("Port"), "993");
    browser.choose("POP Server");
    browser.see_value("Port", "995");
    browser.untick("SSL/TLS");
    browser.see_value("Port", "110");
    browser.see("the password travels readable");
    browser.choose("IMAP Server");
    browser.see_value("Port", "143");
    browser.fill("Port", "10143");
    browser.fill("Password", "kept");
    browser.choose("SSL/TLS");
    browser.choose("POP Server");
    browser.fill("Server Name", "localhost");
    browser.press("Save");
    browser.see("Enter a name");
    assert_eq!((browser.value("Port"), browser.value("Server Name")), ("10143".into(), "localhost".into()));
}

fn follow(browser: &Browser, protocol: Protocol, dovecot: &Dovecot) {
    let mailbox = dovecot.user("support");
    let subjects = ["Payment missing", "Card not working", "Question about my household"];
    for (number, subject) in subjects.iter().enumerate() {
        mailbox.deliver(&mail(number as u32, subject));
    }
    sign_in(browser, "admin");

    // Activate developer mode.
    browser.press("Settings");
    assert!(!browser.offers("Technical"), "the Technical menu belongs to the developer mode");
    browser.press("Activate the developer mode");
    // Leaving the page before the answer is there would leave the press undone.
    browser.see("Deactivate the developer mode");

    // Navigate to incoming email servers.
    browser.press("Settings");
    browser.press("Technical");
    browser.see("Email");
    browser.press("Incoming Email Servers");

    // Create a new server configuration.
    browser.press("New");

    // Fill in server details.
    browser.fill("Name", "Grievance Mailbox");
    let (words, port) = match protocol {
        Protocol::Imap => ("IMAP Server", dovecot.imaps_port),
        Protocol::Pop => ("POP Server", dovecot.pops_port),
    };
    browser.choose(words);
    browser.fill("Server Name", "localhost");
    browser.fill("Port", &port.to_string());
    browser.choose("SSL/TLS");
    browser.fill("Username", &mailbox.name);
    browser.fill("Password", "not the password");
    browser.select("Action to Perform on Incoming Mails", "Create a new Record");
    browser.select("Create a New Record", "Grievance");

    // "If there is an error, re-check all your server settings."
    browser.press("Test & Confirm");
    let alert = browser.text_of("[role=alert]");
    assert!(alert.contains("localhost refused the username or password. Try both in webmail."), "{alert}");
    assert_eq!(browser.text_of("[aria-current=step]"), "Not Confirmed");
    assert_eq!(browser.value("Port"), port.to_string(), "a typed port stays");
    assert_eq!(browser.value("Name"), "Grievance Mailbox");

    // "Click the Test & Confirm button. If successful, you will see a confirmation."
    browser.fill("Password", dovecot::PASSWORD);
    browser.press("Test & Confirm");
    browser.see("Encrypted; certificate valid until");
    let alert = browser.text_of("[role=alert]");
    assert!(alert.contains("Confirmed."), "{alert}");
    assert!(alert.contains("INBOX holds 3 mails"), "{alert}");
    assert_eq!(browser.text_of("[aria-current=step]"), "Confirmed");
    browser.screenshot(&format!("guide-{}", words.to_lowercase().replace(' ', "-")));

    // "Once the test is successful, click Save."
    browser.press("Save");
    browser.see("Saved.");
    assert_eq!(browser.text_of("[aria-current=step]"), "Confirmed");
    assert_eq!(browser.value("Password"), "", "a saved password is never sent back");

    // It would now be fetched within minutes; Fetch Now does not wait.
    browser.press("Fetch Now");
    browser.see("3 delivered");
    browser.press("Grievances");
    for subject in subjects {
        browser.see(subject);
    }
    browser.press("Payment missing");
    browser.see("My payment of October has not arrived.");
    browser.see("Amina Diallo");
}
