//! `mailgate fetch`: a line per server, beside others and beside a running `serve`.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use mailgate::domain::now;
use mailgate::domain::oauth::{Application, Authentication};
use mailgate::domain::protocol::{Protocol, Security};
use mailgate::domain::secret::Secret;
use mailgate::domain::server::{Access, IncomingServer, Port, ServerState};
use mailgate::store::sealed::SealedColumn;
use mailgate::store::{server_status, servers};
use serde_json::Value;

use super::{Site, mail, titles};
use crate::support::dovecot::Dovecot;
use crate::support::free_port;

#[test]
fn each_server_has_a_line_and_its_mail_becomes_records() {
    let site = Site::new();
    let imap = site.add_account("imap", Protocol::Imap);
    let pop = site.add_account("pop", Protocol::Pop);
    let maildir = site.add_local("Letters");
    imap.deliver(mail(0).as_bytes());
    imap.deliver(mail(1).as_bytes());
    pop.deliver(mail(2).as_bytes());
    std::fs::write(maildir.join("new/3"), mail(3)).unwrap();
    let ended = site.run(&["fetch"], "");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let mut lines: Vec<&str> = ended.out.lines().collect();
    lines.sort_unstable();
    let line = |name: &str, count| format!("{name}: {count} fetched, {count} delivered, 0 held, 0 ignored, 0 retrying");
    assert_eq!(lines, [line("Letters", 1), line(&imap.name, 2), line(&pop.name, 1)]);
    assert_eq!(site.records(), titles(4));
    let again = site.run(&["fetch", "Letters", "--json"], "");
    let object: Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!((&object["server"], &object["ok"], &object["fetched"]), (&"Letters".into(), &true.into(), &0.into()));
    assert_eq!(object["error"], Value::Null);
}

#[test]
fn a_name_that_nobody_has_or_that_is_not_confirmed_is_refused() {
    let site = Site::new();
    site.add_local("Letters");
    let unknown = site.run(&["fetch", "Lettres"], "");
    assert_eq!(unknown.code, Some(65));
    assert!(unknown.err.contains("“Lettres”") && unknown.err.contains("“Letters”"), "{unknown:?}");
    let user = Dovecot::shared().user("draft");
    let server = Dovecot::shared().server(Protocol::Imap, Security::None, &user);
    site.add(&IncomingServer { state: ServerState::Draft, ..server });
    let draft = site.run(&["fetch", &user.name], "");
    assert_eq!(draft.code, Some(75));
    assert!(draft.err.contains("Test & Confirm"), "{draft:?}");
}

#[test]
fn a_server_that_fails_says_so_and_the_others_are_fetched() {
    let site = Site::new();
    let user = Dovecot::shared().user("away");
    let mut server = Dovecot::shared().server(Protocol::Imap, Security::None, &user);
    let Access::Network { port, .. } = &mut server.access else { unreachable!() };
    *port = Port(free_port());
    server.priority = 1;
    let id = site.add(&server);
    site.add_account("fine", Protocol::Imap).deliver(mail(0).as_bytes());
    let ended = site.run(&["fetch", "--json"], "");
    assert_eq!(ended.code, Some(69), "{ended:?}");
    assert!(ended.err.contains(&user.name), "{ended:?}");
    let failed = ended.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let failed = failed.filter(|object| object["ok"] == false).collect::<Vec<_>>();
    assert_eq!(failed.len(), 1, "{ended:?}");
    assert!(failed[0]["error"].as_str().unwrap().contains("localhost"), "{failed:?}");
    assert_eq!(site.records(), titles(1));
    let status = site.app.store.read(|db| server_status::get(db, id)).unwrap();
    assert_eq!(status.failures, 1);
    assert!(status.last_error.is_some() && status.failing_since.is_some() && status.next_fetch > Some(now()));
}

#[test]
fn three_fetches_at_once_double_nothing() {
    let site = Site::new();
    let user = site.add_account("thrice", Protocol::Imap);
    (0..60).for_each(|number| user.deliver(mail(number).as_bytes()));
    let fetches: Vec<_> = (0..3).map(|_| site.installation.command(&["fetch"]).spawn().unwrap()).collect();
    for mut fetch in fetches {
        assert!(fetch.wait().unwrap().success());
    }
    assert_eq!(site.records(), titles(60));
    assert_eq!(site.seen(), 60);
}

#[test]
fn fetch_and_a_running_serve_get_along() {
    let site = Site::new();
    let user = site.add_account("both", Protocol::Imap);
    let serving = site.installation.serve();
    for round in 0..5 {
        (0..10).for_each(|number| user.deliver(mail(round * 10 + number).as_bytes()));
        let soon = |db: &mut _| {
            let servers = mailgate::store::servers::confirmed(db)?;
            server_status::schedule(db, servers[0].id, now())
        };
        site.app.store.write(soon).unwrap();
        assert_eq!(site.run(&["fetch"], "").code, Some(0));
        assert_eq!(site.records().len(), (round + 1) * 10, "all that was there is delivered when fetch ends");
    }
    drop(serving);
    assert_eq!((site.records(), site.seen()), (titles(50), 50));
}

#[test]
fn tokens_are_asked_for_by_the_proxy_of_the_environment() {
    let site = Site::new();
    let user = Dovecot::shared().user("proxied");
    let mut server = Dovecot::shared().server(Protocol::Imap, Security::None, &user);
    server.authentication = Authentication::OAuth2;
    server.application = Application {
        client_id: "a client".into(),
        token_url: "https://login.example.test/token".into(),
        ..Application::default()
    };
    let id = site.add(&server);
    let secret = Secret::new("a secret");
    let place = SealedColumn::ServerClientSecret;
    site.app.store.write(|db| servers::set_secret(db, &site.app.key, id, place, Some(&secret))).unwrap();
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = proxy.local_addr().unwrap();
    let asked = std::thread::spawn(move || {
        let (mut connection, _) = proxy.accept().unwrap();
        let mut line = String::new();
        BufReader::new(&connection).read_line(&mut line).unwrap();
        connection.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").unwrap();
        line
    });
    let fetch = |proxy: String| {
        let mut command = site.installation.command(&["fetch"]);
        let ended = command.env("HTTPS_PROXY", proxy).output().unwrap();
        String::from_utf8(ended.stderr).unwrap()
    };
    let said = fetch(format!("http://{address}"));
    assert!(said.contains(&address.to_string()) && said.contains("login.example.test"), "{said}");
    assert_eq!(asked.join().unwrap(), "CONNECT login.example.test:443 HTTP/1.1\r\n");
    // One that is no address is said, with its name and not with the password that it may hold.
    let said = fetch("ftp://me:hunter2@proxy".to_owned());
    assert!(said.contains("HTTPS_PROXY") && !said.contains("hunter2"), "{said}");
}
