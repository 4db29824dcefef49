//! The first fetch of a mailbox is an import: it is stopped, continued and undone as one, and nothing is lost or doubled by that.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use mailgate::background::Stop;
use mailgate::domain::fetching::{ImportDeed, ImportState};
use mailgate::domain::ledger::{AckState, MailState, Reason};
use mailgate::domain::message::SourceKey;
use mailgate::domain::now;
use mailgate::domain::person::{Caller, Role};
use mailgate::domain::protocol::Protocol;
use mailgate::domain::server::{IncomingServer, SenderPolicy, StartWith};
use mailgate::fetch::passes::Progress;
use mailgate::fetch::{MailboxVisit, PassError};
use mailgate::mailbox::{
    Abilities, AcknowledgeOrder, Each, FetchError, Listed, Mailbox, MailboxError, Missing, StartChoice, Survey,
    ToldOutcome,
};
use mailgate::operations::attachments::SentFiles;
use mailgate::operations::fetch::{self, ImportView};
use mailgate::operations::messages::{Deed, act};
use mailgate::operations::records::{self, Edit, Note, RecordQuery, Show};
use mailgate::operations::{OperationError, indexing, overview};
use mailgate::pipeline::repair;
use mailgate::store::messages::view;
use mailgate::store::{acknowledgements, servers};

use super::world::{GRIEVANCE, World, mail, mail_with};
use crate::support::database::on_both;
use crate::support::fake_mailbox::{FakeMailbox, Session};
use crate::support::wait_for;

fn person() -> Caller {
    Caller::command_line()
}

