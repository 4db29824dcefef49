//! Settings (ARCHITECTURE §6): `Rocket.toml` and the environment with the prefix `MAILGATE_`, typed; the data
//! folder, made at first start, and where the secret key is.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};
use std::num::{NonZeroU32, NonZeroUsize};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::de::Unexpected;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::secret::Secret;
use crate::files::{Exposed, Files};
use crate::key::{KeyFile, KeyFileError};

/// All settings. Names are those of the environment variables in lower case, without the prefix.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Config {
    pub address: IpAddr,
    pub port: u16,
    pub data_dir: PathBuf,
    /// `postgres://…`, or a file; empty is `mailgate.db` in the data folder.
    #[serde(default)]
    pub database_url: String,
    /// Empty is `secret.key` in the data folder.
    #[serde(default)]
    pub secret_key_file: PathBuf,
    /// The address at which people reach Mailgate, with its path and without a slash at its end; empty is this address and
    /// port.
    #[serde(default)]
    pub public_url: String,
    /// The one proxy that is trusted to say where a request comes from; empty trusts nobody.
    #[serde(default)]
    pub trusted_proxy: Option<IpAddr>,
    /// The header in which it says so; no other one counts, since a client may send those that the proxy does not set. Empty
    /// takes `X-Real-IP`, else `X-Forwarded-For`.
    #[serde(default, deserialize_with = "as_header_name")]
    pub trusted_proxy_header: String,
    /// For how many days a browser that came by https must insist on it for this host (`Strict-Transport-Security`); 0 does
    /// not ask for it. It holds for everything else on the host, too.
    #[serde(default)]
    pub hsts_days: u32,
    /// What `/metrics` demands as `Authorization: Bearer …`; empty answers only this machine's own requests.
    #[serde(default, serialize_with = "never_shown", deserialize_with = "as_text")]
    pub metrics_token: Secret,
    /// PEM file of further authorities, beside the system's.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// The name server to ask where a domain's mailboxes are; empty asks those of the system.
    #[serde(default, deserialize_with = "as_name_server")]
    pub name_server: Option<SocketAddr>,
    /// How many servers are fetched at once.
    pub fetch_workers: usize,
    /// Connections that work at one mail server (by its name) at once, over all mailboxes and nodes; it must be the same
    /// on all nodes.
    pub host_connections: NonZeroUsize,
    /// The only folder below which a Local server's Maildir may lie; empty is `mail` in the data folder.
    #[serde(default)]
    pub local_mail_root: PathBuf,
    /// Whether `db.list` names the database to whoever asks.
    pub list_databases: bool,
    /// Whether the API takes passwords; without them only API keys.
    pub api_passwords: bool,
    /// Seconds that each read for a page may take before it is ended with words; what is written, and all work on mail, has
    /// no such limit.
    pub page_seconds: NonZeroU32,
    /// The same for a call of the API, with all that it reads.
    pub query_seconds: NonZeroU32,
    /// The same for a file that a person exports: for finding its rows, and for each part of it.
    pub export_seconds: NonZeroU32,
    /// As `RUST_LOG`, for example `info` or `mailgate=debug`.
    pub log: String,
    pub log_format: LogFormat,
    /// Where the audit is copied to: `syslog` (`/dev/log`), `syslog:` and a socket, or a file that is appended to, in lines
    /// of JSON; empty is nowhere.
    #[serde(default)]
    pub audit_log: String,
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    /// One JSON object a line.
    Json,
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("a setting can't be read: {0}. Settings stand in Rocket.toml or in MAILGATE_… variables")]
    Settings(#[from] Box<figment::Error>),
    #[error("the data folder {path} can't be made or written: {source}. Set MAILGATE_DATA_DIR to a folder of your own")]
    DataDir { path: PathBuf, source: std::io::Error },
    #[error(
        "the secret key {path} can't be read or made: {source}. Stored passwords open only with the key that sealed them"
    )]
    Key { path: PathBuf, source: KeyFileError },
    #[error(transparent)]
    Exposed(#[from] Exposed),
}

const fn seconds(seconds: u32) -> NonZeroU32 {
    match NonZeroU32::new(seconds) {
        Some(seconds) => seconds,
        None => NonZeroU32::MIN,
    }
}

const HOST_CONNECTIONS: NonZeroUsize = match NonZeroUsize::new(4) {
    Some(connections) => connections,
    None => NonZeroUsize::MIN,
};

impl Default for Config {
    fn default() -> Self {
        Self {
            address: IpAddr::from([127, 0, 0, 1]),
            port: 8000,
            data_dir: "data".into(),
            database_url: String::new(),
            secret_key_file: PathBuf::new(),
            public_url: String::new(),
            trusted_proxy: None,
            trusted_proxy_header: String::new(),
            hsts_days: 0,
            metrics_token: Secret::default(),
            ca_file: None,
            name_server: None,
            fetch_workers: 4,
            host_connections: HOST_CONNECTIONS,
            local_mail_root: PathBuf::new(),
            list_databases: true,
            api_passwords: true,
            page_seconds: seconds(2),
            query_seconds: seconds(10),
            export_seconds: seconds(60),
            log: "info".into(),
            log_format: LogFormat::Text,
            audit_log: String::new(),
        }
    }
}

