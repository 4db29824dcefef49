//! What a person or a client may do. Each operation checks the caller's role, does its work in one transaction
//! and writes the audit in the same one. Pages, API and command line call these and nothing below.

pub mod aliases;
pub mod api_keys;
pub mod attachments;
pub mod audit;
pub mod check;
pub mod connections;
pub mod credentials;
pub mod deliver;
pub mod endpoints;
pub mod fetch;
mod filter;
pub mod gateway;
pub mod health;
pub mod kept;
pub mod messages;
pub mod objects;
pub mod overview;
pub mod partners;
pub mod passwords;
pub mod preferences;
pub mod records;
pub mod servers;
pub mod sessions;
pub mod setup;
pub mod throttle;
pub mod users;

use std::sync::Arc;

use crate::config::{Config, ConfigError};
use crate::delivery::odoo::Network;
use crate::domain::Invalid;
use crate::domain::person::{Caller, Role};
use crate::intake::Intake;
use crate::intake::bridge::{self, Bridge};
use crate::intake::lock::{Locks, Terms};
use crate::intake::passes::Passes;
use crate::intake::scheduler::{self, Scheduler};
use crate::mailbox::{Environment, Limits};
use crate::modules::{ModuleError, Modules};
pub use crate::store::StoreError;
use crate::store::seal::SecretKey;
use crate::store::{QueryError, Store};

/// The running installation: what every operation works on. One per process (one per test).
pub struct App {
    pub config: Config,
    pub store: Store,
    pub key: SecretKey,
    pub modules: Arc<Modules>,
    /// The models that the API offers.
    pub objects: objects::Catalogue,
    /// API credentials that were right lately.
    pub remembered: credentials::Remembered,
    /// What connections told of their record types lately.
    pub record_types: connections::RememberedTypes,
    /// Fetching, with or without a scheduler that runs.
    pub passes: Passes,
    intake: Intake,
    bridge: Bridge,
}

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

impl App {
    /// Makes the data folder, key and schema where there are none.
    pub fn open(config: Config) -> Result<Arc<Self>, StartError> {
        config.prepare_data_dir()?;
        let modules = Arc::new(Modules::load(&config.data_dir.join("modules"))?);
        // Before a key is made: nothing is written for a database that is not ours to use.
        let store = Store::open(&config.database(), 16)?;
        let key = config.secret_key()?;
        let environment = Environment {
            limits: Limits::default(),
            authorities: config.ca_file.clone(),
            mail_root: config.mail_root(),
        };
        let spool = config.data_dir.join("spool");
        let intake = Intake::open(store.clone(), key.clone(), modules.clone(), environment, spool)?;
        let locks = Locks::new(store.clone(), config.data_dir.join("locks"), Terms::default());
        let network = Network { authorities: config.ca_file.clone(), ..Network::default() };
        let bridge = Bridge::new(intake.clone(), locks.clone(), bridge::dial(network));
        let passes = Passes::new(store.clone(), locks, Arc::new(intake.clone()))?;
        let objects = objects::Catalogue::new(&modules);
        Ok(Arc::new(Self {
            config,
            store,
            key,
            modules,
            objects,
            remembered: Default::default(),
            record_types: Default::default(),
            intake,
            bridge,
            passes,
        }))
    }

    /// What fetching, keeping and delivering mail needs of this installation.
    pub fn intake(&self) -> Intake {
        self.intake.clone()
    }

    /// Begins to fetch by schedule and to deliver to connections, until what is given back is stopped or dropped.
    pub fn start_scheduler(&self) -> std::io::Result<Scheduler> {
        let limits = scheduler::Limits::with_workers(self.config.fetch_workers);
        let (stop, bell) = (self.passes.stop().clone(), self.passes.bell().clone());
        Ok(Scheduler::start(self.passes.clone(), limits)?.with(bridge::Runner::start(self.bridge.clone(), stop, bell)?))
    }
}

/// Why an operation was not done. Faces turn each kind into their own form (a page, a fault, an exit code).
#[derive(Debug, thiserror::Error)]
pub enum OperationError {
    /// The caller's role may not.
    #[error("{0}")]
    Denied(String),
    /// No such object (any more).
    #[error("{0}")]
    NotFound(String),
    /// What was given is not right, field by field.
    #[error("{}", .0.first().map_or("", |first| first.message.as_str()))]
    Invalid(Vec<Invalid>),
    /// Somebody else changed it meanwhile.
    #[error("{0}")]
    Conflict(String),
    /// Right, but not possible now; says what to do.
    #[error("{0}")]
    Refused(String),
    /// Ours. Logged with all details; a person sees only that it happened.
    #[error("Mailgate could not reach its database. Try again; if it stays so, tell the administrator.")]
    Store(#[from] StoreError),
}

impl From<QueryError> for OperationError {
    fn from(error: QueryError) -> Self {
        OperationError::Store(error.into())
    }
}

impl From<Invalid> for OperationError {
    fn from(invalid: Invalid) -> Self {
        OperationError::Invalid(vec![invalid])
    }
}

/// Denies unless the caller has one of these roles.
pub fn require(caller: &Caller, roles: &[Role], what: &str) -> Result<(), OperationError> {
    if roles.contains(&caller.role) {
        return Ok(());
    }
    let needed = roles.iter().map(|role| role.label()).collect::<Vec<_>>().join(" or ");
    Err(OperationError::Denied(format!("You may not {what}: this needs the role {needed}.")))
}
