//! A POP3 server that does everything right, but for what a test makes it do wrong.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, MutexGuard};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mailgate::domain::protocol::{Protocol, Security};
use mailgate::domain::server::{Access, AfterFetch, Host, IncomingServer, Port, StartWith};

use super::dovecot::PASSWORD;

/// What the server does instead of the right thing.
pub enum Reply {
    Sane,
    Say(Vec<u8>),
    /// The right thing, as if this command had come.
    To(String),
    /// Says this, and then the right thing.
    Before(&'static str),
    /// Says this and hangs up.
    Close(Vec<u8>),
    /// Does the right thing, and hangs up without saying so.
    Mute,
}

pub fn say(text: &str) -> Reply {
    Reply::Say(text.as_bytes().to_vec())
}

/// One connection.
pub struct Talk {
    pub mails: Vec<Vec<u8>>,
    deleted: BTreeSet<usize>,
    gone: BTreeSet<usize>,
    user: String,
    /// The next line answers a challenge.
    challenged: bool,
    /// Connections before this one.
    pub number: usize,
}

impl Talk {
    /// Numbers (from 1) of what is there.
    fn here(&self) -> impl Iterator<Item = usize> {
        (1..=self.mails.len()).filter(|number| !self.gone.contains(number))
    }

    pub fn listing(&self, of: impl Fn(usize) -> String) -> String {
        let lines: String = self.here().map(|number| format!("{number} {}\r\n", of(number))).collect();
        format!("+OK\r\n{lines}.\r\n")
    }

    pub fn size(&self, number: usize) -> usize {
        self.mails[number - 1].len()
    }
}

#[derive(Default)]
pub struct State {
    gone: BTreeSet<usize>,
    /// Every command of every connection.
    pub log: Vec<String>,
    connections: usize,
    /// Passwords that came, by whatever command.
    pub passwords: usize,
}

pub struct PopServer {
    pub port: u16,
    state: Arc<Mutex<State>>,
    count: usize,
}

impl PopServer {
    /// `odd` gets each command before the server does.
    pub fn start(mails: Vec<Vec<u8>>, odd: impl Fn(&mut Talk, &str) -> Reply + Send + Sync + 'static) -> Self {
        Self::greeting("+OK ready", mails, odd)
    }

    pub fn greeting(
        greeting: &'static str,
        mails: Vec<Vec<u8>>,
        odd: impl Fn(&mut Talk, &str) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let (listener, port) = super::listen();
        let (state, odd, count) = (Arc::<Mutex<State>>::default(), Arc::new(odd), mails.len());
        let shared = state.clone();
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (client, state, odd, mails) = (client.unwrap(), shared.clone(), odd.clone(), mails.clone());
                std::thread::spawn(move || {
                    let talk = {
                        let mut state = state.lock().unwrap();
                        state.connections += 1;
                        Talk {
                            mails,
                            deleted: BTreeSet::new(),
                            gone: state.gone.clone(),
                            user: String::new(),
                            challenged: false,
                            number: state.connections - 1,
                        }
                    };
                    serve(client, greeting, talk, &state, &*odd)
                });
            }
        });
        Self { port, state, count }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Numbers of the mails that were not deleted.
    pub fn left(&self) -> Vec<usize> {
        let state = self.state();
        (1..=self.count).filter(|number| !state.gone.contains(number)).collect()
    }

    /// Settings for it: everything is fetched and deleted at once.
    pub fn settings(&self, base: IncomingServer) -> IncomingServer {
        IncomingServer {
            access: Access::Network {
                protocol: Protocol::Pop,
                host: Host::parse("localhost").unwrap(),
                port: Port(self.port),
                security: Security::None,
                trusted: None,
                username: "box".into(),
            },
            start_with: StartWith::All,
            after_fetch: AfterFetch::Delete,
            delete_after_days: 0,
            ..base
        }
    }
}

