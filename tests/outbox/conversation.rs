//! Replies come after what they reply to, and on the same record.

use mailgate::domain::id::RecordId;
use mailgate::domain::ledger::{MailState, Reason};
use mailgate::domain::protocol::Protocol;
use mailgate::domain::server::SenderPolicy;
use mailgate::pipeline::{Correction, redeliver};

use super::far_end::Mishap;
use super::world::Far;
use crate::intake::world::{mail, mail_with};
use crate::support::database::on_both;

fn reply(number: usize, to: usize) -> String {
    let headers = format!(
        "Message-ID: <r{number}@people.example>\r\nIn-Reply-To: <m{to}@people.example>\r\n\
         References: <m{to}@people.example>\r\n"
    );
    mail_with(&headers, &format!("Reply {number}"), "And there is more.")
}

on_both! {
    fn a_reply_joins_the_record_of_the_mail_it_answers(place: &Place) {
        let far = Far::open(place);
        far.receive(&mail(1));
        far.receive(&reply(1, 1));
        far.receive(&mail(2));
        far.receive(&reply(2, 1));
        far.drain();
        assert_eq!(far.subjects(), [vec!["Grievance 1", "Reply 1", "Reply 2"], vec!["Grievance 2"]]);
        assert_eq!(far.world.counts(), [(MailState::Delivered, 4)]);
    }

    fn a_reply_waits_for_a_mail_that_is_retried_and_others_do_not(place: &Place) {
        let far = Far::open(place);
        let first = far.receive(&mail(1));
        far.end.befall(&[Mishap::Busy]);
        far.drain();
        assert_eq!(far.state(first), MailState::Retrying);
        let answer = far.receive(&reply(1, 1));
        let other = far.receive(&mail(2));
        far.drain();
        assert_eq!((far.state(answer), far.state(other)), (MailState::Routed, MailState::Delivered));
        far.hours_pass();
        far.drain();
        assert_eq!(far.subjects(), [vec!["Grievance 1", "Reply 1"], vec!["Grievance 2"]]);
    }

    fn a_reply_that_came_first_still_stands_in_line_with_its_mail(place: &Place) {
        let far = Far::open(place);
        far.receive(&reply(1, 1));
        let original = far.receive(&mail(1));
        assert_eq!(far.state(original), MailState::Routed);
        far.end.befall(&[Mishap::CutAfter]);
        far.drain();
        assert_eq!(far.end.contents().records.len(), 1, "one at a time");
        far.hours_pass();
        far.drain();
        assert_eq!(far.world.counts(), [(MailState::Delivered, 2)]);
    }

    fn a_reply_to_a_record_that_was_deleted_there_becomes_a_new_one(place: &Place) {
        let far = Far::open(place);
        far.receive(&mail(1));
        far.drain();
        far.end.contents().gone.push(1);
        let answer = far.receive(&reply(1, 1));
        far.drain();
        assert_eq!(far.state(answer), MailState::Delivered);
        assert_eq!(far.subjects(), [["Grievance 1"], ["Reply 1"]]);
        // What cites the deleted one alone goes on with what succeeded it.
        let again = far.receive(&reply(3, 1));
        far.drain();
        assert_eq!(far.state(again), MailState::Delivered);
        assert_eq!(far.subjects(), [vec!["Grievance 1"], vec!["Reply 1", "Reply 3"]]);
        // What answers that one joins it.
        far.receive(&reply(2, 1).replace("<m1@people.example>", "<r1@people.example>"));
        far.drain();
        assert_eq!(far.subjects(), [vec!["Grievance 1"], vec!["Reply 1", "Reply 3", "Reply 2"]]);

        // A record that a person chose is said to be gone, and mail for it delivered all the same where a person wants it.
        let server = far.world.server(Protocol::Pop, |server| {
            server.connection = Some(far.connection);
            server.sender_policy = SenderPolicy::Known;
        });
        let cousin = mail_with("Message-ID: <c@x.example>\r\n", "From a cousin", "…").replace("amina@", "cousin@");
        let cousin = far.receive_by(&server, &cousin);
        far.drain();
        assert_eq!(far.state(cousin), MailState::Held);
        let chosen = |force| {
            let record = Some(RecordId(1));
            let correction = Correction { record, remote_partner: Some(42), force, ..Correction::default() };
            redeliver(far.world.pipeline(), cousin, &correction, "officer").unwrap();
            far.drain();
            far.world.ledger().into_iter().find(|line| line.id == cousin).unwrap()
        };
        assert_eq!(chosen(false).reason, Some(Reason::RecordGone));
        assert_eq!(chosen(true).state, MailState::Delivered);
        assert!(far.subjects().contains(&vec!["From a cousin".to_owned()]), "{:?}", far.subjects());
    }

    fn a_stranger_s_answer_makes_a_record_of_its_own_there(place: &Place) {
        let far = Far::open(place);
        far.receive(&mail(1));
        let stranger = |number: usize| reply(number, 1).replace("Amina Diallo <amina@", "Neighbour <neighbour@");
        far.receive(&stranger(1));
        far.receive(&stranger(2));
        far.receive(&reply(3, 1).replace("<m1@people.example>", "<M1@People.example"));
        far.drain();
        assert_eq!(far.subjects(), [vec!["Grievance 1", "Reply 3"], vec!["Reply 1", "Reply 2"]]);
        assert_eq!(far.world.counts(), [(MailState::Delivered, 4)]);
    }

    fn answers_to_a_mail_that_is_not_there_share_a_record(place: &Place) {
        let far = Far::open(place);
        for number in [1, 2] {
            far.receive(&reply(number, 9));
        }
        far.drain();
        far.receive(&reply(3, 9));
        far.drain();
        assert_eq!(far.subjects(), [vec!["Reply 1", "Reply 2", "Reply 3"]]);
    }
}
