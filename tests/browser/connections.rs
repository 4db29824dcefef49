//! README's way into an existing OpenSPP, step by step, by its words.

use super::{installation, sign_in};
use crate::support::browser::Browser;
use crate::support::dovecot::{self, Dovecot};
use crate::support::fake_odoo::FakeOdoo;

#[test]
fn an_existing_openspp_is_connected_by_its_words() {
    let (dovecot, odoo) = (Dovecot::shared(), FakeOdoo::start());
    let installation = installation();
    let serving = installation.serve();
    let browser = Browser::open(&serving.url);
    odoo.world().forbidden.remove("ir.model.read");
    connect(&browser, &odoo);

    feed(&browser, dovecot);
    // The connection's own record types stand in place of this database's as soon as it is chosen.
    browser.see("This database");
    browser.select("Connection", "OpenSPP");
    browser.see("Lead/Opportunity");
    browser.select("Create a New Record", "Grievance");
    browser.press("Advanced");
    browser.see_value("Unknown Senders", "known");
    browser.screenshot("server-with-connection");
    browser.press("Test & Confirm");
    // The account may not read which mailboxes OpenSPP fetches itself.
    browser.see("tick “Nothing else fetches this mailbox” and test again.");
    browser.choose("Nothing else fetches this mailbox");
    browser.fill("Password", dovecot::PASSWORD);
    browser.press("Test & Confirm");
    browser.see("Encrypted; certificate valid until");
    assert_eq!(browser.text_of("[aria-current=step]"), "Confirmed");
    browser.screenshot("server-with-connection-confirmed");
    assert_eq!(browser.console(), Vec::<String>::new());
}

#[test]
fn an_existing_openspp_is_connected_without_javascript() {
    let (dovecot, odoo) = (Dovecot::shared(), FakeOdoo::start());
    let installation = installation();
    let serving = installation.serve();
    let browser = Browser::without_javascript(&serving.url);
    connect(&browser, &odoo);

    feed(&browser, dovecot);
    browser.select("Connection", "OpenSPP");
    browser.press("Reload");
    // This account may not read which record types there are: the technical name is typed, and checked.
    browser.see("type the technical name");
    browser.fill("Create a New Record", "spp.grm.ticket");
    browser.choose("Nothing else fetches this mailbox");
    browser.fill("Password", dovecot::PASSWORD);
    browser.press("Test & Confirm");
    browser.see("Encrypted; certificate valid until");
    assert_eq!(browser.text_of("[aria-current=step]"), "Confirmed");
}

/// Signs in and connects: a wrong password first, since that is where most people are stopped.
fn connect(browser: &Browser, odoo: &FakeOdoo) {
    sign_in(browser, "admin");
    browser.press("Settings");
    browser.press("Activate the developer mode");
    browser.press("Settings");
    browser.press("Technical");
    browser.press("Connections");
    browser.press("New");
    browser.fill("Name", "OpenSPP");
    browser.fill("URL", &format!("http://127.0.0.1:{}/web", odoo.port));
    browser.press("Load");
    browser.see("It has one database:");
    browser.see_value("Database", "openspp");
    browser.fill("Login", "bridge@example.org");
    browser.fill("Password or API Key", "not the key");
    browser.press("Test");
    browser.see("refused login or password");
    assert_eq!(browser.text_of("[aria-current=step]"), "Not Confirmed");
    assert_eq!(browser.value("Login"), "bridge@example.org", "nothing typed is lost");
    browser.fill("Password or API Key", "key");
    browser.press("Test");
    browser.see("Version 17.0 answers.");
    assert_eq!(browser.text_of("[aria-current=step]"), "Confirmed");
    browser.screenshot("connection-confirmed");
    browser.press("Save");
    browser.see("Saved.");
    assert_eq!(browser.value("Password or API Key"), "", "a saved password is never sent back");
}

/// Fills in a mailbox, up to where its records go.
fn feed(browser: &Browser, dovecot: &Dovecot) {
    browser.press("Technical");
    browser.press("Incoming Email Servers");
    browser.press("New");
    browser.fill("Name", "Grievance Mailbox");
    browser.choose("IMAP Server");
    browser.fill("Server Name", "localhost");
    browser.fill("Port", &dovecot.imaps_port.to_string());
    browser.fill("Username", &dovecot.user("bridge").name);
    browser.fill("Password", dovecot::PASSWORD);
}
