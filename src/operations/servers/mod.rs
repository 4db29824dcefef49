//! Incoming servers: what an administrator may do to them. Only a System Admin sees or changes their settings.

mod discover;
mod far_fields;
mod offer;
pub mod sign_in;
mod test;
mod twins;

use chrono::NaiveDate;

use super::settings::{self, KeptObject, change, change_in, find, remember, require_for};
use super::{App, OperationError};
use crate::domain::audit::AuditAction;
use crate::domain::complaint::Complaint;
use crate::domain::id::ServerId;
use crate::domain::oauth::{CERTIFICATE, CLIENT_SECRET, Has};
use crate::domain::person::Caller;
use crate::domain::protocol::{Security, ServerType};
use crate::domain::rights::Right;
use crate::domain::secret::Secret;
use crate::domain::server::{Access, Against, Fingerprint256, IncomingServer, ServerState, StartWith};
use crate::domain::text::shorten;
use crate::domain::{Invalid, Moment, reach};
use crate::key::SecretKey;
use crate::store::sealed::SealedColumn;
use crate::store::server_status::{self, ServerStatus};
use crate::store::servers::{self, StoredServer};
use crate::store::{Db, StoreError, connections, oauth_providers, oauth_tokens};
use crate::{complain, say};

pub use super::settings::{FieldFilter, save, save_for_test};
pub use crate::domain::stage::{StageState, TestStage};
pub use crate::store::servers::Footprint;
pub use discover::{Discovered, find_settings};
pub use far_fields::{FarField, FarFields, far_fields, set_far_fields};
pub use offer::{Chosen, Offer, OfferedTypes, offer};
pub use test::{ServerTested, TestedCertificate, ToImport, test, test_asking};

/// An incoming server as a form or an API call gives it.
pub type ServerForm = settings::SettingForm<IncomingServer>;
/// What is saved to.
pub type ServerTarget = settings::SettingTarget<ServerId>;
/// How saving ended.
pub type ServerSaved = settings::Saved<ServerView>;

/// A server, what fetching knows of it, and of which fields a secret is saved (a secret itself is never shown).
#[derive(Debug, Clone)]
pub struct ServerView {
    pub server: IncomingServer,
    pub secrets: Vec<&'static str>,
    /// To be given back when saving: see [`SettingTarget`](crate::operations::settings::SettingTarget).
    pub version: i32,
    pub status: ServerStatus,
    /// When a person signed in for it.
    pub signed_in: Option<Moment>,
}

impl ServerView {
    fn new(stored: StoredServer, status: ServerStatus) -> Self {
        let StoredServer { settings: server, secrets, version, .. } = stored;
        Self { server, secrets, version, status, signed_in: None }
    }
}

/// Those whose name, server name or username fits, in the order of Server Priority.
pub fn list(app: &App, caller: &Caller, filter: &FieldFilter) -> Result<Vec<ServerView>, OperationError> {
    require_for::<IncomingServer>(caller, Right::Read)?;
    let (found, mut status) = app.store.read(|db| {
        let found = servers::list(db)?;
        Ok::<_, OperationError>((found, server_status::all(db)?))
    })?;
    let shows = |view: &ServerView| {
        let server = &view.server;
        filter.shows(server.active, &format!("{} {} {}", server.name, server.host(), server.username()))
    };
    let views = found.into_iter().map(|stored| {
        let status = status.remove(&stored.settings.id).unwrap_or_default();
        ServerView::new(stored, status)
    });
    Ok(views.filter(shows).collect())
}

pub fn get(app: &App, caller: &Caller, id: ServerId) -> Result<ServerView, OperationError> {
    settings::get::<IncomingServer>(app, caller, id)
}

/// For pages that show a form before there is anything to save.
pub fn may_change(caller: &Caller) -> Result<(), OperationError> {
    require_for::<IncomingServer>(caller, Right::Write)
}

/// Archived servers are not fetched and not listed; everything else stays. Back in use it is Not Confirmed where another
/// server fetches the same mailbox meanwhile.
pub fn set_active(app: &App, caller: &Caller, id: ServerId, active: bool) -> Result<(), OperationError> {
    app.store.write(|db| set_active_in(db, caller, id, active))
}

