//! Servers that hang up instead of saying that they don't know a way to sign in: the next way gets a connection of its
//! own, and a password that may have been refused is never sent twice.

use std::io::Write;
use std::net::Shutdown;
use std::sync::Mutex;

use mailgate::domain::protocol::{Protocol, Security};
use mailgate::mailbox::{MailboxProblem, open};

use super::at;
use super::hostile::serve;
use crate::support::dovecot::{Dovecot, MailUser};

/// A server's port, and every command that it got.
type Server = (u16, &'static Mutex<Vec<String>>);

/// Answers with the text for the first command that fits, the tag for `%`; hangs up behind a text that ends with `!`.
fn scripted(greeting: &'static str, script: &'static [(&'static str, &'static str)]) -> Server {
    let log: &'static Mutex<Vec<String>> = Box::leak(Box::default());
    // What answers a challenge has no tag; each test has one connection at a time.
    let last: &'static Mutex<String> = Box::leak(Box::default());
    let port = serve(greeting, move |client, line| {
        let mut tag = last.lock().unwrap();
        let command = match line.split_once(' ').filter(|_| greeting.starts_with('*')) {
            Some((new, command)) => {
                *tag = new.to_owned();
                command
            }
            None => line,
        };
        log.lock().unwrap().push(command.to_owned());
        let answer =
            script.iter().find(|(begin, _)| command.starts_with(begin)).map_or("% OK\r\n", |(_, answer)| answer);
        let _ = client.write_all(answer.trim_end_matches('!').replace('%', &tag).as_bytes());
        if answer.ends_with('!') {
            let _ = client.shutdown(Shutdown::Both);
        }
    });
    (port, log)
}

const FOLDER: &str = "* 0 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 1] ok\r\n% OK\r\n";
const BOTH: &str = "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n% OK\r\n";

fn count(log: &Mutex<Vec<String>>, begin: &str) -> usize {
    log.lock().unwrap().iter().filter(|command| command.starts_with(begin)).count()
}

fn signs_in(protocol: Protocol, (port, log): Server, user: &MailUser) {
    let dovecot = Dovecot::shared();
    let server = at(dovecot.server(protocol, Security::None, user), "localhost", port);
    let opened = open(&server, &user.password(), &dovecot.environment());
    assert!(opened.is_ok(), "{:?}: {:?}", opened.err(), log.lock().unwrap());
}

fn is_refused(protocol: Protocol, (port, log): Server, user: &MailUser, problem: MailboxProblem) {
    let dovecot = Dovecot::shared();
    let server = at(dovecot.server(protocol, Security::None, user), "localhost", port);
    let error = super::refusal(&server, user, &dovecot.environment());
    assert_eq!(error.problem, problem, "{error:?}: {:?}", log.lock().unwrap());
}

#[test]
fn an_imap_server_that_hangs_up_on_authenticate_gets_login() {
    let user = Dovecot::shared().user("ladder");
    for hanging in ["!", "* BYE what?\r\n!"] {
        let script: &'static [_] =
            Box::leak(Box::new([("CAPABILITY", BOTH), ("AUTHENTICATE", hanging), ("EXAMINE", FOLDER)]));
        let server = scripted("* OK ready", script);
        signs_in(Protocol::Imap, server, &user);
        assert_eq!((count(server.1, "AUTHENTICATE"), count(server.1, "LOGIN")), (1, 1), "{:?}", server.1);
    }
}

#[test]
fn an_imap_server_that_hangs_up_behind_its_refusal_gets_login_on_a_connection_of_its_own() {
    let user = Dovecot::shared().user("ladder");
    let server = scripted(
        "* OK ready",
        &[("CAPABILITY", BOTH), ("AUTHENTICATE", "% BAD unknown command\r\n!"), ("EXAMINE", FOLDER)],
    );
    signs_in(Protocol::Imap, server, &user);
    assert_eq!(count(server.1, "LOGIN"), 1, "{:?}", server.1);
}

#[test]
fn an_imap_server_that_may_have_refused_the_password_gets_it_once() {
    let user = Dovecot::shared().user("ladder");
    // It refuses it and hangs up; it hangs up on it; it knows no other way.
    let cases: [(&'static [(&str, &str)], MailboxProblem); 4] = [
        (&[("CAPABILITY", BOTH), ("AUTHENTICATE", "+ \r\n"), ("", "% NO failed\r\n!")], MailboxProblem::SignIn),
        (&[("CAPABILITY", BOTH), ("AUTHENTICATE", "+ \r\n"), ("", "!")], MailboxProblem::Cut),
        (&[("CAPABILITY", "* CAPABILITY IMAP4rev1\r\n% OK\r\n"), ("LOGIN", "!")], MailboxProblem::Cut),
        (
            &[("CAPABILITY", "* CAPABILITY IMAP4rev1 AUTH=PLAIN LOGINDISABLED\r\n% OK\r\n"), ("AUTHENTICATE", "!")],
            MailboxProblem::Cut,
        ),
    ];
    for (script, problem) in cases {
        let server = scripted("* OK ready", script);
        is_refused(Protocol::Imap, server, &user, problem);
        assert!(count(server.1, "AUTHENTICATE") + count(server.1, "LOGIN") <= 1, "{:?}", server.1);
    }
}

const POP: &str = "+OK\r\nUIDL\r\nSASL PLAIN\r\n.\r\n";
const NOTHING: &str = "+OK\r\n.\r\n";

#[test]
fn a_pop_server_that_hangs_up_on_auth_gets_user_and_pass() {
    let user = Dovecot::shared().user("ladder");
    for hanging in ["!", "-ERR bye\r\n!", "-ERR unknown command\r\n!"] {
        let script: &'static [_] = Box::leak(Box::new([
            ("CAPA", POP),
            ("AUTH", hanging),
            ("LIST", NOTHING),
            ("UIDL", NOTHING),
            ("", "+OK\r\n"),
        ]));
        let server = scripted("+OK ready", script);
        signs_in(Protocol::Pop, server, &user);
        assert_eq!((count(server.1, "AUTH"), count(server.1, "PASS")), (1, 1), "{:?}", server.1);
    }
}

#[test]
fn a_pop_server_that_may_have_refused_the_password_gets_it_once() {
    let user = Dovecot::shared().user("ladder");
    let cases: [(&'static [(&str, &str)], MailboxProblem); 3] = [
        (&[("CAPA", POP), ("AUTH", "+ \r\n"), ("", "-ERR failed\r\n!")], MailboxProblem::SignIn),
        (&[("CAPA", POP), ("AUTH", "+ \r\n"), ("", "!")], MailboxProblem::Cut),
        (&[("CAPA", POP), ("AUTH", "!"), ("PASS", "-ERR wrong\r\n!"), ("", "+OK\r\n")], MailboxProblem::SignIn),
    ];
    for (script, problem) in cases {
        let server = scripted("+OK ready", script);
        is_refused(Protocol::Pop, server, &user, problem);
        assert!(count(server.1, "PASS") <= 1 && count(server.1, "AUTH") <= 1, "{:?}", server.1);
    }
}
