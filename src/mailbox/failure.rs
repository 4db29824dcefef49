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

/// Sessions that may break during one fetch before the server itself is taken for broken.
const LOSSES: usize = 8;

/// Counts the sessions that broke during one fetch.
#[derive(Default)]
pub(super) struct Losses(usize);

impl Losses {
    /// The error itself where another session is not worth trying: only some failures can be a single message's.
    pub fn count(&mut self, error: MailboxError) -> Result<(), MailboxError> {
        // Two messages in a row that let a server fall silent are a silent server.
        self.0 += if error.problem == Problem::Timeout { LOSSES / 2 } else { 1 };
        let by_message = matches!(error.problem, Problem::Protocol | Problem::Cut | Problem::Timeout);
        if by_message && self.0 <= LOSSES { Ok(()) } else { Err(error) }
    }
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
