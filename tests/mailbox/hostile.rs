//! Servers that mean harm, or are badly broken: an error soon, never an abort, and only the bad message is lost.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use mailgate::domain::protocol::{Protocol, Security};
use mailgate::mailbox::{MailboxProblem, Missing, open};

use super::{at, fetch_all};
use crate::support::dovecot::Dovecot;

/// An IMAP server with three messages of 12 bytes, UIDs 1 to 3, that answers a fetch of bodies as `bodies` has it: it
/// gets the tag and the UID set and writes everything, the tagged answer too.
fn imap_server(bodies: impl Fn(&mut TcpStream, &str, &str) + Send + Sync + Copy + 'static) -> u16 {
    serve("* OK ready", move |client, line| {
        let (tag, command) = line.split_once(' ').unwrap_or((line, ""));
        let upper = command.to_ascii_uppercase();
        if upper.starts_with("UID FETCH") && upper.contains("BODY.PEEK") {
            return bodies(client, tag, upper.split(' ').nth(2).unwrap_or(""));
        }
        let untagged = match upper.split(' ').take(2).collect::<Vec<_>>().join(" ").as_str() {
            "CAPABILITY" => "* CAPABILITY IMAP4rev1\r\n",
            "EXAMINE \"INBOX\"" => "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 4] ok\r\n",
            "UID SEARCH" => "* SEARCH 1 2 3\r\n",
            "UID FETCH" => {
                "* 1 FETCH (UID 1 RFC822.SIZE 12)\r\n* 2 FETCH (UID 2 RFC822.SIZE 12)\r\n* 3 FETCH (UID 3 RFC822.SIZE 12)\r\n"
            }
            _ => "",
        };
        let _ = write!(client, "{untagged}{tag} OK done\r\n");
    })
}

/// Greets, and hands each line on with the connection to answer on.
pub fn serve(greeting: &'static str, answer: impl Fn(&mut TcpStream, &str) + Send + Sync + Copy + 'static) -> u16 {
    let (listener, port) = crate::support::listen();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            std::thread::spawn(move || {
                let mut client = client.unwrap();
                let _ = write!(client, "{greeting}\r\n");
                for line in BufReader::new(client.try_clone().unwrap()).lines() {
                    let Ok(line) = line else { return };
                    answer(&mut client, &line);
                }
            });
        }
    });
    port
}

fn good(client: &mut TcpStream, uid: &str) {
    let _ = write!(client, "* {uid} FETCH (UID {uid} BODY[] {{12}}\r\nSubject: {uid}\r\n)\r\n");
}

/// Sends the second message by `bad`, the others well; `bad` also says what comes after it.
fn second_is(client: &mut TcpStream, tag: &str, set: &str, bad: fn(&mut TcpStream)) {
    for uid in ["1", "2", "3"] {
        if set == "1:3" || set == uid {
            if uid == "2" { bad(client) } else { good(client, uid) }
        }
    }
    let _ = write!(client, "{tag} OK done\r\n");
}

/// Fetches from such a server: what came of the three messages.
fn fetch_from(port: u16) -> Vec<Result<Vec<u8>, Missing>> {
    let dovecot = Dovecot::shared();
    let user = dovecot.user("hostile");
    let server = at(dovecot.server(Protocol::Imap, Security::None, &user), "127.0.0.1", port);
    let mut env = dovecot.environment();
    env.limits.read = Duration::from_secs(1);
    let started = Instant::now();
    let mut mailbox = open(&server, &user.password(), &env).unwrap();
    let mut fetched = fetch_all(mailbox.as_mut());
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    // What had to be asked for again comes last.
    fetched.sort_by(|(one, _), (other, _)| one.key.cmp(&other.key));
    fetched.into_iter().map(|(_, body)| body).collect()
}

fn only_the_second_is_lost(port: u16) {
    let good = |uid: u32| Ok(format!("Subject: {uid}\r\n").into_bytes());
    let fetched = fetch_from(port);
    assert!(matches!(fetched[1], Err(Missing::Refused(_) | Missing::CutShort(_))), "{:?}", fetched[1]);
    assert_eq!([&fetched[0], &fetched[2]], [&good(1), &good(3)]);
}

