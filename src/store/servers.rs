//! Incoming servers: the row and [`IncomingServer`], one to one. A password is never part of either: it is sealed for its
//! row, and written and read by itself.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::acknowledgements::is_pending;
use super::connection::{Db, StoreError};
use super::prepared::{columns, prepared};
use super::schema::{acknowledgements, far_ends, fates, servers, sign_ins};
use super::sealed::{self, SealedColumn, same_columns};
use crate::domain::connection::FarValues;
use crate::domain::id::{ConnectionId, ProviderId, ServerId};
use crate::domain::oauth::{Application, Authentication, CERTIFICATE, CLIENT_SECRET};
use crate::domain::protocol::{Security, ServerType};
use crate::domain::secret::Secret;
use crate::domain::server::{
    Access, AfterFetch, Fingerprint256, Host, IncomingServer, Port, SenderPolicy, ServerState, SharedAddress, StartWith,
};
use crate::domain::setting::SettingsObject as _;
use crate::domain::{Moment, now};
use crate::key::SecretKey;

/// A server with what its row has beside its settings.
pub type StoredServer = sealed::Stored<IncomingServer>;

/// All that a person configures, archived ones included, in the order of Server Priority. Never the built-in
/// API server.
pub fn list(db: &mut Db) -> Result<Vec<StoredServer>, StoreError> {
    let rows: Vec<Whole> = servers::table
        .inner_join(sign_ins::table)
        .inner_join(far_ends::table)
        .filter(servers::server_type.ne(ServerType::Api))
        .order((servers::priority, servers::id))
        // Side by side: embedded in one row they take the compiler a quarter of its time for all of Mailgate.
        .select((ServerRow::as_select(), SignIn::as_select(), FarEndColumns::as_select()))
        .load(db)?;
    rows.into_iter().map(Whole::into_stored).collect()
}

pub fn get(db: &mut Db, id: ServerId) -> Result<Option<StoredServer>, StoreError> {
    let found = servers::table.left_join(sign_ins::table).left_join(far_ends::table).filter(servers::id.eq(id));
    let row: Option<(ServerRow, Option<SignIn>, Option<FarEndColumns>)> = found
        .select((ServerRow::as_select(), Option::<SignIn>::as_select(), Option::<FarEndColumns>::as_select()))
        .first(db)
        .optional()?;
    // Only the built-in server has neither.
    row.map(|(server, sign_in, far_end)| {
        Whole { server, sign_in: sign_in.unwrap_or_default(), far_end: far_end.unwrap_or_default() }.into_stored()
    })
    .transpose()
}

/// The built-in server of the mail gateway API; made where there is none.
pub fn api(db: &mut Db) -> Result<IncomingServer, StoreError> {
    let find = servers::table.filter(servers::server_type.eq(ServerType::Api)).select(columns::<ServerRow>());
    let mut row: Option<ServerRow> = prepared(find).one(db)?;
    if row.is_none() {
        let at = now();
        let values = (
            servers::name.eq("Mail gateway"),
            servers::server_type.eq(ServerType::Api),
            servers::state.eq(ServerState::Done),
            servers::create_date.eq(at),
            servers::write_date.eq(at),
        );
        crate::on_backend!(db, conn => diesel::insert_into(servers::table)
            .values(values).on_conflict_do_nothing().execute(conn))?;
        row = prepared(find).one(db)?;
    }
    let server = row.ok_or(diesel::result::Error::NotFound)?;
    Ok(Whole { server, sign_in: SignIn::default(), far_end: FarEndColumns::default() }.into_stored()?.settings)
}

/// Those that are fetched, in the order of Server Priority: Confirmed and not archived.
pub fn confirmed(db: &mut Db) -> Result<Vec<IncomingServer>, StoreError> {
    let mut found = list(db)?;
    found.retain(|stored| stored.settings.active && stored.settings.state == ServerState::Done);
    Ok(found.into_iter().map(|stored| stored.settings).collect())
}

/// Inserts the settings (`server.id` is ignored) without a password: see [`set_password`].
pub fn insert(db: &mut Db, server: &IncomingServer) -> Result<ServerId, StoreError> {
    let values = (columns_of(server), servers::create_date.eq(now()), servers::write_date.eq(now()));
    let id: ServerId = crate::on_backend!(db, conn => diesel::insert_into(servers::table)
        .values(values).returning(servers::id).get_result(conn))?;
    diesel::insert_into(sign_ins::table).values((sign_ins::server_id.eq(id), SignInColumns::of(server))).execute(db)?;
    diesel::insert_into(far_ends::table).values((far_ends::server_id.eq(id), FarEndColumns::of(server))).execute(db)?;
    Ok(id)
}

