//! What a connection is to make of a mail, and how far that is: the queue's part of a ledger row.

use serde::{Deserialize, Serialize};

use super::Moment;
use super::message::Address;

/// Stored as JSON beside the ledger row from the moment the message is routed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handover {
    /// The record type to make over there.
    pub model: String,
    /// The Message-ID under which it is sent: the mail's own, or a derived one if the other system has other mail under
    /// that, or if the same mail makes a second record on purpose.
    pub message_id: String,
    /// Names the record over there for ever (`ir.model.data`), so that a repeat finds it. Derived from the claim.
    pub external_id: String,
    /// The record over there that it joins, if that is known here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<i32>,
    /// The contact over there that a person has linked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<i32>,
    /// The sender, as corrected by a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<Address>,
    /// It answers mail of other people than its sender, so it makes a record of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub apart: bool,
    /// A person wants it delivered whatever it looks like.
    #[serde(default)]
    pub forced: bool,
    /// The other system had this Message-ID before it was sent.
    #[serde(default)]
    pub known_there: bool,
    /// The last attempt that may have reached the other system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<HandoverAttempt>,
}

/// An attempt to deliver. Written before the first byte is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandoverAttempt {
    pub method: Method,
    /// The contact that it was for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<i32>,
    pub begun: Moment,
    pub end: AttemptEnd,
}

/// How a delivery is made; see `odoo`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// `mail.thread.message_process`: the other system's own rules apply.
    Gateway,
    /// `load()` with an external id, then `message_post`.
    CreateAndPost,
}

/// How an attempt ended, as far as is known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptEnd {
    /// Not yet; or this process died meanwhile.
    Open,
    /// The connection was cut, or this process died: the call may go on over there until shortly after `at`.
    Cut { at: Moment },
    /// No answer in time: it may go on over there for longer.
    TimedOut { at: Moment },
    /// An answer came: the outcome is known.
    Answered,
}

/// Seconds after a cut until its outcome is looked up; hardly any call goes on for longer.
const AFTER_CUT: i64 = 15;
/// Seconds after which a call has ended over there, even though the other system does not notice that nobody waits for it:
/// Odoo ends a request after 120 s.
const AFTER_TIME_OUT: i64 = 130;
/// For so many seconds an attempt may begin calls: the times above allow for that.
const FRESH: i64 = 5;

impl HandoverAttempt {
    /// Whether a call that begins now will have ended by the moments that follow from this attempt.
    pub fn is_fresh(&self, at: Moment) -> bool {
        at < self.begun + chrono::TimeDelta::seconds(FRESH)
    }

    /// When it was last at work, as far as is known. None if the outcome is known.
    pub fn unclear_since(&self) -> Option<Moment> {
        match self.end {
            AttemptEnd::Answered => None,
            AttemptEnd::Open => Some(self.begun),
            AttemptEnd::Cut { at } | AttemptEnd::TimedOut { at } => Some(at),
        }
    }

    /// From when on it is worth looking whether it is there. None if the outcome is known.
    pub fn looked_up_from(&self) -> Option<Moment> {
        match self.end {
            AttemptEnd::Cut { at } => Some(at + chrono::TimeDelta::seconds(AFTER_CUT)),
            AttemptEnd::Answered | AttemptEnd::Open | AttemptEnd::TimedOut { .. } => self.absence_counts_from(),
        }
    }

    /// From when on "it is not there" means that it never will be. None if the outcome is known.
    pub fn absence_counts_from(&self) -> Option<Moment> {
        let ended = self.begun + chrono::TimeDelta::seconds(AFTER_TIME_OUT);
        match self.end {
            AttemptEnd::Answered => None,
            AttemptEnd::Open => Some(ended),
            AttemptEnd::Cut { at } => Some(ended.max(at + chrono::TimeDelta::seconds(AFTER_CUT))),
            AttemptEnd::TimedOut { at } => Some(at + chrono::TimeDelta::seconds(AFTER_TIME_OUT)),
        }
    }
}
