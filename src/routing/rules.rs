//! The rules in their order. Each looks at one thing and says in words what it saw.

use super::{Elsewhere, Facts, LOOP_MAILS, LOOP_MINUTES, RecordType, gateway, mapping, thread};
use crate::domain::fate::Fate;
use crate::domain::id::MessageId;
use crate::domain::ledger::Reason;
use crate::domain::message::{Automatic, Message};
use crate::domain::route::{Decision, Target};
use crate::domain::server::SenderPolicy;

pub(super) enum Verdict {
    Decided(Decision, String),
    Passed(String),
}

type Rule = fn(&Message, &Facts<'_>) -> Verdict;

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

pub(super) fn passed(why: impl Into<String>) -> Verdict {
    Verdict::Passed(why.into())
}

pub(super) fn held(reason: Reason, detail: impl Into<String>) -> Verdict {
    let detail = detail.into();
    let why = if detail.is_empty() { reason.sentence().to_owned() } else { detail.clone() };
    Verdict::Decided(Decision::End(Fate::held(reason, detail)), why)
}

pub(super) fn deliver(target: Target, why: String) -> Verdict {
    Verdict::Decided(Decision::Deliver(target), why)
}

fn ignored(reason: Reason, detail: String) -> Verdict {
    Verdict::Decided(Decision::End(Fate::ignored(reason, detail.clone())), detail)
}

fn duplicate_of(other: MessageId, model: Option<&str>) -> Verdict {
    let what = model.map_or_else(String::new, |model| format!(", which is on a record of {model}"));
    ignored(Reason::Duplicate, format!("The same mail as message {other}{what}."))
}

fn seen(_: &Message, facts: &Facts<'_>) -> Verdict {
    match facts.seen_here {
        Some(_) if facts.forced => passed("Seen in this mailbox before, but a person delivers it anyway."),
        Some(other) => duplicate_of(other, None),
        None => passed("Not seen in this mailbox before."),
    }
}

fn spam(message: &Message, facts: &Facts<'_>) -> Verdict {
    match (message.spam, facts.forced) {
        (false, _) => passed("The mail server did not mark it as spam."),
        (true, true) => passed("Marked as spam, but a person delivers it anyway."),
        (true, false) => held(Reason::Spam, "It carries X-Spam-Flag: YES."),
    }
}

fn bounce(message: &Message, facts: &Facts<'_>) -> Verdict {
    match &message.automatic {
        Automatic::Bounce { .. } if facts.forced => passed("A delivery report, but a person delivers it anyway."),
        Automatic::Bounce { signs, original_message_id } => {
            let about = original_message_id.as_ref().map_or_else(String::new, |id| format!(" It is about {id}."));
            ignored(Reason::Bounce, format!("It is a delivery report: {}.{about}", signs.join(", ")))
        }
        _ => passed("It is no delivery report."),
    }
}

fn auto_reply(message: &Message, facts: &Facts<'_>) -> Verdict {
    match &message.automatic {
        Automatic::AutoReply { .. } if facts.forced => passed("An automatic reply, but a person delivers it anyway."),
        Automatic::AutoReply { signs } => {
            ignored(Reason::AutoReply, format!("It is an automatic reply: {}.", signs.join(", ")))
        }
        Automatic::Perhaps { sign } => passed(format!("One sign of an automatic reply alone: {sign}.")),
        _ => passed("It is no automatic reply."),
    }
}

fn chosen(_: &Message, facts: &Facts<'_>) -> Verdict {
    match (&facts.chosen, facts.record_type) {
        (None, _) => passed("Nobody chose a record for it."),
        (Some((model, record)), RecordType::Remote(connection, _)) => {
            let target = Target::Outbox { connection, model: model.clone(), record: Some(*record), apart: false };
            deliver(target, format!("A person chose record {record} of {model} at the connection."))
        }
        (Some((model, record)), _) => {
            let partner = facts.sender;
            let target = Target::Reply { model: model.clone(), record: *record, partner, guessed: false };
            deliver(target, format!("A person chose record {record} of {model}."))
        }
    }
}

fn record_type(_: &Message, facts: &Facts<'_>) -> Verdict {
    match facts.record_type {
        RecordType::Unset => held(Reason::NoRecordType, ""),
        RecordType::NotInstalled(model) => {
            held(Reason::NoRecordType, format!("No installed module has the record type {model}."))
        }
        RecordType::Installed(module) => passed(format!("This mailbox makes a {} ({}).", module.label, module.model)),
        RecordType::Remote(_, model) => passed(format!("This mailbox makes a {model} at its connection.")),
    }
}

pub(super) fn claimed(model: &str, facts: &Facts<'_>) -> Option<Verdict> {
    let (_, other) = facts.claimed.iter().find(|(claimed, _)| claimed == model && !facts.forced)?;
    Some(duplicate_of(*other, Some(model)))
}

fn duplicate(_: &Message, facts: &Facts<'_>) -> Verdict {
    let (model, label) = match facts.record_type {
        RecordType::Installed(module) => (module.model.as_str(), module.label.as_str()),
        RecordType::Remote(_, model) => (model, model),
        RecordType::Unset | RecordType::NotInstalled(_) => return passed(""),
    };
    claimed(model, facts).unwrap_or_else(|| passed(format!("No {label} was made of it yet.")))
}

fn too_many(_: &Message, facts: &Facts<'_>) -> Verdict {
    if facts.alike >= LOOP_MAILS && !facts.forced {
        let words = format!(
            "{} mails of this sender with this subject were delivered within {LOOP_MINUTES} minutes.",
            facts.alike
        );
        return held(Reason::Loop, words);
    }
    passed("The sender does not write more often than a person does.")
}

pub(super) fn sender(message: &Message, facts: &Facts<'_>) -> Verdict {
    if let RecordType::Remote(..) = facts.record_type {
        return passed("Whether the connection knows the sender is asked there.");
    }
    match (facts.sender, facts.sender_policy) {
        (Some(partner), _) => passed(format!("The sender is contact {partner}.")),
        (None, SenderPolicy::Everyone) => passed("The sender is no contact; this mailbox takes mail of everyone."),
        (None, SenderPolicy::Create) => passed("The sender is no contact; this mailbox makes one."),
        (None, SenderPolicy::Known) if facts.forced => {
            passed("The sender is no contact, but a person delivers it anyway.")
        }
        (None, SenderPolicy::Known) => {
            let who = message.from.display();
            let who =
                if who.is_empty() { "The mail names no sender.".to_owned() } else { format!("{who} is no contact.") };
            held(Reason::UnknownSender, who)
        }
    }
}

/// What becomes of mail that no rule stops: a record, as the mailbox's record type says.
pub(super) fn new_record(message: &Message, facts: &Facts<'_>) -> (Decision, String) {
    let module = match facts.record_type {
        RecordType::Installed(module) => module,
        RecordType::Remote(connection, model) => {
            let apart = matches!(facts.elsewhere, Elsewhere::Apart(_));
            let target = Target::Outbox { connection, model: model.to_owned(), record: None, apart };
            return (Decision::Deliver(target), format!("It goes to the connection, for a {model}."));
        }
        RecordType::Unset | RecordType::NotInstalled(_) => {
            return (Decision::End(Fate::held(Reason::NoRecordType, "")), String::new());
        }
    };
    let contact_wanted = facts.sender.is_none() && facts.sender_policy == SenderPolicy::Create;
    let answers = facts.answered();
    let target = Target::NewRecord {
        answers,
        model: module.model.clone(),
        partner: facts.sender,
        new_contact: contact_wanted && message.from.normalized().is_some(),
        values: mapping::values(module, message, facts.sender, facts.gateway.as_ref().map(|gateway| &gateway.values)),
    };
    let names = answers.map_or_else(String::new, |record| format!(" It names record {record}, which it answers."));
    (Decision::Deliver(target), format!("It makes a new {}.{names}", module.label))
}
