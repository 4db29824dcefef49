//! Applications that sign several mailboxes in: the row and [`Provider`], one to one; its secrets are sealed for their
//! columns and row, written and read on their own.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::schema::{oauth_providers, sign_ins};
use super::sealed::SealedColumn;
use super::stored;
use crate::domain::id::{ProviderId, ServerId};
use crate::domain::oauth::{Application, Authentication, CERTIFICATE, CLIENT_SECRET, Provider};
use crate::domain::secret::Secret;
use crate::domain::{Moment, now};
use crate::key::SecretKey;

/// A provider with what the row knows beside its settings.
pub type StoredProvider = stored::Stored<Provider>;

/// All, by name.
pub fn list(db: &mut Db) -> Result<Vec<StoredProvider>, StoreError> {
    let rows =
        oauth_providers::table.order((oauth_providers::name, oauth_providers::id)).select(ProviderRow::as_select());
    Ok(rows.load(db)?.into_iter().map(ProviderRow::into_stored).collect())
}

pub fn get(db: &mut Db, id: ProviderId) -> Result<Option<StoredProvider>, StoreError> {
    let row = oauth_providers::table.find(id).select(ProviderRow::as_select()).first(db).optional()?;
    Ok(row.map(ProviderRow::into_stored))
}

/// Inserts the settings (`provider.id` is ignored) without its secrets: see [`set_secret`].
pub fn insert(db: &mut Db, provider: &Provider) -> Result<ProviderId, StoreError> {
    let values =
        (ProviderColumns::of(provider), oauth_providers::create_date.eq(now()), oauth_providers::write_date.eq(now()));
    Ok(crate::on_backend!(db, conn => diesel::insert_into(oauth_providers::table)
        .values(values).returning(oauth_providers::id).get_result(conn))?)
}

/// Writes the settings where the row still has `version`, and counts it up; the servers that it signs in follow. False:
/// somebody else saved meanwhile, or the row is gone.
pub fn update(db: &mut Db, provider: &Provider, version: i32) -> Result<bool, StoreError> {
    let row = oauth_providers::table.find(provider.id).filter(oauth_providers::version.eq(version));
    let values = (
        ProviderColumns::of(provider),
        oauth_providers::version.eq(version + 1),
        oauth_providers::write_date.eq(now()),
    );
    if diesel::update(row).set(values).execute(db)? == 0 {
        return Ok(false);
    }
    let followers = sign_ins::table.filter(sign_ins::provider_id.eq(provider.id));
    diesel::update(followers).set(sign_ins::authentication.eq(provider.authentication)).execute(db)?;
    Ok(true)
}

/// The incoming servers that it signs in.
pub fn used_by(db: &mut Db, id: ProviderId) -> Result<Vec<ServerId>, StoreError> {
    Ok(sign_ins::table.filter(sign_ins::provider_id.eq(id)).select(sign_ins::server_id).load(db)?)
}

/// Removes the row. False where there is none.
pub fn delete(db: &mut Db, id: ProviderId) -> Result<bool, StoreError> {
    Ok(diesel::delete(oauth_providers::table.find(id)).execute(db)? == 1)
}

/// Seals a secret for its column and row; None removes it.
pub fn set_secret(
    db: &mut Db,
    key: &SecretKey,
    id: ProviderId,
    place: SealedColumn,
    secret: Option<&Secret>,
) -> Result<(), StoreError> {
    let sealed = stored::seal(db, key, (place, id.0), secret)?;
    let row = oauth_providers::table.find(id);
    match place {
        SealedColumn::ProviderCertificate => {
            diesel::update(row).set(oauth_providers::certificate.eq(sealed)).execute(db)?;
        }
        _ => {
            diesel::update(row).set(oauth_providers::client_secret.eq(sealed)).execute(db)?;
        }
    }
    Ok(())
}

/// The secret in clear; empty where none is saved. [`StoreError::Seal`] where the key is not the one that sealed it.
pub fn secret(db: &mut Db, key: &SecretKey, id: ProviderId, place: SealedColumn) -> Result<Secret, StoreError> {
    let row = oauth_providers::table.find(id);
    let sealed: Option<Option<String>> = match place {
        SealedColumn::ProviderCertificate => row.select(oauth_providers::certificate).first(db).optional()?,
        _ => row.select(oauth_providers::client_secret).first(db).optional()?,
    };
    stored::open(key, (place, id.0), sealed.flatten().as_deref())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = oauth_providers)]
struct ProviderRow {
    id: ProviderId,
    #[diesel(embed)]
    columns: ProviderColumns,
    client_secret: Option<String>,
    certificate: Option<String>,
    version: i32,
    create_date: Moment,
    write_date: Moment,
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = oauth_providers, treat_none_as_null = true)]
struct ProviderColumns {
    name: String,
    authentication: Authentication,
    tenant: String,
    client_id: String,
    authorize_url: String,
    token_url: String,
    scope: String,
    expires: Option<NaiveDate>,
}

impl ProviderColumns {
    fn of(provider: &Provider) -> Self {
        let Provider { name, authentication, application, .. } = provider.clone();
        let Application { tenant, client_id, authorize_url, token_url, scope, expires } = application;
        Self { name, authentication, tenant, client_id, authorize_url, token_url, scope, expires }
    }
}

impl ProviderRow {
    fn into_stored(self) -> StoredProvider {
        let ProviderColumns { name, authentication, tenant, client_id, authorize_url, token_url, scope, expires } =
            self.columns;
        let application = Application { tenant, client_id, authorize_url, token_url, scope, expires };
        StoredProvider {
            settings: Provider { id: self.id, name, authentication, application },
            secrets: stored::saved([
                (CLIENT_SECRET, self.client_secret.is_some()),
                (CERTIFICATE, self.certificate.is_some()),
            ]),
            version: self.version,
            create_date: self.create_date,
            write_date: self.write_date,
        }
    }
}
