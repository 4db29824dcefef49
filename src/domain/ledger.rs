//! What the ledger says of a mail: its state with the reason that people read, and its fate, from which the state follows.

use super::Moment;
use super::id::RecordId;
use super::words::Sentence;
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

    /// Whether Mailgate is done with it, and only a person can move it on.
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
        /// An unexpected fault of Mailgate; the detail has a number to quote.
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
    /// A sentence for the ledger page; its second half says what to do.
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
    /// Whether the mail server has been told. A column of its own, and tried again by itself.
    pub enum AckState {
        /// Nothing to tell: the message stays as it is, or has no server.
        None = "none",
        /// To be told, from `due` on.
        Pending = "pending",
        /// Not to be told while the import that brought it is undone.
        Suspended = "suspended",
        Done = "done",
        /// The message is not on the server any more, or is another one.
        Gone = "gone",
    }
}

/// Why a mail makes no record, or none yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    pub reason: Reason,
    /// What else there is to say beside the reason's own sentence; empty if that says it all.
    pub detail: Sentence,
}

impl Why {
    pub fn new(reason: Reason, detail: Sentence) -> Self {
        Self { reason, detail }
    }
}

/// What becomes of a mail: one type, from the decision to the ledger, and back to whoever handed the mail over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It made this record here.
    NewRecord { model: String, record: RecordId },
    /// It joined the conversation of this record here.
    Reply { model: String, record: RecordId },
    /// It is on this record at its connection, which decided whether that is a new one; `url` opens it.
    Arrived { model: String, record: RecordId, url: String },
    /// It waits in the outbox for its connection, to become a record of this type.
    Queued { model: String },
    /// It waits for a person.
    Held(Why),
    /// It makes no record; a person can still deliver it.
    Ignored(Why),
    /// It failed for a passing reason, and is tried again from `next` on.
    Retrying { why: Why, next: Moment },
    /// Nothing of it is kept: whoever hands it over is told why, and still has it. Not in the ledger.
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

    /// What else there is to say beside the reason.
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
