//! Where records go: this database, or a connected OpenSPP/Odoo.

mod claim;
mod local;
pub mod odoo;
mod queue;

use std::collections::HashMap;

pub use local::Local;
pub use queue::Queue;

use crate::domain::address::Address;
use crate::domain::id::{MessageId, PartnerId, RecordId, SourceId};
use crate::domain::message::Message;
use crate::store::{Db, StoreError};

/// One message on its way to a record.
#[derive(Debug, Clone, Copy)]
pub struct Parcel<'a> {
    pub ledger_id: MessageId,
    pub source: Option<SourceId>,
    pub message: &'a Message,
    /// What it claims: DESIGN §4.
    pub fingerprint: &'a str,
    /// A person wants a record although there is one of the same mail.
    pub forced: bool,
    /// With its attachments.
    pub attach: bool,
    pub target: Target<'a>,
}

/// What a parcel becomes.
#[derive(Debug, Clone, Copy)]
pub enum Target<'a> {
    New {
        model: &'a str,
        partner: Option<PartnerId>,
        new_contact: bool,
        values: &'a [(String, serde_json::Value)],
        /// The record that the new one names, as what its mail answers.
        answers: Option<RecordId>,
    },
    Reply {
        model: &'a str,
        record: RecordId,
        partner: Option<PartnerId>,
        /// Shown on the mail: it cites none of the record's.
        guessed: bool,
    },
    /// For a connection; what stands here beside the model is what a person chose.
    HandOver {
        model: &'a str,
        record: Option<RecordId>,
        /// A contact at the far end.
        partner: Option<i32>,
        sender: Option<&'a Address>,
        /// It joins no record by itself.
        apart: bool,
        /// Messages with the same one are delivered in order.
        conversation: &'a str,
    },
}

impl Target<'_> {
    pub fn model(&self) -> &str {
        match self {
            Target::New { model, .. } | Target::Reply { model, .. } | Target::HandOver { model, .. } => model,
        }
    }
}

/// What a sink did with a parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivered {
    /// It is on this record.
    Record { model: String, record: RecordId },
    /// It waits for its connection.
    Queued { model: String },
    /// Another message made a record of the same mail.
    Duplicate(MessageId),
    /// The record it was to join does not exist any more.
    Gone,
}

/// A place where records go.
pub trait Sink {
    /// What claims are taken on: `local`, or a name of the connection that never changes.
    fn name(&self) -> &str;

    /// Takes the parcel's claim and does within the caller's transaction all that must be committed together with
    /// the message's state. A sink that needs the network only queues here. An error undoes this parcel alone.
    fn deliver(&self, db: &mut Db, parcel: &Parcel<'_>) -> Result<Delivered, StoreError>;
}

/// Field names and values still to be placed, taken out one by one.
type Values = HashMap<String, serde_json::Value>;
