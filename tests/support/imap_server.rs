//! An IMAP server that does everything right, but for what a test makes it do wrong, and counts who is connected.

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use mailgate::domain::protocol::{Protocol, Security, ServerType};
use mailgate::domain::server::{Access, Host, IncomingServer, Port};

/// What the server does instead of the right thing.
pub enum ImapReply {
    Right,
    /// Says this; `%` is the command's tag.
    Say(String),
    /// So many bytes of the right answer, and hangs up.
    Cut(usize),
    /// The right thing, once this is set.
    When(Arc<AtomicBool>),
    /// Asks for the rest of the command with this, and does the right thing once that has come.
    Ask(&'static str),
}

/// The server side, shared by its connections.
pub struct ImapState {
    pub uid_validity: u32,
    /// UID and source, in ascending order.
    pub mails: Vec<(u32, Vec<u8>)>,
    /// Every command of every connection, without its tag.
    pub log: Vec<String>,
    /// Connections so far, those that are open, and the most that were.
    pub connections: usize,
    pub open: usize,
    pub most: usize,
}

impl ImapState {
    /// How many commands began so.
    pub fn count(&self, begin: &str) -> usize {
        self.log.iter().filter(|command| command.starts_with(begin)).count()
    }

    /// Whether a `UID FETCH` is about this message, too.
    pub fn covers(&self, command: &str, uid: u32) -> bool {
        self.chosen(command.split(' ').nth(2).unwrap_or("")).iter().any(|(_, one, _)| *one == uid)
    }

    fn chosen(&self, set: &str) -> Vec<(usize, u32, &[u8])> {
        let number = |text: &str| if text == "*" { u32::MAX } else { text.parse().unwrap_or(0) };
        let is_in = |uid: u32| {
            set.split(',').any(|range| {
                let (first, last) = range.split_once(':').unwrap_or((range, range));
                (number(first)..=number(last)).contains(&uid)
            })
        };
        let mails = self.mails.iter().enumerate().filter(|(_, (uid, _))| is_in(*uid));
        mails.map(|(place, (uid, source))| (place + 1, *uid, source.as_slice())).collect()
    }

    /// What a right server answers.
    fn answer(&self, tag: &str, command: &str) -> Vec<u8> {
        let mut answer = Vec::new();
        let words: Vec<&str> = command.split(' ').collect();
        match (words.first().copied().unwrap_or(""), words.get(1).copied().unwrap_or("")) {
            ("CAPABILITY", _) => answer.extend(b"* CAPABILITY IMAP4rev1 UIDPLUS MOVE\r\n"),
            ("SELECT" | "EXAMINE", _) => {
                let (exists, next) = (self.mails.len(), self.mails.last().map_or(1, |(uid, _)| uid + 1));
                let validity = self.uid_validity;
                let folder =
                    format!("* {exists} EXISTS\r\n* OK [UIDVALIDITY {validity}] ok\r\n* OK [UIDNEXT {next}] ok\r\n");
                answer.extend(folder.into_bytes());
            }
            ("UID", "SEARCH") => {
                let set = if words.get(2) == Some(&"UID") { words[3] } else { "1:*" };
                let found: Vec<String> = self.chosen(set).iter().map(|(_, uid, _)| uid.to_string()).collect();
                answer.extend(format!("* SEARCH {}\r\n", found.join(" ")).into_bytes());
            }
            ("UID", "FETCH") => {
                for (place, uid, source) in self.chosen(words[2]) {
                    answer.extend(fetched(place, uid, source, command));
                }
            }
            _ => {}
        }
        answer.extend(format!("{tag} OK done\r\n").into_bytes());
        answer
    }
}

fn fetched(place: usize, uid: u32, source: &[u8], command: &str) -> Vec<u8> {
    let head =
        format!("* {place} FETCH (UID {uid} RFC822.SIZE {} INTERNALDATE \"22-Nov-2026 10:00:00 +0000\"", source.len());
    let Some((_, section)) = command.split_once("BODY.PEEK[") else { return format!("{head})\r\n").into_bytes() };
    let (name, range) = section.split_once(']').unwrap_or((section, ""));
    let whole = match name {
        "HEADER" => {
            &source[..source.windows(4).position(|four| four == b"\r\n\r\n").map_or(source.len(), |end| end + 4)]
        }
        _ => source,
    };
    let range = range.strip_prefix('<').and_then(|range| range.split_once('>')?.0.split_once('.'));
    let (origin, part) =
        match range.map(|(from, length)| (from.parse().unwrap_or(0), length.parse().unwrap_or(0_usize))) {
            Some((from, length)) => {
                let start = whole.len().min(from);
                (format!("<{from}>"), &whole[start..whole.len().min(start + length)])
            }
            None => (String::new(), whole),
        };
    let head = format!("{head} BODY[{name}]{origin} {{{}}}\r\n", part.len());
    [head.as_bytes(), part, b")\r\n"].concat()
}

pub struct ImapServer {
    pub port: u16,
    state: Arc<Mutex<ImapState>>,
}

impl ImapServer {
    /// `odd` gets each command (without its tag) before the server answers it.
    pub fn start(mails: Vec<Vec<u8>>, odd: impl Fn(&mut ImapState, &str) -> ImapReply + Send + Sync + 'static) -> Self {
        Self::greeting("* OK ready", mails, odd)
    }