/// As [`set_active`], within the caller's transaction.
pub fn set_active_in(db: &mut Db, caller: &Caller, id: ServerId, active: bool) -> Result<(), OperationError> {
    require_for::<IncomingServer>(caller, Right::Write)?;
    if active {
        let server = find::<IncomingServer>(db, id)?.settings;
        if server.state == ServerState::Done && twins::rival(db, &server)?.is_some() {
            change_in(db, caller, id, AuditAction::ResetConfirmation, |server: &mut IncomingServer| {
                server.state = ServerState::Draft;
                Ok(())
            })?;
        }
    }
    settings::set_active_in::<IncomingServer>(db, caller, id, active)
}

/// *Reset Confirmation*: not fetched until it is tested again.
pub fn reset(app: &App, caller: &Caller, id: ServerId) -> Result<ServerView, OperationError> {
    change(app, caller, id, AuditAction::ResetConfirmation, |server: &mut IncomingServer| {
        server.state = ServerState::Draft;
        Ok(())
    })
}

/// Trusts this one certificate for this server; the test says next whether that is enough.
pub fn trust(app: &App, caller: &Caller, id: ServerId, sha256: &str) -> Result<ServerView, OperationError> {
    let sha256 = Fingerprint256::parse(sha256)?;
    change(app, caller, id, AuditAction::TrustCertificate, |server: &mut IncomingServer| match &mut server.access {
        Access::Network { trusted, .. } => {
            *trusted = Some(sha256);
            server.state = ServerState::Draft;
            Ok(())
        }
        Access::Local { .. } => Err(OperationError::Refused(say!("server-no-certificate").into())),
    })
}

/// What the first fetch takes; `date` counts for *since* alone. Has no effect on a mailbox that was fetched before.
pub fn set_start(
    app: &App,
    caller: &Caller,
    id: ServerId,
    start: StartWith,
    date: Option<NaiveDate>,
) -> Result<ServerView, OperationError> {
    change(app, caller, id, AuditAction::Write, |server: &mut IncomingServer| {
        server.start_with = server.server_type.start(start.code())?;
        if start == StartWith::Since && date.is_none() {
            return Err(Invalid::new("start_date", say!("server-start-date")).into());
        }
        server.start_date = date.filter(|_| start == StartWith::Since);
        Ok(())
    })
}

/// A copy under another name, Not Confirmed and with the same secrets under their own seals, as far as the key opens the
/// original's. Tokens of a sign-in stay with the original: a person signs in for the copy.
pub fn duplicate(app: &App, caller: &Caller, id: ServerId) -> Result<ServerId, OperationError> {
    require_for::<IncomingServer>(caller, Right::Write)?;
    app.store.write(|db| {
        let original = find::<IncomingServer>(db, id)?.settings;
        let mut copy = IncomingServer {
            name: format!("{} (copy)", shorten(&original.name, 190)),
            state: ServerState::Draft,
            active: true,
            ..original
        };
        copy.id = servers::insert(db, &copy)?;
        let mut secrets = Vec::new();
        for field in ["password", CLIENT_SECRET, CERTIFICATE] {
            let secret = match servers::secret(db, &app.key, id, place(field)) {
                Ok(secret) => secret,
                Err(StoreError::Seal(_)) => Default::default(),
                Err(error) => return Err(error.into()),
            };
            if !secret.is_empty() {
                servers::set_secret(db, &app.key, copy.id, place(field), Some(&secret))?;
                secrets.push(field);
            }
        }
        remember(db, caller, AuditAction::Create, None, Some(&copy), &secrets)?;
        Ok(copy.id)
    })
}

/// What a deletion would leave behind and take along.
pub fn footprint(app: &App, caller: &Caller, id: ServerId) -> Result<Footprint, OperationError> {
    require_for::<IncomingServer>(caller, Right::Write)?;
    app.store.read(|db| {
        find::<IncomingServer>(db, id)?;
        Ok(servers::footprint(db, id)?)
    })
}

/// Removes the settings, the password and the status. The ledger, the records and the sources stay.
pub fn delete(app: &App, caller: &Caller, id: ServerId) -> Result<(), OperationError> {
    app.store.write(|db| delete_in(db, caller, id))
}

/// As [`delete`], within the caller's transaction.
pub fn delete_in(db: &mut Db, caller: &Caller, id: ServerId) -> Result<(), OperationError> {
    require_for::<IncomingServer>(caller, Right::Unlink)?;
    let server = find::<IncomingServer>(db, id)?.settings;
    servers::delete(db, id)?;
    Ok(remember(db, caller, AuditAction::Delete, Some(&server), None, &[])?)
}

