//! One request to a server of tokens and its answer, within limits, by the proxy of the environment (`HTTPS_PROXY`,
//! `ALL_PROXY`, `NO_PROXY`) where there is one.

use std::time::{Duration, Instant};

use oauth2::{HttpRequest, HttpResponse};
use ureq::unversioned::transport::{ConnectProxyConnector, Connector, TcpConnector};
use ureq::{Agent, Error, Proxy, ProxyProtocol};

use super::refusal::{NoToken, TokenRefusal};
use crate::domain::oauth::Endpoint;
use crate::domain::text::shorten;
use crate::domain::words::Sentence;
use crate::odoo::{GuardedResolver, Network, Shut};
use crate::{complain, say};

/// For each step of the way: to connect, to send, to wait for the answer.
const STEP: Duration = Duration::from_secs(15);
/// For all of it.
const TOTAL: Duration = Duration::from_secs(30);
/// Bytes of an answer; a token has some kilobytes.
const ANSWER: u64 = 256 << 10;

/// Speaks to one server of tokens.
pub(super) struct TokenHttp<'a> {
    agent: Agent,
    endpoint: &'a Endpoint,
    proxy: Option<String>,
}

impl<'a> TokenHttp<'a> {
    /// Nothing goes on after `until`.
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

    /// Why there is no answer, and what to do.
    pub(super) fn unanswered(&self, error: &Error) -> NoToken {
        let host = self.endpoint.host();
        // With the proxy, if there is one: the words of each kind differ by it.
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

/// The proxy of the environment; an address that is none is said, and never passed over.
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
