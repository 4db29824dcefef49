//! What ends by itself, read from the tables that it is in. None of them grows with the mail.

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveTime};
use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::schema::{
    api_keys, connection_status, connections, oauth_providers, oauth_tokens, server_status, servers, sign_ins, users,
};
use crate::domain::Moment;
use crate::domain::expiry::{Expiry, ExpiryKind, ExpiryOf};
use crate::domain::id::{ApiKeyId, ConnectionId, ProviderId, ServerId, UserId};
use crate::domain::oauth::Authentication;
use crate::domain::protocol::{Security, ServerType};

/// Keys of people that are listed, the nearest end first; nobody reads more than that.
const MOST_KEYS: i64 = 500;

/// Everything in use that ends, by its date; what has no date comes last. Of people's keys, those that end after `keys.0`
/// and, if that is given, not after `keys.1`.
pub fn all(db: &mut Db, keys: (Moment, Option<Moment>)) -> Result<Vec<Expiry>, StoreError> {
    let mut found = of_servers(db)?;
    found.extend(of_providers(db)?);
    found.extend(of_connections(db)?);
    found.extend(of_keys(db, keys)?);
    found.sort_by_key(|expiry| (expiry.until.is_none(), expiry.until));
    Ok(found)
}

#[derive(Queryable)]
struct ServerEndsRow {
    id: ServerId,
    name: String,
    security: Security,
    is_pinned: bool,
    authentication: Authentication,
    provider: Option<ProviderId>,
    has_secret: bool,
    has_certificate: bool,
    expires: Option<NaiveDate>,
    certificate_until: Option<Moment>,
}

#[derive(Queryable)]
struct TokenEndsRow {
    server: ServerId,
    renewed_at: Option<Moment>,
    refresh_until: Option<Moment>,
}

fn of_servers(db: &mut Db) -> Result<Vec<Expiry>, StoreError> {
    let rows: Vec<ServerEndsRow> = servers::table
        .inner_join(sign_ins::table)
        .left_join(server_status::table)
        .filter(servers::active.eq(true).and(servers::server_type.ne_all([ServerType::Local, ServerType::Api])))
        .select((
            servers::id,
            servers::name,
            servers::security,
            servers::tls_fingerprint.is_not_null(),
            sign_ins::authentication,
            sign_ins::provider_id,
            sign_ins::client_secret.is_not_null(),
            sign_ins::certificate.is_not_null(),
            sign_ins::expires,
            server_status::certificate_until.nullable(),
        ))
        .load(db)?;
    let tokens: Vec<TokenEndsRow> = oauth_tokens::table
        .filter(oauth_tokens::refresh_token.is_not_null())
        .select((oauth_tokens::server_id, oauth_tokens::renewed_at, oauth_tokens::refresh_until))
        .load(db)?;
    let tokens: HashMap<ServerId, TokenEndsRow> = tokens.into_iter().map(|row| (row.server, row)).collect();
    let mut found = Vec::new();
    for row in rows {
        let of = ExpiryOf::Server(row.id);
        if row.provider.is_none() {
            let secrets = ProofEnds { secret: row.has_secret, certificate: row.has_certificate, expires: row.expires };
            found.extend(secrets.expiry(row.authentication, of, &row.name));
        }
        if row.authentication.is_by_person()
            && let Some(until) = tokens.get(&row.id).and_then(|token| token.until(row.authentication))
        {
            found.push(expiry(ExpiryKind::SignIn, of, &row.name, Some(until)));
        }
        if row.security != Security::None
            && let Some(until) = row.certificate_until
        {
            let certificate = expiry(ExpiryKind::ServerCertificate, of, &row.name, Some(until));
            found.push(Expiry { is_pinned: row.is_pinned, ..certificate });
        }
    }
    Ok(found)
}

impl TokenEndsRow {
    /// The end that is known, or the end after long disuse, whichever comes first.
    fn until(&self, authentication: Authentication) -> Option<Moment> {
        let unused = self.renewed_at.and_then(|at| authentication.unused_until(at));
        [self.refresh_until, unused].into_iter().flatten().min()
    }
}

/// When the proofs of an application end.
struct ProofEnds {
    secret: bool,
    certificate: bool,
    expires: Option<NaiveDate>,
}

