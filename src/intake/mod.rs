//! Fetch, keep, route, deliver, acknowledge: callable step by step, and by the scheduler.
//!
//! The order is what keeps promise 1 (nothing is lost): `keep` commits a source with its row in the ledger,
//! then [`settle`] routes and delivers it, and only then `acknowledge` tells the mail server. A process may die
//! between any two instructions: what is not kept is found again by the next pass, what is kept is taken up by
//! [`resume`], what is not acknowledged is told again.

pub mod bell;
pub mod bridge;
pub mod lock;
pub mod passes;
pub mod progress;
pub mod retention;
pub mod scheduler;
pub mod stop;

mod acknowledge;
mod addressed;
mod basket;
mod elsewhere;
mod error;
mod facts;
mod fetched;
mod gateway;
mod handover;
mod keep;
mod keeper;
mod pass;
mod ranges;
mod read;
mod repair;
mod route;
mod same;
mod scope;
mod settle;
mod threads;
mod work;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::delivery::Local;
use crate::domain::id::StageId;
use crate::key::SecretKey;
use crate::mailbox::Environment;
use crate::modules::Modules;
use crate::store::{Store, StoreError, similar, stages};

pub use error::{KeepError, PassError, RepairError};
pub use gateway::{Processed, process};
pub use handover::keep_one;
pub use pass::{Visit, pass};
pub use read::{Read, parse};
pub use repair::{By, Correction, Remember, dismiss, download_anyway, redeliver};
pub use settle::{Settled, resume, settle};

/// What taking mail in needs of the installation; cheap to clone.
#[derive(Clone)]
pub struct Intake {
    pub store: Store,
    pub key: SecretKey,
    pub modules: Arc<Modules>,
    pub environment: Environment,
    /// Where a large message lies while it is read; made where it is missing.
    pub spool: PathBuf,
    /// The stage that new records of each record type start in.
    first_stages: Arc<HashMap<String, StageId>>,
    /// Some mail has a fingerprint of an older formula; no new mail gets one.
    older_fingerprints: bool,
}

impl Intake {
    /// Brings the stages of the installed record types into the database.
    pub fn open(
        store: Store,
        key: SecretKey,
        modules: Arc<Modules>,
        environment: Environment,
        spool: PathBuf,
    ) -> Result<Self, StoreError> {
        let first_stages = store.write(|db| {
            modules.all().iter().try_for_each(|module| stages::ensure(db, module))?;
            stages::first(db, modules.all())
        })?;
        let older_fingerprints = store.read(similar::any_older)?;
        Ok(Self { store, key, modules, environment, spool, first_stages: Arc::new(first_stages), older_fingerprints })
    }

    /// This database as the place where records go.
    fn local(&self) -> Local<'_> {
        Local::new(&self.modules, &self.first_stages)
    }
}
