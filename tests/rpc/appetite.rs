//! What calls may take of memory and of time, however many ask at once: against a server of its own, whose most ever
//! taken (`VmHWM`) tells.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::hostile::{call, object_of, param, post, send};
use crate::support::Over;
use crate::support::app::{Installation, PASSWORD, Serving};

/// Users by their order: an officer, who may hand mail over, and an auditor, who may only read.
const OFFICER: u32 = 1;
const AUDITOR: u32 = 2;

fn installation() -> (Installation, Serving) {
    let installation = Installation::new().with_user("officer", "officer").with_user("auditor", "auditor");
    let serving = installation.serve();
    (installation, serving)
}

/// The most megabytes that the server ever took.
fn peak(serving: &Serving) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", serving.child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

fn json(user: u32, password: &str, model: &str, method: &str, rest: &str) -> Vec<u8> {
    format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":1,\"params\":{{\"service\":\"object\",\"method\":\"execute\",\"args\":[\"mailgate\",\
         {user},\"{password}\",\"{model}\",\"{method}\",{rest}]}}}}"
    )
    .into_bytes()
}

/// What takes a hundred times its size where it is built.
fn structs(megabytes: usize) -> String {
    format!("[{}0]", "{\"\":0},".repeat(megabytes * 1_000_000 / 7))
}

fn version(args: &str) -> Vec<u8> {
    format!("{{\"params\":{{\"service\":\"common\",\"method\":\"version\",\"args\":{args}}}}}").into_bytes()
}

/// A mail with a file of so many bytes, as an MTA's script hands it over.
fn mail(bytes: usize, number: usize) -> Vec<u8> {
    let file = BASE64.encode(vec![7; bytes]);
    let lines: String =
        file.as_bytes().chunks(76).map(|line| format!("{}\r\n", String::from_utf8_lossy(line))).collect();
    let mail = format!(
        "From: a@b.example\r\nTo: c@d.example\r\nSubject: Big {number}\r\nMessage-ID: <{number}@b.example>\r\n\
         MIME-Version: 1.0\r\nContent-Type: application/octet-stream; name=big.bin\r\nContent-Disposition: attachment; \
         filename=big.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n{lines}"
    );
    let arguments = format!("<value>spp.grm.ticket</value><value><base64>{}</base64></value>", BASE64.encode(mail));
    object_of(OFFICER, PASSWORD, "mail.thread", "message_process", &arguments).into_bytes()
}

fn is_taken(answer: &(u16, String)) -> bool {
    answer.0 == 200 && answer.1.contains("<i4>")
}

/// Files of 10 MB on records, of whose contents an answer can be made.
fn attach(serving: &Serving, count: usize) {
    let file = BASE64.encode(vec![7; 10_000_000]);
    let values = format!(
        "<value><struct><member><name>name</name><value>x.bin</value></member><member><name>datas</name><value><string>\
         {file}</string></value></member></struct></value>"
    );
    let body = object_of(OFFICER, PASSWORD, "ir.attachment", "create", &values);
    for _ in 0..count {
        assert!(is_taken(&post(serving, "/xmlrpc/2/object", body.as_bytes())));
    }
}

fn read_files(ids: &str) -> Vec<u8> {
    json(AUDITOR, PASSWORD, "ir.attachment", "read", &format!("[{ids}],[\"datas\"]"))
}

