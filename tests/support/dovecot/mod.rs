//! A real Dovecot: IMAP, IMAPS, STARTTLS, POP3, POP3S and STLS on free loopback ports, as root or as anyone.
//! [`Dovecot::shared`] serves a whole test process, each test with a user of its own; what it leaves behind goes
//! when the process ends, however it ends.

pub mod tokens;
mod user;

use std::fmt::Write as _;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mailgate::domain::expiry::Nameless;
use mailgate::domain::id::ServerId;
use mailgate::domain::protocol::{Protocol, Security, ServerType};
use mailgate::domain::server::{Access, AfterFetch, Host, IncomingServer, Port, ServerState};
use mailgate::domain::setting::SettingsObject;
use mailgate::mailbox::{Environment, SessionLimits};

pub use self::user::MailUser;
use self::user::{id, mail_owner, own};
use super::free_port;

/// Every user's password.
pub const PASSWORD: &str = "secret";

const INSTALL: &str = "these tests need Dovecot: apt-get install dovecot-imapd dovecot-pop3d openssl";

/// What a private Dovecot may have different.
pub struct Setup {
    /// Names in its certificate, as openssl has them.
    pub names: &'static str,
    /// A certificate that ended yesterday.
    pub expired: bool,
    /// Further lines for its configuration.
    pub extra: &'static str,
}

impl Default for Setup {
    fn default() -> Self {
        Self { names: "DNS:localhost,IP:127.0.0.1", expired: false, extra: "" }
    }
}

pub struct Dovecot {
    folder: PathBuf,
    /// A shell that keeps Dovecot until its standard input ends: with `drop`, or with this process.
    keeper: Child,
    pub imap_port: u16,
    pub imaps_port: u16,
    pub pop_port: u16,
    pub pops_port: u16,
    users: AtomicU32,
}

