//! Which certificates are believed, and what is said of the others.

use std::time::Duration;

use mailgate::domain::expiry::Nameless;
use mailgate::domain::protocol::{Protocol, Security};
use mailgate::domain::server::{Access, Fingerprint256, IncomingServer};
use mailgate::mailbox::probe::probe;
use mailgate::mailbox::{Environment, MailboxProblem, open};

use super::{failed_stage, fetch_all, mail, refusal};
use crate::support::dovecot::{Dovecot, MailUser, Setup};

const ENCRYPTED: [(Protocol, Security); 4] = [
    (Protocol::Imap, Security::StartTls),
    (Protocol::Imap, Security::Tls),
    (Protocol::Pop, Security::StartTls),
    (Protocol::Pop, Security::Tls),
];

fn trusting(mut server: IncomingServer, sha256: &Fingerprint256) -> IncomingServer {
    if let Access::Network { trusted, .. } = &mut server.access {
        *trusted = Some(sha256.clone());
    }
    server
}

/// Knows only the system's authorities.
fn strict(dovecot: &Dovecot) -> Environment {
    Environment { authorities: None, ..dovecot.environment() }
}

fn setting(setup: &Setup) -> (Dovecot, MailUser) {
    let dovecot = Dovecot::start(setup);
    let user = dovecot.user("tls");
    user.deliver(&mail("one"));
    (dovecot, user)
}

#[test]
fn an_unknown_certificate_is_refused_shown_and_can_be_trusted_until_it_changes() {
    let (dovecot, user) = setting(&Setup::default());
    let (other, other_user) = setting(&Setup::default());
    for (protocol, security) in ENCRYPTED {
        let server = dovecot.server(protocol, security, &user);
        let error = refusal(&server, &user, &strict(&dovecot));
        assert_eq!(error.problem, MailboxProblem::UntrustedCertificate, "{error:?}");
        let seen = error.certificate.clone().unwrap();
        assert_eq!((seen.names.join(" "), seen.issuer.as_str()), ("localhost 127.0.0.1".into(), "localhost"));
        assert!(error.complaint.what.contains(&seen.sha256.with_colons()), "{}", error.complaint.what);
        assert!(error.complaint.remedy.contains("Trust this one certificate only if"), "{}", error.complaint.remedy);

        let report = probe(&server, &user.password(), &strict(&dovecot), Duration::from_secs(20));
        assert_eq!(failed_stage(&report).0, "tls");
        assert_eq!(report.certificate.as_ref(), Some(&*seen));

        let trusted = trusting(server, &seen.sha256);
        let mut mailbox = open(&trusted, &user.password(), &strict(&dovecot)).unwrap();
        assert_eq!(fetch_all(mailbox.as_mut()).len(), 1);

        let changed = trusting(other.server(protocol, security, &other_user), &seen.sha256);
        // The system's trust in the new one would not help.
        let error = refusal(&changed, &other_user, &other.environment());
        assert_eq!(error.problem, MailboxProblem::ChangedCertificate);
        let new = error.certificate.clone().unwrap();
        assert_ne!(new.sha256, seen.sha256);
        assert!(error.complaint.what.contains(&seen.sha256.with_colons()), "{}", error.complaint.what);
        assert!(error.complaint.what.contains(&new.sha256.with_colons()), "{}", error.complaint.what);
    }
    // It was refused before anybody tried to sign in.
    assert!(!other.log().contains("Login"), "{}", other.log());
}

#[test]
fn an_expired_certificate_and_one_for_another_name_are_told_apart() {
    let (expired, user) = setting(&Setup { expired: true, ..Setup::default() });
    let error = refusal(&expired.server(Protocol::Imap, Security::Tls, &user), &user, &expired.environment());
    assert_eq!(error.problem, MailboxProblem::CertificateDate, "{error:?}");
    assert!(error.complaint.what.contains("valid from"), "{}", error.complaint.what);

    let (elsewhere, user) = setting(&Setup { names: "DNS:mail.example.org", ..Setup::default() });
    let error = refusal(&elsewhere.server(Protocol::Pop, Security::Tls, &user), &user, &elsewhere.environment());
    assert_eq!(error.problem, MailboxProblem::CertificateName, "{error:?}");
    assert!(error.complaint.remedy.contains("is for mail.example.org, not localhost"), "{}", error.complaint.remedy);
    for dovecot in [&expired, &elsewhere] {
        assert!(!dovecot.log().contains("Login"), "{}", dovecot.log());
    }
}

#[test]
fn a_certificate_without_alternative_names_is_refused_unless_it_was_there_before_or_is_trusted() {
    let (old, user) = setting(&Setup { names: "", ..Setup::default() });
    for (protocol, security) in ENCRYPTED {
        let server = old.server(protocol, security, &user);
        let error = refusal(&server, &user, &old.environment());
        assert_eq!(error.problem, MailboxProblem::NamelessCertificate, "{error:?}");
        assert!(
            error.complaint.what.contains("outdated way") && error.complaint.remedy.contains("subjectAltName"),
            "{error:?}"
        );
        let seen = error.certificate.clone().unwrap();
        assert!(seen.is_nameless && seen.names == ["localhost"], "{seen:?}");
        let report = probe(&server, &user.password(), &old.environment(), Duration::from_secs(20));
        assert_eq!(failed_stage(&report).0, "tls");

        let before = Environment { nameless: Nameless::Taken, ..old.environment() };
        let mut mailbox = open(&server, &user.password(), &before).unwrap();
        assert!(mailbox.certificate().is_some_and(|taken| taken.is_nameless));
        assert_eq!(fetch_all(mailbox.as_mut()).len(), 1);

        let mailbox = open(&trusting(server, &seen.sha256), &user.password(), &old.environment()).unwrap();
        let taken = mailbox.certificate().expect("it is remembered");
        assert!(!taken.is_nameless && taken.sha256 == seen.sha256, "a person looked at it: {taken:?}");
    }
}
