//! The import of a mailbox's first fetch: how far it is, and what a person decides about it. It is one row of the database, so that
//! every node sees what was decided, and a restart changes nothing of it.

use std::collections::{BTreeSet, HashSet};

use chrono::TimeDelta;
use serde_json::json;

use super::settings::{find, require_for};
use super::{App, OperationError, require};
use crate::domain::audit::AuditAction;
use crate::domain::id::{ImportId, ServerId};
use crate::domain::import::{ImportDeed, ImportState, ImportUndo};
use crate::domain::now;
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::domain::server::IncomingServer;
use crate::store::audit::{self, NewAuditEntry};
use crate::store::imports::{self, ImportRow};
use crate::store::{Db, StoreError, mailboxes, server_status, servers};
use crate::{complain, say};

/// An import as its server's page shows it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct ImportView {
    pub id: ImportId,
    pub state: ImportState,
    /// Of the mailbox, as the mail server calls it; empty where it knows no folders.
    pub folder: String,
    /// Messages.
    pub found: i32,
    pub done: i32,
    /// Messages a minute, while a pass fetches it.
    pub rate: Option<i64>,
    /// Minutes until it is done at this rate.
    pub minutes_left: Option<i64>,
    /// Of an undo, or of taking up again: messages that were looked at.
    pub undo: ImportUndo,
    pub looked_at: u32,
    pub deeds: Vec<ImportDeed>,
    /// Passes fetch what is left of it; false where the server's settings name another mailbox by now.
    pub is_current: bool,
}

/// A pass that has said nothing for so long has ended, or its process has.
const SILENT: TimeDelta = TimeDelta::minutes(1);

impl ImportView {
    fn of(row: ImportRow, folder: String, is_current: bool) -> Self {
        let is_left = matches!(row.state, ImportState::Running | ImportState::Stopped);
        let is_current = is_current || !is_left;
        let may = |deed: &ImportDeed| {
            deed.from().contains(&row.state) && (is_current || !matches!(deed, ImportDeed::Stop | ImportDeed::Continue))
        };

        let speed = speed(&row).filter(|_| row.state == ImportState::Running && now() - row.seen_at < SILENT);
        let undo = row.undo;
        let looked_at = match row.state {
            ImportState::Restoring => undo.restored,
            _ => undo.taken_back + undo.worked_on + undo.more_mail + undo.handed_over,
        };
        Self {
            id: row.id,
            state: row.state,
            folder,
            found: row.found,
            done: row.done,
            rate: speed.map(|speed| (speed * 60.0).ceil() as i64),
            minutes_left: speed.map(|speed| (f64::from(row.found - row.done) / speed / 60.0).ceil() as i64),
            undo,
            looked_at,
            deeds: ImportDeed::ALL.iter().copied().filter(may).collect(),
            is_current,
        }
    }
}

/// Messages a second in the pass that fetches it; None before there is anything to count.
fn speed(row: &ImportRow) -> Option<f64> {
    let took = (row.seen_at - row.pass_at?).num_milliseconds() as f64 / 1000.0;
    let came = f64::from(row.done - row.pass_done);
    (took > 0.0 && came > 0.0).then(|| came / took)
}

/// Those of a server, the newest first.
pub fn of_server(app: &App, caller: &Caller, server: ServerId) -> Result<Vec<ImportView>, OperationError> {
    require(caller, Right::Read, Object::Servers, || say!("deed-see-incoming-servers"))?;
    let (found, current) = app.store.read(|db| {
        let settings = find::<IncomingServer>(db, server)?.settings;
        Ok::<_, OperationError>((imports::of_server(db, server)?, mailboxes::current(db, &settings)?))
    })?;
    let view = |(row, folder): (ImportRow, String)| {
        let is_current = current.contains(&row.mailbox_id);
        ImportView::of(row, folder, is_current)
    };
    Ok(found.into_iter().map(view).collect())
}

/// An import that is not over, as the overview and the list of servers show it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct UnfinishedImport {
    pub server: Option<ServerId>,
    pub name: String,
    pub state: ImportState,
    pub found: i32,
    pub done: i32,
}

