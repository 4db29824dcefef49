//! The staged test of a connection.

use std::process::Command;
use std::time::{Duration, Instant};

use mailgate::domain::expiry::Nameless;
use mailgate::domain::secret::Secret;
use mailgate::domain::stage::{CONNECTION, StageName, StageState};
use mailgate::odoo::probe::{OdooReport, probe};
use mailgate::odoo::{Network, Odoo, Remote, TroubleKind, databases};

use super::network;
use crate::support::fake_odoo::{FakeOdoo, Front, connection};
use crate::support::fault::silent_server;
use crate::support::free_port;

const TOTAL: Duration = Duration::from_secs(20);

fn states(report: &OdooReport) -> Vec<(StageName, StageState)> {
    report.stages.iter().map(|stage| (stage.name, stage.state)).collect()
}

/// Fails at this stage: all before passed or don't apply, all after were not tried.
fn fails_at(report: &OdooReport, name: StageName, words: &str, remedy: &str) {
    let at = CONNECTION.iter().position(|stage| *stage == name).unwrap();
    assert_eq!(report.stages.len(), CONNECTION.len());
    for (number, stage) in report.stages.iter().enumerate() {
        assert_eq!(stage.name, CONNECTION[number]);
        match number.cmp(&at) {
            std::cmp::Ordering::Less => {
                assert!(matches!(stage.state, StageState::Passed | StageState::NotApplicable), "{report:?}");
            }
            std::cmp::Ordering::Equal => assert_eq!(stage.state, StageState::Failed, "{report:?}"),
            std::cmp::Ordering::Greater => assert_eq!(stage.state, StageState::Skipped, "{report:?}"),
        }
    }
    let failed = report.failure().unwrap();
    assert!(failed.words().contains(words) && failed.complaint.remedy.contains(remedy), "{failed:?}");
}

#[test]
fn a_right_connection_passes_and_says_what_the_account_may() {
    let fake = FakeOdoo::start();
    let report = probe(&fake.connection(), &fake.password(), &network(), TOTAL);
    assert!(report.passed(), "{report:?}");
    assert_eq!(report.version.as_ref().unwrap().text, "17.0");
    let not_applicable: Vec<_> = states(&report)
        .into_iter()
        .filter(|(_, state)| *state == StageState::NotApplicable)
        .map(|(name, _)| name)
        .collect();
    assert_eq!(not_applicable, [StageName::Tls, StageName::RecordTypes]);
    fake.world().lists_databases = false;
    assert_eq!(databases(&fake.connection(), &network()).unwrap(), None);
}

#[test]
fn each_stage_fails_with_its_words_and_its_remedy() {
    let fake = FakeOdoo::start();
    let tested = |url: &str, database: &str, password: &str| {
        let mut connection = connection(url);
        connection.database = database.into();
        probe(&connection, &Secret::new(password), &network(), TOTAL)
    };
    let url = format!("http://127.0.0.1:{}", fake.port);
    let nobody = format!("http://127.0.0.1:{}", free_port());
    fails_at(
        &tested(&nobody, "openspp", "key"),
        StageName::Connect,
        "did not accept a connection",
        "Check that OpenSPP runs",
    );
    let tls = format!("https://127.0.0.1:{}", fake.port);
    fails_at(&tested(&tls, "openspp", "key"), StageName::Tls, "does not begin with TLS", "http://");
    fails_at(&tested(&url, "other", "key"), StageName::Database, "no database “other”", "It has: openspp.");
    fails_at(&tested(&url, "openspp", "wrong"), StageName::SignIn, "refused login or password", "API key");
    fake.world().lists_databases = false;
    fails_at(&tested(&url, "other", "key"), StageName::Database, "no database “other”", "capitals");
    fake.world().lists_databases = true;
    for (right, stage, words) in [
        ("mail.message.create", StageName::Gateway, "may not feed the mail gateway"),
        ("res.partner.read", StageName::Contacts, "may not read contacts"),
    ] {
        fake.world().forbidden.insert(right.into());
        fails_at(&tested(&url, "openspp", "key"), stage, words, "Give the connection's account this right");
        fake.world().forbidden.remove(right);
    }
    fake.world().front = Front::Html;
    fails_at(&tested(&url, "openspp", "key"), StageName::Version, "answers with a web page", "without /web");
}

