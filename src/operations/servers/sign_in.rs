//! Signing in to mailboxes without a password: what the form says of it beside its fields, and the sign-in of a person.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::complain;
use crate::domain::audit::AuditAction;
use crate::domain::id::ServerId;
use crate::domain::oauth::{Applies, Authentication, CERTIFICATE};
use crate::domain::person::Caller;
use crate::domain::rights::Right;
use crate::domain::secret::Secret;
use crate::domain::server::IncomingServer;
use crate::domain::setting::SettingsObject;
use crate::domain::{Invalid, now, reach};
use crate::oauth::{self, NoToken, NotGranted, SigningCertificate};
use crate::operations::settings::{SettingForm, find, require_for};
use crate::operations::{App, OperationError};
use crate::store::audit::{self, NewAuditEntry};
use crate::store::{Db, oauth_flows};

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
pub const CALLBACK: &str = "/settings/technical/email/oauth/callback";

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

/// A sign-in that a person may go on with.
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
pub fn begin(app: &App, caller: &Caller, session: &str, id: ServerId) -> Result<BegunSignIn, OperationError> {
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
        let new = oauth_flows::NewFlow {
            state_hash: digest(begun.state.reveal()),
            session,
            server_id: id,
            belongs_to,
            redirect_uri: redirect.address.clone(),
            secrets: &secrets,
            at,
        };
        oauth_flows::begin(db, &app.key, new, at - PATIENCE)?;
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
pub fn end(app: &App, caller: &Caller, session: &str, answer: &ProviderAnswer) -> Result<SignInEnd, OperationError> {
    require_for::<IncomingServer>(caller, Right::Write)?;
    let unknown = || OperationError::Refused(complain!("oauth-unknown-sign-in"));
    let hash = digest(&answer.state);
    // Taken out whoever brings it: it counts once.
    let taken = app.store.write(|db| {
        let taken = oauth_flows::take(db, &app.key, &hash)?;
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
    let entry = NewAuditEntry {
        caller,
        action,
        object_model: IncomingServer::MODEL,
        object_id: Some(server.id.0),
        object_name: &server.name,
        before: None,
        after: None,
    };
    Ok(audit::write(db, &entry)?)
}
