//! *Test & Confirm*, second half: the staged test of a saved server, and Confirmed where all of it passes.

use std::time::{Duration, Instant};

use chrono::NaiveDate;

use super::{ServerView, twins};
use crate::background::Guard;
use crate::background::chance;
use crate::domain::audit::AuditAction;
use crate::domain::id::ServerId;
use crate::domain::person::Caller;
use crate::domain::rights::Right;
use crate::domain::server::{IncomingServer, ServerState, StartWith};
use crate::domain::stage::{self, StageName, TestStage};
use crate::domain::words::Sentence;
use crate::domain::{Moment, now};
use crate::fetch::passes::next_fetch;
use crate::mailbox::MailboxProblem;
use crate::mailbox::certificate::CertificateSeen;
use crate::mailbox::probe::{self, MailboxReport};
use crate::operations::settings::{KeptObject, expect_written, find, remember, require_for, tested};
use crate::operations::{App, OperationError, connections};
use crate::store::{mailboxes, server_status, servers};
use crate::{complain, say};

use crate::mailbox::probe::{FolderCount, FolderSeen};

/// A test ends within 20 s, its own work included.
const TIME: Duration = Duration::from_secs(18);

/// How long a test waits for a place at the mail server. A person waits for it, so then it goes on without one.
const PATIENCE: Duration = Duration::from_secs(4);

/// A place at its mail server for as long as it is tested, where one gets free in time.
pub(super) fn place(app: &App, server: &IncomingServer) -> Option<Guard> {
    let entered = app.passes.hosts().enter(server.mail_host()?, PATIENCE, app.passes.stop());
    entered.inspect_err(|error| tracing::warn!(%error, "a test goes on without a place at its mail server")).ok()?
}

/// How a test went.
#[derive(Debug)]
pub struct ServerTested {
    /// As it is after the test.
    pub view: ServerView,
    /// Every stage once, in order; the last ones are about the target.
    pub stages: Vec<TestStage>,
    /// What the server showed, also where it was refused.
    pub certificate: Option<TestedCertificate>,
    /// Set where the folder could be opened.
    pub folder: Option<FolderSeen>,
    /// What each choice of a first fetch would take, where the folder could be opened; empty where the mailbox was fetched
    /// already.
    pub choices: Vec<ToImport>,
    /// It passed, and is Not Confirmed until a person chooses one of them.
    pub asks: bool,
    /// What is new in this mailbox was decided earlier.
    pub fetched_before: bool,
    /// All is right, and there is something to know all the same.
    pub warning: Option<Sentence>,
}

/// A choice of a first fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToImport {
    pub start: StartWith,
    /// The day that mail is counted from, where the choice has one.
    pub from: Option<NaiveDate>,
    /// Mails. None where only reading all of them would tell.
    pub count: Option<u64>,
}

/// More mails than this are imported only after a person has seen how many there are.
pub(super) const MANY: u64 = 200;

impl ServerTested {
    pub fn passed(&self) -> bool {
        self.failure().is_none()
    }

    pub fn failure(&self) -> Option<&TestStage> {
        stage::failure(&self.stages)
    }

