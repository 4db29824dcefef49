//! What the far end's models have and allow.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::Trouble;
use super::contacts::OdooContact;
use super::fault::OdooFaultKind;
use super::lead::formatted;
use super::raw::Urgency;
use super::session::Odoo;
use super::wire::{CallError, OdooRow, condition, is_true, members, text, text_of, texts};
use crate::domain::Moment;
use crate::domain::message::{Address, Message};
use crate::domain::words::{Sentence, SentenceMaker};
use crate::say;
use crate::xmlrpc::Value;

/// A field of a model, as `fields_get` tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct OdooField {
    pub kind: String,
    pub label: String,
    pub required: bool,
    pub readonly: bool,
    /// The other model of a many2one.
    pub relation: String,
    /// The codes of a selection with their labels.
    pub choices: Vec<(String, String)>,
    /// Its choices are narrowed to registrants.
    pub of_registrants: bool,
}

/// By name.
pub(super) type OdooFields = BTreeMap<String, OdooField>;

impl Odoo {
    /// The fields of a model that the account may see; asked for once in a session.
    pub(super) fn fields(&mut self, model: &str) -> Result<std::sync::Arc<OdooFields>, CallError> {
        if let Some(known) = self.known_fields(model) {
            return Ok(known);
        }
        let attributes = texts(&["type", "string", "required", "readonly", "relation", "selection", "domain"]);
        let answer =
            self.read(model, "fields_get", vec![Value::Array(Vec::new())], vec![("attributes", attributes)])?;
        let Value::Struct(answer) = answer else { return Ok(Default::default()) };
        let field = |members: std::collections::BTreeMap<String, Value>| {
            let row: OdooRow = members.into_iter().collect();
            let word = |name| text_of(&row, name).unwrap_or_default();
            OdooField {
                kind: word("type"),
                label: word("string"),
                required: is_true(&row, "required"),
                readonly: is_true(&row, "readonly"),
                relation: word("relation"),
                choices: choices(row.get("selection")),
                of_registrants: row.get("domain").is_some_and(names_registrants),
            }
        };
        let fields: OdooFields = answer
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
    ) -> Result<Vec<OdooRow>, CallError> {
        let kwargs = vec![("fields", texts(fields)), ("limit", Value::Integer(limit)), ("order", text(order))];
        self.read(model, "search_read", vec![domain], kwargs).map(super::wire::rows)
    }

