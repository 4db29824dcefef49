//! From a client's domain to rows: every field, operator and value is checked against the model before the
//! database hears of it, and so are the caller's rights on every model that a path leads through.

mod compare;
mod memory;

use serde_json::Value;

use super::error::ObjectError;
use super::methods::Call;
use super::model::{Field, FieldType, Inverse, Model};
use crate::domain::filter::{Filter, Leaf, Operator, matches};
use crate::store::query::{Bind, Column, Comparison, Condition};
use compare::compare;

pub use memory::rows;

/// Paths over relational fields at most this long.
const DEEPEST: usize = 4;

/// The condition that a filter means for a model with a table.
pub fn condition<'a>(call: &Call<'a>, filter: &Filter) -> Result<Condition<'a>, ObjectError> {
    let all = |filters: &[Filter]| filters.iter().map(|one| condition(call, one)).collect::<Result<Vec<_>, _>>();
    Ok(match filter {
        Filter::Constant(constant) => Condition::Constant(*constant),
        Filter::All(filters) => Condition::All(all(filters)?),
        Filter::Any(filters) => Condition::Any(all(filters)?),
        Filter::Not(filter) => Condition::Not(Box::new(condition(call, filter)?)),
        Filter::Leaf(leaf) => of_leaf(call, leaf, &leaf.field, 0)?,
    })
}

/// `path` is what is left of the leaf's at this model.
fn invalid(model: &Model, name: &str, leaf: &Leaf, path: &str) -> ObjectError {
    let leaf = Leaf { field: path.to_owned(), ..leaf.clone() };
    ObjectError::Value(format!("Invalid field {}.{name} in leaf {leaf}", model.name))
}

/// `in` takes a list; true and false stand for "has a value" and "has none".
fn listed(leaf: &Leaf) -> Result<(), ObjectError> {
    match (leaf.operator, &leaf.value) {
        (Operator::In | Operator::NotIn, value) if !value.is_array() && !value.is_boolean() => {
            Err(ObjectError::Value(format!("Invalid domain term {leaf}")))
        }
        _ => Ok(()),
    }
}

/// Text against a many2one means the name of what it points to.
fn is_by_name(leaf: &Leaf) -> bool {
    let texts = |values: &Vec<Value>| !values.is_empty() && values.iter().all(Value::is_string);
    leaf.operator.is_pattern() || leaf.value.is_string() || leaf.value.as_array().is_some_and(texts)
}

fn of_leaf<'a>(call: &Call<'a>, leaf: &Leaf, path: &str, depth: usize) -> Result<Condition<'a>, ObjectError> {
    let model = call.model;
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let field = model.field(name).ok_or_else(|| invalid(model, name, leaf, path))?;
    if let (Some(named), None | Some("id" | "model")) = (field.names_model(), rest) {
        return model_id(call, leaf, named);
    }
    if let Some(inverse) = field.inverse {
        return held(call, field, inverse, leaf, rest, depth);
    }
    listed(leaf)?;
    let column = model.column(name).ok_or_else(|| {
        ObjectError::Value(format!(
            "The field '{name}' of '{}' is made when it is read: nothing to search by",
            model.name
        ))
    })?;
    match rest {
        Some(rest) if field.kind == FieldType::Many2one && depth < DEEPEST => {
            let other = through(call, field)?;
            let inner = Condition::All(vec![other.only_visible(), of_leaf(&other, leaf, rest, depth + 1)?]);
            related(&other, column, inner)
        }
        Some(_) => Err(invalid(model, path, leaf, path)),
        None if field.kind == FieldType::Many2one && is_by_name(leaf) => by_name(call, field, column, leaf),
        None => compare(column, field, leaf),
    }
}

/// Names of what a many2one points to are shown to everybody who sees the row: no further right is asked for, and nothing
/// but what is shown is looked at.
fn by_name<'a>(
    call: &Call<'a>,
    field: &'a Field,
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
fn through<'a>(call: &Call<'a>, field: &Field) -> Result<Call<'a>, ObjectError> {
    let other = call.other(field).ok_or_else(|| no_way(field))?;
    other.require("read")?;
    Ok(other)
}

fn no_way(field: &Field) -> ObjectError {
    ObjectError::Value(format!("Nothing can be searched through the field '{}'", field.name))
}

fn related<'a>(other: &Call<'a>, column: &'a Column, inner: Condition<'a>) -> Result<Condition<'a>, ObjectError> {
    let table = other.model.table().ok_or_else(|| {
        ObjectError::Value(format!("Nothing can be searched through the model '{}'", other.model.name))
    })?;
    let all = Condition::All(vec![other.model.rows.scope(), inner]);
    Ok(Condition::Related(column, table, Box::new(all)))
}

/// A one2many: its rows point back.
fn held<'a>(
    call: &Call<'a>,
    field: &'a Field,
    inverse: Inverse,
    leaf: &Leaf,
    rest: Option<&str>,
    depth: usize,
) -> Result<Condition<'a>, ObjectError> {
    let other = through(call, field)?;
    let id = Field { name: "id".into(), kind: FieldType::Integer, ..Field::default() };
    let (Some(own), Some(table), Some(back), Some(theirs)) =
        (call.model.column("id"), other.model.table(), other.model.column(inverse.column), other.model.column("id"))
    else {
        return Err(no_way(field));
    };
    // Rows of several models may share the table: then they say which one they belong to.
    let belongs = match inverse.model.and_then(|name| other.model.column(name)) {
        Some(column) => Condition::Compare(column, Comparison::Equal, Bind::Text(call.model.name.clone())),
        None => Condition::Constant(true),
    };
    let holds = |inner: Condition<'a>| {
        let all = Condition::All(vec![other.model.rows.scope(), other.only_visible(), belongs.clone(), inner]);
        Condition::Holds { column: own, table, back, condition: Box::new(all) }
    };
    let opposite = |condition| Condition::Not(Box::new(condition));
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

/// A many2one to `ir.model`, which stands in the table as the model's name.
fn model_id<'a>(call: &Call<'a>, leaf: &Leaf, named: &str) -> Result<Condition<'a>, ObjectError> {
    let catalogue = &call.app.objects;
    let column = |operator: Operator, value: Value| {
        let leaf = Leaf { field: named.into(), operator, value };
        of_leaf(call, &leaf, named, 0)
    };
    if is_by_name(leaf) {
        let wanted = Filter::Leaf(Leaf { operator: leaf.operator.positive(), ..leaf.clone() });
        let is_it = |text: &str| matches(&wanted, &|_| Value::from(text));
        let found = catalogue.all().iter().filter(|model| is_it(&model.label) || is_it(&model.name));
        let found = found.map(|model| Value::from(model.name.as_str())).collect();
        return column(if leaf.operator.is_negative() { Operator::NotIn } else { Operator::In }, found);
    }
    let name = |value: &Value| match value.as_i64() {
        Some(id) => Value::from(catalogue.by_id(id).map_or(String::new(), |model| model.name.clone())),
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
