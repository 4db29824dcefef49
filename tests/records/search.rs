//! Searching: by words wherever they stand on a record, in every script, in the ledger and among contacts; the index behind it follows every
//! change, is filled after an upgrade, and fails no delivery.

use std::collections::BTreeMap;
use std::time::Duration;

use mailgate::domain::id::RecordId;
use mailgate::domain::ledger::MailState;
use mailgate::domain::person::{Caller, Role};
use mailgate::operations::messages::{self, LedgerPart, LedgerRequest, Tab};
use mailgate::operations::partners::{self, TypedPartner};
use mailgate::operations::records::{self, Edit, FoundAnywhere, RecordQuery, Show};
use mailgate::operations::{App, indexing};
use mailgate::store::Backend;
use mailgate::store::search::index;

use crate::support::database::{execute, on_both};
use crate::support::desk::Desk;
use crate::support::wait_for;

const MODEL: &str = "spp.grm.ticket";

/// The titles that a search everywhere finds, best first.
fn found(app: &App, words: &str) -> Vec<String> {
    match records::find(app, &Desk::caller(Role::Officer), words).unwrap() {
        FoundAnywhere::One(_, id) => vec![format!("number {id}")],
        FoundAnywhere::All(groups) => groups.into_iter().flat_map(|group| group.lines).map(|line| line.name).collect(),
    }
}

/// How many lines of the list and of the ledger a search leaves.
fn listed(app: &App, words: &str) -> (usize, usize) {
    let query = RecordQuery { search: words.into(), ..RecordQuery::usual(Show::All) };
    let list = records::list(app, &Desk::caller(Role::Officer), MODEL, &query).unwrap();
    let ledger = LedgerRequest {
        tab: Tab::Seen,
        reason: None,
        server: None,
        connection: None,
        search: words.into(),
        part: LedgerPart::First,
    };
    let ledger = messages::list(app, &Caller::command_line(), &ledger).unwrap();
    (list.page.lines.len(), ledger.lines.len())
}

fn id_of(path: &str) -> RecordId {
    RecordId(path.rsplit('/').next().unwrap().parse().unwrap())
}

fn mail(from: &str, subject: &str, id: &str, more: &str, text: &str) -> String {
    format!(
        "From: {from}\nTo: support@mail.example\nSubject: {subject}\nMessage-ID: <{id}@people.example>\n{more}\
         Date: Sun, 22 Nov 2026 10:00:00 +0000\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"
    )
}

fn change(app: &App, id: RecordId, field: &str, value: &str) {
    let officer = Desk::caller(Role::Officer);
    let version = records::view(app, &officer, MODEL, id).unwrap().record.version;
    let values = BTreeMap::from([(field.to_owned(), value.to_owned())]);
    records::change(app, &officer, MODEL, id, &Edit { version, values, ..Edit::default() }).unwrap();
}

