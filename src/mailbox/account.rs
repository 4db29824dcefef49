//! What a session needs to reach its mailbox, and to reach it again; and the words of its failures.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use parking_lot::RwLock;

use crate::domain::complaint::Complaint;
use crate::domain::discovery::MailPlace;
use crate::domain::protocol::{Protocol, Security};
use crate::domain::secret::{Echo, Secret};
use crate::domain::server::{Access, Fingerprint256, Host, IncomingServer, Port};
use crate::domain::text::shorten;
use crate::domain::words::Sentence;
use crate::{complain, say};

use super::certificate::{CertificateTaken, Nameless};
use super::failure::{Doing, SignInRefusal, wanted_wait};
use super::sasl::Mechanism;
use super::wire::Meter;
use super::{Credential, Environment, MailboxError, MailboxProblem, SessionLimits, TokenSource, Traffic, remedy};

/// One network mailbox with the way to it.
#[derive(Clone)]
pub(super) struct MailAccount {
    pub protocol: Protocol,
    pub host: Host,
    pub port: Port,
    pub security: Security,
    pub trusted: Option<Fingerprint256>,
    pub username: String,
    /// Empty where tokens sign in.
    pub password: Secret,
    pub tokens: Option<Arc<dyn TokenSource>>,
    /// The folder that is open, or opened first.
    pub folder: String,
    /// Bytes of the largest message that is taken without being announced as large.
    pub size_limit: u64,
    pub env: Environment,
    /// What may move over all its connections, where that is limited.
    pub traffic: Option<Arc<Meter>>,
    /// The certificate that was taken last; of all clones together.
    pub taken: Arc<RwLock<Option<CertificateTaken>>>,
    /// Takes the password, or the present token, out of what the server says; of all clones together.
    echo: Arc<RwLock<Echo>>,
}

impl MailAccount {
    /// None for a Local server.
    pub(super) fn new(server: &IncomingServer, credential: Credential, env: &Environment) -> Option<Self> {
        let Access::Network { protocol, host, port, security, trusted, username } = &server.access else {
            return None;
        };
        let (password, tokens) = match credential {
            Credential::Password(password) => (password, None),
            Credential::Token(tokens) => (Secret::default(), Some(tokens)),
        };
        let response = plain_response(username, &password);
        Some(Self {
            echo: Arc::new(RwLock::new(Echo::of(&password, &[response]))),
            taken: Arc::default(),
            protocol: *protocol,
            host: host.clone(),
            port: *port,
            security: *security,
            trusted: trusted.clone(),
            username: username.clone(),
            password,
            tokens,
            folder: server.first_folder().to_owned(),
            size_limit: server.size_limit(),
            env: env.clone(),
            traffic: env.traffic.of(server),
        })
    }

    /// One of nobody, for a look at a place.
    pub(super) fn stranger(door: &MailPlace, env: &Environment) -> Self {
        Self {
            echo: Arc::new(RwLock::new(Echo::of(&Secret::default(), &[]))),
            taken: Arc::default(),
            protocol: door.protocol,
            host: door.host.clone(),
            port: door.port,
            security: door.security,
            trusted: None,
            username: "nobody".into(),
            password: Secret::default(),
            tokens: None,
            folder: "INBOX".into(),
            size_limit: 1 << 20,
            env: env.clone(),
            traffic: None,
        }
    }

    /// One that leads nowhere: its host stands for no machine, so nothing is dialled.
    pub(super) fn nowhere(protocol: Protocol, limits: SessionLimits) -> Option<Self> {
        let (host, password) = (Host::parse("0.0.0.0").ok()?, Secret::new("secret"));
        let env = Environment {
            limits,
            authorities: None,
            nameless: Nameless::Refused,
            mail_root: Default::default(),
            traffic: Traffic::default(),
            chance: || 0.5,
        };
        let stranger = Self::stranger(&MailPlace { protocol, host, port: Port(1), security: Security::None }, &env);
        Some(Self { echo: Arc::new(RwLock::new(Echo::of(&password, &[]))), password, ..stranger })
    }

