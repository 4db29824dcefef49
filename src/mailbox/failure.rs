//! Why a mailbox could not be used, and what to do about it: which sentence of the catalogue fits.

use std::time::Duration;

use super::account::MailAccount;
use super::{MailboxError, MailboxProblem};
use crate::domain::protocol::{Protocol, Security};
use crate::domain::server::Port;
use crate::domain::text::shorten;
use crate::domain::words::Sentence;
use crate::{complain, say};

/// What a server is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doing {
    BeginTls,
    Compare,
    Count,
    Delete,
    DeleteAll,
    GoOn,
    Greet,
    HandOver,
    HoldStill,
    Introduce,
    List,
    ListAll,
    ListCapabilities,
    ListFolders,
    ListSizes,
    ListUidls,
    LookAgain,
    Mark,
    Move,
    Number,
    Open,
    Search,
    ShowHeader,
    ShowHeaders,
    ShowNewest,
    SignIn,
    SignOut,
    UidValidity,
    Wait,
}

impl Doing {
    /// Ends “… while it was asked to”.
    pub(super) fn words(self) -> Sentence {
        match self {
            Doing::BeginTls => say!("mailbox-doing-begin-tls"),
            Doing::Compare => say!("mailbox-doing-compare"),
            Doing::Count => say!("mailbox-doing-count"),
            Doing::Delete => say!("mailbox-doing-delete"),
            Doing::DeleteAll => say!("mailbox-doing-delete-all"),
            Doing::GoOn => say!("mailbox-doing-go-on"),
            Doing::Greet => say!("mailbox-doing-greet"),
            Doing::HandOver => say!("mailbox-doing-hand-over"),
            Doing::HoldStill => say!("mailbox-doing-hold-still"),
            Doing::Introduce => say!("mailbox-doing-introduce"),
            Doing::List => say!("mailbox-doing-list"),
            Doing::ListAll => say!("mailbox-doing-list-all"),
            Doing::ListCapabilities => say!("mailbox-doing-list-capabilities"),
            Doing::ListFolders => say!("mailbox-doing-list-folders"),
            Doing::ListSizes => say!("mailbox-doing-list-sizes"),
            Doing::ListUidls => say!("mailbox-doing-list-uidls"),
            Doing::LookAgain => say!("mailbox-doing-look-again"),
            Doing::Mark => say!("mailbox-doing-mark"),
            Doing::Move => say!("mailbox-doing-move"),
            Doing::Number => say!("mailbox-doing-number"),
            Doing::Open => say!("mailbox-doing-open"),
            Doing::Search => say!("mailbox-doing-search"),
            Doing::ShowHeader => say!("mailbox-doing-show-header"),
            Doing::ShowHeaders => say!("mailbox-doing-show-headers"),
            Doing::ShowNewest => say!("mailbox-doing-show-newest"),
            Doing::SignIn => say!("mailbox-doing-sign-in"),
            Doing::SignOut => say!("mailbox-doing-sign-out"),
            Doing::UidValidity => say!("mailbox-doing-uid-validity"),
            Doing::Wait => say!("mailbox-doing-wait"),
        }
    }
}

/// Why a command failed.
#[derive(Debug)]
pub(super) enum MailboxFailure {
    /// The server refused it, or said something unexpected, in these words. The session goes on.
    Refused { doing: Doing, said: Sentence },
    /// The session is over.
    Broken(MailboxError),
}

impl MailboxFailure {
    /// A refusal by the server: of this one command, or of everything for a while.
    pub(super) fn refused(account: &MailAccount, doing: Doing, said: &str) -> Self {
        match throttles(said) {
            true => MailboxFailure::Broken(account.busy(said)),
            false => MailboxFailure::Refused { doing, said: Sentence::verbatim(account.said(said)) },
        }
    }

    /// The error of a command that must succeed.
    pub(super) fn into_error(self, account: &MailAccount) -> MailboxError {
        match self {
            MailboxFailure::Broken(error) => error,
            MailboxFailure::Refused { said, .. } if asks_to_wait(&said) => account.busy(&said),
            MailboxFailure::Refused { doing, said } => {
                let said = said.changed(&|words| account.said(words));
                MailboxError::new(
                    MailboxProblem::Protocol,
                    say!("mailbox-refused", place = account.place(), doing = doing.words(), said),
                )
            }
        }
    }
}