/// Writes the settings where the row still has `version`, and counts it up. False: somebody else saved
/// meanwhile, or the row is gone.
pub fn update(db: &mut Db, server: &IncomingServer, version: i32) -> Result<bool, StoreError> {
    let row = servers::table.find(server.id).filter(servers::version.eq(version));
    let values = (columns_of(server), servers::version.eq(version + 1), servers::write_date.eq(now()));
    if diesel::update(row).set(values).execute(db)? == 0 {
        return Ok(false);
    }
    diesel::update(sign_ins::table.find(server.id)).set(SignInColumns::of(server)).execute(db)?;
    diesel::update(far_ends::table.find(server.id)).set(FarEndColumns::of(server)).execute(db)?;
    Ok(true)
}

/// Removes the row; its mailboxes and ledger stay (`server_id` becomes empty there). False where there is none.
pub fn delete(db: &mut Db, id: ServerId) -> Result<bool, StoreError> {
    Ok(diesel::delete(servers::table.find(id)).execute(db)? == 1)
}

/// Seals the password for its row; None removes it.
pub fn set_password(db: &mut Db, key: &SecretKey, id: ServerId, password: Option<&Secret>) -> Result<(), StoreError> {
    set_secret(db, key, id, SealedColumn::ServerPassword, password)
}

/// Seals a secret for its column and row; None removes it.
pub fn set_secret(
    db: &mut Db,
    key: &SecretKey,
    id: ServerId,
    place: SealedColumn,
    secret: Option<&Secret>,
) -> Result<(), StoreError> {
    let sealed = sealed::seal(db, key, (place, id.0), secret)?;
    let sign_in = sign_ins::table.find(id);
    match place {
        SealedColumn::ServerClientSecret => {
            diesel::update(sign_in).set(sign_ins::client_secret.eq(sealed)).execute(db)?;
        }
        SealedColumn::ServerCertificate => {
            diesel::update(sign_in).set(sign_ins::certificate.eq(sealed)).execute(db)?;
        }
        _ => {
            diesel::update(servers::table.find(id)).set(servers::password.eq(sealed)).execute(db)?;
        }
    }
    Ok(())
}

/// The secret in clear; empty where none is saved. [`StoreError::Seal`] where the key is not the one that sealed it.
pub fn secret(db: &mut Db, key: &SecretKey, id: ServerId, place: SealedColumn) -> Result<Secret, StoreError> {
    let sign_in = sign_ins::table.find(id);
    let sealed: Option<Option<String>> = match place {
        SealedColumn::ServerClientSecret => sign_in.select(sign_ins::client_secret).first(db).optional()?,
        SealedColumn::ServerCertificate => sign_in.select(sign_ins::certificate).first(db).optional()?,
        _ => return password(db, key, id),
    };
    sealed::open(key, (place, id.0), sealed.flatten().as_deref())
}

/// The password in clear; empty where none is saved. [`StoreError::Seal`] where the key is not the one that sealed it.
pub fn password(db: &mut Db, key: &SecretKey, id: ServerId) -> Result<Secret, StoreError> {
    let sealed: Option<Option<String>> = servers::table.find(id).select(servers::password).first(db).optional()?;
    sealed::open(key, owner(id), sealed.flatten().as_deref())
}

/// What belongs to a server and outlives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Footprint {
    /// Rows of the ledger.
    pub messages: i64,
    /// Of those, the ones the mail server still has to be told about.
    pub untold: i64,
}

pub fn footprint(db: &mut Db, id: ServerId) -> Result<Footprint, StoreError> {
    let messages = fates::table.filter(fates::server_id.eq(id)).count().get_result(db)?;
    let untold = acknowledgements::table
        .inner_join(fates::table.on(fates::id.eq(acknowledgements::message_id)))
        .filter(fates::server_id.eq(id))
        .filter(is_pending())
        .count()
        .get_result(db)?;
    Ok(Footprint { messages, untold })
}

fn owner(id: ServerId) -> (SealedColumn, i32) {
    (SealedColumn::ServerPassword, id.0)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = servers)]
struct ServerRow {
    id: ServerId,
    #[diesel(embed)]
    settings: ServerColumns,
    #[diesel(embed)]
    way: AccessColumns,
    password: Option<String>,
    version: i32,
    create_date: Moment,
    write_date: Moment,
}

