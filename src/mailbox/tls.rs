//! TLS with native-tls: whom to trust, and the words for why not.

use std::io;
use std::path::Path;
use std::sync::atomic::Ordering;

use native_tls::{Certificate, HandshakeError, TlsConnector, TlsStream};

use crate::domain::now;
use crate::domain::server::{Fingerprint256, Host, Security};

use super::account::Account;
use super::certificate::{CertificateSeen, Nameless};
use super::connect::Socket;
use super::{MailboxError, Problem, remedy};

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
pub(super) enum Refused {
    /// The certificate was not accepted, for this reason of OpenSSL's (in lower case, never shown). A second connection has to fetch it.
    Unverified(String),
    Error(MailboxError),
}

impl From<MailboxError> for Refused {
    fn from(error: MailboxError) -> Self {
        Refused::Error(error)
    }
}

/// Does the handshake. Nothing of the account has been sent when this returns.
pub(super) fn secure(
    socket: Socket,
    account: &Account,
    trust: &Trust<'_>,
) -> Result<(TlsStream<Socket>, CertificateSeen), Refused> {
    let connector = connector(account.env.authorities.as_deref(), trust)?;
    let stream = connector.connect(account.host.as_str(), socket).map_err(|error| failed(account, error))?;
    let certificate = match stream.peer_certificate() {
        Ok(Some(certificate)) => certificate.to_der().ok().and_then(|der| CertificateSeen::from_der(&der)),
        _ => None,
    };
    let certificate = certificate.ok_or_else(|| {
        MailboxError::new(Problem::Tls, format!("{} shows a certificate that can't be read.", account.place()))
    })?;
    let certificate = certificate.with_names(|name| account.said(name));
    if let Trust::Only(trusted) = trust
        && certificate.sha256 != **trusted
    {
        return Err(changed(account, trusted, certificate).into());
    }
    if matches!(trust, Trust::Authorities) && certificate.is_nameless {
        if account.env.nameless == Nameless::Refused {
            return Err(nameless(account, certificate).into());
        }
        account.nameless.store(true, Ordering::Relaxed);
    }
    Ok((stream, certificate))
}

fn connector(authorities: Option<&Path>, trust: &Trust<'_>) -> Result<TlsConnector, MailboxError> {
    let own_fault = |words: String| MailboxError::new(Problem::Tls, words);
    let mut builder = TlsConnector::builder();
    builder.min_protocol_version(Some(native_tls::Protocol::Tlsv12));
    match (trust, authorities) {
        (Trust::Authorities, Some(path)) => {
            let unreadable = |why: String| {
                own_fault(format!("The further authorities in {} (CA_FILE) can't be read: {why}.", path.display()))
                    .with_remedy("CA_FILE is a PEM file with one certificate or more.")
            };
            let pem = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
            let stack = Certificate::stack_from_pem(&pem);
            for certificate in stack.map_err(|_| unreadable("there is no certificate in it as PEM has them".into()))? {
                builder.add_root_certificate(certificate);
            }
        }
        (Trust::Authorities, None) => {}
        (Trust::Only(_) | Trust::Anything, _) => {
            builder.danger_accept_invalid_certs(true).danger_accept_invalid_hostnames(true);
        }
    }
    builder.build().map_err(|error| {
        tracing::error!(%error, "TLS can't be used");
        own_fault("TLS can't be used on this computer.".into())
            .with_remedy("Look into Mailgate's log for the reason, and at the computer's OpenSSL settings.")
    })
}

fn failed(account: &Account, error: HandshakeError<Socket>) -> Refused {
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
        return Refused::Unverified(words);
    }
    if words.contains("unexpected eof") {
        return handshake_broken(account, &io::ErrorKind::UnexpectedEof.into()).into();
    }
    tracing::info!(server = %account.place(), %error, "no TLS");
    let (what, remedy) = in_plain_words(account, &words);
    MailboxError::new(Problem::Tls, format!("{} {what}.", account.place())).with_remedy(remedy).into()
}

/// The connection ended, or fell silent, within the handshake.
fn handshake_broken(account: &Account, error: &io::Error) -> MailboxError {
    let remedy = remedy::handshake(account.protocol, account.security, account.port);
    account.broken(error, "begin TLS").with_remedy(remedy)
}

