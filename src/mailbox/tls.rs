//! TLS with native-tls: whom to trust, and the words for why not.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime};

use native_tls::{Certificate, HandshakeError, TlsConnector, TlsStream};
use parking_lot::Mutex;

use crate::domain::now;
use crate::domain::protocol::Security;
use crate::domain::server::{Fingerprint256, Host};
use crate::domain::words::Complaint;
use crate::{complain, say};

use super::account::MailAccount;
use super::dial::Socket;
use super::failure::Doing;
use super::{MailboxError, MailboxProblem, failure};
use crate::domain::expiry::{CertificateSeen, Nameless};

/// Which certificates are accepted.
pub(super) enum Trust<'a> {
    /// Those that the system's authorities, or those of `CA_FILE`, vouch for.
    Authorities,
    /// Only this one, whoever vouches for it.
    Only(&'a Fingerprint256),
    /// Any, to look at: nothing secret may be sent.
    Anything,
}

/// Why there is no encrypted connection.
pub(super) enum TlsRefused {
    /// The certificate was not accepted, for this reason of OpenSSL's (in lower case, never shown). A second connection has to fetch it.
    Unverified(String),
    Error(MailboxError),
}

impl From<MailboxError> for TlsRefused {
    fn from(error: MailboxError) -> Self {
        TlsRefused::Error(error)
    }
}

/// Does the handshake. Nothing of the account has been sent when this returns.
pub(super) fn secure(
    socket: Socket,
    account: &MailAccount,
    trust: &Trust<'_>,
) -> Result<(TlsStream<Socket>, CertificateSeen), TlsRefused> {
    let connector = connector(account.env.authorities.as_deref(), trust)?;
    let stream = connector.connect(account.host.as_str(), socket).map_err(|error| failed(account, error))?;
    let certificate = match stream.peer_certificate() {
        Ok(Some(certificate)) => certificate.to_der().ok().and_then(|der| CertificateSeen::from_der(&der)),
        _ => None,
    };
    let certificate = certificate.ok_or_else(|| {
        MailboxError::new(MailboxProblem::Tls, say!("mailbox-certificate-unreadable", place = account.place()))
    })?;
    let certificate = certificate.with_names(|name| account.said(name));
    if let Trust::Only(trusted) = trust
        && certificate.sha256 != **trusted
    {
        return Err(changed(account, trusted, certificate).into());
    }
    let is_nameless = matches!(trust, Trust::Authorities) && certificate.is_nameless;
    if is_nameless && account.env.nameless == Nameless::Refused {
        return Err(nameless(account, certificate).into());
    }
    *account.taken.write() = Some(certificate.taken(is_nameless));
    Ok((stream, certificate))
}

/// One that was made, and of what.
struct MadeConnector {
    connector: TlsConnector,
    at: Instant,
    /// Of the file of authorities.
    modified: Option<SystemTime>,
}

/// The authorities that a connector trusts: the file of further ones beside the system's; None where it takes any
/// certificate.
type TrustedAuthorities = Option<Option<PathBuf>>;

/// A connector holds a megabyte of authorities, which takes longer to read than the handshake, and lives as long as any
/// of its connections: hundreds that wait for mail share one.
static MADE: LazyLock<Mutex<HashMap<TrustedAuthorities, MadeConnector>>> = LazyLock::new(Mutex::default);

/// The system's authorities are read again after this time, since updates may have changed them.
const READ_AGAIN: Duration = Duration::from_secs(3600);

fn connector(authorities: Option<&Path>, trust: &Trust<'_>) -> Result<TlsConnector, MailboxError> {
    let trusted = matches!(trust, Trust::Authorities).then(|| authorities.map(Path::to_owned));
    let file = trusted.as_ref().and_then(Option::as_ref);
    let modified = file.and_then(|path| path.metadata().ok()?.modified().ok());
    let is_current = |made: &MadeConnector| {
        made.at.elapsed() < READ_AGAIN && made.modified == modified && file.is_some() == modified.is_some()
    };
    if let Some(made) = MADE.lock().get(&trusted).filter(|made| is_current(made)) {
        return Ok(made.connector.clone());
    }
    let connector = new_connector(authorities, trust)?;
    let made = MadeConnector { connector: connector.clone(), at: Instant::now(), modified };
    MADE.lock().insert(trusted, made);
    Ok(connector)
}

