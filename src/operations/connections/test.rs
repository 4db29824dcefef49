//! *Test*, second half: the staged test of a saved connection, and Confirmed where all of it passes.

use std::time::Duration;

use super::remote::{self, Account};
use super::view::View;
use crate::domain::audit::Action;
use crate::domain::connection::{Connection, ConnectionState};
use crate::domain::id::ConnectionId;
use crate::domain::person::Caller;
use crate::operations::servers::{Stage, StageState};
use crate::operations::{App, OperationError, endpoints};
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
    super::require_admin(caller)?;
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
        let stored = endpoints::tested::<Connection>(db, tested.connection.id, tested.version)?;
        let connection =
            Connection { state: ConnectionState::Done, server_version: version, ..stored.settings.clone() };
        if connection != stored.settings {
            endpoints::expect_written(connections::update(db, &connection, stored.version)?, &connection)?;
        }
        connection_status::works(db, connection.id)?;
        // Its certificate has names, or the test had not passed.
        connection_status::set_nameless(db, connection.id, None)?;
        endpoints::remember(db, caller, Action::Confirm, Some(&stored.settings), Some(&connection), false)?;
        let stored = super::find(db, connection.id)?;
        Ok(View::read(db, stored)?)
    })
}
