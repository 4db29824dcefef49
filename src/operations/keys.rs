//! The secret key of the installation over time: found and judged at start, watched while Mailgate serves, rotated, and
//! started afresh where it is lost.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::PathBuf;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use serde_json::json;

use super::{App, OperationError, StartError, require};
use crate::background::node_name;
use crate::config::{Config, ConfigError};
use crate::domain::connection::ConnectionState;
use crate::domain::id::{ConnectionId, ProviderId, ServerId};
use crate::domain::now;
use crate::domain::person::Caller;
use crate::domain::rights::{AuditAction, Object, Right};
use crate::domain::secret::Secret;
use crate::domain::server::ServerState;
use crate::domain::words::Complaint;
use crate::key::{KeyFile, KeyFileError, SealProblem, SecretKey, VersionNumber};
use crate::store::audit::{self, NewAuditEntry};
use crate::store::sealed::{self, Sealed, SealedColumn};
use crate::store::{Db, Store, StoreError, connections, grants, installation, server_status, servers};
use crate::{complain, say};

/// How often a process that serves looks at the file and the database.
const LOOK: Duration = Duration::from_secs(3);
/// How often it says that it is there where nothing changes, and how long that counts.
const REPORT: Duration = Duration::from_secs(30);
pub(super) const PRESENT: TimeDelta = TimeDelta::seconds(90);
/// How long a rotation waits for other processes to read the file again.
const PATIENCE: Duration = Duration::from_secs(15);
/// So many values are sealed anew in one transaction.
const BATCH: i64 = 100;

/// The key as it is at start, and made where nothing was ever sealed. A key that is missing or wrong is no error here: see
/// [`SecretKey::problem`].
pub(super) fn open(config: &Config, store: &Store) -> Result<SecretKey, StartError> {
    let file = config.key_file();
    let unusable = |source| StartError::Config(ConfigError::Key { path: config.key_file().path().to_owned(), source });
    if store.read(installation::key_check)?.is_none()
        && !store.read(sealed::any)?
        && file.read().map_err(unusable)?.is_none()
    {
        file.make().map_err(unusable)?;
    }
    let key = SecretKey::open(file).map_err(StoreError::from)?;
    if store.read(installation::key_check)?.is_none() && key.problem().is_none() {
        match opens_some_password(store, &key)? {
            true => {
                let newest = newest(&key);
                let known = key.known_value(newest).map_err(StoreError::from)?;
                store.write(|db| installation::put_first_key_check(db, &known))?;
            }
            false => key.is_wrong(),
        }
    }
    if let Some(known) = store.read(installation::key_check)? {
        // What is wrong stands on the key itself.
        let _ = key.check(&known);
    }
    if let Some(problem) = key.problem() {
        tell(&problem);
    }
    Ok(key)
}

/// What pages say of a key that is missing or wrong. Everybody may know that it is, and an administrator where it belongs.
#[derive(Debug, Clone, serde::Serialize)]
pub struct KeyProblem {
    /// `missing`, `unreadable`, `wrong` or `behind`.
    pub code: &'static str,
    pub file: String,
}

/// None where the key is right, as far as this process knows.
pub fn problem(app: &App) -> Option<KeyProblem> {
    app.key.problem().map(|problem| KeyProblem { code: problem.code(), file: problem.file().to_owned() })
}

fn tell(problem: &SealProblem) {
    let Complaint { what, remedy } = problem.complaint();
    tracing::error!("{what} Mailboxes and connections with a password wait. {remedy}");
}

fn newest(key: &SecretKey) -> VersionNumber {
    key.held().last().map_or(0, |(number, _)| *number)
}

/// In a database of the time before there was a known value: whether the key opens what there is. Where other keys have
/// been in use, some may stay closed.
fn opens_some_password(store: &Store, key: &SecretKey) -> Result<bool, StoreError> {
    let mut none = true;
    for one in all(store)?.iter().filter(|one| !one.place.comes_anew()) {
        none = false;
        if key.open_sealed(&one.owner(), &one.text).is_ok() {
            return Ok(true);
        }
    }
    Ok(none)
}

fn all(store: &Store) -> Result<Vec<Sealed>, StoreError> {
    let mut found = Vec::new();
    for place in SealedColumn::ALL {
        found.extend(store.read(|db| sealed::page(db, place, 0, i64::MAX))?);
    }
    Ok(found)
}

