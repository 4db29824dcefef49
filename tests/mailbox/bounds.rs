//! Connections that break in the middle, lines that are thin, and mailboxes that are larger than memory.

use std::time::{Duration, Instant};

use mailgate::domain::protocol::{Protocol, Security};
use mailgate::domain::server::IncomingServer;
use mailgate::mailbox::{Environment, FetchError, MailboxProblem, SessionLimits, open};

use super::{at, fetch_all, list_all, mail, session};
use crate::support::dovecot::Dovecot;
use crate::support::fault::{Fault, FaultProxy};

fn ports(dovecot: &Dovecot) -> [(Protocol, Security, u16); 4] {
    [
        (Protocol::Imap, Security::None, dovecot.imap_port),
        (Protocol::Imap, Security::Tls, dovecot.imaps_port),
        (Protocol::Pop, Security::None, dovecot.pop_port),
        (Protocol::Pop, Security::Tls, dovecot.pops_port),
    ]
}

#[test]
fn a_cut_in_the_middle_of_a_message_is_made_good_by_a_new_session() {
    let dovecot = Dovecot::shared();
    for (protocol, security, port) in ports(dovecot) {
        let user = dovecot.user("cut");
        let sources: Vec<Vec<u8>> =
            (0..6).map(|n| [mail(&n.to_string()), b"filler\r\n".repeat(4_000)].concat()).collect();
        sources.iter().for_each(|source| user.deliver(source));
        let proxy = FaultProxy::each(port, |number| if number == 0 { Fault::CutAfter(90_000) } else { Fault::None });
        let server = at(dovecot.server(protocol, security, &user), "localhost", proxy.port);
        let fetched = fetch_all(session(&server, &user).as_mut());
        let got: Vec<Vec<u8>> = fetched.into_iter().map(|(_, source)| source.unwrap()).collect();
        assert!(got == sources, "{protocol:?} {security:?}");
        assert_eq!(proxy.connections(), 2);
    }
}

#[test]
fn a_server_that_is_gone_in_the_middle_ends_the_fetch_and_blames_no_message() {
    let dovecot = Dovecot::shared();
    for (protocol, security, port) in ports(dovecot) {
        let user = dovecot.user("gone");
        (0..3).for_each(|n| user.deliver(&[mail(&n.to_string()), b"filler\r\n".repeat(10_000)].concat()));
        // After the first cut nobody answers any more.
        let proxy = FaultProxy::each(port, |number| Fault::CutAfter(if number == 0 { 100_000 } else { 0 }));
        let server = at(dovecot.server(protocol, security, &user), "localhost", proxy.port);
        let mut mailbox = open(&server, &user.password(), &dovecot.environment()).unwrap();
        let listed = list_all(mailbox.as_mut());
        let result = mailbox.fetch(&listed, &mut |_, body| {
            assert!(body.is_ok(), "blamed: {body:?}");
            Ok(())
        });
        let Err(FetchError::Mailbox(error)) = result else { panic!("{result:?}") };
        assert_eq!(error.problem, MailboxProblem::Cut, "{protocol:?} {security:?}: {error:?}");
        assert_eq!(user.messages().len(), 3);
    }
}

#[test]
fn thousands_of_messages_are_surveyed_in_windows() {
    let dovecot = Dovecot::shared();
    let user = dovecot.user("many");
    let count = 12_000;
    let source = mail("one of many");
    // Written at once into place: the server looks only afterwards.
    let first = user.maildir.join("cur").join("1.M00000000.test:2,");
    user.deliver(&source);
    std::fs::rename(std::fs::read_dir(user.maildir.join("new")).unwrap().next().unwrap().unwrap().path(), &first)
        .unwrap();
    (1..count).for_each(|n| {
        std::fs::hard_link(&first, user.maildir.join("cur").join(format!("1.M{n:08}.test:2,"))).unwrap();
    });
    for protocol in [Protocol::Imap, Protocol::Pop] {
        let fetched = fetch_all(session(&dovecot.server(protocol, Security::None, &user), &user).as_mut());
        assert_eq!(fetched.len(), count);
        assert!(fetched.iter().all(|(_, body)| body.as_ref() == Ok(&source)));
    }
}

/// SessionLimits of a second, and enough bytes in each.
fn impatient(dovecot: &Dovecot) -> Environment {
    let second = Duration::from_secs(1);
    let environment = dovecot.environment();
    let limits = SessionLimits { command: second, steady: second, ..environment.limits };
    Environment { limits, ..environment }
}

#[test]
fn what_moves_is_not_cut_and_what_drips_is() {
    let dovecot = Dovecot::shared();
    for (protocol, security, port) in ports(dovecot) {
        let user = dovecot.user("thin");
        let source = [mail("thin"), b"a line of some length for a thin line\r\n".repeat(6_000)].concat();
        user.deliver(&source);
        for (rate, arrives) in [(60_000, true), (600, false)] {
            let life = Duration::from_secs(60);
            // Listing comes at once; the mail itself does not.
            let proxy = FaultProxy::each(port, move |number| match number {
                0 => Fault::None,
                _ => Fault::Thin { rate, life },
            });
            let server = at(dovecot.server(protocol, security, &user), "localhost", proxy.port);
            let mut quick = open(&server, &user.password(), &dovecot.environment()).unwrap();
            let listed = list_all(quick.as_mut());
            quick.close().unwrap();
            let begun = Instant::now();
            let opened = open(&server, &user.password(), &impatient(dovecot));
            let fetched = opened.map_err(FetchError::from).and_then(|mut mailbox| {
                let mut came = None;
                mailbox.fetch(&listed, &mut |_, download| {
                    came = Some(download.map(|download| super::bytes(download.body)));
                    Ok(())
                })?;
                Ok(came.unwrap())
            });
            match arrives {
                true => {
                    assert!(fetched.unwrap().unwrap() == source, "{protocol:?} {security:?}");
                    assert!(begun.elapsed() > Duration::from_secs(3), "many times the time of a command");
                }
                false => assert!(!matches!(fetched, Ok(Ok(_))), "{protocol:?} {security:?}: {fetched:?}"),
            }
        }
    }
}

#[test]
fn all_connections_of_a_server_keep_to_its_limit_together() {
    let dovecot = Dovecot::shared();
    for (protocol, security) in [(Protocol::Imap, Security::None), (Protocol::Pop, Security::Tls)] {
        let user = dovecot.user("limited");
        let source = [mail("limited"), b"filler\r\n".repeat(25_000)].concat();
        user.deliver(&source);
        let limited = IncomingServer { traffic_kb_s: 200, ..dovecot.server(protocol, security, &user) };
        let environment = dovecot.environment();
        let fetch = || {
            let mut mailbox = open(&limited, &user.password(), &environment).unwrap();
            assert!(fetch_all(mailbox.as_mut())[0].1.as_ref().unwrap() == &source);
        };
        let begun = Instant::now();
        std::thread::scope(|scope| {
            // POP lets one session in at a time.
            let beside = (protocol == Protocol::Imap).then(|| scope.spawn(fetch));
            fetch();
            beside.into_iter().for_each(|beside| beside.join().unwrap());
        });
        let least = if protocol == Protocol::Imap { 2_000 } else { 1_000 };
        assert!(begun.elapsed() >= Duration::from_millis(least - 100), "{protocol:?}: {:?}", begun.elapsed());
        assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    }
}
