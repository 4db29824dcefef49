//! Signing in: SASL PLAIN (RFC 5034), USER and PASS (RFC 1939), SASL LOGIN, APOP. The next way is tried only where the
//! server refused the way, not the password: a wrong password is sent once, and locks nobody out.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};

use super::session::{StatusLine, status};
use crate::domain::protocol::Security;
use crate::domain::secret::{Echo, Secret};
use crate::mailbox::account::MailAccount;
use crate::mailbox::dial::{CAPABILITIES, Dialled, GreetingRequest, Opening, StageWatch, StartTls, dial};
use crate::mailbox::failure::{Doing, SignInRefusal};
use crate::mailbox::sasl::{Mechanism, TokenAttempt, with_token};
use crate::mailbox::wire::BufferedWire;
use crate::mailbox::{MailboxError, MailboxProblem, remedy};
use crate::say;

/// RFC 1939, 2449, 2595 4.
pub(in crate::mailbox) const OPENING: Opening = Opening {
    greeting: "+OK",
    capabilities,
    is_reticent: true,
    starttls: StartTls { command: "STLS", capability: "STLS", accepted: "+OK", aside: None },
    takes_passwords: |_| true,
};

/// CAPA (RFC 2449); there are servers that know none.
fn capabilities(account: &MailAccount, wire: &mut BufferedWire) -> Result<Vec<String>, MailboxError> {
    let broken = |error| account.broken(&error, Doing::ListCapabilities);
    let mut capabilities = Vec::new();
    wire.send("CAPA").map_err(broken)?;
    let mut line = wire.line().map_err(broken)?;
    for _ in 0..CAPABILITIES {
        if line.trim().is_empty() {
            line = wire.line().map_err(broken)?;
        } else {
            break;
        }
    }
    if !line.to_ascii_uppercase().starts_with("+OK") {
        return Ok(capabilities);
    }
    for _ in 0..CAPABILITIES {
        let line = wire.line().map_err(broken)?.to_ascii_uppercase();
        match line.trim() {
            "." => return Ok(capabilities),
            capability => capabilities.push(capability.to_owned()),
        }
    }
    Err(account.strange(say!("mailbox-strange-capabilities-without-end", place = account.place())))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PopSignIn {
    Plain,
    UserPass,
    Login,
    /// Sends a digest of the password and the greeting's timestamp: MD5, and so the last.
    Apop,
}

/// Why one way did not lead in.
enum Failed {
    /// The server does not take this way.
    Way(String),
    /// It takes no password without encryption.
    Unencrypted(String),
    /// It hung up on the way's first command.
    HungUp(MailboxError),
    /// No other way is tried.
    Final(MailboxError),
}

impl Failed {
    fn hiding(self, secret: &Echo) -> Self {
        let hide = |error: MailboxError| MailboxError {
            complaint: error.complaint.changed(&|words| secret.hide_in(words)),
            ..error
        };
        match self {
            Failed::Way(said) => Failed::Way(secret.hide_in(&said)),
            Failed::Unencrypted(said) => Failed::Unencrypted(secret.hide_in(&said)),
            Failed::HungUp(error) => Failed::HungUp(hide(error)),
            Failed::Final(error) => Failed::Final(hide(error)),
        }
    }
}

/// Connects and signs in.
pub(super) fn sign_in(account: &MailAccount, watch: &mut dyn StageWatch) -> Result<Dialled, MailboxError> {
    match &account.tokens {
        Some(tokens) => with_token(account, &**tokens, watch, |token, watch| by_token(account, token, watch)),
        None => by_password(account, watch),
    }
}

/// AUTH (RFC 5034). A token is longer than the 255 bytes that its command may have, so it follows when the server asks for
/// it.
fn by_token(
    account: &MailAccount,
    token: &Secret,
    watch: &mut dyn StageWatch,
) -> Result<TokenAttempt<Dialled>, MailboxError> {
    let mut dialled = dial(account, GreetingRequest::Capabilities, watch)?;
    let lines = dialled.capabilities.iter().filter_map(|line| line.strip_prefix("SASL "));
    let offered: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    let Some(mechanism) = Mechanism::of(|name| offered.contains(&name)) else { return Ok(TokenAttempt::NotOffered) };
    let messages =
        [format!("AUTH {}", mechanism.name()), mechanism.response(account, token), mechanism.end().to_owned()];
    let broken = |error| account.broken(&error, Doing::SignIn);
    let mut challenge = String::new();
    for message in messages {
        dialled.wire.clock.begin();
        dialled.wire.send(message).map_err(broken)?;
        let line = dialled.wire.line().map_err(broken)?;
        match status(&line) {
            Some(StatusLine::Ok) => return Ok(TokenAttempt::In(dialled)),
            Some(StatusLine::Err(said)) => return Ok(TokenAttempt::Refused { said, challenge }),
            Some(StatusLine::GoOn) => challenge = line.trim_start_matches('+').trim().to_owned(),
            None => {
                let (place, line) = (account.place(), account.said(&line));
                return Err(account.strange(say!("mailbox-strange-sign-in", place, line)));
            }
        }
    }
    Err(account.strange(say!("mailbox-asks-more-than-a-token", place = account.place())))
}

fn by_password(account: &MailAccount, watch: &mut dyn StageWatch) -> Result<Dialled, MailboxError> {
    let mut refused = Vec::new();
    let mut unencrypted = None;
    let mut last = String::new();
    let mut ask = GreetingRequest::Capabilities;
    'dial: loop {
        let mut dialled = dial(account, ask, watch)?;
        let mut hung_up = None;
        let mut tried = false;
        for way in ways(account, &dialled) {
            if refused.contains(&way) || (unencrypted.is_some() && way != PopSignIn::Apop) {
                continue;
            }
            match take(way, account, &mut dialled) {
                Ok(()) => return Ok(dialled),
                Err(Failed::Final(error)) => {
                    let delay = login_delay(&dialled.capabilities);
                    return Err(if error.problem == MailboxProblem::Busy { error.waiting(delay) } else { error });
                }
                Err(Failed::Way(said)) => last = said,
                Err(Failed::Unencrypted(said)) => unencrypted = Some(said),
                // It was the question before that it hung up on.
                Err(Failed::HungUp(_)) if dialled.capabilities.is_empty() && ask == GreetingRequest::Capabilities => {
                    ask = GreetingRequest::Nothing;
                    continue 'dial;
                }
                // Or on the way before, once it had refused it.
                Err(Failed::HungUp(_)) if tried => continue 'dial,
                Err(Failed::HungUp(error)) => hung_up = Some(error),
            }
            tried = true;
            refused.push(way);
            if hung_up.is_some() {
                break;
            }
        }
        match hung_up {
            Some(error) if !ways(account, &dialled).iter().any(|way| !refused.contains(way)) => return Err(error),
            Some(_) => {}
            None => return Err(no_way(account, unencrypted, &last)),
        }
    }
}

