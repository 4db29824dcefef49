//! Mail that its server announces: a record at once, whatever becomes of the connection; and polling below it.

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use mailgate::domain::id::ServerId;
use mailgate::domain::now;
use mailgate::domain::protocol::{Protocol, Security};
use mailgate::domain::server::{Access, Host, IncomingServer, Port};
use mailgate::store::server_status::{self, ServerStatus};
use mailgate::store::{StoreError, servers};

use super::{Site, mail, title, titles};
use crate::mailbox::hostile::serve;
use crate::support::dovecot::{Dovecot, MailUser};
use crate::support::fault::{Fault, FaultProxy};
use crate::support::wait_for;

const LIMIT: Duration = Duration::from_secs(30);

impl Site {
    fn status(&self, server: ServerId) -> ServerStatus {
        self.app.store.read(|db| server_status::get(db, server)).unwrap()
    }

    fn announced(&self, server: ServerId) {
        wait_for("its mail to be announced", LIMIT, || self.status(server).announced_since);
    }

    fn record(&self, number: usize) {
        wait_for("the record", LIMIT, || self.records().contains(&title(number)).then_some(()));
    }

    /// Confirmed just now: the first fetch is due in five minutes.
    fn confirm(&self, server: ServerId) {
        let next = now() + TimeDelta::minutes(5);
        self.app.store.write(|db| server_status::confirm(db, server, next, None)).unwrap();
    }

    fn change(&self, server: ServerId, change: impl FnOnce(&mut IncomingServer)) {
        self.app
            .store
            .write(|db| {
                let stored = servers::get(db, server)?.unwrap();
                let mut settings = stored.settings;
                change(&mut settings);
                assert!(servers::update(db, &settings, stored.version)?);
                Ok::<_, StoreError>(())
            })
            .unwrap();
    }
}

fn behind(proxy: &FaultProxy, user: &MailUser) -> IncomingServer {
    at(Dovecot::shared().server(Protocol::Imap, Security::None, user), "localhost", proxy.port)
}

fn at(mut server: IncomingServer, name: &str, new: u16) -> IncomingServer {
    let Access::Network { host, port, .. } = &mut server.access else { unreachable!() };
    (*host, *port) = (Host::parse(name).unwrap(), Port(new));
    server
}

/// `number` mails, each to another mailbox, while they are announced: the longest time until its record was there.
fn slowest(site: &Site, users: &[MailUser], first: usize) -> Duration {
    let times = users.iter().enumerate().map(|(index, user)| {
        let begun = Instant::now();
        user.deliver(mail(first + index).as_bytes());
        site.record(first + index);
        begun.elapsed()
    });
    times.max().unwrap_or_default()
}

#[test]
fn mail_of_many_mailboxes_is_a_record_at_once() {
    let site = Site::new();
    let users: Vec<_> = (0..12).map(|_| Dovecot::shared().user("push")).collect();
    let ids: Vec<_> =
        users.iter().map(|user| site.add(&Dovecot::shared().server(Protocol::Imap, Security::Tls, user))).collect();
    let mut serving = site.installation.serve();
    ids.iter().for_each(|id| site.announced(*id));
    // One after the other, and all at the same time.
    let slowest = slowest(&site, &users, 0);
    assert!(slowest < Duration::from_secs(60), "{slowest:?}: nothing is polled for five minutes");
    users.iter().enumerate().for_each(|(number, user)| user.deliver(mail(12 + number).as_bytes()));
    wait_for("every mail", LIMIT, || (site.records().len() >= 24).then_some(()));
    assert_eq!((site.records(), site.seen()), (titles(24), 24));
    // A mail server is told after the record is there.
    wait_for("every mail is marked as read", LIMIT, || {
        users.iter().all(|user| user.flags() == ["S", "S"]).then_some(())
    });
    // Each waits again once its pass is over.
    wait_for("twelve that wait again", LIMIT, || {
        let metrics =
            ureq::get(&format!("{}/metrics", serving.url)).call().unwrap().body_mut().read_to_string().unwrap();
        metrics.contains("mailgate_waiting_sessions 12").then_some(())
    });
    assert!(serving.stop());
    assert_eq!(site.status(ids[0]).announced_since, None, "nobody listens any more");
}

#[test]
fn confirming_fetches_nothing_and_what_comes_then_is_announced() {
    let site = Site::new();
    let user = Dovecot::shared().user("push-confirmed");
    user.deliver(mail(0).as_bytes());
    let id = site.add(&Dovecot::shared().server(Protocol::Imap, Security::Tls, &user));
    site.confirm(id);
    let _serving = site.installation.serve();
    site.announced(id);
    assert_eq!((site.seen(), site.status(id).last_fetch), (0, None));
    user.deliver(mail(1).as_bytes());
    site.record(1);
    assert_eq!(site.records(), titles(2));
}

