//! The record page shows what came by mail, and nothing of it runs.

use crate::support::database::on_both;
use crate::support::desk::Desk;

const PICTURE: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// A mail with a harmless picture and everything that must not run.
pub fn hostile() -> String {
    format!(
        "From: \"<script>alert(1)</script>\" <evil@people.example>\nTo: support@mail.example\n\
         Subject: <img src=x onerror=alert(2)> \"quoted\"\nMessage-ID: <evil@x>\nMIME-Version: 1.0\n\
         Date: Sun, 22 Nov 2026 10:00:00 +0000\nContent-Type: multipart/related; boundary=b\n\n\
         --b\nContent-Type: text/html; charset=utf-8\n\n\
         <p onclick=\"alert(3)\">Hello <script>alert(4)</script><img src=\"cid:pic@x\" alt=\"the form\">\
         <img src=\"https://tracker.example/pixel.png\"><a href=\"javascript:alert(5)\">link</a>\
         <iframe src=\"https://x.example\"></iframe><form action=\"https://x.example\"><input name=a></form></p>\n\
         --b\nContent-Type: image/png\nContent-ID: <pic@x>\nContent-Disposition: inline; filename=\"form.png\"\n\
         Content-Transfer-Encoding: base64\n\n{PICTURE}\n\
         --b\nContent-Type: image/svg+xml\n\
         Content-Disposition: attachment; filename=\"a\\\"><script>alert(6)</script>.svg\"\n\n\
         <svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(7)</script></svg>\n--b--\n"
    )
}

on_both! {
    fn nothing_of_a_hostile_mail_runs(place: &Place) {
        let desk = Desk::new(place);
        let id = desk.mail(&hostile());
        let browser = desk.site.signed_in("officer");
        let record = desk.record(id);
        let ledger = "/settings/technical/email/messages";
        for path in [
            record.as_str(),
            ledger,
            &format!("{ledger}/{id}"),
            &format!("{ledger}/{id}/source"),
            "/records/spp.grm.ticket",
            &format!("{record}/contact"),
        ] {
            let page = browser.get(path);
            assert_eq!(page.status.code, 200, "{path}");
            for harm in
                ["<script>alert", "<img src=x", "<p onclick", "href=\"javascript:", "<iframe", "src=\"https://"]
            {
                assert!(!page.body.contains(harm), "{harm:?} stands on {path}:\n{}", page.body);
            }
        }
        let page = browser.get(&record);
        page.says("alt=\"the form\"");
        page.says(&format!("src=\"{record}/attachments/"));
        page.says("dir=\"auto\"");
        assert!(page.header("Content-Security-Policy").contains("script-src 'self'"));
    }

    fn a_reply_joins_and_marks_are_words(place: &Place) {
        let desk = Desk::new(place);
        let id = desk.mail(
            "From: Awa <a@people.example>\nTo: s@mail.example\nSubject: Well\nMessage-ID: <well@x>\n\
             List-Id: <l.x>\nDate: Sun, 22 Nov 2026 10:00:00 +0000\n\nThe well is dry\n",
        );
        let reply = desk.mail(
            "From: Awa <a@people.example>\nTo: s@mail.example\nSubject: Re: Well\nMessage-ID: <well2@x>\n\
             References: <well@x>\nDate: Sun, 22 Nov 2026 11:00:00 +0000\n\nStill without water\n",
        );
        assert_eq!(desk.record(id), desk.record(reply));
        let page = desk.site.signed_in("auditor").get(&desk.record(id));
        let first = page.body.find("The well is dry").unwrap();
        assert!(first < page.body.find("Still without water").unwrap(), "in the order in which they came");
        page.says("Mailing list");
        page.says("New mail");
    }

    fn a_stranger_s_reply_has_a_record_of_its_own_which_one_click_joins(place: &Place) {
        let desk = Desk::new(place);
        let id = desk.plain("Awa <awa@people.example>", "Well", "The well is dry");
        let answered = desk.view(id).message.message_id.unwrap();
        let reply = |from: &str, id: &str| {
            desk.mail(&format!(
                "From: {from}\nTo: s@mail.example\nSubject: Re: Well\nMessage-ID: <{id}@x>\nIn-Reply-To: {answered}\n\
                 Date: Sun, 22 Nov 2026 11:00:00 +0000\n\nStill without water\n"
            ))
        };
        let browser = desk.site.signed_in("officer");
        assert_eq!(desk.record(reply("awa@people.example", "own")), desk.record(id));
        assert!(!browser.get(&desk.record(id)).body.contains("From another address"));
        assert_eq!(desk.record(reply("AWA <phone@people.example>", "phone")), desk.record(id));
        browser.get(&desk.record(id)).says("From another address");
        let brother = reply("Brother <brother@people.example>", "brother");
        let (first, own) = (desk.record(id), desk.record(brother));
        assert_ne!(own, first);
        browser.get(&own).says(&format!("href=\"{first}\""));
        let page = browser.get(&first);
        page.says(&format!("href=\"{own}\""));
        page.says(&format!("action=\"{own}/join\""));
        let watching = desk.site.signed_in("auditor");
        assert!(!watching.get(&first).body.contains("/join\""), "an auditor changes nothing");
        assert_eq!(watching.submit(&first, &format!("{own}/join"), &[("version", "1")]).status.code, 403);
        assert_eq!(browser.submit(&own, &format!("{own}/join"), &[("version", "0")]).status.code, 409, "an older page");
        let joined = browser.submit(&own, &format!("{own}/join"), &[("version", "1")]);
        assert_eq!((joined.status.code, joined.header("Location")), (303, first.as_str()));
        assert_eq!(desk.record(brother), first);
        let gone = browser.get(&own);
        gone.says("This record was joined to another.");
        gone.says(&format!("href=\"{first}\""));
        assert!(!gone.body.contains(&format!("action=\"{own}/note\"")));
        assert_eq!(browser.submit(&first, &format!("{own}/stage"), &[("version", "2"), ("stage_id", "done")]).status.code, 409);
        watching.get("/settings/audit?action=join").says("Joined");
    }
}
