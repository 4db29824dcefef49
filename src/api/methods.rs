//! The methods that every model has, with the arguments of Odoo 17.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::arguments::{CallArguments, is_nothing, text};
use super::fault::ObjectError;
use super::model::{ApiField, Description, FieldKind, Rows, Values};
use super::read::{self, ReadRequest};
use super::{ApiCall, groups, load, search};
use crate::domain::Invalid;
use crate::domain::filter::{self, Domain, Operator};
use crate::domain::rights::Right;
use crate::operations::OperationError;
use crate::operations::client::{self, Condition, Db};
use crate::say;

/// Rows that one answer holds at most where no limit is given, so that none grows without bounds.
pub(super) const MOST: i64 = 100_000;

pub(super) fn of_every_model(call: &ApiCall<'_>, method: &str, arguments: CallArguments) -> Result<Value, ObjectError> {
    match method {
        "search" => reads(call, arguments, search),
        "search_count" => reads(call, arguments, search_count),
        "search_read" => reads(call, arguments, search_read),
        "read" => reads(call, arguments, read),
        "name_search" => reads(call, arguments, name_search),
        "read_group" => reads(call, arguments, groups::read_group),
        "export_data" => reads(call, arguments, load::export_data),
        "load" => load::load(call, arguments),
        "formatted_read_group" => reads(call, arguments, groups::formatted_read_group),
        "name_get" => reads(call, arguments, name_get),
        "exists" => reads(call, arguments, exists),
        "create" => create(call, arguments),
        "write" => write(call, arguments),
        "unlink" => unlink(call, arguments),
        "action_archive" => archive(call, arguments, true),
        "action_unarchive" => archive(call, arguments, false),
        "name_create" => name_create(call, arguments),
        "fields_get" => fields_get(call, arguments),
        "default_get" => default_get(call, arguments),
        "check_access_rights" => check_access_rights(call, arguments),
        "has_access" => reads(call, arguments, has_access),
        _ => Err(ObjectError::UnknownMethod { model: call.model.name.clone(), method: method.to_owned() }),
    }
}

