//! Calls of an Odoo over HTTP: one POST and its answer. Each way in which a call can fail is told apart, since it matters whether
//! the far end may have begun to work on it. TLS belongs to it, and what all calls share.

use std::cell::Cell;
use std::fmt;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use native_tls::{HandshakeError, TlsConnector, TlsStream};
use parking_lot::Mutex;
use ureq::config::Config;
use ureq::http::{Response, StatusCode, Uri};
use ureq::tls::{Certificate, PemItem, parse_pem};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, TcpConnector, Transport, TransportAdapter,
};
use ureq::{Agent, Body, Error, SendBody, Timeout};

use super::{Trouble, TroubleKind, fault};
use crate::domain::connection::BaseUrl;
use crate::domain::expiry::{self, CertificateSeen, CertificateTaken, Nameless};
use crate::domain::reach;
use crate::domain::text::shorten;
use crate::domain::words::{Complaint, Sentence};
use crate::{complain, say};

/// Bodies above this are announced (`Expect: 100-continue`), so that a proxy can refuse one by its size before it is
/// sent.
const ANNOUNCED: u64 = 1 << 20;
/// Bytes that are read of an answer that is an error page.
const PAGE: u64 = 64 << 10;

/// What OpenSSL says where the other side speaks without TLS.
const PLAIN: &[&str] = &["wrong version number", "packet length too long", "unknown protocol", "http request"];

/// How long a connection is kept for the next call, where a proxy keeps it open (an Odoo itself does not). Proxies keep them longer,
/// so one is hardly ever closed just while it is used again: that would look like a call that was cut, and the mail would have to
/// be looked for first.
const KEPT: Duration = Duration::from_secs(1);

/// Speaks to one address. No call is sent twice, whatever becomes of its connection.
pub(super) struct OdooHttp {
    agent: Agent,
    base: BaseUrl,
    limits: OdooLimits,
    taken: Arc<Mutex<Option<CertificateTaken>>>,
}

/// The type of JSON bodies.
pub(super) const JSON: &str = "application/json";

/// A request without its body.
pub(super) struct HttpPost<'a> {
    /// Below the address.
    pub path: &'a str,
    /// The body's media type.
    pub kind: &'static str,
    pub headers: &'a [(&'static str, String)],
}

/// An answer that comes from Odoo itself, and not from a proxy before it.
pub(super) struct HttpAnswer {
    /// 200, unless the body is JSON.
    pub status: u16,
    pub body: Vec<u8>,
}

/// How far a call got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reached {
    Nothing,
    /// A host answered, but encryption could not be agreed upon.
    Host,
    /// A server answered.
    Server,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Unanswered {
    Trouble(Reached, Trouble),
    /// A proxy takes no request of this size (413): this mail can't be sent, others can.
    TooLarge(Complaint),
}

impl From<Trouble> for Unanswered {
    fn from(trouble: Trouble) -> Self {
        Unanswered::Trouble(Reached::Server, trouble)
    }
}

impl OdooHttp {
    pub(super) fn new(base: &BaseUrl, network: &Network) -> Result<Self, Trouble> {
        let limits = network.limits;
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections(1)
            .max_idle_connections_per_host(1)
            .max_idle_age(KEPT)
            .proxy(None)
            .user_agent(concat!("Mailgate/", env!("CARGO_PKG_VERSION")))
            .timeout_resolve(Some(limits.connect))
            .timeout_connect(Some(limits.connect))
            .timeout_per_write(Some(limits.send))
            .timeout_recv_response(Some(limits.answer))
            .timeout_recv_body(Some(limits.read))
            .build();
        let encrypt = network.encryption(base.as_str().starts_with("http://"))?;
        let taken = encrypt.taken.clone();
        let connector = ().chain(TcpConnector::default()).chain(encrypt);
        let agent = Agent::with_parts(config, connector, GuardedResolver::default());
        Ok(Self { agent, base: base.clone(), limits, taken })
    }

