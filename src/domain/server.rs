//! An incoming server: one configured mailbox account (Odoo: `fetchmail.server`).

use super::Invalid;
use super::id::{ConnectionId, ServerId};

crate::coded! {
    pub enum ServerType {
        Imap = "imap",
        Pop = "pop",
        /// A Maildir on this machine, or an MTA's pipe (`mailgate deliver`).
        Local = "local",
        /// The mail gateway API (`message_process`): built in, exactly one, never listed.
        Api = "api",
    }
}

impl ServerType {
    /// The words of OpenSPP's guide.
    pub fn label(self) -> &'static str {
        match self {
            ServerType::Imap => "IMAP Server",
            ServerType::Pop => "POP Server",
            ServerType::Local => "Local Server",
            ServerType::Api => "Mail gateway API",
        }
    }

    /// The registered port (RFC 3501, 1939, 8314), which the form follows until a person types one.
    pub fn default_port(self, security: Security) -> Port {
        Port(match (self, security) {
            (ServerType::Imap, Security::Tls) => 993,
            (ServerType::Imap, _) => 143,
            (ServerType::Pop, Security::Tls) => 995,
            (ServerType::Pop, _) => 110,
            (ServerType::Local | ServerType::Api, _) => 0,
        })
    }
}

crate::coded! {
    /// How the connection is protected. `is_ssl` of Odoo is true for `Tls`.
    pub enum Security { None = "none", StartTls = "starttls", Tls = "tls" }
}

crate::coded! {
    pub enum ServerState {
        /// Not Confirmed: never fetched.
        Draft = "draft",
        /// Confirmed.
        Done = "done",
    }
}

impl ServerState {
    pub fn label(self) -> &'static str {
        match self {
            ServerState::Draft => "Not Confirmed",
            ServerState::Done => "Confirmed",
        }
    }
}

crate::coded! {
    /// What the very first fetch of a mailbox takes; decided once (DESIGN §4).
    pub enum StartWith {
        /// IMAP only: what has no `\Seen`.
        Unread = "unread",
        All = "all",
        /// Only mail that arrives after the first fetch.
        New = "new",
        /// From `start_date` on.
        Since = "since",
    }
}

crate::coded! {
    /// How the mail server is told that a message is kept here.
    pub enum AfterFetch {
        /// IMAP: set `\Seen`.
        Seen = "seen",
        /// Delete it `delete_after_days` later.
        Delete = "delete",
        /// IMAP: move it to the folder `move_to` (RFC 6851, else COPY and delete).
        Move = "move",
        /// Leave it as it is.
        Keep = "keep",
    }
}

crate::coded! {
    /// What happens to mail of senders that are no contacts.
    pub enum SenderPolicy {
        /// Deliver.
        Everyone = "everyone",
        /// Hold it as `unknown_sender`.
        Known = "known",
        /// Make a contact and deliver.
        Create = "create",
    }
}

/// A host name or an IP address, in lower case; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host(String);

