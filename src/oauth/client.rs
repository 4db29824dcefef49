//! What is asked of a server of tokens: for an application, for the code that a person's sign-in came back with, for a
//! refresh token; and the address at which a person signs in.

use std::borrow::Cow;
use std::cell::Cell;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use oauth2::basic::{BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken, ExtraTokenFields, HttpRequest,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken, RequestTokenError, Scope, StandardRevocableToken,
    StandardTokenResponse, TokenResponse, TokenUrl,
};
use serde::{Deserialize, Serialize};

use super::assertion::SigningCertificate;
use super::http::TokenHttp;
use super::refusal::{ErrorBody, NoToken, TokenError, TokenRefusal};
use crate::complain;
use crate::domain::oauth::{Authentication, Grant, GrantType};
use crate::domain::secret::Secret;
use crate::domain::{Moment, now};
use crate::odoo::Network;

/// Where a server of tokens does not say how long one counts.
const USUAL: Duration = Duration::from_secs(1800);
/// The longest that is believed.
const LONGEST: Duration = Duration::from_secs(30 * 86_400);

/// What proves an application to its provider.
pub enum ClientProof {
    /// It has none: PKCE protects the sign-in of a public client.
    Nothing,
    Secret(Secret),
    Certificate(Secret),
}

/// Days of a sign-in that are believed.
const LONGEST_SIGN_IN: i64 = 3650;

/// For what.
pub(super) enum TokenRequest<'a> {
    Application,
    Code { code: &'a str, verifier: &'a str, redirect: &'a str },
    Refresh(&'a Secret),
}

/// What was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Issued {
    pub access: Secret,
    pub until: Moment,
    /// A new one, which takes the place of the one that was used.
    pub refresh: Option<Secret>,
    /// How long the refresh token counts, where the provider says so.
    pub refresh_until: Option<Moment>,
    /// The nonce of the id token, where one came along.
    pub nonce: Option<String>,
}

/// Beside the standard's fields.
#[derive(Debug, Serialize, Deserialize)]
struct Extra {
    id_token: Option<String>,
    /// Seconds, as Google says them of applications in *Testing* and Microsoft of some directories.
    refresh_token_expires_in: Option<serde_json::Value>,
    /// The same in Keycloak's words; 0 where it does not end.
    refresh_expires_in: Option<serde_json::Value>,
}

impl Extra {
    fn refresh_counts(&self) -> Option<TimeDelta> {
        let said = self.refresh_token_expires_in.as_ref().or(self.refresh_expires_in.as_ref())?;
        let seconds = said.as_i64().or_else(|| said.as_str()?.parse().ok())?;
        TimeDelta::try_seconds(seconds).filter(|counts| (1..=LONGEST_SIGN_IN).contains(&counts.num_days().max(1)))
    }
}

impl ExtraTokenFields for Extra {}

type Standard = Client<
    ErrorBody,
    StandardTokenResponse<Extra, BasicTokenType>,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
>;

