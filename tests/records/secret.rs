//! Confidential records: whoever is not named for one finds no word of it, on no page and by no method.

use mailgate::domain::id::{ExternalId, RecordId};
use mailgate::domain::person::{Caller, Role};
use mailgate::domain::server::{IncomingServer, SenderPolicy};
use mailgate::domain::text::SheetFormat;
use mailgate::operations::confidential::{self, TeamReach};
use mailgate::operations::records::{self, RecordQuery, Show};
use mailgate::operations::{external_ids, overview};
use mailgate::store::{servers, users};
use mailgate::xmlrpc::Value;
use rocket::http::Method;

use crate::rpc::client::{Api, leaf, list, members, s};
use crate::rpc::roles::RIGHTS;
use crate::support::database::{Place, execute, on_both};
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
    let rocket = mailgate::build(site.app.clone());
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

fn caller(site: &Site, login: &str) -> Caller {
    Caller { user: Some(user(site, login)), login: login.into(), role: Role::Officer, address: None }
}

fn conceal(site: &Site, login: &str, record: i32, on: bool) {
    confidential::conceal(&site.app, &caller(site, login), MODEL, RecordId(record), on).unwrap();
}

/// Whether somebody's page of this record is there.
fn sees(site: &Site, login: &str, record: i32) -> bool {
    site.signed_in(login).get(&format!("/records/{MODEL}/{record}")).status.code == 200
}

