//! Requests to a token server: for an application, with the code from a person's sign-in, or with a refresh token; and the
//! address at which a person signs in.

use std::borrow::Cow;
use std::cell::Cell;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, NaiveDate, TimeDelta};
use oauth2::basic::{BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken, ExtraTokenFields, HttpRequest,
    HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken, RequestTokenError, Scope,
    StandardRevocableToken, StandardTokenResponse, TokenResponse, TokenUrl,
};
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Padding;
use openssl::sign::{RsaPssSaltlen, Signer};
use openssl::x509::X509;
use serde::{Deserialize, Serialize};
use serde_json::json;
use ureq::unversioned::transport::{ConnectProxyConnector, Connector, TcpConnector};
use ureq::{Agent, Error, Proxy, ProxyProtocol};

use super::refusal::{ErrorBody, NoToken, TokenError, TokenRefusal};
use crate::domain::oauth::{Authentication, Endpoint, Grant, GrantType};
use crate::domain::secret::Secret;
use crate::domain::text::shorten;
use crate::domain::words::Sentence;
use crate::domain::{Moment, now};
use crate::odoo::{GuardedResolver, Network, Shut};
use crate::{complain, say};

/// How long a token is used where the server does not say.
const USUAL: Duration = Duration::from_secs(1800);
/// The longest validity of a token that is believed.
const LONGEST: Duration = Duration::from_secs(30 * 86_400);

/// What proves an application to its provider.
pub enum ClientProof {
    /// It has none: PKCE protects the sign-in of a public client.
    Nothing,
    Secret(Secret),
    Certificate(Secret),
}

/// The longest validity of a sign-in that is believed, in days.
const LONGEST_SIGN_IN: i64 = 3650;

/// What a token is requested with.
pub(super) enum TokenRequest<'a> {
    Application,
    Code { code: &'a str, verifier: &'a str, redirect: &'a str },
    Refresh(&'a Secret),
}

/// The tokens of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Issued {
    pub access: Secret,
    pub until: Moment,
    /// A new refresh token, which replaces the one that was used.
    pub refresh: Option<Secret>,
    /// How long the refresh token is valid, where the provider says so.
    pub refresh_until: Option<Moment>,
    /// The nonce of the id token, where one came along.
    pub nonce: Option<String>,
}

/// The fields of an answer beside the standard's.
#[derive(Debug, Serialize, Deserialize)]
struct Extra {
    id_token: Option<String>,
    /// Validity in seconds, as Google states it for applications in *Testing* and Microsoft for some directories.
    refresh_token_expires_in: Option<serde_json::Value>,
    /// The same in Keycloak's answers; 0 where it does not expire.
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
    // RFC 6749 §2.3.1: servers that accept a secret accept it like this. Microsoft and Google document it in the body.
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
    /// The address that the person is sent to.
    pub url: String,
    /// The value by which the answer is recognised.
    pub state: Secret,
    /// The value that the id token must repeat.
    pub nonce: Secret,
    /// The verifier without which nobody can exchange the code (RFC 7636).
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
        // Without both, Google gives a refresh token only at the very first sign-in.
        Authentication::Google => {
            request.add_extra_param("access_type", "offline").add_extra_param("prompt", "consent")
        }
        // The person may be signed in with another account.
        Authentication::Microsoft => request.add_extra_param("prompt", "select_account"),
        _ => request,
    };
    let (url, _) = request.url();
    Ok(BegunFlow { url: url.into(), state, nonce, verifier })
}

// One request to a token server and its answer, with limits, over the proxy of the environment (`HTTPS_PROXY`, `ALL_PROXY`,
// `NO_PROXY`) if there is one.

/// The time limit of each step: connecting, sending, waiting for the answer.
const STEP: Duration = Duration::from_secs(15);
/// The time limit of the whole request.
const TOTAL: Duration = Duration::from_secs(30);
/// The most bytes of an answer; a token has some kilobytes.
const ANSWER: u64 = 256 << 10;

/// Sends requests to one token server.
pub(super) struct TokenHttp<'a> {
    agent: Agent,
    endpoint: &'a Endpoint,
    proxy: Option<String>,
}

