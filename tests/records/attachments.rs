//! Attachments are cut from the source and leave so that no browser runs them.

use std::collections::BTreeSet;

use crate::records::conversation::hostile;
use crate::support::database::on_both;
use crate::support::desk::Desk;
use crate::web::site::Page;

/// The ids of all attachments that a record's page names.
fn named(page: &Page) -> BTreeSet<String> {
    page.body.split("/attachments/").skip(1).map(|rest| rest.split(['"', '/']).next().unwrap().to_owned()).collect()
}

on_both! {
    fn downloads_are_files_and_only_pictures_are_shown(place: &Place) {
        let desk = Desk::new(place);
        let record = desk.record(desk.mail(&hostile()));
        let browser = desk.site.signed_in("officer");
        let ids = named(&browser.get(&record));
        let mut shown = Vec::new();
        for id in &ids {
            let path = format!("{record}/attachments/{id}");
            let file = browser.get(&path);
            assert_eq!(file.status.code, 200);
            assert!(file.header("Content-Disposition").starts_with("attachment; "));
            assert_eq!(file.header("Content-Type"), "application/octet-stream");
            assert_eq!(file.header("X-Content-Type-Options"), "nosniff");
            let policy = file.header("Content-Security-Policy");
            assert!(policy.starts_with("sandbox") && policy.contains("frame-ancestors 'none'"), "{policy}");
            let inline = browser.get(&format!("{path}/inline"));
            if inline.status.code == 200 {
                assert!(inline.header("Content-Security-Policy").starts_with("sandbox"));
                shown.push(inline.header("Content-Type").to_owned());
            }
            assert_eq!(desk.site.browser().get(&path).status.code, 303, "nobody signed in");
        }
        assert_eq!((ids.len(), shown), (2, vec!["image/png".to_owned()]), "an SVG can carry a script");
        let other = desk.record(desk.plain("b@people.example", "Other", "Text"));
        let foreign = format!("{other}/attachments/{}", ids.first().unwrap());
        assert_eq!(browser.get(&foreign).status.code, 404, "an attachment belongs to its record");
    }

    fn a_large_attachment_comes_back_whole(place: &Place) {
        let desk = Desk::new(place);
        let text = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+\n".repeat(60_000);
        let record = desk.record(desk.mail(&format!(
            "From: a@people.example\nSubject: Large\nMessage-ID: <large@x>\nMIME-Version: 1.0\n\
             Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nSee the file\n\
             --b\nContent-Type: text/csv\nContent-Disposition: attachment; filename=\"list.csv\"\n\n{text}\n--b--\n"
        )));
        let browser = desk.site.signed_in("officer");
        let id = named(&browser.get(&record)).pop_first().unwrap();
        let file = browser.get(&format!("{record}/attachments/{id}"));
        assert!(file.body.replace("\r\n", "\n").trim_end() == text.trim_end(), "{} bytes came", file.body.len());
    }
}
