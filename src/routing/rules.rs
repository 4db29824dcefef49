//! The rules in their order. Each looks at one thing and says in words what it saw.

use super::{Elsewhere, LOOP_MAILS, LOOP_MINUTES, RecordType, RoutingFacts, gateway, mapping, thread};
use crate::domain::id::MessageId;
use crate::domain::ledger::Fate;
use crate::domain::ledger::Reason;
use crate::domain::message::{Automatic, Message};
use crate::domain::route::{Decision, RouteTarget};
use crate::domain::server::SenderPolicy;
use crate::domain::words::Sentence;
use crate::say;

pub(super) enum Verdict {
    Decided(Decision, Sentence),
    /// Empty where the rule is not for this mail.
    Passed(Sentence),
}

type Rule = fn(&Message, &RoutingFacts<'_>) -> Verdict;

pub(super) const IN_ORDER: &[(&str, Rule)] = &[
    ("seen", seen),
    ("spam", spam),
    ("bounce", bounce),
    ("auto_reply", auto_reply),
    ("chosen", chosen),
    ("thread", thread::thread),
    ("alias", gateway::alias),
    ("named", gateway::named),
    ("record_type", record_type),
    ("duplicate", duplicate),
    ("loop", too_many),
    ("sender", sender),
];

pub(super) fn passed(why: Sentence) -> Verdict {
    Verdict::Passed(why)
}

pub(super) fn held(reason: Reason, detail: Sentence) -> Verdict {
    let why = if detail.is_empty() { reason.sentence() } else { detail.clone() };
    Verdict::Decided(Decision::End(Fate::held(reason, detail)), why)
}

pub(super) fn deliver(target: RouteTarget, why: Sentence) -> Verdict {
    Verdict::Decided(Decision::Deliver(target), why)
}

fn ignored(reason: Reason, detail: Sentence) -> Verdict {
    Verdict::Decided(Decision::End(Fate::ignored(reason, detail.clone())), detail)
}

fn duplicate_of(other: MessageId, model: Option<&str>) -> Verdict {
    let why = match model {
        Some(model) => say!("trace-same-mail-on", other = other.0, model),
        None => say!("trace-same-mail", other = other.0),
    };
    ignored(Reason::Duplicate, why)
}

fn seen(_: &Message, facts: &RoutingFacts<'_>) -> Verdict {
    match facts.seen_here {
        Some(_) if facts.forced => passed(say!("trace-seen-forced")),
        Some(other) => duplicate_of(other, None),
        None => passed(say!("trace-seen-not")),
    }
}

fn spam(message: &Message, facts: &RoutingFacts<'_>) -> Verdict {
    match (message.spam, facts.forced) {
        (false, _) => passed(say!("trace-spam-not")),
        (true, true) => passed(say!("trace-spam-forced")),
        (true, false) => held(Reason::Spam, say!("trace-spam")),
    }
}

fn bounce(message: &Message, facts: &RoutingFacts<'_>) -> Verdict {
    match &message.automatic {
        Automatic::Bounce { .. } if facts.forced => passed(say!("trace-bounce-forced")),
        Automatic::Bounce { signs, original_message_id } => {
            let signs = Sentence::listed(", ", signs.iter().cloned());
            let why = match original_message_id {
                Some(id) => say!("trace-bounce-about", signs, id),
                None => say!("trace-bounce", signs),
            };
            ignored(Reason::Bounce, why)
        }
        _ => passed(say!("trace-bounce-not")),
    }
}

fn auto_reply(message: &Message, facts: &RoutingFacts<'_>) -> Verdict {
    match &message.automatic {
        Automatic::AutoReply { .. } if facts.forced => passed(say!("trace-auto-reply-forced")),
        Automatic::AutoReply { signs } => {
            ignored(Reason::AutoReply, say!("trace-auto-reply", signs = Sentence::listed(", ", signs.iter().cloned())))
        }
        Automatic::Perhaps { sign } => passed(say!("trace-auto-reply-perhaps", sign)),
        _ => passed(say!("trace-auto-reply-not")),
    }
}

fn chosen(_: &Message, facts: &RoutingFacts<'_>) -> Verdict {
    match (&facts.chosen, facts.record_type) {
        (None, _) => passed(say!("trace-chosen-not")),
        (Some((model, record)), RecordType::Remote(connection, _)) => {
            let target = RouteTarget::Outbox { connection, model: model.clone(), record: Some(*record), apart: false };
            deliver(target, say!("trace-chosen-there", record = record.0, model))
        }
        (Some((model, record)), _) => {
            let partner = facts.sender;
            let target = RouteTarget::Reply { model: model.clone(), record: *record, partner, guessed: false };
            deliver(target, say!("trace-chosen", record = record.0, model))
        }
    }
}

fn record_type(_: &Message, facts: &RoutingFacts<'_>) -> Verdict {
    match facts.record_type {
        RecordType::Unset => held(Reason::NoRecordType, Sentence::default()),
        RecordType::NotInstalled(model) => held(Reason::NoRecordType, say!("trace-record-type-missing", model)),
        RecordType::Installed(module) => passed(say!("trace-record-type", label = module.label, model = module.model)),
        RecordType::Remote(_, model) => passed(say!("trace-record-type-there", model)),
    }
}

pub(super) fn claimed(model: &str, facts: &RoutingFacts<'_>) -> Option<Verdict> {
    let (_, other) = facts.claimed.iter().find(|(claimed, _)| claimed == model && !facts.forced)?;
    Some(duplicate_of(*other, Some(model)))
}

fn duplicate(_: &Message, facts: &RoutingFacts<'_>) -> Verdict {
    let (model, label) = match facts.record_type {
        RecordType::Installed(module) => (module.model.as_str(), module.label.clone()),
        RecordType::Remote(_, model) => (model, Sentence::verbatim(model)),
        RecordType::Unset | RecordType::NotInstalled(_) => return passed(Sentence::default()),
    };
    claimed(model, facts).unwrap_or_else(|| passed(say!("trace-duplicate-not", label)))
}

fn too_many(_: &Message, facts: &RoutingFacts<'_>) -> Verdict {
    if facts.alike >= LOOP_MAILS && !facts.forced {
        return held(Reason::Loop, say!("trace-loop", count = facts.alike, minutes = LOOP_MINUTES));
    }
    passed(say!("trace-loop-not"))
}

pub(super) fn sender(message: &Message, facts: &RoutingFacts<'_>) -> Verdict {
    if let RecordType::Remote(..) = facts.record_type {
        return passed(say!("trace-sender-there"));
    }
    match (facts.sender, facts.sender_policy) {
        (Some(partner), _) => passed(say!("trace-sender", partner = partner.0)),
        (None, SenderPolicy::Everyone) => passed(say!("trace-sender-everyone")),
        (None, SenderPolicy::Create) => passed(say!("trace-sender-create")),
        // Only a connection has anonymous complaints.
        (None, SenderPolicy::Known | SenderPolicy::Anonymous) if facts.forced => passed(say!("trace-sender-forced")),
        (None, SenderPolicy::Known | SenderPolicy::Anonymous) => {
            let who = message.from.display();
            let why = if who.is_empty() { say!("trace-sender-none") } else { say!("trace-sender-unknown", who) };
            held(Reason::UnknownSender, why)
        }
    }
}

/// What becomes of mail that no rule stops: a record, as the mailbox's record type says.
pub(super) fn new_record(message: &Message, facts: &RoutingFacts<'_>) -> (Decision, Sentence) {
    let module = match facts.record_type {
        RecordType::Installed(module) => module,
        RecordType::Remote(connection, model) => {
            let apart = matches!(facts.elsewhere, Elsewhere::Apart(_));
            let target = RouteTarget::Outbox { connection, model: model.to_owned(), record: None, apart };
            return (Decision::Deliver(target), say!("trace-new-there", model));
        }
        RecordType::Unset | RecordType::NotInstalled(_) => {
            return (Decision::End(Fate::held(Reason::NoRecordType, Sentence::default())), Sentence::default());
        }
    };
    let contact_wanted = facts.sender.is_none() && facts.sender_policy == SenderPolicy::Create;
    let answers = facts.answered();
    let target = RouteTarget::NewRecord {
        answers,
        model: module.model.clone(),
        partner: facts.sender,
        new_contact: contact_wanted && message.from.normalized().is_some(),
        values: mapping::values(module, message, facts.sender, facts.gateway.as_ref().map(|gateway| &gateway.values)),
    };
    let why = match answers {
        Some(record) => say!("trace-new-naming", label = module.label, record = record.0),
        None => say!("trace-new", label = module.label),
    };
    (Decision::Deliver(target), why)
}
