//! What the tables of incoming servers and connections share: settings with what their row knows beside them, and a
//! password that is sealed for its row.

use super::connection::StoreError;
use super::seal::SecretKey;
use crate::domain::Moment;
use crate::domain::secret::Secret;

/// Settings with what the row knows beside them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored<T> {
    pub settings: T,
    pub has_password: bool,
    /// Counts saves: `update` writes only where the row still has it.
    pub version: i32,
    pub create_date: Moment,
    pub write_date: Moment,
}

/// What the column of a password holds; `owner` names the row.
pub(super) fn seal(key: &SecretKey, owner: &str, password: Option<&Secret>) -> Result<Option<String>, StoreError> {
    let seal = |password| key.seal(owner, password).map_err(|error| StoreError::Seal(error.to_string()));
    password.map(seal).transpose()
}

/// The password in clear; empty where none is saved.
pub(super) fn open(key: &SecretKey, owner: &str, sealed: Option<&str>) -> Result<Secret, StoreError> {
    let open = |sealed| key.open(owner, sealed).map_err(|error| StoreError::Seal(error.to_string()));
    sealed.map_or_else(|| Ok(Secret::default()), open)
}
