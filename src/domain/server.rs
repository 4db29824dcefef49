//! An incoming server: one configured mailbox account (Odoo: `fetchmail.server`).

use super::words::Sentence;
use crate::say;
use std::path::{Component, Path, PathBuf};

use super::connection::FarValues;
use super::discovery::MailboxAddress;
use super::id::{ConnectionId, ProviderId, ServerId};
use super::oauth::{self, Application, Authentication, CERTIFICATE, CLIENT_SECRET, Endpoint, Grant, Has};
use super::protocol::{Protocol, Security, ServerType};
use super::rights::Object;
use super::setting::{
    self, ObjectFacts, READABLE_FOR, READABLE_OK, SettingField, SettingForm, SettingKind, SettingsObject, TypedField,
    Unit, by_code, flag,
};
use super::{Invalid, reach};

crate::coded! {
    pub enum ServerState {
        /// Not Confirmed: never fetched.
        Draft = "draft",
        /// Confirmed.
        Done = "done",
    }
}

impl ServerState {
    pub fn label(self) -> Sentence {
        match self {
            ServerState::Draft => say!("servers-state-draft"),
            ServerState::Done => say!("servers-state-done"),
        }
    }
}

crate::coded! {
    /// What the very first fetch of a mailbox takes; decided once (ARCHITECTURE §4).
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
        /// Deliver it as an anonymous complaint, where the connection's record type takes such.
        Anonymous = "anonymous",
    }
}

crate::coded! {
    /// What happens to mail whose sender's address several registrants of the connection have.
    pub enum SharedAddress {
        /// Hold it: a person says whose it is.
        Ask = "ask",
        /// It is the oldest active registrant's.
        Oldest = "oldest",
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
            return Err(Invalid::new("server", say!("server-host")));
        }
        if bare.contains("://") || bare.contains('/') {
            return Err(Invalid::new("server", say!("server-host-scheme")));
        }
        if let Some((name, port)) = bare.rsplit_once(':')
            && port.parse::<u16>().is_ok()
        {
            return Err(Invalid::new("server", say!("server-host-port", name)));
        }
        let fine = bare.len() <= 253
            && bare.split('.').all(|label| {
                (1..=63).contains(&label.len()) && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
            });
        if !fine {
            return Err(Invalid::new("server", say!("server-host-wrong")));
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
            _ => Err(Invalid::new("port", say!("server-port"))),
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
            return Err(Invalid::new("tls_fingerprint", say!("server-sha256")));
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

/// What is needed to connect to a mailbox and to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// IMAP or POP.
    Network {
        protocol: Protocol,
        host: Host,
        port: Port,
        security: Security,
        /// A certificate that the administrator trusts although no certificate authority signed it.
        trusted: Option<Fingerprint256>,
        username: String,
    },
    /// A Maildir below `LOCAL_MAIL_ROOT`; None where only `mailgate deliver` feeds the server.
    Local { maildir: Option<std::path::PathBuf> },
}

/// All settings of an incoming server, checked. Read from the table by `store::servers`, made from a form or an API call by
/// its fields ([`SettingsObject::FIELDS`]) and [`IncomingServer::read_together`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingServer {
    pub id: ServerId,
    pub name: String,
    pub server_type: ServerType,
    pub state: ServerState,
    pub active: bool,
    pub access: Access,
    /// The email address of the mailbox, from which its settings can be discovered; empty where nobody entered it.
    pub email: String,
    pub authentication: Authentication,
    /// The application that requests its tokens; empty where a kept provider has it, and where a password is used.
    pub application: Application,
    pub provider: Option<ProviderId>,
    /// IMAP folders, one a line; `INBOX` unless set. [`IncomingServer::folders`] has them one by one.
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
    /// The most that is sent to and received from its mail server together, in kilobytes (10^3 bytes) a second over all
    /// connections; 0 is no limit.
    pub traffic_kb_s: u16,
    /// Mail is fetched as soon as the server announces it, where it can (IMAP IDLE), and at the interval as well.
    pub push: bool,
    /// Records made of its mail are confidential: only the people named for this server see them.
    pub confidential: bool,
    /// Odoo's Server Priority: lower is fetched first.
    pub priority: i32,
    /// Odoo's Keep Attachments: false delivers the text only.
    pub attach: bool,
    /// Odoo's Keep Original: the source is kept for ever.
    pub original: bool,
    /// The connection that records are made at; None: in this database.
    pub connection: Option<ConnectionId>,
    /// Technical name of the record type to make, for example `spp.grm.ticket`.
    pub object_model: Option<String>,
    pub sender_policy: SenderPolicy,
    /// Used only where the server has a connection.
    pub shared_address: SharedAddress,
    /// Values that new records at a connection get in addition to those from the mail.
    pub far_values: FarValues,
    /// The administrator stated that nothing else fetches this mailbox, where the connection's account may not read that.
    pub no_other_fetcher: bool,
}

impl IncomingServer {
    /// The largest message that is downloaded, in bytes.
    pub fn size_limit(&self) -> u64 {
        u64::from(self.size_limit_mb) * 1_000_000
    }

    /// The mailboxes to fetch, in this order, one for each folder. Without folders (POP, Local) there is one without a name.
    pub fn folders(&self) -> Vec<&str> {
        match &self.access {
            Access::Network { protocol, .. } if protocol.facts().has_folders => match self.folder.is_empty() {
                true => vec![INBOX],
                false => self.folder.lines().collect(),
            },
            Access::Network { .. } | Access::Local { .. } => vec![""],
        }
    }

    /// The folder that mail handed over by a program is counted to.
    pub fn first_folder(&self) -> &str {
        self.folders().first().copied().unwrap_or_default()
    }