    /// What an external id names: the model and the record. The record is None where this account may not read it.
    pub(super) fn external(&mut self, xml_id: &str) -> Result<Option<(String, Option<i32>)>, CallError> {
        let (module, name) = xml_id.split_once('.').unwrap_or(("__import__", xml_id));
        // Archived records count.
        let context = members(vec![("active_test", Value::Boolean(false))]);
        let args = vec![text(module), text(name)];
        match self.read("ir.model.data", "check_object_reference", args, vec![("context", context)]) {
            Ok(Value::Array(pair)) => match (pair.first(), pair.get(1)) {
                (Some(Value::String(model)), Some(found)) => Ok(Some((model.clone(), super::wire::id(found)))),
                _ => Ok(None),
            },
            Ok(_) => Ok(None),
            // "External ID not found in the system".
            Err(CallError::Fault(fault)) if fault.said.contains("not found") => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Odoo {
    /// The day on which the account's own API key ends there; None where it may not read that, where no key ends, and
    /// where it has several, of which nobody says which one is used.
    pub fn key_expires(&mut self) -> Option<NaiveDate> {
        let fields = ["expiration_date", "scope"];
        let own = condition("user_id.login", "=", text(&self.connection().login.clone()));
        let keys = self.search_read("res.users.apikeys", Value::Array(vec![own]), &fields, "id", 2).ok()?;
        let [key] = keys.as_slice() else { return None };
        let until = text_of(key, "expiration_date")?;
        NaiveDate::parse_from_str(until.get(..10)?, "%Y-%m-%d").ok()
    }
}

/// A selection is a list of codes with their labels.
fn choices(selection: Option<&Value>) -> Vec<(String, String)> {
    let Some(Value::Array(pairs)) = selection else { return Vec::new() };
    let choice = |pair: &Value| match pair {
        Value::Array(pair) => match pair.as_slice() {
            [Value::String(code), Value::String(label)] => Some((code.clone(), label.clone())),
            _ => None,
        },
        _ => None,
    };
    pairs.iter().filter_map(choice).collect()
}

/// Whether a domain, as a text or as a list, says something of `is_registrant`.
fn names_registrants(domain: &Value) -> bool {
    match domain {
        Value::String(text) => text.contains("is_registrant"),
        Value::Array(items) => items.iter().any(names_registrants),
        _ => false,
    }
}

/// Whether the contacts of such records are to be registrants, as OpenSPP's grievances want it.
pub(super) fn wants_registrants(fields: &OdooFields) -> bool {
    let contact = |name: &str| fields.get(name).filter(|field| field.relation == "res.partner");
    contact("partner_id").is_some_and(|field| field.of_registrants) || contact("registrant_id").is_some()
}

/// Columns of one row for `load()`: names and texts.
pub(super) type LoadColumns = Vec<(String, String)>;

/// What OpenSPP calls the channel of a grievance that came by e-mail.
const GRIEVANCE_CHANNEL: &str = "spp_grm.grm_ticket_channel_email";

/// The parts of a mail that fill a new record.
#[derive(Debug, Clone, Copy)]
pub(super) struct MailParts<'a> {
    pub subject: &'a str,
    pub body_html: &'a str,
    pub body_text: &'a str,
    pub sender: &'a Address,
    pub partner: Option<i32>,
    /// What is known there of `partner`.
    pub contact: Option<&'a OdooContact>,
    /// When the mail was written.
    pub date: Moment,
    pub urgency: Urgency,
}

impl<'a> MailParts<'a> {
    pub(super) fn of(
        message: &'a Message,
        sender: &'a Address,
        partner: Option<i32>,
        contact: Option<&'a OdooContact>,
        urgency: Urgency,
    ) -> Self {
        let Message { subject, body_html, body_text, .. } = message;
        Self { subject, body_html, body_text, sender, partner, contact, date: message.date, urgency }
    }
}

/// Whether records of this model tell who complains, as the grievances of OpenSPP 2 do.
pub(super) fn tells_complainants(fields: &OdooFields) -> bool {
    fields.get("complainant_type").is_some_and(|field| !field.choices.is_empty())
}

/// Whether records of this model can be complaints of nobody who is known.
pub(super) fn takes_anonymous(fields: &OdooFields) -> bool {
    !needs_contact(fields) && offers(fields, "complainant_type", "anonymous")
}

/// Whether the gateway there looks the sender up by the address itself, and mails a refusal to whom it does not find.
pub(super) fn looks_senders_up(fields: &OdooFields) -> bool {
    needs_contact(fields) || tells_complainants(fields)
}

fn offers(fields: &OdooFields, name: &str, code: &str) -> bool {
    fields.get(name).is_some_and(|field| field.choices.iter().any(|(known, _)| known == code))
}

/// What the grievances of OpenSPP 2 have beside the others', as far as it is there and a mail tells it. The intake is when
/// the mail was written, so that a late delivery moves no deadline; nobody who is known here complains anonymously.
pub(super) fn complainant(fields: &OdooFields, parts: &MailParts<'_>) -> Vec<(&'static str, Value)> {
    if !tells_complainants(fields) {
        return Vec::new();
    }
    let registrant = parts.contact.filter(|contact| contact.is_registrant);
    let who = match (parts.partner, registrant) {
        (_, Some(_)) => "beneficiary",
        (Some(_), None) => "non_beneficiary",
        (None, None) => "anonymous",
    };
    let person = registrant.filter(|contact| !contact.is_group).map(|contact| contact.id);
    let household = registrant.filter(|contact| contact.is_group).map(|contact| contact.id);
    let number = |number: Option<i32>| number.map(Value::Integer);
    let given = |words: &str| Some(text(words)).filter(|_| !words.is_empty());
    let choice = |name: &str, code: &str| Some(text(code)).filter(|_| offers(fields, name, code));
    let values = [
        ("complainant_type", "selection", choice("complainant_type", who)),
        ("severity", "selection", choice("severity", parts.urgency.severity())),
        ("registrant_id", "many2one", number(person)),
        ("household_id", "many2one", number(household)),
        ("contact_name", "char", given(&parts.sender.name)),
        ("contact_email", "char", given(&parts.sender.address)),
        ("contact_phone", "char", given(parts.contact.map_or("", |contact| &contact.phone))),
        ("intake_date", "datetime", Some(text(&parts.date.format("%Y-%m-%d %H:%M:%S").to_string()))),
    ];
    let fits = |name: &str, kind: &str| fields.get(name).is_some_and(|field| field.kind == kind && !field.readonly);
    let set = values.into_iter().filter(|(name, kind, _)| fits(name, kind));
    set.filter_map(|(name, _, value)| Some((name, value?))).collect()
}

/// The fields of this model that a mail fills.
pub(super) fn columns(fields: &OdooFields, parts: &MailParts<'_>) -> LoadColumns {
    let mut columns = LoadColumns::new();
    for (name, field) in fields {
        if field.readonly {
            continue;
        }
        if let Some((column, value)) = part_for(name, field, parts).filter(|(_, value)| !value.is_empty()) {
            columns.push((column, value));
        }
    }
    for (name, value) in complainant(fields, parts) {
        let (column, cell) = match value {
            Value::Integer(number) => (format!("{name}/.id"), number.to_string()),
            Value::String(text) => (name.to_owned(), text),
            _ => continue,
        };
        if !columns.iter().any(|(known, _)| *known == column) {
            columns.push((column, cell));
        }
    }
    columns
}

fn part_for(name: &str, field: &OdooField, parts: &MailParts<'_>) -> Option<(String, String)> {
    let plain = |value: &str| Some((name.to_owned(), value.to_owned()));
    match (name, field.kind.as_str(), field.relation.as_str()) {
        ("name" | "subject", "char", _) => plain(parts.subject),
        ("description" | "body", "html", _) => plain(or_space(parts.body_html, "<p>&nbsp;</p>")),
        ("description" | "body", "text", _) => plain(or_space(parts.body_text, "-")),
        ("partner_id", "many2one", "res.partner") => Some(("partner_id/.id".into(), parts.partner?.to_string())),
        // As a header has it, and so the gateway there.
        ("email_from", "char", _) => plain(&formatted(parts.sender)),
        ("partner_email", "char", _) => plain(&parts.sender.address),
        ("partner_name" | "contact_name", "char", _) => plain(&parts.sender.name),
        ("channel_id", "many2one", "spp.grm.ticket.channel") => {
            Some(("channel_id/id".into(), GRIEVANCE_CHANNEL.into()))
        }
        _ => None,
    }
}

/// A required text must not be empty, and a mail may be.
fn or_space<'t>(text: &'t str, space: &'t str) -> &'t str {
    if text.trim().is_empty() { space } else { text }
}

/// Whether records of this model can't be without a contact.
pub(super) fn needs_contact(fields: &OdooFields) -> bool {
    fields.get("partner_id").is_some_and(|field| field.required && field.relation == "res.partner")
}

/// Whether an application for a job can't be without a candidate of its own, as in Odoo 18: its gateway makes one of each mail.
pub(super) fn needs_candidate(fields: &OdooFields) -> bool {
    fields.get("candidate_id").is_some_and(|field| field.required && field.relation == "hr.candidate")
}

/// A model that mail can become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OdooModel {
    /// Its technical name, for example `spp.grm.ticket`.
    pub model: String,
    pub label: Sentence,
}

/// What may be chosen from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OdooModels {
    /// By label.
    pub types: Vec<OdooModel>,
    /// False where the account may not read the list (`ir.model`): then these are only the usual ones that are there,
    /// and another is typed by its technical name.
    pub complete: bool,
}

