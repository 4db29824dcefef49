//! Mail that is built to exhaust whoever reads it: each costs no more than a second of one processor in the dev profile
//! and 64 MB, and what could not be read of it is said.

use std::io::Cursor;
use std::time::Duration;

use mailgate::domain::message::Message;
use mailgate::domain::now;
use mailgate::message::read;

use crate::support::cost::{cost, slowness};

const TIME: Duration = Duration::from_secs(1);
const MEMORY: usize = 64 << 20;

fn timed(name: &str, mail: String) -> Message {
    let bytes = mail.into_bytes();
    let before = slowness();
    let (message, time, memory) = cost(|| read(&mut Cursor::new(bytes), now(), "00").unwrap());
    println!("{time:>10.1?} {:>6.1} MB {name}", memory as f64 / f64::from(1 << 20));
    assert!(time <= TIME.mul_f64(before.max(slowness())), "{name} took {time:?}");
    assert!(memory <= MEMORY, "{name} took {memory} bytes");
    message
}

fn html(body: &str) -> String {
    format!("From: a@b.example\nSubject: s\nContent-Type: text/html\n\n{body}")
}

#[test]
fn very_many_parts() {
    let root = "From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n";
    let flat = timed("10,000 attachments", root.to_owned() + &"--b\nContent-Type: image/png\n\nx\n".repeat(10_000));
    assert_eq!(flat.attachments.len(), 1_000);
    assert!(flat.notes.iter().any(|note| note.starts_with("9,000 further parts")), "{:?}", flat.notes);
    timed("10,000 texts", root.to_owned() + &"--b\n\nx\n".repeat(10_000));
    timed("10,000 HTML texts", root.to_owned() + &"--b\nContent-Type: text/html\n\n<p>x\n".repeat(10_000));
    timed(
        "10,000 attached mails",
        root.to_owned() + &"--b\nContent-Type: message/rfc822\n\nSubject: x\n\nx\n".repeat(10_000),
    );
    let big = format!("--b\nX-Big: {}\n\nx\n", "y".repeat(10_000));
    timed("5,000 parts with headers of 10 kB", root.to_owned() + &big.repeat(5_000));
    let parameters = format!("--b\nContent-Type: text/plain{}\n\nx\n", "; a*0*=utf-8''x; b*0*=y".repeat(400));
    timed("1,000 parts with 800 parameters", root.to_owned() + &parameters.repeat(1_000));
}

#[test]
fn very_deep_parts() {
    let nested: String =
        (0..10_000).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n")).collect();
    let message = timed("10,000 multiparts in each other", nested + "\nx");
    assert!(message.notes.iter().any(|note| note.contains("too deep")), "{:?}", message.notes);
    let same = "Content-Type: multipart/alternative; boundary=b\n\n--b\n".repeat(10_000);
    timed("10,000 multiparts of one boundary", same);
    timed("10,000 mails in each other", "Content-Type: message/rfc822\n\n".repeat(10_000) + "Subject: x\n\nx");
}

#[test]
fn very_long_headers() {
    for piece in [
        "=?",
        "=?utf-8?Q?",
        "=?utf-8?B?",
        "=?utf-8?Q?=C3?= ",
        "=?utf-7?Q?+AGE-?= ",
        "<",
        "\"",
        "(",
        "a@b,",
        "a:",
        "<a@b>",
        "\\",
    ] {
        let value = piece.repeat((1 << 20) / piece.len());
        for field in ["Subject", "From", "To", "References", "Date", "Content-Type", "Content-Disposition"] {
            timed(&format!("1 MiB of {piece:?} in {field}"), format!("{field}: {value}\n\nx"));
        }
    }
    timed("1 MiB of small fields", "a: b\n".repeat(200_000) + "\nx");
    timed("1 MiB of folded lines", format!("Subject: x\n{}\nx", " y\n".repeat(300_000)));
    let message = timed("no end of a header", "Subject: x\n".to_owned() + &"x".repeat(8 << 20));
    assert_eq!(message.subject, "x");
}

#[test]
fn very_long_texts() {
    let text =
        |body: String| format!("From: a@b.example\nSubject: s\nContent-Type: text/plain; charset=utf-7\n\n{body}");
    for piece in ["+", "+AGE", "+AGE-", "http://a.example ", "a@b.example,", "\n\n", "x\n\n", "<", "\r"] {
        timed(&format!("1 MiB of {piece:?}"), text(piece.repeat((1 << 20) / piece.len())));
    }
    let long = timed("20 MB of text", format!("Subject: s\n\n{}", "Where is my payment? ".repeat(1_000_000)));
    assert!(long.body_text.len() <= 1 << 20);
    assert_eq!(long.attachments.len(), 1, "all of it is attached");
    assert_eq!(long.attachments[0].size, 21_000_000);
}

