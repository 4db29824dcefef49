//! Each scripted server of `servers/`, by Test & Confirm and two passes: all mails come and each is acknowledged, but
//! for those that can't be had, which have their row with a reason and are neither told nor deleted.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use chrono::TimeDelta;
use mailgate::background::Stop;
use mailgate::domain::id::ServerId;
use mailgate::domain::ledger::MailState;
use mailgate::domain::person::Caller;
use mailgate::domain::protocol::{Protocol, Security};
use mailgate::domain::secret::Secret;
use mailgate::domain::server::{Access, AfterFetch, Fingerprint256, Host, IncomingServer, Port, ServerState};
use mailgate::fetch::pass;
use mailgate::fetch::passes::Progress;
use mailgate::operations::servers::{self as operations, ServerTested};
use mailgate::store::servers;
use serde_json::Value;

use crate::intake::world::World;
use crate::support::database::Place;

/// Servers that are not served rightly yet.
const NOT_YET: &[&str] = &[];

/// Where so many messages can't be had: the others come, and these have their rows.
const MISSING: &[(&str, usize)] = &[
    // Every answer ends with NO, so nothing shows that any message came whole.
    ("fetch_no_although_given", 3),
    ("fetch_no_for_batch_with_bad_one", 1),
    ("fetch_body_no_for_one", 1),
    ("literal_longer_than_data", 1),
    ("literal_longer_last", 1),
    ("literal_shorter_than_data", 1),
    ("body_nil_for_one", 1),
    ("connection_dies_on_one", 1),
    ("connection_dies_in_one", 1),
    ("listing_refused_for_one", 1),
    ("listing_dies_on_one", 1),
    ("dot_line_not_stuffed", 1),
];

/// Kept and told like the others, and held: there is nothing in them.
const HELD: &[(&str, usize)] = &[("body_quoted", 1)];

/// Where a server takes less than it should be told.
const UNTOLD: &[(&str, usize)] = &[("telling_refused_for_one", 1), ("telling_dies_on_one", 1)];

/// Refused rightly, with words that say why.
const REFUSED: &[(&str, &[&str])] = &[
    ("latin1_in_no_text", &["refused the username or password"]),
    ("no_text_in_utf8", &["refused the username or password"]),
    ("tls_dh_key_1024", &["key"]),
    ("tls_1_0_only", &["TLS"]),
    ("autologout_bye_flood", &["Autologout; idle for too long"]),
    ("wrong_password_once", &["비밀번호가 올바르지 않습니다"]),
    ("password_said_to_be_bad", &["[AUTHENTICATIONFAILED]"]),
    ("bye_while_signing_in", &["Trop de connexions"]),
];

/// A scripted server, ended when dropped.
struct Wild {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    start: Value,
}

impl Wild {
    fn start(name: &str) -> Self {
        let mut child = python().arg(name).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python3 runs");
        let (input, output) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        let mut wild = Self { child, input, output, start: Value::Null };
        wild.start = wild.line();
        wild
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line:?}: {error}"))
    }

    /// What it was told so far.
    fn state(&mut self) -> Value {
        writeln!(self.input.as_mut().unwrap()).unwrap();
        self.line()
    }
}

impl Drop for Wild {
    fn drop(&mut self) {
        self.input = None;
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn python() -> Command {
    let mut python = Command::new("python3");
    python.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wild/servers/serve.py"));
    python
}

/// Names by protocol.
fn names() -> Vec<(Protocol, String)> {
    let listed = python().output().expect("python3 runs");
    let listed = String::from_utf8(listed.stdout).unwrap();
    let one = |line: &str| {
        let (kind, name) = line.split_once(' ').unwrap();
        (if kind == "imap" { Protocol::Imap } else { Protocol::Pop }, name.to_owned())
    };
    listed.lines().map(one).collect()
}

#[test]
fn imap_servers_of_the_wild_are_served() {
    all_hold(Protocol::Imap);
}

#[test]
fn pop_servers_of_the_wild_are_served() {
    all_hold(Protocol::Pop);
}

fn all_hold(protocol: Protocol) {
    let names: Vec<String> = names().into_iter().filter(|(of, _)| *of == protocol).map(|(_, name)| name).collect();
    assert!(names.len() > 10, "{names:?}");
    // Mostly they wait for each other's silence, some for half a minute.
    let next = AtomicUsize::new(0);
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let some: Vec<_> = (0..12).map(|_| scope.spawn(|| wrong_of(protocol, &names, &next))).collect();
        some.into_iter().flat_map(|some| some.join().expect("no server makes it panic")).collect()
    });
    println!("{protocol:?}: {} of {} servers hold", names.len() - wrong.len(), names.len());
    assert!(wrong.is_empty(), "{} of {} servers:\n{}", wrong.len(), names.len(), wrong.join("\n"));
}

/// Those of these servers that are not served rightly, and why; each is taken by one of those who share `next`.
fn wrong_of(protocol: Protocol, names: &[String], next: &AtomicUsize) -> Vec<String> {
    let place = Place::sqlite();
    let world = World::open(&place);
    let mut wrong = Vec::new();
    while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
        let begun = Instant::now();
        let found = differences(&world, protocol, name);
        println!("{name}: {} s", begun.elapsed().as_secs());
        match (found.is_empty(), NOT_YET.contains(&name.as_str())) {
            (true, true) => println!("{name} holds now: take it out of NOT_YET"),
            (false, false) => wrong.push(format!("{name}: {}", found.join("; "))),
            (true, false) | (false, true) => {}
        }
    }
    wrong
}

