//! Incoming servers: what an administrator may do to them. Only a System Admin sees or changes their settings.

mod discover;
mod test;

pub use super::settings::{FieldFilter, save, save_for_test};
pub use crate::domain::stage::{StageState, TestStage};
pub use crate::odoo::OdooSettable as FarField;
pub use crate::store::servers::Footprint;
pub use discover::{Discovered, find_settings};
pub use test::{ServerTested, ToImport, test, test_asking};

use std::collections::HashMap;

use chrono::NaiveDate;

use super::settings::{
    self, KeptObject, Saved, SettingTarget, change, change_in, find, form_in, remember, require_for, save_in,
};
use super::{App, OperationError, connections, providers};
use crate::domain::connection::FarValues;
use crate::domain::id::{ConnectionId, ProviderId, ServerId};
use crate::domain::oauth::{CERTIFICATE, CLIENT_SECRET, Has};
use crate::domain::person::Caller;
use crate::domain::protocol::{Security, ServerType};
use crate::domain::rights::{AuditAction, Right};
use crate::domain::secret::Secret;
use crate::domain::server::{Access, Against, Fingerprint256, IncomingServer, ServerState, StartWith};
use crate::domain::text::shorten;
use crate::domain::words::{Complaint, Sentence};
use crate::domain::{Invalid, Moment, reach};
use crate::key::SecretKey;
use crate::store::connections::ConnectionStatus;
use crate::store::sealed::SealedColumn;
use crate::store::server_status::{self, ServerStatus};
use crate::store::servers::{self, StoredServer};
use crate::store::{self, Db, StoreError, grants};
use crate::{complain, say};

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
    /// To be given back when saving: see [`SettingTarget`].
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
        if server.state == ServerState::Done && test::rival(db, &server)?.is_some() {
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

/// Trusts this one certificate for this server. Whether that is enough, the next test says.
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
        let providers = grants::providers(db)?.into_iter().map(|stored| {
            let has = |field| stored.secrets.contains(&field);
            let has = Has { secret: has(CLIENT_SECRET), certificate: has(CERTIFICATE) };
            (stored.settings, has)
        });
        let providers: Vec<_> = providers.collect();
        let usable = store::connections::list(db)?.into_iter().filter(|stored| stored.settings.active);
        let against = Against {
            existing: existing.map(|stored| (&stored.settings, stored.secrets.as_slice())),
            providers: &providers,
            connections: &usable.map(|stored| stored.settings.id).collect::<Vec<_>>(),
            models: &app.modules.all().iter().map(|module| module.model.as_str()).collect::<Vec<_>>(),
            mail_root: &app.config.mail_root(),
        };
        let mut wrong = self.read_together(form, &against);
        wrong.extend(providers::read_certificate(self, form, existing.map(|stored| &stored.settings)));
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
        let signed_in = grants::granted_at(db, id)?;
        Ok(ServerView { signed_in, ..ServerView::new(stored, server_status::get(db, id)?) })
    }

    fn shown(view: &ServerView) -> (&Self, i32, &[&'static str]) {
        (&view.server, view.version, &view.secrets)
    }
}

// What the form offers as its target: the connections, and what mail can become there.

/// The choices under *Connection* and *Create a New Record*.
#[derive(Debug, Default)]
pub struct Offer {
    /// Those in use, and the chosen one whatever it is; by name.
    pub connections: Vec<(ConnectionId, String)>,
    pub record_types: OfferedTypes,
    /// The sign-in providers, by name.
    pub providers: Vec<(ProviderId, String)>,
    /// The connection that is chosen.
    pub chosen: Option<Chosen>,
}

#[derive(Debug, Default)]
pub enum OfferedTypes {
    /// Technical name and label: there are no others.
    Known(Vec<(String, Sentence)>),
    /// The usual ones, where the connection's account may not read which there are: a technical name is typed.
    Usual(Vec<(String, Sentence)>),
    /// A connection that was not asked yet.
    #[default]
    NotAsked,
    /// It was asked, and failed for this reason.
    Failed(Complaint),
}

/// Whether a connection takes mail.
#[derive(Debug)]
pub struct Chosen {
    pub id: ConnectionId,
    pub name: String,
    /// Confirmed and not archived.
    pub is_used: bool,
    pub status: ConnectionStatus,
}