#[test]
fn sixteen_hostile_clients_at_once_leave_room_for_mail_and_for_the_machine() {
    let (_installation, serving) = installation();
    attach(&serving, 6);
    let before = peak(&serving);
    let list = "<value><int>0</int></value>".repeat(25_000_000 / 27);
    let shapes: [(&str, Vec<u8>); 6] = [
        ("/jsonrpc", version(&structs(25))),
        ("/xmlrpc/2/common", call(&param(&format!("<array><data>{list}</data></array>"))).into_bytes()),
        ("/jsonrpc", json(AUDITOR, PASSWORD, "res.partner", "search", &structs(6))),
        ("/jsonrpc", json(AUDITOR, "wrong", "res.partner", "search", &structs(25))),
        ("/jsonrpc", read_files("1,2,3,4,5,6")),
        ("/jsonrpc", read_files("1,2,3,4,5")),
    ];
    let (done, sent) = (AtomicBool::new(false), AtomicUsize::new(0));
    let mails = [mail(25_000_000, 1), mail(25_000_000, 2)];
    std::thread::scope(|threads| {
        for client in 0..16 {
            let (shapes, done, sent, serving) = (&shapes, &done, &sent, &serving);
            threads.spawn(move || {
                let mut turn = client;
                while !done.load(Ordering::Relaxed) {
                    let (path, body) = &shapes[turn % shapes.len()];
                    let _ = std::panic::catch_unwind(|| post(serving, path, body));
                    sent.fetch_add(1, Ordering::Relaxed);
                    turn += 1;
                }
            });
        }
        let attacked = Over(&done);
        for mail in &mails {
            let begun = Instant::now();
            let answer = post(&serving, "/xmlrpc/2/object", mail);
            eprintln!("a mail of 25 MB within {:?}, {} MB at most", begun.elapsed(), peak(&serving));
            assert!(is_taken(&answer), "{answer:?}");
        }
        drop(attacked);
    });
    let (after, sent) = (peak(&serving), sent.load(Ordering::Relaxed));
    eprintln!("{before} MB before, {after} MB at most, {sent} hostile calls");
    assert!(after < 400, "{after} MB, from {before}");
    assert!(post(&serving, "/jsonrpc", &version("[]")).1.contains("server_version"));
}

#[test]
fn who_is_nobody_gets_no_further_than_the_first_64_kb() {
    let (_installation, serving) = installation();
    let before = peak(&serving);
    let long = "x".repeat(25_000_000);
    let cut = |body: Vec<u8>| body[..body.len() - 2].to_vec();
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("/jsonrpc", version(&structs(25)), "413"),
        ("/jsonrpc", version(&format!("[\"{long}\"]")), "413"),
        ("/jsonrpc", version(&"[".repeat(1_000_000)), "413"),
        ("/jsonrpc", format!("{{\"id\":\"{long}\"}}").into_bytes(), "413"),
        ("/jsonrpc", " ".repeat(25_000_000).into_bytes(), "413"),
        ("/jsonrpc", vec![0xff; 25_000_000], "413"),
        ("/jsonrpc", json(OFFICER, &long, "res.partner", "search", "[]"), "413"),
        (
            "/jsonrpc",
            json(OFFICER, "wrong", "mail.thread", "message_process", &format!("0,\"{long}\"")),
            "Access Denied",
        ),
        ("/jsonrpc", json(999, PASSWORD, "res.partner", "search", &structs(25)), "Access Denied"),
        ("/jsonrpc", cut(json(OFFICER, PASSWORD, "res.partner", "search", &structs(5))), "no JSON"),
        ("/web/session/authenticate", format!("{{\"params\":{{\"login\":\"{long}\"}}}}").into_bytes(), "413"),
        ("/web/session/destroy", format!("{{\"id\":\"{long}\"}}").into_bytes(), "413"),
        ("/web/webclient/version_info", structs(25).into_bytes(), "413"),
        ("/web/dataset/call_kw", format!("{{\"params\":{}}}", structs(25)).into_bytes(), "413"),
        ("/xmlrpc/2/common", call(&param(&long)).into_bytes(), "413"),
        ("/xmlrpc/2/db", call(&param(&long)).into_bytes(), "413"),
        ("/xmlrpc/common", call(&param(&long)).into_bytes(), "413"),
        ("/xmlrpc/2/object", call(&param(&long)).into_bytes(), "413"),
        ("/xmlrpc/2/object", object_of(OFFICER, "wrong", "res.partner", "search", &long).into_bytes(), "Access Denied"),
    ];
    for (path, body, words) in cases {
        let start = String::from_utf8_lossy(&body[..150.min(body.len())]).into_owned();
        let begun = Instant::now();
        let (status, answer) = post(&serving, path, &body);
        let told = if status == 200 { answer.as_str() } else { &status.to_string() };
        assert!(told.contains(words), "{path} {start}: {status} {answer}");
        assert!(begun.elapsed() < Duration::from_secs(10), "{path} {start}: {:?}", begun.elapsed());
    }
    let after = peak(&serving);
    assert!(after < before + 60, "from {before} to {after} MB");
}

