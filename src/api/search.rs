//! From a client's domain to rows: every field, operator and value is checked against the model before the
//! database hears of it, and so are the caller's rights on every model that a path leads through.

use serde_json::Value;

use super::ApiCall;
use super::fault::ObjectError;
use super::model::{ApiField, Description, FieldKind, FieldType, Inverse, OTHER, OWN, Rows, Values};
use crate::domain::filter::{Domain, Leaf, Operator, Pattern, matches, python, within_itself};
use crate::domain::moment_of;
use crate::domain::rights::Right;
use crate::operations::client::{Bind, Column, Comparison, Condition, Table, in_time};
use crate::say;

/// Paths over relational fields at most this long.
const DEEPEST: usize = 4;

/// The condition that a filter means for a model with a table.
pub(super) fn condition<'a>(call: &ApiCall<'a>, filter: &Domain) -> Result<Condition<'a>, ObjectError> {
    let all = |filters: &[Domain]| filters.iter().map(|one| condition(call, one)).collect::<Result<Vec<_>, _>>();
    Ok(match filter {
        Domain::Constant(constant) => Condition::Constant(*constant),
        Domain::All(filters) => Condition::All(all(filters)?),
        Domain::Any(filters) => Condition::Any(all(filters)?),
        Domain::Not(filter) => Condition::Not(Box::new(condition(call, filter)?)),
        Domain::Leaf(leaf) => of_leaf(call, leaf, &leaf.field, 0)?,
    })
}

/// `path` is what is left of the leaf's at this model.
fn invalid(model: &Description, name: &str, leaf: &Leaf, path: &str) -> ObjectError {
    let leaf = Leaf { field: path.to_owned(), ..leaf.clone() };
    ObjectError::Value(say!("api-search-field", model = model.name, name, leaf = leaf.to_string()).to_string())
}

/// `in` takes a list; true and false stand for "has a value" and "has none".
fn listed(leaf: &Leaf) -> Result<(), ObjectError> {
    match (leaf.operator, &leaf.value) {
        (Operator::In | Operator::NotIn, value) if !value.is_array() && !value.is_boolean() => {
            Err(ObjectError::Value(say!("api-search-term", leaf = leaf.to_string()).to_string()))
        }
        _ => Ok(()),
    }
}

/// Text against a many2one means the name of what it points to.
fn is_by_name(leaf: &Leaf) -> bool {
    let texts = |values: &Vec<Value>| !values.is_empty() && values.iter().all(Value::is_string);
    leaf.operator.is_pattern() || leaf.value.is_string() || leaf.value.as_array().is_some_and(texts)
}

fn of_leaf<'a>(call: &ApiCall<'a>, leaf: &Leaf, path: &str, depth: usize) -> Result<Condition<'a>, ObjectError> {
    let model = call.model;
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let field = model.field(name).ok_or_else(|| invalid(model, name, leaf, path))?;
    if leaf.operator.is_of_a_tree() && rest.is_none() {
        return in_tree(call, field, leaf, depth);
    }
    if let Some(link) = &field.linked {
        return linked(call, field, link, leaf, rest, depth);
    }
    if let (Some(named), None | Some("id" | "model")) = (field.model_in, rest) {
        return model_id(call, leaf, named);
    }
    if let Some(inverse) = field.inverse {
        return held(call, field, inverse, leaf, rest, depth);
    }
    listed(leaf)?;
    let column = model
        .column(name)
        .ok_or_else(|| ObjectError::Value(say!("api-search-computed", name, model = model.name).to_string()))?;
    match rest {
        Some(rest) if field.kind == FieldKind::Many2one && depth < DEEPEST => {
            let other = through(call, field)?;
            let inner = Condition::All(vec![other.only_visible(), of_leaf(&other, leaf, rest, depth + 1)?]);
            related(&other, column, inner)
        }
        Some(_) => Err(invalid(model, path, leaf, path)),
        None if field.kind == FieldKind::Many2one && is_by_name(leaf) => by_name(call, field, column, leaf),
        None => compare(column, field, leaf),
    }
}

