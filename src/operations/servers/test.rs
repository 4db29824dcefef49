//! The staged test of a saved server, behind *Test & Confirm*; a server is Confirmed where all of it passes.

use std::time::{Duration, Instant};

use chrono::NaiveDate;

use super::ServerView;
use crate::background::{Guard, chance};
use crate::domain::expiry::{CertificateSeen, Nameless};
use crate::domain::id::ServerId;
use crate::domain::person::Caller;
use crate::domain::rights::{AuditAction, Right};
use crate::domain::server::{Access, INBOX, IncomingServer, ServerState, StartWith, is_same_folder};
use crate::domain::stage::{self, StageName, TestStage};
use crate::domain::words::Sentence;
use crate::domain::{Moment, now};
use crate::fetch::passes::next_fetch;
use crate::mailbox::probe::{self, FolderCount, FolderSeen, MailboxReport};
use crate::mailbox::{Environment, MailboxProblem};
use crate::operations::settings::{self, KeptObject, expect_written, find, remember, require_for, tested};
use crate::operations::{App, OperationError, connections};
use crate::store::{Db, StoreError, mailboxes, server_status, servers};
use crate::{complain, say};

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
        let twins = scope.spawn(|| find_twins(app, id, &environment, time));
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
        if let Some(rival) = rival(db, &server)? {
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

/// Servers that are looked at under other host names, at most.
const LOOKED_AT: usize = 5;

/// How a server's mailbox relates to another server's, by the settings alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    Same,
    /// The same user and one of the folders on another host: two names of one, perhaps.
    Perhaps,
    Other,
}

fn relation(one: &IncomingServer, other: &IncomingServer) -> Relation {
    match (&one.access, &other.access) {
        (
            Access::Network { protocol, host, username, .. },
            Access::Network { protocol: protocol_2, host: host_2, username: username_2, .. },
        ) => {
            let same_user = username.trim().to_lowercase() == username_2.trim().to_lowercase();
            if !same_user || !share_a_folder(one, other) {
                Relation::Other
            } else if host == host_2 {
                Relation::Same
            } else if protocol == protocol_2 && protocol.facts().has_folders {
                Relation::Perhaps
            } else {
                Relation::Other
            }
        }
        (Access::Local { maildir: Some(one) }, Access::Local { maildir: Some(other) }) if one == other => {
            Relation::Same
        }
        _ => Relation::Other,
    }
}

fn share_a_folder(one: &IncomingServer, other: &IncomingServer) -> bool {
    folders(one).iter().any(|folder| folders(other).iter().any(|other| is_same_folder(folder, other)))
}

/// Where there are no folders, what is there is what IMAP calls INBOX.
fn folders(server: &IncomingServer) -> Vec<&str> {
    match &server.access {
        Access::Network { protocol, .. } if !protocol.facts().has_folders => vec![INBOX],
        Access::Network { .. } | Access::Local { .. } => server.folders(),
    }
}

/// Both make the same of a mail. Where they do not, each mail is to become both.
fn same_record_type(one: &IncomingServer, other: &IncomingServer) -> bool {
    (one.connection, &one.object_model) == (other.connection, &other.object_model)
}

/// The other servers that are fetched, with how they relate to this one.
fn related(db: &mut Db, server: &IncomingServer) -> Result<Vec<(Relation, IncomingServer)>, StoreError> {
    let all = servers::list(db)?.into_iter().map(|stored| stored.settings);
    let others = all.filter(|other| other.id != server.id && other.is_fetched());
    Ok(others
        .map(|other| (relation(server, &other), other))
        .filter(|(relation, _)| *relation != Relation::Other)
        .collect())
}

/// A confirmed server that makes the same records of the same mailbox, by the settings: this one must not be fetched.
pub(super) fn rival(db: &mut Db, server: &IncomingServer) -> Result<Option<IncomingServer>, StoreError> {
    let related = related(db, server)?.into_iter();
    Ok(related
        .filter(|(relation, other)| *relation == Relation::Same && same_record_type(server, other))
        .map(|(_, other)| other)
        .next())
}

