//! The route of a mail: what is decided about it, and by which rules.

use super::id::{ConnectionId, PartnerId, RecordId};
use super::ledger::Fate;
use super::words::{MADE_OF, Sentence};

/// What delivery is to make of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RouteTarget {
    /// A record of this type.
    NewRecord {
        model: String,
        partner: Option<PartnerId>,
        /// Make a contact for the sender first.
        new_contact: bool,
        values: Vec<(String, serde_json::Value)>,
        /// The record that the mail answers, where its sender has no part in that record: the new record refers to it.
        answers: Option<RecordId>,
    },
    /// A message in this record's conversation.
    Reply {
        model: String,
        record: RecordId,
        partner: Option<PartnerId>,
        /// The mail refers to none of the mails on the record: it was found by the subject or by the text that the mail
        /// quotes.
        guessed: bool,
    },
    /// Something to send over a connection, where it makes a record of this type or is added to the record that the mail
    /// answers.
    Outbox {
        connection: ConnectionId,
        model: String,
        /// The record at the far end that a person chose.
        record: Option<RecordId>,
        /// The mail answers mail of other people than its sender: it makes a record of its own.
        apart: bool,
    },
}

impl RouteTarget {
    /// The record type.
    pub fn model(&self) -> &str {
        match self {
            RouteTarget::NewRecord { model, .. }
            | RouteTarget::Reply { model, .. }
            | RouteTarget::Outbox { model, .. } => model,
        }
    }
}

/// The outcome of routing a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Deliver(RouteTarget),
    /// The mail makes no record and has this fate.
    End(Fate),
}

/// The decision for one mail, with its trace: each rule that was tried, and why it did or did not apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    pub decision: Decision,
    pub trace: Vec<TraceStep>,
}

/// One line of a trace.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(from = "StoredStep", into = "StoredStep")]
pub struct TraceStep {
    /// The rule: `spam`, `bounce`, `auto_reply`, `thread`, `record_type`, `sender`, …
    pub rule: String,
    /// Whether it decided.
    pub applied: bool,
    pub why: Sentence,
}

/// As the API returns it: in English.
#[derive(serde::Serialize, serde::Deserialize)]
struct StoredStep {
    rule: String,
    applied: bool,
    why: String,
}

impl From<StoredStep> for TraceStep {
    fn from(StoredStep { rule, applied, why }: StoredStep) -> Self {
        Self { rule, applied, why: Sentence::verbatim(why) }
    }
}

impl From<TraceStep> for StoredStep {
    fn from(TraceStep { rule, applied, why }: TraceStep) -> Self {
        Self { rule, applied, why: why.to_string() }
    }
}

/// A trace as a column stores it: the English text that the API returns, then the keys and arguments of its sentences in the
/// same order.
pub fn trace_to_text(trace: &[TraceStep]) -> serde_json::Result<String> {
    let mut text = serde_json::to_string(trace)?;
    let made_of: Vec<_> = trace.iter().map(|step| step.why.made_of()).collect();
    if made_of.iter().any(Option::is_some) {
        text.push(MADE_OF);
        text.push_str(&serde_json::to_string(&made_of)?);
    }
    Ok(text)
}

/// Reads what [`trace_to_text`] wrote; traces that earlier versions wrote have English only.
pub fn trace_from_text(text: &str) -> serde_json::Result<Vec<TraceStep>> {
    let (trace, made_of) = text.split_once(MADE_OF).unwrap_or((text, "[]"));
    let (mut trace, made_of): (Vec<TraceStep>, Vec<Option<serde_json::Value>>) =
        (serde_json::from_str(trace)?, serde_json::from_str(made_of)?);
    for (step, made_of) in trace.iter_mut().zip(made_of) {
        step.why = Sentence::of_parts(step.why.to_string(), made_of.as_ref());
    }
    Ok(trace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::say;

    #[test]
    fn clients_read_a_trace_in_english_and_pages_in_any_language() {
        let step = |why| TraceStep { rule: "sender".into(), applied: true, why };
        let trace = [step(say!("role-officer")), step(Sentence::verbatim("Amina"))];
        let text = trace_to_text(&trace).unwrap();
        let read: Vec<serde_json::Value> = serde_json::from_str(text.split(MADE_OF).next().unwrap()).unwrap();
        assert_eq!(read[0], serde_json::json!({"rule": "sender", "applied": true, "why": "Grievance Officer"}));
        let back = trace_from_text(&text).unwrap();
        assert_eq!(back, trace);
        assert_eq!(back[0].why.in_language("fr"), "Agent des plaintes");
        let old = trace_from_text(r#"[{"rule":"sender","applied":true,"why":"It is known."}]"#).unwrap();
        assert_eq!(old, [step(Sentence::verbatim("It is known."))]);
    }
}