    /// Confirmed and not archived.
    pub fn is_fetched(&self) -> bool {
        self.active && self.state == ServerState::Done
    }

    /// The host that it connects to by any protocol, `imap.example.org`; None for a Local server.
    pub fn mail_host(&self) -> Option<&str> {
        match &self.access {
            Access::Network { host, .. } => Some(host.as_str()),
            Access::Local { .. } => None,
        }
    }

    /// Empty for Local servers, as are the next four.
    pub fn host(&self) -> &str {
        match &self.access {
            Access::Network { host, .. } => host.as_str(),
            Access::Local { .. } => "",
        }
    }

    pub fn username(&self) -> &str {
        match &self.access {
            Access::Network { username, .. } => username,
            Access::Local { .. } => "",
        }
    }

    pub fn port(&self) -> Option<Port> {
        match &self.access {
            Access::Network { port, .. } => Some(*port),
            Access::Local { .. } => None,
        }
    }

    pub fn trusted(&self) -> Option<&Fingerprint256> {
        match &self.access {
            Access::Network { trusted, .. } => trusted.as_ref(),
            Access::Local { .. } => None,
        }
    }

    pub fn security(&self) -> Security {
        match &self.access {
            Access::Network { security, .. } => *security,
            Access::Local { .. } => Security::None,
        }
    }
}

impl oauth::Applies for IncomingServer {
    fn authentication(&self) -> Authentication {
        self.authentication
    }

    fn set_authentication(&mut self, authentication: Authentication) {
        self.authentication = authentication;
    }

    fn application(&self) -> &Application {
        &self.application
    }

    fn application_mut(&mut self) -> &mut Application {
        &mut self.application
    }
}

/// The table that has, for each server, how it is signed in to.
const SIGN_INS: (&str, &str) = ("sign_ins", "server_id");
/// The table that has, for each server, the settings that only matter with a connection.
const FAR_ENDS: (&str, &str) = ("far_ends", "server_id");

impl SettingsObject for IncomingServer {
    type Id = ServerId;

