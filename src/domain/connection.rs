//! A connection: an OpenSPP/Odoo instance reached over its external API, where records can go.

use std::fmt;

use chrono::NaiveDate;

use super::id::ConnectionId;
use super::rights::Object;
use super::setting::{
    ObjectFacts, READABLE_FOR, READABLE_OK, SettingField, SettingForm, SettingKind, SettingsObject, Unit,
};
use super::words::Sentence;
use super::{Invalid, reach};
use crate::say;

crate::coded! {
    pub enum ConnectionState {
        /// Not tested, or changed since: nothing is sent.
        Draft = "draft",
        /// Its test has passed.
        Done = "done",
    }
}

impl ConnectionState {
    pub fn label(self) -> Sentence {
        match self {
            ConnectionState::Draft => say!("connections-state-draft"),
            ConnectionState::Done => say!("connections-state-done"),
        }
    }
}

crate::coded! {
    /// Which of the other system's external APIs is used.
    pub enum RemoteProtocol {
        /// `/xmlrpc/2`, of every version up to 19.
        XmlRpc = "xmlrpc",
        /// `/json/2`, since 19; with an API key only.
        Json2 = "json2",
    }
}

impl RemoteProtocol {
    /// The name that people know it by.
    pub fn label(self) -> &'static str {
        match self {
            RemoteProtocol::XmlRpc => "XML-RPC",
            RemoteProtocol::Json2 => "JSON-2",
        }
    }
}

crate::coded! {
    /// Which API the administrator wants.
    pub enum ProtocolChoice {
        /// What the test finds: JSON-2 if the other system has it and accepts the account's key for it.
        Automatic = "automatic",
        XmlRpc = "xmlrpc",
        Json2 = "json2",
    }
}

crate::coded! {
    /// Whether new mails of a round become records by one call, instead of going through the gateway over there one by one.
    pub enum Together {
        /// Where the modules over there are known to make the same of a mail either way.
        Automatic = "automatic",
        Always = "always",
        Never = "never",
    }
}

/// Everything that an administrator sets on a connection except its password, already valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    pub id: ConnectionId,
    pub name: String,
    pub url: BaseUrl,
    /// The database over there.
    pub database: String,
    pub login: String,
    pub state: ConnectionState,
    pub active: bool,
    /// The version that the other system gave at the last test, for example `17.0`.
    pub server_version: Option<String>,
    pub protocol: ProtocolChoice,
    /// The API that the last test used.
    pub spoken: Option<RemoteProtocol>,
    /// Deliveries at the same time, 1 to 8.
    pub workers: u8,
    pub together: Together,
    /// The day on which its API key over there ends, if it does.
    pub key_expires: Option<NaiveDate>,
}

impl Connection {
    /// The name under which claims are taken (ARCHITECTURE §4). Ids are never reused, so it never changes.
    pub fn sink(id: ConnectionId) -> String {
        format!("odoo:{id}")
    }

    /// The API to use: the one that is wanted, or that its test found.
    pub fn speaks(&self) -> RemoteProtocol {
        match self.protocol {
            ProtocolChoice::Automatic => self.spoken.unwrap_or(RemoteProtocol::XmlRpc),
            ProtocolChoice::XmlRpc => RemoteProtocol::XmlRpc,
            ProtocolChoice::Json2 => RemoteProtocol::Json2,
        }
    }

    /// Whether anything is sent to it.
    pub fn is_used(&self) -> bool {
        self.active && self.state == ConnectionState::Done
    }
}

impl SettingsObject for Connection {
    type Id = ConnectionId;

