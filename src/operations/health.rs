//! Is this installation able to do its work? For whoever watches over it: ready or not, and figures for Prometheus; for
//! the terminal, `mailgate check`; and for an administrator, the processes that serve it.

use std::time::Duration;

use prometheus::{IntGauge, IntGaugeVec, Opts, Registry, TextEncoder};

use super::audit::{self, Chain};
use super::keys::PRESENT;
use super::{App, OperationError, indexing, overview, require};
use crate::background::LockName;
use crate::domain::expiry::{Nameless, Nearness, SOON_DAYS, nameless_until};
use crate::domain::fetching::ImportState;
use crate::domain::id::{ConnectionId, PostId, ServerId};
use crate::domain::ledger::MailState;
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::domain::stage::StageState;
use crate::domain::words::Complaint;
use crate::domain::{Moment, now, words};
use crate::mailbox::probe::probe;
use crate::store::{Backend, StoreError, connections, imports, installation, messages, posts, server_status, servers};
use crate::{complain, say};

const PATIENCE: Duration = Duration::from_secs(2);

/// Whether requests can be served: the database answers.
pub fn is_ready(app: &App) -> bool {
    app.store.answers(PATIENCE)
}

/// The figures in Prometheus' text format. Servers are told apart by their ids.
pub fn metrics(app: &App) -> Result<String, OperationError> {
    let (counts, confirmed, status, imports) = app.store.read(|db| {
        let counts = messages::list::balance(db)?;
        Ok::<_, StoreError>((counts, servers::confirmed(db)?, server_status::all(db)?, imports::counts(db)?))
    })?;
    let figures = Figures::new()?;
    for state in MailState::ALL {
        let count = counts.iter().find(|(counted, _)| counted == state).map_or(0, |(_, count)| *count);
        figures.messages.with_label_values(&[state.code()]).set(count);
    }
    for state in ImportState::ALL {
        let count = imports.iter().find(|(counted, _)| counted == state).map_or(0, |(_, count)| *count);
        figures.imports.with_label_values(&[state.code()]).set(count);
    }
    let push = &app.fetcher().push;
    figures.waiting.set(i64::try_from(push.waiting()).unwrap_or(i64::MAX));
    figures.servers.set(i64::try_from(confirmed.len()).unwrap_or(i64::MAX));
    for server in &confirmed {
        let id = server.id.to_string();
        let status = status.get(&server.id).cloned().unwrap_or_default();
        if let Some(last) = status.last_fetch {
            figures.age.with_label_values(&[id.as_str()]).set((now() - last).num_seconds().max(0));
        }
        figures.failures.with_label_values(&[id.as_str()]).set(i64::from(status.failures));
        figures.waits.with_label_values(&[id.as_str()]).set(i64::from(status.waits));
    }
    let behind = indexing::behind(app)?;
    figures.search_pending.set(behind.changes);
    figures.search_older.set(behind.older_left);
    figures.search_failed.set(behind.failed);
    for expiry in overview::ends(app)? {
        if let Some(until) = expiry.until {
            let of = expiry.of.reference();
            figures.ends.with_label_values(&[expiry.kind.code(), of.as_str()]).set(until.and_utc().timestamp());
        }
    }
    let mut families = figures.registry.gather();
    families.extend(prometheus::core::Collector::collect(app.passes.durations()));
    families.extend(prometheus::core::Collector::collect(push.announcements()));
    // Before the first pass there are no durations, and a family without figures is refused.
    families.retain(|family| !family.get_metric().is_empty());
    Ok(TextEncoder::new().encode_to_string(&families)?)
}

const ENDS: &str = "mailgate_ends_timestamp_seconds";

struct Figures {
    registry: Registry,
    messages: IntGaugeVec,
    imports: IntGaugeVec,
    servers: IntGauge,
    waiting: IntGauge,
    search_pending: IntGauge,
    search_older: IntGauge,
    search_failed: IntGauge,
    age: IntGaugeVec,
    failures: IntGaugeVec,
    waits: IntGaugeVec,
    ends: IntGaugeVec,
}

