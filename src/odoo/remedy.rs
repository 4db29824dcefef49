//! What to do where the way to an Odoo ends: which sentence of the catalogue fits.

use crate::domain::words::Sentence;
use crate::say;

pub(super) fn redirect(target: &str) -> Sentence {
    let base = target.split("/xmlrpc").next().unwrap_or_default();
    if base.starts_with("http://") || base.starts_with("https://") {
        say!("odoo-remedy-redirect", base)
    } else {
        say!("odoo-remedy-address")
    }
}

pub(super) fn certificate(reason: &str, host: &str) -> Sentence {
    if reason.contains("mismatch") {
        return say!("odoo-remedy-certificate-name", host);
    }
    if reason.contains("expired") || reason.contains("not yet valid") {
        return say!("odoo-remedy-certificate-date", host);
    }
    say!("odoo-remedy-certificate")
}

pub(super) fn status(number: u16) -> Sentence {
    match number {
        401 | 403 | 407 => say!("odoo-remedy-proxy"),
        400 => say!("odoo-remedy-https"),
        _ => say!("odoo-remedy-address"),
    }
}
