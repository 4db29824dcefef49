//! A person's cases: found from everywhere, beside each other, corrected, entered by hand, taken out as a file.

use chrono::{NaiveDate, TimeDelta};
use mailgate::domain::Moment;
use mailgate::domain::person::Role;
use mailgate::store::StoreError;
use mailgate::store::records::list::RecordFilter;
use mailgate::store::records::report::{self, ReportCount};
use mailgate::store::sight::RecordSight;

use crate::support::database::{execute, on_both};
use crate::support::desk::Desk;

const LIST: &str = "/records/spp.grm.ticket";

/// What a ZIP holds under this name.
pub fn entry_of_zip(zip: &[u8], path: &str) -> String {
    let number =
        |at: usize, bytes: usize| zip[at..at + bytes].iter().rev().fold(0, |sum, byte| sum * 256 + usize::from(*byte));
    let end = zip.len() - 22;
    assert!(zip[end..].starts_with(b"PK\x05\x06"), "a ZIP ends with its directory");
    let mut line = number(end + 16, 4);
    for _ in 0..number(end + 10, 2) {
        let name = number(line + 28, 2);
        if &zip[line + 46..line + 46 + name] == path.as_bytes() {
            let (packed, begins) = (number(line + 20, 4), number(line + 42, 4) + 30 + name);
            let mut text = String::new();
            let mut packed = flate2::read::DeflateDecoder::new(&zip[begins..begins + packed]);
            std::io::Read::read_to_string(&mut packed, &mut text).unwrap();
            let mut crc = flate2::Crc::new();
            crc.update(text.as_bytes());
            assert_eq!((crc.sum() as usize, text.len()), (number(line + 16, 4), number(line + 24, 4)));
            return text;
        }
        line += 46 + name;
    }
    panic!("no {path}")
}

