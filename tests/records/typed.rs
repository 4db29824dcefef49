//! The record's page is one form: what is typed on it survives every button, other people, and mail that comes.

use mailgate::domain::id::UserId;
use mailgate::operations::users;

use crate::support::database::on_both;
use crate::support::desk::Desk;
use crate::web::site::Page;

const FORM: &str = "records-form";

/// A mail that begins a record, or a reply to it.
fn mail(desk: &Desk, id: &str, answers: &str) -> String {
    let reply = if answers.is_empty() { String::new() } else { format!("In-Reply-To: <{answers}@x>\n") };
    desk.record(desk.mail(&format!(
        "From: Awa <a@people.example>\nTo: s@mail.example\nSubject: Card {id}\nMessage-ID: <{id}@x>\n{reply}\nPlease help\n"
    )))
}

/// What stands in a field of the page's form.
fn value(page: &Page, name: &str) -> String {
    let fields = page.form(FORM);
    fields.into_iter().rev().find(|(known, _)| known == name).map(|(_, value)| value).unwrap_or_default()
}

on_both! {
    fn a_mail_that_came_after_the_page_was_drawn_stays_new(place: &Place) {
        let desk = Desk::new(place);
        let browser = desk.site.signed_in("officer");
        for (n, (deed, typed)) in [
            ("", vec![("name", "Ration card lost")]),
            ("/stage", vec![("stage_id", "done")]),
            ("/note", vec![("note", "Called her")]),
            ("/read", vec![]),
        ]
        .into_iter()
        .enumerate()
        {
            let [first, second, third] = ["lost", "second", "third"].map(|id| format!("{id}{n}"));
            let record = mail(&desk, &first, "");
            mail(&desk, &second, &first);
            let old = browser.get(&record);
            old.says("Mark as read");
            mail(&desk, &third, &first);
            let done = browser.send(&old, FORM, &format!("{record}{deed}"), &typed);
            assert_eq!(done.status.code, 303, "{deed}: {}", done.body);
            let page = browser.get(&done.location);
            page.says("A mail came while this page was open.");
            page.says(&format!("<bdi>Card {third}</bdi>"));
            assert!(!page.body.contains(&format!("<bdi>Card {second}</bdi>")), "{deed}: that one was on the page");
            page.says("Mark as read");
            for (name, typed) in typed {
                page.says(if name == "stage_id" { "New → Done" } else { typed });
            }
            browser.get("/records/spp.grm.ticket?show=new_mail").says(&format!("href=\"{record}?list="));
            // Now it was shown.
            assert_eq!(browser.send(&page, FORM, &format!("{record}/read"), &[]).location, record);
            assert!(!browser.get(&record).body.contains("Mark as read"));
        }
    }

    fn a_record_with_unread_mail_is_not_set_aside(place: &Place) {
        let desk = Desk::new(place);
        let record = mail(&desk, "lost", "");
        let browser = desk.site.signed_in("officer");
        let old = browser.get(&record);
        mail(&desk, "second", "lost");
        let page = browser.send(&old, FORM, &format!("{record}/verdict"), &[("active", "0")]);
        assert_eq!(page.status.code, 409);
        page.says("Read it, then decide.");
        browser.get("/records/spp.grm.ticket").says("Card lost");
        let turned = browser.send(&page, FORM, &format!("{record}/verdict"), &[("active", "0")]);
        assert_eq!(turned.status.code, 303, "{}", turned.body);
    }

    fn each_button_leaves_what_it_does_not_use_in_the_form(place: &Place) {
        let desk = Desk::new(place);
        let record = mail(&desk, "lost", "");
        let browser = desk.site.signed_in("officer");
        let typed = [("name", "Typed title"), ("note", "Typed <note>\nof two lines"), ("channel", "phone")];

        let page = browser.send(&browser.get(&record), FORM, &format!("{record}/stage"), &[&typed[..], &[("stage_id", "done")]].concat());
        assert_eq!(page.status.code, 200, "{}", page.body);
        page.says("What you had typed is still here, and not saved yet.");
        page.says("New → Done");
        for (name, typed) in typed {
            assert_eq!(value(&page, name), typed);
        }
        let other = desk.site.signed_in("admin").get(&record);
        assert!(!other.body.contains("Typed title"), "it is not saved by a chevron");

        let page = browser.send(&page, FORM, &format!("{record}/note"), &[]);
        page.says("<p>Typed &lt;note&gt;<br>of two lines</p>");
        assert_eq!((value(&page, "name"), value(&page, "note")), ("Typed title".into(), String::new()));

        let page = browser.send(&page, FORM, &record, &[("note", "Another note")]);
        assert_eq!(page.status.code, 200);
        page.says("Card lost → Typed title");
        page.says("Channel: Email → Phone");
        assert_eq!(value(&page, "note"), "Another note");

        let page = browser.send(&page, FORM, &format!("{record}/verdict"), &[("active", "0")]);
        assert_eq!(value(&page, "note"), "Another note");
        // The address of a form that was sent leads back to the page.
        assert_eq!(browser.get(&format!("{record}/stage")).location, record);
    }

    fn a_note_that_is_too_long_comes_back_with_the_edits(place: &Place) {
        let desk = Desk::new(place);
        let record = mail(&desk, "lost", "");
        let browser = desk.site.signed_in("officer");
        let long = "ការ".repeat(7_000);
        let page = browser.send(&browser.get(&record), FORM, &format!("{record}/note"), &[("note", &long), ("name", "Typed title")]);
        assert_eq!(page.status.code, 422);
        page.says("this one has 21,000");
        assert_eq!((value(&page, "note"), value(&page, "name")), (long, "Typed title".into()));
    }

    fn a_form_that_is_sent_twice_makes_one_note(place: &Place) {
        let desk = Desk::new(place);
        let record = mail(&desk, "lost", "");
        let browser = desk.site.signed_in("officer");
        let page = browser.get(&record);
        for _ in 0..2 {
            browser.send(&page, FORM, &format!("{record}/note"), &[("note", "Called, no answer")]);
        }
        assert_eq!(browser.get(&record).body.matches("Called, no answer").count(), 1);
        let again = browser.send(&browser.get(&record), FORM, &format!("{record}/note"), &[("note", "Called, no answer")]);
        assert_eq!(browser.get(&again.location).body.matches("Called, no answer").count(), 2, "that is another call");
    }

    fn two_officers_lose_nothing_to_each_other(place: &Place) {
        let desk = Desk::new(place);
        let record = mail(&desk, "lost", "");
        let (one, other) = (desk.site.signed_in("officer"), desk.site.signed_in("admin"));
        let (first, second) = (one.get(&record), other.get(&record));
        assert_eq!(one.send(&first, FORM, &record, &[("name", "By one"), ("priority", "3")]).status.code, 303);
        // What nobody else typed over is saved, and takes nothing back.
        assert_eq!(other.send(&second, FORM, &record, &[("channel", "phone")]).status.code, 303);
        other.get(&record).says("By one");
        assert_eq!(other.send(&second, FORM, &format!("{record}/stage"), &[("stage_id", "done")]).status.code, 303);
        // What both typed over is shown twice.
        let page = other.send(&second, FORM, &record, &[("name", "By the other"), ("note", "Mine")]);
        assert_eq!(page.status.code, 409);
        page.says("Somebody else changed");
        page.says(r#"<th scope="row">Title</th><td dir="auto">By one</td><td dir="auto">By the other</td>"#);
        assert_eq!((value(&page, "name"), value(&page, "note")), ("By the other".into(), "Mine".into()));
        let taken = other.send(&page, FORM, &format!("{record}/theirs"), &[("theirs", "name")]);
        assert_eq!((value(&taken, "name"), value(&taken, "note")), ("By one".into(), "Mine".into()));
        let saved = other.send(&page, FORM, &record, &[("note", "")]);
        assert_eq!(saved.status.code, 303, "{}", saved.body);
        let page = other.get(&record);
        page.says("By one → By the other");
        page.says("value=\"3\" aria-pressed=\"true\"");
        // A chevron against a chevron.
        let page = one.send(&first, FORM, &format!("{record}/stage"), &[("stage_id", "cancelled")]);
        assert_eq!(page.status.code, 409, "{}", page.body);
        page.says(r#"<th scope="row">Stage</th>"#);
        page.says(&format!(r#"formaction="{record}/stage" formnovalidate name="stage_id" value="cancelled""#));
    }

    fn an_archived_colleague_stays_on_the_record(place: &Place) {
        let desk = Desk::new(place);
        let record = mail(&desk, "lost", "");
        let browser = desk.site.signed_in("admin");
        let page = browser.get(&record);
        let officer = page.body.split("\">The officer<").next().unwrap().rsplit("value=\"").next().unwrap();
        assert_eq!(browser.send(&page, FORM, &record, &[("user_id", officer)]).status.code, 303);
        let id = UserId(officer.parse().unwrap());
        users::set_active(&desk.site.app, &mailgate::domain::person::Caller::command_line(), id, false).unwrap();
        let page = browser.get(&record);
        page.says("The officer (archived)");
        assert_eq!(value(&page, "user_id"), officer);
        browser.get("/records/spp.grm.ticket").says("The officer (archived)");
        desk.site.signed_in("auditor").get(&record).says("The officer (archived)");
        assert_eq!(browser.send(&page, FORM, &record, &[("name", "Another title")]).status.code, 303);
        let page = browser.get(&record);
        assert_eq!(value(&page, "user_id"), officer, "saving takes the record from nobody");
        assert!(!page.body.contains("Assigned to: The officer"));
    }

    fn a_long_conversation_shows_its_first_mail_and_every_other(place: &Place) {
        let desk = Desk::new(place);
        let record = mail(&desk, "lost", "");
        let browser = desk.site.signed_in("officer");
        desk.notes(&record, 450);
        let mut page = browser.get(&record);
        page.says("Please help");
        page.says("Show 200 of 250 older entries");
        let mut seen = shown(&page);
        while let Some((_, link)) = page.body.split_once("?before=") {
            page = browser.get(&format!("{record}?before={}", link.split('#').next().unwrap()));
            page.says("Please help");
            page.says("Show the newest entries");
            seen.extend(shown(&page));
        }
        for number in 0..450 {
            assert!(seen.contains(&format!("note number {number}.")), "{number} is nowhere");
        }
    }
}

/// The notes on a page.
fn shown(page: &Page) -> Vec<String> {
    page.body.split("<p>note").skip(1).map(|rest| format!("note{}", rest.split('<').next().unwrap())).collect()
}
