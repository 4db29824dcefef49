//! A mail on its way: what is known of it, from the moment it is kept until its fate is settled.

use std::sync::Arc;

use super::Moment;
use super::gateway::GatewayCall;
use super::id::{ConnectionId, ImportId, MailboxId, MessageId, ServerId, SourceId};
use super::ledger::{MailState, Reason};
use super::message::Message;
use super::server::IncomingServer;

/// What the ledger has of a mail: all that is needed to take it up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    pub id: MessageId,
    pub mailbox: MailboxId,
    /// None once the incoming server is deleted; its name stays.
    pub server: Option<ServerId>,
    /// Where its record goes; None is this database.
    pub connection: Option<ConnectionId>,
    /// The import of old mail that it belongs to.
    pub import: Option<ImportId>,
    pub server_name: String,
    pub source_key: String,
    pub state: MailState,
    pub reason: Option<Reason>,
    /// Failures so far.
    pub attempts: i32,
    pub source: Option<SourceId>,
    /// Of the source, in hex; empty where there is none.
    pub sha256: String,
    /// What a person chose, or what it became.
    pub object_model: Option<String>,
    /// Once read, the mail's; until then, when the server received it.
    pub date: Option<Moment>,
    /// What was assumed about it until now, a sentence a line.
    pub notes: Option<String>,
    pub create_date: Moment,
}

impl LedgerEntry {
    /// What stands in for a date that the mail does not have.
    pub fn received(&self) -> Moment {
        self.date.unwrap_or(self.create_date)
    }
}

/// A mail that is kept and read.
#[derive(Debug, Clone)]
pub struct Mail {
    pub entry: LedgerEntry,
    /// The incoming server that it came through, as it is set now; None where it is deleted.
    pub server: Option<Arc<IncomingServer>>,
    /// What the client of the mail gateway asked for that handed it over.
    pub call: Option<GatewayCall>,
    /// What it says; its sender is the one whom a person names, where one did.
    pub message: Message,
    /// What it is known by (ARCHITECTURE §4).
    pub fingerprint: String,
}

impl Mail {
    pub fn id(&self) -> MessageId {
        self.entry.id
    }

    /// What its record is dated with: its own date, and never later than it came.
    pub fn date(&self) -> Moment {
        self.message.date.min(self.entry.received()).min(self.entry.create_date)
    }

    /// Where its record stands in lists that begin with the newest mail: by its own date where it is old mail that was imported,
    /// or else by when it came. The clock of whoever writes may be years behind, and must not hide what is new.
    pub fn came(&self) -> Moment {
        if self.entry.import.is_some() { self.date() } else { self.entry.create_date }
    }

    /// The record type that it is for: as a person chose, as the client that handed it over named it, as its server is
    /// set.
    pub fn model(&self) -> Option<&str> {
        let named = self.call.as_ref().and_then(|call| call.model.as_deref());
        let set = || self.server.as_ref().and_then(|server| server.object_model.as_deref());
        self.entry.object_model.as_deref().or(named).or_else(set)
    }

    /// Whether only those are to see it who are named for it.
    pub fn is_confidential(&self) -> bool {
        self.server.as_ref().is_some_and(|server| server.confidential)
    }

    /// Whether its record gets its attachments.
    pub fn with_attachments(&self) -> bool {
        self.server.as_ref().is_none_or(|server| server.attach)
            && !self.call.as_ref().is_some_and(|call| call.strip_attachments)
    }
}
