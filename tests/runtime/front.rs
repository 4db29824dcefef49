//! Slow clients and many: none of them stops mail or a page, each is ended in its time, and who is refused is told.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use mailgate::descriptors;
use mailgate::domain::protocol::Protocol;
use mailgate::operations::overview;

use super::{Site, mail, titles};
use crate::support::app::{Installation, Serving};
use crate::support::crowd::{Crowd, hear, knock};
use crate::support::{Over, wait_for};

const GET: &[u8] = b"GET /login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
const FORM: &str = "POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n";

/// Says this from an address of its own, and gives the answer.
fn ask(serving: &Serving, from: [u8; 4], words: &[u8]) -> String {
    let mut stream = knock(serving.port, from);
    stream.write_all(words).unwrap();
    hear(&mut stream)
}

/// How long each of so many looks at the sign-in page takes, the longest last. Who is refused looks again, and the time goes
/// on: with all seats taken by those who are busy, one may be sent away.
fn looks(serving: &Serving, count: usize) -> Vec<Duration> {
    let mut times: Vec<Duration> = (0..count)
        .map(|_| {
            let begun = Instant::now();
            let look = || ureq::get(format!("{}/login", serving.url)).call()?.body_mut().read_to_string();
            let page = wait_for("the page", Duration::from_secs(10), || look().ok());
            assert!(page.contains("csrf_token"));
            begun.elapsed()
        })
        .collect();
    times.sort();
    times
}

/// Descriptors that it has open, and the bytes of memory that it has in use.
fn appetite(serving: &Serving) -> (usize, u64) {
    let process = format!("/proc/{}", serving.child.id());
    let open = std::fs::read_dir(format!("{process}/fd")).unwrap().count();
    let status = std::fs::read_to_string(format!("{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    (open, line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024)
}

#[test]
fn a_thousand_slow_connections_stop_neither_mail_nor_pages() {
    descriptors::raise_limit();
    let site = Site::new();
    let serving = site.installation.serve();
    let (before, _) = appetite(&serving);
    let crowd = Crowd::of(1000, serving.port);
    wait_for("the crowd", Duration::from_secs(30), || (appetite(&serving).0 > before + 300).then_some(()));
    let user = site.add_account("crowded", Protocol::Imap);
    (0..20).for_each(|number| user.deliver(mail(number).as_bytes()));
    let times = looks(&serving, 100);
    // A second where nothing else runs; here other tests do, and the crowd's own side is among what the cores carry.
    assert!(times[98] < Duration::from_secs(3), "{:?}", &times[90..]);
    wait_for("the mail", Duration::from_secs(30), || (site.records() == titles(20)).then_some(()));
    let (open, memory) = appetite(&serving);
    assert!(open < 512 * 3 + 100, "{open} descriptors");
    assert!(memory < 300 << 20, "{} MB", memory >> 20);
    drop(crowd);
    wait_for("an empty house", Duration::from_secs(20), || (appetite(&serving).0 < before + 60).then_some(()));
}

#[test]
fn each_is_ended_in_its_time_and_a_slow_line_is_not() {
    let installation = Installation::new();
    let serving = installation.serve();
    let ended = |from: u8, words: &str, drip: &'static str, seconds: std::ops::Range<u64>| {
        let mut stream = knock(serving.port, [127, 0, 3, from]);
        stream.write_all(words.as_bytes()).unwrap();
        let mut dripping = stream.try_clone().unwrap();
        let drops = std::thread::spawn(move || {
            while !drip.is_empty() && dripping.write_all(drip.as_bytes()).is_ok() {
                std::thread::sleep(Duration::from_millis(500));
            }
        });
        let begun = Instant::now();
        let heard = hear(&mut stream);
        let took = begun.elapsed().as_secs();
        assert!(seconds.contains(&took), "{words:?} {drip:?}: {took} s");
        // Whoever still drips hears that nobody listens.
        drop(stream);
        drops.join().unwrap();
        heard
    };
    let form = format!("{FORM}Content-Length: 90000\r\n\r\n");
    std::thread::scope(|scope| {
        scope.spawn(|| assert_eq!(ended(1, "", "", 14..20), ""));
        scope.spawn(|| assert!(ended(2, "GET / HTTP/1.1\r\nX: ", "a", 14..20).starts_with("HTTP/1.1 408 ")));
        scope.spawn(|| {
            // The second request of a connection has no more time than the first.
            let heard = ended(3, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nX: ", "a", 14..120);
            assert_eq!(heard.matches("HTTP/1.1").count(), 1, "{heard}");
        });
        scope.spawn(|| assert!(ended(4, &form, "a", 29..45).starts_with("HTTP/1.1 4")));
        // Nobody has begun to read the body before there is some.
        scope.spawn(|| assert_eq!(ended(5, &form, "", 39..50), ""));
        scope.spawn(|| {
            let mut stream = knock(serving.port, [127, 0, 3, 6]);
            let size = 16_000 * 40;
            stream.write_all(format!("{FORM}Content-Length: {size}\r\nConnection: close\r\n\r\n").as_bytes()).unwrap();
            for _ in 0..40 {
                stream.write_all(&[b'a'; 16_000]).unwrap();
                std::thread::sleep(Duration::from_secs(1));
            }
            // It came whole, and says what is wrong with it.
            assert!(hear(&mut stream).starts_with("HTTP/1.1 403 "));
        });
    });
}

#[test]
fn one_address_has_its_share_and_is_told_so() {
    let installation = Installation::new();
    let serving = installation.serve();
    // Who only waits gives way to the next one of the same address.
    let idle: Vec<TcpStream> = (0..70).map(|_| knock(serving.port, [127, 0, 0, 9])).collect();
    assert!(ask(&serving, [127, 0, 0, 9], b"GET /healthz HTTP/1.0\r\n\r\n").ends_with("ok\n"));
    drop(idle);
    // Bodies that go on, as those of a large file on a line that is good enough.
    let request = format!("{FORM}Content-Length: 900000\r\n\r\n{}", "a".repeat(4000));
    let busy = || {
        let mut stream = knock(serving.port, [127, 0, 0, 9]);
        // One too many is refused while it speaks.
        let _ = stream.write_all(request.as_bytes());
        stream
    };
    let crowd: Mutex<Vec<TcpStream>> = Mutex::new((0..64).map(|_| busy()).collect());
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                crowd.lock().unwrap().iter_mut().for_each(|stream| drop(stream.write_all(&[b'a'; 1000])));
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        let _over = Over(&is_over);
        wait_for("a refusal", Duration::from_secs(10), || {
            // One whose header had not been read yet may have given way.
            crowd.lock().unwrap().push(busy());
            let refused = ask(&serving, [127, 0, 0, 9], GET);
            (refused.starts_with("HTTP/1.1 429 ") && refused.contains("\r\nRetry-After: 10\r\n")).then_some(())
        });
        looks(&serving, 3);
        for _ in 0..50 {
            ask(&serving, [127, 0, 0, 9], GET);
        }
    });
    assert_eq!(serving.output().matches("connections were refused").count(), 1, "{}", serving.output());
    drop(crowd);
    wait_for("room", Duration::from_secs(10), || {
        ask(&serving, [127, 0, 0, 9], b"GET /healthz HTTP/1.0\r\n\r\n").ends_with("ok\n").then_some(())
    });
    drop(serving);

    // Everybody is behind the proxy.
    let installation = Installation::new().set("TRUSTED_PROXY", "127.0.0.9");
    let serving = installation.serve();
    let _crowd: Vec<TcpStream> = (0..100).map(|_| knock(serving.port, [127, 0, 0, 9])).collect();
    assert!(ask(&serving, [127, 0, 0, 9], b"GET /healthz HTTP/1.0\r\n\r\n").ends_with("ok\n"));
}

