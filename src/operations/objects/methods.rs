//! The methods that every model has, with the arguments of Odoo 17.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::arguments::Arguments;
use super::error::{ObjectError, unknown_field};
use super::model::{Field, Model, Rows};
use super::read::{self, Wanted};
use super::room::Room;
use super::{describe, search, write};
use crate::domain::filter::{Filter, Operator, parse};
use crate::domain::person::Caller;
use crate::operations::App;
use crate::store::{Db, query};

/// Who calls what.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    pub app: &'a App,
    pub caller: &'a Caller,
    pub room: &'a Room,
    pub model: &'a Model,
}

/// Rows that one answer holds at most where no limit is given, so that none grows without bounds.
const MOST: i64 = 100_000;

pub fn call(call: &Call<'_>, method: &str, arguments: Arguments) -> Result<Value, ObjectError> {
    match method {
        "search" => call.reading(|| call.search(arguments)),
        "search_count" => call.reading(|| call.search_count(arguments)),
        "search_read" => call.reading(|| call.search_read(arguments)),
        "read" => call.reading(|| call.read(arguments)),
        "create" => call.create(arguments),
        "write" => call.write(arguments),
        "unlink" => call.unlink(arguments),
        "action_archive" => call.archive(arguments, true),
        "action_unarchive" => call.archive(arguments, false),
        "fields_get" => describe::fields_get(call, arguments),
        "name_search" => call.reading(|| call.name_search(arguments)),
        "name_get" => call.reading(|| call.name_get(arguments)),
        "name_create" => call.name_create(arguments),
        "default_get" => describe::default_get(call, arguments),
        "exists" => call.reading(|| call.exists(arguments)),
        "check_access_rights" => describe::check_access_rights(call, arguments),
        _ => Err(ObjectError::UnknownMethod { model: call.model.name.clone(), method: method.to_owned() }),
    }
}

impl<'a> Call<'a> {
    /// What only reads has the API's share of the connections, and a deadline for all that it asks.
    fn reading(&self, work: impl FnOnce() -> Result<Value, ObjectError>) -> Result<Value, ObjectError> {
        self.app.for_client(self.caller, work)
    }

    fn search(&self, mut arguments: Arguments) -> Result<Value, ObjectError> {
        self.require("read")?;
        let domain = arguments.domain()?;
        let (wanted, filter) = self.wanted(&mut arguments, &domain, &["id"])?;
        arguments.end()?;
        Ok(read::ids(self, &wanted, &filter)?.into_iter().map(Value::from).collect())
    }

    fn search_count(&self, mut arguments: Arguments) -> Result<Value, ObjectError> {
        self.require("read")?;
        let domain = arguments.domain()?;
        let filter = self.filter(&domain, &arguments.context)?;
        let limit = arguments.number("limit")?.filter(|limit| *limit > 0).unwrap_or(i64::MAX);
        arguments.end()?;
        Ok(json!(self.count(&filter)?.min(limit)))
    }

    fn search_read(&self, mut arguments: Arguments) -> Result<Value, ObjectError> {
        self.require("read")?;
        let domain = arguments.optional("domain").unwrap_or(Value::Bool(false));
        let names = arguments.names("fields")?;
        let (mut wanted, filter) = self.wanted(&mut arguments, &domain, &[])?;
        wanted.fields = read::fields(self.model, names.as_deref())?;
        wanted.bare = arguments.load()?;
        arguments.end()?;
        Ok(objects(read::search(self, &wanted, &filter)?))
    }

    fn read(&self, mut arguments: Arguments) -> Result<Value, ObjectError> {
        self.require("read")?;
        let ids = self.visible(arguments.ids()?);
        let names = arguments.names("fields")?;
        let bare = arguments.load()?;
        arguments.end()?;
        let wanted = Wanted { bare, ..Wanted::of(self.model, read::fields(self.model, names.as_deref())?) };
        Ok(objects(read::by_ids(self, &wanted, &ids)?))
    }

