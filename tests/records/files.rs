//! Files of a record: attached to a note, read within the page, or opened in a tab of their own.

use crate::support::database::on_both;
use crate::support::desk::Desk;
use crate::web::site::Page;

const FORWARDED: &str = "From: Office <office@people.example>\nTo: support@mail.example\nSubject: Fwd: My pension\n\
     Message-ID: <forwarded@x>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n\
     --b\nContent-Type: text/html; charset=utf-8\n\n<p>See his mail. <img src=\"https://x.example/logo.png\" alt=\"Our logo\"></p>\n\
     --b\nContent-Type: message/rfc822\n\n\
     From: Peter Banda <peter@people.example>\nTo: office@people.example\nSubject: My pension\n\
     Date: Sun, 22 Nov 2026 10:00:00 +0000\n\nSince August <b>nothing</b> was paid.\n\
     --b\nContent-Type: text/csv; charset=utf-8\nContent-Disposition: attachment; filename=\"list.csv\"\n\nname,sum\nSow,<i>7</i>\n\
     --b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=\"form.pdf\"\n\n%PDF-1.4 and so on\n\
     --b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=\"page.pdf\"\n\n<script>alert(1)</script>\n--b--\n";

/// Where the page leads with a file of this name: what stands in a `href` before it and has these words in it.
fn link(page: &Page, file: &str, words: &str) -> String {
    let (_, rest) = page.body.split_once(&format!("<bdi>{file}</bdi>")).expect("the page names the file");
    let item = rest.split("</li>").next().unwrap();
    let found = item.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap().replace("&amp;", "&"));
    found.into_iter().find(|href| href.contains(words)).unwrap_or_else(|| panic!("no {words} of {file}: {item}"))
}

on_both! {
    fn what_came_along_is_read_within_the_record(place: &Place) {
        let desk = Desk::new(place);
        let record = desk.record(desk.mail(FORWARDED));
        let browser = desk.site.signed_in("auditor");
        let page = browser.get(&record);
        page.says("Blocked picture</span> Our logo");
        assert!(!page.body.contains("Since August"), "a file is shown when somebody asks");
        let mail = browser.get(link(&page, "My pension.eml", "open=").split('#').next().unwrap());
        for said in ["Peter Banda", "<bdi>My pension</bdi>", "Since August &lt;b&gt;nothing&lt;/b&gt; was paid."] {
            mail.says(said);
        }
        let text = browser.get(link(&page, "list.csv", "open=").split('#').next().unwrap());
        text.says("name,sum\nSow,&lt;i&gt;7&lt;/i&gt;");
        let closed = browser.get(link(&text, "list.csv", "#file-").split('#').next().unwrap());
        assert!(!closed.body.contains("name,sum"));

        let pdf = browser.get(&link(&page, "form.pdf", "/open"));
        assert_eq!((pdf.header("Content-Type"), pdf.header("X-Content-Type-Options")), ("application/pdf", "nosniff"));
        assert!(pdf.header("Content-Disposition").starts_with("inline; "));
        let policy = pdf.header("Content-Security-Policy");
        assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        let other = browser.get(&link(&page, "page.pdf", "/open"));
        assert_eq!(other.header("Content-Type"), "application/octet-stream", "it is none by its first bytes");
        assert!(other.header("Content-Disposition").starts_with("attachment; "));
        assert!(page.body.contains("target=\"_blank\" rel=\"noopener\"") && !page.body.contains("<iframe"));
    }

    fn files_go_along_with_a_note_once_and_within_bounds(place: &Place) {
        let desk = Desk::new(place);
        let record = desk.record(desk.plain("a@people.example", "Card lost", "Please help"));
        let browser = desk.site.signed_in("officer");
        let note = format!("{record}/note");
        let page = browser.get(&record);
        let [token, entry] = ["csrf_token", "seen_entry"].map(|name| {
            page.form("records-form").into_iter().find(|(known, _)| known == name).unwrap().1
        });
        let fields = [("csrf_token", token.as_str()), ("seen_entry", &entry), ("version", "1"), ("note", "Her card")];
        let files: [(&str, &[u8]); 2] = [("C:\\fake\\card.txt", b"Number 7"), ("photo.png", b"\x89PNG\r\n--x")];
        for _ in 0..2 {
            let sent = browser.upload_bare(&note, &fields, &files);
            assert_eq!(sent.status.code, 303, "{}", sent.body);
        }
        let page = browser.get(&record);
        assert_eq!(page.body.matches("<bdi>card.txt</bdi>").count(), 1, "sent twice, it is there once");
        let (before, _) = page.body.split_once("<bdi>photo.png</bdi>").expect("the page names the photo");
        let photo = before[before.rfind("/records/").unwrap()..].split('"').next().unwrap();
        let photo = browser.get(photo);
        assert_eq!(photo.header("Content-Type"), "application/octet-stream", "{}", photo.status);
        browser.get(link(&page, "card.txt", "open=").split('#').next().unwrap()).says("Number 7");

        // Without words, too; and other buttons leave what was typed.
        assert_eq!(browser.upload(&record, &note, &[("version", "1")], &[("only.csv", b"a")]).status.code, 303);
        browser.get(&record).says("<bdi>only.csv</bdi>");
        assert_eq!(browser.upload(&record, &note, &[("note", " ")], &[("", b"")]).status.code, 422, "nothing was said");
        let large = vec![b'x'; 26 << 20];
        let refused = browser.upload(&record, &note, &[("version", "1"), ("note", "Too much")], &[("large.bin", &large)]);
        assert_eq!(refused.status.code, 413);
        refused.says("25 MB together");
        refused.says("Too much</textarea>");
        assert!(!browser.get(&record).body.contains("large.bin"));
        let many: Vec<(&str, &[u8])> = (0..11).map(|_| ("n.txt", &b"n"[..])).collect();
        assert_eq!(browser.upload(&record, &note, &[("note", "Many")], &many).status.code, 413);
        let other = desk.site.signed_in("auditor");
        assert_eq!(other.upload(&record, &note, &[("note", "No")], &[("no.txt", b"no")]).status.code, 403);
        assert_eq!(browser.upload_bare(&note, &[("note", "No token")], &[("no.txt", b"no")]).status.code, 403);
        assert!(!browser.get(&record).body.contains("no.txt"));
    }

    fn a_star_is_one_press(place: &Place) {
        let desk = Desk::new(place);
        let record = desk.record(desk.plain("a@people.example", "Card lost", "Please help"));
        let browser = desk.site.signed_in("officer");
        let pressed = browser.submit(&record, &format!("{record}/priority"), &[("version", "1"), ("priority", "3")]);
        assert_eq!(pressed.status.code, 303, "{}", pressed.body);
        let page = browser.get(&record);
        page.says("Medium → Very high");
        page.says("value=\"3\" aria-pressed=\"true\"");
    }
}