    const NAME: fn() -> Sentence = || say!("name-server");
    const NAMES: fn() -> Sentence = || say!("names-servers");
    const MODEL: &'static str = "fetchmail.server";
    const OBJECT: Object = Object::Servers;
    const WORDS: &'static str = "servers";
    const FIELDS: &'static [SettingField<Self>] = &[
        crate::field!(name: line(200)).required(|| say!("server-name")).at("mailbox").api("Name"),
        SettingField::<Self>::new(
            "server_type",
            SettingKind::Radio(|| ServerType::SET_UP.iter().map(|kind| (kind.code(), kind.label())).collect()),
            |server| server.server_type.code().to_owned(),
            |server, typed| {
                // Where the type is unknown, the other fields are read as for a type that can do everything.
                server.server_type = ServerType::Imap;
                server.server_type = typed.choice(ServerType::set_up)?;
                Ok(())
            },
        )
        .required(|| say!("server-type"))
        .tested()
        .at("type")
        .api("Server Type"),
        SettingField::<Self>::new(
            "email",
            SettingKind::Line(254),
            |server| server.email.clone(),
            |server, typed| {
                server.email = match typed.line()?.as_str() {
                    "" => String::new(),
                    email => MailboxAddress::parse(email)?.as_str().to_owned(),
                };
                Ok(())
            },
        )
        .at("email")
        .api_beside(SIGN_INS, "E-mail Address", "email"),
        SettingField::<Self>::part("server", SettingKind::Line(253), |server| server.host().to_owned())
            .tested()
            .at("server")
            .api_as("server", "Server Name", "host"),
        SettingField::<Self>::part("port", PORT, |server| {
            server.port().map_or_else(String::new, |port| port.0.to_string())
        })
        .tested()
        .at("port")
        .api("Port"),
        SettingField::<Self>::carried("auto_port", |server| match server.port() {
            Some(port) if port == server.server_type.default_port(server.security()) => port.0.to_string(),
            _ => String::new(),
        })
        .at("port"),
        SettingField::<Self>::carried("was_type", |server| server.server_type.code().to_owned()).at("port"),
        SettingField::<Self>::part("is_ssl", SettingKind::Flag, |server| flag(server.security() == Security::Tls))
            .tested()
            .at("tls"),
        SettingField::<Self>::part("starttls", SettingKind::Flag, |server| {
            flag(server.security() == Security::StartTls)
        })
        .tested()
        .at("starttls"),
        SettingField::<Self>::part("tls_fingerprint", SettingKind::Line(200), |server| {
            server.trusted().map_or_else(String::new, |sha256| sha256.as_str().to_owned())
        })
        .tested()
        .at("safety")
        .api("Trusted Certificate"),
        oauth::authentication::<Self>(oauth::all).tested().at("authentication").api_beside(
            SIGN_INS,
            "Authentication",
            "authentication",
        ),
        SettingField::<Self>::part("user", SettingKind::Line(254), |server| server.username().to_owned())
            .tested()
            .at("user")
            .api_as("user", "Username", "username"),
        SettingField::<Self>::secret("password").shown("for-password").at("login").api("Password"),
        SettingField::<Self>::part("oauth_provider_id", SettingKind::Reference("mailgate.oauth_provider"), |server| {
            server.provider.map_or_else(String::new, |id| id.to_string())
        })
        .tested()
        .shown("for-oauth")
        .at("login")
        .api_beside(SIGN_INS, "Sign-in Provider", "provider_id"),
        oauth::tenant::<Self>()
            .tested()
            .shown("for-microsoft own-app")
            .at("login")
            .api_beside(SIGN_INS, "Tenant", "tenant"),
        oauth::client_id::<Self>().tested().shown("for-oauth own-app").at("login").api_beside(
            SIGN_INS,
            "Client ID",
            "client_id",
        ),
        SettingField::<Self>::secret_text(CLIENT_SECRET).shown("for-oauth own-app").at("login").api("Client Secret"),
        SettingField::<Self>::secret_text(CERTIFICATE).shown("for-app own-app").at("login").api("Certificate"),
        oauth::expires::<Self>().shown("for-oauth own-app").at("login").api_beside(
            SIGN_INS,
            "Secret or Certificate Expires",
            "expires",
        ),
        oauth::authorize_url::<Self>().tested().at("addresses").api_beside(SIGN_INS, "Authorize URL", "authorize_url"),
        oauth::token_url::<Self>().tested().at("addresses").api_beside(SIGN_INS, "Token URL", "token_url"),
        oauth::scope::<Self>().tested().at("addresses").api_beside(SIGN_INS, "Scope", "scope"),
        SettingField::<Self>::part("maildir", SettingKind::Line(500), |server| match &server.access {
            Access::Local { maildir: Some(path) } => path.to_string_lossy().into_owned(),
            _ => String::new(),
        })
        .tested()
        .at("local")
        .api("Maildir"),
        SettingField::<Self>::part("connection_id", SettingKind::Reference("mailgate.connection"), |server| {
            server.connection.map_or_else(String::new, |id| id.to_string())
        })
        .tested()
        .at("connection")
        .api("Connection"),
        SettingField::<Self>::part("object_model", SettingKind::Line(100), |server| {
            server.object_model.clone().unwrap_or_default()
        })
        .tested()
        .at("object_model")
        .api("Record Type"),
        SettingField::<Self>::part("no_other_fetcher", SettingKind::Flag, |server| flag(server.no_other_fetcher))
            .tested()
            .at("fetchers")
            .api("Nothing Else Fetches"),
        SettingField::<Self>::new(
            "folder",
            SettingKind::Text,
            |server| server.folder.clone(),
            |server, typed| {
                server.folder = folders(typed.text)?;
                Ok(())
            },
        )
        .tested()
        .shown("for-imap")
        .at("folder")
        .api("Folder"),
        SettingField::<Self>::new(
            "start_with",
            SettingKind::Choice(|| by_code(StartWith::ALL.iter().map(|start| start.code()))),
            |server| server.start_with.code().to_owned(),
            |server, typed| {
                server.start_with = server.server_type.start(typed.text)?;
                Ok(())
            },
        )
        .at("choices")
        .api("Start With"),
        SettingField::<Self>::new(
            "start_date",
            SettingKind::Date,
            |server| server.start_date.map_or_else(String::new, |date| date.to_string()),
            |server, typed| {
                // Kept only where it is used.
                let counts = server.start_with == StartWith::Since;
                server.start_date = counts.then(|| typed.date()).transpose()?;
                Ok(())
            },
        )
        .or_say(|| say!("server-start-date"))
        .shown("when-since")
        .at("choices")
        .api("Start Date"),
        SettingField::<Self>::new(
            "after_fetch",
            SettingKind::Choice(|| by_code(AfterFetch::ALL.iter().map(|after| after.code()))),
            |server| server.after_fetch.code().to_owned(),
            |server, typed| {
                let known = AfterFetch::from_code(typed.text).filter(|it| server.server_type.afters().contains(it));
                server.after_fetch = known.ok_or_else(|| {
                    let words = say!("server-after", type = server.server_type.label());
                    Invalid::new("after_fetch", words)
                })?;
                Ok(())
            },
        )
        .at("choices")
        .api("After Fetching"),
        SettingField::<Self>::new(
            "move_to",
            SettingKind::Line(255),
            |server| server.move_to.clone().unwrap_or_default(),
            |server, typed| {
                // Kept only where it is used.
                let counts = server.after_fetch == AfterFetch::Move;
                server.move_to = counts.then(|| other_folder(typed, &server.folder)).transpose()?;
                Ok(())
            },
        )
        .shown("when-move")
        .at("choices")
        .api("Move To"),
        crate::field!(delete_after_days: number(0, 3650, Unit::Days))
            .shown("when-delete")
            .at("choices")
            .api("Delete After (Days)"),
        crate::field!(interval_minutes: number(1, 10_080, Unit::Minutes)).at("fetching").api("Interval (Minutes)"),
        crate::field!(traffic_kb_s: number(0, 65_535, Unit::KilobytesASecond))
            .at("fetching")
            .api("Traffic Limit (kB/s)"),
        crate::field!(push: flag).shown("for-imap").at("fetching").api("Push"),
        crate::field!(priority: number(-9999, 9999, Unit::Steps)).at("fetching").api("Server Priority"),
        crate::field!(attach: flag).at("keeping").api("Keep Attachments"),
        crate::field!(original: flag).at("keeping").api("Keep Original"),
        crate::field!(size_limit_mb: number(1, 500, Unit::Megabytes)).at("keeping").api("Size Limit (MB)"),
        crate::field!(sender_policy: choice(SenderPolicy))
            .or_say(|| say!("server-sender-policy"))
            .at("policy")
            .api("Senders"),
        crate::field!(confidential: flag).at("policy").api_beside(FAR_ENDS, "Confidential", "confidential"),
        crate::field!(shared_address: choice(SharedAddress)).shown("when-elsewhere").at("policy").api_beside(
            FAR_ENDS,
            "Shared Addresses",
            "shared_address",
        ),
        SettingField::<Self>::new(
            "far_values",
            SettingKind::Text,
            |server| server.far_values.to_string(),
            |server, typed| {
                server.far_values = FarValues::parse(typed.text)?;
                Ok(())
            },
        )
        .shown("when-elsewhere")
        .at("policy")
        .api_beside(FAR_ENDS, "Fields There", "far_values"),
        SettingField::<Self>::carried("auto_policy", |server| {
            let first = first_policy(server.connection.is_some(), server.object_model.as_deref().unwrap_or_default());
            if server.sender_policy == first { first.code().to_owned() } else { String::new() }
        })
        .at("policy"),
        SettingField::<Self>::carried(READABLE_OK, |_| String::new()),
        SettingField::<Self>::carried(READABLE_FOR, |_| String::new()),
    ];

    /// A server that gets mail only from a pipe (`mailgate deliver`).
    fn blank() -> Self {
        Self {
            id: ServerId(0),
            name: String::new(),
            server_type: ServerType::Local,
            state: ServerState::Draft,
            active: true,
            access: Access::Local { maildir: None },
            email: String::new(),
            authentication: Authentication::Password,
            application: Application::default(),
            provider: None,
            folder: INBOX.into(),
            start_with: StartWith::All,
            start_date: None,
            after_fetch: AfterFetch::Seen,
            move_to: None,
            delete_after_days: 14,
            size_limit_mb: 50,
            interval_minutes: 5,
            traffic_kb_s: 0,
            push: true,
            confidential: false,
            priority: 5,
            attach: true,
            original: false,
            connection: None,
            object_model: None,
            sender_policy: SenderPolicy::Everyone,
            shared_address: SharedAddress::Ask,
            far_values: FarValues::default(),
            no_other_fetcher: false,
        }
    }

    fn id(&self) -> ServerId {
        self.id
    }

    fn facts(&self) -> ObjectFacts {
        ObjectFacts { name: self.name.clone(), state: Some(self.state.code()), active: self.active }
    }

    /// IMAP with SSL/TLS.
    fn begin(form: &mut SettingForm<Self>) {
        form.set("server_type", ServerType::Imap.code());
        form.set_security(Security::Tls);
    }

    fn follow(form: &mut SettingForm<Self>) {
        form.follow();
    }

    fn offered(form: &SettingForm<Self>, field: &SettingField<Self>) -> Vec<(&'static str, Sentence)> {
        let server_type = form.server_type().unwrap_or(ServerType::Imap);
        match field.name {
            "start_with" => by_code(server_type.starts().iter().map(|start| start.code())),
            "after_fetch" => by_code(server_type.afters().iter().map(|after| after.code())),
            // Only a connection's record types take such.
            "sender_policy" if !form.is_elsewhere() => {
                let anonymous = SenderPolicy::Anonymous.code();
                field.choices().into_iter().filter(|(code, _)| *code != anonymous).collect()
            }
            _ => field.choices(),
        }
    }
}

