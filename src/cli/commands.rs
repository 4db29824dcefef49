//! The commands: each does one thing by `operations` and says what came of it.

use std::io::Read;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use serde_json::json;

use super::{CommandFailure, Exit, say};
use crate::config::Config;
use crate::demo::{self, DemoError, FolderError};
use crate::domain::complaint::Complaint;
use crate::domain::ledger::PassTally;
use crate::domain::person::{Caller, Login};
use crate::domain::secret::Secret;
use crate::operations::fetch::{FetchOutcome, FetchedServer, fetch_all};
use crate::operations::gateway::{DeliverError, deliver};
use crate::operations::health::check;
use crate::operations::keys::{self, Afresh, Rotated};
use crate::operations::users::{self, UserForm};
use crate::operations::{App, proxy};
use crate::serve::{self, ServeError};

// `mailgate serve`: pages, API and scheduler until told to end.

pub(super) fn run_serve(config: Config) -> Result<(), CommandFailure> {
    serve::check_port(&config)?;
    let app = App::open(config)?;
    for worry in app.config.worries() {
        tracing::warn!("{worry}");
    }
    proxy::forget(&app)?;
    let token = users::begin_setup(&app)?;
    Ok(serve::serve(app, move |app| {
        let url = app.config.base_url();
        // Standard output may be closed, as under some supervisors; Mailgate serves all the same.
        let _ = say(format_args!("Mailgate serves {url}"));
        if let Some(token) = token {
            let _ = say(format_args!(
                "There is no user yet. Open {url}/setup and make the first administrator with this token: {}",
                token.reveal()
            ));
        }
    })?)
}

impl From<ServeError> for CommandFailure {
    fn from(error: ServeError) -> Self {
        let exit = match error {
            ServeError::Port { .. } => Exit::Unavailable,
            ServeError::Io(_) => Exit::Io,
            ServeError::Web(_) => Exit::Software,
        };
        Self::new(exit, format!("{error}."))
    }
}

// `mailgate demo`: everything that a newcomer needs to see mail turn into records.

#[derive(Debug, clap::Args)]
pub(super) struct DemoArguments {
    /// Where the demo keeps its data; emptied first where an earlier demo made it
    #[arg(long, default_value = "demo-data")]
    folder: PathBuf,
}

