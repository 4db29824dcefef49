//! Debian's nginx in front, with the very configuration that README.md shows.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::app::repository;
use super::dovecot::listens;
use super::{stop, wait_for};

/// The address from which this nginx connects to Mailgate, so that it can be told from the client's, 127.0.0.1.
pub const PROXY: &str = "127.0.0.5";

pub struct Nginx {
    child: Child,
    _folder: tempfile::TempDir,
}

impl Nginx {
    /// Listens on `port` for TLS, and passes on to `backend`.
    pub fn start(port: u16, backend: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        make_certificate(folder.path());
        let at = folder.path().display();
        let server = readme_block()
            .replace("listen 443 ssl", &format!("listen 127.0.0.1:{port} ssl"))
            .replace("/etc/ssl/mail.example.org", &format!("{at}/cert"))
            .replace("127.0.0.1:8000", &format!("127.0.0.1:{backend}"));
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .iter()
            .map(|part| format!("{part}_temp_path {at}/{part};\n"))
            .collect();
        let configuration = format!(
            "pid {at}/pid;\nerror_log stderr;\ndaemon off;\nevents {{}}\n\
             http {{\naccess_log off;\n{temporary}proxy_bind {PROXY};\n{server}\n}}\n"
        );
        std::fs::write(folder.path().join("nginx.conf"), configuration).unwrap();
        let child = Command::new("nginx")
            .env("PATH", format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default()))
            .args(["-p", &at.to_string(), "-e", "stderr", "-c", &format!("{at}/nginx.conf")])
            .stdin(Stdio::null())
            .spawn()
            .expect("nginx is missing; run scripts/needs test");
        let nginx = Self { child, _folder: folder };
        wait_for("nginx", Duration::from_secs(10), || listens(port).then_some(()));
        nginx
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        stop(&mut self.child, Duration::from_secs(5));
    }
}

/// The `nginx` block of README.md.
fn readme_block() -> String {
    let readme = std::fs::read_to_string(repository("README.md")).unwrap();
    let (_, block) = readme.split_once("```nginx\n").expect("README.md shows a configuration of nginx");
    block.split_once("```").unwrap().0.to_owned()
}

fn make_certificate(folder: &Path) {
    let made = Command::new("openssl")
        .args("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost".split(' '))
        .args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", "cert.key", "-out", "cert.pem"])
        .current_dir(folder)
        .output()
        .expect("openssl is missing; run scripts/needs test");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}
