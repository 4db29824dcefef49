//! Every wrong setting ends soon, at the right stage, with words that help.

use std::time::{Duration, Instant};

use mailgate::domain::protocol::{Protocol, Security};
use mailgate::domain::secret::Secret;
use mailgate::domain::server::IncomingServer;
use mailgate::domain::stage::StageState;
use mailgate::mailbox::probe::{MailboxReport, probe};
use mailgate::mailbox::{MailboxProblem, open};

use super::{WAYS, at, failed_stage, mail};
use crate::support::dovecot::Dovecot;
use crate::support::fault::silent_server;
use crate::support::free_port;

fn test(server: &IncomingServer, password: &str) -> MailboxReport {
    let total = Duration::from_secs(20);
    let started = Instant::now();
    let mut env = Dovecot::shared().environment();
    // A port that expects TLS is recognised by its silence.
    env.limits.read = Duration::from_secs(2);
    let report = probe(server, &Secret::new(password), &env, total);
    assert!(started.elapsed() < total + Duration::from_millis(500), "{:?}", started.elapsed());
    report
}

#[test]
fn a_right_setting_passes_every_stage_and_shows_what_is_there() {
    let dovecot = Dovecot::shared();
    for (protocol, security) in WAYS {
        let user = dovecot.user("probe");
        user.create_folder("Archive");
        (0..3).for_each(|n| user.deliver(&mail(&n.to_string())));
        let report = test(&dovecot.server(protocol, security, &user), "secret");
        assert!(report.passed(), "{report:#?}");
        let order: Vec<&str> = report.stages.iter().map(|stage| stage.name.code()).collect();
        if security == Security::StartTls {
            assert_eq!(order, ["name", "connect", "greeting", "tls", "sign_in", "folder"]);
        } else {
            assert_eq!(order, ["name", "connect", "tls", "greeting", "sign_in", "folder"]);
        }
        let folder = report.folder.as_ref().unwrap();
        assert_eq!(folder.messages, 3);
        if protocol == Protocol::Imap {
            assert_eq!(folder.unread, Some(3));
            assert!(folder.folders.contains(&"Archive".to_owned()), "{folder:?}");
        }
        assert_eq!(report.certificate.is_some(), security != Security::None);
        let tls = report.stages.iter().find(|stage| stage.name.code() == "tls").unwrap();
        let expected = if security == Security::None { StageState::NotApplicable } else { StageState::Passed };
        assert_eq!(tls.state, expected);
        let greeting = report.stages.iter().find(|stage| stage.name.code() == "greeting").unwrap();
        assert!(greeting.said.contains("Dovecot"), "{greeting:?}");
        assert!(user.flags().iter().all(String::is_empty), "a probe changes nothing");
    }
}

#[test]
fn a_wrong_password_is_said_at_the_sign_in_and_never_shown() {
    let dovecot = Dovecot::shared();
    for (protocol, security) in WAYS {
        let user = dovecot.user("wrong");
        let report = test(&dovecot.server(protocol, security, &user), "hunter2-wrong");
        let (stage, problem, words) = failed_stage(&report);
        assert_eq!((stage, problem), ("sign_in", MailboxProblem::SignIn), "{words}");
        assert!(words.contains("refused the username or password"), "{words}");
        assert!(!format!("{report:?}").contains("hunter2"), "{report:?}");
        assert_eq!(report.stages.last().unwrap().state, StageState::Skipped);
    }
}

#[test]
fn an_unknown_host_and_a_closed_port_are_told_apart() {
    let dovecot = Dovecot::shared();
    let user = dovecot.user("where");
    for (protocol, security) in WAYS {
        let server = dovecot.server(protocol, security, &user);
        let report = test(&at(server.clone(), "no-such-host.invalid", 993), "secret");
        let (stage, problem, words) = failed_stage(&report);
        assert_eq!((stage, problem), ("name", MailboxProblem::Name), "{words}");
        assert!(words.contains("No server called “no-such-host.invalid”"), "{words}");

        let report = test(&at(server, "localhost", free_port()), "secret");
        let (stage, problem, words) = failed_stage(&report);
        assert_eq!((stage, problem), ("connect", MailboxProblem::Connect), "{words}");
        assert!(words.contains("127.0.0.1: Connection refused") && words.contains("Usual ports"), "{words}");
    }
}