/// Tried by name where the account may not read the list.
const USUAL: &[(&str, SentenceMaker)] = &[
    ("crm.lead", || say!("usual-type-lead")),
    ("helpdesk.ticket", || say!("usual-type-helpdesk-ticket")),
    ("hr.applicant", || say!("usual-type-applicant")),
    ("maintenance.request", || say!("usual-type-maintenance-request")),
    ("project.task", || say!("usual-type-task")),
    ("spp.grm.ticket", || say!("usual-type-grievance")),
];

/// More are not shown.
const TYPES: i32 = 500;

impl Odoo {
    /// Models with a mail thread that are neither abstract nor transient, and that somebody may create records of.
    pub fn record_types(&mut self) -> Result<OdooModels, Trouble> {
        let listed = match self.listed_types() {
            Err(CallError::Fault(fault)) if fault.kind == OdooFaultKind::Forbidden => self.usual_types(),
            listed => listed.map(|types| OdooModels { types, complete: true }),
        };
        listed.map_err(|error| self.trouble(error))
    }

    fn listed_types(&mut self) -> Result<Vec<OdooModel>, CallError> {
        let domain = Value::Array(vec![
            condition("is_mail_thread", "=", Value::Boolean(true)),
            condition("transient", "=", Value::Boolean(false)),
            // Nobody has rights on an abstract model.
            condition("access_ids.perm_create", "=", Value::Boolean(true)),
        ]);
        let rows = self.search_read("ir.model", domain, &["model", "name"], "name, model", TYPES)?;
        let one =
            |row| Some(OdooModel { model: text_of(row, "model")?, label: Sentence::verbatim(text_of(row, "name")?) });
        Ok(rows.iter().filter_map(one).collect())
    }

