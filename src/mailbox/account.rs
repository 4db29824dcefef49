//! What a session needs to reach its mailbox, and to reach it again; and the words of its failures.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::domain::echo::Echo;
use crate::domain::secret::Secret;
use crate::domain::server::{Access, Fingerprint256, Host, IncomingServer, Port, Protocol, Security};
use crate::domain::text::shorten;

use super::certificate::Nameless;
use super::refusal::Refusal;
use super::{Environment, Limits, MailboxError, Problem, remedy};

/// One network mailbox with the way to it.
#[derive(Clone)]
pub(super) struct Account {
    pub protocol: Protocol,
    pub host: Host,
    pub port: Port,
    pub security: Security,
    pub trusted: Option<Fingerprint256>,
    pub username: String,
    pub password: Secret,
    pub folder: String,
    /// Bytes of the largest message that is taken without being announced as large.
    pub size_limit: u64,
    pub env: Environment,
    /// A certificate was taken that names no host but by its common name; of all clones together.
    pub nameless: Arc<AtomicBool>,
    /// Takes the password out of what the server says.
    echo: Echo,
}

impl Account {
    /// None for a Local server.
    pub fn new(server: &IncomingServer, password: &Secret, env: &Environment) -> Option<Self> {
        let Access::Network { protocol, host, port, security, trusted, username } = &server.access else {
            return None;
        };
        let response = plain_response(username, password);
        Some(Self {
            echo: Echo::of(password, &[response]),
            nameless: Arc::default(),
            protocol: *protocol,
            host: host.clone(),
            port: *port,
            security: *security,
            trusted: trusted.clone(),
            username: username.clone(),
            password: password.clone(),
            folder: if server.folder.is_empty() { "INBOX".into() } else { server.folder.clone() },
            size_limit: server.size_limit(),
            env: env.clone(),
        })
    }

    /// One that leads nowhere: its host stands for no machine, so nothing is dialled.
    pub fn nowhere(protocol: Protocol, limits: Limits) -> Option<Self> {
        let password = Secret::new("secret");
        Some(Self {
            echo: Echo::of(&password, &[]),
            nameless: Arc::default(),
            protocol,
            host: Host::parse("0.0.0.0").ok()?,
            port: Port(1),
            security: Security::None,
            trusted: None,
            username: "nobody".into(),
            password,
            folder: "INBOX".into(),
            size_limit: 1 << 20,
            env: Environment { limits, authorities: None, nameless: Nameless::Refused, mail_root: Default::default() },
        })
    }

    /// See [`super::Mailbox::is_nameless`].
    pub fn is_nameless(&self) -> bool {
        self.nameless.load(Ordering::Relaxed)
    }

    /// `imap.example.org:993`, for words.
    pub fn place(&self) -> String {
        format!("{}:{}", self.host.as_str(), self.port.0)
    }

    /// A server's own words, fit to be shown: on one line, short, and without the password, should it echo it.
    pub fn said(&self, words: &str) -> String {
        let words = self.echo.hide_in(words);
        let words: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        shorten(words.trim(), 300)
    }

    /// RFC 4616: the initial response of SASL PLAIN.
    pub fn plain_response(&self) -> String {
        plain_response(&self.username, &self.password)
    }

    /// What a failed read or write means. `doing` ends “… while it was asked to”.
    pub fn broken(&self, error: &io::Error, doing: &str) -> MailboxError {
        let place = self.place();
        match error.kind() {
            ErrorKind::TimedOut | ErrorKind::WouldBlock => MailboxError::new(
                Problem::Timeout,
                format!("{place} did not answer in time while it was asked to {doing}."),
            )
            .with_remedy(remedy::silent()),
            ErrorKind::InvalidData => MailboxError::new(
                Problem::Protocol,
                format!("{place} broke a limit while it was asked to {doing}: {}.", self.said(&error.to_string())),
            ),
            _ => {
                MailboxError::new(Problem::Cut, format!("{place} ended the connection while it was asked to {doing}."))
            }
        }
    }

    /// The sign-in was refused with these words.
    pub fn refused_sign_in(&self, said: &str) -> MailboxError {
        let host = self.host.as_str();
        let said_so = match self.said(said) {
            nothing if nothing.is_empty() => ".".to_owned(),
            words => format!(": {words}"),
        };
        let user = &self.username;
        let refused = |remedy: String| {
            let words = format!("{host} refused to sign in “{user}”{said_so}");
            MailboxError::new(Problem::SignIn, words).with_remedy(remedy)
        };
        match Refusal::of(said) {
            Refusal::Passing => {
                let words = format!("{host} can't open the mailbox of “{user}” now{said_so}");
                MailboxError::new(Problem::Connect, words).with_remedy(remedy::passing())
            }
            Refusal::Expired => refused(remedy::expired()),
            Refusal::Account => refused(remedy::account()),
            Refusal::Password | Refusal::Command | Refusal::Unencrypted => refused(remedy::sign_in(host)),
        }
    }

    /// It speaks, but not as this protocol has it.
    pub fn strange(&self, what: &str) -> MailboxError {
        MailboxError::new(Problem::Protocol, format!("{} {}.", self.place(), self.said(what)))
    }
}

fn plain_response(username: &str, password: &Secret) -> String {
    STANDARD.encode(format!("\0{username}\0{}", password.reveal()))
}
