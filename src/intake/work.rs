//! The pass of [`Intake`] as the scheduler runs it.

use chrono::TimeDelta;

use super::passes::{Unfinished, Work};
use super::progress::Progress;
use super::stop::Stop;
use super::{Intake, PassError, pass, resume, retention};
use crate::domain::id::ServerId;
use crate::domain::tally::Tally;
use crate::key::SealError;
use crate::mailbox::Problem;
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
                let failure = Failure { words: error.words, remedy: error.remedy };
                if error.problem == Problem::Machine { Unfinished::Here(failure) } else { Unfinished::Failed(failure) }
            }
            PassError::Store(StoreError::Seal(SealError::Locked(problem))) => Unfinished::Locked(problem),
            PassError::Store(StoreError::Seal(error)) => {
                Unfinished::Failed(Failure { words: format!("{error}."), remedy: format!("{}.", error.remedy()) })
            }
            PassError::Unaccounted(count) => Unfinished::Failed(Failure {
                words: format!(
                    "{count} of the mails that the mail server shows could be neither fetched nor noted. They stay on \
                     the server, and are tried again at each fetch."
                ),
                remedy: "Open them in webmail, and report it with the log's lines of this time.".into(),
            }),
            PassError::Untold(words) => Unfinished::Failed(Failure {
                words: format!("All new mail is here, but the mail server refuses to be told of it. {words}"),
                remedy:
                    "See whether this user may change mails in this folder, or choose under Advanced that mails are \
                         left as they are."
                        .into(),
            }),
            PassError::Store(error) => error.into(),
            PassError::Spool(error) => Unfinished::Here(Failure {
                words: format!("A large mail could not be put down on its way: {error}."),
                remedy: "See whether the disk of the data folder is full, and let Mailgate write to it.".into(),
            }),
            PassError::NoServer(_) => Unfinished::NotConfirmed,
            PassError::Stopped => Unfinished::Stopped,
        }
    }
}