/// A server with its sign-in and what concerns only the connection that it feeds, which have tables of their own.
#[derive(Queryable)]
struct Whole {
    server: ServerRow,
    sign_in: SignIn,
    far_end: FarEndColumns,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = sign_ins)]
struct SignIn {
    #[diesel(embed)]
    columns: SignInColumns,
    client_secret: Option<String>,
    certificate: Option<String>,
}

/// What a server's form says of its sign-in.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = sign_ins, treat_none_as_null = true)]
struct SignInColumns {
    authentication: Authentication,
    provider_id: Option<ProviderId>,
    tenant: String,
    client_id: String,
    authorize_url: String,
    token_url: String,
    scope: String,
    expires: Option<NaiveDate>,
    email: String,
}

impl Default for SignIn {
    fn default() -> Self {
        Self { columns: SignInColumns::of(&IncomingServer::blank()), client_secret: None, certificate: None }
    }
}

impl SignInColumns {
    fn of(server: &IncomingServer) -> Self {
        let Application { tenant, client_id, authorize_url, token_url, scope, expires } = server.application.clone();
        let (authentication, provider_id, email) = (server.authentication, server.provider, server.email.clone());
        Self { authentication, provider_id, tenant, client_id, authorize_url, token_url, scope, expires, email }
    }

    fn set(self, server: &mut IncomingServer) {
        let Self { authentication, provider_id, tenant, client_id, authorize_url, token_url, scope, expires, email } =
            self;
        server.email = email;
        server.authentication = authentication;
        server.provider = provider_id;
        server.application = Application { tenant, client_id, authorize_url, token_url, scope, expires };
    }
}

/// What is not in the other tables: what concerns only the connection that the server feeds, and who sees its mail.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = far_ends)]
struct FarEndColumns {
    shared_address: SharedAddress,
    far_values: String,
    confidential: bool,
}

impl Default for FarEndColumns {
    fn default() -> Self {
        Self::of(&IncomingServer::blank())
    }
}

impl FarEndColumns {
    fn of(server: &IncomingServer) -> Self {
        Self {
            shared_address: server.shared_address,
            far_values: server.far_values.to_string(),
            confidential: server.confidential,
        }
    }

    /// Fails with the name of the column that holds something impossible.
    fn set(self, server: &mut IncomingServer) -> Result<(), &'static str> {
        server.shared_address = self.shared_address;
        server.confidential = self.confidential;
        server.far_values = FarValues::parse(&self.far_values).map_err(|_| "far_values")?;
        Ok(())
    }
}

same_columns! {
    #[diesel(table_name = servers, treat_none_as_null = true)]
    struct ServerColumns of IncomingServer {
        name: String,
        server_type: ServerType,
        state: ServerState,
        active: bool,
        folder: String,
        start_with: StartWith,
        start_date: Option<NaiveDate>,
        after_fetch: AfterFetch,
        move_to: Option<String>,
        delete_after_days: i32,
        size_limit_mb: i32,
        interval_minutes: i32,
        traffic_kb_s: i32,
        priority: i32,
        attach: bool,
        original: bool,
        #[diesel(column_name = connection_id)]
        connection: Option<ConnectionId>,
        object_model: Option<String>,
        sender_policy: SenderPolicy,
        no_other_fetcher: bool,
        push: bool,
    }
}

/// The columns that say how the mailbox is reached.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = servers, treat_none_as_null = true)]
struct AccessColumns {
    host: Option<String>,
    port: i32,
    security: Security,
    tls_fingerprint: Option<String>,
    username: Option<String>,
    maildir: Option<String>,
}

impl AccessColumns {
    fn of(access: &Access) -> Self {
        match access {
            Access::Network { host, port, security, trusted, username, .. } => Self {
                host: Some(host.as_str().to_owned()),
                port: port.0.into(),
                security: *security,
                tls_fingerprint: trusted.as_ref().map(|sha256| sha256.as_str().to_owned()),
                username: Some(username.clone()),
                maildir: None,
            },
            Access::Local { maildir } => Self {
                host: None,
                port: 0,
                security: Security::None,
                tls_fingerprint: None,
                username: None,
                maildir: maildir.as_ref().map(|path| path.to_string_lossy().into_owned()),
            },
        }
    }

    /// Fails with the name of the column that holds something impossible.
    fn access(self, server_type: ServerType) -> Result<Access, &'static str> {
        let Some(protocol) = server_type.protocol() else {
            return Ok(Access::Local { maildir: self.maildir.map(Into::into) });
        };
        let trusted = self.tls_fingerprint.as_deref().map(Fingerprint256::parse).transpose();
        Ok(Access::Network {
            protocol,
            host: Host::parse(self.host.as_deref().unwrap_or_default()).map_err(|_| "host")?,
            port: Port(self.port.try_into().map_err(|_| "port")?),
            security: self.security,
            trusted: trusted.map_err(|_| "tls_fingerprint")?,
            username: self.username.unwrap_or_default(),
        })
    }
}

