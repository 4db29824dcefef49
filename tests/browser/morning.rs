//! A morning at the desk: three thousand mails in six languages, and ten tasks, each within so many presses. What is pressed
//! or chosen counts; typing does not, nor does the way to it, be it a mouse's or the Tab key's.

use std::cell::Cell;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use mailgate::domain::id::{PostId, RecordId};
use mailgate::domain::person::{Caller, Role};
use mailgate::domain::protocol::Protocol;
use mailgate::domain::server::{IncomingServer, SenderPolicy, ServerState};
use mailgate::operations::{indexing, records};
use mailgate::store::{servers, users};

use super::sign_in;
use crate::intake::world::{GRIEVANCE, World};
use crate::support::app::{Installation, Serving};
use crate::support::browser::Browser;
use crate::support::database::Place;
use crate::support::fake_mailbox::FakeMailbox;
use crate::support::wait_for;
use crate::web::site::Site;

const MAILS: usize = 3_000;

/// Who writes what: English, French, Arabic, Spanish, Central Kurdish, Khmer.
const LANGUAGES: [(&str, &str, &str); 6] = [
    ("Amina Diallo", "Payment of October", "My payment of October has not arrived. I was registered in March."),
    (
        "Aïssatou Ba",
        "Versement d’octobre",
        "Bonjour, le versement d’octobre n’est pas arrivé. Je suis inscrite depuis mars.",
    ),
    ("فاطمة الزهراء", "دفعة أكتوبر", "لم تصل دفعة شهر أكتوبر، وأنا مسجّلة منذ شهر مارس."),
    ("María Quispe", "Pago de octubre", "No llegó mi pago de octubre; estoy inscrita desde marzo."),
    ("ئاوات", "پارەی تشرینی یەکەم", "پارەی مانگی تشرینی یەکەم نەهاتووە. ژمارەکەم 0750 123 4567 ە."),
    ("សុខា", "ប្រាក់ខែតុលា", "ខ្ញុំមិនទាន់បានទទួលប្រាក់ខែតុលាទេ។"),
];

/// What each way of working finds of its own.
struct Mine {
    /// Who wrote three times.
    person: &'static str,
    newsletter: &'static str,
    stranger: &'static str,
}

const MINE: [Mine; 3] = [
    Mine { person: "Awa Sow", newsletter: "Gazette", stranger: "Bineta" },
    Mine { person: "Moussa Keita", newsletter: "Bulletin", stranger: "Chandra" },
    Mine { person: "Rosa Mamani", newsletter: "Circular", stranger: "Dembo" },
];

const SUBJECTS: [&str; 3] = ["The roof of the school", "The bridge", "The pump"];

/// A mail as mailers write it, whatever its letters.
fn mail(number: usize, from: (&str, &str), subject: &str, text: &str) -> String {
    let word = |text: &str| format!("=?utf-8?B?{}?=", BASE64_STANDARD.encode(text));
    format!(
        "From: {} <{}>\r\nTo: grm@agency.example\r\nSubject: {}\r\nMessage-ID: <{number}@people.example>\r\n\
         Date: Sun, 22 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n",
        word(from.0),
        from.1,
        word(subject)
    )
}

/// Everything that came over night.
fn night() -> FakeMailbox {
    let mailbox = FakeMailbox::imap(7);
    let mut number = 0;
    let mut deliver = |name: &str, address: &str, subject: &str, text: &str| {
        mailbox.deliver(&mail(number, (name, address), subject, text));
        number += 1;
    };
    let own = MINE.len() * (SUBJECTS.len() + 10);
    for n in 0..MAILS - own {
        let (name, subject, text) = LANGUAGES[n % LANGUAGES.len()];
        let address = format!("p{}@people.example", n / LANGUAGES.len());
        deliver(name, &address, &format!("{subject} {n}"), &format!("{text} {n}"));
    }
    for mine in MINE {
        let address = format!("{}@people.example", mine.person.to_lowercase().replace(' ', "."));
        for subject in SUBJECTS {
            deliver(mine.person, &address, subject, "It is broken since the rains. Who can help?");
        }
        for n in 0..10 {
            deliver("The shop", "news@shop.example", &format!("{} {n}", mine.newsletter), "Buy now, pay later.");
        }
    }
    mailbox
}

