//! What becomes of a mail: the route that is decided for it, its states in the ledger with the reasons that a person reads, its fate
//! from the decision to whoever handed it over, how far a connection got with it, and what a pass or an import brought in all.

use serde::{Deserialize, Serialize};

use super::Moment;
use super::id::{ConnectionId, PartnerId, RecordId};
use super::message::Address;
use super::words::{MADE_OF, Sentence};
use crate::say;

crate::coded! {
    /// `received` → `routed` → `delivering` → `delivered`, or one of the other three. Only `ledger` moves a
    /// message from one to another, by compare-and-set.
    pub enum MailState {
        /// The source is committed (or, for *too large*, known); nothing decided yet.
        Received = "received",
        /// The route is decided and its claim taken.
        Routed = "routed",
        /// Handed to a connection; the outcome is not known yet.
        Delivering = "delivering",
        /// A record has it. Final, unless a person says *not a grievance*.
        Delivered = "delivered",
        /// Waits for a person; see the reason.
        Held = "held",
        /// Makes no record, for a stated reason; a person can still deliver it.
        Ignored = "ignored",
        /// Failed for a passing reason; tried again at `next_attempt`.
        Retrying = "retrying",
    }
}

impl MailState {
    /// One word for a badge.
    pub fn label(self) -> Sentence {
        match self {
            MailState::Received => say!("state-received"),
            MailState::Routed => say!("state-routed"),
            MailState::Delivering => say!("state-delivering"),
            MailState::Delivered => say!("state-delivered"),
            MailState::Held => say!("state-held"),
            MailState::Ignored => say!("state-ignored"),
            MailState::Retrying => say!("state-retrying"),
        }
    }

    /// Counted as *waiting* in `seen = delivered + held + ignored + retrying + waiting`.
    pub fn is_waiting(self) -> bool {
        matches!(self, MailState::Received | MailState::Routed | MailState::Delivering)
    }

    /// No further work of ours: only a person moves it on.
    pub fn is_settled(self) -> bool {
        matches!(self, MailState::Delivered | MailState::Held | MailState::Ignored)
    }
}

crate::coded! {
    /// Why a message is held, ignored or retried. Kept beside a free-text detail (the server's own words, the
    /// duplicate's number, a person's reason for dismissing it).
    pub enum Reason {
        // held
        TooLarge = "too_large",
        Spam = "spam",
        UnknownSender = "unknown_sender",
        /// The message can't be read as mail at all, or reading it broke a limit.
        Unreadable = "unreadable",
        /// The mail server would not hand this one message over.
        NotDownloaded = "not_downloaded",
        /// No record type is set, or it is not installed any more.
        NoRecordType = "no_record_type",
        /// The record it was to join is gone.
        RecordGone = "record_gone",
        /// The target refused it by one of its own rules.
        Refused = "refused",
        /// The connection failed on this one message again and again.
        Undelivered = "undelivered",
        /// More new records from one sender than a person would write.
        Loop = "loop",
        /// An unexpected fault of ours; the detail has a number to quote.
        Fault = "fault",
        // ignored
        Duplicate = "duplicate",
        Bounce = "bounce",
        AutoReply = "auto_reply",
        Dismissed = "dismissed",
        /// A person said *Not a grievance* on its record.
        NotAGrievance = "not_a_grievance",
        /// A person undid the import that it came with.
        ImportUndone = "import_undone",
        // retrying
        Temporary = "temporary",
        Configuration = "configuration",
    }
}

impl Reason {
    /// A sentence for the ledger page; what to do next stands in the second half.
    pub fn sentence(self) -> Sentence {
        match self {
            Reason::TooLarge => say!("reason-too_large"),
            Reason::Spam => say!("reason-spam"),
            Reason::UnknownSender => say!("reason-unknown_sender"),
            Reason::Unreadable => say!("reason-unreadable"),
            Reason::NotDownloaded => say!("reason-not_downloaded"),
            Reason::NoRecordType => say!("reason-no_record_type"),
            Reason::RecordGone => say!("reason-record_gone"),
            Reason::Refused => say!("reason-refused"),
            Reason::Undelivered => say!("reason-undelivered"),
            Reason::Loop => say!("reason-loop"),
            Reason::Fault => say!("reason-fault"),
            Reason::Duplicate => say!("reason-duplicate"),
            Reason::Bounce => say!("reason-bounce"),
            Reason::AutoReply => say!("reason-auto_reply"),
            Reason::Dismissed => say!("reason-dismissed"),
            Reason::NotAGrievance => say!("reason-not_a_grievance"),
            Reason::ImportUndone => say!("reason-import_undone"),
            Reason::Temporary => say!("reason-temporary"),
            Reason::Configuration => say!("reason-configuration"),
        }
    }
}