    /// The certificate that was taken last; None where nothing is encrypted.
    pub(super) fn certificate(&self) -> Option<CertificateTaken> {
        self.taken.lock().clone()
    }

    /// Posts `body` of `length` bytes to `path` below the address, and returns the whole answer of a success; in JSON also
    /// that of a refusal, which says more than its status.
    pub(super) fn post(&self, post: &HttpPost<'_>, body: &mut dyn Read, length: u64) -> Result<HttpAnswer, Unanswered> {
        let left = Cell::new(length);
        let mut body = Counted { inner: body, left: &left };
        let mut request = self
            .agent
            .post(format!("{}{}", self.base.as_str(), post.path))
            .config()
            .timeout_global(self.time_left())
            .build()
            .header("Content-Type", post.kind)
            .header("Content-Length", length.to_string());
        for (name, value) in post.headers {
            request = request.header(*name, value);
        }
        if length > ANNOUNCED {
            request = request.header("Expect", "100-continue");
        }
        let answer = request.send(SendBody::from_reader(&mut body));
        self.answer(answer, left.get() == 0, length, post.kind == JSON)
    }

    /// Gets a JSON document at `path` below the address.
    pub(super) fn get_json(&self, path: &str) -> Result<HttpAnswer, Unanswered> {
        let url = format!("{}{path}", self.base.as_str());
        let answer = self.agent.get(url).config().timeout_global(self.time_left()).build().call();
        self.answer(answer, true, 0, true)
    }

    fn time_left(&self) -> Option<Duration> {
        self.limits.until.map(|until| until.saturating_duration_since(Instant::now()))
    }

    fn answer(
        &self,
        answer: Result<Response<Body>, Error>,
        sent: bool,
        length: u64,
        is_json: bool,
    ) -> Result<HttpAnswer, Unanswered> {
        let mut answer = answer.map_err(|error| self.failed(&error, sent))?;
        let status = answer.status();
        if status == StatusCode::OK || is_json && says_json(&answer) {
            let limit = self.limits.answer_bytes as u64;
            let body = answer.body_mut().with_config().limit(limit).read_to_vec();
            let body = body.map_err(|error| self.failed(&error, sent))?;
            return match is_page(&answer, &body) {
                true => Err(self.page().into()),
                false => Ok(HttpAnswer { status: status.as_u16(), body }),
            };
        }
        let page = page_of(&mut answer);
        let target = answer.headers().get("location").and_then(|value| value.to_str().ok()).unwrap_or_default();
        Err(self.refused(status.as_u16(), target, &page, length))
    }

    /// What a status other than success means. `target`: where it redirects to; `page`: the error page; `length`: of the request.
    pub(super) fn refused(&self, number: u16, target: &str, page: &str, length: u64) -> Unanswered {
        let (url, status) = (self.base.as_str(), format!("HTTP {number}{}", said(page)));
        let trouble = match number {
            300..400 => {
                let target = shorten(&without_secrets(target), 200);
                Trouble::new(TroubleKind::Configuration, say!("odoo-redirect", url, target, number))
                    .with_remedy(fault::redirect(&target))
            }
            404 if page.contains(NO_DATABASE) => {
                Trouble::new(TroubleKind::Configuration, say!("odoo-no-database-selected", url))
                    .with_remedy(say!("odoo-remedy-database"))
            }
            404 | 405 => self.page(),
            408 | 425 | 429 => Trouble::new(TroubleKind::Temporary, say!("odoo-no-more-requests", url, status)),
            413 => {
                let megabytes = length.div_ceil(1 << 20);
                return Unanswered::TooLarge(complain!("odoo-too-large", url, megabytes, status));
            }
            504 => Trouble::new(TroubleKind::TimedOut, say!("odoo-proxy-timeout", url, status)),
            500.. => Trouble::new(TroubleKind::Cut, say!("odoo-server-error", url, status)),
            _ => Trouble::new(TroubleKind::Configuration, say!("odoo-request-refused", url, status))
                .with_remedy(fault::status(number)),
        };
        trouble.into()
    }

