//! Fetching: a session with a mailbox, from its survey to its acknowledgements; and what decides when there is one: the
//! schedule, locks, places at mail servers, who waits for a pass, and how far it has come. The mail itself goes into
//! [`crate::pipeline`].

pub mod hosts;
pub mod passes;
pub mod push;
pub mod schedule;

mod acknowledge;
mod download;
mod pass;
mod scope;

pub use pass::{MailboxVisit, PassError, listen, pass};

use crate::key::SecretKey;
use crate::mailbox::Environment;
use crate::oauth::TokenKeeper;
use crate::pipeline::Pipeline;

use self::push::Push;

/// What fetching needs of the installation; cheap to clone.
#[derive(Clone)]
pub struct Fetcher {
    pub pipeline: Pipeline,
    /// Decrypts the mailboxes' passwords.
    pub key: SecretKey,
    pub environment: Environment,
    /// Keeps sessions that wait for mail.
    pub push: Push,
}

impl Fetcher {
    /// Provides the tokens that sign in to mailboxes.
    pub fn keeper(&self) -> TokenKeeper {
        TokenKeeper::new(self.pipeline.store.clone(), self.key.clone(), self.environment.authorities.clone())
    }
}
