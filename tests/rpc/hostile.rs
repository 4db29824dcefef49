//! Hostile bodies over the wire: each is answered within a second, and nothing of it stays.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::support::app::{Installation, PASSWORD, Serving};

const XML: [&str; 4] = ["/xmlrpc/2/object", "/xmlrpc/2/common", "/xmlrpc/object", "/xmlrpc/2/nothing"];
const JSON: [&str; 4] = ["/jsonrpc", "/web/session/authenticate", "/web/dataset/call_kw", "/web/session/destroy"];

/// Within this an answer comes, also from a build without optimisation on a busy machine.
const AT_MOST: Duration = Duration::from_secs(1);

fn installation() -> (Installation, Serving) {
    let installation = Installation::new().with_user("admin", "system_admin");
    let serving = installation.serve();
    (installation, serving)
}

/// Status and body.
pub fn post(serving: &Serving, path: &str, body: &[u8]) -> (u16, String) {
    send(serving, path, body, body.len())
}

/// Announces `length` bytes and sends `body`.
pub fn send(serving: &Serving, path: &str, body: &[u8], length: usize) -> (u16, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", serving.port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    // A body that is refused by its length is not read to its end.
    let _ = stream.write_all(body);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.unwrap_or_else(|| panic!("no answer of {path}: {answer:?}")), answer)
}

pub fn call(params: &str) -> String {
    format!(
        "<?xml version='1.0'?><methodCall><methodName>execute_kw</methodName><params>{params}</params></methodCall>"
    )
}

pub fn param(value: &str) -> String {
    format!("<param><value>{value}</value></param>")
}

/// One call of an object's method, as Odoo's clients send it.
fn object(model: &str, method: &str, arguments: &str) -> String {
    object_of(1, PASSWORD, model, method, arguments)
}

pub fn object_of(user: u32, password: &str, model: &str, method: &str, arguments: &str) -> String {
    let who = [
        param("<string>mailgate</string>"),
        param(&format!("<int>{user}</int>")),
        param(&format!("<string>{password}</string>")),
    ];
    let what = [param(model), param(method), param(&format!("<array><data>{arguments}</data></array>"))];
    call(&(who.concat() + &what.concat()))
}

fn hostile_xml() -> Vec<Vec<u8>> {
    let bomb = "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY a0 'ha'>".to_owned()
        + &(1..30).map(|n| format!("<!ENTITY a{n} '&a{0};&a{0};'>", n - 1)).collect::<String>()
        + "]><methodCall><methodName>&a29;</methodName></methodCall>";
    let nested = "<value><array><data>".repeat(100_000);
    let closed = nested.clone() + &"</data></array></value>".repeat(100_000);
    let whole = object("res.users", "read", "<value><array><data><value><int>1</int></value></data></array></value>");
    let mut bodies: Vec<Vec<u8>> = [
        bomb,
        call(&format!("<param>{nested}")),
        call(&format!("<param>{closed}</param>")),
        String::new(),
        "\u{0}".repeat(1000),
        "<methodCall>".into(),
        "<?xml version='1.0' encoding='klingon'?><methodCall/>".into(),
        "&lt;".repeat(300_000),
        call(&param("<i4/>").repeat(100_000)),
        format!("<methodCall><methodName>{}</methodName><params/></methodCall>", "x".repeat(1_000_000)),
    ]
    .map(String::into_bytes)
    .into();
    for wrong in [
        "<int>1e9</int>",
        "<int>99999999999999999999</int>",
        "<boolean>maybe</boolean>",
        "<base64>*</base64>",
        "<double>seven</double>",
        "<dateTime.iso8601>yesterday</dateTime.iso8601>",
        "<struct><member><name>a</name></member></struct>",
        "<nonsense/>",
        "<nil/>",
    ] {
        bodies.push(call(&param(wrong).repeat(7)).into_bytes());
    }
    for part in 1..8 {
        bodies.push(whole.as_bytes()[..whole.len() * part / 8].to_vec());
    }
    bodies.push([b"<methodCall><methodName>\xff\xfe\x80".as_slice(), &[0xC0; 5000]].concat());
    bodies
}

fn hostile_json() -> Vec<Vec<u8>> {
    let deep = |count: usize| "[".repeat(count) + &"]".repeat(count);
    let mut bodies: Vec<Vec<u8>> = [
        deep(100_000),
        "{\"params\":".repeat(100_000),
        format!("{{\"params\": {}}}", deep(100)),
        String::new(),
        "null".into(),
        "{\"params\": 1e999}".into(),
        "{\"params\": {\"service\": {}, \"method\": [], \"args\": \"x\"}}".into(),
        "{\"params\": {\"service\": \"object\", \"method\": \"execute_kw\", \"args\": [1, 2, 3, 4, 5, 6, 7]}}".into(),
        "{\"id\": \"\\ud800\"}".into(),
        format!("{{\"jsonrpc\": \"{}\"", "x".repeat(1_000_000)),
        format!("[{}", "0,".repeat(500_000)),
    ]
    .map(String::into_bytes)
    .into();
    bodies.push(vec![0xFF; 5000]);
    bodies
}

/// A fault, Odoo's error object, or a status of 4xx.
fn is_refused(status: u16, answer: &str) -> bool {
    (400..500).contains(&status)
        || (status == 200 && (answer.contains("<fault>") || answer.contains("\"error\"")))
        // Signing out ends what was not begun.
        || (status == 200 && answer.ends_with("{\"id\":null,\"jsonrpc\":\"2.0\"}"))
}