const PORT: SettingKind = SettingKind::Number { min: 1, max: 65_535, unit: Unit::None };

/// The record type whose sender must be a contact at the far end, since it links the contact.
const GRIEVANCE: &str = "spp.grm.ticket";

/// What happens to mail of unknown senders unless a person chooses.
fn first_policy(elsewhere: bool, model: &str) -> SenderPolicy {
    if elsewhere && model == GRIEVANCE { SenderPolicy::Known } else { SenderPolicy::Everyone }
}

/// The folder that every IMAP mailbox has, its name in any case (RFC 3501 5.1), and the one mailbox of other protocols.
pub const INBOX: &str = "INBOX";

/// The most folders of one server: a pass fetches them one after the other.
const FOLDERS: usize = 20;

/// Whether two names mean the same folder.
pub fn is_same_folder(one: &str, other: &str) -> bool {
    one == other || (one.eq_ignore_ascii_case(INBOX) && other.eq_ignore_ascii_case(INBOX))
}

/// One a line, each once, in the order in which they were typed.
fn folders(typed: &str) -> Result<String, Invalid> {
    let mut folders: Vec<String> = Vec::new();
    for line in typed.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let folder = setting::line("folder", line, 255)?;
        if !folders.iter().any(|known| is_same_folder(known, &folder)) {
            folders.push(folder);
        }
    }
    match folders.len() {
        0 => Ok(INBOX.to_owned()),
        1..=FOLDERS => Ok(folders.join("\n")),
        _ => Err(Invalid::new("folder", say!("server-folders", max = FOLDERS))),
    }
}

fn other_folder(typed: &TypedField<'_>, fetched: &str) -> Result<String, Invalid> {
    let folder = typed.line()?;
    if folder.is_empty() {
        return Err(Invalid::new("move_to", say!("server-move-to")));
    }
    if fetched.lines().any(|fetched| is_same_folder(fetched, &folder)) {
        return Err(Invalid::new("move_to", say!("server-move-to-itself")));
    }
    Ok(folder)
}

/// What the settings of an incoming server are checked against.
pub struct Against<'a> {
    /// The saved server, and which secrets it has; None for a new one.
    pub existing: Option<(&'a IncomingServer, &'a [&'static str])>,
    /// The applications that mailboxes can share, and which secrets each has.
    pub providers: &'a [(oauth::Provider, Has)],
    /// The connections that can be chosen; the one that the server has now is always among them.
    pub connections: &'a [ConnectionId],
    /// The record types of the installed modules.
    pub models: &'a [&'a str],
    pub mail_root: &'a Path,
}

