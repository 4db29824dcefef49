//! Sessions that wait for mail: what is news, what is noise, and how a dead connection is found.

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use mailgate::domain::protocol::{Protocol, Security};
use mailgate::domain::server::IncomingServer;
use mailgate::mailbox::{Environment, Heard, IdleSession, Lost, MailboxProblem, open};

use super::hostile::serve;
use super::{at, list_all, mail};
use crate::support::dovecot::{Dovecot, MailUser};
use crate::support::fault::{Fault, FaultProxy};
use crate::support::wait_for;

const LIMIT: Duration = Duration::from_secs(20);

/// Asks often whether the server is there.
fn environment() -> Environment {
    let mut environment = Dovecot::shared().environment();
    (environment.limits.check, environment.limits.answer) = (Duration::from_millis(400), Duration::from_secs(2));
    environment
}

fn server(user: &MailUser, folders: &str) -> IncomingServer {
    let server = Dovecot::shared().server(Protocol::Imap, Security::Tls, user);
    IncomingServer { folder: folders.into(), ..server }
}

/// A session that has surveyed its folders and waits, once the server announces.
fn waiting(server: &IncomingServer, user: &MailUser) -> IdleSession {
    let mut session = open(server, &user.password(), &environment()).unwrap();
    for folder in server.folders() {
        session.enter(folder).unwrap();
        session.survey().unwrap();
    }
    let (mut idle, news) = session.wait(&server.folders()).unwrap();
    assert!(!news, "nothing has come since the survey");
    wait_for("the server to announce", LIMIT, || listen(&mut idle).unwrap().begun.then_some(()));
    idle
}

/// What it heard until now.
fn listen(idle: &mut IdleSession) -> Result<Heard, Lost> {
    let heard = idle.hear()?;
    idle.tick(Instant::now()).map(|()| heard)
}

fn until_news(idle: &mut IdleSession) {
    wait_for("the server to announce mail", LIMIT, || listen(idle).unwrap().news.then_some(()));
}

/// How the session ends, whatever it hears until then.
fn lost(idle: &mut IdleSession) -> Lost {
    wait_for("the end of the session", LIMIT, || listen(idle).err())
}

#[test]
fn mail_is_announced_and_the_session_goes_on_where_it_was() {
    let user = Dovecot::shared().user("idle");
    user.deliver(&mail("first"));
    let server = server(&user, "INBOX");
    let mut idle = waiting(&server, &user);
    user.deliver(&mail("second"));
    until_news(&mut idle);
    let mut session = idle.end().unwrap();
    assert_eq!(list_all(session.as_mut()).len(), 2);
    // What comes between the survey and the waiting is news at once.
    user.deliver(&mail("third"));
    let (idle, news) = session.wait(&server.folders()).unwrap();
    assert!(news);
    idle.leave();
}

#[test]
fn flags_and_removals_are_no_news() {
    let user = Dovecot::shared().user("noise");
    (0..10).for_each(|number| user.deliver(&mail(&number.to_string())));
    let server = server(&user, "INBOX");
    let mut idle = waiting(&server, &user);
    let mut other = open(&server, &user.password(), &environment()).unwrap();
    let fetched = super::fetch_all(other.as_mut());
    other.acknowledge(&fetched.iter().map(super::seen).collect::<Vec<_>>()).unwrap();
    other.acknowledge(&fetched[..4].iter().map(super::delete).collect::<Vec<_>>()).unwrap();
    // The server was asked several times whether it is there, and has told of all that.
    let end = Instant::now() + Duration::from_secs(3);
    while Instant::now() < end {
        assert!(!listen(&mut idle).unwrap().news, "noise");
        std::thread::sleep(Duration::from_millis(20));
    }
    user.deliver(&mail("news"));
    until_news(&mut idle);
}

#[test]
fn each_of_several_folders_is_watched() {
    let user = Dovecot::shared().user("idle-folders");
    user.create_folder("Appeals &- More");
    let server = server(&user, "Gone\nINBOX\nAppeals & More");
    let mut idle = {
        let mut session =
            open(&IncomingServer { folder: "INBOX".into(), ..server.clone() }, &user.password(), &environment())
                .unwrap();
        for folder in ["INBOX", "Appeals & More"] {
            session.enter(folder).unwrap();
            session.survey().unwrap();
        }
        session.wait(&server.folders()).unwrap().0
    };
    assert!(idle.words().contains("in each of these folders"), "Dovecot has NOTIFY: {}", idle.words());
    user.deliver(&mail("open"));
    until_news(&mut idle);
    user.deliver_to("Appeals &- More", &mail("not open"));
    until_news(&mut idle);
    let mut session = idle.end().unwrap();
    session.enter("Appeals & More").unwrap();
    assert_eq!(list_all(session.as_mut()).len(), 1);
}

