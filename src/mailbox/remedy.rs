//! What to do where the way to a mailbox ends: sentences for its administrator.

use crate::domain::server::{Port, Protocol, Security};
use crate::domain::text::shorten;

pub(super) fn name(host: &str) -> String {
    format!(
        "No server called “{host}” was found. Check the spelling. If only your internal network knows it, this computer \
         must use that network's DNS."
    )
}

/// The name may be right: nobody could be asked.
pub(super) fn name_service() -> String {
    "This computer's name service (DNS) did not answer, whatever the name. Check this computer's network and DNS \
     settings; Mailgate tries again by itself."
        .into()
}

pub(super) fn connect(host: &str, port: Port) -> String {
    format!(
        "{host} did not accept a connection on port {}. Usual ports: IMAP 993 (143 without SSL/TLS), POP 995 (110). If \
         the port is right, ask your network team to let this computer through the firewall.",
        port.0
    )
}

/// No packet gets there.
pub(super) fn unreachable() -> String {
    "This computer has no way to that address. Check its network connection, or ask your network team.".into()
}

/// The port where this protocol begins with TLS at once, and the one where it does not.
fn ports(protocol: Protocol) -> (u16, u16) {
    match protocol {
        Protocol::Imap => (993, 143),
        Protocol::Pop => (995, 110),
    }
}

/// TLS was expected from the start, and the port speaks without.
pub(super) fn not_tls(protocol: Protocol, port: Port) -> String {
    let (tls, plain) = ports(protocol);
    let begins = format!("Port {} does not begin with SSL/TLS.", port.0);
    match port.0 == tls {
        true => format!("{begins} Untick SSL/TLS and choose STARTTLS under Advanced (mostly with port {plain})."),
        false => format!("{begins} Use port {tls}, or untick SSL/TLS and choose STARTTLS under Advanced."),
    }
}

/// It agreed to encrypt, and went on without.
pub(super) fn starttls_is_broken(protocol: Protocol) -> String {
    let (tls, _) = ports(protocol);
    format!("STARTTLS does not work on this server. Tick SSL/TLS and use port {tls}, or ask your mail administrator.")
}

/// No TLS was expected, and the port speaks it from the start.
pub(super) fn is_tls(protocol: Protocol, port: Port) -> String {
    let (_, plain) = ports(protocol);
    let begins = format!("Port {} begins with SSL/TLS at once. Tick SSL/TLS", port.0);
    match port.0 == plain {
        true => format!("{begins}."),
        false => format!("{begins}, or use port {plain} with STARTTLS."),
    }
}

/// Both sides speak TLS, and the server's is not good enough.
pub(super) fn weak_tls(wanted: &str) -> String {
    format!("Mailgate needs {wanted}. Ask your mail administrator to bring this server's encryption up to date.")
}

/// The handshake ended without a reason.
pub(super) fn handshake(protocol: Protocol, security: Security, port: Port) -> String {
    let (tls, _) = ports(protocol);
    let expects = "the server may know only encryption older than TLS 1.2, or let only some computers in. Ask your mail \
                   administrator.";
    match security {
        Security::Tls if port.0 != tls => {
            format!("Check the port: with SSL/TLS it is mostly {tls}. If it is right, {expects}")
        }
        _ => format!("The settings may be right: {expects}"),
    }
}

/// The server broke the handshake off, and its alert may mean either.
pub(super) fn handshake_failure() -> String {
    "Mostly such a server knows only encryption that is not safe any more, or asks for a client certificate. Ask your mail \
     administrator to bring it up to date, or for a way with username and password."
        .into()
}

/// The server asks for a certificate of ours.
pub(super) fn client_certificate() -> String {
    "This server lets in only who shows a certificate, which Mailgate has none of. Ask your mail administrator for a way \
     with username and password."
        .into()
}

pub(super) fn authority(issuer: &str) -> String {
    format!(
        "The certificate was issued by “{issuer}”, unknown to this computer. If that is your organisation's own \
         authority, install its root certificate. Trust this one certificate only if your mail administrator confirms \
         its SHA-256; the next renewal will need it again."
    )
}

/// It vouches for itself.
pub(super) fn self_signed(issuer: &str) -> String {
    format!(
        "The certificate vouches for itself: it was issued by “{issuer}”, unknown to this computer. Ask your mail \
         administrator for one of a known authority. Trust this one certificate only if your mail administrator confirms \
         its SHA-256; the next renewal will need it again."
    )
}

