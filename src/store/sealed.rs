//! What is sealed with the secret key: all columns with sealed values, for rotating the key, and settings that have secrets.

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::installation;
use super::schema::{connections, kept_forms, oauth_flows, oauth_providers, oauth_tokens, servers, sign_ins};
use crate::domain::Moment;
use crate::domain::secret::Secret;
use crate::key::SecretKey;

/// A column whose values are sealed with the secret key. All such columns are listed here, so that a new key finds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealedColumn {
    ServerPassword,
    ConnectionPassword,
    KeptForm,
    /// The secret of an application: a server's own, or one that a provider keeps for several servers.
    ServerClientSecret,
    ServerCertificate,
    ProviderClientSecret,
    ProviderCertificate,
    AccessToken,
    RefreshToken,
    /// Nonce and verifier of a sign-in that was begun.
    Flow,
}

/// One sealed value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    pub place: SealedColumn,
    /// The id of its row.
    pub id: i32,
    pub text: String,
}

impl SealedColumn {
    pub const ALL: [SealedColumn; 10] = [
        SealedColumn::ServerPassword,
        SealedColumn::ConnectionPassword,
        SealedColumn::KeptForm,
        SealedColumn::ServerClientSecret,
        SealedColumn::ServerCertificate,
        SealedColumn::ProviderClientSecret,
        SealedColumn::ProviderCertificate,
        SealedColumn::AccessToken,
        SealedColumn::RefreshToken,
        SealedColumn::Flow,
    ];

    /// Values that nobody has to type again if they are lost: they are made anew, or the sign-in that needs them is begun
    /// again.
    pub fn comes_anew(self) -> bool {
        matches!(self, SealedColumn::KeptForm | SealedColumn::AccessToken | SealedColumn::Flow)
    }

    /// What a value is sealed for: it can't be opened in another row.
    pub fn owner(self, id: i32) -> String {
        match self {
            SealedColumn::ServerPassword => format!("servers.password:{id}"),
            SealedColumn::ConnectionPassword => format!("connections.password:{id}"),
            // It is sealed before its row has a number.
            SealedColumn::KeptForm => "kept_forms.fields".into(),
            SealedColumn::ServerClientSecret => format!("sign_ins.client_secret:{id}"),
            SealedColumn::ServerCertificate => format!("sign_ins.certificate:{id}"),
            SealedColumn::ProviderClientSecret => format!("oauth_providers.client_secret:{id}"),
            SealedColumn::ProviderCertificate => format!("oauth_providers.certificate:{id}"),
            SealedColumn::AccessToken => format!("oauth_tokens.access_token:{id}"),
            SealedColumn::RefreshToken => format!("oauth_tokens.refresh_token:{id}"),
            // As a kept form.
            SealedColumn::Flow => "oauth_flows.secrets".into(),
        }
    }
}

impl Sealed {
    pub fn owner(&self) -> String {
        self.place.owner(self.id)
    }
}

/// The values of rows behind `after`, `limit` at most.
pub fn page(db: &mut Db, place: SealedColumn, after: i32, limit: i64) -> Result<Vec<Sealed>, StoreError> {
    macro_rules! rows {
        ($table:ident, $key:ident, $column:expr) => {
            $table::table
                .filter($table::$key.gt(after))
                .filter($column.is_not_null())
                .order($table::$key)
                .limit(limit)
                .select(($table::$key, $column))
                .load(db)?
        };
    }
    let rows: Vec<(i32, Option<String>)> = match place {
        SealedColumn::ServerPassword => rows!(servers, id, servers::password),
        SealedColumn::ConnectionPassword => rows!(connections, id, connections::password),
        SealedColumn::KeptForm => rows!(kept_forms, id, kept_forms::fields.nullable()),
        SealedColumn::ServerClientSecret => rows!(sign_ins, server_id, sign_ins::client_secret),
        SealedColumn::ServerCertificate => rows!(sign_ins, server_id, sign_ins::certificate),
        SealedColumn::ProviderClientSecret => rows!(oauth_providers, id, oauth_providers::client_secret),
        SealedColumn::ProviderCertificate => rows!(oauth_providers, id, oauth_providers::certificate),
        SealedColumn::AccessToken => rows!(oauth_tokens, server_id, oauth_tokens::access_token),
        SealedColumn::RefreshToken => rows!(oauth_tokens, server_id, oauth_tokens::refresh_token),
        SealedColumn::Flow => rows!(oauth_flows, id, oauth_flows::secrets.nullable()),
    };
    Ok(rows.into_iter().filter_map(|(id, text)| Some(Sealed { place, id, text: text? })).collect())
}