    /// See [`super::Mailbox::certificate`].
    pub(super) fn certificate(&self) -> Option<CertificateTaken> {
        self.taken.read().clone()
    }

    /// `imap.example.org:993`, for words.
    pub(super) fn place(&self) -> String {
        format!("{}:{}", self.host.as_str(), self.port.0)
    }

    /// From now on this token is taken out of what the server says.
    pub(super) fn hide(&self, token: &Secret) {
        let responses = [Mechanism::OAuthBearer, Mechanism::XOAuth2].map(|way| way.response(self, token));
        *self.echo.write() = Echo::of(token, &responses);
    }

    /// A server's own words, fit to be shown: on one line, short, and without the password, should it echo it.
    pub(super) fn said(&self, words: &str) -> String {
        let words = self.echo.read().hide_in(words);
        let words: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        shorten(words.trim(), 300)
    }

    /// RFC 4616: the initial response of SASL PLAIN.
    pub(super) fn plain_response(&self) -> String {
        plain_response(&self.username, &self.password)
    }

    /// How long to wait before a connection that broke is begun anew, the more often in a row the longer.
    pub(super) fn pause(&self, in_a_row: u32) -> Duration {
        let longest = self.env.limits.again * in_a_row.clamp(1, 8);
        longest.mul_f64(0.5 + (self.env.chance)() / 2.0)
    }

    /// What a failed read or write means.
    pub(super) fn broken(&self, error: &io::Error, doing: Doing) -> MailboxError {
        let (place, doing) = (self.place(), doing.words());
        match error.kind() {
            ErrorKind::TimedOut | ErrorKind::WouldBlock => {
                MailboxError::new(MailboxProblem::Timeout, say!("mailbox-timeout", place, doing))
                    .with_remedy(say!("remedy-silent"))
            }
            ErrorKind::InvalidData => {
                let limit = error.get_ref().and_then(|error| error.downcast_ref::<Sentence>());
                let limit = limit.cloned().unwrap_or_else(|| Sentence::verbatim(self.said(&error.to_string())));
                MailboxError::new(MailboxProblem::Protocol, say!("mailbox-broke-limit", place, doing, limit))
            }
            _ => MailboxError::new(MailboxProblem::Cut, say!("mailbox-cut", place, doing)),
        }
    }

    /// The sign-in was refused with these words.
    pub(super) fn refused_sign_in(&self, said: &str) -> MailboxError {
        let (host, user, meaning) = (self.host.as_str(), &self.username, SignInRefusal::of(said));
        let said = self.said(said);
        let remedy = match meaning {
            SignInRefusal::Passing => {
                let words = match said.is_empty() {
                    true => say!("mailbox-not-now", host, user),
                    false => say!("mailbox-not-now-saying", host, user, said),
                };
                let error = MailboxError::new(MailboxProblem::Busy, words).with_remedy(say!("remedy-passing"));
                return error.waiting(wanted_wait(&said));
            }
            SignInRefusal::Expired => say!("remedy-expired"),
            SignInRefusal::Account => say!("remedy-account"),
            SignInRefusal::Password | SignInRefusal::Command | SignInRefusal::Unencrypted => remedy::sign_in(host),
        };
        let words = match said.is_empty() {
            true => say!("mailbox-sign-in-refused", host, user),
            false => say!("mailbox-sign-in-refused-saying", host, user, said),
        };
        MailboxError::new(MailboxProblem::SignIn, words).with_remedy(remedy)
    }

    /// The server asks to come again later, in these words.
    pub(super) fn busy(&self, said: &str) -> MailboxError {
        let (place, wait) = (self.place(), wanted_wait(said));
        MailboxError::new(MailboxProblem::Busy, complain!("mailbox-asks-to-wait", place, said = self.said(said)))
            .waiting(wait)
    }

    /// It speaks, but not as this protocol has it.
    pub(super) fn strange(&self, what: impl Into<Complaint>) -> MailboxError {
        MailboxError::new(MailboxProblem::Protocol, what)
    }
}

fn plain_response(username: &str, password: &Secret) -> String {
    STANDARD.encode(format!("\0{username}\0{}", password.reveal()))
}
