//! The methods that every model has.

use serde_json::{Map, Value, json};

use super::arguments::Arguments;
use super::error::{ObjectError, unknown_field};
use super::model::{Field, FieldType, Model, Rows};
use super::read::{self, Wanted};
use super::{search, write};
use crate::domain::filter::{Filter, Leaf, Operator, matches, parse};
use crate::domain::person::Caller;
use crate::operations::App;
use crate::store::{Db, query};

/// Who calls what.
pub struct Call<'a> {
    pub app: &'a App,
    pub caller: &'a Caller,
    pub model: &'a Model,
}

/// Rows that one answer holds at most where no limit is given, so that none grows without bounds.
const MOST: i64 = 100_000;

pub fn call(call: &Call<'_>, method: &str, arguments: Arguments) -> Result<Value, ObjectError> {
    match method {
        "search" => call.search(arguments),
        "search_count" => call.search_count(arguments),
        "search_read" => call.search_read(arguments),
        "read" => call.read(arguments),
        "create" => call.create(arguments),
        "write" => call.write(arguments),
        "unlink" => call.unlink(arguments),
        "fields_get" => call.fields_get(arguments),
        "name_search" => call.name_search(arguments),
        "name_get" => call.name_get(arguments),
        "default_get" => call.default_get(arguments),
        "exists" => call.exists(arguments),
        "check_access_rights" => call.check_access_rights(arguments),
        _ => Err(ObjectError::UnknownMethod { model: call.model.name.clone(), method: method.to_owned() }),
    }
}

