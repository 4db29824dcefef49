//! What the tables of incoming servers and connections share: settings with what their row knows beside them, and a
//! password that is sealed for its row.

use super::connection::{Db, StoreError};
use super::key_check;
use super::sealed::SealedColumn;
use crate::domain::Moment;
use crate::domain::secret::Secret;
use crate::key::SecretKey;

/// Settings with what the row knows beside them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored<T> {
    pub settings: T,
    /// The secret fields of which something is saved.
    pub secrets: Vec<&'static str>,
    /// Counts saves: `update` writes only where the row still has it.
    pub version: i32,
    pub create_date: Moment,
    pub write_date: Moment,
}

/// The names of those fields whose column holds something.
pub(super) fn saved<const N: usize>(columns: [(&'static str, bool); N]) -> Vec<&'static str> {
    columns.into_iter().filter(|(_, saved)| *saved).map(|(name, _)| name).collect()
}

/// A part of a row: the columns that hold what the object's field of the same name holds, each named once.
macro_rules! same_columns {
    ($(#[$meta:meta])* struct $row:ident of $object:ty { $($(#[$column:meta])* $field:ident: $type:ty,)* }) => {
        #[derive(Queryable, Selectable, Insertable, AsChangeset)]
        $(#[$meta])*
        struct $row {
            $($(#[$column])* $field: $type,)*
        }

        impl $row {
            fn of(object: &$object) -> Self {
                Self { $($field: object.$field.clone().into(),)* }
            }

            /// Fails with the name of the field whose column holds something impossible.
            fn set(self, object: &mut $object) -> Result<(), &'static str> {
                $(object.$field = self.$field.try_into().map_err(|_| stringify!($field))?;)*
                Ok(())
            }
        }
    };
}
pub(super) use same_columns;

/// What the column of a password holds, within the transaction that writes it.
pub(super) fn seal(
    db: &mut Db,
    key: &SecretKey,
    (place, id): (SealedColumn, i32),
    password: Option<&Secret>,
) -> Result<Option<String>, StoreError> {
    let Some(password) = password else { return Ok(None) };
    key_check::in_use(db, key)?;
    Ok(Some(key.seal(&place.owner(id), password)?))
}

/// The password in clear; empty where none is saved.
pub(super) fn open(
    key: &SecretKey,
    (place, id): (SealedColumn, i32),
    sealed: Option<&str>,
) -> Result<Secret, StoreError> {
    match sealed {
        Some(sealed) => Ok(key.open_sealed(&place.owner(id), sealed)?),
        None => Ok(Secret::default()),
    }
}
