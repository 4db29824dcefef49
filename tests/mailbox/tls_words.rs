//! What is said where no encrypted connection comes about: true, in plain words, and never in OpenSSL's.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use mailgate::domain::expiry::Nameless;
use mailgate::domain::protocol::{Protocol, Security};
use mailgate::domain::secret::Secret;
use mailgate::mailbox::probe::probe;
use mailgate::mailbox::{Environment, MailboxProblem};

use super::{at, failed_stage};
use crate::support::dovecot::{Dovecot, listens, quick};
use crate::support::{free_port, wait_for};

/// OpenSSL's own server, ended when dropped.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn run(folder: &Path, script: &str) {
    let made = Command::new("sh").args(["-ec", script]).current_dir(folder).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

fn start(folder: &Path, arguments: &str) -> (Server, u16) {
    let port = free_port();
    let script = format!("exec openssl s_server -accept {port} -quiet {arguments}");
    let child = Command::new("sh")
        .args(["-c", &script])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let server = Server(child);
    wait_for("openssl s_server", Duration::from_secs(10), || listens(port).then_some(()));
    (server, port)
}

/// A root that is known here, what it signed, and what nobody should accept.
const MAKE: &str = r#"
EC="ec -pkeyopt ec_paramgen_curve:P-256"
new() { openssl req -newkey ${3:-$EC} -nodes -subj "/CN=$2" -keyout $1.key -out $1.csr 2>/dev/null; }
sign() { printf "subjectAltName=DNS:localhost\nbasicConstraints=critical,CA:$3\n" > ext
  openssl x509 -req -in $1.csr -CA $2.pem -CAkey $2.key -CAcreateserial -extfile ext -out $1.pem $4 2>/dev/null; }
openssl req -x509 -newkey $EC -nodes -days 30 -subj "/CN=Known Root" -keyout root.key -out root.pem 2>/dev/null
new between "Between"; sign between root TRUE "-days 30"
new old "Old Between"; sign old root TRUE "-days -1"
new good localhost; sign good root FALSE "-days 30"
new below localhost; sign below between FALSE "-days 30"
new belowold localhost; sign belowold old FALSE "-days 30"
new late localhost; sign late root FALSE "-days -1"
new weak localhost rsa:1024; sign weak root FALSE "-days 30"
openssl req -x509 -newkey $EC -nodes -days 30 -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout self.key -out self.pem 2>/dev/null
new other other; printf "subjectAltName=DNS:mail.people.example\nbasicConstraints=critical,CA:FALSE\n" > ext
openssl x509 -req -in other.csr -CA root.pem -CAkey root.key -CAcreateserial -extfile ext -out other.pem -days 30 2>/dev/null
"#;

#[test]
fn a_handshake_that_fails_says_why_in_plain_words() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    run(folder, MAKE);
    let dovecot = Dovecot::shared();
    let user = dovecot.user("words");
    let environment = Environment {
        limits: quick(),
        authorities: Some(folder.join("root.pem")),
        nameless: Nameless::Refused,
        mail_root: folder.to_owned(),
        traffic: Default::default(),
        chance: || 0.5,
    };
    let good = "-cert good.pem -key good.key";
    let cases = [
        (format!("{good} -tls1 -cipher DEFAULT:@SECLEVEL=0"), MailboxProblem::Tls, "TLS 1.2 or later"),
        (format!("{good} -tls1_1 -cipher DEFAULT:@SECLEVEL=0"), MailboxProblem::Tls, "TLS 1.2 or later"),
        (format!("{good} -tls1_2 -cipher NULL-SHA256:@SECLEVEL=0"), MailboxProblem::Tls, "not safe any more"),
        (format!("{good} -tls1_2 -Verify 1 -verify_return_error"), MailboxProblem::Tls, "client certificate"),
        ("-cert self.pem -key self.key".into(), MailboxProblem::UntrustedCertificate, "vouches for itself"),
        (
            "-cert below.pem -key below.key".into(),
            MailboxProblem::UntrustedCertificate,
            "send the certificate of its issuer",
        ),
        (
            "-cert belowold.pem -key belowold.key -cert_chain old.pem".into(),
            MailboxProblem::CertificateDate,
            "one that vouches for it",
        ),
        ("-cert late.pem -key late.key".into(), MailboxProblem::CertificateDate, "renew the server's certificate"),
        (
            "-cert other.pem -key other.key".into(),
            MailboxProblem::CertificateName,
            "for mail.people.example, not localhost",
        ),
        (
            "-cert weak.pem -key weak.key -cipher DEFAULT:@SECLEVEL=0".into(),
            MailboxProblem::UntrustedCertificate,
            "too weak to be safe",
        ),
    ];
    for (arguments, problem, words) in cases {
        for protocol in [Protocol::Imap, Protocol::Pop] {
            let (_server, port) = start(folder, &arguments);
            let server = at(dovecot.server(protocol, Security::Tls, &user), "localhost", port);
            let report = probe(&server, &Secret::new("secret"), &environment, Duration::from_secs(20));
            let (stage, found, said) = failed_stage(&report);
            assert_eq!((stage, found), ("tls", problem), "{arguments}: {said}");
            assert!(said.contains(words), "{arguments}: {said}");
            for openssls in ["error:", "routines", "alert", ".c:", "ssl/", "(0x"] {
                assert!(!said.contains(openssls), "{arguments}: {said}");
            }
        }
    }
}