/// Follows file and database until `stop`: a key that is put right is taken up, and who rotates learns what this process
/// has.
pub(super) fn watch(app: &App) -> std::io::Result<JoinHandle<()>> {
    // Not those of readers, who may be many.
    let (store, key) = (app.pipeline().store.clone(), app.key.clone());
    let (stop, bell) = (app.passes.stop().clone(), app.passes.bell().clone());
    let mut watch = KeyWatch {
        node: node_name(&app.config.data_dir),
        stamp: None,
        reported: None,
        problem: key.problem(),
        store,
        key,
    };
    std::thread::Builder::new().name("key".into()).spawn(move || {
        let (mut heard, mut looked): (u64, Option<Instant>) = (0, None);
        while !stop.requested() {
            if looked.is_none_or(|at| at.elapsed() >= LOOK) {
                if let Err(error) = watch.look() {
                    tracing::error!(%error, "the secret key could not be looked after; trying again");
                }
                looked = Some(Instant::now());
            }
            heard = bell.wait(heard, LOOK);
        }
        if let Err(error) = watch.store.write(|db| installation::leave(db, &watch.node)) {
            tracing::warn!(%error, "the end of this node could not be noted; it is noticed by itself");
        }
    })
}

struct KeyWatch {
    store: Store,
    key: SecretKey,
    node: String,
    stamp: Option<(u64, i64, i64, u64)>,
    reported: Option<(Instant, String)>,
    problem: Option<SealProblem>,
}

impl KeyWatch {
    fn look(&mut self) -> Result<(), StoreError> {
        let stamp = self.key.file().and_then(KeyFile::stamp);
        if stamp != self.stamp {
            self.key.reload();
            self.stamp = stamp;
        }
        if let Some(known) = self.store.read(installation::key_check)? {
            let _ = self.key.check(&known);
        }
        let problem = self.key.problem();
        match &problem {
            None if self.problem.is_some() => tracing::info!("the secret key is right again"),
            Some(new) if self.problem != problem => tell(new),
            _ => {}
        }
        self.problem = problem;
        let held = held(&self.key);
        if self.reported.as_ref().is_none_or(|(at, reported)| at.elapsed() >= REPORT || *reported != held) {
            let begins = self.reported.is_none();
            self.store.write(|db| installation::report(db, &self.node, &held, begins))?;
            self.reported = Some((Instant::now(), held));
        }
        Ok(())
    }
}

/// `1:…/2:…`
fn held(key: &SecretKey) -> String {
    key.held().iter().map(|(number, id)| format!("{number}:{id}")).collect::<Vec<_>>().join("/")
}

/// How a rotation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// The version in use.
    pub version: VersionNumber,
    /// It was in use before: an earlier rotation did not come to its end.
    pub finished: bool,
    /// Values that were sealed anew.
    pub sealed: usize,
    /// Values that no version opens; they stay as they are.
    pub closed: usize,
}

/// Adds a version to the key file, brings it into use once every process that serves has it, and seals with it what older
/// ones sealed. At any moment both open; what was begun and not ended goes on with the next call.
pub fn rotate(app: &App, caller: &Caller) -> Result<Rotated, OperationError> {
    require(caller, Right::Write, Object::Installation, || say!("deed-rotate-the-secret-key"))?;
    let _alone = alone(app)?;
    app.key.reload();
    let known = app.pipeline().store.read(installation::key_check)?;
    let known = known.ok_or_else(|| OperationError::Refused(say!("key-none").into()))?;
    let in_use = app.key.check(&known).map_err(|problem| StoreError::Seal(problem.into()))?;
    if newest(&app.key) == in_use {
        // The first version may have sealed in an older way, which is no rotation that broke off.
        if in_use > 1 && is_unfinished(app, in_use)? {
            let (sealed, closed) = seal_anew(app, in_use)?;
            return Ok(Rotated { version: in_use, finished: true, sealed, closed });
        }
        add_version(app)?;
    }
    let version = newest(&app.key);
    wait_for_nodes(app, version)?;
    let new = app.key.known_value(version).map_err(StoreError::from)?;
    app.pipeline().store.write(|db| {
        if !installation::replace_key_check(db, &known, &new)? {
            return Err(OperationError::Conflict(complain!("key-rotated-elsewhere")));
        }
        Ok(remember(db, caller, AuditAction::RotateKey, Some(in_use), version)?)
    })?;
    app.key.check(&new).map_err(|problem| StoreError::Seal(problem.into()))?;
    let (sealed, closed) = seal_anew(app, version)?;
    Ok(Rotated { version, finished: false, sealed, closed })
}

