//! The pass of [`Intake`] as the scheduler runs it.

use chrono::TimeDelta;

use super::passes::{Unfinished, Work};
use super::progress::Progress;
use super::stop::Stop;
use super::{Intake, PassError, pass, resume, retention};
use crate::domain::id::ServerId;
use crate::domain::tally::Tally;
use crate::store::StoreError;
use crate::store::server_status::Failure;

impl Work for Intake {
    fn pass(&self, server: ServerId, stop: &Stop, progress: &Progress) -> Result<Tally, Unfinished> {
        Ok(pass(self, server, stop, progress)?)
    }

    fn resume(&self, grace: TimeDelta) -> Result<(), StoreError> {
        resume(self, grace).map(|_| ())
    }

    fn sweep(&self) -> Result<(), StoreError> {
        retention::sweep(self).map(|_| ())
    }
}

impl From<PassError> for Unfinished {
    fn from(error: PassError) -> Self {
        match error {
            PassError::Mailbox(error) => {
                Unfinished::Failed(Failure { words: error.words.clone(), remedy: error.remedy.clone() })
            }
            PassError::Store(StoreError::Seal(words)) => Unfinished::Failed(Failure {
                words,
                remedy: "Use the key that sealed it (MAILGATE_SECRET_KEY_FILE), or type the password again.".into(),
            }),
            PassError::Store(error) => error.into(),
            PassError::Spool(_) => Unfinished::Store(error.to_string()),
            PassError::NoServer(_) => Unfinished::NotConfirmed,
            PassError::Stopped => Unfinished::Stopped,
        }
    }
}
