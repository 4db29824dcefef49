//! The states that pages come to while somebody works: mistakes, what is open, empty, refused, cut off. None has a barrier
//! that axe-core finds by the rules of WCAG 2.2 AA, and none scrolls sideways; on a phone and on a desk, light and dark.

use std::panic::{AssertUnwindSafe, catch_unwind};

use mailgate::domain::server::{IncomingServer, SenderPolicy};
use mailgate::domain::words;
use mailgate::store::servers;

use super::sign_in;
use crate::support::app::{Installation, PASSWORD};
use crate::support::browser::Browser;
use crate::support::database::{Place, execute};
use crate::support::desk::Desk;

/// A step on the way to a state.
enum Step {
    /// Signs in, from scratch.
    As(&'static str),
    /// The officer's language from now on.
    Speak(&'static str),
    Fill(&'static str, &'static str),
    Press(&'static str),
    Go(&'static str),
    See(&'static str),
    /// The words of this key, in the officer's language.
    Says(&'static str),
    Keys(&'static str),
    /// Cuts the line, or mends it.
    Offline(bool),
    /// The session ends.
    Ended,
    /// Something happens meanwhile.
    Sql(&'static str),
    /// A reply comes to the first record.
    Reply,
}
use Step::*;

const LIST: &str = "/records/spp.grm.ticket";
const RECORD: &str = "/records/spp.grm.ticket/1";
const LEDGER: &str = "/settings/technical/email/messages";
const MAIL: &str = "/settings/technical/email/messages/HELD";
const SERVERS: &str = "/settings/technical/email/incoming";

/// What each state is called, the page that it begins at (the one that is open, where there is none), and the way to it.
const STATES: &[(&str, &str, &[Step])] = &[
    ("login", "/login", &[]),
    (
        "login-wrong",
        "/login",
        &[Fill("Login", "officer"), Fill("Password", "no"), Press("Sign in"), See("Wrong login")],
    ),
    // At work.
    ("overview", "/", &[As("officer"), See("Needs you now")]),
    ("overview-table", "", &[Press("As a table")]),
    ("account-menu", "", &[Press("TThe officer")]),
    ("shortcuts", RECORD, &[Keys("?"), See("Keyboard shortcuts")]),
    ("record", RECORD, &[See("Conversation")]),
    ("record-quoted", "", &[Press("Quoted text and signature")]),
    ("record-file", "", &[Press("Read list.csv"), See("Close")]),
    ("record-merge", RECORD, &[Press("Merge into another…")]),
    (
        "record-merge-unknown",
        "",
        &[Fill("Number of the other record", "2026-999999"), Press("Merge"), See("There is no Grievance")],
    ),
    ("record-wrong", RECORD, &[Fill("Title", " "), Press("Save"), See("Title is required")]),
    ("record-note-empty", RECORD, &[Press("Add note"), See("Write something first")]),
    (
        "record-draft",
        RECORD,
        &[Fill("Note", "Called her, and"), Press("Medium"), See("is still here, and not saved yet")],
    ),
    ("record-restored", RECORD, &[See("Discard what I typed")]),
    ("record-came", "", &[Reply, Press("High"), See("A mail came while this page was open")]),
    (
        "record-conflict",
        "",
        &[
            Fill("Title", "Mine"),
            Sql("UPDATE records SET name = 'Theirs', version = version + 1 WHERE id = 1"),
            Press("Save"),
            See("Somebody else changed"),
        ],
    ),
    ("record-noted", "", &[Fill("Title", "Theirs"), Fill("Note", "A note"), Press("Add note"), See("A note")]),
    (
        "record-here",
        RECORD,
        &[
            Sql(
                "INSERT INTO visits (record_id, user_id, seen) SELECT 1, id, '2999-01-01 00:00:00' FROM users WHERE login = 'admin'",
            ),
            Go(RECORD),
            See("has this record open, too"),
        ],
    ),
    ("record-assigned", "", &[Press("Assign to me"), See("Assigned to: — → The officer")]),
    ("record-closed", "", &[Press("Done"), See("how did it end?")]),
    ("record-reopened", "", &[Press("In Progress"), See("Done → In Progress")]),
    ("record-split", RECORD, &[Press("Split off"), See("This mail has a record of its own now.")]),
    ("record-joined", "", &[Press("Undo"), See("joined this record")]),
    ("record-gone", "/records/spp.grm.ticket/4", &[See("This record was joined to another")]),
    ("record-set-aside", "/records/spp.grm.ticket/3", &[Press("Not a Grievance"), See("Nothing is lost")]),
    ("record-print", "/records/spp.grm.ticket/1/print", &[See("Back to the record")]),
    ("record-contact", "/records/spp.grm.ticket/2/contact", &[See("New contact")]),
    ("record-contact-none", "", &[Fill("Name, address or phone", "zzz"), See("No match.")]),
    (
        "record-contact-wrong",
        "/records/spp.grm.ticket/2/contact",
        &[Fill("Name", "Awa Sow"), Fill("Email", "nonsense"), Press("Create and link")],
    ),
    (
        "record-contact-linked",
        "/records/spp.grm.ticket/2/contact",
        &[
            Fill("Email", "awa.sow@people.example"),
            Fill("Name", "Awa Sow"),
            Press("Create and link"),
            See("Conversation"),
        ],
    ),
    ("contact", "", &[Press("Awa Sow"), See("Registrant")]),
    ("contact-wrong", "", &[Fill("Email", "nonsense"), Press("Save")]),
    ("by-hand", "/records/spp.grm.ticket/new", &[See("Who complains")]),
    ("by-hand-wrong", "", &[Fill("Title", " "), Fill("Email", "nonsense"), Press("Save"), See("another look")]),
    ("list-nothing", "/records/spp.grm.ticket?q=zzz", &[See("Nothing found")]),
    (
        "list-overdue",
        "/records/spp.grm.ticket?show=overdue",
        &[
            Sql("UPDATE records SET due = '2026-11-01 00:00:00' WHERE id = 1"),
            Go("/records/spp.grm.ticket?show=overdue"),
            See("Overdue"),
        ],
    ),
    ("overview-overdue", "/", &[See("past the day on which they were due")]),
    ("list-closed-none", "/records/spp.grm.ticket?show=closed", &[See("Nothing found")]),
    ("list-empty", "/records/helpdesk.ticket", &[]),
    ("search", "/search?q=card", &[See("Grievances")]),
    ("search-none", "/search?q=zzzz", &[See("No match")]),
    ("held", "/settings/technical/email/messages?state=held", &[See("Create a contact and deliver")]),
    ("held-all", "", &[Press("Create contacts for unknown senders…")]),
    ("held-mail", MAIL, &[See("What to do")]),
    ("held-correct", "", &[Press("Correct it, then deliver")]),
    ("held-correct-wrong", "", &[Fill("Join the record", "2026-999999"), Press("Deliver as corrected")]),
    ("held-who", "/settings/technical/email/messages/HELD/sender", &[See("Create")]),
    ("held-who-none", "", &[Fill("Name, address or phone", "zzz"), See("No match.")]),
    ("held-source", "/settings/technical/email/messages/HELD/source", &[]),
    ("ledger", LEDGER, &[See("Delivered")]),
    ("ledger-nothing", "/settings/technical/email/messages?q=zzz", &[See("Nothing found")]),
    ("ledger-mail", "/settings/technical/email/messages/1", &[]),
    ("preferences", "/preferences", &[]),
    (
        "password-wrong",
        "",
        &[Fill("Current password", "no"), Fill("New password", "short"), Press("Change password"), See("another look")],
    ),
    ("not-found", "/no-such-page", &[See("There is no such page")]),
    (
        "offline",
        RECORD,
        &[Fill("Note", "On the way"), Offline(true), Press("Add note"), See("Not sent: no connection.")],
    ),
    ("ended", "", &[Offline(false), Ended, Press("Add note"), See("You were signed out.")]),
    (
        "ended-back",
        "",
        &[Fill("Login", "officer"), Fill("Password", PASSWORD), Press("Sign in"), See("What you wrote is here again")],
    ),
    // In two other languages, one of which runs from the right.
    ("fr-overview", "/", &[Speak("fr"), Says("overview-needs")]),
    ("fr-record", RECORD, &[Says("records-note-add")]),
    ("fr-record-wrong", "", &[Fill("Titre", " "), Press("Enregistrer"), Says("records-save")]),
    ("fr-list", LIST, &[Says("records-filters")]),
    ("fr-held-mail", MAIL, &[Says("messages-decide")]),
    ("fr-not-found", "/no-such-page", &[Says("error-404-title")]),
    ("fr-nothing", "/records/spp.grm.ticket?q=zzz", &[Says("records-none-found")]),
    ("ar-overview", "/", &[Speak("ar"), Says("overview-needs")]),
    ("ar-record", RECORD, &[Says("records-note-add")]),
    ("ar-record-wrong", "", &[Fill("العنوان", " "), Press("حفظ"), Says("records-save")]),
    ("ar-list", LIST, &[Says("records-filters")]),
    ("ar-held-mail", MAIL, &[Says("messages-decide")]),
    ("ar-print", "/records/spp.grm.ticket/1/print", &[Says("records-print-back")]),
    ("ar-by-hand", "/records/spp.grm.ticket/new", &[Says("records-who")]),
    ("ar-nothing", "/records/spp.grm.ticket?q=zzz", &[Says("records-none-found")]),
    // Whoever reads, and whoever sets it up.
    ("auditor-record", RECORD, &[As("auditor"), See("Conversation")]),
    ("auditor-held", MAIL, &[]),
    (
        "settings",
        "/settings",
        &[As("admin"), Press("Activate the developer mode"), See("Deactivate the developer mode")],
    ),
    ("technical-menu", "", &[Press("Technical")]),
    (
        "server-wrong",
        "/settings/technical/email/incoming/new",
        &[Fill("Name", "x"), Fill("Server Name", "not a host"), Press("Test & Confirm"), See("another look")],
    ),
    ("server-delete", "/settings/technical/email/incoming/1/delete", &[]),
    ("servers", SERVERS, &[]),
    (
        "alias-wrong",
        "/settings/technical/email/aliases/new",
        &[Fill("Address before @", "not an address"), Press("Save"), See("another look")],
    ),
    (
        "connection-wrong",
        "/settings/technical/email/connections/new",
        &[Fill("Name", "x"), Fill("URL", "nonsense"), Press("Save"), See("another look")],
    ),
    ("deadlines", "/settings/records/spp.grm.ticket", &[See("Deadlines")]),
    (
        "working-days-wrong",
        "/settings/working-days",
        &[Fill("Holidays", "Christmas"), Press("Save"), See("does not begin with a day")],
    ),
    (
        "category-wrong",
        "/settings/records/spp.grm.ticket/categories/new",
        &[Fill("Name", " "), Press("Save"), See("another look")],
    ),
    ("audit", "/settings/audit", &[]),
    ("audit-nothing", "/settings/audit?login=zzz", &[]),
    ("nodes", "/settings/technical/nodes", &[]),
];

/// Width, and whether it is dark: each state is looked at in one way, and its neighbours in the others.
const LOOKS: [(u32, bool); 4] = [(360, false), (1280, true), (360, true), (1280, false)];

fn mails(desk: &Desk) -> String {
    desk.mail(
        "From: Awa Sow <awa@people.example>\nTo: support@mail.example\nSubject: Card lost\nMessage-ID: <lost@x>\n\
         MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html; charset=utf-8\n\n\
         <p>Please help.</p><p><img src=\"https://elsewhere.example/a.png\" alt=\"logo\"></p>\
         <blockquote>You wrote:<br>Which card?</blockquote>\n--b\nContent-Type: text/csv\n\
         Content-Disposition: attachment; filename=\"list.csv\"\n\na,b\n1,2\n--b--\n",
    );
    desk.mail(&reply(1));
    desk.plain("Awa Sow <awa.sow@people.example>", "No payment", "Since May");
    desk.plain("news@shop.example", "Newsletter", "Buy now");
    let mut server =
        IncomingServer { name: "Careful".into(), sender_policy: SenderPolicy::Known, ..desk.server.clone() };
    server.id = desk.site.app.store.write(|db| servers::insert(db, &server)).unwrap();
    let careful = Desk { server, site: desk.site.twin() };
    let held = careful.plain("Stranger <stranger@elsewhere.example>", "Who am I?", "We have not met.");
    careful.plain("Other <other@elsewhere.example>", "Nor I", "We have not met either.");
    held.to_string()
}

fn reply(number: u32) -> String {
    format!(
        "From: Awa Sow <awa@people.example>\nTo: support@mail.example\nSubject: Re: Card lost\nMessage-ID: <again{number}@x>\n\
         In-Reply-To: <lost@x>\n\nStill nothing\n"
    )
}

#[test]
#[ignore = "needs a quarter of an hour"]
fn no_state_of_a_page_has_a_barrier() {
    assert!(STATES.len() >= 80, "{}", STATES.len());
    let place = Place::sqlite();
    let desk = Desk::new(&place);
    let held = mails(&desk);
    let serving = Installation::new().set("DATA_DIR", place.config.data_dir.display()).serve();
    let browser = Browser::open(&serving.url);
    let sql = |statement: &str| {
        execute(&desk.site.app.store, statement);
    };
    let (mut language, mut found, mut replies) = ("en", Vec::new(), 1);
    for (number, (name, path, steps)) in STATES.iter().enumerate() {
        // Everything is within reach of the mouse on a desk.
        browser.look(1280, false);
        let path = path.replace("HELD", &held);
        if !path.is_empty() && !matches!(steps.first(), Some(As(_) | Speak(_))) {
            browser.goto(&path);
        }
        // The others are looked at all the same.
        let way = AssertUnwindSafe(|| {
            for step in *steps {
                match step {
                    As(login) => {
                        browser.forget_cookies();
                        sign_in(&browser, login);
                        language = "en";
                        browser.goto(&path);
                    }
                    Speak(other) => {
                        language = other;
                        sql(&format!("UPDATE users SET language = '{other}' WHERE login = 'officer'"));
                        browser.goto(&path);
                    }
                    Fill(label, text) => browser.fill(label, text),
                    Press(words) => browser.press(words),
                    Go(path) => browser.goto(path),
                    See(words) => browser.see(words),
                    Says(key) => browser.see(&words::text(language, key)),
                    Keys(keys) => browser.keys(keys),
                    Offline(offline) => browser.offline(*offline),
                    Ended => browser.forget_cookies(),
                    Sql(statement) => sql(statement),
                    Reply => {
                        replies += 1;
                        desk.mail(&reply(replies));
                    }
                }
            }
        });
        if catch_unwind(way).is_err() {
            found.push(format!("{name}: it was not reached, see above"));
            continue;
        }
        let (width, dark) = LOOKS[number % LOOKS.len()];
        browser.look(width, dark);
        browser.screenshot(&format!("state-{name}"));
        found.extend(browser.barriers().into_iter().map(|line| format!("{name}: {line}")));
        let overflow = browser.overflow();
        if overflow > 0 {
            found.push(format!("{name}: {overflow} px too wide at {width}"));
        }
    }
    assert!(found.is_empty(), "{} things:\n{}", found.len(), found.join("\n"));
}