/// What only reads has the API's share of the connections, and a deadline for all that it asks.
fn reads(
    call: &ApiCall<'_>,
    arguments: CallArguments,
    method: fn(&ApiCall<'_>, CallArguments) -> Result<Value, ObjectError>,
) -> Result<Value, ObjectError> {
    client::reading(call.app, call.caller, || method(call, arguments))
}

fn search(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    call.require(Right::Read)?;
    let domain = arguments.domain()?;
    let (wanted, filter) = wanted(call, &mut arguments, &domain, &["id"])?;
    arguments.end()?;
    Ok(read::ids(call, &wanted, &filter)?.into_iter().map(Value::from).collect())
}

fn search_count(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    call.require(Right::Read)?;
    let domain = arguments.domain()?;
    let filter = filter(call, &domain, &arguments.context)?;
    let limit = arguments.number("limit")?.filter(|limit| *limit > 0).unwrap_or(i64::MAX);
    arguments.end()?;
    Ok(json!(count(call, &filter)?.min(limit)))
}

fn search_read(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    call.require(Right::Read)?;
    let domain = arguments.optional("domain").unwrap_or(Value::Bool(false));
    let names = arguments.names("fields")?;
    let (mut wanted, filter) = wanted(call, &mut arguments, &domain, &[])?;
    wanted.fields = read::fields(call.model, names.as_deref())?;
    wanted.bare = arguments.load()?;
    arguments.end()?;
    Ok(objects(read::search(call, &wanted, &filter)?))
}

fn read(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    call.require(Right::Read)?;
    let ids = arguments.ids()?;
    let names = arguments.names("fields")?;
    let bare = arguments.load()?;
    arguments.end()?;
    let wanted = ReadRequest { bare, ..ReadRequest::of(call.model, read::fields(call.model, names.as_deref())?) };
    Ok(objects(read::by_ids(call, &wanted, &ids)?))
}

fn create(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    call.require(Right::Create)?;
    let values = arguments.required("vals_list")?;
    let defaults = from_context(call.model, &arguments.context);
    arguments.end()?;
    let members = |values| match values {
        Value::Object(values) => Ok(defaults.clone().into_iter().chain(values).collect()),
        _ => Err(ObjectError::Argument(say!("api-create-values").to_string())),
    };
    match values {
        Value::Array(list) => {
            let list = list.into_iter().map(members).collect::<Result<Vec<_>, _>>()?;
            Ok(json!(make(call, list)?))
        }
        single => Ok(json!(make(call, vec![members(single)?])?.first())),
    }
}

fn write(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    call.require(Right::Write)?;
    let ids = arguments.ids()?;
    let values = arguments.object("vals")?;
    arguments.end()?;
    change(call, &ids, values)?;
    Ok(Value::Bool(true))
}

fn unlink(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    call.require(Right::Unlink)?;
    let ids = arguments.ids()?;
    arguments.end()?;
    // What is gone already stays gone, as in Odoo.
    in_transaction(call, |db| {
        call.model.deeds.changeable(db, &ids)?;
        call.existing(db, &ids)?.iter().try_for_each(|id| call.model.deeds.unlink(call, db, *id))
    })?;
    Ok(Value::Bool(true))
}

fn archive(call: &ApiCall<'_>, mut arguments: CallArguments, archived: bool) -> Result<Value, ObjectError> {
    call.require(Right::Write)?;
    let ids = arguments.ids()?;
    arguments.end()?;
    change(call, &ids, Map::from_iter([("active".to_owned(), Value::Bool(!archived))]))?;
    Ok(Value::Bool(true))
}

fn name_search(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    call.require(Right::Read)?;
    let name = arguments.text("name")?.unwrap_or_default();
    let domain = arguments.renamed("args", "domain").unwrap_or(Value::Bool(false));
    let operator = arguments.text("operator")?.unwrap_or_else(|| "ilike".to_owned());
    let limit = arguments.number("limit")?.or(Some(100));
    let narrowed = filter(call, &domain, &arguments.context)?;
    arguments.end()?;
    let by_name = if name.is_empty() && operator == "ilike" {
        Domain::Constant(true)
    } else {
        named_so(call.model, &operator, &name)?
    };
    let (order, limit) = (read::order(call.model, None)?, limited(limit));
    let wanted = ReadRequest { order, limit, ..ReadRequest::of(call.model, named(call, &["id", "display_name"])) };
    Ok(pairs(read::search(call, &wanted, &Domain::All(vec![by_name, narrowed]))?))
}

fn name_get(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    call.require(Right::Read)?;
    let ids = call.visible(arguments.ids()?);
    arguments.end()?;
    let rows = read::by_ids(call, &ReadRequest::of(call.model, named(call, &["id", "display_name"])), &ids)?;
    let found: HashSet<i32> = rows.iter().filter_map(read::id_of).collect();
    match ids.iter().find(|id| !found.contains(id)) {
        Some(id) => Err(call.missing(*id)),
        None => Ok(pairs(rows)),
    }
}

/// A row of nothing but its name: its id, and what it is shown as.
fn name_create(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    call.require(Right::Create)?;
    let name = arguments.required("name")?;
    arguments.end()?;
    let made = make(call, vec![Map::from_iter([("name".to_owned(), name)])])?;
    let mut rows = read::by_ids(call, &ReadRequest::of(call.model, named(call, &["id", "display_name"])), &made)?;
    Ok(rows.pop().map_or(Value::Bool(false), pair))
}

fn exists(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    call.require(Right::Read)?;
    let ids = arguments.ids()?;
    arguments.end()?;
    Ok(call.app.store.read(|db| call.existing(db, &ids))?.into_iter().map(Value::from).collect())
}

/// `offset`, `limit` and `order`, which follow on the domain (and the fields).
fn wanted<'a>(
    call: &ApiCall<'a>,
    arguments: &mut CallArguments,
    domain: &Value,
    fields: &[&str],
) -> Result<(ReadRequest<'a>, Domain), ObjectError> {
    let filter = filter(call, domain, &arguments.context)?;
    let offset = arguments.number("offset")?.unwrap_or(0);
    let limit = limited(arguments.number("limit")?);
    let order = read::order(call.model, arguments.text("order")?.as_deref())?;
    Ok((ReadRequest { order, limit, offset, ..ReadRequest::of(call.model, named(call, fields)) }, filter))
}

