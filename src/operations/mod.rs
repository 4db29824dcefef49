//! What a person or a client may do. Each operation checks the caller's role, does its work in one transaction
//! and writes the audit in the same one. Pages, API and command line call these and nothing below.

pub mod aliases;
pub mod attachments;
pub mod audit;
pub mod categories;
pub mod client;
pub mod confidential;
pub mod connections;
pub mod credentials;
pub mod external_ids;
pub mod fetch;
pub mod gateway;
pub mod health;
pub mod indexing;
pub mod keys;
pub mod messages;
pub mod overview;
pub mod partners;
pub mod passwords;
pub mod providers;
pub mod records;
pub mod servers;
pub mod sessions;
pub mod settings;
pub mod sign_in;
pub mod throttle;
pub mod users;

use std::sync::Arc;
use std::time::Duration;

use crate::background::{Locks, Terms, chance};
use crate::config::{Config, ConfigError};
use crate::descriptors::DescriptorShares;
use crate::domain::Invalid;
use crate::domain::expiry::Nameless;
use crate::domain::module::Module;
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::domain::words::{Complaint, Sentence};
use crate::fetch::Fetcher;
use crate::fetch::hosts::Hosts;
use crate::fetch::passes::Passes;
use crate::fetch::push::Push;
use crate::fetch::schedule::{self, Scheduler};
use crate::key::SecretKey;
use crate::mailbox::{Environment, SessionLimits, Traffic};
use crate::modules::{ModuleError, Modules};
use crate::odoo::Network;
use crate::outbox::{self, Outbox};
use crate::pipeline::Pipeline;
pub use crate::store::StoreError;
use crate::store::limits::{Busy, ReadPatience, Share};
pub use crate::store::limits::{ReadPurpose, reading_for};
use crate::store::{Db, QueryError, Store};
use crate::{complain, say};

/// The running installation: what every operation works on. One per process (one per test).
pub struct App {
    pub config: Config,
    /// For people and clients: what it reads has a deadline. The work on mail has connections of its own.
    pub store: Store,
    pub key: SecretKey,
    pub modules: Arc<Modules>,
    /// How many of the slow reads run at once.
    shares: Shares,
    /// API credentials that were right lately.
    pub remembered: credentials::Remembered,
    /// Whether requests come through a proxy that is not known.
    pub proxy: throttle::ProxyWatch,
    /// What connections told of their record types lately.
    pub record_types: connections::RememberedTypes,
    /// What came on the last days, as it was counted lately.
    pub days: overview::DaysCache,
    /// Whether a thread keeps the search indexes up to date.
    indexing: indexing::IndexThread,
    /// Fetching, with or without a scheduler that runs.
    pub passes: Passes,
    fetcher: Fetcher,
    outbox: Outbox,
}

/// How long a read waits for its place.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a file waits before it is put together.
const EXPORT_PATIENCE: Duration = Duration::from_secs(20);
/// As long as a transaction waits for another one that writes.
const LONG_PATIENCE: Duration = Duration::from_secs(30);

/// Why Mailgate can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Modules(#[from] ModuleError),
    #[error("the metrics could not be set up: {0}")]
    Metrics(#[from] prometheus::Error),
}

/// Connections for people and clients; three shares of five at most, and one of two, leave as many for everything else.
const FOR_READERS: u32 = 22;

/// Each server that is fetched holds one at a time; the others are for delivery, acknowledgements and locks.
fn connections_at_work(config: &Config) -> u32 {
    u32::try_from(config.fetch_workers).unwrap_or(u32::MAX).clamp(1, 60) + 4
}

fn patience(config: &Config) -> ReadPatience {
    let [page, call, export] = [config.page_seconds, config.query_seconds, config.export_seconds]
        .map(|seconds| Duration::from_secs(seconds.get().into()));
    ReadPatience { page, call, export }
}

/// Who gets how many file descriptors.
fn plan(config: &Config) -> DescriptorShares {
    let passes = schedule::PassLimits::with_workers(config.fetch_workers).threads;
    DescriptorShares::now(passes, connections_at_work(config), FOR_READERS)
}

