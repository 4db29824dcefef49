//! Why a command did not do what it should, and how much of that a session takes.

use super::account::MailAccount;
use super::refusal::{asks_to_wait, throttles};
use super::{MailboxError, MailboxProblem};
use crate::domain::words::Sentence;
use crate::{complain, say};

/// What a server is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doing {
    BeginTls,
    Compare,
    Count,
    Delete,
    DeleteAll,
    GoOn,
    Greet,
    HandOver,
    HoldStill,
    Introduce,
    List,
    ListAll,
    ListCapabilities,
    ListFolders,
    ListSizes,
    ListUidls,
    LookAgain,
    Mark,
    Move,
    Number,
    Open,
    Search,
    ShowHeader,
    ShowHeaders,
    ShowNewest,
    SignIn,
    SignOut,
    UidValidity,
    Wait,
}

impl Doing {
    /// Ends “… while it was asked to”.
    pub(super) fn words(self) -> Sentence {
        match self {
            Doing::BeginTls => say!("mailbox-doing-begin-tls"),
            Doing::Compare => say!("mailbox-doing-compare"),
            Doing::Count => say!("mailbox-doing-count"),
            Doing::Delete => say!("mailbox-doing-delete"),
            Doing::DeleteAll => say!("mailbox-doing-delete-all"),
            Doing::GoOn => say!("mailbox-doing-go-on"),
            Doing::Greet => say!("mailbox-doing-greet"),
            Doing::HandOver => say!("mailbox-doing-hand-over"),
            Doing::HoldStill => say!("mailbox-doing-hold-still"),
            Doing::Introduce => say!("mailbox-doing-introduce"),
            Doing::List => say!("mailbox-doing-list"),
            Doing::ListAll => say!("mailbox-doing-list-all"),
            Doing::ListCapabilities => say!("mailbox-doing-list-capabilities"),
            Doing::ListFolders => say!("mailbox-doing-list-folders"),
            Doing::ListSizes => say!("mailbox-doing-list-sizes"),
            Doing::ListUidls => say!("mailbox-doing-list-uidls"),
            Doing::LookAgain => say!("mailbox-doing-look-again"),
            Doing::Mark => say!("mailbox-doing-mark"),
            Doing::Move => say!("mailbox-doing-move"),
            Doing::Number => say!("mailbox-doing-number"),
            Doing::Open => say!("mailbox-doing-open"),
            Doing::Search => say!("mailbox-doing-search"),
            Doing::ShowHeader => say!("mailbox-doing-show-header"),
            Doing::ShowHeaders => say!("mailbox-doing-show-headers"),
            Doing::ShowNewest => say!("mailbox-doing-show-newest"),
            Doing::SignIn => say!("mailbox-doing-sign-in"),
            Doing::SignOut => say!("mailbox-doing-sign-out"),
            Doing::UidValidity => say!("mailbox-doing-uid-validity"),
            Doing::Wait => say!("mailbox-doing-wait"),
        }
    }
}

#[derive(Debug)]
pub(super) enum MailboxFailure {
    /// The server refused it, or said something unexpected, in these words. The session goes on.
    Refused { doing: Doing, said: Sentence },
    /// The session is over.
    Broken(MailboxError),
}

impl MailboxFailure {
    /// What the server's refusal means: of this one thing, or of everything for a while.
    pub(super) fn refused(account: &MailAccount, doing: Doing, said: &str) -> Self {
        match throttles(said) {
            true => MailboxFailure::Broken(account.busy(said)),
            false => MailboxFailure::Refused { doing, said: Sentence::verbatim(account.said(said)) },
        }
    }

    /// For a command that needs to succeed.
    pub(super) fn into_error(self, account: &MailAccount) -> MailboxError {
        match self {
            MailboxFailure::Broken(error) => error,
            MailboxFailure::Refused { said, .. } if asks_to_wait(&said) => account.busy(&said),
            MailboxFailure::Refused { doing, said } => {
                let said = said.changed(&|words| account.said(words));
                MailboxError::new(
                    MailboxProblem::Protocol,
                    say!("mailbox-refused", place = account.place(), doing = doing.words(), said),
                )
            }
        }
    }
}

/// What sessions that break one after the other may cost before the server itself is taken for broken: enough to find
/// one message of 500 by halves.
const LOSSES: usize = 16;

/// Counts the sessions that broke one after the other, with no message had between them.
#[derive(Default)]
pub(super) struct Losses(usize);

impl Losses {
    /// How many, each counted for one; 0 is none.
    pub(super) fn in_a_row(&self) -> u32 {
        u32::try_from(self.0).unwrap_or(u32::MAX)
    }

    /// In how many parts to try again what was asked for. The error itself where another session is not worth trying.
    pub(super) fn count(&mut self, error: MailboxError) -> Result<usize, MailboxError> {
        // Waiting costs more than an end, so there are fewer steps to the one message.
        let (cost, ways) = if error.problem == MailboxProblem::Timeout { (LOSSES / 4, 8) } else { (1, 2) };
        self.0 += cost;
        if may_be_one_messages(&error) && self.0 <= LOSSES { Ok(ways) } else { Err(error) }
    }
}

/// Only some failures can be a single message's.
pub(super) fn may_be_one_messages(error: &MailboxError) -> bool {
    matches!(error.problem, MailboxProblem::Protocol | MailboxProblem::Cut | MailboxProblem::Timeout)
}

/// Bytes to accept for a message listed with this size, which many servers tell a little wrong.
pub(super) fn generous(size: u64) -> u64 {
    size.saturating_mul(2).saturating_add(1 << 20)
}

/// A large message did not fit into its temporary file.
pub(super) fn no_room(error: std::io::Error) -> MailboxFailure {
    MailboxFailure::Broken(MailboxError::new(MailboxProblem::Local, complain!("mailbox-no-room", error)))
}
