//! What a round knows of a connection when it begins, and what it writes back on it.

use super::sessions::KeptSession;
use super::{Outbox, pauses};
use crate::domain::certificate::{CertificateTaken, Nameless};
use crate::domain::connection::Connection;
use crate::domain::id::ConnectionId;
use crate::domain::now;
use crate::domain::secret::Secret;
use crate::key::SealError;
use crate::odoo::{Trouble, TroubleKind};
use crate::store::connection_status::{self, ConnectionStatus};
use crate::store::{StoreError, connections};

/// A connection that may be used now.
pub(super) struct OutboxAccount {
    pub connection: Connection,
    password: Secret,
    status: ConnectionStatus,
}

impl OutboxAccount {
    /// None where nothing is to be sent: archived, not confirmed, or paused or failing and not due yet.
    pub(super) fn open(outbox: &Outbox, id: ConnectionId) -> Result<Option<Self>, StoreError> {
        let store = &outbox.store;
        let (stored, status) = store.read(|db| {
            let stored = connections::get(db, id)?;
            Ok::<_, StoreError>((stored, connection_status::get(db, id)?))
        })?;
        let Some(connection) = stored.map(|stored| stored.settings).filter(Connection::is_used) else {
            return Ok(None);
        };
        if status.next_attempt.is_some_and(|next| next > now()) {
            return Ok(None);
        }
        match store.read(|db| connections::password(db, &outbox.key, id)) {
            Ok(password) => Ok(Some(Self { connection, password, status })),
            // Every page says so; the connection is not to blame.
            Err(StoreError::Seal(SealError::Locked(_))) => Ok(None),
            Err(StoreError::Seal(error)) => {
                let trouble = Trouble::new(TroubleKind::Configuration, error.complaint());
                Self { connection, password: Secret::default(), status }.fails(outbox, &trouble)?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// A session, signed in: one that is kept and goes on, or a new one.
    pub(super) fn dial(&self, outbox: &Outbox) -> Result<KeptSession, Trouble> {
        while let Some(mut kept) = outbox.sessions.take(&self.connection, &self.password) {
            if kept.remote.goes_on().is_ok() {
                return Ok(kept);
            }
        }
        let nameless = Nameless::since(self.status.nameless_since, now());
        (outbox.dial)(&self.connection, &self.password, nameless).map(KeptSession::new)
    }

    /// For the next round.
    pub(super) fn keep(&self, outbox: &Outbox, session: KeptSession) {
        outbox.sessions.keep(&self.connection, &self.password, session);
    }

    /// It answers: what was wrong with it is over.
    pub(super) fn works(&self, outbox: &Outbox, certificate: Option<CertificateTaken>) -> Result<(), StoreError> {
        let ConnectionStatus { last_delivery, nameless_since, certificate_until, .. } = self.status;
        let is_nameless = certificate.as_ref().is_some_and(|taken| taken.is_nameless);
        let until = certificate.map(|taken| taken.until);
        // Written when it changes, not each time.
        if is_nameless != nameless_since.is_some() || until != certificate_until {
            let since = if is_nameless { nameless_since.or_else(|| Some(now())) } else { None };
            if since != nameless_since {
                tracing::warn!(
                    connection = %self.connection.id,
                    ?since,
                    "the certificate has no alternative names, or has them again"
                );
            }
            outbox.store.write(|db| connection_status::set_certificate(db, self.connection.id, until, since))?;
        }
        if self.status
            == (ConnectionStatus { last_delivery, nameless_since, certificate_until, ..ConnectionStatus::default() })
        {
            return Ok(());
        }
        tracing::info!(connection = %self.connection.id, "the connection works again");
        outbox.store.write(|db| connection_status::works(db, self.connection.id))
    }

    /// It does not, since when and why: shown on it, and tried again later and later.
    pub(super) fn fails(&self, outbox: &Outbox, trouble: &Trouble) -> Result<(), StoreError> {
        let id = self.connection.id;
        tracing::warn!(connection = %id, words = %trouble.complaint.what, "the connection fails");
        let why = &trouble.complaint;
        outbox.store.write(|db| {
            let failures = connection_status::get(db, id)?.failures;
            let at = now();
            match trouble.kind {
                TroubleKind::Configuration => {
                    connection_status::pause(db, id, at, pauses::after_wrong_settings(at, failures), why)
                }
                TroubleKind::Temporary | TroubleKind::Cut | TroubleKind::TimedOut => {
                    connection_status::failing(db, id, at, pauses::after_failure(at, failures), why)
                }
            }
        })
    }
}
