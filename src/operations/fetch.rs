//! Fetching as people meet it: a pass at once, and what becomes of the mail that was in a mailbox before its first
//! fetch.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use serde_json::json;

use super::settings::{find, require_for};
use super::{App, OperationError, require};
use crate::domain::fetching::{ImportDeed, ImportState, ImportUndo, PassTally, RunningPass};
use crate::domain::id::{ImportId, ServerId};
use crate::domain::now;
use crate::domain::person::Caller;
use crate::domain::rights::{AuditAction, Object, Right};
use crate::domain::server::IncomingServer;
use crate::domain::words::{Complaint, Sentence};
use crate::fetch::passes::Unfinished;
use crate::store::audit::{self, NewAuditEntry};
use crate::store::imports::{self, ImportRow};
use crate::store::{Backend, Db, StoreError, installation, mailboxes, server_status, servers};
use crate::{complain, say};

// Fetch Now, `fetch_mail` and `mailgate fetch`: wait for a pass that runs, then run one's own.

/// How long Fetch Now and `fetch_mail` wait.
pub const WAIT: Duration = Duration::from_secs(60);
/// The command line waits as long as it takes, but not for ever.
const WAIT_IN_TERMINAL: Duration = Duration::from_secs(24 * 3600);
/// A pass that takes longer holds back no other.
const PATIENCE: Duration = Duration::from_secs(5);
/// What another node said of a pass within this time is shown; it says so every two seconds.
const SAID_WITHIN: TimeDelta = TimeDelta::seconds(8);
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// How a fetch ended for who asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FetchOutcome {
    /// Everything found is settled and acknowledged.
    Done(PassTally),
    /// The mailbox failed; it stands on the server, too.
    Failed(Complaint),
    /// The waiting time is over; the pass goes on by itself.
    Continues(Option<RunningPass>),
}

/// Fetches one confirmed server with a pass that begins after this call, and waits `wait` at most for its end.
pub fn fetch_now(app: &App, caller: &Caller, id: ServerId, wait: Duration) -> Result<FetchOutcome, OperationError> {
    require(caller, Right::Write, Object::Servers, || say!("deed-fetch-an-incoming-server"))?;
    let server = app.store.read(|db| super::settings::find::<IncomingServer>(db, id))?.settings;
    confirmed(&server)?;
    match app.passes.request(id).wait(wait) {
        None => Ok(FetchOutcome::Continues(on_any_node(app, id)?)),
        Some(Ok(tally)) => Ok(FetchOutcome::Done(tally)),
        Some(Err(Unfinished::Failed(why) | Unfinished::Here(why) | Unfinished::Asked { why, .. })) => {
            Ok(FetchOutcome::Failed(why))
        }
        Some(Err(Unfinished::Locked(problem))) => Ok(FetchOutcome::Failed(problem.complaint())),
        Some(Err(Unfinished::Waited | Unfinished::CrowdedOut | Unfinished::GaveWay(_))) => {
            Ok(FetchOutcome::Continues(None))
        }
        // What there is beside the import is fetched all the same.
        Some(Err(Unfinished::Halted)) => fetch_now(app, caller, id, wait),
        Some(Err(Unfinished::NotConfirmed)) => Err(not_confirmed(&server)),
        Some(Err(Unfinished::Stopped)) => Err(OperationError::Refused(say!("fetch-shutting-down").into())),
        Some(Err(Unfinished::Store(words))) => Err(StoreError::Unreachable(words).into()),
    }
}

/// The pass that runs over this server on any node, for a page that shows how far it has come.
pub fn running(app: &App, caller: &Caller, id: ServerId) -> Result<Option<RunningPass>, OperationError> {
    require(caller, Right::Read, Object::Servers, || say!("deed-see-incoming-servers"))?;
    Ok(on_any_node(app, id)?)
}

fn on_any_node(app: &App, id: ServerId) -> Result<Option<RunningPass>, StoreError> {
    match app.passes.running(id) {
        Some(here) => Ok(Some(here)),
        None if app.store.backend() == Backend::Sqlite => Ok(None),
        None => app.store.read(|db| installation::running_pass(db, id, SAID_WITHIN)),
    }
}

/// Whether this server is due and waits for one of the places at its host, and how many there are.
pub fn crowded_out(app: &App, caller: &Caller, id: ServerId) -> Result<Option<usize>, OperationError> {
    require(caller, Right::Read, Object::Servers, || say!("deed-see-incoming-servers"))?;
    Ok(app.passes.board().is_crowded_out(id).then_some(app.passes.hosts().most()))
}

