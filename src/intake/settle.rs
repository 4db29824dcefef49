//! Settling: reading, routing and delivering what is kept.

use super::Intake;
use crate::domain::id::MessageId;
use crate::domain::ledger::State;
use crate::store::StoreError;

/// What became of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    pub message: MessageId,
    pub state: State,
}

/// Routes and delivers these messages, as far as they still wait for it, and says what became of each.
pub fn settle(_intake: &Intake, _ids: &[MessageId]) -> Result<Vec<Settled>, StoreError> {
    Ok(Vec::new())
}

/// Takes up what a dead process left in hand, and what is to be tried again by now. Called at start, and by each
/// pass for its own server.
pub fn resume(_intake: &Intake) -> Result<Vec<Settled>, StoreError> {
    Ok(Vec::new())
}