#[test]
fn tls_to_a_plain_port_and_the_reverse_are_recognised() {
    let dovecot = Dovecot::shared();
    let user = dovecot.user("mixed");
    for (protocol, plain, tls) in
        [(Protocol::Imap, dovecot.imap_port, dovecot.imaps_port), (Protocol::Pop, dovecot.pop_port, dovecot.pops_port)]
    {
        let report = test(&at(dovecot.server(protocol, Security::Tls, &user), "localhost", plain), "secret");
        let (stage, problem, words) = failed_stage(&report);
        assert_eq!((stage, problem), ("tls", MailboxProblem::Tls), "{words}");
        assert!(words.contains("does not begin with SSL/TLS"), "{words}");
        for security in [Security::None, Security::StartTls] {
            let report = test(&at(dovecot.server(protocol, security, &user), "localhost", tls), "secret");
            let (stage, problem, words) = failed_stage(&report);
            assert_eq!((stage, problem), ("greeting", MailboxProblem::Tls), "{words}");
            assert!(words.contains("Tick SSL/TLS"), "{words}");
        }
    }
}

#[test]
fn an_imap_server_is_no_pop_server() {
    let dovecot = Dovecot::shared();
    let user = dovecot.user("kind");
    let imap = dovecot.server(Protocol::Imap, Security::None, &user);
    let report = test(&at(imap, "localhost", dovecot.pop_port), "secret");
    let (stage, problem, words) = failed_stage(&report);
    assert_eq!((stage, problem), ("greeting", MailboxProblem::Protocol));
    assert!(words.contains("speaks POP, not IMAP") && words.contains("Choose POP Server"), "{words}");
    let pop = dovecot.server(Protocol::Pop, Security::Tls, &user);
    let report = test(&at(pop, "localhost", dovecot.imaps_port), "secret");
    let (_, _, words) = failed_stage(&report);
    assert!(words.contains("speaks IMAP, not POP") && words.contains("Choose IMAP Server"), "{words}");
}

#[test]
fn a_missing_folder_is_named_with_those_there_are() {
    let dovecot = Dovecot::shared();
    let user = dovecot.user("missing");
    user.create_folder("Complaints");
    let mut server = dovecot.server(Protocol::Imap, Security::Tls, &user);
    server.folder = "Compliants".into();
    let (stage, problem, words) = failed_stage(&test(&server, "secret"));
    assert_eq!((stage, problem), ("folder", MailboxProblem::Folder));
    assert!(words.contains("no folder “Compliants”") && words.contains("Complaints"), "{words}");
}

#[test]
fn a_server_that_never_answers_ends_within_the_limits() {
    let port = silent_server();
    let dovecot = Dovecot::shared();
    let user = dovecot.user("silent");
    std::thread::scope(|scope| {
        for (protocol, security) in WAYS {
            let server = at(dovecot.server(protocol, security, &user), "localhost", port);
            scope.spawn(move || {
                let mut env = dovecot.environment();
                env.limits.read = Duration::from_millis(300);
                let started = Instant::now();
                let error = open(&server, &Secret::new("secret"), &env).err().unwrap();
                assert_eq!(error.problem, MailboxProblem::Timeout, "{protocol:?} {security:?} {error:?}");
                assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
                assert!(!error.complaint.remedy.is_empty());

                let total = Duration::from_secs(2);
                let started = Instant::now();
                let report = probe(&server, &Secret::new("secret"), &dovecot.environment(), total);
                assert_eq!(failed_stage(&report).1, MailboxProblem::Timeout);
                assert!(started.elapsed() < total + Duration::from_millis(500), "{:?}", started.elapsed());
            });
        }
    });
}

#[test]
fn addresses_that_are_no_servers_are_not_dialled_however_they_are_written() {
    let dovecot = Dovecot::shared();
    let user = dovecot.user("reach");
    for host in [
        "169.254.169.254",
        "0.0.0.0",
        "0",
        "2852039166",
        "0xa9fea9fe",
        "0251.0376.0251.0376",
        "169.254.43518",
        "169.254.169.254.",
        "224.0.0.1",
        "255.255.255.255",
        "100.100.100.200",
        "192.0.0.192",
        "[fe80::1]",
        "fd00:ec2::254",
        "::ffff:169.254.169.254",
        "[::ffff:a9fe:a9fe]",
        "64:ff9b::a9fe:a9fe",
        "::",
    ] {
        let server = at(dovecot.server(Protocol::Imap, Security::None, &user), host, 143);
        let started = Instant::now();
        let report = test(&server, "secret");
        let (stage, problem, words) = failed_stage(&report);
        assert_eq!((stage, problem), ("name", MailboxProblem::Address), "{host}: {words}");
        assert!(words.contains("does not connect to") && words.contains("Private addresses"), "{host}: {words}");
        assert!(started.elapsed() < Duration::from_secs(2), "{host}: nothing is waited for");
    }
}