on_both! {
    fn what_a_person_wrote_before_stands_beside_each_record_and_on_their_page(place: &Place) {
        let desk = Desk::new(place);
        let first = desk.record(desk.plain("Awa Sow <awa@people.example>", "Card lost", "Please help"));
        let second = desk.record(desk.plain("Awa Sow <awa@people.example>", "No payment", "Since May"));
        desk.plain("Moussa <moussa@people.example>", "Well", "It is dry");
        let browser = desk.site.signed_in("officer");
        let page = browser.get(&second);
        page.says("One other of the same person");
        page.says(&format!("href=\"{first}\""));
        assert!(!page.body.contains("Well"), "another person's");

        let contact = format!("{second}/contact");
        let new = [("version", "1"), ("name", "Awa Sow"), ("email", "awa@people.example")];
        assert_eq!(browser.submit(&contact, &format!("{contact}/new"), &new).status.code, 303);
        let third = desk.record(desk.plain("awa@people.example", "Third", "Again"));
        let page = browser.get(&second);
        page.says("2 others of the same person");
        let (_, rest) = page.body.split_once("href=\"/contacts/").expect("the contact leads to their page");
        let person = format!("/contacts/{}", rest.split('"').next().unwrap());
        let shown = browser.get(&person);
        for title in ["Card lost", "No payment", "Third"] {
            shown.says(title);
        }
        shown.says(&format!("{third}#post-"));

        // Corrected, unless somebody else did meanwhile.
        let was = [("was-name", "Awa Sow"), ("was-email", "awa@people.example"), ("was-phone", "")];
        let typed = [("name", "Awa Sow"), ("email", "awa@people.example"), ("phone", "+221 33 000")];
        assert_eq!(browser.submit(&person, &person, &[&was[..], &typed[..]].concat()).status.code, 303);
        let late = browser.submit(&person, &person, &[&was[..], &[("name", "Awa S."), ("email", "")]].concat());
        assert_eq!(late.status.code, 409);
        late.says("+221 33 000");
        late.says("value=\"Awa S.\"");
        let wrong = [("was-name", "Awa Sow"), ("was-email", "awa@people.example"), ("was-phone", "+221 33 000"), ("name", "")];
        assert_eq!(browser.submit(&person, &person, &wrong).status.code, 422);
        // Lists go by the contact's name, as it is now.
        let (was, now) = ([("was-name", "Awa Sow")], [("name", "Zeinab")]);
        let rest = [("was-email", "awa@people.example"), ("email", "awa@people.example"), ("was-phone", "+221 33 000"), ("phone", "+221 33 000")];
        assert_eq!(browser.submit(&person, &person, &[&was[..], &now, &rest].concat()).status.code, 303);
        let sorted = crate::records::list::titles(&browser.get(&format!("{LIST}?show=all&order=from")).body);
        let place = |title: &str| sorted.iter().position(|one| one == title);
        assert!(place("Well") < place("No payment"), "Moussa, Zeinab: {sorted:?}");
        let auditor = desk.site.signed_in("auditor");
        auditor.get(&person).says("Card lost");
        assert_eq!(auditor.submit("/preferences", &person, &[&was[..], &typed[..]].concat()).status.code, 403);
    }

    fn one_search_on_every_page_finds_records_settled_or_not_and_people(place: &Place) {
        let desk = Desk::new(place);
        let record = desk.record(desk.plain("Awa Sow <awa@people.example>", "Card lost", "Please help"));
        let browser = desk.site.signed_in("officer");
        let done = browser.submit(&record, &format!("{record}/stage"), &[("version", "1"), ("stage_id", "done")]);
        assert_eq!(done.status.code, 303);
        for page in ["/", "/preferences", LIST] {
            browser.get(page).says("action=\"/search\"");
        }
        browser.get("/search?q=awa+card").says(&format!("href=\"{record}?list=show%3Dall%26q%3Dawa%2Bcard\""));
        assert_eq!(browser.get("/search?q=2026-000001").location, record, "a number leads to its record");
        browser.get("/search?q=nobody").says("No match");
        assert_eq!(browser.get("/search?q=").status.code, 200);
    }

    fn a_walk_in_is_entered_by_hand(place: &Place) {
        let desk = Desk::new(place);
        let browser = desk.site.signed_in("officer");
        browser.get(LIST).says(&format!("href=\"{LIST}/new\""));
        let new = format!("{LIST}/new");
        let page = browser.get(&new);
        page.says("In person");
        let typed = [
            ("name", "Card lost"), ("description", "She came to the office.\nNo phone."), ("partner_name", "Awa Sow"),
            ("channel", "in_person"), ("priority", "2"), ("mine", "1"),
        ];
        let made = browser.submit(&new, &new, &typed);
        assert_eq!(made.status.code, 303, "{}", made.body);
        let page = browser.get(&made.location);
        for said in ["She came to the office.<br>No phone.", "Awa Sow", "Channel: — → In person", "Assigned to: — → The officer"] {
            page.says(said);
        }
        browser.get(&format!("{LIST}?show=mine&q=office")).says("Card lost");
        let wrong = browser.submit(&new, &new, &[("name", " "), ("description", "Typed"), ("channel", "phone")]);
        assert_eq!(wrong.status.code, 422);
        wrong.says("Typed</textarea>");
        wrong.says("Title is required.");
        let auditor = desk.site.signed_in("auditor");
        assert_eq!(auditor.get(&new).status.code, 403);
        assert!(!auditor.get(LIST).body.contains("/new\""));
    }

    fn what_a_list_shows_is_taken_out_as_a_file_and_the_audit_knows(place: &Place) {
        let desk = Desk::new(place);
        desk.plain("Awa Sow <awa@people.example>", "=1+1 \"card\", lost", "Please help");
        for n in 0..3 {
            desk.plain(&format!("p{n}@people.example"), &format!("Well {n}"), "It is dry");
        }
        let browser = desk.site.signed_in("officer");
        browser.get(&format!("{LIST}?q=well")).says("/export?q=well");
        let page = format!("{LIST}/export");
        let take = |list: &str, file: &str, columns: &[(&str, &str)]| {
            browser.submit(&page, &page, &[&[("list", list), ("file", file)], columns].concat())
        };
        let file = take("order=number", "csv", &[]);
        assert!(file.header("Content-Disposition").contains("Grievances.csv"));
        let lines: Vec<&str> = file.body.lines().collect();
        assert_eq!(lines.len(), 5, "{}", file.body);
        assert!(lines[0].starts_with("\u{feff}\"Number\",\"Title\",\"Registrant\""), "{}", lines[0]);
        assert!(lines[1].starts_with("\"2026-000001\",\"'=1+1 \"\"card\"\", lost\",\"\",\"Awa Sow\",\"awa@people.example\",\"New\""), "{}", lines[1]);
        assert!(lines[1].contains("\"Email\",\"Medium\",\"Standard\""), "the module's own fields: {}", lines[1]);
        let columns = [("column", "date"), ("column", "name"), ("column", "number")];
        let some = take("q=well&order=-number", "csv", &columns);
        let expected = ["\u{feff}\"Number\",\"Title\",\"Date\"", "\"2026-000004\",\"Well 2\",\"2026-11-22 10:00:00\""];
        assert_eq!(some.body.lines().take(2).collect::<Vec<_>>(), expected);
        assert_eq!(some.body.lines().count(), 4);
        let ticked = browser.get(&page).body;
        assert!(ticked.contains("value=\"date\" checked") && !ticked.contains("value=\"stage_id\" checked"), "{ticked}");
        let book = take("order=number", "xlsx", &columns).bytes;
        let sheet = entry_of_zip(&book, "xl/worksheets/sheet1.xml");
        assert!(sheet.contains("<row r=\"2\"><c r=\"A2\" s=\"0\" t=\"inlineStr\"><is><t xml:space=\"preserve\">2026-000001</t>"), "{sheet}");
        assert!(sheet.contains("s=\"4\" t=\"inlineStr\"><is><t xml:space=\"preserve\">=1+1 &quot;card&quot;, lost</t>"), "no formula: {sheet}");
        assert!(sheet.contains("<c r=\"C2\" s=\"1\"><v>46348.416666"), "a date is a number: {sheet}");
        let audit = desk.audit("spp.grm.ticket");
        assert!(audit[1].0 == "export" && audit[1].1.contains("q=well") && audit[0].1.contains("xlsx"), "{audit:?}");
    }

    fn a_month_is_told_in_numbers_on_a_page_and_in_a_file(place: &Place) {
        let desk = Desk::new(place);
        let first = desk.record(desk.plain("Awa Sow <awa@people.example>", "Card lost", "Please help"));
        desk.plain("Moussa <moussa@people.example>", "Well", "It is dry");
        let browser = desk.site.signed_in("officer");
        browser.get(LIST).says("/report\">Monthly report</a>");
        let done = browser.submit(&first, &format!("{first}/stage"), &[("version", "1"), ("stage_id", "done")]);
        assert_eq!(done.status.code, 303, "{}", done.body);
        let report = format!("{LIST}/report");
        let page = browser.get(&format!("{report}?month=2026-11"));
        page.says("Monthly report: November 2026");
        page.says("<strong>2</strong>Received");
        page.says("<strong>1</strong>Settled");
        page.says("<strong>1</strong>Open at the end");
        page.says("2 received and 1 settled in this month");
        for by in ["Stage", "Channel", "Mailbox"] {
            page.says(&format!("<h2>{by}</h2>"));
        }
        page.says("<bdi>Support</bdi></td><td class=\"number\" data-label=\"Received\">2</td>");
        browser.get(&format!("{report}?month=2026-10")).says("<strong>0</strong>Received");
        assert_eq!(browser.get(&format!("{report}?month=nonsense")).status.code, 200);
        let file = browser.get(&format!("{report}/file?file=csv&month=2026-11"));
        assert!(file.body.contains("\"November 2026\",\"All\",\"2\",\"1\","), "{}", file.body);
        assert!(file.body.contains("\"Mailbox\",\"Support\",\"2\",\"1\","), "{}", file.body);
        let book = browser.get(&format!("{report}/file?file=xlsx&month=2026-11")).bytes;
        assert!(entry_of_zip(&book, "xl/worksheets/sheet1.xml").contains("<c r=\"C2\"><v>2</v></c>"));
        let audit = desk.audit("spp.grm.ticket");
        assert!(audit[0].0 == "export" && audit[0].1.contains("2026-11"), "{audit:?}");
    }

    fn what_is_kept_of_days_tells_what_a_count_of_the_records_does(place: &Place) {
        let desk = Desk::new(place);
        let store = &desk.site.app.store;
        let at = |hours: i64| NaiveDate::from_ymd_opt(2026, 3, 1).unwrap().and_hms_opt(0, 0, 0).unwrap() + TimeDelta::hours(hours);
        // Dated, settled if it is, and seen by an auditor: one each five hours of twelve days, every other one by e-mail.
        let mut all: Vec<(Moment, Option<Moment>, bool)> = (0..60)
            .map(|n| (at(n * 5), (n % 3 > 0).then(|| at(n * 5 + (n * 37) % 150 - 20)), n % 7 > 0))
            .collect();
        const COLUMNS: &str = "id, model, number, name, description, active, last_mail_at, date, model_code, create_date, write_date, \
            closed, closed_at, confidential, extra, stage_id";
        const STAGE: &str = "(SELECT MIN(id) FROM stages WHERE model = 'spp.grm.ticket')";
        let rows = all.iter().enumerate().map(|(n, (date, closed_at, seen))| {
            let ended = closed_at.map_or("NULL".to_owned(), |at| format!("'{at}'"));
            let extra = if n % 2 == 0 { r#"{"channel":"email"}"# } else { "{}" };
            format!(
                "({}, 'spp.grm.ticket', 'K{n}', '', '', {}, '{date}', '{date}', '', '{date}', '{date}', {}, {ended}, {}, '{extra}', {STAGE})",
                n + 1_000, n != 59, closed_at.is_some(), !seen
            )
        });
        let rows: Vec<String> = rows.collect();
        execute(store, &format!(
            "INSERT INTO records ({COLUMNS}) VALUES {}; DELETE FROM records WHERE id = 1058; \
             UPDATE records SET closed = FALSE, closed_at = NULL WHERE id = 1056; UPDATE records SET date = '{}' WHERE id = 1055",
            rows.join(", "), at(1)
        ));
        all.truncate(58);
        (all[56].1, all[55].0) = (None, at(1));
        let moments = [at(0), at(21), at(48), at(51), at(57), at(144), at(240)];
        let check = |sight: RecordSight, sees_all: bool| {
            let base = RecordFilter { model: "spp.grm.ticket".into(), sight, ..RecordFilter::default() };
            let count = |by_mail: Option<bool>, is: &dyn Fn(Moment, Option<Moment>) -> bool| {
                let mut shown = all.iter().enumerate().filter(|(_, (_, _, seen))| *seen || sees_all).collect::<Vec<_>>();
                shown.retain(|(n, (date, ended, _))| by_mail.is_none_or(|by_mail| by_mail == (n % 2 == 0)) && is(*date, *ended));
                shown.len() as i64
            };
            let sum = |counts: &[ReportCount], by_mail: bool| {
                counts.iter().filter(|one| one.class.channel.is_some() == by_mail).map(|one| one.count).sum::<i64>()
            };
            let within = |from: Moment, end: Moment| move |date: Moment, _: Option<Moment>| date >= from && date < end;
            let windows: Vec<i64> = moments.windows(2).map(|two| count(None, &within(two[0], two[1]))).collect();
            store.read(|db| {
                assert_eq!(report::received_between(db, &base, &moments)?, windows, "{sees_all}");
                for end in moments {
                    let (received, open) = (report::received(db, &base, at(5), end)?, report::open_at(db, &base, end)?);
                    for by_mail in [true, false] {
                        assert_eq!(sum(&received, by_mail), count(Some(by_mail), &within(at(5), end)), "{sees_all} {end}");
                        let expected = count(Some(by_mail), &|date, ended| date < end && ended.is_none_or(|ended| ended >= end));
                        assert_eq!(sum(&open, by_mail), expected, "{sees_all} {end}");
                    }
                }
                Ok::<_, StoreError>(())
            }).unwrap();
        };
        let auditor = || store.read(|db| RecordSight::of(db, &Desk::caller(Role::Auditor))).unwrap();
        check(RecordSight::machine(), true);
        check(auditor(), false);
        // So much that going through it takes long.
        let day = at(7);
        execute(store, &format!(
            "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 5001) INSERT INTO records ({COLUMNS}) \
             SELECT i + 10000, 'spp.grm.ticket', 'L' || i, '', '', TRUE, '{day}', '{day}', '', '{day}', '{day}', FALSE, NULL, TRUE, '{{}}', {STAGE} \
             FROM c"
        ));
        check(auditor(), false);
    }

    fn a_record_is_merged_into_another_by_its_number(place: &Place) {
        let desk = Desk::new(place);
        let first = desk.record(desk.plain("Awa <awa@people.example>", "Card lost", "Please help"));
        let second = desk.record(desk.plain("Awa <awa@phone.example>", "My card", "It is lost"));
        let browser = desk.site.signed_in("officer");
        let join = format!("{second}/join");
        for (number, said) in [("2026-000009", "There is no Grievance with the number"), ("2026-000002", "is what was joined")] {
            let page = browser.submit(&second, &join, &[("version", "1"), ("into", number)]);
            assert_eq!(page.status.code, 422, "{number}");
            page.says(said);
            page.says(&format!("value=\"{number}\""));
        }
        let done = browser.submit(&second, &join, &[("version", "1"), ("into", " 2026-000001 ")]);
        assert_eq!((done.status.code, done.location.as_str()), (303, first.as_str()));
        let page = browser.get(&first);
        page.says("It is lost");
        browser.get(&second).says(&format!("href=\"{first}\""));
        assert!(!browser.get(LIST).body.contains("My card"));
    }

    fn what_a_mail_quotes_is_folded_and_its_links_open_beside_the_page(place: &Place) {
        let desk = Desk::new(place);
        let record = desk.record(desk.mail(
            "From: a@people.example\nTo: s@mail.example\nSubject: Card\nMessage-ID: <c@x>\nMIME-Version: 1.0\n\
             Content-Type: text/html; charset=utf-8\n\n\
             <p>Still lost, see <a href=\"https://people.example/a?b=1\">here</a>.</p>\
             <blockquote><p>When did you lose it?</p></blockquote>\n",
        ));
        let page = desk.site.signed_in("officer").get(&record);
        page.says("<details class=\"quoted\"><summary>Quoted text and signature</summary><blockquote>");
        page.says("<a target=\"_blank\" href=\"https://people.example/a?b=1\"");
    }
}