/// The choices that fit the form as it is filled in. `ask`: has the connection list its record types anew; otherwise those that it
/// listed last are offered, without waiting for the network.
pub fn offer(app: &App, caller: &Caller, form: &ServerForm, ask: bool) -> Result<Offer, OperationError> {
    let all: Vec<_> = [false, true]
        .into_iter()
        .map(|archived| connections::list(app, caller, &connections::FieldFilter { search: String::new(), archived }))
        .collect::<Result<Vec<_>, _>>()?
        .concat();
    let chosen = form.text("connection_id").parse().ok().map(ConnectionId);
    let choices = all.iter().filter(|view| view.connection.active || chosen == Some(view.connection.id));
    let view = all.iter().find(|view| chosen == Some(view.connection.id));
    let providers = app.store.read(grants::providers)?.into_iter();
    Ok(Offer {
        providers: providers.map(|stored| (stored.settings.id, stored.settings.name)).collect(),
        connections: choices.map(|view| (view.connection.id, view.connection.name.clone())).collect(),
        record_types: match view {
            None => OfferedTypes::Known(
                app.modules.all().iter().map(|module| (module.model.clone(), module.label.clone())).collect(),
            ),
            Some(view) => elsewhere(app, caller, view.connection.id, ask)?,
        },
        chosen: view.map(|view| Chosen {
            id: view.connection.id,
            name: view.connection.name.clone(),
            is_used: view.connection.is_used(),
            status: view.status.clone(),
        }),
    })
}

fn elsewhere(app: &App, caller: &Caller, id: ConnectionId, ask: bool) -> Result<OfferedTypes, OperationError> {
    let offered = match ask {
        false => connections::known_types(app, id),
        true => match connections::record_types(app, caller, id) {
            Ok(offered) => Some(offered),
            Err(OperationError::Refused(words)) => return Ok(OfferedTypes::Failed(words)),
            Err(error) => return Err(error),
        },
    };
    let Some(offered) = offered else { return Ok(OfferedTypes::NotAsked) };
    let types = offered.types.into_iter().map(|one| (one.model, one.label)).collect();
    Ok(if offered.complete { OfferedTypes::Known(types) } else { OfferedTypes::Usual(types) })
}

// *Fields there*: what an incoming server sets in each new record of its connection, chosen from what is there.

/// What can be chosen, and what is.
#[derive(Debug)]
pub struct FarFields {
    pub server: IncomingServer,
    /// To be given back when saving.
    pub version: i32,
    /// The connection's name.
    pub connection: String,
    pub fields: Vec<FarField>,
}

/// Asks the connection now.
pub fn far_fields(app: &App, caller: &Caller, id: ServerId) -> Result<FarFields, OperationError> {
    let view = get(app, caller, id)?;
    let (Some(connection), Some(model)) = (view.server.connection, view.server.object_model.clone()) else {
        return Err(OperationError::Refused(say!("far-fields-nowhere").into()));
    };
    let (connection, fields) = connections::settable(app, caller, connection, &model)?;
    Ok(FarFields { version: view.version, server: view.server, connection, fields })
}

/// Sets each field that was shown to what is chosen, or to nothing. Fields that were not shown stay as they are.
pub fn set_far_fields(
    app: &App,
    caller: &Caller,
    id: ServerId,
    version: i32,
    chosen: &HashMap<String, Vec<String>>,
) -> Result<(), OperationError> {
    app.store.write(|db| {
        let (mut form, _) = form_in::<IncomingServer>(db, caller, id)?;
        let before = FarValues::parse(form.text("far_values"))?;
        let kept = before.iter().filter(|(name, _)| !chosen.contains_key(*name));
        let mut lines: Vec<String> = kept.map(|(name, value)| format!("{name} = {value}")).collect();
        let mut set: Vec<_> = chosen.iter().filter(|(_, values)| !values.is_empty()).collect();
        set.sort();
        lines.extend(set.into_iter().map(|(name, values)| format!("{name} = {}", values.join(", "))));
        form.set("far_values", &lines.join("\n"));
        match save_in(app, db, caller, SettingTarget::Existing { id, version }, &form, false)? {
            Saved::Done(_) | Saved::Unagreed(..) => Ok(()),
            Saved::Conflict(_) => Err(OperationError::Conflict(say!("far-fields-changed").into())),
        }
    })
}

