//! How a command ends: the codes of sysexits.h, and which error gets which.

use std::process::ExitCode;

use crate::config::ConfigError;
use crate::operations::{OperationError, StartError, StoreError};

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
pub(super) struct CommandFailure {
    pub exit: Exit,
    pub words: String,
}

impl CommandFailure {
    pub(super) fn new(exit: Exit, words: impl Into<String>) -> Self {
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
pub(super) fn say(line: impl std::fmt::Display) -> Result<(), CommandFailure> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .map_err(|error| CommandFailure::new(Exit::Io, format!("Standard output can't be written: {error}.")))
}