crate::coded! {
    /// Whether the mail server has been told. A column of its own, retried on its own.
    pub enum AckState {
        /// Nothing to tell: the message stays as it is, or has no server.
        None = "none",
        /// To be told, from `due` on.
        Pending = "pending",
        /// Not to be told while the import that brought it is undone.
        Suspended = "suspended",
        Done = "done",
        /// The message is not on the server any more, or is not the one we know.
        Gone = "gone",
    }
}

// What becomes of a mail: one type, from the decision to the ledger, and back from there to whoever handed it over.

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

// What a connection is to make of a message, and how far that got: the queue's half of a ledger row.

/// Kept as JSON beside the ledger row from the moment the message is routed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handover {
    /// The record type to make at the far end.
    pub model: String,
    /// The Message-ID under which it goes out: the mail's own, or a derived one where the far end knows other mail
    /// by that name, or where the same mail makes a second record on purpose.
    pub message_id: String,
    /// Names the record at the far end for good (`ir.model.data`), so that a repeat finds it. Derived from the claim.
    pub external_id: String,
    /// The record there that it joins, where that is known here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<i32>,
    /// The contact there that a person linked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<i32>,
    /// Who wrote it, as a person says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<Address>,
    /// It answers mail of people whom its sender is none of: it makes a record of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub apart: bool,
    /// A person wants it delivered whatever it looks like.
    #[serde(default)]
    pub forced: bool,
    /// The far end had this Message-ID before it was sent.
    #[serde(default)]
    pub known_there: bool,
    /// The last attempt that may have reached the far end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<HandoverAttempt>,
}

/// A delivery that was begun. Written before the first byte is sent.
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
    /// `mail.thread.message_process`: the far end's own rules apply.
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

/// Seconds after a cut until its outcome is looked up: hardly any call goes on for longer.
const AFTER_CUT: i64 = 15;
/// Seconds after which a call goes on no more at the far end, which does not notice that nobody waits for it: Odoo ends a
/// request after 120 s.
const AFTER_TIME_OUT: i64 = 130;

/// Seconds for which a call may be begun by an attempt: the time-outs above leave as many.
const FRESH: i64 = 5;

impl HandoverAttempt {
    /// Whether a call that begins now has ended by the moments that follow from this attempt.
    pub fn is_fresh(&self, at: Moment) -> bool {
        at < self.begun + chrono::TimeDelta::seconds(FRESH)
    }

    /// When it was last at work, as far as is known. None where the outcome is known.
    pub fn unclear_since(&self) -> Option<Moment> {
        match self.end {
            AttemptEnd::Answered => None,
            AttemptEnd::Open => Some(self.begun),
            AttemptEnd::Cut { at } | AttemptEnd::TimedOut { at } => Some(at),
        }
    }

    /// When it is worth a look whether it is there. None where the outcome is known.
    pub fn looked_up_from(&self) -> Option<Moment> {
        match self.end {
            AttemptEnd::Cut { at } => Some(at + chrono::TimeDelta::seconds(AFTER_CUT)),
            AttemptEnd::Answered | AttemptEnd::Open | AttemptEnd::TimedOut { .. } => self.absence_counts_from(),
        }
    }

    /// From when on "it is not there" means that it never will be. None where the outcome is known.
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

// What one pass over an incoming server brought.

/// Counted by message. Stored as JSON on the server's status and printed by `mailgate fetch --json`, so the
/// names are part of the surface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct PassTally {
    /// New messages committed by this pass; the others say what became of them.
    pub fetched: u32,
    pub delivered: u32,
    pub held: u32,
    pub ignored: u32,
    pub retrying: u32,
}

impl std::ops::Add for PassTally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            fetched: self.fetched + other.fetched,
            delivered: self.delivered + other.delivered,
            held: self.held + other.held,
            ignored: self.ignored + other.ignored,
            retrying: self.retrying + other.retrying,
        }
    }
}