fn only(world: &World, server: &IncomingServer) -> ImportView {
    let mut all = fetch::imports_of(&world.app, &person(), server.id).unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn decide(world: &World, server: &IncomingServer, deed: ImportDeed) {
    let import = only(world, server).id;
    fetch::decide_import(&world.app, &person(), server.id, import, deed).unwrap();
}

/// As the thread of a running Mailgate does.
fn undo_all(world: &World) {
    while repair::go_on(world.pipeline()).unwrap() {}
}

fn titles(world: &World, show: Show) -> Vec<String> {
    let query = RecordQuery::usual(show);
    let list = records::list(&world.app, &person(), GRIEVANCE, &query).unwrap();
    assert_eq!(list.total.count as usize, list.page.lines.len());
    list.page.lines.into_iter().map(|line| line.name).collect()
}

/// A session that takes its time for each mail.
struct Slow(Session);

impl Mailbox for Slow {
    fn abilities(&self) -> Abilities {
        self.0.abilities()
    }

    fn survey(&mut self) -> Result<Survey, MailboxError> {
        self.0.survey()
    }

    fn choose(&mut self, choice: StartChoice) -> Result<Vec<SourceKey>, MailboxError> {
        self.0.choose(choice)
    }

    fn list(&mut self, keys: &[SourceKey]) -> Result<Vec<Result<Listed, Missing>>, MailboxError> {
        self.0.list(keys)
    }

    fn headers(&mut self, keys: &[SourceKey]) -> Result<Vec<Option<Vec<u8>>>, MailboxError> {
        self.0.headers(keys)
    }

    fn fetch(&mut self, batch: &[Listed], each: &mut Each<'_>) -> Result<(), FetchError> {
        self.0.fetch(batch, &mut |listed, body| {
            std::thread::sleep(Duration::from_millis(10));
            each(listed, body)
        })
    }

    fn acknowledge(&mut self, batch: &[AcknowledgeOrder]) -> Result<Vec<ToldOutcome>, MailboxError> {
        self.0.acknowledge(batch)
    }

    fn close(&mut self) -> Result<(), MailboxError> {
        self.0.close()
    }
}

/// One mail of each number, from another person each.
fn from(number: usize) -> String {
    mail(number).replace("amina@people", &format!("amina{number}@people"))
}

on_both! {
    fn the_first_fetch_is_an_import_and_what_comes_later_is_not(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::imap(7));
        let server = world.server(Protocol::Imap, |server| server.start_with = StartWith::All);
        (0..3).for_each(|number| mailbox.deliver(&from(number)));
        world.pass(&server, &mailbox).unwrap();
        let import = only(&world, &server);
        assert_eq!((import.state, import.found, import.done), (ImportState::Done, 3, 3));
        assert_eq!(import.deeds, [ImportDeed::Undo]);
        mailbox.deliver(&from(9));
        world.pass(&server, &mailbox).unwrap();
        decide(&world, &server, ImportDeed::Undo);
        undo_all(&world);
        assert_eq!(titles(&world, Show::All), ["Grievance 9"]);

        // Where nothing was chosen there is no import.
        let empty = world.server(Protocol::Imap, |server| server.start_with = StartWith::New);
        let other = FakeMailbox::imap(7);
        other.deliver(&from(20));
        world.pass(&empty, &other).unwrap();
        assert!(fetch::imports_of(&world.app, &person(), empty.id).unwrap().is_empty());
    }

    fn a_stopped_import_lets_new_mail_through_and_goes_on_where_it_was(place: &Place) {
        for protocol in [Protocol::Imap, Protocol::Pop] {
            let world = World::open(place);
            let mailbox = if protocol == Protocol::Imap { FakeMailbox::imap(7) } else { FakeMailbox::pop() };
            let base = 100 * (protocol == Protocol::Pop) as usize;
            let server = world.server(protocol, |server| {
                server.name = format!("{protocol:?}");
                server.start_with = StartWith::All;
            });
            let here = || world.ledger().iter().filter(|line| line.server_name == server.name).count();
            (0..150).for_each(|number| mailbox.deliver(&from(1000 + base * 100 + number)));
            // Part of it comes, and then the line is cut.
            mailbox.contents().breaks_after = Some(80);
            world.pass(&server, &mailbox).unwrap_err();
            mailbox.contents().breaks_after = None;
            assert!(here() < 150);
            decide(&world, &server, ImportDeed::Stop);
            assert_eq!(only(&world, &server).deeds, [ImportDeed::Continue, ImportDeed::Undo]);
            assert!(fetch::unfinished_imports(&world.app).unwrap().iter().any(|one| one.state == ImportState::Stopped));
            let shown = overview::overview(&world.app, &person()).unwrap().imports;
            assert!(shown.iter().any(|one| one.server == Some(server.id) && one.state == ImportState::Stopped));
            let again = fetch::decide_import(&world.app, &person(), server.id, only(&world, &server).id, ImportDeed::Stop);
            assert!(matches!(again, Err(OperationError::Refused(_))), "{again:?}");

            // As after a restart: another process knows it, too.
            mailbox.deliver(&from(9000 + base));
            let tally = world.pass(&server, &mailbox).unwrap();
            assert_eq!(tally.fetched, 1, "new mail alone");
            assert_eq!(only(&world, &server).state, ImportState::Stopped);
            assert!(titles_of(&world, &format!("Grievance {}", 9000 + base)));

            decide(&world, &server, ImportDeed::Continue);
            world.pass(&server, &mailbox).unwrap();
            let import = only(&world, &server);
            assert_eq!((import.state, import.found, import.done), (ImportState::Done, 150, 150));
            assert_eq!(here(), 151, "each once");
        }
    }

    fn what_came_after_a_stopped_import_comes_in_when_the_server_numbers_anew(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::imap(7));
        let server = world.server(Protocol::Imap, |server| server.start_with = StartWith::All);
        let long_ago = now() - TimeDelta::days(300);
        (0..20).for_each(|number| mailbox.contents().add(from(number).into_bytes(), long_ago));
        mailbox.contents().breaks_after = Some(5);
        world.pass(&server, &mailbox).unwrap_err();
        mailbox.contents().breaks_after = None;
        decide(&world, &server, ImportDeed::Stop);
        let here = world.ledger().len();
        // Mail that nobody fetched before the server was rebuilt.
        mailbox.deliver(&from(900));
        mailbox.renumber(Some(8));
        world.pass(&server, &mailbox).unwrap();
        assert!(titles_of(&world, "Grievance 900"), "new mail is no part of what was stopped");
        assert_eq!(world.ledger().len(), here + 1, "what was stopped stays out");
        assert_eq!(only(&world, &server).state, ImportState::Stopped);
        decide(&world, &server, ImportDeed::Continue);
        world.pass(&server, &mailbox).unwrap();
        let (mut here, mut all) = (titles(&world, Show::All), (0..20).chain([900]).map(|number| format!("Grievance {number}")).collect::<Vec<_>>());
        here.sort();
        all.sort();
        assert_eq!(here, all, "each once");
    }

    fn a_pass_that_fetches_it_ends_soon_after_somebody_stops_it(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::imap(7));
        let server = world.server(Protocol::Imap, |server| server.start_with = StartWith::All);
        (0..400).for_each(|number| mailbox.deliver(&from(number)));
        let (stop, progress) = (Stop::default(), Progress::default());
        let ended = std::thread::scope(|scope| {
            let pass = scope.spawn(|| {
                let mut session = Slow(mailbox.session());
                MailboxVisit::new(world.pipeline(), Arc::new(server.clone()), &mut session, &stop, &progress).run()
            });
            wait_for("a batch", Duration::from_secs(20), || (progress.snapshot().settled > 0).then_some(()));
            decide(&world, &server, ImportDeed::Stop);
            pass.join().unwrap()
        });
        assert!(matches!(ended, Err(PassError::Halted)), "{ended:?}");
        let here = world.ledger().len();
        assert!(here > 0 && here < 400, "{here}");
        let import = only(&world, &server);
        assert_eq!((import.state, import.found), (ImportState::Stopped, 400));
        assert!(import.done > 0 && import.done <= here as i32, "{import:?}");
        decide(&world, &server, ImportDeed::Continue);
        world.pass(&server, &mailbox).unwrap();
        assert_eq!((world.ledger().len(), only(&world, &server).done), (400, 400));
    }

    fn an_undo_takes_back_what_nobody_touched_and_says_what_it_left(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::imap(7));
        let server = world.server(Protocol::Imap, |server| {
            server.start_with = StartWith::All;
            server.delete_after_days = 14;
            server.after_fetch = mailgate::domain::server::AfterFetch::Delete;
        });
        (0..6).for_each(|number| mailbox.deliver(&from(number)));
        mailbox.deliver(&mail_with("X-Spam-Flag: YES\r\nMessage-ID: <spam@x>\r\n", "Spam", "Buy").replace("amina@", "spam@"));
        world.pass(&server, &mailbox).unwrap();
        let record = |number: usize| {
            let line = world.ledger().into_iter().find(|line| line.subject == Some(format!("Grievance {number}"))).unwrap();
            (line.id, line.res_id.unwrap())
        };
        // 1 has a note, 2 another stage, 3 was edited, 4 has a reply.
        let note = Note { text: "Called her".into(), ..Note::default() };
        records::note(&world.app, &person(), GRIEVANCE, record(1).1, &note, &mut SentFiles::default()).unwrap();
        let edit = |field: &str, value: &str| Edit { version: 1, values: [(field.to_owned(), value.to_owned())].into(), ..Edit::default() };
        records::change(&world.app, &person(), GRIEVANCE, record(2).1, &edit("stage_id", "in_progress")).unwrap();
        records::change(&world.app, &person(), GRIEVANCE, record(3).1, &edit("name", "The well")).unwrap();
        let reply = mail_with("Message-ID: <re@x>\r\nIn-Reply-To: <m4@people.example>\r\n", "Re: Grievance 4", "Still dry.");
        mailbox.deliver(&reply.replace("amina@people", "amina4@people"));
        world.pass(&server, &mailbox).unwrap();

        let officer = Caller { user: None, login: "o".into(), role: Role::Officer, address: None };
        let refused = fetch::decide_import(&world.app, &officer, server.id, only(&world, &server).id, ImportDeed::Undo);
        assert!(matches!(refused, Err(OperationError::Denied(_))), "{refused:?}");
        decide(&world, &server, ImportDeed::Undo);
        undo_all(&world);
        let import = only(&world, &server);
        let undo = &import.undo;
        assert_eq!((import.state, undo.taken_back, undo.worked_on, undo.more_mail, undo.handed_over), (ImportState::Undone, 3, 3, 1, 0));
        assert_eq!(undo.login, person().login);
        let mut left = titles(&world, Show::All);
        left.sort();
        assert_eq!(left, ["Grievance 1", "Grievance 2", "Grievance 4", "The well"]);
        assert_eq!(titles(&world, Show::NotAGrievance), Vec::<String>::new(), "nobody judged them");
        for number in [0, 5] {
            let (id, _) = record(number);
            let row = world.app.store.read(|db| view::find(db, id)).unwrap().unwrap();
            assert_eq!((row.state, row.reason), (MailState::Ignored, Some(Reason::ImportUndone)));
            assert!(row.source.is_some(), "its source stays");
            let told = world.app.store.read(|db| acknowledgements::get(db, id)).unwrap().unwrap();
            assert_eq!(told.state, AckState::Suspended, "it is not deleted at the server");
        }
        world.make_all_due();
        world.pass(&server, &mailbox).unwrap();
        assert!(mailbox.contents().mails.iter().filter(|mail| mail.source == from(0).as_bytes()).count() == 1, "it stays there");

        // Nobody works on what is out of the lists, until it is taken up again.
        let (zero, hidden) = record(0);
        let typed = records::change(&world.app, &person(), GRIEVANCE, hidden, &edit("name", "x"));
        assert!(matches!(typed, Err(OperationError::Conflict(_))), "{typed:?}");
        act(&world.app, &person(), zero, Deed::Deliver, "").unwrap();
        assert_eq!(record(0), (zero, hidden), "the record that it made");
        assert!(titles(&world, Show::All).contains(&"Grievance 0".to_owned()));
        let told = world.app.store.read(|db| acknowledgements::get(db, zero)).unwrap().unwrap();
        assert_eq!(told.state, AckState::Pending);

        // Its claim was free: the same mail that came anew is the one that counts.
        mailbox.deliver(&from(5));
        world.pass(&server, &mailbox).unwrap();
        assert_eq!(titles(&world, Show::All).iter().filter(|title| *title == "Grievance 5").count(), 1);
        decide(&world, &server, ImportDeed::Restore);
        undo_all(&world);
        let five: Vec<_> = world.ledger().into_iter().filter(|line| line.subject.as_deref() == Some("Grievance 5")).map(|line| (line.state, line.reason)).collect();
        assert_eq!(five, [(MailState::Ignored, Some(Reason::Duplicate)), (MailState::Delivered, None)], "nothing is doubled");
        assert_eq!(only(&world, &server).state, ImportState::Done);
        mailgate::pipeline::resume(world.pipeline(), chrono::TimeDelta::zero()).unwrap();
        assert_eq!(world.count(MailState::Held), 1, "the spam is held again");

        // And once more: those that were taken up are as untouched as they were.
        decide(&world, &server, ImportDeed::Undo);
        undo_all(&world);
        assert_eq!(only(&world, &server).undo.taken_back, 2);
    }

    fn a_conversation_that_came_with_the_import_is_undone_and_taken_up_whole(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::imap(7));
        let server = world.server(Protocol::Imap, |server| server.start_with = StartWith::All);
        let reply = |number: usize, to: usize| {
            let header = format!("Message-ID: <re{number}@x>\r\nIn-Reply-To: <m{to}@people.example>\r\n");
            mail_with(&header, &format!("Re: Grievance {to}"), "Still dry.").replace("amina@people", &format!("amina{to}@people"))
        };
        (1..4).for_each(|number| mailbox.deliver(&from(number)));
        mailbox.deliver(&reply(1, 1));
        mailbox.deliver(&reply(2, 1));
        mailbox.deliver(&reply(3, 2));
        world.pass(&server, &mailbox).unwrap();
        assert_eq!(titles(&world, Show::All).len(), 3);
        // The third has an answer from later.
        mailbox.deliver(&reply(4, 3));
        world.pass(&server, &mailbox).unwrap();
        decide(&world, &server, ImportDeed::Undo);
        undo_all(&world);
        let undo = only(&world, &server).undo;
        assert_eq!((undo.taken_back, undo.more_mail), (5, 1));
        assert_eq!(titles(&world, Show::All), ["Grievance 3"]);
        assert_eq!(world.count(MailState::Ignored), 5);

        // Whoever delivers one mail of a conversation has all of it again.
        let answer = world.ledger().into_iter().find(|line| line.subject.as_deref() == Some("Re: Grievance 1")).unwrap();
        act(&world.app, &person(), answer.id, Deed::Deliver, "").unwrap();
        assert_eq!((titles(&world, Show::All).len(), world.count(MailState::Ignored)), (2, 2));
        decide(&world, &server, ImportDeed::Restore);
        undo_all(&world);
        assert_eq!((titles(&world, Show::All).len(), world.count(MailState::Delivered)), (3, 7));
        // They are as untouched as they were.
        decide(&world, &server, ImportDeed::Undo);
        undo_all(&world);
        assert_eq!((titles(&world, Show::All), world.count(MailState::Ignored)), (vec!["Grievance 3".to_owned()], 5));
    }

    fn what_is_chosen_for_a_further_folder_changes_nothing_of_the_others(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::imap(7));
        let server = world.server(Protocol::Imap, |server| server.start_with = StartWith::New);
        let long_ago = now() - TimeDelta::days(300);
        (0..5).for_each(|number| mailbox.contents().add(from(number).into_bytes(), long_ago));
        world.pass(&server, &mailbox).unwrap();
        let server = IncomingServer { start_with: StartWith::All, ..server };
        mailbox.renumber(Some(8));
        mailbox.deliver(&from(9));
        world.pass(&server, &mailbox).unwrap();
        assert_eq!(titles(&world, Show::All), ["Grievance 9"], "what was never chosen stays out");
    }

    fn an_import_of_a_mailbox_that_is_left_is_shown_as_that(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::imap(7));
        let server = world.server(Protocol::Imap, |server| server.start_with = StartWith::All);
        (0..150).for_each(|number| mailbox.deliver(&from(number)));
        mailbox.contents().breaks_after = Some(80);
        world.pass(&server, &mailbox).unwrap_err();
        assert_eq!(fetch::unfinished_imports(&world.app).unwrap().len(), 1);
        let moved = world.app.store.write(|db| {
            let stored = servers::get(db, server.id)?.expect("it was made above");
            let other = IncomingServer { folder: "Elsewhere".into(), ..stored.settings };
            servers::update(db, &other, stored.version)
        });
        assert!(moved.unwrap());
        assert!(fetch::unfinished_imports(&world.app).unwrap().is_empty());
        let import = only(&world, &server);
        assert_eq!((import.is_current, import.deeds), (false, vec![ImportDeed::Undo]));
    }

    fn a_reply_brings_back_the_record_that_it_answers(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::imap(7));
        let server = world.server(Protocol::Imap, |server| server.start_with = StartWith::All);
        mailbox.deliver(&from(1));
        world.pass(&server, &mailbox).unwrap();
        decide(&world, &server, ImportDeed::Undo);
        undo_all(&world);
        assert!(titles(&world, Show::All).is_empty());
        let reply = mail_with("Message-ID: <re@x>\r\nIn-Reply-To: <m1@people.example>\r\n", "Re: Grievance 1", "Still dry.");
        mailbox.deliver(&reply.replace("amina@people", "amina1@people"));
        world.pass(&server, &mailbox).unwrap();
        assert_eq!(titles(&world, Show::All), ["Grievance 1"]);
        assert_eq!(world.states(), [(MailState::Delivered, None); 2]);
    }

    fn an_undo_of_a_running_import_leaves_the_rest_at_the_server(place: &Place) {
        let (world, mailbox) = (World::open(place), FakeMailbox::imap(7));
        let server = world.server(Protocol::Imap, |server| {
            server.start_with = StartWith::All;
            server.sender_policy = SenderPolicy::Everyone;
        });
        (0..150).for_each(|number| mailbox.deliver(&from(number)));
        mailbox.contents().breaks_after = Some(80);
        world.pass(&server, &mailbox).unwrap_err();
        mailbox.contents().breaks_after = None;
        let part = world.ledger().len();
        decide(&world, &server, ImportDeed::Undo);
        // A pass comes in the middle.
        repair::go_on(world.pipeline()).unwrap();
        assert_eq!(world.pass(&server, &mailbox).unwrap().fetched, 0);
        undo_all(&world);
        assert_eq!((world.ledger().len(), world.count(MailState::Ignored)), (part, part));
        decide(&world, &server, ImportDeed::Restore);
        undo_all(&world);
        assert_eq!(only(&world, &server).state, ImportState::Running);
        world.pass(&server, &mailbox).unwrap();
        assert_eq!((world.count(MailState::Delivered), only(&world, &server).state), (150, ImportState::Done));
    }
}

fn titles_of(world: &World, title: &str) -> bool {
    let query = RecordQuery { search: title.to_owned(), ..RecordQuery::usual(Show::All) };
    let count = || records::list(&world.app, &person(), GRIEVANCE, &query).unwrap().total.count;
    // A search waits for its index for some moments, and a busy machine may take longer.
    wait_for("the index", Duration::from_secs(20), || {
        count();
        (indexing::behind(&world.app).unwrap().changes == 0).then_some(())
    });
    count() == 1
}
