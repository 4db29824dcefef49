//! A connection as a sink: within our transaction the message is only queued; the bridge in `intake` delivers it.

use sha2::{Digest, Sha256};

use super::{Delivered, Parcel, Sink, Target, claim};
use crate::domain::connection::Connection;
use crate::domain::handover::Handover;
use crate::domain::id::ConnectionId;
use crate::domain::message_id::MessageIdKey;
use crate::domain::people::People;
use crate::store::handovers::{self, Place};
use crate::store::{Db, StoreError};

/// The queue of one connection.
pub struct Queue {
    connection: ConnectionId,
    name: String,
}

impl Queue {
    pub fn of(connection: ConnectionId) -> Self {
        Self { connection, name: Connection::sink(connection) }
    }
}

impl Sink for Queue {
    fn name(&self) -> &str {
        &self.name
    }

    fn deliver(&self, db: &mut Db, parcel: &Parcel<'_>) -> Result<Delivered, StoreError> {
        let claimed = match claim::take(db, &self.name, parcel)? {
            Ok(claimed) => claimed,
            Err(other) => return Ok(Delivered::Duplicate(other)),
        };
        let Target::HandOver { model, record, partner, sender, apart, conversation } = parcel.target else {
            return Err(StoreError::Corrupt(format!("message {} is none for a connection", parcel.ledger_id)));
        };
        let before = handovers::get(db, parcel.ledger_id, self.connection)?.filter(|before| before.model == model);
        let handover = match before {
            // What may have reached the far end already keeps the names it has there, unless a person wants it beside
            // what the far end knows by this Message-ID.
            Some(before) => Handover {
                message_id: match before.known_there && parcel.forced {
                    true => derived_id(parcel.target.model(), &claimed),
                    false => before.message_id,
                },
                record: record.map(|record| record.0).or(before.record),
                partner: partner.or(before.partner),
                sender: sender.cloned().or(before.sender),
                forced: before.forced || parcel.forced,
                apart,
                ..before
            },
            None => Handover {
                model: model.to_owned(),
                message_id: self.message_id(db, parcel, &claimed)?,
                external_id: format!("mailgate.m{}", digest(&[model, &claimed])),
                record: record.map(|record| record.0),
                partner,
                sender: sender.cloned(),
                apart,
                forced: parcel.forced,
                known_there: false,
                attempt: None,
            },
        };
        let place = Place {
            connection: self.connection,
            key: MessageIdKey::of(&parcel.message.message_id),
            people: People::of(parcel.message, None),
            conversation,
        };
        handovers::put(db, parcel.ledger_id, &place, &handover)?;
        Ok(Delivered::Queued { model: model.to_owned() })
    }
}

impl Queue {
    /// Odoo knows a message by its Message-ID alone, so no two mails may go out under the same one.
    fn message_id(&self, db: &mut Db, parcel: &Parcel<'_>, claimed: &str) -> Result<String, StoreError> {
        let own = &parcel.message.message_id;
        if !handovers::is_taken(db, self.connection, own, parcel.ledger_id)? {
            return Ok(own.clone());
        }
        Ok(derived_id(parcel.target.model(), claimed))
    }
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
