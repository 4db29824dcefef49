//! One deed for several lines of a list, and the way back.

use mailgate::domain::id::RecordId;
use mailgate::store::records::view;
use mailgate::store::sight::RecordSight;

use super::list::titles;
use crate::support::database::{execute, on_both};
use crate::support::desk::Desk;

const LIST: &str = "/records/spp.grm.ticket";

/// Ten newsletters and two grievances.
fn morning(desk: &Desk) {
    for n in 0..10 {
        desk.plain(&format!("news{n}@shop.example"), &format!("Newsletter {n}"), "Buy now");
    }
    desk.plain("awa@people.example", "Card lost", "Please help");
    desk.plain("moussa@people.example", "No payment", "Please help");
}

fn newest(body: &str) -> &str {
    body.split_once("name=\"newest\" value=\"").unwrap().1.split('"').next().unwrap()
}

on_both! {
    fn all_that_a_search_shows_goes_away_at_once_and_comes_back(place: &Place) {
        let desk = Desk::new(place);
        morning(&desk);
        let browser = desk.site.signed_in("officer");
        let page = browser.get(&format!("{LIST}?q=newsletter"));
        assert_eq!(titles(&page.body).len(), 10);
        let form = [("list", "q=newsletter"), ("newest", newest(&page.body)), ("all", "1"), ("deed", "not")];
        let done = browser.submit(LIST, &format!("{LIST}/many"), &form);
        assert_eq!(done.status.code, 303, "{}", done.body);
        assert_eq!(titles(&browser.get(LIST).body), ["No payment", "Card lost"]);
        let said = browser.get(&done.location);
        said.says("10 were changed.");
        assert_eq!(desk.audit("spp.grm.ticket").iter().filter(|(action, _)| action == "archive").count(), 10);
        let undo = said.body.split_once("/undo\"").unwrap().0.rsplit('"').next().unwrap();
        let undone = browser.submit(LIST, &format!("{undo}/undo"), &[("list", "")]);
        assert_eq!(undone.status.code, 303, "{}", undone.body);
        assert_eq!(titles(&browser.get(LIST).body).len(), 12);
        let twice = browser.submit(LIST, &format!("{undo}/undo"), &[("list", "")]);
        assert_eq!(twice.status.code, 404, "who presses twice undoes once");
        assert_eq!(desk.site.signed_in("admin").get(&done.location).body.matches("were changed").count(), 0);
    }

    fn chosen_lines_are_given_to_somebody_and_what_another_touched_stays_so(place: &Place) {
        let desk = Desk::new(place);
        morning(&desk);
        let browser = desk.site.signed_in("officer");
        let page = browser.get(LIST);
        let (_, choices) = page.body.split_once("<select id=\"assign\"").unwrap();
        let me = choices.split("\">The officer").next().unwrap().rsplit('"').next().unwrap();
        let form = [("list", ""), ("newest", newest(&page.body)), ("deed", "assign"), ("assign", me), ("id", "11"), ("id", "12")];
        let done = browser.submit(LIST, &format!("{LIST}/many"), &form);
        browser.get(&done.location).says("2 were changed.");
        assert_eq!(titles(&browser.get(&format!("{LIST}?show=mine")).body), ["No payment", "Card lost"]);
        browser.get("/").says("My open work");
        let stage = [("version", "2"), ("stage_id", "in_progress")];
        assert_eq!(browser.submit(&format!("{LIST}/11"), &format!("{LIST}/11/stage"), &stage).status.code, 303);
        let said = browser.get(&done.location);
        let undo = said.body.split_once("/undo\"").unwrap().0.rsplit('"').next().unwrap();
        let undone = browser.submit(LIST, &format!("{undo}/undo"), &[("list", "")]);
        browser.get(&undone.location).says("1 are as before. 1 were changed since and stay as they are.");
        assert_eq!(titles(&browser.get(&format!("{LIST}?show=mine")).body), ["Card lost"]);

        let nothing = browser.submit(LIST, &format!("{LIST}/many"), &[("deed", "not"), ("newest", "99")]);
        browser.get(&nothing.location).says("Choose at least one line first.");
        let auditor = desk.site.signed_in("auditor");
        let refused = auditor.submit("/preferences", &format!("{LIST}/many"), &[("deed", "not"), ("id", "11")]);
        assert_eq!(refused.status.code, 403);
        assert!(!auditor.get(LIST).body.contains("id=\"many\""), "what an auditor may not do is not offered");
    }

    fn mail_that_came_meanwhile_keeps_its_record_and_is_announced(place: &Place) {
        let desk = Desk::new(place);
        desk.mail("From: a@people.example\nTo: s@mail.example\nSubject: First\nMessage-ID: <first@x>\n\nOne\n");
        let browser = desk.site.signed_in("officer");
        let page = browser.get(LIST);
        let newest = newest(&page.body);
        let news = format!("{LIST}/news?behind={newest}");
        assert!(!browser.get(&news).body.contains("new mail"), "{}", browser.get(&news).body);
        desk.mail(
            "From: a@people.example\nTo: s@mail.example\nSubject: Re: First\nMessage-ID: <again@x>\n\
             In-Reply-To: <first@x>\n\nStill nothing\n",
        );
        desk.plain("b@people.example", "Second", "Two");
        browser.get(&news).says("2 have new mail.");
        assert!(!browser.get(&format!("{news}&show=mine")).body.contains("new mail"), "none of it is theirs");
        let done = browser.submit(LIST, &format!("{LIST}/many"), &[("newest", newest), ("deed", "not"), ("id", "1")]);
        browser.get(&done.location).says("One was left as it is");
        assert_eq!(titles(&browser.get(LIST).body), ["Second", "First"]);
    }

    fn an_undo_gives_back_when_a_record_was_settled(place: &Place) {
        let desk = Desk::new(place);
        desk.plain("a@people.example", "First", "One");
        let browser = desk.site.signed_in("officer");
        let many = |stage: &str| {
            let form = [("list", "show=all"), ("newest", "99"), ("deed", "stage"), ("to_stage", stage), ("id", "1")];
            let done = browser.submit(LIST, &format!("{LIST}/many"), &form);
            assert_eq!(done.status.code, 303, "{}", done.body);
            browser.get(&done.location)
        };
        many("done");
        let settled = "UPDATE records SET closed_at = '2026-03-04 05:06:07'";
        execute(&desk.site.app.store, settled);
        let said = many("in_progress");
        let undo = said.body.split_once("/undo\"").unwrap().0.rsplit('"').next().unwrap();
        let undone = browser.submit(LIST, &format!("{undo}/undo"), &[("list", "")]);
        browser.get(&undone.location).says("Undone.");
        let record = desk.site.app.store.read(|db| view::find(db, RecordSight::machine(), "spp.grm.ticket", RecordId(1))).unwrap().unwrap();
        assert_eq!((record.stage.code.as_str(), record.closed_at.unwrap().to_string().as_str()), ("done", "2026-03-04 05:06:07"));
    }

    fn an_undo_leaves_what_was_answered_meanwhile(place: &Place) {
        let desk = Desk::new(place);
        desk.mail("From: a@people.example\nTo: s@mail.example\nSubject: First\nMessage-ID: <first@x>\n\nOne\n");
        let browser = desk.site.signed_in("officer");
        let many = |deed| {
            let form = [("list", ""), ("newest", "99"), ("deed", deed), ("id", "1")];
            browser.submit(LIST, &format!("{LIST}/many"), &form)
        };
        many("not");
        assert!(titles(&browser.get(LIST).body).is_empty());
        let said = browser.get(&many("after_all").location);
        let undo = said.body.split_once("/undo\"").unwrap().0.rsplit('"').next().unwrap();
        desk.mail(
            "From: a@people.example\nTo: s@mail.example\nSubject: Re: First\nMessage-ID: <again@x>\n\
             In-Reply-To: <first@x>\n\nStill nothing\n",
        );
        browser.submit(LIST, &format!("{undo}/undo"), &[("list", "")]);
        assert_eq!(titles(&browser.get(&format!("{LIST}?show=new_mail")).body), ["First"], "it waits for somebody");
    }
}
