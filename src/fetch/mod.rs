//! A session with a mailbox, from its survey to its acknowledgements, and everything that decides when there is one:
//! schedule, locks, places at hosts, who waits for it, how far it has come. What a session brings goes into [`crate::pipeline`].

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
    /// Opens the mailboxes' passwords.
    pub key: SecretKey,
    pub environment: Environment,
    /// Keeps sessions that wait for mail.
    pub push: Push,
}

impl Fetcher {
    /// Who hands out what signs in to mailboxes.
    pub fn keeper(&self) -> TokenKeeper {
        TokenKeeper::new(self.pipeline.store.clone(), self.key.clone(), self.environment.authorities.clone())
    }
}
