//! What a model says of itself: its fields, what a new row starts with, and what the caller may do.

use serde_json::{Map, Value, json};

use super::arguments::Arguments;
use super::error::ObjectError;
use super::methods::Call;
use super::model::{Field, FieldType, Model};
use super::write;

pub fn fields_get(call: &Call<'_>, mut arguments: Arguments) -> Result<Value, ObjectError> {
    let names = arguments.names("allfields")?;
    let attributes = arguments.names("attributes")?;
    arguments.end()?;
    let wanted = |field: &&Field| names.as_ref().is_none_or(|names| names.contains(&field.name));
    let described = call.model.fields.iter().filter(wanted).map(|field| {
        let mut members = description(field);
        if let Some(attributes) = &attributes {
            members.retain(|name, _| attributes.contains(name));
        }
        (field.name.clone(), Value::Object(members))
    });
    Ok(Value::Object(described.collect()))
}

/// A field as `fields_get` tells it.
fn description(field: &Field) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("name".into(), json!(field.name));
    members.insert("string".into(), json!(field.label));
    members.insert("type".into(), json!(field.kind.code()));
    members.insert("required".into(), json!(field.required));
    members.insert("readonly".into(), json!(field.readonly));
    members.insert("store".into(), json!(!field.computed));
    let searchable = !field.computed || field.inverse.is_some() || field.names_model().is_some();
    members.insert("searchable".into(), json!(searchable));
    members.insert("sortable".into(), json!(!field.computed));
    if let Some(relation) = &field.relation {
        members.insert("relation".into(), json!(relation));
    }
    if let Some(inverse) = field.inverse {
        members.insert("relation_field".into(), json!(inverse.column));
    }
    if field.kind == FieldType::Selection {
        members.insert("selection".into(), json!(field.selection));
    }
    members
}

pub fn default_get(call: &Call<'_>, mut arguments: Arguments) -> Result<Value, ObjectError> {
    call.require("create")?;
    let names = arguments.names("fields_list")?.unwrap_or_default();
    let mut defaults = write::defaults(call.model);
    defaults.extend(from_context(call.model, &arguments.context));
    arguments.end()?;
    let known = names.iter().filter_map(|name| Some((name.clone(), defaults.get(name)?.clone())));
    Ok(Value::Object(known.collect()))
}

/// The context's `default_<field>`: what the caller wants a new row to start with.
pub fn from_context(model: &Model, context: &Map<String, Value>) -> Map<String, Value> {
    let settable = |name: &str| model.field(name).is_some_and(|field| !field.readonly);
    let named = context.iter().filter_map(|(key, value)| Some((key.strip_prefix("default_")?, value)));
    named.filter(|(name, _)| settable(name)).map(|(name, value)| (name.to_owned(), value.clone())).collect()
}

pub fn check_access_rights(call: &Call<'_>, mut arguments: Arguments) -> Result<Value, ObjectError> {
    let operation = arguments.optional("operation").unwrap_or_default();
    let raise = arguments.flag("raise_exception")?.unwrap_or(true);
    arguments.end()?;
    match call.require(operation.as_str().unwrap_or_default()) {
        Ok(()) => Ok(Value::Bool(true)),
        Err(ObjectError::Access(_)) if !raise => Ok(Value::Bool(false)),
        Err(error) => Err(error),
    }
}