/// The domain, and what holds of all that this caller is shown. `false` is no condition, as in Odoo.
pub(super) fn filter(call: &ApiCall<'_>, domain: &Value, context: &Map<String, Value>) -> Result<Domain, ObjectError> {
    let filter = if *domain == Value::Bool(false) { Domain::Constant(true) } else { filter::parse(domain)? };
    Ok(call.narrowed(filter, context))
}

fn named<'a>(call: &ApiCall<'a>, names: &[&str]) -> Vec<&'a ApiField> {
    names.iter().filter_map(|name| call.model.field(name)).collect()
}

fn count(call: &ApiCall<'_>, filter: &Domain) -> Result<i64, ObjectError> {
    match &call.model.rows {
        Rows::Memory(rows) => Ok(i64::try_from(search::in_memory(call, rows, filter)?.len()).unwrap_or(i64::MAX)),
        Rows::Table { table, .. } => {
            let found = search::condition(call, filter)?;
            let condition = Condition::All(vec![call.model.rows.scope(&found), found]);
            call.app.store.read(|db| Ok(client::count(db, call.caller, call.model.object, table, condition)?))
        }
    }
}

/// Rows of which one of the names compares so; with a negative operator, all of them.
fn named_so(model: &Description, operator: &str, name: &str) -> Result<Domain, ObjectError> {
    let leaf = |field: &&str| Ok::<_, ObjectError>(filter::parse(&json!([[field, operator, name]]))?);
    let leaves = model.names.iter().map(leaf).collect::<Result<Vec<_>, _>>()?;
    let negative = Operator::from_code(operator).is_some_and(Operator::is_negative);
    Ok(if negative { Domain::All(leaves) } else { Domain::Any(leaves) })
}

