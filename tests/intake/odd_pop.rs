//! POP servers as public reports have them: all mail comes, is told of, and is told of only where it came whole.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use mailgate::background::Stop;
use mailgate::domain::fetching::PassTally;
use mailgate::domain::ledger::{MailState, Reason};
use mailgate::domain::protocol::Protocol;
use mailgate::domain::secret::Secret;
use mailgate::domain::server::{Access, IncomingServer};
use mailgate::fetch::passes::Progress;
use mailgate::fetch::{PassError, pass};
use mailgate::mailbox::MailboxProblem;
use mailgate::mailbox::probe::probe;
use mailgate::store::servers;

use super::world::{World, mail, mail_with};
use crate::support::database::Place;
use crate::support::dovecot::{PASSWORD, quick};
use crate::support::pop_server::{PopServer, Reply, Talk, message, say};

fn mails() -> Vec<Vec<u8>> {
    (1..=3).map(|number| mail(number).into_bytes()).collect()
}

/// A world that knows this server, with the right password.
fn knowing(place: &Place, pop: &PopServer) -> (World, IncomingServer) {
    let world = World::open(place);
    let server = world.server(Protocol::Pop, |server| *server = pop.settings(server.clone()));
    let app = &world.app;
    app.store.write(|db| servers::set_password(db, &app.key, server.id, Some(&Secret::new(PASSWORD)))).unwrap();
    (world, server)
}

fn fetch(world: &World, server: &IncomingServer) -> Result<PassTally, PassError> {
    let mut fetcher = world.app.fetcher().clone();
    fetcher.environment.limits = quick();
    pass(&fetcher, &Arc::new(server.clone()), &Stop::default(), &Progress::default())
}

type Odd = fn(&mut Talk, &str) -> Reply;

