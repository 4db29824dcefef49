//! What a session needs to connect to its mailbox, and to connect again: address, credential and limits; and how its
//! failures are put into words.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use parking_lot::RwLock;

use super::dial::StageWatch;
use super::failure::{self, Doing, SignInRefusal, wanted_wait};
use super::wire::Meter;
use super::{Environment, MailboxError, MailboxProblem, SessionLimits, Traffic};
use crate::domain::discovery::MailPlace;
use crate::domain::expiry::{CertificateTaken, Nameless};
use crate::domain::protocol::{Protocol, Security};
use crate::domain::secret::{Echo, Secret};
use crate::domain::server::{Access, Fingerprint256, Host, IncomingServer, Port};
use crate::domain::stage::StageName;
use crate::domain::text::shorten;
use crate::domain::words::{Complaint, Sentence};
use crate::{complain, say};

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
    /// The largest message that this mailbox accepts, in bytes.
    pub size_limit: u64,
    pub env: Environment,
    /// The traffic budget that all connections of this server share; None where there is no limit.
    pub traffic: Option<Arc<Meter>>,
    /// The certificate that was accepted last; shared by all clones.
    pub taken: Arc<RwLock<Option<CertificateTaken>>>,
    /// Removes the password, or the present token, from what the server says; shared by all clones.
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

    /// An account without a user, to see what answers at an address.
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

    /// An account that can't connect anywhere: its host names no machine. For fuzzing.
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

    /// From now on, this token is removed from what the server says.
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

    /// How long to wait before a broken connection is opened again; longer after each further failure in a row.
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
            SignInRefusal::Password | SignInRefusal::Command | SignInRefusal::Unencrypted => {
                failure::sign_in_remedy(host)
            }
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

    /// The server answers, but not as this protocol demands.
    pub(super) fn strange(&self, what: impl Into<Complaint>) -> MailboxError {
        MailboxError::new(MailboxProblem::Protocol, what)
    }
}

fn plain_response(username: &str, password: &Secret) -> String {
    STANDARD.encode(format!("\0{username}\0{}", password.reveal()))
}

/// What signs in to a mailbox.
#[derive(Clone)]
pub enum Credential {
    Password(Secret),
    /// Asked for a token at each sign-in: a session may outlive one, and goes on with the next.
    Token(Arc<dyn TokenSource>),
}

impl From<&Secret> for Credential {
    fn from(password: &Secret) -> Self {
        Credential::Password(password.clone())
    }
}

/// Where tokens come from.
pub trait TokenSource: Send + Sync {
    /// A token that is valid now. Returns by `until`.
    fn token(&self, until: Option<Instant>) -> Result<Secret, MailboxError>;
    /// A new token, since the mail server refused this one. Returns by `until`.
    fn another(&self, refused: &Secret, until: Option<Instant>) -> Result<Secret, MailboxError>;
    /// What to do where the mail server accepts no token: a sentence for the administrator.
    fn remedy(&self) -> Sentence;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mechanism {
    OAuthBearer,
    XOAuth2,
}

impl Mechanism {
    /// The better of the mechanisms that the server offers.
    pub(super) fn of(offers: impl Fn(&str) -> bool) -> Option<Self> {
        [Mechanism::OAuthBearer, Mechanism::XOAuth2].into_iter().find(|mechanism| offers(mechanism.name()))
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Mechanism::OAuthBearer => "OAUTHBEARER",
            Mechanism::XOAuth2 => "XOAUTH2",
        }
    }

    /// The client's one message, in base64.
    pub(super) fn response(self, account: &MailAccount, token: &Secret) -> String {
        let (user, token) = (&account.username, token.reveal());
        STANDARD.encode(match self {
            Mechanism::OAuthBearer => {
                // RFC 5801 §4: separators are escaped within a name.
                let user = user.replace('=', "=3D").replace(',', "=2C");
                let (host, port) = (account.host.as_str(), account.port.0);
                format!("n,a={user},\x01host={host}\x01port={port}\x01auth=Bearer {token}\x01\x01")
            }
            Mechanism::XOAuth2 => format!("user={user}\x01auth=Bearer {token}\x01\x01"),
        })
    }

    /// The client's last answer, where a server says why it refuses before it refuses (RFC 7628 §3.2.3).
    pub(super) fn end(self) -> &'static str {
        match self {
            Mechanism::OAuthBearer => "AQ==",
            Mechanism::XOAuth2 => "",
        }
    }
}