impl IncomingServer {
    /// Reads the fields that depend on one another: how to connect to the mailbox, and where its mail goes. All other fields
    /// are set already, and those that nobody changed have followed the fields that they depend on.
    pub fn read_together(&mut self, form: &SettingForm<Self>, against: &Against<'_>) -> Vec<Invalid> {
        let mut wrong = Wrong::default();
        let protocol = form.server_type().map(ServerType::protocol);
        let access = match protocol {
            Some(Some(protocol)) => network(form, protocol, self.authentication, against, &mut wrong),
            Some(None) => wrong.take(maildir(form, against.mail_root)).map(|maildir| Access::Local { maildir }),
            None => None,
        };
        if let Some(access) = access {
            self.access = access;
        }
        match protocol {
            Some(Some(protocol)) => self.read_sign_in(form, protocol, against, &mut wrong),
            Some(None) => self.set_sign_in(Authentication::Password, None),
            None => {}
        }
        if let Some(connection) = wrong.take(connection(form, against)) {
            self.connection = connection;
        }
        if let Some(model) = wrong.take(object_model(form, against.models)) {
            self.object_model = model;
        }
        if self.sender_policy == SenderPolicy::Anonymous && self.connection.is_none() {
            wrong.0.push(Invalid::new("sender_policy", say!("server-anonymous-here")));
        }
        // It is about a mailbox and a connection together; without a connection it means nothing.
        self.no_other_fetcher = self.connection.is_some() && form.flag("no_other_fetcher");
        wrong.0
    }
}

impl IncomingServer {
    /// How it is signed in to, where its way is known.
    fn read_sign_in(&mut self, form: &SettingForm<Self>, protocol: Protocol, against: &Against<'_>, wrong: &mut Wrong) {
        let (has, existing) = (oauth::has(form, against.existing.map_or(&[], |(_, saved)| saved)), against.existing);
        let provider = match form.text("oauth_provider_id") {
            _ if !self.authentication.is_oauth() => None,
            "" => None,
            id => {
                let chosen = against.providers.iter().find(|(provider, _)| provider.id.to_string() == id);
                if chosen.is_none() {
                    let words = say!("oauth-provider");
                    wrong.0.push(Invalid::new("oauth_provider_id", words));
                }
                chosen
            }
        };
        let authentication = provider.map_or(self.authentication, |(provider, _)| provider.authentication);
        self.set_sign_in(authentication, provider.map(|(provider, _)| provider.id));
        if !authentication.is_oauth() {
            return;
        }
        if self.security() == Security::None && !reach::is_loopback(self.host()) {
            let words = say!("oauth-token-encrypted");
            wrong.0.push(Invalid::new("is_ssl", words));
        }
        if let Some((provider, has)) = provider {
            if provider.application.grant(authentication, protocol).is_err()
                || provider.application.grant(authentication, protocol).is_ok_and(|grant| grant.lacks(*has).is_some())
            {
                let words = say!("oauth-incomplete", name = provider.name);
                wrong.0.push(Invalid::new("oauth_provider_id", words));
            }
            return;
        }
        match self.application.grant(authentication, protocol) {
            Err(missing) => wrong.0.extend(missing),
            Ok(grant) => {
                wrong.0.extend(grant.lacks(has));
                let moved = existing.and_then(|(old, saved)| secret_moves(form, &grant, self, old, saved));
                wrong.0.extend(moved);
            }
        }
    }

    fn set_sign_in(&mut self, authentication: Authentication, provider: Option<ProviderId>) {
        self.authentication = authentication;
        self.provider = provider;
        if provider.is_some() {
            self.application = Application::default();
        }
        self.application.keep_what_counts(authentication);
    }

    /// The request for a token, where the server has an application of its own.
    pub fn grant(&self) -> Option<Grant> {
        let protocol = self.server_type.protocol()?;
        self.application.grant(self.authentication, protocol).ok()
    }

    /// Whether this server uses this secret.
    pub fn takes_secret(&self, field: &str) -> bool {
        if matches!(self.access, Access::Local { .. }) {
            return false;
        }
        match field {
            "password" => !self.authentication.is_oauth(),
            CERTIFICATE => self.authentication == Authentication::MicrosoftApp && self.provider.is_none(),
            _ => self.authentication.is_oauth() && self.provider.is_none(),
        }
    }
}

