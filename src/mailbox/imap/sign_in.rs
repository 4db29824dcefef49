//! Signing in: a ladder of ways, each tried only where the one before is not to be had here. A refused password ends
//! it: sent once, it locks nobody out. With a token there is one way, and a second try with a new one.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::conversation::{Completion, Conversation, SMALL};
use crate::domain::protocol::Security;
use crate::domain::secret::Secret;
use crate::mailbox::account::MailAccount;
use crate::mailbox::dial::{CAPABILITIES, GreetingRequest, Opening, StageWatch, StartTls, dial, turns_away};
use crate::mailbox::failure::{Doing, MailboxFailure, asks_to_wait};
use crate::mailbox::sasl::{Mechanism, TokenAttempt, with_token};
use crate::mailbox::wire::BufferedWire;
use crate::mailbox::{MailboxError, MailboxProblem, remedy};
use crate::say;

/// RFC 3501 6.1.1, 6.2.1, 7.1.1.
pub(in crate::mailbox) const OPENING: Opening = Opening {
    greeting: "* OK",
    capabilities,
    is_reticent: false,
    starttls: StartTls { command: "s STARTTLS", capability: "STARTTLS", accepted: "S OK", aside: Some('*') },
    takes_passwords: |dialled| !dialled.offers("LOGINDISABLED") || dialled.offers("AUTH=PLAIN"),
};

/// CAPABILITY (RFC 3501 6.1.1).
fn capabilities(account: &MailAccount, wire: &mut BufferedWire) -> Result<Vec<String>, MailboxError> {
    let broken = |error| account.broken(&error, Doing::ListCapabilities);
    let mut capabilities = Vec::new();
    wire.send("c CAPABILITY").map_err(broken)?;
    for _ in 0..CAPABILITIES {
        let line = wire.line().map_err(broken)?.to_ascii_uppercase();
        let mut words = line.split_ascii_whitespace();
        match (words.next(), words.next()) {
            (Some("*"), Some("CAPABILITY")) => capabilities.extend(words.map(str::to_owned)),
            (Some("*"), Some("BYE")) => {
                return Err(turns_away(account, &line));
            }
            // One that does not list them has what every server has.
            (Some("C"), Some("OK" | "NO" | "BAD")) => return Ok(capabilities),
            (Some("*" | "+") | None, _) => {}
            _ => {
                let (place, line) = (account.place(), account.said(&line));
                return Err(account.strange(say!("mailbox-strange-capabilities", place, line)));
            }
        }
    }
    Err(account.strange(say!("mailbox-strange-capabilities-without-end", place = account.place())))
}

/// A way to sign in with a name and a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ImapSignIn {
    /// SASL PLAIN (RFC 4616), which can say any character, and that it is UTF-8.
    Plain,
    /// LOGIN with quoted strings.
    Login,
    /// LOGIN with literals: what RFC 3501 wants for 8-bit characters, which servers take in quotes more often.
    LoginLiterals,
    /// AUTHENTICATE LOGIN: no standard, and all that some servers have.
    AuthLogin,
}

/// Connects and signs in. What the server offers is beside the conversation, in upper case.
///
/// A server that hangs up instead of answering is called again and gets the next way, as long as the password was not
/// sent: what it was may have been the reason.
pub(super) fn sign_in(
    account: &MailAccount,
    watch: &mut dyn StageWatch,
) -> Result<(Conversation, Vec<String>), MailboxError> {
    match &account.tokens {
        Some(tokens) => with_token(account, &**tokens, watch, |token, watch| by_token(account, token, watch)),
        None => by_password(account, watch),
    }
}

/// AUTHENTICATE with the token at once where the server takes it so (SASL-IR, RFC 4959), else when it asks to go on. The
/// reason that it gives before it refuses is answered as the mechanism wants it.
fn by_token(
    account: &MailAccount,
    token: &Secret,
    watch: &mut dyn StageWatch,
) -> Result<TokenAttempt<(Conversation, Vec<String>)>, MailboxError> {
    let dialled = dial(account, GreetingRequest::Capabilities, watch)?;
    let offers = dialled.capabilities;
    let offered = |capability: &str| offers.iter().any(|have| have == capability);
    let Some(mechanism) = Mechanism::of(|name| offered(&format!("AUTH={name}"))) else {
        return Ok(TokenAttempt::NotOffered);
    };
    let response = mechanism.response(account, token);
    let (mut command, mut more) = (format!("AUTHENTICATE {}", mechanism.name()), Vec::new());
    if offered("SASL-IR") {
        command = format!("{command} {response}");
    } else {
        more.push(response.into_bytes());
    }
    more.push(mechanism.end().as_bytes().to_vec());
    let mut conversation = Conversation::new(dialled.wire, account);
    let answer = conversation.ask(SMALL, Doing::SignIn, command.as_bytes(), &more);
    match answer.map_err(|failure| failure.into_error(account))?.completion {
        Completion::Ok(_) => Ok(TokenAttempt::In((conversation, offers))),
        Completion::No(said) | Completion::Bad(said) => {
            Ok(TokenAttempt::Refused { said, challenge: std::mem::take(&mut conversation.challenge) })
        }
    }
}