    const NAME: fn() -> Sentence = || say!("name-connection");
    const NAMES: fn() -> Sentence = || say!("names-connections");
    const MODEL: &'static str = "mailgate.connection";
    const OBJECT: Object = Object::Connections;
    const WORDS: &'static str = "connections";
    const FIELDS: &'static [SettingField<Self>] = &[
        crate::field!(name: line(200)).required(|| say!("connection-name")).at("name").api("Name"),
        SettingField::<Self>::new(
            "url",
            SettingKind::Url(500),
            |connection| connection.url.as_str().to_owned(),
            |connection, typed| {
                connection.url = BaseUrl::parse(typed.text)?;
                Ok(())
            },
        )
        .required(Sentence::default)
        .tested()
        .at("url")
        .api("URL"),
        crate::field!(database: line(100)).required(|| say!("connection-database")).tested().api("Database"),
        crate::field!(login: line(254)).required(|| say!("connection-login")).tested().at("account").api("Login"),
        SettingField::<Self>::secret("password").at("account").api("Password or API Key"),
        SettingField::<Self>::new(
            "key_expires",
            SettingKind::Date,
            |connection| connection.key_expires.map_or_else(String::new, |date| date.to_string()),
            |connection, typed| {
                connection.key_expires = if typed.text.is_empty() { None } else { Some(typed.date()?) };
                Ok(())
            },
        )
        .or_say(|| say!("connection-key-expires"))
        .at("account")
        .api("Key Expires"),
        crate::field!(protocol: choice(ProtocolChoice)).tested().at("account").api("External API"),
        crate::field!(workers: number(1, 8, Unit::None)).at("delivery").api("Side by Side"),
        crate::field!(together: choice(Together)).at("delivery").api("New Mails Together"),
        SettingField::<Self>::carried(READABLE_OK, |_| String::new()),
        SettingField::<Self>::carried(READABLE_FOR, |_| String::new()),
    ];

    fn blank() -> Self {
        Self {
            id: ConnectionId(0),
            name: String::new(),
            url: BaseUrl("https://openspp.example.org".into()),
            database: String::new(),
            login: String::new(),
            state: ConnectionState::Draft,
            active: true,
            server_version: None,
            protocol: ProtocolChoice::Automatic,
            spoken: None,
            workers: 2,
            together: Together::Automatic,
            key_expires: None,
        }
    }

    fn id(&self) -> ConnectionId {
        self.id
    }

    fn facts(&self) -> ObjectFacts {
        ObjectFacts { name: self.name.clone(), state: Some(self.state.code()), active: self.active }
    }
}

impl SettingForm<Connection> {
    /// The host, other than this machine, to which password and mail would travel readable; empty if there is none.
    pub fn readable_at(&self) -> String {
        let url = BaseUrl::parse(self.text("url")).ok().filter(|url| !url.is_encrypted());
        url.filter(|url| !reach::is_loopback(url.host())).map_or_else(String::new, |url| url.host().to_owned())
    }
}

/// `http://` or `https://`, host, port and path, without a slash at its end, a query or a user name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(String);

impl BaseUrl {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let wrong = |message: Sentence| Err(Invalid::new("url", message));
        let text = text.trim().trim_end_matches('/');
        let Some((scheme, rest)) = text.split_once("://") else {
            return wrong(say!("connection-url"));
        };
        let scheme = scheme.to_ascii_lowercase();
        if scheme != "http" && scheme != "https" {
            return wrong(say!("connection-url-scheme"));
        }
        // People copy what the browser's address line shows: `/web#action=1&model=…`.
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let (host, path) = rest.split_once('/').map_or((rest, ""), |(host, path)| (host, path));
        if host.contains('@') {
            return wrong(say!("connection-url-user"));
        }
        if host.is_empty() || rest.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return wrong(say!("connection-url-wrong"));
        }
        let path = path.split('/').filter(|part| !part.is_empty());
        let path = path.take_while(|part| !matches!(*part, "web" | "odoo" | "xmlrpc" | "json")).collect::<Vec<_>>();
        let path = path.iter().map(|part| format!("/{part}")).collect::<String>();
        Ok(Self(format!("{scheme}://{}{path}", host.to_lowercase())))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Host and port.
    pub fn authority(&self) -> &str {
        let rest = self.0.split_once("://").map_or("", |(_, rest)| rest);
        rest.split('/').next().unwrap_or_default()
    }

    /// The host without its port; an IPv6 address is in brackets.
    pub fn host(&self) -> &str {
        let authority = self.authority();
        match authority.rfind(':') {
            Some(at) if authority[at + 1..].bytes().all(|byte| byte.is_ascii_digit()) => &authority[..at],
            _ => authority,
        }
    }

    /// Whether what is sent can be read on the way.
    pub fn is_encrypted(&self) -> bool {
        self.0.starts_with("https://")
    }
}