impl Figures {
    fn new() -> Result<Self, prometheus::Error> {
        let by = |label, name, help| IntGaugeVec::new(Opts::new(name, help), &[label]);
        let figures = Self {
            registry: Registry::new(),
            messages: by("state", "mailgate_messages", "Messages in the ledger by state.")?,
            imports: by("state", "mailgate_imports", "Imports of mailboxes' first fetches by state.")?,
            servers: IntGauge::new("mailgate_servers", "Confirmed incoming servers.")?,
            waiting: IntGauge::new("mailgate_waiting_sessions", "Sessions of this process that wait for mail (IDLE).")?,
            search_pending: IntGauge::new("mailgate_search_pending", "Changes to be indexed for searches.")?,
            search_older: IntGauge::new("mailgate_search_older", "Older rows to be indexed since an upgrade.")?,
            search_failed: IntGauge::new("mailgate_search_failed", "Rows that can't be indexed for searches.")?,
            age: by("server", "mailgate_server_last_success_seconds", "Seconds since the last good fetch.")?,
            ends: IntGaugeVec::new(
                Opts::new(ENDS, "When secrets, certificates, sign-ins and keys end, in Unix time."),
                &["kind", "object"],
            )?,
            failures: by("server", "mailgate_server_failures", "Fetches that failed since the last good one.")?,
            waits: by("server", "mailgate_server_waits", "How often in a row its mail server asked to wait.")?,
        };
        let labelled =
            [&figures.messages, &figures.imports, &figures.age, &figures.failures, &figures.waits, &figures.ends];
        for gauge in labelled {
            figures.registry.register(Box::new(gauge.clone()))?;
        }
        figures.registry.register(Box::new(figures.servers.clone()))?;
        figures.registry.register(Box::new(figures.waiting.clone()))?;
        for gauge in [&figures.search_pending, &figures.search_older, &figures.search_failed] {
            figures.registry.register(Box::new(gauge.clone()))?;
        }
        Ok(figures)
    }
}

impl From<prometheus::Error> for OperationError {
    fn from(error: prometheus::Error) -> Self {
        OperationError::Refused(say!("figures-failed", error = error.to_string()).into())
    }
}

// `mailgate check`: is this installation able to do its work? Changes nothing.

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at, for example `database` or a server's name.
    pub what: String,
    /// What is wrong with it.
    pub failure: Option<Complaint>,
    /// What was seen where nothing is.
    pub words: String,
}

/// One server's test ends within this time.
const TEST: Duration = Duration::from_secs(18);