/// The other servers that may fetch the same mailbox: two on one mailbox would share its mail between them. They are found by
/// host name, user and folder, and where one host has two names by what the mailbox holds.
pub(super) struct Twins {
    sure: Vec<IncomingServer>,
    /// With what their mailboxes hold.
    perhaps: Vec<(IncomingServer, Option<FolderSeen>)>,
}

/// Finds them, and looks into those mailboxes that only their contents can tell. Ends within `time`.
fn find_twins(app: &App, id: ServerId, environment: &Environment, time: Duration) -> Result<Twins, OperationError> {
    let (sure, perhaps) = app.store.read(|db| {
        let server = settings::find::<IncomingServer>(db, id)?.settings;
        let (sure, perhaps): (Vec<_>, Vec<_>) =
            related(db, &server)?.into_iter().partition(|(relation, _)| *relation == Relation::Same);
        let with_password = |(_, other): (Relation, IncomingServer)| {
            // Who has no password can't be looked at; that server's own test says why.
            let has_password = other.authentication.is_oauth()
                || servers::password(db, &app.key, other.id).is_ok_and(|password| !password.is_empty());
            has_password.then_some(other)
        };
        let perhaps: Vec<_> = perhaps.into_iter().take(LOOKED_AT).filter_map(with_password).collect();
        Ok::<_, OperationError>((sure.into_iter().map(|(_, other)| other).collect(), perhaps))
    })?;
    let perhaps = std::thread::scope(|scope| {
        let looks: Vec<_> = perhaps
            .into_iter()
            .filter_map(|other| Some((app.fetcher().keeper().credential(&other).ok()?, other)))
            .map(|(credential, other)| {
                // It was confirmed on terms of its own.
                let environment = Environment { nameless: Nameless::Taken, ..environment.clone() };
                scope.spawn(move || {
                    let (begun, held) = (Instant::now(), place(app, &other));
                    let time = time.saturating_sub(begun.elapsed());
                    let seen = probe::probe(&other, credential, &environment, time).folder;
                    drop(held);
                    (other, seen)
                })
            })
            .collect();
        looks.into_iter().filter_map(|look| look.join().ok()).collect()
    });
    Ok(Twins { sure, perhaps })
}

impl Twins {
    /// The last stage of a test. With it a warning, where both may go on.
    pub(super) fn stage(
        self,
        app: &App,
        server: &IncomingServer,
        seen: Option<&FolderSeen>,
    ) -> (TestStage, Option<Sentence>) {
        let same = |other: &Option<FolderSeen>| {
            let (Some(one), Some(other)) = (seen, other) else { return false };
            one.identities.iter().any(|identity| identity.is_told() && other.identities.contains(identity))
        };
        let found = self.perhaps.into_iter().filter(|(_, seen)| same(seen)).map(|(other, _)| other);
        let (rivals, others): (Vec<_>, Vec<_>) =
            self.sure.into_iter().chain(found).partition(|other| same_record_type(server, other));
        let (mut stages, warning) = stage::run(stage::TWINS, &[], |way| {
            if !rivals.is_empty() {
                return Err(complain!("twins-rivals", names = names(&rivals)));
            }
            if others.is_empty() {
                way.passed(StageName::OtherServers, say!("twins-none"));
                return Ok(None);
            }
            let makes = Sentence::listed(", ", others.iter().map(|other| record_type(app, other)));
            let seen = say!("twins-others", names = names(&others), makes);
            way.passed(StageName::OtherServers, seen.clone());
            Ok(Some(seen))
        });
        (stages.remove(0), warning.ok().flatten())
    }
}

fn names(servers: &[IncomingServer]) -> String {
    servers.iter().map(|server| format!("“{}”", server.name)).collect::<Vec<_>>().join(", ")
}

fn record_type(app: &App, server: &IncomingServer) -> Sentence {
    let model = server.object_model.as_deref().unwrap_or_default();
    app.modules.get(model).map_or_else(|| Sentence::verbatim(model), |module| module.label.clone())
}