/// Odoo reads a limit of 0 as none.
pub(super) fn limited(limit: Option<i64>) -> Option<i64> {
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

/// Makes a row of each, and gives their ids.
fn make(call: &ApiCall<'_>, mut list: Vec<Values>) -> Result<Vec<i32>, ObjectError> {
    list.iter_mut().try_for_each(|values| ready_to_make(call, values))?;
    call.model.deeds.create_all(call, &list)
}

fn ready_to_make(call: &ApiCall<'_>, values: &mut Values) -> Result<(), ObjectError> {
    settable(call, values)?;
    all_required(call, |name| values.get(name).is_none_or(is_unset))
}

/// Makes a row within the caller's transaction.
pub(super) fn make_in(call: &ApiCall<'_>, db: &mut Db, mut values: Values) -> Result<i32, ObjectError> {
    ready_to_make(call, &mut values)?;
    call.model.deeds.create(call, db, &values)
}

/// Writes these values to a row that is there, within the caller's transaction.
pub(super) fn change_in(call: &ApiCall<'_>, db: &mut Db, id: i32, mut values: Values) -> Result<(), ObjectError> {
    settable(call, &mut values)?;
    all_required(call, |name| values.get(name).is_some_and(is_unset))?;
    call.model.deeds.changeable(db, &[id])?;
    call.all_exist(db, &[id])?;
    call.model.deeds.write(call, db, id, &values)
}

/// Writes these values to each row.
fn change(call: &ApiCall<'_>, ids: &[i32], mut values: Values) -> Result<(), ObjectError> {
    settable(call, &mut values)?;
    all_required(call, |name| values.get(name).is_some_and(is_unset))?;
    call.model.deeds.write_all(call, ids, &values)
}

/// Does it to each row, if all are there, in one transaction.
pub(super) fn write_each(
    call: &ApiCall<'_>,
    ids: &[i32],
    work: impl Fn(&mut Db, i32) -> Result<(), ObjectError>,
) -> Result<(), ObjectError> {
    in_transaction(call, |db| {
        call.model.deeds.changeable(db, ids)?;
        call.all_exist(db, ids)?;
        ids.iter().try_for_each(|id| work(db, *id))
    })
}

/// Fields that Odoo sets itself: what a client sends for them is passed over, as there.
const OWN: [&str; 5] = ["id", "create_date", "create_uid", "write_date", "write_uid"];

fn settable(call: &ApiCall<'_>, values: &mut Map<String, Value>) -> Result<(), ObjectError> {
    values.retain(|name, _| !OWN.contains(&name.as_str()));
    values.keys().try_for_each(|name| call.settable(name).map(drop))
}

/// Odoo's words where the database would refuse a row because a value is missing.
fn all_required(call: &ApiCall<'_>, is_missing: impl Fn(&str) -> bool) -> Result<(), ObjectError> {
    let model = call.model;
    let starts_with = model.deeds.defaults(model);
    let missing =
        |field: &&ApiField| field.required && !starts_with.contains_key(&field.name) && is_missing(&field.name);
    match model.fields.iter().find(missing) {
        None => Ok(()),
        Some(field) => Err(OperationError::from(Invalid::new(
            field.name.clone(),
            say!("api-mandatory", label = model.label, model = model.name, field = field.label, name = field.name),
        ))
        .into()),
    }
}

fn is_unset(value: &Value) -> bool {
    matches!(value, Value::Null | Value::Bool(false)) || value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// How often a call begins anew where another one changed the same row at this very moment; as often as Odoo does.
const TRIES: usize = 5;

/// One transaction, with its audit, for all of a call: it does all, or leaves everything as it was.
pub(super) fn in_transaction<T>(
    call: &ApiCall<'_>,
    work: impl Fn(&mut Db) -> Result<T, ObjectError>,
) -> Result<T, ObjectError> {
    let mut tries = 1..TRIES;
    loop {
        match client::writing(call.app, call.caller, &work) {
            Err(ObjectError::Operation(OperationError::Conflict(_))) if tries.next().is_some() => {}
            outcome => return outcome,
        }
    }
}

/// Archives a row or takes it back into use, where `values` say so.
pub(super) fn set_active<T>(
    call: &ApiCall<'_>,
    values: &Map<String, Value>,
    set: impl FnOnce(bool) -> Result<T, OperationError>,
) -> Result<(), ObjectError> {
    if let (Some(active), Some(field)) = (values.get("active"), call.model.field("active")) {
        set(!text(call.model, field, active)?.is_empty())?;
    }
    Ok(())
}

fn fields_get(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    let (names, attributes) = fields_options(&mut arguments)?;
    arguments.end()?;
    let wanted = |field: &&ApiField| names.as_ref().is_none_or(|names| names.contains(&field.name));
    let described = call.model.fields.iter().filter(wanted).map(|field| {
        let mut members = description(field);
        if let Some(attributes) = &attributes {
            members.retain(|name, _| attributes.contains(name));
        }
        (field.name.clone(), Value::Object(members))
    });
    Ok(Value::Object(described.collect()))
}

type OptionalNames = Option<Vec<String>>;

/// Which fields, and what of them. Clients give either by name or by position, a struct of them where the named arguments
/// are not the second thing of a call (`execute`), and after Odoo 7's custom the attributes as the last of four lists.
fn fields_options(arguments: &mut CallArguments) -> Result<(OptionalNames, OptionalNames), ObjectError> {
    let mut given = arguments.positional();
    let options = given.iter().position(Value::is_object).map(|at| given.remove(at));
    let attributes = if given.len() > 1 { given.pop() } else { None };
    let names = if given.is_empty() { None } else { Some(given.swap_remove(0)) };
    if let Some(Value::Object(options)) = options {
        options.into_iter().for_each(|(name, value)| arguments.name(name, value));
    }
    for (name, value) in [("allfields", names), ("attributes", attributes)] {
        if let Some(value) = value.filter(|value| !is_nothing(value)) {
            arguments.name(name.to_owned(), value);
        }
    }
    Ok((arguments.names("allfields")?, arguments.names("attributes")?))
}

/// A field as `fields_get` tells it.
fn description(field: &ApiField) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("name".into(), json!(field.name));
    members.insert("string".into(), json!(field.label));
    members.insert("type".into(), json!(field.kind.code()));
    members.insert("required".into(), json!(field.required));
    members.insert("readonly".into(), json!(field.readonly));
    members.insert("store".into(), json!(!field.computed || field.linked.is_some()));
    let is_found = field.inverse.is_some() || field.model_in.is_some() || field.linked.is_some();
    let searchable = !field.computed || is_found;
    members.insert("searchable".into(), json!(searchable));
    members.insert("sortable".into(), json!(!field.computed));
    if let Some(relation) = &field.relation {
        members.insert("relation".into(), json!(relation));
    }
    if let Some(inverse) = field.inverse {
        members.insert("relation_field".into(), json!(inverse.column));
    }
    if field.kind == FieldKind::Selection {
        members.insert("selection".into(), json!(field.selection));
    }
    members
}

fn default_get(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    call.require(Right::Create)?;
    let names = arguments.renamed("fields_list", "fields");
    names.into_iter().for_each(|names| arguments.name("fields_list".to_owned(), names));
    let names = arguments.names("fields_list")?.unwrap_or_default();
    let mut defaults = call.model.deeds.defaults(call.model);
    defaults.extend(from_context(call.model, &arguments.context));
    arguments.end()?;
    let known = names.iter().filter_map(|name| Some((name.clone(), defaults.get(name)?.clone())));
    Ok(Value::Object(known.collect()))
}

/// The context's `default_<field>`: what the caller wants a new row to start with.
fn from_context(model: &Description, context: &Map<String, Value>) -> Map<String, Value> {
    let settable = |name: &str| model.field(name).is_some_and(|field| !field.readonly);
    let named = context.iter().filter_map(|(key, value)| Some((key.strip_prefix("default_")?, value)));
    named.filter(|(name, _)| settable(name)).map(|(name, value)| (name.to_owned(), value.clone())).collect()
}

fn check_access_rights(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    let operation = arguments.optional("operation").unwrap_or_default();
    let raise = arguments.flag("raise_exception")?.unwrap_or(true);
    arguments.end()?;
    match call.require(right_of(&operation)?) {
        Ok(()) => Ok(Value::Bool(true)),
        Err(ObjectError::Access(_)) if !raise => Ok(Value::Bool(false)),
        Err(error) => Err(error),
    }
}

pub(super) fn right_of(operation: &Value) -> Result<Right, ObjectError> {
    Ok(match operation.as_str() {
        Some("read") => Right::Read,
        Some("create") => Right::Create,
        Some("write") => Right::Write,
        Some("unlink") => Right::Unlink,
        _ => return Err(ObjectError::Assertion(say!("api-access-mode").to_string())),
    })
}

/// Whether the caller may do this to the model, and to all of these rows.
fn has_access(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    let ids = arguments.ids()?;
    let right = right_of(&arguments.required("operation")?)?;
    arguments.end()?;
    match call.require(right) {
        Ok(()) => Ok(Value::Bool(call.visible(ids.clone()).len() == ids.len())),
        Err(ObjectError::Access(_)) => Ok(Value::Bool(false)),
        Err(error) => Err(error),
    }
}
