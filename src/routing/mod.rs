//! Pure decisions: a message and what is known about it make a [`Route`], with a trace of each rule tried. Nothing
//! here reads a database or a clock, so that every decision can be repeated and explained.

pub mod rules;
mod thread;

use crate::domain::id::{ConnectionId, MessageId, PartnerId, RecordId};
use crate::domain::message::Message;
use crate::domain::module::Module;
use crate::domain::route::{Route, TraceStep};
use crate::domain::server::SenderPolicy;

pub use rules::Gateway;
use rules::Verdict;
pub use thread::{Clue, ClueTarget, Lead};

/// So many delivered mails of one sender with the same subject within [`LOOP_MINUTES`] are a machine's.
pub const LOOP_MAILS: usize = 20;
pub const LOOP_MINUTES: i64 = 120;

/// What is known about a message beside the message itself; gathered by `pipeline`.
#[derive(Debug, Clone)]
pub struct RoutingFacts<'a> {
    pub record_type: RecordType<'a>,
    pub sender_policy: SenderPolicy,
    /// The contact that the sender's address belongs to.
    pub sender: Option<PartnerId>,
    /// The same mail came through this mailbox before, or waits there for a person.
    pub seen_here: Option<MessageId>,
    /// Who made a record of the same mail, by record type.
    pub claimed: Vec<(String, MessageId)>,
    /// What leads to records that it may belong to, best first.
    pub leads: Vec<Lead>,
    /// How many mails of this sender with this subject were delivered shortly before.
    pub alike: usize,
    /// A person wants it delivered whatever it looks like.
    pub forced: bool,
    /// The record that a person chose.
    pub chosen: Option<(String, RecordId)>,
    /// For mail that goes to a connection.
    pub elsewhere: Elsewhere,
    /// For mail that a client of the mail gateway handed over.
    pub gateway: Option<Gateway<'a>>,
}

/// What a mail answers of what went to the same connection, or is on its way there: a Message-ID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Elsewhere {
    Nothing,
    /// It belongs to that conversation.
    Joins(String),
    /// Its sender is none of the people of that conversation.
    Apart(String),
}

