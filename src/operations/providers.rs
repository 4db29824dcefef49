//! Signing in to mailboxes without a password: the applications that are kept once for several mailboxes, and the sign-in of a person.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::settings::{self, KeptObject, find, remember, require_for};
use super::{App, OperationError};
use crate::domain::id::{ProviderId, ServerId};
use crate::domain::oauth::{Applies, Authentication, CERTIFICATE, Endpoint, Provider, has};
use crate::domain::person::Caller;
use crate::domain::protocol::Protocol;
use crate::domain::rights::{AuditAction, Right};
use crate::domain::secret::Secret;
use crate::domain::server::IncomingServer;
use crate::domain::setting::SettingsObject;
use crate::domain::{Invalid, now, reach};
use crate::key::SecretKey;
use crate::oauth::{self, NoToken, NotGranted, SigningCertificate};
use crate::operations::settings::SettingForm;
use crate::store::audit::{self, NewAuditEntry};
use crate::store::grants::{self, StoredProvider};
use crate::store::sealed::SealedColumn;
use crate::store::{Db, StoreError, servers};
use crate::{complain, say};

/// An application as a form or an API call gives it.
pub type ProviderForm = settings::SettingForm<Provider>;
/// What is saved to.
pub type ProviderTarget = settings::SettingTarget<ProviderId>;

/// A sign-in provider as its page shows it: the application, which of its secrets are saved (never a secret itself), and which
/// servers it signs in. Only a System Admin sees it.
#[derive(Debug, Clone)]
pub struct ProviderView {
    pub provider: Provider,
    pub secrets: Vec<&'static str>,
    /// To be given back when saving: see [`SettingTarget`](crate::operations::settings::SettingTarget).
    pub version: i32,
    /// By name.
    pub servers: Vec<(ServerId, String)>,
}

impl ProviderView {
    fn read(db: &mut Db, stored: StoredProvider) -> Result<Self, StoreError> {
        let StoredProvider { settings: provider, secrets, version, .. } = stored;
        let mut used = Vec::new();
        for id in grants::provider_used_by(db, provider.id)? {
            used.extend(servers::get(db, id)?.map(|stored| (id, stored.settings.name)));
        }
        used.sort_by(|one, other| one.1.cmp(&other.1));
        Ok(Self { provider, secrets, version, servers: used })
    }
}

/// All, by name.
pub fn list(app: &App, caller: &Caller) -> Result<Vec<ProviderView>, OperationError> {
    require_for::<Provider>(caller, Right::Read)?;
    app.store.read(|db| {
        let found = grants::providers(db)?;
        Ok(found.into_iter().map(|stored| ProviderView::read(db, stored)).collect::<Result<_, _>>()?)
    })
}

pub fn get(app: &App, caller: &Caller, id: ProviderId) -> Result<ProviderView, OperationError> {
    settings::get::<Provider>(app, caller, id)
}

/// For pages that show a form before there is anything to save.
pub fn may_change(caller: &Caller) -> Result<(), OperationError> {
    require_for::<Provider>(caller, Right::Write)
}

/// Removes the settings and the secrets. Refused while a server signs in with it.
pub fn delete(app: &App, caller: &Caller, id: ProviderId) -> Result<(), OperationError> {
    app.store.write(|db| delete_in(db, caller, id))
}

/// As [`delete`], within the caller's transaction.
pub fn delete_in(db: &mut Db, caller: &Caller, id: ProviderId) -> Result<(), OperationError> {
    require_for::<Provider>(caller, Right::Unlink)?;
    let provider = find::<Provider>(db, id)?.settings;
    let used = grants::provider_used_by(db, id)?.len();
    if used > 0 {
        let words = complain!("oauth-provider-used", used, name = provider.name);
        return Err(OperationError::Refused(words));
    }
    grants::delete_provider(db, id)?;
    Ok(remember(db, caller, AuditAction::Delete, Some(&provider), None, &[])?)
}

fn place(field: &str) -> SealedColumn {
    if field == CERTIFICATE { SealedColumn::ProviderCertificate } else { SealedColumn::ProviderClientSecret }
}

impl KeptObject for Provider {
    type View = ProviderView;

    const TEST_RESETS: bool = false;

    fn rows(db: &mut Db) -> Result<Vec<StoredProvider>, StoreError> {
        grants::providers(db)
    }

    fn row(db: &mut Db, id: Self::Id) -> Result<Option<StoredProvider>, StoreError> {
        grants::provider(db, id)
    }

    fn insert(&self, db: &mut Db) -> Result<Self::Id, StoreError> {
        grants::insert_provider(db, self)
    }

