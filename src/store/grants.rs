//! Signing in to mailboxes with tokens: the applications, the sign-ins that were begun, and the tokens of each mailbox.

use chrono::{NaiveDate, TimeDelta};
use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::installation::clock;
use super::schema::{oauth_flows, oauth_providers, oauth_tokens, sign_ins};
use super::sealed::{self, SealedColumn};
use crate::domain::id::{ProviderId, ServerId};
use crate::domain::oauth::{Application, Authentication, CERTIFICATE, CLIENT_SECRET, Provider};
use crate::domain::secret::Secret;
use crate::domain::{Moment, now};
use crate::key::SecretKey;

/// An application that signs several mailboxes in, with what its row has beside the settings. Its secrets are sealed for
/// their columns and row, and written and read by themselves.
pub type StoredProvider = sealed::Stored<Provider>;

/// All, by name.
pub fn providers(db: &mut Db) -> Result<Vec<StoredProvider>, StoreError> {
    let rows =
        oauth_providers::table.order((oauth_providers::name, oauth_providers::id)).select(ProviderRow::as_select());
    Ok(rows.load(db)?.into_iter().map(ProviderRow::into_stored).collect())
}

pub fn provider(db: &mut Db, id: ProviderId) -> Result<Option<StoredProvider>, StoreError> {
    let row = oauth_providers::table.find(id).select(ProviderRow::as_select()).first(db).optional()?;
    Ok(row.map(ProviderRow::into_stored))
}

/// Inserts the settings (`provider.id` is ignored) without its secrets: see [`set_provider_secret`].
pub fn insert_provider(db: &mut Db, provider: &Provider) -> Result<ProviderId, StoreError> {
    let values =
        (ProviderColumns::of(provider), oauth_providers::create_date.eq(now()), oauth_providers::write_date.eq(now()));
    Ok(crate::on_backend!(db, conn => diesel::insert_into(oauth_providers::table)
        .values(values).returning(oauth_providers::id).get_result(conn))?)
}

/// Writes the settings if the row still has `version`, and increases it; the servers that it signs in follow. False:
/// somebody else saved meanwhile, or the row is gone.
pub fn update_provider(db: &mut Db, provider: &Provider, version: i32) -> Result<bool, StoreError> {
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
pub fn provider_used_by(db: &mut Db, id: ProviderId) -> Result<Vec<ServerId>, StoreError> {
    Ok(sign_ins::table.filter(sign_ins::provider_id.eq(id)).select(sign_ins::server_id).load(db)?)
}

/// Removes the row. False where there is none.
pub fn delete_provider(db: &mut Db, id: ProviderId) -> Result<bool, StoreError> {
    Ok(diesel::delete(oauth_providers::table.find(id)).execute(db)? == 1)
}

/// Seals a secret for its column and row; None removes it.
pub fn set_provider_secret(
    db: &mut Db,
    key: &SecretKey,
    id: ProviderId,
    place: SealedColumn,
    secret: Option<&Secret>,
) -> Result<(), StoreError> {
    let sealed = sealed::seal(db, key, (place, id.0), secret)?;
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
pub fn provider_secret(
    db: &mut Db,
    key: &SecretKey,
    id: ProviderId,
    place: SealedColumn,
) -> Result<Secret, StoreError> {
    let row = oauth_providers::table.find(id);
    let sealed: Option<Option<String>> = match place {
        SealedColumn::ProviderCertificate => row.select(oauth_providers::certificate).first(db).optional()?,
        _ => row.select(oauth_providers::client_secret).first(db).optional()?,
    };
    sealed::open(key, (place, id.0), sealed.flatten().as_deref())
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
            secrets: sealed::saved([
                (CLIENT_SECRET, self.client_secret.is_some()),
                (CERTIFICATE, self.certificate.is_some()),
            ]),
            version: self.version,
            create_date: self.create_date,
            write_date: self.write_date,
        }
    }
}

/// A sign-in at a provider that was begun. The answer from there is recognised by its state, belongs to one session and one
/// server, and counts once.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = oauth_flows)]
pub struct Flow {
    /// SHA-256 of the state, in hexadecimal digits.
    pub state_hash: String,
    /// The hash of the session's token.
    pub session: String,
    pub server_id: ServerId,
    /// The application and mailbox that the tokens will be for.
    pub belongs_to: String,
    pub redirect_uri: String,
    /// Sealed.
    secrets: String,
    pub create_date: Moment,
}

/// What is needed to begin a sign-in.
#[derive(Debug, Clone)]
pub struct NewFlow<'a> {
    pub state_hash: String,
    pub session: &'a str,
    pub server_id: ServerId,
    pub belongs_to: String,
    pub redirect_uri: String,
    /// Nonce and verifier, as one text.
    pub secrets: &'a Secret,
    pub at: Moment,
}