/// Two rotations on one machine take turns; on several, the database's known value decides.
fn alone(app: &App) -> Result<File, OperationError> {
    let folder = app.config.data_dir.join("locks");
    let path = folder.join("key.lock");
    let failed =
        |error| OperationError::Refused(say!("key-lock-unusable", path = path.display().to_string(), error).into());
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OperationError::Refused(complain!("key-busy"))),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

fn add_version(app: &App) -> Result<(), OperationError> {
    let file = app.config.key_file();
    let before = newest(&app.key);
    file.add_version().map_err(|error| {
        OperationError::Refused(complain!(
            "key-not-written",
            file = file.path().display().to_string(),
            error = error.to_string()
        ))
    })?;
    app.key.reload();
    match newest(&app.key) > before {
        true => Ok(()),
        false => Err(OperationError::Refused(complain!("key-without-version"))),
    }
}

/// Every process that serves has this very version, or the rotation ends here and goes on with the next call.
fn wait_for_nodes(app: &App, version: VersionNumber) -> Result<(), OperationError> {
    let wanted: Option<String> =
        app.key.held().into_iter().find(|(number, _)| *number == version).map(|(number, id)| format!("{number}:{id}"));
    let deadline = Instant::now() + PATIENCE;
    loop {
        let present = app.pipeline().store.read(|db| installation::present(db, PRESENT))?;
        let lacking =
            present.into_iter().filter(|node| !node.key_versions.split('/').any(|one| Some(one) == wanted.as_deref()));
        let lacking: Vec<String> = lacking.map(|node| node.name).collect();
        if lacking.is_empty() {
            return Ok(());
        }
        if Instant::now() >= deadline {
            return Err(OperationError::Refused(complain!(
                "key-not-everywhere",
                version,
                file = app.key.file_name(),
                nodes = lacking.join(", ")
            )));
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Whether an older version than this sealed something that opens.
fn is_unfinished(app: &App, version: VersionNumber) -> Result<bool, OperationError> {
    let older = all(&app.pipeline().store)?.into_iter().filter(|one| SecretKey::version_of(&one.text) < version);
    Ok(older.into_iter().any(|one| app.key.open_sealed(&one.owner(), &one.text).is_ok()))
}

/// Seals what older versions sealed, in batches; how many there were, and how many stay closed.
fn seal_anew(app: &App, version: VersionNumber) -> Result<(usize, usize), OperationError> {
    let (mut done, mut closed) = (0, 0);
    for place in SealedColumn::ALL {
        let mut after = 0;
        loop {
            let last = app.pipeline().store.write(|db| {
                installation::key_in_use(db, &app.key)?;
                let batch = sealed::page(db, place, after, BATCH)?;
                for one in batch.iter().filter(|one| SecretKey::version_of(&one.text) < version) {
                    match app.key.open_sealed(&one.owner(), &one.text) {
                        Ok(secret) => {
                            let text = app.key.seal(&one.owner(), &secret).map_err(StoreError::from)?;
                            done += usize::from(sealed::replace(db, one, &text)?);
                        }
                        Err(_) => closed += 1,
                    }
                }
                Ok::<_, OperationError>(batch.last().map(|one| one.id))
            })?;
            match last {
                Some(last) => after = last,
                None => break,
            }
        }
    }
    Ok((done, closed))
}

/// What a fresh key found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Afresh {
    /// Where the file is now that was no key of this database.
    pub aside: Option<PathBuf>,
    /// Incoming servers and connections whose password must be typed again.
    pub forgotten: Vec<String>,
}

/// Puts a fresh key in the place of one that is missing or wrong, and forgets what does not open any more: incoming servers
/// and connections become Not Confirmed, and say why. Refused where the key is right.
pub fn start_afresh(app: &App, caller: &Caller) -> Result<Afresh, OperationError> {
    require(caller, Right::Write, Object::Installation, || say!("deed-make-a-new-secret-key"))?;
    let _alone = alone(app)?;
    if let Some(known) = app.pipeline().store.read(installation::key_check)? {
        let _ = app.key.check(&known);
    }
    if app.key.problem().is_none() {
        return Err(OperationError::Refused(say!("key-right", file = app.key.file_name()).into()));
    }
    // What the file opens all the same is kept. Opened before it is moved aside.
    let found: Vec<(Sealed, Option<Secret>)> = all(&app.pipeline().store)?
        .into_iter()
        .map(|one| {
            let opened = app.key.open_sealed(&one.owner(), &one.text).ok();
            (one, opened)
        })
        .collect();
    let file = app.config.key_file();
    let failed = |error: KeyFileError| {
        let (file, error) = (file.path().display().to_string(), error.to_string());
        OperationError::Refused(say!("key-not-made", file, error).into())
    };
    let aside = file.start_afresh().map_err(failed)?;
    let new = SecretKey::open(file).map_err(StoreError::from)?;
    let known = new.known_value(1).map_err(StoreError::from)?;
    let forgotten = app.pipeline().store.write(|db| {
        installation::delete_setting(db, installation::KEY_CHECK)?;
        installation::put_first_key_check(db, &known)?;
        // What the old key signed can't be told from what nobody signed; the new one signs the chain anew.
        audit::forget_checkpoints(db)?;
        remember(db, caller, AuditAction::NewKey, None, 1)?;
        let mut forgotten = Vec::new();
        for (one, opened) in &found {
            match opened {
                Some(secret) => {
                    let text = new.seal(&one.owner(), secret).map_err(StoreError::from)?;
                    sealed::replace(db, one, &text)?;
                }
                None => {
                    sealed::forget(db, one)?;
                    forgotten.extend(forget(db, caller, one)?);
                }
            }
        }
        Ok::<_, OperationError>(forgotten)
    })?;
    let _ = app.key.check(&known);
    Ok(Afresh { aside, forgotten })
}

/// What belongs to a password that is gone: Not Confirmed, a word on its page, and the audit. Its name.
fn forget(db: &mut Db, caller: &Caller, one: &Sealed) -> Result<Option<String>, OperationError> {
    let at = now();
    let (what, why) = match one.place {
        SealedColumn::ServerClientSecret | SealedColumn::ProviderClientSecret => {
            ("client_secret", complain!("forgotten-client-secret"))
        }
        SealedColumn::ServerCertificate | SealedColumn::ProviderCertificate => {
            ("certificate", complain!("forgotten-certificate"))
        }
        SealedColumn::RefreshToken => ("sign_in", complain!("forgotten-sign-in")),
        _ => ("password", complain!("forgotten-password")),
    };
    let (model, name, before) = match one.place {
        SealedColumn::ServerPassword
        | SealedColumn::ServerClientSecret
        | SealedColumn::ServerCertificate
        | SealedColumn::RefreshToken => {
            let id = ServerId(one.id);
            let Some(stored) = servers::get(db, id)? else { return Ok(None) };
            let mut server = stored.settings;
            let before = server.state.code();
            server.state = ServerState::Draft;
            servers::update(db, &server, stored.version)?;
            server_status::must_be_set_right(db, id, at, &why)?;
            ("fetchmail.server", server.name, before)
        }
        SealedColumn::ConnectionPassword => {
            let id = ConnectionId(one.id);
            let Some(stored) = connections::get(db, id)? else { return Ok(None) };
            let mut connection = stored.settings;
            let before = connection.state.code();
            connection.state = ConnectionState::Draft;
            connections::update(db, &connection, stored.version)?;
            connections::pause(db, id, at, at, &why)?;
            ("mailgate.connection", connection.name, before)
        }
        SealedColumn::ProviderClientSecret | SealedColumn::ProviderCertificate => {
            let Some(stored) = grants::provider(db, ProviderId(one.id))? else { return Ok(None) };
            ("mailgate.oauth_provider", stored.settings.name, "done")
        }
        SealedColumn::KeptForm | SealedColumn::AccessToken | SealedColumn::Flow => return Ok(None),
    };
    audit::write(
        db,
        &NewAuditEntry::new(caller, AuditAction::ForgetPassword, model, Some(one.id), &name)
            .changed(Some(json!({ "state": before })), Some(json!({ "state": "draft", what: "forgotten" }))),
    )?;
    Ok(Some(name))
}

fn remember(
    db: &mut Db,
    caller: &Caller,
    action: AuditAction,
    before: Option<VersionNumber>,
    after: VersionNumber,
) -> Result<(), StoreError> {
    audit::write(
        db,
        &NewAuditEntry::new(caller, action, "mailgate.key", None, &say!("audit-secret-key"))
            .changed(before.map(|version| json!({ "version": version })), Some(json!({ "version": after }))),
    )
}