/// Refused where one of these is built in; whether the others exist is not asked.
pub fn none_built(db: &mut Db, ids: &[i32]) -> Result<(), OperationError> {
    ids.iter().try_for_each(|id| match find::<IncomingServer>(db, ServerId(*id)) {
        Err(refused @ OperationError::Refused(_)) => Err(refused),
        Ok(_) | Err(OperationError::NotFound(_)) => Ok(()),
        Err(other) => Err(other),
    })
}

/// Where a secret field is sealed.
fn place(field: &str) -> SealedColumn {
    match field {
        CLIENT_SECRET => SealedColumn::ServerClientSecret,
        CERTIFICATE => SealedColumn::ServerCertificate,
        _ => SealedColumn::ServerPassword,
    }
}

impl KeptObject for IncomingServer {
    type View = ServerView;

    fn rows(db: &mut Db) -> Result<Vec<StoredServer>, StoreError> {
        servers::list(db)
    }

    fn row(db: &mut Db, id: Self::Id) -> Result<Option<StoredServer>, StoreError> {
        servers::get(db, id)
    }

    fn insert(&self, db: &mut Db) -> Result<Self::Id, StoreError> {
        servers::insert(db, self)
    }

    fn update(&self, db: &mut Db, version: i32) -> Result<bool, StoreError> {
        servers::update(db, self, version)
    }

    fn secret(db: &mut Db, key: &SecretKey, id: Self::Id, field: &str) -> Result<Secret, StoreError> {
        servers::secret(db, key, id, place(field))
    }

    fn set_secret(
        db: &mut Db,
        key: &SecretKey,
        id: Self::Id,
        field: &str,
        secret: Option<&Secret>,
    ) -> Result<(), StoreError> {
        servers::set_secret(db, key, id, place(field), secret)
    }

    fn set_active(&mut self, active: bool) {
        self.active = active;
    }

    fn reset(&mut self) {
        self.state = ServerState::Draft;
    }

    fn complete(
        &mut self,
        app: &App,
        db: &mut Db,
        form: &ServerForm,
        existing: Option<&StoredServer>,
    ) -> Result<Vec<Invalid>, OperationError> {
        let providers = oauth_providers::list(db)?.into_iter().map(|stored| {
            let has = |field| stored.secrets.contains(&field);
            let has = Has { secret: has(CLIENT_SECRET), certificate: has(CERTIFICATE) };
            (stored.settings, has)
        });
        let providers: Vec<_> = providers.collect();
        let usable = connections::list(db)?.into_iter().filter(|stored| stored.settings.active);
        let against = Against {
            existing: existing.map(|stored| (&stored.settings, stored.secrets.as_slice())),
            providers: &providers,
            connections: &usable.map(|stored| stored.settings.id).collect::<Vec<_>>(),
            models: &app.modules.all().iter().map(|module| module.model.as_str()).collect::<Vec<_>>(),
            mail_root: &app.config.mail_root(),
        };
        let mut wrong = self.read_together(form, &against);
        wrong.extend(sign_in::read_certificate(self, form, existing.map(|stored| &stored.settings)));
        Ok(wrong)
    }

    fn built_in(&self) -> Option<Complaint> {
        (self.server_type == ServerType::Api).then(|| complain!("server-built-in"))
    }

    fn readable_at(&self) -> Option<&str> {
        match &self.access {
            Access::Network { host, security: Security::None, .. } => {
                Some(host.as_str()).filter(|host| !reach::is_loopback(host))
            }
            _ => None,
        }
    }

    fn takes_secret(&self, field: &str) -> bool {
        IncomingServer::takes_secret(self, field)
    }

    fn view(_app: &App, db: &mut Db, stored: StoredServer) -> Result<ServerView, OperationError> {
        let id = stored.settings.id;
        let signed_in = oauth_tokens::granted_at(db, id)?;
        Ok(ServerView { signed_in, ..ServerView::new(stored, server_status::get(db, id)?) })
    }

    fn shown(view: &ServerView) -> (&Self, i32, &[&'static str]) {
        (&view.server, view.version, &view.secrets)
    }
}

#[cfg(test)]
mod tests;