    /// Something answers, but not Odoo's API.
    fn page(&self) -> Trouble {
        let words = say!("odoo-page", url = self.base.as_str());
        Trouble::new(TroubleKind::Configuration, words).with_remedy(say!("odoo-remedy-address"))
    }

    fn failed(&self, error: &Error, sent: bool) -> Unanswered {
        let (url, host) = (self.base.as_str(), self.host());
        let kind = |after| if sent { after } else { TroubleKind::Temporary };
        let (reached, trouble) = match error {
            Error::HostNotFound => {
                (Reached::Nothing, Trouble::new(TroubleKind::Temporary, complain!("odoo-name-not-found", host)))
            }
            Error::Timeout(Timeout::Resolve | Timeout::Connect) => {
                let trouble = Trouble::new(TroubleKind::Temporary, say!("odoo-not-connected-in-time", url));
                (Reached::Nothing, trouble.with_remedy(say!("odoo-remedy-connect", host)))
            }
            Error::Timeout(_) => {
                let words = match sent {
                    true => say!("odoo-not-answered-in-time", url),
                    false => say!("odoo-not-sent-in-time", url),
                };
                (Reached::Server, Trouble::new(kind(TroubleKind::TimedOut), words))
            }
            Error::NativeTls(_) | Error::TlsRequired | Error::Tls(_) => return self.tls(error, sent),
            Error::Other(other) => match (other.downcast_ref::<NamelessCertificate>(), other.downcast_ref::<Shut>()) {
                (Some(nameless), _) => (Reached::Host, Trouble::new(TroubleKind::Configuration, nameless.complaint())),
                (None, Some(Shut(complaint))) => {
                    (Reached::Nothing, Trouble::new(TroubleKind::Configuration, complaint.clone()))
                }
                (None, None) => self.no_http(error, kind(TroubleKind::Cut)),
            },
            // What `std` says where a name has no address.
            Error::Io(error) if !sent && error.to_string().contains("lookup address") => {
                return self.failed(&Error::HostNotFound, sent);
            }
            Error::Io(error) if !sent && is_refused(error) => {
                let trouble = Trouble::new(TroubleKind::Temporary, say!("odoo-not-connected", url, error));
                (Reached::Nothing, trouble.with_remedy(say!("odoo-remedy-connect", host)))
            }
            Error::Io(_) | Error::ConnectionFailed | Error::BodyStalled => {
                let words = match sent {
                    true => say!("odoo-cut-answer", url),
                    false => say!("odoo-cut-request", url),
                };
                (Reached::Server, Trouble::new(kind(TroubleKind::Cut), words))
            }
            Error::BodyExceedsLimit(limit) => {
                (Reached::Server, Trouble::new(kind(TroubleKind::Cut), say!("odoo-answer-too-long", url, limit)))
            }
            Error::BadUri(_) | Error::Http(_) => {
                let trouble = Trouble::new(TroubleKind::Configuration, say!("odoo-no-address", url));
                (Reached::Nothing, trouble.with_remedy(say!("odoo-remedy-address")))
            }
            error => self.no_http(error, kind(TroubleKind::Cut)),
        };
        Unanswered::Trouble(reached, trouble)
    }

    /// What speaks no HTTP is no Odoo; but an answer that ends within its head looks the same.
    fn no_http(&self, error: &Error, kind: TroubleKind) -> (Reached, Trouble) {
        let words = say!("odoo-no-http", url = self.base.as_str(), error = shorten(&error.to_string(), 200));
        (Reached::Server, Trouble::new(kind, words).with_remedy(say!("odoo-remedy-address")))
    }