/// Slow reads and calls that write, each with a share of the connections.
struct Shares {
    /// Lists that people search.
    pages: Share,
    /// What clients read.
    api: Share,
    /// What clients write: one after another in any case, with SQLite.
    written: Share,
    /// Finding what goes into files that people take out: it may take long, and keeps nobody from a page.
    exports: Share,
}

/// Files that are taken out at once; one account reads for one of them at a time.
const EXPORTS: usize = 2;

impl Default for Shares {
    fn default() -> Self {
        let [pages, api, written] = std::array::from_fn(|_| Share::of_processors());
        Self { pages, api, written, exports: Share::new(EXPORTS) }
    }
}

impl App {
    /// Reads for a list that may take long, in the share of the pages.
    pub fn search<T>(
        &self,
        caller: &Caller,
        work: impl FnOnce(&mut Db) -> Result<T, OperationError>,
    ) -> Result<T, OperationError> {
        let _place = self.shares.pages.enter(caller.user, PATIENCE)?;
        self.store.read(work)
    }

    /// Finds what goes into a file that somebody takes out, in the time and the share of those.
    pub fn find_for_export<T>(
        &self,
        caller: &Caller,
        work: impl FnOnce(&mut Db) -> Result<T, OperationError>,
    ) -> Result<T, OperationError> {
        let _place = self.shares.exports.enter(caller.user, EXPORT_PATIENCE)?;
        reading_for(ReadPurpose::Export, || self.store.read(work))
    }

    /// Reads some rows of a file that has begun, which must not end short: beside the pages, which are as quick, and never behind others
    /// who still find what goes into theirs.
    pub fn read_for_export<T>(
        &self,
        caller: &Caller,
        work: impl FnOnce(&mut Db) -> Result<T, OperationError>,
    ) -> Result<T, OperationError> {
        let _place = self.shares.pages.enter_again(caller.user, LONG_PATIENCE)?;
        reading_for(ReadPurpose::Export, || self.store.read(work))
    }

    /// Makes the data folder, key and schema where there are none.
    pub fn open(config: Config) -> Result<Arc<Self>, StartError> {
        config.prepare_data_dir()?;
        let modules = Arc::new(Modules::load(&config.data_dir.join("modules"))?);
        // Before a key is made: nothing is written for a database that is not ours to use.
        // Two sets of connections: whatever people and clients ask for, mail is fetched, kept and delivered.
        let plan = plan(&config);
        let at_work = Store::open(&config.database(), plan.database_at_work)?;
        let store = at_work.for_readers(plan.database_for_readers, patience(&config))?;
        let key = keys::open(&config, &at_work)?;
        let environment = Environment {
            limits: SessionLimits::default(),
            authorities: config.ca_file.clone(),
            nameless: Nameless::Refused,
            mail_root: config.mail_root(),
            traffic: Traffic::default(),
            chance,
        };
        let spool = config.data_dir.join("spool");
        let pipeline = Pipeline::open(at_work.clone(), modules.clone(), spool.clone(), environment.limits.in_memory)?;
        let push = Push::new(plan.waiting)?;
        let fetcher = Fetcher { pipeline, key: key.clone(), environment, push };
        let locks = Locks::new(at_work.clone(), config.data_dir.join("locks"), Terms::default());
        let network = Network { authorities: config.ca_file.clone(), ..Network::default() };
        let outbox = Outbox::new(at_work.clone(), key.clone(), locks.clone(), outbox::dial(network), spool);
        let hosts = Hosts::new(at_work.clone(), locks.clone(), config.host_connections.get());
        let passes = Passes::new(at_work, locks, hosts, Arc::new(fetcher.clone()))?;
        // Where rows are older than the chain, they are read here and not by the first deed.
        audit::begin(&store)?;
        Ok(Arc::new(Self {
            config,
            store,
            key,
            modules,
            shares: Shares::default(),
            remembered: Default::default(),
            proxy: Default::default(),
            record_types: Default::default(),
            days: Default::default(),
            indexing: Default::default(),
            fetcher,
            outbox,
            passes,
        }))
    }

    /// Where large things wait in files.
    pub fn spool(&self) -> std::path::PathBuf {
        self.config.data_dir.join("spool")
    }

    /// The way of every mail into this installation.
    pub fn pipeline(&self) -> &Pipeline {
        &self.fetcher.pipeline
    }