fn serve(
    mut client: TcpStream,
    greeting: &str,
    mut talk: Talk,
    state: &Mutex<State>,
    odd: &dyn Fn(&mut Talk, &str) -> Reply,
) {
    let mut lines = BufReader::new(client.try_clone().unwrap());
    let _ = write!(client, "{greeting}\r\n");
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line).unwrap_or(0) == 0 {
            return;
        }
        let line = String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned();
        {
            let mut state = state.lock().unwrap();
            let (command, _) = line.split_once(' ').unwrap_or((&line, ""));
            let secret = talk.challenged || ["PASS", "APOP"].contains(&command);
            state.passwords += usize::from(secret);
            state.log.push(if secret && talk.challenged { "(response)".into() } else { line.clone() });
        }
        let answer = match odd(&mut talk, &line) {
            Reply::Sane => sane(&mut talk, &line, state),
            Reply::To(line) => sane(&mut talk, &line, state),
            Reply::Before(text) => [text.as_bytes(), &sane(&mut talk, &line, state)].concat(),
            Reply::Mute => {
                sane(&mut talk, &line, state);
                return;
            }
            Reply::Say(bytes) => bytes,
            Reply::Close(bytes) => {
                let _ = client.write_all(&bytes);
                return;
            }
        };
        if client.write_all(&answer).is_err() || line == "QUIT" {
            return;
        }
    }
}

fn sane(talk: &mut Talk, line: &str, state: &Mutex<State>) -> Vec<u8> {
    let ok = |right: bool| if right { "+OK\r\n" } else { "-ERR wrong\r\n" };
    if std::mem::take(&mut talk.challenged) {
        let right = STANDARD.decode(line).is_ok_and(|response| response == format!("\0box\0{PASSWORD}").into_bytes());
        return ok(right).into();
    }
    let (command, rest) = line.split_once(' ').unwrap_or((line, ""));
    let number: usize = rest.split(' ').next().unwrap_or_default().parse().unwrap_or_default();
    match command {
        "CAPA" => "+OK\r\nTOP\r\nUIDL\r\nUSER\r\nPIPELINING\r\nSASL PLAIN\r\n.\r\n".into(),
        "AUTH" if rest == "PLAIN" => {
            talk.challenged = true;
            "+ \r\n".into()
        }
        "USER" => {
            talk.user = rest.into();
            "+OK\r\n".into()
        }
        "PASS" => ok(talk.user == "box" && rest == PASSWORD).into(),
        "STAT" => {
            let bytes: usize = talk.here().map(|number| talk.size(number)).sum();
            format!("+OK {} {bytes}\r\n", talk.here().count()).into()
        }
        "LIST" => talk.listing(|number| talk.size(number).to_string()).into(),
        "UIDL" => talk.listing(|number| format!("uidl-{number}")).into(),
        "RETR" => message(&talk.mails[number - 1], true),
        "TOP" => {
            let mail = &talk.mails[number - 1];
            let end = mail.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
            message(&mail[..end], true)
        }
        "DELE" => {
            talk.deleted.insert(number);
            "+OK\r\n".into()
        }
        "NOOP" => "+OK\r\n".into(),
        "QUIT" => {
            state.lock().unwrap().gone.append(&mut talk.deleted);
            "+OK bye\r\n".into()
        }
        _ => "-ERR unknown command\r\n".into(),
    }
}

/// A mail as RETR sends it; without `stuffed` a dot at the beginning of a line is left as it is.
pub fn message(mail: &[u8], stuffed: bool) -> Vec<u8> {
    let mut answer = b"+OK\r\n".to_vec();
    for line in mail.split_inclusive(|byte| *byte == b'\n') {
        if stuffed && line.starts_with(b".") {
            answer.push(b'.');
        }
        answer.extend_from_slice(line);
    }
    if !mail.ends_with(b"\n") {
        answer.extend_from_slice(b"\r\n");
    }
    answer.extend_from_slice(b".\r\n");
    answer
}