    fn tls(&self, error: &Error, sent: bool) -> Unanswered {
        let (url, host, said) = (self.base.as_str(), self.host(), error.to_string());
        let trouble = if let Some((_, reason)) = said.split_once("certificate verify failed") {
            let reason = reason.rsplit("(").next().unwrap_or_default().trim_end_matches(')').trim();
            let words = say!("odoo-certificate-untrusted", host, reason = shorten(reason, 200));
            Trouble::new(TroubleKind::Configuration, words).with_remedy(fault::certificate(reason, host))
        } else if PLAIN.iter().any(|sign| said.contains(sign)) {
            Trouble::new(TroubleKind::Configuration, say!("odoo-not-tls", url)).with_remedy(say!("odoo-remedy-not-tls"))
        } else {
            let words = say!("odoo-encryption-failed", url, error = shorten(&said, 200));
            match sent {
                true => Trouble::new(TroubleKind::Cut, words),
                false => Trouble::new(TroubleKind::Temporary, words).with_remedy(say!("odoo-remedy-not-tls")),
            }
        };
        let reached = if sent { Reached::Server } else { Reached::Host };
        Unanswered::Trouble(reached, trouble)
    }

    fn host(&self) -> &str {
        self.base.host()
    }
}

/// Looks names up as ureq does, and returns only addresses that may be dialled.
#[derive(Debug, Default)]
pub struct GuardedResolver(DefaultResolver);

impl Resolver for GuardedResolver {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let found = self.0.resolve(uri, config, timeout)?;
        let (mut open, mut closed) = (self.empty(), None);
        for address in &found {
            match reach::open(address.ip()) {
                Ok(()) => open.push(*address),
                Err(why) => closed = closed.or(Some((address.ip(), why))),
            }
        }
        match closed {
            Some((address, why)) if open.is_empty() => {
                let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
                Err(Error::Other(Box::new(Shut(reach::refused(host, address, why)))))
            }
            _ => Ok(open),
        }
    }
}

/// All addresses of a host are forbidden: nothing is sent to them.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Shut(pub Complaint);

/// An address without a user name and password, and without what follows a `?` or `#`: a proxy that sends a person to
/// sign in writes tokens there.
fn without_secrets(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = url.split_once("//") else { return url.to_owned() };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}//{host}{path}")
}

/// Counts down what is left to be sent.
struct Counted<'a> {
    inner: &'a mut dyn Read,
    left: &'a Cell<u64>,
}

impl Read for Counted<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.left.set(self.left.get().saturating_sub(read as u64));
        Ok(read)
    }
}

fn is_refused(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable};
    matches!(error.kind(), ConnectionRefused | HostUnreachable | NetworkUnreachable)
}

fn is_page(answer: &Response<Body>, body: &[u8]) -> bool {
    let html = answer.headers().get("content-type").is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
    let begin: Vec<u8> = body.trim_ascii_start().iter().take(9).map(u8::to_ascii_lowercase).collect();
    html || begin.starts_with(b"<!doctype") || begin.starts_with(b"<html")
}

fn says_json(answer: &Response<Body>) -> bool {
    answer.headers().get("content-type").is_some_and(|value| value.as_bytes().starts_with(JSON.as_bytes()))
}

/// What Odoo says where it serves several databases, and none of the name that was asked for.
const NO_DATABASE: &str = "No database is selected";

/// The beginning of an error page.
fn page_of(answer: &mut Response<Body>) -> String {
    let page = answer.body_mut().with_config().limit(PAGE).read_to_vec().unwrap_or_default();
    String::from_utf8_lossy(&page).into_owned()
}

/// The title of an error page, as `: 502 Bad Gateway`; empty where it has none.
fn said(page: &str) -> String {
    let title = page.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>")).map(|(title, _)| title);
    let title: String = title.unwrap_or_default().chars().filter(|c| !c.is_control()).collect();
    if title.is_empty() { title } else { format!(": {}", shorten(title.trim(), 100)) }
}

