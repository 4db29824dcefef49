//! Servers that repeat what they were told: whatever form the password has in their words, nobody sees it.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use mailgate::domain::protocol::{Protocol, Security};
use mailgate::domain::secret::Secret;
use mailgate::mailbox::open;
use mailgate::mailbox::probe::probe;

use super::at;
use crate::support::dovecot::Dovecot;

/// With all that is written otherwise somewhere.
const SECRET: &str = r#"Zq7"lw\&%é<9"#;
/// What is left of it in no form: four of its letters beside each other, as they stand or in base64, hex or escapes.
fn shows_it(text: &str) -> bool {
    let lower: String = text.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    let encoded = [BASE64.encode(SECRET), hex::encode(SECRET), BASE64.encode(format!("\0x\0{SECRET}"))];
    ["zq7", "lw\\"].iter().any(|part| lower.contains(part))
        || encoded.iter().any(|form| lower.contains(&form.to_lowercase()[4..12]))
}

/// How a server repeats the lines that it got so far.
type Repeat = fn(&str) -> String;

const REPEATS: [Repeat; 9] = [
    |line| line.to_owned(),
    |line| line.to_uppercase(),
    |line| line.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;"),
    |line| line.bytes().map(|byte| format!("%{byte:02x}")).collect(),
    |line| line.escape_unicode().to_string(),
    |line| line.escape_debug().to_string(),
    |line| BASE64.encode(line),
    |line| hex::encode(line),
    |line| line.chars().map(|c| format!("{c} ")).collect(),
];

/// Answers the sign-in with what it got, and greets with all that it ever got.
fn echoing(greeting: &'static str, repeat: Repeat, bye: bool) -> u16 {
    let (listener, port) = crate::support::listen();
    let heard = Arc::<Mutex<String>>::default();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let heard = heard.clone();
            std::thread::spawn(move || converse(client, greeting, repeat, bye, &heard));
        }
    });
    port
}

fn converse(mut client: TcpStream, greeting: &str, repeat: Repeat, bye: bool, heard: &Mutex<String>) -> Option<()> {
    let before = repeat(&heard.lock().unwrap());
    write!(client, "{greeting} {before}\r\n").ok()?;
    let pop = greeting.starts_with('+');
    let mut tag = String::new();
    for line in BufReader::new(client.try_clone().ok()?).split(b'\n') {
        let line = String::from_utf8_lossy(&line.ok()?).trim_end().to_owned();
        let upper = line.to_uppercase();
        if upper.ends_with("CAPABILITY") {
            write!(client, "* CAPABILITY IMAP4rev1 AUTH=PLAIN {}\r\nc OK\r\n", repeat(&heard.lock().unwrap())).ok()?;
            continue;
        }
        if upper == "CAPA" {
            write!(client, "+OK\r\nUIDL\r\nSASL PLAIN\r\n{}\r\n.\r\n", repeat(&heard.lock().unwrap())).ok()?;
            continue;
        }
        if let Some((new, _)) = line.split_once(' ').filter(|_| !pop) {
            tag = new.to_owned();
        }
        let said = {
            let mut heard = heard.lock().unwrap();
            heard.push_str(&line);
            repeat(&heard)
        };
        match (pop, upper.ends_with("AUTHENTICATE PLAIN") || upper == "AUTH PLAIN") {
            // The first way is refused, so that the password is told in the second.
            (false, true) => write!(client, "{tag} NO unsupported mechanism: {said}\r\n").ok()?,
            (true, true) => write!(client, "-ERR unknown command {said}\r\n").ok()?,
            (true, false) if upper.starts_with("USER") => write!(client, "+OK\r\n").ok()?,
            (false, false) if bye => {
                write!(client, "* BYE what is {said}\r\n").ok()?;
                return None;
            }
            (false, false) => write!(client, "* NO log: {said}\r\n{tag} NO what is {said}\r\n").ok()?,
            (true, false) => write!(client, "-ERR what is {said}\r\n").ok()?,
        }
    }
    None
}

#[test]
fn no_form_of_a_repeated_password_is_shown() {
    let dovecot = Dovecot::shared();
    let user = dovecot.user("echoes");
    for (number, repeat) in REPEATS.into_iter().enumerate() {
        for (protocol, greeting, bye) in
            [(Protocol::Imap, "* OK", false), (Protocol::Imap, "* OK", true), (Protocol::Pop, "+OK", false)]
        {
            let server = dovecot.server(protocol, Security::None, &user);
            let server = at(server, "localhost", echoing(greeting, repeat, bye));
            // The second time the greeting knows it.
            for _ in 0..2 {
                let report = probe(&server, &Secret::new(SECRET), &dovecot.environment(), Duration::from_secs(20));
                let shown = format!("{report:?}");
                assert!(!report.passed() && !shows_it(&shown), "{number} {protocol:?}: {shown}");
                let error = open(&server, &Secret::new(SECRET), &dovecot.environment()).err().unwrap();
                assert!(!shows_it(&format!("{error:?}")), "{number} {protocol:?}: {error:?}");
            }
        }
    }
}

#[test]
fn the_digest_of_apop_is_not_shown() {
    let dovecot = Dovecot::shared();
    let user = dovecot.user("apop");
    let port = super::hostile::serve("+OK ready <1896.697170952@dbc.example>", |client, line| {
        let _ = match line.split(' ').next() {
            Some("APOP") => write!(client, "-ERR what is {}\r\n", line.to_uppercase()),
            _ => write!(client, "-ERR unknown command\r\n"),
        };
    });
    let server = at(dovecot.server(Protocol::Pop, Security::None, &user), "localhost", port);
    let error = open(&server, &Secret::new(SECRET), &dovecot.environment()).err().unwrap();
    assert!(error.complaint.what.contains("APOP") && error.complaint.what.contains("***"), "{error:?}");
    let digits = error.complaint.what.split(|c: char| !c.is_ascii_hexdigit()).map(str::len).max();
    assert!(digits < Some(32), "{error:?}");
}
