//! TLS of a connection. It is ureq's own with one question more, which ureq has no place for: what names the certificate
//! has. OpenSSL takes the common name of its subject for a name where it has no other.

use std::fmt;
use std::io::{Read, Write};
use std::sync::Arc;

use native_tls::{HandshakeError, TlsConnector, TlsStream};
use parking_lot::Mutex;
use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport, TransportAdapter,
};

use crate::complain;
use crate::domain::certificate::{self, CertificateSeen, CertificateTaken};
use crate::domain::complaint::Complaint;

/// Puts TLS over the transport before it, where the address says https.
pub struct Encrypt {
    /// None refuses https.
    pub connector: Option<TlsConnector>,
    pub nameless: certificate::Nameless,
    /// The certificate that was taken last.
    pub taken: Arc<Mutex<Option<CertificateTaken>>>,
}

/// The certificate names no host but by its common name.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.complaint().what)]
pub(super) struct NamelessCertificate {
    host: String,
    issuer: String,
}

impl NamelessCertificate {
    pub(super) fn complaint(&self) -> Complaint {
        complain!("odoo-certificate-nameless", host = self.host, issuer = self.issuer)
    }
}

impl<In: Transport> Connector<In> for Encrypt {
    type Out = Either<In, Encrypted>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        let Some(below) = chained else { return Ok(None) };
        if !details.needs_tls() || below.is_tls() {
            return Ok(Some(Either::A(below)));
        }
        let Some(connector) = &self.connector else { return Err(Error::TlsRequired) };
        let host = details.uri.host().unwrap_or_default().trim_matches(['[', ']']);
        let mut adapter = TransportAdapter::new(below.boxed(), details.current_time.clone());
        adapter.set_timeout(details.timeout);
        let stream = connector.connect(host, adapter).map_err(|error| match error {
            HandshakeError::Failure(error) => of_handshake(error),
            HandshakeError::WouldBlock(_) => Error::Timeout(details.timeout.reason),
        })?;
        let der = stream.peer_certificate().ok().flatten().and_then(|seen| seen.to_der().ok());
        let seen = der.and_then(|der| CertificateSeen::from_der(&der));
        if let Some(seen) = seen {
            if seen.is_nameless && self.nameless == certificate::Nameless::Refused {
                let nameless = NamelessCertificate { host: host.to_owned(), issuer: seen.issuer };
                return Err(Error::Other(Box::new(nameless)));
            }
            *self.taken.lock() = Some(seen.taken(seen.is_nameless));
        }
        let buffers = LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
        Ok(Some(Either::B(Encrypted { buffers, stream })))
    }
}

/// A time limit below TLS is told as what it was; ureq's own errors travel through TLS within those of the system.
fn of_handshake(error: native_tls::Error) -> Error {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(one) = next {
        let below =
            one.downcast_ref::<std::io::Error>().map(|io| (io, io.get_ref().and_then(|inner| inner.downcast_ref())));
        match below {
            Some((_, Some(Error::Timeout(reason)))) => return Error::Timeout(*reason),
            Some((io, Some(Error::Io(_)) | None)) => return Error::Io(std::io::Error::new(io.kind(), io.to_string())),
            _ => next = one.source(),
        }
    }
    Error::NativeTls(error)
}

/// An encrypted connection.
pub struct Encrypted {
    buffers: LazyBuffers,
    stream: TlsStream<TransportAdapter>,
}

impl Transport for Encrypted {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.stream.get_mut().set_timeout(timeout);
        self.stream.write_all(&self.buffers.output()[..amount]).map_err(Error::from)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.stream.get_mut().set_timeout(timeout);
        let read = self.stream.read(self.buffers.input_append_buf()).map_err(Error::from)?;
        self.buffers.input_appended(read);
        Ok(read > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.get_mut().get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

impl fmt::Debug for Encrypt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encrypt").field("nameless", &self.nameless).finish_non_exhaustive()
    }
}

impl fmt::Debug for Encrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encrypted").finish_non_exhaustive()
    }
}
