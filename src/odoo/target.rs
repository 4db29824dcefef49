//! Whether mail can become records of a model: tried for real, and taken back within the same transaction.

use super::Trouble;
use super::contacts::quiet;
use super::fault::{self, OdooFault, OdooFaultKind};
use super::models::{LoadColumns, MailParts, OdooFields, columns, needs_contact};
use super::session::Odoo;
use super::value::{OdooRow, condition, id_of, rows, text, text_of, texts};
use super::wire::CallError;
use crate::domain::address::Address;
use crate::domain::complaint::Complaint;
use crate::xmlrpc::Value;
use crate::{complain, say};

/// What is wrong with a target; nothing where mail can go there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetProblem {
    /// There is no such model, or its module is not installed.
    Missing,
    /// It has no conversation for mail to stand in.
    NoThread,
    /// The account may not read or create its records.
    Forbidden,
    /// Required fields that a mail can't fill, by label.
    Required(Vec<String>),
    /// The model refuses a record as mail would make it, in its own words.
    Refused(String),
}

impl TargetProblem {
    pub fn complaint(&self, model: &str, login: &str) -> Complaint {
        match self {
            TargetProblem::Missing => complain!("odoo-target-missing", model),
            TargetProblem::NoThread => complain!("odoo-target-no-thread", model),
            TargetProblem::Forbidden => {
                Complaint::new(say!("odoo-target-forbidden", login, model), say!("odoo-remedy-rights"))
            }
            TargetProblem::Required(fields) => {
                complain!("odoo-target-required", model, fields = fields.join(", "))
            }
            TargetProblem::Refused(said) => complain!("odoo-target-refused", model, said, login),
        }
    }
}

/// A moment that no field takes: it makes `load()` take everything back.
const NEVER: (&str, &str) = ("create_date", "never");

impl Odoo {
    /// Checks that mail can become a record of this model. A record is made with `load()` and taken back by its own
    /// transaction, so that rules are seen that only show then; nothing stays, and nobody is told.
    pub fn check_target(&mut self, model: &str) -> Result<Option<TargetProblem>, Trouble> {
        match self.target_problem(model) {
            Ok(problem) => Ok(problem),
            Err(CallError::Fault(fault)) => match fault.kind {
                OdooFaultKind::Model => Ok(Some(TargetProblem::Missing)),
                OdooFaultKind::Forbidden => Ok(Some(TargetProblem::Forbidden)),
                _ => Err(self.trouble(CallError::Fault(fault))),
            },
            Err(error) => Err(self.trouble(error)),
        }
    }

    fn target_problem(&mut self, model: &str) -> Result<Option<TargetProblem>, CallError> {
        let may = self.may(model, "read")? && self.may(model, "create")?;
        if !may {
            return Ok(Some(TargetProblem::Forbidden));
        }
        let fields = self.fields(model)?;
        if !fields.contains_key("message_ids") {
            return Ok(Some(TargetProblem::NoThread));
        }
        let partner = if needs_contact(&fields) { self.own_contact()? } else { None };
        let sender = Address { name: "Mailgate".into(), address: "mailgate@invalid.example".into() };
        let trial = say!("odoo-trial");
        let parts = MailParts { subject: "Mailgate", body_html: &trial, body_text: &trial, sender: &sender, partner };
        let columns = columns(&fields, &parts);
        let missing = self.missing(model, &fields, &columns)?;
        if !missing.is_empty() {
            return Ok(Some(TargetProblem::Required(missing)));
        }
        self.try_out(model, columns)
    }

    /// Labels of required fields that have neither a value here nor a default there.
    fn missing(&mut self, model: &str, fields: &OdooFields, columns: &LoadColumns) -> Result<Vec<String>, CallError> {
        let filled = |name: &str| columns.iter().any(|(column, _)| column.split('/').next() == Some(name));
        let required: Vec<&str> = fields
            .iter()
            .filter(|(name, field)| field.required && !field.readonly && !filled(name))
            .map(|(name, _)| name.as_str())
            .collect();
        if required.is_empty() {
            return Ok(Vec::new());
        }
        let Value::Struct(defaults) = self.read(model, "default_get", vec![texts(&required)], Vec::new())? else {
            return Ok(Vec::new());
        };
        let without = |name: &&&str| {
            let boolean = fields.get(**name).is_some_and(|field| field.kind == "boolean");
            !boolean && defaults.get(**name).is_none_or(|value| *value == Value::Boolean(false))
        };
        let label = |name: &&str| fields.get(*name).map_or_else(|| (*name).to_owned(), |field| field.label.clone());
        Ok(required.iter().filter(without).map(label).collect())
    }

    /// The account's own contact, to try a record out with.
    fn own_contact(&mut self) -> Result<Option<i32>, CallError> {
        let login = self.connection().login.clone();
        let domain = Value::Array(vec![condition("login", "=", text(&login))]);
        let users = self.search_read("res.users", domain, &["partner_id"], "id", 1)?;
        Ok(users.first().and_then(|user| id_of(user, "partner_id")))
    }

    fn try_out(&mut self, model: &str, mut columns: LoadColumns) -> Result<Option<TargetProblem>, CallError> {
        columns.push((NEVER.0.to_owned(), NEVER.1.to_owned()));
        let (names, cells): (Vec<Value>, Vec<Value>) =
            columns.iter().map(|(name, cell)| (text(name), text(cell))).unzip();
        let data = Value::Array(vec![Value::Array(cells)]);
        let args = vec![Value::Array(names), data];
        let refusal = self.patiently(|odoo| odoo.refusal(model, args.clone()))?;
        Ok(refusal.map(TargetProblem::Refused))
    }

    /// What `load()` says of its one row, beside what it was made to say.
    fn refusal(&mut self, model: &str, args: Vec<Value>) -> Result<Option<String>, CallError> {
        let answer = self.read(model, "load", args, vec![("context", quiet())])?;
        let Value::Struct(mut answer) = answer else {
            return Err(self.unexpected(say!("odoo-unexpected-trial", url = self.connection().url.as_str())));
        };
        let messages = answer.remove("messages").map(rows).unwrap_or_default();
        match messages.iter().filter(|message| is_error(message) && !is_ours(message)).find_map(said) {
            // A delivery that goes on beside it, for example.
            Some(said) if fault::is_passing(&said) => {
                Err(CallError::Fault(OdooFault { kind: OdooFaultKind::Busy, said }))
            }
            refusal => Ok(refusal),
        }
    }
}

fn is_error(message: &OdooRow) -> bool {
    text_of(message, "type").as_deref() == Some("error")
}

/// The error that was asked for.
fn is_ours(message: &OdooRow) -> bool {
    text_of(message, "field").as_deref() == Some(NEVER.0)
}

/// The words of one of `load()`'s messages, on one line.
pub(super) fn said(message: &OdooRow) -> Option<String> {
    let words = text_of(message, "message")?;
    let line = words.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    Some(crate::domain::text::shorten(&line, 600))
}