fn by_password(account: &MailAccount, watch: &mut dyn StageWatch) -> Result<(Conversation, Vec<String>), MailboxError> {
    if account.username.contains('\0') || account.password.reveal().contains('\0') {
        return Err(account.refused_sign_in(&say!("mailbox-zero-bytes")));
    }
    let mut refused = Vec::new();
    let mut said = None;
    loop {
        let dialled = dial(account, GreetingRequest::Capabilities, watch)?;
        let offers = dialled.capabilities;
        let mut conversation = Conversation::new(dialled.wire, account);
        let left: Vec<ImapSignIn> = ways(account, &offers).into_iter().filter(|way| !refused.contains(way)).collect();
        let hung_up = match take(&left, &mut conversation, &mut refused, &mut said)? {
            WaysTaken::Signed => return Ok((conversation, offers)),
            WaysTaken::HungUp(error) => error,
            WaysTaken::Nothing => return Err(no_way(account, said)),
        };
        // As many connections as there are ways: each costs one of them, or comes after one that did.
        if !ways(account, &offers).iter().any(|way| !refused.contains(way)) {
            return Err(hung_up);
        }
    }
}

/// How far the ways of one connection led.
enum WaysTaken {
    Signed,
    /// Before it had seen the password.
    HungUp(MailboxError),
    /// None is left.
    Nothing,
}

/// Tries these ways one after the other, and notes which are not to be had and what the server said last.
fn take(
    ways: &[ImapSignIn],
    conversation: &mut Conversation,
    refused: &mut Vec<ImapSignIn>,
    said: &mut Option<String>,
) -> Result<WaysTaken, MailboxError> {
    let account = conversation.account.clone();
    for (tried, way) in ways.iter().enumerate() {
        // A server may hang up after a refusal: the password in a command would be lost on it, and could be the reason.
        if tried > 0 && way.begins_with_the_password() {
            match conversation.ask(SMALL, Doing::GoOn, b"NOOP", &[]) {
                Err(MailboxFailure::Broken(error)) if error.problem == MailboxProblem::Cut => {
                    return Ok(WaysTaken::HungUp(error));
                }
                Err(failure) => return Err(failure.into_error(&account)),
                Ok(_) => {}
            }
        }
        let (command, more) = way.words(&account);
        let answer = match conversation.ask(SMALL, Doing::SignIn, &command, &more) {
            Ok(answer) => answer,
            Err(MailboxFailure::Broken(error))
                if error.problem == MailboxProblem::Cut && !way.sent_it(conversation.continued) =>
            {
                // On a connection that had refused another way it may have hung up on that.
                if tried == 0 {
                    refused.push(*way);
                }
                return Ok(WaysTaken::HungUp(error));
            }
            Err(failure) => return Err(failure.into_error(&account)),
        };
        // Judged without the password, which may say anything.
        let words = match answer.completion {
            Completion::Ok(_) => return Ok(WaysTaken::Signed),
            Completion::No(words) | Completion::Bad(words) if asks_to_wait(&account.said(&words)) => {
                return Err(account.refused_sign_in(&words));
            }
            Completion::No(words) => match account.said(&words) {
                words if is_about_the_way(&words) => words,
                words => return Err(account.refused_sign_in(&words)),
            },
            Completion::Bad(words) => match account.said(&words) {
                words if is_about_the_person(&words) => return Err(account.refused_sign_in(&words)),
                words => words,
            },
        };
        *said = Some(words);
        refused.push(*way);
    }
    Ok(WaysTaken::Nothing)
}

fn no_way(account: &MailAccount, said: Option<String>) -> MailboxError {
    match said {
        Some(words) => account.refused_sign_in(&words),
        None if account.security == Security::None => {
            let words = say!("mailbox-no-plain-sign-in", place = account.place());
            MailboxError::new(MailboxProblem::NoStartTls, words).with_remedy(remedy::no_starttls(account.protocol))
        }
        None => {
            let words = say!("mailbox-no-sign-in", place = account.place());
            MailboxError::new(MailboxProblem::SignIn, words)
        }
    }
}

fn ways(account: &MailAccount, offered: &[String]) -> Vec<ImapSignIn> {
    let offers = |capability: &str| offered.iter().any(|have| have == capability);
    let login = !offers("LOGINDISABLED");
    let texts = [account.username.as_str(), account.password.reveal()];
    let is_plain = texts.iter().all(|text| text.is_ascii());
    let has_lines = texts.iter().any(|text| text.contains(['\r', '\n']));
    let mut ways = Vec::new();
    ways.extend(offers("AUTH=PLAIN").then_some(ImapSignIn::Plain));
    ways.extend((login && !has_lines).then_some(ImapSignIn::Login));
    ways.extend((login && (has_lines || !is_plain)).then_some(ImapSignIn::LoginLiterals));
    ways.extend(offers("AUTH=LOGIN").then_some(ImapSignIn::AuthLogin));
    ways
}

