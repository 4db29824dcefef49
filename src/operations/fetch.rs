//! Fetch Now, `fetch_mail` and `mailgate fetch`: wait for a pass that runs, then run one's own.

use std::collections::HashMap;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;

use super::{App, OperationError, require};
use crate::complain;
use crate::domain::complaint::Complaint;
use crate::domain::id::ServerId;
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::domain::server::IncomingServer;
use crate::domain::tally::{PassTally, RunningPass};
use crate::domain::words::Sentence;
use crate::fetch::passes::Unfinished;
use crate::say;
use crate::store::{Backend, StoreError, nodes, servers};

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
        None => app.store.read(|db| nodes::running_pass(db, id, SAID_WITHIN)),
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
