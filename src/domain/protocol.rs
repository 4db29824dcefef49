//! The ways that mail comes by: the kinds of incoming server that an administrator chooses from, and what is known of the
//! protocol that each speaks. A further protocol begins here; who needs one of these facts asks for it, and for no protocol
//! by its name.

use super::Invalid;
use super::oauth::Authentication;
use super::server::{AfterFetch, Port, StartWith};
use super::words::Sentence;
use crate::say;

crate::coded! {
    pub enum ServerType {
        Imap = "imap",
        Pop = "pop",
        /// Odoo's ways to the mailboxes of two providers: IMAP, with host and sign-in filled in.
        Gmail = "gmail",
        Outlook = "outlook",
        /// A Maildir on this machine, or an MTA's pipe (`mailgate deliver`).
        Local = "local",
        /// The mail gateway API (`message_process`): built in, exactly one, never listed.
        Api = "api",
    }
}

impl ServerType {
    /// The kinds that an administrator can set up.
    pub const SET_UP: [ServerType; 5] =
        [ServerType::Imap, ServerType::Pop, ServerType::Local, ServerType::Gmail, ServerType::Outlook];

    /// The protocol of such a server; None where Mailgate connects to nothing.
    pub fn protocol(self) -> Option<Protocol> {
        match self {
            ServerType::Imap | ServerType::Gmail | ServerType::Outlook => Some(Protocol::Imap),
            ServerType::Pop => Some(Protocol::Pop),
            ServerType::Local | ServerType::Api => None,
        }
    }

    /// The kinds whose servers may announce new mail.
    pub fn announcing() -> impl Iterator<Item = ServerType> {
        Self::ALL.iter().copied().filter(|kind| kind.protocol().is_some_and(|spoken| spoken.facts().announces))
    }

    /// The host and the way to sign in that are filled in when this kind is chosen.
    pub fn preset(self) -> Option<(&'static str, Authentication)> {
        match self {
            ServerType::Gmail => Some(("imap.gmail.com", Authentication::Google)),
            ServerType::Outlook => Some(("outlook.office365.com", Authentication::Microsoft)),
            ServerType::Imap | ServerType::Pop | ServerType::Local | ServerType::Api => None,
        }
    }

    /// One of them by its code.
    pub fn set_up(code: &str) -> Option<Self> {
        Self::from_code(code).filter(|kind| Self::SET_UP.contains(kind))
    }

    /// What the first fetch of such a server may take, the default first. POP and Maildir have no unread.
    pub fn starts(self) -> &'static [StartWith] {
        match self.protocol() {
            Some(spoken) if spoken.facts().has_unread => {
                &[StartWith::Unread, StartWith::All, StartWith::New, StartWith::Since]
            }
            _ => &[StartWith::All, StartWith::New, StartWith::Since],
        }
    }

    /// One of them by its code.
    pub fn start(self, code: &str) -> Result<StartWith, Invalid> {
        StartWith::from_code(code).filter(|start| self.starts().contains(start)).ok_or_else(|| {
            let words = say!("server-start", type = self.label());
            Invalid::new("start_with", words)
        })
    }

    /// What such a server can be told about a fetched message, the default first.
    pub fn afters(self) -> &'static [AfterFetch] {
        match self.protocol() {
            Some(spoken) if spoken.facts().has_unread => {
                &[AfterFetch::Seen, AfterFetch::Delete, AfterFetch::Move, AfterFetch::Keep]
            }
            Some(_) => &[AfterFetch::Delete, AfterFetch::Keep],
            None => &[AfterFetch::Seen, AfterFetch::Delete, AfterFetch::Keep],
        }
    }

    /// The words of OpenSPP's guide.
    pub fn label(self) -> Sentence {
        match self {
            ServerType::Imap => say!("servers-server_type-imap"),
            ServerType::Pop => say!("servers-server_type-pop"),
            ServerType::Gmail => say!("servers-server_type-gmail"),
            ServerType::Outlook => say!("servers-server_type-outlook"),
            ServerType::Local => say!("servers-server_type-local"),
            ServerType::Api => say!("servers-server_type-api"),
        }
    }

    /// The registered port. The form shows it until a person types another one; 0 where Mailgate connects to nothing.
    pub fn default_port(self, security: Security) -> Port {
        match (self.protocol(), security) {
            (Some(spoken), Security::Tls) => spoken.facts().tls_port,
            (Some(spoken), Security::StartTls | Security::None) => spoken.facts().plain_port,
            (None, _) => Port(0),
        }
    }
}

crate::coded! {
    /// How the connection is protected. `is_ssl` of Odoo is true for `Tls`.
    pub enum Security { None = "none", StartTls = "starttls", Tls = "tls" }
}

impl Security {
    /// Higher is safer.
    pub fn safety(self) -> u8 {
        match self {
            Security::None => 0,
            Security::StartTls => 1,
            Security::Tls => 2,
        }
    }
}

/// A protocol spoken with a mail server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    Imap,
    Pop,
}

/// The facts about a protocol, the same for every server that speaks it.
#[derive(Debug)]
pub struct ProtocolFacts {
    /// As people call it.
    pub name: &'static str,
    /// The kind of server that is filled in where one was found that speaks it.
    pub server_type: ServerType,
    /// The port with TLS from the first byte (RFC 8314).
    pub tls_port: Port,
    /// The port without TLS, or with TLS begun by STARTTLS.
    pub plain_port: Port,
    /// The names of the SRV records that announce it (RFC 6186), with TLS from the first byte and without.
    pub services: [&'static str; 2],
    /// The first label that the host name of such a server usually has: `imap` or `pop`.
    pub usual_host: &'static str,
    /// It has folders to choose from. Without, there is one mailbox, which other protocols call INBOX.
    pub has_folders: bool,
    /// The server remembers which mail is unread, and can be told that a mail was read.
    pub has_unread: bool,
    /// Servers may announce mail that comes.
    pub announces: bool,
    /// Microsoft's name for the permission to read a person's mail by this protocol.
    pub microsoft_scope: &'static str,
}

impl Protocol {
    pub const ALL: [Protocol; 2] = [Protocol::Imap, Protocol::Pop];

    pub fn facts(self) -> &'static ProtocolFacts {
        match self {
            // RFC 3501, 2177.
            Protocol::Imap => &ProtocolFacts {
                name: "IMAP",
                server_type: ServerType::Imap,
                tls_port: Port(993),
                plain_port: Port(143),
                services: ["_imaps._tcp", "_imap._tcp"],
                usual_host: "imap",
                has_folders: true,
                has_unread: true,
                announces: true,
                microsoft_scope: "IMAP.AccessAsUser.All",
            },
            // RFC 1939.
            Protocol::Pop => &ProtocolFacts {
                name: "POP",
                server_type: ServerType::Pop,
                tls_port: Port(995),
                plain_port: Port(110),
                services: ["_pop3s._tcp", "_pop3._tcp"],
                usual_host: "pop",
                has_folders: false,
                has_unread: false,
                announces: false,
                microsoft_scope: "POP.AccessAsUser.All",
            },
        }
    }

    /// All of them, this one first.
    pub fn first(self) -> impl Iterator<Item = Protocol> {
        [self].into_iter().chain(Self::ALL.into_iter().filter(move |other| *other != self))
    }
}
