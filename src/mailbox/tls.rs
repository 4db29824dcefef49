//! TLS with native-tls: whom to trust, and the words for why not.

use std::io;
use std::path::Path;

use native_tls::{Certificate, HandshakeError, TlsConnector, TlsStream};

use crate::domain::now;
use crate::domain::server::{Fingerprint256, Host};

use super::account::Account;
use super::certificate::CertificateSeen;
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
    /// The certificate was not accepted, for this reason of OpenSSL's. A second connection has to fetch it.
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
    if let Trust::Only(trusted) = trust
        && certificate.sha256 != **trusted
    {
        return Err(changed(account, trusted, certificate).into());
    }
    Ok((stream, certificate))
}

fn connector(authorities: Option<&Path>, trust: &Trust<'_>) -> Result<TlsConnector, MailboxError> {
    let own_fault = |words: String| MailboxError::new(Problem::Tls, words);
    let mut builder = TlsConnector::builder();
    builder.min_protocol_version(Some(native_tls::Protocol::Tlsv12));
    match (trust, authorities) {
        (Trust::Authorities, Some(path)) => {
            let unreadable = |error: &dyn std::fmt::Display| {
                own_fault(format!("The further authorities in {} (CA_FILE) can't be read: {error}.", path.display()))
            };
            let pem = std::fs::read(path).map_err(|error| unreadable(&error))?;
            for certificate in Certificate::stack_from_pem(&pem).map_err(|error| unreadable(&error))? {
                builder.add_root_certificate(certificate);
            }
        }
        (Trust::Authorities, None) => {}
        (Trust::Only(_) | Trust::Anything, _) => {
            builder.danger_accept_invalid_certs(true).danger_accept_invalid_hostnames(true);
        }
    }
    builder.build().map_err(|error| own_fault(format!("TLS can't be used on this computer: {error}.")))
}

fn failed(account: &Account, error: HandshakeError<Socket>) -> Refused {
    let error = match error {
        HandshakeError::Failure(error) => error,
        HandshakeError::WouldBlock(_) => return account.broken(&io::ErrorKind::TimedOut.into(), "begin TLS").into(),
    };
    if let Some(io) = io_error(&error) {
        return account.broken(io, "begin TLS").into();
    }
    let words = error.to_string();
    if words.contains("certificate verify failed") {
        return Refused::Unverified(words);
    }
    let plain = ["wrong version number", "packet length too long", "unknown protocol", "http request"];
    if plain.iter().any(|sign| words.contains(sign)) {
        let text = format!("{} does not begin with TLS, but with plain text.", account.place());
        return MailboxError::new(Problem::Tls, text).with_remedy(remedy::not_tls(account.port)).into();
    }
    if words.to_ascii_lowercase().contains("unexpected eof") {
        return account.broken(&io::ErrorKind::UnexpectedEof.into(), "begin TLS").into();
    }
    let text = format!("{} and Mailgate could not agree on TLS: {}.", account.place(), account.said(&words));
    MailboxError::new(Problem::Tls, text).with_remedy(remedy::no_common_tls()).into()
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

/// Why this certificate was not accepted, now that it can be looked at.
pub(super) fn unverified(host: &Host, reason: &str, seen: CertificateSeen) -> MailboxError {
    let (name, sha256) = (host.as_str(), seen.sha256.with_colons());
    if !seen.is_current(now()) {
        let words = format!(
            "The certificate of {name} is valid from {} until {} only (SHA-256 {sha256}).",
            seen.not_before.date(),
            seen.not_after.date(),
        );
        return refused(Problem::CertificateDate, words, remedy::certificate_date(), seen);
    }
    if reason.contains("mismatch") {
        let words = format!("The certificate of {name} is for another server (SHA-256 {sha256}).");
        let remedy = remedy::certificate_name(&seen.names, name);
        return refused(Problem::CertificateName, words, remedy, seen);
    }
    let words = format!(
        "No authority known here vouches for the certificate of {name}: issued by “{}”, SHA-256 {sha256}.",
        seen.issuer
    );
    let remedy = remedy::authority(&seen.issuer);
    refused(Problem::UntrustedCertificate, words, remedy, seen)
}

fn refused(problem: Problem, words: String, remedy: String, seen: CertificateSeen) -> MailboxError {
    MailboxError { problem, words, remedy, certificate: Some(Box::new(seen)) }
}