on_both! {
    fn a_record_is_found_by_any_word_of_its_conversation(place: &Place) {
        let desk = Desk::new(place);
        let app = &desk.site.app;
        let amina = "Amina Diallo <amina@people.example>";
        let card = desk.record(desk.mail(&mail(amina, "Carte", "card", "", "Ma carte de ration est déchirée.")));
        // A reply with a file.
        let boundary = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n";
        let reply = format!(
            "From: {amina}\nTo: support@mail.example\nSubject: Re: Carte\nMessage-ID: <reply@people.example>\n\
             In-Reply-To: <card@people.example>\nDate: Sun, 22 Nov 2026 11:00:00 +0000\n{boundary}\n--b\n\
             Content-Type: text/plain; charset=utf-8\n\nThe warehouse was closed.\n--b\nContent-Type: text/plain; name=\"Attestation-2026.txt\"\n\
             Content-Disposition: attachment; filename=\"Attestation-2026.txt\"\n\nx\n--b--\n"
        );
        assert_eq!(desk.record(desk.mail(&reply)), card);
        desk.notes(&card, 1);
        desk.plain("Fatou <fatou@people.example>", "The well", "It is dry. No ration here.");
        desk.plain("Somchai <s@people.example>", "Thai", "ฉันต้องการร้องเรียนเรื่องการจ่ายเงิน");
        desk.plain("Sok <sok@people.example>", "Khmer", "ខ្ញុំចង់ដាក់ពាក្យបណ្តឹងអំពីការទូទាត់ ២០២៥");
        desk.plain("Li <li@people.example>", "Chinese", "我想投诉付款问题");
        desk.plain("Ahmad <ahmad@people.example>", "Arabic", "شكوى من أحمد عن بطاقة المساعدة رقم ٤٥٦");
        for (words, titles) in [
            ("dechiree", vec!["Carte"]),
            ("DÉCHI", vec!["Carte"]),
            ("echiree", vec![]),
            ("amina warehouse", vec!["Carte"]),
            ("attestation", vec!["Carte"]),
            ("\"carte de ration\"", vec!["Carte"]),
            ("\"ration de carte\"", vec![]),
            ("\"warehouse was clo\"", vec![]),
            ("\"warehouse was clo", vec!["Carte"]),
            ("\"warehouse was closed\" \"carte de ration\"", vec!["Carte"]),
            ("\"warehouse closed\"", vec![]),
            ("note", vec!["Carte"]),
            ("\"note number 0\"", vec!["Carte"]),
            ("\"attestation 2026\"", vec!["Carte"]),
            // Not over the end of a text: from a mail into the next one, from its subject or its sender into what it says.
            ("dechiree the", vec!["Carte"]),
            ("\"est dechiree the warehouse\"", vec![]),
            ("\"closed note\"", vec![]),
            ("\"well it is\"", vec![]),
            ("\"example it\"", vec![]),
            ("\"amina diallo\"", vec!["Carte"]),
            ("\"diallo people\"", vec![]),
            ("2026/000001", vec!["Carte"]),
            ("000001/2026", vec![]),
            ("ration", vec!["The well", "Carte"]),
            ("ration well", vec!["The well"]),
            ("well", vec!["The well"]),
            ("fatou@people.example", vec!["The well"]),
            ("fatou@people.exa", vec!["The well"]),
            ("fatou@example.people", vec![]),
            ("ร้องเรียน", vec!["Thai"]),
            ("ការទូទាត់", vec!["Khmer"]),
            ("\"ការទូទាត់ 2025\"", vec!["Khmer"]),
            ("\"2025 ការទូទាត់\"", vec![]),
            ("2025", vec!["Khmer"]),
            ("付款", vec!["Chinese"]),
            ("شكوي احمد", vec!["Arabic"]),
            ("بطاقه", vec!["Arabic"]),
            ("\"بطاقه المساعده\"", vec!["Arabic"]),
            ("\"المساعده بطاقه\"", vec![]),
            ("456", vec!["Arabic"]),
            ("2026-000002", vec!["number 2"]),
            ("nowhere", vec![]),
            ("' OR \" * - : ( NEAR", vec![]),
        ] {
            assert_eq!(found(app, words), titles, "{words}");
        }
        assert_eq!(listed(app, "ration"), (2, 0));
        assert_eq!(listed(app, "carte"), (1, 2));
        assert_eq!(listed(app, "\"re carte\" amina support"), (0, 1));
        assert_eq!(listed(app, "reply@people.example").1, 1, "by its Message-ID");

        // What names a record fits better than what is said on it, a whole word better than its beginning, then the newest.
        desk.plain("a@people.example", "Waterworks", "Nothing");
        desk.plain("a@people.example", "Water", "Nothing");
        desk.plain("a@people.example", "Pump", "No water");
        desk.plain("a@people.example", "Tank", "No waterpipe");
        assert_eq!(found(app, "water"), ["Water", "Waterworks", "Pump", "Tank"]);
    }

    fn what_changes_is_found_as_it_is_now(place: &Place) {
        let desk = Desk::new(place);
        let app = &desk.site.app;
        let officer = Desk::caller(Role::Officer);
        let one = id_of(&desk.record(desk.plain("Amina <amina@people.example>", "Oldtitle", "The pump")));
        let two = id_of(&desk.record(desk.plain("Moussa <moussa@people.example>", "Second", "The bridge")));
        let typed = |name: &str| TypedPartner { name: name.into(), email: "amina@people.example".into(), ..TypedPartner::default() };
        let contact = partners::create(app, &officer, &typed("Amina Diallo")).unwrap();
        change(app, one, "partner_id", &contact.to_string());
        change(app, one, "name", "Newtitle");
        change(app, one, "description", "She is a widow");
        for (words, titles) in [("diallo", vec!["Newtitle"]), ("oldtitle nothing", vec![]), ("\"a widow\"", vec!["Newtitle"]), ("pump", vec!["Newtitle"])] {
            assert_eq!(found(app, words), titles, "{words}");
        }
        // The contact is called otherwise.
        partners::change(app, &officer, contact, &typed("Amina Diallo"), &typed("Aminata Sow")).unwrap();
        assert_eq!(found(app, "aminata pump"), ["Newtitle"]);
        assert!(found(app, "diallo").is_empty());
        let contacts = |words: &str| partners::search(app, &officer, words).unwrap().len();
        assert_eq!((contacts("sow"), contacts("diallo"), contacts("amina@people")), (1, 0, 1));
        // Merged: all words lead to the record that is left.
        let version = records::view(app, &officer, MODEL, two).unwrap().record.version;
        records::join(app, &officer, MODEL, two, version, Some("2026-000001")).unwrap();
        for words in ["bridge pump", "moussa", "aminata bridge"] {
            assert_eq!(found(app, words), ["Newtitle"], "{words}");
        }
        assert_eq!(found(app, "second"), ["Newtitle"], "the subject of its mail");
    }

    fn what_matched_is_shown_marked_and_escaped(place: &Place) {
        let desk = Desk::new(place);
        desk.plain("Awa <awa@people.example>", "Card", "<b>My RATION card</b> is lost & \"gone\"");
        let browser = desk.site.signed_in("officer");
        for page in ["/search?q=ration+lost", "/records/spp.grm.ticket?q=ration+lost"] {
            browser.get(page).says("&lt;b&gt;My <mark>RATION</mark> card&lt;/b&gt; is <mark>lost</mark> &amp;");
        }
        browser.get("/search?q=%22ration+card%22").says("My <mark>RATION card</mark>&lt;/b&gt; is lost");
    }

    fn a_long_conversation_is_found_whole(place: &Place) {
        let desk = Desk::new(place);
        let app = &desk.site.app;
        let filler = |word: &str, count: usize| format!("{} ", word).repeat(count);
        let first = mail("a@people.example", "Long", "long", "", &format!("{} lastword", filler("alpha", 9_990)));
        let record = desk.record(desk.mail(&first));
        change(app, id_of(&record), "description", "Described at once");
        for n in 0..3 {
            let more = "In-Reply-To: <long@people.example>\n";
            let text = format!("unique{n} {}", filler("beta", 7_000));
            assert_eq!(desk.record(desk.mail(&mail("a@people.example", "Re: Long", &format!("r{n}"), more, &text))), record);
            // As they come, each is added to what is there.
            assert_eq!(found(app, &format!("unique{n}")), ["Long"]);
        }
        for words in ["lastword", "unique0", "unique1", "unique2", "\"unique2 beta\" long", "\"unique1 beta\"", "\"described at\""] {
            assert_eq!(found(app, words), ["Long"], "{words}");
        }
        assert!(found(app, "\"beta unique1\"").is_empty(), "a mail and the next one");
        desk.mail(&mail("a@people.example", "Longer", "longer", "", &format!("{} beyond", filler("gamma", 10_000))));
        assert!(found(app, "beyond").is_empty(), "10,000 words are indexed");
        assert_eq!(found(app, "gamma"), ["Longer"]);
    }

    fn an_index_that_fails_fails_no_delivery_and_is_repaired(place: &Place) {
        let desk = Desk::new(place);
        let app = &desk.site.app;
        desk.plain("a@people.example", "Before", "Here from the beginning");
        assert_eq!(found(app, "beginning"), ["Before"]);
        let run = |sql: &str| execute(&app.pipeline().store, sql);
        let is_sqlite = app.store.backend() == Backend::Sqlite;
        run(match is_sqlite {
            true => "UPDATE searched_records_data SET block = x'FFFFFFFFFFFFFFFFFFFFFFFF'",
            false => "ALTER TABLE searched_records RENAME TO gone",
        });
        let id = desk.plain("b@people.example", "While", "It is broken");
        assert_eq!(desk.state(id), MailState::Delivered);
        let again = place.open();
        let _ = records::find(&again, &Desk::caller(Role::Officer), "broken");
        assert!(indexing::behind(&again).unwrap().failed > 0);
        if !is_sqlite {
            run("ALTER TABLE gone RENAME TO searched_records");
        }
        let again = place.open();
        let scheduler = again.start_scheduler().unwrap();
        wait_for("everything is indexed again", Duration::from_secs(20), || {
            (indexing::behind(&again).unwrap() == indexing::Behind::default()).then_some(())
        });
        assert_eq!((found(&again, "beginning"), found(&again, "broken")), (vec!["Before".into()], vec!["While".into()]));
        assert!(scheduler.stop(Duration::from_secs(10)));
    }

    fn what_was_there_before_the_index_is_indexed_behind_the_work_and_said(place: &Place) {
        let desk = Desk::new(place);
        let app = &desk.site.app;
        for n in 0..3 {
            desk.plain("Awa Sow <awa@people.example>", &format!("Case {n}"), "Long ago");
        }
        // As an upgrade leaves it: every row is older than the index.
        app.store.write(index::begin_anew).unwrap();
        assert!(found(app, "ago").is_empty());
        let browser = desk.site.signed_in("officer");
        browser.get("/search?q=ago").says("still being indexed (0 %)");
        assert_eq!(indexing::behind(app).unwrap().older_left, 6);
        desk.plain("Awa Sow <awa@people.example>", "Case 3", "Long ago");
        assert_eq!(found(app, "ago"), ["Case 3"], "what comes is found meanwhile");
        let scheduler = app.start_scheduler().unwrap();
        wait_for("all are found", Duration::from_secs(20), || (found(app, "ago").len() == 4).then_some(()));
        wait_for("nothing is left", Duration::from_secs(20), || {
            (indexing::behind(app).unwrap() == indexing::Behind::default()).then_some(())
        });
        assert!(!browser.get("/search?q=ago").body.contains("indexed"));
        assert!(scheduler.stop(Duration::from_secs(10)));
    }
}
