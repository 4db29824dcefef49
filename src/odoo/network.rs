//! What all connections share: whom to trust, and how long to wait.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use native_tls::TlsConnector;
use ureq::tls::{Certificate, PemItem, parse_pem};

use super::tls::Encrypt;
use super::{Trouble, TroubleKind};
use crate::domain::certificate::Nameless;
use crate::domain::words::Sentence;
use crate::{complain, say};

/// The way to the network.
#[derive(Debug, Clone, Default)]
pub struct Network {
    /// PEM file of further authorities, beside the system's (`CA_FILE`).
    pub authorities: Option<PathBuf>,
    pub limits: OdooLimits,
    /// What of a certificate without alternative names.
    pub nameless: Nameless,
}

/// How long a call may take. The defaults are right for deliveries; a probe has less.
#[derive(Debug, Clone, Copy)]
pub struct OdooLimits {
    /// To find the host, to connect, and to agree on TLS: each.
    pub connect: Duration,
    /// For the next bytes of a request to leave.
    pub send: Duration,
    /// For the answer to begin, once the request is sent. Odoo itself ends a request after 120 s.
    pub answer: Duration,
    /// For the answer to be read, once it began.
    pub read: Duration,
    /// Bytes of an answer.
    pub answer_bytes: usize,
    /// Nothing goes on after this moment, whatever the other limits allow; None is no such moment.
    pub until: Option<Instant>,
}

impl Default for OdooLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            send: Duration::from_secs(30),
            answer: Duration::from_secs(125),
            read: Duration::from_secs(60),
            answer_bytes: 40_000_000,
            until: None,
        }
    }
}

impl Network {
    /// These limits, but nothing takes longer than `step`, and nothing goes on after `total`.
    #[must_use]
    pub fn hurried(&self, step: Duration, total: Duration) -> Self {
        let mut network = self.clone();
        for limit in [
            &mut network.limits.connect,
            &mut network.limits.send,
            &mut network.limits.answer,
            &mut network.limits.read,
        ] {
            *limit = step.min(*limit);
        }
        network.limits.until = Some(Instant::now() + total);
        network
    }

    /// TLS with the system's authorities and the further ones; none where it is `unused`, since they take some MB.
    pub fn encryption(&self, unused: bool) -> Result<Encrypt, Trouble> {
        if unused {
            return Ok(Encrypt { connector: None, nameless: self.nameless, taken: Arc::default() });
        }
        let mut builder = TlsConnector::builder();
        if let Some(path) = &self.authorities {
            builder.disable_built_in_roots(true);
            // An authority of the system's that can't be read vouches for nobody.
            for one in
                self.with_further(path)?.iter().filter_map(|one| native_tls::Certificate::from_der(one.der()).ok())
            {
                builder.add_root_certificate(one);
            }
        }
        let connector = builder.build().map_err(|error| {
            tracing::error!(%error, "TLS can't be used");
            Trouble::new(TroubleKind::Configuration, complain!("tls-unusable"))
        })?;
        Ok(Encrypt { connector: Some(connector), nameless: self.nameless, taken: Arc::default() })
    }

    /// The system's authorities and those of `path`.
    fn with_further(&self, path: &Path) -> Result<Vec<Certificate<'static>>, Trouble> {
        let further = certificates(path).map_err(|error| {
            let path = path.display().to_string();
            Trouble::new(TroubleKind::Configuration, complain!("odoo-authorities-unreadable", path, error))
        })?;
        let system = openssl_probe::probe();
        let files: Vec<PathBuf> = match system.cert_file {
            Some(file) => vec![file],
            None => system.cert_dir.iter().flat_map(|folder| files_in(folder)).collect(),
        };
        // A file of the system's that can't be read vouches for nobody.
        let mut all: Vec<_> = files.iter().filter_map(|file| certificates(file).ok()).flatten().collect();
        all.extend(further);
        Ok(all)
    }
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_file()).take(1_000).collect()
}

fn certificates(path: &Path) -> std::io::Result<Vec<Certificate<'static>>> {
    let invalid = |words: Sentence| std::io::Error::new(std::io::ErrorKind::InvalidData, words);
    let pem = std::fs::read(path)?;
    let mut found = Vec::new();
    for item in parse_pem(&pem) {
        if let PemItem::Certificate(certificate) =
            item.map_err(|error| invalid(Sentence::verbatim(error.to_string())))?
        {
            found.push(certificate);
        }
    }
    if found.is_empty() { Err(invalid(say!("odoo-authorities-empty"))) } else { Ok(found) }
}
