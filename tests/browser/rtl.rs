//! Arabic pages read from the right, mail of any language as it is written, and figures and dates as CLDR has them.

use mailgate::domain::words;
use serde_json::{Value, json};

use super::pages::Look;
use super::sign_in;
use crate::support::app::Installation;
use crate::support::browser::Browser;
use crate::support::database::Place;
use crate::support::desk::Desk;

/// Central Kurdish, which is written from the right: “The payment of October has not come. My number is 0750 123 4567.”
const SORANI: &str = "پارەی مانگی تشرینی یەکەم نەهاتووە. ژمارەکەم 0750 123 4567 ە.";

/// The pages that people work at, of an officer and of an administrator.
const PAGES: [&str; 12] = [
    "/",
    "/records/spp.grm.ticket",
    "/records/spp.grm.ticket?show=all&order=title",
    "/records/spp.grm.ticket/export",
    "/records/spp.grm.ticket/report",
    "/settings/technical/email/messages",
    "/preferences",
    "/settings",
    "/settings/audit",
    "/settings/users",
    "/settings/technical/email/incoming",
    "/settings/technical/email/connections/new",
];

#[test]
fn arabic_reads_from_the_right_and_every_mail_in_its_own_way() {
    let place = Place::sqlite();
    let desk = Desk::new(&place);
    let sorani = desk.plain("Awat <awat@people.example>", "پارەم پێ نەگەیشتووە", SORANI);
    let english = desk.plain("Amina <amina@people.example>", "Payment of October", "It has not arrived (yet).");
    let [sorani, english] = [sorani, english].map(|id| desk.record(id));
    drop(desk);
    let serving = Installation::new().set("DATA_DIR", place.config.data_dir.display()).serve();
    let browser = Browser::open(&serving.url);

    // Before anybody is known the browser is asked.
    browser.header("Accept-Language", "de, ar;q=0.8, en;q=0.2");
    let mut look = Look::with(&browser);
    look.at("ar-login", "/login");
    browser.see(&words::text("ar", "login-title"));
    assert_eq!(browser.script("return document.dir"), "rtl");
    browser.header("Accept-Language", "en");

    // Which way a mail runs is its own affair: here on an English page, below on an Arabic one.
    let ways = |browser: &Browser| {
        let way = "return getComputedStyle(document.querySelector('.mailbody p')).direction";
        [&sorani, &english].map(|record| {
            browser.goto(record);
            browser.script(way)
        })
    };
    sign_in(&browser, "admin");
    assert_eq!(ways(&browser), ["rtl", "ltr"]);
    browser.goto(&sorani);
    browser.see(SORANI);
    assert_eq!(browser.script("return document.dir"), "ltr");
    look.here("sorani");
    cldr(&browser);

    browser.goto("/preferences");
    browser.select("Language", "العربية");
    browser.press("Save");
    browser.see(&words::text("ar", "nav-overview"));
    assert_eq!(ways(&browser), ["rtl", "ltr"]);
    look.at("ar-record", &sorani);
    let first = "return document.querySelector('.chevrons li').getBoundingClientRect().right >
                        document.querySelector('.chevrons li:last-child').getBoundingClientRect().right";
    browser.look(1280, false);
    assert_eq!(browser.script(first), true, "the first stage stands at the right");
    for path in PAGES {
        let name = format!("ar{}", path.replace(['/', '.', '?', '&', '='], "-"));
        look.at(&name, path);
    }
    let sides = "return document.querySelector('.sections').getBoundingClientRect().left >
                        document.querySelector('main').getBoundingClientRect().left";
    assert_eq!(browser.script(sides), true, "the sections stand at the right");
    look.nothing();
}

/// Dates, numbers and relative times against the browser's own CLDR. Of English it is that of the world.
fn cldr(browser: &Browser) {
    for (language, locale) in [("en", "en-001"), ("fr", "fr"), ("ar", "ar")] {
        let script = format!(
            "const plain = text => text.replace(/[\\u00a0\\u202f]/g, ' ');
             const date = new Intl.DateTimeFormat('{locale}', {{day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC'}});
             const months = [...Array(12).keys()].map(month => date.format(Date.UTC(2026, month, 3)));
             const numbers = [0, 7, 999, 2632, 1234567.5].map(number => new Intl.NumberFormat('{locale}').format(number));
             const ago = new Intl.RelativeTimeFormat('{locale}');
             const times = ['minute', 'hour', 'day'].flatMap(unit => [1, 2, 3, 11, 100, 103, 1234].flatMap(count =>
                 [ago.format(-count, unit), ago.format(count, unit)]));
             return [months, numbers, times].map(all => all.map(plain));"
        );
        let plain = |text: String| Value::from(text.replace(['\u{a0}', '\u{202f}'], " "));
        let day = |month| words::day(language, chrono::NaiveDate::from_ymd_opt(2026, month, 3).unwrap());
        let months: Vec<Value> = (1..=12).map(day).map(plain).collect();
        let numbers = [0.0, 7.0, 999.0, 2632.0, 1_234_567.5].map(|number| plain(words::number(language, number)));
        let mut times = Vec::new();
        for unit in ["minutes", "hours", "days"] {
            for count in [1, 2, 3, 11, 100, 103, 1234] {
                let said = |way| words::with(language, &format!("{way}-{unit}"), &[("count", count.into())]);
                times.extend([said("ago"), said("in")].map(plain));
            }
        }
        assert_eq!(browser.script(&script), json!([months, numbers, times]), "{language}");
    }
}