/// What each does differently. All of it is harmless.
const HARMLESS: [(&str, Odd); 26] = [
    ("sane", |_, _| Reply::Sane),
    ("UIDL with three blanks", |talk, line| match line {
        "UIDL" => say(&talk.listing(|number| format!("  u{number}"))),
        _ => Reply::Sane,
    }),
    ("UIDL with tabs, LIST with blanks before and more behind", |talk, line| match line {
        "UIDL" => say(&talk.listing(|number| format!("\tu{number} ")).replace(" \t", "\t")),
        "LIST" => say(&talk.listing(|number| format!(" {} octets", talk.size(number))).replace("\r\n1", "\r\n 1")),
        _ => Reply::Sane,
    }),
    ("a blank line first", |talk, line| match line {
        "UIDL" => say(&talk.listing(|number| format!("u{number}")).replacen("\r\n", "\r\n\r\n", 1)),
        _ => Reply::Sane,
    }),
    ("a blank line before each answer", |_, line| match line {
        "CAPA" => say("\r\n-ERR no\r\n"),
        _ if line.starts_with("RETR") => Reply::Sane,
        _ => Reply::Before("\r\n"),
    }),
    ("every line of UIDL twice", |talk, line| match line {
        "UIDL" => say(&talk.listing(|number| format!("u{number}\r\n{number} u{number}"))),
        _ => Reply::Sane,
    }),
    ("+OK twice", |talk, line| match line {
        "USER box" => Reply::Before("+OK send PASS\r\n"),
        "UIDL" => say(&format!("+OK\r\n{}", talk.listing(|number| format!("u{number}")))),
        "CAPA" => say("-ERR no\r\n"),
        _ => Reply::Sane,
    }),
    ("LIST says how many", |talk, line| match line {
        "LIST" => {
            say(&talk.listing(|number| talk.size(number).to_string()).replacen("+OK", "+OK 3 messages (690 octets)", 1))
        }
        _ => Reply::Sane,
    }),
    ("CAPA unknown", |_, line| if line == "CAPA" { say("-ERR unknown command\r\n") } else { Reply::Sane }),
    ("CAPA unknown, and hung up", |_, line| match line {
        "CAPA" => Reply::Close(b"-ERR bad command\r\n".to_vec()),
        _ => Reply::Sane,
    }),
    ("CAPA hangs up without a word", |_, line| if line == "CAPA" { Reply::Close(vec![]) } else { Reply::Sane }),
    ("CAPA empty", |_, line| if line == "CAPA" { say("+OK\r\n.\r\n") } else { Reply::Sane }),
    ("no TOP", |_, line| match line {
        "CAPA" => say("+OK\r\nUIDL\r\nUSER\r\n.\r\n"),
        top if top.starts_with("TOP") => say("-ERR Command TOP is not supported\r\n"),
        _ => Reply::Sane,
    }),
    ("AUTH answered +OK instead of +", |_, line| match line {
        "AUTH PLAIN" => say("+OK\r\n"),
        response if response.len() > 12 && !response.contains(' ') => say("+OK\r\n"),
        _ => Reply::Sane,
    }),
    ("AUTH refused as a command, and hung up", |_, line| match line {
        "AUTH PLAIN" => Reply::Close(b"-ERR unknown\r\n".to_vec()),
        _ => Reply::Sane,
    }),
    ("AUTH in vain: the mechanism is off", |_, line| match line {
        "AUTH PLAIN" => say("-ERR Authentication mechanism disabled\r\n"),
        _ => Reply::Sane,
    }),
    ("USER refused as a command", |_, line| match line {
        "CAPA" => say("+OK\r\nTOP\r\nUIDL\r\n.\r\n"),
        user if user.starts_with("USER") => say("-ERR command USER not supported\r\n"),
        _ => Reply::Sane,
    }),
    ("lower case", |_, line| match line {
        "USER box" | "NOOP" => say("+ok\r\n"),
        "CAPA" => say("+ok\r\ntop\r\nuidl\r\nuser\r\nsasl plain\r\n.\r\n"),
        _ => Reply::Sane,
    }),
    ("LF alone", |talk, line| match line.strip_prefix("RETR ") {
        Some(number) => {
            let answer = message(&talk.mails[number.parse::<usize>().unwrap() - 1], true);
            Reply::Say(String::from_utf8(answer).unwrap().replace("\r\n", "\n").into_bytes())
        }
        None => Reply::Sane,
    }),
    ("no line end before the dot", |talk, line| match line.strip_prefix("RETR ") {
        Some(number) => {
            let mail = &talk.mails[number.parse::<usize>().unwrap() - 1];
            Reply::Say([b"+OK\r\n", mail.strip_suffix(b"\r\n").unwrap(), b".\r\n"].concat())
        }
        None if line == "LIST" => say(&talk.listing(|number| (talk.size(number) - 2).to_string())),
        None => Reply::Sane,
    }),
    ("sizes counted with LF", |talk, line| match line {
        "LIST" => say(&talk.listing(|number| {
            let lines = talk.mails[number - 1].iter().filter(|byte| **byte == b'\n').count();
            (talk.size(number) - lines).to_string()
        })),
        _ => Reply::Sane,
    }),
    ("numbers with gaps", |talk, line| {
        let numbered = |text: String| text.replace("\r\n2 ", "\r\n20 ").replace("\r\n3 ", "\r\n300 ");
        let back = |number: &str| ["1", "20", "300"].iter().position(|n| *n == number).unwrap();
        match line.split_once(' ').unwrap_or((line, "")) {
            ("LIST", _) => say(&numbered(talk.listing(|number| talk.size(number).to_string()))),
            ("UIDL", _) => say(&numbered(talk.listing(|number| format!("u{number}")))),
            (command @ ("RETR" | "DELE" | "TOP"), rest) => {
                let (number, more) = rest.split_once(' ').unwrap_or((rest, ""));
                Reply::To(format!("{command} {} {more}", back(number) + 1))
            }
            _ => Reply::Sane,
        }
    }),
    ("8-bit UIDLs", |talk, line| match line {
        "UIDL" => {
            let mut answer = talk.listing(|number| format!("@{number}")).into_bytes();
            (0xf8u8..).zip(answer.iter_mut().filter(|byte| **byte == b'@')).for_each(|(odd, byte)| *byte = odd);
            Reply::Say(answer)
        }
        _ => Reply::Sane,
    }),
    ("the same UIDL thrice", |talk, line| match line {
        "UIDL" => say(&talk.listing(|_| "same".into())),
        _ => Reply::Sane,
    }),
    ("QUIT hangs up without an answer", |_, line| if line == "QUIT" { Reply::Mute } else { Reply::Sane }),
    ("sizes are unknown", |_, line| if line == "LIST" { say("-ERR not now\r\n") } else { Reply::Sane }),
];

