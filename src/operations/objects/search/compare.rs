//! One leaf against one column: what the operator means for the field's type, every value checked and bound.

use chrono::{NaiveDate, NaiveDateTime};
use serde_json::Value;

use crate::domain::filter::{Leaf, Operator, Pattern, python};
use crate::operations::objects::error::ObjectError;
use crate::operations::objects::model::{Field, FieldType};
use crate::store::query::{Bind, Column, Comparison, Condition};

pub fn compare<'a>(column: &'a Column, field: &Field, leaf: &Leaf) -> Result<Condition<'a>, ObjectError> {
    let condition = match leaf.operator {
        Operator::Equal => equal(column, field, leaf, &leaf.value)?,
        Operator::EqualIfSet if leaf.is_unset() => Condition::Constant(true),
        Operator::EqualIfSet => equal(column, field, leaf, &leaf.value)?,
        Operator::NotEqual => {
            let other = opposite(equal(column, field, leaf, &leaf.value)?);
            match leaf.asks_for_a_value() && field.kind != FieldType::Boolean {
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

fn equal<'a>(column: &'a Column, field: &Field, leaf: &Leaf, value: &Value) -> Result<Condition<'a>, ObjectError> {
    if matches!(value, Value::Null | Value::Bool(false)) {
        let empty = Condition::Empty(column);
        return Ok(match field.kind {
            FieldType::Boolean => {
                Condition::Any(vec![empty, Condition::Compare(column, Comparison::Equal, Bind::Boolean(false))])
            }
            _ => empty,
        });
    }
    Ok(Condition::Compare(column, Comparison::Equal, bind(field, leaf, value)?))
}

fn one_of<'a>(column: &'a Column, field: &Field, leaf: &Leaf) -> Result<Condition<'a>, ObjectError> {
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
    field: &Field,
    leaf: &Leaf,
    comparison: Comparison,
) -> Result<Condition<'a>, ObjectError> {
    match leaf.value {
        Value::Null | Value::Bool(_) if field.kind != FieldType::Boolean => Ok(Condition::Constant(false)),
        _ => Ok(Condition::Compare(column, comparison, bind(field, leaf, &leaf.value)?)),
    }
}

fn like<'a>(column: &'a Column, field: &Field, leaf: &Leaf, operator: Operator) -> Result<Condition<'a>, ObjectError> {
    if matches!(field.kind, FieldType::Boolean | FieldType::Binary) {
        return Err(ObjectError::Value(format!("The operator of {leaf} needs a field with a text")));
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
fn bind(field: &Field, leaf: &Leaf, value: &Value) -> Result<Bind, ObjectError> {
    let wrong = || wrong_value(leaf, value);
    let text = || value.as_str().map(clean);
    Ok(match field.kind {
        FieldType::Integer | FieldType::Many2one => Bind::Integer(match value {
            Value::Number(number) => number.as_i64().ok_or_else(wrong)?,
            Value::String(text) => text.trim().parse().map_err(|_| wrong())?,
            _ => return Err(wrong()),
        }),
        FieldType::Boolean => Bind::Boolean(match value {
            Value::Bool(boolean) => *boolean,
            Value::Number(number) => number.as_i64() != Some(0),
            Value::String(text) => !text.is_empty(),
            _ => return Err(wrong()),
        }),
        FieldType::Datetime => Bind::Moment(moment(&text().ok_or_else(wrong)?).ok_or_else(wrong)?),
        FieldType::Date => Bind::Date(moment(&text().ok_or_else(wrong)?).ok_or_else(wrong)?.date()),
        _ => Bind::Text(match value {
            Value::Number(number) => number.to_string(),
            Value::Bool(true) => python(value),
            _ => text().ok_or_else(wrong)?,
        }),
    })
}

/// `2026-11-22 10:00:34`, with a `T`, or the day alone; XML-RPC's own form too.
fn moment(text: &str) -> Option<NaiveDateTime> {
    let forms = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y%m%dT%H:%M:%S", "%Y-%m-%d %H:%M"];
    let whole = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    whole.or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0))
}

/// PostgreSQL takes no NUL, and no stored text has one.
fn clean(text: &str) -> String {
    text.replace('\0', "")
}

fn wrong_value(leaf: &Leaf, value: &Value) -> ObjectError {
    ObjectError::Value(format!("Wrong value {} in leaf {leaf}", python(value)))
}