/// One of those that vouch for it is missing, or is of an authority that is not known here.
pub(super) fn incomplete_chain(issuer: &str) -> String {
    format!(
        "The certificate was issued by “{issuer}”, unknown to this computer. If that is your organisation's own \
         authority, install its root certificate; if not, the server may fail to send the certificate of its issuer, \
         which your mail administrator can mend. Trust this one certificate only if your mail administrator confirms its \
         SHA-256; the next renewal will need it again."
    )
}

pub(super) fn certificate_changed() -> String {
    "Ask your mail administrator whether the certificate was renewed. If so, and its SHA-256 is the one seen now, trust \
     the new one; if not, somebody may be listening between here and the server."
        .into()
}

pub(super) fn certificate_name(names: &[String], host: &str) -> String {
    if names.is_empty() {
        return format!(
            "This certificate names no server, so not {host} either. Ask your mail administrator for another."
        );
    }
    let names = shorten(&names.join(", "), 300);
    format!("This certificate is for {names}, not {host}. Enter one of those names as Server Name.")
}

pub(super) fn nameless(host: &str) -> String {
    format!(
        "Ask your mail administrator for a certificate with {host} among its alternative names (subjectAltName); every \
         authority gives one out today. Trust this one certificate only if your mail administrator confirms its SHA-256; \
         the next renewal will need it again."
    )
}

pub(super) fn certificate_expired() -> String {
    "Ask your mail administrator to renew the server's certificate, and check this computer's clock.".into()
}

pub(super) fn certificate_too_early() -> String {
    "Check this computer's clock. If it is right, ask your mail administrator for a certificate that is valid already."
        .into()
}

pub(super) fn chain_expired() -> String {
    "Ask your mail administrator to renew the certificates that the server sends along, and keep this computer's list of \
     authorities up to date."
        .into()
}

pub(super) fn certificate_weak() -> String {
    "Ask your mail administrator for a new certificate, with a key of at least 2,048 bits and SHA-256 signatures."
        .into()
}

pub(super) fn certificate_revoked() -> String {
    "Ask your mail administrator for a new certificate: this one was withdrawn by its authority.".into()
}

pub(super) fn certificate_purpose() -> String {
    "Ask your mail administrator for a certificate that is made for servers.".into()
}

pub(super) fn no_starttls(protocol: Protocol) -> String {
    let (port, _) = ports(protocol);
    format!("Tick SSL/TLS and use port {port}. Without encryption the password would travel readable.")
}