/// Looks at the database, and runs every active server's staged test; each finding is handed on as it comes. That
/// the application is open already says that settings, data folder and schema are right.
pub fn check(app: &App, caller: &Caller, mut each: impl FnMut(Finding)) -> Result<(), OperationError> {
    require(caller, Right::Read, Object::Installation, || say!("deed-check-the-installation"))?;
    let fine = |what: &str, words: String| Finding { what: what.to_owned(), failure: None, words };
    each(fine("data folder", app.config.data_dir.display().to_string()));
    each(fine("files", "only their owner reads them".to_owned()));
    each(match app.key.problem() {
        None => fine("secret key", format!("{}, {} in use", app.key.file_name(), versions(app))),
        Some(problem) => {
            Finding { what: "secret key".into(), failure: Some(problem.complaint()), words: String::new() }
        }
    });
    let all = app.store.read(servers::list)?;
    each(fine("database", format!("{:?}, schema up to date", app.store.backend())));
    each(fine(
        "record types",
        app.modules.all().iter().map(|module| module.label.as_str()).collect::<Vec<_>>().join(", "),
    ));
    each(match audit::verify(app, caller)? {
        Chain::Whole(entries) => fine("audit", format!("{entries} entries, none changed or missing")),
        Chain::Broken(words) => Finding {
            what: "audit".into(),
            failure: Some(complain!("check-audit-broken", why = words)),
            words: String::new(),
        },
    });
    each(match damaged_texts(app)? {
        0 => fine("texts of mails", "all can be read".to_owned()),
        damaged => Finding {
            what: "texts of mails".into(),
            failure: Some(complain!("check-texts-damaged", count = damaged)),
            words: String::new(),
        },
    });
    each(fine("what ends", ends(app)?));
    each(fine("search", search(app)?));
    for server in all.into_iter().map(|stored| stored.settings).filter(|server| server.active) {
        let what = format!("server “{}”", server.name);
        let credential = match app.fetcher().keeper().credential(&server) {
            Ok(credential) => credential,
            Err(StoreError::Seal(error)) => {
                each(Finding { what, failure: Some(error.complaint()), words: String::new() });
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let mut environment = app.fetcher().environment.clone();
        let mut until = None;
        if server.is_fetched() {
            let since = app.store.read(|db| server_status::get(db, server.id))?.nameless_since;
            environment.nameless = Nameless::since(since, now());
            until = since.map(nameless_until);
        }
        let report = probe(&server, credential, &environment, TEST);
        let failure = report.failure().map(|stage| stage.complaint.clone());
        let passed = report.stages.iter().filter(|stage| stage.state == StageState::Passed);
        let words = passed.map(|stage| stage.name.code()).collect::<Vec<_>>().join(", ");
        let outdated = until
            .map(|until| format!("; its certificate has no alternative names and is refused from {} on", until.date()));
        let words = format!("{}; {words}{}", server.state.label(), outdated.unwrap_or_default());
        each(Finding { what, failure, words });
    }
    Ok(())
}

/// How many mails and notes have texts that can't be read. PostgreSQL keeps them as they are.
fn damaged_texts(app: &App) -> Result<i64, StoreError> {
    let (mut damaged, mut last) = (0, PostId(0));
    while app.store.backend() == Backend::Sqlite
        && let Some((next, some)) = app.pipeline().store.read(|db| posts::damaged(db, last, 100))?
    {
        (damaged, last) = (damaged + some, next);
    }
    Ok(damaged)
}

/// How far the indexes of searches are.
fn search(app: &App) -> Result<String, OperationError> {
    let behind = indexing::behind(app)?;
    let mut words = match behind.percent() {
        Some(percent) => format!("{percent} % of what was here before the upgrade is indexed"),
        None if behind.changes > 0 => format!("{} changes to be indexed", behind.changes),
        None => "everything is indexed".to_owned(),
    };
    if behind.failed > 0 {
        words +=
            &format!("; {} could not be indexed, see the log, and are tried again at the next start", behind.failed);
    }
    Ok(words)
}

/// What ends within 30 days, or has.
fn ends(app: &App) -> Result<String, StoreError> {
    let at = now();
    let soon = overview::ends(app)?.into_iter().filter(|expiry| expiry.nearness(at) <= Nearness::Soon);
    let words = soon.filter_map(|expiry| {
        let kind = words::text("en", &format!("expiries-kind-{}", expiry.kind));
        Some(format!("{}: {} ({})", expiry.until?.date(), kind, expiry.name))
    });
    let words = words.collect::<Vec<_>>().join("; ");
    Ok(if words.is_empty() { format!("nothing within {SOON_DAYS} days") } else { words })
}

/// `version 2`, and of how many.
fn versions(app: &App) -> String {
    let held = app.key.held().len();
    let in_use = app.key.in_use().unwrap_or_default();
    if held == 1 { "version 1".into() } else { format!("version {in_use} of {held}") }
}

// The processes that serve this installation, and what each holds at this moment.

/// A process that said within 90 s that it is there, or that holds something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeSeen {
    /// Its computer and its data folder.
    pub name: String,
    /// It is the one that was asked.
    pub is_here: bool,
    /// None where it has not said that it serves: a command, or one that ended without a word.
    pub serves: Option<NodeServes>,
    pub holds: Vec<HeldThing>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeServes {
    /// When it was started, by the clock of the database; None of a version that did not say so.
    pub since: Option<Moment>,
    /// When it said last that it is there.
    pub seen: Moment,
    /// Of Mailgate.
    pub version: String,
}

/// What one process works on, and no other meanwhile. The name is None once the object has been deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeldThing {
    Server(ServerId, Option<String>),
    Connection(ConnectionId, Option<String>),
    /// One of the places at a mail server.
    Place,
    /// Hearing what mail servers announce.
    Push,
}

/// Whether nodes share the work: with SQLite one process serves.
pub fn are_nodes_shared(app: &App) -> bool {
    app.store.backend() == Backend::Postgres
}

/// All of them, by name. With SQLite what they hold is locked in files, which tell of no holder, and the lists are empty.
pub fn nodes(app: &App, caller: &Caller) -> Result<Vec<NodeSeen>, OperationError> {
    require(caller, Right::Read, Object::Installation, || say!("deed-see-nodes"))?;
    let here = app.passes.node().to_owned();
    let (present, leases) =
        app.store.read(|db| Ok::<_, StoreError>((installation::present(db, PRESENT)?, installation::leases(db)?)))?;
    let mut found: Vec<NodeSeen> = present
        .into_iter()
        .map(|node| NodeSeen {
            is_here: node.name == here,
            serves: Some(NodeServes { since: node.since, seen: node.seen, version: node.version }),
            name: node.name,
            holds: Vec::new(),
        })
        .collect();
    for lease in leases {
        // Leases of other kinds have other holders.
        let Some((holder, what)) = lease.holder.rsplit_once(' ').zip(LockName::of_lease(&lease.name)) else { continue };
        let held = held(app, what)?;
        match found.iter_mut().find(|node| node.name == holder.0) {
            Some(node) => node.holds.push(held),
            None => found.push(NodeSeen {
                name: holder.0.to_owned(),
                is_here: holder.0 == here,
                serves: None,
                holds: vec![held],
            }),
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

fn held(app: &App, what: LockName) -> Result<HeldThing, StoreError> {
    Ok(match what {
        LockName::Server(id) => {
            HeldThing::Server(id, app.store.read(|db| servers::get(db, id))?.map(|server| server.settings.name))
        }
        LockName::Connection(id) => {
            let found = app.store.read(|db| connections::get(db, id))?;
            HeldThing::Connection(id, found.map(|connection| connection.settings.name))
        }
        LockName::AtHost { .. } => HeldThing::Place,
        LockName::Push => HeldThing::Push,
    })
}
