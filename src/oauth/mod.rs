//! Tokens that sign in to mail servers (OAuth 2.0, RFC 6749): requested, kept sealed, and renewed before they expire by the
//! first that needs them; and the reasons why a provider gives none.

mod client;
mod refusal;

pub use client::{SigningCertificate, begin};
pub use refusal::{NoToken, TokenRefusal};

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use sha2::{Digest, Sha256};

use crate::domain::id::ServerId;
use crate::domain::now;
use crate::domain::oauth::{Authentication, Grant, GrantType};
use crate::domain::secret::{Echo, Secret};
use crate::domain::server::{Access, IncomingServer};
use crate::domain::words::{Complaint, Sentence};
use crate::key::SecretKey;
use crate::mailbox::{Credential, MailboxError, MailboxProblem, TokenSource};
use crate::odoo::Network;
use crate::store::grants::{self, KnownTokens, NewTokens};
use crate::store::sealed::SealedColumn;
use crate::store::{Store, StoreError, servers};
use crate::{complain, say};
use client::{ClientProof, Issued, TokenRequest, ask};

// The keeper of tokens. Whoever needs a token that expires soon renews it. A lease in the database lets only one of all
// threads, processes and nodes request it. A new token is committed before it is used; the others wait and then read it, or
// the reason why there is none.

/// A token is renewed so long before it expires, or in the last quarter of its time if that is shorter.
const AHEAD: TimeDelta = TimeDelta::minutes(5);
/// While another process renews a token, it is used until this long before it expires.
const LAST: TimeDelta = TimeDelta::seconds(20);
/// The length of the lease: longer than a request for a token can take.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// How long to wait while another has the lease, and how often to check.
const PATIENCE: Duration = Duration::from_secs(35);
const LOOK: Duration = Duration::from_millis(100);
/// Google ends a sign-in of an application in *Testing* after seven days.
const IN_TESTING: TimeDelta = TimeDelta::days(7);
/// A sign-in that ended within this time is taken to have ended by that limit.
const TESTING: TimeDelta = TimeDelta::days(8);