/// What stands below or above some rows of a tree, by their ids or names; elsewhere these rows alone.
fn in_tree<'a>(
    call: &ApiCall<'a>,
    field: &'a ApiField,
    leaf: &Leaf,
    depth: usize,
) -> Result<Condition<'a>, ObjectError> {
    let is_own = field.name == "id";
    let other = if is_own { Some(*call) } else { call.other(field).filter(|_| field.kind == FieldKind::Many2one) };
    let tree = other.and_then(|other| {
        let model: &'a Description = other.model;
        Some((other, model.table()?, model.parent()?, call.model.column(&field.name)?))
    });
    let Some((other, table, parent, column)) = tree else {
        return leaves(call, &within_itself(&field.name, &leaf.value), depth);
    };
    let found = leaves(&other, &within_itself("id", &leaf.value), depth)?;
    let condition = Box::new(Condition::All(vec![other.model.rows.scope(&found), found]));
    Ok(Condition::InTree { column, table, parent, up: leaf.operator == Operator::ParentOf, condition })
}

/// A domain that was made here, of fields of the model itself.
fn leaves<'a>(call: &ApiCall<'a>, domain: &Domain, depth: usize) -> Result<Condition<'a>, ObjectError> {
    match domain {
        Domain::Leaf(leaf) => of_leaf(call, leaf, &leaf.field, depth + 1),
        Domain::Any(all) => {
            Ok(Condition::Any(all.iter().map(|one| leaves(call, one, depth)).collect::<Result<_, _>>()?))
        }
        _ => Ok(Condition::Constant(false)),
    }
}

/// A many2many: a table says what is held.
fn linked<'a>(
    call: &ApiCall<'a>,
    field: &'a ApiField,
    link: &'a Table,
    leaf: &Leaf,
    rest: Option<&str>,
    depth: usize,
) -> Result<Condition<'a>, ObjectError> {
    let other = through(call, field)?;
    let (Some(column), Some(table), Some(back), Some(theirs)) =
        (call.model.column("id"), other.model.table(), link.column(OWN), link.column(OTHER))
    else {
        return Err(no_way(field));
    };
    let holds = |inner: Condition<'a>| {
        let held =
            Condition::Related(theirs, table, Box::new(Condition::All(vec![other.model.rows.scope(&inner), inner])));
        Condition::Holds { column, table: link, back, condition: Box::new(held) }
    };
    let positive = Leaf { operator: leaf.operator.positive(), ..leaf.clone() };
    let found = match rest {
        Some(rest) if depth < DEEPEST => return Ok(holds(of_leaf(&other, leaf, rest, depth + 1)?)),
        Some(rest) => return Err(invalid(call.model, rest, leaf, rest)),
        // "= False" asks for those without any, "!= False" for the others.
        None if leaf.is_unset() => opposite(holds(Condition::Constant(true))),
        None if is_by_name(leaf) => {
            let named = |name: &&str| of_leaf(&other, &positive, name, depth + 1);
            holds(Condition::Any(other.names().iter().map(named).collect::<Result<_, _>>()?))
        }
        None => holds(of_leaf(&other, &positive, "id", depth + 1)?),
    };
    Ok(if positive.operator == leaf.operator { found } else { opposite(found) })
}

/// Names of what a many2one points to are shown to everybody who sees the row: no further right is asked for, and nothing
/// but what is shown is looked at.
fn by_name<'a>(
    call: &ApiCall<'a>,
    field: &'a ApiField,
    column: &'a Column,
    leaf: &Leaf,
) -> Result<Condition<'a>, ObjectError> {
    // "not like" of a name also holds where there is none: the opposite of "like".
    let positive = leaf.operator.positive();
    let other = call.other(field).ok_or_else(|| no_way(field))?;
    let named = |name: &&str| {
        let leaf = Leaf { field: (*name).to_owned(), operator: positive, value: leaf.value.clone() };
        of_leaf(&other, &leaf, name, 0)
    };
    let named = Condition::Any(other.names().iter().map(named).collect::<Result<_, _>>()?);
    let found = related(&other, column, named)?;
    Ok(if positive == leaf.operator { found } else { Condition::Not(Box::new(found)) })
}

/// The model that a field leads to, which the caller must be allowed to read.
fn through<'a>(call: &ApiCall<'a>, field: &ApiField) -> Result<ApiCall<'a>, ObjectError> {
    let other = call.other(field).ok_or_else(|| no_way(field))?;
    other.require(Right::Read)?;
    Ok(other)
}

fn no_way(field: &ApiField) -> ObjectError {
    ObjectError::Value(say!("api-search-through-field", field = field.name).to_string())
}

fn related<'a>(other: &ApiCall<'a>, column: &'a Column, inner: Condition<'a>) -> Result<Condition<'a>, ObjectError> {
    let table = other
        .model
        .table()
        .ok_or_else(|| ObjectError::Value(say!("api-search-through-model", model = other.model.name).to_string()))?;
    let all = Condition::All(vec![other.model.rows.scope(&inner), inner]);
    Ok(Condition::Related(column, table, Box::new(all)))
}

