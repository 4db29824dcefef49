//! Pure decisions: a message and what is known about it make a [`Route`], with a trace of each rule tried. Nothing
//! here reads a database or a clock, so that every decision can be repeated and explained.

pub mod rules;
#[cfg(test)]
mod tests;
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
