//! Why a command did not do what it should, and how much of that a session takes.

use super::account::Account;
use super::{MailboxError, Problem};

#[derive(Debug)]
pub(super) enum Failure {
    /// The server refused it, or said something unexpected, in these words. The session goes on.
    Refused { doing: &'static str, said: String },
    /// The session is over.
    Broken(MailboxError),
}

impl Failure {
    /// For a command that needs to succeed.
    pub fn into_error(self, account: &Account) -> MailboxError {
        match self {
            Failure::Broken(error) => error,
            Failure::Refused { doing, said } => {
                let words = format!("{} refused to {doing}: {}", account.place(), account.said(&said));
                MailboxError::new(Problem::Protocol, words)
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
    /// In how many parts to try again what was asked for. The error itself where another session is not worth trying.
    pub fn count(&mut self, error: MailboxError) -> Result<usize, MailboxError> {
        // Waiting costs more than an end, so there are fewer steps to the one message.
        let (cost, ways) = if error.problem == Problem::Timeout { (LOSSES / 4, 8) } else { (1, 2) };
        self.0 += cost;
        if may_be_one_messages(&error) && self.0 <= LOSSES { Ok(ways) } else { Err(error) }
    }
}

/// Only some failures can be a single message's.
pub(super) fn may_be_one_messages(error: &MailboxError) -> bool {
    matches!(error.problem, Problem::Protocol | Problem::Cut | Problem::Timeout)
}

/// Bytes to accept for a message listed with this size, which many servers tell a little wrong.
pub(super) fn generous(size: u64) -> u64 {
    size.saturating_mul(2).saturating_add(1 << 20)
}

/// A large message did not fit into its temporary file.
pub(super) fn no_room(error: std::io::Error) -> Failure {
    let words = format!("A large message could not be kept in a temporary file: {error}.");
    let remedy = "Make room in the folder for temporary files, or set TMPDIR to one with room.";
    Failure::Broken(MailboxError::new(Problem::Local, words).with_remedy(remedy))
}
