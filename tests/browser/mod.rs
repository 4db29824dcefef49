//! The pages in a real Chromium.

mod backup;
mod connections;
mod guide;
mod held;
mod imports;
mod morning;
mod oauth;
mod pages;
mod pictures;
mod progress;
mod proxy;
mod rtl;
mod states;
mod typed;

use crate::support::app::{Installation, PASSWORD};
use crate::support::browser::Browser;
use crate::support::dovecot::Dovecot;

/// With an administrator, and trust in the shared Dovecot's certificate.
fn installation() -> Installation {
    Installation::new().set("CA_FILE", Dovecot::shared().certificate().display()).with_user("admin", "system_admin")
}

/// Signs in by the words on the page, from wherever it sends somebody who is not.
fn sign_in(browser: &Browser, login: &str) {
    sign_in_with(browser, login, PASSWORD);
}

fn sign_in_with(browser: &Browser, login: &str, password: &str) {
    browser.goto("/");
    browser.fill("Login", login);
    browser.fill("Password", password);
    browser.press("Sign in");
    browser.see("Overview");
}

/// A mail in plain text.
fn mail(number: u32, subject: &str) -> Vec<u8> {
    format!(
        "From: Amina Diallo <amina{number}@example.org>\r\nTo: support@example.org\r\nSubject: {subject}\r\n\
         Date: Mon, 16 Nov 2026 09:0{number}:00 +0000\r\nMessage-ID: <{number}.{}@example.org>\r\n\r\n\
         My payment of October has not arrived.\r\n",
        subject.replace(' ', "-"),
    )
    .into_bytes()
}
