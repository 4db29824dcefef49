//! An alias as a form or an API call gives it: raw texts, not yet checked, and what they mean.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::domain::Invalid;
use crate::domain::alias::{Alias, AliasAddress, AliasContact};
use crate::domain::filter::python;
use crate::domain::id::{AliasId, RecordId};
use crate::domain::literal;
use crate::domain::module::Module;
use crate::operations::{App, OperationError, records};
use crate::store::{Db, record_view};

/// Every field, in the order of the page.
pub const FIELDS: [&str; 6] = ["name", "domain", "object_model", "contact", "defaults", "record"];

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    pub name: String,
    pub domain: String,
    pub object_model: String,
    pub contact: String,
    /// A Python dict, as Odoo has it.
    pub defaults: String,
    /// The id or the number of a record.
    pub record: String,
}

impl Form {
    /// What *New* shows.
    pub fn fresh() -> Self {
        Self { contact: AliasContact::Everyone.code().into(), ..Self::default() }
    }

    pub fn of(alias: &Alias) -> Self {
        let defaults = match alias.defaults.is_empty() {
            true => String::new(),
            false => python(&Value::Object(alias.defaults.clone())),
        };
        Self {
            name: alias.address.name().into(),
            domain: alias.address.domain().into(),
            object_model: alias.model.clone(),
            contact: alias.contact.code().into(),
            defaults,
            record: alias.record.map_or(String::new(), |record| record.to_string()),
        }
    }

    pub fn set(&mut self, field: &str, value: &str) {
        match field {
            "name" => self.name = value.into(),
            "domain" => self.domain = value.into(),
            "object_model" => self.object_model = value.into(),
            "contact" => self.contact = value.into(),
            "defaults" => self.defaults = value.into(),
            "record" => self.record = value.into(),
            _ => {}
        }
    }
}

/// The alias that a form describes; everything that is wrong is named at its field.
pub(super) fn parse(db: &mut Db, app: &App, form: &Form, id: AliasId, active: bool) -> Result<Alias, OperationError> {
    let mut wrong = Vec::new();
    let address = AliasAddress::parse(&form.name, &form.domain).map_err(|error| wrong.push(error)).ok();
    let module = app.modules.get(form.object_model.trim());
    if module.is_none() {
        wrong.push(Invalid::new("object_model", "Choose what its mail becomes."));
    }
    let contact = AliasContact::from_code(&form.contact);
    if contact.is_none() {
        wrong.push(Invalid::new("contact", "Choose who may write to it."));
    }
    let (defaults, record) = match module {
        Some(module) => (defaults(db, module, &form.defaults)?, record(db, module, form.record.trim())?),
        None => (Ok(Map::new()), Ok(None)),
    };
    let defaults = defaults.map_err(|error| wrong.push(error)).unwrap_or_default();
    let record = record.map_err(|error| wrong.push(error)).unwrap_or_default();
    match (address, module, contact) {
        (Some(address), Some(module), Some(contact)) if wrong.is_empty() => {
            Ok(Alias { id, address, model: module.model.clone(), defaults, record, contact, active })
        }
        _ => Err(OperationError::Invalid(wrong)),
    }
}

fn defaults(db: &mut Db, module: &Module, typed: &str) -> Result<Result<Map<String, Value>, Invalid>, OperationError> {
    let values = match literal::dict(typed) {
        Ok(values) => values,
        Err(error) => {
            let words = format!("These are no default values: {error}. They look like {{'priority': '2'}}.");
            return Ok(Err(Invalid::new("defaults", words)));
        }
    };
    let typed: BTreeMap<String, String> = values.iter().map(|(name, value)| (name.clone(), text(value))).collect();
    Ok(records::given(db, module, &typed)?.map_err(|wrong| {
        let words = wrong.into_iter().map(|one| one.message).collect::<Vec<_>>().join(" ");
        Invalid::new("defaults", words)
    }))
}

fn text(value: &Value) -> String {
    match value {
        Value::Null | Value::Bool(false) => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A record by its id, or by its number as people know it.
fn record(db: &mut Db, module: &Module, typed: &str) -> Result<Result<Option<RecordId>, Invalid>, OperationError> {
    if typed.is_empty() || typed == "0" {
        return Ok(Ok(None));
    }
    let found = match typed.parse() {
        Ok(id) => record_view::find(db, &module.model, RecordId(id))?.map(|record| record.id),
        Err(_) => {
            let found = record_view::by_number(db, typed)?;
            found.into_iter().find(|(model, _)| *model == module.model).map(|(_, id)| id)
        }
    };
    let missing = || Invalid::new("record", format!("There is no {} “{typed}” to join.", module.label));
    Ok(found.map(Some).ok_or_else(missing))
}
