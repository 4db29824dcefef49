//! Domains over the models whose rows are in memory: `ir.model` and `ir.model.fields`.

use serde_json::{Map, Value};

use super::{DEEPEST, invalid, is_by_name, listed};
use crate::domain::filter::{Filter, Leaf, matches};
use crate::operations::OperationError;
use crate::operations::objects::error::ObjectError;
use crate::operations::objects::methods::Call;
use crate::operations::objects::model::{Field, FieldType, Rows};
use crate::store::deadline;

/// Those that pass, in their own order. Every field of the filter is checked.
pub fn rows(
    call: &Call<'_>,
    rows: &[Map<String, Value>],
    filter: &Filter,
) -> Result<Vec<Map<String, Value>>, ObjectError> {
    let filter = checked(call, filter)?;
    let mut found = Vec::new();
    for row in rows {
        // A domain may be long: the deadline of the call holds here as it does in the database.
        if let Some(allowed) = deadline::passed() {
            return Err(OperationError::TooLong(allowed).into());
        }
        if matches(&filter, &|path| value(call, row, path)) {
            found.push(row.clone());
        }
    }
    Ok(found)
}

/// The filter with each field of it known, and texts compared with the name of what a many2one points to.
fn checked(call: &Call<'_>, filter: &Filter) -> Result<Filter, ObjectError> {
    let all = |filters: &[Filter]| filters.iter().map(|one| checked(call, one)).collect::<Result<Vec<_>, _>>();
    Ok(match filter {
        Filter::Constant(constant) => Filter::Constant(*constant),
        Filter::All(filters) => Filter::All(all(filters)?),
        Filter::Any(filters) => Filter::Any(all(filters)?),
        Filter::Not(filter) => Filter::Not(Box::new(checked(call, filter)?)),
        Filter::Leaf(leaf) => {
            let field = field_at(call, leaf, &leaf.field, 0)?;
            listed(leaf)?;
            if field.kind != FieldType::Many2one || !is_by_name(leaf) {
                return Ok(Filter::Leaf(leaf.clone()));
            }
            // A model is known by both of its names.
            let names = [format!("{}/label", leaf.field), format!("{}.model", leaf.field)];
            let of_name = |field: String| Filter::Leaf(Leaf { field, ..leaf.clone() });
            match leaf.operator.is_negative() {
                true => Filter::All(names.map(of_name).into()),
                false => Filter::Any(names.map(of_name).into()),
            }
        }
    })
}

/// The field at the end of a path, whose way the caller may go.
fn field_at<'a>(call: &Call<'a>, leaf: &Leaf, path: &str, depth: usize) -> Result<&'a Field, ObjectError> {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let field = call.model.field(name).ok_or_else(|| invalid(call.model, name, leaf, path))?;
    match (rest, call.other(field)) {
        (None, _) => Ok(field),
        (Some(rest), Some(other)) if field.kind == FieldType::Many2one && depth < DEEPEST => {
            other.require("read")?;
            field_at(&other, leaf, rest, depth + 1)
        }
        _ => Err(invalid(call.model, path, leaf, path)),
    }
}

fn value(call: &Call<'_>, row: &Map<String, Value>, path: &str) -> Value {
    let get = |name: &str| row.get(name).cloned().unwrap_or(Value::Null);
    let Some((name, rest)) = path.split_once('.') else { return get(path) };
    let (id, other) = (get(name), call.model.field(name).and_then(|field| call.other(field)));
    let found = other.and_then(|other| match &other.model.rows {
        Rows::Memory(rows) => Some((other, rows.iter().find(|row| row.get("id") == Some(&id))?)),
        Rows::Table { .. } => None,
    });
    found.map_or(Value::Null, |(other, found)| value(&other, found, rest))
}