/// A one2many: its rows point back.
fn held<'a>(
    call: &ApiCall<'a>,
    field: &'a ApiField,
    inverse: Inverse,
    leaf: &Leaf,
    rest: Option<&str>,
    depth: usize,
) -> Result<Condition<'a>, ObjectError> {
    let other = through(call, field)?;
    let id = ApiField { name: "id".into(), kind: FieldKind::Integer.into(), ..ApiField::default() };
    let (Some(own), Some(table), Some(back), Some(theirs)) =
        (call.model.column("id"), other.model.table(), other.model.column(inverse.column), other.model.column("id"))
    else {
        return Err(no_way(field));
    };
    let holds = |inner: Condition<'a>| {
        let all = Condition::All(vec![
            other.model.rows.scope(&inner),
            other.only_visible(),
            belongs(call, &other, inverse),
            inner,
        ]);
        Condition::Holds { column: own, table, back, condition: Box::new(all) }
    };
    match (rest, leaf.operator) {
        (Some(rest), _) if depth < DEEPEST => Ok(holds(of_leaf(&other, leaf, rest, depth + 1)?)),
        (Some(rest), _) => Err(invalid(call.model, rest, leaf, rest)),
        // "= False" asks for those without any, "!= False" for the others.
        (None, Operator::Equal) if leaf.is_unset() => Ok(opposite(holds(Condition::Constant(true)))),
        (None, Operator::NotEqual) if leaf.is_unset() => Ok(holds(Condition::Constant(true))),
        (None, Operator::NotEqual | Operator::NotIn) => {
            let operator = if leaf.operator == Operator::NotIn { Operator::In } else { Operator::Equal };
            Ok(opposite(holds(compare(theirs, &id, &Leaf { operator, ..leaf.clone() })?)))
        }
        (None, operator) if operator.is_pattern() => Ok(holds(of_leaf(&other, leaf, "display_name", depth + 1)?)),
        (None, _) => Ok(holds(compare(theirs, &id, leaf)?)),
    }
}

/// Rows of several models may share the table that a one2many looks into: then they say which one they belong to.
pub(super) fn belongs<'a>(call: &ApiCall<'a>, other: &ApiCall<'a>, inverse: Inverse) -> Condition<'a> {
    match inverse.model.and_then(|name| other.model.column(name)) {
        Some(column) => Condition::Compare(column, Comparison::Equal, Bind::Text(call.model.name.clone())),
        None => Condition::Constant(true),
    }
}

/// A many2one to `ir.model`, which stands in the table as the model's name.
fn model_id<'a>(call: &ApiCall<'a>, leaf: &Leaf, named: &str) -> Result<Condition<'a>, ObjectError> {
    let models = call.models;
    let column = |operator: Operator, value: Value| {
        let leaf = Leaf { field: named.into(), operator, value };
        of_leaf(call, &leaf, named, 0)
    };
    if is_by_name(leaf) {
        let wanted = Domain::Leaf(Leaf { operator: leaf.operator.positive(), ..leaf.clone() });
        let is_it = |text: &str| matches(&wanted, &|_| Value::from(text));
        let found = models.all().iter().filter(|model| is_it(&model.label) || is_it(&model.name));
        let found = found.map(|model| Value::from(model.name.as_str())).collect();
        return column(if leaf.operator.is_negative() { Operator::NotIn } else { Operator::In }, found);
    }
    let name = |value: &Value| match value.as_i64() {
        Some(id) => Value::from(models.by_id(id).map_or(String::new(), |model| model.name.clone())),
        None => value.clone(),
    };
    column(
        leaf.operator,
        match &leaf.value {
            Value::Array(values) => Value::Array(values.iter().map(name).collect()),
            single => name(single),
        },
    )
}