pub(super) fn run_demo(config: Config, arguments: &DemoArguments) -> Result<(), CommandFailure> {
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

// `mailgate fetch`: one pass over confirmed servers, a line for each.

#[derive(Debug, clap::Args)]
#[command(after_help = FETCH_NOTES)]
pub(super) struct FetchArguments {
    /// Names of incoming servers; all confirmed ones where none is named
    #[arg(value_name = "SERVER")]
    servers: Vec<String>,
    /// Print one JSON object per server and line
    #[arg(long)]
    json: bool,
}

const FETCH_NOTES: &str = "\
Where a pass over a server runs already, it is waited for; then a new one begins. A server that fails does not
keep the others from being fetched.

With --json each line is an object with the members id, server, ok (boolean), fetched, delivered, held, ignored,
retrying (numbers), error and remedy (texts, or null where ok).

Exit code 0 where every server was fetched, 69 where a mail server failed, 75 where Mailgate's own part did, 78 where
the secret key is missing or wrong, so that servers with a password wait.";

pub(super) fn run_fetch(config: Config, arguments: &FetchArguments) -> Result<(), CommandFailure> {
    let app = App::open(config)?;
    let (mut servers, mut failed, mut ours) = (0, Vec::new(), false);
    let mut printed = Ok(());
    fetch_all(&app, &Caller::command_line(), &arguments.servers, |fetched| {
        let line = FetchLine::of(fetched);
        servers += 1;
        if line.trouble.is_some() {
            failed.push(format!("“{}”", line.name));
            ours |= line.ours;
        }
        printed = say(if arguments.json { line.json() } else { line.text() });
        printed.is_ok()
    })?;
    printed?;
    if servers == 0 && !arguments.json {
        say("There is no confirmed incoming server. Make one under Settings › Technical › Email.")?;
    }
    if failed.is_empty() {
        return Ok(());
    }
    let exit = match (app.key.problem(), ours) {
        (Some(_), _) => Exit::Config,
        (None, true) => Exit::Temporary,
        (None, false) => Exit::Unavailable,
    };
    Err(CommandFailure::new(
        exit,
        format!("{} of {servers} not fetched to the end: {}", failed.len(), failed.join(", ")),
    ))
}

/// What is printed of one server.
struct FetchLine {
    id: i32,
    name: String,
    tally: PassTally,
    /// What went wrong, and what to do.
    trouble: Option<(String, String)>,
    /// It is not the mail server's fault.
    ours: bool,
}

impl FetchLine {
    fn of(fetched: FetchedServer) -> Self {
        let (tally, trouble, ours) = match fetched.outcome {
            Ok(FetchOutcome::Done(tally)) => (tally, None, false),
            Ok(FetchOutcome::Failed(Complaint { what, remedy })) => {
                (PassTally::default(), Some((what.to_string(), remedy.to_string())), false)
            }
            Ok(FetchOutcome::Continues(_)) => {
                let words = "Another pass over it has not ended yet.".to_owned();
                (PassTally::default(), Some((words, "Run this again later.".to_owned())), true)
            }
            Err(error) => (PassTally::default(), Some((CommandFailure::from(error).words, String::new())), true),
        };
        Self { id: fetched.id.0, name: fetched.name, tally, trouble, ours }
    }

    fn text(&self) -> String {
        match &self.trouble {
            Some((words, remedy)) => format!("{}: failed. {words} {remedy}", self.name).trim_end().to_owned(),
            None => {
                let PassTally { fetched, delivered, held, ignored, retrying } = self.tally;
                format!(
                    "{}: {fetched} fetched, {delivered} delivered, {held} held, {ignored} ignored, {retrying} retrying",
                    self.name
                )
            }
        }
    }

    fn json(&self) -> String {
        let PassTally { fetched, delivered, held, ignored, retrying } = self.tally;
        let (error, remedy) = self.trouble.clone().unzip();
        json!({
            "id": self.id, "server": self.name, "ok": error.is_none(), "fetched": fetched, "delivered": delivered,
            "held": held, "ignored": ignored, "retrying": retrying, "error": error, "remedy": remedy,
        })
        .to_string()
    }
}

// `mailgate deliver`: the end of an MTA's pipe.

#[derive(Debug, clap::Args)]
#[command(after_help = DELIVER_NOTES)]
pub(super) struct DeliverArguments {
    /// Name of a confirmed Local Server
    #[arg(long, value_name = "NAME")]
    server: String,
}

const DELIVER_NOTES: &str = "\
Ends with 0 only after the message is committed. Ends with 75, so that the MTA keeps the message and tries again,
wherever it could not be kept: an unknown or unconfirmed server, a database that is away, a full disk. With Postfix:

  mailgate unix - n n - - pipe flags=DRhu user=mailgate argv=/usr/local/bin/mailgate deliver --server Support";

pub(super) fn run_deliver(config: Config, arguments: &DeliverArguments) -> Result<(), CommandFailure> {
    let app = App::open(config)?;
    match deliver(&app, &Caller::command_line(), &arguments.server, &mut std::io::stdin().lock()) {
        Ok(_) => Ok(()),
        Err(DeliverError::Operation(error)) => Err(CommandFailure { exit: Exit::Temporary, ..error.into() }),
        Err(error @ DeliverError::Keep(_)) => Err(CommandFailure::new(Exit::Temporary, format!("{error}."))),
        Err(error @ DeliverError::Empty) => Err(CommandFailure::new(Exit::Data, format!("{error}."))),
    }
}

// `mailgate user`: accounts, for the first one and for whoever is locked out.

#[derive(Debug, clap::Subcommand)]
pub(super) enum UserCommand {
    /// Add an account
    Add {
        /// The name to sign in with, for example an e-mail address
        login: String,
        /// What the account may do
        #[arg(long, value_parser = PossibleValuesParser::new(["system_admin", "officer", "auditor"]))]
        role: String,
        /// The person's name; the login where it is left out
        #[arg(long)]
        name: Option<String>,
        /// Read the password from the first line of standard input: it never stands in the list of processes
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// List accounts: login, role, state and name, separated by tabs
    List,
    /// Set somebody's password and sign them out everywhere
    Passwd {
        login: String,
        /// Read the password from the first line of standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
}

pub(super) fn run_user(config: Config, command: &UserCommand) -> Result<(), CommandFailure> {
    let caller = Caller::command_line();
    match command {
        UserCommand::Add { login, role, name, .. } => {
            let password = password()?;
            let form = UserForm::with([
                ("login", login.as_str()),
                ("name", name.as_ref().unwrap_or(login)),
                ("role", role),
                ("password", password.reveal()),
            ]);
            let app = App::open(config)?;
            users::add(&app, &caller, &form)?;
            say(format_args!("Added {}. Sign in at {}/login", login.trim(), app.config.base_url()))
        }
        UserCommand::List => {
            let app = App::open(config)?;
            for user in users::list(&app, &caller)? {
                let state = if user.active { "active" } else { "archived" };
                say(format_args!("{}\t{}\t{state}\t{}", user.login, user.role.code(), user.name))?;
            }
            Ok(())
        }
        UserCommand::Passwd { login, .. } => {
            let password = password()?;
            let wanted =
                Login::parse(login).map_err(|invalid| CommandFailure::new(Exit::Data, invalid.message.as_str()))?;
            let app = App::open(config)?;
            let user = users::list(&app, &caller)?.into_iter().find(|user| user.login == wanted.as_str());
            let Some(user) = user else {
                let words = format!("There is no user {}. `mailgate user list` shows who there is.", wanted.as_str());
                return Err(CommandFailure::new(Exit::Data, words));
            };
            users::set_password(&app, &caller, user.id, &password)?;
            say(format_args!("The password of {} is set, and they are signed out everywhere.", user.login))
        }
    }
}

/// More is no password; the rest is never read.
const LONGEST: u64 = 4096;

fn password() -> Result<Secret, CommandFailure> {
    let mut bytes = Vec::new();
    std::io::stdin().take(LONGEST).read_to_end(&mut bytes).map_err(|error| {
        CommandFailure::new(Exit::Io, format!("The password can't be read from standard input: {error}."))
    })?;
    let text = String::from_utf8(bytes)
        .map_err(|_| CommandFailure::new(Exit::Data, "The password on standard input is no UTF-8 text."))?;
    Ok(Secret::new(text.lines().next().unwrap_or_default()))
}

// `mailgate key`: a new version of the secret key, or a fresh one where it is lost.

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

pub(super) const KEY_NOTES: &str = "\
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

pub(super) fn run_key(config: Config, command: &KeyCommand) -> Result<(), CommandFailure> {
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

// `mailgate check`: what works, what does not, and what to do.

pub(super) fn run_check(config: Config) -> Result<(), CommandFailure> {
    let app = App::open(config)?;
    let noticed = proxy::warning(&app, &Caller::command_line())?;
    for worry in app.config.worries().into_iter().chain(noticed.map(|noticed| noticed.to_string())) {
        say(format_args!("warning {worry}"))?;
    }
    let (mut wrong, mut printed) = (0, Ok(()));
    check(&app, &Caller::command_line(), |finding| {
        let line = match &finding.failure {
            None => format!("ok      {}: {}", finding.what, finding.words),
            Some(failure) => {
                wrong += 1;
                format!("FAILED  {}: {failure}", finding.what)
            }
        };
        if let Err(failure) = say(line.trim_end()) {
            printed = Err(failure);
        }
    })?;
    printed?;
    if let Some(problem) = app.key.problem() {
        return Err(CommandFailure::new(Exit::Config, problem.complaint().to_string()));
    }
    match wrong {
        0 => Ok(()),
        1 => Err(CommandFailure::new(Exit::Unavailable, "one test failed; see above.")),
        many => Err(CommandFailure::new(Exit::Unavailable, format!("{many} tests failed; see above."))),
    }
}