/// How often in a row sessions may break before the server itself counts as broken: enough to find one bad message among 500
/// by halving.
const LOSSES: usize = 16;

/// Counts sessions that broke one after the other, without a message fetched in between.
#[derive(Default)]
pub(super) struct Losses(usize);

impl Losses {
    /// How many so far; a time-out counts as several.
    pub(super) fn in_a_row(&self) -> u32 {
        u32::try_from(self.0).unwrap_or(u32::MAX)
    }

    /// In how many parts to ask again for what was asked for. The error itself where another session is not worth trying.
    pub(super) fn count(&mut self, error: MailboxError) -> Result<usize, MailboxError> {
        // A time-out takes longer than a closed connection, so it is followed by fewer steps to the one bad message.
        let (cost, ways) = if error.problem == MailboxProblem::Timeout { (LOSSES / 4, 8) } else { (1, 2) };
        self.0 += cost;
        if may_be_one_messages(&error) && self.0 <= LOSSES { Ok(ways) } else { Err(error) }
    }
}

/// Whether a single message may be the cause of this failure.
pub(super) fn may_be_one_messages(error: &MailboxError) -> bool {
    matches!(error.problem, MailboxProblem::Protocol | MailboxProblem::Cut | MailboxProblem::Timeout)
}

/// Bytes to accept for a message listed with this size, which many servers tell a little wrong.
pub(super) fn generous(size: u64) -> u64 {
    size.saturating_mul(2).saturating_add(1 << 20)
}

/// A large message did not fit into its temporary file.
pub(super) fn no_room(error: std::io::Error) -> MailboxFailure {
    MailboxFailure::Broken(MailboxError::new(MailboxProblem::Local, complain!("mailbox-no-room", error)))
}

// What a server means when it refuses a sign-in, or asks to be left alone for a while. Its words may be in any language and
// any charset: only the English ones of known servers, and the codes of RFC 2449, 3206 and 5530, say more than that the
// password is wrong.

/// Why a sign-in was refused, as far as its words tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SignInRefusal {
    /// The server does not know, or does not allow, this command or mechanism; another one may work.
    Command,
    /// It takes passwords over encrypted connections only.
    Unencrypted,
    /// Not now: a right password gets this answer too.
    Passing,
    /// The password was right once, and has to be changed.
    Expired,
    /// The account needs its administrator.
    Account,
    /// Anything else. A second try could lock the account.
    Password,
}

impl SignInRefusal {
    pub(super) fn of(said: &str) -> Self {
        let upper = said.to_ascii_uppercase();
        let coded = |codes: &[&str]| codes.iter().any(|code| upper.contains(code));
        if asks_to_wait(said) || coded(&["[SERVERBUG]"]) {
            return SignInRefusal::Passing;
        }
        if coded(&["[EXPIRED]"]) {
            return SignInRefusal::Expired;
        }
        if coded(&["[SYS/PERM]", "[CONTACTADMIN]"]) {
            return SignInRefusal::Account;
        }
        if coded(&["[PRIVACYREQUIRED]"]) {
            return SignInRefusal::Unencrypted;
        }
        if coded(&["[CANNOT]"]) {
            return SignInRefusal::Command;
        }
        let words = without_codes(said);
        let lower = words.to_lowercase();
        let has = |signs: &[&str]| signs.iter().any(|sign| lower.contains(sign));
        if has(&["server error", "internal error", "temporary", "temporarily", "try again later"])
            || has(&["mailbox is locked", "maildrop already locked", "mailbox locked", "already in use"])
        {
            return SignInRefusal::Passing;
        }
        let clear = ["plaintext", "plain text", "plain-text", "cleartext", "clear text", "unencrypted", "non-secure"];
        let encrypted = ["starttls", "stls", "ssl", "tls", "encrypt", "secure connection"];
        let demanded = ["required", "requires", "must", "need", "only", "first"];
        if has(&clear) && has(&["disallowed", "not allowed", "disabled", "not permitted", "refused", "not supported"])
            || has(&encrypted) && has(&demanded)
        {
            return SignInRefusal::Unencrypted;
        }
        if speaks_of_command(&words, &lower) { SignInRefusal::Command } else { SignInRefusal::Password }
    }
}

