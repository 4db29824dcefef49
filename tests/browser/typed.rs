//! What an officer types survives what happens to him: another button, a lost line, a session that ended, another page,
//! mail and colleagues that come in between.

use super::pages::Look;
use super::{sign_in, sign_in_with};
use crate::support::app::{Installation, PASSWORD, Serving};
use crate::support::browser::Browser;
use crate::support::database::Place;
use crate::support::desk::Desk;

const NOTE: &str = "Called her: she waits since March.";

struct Office {
    installation: Installation,
    serving: Serving,
    record: String,
    _place: Place,
}

impl Office {
    /// A record with a mail, and the pages about it.
    fn open() -> Self {
        let place = Place::sqlite();
        let desk = Desk::new(&place);
        let record = desk.record(desk.mail(
            "From: Awa Sow <awa@people.example>\nTo: support@mail.example\nSubject: Card lost\nMessage-ID: <lost@x>\n\n\
             Please help\n",
        ));
        drop(desk);
        let installation = Installation::new().set("DATA_DIR", place.config.data_dir.display());
        let serving = installation.serve();
        Self { installation, serving, record, _place: place }
    }

    /// A reply to that mail.
    fn mail(&self, number: u32) {
        let mail = format!(
            "From: Awa Sow <awa@people.example>\r\nTo: support@mail.example\r\nSubject: Re: Card lost ({number})\r\n\
             Message-ID: <again{number}@x>\r\nIn-Reply-To: <lost@x>\r\n\r\nStill nothing\r\n"
        );
        self.installation.run(&["deliver", "--server", "Support"], &mail);
    }
}

#[test]
fn what_is_typed_on_a_record_survives_every_button() {
    for javascript in [true, false] {
        let office = Office::open();
        let browser = if javascript {
            Browser::open(&office.serving.url)
        } else {
            Browser::without_javascript(&office.serving.url)
        };
        let mut look = Look::with(&browser);
        // axe-core needs scripts; without them, it is the same page.
        let mut see = |name: &str| {
            if javascript {
                look.here(&format!("typed-{name}"))
            }
        };
        sign_in(&browser, "officer");
        browser.goto(&office.record);
        browser.fill("Note", NOTE);
        browser.fill("Title", "Ration card lost");
        office.mail(1);
        browser.press("Done");
        browser.see("What you had typed is still here, and not saved yet.");
        browser.see("A mail came while this page was open.");
        browser.see("New → Done");
        assert_eq!((browser.value("Note").as_str(), browser.value("Title").as_str()), (NOTE, "Ration card lost"));
        see("kept");

        browser.press("Add note");
        browser.see_value("Note", "");
        assert_eq!(browser.value("Title"), "Ration card lost");
        browser.press("Save");
        browser.see("Card lost → Ration card lost");
        // Enter in a field saves: it presses no chevron.
        browser.fill("Title", "Ration card found\n");
        browser.see("Ration card lost → Ration card found");
        assert_eq!(browser.text_of(".chevrons [aria-current]"), "Done");

        // Somebody else changes the title meanwhile.
        browser.fill("Title", "Mine");
        browser.fill("Note", NOTE);
        let other = Browser::open(&office.serving.url);
        sign_in(&other, "admin");
        other.goto(&office.record);
        other.fill("Title", "Theirs");
        other.press("Save");
        other.see("Ration card found → Theirs");
        browser.press("Save");
        browser.see("Somebody else changed");
        assert_eq!((browser.value("Note").as_str(), browser.value("Title").as_str()), (NOTE, "Mine"));
        see("conflict");
        browser.press("Save anyway");
        browser.see("Theirs → Mine");
        assert_eq!(browser.value("Note"), NOTE);

        // The session ends while somebody writes.
        browser.fill("Note", "A second note");
        browser.forget_cookies();
        browser.press("Add note");
        browser.see("You were signed out. Sign in: what you wrote is kept and comes back.");
        see("signed-out");
        browser.fill("Login", "officer");
        browser.fill("Password", PASSWORD);
        browser.press("Sign in");
        browser.see("What you wrote is here again");
        assert_eq!(browser.value("Note"), "A second note");
        see("back");
        browser.press("Add note");
        browser.see_value("Note", "");
        assert!(browser.text().contains("A second note"));
        look.nothing();
    }
}

#[test]
fn a_failed_request_says_so_and_takes_nothing_away() {
    let office = Office::open();
    let browser = Browser::open(&office.serving.url);
    let mut look = Look::with(&browser);
    sign_in(&browser, "admin");
    for (page, field, button) in [
        (office.record.as_str(), "Note", "Add note"),
        ("/settings/technical/email/aliases/new", "Address before @", "Save"),
    ] {
        browser.goto(page);
        browser.fill(field, NOTE);
        browser.offline(true);
        browser.press(button);
        browser.see("Not sent: no connection. What you wrote is still here. Try again.");
        assert_eq!(browser.value(field), NOTE);
        browser.offline(false);
        look.here(&format!("typed-offline-{button}"));
        // A page that is left and opened again.
        browser.goto("/");
        browser.see("Overview");
        browser.goto(page);
        browser.see("What you had typed here and not sent was put back.");
        assert_eq!(browser.value(field), NOTE);
    }
    browser.goto(&office.record);
    browser.see_value("Note", NOTE);
    browser.press("Add note");
    browser.see_value("Note", "");
    browser.goto(&office.record);
    assert_eq!(browser.value("Note"), "", "what was sent does not come back");
    // The console notes each request that found no connection.
    let noted = ["ERR_INTERNET_DISCONNECTED", "htmx:sendError", "htmx:afterRequest"];
    look.found.retain(|line| !noted.iter().any(|noted| line.contains(noted)));
    look.nothing();
}

#[test]
fn somebody_else_in_the_same_tab_sees_nothing_of_it() {
    let office = Office::open();
    let browser = Browser::open(&office.serving.url);
    sign_in(&browser, "officer");
    browser.goto(&office.record);
    browser.fill("Note", NOTE);
    browser.forget_cookies();
    sign_in_with(&browser, "admin", PASSWORD);
    browser.goto(&office.record);
    assert_eq!(browser.value("Note"), "");
    assert!(!browser.text().contains("put back"));
}