/// Gives what is needed to sign in to mailboxes; cheap to clone.
#[derive(Clone)]
pub struct TokenKeeper {
    store: Store,
    key: SecretKey,
    network: Network,
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum NotGranted {
    #[error(transparent)]
    Refused(#[from] NoToken),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl TokenKeeper {
    pub fn new(store: Store, key: SecretKey, authorities: Option<std::path::PathBuf>) -> Self {
        Self { store, key, network: Network { authorities, ..Network::default() } }
    }

    /// What signs in to this server's mailbox: its password, or the source of its tokens.
    pub fn credential(&self, server: &IncomingServer) -> Result<Credential, StoreError> {
        if matches!(server.access, Access::Local { .. }) {
            return Ok(Credential::Password(Secret::default()));
        }
        if server.authentication.is_oauth() {
            let source = ServerTokens { keeper: self.clone(), server: server.clone() };
            return Ok(Credential::Token(Arc::new(source)));
        }
        Ok(Credential::Password(self.store.read(|db| servers::password(db, &self.key, server.id))?))
    }

    /// The request for tokens of this server, and the proof of its application.
    pub fn grant(&self, server: &IncomingServer) -> Result<(Grant, ClientProof), NotGranted> {
        let (authentication, application, secret, certificate) = self.store.read(|db| {
            let (key, id) = (&self.key, server.id);
            match server.provider {
                Some(provider) => {
                    let stored = grants::provider(db, provider)?;
                    let found = stored.map(|stored| (stored.settings.authentication, stored.settings.application));
                    let (authentication, application) = found.unwrap_or((server.authentication, Default::default()));
                    let secret = grants::provider_secret(db, key, provider, SealedColumn::ProviderClientSecret)?;
                    let certificate = grants::provider_secret(db, key, provider, SealedColumn::ProviderCertificate)?;
                    Ok::<_, StoreError>((authentication, application, secret, certificate))
                }
                None => {
                    let secret = servers::secret(db, key, id, SealedColumn::ServerClientSecret)?;
                    let certificate = servers::secret(db, key, id, SealedColumn::ServerCertificate)?;
                    Ok((server.authentication, server.application.clone(), secret, certificate))
                }
            }
        })?;
        let protocol = server.server_type.protocol().unwrap_or(crate::domain::protocol::Protocol::Imap);
        let grant = application.grant(authentication, protocol).map_err(|missing| {
            let remedy = missing.into_iter().next().map_or_else(Sentence::default, |invalid| invalid.message);
            NoToken::new(TokenRefusal::Other, Complaint::new(say!("oauth-application-incomplete"), remedy))
        })?;
        let proof = match (certificate.is_empty(), secret.is_empty()) {
            (false, _) if authentication == Authentication::MicrosoftApp => ClientProof::Certificate(certificate),
            (_, false) => ClientProof::Secret(secret),
            _ => ClientProof::Nothing,
        };
        Ok((grant, proof))
    }

    /// Exchanges the code from a person's sign-in for tokens, and keeps these for this server.
    pub fn accept(
        &self,
        server: &IncomingServer,
        code: &str,
        verifier: &Secret,
        redirect: &str,
        nonce: &Secret,
    ) -> Result<(), NotGranted> {
        let (grant, proof) = self.grant(server)?;
        let asked = TokenRequest::Code { code, verifier: verifier.reveal(), redirect };
        let issued = self.ask(&grant, &proof, &asked, None)?;
        if issued.nonce.as_deref().is_some_and(|given| given != nonce.reveal()) {
            return Err(NoToken::new(TokenRefusal::Other, complain!("oauth-other-sign-in")).into());
        }
        if issued.refresh.is_none() {
            return Err(NoToken::new(TokenRefusal::Scope, complain!("oauth-no-refresh")).into());
        }
        let belongs_to = belongs_to(&grant, server);
        self.store.write(|db| {
            let at = now();
            // An application that was in *Testing* last time is assumed to be so still, until a sign-in lasts longer.
            let before = grants::refusal(db, server.id)?.and_then(|text| NoToken::read(&text));
            let testing = before.is_some_and(|refused| refused.kind == TokenRefusal::Testing);
            grants::delete_tokens(db, server.id)?;
            let new = NewTokens {
                belongs_to: &belongs_to,
                access: &issued.access,
                access_until: issued.until,
                refresh: issued.refresh.as_ref(),
                refresh_until: issued.refresh_until.or_else(|| testing.then(|| at + IN_TESTING)),
                granted_at: Some(at),
                at,
            };
            grants::put_tokens(db, &self.key, server.id, 0, &new)?;
            Ok::<_, StoreError>(())
        })?;
        Ok(())
    }

    /// As [`ask`]; removes the secrets from a refusal's words, should the provider repeat one.
    fn ask(
        &self,
        grant: &Grant,
        proof: &ClientProof,
        what: &TokenRequest<'_>,
        until: Option<Instant>,
    ) -> Result<Issued, NoToken> {
        ask(grant, proof, what, &self.network, until).map_err(|refused| {
            let refresh = match what {
                TokenRequest::Refresh(refresh) => Some((*refresh).clone()),
                TokenRequest::Code { code, .. } => Some(Secret::new(*code)),
                TokenRequest::Application => None,
            };
            let secret = match proof {
                ClientProof::Secret(secret) => Some(secret.clone()),
                ClientProof::Certificate(_) | ClientProof::Nothing => None,
            };
            [secret, refresh].into_iter().flatten().fold(refused, |refused, secret| {
                let echo = Echo::of(&secret, &[]);
                NoToken { complaint: refused.complaint.changed(&|words| echo.hide_in(words)), ..refused }
            })
        })
    }
}

/// The refresh token, with which further tokens are requested.
fn refresh_of(known: Option<&KnownTokens>) -> Option<&Secret> {
    known.map(|known| &known.refresh).filter(|refresh| !refresh.is_empty())
}

/// Identifies the application and the mailbox of tokens: they are used for no other.
fn belongs_to(grant: &Grant, server: &IncomingServer) -> String {
    let mut digest = Sha256::new();
    let host = format!("{}:{}", server.host(), server.username());
    for part in [grant.authentication.code(), &grant.client_id, grant.token_url.as_str(), &grant.scope, &host] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    hex::encode(digest.finalize())
}

impl TokenKeeper {
    /// The mark of tokens of this server.
    pub fn belongs_to(&self, server: &IncomingServer) -> Result<String, NotGranted> {
        Ok(belongs_to(&self.grant(server)?.0, server))
    }
}

/// The tokens of one server.
struct ServerTokens {
    keeper: TokenKeeper,
    server: IncomingServer,
}

impl ServerTokens {
    fn id(&self) -> ServerId {
        self.server.id
    }

    fn take(&self, until: Option<Instant>) -> Result<Secret, NotGranted> {
        let TokenKeeper { store, key, .. } = &self.keeper;
        let patience = Instant::now() + PATIENCE;
        let patience = until.map_or(patience, |until| until.min(patience));
        let mut waited = false;
        loop {
            let (grant, proof) = self.keeper.grant(&self.server)?;
            let belongs_to = belongs_to(&grant, &self.server);
            let known = store.read(|db| grants::tokens(db, key, self.id()))?;
            let version = known.as_ref().map_or(0, |known| known.version);
            let known = known.filter(|known| known.belongs_to == belongs_to);
            let left = known.as_ref().and_then(|known| Some(known.access_until? - now()));
            if let (Some(known), Some(left)) = (&known, left)
                && left > ahead(known)
            {
                return Ok(known.access.clone());
            }
            let refresh = refresh_of(known.as_ref());
            if grant.way == GrantType::SignIn && refresh.is_none() {
                return Err(NoToken::not_signed_in(self.server.username()).into());
            }
            if waited && let Some(refused) = self.learned(version)? {
                return Err(refused.into());
            }
            if store.write(|db| grants::lease_tokens(db, self.id(), &belongs_to, version, LEASE))? {
                let asked = refresh.map_or(TokenRequest::Application, TokenRequest::Refresh);
                match self.keeper.ask(&grant, &proof, &asked, until) {
                    Ok(issued) if self.keep(&issued, &belongs_to, version, known.as_ref())? => return Ok(issued.access),
                    // A person signed in meanwhile.
                    Ok(_) => continue,
                    Err(refused) => {
                        let refused = self.note_refusal(refused, &grant, version, known.as_ref())?;
                        return match (known, left) {
                            // It has not expired yet, and the provider may answer again before that.
                            (Some(known), Some(left)) if refused.kind.is_passing() && left > LAST => Ok(known.access),
                            _ => Err(refused.into()),
                        };
                    }
                }
            }
            if let (Some(known), Some(left)) = (known, left)
                && left > LAST
            {
                return Ok(known.access);
            }
            if Instant::now() >= patience {
                return Err(NoToken::waited().into());
            }
            waited = true;
            std::thread::sleep(LOOK);
        }
    }

    /// Stores the tokens issued in place of the known ones. False where these were changed meanwhile.
    fn keep(
        &self,
        issued: &Issued,
        belongs_to: &str,
        version: i32,
        known: Option<&KnownTokens>,
    ) -> Result<bool, StoreError> {
        let new = NewTokens {
            belongs_to,
            access: &issued.access,
            access_until: issued.until,
            refresh: issued.refresh.as_ref().or(refresh_of(known)),
            refresh_until: issued.refresh_until.or_else(|| {
                let same = known.filter(|_| issued.refresh.is_none());
                same.and_then(|known| known.refresh_until).filter(|until| *until > now())
            }),
            granted_at: known.and_then(|known| known.granted_at),
            at: now(),
        };
        self.keeper.store.write(|db| grants::put_tokens(db, &self.keeper.key, self.id(), version, &new))
    }

    /// Stores why there is no token, and that the consent ended where the refusal says so.
    fn note_refusal(
        &self,
        refused: NoToken,
        grant: &Grant,
        version: i32,
        known: Option<&KnownTokens>,
    ) -> Result<NoToken, StoreError> {
        let testing = grant.authentication == Authentication::Google
            && refused.kind == TokenRefusal::Withdrawn
            && known.and_then(|known| known.granted_at).is_some_and(|at| now() - at < TESTING);
        let refused = if testing { refused.in_testing() } else { refused };
        let text = serde_json::to_string(&refused).unwrap_or_default();
        let ended = match refused.kind {
            TokenRefusal::Withdrawn | TokenRefusal::Testing if refresh_of(known).is_some() => {
                let told = known.and_then(|known| known.refresh_until);
                Some(told.filter(|until| *until <= now()).unwrap_or_else(now))
            }
            _ => None,
        };
        self.keeper.store.write(|db| grants::tokens_refused(db, self.id(), version, &text, ended))?;
        Ok(refused)
    }

    /// The refusal that the process with the lease got.
    fn learned(&self, version: i32) -> Result<Option<NoToken>, StoreError> {
        self.keeper.store.read(|db| {
            if grants::is_leased(db, self.id())? {
                return Ok(None);
            }
            let known = grants::tokens(db, &self.keeper.key, self.id())?;
            let refusal = known.filter(|known| known.version == version).and_then(|known| known.refusal);
            Ok(refusal.and_then(|text| NoToken::read(&text)))
        })
    }

    fn spend(&self, refused: &Secret) -> Result<(), StoreError> {
        let TokenKeeper { store, key, .. } = &self.keeper;
        let known = store.read(|db| grants::tokens(db, key, self.id()))?;
        match known.filter(|known| known.access == *refused) {
            Some(known) => store.write(|db| grants::spend_tokens(db, self.id(), known.version)),
            None => Ok(()),
        }
    }

    fn told(error: NotGranted) -> MailboxError {
        match error {
            NotGranted::Refused(refused) => {
                let problem = if refused.kind == TokenRefusal::Unreachable {
                    MailboxProblem::Connect
                } else {
                    MailboxProblem::Token
                };
                MailboxError::new(problem, refused.complaint)
            }
            NotGranted::Store(StoreError::Seal(error)) => MailboxError::new(MailboxProblem::Token, error.complaint()),
            NotGranted::Store(error) => {
                tracing::error!(%error, "the tokens of a mailbox can't be read or written");
                MailboxError::new(MailboxProblem::Machine, complain!("oauth-no-database"))
            }
        }
    }
}

/// How long before its end a token is renewed: the last minutes, or the last quarter of its time if that is shorter.
fn ahead(known: &grants::KnownTokens) -> TimeDelta {
    match (known.access_until, known.renewed_at) {
        (Some(until), Some(since)) => ((until - since) / 4).min(AHEAD),
        _ => AHEAD,
    }
}

impl TokenSource for ServerTokens {
    fn token(&self, until: Option<Instant>) -> Result<Secret, MailboxError> {
        self.take(until).map_err(Self::told)
    }

    fn another(&self, refused: &Secret, until: Option<Instant>) -> Result<Secret, MailboxError> {
        self.spend(refused).map_err(|error| Self::told(error.into()))?;
        self.token(until)
    }

    fn remedy(&self) -> Sentence {
        let mailbox = self.server.username();
        let client = self.keeper.grant(&self.server).map(|(grant, _)| grant.client_id).unwrap_or_default();
        match self.server.authentication {
            Authentication::MicrosoftApp => say!("oauth-not-granted-app", client, mailbox),
            Authentication::Microsoft => say!("oauth-not-granted-microsoft", mailbox),
            Authentication::Google => say!("oauth-not-granted-google", mailbox),
            Authentication::OAuth2 | Authentication::Password => say!("oauth-not-granted", mailbox),
        }
    }
}