impl<'a> TokenHttp<'a> {
    /// The request ends by `until`.
    pub(super) fn new(network: &Network, endpoint: &'a Endpoint, until: Option<Instant>) -> Result<Self, NoToken> {
        let proxy = if endpoint.is_here() { None } else { proxy()? };
        let name = proxy.as_ref().map(|proxy| format!("{}:{}", proxy.host(), proxy.port()));
        let left = until.map_or(TOTAL, |until| until.saturating_duration_since(Instant::now()).min(TOTAL));
        let step = Some(STEP.min(left));
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections(0)
            .proxy(proxy)
            .user_agent(concat!("Mailgate/", env!("CARGO_PKG_VERSION")))
            .timeout_global(Some(left))
            .timeout_resolve(step)
            .timeout_connect(step)
            .timeout_per_write(step)
            .timeout_recv_response(step)
            .timeout_recv_body(step)
            .build();
        let encrypt = network
            .encryption(endpoint.as_str().starts_with("http://"))
            .map_err(|trouble| NoToken::new(TokenRefusal::Unreachable, trouble.complaint))?;
        let connector = ().chain(ConnectProxyConnector::default()).chain(TcpConnector::default()).chain(encrypt);
        Ok(Self { agent: Agent::with_parts(config, connector, GuardedResolver::default()), endpoint, proxy: name })
    }

    pub(super) fn send(&self, request: HttpRequest) -> Result<HttpResponse, Error> {
        let (head, mut body) = self.agent.run(request)?.into_parts();
        let body = body.with_config().limit(ANSWER).read_to_vec()?;
        Ok(HttpResponse::from_parts(head, body))
    }

    /// The reason why there was no answer, and what to do.
    pub(super) fn unanswered(&self, error: &Error) -> NoToken {
        let host = self.endpoint.host();
        // With the proxy, if there is one: the sentences differ by it.
        let by = self.proxy.as_ref().map_or_else(Sentence::default, |proxy| say!("oauth-by-proxy", proxy));
        let said = || shorten(&error.to_string(), 200);
        let complaint = match error {
            Error::HostNotFound => complain!("oauth-host-not-found", host, by),
            Error::Timeout(_) => complain!("oauth-no-answer-in-time", host, by),
            Error::ConnectProxyFailed(said) => {
                let proxy = self.proxy.as_deref().unwrap_or_default();
                complain!("oauth-proxy-refused", proxy, host, said = shorten(said, 200))
            }
            Error::Other(other) if other.is::<Shut>() => match other.downcast_ref::<Shut>() {
                Some(Shut(complaint)) => complaint.clone(),
                None => Sentence::verbatim(other.to_string()).into(),
            },
            Error::NativeTls(_) | Error::Tls(_) | Error::TlsRequired | Error::Other(_) => {
                complain!("oauth-encryption-failed", host, by, said = said())
            }
            _ => complain!("oauth-not-asked", host, by, said = said()),
        };
        NoToken::new(TokenRefusal::Unreachable, complaint)
    }
}

/// The proxy of the environment; a setting that is no address is an error, and not ignored.
fn proxy() -> Result<Option<Proxy>, NoToken> {
    let names = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let set = names.into_iter().find_map(|name| Some((name, std::env::var(name).ok().filter(|set| !set.is_empty())?)));
    let Some((name, text)) = set else { return Ok(None) };
    let given = Proxy::new(&text).ok();
    let usable = given.filter(|proxy| matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https));
    let Some(given) = usable else {
        // It may hold a password, so it is not repeated.
        return Err(NoToken::new(TokenRefusal::Unreachable, complain!("oauth-proxy-no-address", name)));
    };
    let mut proxy = Proxy::builder(given.protocol()).host(given.host()).port(given.port());
    if let Some(user) = given.username() {
        proxy = proxy.username(user);
    }
    if let Some(password) = given.password() {
        proxy = proxy.password(password);
    }
    let without = ["NO_PROXY", "no_proxy"].into_iter().find_map(|name| std::env::var(name).ok());
    for host in without.iter().flat_map(|hosts| hosts.split(',')).map(str::trim).filter(|host| !host.is_empty()) {
        proxy = proxy.no_proxy(host);
    }
    proxy.build().map(Some).map_err(|error| {
        let complaint = say!("oauth-proxy-unusable", name, said = error.to_string()).into();
        NoToken::new(TokenRefusal::Unreachable, complaint)
    })
}