fn openings(site: &Site, login: &str) -> usize {
    let filter = mailgate::store::audit::AuditFilter { login: Some(login.into()), ..Default::default() };
    let (rows, _) = site.app.store.read(|db| mailgate::store::audit::list(db, &filter, 0, 100)).unwrap();
    rows.iter().filter(|row| row.action == "open").count()
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
    confidential::save_team(&site.app, &Caller::command_line(), None, "Safeguarding", &reach).unwrap();

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
    assert_eq!(["officer", "mate", "second", "admin"].map(|who| openings(site, who)), [1, 1, 0, 0]);

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
    confidential::delete_team(&site.app, &Caller::command_line(), mailgate::domain::id::TeamId(1)).unwrap();
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
        confidential::save_team(&site.app, &Caller::command_line(), None, "Safeguarding", &reach).unwrap();
        secret(&desk);
        let record = format!("/records/{MODEL}/1");
        site.signed_in("mate").get(&record).says("marzipanfox");
        let all = RecordQuery::usual(Show::All);
        let total = |who| records::list(&site.app, &caller(site, who), MODEL, &all).unwrap().total.count;
        assert_eq!((total("mate"), total("officer")), (1, 0));
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

    fn what_meets_a_confidential_record_gives_nothing_of_it_away(place: &Place) {
        let desk = Desk::new(place);
        let site = &desk.site;
        people(site);
        let api = |who: &str| Api::of(site.twin(), who);
        secret(&desk);
        conceal(site, "officer", 1, true);
        // Reading a file of it is opening it.
        api("officer").call("ir.attachment", "search_read", [list([])]).unwrap();
        assert_eq!(openings(site, "officer"), 1);

        // A stranger's answer quotes it: that is a record of its own, for the same people.
        desk.mail("From: Other <other@elsewhere.example>\nTo: support@mail.example\nSubject: Re: Zephyrquill\n\
            Message-ID: <other@test.example>\nIn-Reply-To: <one@test.example>\nDate: Sun, 22 Nov 2026 11:00:00 +0000\n\n\
            She asked me to write.\n> The marzipanfox took it\n");
        assert!(sees(site, "officer", 2) && !sees(site, "second", 2));
        // Nobody learns that there are any from how many came on a day; another process has counted nothing yet.
        let told = overview::overview(&place.open(), &caller(site, "second")).unwrap();
        assert_eq!(told.records.iter().flat_map(|of| &of.days).sum::<i64>(), 0);

        // It doesn't count by which of two mailboxes a mail was fetched first.
        let server = IncomingServer { name: "Private".into(), confidential: true, ..desk.server.clone() };
        let server = IncomingServer { id: site.app.store.write(|db| servers::insert(db, &server)).unwrap(), ..server };
        let reach = TeamReach { members: vec![user(site, "mate")], servers: vec![server.id], ..TeamReach::default() };
        confidential::save_team(&site.app, &Caller::command_line(), None, "Safeguarding", &reach).unwrap();
        let twice = "From: Awa <awa@people.example>\nTo: support@mail.example, private@mail.example\nSubject: Twice\n\
            Message-ID: <twice@test.example>\nDate: Sun, 22 Nov 2026 11:00:00 +0000\n\nTo both of you\n";
        desk.mail(twice);
        assert!(sees(site, "second", 3));
        Desk { site: site.twin(), server }.mail(twice);
        assert!(sees(site, "mate", 3) && !sees(site, "second", 3));

        // What goes into an open record takes nobody's work away; names on an open one open no other.
        let plain = |subject: &str| desk.plain("Binta <binta@people.example>", subject, "Please help");
        plain("Open");
        let mine = [list([Value::Integer(4)]), members([("user_id", Value::Integer(user(site, "second").0))])];
        api("officer").call(MODEL, "write", mine).unwrap();
        let into = [("into", Value::Integer(4))];
        api("officer").call_with(MODEL, "action_merge", [list([Value::Integer(2)])], into.clone()).unwrap();
        assert!(sees(site, "second", 4) && sees(site, "officer", 4) && !sees(site, "mate", 4));
        plain("Open, too");
        conceal(site, "mate", 5, true);
        conceal(site, "mate", 5, false);
        api("officer").call_with(MODEL, "action_merge", [list([Value::Integer(5)])], into).unwrap();
        assert!(sees(site, "second", 4) && !sees(site, "mate", 4));

        // Who may hand mail over can't put it on a record that they don't see.
        let handed = "From: Awa <awa@people.example>\nTo: x@mail.example\nSubject: Handed\nMessage-ID: <h@test.example>\n\nx\n";
        let onto = [("thread_id", Value::Integer(1))];
        let made = api("second").call_with("mail.thread", "message_process", [s(MODEL), s(handed)], onto).unwrap();
        assert!(matches!(made, Value::Integer(id) if id != 1), "{made:?}");

        // What a program calls it is in the audit, and not for others.
        let name = ExternalId { module: "old".into(), name: "Zephyrquill".into() };
        let officer = caller(site, "officer");
        site.app.store.write(|db| external_ids::create_in(db, &officer, &name, (MODEL, 1))).unwrap();
        let audit = site.signed_in("auditor").get("/settings/audit");
        assert!(leaks("", &audit.body).is_empty(), "{}", audit.body);

        // Once whoever is named is gone, administrators are told.
        let admin = Caller::command_line();
        assert_eq!(confidential::unnamed(&site.app, &admin).unwrap(), 0);
        mailgate::operations::users::set_active(&site.app, &admin, user(site, "officer"), false).unwrap();
        assert_eq!(confidential::unnamed(&site.app, &admin).unwrap(), 1);
    }

    fn a_file_that_is_written_while_records_become_confidential_ends_before_them(place: &Place) {
        let desk = Desk::new(place);
        let site = &desk.site;
        desk.plain("Binta <binta@people.example>", "Open", "Please help");
        let sql = |statement: &str| execute(&site.app.store, statement);
        sql("INSERT INTO records (model, number, name, description, stage_id, model_code, last_mail_at, create_date, write_date, date) \
             SELECT model, 'copy ' || n, 'Copy', '', stage_id, '', last_mail_at, create_date, write_date, date FROM records, \
             (WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 600) SELECT n FROM s) s WHERE id = 1");
        let (query, officer) = (RecordQuery::usual(Show::All), Caller { role: Role::Auditor, ..caller(site, "officer") });
        let file = records::begin_export(&site.app, &officer, MODEL, query, ("show=all", SheetFormat::Csv), &[]).unwrap();
        let mut rows = Vec::new();
        records::export(&site.app, &officer, &file, "en", |some| {
            rows.push(some.len());
            sql("UPDATE records SET confidential = TRUE");
            Ok(())
        }).unwrap();
        assert_eq!(rows, [500, 0]);
    }
}