fn new_connector(authorities: Option<&Path>, trust: &Trust<'_>) -> Result<TlsConnector, MailboxError> {
    let own_fault = |complaint: Complaint| MailboxError::new(MailboxProblem::Tls, complaint);
    let mut builder = TlsConnector::builder();
    builder.min_protocol_version(Some(native_tls::Protocol::Tlsv12));
    match (trust, authorities) {
        (Trust::Authorities, Some(path)) => {
            let shown = path.display().to_string();
            let pem = std::fs::read(path)
                .map_err(|why| own_fault(complain!("mailbox-authorities-unreadable", path = shown, why)))?;
            let stack = Certificate::stack_from_pem(&pem)
                .map_err(|_| own_fault(complain!("mailbox-authorities-empty", path = shown)))?;
            for certificate in stack {
                builder.add_root_certificate(certificate);
            }
        }
        (Trust::Authorities, None) => {}
        (Trust::Only(_) | Trust::Anything, _) => {
            builder.danger_accept_invalid_certs(true).danger_accept_invalid_hostnames(true);
            builder.disable_built_in_roots(true);
        }
    }
    builder.build().map_err(|error| {
        tracing::error!(%error, "TLS can't be used");
        own_fault(complain!("tls-unusable"))
    })
}

fn failed(account: &MailAccount, error: HandshakeError<Socket>) -> TlsRefused {
    let error = match error {
        HandshakeError::Failure(error) => error,
        HandshakeError::WouldBlock(_) => return handshake_broken(account, &io::ErrorKind::TimedOut.into()).into(),
    };
    if let Some(io) = io_error(&error) {
        return handshake_broken(account, io).into();
    }
    // OpenSSL's words are for its programmers: they are read here, and never shown.
    let words = error.to_string().to_ascii_lowercase();
    if words.contains("certificate verify failed") {
        return TlsRefused::Unverified(words);
    }
    if words.contains("unexpected eof") {
        return handshake_broken(account, &io::ErrorKind::UnexpectedEof.into()).into();
    }
    tracing::info!(server = %account.place(), %error, "no TLS");
    MailboxError::new(MailboxProblem::Tls, in_plain_words(account, &words)).into()
}

/// The connection ended, or fell silent, within the handshake.
fn handshake_broken(account: &MailAccount, error: &io::Error) -> MailboxError {
    let remedy = failure::handshake_remedy(account.protocol, account.security, account.port);
    account.broken(error, Doing::BeginTls).with_remedy(remedy)
}

/// What the server does, and what to do, from OpenSSL's words in lower case.
fn in_plain_words(account: &MailAccount, words: &str) -> Complaint {
    let place = account.place();
    let has = |signs: &[&str]| signs.iter().any(|sign| words.contains(sign));
    if has(&[
        "wrong version number",
        "packet length too long",
        "unknown protocol",
        "http request",
        "record layer failure",
    ]) {
        return match account.security {
            Security::StartTls => {
                Complaint::new(say!("mailbox-tls-starttls-plain", place), failure::starttls_is_broken(account.protocol))
            }
            _ => Complaint::new(say!("mailbox-tls-plain", place), failure::not_tls(account.protocol, account.port)),
        };
    }
    if has(&["unsupported protocol", "protocol version", "no protocols available", "inappropriate fallback"]) {
        return Complaint::new(say!("mailbox-tls-outdated", place), say!("remedy-weak-tls"));
    }
    if has(&["dh key too small", "dh_key_too_small", "bad dh", "modulus too small"]) {
        return Complaint::new(say!("mailbox-tls-short-key", place), say!("remedy-weak-tls-key"));
    }
    if has(&["key too small", "key too weak", "md too weak", "digest too weak", "wrong signature type", "weak"]) {
        return Complaint::new(say!("mailbox-tls-weak-certificate", place), say!("remedy-certificate-weak"));
    }
    if has(&["handshake failure"]) {
        return complain!("mailbox-tls-broke-off", place);
    }
    if has(&["no shared cipher", "no cipher", "cipher mismatch", "wrong cipher", "insufficient security"]) {
        return Complaint::new(say!("mailbox-tls-nothing-in-common", place), say!("remedy-weak-tls"));
    }
    if has(&["legacy renegotiation"]) {
        let remedy = say!("remedy-weak-tls-renegotiation");
        return Complaint::new(say!("mailbox-tls-renegotiation", place), remedy);
    }
    if has(&["certificate required", "bad certificate", "unknown ca", "certificate unknown"]) {
        return complain!("mailbox-tls-client-certificate", place);
    }
    if has(&["unrecognized name"]) {
        return complain!("mailbox-tls-unknown-name", place);
    }
    let remedy = failure::handshake_remedy(account.protocol, account.security, account.port);
    Complaint::new(say!("mailbox-tls-not-agreed", place), remedy)
}