/// Encrypts a connection whose address says https. It does what ureq's own connector does, and asks one question more, for which
/// that has no place: what names the certificate has. (Where it has none, OpenSSL takes the common name of its subject.)
pub struct Encrypt {
    /// None refuses https.
    pub connector: Option<TlsConnector>,
    pub nameless: expiry::Nameless,
    /// The certificate that was taken last.
    pub taken: Arc<Mutex<Option<CertificateTaken>>>,
}

/// The certificate names no host but by its common name.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.complaint().what)]
pub(super) struct NamelessCertificate {
    host: String,
    issuer: String,
}

impl NamelessCertificate {
    pub(super) fn complaint(&self) -> Complaint {
        complain!("odoo-certificate-nameless", host = self.host, issuer = self.issuer)
    }
}

impl<In: Transport> Connector<In> for Encrypt {
    type Out = Either<In, Encrypted>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        let Some(below) = chained else { return Ok(None) };
        if !details.needs_tls() || below.is_tls() {
            return Ok(Some(Either::A(below)));
        }
        let Some(connector) = &self.connector else { return Err(Error::TlsRequired) };
        let host = details.uri.host().unwrap_or_default().trim_matches(['[', ']']);
        let mut adapter = TransportAdapter::new(below.boxed(), details.current_time.clone());
        adapter.set_timeout(details.timeout);
        let stream = connector.connect(host, adapter).map_err(|error| match error {
            HandshakeError::Failure(error) => of_handshake(error),
            HandshakeError::WouldBlock(_) => Error::Timeout(details.timeout.reason),
        })?;
        let der = stream.peer_certificate().ok().flatten().and_then(|seen| seen.to_der().ok());
        let seen = der.and_then(|der| CertificateSeen::from_der(&der));
        if let Some(seen) = seen {
            if seen.is_nameless && self.nameless == expiry::Nameless::Refused {
                let nameless = NamelessCertificate { host: host.to_owned(), issuer: seen.issuer };
                return Err(Error::Other(Box::new(nameless)));
            }
            *self.taken.lock() = Some(seen.taken(seen.is_nameless));
        }
        let buffers = LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
        Ok(Some(Either::B(Encrypted { buffers, stream })))
    }
}

/// The error that ended a handshake. TLS wraps what came from below in an error of the system: a time limit is unwrapped, so that it
/// is still known as one.
fn of_handshake(error: native_tls::Error) -> Error {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(one) = next {
        let below =
            one.downcast_ref::<std::io::Error>().map(|io| (io, io.get_ref().and_then(|inner| inner.downcast_ref())));
        match below {
            Some((_, Some(Error::Timeout(reason)))) => return Error::Timeout(*reason),
            Some((io, Some(Error::Io(_)) | None)) => return Error::Io(std::io::Error::new(io.kind(), io.to_string())),
            _ => next = one.source(),
        }
    }
    Error::NativeTls(error)
}

/// An encrypted connection.
pub struct Encrypted {
    buffers: LazyBuffers,
    stream: TlsStream<TransportAdapter>,
}

impl Transport for Encrypted {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.stream.get_mut().set_timeout(timeout);
        self.stream.write_all(&self.buffers.output()[..amount]).map_err(Error::from)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.stream.get_mut().set_timeout(timeout);
        let read = self.stream.read(self.buffers.input_append_buf()).map_err(Error::from)?;
        self.buffers.input_appended(read);
        Ok(read > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.get_mut().get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

impl fmt::Debug for Encrypt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encrypt").field("nameless", &self.nameless).finish_non_exhaustive()
    }
}

impl fmt::Debug for Encrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encrypted").finish_non_exhaustive()
    }
}

/// What all calls over the network share: whom to trust, and how long to wait.
#[derive(Debug, Clone, Default)]
pub struct Network {
    /// PEM file of further authorities, beside the system's (`CA_FILE`).
    pub authorities: Option<PathBuf>,
    pub limits: OdooLimits,
    /// Whether a certificate without alternative names is still taken.
    pub nameless: Nameless,
}

