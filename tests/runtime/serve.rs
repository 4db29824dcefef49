//! `mailgate serve`: fetching by schedule beside servers that hang, its health, and its end.

use std::time::{Duration, Instant};

use mailgate::domain::protocol::{Protocol, Security};
use mailgate::domain::server::{Access, Host, IncomingServer, Port};

use super::{Site, mail, titles};
use crate::support::app::Installation;
use crate::support::dovecot::Dovecot;
use crate::support::fault::silent_server;
use crate::support::wait_for;

/// A confirmed server whose host accepts connections and never says a word.
fn silent() -> IncomingServer {
    let user = Dovecot::shared().user("silent");
    let mut server = Dovecot::shared().server(Protocol::Imap, Security::None, &user);
    let Access::Network { host, port, .. } = &mut server.access else { unreachable!() };
    // Another host than the one that answers: at one host so many work at once.
    (*host, *port) = (Host::parse("127.0.0.1").unwrap(), Port(silent_server()));
    server.priority = 1;
    server
}

#[test]
fn servers_that_hang_delay_no_other_and_not_the_end() {
    let site = Site::with(Installation::new().set("FETCH_WORKERS", 2), String::new());
    for _ in 0..5 {
        site.add(&silent());
    }
    site.add_account("quick", Protocol::Imap).deliver(mail(0).as_bytes());
    let mut serving = site.installation.serve();
    wait_for("the mail of the server that does not hang", Duration::from_secs(25), || {
        (site.records() == titles(1)).then_some(())
    });
    let begun = Instant::now();
    assert!(serving.stop(), "it had to be killed");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert!(serving.child.wait().unwrap().success());
}

#[test]
fn it_says_how_it_is() {
    let site = Site::new();
    site.add_account("metrics", Protocol::Imap).deliver(mail(0).as_bytes());
    let serving = site.installation.serve();
    let get = |path: &str| {
        let mut answer = ureq::get(format!("{}{path}", serving.url)).call().unwrap();
        answer.body_mut().read_to_string().unwrap()
    };
    assert_eq!((get("/healthz").as_str(), get("/readyz").as_str()), ("ok\n", "ready\n"));
    wait_for("the first fetch in the figures", Duration::from_secs(20), || {
        let figures = get("/metrics");
        let shown = |line: &str| figures.lines().any(|shown| shown == line);
        let fetched = shown("mailgate_messages{state=\"delivered\"} 1") && shown("mailgate_servers 1");
        (fetched && figures.contains("mailgate_pass_seconds_count{outcome=\"done\"}")).then_some(())
    });
}

#[test]
fn the_first_start_prints_a_token_for_the_first_administrator() {
    let site = Site::new();
    let serving = site.installation.serve();
    wait_for("the token", Duration::from_secs(5), || serving.output().contains("/setup").then_some(()));
    drop(serving);
    site.installation.add_user("admin", "system_admin");
    let serving = site.installation.serve();
    wait_for("the address", Duration::from_secs(5), || serving.output().contains("Mailgate serves").then_some(()));
    assert!(!serving.output().contains("token"), "{}", serving.output());
}

#[test]
fn files_of_a_page_come_packed_where_the_browser_takes_gzip() {
    let site = Site::new();
    let serving = site.installation.serve();
    let page = ureq::get(format!("{}/login", serving.url)).call().unwrap().body_mut().read_to_string().unwrap();
    let script = page.split('"').find(|part| part.starts_with("/static/") && part.contains("htmx")).expect("htmx");
    let get = |encoding| {
        let request = ureq::get(format!("{}{script}", serving.url)).header("Accept-Encoding", encoding);
        let mut answer = request.call().unwrap();
        let header = answer.headers().get("Content-Encoding").map(|value| value.to_str().unwrap().to_owned());
        (header, answer.body_mut().read_to_vec().unwrap())
    };
    let (none, plain) = get("identity");
    let (gzip, packed) = get("br, gzip");
    assert_eq!((none, gzip.as_deref()), (None, Some("gzip")));
    assert!(packed.starts_with(&[0x1f, 0x8b]) && packed.len() * 2 < plain.len(), "{} of {}", packed.len(), plain.len());
}
