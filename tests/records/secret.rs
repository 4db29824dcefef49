//! Confidential records: whoever is not named for one finds no word of it, on no page and by no method.

use mailgate::domain::person::{Caller, Role};
use mailgate::domain::server::{IncomingServer, SenderPolicy};
use mailgate::operations::teams::{self, TeamReach};
use mailgate::store::{servers, users};
use mailgate::xmlrpc::Value;
use rocket::http::Method;

use crate::rpc::client::{Api, leaf, list, members, s};
use crate::rpc::roles::RIGHTS;
use crate::support::database::{Place, on_both};
use crate::support::desk::Desk;
use crate::web::site::{Browser, Site};

const MODEL: &str = "spp.grm.ticket";
/// Of its title, text, sender, attachment and a note on it.
const WORDS: [&str; 6] = ["Zephyrquill", "marzipanfox", "vexilla", "Umbriel", "tanzanite", "obsidiannote"];

/// A mail with each of the words in it but that of the note.
fn secret(desk: &Desk) -> i32 {
    desk.mail(
        "From: Umbriel <vexilla@people.example>\nTo: support@mail.example\nSubject: Zephyrquill\n\
         Message-ID: <one@test.example>\nDate: Sun, 22 Nov 2026 10:00:00 +0000\nMIME-Version: 1.0\n\
         Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nThe marzipanfox took it\n\
         --b\nContent-Type: text/plain; name=tanzanite.txt\nContent-Disposition: attachment; filename=tanzanite.txt\n\n\
         words of the tanzanite\n--b--\n",
    )
    .0
}

/// Every page that there is, with the numbers that things have in a small installation, and what a search may be for.
fn pages(site: &Site) -> Vec<String> {
    let rocket = mailgate::build(site.app.clone()).unwrap();
    let mut paths = Vec::new();
    for route in rocket.routes().filter(|route| route.method == Method::Get) {
        let path = route.uri.path().to_owned();
        if path.contains("..>") {
            continue;
        }
        for number in ["1", "2"] {
            let parts = path.split('/').map(|part| match part {
                "<model>" => MODEL,
                part if part.starts_with('<') => number,
                part => part,
            });
            paths.push(parts.collect::<Vec<_>>().join("/"));
        }
    }
    for found in ["/search?q=", "/records/spp.grm.ticket?show=all&q=", "/records/spp.grm.ticket?show=all&search="] {
        paths.extend(WORDS.map(|word| format!("{found}{word}")));
    }
    paths.extend(WORDS.map(|word| format!("/settings/technical/email/messages?search={word}")));
    paths.sort();
    paths.dedup();
    paths
}

/// The words that an answer gives away, but not those that were asked for.
fn leaks(asked: &str, answer: &str) -> Vec<&'static str> {
    let answer = answer.to_lowercase();
    WORDS.into_iter().filter(|word| answer.contains(&word.to_lowercase()) && !asked.contains(word)).collect()
}

fn no_page_tells(browser: &Browser, paths: &[String], who: &str) {
    for path in paths.iter().filter(|path| !path.contains("logout")) {
        let page = browser.get(path);
        assert_ne!(page.status.code, 500, "{path} as {who}");
        let told = leaks(path, &format!("{} {}", page.body, page.location));
        assert!(told.is_empty(), "{path} tells {who} of {told:?}:\n{}", page.body);
    }
}

