//! Every page, light and dark, on a phone and on a desk: no barrier that axe-core finds, nothing that scrolls
//! sideways, nothing in the console.

use std::collections::{BTreeSet, VecDeque};

use super::sign_in_with;
use crate::support::app::Installation;
use crate::support::browser::Browser;
use crate::support::free_port;

/// CSS pixels: a small phone and a desk.
const WIDTHS: [u32; 2] = [360, 1280];

/// Bytes that a page may take with everything it loads (README).
const WEIGHT: u64 = 100_000;

/// What was found so far; all pages are looked at before the test fails.
pub struct Look<'a> {
    browser: &'a Browser,
    pub(super) found: Vec<String>,
}

impl<'a> Look<'a> {
    pub fn with(browser: &'a Browser) -> Self {
        Self { browser, found: Vec::new() }
    }

    pub fn at(&mut self, name: &str, path: &str) {
        self.browser.goto(path);
        self.here(name);
    }

    /// Looks at the page that is open.
    pub fn here(&mut self, name: &str) {
        for width in WIDTHS {
            for dark in [false, true] {
                self.browser.look(width, dark);
                let how = format!("{name}-{width}-{}", if dark { "dark" } else { "light" });
                let before = self.found.len();
                let overflow = self.browser.overflow();
                if overflow > 0 {
                    self.found.push(format!("{how}: {overflow} px too wide"));
                }
                self.found.extend(self.browser.barriers().into_iter().map(|line| format!("{how}: {line}")));
                if self.found.len() > before {
                    self.browser.screenshot(&how);
                }
            }
        }
        let weight = self.browser.weight();
        if weight > WEIGHT {
            self.found.push(format!("{name}: {weight} bytes in all"));
        }
        // The console notes each answer that is not 2xx, also that of a page which says so on purpose.
        let noted = "the server responded with a status of 4";
        let said = self.browser.console().into_iter().filter(|line| !line.contains(noted));
        self.found.extend(said.map(|line| format!("{name}: console: {line}")));
    }

    /// Follows every link from the overview on, and looks at one page of each kind (two rows of a list are one kind;
    /// of the others only whether they fit a phone).
    fn everywhere(&mut self) -> BTreeSet<String> {
        let (mut seen, mut paths) = (BTreeSet::new(), BTreeSet::new());
        let mut open = VecDeque::from(["/".to_owned()]);
        while let Some(path) = open.pop_front() {
            if !paths.insert(path.clone()) {
                continue;
            }
            self.browser.goto(&path);
            if !seen.insert(kind(&path)) {
                self.browser.look(WIDTHS[0], false);
                let overflow = self.browser.overflow();
                if overflow > 0 {
                    self.found.push(format!("{path}: {overflow} px too wide for a phone"));
                }
                continue;
            }
            if self.browser.script("return document.contentType") != "text/html" {
                continue;
            }
            let name = kind(&path).trim_matches('/').replace('/', "_");
            self.here(if name.is_empty() { "overview" } else { &name });
            let links = "return [...document.links].filter(a => !a.download && a.origin === location.origin)\
                .map(a => a.pathname)";
            let links = self.browser.script(links);
            open.extend(links.as_array().unwrap().iter().map(|link| link.as_str().unwrap().to_owned()));
        }
        seen
    }

    pub fn nothing(self) {
        assert!(self.found.is_empty(), "{} things:\n{}", self.found.len(), self.found.join("\n"));
    }
}

/// A path with its numbers left out: what a page shows, not of which object.
pub(super) fn kind(path: &str) -> String {
    path.split('/').map(|part| if part.parse::<u32>().is_ok() { "1" } else { part }).collect::<Vec<_>>().join("/")
}

#[test]
fn whoever_reads_the_terminal_makes_the_first_administrator() {
    let installation = Installation::new();
    let serving = installation.serve();
    let browser = Browser::open(&serving.url);
    let mut look = Look::with(&browser);
    look.at("setup", "/");
    assert_eq!(browser.path(), "/setup");

    browser.fill("One-time token", "guessed");
    browser.fill("Name", "Amina Diallo");
    browser.fill("Login", "amina@example.org");
    browser.fill("Password", "correct horse battery staple");
    browser.press("Create the administrator");
    browser.see("This is not the token");
    assert_eq!(browser.value("Name"), "Amina Diallo", "nothing typed is lost");
    look.here("setup-wrong");

    let output = serving.output();
    let token = output.split("with this token: ").nth(1).expect("serve prints the token").lines().next().unwrap();
    browser.fill("One-time token", token);
    browser.fill("Password", "correct horse battery staple");
    browser.press("Create the administrator");
    browser.see("Overview");
    look.here("overview-empty");
    browser.goto("/setup");
    assert_ne!(browser.path(), "/setup", "it works once");
    look.nothing();
}

#[test]
fn no_page_has_a_barrier() {
    let installation = Installation::new();
    let demo = installation.demo();
    let browser = Browser::open(&demo.serving.url);
    let mut look = Look::with(&browser);
    look.at("login", "/login");
    browser.fill("Login", "admin@demo.example");
    browser.fill("Password", "wrong");
    browser.press("Sign in");
    browser.see("Wrong login or password.");
    look.here("login-wrong");
    sign_in_with(&browser, "admin@demo.example", &demo.password("admin@demo.example"));
    look.at("settings-plain", "/settings");
    browser.press("Activate the developer mode");
    browser.see("Technical");
    connect(&browser);
    look.here("connection-failed");
    let seen = look.everywhere();
    let missing = PAGES.iter().filter(|page| !seen.contains(**page));
    look.found.extend(missing.map(|page| format!("no link leads to {page}; there is {seen:?}")));
    look.at("not-found", "/no-such-page");
    look.nothing();
}

/// Enters a connection whose far end is not there: its page then says what to do.
fn connect(browser: &Browser) {
    browser.goto("/settings/technical/email/connections/new");
    for (label, value) in [
        ("Name", "OpenSPP"),
        ("URL", &format!("http://127.0.0.1:{}", free_port())),
        ("Database", "openspp"),
        ("Login", "mailgate@example.org"),
        ("Password or API Key", "key"),
    ] {
        browser.fill(label, value);
    }
    browser.press("Test");
    browser.see("did not accept a connection");
}

/// The pages that a person must be able to find by links alone.
const PAGES: &[&str] = &[
    "/",
    "/settings",
    "/settings/users",
    "/settings/users/1",
    "/settings/audit",
    "/settings/technical/email/incoming",
    "/settings/technical/email/incoming/new",
    "/settings/technical/email/incoming/1",
    "/settings/technical/email/aliases",
    "/settings/technical/email/aliases/new",
    "/settings/technical/email/connections",
    "/settings/technical/email/connections/new",
    "/settings/technical/email/connections/1",
    "/settings/technical/email/connections/1/delete",
    "/settings/technical/email/messages",
    "/settings/technical/email/messages/1",
    "/settings/technical/nodes",
    "/records/spp.grm.ticket",
    "/records/spp.grm.ticket/1",
    "/records/helpdesk.ticket",
    "/preferences",
];
