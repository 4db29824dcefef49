//! The client of an OpenSPP/Odoo, over XML-RPC or JSON-2. What stands here is what the outbox may ask of it: plan a delivery, carry
//! it out, and look for what a cut call has left behind. It writes nothing into our own database; the order of commits is
//! the outbox's.

mod ahead;
mod contacts;
mod deliver;
mod fault;
mod http;
mod lead;
mod models;
mod plan;
pub mod probe;
mod raw;
mod session;
mod target;
mod wire;

pub use contacts::OdooContact;
pub use http::{GuardedResolver, Network, OdooLimits, Shut};
pub use session::{NewKey, Odoo, databases};
pub use target::{OdooSettable, RecordTarget, TargetProblem};

use std::io;
use std::ops::Range;

use crate::domain::connection::FarValues;
use crate::domain::expiry::CertificateTaken;
use crate::domain::handover::{Handover, Method};
use crate::domain::ledger::Reason;
use crate::domain::message::Message;
use crate::domain::route::TraceStep;
use crate::domain::server::{SenderPolicy, SharedAddress};
use crate::domain::words::{Complaint, Sentence};
use crate::say;
pub use crate::xmlrpc::{Seekable, StoredBytes};

/// One message on its way to a connection.
#[derive(Debug, Clone, Copy)]
pub struct Shipment<'a> {
    pub message: &'a Message,
    /// The raw mail as it was received.
    pub source: &'a dyn Original,
    pub handover: &'a Handover,
    pub sender_policy: SenderPolicy,
    pub shared_address: SharedAddress,
    /// The contact there that the sender's address belongs to, as a person said of an earlier mail. It may be gone.
    pub linked: Option<i32>,
    /// What a new record gets beside what the mail says.
    pub values: &'a FarValues,
    /// Other mails of the round become records of the same type: it may be made together with them.
    pub in_company: bool,
    /// With its attachments (Odoo's Keep Attachments).
    pub attach: bool,
    /// Odoo's Keep Original: the far end keeps the source, too.
    pub original: bool,
}

/// The raw mail of a message, read where it is needed and never whole in memory.
pub trait Original: StoredBytes {
    /// The decoded bytes of these attachments of the message.
    fn attachments(&self, parts: &[&str]) -> io::Result<DecodedFiles>;
}

/// Decoded bytes of attachments, one behind the other, and where those of each are.
pub struct DecodedFiles {
    pub bytes: Box<dyn StoredBytes>,
    pub ranges: Vec<Range<u64>>,
}

impl std::fmt::Debug for dyn Original + '_ {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.size())
    }
}

/// How one message is to be delivered. Made by reading only: nothing at the far end has changed.
#[derive(Debug, Clone, PartialEq)]
pub enum DeliveryPlan {
    Deliver {
        method: Method,
        /// The contact there that the sender is.
        partner: Option<i32>,
        /// The sender's contact is made first.
        new_contact: bool,
        /// It becomes a record of its own.
        is_new: bool,
        trace: Vec<TraceStep>,
    },
    Hold {
        reason: Reason,
        detail: Sentence,
        trace: Vec<TraceStep>,
    },
}

/// A new record that a planned mail becomes together with others.
#[derive(Debug, Clone, Copy)]
pub struct RecordOrder<'a> {
    pub shipment: Shipment<'a>,
    /// The contact there that the sender is.
    pub partner: Option<i32>,
    /// The sender's contact is made first.
    pub new_contact: bool,
}

/// What the far end made of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrived {
    /// A new record, or a reply on one. `url` opens it in a browser.
    Record { model: String, id: i32, url: String },
    /// The far end had it already (its Message-ID), on this record where that is known.
    Duplicate { record: Option<(String, i32)> },
    /// Dropped by a rule of the far end's own that needs nobody's attention there (its loop guard, a bounce).
    Dropped { detail: Sentence },
    /// Refused by a rule of the target: a person must correct what it names.
    Refused { detail: Sentence },
}

/// Why a call did not end with an answer about the message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .complaint.what)]
pub struct Trouble {
    pub kind: TroubleKind,
    pub complaint: Complaint,
    /// The far end answered: it refuses this very call, which says nothing about others.
    pub is_refusal: bool,
}

impl Trouble {
    pub fn new(kind: TroubleKind, complaint: impl Into<Complaint>) -> Self {
        Self { kind, complaint: complaint.into(), is_refusal: false }
    }

    #[must_use]
    fn with_remedy(self, remedy: Sentence) -> Self {
        Self { complaint: self.complaint.with_remedy(remedy), ..self }
    }

    /// For a person who tests the way: where only waiting helps, to test again.
    pub fn advised(self) -> Complaint {
        match self.complaint.remedy.is_empty() {
            true => self.complaint.with_remedy(say!("odoo-remedy-again")),
            false => self.complaint,
        }
    }
}