/// How one sign-in with a token went.
pub(super) enum TokenAttempt<T> {
    In(T),
    Refused {
        /// The server's words.
        said: String,
        /// What it said before, in base64: JSON with a reason.
        challenge: String,
    },
    /// It offers neither mechanism.
    NotOffered,
}

/// Signs in with a token by SASL OAUTHBEARER (RFC 7628) or XOAUTH2 (the same before there was a standard, and all that
/// Microsoft has). A token that the server does not take is renewed once: it may have been withdrawn before its time.
pub(super) fn with_token<T>(
    account: &MailAccount,
    tokens: &dyn TokenSource,
    watch: &mut dyn StageWatch,
    attempt: impl Fn(&Secret, &mut dyn StageWatch) -> Result<TokenAttempt<T>, MailboxError>,
) -> Result<T, MailboxError> {
    let until = account.env.limits.until;
    let mut token = tokens.token(until)?;
    for renewed in [false, true] {
        account.hide(&token);
        let seen = if renewed { say!("mailbox-new-token") } else { say!("mailbox-token") };
        watch.passed(StageName::Token, seen, "");
        let (said, challenge) = match attempt(&token, watch)? {
            TokenAttempt::In(signed) => return Ok(signed),
            TokenAttempt::NotOffered => return Err(not_offered(account)),
            TokenAttempt::Refused { said, challenge } => (account.said(&said), challenge),
        };
        if SignInRefusal::of(&said) == SignInRefusal::Passing {
            return Err(account.refused_sign_in(&said));
        }
        if renewed {
            return Err(token_refused(account, tokens, &said, &challenge));
        }
        token = tokens.another(&token, until)?;
    }
    Err(token_refused(account, tokens, "", ""))
}

fn not_offered(account: &MailAccount) -> MailboxError {
    MailboxError::new(MailboxProblem::SignIn, complain!("mailbox-takes-no-token", place = account.place()))
}

/// The mail server takes no token, not even a new one.
fn token_refused(account: &MailAccount, tokens: &dyn TokenSource, said: &str, challenge: &str) -> MailboxError {
    let status = reason_of(challenge);
    let parts = [said.to_owned(), status.map_or_else(String::new, |status| account.said(&status))];
    let said = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ");
    let (host, user) = (account.host.as_str(), &account.username);
    let words = match said.is_empty() {
        true => say!("mailbox-token-refused", host, user),
        false => say!("mailbox-token-refused-saying", host, user, said),
    };
    MailboxError::new(MailboxProblem::SignIn, words).with_remedy(tokens.remedy())
}

/// `{"status":"invalid_token","scope":"…"}`
fn reason_of(challenge: &str) -> Option<String> {
    let json = STANDARD.decode(challenge.trim()).ok()?;
    let told: serde_json::Value = serde_json::from_slice(&json).ok()?;
    let parts = ["status", "scope"].iter().filter_map(|name| told[name].as_str()).filter(|part| !part.is_empty());
    Some(parts.collect::<Vec<_>>().join(", ")).filter(|reason| !reason.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::protocol::Protocol;
    use crate::mailbox::SessionLimits;

    #[test]
    fn responses_are_as_the_standards_show_them() {
        let mut account = MailAccount::nowhere(Protocol::Imap, SessionLimits::default()).unwrap();
        account.username = "a=b,c@example.org".into();
        let decoded = |mechanism: Mechanism| {
            String::from_utf8(STANDARD.decode(mechanism.response(&account, &Secret::new("tok"))).unwrap()).unwrap()
        };
        let bearer = "n,a=a=3Db=2Cc@example.org,\x01host=0.0.0.0\x01port=1\x01auth=Bearer tok\x01\x01";
        assert_eq!(decoded(Mechanism::OAuthBearer), bearer);
        assert_eq!(decoded(Mechanism::XOAuth2), "user=a=b,c@example.org\x01auth=Bearer tok\x01\x01");
        assert_eq!(Mechanism::of(|name| name == "XOAUTH2"), Some(Mechanism::XOAuth2));
        assert_eq!(Mechanism::of(|_| true), Some(Mechanism::OAuthBearer));
        assert_eq!(Mechanism::of(|_| false), None);
    }

    #[test]
    fn a_challenge_says_why() {
        let challenge = STANDARD.encode(r#"{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}"#);
        assert_eq!(reason_of(&challenge).as_deref(), Some("400, https://mail.google.com/"));
        for nothing in ["", "%%%", "AQ=="] {
            assert_eq!(reason_of(nothing), None, "{nothing}");
        }
    }
}