#[test]
fn what_is_only_odd_is_understood() {
    for (what, odd) in HARMLESS {
        let place = Place::sqlite();
        let pop = PopServer::start(mails(), odd);
        let (world, server) = knowing(&place, &pop);
        let report = probe(&server, &Secret::new(PASSWORD), &world.app.fetcher().environment, Duration::from_secs(20));
        assert!(report.passed(), "{what}: {:?}", report.failure());
        assert_eq!(report.folder.unwrap().messages, 3, "{what}");
        fetch(&world, &server).unwrap_or_else(|error| panic!("{what}: {error:?}"));
        assert_eq!(world.ledger().len(), 3, "{what}: {:?}", pop.state().log);
        assert_eq!(world.count(MailState::Delivered), 3, "{what}");
        assert_eq!(pop.left(), Vec::<usize>::new(), "{what}: {:?}", pop.state().log);
        let left = pop.state().log.clone();
        assert_eq!(fetch(&world, &server).unwrap(), PassTally::default(), "{what}: {left:?}");
    }
}

/// A mail with a line of a single dot, which its server does not double, and `behind` that line.
fn dotted(behind: &str) -> Vec<u8> {
    mail_with("Message-ID: <dot@people.example>\r\n", "Dotted", &format!("First half.\r\n.\r\n{behind}")).into_bytes()
}

fn unstuffed(talk: &mut Talk, line: &str) -> Reply {
    match line.strip_prefix("RETR ").and_then(|number| number.parse::<usize>().ok()) {
        Some(number) => Reply::Say(message(&talk.mails[number - 1], false)),
        None => Reply::Sane,
    }
}

fn unstuffed_one_by_one(talk: &mut Talk, line: &str) -> Reply {
    if line == "CAPA" { say("-ERR what\r\n") } else { unstuffed(talk, line) }
}

/// Whatever stands behind the dot, and whether commands are sent one by one or many at once.
#[test]
fn a_message_with_a_bare_dot_is_cut_short_and_stays_on_the_server_while_the_others_come() {
    let behind = [
        "Second half: the names of the four people.",
        "+OK then, here are the names",
        "-ERR is what they said",
        "+OK 3 690",
        "\r\n\r\n",
        "+OK\r\n+OK\r\n+OK",
        "",
    ];
    for odd in [unstuffed as Odd, unstuffed_one_by_one] {
        for place_of_it in 0..3 {
            for behind in if place_of_it == 1 { &behind[..] } else { &behind[..2] } {
                let place = Place::sqlite();
                let mut mails = mails();
                mails[place_of_it] = dotted(behind);
                let pop = PopServer::start(mails, odd);
                let (world, server) = knowing(&place, &pop);
                fetch(&world, &server).unwrap();
                let here = format!("{behind:?} at {place_of_it}: {:?}\n{:#?}", pop.state().log, world.ledger());
                let subjects: Vec<_> = world
                    .ledger()
                    .into_iter()
                    .filter(|line| line.state == MailState::Delivered)
                    .filter_map(|line| line.subject)
                    .collect();
                let others: Vec<String> =
                    (1..=3).filter(|n| n - 1 != place_of_it).map(|n| format!("Grievance {n}")).collect();
                assert_eq!(subjects, others, "{here}");
                assert_eq!(pop.left(), [place_of_it + 1], "{here}");
                let row = world.ledger().into_iter().find(|line| line.state == MailState::Retrying).expect(&here);
                assert_eq!(row.reason, Some(Reason::NotDownloaded), "{here}");
            }
        }
    }
}

#[test]
fn a_server_that_lists_other_sizes_than_it_sends_hands_over_everything() {
    let bigger: Odd = |talk, line| match line {
        "LIST" => say(&talk.listing(|number| (talk.size(number) + 500).to_string())),
        _ => Reply::Sane,
    };
    let smaller: Odd = |talk, line| match line {
        "LIST" => say(&talk.listing(|number| (talk.size(number) / 2).to_string())),
        _ => Reply::Sane,
    };
    for odd in [bigger, smaller] {
        let place = Place::sqlite();
        let pop = PopServer::start(mails(), odd);
        let (world, server) = knowing(&place, &pop);
        fetch(&world, &server).unwrap();
        assert_eq!(world.count(MailState::Delivered), 3, "{:?}", pop.state().log);
    }
}

