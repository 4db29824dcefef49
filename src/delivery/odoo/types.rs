//! The record types that a far end offers.

use super::Trouble;
use super::fault::Kind;
use super::session::Odoo;
use super::transport::CallError;
use super::value::{condition, text, text_of};
use crate::xmlrpc::Value;

/// A model that mail can become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordType {
    /// Its technical name, for example `spp.grm.ticket`.
    pub model: String,
    pub label: String,
}

/// What may be chosen from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordTypes {
    /// By label.
    pub types: Vec<RecordType>,
    /// False where the account may not read the list (`ir.model`): then these are only the usual ones that are there,
    /// and another is typed by its technical name.
    pub complete: bool,
}

/// Tried by name where the account may not read the list.
const USUAL: &[(&str, &str)] = &[
    ("crm.lead", "Lead/Opportunity"),
    ("helpdesk.ticket", "Helpdesk Ticket"),
    ("hr.applicant", "Applicant"),
    ("maintenance.request", "Maintenance Request"),
    ("project.task", "Task"),
    ("spp.grm.ticket", "Grievance"),
];

/// More are not shown.
const TYPES: i32 = 500;

impl Odoo {
    /// Models with a mail thread that are neither abstract nor transient, and that somebody may create records of.
    pub fn record_types(&mut self) -> Result<RecordTypes, Trouble> {
        let listed = match self.listed_types() {
            Err(CallError::Fault(fault)) if fault.kind == Kind::Forbidden => self.usual_types(),
            listed => listed.map(|types| RecordTypes { types, complete: true }),
        };
        listed.map_err(|error| self.trouble(error))
    }

    fn listed_types(&mut self) -> Result<Vec<RecordType>, CallError> {
        let domain = Value::Array(vec![
            condition("is_mail_thread", "=", Value::Boolean(true)),
            condition("transient", "=", Value::Boolean(false)),
            // Nobody has rights on an abstract model.
            condition("access_ids.perm_create", "=", Value::Boolean(true)),
        ]);
        let rows = self.search_read("ir.model", domain, &["model", "name"], "name, model", TYPES)?;
        let one = |row| Some(RecordType { model: text_of(row, "model")?, label: text_of(row, "name")? });
        Ok(rows.iter().filter_map(one).collect())
    }

    fn usual_types(&mut self) -> Result<RecordTypes, CallError> {
        let mut types = Vec::new();
        for (model, label) in USUAL {
            match self.may(model, "create") {
                Ok(true) => types.push(RecordType { model: (*model).into(), label: (*label).into() }),
                Ok(false) => {}
                Err(CallError::Fault(fault)) if matches!(fault.kind, Kind::Model | Kind::Forbidden) => {}
                Err(error) => return Err(error),
            }
        }
        types.sort_by(|one, other| one.label.cmp(&other.label));
        Ok(RecordTypes { types, complete: false })
    }

    /// The names of active incoming mail servers there that fetch this mailbox, since two would compete for the same
    /// mail. None where the account may not read them: then a person has to look.
    pub fn fetchers(&mut self, host: &str, user: &str) -> Result<Option<Vec<String>>, Trouble> {
        let domain = Value::Array(vec![
            condition("active", "=", Value::Boolean(true)),
            condition("server", "=ilike", text(&super::value::literal(host))),
            condition("user", "=ilike", text(&super::value::literal(user))),
        ]);
        match self.search_read("fetchmail.server", domain, &["name", "state"], "name", 20) {
            Ok(rows) => Ok(Some(rows.iter().filter_map(|row| text_of(row, "name")).collect())),
            Err(CallError::Fault(fault)) => match fault.kind {
                Kind::Forbidden => Ok(None),
                // Its module is not installed.
                Kind::Model => Ok(Some(Vec::new())),
                _ => Err(self.trouble(CallError::Fault(fault))),
            },
            Err(error) => Err(self.trouble(error)),
        }
    }
}