impl Config {
    /// Reads `Rocket.toml` (its `[default]` section) and `MAILGATE_…`; the latter wins.
    pub fn load() -> Result<Self, ConfigError> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()))
            .merge(Toml::file("Rocket.toml").nested())
            .merge(Env::prefixed("MAILGATE_").filter(|name| name != "test_odoo" && name != "metrics_token"));
        // A token may look like a number, and would be read as one from the environment.
        if let Ok(token) = std::env::var("MAILGATE_METRICS_TOKEN") {
            figment = figment.merge(("metrics_token", token));
        }
        let mut config: Self = figment.extract().map_err(|error| ConfigError::Settings(Box::new(error)))?;
        config.public_url.truncate(config.public_url.trim_end_matches('/').len());
        Ok(config)
    }

    /// The address that a request comes from: that of the socket, or, if the trusted proxy sent it, what the proxy says.
    /// `header` gives the last value of a header; in a list, the last entry counts, which the proxy itself added.
    pub fn client_address<'h>(
        &self,
        socket: Option<IpAddr>,
        header: impl Fn(&str) -> Option<&'h str>,
    ) -> Option<IpAddr> {
        let socket = socket.map(|address| address.to_canonical());
        if socket.is_none() || socket != self.trusted_proxy.map(|proxy| proxy.to_canonical()) {
            return socket;
        }
        let told = match self.trusted_proxy_header.as_str() {
            "" => header("X-Real-IP").or_else(|| header("X-Forwarded-For")),
            named => header(named),
        };
        let told = told.and_then(|value| value.rsplit(',').next());
        told.and_then(|text| text.trim().parse().ok()).or(socket)
    }

    /// What [`crate::store::Store::open`] takes.
    pub fn database(&self) -> String {
        match self.database_url.as_str() {
            "" => self.data_dir.join("mailgate.db").to_string_lossy().into_owned(),
            url => url.to_owned(),
        }
    }

    pub fn mail_root(&self) -> PathBuf {
        if self.local_mail_root.as_os_str().is_empty() {
            self.data_dir.join("mail")
        } else {
            self.local_mail_root.clone()
        }
    }

    /// The address people see, without a slash at its end.
    pub fn base_url(&self) -> String {
        if self.public_url.is_empty() {
            format!("http://{}", std::net::SocketAddr::from((self.address, self.port)))
        } else {
            self.public_url.clone()
        }
    }

    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// The name of a cookie. Under https the name enforces that: with `__Host-` browsers accept it only from this very host,
    /// with `__Secure-` (below a path) only encrypted (RFC 6265bis §4.1.3).
    pub fn cookie_name(&self, name: &'static str) -> Cow<'static, str> {
        match (self.is_https(), self.base_path()) {
            (false, _) => name.into(),
            (true, "") => format!("__Host-{name}").into(),
            (true, _) => format!("__Secure-{name}").into(),
        }
    }

    /// The path within [`Config::base_url`] that all links begin with: empty, or `/mailgate`.
    pub fn base_path(&self) -> &str {
        let after_scheme = self.public_url.split_once("://").map_or("", |(_, rest)| rest);
        after_scheme.find('/').map_or("", |start| &after_scheme[start..])
    }

    /// Settings that work but are unwise, since passwords and mail would travel readable. Each is a sentence with its
    /// remedy, for the log at the start and for `mailgate check`.
    pub fn worries(&self) -> Vec<String> {
        let mut worries = Vec::new();
        if !self.address.to_canonical().is_loopback() && !self.public_url.starts_with("https://") {
            worries.push(format!(
                "Mailgate listens on {} without encryption: passwords of people travel readable. Put a proxy with TLS in \
                 front and say so in MAILGATE_PUBLIC_URL=https://…, or listen on this machine alone: \
                 MAILGATE_ADDRESS=127.0.0.1",
                self.address
            ));
        }
        if self.is_https() && self.trusted_proxy.is_none() {
            worries.push(format!(
                "People come to {} through a proxy that is not known here: all of them seem to be at its address, and one who \
                 guesses passwords slows all others down. Say which address it has: MAILGATE_TRUSTED_PROXY=127.0.0.1 where \
                 it stands on this machine; it must send X-Real-IP",
                self.public_url
            ));
        }
        if let Some(host) = unverified_postgres(&self.database_url) {
            worries.push(format!(
                "The database at {host} is reached without checking its certificate: whoever stands between can read and \
                 change what is stored. Add ?sslmode=verify-full&sslrootcert=/path/to/its/authority.pem to \
                 MAILGATE_DATABASE_URL"
            ));
        }
        worries
    }

    /// Makes the data folder (mode 0700) if there is none, and makes sure that only Mailgate's user can read what is in it.
    pub fn prepare_data_dir(&self) -> Result<(), ConfigError> {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.data_dir)
            .map_err(|source| ConfigError::DataDir { path: self.data_dir.clone(), source })?;
        let (database, key, mail_root) = (self.database(), self.key_file(), self.mail_root());
        let files = Files {
            data_dir: &self.data_dir,
            database: database_file(&database),
            key: key.path(),
            mail_root: &mail_root,
        };
        Ok(files.guard()?)
    }

    /// Where the secret key is kept.
    pub fn key_file(&self) -> KeyFile {
        KeyFile::new(if self.secret_key_file.as_os_str().is_empty() {
            self.data_dir.join("secret.key")
        } else {
            self.secret_key_file.clone()
        })
    }
}

