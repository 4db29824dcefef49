//! What ends by itself on a known day: secrets and certificates of applications, sign-ins, certificates of mail servers and
//! connections, API keys. People are told while there is time to do something about it.

use sha2::Digest;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate, X509Name};

use super::Moment;
use super::id::{ApiKeyId, ConnectionId, ProviderId, ServerId, UserId};
use super::server::Fingerprint256;

crate::coded! {
    /// What it is that ends.
    pub enum ExpiryKind {
        /// An application's client secret; its day was entered.
        ClientSecret = "client_secret",
        /// An application's certificate; its day was read from it, or entered.
        Certificate = "certificate",
        /// What a person has allowed: the refresh token, which ends when it is not used for long.
        SignIn = "sign_in",
        /// The certificate that a mail server showed when it was last connected to.
        ServerCertificate = "server_certificate",
        /// The certificate of a connection's host.
        ConnectionCertificate = "connection_certificate",
        /// Somebody's key for Mailgate's API.
        ApiKey = "api_key",
        /// The API key of a connection, which ends over there; its day was entered.
        ConnectionKey = "connection_key",
    }
}

impl ExpiryKind {
    /// Whether only its day is known: it is valid to the end of that day.
    fn is_a_day(self) -> bool {
        matches!(self, ExpiryKind::ClientSecret | ExpiryKind::Certificate | ExpiryKind::ConnectionKey)
    }
}

/// What it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpiryOf {
    Server(ServerId),
    Provider(ProviderId),
    Connection(ConnectionId),
    Key { id: ApiKeyId, owner: UserId },
}

impl ExpiryOf {
    /// As Odoo writes a reference: model and id.
    pub fn reference(self) -> String {
        match self {
            ExpiryOf::Server(id) => format!("fetchmail.server,{id}"),
            ExpiryOf::Provider(id) => format!("mailgate.oauth_provider,{id}"),
            ExpiryOf::Connection(id) => format!("mailgate.connection,{id}"),
            ExpiryOf::Key { id, .. } => format!("res.users.apikeys,{id}"),
        }
    }
}

/// Something that ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiry {
    pub kind: ExpiryKind,
    pub of: ExpiryOf,
    /// The name by which people know the object.
    pub name: String,
    /// When it ends, or the beginning of the day on which it does. None: it ends, and nobody has said when.
    pub until: Option<Moment>,
    /// A certificate that a person trusts by its fingerprint: its successor is not trusted by itself.
    pub is_pinned: bool,
}

crate::coded! {
    /// How near an end is, the nearest first.
    pub enum Nearness {
        Ended = "ended",
        /// Every page warns of it.
        Now = "now",
        /// The overview shows it.
        Soon = "soon",
        Later = "later",
        Unknown = "unknown",
    }
}

impl Nearness {
    /// Whether something has to be done at once.
    pub fn is_urgent(self) -> bool {
        self <= Nearness::Now
    }
}

/// So many days before its end it is shown on the overview.
pub const SOON_DAYS: i64 = 30;
/// So many days before its end every page warns of it.
pub const WARN_DAYS: i64 = 7;

impl Expiry {
    /// How near the end is.
    pub fn nearness(&self, at: Moment) -> Nearness {
        let Some(until) = self.until else { return Nearness::Unknown };
        let days = (until.date() - at.date()).num_days();
        let is_over = if self.kind.is_a_day() { days < 0 } else { until <= at };
        if is_over {
            Nearness::Ended
        } else if days <= WARN_DAYS {
            Nearness::Now
        } else if days <= SOON_DAYS {
            Nearness::Soon
        } else {
            Nearness::Later
        }
    }
}

/// For so many days a certificate without alternative names is still accepted if its server was confirmed before, counted
/// from when Mailgate first saw it.
const NAMELESS_DAYS: i64 = 90;

/// Whether a certificate is accepted that names its host only in the common name of its subject.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Nameless {
    #[default]
    Refused,
    /// For what was confirmed before, for a while.
    Taken,
}

impl Nameless {
    /// For what is confirmed; `since`: when such a certificate was first seen there.
    pub fn since(since: Option<Moment>, now: Moment) -> Self {
        match since.map(nameless_until) {
            Some(until) if now >= until => Nameless::Refused,
            _ => Nameless::Taken,
        }
    }
}

/// From when on it is refused.
pub fn nameless_until(since: Moment) -> Moment {
    since + chrono::TimeDelta::days(NAMELESS_DAYS)
}

