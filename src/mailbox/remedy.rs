//! What to do where the way to a mailbox ends: which sentence of the catalogue fits.

use crate::domain::protocol::{Protocol, Security};
use crate::domain::server::Port;
use crate::domain::text::shorten;
use crate::domain::words::Sentence;
use crate::say;

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
pub(super) fn handshake(protocol: Protocol, security: Security, port: Port) -> Sentence {
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
pub(super) fn sign_in(host: &str) -> Sentence {
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
pub(super) fn no_way(security: Security) -> Sentence {
    match security {
        Security::None => say!("remedy-no-way-plain"),
        Security::StartTls | Security::Tls => say!("remedy-no-way"),
    }
}

/// The folder could not be opened. What the server lists is a fact; a folder that it lists is there.
pub(super) fn folder(folder: &str, folders: &[String]) -> Sentence {
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