#[test]
fn after_a_broken_connection_what_came_meanwhile_is_fetched() {
    let site = Site::new();
    let user = Dovecot::shared().user("push-broken");
    let proxy = FaultProxy::each(Dovecot::shared().imap_port, |_| Fault::None);
    let id = site.add(&behind(&proxy, &user));
    let _serving = site.installation.serve();
    site.announced(id);
    proxy.hang_up();
    user.deliver(mail(0).as_bytes());
    site.record(0);
    site.announced(id);
    // Through the server's restart nothing is counted as a failure that is none of fetching.
    assert_eq!(site.status(id).failures, 0);
    user.deliver(mail(1).as_bytes());
    site.record(1);
}

#[test]
fn who_stops_or_changes_a_server_ends_its_connection() {
    let site = Site::new();
    let proxy = FaultProxy::each(Dovecot::shared().imap_port, |_| Fault::None);
    let ids: Vec<_> = (0..4)
        .map(|_| {
            let id = site.add(&behind(&proxy, &Dovecot::shared().user("push-ends")));
            site.confirm(id);
            id
        })
        .collect();
    let mut serving = site.installation.serve();
    ids.iter().for_each(|id| site.announced(*id));
    let open = |count: usize| wait_for("connections to end", LIMIT, || (proxy.open() == count).then_some(()));
    open(4);
    site.change(ids[0], |server| server.push = false);
    open(3);
    let said = || site.status(ids[0]).arrivals;
    wait_for("nothing to be said of it", LIMIT, || said().is_none().then_some(()));
    site.change(ids[1], |server| server.active = false);
    open(2);
    site.app.store.write(|db| servers::delete(db, ids[2])).unwrap();
    open(1);
    let before = proxy.connections();
    site.change(ids[3], |server| server.folder = "INBOX\nDrafts".into());
    wait_for("another connection", LIMIT, || (proxy.connections() > before).then_some(()));
    open(1);
    let begun = Instant::now();
    assert!(serving.stop());
    open(0);
    assert!(begun.elapsed() < Duration::from_secs(10));
}

/// An IMAP server that offers IDLE and does not do it.
fn refuses() -> u16 {
    serve("* OK ready", |client: &mut TcpStream, line| {
        let (tag, command) = line.split_once(' ').unwrap_or((line, ""));
        let untagged = match command {
            "CAPABILITY" => "* CAPABILITY IMAP4rev1 IDLE\r\n",
            _ if command.starts_with("EXAMINE") => "* 0 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 1] ok\r\n",
            "IDLE" => {
                let _ = write!(client, "{tag} NO [UNAVAILABLE] Too many connections\r\n");
                return;
            }
            _ => "",
        };
        let _ = write!(client, "{untagged}{tag} OK done\r\n");
    })
}

#[test]
fn where_a_server_does_not_announce_it_is_polled_and_says_why() {
    let site = Site::new();
    let user = Dovecot::shared().user("push-refused");
    let id = site.add(&at(Dovecot::shared().server(Protocol::Imap, Security::None, &user), "127.0.0.1", refuses()));
    let pop = site.add(&Dovecot::shared().server(Protocol::Pop, Security::None, &user));
    let _serving = site.installation.serve();
    let said = wait_for("the reason", LIMIT, || site.status(id).arrivals);
    assert!(said.contains("[UNAVAILABLE] Too many connections"), "{said}");
    let status = wait_for("a pass", LIMIT, || Some(site.status(id)).filter(|status| status.last_fetch.is_some()));
    assert_eq!((status.announced_since, status.failures), (None, 0));
    user.deliver(mail(0).as_bytes());
    site.app.store.write(|db| server_status::schedule(db, pop, now())).unwrap();
    site.record(0);
    assert_eq!(site.status(pop).arrivals, None);
}

#[test]
fn one_of_several_nodes_listens_and_another_takes_over() {
    let (one, other) = Site::two_nodes();
    let proxy = FaultProxy::each(Dovecot::shared().imap_port, |_| Fault::None);
    let user = Dovecot::shared().user("push-nodes");
    let id = one.add(&behind(&proxy, &user));
    let mut first = one.installation.serve();
    one.announced(id);
    let _second = other.installation.serve();
    user.deliver(mail(0).as_bytes());
    one.record(0);
    assert!(first.stop());
    wait_for("the other node to listen", LIMIT, || one.status(id).announced_since);
    user.deliver(mail(1).as_bytes());
    one.record(1);
    assert_eq!((one.records(), one.seen(), proxy.open()), (titles(2), 2, 1));
}
