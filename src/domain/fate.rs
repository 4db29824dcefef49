//! What becomes of a mail: one type, from the decision to the ledger, and back from there to whoever handed it over.

use super::Moment;
use super::id::RecordId;
use super::ledger::{MailState, Reason};
use super::words::Sentence;

/// Why a mail makes no record, or none yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    pub reason: Reason,
    /// What there is to say beside the reason's own sentence; empty where that says it all.
    pub detail: Sentence,
}

impl Why {
    pub fn new(reason: Reason, detail: Sentence) -> Self {
        Self { reason, detail }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It made this record here.
    NewRecord { model: String, record: RecordId },
    /// It joined the conversation of this record here.
    Reply { model: String, record: RecordId },
    /// It is on this record at its connection, whose own rules say whether that is a new one; `url` opens it.
    Arrived { model: String, record: RecordId, url: String },
    /// It waits in the outbox for its connection, to become a record of this type.
    Queued { model: String },
    /// It waits for a person.
    Held(Why),
    /// It makes no record; a person can still deliver it.
    Ignored(Why),
    /// It failed for a passing reason, and is tried again from `next` on.
    Retrying { why: Why, next: Moment },
    /// Nothing of it is kept: whoever hands it over is told why, and has it still. Stands in no ledger.
    Refused(Why),
}

impl Fate {
    pub fn held(reason: Reason, detail: Sentence) -> Self {
        Fate::Held(Why::new(reason, detail))
    }

    pub fn ignored(reason: Reason, detail: Sentence) -> Self {
        Fate::Ignored(Why::new(reason, detail))
    }

    /// Its state in the ledger; None where nothing is kept.
    pub fn state(&self) -> Option<MailState> {
        match self {
            Fate::NewRecord { .. } | Fate::Reply { .. } | Fate::Arrived { .. } => Some(MailState::Delivered),
            Fate::Queued { .. } => Some(MailState::Routed),
            Fate::Held(_) => Some(MailState::Held),
            Fate::Ignored(_) => Some(MailState::Ignored),
            Fate::Retrying { .. } => Some(MailState::Retrying),
            Fate::Refused(_) => None,
        }
    }

    pub fn why(&self) -> Option<&Why> {
        match self {
            Fate::Held(why) | Fate::Ignored(why) | Fate::Retrying { why, .. } | Fate::Refused(why) => Some(why),
            Fate::NewRecord { .. } | Fate::Reply { .. } | Fate::Arrived { .. } | Fate::Queued { .. } => None,
        }
    }

    pub fn reason(&self) -> Option<Reason> {
        self.why().map(|why| why.reason)
    }

    /// What there is to say beside the reason.
    pub fn detail(&self) -> Option<&Sentence> {
        self.why().map(|why| &why.detail).filter(|detail| !detail.is_empty())
    }

    /// The record that has it.
    pub fn record(&self) -> Option<(&str, RecordId)> {
        match self {
            Fate::NewRecord { model, record } | Fate::Reply { model, record } | Fate::Arrived { model, record, .. } => {
                Some((model, *record))
            }
            _ => None,
        }
    }

    /// The record type that it has become or is to become.
    pub fn model(&self) -> Option<&str> {
        match self {
            Fate::Queued { model } => Some(model),
            _ => self.record().map(|(model, _)| model),
        }
    }
}