impl AsRef<Complaint> for Trouble {
    fn as_ref(&self) -> &Complaint {
        &self.complaint
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TroubleKind {
    /// Nothing was sent, or the far end says that nothing was done: try again later.
    Temporary,
    /// Sent, and then the connection was cut: it may have been done.
    Cut,
    /// Sent, and no answer in time: it may still be going on.
    TimedOut,
    /// Something must be set right first (address, database, password, rights, certificate): the connection is paused.
    Configuration,
}

/// A connection that is signed in, as the outbox uses it. Every call ends within its time limits.
pub trait Remote: Send {
    /// Asks at once what planning and delivering each of these would ask for itself. What it learns holds until it is called
    /// again; with fewer than two it only forgets. Reads only.
    fn look_ahead(&mut self, _shipments: &[Shipment<'_>]) -> Result<(), Trouble> {
        Ok(())
    }

    /// Makes the new records of these, each by the name of its external id; what is there already is left as it is. True
    /// where the record is there now: [`Remote::deliver`] completes it. False where nothing was made of this mail, which is to
    /// go its way alone. Trouble where that is unknown.
    fn make_records(&mut self, orders: &[RecordOrder<'_>]) -> Vec<Result<bool, Trouble>> {
        orders.iter().map(|_| Ok(false)).collect()
    }

    /// Whether new records of this model are made together with those of others, and not by the gateway there.
    fn makes_together(&mut self, _model: &str) -> bool {
        false
    }

    /// Whether records of this model get numbers from a sequence without gaps, so that making two side by side ends in one
    /// of them waiting, or failing.
    fn is_gapless(&mut self, _model: &str) -> bool {
        false
    }

    /// Decides how a message is to be delivered. Reads only.
    fn plan(&mut self, shipment: &Shipment<'_>) -> Result<DeliveryPlan, Trouble>;

    /// Carries a plan out. May be called again for the same shipment after [`Remote::find`] found nothing: what an
    /// earlier call left half done (a contact, a record without its message, attachments) is found and completed.
    fn deliver(
        &mut self,
        shipment: &Shipment<'_>,
        method: Method,
        partner: Option<i32>,
        new_contact: bool,
    ) -> Result<Arrived, Trouble>;

    /// Completes what [`Remote::deliver`] left to be done at once for all that were made together. Trouble where that is not
    /// known to be done: then [`Remote::find`] completes each of them.
    fn follow_up(&mut self) -> Result<(), Trouble> {
        Ok(())
    }

    /// The certificate that the far end showed; None where nothing is encrypted.
    fn certificate(&self) -> Option<CertificateTaken> {
        None
    }

    /// For a session that was kept since another round: whether the account is still let in. What may have changed over
    /// there meanwhile is asked for again.
    fn goes_on(&mut self) -> Result<(), Trouble>;

    /// What an earlier attempt has left at the far end: by Message-ID, or by external id. None where the message is
    /// not there, or where a record is there without it, which [`Remote::deliver`] completes.
    fn find(&mut self, shipment: &Shipment<'_>) -> Result<Option<Arrived>, Trouble>;
}

impl Remote for Odoo {
    fn look_ahead(&mut self, shipments: &[Shipment<'_>]) -> Result<(), Trouble> {
        self.ask_ahead(shipments).map_err(|error| self.trouble(error))
    }

    fn make_records(&mut self, orders: &[RecordOrder<'_>]) -> Vec<Result<bool, Trouble>> {
        self.make_together(orders)
    }

    fn makes_together(&mut self, model: &str) -> bool {
        self.makes_alike(model).unwrap_or(false)
    }

    fn is_gapless(&mut self, model: &str) -> bool {
        self.numbers_without_gap(model)
    }

    fn certificate(&self) -> Option<CertificateTaken> {
        self.shown_certificate()
    }

    fn goes_on(&mut self) -> Result<(), Trouble> {
        self.begin_again().map_err(|error| self.trouble(error))
    }

    fn plan(&mut self, shipment: &Shipment<'_>) -> Result<DeliveryPlan, Trouble> {
        self.make_plan(shipment).map_err(|error| self.trouble(error))
    }

    fn deliver(
        &mut self,
        shipment: &Shipment<'_>,
        method: Method,
        partner: Option<i32>,
        new_contact: bool,
    ) -> Result<Arrived, Trouble> {
        self.carry_out(shipment, method, partner, new_contact)
    }

    fn follow_up(&mut self) -> Result<(), Trouble> {
        self.senders_follow().map_err(|error| self.trouble(error))
    }

    fn find(&mut self, shipment: &Shipment<'_>) -> Result<Option<Arrived>, Trouble> {
        self.look_up(shipment).map_err(|error| self.trouble(error))
    }
}
