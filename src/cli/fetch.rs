//! `mailgate fetch`: one pass over confirmed servers, a line for each.

use serde_json::json;

use super::exit::{CommandFailure, Exit, say};
use crate::config::Config;
use crate::domain::complaint::Complaint;
use crate::domain::ledger::PassTally;
use crate::domain::person::Caller;
use crate::operations::App;
use crate::operations::fetch::{FetchOutcome, FetchedServer, fetch_all};

#[derive(Debug, clap::Args)]
#[command(after_help = NOTES)]
pub(super) struct FetchArguments {
    /// Names of incoming servers; all confirmed ones where none is named
    #[arg(value_name = "SERVER")]
    servers: Vec<String>,
    /// Print one JSON object per server and line
    #[arg(long)]
    json: bool,
}

const NOTES: &str = "\
Where a pass over a server runs already, it is waited for; then a new one begins. A server that fails does not
keep the others from being fetched.

With --json each line is an object with the members id, server, ok (boolean), fetched, delivered, held, ignored,
retrying (numbers), error and remedy (texts, or null where ok).

Exit code 0 where every server was fetched, 69 where a mail server failed, 75 where Mailgate's own part did, 78 where
the secret key is missing or wrong, so that servers with a password wait.";

pub(super) fn run(config: Config, arguments: &FetchArguments) -> Result<(), CommandFailure> {
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