#[test]
fn hostile_html() {
    for piece in [
        "<div>",
        "<b>",
        "<b a=1></i>",
        "<p><b></p>",
        "<p><i x=1><b></p>",
        "<table>",
        "<table><tr><td>",
        "<table><b>",
        "<table><b></b>x",
        "<ul><li>",
        "<a href=http://x.example>",
        "<font>",
        "<blockquote>",
        "<pre>",
        "<!--",
        "<title>",
        "<style>",
        "<svg>",
        "<math><mi>",
        "<select><option>",
        "<img src=\"cid:x\">",
        "<img src=\"data:image/png;base64,AAAA\">",
        "<a ",
        "<",
        "</p>",
        "<br>",
        "&amp;",
        "&#x41;",
        "\"<a href='",
        "<ruby><rt>",
        "<table><tr><td colspan=99999>x",
        "<h1><ol start=2>",
        "<hr>",
    ] {
        let message = timed(&format!("500 kB of {piece}"), html(&piece.repeat(500_000 / piece.len())));
        assert!(!message.body_html.is_empty());
    }
    timed(
        "100,000 attributes",
        html(&format!("<a {}>x</a>", (0..100_000).map(|n| format!(" a{n}=1")).collect::<String>())),
    );
    timed("different formats", html(&(0..30_000).map(|n| format!("<p><b title={n}>")).collect::<String>()));
    timed(
        "tables in tables",
        html(&("<table><tr><td>a</td><td>".repeat(20) + &"<table><tr><td>b</td></tr></table>".repeat(5_000))),
    );
    timed("a wide table", html(&format!("<table><tr>{}</tr></table>", "<td>a</td>".repeat(20_000))));
}

#[test]
fn what_wraps_other_things() {
    use base64::Engine;
    let part = |kind: &str, bytes: &[u8]| {
        let encoded = base64::engine::general_purpose::STANDARD.encode(bytes);
        format!("From: a@b.example\nContent-Type: {kind}\nContent-Transfer-Encoding: base64\n\n{encoded}\n")
    };
    for piece in ["BEGIN:VEVENT\n", "BEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT\n", " \n", "A;B=\"", "RRULE:FREQ=DAILY;"] {
        let kind = "From: a@b.example\nContent-Type: text/calendar\n\n";
        timed(&format!("a calendar of {piece:?}"), kind.to_owned() + &piece.repeat((1 << 20) / piece.len()));
    }
    for piece in ["begin 644 a\n", "begin 644 a\n#0V%T\nend\n", "begin 644 a\n#0V%T\n", "begin "] {
        timed(&format!("a text of {piece:?}"), format!("Subject: s\n\n{}", piece.repeat((1 << 20) / piece.len())));
    }
    for piece in [&[0x30_u8, 0x80][..], &[0x24, 0x80], &[0x04, 0x01, 0x20], &[0xff]] {
        timed("S/MIME", part("application/pkcs7-mime", &piece.repeat(500_000)));
    }
    let head = [0x78, 0x9f, 0x3e, 0x22, 1, 0];
    for piece in [&[0xff_u8][..], &[2, 2, 0x90, 6, 0, 0, 0, 0, 0, 0, 0], &[1, 3, 0x90, 6, 0, 0xff, 0xff, 0, 0]] {
        timed("winmail.dat", part("application/ms-tnef", &[&head[..], &piece.repeat(200_000)].concat()));
    }
    let mut nested = "Subject: inner\n\nwords".to_owned();
    for _ in 0..12 {
        nested = part("message/rfc822", nested.as_bytes());
    }
    timed("mails within mails, encoded", nested);
    timed("a large mail, encoded", part("message/rfc822", &b"Subject: s\n\nwords and more words\n".repeat(250_000)));
    for piece in ["<p style='display:none'>x", "<div style='white-space:pre'>\n", "<b hidden>", "<style>.a{", " \n"] {
        timed(&format!("HTML of {piece}"), html(&piece.repeat(500_000 / piece.len())));
    }
    timed("blank folds", format!("Subject: s\n{}From: a@b.example\n\nx", " \n".repeat(300_000)));
    timed("lines that are no fields", format!("Subject: s\n{}From: a@b.example\n\nx", "stray\n".repeat(150_000)));
    let forms = "--b\nContent-Type: text/html\n\n<p>some words that are said here\n".repeat(900);
    timed("many forms of a text", format!("Content-Type: multipart/alternative; boundary=b\n\n{forms}"));
}

#[test]
fn a_large_attachment_is_read_in_pieces() {
    let line = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0\r\n";
    let mail = format!(
        "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nsee\r\n--b\r\n\
         Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n{}--b--\r\n",
        line.repeat(50_000_000 / line.len())
    );
    let message = timed("an attachment of 50 MB", mail);
    assert_eq!(message.attachments[0].size, 50_000_000 / line.len() as u64 * 57);
    assert_eq!(message.body_text, "see");
}
