//! Correcting a held or ignored message: who wrote it, what it becomes, which record it joins.

use serde_json::json;

use super::act::redeliver;
use super::existing;
use super::sender::{connection_of, model_of};
use crate::domain::Invalid;
use crate::domain::address::{Address, normalize};
use crate::domain::fate::Fate;
use crate::domain::id::{MessageId, RecordId};
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::operations::partners as contacts;
use crate::operations::{App, OperationError, connections, require};
use crate::pipeline::Correction;
use crate::say;
use crate::store::sight::RecordSight;
use crate::store::{StoreError, records};

/// What a person corrects before a message is delivered; empty corrects nothing.
#[derive(Debug, Clone, Default)]
pub struct MailCorrection {
    /// An address, for example `Amina Diallo <amina@people.example>`.
    pub sender: String,
    /// A record type's technical name.
    pub model: String,
    /// The number of the record to join.
    pub record: String,
    /// Or its id, here or at the connection that the message goes to.
    pub record_id: Option<RecordId>,
}

/// Delivers a message as corrected. Nothing corrected is a delivery by hand.
pub fn correct(app: &App, caller: &Caller, id: MessageId, typed: &MailCorrection) -> Result<Fate, OperationError> {
    require(caller, Right::Write, Object::HeldMail, || say!("deed-correct-messages"))?;
    let message = app.store.read(|db| existing(db, caller, id))?;
    let (connection, routed) =
        app.store.read(|db| Ok::<_, StoreError>((connection_of(db, &message)?, model_of(db, &message)?)))?;
    let mut correction = read(app, caller, typed, connection.is_some())?;
    if let Some(record) = typed.record_id {
        let model = correction.model.clone().or(routed);
        let model = model.ok_or_else(|| Invalid::new("res_model", say!("correct-record-alone")))?;
        let is_there = match connection {
            Some(connection) => connections::has_record(app, connection, &model, record.0)?,
            None => {
                let found = app.store.read(|db| {
                    let sight = RecordSight::of(db, caller)?;
                    records::view::find(db, sight, &model, record)
                });
                found?.is_some()
            }
        };
        if !is_there {
            let words = match connection {
                Some(_) => say!("correct-record-there", record = record.0, model),
                None => say!("correct-record", number = record.0.to_string()),
            };
            return Err(Invalid::new("res_id", words).into());
        }
        correction.record = Some(record);
    }
    let mut after = json!({
        "sender": typed.sender.trim(), "record_type": typed.model.trim(), "record": typed.record.trim(),
    });
    if let Some(record) = typed.record_id {
        after["record"] = record.0.into();
    }
    redeliver(app, caller, &message, &correction, &after)
}

/// `elsewhere`: the message goes to a connection, which has record types and records of its own.
fn read(app: &App, caller: &Caller, typed: &MailCorrection, elsewhere: bool) -> Result<Correction, OperationError> {
    let mut correction = Correction { force: true, ..Correction::default() };
    let (sender, model, number) = (typed.sender.trim(), typed.model.trim(), typed.record.trim());
    if !sender.is_empty() {
        correction.sender = Some(address(sender)?);
    }
    if !model.is_empty() {
        if !elsewhere && app.modules.get(model).is_none() {
            return Err(Invalid::new("model", say!("correct-record-type")).into());
        }
        correction.model = Some(model.to_owned());
    }
    if !number.is_empty() && elsewhere {
        let words = say!("correct-connection");
        return Err(Invalid::new("record", words).into());
    }
    if !number.is_empty() {
        let found = app.store.read(|db| {
            let sight = RecordSight::of(db, caller)?;
            records::view::by_number(db, sight, number)
        })?;
        let mut fitting = found.into_iter().filter(|(known, _)| model.is_empty() || known == model);
        match (fitting.next(), fitting.next()) {
            (Some((known, record)), None) => {
                correction.model = Some(known);
                correction.record = Some(record);
            }
            (None, _) => {
                let words = say!("correct-record", number);
                return Err(Invalid::new("record", words).into());
            }
            (Some(_), Some(_)) => {
                let words = say!("correct-several");
                return Err(Invalid::new("model", words).into());
            }
        }
    }
    Ok(correction)
}

/// `Amina Diallo <amina@people.example>`, or the address alone.
pub(super) fn address(typed: &str) -> Result<Address, Invalid> {
    let (name, address) = contacts::name_and_address(typed);
    if normalize(&address).is_none() || typed.chars().any(char::is_control) || address.contains(char::is_whitespace) {
        return Err(Invalid::new("sender", say!("correct-sender")));
    }
    Ok(Address { name, address })
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn a_sender_is_typed_with_or_without_a_name() {
        let read = address("Amina Diallo <amina@people.example>").unwrap();
        assert_eq!((read.name.as_str(), read.address.as_str()), ("Amina Diallo", "amina@people.example"));
        assert_eq!(address("amina@people.example").unwrap().name, "");
        for wrong in ["amina", "a b@c", "<>", "x <y>"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }
}