fn no_method_tells(api: &Api, who: &str) {
    let ids = list([Value::Integer(1), Value::Integer(2)]);
    let none = || list([]);
    for (model, _) in RIGHTS {
        let asked = [
            ("search_read", vec![none()]),
            ("read", vec![list([Value::Integer(1)])]),
            ("read", vec![ids.clone()]),
            ("name_get", vec![ids.clone()]),
            ("name_search", vec![s("")]),
            ("read_group", vec![none(), list([s("name")]), list([s("name")])]),
            ("read_group", vec![none(), list([s("subject")]), list([s("subject")])]),
            ("formatted_read_group", vec![none(), list([s("email_from")])]),
            ("export_data", vec![list([Value::Integer(1)]), list([s("id"), s("name"), s("display_name")])]),
            ("get_source", vec![list([Value::Integer(1)])]),
            ("search_read", vec![list([leaf("message_ids.subject", "ilike", s("Zephyr"))])]),
        ];
        for (method, arguments) in asked {
            let answer = format!("{:?}", api.call_all(model, method, arguments));
            assert!(leaks("", &answer).is_empty(), "{model}.{method} tells {who}: {answer}");
        }
        for (field, word) in
            [("name", "Zephyr"), ("subject", "Zephyr"), ("email_from", "vexilla"), ("body", "marzipan")]
        {
            let found = api.call(model, "search_count", [list([leaf(field, "ilike", s(word))])]);
            assert!(!matches!(found, Ok(Value::Integer(found)) if found > 0), "{model} finds {word} for {who}");
        }
    }
    let posted = [list([Value::Integer(1)])];
    assert!(api.call_with(MODEL, "message_post", posted, [("body", s("x"))]).is_err(), "{who} writes on it");
    let written = api.call(MODEL, "write", [list([Value::Integer(1)]), members([("name", s("x"))])]);
    assert!(written.is_err(), "{who} changes it");
}

/// All that a person's list shows, as a file.
fn taken_out(browser: &Browser) -> String {
    let page = format!("/records/{MODEL}/export");
    browser.submit(&page, &page, &[("list", "show=all"), ("file", "csv")]).body
}

fn people(site: &Site) {
    for login in ["second", "mate"] {
        site.add(login, Role::Officer);
    }
}

fn user(site: &Site, login: &str) -> mailgate::domain::id::UserId {
    let all = site.app.store.read(users::assignees).unwrap();
    all.into_iter().find(|(_, name)| *name == format!("The {login}")).unwrap().0
}

#[test]
fn no_page_and_no_method_tells_of_a_confidential_record() {
    let place = Place::sqlite();
    let desk = Desk::new(&place);
    let site = &desk.site;
    people(site);
    secret(&desk);
    let record = format!("/records/{MODEL}/1");
    let officer = site.signed_in("officer");
    assert_eq!(officer.submit(&record, &format!("{record}/note"), &[("note", "obsidiannote")]).status.code, 303);
    // Nothing is confidential yet: everybody sees it.
    site.signed_in("second").get(&record).says("Zephyrquill");
    let page = officer.get(&record);
    let raised = officer.send(&page, "records-form", &record, &[("sensitivity", "sensitive")]);
    assert_eq!(raised.status.code, 303, "{}", raised.body);
    officer.get(&record).says("Zephyrquill");
    let reach = TeamReach { members: vec![user(site, "mate")], models: vec![MODEL.into()], ..TeamReach::default() };
    teams::save(&site.app, &Caller::command_line(), None, "Safeguarding", &reach).unwrap();

    let paths = pages(site);
    for who in ["second", "auditor", "admin"] {
        no_page_tells(&site.signed_in(who), &paths, who);
        no_method_tells(&Api::of(Site { app: site.app.clone() }, who), who);
        let file = taken_out(&site.signed_in(who));
        assert!(leaks("", &file).is_empty(), "a file tells {who}: {file}");
        let list = site.signed_in(who).get("/records/spp.grm.ticket?show=all");
        assert!(!list.body.contains("2026-000001"), "{who} sees that there is one");
        let ledger = site.signed_in(who).get("/settings/technical/email/messages");
        ledger.says("Confidential");
    }
    for who in ["officer", "mate"] {
        site.signed_in(who).get(&record).says("marzipanfox");
        assert!(taken_out(&site.signed_in(who)).contains("Zephyrquill"), "{who} takes it out");
        let api = Api::of(Site { app: site.app.clone() }, who);
        let found = api.call(MODEL, "search_count", [list([leaf("name", "=", s("Zephyrquill"))])]).unwrap();
        assert_eq!(found, Value::Integer(1), "{who}");
    }
    // Opened by two people: a row each, however often.
    site.signed_in("mate").get(&record);
    let opened = |login: &str| {
        let filter = mailgate::store::audit::AuditFilter { login: Some(login.into()), ..Default::default() };
        let (rows, _) = site.app.store.read(|db| mailgate::store::audit::list(db, &filter, 0, 100)).unwrap();
        rows.iter().filter(|row| row.action == "open").count()
    };
    assert_eq!(["officer", "mate", "second", "admin"].map(opened), [1, 1, 0, 0]);

    // An administrator sees its number and who is named, and may name themselves.
    let admin = site.signed_in("admin");
    let kept = admin.get("/settings/confidential");
    kept.says("2026-000001");
    kept.says("The officer");
    assert_eq!(admin.get(&record).location, format!("{record}/readers"));
    assert_eq!(admin.submit(&format!("{record}/readers"), &format!("{record}/readers/me"), &[]).status.code, 303);
    admin.get(&record).says("Zephyrquill");
    assert!(desk.audit(MODEL).iter().any(|(action, after)| action == "name_readers" && after.contains("The admin")));

    // Whoever gets it is named; once nobody is, administrators are told.
    let given =
        officer.send(&officer.get(&record), "records-form", &record, &[("user_id", &user(site, "second").to_string())]);
    assert_eq!(given.status.code, 303, "{}", given.body);
    site.signed_in("second").get(&record).says("Zephyrquill");
    teams::delete(&site.app, &Caller::command_line(), mailgate::domain::id::TeamId(1)).unwrap();
    assert_eq!(admin.submit(&format!("{record}/readers"), &format!("{record}/readers"), &[]).status.code, 303);
    admin.get("/").says("confidential record that nobody sees");
    assert_eq!(officer.get(&record).status.code, 404);
}

