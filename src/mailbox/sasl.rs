//! Signing in with a token: SASL OAUTHBEARER (RFC 7628) and XOAUTH2 (the same before there was a standard, and all that
//! Microsoft has). A token that the server does not take is renewed once: it may have been withdrawn before its time.

use std::sync::Arc;
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::account::MailAccount;
use super::dial::StageWatch;
use super::failure::SignInRefusal;
use super::{MailboxError, MailboxProblem};
use crate::domain::secret::Secret;
use crate::domain::stage::StageName;
use crate::domain::words::Sentence;
use crate::{complain, say};

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
    /// One that counts now. Ends by `until`.
    fn token(&self, until: Option<Instant>) -> Result<Secret, MailboxError>;
    /// A new one, since the mail server did not take this.
    fn another(&self, refused: &Secret, until: Option<Instant>) -> Result<Secret, MailboxError>;
    /// What to do where the mail server takes none: a sentence for the administrator.
    fn remedy(&self) -> Sentence;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mechanism {
    OAuthBearer,
    XOAuth2,
}

impl Mechanism {
    /// The better one of those that the server offers.
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
                // RFC 5801 §4: what separates is written otherwise within a name.
                let user = user.replace('=', "=3D").replace(',', "=2C");
                let (host, port) = (account.host.as_str(), account.port.0);
                format!("n,a={user},\x01host={host}\x01port={port}\x01auth=Bearer {token}\x01\x01")
            }
            Mechanism::XOAuth2 => format!("user={user}\x01auth=Bearer {token}\x01\x01"),
        })
    }

    /// What answers a server that says why it refuses, before it refuses (RFC 7628 §3.2.3).
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

/// Signs in with a token, and with another one where that is not taken.
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
            return Err(refused(account, tokens, &said, &challenge));
        }
        token = tokens.another(&token, until)?;
    }
    Err(refused(account, tokens, "", ""))
}

fn not_offered(account: &MailAccount) -> MailboxError {
    MailboxError::new(MailboxProblem::SignIn, complain!("mailbox-takes-no-token", place = account.place()))
}

/// The mail server takes no token, not even a new one.
pub(super) fn refused(account: &MailAccount, tokens: &dyn TokenSource, said: &str, challenge: &str) -> MailboxError {
    let status = reason(challenge);
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
fn reason(challenge: &str) -> Option<String> {
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
        assert_eq!(reason(&challenge).as_deref(), Some("400, https://mail.google.com/"));
        for nothing in ["", "%%%", "AQ=="] {
            assert_eq!(reason(nothing), None, "{nothing}");
        }
    }
}