#[test]
fn what_a_known_caller_sends_and_asks_is_bounded_too() {
    let (_installation, serving) = installation();
    attach(&serving, 6);
    let too_much = [
        (json(AUDITOR, PASSWORD, "res.partner", "search", &structs(3)), "48 MB"),
        (json(AUDITOR, PASSWORD, "res.partner", "search", &format!("[{}0]", "0,".repeat(2_000_001))), "elements"),
        (json(AUDITOR, PASSWORD, "res.partner", "search", &"[".repeat(10_000_000)), "deeper"),
        (read_files("1,2,3,4,5,6"), "72 MB"),
        (read_files(&["1"; 1_000].join(",")), "72 MB"),
    ];
    for (body, words) in too_much {
        let (status, answer) = post(&serving, "/jsonrpc", &body);
        assert!(status == 200 && answer.contains(words), "{status} {}", &answer[..answer.len().min(500)]);
    }
    let nested = format!("{}{}", "<value><struct><member><name>a</name>".repeat(100_000), "x");
    let body = object_of(AUDITOR, PASSWORD, "res.partner", "search", &nested);
    assert!(post(&serving, "/xmlrpc/2/object", body.as_bytes()).1.contains("deeper"));
    let empty = object_of(AUDITOR, PASSWORD, "res.partner", "search", &"<value><struct/></value>".repeat(500_000));
    assert!(post(&serving, "/xmlrpc/2/object", empty.as_bytes()).1.contains("48 MB"));
    // What is quoted of a wrong value is no longer than anybody reads.
    let wrong =
        json(AUDITOR, PASSWORD, "res.partner", "search", &format!("[[\"name\",\"{}\",1]]", "o".repeat(10_000_000)));
    let (_, answer) = post(&serving, "/jsonrpc", &wrong);
    assert!(answer.contains("error") && answer.len() < 30_000, "{} bytes", answer.len());
    let (_, answer) = post(&serving, "/jsonrpc", &read_files("1,2,3,4,5"));
    assert!(answer.len() > 66_000_000 && answer.contains("\"result\""), "{}", answer.len());
    let peak = peak(&serving);
    assert!(peak < 300, "{peak} MB");
}

/// Begins a body of which `length` bytes are announced, and leaves it at that.
fn begin(serving: &Serving, path: &str, body: &[u8], length: usize) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", serving.port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    stream
}