    fn update(&self, db: &mut Db, version: i32) -> Result<bool, StoreError> {
        grants::update_provider(db, self, version)
    }

    fn secret(db: &mut Db, key: &SecretKey, id: Self::Id, field: &str) -> Result<Secret, StoreError> {
        grants::provider_secret(db, key, id, place(field))
    }

    fn set_secret(
        db: &mut Db,
        key: &SecretKey,
        id: Self::Id,
        field: &str,
        secret: Option<&Secret>,
    ) -> Result<(), StoreError> {
        grants::set_provider_secret(db, key, id, place(field), secret)
    }

    fn set_active(&mut self, _active: bool) {}

    fn complete(
        &mut self,
        _app: &App,
        _db: &mut Db,
        form: &ProviderForm,
        existing: Option<&StoredProvider>,
    ) -> Result<Vec<Invalid>, OperationError> {
        self.application.keep_what_counts(self.authentication);
        let saved = existing.map_or(&[][..], |stored| stored.secrets.as_slice());
        let mut wrong = match self.application.grant(self.authentication, Protocol::Imap) {
            Err(missing) => missing,
            Ok(grant) => {
                let moved = existing.and_then(|old| moved(form, &grant.token_url, old));
                grant.lacks(has(form, saved)).into_iter().chain(moved).collect()
            }
        };
        wrong.extend(read_certificate(self, form, existing.map(|stored| &stored.settings)));
        Ok(wrong)
    }

    fn view(_app: &App, db: &mut Db, stored: StoredProvider) -> Result<ProviderView, OperationError> {
        Ok(ProviderView::read(db, stored)?)
    }

    fn shown(view: &ProviderView) -> (&Self, i32, &[&'static str]) {
        (&view.provider, view.version, &view.secrets)
    }
}

/// A saved secret goes only where it was typed for.
fn moved(form: &ProviderForm, to: &Endpoint, old: &StoredProvider) -> Option<Invalid> {
    let before = old.settings.application.grant(old.settings.authentication, Protocol::Imap).ok()?;
    let typed = form.secrets().next().is_some();
    let field = old.secrets.first().filter(|_| !typed && before.token_url.host() != to.host())?;
    Some(Invalid::new(*field, say!("oauth-secret-elsewhere")))
}

/// Looks at a certificate that was pasted. The day on which it ends is read from it: a day that stood there before is that
/// of what it takes the place of, and one that is typed beside it counts where it is earlier.
pub(in crate::operations) fn read_certificate<T: SettingsObject + Applies>(
    object: &mut T,
    form: &SettingForm<T>,
    before: Option<&T>,
) -> Option<Invalid> {
    let pasted = form.secret(CERTIFICATE)?;
    match SigningCertificate::read(pasted) {
        Ok(certificate) => {
            if object.authentication() == Authentication::MicrosoftApp {
                let was = before.and_then(|before| before.application().expires);
                let typed = object.application().expires.filter(|typed| Some(*typed) != was);
                let ends = certificate.ends();
                object.application_mut().expires =
                    ends.map_or(typed, |ends| Some(typed.map_or(ends, |typed| typed.min(ends))));
            }
            None
        }
        Err(problem) => Some(Invalid::new(CERTIFICATE, problem.sentence())),
    }
}

/// Where a provider sends a person back to, below `PUBLIC_URL`.
const CALLBACK: &str = "/settings/technical/email/oauth/callback";

/// How long a person may take at the provider.
const PATIENCE: TimeDelta = TimeDelta::minutes(15);

/// The address that is registered with the application, letter by letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    pub address: String,
    /// Whether providers take it: https, or this machine.
    pub is_taken: bool,
}

pub fn redirect(app: &App) -> Redirect {
    let base = app.config.base_url();
    let host = base.split_once("://").map_or("", |(_, rest)| rest).split(['/', '?']).next().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    let is_taken = base.starts_with("https://") || reach::is_loopback(host);
    Redirect { address: format!("{base}{CALLBACK}"), is_taken }
}

/// A sign-in to a mailbox at its provider, begun by a person who goes on there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BegunSignIn {
    /// At the provider.
    pub url: String,
    pub redirect: Redirect,
}

/// Nonce and verifier, sealed together.
#[derive(Serialize, Deserialize)]
struct SealedFlow {
    nonce: String,
    verifier: String,
}

