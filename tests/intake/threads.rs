//! Which mails belong together: whatever mailers, gateways and people made of their signs, a reply finds its record, and
//! nobody's mail lands on the record of somebody he has nothing to do with.

use mailgate::domain::conversation::PostKind;
use mailgate::domain::id::{MessageId, RecordId};
use mailgate::domain::ledger::{MailState, Reason};
use mailgate::domain::message::Mark;
use mailgate::domain::person::Caller;
use mailgate::domain::protocol::Protocol;
use mailgate::domain::server::{IncomingServer, SenderPolicy};
use mailgate::operations::attachments::SentFiles;
use mailgate::operations::records::{self, Note, RecordView, ShownUpTo};
use mailgate::pipeline::{Piped, keep_piped, resume};
use mailgate::store::messages;
use mailgate::store::messages::view::MessageRow;

use super::world::{GRIEVANCE, World};
use crate::support::database::on_both;

/// A mail of one line: its head, `From:` first, and the text of its body.
fn mail(from: &str, subject: &str, id: &str, fields: &str) -> String {
    mail_with(from, subject, id, fields, "I still have no card.")
}

fn mail_with(from: &str, subject: &str, id: &str, fields: &str, text: &str) -> String {
    let id = if id.is_empty() { String::new() } else { format!("Message-ID: {id}\n") };
    let fields = if fields.is_empty() { String::new() } else { format!("{fields}\n") };
    let to = if fields.contains("To: grm@") || fields.starts_with("To:") { "" } else { "To: grm@agency.example\n" };
    format!(
        "From: {from}\n{to}Subject: {subject}\nDate: Sun, 22 Nov 2026 10:00:00 +0000\n{id}{fields}\
         Content-Type: text/plain; charset=utf-8\n\n{text} {id}\n"
    )
    .replace('\n', "\r\n")
}

struct Mailbox<'w> {
    world: &'w World,
    server: IncomingServer,
}

impl<'w> Mailbox<'w> {
    fn of(world: &'w World) -> Self {
        Self { world, server: world.server(Protocol::Imap, |_| {}) }
    }

    fn keep(&self, mail: &str) -> Piped {
        keep_piped(self.world.pipeline(), &self.server, &mut mail.as_bytes()).unwrap()
    }

    /// Mails that come one after the other.
    fn receive(&self, mails: &[String]) -> Vec<MessageId> {
        let settled = |mail: &String| {
            let piped = self.keep(mail);
            let id = piped.id;
            piped.settle(self.world.pipeline()).unwrap();
            id
        };
        mails.iter().map(settled).collect()
    }

    /// Mails that are found together.
    fn receive_together(&self, mails: &[String]) -> Vec<MessageId> {
        let ids: Vec<MessageId> = mails.iter().map(|mail| self.keep(mail).id).collect();
        resume(self.world.pipeline(), chrono::TimeDelta::zero()).unwrap();
        ids
    }

    fn record(&self, id: MessageId) -> RecordId {
        let line = self.world.ledger().into_iter().find(|line| line.id == id).unwrap();
        line.res_id.unwrap_or_else(|| panic!("{line:?} made no record"))
    }

    fn view(&self, id: MessageId) -> RecordView {
        let record = self.record(id);
        records::view(&self.world.app, &Caller::command_line(), GRIEVANCE, record).unwrap()
    }

    fn row(&self, id: MessageId) -> MessageRow {
        self.world.app.store.read(|db| messages::view::find(db, id)).unwrap().unwrap()
    }

    fn trace(&self, id: MessageId) -> String {
        format!("{:?}", self.row(id).trace)
    }
}

const CITIZEN: &str = "Citizen <citizen@people.example>";