/// The ports that this process listens on.
fn ports(serving: &Serving) -> Vec<u16> {
    let process = format!("/proc/{}", serving.child.id());
    let files = std::fs::read_dir(format!("{process}/fd")).unwrap().filter_map(Result::ok);
    let sockets: Vec<String> = files
        .filter_map(|file| {
            Some(std::fs::read_link(file.path()).ok()?.to_str()?.strip_prefix("socket:[")?.replace(']', ""))
        })
        .collect();
    let table = std::fs::read_to_string(format!("{process}/net/tcp")).unwrap();
    let listening = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let listening = listening.filter(|row| row.get(3) == Some(&"0A") && sockets.iter().any(|socket| socket == row[9]));
    listening.map(|row| u16::from_str_radix(row[1].split_once(':').unwrap().1, 16).unwrap()).collect()
}

#[test]
fn nobody_gets_past_the_front() {
    let installation = Installation::new();
    let serving = installation.serve();
    let inner = ports(&serving).into_iter().find(|port| *port != serving.port).expect("a port of its own");
    for from in [[127, 0, 0, 1], [127, 64, 0, 1], [127, 64, 0, 2]] {
        for words in [
            "GET /login HTTP/1.0\r\nX-Real-IP: 192.0.2.7\r\n\r\n",
            "POST /jsonrpc HTTP/1.0\r\nContent-Length: 0\r\n\r\n",
        ] {
            let mut stream = knock(inner, from);
            stream.write_all(words.as_bytes()).unwrap();
            let heard = hear(&mut stream);
            assert!(heard.starts_with("HTTP/1.0 421 ") && !heard.contains("csrf_token"), "{heard}");
        }
    }
    // The true peer is known behind it: only this machine may see the figures.
    assert!(ask(&serving, [127, 0, 0, 1], b"GET /metrics HTTP/1.0\r\n\r\n").contains("mailgate_messages"));
    assert!(ask(&serving, [127, 0, 0, 1], b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").starts_with("HTTP/1.1 505 "));
    assert!(
        ask(&serving, [127, 0, 0, 1], format!("GET / HTTP/1.1\r\nX: {}", "a".repeat(40_000)).as_bytes())
            .starts_with("HTTP/1.1 431 ")
    );
    // Also for a request that can't be read.
    let heard = ask(&serving, [127, 0, 0, 1], b"GET /\x01 HTTP/1.0\r\n\r\n").to_lowercase();
    assert!(heard.starts_with("http/1.0 400 ") || heard.starts_with("http/1.1 400 "), "{heard}");
}

#[test]
fn an_answer_arrives_whole_whatever_the_client_still_does() {
    let installation = Installation::new();
    let serving = installation.serve();
    // It closes its half at once.
    let mut stream = knock(serving.port, [127, 0, 0, 1]);
    stream.write_all(b"GET /setup HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let heard = hear(&mut stream);
    assert!(heard.starts_with("HTTP/1.1 200 ") && heard.trim_end().ends_with("</html>"), "{heard}");

    // It sends on what nobody wants.
    let mut stream = knock(serving.port, [127, 0, 0, 1]);
    let head =
        "POST /jsonrpc HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 900000000\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut sending = stream.try_clone().unwrap();
    let sends = std::thread::spawn(move || while sending.write_all(&[b'a'; 100_000]).is_ok() {});
    let mut heard = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut piece) {
        heard.extend_from_slice(&piece[..count]);
    }
    let heard = String::from_utf8_lossy(&heard);
    assert!(heard.starts_with("HTTP/1.1 413 "), "{heard}");
    stream.shutdown(std::net::Shutdown::Both).ok();
    sends.join().unwrap();

    // Several requests at once, and one in pieces.
    let mut stream = knock(serving.port, [127, 0, 0, 1]);
    for piece in [
        "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nHo",
        "st: x\r\n\r\nGET /healthz HTTP/1.0\r\n",
        "\r\n",
    ] {
        stream.write_all(piece.as_bytes()).unwrap();
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(hear(&mut stream).matches("\r\n\r\nok\n").count(), 3);
}

#[test]
fn with_few_descriptors_mail_goes_on_beside_a_crowd() {
    descriptors::raise_limit();
    for limit in [64, 128] {
        let site = Site::new();
        let serving = site.installation.serve_with_descriptors(limit);
        let (before, _) = appetite(&serving);
        let _crowd = Crowd::of(300, serving.port);
        wait_for("the crowd", Duration::from_secs(20), || (appetite(&serving).0 > before + 5).then_some(()));
        let user = site.add_account("scarce", Protocol::Imap);
        (0..5).for_each(|number| user.deliver(mail(number).as_bytes()));
        wait_for("the mail", Duration::from_secs(30), || (site.records() == titles(5)).then_some(()));
        wait_for("a page", Duration::from_secs(30), || ureq::get(format!("{}/login", serving.url)).call().ok());
        assert!(overview::failing(&site.app).unwrap().is_empty());
    }
}

#[test]
fn running_out_of_descriptors_is_said_on_the_server_and_over_when_there_are_some() {
    let site = Site::new();
    let serving = site.installation.serve();
    let let_it_have = |descriptors: &str| {
        let process = format!("--pid={}", serving.child.id());
        let done = std::process::Command::new("prlimit").args([&process, &format!("--nofile={descriptors}:")]).status();
        assert!(done.expect("prlimit is missing; run scripts/needs test").success());
    };
    let_it_have("8");
    let user = site.add_account("none-left", Protocol::Imap);
    user.deliver(mail(0).as_bytes());
    let failing =
        wait_for("a word on the server", Duration::from_secs(20), || overview::failing(&site.app).unwrap().pop());
    assert!(failing.why.contains("file descriptors"), "{failing:?}");
    assert!(failing.remedy.as_ref().is_some_and(|remedy| remedy.contains("LimitNOFILE")), "{failing:?}");
    assert!(serving.output().contains("LimitNOFILE"), "{}", serving.output());
    let soon = failing.next.unwrap() - mailgate::domain::now();
    assert!(soon <= chrono::TimeDelta::minutes(1), "{soon}");
    let_it_have("1024");
    wait_for("the mail", Duration::from_secs(90), || (site.records() == titles(1)).then_some(()));
    let failing = || overview::failing(&site.app).unwrap();
    wait_for("all is well", Duration::from_secs(5), || failing().is_empty().then_some(()));
}
