//! `mailgate demo`: everything that a newcomer needs to see mail turn into records.

use std::path::PathBuf;

use super::exit::{CommandFailure, Exit, say};
use crate::config::Config;
use crate::demo::{self, DemoError, FolderError};
use crate::operations::App;
use crate::serve;

#[derive(Debug, clap::Args)]
pub(super) struct DemoArguments {
    /// Where the demo keeps its data; emptied first where an earlier demo made it
    #[arg(long, default_value = "demo-data")]
    folder: PathBuf,
}

pub(super) fn run(config: Config, arguments: &DemoArguments) -> Result<(), CommandFailure> {
    // Before the folder is emptied: the other program may be an earlier demo.
    serve::check_port(&config)?;
    let config = Config {
        data_dir: demo::fresh(&arguments.folder)?,
        database_url: String::new(),
        secret_key_file: PathBuf::new(),
        local_mail_root: PathBuf::new(),
        ..config
    };
    let app = App::open(config)?;
    let made = demo::fill(&app)?;
    say(format_args!("A fresh installation in {} with a sample mailbox.", arguments.folder.display()))?;
    let counts: Vec<String> =
        made.counts.iter().map(|(label, count)| format!("{count} {}", label.to_lowercase())).collect();
    say(format_args!("Its mail: {}.\n", counts.join(", ")))?;
    for person in &made.people {
        say(format_args!("  {:<18} {:<22} {}", person.role.label(), person.login, person.password.reveal()))?;
    }
    say("")?;
    Ok(serve::serve(app, |app| {
        // Standard output may be closed by now; the demo serves on.
        let _ = say(format_args!("Sign in at {}/login (Ctrl-C ends it)", app.config.base_url()));
    })?)
}

impl From<FolderError> for CommandFailure {
    fn from(error: FolderError) -> Self {
        Self::new(Exit::Io, format!("{error}."))
    }
}

impl From<DemoError> for CommandFailure {
    fn from(error: DemoError) -> Self {
        match error {
            DemoError::Operation(error) => error.into(),
            DemoError::Io(_) => Self::new(Exit::Io, format!("{error}.")),
            DemoError::Fetch(_) => Self::new(Exit::Software, format!("{error}.")),
        }
    }
}
