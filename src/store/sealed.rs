//! Everything that is sealed with the secret key, for who seals it anew. A column that comes to hold something sealed
//! becomes a [`Place`].

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::schema::{connections, kept_forms, oauth_flows, oauth_providers, oauth_tokens, servers, sign_ins};

/// A column with sealed values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    ServerPassword,
    ConnectionPassword,
    KeptForm,
    /// Of an application: its own, or one that a provider keeps for several.
    ServerClientSecret,
    ServerCertificate,
    ProviderClientSecret,
    ProviderCertificate,
    AccessToken,
    RefreshToken,
    /// Nonce and verifier of a sign-in that was begun.
    Flow,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    pub place: Place,
    /// Of its row.
    pub id: i32,
    pub text: String,
}

impl Place {
    pub const ALL: [Place; 10] = [
        Place::ServerPassword,
        Place::ConnectionPassword,
        Place::KeptForm,
        Place::ServerClientSecret,
        Place::ServerCertificate,
        Place::ProviderClientSecret,
        Place::ProviderCertificate,
        Place::AccessToken,
        Place::RefreshToken,
        Place::Flow,
    ];

    /// What nobody types again where it is lost: it comes anew by itself, or the sign-in that asks for it is begun again.
    pub fn comes_anew(self) -> bool {
        matches!(self, Place::KeptForm | Place::AccessToken | Place::Flow)
    }

    /// What a value is sealed for: it opens nothing in another row.
    pub fn owner(self, id: i32) -> String {
        match self {
            Place::ServerPassword => format!("servers.password:{id}"),
            Place::ConnectionPassword => format!("connections.password:{id}"),
            // Sealed before its row has a number.
            Place::KeptForm => "kept_forms.fields".into(),
            Place::ServerClientSecret => format!("sign_ins.client_secret:{id}"),
            Place::ServerCertificate => format!("sign_ins.certificate:{id}"),
            Place::ProviderClientSecret => format!("oauth_providers.client_secret:{id}"),
            Place::ProviderCertificate => format!("oauth_providers.certificate:{id}"),
            Place::AccessToken => format!("oauth_tokens.access_token:{id}"),
            Place::RefreshToken => format!("oauth_tokens.refresh_token:{id}"),
            // As a kept form.
            Place::Flow => "oauth_flows.secrets".into(),
        }
    }
}

impl Sealed {
    pub fn owner(&self) -> String {
        self.place.owner(self.id)
    }
}

/// The values of rows behind `after`, `limit` at most.
pub fn page(db: &mut Db, place: Place, after: i32, limit: i64) -> Result<Vec<Sealed>, StoreError> {
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
        Place::ServerPassword => rows!(servers, id, servers::password),
        Place::ConnectionPassword => rows!(connections, id, connections::password),
        Place::KeptForm => rows!(kept_forms, id, kept_forms::fields.nullable()),
        Place::ServerClientSecret => rows!(sign_ins, server_id, sign_ins::client_secret),
        Place::ServerCertificate => rows!(sign_ins, server_id, sign_ins::certificate),
        Place::ProviderClientSecret => rows!(oauth_providers, id, oauth_providers::client_secret),
        Place::ProviderCertificate => rows!(oauth_providers, id, oauth_providers::certificate),
        Place::AccessToken => rows!(oauth_tokens, server_id, oauth_tokens::access_token),
        Place::RefreshToken => rows!(oauth_tokens, server_id, oauth_tokens::refresh_token),
        Place::Flow => rows!(oauth_flows, id, oauth_flows::secrets.nullable()),
    };
    Ok(rows.into_iter().filter_map(|(id, text)| Some(Sealed { place, id, text: text? })).collect())
}

/// Whether anything is sealed.
pub fn any(db: &mut Db) -> Result<bool, StoreError> {
    for place in Place::ALL {
        if !page(db, place, 0, 1)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Writes a value anew where it still is what it was. False: somebody else wrote it meanwhile.
pub fn replace(db: &mut Db, sealed: &Sealed, text: &str) -> Result<bool, StoreError> {
    macro_rules! write {
        ($table:ident, $column:expr) => {
            diesel::update($table::table.find(sealed.id).filter($column.eq(&sealed.text)))
                .set($column.eq(text))
                .execute(db)?
        };
    }
    let written = match sealed.place {
        Place::ServerPassword => write!(servers, servers::password),
        Place::ConnectionPassword => write!(connections, connections::password),
        Place::KeptForm => write!(kept_forms, kept_forms::fields),
        Place::ServerClientSecret => write!(sign_ins, sign_ins::client_secret),
        Place::ServerCertificate => write!(sign_ins, sign_ins::certificate),
        Place::ProviderClientSecret => write!(oauth_providers, oauth_providers::client_secret),
        Place::ProviderCertificate => write!(oauth_providers, oauth_providers::certificate),
        Place::AccessToken => write!(oauth_tokens, oauth_tokens::access_token),
        Place::RefreshToken => write!(oauth_tokens, oauth_tokens::refresh_token),
        Place::Flow => write!(oauth_flows, oauth_flows::secrets),
    };
    Ok(written == 1)
}

/// Forgets a value that no key opens; a kept form goes with its row.
pub fn forget(db: &mut Db, sealed: &Sealed) -> Result<(), StoreError> {
    macro_rules! clear {
        ($table:ident, $column:expr) => {
            diesel::update($table::table.find(sealed.id)).set($column.eq(None::<String>)).execute(db)?
        };
    }
    match sealed.place {
        Place::ServerPassword => clear!(servers, servers::password),
        Place::ConnectionPassword => clear!(connections, connections::password),
        Place::KeptForm => diesel::delete(kept_forms::table.find(sealed.id)).execute(db)?,
        Place::ServerClientSecret => clear!(sign_ins, sign_ins::client_secret),
        Place::ServerCertificate => clear!(sign_ins, sign_ins::certificate),
        Place::ProviderClientSecret => clear!(oauth_providers, oauth_providers::client_secret),
        Place::ProviderCertificate => clear!(oauth_providers, oauth_providers::certificate),
        Place::AccessToken => clear!(oauth_tokens, oauth_tokens::access_token),
        Place::RefreshToken => clear!(oauth_tokens, oauth_tokens::refresh_token),
        Place::Flow => diesel::delete(oauth_flows::table.find(sealed.id)).execute(db)?,
    };
    Ok(())
}