impl Dovecot {
    /// The one of this test process. Users of different tests don't meet.
    pub fn shared() -> &'static Dovecot {
        static SHARED: OnceLock<Dovecot> = OnceLock::new();
        SHARED.get_or_init(|| Dovecot::start(&Setup::default()))
    }

    /// One of your own, with another certificate than any other.
    pub fn start(setup: &Setup) -> Dovecot {
        // Another process may take a port between choosing and listening.
        (0..5).find_map(|_| Self::try_start(setup)).expect("Dovecot did not start five times; its log stands above")
    }

    fn try_start(setup: &Setup) -> Option<Dovecot> {
        let folder = tempfile::Builder::new().prefix("mailgate-dovecot-").tempdir().unwrap().keep();
        open_to_all(&folder);
        for part in ["run", "state", "mail", "tls"] {
            std::fs::create_dir(folder.join(part)).unwrap();
        }
        make_certificate(&folder.join("tls"), setup);
        take_tokens(&folder);
        own(&folder.join("mail"));
        let ports = std::array::from_fn(|_| free_port());
        let [imap_port, imaps_port, pop_port, pops_port] = ports;
        std::fs::write(folder.join("dovecot.conf"), configuration(&folder, ports, setup.extra)).unwrap();
        let keeper = Command::new("sh")
            .args(["-c", "dovecot -F -c $0/dovecot.conf & read line; kill $!; wait $!; rm -rf $0"])
            .arg(&folder)
            .env("PATH", format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default()))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect(INSTALL);
        let dovecot = Dovecot { folder, keeper, imap_port, imaps_port, pop_port, pops_port, users: AtomicU32::new(0) };
        let end = Instant::now() + Duration::from_secs(10);
        while Instant::now() < end {
            if ports.iter().all(|port| listens(*port)) {
                return Some(dovecot);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        eprintln!("{INSTALL}\n{}", dovecot.log());
        None
    }

    /// A new user with an empty mailbox. `name` only makes logs readable: the real one is unique.
    pub fn user(&self, name: &str) -> MailUser {
        let name = format!("{name}{}", self.users.fetch_add(1, Ordering::SeqCst));
        MailUser::create(name.clone(), self.folder.join("mail").join(name))
    }

    /// An incoming server that reaches this user, right but for what the test then changes. Its certificate is vouched
    /// for by the authorities of [`Dovecot::environment`].
    pub fn server(&self, protocol: Protocol, security: Security, user: &MailUser) -> IncomingServer {
        let (server_type, plain, tls) = match protocol {
            Protocol::Imap => (ServerType::Imap, self.imap_port, self.imaps_port),
            Protocol::Pop => (ServerType::Pop, self.pop_port, self.pops_port),
        };
        let port = Port(if security == Security::Tls { tls } else { plain });
        let host = Host::parse("localhost").unwrap();
        let access = Access::Network { protocol, host, port, security, trusted: None, username: user.name.clone() };
        IncomingServer {
            id: ServerId(1),
            name: user.name.clone(),
            server_type,
            state: ServerState::Done,
            access,
            after_fetch: if protocol == Protocol::Pop { AfterFetch::Delete } else { AfterFetch::Seen },
            object_model: Some("spp.grm.ticket".into()),
            ..IncomingServer::blank()
        }
    }

    /// What vouches for this Dovecot: a PEM file, as `CA_FILE` takes it.
    pub fn certificate(&self) -> PathBuf {
        self.folder.join("tls/cert.pem")
    }

    /// Trusts this Dovecot and has limits of a few seconds.
    pub fn environment(&self) -> Environment {
        Environment {
            limits: quick(),
            authorities: Some(self.certificate()),
            nameless: Nameless::Refused,
            mail_root: self.folder.join("mail"),
            traffic: Default::default(),
            chance: || 0.5,
        }
    }

    /// What Dovecot logged, for the message of a failed test.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("dovecot.log")).unwrap_or_default()
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// Whether somebody listens on this loopback port.
pub fn listens(port: u16) -> bool {
    TcpStream::connect_timeout(&([127, 0, 0, 1], port).into(), Duration::from_secs(1)).is_ok()
}

/// Limits that let a failing test fail soon.
pub fn quick() -> SessionLimits {
    SessionLimits {
        connect: Duration::from_secs(2),
        read: Duration::from_secs(5),
        command: Duration::from_secs(30),
        again: Duration::from_millis(10),
        ..SessionLimits::default()
    }
}

fn configuration(folder: &Path, [imap, imaps, pop, pops]: [u16; 4], extra: &str) -> String {
    let folder = folder.display();
    let (user, group) = match mail_owner() {
        Some(_) => ("dovecot".into(), "dovecot".into()),
        None => (id("-un"), id("-gn")),
    };
    let mut text = format!(
        "base_dir = {folder}/run\nstate_dir = {folder}/state\nlog_path = {folder}/dovecot.log\n\
         protocols = imap pop3\nlisten = 127.0.0.1\n\
         ssl = yes\nssl_cert = <{folder}/tls/cert.pem\nssl_key = <{folder}/tls/key.pem\n\
         disable_plaintext_auth = no\nauth_mechanisms = plain login xoauth2 oauthbearer\nauth_failure_delay = 0\n\
         mail_location = maildir:~/Maildir\nmail_fsync = never\nmail_max_userip_connections = 1000\n\
         first_valid_uid = 1\nfirst_valid_gid = 1\n\
         passdb {{\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  args = {folder}/oauth2.conf\n}}\n\
         passdb {{\n  driver = static\n  args = password={PASSWORD}\n}}\n\
         userdb {{\n  driver = static\n  args = uid={user} gid={group} home={folder}/mail/%u\n}}\n\
         namespace inbox {{\n  inbox = yes\n  separator = /\n}}\n\
         service imap {{\n  process_limit = 500\n}}\nservice pop3 {{\n  process_limit = 500\n}}\n\
         service anvil {{\n  chroot =\n  unix_listener anvil-auth-penalty {{\n    mode = 0\n  }}\n}}\n"
    );
    for (service, plain_name, plain, tls_name, tls) in
        [("imap", "imap", imap, "imaps", imaps), ("pop3", "pop3", pop, "pop3s", pops)]
    {
        // service_count = 0: one process for all sign-ins, which is much faster.
        let _ = write!(
            text,
            "service {service}-login {{\n  chroot =\n  service_count = 0\n  inet_listener {plain_name} {{\n    \
             port = {plain}\n  }}\n  inet_listener {tls_name} {{\n    port = {tls}\n    ssl = yes\n  }}\n}}\n"
        );
    }
    if mail_owner().is_none() {
        let _ = write!(
            text,
            "default_internal_user = {user}\ndefault_internal_group = {group}\ndefault_login_user = {user}\n"
        );
    }
    text + extra
}

/// Dovecot checks tokens by itself: they are signed with this key.
fn take_tokens(folder: &Path) {
    // `<folder>/<azp>/<alg>/<kid>`, with the key in base64.
    let keys = folder.join("keys/default/HS256");
    std::fs::create_dir_all(&keys).unwrap();
    std::fs::write(keys.join("default"), STANDARD.encode(tokens::KEY)).unwrap();
    let settings = format!(
        "introspection_mode = local\nlocal_validation_key_dict = fs:posix:prefix={}/keys/\nusername_attribute = sub\n",
        folder.display()
    );
    std::fs::write(folder.join("oauth2.conf"), settings).unwrap();
}

fn make_certificate(folder: &Path, setup: &Setup) {
    let script = "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout key.pem -out request.pem && \
        { [ -z \"$0\" ] || printf 'subjectAltName=%s\\n' \"$0\"; printf 'basicConstraints=critical,CA:FALSE\\n'; } \
        > extensions && \
        openssl x509 -req -in request.pem -signkey key.pem -days \"$1\" -extfile extensions -out cert.pem";
    let made = Command::new("sh")
        .args(["-c", script, setup.names, if setup.expired { "-1" } else { "3650" }])
        .current_dir(folder)
        .output()
        .expect(INSTALL);
    assert!(made.status.success(), "{INSTALL}\n{}", String::from_utf8_lossy(&made.stderr));
}

fn open_to_all(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
}
