//! Sixteen clients of an account that only reads ask the worst there is: they are told so in time, and everybody else
//! goes on.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use super::{Site, mail, titles};
use crate::rpc::worst::fill;
use crate::support::account::Account;
use crate::support::app::{Installation, PASSWORD, Serving};
use crate::support::crowd::knock;
use crate::support::postgres;
use crate::support::{Over, wait_for};

const CLIENTS: usize = 16;

#[test]
fn sixteen_clients_that_ask_the_worst_stop_nobody_sqlite() {
    nobody_is_stopped(Installation::new(), String::new());
}

#[test]
fn sixteen_clients_that_ask_the_worst_stop_nobody_postgres() {
    let url = postgres::database();
    nobody_is_stopped(Installation::new().set("DATABASE_URL", &url), url);
}

/// Hundredths of a second that a processor worked for it.
fn processor_ticks(serving: &Serving) -> u64 {
    let words = std::fs::read_to_string(format!("/proc/{}/stat", serving.child.id())).unwrap();
    let words: Vec<&str> = words.rsplit_once(')').unwrap().1.split_whitespace().collect();
    words[11].parse::<u64>().unwrap() + words[12].parse::<u64>().unwrap()
}

/// A domain that takes long on the rows of [`fill`].
fn worst() -> Json {
    let leaves = (0..500).map(|n| json!(["name", "ilike", format!("É{n}_x")]));
    vec![json!("|"); 499].into_iter().chain(leaves).collect()
}

#[test]
fn requests_that_take_long_do_not_make_the_end_a_failure() {
    let site = Site::with(Installation::new().set("QUERY_SECONDS", 60), String::new());
    site.installation.add_user("auditor", "auditor");
    fill(&site.app.store);
    let mut serving = site.installation.serve();
    // Amid a body: one goes, one stays.
    let half = b"POST /jsonrpc HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{";
    let [gone, stays] = [1, 2].map(|from| {
        let mut stream = knock(serving.port, [127, 0, 5, from]);
        stream.write_all(half).unwrap();
        stream
    });
    drop(gone);
    let auditor = Account::sign_in(&serving.url, "mailgate", "auditor", PASSWORD);
    let before = processor_ticks(&serving);
    let asked = std::thread::spawn(move || auditor.refused("res.partner", "search_count", json!([worst()])));
    wait_for("the query", Duration::from_secs(10), || (processor_ticks(&serving) > before + 50).then_some(()));
    assert!(serving.stop(), "it had to be killed");
    assert!(serving.child.wait().unwrap().success(), "{}", serving.output());
    assert!(asked.join().is_err(), "the query was over before the end");
    let output = serving.output();
    assert!(output.contains("requests that did not end in time were cut off"), "{output}");
    assert!(!output.contains("peek buffer"), "{output}");
    drop(stays);
}

fn nobody_is_stopped(installation: Installation, url: String) {
    let site = Site::with(installation.set("QUERY_SECONDS", 2), url);
    for (login, role) in [("admin", "system_admin"), ("auditor", "auditor"), ("officer", "officer")] {
        site.installation.add_user(login, role);
    }
    fill(&site.app.store);
    let maildir = site.add_local("Letters");
    let serving = site.installation.serve();
    let [admin, auditor, officer] =
        ["admin", "auditor", "officer"].map(|login| Account::sign_in(&serving.url, "mailgate", login, PASSWORD));
    let over = AtomicBool::new(false);
    let worst = worst();
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                scope.spawn(|| {
                    let mut told = Vec::new();
                    while !over.load(Ordering::SeqCst) {
                        let start = Instant::now();
                        let words = auditor.refused("res.partner", "search_count", json!([worst]));
                        told.push((start.elapsed(), words));
                    }
                    told
                })
            })
            .collect();
        let attacked = Over(&over);
        let mut longest = Duration::ZERO;
        let mut get = |path: &str| {
            let start = Instant::now();
            let status = ureq::get(format!("{}{path}", serving.url)).call().unwrap().status();
            assert_eq!(status, 200, "{path}");
            longest = longest.max(start.elapsed());
        };
        let end = Instant::now() + Duration::from_secs(8);
        let mut round = 0;
        while Instant::now() < end {
            ["/login", "/readyz", "/healthz", "/metrics"].into_iter().for_each(&mut get);
            if round == 5 {
                (0..10).for_each(|number| std::fs::write(maildir.join(format!("new/{number}")), mail(number)).unwrap());
                admin.call("fetchmail.server", "fetch_mail", json!([[1]]), json!({}));
                assert_eq!(site.records(), titles(10), "mail is fetched meanwhile");
            }
            // Another account's search finds a place.
            let found = officer.call("res.partner", "search_count", json!([[["id", "=", 1]]]), json!({}));
            assert_eq!(found, json!(1));
            round += 1;
        }
        drop(attacked);
        assert!(longest < Duration::from_secs(1), "a page took {longest:?}");
        let told: Vec<_> = clients.into_iter().flat_map(|client| client.join().unwrap()).collect();
        let (slowest, _) = told.iter().max_by_key(|(took, _)| *took).unwrap();
        assert!(*slowest < Duration::from_secs(12), "{slowest:?}");
        let ended = told.iter().filter(|(_, words)| words.contains("psycopg2.errors.QueryCanceled"));
        let busy = told.iter().filter(|(_, words)| words.contains("psycopg2.pool.PoolError"));
        assert_eq!(ended.clone().count() + busy.clone().count(), told.len(), "{told:?}");
        assert!(ended.count() >= 4 && busy.count() >= 4, "{told:?}");
    });
    // All of it is over.
    wait_for("an answer to the account that asked", Duration::from_secs(10), || {
        let found = auditor.call("res.partner", "search_count", json!([[["id", "=", 1]]]), json!({}));
        (found == json!(1)).then_some(())
    });
}
