//! The decision for one message, and how it came about.

use super::fate::Fate;
use super::id::{ConnectionId, PartnerId, RecordId};
use super::words::Sentence;

/// What delivery is to make of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A record of this type.
    NewRecord {
        model: String,
        partner: Option<PartnerId>,
        /// Make a contact of the sender first.
        new_contact: bool,
        values: Vec<(String, serde_json::Value)>,
        /// The record that the mail answers, where its sender is nobody there: the new record names it.
        answers: Option<RecordId>,
    },
    /// A message in this record's conversation.
    Reply {
        model: String,
        record: RecordId,
        partner: Option<PartnerId>,
        /// The mail cites none of the record's mails: its subject or what it quotes led there.
        guessed: bool,
    },
    /// Something to bring to a connection, which makes a record of this type, or finds the one that the mail answers.
    Outbox {
        connection: ConnectionId,
        model: String,
        /// The record over there that a person chose.
        record: Option<RecordId>,
        /// It answers mail of people whom its sender is none of: it makes a record of its own.
        apart: bool,
    },
}

/// What routing says of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Deliver(Target),
    /// It makes no record: this is its fate.
    End(Fate),
}

/// The decision with its trace: each rule that was tried, and why it did or did not apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    pub decision: Decision,
    pub trace: Vec<Step>,
}

/// One line of a trace.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Step {
    /// The rule: `spam`, `bounce`, `auto_reply`, `thread`, `record_type`, `sender`, …
    pub rule: String,
    /// Whether it decided.
    pub applied: bool,
    pub why: Sentence,
}

/// As the ledger keeps it, and the API shows it: in English, with what the sentence is made of beside it.
#[derive(serde::Serialize, serde::Deserialize)]
struct Stored {
    rule: String,
    applied: bool,
    why: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    made_of: Option<serde_json::Value>,
}

impl From<Stored> for Step {
    fn from(Stored { rule, applied, why, made_of }: Stored) -> Self {
        Self { rule, applied, why: Sentence::of_parts(why, made_of.as_ref()) }
    }
}

impl From<Step> for Stored {
    fn from(Step { rule, applied, why }: Step) -> Self {
        Self { rule, applied, why: why.to_string(), made_of: why.made_of() }
    }
}
