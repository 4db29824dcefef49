//! The queue of a connection: within the transaction of its route a message is only queued here; rounds deliver it.

use sha2::{Digest, Sha256};

use crate::domain::address::Address;
use crate::domain::conversation::People;
use crate::domain::id::{ConnectionId, MessageId, RecordId};
use crate::domain::ledger::Handover;
use crate::domain::message::Message;
use crate::domain::thread::MessageIdKey;
use crate::store::handovers::{self, QueuePosition};
use crate::store::{Db, StoreError};

/// What a message is to become at its connection.
#[derive(Debug, Clone, Copy)]
pub struct QueuedRecord<'a> {
    pub model: &'a str,
    /// The record there that a person chose.
    pub record: Option<RecordId>,
    /// The contact there that a person linked.
    pub partner: Option<i32>,
    /// Who wrote it, as a person says.
    pub sender: Option<&'a Address>,
    /// A person wants it delivered whatever it looks like.
    pub forced: bool,
    /// It joins no record by itself.
    pub apart: bool,
    /// Messages with the same one are delivered in order.
    pub conversation: &'a str,
}

/// Puts the message into the queue of its connection within the caller's transaction, or changes what it is to become
/// there; `claimed` is what makes its record the only one.
pub fn put(
    db: &mut Db,
    id: MessageId,
    message: &Message,
    connection: ConnectionId,
    claimed: &str,
    wanted: &QueuedRecord<'_>,
) -> Result<(), StoreError> {
    let QueuedRecord { model, record, partner, sender, forced, apart, conversation } = *wanted;
    let before = handovers::get(db, id, connection)?.filter(|before| before.model == model);
    let handover = match before {
        // What may have reached the far end already keeps the names it has there, unless a person wants it beside
        // what the far end knows by this Message-ID.
        Some(before) => Handover {
            message_id: match before.known_there && forced {
                true => derived_id(model, claimed),
                false => before.message_id,
            },
            record: record.map(|record| record.0).or(before.record),
            partner: partner.or(before.partner),
            sender: sender.cloned().or(before.sender),
            forced: before.forced || forced,
            apart,
            ..before
        },
        None => Handover {
            model: model.to_owned(),
            // Odoo knows a message by its Message-ID alone, so no two mails may go out under the same one.
            message_id: match handovers::is_taken(db, connection, &message.message_id, id)? {
                true => derived_id(model, claimed),
                false => message.message_id.clone(),
            },
            external_id: format!("mailgate.m{}", digest(&[model, claimed])),
            record: record.map(|record| record.0),
            partner,
            sender: sender.cloned(),
            apart,
            forced,
            known_there: false,
            attempt: None,
        },
    };
    let place = QueuePosition {
        connection,
        key: MessageIdKey::of(&message.message_id),
        people: People::of(message, None),
        conversation,
    };
    handovers::put(db, id, &place, &handover)
}

fn derived_id(model: &str, claimed: &str) -> String {
    format!("<{}@mailgate.invalid>", digest(&["message", model, claimed]))
}

/// Forty hexadecimal digits that stand for these texts.
fn digest(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.as_bytes());
        hash.update([0]);
    }
    let mut hex = hex::encode(hash.finalize());
    hex.truncate(40);
    hex
}