#[test]
fn each_is_answered_by_a_fault_within_a_second() {
    let (_installation, serving) = installation();
    let all = XML.iter().flat_map(|path| hostile_xml().into_iter().map(move |body| (*path, body)));
    let all = all.chain(JSON.iter().flat_map(|path| hostile_json().into_iter().map(move |body| (*path, body))));
    let mut wrong = Vec::new();
    for (path, body) in all {
        let begun = Instant::now();
        let (status, answer) = post(&serving, path, &body);
        let (took, start) = (begun.elapsed(), String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned());
        if !is_refused(status, &answer) || took > AT_MOST {
            wrong.push(format!("{path} {start:?}: {status} after {took:?}: {}", &answer[..answer.len().min(300)]));
        }
        assert!(!answer.contains(PASSWORD), "{answer}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for path in ["/xmlrpc/2/object", "/jsonrpc"] {
        let begun = Instant::now();
        assert_eq!(send(&serving, path, &[b'x'; 4096], 1 << 40).0, 413, "more is announced than is taken");
        assert!(begun.elapsed() < AT_MOST);
    }
    assert!(post(&serving, "/xmlrpc/2/common", VERSION).1.contains("server_version"));
}

const VERSION: &[u8] =
    b"<?xml version='1.0'?><methodCall><methodName>version</methodName><params></params></methodCall>";

#[test]
fn an_attachment_of_25_mb_is_taken_alone_and_in_a_mail_and_more_is_refused() {
    let (_installation, serving) = installation();
    let file = BASE64.encode(vec![7; 25_000_000]);
    let member = |name: &str, value: &str| format!("<member><name>{name}</name><value>{value}</value></member>");
    let record =
        object("spp.grm.ticket", "create", &format!("<value><struct>{}</struct></value>", member("name", "x")));
    let (_, made) = post(&serving, "/xmlrpc/2/object", record.as_bytes());
    assert!(made.contains("<int>1</int>") || made.contains("<i4>1</i4>"), "{made}");
    let values = [
        member("name", "big.bin"),
        member("datas", &format!("<string>{file}</string>")),
        member("res_model", "spp.grm.ticket"),
        member("res_id", "<int>1</int>"),
    ];
    let attach = object("ir.attachment", "create", &format!("<value><struct>{}</struct></value>", values.concat()));
    let (status, answer) = post(&serving, "/xmlrpc/2/object", attach.as_bytes());
    assert!(status == 200 && !answer.contains("<fault>"), "{status} {answer}");
    drop((attach, values));

    let lines: String =
        file.as_bytes().chunks(76).map(|line| format!("{}\r\n", String::from_utf8_lossy(line))).collect();
    let mail = format!(
        "From: a@b.example\r\nTo: c@d.example\r\nSubject: Big\r\nMIME-Version: 1.0\r\nContent-Type: \
         application/octet-stream; name=big.bin\r\nContent-Disposition: attachment; filename=big.bin\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{lines}"
    );
    let arguments = format!("<value>spp.grm.ticket</value><value><base64>{}</base64></value>", BASE64.encode(mail));
    let hand_over = object("mail.thread", "message_process", &arguments);
    let (status, answer) = post(&serving, "/xmlrpc/2/object", hand_over.as_bytes());
    assert!(status == 200 && !answer.contains("<fault>") && !answer.contains("boolean"), "{status} {answer}");
    drop(hand_over);
    let (status, _) = post(&serving, "/xmlrpc/2/object", "x".repeat(70_000_000).as_bytes());
    assert_eq!(status, 413);
}

/// The resident memory of the server, in MB.
fn memory(serving: &Serving) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", serving.child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1000
}

/// The middle one of 101 calls.
fn latency(serving: &Serving) -> Duration {
    let mut all: Vec<Duration> = (0..101)
        .map(|_| {
            let begun = Instant::now();
            assert_eq!(post(serving, "/xmlrpc/2/common", VERSION).0, 200);
            begun.elapsed()
        })
        .collect();
    all.sort();
    all[50]
}

#[test]
fn two_thousand_bad_requests_leave_memory_and_latency_where_they_were() {
    let (_installation, serving) = installation();
    let bodies: Vec<(&str, Vec<u8>)> = hostile_xml()
        .into_iter()
        .map(|body| (XML[0], body))
        .chain(hostile_json().into_iter().map(|body| (JSON[0], body)))
        .collect();
    let bad = |count: usize| {
        for (path, body) in bodies.iter().cycle().take(count) {
            post(&serving, path, body);
        }
    };
    // The allocator keeps what the first ones needed at most; what is lost with each would go on adding up.
    bad(2_000);
    let (memory_before, latency_before) = (memory(&serving), latency(&serving));
    bad(2_000);
    let (memory_after, latency_after) = (memory(&serving), latency(&serving));
    let sent = bodies.iter().map(|(_, body)| body.len()).sum::<usize>() / bodies.len();
    eprintln!(
        "{memory_before} MB, {latency_before:?} before; {memory_after} MB, {latency_after:?} after 2,000 of {sent} bytes"
    );
    // Pools move by a few MB; 8 MB of 2,000 are 4 kB of each.
    assert!(memory_after <= memory_before + 8, "from {memory_before} to {memory_after} MB");
    let bound = latency_before * 3 + Duration::from_millis(20);
    assert!(latency_after <= bound, "from {latency_before:?} to {latency_after:?}");
}