/// What the mailbox makes of mail.
#[derive(Debug, Clone, Copy)]
pub enum RecordType<'a> {
    Unset,
    /// Set, but no installed module has it.
    NotInstalled(&'a str),
    Installed(&'a Module),
    /// Of a connection: what it is and who may write is found out there.
    Remote(ConnectionId, &'a str),
}

/// Decides what becomes of a message: by the first rule that applies, and where none does it makes a new record.
pub fn decide(message: &Message, facts: &RoutingFacts<'_>) -> Route {
    let facts = &*rules::aimed(message, facts);
    let mut trace = Vec::new();
    let mut decided = None;
    for (name, rule) in rules::IN_ORDER {
        let (decision, why) = match rule(message, facts) {
            Verdict::Decided(decision, why) => (Some(decision), why),
            // A rule that is not for this mail has nothing to say.
            Verdict::Passed(why) if why.is_empty() => continue,
            Verdict::Passed(why) => (None, why),
        };
        trace.push(TraceStep { rule: (*name).to_owned(), applied: decision.is_some(), why });
        decided = decision;
        if decided.is_some() {
            break;
        }
    }
    let decision = decided.unwrap_or_else(|| {
        let (decision, why) = rules::new_record(message, facts);
        trace.push(TraceStep { rule: "new_record".to_owned(), applied: true, why });
        decision
    });
    Route { decision, trace }
}

/// The record that the mail joins by what it cites, names or resembles, if nothing speaks against it.
pub fn joins(leads: &[Lead], model: Option<&str>) -> Option<RecordId> {
    match thread::choose(leads, model) {
        thread::ThreadChoice::Joins(_, place) => Some(place.record),
        _ => None,
    }
}

/// Whether the mail is written to an alias, so that what is wrong with its record type is ours to repair.
pub fn is_addressed(message: &Message, facts: &RoutingFacts<'_>) -> bool {
    rules::addressed(message, facts).is_some()
}

// Rules decide in their order, and say why.
#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::address::Address;
    use crate::domain::conversation::Involvement;
    use crate::domain::ledger::Reason;
    use crate::domain::message::Automatic;
    use crate::domain::route::{Decision, RouteTarget};
    use crate::domain::words::Sentence;

    fn message() -> Message {
        Message {
            from: Address { name: "Amina".into(), address: "amina@people.example".into() },
            subject: "The well".into(),
            body_html: "<p>Dry.</p>".into(),
            ..Message::default()
        }
    }

    fn facts(module: &Module) -> RoutingFacts<'_> {
        RoutingFacts {
            record_type: RecordType::Installed(module),
            sender_policy: SenderPolicy::Everyone,
            sender: None,
            seen_here: None,
            claimed: Vec::new(),
            leads: Vec::new(),
            alike: 0,
            forced: false,
            chosen: None,
            elsewhere: Elsewhere::Nothing,
            gateway: None,
        }
    }

    fn grievance() -> Module {
        toml::from_str(include_str!("../modules/spp_grm.toml")).unwrap()
    }

    fn place(record: i32, standing: Involvement) -> ClueTarget {
        ClueTarget { model: "spp.grm.ticket".into(), record: RecordId(record), exists: true, standing }
    }

    fn cites(id: &str, places: Vec<ClueTarget>) -> Lead {
        Lead { clue: Clue::Cites(id.into()), places }
    }

    fn reason(route: &Route) -> Option<Reason> {
        match &route.decision {
            Decision::End(fate) => fate.reason(),
            Decision::Deliver(_) => None,
        }
    }

    #[test]
    fn a_module_says_how_a_mail_fills_its_record() {
        let module = grievance();
        let route = decide(&message(), &facts(&module));
        let Decision::Deliver(RouteTarget::NewRecord { model, values, .. }) = route.decision else {
            panic!("{route:?}")
        };
        assert_eq!(model, "spp.grm.ticket");
        for (field, value) in [("name", "The well"), ("channel", "email"), ("partner_email", "amina@people.example")] {
            assert!(values.contains(&(field.to_owned(), value.into())), "{field} in {values:?}");
        }
        assert!(route.trace.iter().all(|step| !step.why.is_empty()), "{:?}", route.trace);
    }

    #[test]
    fn each_rule_stops_what_it_is_for_and_a_person_overrules_it() {
        let module = grievance();
        let bounce =
            Automatic::Bounce { signs: vec![Sentence::verbatim("a delivery report")], original_message_id: None };
        let reply = Automatic::AutoReply {
            signs: vec![Sentence::verbatim("Auto-Submitted"), Sentence::verbatim("Precedence")],
        };
        let place = ClueTarget { exists: false, ..place(1, Involvement::Stranger) };
        let gone = Lead { clue: Clue::Cites("<a@x>".into()), places: vec![place] };
        let plain = facts(&module);
        let cases = [
            (Message { spam: true, ..message() }, plain.clone(), Reason::Spam),
            (Message { automatic: bounce, ..message() }, plain.clone(), Reason::Bounce),
            (Message { automatic: reply, ..message() }, plain.clone(), Reason::AutoReply),
            (message(), RoutingFacts { seen_here: Some(MessageId(3)), ..plain.clone() }, Reason::Duplicate),
            (
                message(),
                RoutingFacts { claimed: vec![("spp.grm.ticket".into(), MessageId(3))], ..plain.clone() },
                Reason::Duplicate,
            ),
            (message(), RoutingFacts { leads: vec![gone], ..plain.clone() }, Reason::RecordGone),
            (message(), RoutingFacts { alike: LOOP_MAILS, ..plain.clone() }, Reason::Loop),
            (message(), RoutingFacts { sender_policy: SenderPolicy::Known, ..plain.clone() }, Reason::UnknownSender),
        ];
        for (message, facts, expected) in cases {
            let route = decide(&message, &facts);
            assert_eq!(reason(&route), Some(expected));
            assert!(route.trace.last().is_some_and(|step| step.applied));
            assert_eq!(
                reason(&decide(&message, &RoutingFacts { forced: true, ..facts })),
                None,
                "{expected:?}, overruled"
            );
        }
        let unset = RoutingFacts { record_type: RecordType::NotInstalled("x.y"), forced: true, ..plain };
        assert_eq!(reason(&decide(&message(), &unset)), Some(Reason::NoRecordType), "nobody can overrule that");
    }

    #[test]
    fn a_weak_sign_alone_stops_nothing() {
        let module = grievance();
        let perhaps =
            Message { automatic: Automatic::Perhaps { sign: Sentence::verbatim("Precedence: bulk") }, ..message() };
        assert_eq!(reason(&decide(&perhaps, &facts(&module))), None);
    }

    #[test]
    fn mail_for_a_connection_is_handed_over_and_only_the_sender_is_asked_for_there() {
        let module = grievance();
        let remote = RoutingFacts {
            record_type: RecordType::Remote(ConnectionId(4), "spp.grm.ticket"),
            sender: None,
            ..facts(&module)
        };
        let known = RoutingFacts { sender_policy: SenderPolicy::Known, ..remote.clone() };
        let outbox = |record, apart| {
            Decision::Deliver(RouteTarget::Outbox {
                connection: ConnectionId(4),
                model: "spp.grm.ticket".into(),
                record,
                apart,
            })
        };
        let handed = outbox(None, false);
        assert_eq!(decide(&message(), &known).decision, handed);
        let answering =
            RoutingFacts { elsewhere: Elsewhere::Joins("<a@b>".into()), alike: LOOP_MAILS, ..remote.clone() };
        assert_eq!(decide(&message(), &answering).decision, handed, "a reply is no new record");
        let stranger = RoutingFacts { elsewhere: Elsewhere::Apart("<a@b>".into()), ..remote.clone() };
        assert_eq!(decide(&message(), &stranger).decision, outbox(None, true));
        let looping = RoutingFacts { alike: LOOP_MAILS, ..remote.clone() };
        assert_eq!(reason(&decide(&message(), &looping)), Some(Reason::Loop));
        let twice = RoutingFacts { claimed: vec![("spp.grm.ticket".into(), MessageId(3))], ..remote.clone() };
        assert_eq!(reason(&decide(&message(), &twice)), Some(Reason::Duplicate));
        let chosen = RoutingFacts { chosen: Some(("spp.grm.ticket".into(), RecordId(9))), ..remote };
        assert_eq!(decide(&message(), &chosen).decision, outbox(Some(RecordId(9)), false));
    }

    /// The record that it joins, or else the one that its own names.
    fn thread(leads: Vec<Lead>) -> (Option<i32>, Option<i32>) {
        let module = grievance();
        match decide(&message(), &RoutingFacts { leads, ..facts(&module) }).decision {
            Decision::Deliver(RouteTarget::Reply { record, .. }) => (Some(record.0), None),
            Decision::Deliver(RouteTarget::NewRecord { answers, .. }) => (None, answers.map(|record| record.0)),
            decision => panic!("{decision:?}"),
        }
    }

    #[test]
    fn a_reply_joins_where_its_sender_is_and_else_names_what_it_answers() {
        use Involvement::{Namesake, Received, Stranger, Works, Wrote};
        for standing in [Namesake, Received, Wrote, Works] {
            assert_eq!(thread(vec![cites("<a@x>", vec![place(1, standing)])]), (Some(1), None), "{standing:?}");
        }
        assert_eq!(thread(vec![cites("<a@x>", vec![place(1, Stranger)])]), (None, Some(1)));
        let both = vec![cites("<a@x>", vec![place(1, Stranger)]), cites("<b@x>", vec![place(2, Wrote)])];
        assert_eq!(thread(both), (Some(2), None), "the one where he is counts");
        let shared = |first, second| thread(vec![cites("<0a@x>", vec![place(1, first), place(2, second)])]);
        assert_eq!(shared(Wrote, Stranger), (Some(1), None));
        assert_eq!(shared(Stranger, Stranger), (None, None), "which of them can't be told");
        assert_eq!(shared(Wrote, Received), (None, None), "which of them can't be told");
        let other = ClueTarget { model: "helpdesk.ticket".into(), ..place(1, Wrote) };
        assert_eq!(thread(vec![cites("<a@x>", vec![other.clone(), place(2, Stranger)])]), (None, Some(2)));
        assert_eq!(thread(vec![cites("<a@x>", vec![other])]), (Some(1), None));
        let guess = Lead { clue: Clue::Subject("my card".into()), places: vec![place(1, Wrote), place(2, Wrote)] };
        assert_eq!(thread(vec![guess]), (None, None));
    }
}
