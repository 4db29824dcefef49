//! The way of every mail, one step a file, by whichever door it came: `keep` → `read` → `route` → `deliver` → `settle`.
//!
//! The order keeps promise 1 (nothing is lost): `keep` commits a source with its row in the ledger, then `settle` routes and
//! delivers it, and only then its mail server is told (`fetch`). A process may die between any two instructions: mail that
//! is not kept is found again by the next pass, kept mail is taken up by [`resume`], and what is not acknowledged is told
//! again.

pub mod keep;
pub mod repair;
pub mod retention;
pub mod settle;

mod deliver;
mod door;
mod leads;
mod read;
mod records;
mod route;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::domain::id::{MessageId, RecordId, StageId};
use crate::domain::module::Module;
use crate::domain::words::Sentence;
use crate::modules::Modules;
use crate::store::blob::BlobError;
use crate::store::messages::similar;
use crate::store::{QueryError, Store, StoreError, records as stored};

pub use door::{Piped, Processed, keep_piped, process};
pub use read::{parse, read_header};
pub use records::{Making, make};
pub use repair::{By, Correction, Remember, dismiss, download_anyway, redeliver};
pub use settle::{SettledMessage, resume, settle};

/// What mail needs of the installation on its way; cheap to clone.
#[derive(Clone)]
pub struct Pipeline {
    pub store: Store,
    pub modules: Arc<Modules>,
    /// The folder for a large message while it is read; made where it is missing.
    spool: PathBuf,
    /// Bytes above which a message goes into that folder.
    in_memory: usize,
    /// The first stage of each record type.
    first_stages: Arc<HashMap<String, StageId>>,
    /// Some mail has a fingerprint of an older formula; new mail never gets one.
    older_fingerprints: bool,
}

impl Pipeline {
    /// Writes the stages of the installed record types into the database. Messages above `in_memory` bytes go through files
    /// in the folder `spool`.
    pub fn open(store: Store, modules: Arc<Modules>, spool: PathBuf, in_memory: usize) -> Result<Self, StoreError> {
        let first_stages = store.write(|db| {
            modules.all().iter().try_for_each(|module| stored::ensure_stages(db, module))?;
            stored::first_stages(db, modules.all())
        })?;
        for module in modules.all().iter().filter(|module| module.due.is_some()) {
            // The rules have changed since, or the count was interrupted.
            let is_counted = store.read(|db| {
                let terms = stored::due::terms(db, [module])?;
                let basis = stored::due::basis(db, module, &terms)?;
                Ok::<_, StoreError>(stored::due::counted_by(db, &module.model)? == Some(basis))
            })?;
            if !is_counted {
                count_anew(&store, module)?;
            }
        }
        let older_fingerprints = store.read(similar::any_older)?;
        Ok(Self { store, modules, spool, in_memory, first_stages: Arc::new(first_stages), older_fingerprints })
    }
}

/// How many open records get new due dates in one transaction; mail that comes meanwhile waits for no more than these.
const ANEW_AT_ONCE: i64 = 200;

/// Computes the due dates of all open records of a type anew, after the rules have changed; from the beginning, if they
/// change again meanwhile. Records that are made meanwhile follow the new rules already. If this is interrupted, the next
/// start does it.
pub fn count_anew(store: &Store, module: &Module) -> Result<(), StoreError> {
    let (mut last, mut by) = (RecordId(0), None);
    while module.due.is_some() {
        let (basis, behind) = store.write(|db| {
            let terms = stored::due::terms(db, [module])?;
            let basis = stored::due::basis(db, module, &terms)?;
            if by.as_ref() != Some(&basis) {
                last = RecordId(0);
                stored::due::set_counted_by(db, &module.model, None)?;
            }
            let open = stored::due::open(db, &module.model, last, ANEW_AT_ONCE)?;
            stored::due::count_anew(db, module, &terms, &open)?;
            if open.is_empty() {
                stored::due::set_counted_by(db, &module.model, Some(&basis))?;
            }
            Ok::<_, StoreError>((basis, open.last().map(|record| record.id)))
        })?;
        by = Some(basis);
        match behind {
            Some(behind) => last = behind,
            None => break,
        }
    }
    Ok(())
}

/// Why one message that was handed over is not kept: nothing of it is stored.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the message could not be read or put down: {0}")]
    Io(#[from] std::io::Error),
    /// Larger than any message that Mailgate keeps, in bytes.
    #[error("the message is larger than {0} bytes")]
    TooLarge(u64),
}

/// Why a person's repair of a message was not done.
#[derive(Debug, thiserror::Error)]
pub enum RepairError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("there is no message {0} in the ledger")]
    NotFound(MessageId),
    /// Says why this is impossible in its present state, and what is possible.
    #[error("{0}")]
    NotNow(Sentence),
}

impl From<QueryError> for KeepError {
    fn from(error: QueryError) -> Self {
        KeepError::Store(error.into())
    }
}

impl From<QueryError> for RepairError {
    fn from(error: QueryError) -> Self {
        RepairError::Store(error.into())
    }
}

impl From<BlobError> for KeepError {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::Store(error) => KeepError::Store(error),
            BlobError::Io(error) => KeepError::Io(error),
        }
    }
}
