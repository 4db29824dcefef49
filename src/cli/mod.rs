//! The command line: a face over `operations`. Each command says its outcome on standard output, what went wrong on
//! standard error, and ends with a code of sysexits.h.

mod commands;
mod log;
mod memory;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{Config, ConfigError};
use crate::operations::{OperationError, StartError, StoreError};
use crate::{descriptors, files};

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
    Demo(commands::DemoArguments),
    /// Run one pass over confirmed incoming servers
    Fetch(commands::FetchArguments),
    /// Take one message from standard input, for an MTA's pipe
    Deliver(commands::DeliverArguments),
    /// Add and list accounts, set passwords
    User {
        #[command(subcommand)]
        command: commands::UserCommand,
    },
    /// Rotate the secret key, or start afresh where it is lost
    #[command(after_help = commands::KEY_NOTES)]
    Key {
        #[command(subcommand)]
        command: commands::KeyCommand,
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
        CliCommand::Serve => commands::run_serve(config),
        CliCommand::Demo(arguments) => commands::run_demo(config, &arguments),
        CliCommand::Fetch(arguments) => commands::run_fetch(config, &arguments),
        CliCommand::Deliver(arguments) => commands::run_deliver(config, &arguments),
        CliCommand::User { command } => commands::run_user(config, &command),
        CliCommand::Key { command } => commands::run_key(config, &command),
        CliCommand::Check => commands::run_check(config),
    }
}

// How a command ends: the codes of sysexits.h, and which error gets which.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Usage = 64,
    Data = 65,
    Unavailable = 69,
    Software = 70,
    Io = 74,
    Temporary = 75,
    Config = 78,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// Why a command was not done: what happened, to what, and what to do.
#[derive(Debug)]
struct CommandFailure {
    pub exit: Exit,
    pub words: String,
}

impl CommandFailure {
    fn new(exit: Exit, words: impl Into<String>) -> Self {
        Self { exit, words: words.into() }
    }
}

impl From<ConfigError> for CommandFailure {
    fn from(error: ConfigError) -> Self {
        let exit = match error {
            ConfigError::DataDir { .. } => Exit::Io,
            ConfigError::Settings(_) | ConfigError::Key { .. } | ConfigError::Exposed(_) => Exit::Config,
        };
        Self::new(exit, error.to_string())
    }
}

impl From<StartError> for CommandFailure {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Config(error) => error.into(),
            StartError::Store(error @ StoreError::Newer { .. }) => Self::new(Exit::Config, error.to_string()),
            StartError::Store(error) => Self::new(
                Exit::Unavailable,
                format!("{error}. Look at MAILGATE_DATABASE_URL, the database itself and the space on its disk"),
            ),
            error => Self::new(Exit::Config, error.to_string()),
        }
    }
}

impl From<OperationError> for CommandFailure {
    fn from(error: OperationError) -> Self {
        let words = match &error {
            OperationError::Invalid(invalid) => {
                invalid.iter().map(|invalid| invalid.message.as_str()).collect::<Vec<_>>().join(" ")
            }
            // Whoever runs a command is who would look into the log.
            OperationError::Store(cause) => format!("{error} ({cause})"),
            _ => error.to_string(),
        };
        let exit = match error {
            OperationError::Invalid(_) | OperationError::NotFound(_) | OperationError::Denied(_) => Exit::Data,
            OperationError::Conflict(_)
            | OperationError::Refused(_)
            | OperationError::TooLong(_)
            | OperationError::Busy => Exit::Temporary,
            OperationError::Store(_) => Exit::Unavailable,
        };
        Self::new(exit, words)
    }
}

/// Prints a line on standard output; a reader that went away is an error like any other.
fn say(line: impl std::fmt::Display) -> Result<(), CommandFailure> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .map_err(|error| CommandFailure::new(Exit::Io, format!("Standard output can't be written: {error}.")))
}