/// Begins the sign-in of a person for this server. What comes back counts once, for this session and server, and not for
/// long.
pub fn begin_sign_in(app: &App, caller: &Caller, session: &str, id: ServerId) -> Result<BegunSignIn, OperationError> {
    require_for::<IncomingServer>(caller, Right::Write)?;
    let server = app.store.read(|db| find::<IncomingServer>(db, id))?.settings;
    let keeper = app.fetcher().keeper();
    let (grant, _) = keeper.grant(&server)?;
    let (redirect, belongs_to) = (redirect(app), keeper.belongs_to(&server)?);
    let begun = oauth::begin(&grant, &redirect.address, server.username()).map_err(refused)?;
    let kept = SealedFlow { nonce: begun.nonce.reveal().into(), verifier: begun.verifier.reveal().into() };
    let secrets = Secret::new(json!(kept).to_string());
    app.store.write(|db| {
        let at = now();
        let new = grants::NewFlow {
            state_hash: digest(begun.state.reveal()),
            session,
            server_id: id,
            belongs_to,
            redirect_uri: redirect.address.clone(),
            secrets: &secrets,
            at,
        };
        grants::begin_flow(db, &app.key, new, at - PATIENCE)?;
        write_audit(db, caller, AuditAction::BeginSignIn, &server)
    })?;
    Ok(BegunSignIn { url: begun.url, redirect })
}

/// What a person comes back with.
#[derive(Debug, Clone, Default)]
pub struct ProviderAnswer {
    pub state: String,
    pub code: String,
    /// In place of a code (RFC 6749 §4.1.2.1).
    pub error: String,
    pub error_description: String,
}

/// How a sign-in ended.
#[derive(Debug)]
pub struct SignInEnd {
    pub server: ServerId,
    pub name: String,
    pub outcome: Result<(), NoToken>,
}

/// Ends a sign-in with what the person came back with: the tokens are kept, and a server that is Confirmed is fetched at
/// once, where it was.
pub fn end_sign_in(
    app: &App,
    caller: &Caller,
    session: &str,
    answer: &ProviderAnswer,
) -> Result<SignInEnd, OperationError> {
    require_for::<IncomingServer>(caller, Right::Write)?;
    let unknown = || OperationError::Refused(complain!("oauth-unknown-sign-in"));
    let hash = digest(&answer.state);
    // Taken out whoever brings it: it counts once.
    let taken = app.store.write(|db| {
        let taken = grants::take_flow(db, &app.key, &hash)?;
        let server = match &taken {
            Some((flow, _)) => Some(find::<IncomingServer>(db, flow.server_id)?.settings),
            None => None,
        };
        if let Some(server) = &server {
            write_audit(db, caller, AuditAction::EndSignIn, server)?;
        }
        Ok::<_, OperationError>(taken.zip(server))
    })?;
    let ((flow, secrets), server) = taken.ok_or_else(unknown)?;
    if flow.session != session || flow.create_date < now() - PATIENCE {
        return Err(unknown());
    }
    let kept: SealedFlow = serde_json::from_str(secrets.reveal()).map_err(|_| unknown())?;
    let keeper = app.fetcher().keeper();
    let outcome = if answer.error.is_empty() {
        if keeper.belongs_to(&server)? != flow.belongs_to {
            let words = complain!("oauth-settings-changed");
            return Err(OperationError::Conflict(words));
        }
        let (verifier, nonce) = (Secret::new(kept.verifier), Secret::new(kept.nonce));
        keeper.accept(&server, &answer.code, &verifier, &flow.redirect_uri, &nonce)
    } else {
        let (grant, _) = keeper.grant(&server)?;
        Err(NoToken::at_the_provider(&grant, &answer.error, &answer.error_description).into())
    };
    let outcome = match outcome {
        Ok(()) => Ok(()),
        Err(NotGranted::Refused(refused)) => Err(refused),
        Err(NotGranted::Store(error)) => return Err(error.into()),
    };
    if outcome.is_ok() && server.is_fetched() {
        app.passes.request(server.id);
    }
    Ok(SignInEnd { server: server.id, name: server.name, outcome })
}

fn digest(state: &str) -> String {
    hex::encode(Sha256::digest(state))
}

fn refused(refused: NoToken) -> OperationError {
    OperationError::Refused(refused.complaint.clone())
}

impl From<NotGranted> for OperationError {
    fn from(error: NotGranted) -> Self {
        match error {
            NotGranted::Refused(not) => refused(not),
            NotGranted::Store(error) => error.into(),
        }
    }
}

fn write_audit(
    db: &mut Db,
    caller: &Caller,
    action: AuditAction,
    server: &IncomingServer,
) -> Result<(), OperationError> {
    Ok(audit::write(db, &NewAuditEntry::new(caller, action, IncomingServer::MODEL, Some(server.id.0), &server.name))?)
}