/// Each is two mails that belong together, with a name.
fn belong_together() -> Vec<(&'static str, String, String)> {
    let first = |id: &str| mail(CITIZEN, "My card", id, "");
    let reply = |fields: &str| mail(CITIZEN, "About it", "<reply@people.example>", fields);
    let plain = |name, cited: &str| (name, first("<Ca=Se.1@People.Example>"), reply(cited));
    let long = format!("<{}26@people.example>", "a".repeat(90));
    let encoded = format!("=?utf-8?q?=3C{}26=40people=2Eexample=3E?=", "a".repeat(90));
    let index = "AdnxYz0BAgMEBQYHCAkKCwwNDg8QEQ==";
    vec![
        plain("without brackets", "In-Reply-To: Ca=Se.1@People.Example"),
        plain("in small letters", "In-Reply-To: <ca=se.1@people.example>"),
        plain("never closed", "In-Reply-To: <Ca=Se.1@People.Example\nReferences: <Ca=Se.1@People.Example"),
        plain("two fields", "References: <officer@agency.example>\nReferences: <Ca=Se.1@People.Example>"),
        plain(
            "two fields, the first open",
            "References: <officer@agency.example\nReferences: <Ca=Se.1@People.Example>",
        ),
        plain("folded within", "References: <Ca=Se.1\n @People.Example>"),
        plain("percent", "In-Reply-To: <Ca%3DSe.1%40People.Example>"),
        plain("quoted-printable", "In-Reply-To: <Ca=3DSe.1@People.Example>"),
        plain("HTML", "In-Reply-To: &lt;Ca=Se.1@People.Example&gt;"),
        plain("quoted", "In-Reply-To: <\"Ca=Se.1\"@People.Example>"),
        plain("backslashes", "In-Reply-To: <Ca=Se\\.1@People.Example>"),
        plain("doubled brackets", "In-Reply-To: <<Ca=Se.1@People.Example>>"),
        plain("with a comment", "In-Reply-To: Your message of Sunday <Ca=Se.1@People.Example> (yesterday)"),
        ("encoded as a word", first(&long), reply(&format!("In-Reply-To: {encoded}"))),
        (
            "Outlook's conversation",
            mail(CITIZEN, "My card", "<o1@people.example>", &format!("Thread-Index: {index}")),
            reply("Thread-Index: AdnxYz0BAgMEBQYHCAkKCwwNDg8QEQABAgMEBQ=="),
        ),
        (
            "the id before a relay gave it another",
            mail(CITIZEN, "My card", "<0100@email.amazonses.com>", "X-Original-Message-ID: <local@people.example>"),
            reply("In-Reply-To: <local@people.example>"),
        ),
        (
            "the relay's other domain",
            first("<0100-7@email.amazonses.com>"),
            reply("In-Reply-To: <0100-7@eu-west-1.amazonses.com>"),
        ),
        (
            "quoted in the text",
            first("<quoted@people.example>"),
            mail_with(CITIZEN, "About it", "<reply@people.example>", "", "no\n> Message-ID: <quoted@people.example>\n"),
        ),
        ("its subject alone", first("<fp@people.example>"), mail(CITIZEN, "Re: My card", "<fp2@people.example>", "")),
        ("its subject, no ids at all", first(""), mail(CITIZEN, "RE: my card", "", "")),
        (
            "its subject, citing a mail that is not here",
            first("<0100-ses@email.amazonses.com>"),
            mail(CITIZEN, "Re: My card", "<0100-b@email.amazonses.com>", "References: <local@people.example>"),
        ),
        (
            "the subject of an automatic reply",
            first("<oo@people.example>"),
            mail(CITIZEN, "Re: Automatic reply: My card", "<oo2@people.example>", "In-Reply-To: <oof@agency.example>"),
        ),
        (
            "two answers to a mail that is not here",
            mail(CITIZEN, "One", "<c1@people.example>", "In-Reply-To: <c-o@people.example>"),
            mail("citizen@people.example", "Two", "<c2@people.example>", "References: <C-O@people.example>"),
        ),
        (
            "the answer came first",
            mail(CITIZEN, "Re: My card", "<a-r@people.example>", "In-Reply-To: <a-o@people.example>"),
            first("<a-o@people.example>"),
        ),
        (
            "an officer's answer came first",
            mail(
                "grm@agency.example",
                "Noted",
                "<n@agency.example>",
                "To: citizen@people.example\nIn-Reply-To: <a-o@x>",
            ),
            first("<A-O@X>"),
        ),
        (
            "whoever received it answers",
            mail(CITIZEN, "My card", "<w@people.example>", "To: grm@agency.example, Mayor <mayor@town.example>"),
            mail("The Mayor <mayor@town.example>", "Noted", "<w2@people.example>", "In-Reply-To: <w@people.example>"),
        ),
        (
            "from another address of the same name",
            first("<n1@people.example>"),
            mail("CITIZEN <other@people.example>", "More", "<n2@people.example>", "In-Reply-To: <n1@people.example>"),
        ),
    ]
}

