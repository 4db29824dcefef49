//! *Test*: the staged test of a saved connection, and Confirmed where all of it passes. And the last stages of an incoming
//! server's test, where its records go to a connection: it answers, mail can become such records there, and nothing else
//! fetches the mailbox.

use std::time::{Duration, Instant};

use super::View;
use super::remote::{self, Account, known_types};
use crate::domain::audit::Action;
use crate::domain::connection::{Connection, ConnectionState};
use crate::domain::id::ConnectionId;
use crate::domain::person::Caller;
use crate::domain::rights::Right;
use crate::domain::server::{Access, IncomingServer};
use crate::odoo::{Odoo, Trouble};
use crate::operations::servers::{Stage, StageState};
use crate::operations::settings::{self, find, require_for};
use crate::operations::{App, OperationError};
use crate::store::{connection_status, connections};

/// A test ends within 20 s, its own work included.
const TIME: Duration = Duration::from_secs(18);

/// How a test went.
#[derive(Debug)]
pub struct Tested {
    /// As it is after the test.
    pub view: View,
    /// Every stage once, in order.
    pub stages: Vec<Stage>,
}

impl Tested {
    pub fn passed(&self) -> bool {
        self.failure().is_none()
    }

    pub fn failure(&self) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.state == StageState::Failed)
    }
}

/// Tests the connection as it is saved; all stages passed make it Confirmed, and what waits for it goes on. A failed
/// test is an answer too: it changes nothing.
pub fn test(app: &App, caller: &Caller, id: ConnectionId) -> Result<Tested, OperationError> {
    require_for::<Connection>(caller, Right::Write)?;
    let account = Account::open(app, id)?;
    let report = remote::probe(app, &account, TIME);
    let passed = report.stages.iter().all(|stage| stage.state != StageState::Failed);
    let view = match passed {
        true => confirm(app, caller, &account, report.version)?,
        false => super::get(app, caller, id)?,
    };
    Ok(Tested { view, stages: report.stages })
}

fn confirm(app: &App, caller: &Caller, tested: &Account, version: Option<String>) -> Result<View, OperationError> {
    app.store.write(|db| {
        let stored = settings::tested::<Connection>(db, tested.connection.id, tested.version)?;
        let connection =
            Connection { state: ConnectionState::Done, server_version: version, ..stored.settings.clone() };
        if connection != stored.settings {
            settings::expect_written(connections::update(db, &connection, stored.version)?, &connection)?;
        }
        connection_status::works(db, connection.id)?;
        // Its certificate has names, or the test had not passed.
        connection_status::set_nameless(db, connection.id, None)?;
        settings::remember(db, caller, Action::Confirm, Some(&stored.settings), Some(&connection), &[])?;
        let stored = find::<Connection>(db, connection.id)?;
        Ok(View::read(db, stored)?)
    })
}

/// How one stage ended: what was seen, or what went wrong and what to do.
type Outcome = Result<String, (String, String)>;

/// Checks the target within `time`. Changes nothing there.
pub fn check_target(app: &App, id: ConnectionId, server: &IncomingServer, time: Duration) -> Vec<Stage> {
    let mut stages = Stages { since: Instant::now(), stages: Vec::new() };
    let mut odoo = None;
    stages.next("connection", || {
        let (account, signed_in) = connection(app, id, time)?;
        let words = format!("“{}” answers, version {}.", account.connection.name, signed_in.version().text);
        odoo = Some((account, signed_in));
        Ok(words)
    });
    if let Some((account, odoo)) = &mut odoo {
        stages.next("record_type", || record_type(app, account, odoo, server));
    }
    if let Some((account, odoo)) = &mut odoo {
        match &server.access {
            Access::Network { host, username, .. } => {
                stages.next("fetchers", || fetchers(account, odoo, host.as_str(), username, server.no_other_fetcher));
            }
            Access::Local { .. } => stages.push("fetchers", StageState::NotApplicable, String::new(), String::new()),
        }
    }
    stages.all()
}

/// Those stages where the mailbox itself could not be reached.
pub fn skipped_target() -> Vec<Stage> {
    Stages { since: Instant::now(), stages: Vec::new() }.all()
}

fn connection(app: &App, id: ConnectionId, time: Duration) -> Result<(Account, Odoo), (String, String)> {
    let account = Account::open(app, id).map_err(|error| (error.to_string(), String::new()))?;
    let name = &account.connection.name;
    if !account.connection.active {
        let remedy = "Take it back into use under Technical › Connections, or choose another.";
        return Err((format!("The connection “{name}” is archived."), remedy.into()));
    }
    if !account.connection.is_used() {
        let remedy = "Open it under Technical › Connections and press Test there first.";
        return Err((format!("The connection “{name}” is not confirmed."), remedy.into()));
    }
    let odoo = account.sign_in(app, time).map_err(parts)?;
    Ok((account, odoo))
}

fn record_type(app: &App, account: &Account, odoo: &mut Odoo, server: &IncomingServer) -> Outcome {
    let Some(model) = server.object_model.as_deref() else {
        let remedy = "Choose under “Create a New Record” what a mail becomes, for example Grievance.";
        return Err(("No record type is chosen.".into(), remedy.into()));
    };
    match odoo.check_target(model).map_err(parts)? {
        Some(problem) => Err((problem.sentence(model, &account.connection.login), String::new())),
        None => {
            let known = known_types(app, account.connection.id).unwrap_or_default().types;
            let label =
                known.into_iter().find(|one| one.model == model).map_or_else(|| model.to_owned(), |one| one.label);
            Ok(format!("Mail becomes a {label} there; the account may create them."))
        }
    }
}

fn fetchers(account: &Account, odoo: &mut Odoo, host: &str, user: &str, nobody_else: bool) -> Outcome {
    let name = &account.connection.name;
    match odoo.fetchers(host, user).map_err(parts)? {
        Some(names) if names.is_empty() => Ok(format!("“{name}” does not fetch this mailbox itself.")),
        Some(names) => Err((
            format!("OpenSPP already fetches this mailbox (“{}”).", names.join("”, “")),
            "Archive that server there first, or the two will compete for the same mail.".into(),
        )),
        None if nobody_else => Ok("You say that nothing else fetches this mailbox.".into()),
        None => Err((
            format!("“{}” may not read which mailboxes “{name}” fetches itself.", account.connection.login),
            "Look there under Incoming Mail Servers. If this mailbox is not among them, tick “Nothing else fetches this \
             mailbox” and test again."
                .into(),
        )),
    }
}

fn parts(trouble: Trouble) -> (String, String) {
    (trouble.words.clone(), trouble.advice())
}

struct Stages {
    /// When the present stage began.
    since: Instant,
    stages: Vec<Stage>,
}

impl Stages {
    fn next(&mut self, code: &'static str, stage: impl FnOnce() -> Outcome) {
        match stage() {
            Ok(words) => self.push(code, StageState::Passed, words, String::new()),
            Err((words, remedy)) => self.push(code, StageState::Failed, words, remedy),
        }
    }

    fn push(&mut self, code: &'static str, state: StageState, words: String, remedy: String) {
        let elapsed_ms = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.stages.push(Stage { code, state, elapsed_ms, words, said: String::new(), remedy });
        self.since = Instant::now();
    }

    /// With those that were not reached.
    fn all(mut self) -> Vec<Stage> {
        for code in ["connection", "record_type", "fetchers"].into_iter().skip(self.stages.len()) {
            self.stages.push(Stage {
                code,
                state: StageState::Skipped,
                elapsed_ms: 0,
                words: String::new(),
                said: String::new(),
                remedy: String::new(),
            });
        }
        self.stages
    }
}