#[test]
fn a_maildrop_that_is_empty_may_refuse_to_be_listed() {
    let place = Place::sqlite();
    let pop = PopServer::start(Vec::new(), |_, line| match line {
        "LIST" | "UIDL" => say("-ERR no messages\r\n"),
        _ => Reply::Sane,
    });
    let (world, server) = knowing(&place, &pop);
    let report = probe(&server, &Secret::new(PASSWORD), &world.app.fetcher().environment, Duration::from_secs(20));
    assert!(report.passed(), "{:?}", report.failure());
    assert_eq!(fetch(&world, &server).unwrap(), PassTally::default());
}

#[test]
fn a_deletion_counts_only_when_it_is_known() {
    let place = Place::sqlite();
    // The first QUIT is answered by nothing, and nothing is deleted.
    let pop = PopServer::start(mails(), |talk, line| match line {
        "QUIT" if talk.number == 0 => Reply::Close(Vec::new()),
        _ => Reply::Sane,
    });
    let (world, server) = knowing(&place, &pop);
    assert!(fetch(&world, &server).is_err());
    assert_eq!(pop.left(), [1, 2, 3]);
    assert_eq!(fetch(&world, &server).unwrap().fetched, 0);
    assert_eq!((pop.left(), world.records().len()), (vec![], 3));
}

/// Ways to sign in, and how many passwords each server got to see.
#[test]
fn the_next_way_to_sign_in_is_tried_only_where_the_way_was_refused() {
    const STAMP: &str = "+OK ready <1896.697170952@people.example>";
    let only_apop: Odd = |_, line| match line.split(' ').next().unwrap() {
        "CAPA" => say("+OK\r\nUIDL\r\n.\r\n"),
        "AUTH" | "USER" => say("-ERR unknown command\r\n"),
        "APOP" => say("+OK\r\n"),
        _ => Reply::Sane,
    };
    let clear_text_forbidden: Odd = |_, line| match line.split(' ').next().unwrap() {
        "AUTH" | "USER" => {
            say("-ERR [AUTH] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.\r\n")
        }
        "APOP" => say("+OK\r\n"),
        _ => Reply::Sane,
    };
    let only_login: Odd = |_, line| match line {
        "CAPA" => say("+OK\r\nUIDL\r\nSASL LOGIN\r\n.\r\n"),
        "AUTH LOGIN" => say("+ VXNlcm5hbWU6\r\n"),
        "Ym94" => say("+ UGFzc3dvcmQ6\r\n"),
        "c2VjcmV0" => say("+OK\r\n"),
        _ if line.starts_with("USER") => say("-ERR command disabled\r\n"),
        _ => Reply::Sane,
    };
    for (odd, passwords) in [(only_apop, 1), (clear_text_forbidden, 1), (only_login, 0)] {
        let place = Place::sqlite();
        let pop = PopServer::greeting(STAMP, mails(), odd);
        let (world, server) = knowing(&place, &pop);
        fetch(&world, &server).unwrap();
        assert_eq!(world.count(MailState::Delivered), 3, "{:?}", pop.state().log);
        assert_eq!(pop.state().passwords, passwords, "{:?}", pop.state().log);
    }
}