// Saving and the smaller deeds, over a real database.
#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::Config;
    use crate::domain::person::Role;
    use crate::domain::server::{ServerState, StartWith};
    use crate::operations::App;
    use crate::store::servers;

    fn app() -> (tempfile::TempDir, Arc<App>) {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data_dir: folder.path().join("data"), ..Config::default() };
        (folder, App::open(config).unwrap())
    }

    fn admin() -> Caller {
        Caller { login: "admin".into(), ..Caller::command_line() }
    }

    fn typed(changes: &[(&str, &str)]) -> ServerForm {
        let mut form = ServerForm::fresh();
        for (field, value) in [
            ("name", "Grievance Mailbox"),
            ("server", "imap.example.org"),
            ("user", "support@example.org"),
            ("password", "s3cret"),
            ("object_model", "spp.grm.ticket"),
        ] {
            form.set(field, value);
        }
        change(&mut form, changes);
        form
    }

    fn change(form: &mut ServerForm, changes: &[(&str, &str)]) {
        for (field, value) in changes {
            assert!(form.set(field, value), "{field}");
        }
    }

    fn saved(app: &App, target: ServerTarget, form: &ServerForm) -> ServerView {
        match save(app, &admin(), target, form).unwrap() {
            ServerSaved::Done(view) => *view,
            other => panic!("{other:?}"),
        }
    }

    /// Confirmed without a mail server: what the test would write.
    fn confirmed(app: &App, id: ServerId) -> ServerView {
        app.store
            .write(|db| {
                let stored = find::<IncomingServer>(db, id)?;
                let server = IncomingServer { state: ServerState::Done, ..stored.settings };
                servers::update(db, &server, stored.version)?;
                Ok::<_, OperationError>(())
            })
            .unwrap();
        get(app, &admin(), id).unwrap()
    }

    fn edit(app: &App, view: &ServerView, changes: &[(&str, &str)]) -> ServerView {
        let mut form = ServerForm::of(&view.server);
        change(&mut form, changes);
        saved(app, ServerTarget::Existing { id: view.server.id, version: view.version }, &form)
    }

    #[test]
    fn confirmed_lasts_until_the_connection_or_the_target_changes() {
        let (_folder, app) = app();
        let id = saved(&app, ServerTarget::New, &typed(&[])).server.id;
        for harmless in [("name", "Other"), ("interval_minutes", "10"), ("after_fetch", "keep"), ("password", "s3cret")]
        {
            let view = edit(&app, &confirmed(&app, id), &[harmless]);
            assert_eq!(view.server.state, ServerState::Done, "{harmless:?}");
        }
        for other in [
            ("port", "1993"),
            ("user", "b@example.org"),
            ("folder", "Work"),
            ("password", "new"),
            ("object_model", "helpdesk.ticket"),
            ("object_model", ""),
        ] {
            let view = edit(&app, &confirmed(&app, id), &[other]);
            assert_eq!(view.server.state, ServerState::Draft, "{other:?}");
        }
        let view = confirmed(&app, id);
        let target = ServerTarget::Existing { id, version: view.version };
        let ServerSaved::Done(view) = save_for_test(&app, &admin(), target, &ServerForm::of(&view.server)).unwrap()
        else {
            panic!()
        };
        assert_eq!(view.server.state, ServerState::Draft);
    }

    #[test]
    fn a_save_over_somebody_elses_change_shows_both_and_can_be_repeated() {
        let (_folder, app) = app();
        let seen = saved(&app, ServerTarget::New, &typed(&[]));
        let id = seen.server.id;
        edit(&app, &seen, &[("name", "Theirs"), ("interval_minutes", "7")]);

        let mut mine = ServerForm::of(&seen.server);
        change(&mut mine, &[("name", "Mine")]);
        let target = ServerTarget::Existing { id, version: seen.version };
        let ServerSaved::Conflict(conflict) = save(&app, &admin(), target, &mine).unwrap() else {
            panic!("saved over it")
        };
        let shown: Vec<_> =
            conflict.differences.iter().map(|d| (d.field, d.theirs.as_str(), d.yours.as_str())).collect();
        assert_eq!(shown, [("name", "Theirs", "Mine"), ("interval_minutes", "7", "5")]);
        assert_eq!(get(&app, &admin(), id).unwrap().server.name, "Theirs");

        let again = ServerTarget::Existing { id, version: conflict.current.version };
        assert_eq!(saved(&app, again, &mine).server.name, "Mine");
        // The same values over an older version are no conflict: nobody's change is lost.
        assert_eq!(saved(&app, target, &mine).server.name, "Mine");
    }

    #[test]
    fn a_form_sent_twice_makes_one_server() {
        let (_folder, app) = app();
        let first = saved(&app, ServerTarget::Once, &typed(&[])).server.id;
        assert_eq!(saved(&app, ServerTarget::Once, &typed(&[])).server.id, first);
        assert_ne!(saved(&app, ServerTarget::Once, &typed(&[("folder", "Work")])).server.id, first);
        assert_ne!(saved(&app, ServerTarget::Once, &typed(&[("password", "other")])).server.id, first);
    }

    #[test]
    fn a_copy_has_its_own_sealed_password_and_a_deletion_takes_only_its_server() {
        let (_folder, app) = app();
        let id = saved(&app, ServerTarget::New, &typed(&[])).server.id;
        confirmed(&app, id);
        let copy = duplicate(&app, &admin(), id).unwrap();
        let view = get(&app, &admin(), copy).unwrap();
        assert_eq!((view.server.name.as_str(), view.server.state), ("Grievance Mailbox (copy)", ServerState::Draft));
        let password = app.store.read(|db| servers::password(db, &app.key, copy)).unwrap();
        assert_eq!(password.reveal(), "s3cret");
        delete(&app, &admin(), id).unwrap();
        assert!(matches!(get(&app, &admin(), id), Err(OperationError::NotFound(_))));
        assert!(get(&app, &admin(), copy).is_ok());
    }

    #[test]
    fn search_and_archive_decide_what_is_listed() {
        let (_folder, app) = app();
        let id = saved(&app, ServerTarget::New, &typed(&[("name", "Réclamations")])).server.id;
        saved(&app, ServerTarget::New, &typed(&[("server_type", "pop"), ("user", "b@example.org")]));
        let names = |search: &str, archived| {
            let filter = FieldFilter { search: search.into(), archived };
            list(&app, &admin(), &filter).unwrap().into_iter().map(|view| view.server.name).collect::<Vec<_>>()
        };
        assert_eq!(names("", false).len(), 2);
        assert_eq!(names("reclam IMAP.example", false), ["Réclamations"]);
        set_active(&app, &admin(), id, false).unwrap();
        assert_eq!(
            (names("", false), names("", true)),
            (vec!["Grievance Mailbox".into()], vec!["Réclamations".into()])
        );
        set_active(&app, &admin(), id, true).unwrap();
        assert_eq!(names("", true), Vec::<String>::new());
    }

    #[test]
    fn only_a_system_admin_sees_or_changes_servers() {
        let (_folder, app) = app();
        let id = saved(&app, ServerTarget::New, &typed(&[])).server.id;
        let target = ServerTarget::Existing { id, version: 1 };
        let sha256 = "ab".repeat(32);
        for role in [Role::Officer, Role::Auditor] {
            let caller = Caller { role, ..admin() };
            let outcomes = [
                list(&app, &caller, &FieldFilter::default()).err(),
                get(&app, &caller, id).err(),
                save(&app, &caller, ServerTarget::New, &typed(&[])).err(),
                save_for_test(&app, &caller, target, &typed(&[])).err(),
                super::test(&app, &caller, id).err(),
                set_active(&app, &caller, id, false).err(),
                set_active(&app, &caller, id, true).err(),
                reset(&app, &caller, id).err(),
                trust(&app, &caller, id, &sha256).err(),
                set_start(&app, &caller, id, StartWith::New, None).err(),
                duplicate(&app, &caller, id).err(),
                footprint(&app, &caller, id).err(),
                delete(&app, &caller, id).err(),
            ];
            for (n, outcome) in outcomes.into_iter().enumerate() {
                assert!(matches!(outcome, Some(OperationError::Denied(_))), "{role:?} {n}");
            }
        }
    }

    #[test]
    fn the_audit_says_what_changed_and_of_a_password_only_that_it_did() {
        let (_folder, app) = app();
        let view = saved(&app, ServerTarget::New, &typed(&[]));
        edit(&app, &view, &[("interval_minutes", "9"), ("password", "other s3cret")]);
        let (rows, _) = app.store.read(|db| crate::store::audit::list(db, &Default::default(), 0, 10)).unwrap();
        let changed = &rows[0];
        assert_eq!(changed.before.as_deref(), Some(r#"{"interval_minutes":"5"}"#));
        assert_eq!(changed.after.as_deref(), Some(r#"{"interval_minutes":"9","password":"changed"}"#));
        assert!(!format!("{rows:?}").contains("s3cret"));
    }
}
