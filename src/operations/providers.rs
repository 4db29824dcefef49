//! Sign-in providers: applications that are kept once for several mailboxes. Only a System Admin sees or changes them.

use super::servers::sign_in::read_certificate;
use super::settings::{self, KeptObject, find, remember, require_for};
use super::{App, OperationError};
use crate::complain;
use crate::domain::Invalid;
use crate::domain::audit::AuditAction;
use crate::domain::id::{ProviderId, ServerId};
use crate::domain::oauth::{CERTIFICATE, Endpoint, Provider, has};
use crate::domain::person::Caller;
use crate::domain::protocol::Protocol;
use crate::domain::rights::Right;
use crate::domain::secret::Secret;
use crate::key::SecretKey;
use crate::say;
use crate::store::oauth_providers::{self, StoredProvider};
use crate::store::sealed::SealedColumn;
use crate::store::{Db, StoreError, servers};

/// An application as a form or an API call gives it.
pub type ProviderForm = settings::SettingForm<Provider>;
/// What is saved to.
pub type ProviderTarget = settings::SettingTarget<ProviderId>;

/// A provider, of which fields a secret is saved (a secret itself is never shown), and which servers it signs in.
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
        for id in oauth_providers::used_by(db, provider.id)? {
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
        let found = oauth_providers::list(db)?;
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
    let used = oauth_providers::used_by(db, id)?.len();
    if used > 0 {
        let words = complain!("oauth-provider-used", used, name = provider.name);
        return Err(OperationError::Refused(words));
    }
    oauth_providers::delete(db, id)?;
    Ok(remember(db, caller, AuditAction::Delete, Some(&provider), None, &[])?)
}

fn place(field: &str) -> SealedColumn {
    if field == CERTIFICATE { SealedColumn::ProviderCertificate } else { SealedColumn::ProviderClientSecret }
}

impl KeptObject for Provider {
    type View = ProviderView;

    const TEST_RESETS: bool = false;

    fn rows(db: &mut Db) -> Result<Vec<StoredProvider>, StoreError> {
        oauth_providers::list(db)
    }

    fn row(db: &mut Db, id: Self::Id) -> Result<Option<StoredProvider>, StoreError> {
        oauth_providers::get(db, id)
    }

    fn insert(&self, db: &mut Db) -> Result<Self::Id, StoreError> {
        oauth_providers::insert(db, self)
    }

    fn update(&self, db: &mut Db, version: i32) -> Result<bool, StoreError> {
        oauth_providers::update(db, self, version)
    }

    fn secret(db: &mut Db, key: &SecretKey, id: Self::Id, field: &str) -> Result<Secret, StoreError> {
        oauth_providers::secret(db, key, id, place(field))
    }

    fn set_secret(
        db: &mut Db,
        key: &SecretKey,
        id: Self::Id,
        field: &str,
        secret: Option<&Secret>,
    ) -> Result<(), StoreError> {
        oauth_providers::set_secret(db, key, id, place(field), secret)
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