/// Those of mailboxes that are fetched no longer are left out. Everybody signed in may know.
pub fn unfinished(app: &App) -> Result<Vec<UnfinishedImport>, OperationError> {
    let found = app.store.read(|db| {
        let mut found = imports::unfinished(db)?;
        let servers: BTreeSet<ServerId> = found.iter().filter_map(|(row, _)| row.server_id).collect();
        let mut current = HashSet::new();
        for server in servers {
            if let Some(stored) = servers::get(db, server)? {
                current.extend(mailboxes::current(db, &stored.settings)?);
            }
        }
        let is_left = |row: &ImportRow| matches!(row.state, ImportState::Running | ImportState::Stopped);
        found.retain(|(row, _)| !is_left(row) || current.contains(&row.mailbox_id));
        Ok::<_, StoreError>(found)
    })?;
    let shown = |(row, name): (ImportRow, String)| UnfinishedImport {
        server: row.server_id,
        name,
        state: row.state,
        found: row.found,
        done: row.done,
    };
    Ok(found.into_iter().map(shown).collect())
}

/// Does it to one import of this server.
pub fn act(
    app: &App,
    caller: &Caller,
    server: ServerId,
    import: ImportId,
    deed: ImportDeed,
) -> Result<(), OperationError> {
    require_for::<IncomingServer>(caller, Right::Write)?;
    let done = app.store.write(|db| {
        let settings = find::<IncomingServer>(db, server)?.settings;
        act_in(db, caller, &settings, import, deed)
    })?;
    wake(app);
    match done {
        true => Ok(()),
        false => Err(OperationError::Refused(complain!("import-not-now"))),
    }
}

/// Does it to all imports of this server with which it can be done: what a client calls, who knows no single one.
pub fn act_on_all(app: &App, caller: &Caller, server: ServerId, deed: ImportDeed) -> Result<(), OperationError> {
    require_for::<IncomingServer>(caller, Right::Write)?;
    let done = app.store.write(|db| {
        let settings = find::<IncomingServer>(db, server)?.settings;
        let mut done = false;
        for (row, _) in imports::of_server(db, server)? {
            done |= act_in(db, caller, &settings, row.id, deed)?;
        }
        Ok::<_, OperationError>(done)
    })?;
    wake(app);
    match done {
        true => Ok(()),
        false => Err(OperationError::Refused(complain!("import-none-now"))),
    }
}

/// Whoever fetches or undoes on this node looks at once; the others do within seconds.
fn wake(app: &App) {
    app.passes.bell().ring();
}

/// False where it does not belong to the server, or stands otherwise by now.
fn act_in(
    db: &mut Db,
    caller: &Caller,
    server: &IncomingServer,
    import: ImportId,
    deed: ImportDeed,
) -> Result<bool, OperationError> {
    let Some(row) = imports::lock(db, import)?.filter(|row| row.server_id == Some(server.id)) else {
        return Ok(false);
    };
    let undo = match deed {
        ImportDeed::Undo | ImportDeed::Restore => ImportUndo { login: caller.login.clone(), ..ImportUndo::default() },
        ImportDeed::Stop | ImportDeed::Continue => row.undo.clone(),
    };
    if !imports::turn(db, import, deed.from(), deed.to(), &undo)? {
        return Ok(false);
    }
    if deed == ImportDeed::Continue {
        server_status::schedule(db, server.id, now())?;
    }
    remember(db, caller, server, &row, deed)?;
    Ok(true)
}

fn remember(
    db: &mut Db,
    caller: &Caller,
    server: &IncomingServer,
    row: &ImportRow,
    deed: ImportDeed,
) -> Result<(), StoreError> {
    let action = match deed {
        ImportDeed::Stop => AuditAction::StopImport,
        ImportDeed::Continue => AuditAction::ContinueImport,
        ImportDeed::Undo => AuditAction::UndoImport,
        ImportDeed::Restore => AuditAction::RestoreImport,
    };
    let entry = NewAuditEntry {
        caller,
        action,
        object_model: "fetchmail.server",
        object_id: Some(server.id.0),
        object_name: &server.name,
        before: Some(json!({ "import": row.state.code() })),
        after: Some(json!({ "import": deed.to().code(), "found": row.found, "done": row.done })),
    };
    audit::write(db, &entry)
}