    fn create(&self, mut arguments: Arguments) -> Result<Value, ObjectError> {
        self.require("create")?;
        let values = arguments.required("vals_list")?;
        let defaults = describe::from_context(self.model, &arguments.context);
        arguments.end()?;
        let members = |values| match values {
            Value::Object(values) => Ok(defaults.clone().into_iter().chain(values).collect()),
            _ => Err(ObjectError::Argument("create(): values are a struct".into())),
        };
        match values {
            Value::Array(list) => {
                let list = list.into_iter().map(members).collect::<Result<Vec<_>, _>>()?;
                Ok(json!(write::create(self, list)?))
            }
            single => Ok(json!(write::create(self, vec![members(single)?])?.first())),
        }
    }

    fn write(&self, mut arguments: Arguments) -> Result<Value, ObjectError> {
        self.require("write")?;
        let ids = arguments.ids()?;
        let values = arguments.object("vals")?;
        arguments.end()?;
        write::write(self, &ids, values)?;
        Ok(Value::Bool(true))
    }

    fn unlink(&self, mut arguments: Arguments) -> Result<Value, ObjectError> {
        self.require("unlink")?;
        let ids = arguments.ids()?;
        arguments.end()?;
        write::unlink(self, &ids)?;
        Ok(Value::Bool(true))
    }

    fn archive(&self, mut arguments: Arguments, archived: bool) -> Result<Value, ObjectError> {
        self.require("write")?;
        let ids = arguments.ids()?;
        arguments.end()?;
        write::write(self, &ids, Map::from_iter([("active".to_owned(), Value::Bool(!archived))]))?;
        Ok(Value::Bool(true))
    }

    fn name_search(&self, mut arguments: Arguments) -> Result<Value, ObjectError> {
        self.require("read")?;
        let name = arguments.text("name")?.unwrap_or_default();
        let domain = arguments.optional("args").unwrap_or(Value::Bool(false));
        let operator = arguments.text("operator")?.unwrap_or_else(|| "ilike".to_owned());
        let limit = arguments.number("limit")?.or(Some(100));
        let narrowed = self.filter(&domain, &arguments.context)?;
        arguments.end()?;
        let named = if name.is_empty() && operator == "ilike" {
            Filter::Constant(true)
        } else {
            named_so(self.model, &operator, &name)?
        };
        let (order, limit) = (read::order(self.model, None)?, limited(limit));
        let wanted = Wanted { order, limit, ..Wanted::of(self.model, self.named(&["id", "display_name"])) };
        Ok(pairs(read::search(self, &wanted, &Filter::All(vec![named, narrowed]))?))
    }

    fn name_get(&self, mut arguments: Arguments) -> Result<Value, ObjectError> {
        self.require("read")?;
        let ids = self.visible(arguments.ids()?);
        arguments.end()?;
        let rows = read::by_ids(self, &Wanted::of(self.model, self.named(&["id", "display_name"])), &ids)?;
        let found: HashSet<i32> = rows.iter().filter_map(read::id_of).collect();
        match ids.iter().find(|id| !found.contains(id)) {
            Some(id) => Err(self.missing(*id)),
            None => Ok(pairs(rows)),
        }
    }

    /// A row of nothing but its name: its id, and what it is shown as.
    fn name_create(&self, mut arguments: Arguments) -> Result<Value, ObjectError> {
        self.require("create")?;
        let name = arguments.required("name")?;
        arguments.end()?;
        let made = write::create(self, vec![Map::from_iter([("name".to_owned(), name)])])?;
        let mut rows = read::by_ids(self, &Wanted::of(self.model, self.named(&["id", "display_name"])), &made)?;
        Ok(rows.pop().map_or(Value::Bool(false), pair))
    }

    fn exists(&self, mut arguments: Arguments) -> Result<Value, ObjectError> {
        self.require("read")?;
        let ids = self.visible(arguments.ids()?);
        arguments.end()?;
        Ok(self.app.store.read(|db| self.existing(db, &ids))?.into_iter().map(Value::from).collect())
    }