#[test]
fn a_connection_that_died_without_a_word_is_found() {
    let user = Dovecot::shared().user("silent");
    let proxy = FaultProxy::each(Dovecot::shared().imaps_port, |_| Fault::None);
    let mut idle = waiting(&at(server(&user, "INBOX"), "localhost", proxy.port), &user);
    proxy.fall_silent(true);
    let begun = Instant::now();
    let Lost::Broken(error) = lost(&mut idle) else { panic!("refused") };
    assert_eq!(error.problem, MailboxProblem::Timeout);
    assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());

    proxy.fall_silent(false);
    let idle = waiting(&at(server(&user, "INBOX"), "localhost", proxy.port), &user);
    proxy.fall_silent(true);
    assert!(idle.end().is_err(), "nor does a pass go on in it");
}

/// An IMAP server that offers IDLE and says `said` to it, where `{tag}` is its tag; three messages are there.
fn scripted(idle: impl Fn(&mut TcpStream, &str) + Send + Sync + Copy + 'static) -> IncomingServer {
    let port = serve("* OK ready", move |client, line| {
        let (tag, command) = line.split_once(' ').unwrap_or((line, ""));
        let untagged = match command {
            "CAPABILITY" => "* CAPABILITY IMAP4rev1 IDLE\r\n",
            "IDLE" => return idle(client, tag),
            _ if line == "DONE" => return,
            _ if command.starts_with("EXAMINE") => "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 4] ok\r\n",
            _ if command.starts_with("STATUS") => "* STATUS X (UIDNEXT 5 MESSAGES 4)\r\n",
            _ => "",
        };
        let _ = write!(client, "{untagged}{tag} OK done\r\n");
    });
    let user = Dovecot::shared().user("scripted");
    at(Dovecot::shared().server(Protocol::Imap, Security::None, &user), "127.0.0.1", port)
}

/// What a session with such a server hears until that ends.
fn heard(server: &IncomingServer) -> (usize, Lost) {
    let user = Dovecot::shared().user("unused");
    let session = open(server, &user.password(), &environment()).unwrap();
    let mut idle = session.wait(&server.folders()).unwrap().0;
    let mut news = 0;
    loop {
        match listen(&mut idle) {
            Ok(heard) => news += usize::from(heard.news),
            Err(lost) => return (news, lost),
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_server_that_refuses_to_announce_says_why() {
    let (news, lost) = heard(&scripted(|client, tag| {
        let _ = write!(client, "{tag} NO [LIMIT] Too many of you\r\n");
    }));
    let Lost::Refused(said) = lost else { panic!("{lost:?}") };
    assert_eq!((news, said.as_str()), (0, "[LIMIT] Too many of you"));
    // One that ends the waiting each time at once is not asked for ever.
    let (_, lost) = heard(&scripted(|client, tag| {
        let _ = write!(client, "+ idling\r\n{tag} OK done\r\n");
    }));
    assert!(matches!(lost, Lost::Refused(_)), "{lost:?}");
}

#[test]
fn what_servers_say_of_removals_and_their_end_is_understood() {
    // As Exchange has it: each removal with the number that is left.
    let (news, lost) = heard(&scripted(|client, _| {
        let _ = write!(
            client,
            "+ idling\r\n* 3 EXPUNGE\r\n* 2 EXISTS\r\n* 1 FETCH (FLAGS (\\Seen))\r\n* OK Still here\r\n\
             * BYE Server shutting down\r\n"
        );
    }));
    let Lost::Broken(error) = lost else { panic!("{lost:?}") };
    assert_eq!((news, error.problem), (0, MailboxProblem::Cut));
    assert!(error.complaint.what.contains("Server shutting down"), "{error}");
    let server = scripted(|client, _| {
        let _ = write!(client, "+ idling\r\n* 3 EXPUNGE\r\n* 3 EXISTS\r\n");
    });
    let user = Dovecot::shared().user("unused");
    let session = open(&server, &user.password(), &environment()).unwrap();
    until_news(&mut session.wait(&server.folders()).unwrap().0);
}

#[test]
fn a_server_that_talks_without_end_is_left() {
    let (_, lost) = heard(&scripted(|client, _| {
        let _ = write!(client, "+ idling\r\n");
        while client.write_all(&b"* 1 FETCH (FLAGS ())\r\n".repeat(1000)).is_ok() {}
    }));
    let Lost::Broken(error) = lost else { panic!("{lost:?}") };
    assert_eq!(error.problem, MailboxProblem::Protocol);
}