impl ProofEnds {
    /// Those of Microsoft always end; those of other providers where a day was entered.
    fn expiry(&self, authentication: Authentication, of: ExpiryOf, name: &str) -> Option<Expiry> {
        let kind = match authentication {
            Authentication::Password => return None,
            Authentication::MicrosoftApp if self.certificate => ExpiryKind::Certificate,
            _ if self.secret => ExpiryKind::ClientSecret,
            _ => return None,
        };
        let until = self.expires.map(begin);
        (until.is_some() || authentication.is_microsoft()).then(|| expiry(kind, of, name, until))
    }
}

#[derive(Queryable)]
struct ProviderEndsRow {
    id: ProviderId,
    name: String,
    authentication: Authentication,
    has_secret: bool,
    has_certificate: bool,
    expires: Option<NaiveDate>,
}

fn of_providers(db: &mut Db) -> Result<Vec<Expiry>, StoreError> {
    let rows: Vec<ProviderEndsRow> = oauth_providers::table
        .select((
            oauth_providers::id,
            oauth_providers::name,
            oauth_providers::authentication,
            oauth_providers::client_secret.is_not_null(),
            oauth_providers::certificate.is_not_null(),
            oauth_providers::expires,
        ))
        .load(db)?;
    let expiry = |row: ProviderEndsRow| {
        let secrets = ProofEnds { secret: row.has_secret, certificate: row.has_certificate, expires: row.expires };
        secrets.expiry(row.authentication, ExpiryOf::Provider(row.id), &row.name)
    };
    Ok(rows.into_iter().filter_map(expiry).collect())
}

#[derive(Queryable)]
struct ConnectionEndsRow {
    id: ConnectionId,
    name: String,
    key_expires: Option<NaiveDate>,
    certificate_until: Option<Moment>,
}

fn of_connections(db: &mut Db) -> Result<Vec<Expiry>, StoreError> {
    let rows: Vec<ConnectionEndsRow> = connections::table
        .left_join(connection_status::table)
        .filter(connections::active.eq(true))
        .select((
            connections::id,
            connections::name,
            connections::key_expires,
            connection_status::certificate_until.nullable(),
        ))
        .load(db)?;
    let mut found = Vec::new();
    for row in rows {
        let of = ExpiryOf::Connection(row.id);
        let known = [
            (ExpiryKind::ConnectionKey, row.key_expires.map(begin)),
            (ExpiryKind::ConnectionCertificate, row.certificate_until),
        ];
        let known = known.into_iter().filter(|(_, until)| until.is_some());
        found.extend(known.map(|(kind, until)| expiry(kind, of, &row.name, until)));
    }
    Ok(found)
}

#[derive(Queryable)]
struct KeyEndsRow {
    id: ApiKeyId,
    owner: UserId,
    name: String,
    login: String,
    expires_at: Option<Moment>,
}

fn of_keys(db: &mut Db, (after, until): (Moment, Option<Moment>)) -> Result<Vec<Expiry>, StoreError> {
    let mut query = api_keys::table
        .inner_join(users::table)
        .filter(users::active.eq(true).and(api_keys::expires_at.gt(after)))
        .order(api_keys::expires_at)
        .select((api_keys::id, api_keys::user_id, api_keys::name, users::login, api_keys::expires_at))
        .limit(MOST_KEYS)
        .into_boxed();
    if let Some(until) = until {
        query = query.filter(api_keys::expires_at.le(until));
    }
    let rows: Vec<KeyEndsRow> = query.load(db)?;
    let expiry = |row: KeyEndsRow| {
        let of = ExpiryOf::Key { id: row.id, owner: row.owner };
        expiry(ExpiryKind::ApiKey, of, &format!("{} ({})", row.name, row.login), row.expires_at)
    };
    Ok(rows.into_iter().map(expiry).collect())
}

fn expiry(kind: ExpiryKind, of: ExpiryOf, name: &str, until: Option<Moment>) -> Expiry {
    Expiry { kind, of, name: name.to_owned(), until, is_pinned: false }
}

/// The beginning of a day that was entered.
fn begin(day: NaiveDate) -> Moment {
    day.and_time(NaiveTime::MIN)
}