/// What of a server is not as expected.
fn differences(world: &World, protocol: Protocol, name: &str) -> Vec<String> {
    let mut wild = Wild::start(name);
    let id = configured(world, protocol, name, &wild.start);
    let tested = operations::test(&world.app, &Caller::command_line(), id).unwrap();
    if let Some((_, has)) = REFUSED.iter().find(|(refused, _)| *refused == name) {
        return refused(&tested, has);
    }
    if let Some(stage) = tested.failure() {
        return vec![format!("Test & Confirm: {}: {}", stage.name, stage.in_full())];
    }
    let mut wrong = Vec::new();
    for _ in 0..2 {
        let server = world.app.store.read(|db| servers::get(db, id)).unwrap().unwrap().settings;
        if let Err(error) = pass(world.app.fetcher(), &Arc::new(server), &Stop::default(), &Progress::default()) {
            wrong.push(format!("pass: {error}"));
        }
    }
    wrong.extend(end(world, name, &mut wild));
    // Two scripted servers on one host with one user are one mailbox twice; here each stands for itself.
    operations::set_active(&world.app, &Caller::command_line(), id, false).unwrap();
    wrong
}

fn configured(world: &World, protocol: Protocol, name: &str, start: &Value) -> ServerId {
    let settings = &start["settings"];
    let ssl = settings["ssl"].as_bool().unwrap_or(false);
    let trusted = settings["tls_fingerprint"].as_str().map(|text| Fingerprint256::parse(text).unwrap());
    let server = world.server(protocol, |server: &mut IncomingServer| {
        server.name = name.to_owned();
        server.state = ServerState::Draft;
        server.access = Access::Network {
            protocol,
            host: Host::parse(settings["host"].as_str().unwrap_or("127.0.0.1")).unwrap(),
            port: Port(u16::try_from(start["port"].as_u64().unwrap()).unwrap()),
            security: if ssl { Security::Tls } else { Security::None },
            trusted,
            username: start["user"].as_str().unwrap().to_owned(),
        };
        if let Some(after) = settings["after_fetch"].as_str() {
            server.after_fetch = AfterFetch::from_code(after).unwrap();
        }
        server.move_to = settings["move_to"].as_str().map(str::to_owned);
        server.delete_after_days = 0;
        server.size_limit_mb = 50;
    });
    let password = Secret::new(start["password"].as_str().unwrap());
    let app = &world.app;
    app.store.write(|db| servers::set_password(db, &app.key, server.id, Some(&password))).unwrap();
    server.id
}

fn refused(tested: &ServerTested, has: &[&str]) -> Vec<String> {
    let Some(stage) = tested.failure() else { return vec!["Test & Confirm passes".to_owned()] };
    let words = stage.in_full();
    let missing = has.iter().filter(|part| !words.contains(**part));
    let mut wrong: Vec<String> = missing.map(|part| format!("no “{part}” in: {words}")).collect();
    if words.contains("error:") || words.contains("SSL routines") {
        wrong.push(format!("the words of a library: {words}"));
    }
    wrong
}

/// What the ledger and the server say after the passes.
fn end(world: &World, name: &str, wild: &mut Wild) -> Vec<String> {
    let rows: Vec<_> = world.ledger().into_iter().filter(|line| line.server_name == name).collect();
    let mails = usize::try_from(wild.start["mails"].as_u64().unwrap()).unwrap();
    let of = |list: &[(&str, usize)]| list.iter().find(|(listed, _)| *listed == name).map_or(0, |(_, count)| *count);
    let missing = of(MISSING);
    let state = wild.state();
    let count = |what: &str| state[what].as_array().map_or(0, Vec::len);
    let mut wrong = Vec::new();
    let delivered = rows.iter().filter(|row| row.state == MailState::Delivered).count();
    if (rows.len(), delivered) != (mails, mails - missing - of(HELD)) {
        wrong.push(format!("{} rows, {delivered} delivered, of {mails}", rows.len()));
    }
    for row in rows.iter().filter(|row| row.state != MailState::Delivered) {
        let waits = row.next_attempt.is_some_and(|at| at > mailgate::domain::now() - TimeDelta::minutes(5));
        if row.reason.is_none() || row.state == MailState::Retrying && !waits {
            wrong.push(format!("{:?} {:?} {:?}", row.state, row.reason, row.reason_detail));
        }
    }
    let told = count("seen").max(count("gone")).max(mails - count("left").min(mails));
    let is_told = wild.start["kind"] == "imap" || wild.start["settings"]["after_fetch"] == "delete";
    let to_tell = mails - missing - of(UNTOLD);
    if is_told && told != to_tell {
        wrong.push(format!("{told} told of {to_tell}"));
    }
    if !wrong.is_empty() {
        println!("{name}: the last lines:\n{}", lines(&state["log"]));
    }
    wrong
}

fn lines(log: &Value) -> String {
    let lines: Vec<&str> = log.as_array().map(|all| all.iter().filter_map(Value::as_str).collect()).unwrap_or_default();
    lines[lines.len().saturating_sub(40)..].join("\n")
}