/// Begins a sign-in. Other sign-ins of this session for this server become invalid, and so do all from before `since`.
pub fn begin_flow(db: &mut Db, key: &SecretKey, new: NewFlow<'_>, since: Moment) -> Result<(), StoreError> {
    diesel::delete(oauth_flows::table.filter(oauth_flows::create_date.lt(since))).execute(db)?;
    let same = oauth_flows::table
        .filter(oauth_flows::session.eq(new.session))
        .filter(oauth_flows::server_id.eq(new.server_id));
    diesel::delete(same).execute(db)?;
    let secrets = sealed::seal(db, key, (SealedColumn::Flow, 0), Some(new.secrets))?.unwrap_or_default();
    let NewFlow { state_hash, session, server_id, belongs_to, redirect_uri, at, .. } = new;
    let session = session.to_owned();
    let flow = Flow { state_hash, session, server_id, belongs_to, redirect_uri, secrets, create_date: at };
    diesel::insert_into(oauth_flows::table).values(flow).execute(db)?;
    Ok(())
}

/// Takes a sign-in out, with its secrets: whoever comes second finds none.
pub fn take_flow(db: &mut Db, key: &SecretKey, state_hash: &str) -> Result<Option<(Flow, Secret)>, StoreError> {
    let found = oauth_flows::table.filter(oauth_flows::state_hash.eq(state_hash));
    let Some(flow) = found.select(Flow::as_select()).first::<Flow>(db).optional()? else { return Ok(None) };
    if diesel::delete(oauth_flows::table.filter(oauth_flows::state_hash.eq(state_hash))).execute(db)? == 0 {
        return Ok(None);
    }
    let secrets = sealed::open(key, (SealedColumn::Flow, 0), Some(&flow.secrets))?;
    Ok(Some((flow, secrets)))
}

/// The tokens of a mailbox, sealed for their columns and row. One process at a time renews them, under a lease. A renewal
/// increases the row's version, so that what two processes began on the same version is written once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownTokens {
    /// The application and mailbox that they are for.
    pub belongs_to: String,
    /// Empty where there is none; so is the next one.
    pub access: Secret,
    pub access_until: Option<Moment>,
    pub refresh: Secret,
    pub granted_at: Option<Moment>,
    pub renewed_at: Option<Moment>,
    /// How long the refresh token is valid, if its provider has said so.
    pub refresh_until: Option<Moment>,
    /// To be given back with [`put_tokens`] and [`lease_tokens`].
    pub version: i32,
    /// Why the last renewal was refused: JSON.
    pub refusal: Option<String>,
}

/// None where there never were any. Tokens that the key can't open count as none.
pub fn tokens(db: &mut Db, key: &SecretKey, id: ServerId) -> Result<Option<KnownTokens>, StoreError> {
    let row = oauth_tokens::table.find(id).select(TokenRow::as_select()).first(db).optional()?;
    row.map(|row| row.opened(key, id)).transpose()
}

/// What to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTokens<'a> {
    pub belongs_to: &'a str,
    pub access: &'a Secret,
    pub access_until: Moment,
    /// The new refresh token, or the one that was used, if that stays valid.
    pub refresh: Option<&'a Secret>,
    pub refresh_until: Option<Moment>,
    /// When a person signed in.
    pub granted_at: Option<Moment>,
    pub at: Moment,
}

/// Writes new tokens if the row still has this version (0: there was no row), and ends the renewal. False: somebody else
/// wrote meanwhile.
pub fn put_tokens(
    db: &mut Db,
    key: &SecretKey,
    id: ServerId,
    version: i32,
    new: &NewTokens<'_>,
) -> Result<bool, StoreError> {
    let access = sealed::seal(db, key, (SealedColumn::AccessToken, id.0), Some(new.access))?;
    let refresh = sealed::seal(db, key, (SealedColumn::RefreshToken, id.0), new.refresh)?;
    begin_tokens(db, id, new.belongs_to)?;
    let row = oauth_tokens::table.find(id).filter(oauth_tokens::version.eq(version));
    let values = (
        oauth_tokens::belongs_to.eq(new.belongs_to),
        oauth_tokens::access_token.eq(access),
        oauth_tokens::access_until.eq(new.access_until),
        oauth_tokens::refresh_token.eq(refresh),
        oauth_tokens::refresh_until.eq(new.refresh_until),
        oauth_tokens::renewed_at.eq(new.at),
        oauth_tokens::granted_at.eq(new.granted_at),
        oauth_tokens::version.eq(version + 1),
        oauth_tokens::renewing_until.eq(None::<Moment>),
        oauth_tokens::refusal.eq(None::<String>),
    );
    Ok(diesel::update(row).set(values).execute(db)? == 1)
}

