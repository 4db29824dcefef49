//! The list: search in several scripts, filters with their counts, order and pages.

use std::collections::BTreeSet;

use crate::support::database::{Place, on_both};
use crate::support::desk::Desk;

const LIST: &str = "/records/spp.grm.ticket";

/// Where a page's link of this relation leads.
fn link(body: &str, rel: &str) -> String {
    let (_, rest) = body.split_once(&format!("rel=\"{rel}\"")).unwrap_or_else(|| panic!("no {rel}: {body}"));
    rest.split_once("href=\"").unwrap().1.split('"').next().unwrap().replace("&amp;", "&")
}

/// The titles of a list page in their order.
pub fn titles(body: &str) -> Vec<String> {
    let rows = body.split(r#"<a class="row""#).skip(1);
    rows.map(|row| row.split_once('>').unwrap().1.split("</a>").next().unwrap().to_owned()).collect()
}

on_both! {
    fn case_accents_and_vowel_marks_do_not_matter(place: &Place) {
        let desk = Desk::new(place);
        desk.plain("Awa <awa@people.example>", "Paiement NON reçu", "Bonjour");
        desk.plain("محمد <m@people.example>", "لم أستلم المُساعَدة", "السلام");
        desk.plain("Σοφία <s@people.example>", "Καθυστέρηση πληρωμής", "100% wrong_word");
        let browser = desk.site.signed_in("officer");
        for (search, found) in [
            ("PAIEMENT recu", "Paiement NON reçu"),
            ("awa@people", "Paiement NON reçu"),
            ("المساعدة", "لم أستلم المُساعَدة"),
            ("καθυστερηση ΠΛΗΡΩΜ", "Καθυστέρηση πληρωμής"),
            ("100%", "Καθυστέρηση πληρωμής"),
        ] {
            let path = format!("{LIST}?q={}", rocket::http::RawStr::new(search).percent_encode());
            assert_eq!(titles(&browser.get(&path).body), [found], "{search}");
        }
        for nothing in ["_aiement", "paiement%20nobody"] {
            browser.get(&format!("{LIST}?q={nothing}")).says("Nothing found");
        }
    }

    fn filters_count_what_they_show_and_a_reply_moves_its_record_up(place: &Place) {
        let desk = Desk::new(place);
        let first = desk.mail(
            "From: a@people.example\nTo: s@mail.example\nSubject: First\nMessage-ID: <first@x>\n\
             Date: Sun, 22 Nov 2026 10:00:00 +0000\n\nOne\n",
        );
        desk.plain("b@people.example", "Second", "Two");
        let browser = desk.site.signed_in("officer");
        assert_eq!(titles(&browser.get(LIST).body), ["Second", "First"]);

        let record = desk.record(first);
        let done = browser.submit(&record, &format!("{record}/stage"), &[("version", "1"), ("stage_id", "done")]);
        assert_eq!(done.status.code, 303, "{}", done.body);
        desk.mail(
            "From: a@people.example\nTo: s@mail.example\nSubject: Re: First\nMessage-ID: <again@x>\n\
             In-Reply-To: <first@x>\nDate: Sun, 22 Nov 2026 11:00:00 +0000\n\nStill nothing\n",
        );
        assert_eq!(titles(&browser.get(LIST).body), ["Second"], "what is settled is not open");
        let page = browser.get(&format!("{LIST}?show=all"));
        assert_eq!(titles(&page.body), ["First", "Second"], "a reply moves its record up, whatever its stage");
        for (filter, shown) in [
            ("?show=all&stage=done", vec!["First"]),
            ("?stage=new", vec!["Second"]),
            ("?colleague=nobody&files=1", vec![]),
            ("?show=all&since=2026-11-22&until=2026-11-22", vec!["First", "Second"]),
            ("?show=all&until=2026-11-21", vec![]),
            ("?show=all&order=title", vec!["First", "Second"]),
            ("?show=all&order=-title", vec!["Second", "First"]),
            ("?show=all&order=-stage", vec!["First", "Second"]),
            ("?show=unassigned", vec!["Second"]),
            ("?show=all", vec!["First", "Second"]),
            ("?show=closed", vec!["First"]),
            ("?show=mine", vec![]),
            ("?show=new_mail", vec!["First"]),
            ("?show=not_a_grievance", vec![]),
        ] {
            assert_eq!(titles(&browser.get(&format!("{LIST}{filter}")).body), shown, "{filter}");
        }
        page.says(r#"New mail <span class="count">1</span>"#);
        page.says(r#"Mine <span class="count">0</span>"#);
        page.says(r#"Open <span class="count">1</span>"#);
        page.says(r#"Closed <span class="count">1</span>"#);
        page.says(r#"Done <span class="count">1</span>"#);
        page.says("2 mails");
        page.says("Still nothing");
    }

    fn a_list_is_saved_under_a_name_for_oneself_or_for_everybody(place: &Place) {
        let desk = Desk::new(place);
        desk.plain("a@people.example", "The well is dry", "Text");
        let (officer, auditor, admin) =
            (desk.site.signed_in("officer"), desk.site.signed_in("auditor"), desk.site.signed_in("admin"));
        let asked = "q=well&colleague=nobody&order=-title";
        let list = format!("{LIST}?{asked}");
        let typed = |name, more: &[(&'static str, &'static str)]| {
            [&[("model", "spp.grm.ticket"), ("list", asked), ("name", name)], more].concat()
        };
        let saved = officer.submit(&list, "/filters", &typed("  Dry   wells ", &[]));
        assert_eq!((saved.status.code, &saved.location), (303, &list), "{}", saved.body);
        officer.get(LIST).says(&format!("<a href=\"{}\"><bdi>Dry wells</bdi></a>", list.replace('&', "&amp;")));
        let page = officer.get(&list);
        assert_eq!(titles(&page.body), ["The well is dry"]);
        let one = page.body.split("href=\"/filters/").nth(1).unwrap().split('"').next().unwrap();
        let one = format!("/filters/{one}");
        assert!(!auditor.get(LIST).body.contains("Dry wells"), "it is the officer's own");
        assert_eq!(auditor.get(&one).status.code, 404);
        assert!(desk.audit("mailgate.saved_filter").is_empty());

        let shared = officer.submit(&one, &one, &[("name", "Wells"), ("shared", "1")]);
        assert_eq!((shared.status.code, &shared.location), (303, &list), "{}", shared.body);
        auditor.get(LIST).says("<bdi>Wells</bdi> <span class=\"muted\">by The officer</span>");
        auditor.get(&one).says("by The officer");
        for (path, form) in [(&one, vec![("name", "Mine")]), (&"/filters".to_owned(), typed("Ours", &[("shared", "1")]))] {
            assert_eq!(auditor.submit(LIST, path, &form).status.code, 403, "{path}");
        }
        assert_eq!(auditor.submit(LIST, "/filters", &typed("Wells", &[])).status.code, 303, "a name is one person's");
        let wrong = officer.submit(LIST, "/filters", &typed(" ", &[]));
        assert_eq!(wrong.status.code, 422);
        wrong.says("A filter needs a name.");
        let gone = admin.submit(&one, &format!("{one}/delete"), &[]);
        assert_eq!(gone.status.code, 303);
        assert!(!officer.get(LIST).body.contains("Wells"));
        let audit = desk.audit("mailgate.saved_filter");
        let told: Vec<&str> = audit.iter().map(|one| one.0.as_str()).collect();
        assert_eq!(told, ["delete", "write"], "{audit:?}");
    }

    fn an_empty_list_says_what_to_do_next(place: &Place) {
        let desk = Desk::new(place);
        let browser = desk.site.signed_in("admin");
        browser.get(LIST).says("Set one up under Settings");
        assert_eq!(browser.get("/records/no.such.type").status.code, 404);
    }
}

#[test]
fn a_page_of_eighty_stays_under_a_hundred_kilobytes_in_all() {
    let place = Place::sqlite();
    let desk = Desk::new(&place);
    for n in 0..85 {
        // From different people: one who writes this often would be held as a loop.
        let from = format!("Person With A Long Name {n} <p{n}@people.example>");
        desk.plain(&from, &format!("A grievance with a title of the usual length, number {n}"), "Text");
    }
    let browser = desk.site.signed_in("officer");
    let first = browser.get(LIST);
    assert_eq!(titles(&first.body).len(), 80);
    first.says("1-80 / 85");
    let files = first.body.split("/static/").skip(1).map(|rest| rest.split(['"', '#']).next().unwrap());
    let files: BTreeSet<&str> = files.collect();
    let size = |file| browser.get_compressed(&format!("/static/{file}"));
    // As they travel: a page is packed like its files.
    let all = browser.get_compressed(LIST) + files.into_iter().map(size).sum::<usize>();
    assert!(all < 100_000, "the page and its files have {all} bytes");
    let next = link(&first.body, "next");
    let second = browser.get(&next);
    assert_eq!(titles(&second.body).len(), 5);
    second.says("81-85 / 85");
    let back = browser.get(&link(&second.body, "prev"));
    assert_eq!(titles(&back.body), titles(&first.body));
    back.says("1-80 / 85");
    assert!(!back.body.contains("rel=\"prev\""), "there is nothing before the first");

    // Each column sorts, and a page of it begins behind the one before it.
    for order in ["number", "title", "from", "stage", "assigned", "priority", "date", "due", "last_mail"] {
        for turned in ["", "-"] {
            let first = browser.get(&format!("{LIST}?show=all&order={turned}{order}"));
            let second = browser.get(&link(&first.body, "next"));
            let all: BTreeSet<String> = titles(&first.body).into_iter().chain(titles(&second.body)).collect();
            assert_eq!(all.len(), 85, "{turned}{order}");
            let back = browser.get(&link(&second.body, "prev"));
            assert_eq!(titles(&back.body), titles(&first.body), "{turned}{order}");
        }
    }

    // From a record on to the next of the same list, and back to the list.
    let record = first.body.split("<a class=\"row\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    let listed = titles(&first.body);
    let page = browser.get(record);
    page.says(&listed[0]);
    assert!(!page.body.contains("rel=\"prev\""), "it is the first");
    let behind = browser.get(&link(&page.body, "next"));
    behind.says(&listed[1]);
    browser.get(&link(&behind.body, "prev")).says(&listed[0]);
    let closed = browser.get("/records/spp.grm.ticket/1?list=show%3Dall%26order%3Dnumber");
    closed.says("href=\"/records/spp.grm.ticket?show=all&amp;order=number\"");
    assert_eq!(link(&closed.body, "next"), "/records/spp.grm.ticket/2?list=show%3Dall%26order%3Dnumber");
}
