//! Conversations at the far end: which record knows a mail, and who is told of what is posted on one.

use super::session::Odoo;
use super::transport::CallError;
use super::value::{condition, id_of, ids_of, members, text, text_of, texts};
use crate::domain::message::Message;
use crate::xmlrpc::Value;

/// A record there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Thread {
    pub model: String,
    pub id: i32,
}

impl Odoo {
    /// The record that has the message of this Message-ID, as far as the account may read it.
    pub(super) fn thread_of(&mut self, message_id: &str) -> Result<Option<Thread>, CallError> {
        self.latest_thread(Value::Array(vec![condition("message_id", "=", text(message_id)), on_a_record()]))
    }

    /// The record that a mail answers. As Odoo itself, the latest message counts that the mail refers to.
    pub(super) fn answered(&mut self, message: &Message) -> Result<Option<Thread>, CallError> {
        let ids: Vec<&str> = message
            .references
            .iter()
            .chain(&message.in_reply_to)
            .map(String::as_str)
            .filter(|id| id.len() > 2)
            .collect();
        if ids.is_empty() {
            return Ok(None);
        }
        self.latest_thread(Value::Array(vec![condition("message_id", "in", texts(&ids)), on_a_record()]))
    }

    fn latest_thread(&mut self, domain: Value) -> Result<Option<Thread>, CallError> {
        let rows = self.search_read("mail.message", domain, &["model", "res_id"], "id desc", 1)?;
        Ok(rows.first().and_then(|row| Some(Thread { model: text_of(row, "model")?, id: id_of(row, "res_id")? })))
    }

    /// Whether a record is there, archived or not, and may be read.
    pub(super) fn exists(&mut self, model: &str, id: i32) -> Result<bool, CallError> {
        let domain = Value::Array(vec![condition("id", "=", Value::Integer(id))]);
        let context = members(vec![("active_test", Value::Boolean(false))]);
        let found =
            self.read(model, "search", vec![domain], vec![("limit", Value::Integer(1)), ("context", context)])?;
        Ok(matches!(found, Value::Array(ids) if !ids.is_empty()))
    }

    /// Whether somebody other than `sender` follows the record: Odoo would mail them what is posted there.
    pub(super) fn has_followers(&mut self, thread: &Thread, sender: Option<i32>) -> Result<bool, CallError> {
        let args = vec![Value::Array(vec![Value::Integer(thread.id)]), texts(&["message_partner_ids"])];
        let rows = super::value::rows(self.read(&thread.model, "read", args, Vec::new())?);
        Ok(rows.iter().flat_map(|row| ids_of(row, "message_partner_ids")).any(|partner| Some(partner) != sender))
    }
}

fn on_a_record() -> Value {
    condition("res_id", "!=", Value::Integer(0))
}
