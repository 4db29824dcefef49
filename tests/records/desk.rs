//! What makes a record's page a desk: what is typed comes back, colleagues are seen, a mail gets a record of its own, and all of
//! it goes on paper.

use mailgate::domain::now;
use mailgate::domain::person::Caller;
use mailgate::operations::partners::{self, TypedPartner};
use mailgate::store::{kept, partners as stored};
use rocket::http::Header;

use crate::support::database::on_both;
use crate::support::desk::Desk;
use crate::web::site::Page;

const FORM: &str = "records-form";

fn value(page: &Page, name: &str) -> String {
    page.form(FORM).into_iter().rev().find(|(known, _)| known == name).unwrap().1
}

on_both! {
    fn what_is_typed_is_kept_for_its_writer_until_it_is_sent(place: &Place) {
        let desk = Desk::new(place);
        let record = desk.record(desk.plain("a@people.example", "Card lost", "Please help"));
        let (browser, other) = (desk.site.signed_in("officer"), desk.site.signed_in("admin"));
        let typed = [("note", "Called her, and"), ("name", "Ration card lost")];
        let kept = browser.send(&browser.get(&record), FORM, &format!("{record}/draft"), &typed);
        assert_eq!(kept.status.code, 204, "{}", kept.body);
        let page = desk.site.signed_in("officer").get(&record);
        page.says("Discard what I typed");
        let page = browser.get(&record);
        assert_eq!((value(&page, "note"), value(&page, "name")), ("Called her, and".into(), "Ration card lost".into()));
        assert!(!other.get(&record).body.contains("Called her"), "it is the writer's alone");
        other.get(&record).says("value=\"Card lost\"");

        // Somebody else changes the same meanwhile: both are shown.
        assert_eq!(other.send(&other.get(&record), FORM, &record, &[("name", "Theirs")]).status.code, 303);
        browser.get(&record).says("Somebody else changed the same meanwhile.");
        // What is sent goes, the rest waits on.
        let noted = browser.send(&page, FORM, &format!("{record}/note"), &[]);
        assert_eq!((noted.status.code, value(&noted, "note").as_str()), (200, ""));
        // What was kept while it was typed comes late: it is sent.
        let late = browser.send(&page, FORM, &format!("{record}/draft"), &[("note", "Called her")]);
        assert_eq!(late.status.code, 204);
        assert_eq!(value(&browser.get(&record), "note"), "", "a note that was sent does not come back");
        assert_eq!(value(&browser.get(&record), "name"), "Ration card lost");
        let discarded = browser.send(&browser.get(&record), FORM, &format!("{record}/discard"), &[]);
        assert_eq!((discarded.status.code, discarded.location.as_str()), (303, record.as_str()));
        let page = browser.get(&record);
        assert_eq!(value(&page, "name"), "Theirs");
        assert!(!page.body.contains("Discard what I typed"));
        // What a wrong form left waits, too; and an auditor has nothing to type into.
        let wrong = browser.send(&page, FORM, &record, &[("name", " "), ("note", "Half a note")]);
        assert_eq!(wrong.status.code, 422);
        assert_eq!(value(&browser.get(&record), "note"), "Half a note");
        let auditor = desk.site.signed_in("auditor");
        assert_eq!(auditor.submit(&record, &format!("{record}/draft"), &[("note", "x")]).status.code, 403);
    }

    fn colleagues_who_have_it_open_are_named_while_they_have(place: &Place) {
        let desk = Desk::new(place);
        let record = desk.record(desk.plain("a@people.example", "Card lost", "Please help"));
        let (officer, admin) = (desk.site.signed_in("officer"), desk.site.signed_in("admin"));
        let here = format!("{record}/here?known=");
        assert_eq!(officer.get(&here).status.code, 204, "nobody else");
        let page = admin.get(&record);
        page.says("The officer has this record open, too.");
        page.says("hx-headers='{\"X-Unattended\": \"1\"}'");
        admin.get(&here).says("The officer has this record open, too.");
        let known = page.body.split("/here?known=").nth(1).unwrap().split('"').next().unwrap();
        assert_eq!(admin.get(&format!("{here}{known}")).status.code, 204, "nothing is said twice");
        officer.get(&here).says("The admin has this record open, too.");
        let later = now() + chrono::TimeDelta::seconds(61);
        let id = mailgate::domain::id::RecordId(record.rsplit('/').next().unwrap().parse().unwrap());
        let read = desk.site.app.store.read(|db| kept::visits_since(db, id, later, 9));
        assert_eq!(read.unwrap(), [], "what is old says nothing");
    }

    fn a_mail_is_split_off_with_its_files_and_what_answers_it(place: &Place) {
        let desk = Desk::new(place);
        let first = desk.plain("Awa Sow <awa@people.example>", "Card lost", "Please help");
        let answered = desk.view(first).message.message_id.unwrap();
        let second = desk.mail(&format!(
            "From: Awa Sow <awa@people.example>\nTo: s@mail.example\nSubject: Re: Card lost\nMessage-ID: <well@x>\n\
             In-Reply-To: {answered}\nDate: Sun, 22 Nov 2026 11:00:00 +0000\nMIME-Version: 1.0\n\
             Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nAnd the well is dry\n\
             --b\nContent-Type: text/csv\nContent-Disposition: attachment; filename=\"wells.csv\"\n\na\n--b--\n"
        ));
        let record = desk.record(first);
        assert_eq!(desk.record(second), record);
        let browser = desk.site.signed_in("officer");
        let page = browser.get(&record);
        let (_, post) = page.body.rsplit_once("name=\"post\" value=\"").expect("each of several mails can be split off");
        let post = post.split('"').next().unwrap();
        let split = format!("{record}/split");
        let auditor = desk.site.signed_in("auditor");
        assert!(!auditor.get(&record).body.contains("/split\""));
        assert_eq!(auditor.submit(&record, &split, &[("post", post), ("version", "1")]).status.code, 403);
        assert_eq!(browser.submit(&record, &split, &[("post", post), ("version", "0")]).status.code, 409, "an older page");
        let done = browser.submit(&record, &split, &[("post", post), ("version", "1")]);
        assert_eq!(done.status.code, 303, "{}", done.body);
        let own = desk.record(second);
        assert_ne!(own, record);
        assert!(done.location.starts_with(&own), "{}", done.location);
        let page = browser.get(&done.location);
        for said in ["And the well is dry", "wells.csv", "Split off from 2026-000001 Card lost.", "Awa Sow"] {
            page.says(said);
        }
        let old = browser.get(&record);
        old.says("A mail was split off into 2026-000002");
        assert!(!old.body.contains("wells.csv") && !old.body.contains("/split\""), "one mail is left");
        let reply = |to: &str, id: &str| desk.record(desk.mail(&format!(
            "From: Awa Sow <awa@people.example>\nTo: s@mail.example\nSubject: Re: Re: Card lost\nMessage-ID: <{id}@x>\n\
             In-Reply-To: {to}\nReferences: {answered} {to}\nDate: Sun, 22 Nov 2026 12:00:00 +0000\n\nStill\n"
        )));
        assert_eq!(reply("<well@x>", "r1"), own, "what answers it follows it");
        assert_eq!(reply(&answered, "r2"), record);
        desk.site.signed_in("auditor").get("/settings/audit?action=split").says("Mail split off");

        // Merging is the way back.
        let (_, number) = page.body.split_once("name=\"into\" value=\"").expect("it can be undone at once");
        let number = number.split('"').next().unwrap();
        let undone = browser.submit(&own, &format!("{own}/join"), &[("version", "1"), ("into", number)]);
        assert_eq!((undone.status.code, undone.location.as_str()), (303, record.as_str()));
        assert_eq!((desk.record(second), reply("<well@x>", "r3")), (record.clone(), record.clone()));
        browser.get(&record).says("wells.csv");
    }

    fn a_sender_who_is_alike_to_a_contact_is_offered_and_two_who_are_one_are_merged(place: &Place) {
        let desk = Desk::new(place);
        let first = desk.record(desk.plain("Amina Diallo <amina.diallo@people.example>", "Card lost", "Please help"));
        let browser = desk.site.signed_in("officer");
        let contact = |record: &str, name: &str, email: &str| {
            let contact = format!("{record}/contact");
            let new = [("version", "1"), ("name", name), ("email", email), ("phone", ""), ("is_registrant", "1")];
            assert_eq!(browser.submit(&contact, &format!("{contact}/new"), &new).status.code, 303);
            let page = browser.get(record);
            let (_, rest) = page.body.split_once("href=\"/contacts/").expect("the contact leads to their page");
            format!("/contacts/{}", rest.split('"').next().unwrap())
        };
        let amina = contact(&first, "Amina Diallo", "amina.diallo@people.example");
        let typo = desk.record(desk.plain("amina.dialo@people.example", "No payment", "Since May"));
        let page = browser.get(&typo);
        page.says("Link Amina Diallo</button> <span class=\"muted\">almost the same address");
        browser.get(&format!("{typo}/contact")).says("almost the same address");
        let stranger = desk.record(desk.plain("Moussa Ba <m.ba@people.example>", "Well", "It is dry"));
        assert!(!browser.get(&stranger).body.contains("Link Amina"));

        // A second contact of the same person.
        let twin = contact(&typo, "Diallo, Amina", "amina.dialo@people.example");
        let id = |path: &str| path.rsplit('/').next().unwrap().to_owned();
        let page = browser.get(&amina);
        page.says("Perhaps the same person");
        page.says("almost the same address");
        let auditor = desk.site.signed_in("auditor");
        assert_eq!(auditor.submit("/preferences", &format!("{amina}/merge"), &[("other", &id(&twin))]).status.code, 403);
        let merged = browser.submit(&amina, &format!("{amina}/merge"), &[("other", &id(&twin))]);
        assert_eq!((merged.status.code, merged.location.as_str()), (303, amina.as_str()), "{}", merged.body);
        let page = browser.get(&amina);
        for said in ["Card lost", "No payment", "Diallo, Amina was merged into this contact."] {
            page.says(said);
        }
        browser.get(&twin).says("This contact was merged into");
        browser.get(&typo).says("<bdi>Amina Diallo</bdi>");
        // Mail from the address of either is hers.
        let third = desk.record(desk.plain("amina.dialo@people.example", "Third", "Again"));
        browser.get(&third).says(&format!("href=\"{amina}\""));
        assert_eq!(browser.submit(&amina, &format!("{amina}/merge"), &[("other", &id(&twin))]).status.code, 409, "once");
        assert!(desk.audit("res.partner").iter().any(|(action, _)| action == "join"));
        let (_, merge) = page.body.split_once("name=\"merge\" value=\"").expect("it can be undone");
        let merge = merge.split('"').next().unwrap();
        assert_eq!(browser.submit(&amina, &format!("{amina}/unmerge"), &[("merge", merge)]).status.code, 303);
        let page = browser.get(&twin);
        page.says("No payment");
        assert!(!page.body.contains("Card lost") && !browser.get(&amina).body.contains("No payment"));
        assert_eq!(browser.submit(&amina, &format!("{amina}/unmerge"), &[("merge", merge)]).status.code, 404);
    }

    fn merges_are_taken_back_the_latest_first(place: &Place) {
        let desk = Desk::new(place);
        let (app, caller) = (&desk.site.app, Caller::command_line());
        let make = |name: &str, email: &str| {
            let typed = TypedPartner { name: name.into(), email: email.into(), ..TypedPartner::default() };
            partners::create(app, &caller, &typed).unwrap()
        };
        let (a, b, c) = (make("A", "a@people.example"), make("B", "b@people.example"), make("C", "c@people.example"));
        let owner = || {
            let one = app.store.read(|db| stored::by_email(db, "a@people.example")).unwrap().map(|one| one.id);
            let all = app.store.read(|db| stored::by_emails(db, &["a@people.example".to_owned()])).unwrap();
            assert_eq!(all.into_values().next(), one, "one mail and a batch are led alike");
            one
        };
        let first = partners::merge(app, &caller, b, a).unwrap();
        let second = partners::merge(app, &caller, c, b).unwrap();
        assert_eq!(owner(), Some(c));
        assert!(partners::unmerge(app, &caller, first).is_err(), "the later one first");
        partners::unmerge(app, &caller, second).unwrap();
        assert_eq!(owner(), Some(b));
        partners::unmerge(app, &caller, first).unwrap();
        assert_eq!(owner(), Some(a));
        // Who was kept is archived: nobody is known by the other's address then.
        partners::merge(app, &caller, b, a).unwrap();
        let archived = TypedPartner { name: "B".into(), email: "b@people.example".into(), archived: true, ..TypedPartner::default() };
        app.store.write(|db| partners::change_in(db, &caller, b, &archived)).unwrap();
        assert_eq!(owner(), None);
        assert!(partners::merge(app, &caller, b, c).is_err());
        // Whoever takes the other one up again has two.
        let typed = TypedPartner { name: "A".into(), email: "a@people.example".into(), ..TypedPartner::default() };
        app.store.write(|db| partners::change_in(db, &caller, a, &typed)).unwrap();
        assert_eq!(owner(), Some(a));
    }

    fn a_record_goes_on_paper_without_a_script(place: &Place) {
        let desk = Desk::new(place);
        let record = desk.record(desk.plain(
            "Awa Sow <awa@people.example>", "Card lost", "Please help\n\n> Is it lost?\n> Really?",
        ));
        desk.notes(&record, 2);
        let browser = desk.site.signed_in("auditor");
        browser.get(&record).says(&format!("href=\"{record}/print\""));
        let paper = browser.get(&format!("{record}/print"));
        for said in ["2026-000001 Card lost", "Awa Sow", "Please help", "Is it lost?", "note number 1.", "Medium"] {
            paper.says(said);
        }
        assert!(!paper.body.contains("class=\"quoted\""), "nothing is folded on paper");
    }

    fn what_htmx_did_is_said_and_ones_keys_can_be_switched_off(place: &Place) {
        let desk = Desk::new(place);
        let record = desk.record(desk.plain("a@people.example", "Card lost", "Please help"));
        let browser = desk.site.signed_in("officer");
        let page = browser.get(&record);
        page.says("id=\"spoken\"");
        page.says("<dialog id=\"shortcuts\"");
        let token = page.csrf_token();
        let fields = [("version", "1"), ("stage_id", "done"), ("csrf_token", token.as_str())];
        let htmx = browser.post_with(&format!("{record}/stage"), &fields, [Header::new("HX-Request", "true")]);
        htmx.says("data-said>Stage: New → Done</p>");
        assert_eq!(browser.submit("/preferences", "/preferences/shortcuts", &[]).status.code, 303);
        assert!(!browser.get(&record).body.contains("<dialog"), "WCAG 2.1.4");
        assert_eq!(browser.submit("/preferences", "/preferences/shortcuts", &[("shortcuts", "1")]).status.code, 303);
        browser.get(&record).says("<dialog");
    }
}