    fn usual_types(&mut self) -> Result<OdooModels, CallError> {
        let mut types = Vec::new();
        for (model, label) in USUAL {
            match self.may(model, "create") {
                Ok(true) => types.push(OdooModel { model: (*model).into(), label: label() }),
                Ok(false) => {}
                Err(CallError::Fault(fault))
                    if matches!(fault.kind, OdooFaultKind::Model | OdooFaultKind::Forbidden) => {}
                Err(error) => return Err(error),
            }
        }
        types.sort_by(|one, other| one.label.as_str().cmp(&other.label));
        Ok(OdooModels { types, complete: false })
    }

    /// The names of active incoming mail servers there that fetch this mailbox, since two would compete for the same
    /// mail. None where the account may not read them: then a person has to look.
    pub fn fetchers(&mut self, host: &str, user: &str) -> Result<Option<Vec<String>>, Trouble> {
        let domain = Value::Array(vec![
            condition("active", "=", Value::Boolean(true)),
            condition("server", "=ilike", text(&super::wire::literal(host))),
            condition("user", "=ilike", text(&super::wire::literal(user))),
        ]);
        match self.search_read("fetchmail.server", domain, &["name", "state"], "name", 20) {
            Ok(rows) => Ok(Some(rows.iter().filter_map(|row| text_of(row, "name")).collect())),
            Err(CallError::Fault(fault)) => match fault.kind {
                OdooFaultKind::Forbidden => Ok(None),
                // Its module is not installed.
                OdooFaultKind::Model => Ok(Some(Vec::new())),
                _ => Err(self.trouble(CallError::Fault(fault))),
            },
            Err(error) => Err(self.trouble(error)),
        }
    }
}