/// What the server does, and what to do, from OpenSSL's words in lower case.
fn in_plain_words(account: &Account, words: &str) -> (&'static str, String) {
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
                ("agreed to encrypt, and went on without", remedy::starttls_is_broken(account.protocol))
            }
            _ => ("does not begin with TLS, but with plain text", remedy::not_tls(account.protocol, account.port)),
        };
    }
    let version = "TLS 1.2 or later";
    if has(&["unsupported protocol", "protocol version", "no protocols available", "inappropriate fallback"]) {
        return ("encrypts only in ways that are outdated (older than TLS 1.2)", remedy::weak_tls(version));
    }
    if has(&["dh key too small", "dh_key_too_small", "bad dh", "modulus too small"]) {
        let wanted = "a Diffie-Hellman key of 2,048 bits or more, or elliptic curves (ECDHE)";
        return ("encrypts with a Diffie-Hellman key that is too short to be safe", remedy::weak_tls(wanted));
    }
    if has(&["key too small", "key too weak", "md too weak", "digest too weak", "wrong signature type", "weak"]) {
        return ("has a certificate whose key or signature is too weak to be safe", remedy::certificate_weak());
    }
    if has(&["handshake failure"]) {
        return ("broke off when it was to be agreed how to encrypt", remedy::handshake_failure());
    }
    if has(&["no shared cipher", "no cipher", "cipher mismatch", "wrong cipher", "insufficient security"]) {
        return ("and Mailgate have no encryption in common that is safe", remedy::weak_tls(version));
    }
    if has(&["legacy renegotiation"]) {
        return ("encrypts in an old way that others can break into (no RFC 5746)", remedy::weak_tls("RFC 5746"));
    }
    if has(&["certificate required", "bad certificate", "unknown ca", "certificate unknown"]) {
        return ("asks for a certificate of this computer", remedy::client_certificate());
    }
    if has(&["unrecognized name"]) {
        let remedy = "Check Server Name: it has to be one that the server knows itself by.";
        return ("knows no server of this name", remedy.into());
    }
    let remedy = remedy::handshake(account.protocol, account.security, account.port);
    ("and Mailgate could not agree on how to encrypt", remedy)
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

fn changed(account: &Account, trusted: &Fingerprint256, seen: CertificateSeen) -> MailboxError {
    let words = format!(
        "{} shows another certificate than the trusted one. Trusted: SHA-256 {}. Seen now: SHA-256 {}, issued by “{}”.",
        account.place(),
        trusted.with_colons(),
        seen.sha256.with_colons(),
        seen.issuer,
    );
    refused(Problem::ChangedCertificate, words, remedy::certificate_changed(), seen)
}

/// OpenSSL takes the common name for a name where there is no other; nobody else does since 2017.
fn nameless(account: &Account, seen: CertificateSeen) -> MailboxError {
    let words = format!(
        "The certificate of {} names it only in an outdated way: as the common name of its subject, and not among \
         alternative names (subjectAltName). Issued by “{}”, SHA-256 {}.",
        account.host.as_str(),
        seen.issuer,
        seen.sha256.with_colons(),
    );
    refused(Problem::NamelessCertificate, words, remedy::nameless(account.host.as_str()), seen)
}

/// Why this certificate was not accepted, now that it can be looked at: from what it says, and from OpenSSL's `reason`
/// in lower case.
pub(super) fn unverified(host: &Host, reason: &str, seen: CertificateSeen) -> MailboxError {
    let (name, sha256, issuer) = (host.as_str(), seen.sha256.with_colons(), seen.issuer.clone());
    let (problem, words, remedy) = if !seen.is_current(now()) {
        let words = format!(
            "The certificate of {name} is valid from {} until {} only (SHA-256 {sha256}).",
            seen.not_before.date(),
            seen.not_after.date(),
        );
        let early = now() < seen.not_before;
        let remedy = if early { remedy::certificate_too_early() } else { remedy::certificate_expired() };
        (Problem::CertificateDate, words, remedy)
    } else if reason.contains("mismatch") {
        let words = format!("The certificate of {name} is for another server (SHA-256 {sha256}).");
        (Problem::CertificateName, words, remedy::certificate_name(&seen.names, name))
    } else if reason.contains("expired") || reason.contains("not yet valid") {
        let words = format!(
            "The certificate of {name} is valid itself, but one that vouches for it (issued it, or its issuer) is not at \
             this time. Issued by “{issuer}”, SHA-256 {sha256}."
        );
        (Problem::CertificateDate, words, remedy::chain_expired())
    } else if ["too weak", "too small", "md too"].iter().any(|sign| reason.contains(sign)) {
        let words = format!(
            "The certificate of {name}, or one that vouches for it, has a key or signature that is too weak to be safe. \
             Issued by “{issuer}”, SHA-256 {sha256}."
        );
        (Problem::UntrustedCertificate, words, remedy::certificate_weak())
    } else if reason.contains("revoked") {
        let words = format!("The certificate of {name} was revoked by “{issuer}” (SHA-256 {sha256}).");
        (Problem::UntrustedCertificate, words, remedy::certificate_revoked())
    } else if reason.contains("purpose") {
        let words =
            format!("The certificate of {name} is not made for servers. Issued by “{issuer}”, SHA-256 {sha256}.");
        (Problem::UntrustedCertificate, words, remedy::certificate_purpose())
    } else {
        let words = format!(
            "No authority known here vouches for the certificate of {name}: issued by “{issuer}”, SHA-256 {sha256}."
        );
        let alone = ["self-signed certificate", "self signed certificate"].iter().any(|sign| reason.contains(sign));
        let remedy = match (alone && !reason.contains("in certificate chain"), reason.contains("first certificate")) {
            (true, _) => remedy::self_signed(&issuer),
            (_, true) => remedy::incomplete_chain(&issuer),
            _ if reason.contains("local issuer") => remedy::incomplete_chain(&issuer),
            _ => remedy::authority(&issuer),
        };
        (Problem::UntrustedCertificate, words, remedy)
    };
    refused(problem, words, remedy, seen)
}

fn refused(problem: Problem, words: String, remedy: String, seen: CertificateSeen) -> MailboxError {
    MailboxError { problem, words, remedy, certificate: Some(Box::new(seen)) }
}