/// Whether the server asks everybody to come back later, whatever was asked for: too many connections, too much traffic,
/// somebody else at work in the mailbox.
pub(super) fn throttles(said: &str) -> bool {
    let lower = said.to_lowercase();
    let has = |signs: &[&str]| signs.iter().any(|sign| lower.contains(sign));
    // RFC 2449, RFC 5530; Yahoo's code; and the words of Exchange, Gmail, Dovecot and Cyrus, which have no code for it.
    has(&["[throttled]", "[inuse]", "[in-use]", "[login-delay]", "throttled", "rate limit", "bandwidth limit"])
        || has(&["too many connections", "too many simultaneous", "too many concurrent", "too many sessions"])
        || has(&["maximum number of connections", "connection limit", "suggested backoff"])
}

/// Whether these words ask to come back later. A server may say some of these codes of one message for ever, so where one
/// message was asked for, only [`throttles`] counts.
pub(super) fn asks_to_wait(said: &str) -> bool {
    let upper = said.to_ascii_uppercase();
    throttles(said) || ["[LIMIT]", "[UNAVAILABLE]", "[SYS/TEMP]"].iter().any(|code| upper.contains(code))
}

/// How long it wants to be left alone, where it says so: `Suggested Backoff Time: 92415 milliseconds` (Exchange).
pub(super) fn wanted_wait(said: &str) -> Option<Duration> {
    let lower = said.to_lowercase();
    let (_, after) = lower.split_once("backoff time:")?;
    let (number, unit) = after.trim_start().split_once(' ')?;
    let number = number.parse().ok()?;
    Some(if unit.starts_with("milli") { Duration::from_millis(number) } else { Duration::from_secs(number) })
}

/// `unknown command`, `unsupported mechanism`, `invalid argument`, `AUTH not supported`: whether the words are about the
/// command, and not about the user or the password.
fn speaks_of_command(words: &str, lower: &str) -> bool {
    let has = |signs: &[&str]| signs.iter().any(|sign| lower.contains(sign));
    let person = ["password", "passwd", "passphrase", "credential", "username", "user name", "unknown user"];
    if has(&person) || has(&["no such user", "account", "mailbox", "maildrop", "incorrect", "failed", "locked"]) {
        return false;
    }
    let unsupported = ["unsupported", "not supported", "not implemented", "unimplemented", "not recognized"];
    let unknown =
        ["unknown", "unrecognized", "unrecognised", "not recognised", "not understood", "no such", "not valid"];
    let refused = ["disabled", "not enabled", "not available", "not allowed", "disallowed", "not permitted"];
    let wrong = ["invalid", "illegal", "bad", "wrong", "error", "unexpected", "missing"];
    let of_the_way = ["command", "mechanism", "auth type", "authentication type", "authentication method"];
    let of_its_form = ["argument", "syntax", "parameter", "sasl", "verb", "login method", "parse"];
    if has(&of_the_way) || has(&of_its_form) {
        return has(&unsupported) || has(&unknown) || has(&refused) || has(&wrong);
    }
    // A command's own name, in capitals among small letters: `AUTH is disabled`, `USER not supported`.
    let named = |names: &[&str]| {
        words.chars().any(char::is_lowercase)
            && words.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| names.contains(&word))
    };
    named(&["AUTH", "AUTHENTICATE", "APOP", "PLAIN", "LOGIN", "CRAM"]) && (has(&refused) || has(&unsupported))
        || named(&["USER", "PASS"]) && has(&unsupported)
}

/// The words without what stands in brackets at their beginning.
fn without_codes(said: &str) -> String {
    let mut rest = said.trim();
    while let Some((_, after)) = rest.strip_prefix('[').and_then(|code| code.split_once(']')) {
        rest = after.trim_start();
    }
    rest.to_owned()
}

/// The port where this protocol begins with TLS at once, and the one where it does not.
fn ports(protocol: Protocol) -> (u16, u16) {
    let facts = protocol.facts();
    (facts.tls_port.0, facts.plain_port.0)
}

