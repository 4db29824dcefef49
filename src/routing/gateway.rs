//! Rules for mail that a client hands over: the address it is written to decides what it becomes, and only where that
//! says nothing the record type and record that the client named.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::rules::{Verdict, claimed, deliver, passed, sender};
use super::thread::{Clue, ClueTarget, ThreadChoice};
use super::{RecordType, RoutingFacts};
use crate::domain::alias::{Alias, AliasContact};
use crate::domain::id::RecordId;
use crate::domain::message::Message;
use crate::domain::route::RouteTarget;
use crate::domain::server::SenderPolicy;
use crate::domain::words::Sentence;
use crate::say;

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