/// Whether anything is sealed.
pub fn any(db: &mut Db) -> Result<bool, StoreError> {
    for place in SealedColumn::ALL {
        if !page(db, place, 0, 1)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Replaces a value if it is still the same. False: somebody else has written it meanwhile.
pub fn replace(db: &mut Db, sealed: &Sealed, text: &str) -> Result<bool, StoreError> {
    macro_rules! write {
        ($table:ident, $column:expr) => {
            diesel::update($table::table.find(sealed.id).filter($column.eq(&sealed.text)))
                .set($column.eq(text))
                .execute(db)?
        };
    }
    let written = match sealed.place {
        SealedColumn::ServerPassword => write!(servers, servers::password),
        SealedColumn::ConnectionPassword => write!(connections, connections::password),
        SealedColumn::KeptForm => write!(kept_forms, kept_forms::fields),
        SealedColumn::ServerClientSecret => write!(sign_ins, sign_ins::client_secret),
        SealedColumn::ServerCertificate => write!(sign_ins, sign_ins::certificate),
        SealedColumn::ProviderClientSecret => write!(oauth_providers, oauth_providers::client_secret),
        SealedColumn::ProviderCertificate => write!(oauth_providers, oauth_providers::certificate),
        SealedColumn::AccessToken => write!(oauth_tokens, oauth_tokens::access_token),
        SealedColumn::RefreshToken => write!(oauth_tokens, oauth_tokens::refresh_token),
        SealedColumn::Flow => write!(oauth_flows, oauth_flows::secrets),
    };
    Ok(written == 1)
}

/// Deletes a value that no key opens; a kept form goes with its row.
pub fn forget(db: &mut Db, sealed: &Sealed) -> Result<(), StoreError> {
    macro_rules! clear {
        ($table:ident, $column:expr) => {
            diesel::update($table::table.find(sealed.id)).set($column.eq(None::<String>)).execute(db)?
        };
    }
    match sealed.place {
        SealedColumn::ServerPassword => clear!(servers, servers::password),
        SealedColumn::ConnectionPassword => clear!(connections, connections::password),
        SealedColumn::KeptForm => diesel::delete(kept_forms::table.find(sealed.id)).execute(db)?,
        SealedColumn::ServerClientSecret => clear!(sign_ins, sign_ins::client_secret),
        SealedColumn::ServerCertificate => clear!(sign_ins, sign_ins::certificate),
        SealedColumn::ProviderClientSecret => clear!(oauth_providers, oauth_providers::client_secret),
        SealedColumn::ProviderCertificate => clear!(oauth_providers, oauth_providers::certificate),
        SealedColumn::AccessToken => clear!(oauth_tokens, oauth_tokens::access_token),
        SealedColumn::RefreshToken => clear!(oauth_tokens, oauth_tokens::refresh_token),
        SealedColumn::Flow => diesel::delete(oauth_flows::table.find(sealed.id)).execute(db)?,
    };
    Ok(())
}

/// Settings with what their row has beside them, for incoming servers, connections and providers. Their secrets are sealed
/// for their row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored<T> {
    pub settings: T,
    /// The names of the secret fields for which something is saved.
    pub secrets: Vec<&'static str>,
    /// Counts saves: `update` writes only where the row still has it.
    pub version: i32,
    pub create_date: Moment,
    pub write_date: Moment,
}

/// The names of those fields whose column has a value.
pub(super) fn saved<const N: usize>(columns: [(&'static str, bool); N]) -> Vec<&'static str> {
    columns.into_iter().filter(|(_, saved)| *saved).map(|(name, _)| name).collect()
}

/// Part of a row: the columns that hold the object's fields of the same names, each named once.
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

/// Seals a password for its column, within the transaction that writes it.
pub(super) fn seal(
    db: &mut Db,
    key: &SecretKey,
    (place, id): (SealedColumn, i32),
    password: Option<&Secret>,
) -> Result<Option<String>, StoreError> {
    let Some(password) = password else { return Ok(None) };
    installation::key_in_use(db, key)?;
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
