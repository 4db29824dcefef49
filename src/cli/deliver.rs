//! `mailgate deliver`: the end of an MTA's pipe.

use super::exit::{CommandFailure, Exit};
use crate::config::Config;
use crate::domain::person::Caller;
use crate::operations::App;
use crate::operations::gateway::{DeliverError, deliver};

#[derive(Debug, clap::Args)]
#[command(after_help = NOTES)]
pub(super) struct DeliverArguments {
    /// Name of a confirmed Local Server
    #[arg(long, value_name = "NAME")]
    server: String,
}

const NOTES: &str = "\
Ends with 0 only after the message is committed. Ends with 75, so that the MTA keeps the message and tries again,
wherever it could not be kept: an unknown or unconfirmed server, a database that is away, a full disk. With Postfix:

  mailgate unix - n n - - pipe flags=DRhu user=mailgate argv=/usr/local/bin/mailgate deliver --server Support";

pub(super) fn run(config: Config, arguments: &DeliverArguments) -> Result<(), CommandFailure> {
    let app = App::open(config)?;
    match deliver(&app, &Caller::command_line(), &arguments.server, &mut std::io::stdin().lock()) {
        Ok(_) => Ok(()),
        Err(DeliverError::Operation(error)) => Err(CommandFailure { exit: Exit::Temporary, ..error.into() }),
        Err(error @ DeliverError::Keep(_)) => Err(CommandFailure::new(Exit::Temporary, format!("{error}."))),
        Err(error @ DeliverError::Empty) => Err(CommandFailure::new(Exit::Data, format!("{error}."))),
    }
}