fn no_way(account: &MailAccount, unencrypted: Option<String>, said: &str) -> MailboxError {
    let place = account.place();
    match unencrypted {
        Some(said) => {
            let words = say!("mailbox-no-plain-sign-in-saying", place, said = account.said(&said));
            MailboxError::new(MailboxProblem::NoStartTls, words).with_remedy(remedy::no_starttls(account.protocol))
        }
        None => {
            let words = say!("mailbox-no-sign-in-saying", place, said = account.said(said));
            MailboxError::new(MailboxProblem::SignIn, words).with_remedy(remedy::no_way(account.security))
        }
    }
}

/// The least time between two sign-ins (RFC 2449 §6.5: `LOGIN-DELAY 900`; `USER` behind it says that it is another for some).
pub(super) fn login_delay(capabilities: &[String]) -> Option<Duration> {
    let line = capabilities.iter().find_map(|line| line.strip_prefix("LOGIN-DELAY "))?;
    let seconds = line.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_secs(seconds)).filter(|delay| !delay.is_zero())
}

/// What may lead in, the best first.
fn ways(account: &MailAccount, dialled: &Dialled) -> Vec<PopSignIn> {
    let offers = |mechanism: &str| {
        dialled
            .capabilities
            .iter()
            .filter_map(|line| line.strip_prefix("SASL "))
            .any(|line| line.split_whitespace().any(|word| word == mechanism))
    };
    // RFC 1939 has one line for each, and no way to say a line end.
    let on_one_line =
        ![account.username.as_str(), account.password.reveal()].iter().any(|text| text.contains(['\r', '\n']));
    let mut ways = Vec::new();
    if offers("PLAIN") {
        ways.push(PopSignIn::Plain);
    }
    if on_one_line {
        ways.push(PopSignIn::UserPass);
    }
    if offers("LOGIN") {
        ways.push(PopSignIn::Login);
    }
    // Where it says nothing, or USER is refused.
    if !offers("PLAIN") {
        ways.push(PopSignIn::Plain);
    }
    if timestamp(&dialled.greeting).is_some() && !account.username.contains(['\r', '\n', ' ']) {
        ways.push(PopSignIn::Apop);
    }
    ways
}

/// RFC 1939, APOP: what stands in angle brackets in the greeting and looks like a Message-ID.
fn timestamp(greeting: &str) -> Option<&str> {
    let from = greeting.find('<')?;
    let length = greeting[from..].find('>')?;
    Some(&greeting[from..=from + length]).filter(|stamp| stamp.contains('@'))
}