/// TLS was expected from the start, and the port speaks without.
pub(super) fn not_tls(protocol: Protocol, port: Port) -> Sentence {
    let (tls, plain) = ports(protocol);
    match port.0 == tls {
        true => say!("remedy-not-tls-on-its-port", port = port.0, plain),
        false => say!("remedy-not-tls", port = port.0, tls),
    }
}

/// It agreed to encrypt, and went on without.
pub(super) fn starttls_is_broken(protocol: Protocol) -> Sentence {
    let (tls, _) = ports(protocol);
    say!("remedy-starttls-broken", tls)
}

/// No TLS was expected, and the port speaks it from the start.
pub(super) fn is_tls(protocol: Protocol, port: Port) -> Sentence {
    let (_, plain) = ports(protocol);
    match port.0 == plain {
        true => say!("remedy-is-tls-on-plain-port", port = port.0),
        false => say!("remedy-is-tls", port = port.0, plain),
    }
}

/// The handshake ended without a reason.
pub(super) fn handshake_remedy(protocol: Protocol, security: Security, port: Port) -> Sentence {
    let (tls, _) = ports(protocol);
    match security {
        Security::Tls if port.0 != tls => say!("remedy-handshake-port", tls),
        _ => say!("remedy-handshake"),
    }
}

pub(super) fn certificate_name(names: &[String], host: &str) -> Sentence {
    if names.is_empty() {
        return say!("remedy-certificate-without-names", host);
    }
    say!("remedy-certificate-names", names = shorten(&names.join(", "), 300), host)
}

pub(super) fn no_starttls(protocol: Protocol) -> Sentence {
    let (tls, _) = ports(protocol);
    say!("remedy-no-starttls", tls)
}