macro_rules! bad_second_message {
    ($($(#[$meta:meta])* $name:ident: $bad:expr;)+) => {$(
        $(#[$meta])*
        #[test]
        fn $name() {
            let port = imap_server(|client, tag, set| second_is(client, tag, set, $bad));
            only_the_second_is_lost(port);
        }
    )+};
}

bad_second_message! {
    four_hundred_open_parentheses_cost_one_message: |client: &mut TcpStream| {
        let _ = write!(client, "* 2 FETCH (UID 2 BODYSTRUCTURE {}\r\n", "(".repeat(400));
    };
    a_line_without_end_costs_one_message: |client: &mut TcpStream| {
        let _ = write!(client, "* 2 FETCH (UID 2 FLAGS (");
        for _ in 0..2_000 {
            if client.write_all(&[b'x'; 10_000]).is_err() {
                return;
            }
        }
    };
    an_announced_gigabyte_costs_one_message: |client: &mut TcpStream| {
        let _ = write!(client, "* 2 FETCH (UID 2 BODY[] {{1000000000}}\r\nSubject");
    };
    garbage_costs_one_message: |client: &mut TcpStream| {
        let _ = client.write_all(b"\x00\xff * nothing that IMAP knows\r\n");
    };
    a_missing_body_costs_one_message: |client: &mut TcpStream| {
        let _ = write!(client, "* 2 FETCH (UID 2 BODY[] NIL)\r\n");
    };
    a_message_that_silences_the_server_costs_only_itself: |client: &mut TcpStream| {
        let _ = write!(client, "* 2 FETCH (UID 2 BODY[] {{12}}\r\n");
        // Until the other side gives up.
        let _ = client.read(&mut [0]);
    };
}

#[test]
fn an_unsolicited_no_in_a_batch_loses_nothing() {
    let port = imap_server(|client, tag, set| {
        if set == "1:3" {
            let _ = write!(client, "* NO disk nearly full\r\n* CAPABILITY IMAP4rev1 IDLE\r\n");
        }
        second_is(client, tag, set, |client| good(client, "2"));
    });
    assert!(fetch_from(port).iter().all(Result::is_ok));
}

#[test]
fn a_server_that_refuses_one_message_costs_one_message() {
    let port = imap_server(|client, tag, set| {
        if set == "1:3" || set == "2" {
            let _ = write!(client, "{tag} NO that message can not be shown\r\n");
        } else {
            second_is(client, tag, set, |_| {});
        }
    });
    only_the_second_is_lost(port);
}

#[test]
fn a_server_without_starttls_gets_no_password() {
    static COMMANDS: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let dovecot = Dovecot::shared();
    let user = dovecot.user("downgrade");
    let imap = serve("* OK ready", |client, line| {
        COMMANDS.lock().unwrap().push(line.to_owned());
        let _ = write!(client, "* CAPABILITY IMAP4rev1\r\n{} OK done\r\n", line.split(' ').next().unwrap_or(""));
    });
    let pop = serve("+OK ready", |client, line| {
        COMMANDS.lock().unwrap().push(line.to_owned());
        let _ = write!(client, "+OK\r\nUIDL\r\n.\r\n");
    });
    for (protocol, port) in [(Protocol::Imap, imap), (Protocol::Pop, pop)] {
        let server = at(dovecot.server(protocol, Security::StartTls, &user), "localhost", port);
        let error = super::refusal(&server, &user, &dovecot.environment());
        assert_eq!(error.problem, MailboxProblem::NoStartTls, "{error:?}");
        assert!(error.complaint.remedy.contains("Tick SSL/TLS"), "{}", error.complaint.remedy);
    }
    assert_eq!(*COMMANDS.lock().unwrap(), ["c CAPABILITY", "CAPA"]);
}

#[test]
fn a_locked_mailbox_is_no_wrong_password() {
    let dovecot = Dovecot::shared();
    let user = dovecot.user("locked");
    let imap = serve("* OK ready", |client, line| {
        let tag = line.split(' ').next().unwrap_or("");
        let _ = match line.contains("LOGIN") {
            true => write!(client, "{tag} NO [UNAVAILABLE] try later\r\n"),
            false => write!(client, "* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n"),
        };
    });
    let pop = serve("+OK ready", |client, line| {
        let _ = match line.starts_with("PASS") {
            true => write!(client, "-ERR [IN-USE] another session has it\r\n"),
            false => write!(client, "+OK\r\n{}", if line == "CAPA" { ".\r\n" } else { "" }),
        };
    });
    for (protocol, port) in [(Protocol::Imap, imap), (Protocol::Pop, pop)] {
        let server = at(dovecot.server(protocol, Security::None, &user), "localhost", port);
        let error = super::refusal(&server, &user, &dovecot.environment());
        assert_eq!(error.problem, MailboxProblem::Busy, "{error:?}");
    }
}

#[test]
fn plain_text_slipped_in_after_starttls_is_refused() {
    let dovecot = Dovecot::shared();
    let user = dovecot.user("injected");
    let imap = serve("* OK ready", |client, line| {
        let tag = line.split(' ').next().unwrap_or("");
        let _ = match line.contains("STARTTLS") {
            true => write!(client, "{tag} OK begin\r\n* CAPABILITY IMAP4rev1 INJECTED\r\n"),
            false => write!(client, "* CAPABILITY IMAP4rev1 STARTTLS\r\n{tag} OK done\r\n"),
        };
    });
    let pop = serve("+OK ready", |client, line| {
        let _ = match line {
            "STLS" => write!(client, "+OK begin\r\n+OK injected\r\n"),
            _ => write!(client, "+OK\r\nSTLS\r\nUIDL\r\n.\r\n"),
        };
    });
    for (protocol, port) in [(Protocol::Imap, imap), (Protocol::Pop, pop)] {
        let server = at(dovecot.server(protocol, Security::StartTls, &user), "localhost", port);
        let error = super::refusal(&server, &user, &dovecot.environment());
        assert_eq!(error.problem, MailboxProblem::Protocol, "{error:?}");
        assert!(error.complaint.what.contains("plain text"), "{}", error.complaint.what);
    }
}

#[test]
fn a_server_that_echoes_the_password_does_not_get_it_shown() {
    let dovecot = Dovecot::shared();
    let user = dovecot.user("echo");
    let imap = serve("* OK ready", |client, line| {
        let tag = line.split(' ').next().unwrap_or("");
        let _ = match line.contains("LOGIN") {
            true => write!(client, "{tag} NO wrong: {line}\r\n"),
            false => write!(client, "* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n"),
        };
    });
    let pop = serve("+OK ready", |client, line| {
        let _ = if line.starts_with("USER") {
            write!(client, "+OK\r\n")
        } else {
            write!(client, "-ERR what is {line}\r\n")
        };
    });
    for (protocol, port) in [(Protocol::Imap, imap), (Protocol::Pop, pop)] {
        let server = at(dovecot.server(protocol, Security::None, &user), "localhost", port);
        let error = super::refusal(&server, &user, &dovecot.environment());
        assert_eq!(error.problem, MailboxProblem::SignIn, "{error:?}");
        assert!(error.complaint.what.contains("***"), "{}", error.complaint.what);
    }
}

#[test]
fn a_pop_server_without_uidl_is_refused_and_a_repeated_uidl_is_told_apart() {
    let dovecot = Dovecot::shared();
    let user = dovecot.user("uidl");
    let without = serve("+OK ready", |client, line| {
        let _ = match line {
            "CAPA" | "UIDL" => write!(client, "-ERR unknown\r\n"),
            "LIST" => write!(client, "+OK\r\n1 12\r\n.\r\n"),
            _ => write!(client, "+OK\r\n"),
        };
    });
    let server = at(dovecot.server(Protocol::Pop, Security::None, &user), "localhost", without);
    let error = super::refusal(&server, &user, &dovecot.environment());
    assert!(error.complaint.what.contains("no UIDL"), "{error:?}");

    let repeated = serve("+OK ready", |client, line| {
        let _ = match line {
            "CAPA" => write!(client, "-ERR unknown\r\n"),
            "LIST" => write!(client, "+OK\r\n1 12\r\n2 12\r\n3 12\r\n.\r\n"),
            "UIDL" => write!(client, "+OK\r\n1 same\r\n2 same\r\n3 other\r\n.\r\n"),
            retr if retr.starts_with("RETR") => write!(client, "+OK\r\nSubject: {}\r\n.\r\n", &retr[5..]),
            _ => write!(client, "+OK\r\n"),
        };
    });
    let server = at(dovecot.server(Protocol::Pop, Security::None, &user), "localhost", repeated);
    let mut mailbox = open(&server, &user.password(), &dovecot.environment()).unwrap();
    let fetched = fetch_all(mailbox.as_mut());
    let keys: Vec<String> = fetched.iter().map(|(listed, _)| listed.key.to_string()).collect();
    assert_eq!(keys, ["pop:same", "pop:same 2", "pop:other"]);
    assert_eq!(fetched[1].1, Ok(b"Subject: 2\r\n".to_vec()));
}

#[test]
fn a_message_that_only_list_shows_is_fetched_and_has_a_lasting_key() {
    let dovecot = Dovecot::shared();
    let user = dovecot.user("unlisted");
    // The second has no UIDL and the third an empty one, the fourth only a UIDL; TOP is not offered.
    let partial = serve("+OK ready", |client, line| {
        let _ = match line {
            "LIST" => write!(client, "+OK\r\n1 12\r\n2 12\r\n3 12\r\n.\r\n"),
            "UIDL" => write!(client, "+OK\r\n1 first\r\n3 \r\n4 fourth\r\n.\r\n"),
            "RETR 3" => write!(client, "-ERR it is damaged\r\n"),
            retr if retr.starts_with("RETR") => write!(client, "+OK\r\nSubject: {}\r\n.\r\n", &retr[5..]),
            "CAPA" => write!(client, "-ERR unknown\r\n"),
            top if top.starts_with("TOP") => write!(client, "-ERR unknown\r\n"),
            _ => write!(client, "+OK\r\n"),
        };
    });
    let server = at(dovecot.server(Protocol::Pop, Security::None, &user), "localhost", partial);
    let fetched = || fetch_all(open(&server, &user.password(), &dovecot.environment()).unwrap().as_mut());
    let keys: Vec<String> = fetched().iter().map(|(listed, _)| listed.key.to_string()).collect();
    let header = mailgate::domain::message::header_digest(b"Subject: 2\r\n");
    assert_eq!(keys, ["pop:first", &format!("pop:header {header}"), "pop:size 12", "pop:fourth"]);
    let bodies: Vec<_> = fetched().into_iter().map(|(_, body)| body).collect();
    let good = |number: u32| Ok(format!("Subject: {number}\r\n").into_bytes());
    assert!(matches!(bodies[2], Err(Missing::Refused(_))), "{:?}", bodies[2]);
    assert_eq!([&bodies[0], &bodies[1], &bodies[3]], [&good(1), &good(2), &good(4)]);
}
