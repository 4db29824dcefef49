//! The command line: a face over `operations`. One file per command; each says its outcome on standard output, what
//! went wrong on standard error, and ends with a code of sysexits.h.

mod check;
mod deliver;
mod demo;
mod exit;
mod fetch;
mod key;
mod log;
mod memory;
mod serve;
mod user;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Config;
use crate::descriptors;
use crate::files;
use exit::{CommandFailure, Exit};

/// Turns mail into records: watches mailboxes, and each mail becomes a Grievance.
#[derive(Debug, Parser)]
#[command(name = "mailgate", version, after_help = NOTES)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<CliCommand>,
}

const NOTES: &str = "\
Settings stand in Rocket.toml or in the environment: MAILGATE_ADDRESS, MAILGATE_PORT (8000), MAILGATE_DATA_DIR
(./data), MAILGATE_DATABASE_URL, MAILGATE_LOG and others; see README.md. Every command makes the data folder, key
and database where there are none.

Exit codes: 0 done, 64 wrong usage, 65 wrong input, 69 a mail server or the database is not available, 70 a fault
of Mailgate, 74 a file can't be read or written, 75 try again later, 78 wrong settings.";

#[derive(Debug, Subcommand)]
enum CliCommand {
    /// Serve pages and API, and fetch mail by schedule (also with no command)
    Serve,
    /// Make a fresh folder with users and a sample mailbox, fetch it and serve it
    Demo(demo::DemoArguments),
    /// Run one pass over confirmed incoming servers
    Fetch(fetch::FetchArguments),
    /// Take one message from standard input, for an MTA's pipe
    Deliver(deliver::DeliverArguments),
    /// Add and list accounts, set passwords
    User {
        #[command(subcommand)]
        command: user::UserCommand,
    },
    /// Rotate the secret key, or start afresh where it is lost
    #[command(after_help = key::NOTES)]
    Key {
        #[command(subcommand)]
        command: key::KeyCommand,
    },
    /// Test the configuration, the database, the key, the files' modes and every incoming server
    Check,
}

/// Parses the arguments and does what they say.
pub fn main() -> ExitCode {
    files::make_privately();
    memory::give_back_early();
    descriptors::raise_limit();
    let arguments = match CommandLine::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Where even this can't be printed, the code still says it.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { ExitCode::SUCCESS };
        }
    };
    let command = arguments.command.unwrap_or(CliCommand::Serve);
    let is_deliver = matches!(command, CliCommand::Deliver(_));
    let outcome = std::panic::catch_unwind(|| run(command)).unwrap_or_else(|_| {
        Err(CommandFailure::new(
            Exit::Software,
            "Mailgate failed. Run it again; report the lines above if it stays so.",
        ))
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("mailgate: {}", failure.words);
            // An MTA sends mail back for ever on every other code.
            if is_deliver && failure.exit != Exit::Data { Exit::Temporary.into() } else { failure.exit.into() }
        }
    }
}

fn run(command: CliCommand) -> Result<(), CommandFailure> {
    let config = Config::load()?;
    let serves = matches!(command, CliCommand::Serve | CliCommand::Demo(_));
    log::start(&config.log, config.log_format, serves);
    if serves {
        memory::keep_giving_back();
    }
    match command {
        CliCommand::Serve => serve::run(config),
        CliCommand::Demo(arguments) => demo::run(config, &arguments),
        CliCommand::Fetch(arguments) => fetch::run(config, &arguments),
        CliCommand::Deliver(arguments) => deliver::run(config, &arguments),
        CliCommand::User { command } => user::run(config, &command),
        CliCommand::Key { command } => key::run(config, &command),
        CliCommand::Check => check::run(config),
    }
}