/// The installation in the morning.
struct Office {
    serving: Serving,
    _place: Place,
}

impl Office {
    fn open() -> Self {
        let place = Place::sqlite();
        let world = World::open(&place);
        Site { app: world.app.clone() }.peopled();
        let server = world.server(Protocol::Imap, |_| {});
        world.pass(&server, &night()).unwrap();
        // Its second mailbox knows nobody.
        let careful = world.server(Protocol::Imap, |server| {
            server.name = "Programme office".into();
            server.sender_policy = SenderPolicy::Known;
        });
        let strangers = FakeMailbox::imap(8);
        for (number, mine) in MINE.iter().enumerate() {
            let address = format!("{}@elsewhere.example", mine.stranger.to_lowercase());
            strangers.deliver(&mail(10_000 + number, (mine.stranger, &address), "Who am I?", "We have not met."));
        }
        world.pass(&careful, &strangers).unwrap();
        let app = &world.app;
        app.store
            .write(|db| {
                // There is no such mail server.
                for server in [server, careful] {
                    servers::update(db, &IncomingServer { state: ServerState::Draft, ..server }, 1)?;
                }
                Ok::<_, mailgate::store::StoreError>(())
            })
            .unwrap();
        let people = app.store.read(users::assignees).unwrap();
        let (officer, _) = people.into_iter().find(|(_, name)| name == "The officer").unwrap();
        let caller = Caller { user: Some(officer), login: "officer".into(), role: Role::Officer, address: None };
        let (own, deed) = (vec![RecordId(1)], records::ManyDeed::Set("user_id".into(), officer.to_string()));
        records::many(app, &caller, GRIEVANCE, &records::ManyChosen::These(own), &deed, PostId(i32::MAX)).unwrap();
        let serving = Installation::new().set("DATA_DIR", place.config.data_dir.display()).serve();
        wait_for("the index", std::time::Duration::from_secs(120), || {
            (indexing::behind(app).unwrap() == indexing::Behind::default()).then_some(())
        });
        Self { serving, _place: place }
    }
}

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const CONTROL: &str = "\u{e009}";

/// Somebody at work, and what they pressed since their task began.
struct Hands<'a> {
    browser: &'a Browser,
    /// Without a mouse.
    keys: bool,
    scripts: bool,
    pressed: Cell<usize>,
}

impl Hands<'_> {
    /// Does a task with so many presses at most.
    fn within(&self, task: &str, most: usize, work: impl FnOnce()) {
        self.pressed.set(0);
        work();
        assert!(self.pressed.get() <= most, "{task}: {} presses, {most} at most", self.pressed.get());
    }

    fn count(&self) {
        self.pressed.set(self.pressed.get() + 1);
    }

    fn press(&self, words: &str) {
        self.count();
        match self.keys {
            true => {
                self.tab_to(words);
                self.browser.keys(ENTER);
            }
            false => self.browser.press(words),
        }
    }

    /// Presses a key of those that the page offers, or what it stands for.
    fn key(&self, key: &str, words: &str) {
        match self.keys {
            true => {
                self.count();
                self.browser.keys(key);
            }
            false => self.press(words),
        }
    }

    fn tick(&self, label: &str) {
        self.count();
        match self.keys {
            true => {
                self.tab_to(label);
                self.browser.keys(" ");
            }
            false => self.browser.choose(label),
        }
    }

    /// Goes to a field with one press, and types.
    fn write(&self, key: &str, label: &str, text: &str) {
        self.count();
        match (self.keys, key) {
            (false, _) => self.browser.fill(label, text),
            (true, "") => {
                self.tab_to(label);
                self.browser.keys(text);
            }
            (true, key) => {
                self.browser.keys(key);
                self.is_at(label);
                self.browser.keys(text);
            }
        }
    }

    fn tab_to(&self, words: &str) {
        for _ in 0..400 {
            if self.browser.focused() == words {
                return;
            }
            self.browser.keys(TAB);
        }
        panic!("the Tab key leads to no “{words}” on {}", self.browser.path());
    }

    /// Where one works on, with the keyboard, after a part of the page was replaced.
    fn is_at(&self, words: &str) {
        if self.keys {
            wait_for(&format!("“{words}” to have the focus"), std::time::Duration::from_secs(10), || {
                (self.browser.focused() == words).then_some(())
            });
        }
    }

    /// What came of it is said aloud, where scripts run.
    fn hears(&self, words: &str) {
        if self.scripts {
            wait_for(&format!("“{words}” to be said"), std::time::Duration::from_secs(10), || {
                self.browser.spoken().contains(words).then_some(())
            });
        }
    }

    fn sees(&self, words: &str) {
        self.browser.see(words);
    }
}

