//! `mailgate key`: a new version of the secret key, or a fresh one where it is lost.

use super::exit::{CommandFailure, Exit, say};
use crate::config::Config;
use crate::domain::person::Caller;
use crate::operations::App;
use crate::operations::keys::{self, Afresh, Rotated};

#[derive(Debug, clap::Subcommand)]
pub(super) enum KeyCommand {
    /// Add a version to the key file, and seal all passwords anew with it
    #[command(after_help = ROTATE)]
    Rotate,
    /// Start afresh with a new key where the old one is missing or wrong
    #[command(after_help = NEW)]
    New {
        /// Forget the passwords that only the lost key opens: their servers and connections become Not Confirmed
        #[arg(long, required = true)]
        forget_passwords: bool,
    },
}

pub(super) const NOTES: &str = "\
The secret key (MAILGATE_SECRET_KEY_FILE, secret.key in the data folder unless set) seals the passwords of mailboxes and
connections. Its file has one version a line, the oldest first, each 64 hexadecimal digits. It belongs to the backup, apart
from the database: without it the passwords must be typed again, and whoever has both can open them.";

const ROTATE: &str = "\
May run beside `mailgate serve`, and after being killed at any moment: run it again. Older versions stay in the file, so
that what they sealed opens. Back the file up afterwards.

Several nodes on one PostgreSQL:
  1. Run it on one node. It adds a version to that node's file, waits up to 15 seconds for every node that serves to have
     it, and ends with 75 and their names where some do not. Nothing has changed then.
  2. Copy the file to the nodes named, where they do not share it. They read it again by themselves within seconds.
  3. Run it again. It seals with the new version once every node has it.
Where the file can't be written (a secret of a container, LoadCredential=), add a line yourself (openssl rand -hex 32),
hand it out to every node, and run it.

Exit code 0 where the new version is in use, 75 where a node does not have it yet, 78 where the key is missing or wrong.";

const NEW: &str = "\
First look for the key in your backup: put back in its place, it is taken up without a restart. Only where it is lost for
good run this. A file that is there is moved aside, never overwritten. The new key belongs to the backup.

Exit code 0 where a new key is in use, 75 where the key is the right one and nothing was done.";

pub(super) fn run(config: Config, command: &KeyCommand) -> Result<(), CommandFailure> {
    let app = App::open(config)?;
    let caller = Caller::command_line();
    match command {
        KeyCommand::Rotate => {
            if let Some(problem) = app.key.problem() {
                return Err(CommandFailure::new(Exit::Config, problem.complaint().to_string()));
            }
            let Rotated { version, finished, sealed, closed } = keys::rotate(&app, &caller)?;
            let file = app.key.file_name();
            say(match finished {
                false => {
                    format!("Version {version} of the secret key is in use; {sealed} sealed values are sealed anew.")
                }
                true => format!(
                    "The rotation to version {version} that had broken off is finished: {sealed} sealed values are sealed anew."
                ),
            })?;
            if closed > 0 {
                say(format_args!("{closed} values open with no version; they stay as they are."))?;
            }
            say(format_args!("Back up {file} now, apart from the database."))
        }
        KeyCommand::New { .. } => {
            let Afresh { aside, forgotten } = keys::start_afresh(&app, &caller)?;
            say(format_args!(
                "A new secret key is in use: {}. Back it up, apart from the database.",
                app.key.file_name()
            ))?;
            if let Some(aside) = aside {
                say(format_args!("The file that was there is now {}.", aside.display()))?;
            }
            for name in &forgotten {
                say(format_args!("Not Confirmed, its password is to be typed again: {name}"))?;
            }
            Ok(())
        }
    }
}