/// One leaf against one column: what the operator means for the field's type, every value checked and bound.
fn compare<'a>(column: &'a Column, field: &ApiField, leaf: &Leaf) -> Result<Condition<'a>, ObjectError> {
    let condition = match leaf.operator {
        Operator::Equal => equal(column, field, leaf, &leaf.value)?,
        Operator::EqualIfSet if leaf.is_unset() => Condition::Constant(true),
        Operator::EqualIfSet => equal(column, field, leaf, &leaf.value)?,
        Operator::NotEqual => {
            let other = opposite(equal(column, field, leaf, &leaf.value)?);
            match leaf.asks_for_a_value() && field.kind != FieldKind::Boolean {
                true => Condition::All(vec![opposite(Condition::Empty(column)), other]),
                false => other,
            }
        }
        Operator::In => one_of(column, field, leaf)?,
        Operator::NotIn => opposite(one_of(column, field, leaf)?),
        Operator::Less => ordered(column, field, leaf, Comparison::Less)?,
        Operator::LessOrEqual => ordered(column, field, leaf, Comparison::LessOrEqual)?,
        Operator::Greater => ordered(column, field, leaf, Comparison::Greater)?,
        Operator::GreaterOrEqual => ordered(column, field, leaf, Comparison::GreaterOrEqual)?,
        pattern => like(column, field, leaf, pattern)?,
    };
    Ok(condition)
}

fn opposite(condition: Condition<'_>) -> Condition<'_> {
    Condition::Not(Box::new(condition))
}

fn equal<'a>(column: &'a Column, field: &ApiField, leaf: &Leaf, value: &Value) -> Result<Condition<'a>, ObjectError> {
    if matches!(value, Value::Null | Value::Bool(false)) {
        let empty = Condition::Empty(column);
        return Ok(match field.kind {
            FieldType::Of(FieldKind::Boolean) => {
                Condition::Any(vec![empty, Condition::Compare(column, Comparison::Equal, Bind::Boolean(false))])
            }
            _ => empty,
        });
    }
    Ok(Condition::Compare(column, Comparison::Equal, bind(field, leaf, value)?))
}

fn one_of<'a>(column: &'a Column, field: &ApiField, leaf: &Leaf) -> Result<Condition<'a>, ObjectError> {
    let values = match &leaf.value {
        Value::Array(values) => values.as_slice(),
        Value::Bool(wanted) => {
            let empty = equal(column, field, leaf, &Value::Bool(false))?;
            return Ok(if *wanted { opposite(empty) } else { empty });
        }
        single => std::slice::from_ref(single),
    };
    let is_empty = |value: &&Value| matches!(value, Value::Null | Value::Bool(false));
    let given = values.iter().filter(|value| !is_empty(value));
    let given = Condition::OneOf(column, given.map(|value| bind(field, leaf, value)).collect::<Result<_, _>>()?);
    Ok(match values.iter().find(is_empty) {
        Some(empty) => Condition::Any(vec![given, equal(column, field, leaf, empty)?]),
        None => given,
    })
}

fn ordered<'a>(
    column: &'a Column,
    field: &ApiField,
    leaf: &Leaf,
    comparison: Comparison,
) -> Result<Condition<'a>, ObjectError> {
    match leaf.value {
        Value::Null | Value::Bool(_) if field.kind != FieldKind::Boolean => Ok(Condition::Constant(false)),
        _ => Ok(Condition::Compare(column, comparison, bind(field, leaf, &leaf.value)?)),
    }
}

fn like<'a>(
    column: &'a Column,
    field: &ApiField,
    leaf: &Leaf,
    operator: Operator,
) -> Result<Condition<'a>, ObjectError> {
    if matches!(field.kind, FieldType::Of(FieldKind::Boolean) | FieldType::Binary) {
        return Err(ObjectError::Value(say!("api-search-operator", leaf = leaf.to_string()).to_string()));
    }
    let text = match &leaf.value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(false) => String::new(),
        Value::Bool(true) => python(&leaf.value),
        _ => return Err(wrong_value(leaf, &leaf.value)),
    };
    let like = Condition::Like(column, Pattern::new(operator, &clean(&text)));
    let whole = matches!(operator, Operator::EqualLike | Operator::EqualIlike);
    Ok(match (operator.is_negative(), text.is_empty() && !whole) {
        (true, _) => opposite(like),
        (false, true) => Condition::Constant(true),
        (false, false) => like,
    })
}

