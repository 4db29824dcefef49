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
use exit::{Exit, Failure};

/// Turns mail into records: watches mailboxes, and each mail becomes a Grievance.
#[derive(Debug, Parser)]
#[command(name = "mailgate", version, after_help = NOTES)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

const NOTES: &str = "\
Settings stand in Rocket.toml or in the environment: MAILGATE_ADDRESS, MAILGATE_PORT (8000), MAILGATE_DATA_DIR
(./data), MAILGATE_DATABASE_URL, MAILGATE_LOG and others; see README.md. Every command makes the data folder, key
and database where there are none.

Exit codes: 0 done, 64 wrong usage, 65 wrong input, 69 a mail server or the database is not available, 70 a fault
of Mailgate, 74 a file can't be read or written, 75 try again later, 78 wrong settings.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve pages and API, and fetch mail by schedule (also with no command)
    Serve,
    /// Make a fresh folder with users and a sample mailbox, fetch it and serve it
    Demo(demo::Arguments),
    /// Run one pass over confirmed incoming servers
    Fetch(fetch::Arguments),
    /// Take one message from standard input, for an MTA's pipe
    Deliver(deliver::Arguments),
    /// Add and list accounts, set passwords
    User {
        #[command(subcommand)]
        command: user::Command,
    },
    /// Rotate the secret key, or start afresh where it is lost
    #[command(after_help = key::NOTES)]
    Key {
        #[command(subcommand)]
        command: key::Command,
    },
    /// Test the configuration, the database, the key, the files' modes and every incoming server
    Check,
}

/// Parses the arguments and does what they say.
pub fn main() -> ExitCode {
    files::make_privately();
    memory::give_back_early();
    descriptors::raise_limit();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Where even this can't be printed, the code still says it.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { ExitCode::SUCCESS };
        }
    };
    let command = arguments.command.unwrap_or(Command::Serve);
    let is_deliver = matches!(command, Command::Deliver(_));
    let outcome = std::panic::catch_unwind(|| run(command)).unwrap_or_else(|_| {
        Err(Failure::new(Exit::Software, "Mailgate failed. Run it again; report the lines above if it stays so."))
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

fn run(command: Command) -> Result<(), Failure> {
    let config = Config::load()?;
    let serves = matches!(command, Command::Serve | Command::Demo(_));
    log::start(&config.log, config.log_format, serves);
    if serves {
        memory::keep_giving_back();
    }
    match command {
        Command::Serve => serve::run(config),
        Command::Demo(arguments) => demo::run(config, &arguments),
        Command::Fetch(arguments) => fetch::run(config, &arguments),
        Command::Deliver(arguments) => deliver::run(config, &arguments),
        Command::User { command } => user::run(config, &command),
        Command::Key { command } => key::run(config, &command),
        Command::Check => check::run(config),
    }
}
