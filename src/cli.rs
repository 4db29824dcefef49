//! The command line: a face over `operations`. Each command says its outcome on standard output, what went wrong on
//! standard error, and ends with a code of sysexits.h.

use std::io::{IsTerminal, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::{Parser, Subcommand};
use serde_json::json;
use tracing_subscriber::EnvFilter;

use crate::config::{Config, ConfigError, LogFormat};
use crate::demo::{self, DemoError, FolderError};
use crate::domain::fetching::PassTally;
use crate::domain::person::{Caller, Login};
use crate::domain::secret::Secret;
use crate::domain::words::Complaint;
use crate::operations::fetch::{FetchOutcome, FetchedServer, fetch_all};
use crate::operations::gateway::{DeliverError, deliver};
use crate::operations::health::check;
use crate::operations::keys::{self, Afresh, Rotated};
use crate::operations::users::{self, UserForm};
use crate::operations::{App, OperationError, StartError, StoreError, throttle};
use crate::serve::{self, ServeError};
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
    Demo(DemoArguments),
    /// Run one pass over confirmed incoming servers
    Fetch(FetchArguments),
    /// Take one message from standard input, for an MTA's pipe
    Deliver(DeliverArguments),
    /// Add and list accounts, set passwords
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Rotate the secret key, or start afresh where it is lost
    #[command(after_help = KEY_NOTES)]
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Test the configuration, the database, the key, the files' modes and every incoming server
    Check,
}

/// Parses the arguments and does what they say.
pub fn main() -> ExitCode {
    files::make_privately();
    give_back_early();
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
    start_log(&config.log, config.log_format, serves);
    if serves {
        keep_giving_back();
    }
    match command {
        CliCommand::Serve => run_serve(config),
        CliCommand::Demo(arguments) => run_demo(config, &arguments),
        CliCommand::Fetch(arguments) => run_fetch(config, &arguments),
        CliCommand::Deliver(arguments) => run_deliver(config, &arguments),
        CliCommand::User { command } => run_user(config, &command),
        CliCommand::Key { command } => run_key(config, &command),
        CliCommand::Check => run_check(config),
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

// `mailgate serve`: pages, API and scheduler until told to end.

fn run_serve(config: Config) -> Result<(), CommandFailure> {
    serve::check_port(&config)?;
    let app = App::open(config)?;
    for worry in app.config.worries() {
        tracing::warn!("{worry}");
    }
    throttle::forget_proxy(&app)?;
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
struct DemoArguments {
    /// Where the demo keeps its data; emptied first where an earlier demo made it
    #[arg(long, default_value = "demo-data")]
    folder: PathBuf,
}

fn run_demo(config: Config, arguments: &DemoArguments) -> Result<(), CommandFailure> {
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
struct FetchArguments {
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

fn run_fetch(config: Config, arguments: &FetchArguments) -> Result<(), CommandFailure> {
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
struct DeliverArguments {
    /// Name of a confirmed Local Server
    #[arg(long, value_name = "NAME")]
    server: String,
}

const DELIVER_NOTES: &str = "\
Ends with 0 only after the message is committed. Ends with 75, so that the MTA keeps the message and tries again,
wherever it could not be kept: an unknown or unconfirmed server, a database that is away, a full disk. With Postfix:

  mailgate unix - n n - - pipe flags=DRhu user=mailgate argv=/usr/local/bin/mailgate deliver --server Support";

fn run_deliver(config: Config, arguments: &DeliverArguments) -> Result<(), CommandFailure> {
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
enum UserCommand {
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

fn run_user(config: Config, command: &UserCommand) -> Result<(), CommandFailure> {
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
enum KeyCommand {
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

const KEY_NOTES: &str = "\
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

fn run_key(config: Config, command: &KeyCommand) -> Result<(), CommandFailure> {
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

fn run_check(config: Config) -> Result<(), CommandFailure> {
    let app = App::open(config)?;
    let noticed = throttle::proxy_warning(&app, &Caller::command_line())?;
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

/// The setting's default; a command that ends by itself says its outcome and needs less.
const LOG_DEFAULT: &str = "info";

/// What others say that nobody can act on: a browser that asks for a page there is not, a client that goes away amid its
/// body, HTML that is no HTML. Whoever wants to hear it names it in the setting, which comes after.
fn with_quiet(setting: &str) -> String {
    let web = "rocket";
    format!(
        "{web}=error,{web}::server::_=off,{web}::data::data::_=off,rocket_dyn_templates=error,html5ever=off,markup5ever=off,{setting}"
    )
}

/// Has the log written to standard error, in lines. Called before Rocket starts, which would bring its own. `setting` is `LOG`, as
/// `RUST_LOG`; one that can't be understood is said and replaced.
fn start_log(setting: &str, format: LogFormat, serves: bool) {
    let setting = match setting {
        LOG_DEFAULT if serves => LOG_DEFAULT,
        LOG_DEFAULT => "warn",
        other => other,
    };
    let (filter, wrong) = match EnvFilter::try_new(with_quiet(setting)) {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new(with_quiet(LOG_DEFAULT)), Some(error)),
    };
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(|| OneLine(std::io::stderr()));
    match format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).with_span_list(false).init(),
    }
    if let Some(error) = wrong {
        tracing::warn!(%error, "MAILGATE_LOG can't be understood; it looks like info or mailgate=debug");
    }
}

/// What happened once is one line, whatever words of others it repeats: a line break within it would begin a line that
/// nobody logged.
struct OneLine<W>(W);

impl<W: Write> Write for OneLine<W> {
    /// The subscriber hands over one event at a time, with its end of line.
    fn write(&mut self, event: &[u8]) -> std::io::Result<usize> {
        let (text, end) = match event.strip_suffix(b"\n") {
            Some(text) => (text, b"\n".as_slice()),
            None => (event, b"".as_slice()),
        };
        if !text.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
            self.0.write_all(event)?;
            return Ok(event.len());
        }
        let mut line = Vec::with_capacity(event.len() + 16);
        for byte in text {
            match byte {
                b'\n' => line.extend_from_slice(b"\\n"),
                b'\r' => line.extend_from_slice(b"\\r"),
                other => line.push(*other),
            }
        }
        line.extend_from_slice(end);
        self.0.write_all(&line)?;
        Ok(event.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

/// Gives large buffers back to the system as soon as they are freed, and keeps few pools. glibc otherwise learns from one
/// large message to keep up to 64 MB of freed memory in the pool of each thread, for good. Called before other threads
/// begin; elsewhere than with glibc it does nothing.
fn give_back_early() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: mallopt takes plain numbers and is called while there is one thread; what it does not know it refuses.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 2);
        libc::mallopt(libc::M_MMAP_THRESHOLD, 1 << 20);
        libc::mallopt(libc::M_TRIM_THRESHOLD, 4 << 20);
    }
}

/// From now on gives back once a minute what stands free between what is in use: the allocator itself gives back only
/// from the end of a pool, and after one dear question a server would stay as large as it was then. Takes milliseconds.
fn keep_giving_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    std::thread::spawn(|| {
        loop {
            std::thread::sleep(std::time::Duration::from_secs(60));
            // SAFETY: malloc_trim takes the allocator's own locks, and touches nothing that is in use.
            unsafe { libc::malloc_trim(0) };
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line() {
        let mut out = Vec::new();
        OneLine(&mut out).write_all(b"one\r\ntwo \x1b[0m\n").unwrap();
        OneLine(&mut out).write_all(b"three\n").unwrap();
        assert_eq!(out, b"one\\r\\ntwo \x1b[0m\nthree\n");
    }
}
