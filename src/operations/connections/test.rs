//! *Test*: the staged test of a saved connection, and Confirmed where all of it passes. And the last stages of an incoming
//! server's test, where its records go to a connection: it answers, mail can become such records there, and nothing else
//! fetches the mailbox.

use std::time::Duration;

use super::ConnectionView;
use super::remote::{self, RemoteAccount, known_types};
use crate::domain::audit::AuditAction;
use crate::domain::complaint::Complaint;
use crate::domain::connection::{Connection, ConnectionState};
use crate::domain::id::ConnectionId;
use crate::domain::person::Caller;
use crate::domain::rights::Right;
use crate::domain::server::{Access, IncomingServer, SenderPolicy};
use crate::domain::stage::{self, StageName, TestStage};
use crate::domain::words::Sentence;
use crate::odoo::probe::OdooReport;
use crate::odoo::{Odoo, RecordTarget, Trouble};
use crate::operations::settings::{self, find, require_for};
use crate::operations::{App, OperationError};
use crate::store::{connection_status, connections};
use crate::{complain, say};

/// A test ends within 20 s, its own work included.
const TIME: Duration = Duration::from_secs(18);

/// How a test went.
#[derive(Debug)]
pub struct ConnectionTested {
    /// As it is after the test.
    pub view: ConnectionView,
    /// Every stage once, in order.
    pub stages: Vec<TestStage>,
}

impl ConnectionTested {
    pub fn passed(&self) -> bool {
        self.failure().is_none()
    }

    pub fn failure(&self) -> Option<&TestStage> {
        stage::failure(&self.stages)
    }
}

/// Tests the connection as it is saved; all stages passed make it Confirmed, and what waits for it goes on. A failed
/// test is an answer too: it changes nothing.
pub fn test(app: &App, caller: &Caller, id: ConnectionId) -> Result<ConnectionTested, OperationError> {
    require_for::<Connection>(caller, Right::Write)?;
    let account = RemoteAccount::open(app, id)?;
    let report = remote::probe(app, &account, TIME);
    let view = match report.passed() {
        true => confirm(app, caller, &account, &report)?,
        false => super::get(app, caller, id)?,
    };
    Ok(ConnectionTested { view, stages: report.stages })
}

fn confirm(
    app: &App,
    caller: &Caller,
    tested: &RemoteAccount,
    report: &OdooReport,
) -> Result<ConnectionView, OperationError> {
    let version = report.version.as_ref().map(|version| version.text.clone());
    app.store.write(|db| {
        let stored = settings::tested::<Connection>(db, tested.connection.id, tested.version)?;
        // What the far end says of its key counts before what somebody entered.
        let key_expires = report.key_expires.or(stored.settings.key_expires);
        let connection = Connection {
            state: ConnectionState::Done,
            server_version: version,
            spoken: report.spoken,
            key_expires,
            ..stored.settings.clone()
        };
        if connection != stored.settings {
            settings::expect_written(connections::update(db, &connection, stored.version)?, &connection)?;
        }
        connection_status::works(db, connection.id)?;
        // Its certificate has names, or the test had not passed.
        let until = report.certificate.as_ref().map(|taken| taken.until);
        connection_status::set_certificate(db, connection.id, until, None)?;
        settings::remember(db, caller, AuditAction::Confirm, Some(&stored.settings), Some(&connection), &[])?;
        let stored = find::<Connection>(db, connection.id)?;
        Ok(ConnectionView::read(db, stored)?)
    })
}

/// Checks the target within `time`. Changes nothing there.
pub fn check_target(app: &App, id: ConnectionId, server: &IncomingServer, time: Duration) -> Vec<TestStage> {
    let none: &[StageName] = match server.access {
        Access::Network { .. } => &[],
        Access::Local { .. } => &[StageName::Fetchers],
    };
    let (stages, _) = stage::run(stage::TARGET_ELSEWHERE, none, |way| {
        let (account, mut odoo) = connection(app, id, time)?;
        let (name, version) = (&account.connection.name, &odoo.version().text);
        way.passed(StageName::Connection, say!("target-connection", name, version));
        way.tried(StageName::RecordType, record_type(app, &account, &mut odoo, server));
        if let Access::Network { host, username, .. } = &server.access {
            let seen = fetchers(&account, &mut odoo, host.as_str(), username, server.no_other_fetcher);
            way.tried(StageName::Fetchers, seen);
        }
        Ok::<_, Complaint>(())
    });
    stages
}

fn connection(app: &App, id: ConnectionId, time: Duration) -> Result<(RemoteAccount, Odoo), Complaint> {
    let account = RemoteAccount::open(app, id).map_err(|error| error.complaint())?;
    let name = &account.connection.name;
    if !account.connection.active {
        return Err(complain!("target-connection-archived", name));
    }
    if !account.connection.is_used() {
        return Err(complain!("target-connection-draft", name));
    }
    let odoo = account.sign_in(app, time).map_err(Trouble::advised)?;
    Ok((account, odoo))
}

fn record_type(
    app: &App,
    account: &RemoteAccount,
    odoo: &mut Odoo,
    server: &IncomingServer,
) -> Result<Sentence, Complaint> {
    let Some(model) = server.object_model.as_deref() else { return Err(complain!("target-no-record-type")) };
    let anonymous = server.sender_policy == SenderPolicy::Anonymous;
    let target = RecordTarget { model, values: &server.far_values, anonymous };
    match odoo.check_target(&target).map_err(Trouble::advised)? {
        Some(problem) => Err(problem.complaint(model, &account.connection.login)),
        None => {
            let known = known_types(app, account.connection.id).unwrap_or_default().types;
            let label = known
                .into_iter()
                .find(|one| one.model == model)
                .map_or_else(|| Sentence::verbatim(model), |one| one.label);
            Ok(say!("target-there", label))
        }
    }
}

fn fetchers(
    account: &RemoteAccount,
    odoo: &mut Odoo,
    host: &str,
    user: &str,
    nobody_else: bool,
) -> Result<Sentence, Complaint> {
    let name = &account.connection.name;
    match odoo.fetchers(host, user).map_err(Trouble::advised)? {
        Some(names) if names.is_empty() => Ok(say!("target-fetchers-none", name)),
        Some(names) => Err(complain!("target-fetchers", names = names.join("”, “"))),
        None if nobody_else => Ok(say!("target-fetchers-said")),
        None => Err(complain!("target-fetchers-unknown", login = account.connection.login, name)),
    }
}
