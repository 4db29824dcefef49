//! The first page: each tile leads to a list of exactly what it counts.

use mailgate::domain::server::SenderPolicy;

use crate::support::database::on_both;
use crate::support::desk::Desk;

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
        let everyone = Desk { server: desk.server_with(SenderPolicy::Everyone), ..desk };
        for n in 0..2 {
            everyone.plain(&format!("known{n}@people.example"), "Well", "The well is dry");
        }
        everyone.mail(
            "From: a@people.example\nTo: s@mail.example\nSubject: Gone\nMessage-ID: <gone@x>\n\
             Auto-Submitted: auto-replied\nIn-Reply-To: <y@x>\nReturn-Path: <>\n\nI am away\n",
        );
        let browser = everyone.site.signed_in("officer");
        let page = browser.get("/");
        let tiles: Vec<(&str, i64)> = page.body.split("<a class=\"tile").skip(1).map(|tile| {
            let (_, rest) = tile.split_once("href=\"").unwrap();
            let (_, count) = rest.split_once("<strong>").unwrap();
            (rest.split('"').next().unwrap(), count.split('<').next().unwrap().parse().unwrap())
        }).collect();
        assert!(tiles.len() >= 10, "{tiles:?}");
        assert!(tiles.iter().filter(|(_, count)| *count > 0).count() >= 5, "{tiles:?}");
        for (path, count) in tiles {
            assert_eq!(total(&browser.get(path).body), count, "{path}");
        }
    }
}