impl ImapSignIn {
    fn begins_with_the_password(self) -> bool {
        self == ImapSignIn::Login
    }

    /// Whether the password was sent once the server had asked to go on so often.
    fn sent_it(self, continued: usize) -> bool {
        match self {
            ImapSignIn::Login => true,
            ImapSignIn::Plain => continued >= 1,
            ImapSignIn::LoginLiterals | ImapSignIn::AuthLogin => continued >= 2,
        }
    }

    /// The command, and what is sent each time the server asks to go on.
    fn words(self, account: &MailAccount) -> (Vec<u8>, Vec<Vec<u8>>) {
        let (user, password) = (account.username.as_str(), account.password.reveal());
        match self {
            ImapSignIn::Plain => (b"AUTHENTICATE PLAIN".to_vec(), vec![account.plain_response().into_bytes()]),
            ImapSignIn::Login => ([b"LOGIN ", &*quoted(user), b" ", &*quoted(password)].concat(), Vec::new()),
            ImapSignIn::LoginLiterals => {
                let command = format!("LOGIN {{{}}}", user.len());
                let more = [format!("{user} {{{}}}", password.len()), password.to_owned()];
                (command.into_bytes(), more.map(String::into_bytes).to_vec())
            }
            ImapSignIn::AuthLogin => {
                let more = [user, password].map(|text| STANDARD.encode(text).into_bytes());
                (b"AUTHENTICATE LOGIN".to_vec(), more.to_vec())
            }
        }
    }
}

/// A quoted string (RFC 3501 section 4.3).
pub(super) fn quoted(text: impl AsRef<[u8]>) -> Vec<u8> {
    let mut quoted = vec![b'"'];
    for byte in text.as_ref() {
        if matches!(byte, b'"' | b'\\') {
            quoted.push(b'\\');
        }
        quoted.push(*byte);
    }
    quoted.push(b'"');
    quoted
}

/// Whether a NO speaks of the command or mechanism: then nobody has looked at the password. Anything else, in whatever
/// language, is a refusal of this person.
fn is_about_the_way(said: &str) -> bool {
    let said = said.to_lowercase();
    if said.starts_with("[cannot]") {
        return true;
    }
    if said.starts_with('[') || is_about_the_person(&said) {
        return false;
    }
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let way = has(&[
        "command",
        "mechanism",
        "method",
        "authenticate",
        "auth ",
        "auth=",
        "sasl",
        "argument",
        "login",
        "plain",
    ]);
    let not_here = has(&[
        "unknown",
        "unsupported",
        "not support",
        "disabled",
        "invalid argument",
        "arguments invalid",
        "unrecognized",
        "unrecognised",
        "not recognized",
        "not implemented",
        "unimplemented",
        "not available",
        "no such",
        "not enabled",
    ]);
    way && not_here
}

fn is_about_the_person(said: &str) -> bool {
    let said = said.to_lowercase();
    ["password", "credential", "user", "account", "mailbox", "[authenticationfailed]"]
        .iter()
        .any(|word| said.contains(word))
}

/// ID (RFC 2971): some providers open no folder for who has not said what he is.
pub(super) fn introduce(conversation: &mut Conversation) -> Result<(), MailboxFailure> {
    let command = concat!("ID (\"name\" \"Mailgate\" \"version\" \"", env!("CARGO_PKG_VERSION"), "\")");
    conversation.ask(SMALL, Doing::Introduce, command.as_bytes(), &[]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_speaks_of_the_way_leads_to_the_next() {
        for said in [
            "[CANNOT] not here",
            "AUTHENTICATE command unknown or arguments invalid",
            "no such mechanism",
            "Unsupported authentication mechanism",
            "LOGIN is disabled",
            "AUTHENTICATE PLAIN not supported",
            "Invalid argument",
            "Unrecognized command",
        ] {
            assert!(is_about_the_way(said), "{said}");
        }
        for said in [
            "",
            "LOGIN failed",
            "AUTHENTICATE failed.",
            "[AUTHENTICATIONFAILED] Invalid credentials (Failure)",
            "[AUTHENTICATIONFAILED] mechanism not supported for this person",
            "[ALERT] Please log in via your web browser",
            "Login disabled for this account",
            "Unknown user or wrong password",
            "LOGIN 登录失败：密码错误或未开通IMAP服务",
            "Échec : mot de passe erroné",
            "Falsches Kennwort",
        ] {
            assert!(!is_about_the_way(said), "{said}");
        }
    }

    #[test]
    fn any_character_can_be_quoted() {
        assert_eq!(quoted("a\"b\\ž"), "\"a\\\"b\\\\ž\"".as_bytes());
    }
}