/// One request for a token. Ends by `until`.
pub(super) fn ask(
    grant: &Grant,
    proof: &ClientProof,
    what: &TokenRequest<'_>,
    network: &Network,
    until: Option<Instant>,
) -> Result<Issued, NoToken> {
    let http = TokenHttp::new(network, &grant.token_url, until)?;
    let status = Cell::new(0);
    let send = |request: HttpRequest| {
        let answer = http.send(request)?;
        status.set(answer.status().as_u16());
        Ok::<_, ureq::Error>(answer)
    };
    let url = TokenUrl::new(grant.token_url.as_str().to_owned()).map_err(|_| NoToken::address(grant))?;
    let mut client = Standard::new(ClientId::new(grant.client_id.clone())).set_token_uri(url);
    // RFC 6749 §2.3.1: who takes a secret takes it so. Microsoft and Google document it in the body.
    client = client.set_auth_type(match grant.authentication {
        Authentication::OAuth2 => AuthType::BasicAuth,
        _ => AuthType::RequestBody,
    });
    let assertion = match proof {
        ClientProof::Nothing => None,
        ClientProof::Secret(secret) => {
            client = client.set_client_secret(ClientSecret::new(secret.reveal().to_owned()));
            None
        }
        ClientProof::Certificate(pem) => {
            let signed = SigningCertificate::read(pem).and_then(|certificate| certificate.assertion(grant));
            Some(signed.map_err(NoToken::certificate)?)
        }
    };
    let mut further: Vec<(&str, &str)> = Vec::new();
    if let Some(assertion) = &assertion {
        further.push(("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
        further.push(("client_assertion", assertion.reveal()));
    }
    let scopes = grant.scope.split_whitespace().map(|scope| Scope::new(scope.to_owned()));
    let answer = match what {
        TokenRequest::Application => {
            let request = client.exchange_client_credentials().add_scopes(scopes);
            further.iter().fold(request, |request, (name, value)| request.add_extra_param(*name, *value)).request(&send)
        }
        TokenRequest::Refresh(refresh) => {
            let refresh = RefreshToken::new(refresh.reveal().to_owned());
            let request = client.exchange_refresh_token(&refresh).add_scopes(scopes);
            further.iter().fold(request, |request, (name, value)| request.add_extra_param(*name, *value)).request(&send)
        }
        TokenRequest::Code { code, verifier, redirect } => {
            let redirect = RedirectUrl::new((*redirect).to_owned()).map_err(|_| NoToken::address(grant))?;
            let request = client
                .exchange_code(AuthorizationCode::new((*code).to_owned()))
                .set_pkce_verifier(PkceCodeVerifier::new((*verifier).to_owned()))
                .set_redirect_uri(Cow::Owned(redirect));
            further.iter().fold(request, |request, (name, value)| request.add_extra_param(*name, *value)).request(&send)
        }
    };
    answer.map(|issued| given(&issued)).map_err(|error| refused(grant, &http, status.get(), error))
}

fn given(issued: &StandardTokenResponse<Extra, BasicTokenType>) -> Issued {
    let counts = issued.expires_in().unwrap_or(USUAL).min(LONGEST);
    let secret = |text: &str| Secret::new(text.to_owned());
    Issued {
        access: secret(issued.access_token().secret()),
        until: now() + TimeDelta::from_std(counts).unwrap_or_default(),
        refresh: issued.refresh_token().map(|token| secret(token.secret())).filter(|token| !token.is_empty()),
        refresh_until: issued.extra_fields().refresh_counts().map(|counts| now() + counts),
        nonce: issued.extra_fields().id_token.as_deref().and_then(nonce),
    }
}

/// It came straight from the server of tokens over TLS, so its signature adds nothing (OpenID Connect Core §3.1.3.7).
fn nonce(id_token: &str) -> Option<String> {
    use base64::Engine;
    let claims = id_token.split('.').nth(1)?;
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&claims).ok()?;
    claims["nonce"].as_str().map(str::to_owned)
}

fn refused(
    grant: &Grant,
    http: &TokenHttp<'_>,
    status: u16,
    error: RequestTokenError<ureq::Error, ErrorBody>,
) -> NoToken {
    match error {
        RequestTokenError::Request(error) => http.unanswered(&error),
        RequestTokenError::ServerResponse(body) => TokenError { grant, status, body: &body }.refused(),
        RequestTokenError::Parse(_, answer) => {
            let body = ErrorBody::of_page(&answer);
            TokenError { grant, status, body: &body }.refused()
        }
        RequestTokenError::Other(_) => TokenError { grant, status, body: &ErrorBody::default() }.refused(),
    }
}

/// A sign-in that a person can begin.
pub struct BegunFlow {
    /// Where the person goes.
    pub url: String,
    /// What the answer is told by.
    pub state: Secret,
    /// What the id token has to repeat.
    pub nonce: Secret,
    /// What only this Mailgate can exchange the code with (RFC 7636).
    pub verifier: Secret,
}

/// The address at which a person signs in to `mailbox`, with S256 as RFC 7636 wants it.
pub fn begin(grant: &Grant, redirect: &str, mailbox: &str) -> Result<BegunFlow, NoToken> {
    let (Some(authorize), GrantType::SignIn) = (&grant.authorize_url, grant.way) else {
        return Err(NoToken::new(TokenRefusal::Other, complain!("oauth-needs-no-person")));
    };
    let wrong = || NoToken::address(grant);
    let authorize = AuthUrl::new(authorize.as_str().to_owned()).map_err(|_| wrong())?;
    let redirect = RedirectUrl::new(redirect.to_owned()).map_err(|_| wrong())?;
    let random = || -> Result<Secret, NoToken> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)
            .map_err(|_| NoToken::new(TokenRefusal::Other, complain!("oauth-no-random-numbers")))?;
        Ok(Secret::new(hex::encode(bytes)))
    };
    let (state, nonce, verifier) = (random()?, random()?, random()?);
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.reveal().to_owned()));
    let client =
        Standard::new(ClientId::new(grant.client_id.clone())).set_auth_uri(authorize).set_redirect_uri(redirect);
    let csrf = CsrfToken::new(state.reveal().to_owned());
    let scopes = grant.scope.split_whitespace().map(|scope| Scope::new(scope.to_owned()));
    let mut request = client
        .authorize_url(move || csrf)
        .add_scopes(scopes)
        .set_pkce_challenge(challenge)
        .add_extra_param("nonce", nonce.reveal().to_owned());
    if mailbox.contains('@') {
        request = request.add_extra_param("login_hint", mailbox.to_owned());
    }
    request = match grant.authentication {
        // Without both, Google gives a refresh token at the very first sign-in alone.
        Authentication::Google => {
            request.add_extra_param("access_type", "offline").add_extra_param("prompt", "consent")
        }
        // The person may be signed in as somebody else.
        Authentication::Microsoft => request.add_extra_param("prompt", "select_account"),
        _ => request,
    };
    let (url, _) = request.url();
    Ok(BegunFlow { url: url.into(), state, nonce, verifier })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::oauth::Application;
    use crate::domain::server::Protocol;

    #[test]
    fn a_person_is_sent_with_state_challenge_and_scope() {
        let application = Application { client_id: "id".into(), ..Application::default() };
        let grant = application.grant(Authentication::Google, Protocol::Imap).unwrap();
        let begun = begin(&grant, "https://mail.example.org/callback", "a@example.org").unwrap();
        let query: std::collections::HashMap<_, _> =
            form_urlencoded::parse(begun.url.split_once('?').unwrap().1.as_bytes()).into_owned().collect();
        assert_eq!(query["state"], begun.state.reveal());
        assert_eq!(query["scope"], "https://mail.google.com/");
        assert_eq!((query["code_challenge_method"].as_str(), query["access_type"].as_str()), ("S256", "offline"));
        assert_eq!(query["redirect_uri"], "https://mail.example.org/callback");
        assert_eq!(query["login_hint"], "a@example.org");
        assert!(!begun.url.contains(begun.verifier.reveal()));
    }
}
