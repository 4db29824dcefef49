//! Nothing typed is lost to a session: one that ended, one that began anew in another tab, one of somebody else.

use mailgate::domain::server::SenderPolicy;
use mailgate::store::sign_in;
use rocket::http::{Header, Status};
use sha2::{Digest, Sha256};

use super::site::{Browser, Page};
use crate::support::app::PASSWORD;
use crate::support::database::{Place, on_both};
use crate::support::desk::Desk;

const TYPED: &str = "Typed by Amina";

/// The session of this browser was left alone for a day.
fn sign_out(desk: &Desk, browser: &Browser) {
    let hash = hex::encode(Sha256::digest(browser.cookie("mailgate_session").unwrap()));
    let yesterday = mailgate::domain::now() - chrono::TimeDelta::days(1);
    desk.site.app.store.write(|db| sign_in::touch_session(db, &hash, yesterday)).unwrap();
}

/// Signs in on the page to which somebody was sent, and follows to where that leads.
fn sign_in_at(browser: &Browser, location: &str, login: &str) -> Page {
    let page = browser.get(location);
    page.says("You were signed out. Sign in: what you wrote is kept and comes back.");
    let (_, next) = page.body.split_once("name=\"next\" value=\"").unwrap();
    let next = next.split('"').next().unwrap().to_owned();
    let token = page.csrf_token();
    let fields = [("login", login), ("password", PASSWORD), ("next", next.as_str()), ("csrf_token", &token)];
    let signed_in = browser.post_bare("/login", &fields);
    assert_eq!(signed_in.status, Status::SeeOther, "{}", signed_in.body);
    browser.get(&signed_in.location)
}

