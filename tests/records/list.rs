//! The list: search in several scripts, filters with their counts, order and pages.

use std::collections::BTreeSet;

use crate::support::database::{Place, on_both};
use crate::support::desk::Desk;

const LIST: &str = "/records/spp.grm.ticket";

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
        let page = browser.get(LIST);
        assert_eq!(titles(&page.body), ["First", "Second"], "a reply moves its record up, whatever its stage");
        for (filter, shown) in [
            ("?stage=done", vec!["First"]),
            ("?stage=new", vec!["Second"]),
            ("?show=unassigned", vec!["First", "Second"]),
            ("?show=mine", vec![]),
            ("?show=new_mail", vec!["First"]),
            ("?show=not_a_grievance", vec![]),
        ] {
            assert_eq!(titles(&browser.get(&format!("{LIST}{filter}")).body), shown, "{filter}");
        }
        page.says(r#"New mail <span class="count">1</span>"#);
        page.says(r#"Mine <span class="count">0</span>"#);
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
    let all = first.body.len() + files.into_iter().map(size).sum::<usize>();
    assert!(all < 100_000, "the page and its files have {all} bytes");
    assert_eq!(titles(&browser.get(&format!("{LIST}?page=2")).body).len(), 5);
}