impl Call<'_> {
    fn search(&self, mut arguments: Arguments) -> Result<Value, ObjectError> {
        self.require("read")?;
        let filter = self.filter(&mut arguments)?;
        let offset = arguments.number("offset")?.unwrap_or(0);
        let limit = arguments.number("limit")?;
        let order = arguments.text("order")?;
        let count = arguments.optional("count") == Some(Value::Bool(true));
        arguments.end()?;
        if count {
            return Ok(json!(self.count(&filter)?));
        }
        let fields = self.model.field("id").into_iter().collect();
        let rows = self.rows(fields, order.as_deref(), limit, offset, &filter)?;
        Ok(rows.iter().filter_map(read::id_of).map(Value::from).collect())
    }

    fn search_count(&self, mut arguments: Arguments) -> Result<Value, ObjectError> {
        self.require("read")?;
        let filter = self.filter(&mut arguments)?;
        let limit = arguments.number("limit")?.unwrap_or(i64::MAX);
        arguments.end()?;
        Ok(json!(self.count(&filter)?.min(limit)))
    }

    fn search_read(&self, mut arguments: Arguments) -> Result<Value, ObjectError> {
        self.require("read")?;
        let filter = self.filter_or_all(&mut arguments)?;
        let names = arguments.names("fields")?;
        let offset = arguments.number("offset")?.unwrap_or(0);
        let limit = arguments.number("limit")?;
        let order = arguments.text("order")?;
        arguments.optional("load");
        arguments.end()?;
        let fields = read::fields(self.model, names.as_deref())?;
        Ok(objects(self.rows(fields, order.as_deref(), limit, offset, &filter)?))
    }

    fn read(&self, mut arguments: Arguments) -> Result<Value, ObjectError> {
        self.require("read")?;
        let ids = self.visible(arguments.ids()?);
        let names = arguments.names("fields")?;
        arguments.optional("load");
        arguments.end()?;
        let fields = read::fields(self.model, names.as_deref())?;
        Ok(objects(read::by_ids(self.app, &self.app.objects, self.model, fields, &ids)?))
    }

    fn create(&self, mut arguments: Arguments) -> Result<Value, ObjectError> {
        self.require("create")?;
        let values = arguments.required("vals_list")?;
        arguments.end()?;
        let members = |values| match values {
            Value::Object(values) => Ok(values),
            _ => Err(ObjectError::Argument("create(): values are a struct".into())),
        };
        match values {
            Value::Array(list) => {
                let list = list.into_iter().map(members).collect::<Result<Vec<_>, _>>()?;
                Ok(json!(write::create(self, &list)?))
            }
            single => Ok(json!(write::create(self, &[members(single)?])?.first())),
        }
    }

    fn write(&self, mut arguments: Arguments) -> Result<Value, ObjectError> {
        self.require("write")?;
        let ids = arguments.ids()?;
        let values = arguments.object("vals")?;
        arguments.end()?;
        write::write(self, &ids, &values)?;
        Ok(Value::Bool(true))
    }

    fn unlink(&self, mut arguments: Arguments) -> Result<Value, ObjectError> {
        self.require("unlink")?;
        let ids = arguments.ids()?;
        arguments.end()?;
        write::unlink(self, &ids)?;
        Ok(Value::Bool(true))
    }

    fn fields_get(&self, mut arguments: Arguments) -> Result<Value, ObjectError> {
        let names = arguments.names("allfields")?;
        let attributes = arguments.names("attributes")?;
        arguments.end()?;
        let wanted = |field: &&Field| names.as_ref().is_none_or(|names| names.contains(&field.name));
        let described = self.model.fields.iter().filter(wanted).map(|field| {
            let mut members = description(field);
            if let Some(attributes) = &attributes {
                members.retain(|name, _| attributes.contains(name));
            }
            (field.name.clone(), Value::Object(members))
        });
        Ok(Value::Object(described.collect()))
    }

    fn name_search(&self, mut arguments: Arguments) -> Result<Value, ObjectError> {
        self.require("read")?;
        let name = arguments.text("name")?.unwrap_or_default();
        let domain = arguments.optional("args").unwrap_or_else(|| json!([]));
        let operator = arguments.text("operator")?.unwrap_or_else(|| "ilike".to_owned());
        let limit = arguments.number("limit")?.unwrap_or(100);
        arguments.end()?;
        let operator = Operator::from_code(&operator)
            .ok_or_else(|| ObjectError::Value(format!("Invalid operator '{operator}' of name_search")))?;
        let named = Leaf { field: "display_name".into(), operator, value: Value::String(name) };
        let filter = Filter::All(vec![Filter::Leaf(named), self.narrowed(parse(&domain)?, &Map::new())]);
        let fields = ["id", "display_name"].iter().filter_map(|name| self.model.field(name)).collect();
        Ok(pairs(self.rows(fields, None, Some(limit), 0, &filter)?))
    }

    fn name_get(&self, mut arguments: Arguments) -> Result<Value, ObjectError> {
        self.require("read")?;
        let ids = self.visible(arguments.ids()?);
        arguments.end()?;
        let fields = ["id", "display_name"].iter().filter_map(|name| self.model.field(name)).collect();
        Ok(pairs(read::by_ids(self.app, &self.app.objects, self.model, fields, &ids)?))
    }

    fn default_get(&self, mut arguments: Arguments) -> Result<Value, ObjectError> {
        let names = arguments.names("fields_list")?.unwrap_or_default();
        arguments.end()?;
        let defaults = write::defaults(self.model);
        let known = names.iter().filter_map(|name| Some((name.clone(), defaults.get(name)?.clone())));
        Ok(Value::Object(known.collect()))
    }

    fn exists(&self, mut arguments: Arguments) -> Result<Value, ObjectError> {
        self.require("read")?;
        let ids = self.visible(arguments.ids()?);
        arguments.end()?;
        Ok(self.app.store.read(|db| self.existing(db, &ids))?.into_iter().map(Value::from).collect())
    }

    fn check_access_rights(&self, mut arguments: Arguments) -> Result<Value, ObjectError> {
        let operation = arguments.text("operation")?.unwrap_or_default();
        let raise = arguments.optional("raise_exception") != Some(Value::Bool(false));
        arguments.end()?;
        match self.require(&operation) {
            Ok(()) => Ok(Value::Bool(true)),
            Err(ObjectError::Access(_)) if !raise => Ok(Value::Bool(false)),
            Err(error) => Err(error),
        }
    }

    fn filter(&self, arguments: &mut Arguments) -> Result<Filter, ObjectError> {
        let domain = arguments.required("domain")?;
        Ok(self.narrowed(parse(&domain)?, &arguments.context))
    }

    fn filter_or_all(&self, arguments: &mut Arguments) -> Result<Filter, ObjectError> {
        let domain = arguments.optional("domain").filter(|domain| *domain != Value::Bool(false));
        Ok(self.narrowed(parse(&domain.unwrap_or_else(|| json!([])))?, &arguments.context))
    }

    fn rows(
        &self,
        fields: Vec<&Field>,
        order: Option<&str>,
        limit: Option<i64>,
        offset: i64,
        filter: &Filter,
    ) -> Result<Vec<Map<String, Value>>, ObjectError> {
        let order = read::order(self.model, order)?;
        // Odoo reads a limit of 0 as none.
        let limit = Some(limit.filter(|limit| *limit > 0).unwrap_or(MOST).min(MOST));
        let wanted = Wanted { model: self.model, fields, order, limit, offset };
        read::search(self.app, &self.app.objects, &wanted, filter)
    }

    fn count(&self, filter: &Filter) -> Result<i64, ObjectError> {
        match &self.model.rows {
            Rows::Memory(rows) => {
                let passes =
                    |row: &&Map<String, Value>| matches(filter, &|name| row.get(name).cloned().unwrap_or(Value::Null));
                Ok(i64::try_from(rows.iter().filter(passes).count()).unwrap_or(i64::MAX))
            }
            Rows::Table { table, .. } => {
                let found = search::condition(&self.app.objects, self.model, filter)?;
                let condition = query::Condition::All(vec![self.model.rows.scope(), found]);
                Ok(self.app.store.read(|db| query::count(db, table, &condition))?)
            }
        }
    }

    fn existing(&self, db: &mut Db, ids: &[i32]) -> Result<Vec<i32>, ObjectError> {
        let wanted = Wanted::of(self.model, self.model.field("id").into_iter().collect());
        let found = read::stored(db, &self.app.objects, &wanted, ids)?;
        let found: Vec<i32> = found.iter().filter_map(read::id_of).collect();
        Ok(ids.iter().copied().filter(|id| found.contains(id)).collect())
    }

    pub fn all_exist(&self, db: &mut Db, ids: &[i32]) -> Result<(), ObjectError> {
        let existing = self.existing(db, ids)?;
        match ids.iter().find(|id| !existing.contains(id)) {
            Some(id) => Err(ObjectError::Missing {
                model: self.model.name.clone(),
                id: *id,
                user: self.caller.user.map_or(0, |user| user.0),
            }),
            None => Ok(()),
        }
    }

    /// The field that a caller wants to set.
    pub fn settable(&self, name: &str) -> Result<&Field, ObjectError> {
        let field = self.model.field(name).ok_or_else(|| unknown_field(&self.model.name, name))?;
        match field.readonly {
            true => Err(ObjectError::Value(format!("The field '{name}' of '{}' can't be written", self.model.name))),
            false => Ok(field),
        }
    }
}

fn objects(rows: Vec<Map<String, Value>>) -> Value {
    rows.into_iter().map(Value::Object).collect()
}

fn pairs(rows: Vec<Map<String, Value>>) -> Value {
    rows.into_iter().map(|mut row| json!([row.remove("id"), row.remove("display_name")])).collect()
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
    members.insert("searchable".into(), json!(!field.computed || field.name == "object_id"));
    members.insert("sortable".into(), json!(!field.computed));
    if let Some(relation) = &field.relation {
        members.insert("relation".into(), json!(relation));
    }
    if field.kind == FieldType::Selection {
        members.insert("selection".into(), json!(field.selection));
    }
    members
}
