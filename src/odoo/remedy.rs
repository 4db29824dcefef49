//! What to do where the way to an Odoo ends: sentences for the administrator of a connection.

pub(super) fn name(host: &str) -> String {
    format!(
        "Check the spelling of “{host}”. If only your internal network knows it, this computer must use that network's DNS."
    )
}

pub(super) fn connect(host: &str) -> String {
    format!(
        "Check that OpenSPP runs on {host}, and the port (usually none with https, 8069 without). If both are right, ask \
         your network team to let this computer through the firewall."
    )
}

pub(super) fn address() -> String {
    "Enter the address where people open OpenSPP or Odoo, for example https://openspp.example.org, without /web or \
     /odoo. If it is right, ask who runs the proxy before it to let /xmlrpc/2 through."
        .into()
}

pub(super) fn redirect(target: &str) -> String {
    let base = target.split("/xmlrpc").next().unwrap_or_default();
    if base.starts_with("http://") || base.starts_with("https://") {
        format!("Enter “{base}” as URL if that is your OpenSPP.")
    } else {
        address()
    }
}

pub(super) fn not_tls() -> String {
    "Enter the address with http:// if OpenSPP stands on this machine or behind an encrypted network; else have a proxy \
     with a certificate put before it."
        .into()
}

pub(super) fn certificate(reason: &str, host: &str) -> String {
    if reason.contains("mismatch") {
        return format!(
            "The certificate is for another name than {host}. Enter the address as the certificate names it."
        );
    }
    if reason.contains("expired") || reason.contains("not yet valid") {
        return format!("Ask who runs {host} to renew its certificate, and check this computer's clock.");
    }
    "If it was issued by your organisation's own authority, install the authority's root certificate on this computer, \
     or name its file in the setting CA_FILE. A certificate that signed itself is trusted the same way."
        .into()
}

pub(super) fn nameless(host: &str) -> String {
    format!(
        "Ask who runs {host} for a certificate with {host} among its alternative names (subjectAltName); every authority \
         gives one out today."
    )
}

pub(super) fn status(number: u16) -> String {
    match number {
        401 | 403 | 407 => {
            "A proxy before OpenSPP asks for a sign-in of its own or blocks this computer. Ask who runs it \
                            to let this computer reach /xmlrpc/2."
                .into()
        }
        400 => "If the address begins with http://, try https://.".into(),
        _ => address(),
    }
}

pub(super) fn too_large() -> String {
    "Ask who runs the proxy before OpenSPP to take larger requests (nginx: client_max_body_size), then retry it.".into()
}

pub(super) fn sign_in() -> String {
    "Check login and password. If the account uses two-factor authentication, or the server allows keys only, enter an \
     API key (Preferences › Account Security › New API Key); a key may have expired."
        .into()
}

pub(super) fn database() -> String {
    "Check the database's name; capitals count. Where the server lists its databases, Test offers them.".into()
}

pub(super) fn rights() -> String {
    "Give the connection's account this right in OpenSPP (Settings › Users), or use an account that has it.".into()
}

pub(super) fn again() -> String {
    "Test it again. If it stays so, check the address and its port, and ask who runs OpenSPP to look at its log.".into()
}

pub(super) fn unexpected() -> String {
    "Ask who runs OpenSPP to look at its log of this moment. Test the connection again once it is set right.".into()
}
