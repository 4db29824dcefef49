//! Several nodes on one PostgreSQL: each mail once, and a dead node's servers pass on.

use std::time::Duration;

use diesel::prelude::*;
use mailgate::domain::server::{Access, Port, Protocol, Security};
use mailgate::store::StoreError;
use mailgate::store::schema::leases;

use super::{Site, mail, titles};
use crate::support::dovecot::Dovecot;
use crate::support::fault::{Fault, FaultProxy};
use crate::support::wait_for;

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
}

#[test]
fn a_dead_nodes_server_passes_on() {
    let (one, other) = Site::two_nodes();
    let dovecot = Dovecot::shared();
    // The first connection falls silent in the middle of the mail.
    let silent_once = |connection| if connection == 0 { Fault::StallAfter(20_000) } else { Fault::None };
    let proxy = FaultProxy::each(dovecot.imap_port, silent_once);
    let user = dovecot.user("passes-on");
    let mut server = dovecot.server(Protocol::Imap, Security::None, &user);
    let Access::Network { port, .. } = &mut server.access else { unreachable!() };
    *port = Port(proxy.port);
    one.add(&server);
    (0..60).for_each(|number| user.deliver(mail(number).as_bytes()));

    let mut dying = one.installation.command(&["fetch"]).spawn().unwrap();
    wait_for("the first node to hold the lease", Duration::from_secs(20), || {
        let servers = leases::table.filter(leases::name.like("server:%"));
        let held = one.app.store.read(|db| servers.count().get_result::<i64>(db).map_err(StoreError::from));
        (held.unwrap() == 1 && proxy.connections() == 1).then_some(())
    });
    dying.kill().unwrap();
    dying.wait().unwrap();
    let ended = other.run(&["fetch"], "");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!((other.records(), other.seen()), (titles(60), 60));
}
