//! The states of a message in the ledger, and the reasons a person reads.

crate::coded! {
    /// `received` → `routed` → `delivering` → `delivered`, or one of the other three. Only `ledger` moves a
    /// message from one to another, by compare-and-set.
    pub enum State {
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

impl State {
    /// One word for a badge.
    pub fn label(self) -> &'static str {
        match self {
            State::Received => "Received",
            State::Routed => "Routed",
            State::Delivering => "Delivering",
            State::Delivered => "Delivered",
            State::Held => "Held",
            State::Ignored => "Ignored",
            State::Retrying => "Retrying",
        }
    }

    /// Counted as *waiting* in `seen = delivered + held + ignored + retrying + waiting`.
    pub fn is_waiting(self) -> bool {
        matches!(self, State::Received | State::Routed | State::Delivering)
    }

    /// No further work of ours: only a person moves it on.
    pub fn is_settled(self) -> bool {
        matches!(self, State::Delivered | State::Held | State::Ignored)
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
        // retrying
        Temporary = "temporary",
        Configuration = "configuration",
    }
}

impl Reason {
    /// A sentence for the ledger page; what to do next stands in the second half.
    pub fn sentence(self) -> &'static str {
        match self {
            Reason::TooLarge => {
                "Larger than this mailbox's limit. The mail is still on the server: download it anyway, or dismiss it."
            }
            Reason::Spam => "The mail server marked it as spam. Deliver it if it is none, or dismiss it.",
            Reason::UnknownSender => {
                "The sender belongs to no registrant. Link one, create one, or dismiss it with a reason. Nothing is lost, and the sender is not told."
            }
            Reason::Unreadable => {
                "It could not be read as mail. Open its source, then deliver it by hand or dismiss it."
            }
            Reason::NotDownloaded => "The mail server did not hand it over. Retry it, or open it in webmail.",
            Reason::NoRecordType => {
                "Its record type is not set, or does not exist (any more). Choose one on the incoming server or here, then retry."
            }
            Reason::RecordGone => {
                "The record it replies to does not exist any more. Deliver it as a new record, or dismiss it."
            }
            Reason::Refused => "The target refused it by a rule of its own. Correct what it names, then retry.",
            Reason::Undelivered => {
                "The connection failed on it again and again; its last words stand below. Look at the record type there, then retry."
            }
            Reason::Loop => {
                "This sender writes more often than a person does; it may be a machine. Look at it, then deliver or dismiss it."
            }
            Reason::Fault => "Mailgate failed on it. Retry it; if it fails again, report the number below.",
            Reason::Duplicate => "The same mail is already here.",
            Reason::Bounce => "A delivery report about mail of ours, not a person's mail.",
            Reason::AutoReply => "An automatic reply, not a person's mail.",
            Reason::Dismissed => "Dismissed by a person.",
            Reason::NotAGrievance => "Marked as not a grievance by a person.",
            Reason::Temporary => "It failed for a passing reason and is tried again by itself.",
            Reason::Configuration => {
                "The connection needs to be set right first; it goes on by itself once its test passes."
            }
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
        Done = "done",
        /// The message is not on the server any more, or is not the one we know.
        Gone = "gone",
    }
}