/// The password was refused; some providers want something else.
pub(super) fn sign_in_remedy(host: &str) -> Sentence {
    let belongs_to = |domains: &[&str]| {
        domains
            .iter()
            .any(|domain| host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
    };
    if belongs_to(&["gmail.com", "googlemail.com", "google.com"]) {
        return say!("remedy-sign-in-google");
    }
    if belongs_to(&["office365.com", "outlook.com", "hotmail.com", "live.com"]) {
        return say!("remedy-sign-in-microsoft");
    }
    if belongs_to(&["163.com", "126.com", "yeah.net", "188.com", "vip.163.com", "vip.126.com"]) {
        return say!("remedy-sign-in-netease");
    }
    if belongs_to(&["yahoo.com", "yahoo.co.jp", "aol.com", "mail.me.com", "icloud.com"]) {
        return say!("remedy-sign-in-app-password");
    }
    say!("remedy-sign-in", host)
}

/// No way to sign in is left.
pub(super) fn no_way_remedy(security: Security) -> Sentence {
    match security {
        Security::None => say!("remedy-no-way-plain"),
        Security::StartTls | Security::Tls => say!("remedy-no-way"),
    }
}

/// The folder could not be opened. A folder that the server lists does exist.
pub(super) fn folder_remedy(folder: &str, folders: &[String]) -> Sentence {
    // RFC 3501 5.1: INBOX has no case, and is always there.
    let inbox = folder.eq_ignore_ascii_case("INBOX");
    if folders.is_empty() && !inbox {
        return say!("remedy-folder-unknown");
    }
    if inbox || folders.iter().any(|listed| listed == folder) {
        return say!("remedy-folder-closed", folder);
    }
    say!("remedy-folder-missing", folder, folders = shorten(&folders.join(", "), 600))
}

/// It accepts connections and says nothing, where it should greet.
pub(super) fn no_greeting(security: Security) -> Sentence {
    match security {
        Security::Tls => say!("remedy-no-greeting-tls"),
        Security::None | Security::StartTls => say!("remedy-no-greeting"),
    }
}

/// Another kind of server answers on this port.
pub(super) fn other_protocol(wanted: Protocol, port: Port, speaks: &str) -> Sentence {
    let (tls, plain) = ports(wanted);
    let is_own_port = [tls, plain].contains(&port.0);
    match (speaks, is_own_port) {
        ("POP", true) => say!("remedy-other-pop"),
        ("POP", false) => say!("remedy-other-pop-or-port", tls, plain),
        ("IMAP", true) => say!("remedy-other-imap"),
        ("IMAP", false) => say!("remedy-other-imap-or-port", tls, plain),
        _ => say!("remedy-other"),
    }
}

#[cfg(test)]
mod tests {
    use super::SignInRefusal::{Account, Command, Expired, Passing, Password, Unencrypted};
    use super::*;
    use std::time::Duration;

    #[test]
    fn only_words_about_the_way_allow_another_try() {
        for (said, meaning) in [
            ("unknown command", Command),
            ("Unsupported authentication mechanism", Command),
            ("[CANNOT] anything", Command),
            ("AUTH PLAIN is not supported", Command),
            ("Command USER not supported", Command),
            ("LOGIN is disabled", Command),
            ("invalid argument", Command),
            ("Syntax error", Command),
            ("bad command", Command),
            ("Error in IMAP command AUTHENTICATE", Command),
            ("no such mechanism", Command),
            ("[AUTH] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.", Unencrypted),
            ("[PRIVACYREQUIRED] no", Unencrypted),
            ("Must issue a STLS command first", Unencrypted),
            ("[IN-USE] Do you have another POP session running?", Passing),
            ("[sys/temp] later", Passing),
            ("[LOGIN-DELAY] minimum time between mail checks", Passing),
            ("Server error: Failed to fetch messages in Inbox.", Passing),
            ("[ALERT] Too many simultaneous connections. (Failure)", Passing),
            ("[UNAVAILABLE] Maximum number of connections from user+IP exceeded", Passing),
            ("Request is throttled. Suggested Backoff Time: 92415 milliseconds", Passing),
            ("[THROTTLED] slow down", Passing),
            ("[LIMIT] not so many", Passing),
            ("Too many login failures", Password),
            ("[EXPIRED] change it", Expired),
            ("[SYS/PERM] disk", Account),
            ("", Password),
            ("wrong", Password),
            ("INVALID LOGIN", Password),
            ("BAD USER", Password),
            ("LOGIN failed", Password),
            ("[AUTH] Invalid login", Password),
            ("[AUTHENTICATIONFAILED] Authentication failed.", Password),
            ("Logon failure: unknown user name or bad password.", Password),
            ("invalid user name or password: syntax", Password),
            ("account disabled", Password),
            ("Identifiant ou mot de passe incorrect, commande refusée", Password),
            ("用户名或密码错误", Password),
            ("Anmeldung fehlgeschlagen", Password),
        ] {
            assert_eq!(SignInRefusal::of(said), meaning, "{said}");
        }
    }

    #[test]
    fn a_wait_is_as_long_as_it_is_said_to_be() {
        let said = "Request is throttled. Suggested Backoff Time: 92415 milliseconds";
        assert_eq!(super::wanted_wait(said), Some(Duration::from_millis(92_415)));
        assert_eq!(super::wanted_wait("[THROTTLED] later"), None);
        assert!(super::throttles(said) && super::asks_to_wait("[sys/temp] later"));
        assert!(!super::throttles("[LIMIT] of this message") && !super::asks_to_wait("Message is damaged"));
    }

    #[test]
    fn providers_that_refuse_passwords_get_their_own_remedy() {
        assert!(sign_in_remedy("imap.gmail.com").contains("app password"));
        assert!(sign_in_remedy("outlook.office365.com").contains("Microsoft no longer accepts passwords"));
        for other in ["mail.example.org", "notgmail.com", "gmail.com.example.org"] {
            assert!(sign_in_remedy(other).contains("Try both in webmail"), "{other}");
        }
    }

    #[test]
    fn a_remedy_never_names_what_is_so_already() {
        assert!(!not_tls(Protocol::Imap, Port(993)).contains("Use port 993"));
        assert!(not_tls(Protocol::Pop, Port(110)).contains("Use port 995"));
        assert!(!is_tls(Protocol::Pop, Port(110)).contains("or use port 110"));
        assert!(!other_protocol(Protocol::Imap, Port(993), "POP").contains("993"));
        let folders = ["INBOX".to_owned(), "Sent".to_owned()];
        assert!(folder_remedy("Sent", &folders).contains("is there"));
        assert!(folder_remedy("inbox", &[]).contains("is there"));
        assert!(
            folder_remedy("Complaints", &folders)
                .contains("There is no folder “Complaints”. This mailbox has: INBOX, Sent.")
        );
        assert!(!folder_remedy("Complaints", &[]).contains("no folder"));
    }
}