#[test]
fn a_wrong_password_is_sent_once_and_told_as_one_whatever_the_words() {
    let refusals: [&[u8]; 9] = [
        b"-ERR\r\n",
        b"-ERR [AUTH] Authentication failed.\r\n",
        b"-ERR Logon failure: unknown user name or bad password.\r\n",
        b"-ERR Identifiant ou mot de passe erron\xe9\r\n",
        "-ERR Benutzername oder Kennwort ungültig\r\n".as_bytes(),
        b"-ERR \xd3\xc3\xbb\xa7\xc3\xfb\xbb\xf2\xc3\xdc\xc2\xeb\xb4\xed\xce\xf3\r\n",
        b"+ERR no\r\n",
        b"-ERR INVALID LOGIN\r\n",
        b"-ERR account disabled\r\n",
    ];
    for capabilities in ["+OK\r\nUIDL\r\nUSER\r\nSASL PLAIN LOGIN\r\n.\r\n", "-ERR unknown\r\n"] {
        for refusal in refusals {
            let place = Place::sqlite();
            let pop = PopServer::greeting("+OK <1.2@people.example>", mails(), move |_, line| match line {
                "CAPA" => say(capabilities),
                "AUTH PLAIN" => Reply::Sane,
                _ if line.starts_with("USER") => Reply::Sane,
                "QUIT" => Reply::Sane,
                _ => Reply::Say(refusal.to_vec()),
            });
            let (world, server) = knowing(&place, &pop);
            let report =
                probe(&server, &Secret::new("wrong"), &world.app.fetcher().environment, Duration::from_secs(20));
            let failure = report.failure().unwrap();
            let here = format!("{}: {failure:?}", String::from_utf8_lossy(refusal));
            assert_eq!((failure.name.code(), report.problem), ("sign_in", Some(MailboxProblem::SignIn)), "{here}");
            assert!(failure.complaint.remedy.contains("refused the username or password"), "{here}");
            assert!(!failure.words().contains('\u{fffd}'), "{here}");
            let log = pop.state().log.clone();
            let tries = log.iter().filter(|line| ["PASS", "(resp", "APOP"].iter().any(|sign| line.starts_with(sign)));
            assert_eq!(tries.count(), 1, "{here}: {log:?}");
        }
    }
}

#[test]
fn a_refusal_that_passes_is_not_blamed_on_the_password() {
    for refusal in
        ["-ERR [IN-USE] busy", "-ERR [sys/temp] later", "-ERR [LOGIN-DELAY] wait", "+ERR Server error: Failed"]
    {
        let place = Place::sqlite();
        let pop = PopServer::start(mails(), move |_, line| match line {
            "CAPA" => say("-ERR unknown\r\n"),
            _ if line.starts_with("PASS") => say(&format!("{refusal}\r\n")),
            _ => Reply::Sane,
        });
        let (world, server) = knowing(&place, &pop);
        let report = probe(&server, &Secret::new(PASSWORD), &world.app.fetcher().environment, Duration::from_secs(20));
        let failure = report.failure().unwrap();
        assert_eq!(report.problem, Some(MailboxProblem::Busy), "{failure:?}");
        assert!(failure.complaint.remedy.contains("The password is not the reason"), "{failure:?}");
        assert_eq!(pop.state().passwords, 1);
    }
}

#[test]
fn names_and_passwords_have_any_character() {
    for (capabilities, name, password) in
        [("-ERR\r\n", "böx ø", " pä ss\"wörd\\ "), ("+OK\r\nSASL PLAIN\r\n.\r\n", "böx", "two\r\nlines")]
    {
        let place = Place::sqlite();
        let pop = PopServer::start(mails(), move |_, line| match line {
            "CAPA" => say(capabilities),
            "USER böx ø" | "PASS  pä ss\"wörd\\ " => say("+OK\r\n"),
            _ if line == base64::engine::general_purpose::STANDARD.encode("\0böx\0two\r\nlines") => say("+OK\r\n"),
            _ if line.starts_with("PASS") || line.starts_with("USER") => say("-ERR wrong\r\n"),
            _ => Reply::Sane,
        });
        let (world, mut server) = knowing(&place, &pop);
        if let Access::Network { username, .. } = &mut server.access {
            *username = name.to_owned();
        }
        let report = probe(&server, &Secret::new(password), &world.app.fetcher().environment, Duration::from_secs(20));
        assert!(report.passed(), "{:?} {:?}", report.failure(), pop.state().log);
    }
}

#[test]
fn one_message_that_is_refused_stops_no_other() {
    let place = Place::sqlite();
    let pop = PopServer::start(mails(), |_, line| match line {
        "RETR 1" => say("-ERR [SYS/TEMP] damaged\r\n"),
        "DELE 2" => say("-ERR not this one\r\n"),
        _ => Reply::Sane,
    });
    let (world, server) = knowing(&place, &pop);
    let _ = fetch(&world, &server);
    assert_eq!((world.count(MailState::Delivered), world.count(MailState::Retrying)), (2, 1));
    assert_eq!(pop.left(), [1, 2], "{:?}", pop.state().log);
}