/// Makes an empty row where there is none.
fn begin_tokens(db: &mut Db, id: ServerId, belongs_to: &str) -> Result<(), StoreError> {
    let values = (oauth_tokens::server_id.eq(id), oauth_tokens::belongs_to.eq(belongs_to));
    crate::on_backend!(db, conn => diesel::insert_into(oauth_tokens::table)
        .values(values).on_conflict_do_nothing().execute(conn))?;
    Ok(())
}

/// Takes the right to renew the tokens with this version (0: there was no row), for so long at most; false if another
/// process has it, or was faster. All times are the database's own, so that the nodes' clocks need not agree.
pub fn lease_tokens(
    db: &mut Db,
    id: ServerId,
    belongs_to: &str,
    version: i32,
    time: TimeDelta,
) -> Result<bool, StoreError> {
    begin_tokens(db, id, belongs_to)?;
    let at = clock(db)?;
    let free = oauth_tokens::renewing_until.is_null().or(oauth_tokens::renewing_until.lt(at));
    let row = oauth_tokens::table.find(id).filter(oauth_tokens::version.eq(version)).filter(free);
    Ok(diesel::update(row).set(oauth_tokens::renewing_until.eq(at + time)).execute(db)? == 1)
}

/// Whether somebody is renewing them.
pub fn is_leased(db: &mut Db, id: ServerId) -> Result<bool, StoreError> {
    let at = clock(db)?;
    let until: Option<Option<Moment>> =
        oauth_tokens::table.find(id).select(oauth_tokens::renewing_until).first(db).optional()?;
    Ok(until.flatten().is_some_and(|until| until >= at))
}

/// Gives the lease back, with why nothing was renewed, and since when the refresh token is invalid, if it is. The version
/// stays.
pub fn tokens_refused(
    db: &mut Db,
    id: ServerId,
    version: i32,
    refusal: &str,
    ended: Option<Moment>,
) -> Result<(), StoreError> {
    let row = oauth_tokens::table.find(id).filter(oauth_tokens::version.eq(version));
    let values = (oauth_tokens::renewing_until.eq(None::<Moment>), oauth_tokens::refusal.eq(refusal));
    diesel::update(row).set(values).execute(db)?;
    if let Some(ended) = ended {
        diesel::update(row).set(oauth_tokens::refresh_until.eq(ended)).execute(db)?;
    }
    Ok(())
}

/// Why the last renewal was refused: JSON.
pub fn refusal(db: &mut Db, id: ServerId) -> Result<Option<String>, StoreError> {
    let refusal: Option<Option<String>> =
        oauth_tokens::table.find(id).select(oauth_tokens::refusal).first(db).optional()?;
    Ok(refusal.flatten())
}

/// The mail server refused the access token of this version, so whoever needs it next renews it.
pub fn spend_tokens(db: &mut Db, id: ServerId, version: i32) -> Result<(), StoreError> {
    let row = oauth_tokens::table.find(id).filter(oauth_tokens::version.eq(version));
    diesel::update(row).set(oauth_tokens::access_until.eq(None::<Moment>)).execute(db)?;
    Ok(())
}

/// When a person signed in for it; None where nobody has.
pub fn granted_at(db: &mut Db, id: ServerId) -> Result<Option<Moment>, StoreError> {
    let granted: Option<Option<Moment>> =
        oauth_tokens::table.find(id).select(oauth_tokens::granted_at).first(db).optional()?;
    Ok(granted.flatten())
}

/// Deletes all of them.
pub fn delete_tokens(db: &mut Db, id: ServerId) -> Result<(), StoreError> {
    diesel::delete(oauth_tokens::table.find(id)).execute(db)?;
    Ok(())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = oauth_tokens)]
struct TokenRow {
    belongs_to: String,
    access_token: Option<String>,
    access_until: Option<Moment>,
    refresh_token: Option<String>,
    granted_at: Option<Moment>,
    renewed_at: Option<Moment>,
    refresh_until: Option<Moment>,
    version: i32,
    refusal: Option<String>,
}

impl TokenRow {
    fn opened(self, key: &SecretKey, id: ServerId) -> Result<KnownTokens, StoreError> {
        Ok(KnownTokens {
            access: sealed::open(key, (SealedColumn::AccessToken, id.0), self.access_token.as_deref())?,
            refresh: sealed::open(key, (SealedColumn::RefreshToken, id.0), self.refresh_token.as_deref())?,
            belongs_to: self.belongs_to,
            access_until: self.access_until,
            granted_at: self.granted_at,
            renewed_at: self.renewed_at,
            refresh_until: self.refresh_until,
            version: self.version,
            refusal: self.refusal,
        })
    }
}