/// A pass that runs now, as a page shows it; stored as JSON for the pages of other nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct RunningPass {
    pub since: Moment,
    /// New messages that the mailbox holds; 0 until it has been surveyed.
    pub found: u32,
    /// Of these, committed here.
    pub kept: u32,
    /// Of these, settled: delivered, held or ignored.
    pub settled: u32,
    /// Of a large one that is on its way: bytes that are here, and all.
    pub large: Option<(u64, u64)>,
}

/// What delivery is to make of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RouteTarget {
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

/// What routing says of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Deliver(RouteTarget),
    /// It makes no record: this is its fate.
    End(Fate),
}

/// The decision with its trace: each rule that was tried, and why it did or did not apply.
///
/// The decision for one message, and how it came about.
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

/// As clients of the API read it: in English.
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

/// A trace as a column keeps it: what clients read, and behind it what the sentences are made of, in the same order.
pub fn trace_to_text(trace: &[TraceStep]) -> serde_json::Result<String> {
    let mut text = serde_json::to_string(trace)?;
    let made_of: Vec<_> = trace.iter().map(|step| step.why.made_of()).collect();
    if made_of.iter().any(Option::is_some) {
        text.push(MADE_OF);
        text.push_str(&serde_json::to_string(&made_of)?);
    }
    Ok(text)
}

/// Reads what [`trace_to_text`] wrote; traces of earlier versions have English alone.
pub fn trace_from_text(text: &str) -> serde_json::Result<Vec<TraceStep>> {
    let (trace, made_of) = text.split_once(MADE_OF).unwrap_or((text, "[]"));
    let (mut trace, made_of): (Vec<TraceStep>, Vec<Option<serde_json::Value>>) =
        (serde_json::from_str(trace)?, serde_json::from_str(made_of)?);
    for (step, made_of) in trace.iter_mut().zip(made_of) {
        step.why = Sentence::of_parts(step.why.to_string(), made_of.as_ref());
    }
    Ok(trace)
}

crate::coded! {
    /// How far an import is: the mail that stood in a mailbox when it was fetched for the first time, as far as that was chosen.
    /// It is followed, stopped, continued and undone as one.
    pub enum ImportState {
        /// The passes over its mailbox fetch it.
        Running = "running",
        /// A person stopped it: they fetch new mail alone.
        Stopped = "stopped",
        /// All of it is here.
        Done = "done",
        /// What it made is being taken back.
        Undoing = "undoing",
        Undone = "undone",
        /// What was taken back is being taken up again; then it runs until nothing of it is missing.
        Restoring = "restoring",
    }
}

impl ImportState {
    /// Passes leave alone what is not here yet.
    pub fn is_left_out(self) -> bool {
        matches!(self, Self::Stopped | Self::Undoing | Self::Undone | Self::Restoring)
    }

    /// Mailgate works at it.
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Running | Self::Undoing | Self::Restoring)
    }
}

crate::coded! {
    /// What a person does about an import.
    pub enum ImportDeed {
        Stop = "stop",
        Continue = "continue",
        Undo = "undo",
        /// Takes up again what was taken back.
        Restore = "restore",
    }
}

impl ImportDeed {
    /// In which states it can be done.
    pub fn from(self) -> &'static [ImportState] {
        match self {
            Self::Stop => &[ImportState::Running],
            Self::Continue => &[ImportState::Stopped],
            Self::Undo => &[ImportState::Running, ImportState::Stopped, ImportState::Done, ImportState::Restoring],
            Self::Restore => &[ImportState::Undoing, ImportState::Undone],
        }
    }

    pub fn to(self) -> ImportState {
        match self {
            Self::Stop => ImportState::Stopped,
            Self::Continue => ImportState::Running,
            Self::Undo => ImportState::Undoing,
            Self::Restore => ImportState::Restoring,
        }
    }
}

/// How far an undo has come, or the way back from it. Counted by message.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct ImportUndo {
    /// Whose deed it is.
    pub login: String,
    /// The last message that was looked at, by its id.
    pub after: i32,
    pub taken_back: u32,
    /// Left alone: somebody works on the record.
    pub worked_on: u32,
    /// Left alone: the record has further mail.
    pub more_mail: u32,
    /// Left alone: it was handed to a connection, which is not undone from here.
    pub handed_over: u32,
    /// Taken up again.
    pub restored: u32,
}

impl serde::Serialize for ImportState {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl serde::Serialize for ImportDeed {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
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
