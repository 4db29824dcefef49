//! The first page: each tile leads to a list of exactly what it counts.

use mailgate::domain::server::SenderPolicy;

use crate::support::database::{execute, on_both};
use crate::support::desk::Desk;

/// The second is the officer's.
const LATE: &str = "UPDATE records SET due = '2026-11-01 00:00:00';
    UPDATE records SET user_id = (SELECT id FROM users WHERE login = 'officer') WHERE id = (SELECT MAX(id) FROM records)";

/// The last number of a list's pager, `1-2 / 2`; none where the list is empty.
fn total(body: &str) -> i64 {
    let Some((_, pager)) = body.split_once("class=\"pager\"") else { return 0 };
    let (_, rest) = pager.split_once(" / ").unwrap();
    rest.split('<').next().unwrap().trim().parse().unwrap()
}

on_both! {
    fn each_tile_leads_to_what_it_counts(place: &Place) {
        let desk = Desk::with(place, SenderPolicy::Known);
        for n in 0..3 {
            desk.plain(&format!("stranger{n}@people.example"), "Card lost", "Please help");
        }
        let everyone = Desk { server: desk.server_with(SenderPolicy::Everyone), site: desk.site.twin() };
        for n in 0..2 {
            everyone.plain(&format!("known{n}@people.example"), "Well", "The well is dry");
        }
        everyone.mail(
            "From: a@people.example\nTo: s@mail.example\nSubject: Gone\nMessage-ID: <gone@x>\n\
             Auto-Submitted: auto-replied\nIn-Reply-To: <y@x>\nReturn-Path: <>\n\nI am away\n",
        );
        // Both are late: an officer is told of those that are his, an administrator of all.
        execute(&everyone.site.app.store, LATE);
        for (login, count) in [("officer", 1), ("admin", 2)] {
            let browser = everyone.site.signed_in(login);
            let page = browser.get("/");
            let (before, _) = page.body.split_once("past the day on which they were due").expect(login);
            let path = before.rsplit_once("href=\"").unwrap().1.split('"').next().unwrap().replace("&amp;", "&");
            assert!(path.contains("show=overdue"), "{path}");
            assert_eq!(total(&browser.get(&path).body), count, "{login} {path}");
        }
        // An officer sees what is theirs, not the machine.
        let officer = everyone.site.signed_in("officer").get("/");
        officer.says("mails are held and wait for a decision");
        officer.says("Mails on each of the last 14 days");
        assert!(!officer.body.contains("Seen = delivered"), "the ledger is for who mends it");
        let browser = everyone.site.signed_in("admin");
        let page = browser.get("/");
        let tiles: Vec<(&str, i64)> = page.body.split("<a class=\"tile").skip(1).map(|tile| {
            let (_, rest) = tile.split_once("href=\"").unwrap();
            let (_, count) = rest.split_once("<strong>").unwrap();
            (rest.split('"').next().unwrap(), count.split('<').next().unwrap().parse().unwrap())
        }).collect();
        assert!(tiles.len() >= 10, "{tiles:?}");
        assert!(tiles.iter().filter(|(_, count)| *count > 0).count() >= 5, "{tiles:?}");
        // Open work by stage and by age leads to what it counts, too.
        let parts: Vec<(String, i64)> = page.body.split("<ul class=\"tabs\"").skip(1).flat_map(|list| {
            let list = list.split("</ul>").next().unwrap().split("<li>").skip(1);
            list.map(|one| {
                let (_, rest) = one.split_once("href=\"").unwrap();
                let (_, count) = rest.split_once("class=\"count\">").unwrap();
                (rest.split('"').next().unwrap().replace("&amp;", "&"), count.split('<').next().unwrap().parse().unwrap())
            }).collect::<Vec<_>>()
        }).collect();
        assert!(parts.len() >= 7 && parts.iter().filter(|(_, count)| *count > 0).count() >= 2, "{parts:?}");
        for (path, count) in parts {
            assert_eq!(total(&browser.get(&path).body), count, "{path}");
        }
        // Is mail arriving? Six today, and the two records that came of them.
        page.says("aria-label=\"Mails on each of the last 14 days, today last: 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6\"");
        page.says("6 mails and 2 records in all, 6 at most on one day");
        page.says("mails are held and wait for a decision");
        assert_eq!(page.body.matches("<rect class=\"row-0\"").count(), 2, "one bar of the mailbox, one of all");
        for (path, count) in tiles {
            assert_eq!(total(&browser.get(path).body), count, "{path}");
        }
    }
}