// An application's certificate: it signs what proves the application to its provider in place of a client secret (RFC
// 7523, as Microsoft wants it).

/// The seconds that a proof is valid; it is sent at once.
const COUNTS: i64 = 300;

/// A certificate with its key.
pub struct SigningCertificate {
    certificate: X509,
    key: PKey<Private>,
}

/// Why a text is no certificate with its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateProblem {
    NoCertificate,
    NoKey,
    OtherKey,
    NotRsa,
    Unusable,
}

impl CertificateProblem {
    pub fn sentence(self) -> Sentence {
        match self {
            CertificateProblem::NoCertificate => say!("oauth-certificate-missing"),
            CertificateProblem::NoKey => say!("oauth-certificate-key-missing"),
            CertificateProblem::OtherKey => say!("oauth-certificate-other-key"),
            CertificateProblem::NotRsa => say!("oauth-certificate-not-rsa"),
            CertificateProblem::Unusable => say!("oauth-certificate-not-here"),
        }
    }
}

impl SigningCertificate {
    /// Both in PEM, in either order.
    pub fn read(pem: &Secret) -> Result<Self, CertificateProblem> {
        let pem = pem.reveal().as_bytes();
        let certificate = X509::from_pem(pem).map_err(|_| CertificateProblem::NoCertificate)?;
        // Gives an empty passphrase where one is needed, so that nothing waits at a terminal.
        let key = PKey::private_key_from_pem_callback(pem, |_| Ok(0)).map_err(|_| CertificateProblem::NoKey)?;
        let public = certificate.public_key().map_err(|_| CertificateProblem::Unusable)?;
        if !public.public_eq(&key) {
            return Err(CertificateProblem::OtherKey);
        }
        match key.rsa() {
            Ok(rsa) if rsa.size() >= 256 => Ok(Self { certificate, key }),
            _ => Err(CertificateProblem::NotRsa),
        }
    }

    /// The day on which it expires.
    pub fn ends(&self) -> Option<NaiveDate> {
        let epoch = openssl::asn1::Asn1Time::from_unix(0).ok()?;
        let after = epoch.diff(self.certificate.not_after()).ok()?;
        let seconds = i64::from(after.days) * 86_400 + i64::from(after.secs);
        DateTime::from_timestamp(seconds, 0).map(|at| at.date_naive())
    }

    /// A JWT that only the holder of the key can make (RFC 7519), for this application and this token server, valid now.
    /// PS256, with the certificate named by both fingerprints: Microsoft reads the newer kind, other servers the older.
    pub fn assertion(&self, grant: &Grant) -> Result<Secret, CertificateProblem> {
        let print = |digest| self.certificate.digest(digest).map(|print| URL_SAFE_NO_PAD.encode(print));
        let (sha1, sha256) = (print(MessageDigest::sha1()), print(MessageDigest::sha256()));
        let (Ok(sha1), Ok(sha256)) = (sha1, sha256) else { return Err(CertificateProblem::Unusable) };
        let at = now().and_utc().timestamp();
        let header = json!({ "alg": "PS256", "typ": "JWT", "x5t": sha1, "x5t#S256": sha256 });
        let claims = json!({
            "aud": grant.token_url.as_str(),
            "iss": grant.client_id,
            "sub": grant.client_id,
            "jti": uuid::Uuid::new_v4().to_string(),
            "iat": at,
            "nbf": at,
            "exp": at + COUNTS,
        });
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = self.sign(signed.as_bytes()).map_err(|_| CertificateProblem::Unusable)?;
        Ok(Secret::new(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))))
    }

    fn sign(&self, text: &[u8]) -> Result<Vec<u8>, openssl::error::ErrorStack> {
        let mut signer = Signer::new(MessageDigest::sha256(), &self.key)?;
        signer.set_rsa_padding(Padding::PKCS1_PSS)?;
        signer.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
        signer.sign_oneshot_to_vec(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::oauth::Application;
    use crate::domain::protocol::Protocol;

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
