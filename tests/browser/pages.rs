//! Every page, light and dark, on a phone and on a desk: no barrier that axe-core finds, nothing that scrolls
//! sideways, nothing in the console.

use crate::support::app::Installation;
use crate::support::browser::Browser;

/// CSS pixels: a small phone and a desk.
const WIDTHS: [u32; 2] = [360, 1280];

/// What was found so far; all pages are looked at before the test fails.
struct Look<'a> {
    browser: &'a Browser,
    found: Vec<String>,
}

impl Look<'_> {
    /// Opens a page and looks at it.
    fn at(&mut self, name: &str, path: &str) {
        self.browser.goto(path);
        self.here(name);
    }

    /// Looks at the page that is open.
    fn here(&mut self, name: &str) {
        for width in WIDTHS {
            for dark in [false, true] {
                self.browser.look(width, dark);
                let how = format!("{name}-{width}-{}", if dark { "dark" } else { "light" });
                self.browser.screenshot(&how);
                let overflow = self.browser.overflow();
                if overflow > 0 {
                    self.found.push(format!("{how}: {overflow} px too wide"));
                }
                self.found.extend(self.browser.barriers().into_iter().map(|line| format!("{how}: {line}")));
            }
        }
        let console = self.browser.console();
        // A page that says “not found” is answered with this status, which the console notes.
        let said = console.into_iter().filter(|line| !line.contains("the server responded with a status of 4"));
        self.found.extend(said.map(|line| format!("{name}: console: {line}")));
    }

    fn nothing(self) {
        assert!(self.found.is_empty(), "{} things:\n{}", self.found.len(), self.found.join("\n"));
    }
}

#[test]
fn the_first_page_of_an_empty_installation_has_no_barrier() {
    let installation = Installation::new();
    let serving = installation.serve();
    let browser = Browser::open(&serving.url);
    let mut look = Look { browser: &browser, found: Vec::new() };
    look.at("setup", "/");
    assert_eq!(browser.path(), "/setup");
    look.nothing();
}
