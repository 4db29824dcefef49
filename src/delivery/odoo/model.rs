//! What the far end's models have and allow.

use std::collections::BTreeMap;

use super::session::Odoo;
use super::transport::CallError;
use super::value::{Row, is_true, members, text, text_of, texts};
use crate::xmlrpc::Value;

/// A field of a model, as `fields_get` tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub kind: String,
    pub label: String,
    pub required: bool,
    pub readonly: bool,
    /// The other model of a many2one.
    pub relation: String,
}

/// By name.
pub(super) type Fields = BTreeMap<String, Field>;

impl Odoo {
    /// The fields of a model that the account may see; asked for once in a session.
    pub(super) fn fields(&mut self, model: &str) -> Result<std::sync::Arc<Fields>, CallError> {
        if let Some(known) = self.known_fields(model) {
            return Ok(known);
        }
        let attributes = texts(&["type", "string", "required", "readonly", "relation"]);
        let answer =
            self.read(model, "fields_get", vec![Value::Array(Vec::new())], vec![("attributes", attributes)])?;
        let Value::Struct(answer) = answer else { return Ok(Default::default()) };
        let field = |members: std::collections::BTreeMap<String, Value>| {
            let row: Row = members.into_iter().collect();
            let word = |name| text_of(&row, name).unwrap_or_default();
            Field {
                kind: word("type"),
                label: word("string"),
                required: is_true(&row, "required"),
                readonly: is_true(&row, "readonly"),
                relation: word("relation"),
            }
        };
        let fields: Fields = answer
            .into_iter()
            .filter_map(|(name, value)| match value {
                Value::Struct(members) => Some((name, field(members))),
                _ => None,
            })
            .collect();
        Ok(self.learn_fields(model, fields))
    }

    /// Whether the account may do this (`read`, `create`, `write`) with records of the model.
    pub(super) fn may(&mut self, model: &str, operation: &str) -> Result<bool, CallError> {
        let answer = if self.version().has_access_method() {
            self.read(model, "has_access", vec![Value::Array(Vec::new()), text(operation)], Vec::new())
        } else {
            self.read(model, "check_access_rights", vec![text(operation), Value::Boolean(false)], Vec::new())
        };
        Ok(answer? == Value::Boolean(true))
    }

    /// At most `limit` records, with these fields.
    pub(super) fn search_read(
        &mut self,
        model: &str,
        domain: Value,
        fields: &[&str],
        order: &str,
        limit: i32,
    ) -> Result<Vec<Row>, CallError> {
        let kwargs = vec![("fields", texts(fields)), ("limit", Value::Integer(limit)), ("order", text(order))];
        self.read(model, "search_read", vec![domain], kwargs).map(super::value::rows)
    }

    /// What an external id names: the model and the record. The record is None where this account may not read it.
    pub(super) fn external(&mut self, xml_id: &str) -> Result<Option<(String, Option<i32>)>, CallError> {
        let (module, name) = xml_id.split_once('.').unwrap_or(("__import__", xml_id));
        // Archived records count.
        let context = members(vec![("active_test", Value::Boolean(false))]);
        let args = vec![text(module), text(name)];
        match self.read("ir.model.data", "check_object_reference", args, vec![("context", context)]) {
            Ok(Value::Array(pair)) => match (pair.first(), pair.get(1)) {
                (Some(Value::String(model)), Some(found)) => Ok(Some((model.clone(), super::value::id(found)))),
                _ => Ok(None),
            },
            Ok(_) => Ok(None),
            // "External ID not found in the system".
            Err(CallError::Fault(fault)) if fault.said.contains("not found") => Ok(None),
            Err(error) => Err(error),
        }
    }
}