fn io_error<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a io::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(io) = error.downcast_ref::<io::Error>() {
            return Some(io);
        }
        next = error.source();
    }
    None
}

fn changed(account: &MailAccount, trusted: &Fingerprint256, seen: CertificateSeen) -> MailboxError {
    let complaint = complain!(
        "mailbox-certificate-changed",
        place = account.place(),
        trusted = trusted.with_colons(),
        seen = seen.sha256.with_colons(),
        issuer = seen.issuer,
    );
    refused(MailboxProblem::ChangedCertificate, complaint, seen)
}

/// OpenSSL takes the common name for a name where there is no other; nobody else does since 2017.
fn nameless(account: &MailAccount, seen: CertificateSeen) -> MailboxError {
    let complaint = complain!(
        "mailbox-certificate-nameless",
        host = account.host.as_str(),
        issuer = seen.issuer,
        sha256 = seen.sha256.with_colons(),
    );
    refused(MailboxProblem::NamelessCertificate, complaint, seen)
}

/// Why this certificate was not accepted, now that it can be looked at: from what it says, and from OpenSSL's `reason`
/// in lower case.
pub(super) fn unverified(host: &Host, reason: &str, seen: CertificateSeen) -> MailboxError {
    let (host, sha256, issuer) = (host.as_str(), seen.sha256.with_colons(), seen.issuer.clone());
    let (problem, complaint) = if !seen.is_current(now()) {
        let (from, until) = (seen.not_before.date(), seen.not_after.date());
        let remedy = match now() < seen.not_before {
            true => say!("remedy-certificate-too-early"),
            false => say!("remedy-certificate-expired"),
        };
        let what = say!("mailbox-certificate-date", host, from, until, sha256);
        (MailboxProblem::CertificateDate, Complaint::new(what, remedy))
    } else if reason.contains("mismatch") {
        let what = say!("mailbox-certificate-other-server", host, sha256);
        (MailboxProblem::CertificateName, Complaint::new(what, failure::certificate_name(&seen.names, host)))
    } else if reason.contains("expired") || reason.contains("not yet valid") {
        (MailboxProblem::CertificateDate, complain!("mailbox-certificate-chain-date", host, issuer, sha256))
    } else if ["too weak", "too small", "md too"].iter().any(|sign| reason.contains(sign)) {
        let what = say!("mailbox-certificate-weak", host, issuer, sha256);
        (MailboxProblem::UntrustedCertificate, Complaint::new(what, say!("remedy-certificate-weak")))
    } else if reason.contains("revoked") {
        (MailboxProblem::UntrustedCertificate, complain!("mailbox-certificate-revoked", host, issuer, sha256))
    } else if reason.contains("purpose") {
        (MailboxProblem::UntrustedCertificate, complain!("mailbox-certificate-purpose", host, issuer, sha256))
    } else {
        let what = say!("mailbox-certificate-untrusted", host, issuer, sha256);
        let alone = ["self-signed certificate", "self signed certificate"].iter().any(|sign| reason.contains(sign));
        let remedy = match (alone && !reason.contains("in certificate chain"), reason.contains("first certificate")) {
            (true, _) => say!("remedy-self-signed", issuer),
            (_, true) => say!("remedy-incomplete-chain", issuer),
            _ if reason.contains("local issuer") => say!("remedy-incomplete-chain", issuer),
            _ => say!("remedy-authority", issuer),
        };
        (MailboxProblem::UntrustedCertificate, Complaint::new(what, remedy))
    };
    refused(problem, complaint, seen)
}

fn refused(problem: MailboxProblem, complaint: Complaint, seen: CertificateSeen) -> MailboxError {
    MailboxError { certificate: Some(Box::new(seen)), ..MailboxError::new(problem, complaint) }
}
