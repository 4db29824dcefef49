//! The rules in their order: each looks at one thing and says in words what it saw. And which part of a mail fills
//! which field.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::thread::{self, Clue, ClueTarget, ThreadChoice};
use super::{Elsewhere, LOOP_MAILS, LOOP_MINUTES, RecordType, RoutingFacts};
use crate::domain::alias::{Alias, AliasContact};
use crate::domain::id::{MessageId, PartnerId, RecordId};
use crate::domain::ledger::{Fate, Reason};
use crate::domain::message::{Automatic, Message};
use crate::domain::module::{MailPart, Module};
use crate::domain::route::{Decision, RouteTarget};
use crate::domain::server::SenderPolicy;
use crate::domain::text::to_html;
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
    ("alias", alias),
    ("named", named),
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
        values: values(module, message, facts.sender, facts.gateway.as_ref().map(|gateway| &gateway.values)),
    };
    let why = match answers {
        Some(record) => say!("trace-new-naming", label = module.label, record = record.0),
        None => say!("trace-new", label = module.label),
    };
    (Decision::Deliver(target), why)
}

// Rules for mail that a client hands over: the address it is written to decides what it becomes, and only where that
// says nothing the record type and record that the client named.

/// What counts besides for mail of the gateway.
#[derive(Debug, Clone)]
pub struct Gateway<'a> {
    /// The aliases it is written to, each with what its mail becomes.
    pub aliases: Vec<(Alias, RecordType<'a>)>,
    /// The record that the client named, and whether it exists.
    pub record: Option<(String, RecordId, bool)>,
    /// Values that the client gave for a new record.
    pub values: Map<String, Value>,
}

/// The facts as the alias that the mail is written to makes them: its record type, senders and values.
pub(super) fn aimed<'f, 'a>(message: &Message, facts: &'f RoutingFacts<'a>) -> Cow<'f, RoutingFacts<'a>> {
    let Some((alias, record_type)) = addressed(message, facts) else { return Cow::Borrowed(facts) };
    let mut aimed = facts.clone();
    aimed.record_type = *record_type;
    if alias.contact == AliasContact::Partners {
        aimed.sender_policy = SenderPolicy::Known;
    }
    if let Some(gateway) = &mut aimed.gateway {
        gateway.values = alias.defaults.clone();
        gateway.record = None;
    }
    Cow::Owned(aimed)
}

/// The alias that decides. A recipient whom the mail server names counts more than one of To, and that more than one
/// of Cc; an alias of one domain more than one of every domain.
pub(super) fn addressed<'f, 'a>(message: &Message, facts: &'f RoutingFacts<'a>) -> Option<&'f (Alias, RecordType<'a>)> {
    if let Some((_, _, forwarded)) = forwarded(message, facts) {
        return Some(forwarded);
    }
    let gateway = facts.gateway.as_ref()?;
    message.recipients().find_map(|recipient| {
        let mut fitting = gateway.aliases.iter().filter(|(alias, _)| alias.address.matches(recipient));
        let first = fitting.next()?;
        let exact = std::iter::once(first).chain(fitting).find(|(alias, _)| !alias.address.domain().is_empty());
        Some(exact.unwrap_or(first))
    })
}

/// A mail that answers one record but is written (in To) to an alias of another record type is forwarded there.
pub(super) fn forwarded<'f, 'a>(
    message: &Message,
    facts: &'f RoutingFacts<'a>,
) -> Option<(&'f Clue, &'f ClueTarget, &'f (Alias, RecordType<'a>))> {
    let aliases = &facts.gateway.as_ref()?.aliases;
    let ThreadChoice::Joins(clue, place) = facts.choice() else { return None };
    let other = |(alias, _): &&(Alias, RecordType<'a>)| {
        alias.model != place.model && message.to.iter().any(|to| alias.address.matches(to))
    };
    Some((clue, place, aliases.iter().find(other)?))
}

/// An alias with a record of its own takes the mail there; others say below what a new record is.
pub(super) fn alias(message: &Message, facts: &RoutingFacts<'_>) -> Verdict {
    if facts.gateway.is_none() {
        return passed(Sentence::default());
    }
    let Some((alias, record_type)) = addressed(message, facts) else { return passed(say!("trace-alias-none")) };
    let Some(record) = alias.record else {
        let label = match record_type {
            RecordType::Installed(module) => module.label.clone(),
            _ => Sentence::verbatim(&*alias.model),
        };
        return passed(say!("trace-alias", address = alias.address.to_string(), label));
    };
    // Known senders alone may write to some aliases.
    if let held @ Verdict::Decided(..) = sender(message, facts) {
        return held;
    }
    let (address, model) = (alias.address.to_string(), &alias.model);
    joined(model, record, facts, say!("trace-alias-joins", address, record = record.0, model))
}

/// The record that the client named.
pub(super) fn named(message: &Message, facts: &RoutingFacts<'_>) -> Verdict {
    let record = facts.gateway.as_ref().and_then(|gateway| gateway.record.as_ref());
    match record.filter(|_| addressed(message, facts).is_none()) {
        None => passed(Sentence::default()),
        Some((model, id, true)) => joined(model, *id, facts, say!("trace-named-joins", record = id.0, model)),
        Some((model, id, false)) => passed(say!("trace-named-missing", id = id.0, model)),
    }
}

fn joined(model: &str, record: RecordId, facts: &RoutingFacts<'_>, why: Sentence) -> Verdict {
    claimed(model, facts).unwrap_or_else(|| {
        let target = RouteTarget::Reply { model: model.to_owned(), record, partner: facts.sender, guessed: false };
        deliver(target, why)
    })
}

// Which part of a mail fills which field: as the record type's module says.

/// The fields of a new record, in the order of their names. Defaults of the module's fields come first, then what the
/// mail fills, then fixed values, and last what an alias or a client gives; a part that the mail does not have fills
/// nothing.
pub fn values(
    module: &Module,
    message: &Message,
    sender: Option<PartnerId>,
    given: Option<&Map<String, Value>>,
) -> Vec<(String, Value)> {
    let mut values = std::collections::BTreeMap::new();
    for field in &module.fields {
        if let Some(default) = &field.default {
            values.insert(field.name.clone(), Value::from(default.as_str()));
        }
    }
    for (field, part) in &module.mail.fill {
        if let Some(value) = part_of(*part, message, sender) {
            values.insert(field.clone(), value);
        }
    }
    for (field, value) in &module.mail.set {
        values.insert(field.clone(), Value::from(value.as_str()));
    }
    for (field, value) in given.into_iter().flatten() {
        let value = match (field.as_str(), value) {
            // Given as plain text.
            ("description", Value::String(text)) => Value::from(to_html(text)),
            _ => value.clone(),
        };
        values.insert(field.clone(), value);
    }
    values.into_iter().collect()
}

fn part_of(part: MailPart, message: &Message, sender: Option<PartnerId>) -> Option<Value> {
    let text = |text: &str| (!text.is_empty()).then(|| Value::from(text));
    match part {
        MailPart::Subject => text(&message.subject),
        MailPart::BodyHtml => text(&message.body_html),
        MailPart::BodyText => text(&message.body_text),
        MailPart::FromAddress => text(&message.from.address),
        MailPart::FromName => text(&message.from.name),
        MailPart::Date => Some(Value::from(message.date.format("%Y-%m-%d %H:%M:%S").to_string())),
        MailPart::Sender => sender.map(|partner| Value::from(partner.0)),
    }
}