/// A form: its page, where it goes, a field of it, and what else it needs.
type Typed = (String, String, &'static str, Vec<(&'static str, &'static str)>);

/// Every form that takes more than a press: its page, where it goes, a field of it, what else it needs, who may.
fn forms(desk: &Desk) -> Vec<Typed> {
    let record = desk.record(desk.plain("a@people.example", "Card lost", "Please help"));
    let known = Desk { server: desk.server_with(SenderPolicy::Known), site: desk.site.twin() };
    let held = format!("/settings/technical/email/messages/{}", known.plain("b@people.example", "Who", "Text"));
    let [incoming, connections, aliases] =
        ["incoming", "connections", "aliases"].map(|name| format!("/settings/technical/email/{name}/new"));
    let at =
        |page: &str, deed: &str, field, also: &[_]| (page.to_owned(), format!("{page}{deed}"), field, also.to_vec());
    vec![
        at(&record, "", "name", &[("version", "1")]),
        at(&record, "/note", "note", &[("version", "1")]),
        at(&record, "/stage", "note", &[("stage_id", "done")]),
        at(&format!("{record}/contact"), "/new", "phone", &[("name", "Amina")]),
        at(&held, "/correct", "sender", &[]),
        at(&held, "/decide", "reason", &[("deed", "dismiss")]),
        at(&format!("{held}/sender"), "/new", "phone", &[("name", "Amina")]),
        (
            "/".into(),
            "/settings/technical/email/messages/all".into(),
            "because",
            vec![("deed", "dismiss"), ("state", "held")],
        ),
        at(&incoming, "", "name", &[("server_type", "imap")]),
        at(&connections, "", "name", &[]),
        at(&aliases, "", "defaults", &[]),
        ("/settings/users".into(), "/settings/users/new".into(), "name", vec![("login", "x")]),
        at("/settings/users/2", "", "name", &[("login", "x"), ("role", "officer")]),
        at("/preferences", "/keys", "key_name", &[]),
    ]
}

on_both! {
    fn every_form_comes_back_after_signing_in_again(place: &Place) {
        let desk = Desk::new(place);
        for (page, path, field, also) in forms(&desk) {
            let browser = desk.site.signed_in("admin");
            let token = browser.get(&page).csrf_token();
            sign_out(&desk, &browser);
            let fields = [&also[..], &[(field, TYPED), ("password", "hunter22"), ("csrf_token", &token)]].concat();
            let sent = browser.post_bare(&path, &fields);
            assert_eq!(sent.status, Status::SeeOther, "{path}: {}", sent.body);
            let shown = sign_in_at(&browser, &sent.location, "admin");
            assert_eq!(shown.status, Status::Ok, "{path}");
            shown.says("What you wrote is here again");
            shown.says(TYPED);
            assert!(!shown.body.contains("hunter22"), "{path} shows a password");
            // The session's token is renewed: the form can be sent as it stands.
            assert_ne!(shown.csrf_token(), token, "{path}");
        }
    }

    fn every_form_comes_back_after_a_sign_in_in_another_tab(place: &Place) {
        let desk = Desk::new(place);
        let browser = desk.site.signed_in("admin");
        for (page, path, field, also) in forms(&desk) {
            let token = browser.get(&page).csrf_token();
            assert_eq!(browser.submit("/", "/login", &[("login", "admin"), ("password", PASSWORD)]).status, Status::SeeOther);
            let fields = [&also[..], &[(field, TYPED), ("csrf_token", &token)]].concat();
            let again = browser.post_bare(&path, &fields);
            assert_eq!(again.status, Status::Forbidden, "{path}");
            again.says("Nothing was changed");
            again.says(TYPED);
            assert_ne!(again.csrf_token(), token, "{path}");
        }
    }

    fn what_comes_back_is_sent_once_and_then_waits_no_longer(place: &Place) {
        let desk = Desk::new(place);
        let record = desk.record(desk.plain("a@people.example", "Card lost", "Please help"));
        let browser = desk.site.signed_in("officer");
        let page = browser.get(&record);
        sign_out(&desk, &browser);
        let note = format!("{record}/note");
        let sent = browser.send(&page, "records-form", &note, &[("note", TYPED), ("name", "Typed title")]);
        let shown = sign_in_at(&browser, &sent.location, "officer");
        assert!(!browser.get(&record).body.contains(TYPED), "nothing is carried out by itself");
        browser.get("/").says("You wrote something that was not sent");
        let done = browser.send(&shown, "records-form", &note, &[]);
        assert_eq!(done.status, Status::Ok, "the title is still typed: {}", done.body);
        done.says(&format!("<p>{TYPED}</p>"));
        done.says("value=\"Typed title\"");
        assert_eq!(browser.get(&record).body.matches(TYPED).count(), 1);
        assert!(!browser.get("/").body.contains("You wrote something that was not sent"));
        let waiting = sent.location.split("next=").nth(1).unwrap();
        assert_eq!(browser.get(waiting).status, Status::NotFound);
    }

    fn nobody_else_sees_what_was_written(place: &Place) {
        let desk = Desk::new(place);
        let record = desk.record(desk.plain("a@people.example", "Card lost", "Please help"));
        let browser = desk.site.signed_in("officer");
        let page = browser.get(&record);
        sign_out(&desk, &browser);
        let sent = browser.send(&page, "records-form", &format!("{record}/note"), &[("note", TYPED)]);
        assert!(!browser.get(&sent.location).body.contains(TYPED));
        let other = sign_in_at(&browser, &sent.location, "admin");
        assert_eq!(other.status, Status::NotFound);
        assert!(!other.body.contains(TYPED) && !browser.get("/").body.contains("was not sent"));
        // The old page is still open, and somebody else has signed in.
        let again = browser.send(&page, "records-form", &format!("{record}/note"), &[("note", "Second note")]);
        assert_eq!(again.status, Status::Forbidden);
        again.says("kept for them and shown to nobody else");
        assert!(!again.body.contains("Second note"));
        assert!(!browser.get(&record).body.contains("Second note"));
        let back = desk.site.signed_in("officer");
        let overview = back.get("/");
        let links = overview.body.split("href=\"/kept/").skip(1).map(|rest| rest.split('"').next().unwrap());
        let waiting: Vec<Page> = links.map(|id| back.get(&format!("/kept/{id}"))).collect();
        assert_eq!(waiting.len(), 2);
        waiting[0].says("Second note");
        waiting[1].says(TYPED);
    }

    fn what_was_typed_does_not_hide_somebody_elses_change(place: &Place) {
        let desk = Desk::new(place);
        let record = desk.record(desk.plain("a@people.example", "Card lost", "Please help"));
        let browser = desk.site.signed_in("officer");
        let page = browser.get(&record);
        sign_out(&desk, &browser);
        let sent = browser.send(&page, "records-form", &record, &[("name", TYPED)]);
        let other = desk.site.signed_in("admin");
        assert_eq!(other.send(&other.get(&record), "records-form", &record, &[("name", "Theirs")]).status, Status::SeeOther);
        let shown = sign_in_at(&browser, &sent.location, "officer");
        shown.says("Somebody else changed the same meanwhile.");
        shown.says(&format!("<td dir=\"auto\">Theirs</td><td dir=\"auto\">{TYPED}</td>"));
    }

    fn a_form_that_is_not_from_our_pages_is_not_kept(place: &Place) {
        let desk = Desk::new(place);
        let browser = desk.site.browser();
        for token in ["", "0".repeat(64).as_str(), "AAAA"] {
            let page = browser.post_bare("/records/spp.grm.ticket/1/note", &[("note", "x"), ("csrf_token", token)]);
            assert_eq!(page.location, "/login");
        }
        assert_eq!(browser.post_bare("/wp-login.php", &[("log", "x")]).status, Status::NotFound);
    }

    fn htmx_is_sent_to_the_sign_in_page_too(place: &Place) {
        let desk = Desk::new(place);
        let record = desk.record(desk.plain("a@people.example", "Card lost", "Please help"));
        let browser = desk.site.signed_in("officer");
        let token = browser.get(&record).csrf_token();
        sign_out(&desk, &browser);
        let fields = [("note", TYPED), ("csrf_token", token.as_str())];
        let page = browser.post_with(&format!("{record}/note"), &fields, Some(Header::new("HX-Request", "true")));
        assert!(page.header("HX-Redirect").starts_with("/login?next=/kept/"), "{:?}", page.header("HX-Redirect"));
    }
}

#[test]
fn a_form_that_is_too_large_comes_back_as_far_as_it_fits() {
    let place = Place::sqlite();
    let desk = Desk::new(&place);
    let record = desk.record(desk.plain("a@people.example", "Card lost", "Please help"));
    let browser = desk.site.signed_in("officer");
    let long = format!("{TYPED} {}", "x".repeat(3 << 20));
    let page = browser.send(&browser.get(&record), "records-form", &format!("{record}/note"), &[("note", &long)]);
    assert_eq!(page.status, Status::PayloadTooLarge);
    page.says(&format!(">{TYPED} xxx"));
    page.says("more than Mailgate takes at once");
}
