//! A picture of every page, for people to look at: on a phone, a desk and a wide screen, light and dark, in English from the
//! left and in Arabic from the right. They stay in target/screenshots.

use std::collections::{BTreeMap, VecDeque};

use mailgate::domain::words;

use super::pages::kind;
use super::sign_in_with;
use crate::support::app::Installation;
use crate::support::browser::Browser;

/// CSS pixels.
const WIDTHS: [u32; 3] = [360, 1280, 1920];

/// One page of each kind that links lead to from the overview, by what it is called.
fn pages(browser: &Browser) -> BTreeMap<String, String> {
    let (mut pages, mut open) = (BTreeMap::new(), VecDeque::from(["/".to_owned()]));
    while let Some(path) = open.pop_front() {
        let name = kind(&path).trim_matches('/').replace('/', "_");
        if pages.contains_key(&name) {
            continue;
        }
        browser.goto(&path);
        if browser.script("return document.contentType") != "text/html" {
            continue;
        }
        pages.insert(name, path);
        let links =
            "return [...document.links].filter(a => !a.download && a.origin === location.origin).map(a => a.pathname)";
        let links = browser.script(links);
        open.extend(links.as_array().unwrap().iter().map(|link| link.as_str().unwrap().to_owned()));
    }
    pages
}

#[test]
#[ignore = "needs a quarter of an hour"]
fn every_page_is_pictured() {
    let installation = Installation::new();
    let demo = installation.demo();
    let browser = Browser::open(&demo.serving.url);
    sign_in_with(&browser, "admin@demo.example", &demo.password("admin@demo.example"));
    browser.goto("/settings");
    browser.press("Activate the developer mode");
    browser.see("Technical");
    let pages = pages(&browser);
    let mut wide = Vec::new();
    for (direction, language) in [("ltr", "English"), ("rtl", "العربية")] {
        if direction == "rtl" {
            browser.goto("/preferences");
            browser.select("Language", language);
            browser.press("Save");
            browser.see(&words::text("ar", "nav-overview"));
        }
        for (name, path) in &pages {
            browser.goto(path);
            for width in WIDTHS {
                for dark in [false, true] {
                    browser.look(width, dark);
                    let light = if dark { "dark" } else { "light" };
                    let name = if name.is_empty() { "overview" } else { name };
                    browser.screenshot(&format!("page-{name}-{direction}-{width}-{light}"));
                }
                let overflow = browser.overflow();
                if overflow > 0 {
                    wide.push(format!("{path} {direction}: {overflow} px too wide at {width}"));
                }
            }
        }
    }
    assert!(wide.is_empty(), "{}", wide.join("\n"));
    assert!(pages.len() > 25, "{pages:?}");
}