/// The password was refused; some providers want something else.
pub(super) fn sign_in(host: &str) -> String {
    let belongs_to = |domains: &[&str]| {
        domains
            .iter()
            .any(|domain| host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
    };
    if belongs_to(&["gmail.com", "googlemail.com", "google.com"]) {
        return "Google refuses the account's own password here. Switch on 2-Step Verification, create an app password \
                at myaccount.google.com/apppasswords and paste its 16 letters without spaces. Changing the Google \
                password cancels it."
            .into();
    }
    if belongs_to(&["office365.com", "outlook.com", "hotmail.com", "live.com"]) {
        return "Microsoft no longer accepts passwords for IMAP or POP, app passwords included. Redirect (not forward) \
                this mailbox to one that accepts a password."
            .into();
    }
    if belongs_to(&["163.com", "126.com", "yeah.net", "188.com", "vip.163.com", "vip.126.com"]) {
        return "NetEase wants an authorisation code instead of the password: webmail › Settings › POP3/SMTP/IMAP."
            .into();
    }
    if belongs_to(&["yahoo.com", "yahoo.co.jp", "aol.com", "mail.me.com", "icloud.com"]) {
        return "This provider wants an app password instead of the account's own. Make one in the account's security \
                settings, and paste it here."
            .into();
    }
    format!(
        "{host} refused the username or password. Try both in webmail. Some servers want the full address, others only \
         the part before @. Repeated failures may lock the account."
    )
}

/// The server has the account, and not now.
pub(super) fn passing() -> String {
    "The password is not the reason: Mailgate tries again by itself. If it stays so, close other programs that fetch this \
     mailbox, or ask your mail administrator."
        .into()
}

pub(super) fn expired() -> String {
    "The password has expired. Set a new one, for example in webmail, and enter it here.".into()
}

pub(super) fn account() -> String {
    "Something is wrong with this account at the mail server. Ask your mail administrator.".into()
}

/// No way to sign in is left.
pub(super) fn no_way(security: Security) -> String {
    match security {
        Security::None => {
            "Many servers take passwords over encrypted connections only: tick SSL/TLS, or STARTTLS under \
                           Advanced. Otherwise ask your mail administrator to allow sign-in by password."
                .into()
        }
        Security::StartTls | Security::Tls => {
            "The connection is encrypted, so that is not the reason. Ask your mail administrator to allow sign-in by \
             username and password for this protocol."
                .into()
        }
    }
}

/// The folder could not be opened. What the server lists is a fact; a folder that it lists is there.
pub(super) fn folder(folder: &str, folders: &[String]) -> String {
    // RFC 3501 5.1: INBOX has no case, and is always there.
    let inbox = folder.eq_ignore_ascii_case("INBOX");
    if folders.is_empty() && !inbox {
        return "Check the folder's name in webmail.".into();
    }
    if inbox || folders.iter().any(|listed| listed == folder) {
        return format!(
            "The folder “{folder}” is there, but the server does not open it for this user. Look at it in webmail, or ask \
             your mail administrator."
        );
    }
    let folders = shorten(&folders.join(", "), 600);
    format!("There is no folder “{folder}”. This mailbox has: {folders}.")
}

pub(super) fn read_only() -> String {
    "Choose “Leave as it is” under After Fetching, or ask your mail administrator for the right to change this folder."
        .into()
}

/// It accepts connections and says nothing, where it should greet.
pub(super) fn no_greeting(security: Security) -> String {
    match security {
        Security::Tls => {
            "The connection is encrypted, but nobody speaks on it. Check Server Type and Port; if both are right, the \
             server is overloaded, and Mailgate tries again by itself."
        }
        Security::None | Security::StartTls => {
            "The server accepts connections but says nothing. Check the port and SSL/TLS; if both are right, the server \
             or a firewall before it is overloaded, and Mailgate tries again by itself."
        }
    }
    .into()
}

/// It hung up where it should greet.
pub(super) fn hung_up() -> String {
    "The server hung up without a word. It may be overloaded, or not let this computer in: ask your mail administrator. \
     Mailgate tries again by itself."
        .into()
}

/// It fell silent after it had spoken.
pub(super) fn silent() -> String {
    "The server or a firewall before it may be overloaded. Mailgate tries again by itself.".into()
}

/// Another kind of server answers on this port.
pub(super) fn other_protocol(wanted: Protocol, port: Port, speaks: &str) -> String {
    let (tls, plain) = ports(wanted);
    let or_port = |own: &str| match [tls, plain].contains(&port.0) {
        true => ".".to_owned(),
        false => format!(", or use the {own} port: {tls}, or {plain} without SSL/TLS."),
    };
    match speaks {
        "POP" => format!("Choose POP Server as Server Type{}", or_port("IMAP")),
        "IMAP" => format!("Choose IMAP Server as Server Type{}", or_port("POP")),
        _ => "Usual ports: IMAP 993 (143 without SSL/TLS), POP 995 (110). Check Server Name and Port.".into(),
    }
}

pub(super) fn maildir(root: &std::path::Path) -> String {
    format!("A Local server's Maildir lies below {} and has the folders new, cur and tmp.", root.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_that_refuse_passwords_get_their_own_remedy() {
        assert!(sign_in("imap.gmail.com").contains("app password"));
        assert!(sign_in("outlook.office365.com").contains("Microsoft no longer accepts passwords"));
        for other in ["mail.example.org", "notgmail.com", "gmail.com.example.org"] {
            assert!(sign_in(other).contains("Try both in webmail"), "{other}");
        }
    }

    #[test]
    fn a_remedy_never_names_what_is_so_already() {
        assert!(!not_tls(Protocol::Imap, Port(993)).contains("Use port 993"));
        assert!(not_tls(Protocol::Pop, Port(110)).contains("Use port 995"));
        assert!(!is_tls(Protocol::Pop, Port(110)).contains("or use port 110"));
        assert!(!other_protocol(Protocol::Imap, Port(993), "POP").contains("993"));
        let folders = ["INBOX".to_owned(), "Sent".to_owned()];
        assert!(folder("Sent", &folders).contains("is there"));
        assert!(folder("inbox", &[]).contains("is there"));
        assert!(
            folder("Complaints", &folders).contains("There is no folder “Complaints”. This mailbox has: INBOX, Sent.")
        );
        assert!(!folder("Complaints", &[]).contains("no folder"));
    }
}