/// What is written of a server.
fn columns_of(server: &IncomingServer) -> (ServerColumns, AccessColumns) {
    (ServerColumns::of(server), AccessColumns::of(&server.access))
}

impl Whole {
    fn into_stored(self) -> Result<StoredServer, StoreError> {
        let Self { server, sign_in, far_end } = self;
        let id = server.id;
        let mut settings = IncomingServer { id, ..IncomingServer::blank() };
        sign_in.columns.set(&mut settings);
        far_end
            .set(&mut settings)
            .and_then(|()| server.settings.set(&mut settings))
            .and_then(|()| server.way.access(settings.server_type))
            .map(|access| settings.access = access)
            .map_err(|column| {
                StoreError::Corrupt(format!("incoming server {id}, column {column}: no value of this kind"))
            })?;
        Ok(StoredServer {
            settings,
            secrets: sealed::saved([
                ("password", server.password.is_some()),
                (CLIENT_SECRET, sign_in.client_secret.is_some()),
                (CERTIFICATE, sign_in.certificate.is_some()),
            ]),
            version: server.version,
            create_date: server.create_date,
            write_date: server.write_date,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::protocol::Protocol;
    use crate::store::Store;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("t.db").to_str().unwrap(), 2).unwrap();
        (folder, store)
    }

    fn imap() -> IncomingServer {
        IncomingServer {
            id: ServerId(0),
            name: "Grievance Mailbox".into(),
            server_type: ServerType::Imap,
            access: Access::Network {
                protocol: Protocol::Imap,
                host: Host::parse("imap.example.org").unwrap(),
                port: Port(993),
                security: Security::Tls,
                trusted: Some(Fingerprint256::parse(&"ab".repeat(32)).unwrap()),
                username: "support@example.org".into(),
            },
            start_with: StartWith::Since,
            start_date: NaiveDate::from_ymd_opt(2026, 11, 1),
            after_fetch: AfterFetch::Move,
            move_to: Some("Done".into()),
            object_model: Some("spp.grm.ticket".into()),
            ..IncomingServer::blank()
        }
    }

    #[test]
    fn what_was_set_comes_back_and_an_older_version_changes_nothing() {
        let (_folder, store) = store();
        store
            .write(|db| {
                let id = insert(db, &imap())?;
                let mut server = IncomingServer { id, ..imap() };
                assert_eq!(get(db, id)?.map(|stored| (stored.settings, stored.version)), Some((server.clone(), 1)));
                assert_eq!(confirmed(db)?, []);

                server.state = ServerState::Done;
                server.server_type = ServerType::Local;
                server.access = Access::Local { maildir: Some("grm".into()) };
                server.move_to = None;
                assert!(update(db, &server, 1)?);
                assert!(!update(db, &imap(), 1)?, "a save over a newer version");
                assert_eq!(confirmed(db)?, [server.clone()]);
                assert_eq!(get(db, id)?.map(|stored| stored.version), Some(2));

                server.active = false;
                assert!(update(db, &server, 2)?);
                assert_eq!((confirmed(db)?.len(), list(db)?.len()), (0, 1));
                assert!(delete(db, id)?);
                assert_eq!(get(db, id)?, None);
                Ok::<_, StoreError>(())
            })
            .unwrap();
    }

    #[test]
    fn a_password_opens_only_in_its_own_row() {
        let (_folder, store) = store();
        let key = crate::key::SecretKey::generate().unwrap();
        store
            .write(|db| {
                let (one, two) = (insert(db, &imap())?, insert(db, &imap())?);
                assert!(password(db, &key, one)?.is_empty());
                set_password(db, &key, one, Some(&Secret::new("s3cret")))?;
                assert_eq!(password(db, &key, one)?.reveal(), "s3cret");
                assert!(get(db, one)?.is_some_and(|stored| stored.secrets == ["password"]));

                let sealed: Option<String> = servers::table.find(one).select(servers::password).first(db)?;
                diesel::update(servers::table.find(two)).set(servers::password.eq(sealed)).execute(db)?;
                assert!(matches!(password(db, &key, two), Err(StoreError::Seal(_))));
                Ok::<_, StoreError>(())
            })
            .unwrap();
    }
}