/// A saved secret, and the tokens obtained with it, is only sent where it was typed for: otherwise a person who may edit the
/// form could send it to a host of their own.
fn secret_moves(
    form: &SettingForm<IncomingServer>,
    grant: &Grant,
    new: &IncomingServer,
    old: &IncomingServer,
    saved: &[&'static str],
) -> Option<Invalid> {
    let field = [CLIENT_SECRET, CERTIFICATE].into_iter().find(|field| saved.contains(field))?;
    if form.secret(CLIENT_SECRET).is_some() || form.secret(CERTIFICATE).is_some() {
        return None;
    }
    let before = old.grant().map(|grant| grant.token_url);
    let elsewhere = |url: &Endpoint| url.host() != grant.token_url.host();
    let words = if before.as_ref().is_some_and(elsewhere) {
        say!("oauth-secret-elsewhere")
    } else if !old.host().is_empty() && old.host() != new.host() {
        say!("oauth-secret-other-server")
    } else {
        return None;
    };
    Some(Invalid::new(field, words))
}

/// Collects all complaints, so that a person sees them at once.
#[derive(Default)]
struct Wrong(Vec<Invalid>);

impl Wrong {
    fn take<T>(&mut self, parsed: Result<T, Invalid>) -> Option<T> {
        parsed.map_err(|invalid| self.0.push(invalid)).ok()
    }
}

fn network(
    form: &SettingForm<IncomingServer>,
    protocol: Protocol,
    authentication: Authentication,
    against: &Against<'_>,
    wrong: &mut Wrong,
) -> Option<Access> {
    let host = wrong.take(Host::parse(form.text("server")));
    let port = wrong.take(Port::parse(form.text("port")));
    if form.flag("is_ssl") && form.flag("starttls") {
        let words = say!("server-starttls");
        wrong.0.push(Invalid::new("starttls", words));
    }
    let security = form.security();
    let username = wrong.take(setting::line("user", form.text("user"), 254).and_then(|user| match user.is_empty() {
        true => Err(Invalid::new("user", say!("server-user"))),
        false => Ok(user),
    }));
    let trusted = match form.text("tls_fingerprint") {
        "" => Some(None),
        typed => wrong.take(Fingerprint256::parse(typed)).map(Some),
    };
    if !authentication.is_oauth() {
        wrong.take(password(form, host.as_ref(), security, against.existing));
    }
    let trusted = match (trusted?, host.as_ref(), against.existing.map(|(server, _)| &server.access)) {
        // A certificate is trusted for one host: for another one it must be typed again.
        (same, Some(host), Some(Access::Network { host: old, trusted, .. })) if host != old && same == *trusted => None,
        (trusted, ..) => trusted,
    };
    Some(Access::Network { protocol, host: host?, port: port?, security, trusted, username: username? })
}

/// An empty field keeps the saved password, but only for the place that it was typed for: otherwise a person who may edit
/// the form could send it to a host of their own, or unencrypted.
fn password(
    form: &SettingForm<IncomingServer>,
    host: Option<&Host>,
    security: Security,
    existing: Option<(&IncomingServer, &[&'static str])>,
) -> Result<(), Invalid> {
    if form.has_password()? {
        return Ok(());
    }
    match existing.filter(|(_, saved)| saved.contains(&"password")).map(|(server, _)| &server.access) {
        Some(Access::Network { host: old, security: before, .. }) => {
            if host.is_some_and(|host| host != old) {
                let words = say!("server-password-again", host = old.as_str());
                return Err(Invalid::new("password", words));
            }
            if security.safety() < before.safety() {
                let words = say!("server-password-less-safe");
                return Err(Invalid::new("password", words));
            }
            Ok(())
        }
        _ => Err(Invalid::new("password", say!("server-password"))),
    }
}

/// A path below `root`, given as absolute or relative to it. It need not exist yet; the test checks that.
fn maildir(form: &SettingForm<IncomingServer>, root: &Path) -> Result<Option<PathBuf>, Invalid> {
    let text = setting::line("maildir", form.text("maildir"), 500)?;
    if text.is_empty() {
        return Ok(None);
    }
    let path = PathBuf::from(text);
    let inside = if path.is_absolute() { path.strip_prefix(root).ok() } else { Some(path.as_path()) };
    let plain = |path: &Path| {
        path.components().next().is_some() && path.components().all(|part| matches!(part, Component::Normal(_)))
    };
    if inside.is_some_and(plain) {
        return Ok(Some(path));
    }
    let words = say!("server-maildir", root = root.display().to_string());
    Err(Invalid::new("maildir", words))
}

fn connection(form: &SettingForm<IncomingServer>, against: &Against<'_>) -> Result<Option<ConnectionId>, Invalid> {
    if !form.is_elsewhere() {
        return Ok(None);
    }
    let chosen = form.text("connection_id").parse().ok().map(ConnectionId);
    let before = against.existing.and_then(|(server, _)| server.connection);
    chosen.filter(|id| against.connections.contains(id) || before == Some(*id)).map(Some).ok_or_else(|| {
        let words = say!("server-connection");
        Invalid::new("connection_id", words)
    })
}

/// Empty is allowed while the server is Not Confirmed; the test asks for it. The test also finds out whether the connection
/// has this model.
fn object_model(form: &SettingForm<IncomingServer>, models: &[&str]) -> Result<Option<String>, Invalid> {
    let model = form.text("object_model");
    if model.is_empty() {
        return Ok(None);
    }
    if !form.is_elsewhere() && !models.contains(&model) {
        let words = say!("server-record-type", model);
        return Err(Invalid::new("object_model", words));
    }
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_');
    if model.len() > 100 || !model.chars().all(plain) {
        let words = say!("server-record-type-name");
        return Err(Invalid::new("object_model", words));
    }
    Ok(Some(model.to_owned()))
}

impl SettingForm<IncomingServer> {
    /// What the two checkboxes SSL/TLS and STARTTLS say together.
    pub fn set_security(&mut self, security: Security) {
        self.set_flag("is_ssl", security == Security::Tls);
        self.set_flag("starttls", security == Security::StartTls);
    }

    /// Where both are ticked the safer one is shown here; saving refuses the two.
    pub fn security(&self) -> Security {
        match (self.flag("is_ssl"), self.flag("starttls")) {
            (true, _) => Security::Tls,
            (false, true) => Security::StartTls,
            (false, false) => Security::None,
        }
    }

    pub fn server_type(&self) -> Option<ServerType> {
        ServerType::set_up(self.text("server_type"))
    }

    /// The host to which password and mail would be sent unencrypted; empty where there is none, or it is this machine.
    pub fn readable_at(&self) -> String {
        let network = self.server_type().is_some_and(|server_type| server_type.protocol().is_some());
        let host = Host::parse(self.text("server")).ok().filter(|_| network && self.security() == Security::None);
        host.filter(|host| !reach::is_loopback(host.as_str())).map_or_else(String::new, |host| host.as_str().to_owned())
    }

    /// Whether records go to a connection, instead of this database.
    fn is_elsewhere(&self) -> bool {
        !self.text("connection_id").is_empty()
    }

    /// Sets the fields that nobody changed to the defaults that depend on server type, SSL/TLS and target: the port, what
    /// the first fetch takes, what to do after fetching, and what to do with unknown senders.
    pub fn follow(&mut self) {
        if self.text("sender_policy") == self.text("auto_policy") {
            let policy = first_policy(self.is_elsewhere(), self.text("object_model")).code();
            self.set("sender_policy", policy);
            self.set("auto_policy", policy);
        } else {
            self.set("auto_policy", "");
        }
        let Some(server_type) = self.server_type() else { return };
        self.follow_preset(server_type);
        if server_type != ServerType::Local {
            if self.text("port").is_empty() || self.text("port") == self.text("auto_port") {
                let port = server_type.default_port(self.security()).0.to_string();
                self.set("port", &port);
                self.set("auto_port", &port);
            } else {
                self.set("auto_port", "");
            }
        }
        let before = ServerType::from_code(self.text("was_type"));
        let untouched = |value: &str, first: fn(ServerType) -> &'static str| {
            value.is_empty() || before.is_some_and(|before| before != server_type && first(before) == value)
        };
        let first_start: fn(ServerType) -> &'static str = |server_type| server_type.starts()[0].code();
        if untouched(self.text("start_with"), first_start) {
            self.set("start_with", first_start(server_type));
        }
        let first_after: fn(ServerType) -> &'static str = |server_type| server_type.afters()[0].code();
        if untouched(self.text("after_fetch"), first_after) {
            self.set("after_fetch", first_after(server_type));
        }
        self.set("was_type", server_type.code());
    }

    /// Choosing a type that is a provider's fills in host, encryption and sign-in; choosing another type takes them out
    /// again, but for what a person typed.
    fn follow_preset(&mut self, server_type: ServerType) {
        if self.text("was_type") == server_type.code() {
            return;
        }
        let before = ServerType::from_code(self.text("was_type")).and_then(ServerType::preset);
        let (host, authentication) = server_type.preset().unwrap_or(("", Authentication::Password));
        if server_type.preset().is_none() && before.is_none() {
            return;
        }
        let untouched =
            |text: &str, before: Option<&str>, first: &str| text.is_empty() || text == first || before == Some(text);
        if untouched(self.text("server"), before.map(|(host, _)| host), "") {
            self.set("server", host);
        }
        let code = Authentication::Password.code();
        if untouched(self.text("authentication"), before.map(|(_, authentication)| authentication.code()), code) {
            self.set("authentication", authentication.code());
        }
        if server_type.preset().is_some() {
            self.set_security(Security::Tls);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Server = SettingForm<IncomingServer>;

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

    fn changed(form: &mut SettingForm<IncomingServer>, changes: &[(&str, &str)]) {
        for (field, value) in changes {
            assert!(form.set(field, value), "{field}");
        }
        form.follow();
    }

    #[test]
    fn the_port_follows_type_and_tls_until_it_is_typed_over() {
        let mut form = SettingForm::<IncomingServer>::fresh();
        assert_eq!(form.text("port"), "993");
        changed(&mut form, &[("server_type", "pop")]);
        assert_eq!(form.text("port"), "995");
        changed(&mut form, &[("is_ssl", "")]);
        assert_eq!(form.text("port"), "110");
        changed(&mut form, &[("server_type", "local")]);
        changed(&mut form, &[("server_type", "imap")]);
        assert_eq!(form.text("port"), "143");
        // Typed over, even with what another setting's default would be: stays through every change.
        changed(&mut form, &[("port", "993")]);
        for (ssl, server_type) in [("true", "imap"), ("", "imap"), ("true", "pop"), ("", "pop")] {
            changed(&mut form, &[("is_ssl", ssl), ("server_type", server_type)]);
            assert_eq!(form.text("port"), "993");
        }
        changed(&mut form, &[("port", "")]);
        assert_eq!(form.text("port"), "110");
    }

    #[test]
    fn unknown_senders_are_held_where_a_grievance_needs_its_contact_unless_a_person_chooses() {
        let mut form = SettingForm::<IncomingServer>::fresh();
        assert_eq!(form.text("sender_policy"), "everyone");
        changed(&mut form, &[("object_model", "spp.grm.ticket")]);
        assert_eq!(form.text("sender_policy"), "everyone");
        changed(&mut form, &[("connection_id", "1")]);
        assert_eq!(form.text("sender_policy"), "known");
        changed(&mut form, &[("object_model", "crm.lead")]);
        assert_eq!(form.text("sender_policy"), "everyone");
        changed(&mut form, &[("sender_policy", "create"), ("object_model", "spp.grm.ticket")]);
        assert_eq!(form.text("sender_policy"), "create");
        changed(&mut form, &[("sender_policy", "everyone"), ("connection_id", "")]);
        assert_eq!(form.text("sender_policy"), "everyone");
    }

    #[test]
    fn what_to_do_follows_the_type_unless_it_was_chosen() {
        let mut form = SettingForm::<IncomingServer>::fresh();
        assert_eq!((form.text("start_with"), form.text("after_fetch")), ("unread", "seen"));
        changed(&mut form, &[("server_type", "pop")]);
        assert_eq!((form.text("start_with"), form.text("after_fetch")), ("all", "delete"));
        changed(&mut form, &[("server_type", "imap"), ("start_with", "new"), ("after_fetch", "keep")]);
        changed(&mut form, &[("server_type", "pop")]);
        assert_eq!((form.text("start_with"), form.text("after_fetch")), ("new", "keep"));
    }

    const ROOT: &str = "/srv/mail";

    fn filled() -> Server {
        let mut form = Server::fresh();
        for (field, value) in [
            ("name", "Grievance Mailbox"),
            ("server", "imap.example.org"),
            ("user", "support@example.org"),
            ("password", "s3cret"),
            ("object_model", "spp.grm.ticket"),
        ] {
            form.set(field, value);
        }
        form
    }

    /// A form whose untouched values have followed, read as `operations::settings` does; `existing` has a password.
    fn read(form: &Server, existing: Option<&IncomingServer>) -> Result<IncomingServer, Vec<Invalid>> {
        let mut server = existing.cloned().unwrap_or_else(IncomingServer::blank);
        let mut wrong = setting::read(form, &mut server);
        let against = Against {
            existing: existing.map(|server| (server, &["password"][..])),
            providers: &[],
            connections: &[ConnectionId(3)],
            models: &["spp.grm.ticket"],
            mail_root: Path::new(ROOT),
        };
        wrong.extend(server.read_together(form, &against));
        if wrong.is_empty() { Ok(server) } else { Err(wrong) }
    }

    fn complaints(form: &Server, existing: Option<&IncomingServer>) -> Vec<String> {
        let mut fields: Vec<String> =
            read(form, existing).unwrap_err().into_iter().map(|invalid| invalid.field.into_owned()).collect();
        fields.sort_unstable();
        fields
    }

    fn saved() -> IncomingServer {
        IncomingServer { id: ServerId(7), ..read(&filled(), None).unwrap() }
    }

    #[test]
    fn a_saved_server_reads_back_as_it_is() {
        let stored = saved();
        assert_eq!(read(&SettingForm::of(&stored), Some(&stored)), Ok(stored.clone()));
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let mut form = filled();
        for (field, value) in [
            ("name", " "),
            ("server", "imap://x"),
            ("port", "0"),
            ("starttls", "on"),
            ("user", ""),
            ("password", ""),
            ("tls_fingerprint", "abc"),
            ("object_model", "no.such"),
            ("start_with", "since"),
            ("after_fetch", "move"),
            ("delete_after_days", "-1"),
            ("size_limit_mb", "5000"),
            ("interval_minutes", "0"),
            ("priority", "high"),
            ("sender_policy", "x"),
        ] {
            form.set(field, value);
        }
        let expected = [
            "delete_after_days",
            "interval_minutes",
            "move_to",
            "name",
            "object_model",
            "password",
            "port",
            "priority",
            "sender_policy",
            "server",
            "size_limit_mb",
            "start_date",
            "starttls",
            "tls_fingerprint",
            "user",
        ];
        assert_eq!(complaints(&form, None), expected);
    }

    #[test]
    fn folders_stand_one_a_line_and_mail_is_moved_to_none_of_them() {
        let mut form = filled();
        form.set("folder", " INBOX \r\n\r\nGrievances/2026\r\ninbox\r\n Appeals \r\n");
        let server = read(&form, None).unwrap();
        assert_eq!(server.folder, "INBOX\nGrievances/2026\nAppeals");
        assert_eq!(server.folders(), ["INBOX", "Grievances/2026", "Appeals"]);
        form.set("after_fetch", "move");
        for (folder, wrong) in [("Done", false), ("Appeals", true), ("Inbox", true)] {
            form.set("move_to", folder);
            assert_eq!(read(&form, None).is_err(), wrong, "{folder}");
        }
        form.set("move_to", "Done");
        form.set("folder", &(0..21).map(|number| format!("F{number}\n")).collect::<String>());
        assert_eq!(complaints(&form, None), ["folder"]);
        form.set("folder", " \n ");
        assert_eq!(read(&form, None).unwrap().folders(), ["INBOX"]);
    }

    #[test]
    fn a_type_takes_only_what_it_can_do() {
        let mut form = filled();
        form.set("server_type", "pop");
        form.set("start_with", "unread");
        form.set("after_fetch", "seen");
        assert_eq!(complaints(&form, None), ["after_fetch", "start_with"]);
        form.set("server_type", "api");
        assert_eq!(complaints(&form, None), ["server_type"]);
    }

    #[test]
    fn a_saved_password_goes_only_where_it_was_typed_for() {
        let stored = saved();
        let with = |changes: &[(&str, &str)]| {
            let mut form = SettingForm::of(&stored);
            for (field, value) in changes {
                form.set(field, value);
            }
            form
        };
        assert!(read(&with(&[("name", "Other"), ("port", "1993")]), Some(&stored)).is_ok());
        for change in [&[("server", "evil.example.org")][..], &[("is_ssl", "")], &[("is_ssl", ""), ("starttls", "on")]]
        {
            assert_eq!(complaints(&with(change), Some(&stored)), ["password"], "{change:?}");
            assert!(read(&with(&[change, &[("password", "again")]].concat()), Some(&stored)).is_ok());
        }
    }

    #[test]
    fn trust_in_a_certificate_does_not_move_to_another_host() {
        let mut stored = saved();
        if let Access::Network { trusted, .. } = &mut stored.access {
            *trusted = Fingerprint256::parse(&"ab".repeat(32)).ok();
        }
        let mut form = SettingForm::of(&stored);
        form.set("server", "other.example.org");
        form.set("password", "x");
        let trusted = |form: &Server| match read(form, Some(&stored)).unwrap().access {
            Access::Network { trusted, .. } => trusted.is_some(),
            Access::Local { .. } => false,
        };
        assert!(!trusted(&form));
        form.set("tls_fingerprint", &"cd".repeat(32));
        assert!(trusted(&form));
    }

    #[test]
    fn a_maildir_lies_below_the_root() {
        let mut form = filled();
        form.set("server_type", "local");
        form.set("start_with", "all");
        for fine in ["", "grm", "office/grm", "/srv/mail/grm"] {
            form.set("maildir", fine);
            assert!(read(&form, None).is_ok(), "{fine}");
        }
        for wrong in ["../etc", "/etc/passwd", "/srv/mail/../x", "grm/../../x", "/srv/mail", "/srv/mailbox"] {
            form.set("maildir", wrong);
            assert_eq!(complaints(&form, None), ["maildir"], "{wrong}");
        }
    }
}