// Values that an incoming server sets in the records that it makes at a connection, beside what the mail says: their team,
// category, tags.

/// Values by the names of fields, in the order in which they were given, each name once. As text, `field = value`, one a
/// line: for a relation the id, for several the ids with commas between, for a choice its code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FarValues(Vec<(String, String)>);

/// Fields that a mail fills, or the other system itself.
const FILLED: [&str; 22] = [
    "id",
    "name",
    "subject",
    "description",
    "body",
    "number",
    "partner_id",
    "partner_email",
    "partner_name",
    "email_from",
    "email_cc",
    "registrant_id",
    "household_id",
    "complainant_type",
    "contact_name",
    "contact_email",
    "contact_phone",
    "intake_date",
    "create_uid",
    "create_date",
    "write_uid",
    "write_date",
];

/// Fields that are set at most.
const MOST: usize = 20;
/// Characters of a value.
const LONGEST: usize = 500;

impl FarValues {
    /// Empty lines are left out.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let wrong = |words| Invalid::new("far_values", words);
        let mut values = Vec::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let Some((name, value)) = line.split_once('=').map(|(name, value)| (name.trim(), value.trim())) else {
                return Err(wrong(say!("far-values-line", line)));
            };
            let is_name = name.starts_with(|c: char| c.is_ascii_lowercase() || c == 'x')
                && name.len() <= 64
                && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
            if !is_name || value.is_empty() || value.chars().count() > LONGEST || value.chars().any(char::is_control) {
                return Err(wrong(say!("far-values-line", line)));
            }
            if !Self::may_set(name) {
                return Err(wrong(say!("far-values-filled", name)));
            }
            if values.iter().any(|(known, _)| known == name) {
                return Err(wrong(say!("far-values-twice", name)));
            }
            values.push((name.to_owned(), value.to_owned()));
        }
        match values.len() {
            0..=MOST => Ok(Self(values)),
            _ => Err(wrong(say!("far-values-most", most = MOST))),
        }
    }

    /// Whether a field of this name may be set: neither the mail nor the other system fills it.
    pub fn may_set(name: &str) -> bool {
        !FILLED.contains(&name)
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl fmt::Display for FarValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        f.write_str(&lines.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::{BaseUrl, FarValues};

    #[test]
    fn an_address_is_taken_as_a_browser_shows_it() {
        let parsed = |text| BaseUrl::parse(text).unwrap().as_str().to_owned();
        assert_eq!(parsed(" HTTPS://OpenSPP.Example.org:8069/web/login "), "https://openspp.example.org:8069");
        assert_eq!(parsed("http://127.0.0.1:8069/"), "http://127.0.0.1:8069");
        assert_eq!(parsed("https://example.org/openspp/xmlrpc/2"), "https://example.org/openspp");
        assert_eq!(parsed("https://example.org/web?db=a#action=1&model=b"), "https://example.org");
        for wrong in ["", "openspp.example.org", "ftp://x", "https://", "https://u:p@x", "https://?a=b", "https://a b"]
        {
            assert!(BaseUrl::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn one_a_line_each_once_and_nothing_that_the_mail_fills() {
        let read = FarValues::parse(" team_id=3\n\ntag_ids = 4, 7\r\n").unwrap();
        assert_eq!(read.iter().collect::<Vec<_>>(), [("team_id", "3"), ("tag_ids", "4, 7")]);
        assert_eq!(FarValues::parse(&read.to_string()).unwrap(), read);
        for wrong in ["team_id", "team_id =", "Team = 3", "= 3", "name = x", "partner_id = 3", "a = 1\na = 2"] {
            assert!(FarValues::parse(wrong).is_err(), "{wrong}");
        }
    }
}
