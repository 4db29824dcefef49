//! Keeping: a source and its row in the ledger, in one durable commit.

use std::io::Read;

use super::{Intake, KeepError};
use crate::domain::id::MessageId;
use crate::domain::server::IncomingServer;

/// Keeps one message that is handed over (`mailgate deliver`, the gateway API) and returns after the commit. A
/// second identical delivery to the same server finds the first.
pub fn keep_one(_intake: &Intake, server: &IncomingServer, _body: &mut dyn Read) -> Result<MessageId, KeepError> {
    Err(std::io::Error::other(format!("{} takes no mail yet", server.name)).into())
}
