//! What ends by itself, on a day that is known before: secrets and certificates of applications, sign-ins, certificates of
//! mail servers and connections, API keys. Each is told while there is time to do something about it.

use super::Moment;
use super::id::{ApiKeyId, ConnectionId, ProviderId, ServerId, UserId};

crate::coded! {
    /// What it is that ends.
    pub enum ExpiryKind {
        /// An application's client secret; its day was entered.
        ClientSecret = "client_secret",
        /// An application's certificate; its day was read from it, or entered.
        Certificate = "certificate",
        /// What a person allowed: the refresh token, which ends when it is not used for long.
        SignIn = "sign_in",
        /// What a mail server showed when it was connected to last.
        ServerCertificate = "server_certificate",
        /// The same, of the host of a connection.
        ConnectionCertificate = "connection_certificate",
        /// A key of somebody's for the API here.
        ApiKey = "api_key",
        /// The API key of a connection, which ends over there; its day was entered.
        ConnectionKey = "connection_key",
    }
}

impl ExpiryKind {
    /// Whether only its day is known: it counts to that day's end.
    fn is_a_day(self) -> bool {
        matches!(self, ExpiryKind::ClientSecret | ExpiryKind::Certificate | ExpiryKind::ConnectionKey)
    }
}

/// Whose it is.
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

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiry {
    pub kind: ExpiryKind,
    pub of: ExpiryOf,
    /// By what people know the object.
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

/// Days before the end from which on it is shown on the overview.
pub const SOON_DAYS: i64 = 30;
/// Days before the end from which on every page warns of it.
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