/// How long a call may take. The defaults are right for deliveries; a probe has less.
#[derive(Debug, Clone, Copy)]
pub struct OdooLimits {
    /// To find the host, to connect, and to agree on TLS: each.
    pub connect: Duration,
    /// For the next bytes of a request to leave.
    pub send: Duration,
    /// For the answer to begin, once the request is sent. Odoo itself ends a request after 120 s.
    pub answer: Duration,
    /// For the answer to be read, once it began.
    pub read: Duration,
    /// Bytes of an answer.
    pub answer_bytes: usize,
    /// Nothing goes on after this moment, whatever the other limits allow; None is no such moment.
    pub until: Option<Instant>,
}

impl Default for OdooLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            send: Duration::from_secs(30),
            answer: Duration::from_secs(125),
            read: Duration::from_secs(60),
            answer_bytes: 40_000_000,
            until: None,
        }
    }
}

impl Network {
    /// These limits, but nothing takes longer than `step`, and nothing goes on after `total`.
    #[must_use]
    pub fn hurried(&self, step: Duration, total: Duration) -> Self {
        let mut network = self.clone();
        for limit in [
            &mut network.limits.connect,
            &mut network.limits.send,
            &mut network.limits.answer,
            &mut network.limits.read,
        ] {
            *limit = step.min(*limit);
        }
        network.limits.until = Some(Instant::now() + total);
        network
    }

    /// TLS with the system's authorities and the further ones. `unused`: the address says http, so nothing is loaded, which would take
    /// some MB.
    pub fn encryption(&self, unused: bool) -> Result<Encrypt, Trouble> {
        if unused {
            return Ok(Encrypt { connector: None, nameless: self.nameless, taken: Arc::default() });
        }
        let mut builder = TlsConnector::builder();
        if let Some(path) = &self.authorities {
            builder.disable_built_in_roots(true);
            // An authority of the system's that can't be read vouches for nobody.
            for one in
                self.with_further(path)?.iter().filter_map(|one| native_tls::Certificate::from_der(one.der()).ok())
            {
                builder.add_root_certificate(one);
            }
        }
        let connector = builder.build().map_err(|error| {
            tracing::error!(%error, "TLS can't be used");
            Trouble::new(TroubleKind::Configuration, complain!("tls-unusable"))
        })?;
        Ok(Encrypt { connector: Some(connector), nameless: self.nameless, taken: Arc::default() })
    }

    /// The system's authorities and those of `path`.
    fn with_further(&self, path: &Path) -> Result<Vec<Certificate<'static>>, Trouble> {
        let further = certificates(path).map_err(|error| {
            let path = path.display().to_string();
            Trouble::new(TroubleKind::Configuration, complain!("odoo-authorities-unreadable", path, error))
        })?;
        let system = openssl_probe::probe();
        let files: Vec<PathBuf> = match system.cert_file {
            Some(file) => vec![file],
            None => system.cert_dir.iter().flat_map(|folder| files_in(folder)).collect(),
        };
        // A file of the system's that can't be read vouches for nobody.
        let mut all: Vec<_> = files.iter().filter_map(|file| certificates(file).ok()).flatten().collect();
        all.extend(further);
        Ok(all)
    }
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_file()).take(1_000).collect()
}

fn certificates(path: &Path) -> std::io::Result<Vec<Certificate<'static>>> {
    let invalid = |words: Sentence| std::io::Error::new(std::io::ErrorKind::InvalidData, words);
    let pem = std::fs::read(path)?;
    let mut found = Vec::new();
    for item in parse_pem(&pem) {
        if let PemItem::Certificate(certificate) =
            item.map_err(|error| invalid(Sentence::verbatim(error.to_string())))?
        {
            found.push(certificate);
        }
    }
    if found.is_empty() { Err(invalid(say!("odoo-authorities-empty"))) } else { Ok(found) }
}
