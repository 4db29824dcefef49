//! What to do where the way to a mailbox ends: sentences for its administrator.

use crate::domain::server::{Port, Protocol};
use crate::domain::text::shorten;

pub(super) fn name(host: &str) -> String {
    format!(
        "No server called “{host}” was found. Check the spelling. If only your internal network knows it, this computer \
         must use that network's DNS."
    )
}

pub(super) fn connect(host: &str, port: Port) -> String {
    format!(
        "{host} did not accept a connection on port {}. Usual ports: IMAP 993 (143 without SSL/TLS), POP 995 (110). If \
         the port is right, ask your network team to let this computer through the firewall.",
        port.0
    )
}

/// TLS was expected, and the port speaks without.
pub(super) fn not_tls(port: Port) -> String {
    format!(
        "Port {} does not begin with SSL/TLS. Use port 993 (POP 995), or untick SSL/TLS and choose STARTTLS under Advanced.",
        port.0
    )
}

/// No TLS was expected, and the port speaks it from the start.
pub(super) fn is_tls(port: Port) -> String {
    format!("Port {} begins with SSL/TLS at once. Tick SSL/TLS, or use port 143 (POP 110) with STARTTLS.", port.0)
}

pub(super) fn no_common_tls() -> String {
    "Mailgate needs TLS 1.2 or later. Ask your mail administrator to enable it on this server.".into()
}

pub(super) fn authority(issuer: &str) -> String {
    format!(
        "The certificate was issued by “{issuer}”, unknown to this computer. If that is your organisation's own \
         authority, install its root certificate. Trust this one certificate only if your mail administrator confirms \
         its SHA-256; the next renewal will need it again."
    )
}

pub(super) fn certificate_changed() -> String {
    "Ask your mail administrator whether the certificate was renewed. If so, and its SHA-256 is the one seen now, trust \
     the new one; if not, somebody may be listening between here and the server."
        .into()
}

pub(super) fn certificate_name(names: &[String], host: &str) -> String {
    let names = shorten(&names.join(", "), 300);
    format!("This certificate is for {names}, not {host}. Enter one of those names as Server Name.")
}

pub(super) fn certificate_date() -> String {
    "Ask your mail administrator to renew the server's certificate, and check this computer's clock.".into()
}

pub(super) fn no_starttls(protocol: Protocol) -> String {
    let port = if protocol == Protocol::Imap { 993 } else { 995 };
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
    format!(
        "{host} refused the username or password. Try both in webmail. Some servers want the full address, others only \
         the part before @. Repeated failures may lock the account."
    )
}

pub(super) fn folder(folder: &str, folders: &[String]) -> String {
    if folders.is_empty() {
        return format!("There is no folder “{folder}”. Check its name in webmail.");
    }
    let folders = shorten(&folders.join(", "), 600);
    format!("There is no folder “{folder}”. This mailbox has: {folders}.")
}

pub(super) fn silent() -> String {
    "The server accepts connections but says nothing. Check the port and SSL/TLS; if both are right, the server or a \
     firewall before it is overloaded, and Mailgate tries again by itself."
        .into()
}

/// Another kind of server answers on this port.
pub(super) fn other_protocol(speaks: &str) -> String {
    match speaks {
        "POP" => "Choose POP Server as Server Type, or use the IMAP port: 993, or 143 without SSL/TLS.".into(),
        "IMAP" => "Choose IMAP Server as Server Type, or use the POP port: 995, or 110 without SSL/TLS.".into(),
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
}