    /// What fetching needs of this installation.
    pub fn fetcher(&self) -> &Fetcher {
        &self.fetcher
    }

    /// How many connections of the web server at once leave enough descriptors for mail.
    pub fn web_connections(&self) -> usize {
        plan(&self.config).connections
    }

    /// Begins to fetch by schedule and to deliver to connections, until what is given back is stopped or dropped.
    pub fn start_scheduler(&self) -> std::io::Result<Scheduler> {
        let limits = schedule::PassLimits::with_workers(self.config.fetch_workers);
        let limits = schedule::PassLimits { threads: plan(&self.config).passes, ..limits };
        let (stop, bell) = (self.passes.stop().clone(), self.passes.bell().clone());
        let scheduler = Scheduler::start(self.passes.clone(), limits)?;
        let scheduler = scheduler.with(outbox::Runner::start(self.outbox.clone(), stop, bell)?);
        Ok(scheduler.with(keys::watch(self)?).with(indexing::start(self)?))
    }
}

/// Why an operation was not done. Faces turn each kind into their own form (a page, a fault, an exit code).
#[derive(Debug, thiserror::Error)]
pub enum OperationError {
    /// The caller's role may not.
    #[error("{0}")]
    Denied(Complaint),
    /// No such object (any more).
    #[error("{0}")]
    NotFound(Complaint),
    /// What was given is not right, field by field.
    #[error("{}", .0.first().map_or("", |first| first.message.as_str()))]
    Invalid(Vec<Invalid>),
    /// Somebody else changed it meanwhile.
    #[error("{0}")]
    Conflict(Complaint),
    /// Right, but not possible now; says what to do.
    #[error("{0}")]
    Refused(Complaint),
    /// It read for as long as it may, and was ended.
    #[error("{}", complain!("operation-too-long", seconds = .0.as_secs()))]
    TooLong(Duration),
    /// Others search at this moment.
    #[error("{}", complain!("operation-busy"))]
    Busy,
    /// Ours. Logged with all details; a person sees only that it happened.
    #[error("{}", complain!("operation-store"))]
    Store(#[source] StoreError),
}

impl OperationError {
    /// For the person who asked for it.
    pub fn complaint(&self) -> Complaint {
        match self {
            OperationError::Denied(complaint)
            | OperationError::NotFound(complaint)
            | OperationError::Conflict(complaint)
            | OperationError::Refused(complaint) => complaint.clone(),
            OperationError::Invalid(all) => Sentence::several(all.iter().map(|one| one.message.clone())).into(),
            OperationError::TooLong(allowed) => complain!("operation-too-long", seconds = allowed.as_secs()),
            OperationError::Busy => complain!("operation-busy"),
            OperationError::Store(_) => complain!("operation-store"),
        }
    }
}

impl From<StoreError> for OperationError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::TooLong(allowed) => OperationError::TooLong(allowed),
            StoreError::Seal(error) => OperationError::Refused(error.complaint()),
            error => OperationError::Store(error),
        }
    }
}

impl From<Busy> for OperationError {
    fn from(_: Busy) -> Self {
        OperationError::Busy
    }
}

impl From<QueryError> for OperationError {
    fn from(error: QueryError) -> Self {
        StoreError::from(error).into()
    }
}

impl From<Invalid> for OperationError {
    fn from(invalid: Invalid) -> Self {
        OperationError::Invalid(vec![invalid])
    }
}

/// Denies what the caller's role may not do; `what` says it in words.
pub fn require(
    caller: &Caller,
    right: Right,
    object: Object,
    deed: impl FnOnce() -> Sentence,
) -> Result<(), OperationError> {
    if caller.may(right, object) {
        return Ok(());
    }
    let deed = deed();
    sign_in::log_refused(caller, caller.role.code(), &deed);
    let roles = object.roles(right).iter().map(|role| role.label());
    let needed = roles.reduce(|one, other| say!("role-or", one, other)).unwrap_or_default();
    Err(OperationError::Denied(say!("operation-denied", deed, needed).into()))
}

/// The module of a record type.
fn module<'a>(app: &'a App, model: &str) -> Result<&'a Module, OperationError> {
    app.modules.get(model).ok_or_else(|| OperationError::NotFound(say!("record-type-gone", model).into()))
}
