//! A provider of sign-ins: a page where a person allows it, and a server of tokens that issues, rotates, lets expire and
//! refuses, with the bodies of real providers. Speaks HTTP on a loopback port.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, MutexGuard};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::dovecot::tokens::token;

pub const CLIENT_ID: &str = "11111111-2222-3333-4444-555555555555";
pub const CLIENT_SECRET: &str = "the~application~secret";

/// How the server behaves, and what it saw.
pub struct State {
    /// Whose mailbox tokens are for.
    pub user: String,
    /// Seconds that an access token counts.
    pub counts: i64,
    /// Seconds that a refresh token counts, where it says so.
    pub refresh_counts: Option<i64>,
    /// In place of tokens: a status and a body.
    pub refuses: Option<(u16, String)>,
    /// Waits so long before it answers.
    pub slow: std::time::Duration,
    /// Each refresh token counts once.
    pub rotates: bool,
    /// Tokens of nobody, so many times.
    pub wrong: usize,
    /// The form of each request for a token.
    pub asked: Vec<HashMap<String, String>>,
    issued: usize,
    refresh: Vec<String>,
    /// Of each code: its challenge and redirect address.
    codes: HashMap<String, (String, String)>,
}

pub struct TokenServer {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

impl TokenServer {
    pub fn start(user: &str) -> Self {
        let (listener, port) = super::listen();
        let state = Arc::new(Mutex::new(State {
            user: user.to_owned(),
            counts: 3600,
            refresh_counts: None,
            refuses: None,
            slow: Default::default(),
            rotates: true,
            wrong: 0,
            asked: Vec::new(),
            issued: 0,
            refresh: Vec::new(),
            codes: HashMap::new(),
        }));
        let shared = state.clone();
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let state = shared.clone();
                std::thread::spawn(move || serve(client.unwrap(), &state));
            }
        });
        Self { port, state }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port)
    }

    /// How often it was asked for a token.
    pub fn requests(&self) -> usize {
        self.state().asked.len()
    }

    /// From now on each request for a token is refused with this body.
    pub fn refuse(&self, status: u16, body: &str) {
        self.state().refuses = Some((status, body.to_owned()));
    }

    /// Every refresh token that was given counts no more.
    pub fn withdraw(&self) {
        self.state().refresh.clear();
    }
}

fn serve(client: TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(client.try_clone().unwrap());
    let mut first = String::new();
    if reader.read_line(&mut first).unwrap_or(0) == 0 {
        return;
    }
    let (mut length, mut authorization, mut line) = (0, String::new(), String::new());
    while reader.read_line(&mut line).unwrap() > 2 {
        let (name, value) = line.split_once(':').unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap(),
            "authorization" => authorization = value.trim().to_owned(),
            _ => {}
        }
        line.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let target = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let (status, kind, answer) = match path {
        "/token" => {
            let mut form = read(&body);
            if let Some(basic) = authorization.strip_prefix("Basic ") {
                let pair = base64::engine::general_purpose::STANDARD.decode(basic).unwrap();
                let pair = String::from_utf8(pair).unwrap();
                let (id, secret) = pair.split_once(':').unwrap();
                form.insert("client_id".into(), decoded(id));
                form.insert("client_secret".into(), decoded(secret));
            }
            let slow = state.lock().unwrap().slow;
            std::thread::sleep(slow);
            let (status, body) = state.lock().unwrap().tokens(form);
            (status, "application/json", body)
        }
        "/authorize" => {
            let page = state.lock().unwrap().page(&read(query.as_bytes()));
            (200, "text/html; charset=utf-8", page)
        }
        _ => (404, "text/html", "<title>Not Found</title>".to_owned()),
    };
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        answer.len()
    );
    let _ = (&client).write_all(&[head.as_bytes(), answer.as_bytes()].concat());
}

fn read(form: &[u8]) -> HashMap<String, String> {
    form_urlencoded::parse(form).into_owned().collect()
}

fn decoded(text: &str) -> String {
    read(format!("x={text}").as_bytes()).remove("x").unwrap()
}

impl State {
    fn tokens(&mut self, form: HashMap<String, String>) -> (u16, String) {
        self.asked.push(form.clone());
        if let Some(refused) = &self.refuses {
            return refused.clone();
        }
        let given = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        if given("client_id") != CLIENT_ID {
            return wrong("invalid_client", "The OAuth client was not found.");
        }
        if given("client_secret") != CLIENT_SECRET && given("client_assertion").is_empty() {
            return wrong("invalid_client", "AADSTS7000215: Invalid client secret provided.");
        }
        match given("grant_type") {
            "client_credentials" => self.give(false),
            "authorization_code" => match self.codes.remove(given("code")) {
                Some((challenge, redirect))
                    if challenge == URL_SAFE_NO_PAD.encode(Sha256::digest(given("code_verifier")))
                        && redirect == given("redirect_uri") =>
                {
                    self.give(true)
                }
                _ => wrong("invalid_grant", "The code is not known, or its verifier or redirect address is another."),
            },
            "refresh_token" => match self.refresh.iter().position(|known| known == given("refresh_token")) {
                Some(at) => {
                    if self.rotates {
                        self.refresh.remove(at);
                    }
                    self.give(self.rotates)
                }
                None => wrong("invalid_grant", "Token has been expired or revoked."),
            },
            _ => wrong("unsupported_grant_type", ""),
        }
    }

    fn give(&mut self, with_refresh: bool) -> (u16, String) {
        self.issued += 1;
        let user = if self.wrong > 0 {
            self.wrong -= 1;
            "nobody"
        } else {
            &self.user
        };
        let mut answer = serde_json::json!({
            "token_type": "Bearer",
            "expires_in": self.counts,
            "access_token": token(user, self.counts.max(60), self.issued),
        });
        if with_refresh {
            let refresh = format!("refresh-{}-{}", self.user, self.issued);
            answer["refresh_token"] = refresh.clone().into();
            if let Some(seconds) = self.refresh_counts {
                answer["refresh_token_expires_in"] = seconds.into();
            }
            self.refresh.push(refresh);
        }
        (200, answer.to_string())
    }

    /// Where a person allows it: one link, as the button of a real page.
    fn page(&mut self, query: &HashMap<String, String>) -> String {
        let code = format!("code-{}", self.codes.len());
        self.codes.insert(code.clone(), (query["code_challenge"].clone(), query["redirect_uri"].clone()));
        let back = |answer: &[(&str, &str)]| {
            let mut url = form_urlencoded::Serializer::new(format!("{}?", query["redirect_uri"]));
            url.append_pair("state", &query["state"]);
            answer.iter().for_each(|(name, value)| {
                url.append_pair(name, value);
            });
            url.finish().replace("?&", "?").replace('&', "&amp;")
        };
        let denied = [("error", "access_denied"), ("error_description", "AADSTS65004: User declined to consent.")];
        format!(
            "<title>Provider</title><h1>Sign in</h1><p>{}</p><a href=\"{}\">Allow</a> <a href=\"{}\">Decline</a>",
            query.get("scope").map(String::as_str).unwrap_or_default(),
            back(&[("code", &code)]),
            back(&denied)
        )
    }
}

fn wrong(error: &str, description: &str) -> (u16, String) {
    (400, serde_json::json!({ "error": error, "error_description": description }).to_string())
}