fn morning(hands: &Hands<'_>, mine: &Mine) {
    let browser = hands.browser;
    sign_in(browser, "officer");
    hands.within("my open work", 0, || {
        hands.sees("My open work");
        hands.sees("Payment of October 0");
    });
    hands.within("a person's case", 2, || {
        hands.write("/", "Find a case", &format!("{}{ENTER}", mine.person));
        hands.press(SUBJECTS[0]);
        hands.sees("It is broken since the rains.");
    });
    hands.within("earlier cases of this person", 0, || {
        hands.sees("2 others of the same person");
        hands.sees(SUBJECTS[1]);
        hands.sees(SUBJECTS[2]);
    });
    hands.within("assign to me", 1, || {
        hands.key("a", "Assign to me");
        hands.sees("Assigned to: — → The officer");
        hands.hears("The officer");
    });
    hands.within("change of stage", 1, || {
        hands.press("In Progress");
        hands.sees("Stage: New → In Progress");
        hands.is_at("In Progress");
        hands.hears("New → In Progress");
    });
    hands.within("a note", 2, || {
        hands.write("n", "Note", "Called her; she waits for the mason.");
        match hands.keys {
            true => {
                hands.count();
                browser.keys(&format!("{CONTROL}{ENTER}"));
            }
            false => hands.press("Add note"),
        }
        browser.see_value("Note", "");
        hands.sees("Called her; she waits for the mason.");
        hands.is_at("Note");
        hands.hears("Your note is added.");
    });

    browser.goto("/records/spp.grm.ticket");
    browser.press(&format!("Pago de octubre {}", 2_955));
    let first = browser.path();
    hands.within("the next record", 1, || {
        hands.key("j", "Next");
        browser.left(&first);
        hands.sees("Conversation");
    });

    browser.goto("/records/spp.grm.ticket");
    hands.within("ten newsletters away", 4, || {
        let enter = if hands.scripts { "" } else { ENTER };
        hands.write("", "Search", &format!("{}{enter}", mine.newsletter));
        hands.sees("All 10 that are shown");
        if hands.scripts {
            hands.is_at("Search");
            hands.hears("10");
        }
        hands.tick("All 10 that are shown");
        hands.press("Not a Grievance");
        hands.sees("10 were changed.");
        hands.hears("10 were changed.");
    });

    browser.goto(&format!("/records/spp.grm.ticket?show=all&q={}", mine.person.replace(' ', "+")));
    hands.within("export this list", 2, || {
        hands.press("Export…");
        hands.sees("Export this list");
        hands.press("CSV");
        let file = String::from_utf8(browser.downloaded()).unwrap();
        assert!(SUBJECTS.iter().all(|subject| file.contains(subject)), "{file}");
        assert_eq!(file.lines().count(), 1 + SUBJECTS.len(), "{file}");
    });

    browser.goto("/settings/technical/email/messages?state=held");
    let before = browser.text_of("[data-count=held]");
    hands.within("an unknown sender: create and deliver", 2, || {
        hands.press("Create a contact and deliver");
        hands.sees("delivered");
    });
    browser.goto("/settings/technical/email/messages?state=held");
    assert_ne!(browser.text_of("[data-count=held]"), before);
}

#[test]
fn a_morning_takes_so_many_presses_by_mouse_by_keyboard_and_without_javascript() {
    let office = Office::open();
    for (way, mine) in MINE.iter().enumerate() {
        let (keys, scripts) = (way == 1, way != 2);
        let browser = match scripts {
            true => Browser::open(&office.serving.url),
            false => Browser::without_javascript(&office.serving.url),
        };
        morning(&Hands { browser: &browser, keys, scripts, pressed: Cell::new(0) }, mine);
        assert_eq!(browser.console(), Vec::<String>::new());
    }
}
