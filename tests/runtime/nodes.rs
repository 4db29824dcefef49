//! Several nodes on one PostgreSQL: each mail once, and a dead node's servers pass on.

use std::time::{Duration, Instant};

use mailgate::domain::protocol::{Protocol, Security};
use mailgate::domain::server::{Access, Port};

use super::{Site, mail, titles};
use crate::support::desk::counts_hold;
use crate::support::dovecot::Dovecot;
use crate::support::fault::{Fault, FaultProxy};
use crate::support::wait_for;
use crate::web::site::Site as Pages;

#[test]
fn two_nodes_fetch_each_mail_once() {
    let (one, other) = Site::two_nodes();
    let users: Vec<_> = (0..3).map(|_| one.add_account("node", Protocol::Imap)).collect();
    (0..60).for_each(|number| users[number % 3].deliver(mail(number).as_bytes()));
    let _serving = (one.installation.serve(), other.installation.serve());
    wait_for("every mail", Duration::from_secs(30), || (one.records().len() >= 60).then_some(()));
    let fetches = [&one, &other].map(|site| site.installation.command(&["fetch"]).spawn().unwrap());
    for mut fetch in fetches {
        assert!(fetch.wait().unwrap().success());
    }
    assert_eq!((one.records(), one.seen()), (titles(60), 60));
    counts_hold(&one.app);
}

#[test]
fn a_dead_nodes_server_passes_on_and_every_node_tells_of_it() {
    let (one, other) = Site::two_nodes();
    let dovecot = Dovecot::shared();
    // The first connection falls silent in the middle of the mail.
    let silent_once = |connection| if connection == 0 { Fault::StallAfter(20_000) } else { Fault::None };
    let proxy = FaultProxy::each(dovecot.imap_port, silent_once);
    let user = dovecot.user("passes-on");
    let mut server = dovecot.server(Protocol::Imap, Security::None, &user);
    let Access::Network { port, .. } = &mut server.access else { unreachable!() };
    *port = Port(proxy.port);
    (0..60).for_each(|number| user.deliver(mail(number).as_bytes()));

    let pages = Pages::with(other.app.config.clone()).peopled();
    let admin = pages.signed_in("admin");
    let id = one.add(&server);
    let mut dying = one.installation.serve();
    let path = format!("/settings/technical/email/incoming/{id}");
    wait_for("another node's page to tell how far the pass is", Duration::from_secs(20), || {
        admin.get(&path).body.contains("of 60").then_some(())
    });
    let nodes = admin.get("/settings/technical/nodes");
    let name = one.installation.data.canonicalize().unwrap();
    nodes.says(&name.display().to_string());
    nodes.says(&format!("href=\"{path}\""));
    nodes.says(env!("CARGO_PKG_VERSION"));

    dying.child.kill().unwrap();
    let died = Instant::now();
    let _serving = other.installation.serve();
    wait_for("every mail", Duration::from_secs(60), || (other.records().len() >= 60).then_some(()));
    assert!(died.elapsed() < Duration::from_secs(30), "taken over after {:?}", died.elapsed());
    assert_eq!((other.records(), other.seen()), (titles(60), 60));
}

/// `MAILGATE_TEST_MAILS` mails (20,000) in `MAILGATE_TEST_MAILBOXES` mailboxes (50), fetched by three nodes of which one is
/// killed and started again every few seconds.
#[test]
#[ignore = "needs a quarter of an hour"]
fn three_nodes_that_are_killed_under_load_lose_and_double_nothing() {
    let number = |name: &str, usual| {
        std::env::var(name).map_or(usual, |said| said.parse().expect("a number of mails or mailboxes"))
    };
    let (mails, mailboxes) = (number("MAILGATE_TEST_MAILS", 20_000), number("MAILGATE_TEST_MAILBOXES", 50));
    let sites = Site::nodes(3);
    let users: Vec<_> = (0..mailboxes).map(|_| sites[0].add_account("crowd", Protocol::Imap)).collect();
    (0..mails).for_each(|number| users[number % mailboxes].deliver(mail(number).as_bytes()));
    let begun = Instant::now();
    let mut serving: Vec<_> = sites.iter().map(|site| Some(site.installation.serve())).collect();
    let (mut kills, mut longest, mut last) = (0, Duration::ZERO, (0, Instant::now()));
    while sites[0].records().len() < mails {
        assert!(
            begun.elapsed() < Duration::from_secs(1_500),
            "{} of {mails} after {kills} kills",
            sites[0].records().len()
        );
        // Each node lives for some seconds, so that each is killed in the middle of its passes.
        std::thread::sleep(Duration::from_millis(2_500));
        let node = kills % sites.len();
        if let Some(mut killed) = serving[node].take() {
            killed.child.kill().unwrap();
            kills += 1;
        }
        serving[node] = Some(sites[node].installation.serve());
        let count = sites[0].records().len();
        if count > last.0 {
            longest = longest.max(last.1.elapsed());
            last = (count, Instant::now());
        }
    }
    println!("{mails} mails in {:?}, {kills} kills; nothing came for {longest:?} at most", begun.elapsed());
    assert!(kills >= 3 && longest < Duration::from_secs(35));
    let mut expected = titles(mails);
    expected.sort();
    let mut found = sites[0].records();
    found.sort();
    assert_eq!((found, sites[0].seen()), (expected, mails as i64));
}