/// Each is some mails of whom the last belongs to none of the others.
fn belong_apart() -> Vec<(&'static str, Vec<String>)> {
    let first = || mail(CITIZEN, "My card", "<first@people.example>", "");
    let stranger = "Neighbour <neighbour@people.example>";
    let cites = "In-Reply-To: <first@people.example>\nReferences: <first@people.example>";
    let none = |from: &str, subject: &str, id: &str| mail(from, subject, id, "");
    vec![
        ("an answer to an announcement", vec![first(), mail(stranger, "Re: My card", "<s@x>", cites)]),
        ("a neighbour with a new subject", vec![first(), mail(stranger, "My rice", "<s@x>", cites)]),
        ("a forward of somebody else", vec![first(), mail(stranger, "Fwd: My card", "<s@x>", cites)]),
        ("the same subject of somebody else", vec![first(), mail(stranger, "Re: My card", "<s@x>", "")]),
        ("the same subject as new mail", vec![first(), mail(CITIZEN, "My card", "<s@x>", "")]),
        ("a forward of other mail", vec![first(), mail(CITIZEN, "Fwd: My card", "<s@x>", "")]),
        (
            "a relative who shares the address",
            vec![first(), mail("Daughter <citizen@people.example>", "Re: My card", "<s@x>", "")],
        ),
        ("no subject", vec![none(CITIZEN, "", "<a@x>"), none(CITIZEN, "Re:", "<s@x>")]),
        (
            "an id that means none",
            vec![none(CITIZEN, "My card", "<0@phone>"), mail(CITIZEN, "Rice", "<s@x>", "In-Reply-To: <0@phone>")],
        ),
        (
            "an undefined id",
            vec![
                mail(CITIZEN, "My card", "<a@x>", "In-Reply-To: <undefined>"),
                mail(CITIZEN, "Rice", "<s@x>", "In-Reply-To: <undefined>"),
            ],
        ),
        (
            "a subject that two of his have",
            vec![
                none(CITIZEN, "Complaint", "<a@x>"),
                none(CITIZEN, "Complaint", "<b@x>"),
                none(CITIZEN, "Re: Complaint", "<s@x>"),
            ],
        ),
        (
            "an id of several of strangers",
            vec![
                none("a@people.example", "Card", "<1@phone>"),
                none("b@people.example", "Rice", "<1@phone>"),
                mail(stranger, "Well", "<s@x>", "In-Reply-To: <1@phone>"),
            ],
        ),
        (
            "two strangers who answer one mail that is not here",
            vec![
                mail(CITIZEN, "Re: News", "<a@x>", "In-Reply-To: <news@agency.example>"),
                mail(stranger, "Re: News", "<s@x>", "In-Reply-To: <news@agency.example>"),
            ],
        ),
        (
            "a mail whose answer of a stranger came first",
            vec![
                mail(stranger, "My rice", "<s@x>", "In-Reply-To: <late@people.example>"),
                mail(CITIZEN, "My card", "<late@people.example>", ""),
            ],
        ),
        (
            "a name that is nobody's",
            vec![
                mail("Info <info@one.example>", "News", "<a@x>", ""),
                mail("Info <info@two.example>", "Re: News", "<s@x>", "In-Reply-To: <a@x>"),
            ],
        ),
    ]
}