/// What is remembered of the certificate of a connection that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateTaken {
    pub sha256: Fingerprint256,
    /// When it ends.
    pub until: Moment,
    /// It names its host only in its common name, and was accepted all the same: see [`Nameless`].
    pub is_nameless: bool,
}

/// The certificate that a server showed, trusted or not, for the person who decides whether to trust it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateSeen {
    /// Of the DER; the value for `tls_fingerprint`.
    pub sha256: Fingerprint256,
    /// The hosts that it is for: its alternative names, or the common name of its subject if it has none.
    pub names: Vec<String>,
    /// It names its host only in that common name, which does not count as a name any more (RFC 9525).
    pub is_nameless: bool,
    /// Who vouches for it, for example `Let's Encrypt`; the subject itself where it is self-signed.
    pub issuer: String,
    /// UTC.
    pub not_before: Moment,
    pub not_after: Moment,
}

impl CertificateSeen {
    /// What is remembered of it after it was accepted.
    pub fn taken(&self, is_nameless: bool) -> CertificateTaken {
        CertificateTaken { sha256: self.sha256.clone(), until: self.not_after, is_nameless }
    }

    /// Reads a certificate; None if these bytes are none.
    pub fn from_der(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let sha256 = Fingerprint256::parse(&hex::encode(sha2::Sha256::digest(der))).ok()?;
        let moment = |time: x509_parser::time::ASN1Time| {
            chrono::DateTime::from_timestamp(time.timestamp(), 0).map(|t| t.naive_utc())
        };
        let mut names: Vec<String> = match certificate.subject_alternative_name() {
            Ok(Some(names)) => names.value.general_names.iter().filter_map(host_name).collect(),
            _ => Vec::new(),
        };
        let is_nameless = names.is_empty();
        if is_nameless {
            names.extend(common_name(certificate.subject()));
        }
        Some(Self {
            sha256,
            names,
            is_nameless,
            issuer: common_name(certificate.issuer()).unwrap_or_else(|| clean(&certificate.issuer().to_string())),
            not_before: moment(certificate.validity().not_before)?,
            not_after: moment(certificate.validity().not_after)?,
        })
    }

    /// The same with its names changed by `hide`: whoever shows a certificate chooses what is in it.
    #[must_use]
    pub fn with_names(mut self, hide: impl Fn(&str) -> String) -> Self {
        self.names.iter_mut().for_each(|name| *name = hide(name));
        self.issuer = hide(&self.issuer);
        self
    }

    /// Whether it is valid at this moment.
    pub fn is_current(&self, now: Moment) -> bool {
        self.not_before <= now && now <= self.not_after
    }
}

fn host_name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some(clean(name)),
        GeneralName::IPAddress(bytes) => {
            let v4 = <[u8; 4]>::try_from(*bytes).map(std::net::IpAddr::from);
            let address = v4.or_else(|_| <[u8; 16]>::try_from(*bytes).map(std::net::IpAddr::from)).ok()?;
            Some(address.to_string())
        }
        _ => None,
    }
}

fn common_name(name: &X509Name<'_>) -> Option<String> {
    let cn = name.iter_common_name().next().or_else(|| name.iter_organization().next())?;
    cn.as_str().ok().map(clean)
}

/// Anybody may have written a certificate: its texts are cleaned of control characters, and shortened.
fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::now;
    use chrono::TimeDelta;

    #[test]
    fn an_end_is_soon_for_30_days_and_now_for_7() {
        let at = now().date().and_hms_opt(12, 0, 0).unwrap();
        let near = |kind, days| {
            let until = Some((at.date() + TimeDelta::days(days)).and_hms_opt(0, 0, 0).unwrap());
            let of = ExpiryOf::Server(ServerId(1));
            Expiry { kind, of, name: String::new(), until, is_pinned: false }.nearness(at)
        };
        use Nearness::{Ended, Later, Now, Soon};
        let days = [31, 30, 8, 7, 1, 0, -1];
        let secret = days.map(|days| near(ExpiryKind::ClientSecret, days));
        assert_eq!(secret, [Later, Soon, Soon, Now, Now, Now, Ended], "it counts to the end of its day");
        let certificate = days.map(|days| near(ExpiryKind::ServerCertificate, days));
        assert_eq!(certificate, [Later, Soon, Soon, Now, Now, Ended, Ended]);
    }
}