/// One server of [`fetch_all`].
#[derive(Debug)]
pub struct FetchedServer {
    pub id: ServerId,
    pub name: String,
    pub outcome: Result<FetchOutcome, OperationError>,
}

/// Fetches the confirmed servers with these names (all where none is named), several at once, and hands each on
/// as it ends, so that a slow one delays no other's line. Ends early where `each` answers false.
pub fn fetch_all(
    app: &App,
    caller: &Caller,
    names: &[String],
    mut each: impl FnMut(FetchedServer) -> bool,
) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Servers, || say!("deed-fetch-incoming-servers"))?;
    let mut queue = chosen(app, names)?.into_iter();
    let workers = app.config.fetch_workers.clamp(1, 64);
    let (ended, arriving) = mpsc::channel();
    std::thread::scope(|scope| {
        let mut running: HashMap<ServerId, Instant> = HashMap::new();
        loop {
            // One that takes long gives its place to the next.
            while running.values().filter(|since| since.elapsed() < PATIENCE).count() < workers
                && running.len() < workers * 16
                && let Some(server) = queue.next()
            {
                running.insert(server.id, Instant::now());
                let ended = ended.clone();
                scope.spawn(move || {
                    let outcome = fetch_now(app, caller, server.id, WAIT_IN_TERMINAL);
                    // Nobody listens any more where it ends early.
                    let _ = ended.send(FetchedServer { id: server.id, name: server.name, outcome });
                });
            }
            if running.is_empty() {
                return;
            }
            if let Ok(fetched) = arriving.recv_timeout(LOOK_AGAIN) {
                running.remove(&fetched.id);
                if !each(fetched) {
                    return;
                }
            }
        }
    });
    Ok(())
}

/// A name that nobody has, or that is not confirmed, is refused before anything is fetched.
fn chosen(app: &App, names: &[String]) -> Result<Vec<IncomingServer>, OperationError> {
    if names.is_empty() {
        return Ok(app.store.read(servers::confirmed)?);
    }
    let all = app.store.read(servers::list)?;
    let mut chosen = Vec::new();
    for name in names {
        let found = all.iter().filter(|stored| stored.settings.name == *name);
        let found: Vec<_> = found.map(|stored| stored.settings.clone()).collect();
        if found.is_empty() {
            return Err(unknown(name, all.iter().map(|stored| stored.settings.name.as_str())));
        }
        found.iter().try_for_each(confirmed)?;
        chosen.extend(found);
    }
    Ok(chosen)
}

/// Names the servers that there are, for who mistyped one.
pub(super) fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> OperationError {
    let known: Vec<_> = known.take(20).map(|name| format!("“{name}”")).collect();
    let known = if known.is_empty() { say!("fetch-no-server-none") } else { Sentence::verbatim(known.join(", ")) };
    OperationError::NotFound(say!("fetch-no-server", name, known).into())
}

pub(super) fn confirmed(server: &IncomingServer) -> Result<(), OperationError> {
    if server.is_fetched() { Ok(()) } else { Err(not_confirmed(server)) }
}

fn not_confirmed(server: &IncomingServer) -> OperationError {
    OperationError::Refused(match server.active {
        true => complain!("fetch-not-confirmed", name = server.name),
        false => complain!("fetch-archived", name = server.name),
    })
}

// The import of a mailbox's first fetch: how far it is, and what a person decides about it. It is one row of the
// database, so that every node sees what was decided, and a restart changes nothing of it.

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
    minutes_left: Option<i64>,
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
pub fn imports_of(app: &App, caller: &Caller, server: ServerId) -> Result<Vec<ImportView>, OperationError> {
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
pub fn unfinished_imports(app: &App) -> Result<Vec<UnfinishedImport>, OperationError> {
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
pub fn decide_import(
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
pub fn decide_imports(app: &App, caller: &Caller, server: ServerId, deed: ImportDeed) -> Result<(), OperationError> {
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
    audit::write(
        db,
        &NewAuditEntry::new(caller, action, "fetchmail.server", Some(server.id.0), &server.name).changed(
            Some(json!({ "import": row.state.code() })),
            Some(json!({ "import": deed.to().code(), "found": row.found, "done": row.done })),
        ),
    )
}