fn take(way: PopSignIn, account: &MailAccount, dialled: &mut Dialled) -> Result<(), Failed> {
    let (user, password) = (account.username.as_str(), account.password.reveal());
    let stamp = timestamp(&dialled.greeting).unwrap_or_default().to_owned();
    let mut steps = Steps { account, wire: &mut dialled.wire };
    match way {
        PopSignIn::Plain => {
            steps.ask("AUTH PLAIN")?;
            steps.prove(&account.plain_response())
        }
        PopSignIn::UserPass => {
            steps.ask_for(user)?;
            steps.prove(&format!("PASS {password}"))
        }
        PopSignIn::Login => {
            steps.ask("AUTH LOGIN")?;
            steps.ask(&STANDARD.encode(user))?;
            steps.prove(&STANDARD.encode(password))
        }
        PopSignIn::Apop => {
            let digest = hex::encode(Md5::digest(format!("{stamp}{password}")));
            // The password can be guessed from it.
            let hide = Echo::of(&Secret::new(digest.as_str()), &[]);
            steps.prove(&format!("APOP {user} {digest}")).map_err(|failed| failed.hiding(&hide))
        }
    }
}

struct Steps<'a> {
    account: &'a MailAccount,
    wire: &'a mut BufferedWire,
}

impl Steps<'_> {
    /// A step before the password: whatever refuses it can't mean the password.
    fn ask(&mut self, command: &str) -> Result<(), Failed> {
        match self.answer(command)? {
            StatusLine::Ok | StatusLine::GoOn => Ok(()),
            StatusLine::Err(said) => match SignInRefusal::of(&said) {
                SignInRefusal::Command | SignInRefusal::Password => Err(Failed::Way(said)),
                other => Err(self.refused(other, said)),
            },
        }
    }

    /// USER: may refuse the name.
    fn ask_for(&mut self, user: &str) -> Result<(), Failed> {
        match self.answer(&format!("USER {user}"))? {
            StatusLine::Ok | StatusLine::GoOn => Ok(()),
            StatusLine::Err(said) => Err(self.refused(SignInRefusal::of(&said), said)),
        }
    }

    /// The step with the password.
    fn prove(&mut self, secret: &str) -> Result<(), Failed> {
        match self.answer(secret) {
            Ok(StatusLine::Ok) => Ok(()),
            Ok(StatusLine::GoOn) => {
                let what = say!("mailbox-strange-more-than-password", place = self.account.place());
                Err(Failed::Final(self.account.strange(what)))
            }
            Ok(StatusLine::Err(said)) => Err(self.refused(SignInRefusal::of(&said), said)),
            // The password may have been the reason.
            Err(Failed::HungUp(error)) => Err(Failed::Final(error)),
            Err(failed) => Err(failed),
        }
    }

    fn refused(&self, refusal: SignInRefusal, said: String) -> Failed {
        match refusal {
            SignInRefusal::Command => Failed::Way(said),
            SignInRefusal::Unencrypted if self.account.security == Security::None => Failed::Unencrypted(said),
            // It is encrypted: the words must mean something else.
            SignInRefusal::Unencrypted => Failed::Way(said),
            _ => Failed::Final(self.account.refused_sign_in(&said)),
        }
    }

    fn answer(&mut self, command: &str) -> Result<StatusLine, Failed> {
        let account = self.account;
        let broken = |error| {
            let error = account.broken(&error, Doing::SignIn);
            if error.problem == MailboxProblem::Cut { Failed::HungUp(error) } else { Failed::Final(error) }
        };
        self.wire.clock.begin();
        super::session::skip_repeated(self.wire);
        self.wire.send(command).map_err(broken)?;
        loop {
            let line = self.wire.line().map_err(broken)?;
            match status(&line) {
                // Judged without the password, which may say anything.
                Some(StatusLine::Err(said)) => return Ok(StatusLine::Err(account.said(&said))),
                Some(status) => return Ok(status),
                None if line.trim().is_empty() => {}
                None => {
                    let (place, line) = (account.place(), account.said(&line));
                    return Err(Failed::Final(account.strange(say!("mailbox-strange-sign-in", place, line))));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_timestamp_of_a_greeting_is_known_from_other_brackets() {
        let greeting = "+OK POP3 ready <1896.697170952@dbc.mtview.ca.us>";
        assert_eq!(timestamp(greeting), Some("<1896.697170952@dbc.mtview.ca.us>"));
        assert_eq!(timestamp("+OK ready <soon>"), None);
        assert_eq!(timestamp("+OK ready >x@y<"), None);
        // The example of RFC 1939.
        let digest = hex::encode(Md5::digest("<1896.697170952@dbc.mtview.ca.us>tanstaaf"));
        assert_eq!(digest, "c4c9334bac560ecc979e58001b3e22fb");
    }
}