    /// `offset`, `limit` and `order`, which follow on the domain (and the fields).
    fn wanted(
        &self,
        arguments: &mut Arguments,
        domain: &Value,
        fields: &[&str],
    ) -> Result<(Wanted<'a>, Filter), ObjectError> {
        let filter = self.filter(domain, &arguments.context)?;
        let offset = arguments.number("offset")?.unwrap_or(0);
        let limit = limited(arguments.number("limit")?);
        let order = read::order(self.model, arguments.text("order")?.as_deref())?;
        Ok((Wanted { order, limit, offset, ..Wanted::of(self.model, self.named(fields)) }, filter))
    }

    /// The domain, and what holds of all that this caller is shown. `false` is no condition, as in Odoo.
    fn filter(&self, domain: &Value, context: &Map<String, Value>) -> Result<Filter, ObjectError> {
        let filter = if *domain == Value::Bool(false) { Filter::Constant(true) } else { parse(domain)? };
        Ok(self.narrowed(filter, context))
    }

    fn named(&self, names: &[&str]) -> Vec<&'a Field> {
        names.iter().filter_map(|name| self.model.field(name)).collect()
    }

    fn count(&self, filter: &Filter) -> Result<i64, ObjectError> {
        match &self.model.rows {
            Rows::Memory(rows) => Ok(i64::try_from(search::rows(self, rows, filter)?.len()).unwrap_or(i64::MAX)),
            Rows::Table { table, .. } => {
                let found = search::condition(self, filter)?;
                let condition = query::Condition::All(vec![self.model.rows.scope(), found]);
                Ok(self.app.store.read(|db| query::count(db, table, &condition))?)
            }
        }
    }

    pub fn existing(&self, db: &mut Db, ids: &[i32]) -> Result<Vec<i32>, ObjectError> {
        let found = read::existing(self, db, ids)?;
        let found: HashSet<i32> = found.into_iter().collect();
        Ok(ids.iter().copied().filter(|id| found.contains(id)).collect())
    }

    pub fn all_exist(&self, db: &mut Db, ids: &[i32]) -> Result<(), ObjectError> {
        let existing: HashSet<i32> = self.existing(db, ids)?.into_iter().collect();
        match ids.iter().find(|id| !existing.contains(id)) {
            Some(id) => Err(self.missing(*id)),
            None => Ok(()),
        }
    }

    pub fn missing(&self, id: i32) -> ObjectError {
        ObjectError::Missing { model: self.model.name.clone(), id, user: self.caller.user.map_or(0, |user| user.0) }
    }

    /// The field that a caller wants to set.
    pub fn settable(&self, name: &str) -> Result<&'a Field, ObjectError> {
        let field = self.model.field(name).ok_or_else(|| unknown_field(&self.model.name, name))?;
        match field.readonly {
            true => Err(ObjectError::Value(format!("The field '{name}' of '{}' can't be written", self.model.name))),
            false => Ok(field),
        }
    }
}

/// Rows of which one of the names compares so; with a negative operator, all of them.
fn named_so(model: &Model, operator: &str, name: &str) -> Result<Filter, ObjectError> {
    let leaf = |field: &&str| Ok::<_, ObjectError>(parse(&json!([[field, operator, name]]))?);
    let leaves = model.names().iter().map(leaf).collect::<Result<Vec<_>, _>>()?;
    let negative = Operator::from_code(operator).is_some_and(Operator::is_negative);
    Ok(if negative { Filter::All(leaves) } else { Filter::Any(leaves) })
}

/// Odoo reads a limit of 0 as none.
fn limited(limit: Option<i64>) -> Option<i64> {
    Some(limit.filter(|limit| *limit > 0).unwrap_or(MOST).min(MOST))
}

fn objects(rows: Vec<Map<String, Value>>) -> Value {
    rows.into_iter().map(Value::Object).collect()
}

fn pairs(rows: Vec<Map<String, Value>>) -> Value {
    rows.into_iter().map(pair).collect()
}

fn pair(mut row: Map<String, Value>) -> Value {
    json!([row.remove("id"), row.remove("display_name")])
}