impl Host {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim().trim_end_matches('.').to_lowercase();
        let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(&text);
        if bare.parse::<std::net::IpAddr>().is_ok() {
            return Ok(Self(bare.to_owned()));
        }
        if bare.is_empty() {
            return Err(Invalid::new("server", "Enter the server's address, for example imap.youremailserver.com."));
        }
        if bare.contains("://") || bare.contains('/') {
            return Err(Invalid::new("server", "Enter only the server's name, without imap:// or a path."));
        }
        if let Some((name, port)) = bare.rsplit_once(':')
            && port.parse::<u16>().is_ok()
        {
            return Err(Invalid::new("server", format!("Enter only the name, {name}; the port has its own field.")));
        }
        let fine = bare.len() <= 253
            && bare.split('.').all(|label| {
                (1..=63).contains(&label.len()) && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
            });
        if !fine {
            return Err(Invalid::new(
                "server",
                "This is no server name. It looks like imap.youremailserver.com, without spaces.",
            ));
        }
        Ok(Self(bare.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A TCP port, 1 to 65535 (0 only for Local servers, which have none).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Port(pub u16);

impl Port {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match text.trim().parse::<u16>() {
            Ok(port) if port > 0 => Ok(Self(port)),
            _ => Err(Invalid::new("port", "A port is a whole number from 1 to 65535, for example 993.")),
        }
    }
}

/// The SHA-256 of a certificate (DER), as 64 lower-case hexadecimal digits. Colons, spaces and case of the
/// input don't matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint256(String);

impl Fingerprint256 {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let digits: String = text.chars().filter(|c| !matches!(c, ':' | ' ')).map(|c| c.to_ascii_lowercase()).collect();
        if digits.len() != 64 || !digits.chars().all(|c| c.is_ascii_hexdigit()) {
            return Err(Invalid::new("tls_fingerprint", "A SHA-256 has 64 hexadecimal digits."));
        }
        Ok(Self(digits))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `AB:CD:…`, as browsers and `openssl x509 -fingerprint` show it.
    pub fn with_colons(&self) -> String {
        self.0.to_uppercase().as_bytes().chunks(2).map(String::from_utf8_lossy).collect::<Vec<_>>().join(":")
    }
}

/// What is needed to reach a mailbox and to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// IMAP or POP.
    Network {
        protocol: Protocol,
        host: Host,
        port: Port,
        security: Security,
        /// A certificate that the administrator trusts although no authority vouches for it.
        trusted: Option<Fingerprint256>,
        username: String,
    },
    /// A Maildir below `LOCAL_MAIL_ROOT`; None where only `mailgate deliver` feeds the server.
    Local { maildir: Option<std::path::PathBuf> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    Imap,
    Pop,
}

/// Everything an administrator sets on an incoming server, already right. Read from the table by
/// `store::servers`, made from a form or an API call by `operations::servers`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingServer {
    pub id: ServerId,
    pub name: String,
    pub server_type: ServerType,
    pub state: ServerState,
    pub active: bool,
    pub access: Access,
    /// IMAP folder; `INBOX` unless set.
    pub folder: String,
    pub start_with: StartWith,
    pub start_date: Option<chrono::NaiveDate>,
    pub after_fetch: AfterFetch,
    pub move_to: Option<String>,
    /// Days until a fetched message is deleted at the server; 0 deletes at once.
    pub delete_after_days: u16,
    /// Megabytes (10^6 bytes); larger messages are held without downloading.
    pub size_limit_mb: u16,
    /// Minutes between two fetches.
    pub interval_minutes: u16,
    /// Odoo's Server Priority: lower is fetched first.
    pub priority: i32,
    /// Odoo's Keep Attachments: false delivers the text only.
    pub attach: bool,
    /// Odoo's Keep Original: the source is kept for ever.
    pub original: bool,
    /// Where records go; None is this database.
    pub connection: Option<ConnectionId>,
    /// Technical name of the record type to make, for example `spp.grm.ticket`.
    pub object_model: Option<String>,
    pub sender_policy: SenderPolicy,
    /// The administrator says that nothing else fetches this mailbox, where the connection's account can't see it.
    pub no_other_fetcher: bool,
}

impl IncomingServer {
    /// The largest message that is downloaded, in bytes.
    pub fn size_limit(&self) -> u64 {
        u64::from(self.size_limit_mb) * 1_000_000
    }

    /// Confirmed and not archived.
    pub fn is_fetched(&self) -> bool {
        self.active && self.state == ServerState::Done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_or_an_address_and_nothing_else() {
        assert_eq!(Host::parse(" IMAP.Example.org. ").unwrap().as_str(), "imap.example.org");
        assert_eq!(Host::parse("[::1]").unwrap().as_str(), "::1");
        for wrong in ["", "imap://x", "x/y", "imap.example.org:993", "a b", "a..b", "-:"] {
            assert!(Host::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_fingerprint_is_compared_without_colons_and_case() {
        let text = "AB:".repeat(31) + "ab";
        assert_eq!(Fingerprint256::parse(&text).unwrap().as_str(), "ab".repeat(32));
        assert_eq!(Fingerprint256::parse(&text).unwrap().with_colons(), text.to_uppercase());
    }
}