/// A value as the field's type, or a fault that names it.
fn bind(field: &ApiField, leaf: &Leaf, value: &Value) -> Result<Bind, ObjectError> {
    let wrong = || wrong_value(leaf, value);
    let text = || value.as_str().map(clean);
    Ok(match field.kind {
        FieldType::Of(FieldKind::Integer | FieldKind::Many2one) => Bind::Integer(match value {
            Value::Number(number) => number.as_i64().ok_or_else(wrong)?,
            Value::String(text) => text.trim().parse().map_err(|_| wrong())?,
            _ => return Err(wrong()),
        }),
        FieldType::Of(FieldKind::Boolean) => Bind::Boolean(match value {
            Value::Bool(boolean) => *boolean,
            Value::Number(number) => number.as_i64() != Some(0),
            Value::String(text) => !text.is_empty(),
            _ => return Err(wrong()),
        }),
        FieldType::Of(FieldKind::Datetime) => Bind::Moment(moment_of(&text().ok_or_else(wrong)?).ok_or_else(wrong)?),
        FieldType::Of(FieldKind::Date) => Bind::Date(moment_of(&text().ok_or_else(wrong)?).ok_or_else(wrong)?.date()),
        _ => Bind::Text(match value {
            Value::Number(number) => number.to_string(),
            Value::Bool(true) => python(value),
            _ => text().ok_or_else(wrong)?,
        }),
    })
}

/// PostgreSQL takes no NUL, and no stored text has one.
fn clean(text: &str) -> String {
    text.replace('\0', "")
}

fn wrong_value(leaf: &Leaf, value: &Value) -> ObjectError {
    ObjectError::Value(say!("api-search-value", value = python(value), leaf = leaf.to_string()).to_string())
}

/// Of rows that are in memory (`ir.model` and `ir.model.fields`) those that pass, in their own order. Every field of the filter is checked.
pub(super) fn in_memory(call: &ApiCall<'_>, rows: &[Values], filter: &Domain) -> Result<Vec<Values>, ObjectError> {
    let filter = checked(call, filter)?;
    let mut found = Vec::new();
    for row in rows {
        // A domain may be long: the deadline of the call holds here as it does in the database.
        in_time()?;
        if matches(&filter, &|path| value(call, row, path)) {
            found.push(row.clone());
        }
    }
    Ok(found)
}

/// The filter with each field of it known, and texts compared with the name of what a many2one points to.
fn checked(call: &ApiCall<'_>, filter: &Domain) -> Result<Domain, ObjectError> {
    let all = |filters: &[Domain]| filters.iter().map(|one| checked(call, one)).collect::<Result<Vec<_>, _>>();
    Ok(match filter {
        Domain::Constant(constant) => Domain::Constant(*constant),
        Domain::All(filters) => Domain::All(all(filters)?),
        Domain::Any(filters) => Domain::Any(all(filters)?),
        Domain::Not(filter) => Domain::Not(Box::new(checked(call, filter)?)),
        Domain::Leaf(leaf) if leaf.operator.is_of_a_tree() => checked(call, &within_itself(&leaf.field, &leaf.value))?,
        Domain::Leaf(leaf) => {
            let field = field_at(call, leaf, &leaf.field, 0)?;
            listed(leaf)?;
            if field.kind != FieldKind::Many2one || !is_by_name(leaf) {
                return Ok(Domain::Leaf(leaf.clone()));
            }
            // A model is known by both of its names.
            let names = [format!("{}/label", leaf.field), format!("{}.model", leaf.field)];
            let of_name = |field: String| Domain::Leaf(Leaf { field, ..leaf.clone() });
            match leaf.operator.is_negative() {
                true => Domain::All(names.map(of_name).into()),
                false => Domain::Any(names.map(of_name).into()),
            }
        }
    })
}

/// The field at the end of a path, whose way the caller may go.
fn field_at<'a>(call: &ApiCall<'a>, leaf: &Leaf, path: &str, depth: usize) -> Result<&'a ApiField, ObjectError> {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let field = call.model.field(name).ok_or_else(|| invalid(call.model, name, leaf, path))?;
    match (rest, call.other(field)) {
        (None, _) => Ok(field),
        (Some(rest), Some(other)) if field.kind == FieldKind::Many2one && depth < DEEPEST => {
            other.require(Right::Read)?;
            field_at(&other, leaf, rest, depth + 1)
        }
        _ => Err(invalid(call.model, path, leaf, path)),
    }
}

fn value(call: &ApiCall<'_>, row: &Values, path: &str) -> Value {
    let told = |name: &str| call.model.deeds.told(call, row, name);
    let get = |name: &str| told(name).unwrap_or_else(|| row.get(name).cloned().unwrap_or(Value::Null));
    let Some((name, rest)) = path.split_once('.') else { return get(path) };
    let (id, other) = (get(name), call.model.field(name).and_then(|field| call.other(field)));
    let found = other.and_then(|other| match &other.model.rows {
        Rows::Memory(rows) => Some((other, rows.iter().find(|row| row.get("id") == Some(&id))?)),
        Rows::Table { .. } => None,
    });
    found.map_or(Value::Null, |(other, found)| value(&other, found, rest))
}