#[test]
fn a_silent_server_ends_the_test_in_time() {
    let started = Instant::now();
    let url = format!("http://127.0.0.1:{}", silent_server());
    let report = probe(&connection(&url), &Secret::new("key"), &network(), Duration::from_secs(3));
    fails_at(&report, StageName::Version, "did not answer in time", "Test it again");
    assert!(started.elapsed() < Duration::from_secs(6), "{:?}", started.elapsed());
}

/// A certificate that signed itself, with this common name and, if any, these alternative ones: the file, and what a
/// server shows.
pub fn certificate(
    folder: &std::path::Path,
    name: &str,
    others: &[&str],
) -> (std::path::PathBuf, native_tls::Identity) {
    let others = others.iter().flat_map(|other| ["-addext".to_owned(), format!("subjectAltName={other}")]);
    let made = Command::new("openssl")
        .args("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj".split(' '))
        .arg(name)
        .args(others)
        .args(["-keyout", "key.pem", "-out", "cert.pem"])
        .current_dir(folder)
        .output()
        .expect("openssl is missing; run scripts/needs test");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let read = |name| std::fs::read(folder.join(name)).unwrap();
    let identity = native_tls::Identity::from_pkcs8(&read("cert.pem"), &read("key.pem")).unwrap();
    (folder.join("cert.pem"), identity)
}

#[test]
fn an_untrusted_certificate_is_named_and_can_be_trusted_by_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let (file, identity) = certificate(folder.path(), "/CN=openspp", &["IP:127.0.0.1"]);
    let fake = FakeOdoo::with_tls(identity);
    let connection = |host: &str| connection(&format!("https://{host}:{}", fake.port));
    let report = probe(&connection("127.0.0.1"), &fake.password(), &network(), TOTAL);
    fails_at(
        &report,
        StageName::Tls,
        "The certificate of 127.0.0.1 is not trusted: self-signed certificate",
        "CA_FILE",
    );
    let trusting = Network { authorities: Some(file), ..network() };
    let report = probe(&connection("127.0.0.1"), &fake.password(), &trusting, TOTAL);
    assert!(report.passed(), "{report:?}");
    let report = probe(&connection("localhost"), &fake.password(), &trusting, TOTAL);
    fails_at(&report, StageName::Tls, "is not trusted", "for another name than localhost");
    let unreadable = Network { authorities: Some(folder.path().join("key.pem")), ..network() };
    let report = probe(&connection("127.0.0.1"), &fake.password(), &unreadable, TOTAL);
    fails_at(&report, StageName::Connect, "(CA_FILE) can't be read: it holds no certificate", "Set CA_FILE");
}

#[test]
fn a_certificate_without_alternative_names_is_refused_unless_it_was_there_before() {
    let folder = tempfile::tempdir().unwrap();
    let (file, identity) = certificate(folder.path(), "/CN=localhost", &[]);
    let fake = FakeOdoo::with_tls(identity);
    let secure = |fake: &FakeOdoo| connection(&format!("https://localhost:{}", fake.port));
    let connection = secure(&fake);
    let strict = Network { authorities: Some(file), ..network() };
    let report = probe(&connection, &fake.password(), &strict, TOTAL);
    fails_at(&report, StageName::Tls, "only in an outdated way", "subjectAltName");
    assert_eq!(Odoo::sign_in(&connection, &fake.password(), &strict).unwrap_err().kind, TroubleKind::Configuration);
    let before = Network { nameless: Nameless::Taken, ..strict };
    assert!(
        Odoo::sign_in(&connection, &fake.password(), &before)
            .unwrap()
            .certificate()
            .is_some_and(|taken| taken.is_nameless)
    );
    let (file, identity) = certificate(folder.path(), "/CN=localhost", &["DNS:localhost"]);
    let fake = FakeOdoo::with_tls(identity);
    let connection = secure(&fake);
    let network = Network { authorities: Some(file), ..network() };
    assert!(
        !Odoo::sign_in(&connection, &fake.password(), &network)
            .unwrap()
            .certificate()
            .is_some_and(|taken| taken.is_nameless)
    );
}