    /// How many mails the first fetch will take. None where that is not known before, or the mailbox was fetched already.
    pub fn to_import(&self) -> Option<u64> {
        self.choices.iter().find(|choice| choice.start == self.view.server.start_with)?.count
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestedCertificate {
    /// As browsers show it, with colons.
    pub sha256: String,
    pub names: Vec<String>,
    pub issuer: String,
    pub not_before: Moment,
    pub not_after: Moment,
    /// It was refused, and a person may decide to trust it.
    pub may_be_trusted: bool,
    /// The one that was trusted so far, where this is another.
    pub trusted_before: Option<String>,
}

/// Tests the server as it is saved; all stages passed make it Confirmed, and its first fetch due one interval
/// from now. A failed test is an answer too: it changes nothing.
pub fn test(app: &App, caller: &Caller, id: ServerId) -> Result<ServerTested, OperationError> {
    test_and(app, caller, id, |_, _| false)
}

/// As [`test()`], for somebody who can be asked: where the first fetch would import many mails, they are counted, and the server
/// stays Not Confirmed. Once a person has chosen, [`test()`] confirms it.
pub fn test_asking(app: &App, caller: &Caller, id: ServerId) -> Result<ServerTested, OperationError> {
    test_and(app, caller, id, |chosen, folder| chosen.count.unwrap_or(folder.messages) > MANY)
}

fn test_and(
    app: &App,
    caller: &Caller,
    id: ServerId,
    asks: impl Fn(&ToImport, &FolderSeen) -> bool,
) -> Result<ServerTested, OperationError> {
    require_for::<IncomingServer>(caller, Right::Write)?;
    let (stored, unfetched) = app.store.read(|db| {
        let stored = find::<IncomingServer>(db, id)?;
        let unfetched = mailboxes::unfetched(db, &stored.settings)?;
        Ok::<_, OperationError>((stored, unfetched))
    })?;
    let credential = app.fetcher().keeper().credential(&stored.settings)?;
    let environment = app.fetcher().environment.clone();
    let begun = Instant::now();
    let held = place(app, &stored.settings);
    let time = TIME.saturating_sub(begun.elapsed());
    // Beside each other, so that both ends have time to say what is wrong.
    let (report, target, twins) = std::thread::scope(|scope| {
        let target = scope.spawn(|| target(app, &stored.settings));
        let twins = scope.spawn(|| twins::find(app, id, &environment, time));
        let report = probe::probe(&stored.settings, credential, &environment, time);
        drop(held);
        (report, target.join(), twins.join())
    });
    let (Ok(target), Ok(twins)) = (target, twins) else {
        return Err(OperationError::Refused(complain!("test-broke-off")));
    };
    let (other_servers, warning) = twins?.stage(app, &stored.settings, report.folder.as_ref());
    let closed =
        report.folder.as_ref().map(|folder| Sentence::several(folder.closed.iter().map(|(_, why)| why.clone())));
    let closed = closed.filter(|closed| !closed.is_empty());
    let warning = match (closed.clone(), warning) {
        (Some(closed), Some(twins)) => Some(Sentence::several([closed, twins])),
        (closed, twins) => closed.or(twins),
    };
    let (target, warning) = match report.passed() {
        true => (target.into_iter().chain([other_servers]).collect(), warning),
        false => (not_reached(&stored.settings), None),
    };
    let target: Vec<TestStage> = target;
    let passed = report.passed() && stage::failure(&target).is_none();
    let server = &stored.settings;
    let choices: Vec<ToImport> = match &report.folder {
        Some(folder) if !unfetched.is_empty() => choices(server, &folder.count(&unfetched)),
        _ => Vec::new(),
    };
    let chosen = choices.iter().find(|choice| choice.start == server.start_with).zip(report.folder.as_ref());
    let asks = passed && chosen.is_some_and(|(chosen, folder)| asks(chosen, folder));
    let view = match passed && !asks {
        true => confirm(app, caller, id, stored.version, &report, closed.as_ref())?,
        false => super::get(app, caller, id)?,
    };
    Ok(ServerTested {
        view,
        certificate: report.certificate.as_ref().map(|seen| certificate(seen, &report, &stored.settings)),
        stages: report.stages.into_iter().chain(target).collect(),
        folder: report.folder,
        choices,
        asks,
        fetched_before: unfetched.is_empty(),
        warning,
    })
}

/// `closed`: those of its folders that can't be opened.
fn confirm(
    app: &App,
    caller: &Caller,
    id: ServerId,
    version: i32,
    report: &MailboxReport,
    closed: Option<&Sentence>,
) -> Result<ServerView, OperationError> {
    app.store.write(|db| {
        let stored = tested::<IncomingServer>(db, id, version)?;
        let server = IncomingServer { state: ServerState::Done, ..stored.settings.clone() };
        // Another may have been confirmed while this one was tested.
        if let Some(rival) = twins::rival(db, &server)? {
            let complaint = complain!("twins-rival-meanwhile", name = rival.name);
            return Err(OperationError::Conflict(complaint));
        }
        expect_written(servers::update(db, &server, version)?, &server)?;
        let next_fetch = next_fetch(now(), server.interval_minutes, chance());
        let certificate = report.certificate.as_ref().map(|seen| (seen.sha256.as_str(), seen.not_after));
        server_status::confirm(db, id, next_fetch, certificate)?;
        server_status::set_warning(db, id, closed)?;
        remember(db, caller, AuditAction::Confirm, Some(&stored.settings), Some(&server), &[])?;
        let stored = find::<IncomingServer>(db, id)?;
        <IncomingServer as KeptObject>::view(app, db, stored)
    })
}

/// The last stages: is there something to make of the mail? For this database that needs no network.
fn target(app: &App, server: &IncomingServer) -> Vec<TestStage> {
    if let Some(id) = server.connection {
        return connections::check_target(app, id, server, TIME);
    }
    let (stages, _) = stage::run(stage::TARGET, &[], |way| {
        let Some(model) = server.object_model.as_deref() else { return Err(complain!("target-no-record-type")) };
        let Some(module) = app.modules.get(model) else { return Err(complain!("target-no-module", model)) };
        way.passed(StageName::RecordType, say!("target-here", label = module.label));
        Ok(())
    });
    stages
}

/// Those stages where the mailbox was not reached.
fn not_reached(server: &IncomingServer) -> Vec<TestStage> {
    let target = if server.connection.is_some() { stage::TARGET_ELSEWHERE } else { stage::TARGET };
    stage::skipped(target).into_iter().chain(stage::skipped(stage::TWINS)).collect()
}

fn certificate(seen: &CertificateSeen, report: &MailboxReport, server: &IncomingServer) -> TestedCertificate {
    let problem = report.problem;
    let changed = problem == Some(MailboxProblem::ChangedCertificate);
    TestedCertificate {
        sha256: seen.sha256.with_colons(),
        names: seen.names.clone(),
        issuer: seen.issuer.clone(),
        not_before: seen.not_before,
        not_after: seen.not_after,
        may_be_trusted: changed
            || matches!(problem, Some(MailboxProblem::UntrustedCertificate | MailboxProblem::NamelessCertificate)),
        trusted_before: server.trusted().filter(|_| changed).map(|sha256| sha256.with_colons()),
    }
}

/// In the order in which the form offers them, for folders that were not fetched yet: what was chosen for the others stays.
fn choices(server: &IncomingServer, folder: &FolderCount) -> Vec<ToImport> {
    let starts = server.server_type.starts().iter();
    let choice = |start: &StartWith| {
        let (from, count) = match start {
            StartWith::Unread => (None, folder.unread),
            StartWith::All => (None, Some(folder.messages)),
            StartWith::New => (None, Some(0)),
            StartWith::Since => (Some(probe::counted_from(server)), folder.since),
        };
        ToImport { start: *start, from, count }
    };
    starts.map(choice).collect()
}