on_both! {
    fn a_reply_finds_its_record_whatever_became_of_its_signs(place: &Place) {
        for (name, first, second) in belong_together() {
            for together in [false, true] {
                let world = World::open(place);
                forget(&world);
                let mailbox = Mailbox::of(&world);
                let mails = [first.clone(), second.clone()];
                let ids = if together { mailbox.receive_together(&mails) } else { mailbox.receive(&mails) };
                let same = mailbox.record(ids[0]) == mailbox.record(ids[1]);
                assert!(same, "{name}, together: {together}: {}", mailbox.trace(ids[1]));
            }
        }
    }

    fn nobody_lands_on_the_record_of_somebody_else(place: &Place) {
        for (name, mails) in belong_apart() {
            for together in [false, true] {
                let world = World::open(place);
                forget(&world);
                let mailbox = Mailbox::of(&world);
                let ids = if together { mailbox.receive_together(&mails) } else { mailbox.receive(&mails) };
                let (last, others) = ids.split_last().unwrap();
                for other in others {
                    let apart = mailbox.record(*last) != mailbox.record(*other);
                    assert!(apart, "{name}, together: {together}: {}", mailbox.trace(*last));
                }
            }
        }
    }

    fn a_shared_id_joins_the_record_that_its_sender_is_on(place: &Place) {
        let world = World::open(place);
        let mailbox = Mailbox::of(&world);
        let ids = mailbox.receive(&[
            mail("a@people.example", "Card", "<1@phone.example>", ""),
            mail("b@people.example", "Rice", "<1@phone.example>", ""),
            mail("b@people.example", "More", "<x@phone.example>", "In-Reply-To: <1@phone.example>"),
        ]);
        assert_eq!(mailbox.record(ids[2]), mailbox.record(ids[1]));
    }

    fn a_number_in_the_subject_counts_from_whoever_is_on_the_record(place: &Place) {
        let world = World::open(place);
        let mailbox = Mailbox::of(&world);
        let first = mailbox.receive(&[mail(CITIZEN, "My card", "<a@x>", "")])[0];
        let number = mailbox.view(first).record.number;
        let eastern: String =
            number.chars().map(|c| c.to_digit(10).map_or(c, |digit| char::from_u32(0x660 + digit).unwrap())).collect();
        let named = [format!("[{number}]"), format!("Case \u{200F}[#{number}]\u{200F}"), eastern];
        for (n, subject) in named.iter().enumerate() {
            let own = mailbox.receive(&[mail(CITIZEN, subject, &format!("<own{n}@x>"), "")])[0];
            assert_eq!(mailbox.record(own), mailbox.record(first), "{subject}");
            assert!(mailbox.trace(own).contains(&number));
            let other = mailbox.receive(&[mail("Other <o@x.example>", subject, &format!("<other{n}@x>"), "")])[0];
            assert_ne!(mailbox.record(other), mailbox.record(first), "{subject}");
        }
    }

    fn who_answers_an_automatic_answer_means_the_record_that_it_was_about(place: &Place) {
        let world = World::open(place);
        let mailbox = Mailbox::of(&world);
        let ids = mailbox.receive(&[
            mail(CITIZEN, "My card", "<a@x>", ""),
            mail(
                "Office <grm@agency.example>",
                "Automatic reply: My card",
                "<oof@agency.example>",
                "Auto-Submitted: auto-replied\nX-Autoreply: yes\nPrecedence: bulk\nIn-Reply-To: <a@x>",
            ),
            mail(CITIZEN, "Still nothing", "<b@x>", "In-Reply-To: <oof@agency.example>"),
        ]);
        assert_eq!(world.states()[1], (MailState::Ignored, Some(Reason::AutoReply)));
        assert_eq!(mailbox.record(ids[2]), mailbox.record(ids[0]));
    }

    fn what_is_guessed_is_marked_and_said(place: &Place) {
        let world = World::open(place);
        let mailbox = Mailbox::of(&world);
        let ids = mailbox.receive(&[
            mail(CITIZEN, "My card", "<a@x>", ""),
            mail(CITIZEN, "Re: My card", "<b@x>", ""),
            mail("Citizen <other@x.example>", "Re: My card", "<c@x>", "In-Reply-To: <a@x>"),
            mail(CITIZEN, "Re: My card", "<d@x>", "In-Reply-To: <a@x>"),
        ]);
        let view = mailbox.view(ids[0]);
        let marks: Vec<Vec<&str>> =
            view.conversation.posts.iter().map(|post| post.marks.iter().map(String::as_str).collect()).collect();
        assert_eq!(marks, [vec![], vec![Mark::PerhapsReply.code()], vec![Mark::OtherSender.code()], vec![]]);
        assert!(mailbox.trace(ids[1]).contains("answers the subject"), "{}", mailbox.trace(ids[1]));
        assert!(mailbox.row(ids[1]).notes.iter().any(|note| note.contains("by its subject")));
        assert!(mailbox.trace(ids[3]).contains("Its sender wrote mail there"), "{}", mailbox.trace(ids[3]));
    }

    fn an_answer_of_a_stranger_names_what_it_answers_whichever_comes_first(place: &Place) {
        let world = World::open(place);
        let mailbox = Mailbox::of(&world);
        let neighbour = |id: &str, to: &str| {
            mail("Neighbour <n@people.example>", "My rice", id, &format!("In-Reply-To: {to}"))
        };
        let ids = mailbox.receive(&[
            mail(CITIZEN, "My card", "<a@x>", ""),
            neighbour("<s@x>", "<a@x>"),
            neighbour("<t@y>", "<late@x>"),
            mail("Late <late@people.example>", "My well", "<late@x>", ""),
        ]);
        for (original, answer) in [(ids[0], ids[1]), (ids[3], ids[2])] {
            let (original, answer) = (mailbox.view(original), mailbox.view(answer));
            assert_eq!(answer.relations.answers.map(|one| one.id), Some(original.record.id));
            let answered_by: Vec<_> = original.relations.answered_by.iter().map(|one| one.id).collect();
            assert_eq!(answered_by, [answer.record.id]);
        }
        // Whoever answers once more, answers his own.
        let again = mailbox.receive(&[neighbour("<u@x>", "<a@x>")])[0];
        assert_eq!(mailbox.record(again), mailbox.record(ids[1]));
    }

    fn a_stranger_s_answer_is_held_where_strangers_are(place: &Place) {
        let world = World::open(place);
        let mailbox = Mailbox::of(&world);
        mailbox.receive(&[mail(CITIZEN, "My card", "<a@x>", "")]);
        let strict = world.server(Protocol::Imap, |server| server.sender_policy = SenderPolicy::Known);
        let strict = Mailbox { server: strict, ..mailbox };
        strict.receive(&[
            mail(CITIZEN, "More", "<b@x>", "In-Reply-To: <a@x>"),
            mail("Other <o@people.example>", "Re: My card", "<c@x>", "In-Reply-To: <a@x>"),
        ]);
        assert_eq!(world.states()[1..], [(MailState::Delivered, None), (MailState::Held, Some(Reason::UnknownSender))]);
    }

    fn a_reply_to_what_was_judged_no_grievance_brings_it_back(place: &Place) {
        let world = World::open(place);
        let mailbox = Mailbox::of(&world);
        let first = mailbox.receive(&[mail(CITIZEN, "Newsletter", "<a@x>", "")])[0];
        let record = mailbox.view(first).record;
        let caller = Caller::command_line();
        records::not_a_grievance(&world.app, &caller, GRIEVANCE, record.id, record.version, ShownUpTo::Everything).unwrap();
        assert_eq!(world.states(), [(MailState::Ignored, Some(Reason::NotAGrievance))]);
        mailbox.receive(&[mail(CITIZEN, "Re: Newsletter", "<b@x>", "In-Reply-To: <a@x>")]);
        let view = mailbox.view(first);
        assert!(view.record.active && view.record.new_mail);
        assert!(view.conversation.posts.iter().any(|post| post.body_text.contains("back in the lists")));
        assert_eq!(world.states(), [(MailState::Delivered, None); 2]);
        // And the word can be said again.
        let (id, version) = (view.record.id, view.record.version);
        records::not_a_grievance(&world.app, &caller, GRIEVANCE, id, version, ShownUpTo::Everything).unwrap();
        assert_eq!(world.states(), [(MailState::Ignored, Some(Reason::NotAGrievance)); 2]);
    }

    fn joining_moves_all_and_the_record_says_where_it_went(place: &Place) {
        let world = World::open(place);
        let mailbox = Mailbox::of(&world);
        let caller = Caller::command_line();
        let brother = "Brother <brother@people.example>";
        let own = mail(brother, "My brother's card", "<s@x>", "In-Reply-To: <a@x>");
        let ids = mailbox.receive(&[mail(CITIZEN, "My card", "<a@x>", ""), own.clone()]);
        let (first, second) = (mailbox.view(ids[0]).record, mailbox.view(ids[1]).record);
        let note = Note { text: "He is his brother.".into(), shown: ShownUpTo::Everything, after: None };
        records::note(&world.app, &caller, GRIEVANCE, second.id, &note, &mut SentFiles::default()).unwrap();
        let second = mailbox.view(ids[1]).record;
        let joined = records::join(&world.app, &caller, GRIEVANCE, second.id, second.version, None).unwrap();
        assert_eq!(joined, first.id);
        assert_eq!(records::join(&world.app, &caller, GRIEVANCE, second.id, 0, None).unwrap(), first.id, "twice is once");
        let view = mailbox.view(ids[1]);
        assert_eq!(view.record.id, first.id, "the ledger follows");
        let texts = |kind: PostKind| view.conversation.posts.iter().filter(|post| post.kind == kind).count();
        assert_eq!((texts(PostKind::Email), texts(PostKind::Comment), texts(PostKind::Notification)), (2, 1, 1));
        assert_eq!(view.relations.joined_here.iter().map(|one| one.id).collect::<Vec<_>>(), [second.id]);
        assert!(view.relations.answered_by.is_empty());
        let gone = records::view(&world.app, &caller, GRIEVANCE, second.id).unwrap();
        assert_eq!(gone.relations.joined.map(|one| one.id), Some(first.id));
        assert!(!gone.may_change && !gone.record.active);
        assert!(records::note(&world.app, &caller, GRIEVANCE, second.id, &note, &mut SentFiles::default()).is_err(), "nothing happens there any more");
        let (id, version) = (second.id, gone.record.version);
        let back = records::a_grievance_after_all(&world.app, &caller, GRIEVANCE, id, version, ShownUpTo::Everything);
        assert!(back.is_err());
        // What leads to the joined record leads to the other, and the same mail again is known.
        let number = format!("about {}", second.number);
        let later = mailbox.receive(&[
            mail(brother, "More", "<t@x>", "In-Reply-To: <s@x>"),
            mail(brother, &number, "<u@x>", ""),
            format!("X-Again: yes\r\n{own}"),
        ]);
        assert_eq!((mailbox.record(later[0]), mailbox.record(later[1])), (first.id, first.id));
        assert_eq!(world.states().last(), Some(&(MailState::Ignored, Some(Reason::Duplicate))));
        let list = records::list(&world.app, &caller, GRIEVANCE, &records::RecordQuery {
            search: second.number.clone(),
            ..records::RecordQuery::usual(records::Show::All)
        });
        let found: Vec<_> = list.unwrap().page.lines.into_iter().map(|line| line.id).collect();
        assert_eq!(found, [first.id], "its number finds where it went");
        let archived = records::list(&world.app, &caller, GRIEVANCE, &records::RecordQuery::usual(records::Show::NotAGrievance));
        assert_eq!(archived.unwrap().total.count, 0, "joined is not judged");
    }

    fn records_that_were_joined_in_a_row_lead_to_the_last(place: &Place) {
        let world = World::open(place);
        let mailbox = Mailbox::of(&world);
        let caller = Caller::command_line();
        let person = |n: usize| format!("Person {n} <p{n}@people.example>");
        let mut mails = vec![mail(&person(0), "One", "<m0@x>", "")];
        mails.extend((1..4).map(|n| mail(&person(n), "More", &format!("<m{n}@x>"), &format!("In-Reply-To: <m{}@x>", n - 1))));
        let ids = mailbox.receive(&mails);
        for n in [1, 3, 2] {
            let record = mailbox.view(ids[n]).record;
            if record.id != mailbox.record(ids[0]) {
                records::join(&world.app, &caller, GRIEVANCE, record.id, record.version, None).unwrap();
            }
        }
        let first = mailbox.record(ids[0]);
        assert!(ids.iter().all(|id| mailbox.record(*id) == first));
        let reply = mailbox.receive(&[mail(&person(3), "Again", "<r@x>", "In-Reply-To: <m3@x>")])[0];
        assert_eq!(mailbox.record(reply), first);
    }

    fn replies_to_mail_from_before_the_upgrade_join(place: &Place) {
        let world = World::open(place);
        let mailbox = Mailbox::of(&world);
        let first = mailbox.receive(&[mail("Amina <Amina+grm@People.example>", "My card", "<A@x>", "")])[0];
        world.forget_people();
        let replies = mailbox.receive(&[
            mail("Amina <amina@people.example>", "More", "<b@x>", "In-Reply-To: <a@X>"),
            mail("Other <other@people.example>", "More", "<c@x>", "In-Reply-To: <a@X>"),
        ]);
        assert_eq!(mailbox.record(replies[0]), mailbox.record(first));
        assert_ne!(mailbox.record(replies[1]), mailbox.record(first));
    }
}

/// The cases share one database: what came before must not count.
fn forget(world: &World) {
    world.forget_mail();
}