on_both! {
    fn what_comes_by_a_confidential_mailbox_is_seen_by_its_teams_alone(place: &Place) {
        let desk = Desk::new(place);
        let site = &desk.site;
        people(site);
        let server = IncomingServer { confidential: true, sender_policy: SenderPolicy::Everyone, ..desk.server.clone() };
        assert!(site.app.store.write(|db| servers::update(db, &server, 1)).unwrap());
        let reach =
            TeamReach { members: vec![user(site, "mate")], servers: vec![server.id], ..TeamReach::default() };
        teams::save(&site.app, &Caller::command_line(), None, "Safeguarding", &reach).unwrap();
        secret(&desk);
        let record = format!("/records/{MODEL}/1");
        site.signed_in("mate").get(&record).says("marzipanfox");
        for who in ["officer", "admin", "auditor"] {
            let browser = site.signed_in(who);
            let tells = [record.as_str(), "/", "/records/spp.grm.ticket?show=all", "/search?q=Zephyrquill",
                "/settings/technical/email/messages", "/settings/technical/email/messages/1"];
            for path in tells {
                let page = browser.get(path);
                assert!(leaks(path, &page.body).is_empty(), "{path} tells {who}:\n{}", page.body);
            }
            let api = Api::of(Site { app: site.app.clone() }, who);
            for model in [MODEL, "mail.message", "ir.attachment", "mailgate.message"] {
                let answer = format!("{:?}", api.call(model, "search_read", [list([])]));
                assert!(leaks("", &answer).is_empty(), "{model} tells {who}: {answer}");
            }
            // The ledger balances all the same.
            let seen = api.call("mailgate.message", "search_count", [list([])]).unwrap();
            assert_eq!(seen, Value::Integer(1), "{who}");
        }
        // A reply finds its way as ever.
        let reply = "From: Umbriel <vexilla@people.example>\nTo: support@mail.example\nSubject: Re: Zephyrquill\n\
            Message-ID: <two@test.example>\nIn-Reply-To: <one@test.example>\nDate: Sun, 22 Nov 2026 11:00:00 +0000\n\n\
            And the obsidiannote\n";
        desk.mail(reply);
        site.signed_in("mate").get(&record).says("obsidiannote");
    }
}