    pub fn greeting(
        greeting: &'static str,
        mails: Vec<Vec<u8>>,
        odd: impl Fn(&mut ImapState, &str) -> ImapReply + Send + Sync + 'static,
    ) -> Self {
        let (listener, port) = super::listen();
        let (mails, log) = ((1..).zip(mails).collect(), Vec::new());
        let state = Arc::new(Mutex::new(ImapState { uid_validity: 7, mails, log, connections: 0, open: 0, most: 0 }));
        let (shared, odd) = (state.clone(), Arc::new(odd));
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (client, state, odd) = (client.unwrap(), shared.clone(), odd.clone());
                std::thread::spawn(move || {
                    {
                        let mut state = state.lock().unwrap();
                        state.connections += 1;
                        state.open += 1;
                        state.most = state.most.max(state.open);
                    }
                    serve(client, greeting, &state, &*odd);
                    state.lock().unwrap().open -= 1;
                });
            }
        });
        Self { port, state }
    }

    pub fn state(&self) -> MutexGuard<'_, ImapState> {
        self.state.lock().unwrap()
    }

    /// Points a server here, as this user.
    pub fn settings(&self, base: IncomingServer, user: &str) -> IncomingServer {
        let access = Access::Network {
            protocol: Protocol::Imap,
            host: Host::parse("localhost").unwrap(),
            port: Port(self.port),
            security: Security::None,
            trusted: None,
            username: user.into(),
        };
        IncomingServer { name: user.into(), server_type: ServerType::Imap, access, ..base }
    }
}

fn serve(
    mut client: TcpStream,
    greeting: &str,
    state: &Mutex<ImapState>,
    odd: &dyn Fn(&mut ImapState, &str) -> ImapReply,
) {
    let mut lines = BufReader::new(client.try_clone().unwrap());
    let _ = write!(client, "{greeting}\r\n");
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let (tag, command) = line.trim_end().split_once(' ').unwrap_or((line.trim_end(), ""));
        let reply = {
            let mut state = state.lock().unwrap();
            state.log.push(command.to_owned());
            odd(&mut state, command)
        };
        while let ImapReply::When(gate) = &reply
            && !gate.load(Ordering::SeqCst)
        {
            std::thread::sleep(Duration::from_millis(5));
        }
        if let ImapReply::Ask(question) = &reply {
            let mut rest = String::new();
            let _ = write!(client, "{question}\r\n");
            if lines.read_line(&mut rest).unwrap_or(0) == 0 {
                return;
            }
            state.lock().unwrap().log.push(rest.trim_end().to_owned());
        }
        let mut last = command == "LOGOUT";
        let answer = match reply {
            ImapReply::Right | ImapReply::When(_) | ImapReply::Ask(_) => state.lock().unwrap().answer(tag, command),
            ImapReply::Say(text) => text.replace('%', tag).into_bytes(),
            ImapReply::Cut(bytes) => {
                last = true;
                let mut answer = state.lock().unwrap().answer(tag, command);
                answer.truncate(bytes);
                answer
            }
        };
        if client.write_all(&answer).is_err() || last {
            let _ = client.shutdown(Shutdown::Both);
            return;
        }
    }
}