#[test]
fn bodies_that_do_not_come_hold_no_call_up_and_end() {
    let (_installation, serving) = installation();
    let beginning = |body: Vec<u8>| body[..100_000].to_vec();
    let padding = "x".repeat(200_000);
    let hand_over = |user: u32, password: &str| {
        beginning(json(user, password, "mail.thread", "message_process", &format!("0,\"{padding}\"")))
    };
    let begun = Instant::now();
    let slow = [
        // As much as there is memory for large calls; the next three would like that of mail.
        begin(
            &serving,
            "/jsonrpc",
            &beginning(json(AUDITOR, PASSWORD, "res.partner", "search", &format!("\"{padding}\""))),
            60_000_000,
        ),
        begin(&serving, "/jsonrpc", &hand_over(AUDITOR, PASSWORD), 60_000_000),
        begin(&serving, "/jsonrpc", &hand_over(OFFICER, "wrong"), 60_000_000),
        begin(&serving, "/jsonrpc", &beginning(version(&format!("[\"{padding}\"]"))), 60_000_000),
    ];
    let answer = post(&serving, "/xmlrpc/2/object", &mail(2_000_000, 1));
    assert!(is_taken(&answer), "{answer:?}");
    assert!(post(&serving, "/jsonrpc", &version("[]")).1.contains("server_version"));
    let few = json(AUDITOR, PASSWORD, "res.partner", "search", "[]");
    assert!(post(&serving, "/jsonrpc", &few).1.contains("\"result\""));
    let large = json(AUDITOR, PASSWORD, "res.partner", "search", &format!("[[\"name\",\"=\",\"{padding}\"]]"));
    assert!(post(&serving, "/jsonrpc", &large).1.contains("\"result\""));
    assert!(begun.elapsed() < Duration::from_secs(12), "{:?}", begun.elapsed());
    let mut ends: Vec<String> = slow
        .into_iter()
        .map(|mut stream| {
            let mut answer = String::new();
            let _ = stream.read_to_string(&mut answer);
            answer.split(' ').nth(1).unwrap_or_default().to_owned()
        })
        .collect();
    ends.sort();
    assert_eq!(ends, ["200", "408", "408", "413"], "the auditor's two did not come");
    assert!(begun.elapsed() < Duration::from_secs(45), "{:?}", begun.elapsed());
}

#[test]
fn a_body_without_a_length_is_read_and_a_shorter_one_than_announced_is_none() {
    let (_installation, serving) = installation();
    let body =
        json(AUDITOR, PASSWORD, "res.partner", "search", &format!("[[\"name\",\"=\",\"{}\"]]", "x".repeat(500_000)));
    let mut stream = TcpStream::connect(("127.0.0.1", serving.port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
        .write_all(b"POST /jsonrpc HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n")
        .unwrap();
    for part in body.chunks(10_000) {
        stream.write_all(format!("{:x}\r\n", part.len()).as_bytes()).unwrap();
        stream.write_all(part).unwrap();
        stream.write_all(b"\r\n").unwrap();
    }
    stream.write_all(b"0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("\"result\":[]}"), "{answer}");

    let cut = begin(&serving, "/jsonrpc", &body[..200_000], body.len());
    cut.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    let _ = { cut }.read_to_string(&mut answer);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
    let (status, _) = send(&serving, "/jsonrpc", &body, body.len());
    assert_eq!(status, 200);
}

#[test]
fn members_in_any_order_are_read_alike() {
    let (_installation, serving) = installation();
    let long = "x".repeat(200_000);
    let args =
        format!("[\"mailgate\",{AUDITOR},\"{PASSWORD}\",\"res.partner\",\"search\",[[[\"name\",\"=\",\"{long}\"]]]]");
    let sorted =
        format!("{{\"id\":5,\"params\":{{\"args\":{args},\"method\":\"execute_kw\",\"service\":\"object\"}}}}");
    let (status, answer) = post(&serving, "/jsonrpc", sorted.as_bytes());
    assert!(status == 200 && answer.contains("\"result\":[]") && answer.contains("\"id\":5"), "{answer}");
    let other = sorted.replace("\"object\"", "\"common\"");
    let (_, answer) = post(&serving, "/jsonrpc", other.as_bytes());
    assert!(answer.contains("Method not found"), "{answer}");
    // Mail's room is for mail: what begins as such and turns out to be something else is no call.
    let args = format!("[\"mailgate\",{OFFICER},\"{PASSWORD}\",\"mail.thread\",\"message_process\",0,\"{long}\"]");
    let turned = format!(
        "{{\"params\":{{\"service\":\"object\",\"method\":\"execute\",\"args\":{args},\"args\":[\"mailgate\",{OFFICER},\
         \"{PASSWORD}\",\"res.partner\",\"search\",[]]}}}}"
    );
    let (_, answer) = post(&serving, "/jsonrpc", turned.as_bytes());
    assert!(answer.contains("does not go on as it began"), "{answer}");
}