/// The path that [`crate::store::Store::open`] finds in this address; None for PostgreSQL.
fn database_file(url: &str) -> Option<&Path> {
    let path = url.strip_prefix("sqlite://").unwrap_or(url);
    let path = path.strip_prefix("file:").map_or(path, |uri| uri.split('?').next().unwrap_or_default());
    (!path.contains("://")).then(|| Path::new(path))
}

fn never_shown<S: Serializer>(_: &Secret, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str("")
}

fn as_text<'de, D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
    String::deserialize(from).map(|text| Secret::new(text.trim()))
}

/// An address, with a port where it is not 53; empty is none.
fn as_name_server<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SocketAddr>, D::Error> {
    let text = Option::<String>::deserialize(from)?.unwrap_or_default();
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let parsed = text.parse().or_else(|_| text.parse().map(|address: IpAddr| SocketAddr::new(address, 53)));
    parsed.map(Some).map_err(|_| serde::de::Error::invalid_value(Unexpected::Str(text), &"an address, as 192.0.2.53"))
}

/// A header's name is a token (RFC 9110 §5.1). No request would ever have a header with another name, and everybody would
/// seem to come from the proxy.
fn as_header_name<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    let name = text.trim();
    match name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)) {
        true => Ok(name.to_owned()),
        false => Err(serde::de::Error::invalid_value(Unexpected::Str(name), &"the name of a header, as X-Real-IP")),
    }
}

/// The first host of a PostgreSQL on another machine whose certificate is not checked. The address is read as libpq does:
/// several hosts with commas, `host` and `hostaddr` among the parameters instead, a path for a socket, `sslmode=prefer`
/// unless set.
fn unverified_postgres(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://"))?;
    let (place, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    if parameters.split('&').any(|one| matches!(one, "sslmode=verify-full" | "sslmode=verify-ca")) {
        return None;
    }
    let place = place.split('/').next().unwrap_or_default();
    let place = place.rsplit_once('@').map_or(place, |(_, hosts)| hosts);
    let named = parameters.split('&').filter_map(|one| one.strip_prefix("host=").or(one.strip_prefix("hostaddr=")));
    named.chain([place]).flat_map(|hosts| hosts.split(',')).map(without_port).find(|host| !is_here(host))
}

fn without_port(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(literal) => literal.split(']').next().unwrap_or_default(),
        None if host.matches(':').count() > 1 => host,
        None => host.split(':').next().unwrap_or_default(),
    }
}

/// An empty host, or a path (also in percent escapes), is a socket on this machine.
fn is_here(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => {
            host.is_empty() || host == "localhost" || host.starts_with('/') || host.to_uppercase().starts_with("%2F")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_travel_readable_is_said() {
        let worries = |address: &str, public: &str, database: &str| {
            let address = address.parse().unwrap();
            let (public_url, database_url) = (public.to_owned(), database.to_owned());
            let trusted_proxy = Some([127, 0, 0, 1].into());
            Config { address, public_url, database_url, trusted_proxy, ..Config::default() }.worries().len()
        };
        assert_eq!(worries("127.0.0.1", "", ""), 0);
        assert_eq!(worries("::1", "", "postgres://mailgate:x@localhost/mailgate"), 0);
        assert_eq!(worries("0.0.0.0", "https://mail.example.org", ""), 0);
        assert_eq!(worries("0.0.0.0", "http://mail.example.org", ""), 1);
        assert_eq!(worries("::", "", "postgres://u:p@db.example.org:5432/mailgate?sslmode=require"), 2);
        let unknown_proxy = Config { public_url: "https://mail.example.org".into(), ..Config::default() };
        assert!(unknown_proxy.worries()[0].contains("MAILGATE_TRUSTED_PROXY"));
        let postgres = |url: &str| worries("127.0.0.1", "", url);
        assert_eq!(postgres("postgres://u:p@db.example.org/m?sslmode=verify-full&sslrootcert=/a.pem"), 0);
        assert_eq!(postgres("postgres://u:p@[2001:db8::1]:5432/m"), 1);
        assert_eq!(postgres("postgresql://u@%2Frun%2Fpostgresql/m"), 0);
        assert_eq!(postgres("postgres:///m"), 0);
        assert_eq!(postgres("postgres:///m?host=/run/postgresql"), 0);
        assert_eq!(postgres("postgres:///m?host=db.example.org"), 1);
        assert_eq!(postgres("postgres://u@localhost,db.example.org:5433/m"), 1);
        assert_eq!(postgres("postgres://u@localhost/m?user=x&hostaddr=192.0.2.7"), 1);
        assert_eq!(postgres("postgres://u:p%40ss@127.0.0.1/m"), 0);
    }
}
