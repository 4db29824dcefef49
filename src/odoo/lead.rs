//! Where a mail joins over there, and how the gateway there is brought to that record: what it posts reaches whom Odoo
//! tells of a mail, which nothing posted by the account itself does in every version.

use super::Shipment;
use super::session::Odoo;
use super::value::{OdooRow, condition, id_of, text, text_of, texts};
use super::wire::CallError;
use crate::domain::message::Message;
use crate::xmlrpc::Value;

/// A record there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Thread {
    pub model: String,
    pub id: i32,
}

/// By what the gateway there finds the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum GatewayLead {
    /// By what the mail says it answers, if anything.
    AsWritten,
    /// By this message on the record, which stands in place of what the mail answers.
    Message(String),
    /// By the record's number alone, or not at all where it is to make one: the mail goes out as if it answered nothing.
    Bare,
}

/// Where a mail joins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Joined {
    /// None where it becomes a record of its own.
    pub thread: Option<Thread>,
    pub lead: GatewayLead,
}

/// References that a reader there looks at: the last ones, as Odoo 18 does.
const LOOKED_AT: usize = 32;
/// Messages that are looked at among those that a mail cites.
const CITED: i32 = 100;

impl Odoo {
    /// The record that a mail joins: the one that is known here, or the one that has the latest message that it cites.
    pub(super) fn joined(&mut self, shipment: &Shipment<'_>) -> Result<Joined, CallError> {
        let handover = shipment.handover;
        let message = shipment.message;
        let cites = !message.references.is_empty() || !message.in_reply_to.is_empty();
        if handover.record.is_none() && handover.apart {
            let lead = if cites { GatewayLead::Bare } else { GatewayLead::AsWritten };
            return Ok(self.note_joined(shipment, Joined { thread: None, lead }));
        }
        let cited = self.cited(message)?;
        let by_itself = cited.iter().find(|one| reads(message).contains(&one.message_id.as_str()));
        let (thread, message_there) = match handover.record {
            Some(id) => (Some(Thread { model: handover.model.clone(), id }), None),
            None => (cited.first().map(|one| one.thread.clone()), cited.first().map(|one| one.message_id.clone())),
        };
        let lead = match &thread {
            thread if thread.as_ref() == by_itself.map(|one| &one.thread) => GatewayLead::AsWritten,
            Some(thread) => match message_there.map_or_else(|| self.message_on(thread), |known| Ok(Some(known)))? {
                Some(message_id) => GatewayLead::Message(message_id),
                None => GatewayLead::Bare,
            },
            None => GatewayLead::AsWritten,
        };
        Ok(self.note_joined(shipment, Joined { thread, lead }))
    }

    fn note_joined(&mut self, shipment: &Shipment<'_>, joined: Joined) -> Joined {
        self.ahead.joined.insert(shipment.handover.message_id.clone(), joined.clone());
        joined
    }

    /// The same as was found for this mail when it was planned.
    pub(super) fn joined_as_planned(&mut self, shipment: &Shipment<'_>) -> Result<Joined, CallError> {
        match self.ahead.joined.get(&shipment.handover.message_id) {
            Some(joined) => Ok(joined.clone()),
            None => self.joined(shipment),
        }
    }

    /// The record that has the message of this Message-ID, as far as the account may read it.
    pub(super) fn thread_of(&mut self, message_id: &str) -> Result<Option<Thread>, CallError> {
        let domain = Value::Array(vec![condition("message_id", "=", text(message_id)), on_a_record()]);
        let rows = self.search_read("mail.message", domain, &["model", "res_id"], "id desc", 1)?;
        Ok(rows.first().and_then(thread))
    }

    /// The messages there that a mail cites, the latest first.
    fn cited(&mut self, message: &Message) -> Result<Vec<CitedMessage>, CallError> {
        let ids: Vec<&str> = message
            .references
            .iter()
            .chain(&message.in_reply_to)
            .map(String::as_str)
            .filter(|id| id.len() > 2)
            .collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        match self.ahead.messages(&ids) {
            Some(known) => Ok(known),
            None => self.messages_there(&ids, CITED),
        }
    }

    /// The messages there of these Message-IDs, the latest first.
    pub(super) fn messages_there(&mut self, ids: &[&str], limit: i32) -> Result<Vec<CitedMessage>, CallError> {
        let domain = Value::Array(vec![condition("message_id", "in", texts(ids)), on_a_record()]);
        let rows = self.search_read("mail.message", domain, &["model", "res_id", "message_id"], "id desc", limit)?;
        let one = |row| Some(CitedMessage { thread: thread(row)?, message_id: text_of(row, "message_id")? });
        Ok(rows.iter().filter_map(one).collect())
    }

    /// The Message-ID of the latest mail or comment on a record.
    fn message_on(&mut self, thread: &Thread) -> Result<Option<String>, CallError> {
        let domain = Value::Array(vec![
            condition("model", "=", text(&thread.model)),
            condition("res_id", "=", Value::Integer(thread.id)),
            condition("message_type", "in", texts(&["email", "comment"])),
            // An answer to a note of theirs would be a note.
            condition("is_internal", "=", Value::Boolean(false)),
        ]);
        let rows = self.search_read("mail.message", domain, &["message_id"], "id desc", 1)?;
        Ok(rows.first().and_then(|row| text_of(row, "message_id")))
    }

    /// Whether a record is there, archived or not, and may be read.
    pub(super) fn exists(&mut self, model: &str, id: i32) -> Result<bool, CallError> {
        if let Some(known) = self.ahead.exists(&Thread { model: model.to_owned(), id }) {
            return Ok(known);
        }
        let domain = Value::Array(vec![condition("id", "=", Value::Integer(id))]);
        let found = self.search_archived(model, domain, 1)?;
        Ok(matches!(found, Value::Array(ids) if !ids.is_empty()))
    }

    /// The numbers of records, archived or not.
    pub(super) fn search_archived(&mut self, model: &str, domain: Value, limit: usize) -> Result<Value, CallError> {
        let context = super::value::members(vec![("active_test", Value::Boolean(false))]);
        let limit = Value::Integer(i32::try_from(limit).unwrap_or(i32::MAX));
        self.read(model, "search", vec![domain], vec![("limit", limit), ("context", context)])
    }
}

/// A message there that a mail cites.
#[derive(Debug, Clone)]
pub(super) struct CitedMessage {
    pub thread: Thread,
    pub message_id: String,
}

fn thread(row: &OdooRow) -> Option<Thread> {
    Some(Thread { model: text_of(row, "model")?, id: id_of(row, "res_id")? })
}

/// What a gateway there reads of the fields that say what a mail answers: In-Reply-To only where there are no References.
fn reads(message: &Message) -> Vec<&str> {
    let ids = if message.references.is_empty() { &message.in_reply_to } else { &message.references };
    ids[ids.len().saturating_sub(LOOKED_AT)..].iter().map(String::as_str).collect()
}

fn on_a_record() -> Value {
    condition("res_id", "!=", Value::Integer(0))
}
