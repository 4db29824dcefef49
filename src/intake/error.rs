//! Why taking mail in failed: a pass over a server, the keeping of one message, the repair of one.

use crate::domain::id::{MessageId, ServerId};
use crate::mailbox::MailboxError;
use crate::store::blob::BlobError;
use crate::store::{QueryError, StoreError};

/// Why a pass ended early. What it kept until then stays, and the next pass goes on.
#[derive(Debug, thiserror::Error)]
pub enum PassError {
    #[error(transparent)]
    Mailbox(#[from] MailboxError),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A large message could not be written to the spool folder.
    #[error("a message could not be put down on its way: {0}")]
    Spool(#[from] std::io::Error),
    /// So many messages that the server shows are neither kept nor noted.
    #[error("{0} messages that the mail server shows could be neither kept nor noted")]
    Unaccounted(usize),
    /// The server takes nothing that it is told, in its words.
    #[error("the mail server refuses what it is told of messages: {0}")]
    Untold(String),
    #[error("there is no incoming server {0} any more")]
    NoServer(ServerId),
    #[error("told to stop")]
    Stopped,
}

/// Why one message that was handed over is not kept: nothing of it is stored.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the message could not be read or put down: {0}")]
    Io(#[from] std::io::Error),
    /// More than Mailgate keeps of any message, in bytes.
    #[error("the message is larger than {0} bytes")]
    TooLarge(u64),
}

/// Why a person's repair of a message was not done.
#[derive(Debug, thiserror::Error)]
pub enum RepairError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("there is no message {0} in the ledger")]
    NotFound(MessageId),
    /// Says why this is not possible in its present state, and what is.
    #[error("{0}")]
    NotNow(String),
}

macro_rules! from_query {
    ($($error:ident),+) => {$(
        impl From<QueryError> for $error {
            fn from(error: QueryError) -> Self {
                $error::Store(error.into())
            }
        }
    )+};
}

from_query!(PassError, KeepError, RepairError);

impl From<BlobError> for PassError {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::Store(error) => PassError::Store(error),
            BlobError::Io(error) => PassError::Spool(error),
        }
    }
}

impl From<BlobError> for KeepError {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::Store(error) => KeepError::Store(error),
            BlobError::Io(error) => KeepError::Io(error),
        }
    }
}
